//! A request to a Cognito user pool's OAuth endpoints, its error, and the client that it names.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::facts::Read;
use crate::exchange::authorization::Credentials;
use crate::exchange::encoding::form_decoded;
use crate::exchange::host::Host;
use crate::exchange::url::{Url, pairs};
use crate::exchange::{Request, Response};

/// A request to an OAuth endpoint.
#[derive(Clone, Debug)]
pub struct OAuth {
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// The domain, as Cognito knows it: the prefix, or the whole custom name.
    pub domain: String,
    /// The parameters, decoded once: of the query for `authorize` and `logout`, of the body for `token`.
    pub parameters: BTreeMap<String, String>,
    /// The parameters as they were sent.
    pub raw: BTreeMap<String, String>,
    /// The client, by `client_id` or by the name of a Basic authorization.
    pub client_id: Option<String>,
    /// The error that came back: of the JSON body, or of the redirect.
    pub error: Option<String>,
}

/// The endpoints of a user pool's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth2/authorize`.
    Authorize,
    /// `/oauth2/token`.
    Token,
    /// `/login`.
    Login,
    /// `/logout`.
    Logout,
    /// `/saml2/idpresponse` or `/oauth2/idpresponse`, where an identity provider sends people back to.
    IdpResponse,
    /// Another path of the domain.
    Other,
}

/// A user pool client's settings, as Cognito names them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Client {
    /// Whether it may use OAuth at all.
    pub allowed_o_auth_flows_user_pool_client: Option<bool>,
    /// `code`, `implicit`, `client_credentials`.
    #[serde(rename = "AllowedOAuthFlows")]
    pub flows: Vec<String>,
    /// Scopes.
    #[serde(rename = "AllowedOAuthScopes")]
    pub scopes: Vec<String>,
    /// Where people are sent back to.
    #[serde(rename = "CallbackURLs")]
    pub callback_urls: Vec<String>,
    /// Where people are sent to after signing out.
    #[serde(rename = "LogoutURLs")]
    pub logout_urls: Vec<String>,
    /// `COGNITO`, and names of identity providers.
    #[serde(rename = "SupportedIdentityProviders")]
    pub identity_providers: Vec<String>,
    /// Attributes that the client may read; none listed means all standard ones.
    pub read_attributes: Vec<String>,
    /// The secret: compared in memory, and never shown.
    client_secret: Option<String>,
}

impl Client {
    /// Whether the client has a secret.
    pub fn has_secret(&self) -> bool {
        self.client_secret.as_ref().is_some_and(|secret| !secret.is_empty())
    }

    /// Whether a request sends the client's secret, in `Authorization: Basic` or as `client_secret`: nothing where it
    /// sends none.
    pub fn secret_sent(&self, request: &Request, oauth: &OAuth) -> Option<bool> {
        let secret = self.client_secret.as_deref().unwrap_or_default();
        match (Credentials::of(request), oauth.parameters.get("client_secret")) {
            (Some(credentials), _) => Some(self.has_secret() && credentials.has_password(secret)),
            (None, Some(sent)) => Some(self.has_secret() && sent == secret),
            (None, None) => None,
        }
    }

    /// Whether OAuth is allowed, as far as the answer tells.
    pub fn may_use_oauth(&self) -> bool {
        self.allowed_o_auth_flows_user_pool_client != Some(false)
    }

    /// Whether a flow is allowed.
    pub fn allows(&self, flow: &str) -> bool {
        self.flows.iter().any(|own| own == flow)
    }
}

impl OAuth {
    /// The request of a case, if it goes to a user pool's domain.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it goes elsewhere; [`Not::Unread`], if its parameters are in a body that was not read.
    pub fn of(case: &Case<'_>) -> Result<OAuth, Not> {
        let url = &case.request.url;
        let (endpoint, domain) = OAuth::reached(case)?;
        let raw = match endpoint {
            Endpoint::Token => pairs(case.body().map_err(Not::Unread)?.unwrap_or_default()),
            _ => url.query.clone(),
        };
        let raw: BTreeMap<String, String> = raw.into_iter().collect();
        let decoded = raw.iter().map(|(name, value)| (form_decoded(name), form_decoded(value)));
        let parameters: BTreeMap<String, String> = decoded.collect();
        let by_basic = || Credentials::of(case.request).map(|credentials| credentials.user_name);
        let client_id = parameters.get("client_id").cloned().or_else(by_basic);
        let error = case.response().ok().and_then(error).or_else(|| shown_error(case));
        Ok(OAuth { endpoint, domain, parameters, raw, client_id, error })
    }

    /// The endpoint that a request reaches, and its domain: a prefix, or a host of its own.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it goes elsewhere.
    pub fn reached(case: &Case<'_>) -> Result<(Endpoint, String), Not> {
        let url = &case.request.url;
        let path = url.path.trim_end_matches('/');
        let endpoint = match path {
            "/oauth2/authorize" => Endpoint::Authorize,
            "/oauth2/token" => Endpoint::Token,
            "/login" => Endpoint::Login,
            "/logout" => Endpoint::Logout,
            "/saml2/idpresponse" | "/oauth2/idpresponse" => Endpoint::IdpResponse,
            _ => Endpoint::Other,
        };
        let domain = match &case.host {
            Host::Cognito { prefix, .. } => prefix.clone(),
            // A custom domain of a user pool is known by its paths alone.
            Host::Other if endpoint != Endpoint::Other && path.starts_with("/oauth2/") => url.host.clone(),
            _ => return Err(Not::Silent),
        };
        Ok((endpoint, domain))
    }

