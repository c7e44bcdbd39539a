//! `private-api-no-resource-policy`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A private API lets nobody in
    ///
    /// ## What it looks for
    ///
    /// Private APIs without a resource policy, or with one without an Allow.
    ///
    /// ## Why it matters
    ///
    /// A private API answers only whom its policy allows: every call is refused with `403`, `User: anonymous is not
    /// authorized to perform: execute-api:Invoke`.
    ///
    /// ## How to fix
    ///
    /// Attach a policy that allows `execute-api:Invoke` from the VPC endpoint (`aws:SourceVpce`), and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    id: "private-api-no-resource-policy",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["private-api-no-resource-policy"],
    asked: Apis, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::High));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, private, snapshot};
    use crate::observed::Observed;
    use serde_json::{Value, json};

    #[test]
    fn without_an_allow_nobody_may_call_it() {
        check(
            &CHECK,
            &snapshot(vec![private(Value::Null)]),
            expect![[r#"
            high /restapis/a1b2c3d4e5: orders: A private API lets nobody in
        "#]],
        );
        let deny = json!([{ "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" }]);
        check(
            &CHECK,
            &snapshot(vec![private(deny)]),
            expect![[r#"
            high /restapis/a1b2c3d4e5: orders: A private API lets nobody in
        "#]],
        );
    }

    #[test]
    fn an_allow_live_or_deployed_and_apis_that_are_not_private_are_left_alone() {
        let allow = json!([{ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" }]);
        let mut own = private(allow);
        check(&CHECK, &snapshot(vec![own.clone()]), expect![[""]]);
        own.live.settings.policy = None;
        check(&CHECK, &snapshot(vec![own]), expect![[""]]);
        let mut public = private(Value::Null);
        public.endpoint_types = vec!["REGIONAL".to_owned()];
        check(&CHECK, &snapshot(vec![public]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut own = private(Value::Null);
        own.stages = Observed::NotRead(denied("apigateway:GetStages"));
        check(
            &CHECK,
            &snapshot(vec![own]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
