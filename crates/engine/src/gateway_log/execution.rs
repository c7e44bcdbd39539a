//! Execution logs: each line is `(request id) text`, and the lines of a request stand in their order.

/// A line of an execution log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The gateway's id of the request.
    pub request_id: &'a str,
    /// What it tells.
    pub told: Told<'a>,
}

/// What a line tells of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// `HTTP Method: GET, Resource Path: /orders/17`: the path may be the request's or the route's.
    Route {
        /// The method.
        method: &'a str,
        /// The path, without the stage.
        path: &'a str,
    },
    /// An authorizer is asked; what follows is about it.
    AuthorizerBegins {
        /// Its id.
        id: &'a str,
    },
    /// The authorizer is done with.
    AuthorizerEnds,
    /// What the authorizer answered.
    AuthorizerBody(Body<'a>),
    /// What the integration answered.
    Body(Body<'a>),
    /// Lambda's id of the call.
    LambdaRequest(&'a str),
    /// It failed, and why.
    Failed {
        /// The gateway's words.
        message: &'a str,
        /// Lambda's id of the call that failed, where it is named.
        lambda_request_id: Option<&'a str>,
    },
    /// The caller got this status.
    Completed(u16),
    /// Something else.
    Other,
}

/// A body as a log shows it. All of a line together has at most 1,024 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    /// What is shown of it.
    pub text: &'a str,
    /// Whether that is all.
    pub is_whole: bool,
}

/// What a line ends with that was cut.
const TRUNCATED: &str = " [TRUNCATED]";

/// Filter patterns of CloudWatch Logs for the lines that tell of a failure, and for those that show an answer.
///
/// The answers are in the log only where the stage traces data.
pub const FAILURES_AND_ANSWERS: &str = "?\"Execution failed\" ?\"Lambda execution failed\" \
     ?\"Endpoint response body before transformations\" ?\"Authorizer result body before parsing\"";

/// A filter pattern for all lines of some requests.
pub fn pattern_of<'a>(request_ids: impl IntoIterator<Item = &'a str>) -> String {
    let terms: Vec<String> = request_ids.into_iter().map(|id| format!("?\"{}\"", id.replace('"', ""))).collect();
    terms.join(" ")
}

/// How many requests one filter pattern takes: it may have 1,024 characters, and an id has 36.
pub const MOST_REQUESTS: usize = 25;

impl Line<'_> {
    /// Reads a line; nothing where it is none of an execution log.
    pub fn parse(message: &str) -> Option<Line<'_>> {
        let (request_id, text) = message.trim_end().strip_prefix('(')?.split_once(") ")?;
        (!request_id.is_empty() && !request_id.contains(char::is_whitespace))
            .then(|| Line { request_id, told: told(text) })
    }
}

fn told(text: &str) -> Told<'_> {
    let after = |prefix: &str| text.strip_prefix(prefix);
    if let Some(rest) = after("HTTP Method: ") {
        return rest.split_once(", Resource Path: ").map_or(Told::Other, |(method, path)| Told::Route { method, path });
    }
    if let Some(rest) = after("Starting authorizer: ") {
        return Told::AuthorizerBegins { id: rest.split(' ').next().unwrap_or_default() };
    }
    if text.starts_with("Successfully completed authorizer execution") {
        return Told::AuthorizerEnds;
    }
    if let Some(rest) = after("Authorizer result body before parsing: ") {
        return Told::AuthorizerBody(body(rest));
    }
    if let Some(rest) = after("Endpoint response body before transformations: ") {
        return Told::Body(body(rest));
    }
    if let Some(id) = after("AWS Integration Endpoint RequestId : ") {
        return Told::LambdaRequest(id.trim());
    }
    if let Some(status) = after("Method completed with status: ") {
        return status.trim().parse().map_or(Told::Other, Told::Completed);
    }
    if text.starts_with("Execution failed ") || text.starts_with("Lambda execution failed ") {
        let (message, lambda_request_id) = match text.split_once(" Lambda request id: ") {
            Some((message, id)) => (message, Some(id.trim())),
            None => (text, None),
        };
        return Told::Failed { message, lambda_request_id };
    }
    Told::Other
}

fn body(text: &str) -> Body<'_> {
    match text.strip_suffix(TRUNCATED) {
        Some(text) => Body { text, is_whole: false },
        None => Body { text, is_whole: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Told<'_> {
        let line = Line::parse(text).unwrap();
        assert_eq!(line.request_id, "8db3b4dd");
        line.told
    }

    #[test]
    fn tells_what_a_line_says() {
        let whole = |text| Body { text, is_whole: true };
        let route = Told::Route { method: "GET", path: "/orders/17" };
        assert_eq!(of("(8db3b4dd) HTTP Method: GET, Resource Path: /orders/17"), route);
        assert_eq!(of("(8db3b4dd) Endpoint response body before transformations: {}"), Told::Body(whole("{}")));
        let cut = Told::Body(Body { text: "{\"a", is_whole: false });
        assert_eq!(of("(8db3b4dd) Endpoint response body before transformations: {\"a [TRUNCATED]"), cut);
        let authorizer = Told::AuthorizerBegins { id: "a1" };
        assert_eq!(of("(8db3b4dd) Starting authorizer: a1 for request: 8db3b4dd"), authorizer);
        let result = Told::AuthorizerBody(whole("{\"principalId\":1}"));
        assert_eq!(of("(8db3b4dd) Authorizer result body before parsing: {\"principalId\":1}"), result);
        assert_eq!(of("(8db3b4dd) AWS Integration Endpoint RequestId : 7f0e"), Told::LambdaRequest("7f0e"));
        assert_eq!(of("(8db3b4dd) Method completed with status: 502"), Told::Completed(502));
        assert_eq!(of("(8db3b4dd) Starting execution for request: 8db3b4dd"), Told::Other);
    }

    #[test]
    fn a_failure_names_the_call_that_failed() {
        let line = "(8db3b4dd) Lambda execution failed with status 200 due to customer function error: division by zero. Lambda request id: 7f0e";
        let message = "Lambda execution failed with status 200 due to customer function error: division by zero.";
        assert_eq!(of(line), Told::Failed { message, lambda_request_id: Some("7f0e") });
        let message = "Execution failed due to configuration error: Malformed Lambda proxy response";
        assert_eq!(of(&format!("(8db3b4dd) {message}")), Told::Failed { message, lambda_request_id: None });
    }

    #[test]
    fn what_is_no_line_of_an_execution_log_is_none() {
        for text in ["", "START RequestId: 1", "(a b) x", "() x", "(id)x", "(never closed", "\u{1}(x) y"] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_for_requests_fits_into_what_aws_takes() {
        let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
        let pattern = pattern_of(std::iter::repeat_n(id, MOST_REQUESTS));
        assert!(pattern.len() <= 1024, "{}", pattern.len());
        assert!(pattern.starts_with("?\"8db3b4dd-ecd5-436d-9eeb-a544e39d3e12\" ?"));
        assert!(FAILURES_AND_ANSWERS.len() <= 1024);
    }
}
