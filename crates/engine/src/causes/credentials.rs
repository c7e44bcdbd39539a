//! What is wrong with the credentials that a request is signed with: unknown, expired, without their session token.

use serde_json::{Value, json};

use super::sigv4::{place, signature};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::guard::Guard;
use crate::case::signal::Signal;

causes! {
    /// Temporary credentials are used without their session token
    ///
    /// ## What proves it
    ///
    /// The access key's id begins with `ASIA`, as those of roles, single sign-on, MFA sessions and Cognito identities do, and
    /// the request carries no `X-Amz-Security-Token`.
    ///
    /// ## What refutes it
    ///
    /// The token is sent, or the access key is a user's own (`AKIA`).
    ///
    /// ## Remedy
    ///
    /// Send the session token in `x-amz-security-token`; `AWS_SESSION_TOKEN` holds it.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>
    "sigv4-session-token-missing", Cause, Silent, session_token;

    /// AWS does not know the access key
    ///
    /// ## What proves it
    ///
    /// The answer says that the security token is invalid, and the access key is not a temporary one without its token. It is
    /// never certain: whether IAM knows the access key, and holds it active, is not read.
    ///
    /// ## What refutes it
    ///
    /// A temporary access key without its session token: that is another cause.
    ///
    /// ## Remedy
    ///
    /// Use an access key that is active, of this partition (China and GovCloud have their own).
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>
    "sigv4-access-key-unknown", Cause, Silent, access_key;

    /// The session token has expired
    ///
    /// ## What proves it
    ///
    /// The answer says so.
    ///
    /// ## What refutes it
    ///
    /// Any other answer.
    ///
    /// ## Remedy
    ///
    /// Get new temporary credentials.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "sigv4-token-expired", Cause, Silent, token_expired;
}

/// Whether an access key's id is one of temporary credentials.
fn is_temporary(access_key_id: &str) -> bool {
    access_key_id.starts_with("ASIA")
}

fn session_token(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::UnrecognizedClient])?;
    let signature = signature(case).ok_or(Not::Silent)?;
    if !signature.access_key_id.as_deref().is_some_and(is_temporary) {
        return Err(Not::refuted("the access key is not a temporary one"));
    }
    if signature.has_session_token {
        return Err(Not::refuted("a session token is sent"));
    }
    if case.is_unsent() && Guard::of(case)?.authorization_type != "AWS_IAM" {
        return Err(Not::Silent);
    }
    Ok(Proof::certain(
        "The access key is a temporary one (ASIA…), and the session token that belongs to it is not sent.",
    )
    .because("request", place(case), "ASIA…")
    .because("request", "headers.X-Amz-Security-Token", Value::Null)
    .advice("send the session token, too: curl -H \"x-amz-security-token: $AWS_SESSION_TOKEN\""))
}

fn access_key(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::UnrecognizedClient])?;
    case.response()?;
    let says = "AWS does not know the access key, or it is not active. Whether IAM knows it was not read.";
    let advice = "use an access key that is active, of this partition: aws iam get-access-key-last-used tells whose a key is, \
                  and aws iam list-access-keys which of a user's own are active";
    let Some(signature) = signature(case) else {
        let proof = Proof::possible(says).because("response", "body.message", "security token … is invalid");
        return Ok(proof.advice(advice));
    };
    let is_temporary = signature.access_key_id.as_deref().is_some_and(is_temporary);
    if is_temporary && !signature.has_session_token {
        return Err(Not::refuted("the access key is a temporary one, and its session token is missing"));
    }
    Ok(Proof::likely(says)
        .because("response", "body.message", "security token … is invalid")
        .because("request", place(case), json!({ "isTemporary": is_temporary }))
        .advice(advice))
}

fn token_expired(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::ExpiredToken])?;
    case.response()?;
    Ok(Proof::certain("The answer says that the session token has expired.")
        .because("response", "body.message", "security token … is expired")
        .advice(
            "get new temporary credentials, and sign with them: aws sts get-caller-identity tells whether they hold",
        ))
}
