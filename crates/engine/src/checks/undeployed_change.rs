//! `undeployed-change`.

use std::collections::BTreeMap;

use serde_json::json;

use crate::case::cause::Confidence;
use crate::check::{Context, Outcome, check};
use crate::command;
use crate::configuration::RouteKey;
use crate::drift::{ApiDrift, Basis, CanaryDrift, Change, ChangeKind, StageDrift, Subject, Witness};
use crate::finding::{Remedy, Resource, Severity};
use crate::foresee::Of;
use crate::snapshot::{Api, ApiKind, Snapshot};

check! {
    /// The stage does not serve what the console shows
    ///
    /// ## What it looks for
    ///
    /// Differences between the live configuration of an API, which the console shows and people edit, and the deployed
    /// snapshot, which callers reach. Each route with such a difference is one finding; its evidence names every field.
    /// REST APIs are compared with `GetExport` and the deployment's summary, HTTP APIs with `ExportApi`. AWS exports no
    /// WebSocket API, so these are not evaluated.
    ///
    /// ## Why it matters
    ///
    /// An edit of a REST API does nothing until somebody deploys it. A new route answers `403 Missing Authentication
    /// Token`, a route that asks for an API key lets everybody in, a removed route goes on answering. The severity is
    /// that of the worst change: *high* where callers fail or are let in who should not be, otherwise what it means to
    /// them.
    ///
    /// ## How to fix
    ///
    /// Read the changes with `stagecheck drift`. If they are meant to be in force, deploy the API to the stage. If not,
    /// undo the edit: the next deployment, by whomever, puts it in force.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html>
    id: "undeployed-change",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["rest-not-deployed", "rest-iam-auth-not-yet-open", "api-key-requirement-not-deployed", "api-key-requirement-still-deployed", "authorizer-drift", "http-not-deployed", "resource-policy-not-redeployed"],
    asked: Routes, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, drift) in context.apis(CHECK.kinds) {
        for why in &drift.not_read {
            out.not_evaluated(Resource::api(context.snapshot, api), why);
        }
        for stage in &drift.stages {
            report(context.snapshot, api, stage, out);
            explain_gaps(context.snapshot, api, drift, stage, out);
            // Of a stage that serves no deployment at all, `stage-without-deployment` tells, once.
            if stage.in_sync.is_none() && stage.deployment_id.is_some() {
                report_waiting(context, api, stage, out);
            }
        }
    }
}

/// Routes of a stage whose drift is not known that wait for a deployment all the same: the routes alone, live and deployed,
/// prove it.
fn report_waiting(context: &Context, api: &Api, drift: &StageDrift, out: &mut Outcome) {
    let stage = drift.stage.as_deref().unwrap_or_default();
    let resource = Resource::stage(context.snapshot, api, stage);
    for cause in ["rest-not-deployed", "http-not-deployed"] {
        for told in context.foresight.told(cause, Of::Routes) {
            let Ok(proof) = &told.said else { continue };
            let is_certain = proof.confidence == Confidence::Certain && told.resource.of_stage() == resource;
            if !is_certain || out.findings.iter().any(|finding| finding.resource == told.resource) {
                continue;
            }
            let title = format!("{} is not deployed to {stage}", told.word);
            let mut draft = out
                .finding(Severity::High, told.resource.clone(), title)
                .detail(proof.says.clone())
                .cause(cause)
                .remedy(proof.remedy.clone());
            for evidence in &proof.evidence {
                draft = draft.evidence(&evidence.source, &evidence.path, evidence.value.clone());
            }
        }
    }
}

