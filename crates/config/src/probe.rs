//! A `[[probe]]` entry: what it may say, and what it stands for once its variables are read.

use std::collections::BTreeMap;

use engine::exchange::Headers;
use engine::probe::Entry;
use engine::secret;
use serde::Deserialize;

/// A `[[probe]]` entry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Probe {
    api: String,
    #[serde(default)]
    stages: Vec<String>,
    #[serde(default = "get")]
    method: String,
    path: String,
    /// The path that is asked of the route `$default`.
    request_path: Option<String>,
    #[serde(default)]
    path_parameters: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    /// By the parameter's name, the variable of the environment that holds its value.
    #[serde(default)]
    query_env: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// By the header's name, the variable of the environment that holds its value.
    #[serde(default)]
    headers_env: BTreeMap<String, String>,
    api_key_env: Option<String>,
    body: Option<String>,
    #[serde(default)]
    sign: bool,
    #[serde(default)]
    invoke: bool,
}

fn get() -> String {
    "GET".to_owned()
}

/// The route of an HTTP API that takes what no other route does.
const DEFAULT: &str = "$default";

/// Headers that choose among APIs: an entry's own key says which is asked.
const OF_THE_API: [&str; 2] = ["host", "x-apigw-api-id"];

/// What is wrong, and what to do about it. No value is in either.
type Wrong = (String, &'static str);

impl Probe {
    /// What is wrong with an entry that its form does not tell.
    pub(super) fn check(&self) -> Result<(), String> {
        const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
        if !METHODS.contains(&self.method.as_str()) {
            return Err(format!("method is one of {}, in capital letters", METHODS.join(", ")));
        }
        self.check_path()?;
        for (name, value) in &self.headers {
            if secret::is_credential_name(name) || secret::is_credential(value) {
                return Err(format!(
                    "the header `{name}` holds a secret: name a variable of the environment in headers-env instead"
                ));
            }
            check_header(name, value)?;
        }
        self.headers_env.keys().try_for_each(|name| check_header(name, ""))?;
        for (name, value) in &self.query {
            if secret::is_credential_name(name) || secret::is_credential(value) {
                return Err(format!(
                    "the query parameter `{name}` holds a secret: name a variable of the environment in query-env \
                     instead"
                ));
            }
        }
        Ok(())
    }

    fn check_path(&self) -> Result<(), String> {
        match (self.path.as_str(), &self.request_path) {
            (DEFAULT, None) => return Err("the route $default takes any path: request-path says which is asked".into()),
            (DEFAULT, Some(path)) if !is_path(path) => {
                return Err(
                    "request-path begins with a slash, is percent-encoded, and holds no query and no `..`".into()
                );
            }
            (DEFAULT, Some(_)) => {}
            (_, Some(_)) => {
                return Err("request-path is of path = \"$default\" alone: path-parameters fill other paths".into());
            }
            (path, None) if !path.starts_with('/') => {
                return Err("path begins with a slash, or is $default".into());
            }
            (path, None) if path.contains('?') => {
                return Err("path is a route's template, which has no query: that stands in query".into());
            }
            _ => {}
        }
        for (name, value) in &self.path_parameters {
            if value.split('/').any(is_step) {
                return Err(format!("the path parameter `{name}` leads to another path: it may not hold `.` or `..`"));
            }
            if secret::is_credential(value) {
                return Err(format!(
                    "the path parameter `{name}` holds a secret, and no secret may stand in this file"
                ));
            }
        }
        Ok(())
    }

    /// What the entry stands for. `variable` reads a variable of the environment.
    pub(super) fn entry(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Entry, Wrong> {
        let mut headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        let in_headers = self.headers_env.iter().map(|(name, variable)| ("headers-env", name.as_str(), variable));
        let api_key = self.api_key_env.iter().map(|variable| ("api-key-env", "x-api-key", variable));
        for (key, name, own) in in_headers.chain(api_key) {
            let value = read(key, own, variable)?;
            if check_header(name, &value).is_err() {
                let help = "set the variable to what the header holds, in one line and without its end";
                return Err((
                    format!(
                        "{key} names a variable for the header `{name}` that holds a line break or another control character"
                    ),
                    help,
                ));
            }
            headers.push((name.to_owned(), value));
        }
        let mut query = self.query.clone();
        for (name, own) in &self.query_env {
            query.insert(name.clone(), read("query-env", own, variable)?);
        }
        Ok(Entry {
            api: self.api.clone(),
            stages: self.stages.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            request_path: self.request_path.clone(),
            path_parameters: self.path_parameters.clone(),
            query,
            headers: Headers(headers),
            body: self.body.clone(),
            sign: self.sign,
            invoke: self.invoke,
        })
    }
}

fn read(key: &str, name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Wrong> {
    if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
        return Ok(value);
    }
    if is_name_of_a_variable(name) {
        return Err((format!("{key} names the variable {name}, which is not set"), "set it, or take the entry out"));
    }
    let help = "write the name of a variable there, such as ORDERS_API_KEY, and the secret into that variable";
    Err((format!("{key} names a variable that is not set; its name is not shown, for it may be a secret itself"), help))
}

/// Whether a text is called as variables are by custom: in capital letters, in words that mean something.
fn is_name_of_a_variable(name: &str) -> bool {
    let is_own = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_mixed = |word: &str| word.len() >= 12 && word.contains(|c: char| c.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(is_own)
        && !name.split('_').any(is_mixed)
}

/// Whether a header may stand in an entry: it names no API, and holds what HTTP lets a header hold (RFC 9110, section 5).
fn check_header(name: &str, value: &str) -> Result<(), String> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_of_token) {
        return Err("a header's name is made of letters, digits and hyphens".to_owned());
    }
    if OF_THE_API.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Err(format!("the header `{name}` chooses an API: `api` says which is asked"));
    }
    if value.contains(|c: char| c.is_control() && c != '\t') {
        return Err(format!("the header `{name}` holds a line break or another control character"));
    }
    Ok(())
}

/// Whether a text is the path of a URL as it is sent (RFC 3986, section 3.3).
fn is_path(path: &str) -> bool {
    let is_sent = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
    path.starts_with('/') && path.chars().all(is_sent) && !path.split('/').any(is_step)
}

/// Whether a segment of a path stands for another one, with its dots as they are or percent-encoded.
fn is_step(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase().replace("%2e", ".");
    segment == "." || segment == ".."
}
