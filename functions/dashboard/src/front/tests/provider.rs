//! An OpenID provider on this machine, with keys that are real.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair};
use serde_json::{Value, json};

use super::{base64url, now};

/// A key of an issuer of the tests. The RSA key was made for them with `openssl genpkey`, and is used nowhere else.
const RSA: &[u8] = include_bytes!("../rsa.der");

/// Two keys that are real: one of RSA, one on P-256.
pub(super) struct Keys {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
}

impl Keys {
    fn new() -> Keys {
        let random = SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let p256 = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap();
        Keys { rsa: RsaKeyPair::from_der(RSA).unwrap(), p256 }
    }

    fn published(&self) -> Value {
        let public: ring::rsa::PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let point = self.p256.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({ "keys": [
            { "kty": "RSA", "kid": "r", "use": "sig", "n": base64url(&public.n), "e": base64url(&public.e) },
            { "kty": "EC", "kid": "p", "crv": "P-256", "alg": "ES256", "x": base64url(x), "y": base64url(y) },
            { "kty": "oct", "kid": "o", "k": "AAAA" },
        ] })
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let random = SystemRandom::new();
        let message =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let tag = match header["kid"].as_str() {
            Some("p") => self.p256.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            _ => {
                let mut tag = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&signature::RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut tag).unwrap();
                tag
            }
        };
        format!("{message}.{}", base64url(&tag))
    }
}

/// An OpenID provider: it takes one code, with the verifier that its challenge was made of.
pub(super) struct Op {
    pub(super) keys: Keys,
    pub(super) issuer: Mutex<String>,
    /// What the token says besides; `nonce` is of the last request.
    pub(super) nonce: Mutex<String>,
    pub(super) forms: Mutex<Vec<BTreeMap<String, String>>>,
}

pub(super) async fn provider() -> (Arc<Op>, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let op = Arc::new(Op {
        keys: Keys::new(),
        issuer: Mutex::new(url.clone()),
        nonce: Mutex::default(),
        forms: Mutex::default(),
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/keys", get(|State(op): State<Arc<Op>>| async move { op.keys.published().to_string() }))
        .route("/token", post(token))
        .with_state(Arc::clone(&op));
    let service = hyper_util::service::TowerToHyperService::new(router);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service.clone());
            tokio::spawn(served);
        }
    });
    (op, url)
}

async fn configuration(State(op): State<Arc<Op>>) -> String {
    let url = op.issuer.lock().unwrap().clone();
    json!({
        "issuer": url,
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
    })
    .to_string()
}

async fn token(State(op): State<Arc<Op>>, body: String) -> impl IntoResponse {
    let form: BTreeMap<String, String> = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), engine::exchange::encoding::form_decoded(value)))
        .collect();
    let is_right = form["code"] == "the-code";
    op.forms.lock().unwrap().push(form);
    if !is_right {
        return (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    }
    let nonce = op.nonce.lock().unwrap().clone();
    let token = op.keys.sign(&json!({ "alg": "RS256", "kid": "r" }), &claims(&op, &json!({ "nonce": nonce })));
    (StatusCode::OK, json!({ "id_token": token, "token_type": "Bearer" }).to_string())
}

/// Claims that are right, with others in their place.
pub(super) fn claims(op: &Op, others: &Value) -> Value {
    let mut claims = json!({
        "iss": *op.issuer.lock().unwrap(),
        "aud": "dashboard",
        "sub": "7",
        "email": "ana@example.com",
        "exp": now().as_second() + 3600,
    });
    for (name, value) in others.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}
