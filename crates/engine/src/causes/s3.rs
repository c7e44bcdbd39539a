//! S3's REST API: signatures, headers, regions.

mod canonical;
pub(super) mod expired;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::exchange::authorization::{Authorization, SigV4};
use crate::exchange::host::Host;
use crate::secret;

causes! {
    /// The request is signed for another service name than s3
    ///
    /// ## What proves it
    ///
    /// The scope of the signature names a service that is not `s3` to the letter. Postman adds `x-amz-content-sha256` for
    /// this name alone.
    ///
    /// ## What refutes it
    ///
    /// `s3`.
    ///
    /// ## Remedy
    ///
    /// Sign for the service `s3`, in lower case.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    "s3-service-name-case", Cause, Silent, service_name;

    /// The hash of the body is missing
    ///
    /// ## What proves it
    ///
    /// S3 says that `x-amz-content-sha256` is missing, and the request has a signature and no such header.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Send the hash of the body, or `UNSIGNED-PAYLOAD`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    "s3-content-sha256-missing", Cause, Silent, hash_missing;

    /// The hash of the body is not that of the body
    ///
    /// ## What proves it
    ///
    /// S3 says `XAmzContentSHA256Mismatch`, or the hash that is sent is not that of the body that is sent.
    ///
    /// ## What refutes it
    ///
    /// The two are the same.
    ///
    /// ## Remedy
    ///
    /// Hash the bytes that are sent in the end.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-payload-hash-mismatch", Cause, Silent, hash_mismatch;

    /// The session token is missing
    ///
    /// ## What proves it
    ///
    /// S3 does not know the access key; it begins with `ASIA`, and no `x-amz-security-token` is sent.
    ///
    /// ## What refutes it
    ///
    /// The token is there.
    ///
    /// ## Remedy
    ///
    /// Send the token that came with the temporary credentials.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>
    "s3-session-token-missing", Cause, Silent, token_missing;

    /// The session token has expired, or is none
    ///
    /// ## What proves it
    ///
    /// S3 says `ExpiredToken` or `InvalidToken`.
    ///
    /// ## What refutes it
    ///
    /// Nothing: the code is S3's own.
    ///
    /// ## Remedy
    ///
    /// Renew the temporary credentials.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-token-expired-or-invalid", Cause, Silent, token_expired;

    /// The access key does not exist
    ///
    /// ## What proves it
    ///
    /// S3 says `InvalidAccessKeyId` of a key that is not temporary: it was deleted, is inactive, or belongs to another
    /// partition. Which does not show.
    ///
    /// ## What refutes it
    ///
    /// A key that begins with `ASIA`.
    ///
    /// ## Remedy
    ///
    /// Use a key that is active.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-access-key-unknown", Cause, Silent, key_unknown;

    /// The request is signed for another region than the bucket's
    ///
    /// ## What proves it
    ///
    /// S3 names the region that it expects, in the answer or in `x-amz-bucket-region`, or the endpoint to ask, whose name has
    /// it. A redirect of S3's that names none of them is likely to be to another region, and one without a code is possibly so.
    ///
    /// ## What refutes it
    ///
    /// The regions are the same.
    ///
    /// ## Remedy
    ///
    /// Sign for the bucket's region, and call its endpoint.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-region-wrong", Cause, Silent, region;

    /// The client's clock is wrong
    ///
    /// ## What proves it
    ///
    /// S3 says `RequestTimeTooSkewed`: the request's time is more than 15 minutes off.
    ///
    /// ## What refutes it
    ///
    /// Nothing: the code is S3's own.
    ///
    /// ## Remedy
    ///
    /// Set the clock.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-clock-skew", Cause, Silent, clock;

    /// The request identifies its sender twice
    ///
    /// ## What proves it
    ///
    /// S3 says that only one mechanism is allowed, and the request has a signature in its query and an `Authorization`
    /// header.
    ///
    /// ## What refutes it
    ///
    /// One of the two alone.
    ///
    /// ## Remedy
    ///
    /// Leave the header out of requests with a presigned URL.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-two-auth-mechanisms", Cause, Silent, twice;

    /// The signature is not the one that S3 computes
    ///
    /// ## What proves it
    ///
    /// S3 says `SignatureDoesNotMatch`. Its answer holds the canonical request that it computed: the difference to what was
    /// sent, in method, path, a header or the hash of the body, names the fault; without one it is likely that the secret is wrong.
    ///
    /// ## What refutes it
    ///
    /// Nothing: the code is S3's own.
    ///
    /// ## Remedy
    ///
    /// Compare `CanonicalRequest` of the answer with the client's, line by line.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    "s3-signature-mismatch", Cause, Silent, signature;

    /// The sender may not do that with the bucket
    ///
    /// ## What proves it
    ///
    /// S3 says `AccessDenied`: the bucket's policy, its Block Public Access, a key of KMS or the sender's own policies refuse.
    /// They are not read.
    ///
    /// ## What refutes it
    ///
    /// S3 says `Request has expired` besides: it then refuses the presigned URL's age, and nobody.
    ///
    /// ## Remedy
    ///
    /// Look at the bucket's policy and at Block Public Access, which also closes buckets whose policy opens them.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
    "s3-access-denied", Cause, Silent, denied;
}

