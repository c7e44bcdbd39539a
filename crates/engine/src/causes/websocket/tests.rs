//! Connections to WebSocket APIs: which URL is one, and what is said of those that are none.

use crate::exchange::Exchange;
use crate::fixture::{self, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request};

const HOST: &str = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";

fn chat() -> Api {
    let mut api = fixture::api(ApiKind::WebSocket, vec![route("$connect", "f"), route("$default", "f")]);
    api.stages = Observed::Known(vec![stage("prod", "d1"), stage("beta", "d1")]);
    api
}

fn connect(path: &str) -> Exchange {
    request(&format!("GET wss://{HOST}{path}"), &[])
}

#[test]
fn a_connection_goes_to_a_stage_and_to_no_path_below_it() {
    let account = facts(vec![chat()]);
    for (path, expected, advice) in [
        ("", "rest-stage-unknown likely", "connect to wss://HOST/prod"),
        ("/", "rest-stage-unknown likely", "connect to wss://HOST/prod"),
        ("/chat", "rest-stage-unknown likely", "connect to wss://HOST/prod"),
        ("/BETA", "rest-stage-unknown likely", "connect to wss://HOST/beta"),
        (
            "/prod/chat",
            "rest-path-not-in-api likely",
            "connect to wss://HOST/prod; put what the path says into the query",
        ),
        (
            "/beta/rooms/1/",
            "rest-path-not-in-api likely",
            "connect to wss://HOST/beta; put what the path says into the query",
        ),
    ] {
        let told = connect(path).answered(0, &[], "error: Unexpected server response: 403");
        for exchange in [connect(path), connect(path).forbidden(), told] {
            assert_eq!(first(&exchange, &account), expected, "{path} {:?}", exchange.response);
            let explanation = explained(&exchange, &account);
            assert_eq!(explanation.causes[0].remedy.summary, advice.replace("HOST", HOST), "{path}");
        }
    }
}

#[test]
fn an_upgrade_is_a_connection_whatever_its_scheme() {
    let exchange = request(&format!("GET https://{HOST}/prod/chat"), &[("Upgrade", "websocket")]).forbidden();
    assert_eq!(first(&exchange, &facts(vec![chat()])), "rest-path-not-in-api likely");
}

#[test]
fn a_stage_takes_connections_unless_they_are_to_be_authorized() {
    for path in ["/prod", "/prod/", "/beta?room=1"] {
        assert_eq!(first(&connect(path), &facts(vec![chat()])), "no-fault-found likely", "{path}");
    }
    let mut guarded = chat();
    let (key, mut own) = route("$connect", "f");
    own.authorization_type = "AWS_IAM".to_owned();
    guarded.live = fixture::configuration(guarded.live.source, vec![(key, own)]);
    assert_eq!(first(&connect("/prod"), &facts(vec![guarded])), "insufficient-facts possible");
}

#[test]
fn what_is_called_back_is_no_connection() {
    let exchange = request(&format!("POST https://{HOST}/@connections/abc="), &[]).forbidden();
    assert_eq!(first(&exchange, &facts(vec![chat()])), "websocket-connections-endpoint-wrong certain");
}

#[test]
fn a_handshake_that_is_answered_101_succeeded_and_is_no_matter_of_cors() {
    let page = ("Origin", "https://app.example.com");
    let account = facts(vec![chat()]);
    let accepted = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")];
    for (line, headers) in [
        (format!("GET wss://{HOST}/prod"), &[page][..]),
        (format!("GET https://{HOST}/prod"), &[page, ("Upgrade", "websocket")]),
    ] {
        let exchange = request(&line, headers);
        assert_eq!(first(&exchange.clone().answered(101, &accepted, ""), &account), "no-fault-found certain", "{line}");
        assert!(!lists(&exchange.forbidden(), &account, "cors-gateway-response-no-headers"), "{line}");
    }
    // Its routes take messages: they have no part in it.
    let mut unread = chat();
    unread.live.routes = Observed::NotRead(fixture::denied("apigatewayv2:GetRoutes"));
    let exchange = connect("/prod").answered(101, &accepted, "");
    assert_eq!(first(&exchange, &facts(vec![unread])), "no-fault-found certain");
}

