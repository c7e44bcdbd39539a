//! `malformed-authorizer-response`.

use crate::check::{Context, Outcome, check};
use crate::failing::{self, at_route, route_words, shortened};
use crate::finding::Severity;
use crate::health::Reason;
use crate::snapshot::{Api, ApiKind};

check! {
    /// API Gateway refuses the answer of a Lambda authorizer
    ///
    /// ## What it looks for
    ///
    /// Lines in the logs of stages that failed with which the gateway says that it could not use an authorizer's answer,
    /// one finding for each route and authorizer. Where the execution log shows the answer, it is judged by the rules of
    /// `stagecheck response`.
    ///
    /// ## Why it matters
    ///
    /// Every caller of the route gets 500 with an empty message, whatever token they send, and the integration is never
    /// called.
    ///
    /// ## How to fix
    ///
    /// Return `principalId` and `policyDocument`, and in `context` only strings, numbers and booleans. An HTTP API's
    /// authorizer with simple responses returns `isAuthorized` instead.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    id: "malformed-authorizer-response",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    for (api, stage, gateway) in failing::gateways(context, &CHECK, out) {
        for failure in gateway.failures.iter().filter(|failure| failure.reason == Reason::MalformedAuthorizer) {
            let name = failure.authorizer.as_deref().map_or("the authorizer".to_owned(), |id| authorizer_name(api, id));
            let resource = at_route(snapshot, api, stage, failure.route.as_ref());
            let resource = if failure.authorizer.is_some() { resource.with_key(&name) } else { resource };
            let answers =
                gateway.answers.iter().filter(|answer| answer.is_of_authorizer && answer.route == failure.route);
            let problems: Vec<_> = answers.flat_map(|answer| &answer.problems).collect();
            let what: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
            let what = if what.is_empty() {
                format!("The gateway says: {}.", shortened(failure.message.trim_end_matches('.')))
            } else {
                format!("{}.", what.join("; "))
            };
            let fix = problems
                .first()
                .map_or("let it return principalId and policyDocument".to_owned(), |problem| problem.fix.clone());
            let route = route_words(failure.route.as_ref());
            out.finding(
                Severity::High,
                resource,
                format!("{route} of {} answers 500: API Gateway refuses what {name} returns", stage.name),
            )
            .detail(format!("{what} {}", failing::seen(&failure.seen)))
            .evidence("logs:FilterLogEvents", &failure.sample.log_group, failure.sample.lines.clone())
            .remedy(failing::gateway_remedy(&fix, &snapshot.region, &failure.sample));
        }
    }
}

/// An authorizer's name, by the id that the log has.
fn authorizer_name(api: &Api, id: &str) -> String {
    let authorizers = api.live.authorizers.ok().into_iter().flatten();
    let named =
        authorizers.filter(|(_, authorizer)| authorizer.id.as_deref() == Some(id)).map(|(name, _)| name.clone());
    named.into_iter().next().unwrap_or_else(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, gateway, healthy, log_executions, stage_failed, told};

    fn failed(lines: &[&str]) -> crate::snapshot::Snapshot {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        told(&mut snapshot, lines);
        snapshot
    }

    #[test]
    fn flags_the_route_and_the_authorizer() {
        let snapshot = failed(&[
            "(r1) HTTP Method: GET, Resource Path: /orders",
            "(r1) Starting authorizer: auth01 for request: r1",
            "(r1) Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \"policy\" ",
        ]);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders auth01: GET /orders of prod answers 500: API Gateway refuses what auth01 returns
        "#]],
        );
    }

    #[test]
    fn is_silent_where_an_integration_failed_after_the_authorizer() {
        check(&CHECK, &healthy(), expect![""]);
        let snapshot = failed(&[
            "(r1) Starting authorizer: auth01 for request: r1",
            "(r1) Successfully completed authorizer execution",
            "(r1) Execution failed due to configuration error: Malformed Lambda proxy response",
        ]);
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = failed(&[]);
        gateway(&mut snapshot).unread.push(denied("logs:FilterLogEvents"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for logs:FilterLogEvents)
        "#]],
        );
    }
}
