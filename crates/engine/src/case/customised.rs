//! The API's own gateway responses, inverted: which of the gateway's answers a response may be that they put other words on.

use serde_json::{Value, json};

use super::signal::{self, Signal};
use crate::configuration::{GatewayResponse, Map};
use crate::exchange::{Headers, Response};
use crate::normalise;

/// The types of gateway responses whose causes the configuration proves: of the others the text alone tells, which a
/// response of the API's own hides.
const TOLD_BY_CONFIGURATION: [&str; 3] = ["INVALID_API_KEY", "MISSING_AUTHENTICATION_TOKEN", "UNAUTHORIZED"];

/// The signals of the customised gateway responses that a response may be, by its status.
pub(super) fn by_status(responses: &Map<GatewayResponse>, response: &Response) -> Vec<Signal> {
    let status = response.status.to_string();
    let named = responses.iter().filter(|(_, own)| own.status_code.as_deref() == Some(&status));
    let named = named.map(|(name, _)| name.as_str());
    // What is set for all errors holds for those that nothing else is set for, each with its own status if none is set.
    let for_all = responses.get("DEFAULT_4XX").into_iter().flat_map(|own| {
        let types = TOLD_BY_CONFIGURATION.into_iter().filter(|name| !responses.contains_key(*name));
        let status = &status;
        types.filter(move |name| own.status_code.as_deref().or(usual(name)) == Some(status.as_str()))
    });
    named.chain(for_all).flat_map(signal::of_response_type).copied().collect()
}

/// The signals of the customised gateway responses whose own words, or whose own status, a response has: what is behind a
/// route does not speak so by chance.
pub(super) fn by_words(responses: &Map<GatewayResponse>, response: &Response) -> Vec<Signal> {
    spoken(responses, response).into_iter().map(|(signal, _)| signal).collect()
}

/// What an answer says of its error, in a body that a gateway response of the API's own has given another shape.
pub(super) struct Told {
    /// The error's text.
    pub(super) message: String,
    /// Which answer that is.
    pub(super) signal: Signal,
}

/// The text of the error in a response that a customised gateway response has made; `None` where none did, or where it does not
/// hand the text on.
pub(super) fn told(responses: &Map<GatewayResponse>, response: &Response) -> Option<Told> {
    let told = spoken(responses, response).into_iter().find_map(|(signal, message)| Some((signal, message?)));
    told.map(|(signal, message)| Told { message, signal })
}

/// The answers of which a response may be one by its words, each with the text of the error where the template hands it on.
fn spoken(responses: &Map<GatewayResponse>, response: &Response) -> Vec<(Signal, Option<String>)> {
    let mut spoken = Vec::new();
    for (name, own) in responses {
        let types: Vec<&str> = match class(name) {
            Some(class) => of_class(class).filter(|name| !responses.contains_key(*name)).collect(),
            None => vec![name.as_str()],
        };
        let said = own.response_templates.values().find_map(|template| Said::of(template, response.body.trim()));
        let Some(said) = said else { continue };
        let is_answered_with = |status: &str| status == response.status.to_string();
        let mut signals = Vec::new();
        for kind in types {
            let status = own.status_code.as_deref().or(usual(kind)).unwrap_or_default();
            let is_apart = said.is_own || usual(kind) != Some(status);
            // One for all errors that does not say which it was leaves the configuration to tell.
            let is_told = class(name).is_none() || said.tells() || TOLD_BY_CONFIGURATION.contains(&kind);
            if is_answered_with(status) && is_apart && is_told {
                signals.extend(said.narrowed(kind));
            }
        }
        // Of some answers it is not documented which type they are.
        let status = own.status_code.as_deref().unwrap_or("403");
        if class(name) == Some("4") && said.kind.is_none() && said.is_own && is_answered_with(status) {
            signals.extend(said.plain(403).filter(|own| UNTYPED.contains(own)));
        }
        let message = said.message.map(unescaped);
        spoken.extend(signals.into_iter().map(|signal| (signal, message.clone())));
    }
    spoken
}

