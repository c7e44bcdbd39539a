//! What guards the route that a request reaches: how its callers have to identify themselves, and by which authorizer.

use std::borrow::Cow;

use super::cause::{Not, Proof};
use super::signal::Signal;
use super::target::{Met, Target};
use super::{Case, not_given};
use crate::arn::FunctionName;
use crate::command::Aws;
use crate::configuration::{Authorizer, RouteKey};
use crate::exchange::authorization::Jwt;
use crate::snapshot::{Api, ApiKind, Stage};
use crate::stage_variables;

/// A route that asks its callers who they are.
#[derive(Clone, Debug)]
pub struct Guard<'c, 'a> {
    case: &'c Case<'a>,
    target: &'c Target<'a>,
    /// The API.
    pub api: &'a Api,
    /// The stage.
    pub stage: &'a Stage,
    /// The route.
    pub key: RouteKey,
    /// `AWS_IAM`, `CUSTOM`, `COGNITO_USER_POOLS`, `JWT` or `NONE`.
    pub authorization_type: String,
    /// The call that showed it.
    pub source: &'static str,
}

/// The authorizer of a route.
#[derive(Clone, Copy, Debug)]
pub struct Used<'a> {
    /// Its name.
    pub name: &'a str,
    /// The authorizer.
    pub authorizer: &'a Authorizer,
    /// The route.
    pub met: Met<'a>,
    /// The call that showed the authorizer.
    pub source: &'static str,
}

/// A route whose callers send a token, and the authorizer that reads it.
#[derive(Clone, Debug)]
pub struct Guarded<'c, 'a> {
    /// The route.
    pub guard: Guard<'c, 'a>,
    /// Its authorizer.
    pub used: Used<'a>,
}

