//! `stage-behind-newest-deployment`.

use crate::check::{Context, Outcome, check};
use crate::command;
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::{Api, ApiKind, Deployment, Snapshot, Stage, newest};

check! {
    /// The stage serves an older deployment than the newest
    ///
    /// ## What it looks for
    ///
    /// Stages whose deployment is older than the newest one of the API. A newest deployment that is the stage's canary
    /// does not count. Where a trail tells that the stage was given its deployment after the newest one was made, or an
    /// earlier audit saw it serve a newer one, it was moved back.
    ///
    /// ## Why it matters
    ///
    /// Somebody deployed, and this stage does not serve it: a stage was moved back by hand or by a tool, a promotion was
    /// forgotten, or a deployment was made that no stage uses. The severity is *medium* where no stage serves the newest
    /// deployment, *low* where another stage does (which may be the usual order of a promotion), and *info* where the
    /// stage is in sync with the live configuration all the same.
    ///
    /// ## How to fix
    ///
    /// Point the stage to the newest deployment, or delete the deployment if it was a mistake.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    /// - <https://github.com/hashicorp/terraform-provider-aws/issues/20095>
    id: "stage-behind-newest-deployment",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["rest-stage-on-old-deployment"],
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    for (api, drift) in context.apis(CHECK.kinds) {
        let (stages, deployments) = match (api.stages.known(), api.deployments.known()) {
            (Ok(stages), Ok(deployments)) => (stages, deployments),
            (Err(why), _) | (_, Err(why)) => {
                out.not_evaluated(Resource::api(snapshot, api), why);
                continue;
            }
        };
        let made = deployments.iter().filter(|deployment| deployment.is_made());
        let Some(newest) = newest(made) else { continue };
        for stage in stages {
            let in_sync = drift.stages.iter().find(|d| d.stage.as_ref() == Some(&stage.name)).and_then(|d| d.in_sync);
            if let Some(own) = behind(stage, newest, deployments) {
                report(snapshot, api, stage, own, newest, stages, in_sync == Some(true), out);
            }
        }
    }
}

/// The stage's own deployment, if it is older than the newest one that counts for the stage.
fn behind<'a>(stage: &Stage, newest: &Deployment, deployments: &'a [Deployment]) -> Option<&'a Deployment> {
    let own = deployments.iter().find(|deployment| Some(&deployment.id) == stage.deployment_id.as_ref())?;
    let is_canary = stage.canary.as_ref().is_some_and(|canary| canary.deployment_id.as_ref() == Some(&newest.id));
    (own.created_at? < newest.created_at? && !is_canary).then_some(own)
}

/// How a stage came to serve an older deployment, as far as anything tells.
fn moved_back(snapshot: &Snapshot, api: &Api, stage: &Stage, own: &Deployment, newest: &Deployment) -> Option<String> {
    let mover = snapshot.trail.ok().and_then(|trail| trail.mover(&api.id, &stage.name, &own.id));
    if let Some(event) = mover.filter(|event| newest.created_at.is_some_and(|made| event.time > made)) {
        return Some(format!("{} moved it back with {} at {}", event.hand.who, event.hand.via, event.time));
    }
    let earlier = stage.earlier_deployment_id.as_ref()?;
    let was_newer = api.deployed_at(earlier).zip(own.created_at).is_some_and(|(earlier, own)| earlier > own);
    was_newer.then(|| format!("it served the newer deployment {earlier} before"))
}