/// The answers with the status 403 whose words alone tell them, and of whose type nothing is documented.
const UNTYPED: [Signal; 2] = [Signal::IncompleteSignature, Signal::UnrecognizedClient];

/// A text that stood in a JSON string, without its escapes.
fn unescaped(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

/// The status of a type that is given no other.
fn usual(name: &str) -> Option<&'static str> {
    normalise::GATEWAY_STATUS_CODES.iter().find(|(own, _)| *own == name).map(|(_, status)| *status)
}

/// The first digit of the statuses for which a gateway response is set, where it is for all errors of a kind.
fn class(name: &str) -> Option<&'static str> {
    match name {
        "DEFAULT_4XX" => Some("4"),
        "DEFAULT_5XX" => Some("5"),
        _ => None,
    }
}

fn of_class(class: &str) -> impl Iterator<Item = &'static str> {
    let all = normalise::GATEWAY_STATUS_CODES.iter();
    all.filter(move |(_, status)| status.starts_with(class)).map(|(name, _)| *name)
}

/// What a body says that a template made.
struct Said<'b> {
    /// Whether the template has words of its own, beside the message.
    is_own: bool,
    /// What stands in the place of the error's type.
    kind: Option<&'b str>,
    /// What stands in the place of the error's message.
    message: Option<&'b str>,
}

impl<'b> Said<'b> {
    /// What a body says, if a template made it; `None` where it did not, or where that cannot be told: a template with
    /// directives can make many.
    fn of(template: &str, body: &'b str) -> Option<Said<'b>> {
        let template = template.trim();
        if template.is_empty()
            || ["#set", "#if", "#foreach", "$util", "$input"].iter().any(|own| template.contains(own))
        {
            return None;
        }
        let (first, mut parts) = split(template);
        let mut rest = body.strip_prefix(first)?;
        let mut said = Said { is_own: false, kind: None, message: None };
        let mut literal = first.to_owned();
        while let Some((name, following)) = parts.pop() {
            let at = match (parts.is_empty(), following) {
                (true, _) => rest.strip_suffix(following)?.len(),
                (false, _) => rest.find(following)?,
            };
            let (value, after) = rest.split_at_checked(at)?;
            match name {
                "$context.error.responseType" => said.kind = Some(value),
                "$context.error.message" => said.message = Some(value),
                "$context.error.messageString" => said.message = Some(value.trim_matches('"')),
                _ => {}
            }
            rest = after.get(following.len()..)?;
            literal.push_str(following);
        }
        literal.retain(|c| !c.is_whitespace() && c != '"');
        said.is_own = literal != "{message:}" && literal.chars().any(char::is_alphanumeric);
        rest.is_empty().then_some(said)
    }

    /// Whether the body says which error it was.
    fn tells(&self) -> bool {
        self.kind.is_some() || self.message.is_some()
    }

    /// The signals of a type, as far as the body leaves them open.
    fn narrowed(&self, kind: &str) -> Vec<Signal> {
        let signals = signal::of_response_type(kind);
        if self.kind.is_some_and(|own| own != kind) {
            return Vec::new();
        }
        if self.message.is_none() {
            return signals.to_vec();
        }
        let plain = self.plain(usual(kind).and_then(|status| status.parse().ok()).unwrap_or_default());
        signals.iter().copied().filter(|own| Some(*own) == plain).collect()
    }

    /// Which answer the text of the error is where API Gateway gives it itself, with a status.
    fn plain(&self, status: u16) -> Option<Signal> {
        let message = self.message?;
        let message = if message == "null" { Value::Null } else { Value::from(unescaped(message)) };
        let body = json!({ "message": message }).to_string();
        Some(signal::signal(&Response { status, headers: Headers::default(), body }))
    }
}

/// The text before a template's first variable; and each variable with the text that follows it, the last one first.
fn split(template: &str) -> (&str, Vec<(&str, &str)>) {
    let (first, mut rest) = template.find('$').and_then(|at| template.split_at_checked(at)).unwrap_or((template, ""));
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "$._-".contains(c);
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let next = after.find('$').unwrap_or(after.len());
        let (text, after) = after.split_at_checked(next).unwrap_or((after, ""));
        parts.push((name, text));
        rest = after;
    }
    parts.reverse();
    (first, parts)
}

