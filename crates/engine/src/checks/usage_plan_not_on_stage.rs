//! `usage-plan-not-on-stage`.

use crate::check::{Context, Outcome, check};
use crate::command::Aws;
use crate::finding::{Remedy, Resource, Severity};
use crate::met::Met;
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

check! {
    /// A stage asks for API keys, and no usage plan opens it
    ///
    /// ## What it looks for
    ///
    /// Stages that serve a route which requires an API key, and that no usage plan names.
    ///
    /// ## Why it matters
    ///
    /// A key is accepted only through a usage plan that holds both the key and the stage. Without one, every key is
    /// refused: the routes answer `403 Forbidden` to everybody.
    ///
    /// ## How to fix
    ///
    /// Add the stage to a usage plan; it is in force within minutes, without a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    id: "usage-plan-not-on-stage",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["usage-plan-not-linked-to-stage"],
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        judge(context.snapshot, api, stage, out);
    }
}

fn judge(snapshot: &Snapshot, api: &Api, stage: &Stage, out: &mut Outcome) {
    let resource = Resource::stage(snapshot, api, &stage.name);
    let guarded = match routes_with_key(api, stage) {
        Ok(routes) if routes.is_empty() => return,
        Ok(routes) => routes,
        Err(why) => return out.not_evaluated(resource, &why),
    };
    let plans = match snapshot.usage_plans.known() {
        Ok(plans) => plans,
        Err(why) => return out.not_evaluated(resource, why),
    };
    let names_it = |plan: &&crate::snapshot::UsagePlan| {
        plan.api_stages.iter().any(|opened| opened.api_id == api.id && opened.stage == stage.name)
    };
    if plans.iter().any(|plan| names_it(&plan)) {
        return;
    }
    let command = Aws::new("apigateway update-usage-plan")
        .option("--usage-plan-id", "PLAN_ID")
        .option("--patch-operations", &format!("op=add,path=/apiStages,value={}:{}", api.id, stage.name))
        .option("--region", &snapshot.region);
    out.finding(Severity::High, resource, format!("{} asks for API keys, and no usage plan opens it", stage.name))
        .detail(format!("Every key is refused with 403 Forbidden on: {}.", guarded.join(", ")))
        .evidence("apigateway:GetUsagePlans", "items[].apiStages", serde_json::json!(plans.len()))
        .remedy(Remedy::command("add the stage to a usage plan", command));
}

/// The routes that ask for a key in what a stage serves; in the live configuration of a WebSocket API.
fn routes_with_key(api: &Api, stage: &Stage) -> Result<Vec<String>, NotRead> {
    let summary = stage.deployment_id.as_ref().and_then(|id| api.deployed.get(id)?.summary.ok());
    if let Some(summary) = summary {
        let methods = summary.iter().flat_map(|(path, methods)| methods.iter().map(move |(name, m)| (path, name, m)));
        let guarded = methods.filter(|(_, _, method)| method.api_key_required == Some(true));
        return Ok(guarded.map(|(path, name, _)| format!("{name} {path}")).collect());
    }
    let configuration = match api.met_by_callers(stage) {
        Met::Served(configuration) | Met::Live { live: configuration, .. } => configuration,
        Met::Nothing => return Ok(Vec::new()),
        Met::NotRead(why) => return Err(why.clone()),
    };
    match &configuration.routes {
        Observed::Known(routes) => {
            let guarded = routes.0.iter().filter(|(_, route)| route.api_key_required);
            Ok(guarded.map(|(key, _)| key.to_string()).collect())
        }
        Observed::NotRead(why) => Err(why.clone()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::snapshot::{ApiStage, UsagePlan};

    fn account(stages: &[&str]) -> Snapshot {
        let mut guarded = route("GET /orders", &lambda_uri("orders-fn"));
        guarded.1.api_key_required = true;
        let mut snapshot = snapshot(vec![api(ApiKind::Rest, vec![guarded])]);
        let api_stages =
            stages.iter().map(|stage| ApiStage { api_id: "a1b2c3d4e5".to_owned(), stage: (*stage).to_owned() });
        snapshot.usage_plans = Observed::Known(vec![UsagePlan {
            id: "p1".to_owned(),
            name: "basic".to_owned(),
            api_stages: api_stages.collect(),
            key_ids: Observed::Known(Vec::new()),
            settings: Default::default(),
        }]);
        snapshot
    }

    #[test]
    fn flags_a_stage_that_no_plan_opens() {
        check(
            &CHECK,
            &account(&["dev"]),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod: prod asks for API keys, and no usage plan opens it
        "#]],
        );
    }

    #[test]
    fn leaves_an_opened_stage_and_one_that_asks_for_no_key_alone() {
        check(&CHECK, &account(&["prod"]), expect![""]);
        let open = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        check(&CHECK, &snapshot(vec![open]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = account(&[]);
        snapshot.usage_plans = Observed::NotRead(denied("apigateway:GetUsagePlans"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlans)
        "#]],
        );
    }
}
