//! A request's URL, taken apart without changing a byte of it.

use std::fmt;

use super::encoding::form_decoded;

/// A URL. The path and the query are percent-encoded as they were sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// `https`, `http`, `wss` or `ws`, in lower case.
    pub scheme: String,
    /// The host without its port, in lower case.
    pub host: String,
    /// The port, where it is written.
    pub port: Option<u16>,
    /// The path, from its first slash; empty where there is none.
    pub path: String,
    /// The pairs of the query, undecoded; a name without `=` has an empty value.
    pub query: Vec<(String, String)>,
}

/// Why a text is no URL that can be explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no `scheme://`.
    #[error("`{0}` is no URL: it does not begin with https://")]
    NoScheme(String),
    /// The scheme is none that API Gateway speaks.
    #[error("`{0}` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs")]
    Scheme(String),
    /// The host is missing or malformed.
    #[error("`{0}` is no host name")]
    Host(String),
}

impl Url {
    /// Takes a URL apart.
    ///
    /// # Errors
    ///
    /// [`UrlError`], if it is none.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let text = text.trim();
        let shown = || text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::NoScheme(shown()))?;
        let scheme = scheme.to_ascii_lowercase();
        if !["https", "http", "wss", "ws"].contains(&scheme.as_str()) {
            return Err(UrlError::Scheme(scheme.chars().filter(|c| !c.is_control()).take(20).collect()));
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        // What stands before an `@` is a name and a password: neither is kept.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => {
                (host, Some(port.parse().map_err(|_| UrlError::Host(host.to_owned()))?))
            }
            _ => (authority, None),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        if host.is_empty() || !host.chars().all(is_name) {
            return Err(UrlError::Host(host.chars().filter(|c| !c.is_control()).take(80).collect()));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Ok(Url {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
            path: path.to_owned(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// A query parameter's first value, undecoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter's first value, decoded.
    pub fn parameter_decoded(&self, name: &str) -> Option<String> {
        self.parameter(name).map(form_decoded)
    }

    /// The URL without its query, which may hold secrets.
    pub fn without_query(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}", self.scheme, self.host, self.path)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_query())
    }
}