/// One finding for each route, or named definition, that has changes.
fn report(snapshot: &Snapshot, api: &Api, drift: &StageDrift, out: &mut Outcome) {
    let stage = drift.stage.as_deref().unwrap_or_default();
    let mut groups: BTreeMap<(Option<RouteKey>, Option<&str>), Vec<&Change>> = BTreeMap::new();
    for change in &drift.changes {
        let route = change.route();
        let key = match (&route, change.subject) {
            (Some(_), _) => None,
            (None, Subject::Cors) => Some("cors"),
            (None, _) => change.name.as_deref(),
        };
        groups.entry((route, key)).or_default().push(change);
    }
    for ((route, key), changes) in groups {
        let mut resource = Resource::stage(snapshot, api, stage);
        if let Some(route) = &route {
            resource = resource.with_route(route);
        }
        if let Some(key) = key {
            resource = resource.with_key(key);
        }
        let worst = changes.iter().map(|change| change.severity).max().unwrap_or(Severity::Info);
        // What a canary serves already is on its way, and somebody is watching it. Settings that send it nothing are
        // what a promotion leaves behind.
        let canary = drift.canary.as_ref().filter(|canary| canary.percent_traffic > 0.0);
        let canary = canary.filter(|canary| changes.iter().all(|change| is_served_by(canary, change)));
        // A door that is open to most callers stays as bad as it is.
        let is_door = |change: &&Change| change.subject == Subject::Method && change.severity >= Severity::High;
        let is_light = canary.is_some() && !changes.iter().any(is_door);
        let severity = if is_light { worst.min(Severity::Low) } else { worst };
        let subject = route.map(|route| route.to_string()).or(key.map(str::to_owned));
        let title = title(subject.as_deref().unwrap_or("the API itself"), stage, &changes);
        let effects: Vec<&str> = changes.iter().map(|change| change.effect.as_str()).collect();
        let (detail, remedy) = match canary {
            Some(canary) => {
                let percent = canary.percent_traffic;
                let detail = format!(
                    "{} % of the callers get it already, by the canary. For the others: {}.",
                    percent,
                    effects.join("; ")
                );
                (detail, promotion(snapshot, api, stage))
            }
            None => {
                (format!("Until somebody deploys to {stage}: {}.", effects.join("; ")), remedy(snapshot, api, drift))
            }
        };
        let mut draft = out.finding(severity, resource, title).detail(detail).remedy(remedy);
        for change in changes {
            if let Some(made_by) = &change.made_by {
                draft = draft.evidence("cloudtrail:LookupEvents", &made_by.event_id, json!(made_by));
            }
            draft = draft.evidence(
                source(api, change.witness),
                evidence_path(change),
                json!({
                    "change": change.change, "subject": change.subject, "name": change.name, "field": change.field,
                    "live": change.live, "deployed": change.deployed,
                }),
            );
        }
    }
}

fn title(subject: &str, stage: &str, changes: &[&Change]) -> String {
    match changes {
        [Change { subject: Subject::Route, change: ChangeKind::Added, .. }, ..] => {
            format!("{subject} is not deployed to {stage}")
        }
        [Change { subject: Subject::Route, .. }, ..] => format!("{subject} is deleted, but {stage} still serves it"),
        [only] => match &only.field {
            Some(field) => format!("{subject}: the change of {field} is not deployed to {stage}"),
            None => format!("{subject}: the {} is not deployed to {stage}", only.subject.name()),
        },
        several => format!("{subject}: {} changes are not deployed to {stage}", several.len()),
    }
}

fn remedy(snapshot: &Snapshot, api: &Api, drift: &StageDrift) -> Remedy {
    let stage = drift.stage.as_deref().unwrap_or_default();
    if drift.auto_deploy {
        return Remedy::advice(format!("mend what keeps {stage} from deploying by itself, then save any change"));
    }
    let command = command::deploy(api.kind, &api.id, stage, &snapshot.region);
    Remedy::command(format!("deploy the API to {stage}, or undo the edit"), command)
}

/// Whether a canary's deployment is known to hold a change. A summary knows of three fields only.
fn is_served_by(canary: &CanaryDrift, change: &Change) -> bool {
    let is_in_summary = matches!(
        (change.subject, change.field.as_deref()),
        (Subject::Route, _) | (Subject::Method, Some("authorizationType" | "apiKeyRequired"))
    );
    let is_same = |other: &Change| {
        (other.subject, other.route(), &other.field) == (change.subject, change.route(), &change.field)
    };
    let is_told = match canary.basis {
        Basis::Baseline => true,
        Basis::Summary => is_in_summary,
        Basis::Export | Basis::None => false,
    };
    is_told && !canary.changes.iter().any(is_same)
}

fn promotion(snapshot: &Snapshot, api: &Api, stage: &str) -> Remedy {
    let command = command::promote_canary(&api.id, stage, &snapshot.region);
    Remedy::command(format!("promote the canary of {stage} when it has proven itself"), command)
}

fn source(api: &Api, witness: Witness) -> &'static str {
    match (witness, api.kind) {
        (Witness::Baseline, _) => "stagecheck:baseline",
        (Witness::Summary, _) => "apigateway:GetDeployment",
        (Witness::Export, ApiKind::Rest) => "apigateway:GetExport",
        (Witness::Export, _) => "apigatewayv2:ExportApi",
    }
}

