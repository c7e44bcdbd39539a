//! `gateway-response-customised`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Gateway responses hide which error it was
    ///
    /// ## What it looks for
    ///
    /// Gateway responses of REST APIs for all errors of a kind, `DEFAULT_4XX` and `DEFAULT_5XX`, with a body of their
    /// own that says neither the error's message nor its type: no variable of `$context.error` stands in their
    /// templates or headers. Those that only add headers, for CORS, hide nothing, nor do those for one error alone.
    ///
    /// ## Why it matters
    ///
    /// Every error then looks the same to callers, and to whoever has to find out why: a missing route, a wrong key and
    /// a refused token are told apart by the text and by nothing else.
    ///
    /// ## How to fix
    ///
    /// Put `$context.error.responseType` into a header or into the body of the gateway responses, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>
    id: "gateway-response-customised",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["gateway-response-customised"],
    asked: Apis, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::GatewayResponse;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn with_template(template: &str, header: &str) -> Snapshot {
        let mut own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        let mut response = GatewayResponse::default();
        if !template.is_empty() {
            response.response_templates.insert("application/json".to_owned(), template.to_owned());
        }
        response.response_parameters.insert("gatewayresponse.header.X-Own".to_owned(), header.to_owned());
        own.live.gateway_responses = Observed::Known([("DEFAULT_4XX".to_owned(), response)].into());
        snapshot(vec![own])
    }

    #[test]
    fn a_body_of_its_own_hides_the_error() {
        check(
            &CHECK,
            &with_template(r#"{"error": "no"}"#, "'*'"),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: Gateway responses hide which error it was
        "#]],
        );
    }

    #[test]
    fn a_body_or_header_that_tells_the_error_and_headers_alone_are_left_alone() {
        check(&CHECK, &with_template(r#"{"m": $context.error.messageString}"#, "'*'"), expect![[""]]);
        check(&CHECK, &with_template(r#"{"error": "no"}"#, "context.error.responseType"), expect![[""]]);
        check(&CHECK, &with_template("", "'*'"), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = with_template("", "'*'");
        snapshot.apis[0].live.gateway_responses = Observed::NotRead(denied("apigateway:GetGatewayResponses"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetGatewayResponses)
        "#]],
        );
    }
}
