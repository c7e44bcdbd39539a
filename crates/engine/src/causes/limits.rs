//! 413, 414 and 431: requests that are larger than the gateway, or what is behind it, takes.

use super::function_error;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::{Case, not_given};

causes! {
    /// The request is larger than the gateway takes
    ///
    /// ## What proves it
    ///
    /// The request has more than 10 MB, or the gateway says so in plain text. That an HTTP API says `Request Entity Too Large`
    /// is not verified: it is likely then. Where the gateway says so of a request that is smaller as it was given, it is possible:
    /// another one was answered.
    ///
    /// ## What refutes it
    ///
    /// A smaller request.
    ///
    /// ## Remedy
    ///
    /// Let clients upload to S3 with a presigned URL.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    "payload-too-large-gateway", Cause, Silent, too_large;

    /// The request is larger than Lambda takes
    ///
    /// ## What proves it
    ///
    /// The gateway answers `Request Too Long`: the event, with a binary body in base64, has more than 6 MB. Where the request does
    /// not tell how large it is, and is none of those that carry a body, it is likely: a function's answer that is too large
    /// gives 413 as well.
    ///
    /// ## What refutes it
    ///
    /// A small body; or, where the request does not tell how large it is, a log by which the function's answer is too large.
    ///
    /// ## Remedy
    ///
    /// Let clients upload to S3 with a presigned URL.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    "payload-too-large-lambda", Cause, Silent, too_large_for_lambda;

    /// The URL is longer than the gateway takes
    ///
    /// ## What proves it
    ///
    /// The answer is 414, and the ARN of the method with the path's values is longer than 1,600 bytes, or the URL is longer
    /// than the limit.
    ///
    /// ## What refutes it
    ///
    /// A shorter URL.
    ///
    /// ## Remedy
    ///
    /// Move the long value into the body or the query.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    "uri-too-long", Cause, Silent, uri;

    /// The headers are larger than the gateway takes
    ///
    /// ## What proves it
    ///
    /// Names and values of the headers have more than 10,240 bytes together. Which status that gives is not verified, so
    /// that the cause is likely at most.
    ///
    /// ## What refutes it
    ///
    /// Less.
    ///
    /// ## Remedy
    ///
    /// Send fewer cookies, or a smaller token.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    "headers-too-large", Cause, Silent, headers;
}

/// What the gateway takes, in bytes.
const GATEWAY_LIMIT: u64 = 10 * 1024 * 1024;

/// How large the request's body is, as far as it tells.
fn size(case: &Case<'_>) -> Option<u64> {
    let told = case.request.headers.get("content-length").and_then(|text| text.trim().parse().ok());
    told.or_else(|| case.request.body.text().map(|body| body.len() as u64))
}

fn too_large(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::TooLarge])?;
    let size = size(case);
    let says = |text: &str| case.response().is_ok_and(|response| response.body.contains(text));
    let is_exact = says("HTTP content length exceeded");
    if size.is_some_and(|size| size <= GATEWAY_LIMIT) && !is_exact {
        return Err(Not::refuted("the request is smaller than 10 MB"));
    }
    let proof = match (size, is_exact) {
        (Some(size), _) if size > GATEWAY_LIMIT => Proof::certain(format!(
            "The request has {size} bytes, and API Gateway takes 10,485,760."
        ))
        .because("request", "headers.Content-Length", size),
        (Some(size), _) => {
            let says = format!(
                "The answer is that of a request with more than the 10,485,760 bytes that API Gateway takes; the one that was \
                 given has {size}."
            );
            return Ok(Proof::possible(says)
                .because("response", "status", 413)
                .despite("request", "body", size)
                .advice(
                    "give the request that was answered so; clients upload what is large to S3 with a presigned URL",
                ));
        }
        (None, true) => Proof::certain("The request is larger than the 10,485,760 bytes that API Gateway takes."),
        // Of an HTTP API, that these are its words is not verified.
        (None, false) if says("Request Entity Too Large") => {
            Proof::likely("The request is larger than the 10,485,760 bytes that API Gateway takes.")
        }
        (None, false) => return Err(Not::Silent),
    };
    Ok(proof.because("response", "status", 413).advice("let clients upload to S3 with a presigned URL"))
}

