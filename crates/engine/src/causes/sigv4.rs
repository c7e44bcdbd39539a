//! What is wrong with how a request is signed: a missing part, another service, region or time.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::function_url::FunctionUrl;
use crate::case::guard::Guard;
use crate::case::signal::Signal;
use crate::exchange::authorization::{Authorization, SigV4};
use crate::exchange::host::Host;
use crate::snapshot::ApiKind;

causes! {
    /// The signature lacks a part
    ///
    /// ## What proves it
    ///
    /// `Credential`, `SignedHeaders`, `Signature` or the date is missing from what the request carries, or white space of a
    /// copied key stands inside a part.
    ///
    /// ## What refutes it
    ///
    /// All parts are there.
    ///
    /// ## Remedy
    ///
    /// Let an SDK or `curl --aws-sigv4` sign, and take white space off the keys.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-incomplete-authorization", Cause, Silent, incomplete;

    /// The signature is for another service
    ///
    /// ## What proves it
    ///
    /// The credential's scope names a service other than `execute-api`.
    ///
    /// ## What refutes it
    ///
    /// The scope names `execute-api`.
    ///
    /// ## Remedy
    ///
    /// Sign for the service `execute-api`. (`apigateway` is the control plane.)
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-wrong-service", Cause, Silent, wrong_service;

    /// The signature is for another region
    ///
    /// ## What proves it
    ///
    /// The credential's scope names another region than the host, or than that of the API behind the custom domain name.
    ///
    /// ## What refutes it
    ///
    /// The two are equal.
    ///
    /// ## Remedy
    ///
    /// Sign for the API's own region, edge-optimised APIs included.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-wrong-region", Cause, Silent, wrong_region;

    /// The credential's date is not that of the request
    ///
    /// ## What proves it
    ///
    /// The date in the credential's scope differs from the day of `X-Amz-Date`.
    ///
    /// ## What refutes it
    ///
    /// The two are equal.
    ///
    /// ## Remedy
    ///
    /// Take both from one moment, in UTC.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-date-scope-mismatch", Cause, Silent, date_scope;

    /// The signature's time is not AWS's time
    ///
    /// ## What proves it
    ///
    /// `X-Amz-Date` and the answer's time are more than five minutes apart; of a presigned URL, the time that it was made for
    /// is over.
    ///
    /// ## What refutes it
    ///
    /// They are not.
    ///
    /// ## Remedy
    ///
    /// Set the caller's clock by NTP, and sign each request anew.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-clock-skew", Cause, Silent, clock_skew;
}

/// The signature that a request carries, in its header or in its query.
pub(super) fn signature<'c>(case: &'c Case<'_>) -> Option<&'c SigV4> {
    match &case.authorization {
        Authorization::SigV4(signature) | Authorization::Presigned(signature) => Some(signature),
        _ => None,
    }
}

/// Where the parts of a signature stand, for evidence.
pub(super) fn place(case: &Case<'_>) -> &'static str {
    match case.authorization {
        Authorization::Presigned(_) => "query.X-Amz-Credential",
        _ => "headers.Authorization",
    }
}

pub(super) fn header_has(case: &Case<'_>, part: &str) -> bool {
    case.request.headers.all("authorization").any(|value| value.to_ascii_lowercase().contains(part))
}

/// The key of the route that takes the request, if it wants a signature.
pub(super) fn iam_route<'c, 'a>(case: &'c Case<'a>) -> Result<Guard<'c, 'a>, Not> {
    if case.target()?.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let guard = Guard::of(case)?;
    if guard.authorization_type == "AWS_IAM" {
        return Ok(guard);
    }
    Err(Not::refuted(format!("{} {} {}, not AWS_IAM", guard.key, guard.has(), guard.authorization_type)))
}

fn incomplete(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::IncompleteSignature])?;
    at_gateway(case)?;
    if case.is_unsent() {
        iam_route(case)?;
    }
    let missing = match signature(case) {
        Some(signature) => missing_parts(signature, matches!(case.authorization, Authorization::Presigned(_))),
        None if header_has(case, "credential=") => vec!["AWS4-HMAC-SHA256"],
        None => return Err(Not::Silent),
    };
    let advice = "let an SDK or curl --aws-sigv4 sign the request, and take white space off the keys";
    if !missing.is_empty() {
        let list = missing.join(", ");
        return Ok(Proof::certain(format!("The signature lacks {list}."))
            .because("request", place(case), json!({ "missing": missing }))
            .advice(advice));
    }
    if signature(case).is_some_and(|signature| signature.has_stray_white_space) {
        return Ok(Proof::certain(
            "White space stands inside a part of the signature, as a copied key brings it along.",
        )
        .because("request", place(case), json!({ "whiteSpace": true }))
        .advice(advice));
    }
    Err(Not::refuted("all parts of the signature are there"))
}

