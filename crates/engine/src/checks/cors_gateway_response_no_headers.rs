//! `cors-gateway-response-no-headers`.

use crate::check::{check, warn_for_browsers as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Browsers do not show the errors that API Gateway itself answers with
    ///
    /// ## What it looks for
    ///
    /// REST APIs for browsers (a path has OPTIONS, or an answer allows an origin) whose gateway responses `DEFAULT_4XX` and
    /// `DEFAULT_5XX` do not both have `Access-Control-Allow-Origin`.
    ///
    /// ## Why it matters
    ///
    /// What the gateway refuses (an expired token, a missing key, a throttle, a time-out) the browser shows as an error of
    /// CORS: the page cannot tell why, and whoever looks into it searches in the wrong place.
    ///
    /// ## How to fix
    ///
    /// Add the header to both gateway responses, and deploy. SAM: `GatewayResponses` with `ResponseParameters: Headers`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    id: "cors-gateway-response-no-headers",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cors-gateway-response-no-headers"],
    asked: Preflights, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{GatewayResponse, Map};
    use crate::fixture::{api, check, configured, denied, integrated, lambda_uri, mock, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        answering(&[])
    }

    fn answering(types: &[&str]) -> Snapshot {
        let api = api(
            ApiKind::Rest,
            vec![
                route("POST /orders", &lambda_uri("orders-fn")),
                integrated("OPTIONS /orders", mock(&[("Access-Control-Allow-Origin", "*")])),
            ],
        );
        let header = ("gatewayresponse.header.Access-Control-Allow-Origin".to_owned(), "'*'".to_owned());
        let response = GatewayResponse { response_parameters: Map::from([header]), ..GatewayResponse::default() };
        let responses: Map<GatewayResponse> = types.iter().map(|name| ((*name).to_owned(), response.clone())).collect();
        snapshot(vec![configured(api, |own| own.gateway_responses = Observed::Known(responses.clone()))])
    }

    fn for_programs() -> Snapshot {
        snapshot(vec![api(ApiKind::Rest, vec![route("POST /orders", &lambda_uri("orders-fn"))])])
    }

    fn unread() -> Snapshot {
        let mut snapshot = account();
        snapshot.apis[0].live.gateway_responses = Observed::NotRead(denied("apigateway:GetGatewayResponses"));
        snapshot
    }

    #[test]
    fn flags_errors_that_browsers_hide() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low /restapis/a1b2c3d4e5: orders: The browser hides the gateway's error
        "#]],
        );
        check(
            &CHECK,
            &answering(&["DEFAULT_4XX"]),
            expect![[r#"
            low /restapis/a1b2c3d4e5: orders: The browser hides the gateway's error
        "#]],
        );
    }

    #[test]
    fn is_silent_where_both_allow_an_origin_and_where_no_browser_calls() {
        check(&CHECK, &answering(&["DEFAULT_4XX", "DEFAULT_5XX"]), expect![[""]]);
        check(&CHECK, &for_programs(), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &unread(),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetGatewayResponses)
        "#]],
        );
    }
}
