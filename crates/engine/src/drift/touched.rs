//! Which routes a change of a model touches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Change, Subject};
use crate::configuration::{Configuration, Models, Route, RouteKey, Routes};
use crate::schema;

/// Puts to each change of a model the routes that refer to it on either side, themselves or through other models.
pub(super) fn add_routes(changes: &mut [Change], sides: [&Configuration; 2]) {
    let mut edited = changes.iter_mut().filter(|change| change.subject == Subject::Model).peekable();
    if edited.peek().is_none() {
        return;
    }
    let sides = sides.map(Users::of);
    for change in edited {
        let Some(model) = change.name.as_deref() else { continue };
        let routes: BTreeSet<&RouteKey> = sides.iter().flat_map(|users| users.routes(model)).collect();
        change.routes = routes.into_iter().map(ToString::to_string).collect();
    }
}

/// Who refers to each model.
struct Users<'a> {
    models: BTreeMap<&'a str, Vec<&'a str>>,
    routes: BTreeMap<&'a str, Vec<&'a RouteKey>>,
}

impl<'a> Users<'a> {
    fn of(configuration: &'a Configuration) -> Users<'a> {
        let mut users = Users { models: BTreeMap::new(), routes: BTreeMap::new() };
        for (name, schema) in configuration.models.ok().into_iter().flatten() {
            let mut used = BTreeSet::new();
            references(schema, &mut used);
            used.into_iter().for_each(|model| users.models.entry(model).or_default().push(name));
        }
        for (key, route) in configuration.routes.ok().into_iter().flat_map(|Routes(routes)| routes) {
            named(route).for_each(|model| users.routes.entry(model).or_default().push(key));
        }
        users
    }

    /// The routes that refer to a model; one may be named twice.
    fn routes(&self, model: &'a str) -> Vec<&'a RouteKey> {
        let (mut reached, mut waiting, mut routes) = (BTreeSet::from([model]), vec![model], Vec::new());
        while let Some(model) = waiting.pop() {
            routes.extend(self.routes.get(model).into_iter().flatten());
            let users = self.models.get(model).into_iter().flatten();
            waiting.extend(users.filter(|user| reached.insert(user)));
        }
        routes
    }
}

/// The models that a route names.
fn named(route: &Route) -> impl Iterator<Item = &str> {
    let responses = route.method_responses.values().map(|response| &response.response_models);
    let models = responses.chain([&route.request_models]);
    models.flat_map(|models: &Models| models.by_content_type.values().map(String::as_str))
}

/// The models that a canonical schema refers to.
fn references<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(object) => {
            for (keyword, value) in object {
                match value {
                    Value::String(reference) if keyword == "$ref" => found.extend(schema::referenced_model(reference)),
                    other => references(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
