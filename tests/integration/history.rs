//! What a stage served and when, whose hand it was, and baselines: through the real SDK, from wire answers.

use collect::{Depth, Known, Scope, Shared, TrailUse};
use engine::baseline::{self, Occasion, Refusal, Reviewed};
use engine::drift::{self, Basis, StageDrift};
use engine::snapshot::Snapshot;
use serde_json::{Value, json};
use tests::shapes::{ACCOUNT, REST, chat, orders};
use tests::{Served, edit};

const WEBSOCKET: &str = "w1s2o3c4k5";

/// An event as `LookupEvents` tells it.
fn event(time: &str, name: &str, identity: Value, agent: &str, asked: Value, answered: Value) -> Value {
    let id = format!("{name}-{time}");
    let told = json!({
        "eventID": id, "eventTime": time, "eventName": name, "eventSource": "apigateway.amazonaws.com",
        "readOnly": false, "userAgent": agent, "userIdentity": identity, "requestParameters": asked,
        "responseElements": answered,
    });
    json!({ "EventId": id, "EventName": name, "EventTime": time, "EventSource": "apigateway.amazonaws.com",
            "CloudTrailEvent": told.to_string() })
}

fn ada() -> Value {
    json!({ "type": "IAMUser", "userName": "ada", "arn": format!("arn:aws:iam::{ACCOUNT}:user/ada") })
}

fn with_trail(mut recording: Value, events: Vec<Value>) -> Value {
    recording["cloudtrail"] = json!({ "lookup_events": { "Events": events } });
    recording
}

/// An edit of the first method of the REST API, made after the deployment at 09:00 on the first of October.
fn patch(time: &str, identity: Value, agent: &str) -> Value {
    let asked = json!({ "restApiId": REST, "resourceId": "r1", "httpMethod": "GET" });
    event(time, "UpdateMethod", identity, agent, asked, Value::Null)
}

async fn read(recording: &Value, trail: TrailUse, known: &Known) -> (Snapshot, Served) {
    read_at("2026-10-10T12:00:00Z", recording, trail, known).await
}

async fn read_at(now: &str, recording: &Value, trail: TrailUse, known: &Known) -> (Snapshot, Served) {
    let served = Served::start(recording.clone()).await;
    let scope = Scope { depth: Depth::Drift, trail, ..Scope::default() };
    let now = now.parse().unwrap();
    let mut snapshots = served.account.read(&scope, known, &|| now, &|_| {}).await.unwrap();
    (snapshots.remove(0), served)
}

fn stage(snapshot: &Snapshot) -> StageDrift {
    drift::api(snapshot, &snapshot.apis[0], &|_| true).stages.remove(0)
}

/// The resource id of the first route of the recording, and its path.
fn first_route(recording: &Value) -> (String, String) {
    let resources = recording["apigateway"]["get_resources"][REST]["items"].as_array().unwrap();
    let at = resources.iter().position(|resource| resource.get("resourceMethods").is_some()).unwrap();
    (
        resources[at]["id"].as_str().unwrap().to_owned(),
        format!("/apigateway/get_resources/{REST}/items/{at}/resourceMethods"),
    )
}

/// `orders()` with the first method's key requirement edited after the deployment.
fn edited() -> (Value, String) {
    let mut recording = orders();
    let (resource, methods) = first_route(&recording);
    let method = recording.pointer(&methods).unwrap().as_object().unwrap().keys().next().unwrap().clone();
    edit(&mut recording, &format!("{methods}/{method}/apiKeyRequired"), json!(true));
    (recording, format!("{resource} {method}"))
}

