//! `stage-without-deployment`.

use crate::check::{Context, Outcome, check};
use crate::command;
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

check! {
    /// The stage serves nothing: it was never deployed to
    ///
    /// ## What it looks for
    ///
    /// Stages that name no deployment.
    ///
    /// ## Why it matters
    ///
    /// The stage exists, its URL is shown in the console, and every request to it is refused: an HTTP API answers
    /// `404 Not Found`, a WebSocket API refuses the connection.
    ///
    /// ## How to fix
    ///
    /// Deploy the API to the stage, or switch automatic deployment on.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>
    id: "stage-without-deployment",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        if stage.deployment_id.as_deref().unwrap_or_default().is_empty() {
            judge(context.snapshot, api, stage, out);
        }
    }
}

fn judge(snapshot: &Snapshot, api: &Api, stage: &Stage, out: &mut Outcome) {
    let resource = Resource::stage(snapshot, api, &stage.name);
    // With automatic deployment a stage is given its deployment by AWS, so the list of deployments has to agree.
    if stage.auto_deploy {
        match api.deployments.known() {
            Err(why) => return out.not_evaluated(resource, why),
            Ok(deployments) if deployments.iter().any(|d| d.status.as_deref() == Some("DEPLOYED")) => {
                return out.undecided(resource, "the stage names no deployment, though automatic deployment made one");
            }
            Ok(_) => {}
        }
    }
    let command = command::deploy(api.kind, &api.id, &stage.name, &snapshot.region);
    out.finding(Severity::High, resource, format!("{} has no deployment", stage.name))
        .detail(format!("Every request to {} is refused, because nothing was ever deployed to it.", stage.name))
        .evidence(api.kind.call("GetStages"), "deploymentId", serde_json::Value::Null)
        .remedy(Remedy::command(format!("deploy the API to {}", stage.name), command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, route, snapshot, stage};
    use crate::observed::Observed;

    fn undeployed(auto_deploy: bool) -> Api {
        let mut api =
            api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f")]);
        let mut stage = stage("beta", "");
        stage.deployment_id = None;
        stage.auto_deploy = auto_deploy;
        api.stages = Observed::Known(vec![stage]);
        api
    }

    #[test]
    fn flags_a_stage_that_was_never_deployed_to() {
        check(
            &CHECK,
            &snapshot(vec![undeployed(false)]),
            expect![[r#"
            high /apis/a1b2c3d4e5/stages/beta: beta has no deployment
        "#]],
        );
    }

    #[test]
    fn leaves_a_deployed_stage_alone() {
        let deployed =
            api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f")]);
        check(&CHECK, &snapshot(vec![deployed]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unlisted = undeployed(false);
        unlisted.stages = Observed::NotRead(denied("apigatewayv2:GetStages"));
        let mut automatic = undeployed(true);
        automatic.deployments = Observed::NotRead(denied("apigatewayv2:GetDeployments"));
        check(
            &CHECK,
            &snapshot(vec![unlisted, automatic]),
            expect![[r#"
            not evaluated /apis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:GetStages)
            not evaluated /apis/a1b2c3d4e5/stages/beta: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:GetDeployments)
        "#]],
        );
    }
}
