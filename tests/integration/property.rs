//! No false alarm, and no silence: random APIs against exports that an independent writer made of them, right after a
//! deployment and after one more edit.
//!
//! Every case is a stage of an API that the sandbox serves and the SDK reads. Of each API some stages are read so, too;
//! the exports of the others are handed to the engine as the text that would have come, which is all that collect does
//! with one. A failing case is printed small, with the seed that gives it again:
//! `STAGECHECK_SEED=1234 STAGECHECK_CASES=1 cargo test -p tests property`.

use std::collections::BTreeMap;

use collect::{Depth, Known};
use engine::drift::{self, Change, StageDrift};
use engine::observed::Observed;
use engine::openapi::{self, Origin};
use engine::snapshot::{Deployed, Export};
use serde_json::{Value, json};
use tests::edits::{self, Edit};
use tests::exporter::{self, Format, Habits};
use tests::oracle::{self, Sides, Verdict};
use tests::random::Random;
use tests::shapes::empty;
use tests::{Served, generator};

/// How many APIs, unless `STAGECHECK_CASES` says otherwise.
const APIS: usize = 640;
/// Stages of each API without an edit: as many cases that have to show no change.
const UNCHANGED: usize = 16;
/// Stages of each API with an edit.
const EDITED: usize = 4;
/// APIs that are served at once.
const BATCH: usize = 40;
/// Stages that are read through the SDK.
const READ: [usize; 3] = [0, 1, UNCHANGED];

/// One stage: what was deployed to it, and how its export is written.
#[derive(Clone, Debug)]
struct Case {
    /// What was edited since the deployment, seen from the live side: this is what was there before.
    edit: Option<Edit>,
    format: Format,
    habits: Habits,
}

pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

fn habits(random: &mut Random) -> Habits {
    Habits {
        defaults: random.chance(50),
        settings: random.chance(70),
        every_keyword: random.chance(50),
        unreferenced: random.chance(25),
        last_of_several: random.chance(50),
    }
}

fn id(seed: u64) -> String {
    format!("api{seed:07}")
}

/// An API and its stages, as a seed decides.
fn cases(seed: u64, id: &str) -> (Value, Vec<Case>) {
    let mut random = Random::new(seed);
    let live = generator::api(&mut random, id);
    let cases = (0..UNCHANGED + EDITED).map(|at| {
        let edit = (at >= UNCHANGED).then(|| edits::random(&mut random, &live, id));
        let format = if at % 2 == 0 { Format::Oas30 } else { Format::Swagger20 };
        let habits = if at < 2 { Habits::RECORDED } else { habits(&mut random) };
        Case { edit, format, habits }
    });
    let cases = cases.collect();
    (live, cases)
}

impl Case {
    fn deployed(&self, live: &Value) -> Value {
        self.edit.as_ref().map_or_else(|| live.clone(), |edit| edits::applied(live, edit))
    }

    fn export(&self, live: &Value, id: &str) -> Value {
        exporter::export_as(&self.deployed(live), id, "prod", self.format, self.habits)
    }

    /// What is wrong with what was said of the case.
    fn complaint(&self, live: &Value, id: &str, said: &StageDrift) -> Option<String> {
        let found: Vec<String> = said.changes.iter().map(words).collect();
        let verdict = match &self.edit {
            None => Verdict::Nothing,
            Some(edit) => {
                let (deployed, export) = (self.deployed(live), self.export(live, id));
                let sides =
                    Sides { live, deployed: &deployed, format: self.format, habits: self.habits, export: &export };
                oracle::verdict(&sides, edit)
            }
        };
        let is_right = match &verdict {
            Verdict::Nothing => found.is_empty() && said.in_sync == Some(true),
            Verdict::NotComparable(subject, field) => {
                let listed =
                    said.not_comparable.iter().any(|gap| gap.subject.name() == *subject && gap.field == *field);
                found.is_empty() && listed
            }
            Verdict::Change(expected) => {
                // An empty list says as much as none.
                let none = |value: &Value| value.is_null() || *value == json!([]);
                let fits = |side: &Option<Value>, value: &Value| {
                    side.as_ref().is_none_or(|side| side == value || (none(side) && none(value)))
                };
                said.in_sync == Some(false)
                    && found == [expected.words.as_str()]
                    && said
                        .changes
                        .iter()
                        .all(|c| fits(&expected.live, &c.live) && fits(&expected.deployed, &c.deployed))
            }
        };
        (!is_right).then(|| {
            let sides: Vec<String> =
                said.changes.iter().map(|c| format!("live {} deployed {}", c.live, c.deployed)).collect();
            format!(
                "expected {verdict:?}\nfound {found:?} {sides:?}, in sync: {:?}, not read: {:?}",
                said.in_sync, said.not_read
            )
        })
    }
}

