//! Requests without a signature to routes that want one.

mod fault;

use serde_json::{Value, json};

use self::fault::Fault;
use super::deployment::OfCanary;
use super::resource_policy;
use super::sigv4::{place, signature};
use super::websocket;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes, if_known};
use crate::case::guard::Guard;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::{self, quote};
use crate::exchange::authorization::Authorization;
use crate::snapshot::ApiKind;

causes! {
    /// The route is open, but that is not deployed
    ///
    /// ## What proves it
    ///
    /// The deployed route wants `AWS_IAM`, and the live one `NONE`.
    ///
    /// ## What refutes it
    ///
    /// Both are equal.
    ///
    /// ## Remedy
    ///
    /// Deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "rest-iam-auth-not-yet-open", Cause, Proves, not_yet_open;

    /// The signature was lost on the way
    ///
    /// ## What proves it
    ///
    /// The client signed the request, and a route with `AWS_IAM` answers as to one without a signature. Two captures, before
    /// and behind the proxy, would make it certain.
    ///
    /// ## What refutes it
    ///
    /// Any answer that speaks of the signature: it has then arrived.
    ///
    /// ## Remedy
    ///
    /// Let the web security proxy pass `*.execute-api.*` and `*.amazonaws.com` on untouched, or go round it. A CloudFront
    /// distribution needs an origin request policy that forwards `Authorization`.
    ///
    /// ## Source
    ///
    /// Reported in public threads. Not verified on AWS.
    "auth-header-stripped-in-transit", Cause, Silent, stripped;

    /// The Amplify client does not know that it has to sign
    ///
    /// ## What proves it
    ///
    /// The client is Amplify's, the request carries no signature, and the route wants `AWS_IAM`. The client's own
    /// configuration is not read.
    ///
    /// ## What refutes it
    ///
    /// A signature.
    ///
    /// ## Remedy
    ///
    /// Register the API's name, endpoint and region in the client's configuration (`amplify push` writes it), and call it by
    /// that name.
    ///
    /// ## Source
    ///
    /// Reported in public threads. Not verified on AWS.
    "amplify-api-not-registered", Cause, Silent, amplify;

    /// The route wants a signature, and the request has none
    ///
    /// ## What proves it
    ///
    /// The deployed route wants `AWS_IAM`, and the request carries neither `Authorization` nor a presigned query. It is likely
    /// where the stage's canary alone serves the route so. Or it goes to
    /// `@connections` of a WebSocket API, which takes signed requests alone.
    ///
    /// ## What refutes it
    ///
    /// Another kind of authorization, or an `Authorization` header.
    ///
    /// ## Remedy
    ///
    /// Sign the request. A login to the console, a role on the server or an IAM permission does not sign by itself. Or give the
    /// route `NONE`, and deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-authentication-token-errors>,
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>
    "rest-iam-unsigned", Cause, Silent, unsigned;

    /// An HTTP API's route wants a signature that the request lacks, or that opens nothing
    ///
    /// ## What proves it
    ///
    /// The route has `AWS_IAM`, and the request carries no signature. A signature for another service or region, with another
    /// fault that the request itself shows (its time, a missing part, a missing session token), or one that is right, makes it
    /// likely: the answer does not tell a bad signature from a missing permission.
    ///
    /// ## What refutes it
    ///
    /// Another kind of authorization.
    ///
    /// ## Remedy
    ///
    /// Sign for `execute-api`, and grant `execute-api:Invoke` on `{api}/{stage}/{method}/{path}`, in which `$default` counts as
    /// a stage. `$context.authorizer.error` in the access log tells the reason.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html>
    "http-api-iam-forbidden", Cause, Silent, http_forbidden;
}

