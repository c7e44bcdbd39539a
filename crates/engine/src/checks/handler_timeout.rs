//! `handler-timeout`.

use crate::check::{Context, Outcome, check};
use crate::failing;
use crate::finding::Severity;
use crate::logs::Kind;

check! {
    /// A Lambda function behind an API runs into its timeout
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and whose metrics count errors, and in whose log Lambda says that a call was ended
    /// because it took longer than the function's timeout.
    ///
    /// ## Why it matters
    ///
    /// Callers wait for the whole timeout and then get 502 from a REST API and 500 from an HTTP API. What the call had
    /// begun may be half done.
    ///
    /// ## How to fix
    ///
    /// Find out what it waits for: a connection that nothing answers on is likelier than slow code. A timeout above that
    /// of the integration (29 seconds for REST APIs unless it was raised, 30 for HTTP APIs) helps no caller.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html>
    id: "handler-timeout",
    severity: Severity::High,
    kinds: &[],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    failing::report_groups(
        context,
        out,
        |kind| kind == Kind::Timeout,
        |function, snapshot| {
            let configurations = snapshot.functions.iter().filter(|own| own.name.is_same_function(&function.name));
            let timeout = configurations.filter_map(|own| own.configuration.ok()?.as_ref()?.timeout).max();
            match timeout {
                Some(seconds) => format!("find out what it waits for, or raise its timeout of {seconds} s"),
                None => "find out what it waits for, or raise its timeout".to_owned(),
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, failing_function, healthy, logged};

    #[test]
    fn flags_a_call_that_was_ended() {
        let line = "2026-10-10T11:59:30.000Z 79b4f56e-95b1-4643-9700-2807f4e68189 Task timed out after 3.00 seconds";
        check(
            &CHECK,
            &failing_function(&[line]),
            expect![[r#"
            high orders-fn orders-fn: orders-fn runs into its timeout: Task timed out after 3.00 seconds
        "#]],
        );
    }

    #[test]
    fn is_silent_where_nothing_failed_or_something_else_did() {
        check(&CHECK, &healthy(), expect![""]);
        check(&CHECK, &failing_function(&["[ERROR] KeyError: 'id'\nTraceback (most recent call last):"]), expect![""]);
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
