//! CORS: answers that a browser keeps from the page. The algorithm is that of the Fetch standard.

mod overridden;
pub(super) mod told;
mod unsent;

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::callee::Behind;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::signal::{Answerer, Signal};
use crate::snapshot::ApiKind;

causes! {
    /// The answer allows two origins at once
    ///
    /// ## What proves it
    ///
    /// `Access-Control-Allow-Origin` stands twice in the answer, or holds a list: gateway and backend both set it. Or a
    /// browser's console says so.
    ///
    /// ## What refutes it
    ///
    /// One value.
    ///
    /// ## Remedy
    ///
    /// Set it in one place.
    ///
    /// ## Source
    ///
    /// Fetch standard, CORS check.
    "cors-duplicate-headers", Cause, Silent, duplicate;

    /// The answer allows all origins, and the request carries cookies
    ///
    /// ## What proves it
    ///
    /// The request has cookies, and `Access-Control-Allow-Origin` is `*`: browsers refuse that. Or a browser's
    /// console says so. Where the request shows no cookies, and the answer allows all origins and credentials, it is possible.
    ///
    /// Where nothing was sent yet: the HTTP API's CORS configuration, or the mock of OPTIONS, allows all origins and
    /// cookies.
    ///
    /// ## What refutes it
    ///
    /// The origin itself in the header.
    ///
    /// ## Remedy
    ///
    /// Answer with the request's own origin, and `Access-Control-Allow-Credentials: true`.
    ///
    /// ## Source
    ///
    /// Fetch standard, CORS check.
    "cors-wildcard-with-credentials", Cause, Warns, wildcard;

    /// The origin is not the one that is allowed
    ///
    /// ## What proves it
    ///
    /// `Access-Control-Allow-Origin` is another origin than the request's, or the HTTP API's CORS configuration does not
    /// list it. Scheme, port and a slash at the end count. Or a browser's console says so.
    ///
    /// Where nothing was sent yet: the same of the HTTP API's CORS configuration, or of the mock of OPTIONS.
    ///
    /// ## What refutes it
    ///
    /// The same text, or `*`.
    ///
    /// ## Remedy
    ///
    /// List the origin as browsers send it: `https://app.example.com`, without a slash at the end.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    "cors-origin-mismatch", Cause, Warns, origin;

    /// A header is not allowed
    ///
    /// ## What proves it
    ///
    /// The preflight asks for a header that `Access-Control-Allow-Headers` does not name. `*` does not cover
    /// `Authorization`. Or a browser's console says so.
    ///
    /// Where nothing was sent yet: the same of the HTTP API's CORS configuration, or of the mock of OPTIONS.
    ///
    /// ## What refutes it
    ///
    /// All headers are named.
    ///
    /// ## Remedy
    ///
    /// Name the header.
    ///
    /// ## Source
    ///
    /// Fetch standard, CORS-preflight fetch.
    "cors-header-not-allowed", Cause, Warns, header;

    /// The method is not allowed
    ///
    /// ## What proves it
    ///
    /// The preflight asks for a method that `Access-Control-Allow-Methods` does not name to the letter: upper and lower case
    /// count. GET, HEAD and POST need not be named. Or a browser's console says so.
    ///
    /// Where nothing was sent yet: the same of the HTTP API's CORS configuration, or of the mock of OPTIONS.
    ///
    /// ## What refutes it
    ///
    /// The method is named, or `*`.
    ///
    /// ## Remedy
    ///
    /// Name the method.
    ///
    /// ## Source
    ///
    /// Fetch standard, CORS-preflight fetch.
    "cors-method-not-allowed", Cause, Warns, method;

    /// The answer allows no origin
    ///
    /// ## What proves it
    ///
    /// The answer is a success, the request names its `Origin`, and `Access-Control-Allow-Origin` is missing. Of proxy
    /// integrations the backend has to send it: *Enable CORS* in the console only adds OPTIONS.
    ///
    /// A browser's console proves it where it tells of a success, too. Where it tells no status, an error of the gateway's may
    /// be hidden as well: it is then likely at most, and only of a route that everybody may call. Safari's "is not allowed by
    /// Access-Control-Allow-Origin" is said of another origin in the header, too, and makes it likely at most.
    ///
    /// Where it tells an error, it is likely if API Gateway itself has no such status for what a route takes (404, 409, 422), and
    /// possible otherwise.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Return `Access-Control-Allow-Origin` from the function or the backend; of an integration without proxy, from its response.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
    "cors-response-header-missing", Cause, Silent, no_header;

    /// The browser hides the gateway's error
    ///
    /// ## What proves it
    ///
    /// The request names its `Origin`, the gateway itself answers with an error, and its gateway responses have no
    /// `Access-Control-Allow-Origin`: the browser shows an error of CORS in the place of the true one.
    ///
    /// Where a browser's console tells of it, it is certain only if no route takes the request. It is likely of a 401 or 403 on a
    /// route that is not open to all, and possible of other errors, and where no status is told.
    ///
    /// Where nothing was sent yet: `DEFAULT_4XX` and `DEFAULT_5XX` do not both have the header.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Add the header to the gateway responses `DEFAULT_4XX` and `DEFAULT_5XX`, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "cors-gateway-response-no-headers", Hint, Proves, gateway_response;

    /// The HTTP API's CORS configuration replaces the backend's headers
    ///
    /// ## What proves it
    ///
    /// The HTTP API has a CORS configuration, so that API Gateway ignores what the backend says about CORS; and the answer
    /// lacks what the request would need.
    ///
    /// Where nothing was sent yet: the CORS configuration names no origin.
    ///
    /// ## What refutes it
    ///
    /// No CORS configuration.
    ///
    /// ## Remedy
    ///
    /// Say it in the API's CORS configuration.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    "http-cors-overrides-backend", Hint, Warns, overridden::overridden;
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

/// The origin that a browser names.
pub(super) fn own_origin<'a>(case: &Case<'a>) -> Result<&'a str, Not> {
    if case.opens_websocket() {
        return Err(Not::Silent);
    }
    case.request.headers.get("origin").ok_or(Not::Silent)
}

