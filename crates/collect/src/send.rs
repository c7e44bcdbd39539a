//! Requests to the account's own APIs, and to nobody else: what `--send` and `verify` send.
//!
//! A request goes to the `execute-api` name of an API that the account's reads listed, or to a custom domain name that they
//! listed: by `https`, to an address that is public, and to the very address that was looked at. A redirect is an answer
//! like another: nothing follows it. Where a recording is read, the request goes to what the recording holds of its APIs;
//! nothing else leads it elsewhere, another endpoint of AWS's services least of all.

mod address;
mod error;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use aws_smithy_http_client::{proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use engine::exchange::host::Host;
use engine::exchange::url::Url;
use engine::exchange::{Headers, Request, Response, is_read};
use engine::observed::{NotRead, Observed};
use engine::snapshot::Snapshot;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Account;
use crate::connect::{CONNECT_TIMEOUT, connector};
use crate::read::{chain, one_line};
use crate::{rest, v2};

pub use error::SendError;

/// The most bytes of a body that are read: as many as API Gateway hands on
/// (docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
pub const LONGEST_BODY: usize = engine::response::GATEWAY_LIMIT;

/// How long a request may take, its body included: longer than API Gateway waits for an integration, if its limit of 29
/// seconds was not raised.
const PATIENCE: Duration = Duration::from_secs(35);

/// Headers that say how a message is sent. They belong to the connection on which it is, and are made anew (RFC 9110,
/// section 7.6.1). `Accept-Encoding` is among them because nothing here decompresses.
const OF_THE_CONNECTION: [&str; 11] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The hosts that requests may go to: those of APIs and custom domain names that were listed.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Region and id.
    apis: BTreeSet<(String, String)>,
    domain_names: BTreeSet<String>,
}

/// What a request is signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The region.
    pub region: String,
    /// The service: `execute-api`.
    pub service: String,
}

/// What came back.
#[derive(Debug)]
pub struct Sent {
    /// The answer.
    pub response: Response,
    /// How long it took, from the first packet to the last.
    pub elapsed: Duration,
}

impl Own {
    /// The hosts of all that snapshots list.
    pub fn of(snapshots: &[Snapshot]) -> Own {
        let apis = snapshots
            .iter()
            .flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot.region.clone(), api.id.clone())));
        let names = snapshots.iter().flat_map(|snapshot| snapshot.domain_names.ok().into_iter().flatten());
        let domain_names = names.map(|domain| domain.name.to_ascii_lowercase()).collect();
        Own { apis: apis.collect(), domain_names }
    }

    /// Makes sure that a request may be sent.
    ///
    /// # Errors
    ///
    /// [`SendError`] says why it may not.
    pub fn check(&self, request: &Request) -> Result<(), SendError> {
        check_form(&request.url)?;
        for host in hosts(request) {
            let is_own = match Host::of(&host) {
                Host::ExecuteApi { api_id, region, .. } => self.apis.contains(&(region, api_id)),
                // The name of a VPC endpoint leads wherever its headers say: these are among the hosts, too.
                Host::ExecuteApiVpce { region, .. } => match named_by_header(request) {
                    Some(api_id) => self.apis.contains(&(region, api_id)),
                    None => return Err(SendError::NoApi(host)),
                },
                Host::Other if host.parse::<IpAddr>().is_err() && !host.starts_with('[') => {
                    possible_names(&host).any(|name| self.domain_names.contains(&name))
                }
                _ => return Err(SendError::NoApi(host)),
            };
            if !is_own {
                return Err(SendError::NotOwn(host));
            }
        }
        Ok(())
    }
}

/// Whether a URL is one that API Gateway answers.
fn check_form(url: &Url) -> Result<(), SendError> {
    if url.scheme != "https" {
        return Err(SendError::Scheme(url.scheme.clone()));
    }
    match url.port {
        None | Some(443) => Ok(()),
        Some(port) => Err(SendError::Port(port)),
    }
}

/// The hosts that a request names: that of its URL, and that of its header `Host`, by which AWS chooses among all APIs
/// behind one address.
fn hosts(request: &Request) -> Vec<String> {
    let name = |host: &str| host.split_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let mut hosts = vec![request.url.host.clone()];
    hosts.extend(request.headers.all("host").map(name));
    hosts.dedup();
    hosts
}