fn evidence_path(change: &Change) -> String {
    let route = change.path.as_ref().map(|path| {
        let method = change.method.as_deref().unwrap_or_default();
        match change.witness {
            Witness::Summary => format!("apiSummary.{path}.{method}"),
            Witness::Export => format!("paths.{path}.{}", method.to_ascii_lowercase()),
            Witness::Baseline => format!("routes.{path}.{method}"),
        }
    });
    route.unwrap_or_else(|| {
        [Some(change.subject.name()), change.name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(".")
    })
}

/// Says what was not looked at, where that leaves open whether the stage is in sync.
fn explain_gaps(snapshot: &Snapshot, api: &Api, drift: &ApiDrift, stage: &StageDrift, out: &mut Outcome) {
    let resource = || Resource::stage(snapshot, api, stage.stage.as_deref().unwrap_or_default());
    for why in &stage.not_read {
        out.not_evaluated(resource(), why);
    }
    // A stage without a deployment has a check of its own.
    let has_deployment = stage.deployment_id.is_some();
    if stage.in_sync.is_none() && stage.not_read.is_empty() && drift.not_read.is_empty() && has_deployment {
        out.undecided(resource(), stage.unknown_because().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Routes;
    use crate::fixture::{api, check, denied, deploy, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Canary;

    fn orders() -> Api {
        let uri = lambda_uri("orders-fn");
        api(ApiKind::Rest, vec![route("GET /orders", &uri), route("POST /orders", &uri)])
    }

    fn live_routes(api: &mut Api) -> &mut Routes {
        let Observed::Known(routes) = &mut api.live.routes else { panic!("the fixture's routes are known") };
        routes
    }

    #[test]
    fn flags_each_route_with_a_change_once() {
        let mut api = orders();
        let routes = live_routes(&mut api);
        let post = routes.0.get_mut(&RouteKey::new("POST", "/orders")).unwrap();
        post.api_key_required = true;
        post.operation_name = Some("CreateOrder".to_owned());
        routes.0.extend([route("DELETE /orders/{id}", &lambda_uri("orders-fn"))]);
        routes.0.remove(&RouteKey::new("GET", "/orders"));
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders is deleted, but prod still serves it
            high /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders: 2 changes are not deployed to prod
            high /restapis/a1b2c3d4e5/stages/prod DELETE /orders/{id}: DELETE /orders/{id} is not deployed to prod
        "#]],
        );
    }

    #[test]
    fn takes_lightly_what_a_canary_serves_already() {
        let mut api = orders();
        live_routes(&mut api).0.extend([route("GET /returns", &lambda_uri("orders-fn"))]);
        let live = api.live.clone();
        deploy(&mut api, "d2", &live);
        if let Observed::Known(stages) = &mut api.stages {
            stages[0].canary = Some(Canary {
                deployment_id: Some("d2".to_owned()),
                percent_traffic: 10.0,
                stage_variable_overrides: Default::default(),
                use_stage_cache: false,
            });
        }
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /returns: GET /returns is not deployed to prod
        "#]],
        );
    }

    #[test]
    fn a_canary_takes_nothing_from_an_open_door_nor_one_that_nobody_meets() {
        let with_canary = |percent_traffic: f64| {
            let mut api = orders();
            live_routes(&mut api).0.extend([route("GET /returns", &lambda_uri("orders-fn"))]);
            for route in live_routes(&mut api).0.values_mut() {
                route.api_key_required = true;
            }
            let live = api.live.clone();
            deploy(&mut api, "d2", &live);
            if let Observed::Known(stages) = &mut api.stages {
                stages[0].canary = Some(Canary {
                    deployment_id: Some("d2".to_owned()),
                    percent_traffic,
                    stage_variable_overrides: Default::default(),
                    use_stage_cache: false,
                });
            }
            snapshot(vec![api])
        };
        check(
            &CHECK,
            &with_canary(10.0),
            expect![[r#"
                high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: the change of apiKeyRequired is not deployed to prod
                high /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders: the change of apiKeyRequired is not deployed to prod
                low /restapis/a1b2c3d4e5/stages/prod GET /returns: GET /returns is not deployed to prod
            "#]],
        );
        check(
            &CHECK,
            &with_canary(0.0),
            expect![[r#"
                high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: the change of apiKeyRequired is not deployed to prod
                high /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders: the change of apiKeyRequired is not deployed to prod
                high /restapis/a1b2c3d4e5/stages/prod GET /returns: GET /returns is not deployed to prod
            "#]],
        );
    }

    #[test]
    fn leaves_a_stage_in_sync_alone() {
        check(&CHECK, &snapshot(vec![orders()]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut api = orders();
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(denied("apigateway:GetExport"));
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetExport)
        "#]],
        );
    }

    #[test]
    fn tells_what_the_routes_alone_prove_where_the_drift_is_not_known() {
        let uri = lambda_uri("orders-fn");
        let mut shop = api(ApiKind::Http, vec![route("GET /cart", &uri)]);
        live_routes(&mut shop).0.extend([route("PUT /cart", &uri)]);
        shop.live_export_unread = Some(denied("apigatewayv2:ExportApi"));
        shop.live.source = crate::configuration::Source::Reads;
        check(
            &CHECK,
            &snapshot(vec![shop]),
            expect![[r#"
            high /apis/a1b2c3d4e5/stages/prod PUT /cart: PUT /cart is not deployed to prod
            not evaluated /apis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:ExportApi)
        "#]],
        );
    }

    #[test]
    fn says_that_websocket_apis_have_no_witness() {
        let chat =
            api(ApiKind::WebSocket, vec![route("sendMessage", "arn:aws:lambda:eu-west-1:111122223333:function:chat")]);
        check(
            &CHECK,
            &snapshot(vec![chat]),
            expect![[r#"
                not evaluated /apis/a1b2c3d4e5/stages/prod: AWS exports no WebSocket API: only a baseline shows what the stage serves
            "#]],
        );
    }
}