/// The parts that a signature lacks, as AWS names them.
pub(super) fn missing_parts(signature: &SigV4, is_presigned: bool) -> Vec<&'static str> {
    let SigV4 { access_key_id, date, region, service, signed_headers, has_signature, signed_at, .. } = signature;
    let has_scope =
        access_key_id.is_some() && date.is_some() && service.is_some() && (region.is_some() || signature.is_asymmetric);
    let at_sending = signature.is_made_at_sending;
    let parts = [
        (has_scope || at_sending, "Credential"),
        (signed_headers.is_some() || at_sending, "SignedHeaders"),
        (*has_signature || at_sending, "Signature"),
        (signed_at.is_some() || at_sending, if is_presigned { "X-Amz-Date" } else { "X-Amz-Date or Date" }),
    ];
    parts.into_iter().filter(|(has, _)| !has).map(|(_, name)| name).collect()
}

/// That the gateway answers here, by an `execute-api` name or one that may lead to it.
pub(super) fn at_gateway(case: &Case<'_>) -> Result<(), Not> {
    match case.host {
        Host::ExecuteApi { .. } | Host::ExecuteApiVpce { .. } | Host::DomainTarget { .. } => Ok(()),
        // What CloudFront hands on to a function's URL comes to no API.
        Host::CloudFront | Host::Other => match FunctionUrl::of(case) {
            Err(Not::Wanted) => Err(Not::Wanted),
            Ok(_) => Err(Not::Silent),
            Err(_) => Ok(()),
        },
        _ => Err(Not::Silent),
    }
}

/// A signature that AWS refuses, and whether the answer says that it is for this reason.
struct Refused<'c> {
    signature: Option<&'c SigV4>,
    named: Option<&'static str>,
}

/// What AWS says of a signature before it compares it with its own.
const COMPLAINTS: [&str; 6] = [
    "correct service",
    "valid region",
    "Date in Credential scope",
    "Signature expired",
    "Signature not yet current",
    "request signature we calculated",
];

/// The signature of a case whose answer names one of these complaints, or none that is known.
fn refused<'c>(case: &'c Case<'_>, own: &[&'static str]) -> Result<Refused<'c>, Not> {
    case.shows(&[Signal::InvalidSignature])?;
    at_gateway(case)?;
    let signature = signature(case);
    let Ok(response) = case.response() else {
        // Nothing was sent: only a route that wants a signature looks at it.
        signature.ok_or(Not::Silent)?;
        iam_route(case)?;
        return Ok(Refused { signature, named: None });
    };
    let text = case.message().unwrap_or_else(|| response.body.clone());
    let named = own.iter().copied().find(|part| text.contains(part));
    if named.is_none() && COMPLAINTS.iter().any(|part| text.contains(part)) {
        return Err(Not::Silent);
    }
    Ok(Refused { signature, named })
}

impl Refused<'_> {
    /// A proof from the answer alone, where the signature is not part of what is known of the request.
    fn by_text(&self, says: &str) -> Examined {
        let named = self.named.ok_or(Not::Silent)?;
        Ok(Proof::likely(says).because("response", "body.message", named))
    }
}

fn wrong_service(case: &Case<'_>) -> Examined {
    let refused = refused(case, &["correct service"])?;
    let region = case.host.region().unwrap_or(&case.facts.region);
    let advice = format!("sign for the service execute-api: curl --aws-sigv4 aws:amz:{region}:execute-api");
    match refused.signature.and_then(|signature| signature.service.as_deref()) {
        Some("execute-api") => Err(Not::refuted("the signature is for execute-api")),
        Some(service) => {
            Ok(Proof::certain(format!("The signature is for the service {service}, not for execute-api."))
                .because("request", place(case), json!({ "service": service }))
                .advice(advice))
        }
        None => Ok(refused.by_text("The answer says that the signature is for another service.")?.advice(advice)),
    }
}

