//! Credentials of another kind than a route asks for.

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::guard::{Guard, IdentitySource};
use crate::case::signal::Signal;
use crate::exchange::authorization::Authorization;
use crate::snapshot::ApiKind;

causes! {
    /// The request carries another kind of credentials than the route asks for
    ///
    /// ## What proves it
    ///
    /// The route asks for a token and the request carries a signature or a password; or it asks for a signature, and the
    /// request carries a token. A Lambda authorizer may take what it likes: a signature of AWS is likely not it, where it looks into
    /// `Authorization`, and possibly not, where it is given the whole request.
    ///
    /// ## What refutes it
    ///
    /// The kind is right.
    ///
    /// ## Remedy
    ///
    /// Send what the route asks for.
    ///
    /// ## Source
    ///
    /// Reported in public issue threads. Not verified on AWS.
    "wrong-authorizer-credentials-kind", Cause, Silent, wrong_kind;
}

fn wrong_kind(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::MissingAuthenticationToken, Signal::Unauthorized, Signal::Forbidden, Signal::AccessDenied])?;
    let carried = match &case.authorization {
        Authorization::None | Authorization::Other => return Err(Not::Silent),
        Authorization::SigV4(_) | Authorization::Presigned(_) => "a signature of AWS",
        Authorization::Jwt(_) | Authorization::Bearer => "a token",
        Authorization::Basic => "a name and a password",
    };
    let guard = Guard::of(case)?;
    if guard.authorization_type == "CUSTOM" {
        return to_function(case, &guard, carried);
    }
    let rest = guard.api.kind == ApiKind::Rest;
    let wanted = match (guard.authorization_type.as_str(), case.signal()) {
        // A REST API does not refuse callers of its own with a bare Forbidden, and asks for signatures in its own words.
        ("AWS_IAM", Some(Signal::Forbidden)) if rest => return Err(Not::Silent),
        ("AWS_IAM", Some(Signal::AccessDenied)) => return Err(Not::Silent),
        ("AWS_IAM", _) => "a signature of AWS",
        ("COGNITO_USER_POOLS" | "JWT", None | Some(Signal::Unauthorized)) => "a token",
        _ => return Err(Not::Silent),
    };
    if carried == wanted {
        return Err(Not::refuted(format!("{} asks for {wanted}, and the request carries it", guard.key)));
    }
    let text = format!("{} asks for {wanted}, and the request carries {carried}.", guard.key);
    Ok(guard
        .because(Proof::likely(text))
        .because("request", "headers.Authorization", carried)
        .advice(format!("send {wanted}")))
}

/// That a signature goes to a Lambda authorizer. What its function takes is not known; few check signatures of AWS, which API
/// Gateway would.
fn to_function(case: &Case<'_>, guard: &Guard<'_, '_>, carried: &str) -> Examined {
    let is_signed = matches!(case.authorization, Authorization::SigV4(_));
    let is_refused = match guard.api.kind {
        ApiKind::Rest => matches!(case.signal(), Some(Signal::Unauthorized | Signal::AccessDenied)),
        ApiKind::Http => matches!(case.signal(), Some(Signal::Unauthorized | Signal::Forbidden)),
        ApiKind::WebSocket => false,
    };
    if !is_signed || !is_refused {
        return Err(Not::Silent);
    }
    let says = format!("{} asks a Lambda authorizer, and the request carries {carried}.", guard.key);
    let proof = guard.because(Proof::likely(says)).because("request", "headers.Authorization", carried);
    let proof = proof.advice("send what the authorizer's function takes, a token as a rule, and no signature");
    let used = match guard.authorizer() {
        Err(Not::Unread(why)) => return Ok(proof.without(&why)),
        used => used?,
    };
    let sources = used.identity_sources();
    let is_here = |source: &IdentitySource<'_>| match source {
        IdentitySource::Header(name) => name.eq_ignore_ascii_case("authorization"),
        IdentitySource::Query(_) | IdentitySource::StageVariable(_) | IdentitySource::Other(_) => false,
    };
    match sources.iter().any(is_here) {
        true => Ok(proof),
        // Everything is shown to the function.
        false if sources.is_empty() => Ok(proof.at_most(Confidence::Possible)),
        false => Err(Not::refuted(format!("the authorizer {} does not look into Authorization", used.name))),
    }
}

#[cfg(test)]
mod tests;
