//! `errors-without-logs`.

use crate::check::{Context, Outcome, check};
use crate::failing::{is_gone, times};
use crate::finding::{Remedy, Resource, Severity};
use crate::health::{FunctionLog, told_by_gateways};
use crate::snapshot::Snapshot;

check! {
    /// A Lambda function fails, and no log says why
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and whose metrics count errors, where the log group that their configuration names
    /// does not exist, or holds nothing from the time of the errors, or nothing that tells of a failure; and no execution
    /// log of a stage says how they failed.
    ///
    /// ## Why it matters
    ///
    /// Something fails for callers, and whoever looks into it finds nothing.
    ///
    /// ## How to fix
    ///
    /// Where the log group is missing or empty, let the function's role write to it (`logs:CreateLogGroup`,
    /// `logs:CreateLogStream`, `logs:PutLogEvents`). Where only the failures are missing, look at the level that the
    /// function's logging configuration lets through.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>
    id: "errors-without-logs",
    severity: Severity::Medium,
    kinds: &[],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let Some(health) = &context.snapshot.health else { return };
    for function in &health.functions {
        let resource = Resource::function(context.snapshot, &function.name);
        let metrics = match function.metrics.known() {
            Ok(metrics) => metrics,
            Err(why) => {
                out.not_evaluated(resource, why);
                continue;
            }
        };
        let Some(log) = function.log.as_ref().filter(|_| metrics.errors > 0) else { continue };
        if let Some(why) = log.unread.iter().find(|why| !is_gone(why)) {
            out.not_evaluated(resource, why);
            continue;
        }
        if !log.errors.is_empty() || !told_by_gateways(health, &function.name).is_empty() {
            continue;
        }
        let name = &function.name.name;
        let (reason, fix) = reason(log, context.snapshot);
        out.finding(
            Severity::Medium,
            resource,
            format!("{name} failed {}, and no log says why", times(metrics.errors)),
        )
        .detail(format!("Since {}: {reason}", health.span.since))
        .evidence("cloudwatch:GetMetricData", "AWS/Lambda Errors", metrics.errors)
        .evidence("logs:FilterLogEvents", log.log_groups.join(", "), log.events)
        .remedy(Remedy::advice(fix));
    }
}

/// The likely reason, and what mends it.
fn reason(log: &FunctionLog, snapshot: &Snapshot) -> (String, &'static str) {
    let groups = log.log_groups.join(", ");
    if log.unread.iter().any(is_gone) {
        let reason = format!("its log group {groups} does not exist. Most likely its role may not create it.");
        return (reason, "let the function's role create its log group and write to it");
    }
    if log.events == 0 {
        let reason = format!(
            "its log group {groups} holds nothing from the time of the errors. Most likely its role may not write there."
        );
        return (reason, "let the function's role write to its log group");
    }
    let is_json = snapshot.functions.iter().any(|function| {
        let configuration = function.configuration.ok().and_then(Option::as_ref);
        configuration.is_some_and(|configuration| {
            configuration.log_format.as_deref() == Some("JSON")
                && configuration.log_group.as_ref().is_some_and(|group| log.log_groups.contains(group))
        })
    });
    let filter = if is_json { " Most likely its logging configuration lets only higher levels through." } else { "" };
    let reason = format!(
        "its log group {groups} has {} from that time, and none of them tells of a failure.{filter}",
        events(log.events)
    );
    (reason, "look at the levels that the function's logging configuration lets through")
}

fn events(count: u64) -> String {
    if count == 1 { "1 event".to_owned() } else { format!("{count} events") }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, failing_function, healthy, logged, stage_failed, told};
    use crate::observed::{NotRead, Why};

    const FUNCTION_ERROR: [&str; 2] = [
        "(r1-r1-r1) HTTP Method: GET, Resource Path: /orders",
        "(r1-r1-r1) Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: 7f0e7f0e",
    ];

    #[test]
    fn flags_errors_of_which_the_log_says_nothing_and_names_the_likely_reason() {
        let snapshot = failing_function(&["START RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Version: $LATEST"]);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            medium orders-fn orders-fn: orders-fn failed once, and no log says why
        "#]],
        );
        let reason = |snapshot: &Snapshot| crate::fixture::details(&CHECK, snapshot).remove(0);
        assert!(reason(&snapshot).contains("has 1 event from that time, and none of them tells of a failure."));
        let empty = failing_function(&[]);
        assert!(reason(&empty).contains("holds nothing from the time of the errors"));
        let mut gone = empty;
        logged(&mut gone).unread.push(NotRead { why: Why::Gone, ..denied("logs:DescribeLogGroups") });
        assert!(reason(&gone).contains("does not exist"));
    }

    #[test]
    fn is_silent_where_a_log_tells_or_nothing_failed() {
        check(&CHECK, &healthy(), expect![""]);
        check(&CHECK, &failing_function(&["[ERROR] KeyError: 'id'\nTraceback (most recent call last):"]), expect![""]);
        let mut by_gateway = failing_function(&[]);
        stage_failed(&mut by_gateway, 1);
        told(&mut by_gateway, &FUNCTION_ERROR);
        check(&CHECK, &by_gateway, expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = failing_function(&[]);
        logged(&mut snapshot).unread.push(denied("logs:FilterLogEvents"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated orders-fn orders-fn: access denied: apigateway:GET on arn:aws:… (for logs:FilterLogEvents)
        "#]],
        );
    }
}