    /// Whether the error is one of these; or nothing was sent yet.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it is another one.
    pub fn shows(&self, case: &Case<'_>, errors: &[&str]) -> Result<(), Not> {
        let fits = self.error.as_deref().is_some_and(|error| errors.contains(&error));
        if case.is_unsent() || fits { Ok(()) } else { Err(Not::Silent) }
    }

    /// The user pool of the domain; `None` where the domain belongs to none.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read.
    pub fn pool(&self, case: &Case<'_>) -> Result<Option<String>, Not> {
        let answer = case.ask(Read::UserPoolDomain(self.domain.clone()))?;
        let description = answer.and_then(|answer| answer.get("DomainDescription"));
        Ok(description.and_then(|own| own.get("UserPoolId")?.as_str()).map(str::to_owned))
    }

    /// The client that the request names; `None` where the pool has no such client.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read; [`Not::Silent`], if the request names none, or the domain has no pool.
    pub fn client(&self, case: &Case<'_>) -> Result<Option<Client>, Not> {
        let client = self.client_id.clone().ok_or(Not::Silent)?;
        let pool = self.pool(case)?.ok_or(Not::Silent)?;
        let answer = case.ask(Read::UserPoolClient { pool: pool.clone(), client })?;
        // A client of another pool is none of this one.
        let is_of_pool = |own: &&Value| own.get("UserPoolId").is_none_or(|id| *id == pool);
        let own = answer.and_then(|answer| answer.get("UserPoolClient")).filter(is_of_pool);
        Ok(own.and_then(|own| Client::deserialize(own).ok()))
    }
}

/// The request to `authorize`, or the page that it led to, by which a code came that a request exchanges: as the archive shows
/// that holds both, or `Referer`, where browsers name the page from which they were sent.
pub fn signed_in_at(case: &Case<'_>) -> Option<Url> {
    if let Some(url) = &case.request.client.signed_in_at {
        return Some(url.clone());
    }
    let referer = Url::parse(case.request.headers.get("referer")?).ok()?;
    let is_its = ["/oauth2/authorize", "/login"].contains(&referer.path.trim_end_matches('/'));
    (is_its && referer.host.eq_ignore_ascii_case(&case.request.url.host)).then_some(referer)
}

/// Where that shows, as evidence names it.
pub fn sign_in_shown_at(case: &Case<'_>) -> &'static str {
    if case.request.client.signed_in_at.is_some() { "log.entries authorize" } else { "headers.Referer" }
}

/// The error of Cognito's own page: it is asked for as `/error?error=…`, or names it in its HTML. Cognito sends nobody back to
/// a URI that the client does not have.
fn shown_error(case: &Case<'_>) -> Option<String> {
    let response = case.response().ok()?;
    let url = &case.request.url;
    let asked = || url.parameter_decoded("error").filter(|_| url.path.trim_end_matches('/') == "/error");
    let named = || response.body.contains(MISMATCH).then(|| MISMATCH.to_owned());
    asked().or_else(named)
}

/// What Cognito calls a redirect URI that is none of the client's.
const MISMATCH: &str = "redirect_mismatch";

/// The page of a client that may not sign anybody in: `Login pages unavailable. Please contact an administrator.`
pub fn is_unavailable(response: &Response) -> bool {
    response.body.contains("Login pages unavailable")
}

/// Whether one of Cognito's endpoints refused a request: by its status, by the error that it names, or by the words of its page,
/// of which no status is documented.
pub fn is_refused(response: &Response) -> bool {
    response.status >= 400
        || redirected_error(response).is_some()
        || is_error_page(response)
        || is_unavailable(response)
        || response.body.contains(MISMATCH)
        || response.body.contains("Required String parameter")
}

/// Whether an answer is the page on which Cognito says that something went wrong, and not what.
pub fn is_error_page(response: &Response) -> bool {
    response.body.contains("An error was encountered with the requested page")
}

/// A redirect or sign-out URI as it may be shown: its beginning, without its query.
pub fn shown_uri(uri: &str) -> String {
    uri.split('?').next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect()
}

/// The error of an answer: `{"error": "…"}`, or `?error=…` of a redirect.
pub fn error(response: &Response) -> Option<String> {
    let of_body = response.json().and_then(|body| body.get("error").and_then(Value::as_str).map(str::to_owned));
    of_body.or_else(|| redirected_error(response))
}

/// The error that a redirect carries in its `Location`: in the query, or, of the implicit flow, after `#` (RFC 6749, 4.1.2.1
/// and 4.2.2.1).
pub fn redirected_error(response: &Response) -> Option<String> {
    let location = response.headers.get("location")?;
    let (_, parameters) = location.split_once(['?', '#'])?;
    let all = parameters.split(['&', '#']).filter_map(|pair| pair.split_once('='));
    all.filter(|(name, _)| *name == "error").map(|(_, value)| form_decoded(value)).next()
}
