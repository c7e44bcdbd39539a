//! How people sign in: the authorization code flow of OpenID Connect with a proof key (RFC 7636), which ends in a cookie that
//! this program has sealed.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use engine::exchange::encoding::{base64_encoded, form_decoded, percent_encoded};
use jiff::{SignedDuration, Timestamp};
use ring::digest;
use serde::{Deserialize, Serialize};
use web::Seal;
use web::page::{self, Frame, SignIn};

use crate::event::Incoming;
use crate::issuer::{Issuer, IssuerError};

/// The cookie of a session. Browsers take a name that begins so over TLS alone.
const SESSION: &str = "__Secure-stagecheck";

/// The cookie of somebody who is signing in.
const SIGNING_IN: &str = "__Secure-stagecheck-signing-in";

/// How long signing in may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// The longest session, however long the provider's token is valid.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A session, as its cookie has it.
#[derive(Serialize, Deserialize)]
struct Session {
    person: String,
    expires: Timestamp,
}

/// What somebody who is signing in has to come back with.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    to: String,
    expires: Timestamp,
}

/// Whether a path is part of signing in, and open to anybody.
pub(crate) fn is_part(path: &str) -> bool {
    path == "/sign-in" || path.starts_with("/sign-in/")
}

/// Who has a session.
pub(crate) fn person(seal: &Seal, headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let opened = cookie(headers, SESSION).and_then(|sealed| seal.open(SESSION, &sealed))?;
    let session: Session = serde_json::from_str(&opened).ok()?;
    (session.expires > now).then_some(session.person)
}

/// The answer to a request that is part of signing in.
pub(crate) async fn answer(issuer: &Issuer, seal: &Seal, incoming: &Incoming, now: Timestamp) -> Response {
    let query = incoming.request.uri().query().unwrap_or_default();
    let frame = frame(&incoming.prefix, now);
    match incoming.request.uri().path() {
        "/sign-in" => {
            let to = field(query, "to").filter(|to| is_path(to));
            let is_signed_out = field(query, "signed-out").is_some();
            web::to_page(StatusCode::OK, page::sign_in(&frame, &SignIn { is_signed_out, to, failed: None }))
        }
        "/sign-in/begin" => match begin(issuer, seal, incoming, query, now).await {
            Ok(response) => response,
            Err(error) => failed(&frame, StatusCode::BAD_GATEWAY, &error.to_string()),
        },
        "/sign-in/callback" => end(issuer, seal, incoming, query, now).await,
        _ => failed(&frame, StatusCode::NOT_FOUND, "there is nothing at this path"),
    }
}

/// Leads to the page for signing in; from there, back to `to`.
pub(crate) fn lead(prefix: &str, to: &str) -> Response {
    let to = if is_path(to) { format!("?to={}", percent_encoded(to)) } else { String::new() };
    redirect(StatusCode::FOUND, &format!("{prefix}/sign-in{to}"), &[])
}

/// Ends a session.
pub(crate) fn out(prefix: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, &format!("{prefix}/sign-in?signed-out=1"), &[set(SESSION, "", prefix, 0)])
}

