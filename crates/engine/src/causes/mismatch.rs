//! AWS calculates another signature than the caller: another host or path, other content, another secret.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::sigv4::{at_gateway, place, signature};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::exchange::body::Body;
use crate::exchange::host::Host;
use crate::secret;

causes! {
    /// Host or path are not those that were signed
    ///
    /// ## What proves it
    ///
    /// The canonical request that the answer prints has another host than the caller's, or its path with the stage or base
    /// path put before it or taken off. Without it, that the name is not the API's own (a custom domain name, a CloudFront
    /// distribution) and CloudFront or another proxy left its headers makes it likely.
    ///
    /// ## What refutes it
    ///
    /// The canonical request has the caller's host and path.
    ///
    /// ## Remedy
    ///
    /// Sign for the very host and path that reach API Gateway.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-host-rewritten", Cause, Silent, host_rewritten;

    /// Body, path, query or a signed header are not what was signed
    ///
    /// ## What proves it
    ///
    /// The canonical request that the answer prints has another hash of the body, another encoding of the path, another
    /// query or another value of a signed header; or `X-Amz-Content-Sha256` is not the body's hash.
    ///
    /// ## What refutes it
    ///
    /// The canonical request is the caller's; or there is nothing that could have been changed.
    ///
    /// ## Remedy
    ///
    /// Sign the final bytes: the body as it is sent, the path encoded once, all headers as they leave.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-body-or-path-changed", Cause, Silent, content_changed;

    /// The secret access key is another one
    ///
    /// ## What proves it
    ///
    /// The canonical request is the same on both sides, so that only the key can differ.
    ///
    /// ## What refutes it
    ///
    /// The canonical request differs.
    ///
    /// ## Remedy
    ///
    /// Paste the secret again, or make a new access key.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
    "sigv4-wrong-secret", Cause, Silent, wrong_secret;
}

/// A canonical request, as AWS prints it in its answer.
#[derive(Debug, PartialEq, Eq)]
struct Canonical {
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    payload_hash: String,
}

