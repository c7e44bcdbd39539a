//! `logs-not-enabled`.

use crate::check::{Context, Outcome, check};
use crate::command::update_stage;
use crate::failing::{self, times};
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::ApiKind;
use crate::stage_logs::StageLogs;

check! {
    /// A stage fails, and writes no log that would tell why
    ///
    /// ## What it looks for
    ///
    /// Stages whose metrics count server errors and that have neither an execution log nor an access log. A stage that
    /// does not fail is left alone. HTTP APIs have access logs only.
    ///
    /// ## Why it matters
    ///
    /// Most errors of a gateway look alike to callers: `Internal server error`. Only its logs tell a malformed answer from
    /// a missing permission or a timeout, and on which route it was.
    ///
    /// ## How to fix
    ///
    /// Turn on the execution log at level `ERROR`, or an access log whose format names `$context.integration.error`. For
    /// execution logs the account's API Gateway settings need a role that may write logs. Both are stage settings, and in
    /// force without a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>
    id: "logs-not-enabled",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["logs-not-enabled"],
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage, health) in failing::stages(context, &CHECK) {
        let logs = StageLogs::of(api, stage);
        if logs.execution.is_some() || logs.access.is_some() {
            continue;
        }
        let resource = Resource::stage(context.snapshot, api, &stage.name);
        let metrics = match health.metrics.known() {
            Ok(metrics) => metrics,
            Err(why) => {
                out.not_evaluated(resource, why);
                continue;
            }
        };
        if metrics.server_errors == 0 {
            continue;
        }
        let summary = "turn on a log of the stage";
        let remedy = match api.kind {
            ApiKind::Rest => Remedy::command(
                summary,
                update_stage(api.kind, &api.id, &stage.name)
                    .option("--patch-operations", "op=replace,path=/*/*/logging/loglevel,value=ERROR")
                    .option("--region", &context.snapshot.region),
            ),
            ApiKind::WebSocket => Remedy::command(
                summary,
                update_stage(api.kind, &api.id, &stage.name)
                    .option("--default-route-settings", "LoggingLevel=ERROR")
                    .option("--region", &context.snapshot.region),
            ),
            ApiKind::Http => {
                Remedy::advice("give the stage an access log whose format names $context.integrationErrorMessage")
            }
        };
        let title = format!("{} failed {}, and writes no log that tells why", stage.name, times(metrics.server_errors));
        out.finding(Severity::Medium, resource, title)
            .detail("Its metrics count answers with a status of 500 or above. Neither an execution log nor an access log is turned on.")
            .evidence("cloudwatch:GetMetricData", "server errors", metrics.server_errors)
            .evidence(api.kind.call("GetStages"), "logging settings", serde_json::Value::Null)
            .remedy(remedy);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, healthy, stage_failed};
    use crate::observed::Observed;

    #[test]
    fn flags_a_stage_that_fails_in_silence() {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 4);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: prod failed 4 times, and writes no log that tells why
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_log_is_written_or_nothing_failed() {
        let mut snapshot = healthy();
        check(&CHECK, &snapshot, expect![""]);
        stage_failed(&mut snapshot, 4);
        crate::fixture::log_executions(&mut snapshot);
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = healthy();
        snapshot.health.as_mut().unwrap().stages[0].metrics = Observed::NotRead(denied("cloudwatch:GetMetricData"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for cloudwatch:GetMetricData)
        "#]],
        );
    }
}
