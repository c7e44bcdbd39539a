//! The HTTP client under every SDK client: keeps to the quota, and lets a recorder listen.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use engine::quota::{self, Bucket, Rate};
use http_body_util::BodyExt;
use tokio::time::Instant;

/// A request and its response, as a recorder sees them.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's URI.
    pub uri: &'a str,
    /// The request's `Authorization` header.
    pub authorization: &'a str,
    /// The request's `X-Amz-Target` header.
    pub target: &'a str,
    /// The request's body.
    pub form: &'a [u8],
    /// The response's status code.
    pub status: u16,
    /// The response's `x-amzn-errortype` header.
    pub error_type: Option<&'a str>,
    /// The response's body.
    pub body: &'a [u8],
}

/// Something that is told of every exchange.
pub type Tap = Arc<dyn Fn(Exchange<'_>) + Send + Sync>;

/// How much was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls of API Gateway's control plane, repeated ones included.
    pub calls: u64,
    /// Answers of any service that a quota is used up.
    pub throttles: u64,
}

#[derive(Debug, Default)]
struct Counters {
    calls: AtomicU64,
    throttles: AtomicU64,
}

/// Wraps an HTTP client: every attempt, repeated ones included, first takes a token of its quota.
#[derive(Clone)]
pub(crate) struct Meter {
    inner: SharedHttpClient,
    quota: Option<Arc<Quota>>,
    tap: Option<Tap>,
    counters: Arc<Counters>,
}

impl Meter {
    /// `share` is the part of each quota that may be used; without it, there is no limit.
    pub(crate) fn new(inner: SharedHttpClient, share: Option<f64>, tap: Option<Tap>) -> Meter {
        Meter { inner, quota: share.map(|share| Arc::new(Quota::new(share))), tap, counters: Arc::default() }
    }

    /// How much was asked so far.
    pub(crate) fn usage(&self) -> Usage {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Usage { calls: count(&self.counters.calls), throttles: count(&self.counters.throttles) }
    }

    /// Wraps a connector of its own, within the same quotas.
    pub(crate) fn connector(&self, inner: SharedHttpConnector) -> SharedHttpConnector {
        SharedHttpConnector::new(Metered { inner, meter: self.clone() })
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl HttpClient for Meter {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        self.connector(inner)
    }
}

#[derive(Clone, Debug)]
struct Metered {
    inner: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for Metered {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Metered { inner, meter } = self.clone();
        HttpConnectorFuture::new(async move {
            let kind = Kind::of(&request);
            if let (Some(quota), Some(kind)) = (&meter.quota, &kind) {
                quota.wait(kind).await;
            }
            if kind.as_ref().is_some_and(|kind| kind.buckets.contains(&Which::ApiGateway)) {
                meter.counters.calls.fetch_add(1, Ordering::Relaxed);
            }
            let heard = meter.tap.as_ref().map(|_| Heard::of(&request));
            let response = inner.call(request).await?;
            if response.status().as_u16() == 429 {
                meter.counters.throttles.fetch_add(1, Ordering::Relaxed);
                if let (Some(quota), Some(kind)) = (&meter.quota, &kind) {
                    quota.yield_to_others(kind);
                }
            }
            match (meter.tap, heard) {
                (Some(tap), Some(heard)) => heard.tell(&tap, response).await,
                _ => Ok(response),
            }
        })
    }
}

/// Which quota a request counts against.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    region: String,
    buckets: &'static [Which],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    ApiGateway,
    GetResources,
    Lambda,
    LambdaGetPolicy,
    LookupEvents,
    FilterLogEvents,
    /// `DescribeLogGroups`, `StartQuery` and `GetQueryResults`: each has a limit of its own, and together they keep to one.
    Logs,
}

impl Kind {
    /// Reads service and region out of the signature's scope. Both API Gateway services sign alike, and share a quota.
    fn of(request: &HttpRequest) -> Option<Kind> {
        let (_, credential) = request.headers().get("authorization")?.split_once("Credential=")?;
        let mut scope = credential.split([',', ' ']).next()?.split('/').skip(2);
        let (region, service) = (scope.next()?.to_owned(), scope.next()?);
        let path = request.uri().split('?').next().unwrap_or_default();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let buckets: &[Which] = match service {
            "apigateway" if path.ends_with("/resources") => &[Which::GetResources, Which::ApiGateway],
            "apigateway" => &[Which::ApiGateway],
            "lambda" if path.ends_with("/policy") => &[Which::LambdaGetPolicy],
            "lambda" => &[Which::Lambda],
            "cloudtrail" => &[Which::LookupEvents],
            "logs" if target.ends_with(".FilterLogEvents") => &[Which::FilterLogEvents],
            "logs" => &[Which::Logs],
            // An audit asks for metrics a dozen times; no limit of theirs is near that.
            _ => return None,
        };
        Some(Kind { region, buckets })
    }
}