fn too_large_for_lambda(case: &Case<'_>) -> Examined {
    case.response()?;
    case.shows(&[Signal::TooLarge])?;
    let text = case.message().unwrap_or_default();
    if !text.contains("Request Too Long") {
        return Err(Not::Silent);
    }
    // Base64 makes four bytes of three.
    let size = size(case);
    if size.is_some_and(|size| size.saturating_mul(4) / 3 < 6_000_000) {
        return Err(Not::refuted("the body is smaller than what Lambda takes"));
    }
    if size.is_none() {
        unless_answer_is_too_large(case)?;
    }
    let proof =
        Proof::certain("The event that would be made of the request is larger than the 6 MB that Lambda takes.");
    let proof = match (size, case.body()) {
        (Some(_), _) => proof,
        // Whoever pastes such a request leaves its large body out.
        (None, Ok(_)) if ["POST", "PUT", "PATCH"].contains(&case.method()) => proof,
        (None, Err(why)) => proof.without(&why),
        (None, Ok(_)) => proof.without(&not_given("request.headers.Content-Length", UNSIZED)),
    };
    Ok(proof.because("response", "body.message", text).advice("let clients upload to S3 with a presigned URL"))
}

/// A function's answer that is too large gives 413 as well: the logs tell.
fn unless_answer_is_too_large(case: &Case<'_>) -> Result<(), Not> {
    match function_error::too_large(case) {
        Ok(proof) if proof.confidence == Confidence::Certain => {
            Err(Not::refuted("the log says that the function's answer is too large"))
        }
        Err(Not::Wanted) => Err(Not::Wanted),
        _ => Ok(()),
    }
}

/// What tells how large a request is that shows no body.
const UNSIZED: &str = "the request shows neither its length nor a body: give the header or the body";

fn uri(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    if response.status != 414 {
        return Err(Not::Silent);
    }
    let length = case.request.url.path.len();
    let query: usize = case.request.url.query.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let proof = if length > 1_400 || length + query > 8_192 {
        Proof::certain(format!("The path has {length} bytes, and the query {query}."))
    } else {
        return Err(Not::refuted(format!("the URL is short: its path has {length} bytes, and its query {query}")));
    };
    Ok(proof.because("request", "path", length).advice("move the long value into the body or the query"))
}

fn headers(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    if ![400, 414, 431].contains(&response.status) {
        return Err(Not::Silent);
    }
    let total: usize = case.request.headers.0.iter().map(|(name, value)| name.len() + value.len()).sum();
    if total <= 10_240 {
        return Err(Not::refuted(format!("the headers have {total} bytes")));
    }
    Ok(Proof::certain(format!("The headers have {total} bytes, and API Gateway takes 10,240."))
        .at_most(Confidence::Likely)
        .because("request", "headers", total)
        .advice("send fewer cookies, or a smaller token"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::case::facts::Read;
    use crate::fixture::{self, lambda_uri, route};
    use crate::snapshot::ApiKind;
    use crate::testkit::{facts, first, to_orders};

    /// A function's answer that is too large is answered with the same words.
    #[test]
    fn a_log_tells_whether_the_request_was_too_long_or_the_answer() {
        let account = |line: &str| {
            let api = fixture::api(ApiKind::Rest, vec![route("POST /orders", &lambda_uri("orders-fn"))]);
            let events = json!([{ "timestamp": 1_791_633_600_000_i64, "message": line }]);
            facts(vec![api])
                .with(Read::Function("orders-fn".to_owned()), json!({ "State": "Active" }))
                .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, events)
        };
        let said = "Response payload size (7291556 bytes) exceeded maximum allowed payload size (6291556 bytes).";
        let (request, answer) = ("payload-too-large-lambda", "lambda-response-too-large certain");
        for (length, line, expected) in [
            (None, said, answer.to_owned()),
            (None, "START", format!("{request} certain")),
            (Some("7"), said, answer.to_owned()),
            (Some("7000000"), "START", format!("{request} certain")),
        ] {
            let exchange = to_orders("POST", "/orders");
            let exchange = match length {
                Some(length) => exchange.header("Content-Length", length),
                None => exchange,
            };
            let exchange = exchange.refused(413, "BadRequestException", "Request Too Long");
            assert_eq!(first(&exchange, &account(line)), expected, "{length:?} {line}");
        }
    }
}
