//! Answers that show the rules: the tables of `docs/responses.md` are written from these, with the verdicts that the
//! program itself gives.

use super::Kind;

/// Where it is known from what becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Recorded on AWS.
    Recorded,
    /// Seen in logs and transcripts that users of AWS published.
    Published,
    /// Said in AWS's documentation.
    Documented,
    /// Found by the authors of SAM's local gateway, by trials on AWS.
    Trials,
    /// The rules of an emulator whose authors compared it with AWS.
    Compared,
    /// Inferred from the others: not verified.
    Inferred,
}

impl Source {
    /// How the documentation calls it.
    pub fn title(self) -> &'static str {
        match self {
            Source::Recorded => "recorded on AWS",
            Source::Published => "published logs",
            Source::Documented => "documentation",
            Source::Trials => "trials of SAM's authors",
            Source::Compared => "emulator compared with AWS",
            Source::Inferred => "inferred, not verified",
        }
    }
}

/// One answer, and where it is known from what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Who reads it.
    pub kind: Kind,
    /// The answer, as JSON.
    pub answer: &'static str,
    /// Where the verdict is known from.
    pub source: Source,
}

const fn example(kind: Kind, answer: &'static str, source: Source) -> Example {
    Example { kind, answer, source }
}

/// The examples, by kind.
#[rustfmt::skip]
pub static EXAMPLES: &[Example] = &[
    example(Kind::Rest, r#"{"statusCode":200,"body":"ok"}"#, Source::Recorded),
    example(Kind::Rest, r#"{}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":"201","body":""}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":"test","body":""}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":200,"headers":null,"body":""}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":200,"headers":{"x-flag":true},"body":""}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":200,"headers":{"x-total":7},"body":""}"#, Source::Inferred),
    example(Kind::Rest, r#"{"statusCode":200,"headers":{"x-tags":["a"]},"body":""}"#, Source::Inferred),
    example(Kind::Rest, r#"{"statusCode":200,"headers":[],"body":""}"#, Source::Published),
    example(Kind::Rest, r#"{"statusCode":200,"multiValueHeaders":{"x-tags":"a"},"body":""}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":200,"body":{"id":1}}"#, Source::Published),
    example(Kind::Rest, r#"{"statusCode":200,"body":7}"#, Source::Inferred),
    example(Kind::Rest, r#"{"statusCode":200,"body":null}"#, Source::Inferred),
    example(Kind::Rest, r#"{"statusCode":200,"body":"","cookies":[]}"#, Source::Published),
    example(Kind::Rest, r#"{"statusCode":200,"statusDescription":"200 OK","body":""}"#, Source::Published),
    example(Kind::Rest, r#"{"message":"hello"}"#, Source::Recorded),
    example(Kind::Rest, r#"{"statusCode":200,"body":"no base64","isBase64Encoded":true}"#, Source::Inferred),
    example(Kind::Rest, r#"{"statusCode":600,"body":""}"#, Source::Inferred),
    example(Kind::Rest, r#""hello""#, Source::Recorded),
    example(Kind::Rest, r#"[]"#, Source::Inferred),
    example(Kind::Rest, r#"null"#, Source::Inferred),
    example(Kind::Rest, r#"{"errorType":"KeyError","errorMessage":"'id'"}"#, Source::Recorded),
    example(Kind::Http1, r#"{"statusCode":200,"body":"ok"}"#, Source::Trials),
    example(Kind::Http1, r#"{"body":"ok"}"#, Source::Trials),
    example(Kind::Http1, r#"{"statusCode":200}"#, Source::Trials),
    example(Kind::Http1, r#"{"statusCode":200,"body":"ok","cookies":["id=1"]}"#, Source::Trials),
    example(Kind::Http1, r#"{"statusCode":200,"body":{"id":1}}"#, Source::Inferred),
    example(Kind::Http1, r#""hello""#, Source::Inferred),
    example(Kind::Http2, r#"{"statusCode":200,"body":"ok","cookies":["id=1"]}"#, Source::Documented),
    example(Kind::Http2, r#"{"message":"hello"}"#, Source::Documented),
    example(Kind::Http2, r#"{"headers":{},"body":"ok"}"#, Source::Documented),
    example(Kind::Http2, r#""hello""#, Source::Documented),
    example(Kind::Http2, r#"{"errorMessage":"returned, not thrown"}"#, Source::Documented),
    example(Kind::Http2, r#"{"statusCode":200,"body":"ok","multiValueHeaders":{}}"#, Source::Documented),
    example(Kind::Http2, r#"{"statusCode":"test","body":"ok"}"#, Source::Inferred),
    example(Kind::Http2, r#"{"statusCode":200,"body":{"id":1}}"#, Source::Inferred),
    example(Kind::Http2, r#"{"statusCode":200,"body":"ok","cookies":"id=1"}"#, Source::Inferred),
    example(Kind::Http2, r#"{"statusCode":200,"body":"no base64","isBase64Encoded":true}"#, Source::Inferred),
    example(Kind::WebSocket, r#"{"statusCode":200,"body":"ok"}"#, Source::Recorded),
    example(Kind::WebSocket, r#"{}"#, Source::Inferred),
    example(Kind::WebSocket, r#"null"#, Source::Published),
    example(Kind::AuthorizerRest, r#"{"principalId":"u","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}"#, Source::Recorded),
    example(Kind::AuthorizerRest, r#"{"principalId":"u","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"*"}]}}"#, Source::Recorded),
    example(Kind::AuthorizerRest, r#"{"policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]},"context":{"roles":["admin"]}}"#, Source::Recorded),
    example(Kind::AuthorizerRest, r#"{"principalId":"u"}"#, Source::Recorded),
    example(Kind::AuthorizerHttpSimple, r#"{"isAuthorized":true,"context":{"roles":["admin"]}}"#, Source::Documented),
    example(Kind::AuthorizerHttpSimple, r#"{"isAuthorized":"false"}"#, Source::Compared),
    example(Kind::AuthorizerHttpSimple, r#"{"principalId":"u","policyDocument":{}}"#, Source::Documented),
    example(Kind::AuthorizerHttpIam, r#"{"principalId":"u","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}"#, Source::Documented),
    example(Kind::AuthorizerHttpIam, r#"{"isAuthorized":true}"#, Source::Documented),
    example(Kind::AuthorizerHttpIam, r#"{"principalId":"u","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]},"context":{"roles":["admin"]}}"#, Source::Inferred),
];
