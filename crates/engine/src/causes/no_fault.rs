//! What stands in the list where no cause holds.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cors::told;
use super::{filters, function_error, s3, standing, websocket};
use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Cause, Examined, Not, Proof, causes};
use crate::case::console::{self, Kept};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::oauth::{OAuth, is_refused, redirected_error};
use crate::case::signal::{Answerer, Signal, is_unmarked};
use crate::case::target::Target;
use crate::configuration::RouteKey;
use crate::exchange::Response;
use crate::exchange::host::Host;
use crate::finding::Remedy;
use crate::observed::{NotRead, Why};
use crate::snapshot::ApiKind;

causes! {
    /// The request is answered as it should be
    ///
    /// ## What proves it
    ///
    /// The answer is a success, and nothing that was read makes it other than it should be. Where nothing was sent yet: a
    /// route takes the request, and nothing that was read stands in its way. It is no more than likely where a read was denied
    /// that another cause waits for. A recording without a list of usage plans is not taken for an account that refuses them.
    ///
    /// ## What refutes it
    ///
    /// An answer that is an error, a redirect whose `Location` carries one (`?error=…`), or a page on which Cognito says that
    /// something went wrong, whatever its status.
    ///
    /// ## Remedy
    ///
    /// None is needed. If the caller sees something else, explain that response.
    ///
    /// ## Source
    ///
    /// The absence of every other cause.
    "no-fault-found", Cause, Silent, never;

    /// What was read does not tell
    ///
    /// ## What proves it
    ///
    /// No cause's signature fits what was read, or what it takes to tell could not be read. Causes that the answer looks like, and
    /// that wait for a read which was denied, stand in its place. Where the answer's headers or body show that what is behind
    /// the route gave it, that is said: no check of the gateway's failed then.
    ///
    /// ## What refutes it
    ///
    /// Any cause that holds.
    ///
    /// ## Remedy
    ///
    /// Grant the reads that are listed, put what a file or a variable holds into the request, or give more of the response: its headers tell who made it.
    ///
    /// ## Source
    ///
    /// The absence of every other cause.
    "insufficient-facts", Cause, Silent, called;
}

/// What mends a request that is answered.
const NOTHING: &str = "nothing is to be mended";

/// Neither is asked: they are said where nothing else is.
fn never(_: &Case<'_>) -> Examined {
    Err(Not::Silent)
}

/// The same; but what is said of an error that is the backend's own names the route and what it calls, and what is said of a
/// 404 what the stage serves: that is to be read for it.
fn called(case: &Case<'_>) -> Examined {
    let callee = backends_own(case).map(|_| Callee::of(case).map(drop));
    let served = strange_404(case).map(|target| target.deployed(case).map(drop));
    match callee.or(served) {
        Some(Err(Not::Wanted)) => Err(Not::Wanted),
        _ => Err(Not::Silent),
    }
}

/// The response, if it is an error of what is behind the route.
fn backends_own<'a>(case: &Case<'a>) -> Option<&'a Response> {
    case.response().ok().filter(|own| own.status >= 400 && case.answerer() == Answerer::Backend)
}

