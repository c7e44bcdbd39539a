//! An OpenID provider, asked over HTTPS: what it publishes of itself (OpenID Connect Discovery 1.0), its keys, and the tokens
//! that it gives for a code.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use engine::exchange::encoding::{base64_encoded, percent_encoded};
use http_body_util::{BodyExt, Limited};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::settings::Provider;
use crate::token::{self, Claims, Expected, Key, TokenError};

/// A provider, with what is known of it.
pub(crate) struct Issuer {
    pub(crate) provider: Provider,
    connector: SharedHttpConnector,
    known: Mutex<Option<Known>>,
}

/// What a provider publishes.
#[derive(Clone, Debug)]
struct Known {
    endpoints: Endpoints,
    keys: Vec<Key>,
    at: Timestamp,
}

/// Where it is asked.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Endpoints {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// Why the provider did not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IssuerError {
    /// It cannot be reached, or does not answer as a provider does. One line.
    #[error("the identity provider does not answer: {0}")]
    NoAnswer(String),
    /// It does not take the code.
    #[error("the identity provider refuses the code: {0}")]
    Refused(String),
    /// Its token is not accepted.
    #[error("the identity provider's token is not accepted: {0}")]
    Token(#[from] TokenError),
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest answer.
const LONGEST: usize = 1 << 20;

/// How long keys are believed in. Providers exchange them rarely, and announce new ones before.
const LASTING: SignedDuration = SignedDuration::from_hours(1);

/// How soon keys are asked for again because of a token that none of them signed. Anybody can send such tokens.
const SOONEST: SignedDuration = SignedDuration::from_secs(60);

impl Issuer {
    pub(crate) fn new(provider: Provider, connector: SharedHttpConnector) -> Issuer {
        Issuer { provider, connector, known: Mutex::new(None) }
    }

    /// Where people sign in, and programs get tokens.
    pub(crate) async fn endpoints(&self, now: Timestamp) -> Result<Endpoints, IssuerError> {
        Ok(self.known(now, LASTING).await?.endpoints)
    }

    /// The claims of a token. If it was signed with a key that is not known yet, the keys are asked for again.
    pub(crate) async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, IssuerError> {
        let audiences: Vec<&str> =
            [Some(self.provider.client_id.as_str()), self.provider.audience.as_deref()].into_iter().flatten().collect();
        let expected = Expected { issuer: &self.provider.issuer, audiences: &audiences, now };
        let known = self.known(now, LASTING).await?;
        match token::verify(token, &known.keys, expected) {
            Err(TokenError::UnknownKey) => {
                let known = self.known(now, SOONEST).await?;
                Ok(token::verify(token, &known.keys, expected)?)
            }
            verified => Ok(verified?),
        }
    }

    /// What somebody who came back with a code is, by the token that the provider gives for it (OpenID Connect Core 1.0,
    /// section 3.1.3; RFC 7636).
    pub(crate) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
        now: Timestamp,
    ) -> Result<Claims, IssuerError> {
        let Provider { client_id, client_secret, .. } = &self.provider;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", client_id),
            ("code_verifier", verifier),
        ];
        let form: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        let endpoint = self.endpoints(now).await?.token_endpoint;
        let mut request = HttpRequest::new(SdkBody::from(form.join("&")));
        request.set_method("POST").map_err(unsendable)?;
        request.set_uri(endpoint).map_err(unsendable)?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded");
        headers.insert("accept", "application/json");
        if let Some(secret) = client_secret {
            let pair = format!("{}:{}", percent_encoded(client_id), percent_encoded(secret));
            headers.insert("authorization", format!("Basic {}", base64_encoded(pair.as_bytes())));
        }
        let (status, answer) = self.send(request).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        match text("id_token") {
            Some(token) if status == 200 => self.verify(token, now).await,
            // Only the code of the error: its description may be anything.
            _ => {
                let error = text("error").unwrap_or("no reason is given");
                let error: String = error.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect();
                Err(IssuerError::Refused(format!("status {status}, {error}")))
            }
        }
    }

    /// What the provider publishes, not older than `age`.
    async fn known(&self, now: Timestamp, age: SignedDuration) -> Result<Known, IssuerError> {
        let mut held = self.known.lock().await;
        if let Some(known) = held.as_ref().filter(|known| now.duration_since(known.at) < age) {
            return Ok(known.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", self.provider.issuer.trim_end_matches('/'));
        let endpoints: Endpoints = serde_json::from_value(self.get(&url).await?)
            .map_err(|error| IssuerError::NoAnswer(format!("its configuration is not complete: {error}")))?;
        if endpoints.issuer != self.provider.issuer {
            return Err(IssuerError::NoAnswer("its configuration names another issuer".to_owned()));
        }
        let keys = Key::set(&self.get(&endpoints.jwks_uri).await?);
        let known = Known { endpoints, keys, at: now };
        *held = Some(known.clone());
        Ok(known)
    }

    async fn get(&self, url: &str) -> Result<Value, IssuerError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url.to_owned()).map_err(unsendable)?;
        match self.send(request).await? {
            (200, answer) => Ok(answer),
            (status, _) => Err(IssuerError::NoAnswer(format!("status {status}"))),
        }
    }

    /// Status and JSON of an answer; null, if it is not JSON.
    async fn send(&self, request: HttpRequest) -> Result<(u16, Value), IssuerError> {
        let exchange = async {
            let response = self.connector.call(request).await.map_err(|_| "the connection failed")?;
            let status = response.status().as_u16();
            let body =
                Limited::new(response.into_body(), LONGEST).collect().await.map_err(|_| "the answer broke off")?;
            Ok((status, serde_json::from_slice(&body.to_bytes()).unwrap_or_default()))
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(answer) => answer.map_err(|why: &str| IssuerError::NoAnswer(why.to_owned())),
            Err(_) => Err(IssuerError::NoAnswer(format!("nothing came within {} seconds", PATIENCE.as_secs()))),
        }
    }
}

fn unsendable(error: impl std::fmt::Display) -> IssuerError {
    IssuerError::NoAnswer(format!("it cannot be asked: {error}"))
}
