//! A function URL does not take the signature: the client's own, or the one that something on the way made.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::distribution::Front;
use crate::case::function_url::FunctionUrl;
use crate::case::signal::Answerer;
use crate::exchange::authorization::Authorization;
use crate::exchange::body::Body;
use crate::observed::NotRead;

const MISMATCH: &str = "The request signature we calculated does not match";

const AS_CLOUDFRONT_SIGNS: &str = "sign for the URL's own host; behind CloudFront use AllViewerExceptHostHeader, and let clients send x-amz-content-sha256";

pub(super) fn signature(case: &Case<'_>) -> Examined {
    let text = case.response()?.body.contains("request signature we calculated");
    let own = match &case.authorization {
        Authorization::SigV4(own) | Authorization::Presigned(own) => Some(own),
        _ => None,
    };
    let url = match FunctionUrl::refusing(case) {
        // Nobody but CloudFront signs what came to it without a signature.
        Err(Not::Unread(why)) if text && own.is_none() => return signed_before(case, &why),
        url => url?,
    };
    let Some(own) = own else {
        return match &url.front {
            _ if !text => Err(Not::Silent),
            Some(front) => Ok(signed_by(case, front)),
            None => Ok(signed_on_the_way(case)),
        };
    };
    let service = own.service.as_deref().unwrap_or_default();
    if service != "lambda" {
        return Ok(Proof::likely(format!(
            "The request is signed for {service}, and function URLs are signed for lambda."
        ))
        .because("request", "headers.Authorization Credential", service)
        .advice("sign for the service lambda"));
    }
    if !text {
        return Err(Not::Silent);
    }
    let proof = match &url.front {
        Some(front) => by_front(
            front,
            Proof::likely(format!(
                "The client signs for {}, and CloudFront asks {}: Lambda gets another Host than was signed.",
                case.request.url.host, url.host
            )),
        ),
        None => Proof::likely(
            "The signature is not the one of what Lambda got: another Host, or a body whose hash was not sent.",
        ),
    };
    Ok(proof.because("response", "body.Message", MISMATCH).advice(AS_CLOUDFRONT_SIGNS))
}

/// Whether the request has a body, and does not send its hash, which CloudFront does not make itself.
fn lacks_hash(case: &Case<'_>) -> bool {
    let has_body = !matches!(&case.request.body, Body::Absent) && case.request.body.text() != Some("");
    has_body && !case.request.headers.has("x-amz-content-sha256")
}

/// The client signs nothing, and the answer is about a signature: CloudFront's origin access control made it, or something
/// else on the way.
fn signed_on_the_way(case: &Case<'_>) -> Proof {
    let lacks_hash = lacks_hash(case);
    let why = if lacks_hash { "the client does not send the hash of its body" } else { "it may be of another Host" };
    let says = format!(
        "The request has no signature; something on the way signs it, as CloudFront's origin access control does, and {why}."
    );
    unsigned(lacks_hash, Proof::likely(says)).advice(AS_CLOUDFRONT_SIGNS)
}

/// A proof by what the client does not send.
fn unsigned(lacks_hash: bool, proof: Proof) -> Proof {
    let proof = proof.because("response", "body.Message", MISMATCH);
    let proof = proof.because("request", "headers.Authorization", Value::Null);
    match lacks_hash {
        true => proof.because("request", "headers.x-amz-content-sha256", Value::Null),
        false => proof,
    }
}

/// A proof by the distribution's origin.
fn by_front(front: &Front, proof: Proof) -> Proof {
    let source = "cloudfront:ListDistributions";
    let proof = proof.because(source, "Origins[].DomainName", front.origin.domain_name.clone());
    match front.origin.origin_access_control_id.as_str() {
        "" => proof,
        id => proof.because(source, "Origins[].OriginAccessControlId", id),
    }
}

/// The same, of a distribution that was read.
fn signed_by(case: &Case<'_>, front: &Front) -> Proof {
    let lacks_hash = lacks_hash(case);
    let origin = &front.origin.domain_name;
    let who = match front.origin.origin_access_control_id.as_str() {
        "" => "something on the way signs it",
        _ => "CloudFront's origin access control signs it",
    };
    let begins = format!("The request has no signature; {who} for {origin}");
    if front.behavior.forwards_host() {
        let host = &case.request.url.host;
        let (path, value) = front.behavior.handing_on();
        let says = format!("{begins}, and CloudFront hands the Host {host} on, which is another.");
        return unsigned(false, by_front(front, Proof::likely(says)))
            .because("cloudfront:ListDistributions", path, value)
            .advice("use the managed origin request policy AllViewerExceptHostHeader (b689b0a8-53d0-40ab-baf2-68738e2966ac)");
    }
    if lacks_hash {
        let says = format!("{begins}, and the client does not send the hash of its body.");
        return unsigned(true, by_front(front, Proof::likely(says)))
            .advice("let clients send x-amz-content-sha256 with the hash of the body");
    }
    let says = format!("{begins}, and Lambda got another request than was signed.");
    unsigned(false, by_front(front, Proof::likely(says))).advice(AS_CLOUDFRONT_SIGNS)
}

/// The same, where the distribution was not read: what CloudFront signs for are function URLs and S3, and the latter answers
/// in XML.
fn signed_before(case: &Case<'_>, why: &NotRead) -> Examined {
    let response = case.response()?;
    if case.answerer() == Answerer::S3 || response.json().is_none() || case.request.headers.may_have("authorization") {
        return Err(why.into());
    }
    Ok(signed_on_the_way(case).without(why))
}
