//! Requests to the OAuth endpoints of Cognito's user pools, as the app clients are set up whose tokens the APIs take.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::arn;
use crate::case::oauth::Client;
use crate::configuration::{Authorizer, Configuration, RouteKey};
use crate::exchange::Exchange;
use crate::exchange::body::Body;
use crate::exchange::encoding::percent_encoded;
use crate::finding::Resource;
use crate::observed::Observed;
use crate::reads::Read;
use crate::snapshot::{Api, Snapshot};

use super::Of;
use super::request::{Foreseen, exchange};

/// An app client whose tokens a JWT authorizer takes.
pub(crate) struct AppClient<'a> {
    /// Its user pool's id.
    pub(crate) pool: &'a str,
    /// Its id.
    pub(crate) id: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// How it is set up.
    pub(crate) client: Client,
    /// The domain of the pool's OAuth endpoints, if it has one: a prefix of Cognito's, or a name of its own.
    pub(crate) domain: Option<&'a str>,
    /// Its host.
    host: Option<String>,
}

/// An authorizer that takes the tokens of a user pool's clients: the audiences are their ids.
struct Takes<'a> {
    api: &'a Api,
    name: &'a str,
    pool: &'a str,
    audiences: BTreeSet<&'a str>,
    /// Whether it takes no others.
    is_whole: bool,
}

/// The JWT authorizers, live and deployed, whose issuer is a user pool of the region.
fn authorizers(snapshot: &Snapshot) -> Vec<Takes<'_>> {
    let issuer = format!("https://cognito-idp.{}.", snapshot.region);
    let mut all = Vec::new();
    for api in &snapshot.apis {
        let served = api.stages.ok().into_iter().flatten().filter_map(|stage| api.served(stage));
        let named = std::iter::once(&api.live).chain(served).filter_map(|own| own.authorizers.ok()).flatten();
        for (name, Authorizer { jwt_configuration, .. }) in named {
            let Some(own) = jwt_configuration else { continue };
            let rest = own.issuer.as_deref().and_then(|own| own.strip_prefix(&issuer));
            let Some((_, pool)) = rest.and_then(|rest| rest.trim_end_matches('/').split_once('/')) else { continue };
            // What has other characters is no client's id.
            let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "_+".contains(c));
            let audiences: BTreeSet<&str> = own.audience.iter().map(String::as_str).filter(is_id).collect();
            let is_whole = audiences.len() == own.audience.len();
            all.push(Takes { api, name, pool, audiences, is_whole });
        }
    }
    all
}

/// The pools that authorizers name, and of those that are the account's own the clients.
pub(super) fn wanted(snapshot: &Snapshot) -> BTreeSet<Read> {
    let mut wanted = BTreeSet::new();
    for takes in authorizers(snapshot).into_iter().filter(|takes| !takes.audiences.is_empty()) {
        let pool = Read::UserPool(takes.pool.to_owned());
        if answer(snapshot, &pool).is_some() {
            let client = |id: &&str| Read::UserPoolClient { pool: takes.pool.to_owned(), client: (*id).to_owned() };
            wanted.extend(takes.audiences.iter().map(client));
        }
        wanted.insert(pool);
    }
    wanted
}

fn answer<'a>(snapshot: &'a Snapshot, read: &Read) -> Option<&'a Value> {
    match &snapshot.answers.iter().find(|own| own.read == *read)?.answer {
        Observed::Known(answer) => answer.as_ref(),
        Observed::NotRead(_) => None,
    }
}

/// The clients that were read, each once.
pub(crate) fn clients(snapshot: &Snapshot) -> Vec<AppClient<'_>> {
    let named =
        authorizers(snapshot).into_iter().flat_map(|own| own.audiences.into_iter().map(move |id| (own.pool, id)));
    let named: BTreeSet<(&str, &str)> = named.collect();
    named.into_iter().filter_map(|(pool, id)| app_client(snapshot, pool, id)).collect()
}

fn app_client<'a>(snapshot: &'a Snapshot, pool: &'a str, id: &'a str) -> Option<AppClient<'a>> {
    let of_pool = answer(snapshot, &Read::UserPool(pool.to_owned()))?.get("UserPool")?;
    let read = Read::UserPoolClient { pool: pool.to_owned(), client: id.to_owned() };
    let own = answer(snapshot, &read)?.get("UserPoolClient")?;
    let text = |name: &str| of_pool.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let by_prefix = text("Domain").map(|prefix| format!("{prefix}.auth.{}.amazoncognito.com", snapshot.region));
    Some(AppClient {
        pool,
        id,
        name: own.get("ClientName").and_then(Value::as_str).unwrap_or(id),
        client: Client::deserialize(own).ok()?,
        domain: text("Domain").or_else(|| text("CustomDomain")),
        host: by_prefix.or_else(|| text("CustomDomain").map(str::to_owned)),
    })
}

/// Shows the requests.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    for own in clients(snapshot) {
        if own.host.is_none() || own.client.callback_urls.is_empty() {
            continue;
        }
        let mut show = |word: String, exchange: Exchange| {
            see(&Foreseen { of: Of::Clients, kind: None, resource: own.resource(snapshot), word, exchange });
        };
        let callback = own.client.callback_urls.first().map(String::as_str).unwrap_or_default();
        let scopes = own.client.scopes.join(" ");
        show(own.word(), own.authorize(callback, &scopes));
        if own.client.allows("code") {
            show(own.word(), own.token(callback));
        }
        for origin in origins(snapshot, &own) {
            show(format!("{} from {origin}", own.word()), own.authorize(&origin, &scopes));
        }
        for origin in own.nearly(&own.client.callback_urls, &own.client.logout_urls) {
            show(format!("{} from {origin}", own.word()), own.logout(&origin));
        }
        for (key, scope) in unreachable(snapshot, &own) {
            show(format!("{} for {key}", own.word()), own.authorize(callback, &scope));
        }
    }
}

