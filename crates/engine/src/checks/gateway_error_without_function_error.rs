//! `gateway-error-without-function-error`.

use crate::check::{Context, Outcome, check};
use crate::failing::{self, at_route, route_words, shortened, times};
use crate::finding::{Remedy, Resource, Severity};
use crate::health::{GatewayFailure, Reason, StageHealth};
use crate::invocation;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

check! {
    /// API Gateway answers with server errors that no Lambda function made
    ///
    /// ## What it looks for
    ///
    /// Two things. Lines in the logs of stages that failed with which the gateway names a reason of its own: a missing
    /// permission, a role, a timeout of the integration, a mapping; one finding for each route and reason. And, where no
    /// log tells, the pattern in the metrics: server errors at a stage all of whose integrations are Lambda functions,
    /// none of which counts an error or a refused call.
    ///
    /// ## Why it matters
    ///
    /// Nobody who watches the functions sees anything: their metrics and logs are clean, and callers get 500, 502 or 504.
    ///
    /// ## How to fix
    ///
    /// Mend what the gateway names. Where there is the pattern alone, the functions may answer with such a status
    /// themselves; if they do not, the gateway refuses what they return, or may not call them: turn on the stage's
    /// execution log.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
    id: "gateway-error-without-function-error",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    for (api, stage, health) in failing::stages(context, &CHECK) {
        if let Some(gateway) = &health.gateway {
            let resource = || Resource::stage(snapshot, api, &stage.name);
            gateway.unread.iter().for_each(|why| out.not_evaluated(resource(), why));
            let own = gateway.failures.iter().filter(|failure| advice(failure.reason).is_some());
            own.for_each(|failure| report(snapshot, api, stage, failure, out));
        }
        judge_pattern(snapshot, api, stage, health, out);
    }
}

/// What mends a reason of the gateway's own. Malformed answers and failing functions have checks of their own.
fn advice(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::MalformedResponse | Reason::MalformedAuthorizer | Reason::FunctionError => return None,
        Reason::Permission => "let API Gateway call the function, with aws lambda add-permission",
        Reason::Role => "let the integration's role be assumed by apigateway.amazonaws.com, and call the integration",
        Reason::Throttled => "see whether the function's reserved concurrency is too low",
        Reason::Timeout => "make the integration answer sooner, or raise its timeout",
        Reason::Unreachable => "mend the integration's address, or what lies between",
        Reason::Mapping => "mend the mapping of the integration's response",
        Reason::Other => "mend what the gateway names",
    })
}

fn report(snapshot: &Snapshot, api: &Api, stage: &Stage, failure: &GatewayFailure, out: &mut Outcome) {
    let mut resource = at_route(snapshot, api, stage, failure.route.as_ref());
    if let Some(function) = &failure.function {
        resource = resource.with_function(function.arn());
    }
    let resource = resource.with_key(failure.authorizer.as_deref().unwrap_or(name(failure.reason)));
    let route = route_words(failure.route.as_ref());
    let severity = if failure.reason == Reason::Throttled { Severity::Medium } else { Severity::High };
    let words = shortened(failure.message.trim_start_matches("Execution failed due to configuration error: "));
    out.finding(severity, resource, format!("{route} of {} fails at the gateway: {words}", stage.name))
        .detail(failing::seen(&failure.seen))
        .evidence("logs:FilterLogEvents", &failure.sample.log_group, failure.sample.lines.clone())
        .remedy(failing::gateway_remedy(advice(failure.reason).unwrap_or_default(), &snapshot.region, &failure.sample));
}

/// What tells findings of one route apart.
fn name(reason: Reason) -> &'static str {
    match reason {
        Reason::MalformedResponse => "malformed-response",
        Reason::MalformedAuthorizer => "malformed-authorizer",
        Reason::FunctionError => "function-error",
        Reason::Permission => "permission",
        Reason::Role => "role",
        Reason::Throttled => "throttled",
        Reason::Timeout => "timeout",
        Reason::Unreachable => "unreachable",
        Reason::Mapping => "mapping",
        Reason::Other => "other",
    }
}

