//! `unset-stage-variable`.

use std::collections::BTreeSet;

use crate::check::{Context, Outcome, check};
use crate::command;
use crate::configuration::Map;
use crate::finding::{Remedy, Resource, Severity};
use crate::met::Met;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};
use crate::stage_variables;

check! {
    /// A stage variable that an integration or authorizer needs is not set
    ///
    /// ## What it looks for
    ///
    /// `${stageVariables.name}` in the URI, credentials or connection of an integration, or in the URI of an authorizer,
    /// where the stage has no variable of that name. Looked at is what the stage serves; for WebSocket APIs, of which
    /// AWS shows nobody that, the live configuration. Names are case-sensitive.
    ///
    /// ## Why it matters
    ///
    /// API Gateway cannot make out whom to call, and every request to the route fails with status 500.
    ///
    /// ## How to fix
    ///
    /// Set the variable on the stage; it is in force at once, without a deployment. If the variable names a Lambda
    /// function, that function's policy must let API Gateway call it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html>
    id: "unset-stage-variable",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["stage-variable-unset"],
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        judge(context.snapshot, api, stage, out);
    }
}

fn judge(snapshot: &Snapshot, api: &Api, stage: &Stage, out: &mut Outcome) {
    let resource = Resource::stage(snapshot, api, &stage.name);
    let met = api.met_by_callers(stage);
    let configuration = match met {
        Met::Served(configuration) => configuration,
        Met::Live { live, unread, .. } => {
            unread.into_iter().for_each(|why| out.not_evaluated(resource.clone(), why));
            live
        }
        Met::Nothing => return,
        Met::NotRead(why) => return out.not_evaluated(resource, why),
    };
    let routes = match configuration.routes.known() {
        Ok(routes) => routes,
        Err(why) => return out.not_evaluated(resource, why),
    };
    let mut used_authorizers = BTreeSet::new();
    for (key, route) in routes.0.iter().filter(|(key, _)| met.has(key)) {
        used_authorizers.extend(route.authorizer.ok().cloned().flatten());
        let Some(integration) = &route.integration else {
            continue;
        };
        let texts = [&integration.uri, &integration.credentials, &integration.connection_id];
        let unset = unset(texts, &stage.variables);
        if !unset.is_empty() {
            report(api, snapshot, stage, resource.clone().with_route(key), &key.to_string(), &unset, out);
        }
    }
    match configuration.authorizers.known() {
        Ok(authorizers) => {
            for (name, authorizer) in authorizers.iter().filter(|(name, _)| used_authorizers.contains(*name)) {
                let unset =
                    unset([&authorizer.authorizer_uri, &authorizer.authorizer_credentials, &None], &stage.variables);
                if !unset.is_empty() {
                    let caller = format!("the authorizer {name}");
                    report(api, snapshot, stage, resource.clone().with_key(name), &caller, &unset, out);
                }
            }
        }
        Err(why) if why.is_failure() => out.not_evaluated(resource, why),
        Err(_) => {}
    }
}

fn unset(texts: [&Option<String>; 3], variables: &Map) -> BTreeSet<String> {
    let texts = texts.into_iter().flatten();
    texts.flat_map(|text| stage_variables::resolve(text, variables).unset).collect()
}

fn report(
    api: &Api,
    snapshot: &Snapshot,
    stage: &Stage,
    resource: Resource,
    caller: &str,
    unset: &BTreeSet<String>,
    out: &mut Outcome,
) {
    let names = unset.iter().cloned().collect::<Vec<_>>().join(", ");
    let command = command::set_variables(api.kind, &api.id, &stage.name, unset, &snapshot.region);
    out.finding(
        Severity::High,
        resource,
        format!("{caller} needs the stage variable {names}, which {} does not set", stage.name),
    )
    .detail("API Gateway cannot make out whom to call, so every such request fails with status 500.")
    .evidence("apigateway:GetStages", "variables", serde_json::json!(stage.variables.keys().collect::<Vec<_>>()))
    .remedy(Remedy::command("set the variable on the stage", command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;

    fn orders() -> Api {
        let uri = lambda_uri("orders:${stageVariables.alias}");
        api(ApiKind::Rest, vec![route("GET /orders", &uri), route("GET /health", "https://example.com/health")])
    }

    #[test]
    fn flags_the_route_that_needs_it() {
        check(
            &CHECK,
            &snapshot(vec![orders()]),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders needs the stage variable alias, which prod does not set
        "#]],
        );
    }

    #[test]
    fn leaves_a_variable_that_is_set_alone() {
        let mut api = orders();
        if let Observed::Known(stages) = &mut api.stages {
            stages[0].variables.insert("alias".to_owned(), "live".to_owned());
        }
        check(&CHECK, &snapshot(vec![api]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut api = orders();
        for deployed in api.deployed.values_mut() {
            deployed.export = Observed::NotRead(denied("apigateway:GetExport"));
        }
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
                high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders needs the stage variable alias, which prod does not set
                not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetExport)
            "#]],
        );
    }
}