impl Canonical {
    /// Reads `The Canonical String for this request should have been '…'`.
    fn parse(text: &str) -> Option<Canonical> {
        let (_, rest) = text.split_once("Canonical String for this request should have been")?;
        let (_, rest) = rest.split_once('\'')?;
        let rest = rest.split_once("The String-to-Sign").map_or(rest, |(canonical, _)| canonical);
        let mut lines = rest.trim().trim_end_matches('\'').lines();
        let _method = lines.next()?;
        let (path, query) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        let headers = lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let _signed_headers = lines.next()?;
        Some(Canonical { path, query, headers, payload_hash: lines.next()?.trim().to_owned() })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What differs between the caller's request and the one for which AWS calculated a signature.
#[derive(Debug, Default)]
struct Difference {
    /// The caller's host, and AWS's.
    host: Option<(String, String)>,
    /// The caller's path, and AWS's, where one is the other with something before it.
    prefix: Option<(String, String)>,
    /// What else differs, in words.
    content: Vec<String>,
}

/// A signature that is not the one that AWS calculates.
struct Mismatch {
    /// `None` where the answer does not print the canonical request.
    difference: Option<Difference>,
}

impl Mismatch {
    fn of(case: &Case<'_>) -> Result<Mismatch, Not> {
        case.shows(&[Signal::InvalidSignature])?;
        at_gateway(case)?;
        let response = case.response()?;
        let text = case.message().unwrap_or_else(|| response.body.clone());
        if !text.contains("request signature we calculated") {
            return Err(Not::Silent);
        }
        Ok(Mismatch { difference: Canonical::parse(&text).map(|canonical| compare(case, &canonical)) })
    }
}

fn compare(case: &Case<'_>, canonical: &Canonical) -> Difference {
    let mut difference = Difference::default();
    let own = own_host(case);
    if let Some(host) = canonical.header("host").map(without_port).filter(|host| !host.eq_ignore_ascii_case(&own)) {
        difference.host = Some((own, host.to_owned()));
    }
    let url = &case.request.url;
    let path = if url.path.is_empty() { "/" } else { url.path.as_str() };
    // Every service but S3 encodes the path once more.
    if url.variables.is_empty() && ![path.to_owned(), path.replace('%', "%25")].contains(&canonical.path) {
        if canonical.path.ends_with(path) || path.ends_with(&canonical.path) {
            difference.prefix = Some((path.to_owned(), canonical.path.clone()));
        } else {
            difference.content.push("the path".to_owned());
        }
    }
    let mut query: Vec<String> = url.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    query.retain(|pair| !pair.starts_with("X-Amz-Signature="));
    query.sort_unstable();
    if url.query_is_read() && query.join("&") != canonical.query {
        difference.content.push("the query".to_owned());
    }
    for (name, value) in canonical.headers.iter().filter(|(name, _)| name != "host") {
        let own = case.request.headers.get(name).map(|own| own.split_whitespace().collect::<Vec<_>>().join(" "));
        if own.is_some_and(|own| own != value.trim()) {
            difference.content.push(format!("the header {name}"));
        }
    }
    if body_hash(case).is_some_and(|hash| canonical.payload_hash != hash && canonical.payload_hash.len() == 64) {
        difference.content.push("the body".to_owned());
    }
    difference
}

/// The host that the caller signs for.
fn own_host(case: &Case<'_>) -> String {
    let named = case.request.headers.get("host").map(without_port).map(str::to_ascii_lowercase);
    named.unwrap_or_else(|| case.request.url.host.clone())
}

fn without_port(host: &str) -> &str {
    host.trim().split(':').next().unwrap_or(host)
}

/// The hash of the body that was sent; `None` where a body may have been sent that is not known.
fn body_hash(case: &Case<'_>) -> Option<String> {
    let body = match &case.request.body {
        Body::Text(body) => body.as_str(),
        Body::Absent if ["GET", "HEAD", "DELETE", "OPTIONS"].contains(&case.request.method.as_str()) => "",
        Body::Absent | Body::NotRead => return None,
    };
    Some(secret::hex(&Sha256::digest(body.as_bytes()), 64))
}

fn host_rewritten(case: &Case<'_>) -> Examined {
    let mismatch = Mismatch::of(case)?;
    let advice = "sign for the very host and path that reach API Gateway";
    let Some(difference) = mismatch.difference else { return by_host(case, advice) };
    if let Some((own, theirs)) = difference.host {
        return Ok(Proof::certain(format!("The caller signed for {own}, and API Gateway was called as {theirs}."))
            .because("request", "headers.Host", own)
            .because("response", "body.message", json!({ "host": theirs }))
            .advice(format!("sign for {theirs}, or let the proxy pass the host on as it is")));
    }
    if let Some((own, theirs)) = difference.prefix {
        return Ok(Proof::certain(format!(
            "The caller signed the path {own}, and API Gateway was called with {theirs}."
        ))
        .because("request", "path", own)
        .because("response", "body.message", json!({ "path": theirs }))
        .advice(format!("sign the path {theirs}")));
    }
    Err(Not::refuted("the canonical request in the answer has the caller's host and path"))
}

/// What the host's name alone says, where the answer does not print what AWS saw.
fn by_host(case: &Case<'_>, advice: &str) -> Examined {
    let response = case.response()?;
    let own = own_host(case);
    let url_host = &case.request.url.host;
    let by_header = own != *url_host;
    if !by_header && !matches!(case.host, Host::Other | Host::CloudFront) {
        return Err(Not::Silent);
    }
    let passed = ["x-amz-cf-id", "x-cache", "via"].into_iter().find(|name| response.headers.has(name));
    let says = format!("{url_host} is not the API's own name: the request may reach it under another than was signed.");
    let proof = match (by_header, passed, &case.host) {
        (true, ..) => Proof::likely(says).because("request", "headers.Host", own),
        (_, Some(name), _) => Proof::likely(says).because("response", format!("headers.{name}"), true),
        (.., Host::CloudFront) => Proof::likely(says),
        _ => Proof::possible(says),
    };
    Ok(proof.because("request", "url.host", url_host.clone()).advice(advice))
}

fn content_changed(case: &Case<'_>) -> Examined {
    let mismatch = Mismatch::of(case)?;
    let advice = "sign the final bytes: the body as it is sent, the path encoded once, all headers as they leave";
    let proof = |says: String| Proof::likely(says).because("request", place(case), "AWS4-HMAC-SHA256 …");
    if let Some(difference) = mismatch.difference {
        if difference.content.is_empty() {
            return Err(Not::refuted("the canonical request in the answer is the caller's"));
        }
        let list = difference.content.join(", ");
        let says = format!("AWS calculated the signature over something else than the caller sent: {list}.");
        return Ok(proof(says)
            .because("response", "body.message", json!({ "differs": difference.content }))
            .advice(advice));
    }
    let signed = signature(case).and_then(|signature| signature.content_sha256.as_deref());
    if let (Some(signed), Some(hash)) = (signed.filter(|signed| signed.len() == 64), body_hash(case))
        && !signed.eq_ignore_ascii_case(&hash)
    {
        return Ok(proof("X-Amz-Content-Sha256 is not the hash of the body.".to_owned())
            .because("request", "headers.X-Amz-Content-Sha256", json!({ "isOfBody": false }))
            .advice(advice));
    }
    if !may_change(case) {
        return Err(Not::refuted(
            "there is no body, no query, and nothing in the path that could be encoded otherwise",
        ));
    }
    let says = "Something on the way, or the client itself, may have changed what was signed.".to_owned();
    Ok(Proof::possible(says).because("request", place(case), "AWS4-HMAC-SHA256 …").advice(advice))
}

/// Whether there is something in the request that encoders and proxies write in several ways.
fn may_change(case: &Case<'_>) -> bool {
    let request = &case.request;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    body_hash(case).is_none()
        || request.body.text().is_some_and(|body| !body.is_empty())
        || !request.url.query.is_empty()
        || !request.url.path.chars().all(plain)
}

fn wrong_secret(case: &Case<'_>) -> Examined {
    let mismatch = Mismatch::of(case)?;
    let advice = "paste the secret access key again, or make a new access key";
    if let Some(Difference { host, prefix, content }) = mismatch.difference {
        if host.is_some() || prefix.is_some() || !content.is_empty() {
            return Err(Not::refuted("the canonical request in the answer is not the caller's"));
        }
        return Ok(Proof::likely("What was signed is the same on both sides, so that the secret key differs.")
            .because("response", "body.message", json!({ "differs": [] }))
            .advice(advice));
    }
    let says = "The secret access key may not be the one that belongs to the access key's id.";
    let by_elimination = !may_change(case) && matches!(case.host, Host::ExecuteApi { .. });
    let proof = if by_elimination { Proof::likely(says) } else { Proof::possible(says) };
    Ok(proof.because("request", place(case), "AWS4-HMAC-SHA256 …").advice(advice))
}