/// The method that a preflight asks for.
pub(super) fn preflight<'a>(case: &Case<'a>) -> Result<&'a str, Not> {
    own_origin(case)?;
    let asked = case.request.headers.get("access-control-request-method").ok_or(Not::Silent)?;
    if case.request.method == "OPTIONS" { Ok(asked) } else { Err(Not::Silent) }
}

/// The values of a header of the answer that holds a list.
fn listed(case: &Case<'_>, name: &str) -> Result<Vec<String>, Not> {
    let values = case.response()?.headers.all(name).flat_map(|value| value.split(','));
    Ok(values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect())
}

fn duplicate(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::duplicate(blocked);
    }
    own_origin(case)?;
    let values = listed(case, ALLOW_ORIGIN)?;
    if values.len() < 2 {
        return Err(Not::Silent);
    }
    Ok(Proof::certain("Access-Control-Allow-Origin has several values, and browsers accept one.")
        .because("response", "headers.Access-Control-Allow-Origin", json!(values))
        .advice("set the header in one place: in the gateway, or in the backend"))
}

fn wildcard(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::wildcard(blocked);
    }
    if case.is_unsent() {
        return unsent::wildcard(case);
    }
    own_origin(case)?;
    let values = listed(case, ALLOW_ORIGIN)?;
    if values != ["*"] {
        return Err(Not::Silent);
    }
    if !case.request.headers.has("cookie") {
        return wildcard_without_cookies(case);
    }
    Ok(Proof::certain("The request carries cookies, and browsers then refuse an answer for all origins.")
        .because("response", "headers.Access-Control-Allow-Origin", "*")
        .because("request", "headers.Cookie", true)
        .advice("answer with the request's own origin, and Access-Control-Allow-Credentials: true"))
}