/// The text of an element of S3's answer, which is flat: `<Code>AccessDenied</Code>`.
fn element<'a>(case: &Case<'a>, name: &str) -> Option<&'a str> {
    let body = &case.response().ok()?.body;
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// That S3 answered with one of these codes.
fn code<'a>(case: &Case<'a>, codes: &[&str]) -> Result<&'a str, Not> {
    let is_s3 = matches!(case.host, Host::S3 { .. }) || case.response()?.headers.has("x-amz-id-2");
    let code = element(case, "Code").ok_or(Not::Silent)?;
    if is_s3 && codes.contains(&code) { Ok(code) } else { Err(Not::Silent) }
}

fn signature_of<'c>(case: &'c Case<'_>) -> Option<&'c SigV4> {
    match &case.authorization {
        Authorization::SigV4(own) | Authorization::Presigned(own) => Some(own),
        _ => None,
    }
}

fn service_name(case: &Case<'_>) -> Examined {
    code(case, &["InvalidRequest", "AuthorizationHeaderMalformed", "AccessDenied", "SignatureDoesNotMatch"])?;
    let service = signature_of(case).and_then(|own| own.service.as_deref()).ok_or(Not::Silent)?;
    if ["s3", "s3express", "s3-object-lambda", "s3-outposts"].contains(&service) {
        return Err(Not::refuted("the signature is for the service s3"));
    }
    Ok(Proof::certain(format!("The request is signed for the service {service:?}, and S3's is s3."))
        .because("request", "headers.Authorization Credential", service)
        .advice("sign for the service s3, in lower case (in Postman: Service Name)"))
}

fn hash_missing(case: &Case<'_>) -> Examined {
    code(case, &["InvalidRequest", "MissingSecurityHeader"])?;
    if !element(case, "Message").is_some_and(|text| text.contains("x-amz-content-sha256")) {
        return Err(Not::Silent);
    }
    if case.request.headers.has("x-amz-content-sha256") {
        return Err(Not::refuted("the request has x-amz-content-sha256"));
    }
    Ok(Proof::certain("S3 wants the hash of the body in x-amz-content-sha256, which the request lacks.")
        .because("request", "headers.x-amz-content-sha256", Value::Null)
        .advice("send x-amz-content-sha256: the hash of the body, or UNSIGNED-PAYLOAD"))
}

