//! From an answer of the SDK to a fact: known, or not read and why.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use engine::arn;
use engine::observed::{NotRead, Observed, Why};

/// A call that is made, and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `apigateway:GetStages`.
    name: &'static str,
    /// The IAM action.
    needs: &'static str,
    /// The ARN.
    resource: String,
}

impl Call {
    /// A read of API Gateway's control plane; `path` is as it stands in ARNs.
    pub(crate) fn control_plane(name: &'static str, region: &str, path: &str) -> Call {
        Call { name, needs: "apigateway:GET", resource: arn::control_plane(region, path) }
    }

    /// A call that is a POST to API Gateway's control plane.
    pub(crate) fn posted(name: &'static str, region: &str, path: &str) -> Call {
        Call { name, needs: "apigateway:POST", resource: arn::control_plane(region, path) }
    }

    /// A read of a Lambda function, for which action and call have the same name.
    pub(crate) fn function(name: &'static str, arn: String) -> Call {
        Call { name, needs: name, resource: arn }
    }

    /// A read of a log group, for which action and call have the same name.
    pub(crate) fn log_group(name: &'static str, arn: String) -> Call {
        Call { name, needs: name, resource: arn }
    }

    /// A read that IAM does not tie to a resource, for which action and call have the same name.
    pub(crate) fn anywhere(name: &'static str) -> Call {
        Call { name, needs: name, resource: "*".to_owned() }
    }

    /// Any other read.
    pub(crate) fn new(name: &'static str, needs: &'static str, resource: impl Into<String>) -> Call {
        Call { name, needs, resource: resource.into() }
    }

    /// The fact, if the call is not made because nothing needs it.
    pub(crate) fn not_needed(&self, reason: &str) -> NotRead {
        self.not_read(Why::NotNeeded, reason)
    }

    /// The fact, if the thing asked about does not exist.
    pub(crate) fn gone(&self) -> NotRead {
        self.not_read(Why::Gone, "not found")
    }

    /// The fact, if the answer made no sense.
    pub(crate) fn failed(&self, reason: &str) -> NotRead {
        self.not_read(Why::Failed, reason)
    }

    /// The fact, if the service answers with an error.
    pub(crate) fn refused(&self, status: Option<u16>, code: &str, said: Option<&str>) -> NotRead {
        let is_denied = ["AccessDenied", "UnauthorizedOperation"].iter().any(|known| code.starts_with(known));
        let why = match status {
            _ if is_denied || code == "UnauthorizedException" => Why::Denied,
            Some(429) => Why::Throttled,
            _ if code.contains("Throttl") || ["TooManyRequestsException", "RequestLimitExceeded"].contains(&code) => {
                Why::Throttled
            }
            Some(404) => Why::Gone,
            _ if code == "ResourceNotFoundException" => Why::Gone,
            _ => Why::Failed,
        };
        let message = match (code, said) {
            ("", _) => format!("it answers with status {} and without a code", status.unwrap_or_default()),
            (code, Some(said)) => format!("{code}: {said}"),
            (code, None) => code.to_owned(),
        };
        self.not_read(why, &message)
    }

    fn not_read(&self, why: Why, message: &str) -> NotRead {
        NotRead {
            why,
            call: self.name.to_owned(),
            resource: self.resource.clone(),
            needs: self.needs.to_owned(),
            message: one_line(message),
        }
    }
}

/// An operation's error, as every operation of every service has it.
pub(crate) trait OperationError: ProvideErrorMetadata + Error + Send + Sync + 'static {}
impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> OperationError for E {}

/// What an SDK call came to.
pub(crate) type Answer<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// The fact that an answer establishes.
pub(crate) fn observe<T, E: OperationError>(answer: Answer<T, E>, call: &Call) -> Observed<T> {
    match answer {
        Ok(value) => Observed::Known(value),
        Err(error) => Observed::NotRead(explain(&error, call)),
    }
}

/// Reads a list to its end. `page` takes the token of a page and answers with its items and the token of the next.
pub(crate) async fn list<T, E, F>(call: &Call, page: impl Fn(Option<String>) -> F) -> Observed<Vec<T>>
where
    E: OperationError,
    F: Future<Output = Answer<(Option<Vec<T>>, Option<String>), E>>,
{
    let mut items = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token = None;
    loop {
        match page(token).await {
            Ok((found, next)) => {
                items.extend(found.into_iter().flatten());
                match next.filter(|next| !next.is_empty()) {
                    None => return Observed::Known(items),
                    // A token that comes back would make an endless list.
                    Some(next) if !seen.insert(next.clone()) => {
                        return Observed::NotRead(call.failed("the list repeats the token of a page"));
                    }
                    next => token = next,
                }
            }
            Err(error) => return Observed::NotRead(explain(&error, call)),
        }
    }
}

fn explain<E: OperationError>(error: &SdkError<E, HttpResponse>, call: &Call) -> NotRead {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let Some(answer) = error.as_service_error() else {
        let why = call.refused(status, "", None);
        return NotRead { message: one_line(&cause(error)), ..why };
    };
    match (answer.code().unwrap_or_default(), status) {
        ("", None) => call.failed(&cause(error)),
        (code, status) => call.refused(status, code, answer.message()),
    }
}

/// An error and what caused it, from the outermost to the innermost, each once.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    let mut said: Vec<String> = causes.map(ToString::to_string).collect();
    said.dedup();
    said.join(": ")
}

/// What made a call fail, without the SDK's own words for where in itself that was.
pub(crate) fn cause<E: OperationError>(error: &SdkError<E, HttpResponse>) -> String {
    let outer: &(dyn Error + 'static) = error;
    let causes = std::iter::successors(outer.source(), |error: &&(dyn Error + 'static)| (*error).source());
    let mut said: Vec<String> = causes.filter(|cause| !cause.is::<ConnectorError>()).map(ToString::to_string).collect();
    said.dedup();
    if said.is_empty() { chain(error) } else { said.join(": ") }
}

/// What a service says, in one line of bounded length without control characters.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_that_repeats_a_token_is_given_up() {
        type Page =
            Answer<(Option<Vec<u8>>, Option<String>), aws_sdk_apigateway::operation::get_models::GetModelsError>;
        let call = Call::control_plane("apigateway:GetModels", "eu-west-1", "/restapis/a/models");
        let endless = list(&call, |_| async { Page::Ok((Some(vec![1]), Some("again".to_owned()))) }).await;
        let why = endless.known().unwrap_err();
        assert_eq!((why.why, why.message.as_str()), (Why::Failed, "the list repeats the token of a page"));
        let last =
            |token: Option<String>| async move { Page::Ok((Some(vec![1]), token.is_none().then(|| "p".to_owned()))) };
        assert_eq!(list(&call, last).await, Observed::Known(vec![1, 1]));
    }

    #[test]
    fn what_a_service_says_fits_a_line() {
        assert_eq!(one_line("a\nb\t\u{1b}[31mc  d"), "a b [31mc d");
        let long = one_line(&"ä".repeat(1000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (301, true));
    }
}
