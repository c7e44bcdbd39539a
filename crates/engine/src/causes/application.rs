//! Answers that what is behind a route gives: a 404 in its own words, a 405.

use serde_json::Value;

use super::no_fault::without_own_words;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::{Answerer, Signal};
use crate::case::target::Via;
use crate::snapshot::ApiKind;

causes! {
    /// The application behind the route answers 404
    ///
    /// ## What proves it
    ///
    /// A route takes the request, and the answer is not in the gateway's words: the application's own router met a path that
    /// it does not know, often with the stage or the base path before it, or a slash at its end.
    ///
    /// ## What refutes it
    ///
    /// The gateway's own body.
    ///
    /// ## Remedy
    ///
    /// Tell the application's router which prefix to leave out (`root_path`, `strip_prefixes`).
    ///
    /// ## Source
    ///
    /// <https://github.com/aws-powertools/powertools-lambda-python/issues/1552>
    "app-level-404", Cause, Silent, application;

    /// API Gateway itself never answers 405
    ///
    /// ## What proves it
    ///
    /// The status is 405: it comes from what is behind the route, from CloudFront, S3 or Cognito.
    ///
    /// ## What refutes it
    ///
    /// Nothing.
    ///
    /// ## Remedy
    ///
    /// Send a method that whoever answered takes.
    ///
    /// ## Source
    ///
    /// Measured on AWS: a method that a path lacks is answered with 403 or 404.
    "method-not-allowed-405", Cause, Silent, not_allowed;
}

fn application(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    let own = response.status == 404 && matches!(case.signal(), Some(Signal::Other | Signal::NotFound));
    // `Not Found` is the HTTP API's own text, of which only a REST API is known not to be the author.
    let is_backend = case.answerer() == Answerer::Backend
        || case.answerer() == Answerer::HttpApi && case.signal() == Some(Signal::Other);
    if !own || !is_backend {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    let stage = target.stage()?;
    let deployed = target.deployed(case)?;
    let Some((key, _)) = deployed.find(case.method(), &target.path) else {
        return Err(Not::refuted("no route takes the request, so that nothing behind one can have answered"));
    };
    let path = &case.request.url.path;
    let why = if path.len() > 1 && path.ends_with('/') {
        "The path ends in a slash, which the application's router may not know."
    } else if target.api.kind == ApiKind::Http && stage.name != "$default" {
        "The application is given the path with the stage before it."
    } else if matches!(&target.via, Via::Domain { base_path, .. } if !base_path.is_empty()) {
        "The application is given the path with the base path before it."
    } else {
        "The application's own router does not know the path."
    };
    let says = format!("{key} takes the request, and what is behind it answers 404 in its own words. {why}");
    Ok(without_own_words(case, Proof::likely(says))
        .because(deployed.source, key.path.clone(), key.method.clone().unwrap_or_default())
        .because("response", "headers.x-amzn-ErrorType", Value::Null)
        .advice("tell the application's router which prefix or slash to leave out (root_path, strip_prefixes)"))
}

fn not_allowed(case: &Case<'_>) -> Examined {
    case.response()?;
    if case.signal() != Some(Signal::MethodNotAllowed) {
        return Err(Not::Silent);
    }
    let who = match case.answerer() {
        Answerer::S3 => "S3",
        Answerer::Cognito => "Cognito",
        Answerer::CloudFront => "CloudFront",
        _ => "what is behind the route",
    };
    Ok(Proof::likely(format!("API Gateway never answers 405 for its routes; {who} did."))
        .because("response", "status", 405)
        .because("response", "headers.Allow", case.response()?.headers.get("allow").map_or(Value::Null, Value::from))
        .advice("send a method that whoever answered takes"))
}