#[test]
fn a_callback_without_a_signature_lacks_one() {
    let account = facts(vec![chat()]);
    let call = |path: &str| request(&format!("POST https://{HOST}{path}"), &[]);
    for exchange in [call("/prod/@connections/abc=").missing_token(), call("/prod/@connections/abc=")] {
        assert_eq!(first(&exchange, &account), "rest-iam-unsigned certain");
    }
    let own = &explained(&call("/prod/@connections/abc=").missing_token(), &account).causes[0];
    assert!(own.says.contains("execute-api:ManageConnections"), "{}", own.says);
    assert_eq!(
        own.remedy.command.as_deref(),
        Some(
            "curl -X POST --aws-sigv4 aws:amz:eu-west-1:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
             -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" \
             https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/@connections/abc="
        )
    );
    // The path comes first; and what carries a signature lacks none.
    let elsewhere = call("/@connections/abc=").missing_token();
    assert_eq!(first(&elsewhere, &account), "websocket-connections-endpoint-wrong certain");
    let token = call("/prod/@connections/abc=").header("Authorization", "Bearer abc");
    assert!(!lists(&token.clone().missing_token(), &account, "rest-iam-unsigned"));
    let complaint = "Invalid key=value pair (missing equal-sign) in Authorization header";
    let refused = token.refused(403, "IncompleteSignatureException", complaint);
    assert_eq!(first(&refused, &account), "sigv4-bearer-on-iam-or-unknown-route certain");
}

#[test]
fn an_api_of_another_kind_is_not_called_by_wss() {
    let rest = || fixture::api(ApiKind::Rest, vec![route("GET /orders", "f")]);
    for (url, api, expected, advice) in [
        (
            format!("wss://{HOST}/prod"),
            rest(),
            "rest-root-no-method certain",
            format!("append the path of a route: https://{HOST}/prod/orders"),
        ),
        (
            format!("wss://{HOST}/prod/Orders"),
            rest(),
            "rest-path-case-mismatch certain",
            format!("write the path as the route has it: https://{HOST}/prod/orders"),
        ),
        (
            format!("ws://{HOST}/prod/orders"),
            rest(),
            "http-scheme-used certain",
            format!("call https://{HOST}/prod/orders"),
        ),
        (format!("ws://{HOST}/prod"), chat(), "http-scheme-used certain", format!("call wss://{HOST}/prod")),
        (
            format!("wss://{HOST}/orders/"),
            crate::testkit::http_api(&["GET /orders"]),
            "http-trailing-slash certain",
            format!("call https://{HOST}/orders"),
        ),
    ] {
        let kind = api.kind;
        let exchange = request(&format!("GET {url}"), &[]);
        let exchange = match kind {
            ApiKind::Http => exchange.http(404, "Not Found"),
            _ if url.starts_with("ws:") => exchange.answered(0, &[], "connect ETIMEDOUT"),
            _ => exchange.missing_token(),
        };
        let account = facts(vec![api]);
        assert_eq!(first(&exchange, &account), expected, "{url}");
        let explanation = explained(&exchange, &account);
        let own = &explanation.causes[0];
        assert_eq!(own.remedy.summary, advice, "{url}");
        let aside = format!("is a {} API: it is called by https, and takes no WebSocket connection.", kind.name());
        assert_eq!(own.says.ends_with(&aside), kind != ApiKind::WebSocket, "{}", own.says);
        assert!(explanation.nearest.iter().all(|near| near.url.starts_with("https://")), "{:?}", explanation.nearest);
    }
}

#[test]
fn a_websocket_api_is_connected_to_where_its_stage_is() {
    let advice = |path: &str| {
        let exchange = request(&format!("GET https://{HOST}{path}"), &[]).forbidden();
        let explanation = explained(&exchange, &facts(vec![chat()]));
        (explanation.causes[0].id, explanation.causes[0].remedy.summary.clone())
    };
    for (path, stage) in [("/prod", "prod"), ("/beta/x", "beta"), ("/", "prod")] {
        let expected = format!("connect with a WebSocket client: wscat -c wss://{HOST}/{stage}");
        assert_eq!(advice(path), ("websocket-called-over-https", expected), "{path}");
    }
}
