//! `function-throttled`.

use crate::check::{Context, Outcome, check};
use crate::command::Aws;
use crate::failing::times;
use crate::finding::{Remedy, Resource, Severity};

check! {
    /// Lambda refuses calls of a function, because too many run at once
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and whose metric `Throttles` counts refused calls.
    ///
    /// ## Why it matters
    ///
    /// Callers get 500 or 502 for calls that never reached the function, and its log shows nothing of them.
    ///
    /// ## How to fix
    ///
    /// See whether the function's reserved concurrency is too low, or zero; otherwise ask for a higher quota of concurrent
    /// executions, or make the function faster.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
    id: "function-throttled",
    severity: Severity::Medium,
    kinds: &[],
    since: "0.1.0",
    causes: ["lambda-throttled"],
}

fn run(context: &Context, out: &mut Outcome) {
    let Some(health) = &context.snapshot.health else { return };
    for function in &health.functions {
        let name = &function.name;
        let resource = Resource::function(context.snapshot, name);
        let metrics = match function.metrics.known() {
            Ok(metrics) => metrics,
            Err(why) => {
                out.not_evaluated(resource, why);
                continue;
            }
        };
        if metrics.throttles == 0 {
            continue;
        }
        let ran = metrics.invocations.map(|all| format!("; {all} calls ran")).unwrap_or_default();
        let command = Aws::new("lambda get-function-concurrency").option("--function-name", &name.name);
        out.finding(
            Severity::Medium,
            resource,
            format!("Lambda refused calls of {} {}", name.name, times(metrics.throttles)),
        )
        .detail(format!(
            "Since {}, too many calls ran at once{ran}. The function's log shows nothing of those that were refused.",
            health.span.since
        ))
        .evidence("cloudwatch:GetMetricData", "AWS/Lambda Throttles", metrics.throttles)
        .remedy(Remedy::command(
            "see whether its reserved concurrency is too low, or ask for a higher quota",
            command.option("--region", &name.region),
        ));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, healthy};
    use crate::health::FunctionMetrics;
    use crate::observed::Observed;

    #[test]
    fn flags_calls_that_were_refused() {
        let mut snapshot = healthy();
        let metrics = FunctionMetrics { throttles: 7, ..FunctionMetrics::default() };
        snapshot.health.as_mut().unwrap().functions[0].metrics = Observed::Known(metrics);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            medium orders-fn orders-fn: Lambda refused calls of orders-fn 7 times
        "#]],
        );
    }

    #[test]
    fn is_silent_where_none_was() {
        check(&CHECK, &healthy(), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = healthy();
        snapshot.health.as_mut().unwrap().functions[0].metrics = Observed::NotRead(denied("cloudwatch:GetMetricData"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated orders-fn orders-fn: access denied: apigateway:GET on arn:aws:… (for cloudwatch:GetMetricData)
        "#]],
        );
    }
}