/// What is to be said where no cause holds.
pub(super) fn last_words(case: &Case<'_>, waiting: &[(&'static Cause, NotRead)]) -> Vec<(&'static Cause, Proof)> {
    // Whatever usage plans say, HTTP APIs do not ask them.
    let is_http = case.target().is_ok_and(|target| target.api.kind == ApiKind::Http);
    let counts = |why: &NotRead| !is_http || why.call != "apigateway:GetUsagePlans";
    let waiting: Vec<(&'static Cause, NotRead)> = waiting.iter().filter(|(_, why)| counts(why)).cloned().collect();
    let unread: Vec<NotRead> = waiting.iter().map(|(_, why)| why.clone()).collect();
    let unread = unread.as_slice();
    let named = |id: &str, proof: Proof| CAUSES.iter().find(|cause| cause.id == id).map(|cause| (cause, proof));
    if let Some(redirected) = redirected_preflight(case) {
        return named("insufficient-facts", redirected).into_iter().collect();
    }
    if let Some(proof) = no_fault(case, unread) {
        return named("no-fault-found", proof).into_iter().collect();
    }
    if let Some(proof) = s3::expired::told(case).or_else(|| ungiven(case, unread)) {
        return named("insufficient-facts", proof).into_iter().collect();
    }
    let standing = standing::by_look(case, &waiting);
    if !standing.is_empty() {
        return standing;
    }
    // What a recording lacks nobody was refused.
    let is_refused = |why: &NotRead| why.why == Why::Denied && !why.is_unrecorded();
    let refused = unread.iter().chain(case.not_read().iter().copied()).any(is_refused);
    let word = match function_error::unlogged(case).filter(|_| !refused) {
        Some(unlogged) => Some(unlogged),
        None => named("insufficient-facts", insufficient(case, unread).unwrap_or_else(|| unknown(case))),
    };
    word.into_iter().collect()
}

/// That nothing is at fault.
fn no_fault(case: &Case<'_>, unread: &[NotRead]) -> Option<Proof> {
    // The words of Cognito's error pages speak against a success, whatever their status.
    let is_refused = OAuth::reached(case).is_ok() && case.response().is_ok_and(is_refused);
    match case.signal() {
        Some(_) if is_refused => None,
        Some(Signal::Success) => Some(success(case, unread)),
        Some(Signal::Redirect) if case.response().is_ok_and(|response| redirected_error(response).is_none()) => {
            Some(success(case, unread))
        }
        Some(_) => None,
        None if unread.is_empty() && websocket::takes_it(case) => {
            Some(Proof::likely("The stage takes the connection. Nothing was sent.").advice(NOTHING))
        }
        None if unread.is_empty() && takes_it(case) => Some(
            Proof::likely("A route takes the request, and nothing that was read stands in its way. Nothing was sent.")
                .advice(NOTHING),
        ),
        None => None,
    }
}

/// That a preflight was answered with a redirect: browsers follow none there, wherever it leads (Fetch standard, CORS-preflight
/// fetch). API Gateway makes none itself but from http to https, so that who did is not known.
fn redirected_preflight(case: &Case<'_>) -> Option<Proof> {
    let by_console = case.blocked_preflight().is_some_and(|own| own.why == Kept::Redirect);
    let response = case.response().ok()?;
    let is_redirected = case.is_preflight() && console::is_redirect(response.status);
    if !by_console && !is_redirected {
        return None;
    }
    // A query may hold what is secret.
    let location = response.headers.get("location").and_then(|own| own.split(['?', '#']).next());
    let (to, proof) = match location.filter(|own| !own.is_empty()) {
        Some(to) => (format!(" to {to}"), Proof::possible("").because("response", "headers.Location", to)),
        None if by_console => (String::new(), told::because(Proof::possible(""), "the preflight was redirected")),
        None => (String::new(), Proof::possible("").because("response", "status", response.status)),
    };
    let says = format!(
        "The preflight is answered with a redirect{to}, and browsers refuse every redirect of a preflight: the request itself is \
         not sent. Who redirects was not told."
    );
    let advice = match location {
        Some(to) => format!("let the page call {to} itself; or answer OPTIONS where it is asked, without a redirect"),
        None => "let the page call the URL that the redirect leads to (curl -i -X OPTIONS shows it); or answer OPTIONS without one"
            .to_owned(),
    };
    Some(Proof { says, ..proof }.advice(advice))
}

/// A success; not a certain one where a cause waits for a read that was denied. A recording without a list of usage plans is one
/// of an account in which nobody asked for them, and none that refuses them.
fn success(case: &Case<'_>, unread: &[NotRead]) -> Proof {
    let says = "The answer is a success, and nothing that was read speaks against it.";
    let plans = case.facts.answer(&Read::UsagePlans).and_then(Result::err).filter(|why| why.is_unrecorded());
    let denied: Vec<&NotRead> = unread.iter().filter(|own| own.why == Why::Denied && Some(*own) != plans).collect();
    if denied.is_empty() {
        return Proof::certain(says).advice(NOTHING);
    }
    let each = |part: fn(&NotRead) -> &str| {
        let parts: BTreeSet<&str> = denied.iter().map(|why| part(why)).collect();
        parts.into_iter().collect::<Vec<_>>().join(", ")
    };
    let (calls, needs) = (each(|why| &why.call), each(|why| &why.needs));
    let proof = Proof::likely(format!("{says} {calls} was denied, and might."));
    denied.into_iter().fold(proof, Proof::without).advice(format!("grant {needs} and ask again, to be certain"))
}

fn takes_it(case: &Case<'_>) -> bool {
    case.target()
        .is_ok_and(|target| matches!(target.key(case), Ok(Some(_))) || target.answers_preflight(case) == Ok(true))
}

/// What of the request it takes to tell, and was not given; `None` where nothing of it is missing.
fn ungiven(case: &Case<'_>, unread: &[NotRead]) -> Option<Proof> {
    if case.request.url.has_dot_segments() {
        let says = "The path has `.` or `..` in it, which most clients take out before they send it: which path was asked for is not known.";
        let proof = Proof::possible(says).because("request", "path", case.request.url.path.clone());
        return Some(proof.advice("give the URL as it was sent, without `.` and `..` (curl -v shows it)"));
    }
    let mut parts: Vec<&str> =
        unread.iter().filter(|why| why.why == Why::NotGiven).map(|why| why.call.as_str()).collect();
    parts.sort_unstable();
    parts.dedup();
    if !parts.is_empty() {
        let parts = parts.join(", ");
        let proof = Proof::possible(format!("What it takes to tell was not given: {parts}."));
        let advice = format!("put {parts} itself into what is asked, in the place of the file or the variable");
        return Some(proof.advice(advice));
    }
    None
}

/// What it takes to tell, and was not read; `None` where nothing of it is missing.
fn insufficient(case: &Case<'_>, unread: &[NotRead]) -> Option<Proof> {
    if let Some(proof) = passed_on(case).or_else(|| foreign(case)) {
        return Some(proof);
    }
    let denied = |why: &&NotRead| why.why == Why::Denied;
    // What was asked for and denied may be what tells, whether or not a cause of its own waits for it.
    let asked = case.not_read();
    let all = unread.iter().chain(asked.iter().copied());
    let mut needs: Vec<&str> = all.filter(denied).map(|why| why.needs.as_str()).collect();
    needs.sort_unstable();
    needs.dedup();
    if !needs.is_empty() {
        let says = format!("What it takes to tell was not read: {} is denied.", needs.join(", "));
        return Some(Proof::possible(says).advice(format!("grant {}, and ask again", needs.join(", "))));
    }
    if case.facts.account_id.is_empty() {
        let proof = Proof::possible("No account was read, and the request and its response alone do not tell.");
        return Some(proof.advice("name a profile with --profile, or a recording with --recording"));
    }
    if let Host::ExecuteApi { api_id, region, .. } = &case.host
        && matches!(case.api(api_id), Ok(None))
    {
        let says = format!("There is no API {api_id} in {region} in this account, so that nothing can be read of it.");
        let proof = Proof::possible(says).because("apigateway:GetRestApi", "id", Value::Null).because(
            "apigatewayv2:GetApi",
            "ApiId",
            Value::Null,
        );
        let advice = "correct the id or the region, or name the account that has the API with --profile";
        return Some(proof.advice(advice));
    }
    None
}

/// That a web server made the answer, by its page, and no gateway's id is on it: a proxy before the API and a backend behind it sign
/// their pages alike.
fn signed_by_a_server(case: &Case<'_>) -> Option<Proof> {
    let response = case.response().ok().filter(|_| case.answerer() == Answerer::Proxy)?;
    let says = "No known cause fits. A web server made the page, and none of API Gateway's ids is on the answer: it is a proxy before \
                the API, or the backend, if headers were left out. Which of them it is was not told.";
    Some(match response.headers.get("server") {
        Some(name) => Proof::possible(says).because("response", "headers.Server", name),
        None => Proof::possible(says).because("response", "body", "a web server's page"),
    })
}

/// That everything was read, and nothing fits.
fn unknown(case: &Case<'_>) -> Proof {
    let proof = signed_by_a_server(case)
        .unwrap_or_else(|| Proof::possible("No known cause fits the answer and what was read of the account."));
    proof.remedy(Remedy::advice(match case.response() {
        Ok(response) if response.status == 0 => {
            "give the client's whole error text (curl -v), and check that the host is this account's"
        }
        Ok(response) if !response.headers.0.is_empty() && !response.body.trim().is_empty() => {
            if matches!(case.host, Host::LambdaUrl { .. }) {
                "check that the URL is this account's, and look into its function's log"
            } else if matches!(case.host, Host::Cognito { .. } | Host::S3 { .. } | Host::AwsService { .. } | Host::AppSync) {
                "check that the host is this account's: nothing else that is read tells of it"
            } else if logs::is_logged(case) == Some(false) {
                "check that the host is this account's, and switch the access log on, which tells of the next such request"
            } else {
                "check that the host is this account's, and look into the stage's logs for the request's id"
            }
        }
        _ => "give the whole response with its headers (curl -i), and check that the host is this account's",
    }))
}

/// Where a request goes without a signature that got a 404 from nobody knows whom, if a REST API is there. Of a signed one it
/// says 404 itself.
fn strange_404<'c, 'a>(case: &'c Case<'a>) -> Option<&'c Target<'a>> {
    case.response().ok().filter(|own| own.status == 404)?;
    if case.authorization.is_signed() || case.answerer() != Answerer::Unknown {
        return None;
    }
    case.target().ok().filter(|target| target.api.kind == ApiKind::Rest)
}

/// That the answer is a 404, with which a REST API does not answer a request that no route takes.
fn foreign(case: &Case<'_>) -> Option<Proof> {
    let target = strange_404(case)?;
    let (stage, deployed) = (target.stage?, target.deployed(case).ok()?);
    if deployed.find(case.method(), &target.path).is_some() {
        return None;
    }
    let says = format!(
        "No route of {} takes {}, and a REST API answers that with 403 unless a gateway response of its own makes it another \
         status. Who answered 404 is not known.",
        stage.name, target.path
    );
    Some(
        Proof::possible(says)
            .because(deployed.source, deployed.place(None, None), deployed.nearest(&target.path))
            .advice("give the whole response with its headers (curl -i), and look what stands before the API"),
    )
}

/// A proof that what is behind a route answered; the API may have, in words of its own, where these were not read.
pub(super) fn without_own_words(case: &Case<'_>, proof: Proof) -> Proof {
    match case.by_own_words() {
        Err(Not::Unread(why)) => Proof {
            says: format!("{} The API itself may have, too: its gateway responses were not read.", proof.says),
            ..proof.without(&why)
        },
        _ => proof,
    }
}

/// That the answer is an error of what is behind the route: the gateway passed request and answer on, so that nothing of it is
/// to blame.
fn passed_on(case: &Case<'_>) -> Option<Proof> {
    let response = backends_own(case)?;
    let target = case.target().ok();
    // A web ACL that was not read may have words of its own.
    let is_filtered = target.and_then(|target| target.stage).is_some_and(filters::names_web_acl);
    let is_unread = |why: &&NotRead| why.call == "wafv2:GetWebACLForResource";
    if is_filtered && is_unmarked(response) && case.not_read().iter().any(is_unread) {
        return None;
    }
    let key = target.and_then(|target| target.key(case).ok().flatten());
    let what = key.as_ref().map_or_else(|| "the route".to_owned(), RouteKey::to_string);
    if is_unmarked(response) && case.reaches_nothing() {
        return Some(by_itself(case, response));
    }
    let says = format!(
        "What is behind {what} answered {} itself: the gateway passed the request on, and its answer back.",
        response.status
    );
    let headers = response.headers.0.iter().map(|(name, _)| name.as_str());
    let remapped: Vec<&str> =
        headers.filter(|name| name.to_ascii_lowercase().starts_with("x-amzn-remapped-")).collect();
    let proof = without_own_words(case, Proof::possible(says));
    let proof = if !remapped.is_empty() {
        proof.because("response", "headers", json!(remapped))
    } else if response.headers.has("apigw-requestid") {
        proof.because("response", "body", "no error of the gateway's own")
    } else {
        proof.because("response", "headers.x-amzn-ErrorType", Value::Null)
    };
    // What is live stands in for what is deployed, where that was not read.
    let live = target.zip(key.as_ref()).and_then(|(target, key)| {
        let integration = target.api.live.routes.ok()?.0.get(key)?.integration.as_ref()?;
        Some((target.api.kind.routes_call(), integration.uri.clone()?))
    });
    let (function, proof) = match (Callee::of(case), live) {
        (Ok(callee), _) => {
            let uri = callee.uri.text.clone();
            (callee.function().ok(), proof.because(callee.met.source, format!("{what} integration.uri"), uri))
        }
        (Err(_), Some((source, uri))) => {
            (FunctionName::in_uri(&uri), proof.because(source, format!("{what} integration.uri"), uri))
        }
        (Err(_), None) => (None, proof),
    };
    Some(match function.map(|function| function.name) {
        Some(name) => proof.advice(format!("look into the log of {name}: stagecheck errors --function {name}")),
        None => proof.advice("look into the log of what the route calls"),
    })
}

/// That an answer which does not name the type of its error comes from no route: none takes the request.
fn by_itself(case: &Case<'_>, response: &Response) -> Proof {
    let method = case.method();
    let says = match case.target().ok().map(|target| (target.stage, &target.path)) {
        Some((Some(stage), path)) => format!("No route of {} takes {method} {path}", stage.name),
        _ => "The API has no such stage".to_owned(),
    };
    let says = format!(
        "{says}, so that nothing behind one answered {}: the API itself did, in words that none of its gateway responses \
         explains, or something before it.",
        response.status
    );
    let proof = without_own_words(case, Proof::possible(says));
    proof
        .because("response", "headers.x-amzn-ErrorType", Value::Null)
        .advice("mend method, path and stage, and look into the API's gateway responses and what stands before it")
}

#[cfg(test)]
mod tests;