/// An answer that allows all origins and credentials is for pages that send them, which a request without cookies may be one of.
fn wildcard_without_cookies(case: &Case<'_>) -> Examined {
    if listed(case, ALLOW_CREDENTIALS)? != ["true"] {
        return Err(Not::refuted("the request carries no cookies"));
    }
    let says = "The answer allows all origins, and credentials: browsers refuse it, where the page sends credentials. The \
                request does not tell whether it does.";
    Ok(Proof::possible(says)
        .because("response", "headers.Access-Control-Allow-Origin", "*")
        .because("response", "headers.Access-Control-Allow-Credentials", "true")
        .advice("answer with the request's own origin, where pages send credentials; or allow no credentials"))
}

fn origin(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::origin(case, blocked);
    }
    if case.is_unsent() {
        return unsent::origin(case);
    }
    let own = own_origin(case)?;
    let response = case.response()?;
    let proof = match response.headers.get(ALLOW_ORIGIN) {
        Some(allowed) if allowed == "*" || allowed == own => {
            return Err(Not::refuted("the answer allows the request's origin"));
        }
        Some(allowed) => Proof::certain(format!("The answer allows {allowed}, and the request comes from {own}."))
            .because("response", "headers.Access-Control-Allow-Origin", allowed),
        None => {
            if !matches!(case.signal(), Some(Signal::Success)) {
                return Err(Not::Silent);
            }
            let target = case.target()?;
            let Some(cors) = target.api.live.cors.as_ref().filter(|_| target.api.kind == ApiKind::Http) else {
                return Err(Not::Silent);
            };
            let origins = &cors.allow_origins;
            // A configuration without origins says nothing of them to anybody.
            if origins.is_empty() {
                return Err(Not::Silent);
            }
            if origins.iter().any(|allowed| allows_origin(allowed, own)) {
                return Err(Not::refuted("the API's CORS configuration lists the request's origin"));
            }
            let list = origins.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            Proof::certain(format!("The API's CORS configuration lists {list}, and the request comes from {own}."))
                .because("apigatewayv2:GetApi", "CorsConfiguration.AllowOrigins", json!(origins))
        }
    };
    Ok(proof.because("request", "headers.Origin", own).advice(format!("list the origin as browsers send it: {own}")))
}

/// Whether an entry of an HTTP API's list of origins covers one: `https://*` covers all of its scheme.
fn allows_origin(allowed: &str, own: &str) -> bool {
    allowed == "*" || allowed == own || allowed.ends_with("://*") && own.starts_with(allowed.trim_end_matches('*'))
}

/// The headers that a preflight asks for which a list does not name. `*` does not cover `Authorization`.
fn unnamed<'h>(asked: &'h [String], allowed: &[String]) -> Vec<&'h str> {
    let covers =
        |name: &String| allowed.contains(name) || allowed.iter().any(|own| own == "*") && name != "authorization";
    asked.iter().filter(|name| !covers(name)).map(String::as_str).collect()
}

/// The headers that a preflight asks for, in lower case.
fn asked_headers(case: &Case<'_>) -> Vec<String> {
    let asked = case.request.headers.all("access-control-request-headers").flat_map(|value| value.split(','));
    asked.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// Whether a preflight's method is allowed: names count to the letter. GET, HEAD and POST need not be named (Fetch standard,
/// CORS-safelisted method).
fn allows_method(allowed: &[String], asked: &str) -> bool {
    ["GET", "HEAD", "POST"].contains(&asked) || allowed.iter().any(|own| own == "*" || own == asked)
}

/// A preflight that was answered with a success.
fn answered_preflight<'a>(case: &Case<'a>) -> Result<&'a str, Not> {
    let asked = preflight(case)?;
    if case.signal() == Some(Signal::Success) && case.response()?.headers.has(ALLOW_ORIGIN) {
        Ok(asked)
    } else {
        Err(Not::Silent)
    }
}

