//! A store that an earlier stagecheck wrote: what it holds is read, and kept on with. What was added to items since is not in
//! them. How the tables were made, and what stood in them, is written out here as it was then, so that no change of today's
//! code changes it.

use std::collections::BTreeMap;

use engine::exchange::encoding::base64_encoded;
use engine::finding::Finding;
use engine::reconcile::State;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use store::{Backend, Filter, Sqlite, Store, StoreError};
use tests::emulator::Emulator;
use tests::folder::Folder;
use tests::kept::{Kind, at, everything, findings, now, open, packed};
use tests::shapes;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// An API with a route that waits for its deployment, beside a key that opens nothing.
fn account() -> Value {
    let mut account = shapes::orders();
    let apigateway = &mut account["apigateway"];
    let mut refunds = apigateway["get_resources"][shapes::REST]["items"][1].clone();
    (refunds["id"], refunds["path"], refunds["pathPart"]) = (json!("res003"), json!("/refunds"), json!("refunds"));
    apigateway["get_resources"][shapes::REST]["items"].as_array_mut().unwrap().push(refunds);
    apigateway["get_api_keys"]["items"] = json!([{ "id": "k1", "name": "partner", "enabled": true }]);
    account
}

/// An item as it was then: partition, sort, body, fingerprint.
type Item = (String, String, Value, Option<String>);

/// A finding as it was kept: nobody was told of it, no API was known to call it, no cause stood in it, and none was suppressed.
fn finding(finding: &Finding) -> Item {
    let mut body = serde_json::to_value(finding).unwrap();
    let members = body.as_object_mut().unwrap();
    for later in ["causes", "suppressed"] {
        members.remove(later);
    }
    for (name, value) in [
        ("state", json!("open")),
        ("firstSeen", json!("2026-09-01T06:00:00Z")),
        ("lastSeen", json!("2026-10-10T06:00:00Z")),
        ("history", json!([{ "at": "2026-09-01T06:00:00Z", "state": "open" }])),
        ("decided", json!({ "at": "2026-10-10T06:00:00Z", "asSeen": "seen" })),
    ] {
        members.insert(name.to_owned(), value);
    }
    let of = finding.resource.api_id.as_ref().map_or("account#".to_owned(), |api| format!("api#{api}#"));
    let fingerprint = finding.fingerprint.clone();
    (format!("findings#{ACCOUNT}#{REGION}"), format!("{of}{fingerprint}"), body, Some(fingerprint))
}

/// What the store held.
fn items(found: &[Finding]) -> Vec<Item> {
    let counts = json!({ "critical": 0, "high": 2, "medium": 0, "low": 0, "info": 0 });
    let api = json!({
        "region": REGION, "apiId": shapes::REST, "apiName": "orders", "apiKind": "REST", "begun": "2026-10-10T06:00:00Z",
        "finished": "2026-10-10T06:00:00Z",
        "stages": [{ "apiId": shapes::REST, "apiName": "orders", "apiKind": "REST", "region": REGION, "stage": "prod",
                     "inSync": false, "changes": 1, "reason": null, "driftingSince": "2026-09-01T06:00:00Z" }],
        "open": counts, "unknown": 0, "notEvaluated": 0, "isGone": false,
    });
    let region = json!({ "accountId": ACCOUNT, "region": REGION, "lastEvent": null,
                         "listed": "2026-10-10T06:00:00Z", "audited": "2026-10-10T06:00:00Z" });
    let run = json!({ "at": "2026-10-10T06:00:00Z", "open": counts, "unknown": 0, "notEvaluated": 0,
                      "stages": { "prod": false }, "errors": {} });
    let parts = json!({ "apis": [shapes::REST], "isRestRead": true, "isTold": false });
    let plain = |partition: &str, sort: &str, body: Value| (partition.to_owned(), sort.to_owned(), body, None);
    let mut items = vec![
        plain("store", "schema", json!({ "version": 1 })),
        plain("regions", &format!("{ACCOUNT}#{REGION}"), region),
        plain(&format!("apis#{ACCOUNT}#{REGION}"), shapes::REST, api),
        plain(&format!("runs#{ACCOUNT}#{REGION}#{}", shapes::REST), "2026-10-10T06:00:00Z", run),
        plain(&format!("parts#{ACCOUNT}#{REGION}"), "2026-10-10T06:00:00Z", parts),
    ];
    items.extend(found.iter().map(finding));
    items
}

/// The tables of SQLite's, as they were made.
const TABLES: &str = "
    CREATE TABLE items (
        partition TEXT NOT NULL, sort TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
        fingerprint TEXT, expires INTEGER, PRIMARY KEY (partition, sort)) WITHOUT ROWID;
    CREATE INDEX fingerprints ON items (fingerprint) WHERE fingerprint IS NOT NULL;
    CREATE TABLE objects (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;";

fn in_sqlite(path: &str, items: &[Item]) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(TABLES).unwrap();
    for (partition, sort, body, fingerprint) in items {
        let insert = "INSERT INTO items (partition, sort, revision, body, fingerprint) VALUES (?1, ?2, 3, ?3, ?4)";
        file.execute(insert, params![partition, sort, packed(body), fingerprint]).unwrap();
    }
}