#[cfg(test)]
mod tests {
    use crate::configuration::{GatewayResponse, Map};
    use crate::exchange::Exchange;
    use crate::fixture::{self, lambda_uri, route};
    use crate::observed::Observed;
    use crate::snapshot::{Api, ApiKind};
    use crate::testkit::{explained, facts, to_orders};

    /// Gateway responses by type: a status, or none, and a template.
    fn api(own: &[(&str, Option<&str>, &str)]) -> Api {
        let (key, mut wants_key) = route("POST /orders", &lambda_uri("orders-fn"));
        wants_key.api_key_required = true;
        let mut api =
            fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn")), (key, wants_key)]);
        let of = |(name, status, template): &(&str, Option<&str>, &str)| {
            let mut own = GatewayResponse { status_code: status.map(str::to_owned), ..GatewayResponse::default() };
            own.response_templates = [("application/json".to_owned(), (*template).to_owned())].into();
            crate::normalise::gateway_response(&mut own, name);
            ((*name).to_owned(), own)
        };
        api.live.gateway_responses = Observed::Known(own.iter().map(of).collect::<Map<GatewayResponse>>());
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        api
    }

    /// An answer that does not name the type of its error.
    fn unmarked(line: &str, status: u16, body: &str) -> Exchange {
        let (method, path) = line.split_once(' ').unwrap();
        let headers =
            [("x-amzn-RequestId", "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12"), ("x-amz-apigw-id", "AyD6KEwwPHcEKxg=")];
        to_orders(method, path).answered(status, &headers, body)
    }

