//! Declared, live and deployed, route by route: which two agree, and which step was forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Declaration, Fields, body, fields};
use crate::configuration::RouteKey;
use crate::drift::three_way::{RouteVerdict, Verdict};
use crate::drift::{ApiDrift, Basis, Change, ChangeKind, NotComparable, StageDrift, Subject};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::trail::MadeBy;
use crate::unknown::{Agreement, compare as agree, is_in, names, shown, unknown};

/// One side of one route.
enum Side<'a> {
    /// The route is there, with these fields. One that is absent is not known.
    There(&'a Fields),
    Absent,
    /// Whether it is there is not known, and why.
    Unknown(String),
}

/// Puts a declaration beside what was read of its API: the changes get their declared value, and each stage the list of
/// what does not agree.
pub fn compare(declaration: &Declaration, api: &Api, drift: &mut ApiDrift) {
    let live: Result<BTreeMap<RouteKey, Fields>, String> = match &api.live.routes {
        Observed::Known(routes) => {
            Ok(routes.0.iter().map(|(key, route)| (key.clone(), fields::of_route(route))).collect())
        }
        Observed::NotRead(why) => Err(why.reason()),
    };
    for stage in &mut drift.stages {
        let deployed = Deployed::new(stage, live.as_ref().ok());
        let mut keys: BTreeSet<&RouteKey> = declaration.routes.keys().collect();
        keys.extend(live.iter().flat_map(BTreeMap::keys).chain(deployed.only_there.keys()));
        let hands = Hands::of(&stage.changes);
        let (mut verdicts, mut agreeing) = (Vec::new(), 0);
        for key in keys {
            let declared = match declaration.routes.get(key) {
                Some(route) => match &route.unsure {
                    Some(why) => Side::Unknown(why.clone()),
                    None => Side::There(&route.fields),
                },
                None => body::is_open(declaration, key).map_or(Side::Absent, Side::Unknown),
            };
            let live = match &live {
                Ok(routes) => routes.get(key).map_or(Side::Absent, Side::There),
                Err(why) => Side::Unknown(why.clone()),
            };
            let mut found = route(key, api.kind, &declared, &live, &deployed.side(key));
            agreeing += usize::from(found.is_empty());
            found.iter_mut().for_each(|verdict| hands.tell(verdict, key));
            verdicts.extend(found);
        }
        for change in &mut stage.changes {
            declare(change, declaration, api.kind);
        }
        stage.three_way = Some(verdicts);
        stage.routes_in_agreement = Some(agreeing);
    }
}

/// Which of three agree, where two of each do or do not.
fn which_agree(declared_live: Agreement, declared_deployed: Agreement, live_deployed: Agreement) -> Verdict {
    use Agreement::{Agree, Differ};
    match (declared_live, declared_deployed, live_deployed) {
        (Agree, Agree, Agree) => Verdict::InAgreement,
        (Differ, Differ, Agree) => Verdict::StackNotDeployed,
        (Agree, Differ, Differ) => Verdict::StageNotDeployed,
        (Differ, Agree, Differ) => Verdict::EditedByHand,
        (Differ, Differ, Differ) => Verdict::AllDiffer,
        _ => Verdict::Unknown,
    }
}