#[tokio::test]
async fn each_tool_and_kind_of_hand_is_told_as_a_person_reads_it() {
    let role = |name: &str, session: &str| json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}") });
    let (recording, place) = edited();
    let (resource, method) = place.split_once(' ').unwrap();
    for (identity, agent, who, via) in [
        (ada(), "aws-cli/2.31.20", "ada", "aws-cli"),
        (
            role("AWSReservedSSO_Admin_0a1b", "ada@example.com"),
            "Mozilla/5.0 (X11)",
            "ada@example.com (Admin)",
            "console",
        ),
        (role("deploy", "ci"), "APN/1.0 HashiCorp/1.0 Terraform/1.13.4", "role deploy (session ci)", "terraform"),
        (
            role("cfn", "AWSCloudFormation"),
            "cloudformation.amazonaws.com",
            "role cfn (session AWSCloudFormation)",
            "cloudformation",
        ),
        (role("deploy", "ci"), "Boto3/1.43.108", "role deploy (session ci)", "boto3"),
        (
            json!({ "type": "AWSService", "invokedBy": "cloudformation.amazonaws.com" }),
            "x",
            "CloudFormation",
            "cloudformation",
        ),
    ] {
        let asked = json!({ "restApiId": REST, "resourceId": resource, "httpMethod": method });
        let made = event("2026-10-05T10:00:00Z", "UpdateMethod", identity, agent, asked, Value::Null);
        let (snapshot, _) = read(&with_trail(recording.clone(), vec![made]), TrailUse::Drift, &Known::default()).await;
        let stage = stage(&snapshot);
        let made_by = stage.changes[0].made_by.as_ref().unwrap();
        assert_eq!((made_by.who.as_str(), made_by.via.as_str()), (who, via));
        assert_eq!(stage.waiting_since.unwrap().to_string(), "2026-10-05T10:00:00Z");
        assert_eq!(stage.untraced, None);
    }
}

#[tokio::test]
async fn without_a_trail_or_a_fitting_event_nobody_is_named_and_drift_is_told_all_the_same() {
    let (recording, _) = edited();
    let elsewhere = |time: &str| {
        let asked = json!({ "restApiId": REST, "resourceId": "another", "httpMethod": "GET" });
        event(time, "UpdateMethod", ada(), "aws-cli/2", asked, Value::Null)
    };
    let before = patch("2026-09-01T10:00:00Z", ada(), "aws-cli/2");
    for (recording, reason) in [
        (recording.clone(), "access denied: cloudtrail:LookupEvents on *"),
        (with_trail(recording.clone(), Vec::new()), "the trail holds no event that fits"),
        (
            with_trail(recording.clone(), vec![elsewhere("2026-10-05T10:00:00Z"), before]),
            "the trail holds no event that fits",
        ),
    ] {
        let (snapshot, _) = read(&recording, TrailUse::Drift, &Known::default()).await;
        let stage = stage(&snapshot);
        assert_eq!((stage.in_sync, stage.changes.len()), (Some(false), 1));
        assert_eq!(stage.changes[0].made_by, None);
        assert!(stage.untraced.unwrap().starts_with(reason), "{reason}");
    }
}

