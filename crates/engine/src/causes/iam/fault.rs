//! What a request itself shows to be wrong with its signature, where the answer does not say why it refuses.

use serde_json::{Value, json};

use crate::case::Case;
use crate::causes::credentials::is_temporary;
use crate::causes::sigv4::{allowed, answered_at, missing_parts, place, skew};
use crate::exchange::authorization::{Authorization, SigV4};

/// A fault of a signature.
pub(super) struct Fault {
    /// What it is, as the end of a sentence.
    pub(super) says: String,
    /// Where in the request it shows.
    pub(super) place: &'static str,
    pub(super) value: Value,
    pub(super) advice: &'static str,
}

impl Fault {
    /// The first fault that shows.
    pub(super) fn of(case: &Case<'_>, signature: &SigV4) -> Option<Fault> {
        lacking(case, signature).or_else(|| without_token(signature)).or_else(|| of_another_time(case, signature))
    }
}

fn lacking(case: &Case<'_>, signature: &SigV4) -> Option<Fault> {
    let missing = missing_parts(signature, matches!(case.authorization, Authorization::Presigned(_)));
    (!missing.is_empty()).then(|| Fault {
        says: format!("the signature lacks {}", missing.join(", ")),
        place: place(case),
        value: json!({ "missing": missing }),
        advice: "let an SDK or curl --aws-sigv4 sign the request",
    })
}

fn without_token(signature: &SigV4) -> Option<Fault> {
    let lacks = signature.access_key_id.as_deref().is_some_and(is_temporary) && !signature.has_session_token;
    lacks.then(|| Fault {
        says: "the access key is a temporary one (ASIA…), whose session token is not sent".to_owned(),
        place: "headers.X-Amz-Security-Token",
        value: Value::Null,
        advice: "send the session token, too: curl -H \"x-amz-security-token: $AWS_SESSION_TOKEN\"",
    })
}

fn of_another_time(case: &Case<'_>, signature: &SigV4) -> Option<Fault> {
    let signed_at = signature.timestamp()?;
    let day = signed_at.strftime("%Y%m%d").to_string();
    if let Some(date) = signature.date.as_ref().filter(|date| **date != day) {
        return Some(Fault {
            says: format!("the credential's scope is of {date}, the request of {day}"),
            place: place(case),
            value: json!({ "date": date }),
            advice: "take the scope's date and X-Amz-Date from one moment, in UTC",
        });
    }
    let late = answered_at(case)?.duration_since(signed_at);
    let is_within = late <= allowed(case) && late >= -skew();
    (!is_within).then(|| Fault {
        says: format!(
            "the signature's time lies {} minutes {} AWS's; {} are allowed",
            late.as_mins().abs(),
            if late.is_negative() { "after" } else { "before" },
            allowed(case).as_mins()
        ),
        place: "headers.X-Amz-Date",
        value: json!(signed_at.to_string()),
        advice: "set the caller's clock by NTP, and sign each request anew",
    })
}