fn header(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::header(blocked);
    }
    if case.is_unsent() {
        return unsent::header(case);
    }
    answered_preflight(case)?;
    let asked = asked_headers(case);
    let mut allowed = listed(case, "access-control-allow-headers")?;
    allowed.iter_mut().for_each(|name| name.make_ascii_lowercase());
    let missing = unnamed(&asked, &allowed);
    if missing.is_empty() {
        return Err(Not::refuted("the answer allows every header that is asked for"));
    }
    let names = missing.join(", ");
    Ok(Proof::certain(format!("The browser asks whether it may send {names}, and the answer does not name it."))
        .because("request", "headers.Access-Control-Request-Headers", json!(asked))
        .because("response", "headers.Access-Control-Allow-Headers", json!(allowed))
        .advice(format!("name {names} in Access-Control-Allow-Headers; * does not cover authorization")))
}

fn method(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::method(case, blocked);
    }
    if case.is_unsent() {
        return unsent::method(case);
    }
    let asked = answered_preflight(case)?;
    let allowed = listed(case, "access-control-allow-methods")?;
    if allows_method(&allowed, asked) {
        return Err(Not::refuted(format!("the answer allows {asked}")));
    }
    Ok(Proof::certain(format!("The browser asks whether it may send {asked}, and the answer does not name it."))
        .because("request", "headers.Access-Control-Request-Method", asked)
        .because("response", "headers.Access-Control-Allow-Methods", json!(allowed))
        .advice(format!("name {asked} in Access-Control-Allow-Methods")))
}

fn no_header(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::no_header(case, blocked);
    }
    let own = own_origin(case)?;
    if case.signal() != Some(Signal::Success) {
        return Err(Not::Silent);
    }
    if case.response()?.headers.has(ALLOW_ORIGIN) {
        return Err(Not::refuted("the answer has Access-Control-Allow-Origin"));
    }
    if case.request.url.without_query().starts_with(&format!("{own}/")) {
        return Err(Not::refuted("the request goes to its own origin"));
    }
    if overridden::names_no_origin(case) {
        return Err(Not::refuted("the API's CORS configuration answers in the backend's place, and names no origin"));
    }
    let proof = Proof::certain(format!(
        "The answer is a success, and says nothing about {own}: the browser keeps it from the page."
    ))
    .because("response", "headers.Access-Control-Allow-Origin", Value::Null)
    .because("request", "headers.Origin", own);
    // The API alone tells who answers its preflights: its CORS configuration, a mock, or what a route calls.
    match case.target() {
        Err(Not::Wanted) if case.is_preflight() => return Err(Not::Wanted),
        Err(Not::Unread(why)) if case.is_preflight() => {
            let advice =
                "say it where OPTIONS is answered: in the API's CORS configuration, or in what the route calls";
            return Ok(proof.without(&why).at_most(Confidence::Possible).advice(advice));
        }
        _ => {}
    }
    let source = Behind::of(case, case.method()).source();
    Ok(proof.advice(format!(
        "return Access-Control-Allow-Origin from {source}: Enable CORS in the console only adds OPTIONS"
    )))
}

fn gateway_response(case: &Case<'_>) -> Examined {
    if let Some(blocked) = case.blocked() {
        return told::gateway_response(case, blocked);
    }
    own_origin(case)?;
    if case.is_unsent() {
        return unsent::gateway_response(case, None);
    }
    let response = case.response()?;
    if response.status < 400 || response.headers.has(ALLOW_ORIGIN) || case.answerer() != Answerer::RestApi {
        return Err(Not::Silent);
    }
    let default = if response.status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
    let target = case.target()?;
    let header = "gatewayresponse.header.Access-Control-Allow-Origin";
    let own = target.api.live.gateway_responses.known()?.get(default);
    let has = own.is_some_and(|own| own.response_parameters.keys().any(|name| name.eq_ignore_ascii_case(header)));
    if has {
        return Err(Not::refuted(format!("{default} has the header, live: it may wait for its deployment")));
    }
    Ok(Proof::certain("The browser shows an error of CORS in the place of this answer, which allows no origin.")
        .letting_through()
        .because("apigateway:GetGatewayResponses", format!("{default}.responseParameters"), Value::Null)
        .because("response", "headers.Access-Control-Allow-Origin", Value::Null)
        .advice(format!("add Access-Control-Allow-Origin to the gateway responses {default}, and deploy")))
}
