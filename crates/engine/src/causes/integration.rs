//! What is behind the route cannot be called, or is too slow: URI, network, VPC link, role, time.

mod address;
mod vpc_link;

use serde_json::{Value, json};

use super::function_settings;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::observed::NotRead;
use crate::policy;
use crate::snapshot::ApiKind;

causes! {
    /// The VPC link is not available, or nothing healthy is behind it
    ///
    /// ## What proves it
    ///
    /// The integration goes through a VPC link whose status is not `AVAILABLE`, or to a load balancer that has no healthy target.
    /// Where the health was not read, or some of several target groups have healthy ones, it is possible.
    ///
    /// ## What refutes it
    ///
    /// No VPC link; healthy targets in every target group.
    ///
    /// ## Remedy
    ///
    /// Mend the link, or its targets and their security groups.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html>
    "vpc-link-unhealthy", Cause, Proves, vpc_link::vpc_link;

    /// The backend's certificate is not accepted
    ///
    /// ## What proves it
    ///
    /// The execution log says `PKIX path building failed` or `SSLEngine problem`.
    ///
    /// ## What refutes it
    ///
    /// A log without such a line.
    ///
    /// ## Remedy
    ///
    /// Send the whole chain from the backend, or set `tlsConfig.insecureSkipVerification`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-supported-certificate-authorities-for-http-endpoints.html>
    "integration-tls-failure", Cause, Silent, tls;

    /// What is behind the route did not answer in time
    ///
    /// ## What proves it
    ///
    /// The answer is `Endpoint request timed out`, or the execution log says `Execution failed due to a timeout error`: the
    /// integration took longer than its `timeoutInMillis`, 29 seconds unless set. Without either, a 504 is likely where the
    /// caller waited that long, and possible otherwise.
    ///
    /// Where nothing was sent yet: the function may run more than a second longer than the integration waits, so that
    /// it is possible.
    ///
    /// ## What refutes it
    ///
    /// An answer that came sooner; an HTTP API, which does not answer so; an execution log that names another reason. A page that a
    /// proxy made is none of the gateway's answers.
    ///
    /// ## Remedy
    ///
    /// Do the work asynchronously, or raise the timeout (regional and private APIs).
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "integration-timeout", Cause, Warns, timeout;

    /// What is behind the HTTP API's route did not answer in time
    ///
    /// ## What proves it
    ///
    /// The answer is 503 `Service Unavailable`, and the caller waited as long as the integration's timeout, or the function
    /// may run longer than that. The access log's latency would make it certain.
    ///
    /// Where nothing was sent yet: the function may run more than a second longer than the integration waits, so that
    /// it is possible.
    ///
    /// ## What refutes it
    ///
    /// The answer came sooner.
    ///
    /// ## Remedy
    ///
    /// Do the work asynchronously, or lower the function's timeout.
    ///
    /// ## Source
    ///
    /// <https://github.com/cortexlabs/cortex/issues/1225>
    "http-api-timeout", Cause, Warns, http_timeout;

    /// The backend cannot be reached
    ///
    /// ## What proves it
    ///
    /// The answer is `Network error communicating with endpoint`.
    ///
    /// ## What refutes it
    ///
    /// Nothing: the text is the gateway's own.
    ///
    /// ## Remedy
    ///
    /// Check scheme, port and security groups of the backend.
    ///
    /// ## Source
    ///
    /// Recorded on AWS: the answer of an HTTP integration whose backend refuses the connection.
    "integration-network-error", Cause, Silent, network;

    /// API Gateway may not assume the integration's role
    ///
    /// ## What proves it
    ///
    /// The role on the integration does not exist, or does not trust `apigateway.amazonaws.com`; or the execution log says
    /// that the role could not be assumed.
    ///
    /// ## What refutes it
    ///
    /// The role trusts API Gateway.
    ///
    /// ## Remedy
    ///
    /// Let the role trust API Gateway.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html>
    "integration-credentials-invalid", Cause, Proves, credentials;

    /// The integration's address is none that can be reached
    ///
    /// ## What proves it
    ///
    /// The execution log says `Invalid endpoint address`; or the URI's host does not resolve. Without either it is likely where
    /// the URI is a private address without VPC link, or a name that leads to one from where it was looked up, or no URL.
    ///
    /// ## What refutes it
    ///
    /// A URL of a host that resolves to a public address; or a log of the request that says nothing of it.
    ///
    /// ## Remedy
    ///
    /// Correct the URI and deploy; private addresses take a VPC link.
    ///
    /// ## Source
    ///
    /// Recorded on AWS: `Invalid endpoint address` for such a URI.
    "integration-endpoint-invalid", Cause, Proves, address::endpoint;
}

