//! Comparing two configurations, field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{ChangeKind, NotComparable, Subject};
use crate::configuration::{Agreement, Configuration, Models, RouteKey, Source};
use crate::observed::Observed;
use crate::snapshot::ApiKind;

/// One difference, before anybody says what it means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) change: ChangeKind,
    pub(super) subject: Subject,
    pub(super) route: Option<RouteKey>,
    pub(super) name: Option<String>,
    pub(super) field: Option<String>,
    pub(super) live: Value,
    pub(super) deployed: Value,
}

/// What comparing came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Comparison {
    pub(super) differences: Vec<Difference>,
    pub(super) not_comparable: Vec<NotComparable>,
}

impl Comparison {
    /// The same with the sides exchanged.
    pub(super) fn turned(mut self) -> Comparison {
        for difference in &mut self.differences {
            std::mem::swap(&mut difference.live, &mut difference.deployed);
            difference.change = match difference.change {
                ChangeKind::Added => ChangeKind::Removed,
                ChangeKind::Removed => ChangeKind::Added,
                ChangeKind::Changed => ChangeKind::Changed,
            };
        }
        self
    }
}

/// What kind of thing the deployed side is, which decides what it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// Two documents: each shows all that it holds.
    Documents,
    /// A live configuration and a stage's export. `fresh` says that both were read at the same time.
    Served { fresh: bool },
    /// Two configurations that were read with the same calls.
    Exact,
}

/// Fields that are maps: one change each, of which only the keys that differ are shown.
const MAP_FIELDS: [&str; 6] = [
    "requestModels",
    "requestParameters",
    "requestTemplates",
    "responseModels",
    "responseParameters",
    "responseTemplates",
];

/// HTTP and WebSocket APIs' names for fields of integrations and authorizers that REST APIs name otherwise.
const V2_FIELD_NAMES: [(Subject, &str, &str); 7] = [
    (Subject::Integration, "type", "integrationType"),
    (Subject::Integration, "httpMethod", "integrationMethod"),
    (Subject::Integration, "uri", "integrationUri"),
    (Subject::Integration, "credentials", "credentialsArn"),
    (Subject::Integration, "contentHandling", "contentHandlingStrategy"),
    (Subject::Authorizer, "type", "authorizerType"),
    (Subject::Authorizer, "authorizerCredentials", "authorizerCredentialsArn"),
];

/// Compares a live configuration with the export of what a stage serves.
pub(super) fn served(live: &Configuration, deployed: &Configuration, fresh: bool) -> Comparison {
    compare(live, deployed, Sides::Served { fresh }, deployed.source == Source::HttpOas30)
}

/// Compares two documents.
pub(super) fn documents(live: &Configuration, deployed: &Configuration) -> Comparison {
    compare(live, deployed, Sides::Documents, deployed.source == Source::HttpOas30)
}

/// Compares two configurations that were read with the same calls.
pub(super) fn exact(live: &Configuration, deployed: &Configuration, kind: ApiKind) -> Comparison {
    compare(live, deployed, Sides::Exact, kind != ApiKind::Rest)
}

fn compare(live: &Configuration, deployed: &Configuration, sides: Sides, is_v2: bool) -> Comparison {
    let mut comparer = Comparer {
        sides,
        live_source: live.source,
        deployed_source: deployed.source,
        is_v2,
        found: Comparison::default(),
    };
    if let (Observed::Known(live), Observed::Known(deployed)) = (&live.routes, &deployed.routes) {
        comparer.routes(&live.0, &deployed.0);
    }
    comparer.named(Subject::Authorizer, &live.authorizers, &deployed.authorizers, Comparer::authorizer);
    comparer.models(&live.models, &deployed.models);
    comparer.named(
        Subject::RequestValidator,
        &live.request_validators,
        &deployed.request_validators,
        Comparer::validator,
    );
    comparer.gateway_responses(&live.gateway_responses, &deployed.gateway_responses);
    comparer.settings(&live.settings, &deployed.settings);
    let (live_cors, deployed_cors) = (live.cors.clone().unwrap_or_default(), deployed.cors.clone().unwrap_or_default());
    comparer.fields(&Place::of(Subject::Cors), &live_cors, &deployed_cors, &[]);
    comparer.found
}

/// Where in an API a difference is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    subject: Subject,
    route: Option<&'a RouteKey>,
    name: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn of(subject: Subject) -> Place<'a> {
        Place { subject, route: None, name: None }
    }

    pub(super) fn named(subject: Subject, name: &'a str) -> Place<'a> {
        Place { subject, route: None, name: Some(name) }
    }

    pub(super) fn on(subject: Subject, route: &'a RouteKey) -> Place<'a> {
        Place { subject, route: Some(route), name: None }
    }

    pub(super) fn response(subject: Subject, route: &'a RouteKey, status: &'a str) -> Place<'a> {
        Place { subject, route: Some(route), name: Some(status) }
    }
}

/// Compares, and collects what it finds. The fields of routes are compared in `routes.rs`, those of everything else in
/// `definitions.rs`.
pub(super) struct Comparer {
    pub(super) sides: Sides,
    pub(super) live_source: Source,
    pub(super) deployed_source: Source,
    pub(super) is_v2: bool,
    found: Comparison,
}

impl Comparer {
    /// All fields of a subject, except those named.
    pub(super) fn fields<T: Serialize + PartialEq>(
        &mut self,
        place: &Place<'_>,
        live: &T,
        deployed: &T,
        except: &[&str],
    ) {
        if live == deployed {
            return;
        }
        let (live, deployed) = (object(live), object(deployed));
        let names: BTreeSet<&String> = live.keys().chain(deployed.keys()).collect();
        for name in names.into_iter().filter(|name| !except.contains(&name.as_str())) {
            let side = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
            self.field(place, name, &side(&live), &side(&deployed));
        }
    }

