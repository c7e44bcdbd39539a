//! What is wrong with the credentials that a request is signed with: unknown, expired, without their session token.

use serde_json::{Value, json};

use super::sigv4::{at_gateway, place, signature};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::facts::Read;
use crate::case::guard::Guard;
use crate::case::signal::{Answerer, Signal};
use crate::command::Aws;
use crate::observed::{NotRead, Why};
use crate::reads::AccessKeyId;

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
    /// The answer says that the security token is invalid, and the access key is not a temporary one without its token. Of a
    /// user's own key (`AKIA…`) IAM is asked: it is certain where IAM knows no such key, or the user's list lacks it or holds it
    /// as not active, and no session token is sent along, which may be the one that is invalid. Temporary keys IAM does not list:
    /// it is likely then, and where IAM was not read. Where IAM holds the key as active it is possible only: it may have been
    /// made or activated since.
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
pub(super) fn is_temporary(access_key_id: &str) -> bool {
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
    let says = "AWS does not know the access key, or it is not active.";
    let Some(signature) = signature(case) else {
        let says = format!("{says} Whether IAM knows it was not read.");
        let proof = Proof::possible(says).because("response", "body.message", INVALID);
        return Ok(proof.advice(USE_ANOTHER));
    };
    let is_temporary = signature.access_key_id.as_deref().is_some_and(is_temporary);
    if is_temporary && !signature.has_session_token {
        return Err(Not::refuted("the access key is a temporary one, and its session token is missing"));
    }
    let proof = match signature.access_key_id.as_deref().and_then(AccessKeyId::of_user) {
        Some(key) if is_gateways_own(case)? => held(case, &key)?,
        _ => Proof::likely(format!("{says} Whether IAM knows it was not read.")).advice(USE_ANOTHER),
    };
    // The token that is invalid may be the session's, which a user's own key has none of.
    let proof = if signature.has_session_token { proof.at_most(Confidence::Likely) } else { proof };
    Ok(proof.because("response", "body.message", INVALID).because(
        "request",
        place(case),
        json!({ "isTemporary": is_temporary }),
    ))
}

const INVALID: &str = "security token … is invalid";

const USE_ANOTHER: &str = "use an access key that is active, of this partition: aws iam get-access-key-last-used tells whose a key is, \
                           and aws iam list-access-keys which of a user's own are active";

/// Whether API Gateway itself gave the answer, or may have: what a function or another service passes on is about keys of its own.
fn is_gateways_own(case: &Case<'_>) -> Result<bool, Not> {
    let may_be = matches!(case.answerer(), Answerer::RestApi | Answerer::HttpApi | Answerer::Unknown);
    Ok(if_known(at_gateway(case))?.is_some() && may_be)
}

const OWNER: &str = "iam:GetAccessKeyLastUsed";
const KEYS: &str = "iam:ListAccessKeys";

/// What IAM says of a user's own access key, whose id goes into no text.
fn held(case: &Case<'_>, key: &AccessKeyId) -> Examined {
    let unknown = "AWS does not know the access key, or it is not active.";
    let unread = |why: &NotRead| {
        let says = format!("{unknown} Whether IAM holds it as active was not read.");
        Proof::likely(says).without(why).advice(USE_ANOTHER)
    };
    let owner = match case.ask(Read::AccessKeyOwner(key.clone())) {
        // Whose key it is comes first: without it there is no user whose keys could be listed.
        Err(Not::Unread(why)) => {
            let (call, message) = (KEYS.to_owned(), "whose access key it is was not read".to_owned());
            let keys = NotRead { why: Why::NotNeeded, needs: call.clone(), call, message, ..why.clone() };
            return Ok(unread(&why).without(&keys));
        }
        owner => owner?,
    };
    let Some(owner) = owner else {
        return Ok(Proof::certain(
            "IAM knows no such access key: it was deleted, or is of another account or partition.",
        )
        .because(OWNER, "UserName", Value::Null)
        .advice(USE_ANOTHER));
    };
    let Some(user) = owner.get("UserName").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Ok(Proof::likely(format!("{unknown} IAM does not tell whose it is.")).advice(USE_ANOTHER));
    };
    let keys = match case.ask(Read::AccessKeys(user.to_owned())) {
        Err(Not::Unread(why)) => return Ok(unread(&why).because(OWNER, "UserName", user)),
        keys => keys?,
    };
    let Some(keys) = keys.and_then(|answer| answer.get("AccessKeyMetadata")?.as_array()) else {
        // The account's own keys are not those of a user.
        let says = format!("{unknown} IAM has no user {user} whose keys it lists.");
        return Ok(Proof::likely(says).because(OWNER, "UserName", user).advice(USE_ANOTHER));
    };
    let own = keys.iter().find(|own| own.get("AccessKeyId").is_some_and(|id| id == key.as_str()));
    let status = own.map(|own| own.get("Status").and_then(Value::as_str).unwrap_or_default());
    let proof = match status {
        None => Proof::certain(format!("The access key is none of those that IAM user {user} has: it was deleted.")),
        Some(status @ ("Inactive" | "Expired")) => {
            Proof::certain(format!("The access key of IAM user {user} is not active: its status is {status}."))
        }
        Some(status) => {
            let says = format!(
                "{unknown} IAM holds the key of user {user} as {status} now: it may have been made or activated since."
            );
            return Ok(Proof::possible(says).despite(KEYS, "AccessKeyMetadata.Status", status).advice(USE_ANOTHER));
        }
    };
    let list = Aws::new("iam list-access-keys").option("--user-name", user).option("--region", &case.facts.region);
    Ok(proof
        .because(OWNER, "UserName", user)
        .because(KEYS, "AccessKeyMetadata.Status", status)
        .command("sign with an access key that is active: the user's are listed by the command", list))
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
