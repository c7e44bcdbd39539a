//! Connections to WebSocket APIs: which URL is one, and what is said of those that are none.

use crate::exchange::Exchange;
use crate::fixture::{self, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, request};

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
