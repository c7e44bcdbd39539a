//! Answers of which little more was noted than the status: who made them, and which they are, is then not told.

use std::cell::{Cell, OnceCell, RefCell};

use serde_json::Value;

use super::cause::{Cause, Confidence, Examined, Not, Proof, Role};
use super::signal::{Answerer, Signal};
use super::unmarked::Words;
use super::{Case, not_given};
use crate::observed::NotRead;

impl<'a> Case<'a> {
    /// A proof, weighed by what of the answer was noted. Without its headers, a 403 may be anybody's: the gateway's, or that of
    /// what is behind it. So a proof stays certain only where request and configuration would fail the request whatever it
    /// was answered; nothing behind the gateway can have answered then. Where the body is missing, too, what they do not
    /// tell by themselves is not told at all. The same holds of an answer that only its words show to be the gateway's.
    pub(super) fn weighed(&self, cause: &Cause, proof: Proof) -> Examined {
        let is_guess = self.is_guessed.get();
        let words = self.unmarked.get();
        if words == Some(Words::Default) {
            return self.weighed_by_default_words(cause, proof);
        }
        let is_unmarked = words.is_some();
        let is_untold = self.lacks_headers() || is_unmarked || self.is_told_by_status(cause, &proof);
        let is_bare = is_untold && proof.confidence == Confidence::Certain;
        if !is_guess && !is_bare {
            return Ok(proof);
        }
        match self.examine_unsent(cause) {
            Ok(own) if own.confidence == Confidence::Certain && own.lets_through == proof.lets_through => Ok(proof),
            Ok(own) if is_guess => Ok(proof.without(&self.untold()).at_most(own.confidence)),
            Err(not) if is_guess || not == Not::Wanted => Err(not),
            // What is behind a route may use the words of the API's own gateway responses, too.
            _ if is_unmarked => {
                Ok(proof.despite("response", "headers.x-amzn-ErrorType", Value::Null).at_most(Confidence::Likely))
            }
            _ => Ok(proof.without(&headers_not_given())),
        }
    }

    /// Whether the answer is an error of which neither headers nor body tell who made it, and which. An HTTP API names no type of
    /// error in its headers, so that its answers to HEAD, which have no body, tell neither.
    pub(super) fn is_wordless(&self) -> bool {
        self.signal() == Some(Signal::Other)
            && (self.answerer() == Answerer::Unknown || self.is_bodiless_answer_of_http_api())
            && self.response.is_some_and(|own| own.body.trim().is_empty())
    }

    /// Whether the answer is an HTTP API's, or that of what is behind one, to a request that is answered without a body.
    fn is_bodiless_answer_of_http_api(&self) -> bool {
        self.request.method == "HEAD" && self.answerer() == Answerer::HttpApi
    }

    /// What of the answer would tell who made it, and which it is.
    fn untold(&self) -> NotRead {
        if self.is_bodiless_answer_of_http_api() {
            let help = "answers to HEAD have none, and it alone tells who answered: send the same with GET";
            return not_given("response.body", help);
        }
        headers_not_given()
    }

    /// Whether the answer is a 403 without any header.
    fn lacks_headers(&self) -> bool {
        let is_bare = self.response.is_some_and(|own| own.status == 403 && own.headers.0.is_empty());
        is_bare && self.answerer() == Answerer::Unknown
    }

    /// Whether a cause looks at an error of which a browser tells the status alone, and rests on more than the browser's words.
    fn is_told_by_status(&self, cause: &Cause, proof: &Proof) -> bool {
        let by_words = proof.evidence.iter().any(|own| own.source == "response" && own.path == "body");
        self.blocked.is_some()
            && self.response.is_some_and(|own| own.status >= 400)
            && cause.role == Role::Cause
            && !by_words
    }

    /// What a cause of an error says of an answer that a browser hides with its status: what it says of the request by itself,
    /// and nothing of what may happen some day. `None` where nothing is hidden, or where the cause asks for no error.
    pub(super) fn examine_hidden(&self, cause: &Cause) -> Option<Examined> {
        if !self.hides_status() {
            return None;
        }
        let unsent = self.unsent();
        let examined = unsent.examine(cause);
        if !unsent.asks_error.get() {
            return None;
        }
        self.wanted.borrow_mut().append(&mut unsent.wanted.borrow_mut());
        Some(examined.and_then(|own| if own.is_risk(cause) { Err(Not::Silent) } else { Ok(own) }))
    }