async fn in_dynamodb(emulator: &Emulator, table: &str, items: &[Item]) {
    for (partition, sort, body, fingerprint) in items {
        let mut item = json!({ "partition": { "S": partition }, "sort": { "S": sort }, "revision": { "N": "3" },
                               "body": { "B": base64_encoded(&packed(body)) } });
        if let Some(fingerprint) = fingerprint {
            item["fingerprint"] = json!({ "S": fingerprint });
        }
        let put = json!({ "TableName": table, "Item": item });
        emulator.json("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
    }
}

async fn states<B: Backend>(store: &Store<B>) -> BTreeMap<String, (State, String)> {
    let all = findings(store).await;
    all.into_iter().map(|own| (own.finding.check.clone(), (own.state, own.first_seen.to_string()))).collect()
}

/// What was kept then is there, and the runs that follow go on with it.
async fn goes_on<B: Backend>(backend: B) {
    let store = open(backend).await;
    let since = "2026-09-01T06:00:00Z".to_owned();
    let each = |change: State, key: State| {
        BTreeMap::from([
            ("key-without-usage-plan".to_owned(), (key, since.clone())),
            ("undeployed-change".to_owned(), (change, since.clone())),
        ])
    };
    assert_eq!(states(&store).await, each(State::Open, State::Open));
    let status = store.api(ACCOUNT, REGION, shapes::REST).await.unwrap().unwrap();
    assert_eq!((status.failures, status.stages[0].drifting_since.unwrap().to_string()), (0, since.clone()));
    let parts = store.progress(ACCOUNT, REGION, "2026-10-10T06:00:00Z".parse().unwrap()).await.unwrap().unwrap();
    assert!(parts.is_rest_read && !parts.is_whole, "what is not said is not taken for granted: {parts:?}");
    // Everything can be shown.
    assert_eq!(everything(&store).await["regions"][0]["apis"][0]["runs"].as_array().unwrap().len(), 1);
    let fingerprint = &findings(&store).await[0].finding.fingerprint;
    assert!(store.finding(fingerprint).await.unwrap().is_some());

    // What cannot be looked at is not resolved; what is seen again is the same finding; what is mended is resolved.
    let denied = ["get_resources=denied", "get_api_keys=denied", "get_usage_plans=denied"];
    Kind::of(1, account(), &denied).await.keep(&store).await.unwrap();
    assert_eq!(states(&store).await, each(State::Unknown, State::Unknown));
    let kept = Kind::of(2, account(), &[]).await.keep(&store).await.unwrap();
    assert_eq!(states(&store).await, each(State::Open, State::Open));
    assert!(kept.findings.iter().all(|tracked| tracked.last_seen == at(2) && tracked.is_untold()));
    let status = store.api(ACCOUNT, REGION, shapes::REST).await.unwrap().unwrap();
    assert_eq!(status.stages[0].drifting_since.unwrap().to_string(), since);
    Kind::of(3, shapes::orders(), &[]).await.keep(&store).await.unwrap();
    let states = states(&store).await;
    assert_eq!(states["undeployed-change"].0, State::Resolved);
}

async fn first_form() -> Vec<Item> {
    let report = Kind::of(0, account(), &[]).await.report;
    let checks = ["key-without-usage-plan", "undeployed-change"];
    let mut found: Vec<Finding> = Vec::new();
    for finding in report.findings {
        assert!(checks.contains(&finding.check.as_str()), "{}", finding.check);
        found.push(finding);
    }
    items(&found)
}

#[tokio::test]
async fn a_file_of_an_earlier_version_is_kept_on_with() {
    let folder = Folder::new("older-store");
    let path = folder.path("findings.db");
    in_sqlite(&path, &first_form().await);
    goes_on(Sqlite::open(path.as_ref(), now()).unwrap()).await;
}

#[tokio::test]
async fn a_table_of_an_earlier_version_is_kept_on_with() {
    let Some(emulator) = Emulator::shared().await else { return };
    let table = emulator.table().await;
    in_dynamodb(&emulator, &table, &first_form().await).await;
    goes_on(emulator.backend_at(emulator.port(), &table).await).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_says_so_and_nothing_is_resolved() {
    let folder = Folder::new("foreign-store");
    let path = folder.path("findings.db");
    let mut items = first_form().await;
    let strange = items.iter_mut().find(|item| item.0.starts_with("findings#") && item.1.starts_with("api#")).unwrap();
    strange.2["state"] = json!("acknowledged");
    in_sqlite(&path, &items);
    let backend = Sqlite::open(path.as_ref(), now()).unwrap();
    let store = open(&backend).await;
    let error = Kind::of(3, shapes::orders(), &[]).await.keep(&store).await.unwrap_err();
    let StoreError::Item { key, .. } = &error else { panic!("{error}") };
    assert!(key.starts_with(&format!("findings#{ACCOUNT}#{REGION} api#")), "{key}");
    let said = error.to_string();
    assert!(
        said.contains("unknown variant `acknowledged`") && said.ends_with("docs/store.md says what to do"),
        "{said}"
    );
    let listed = store.findings(&Filter { state: Some(State::Resolved), ..Filter::default() }, None, 100).await;
    assert!(listed.is_err());
    let file = Connection::open(&path).unwrap();
    let left: i64 = file
        .query_row("SELECT count(*) FROM items WHERE partition LIKE 'findings#%' AND revision = 3", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(usize::try_from(left).unwrap(), items.iter().filter(|item| item.0.starts_with("findings#")).count());
}
