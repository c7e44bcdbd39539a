//! `auto-deploy-failed`.

use crate::check::{Context, Outcome, check};
use crate::finding::{Remedy, Resource, Severity};
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind, Deployment, Stage, newest};

check! {
    /// Automatic deployment failed, and the stage serves what it served before
    ///
    /// ## What it looks for
    ///
    /// Stages of HTTP and WebSocket APIs with automatic deployment whose last attempt failed: the stage's status message
    /// says so, or the newest automatic deployment has the status `FAILED`.
    ///
    /// ## Why it matters
    ///
    /// With automatic deployment everybody takes an edit for deployed. When AWS cannot deploy it, the stage goes on
    /// serving the old deployment, and nothing but this message says so.
    ///
    /// ## How to fix
    ///
    /// Mend what AWS's message names; saving any change deploys again.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html>
    id: "auto-deploy-failed",
    severity: Severity::High,
    kinds: &[ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        if !stage.auto_deploy {
            continue;
        }
        // A stage that says it succeeded has the last word: the deployments belong to all stages of the API.
        if stage.last_deployment_status_message.as_deref().is_some_and(|message| message.starts_with(SUCCESS)) {
            continue;
        }
        let resource = Resource::stage(context.snapshot, api, &stage.name);
        match (message(stage), failed_deployment(api)) {
            (Some(message), _) => {
                report(out, resource, stage, "apigatewayv2:GetStages", "LastDeploymentStatusMessage", message);
            }
            (None, Ok(Some(deployment))) => {
                let message = deployment.status_message.as_deref().unwrap_or("AWS gives no reason");
                report(out, resource, stage, "apigatewayv2:GetDeployments", "DeploymentStatusMessage", message);
            }
            (None, Ok(None)) => {}
            (None, Err(why)) => out.not_evaluated(resource, why),
        }
    }
}

/// How a stage's message begins after a deployment that succeeded.
const SUCCESS: &str = "Successfully deployed";

/// The stage's own message, if it tells of a failure.
fn message(stage: &Stage) -> Option<&str> {
    stage.last_deployment_status_message.as_deref().filter(|message| message.to_ascii_lowercase().contains("failed"))
}

/// The newest automatic deployment, if it failed.
fn failed_deployment(api: &Api) -> Result<Option<&Deployment>, &NotRead> {
    let automatic = api.deployments.known()?.iter().filter(|deployment| deployment.auto_deployed);
    Ok(newest(automatic).filter(|deployment| deployment.status.as_deref() == Some("FAILED")))
}

fn report(out: &mut Outcome, resource: Resource, stage: &Stage, source: &str, path: &str, message: &str) {
    out.finding(Severity::High, resource, format!("the last automatic deployment to {} failed", stage.name))
        .detail(format!("{} serves what it served before the edit. AWS says: {message}", stage.name))
        .evidence(source, path, message)
        .remedy(Remedy::advice("mend what AWS's message names; saving any change deploys again"));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, deployment, route, snapshot, stage};
    use crate::observed::Observed;

    fn auto_deployed(message: Option<&str>) -> Api {
        let mut api =
            api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f")]);
        let mut stage = stage("$default", "d1");
        stage.auto_deploy = true;
        stage.last_deployment_status_message = message.map(str::to_owned);
        api.stages = Observed::Known(vec![stage]);
        api
    }

    #[test]
    fn flags_a_failure_that_the_stage_tells_of() {
        let message = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
        check(
            &CHECK,
            &snapshot(vec![auto_deployed(Some(message))]),
            expect![[r#"
            high /apis/a1b2c3d4e5/stages/$default: the last automatic deployment to $default failed
        "#]],
        );
    }

    #[test]
    fn flags_a_failure_that_only_the_deployment_tells_of() {
        let mut api = auto_deployed(None);
        let mut failed = deployment("d2", "2026-10-02T09:00:00Z");
        failed.auto_deployed = true;
        failed.status = Some("FAILED".to_owned());
        api.deployments = Observed::Known(vec![failed]);
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            high /apis/a1b2c3d4e5/stages/$default: the last automatic deployment to $default failed
        "#]],
        );
    }

    #[test]
    fn leaves_a_success_alone_whatever_became_of_another_stage() {
        let message = "Successfully deployed stage with deployment ID 'd1'";
        let mut api = auto_deployed(Some(message));
        check(&CHECK, &snapshot(vec![api.clone()]), expect![""]);
        let mut failed = deployment("d2", "2026-10-02T09:00:00Z");
        failed.auto_deployed = true;
        failed.status = Some("FAILED".to_owned());
        api.deployments = Observed::Known(vec![failed]);
        check(&CHECK, &snapshot(vec![api]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut api = auto_deployed(None);
        api.deployments = Observed::NotRead(denied("apigatewayv2:GetDeployments"));
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            not evaluated /apis/a1b2c3d4e5/stages/$default: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:GetDeployments)
        "#]],
        );
    }
}