fn wrong_region(case: &Case<'_>) -> Examined {
    let refused = refused(case, &["valid region"])?;
    let Some(region) = refused.signature.and_then(|signature| signature.region.as_deref()) else {
        let proof = refused.by_text("The answer says that the signature is for another region.")?;
        return Ok(proof.advice("sign for the API's own region"));
    };
    let proof = |proof: Proof| proof.because("request", place(case), json!({ "region": region }));
    let own = match case.host.region() {
        Some(own) => own,
        None => match case.target() {
            Ok(_) => case.facts.region.as_str(),
            Err(Not::Unread(why)) if refused.named.is_some() => {
                let says = format!("The answer says that {region} is not the API's region.");
                return Ok(proof(Proof::likely(says)).without(&why).advice("sign for the API's own region"));
            }
            Err(not) => return Err(not),
        },
    };
    if own == region {
        return Err(Not::refuted(format!("the signature is for the API's own region, {own}")));
    }
    Ok(proof(Proof::certain(format!("The signature is for {region}, and the API is in {own}.")))
        .because("request", "url.host", own)
        .advice(format!("sign for {own}: curl --aws-sigv4 aws:amz:{own}:execute-api")))
}

fn date_scope(case: &Case<'_>) -> Examined {
    let refused = refused(case, &["Date in Credential scope"])?;
    let advice = "take the scope's date and X-Amz-Date from one moment, in UTC";
    let Some((signature, date)) = refused.signature.and_then(|own| Some((own, own.date.as_deref()?))) else {
        return Ok(refused.by_text("The answer says that the credential's date is not the request's.")?.advice(advice));
    };
    let Some(at) = signature.timestamp() else { return Err(Not::Silent) };
    let day = at.strftime("%Y%m%d").to_string();
    if day == date {
        return Err(Not::refuted("the credential's date is the request's"));
    }
    Ok(Proof::certain(format!("The credential's scope is of {date}, and the request of {day}."))
        .because("request", place(case), json!({ "date": date }))
        .because("request", "headers.X-Amz-Date", day)
        .advice(advice))
}

fn clock_skew(case: &Case<'_>) -> Examined {
    let refused = refused(case, &["Signature expired", "Signature not yet current"])?;
    let advice = "set the caller's clock by NTP, and sign each request anew";
    let Some(signed_at) = refused.signature.and_then(SigV4::timestamp) else {
        return Ok(refused.by_text("The answer says that the signature's time is not AWS's.")?.advice(advice));
    };
    let Some(answered_at) = answered_at(case) else {
        return Ok(refused.by_text("The answer says that the signature's time is not AWS's.")?.advice(advice));
    };
    let allowed = allowed(case);
    let late = answered_at.duration_since(signed_at);
    if late <= allowed && late >= -skew() {
        return Err(Not::refuted("the signature was made within the time that AWS allows"));
    }
    let minutes = late.as_mins().abs();
    let direction = if late.is_negative() { "after" } else { "before" };
    if case.is_unsent() {
        // When it was sent is not known: a command that is pasted later than it was made was right at its time.
        let presigned = matches!(case.authorization, Authorization::Presigned(_));
        return Ok(Proof::certain(format!(
            "The signature's time lies {minutes} minutes {direction} now, and {} are allowed: sent as it stands, it is refused.",
            allowed.as_mins()
        ))
        .because("request", "headers.X-Amz-Date", signed_at.to_string())
        .advice(advice)
        .at_most(if presigned { Confidence::Likely } else { Confidence::Possible }));
    }
    Ok(Proof::certain(format!(
        "The signature's time lies {minutes} minutes {direction} AWS's; {} are allowed.",
        allowed.as_mins()
    ))
    .because("request", "headers.X-Amz-Date", signed_at.to_string())
    .because("response", "headers.Date", answered_at.to_string())
    .advice(advice))
}

/// How far ahead of AWS's a signature's time may be.
pub(super) fn skew() -> SignedDuration {
    SignedDuration::from_mins(5)
}

/// How long a signature holds: five minutes, or what a presigned URL asks for.
pub(super) fn allowed(case: &Case<'_>) -> SignedDuration {
    let seconds = match case.authorization {
        Authorization::Presigned(_) => case.request.url.parameter("X-Amz-Expires").and_then(|text| text.parse().ok()),
        _ => None,
    };
    SignedDuration::from_secs(seconds.unwrap_or(300))
}

/// When AWS looked at the signature: by the answer's `Date`, or by its text (`… (20261010T120000Z - 5 min.)`).
pub(super) fn answered_at(case: &Case<'_>) -> Option<Timestamp> {
    let Ok(response) = case.response() else { return Some(case.at()) };
    if let Some(date) = response.date() {
        return Some(date);
    }
    let text = case.message()?;
    let (_, rest) = text.rsplit_once('(')?;
    let (moment, _) = rest.split_once(' ')?;
    SigV4 { signed_at: Some(moment.to_owned()), ..SigV4::default() }.timestamp()
}

#[cfg(test)]
mod tests;