impl AppClient<'_> {
    /// The client, of its pool.
    pub(crate) fn resource(&self, snapshot: &Snapshot) -> Resource {
        let Snapshot { region, account_id, .. } = snapshot;
        let arn = format!("arn:{}:cognito-idp:{region}:{account_id}:userpool/{}", arn::partition(region), self.pool);
        Resource { arn, ..Resource::regional(snapshot, "") }.with_key(self.id)
    }

    /// `the client web`.
    pub(crate) fn word(&self) -> String {
        format!("the client {}", self.name)
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)]) -> Exchange {
        let mut exchange = exchange(method, self.host.clone().unwrap_or_default(), path.to_owned(), Vec::new());
        let encoded = |(name, value): &(&str, &str)| ((*name).to_owned(), percent_encoded(value));
        exchange.request.url.query = query.iter().map(encoded).collect();
        exchange
    }

    /// People are sent to sign in, and back.
    fn authorize(&self, redirect_uri: &str, scope: &str) -> Exchange {
        let is_implicit = self.client.allows("implicit") && !self.client.allows("code");
        let kind = if is_implicit { "token" } else { "code" };
        let query = [("response_type", kind), ("client_id", self.id), ("redirect_uri", redirect_uri), ("scope", scope)];
        let sent = query.into_iter().filter(|(_, value)| !value.is_empty());
        self.request("GET", "/oauth2/authorize", &sent.collect::<Vec<_>>())
    }

    /// What they bring back is exchanged for tokens.
    fn token(&self, redirect_uri: &str) -> Exchange {
        let mut exchange = self.request("POST", "/oauth2/token", &[]);
        let headers = &mut exchange.request.headers.0;
        headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        exchange.request.body = Body::Text(format!(
            "grant_type=authorization_code&client_id={}&redirect_uri={}&code=code",
            percent_encoded(self.id),
            percent_encoded(redirect_uri)
        ));
        exchange
    }

    /// They sign out, and are sent back.
    fn logout(&self, logout_uri: &str) -> Exchange {
        self.request("GET", "/logout", &[("client_id", self.id), ("logout_uri", logout_uri)])
    }

    /// The origins of some URLs that are none of a list's, although it has one of the same host: scheme or port differ.
    fn nearly(&self, urls: &[String], listed: &[String]) -> BTreeSet<String> {
        let own: BTreeSet<&str> = listed.iter().filter_map(|url| origin(url)).collect();
        let hosts: BTreeSet<&str> = own.iter().copied().map(host).collect();
        let differs = |origin: &&str| !own.contains(origin) && hosts.contains(host(origin));
        urls.iter().filter_map(|url| origin(url)).filter(differs).map(str::to_owned).collect()
    }
}

/// The origins that an API which takes the client's tokens lets browsers call from, and that people are nearly, and not
/// quite, sent back to: the callback URLs have the host, with another scheme or port.
fn origins(snapshot: &Snapshot, own: &AppClient<'_>) -> BTreeSet<String> {
    let takes =
        authorizers(snapshot).into_iter().filter(|takes| takes.pool == own.pool && takes.audiences.contains(own.id));
    let allowed = takes.filter_map(|takes| takes.api.live.cors.as_ref()).flat_map(|cors| &cors.allow_origins);
    let allowed: Vec<String> = allowed.filter(|origin| !origin.contains('*')).cloned().collect();
    own.nearly(&allowed, &own.client.callback_urls)
}

/// Scheme, host and port of a URL: `https://app.example.com:8443`.
fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    url.get(..scheme.len() + 3 + end)
}

/// The host of an origin.
fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

/// The routes whose scopes none of the clients may ask for whose tokens their authorizer takes; with the scopes.
fn unreachable(snapshot: &Snapshot, own: &AppClient<'_>) -> BTreeMap<RouteKey, String> {
    let mut found = BTreeMap::new();
    for takes in authorizers(snapshot) {
        if takes.pool != own.pool || !takes.audiences.contains(own.id) {
            continue;
        }
        // A client that was not read, or an audience that is none, may have the scope.
        let others: Option<Vec<AppClient<'_>>> =
            takes.audiences.iter().map(|id| app_client(snapshot, takes.pool, id)).collect();
        let Some(others) = others.filter(|_| takes.is_whole) else { continue };
        let served = takes.api.stages.ok().into_iter().flatten().filter_map(|stage| takes.api.served(stage));
        for (key, route) in served.filter_map(|own: &Configuration| own.routes.ok()).flat_map(|routes| &routes.0) {
            let scopes = &route.authorization_scopes;
            let is_guarded = route.authorizer.ok().and_then(Option::as_deref) == Some(takes.name);
            let has = |other: &AppClient<'_>| other.client.scopes.iter().any(|scope| scopes.contains(scope));
            // Tokens of people who sign in through the SDK have this one, whatever the client is set up for.
            let is_of_sdk = scopes.contains("aws.cognito.signin.user.admin");
            if is_guarded && !is_of_sdk && !scopes.is_empty() && !others.iter().any(has) {
                found.insert(key.clone(), scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
            }
        }
    }
    found
}
