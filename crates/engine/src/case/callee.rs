//! The Lambda function that a route calls, and what was read of it.

use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::facts::Read;
use super::target::{Met, Target};
use crate::arn::{self, FunctionName};
use crate::configuration::{Integration, RouteKey};
use crate::snapshot::{ApiKind, Stage};
use crate::stage_variables::{self, Resolved};

/// A route that calls something, as its callers meet it.
#[derive(Clone, Debug)]
pub struct Callee<'c, 'a> {
    /// Where the request goes.
    pub target: &'c Target<'a>,
    /// The stage.
    pub stage: &'a Stage,
    /// The route.
    pub key: RouteKey,
    /// The route as its callers meet it.
    pub met: Met<'a>,
    /// What it calls.
    pub integration: &'a Integration,
    /// The integration's URI, with the stage's variables put in.
    pub uri: Resolved,
}

impl<'c, 'a> Callee<'c, 'a> {
    /// What the route of a case's request calls.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if no route takes the request, or it calls nothing; otherwise why it cannot be told.
    pub fn of(case: &'c Case<'a>) -> Result<Callee<'c, 'a>, Not> {
        let target = case.target()?;
        let stage = target.stage()?;
        let (key, met) = target.met(case)?;
        let integration = met.route.integration.as_ref().ok_or(Not::Silent)?;
        let uri = stage_variables::resolve(integration.uri.as_deref().unwrap_or_default(), &stage.variables);
        Ok(Callee { target, stage, key, met, integration, uri })
    }

    /// The function, if it calls one and every variable in its name is set.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it calls none.
    pub fn function(&self) -> Result<FunctionName, Not> {
        let name = if self.uri.unset.is_empty() { FunctionName::in_uri(&self.uri.text) } else { None };
        name.ok_or(Not::Silent)
    }

    /// How long the integration waits, in milliseconds: the longest that its kind of API does by default, where nothing is set.
    pub fn waits(&self) -> i64 {
        self.integration.timeout_in_millis.unwrap_or(match self.target.api.kind {
            ApiKind::Rest => 29_000,
            ApiKind::Http | ApiKind::WebSocket => 30_000,
        })
    }

    /// The id of the route's REST resource, as commands want it: the live configuration knows it, exports do not. A
    /// placeholder, where that was not read.
    pub fn resource_id(&self) -> &'a str {
        self.target.resource_id(&self.key).unwrap_or("RESOURCE_ID")
    }

    /// The ARN on whose behalf the function is called.
    pub fn source_arn(&self, case: &Case<'_>) -> String {
        let path = self.key.path.strip_prefix('/').unwrap_or(&self.key.path);
        let rest = match &self.key.method {
            Some(method) => format!("{}/{method}/{path}", self.stage.name),
            None => format!("{}/{path}", self.stage.name),
        };
        arn::execute_api(&case.facts.region, &case.facts.account_id, &self.target.api.id, &rest)
    }
}

/// The integration of a method on the path of a request, as it is edited: where that was read.
pub fn edited<'a>(case: &Case<'a>, target: &Target<'a>, method: &str) -> Option<&'a Integration> {
    let (_, entry) = case.tables.live(target.api).ok()?.find(method, &target.path)?;
    entry.route?.integration.as_ref()
}

/// What answers on a route, as sentences name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// A function, whose answer is passed on as it is.
    Function,
    /// An HTTP backend, whose answer is passed on as it is.
    Backend,
    /// API Gateway itself, by a mock.
    Mock,
    /// Something whose answer is mapped by the integration's responses.
    Mapped,
    /// Something that was not read, or that no route names.
    Untold,
}

impl Behind {
    /// What answers a method on the path of a case's request, as the live configuration has it: for a word nothing more is
    /// read.
    pub fn of(case: &Case<'_>, method: &str) -> Behind {
        let integration = || edited(case, case.target().ok()?, method);
        integration().map_or(Behind::Untold, Behind::called_by)
    }

    /// What answers where an integration is called.
    pub fn called_by(integration: &Integration) -> Behind {
        match integration.integration_type.as_str() {
            "AWS_PROXY" if integration.uri.as_deref().is_some_and(|uri| uri.contains(":function:")) => Behind::Function,
            "HTTP_PROXY" => Behind::Backend,
            "MOCK" => Behind::Mock,
            "AWS" | "HTTP" => Behind::Mapped,
            _ => Behind::Untold,
        }
    }

    /// Where a header of the answer is to be said, after `return … from`.
    pub fn source(self) -> &'static str {
        match self {
            Behind::Function => "the function",
            Behind::Backend => "the backend",
            Behind::Mock => "the mock's integration response",
            Behind::Mapped => "the integration response, which maps what is behind the route",
            Behind::Untold => "what the route calls",
        }
    }
}

/// How the reads of Lambda are asked for a function: by name in its own account, by ARN in another.
pub fn argument(case: &Case<'_>, function: &FunctionName) -> String {
    argument_in(&case.facts.account_id, &case.facts.region, function)
}

/// The same, in a region of an account.
pub fn argument_in(account_id: &str, region: &str, function: &FunctionName) -> String {
    if function.account_id != account_id || function.region != region {
        return function.arn();
    }
    match &function.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", function.name),
        None => function.name.clone(),
    }
}

/// A function's configuration; `None` where it does not exist.
///
/// # Errors
///
/// [`Not`], if it was not read.
pub fn configuration<'a>(case: &Case<'a>, function: &FunctionName) -> Result<Option<&'a Value>, Not> {
    case.ask(Read::Function(argument(case, function)))
}

/// A function's resource policy; `None` where it has none.
///
/// # Errors
///
/// [`Not`], if it was not read.
pub fn policy<'a>(case: &Case<'a>, function: &FunctionName) -> Result<Option<&'a Value>, Not> {
    Ok(case.ask(Read::FunctionPolicy(argument(case, function)))?.and_then(|answer| answer.get("Policy")))
}

/// Where a function's log lines go, as its configuration says. Configurations of before that setting have the group of
/// the function's name.
pub fn log_group(function: &FunctionName, configuration: Option<&Value>) -> String {
    let own = configuration.and_then(|own| own.get("LoggingConfig")?.get("LogGroup")?.as_str());
    own.map_or_else(|| format!("/aws/lambda/{}", function.name), str::to_owned)
}
