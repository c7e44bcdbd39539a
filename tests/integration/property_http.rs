//! No false alarm, and no silence, of HTTP APIs: random ones, of which an independent writer made what `ExportApi` answers
//! without a stage and with one, right after a deployment and after one more edit.
//!
//! Of each API some stages are read through the SDK; the exports of the others are handed to the engine as the text that
//! would have come. A failing case is had again with
//! `STAGECHECK_SEED=1234 STAGECHECK_CASES=1 cargo test -p tests property_http`.

use std::collections::{BTreeMap, BTreeSet};

use engine::drift::{self, Change, StageDrift};
use engine::observed::Observed;
use engine::openapi::{self, Origin};
use engine::snapshot::{Export, Snapshot};
use serde_json::{Value, json};
use tests::Served;
use tests::edits::{self, Edit};
use tests::http::exporter::{Habits, export};
use tests::http::{self, oracle};
use tests::random::Random;
use tests::shapes::empty;

use crate::property::{number, words};

/// How many APIs, unless `STAGECHECK_CASES` says otherwise.
const APIS: usize = 160;
/// Cases of each API without an edit.
const UNCHANGED: usize = 4;
/// Cases of each API with an edit.
const EDITED: usize = 16;
/// APIs that are served at once.
const BATCH: usize = 40;
/// Cases that are read through the SDK: one of each.
const READ: [usize; 2] = [0, UNCHANGED];

/// One stage. The live side of each is its own.
struct Case {
    /// The edit, unless nothing was edited.
    edit: Option<Edit>,
    live: Value,
    deployed: Value,
    habits: Habits,
}

/// The cases of a seed, each an API of its own.
fn cases(seed: u64) -> Vec<(String, Case)> {
    let mut random = Random::new(seed);
    let id = format!("http{seed:06}");
    let api = http::api(&mut random, &id);
    let cases = (0..UNCHANGED + EDITED).map(|at| {
        let habits =
            Habits { unreferenced: random.chance(50), listed_sources: random.chance(50), empty: random.chance(50) };
        let edit = (at >= UNCHANGED).then(|| http::edit(&mut random, &api, &id));
        let edited = edit.as_ref().map_or_else(|| api.clone(), |edit| edits::applied(&api, edit));
        // What was there before the edit is the deployed side, and as well the other way round.
        let (live, deployed) = if random.chance(50) { (edited, api.clone()) } else { (api.clone(), edited) };
        (id.clone(), Case { edit, live, deployed, habits })
    });
    cases.collect()
}

/// Its stage: the lists of every other one are written the other way round.
fn stage(at: usize) -> String {
    format!("s{}", at % 2)
}

impl Case {
    fn export(&self, id: &str, stage: Option<&str>) -> Value {
        let side = if stage.is_some() { &self.deployed } else { &self.live };
        export(side, id, stage, self.habits)
    }

    fn complaint(&self, id: &str, said: &StageDrift) -> Option<String> {
        let mut expected = oracle::changes(&self.live, &self.deployed, id, self.habits);
        expected.sort_by(|a, b| a.words.cmp(&b.words));
        let mut found: Vec<(String, &Value, &Value)> =
            said.changes.iter().map(|change| (words(change), &change.live, &change.deployed)).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let none = |value: &Value| value.is_null() || *value == json!([]);
        let fits = |side: &Option<Value>, value: &Value| {
            side.as_ref().is_none_or(|side| side == value || (none(side) && none(value)))
        };
        let is_right = expected.len() == found.len()
            && expected.iter().zip(&found).all(|(expected, (words, live, deployed))| {
                expected.words == *words && fits(&expected.live, live) && fits(&expected.deployed, deployed)
            })
            && said.in_sync == Some(expected.is_empty());
        (!is_right).then(|| {
            format!(
                "{:?}\nexpected {expected:?}\nfound {found:?}, in sync: {:?}, not read: {:?}",
                self.edit, said.in_sync, said.not_read
            )
        })
    }
}

