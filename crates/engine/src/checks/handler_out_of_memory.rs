//! `handler-out-of-memory`.

use crate::check::{Context, Outcome, check};
use crate::failing;
use crate::finding::Severity;
use crate::logs::Kind;

check! {
    /// A Lambda function behind an API runs out of memory
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and whose metrics count errors, and in whose log Lambda or the runtime says that the
    /// memory was used up: `Runtime.OutOfMemory`, an exit by `signal: killed`, an end of the heap. A report whose memory
    /// used equals its size is normal, and none of these.
    ///
    /// ## Why it matters
    ///
    /// The process ends in the middle of a request. Callers get 502 from a REST API and 500 from an HTTP API, and the next
    /// request waits for a new start.
    ///
    /// ## How to fix
    ///
    /// Give the function more memory, or read less at once.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
    id: "handler-out-of-memory",
    severity: Severity::High,
    kinds: &[],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    failing::report_groups(
        context,
        out,
        |kind| kind == Kind::OutOfMemory,
        |function, snapshot| {
            let configurations = snapshot.functions.iter().filter(|own| own.name.is_same_function(&function.name));
            match configurations.filter_map(|own| own.configuration.ok()?.as_ref()?.memory_size).max() {
                Some(size) => format!("give the function more than {size} MB, or read less at once"),
                None => "give the function more memory, or read less at once".to_owned(),
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, failing_function, healthy, logged};

    const KILLED: &str =
        "RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Error: Runtime exited with error: signal: killed";

    #[test]
    fn flags_a_process_that_was_killed() {
        let report = "REPORT RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189\tDuration: 812.00 ms\tBilled Duration: 812 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory";
        check(
            &CHECK,
            &failing_function(&[KILLED, report]),
            expect![[r#"
            high orders-fn orders-fn: orders-fn runs out of memory: Runtime.ExitError: Runtime exited with error: signal: killed
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