/// The route that a request without a signature reaches, if it wants one.
fn wanting<'c, 'a>(case: &'c Case<'a>) -> Result<Guard<'c, 'a>, Not> {
    case.shows(&[Signal::MissingAuthenticationToken])?;
    if case.is_preflight() {
        return Err(Not::Silent);
    }
    if case.target()?.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let guard = Guard::of(case)?;
    if guard.authorization_type != "AWS_IAM" {
        return Err(Not::refuted(format!("{} {} {}, not AWS_IAM", guard.key, guard.has(), guard.authorization_type)));
    }
    Ok(guard)
}

fn not_yet_open(case: &Case<'_>) -> Examined {
    let guard = wanting(case)?;
    let live = case.target()?.live(case)?;
    let found = live.find(case.method(), &case.target()?.path);
    if found.and_then(|(_, entry)| entry.authorization_type) != Some("NONE") {
        return Err(Not::refuted("the live route is not open either"));
    }
    let command = command::deploy(ApiKind::Rest, &guard.api.id, &guard.stage.name, &case.facts.region);
    let says = format!("The live {} is open; {} still serves it with AWS_IAM.", guard.key, guard.stage.name);
    Ok(guard
        .because(Proof::certain(says))
        .because(live.source, format!("{} authorizationType", guard.key), "NONE")
        .command("deploy", command))
}

fn stripped(case: &Case<'_>) -> Examined {
    case.response()?;
    if signature(case).is_none() {
        return Err(Not::Silent);
    }
    let guard = wanting(case)?;
    let says = format!("The client signed the request, but {} was called without a signature.", guard.key);
    let proof = guard.because(Proof::likely(says)).because("request", place(case), "AWS4-HMAC-SHA256 …");
    let headers = &case.request.headers;
    let passed = ["via", "x-forwarded-for", "forwarded", "proxy-connection"].into_iter().find(|name| headers.has(name));
    let proof = match passed {
        Some(name) => proof.because("request", format!("headers.{name}"), true),
        None => proof,
    };
    Ok(proof.advice(
        "let proxies pass *.execute-api.* on untouched; CloudFront needs an origin request policy that forwards Authorization",
    ))
}

fn is_amplify(case: &Case<'_>) -> bool {
    let agents = ["user-agent", "x-amz-user-agent"].into_iter().filter_map(|name| case.request.headers.get(name));
    agents.into_iter().any(|agent| agent.to_ascii_lowercase().contains("amplify"))
}

fn amplify(case: &Case<'_>) -> Examined {
    if !is_amplify(case) || case.authorization != Authorization::None {
        return Err(Not::Silent);
    }
    let guard = wanting(case)?;
    let says = format!("The client is Amplify's, and did not sign for {}: it does not know this API.", guard.key);
    Ok(guard
        .because(Proof::likely(says))
        .because("request", "headers.User-Agent", "aws-amplify")
        .because("request", "headers.Authorization", Value::Null)
        .advice(
            "register the API's name, endpoint and region with the client (amplify push), and call it by that name",
        ))
}

fn unsigned(case: &Case<'_>) -> Examined {
    if case.authorization != Authorization::None {
        return Err(Not::Silent);
    }
    if websocket::calls_back(case) {
        return unsigned_callback(case);
    }
    let guard = match wanting(case) {
        Err(refuted @ Not::Refuted(_)) => return by_canary(case, refuted),
        guard => guard?,
    };
    // A statement that denies the sender is met before anybody looks for a signature.
    if case.is_unsent() && if_known(resource_policy::denies(case))?.unwrap_or_default() {
        return Err(Not::refuted(
            "a statement of the resource policy denies the request before a signature is looked for",
        ));
    }
    let says = format!("{} {} AWS_IAM, and the request carries no signature.", guard.key, guard.has());
    Ok(guard
        .because(Proof::certain(says))
        .because("request", "headers.Authorization", Value::Null)
        .command("sign the request, or give the route NONE and deploy", signed_by_curl(case)))
}

