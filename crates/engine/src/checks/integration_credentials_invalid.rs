//! `integration-credentials-invalid`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// API Gateway may not assume the role of an integration
    ///
    /// ## What it looks for
    ///
    /// Roles of the account that integrations call with, and that do not exist or do not trust `apigateway.amazonaws.com`.
    /// Roles of other accounts are not read.
    ///
    /// ## Why it matters
    ///
    /// Callers of these routes get 500, always.
    ///
    /// ## How to fix
    ///
    /// Let the role trust `apigateway.amazonaws.com`; that acts without a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html>
    id: "integration-credentials-invalid",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["integration-credentials-invalid"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::configuration::Integration;
    use crate::fixture::{answered, api, check, integrated, mock, refused, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        trusting("lambda.amazonaws.com")
    }

    fn by_role(role: &str) -> Snapshot {
        let integration = Integration {
            integration_type: "AWS".to_owned(),
            uri: Some("arn:aws:apigateway:eu-west-1:sqs:path/111122223333/orders".to_owned()),
            credentials: Some(role.to_owned()),
            integration_responses: mock(&[]).integration_responses,
            ..Integration::default()
        };
        let routes = ["GET /orders", "POST /orders"].map(|key| integrated(key, integration.clone()));
        snapshot(vec![api(ApiKind::Rest, routes.into())])
    }

    const OWN: &str = "arn:aws:iam::111122223333:role/sender";

    fn trusting(service: &str) -> Snapshot {
        let trust = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }] });
        let role = json!({ "Role": { "RoleName": "sender", "AssumeRolePolicyDocument": trust } });
        answered(by_role(OWN), Read::Role("sender".to_owned()), role)
    }

    #[test]
    fn flags_a_role_that_is_gone_or_trusts_others() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                high /restapis/a1b2c3d4e5 sender: sender: API Gateway may not assume the integration's role
            "#]],
        );
        check(
            &CHECK,
            &answered(by_role(OWN), Read::Role("sender".to_owned()), None),
            expect![[r#"
                high /restapis/a1b2c3d4e5 sender: sender: API Gateway may not assume the integration's role
            "#]],
        );
    }

    #[test]
    fn is_silent_where_it_trusts_and_about_the_roles_of_others() {
        check(&CHECK, &trusting("apigateway.amazonaws.com"), expect![[""]]);
        check(&CHECK, &by_role("arn:aws:iam::444455556666:role/sender"), expect![[""]]);
        check(&CHECK, &by_role("arn:aws:iam::*:user/*"), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &refused(by_role(OWN), Read::Role("sender".to_owned()), "iam:GetRole"),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for iam:GetRole)
        "#]],
        );
    }
}
