//! Answers that a REST API handed out and that do not name the type of their error: whether they are its own their words tell,
//! and what can stand behind the route.

use serde_json::Value;

use super::Case;
use super::callee::Behind;
use super::cause::{Cause, Confidence, Examined, Not, Proof};
use super::customised::{self, Told};
use super::signal::{self, Answerer, Signal};
use crate::exchange::Response;
use crate::snapshot::ApiKind;

/// Whose words show that an answer is the API's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Those of the API's own gateway responses: what is behind a route does not speak so by chance.
    Own,
    /// API Gateway's own, which what is behind a route may use, too.
    Default,
}

/// What a request may have reached.
enum Reached {
    /// Nothing: no route takes it.
    Nothing,
    /// A function or a mock, which does not hand on the answers of another gateway by itself.
    OwnWords,
    /// A backend whose answers are handed on, or something that was not read.
    Anything,
}

impl<'a> Case<'a> {
    /// Who made the response. One that does not name the type of its error is the API's own nevertheless where it has the
    /// words of one of its gateway responses; or API Gateway's, and no route takes the request.
    pub fn answerer(&self) -> Answerer {
        let is_own = || self.by_own_words().is_ok_and(|signals| !signals.is_empty());
        let is_default = || self.has_default_words() && self.reaches_nothing();
        if is_own() || is_default() { Answerer::RestApi } else { self.answerer }
    }

    /// The answers that a response may be that does not name the type of its error, by the words of the API's own gateway
    /// responses.
    ///
    /// # Errors
    ///
    /// [`Not::Unread`], if these were not read; otherwise as [`Case::target`].
    pub fn by_own_words(&self) -> Result<Vec<Signal>, Not> {
        let Some(response) = self.unmarked_error() else { return Ok(Vec::new()) };
        let responses = self.target()?.api.live.gateway_responses.known()?;
        Ok(customised::by_words(responses, response))
    }

    /// Which answer the response is, by its own text; by the one that a gateway response of the API's own puts elsewhere, where
    /// it does.
    pub fn signal(&self) -> Option<Signal> {
        let own = self.signal?;
        Some(self.told().map_or(own, |told| told.signal))
    }

    /// The text of the error: what a gateway response of the API's own puts elsewhere, or what stands in `message`.
    pub fn message(&self) -> Option<String> {
        let told = self.told().map(|told| told.message.clone());
        told.or_else(|| self.response.and_then(signal::message))
    }

    /// The error's text where a gateway response of the API's own has put it into a body of another shape.
    fn told(&self) -> Option<&Told> {
        let response = self.response.filter(|own| own.status >= 400 && !own.body.trim().is_empty())?;
        let may_be_own =
            [Answerer::RestApi, Answerer::Unknown].contains(&self.answerer) || signal::is_unmarked(response);
        let told = || {
            let responses = self.reached().ok()?.api.live.gateway_responses.ok()?;
            customised::told(responses, response)
        };
        if may_be_own { self.told.get_or_init(told).as_ref() } else { None }
    }

    /// That the API gave one of these answers, as the words of one tell that does not name the type of its error.
    pub(super) fn shows_by_words(&self, signals: &[Signal]) -> Result<(), Not> {
        let words = if self.by_own_words().is_ok_and(|own| own.iter().any(|signal| signals.contains(signal))) {
            Words::Own
        } else if self.has_default_words() && self.signal.is_some_and(|own| signals.contains(&own)) {
            Words::Default
        } else {
            return Err(Not::Silent);
        };
        self.unmarked.set(self.unmarked.get().or(Some(words)));
        Ok(())
    }

