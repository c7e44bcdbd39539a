//! Access logs: lines in whatever format the stage has, JSON, CLF, CSV or XML, which is what the values are found by.

use std::borrow::Cow;
use std::collections::BTreeMap;

use members::{Members, folded};

/// The format of a stage's access log: text, and variables of `$context` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Each variable's name without `$context.`, and the text that follows it.
    variables: Vec<(String, String)>,
    /// The text before the first.
    begin: String,
    /// Where the variables stand in a line, if the format is JSON.
    members: Members,
}

/// What a line says of a request: values by the name of their variable, without those that were not set. Where no format is
/// known, the names are those of a JSON line's own members, folded: in small letters, without what is neither letter nor digit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl Format {
    /// Reads a format as it stands in the stage's settings.
    pub fn parse(format: &str) -> Format {
        const VARIABLE: &str = "$context.";
        let members = Members::of(format);
        let mut pieces = format.trim_end().split(VARIABLE);
        let begin = pieces.next().unwrap_or_default().to_owned();
        let variables = pieces.map(|piece| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_' || c == '-';
            let end = piece.find(|c| !is_name(c)).unwrap_or(piece.len());
            let (name, text) = piece.split_at(end);
            // A full stop that nothing follows ends the sentence, not the name.
            let bare = name.trim_end_matches(['.', '-']);
            (bare.to_owned(), format!("{}{text}", name.get(bare.len()..).unwrap_or_default()))
        });
        Format { variables: variables.collect(), begin, members }
    }

    /// Whether lines tell a variable.
    pub fn has(&self, variable: &str) -> bool {
        self.variables.iter().any(|(name, _)| name == variable)
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.variables.is_empty() && self.begin.is_empty()
    }

    /// Finds the values in a line; nothing where the line is not of this format, as are those from before it was changed. A
    /// line of JSON may have other space and another order than its format: members are found by their names.
    pub fn read<'a>(&'a self, line: &'a str) -> Option<Line<'a>> {
        if self.is_unknown() {
            return Some(Line::set(members::flat(line).into_iter().map(|(name, value)| (name.into(), value.into()))));
        }
        self.read_literally(line).or_else(|| {
            let values = self.members.read(line)?;
            Some(Line::set(values.into_iter().map(|(name, value)| (name.into(), value.into()))))
        })
    }

    fn read_literally<'a>(&'a self, line: &'a str) -> Option<Line<'a>> {
        let mut rest = line.trim_end().strip_prefix(self.begin.as_str())?;
        let mut values = Vec::new();
        for (at, (name, text)) in self.variables.iter().enumerate() {
            let is_last = at + 1 == self.variables.len();
            let (value, after) = match text.as_str() {
                // The last text ends the line, whatever stands in the value before it.
                text if is_last => (rest.strip_suffix(text)?, ""),
                "" => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
                text => rest.split_once(text)?,
            };
            values.push((name.as_str().into(), value.into()));
            rest = after;
        }
        Some(Line::set(values))
    }
}

impl<'a> Line<'a> {
    /// The values that were set, the first of each name.
    fn set(values: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Line<'a> {
        let mut line = Line::default();
        for (name, value) in values.into_iter().filter(|(_, value)| *value != "-" && !value.is_empty()) {
            line.0.entry(name).or_insert(value);
        }
        line
    }

    /// The value of the first of some variables that is set.
    fn first(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &str| self.0.get(name).or_else(|| self.0.get(folded(name).as_str()));
        names.iter().find_map(|name| value(name).map(Cow::as_ref))
    }

    /// The value of a variable, by its name without `$context.`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.first(&[name])
    }

    /// Whether it may tell of a stage, given by API id and name: nothing in it says otherwise.
    pub fn may_be_of(&self, (api_id, stage): (&str, &str)) -> bool {
        let is = |variable: &str, own: &str| self.first(&[variable]).is_none_or(|value| value == own);
        is("apiId", api_id) && is("stage", stage)
    }

    /// The gateway's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.first(&["requestId", "extendedRequestId"])
    }

    /// Lambda's id of the call.
    pub fn lambda_request_id(&self) -> Option<&str> {
        self.first(&["integration.requestId"])
    }

    /// The status that the caller got.
    pub fn status(&self) -> Option<u16> {
        self.first(&["status"])?.parse().ok()
    }

    /// The status that the function itself answered with.
    pub fn function_status(&self) -> Option<u16> {
        self.first(&["integration.status"])?.parse().ok()
    }

    /// Method and path of the request or its route; of HTTP and WebSocket APIs the route's key alone.
    pub fn route(&self) -> (Option<&str>, Option<&str>) {
        match self.first(&["routeKey"]) {
            Some(key) => (None, Some(key)),
            None => (self.first(&["httpMethod"]), self.first(&["resourcePath", "path"])),
        }
    }

    /// What went wrong with the integration, in the gateway's words.
    pub fn integration_error(&self) -> Option<&str> {
        self.first(&["integration.error", "integrationErrorMessage"])
    }

    /// What went wrong with the authorizer, in the gateway's words.
    pub fn authorizer_error(&self) -> Option<&str> {
        self.first(&["authorizer.error"])
    }

    /// The type of gateway response that the caller got, `INTEGRATION_FAILURE`.
    pub fn response_type(&self) -> Option<&str> {
        self.first(&["error.responseType"])
    }
}