fn hash_mismatch(case: &Case<'_>) -> Examined {
    let code = code(case, &["XAmzContentSHA256Mismatch", "SignatureDoesNotMatch"])?;
    let sent = case.request.headers.get("x-amz-content-sha256").unwrap_or_default();
    let body = case.request.body.text().unwrap_or_default();
    let own = secret::hex(&Sha256::digest(body), 64);
    let is_hash = sent.len() == 64 && sent.chars().all(|c| c.is_ascii_hexdigit());
    let differs = is_hash && case.request.body.text().is_some() && !sent.eq_ignore_ascii_case(&own);
    if code == "SignatureDoesNotMatch" && !differs {
        return Err(Not::Silent);
    }
    Ok(Proof::certain("x-amz-content-sha256 is not the hash of the body that S3 got.")
        .because("response", "Error.Code", code)
        .advice("hash the bytes that are sent in the end"))
}

fn token_missing(case: &Case<'_>) -> Examined {
    code(case, &["InvalidAccessKeyId"])?;
    let own = signature_of(case).ok_or(Not::Silent)?;
    if !own.access_key_id.as_deref().is_some_and(|key| key.starts_with("ASIA")) {
        return Err(Not::Silent);
    }
    if own.has_session_token {
        return Err(Not::refuted("the request has a session token"));
    }
    Ok(Proof::certain("The access key is temporary (ASIA…), and the request lacks its session token.")
        .because("request", "headers.x-amz-security-token", Value::Null)
        .advice("send the token that came with the temporary credentials as x-amz-security-token"))
}

fn token_expired(case: &Case<'_>) -> Examined {
    let code = code(case, &["ExpiredToken", "InvalidToken"])?;
    let says = if code == "ExpiredToken" {
        "The session token has expired."
    } else {
        "The session token is none that S3 knows."
    };
    Ok(Proof::certain(says).because("response", "Error.Code", code).advice("renew the temporary credentials"))
}

fn key_unknown(case: &Case<'_>) -> Examined {
    let code = code(case, &["InvalidAccessKeyId"])?;
    if signature_of(case).and_then(|own| own.access_key_id.as_deref()).is_some_and(|key| key.starts_with("ASIA")) {
        return Err(Not::Silent);
    }
    Ok(Proof::likely("The access key was deleted, is inactive, or belongs to another partition.")
        .because("response", "Error.Code", code)
        .advice("use a key that is active"))
}

fn region(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    let by_header = response.headers.get("x-amz-bucket-region");
    let code = element(case, "Code").unwrap_or_default();
    let fits = [
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "PermanentRedirect",
        "TemporaryRedirect",
        "IllegalLocationConstraintException",
    ];
    if !fits.contains(&code) && ![301, 307].contains(&response.status) {
        return Err(Not::Silent);
    }
    // Some answers name it in their text alone: `the region 'X' is wrong; expecting 'Y'`.
    let by_text = || element(case, "Message")?.split_once("expecting '")?.1.split('\'').next();
    let by_endpoint = endpoint_region(case);
    let told = (element(case, "Region").map(|own| ("Error.Region", own)))
        .or(by_header.map(|own| ("headers.x-amz-bucket-region", own)))
        .or_else(|| Some(("Error.Message", by_text()?)))
        .or(by_endpoint.as_ref().map(|(place, own)| (*place, own.as_str())));
    let Some((place, expected)) = told else { return unnamed_region(case, code) };
    let own = signature_of(case).and_then(|own| own.region.as_deref());
    let host = case.host.region();
    if own.or(host) == Some(expected) && host.is_none_or(|host| host == expected) {
        return Err(Not::refuted("the request is for the bucket's own region"));
    }
    Ok(Proof::certain(format!(
        "The bucket is in {expected}, and the request is for {}.",
        own.or(host).unwrap_or("another region")
    ))
    .because("response", place, expected)
    .advice(format!("sign for {expected}, and call s3.{expected}.amazonaws.com")))
}

