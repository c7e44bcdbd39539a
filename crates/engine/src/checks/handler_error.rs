//! `handler-error`.

use crate::check::{Context, Outcome, check};
use crate::failing;
use crate::finding::Severity;
use crate::logs::Kind;

check! {
    /// A Lambda function behind an API fails
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and whose metrics count errors: their own logs are read, where their configuration
    /// says that they are, and what failed is grouped by kind, type, message and the top of the stack. Where such a log
    /// tells of no failure, or is another account's, the stages' execution and access logs speak for it. One finding is one
    /// function and one group, with the routes that were hit where the gateway's logs tell them. An exception that was
    /// printed, and of which nothing says that its invocation failed, is *low*. Timeouts and lack of memory have checks
    /// of their own.
    ///
    /// ## Why it matters
    ///
    /// Callers get 502 from a REST API and 500 from an HTTP API, with a body that says nothing.
    ///
    /// ## How to fix
    ///
    /// Mend the handler. The sample's lines are in the evidence, and the command shows all lines of that request.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html>
    id: "handler-error",
    severity: Severity::High,
    kinds: &[],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    failing::report_groups(context, out, is_own, |_, _| "mend the handler".to_owned());
}

/// Everything that has no check of its own.
fn is_own(kind: Kind) -> bool {
    !matches!(kind, Kind::Timeout | Kind::OutOfMemory)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, failing_function, healthy, logged, stage_failed, told};

    #[test]
    fn flags_each_group_of_a_function_with_its_route() {
        let mut snapshot = failing_function(&[
            "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler",
        ]);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high orders-fn orders-fn: orders-fn fails: KeyError: 'id'
        "#]],
        );
        logged(&mut snapshot).errors[0].routes.insert("GET /orders".to_owned());
        let detail = crate::fixture::details(&CHECK, &snapshot);
        assert!(detail[0].ends_with("It was hit by GET /orders."), "{detail:?}");
    }

    #[test]
    fn flags_what_the_gateway_alone_tells() {
        let mut snapshot = failing_function(&[]);
        stage_failed(&mut snapshot, 1);
        told(
            &mut snapshot,
            &[
                "(r1-r1-r1) HTTP Method: GET, Resource Path: /orders",
                "(r1-r1-r1) Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: 7f0e7f0e",
            ],
        );
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high orders-fn orders-fn: orders-fn fails: boom
        "#]],
        );
        let detail = crate::fixture::details(&CHECK, &snapshot);
        assert!(detail[0].ends_with("It was hit by GET /orders."), "{detail:?}");
    }

    #[test]
    fn is_silent_where_nothing_failed_or_something_else_did() {
        check(&CHECK, &healthy(), expect![""]);
        let timeout = failing_function(&[
            "2026-10-10T11:59:30.000Z 79b4f56e-95b1-4643-9700-2807f4e68189 Task timed out after 3.00 seconds",
        ]);
        check(&CHECK, &timeout, expect![""]);
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