#[tokio::test]
async fn only_the_hand_that_wrote_the_field_is_named() {
    let grace = || json!({ "type": "IAMUser", "userName": "grace" });
    let (recording, place) = edited();
    let (resource, method) = place.split_once(' ').unwrap();
    let update = |day: u8, identity: Value, field: Option<&str>| {
        let mut asked = json!({ "restApiId": REST, "resourceId": resource, "httpMethod": method });
        if let Some(field) = field {
            let patch = json!([{ "op": "replace", "path": format!("/{field}"), "value": "true" }]);
            asked["updateMethodInput"] = json!({ "patchOperations": patch });
        }
        event(&format!("2026-10-0{day}T10:00:00Z"), "UpdateMethod", identity, "aws-cli/2.31", asked, Value::Null)
    };
    let import = |day: u8| {
        let asked = json!({ "restApiId": REST });
        event(&format!("2026-10-0{day}T10:00:00Z"), "PutRestApi", grace(), "aws-cli/2.31", asked, Value::Null)
    };
    let contested = Some("several hands edited it since, and the trail does not tell which of them made the change");
    for (events, who, untraced) in [
        (vec![update(5, ada(), Some("apiKeyRequired")), update(6, grace(), Some("operationName"))], Some("ada"), None),
        (
            vec![update(5, ada(), Some("apiKeyRequired")), update(6, grace(), Some("apiKeyRequired"))],
            Some("grace"),
            None,
        ),
        (vec![update(5, ada(), None), update(6, grace(), None)], None, contested),
        (vec![update(5, ada(), Some("apiKeyRequired")), import(6)], None, contested),
        (vec![import(5), update(6, ada(), Some("apiKeyRequired"))], Some("ada"), None),
        (vec![update(5, ada(), Some("operationName"))], None, Some("the trail holds no event that fits")),
    ] {
        let told = format!("{events:?}");
        let (snapshot, _served) =
            read(&with_trail(recording.clone(), events), TrailUse::Drift, &Known::default()).await;
        let stage = stage(&snapshot);
        let named = stage.changes[0].made_by.as_ref().map(|made_by| made_by.who.as_str());
        assert_eq!((named, stage.untraced.as_deref()), (who, untraced), "{told}");
    }
}

#[tokio::test]
async fn a_trail_is_read_only_where_a_change_waits() {
    let quiet = with_trail(orders(), Vec::new());
    let (_, served) = read(&quiet, TrailUse::Drift, &Known::default()).await;
    assert_eq!(served.calls().of("cloudtrail"), 0);
    let (recording, _) = edited();
    let (_, served) = read(&with_trail(recording, Vec::new()), TrailUse::Drift, &Known::default()).await;
    assert_eq!(served.calls().of("cloudtrail"), 32, "one call for each write on a REST API");
}

#[tokio::test]
async fn the_trail_of_a_region_is_read_for_the_kinds_of_its_apis_and_for_another_kind_anew() {
    let both = || {
        let mut both = orders();
        both["apigatewayv2"] = chat()["apigatewayv2"].clone();
        with_trail(both, Vec::new())
    };
    let ask = async |served: &Served, api: &str, earlier: Option<&Shared>| {
        let clock = || served.now;
        let shared = served.account.shared("eu-west-1", earlier, &clock).await;
        let known = Known::default();
        let mut snapshot = served.account.read_api(&shared, api, &known, true, &clock).await.unwrap();
        served.account.read_trail(&mut snapshot, &shared, true, &clock).await;
        assert!(snapshot.trail.ok().is_some(), "{:?}", snapshot.trail);
        shared
    };
    let first = Served::start(with_trail(orders(), Vec::new())).await;
    let shared = ask(&first, REST, None).await;
    assert_eq!(first.calls().of("cloudtrail"), 32);
    let others = Served::start(with_trail(chat(), Vec::new())).await;
    ask(&others, WEBSOCKET, None).await;
    assert_eq!(others.calls().of("cloudtrail"), 27);
    // A WebSocket API was made since: what was read of REST APIs does for those alone.
    let later = Served::start(both()).await;
    let shared = ask(&later, REST, Some(&shared)).await;
    assert_eq!(later.calls().of("cloudtrail"), 0);
    let shared = ask(&later, WEBSOCKET, Some(&shared)).await;
    ask(&later, REST, Some(&shared)).await;
    assert_eq!(later.calls().of("cloudtrail"), 46);
}