/// The region in the name of the endpoint that S3 says is to be asked, and where it stands: `<Endpoint>`, or the header
/// `Location`.
fn endpoint_region(case: &Case<'_>) -> Option<(&'static str, String)> {
    let location = || case.response().ok()?.headers.get("location")?.split_once("://")?.1.split(['/', ':']).next();
    let by_element = element(case, "Endpoint").map(|own| ("Error.Endpoint", own));
    let (place, endpoint) = by_element.or_else(|| Some(("headers.Location", location()?)))?;
    match Host::of(endpoint) {
        Host::S3 { region, .. } => Some((place, region?)),
        _ => None,
    }
}

/// That S3 sends the caller elsewhere, and does not say to which region.
fn unnamed_region(case: &Case<'_>, code: &str) -> Examined {
    let response = case.response()?;
    let is_s3 = matches!(case.host, Host::S3 { .. }) || response.headers.has("x-amz-id-2");
    if !is_s3 || ![301, 307].contains(&response.status) {
        return Err(Not::Silent);
    }
    let says =
        "S3 sends the request elsewhere, as it does where the bucket is in another region; which one was not told.";
    let proof = match code {
        "" => Proof::possible(says),
        code => Proof::likely(says).because("response", "Error.Code", code),
    };
    Ok(proof.because("response", "status", response.status).advice(
        "ask for the bucket's region (x-amz-bucket-region of a HEAD of the bucket), sign for it, and call its endpoint",
    ))
}

fn clock(case: &Case<'_>) -> Examined {
    let code = code(case, &["RequestTimeTooSkewed"])?;
    Ok(Proof::certain("The request's time is more than 15 minutes off S3's.")
        .because("response", "Error.Code", code)
        .advice("set the client's clock (NTP), and do not send old requests again"))
}

fn twice(case: &Case<'_>) -> Examined {
    let code = code(case, &["InvalidArgument", "InvalidRequest"])?;
    let says_so = element(case, "Message").is_some_and(|text| text.contains("Only one auth mechanism allowed"));
    let both = case.request.headers.has("authorization")
        && case
            .request
            .url
            .query
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("x-amz-signature") || name == "Signature");
    if !says_so && !both {
        return Err(Not::Silent);
    }
    Ok(Proof::certain("The URL is presigned, and the request has an Authorization header as well.")
        .because("response", "Error.Code", code)
        .because("request", "headers.Authorization", true)
        .advice("leave the header out of requests with a presigned URL"))
}

fn signature(case: &Case<'_>) -> Examined {
    let code = code(case, &["SignatureDoesNotMatch"])?;
    let shown = element(case, "CanonicalRequest");
    if let Some((part, sent, got)) = shown.and_then(|text| canonical::difference(case.request, text)) {
        let says = format!(
            "The signature is not the one that S3 computes of what it got: {part} is another one than was sent."
        );
        return Ok(Proof::certain(says)
            .because("response", "Error.Code", code)
            .because("request", part, sent)
            .because("response", format!("Error.CanonicalRequest {part}"), got)
            .advice(format!("sign {part} as it reaches S3, and let nothing on the way change it")));
    }
    Ok(Proof::likely("The signature is not the one that S3 computes of what it got: a part of the request was changed after signing, or the secret is wrong.")
        .because("response", "Error.Code", code)
        .because("response", "Error.CanonicalRequest", shown.is_some())
        .advice("compare CanonicalRequest of the answer with the client's own, line by line; if they are the same, the secret is wrong"))
}

fn denied(case: &Case<'_>) -> Examined {
    let code = code(case, &["AccessDenied", "AllAccessDisabled"])?;
    if expired::says_so(case) {
        return Err(Not::refuted("S3 says that the request has expired"));
    }
    Ok(Proof::likely("The bucket's policy, its Block Public Access, a key of KMS or the sender's own policies refuse; which was not read.")
        .because("response", "Error.Code", code)
        .advice("look at the bucket's policy and at Block Public Access, which also closes buckets whose policy opens them"))
}

#[cfg(test)]
mod tests;
