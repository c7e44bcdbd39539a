//! SAM's `Auth`: which authorizer, scopes and key each operation gets.

use serde_json::{Map, Value, json};

use super::sam::{ANY, EVENT_AUTH};
use crate::snapshot::ApiKind;
use crate::unknown::{is_in, is_in_text, names, unknown};

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", ANY];

/// The scheme that stands for an API key.
const API_KEY: &str = "api_key";

/// The scheme that stands for IAM.
const AWS_IAM: &str = "AWS_IAM";

/// `Auth` of an API.
pub(super) struct Auth<'a> {
    kind: ApiKind,
    auth: Option<&'a Value>,
}

impl<'a> Auth<'a> {
    pub(super) fn new(properties: &'a Value, kind: ApiKind) -> Auth<'a> {
        Auth { kind, auth: properties.get("Auth") }
    }

    /// Puts security schemes and requirements into a document, as SAM does.
    pub(super) fn apply(&self, document: &mut Value) {
        self.add_schemes(document);
        let paths = document.get_mut("paths").and_then(Value::as_object_mut);
        for item in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            for (key, operation) in item.iter_mut().filter(|(key, _)| METHODS.contains(&key.as_str())) {
                if let Some(operation) = operation.as_object_mut() {
                    self.secure(operation, key == "options");
                }
            }
        }
    }

    fn setting(&self, name: &str) -> Option<&'a Value> {
        self.auth?.get(name)
    }

    fn authorizer(&self, name: &str) -> Option<&'a Value> {
        self.setting("Authorizers")?.get(name)
    }

    /// A flag that is on unless it is switched off.
    fn is_on(&self, name: &str) -> bool {
        self.setting(name).is_none_or(|flag| *flag != false)
    }

    fn add_schemes(&self, document: &mut Value) {
        let mut schemes = Map::new();
        for (name, authorizer) in self.setting("Authorizers").and_then(Value::as_object).into_iter().flatten() {
            let has = |property: &str| authorizer.get(property).is_some();
            let kind = match self.kind {
                _ if authorizer.is_string() => authorizer.clone(),
                ApiKind::Rest if has("UserPoolArn") => "cognito_user_pools".into(),
                ApiKind::Rest if authorizer.get("FunctionPayloadType").is_some_and(|t| t == "REQUEST") => {
                    "request".into()
                }
                ApiKind::Rest => "token".into(),
                _ if has("JwtConfiguration") => "jwt".into(),
                _ => "request".into(),
            };
            schemes.insert(name.clone(), json!({ "x-amazon-apigateway-authorizer": { "type": kind } }));
        }
        schemes.insert(API_KEY.to_owned(), json!({ "type": "apiKey", "name": "x-api-key", "in": "header" }));
        schemes.insert(AWS_IAM.to_owned(), json!({ "x-amazon-apigateway-authtype": "awsSigv4" }));
        let Some(document) = document.as_object_mut() else { return };
        let place = if document.contains_key("swagger") {
            document.entry("securityDefinitions").or_insert_with(|| json!({}))
        } else {
            let components = document.entry("components").or_insert_with(|| json!({}));
            match components.as_object_mut() {
                Some(components) => components.entry("securitySchemes").or_insert_with(|| json!({})),
                None => return,
            }
        };
        if let Some(place) = place.as_object_mut() {
            schemes.into_iter().for_each(|(name, scheme)| {
                place.entry(name).or_insert(scheme);
            });
        }
    }

    /// Gives one operation its requirements: those of its event, then those of the API that the event leaves open.
    fn secure(&self, operation: &mut Map<String, Value>, is_preflight: bool) {
        let event = operation.remove(EVENT_AUTH).unwrap_or_default();
        let own = operation.get("security").cloned().unwrap_or_else(|| json!([]));
        let Some(mut requirements) = own.as_array().filter(|_| !is_in(&own)).cloned() else {
            return;
        };
        let named = |name: &str| requirements.iter().any(|one| one.get(name).is_some());
        let authorizers = self.setting("Authorizers").and_then(Value::as_object);
        let has_authorizer =
            authorizers.into_iter().flatten().any(|(name, _)| named(name)) || named(AWS_IAM) || named("sigv4");
        let (has_key, has_none) = (named(API_KEY), named("NONE"));
        requirements.retain(|one| one.get("NONE").is_none());

        let chosen = match event.get("Authorizer") {
            Some(authorizer) => Some(authorizer),
            None if event.is_string() => Some(&event),
            None if has_authorizer || has_none || (is_preflight && !self.covers_preflight()) => None,
            None => self.setting("DefaultAuthorizer").or(self.auth.filter(|auth| auth.is_string())),
        };
        let hole = chosen.filter(|chosen| is_in(chosen)).or_else(|| event.get("ApiKeyRequired").filter(|k| is_in(k)));
        if let Some(hole) = hole {
            operation.insert("security".to_owned(), unknown(&names(hole).join(", ")).into());
            return;
        }
        match chosen.and_then(Value::as_str) {
            None | Some("NONE") => {}
            Some(AWS_IAM) if self.kind != ApiKind::Rest => {
                operation.insert("x-amazon-apigateway-auth".to_owned(), json!({ "type": AWS_IAM }));
            }
            Some(name) => {
                let scopes = event
                    .get("AuthorizationScopes")
                    .or_else(|| self.authorizer(name)?.get("AuthorizationScopes"))
                    .cloned()
                    .unwrap_or_else(|| json!([]));
                requirements.push(Value::Object(Map::from_iter([(name.to_owned(), scopes)])));
            }
        }
        if self.kind == ApiKind::Rest && !has_key && self.wants_key(&event, is_preflight) {
            requirements.push(json!({ API_KEY: [] }));
        }
        let is_unknown = self.setting("ApiKeyRequired").and_then(Value::as_str).filter(|flag| is_in_text(flag));
        let security = match is_unknown.filter(|_| event.get("ApiKeyRequired").is_none()) {
            Some(flag) => flag.into(),
            None => Value::from(requirements),
        };
        operation.insert("security".to_owned(), security);
    }

    /// Whether the default authorizer is for preflight requests too. Of HTTP APIs it never is.
    fn covers_preflight(&self) -> bool {
        self.kind == ApiKind::Rest && self.is_on("AddDefaultAuthorizerToCorsPreflight")
    }

    fn wants_key(&self, event: &Value, is_preflight: bool) -> bool {
        match event.get("ApiKeyRequired") {
            Some(required) => *required == true,
            None if is_preflight && !self.is_on("AddApiKeyRequiredToCorsPreflight") => false,
            None => self.setting("ApiKeyRequired").is_some_and(|required| *required == true),
        }
    }
}
