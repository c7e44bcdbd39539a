//! Comparing routes: methods, integrations and responses.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compare::{Comparer, Place, Sides, map_or_null, object, to_value};
use super::{ChangeKind, Subject};
use crate::configuration::{Integration, IntegrationResponse, Map as Named, MethodResponse, Route, RouteKey};

impl Comparer {
    pub(super) fn routes(&mut self, live: &BTreeMap<RouteKey, Route>, deployed: &BTreeMap<RouteKey, Route>) {
        for (key, route) in live {
            match deployed.get(key) {
                Some(other) => self.route(key, route, other),
                None => self.whole(ChangeKind::Added, Place::on(Subject::Route, key), outline(route)),
            }
        }
        for (key, route) in deployed.iter().filter(|(key, _)| !live.contains_key(*key)) {
            self.whole(ChangeKind::Removed, Place::on(Subject::Route, key), outline(route));
        }
    }

    fn route(&mut self, key: &RouteKey, live: &Route, deployed: &Route) {
        let is_known = |route: &Route| route.authorizer.ok().is_some() && route.request_validator.ok().is_some();
        // Most routes of two documents, or of a baseline, are.
        if live == deployed && is_known(live) {
            return;
        }
        let method = Place::on(Subject::Method, key);
        self.field(&method, "authorizationType", &live.authorization_type, &deployed.authorization_type);
        self.observed(&method, "authorizer", &live.authorizer, &deployed.authorizer);
        self.field(&method, "authorizationScopes", &live.authorization_scopes, &deployed.authorization_scopes);
        self.field(&method, "apiKeyRequired", &live.api_key_required, &deployed.api_key_required);
        self.field(&method, "operationName", &live.operation_name, &deployed.operation_name);
        self.field(&method, "requestParameters", &live.request_parameters, &deployed.request_parameters);
        self.model_names(&method, "requestModels", &live.request_models, &deployed.request_models);
        self.observed(&method, "requestValidator", &live.request_validator, &deployed.request_validator);
        // WebSocket APIs alone have these, and no export shows them.
        let (one, other) = (&live.route_response_selection_expression, &deployed.route_response_selection_expression);
        self.field(&method, "routeResponseSelectionExpression", one, other);
        let (one, other) = (&live.model_selection_expression, &deployed.model_selection_expression);
        self.field(&method, "modelSelectionExpression", one, other);

        let integration = Place::on(Subject::Integration, key);
        match (&live.integration, &deployed.integration) {
            (Some(live_integration), Some(deployed_integration)) => {
                self.integration(key, live, live_integration, deployed_integration);
            }
            (Some(only), None) => self.whole(ChangeKind::Added, integration, backend(only)),
            (None, Some(only)) => self.whole(ChangeKind::Removed, integration, backend(only)),
            (None, None) => {}
        }
        // Neither response takes effect where the backend's answer goes to the caller as it is.
        let is_proxy = |route: &Route| route.integration.as_ref().is_some_and(Integration::is_proxy);
        let is_proxy = is_proxy(live) || is_proxy(deployed);
        // Between documents they still describe the API.
        if !is_proxy || self.sides == Sides::Documents {
            self.method_responses(key, &live.method_responses, &deployed.method_responses);
        }
        if !is_proxy {
            // An integration that is on one side only brings no changes for its parts.
            if let (Some(live), Some(deployed)) = (&live.integration, &deployed.integration) {
                self.integration_responses(key, &live.integration_responses, &deployed.integration_responses);
            }
        }
    }

    fn integration(&mut self, key: &RouteKey, route: &Route, live: &Integration, deployed: &Integration) {
        let place = Place::on(Subject::Integration, key);
        self.fields(&place, live, deployed, &["integrationResponses", "cacheNamespace"]);
        // An export writes the resource's own id as the namespace of some integrations, and nothing for others; both
        // mean the default.
        let own_id = route.resource_id.as_deref();
        let deployed_namespace = deployed.cache_namespace.as_deref().filter(|namespace| own_id != Some(*namespace));
        if live.cache_namespace.as_deref() == deployed_namespace {
            return;
        }
        let is_told = |namespace: Option<&str>| !namespace.is_some_and(may_be_resource_id);
        let both = live.cache_namespace.is_some() && deployed_namespace.is_some();
        let is_named = both && is_told(live.cache_namespace.as_deref()) && is_told(deployed_namespace);
        if own_id.is_some() || is_named {
            self.field(&place, "cacheNamespace", &live.cache_namespace.as_deref(), &deployed_namespace);
        } else {
            self.not_comparable(
                &place,
                "cacheNamespace",
                "by default the id of the resource, which the document does not tell",
            );
        }
    }