/// The API that a header names, for a VPC endpoint's own name.
fn named_by_header(request: &Request) -> Option<String> {
    let by_id = request.headers.get("x-apigw-api-id").map(|id| id.trim().to_ascii_lowercase());
    by_id.or_else(|| match Host::of(request.headers.get("host")?) {
        Host::ExecuteApi { api_id, .. } => Some(api_id),
        _ => None,
    })
}

/// The custom domain names that a host may be called by: its own, and the wildcard that stands for its first label.
fn possible_names(host: &str) -> impl Iterator<Item = String> {
    let wildcard = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    std::iter::once(host.to_owned()).chain(wildcard)
}

impl Account {
    /// What of the hosts that a request names is the account's, asked by name.
    ///
    /// # Errors
    ///
    /// [`SendError`], if the request may not be sent whosever they are, or if it could not be read whose they are.
    pub async fn own(&self, request: &Request) -> Result<Own, SendError> {
        check_form(&request.url)?;
        let mut own = Own::default();
        for host in hosts(request) {
            match Host::of(&host) {
                Host::ExecuteApi { api_id, region, .. } => self.look_up_api(&host, region, api_id, &mut own).await?,
                Host::ExecuteApiVpce { region, .. } => match named_by_header(request) {
                    Some(api_id) => self.look_up_api(&host, region, api_id, &mut own).await?,
                    None => return Err(SendError::NoApi(host)),
                },
                Host::Other => self.look_up_domain_name(&host, &mut own).await?,
                _ => return Err(SendError::NoApi(host)),
            }
        }
        Ok(own)
    }

    async fn look_up_api(&self, host: &str, region: String, id: String, own: &mut Own) -> Result<(), SendError> {
        let clients = self.clients(&region);
        let there = match rest::find(&clients, &id).await {
            Observed::Known(Some(_)) => true,
            rest => match (rest, v2::find(&clients, &id).await) {
                (_, Observed::Known(Some(_))) => true,
                (Observed::NotRead(why), _) | (_, Observed::NotRead(why)) => return Err(not_listed(host, &why)),
                (Observed::Known(_), Observed::Known(None)) => false,
            },
        };
        if there {
            own.apis.insert((region, id));
        }
        Ok(())
    }

    async fn look_up_domain_name(&self, host: &str, own: &mut Own) -> Result<(), SendError> {
        for name in possible_names(host) {
            for region in self.regions() {
                match crate::regional::has_domain_name(&self.clients(region), &name).await {
                    Observed::Known(true) => drop(own.domain_names.insert(name.clone())),
                    Observed::Known(false) => {}
                    Observed::NotRead(why) => return Err(not_listed(host, &why)),
                }
            }
        }
        Ok(())
    }

    /// Sends a request to one of the account's own hosts. With a scope, it is signed with the account's credentials.
    ///
    /// # Errors
    ///
    /// [`SendError`] says why it was not sent, or why there is no answer.
    pub async fn send(&self, own: &Own, request: &Request, scope: Option<&Scope>) -> Result<Sent, SendError> {
        own.check(request)?;
        let not_read = request.not_read();
        if !not_read.is_empty() {
            return Err(SendError::NotRead(not_read.join(" and ")));
        }
        let url = &request.url;
        let signed = match scope {
            Some(scope) => {
                let headers = self.signer.headers(request, scope, &uri(url)).await;
                headers.map_err(SendError::NotSigned)?
            }
            None => Vec::new(),
        };
        let (outgoing, connector) = match self.apis_at() {
            Some(sandbox) => (outgoing(request, &signed, &format!("{sandbox}{}", target(url)))?, connector(true)),
            None => (outgoing(request, &signed, &uri(url))?, pinned(address::public(&url.host).await?)),
        };
        let started = Instant::now();
        let response = tokio::time::timeout(PATIENCE, exchange(&connector, outgoing, request)).await;
        let elapsed = started.elapsed();
        let response = match response {
            Ok(response) => response?,
            Err(_) => {
                let reason = format!("there was no answer within {} seconds", PATIENCE.as_secs());
                return Err(SendError::NoAnswer { host: url.host.clone(), reason });
            }
        };
        Ok(Sent { response, elapsed })
    }
}