#[tokio::test]
async fn an_audit_takes_a_baseline_only_where_the_trail_shows_no_edit() {
    let denied = read(&orders(), TrailUse::Baselines, &Known::default()).await.0;
    let id = denied.apis[0].deployments.ok().unwrap()[0].id.clone();
    assert_eq!(baseline::take(&denied, &denied.apis[0], Occasion::Audit), Err(Refusal::NoTrail(id.clone())));

    let clean = read(&with_trail(orders(), Vec::new()), TrailUse::Baselines, &Known::default()).await.0;
    let kept = baseline::take(&clean, &clean.apis[0], Occasion::Audit).unwrap();
    assert_eq!(kept.deployment_id, id);
    let doubt = &kept.unproven.last().unwrap().reason;
    assert!(doubt.contains("up to 15 minutes late"), "{doubt}");

    let late = patch("2026-10-05T10:00:00Z", ada(), "aws-cli/2");
    let written = read(&with_trail(orders(), vec![late]), TrailUse::Baselines, &Known::default()).await.0;
    let refusal = baseline::take(&written, &written.apis[0], Occasion::Audit).unwrap_err();
    assert_eq!(refusal.to_string(), format!("UpdateMethod by ada at 2026-10-05T10:00:00Z, after the deployment {id}"));
}

#[tokio::test]
async fn an_edit_before_the_reading_does_not_become_the_baseline() {
    let (recording, _) = edited();
    let snapshot = read(&recording, TrailUse::Never, &Known::default()).await.0;
    let refusal = baseline::take(&snapshot, &snapshot.apis[0], Occasion::Request).unwrap_err();
    assert!(matches!(refusal, Refusal::Edited { changes: 1, .. }), "{refusal}");

    // Without any witness there is nothing to compare with.
    let mut blind = orders();
    blind["apigateway"]["get_export"] = json!({});
    let snapshot = read(&blind, TrailUse::Never, &Known::default()).await.0;
    let refusal = baseline::take(&snapshot, &snapshot.apis[0], Occasion::Request).unwrap_err();
    assert!(matches!(refusal, Refusal::NotRead(_)), "{refusal}");
}

#[tokio::test]
async fn with_a_baseline_every_field_is_exact_and_nothing_else_is_asked_for() {
    let recording = with_trail(orders(), Vec::new());
    let first = read(&recording, TrailUse::Baselines, &Known::default()).await.0;
    let mut known = Known::default();
    known.keep_baseline(baseline::take(&first, &first.apis[0], Occasion::Audit).unwrap());
    // Events may still be on their way a quarter of an hour after the baseline was taken.
    let mut soon = read_at("2026-10-10T12:14:59Z", &recording, TrailUse::Baselines, &known).await.0;
    assert_eq!(baseline::review(&mut soon), Reviewed::default());
    assert!(!drift::is_proven(&stage(&soon).not_comparable));
    let mut later = read_at("2026-10-10T12:15:00Z", &recording, TrailUse::Baselines, &known).await.0;
    let proven = baseline::review(&mut later).proven.remove(0);
    assert!(drift::is_proven(&stage(&later).not_comparable), "the doubt is gone from this very run");
    known.keep_baseline(proven);

    let (snapshot, served) = read(&recording, TrailUse::Drift, &known).await;
    let calls = served.calls();
    assert_eq!(
        (calls.operations.get("apigateway.get_export"), calls.operations.get("apigateway.get_deployment")),
        (None, None)
    );
    let in_sync = stage(&snapshot);
    assert_eq!((in_sync.basis, in_sync.in_sync, in_sync.not_comparable.len()), (Basis::Baseline, Some(true), 0));

    // A property that no export is known to show.
    let mut later = recording.clone();
    edit(&mut later, "/apigateway/get_rest_apis/items/0/apiKeySource", json!("AUTHORIZER"));
    let drifting = stage(&read(&later, TrailUse::Drift, &known).await.0);
    let fields: Vec<_> = drifting.changes.iter().map(|change| change.field.as_deref().unwrap()).collect();
    assert_eq!((drifting.basis, drifting.in_sync, fields), (Basis::Baseline, Some(false), vec!["apiKeySource"]));
}