    /// A proof of an answer that has API Gateway's own words, and nothing else that tells whose it is. What request and
    /// configuration refuse by themselves, and what no route takes, nothing behind a route can have answered. A function may
    /// speak so, too, but hardly does. What hands on the answers of others may be handing on another gateway's.
    pub(super) fn weighed_by_default_words(&self, cause: &Cause, proof: Proof) -> Examined {
        let reached = self.passed_to();
        if matches!(reached, Reached::Nothing) {
            return Ok(proof);
        }
        match self.examine_unsent(cause) {
            Ok(own) if own.confidence == Confidence::Certain && own.lets_through == proof.lets_through => {
                return Ok(proof);
            }
            Err(Not::Wanted) => return Err(Not::Wanted),
            _ => {}
        }
        let Reached::OwnWords = reached else { return Err(Not::Silent) };
        let most = match (proof.confidence, self.signal.is_some_and(|own| COMMON.contains(&own))) {
            (Confidence::Certain, _) | (_, false) => Confidence::Likely,
            (_, true) => Confidence::Possible,
        };
        let says = format!(
            "{} The answer does not name the type of its error: what is behind the route may have given it, too.",
            proof.says
        );
        let proof = Proof { says, ..proof };
        Ok(proof.despite("response", "headers.x-amzn-ErrorType", Value::Null).at_most(most))
    }

    /// Whether an answer that does not name the type of its error has API Gateway's own words for it.
    pub(super) fn has_default_words(&self) -> bool {
        self.unmarked_error().is_some_and(is_default)
    }

    /// Whether no route takes the request, so that nothing behind one can have answered it.
    pub fn reaches_nothing(&self) -> bool {
        matches!(self.passed_to(), Reached::Nothing)
    }

    fn passed_to(&self) -> Reached {
        let Some(target) = self.reached().ok().filter(|target| target.api.kind == ApiKind::Rest) else {
            return Reached::Anything;
        };
        match target.key(self) {
            // The stages were read, and none of them is the one that is called.
            Err(Not::Silent) if target.stage.is_none() => Reached::Nothing,
            Ok(None) => Reached::Nothing,
            Ok(Some(_)) => match target.met(self).map(|(_, met)| met.route.integration.as_ref().map(Behind::called_by))
            {
                Ok(Some(Behind::Function | Behind::Mock)) => Reached::OwnWords,
                _ => Reached::Anything,
            },
            Err(_) => Reached::Anything,
        }
    }

    fn unmarked_error(&self) -> Option<&'a Response> {
        self.response.filter(|own| own.status >= 400 && signal::is_unmarked(own))
    }
}

/// What applications say in the same words.
const COMMON: [Signal; 6] = [
    Signal::Forbidden,
    Signal::InvalidBody,
    Signal::QuotaExceeded,
    Signal::Throttled,
    Signal::Unauthorized,
    Signal::UnsupportedMediaType,
];