/// A token bucket for each region and service.
#[derive(Debug)]
struct Quota {
    share: f64,
    started: Instant,
    buckets: Mutex<BTreeMap<(String, Which), Bucket>>,
}

/// How much of its share is used: a call that overtakes another on the network must not exceed the quota.
const MARGIN: f64 = 0.97;

impl Quota {
    fn new(share: f64) -> Quota {
        Quota { share, started: Instant::now(), buckets: Mutex::default() }
    }

    async fn wait(&self, kind: &Kind) {
        for which in kind.buckets {
            let wait = self.bucket(kind, *which, Bucket::reserve);
            tokio::time::sleep(wait).await;
        }
    }

    /// The service says that the quota is used up, though this process kept to its share: others are at work.
    fn yield_to_others(&self, kind: &Kind) {
        for which in kind.buckets {
            self.bucket(kind, *which, Bucket::drain);
        }
    }

    fn bucket<T>(&self, kind: &Kind, which: Which, act: impl FnOnce(&mut Bucket, std::time::Duration) -> T) -> T {
        let now = self.started.elapsed();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((kind.region.clone(), which))
            .or_insert_with(|| Bucket::new(self.rate(which, &kind.region), now));
        act(bucket, now)
    }

    fn rate(&self, which: Which, region: &str) -> Rate {
        let rate = match which {
            Which::ApiGateway => quota::API_GATEWAY,
            Which::GetResources => quota::GET_RESOURCES,
            Which::Lambda => quota::LAMBDA,
            Which::LambdaGetPolicy => quota::LAMBDA_GET_POLICY,
            Which::LookupEvents => quota::LOOKUP_EVENTS,
            Which::FilterLogEvents => quota::filter_log_events(region),
            Which::Logs => quota::LOGS,
        };
        let share = rate.share(self.share);
        Rate { per_second: share.per_second * MARGIN, burst: (share.burst - 1.0).max(1.0) }
    }
}

/// What a tap is told of a request.
struct Heard {
    method: String,
    uri: String,
    authorization: String,
    target: String,
    form: Vec<u8>,
}

impl Heard {
    fn of(request: &HttpRequest) -> Heard {
        Heard {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            authorization: request.headers().get("authorization").unwrap_or_default().to_owned(),
            target: request.headers().get("x-amz-target").unwrap_or_default().to_owned(),
            form: request.body().bytes().unwrap_or_default().to_vec(),
        }
    }

    /// Reads the response's body, tells the tap, and puts the body back.
    async fn tell(self, tap: &Tap, response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.map_err(ConnectorError::io)?.to_bytes();
        tap(Exchange {
            method: &self.method,
            uri: &self.uri,
            authorization: &self.authorization,
            target: &self.target,
            form: &self.form,
            status: status.as_u16(),
            error_type: headers.get("x-amzn-errortype"),
            body: &body,
        });
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in &headers {
            response.headers_mut().append(name.to_owned(), value.to_owned());
        }
        Ok(response)
    }
}

#[cfg(test)]
mod sweep;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn resources() -> Kind {
        Kind { region: "eu-west-1".to_owned(), buckets: &[Which::GetResources, Which::ApiGateway] }
    }

    fn others() -> Kind {
        Kind { region: "eu-west-1".to_owned(), buckets: &[Which::ApiGateway] }
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_the_quota_takes_twice_the_time() {
        let quota = Quota::new(0.5);
        let begin = Instant::now();
        for _ in 0..19 + 97 {
            quota.wait(&others()).await;
        }
        // A burst of 20 less one, then five a second less the margin.
        assert_eq!(begin.elapsed().as_secs(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn get_resources_has_a_quota_of_its_own_and_counts_against_the_other_too() {
        let quota = Quota::new(1.0);
        let begin = Instant::now();
        for _ in 0..4 + 97 {
            quota.wait(&resources()).await;
        }
        assert_eq!(begin.elapsed().as_secs(), 40, "five in two seconds, less the margin");
        let elsewhere = Kind { region: "us-east-1".to_owned(), ..resources() };
        let begin = Instant::now();
        quota.wait(&elsewhere).await;
        assert_eq!(begin.elapsed(), Duration::ZERO, "each region has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_call_gives_way_to_the_other_users_of_the_account() {
        let quota = Quota::new(1.0);
        quota.wait(&others()).await;
        quota.yield_to_others(&others());
        let begin = Instant::now();
        quota.wait(&others()).await;
        assert!(begin.elapsed() >= Duration::from_millis(100));
    }
}
