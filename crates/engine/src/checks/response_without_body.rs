//! `response-without-body`.

use crate::check::{Context, Outcome, check};
use crate::failing;
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A Lambda function answers without a body
    ///
    /// ## What it looks for
    ///
    /// Answers of functions that an execution log shows, that have no `body` although their status and method go with one, and
    /// that API Gateway lets through: one finding for each route. What the log shows depends on data tracing, and only logs of
    /// stages that failed are read, so that silence proves nothing. With `--probe`,
    /// what routes that are opted in answer when they are asked is looked at, too.
    ///
    /// ## Why it matters
    ///
    /// Callers get an empty body with the content type `application/json`, which is no JSON: many clients fail on it.
    ///
    /// ## How to fix
    ///
    /// Return a `body` that is a string, or the status 204.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
    id: "response-without-body",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    failing::report_let_through(context, &CHECK, "no-body", "answers without a body", out);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, gateway, healthy, log_executions, stage_failed, told};

    fn answered(body: &str) -> crate::snapshot::Snapshot {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        let body = format!("(r1) Endpoint response body before transformations: {body}");
        told(&mut snapshot, &["(r1) HTTP Method: GET, Resource Path: /orders", &body]);
        snapshot
    }

    #[test]
    fn flags_an_answer_that_the_gateway_lets_through() {
        check(
            &CHECK,
            &answered("{\"statusCode\":200}"),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders orders-fn: orders-fn answers without a body for GET /orders of prod
        "#]],
        );
    }

    #[test]
    fn is_silent_about_what_is_meant_so() {
        check(&CHECK, &healthy(), expect![""]);
        check(&CHECK, &answered("{\"statusCode\":204}"), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = answered("{\"statusCode\":204}");
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
