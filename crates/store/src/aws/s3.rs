//! Objects in a bucket of S3's: three signed requests, for which a client crate of its own would be by far the largest of
//! all that the functions are built with.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use engine::exchange::encoding::percent_encoded;
use http_body_util::BodyExt;

use crate::StoreError;

/// A bucket.
pub(super) struct Bucket {
    name: String,
    /// Where its objects are, without a slash at the end.
    url: String,
    region: String,
    credentials: Option<SharedCredentialsProvider>,
    connector: SharedHttpConnector,
}

/// The first attempt and three more.
const ATTEMPTS: u32 = 4;

/// The wait before the second attempt; it doubles.
const BACK_OFF: Duration = Duration::from_millis(100);

/// How long an answer may take, its body included.
const PATIENCE: Duration = Duration::from_secs(20);

struct Reply {
    status: u16,
    body: Vec<u8>,
}

impl Bucket {
    pub(super) fn new(config: &SdkConfig, connector: SharedHttpConnector, name: &str) -> Bucket {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let url = match config.endpoint_url() {
            Some(url) => format!("{}/{name}", url.trim_end_matches('/')),
            None => format!("https://{name}.s3.{region}.amazonaws.com{suffix}"),
        };
        Bucket { name: name.to_owned(), url, region, credentials: config.credentials_provider(), connector }
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let reply = self.send("PUT", name, &bytes).await?;
        if reply.status == 200 { Ok(()) } else { Err(self.refused("PUT", name, &reply)) }
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let reply = self.send("GET", name, &[]).await?;
        match reply.status {
            200 => Ok(Some(reply.body)),
            404 => Ok(None),
            _ => Err(self.refused("GET", name, &reply)),
        }
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let reply = self.send("DELETE", name, &[]).await?;
        if [200, 204, 404].contains(&reply.status) { Ok(()) } else { Err(self.refused("DELETE", name, &reply)) }
    }

    /// Sends a request, and again while S3 is busy or cannot be reached: each of the three may be repeated.
    async fn send(&self, method: &'static str, name: &str, bytes: &[u8]) -> Result<Reply, StoreError> {
        let mut wait = BACK_OFF;
        let mut attempt = 1;
        loop {
            let sent = tokio::time::timeout(PATIENCE, self.attempt(method, name, bytes)).await;
            let sent = sent.unwrap_or_else(|_| Err(format!("there was no answer within {} s", PATIENCE.as_secs())));
            match sent {
                Ok(reply) if reply.status != 429 && reply.status < 500 => return Ok(reply),
                Ok(reply) if attempt == ATTEMPTS => return Ok(reply),
                Err(why) if attempt == ATTEMPTS => return Err(self.failed(method, name, why)),
                _ => {}
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
            wait *= 2;
        }
    }

    async fn attempt(&self, method: &'static str, name: &str, bytes: &[u8]) -> Result<Reply, String> {
        let provider = self.credentials.as_ref().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
        let request = self.signed(method, name, bytes, credentials)?;
        let response = self.connector.call(request).await.map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok(Reply { status, body: body.to_bytes().to_vec() })
    }

    /// The request as it is sent. S3 signs paths as they are sent, encoded once, and wants the hash of what is sent in a header.
    fn signed(
        &self,
        method: &'static str,
        name: &str,
        bytes: &[u8],
        credentials: Credentials,
    ) -> Result<HttpRequest, String> {
        // The configuration's name is somebody's own, and may hold anything.
        let path: Vec<String> = name.split('/').map(percent_encoded).collect();
        let uri = format!("{}/{}", self.url, path.join("/"));
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signable = SignableRequest::new(method, &uri, std::iter::empty(), SignableBody::Bytes(bytes));
        let signature =
            sign(signable.map_err(|error| error.to_string())?, &params).map_err(|error| error.to_string())?;
        let mut request = HttpRequest::new(SdkBody::from(bytes.to_vec()));
        request.set_method(method).map_err(|error| error.to_string())?;
        request.set_uri(uri).map_err(|error| error.to_string())?;
        let (instructions, _) = signature.into_parts();
        for (name, value) in instructions.headers() {
            let added = request.headers_mut().try_insert(name.to_owned(), value.to_owned());
            added.map_err(|error| error.to_string())?;
        }
        Ok(request)
    }

    fn refused(&self, method: &str, name: &str, reply: &Reply) -> StoreError {
        let body = String::from_utf8_lossy(&reply.body);
        let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
        let code = code.filter(|code| code.chars().all(char::is_alphanumeric)).unwrap_or("no code");
        self.failed(method, name, format!("status {}, {code}", reply.status))
    }

    fn failed(&self, method: &str, name: &str, why: String) -> StoreError {
        StoreError::Backend { what: format!("{method} of {name} in the bucket {}", self.name), why }
    }
}
