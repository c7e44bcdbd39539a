//! Connecting to an account: where, as whom, and how fast.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, ProvideCredentials, SharedAsyncSleep, SharedCredentialsProvider};
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::logs;
use crate::meter::{Meter, Tap, Usage};
use crate::read::{cause, chain, one_line};
use crate::signed::Signer;

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
    /// Those of a role, which the environment's credentials assume: to read another account.
    Role {
        /// The role's ARN.
        arn: String,
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
    /// Where the APIs themselves are: for a recording, the sandbox that serves it. Another endpoint of AWS's services is
    /// none of the APIs.
    apis_at: Option<String>,
    /// For the services that have no client here.
    pub(crate) signer: Signer,
    meter: Meter,
}

/// The clients of one region.
pub(crate) struct Clients {
    pub(crate) region: String,
    pub(crate) rest: aws_sdk_apigateway::Client,
    pub(crate) v2: aws_sdk_apigatewayv2::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    /// The ids of the queries of Logs Insights that run.
    queries: Mutex<BTreeSet<String>>,
}

impl Clients {
    /// The ids of the queries of Logs Insights that run.
    pub(crate) fn queries(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    /// A region's name is none; the user's to mend.
    #[error("`{0}` is no name of a region")]
    BadRegion(String),
    /// The profile is not there, or is of no use; the user's to mend.
    #[error("the profile `{0}` is not in the configuration files, or holds no credentials")]
    NoProfile(String),
    /// There are no credentials; the user's to mend.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
    /// The role in another account cannot be assumed.
    #[error("the role {arn} cannot be assumed: {reason}")]
    NoRole {
        /// The role's ARN.
        arn: String,
        /// What was answered.
        reason: String,
    },
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
    /// Something answers there, and not as AWS does.
    #[error("{endpoint} does not answer properly: {reason}")]
    NoAnswer {
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
            ConnectError::BadRegion(_) => "write it as AWS does, for example eu-west-1",
            ConnectError::NoProfile(_) => "aws configure list-profiles tells which there are",
            ConnectError::NoCredentials(_) => {
                "sign in (aws sso login, aws configure), name a profile with --profile, or read a recording with --recording"
            }
            ConnectError::NoRole { .. } => {
                "make the role in that account, and let it trust the functions' roles: docs/permissions.md has the policy"
            }
            ConnectError::BadCredentials(_) => "sign in again: they may have expired, or belong to another partition",
            ConnectError::Unreachable { .. } => "check the network, the region and --endpoint-url",
            ConnectError::NoAnswer { .. } => "try again; check --endpoint-url, and any proxy in between",
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
        let meter = Meter::new(http_client(target.endpoint_url.as_deref()), target.quota_share, target.tap.clone());
        let config = sdk_config(&target, meter.clone()).await;
        let profile = match &target.identity {
            Identity::Environment { profile } => profile.as_deref(),
            Identity::Nobody | Identity::Role { .. } => None,
        };
        let own_region = config.region().map(ToString::to_string);
        let regions = if target.regions.is_empty() { own_region.into_iter().collect() } else { target.regions };
        let Some(first) = regions.first().cloned() else {
            return Err(unknown_profile(&config, profile).await.unwrap_or(ConnectError::NoRegion));
        };
        if let Some(wrong) = regions.iter().find(|region| !is_host_label(region)) {
            return Err(ConnectError::BadRegion(wrong.clone()));
        }
        if let (Identity::Role { arn }, Some(provider)) = (&target.identity, config.credentials_provider()) {
            let refused = |reason: String| ConnectError::NoRole { arn: arn.clone(), reason: one_line(&reason) };
            provider.provide_credentials().await.map_err(|error| refused(chain(&error)))?;
        }
        let id = match target.account_id {
            Some(id) => id,
            None => {
                credentials(&config, profile).await?;
                caller_account(&config, &first, target.endpoint_url.as_deref()).await?
            }
        };
        let endpoint_url = target.endpoint_url;
        let apis_at = endpoint_url.clone().filter(|_| matches!(target.identity, Identity::Nobody));
        let plain = endpoint_url.as_ref().is_some_and(|url| url.starts_with("http://"));
        let for_signer = meter.clone();
        let signer =
            Signer::new(config.credentials_provider(), endpoint_url, move || for_signer.connector(connector(plain)));
        Ok(Account { config, id, regions, clients: Mutex::default(), apis_at, signer, meter })
    }

    /// The account's twelve digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The regions that are read.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// How much was asked of the account so far.
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }

    /// The sandbox that answers for the APIs, where a recording is read.
    pub(crate) fn apis_at(&self) -> Option<&str> {
        self.apis_at.as_deref()
    }