/// Whether an answer is one of API Gateway's own, word by word. Those that speak of what is behind a route are left out: they tell
/// nothing of whose they are.
fn is_default(response: &Response) -> bool {
    let Some(body) = response.json() else { return false };
    let Some(own) = body.as_object().filter(|own| own.len() == 1) else { return false };
    let Some(text) = ["message", "Message"].iter().find_map(|name| own.get(*name)) else { return false };
    let text = text.as_str().unwrap_or_default().trim();
    let signal = signal::signal(response);
    let has_status = signal.status().is_none_or(|status| status == response.status);
    has_status
        && match signal {
            Signal::MissingAuthenticationToken => text == "Missing Authentication Token",
            Signal::Forbidden => text == "Forbidden",
            Signal::Unauthorized => text == "Unauthorized",
            Signal::InvalidBody => text == "Invalid request body",
            Signal::QuotaExceeded => text == "Limit Exceeded",
            Signal::Throttled => text == "Too Many Requests",
            Signal::UnsupportedMediaType => text == "Unsupported Media Type",
            Signal::AccessDenied => text.starts_with("User"),
            Signal::AuthorizerConfiguration
            | Signal::ExpiredToken
            | Signal::IncompleteSignature
            | Signal::InvalidSignature
            | Signal::MissingParameters
            | Signal::NoMethodFound
            | Signal::TokenExpired
            | Signal::UnrecognizedClient => true,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use crate::exchange::Exchange;
    use crate::fixture::{self, lambda_uri, route};
    use crate::snapshot::{Api, ApiKind};
    use crate::testkit::{explained, facts, request};

    const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=5d";

    /// An API whose `GET /orders` asks for this, and has what calls this kind of integration behind it.
    fn api(authorization_type: &str, integration_type: &str) -> Api {
        let uri =
            if integration_type == "AWS_PROXY" { lambda_uri("orders-fn") } else { "https://other.example".into() };
        let (key, mut own) = route("GET /orders", &uri);
        own.authorization_type = authorization_type.to_owned();
        own.integration.as_mut().unwrap().integration_type = integration_type.to_owned();
        fixture::api(ApiKind::Rest, vec![(key, own)])
    }

    fn answered(path: &str, authorization: Option<&str>, status: u16, body: &str) -> Exchange {
        let exchange = request(&format!("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/{path}"), &[]);
        let exchange = authorization.into_iter().fold(exchange, |own, value| own.header("Authorization", value));
        let headers = [("x-amzn-RequestId", "8db3b4dd"), ("x-amz-apigw-id", "AyD6KEwwPHcEKxg=")];
        exchange.answered(status, &headers, body)
    }

    #[test]
    fn the_gateways_own_words_are_its_own_where_nothing_else_can_have_spoken() {
        let token = r#"{"message":"Missing Authentication Token"}"#;
        let forbidden = r#"{"message":"Forbidden"}"#;
        let pair = r#"{"message":"Invalid key=value pair (missing equal-sign) in Authorization header"}"#;
        let nothing = r#"{"message":"No method found matching route order for http method GET."}"#;
        let refused = r#"{"Message":"User: arn:aws:iam::111122223333:user/app is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders"}"#;
        let own = r#"{"error":"no"}"#;
        for (api, path, authorization, status, body, expected) in [
            (api("AWS_IAM", "AWS_PROXY"), "prod/orders", None, 403, token, "rest-iam-unsigned certain"),
            (api("AWS_IAM", "HTTP_PROXY"), "prod/orders", None, 403, token, "rest-iam-unsigned certain"),
            (api("NONE", "HTTP_PROXY"), "prod/order", None, 403, token, "rest-path-not-in-api certain"),
            (api("NONE", "HTTP_PROXY"), "test/orders", None, 403, forbidden, "rest-stage-unknown certain"),
            (
                api("AWS_IAM", "AWS_PROXY"),
                "prod/orders",
                Some("Bearer abc"),
                403,
                pair,
                "sigv4-bearer-on-iam-or-unknown-route certain",
            ),
            (
                api("NONE", "HTTP_PROXY"),
                "prod/order",
                Some(SIGNATURE),
                404,
                nothing,
                "rest-undefined-route-signed certain",
            ),
            // A function may say so, but hardly does; a backend may be another API.
            (api("AWS_IAM", "AWS_PROXY"), "prod/orders", Some(SIGNATURE), 403, refused, "iam-policy-no-invoke likely"),
            (api("AWS_IAM", "HTTP_PROXY"), "prod/orders", Some(SIGNATURE), 403, refused, "insufficient-facts possible"),
            (api("NONE", "HTTP_PROXY"), "prod/orders", None, 403, token, "backend-returned-mat likely"),
            (api("NONE", "AWS_PROXY"), "prod/orders", None, 403, forbidden, "insufficient-facts possible"),
            (api("NONE", "HTTP_PROXY"), "prod/order", None, 404, own, "insufficient-facts possible"),
        ] {
            let explanation = explained(&answered(path, authorization, status, body), &facts(vec![api]));
            let first = &explanation.causes[0];
            assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{path} {body}: {}", first.says);
            if path != "prod/orders" {
                assert!(!first.says.contains("What is behind"), "{}", first.says);
            }
        }
    }
}
