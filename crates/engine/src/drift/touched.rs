//! Which routes a change of a model touches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Change, Subject};
use crate::configuration::{Configuration, Models, Route, RouteKey, Routes};
use crate::schema;

/// How many routes are named of all changed models together: more than a few models of a very large API have.
const MOST_NAMED: usize = 40_000;

/// How many are named of each, however many models are changed.
const FEWEST_NAMED: usize = 20;

/// Puts to each change of a model the routes that refer to it on either side, themselves or through other models: the
/// first ones in order, where they are very many.
pub(super) fn add_routes(changes: &mut [Change], sides: [&Configuration; 2]) {
    let mut edited: Vec<&mut Change> = changes.iter_mut().filter(|change| change.subject == Subject::Model).collect();
    if edited.is_empty() {
        return;
    }
    let most = (MOST_NAMED / edited.len()).max(FEWEST_NAMED);
    // One more than is named tells whether there are more.
    let sides = sides.map(|side| users(side, most + 1));
    for change in &mut edited {
        let Some(model) = change.name.as_deref() else { continue };
        let routes: BTreeSet<&RouteKey> =
            sides.iter().filter_map(|users| users.get(model)).flatten().copied().collect();
        change.more_routes = routes.len() > most;
        change.routes = routes.into_iter().take(most).map(ToString::to_string).collect();
    }
}

/// The first routes that refer to each model, in order.
///
/// Each route in turn goes down to the models beneath it, and stops where the list is full: whatever came to that model
/// went on to those beneath, so that their lists are full as well. No model is then visited more often than `most`.
fn users(side: &Configuration, most: usize) -> BTreeMap<&str, Vec<&RouteKey>> {
    let models: BTreeMap<&str, &Value> =
        side.models.ok().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)).collect();
    let mut beneath: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut users: BTreeMap<&str, Vec<&RouteKey>> = BTreeMap::new();
    for (key, route) in side.routes.ok().into_iter().flat_map(|Routes(routes)| routes) {
        let mut waiting: Vec<&str> = named(route).collect();
        while let Some(model) = waiting.pop() {
            let list = users.entry(model).or_default();
            if list.len() >= most || list.last() == Some(&key) {
                continue;
            }
            list.push(key);
            let used = beneath.entry(model).or_insert_with(|| {
                let mut used = BTreeSet::new();
                models.get(model).iter().for_each(|schema| references(schema, &mut used));
                used
            });
            waiting.extend(used.iter());
        }
    }
    users
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::drift::documents;
    use crate::openapi::{self, Document, Origin};

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn document(paths: Vec<(String, &str)>, models: serde_json::Map<String, Value>) -> Document {
        let paths = paths.into_iter().map(|(path, model)| {
            let content = json!({ "application/json": { "schema": reference(model) } });
            (path, json!({ "get": { "requestBody": { "content": content } } }))
        });
        let paths: serde_json::Map<String, Value> = paths.collect();
        let whole = json!({ "openapi": "3.0.1", "paths": paths, "components": { "schemas": models } });
        openapi::of(&whole, Origin::File).unwrap()
    }

    /// A chain of models, each used by the one before it and by a route of its own: how many routes each change names,
    /// and whether there are more.
    fn chain(length: usize) -> Vec<(usize, bool)> {
        let names: Vec<String> = (0..=length).map(|n| format!("M{n:05}")).collect();
        let side = |kind: &str| {
            let pairs = names.iter().zip(names.iter().skip(1));
            let models = pairs.map(|(name, next)| {
                (name.clone(), json!({ "properties": { "next": reference(next), "v": { "type": kind } } }))
            });
            let paths = names.iter().take(length).map(|name| (format!("/{name}"), name.as_str()));
            document(paths.collect(), models.collect())
        };
        let compared = documents(&side("string"), &side("number")).unwrap();
        compared.stages[0].changes.iter().map(|change| (change.routes.len(), change.more_routes)).collect()
    }

    #[test]
    fn a_model_names_all_routes_above_it() {
        assert_eq!(chain(100), (1..=100).map(|n| (n, false)).collect::<Vec<_>>());
    }

    #[test]
    fn where_very_many_models_change_each_names_the_first_routes() {
        let expected = |n: usize| if n <= 20 { (n, false) } else { (20, true) };
        assert_eq!(chain(4000), (1..=4000).map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn models_in_a_circle_are_touched_by_the_same_routes() {
        let model = |name: &str| json!({ "properties": { "x": reference(name) } });
        let models = [("A", model("B")), ("B", model("A")), ("C", model("A"))];
        let models = models.into_iter().map(|(name, model)| (name.to_owned(), model)).collect();
        let side = document(vec![("/a".to_owned(), "A")], models).configuration;
        let users: Vec<(&str, usize)> = users(&side, 10).iter().map(|(name, routes)| (*name, routes.len())).collect();
        assert_eq!(users, [("A", 1), ("B", 1)]);
    }
}
