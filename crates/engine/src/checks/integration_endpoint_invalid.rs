//! `integration-endpoint-invalid`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An integration calls an address that API Gateway cannot reach
    ///
    /// ## What it looks for
    ///
    /// HTTP integrations without a VPC link whose URI is an address of a private network, or no URL. Host names are not
    /// looked up.
    ///
    /// ## Why it matters
    ///
    /// API Gateway calls from the internet. Callers get 500, always.
    ///
    /// ## How to fix
    ///
    /// Correct the URI, or reach private addresses through a VPC link, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html>
    id: "integration-endpoint-invalid",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["integration-endpoint-invalid"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Integration;
    use crate::fixture::{api, check, integrated, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        calling("http://10.0.3.4:8080/orders", None)
    }

    fn calling(uri: &str, connection_type: Option<&str>) -> Snapshot {
        let integration = Integration {
            integration_type: "HTTP_PROXY".to_owned(),
            uri: Some(uri.to_owned()),
            connection_type: connection_type.map(str::to_owned),
            ..Integration::default()
        };
        snapshot(vec![api(ApiKind::Rest, vec![integrated("GET /orders", integration)])])
    }

    #[test]
    fn flags_private_addresses_and_what_is_no_url() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration's address is none that can be reached
        "#]],
        );
        check(
            &CHECK,
            &calling("orders.example.com", None),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration's address is none that can be reached
        "#]],
        );
    }

    #[test]
    fn is_silent_about_public_hosts_vpc_links_and_unset_variables() {
        check(&CHECK, &calling("https://books.example.com/{isbn}", None), expect![[""]]);
        check(&CHECK, &calling("http://10.0.3.4/orders", Some("VPC_LINK")), expect![[""]]);
        check(&CHECK, &calling("https://${stageVariables.host}/", None), expect![[""]]);
        check(
            &CHECK,
            &calling("arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/1/2", Some("VPC_LINK")),
            expect![[""]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