    pub(super) fn field<T: Serialize + PartialEq>(&mut self, place: &Place<'_>, field: &str, live: &T, deployed: &T) {
        if live == deployed {
            return;
        }
        let (live, deployed) = (to_value(live), to_value(deployed));
        let (live, deployed) =
            if MAP_FIELDS.contains(&field) { differing_keys(&live, &deployed) } else { (live, deployed) };
        self.changed(place, field, live, deployed);
    }

    pub(super) fn observed(
        &mut self,
        place: &Place<'_>,
        field: &str,
        live: &Observed<Option<String>>,
        deployed: &Observed<Option<String>>,
    ) {
        match (live, deployed) {
            (Observed::Known(live), Observed::Known(deployed)) => self.field(place, field, live, deployed),
            (Observed::NotRead(why), _) | (_, Observed::NotRead(why)) => {
                let reason = why.reason();
                self.not_comparable(place, field, &reason);
            }
        }
    }

    pub(super) fn model_names(&mut self, place: &Place<'_>, field: &str, live: &Models, deployed: &Models) {
        match live.agreement(deployed) {
            Agreement::Same => {}
            Agreement::Different => self.field(place, field, &live.by_content_type, &deployed.by_content_type),
            Agreement::Unsure => self.not_comparable(
                place,
                field,
                "Swagger 2.0 has place for one model of an operation, and lists the content types of its templates with the model's",
            ),
        }
    }

    pub(super) fn changed(&mut self, place: &Place<'_>, field: &str, live: Value, deployed: Value) {
        self.push(ChangeKind::Changed, *place, Some(self.field_name(place.subject, field)), live, deployed);
    }

    pub(super) fn whole(&mut self, change: ChangeKind, place: Place<'_>, value: Value) {
        let (live, deployed) = match change {
            ChangeKind::Removed => (Value::Null, value),
            ChangeKind::Added | ChangeKind::Changed => (value, Value::Null),
        };
        self.push(change, place, None, live, deployed);
    }

    fn push(&mut self, change: ChangeKind, place: Place<'_>, field: Option<String>, live: Value, deployed: Value) {
        let Place { subject, route, name } = place;
        let (route, name) = (route.cloned(), name.map(str::to_owned));
        self.found.differences.push(Difference { change, subject, route, name, field, live, deployed });
    }

    pub(super) fn not_comparable(&mut self, place: &Place<'_>, field: &str, reason: &str) {
        let (method, path) = place.route.map_or((None, None), |key| (key.method.clone(), Some(key.path.clone())));
        self.found.not_comparable.push(NotComparable {
            field: self.field_name(place.subject, field),
            reason: reason.to_owned(),
            subject: place.subject,
            method,
            path,
            name: place.name.map(str::to_owned),
        });
    }

    fn field_name(&self, subject: Subject, field: &str) -> String {
        let renamed = V2_FIELD_NAMES.iter().find(|(of, name, _)| self.is_v2 && *of == subject && *name == field);
        renamed.map_or(field, |(_, _, name)| name).to_owned()
    }
}

fn differing_keys(live: &Value, deployed: &Value) -> (Value, Value) {
    let empty = Map::new();
    let (a, b) = (live.as_object().unwrap_or(&empty), deployed.as_object().unwrap_or(&empty));
    let differing = |one: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        one.iter().filter(|(key, value)| other.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    (map_or_null(differing(a, b), !a.is_empty()), map_or_null(differing(b, a), !b.is_empty()))
}

/// The differing keys of one side; null where that side has no such map at all.
pub(super) fn map_or_null(differing: Map<String, Value>, has_map: bool) -> Value {
    if has_map { Value::Object(differing) } else { Value::Null }
}

/// The canonical form as JSON. Its types have string keys and no other reason to fail.
pub(super) fn to_value<T: Serialize>(value: T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

pub(super) fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match to_value(value) {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Routes;
    use crate::fixture;

    #[test]
    fn what_no_export_shows_of_a_websocket_api_is_compared_with_what_was_read() {
        let (key, route) = fixture::route("sendMessage", "arn:1");
        let deployed = fixture::configuration(Source::Reads, vec![(key.clone(), route.clone())]);
        let mut live = deployed.clone();
        live.settings.route_selection_expression = Some("$request.body.new".to_owned());
        live.settings.api_key_selection_expression = Some("$context.authorizer.usageIdentifierKey".to_owned());
        live.settings.disable_schema_validation = Some(true);
        let mut edited = route;
        edited.route_response_selection_expression = Some("$default".to_owned());
        edited.model_selection_expression = Some("$request.body.kind".to_owned());
        if let Some(integration) = &mut edited.integration {
            integration.integration_response_selection_expression =
                Some("${integration.response.statuscode}".to_owned());
        }
        live.routes = Observed::Known(Routes([(key, edited)].into()));
        let found = documents(&live, &deployed).differences;
        let fields: Vec<&str> = found.iter().filter_map(|difference| difference.field.as_deref()).collect();
        let expected = [
            "routeResponseSelectionExpression",
            "modelSelectionExpression",
            "integrationResponseSelectionExpression",
            "routeSelectionExpression",
            "apiKeySelectionExpression",
            "disableSchemaValidation",
        ];
        assert_eq!(fields, expected);
    }
}