/// What of one route does not agree.
fn route(key: &RouteKey, kind: ApiKind, declared: &Side, live: &Side, deployed: &Side) -> Vec<RouteVerdict> {
    let existence = existence(key, declared, live, deployed);
    let Side::There(said) = declared else {
        return existence.into_iter().collect();
    };
    let mut verdicts: Vec<RouteVerdict> = Vec::new();
    // A side without the route has none of its fields, and the whole route says so already.
    for (field, declared) in *said {
        let side = |side: &Side| match side {
            Side::There(fields) => {
                fields.get(field).cloned().unwrap_or_else(|| unknown("what the stage serves").into())
            }
            Side::Absent => Value::Null,
            Side::Unknown(why) => unknown(why).into(),
        };
        let (live_value, deployed_value) = (side(live), side(deployed));
        let comparable = |value: &Value| fields::comparable(field, kind, value);
        let (a, b, c) = (comparable(declared), comparable(&live_value), comparable(&deployed_value));
        let declared_live = against(&a, &b);
        let declared_deployed = against(&a, &c);
        let live_deployed = within(declared, &b, &c);
        let verdict = match (live, deployed) {
            (Side::Absent, _) => continue,
            (_, Side::Absent) if declared_live != Agreement::Differ => continue,
            _ if existence.as_ref().is_some_and(|whole| whole.verdict == Verdict::Unknown)
                && declared_live == Agreement::Agree =>
            {
                continue;
            }
            _ => which_agree(declared_live, declared_deployed, live_deployed),
        };
        if verdict != Verdict::InAgreement {
            let field = Some(fields::shown_name(field, kind).to_owned());
            let values = [declared, &live_value, &deployed_value].map(|value| (value.clone(), !is_in(value)));
            verdicts.push(entry(key, field, verdict, values, declared_live));
        }
    }
    existence.into_iter().chain(verdicts).collect()
}

fn existence(key: &RouteKey, declared: &Side, live: &Side, deployed: &Side) -> Option<RouteVerdict> {
    let is_there = |side: &Side| match side {
        Side::There(_) => json!(true),
        Side::Absent => json!(false),
        Side::Unknown(why) => unknown(why).into(),
    };
    let (a, b, c) = (is_there(declared), is_there(live), is_there(deployed));
    let verdict = which_agree(against(&a, &b), against(&a, &c), against(&b, &c));
    let values = [&a, &b, &c].map(|value| (value.clone(), !is_in(value)));
    (verdict != Verdict::InAgreement).then(|| entry(key, None, verdict, values, against(&a, &b)))
}

fn entry(
    key: &RouteKey,
    field: Option<String>,
    verdict: Verdict,
    values: [(Value, bool); 3],
    declared_live: Agreement,
) -> RouteVerdict {
    let open: Vec<String> =
        values.iter().filter(|(_, is_known)| !is_known).flat_map(|(value, _)| names(value)).collect();
    let meaning = match (verdict, declared_live) {
        (Verdict::Unknown, Agreement::Differ) => format!(
            "the API differs from what is declared; which step was forgotten cannot be told: {}",
            not_known(&open)
        ),
        (Verdict::Unknown, Agreement::Agree) => format!("the API is as declared; {}", not_known(&open)),
        (Verdict::Unknown, _) => not_known(&open),
        (known, _) => known.meaning().to_owned(),
    };
    let [declared, live, deployed] = values.map(|(value, is_known)| if is_known { value } else { partly(&value) });
    RouteVerdict {
        method: key.method.clone(),
        path: key.path.clone(),
        field,
        declared,
        live,
        deployed,
        verdict,
        meaning,
        made_by: None,
    }
}

/// Who made each change of a route or its integration as a whole, or of a field.
struct Hands<'a>(BTreeMap<RouteKey, BTreeMap<Option<&'a str>, &'a MadeBy>>);