/// That the stage's canary alone wants a signature.
fn by_canary(case: &Case<'_>, refuted: Not) -> Examined {
    let Some(canary) = OfCanary::if_any(case)? else { return Err(refuted) };
    if case.is_unsent() || canary.entry.authorization_type != Some("AWS_IAM") {
        return Err(refuted);
    }
    Ok(canary
        .asks("AWS_IAM")
        .because("apigateway:GetDeployment", format!("{} authorizationType", canary.key), "AWS_IAM")
        .because("request", "headers.Authorization", Value::Null)
        .command("sign the request, or delete the canary", signed_by_curl(case)))
}

/// That a connection of a WebSocket API is called back without a signature.
fn unsigned_callback(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::MissingAuthenticationToken])?;
    let stage = websocket::called_back(case)?;
    let says = format!(
        "@connections of {} takes requests that are signed, by whom execute-api:ManageConnections is allowed; this one \
         carries no signature.",
        stage.name
    );
    Ok(Proof::certain(says)
        .because("apigatewayv2:GetApi", "ProtocolType", "WEBSOCKET")
        .because("request", "headers.Authorization", Value::Null)
        .command("sign the request, as an SDK's client for the management of connections does", signed_by_curl(case)))
}

/// The request with a signature, as curl makes it from the credentials in the environment.
fn signed_by_curl(case: &Case<'_>) -> String {
    let region = case.host.region().unwrap_or(&case.facts.region);
    let url = case.request.url.without_query();
    let scheme = case.target().map_or(case.request.url.scheme.as_str(), |target| target.scheme(case));
    let url = quote(&url.split_once("://").map_or_else(|| url.clone(), |(_, rest)| format!("{scheme}://{rest}")));
    let method = quote(&case.request.method);
    format!(
        "curl -X {method} --aws-sigv4 {} --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
         -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" {url}",
        quote(&format!("aws:amz:{region}:execute-api"))
    )
}

fn http_forbidden(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Forbidden])?;
    if case.is_preflight() {
        return Err(Not::Silent);
    }
    let guard = Guard::asking(case, ApiKind::Http, "AWS_IAM")?;
    let Some(signature) = signature(case) else {
        let says = format!("{} has AWS_IAM, and the request carries no signature.", guard.key);
        return Ok(guard
            .because(Proof::certain(says))
            .because("request", "headers.Authorization", Value::Null)
            .command("sign the request, or give the route NONE", signed_by_curl(case)));
    };
    case.response()?;
    let region = case.host.region().unwrap_or(&case.facts.region);
    let scope = (signature.service.as_deref(), signature.region.as_deref());
    let is_ours = scope.0.is_none_or(|service| service == "execute-api") && scope.1.is_none_or(|own| own == region);
    let evidence = json!({ "service": scope.0, "region": scope.1 });
    if !is_ours {
        let says = format!("{} has AWS_IAM, and the signature is for another service or region.", guard.key);
        let proof = guard.because(Proof::likely(says)).because("request", place(case), evidence);
        return Ok(proof.advice(format!("sign for execute-api in {region}")));
    }
    let says = format!(
        "{} has AWS_IAM: either the signature is not right, or its owner may not call execute-api:Invoke on it.",
        guard.key
    );
    let path = case.target()?.path.trim_start_matches('/');
    let rest = format!("{}/{}/{path}", guard.stage.name, case.request.method);
    let arn = crate::arn::execute_api(&case.facts.region, &case.facts.account_id, &guard.api.id, &rest);
    if let Some(fault) = Fault::of(case, signature) {
        let says = format!("{} has AWS_IAM, and {}. HTTP APIs do not say why they refuse.", guard.key, fault.says);
        let proof = guard.because(Proof::likely(says)).because("request", fault.place, fault.value);
        return Ok(logs::accessed(case)?.because(proof).advice(fault.advice));
    }
    let proof = guard.because(Proof::likely(says)).because("request", place(case), evidence);
    Ok(logs::accessed(case)?.because(proof).advice(format!(
        "grant execute-api:Invoke on {arn}; $context.authorizer.error in the access log tells the reason"
    )))
}

#[cfg(test)]
mod tests;
