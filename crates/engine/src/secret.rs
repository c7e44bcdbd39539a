//! Values that must not be shown: recognised by name or by their own form, and replaced by a hash and their last
//! characters.
//!
//! The same function runs wherever a value enters (live reads, exports, recordings), so that a changed secret still
//! shows as drift and an unchanged one does not, without either being printed.

use sha2::{Digest, Sha256};

use crate::configuration::Map;
use crate::stage_variables::Called;

const OPEN: &str = "<redacted sha256:";

/// Below this length, the last four characters would tell too much.
const SHORTEST_WITH_TAIL: usize = 12;

/// Words that, within a header's, parameter's or variable's name, say that its value is a credential.
const CREDENTIAL_WORDS: [&str; 19] = [
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
    "pwd",
    "basicauth",
    "functionskey",
    "subscriptionkey",
    "accountkey",
    "sharedkey",
];

/// Names that, alone or after the last `.`, say that the value is a credential. Within a longer name they say nothing.
const CREDENTIAL_NAMES: [&str; 6] = ["auth", "jwt", "key", "pat", "sig", "xauth"];

/// Whether a header, parameter or variable of this name holds a credential.
///
/// Case, `-`, `_` and `.` make no difference: `X-Api-Key`, `x_api_key` and `apiKey` are one name.
pub fn is_credential_name(name: &str) -> bool {
    // A path's parameter called `key` is the name of an object.
    let last = name.rsplit('.').next().filter(|_| !name.contains(".path."));
    let name = plain(name);
    // This header says whether pages may send credentials, and holds none.
    if name.ends_with("accesscontrolallowcredentials") {
        return false;
    }
    CREDENTIAL_WORDS.iter().any(|word| name.contains(word))
        || last.is_some_and(|last| CREDENTIAL_NAMES.contains(&plain(last).as_str()))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a value has the form of a credential, whatever its name: what follows `Bearer` or `Basic` (RFC 6750, 7617),
/// a JSON Web Token (RFC 7519), the id of an access key of AWS (`AKIA…`, `ASIA…`), a private key.
///
/// Nothing that AWS names has such a form.
pub fn is_credential(value: &str) -> bool {
    let scheme = value
        .split_once(' ')
        .filter(|(scheme, _)| ["bearer", "basic"].iter().any(|known| known.eq_ignore_ascii_case(scheme)));
    scheme.is_some_and(|(_, given)| given.len() >= 6 && given.chars().all(|c| c.is_ascii_graphic() && c != '$'))
        || is_web_token(value)
        || value.contains("PRIVATE KEY-----")
        || words(value).any(|word| {
            word.len() == 20 && (word.starts_with("AKIA") || word.starts_with("ASIA")) && is_upper_or_digit(word)
        })
}

/// Three parts in base64url, of which the first is an object: `{"` is `eyJ`.
fn is_web_token(value: &str) -> bool {
    if !value.starts_with("eyJ") {
        return false;
    }
    let parts: Vec<&str> = value.split('.').collect();
    let is_base64 = |part: &&str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    matches!(parts.as_slice(), [_, payload, _] if !payload.is_empty()) && parts.iter().all(is_base64)
}

fn is_upper_or_digit(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// The runs of letters and digits in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

/// Whether a value looks like the secret of an access key of AWS, or like the value of an API key: forty characters of
/// base64, with small and capital letters and digits. A hash in hexadecimal has none of one of them.
pub(crate) fn is_like_a_key(value: &str) -> bool {
    let has = |is: fn(&char) -> bool| value.chars().any(|c| is(&c));
    value.len() == 40
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

/// Whether a part of a value is long, and mixes letters and digits as no word does.
fn is_opaque(value: &str) -> bool {
    words(value).any(|word| {
        word.len() >= 16 && word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(|c| c.is_ascii_alphabetic())
    })
}

/// Whether a part of a text is long and changes between letters and digits as no name does.
pub(crate) fn is_scrambled(text: &str) -> bool {
    let is_scrambled = |word: &str| {
        let kinds: Vec<bool> = word.bytes().map(|byte| byte.is_ascii_digit()).collect();
        let changes = kinds.windows(2).filter(|pair| matches!(pair, [one, other] if one != other)).count();
        word.len() >= 16 && changes >= 3
    };
    words(text).any(is_scrambled)
}

/// Whether a value is what stands in the place of one that must not be shown.
pub fn is_redacted(value: &str) -> bool {
    value.starts_with(OPEN) && value.ends_with('>')
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
    if value.is_empty() || is_redacted(value) {
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

/// Redacts, in a mapping of request or response parameters, the static values that have the form or the name of a
/// credential.
///
/// REST APIs write static values in single quotes (`'Bearer abc'`) and everything else is an expression
/// (`method.request.header.Authorization`), which is no secret. HTTP APIs write expressions with `$`.
pub fn redact_parameters(parameters: &mut Map) {
    for (name, value) in parameters.iter_mut() {
        let is_named = is_credential_name(name);
        let unquoted = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let is_secret = |text: &str| is_named || is_credential(text) || is_like_a_key(text);
        match unquoted {
            Some(text) if is_secret(text) => *value = format!("'{}'", redact(text)),
            None if !is_expression(value) && is_secret(value) => *value = redact(value),
            _ => {}
        }
    }
}

fn is_expression(value: &str) -> bool {
    const ROOTS: [&str; 6] = ["$", "method.", "integration.", "context.", "stageVariables.", "route."];
    ROOTS.iter().any(|root| value.starts_with(root))
}

/// Redacts the values of stage variables that have the form or the name of a credential.
///
/// A variable that stands in an ARN, or in the host or path of a URL, names what is called, whatever it is called
/// itself: without it nobody could tell what that is. It is kept, unless its own form says that it is a secret, as a path
/// may hold one.
pub fn redact_variables(variables: &mut Map, called: &Called) {
    for (name, value) in variables.iter_mut() {
        let is_named = is_credential_name(name);
        let is_secret = if called.in_arns.contains(name) {
            false
        } else if called.in_urls.contains(name) {
            is_named && is_opaque(value)
        } else {
            is_named || is_like_a_key(value)
        };
        if is_secret || is_credential(value) {
            *value = redact(value);
        }
    }
}

/// Redacts the password in `https://user:password@host`, and the values in a URI's query that have the form or the name
/// of a credential.
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

fn is_secret(name: &str, value: &str) -> bool {
    is_credential_name(name) || is_credential(value) || is_like_a_key(value)
}

fn redact_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.contains("${") && is_secret(name, value) => format!("{name}={}", redact(value)),
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
        for name in
            ["X-Auth", "X-Functions-Key", "integration.request.querystring.sig", "dbPwd", "basicAuth", "jwt", "key"]
        {
            assert!(is_credential_name(name), "{name}");
        }
        for name in [
            "Content-Type",
            "page",
            "X-Request-Id",
            "author",
            "apiStage",
            "monkey",
            "X-Author",
            "jwtIssuer",
            "method.response.header.Access-Control-Allow-Credentials",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn knows_a_credential_by_its_form() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        for value in
            ["Bearer abcdefghijklmn", "basic dXNlcjpwYXNz", token, "AKIAIOSFODNN7EXAMPLE", "id=ASIAIOSFODNN7EXAMPLE"]
        {
            assert!(is_credential(value), "{value}");
        }
        for value in
            ["Basic plan", "bearer", "Bearer $request.header.x", "eyJ.a", "AKIA", "AKIAwhatever", "orders-fn", ""]
        {
            assert!(!is_credential(value), "{value}");
        }
        assert!(is_like_a_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
        assert!(!is_like_a_key("da39a3ee5e6b4b0d3255bfef95601890afd80709"), "a hash");
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
            ("integration.request.header.Via".to_owned(), "'Bearer abcdefghijklmn'".to_owned()),
            ("integration.request.path.key".to_owned(), "'index.html'".to_owned()),
        ]);
        redact_parameters(&mut parameters);
        let values: Vec<&str> = parameters.values().map(String::as_str).collect();
        assert_eq!(
            values,
            [
                "$request.header.key",
                "'application/json'",
                &format!("'{}'", redact("Bearer abcdefghijklmnop")),
                &format!("'{}'", redact("Bearer abcdefghijklmn")),
                "method.request.header.X-Token",
                "'index.html'",
                &redact("k-0123456789"),
            ]
        );
    }

    #[test]
    fn redacts_variables_but_those_that_name_what_is_called() {
        let called = Called::by([
            "arn:aws:lambda:eu-west-1:1:function:${stageVariables.tokenFunction}",
            "https://${stageVariables.tokenHost}/${stageVariables.tokenPath}/${stageVariables.hookToken}?t=${stageVariables.token}",
        ]);
        let redacted = |name: &str, value: &str| {
            let mut variables = Map::from([(name.to_owned(), value.to_owned())]);
            redact_variables(&mut variables, &called);
            variables[name] != value
        };
        for (name, value) in [
            ("dbPassword", "a-value-of-some-length"),
            ("dbPwd", "hunter2hunter2"),
            ("token", "a-value-of-some-length"),
            ("greeting", "Bearer abcdefghijklmn"),
            ("greeting", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("hookToken", "T00000000/B00000000/aaaabbbbccccdddd1234"),
            ("tokenHost", "AKIAIOSFODNN7EXAMPLE"),
        ] {
            assert!(redacted(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("stage", "a-value-of-some-length"),
            ("tokenFunction", "OrdersTokenHandler886CB40B-AbCdEf"),
            ("tokenHost", "tokens.example.com"),
            ("tokenPath", "oauth/v2/token"),
        ] {
            assert!(!redacted(name, value), "{name}={value}");
        }
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
        assert_eq!(redact_uri("https://x/?sig=hunter2&key=hunter2"), format!("https://x/?sig={hidden}&key={hidden}"));
        assert_eq!(
            redact_uri("arn:aws:lambda:eu-west-1:1:function:token"),
            "arn:aws:lambda:eu-west-1:1:function:token"
        );
    }
}
