//! Security schemes and requirements: which of them are authorizers, which the API key, which IAM.

use std::collections::BTreeSet;

use super::{Reader, boolean, integer, members, plain, set, text};
use crate::configuration::{Authorizer, JwtConfiguration, Map, Source};
use crate::document::Tree;
use crate::normalise;

/// What an operation's security requirements come to.
pub(super) struct Security {
    pub(super) authorization_type: &'static str,
    pub(super) authorizer: Option<String>,
    pub(super) scopes: BTreeSet<String>,
    pub(super) api_key_required: bool,
}

enum Scheme {
    ApiKey,
    Iam,
    Authorizer(&'static str),
    /// A scheme without AWS's extensions, which API Gateway does not act on.
    Documentation,
}

impl Reader<'_> {
    /// Reads an operation's requirements. API Gateway writes a list of objects and means all of them, though OpenAPI
    /// means any.
    pub(super) fn security(&self, operation: &Tree) -> Security {
        let mut security =
            Security { authorization_type: "NONE", authorizer: None, scopes: BTreeSet::new(), api_key_required: false };
        let requirements = operation.get("security").or_else(|| self.document.get("security"));
        let requirements = requirements.into_iter().flat_map(Tree::items);
        for (name, scopes) in requirements.flat_map(Tree::members) {
            match self.scheme(name) {
                Scheme::ApiKey => security.api_key_required = true,
                Scheme::Iam => security.authorization_type = "AWS_IAM",
                Scheme::Authorizer(authorization_type) => {
                    security.authorization_type = authorization_type;
                    security.authorizer = Some(name.to_owned());
                    security.scopes = set(scopes);
                }
                Scheme::Documentation => {}
            }
        }
        let auth = operation.get("x-amazon-apigateway-auth").and_then(|auth| text(auth, "type"));
        match auth.map(|auth| auth.to_ascii_uppercase()).as_deref() {
            Some("AWS_IAM") => security.authorization_type = "AWS_IAM",
            Some("NONE") => (security.authorization_type, security.authorizer) = ("NONE", None),
            _ => {}
        }
        security
    }

    fn schemes(&self) -> Option<&Tree<'_>> {
        if self.source == Source::Swagger20 {
            self.document.get("securityDefinitions")
        } else {
            self.document.get("components")?.get("securitySchemes")
        }
    }

    fn scheme(&self, name: &str) -> Scheme {
        let Some(scheme) = self.schemes().and_then(|schemes| schemes.get(name)) else {
            return Scheme::Documentation;
        };
        let is_iam = scheme.get("x-amazon-apigateway-authtype").is_some_and(|label| label.as_str() == Some("awsSigv4"));
        match authorizer_type(scheme).as_deref() {
            Some("cognito_user_pools") => Scheme::Authorizer("COGNITO_USER_POOLS"),
            Some("jwt") => Scheme::Authorizer("JWT"),
            Some(_) => Scheme::Authorizer("CUSTOM"),
            None if is_iam => Scheme::Iam,
            None if text(scheme, "name").is_some_and(|name| name.eq_ignore_ascii_case("x-api-key")) => Scheme::ApiKey,
            None => Scheme::Documentation,
        }
    }

    /// The authorizers that the document defines, by name.
    pub(super) fn authorizers(&self) -> Map<Authorizer> {
        members(self.schemes())
            .filter(|(_, scheme)| authorizer_type(scheme).is_some())
            .map(|(name, scheme)| {
                let mut authorizer = authorizer(scheme);
                normalise::authorizer(&mut authorizer, self.product());
                (name.to_owned(), authorizer)
            })
            .collect()
    }
}

fn authorizer_type(scheme: &Tree) -> Option<String> {
    let extension = scheme.get("x-amazon-apigateway-authorizer")?;
    Some(text(extension, "type").unwrap_or_default().to_ascii_lowercase())
}

fn authorizer(scheme: &Tree) -> Authorizer {
    let extension = scheme.get("x-amazon-apigateway-authorizer").unwrap_or(&Tree::Null);
    Authorizer {
        authorizer_type: text(extension, "type").unwrap_or_default(),
        auth_type: text(scheme, "x-amazon-apigateway-authtype"),
        provider_arns: extension.get("providerARNs").map(set).unwrap_or_default(),
        authorizer_uri: text(extension, "authorizerUri"),
        authorizer_credentials: text(extension, "authorizerCredentials"),
        identity_source: identity_source(scheme, extension),
        identity_validation_expression: text(extension, "identityValidationExpression"),
        authorizer_result_ttl_in_seconds: extension.get("authorizerResultTtlInSeconds").and_then(integer),
        authorizer_payload_format_version: text(extension, "authorizerPayloadFormatVersion"),
        enable_simple_responses: extension.get("enableSimpleResponses").and_then(boolean),
        jwt_configuration: extension.get("jwtConfiguration").map(jwt_configuration),
        id: None,
    }
}

/// The extension's own identity source; without one, the header that the scheme names. `Unused` stands for no header.
fn identity_source(scheme: &Tree, extension: &Tree) -> Option<String> {
    let own = extension.get("identitySource").map(|source| match source {
        Tree::List(sources) => sources.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => plain(other),
    });
    let header = || {
        let name = text(scheme, "name").filter(|name| name != "Unused")?;
        (text(scheme, "in")? == "header").then(|| format!("method.request.header.{name}"))
    };
    own.or_else(header)
}

fn jwt_configuration(jwt: &Tree) -> JwtConfiguration {
    JwtConfiguration { audience: jwt.get("audience").map(set).unwrap_or_default(), issuer: text(jwt, "issuer") }
}