/// Where an authorizer looks for the caller's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentitySource<'a> {
    /// In a header.
    Header(&'a str),
    /// In a parameter of the query.
    Query(&'a str),
    /// In a variable of the stage, which is not the caller's to send.
    StageVariable(&'a str),
    /// In the context: not in what the caller sends.
    Other(&'a str),
}

/// What a client sends in `Authorization` that signs only when it sends.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…";

/// What to do about a token that the answer speaks of and the request does not show.
const UNSHOWN: &str = "the answer complains of a token that was sent: give the header that held it";

/// What the descriptions in `www-authenticate` speak of. Not all are known: what is not known rules nothing out.
const COMPLAINTS: [(&str, &str); 4] =
    [("audience", "audience"), ("issuer", "issuer"), ("expired", "time"), ("scope", "scope")];

/// Whether the answer's `www-authenticate` complains of a token that API Gateway got: it names an error of RFC 6750, section
/// 3.1, with which a request without a token is not answered.
pub fn got_token(case: &Case<'_>) -> bool {
    let header = case.response().ok().and_then(|own| own.headers.get("www-authenticate")).unwrap_or_default();
    ["invalid_token", "insufficient_scope"].iter().any(|error| header.contains(error))
}

/// What of the token the answer's `www-authenticate` complains of, in one word; `None` where it does not say. To complain of
/// it, API Gateway has read the token.
pub fn complaint(case: &Case<'_>) -> Option<&'static str> {
    let header = case.response().ok()?.headers.get("www-authenticate")?;
    // The error itself names no other reason than this (RFC 6750, section 3.1).
    if header.contains("insufficient_scope") {
        return Some("scope");
    }
    let (_, description) = header.split_once("error_description=")?;
    if says_unreached(description) {
        return Some(KEYS);
    }
    COMPLAINTS.iter().find(|(part, _)| description.contains(part)).map(|(_, what)| *what)
}

/// That the keys of the token's issuer could not be read: what [`complaint`] says then.
pub const KEYS: &str = "keys";

/// Whether a reason is that the keys of a token's issuer could not be read.
pub fn says_unreached(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    UNREACHED.iter().any(|words| reason.contains(words))
}

/// What API Gateway says where an issuer's keys cannot be read, in lower case.
const UNREACHED: [&str; 2] = ["oidc discovery endpoint communications error", "jwks communication error"];

impl<'c, 'a> Guard<'c, 'a> {
    /// How the route has its authorization: only what is deployed tells how it is deployed, and where that was not read the
    /// live configuration stands in for it.
    pub fn has(&self) -> &'static str {
        if self.source == self.api.kind.routes_call() { "has" } else { "is deployed with" }
    }

    /// What guards the route that a case's request reaches, as it is deployed.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if no route takes the request; otherwise why it cannot be told.
    pub fn of(case: &'c Case<'a>) -> Result<Guard<'c, 'a>, Not> {
        let target = case.target()?;
        // A WebSocket API's routes take messages, and no requests.
        if target.api.kind == ApiKind::WebSocket {
            return Err(Not::Silent);
        }
        let stage = target.stage()?;
        let deployed = target.deployed(case)?;
        let (key, entry) = deployed.find(case.method(), &target.path).ok_or(Not::Silent)?;
        let (authorization_type, source) = match entry.authorization_type {
            Some(own) => (own.to_owned(), deployed.source),
            None => {
                let met = target.met_at_the_door(case, key)?;
                (met.route.authorization_type.clone(), met.source)
            }
        };
        let key = key.clone();
        Ok(Guard { case, target, api: target.api, stage, key, authorization_type, source })
    }

    /// The same, if the route is one of an API of this kind and asks for this.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it is not; otherwise as [`Guard::of`].
    pub fn asking(case: &'c Case<'a>, kind: ApiKind, authorization_type: &str) -> Result<Guard<'c, 'a>, Not> {
        if case.target()?.api.kind != kind {
            return Err(Not::Silent);
        }
        let guard = Guard::of(case)?;
        if guard.authorization_type == authorization_type { Ok(guard) } else { Err(Not::Silent) }
    }

    /// The same, if the answer is one of these, and not one to a preflight.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it is not; otherwise as [`Guard::of`].
    pub fn answering(
        case: &'c Case<'a>,
        signals: &[Signal],
        kind: ApiKind,
        authorization_type: &str,
    ) -> Result<Guard<'c, 'a>, Not> {
        case.shows(signals)?;
        if case.is_preflight() {
            return Err(Not::Silent);
        }
        Guard::asking(case, kind, authorization_type)
    }

    /// A proof with what guards the route.
    pub fn because(&self, proof: Proof) -> Proof {
        proof.because(self.source, format!("{} authorizationType", self.key), self.authorization_type.clone())
    }

    /// The route as its callers meet it.
    ///
    /// # Errors
    ///
    /// [`Not`], if that was not read.
    pub fn met(&self) -> Result<Met<'a>, Not> {
        self.target.met_at_the_door(self.case, &self.key)
    }

    /// The route's authorizer.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it has none; otherwise why it cannot be told.
    pub fn authorizer(&self) -> Result<Used<'a>, Not> {
        let met = self.met()?;
        let name = met.route.authorizer.known()?.as_deref().ok_or(Not::Silent)?;
        let authorizer = met.configuration.authorizers.known()?.get(name).ok_or(Not::Silent)?;
        let source = match met.source {
            "apigateway:GetResources" => "apigateway:GetAuthorizers",
            "apigatewayv2:GetRoutes" => "apigatewayv2:GetAuthorizers",
            other => other,
        };
        Ok(Used { name, authorizer, met, source })
    }

    /// The function of the route's Lambda authorizer.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if its authorizer calls none, or a stage variable in its name is not set; otherwise why it cannot be
    /// told.
    pub fn function(&self) -> Result<FunctionName, Not> {
        let uri = self.authorizer()?.authorizer.authorizer_uri.as_deref().ok_or(Not::Silent)?;
        let uri = stage_variables::resolve(uri, &self.stage.variables);
        let name = if uri.unset.is_empty() { FunctionName::in_uri(&uri.text) } else { None };
        name.ok_or(Not::Silent)
    }

    /// The beginning of the command that changes the authorizer; what it changes is still to be said.
    pub fn update_authorizer(&self, name: &str) -> Aws {
        let id = self.authorizer_id(name).unwrap_or("AUTHORIZER_ID");
        let command = match self.api.kind {
            ApiKind::Rest => Aws::new("apigateway update-authorizer").option("--rest-api-id", &self.api.id),
            ApiKind::Http | ApiKind::WebSocket => {
                Aws::new("apigatewayv2 update-authorizer").option("--api-id", &self.api.id)
            }
        };
        command.option("--authorizer-id", id).option("--region", &self.case.facts.region)
    }

    /// The authorizer's id, which only the live configuration shows. It stays the same through deployments.
    pub fn authorizer_id(&self, name: &str) -> Option<&'a str> {
        self.api.live.authorizers.ok()?.get(name)?.id.as_deref()
    }
}