    #[test]
    fn the_words_of_a_gateway_response_are_the_apis_own_without_the_type_of_the_error() {
        const MISSING: &str = "MISSING_AUTHENTICATION_TOKEN";
        const DEFAULT: &str = r#"{"message":$context.error.messageString}"#;
        const TELLING: &str = r#"{"code":"$context.error.responseType","text":$context.error.messageString}"#;
        let nowhere = "GET /nowhere";
        let plain = r#"{"message":"Missing Authentication Token"}"#;
        for (own, line, status, body, expected) in [
            // Words of its own, a status of its own, or what the template puts in tells.
            (
                vec![(MISSING, Some("404"), r#"{"error":"no such route"}"#)],
                nowhere,
                404,
                r#"{"error":"no such route"}"#,
                "rest-path-not-in-api certain",
            ),
            (
                vec![(MISSING, None, r#"{"error":"no such route"}"#)],
                nowhere,
                403,
                r#"{"error":"no such route"}"#,
                "rest-path-not-in-api certain",
            ),
            (vec![(MISSING, Some("404"), DEFAULT)], nowhere, 404, plain, "rest-path-not-in-api certain"),
            (
                vec![("DEFAULT_4XX", None, TELLING)],
                nowhere,
                403,
                r#"{"code":"MISSING_AUTHENTICATION_TOKEN","text":"Missing Authentication Token"}"#,
                "rest-path-not-in-api certain",
            ),
            (
                vec![("DEFAULT_4XX", None, TELLING)],
                "POST /orders",
                403,
                r#"{"code":"INVALID_API_KEY","text":"Forbidden"}"#,
                "api-key-missing certain",
            ),
            (
                vec![("DEFAULT_4XX", None, r#"{"error":"no"}"#)],
                "POST /orders",
                403,
                r#"{"error":"no"}"#,
                "api-key-missing certain",
            ),
            // Another type's, another body, another status: what is behind the route answered.
            (
                vec![("DEFAULT_4XX", None, TELLING)],
                nowhere,
                403,
                r#"{"code":"THROTTLED","text":"Too Many Requests"}"#,
                "insufficient-facts possible",
            ),
            (
                vec![(MISSING, Some("404"), r#"{"error":"no such route"}"#)],
                "GET /orders",
                404,
                r#"{"error":"no such order"}"#,
                "app-level-404 likely",
            ),
            (vec![(MISSING, None, DEFAULT)], nowhere, 403, plain, "rest-path-not-in-api certain"),
            (vec![(MISSING, None, DEFAULT)], "GET /orders", 403, plain, "backend-returned-mat likely"),
            (
                vec![(MISSING, None, r##"#set($a = 1){"error":"no"}"##)],
                nowhere,
                403,
                r#"{"error":"no"}"#,
                "insufficient-facts possible",
            ),
        ] {
            let explanation = explained(&unmarked(line, status, body), &facts(vec![api(&own)]));
            let first = &explanation.causes[0];
            assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{own:?} {body}: {}", first.says);
        }
    }

    #[test]
    fn the_errors_text_is_read_where_a_gateway_response_puts_it() {
        const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d";
        let refused = "User: arn:aws:iam::111122223333:user/app is not authorized to perform: execute-api:Invoke on resource: \
                       arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders";
        let invalid = "The security token included in the request is invalid.";
        for (name, template, body, text, expected) in [
            (
                "ACCESS_DENIED",
                r#"{"reason":"$context.error.message"}"#,
                r#"{"reason":"TEXT"}"#,
                refused,
                "iam-policy-no-invoke likely",
            ),
            (
                "ACCESS_DENIED",
                r#"{"reason":$context.error.messageString}"#,
                r#"{"reason":"TEXT"}"#,
                refused,
                "iam-policy-no-invoke likely",
            ),
            (
                "ACCESS_DENIED",
                r#"{"error":{"type":"$context.error.responseType","detail":$context.error.messageString}}"#,
                r#"{"error":{"type":"ACCESS_DENIED","detail":"TEXT"}}"#,
                refused,
                "iam-policy-no-invoke likely",
            ),
            (
                "DEFAULT_4XX",
                r#"{"e":$context.error.messageString}"#,
                r#"{"e":"TEXT"}"#,
                invalid,
                "sigv4-session-token-missing certain",
            ),
        ] {
            let mut api = api(&[(name, Some("401"), template)]);
            let Observed::Known(routes) = &mut api.live.routes else { panic!("the fixture has routes") };
            routes.0.values_mut().for_each(|own| own.authorization_type = "AWS_IAM".to_owned());
            let live = api.live.clone();
            fixture::deploy(&mut api, "d1", &live);
            let exchange = unmarked("GET /orders", 401, &body.replace("TEXT", text)).header("Authorization", SIGNATURE);
            let exchange = exchange.header("X-Amz-Date", "20261010T115950Z");
            let explanation = explained(&exchange, &facts(vec![api]));
            let first = &explanation.causes[0];
            assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{template}: {}", first.says);
        }
    }

    #[test]
    fn gateway_responses_that_were_not_read_are_named() {
        for (line, status, body, expected) in [
            ("GET /orders", 404, r#"{"error":"no"}"#, "app-level-404"),
            ("GET /orders", 403, r#"{"message":"Missing Authentication Token"}"#, "backend-returned-mat"),
            ("GET /orders", 418, r#"{"error":"no"}"#, "insufficient-facts"),
        ] {
            let mut api = api(&[]);
            api.live.gateway_responses = Observed::NotRead(fixture::denied("apigateway:GetGatewayResponses"));
            let explanation = explained(&unmarked(line, status, body), &facts(vec![api]));
            assert_eq!(explanation.causes[0].id, expected);
            let unread = explanation.not_read.iter().any(|own| own.what == "apigateway:GetGatewayResponses");
            assert!(unread, "{expected}: {:?}", explanation.not_read);
        }
    }
}
