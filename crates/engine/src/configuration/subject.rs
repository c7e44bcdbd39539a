//! The parts of a configuration by name, and what cannot be said of one.

use serde::{Deserialize, Serialize};

use super::RouteKey;

/// A part of a configuration: what a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A method on a path, as a whole.
    Route,
    /// The method itself: who may call it, and with what.
    Method,
    /// What answers it.
    Integration,
    /// What it may answer.
    MethodResponse,
    /// What becomes of the backend's answer.
    IntegrationResponse,
    /// An authorizer.
    Authorizer,
    /// A model.
    Model,
    /// A request validator.
    RequestValidator,
    /// A gateway response.
    GatewayResponse,
    /// The API's own properties.
    Api,
    /// The CORS configuration.
    Cors,
}

/// Something that no witness can prove either way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotComparable {
    /// The field, as AWS's API names it.
    pub field: String,
    /// Why.
    pub reason: String,
    /// What it is a field of.
    pub subject: Subject,
    /// The route's method, where it concerns one route.
    pub method: Option<String>,
    /// The route's path, where it concerns one route.
    pub path: Option<String>,
    /// The name of the subject, where it concerns one.
    pub name: Option<String>,
}

impl NotComparable {
    /// The route that it concerns, where it concerns one.
    pub fn route(&self) -> Option<RouteKey> {
        self.path.as_ref().map(|path| RouteKey { path: path.clone(), method: self.method.clone() })
    }
}

impl Subject {
    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Route => "route",
            Subject::Method => "method",
            Subject::Integration => "integration",
            Subject::MethodResponse => "method-response",
            Subject::IntegrationResponse => "integration-response",
            Subject::Authorizer => "authorizer",
            Subject::Model => "model",
            Subject::RequestValidator => "request-validator",
            Subject::GatewayResponse => "gateway-response",
            Subject::Api => "api",
            Subject::Cors => "cors",
        }
    }
}
