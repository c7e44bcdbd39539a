//! Requests to other services of AWS, and by Amplify.

use serde_json::{Value, json};

use super::routing::{Missing, live_has_not};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::target::first_segment;
use crate::exchange::host::Host;

causes! {
    /// A request to an AWS service is not signed
    ///
    /// ## What proves it
    ///
    /// The host is a service's own endpoint, no API's, and the answer is `Missing Authentication Token`: the signature was
    /// never made, or taken off on the way. It is no more than likely where the request that is told has one.
    ///
    /// ## What refutes it
    ///
    /// An `execute-api` host; a signature, where nothing was sent.
    ///
    /// ## Remedy
    ///
    /// Call the service with an SDK. If one is used, a proxy on the way takes headers off.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "control-plane-call-unsigned", Cause, Silent, service_unsigned;

    /// The host is AppSync's
    ///
    /// ## What proves it
    ///
    /// The host is a GraphQL API of AppSync, which has rules of its own.
    ///
    /// ## What refutes it
    ///
    /// Another host.
    ///
    /// ## Remedy
    ///
    /// Look at the API's authorization modes in AppSync.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html>
    "appsync-host", Cause, Silent, appsync;

    /// Amplify calls a path that was not given to it
    ///
    /// ## What proves it
    ///
    /// The request comes from Amplify, and the first segment of its path is that of no deployed route. `amplify add api`
    /// suggests `/items`.
    ///
    /// ## What refutes it
    ///
    /// A route takes the path.
    ///
    /// ## Remedy
    ///
    /// Call the path that was given at `amplify add api`.
    ///
    /// ## Source
    ///
    /// <https://docs.amplify.aws/gen1/javascript/build-a-backend/restapi/configure-rest-api/>
    "amplify-path-mismatch", Cause, Silent, amplify_path;
}

fn service_unsigned(case: &Case<'_>) -> Examined {
    let Host::AwsService { service, .. } = &case.host else { return Err(Not::Silent) };
    let signed = case.authorization.is_signed();
    let fits = case.signal() == Some(Signal::MissingAuthenticationToken)
        || case.response().is_ok_and(|response| response.body.contains("MissingAuthenticationToken"));
    if !fits && !case.is_unsent() {
        return Err(Not::Silent);
    }
    if signed && case.is_unsent() {
        return Err(Not::refuted("the request is signed"));
    }
    if signed {
        let says = format!(
            "{} is the endpoint of {service}, and answers that no signature reached it. The client sends one: something on \
             the way takes the header off.",
            case.request.url.host
        );
        return Ok(Proof::likely(says)
            .because("request", "host", case.request.url.host.clone())
            .because("response", "status", case.response()?.status)
            .advice("look for a proxy that takes Authorization off, and let it pass *.amazonaws.com untouched"));
    }
    Ok(Proof::certain(format!(
        "{} is the endpoint of {service}, whose requests have to be signed.",
        case.request.url.host
    ))
    .because("request", "host", case.request.url.host.clone())
    .because("request", "headers.Authorization", Value::Null)
    .advice("call the service with an SDK or the AWS CLI; if one is used, look for a proxy that takes headers off"))
}

fn appsync(case: &Case<'_>) -> Examined {
    if case.host != Host::AppSync {
        return Err(Not::Silent);
    }
    case.response()?;
    if case.signal() == Some(Signal::Success) {
        return Err(Not::Silent);
    }
    Ok(Proof::certain("The host is a GraphQL API of AppSync, which is not explained here.")
        .because("request", "host", case.request.url.host.clone())
        .advice("look at the API's authorization modes in AppSync"))
}

/// Whether the client is Amplify's library, by what it calls itself.
pub(super) fn is_amplify(case: &Case<'_>) -> bool {
    let headers = &case.request.headers;
    let agent = headers.get("x-amz-user-agent").or_else(|| headers.get("user-agent"));
    agent.is_some_and(|agent| agent.contains("aws-amplify"))
}

fn amplify_path(case: &Case<'_>) -> Examined {
    if !is_amplify(case) {
        return Err(Not::Silent);
    }
    let missing = Missing::of(case)?;
    live_has_not(&missing)?;
    let first = first_segment(&missing.target.path).0;
    let known = missing.deployed.keys().filter_map(|key| first_segment(&key.path).0);
    if known.into_iter().any(|own| Some(own) == first || own.starts_with('{')) {
        return Err(Not::refuted("a deployed route begins as the path does"));
    }
    let paths = missing.deployed.nearest(&missing.target.path);
    Ok(Proof::certain(format!("Amplify calls {}, and no deployed route begins so.", missing.target.path))
        .because(missing.deployed.source, missing.deployed.place(None, None), json!(paths))
        .advice(format!(
            "call the path that was given at amplify add api: {}",
            paths.first().map_or("/items", String::as_str)
        )))
}