    fn method_responses(&mut self, key: &RouteKey, live: &Named<MethodResponse>, deployed: &Named<MethodResponse>) {
        for (status, response) in live {
            let place = Place::response(Subject::MethodResponse, key, status);
            let Some(other) = deployed.get(status) else {
                self.whole(ChangeKind::Added, place, described(status, response));
                continue;
            };
            let differing = |one: &MethodResponse, other: &MethodResponse| -> Map<String, Value> {
                let parameters = one.response_parameters.iter();
                let only_here = parameters.filter(|(name, _)| !other.response_parameters.contains_key(*name));
                only_here.map(|(name, value)| (name.clone(), to_value(value))).collect()
            };
            let (only_live, only_deployed) = (differing(response, other), differing(other, response));
            if !only_live.is_empty() || !only_deployed.is_empty() {
                self.changed(
                    &place,
                    "responseParameters",
                    map_or_null(only_live, !response.response_parameters.is_empty()),
                    map_or_null(only_deployed, !other.response_parameters.is_empty()),
                );
            }
            self.model_names(&place, "responseModels", &response.response_models, &other.response_models);
        }
        for (status, response) in deployed.iter().filter(|(status, _)| !live.contains_key(*status)) {
            self.whole(
                ChangeKind::Removed,
                Place::response(Subject::MethodResponse, key, status),
                described(status, response),
            );
        }
    }

    /// Joined on the selection pattern; of those left over, on the status code, so that a changed pattern is one change.
    fn integration_responses(
        &mut self,
        key: &RouteKey,
        live: &Named<IntegrationResponse>,
        deployed: &Named<IntegrationResponse>,
    ) {
        fn place<'a>(key: &'a RouteKey, response: &'a IntegrationResponse) -> Place<'a> {
            Place::response(Subject::IntegrationResponse, key, &response.status_code)
        }
        let mut left_over: Vec<(&String, &IntegrationResponse)> =
            deployed.iter().filter(|(pattern, _)| !live.contains_key(*pattern)).collect();
        for (pattern, response) in live {
            if response.ambiguous {
                let reason = "several integration responses have this pattern, of which an export shows one";
                self.not_comparable(&place(key, response), "selectionPattern", reason);
                continue;
            }
            if let Some(other) = deployed.get(pattern) {
                self.fields(&place(key, response), response, other, &[]);
                continue;
            }
            match left_over.iter().position(|(_, other)| other.status_code == response.status_code) {
                Some(at) => {
                    let (other_pattern, other) = left_over.remove(at);
                    self.field(&place(key, response), "selectionPattern", pattern, other_pattern);
                    self.fields(&place(key, response), response, other, &[]);
                }
                None => self.whole(ChangeKind::Added, place(key, response), with_pattern(pattern, response)),
            }
        }
        for (pattern, response) in left_over {
            self.whole(ChangeKind::Removed, place(key, response), with_pattern(pattern, response));
        }
    }
}

/// Whether a cache's namespace looks like the id of a resource, which it is by default.
fn may_be_resource_id(namespace: &str) -> bool {
    (6..=10).contains(&namespace.len()) && namespace.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// What a reader needs to know of a route that is on one side only.
fn outline(route: &Route) -> Value {
    let mut outline = Map::from_iter([
        ("authorizationType".to_owned(), to_value(&route.authorization_type)),
        ("apiKeyRequired".to_owned(), to_value(route.api_key_required)),
    ]);
    if let Some(integration) = &route.integration {
        outline.insert("integration".to_owned(), backend(integration));
    }
    Value::Object(outline)
}

fn backend(integration: &Integration) -> Value {
    let mut backend = Map::from_iter([("type".to_owned(), to_value(&integration.integration_type))]);
    if let Some(uri) = &integration.uri {
        backend.insert("uri".to_owned(), to_value(uri));
    }
    Value::Object(backend)
}

/// A method response as the control plane shows it.
fn described(status: &str, response: &MethodResponse) -> Value {
    let mut described = Map::from_iter([("statusCode".to_owned(), to_value(status))]);
    if !response.response_parameters.is_empty() {
        described.insert("responseParameters".to_owned(), to_value(&response.response_parameters));
    }
    if !response.response_models.is_empty() {
        described.insert("responseModels".to_owned(), to_value(&response.response_models.by_content_type));
    }
    Value::Object(described)
}

fn with_pattern(pattern: &str, response: &IntegrationResponse) -> Value {
    let mut object = object(response);
    object.insert("selectionPattern".to_owned(), to_value(pattern));
    Value::Object(object)
}
