//! What mends an answer, in the words of the function's runtime.

use std::str::FromStr;

/// The language that a function is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// JavaScript or TypeScript on Node.js.
    Node,
    /// Python.
    Python,
    /// Java.
    Java,
    /// Go.
    Go,
    /// .NET.
    Dotnet,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
}

impl Runtime {
    /// All runtimes, in the order in which they are documented.
    pub const ALL: [Runtime; 7] =
        [Runtime::Node, Runtime::Python, Runtime::Java, Runtime::Go, Runtime::Dotnet, Runtime::Ruby, Runtime::Rust];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Runtime::Node => "Node.js",
            Runtime::Python => "Python",
            Runtime::Java => "Java",
            Runtime::Go => "Go",
            Runtime::Dotnet => ".NET",
            Runtime::Ruby => "Ruby",
            Runtime::Rust => "Rust",
        }
    }

    /// The runtime of an identifier, as Lambda has them (`nodejs22.x`, `python3.13`) or short (`node`). What runs on
    /// `provided` may be written in anything, and has none.
    pub fn of(identifier: &str) -> Option<Runtime> {
        let name = identifier.to_ascii_lowercase();
        let known = [
            ("node", Runtime::Node),
            ("python", Runtime::Python),
            ("java", Runtime::Java),
            ("go", Runtime::Go),
            ("dotnet", Runtime::Dotnet),
            ("ruby", Runtime::Ruby),
            ("rust", Runtime::Rust),
        ];
        known.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, runtime)| runtime)
    }
}

impl FromStr for Runtime {
    type Err = String;

    fn from_str(identifier: &str) -> Result<Runtime, String> {
        let known = "node, python, java, go, dotnet, ruby or rust";
        Runtime::of(identifier)
            .ok_or_else(|| format!("give {known}, or Lambda's identifier of the runtime; leave it out for any other"))
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    /// Return an object with a status and a body.
    Answer,
    /// Give the status as a whole number.
    Status,
    /// Give a body.
    Body,
    /// Turn the body into text.
    BodyText,
    /// Turn a value into text.
    Text,
    /// Turn a header's value into text.
    HeaderText,
    /// Give headers as an object.
    Headers,
    /// Put a value into a list.
    List,
    /// Encode the body.
    Base64,
    /// Give a true boolean instead of text.
    Flag,
    /// Leave a key out.
    Remove(String),
    /// Leave out a key of another form of answer.
    Without(String),
    /// Write a key as it has to be written.
    Rename(String),
    /// Answer with less.
    Smaller,
    /// Name the caller.
    Principal,
    /// Return a policy.
    Policy,
    /// Say whether the caller is let in.
    IsAuthorized,
}

impl Fix {
    /// The fix in the words of a runtime; where it is not known, in everybody's, with how it is done in Node.js.
    pub(super) fn text(&self, runtime: Option<Runtime>) -> String {
        let (meaning, forms) = match self {
            Fix::Remove(key) => {
                let instead = match key.as_str() {
                    "cookies" => "give each cookie as a `Set-Cookie` in `multiValueHeaders`",
                    "multiValueHeaders" => "`headers` takes several values with commas between, and `cookies` a list",
                    _ => "what the caller needs of it belongs in `body` or `headers`",
                };
                return format!("leave `{key}` out; {instead}");
            }
            Fix::Without(key) => return format!("leave `{key}` out"),
            Fix::Rename(key) => return format!("write it `{key}`"),
            Fix::Smaller => return "answer page by page, or with a link to an object in S3".to_owned(),
            known => known.forms(),
        };
        let [node, python, java, go, dotnet, ruby, rust] = forms;
        match runtime {
            None => format!("{meaning}; in Node.js: {node}"),
            Some(Runtime::Node) => node.to_owned(),
            Some(Runtime::Python) => python.to_owned(),
            Some(Runtime::Java) => java.to_owned(),
            Some(Runtime::Go) => go.to_owned(),
            Some(Runtime::Dotnet) => dotnet.to_owned(),
            Some(Runtime::Ruby) => ruby.to_owned(),
            Some(Runtime::Rust) => rust.to_owned(),
        }
    }

