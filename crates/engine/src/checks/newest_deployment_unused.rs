//! `newest-deployment-unused`.

use crate::check::{Context, Outcome, check};
use crate::command;
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::{Api, ApiKind, Deployment, Snapshot, Stage, newest};

check! {
    /// The newest deployment is used by no stage
    ///
    /// ## What it looks for
    ///
    /// APIs whose newest deployment that succeeded is served by no stage and by no canary.
    ///
    /// ## Why it matters
    ///
    /// Somebody deployed, and it reached nobody. That is what a deployment without a stage name does, and a template
    /// whose stage keeps naming the deployment before.
    ///
    /// ## How to fix
    ///
    /// Give the deployment to a stage, or delete it if it was a mistake.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    /// - <https://github.com/aws/serverless-application-model/issues/3703>
    id: "newest-deployment-unused",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    for (api, _) in context.apis(CHECK.kinds) {
        match (api.stages.known(), api.deployments.known()) {
            (Ok(stages), Ok(deployments)) => judge(snapshot, api, stages, deployments, out),
            (Err(why), _) | (_, Err(why)) => out.not_evaluated(Resource::api(snapshot, api), why),
        }
    }
}

fn judge(snapshot: &Snapshot, api: &Api, stages: &[Stage], deployments: &[Deployment], out: &mut Outcome) {
    let made = deployments.iter().filter(|deployment| deployment.is_made());
    let Some(newest) = newest(made) else { return };
    if stages.iter().any(|stage| stage.serves(&newest.id)) {
        return;
    }
    let date = newest.created_at.map(|time| time.to_string()).unwrap_or_default();
    let deployer = snapshot.trail.ok().and_then(|trail| trail.deployer(&api.id, &newest.id));
    let by = deployer.map(|event| format!(", made by {}", event.hand.who)).unwrap_or_default();
    let stage = stages.first().map_or("STAGE", |stage| &stage.name);
    let command = command::promote(api.kind, &api.id, stage, &newest.id, &snapshot.region);
    out.finding(Severity::Low, Resource::api(snapshot, api), "the newest deployment is used by no stage")
        .detail(format!("Deployment {} of {date}{by} reaches no caller.", newest.id))
        .evidence(api.kind.call("GetDeployments"), "id of the newest", newest.id.clone())
        .evidence(
            api.kind.call("GetStages"),
            "deploymentId",
            serde_json::Value::from_iter(stages.iter().map(|stage| stage.deployment_id.clone())),
        )
        .remedy(Remedy::command("give the deployment to a stage, or delete it", command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, deployment, lambda_uri, route, snapshot};
    use crate::observed::Observed;

    fn deployed_twice() -> Api {
        let mut api = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        let (first, second) = (deployment("d1", "2026-10-01T09:00:00Z"), deployment("d2", "2026-10-02T09:00:00Z"));
        api.deployments = Observed::Known(vec![second, first]);
        api
    }

    #[test]
    fn flags_a_deployment_that_reaches_nobody() {
        check(
            &CHECK,
            &snapshot(vec![deployed_twice()]),
            expect![[r#"
            low /restapis/a1b2c3d4e5: the newest deployment is used by no stage
        "#]],
        );
    }

    #[test]
    fn leaves_one_that_is_used_or_failed_alone() {
        let mut used = deployed_twice();
        if let Observed::Known(stages) = &mut used.stages {
            stages[0].deployment_id = Some("d2".to_owned());
        }
        check(&CHECK, &snapshot(vec![used]), expect![""]);
        let mut failed = deployed_twice();
        if let Observed::Known(deployments) = &mut failed.deployments {
            deployments[0].status = Some("FAILED".to_owned());
        }
        check(&CHECK, &snapshot(vec![failed]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut api = deployed_twice();
        api.deployments = Observed::NotRead(denied("apigateway:GetDeployments"));
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDeployments)
        "#]],
        );
    }
}