impl<'a> Hands<'a> {
    fn of(changes: &'a [Change]) -> Hands<'a> {
        let mut hands: BTreeMap<RouteKey, BTreeMap<Option<&str>, &MadeBy>> = BTreeMap::new();
        for change in changes {
            let is_whole = matches!(change.subject, Subject::Route | Subject::Integration);
            if let (Some(key), Some(made_by)) = (change.route(), &change.made_by)
                && (is_whole || change.field.is_some())
            {
                hands.entry(key).or_default().insert(change.field.as_deref(), made_by);
            }
        }
        Hands(hands)
    }

    /// Says of an edit of the live side whose it was.
    fn tell(&self, verdict: &mut RouteVerdict, key: &RouteKey) {
        let Some(hands) = self.0.get(key).filter(|_| verdict.verdict == Verdict::EditedByHand) else { return };
        let Some(made_by) = hands.get(&verdict.field.as_deref()).or_else(|| hands.get(&None)).copied() else { return };
        if made_by.is_from_file() {
            verdict.verdict = Verdict::EditedByTool;
        }
        let MadeBy { who, via, when, .. } = made_by;
        verdict.meaning = format!("{}; it was {who} with {via} at {when}", verdict.verdict.meaning());
        verdict.made_by = Some(made_by.clone());
    }
}

fn not_known(names: &[String]) -> String {
    format!("not known: {}", names.join(", "))
}

/// What there is to show of a value that is not wholly known: nothing, unless some of it is.
fn partly(value: &Value) -> Value {
    match value {
        Value::String(text) if *text == unknown(&names(value).join("")) => Value::Null,
        other => shown(other),
    }
}

/// What is declared against what was read; neither may be known.
fn against(declared: &Value, actual: &Value) -> Agreement {
    if is_in(actual) { Agreement::Unknown } else { agree(declared, actual) }
}

/// Live against deployed, as far as the declaration says something.
fn within(declared: &Value, live: &Value, deployed: &Value) -> Agreement {
    if is_in(live) || is_in(deployed) {
        return Agreement::Unknown;
    }
    let member = |value: &Value, name: &String| value.get(name).cloned().unwrap_or_default();
    let is_equal = match declared {
        Value::Object(members) => members.keys().all(|name| member(live, name) == member(deployed, name)),
        _ => live == deployed,
    };
    if is_equal { Agreement::Agree } else { Agreement::Differ }
}

/// What a stage serves, told by what the live configuration is and what differs from it.
struct Deployed<'a> {
    stage: &'a StageDrift,
    live: Option<&'a BTreeMap<RouteKey, Fields>>,
    /// The routes of both sides whose fields differ, or cannot be compared.
    altered: BTreeMap<RouteKey, Fields>,
    only_there: BTreeMap<RouteKey, Fields>,
    only_live: BTreeSet<RouteKey>,
    /// Routes that two witnesses contradict each other about.
    disputed: BTreeSet<RouteKey>,
}

impl<'a> Deployed<'a> {
    fn new(stage: &'a StageDrift, live: Option<&'a BTreeMap<RouteKey, Fields>>) -> Deployed<'a> {
        let mut deployed = Deployed {
            stage,
            live,
            altered: BTreeMap::new(),
            only_there: BTreeMap::new(),
            only_live: BTreeSet::new(),
            disputed: BTreeSet::new(),
        };
        deployed.take_changes();
        deployed.take_gaps();
        deployed
    }

    fn take_changes(&mut self) {
        for change in &self.stage.changes {
            let Some(key) = change.route() else { continue };
            match (change.subject, change.change) {
                (Subject::Route, ChangeKind::Added) => drop(self.only_live.insert(key)),
                (Subject::Route, _) => drop(self.only_there.insert(key, of_outline(&change.deployed))),
                (Subject::Integration, _) if change.field.is_none() => {
                    // An integration on one side only.
                    let outline = json!({ "integration": change.deployed });
                    let none = ["type", "uri", "httpMethod", "timeoutInMillis"].map(|field| (field, Value::Null));
                    let fields = if change.deployed.is_null() { none.into() } else { of_outline(&outline) };
                    if let Some(all) = self.altered_route(&key) {
                        none_of_integration(all);
                        all.extend(fields);
                    }
                }
                _ => {
                    let Some((field, _, _)) = change.field.as_deref().and_then(|name| named(change.subject, name))
                    else {
                        continue;
                    };
                    if let Some(all) = self.altered_route(&key) {
                        let value = match all.get(*field) {
                            Some(Value::Object(live)) => with_keys(live, change),
                            _ => change.deployed.clone(),
                        };
                        all.insert(*field, value);
                    }
                }
            }
        }
    }

    /// Fields that the witness does not show are not known, whether of one route or of all.
    fn take_gaps(&mut self) {
        for gap in &self.stage.not_comparable {
            let NotComparable { subject, field, method, path, reason, .. } = gap;
            match path {
                Some(path) => {
                    let key = RouteKey { path: path.clone(), method: method.clone() };
                    if *subject == Subject::Route {
                        self.disputed.insert(key);
                    } else if let (Some((field, _, _)), Some(all)) = (named(*subject, field), self.altered_route(&key))
                    {
                        all.insert(*field, unknown(reason).into());
                    }
                }
                None if matches!(subject, Subject::Method | Subject::Integration) => {
                    let covered =
                        fields::ALL.iter().filter(|(name, of, _)| of == subject && (field == "*" || field == name));
                    let covered: Vec<&'static str> = covered.map(|(name, _, _)| *name).collect();
                    for key in self.live.into_iter().flat_map(BTreeMap::keys) {
                        let Some(all) = self.altered_route(key) else { continue };
                        covered.iter().for_each(|name| drop(all.insert(*name, unknown(reason).into())));
                    }
                }
                None => {}
            }
        }
    }

    fn altered_route(&mut self, key: &RouteKey) -> Option<&mut Fields> {
        let live = self.live?.get(key)?;
        Some(self.altered.entry(key.clone()).or_insert_with(|| live.clone()))
    }

    fn side<'s>(&'s self, key: &RouteKey) -> Side<'s> {
        let Some(live) = self.live.filter(|_| self.stage.basis != Basis::None) else {
            let why = self.stage.unknown_because().unwrap_or_else(|| "what the stage serves".to_owned());
            return Side::Unknown(why);
        };
        if self.disputed.contains(key) {
            return Side::Unknown("the export and the deployment's summary contradict each other".to_owned());
        }
        if self.only_live.contains(key) {
            return Side::Absent;
        }
        let found = self.only_there.get(key).or_else(|| self.altered.get(key)).or_else(|| live.get(key));
        found.map_or(Side::Absent, Side::There)
    }
}

