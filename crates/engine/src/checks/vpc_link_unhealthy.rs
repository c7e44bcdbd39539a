//! `vpc-link-unhealthy`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A VPC link that routes need does not exist or does not work
    ///
    /// ## What it looks for
    ///
    /// VPC links that integrations name and that do not exist, or whose status is not `AVAILABLE`. Whether what is behind a
    /// link is healthy is not read.
    ///
    /// ## Why it matters
    ///
    /// Callers of these routes get 500, 503 or 504, always.
    ///
    /// ## How to fix
    ///
    /// Mend the link or make it again; an HTTP API's link that nobody used for 60 days becomes inactive.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html>
    id: "vpc-link-unhealthy",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["vpc-link-unhealthy"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::configuration::Integration;
    use crate::fixture::{answered, api, check, integrated, refused, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        linked(Some(json!({ "id": "link01", "status": "FAILED" })))
    }

    fn linked(link: Option<serde_json::Value>) -> Snapshot {
        answered(unlinked(), Read::VpcLink("link01".to_owned()), link)
    }

    fn unlinked() -> Snapshot {
        let integration = Integration {
            integration_type: "HTTP_PROXY".to_owned(),
            uri: Some("http://orders.internal/".to_owned()),
            connection_type: Some("VPC_LINK".to_owned()),
            connection_id: Some("link01".to_owned()),
            ..Integration::default()
        };
        let routes = ["GET /orders", "POST /orders"].map(|key| integrated(key, integration.clone()));
        snapshot(vec![api(ApiKind::Rest, routes.into())])
    }

    #[test]
    fn flags_a_link_that_failed_or_is_gone() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                high /restapis/a1b2c3d4e5 link01: link01: The VPC link is not available, or nothing healthy is behind it
            "#]],
        );
        check(
            &CHECK,
            &linked(None),
            expect![[r#"
                high /restapis/a1b2c3d4e5 link01: link01: The VPC link is not available, or nothing healthy is behind it
            "#]],
        );
    }

    #[test]
    fn is_silent_where_it_is_available_or_will_be() {
        check(&CHECK, &linked(Some(json!({ "id": "link01", "status": "AVAILABLE" }))), expect![[""]]);
        check(&CHECK, &linked(Some(json!({ "id": "link01", "status": "PENDING" }))), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &refused(unlinked(), Read::VpcLink("link01".to_owned()), "apigateway:GetVpcLink"),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetVpcLink)
        "#]],
        );
    }
}