/// Leads to the provider.
async fn begin(
    issuer: &Issuer,
    seal: &Seal,
    incoming: &Incoming,
    query: &str,
    now: Timestamp,
) -> Result<Response, IssuerError> {
    let to = field(query, "to").filter(|to| is_path(to)).unwrap_or_else(|| "/".to_owned());
    let endpoint = issuer.endpoints(now).await?.authorization_endpoint;
    let none = || IssuerError::NoAnswer("there are no random numbers".to_owned());
    let random = || web::fresh_secret().map(|secret| base64url(&secret.0)).ok_or_else(none);
    let expires = now.checked_add(PATIENCE).unwrap_or(now);
    let begun = Begun { state: random()?, nonce: random()?, verifier: random()?, to, expires };
    let challenge = base64url(digest::digest(&digest::SHA256, begun.verifier.as_bytes()).as_ref());
    let redirect_uri = redirect_uri(incoming);
    let parameters = [
        ("response_type", "code"),
        ("client_id", issuer.provider.client_id.as_str()),
        ("redirect_uri", &redirect_uri),
        ("scope", &issuer.provider.scopes),
        ("state", &begun.state),
        ("nonce", &begun.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    let location = format!("{endpoint}{joint}{}", parameters.join("&"));
    let sealed = seal.seal(SIGNING_IN, &serde_json::to_string(&begun).unwrap_or_default());
    Ok(redirect(StatusCode::FOUND, &location, &[set(SIGNING_IN, &sealed, &incoming.prefix, PATIENCE.as_secs())]))
}

/// Takes back somebody whom the provider knows.
async fn end(issuer: &Issuer, seal: &Seal, incoming: &Incoming, query: &str, now: Timestamp) -> Response {
    let frame = frame(&incoming.prefix, now);
    let refused = |why: &str| failed(&frame, StatusCode::FORBIDDEN, why);
    let opened = cookie(incoming.request.headers(), SIGNING_IN).and_then(|sealed| seal.open(SIGNING_IN, &sealed));
    let begun = opened.and_then(|text| serde_json::from_str::<Begun>(&text).ok()).filter(|begun| begun.expires > now);
    let Some(begun) = begun else { return refused("signing in was not begun here, or it took too long") };
    if field(query, "state").as_deref() != Some(&begun.state) {
        return refused("the answer belongs to another attempt to sign in");
    }
    let Some(code) = field(query, "code") else {
        return refused("the identity provider did not let you in");
    };
    let claims = match issuer.redeem(&code, &begun.verifier, &redirect_uri(incoming), now).await {
        Ok(claims) if claims.nonce.as_deref() == Some(&begun.nonce) => claims,
        Ok(_) => return refused("the identity provider's token belongs to another attempt to sign in"),
        Err(error @ IssuerError::NoAnswer(_)) => return failed(&frame, StatusCode::BAD_GATEWAY, &error.to_string()),
        Err(error) => return refused(&error.to_string()),
    };
    let expires = claims.expires.min(now.checked_add(LONGEST).unwrap_or(now));
    let session = Session { person: claims.person, expires };
    let sealed = seal.seal(SESSION, &serde_json::to_string(&session).unwrap_or_default());
    let lasts = expires.duration_since(now).as_secs().max(0);
    let prefix = &incoming.prefix;
    let cookies = [set(SESSION, &sealed, prefix, lasts), set(SIGNING_IN, "", prefix, 0)];
    redirect(StatusCode::SEE_OTHER, &format!("{prefix}{}", begun.to), &cookies)
}

/// Where the provider leads back to. The host is the one that API Gateway names, not one that a request's header claims.
fn redirect_uri(incoming: &Incoming) -> String {
    format!("https://{}{}/sign-in/callback", incoming.host, incoming.prefix)
}

/// Whether a text is a path and query of this site, and leads to no other.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/?&=+:".contains(&byte);
    text.len() <= 1024 && text.starts_with('/') && !text.starts_with("//") && text.bytes().all(is_plain)
}

fn frame(prefix: &str, now: Timestamp) -> Frame {
    let prefix = prefix.to_owned();
    Frame { prefix, csrf: None, person: None, can_sign_out: false, can_audit: false, now }
}

fn failed(frame: &Frame, status: StatusCode, why: &str) -> Response {
    let sign_in = SignIn { failed: Some(why.to_owned()), ..SignIn::default() };
    web::to_page(status, page::sign_in(frame, &sign_in))
}

fn redirect(status: StatusCode, location: &str, cookies: &[String]) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    let named = cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.as_str()));
    for (name, value) in named.chain([(header::LOCATION, location), (header::CACHE_CONTROL, "no-store")]) {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    web::secured(response)
}

/// A cookie for all below the prefix, and for the prefix itself: `/prod/` would not be sent with `/prod` (RFC 6265, section 5.1.4).
fn set(name: &str, value: &str, prefix: &str, seconds: i64) -> String {
    let path = if prefix.is_empty() { "/" } else { prefix };
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
}

fn field(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| form_decoded(value)).filter(|value| !value.is_empty())
}

fn base64url(bytes: &[u8]) -> String {
    base64_encoded(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_of_the_prefix_itself_too() {
        for (prefix, path) in [("", "/"), ("/prod", "/prod"), ("/tools/stagecheck", "/tools/stagecheck")] {
            let expected = format!("c=v; Path={path}; Max-Age=60; HttpOnly; Secure; SameSite=Lax");
            assert_eq!(set("c", "v", prefix, 60), expected);
        }
    }

    #[test]
    fn one_is_led_back_to_this_site_alone() {
        for path in ["/", "/findings?severity=high&api=a1", "/apis/a%20b"] {
            assert!(is_path(path), "{path}");
        }
        for text in
            ["", "findings", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: a", "/é"]
        {
            assert!(!is_path(text), "{text}");
        }
    }
}