/// A change in words.
pub(crate) fn words(change: &Change) -> String {
    let kind = serde_json::to_value(change.change).unwrap().as_str().map(str::to_owned);
    let subject = Some(change.subject.name().to_owned());
    let parts = [kind, subject, change.method.clone(), change.path.clone(), change.name.clone(), change.field.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Reads some APIs through the SDK. What was said of each case, by API and stage.
async fn read(apis: &BTreeMap<String, (Value, Vec<Case>)>) -> BTreeMap<(String, usize), StageDrift> {
    let mut recording = empty();
    let apigateway = &mut recording["apigateway"];
    for (id, (live, cases)) in apis {
        for (operation, answers) in live.as_object().unwrap() {
            if operation == "get_rest_apis" {
                apigateway[operation]["items"].as_array_mut().unwrap().push(answers["items"][0].clone());
            } else {
                apigateway[operation][id] = answers[id].clone();
            }
        }
        let mut stages = Vec::new();
        for (at, case) in cases.iter().enumerate().filter(|(at, _)| READ.contains(at)) {
            let (stage, deployment) = (format!("s{at}"), format!("d{at}"));
            stages.push(json!({ "stageName": stage, "deploymentId": deployment }));
            apigateway["get_export"][format!("{id}/{stage}")] = case.export(live, id);
            apigateway["get_deployment"][id][&deployment] = json!({
                "id": deployment, "createdDate": "2026-10-01T09:00:00Z", "apiSummary": exporter::summary(&case.deployed(live), id),
            });
        }
        apigateway["get_stages"][id] = json!({ "item": stages });
    }
    let mut snapshots = Served::start(recording).await.snapshots_of(Depth::Drift, &Known::default()).await;
    let mut said = BTreeMap::new();
    let mut snapshot = snapshots.remove(0);
    for mut api in std::mem::take(&mut snapshot.apis) {
        let (live, cases) = &apis[&api.id];
        for (at, case) in cases.iter().enumerate().filter(|(at, _)| !READ.contains(at)) {
            let text = case.export(live, &api.id).to_string();
            let configuration = openapi::read(&text, Origin::Rest(&api.id)).unwrap().configuration;
            let summary = serde_json::from_value(exporter::summary(&case.deployed(live), &api.id)).unwrap();
            let export = Observed::Known(Export { configuration, fresh: true });
            api.deployed
                .insert(format!("d{at}"), Deployed { summary: Observed::Known(summary), export, baseline: None });
            let Observed::Known(stages) = &mut api.stages else { panic!("the stages were read") };
            let mut stage = stages[0].clone();
            (stage.name, stage.deployment_id) = (format!("s{at}"), Some(format!("d{at}")));
            stages.push(stage);
        }
        for stage in drift::api(&snapshot, &api, &|_| true).stages {
            let at = stage.stage.as_ref().and_then(|name| name[1..].parse().ok()).unwrap();
            said.insert((api.id.clone(), at), stage);
        }
    }
    said
}

/// What is wrong with one case alone.
async fn complaint(live: &Value, case: &Case, id: &str) -> Option<String> {
    let apis = BTreeMap::from([(id.to_owned(), (live.clone(), vec![case.clone()]))]);
    let said = read(&apis).await;
    case.complaint(live, id, said.get(&(id.to_owned(), 0))?)
}

/// Members without which an answer is none.
const NEEDED: [&str; 14] = [
    "id",
    "name",
    "path",
    "items",
    "httpMethod",
    "type",
    "statusCode",
    "responseType",
    "schema",
    "authorizationType",
    "uri",
    "methodIntegration",
    "defaultResponse",
    "apiKeyRequired",
];

/// The pointers of all members that may be left out, the larger first.
fn removable(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let place = format!("{at}{}", edits::pointer(&[name]));
                if !NEEDED.contains(&name.as_str()) && place.matches('/').count() > 3 {
                    found.push(place.clone());
                }
                removable(member, &place, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                removable(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The smallest API that is found with the same complaint about the case.
async fn shrunk(mut live: Value, case: &Case, id: &str) -> Value {
    let mut places = Vec::new();
    removable(&live, "", &mut places);
    places.sort_by_key(|place| place.matches('/').count());
    for place in places {
        let is_edited = case.edit.as_ref().is_some_and(|edit| edit.at.starts_with(&place));
        if is_edited || live.pointer(&place).is_none() {
            continue;
        }
        let mut smaller = live.clone();
        tests::edit(&mut smaller, &place, Value::Null);
        if complaint(&smaller, case, id).await.is_some() {
            live = smaller;
        }
    }
    live
}

/// What came of some APIs.
struct Tried {
    unchanged: usize,
    edited: usize,
    /// Seed, stage and complaint: of each API the first.
    complaints: Vec<(u64, usize, String)>,
}

async fn tried(seeds: Vec<u64>) -> Tried {
    let apis: BTreeMap<String, (Value, Vec<Case>)> =
        seeds.iter().map(|seed| (id(*seed), cases(*seed, &id(*seed)))).collect();
    let said = read(&apis).await;
    let mut tried = Tried { unchanged: 0, edited: 0, complaints: Vec::new() };
    for seed in seeds {
        let (live, cases) = &apis[&id(seed)];
        for (at, case) in cases.iter().enumerate() {
            if let Some(complaint) = case.complaint(live, &id(seed), &said[&(id(seed), at)]) {
                tried.complaints.push((seed, at, complaint));
                break;
            }
            if case.edit.is_none() { tried.unchanged += 1 } else { tried.edited += 1 }
        }
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn property() {
    let first = number("STAGECHECK_SEED").unwrap_or(1);
    let count = number("STAGECHECK_CASES").map_or(APIS, |count| usize::try_from(count).unwrap());
    let seeds: Vec<u64> = (first..).take(count).collect();
    let batches = seeds.chunks(BATCH).map(|batch| tokio::spawn(tried(batch.to_vec())));
    let batches: Vec<_> = batches.collect();
    let (mut unchanged, mut edited, mut complaints) = (0, 0, Vec::new());
    for batch in batches {
        let tried = batch.await.unwrap();
        (unchanged, edited) = (unchanged + tried.unchanged, edited + tried.edited);
        complaints.extend(tried.complaints);
    }
    if let Some((seed, at, complaint)) = complaints.first() {
        let id = id(*seed);
        let (live, cases) = cases(*seed, &id);
        let small = shrunk(live, &cases[*at], &id).await;
        let others: Vec<String> = complaints
            .iter()
            .skip(1)
            .take(20)
            .map(|(seed, at, complaint)| format!("seed {seed}, stage {at}: {complaint}"))
            .collect();
        panic!(
            "seed {seed}, stage {at}: {complaint}\n{:?}\n{small:#}\nand {}:\n{}",
            cases[*at],
            complaints.len() - 1,
            others.join("\n")
        );
    }
    println!("{unchanged} cases without a change, {edited} with one edit");
    assert_eq!((unchanged, edited), (count * UNCHANGED, count * EDITED));
}