#[tokio::test]
async fn what_nothing_proved_when_a_baseline_was_taken_stays_unproven() {
    let first = read(&orders(), TrailUse::Never, &Known::default()).await.0;
    let kept = baseline::take(&first, &first.apis[0], Occasion::Request).unwrap();
    assert!(kept.unproven.iter().any(|gap| gap.field == "policy"));
    let mut known = Known::default();
    known.keep_baseline(kept);
    let mut later = orders();
    edit(&mut later, "/apigateway/get_rest_apis/items/0/apiKeySource", json!("AUTHORIZER"));
    let stage = stage(&read(&later, TrailUse::Never, &known).await.0);
    assert_eq!((stage.basis, stage.in_sync, stage.changes.len()), (Basis::Baseline, Some(true), 0));
    assert!(stage.not_comparable.iter().any(|gap| gap.field == "apiKeySource"));
}

#[tokio::test]
async fn an_edit_that_the_trail_tells_of_late_takes_the_baseline_back() {
    let first = read(&with_trail(orders(), Vec::new()), TrailUse::Baselines, &Known::default()).await.0;
    let kept = baseline::take(&first, &first.apis[0], Occasion::Audit).unwrap();
    let mut known = Known::default();
    known.keep_baseline(kept.clone());
    let late = patch("2026-10-05T10:00:00Z", ada(), "aws-cli/2");
    let snapshot = read(&with_trail(orders(), vec![late]), TrailUse::Baselines, &known).await.0;
    let mut snapshot = snapshot;
    assert_eq!(stage(&snapshot).in_sync, None, "neither the baseline nor an export is there to tell");
    let served = |snapshot: &Snapshot| {
        let api = &snapshot.apis[0];
        api.served(&api.stages.ok().unwrap()[0]).is_some()
    };
    assert!(served(&snapshot));
    assert_eq!(baseline::review(&mut snapshot).dropped, [kept]);
    assert!(!served(&snapshot), "no check takes it for what callers meet");
}