mod members;

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{ "requestId":"$context.requestId", "status": "$context.status", "error":"$context.integration.error", "route":"$context.routeKey", "lambda": "$context.integration.requestId" }"#;

    #[test]
    fn reads_json_by_its_own_format() {
        let format = Format::parse(JSON);
        let line = r#"{ "requestId":"r1", "status": "502", "error":"Lambda Customer Function Error:no, \"x\"", "route":"-", "lambda": "7f0e" }"#;
        let line = format.read(line).unwrap();
        assert_eq!((line.request_id(), line.status(), line.lambda_request_id()), (Some("r1"), Some(502), Some("7f0e")));
        assert_eq!(line.integration_error(), Some("Lambda Customer Function Error:no, \\\"x\\\""));
        assert_eq!(line.route(), (None, None), "what was not set is a hyphen");
    }

    #[test]
    fn reads_the_common_log_format() {
        let format = Format::parse(
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
        );
        let line = r#"203.0.113.7 - - [10/Oct/2026:11:58:00 +0000] "GET /orders/{id} HTTP/1.1" 502 36 r1"#;
        let line = format.read(line).unwrap();
        assert_eq!((line.route(), line.status()), ((Some("GET"), Some("/orders/{id}")), Some(502)));
        assert_eq!(line.request_id(), Some("r1"));
    }

    #[test]
    fn reads_routes_of_http_apis_and_variables_without_anything_between_them() {
        let format = Format::parse("$context.requestId\t$context.routeKey\t$context.status.");
        assert!(format.has("status") && !format.has("status."));
        let line = format.read("r1\tGET /cart\t500.").unwrap();
        assert_eq!((line.route(), line.status()), ((None, Some("GET /cart")), Some(500)));
    }

    #[test]
    fn a_line_may_tell_which_stage_it_is_of() {
        let format = Format::parse("$context.requestId $context.apiId $context.stage");
        let line = format.read("r1 a1b2c3d4e5 prod").unwrap();
        assert!(line.may_be_of(("a1b2c3d4e5", "prod")));
        assert!(!line.may_be_of(("a1b2c3d4e5", "dev")) && !line.may_be_of(("other", "prod")));
        let silent = Format::parse("$context.requestId");
        assert!(silent.read("r1").unwrap().may_be_of(("a1b2c3d4e5", "prod")));
    }

    #[test]
    fn a_line_of_json_is_read_by_the_names_of_its_members() {
        let format = r#"{"id":"$context.requestId","status":$context.status,"own":{"error":"$context.integration.error"},"authorizer":{"error":"$context.authorizer.error"}}"#;
        for (format, line) in [
            // Another order, other space, a number, and characters that JSON writes otherwise.
            (format, r#"{ "authorizer": {"error": "the \"end\""}, "own": {"error": "-"}, "status": 500, "id": "r1" }"#),
            // Without a format that is known a member is named as its variable is.
            ("", r#"{"requestId":"r1","status":"500","integrationError":"-","authorizerError":"the \"end\""}"#),
            ("", r#"{"request_id":"r1","status":500,"authorizer":{"error":"the \"end\""}}"#),
        ] {
            let format = Format::parse(format);
            let line = format.read(line).unwrap();
            assert_eq!((line.authorizer_error(), line.integration_error()), (Some("the \"end\""), None));
            assert_eq!((line.request_id(), line.status()), (Some("r1"), Some(500)));
        }
    }

    #[test]
    fn a_line_of_another_format_is_none() {
        let format = Format::parse(JSON);
        for line in ["", "r1 502", "{}", r#"{ "other":"r1" }"#, "\u{0}\u{1}"] {
            assert_eq!(format.read(line), None, "{line}");
        }
        assert_eq!(Format::parse("").read("x"), Some(Line::default()));
    }
}
