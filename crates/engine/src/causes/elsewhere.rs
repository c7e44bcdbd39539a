//! The request does not reach what its sender means: a browser's own request, another method, an answer of the backend.

use serde_json::{Value, json};

use super::no_fault::without_own_words;
use super::routing::Missing;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes, if_known};
use crate::case::guard::Guard;
use crate::case::logs;
use crate::case::signal::{self, Answerer, Signal};
use crate::configuration::GatewayResponse;

causes! {
    /// The answer comes from the backend, not from the gateway
    ///
    /// ## What proves it
    ///
    /// The text is `Missing Authentication Token`, and the response carries `x-amzn-Remapped-…` headers or no
    /// `x-amzn-ErrorType`: an API or service of AWS behind the integration gave it.
    ///
    /// ## What refutes it
    ///
    /// `x-amzn-ErrorType` without remapped headers, or the words of one of the API's own gateway responses: the gateway itself
    /// answered. Without remapped headers also: no route takes the request, or the route wants a signature and none was sent,
    /// so that nothing behind it was asked.
    ///
    /// ## Remedy
    ///
    /// Mend the integration's URI or credentials: it calls the other API without a signature, or on a path that is not there.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-authentication-token-errors>
    "backend-returned-mat", Cause, Silent, backend;

    /// A browser asked for it by itself
    ///
    /// ## What proves it
    ///
    /// A browser asks for its icon, `robots.txt` or the like, which no API has; or its address bar sent GET to a route that
    /// takes other methods.
    ///
    /// ## What refutes it
    ///
    /// A request that a program sent.
    ///
    /// ## Remedy
    ///
    /// None for the icon: it is harmless. Otherwise call the route with its own method.
    ///
    /// ## Source
    ///
    /// How browsers behave.
    "browser-side-request", Cause, Silent, browser;

    /// The method was changed on the way
    ///
    /// ## What proves it
    ///
    /// The stage serves the method that was meant, without authorization, and answers as if it had none: a redirect turned
    /// the method into GET. The access log's `httpMethod` proves it.
    ///
    /// ## What refutes it
    ///
    /// The path has GET, too; the access log shows the method that was meant.
    ///
    /// ## Remedy
    ///
    /// Call the last URL of the redirects directly, over https; curl keeps the method with `--post301` and `--post302`.
    ///
    /// ## Source
    ///
    /// RFC 9110, sections 15.4.2 and 15.4.3. Not verified on AWS.
    "method-changed-by-redirect", Cause, Silent, redirect;

    /// The API's own gateway responses hide which answer it is
    ///
    /// ## What proves it
    ///
    /// The API has customised gateway responses, one of which has the status of this answer. Where nothing was sent: one for
    /// all errors of a kind, `DEFAULT_4XX` or `DEFAULT_5XX`, with a body that tells neither the error's message nor its type.
    ///
    /// ## What refutes it
    ///
    /// None has.
    ///
    /// ## Remedy
    ///
    /// Let the template say which it is: `$context.error.responseType` in a header or in the body.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "gateway-response-customised", Hint, Proves, customised;
}

fn backend(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    if case.signal() != Some(Signal::MissingAuthenticationToken) || case.answerer() != Answerer::Backend {
        return Err(Not::Silent);
    }
    let remapped = response.headers.0.iter().map(|(name, _)| name.as_str());
    let remapped: Vec<&str> =
        remapped.filter(|name| name.to_ascii_lowercase().starts_with("x-amzn-remapped-")).collect();
    if remapped.is_empty() && !case.authorization.is_signed() {
        // Without a signature such a route is not passed, whatever is behind it.
        let guard = if_known(Guard::of(case))?;
        if guard.is_some_and(|guard| guard.authorization_type == "AWS_IAM") {
            return Err(Not::refuted("the route wants a signature, and none was sent: nothing behind it was asked"));
        }
    }
    let says = "The text is the gateway's, but the gateway did not make this answer: what is behind the route did.";
    let proof = if remapped.is_empty() {
        let proof = without_own_words(case, Proof::likely(says));
        proof.because("response", "headers.x-amzn-ErrorType", Value::Null)
    } else {
        Proof::certain(says).because("response", "headers", json!(remapped))
    };
    let proof = match if_known(case.target().and_then(|target| target.met(case)))? {
        Some((key, met)) => {
            let uri = met.route.integration.as_ref().and_then(|integration| integration.uri.clone());
            proof.because(met.source, format!("{key} integration.uri"), uri.map_or(Value::Null, Value::from))
        }
        None => proof,
    };
    Ok(proof.advice("mend the integration's URI or credentials: what it calls wants a signature, or has no such path"))
}

/// What browsers ask for by themselves.
const BY_ITSELF: [&str; 6] = [
    "favicon.ico",
    "robots.txt",
    "apple-touch-icon.png",
    "apple-touch-icon-precomposed.png",
    "sitemap.xml",
    "manifest.json",
];

