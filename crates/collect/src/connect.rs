//! Connecting to an account: where, as whom, and how fast.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedAsyncSleep, SharedCredentialsProvider};
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::meter::{Meter, Tap};
use crate::read::{chain, one_line};

/// Where an account is, and how it is to be read.
#[derive(Clone)]
pub struct Target {
    /// Whose credentials.
    pub identity: Identity,
    /// Another endpoint than AWS's own, for every service.
    pub endpoint_url: Option<String>,
    /// Regions; with none, the one that the environment or the profile names.
    pub regions: Vec<String>,
    /// The account's id where it is known already, so that nobody has to be asked.
    pub account_id: Option<String>,
    /// The part of the control plane's quota that may be used, above 0 and at most 1; without it, there is no limit.
    pub quota_share: Option<f64>,
    /// Something that listens to every exchange.
    pub tap: Option<Tap>,
}

/// Whose credentials are used.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Those of the environment: variables, the given profile or the default one, or the function's role.
    Environment {
        /// The profile's name.
        profile: Option<String>,
    },
    /// Nobody's: for a recording, which asks for a signature and does not look at it.
    Nobody,
}

/// An account that can be read.
pub struct Account {
    config: SdkConfig,
    id: String,
    regions: Vec<String>,
    clients: Mutex<BTreeMap<String, Arc<Clients>>>,
}

/// The clients of one region.
pub(crate) struct Clients {
    pub(crate) region: String,
    pub(crate) rest: aws_sdk_apigateway::Client,
    pub(crate) v2: aws_sdk_apigatewayv2::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) cloudtrail: aws_sdk_cloudtrail::Client,
}

/// Why an account cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody said which region; the user's to mend.
    #[error("no region is given")]
    NoRegion,
    /// The endpoint's URL is empty or no URL; the user's to mend.
    #[error("`{0}` is no URL of an endpoint")]
    BadEndpoint(String),
    /// There are no credentials; the user's to mend.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
    /// AWS does not accept the credentials; the user's to mend.
    #[error("AWS does not accept the credentials: {0}")]
    BadCredentials(String),
    /// Nothing answers there.
    #[error("{endpoint} cannot be reached: {reason}")]
    Unreachable {
        /// The endpoint, or `AWS`.
        endpoint: String,
        /// What happened.
        reason: String,
    },
    /// The account could not be asked for its id, for another reason.
    #[error("AWS did not say whose account it is: {0}")]
    NoIdentity(String),
}

impl ConnectError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ConnectError::NoRegion => "name one with --region, or set AWS_REGION",
            ConnectError::BadEndpoint(_) => {
                "give --endpoint-url as http://host:port or https://host, or unset AWS_ENDPOINT_URL"
            }
            ConnectError::NoCredentials(_) => {
                "sign in (aws sso login, aws configure), name a profile with --profile, or read a recording with --recording"
            }
            ConnectError::BadCredentials(_) => "sign in again: they may have expired, or belong to another partition",
            ConnectError::Unreachable { .. } => "check the network, the region and --endpoint-url",
            ConnectError::NoIdentity(_) => "try again, or check with: aws sts get-caller-identity",
        }
    }
}

impl Account {
    /// Connects, and asks whose account it is.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says why the account cannot be read at all.
    pub async fn connect(target: Target) -> Result<Account, ConnectError> {
        if let Some(url) = &target.endpoint_url
            && !url
                .split_once("://")
                .is_some_and(|(scheme, host)| ["http", "https"].contains(&scheme) && !host.is_empty())
        {
            return Err(ConnectError::BadEndpoint(url.clone()));
        }
        let config = sdk_config(&target).await;
        let own_region = config.region().map(ToString::to_string);
        let regions = if target.regions.is_empty() { own_region.into_iter().collect() } else { target.regions };
        let first = regions.first().cloned().ok_or(ConnectError::NoRegion)?;
        let id = match target.account_id {
            Some(id) => id,
            None => caller_account(&config, &first, target.endpoint_url.as_deref()).await?,
        };
        Ok(Account { config, id, regions, clients: Mutex::default() })
    }

