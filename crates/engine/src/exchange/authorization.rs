//! How a request identifies its sender: the `Authorization` header, or a presigned query, taken apart. Nothing here is
//! trusted, and nothing of it is printed.

mod signature;
mod token;

use std::fmt;

use serde_json::Value;

use super::Request;
use super::encoding::base64_decoded;

/// How a request identifies its sender.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization {
    /// Not at all.
    None,
    /// AWS Signature Version 4 (or 4A), in the header `Authorization`.
    SigV4(SigV4),
    /// AWS Signature Version 4 in the query.
    Presigned(SigV4),
    /// A JSON Web Token, with `Bearer` before it or without.
    Jwt(Jwt),
    /// `Bearer` and something that is no JSON Web Token.
    Bearer,
    /// `Basic`: a name and a password, which [`Credentials::of`] takes apart.
    Basic,
    /// Anything else.
    Other,
}

/// The parts of a signature, as far as they are there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SigV4 {
    /// The access key's id: `AKIA…` is a user's, `ASIA…` a temporary one.
    pub access_key_id: Option<String>,
    /// `20261010`.
    pub date: Option<String>,
    /// The region that it was made for. Signatures of version 4A have none here: see [`SigV4::region_set`].
    pub region: Option<String>,
    /// The service that it was made for: `execute-api`.
    pub service: Option<String>,
    /// The names of the headers that it covers, in lower case.
    pub signed_headers: Option<Vec<String>>,
    /// Whether there is a signature.
    pub has_signature: bool,
    /// When the request says that it was made: `X-Amz-Date`, or `Date`, as it is written.
    pub signed_at: Option<String>,
    /// Whether a session token is sent.
    pub has_session_token: bool,
    /// `X-Amz-Content-Sha256`, as it is written.
    pub content_sha256: Option<String>,
    /// `X-Amz-Region-Set`, as it is written: the regions that a signature of version 4A (`AWS4-ECDSA-P256-SHA256`) is for.
    pub region_set: Option<String>,
    /// Whether it is of version 4A.
    pub is_asymmetric: bool,
    /// Whether white space stands within one of its parts, where a copied key brought a space or a line break along.
    /// The parts here are without it.
    pub has_stray_white_space: bool,
    /// Whether the client makes it only when it sends (`curl --aws-sigv4`): what depends on the moment is then unknown,
    /// not missing.
    pub is_made_at_sending: bool,
}

/// A JSON Web Token's claims. Its signature is not checked.
#[derive(Clone, PartialEq)]
pub struct Jwt {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// Whether `Bearer` stood before it.
    pub has_scheme: bool,
    /// What is wrong with the way in which it is sent.
    pub defects: Vec<TokenDefect>,
}

/// Why a token that can be read is still none that an authorizer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenDefect {
    /// `Bearer Bearer`.
    RepeatedScheme,
    /// Quotes around it.
    Quotes,
    /// White space or a line break inside it.
    WhiteSpace,
    /// It does not have three parts, or the third is empty.
    NoSignature,
}

/// What `Basic` carries (RFC 7617).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name; at Cognito's token endpoint, the app client's id.
    pub user_name: String,
    password: String,
}

impl Authorization {
    /// Whether it is a signature of AWS, wherever it stands.
    pub fn is_signed(&self) -> bool {
        matches!(self, Authorization::SigV4(_) | Authorization::Presigned(_))
    }

    /// What a request says of its sender first: in its header, else in its query, else by what its client signs with.
    pub fn of(request: &Request) -> Authorization {
        Authorization::all(request).into_iter().next().unwrap_or(Authorization::None)
    }

    /// Everything that a request says of its sender: each header `Authorization`, then the query. More than one is a
    /// defect of its own: S3 refuses a presigned URL with a header beside it.
    pub fn all(request: &Request) -> Vec<Authorization> {
        let headers = request.headers.all("authorization").filter(|value| !value.trim().is_empty());
        let mut all: Vec<Authorization> = headers.map(|value| Authorization::in_header(value, request)).collect();
        all.extend(SigV4::in_query(request).map(Authorization::Presigned));
        if all.is_empty() {
            // A client that is told to sign leaves a request alone that has a header of its own.
            all.extend(
                request.client.signs_with.clone().map(|signature| Authorization::SigV4(signature.sent_with(request))),
            );
        }
        all
    }

    fn in_header(value: &str, request: &Request) -> Authorization {
        let value = value.trim();
        if value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("AWS4-")) {
            return Authorization::SigV4(SigV4::in_header(value, request));
        }
        if scheme(value, "basic").is_some() {
            return Authorization::Basic;
        }
        match (Jwt::in_header(value), scheme(value, "bearer")) {
            (Some(jwt), _) => Authorization::Jwt(jwt),
            (None, Some(_)) => Authorization::Bearer,
            (None, None) => Authorization::Other,
        }
    }
}

impl Credentials {
    /// What the first `Basic` header of a request carries; none where it cannot be decoded.
    pub fn of(request: &Request) -> Option<Credentials> {
        let encoded = request.headers.all("authorization").find_map(|value| scheme(value.trim(), "basic"))?;
        let text = String::from_utf8(base64_decoded(encoded)?).ok()?;
        let (user_name, password) = text.split_once(':')?;
        Some(Credentials { user_name: user_name.to_owned(), password: password.to_owned() })
    }

    /// Whether the password is this one. It is compared in memory, and shown nowhere.
    pub fn has_password(&self, secret: &str) -> bool {
        self.password == secret
    }
}

/// What follows a scheme's name, whose case makes no difference (RFC 9110, section 11.1).
fn scheme<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let (own, rest) = value.split_once(|c: char| c.is_whitespace()).unwrap_or((value, ""));
    own.eq_ignore_ascii_case(name).then(|| rest.trim())
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = [&self.date, &self.region, &self.service].map(|part| part.as_deref().unwrap_or("-"));
        f.debug_tuple("SigV4").field(&scope.join("/")).finish()
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwt")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

#[cfg(test)]
mod tests;