/// Server errors at the stage and none at its functions.
fn judge_pattern(snapshot: &Snapshot, api: &Api, stage: &Stage, health: &StageHealth, out: &mut Outcome) {
    let resource = Resource::stage(snapshot, api, &stage.name);
    let metrics = match health.metrics.known() {
        Ok(metrics) => metrics,
        // Without metrics, logs were read if there are any.
        Err(why) if !failing::has_log(api, stage) => return out.not_evaluated(resource, why),
        Err(_) => return,
    };
    // Where a log tells, it tells more.
    let is_told = health.gateway.as_ref().is_some_and(|gateway| !gateway.failures.is_empty() || gateway.own_errors > 0);
    if metrics.server_errors == 0 || is_told {
        return;
    }
    let found = invocation::of_stage(api, stage);
    let functions: Option<Vec<_>> = found.invocations.iter().map(invocation::Invocation::function).collect();
    // Another backend may have answered so.
    let Some(functions) = functions.filter(|functions| !functions.is_empty() && found.not_read.is_empty()) else {
        return;
    };
    let all = &snapshot.health.iter().flat_map(|health| &health.functions).collect::<Vec<_>>();
    for name in &functions {
        let Some(function) = all.iter().find(|function| function.name.is_same_function(name)) else { return };
        match function.metrics.known() {
            Ok(metrics) if metrics.errors + metrics.throttles == 0 => {}
            Ok(_) => return,
            Err(why) => return out.not_evaluated(resource, why),
        }
    }
    let answers = times(metrics.server_errors);
    out.finding(Severity::Medium, resource, format!("{} answered {answers} with a server error that no function counts", stage.name))
        .detail(format!(
            "Since {}, its functions count no error and no refused call. Either they answer with such a status themselves, or the gateway refuses what they return, or may not call them; no log that was read tells which.",
            snapshot.health.as_ref().map(|health| health.span.since).unwrap_or_default()
        ))
        .evidence("cloudwatch:GetMetricData", "AWS/ApiGateway server errors", metrics.server_errors)
        .evidence("cloudwatch:GetMetricData", "AWS/Lambda Errors", 0)
        .remedy(Remedy::advice("turn on the stage's execution log, which names the reason"));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, healthy, log_executions, stage_failed, told};
    use crate::health::FunctionMetrics;
    use crate::observed::Observed;

    #[test]
    fn flags_a_reason_of_the_gateways_own() {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        told(
            &mut snapshot,
            &[
                "(r1) HTTP Method: GET, Resource Path: /orders",
                "(r1) Execution failed due to configuration error: Invalid permissions on Lambda function",
            ],
        );
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders orders-fn permission: GET /orders of prod fails at the gateway: Invalid permissions on Lambda function
        "#]],
        );
    }

    #[test]
    fn flags_the_pattern_in_the_metrics_where_no_log_tells() {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 3);
        log_executions(&mut snapshot);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: prod answered 3 times with a server error that no function counts
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_function_failed_or_answered_so_itself() {
        check(&CHECK, &healthy(), expect![""]);
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 3);
        log_executions(&mut snapshot);
        crate::fixture::gateway(&mut snapshot).own_errors = 3;
        check(&CHECK, &snapshot, expect![""]);
        crate::fixture::gateway(&mut snapshot).own_errors = 0;
        let metrics = FunctionMetrics { errors: 3, ..FunctionMetrics::default() };
        snapshot.health.as_mut().unwrap().functions[0].metrics = Observed::Known(metrics);
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 3);
        log_executions(&mut snapshot);
        snapshot.health.as_mut().unwrap().functions[0].metrics = Observed::NotRead(denied("cloudwatch:GetMetricData"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for cloudwatch:GetMetricData)
        "#]],
        );
    }
}