    /// What it means, and how each runtime says it, in the order of [`Runtime::ALL`].
    fn forms(&self) -> (&'static str, [&'static str; 7]) {
        match self {
            Fix::Answer => (
                "return an object with `statusCode` and a `body` of text",
                [
                    "return { statusCode: 200, body: JSON.stringify(result) }",
                    "return {\"statusCode\": 200, \"body\": json.dumps(result)}",
                    "return new APIGatewayProxyResponseEvent().withStatusCode(200).withBody(json)",
                    "return events.APIGatewayProxyResponse{StatusCode: 200, Body: string(json)}, nil",
                    "return new APIGatewayProxyResponse { StatusCode = 200, Body = json }",
                    "{ statusCode: 200, body: JSON.generate(result) }",
                    "Ok(ApiGatewayProxyResponse { status_code: 200, body: Some(Body::Text(json)), ..Default::default() })",
                ],
            ),
            Fix::Status => (
                "give the status as a whole number from 100 to 599",
                [
                    "statusCode: 200",
                    "\"statusCode\": 200",
                    "response.setStatusCode(200)",
                    "StatusCode: http.StatusOK",
                    "StatusCode = (int)HttpStatusCode.OK",
                    "statusCode: 200",
                    "status_code: 200",
                ],
            ),
            Fix::Body => (
                "give a body, if only an empty one",
                [
                    "body: \"\"",
                    "\"body\": \"\"",
                    "response.setBody(\"\")",
                    "Body: \"\"",
                    "Body = \"\"",
                    "body: \"\"",
                    "body: Some(Body::Text(String::new()))",
                ],
            ),
            Fix::BodyText => (
                "turn the body into text",
                [
                    "JSON.stringify(body)",
                    "json.dumps(body)",
                    "new ObjectMapper().writeValueAsString(body)",
                    "json.Marshal(body), and string(…) of what it gives",
                    "JsonSerializer.Serialize(body)",
                    "JSON.generate(body)",
                    "serde_json::to_string(&body)?",
                ],
            ),
            Fix::Text => (
                "turn the value into text",
                [
                    "JSON.stringify(value)",
                    "json.dumps(value)",
                    "new ObjectMapper().writeValueAsString(value)",
                    "json.Marshal(value), and string(…) of what it gives",
                    "JsonSerializer.Serialize(value)",
                    "JSON.generate(value)",
                    "serde_json::to_string(&value)?",
                ],
            ),
            Fix::HeaderText => (
                "turn the header's value into text",
                [
                    "String(value)",
                    "str(value)",
                    "String.valueOf(value)",
                    "fmt.Sprint(value)",
                    "value.ToString()",
                    "value.to_s",
                    "value.to_string()",
                ],
            ),
            Fix::Headers => (
                "give an object of names and values",
                [
                    "headers: { \"Content-Type\": \"application/json\" }",
                    "\"headers\": {\"Content-Type\": \"application/json\"}",
                    "response.setHeaders(Map.of(\"Content-Type\", \"application/json\"))",
                    "Headers: map[string]string{\"Content-Type\": \"application/json\"}",
                    "Headers = new Dictionary<string, string> { [\"Content-Type\"] = \"application/json\" }",
                    "headers: { \"Content-Type\" => \"application/json\" }",
                    "headers.insert(\"content-type\", HeaderValue::from_static(\"application/json\"))",
                ],
            ),
            Fix::List => (
                "give a list of strings, if only of one",
                [
                    "[value]",
                    "[value]",
                    "List.of(value)",
                    "[]string{value}",
                    "new List<string> { value }",
                    "[value]",
                    "vec![value]",
                ],
            ),
            Fix::Base64 => (
                "encode the body, or leave `isBase64Encoded` false",
                [
                    "Buffer.from(body).toString(\"base64\")",
                    "base64.b64encode(body).decode()",
                    "Base64.getEncoder().encodeToString(body)",
                    "base64.StdEncoding.EncodeToString(body)",
                    "Convert.ToBase64String(body)",
                    "Base64.strict_encode64(body)",
                    "BASE64_STANDARD.encode(body)",
                ],
            ),
            Fix::Flag => (
                "give a boolean",
                [
                    "isBase64Encoded: true",
                    "\"isBase64Encoded\": True",
                    "response.setIsBase64Encoded(true)",
                    "IsBase64Encoded: true",
                    "IsBase64Encoded = true",
                    "isBase64Encoded: true",
                    "is_base64_encoded: true",
                ],
            ),
            Fix::Principal => (
                "name the caller with a string that is not empty",
                [
                    "principalId: user.id",
                    "\"principalId\": user_id",
                    "IamPolicyResponse.builder().withPrincipalId(userId)",
                    "events.APIGatewayCustomAuthorizerResponse{PrincipalID: userID}",
                    "new APIGatewayCustomAuthorizerResponse { PrincipalID = userId }",
                    "principalId: user_id",
                    "principal_id: Some(user_id)",
                ],
            ),
            Fix::Policy => (
                "return a policy that allows or denies execute-api:Invoke",
                [
                    "policyDocument: { Version: \"2012-10-17\", Statement: [{ Action: \"execute-api:Invoke\", Effect: \"Allow\", Resource: arn }] }",
                    "\"policyDocument\": {\"Version\": \"2012-10-17\", \"Statement\": [{\"Action\": \"execute-api:Invoke\", \"Effect\": \"Allow\", \"Resource\": arn}]}",
                    "IamPolicyResponse.builder().withPolicyDocument(IamPolicyResponse.PolicyDocument.builder().withVersion(\"2012-10-17\").withStatement(List.of(IamPolicyResponse.allowStatement(arn))).build())",
                    "PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{Version: \"2012-10-17\", Statement: []events.IAMPolicyStatement{{Action: []string{\"execute-api:Invoke\"}, Effect: \"Allow\", Resource: []string{arn}}}}",
                    "PolicyDocument = new APIGatewayCustomAuthorizerPolicy { Statement = { new APIGatewayCustomAuthorizerPolicy.IAMPolicyStatement { Effect = \"Allow\", Action = new HashSet<string> { \"execute-api:Invoke\" }, Resource = new HashSet<string> { arn } } } }",
                    "policyDocument: { Version: \"2012-10-17\", Statement: [{ Action: \"execute-api:Invoke\", Effect: \"Allow\", Resource: arn }] }",
                    "policy_document: ApiGatewayCustomAuthorizerPolicy { version: Some(\"2012-10-17\".to_owned()), statement: vec![statement] }",
                ],
            ),
            Fix::IsAuthorized => (
                "return whether the caller is let in, and no policy",
                [
                    "return { isAuthorized: true }",
                    "return {\"isAuthorized\": True}",
                    "return Map.of(\"isAuthorized\", true)",
                    "return events.APIGatewayV2CustomAuthorizerSimpleResponse{IsAuthorized: true}, nil",
                    "return new APIGatewayCustomAuthorizerV2SimpleResponse { IsAuthorized = true }",
                    "{ isAuthorized: true }",
                    "Ok(json!({ \"isAuthorized\": true }))",
                ],
            ),
            // These need no words of a runtime.
            Fix::Remove(_) | Fix::Without(_) | Fix::Rename(_) | Fix::Smaller => ("", [""; 7]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_known_by_their_identifiers() {
        for (identifier, expected) in [
            ("node", Some(Runtime::Node)),
            ("nodejs22.x", Some(Runtime::Node)),
            ("python3.13", Some(Runtime::Python)),
            ("java8.al2", Some(Runtime::Java)),
            ("go1.x", Some(Runtime::Go)),
            ("dotnet8", Some(Runtime::Dotnet)),
            ("Ruby3.3", Some(Runtime::Ruby)),
            ("rust", Some(Runtime::Rust)),
            ("provided.al2023", None),
            ("", None),
        ] {
            assert_eq!(Runtime::of(identifier), expected, "{identifier}");
        }
        assert!("cobol".parse::<Runtime>().is_err());
    }

    #[test]
    fn every_runtime_has_its_own_words() {
        let said = |runtime| Fix::BodyText.text(runtime);
        assert_eq!(said(Some(Runtime::Node)), "JSON.stringify(body)");
        assert_eq!(said(Some(Runtime::Python)), "json.dumps(body)");
        assert_eq!(said(Some(Runtime::Rust)), "serde_json::to_string(&body)?");
        assert_eq!(said(None), "turn the body into text; in Node.js: JSON.stringify(body)");
    }
}