/// Reads an API for each of some cases through the SDK.
async fn snapshot(cases: &BTreeMap<String, (String, &Case)>) -> Snapshot {
    let mut recording = empty();
    let v2 = &mut recording["apigatewayv2"];
    for (id, (stage, case)) in cases {
        v2["get_apis"]["Items"].as_array_mut().unwrap().push(case.live["get_apis"]["Items"][0].clone());
        v2["get_authorizers"][id] = case.live["get_authorizers"][id].clone();
        v2["export_api"][id] = case.export(id, None);
        v2["export_api"][format!("{id}/{stage}")] = case.export(id, Some(stage));
        v2["get_stages"][id] = json!({ "Items": [{ "StageName": stage, "DeploymentId": "d1", "AutoDeploy": false }] });
        v2["get_deployments"][id] = json!({ "Items": [
            { "DeploymentId": "d1", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-01T09:00:00Z", "AutoDeployed": false },
        ] });
    }
    Served::start(recording).await.snapshots().await.remove(0)
}

/// What came of one case.
struct Tried {
    seed: u64,
    at: usize,
    /// `kind subject field` of each change, as far as there is a field.
    kinds: Vec<String>,
    complaint: Option<String>,
}

impl Tried {
    fn new(seed: u64, at: usize, id: &str, case: &Case, said: &StageDrift) -> Tried {
        let kind = |change: &Change| {
            let kind = serde_json::to_value(change.change).unwrap();
            let parts = [kind.as_str(), Some(change.subject.name()), change.field.as_deref()];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        Tried { seed, at, kinds: said.changes.iter().map(kind).collect(), complaint: case.complaint(id, said) }
    }
}

async fn tried(seeds: Vec<u64>) -> Vec<Tried> {
    let mut all: Vec<(u64, Vec<(String, Case)>)> = seeds.into_iter().map(|seed| (seed, cases(seed))).collect();
    let mut tried = Vec::new();
    for at in READ {
        let read = all.iter().map(|(_, cases)| (cases[at].0.clone(), (stage(at), &cases[at].1)));
        let read: BTreeMap<String, (String, &Case)> = read.collect();
        let snapshot = snapshot(&read).await;
        for (seed, cases) in &all {
            let (id, case) = &cases[at];
            let api = snapshot.apis.iter().find(|api| api.id == *id).unwrap();
            let said = drift::api(&snapshot, api, &|_| true).stages.remove(0);
            tried.push(Tried::new(*seed, at, id, case, &said));
        }
        if at != READ[0] {
            continue;
        }
        // The others take the place of the first.
        for (seed, cases) in &mut all {
            for (at, (id, case)) in cases.iter().enumerate().filter(|(at, _)| !READ.contains(at)) {
                let mut api = snapshot.apis.iter().find(|api| api.id == *id).unwrap().clone();
                let read = |stage: Option<&str>| {
                    openapi::read(&case.export(id, stage).to_string(), Origin::Http(id)).unwrap().configuration
                };
                api.live = read(None);
                let export = Export { configuration: read(Some(&stage(at))), fresh: true };
                api.deployed.get_mut("d1").unwrap().export = Observed::Known(export);
                let said = drift::api(&snapshot, &api, &|_| true).stages.remove(0);
                tried.push(Tried::new(*seed, at, id, case, &said));
            }
        }
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn property_http() {
    let first = number("STAGECHECK_SEED").unwrap_or(1);
    let count = number("STAGECHECK_CASES").map_or(APIS, |count| usize::try_from(count).unwrap());
    let seeds: Vec<u64> = (first..).take(count).collect();
    let batches: Vec<_> = seeds.chunks(BATCH).map(|batch| tokio::spawn(tried(batch.to_vec()))).collect();
    let (mut right, mut kinds, mut complaints) = (0, BTreeSet::new(), Vec::new());
    for batch in batches {
        for Tried { seed, at, kinds: own, complaint } in batch.await.unwrap() {
            kinds.extend(own);
            match complaint {
                None => right += 1,
                Some(complaint) => complaints.push(format!("seed {seed}, case {at}: {complaint}")),
            }
        }
    }
    let wrong = complaints.len();
    assert!(complaints.is_empty(), "{wrong} of {}:\n{}", right + wrong, complaints[..wrong.min(12)].join("\n"));
    assert_eq!(right, count * (UNCHANGED + EDITED));
    if count >= APIS {
        assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), KINDS);
    }
}

/// Every kind of change that an HTTP API can have: each comes about.
const KINDS: [&str; 34] = [
    "added integration",
    "added route",
    "changed api disableExecuteApiEndpoint",
    "changed authorizer authorizerCredentialsArn",
    "changed authorizer authorizerPayloadFormatVersion",
    "changed authorizer authorizerResultTtlInSeconds",
    "changed authorizer authorizerUri",
    "changed authorizer enableSimpleResponses",
    "changed authorizer identitySource",
    "changed authorizer jwtConfiguration",
    "changed cors allowCredentials",
    "changed cors allowHeaders",
    "changed cors allowMethods",
    "changed cors allowOrigins",
    "changed cors exposeHeaders",
    "changed cors maxAge",
    "changed integration connectionId",
    "changed integration connectionType",
    "changed integration credentialsArn",
    "changed integration integrationMethod",
    "changed integration integrationSubtype",
    "changed integration integrationType",
    "changed integration integrationUri",
    "changed integration payloadFormatVersion",
    "changed integration requestParameters",
    "changed integration responseParameters",
    "changed integration timeoutInMillis",
    "changed integration tlsConfig",
    "changed method authorizationScopes",
    "changed method authorizationType",
    "changed method authorizer",
    "changed method operationName",
    "removed integration",
    "removed route",
];
