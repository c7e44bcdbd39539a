//! The rules, and what is documented of each.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Runtime;
use super::fix::Fix;

/// A rule that an answer can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// It is no object.
    NotAnObject,
    /// It has no `statusCode`.
    NoStatusCode,
    /// `statusCode` is neither a whole number nor one in a string.
    StatusCodeNotANumber,
    /// `statusCode` is no status of HTTP.
    StatusCodeOutOfRange,
    /// It has no `body`.
    NoBody,
    /// `body` is no string.
    BodyNotAString,
    /// `isBase64Encoded` is true, and `body` is no base64.
    BodyNotBase64,
    /// It has a key that this kind of integration does not know.
    UnknownKey,
    /// `headers` or `multiValueHeaders` is no object.
    HeadersNotAnObject,
    /// A header's value is an object, an array or null.
    HeaderValueNotAScalar,
    /// A member of `multiValueHeaders` is no list.
    MultiValueHeaderNotAList,
    /// `cookies` is no list of strings.
    CookiesNotAList,
    /// It is longer than Lambda takes.
    TooLarge,
    /// An authorizer's answer has no `principalId`.
    NoPrincipal,
    /// An authorizer's answer has no policy that can be read.
    NoPolicy,
    /// A value in an authorizer's `context` is no scalar.
    ContextNotScalar,
    /// An authorizer's answer has not the form that the authorizer is configured for.
    NotAuthorizedShape,
}

impl Rule {
    /// All rules, in the order in which they are documented.
    pub const ALL: [Rule; 17] = [
        Rule::NotAnObject,
        Rule::NoStatusCode,
        Rule::StatusCodeNotANumber,
        Rule::StatusCodeOutOfRange,
        Rule::NoBody,
        Rule::BodyNotAString,
        Rule::BodyNotBase64,
        Rule::UnknownKey,
        Rule::HeadersNotAnObject,
        Rule::HeaderValueNotAScalar,
        Rule::MultiValueHeaderNotAList,
        Rule::CookiesNotAList,
        Rule::TooLarge,
        Rule::NoPrincipal,
        Rule::NoPolicy,
        Rule::ContextNotScalar,
        Rule::NotAuthorizedShape,
    ];

    /// Its name, which is a promise.
    pub fn id(self) -> &'static str {
        match self {
            Rule::NotAnObject => "not-an-object",
            Rule::NoStatusCode => "no-status-code",
            Rule::StatusCodeNotANumber => "status-code-not-a-number",
            Rule::StatusCodeOutOfRange => "status-code-out-of-range",
            Rule::NoBody => "no-body",
            Rule::BodyNotAString => "body-not-a-string",
            Rule::BodyNotBase64 => "body-not-base64",
            Rule::UnknownKey => "unknown-key",
            Rule::HeadersNotAnObject => "headers-not-an-object",
            Rule::HeaderValueNotAScalar => "header-value-not-a-scalar",
            Rule::MultiValueHeaderNotAList => "multi-value-header-not-a-list",
            Rule::CookiesNotAList => "cookies-not-a-list",
            Rule::TooLarge => "too-large",
            Rule::NoPrincipal => "no-principal",
            Rule::NoPolicy => "no-policy",
            Rule::ContextNotScalar => "context-not-scalar",
            Rule::NotAuthorizedShape => "not-authorized-shape",
        }
    }

    /// What breaks it, and why that matters. Sentences.
    pub fn meaning(self) -> &'static str {
        match self {
            Rule::NotAnObject => {
                "The answer is a string, a number, a list, a boolean or null. Only payload format 2.0 takes that; \
                 elsewhere the gateway looks for `statusCode` and `body` in an object."
            }
            Rule::NoStatusCode => {
                "There is no `statusCode`, or it is null. A REST API answers 200 and an HTTP API with payload format 1.0 \
                 answers 500. With format 2.0 the whole answer becomes the body of a 200, `headers` and `body` included."
            }
            Rule::StatusCodeNotANumber => {
                "`statusCode` is neither a whole number nor, where that is accepted, a whole number in a string."
            }
            Rule::StatusCodeOutOfRange => {
                "`statusCode` is no status of HTTP: these have three digits, from 100 to 599, and an answer begins at 200."
            }
            Rule::NoBody => {
                "There is no `body`, or it is null. The caller gets an empty one, whose type a REST API gives as \
                 `application/json`: whoever parses it as JSON fails."
            }
            Rule::BodyNotAString => {
                "`body` is an object, a list, a number or a boolean. It has to be text: an object in JSON is written as a \
                 string."
            }
            Rule::BodyNotBase64 => {
                "`isBase64Encoded` is true, and `body` cannot be decoded. A REST API decodes only where one of its binary \
                 media types is the first value of the request's `Accept`; an HTTP API always decodes."
            }
            Rule::UnknownKey => {
                "The answer has a key that the gateway does not know. A REST API refuses the whole answer, an HTTP API \
                 ignores the key. `statusDescription` is an Application Load Balancer's, `cookies` is payload format 2.0's."
            }
            Rule::HeadersNotAnObject => {
                "`headers` or `multiValueHeaders` is a list or a scalar; PHP writes an empty map as `[]`."
            }
            Rule::HeaderValueNotAScalar => "A header's value is an object, a list or null.",
            Rule::MultiValueHeaderNotAList => {
                "A header in `multiValueHeaders` has a value instead of a list of values."
            }
            Rule::CookiesNotAList => "`cookies` is not a list of strings such as `id=1; Path=/`.",
            Rule::TooLarge => {
                "The answer has more than 6,291,556 bytes: Lambda does not take it from the function. API Gateway's own \
                 limit of 10 MB is not reached through a function that does not stream."
            }
            Rule::NoPrincipal => "The authorizer's answer has no `principalId` that names the caller.",
            Rule::NoPolicy => "The authorizer's answer has no `policyDocument`, or one that is no policy.",
            Rule::ContextNotScalar => {
                "A value in `context` is an object, a list or null. Only authorizers of HTTP APIs with payload format 2.0 \
                 may nest."
            }
            Rule::NotAuthorizedShape => {
                "The answer has not the form that the authorizer is configured for: simple responses are `isAuthorized` \
                 without a policy, policies are without `isAuthorized`."
            }
        }
    }
}

impl Rule {
    /// What mends it, as a rule; in the words of a runtime, or in everybody's.
    pub fn fix(self, runtime: Option<Runtime>) -> String {
        let fix = match self {
            Rule::NotAnObject => Fix::Answer,
            Rule::NoStatusCode | Rule::StatusCodeNotANumber | Rule::StatusCodeOutOfRange => Fix::Status,
            Rule::NoBody => Fix::Body,
            Rule::BodyNotAString => Fix::BodyText,
            Rule::BodyNotBase64 => Fix::Base64,
            Rule::UnknownKey => Fix::Remove("key".to_owned()),
            Rule::HeadersNotAnObject => Fix::Headers,
            Rule::HeaderValueNotAScalar => Fix::HeaderText,
            Rule::MultiValueHeaderNotAList | Rule::CookiesNotAList => Fix::List,
            Rule::TooLarge => Fix::Smaller,
            Rule::NoPrincipal => Fix::Principal,
            Rule::NoPolicy => Fix::Policy,
            Rule::ContextNotScalar => Fix::Text,
            Rule::NotAuthorizedShape => Fix::IsAuthorized,
        };
        fix.text(runtime)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
