//! Requests that somebody else makes, signed for an API of one's own: the dashboard that is deployed behind API Gateway.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use engine::exchange::host::Host;
use engine::exchange::url::Url;
use http_body_util::{BodyExt, Limited};

use super::{Message, Signer};
use crate::connect::{self, ConnectError, Identity, Target, connector};
use crate::read::chain;

/// Sends requests to one host alone, signed with somebody's credentials for `execute-api`.
pub struct Forwarder {
    signer: Signer,
    region: String,
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    host: String,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The longest answer: API Gateway passes on 10 MB.
const LONGEST: usize = 10 << 20;

/// How long an answer may take: API Gateway waits for no longer than that itself.
const PATIENCE: Duration = Duration::from_secs(30);

impl Forwarder {
    /// Finds credentials, and the region of a URL's API: the host's name tells it, or else the profile.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], if there are no credentials, or no region.
    pub async fn connect(
        profile: Option<String>,
        region: Option<String>,
        url: &Url,
    ) -> Result<Forwarder, ConnectError> {
        let identity = Identity::Environment { profile: profile.clone() };
        let own = Host::of(&url.host).region().map(str::to_owned).or(region);
        let regions = own.into_iter().collect();
        let target = Target { identity, endpoint_url: None, regions, account_id: None, quota_share: None, tap: None };
        let (config, _) = connect::other_clients(&target).await;
        let region = config.region().map(ToString::to_string).ok_or(ConnectError::NoRegion)?;
        connect::credentials(&config, profile.as_deref()).await?;
        let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", url.host);
        let is_plain = url.scheme == "http";
        let signer = Signer::new(config.credentials_provider(), None, move || connector(is_plain));
        Ok(Forwarder { signer, region, origin: format!("{}://{host}", url.scheme), host })
    }

    /// Sends a request. Host and signature are added; of the headers, `content-type` is signed.
    ///
    /// # Errors
    ///
    /// Why there was no answer. One line.
    pub async fn send(
        &self,
        method: &str,
        path_and_query: &str,
        headers: &[(String, String)],
        body: String,
    ) -> Result<Forwarded, String> {
        let credentials = self.signer.credentials().await?;
        let uri = format!("{}{path_and_query}", self.origin);
        let signed: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| *name == "content-type")
            .chain([("host", self.host.as_str())])
            .collect();
        let message = Message { method, uri: &uri, headers: &signed, body: &body };
        let signature = message.signature(credentials, "execute-api", &self.region)?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|error| chain(&error))?;
        request.set_uri(uri).map_err(|error| chain(&error))?;
        let host = ("host".to_owned(), self.host.clone());
        for (name, value) in headers.iter().cloned().chain([host]).chain(signature) {
            request.headers_mut().try_insert(name, value).map_err(|error| chain(&error))?;
        }
        let connector = self.signer.connector.get_or_init(|| (self.signer.connect)());
        let exchange = async {
            let response: HttpResponse = connector.call(request).await.map_err(|error| chain(&error))?;
            let status = response.status().as_u16();
            let headers = response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let body = Limited::new(response.into_body(), LONGEST).collect().await.map_err(|error| chain(&*error))?;
            Ok(Forwarded { status, headers, body: body.to_bytes().to_vec() })
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(forwarded) => forwarded,
            Err(_) => Err(format!("there was no answer within {} seconds", PATIENCE.as_secs())),
        }
    }
}