    /// The account's twelve digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The regions that are read.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// The clients of a region, made when they are first needed. All share one HTTP client, and so one quota.
    pub(crate) fn clients(&self, region: &str) -> Arc<Clients> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients.entry(region.to_owned()).or_insert_with(|| {
            let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
            Arc::new(Clients {
                region: region.to_owned(),
                rest: aws_sdk_apigateway::Client::new(&config),
                v2: aws_sdk_apigatewayv2::Client::new(&config),
                lambda: aws_sdk_lambda::Client::new(&config),
                cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            })
        });
        Arc::clone(made)
    }
}

async fn sdk_config(target: &Target) -> SdkConfig {
    let http_client = Meter::new(http_client(target.endpoint_url.as_deref()), target.quota_share, target.tap.clone());
    // The first attempt and five more: with the SDK's back-off that outlasts half a minute of somebody else's deployment.
    let retry = RetryConfig::standard().with_max_attempts(6);
    // The time to wait for a token is no part of the time to wait for an answer.
    let timeout = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3_100))
        .read_timeout(Duration::from_secs(30))
        .build();
    let region = target.regions.first().map(|region| Region::new(region.clone()));
    match &target.identity {
        Identity::Environment { profile } => {
            let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
                .http_client(http_client)
                .retry_config(retry)
                .timeout_config(timeout);
            if let Some(region) = region {
                loader = loader.region(region);
            }
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            if let Some(url) = &target.endpoint_url {
                loader = loader.endpoint_url(url);
            }
            loader.load().await
        }
        Identity::Nobody => {
            let nobody = Credentials::new("AKIDRECORDING", "no secret", None, None, "recording");
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .http_client(http_client)
                .retry_config(retry)
                .timeout_config(timeout)
                .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
                .credentials_provider(SharedCredentialsProvider::new(nobody))
                .region(region)
                .endpoint_url(target.endpoint_url.clone().unwrap_or_default())
                .build()
        }
    }
}

/// One HTTP stack: hyper, and rustls with ring where there is TLS. Without TLS, no certificates are loaded.
fn http_client(endpoint_url: Option<&str>) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new();
    if endpoint_url.is_some_and(|url| url.starts_with("http://")) {
        return builder.build_http();
    }
    builder.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https()
}

async fn caller_account(config: &SdkConfig, region: &str, endpoint_url: Option<&str>) -> Result<String, ConnectError> {
    // Nobody should wait long to hear that an endpoint cannot be reached.
    let retry = RetryConfig::standard().with_max_attempts(2);
    let config = config.to_builder().region(Region::new(region.to_owned())).retry_config(retry).build();
    let answer = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    let error = match answer {
        Ok(identity) => {
            return identity.account.ok_or_else(|| ConnectError::NoIdentity("the answer holds no account".to_owned()));
        }
        Err(error) => error,
    };
    let reason = one_line(&chain(&error));
    Err(match &error {
        SdkError::ServiceError(_) => {
            let metadata = error.as_service_error().map(|error| (error.code(), error.message()));
            let (code, message) = metadata.unwrap_or_default();
            let code = code.unwrap_or("an error without a code");
            let said = one_line(&format!("{code}: {}", message.unwrap_or("no message")));
            if ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClient", "AccessDenied"]
                .iter()
                .any(|known| code.starts_with(known))
            {
                ConnectError::BadCredentials(said)
            } else {
                ConnectError::NoIdentity(said)
            }
        }
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
            ConnectError::Unreachable { endpoint: endpoint_url.unwrap_or("AWS").to_owned(), reason }
        }
        SdkError::TimeoutError(_) => {
            ConnectError::Unreachable { endpoint: endpoint_url.unwrap_or("AWS").to_owned(), reason }
        }
        SdkError::ResponseError(_) => ConnectError::NoIdentity(reason),
        // The chain of credential providers fails while the request is made.
        _ => ConnectError::NoCredentials(reason),
    })
}