    /// What a cause says of the same request, if nothing was sent yet.
    pub(super) fn examine_unsent(&self, cause: &Cause) -> Examined {
        let unsent = self.unsent();
        let own = (cause.examine)(&unsent);
        self.wanted.borrow_mut().append(&mut unsent.wanted.borrow_mut());
        own
    }

    /// The same request, of which nothing is known but that it is to be sent.
    fn unsent(&self) -> Case<'a> {
        Case {
            request: self.request,
            authorization: self.authorization.clone(),
            host: self.host.clone(),
            facts: self.facts,
            tables: self.tables,
            response: None,
            answerer: Answerer::Unknown,
            signal: None,
            blocked: None,
            wanted: RefCell::default(),
            assumed: RefCell::default(),
            is_guessed: Cell::default(),
            unmarked: Cell::default(),
            asks_error: Cell::default(),
            told: OnceCell::new(),
            target: OnceCell::new(),
        }
    }
}

fn headers_not_given() -> NotRead {
    not_given(
        "response.headers",
        "the status alone does not tell who answered: give the response with its headers (curl -i)",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::case::facts::Read;
    use crate::configuration::{GatewayResponse, Route};
    use crate::exchange::{Exchange, Headers, Response};
    use crate::fixture::{self, lambda_uri, route};
    use crate::observed::Observed;
    use crate::snapshot::{Api, ApiKind};
    use crate::testkit::{explained, facts, request, to_orders};

    const BEARER: &str = "Bearer abc";
    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/apigateway/aws4_request, \
        SignedHeaders=host;x-amz-date, Signature=00";

    fn refused(mut exchange: Exchange, body: &str) -> Exchange {
        exchange.response = Some(Response { status: 403, headers: Headers::default(), body: body.to_owned() });
        exchange
    }

    fn rest(edit: impl FnOnce(&mut Route)) -> Api {
        let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
        edit(&mut own);
        fixture::api(ApiKind::Rest, vec![(key, own)])
    }

    fn iam(own: &mut Route) {
        own.authorization_type = "AWS_IAM".to_owned();
    }

    fn policy(effect: &str, condition: serde_json::Value) -> Api {
        let mut api = rest(|_| {});
        let statement = json!({ "Sid": "Only", "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke",
            "Resource": "*", "Condition": condition });
        let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" });
        let statements = if effect == "Deny" { json!([all, statement]) } else { json!([statement]) };
        api.live.settings.policy = Some(json!({ "Statement": statements }));
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        api
    }

    /// The first cause of a 403 of which nothing but the status was noted, and of one with its text, too: certain only where
    /// the configuration fails the request whatever it was answered.
    #[test]
    fn a_403_without_headers_is_certain_where_the_configuration_alone_fails_the_request() {
        let get = |path: &str| to_orders("GET", path);
        let stageless = || request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/nowhere/x", &[]);
        let (forbidden, token) = (r#"{"message":"Forbidden"}"#, r#"{"message":"Missing Authentication Token"}"#);
        let waiting = || {
            let mut api = rest(|_| {});
            api.live = fixture::api(ApiKind::Rest, vec![route("GET /orders", "f"), route("GET /new", "f")]).live;
            api
        };
        let disabled = || {
            let mut api = rest(|_| {});
            api.live.settings.disable_execute_api_endpoint = Some(true);
            api
        };
        let closed = || policy("Allow", json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }));
        let denied =
            json!({ "Message": "User is not authorized to access this resource with an explicit deny" }).to_string();
        let expired = json!({ "message": "The security token included in the request is expired" }).to_string();
        for (exchange, api, body, wordless, worded) in [
            (get("/nothing"), rest(|_| {}), token, "rest-path-not-in-api certain", "rest-path-not-in-api certain"),
            (get("/new"), waiting(), token, "rest-not-deployed certain", "rest-not-deployed certain"),
            (get("/"), rest(|_| {}), token, "rest-root-no-method certain", "rest-root-no-method certain"),
            (stageless(), rest(|_| {}), forbidden, "rest-stage-unknown certain", "rest-stage-unknown certain"),
            (
                get("/orders"),
                disabled(),
                forbidden,
                "default-endpoint-disabled certain",
                "default-endpoint-disabled certain",
            ),
            (
                get("/orders"),
                rest(|own| own.api_key_required = true),
                forbidden,
                "api-key-missing certain",
                "api-key-missing certain",
            ),
            (get("/orders"), rest(iam), token, "rest-iam-unsigned certain", "rest-iam-unsigned certain"),
            (
                get("/orders").header("Authorization", BEARER),
                rest(iam),
                "Invalid key=value pair (missing equal-sign) in Authorization header",
                "sigv4-bearer-on-iam-or-unknown-route certain",
                "sigv4-bearer-on-iam-or-unknown-route certain",
            ),
            (
                get("/orders").header("Authorization", SIGNED).header("X-Amz-Date", "20261010T120000Z"),
                rest(iam),
                "Credential should be scoped to correct service: 'execute-api'.",
                "sigv4-wrong-service certain",
                "sigv4-wrong-service certain",
            ),
            // Only the request's own sender could tell: the policy lets some callers in.
            (
                get("/orders"),
                closed(),
                "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn",
                "resource-policy-implicit-deny likely",
                "resource-policy-implicit-deny likely",
            ),
            // Of these the answer's own words are the proof: without headers they may be anybody's, and without a body nothing
            // tells.
            (
                get("/orders"),
                rest(|_| {}),
                expired.as_str(),
                "insufficient-facts possible",
                "sigv4-token-expired likely",
            ),
            (
                get("/orders").header("Authorization", BEARER),
                rest(|own| own.authorization_type = "CUSTOM".to_owned()),
                denied.as_str(),
                "insufficient-facts possible",
                "lambda-auth-explicit-deny likely",
            ),
            (get("/orders"), rest(|_| {}), token, "insufficient-facts possible", "insufficient-facts possible"),
            (get("/orders"), rest(|_| {}), forbidden, "insufficient-facts possible", "insufficient-facts possible"),
        ] {
            for (body, expected) in [("", wordless), (body, worded)] {
                let explanation = explained(&refused(exchange.clone(), body), &facts(vec![api.clone()]));
                let own = &explanation.causes[0];
                assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{body}: {}", own.says);
            }
        }
    }

    #[test]
    fn a_404_without_headers_is_an_http_apis_where_no_route_takes_the_request() {
        let api = || fixture::api(ApiKind::Http, vec![route("GET /orders", "f")]);
        let bare = |path: &str| {
            let mut exchange = refused(to_orders("GET", path), "");
            exchange.response.as_mut().unwrap().status = 404;
            let explanation = explained(&exchange, &facts(vec![api()]).with(Read::RestApis, json!({ "items": [] })));
            format!("{} {}", explanation.causes[0].id, explanation.causes[0].confidence.name())
        };
        assert_eq!(bare("/nothing"), "http-route-not-found certain");
        assert_eq!(bare("/orders"), "insufficient-facts possible");
    }

    /// A REST API says 403 of a path that is not there, 404 only where the request is signed or its own gateway response
    /// says so.
    #[test]
    fn a_404_without_headers_is_no_rest_apis_own() {
        let bare = |exchange: Exchange| {
            let mut exchange = refused(exchange, "");
            exchange.response.as_mut().unwrap().status = 404;
            exchange
        };
        let own = |status: Option<&str>| {
            let mut api = rest(|_| {});
            let own = GatewayResponse { status_code: status.map(str::to_owned), ..GatewayResponse::default() };
            api.live.gateway_responses = Observed::Known([("MISSING_AUTHENTICATION_TOKEN".to_owned(), own)].into());
            api
        };
        let get = || to_orders("GET", "/nothing");
        let signed = get().header("Authorization", &SIGNED.replace("apigateway", "execute-api"));
        let untold = "Who answered 404 is not known.";
        for (exchange, api, expected, ends) in [
            (get(), rest(|_| {}), "insufficient-facts possible", untold),
            (get(), own(Some("400")), "insufficient-facts possible", untold),
            (get(), own(Some("404")), "rest-path-not-in-api certain", "deployed or live."),
            (signed, rest(|_| {}), "rest-undefined-route-signed certain", "deployed or live."),
            (to_orders("GET", "/orders"), rest(|_| {}), "insufficient-facts possible", "what was read of the account."),
        ] {
            let facts = facts(vec![api]).with(Read::RestApis, json!({ "items": [] }));
            let explanation = explained(&bare(exchange), &facts);
            let own = &explanation.causes[0];
            assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
            assert!(own.says.ends_with(ends), "{}", own.says);
        }
    }
}
