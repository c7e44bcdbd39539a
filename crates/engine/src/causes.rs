//! The causes of failing requests: one file per family, each cause with its documentation.
//!
//! The order is the order of asking: the checks as the gateway makes them, within each the most specific
//! cause first. The first one that holds is the answer.

mod api_key;
mod application;
mod authorization_header;
mod authorizer_drift;
mod authorizer_failure;
mod authorizer_policy;
mod cloudfront;
mod cognito_authorizer;
mod cors;
mod credentials;
mod credentials_kind;
mod deployment;
mod domain;
mod elsewhere;
mod filters;
mod function_error;
mod function_settings;
mod function_url;
mod http_api;
mod http_lambda_authorizer;
mod iam;
mod iam_policy;
mod integration;
mod jwt_authorizer;
mod key_value;
mod lambda;
mod lambda_authorizer;
mod limits;
mod mapping;
mod mismatch;
mod mutual_tls;
mod network;
mod no_fault;
mod oauth_client;
mod oauth_page;
mod oauth_token;
mod open_route;
mod other_services;
mod policy_allow;
mod preflight;
mod private_api;
mod private_dns;
mod resource_policy;
mod routing;
mod routing_rule;
mod s3;
mod sigv4;
mod spelling;
mod stage;
mod standing;
mod throttling;
mod unknown_path;
mod usage_plan;
mod validation;
mod websocket;

use crate::case::Case;
use crate::case::cause::{Cause, Proof};
use crate::observed::NotRead;

/// A family of causes.
#[derive(Debug)]
pub struct Family {
    /// Its name, as a heading.
    pub name: &'static str,
    /// Its causes.
    pub causes: &'static [Cause],
}

/// The families, in the order of asking.
pub static FAMILIES: &[Family] = &[
    Family { name: "Other services", causes: other_services::CAUSES },
    Family { name: "Cognito's clients", causes: oauth_client::CAUSES },
    Family { name: "Cognito's tokens", causes: oauth_token::CAUSES },
    Family { name: "Cognito's pages", causes: oauth_page::CAUSES },
    Family { name: "S3", causes: s3::CAUSES },
    Family { name: "Function URLs", causes: function_url::CAUSES },
    Family { name: "Names, connections and TLS", causes: network::CAUSES },
    Family { name: "Private DNS", causes: private_dns::CAUSES },
    Family { name: "Mutual TLS", causes: mutual_tls::CAUSES },
    Family { name: "CloudFront", causes: cloudfront::CAUSES },
    Family { name: "Private APIs", causes: private_api::CAUSES },
    Family { name: "Stages and endpoints", causes: stage::CAUSES },
    Family { name: "Custom domain names", causes: domain::CAUSES },
    Family { name: "Routing rules", causes: routing_rule::CAUSES },
    Family { name: "CORS preflights", causes: preflight::CAUSES },
    Family { name: "CORS answers", causes: cors::CAUSES },
    Family { name: "Somewhere else", causes: elsewhere::CAUSES },
    Family { name: "WebSocket APIs", causes: websocket::CAUSES },
    Family { name: "WAF", causes: filters::CAUSES },
    Family { name: "Authorization headers", causes: authorization_header::CAUSES },
    Family { name: "Signatures", causes: sigv4::CAUSES },
    Family { name: "Credentials", causes: credentials::CAUSES },
    Family { name: "Signatures that differ", causes: mismatch::CAUSES },
    Family { name: "Deployment", causes: deployment::CAUSES },
    Family { name: "Spelling of paths", causes: spelling::CAUSES },
    Family { name: "Routing of REST APIs", causes: routing::CAUSES },
    Family { name: "Unknown paths", causes: unknown_path::CAUSES },
    Family { name: "Routing of HTTP APIs", causes: http_api::CAUSES },
    Family { name: "Applications behind routes", causes: application::CAUSES },
    Family { name: "Routes with AWS_IAM", causes: iam::CAUSES },
    Family { name: "IAM policies", causes: iam_policy::CAUSES },
    Family { name: "Policies that deny", causes: resource_policy::CAUSES },
    Family { name: "Authorization that waits", causes: authorizer_drift::CAUSES },
    Family { name: "Lambda authorizers", causes: lambda_authorizer::CAUSES },
    Family { name: "Policies of Lambda authorizers", causes: authorizer_policy::CAUSES },
    Family { name: "Lambda authorizers that fail", causes: authorizer_failure::CAUSES },
    Family { name: "Lambda authorizers of HTTP APIs", causes: http_lambda_authorizer::CAUSES },
    Family { name: "Cognito authorizers", causes: cognito_authorizer::CAUSES },
    Family { name: "JWT authorizers", causes: jwt_authorizer::CAUSES },
    Family { name: "Credentials of another kind", causes: credentials_kind::CAUSES },
    Family { name: "Resource policies that do not allow", causes: policy_allow::CAUSES },
    Family { name: "API keys", causes: api_key::CAUSES },
    Family { name: "Values of API keys", causes: key_value::CAUSES },
    Family { name: "Usage plans", causes: usage_plan::CAUSES },
    Family { name: "Routes without a key", causes: open_route::CAUSES },
    Family { name: "Throttles and quotas", causes: throttling::CAUSES },
    Family { name: "Checks of the request", causes: validation::CAUSES },
    Family { name: "Limits of size", causes: limits::CAUSES },
    Family { name: "Calling Lambda", causes: lambda::CAUSES },
    Family { name: "Mappings", causes: mapping::CAUSES },
    Family { name: "Integrations", causes: integration::CAUSES },
    Family { name: "Functions that fail", causes: function_error::CAUSES },
    Family { name: "No fault", causes: no_fault::CAUSES },
];

/// Every cause, in the order of asking.
pub fn all() -> impl Iterator<Item = &'static Cause> {
    FAMILIES.iter().flat_map(|family| family.causes)
}

/// The cause of an id.
pub fn find(id: &str) -> Option<&'static Cause> {
    all().find(|cause| cause.id == id)
}

/// What is to be said besides, whichever cause holds: that a value looks like a placeholder, or that the API takes no WebSocket
/// connection.
pub(crate) fn aside(case: &Case<'_>) -> Option<String> {
    spelling::taken_for_value(case).or_else(|| websocket::taken_for_websocket(case))
}

/// What is to be said where no cause holds: that there is no fault, which causes the answer looks like where the reads that would
/// prove them were denied, or that the facts do not suffice.
pub(crate) fn last_words(case: &Case<'_>, unread: &[(&'static Cause, NotRead)]) -> Vec<(&'static Cause, Proof)> {
    no_fault::last_words(case, unread)
}