fn is_browser(case: &Case<'_>) -> bool {
    case.request.headers.get("user-agent").is_some_and(|agent| agent.starts_with("Mozilla/"))
}

/// The file that the request asks for, if it is one for which browsers ask by themselves.
pub(super) fn asked_by_itself<'a>(case: &Case<'a>) -> Option<&'a str> {
    let file = case.request.url.path.rsplit('/').next().unwrap_or_default();
    (is_browser(case) && BY_ITSELF.contains(&file)).then_some(file)
}

fn browser(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::MissingAuthenticationToken, Signal::Forbidden, Signal::NotFound])?;
    if let Some(file) = asked_by_itself(case) {
        return Ok(Proof::certain(format!("Browsers ask for {file} by themselves; nobody called the API."))
            .because("request", "path", case.request.url.path.clone())
            .advice("nothing is to be mended"));
    }
    let headers = &case.request.headers;
    let navigates = headers.get("sec-fetch-mode") == Some("navigate")
        || headers.get("accept").is_some_and(|accept| accept.contains("text/html"));
    if !is_browser(case) || !navigates || case.method() != "GET" {
        return Err(Not::Silent);
    }
    let missing = Missing::of(case)?;
    let methods = missing.deployed.callable(&missing.target.path);
    if methods.is_empty() {
        return Err(Not::Silent);
    }
    let methods = methods.join(", ");
    let proof = Proof::likely(format!("A browser's address bar sends GET, and the path takes {methods}."));
    Ok(missing.shown(proof).advice(format!("call it with {methods}")))
}

fn redirect(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::MissingAuthenticationToken])?;
    case.response()?;
    let method = case.method();
    if !["POST", "PUT", "PATCH", "DELETE"].contains(&method) {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    let deployed = target.deployed(case)?;
    let Some((key, entry)) = deployed.find(method, &target.path) else { return Err(Not::Silent) };
    if entry.authorization_type != Some("NONE") {
        return Err(Not::Silent);
    }
    if let Some((get, _)) = deployed.find("GET", &target.path) {
        return Err(Not::refuted(format!("the stage serves {get}, so that a GET would not be answered so")));
    }
    let says = format!(
        "The stage serves {key} without authorization, and no GET. The answer is the one that a GET would get."
    );
    let proof = match logs::accessed_variable(case, "httpMethod")? {
        Some(sent) if sent == "GET" => {
            let says = format!("{says} The access log has it as a GET.");
            Proof::certain(says).because("logs:FilterLogEvents", "access log httpMethod", sent)
        }
        Some(sent) => return Err(Not::refuted(format!("the access log has the request as {sent}"))),
        None => Proof::possible(says),
    };
    Ok(proof
        .because(deployed.source, deployed.place(Some(&key.path), None), method)
        .advice("look for a redirect: call the last URL directly, over https; curl keeps the method with --post301 and --post302"))
}

fn customised(case: &Case<'_>) -> Examined {
    if case.is_unsent() {
        return hiding(case);
    }
    let response = case.response()?;
    if response.status < 400 {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    let status = response.status.to_string();
    let responses = target.api.live.gateway_responses.known()?;
    let names: Vec<&String> =
        responses.iter().filter(|(_, own)| own.status_code.as_deref() == Some(&status)).map(|(name, _)| name).collect();
    if names.is_empty() || signal::error_type(response).is_none() && case.answerer() == Answerer::Backend {
        return Err(Not::Silent);
    }
    let list = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    Ok(Proof::certain(format!("The API answers {list} with {status} in words of its own."))
        .letting_through()
        .because("apigateway:GetGatewayResponses", "items", json!(names))
        .advice("put $context.error.responseType into a header or the body of the gateway responses"))
}

/// The variables with which a template tells which error it is: `$context.error.message`, `.messageString`,
/// `.responseType`, `.validationErrorString`.
const TELLING: &str = "context.error.";

/// That answers of the API's own making will not tell which they are, whatever is sent.
fn hiding(case: &Case<'_>) -> Examined {
    let target = case.target()?;
    let responses = target.api.live.gateway_responses.known()?;
    let hides = |name: &str, own: &GatewayResponse| {
        // What is said of one error alone tells it by its own words.
        let is_for_all = name.starts_with("DEFAULT_");
        let mut parts = own.response_templates.values().chain(own.response_parameters.values());
        is_for_all && !own.response_templates.is_empty() && !parts.any(|part| part.contains(TELLING))
    };
    let names: Vec<&String> = responses.iter().filter(|(name, own)| hides(name, own)).map(|(name, _)| name).collect();
    if names.is_empty() {
        return Err(Not::refuted("no gateway response hides which error it is"));
    }
    let list = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    Ok(Proof::certain(format!("The API answers {list} in words of its own, which do not tell which error it was."))
        .letting_through()
        .because("apigateway:GetGatewayResponses", "items", json!(names))
        .advice("put $context.error.responseType into a header or the body of the gateway responses"))
}
