//! Values that must not be shown: recognised by name, and replaced by a hash and their last characters.
//!
//! The same function runs wherever a value enters (live reads, exports, recordings), so that a changed secret still
//! shows as drift and an unchanged one does not, without either being printed.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::configuration::Map;

const OPEN: &str = "<redacted sha256:";

/// Below this length, the last four characters would tell too much.
const SHORTEST_WITH_TAIL: usize = 12;

/// Words that, within a header's, parameter's or variable's name, say that its value is a credential.
const CREDENTIAL_WORDS: [&str; 13] = [
    "authorization",
    "apikey",
    "accesskey",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "privatekey",
    "token",
    "credential",
    "cookie",
    "signature",
    "clientkey",
];

/// Whether a header, parameter or variable of this name holds a credential.
///
/// Case, `-`, `_` and `.` make no difference: `X-Api-Key`, `x_api_key` and `apiKey` are one name.
pub fn is_credential_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    CREDENTIAL_WORDS.iter().any(|word| plain.contains(word))
}

/// What stands for a secret: a hash to compare by, and the last four characters where the value is long enough.
///
/// Redacting twice changes nothing.
///
/// ```
/// let shown = engine::secret::redact("correct-horse-battery");
/// assert!(shown.starts_with("<redacted sha256:") && shown.ends_with(" …tery>"));
/// assert_eq!(engine::secret::redact(&shown), shown);
/// ```
pub fn redact(value: &str) -> String {
    if value.is_empty() || (value.starts_with(OPEN) && value.ends_with('>')) {
        return value.to_owned();
    }
    let hash = hex(&Sha256::digest(value.as_bytes()), 12);
    let length = value.chars().count();
    if length < SHORTEST_WITH_TAIL {
        return format!("{OPEN}{hash}>");
    }
    let tail: String = value.chars().skip(length - 4).collect();
    format!("{OPEN}{hash} …{tail}>")
}

/// The first `digits` hexadecimal digits of a hash.
pub(crate) fn hex(hash: &[u8], digits: usize) -> String {
    let mut text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

/// Redacts the static values of credential-like names in a mapping of request or response parameters.
///
/// REST APIs write static values in single quotes (`'Bearer abc'`) and everything else is an expression
/// (`method.request.header.Authorization`), which is no secret. HTTP APIs write expressions with `$`.
pub fn redact_parameters(parameters: &mut Map) {
    for (name, value) in parameters.iter_mut() {
        if is_credential_name(name) {
            *value = redact_static(value);
        }
    }
}

fn redact_static(value: &str) -> String {
    let unquoted = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match unquoted {
        Some(secret) => format!("'{}'", redact(secret)),
        None if is_expression(value) => value.to_owned(),
        None => redact(value),
    }
}

fn is_expression(value: &str) -> bool {
    const ROOTS: [&str; 6] = ["$", "method.", "integration.", "context.", "stageVariables.", "route."];
    ROOTS.iter().any(|root| value.starts_with(root))
}

/// Redacts the values of credential-like stage variables.
///
/// A variable that stands in an ARN (`used_in_arns`) names a function, an alias or a role, whatever it is called: its
/// value is no secret, and without it nobody could tell what is called.
pub fn redact_variables(variables: &mut Map, used_in_arns: &BTreeSet<String>) {
    for (name, value) in variables.iter_mut().filter(|(name, _)| !used_in_arns.contains(*name)) {
        if is_credential_name(name) {
            *value = redact(value);
        }
    }
}

/// Redacts the password in `https://user:password@host` and the values of credential-like query parameters of a URI.
pub fn redact_uri(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let (authority_and_path, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let mut redacted = format!("{scheme}://{}", redact_userinfo(authority_and_path));
    if let Some(query) = query {
        let pairs: Vec<String> = query.split('&').map(redact_pair).collect();
        redacted.push('?');
        redacted.push_str(&pairs.join("&"));
    }
    redacted
}

fn redact_userinfo(authority_and_path: &str) -> String {
    let (authority, path) = match authority_and_path.find('/') {
        Some(slash) => authority_and_path.split_at(slash),
        None => (authority_and_path, ""),
    };
    match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?, host))) {
        Some(((user, password), host)) => format!("{user}:{}@{host}{path}", redact(password)),
        None => authority_and_path.to_owned(),
    }
}

fn redact_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if is_credential_name(name) && !value.contains("${") => format!("{name}={}", redact(value)),
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_credential_by_its_name() {
        for name in ["Authorization", "X-Api-Key", "db_password", "integration.request.header.x-auth-token", "API.KEY"]
        {
            assert!(is_credential_name(name), "{name}");
        }
        for name in ["Content-Type", "page", "X-Request-Id", "author", "apiStage", "monkey"] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn shows_no_character_of_a_short_secret() {
        assert_eq!(redact("hunter2"), format!("{OPEN}{}>", hex(&Sha256::digest(b"hunter2"), 12)));
        assert_eq!(redact(""), "");
    }

    #[test]
    fn redacts_static_parameters_and_leaves_expressions() {
        let mut parameters = Map::from([
            ("integration.request.header.Authorization".to_owned(), "'Bearer abcdefghijklmnop'".to_owned()),
            ("integration.request.header.X-Token".to_owned(), "method.request.header.X-Token".to_owned()),
            ("overwrite:header.x-api-key".to_owned(), "k-0123456789".to_owned()),
            ("append:header.x-api-key".to_owned(), "$request.header.key".to_owned()),
            ("integration.request.header.Accept".to_owned(), "'application/json'".to_owned()),
        ]);
        redact_parameters(&mut parameters);
        let values: Vec<&str> = parameters.values().map(String::as_str).collect();
        assert_eq!(
            values,
            [
                "$request.header.key",
                "'application/json'",
                &format!("'{}'", redact("Bearer abcdefghijklmnop")),
                "method.request.header.X-Token",
                &redact("k-0123456789"),
            ]
        );
    }

    #[test]
    fn redacts_variables_but_those_that_name_functions() {
        let variable = |name: &str| (name.to_owned(), "a-value-of-some-length".to_owned());
        let mut variables = Map::from([variable("dbPassword"), variable("tokenFunction"), variable("stage")]);
        redact_variables(&mut variables, &BTreeSet::from(["tokenFunction".to_owned()]));
        let hidden = redact("a-value-of-some-length");
        let values: Vec<&str> = variables.values().map(String::as_str).collect();
        assert_eq!(values, [hidden.as_str(), "a-value-of-some-length", "a-value-of-some-length"]);
    }

    #[test]
    fn redacts_credentials_within_a_uri() {
        let uri = "https://me:hunter2@example.com/a?page=2&api_key=hunter2&t=${stageVariables.token}";
        let hidden = redact("hunter2");
        assert_eq!(
            redact_uri(uri),
            format!("https://me:{hidden}@example.com/a?page=2&api_key={hidden}&t=${{stageVariables.token}}")
        );
        assert_eq!(redact_uri(&redact_uri(uri)), redact_uri(uri));
        assert_eq!(
            redact_uri("arn:aws:lambda:eu-west-1:1:function:token"),
            "arn:aws:lambda:eu-west-1:1:function:token"
        );
    }
}
