//! Tokens of an OpenID provider: JSON Web Tokens (RFC 7519), checked with the keys that it publishes (RFC 7517, RFC 7518).

use engine::exchange::encoding::base64_decoded;
use jiff::Timestamp;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// A key that a provider publishes, if it is of a kind that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    id: Option<String>,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<String>,
    public: Public,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point on the curve P-256, uncompressed.
    P256(Vec<u8>),
}

/// What a token says of who shows it. It was signed by the issuer, and is of this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Who it is: the address, the name, or the id.
    pub(crate) person: String,
    pub(crate) expires: Timestamp,
    pub(crate) nonce: Option<String>,
}

/// Why a token is not accepted. It repeats nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("it is no JSON Web Token")]
    Form,
    #[error("it is signed in a way that is not accepted")]
    Algorithm,
    #[error("it is signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("its signature does not fit")]
    Signature,
    #[error("another issuer made it")]
    Issuer,
    #[error("it was made for another client")]
    Audience,
    #[error("it has expired, or is not valid yet")]
    Time,
}

/// What is expected of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// What may stand in `aud`; a token of Cognito's for programs names the client in `client_id` instead.
    pub(crate) audiences: &'a [&'a str],
    pub(crate) now: Timestamp,
}

/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    aud: Option<Value>,
    client_id: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    sub: Option<String>,
    email: Option<String>,
    nonce: Option<String>,
}

impl Key {
    /// The keys of a set. Those that are not for signatures, or of another kind, are passed over.
    pub(crate) fn set(document: &Value) -> Vec<Key> {
        let keys = document.get("keys").and_then(Value::as_array);
        keys.into_iter().flatten().filter_map(Key::read).collect()
    }

    fn read(key: &Value) -> Option<Key> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let number = |name: &str| base64_decoded(text(name)?);
        let public = match text("kty")? {
            "RSA" => Public::Rsa { n: number("n")?, e: number("e")? },
            "EC" if text("crv") == Some("P-256") => {
                let (x, y) = (number("x")?, number("y")?);
                let is_point = x.len() == 32 && y.len() == 32;
                is_point.then(|| Public::P256([&[4][..], &x, &y].concat()))?
            }
            _ => return None,
        };
        Some(Key { id: text("kid").map(str::to_owned), algorithm: text("alg").map(str::to_owned), public })
    }

    /// Whether this key signed a message. An algorithm of another kind of key signs nothing.
    fn has_signed(&self, algorithm: &str, message: &[u8], tag: &[u8]) -> bool {
        if self.algorithm.as_deref().is_some_and(|own| own != algorithm) {
            return false;
        }
        match (&self.public, algorithm) {
            (Public::Rsa { n, e }, "RS256" | "RS384" | "RS512" | "PS256") => {
                let parameters = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    _ => &signature::RSA_PSS_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, tag).is_ok()
            }
            (Public::P256(point), "ES256") => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, tag).is_ok()
            }
            _ => false,
        }
    }
}

/// The algorithms that are accepted. Neither `none` nor one with a shared secret is among them: a public key would be that
/// secret.
const ALGORITHMS: [&str; 5] = ["RS256", "RS384", "RS512", "PS256", "ES256"];

/// The claims of a token.
///
/// # Errors
///
/// [`TokenError`] says why it is not accepted; [`TokenError::UnknownKey`], if other keys may help.
pub(crate) fn verify(token: &str, keys: &[Key], expected: Expected<'_>) -> Result<Claims, TokenError> {
    let (message, tag) = token.rsplit_once('.').ok_or(TokenError::Form)?;
    let (header, payload) = message.split_once('.').ok_or(TokenError::Form)?;
    let header: Header = part(header)?;
    if !ALGORITHMS.contains(&header.alg.as_str()) || header.crit.is_some() {
        return Err(TokenError::Algorithm);
    }
    let tag = base64_decoded(tag).ok_or(TokenError::Form)?;
    let is_meant = |key: &&Key| header.kid.is_none() || key.id == header.kid;
    let mut meant = keys.iter().filter(is_meant).peekable();
    meant.peek().ok_or(TokenError::UnknownKey)?;
    if !meant.any(|key| key.has_signed(&header.alg, message.as_bytes(), &tag)) {
        return Err(TokenError::Signature);
    }
    claims(part(payload)?, expected)
}

fn part<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, TokenError> {
    let bytes = base64_decoded(text).ok_or(TokenError::Form)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Form)
}

fn claims(payload: Payload, expected: Expected<'_>) -> Result<Claims, TokenError> {
    if payload.iss != expected.issuer {
        return Err(TokenError::Issuer);
    }
    let named: Vec<&str> = match &payload.aud {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) => Vec::new(),
        None => payload.client_id.iter().map(String::as_str).collect(),
    };
    if !named.iter().any(|name| expected.audiences.contains(name)) {
        return Err(TokenError::Audience);
    }
    let expires = seconds(payload.exp).ok_or(TokenError::Form)?;
    let now = expected.now.as_second();
    let begins = payload.nbf.map(|nbf| seconds(nbf).ok_or(TokenError::Form)).transpose()?;
    if expires + SKEW <= now || begins.is_some_and(|begins| begins - SKEW > now) {
        return Err(TokenError::Time);
    }
    let is_name = |person: &String| (1..=LONGEST_NAME).contains(&person.len());
    let person = payload.email.or(payload.sub).filter(is_name).ok_or(TokenError::Form)?;
    let expires = Timestamp::from_second(expires).map_err(|_| TokenError::Form)?;
    Ok(Claims { person, expires, nonce: payload.nonce })
}

/// How long a name may be: `sub` is at most 255 characters long (OpenID Connect Core 1.0, section 2), an address 254 (RFC 5321).
/// A longer one would not fit into a cookie, which browsers then pass over.
const LONGEST_NAME: usize = 255;

/// A numeric date (RFC 7519, section 2), of which fractions are left out.
fn seconds(date: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it is bounded")]
    let whole = |date: f64| date as i64;
    (0.0..=253_402_300_799.0).contains(&date).then(|| whole(date))
}