    /// Stops the queries of Logs Insights that a read which was given up has left running.
    pub async fn stop_queries(&self) {
        let clients: Vec<Arc<Clients>> =
            self.clients.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for clients in clients {
            logs::stop_all(&clients).await;
        }
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
                cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
                logs: aws_sdk_cloudwatchlogs::Client::new(&config),
                queries: Mutex::default(),
            })
        });
        Arc::clone(made)
    }
}

/// What clients of other services than the audited ones are made with, the store's: a configuration, and a connector for
/// requests that no SDK client makes. The quota has no part in them.
pub async fn other_clients(target: &Target) -> (SdkConfig, SharedHttpConnector) {
    let endpoint_url = target.endpoint_url.as_deref();
    let config = sdk_config(target, http_client(endpoint_url)).await;
    (config, connector(endpoint_url.is_some_and(|url| url.starts_with("http://"))))
}

/// A packet that was lost is sent again after three seconds.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

async fn sdk_config(target: &Target, http_client: impl HttpClient + 'static) -> SdkConfig {
    // The first attempt and five more: with the SDK's back-off that outlasts half a minute of somebody else's deployment.
    let retry = RetryConfig::standard().with_max_attempts(6);
    // The time to wait for a token is no part of the time to wait for an answer.
    let timeout =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(Duration::from_secs(30)).build();
    let region = target.regions.first().map(|region| Region::new(region.clone()));
    match &target.identity {
        Identity::Role { arn } => {
            let environment = Target { identity: Identity::Environment { profile: None }, ..target.clone() };
            let own = Box::pin(sdk_config(&environment, http_client)).await;
            let role = AssumeRoleProvider::builder(arn).session_name("stagecheck").configure(&own);
            let role = role.build().await;
            own.to_builder().credentials_provider(SharedCredentialsProvider::new(role)).build()
        }
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

/// The same stack for requests that no SDK client makes.
pub(crate) fn connector(is_plain: bool) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let builder = aws_smithy_http_client::Connector::builder()
        .connector_settings(settings)
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new());
    SharedHttpConnector::new(if is_plain {
        builder.build_http()
    } else {
        builder.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
    })
}

/// A region's name is part of a host's name: letters, digits and hyphens, as RFC 1123 has them.
pub(crate) fn is_host_label(region: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&region.len())
        && region.chars().all(is_part)
        && !region.starts_with('-')
        && !region.ends_with('-')
}

/// Looks for credentials before anything is asked with them, so that a failure of one is not told as one of the other.
pub(crate) async fn credentials(config: &SdkConfig, profile: Option<&str>) -> Result<(), ConnectError> {
    let error = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.err().map(|error| chain(&error)),
        None => Some(NOT_ENABLED.to_owned()),
    };
    let Some(reason) = error else { return Ok(()) };
    if let Some(error) = unknown_profile(config, profile).await {
        return Err(error);
    }
    // Which providers were asked, and what each of them lacks, says less than that all lack something.
    let nowhere = "neither the environment, nor a profile, nor a role holds any".to_owned();
    let reason = if reason.starts_with(NOT_ENABLED) { nowhere } else { one_line(&reason) };
    Err(ConnectError::NoCredentials(reason))
}

/// What a provider of credentials says that has none, as opposed to one that failed.
const NOT_ENABLED: &str = "the credential provider was not enabled";

/// The error, if a profile was named that is not there or holds nothing. The chain of providers does not tell: it goes on to the next.
async fn unknown_profile(config: &SdkConfig, profile: Option<&str>) -> Option<ConnectError> {
    let profile = profile?;
    let provider = ProviderConfig::without_region().with_http_client(config.http_client()?);
    let provider = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
    let error = provider.provide_credentials().await.err()?;
    chain(&error).starts_with(NOT_ENABLED).then(|| ConnectError::NoProfile(profile.to_owned()))
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
    let reason = one_line(&cause(&error));
    let endpoint = endpoint_url.unwrap_or("AWS").to_owned();
    Err(match &error {
        SdkError::ServiceError(answer) => {
            let (code, message) = (answer.err().code(), answer.err().message());
            let status = answer.raw().status().as_u16();
            let Some(code) = code else {
                let reason = format!("it answers with status {status} and without a code");
                return Err(ConnectError::NoAnswer { endpoint, reason });
            };
            let said = one_line(&message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}")));
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
            ConnectError::Unreachable { endpoint, reason }
        }
        SdkError::TimeoutError(_) => ConnectError::Unreachable { endpoint, reason },
        _ => ConnectError::NoAnswer { endpoint, reason },
    })
}