fn timeout(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Timeout])?;
    if case.is_unsent() {
        return function_settings::outlasts(case, ApiKind::Rest);
    }
    // Its gateway responses name this answer; an HTTP API has none.
    if if_known(case.target())?.is_some_and(|target| target.api.kind == ApiKind::Http) {
        return Err(Not::Silent);
    }
    let proof = told_timeout(case)?
        .advice("do the work asynchronously, or raise the integration's timeout (regional and private APIs)");
    let Some(callee) = if_known(Callee::of(case))? else { return Ok(proof) };
    let limit = callee.integration.timeout_in_millis.unwrap_or(29_000);
    let waited = case.request.client.elapsed_ms.and_then(|waited| i64::try_from(waited).ok());
    if waited.is_some_and(|waited| waited + 500 < limit) {
        return Err(Not::refuted(format!("the answer came before the {limit} ms that the integration waits")));
    }
    let proof = match waited.filter(|_| proof.confidence == Confidence::Possible) {
        Some(waited) => {
            Proof { confidence: Confidence::Likely, ..proof }.because("request", "client.elapsedMs", waited)
        }
        None => proof,
    };
    let proof = proof.because(callee.met.source, "integration.timeoutInMillis", limit);
    let Ok(function) = callee.function() else { return Ok(proof) };
    match callee::configuration(case, &function) {
        Ok(Some(configuration)) => {
            let own = configuration.get("Timeout").cloned().unwrap_or_default();
            Ok(proof.because("lambda:GetFunctionConfiguration", "Timeout", own))
        }
        Err(Not::Wanted) => Err(Not::Wanted),
        _ => Ok(proof),
    }
}

/// What the gateway's own words tell of a 504: those of its answer, or else those of its log.
fn told_timeout(case: &Case<'_>) -> Examined {
    const LATE: &str = "What is behind the route took longer than the integration waits.";
    const TEXT: &str = "Endpoint request timed out";
    const LOGGED: &str = "Execution failed due to a timeout error";
    let response = case.response()?;
    let shown = |proof: Proof| proof.because("response", "status", response.status);
    if response.body.contains(TEXT) {
        return Ok(shown(Proof::certain(LATE)));
    }
    let lines = match logs::execution(case) {
        Err(Not::Wanted) => return Err(Not::Wanted),
        lines => lines,
    };
    if let Some(line) = lines.as_ref().ok().and_then(|lines| lines.find(LOGGED)) {
        return Ok(shown(Proof::certain(LATE)).because("logs:FilterLogEvents", line.group, LOGGED));
    }
    if lines.as_ref().is_ok_and(|lines| !lines.is_empty()) {
        return Err(Not::refuted("the execution log does not say of the request that it took too long"));
    }
    let says = format!(
        "The answer is {}, with which a REST API ends what takes longer than its integration waits, but not `{TEXT}`: a \
         backend that cannot be reached is answered so, too.",
        response.status
    );
    let proof = shown(Proof::possible(says));
    Ok(match lines {
        Err(Not::Unread(why)) => proof.without(&why),
        _ => proof,
    })
}

fn http_timeout(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Unavailable])?;
    if case.is_unsent() {
        return function_settings::outlasts(case, ApiKind::Http);
    }
    if case.target()?.api.kind != ApiKind::Http {
        return Err(Not::Silent);
    }
    let callee = match Callee::of(case) {
        Err(Not::Unread(why)) => return untold_timeout(case, &why),
        callee => callee?,
    };
    let limit = callee.waits();
    let waited = case.request.client.elapsed_ms.and_then(|waited| i64::try_from(waited).ok());
    if waited.is_some_and(|waited| waited + 500 < limit) {
        return Err(Not::refuted(format!("the answer came before the {limit} ms that the integration waits")));
    }
    let configuration = callee.function().map(|function| callee::configuration(case, &function));
    let (own, unread) = match &configuration {
        Ok(Ok(configuration)) => (configuration.and_then(|own| own.get("Timeout")?.as_i64()), None),
        Ok(Err(Not::Wanted)) => return Err(Not::Wanted),
        Ok(Err(Not::Unread(why))) => (None, Some(why)),
        _ => (None, None),
    };
    if waited.is_none() && own.is_some_and(|own| own * 1_000 < limit) {
        return Err(Not::refuted("the function's own timeout ends it sooner"));
    }
    let says = match own {
        Some(own) => format!("The integration waits {limit} ms, and the function may run {own} s."),
        None => format!("The integration waits {limit} ms."),
    };
    // What a recording does not hold nobody was refused.
    let is_denied = unread.is_some_and(|why| !why.is_unrecorded());
    let fits = waited.is_some() || own.is_some() || is_denied;
    let proof = if fits { Proof::likely(says) } else { Proof::possible(says) };
    let proof = proof.because(callee.met.source, "integration.timeoutInMillis", limit);
    let proof = match own {
        Some(own) => proof.because("lambda:GetFunctionConfiguration", "Timeout", own),
        None => unread.into_iter().fold(proof, Proof::without),
    };
    Ok(proof.advice(match own {
        Some(own) if own * 1_000 < limit => "do the work asynchronously",
        _ if configuration.is_ok() => {
            "do the work asynchronously, or lower the function's timeout below the integration's"
        }
        _ => "do the work asynchronously, or let the backend answer sooner",
    }))
}