#[tokio::test]
async fn an_edit_during_the_reading_takes_the_baseline_back() {
    let served = Served::start(with_trail(orders(), Vec::new())).await;
    let scope = Scope { depth: Depth::Drift, trail: TrailUse::Baselines, ..Scope::default() };
    // A minute goes by whenever somebody looks at the clock.
    let minutes = std::sync::atomic::AtomicI64::new(0);
    let start: jiff::Timestamp = "2026-10-10T12:00:00Z".parse().unwrap();
    let clock = || start + jiff::SignedDuration::from_mins(minutes.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let first = served.account.read(&scope, &Known::default(), &clock, &|_| {}).await.unwrap().remove(0);
    assert_eq!(
        (first.taken_at.to_string(), first.read_until.to_string()),
        ("2026-10-10T12:00:00Z".to_owned(), "2026-10-10T12:01:00Z".to_owned())
    );
    let kept = baseline::take(&first, &first.apis[0], Occasion::Audit).unwrap();
    let mut known = Known::default();
    known.keep_baseline(kept.clone());
    for (time, dropped) in [("2026-10-10T12:00:30Z", vec![kept]), ("2026-10-10T12:01:30Z", vec![])] {
        let during = with_trail(orders(), vec![patch(time, ada(), "aws-cli/2")]);
        let mut later = read_at("2026-10-10T13:00:00Z", &during, TrailUse::Baselines, &known).await.0;
        assert_eq!(baseline::review(&mut later).dropped, dropped, "{time}");
    }
}

#[tokio::test]
async fn witnesses_that_contradict_each_other_allow_no_baseline() {
    let mut recording = orders();
    let paths = recording["apigateway"]["get_deployment"][REST]["dep001"]["apiSummary"].as_object_mut().unwrap();
    let removed = paths.keys().next_back().unwrap().clone();
    paths.remove(&removed);
    let snapshot = read(&recording, TrailUse::Never, &Known::default()).await.0;
    assert_eq!(stage(&snapshot).in_sync, None);
    let refusal = baseline::take(&snapshot, &snapshot.apis[0], Occasion::Request).unwrap_err();
    assert!(matches!(refusal, Refusal::Contradicted { .. }), "{refusal}");
    assert!(refusal.to_string().ends_with(&removed), "{refusal}");
}

#[tokio::test]
async fn a_websocket_stage_has_a_witness_once_a_baseline_is_taken() {
    let without = stage(&read(&chat(), TrailUse::Never, &Known::default()).await.0);
    assert_eq!((without.basis, without.in_sync), (Basis::None, None));

    let first = read(&chat(), TrailUse::Never, &Known::default()).await.0;
    assert_eq!(first.apis[0].id, WEBSOCKET);
    let kept = baseline::take(&first, &first.apis[0], Occasion::Request).unwrap();
    assert_eq!(kept.unproven.len(), 1, "whoever asks for it vouches for it");
    let mut known = Known::default();
    known.keep_baseline(kept);
    let with = stage(&read(&chat(), TrailUse::Never, &known).await.0);
    assert_eq!((with.basis, with.in_sync), (Basis::Baseline, Some(true)));

    let mut later = chat();
    let routes = later["apigatewayv2"]["get_routes"][WEBSOCKET]["Items"].as_array_mut().unwrap();
    routes.push(json!({ "RouteKey": "typing", "RouteId": "r9", "AuthorizationType": "NONE", "ApiKeyRequired": false }));
    let drifting = stage(&read(&later, TrailUse::Never, &known).await.0);
    let paths: Vec<_> = drifting.changes.iter().map(|change| change.path.as_deref().unwrap()).collect();
    assert_eq!((drifting.in_sync, paths), (Some(false), vec!["typing"]));
}

#[tokio::test]
async fn the_trail_tells_of_edits_to_a_websocket_api_that_nothing_else_shows() {
    let made = event(
        "2026-10-09T10:00:00Z",
        "UpdateRoute",
        ada(),
        "Mozilla/5.0",
        json!({ "apiId": WEBSOCKET, "routeKey": "sendMessage" }),
        Value::Null,
    );
    let stage = stage(&read(&with_trail(chat(), vec![made]), TrailUse::Drift, &Known::default()).await.0);
    assert_eq!(stage.in_sync, None);
    let reason = stage.unknown_because().unwrap();
    assert!(
        reason.contains("the trail shows 1 edit since the deployment, the last one UpdateRoute by ada"),
        "{reason}"
    );
}

#[test]
fn a_kept_baseline_is_doubted_then_proven_or_dropped() {
    let folder = tests::folder::Folder::new("history-kept");
    let store = folder.path("store");
    let drift = |now: &str, events: Vec<Value>, command: &str| {
        let mut recording = with_trail(chat(), events);
        recording["takenAt"] = json!(now);
        let file = folder.file("recording.json", &recording.to_string());
        tests::programs::run([command, "--recording", &file, "--store", &store])
    };
    let kept = drift("2026-10-10T12:00:00Z", Vec::new(), "baseline").stdout;
    assert!(kept.contains("kept for the deployment") && kept.contains("not proven: 1 thing"), "{kept}");
    for (now, told) in [
        ("2026-10-10T12:10:00Z", "told by the baseline\n"),
        ("2026-10-10T12:20:00Z", "told by the baseline, exactly\n"),
    ] {
        let plan = drift(now, Vec::new(), "drift").stdout;
        assert!(plan.contains(told), "{now}: {plan}");
        assert_eq!(plan.contains("CloudTrail tells of an event"), !told.contains("exactly"), "{plan}");
    }
    let asked = json!({ "apiId": WEBSOCKET, "routeKey": "sendMessage" });
    let late = event("2026-10-10T11:59:00Z", "UpdateRoute", ada(), "aws-cli/2", asked, Value::Null);
    let ran = drift("2026-10-10T12:30:00Z", vec![late], "drift");
    assert!(ran.stderr.contains("dropped the baseline of") && ran.stdout.contains("1 not known"), "{}", ran.stdout);
}