impl<'c, 'a> Guarded<'c, 'a> {
    /// The route that a case's request reaches, as [`Guard::answering`] finds it, with its authorizer.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it is no such route; otherwise why it cannot be told.
    pub fn of(
        case: &'c Case<'a>,
        signals: &[Signal],
        kind: ApiKind,
        authorization_type: &str,
    ) -> Result<Guarded<'c, 'a>, Not> {
        let guard = Guard::answering(case, signals, kind, authorization_type)?;
        let used = guard.authorizer()?;
        Ok(Guarded { guard, used })
    }

    /// Where the token is looked for.
    pub fn source(&self) -> IdentitySource<'_> {
        self.used.identity_sources().into_iter().next().unwrap_or(IdentitySource::Header("Authorization"))
    }

    /// What stands there; `None` for nothing, and for an empty value.
    pub fn value(&self, case: &Case<'a>) -> Option<Cow<'a, str>> {
        self.source().value(case).filter(|value| !value.trim().is_empty())
    }

    /// The token that is sent.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if none is sent that can be read; [`Not::Unread`], if it is a variable, or the answer complains of one
    /// that the request does not show.
    pub fn token(&self, case: &Case<'a>) -> Result<Jwt, Not> {
        let Some(value) = self.value(case) else {
            let place = || format!("request.{}", self.source().place());
            return Err(if got_token(case) { Not::Unread(not_given(&place(), UNSHOWN)) } else { Not::Silent });
        };
        Jwt::in_header(case.known(&value, &self.source().place())?).ok_or(Not::Silent)
    }
}

impl Used<'_> {
    /// Where the authorizer looks for the caller's identity. A token is looked for in `Authorization`, where nothing is said.
    pub fn identity_sources(&self) -> Vec<IdentitySource<'_>> {
        let named = self.authorizer.identity_source.as_deref().unwrap_or_default();
        let sources: Vec<IdentitySource<'_>> =
            named.split(',').map(str::trim).filter(|source| !source.is_empty()).map(IdentitySource::parse).collect();
        match (sources.is_empty(), self.authorizer.authorizer_type.as_str()) {
            (true, "REQUEST") | (false, _) => sources,
            (true, _) => vec![IdentitySource::Header("Authorization")],
        }
    }
}

impl<'a> IdentitySource<'a> {
    /// Reads `method.request.header.Authorization`, or `$request.header.Authorization` as HTTP APIs write it.
    pub fn parse(text: &'a str) -> IdentitySource<'a> {
        let after = |prefixes: [&str; 3]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        if let Some(name) = after(["method.request.header.", "$request.header.", "route.request.header."]) {
            IdentitySource::Header(name)
        } else if let Some(name) =
            after(["method.request.querystring.", "$request.querystring.", "route.request.querystring."])
        {
            IdentitySource::Query(name)
        } else if let Some(name) = after(["stageVariables.", "$stageVariables.", "${stageVariables."]) {
            IdentitySource::StageVariable(name.trim_end_matches('}'))
        } else {
            IdentitySource::Other(text)
        }
    }

    /// What the request has there; `None` where it has nothing.
    pub fn value<'r>(&self, case: &Case<'r>) -> Option<Cow<'r, str>> {
        match self {
            IdentitySource::Header(name) => {
                let is_signed = name.eq_ignore_ascii_case("authorization") && case.request.client.signs_with.is_some();
                let value = case.request.headers.get(name).or(is_signed.then_some(SIGNATURE));
                value.map(Cow::Borrowed)
            }
            IdentitySource::Query(name) => case.request.url.parameter_decoded(name).map(Cow::Owned),
            IdentitySource::StageVariable(_) | IdentitySource::Other(_) => None,
        }
    }

    /// As evidence names it: `headers.Authorization`, `query.token`.
    pub fn place(&self) -> String {
        match self {
            IdentitySource::Header(name) => format!("headers.{name}"),
            IdentitySource::Query(name) => format!("query.{name}"),
            IdentitySource::StageVariable(name) => format!("stageVariables.{name}"),
            IdentitySource::Other(text) => (*text).to_owned(),
        }
    }

    /// In words: `the header Authorization`.
    pub fn words(&self) -> String {
        match self {
            IdentitySource::Header(name) => format!("the header {name}"),
            IdentitySource::Query(name) => format!("the query parameter {name}"),
            IdentitySource::StageVariable(name) => format!("the stage variable {name}"),
            IdentitySource::Other(text) => (*text).to_owned(),
        }
    }
}