/// An HTTP API waits 30 seconds at most: what came after so long was likely its own end of waiting, whatever the integration
/// is, which was not read.
const LONGEST: u64 = 30_000;

fn untold_timeout(case: &Case<'_>, why: &NotRead) -> Examined {
    let waited = case.request.client.elapsed_ms;
    let proof = if waited.is_some_and(|waited| waited + 500 >= LONGEST) {
        Proof::likely("The answer came after the 30 s that an HTTP API waits at most.").because(
            "request",
            "client.elapsedMs",
            waited,
        )
    } else {
        Proof::possible("How long the integration waits, and how long what is behind it may run, was not read.")
    };
    let advice = "do the work asynchronously, or lower the function's timeout below the integration's";
    Ok(proof.because("response", "status", 503).without(why).advice(advice))
}

fn network(case: &Case<'_>) -> Examined {
    case.response()?;
    case.shows(&[Signal::NetworkError])?;
    let proof =
        Proof::certain("The gateway could not reach the backend: it refused the connection, or did not answer.")
            .because("response", "body.message", "Network error communicating with endpoint")
            .advice("check scheme, port and security groups of the backend");
    Ok(match if_known(Callee::of(case))? {
        Some(callee) => {
            proof.because(callee.met.source, "integration.uri", callee.integration.uri.clone().unwrap_or_default())
        }
        None => proof,
    })
}

fn tls(case: &Case<'_>) -> Examined {
    case.response()?;
    case.shows(&[Signal::Internal, Signal::Timeout, Signal::NetworkError])?;
    let callee = Callee::of(case)?;
    if !callee.integration.integration_type.starts_with("HTTP") {
        return Err(Not::Silent);
    }
    let lines = logs::execution(case)?;
    let words = ["PKIX path building failed", "SSLEngine problem", "unable to find valid certification path"];
    let Some((word, line)) = words.iter().find_map(|word| Some((word, lines.find(word)?))) else {
        return Err(Not::refuted("the execution log does not say that TLS failed"));
    };
    Ok(Proof::certain("The gateway does not accept the backend's certificate.")
        .because("logs:FilterLogEvents", line.group, *word)
        .advice("send the whole chain from the backend, or set tlsConfig.insecureSkipVerification and deploy"))
}

fn credentials(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal])?;
    let callee = Callee::of(case)?;
    let role = callee.integration.credentials.as_deref().ok_or(Not::Silent)?;
    // The caller's own identity, and what a stage variable names.
    if !role.contains(":role/") || role.contains("${") {
        return Err(Not::Silent);
    }
    // The roles of other accounts cannot be read from here.
    let is_own = case.facts.account_id.is_empty() || role.contains(&format!(":{}:role/", case.facts.account_id));
    let advice = "let the role trust apigateway.amazonaws.com";
    let name = role.rsplit('/').next().unwrap_or(role).to_owned();
    let lines = logs::execution_if_any(case)?;
    let refused = lines.as_ref().and_then(|lines| lines.find("does not have permission to assume the provided role"));
    if let Some(line) = refused {
        return Ok(Proof::certain(format!("API Gateway may not assume {role}."))
            .because("logs:FilterLogEvents", line.group, "does not have permission to assume the provided role")
            .command(
                format!("{advice}: the command puts this trust in the place of the role's own"),
                trusting(case, &name, None),
            ));
    }
    if !is_own {
        return Err(Not::Silent);
    }
    let answer = match case.ask(Read::Role(name.clone())) {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says =
                format!("The integration calls with the role {name}; whether it trusts API Gateway was not read.");
            let proof = Proof::possible(says).because(callee.met.source, "integration.credentials", role);
            return Ok(proof.without(&why).advice(advice));
        }
        answer => answer?,
    };
    let Some(answer) = answer else {
        return Ok(Proof::certain(format!("The role {name}, with which the integration calls, does not exist."))
            .because("iam:GetRole", "Role", Value::Null)
            .about(name)
            .advice("make the role, or correct the integration's credentials and deploy"));
    };
    let trust = answer.get("Role").and_then(|role| role.get("AssumeRolePolicyDocument"));
    if trust.is_some_and(|trust| trust.to_string().contains("apigateway.amazonaws.com")) {
        return Err(Not::refuted(format!("the role {name} trusts API Gateway")));
    }
    Ok(Proof::certain(format!("The role {name}, with which the integration calls, does not trust API Gateway."))
        .because("iam:GetRole", "Role.AssumeRolePolicyDocument", false)
        .command(advice, trusting(case, &name, trust))
        .about(name))
}

/// What lets a role trust API Gateway, beside whom it trusts already.
fn trusting(case: &Case<'_>, role: &str, trust: Option<&Value>) -> Aws {
    let own = trust.map(policy::statements).unwrap_or_default();
    let gateway = json!({
        "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "sts:AssumeRole",
    });
    let statements: Vec<&Value> = own.iter().chain([&gateway]).collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Aws::new("iam update-assume-role-policy")
        .option("--role-name", role)
        .option("--policy-document", &document.to_string())
        .option("--region", &case.facts.region)
}

#[cfg(test)]
mod tests;