fn none_of_integration(all: &mut Fields) {
    for (name, _, _) in fields::ALL.iter().filter(|(_, of, _)| *of == Subject::Integration) {
        all.remove(name);
    }
}

/// A field by the name that a change gives it.
fn named(subject: Subject, name: &str) -> Option<&'static (&'static str, Subject, &'static str)> {
    fields::ALL.iter().find(|(rest, of, v2)| *of == subject && (*rest == name || *v2 == name))
}

/// A map as it is deployed: of the live one, the keys that differ are exchanged.
fn with_keys(live: &Map<String, Value>, change: &Change) -> Value {
    let mut deployed = live.clone();
    for name in change.live.as_object().into_iter().flatten().map(|(name, _)| name) {
        deployed.remove(name);
    }
    deployed.extend(change.deployed.as_object().cloned().unwrap_or_default());
    deployed.into()
}

/// The fields that the outline of a whole route holds.
fn of_outline(outline: &Value) -> Fields {
    let places = [
        ("authorizationType", "/authorizationType"),
        ("apiKeyRequired", "/apiKeyRequired"),
        ("type", "/integration/type"),
        ("uri", "/integration/uri"),
    ];
    places.into_iter().filter_map(|(field, place)| Some((field, outline.pointer(place)?.clone()))).collect()
}

/// Gives a change its declared value, as far as that is known.
fn declare(change: &mut Change, declaration: &Declaration, kind: ApiKind) {
    let Some(route) = change.route().and_then(|key| declaration.routes.get(&key)) else { return };
    if route.unsure.is_some() {
        return;
    }
    let known = |field: &str| route.fields.get(field).filter(|value| !is_in(value)).cloned();
    change.declared = match (change.subject, change.field.as_deref()) {
        (Subject::Route, _) => {
            let parts = [("type", known("type")), ("uri", known("uri"))];
            let integration: Map<String, Value> =
                parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            let parts = [
                ("authorizationType", known("authorizationType")),
                ("apiKeyRequired", known("apiKeyRequired").filter(|_| kind == ApiKind::Rest)),
                ("integration", Some(Value::Object(integration)).filter(|all| *all != json!({}))),
            ];
            parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        }
        (subject, Some(name)) => {
            let Some(value) = named(subject, name).and_then(|(field, _, _)| known(field)) else { return };
            match value {
                // Of a map, only the keys that differ.
                Value::Object(mut members) => {
                    members.retain(|key, _| change.live.get(key).is_some() || change.deployed.get(key).is_some());
                    members.into()
                }
                other => other,
            }
        }
        (_, None) => return,
    };
}