fn not_listed(host: &str, why: &NotRead) -> SendError {
    SendError::NotListed { host: host.to_owned(), reason: why.reason() }
}

/// Path and query, as they were written.
fn target(url: &Url) -> String {
    let path = if url.path.is_empty() { "/" } else { &url.path };
    if url.query.is_empty() {
        return path.to_owned();
    }
    let pairs: Vec<String> = url.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn uri(url: &Url) -> String {
    format!("https://{}{}", url.host, target(url))
}

/// The request as it is sent to `uri`: its headers, and those of its signature, which take the place of its own.
fn outgoing(request: &Request, signed: &[(String, String)], uri: &str) -> Result<HttpRequest, SendError> {
    let malformed = |error: &(dyn std::error::Error + 'static)| SendError::Malformed(one_line(&chain(error)));
    let mut outgoing = HttpRequest::new(request.body.text().map_or_else(SdkBody::empty, SdkBody::from));
    outgoing.set_method(&request.method).map_err(|error| malformed(&error))?;
    outgoing.set_uri(uri.to_owned()).map_err(|error| malformed(&error))?;
    let host = request.headers.get("host").unwrap_or(&request.url.host);
    let own = request.headers.0.iter().filter(|(name, _)| is_read(name) && is_sent(name) && !is_among(signed, name));
    let all = own.chain(signed).map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    for (name, value) in all.chain([("host".to_owned(), host.to_owned())]) {
        outgoing.headers_mut().try_append(name, value).map_err(|error| malformed(&error))?;
    }
    Ok(outgoing)
}

/// Whether a header is part of the request itself. Names with a colon are HTTP/2's, as archives have them.
pub(crate) fn is_sent(name: &str) -> bool {
    !name.starts_with(':') && !OF_THE_CONNECTION.iter().any(|own| name.eq_ignore_ascii_case(own))
}

fn is_among(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
}

async fn exchange(
    connector: &SharedHttpConnector,
    outgoing: HttpRequest,
    request: &Request,
) -> Result<Response, SendError> {
    let host = || request.url.host.clone();
    let no_answer = |error: &(dyn std::error::Error + 'static)| SendError::NoAnswer {
        host: host(),
        reason: one_line(&chain(error)),
    };
    let answer: HttpResponse = connector.call(outgoing).await.map_err(|error| no_answer(&error))?;
    let status = answer.status().as_u16();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let headers = Headers(headers);
    if status == 501 && headers.get("x-amzn-errortype") == Some(NOT_RECORDED) {
        return Err(SendError::NotRecorded(format!("{} {}", request.method, request.url.without_query())));
    }
    let body = match Limited::new(answer.into_body(), LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(SendError::TooLong(host())),
        Err(error) => return Err(no_answer(&*error)),
    };
    Ok(Response { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// What a sandbox calls a request whose answer the recording does not hold.
const NOT_RECORDED: &str = "NotRecorded";

/// A connector that reaches these addresses and no others, whatever the name leads to by then, and through no proxy.
fn pinned(addresses: Vec<IpAddr>) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let builder = aws_smithy_http_client::Connector::builder()
        .connector_settings(settings)
        .proxy_config(ProxyConfig::disabled())
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring));
    SharedHttpConnector::new(builder.build_with_resolver(Pinned(addresses)))
}

/// The addresses that were looked at.
#[derive(Clone, Debug)]
struct Pinned(Vec<IpAddr>);

impl ResolveDns for Pinned {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(self.0.clone()))
    }
}

impl Sent {
    /// Where a redirect leads that goes elsewhere than to the host that was asked, without its query.
    pub fn leads_elsewhere(&self, request: &Request) -> Option<Elsewhere> {
        if !(300..400).contains(&self.response.status) {
            return None;
        }
        let location = Url::parse(self.response.headers.get("location")?).ok()?;
        if location.host == request.url.host && location.scheme == "https" {
            return None;
        }
        let literal = location.host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_private = literal.is_ok_and(|address| !address::is_public(address));
        Some(Elsewhere { url: one_line(&location.without_query()), is_private })
    }
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The URL, without its query.
    pub url: String,
    /// Whether it names an address that is not public.
    pub is_private: bool,
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_private { ", an address that is not public" } else { "" };
        write!(f, "the answer is a redirect to {}{what}; it was not followed", self.url)
    }
}

#[cfg(test)]
mod tests;