#[expect(clippy::too_many_arguments, reason = "two deployments, the stage, and where they belong")]
fn report(
    snapshot: &Snapshot,
    api: &Api,
    stage: &Stage,
    own: &Deployment,
    newest: &Deployment,
    stages: &[Stage],
    in_sync: bool,
    out: &mut Outcome,
) {
    let moved = moved_back(snapshot, api, stage, own, newest);
    let user = stages.iter().find(|other| other.serves(&newest.id));
    let severity = match user {
        _ if in_sync => Severity::Info,
        Some(_) if moved.is_none() => Severity::Low,
        _ => Severity::Medium,
    };
    let where_it_is = match user {
        Some(other) if other.deployment_id.as_ref() == Some(&newest.id) => {
            format!("the stage {} serves it", other.name)
        }
        Some(other) => format!("the canary of {} serves it", other.name),
        None => "no stage serves it".to_owned(),
    };
    let date = |deployment: &Deployment| deployment.created_at.map(|time| time.to_string()).unwrap_or_default();
    let how = moved.as_ref().map(|how| format!(" {}: {how}.", stage.name)).unwrap_or_default();
    let effect = if in_sync { " The stage is in sync with the live configuration all the same." } else { "" };
    let detail = format!(
        "{} serves deployment {} of {}. The newest deployment is {} of {}, and {where_it_is}.{how}{effect}",
        stage.name,
        own.id,
        date(own),
        newest.id,
        date(newest),
    );
    let title = match moved {
        Some(_) => format!("{} was moved back to an older deployment", stage.name),
        None => format!("{} is behind the newest deployment", stage.name),
    };
    let command = command::promote(api.kind, &api.id, &stage.name, &newest.id, &snapshot.region);
    out.finding(severity, Resource::stage(snapshot, api, &stage.name), title)
        .detail(detail)
        .evidence(api.kind.call("GetStages"), "deploymentId", own.id.clone())
        .evidence(api.kind.call("GetDeployments"), "id of the newest", newest.id.clone())
        .remedy(Remedy::command("point the stage to the newest deployment", command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, deployment, lambda_uri, route, snapshot, stage};
    use crate::observed::Observed;
    use crate::snapshot::Canary;
    use crate::trail::{Event, Trail};

    fn deployed_twice() -> Api {
        let mut api = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        let (first, second) = (deployment("d1", "2026-10-01T09:00:00Z"), deployment("d2", "2026-10-02T09:00:00Z"));
        api.deployments = Observed::Known(vec![second, first]);
        api.deployed.clear();
        api
    }

    #[test]
    fn flags_a_deployment_that_no_stage_serves() {
        check(
            &CHECK,
            &snapshot(vec![deployed_twice()]),
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: prod is behind the newest deployment
        "#]],
        );
    }

    #[test]
    fn takes_an_order_of_promotion_lightly() {
        let mut api = deployed_twice();
        api.stages = Observed::Known(vec![stage("prod", "d1"), stage("dev", "d2")]);
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod: prod is behind the newest deployment
        "#]],
        );
    }

    #[test]
    fn leaves_the_newest_and_a_canary_alone() {
        let mut canary = stage("prod", "d1");
        canary.canary = Some(Canary {
            deployment_id: Some("d2".to_owned()),
            percent_traffic: 10.0,
            stage_variable_overrides: Default::default(),
            use_stage_cache: false,
        });
        let mut api = deployed_twice();
        api.stages = Observed::Known(vec![canary, stage("dev", "d2")]);
        check(&CHECK, &snapshot(vec![api]), expect![""]);
    }

    #[test]
    fn passes_over_a_deployment_that_failed() {
        let mut api = deployed_twice();
        let mut failed = deployment("d3", "2026-10-03T09:00:00Z");
        failed.status = Some("FAILED".to_owned());
        if let Observed::Known(deployments) = &mut api.deployments {
            deployments.insert(0, failed);
        }
        let snapshot = snapshot(vec![api]);
        let mut outcome = Outcome::new(&CHECK);
        run(&Context::of(&snapshot, &[]), &mut outcome);
        assert!(outcome.findings[0].detail.contains("The newest deployment is d2"), "{}", outcome.findings[0].detail);
    }

    #[test]
    fn a_canary_of_another_stage_is_a_stage_that_serves_it() {
        let mut canary = stage("prod", "d1");
        canary.canary = Some(Canary {
            deployment_id: Some("d2".to_owned()),
            percent_traffic: 10.0,
            stage_variable_overrides: Default::default(),
            use_stage_cache: false,
        });
        let mut api = deployed_twice();
        api.stages = Observed::Known(vec![canary, stage("dev", "d1")]);
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/dev: dev is behind the newest deployment
        "#]],
        );
    }

    #[test]
    fn says_that_a_stage_was_moved_back_and_by_whom() {
        let mut remembered = deployed_twice();
        if let Observed::Known(stages) = &mut remembered.stages {
            stages[0].earlier_deployment_id = Some("d2".to_owned());
        }
        check(
            &CHECK,
            &snapshot(vec![remembered]),
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: prod was moved back to an older deployment
        "#]],
        );

        let told = serde_json::json!({
            "eventID": "e1", "eventTime": "2026-10-03T09:00:00Z", "eventName": "UpdateStage",
            "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.13.4",
            "userIdentity": { "type": "IAMUser", "userName": "ada" },
            "requestParameters": { "restApiId": "a1b2c3d4e5", "stageName": "prod", "patchOperations": [
                { "op": "replace", "path": "/deploymentId", "value": "d1" }] },
        });
        let mut snapshot = snapshot(vec![deployed_twice()]);
        let (since, until) = ("2026-09-01T00:00:00Z".parse().unwrap(), snapshot.taken_at);
        snapshot.trail = Observed::Known(Trail::new(since, until, vec![Event::parse(&told).unwrap()]));
        let mut outcome = Outcome::new(&CHECK);
        run(&Context::of(&snapshot, &[]), &mut outcome);
        let detail = &outcome.findings[0].detail;
        assert!(detail.contains("ada moved it back with terraform at 2026-10-03T09:00:00Z"), "{detail}");
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
