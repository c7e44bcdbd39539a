//! What is kept from run to run, in SQLite and in DynamoDB with S3, and what happens to it when things go wrong.

use std::collections::{BTreeMap, BTreeSet};

use engine::baseline::{self, Baseline, Occasion};
use engine::configuration::ApiKind;
use engine::drift::ApiDrift;
use engine::observed::{NotRead, Why};
use engine::reconcile::{Coverage, State};
use engine::severity::Severity;
use engine::snapshot::Unlisted;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Audit, Backend, Expected, Filter, Kept, Key, Metric, Store, StoreError, Write};
use tests::folder::Folder;
use tests::kept::{Killed, Kind, at, everything, findings, now, open, packed};
use tests::programs::{Ran, run};
use tests::{sample, shapes, shop};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// Every scenario, once with SQLite and once with DynamoDB and S3.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $scenario() {
                super::$scenario(async || store::Sqlite::in_memory().unwrap()).await;
            })+
        }
        mod aws {
            $(#[tokio::test]
            async fn $scenario() {
                let Some(emulator) = tests::emulator::Emulator::shared().await else { return };
                super::$scenario(async || emulator.backend().await).await;
            })+
        }
    };
}

on_both!(
    a_finding_has_a_life,
    a_run_may_be_killed_anywhere,
    an_older_run_changes_nothing,
    what_is_gone_is_resolved_and_what_was_not_read_is_not,
    lists_come_in_parts,
    charts_have_a_point_for_each_run,
    deployments_and_baselines_are_kept_by_their_ids,
    a_later_version_is_not_touched,
    what_was_resolved_long_ago_is_forgotten,
    what_is_too_large_is_kept_without_its_evidence,
);

/// The sample account, and the same an hour later: an API is deleted, nothing fails any more, and usage plans are denied.
async fn two_runs() -> (Kind, Kind) {
    let mut later = shop();
    later["apigateway"]["get_rest_apis"]["items"].as_array_mut().unwrap().retain(|api| api["name"] != "reports");
    later["metrics"] = json!([]);
    (Kind::of(1, shop(), &[]).await, Kind::of(2, later, &["get_usage_plans=denied"]).await)
}

/// An API with a route that is not deployed, whose function fails, beside another API and a key that opens nothing; and the
/// same an hour later, when all that is mended and the other API is deleted.
pub(crate) async fn two_small_runs() -> (Kind, Kind) {
    let mut first = shapes::orders();
    let apigateway = &mut first["apigateway"];
    let mut refunds = apigateway["get_resources"][shapes::REST]["items"][1].clone();
    (refunds["id"], refunds["path"], refunds["pathPart"]) = (json!("res003"), json!("/refunds"), json!("refunds"));
    apigateway["get_resources"][shapes::REST]["items"].as_array_mut().unwrap().push(refunds);
    let mut other = apigateway["get_rest_apis"]["items"][0].clone();
    (other["id"], other["name"]) = (json!("other00001"), json!("other"));
    apigateway["get_rest_apis"]["items"].as_array_mut().unwrap().push(other);
    for operation in ["get_resources", "get_stages", "get_deployment", "get_gateway_responses"] {
        apigateway[operation]["other00001"] = apigateway[operation][shapes::REST].clone();
    }
    apigateway["get_export"]["other00001/prod"] = apigateway["get_export"][format!("{}/prod", shapes::REST)].clone();
    apigateway["get_api_keys"]["items"] = json!([{ "id": "k1", "name": "partner", "enabled": true }]);
    let failed = at(0).as_millisecond() - 600_000;
    first["metrics"] = json!([{ "namespace": "AWS/Lambda", "metric": "Errors",
                                "dimensions": { "FunctionName": "orders-fn" }, "values": [[failed, 1]] }]);
    let trace =
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler";
    first["logs"] = json!({ "/aws/lambda/orders-fn": [{ "timestamp": failed, "message": trace }] });
    let first = Kind::of(1, first, &[]).await;
    let checks: BTreeSet<&str> = first.report.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(checks, BTreeSet::from(["handler-error", "key-without-usage-plan", "undeployed-change"]));
    (first, Kind::of(2, shapes::orders(), &[]).await)
}

/// How many findings are in which state.
pub(crate) async fn states<B: Backend>(store: &Store<B>) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for tracked in findings(store).await {
        *states.entry(format!("{:?}", tracked.state)).or_default() += 1;
    }
    states
}

pub(crate) fn opened(kept: &Kept, hour: i64) -> BTreeSet<String> {
    kept.changed(at(hour), State::Open).map(|tracked| tracked.finding.fingerprint.clone()).collect()
}

async fn a_finding_has_a_life<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (first, second) = two_runs().await;
    let reported: BTreeSet<String> = first.report.findings.iter().map(|f| f.fingerprint.clone()).collect();
    let kept = first.keep(&store).await.unwrap();
    assert_eq!(opened(&kept, 1), reported);
    assert!(reported.len() > 20, "the sample account has many findings");
    // The same run once more tells the same, and changes nothing.
    let after = everything(&store).await;
    assert_eq!(opened(&first.keep(&store).await.unwrap(), 1), reported);
    assert_eq!(everything(&store).await, after);
    for tracked in findings(&store).await {
        assert_eq!((tracked.state, tracked.first_seen, tracked.last_seen), (State::Open, at(1), at(1)));
    }

    let kept = second.keep(&store).await.unwrap();
    assert_eq!(opened(&kept, 2), BTreeSet::new());
    for tracked in findings(&store).await {
        let name = tracked.finding.resource.api_name.as_deref();
        let expected = match tracked.finding.check.as_str() {
            _ if second.report.findings.iter().any(|f| f.fingerprint == tracked.finding.fingerprint) => State::Open,
            "usage-plan-not-on-stage" | "key-without-usage-plan" if name != Some("reports") => State::Unknown,
            _ => State::Resolved,
        };
        assert_eq!(tracked.state, expected, "{tracked:#?}");
        assert_eq!(tracked.last_seen, at(if expected == State::Open { 2 } else { 1 }));
    }
    let states = states(&store).await;
    assert!(["Open", "Resolved", "Unknown"].iter().all(|state| states.contains_key(*state)), "{states:?}");

    // What was resolved opens again, and remembers when it was first seen.
    let resolved: BTreeSet<String> =
        kept.changed(at(2), State::Resolved).map(|t| t.finding.fingerprint.clone()).collect();
    let kept = first.again(3).keep(&store).await.unwrap();
    assert_eq!(opened(&kept, 3).difference(&resolved).count(), states["Unknown"]);
    for fingerprint in &resolved {
        let tracked = store.finding(fingerprint).await.unwrap().unwrap();
        let history: Vec<State> = tracked.history.iter().map(|change| change.state).collect();
        assert_eq!(history, [State::Open, State::Resolved, State::Open]);
        assert_eq!((tracked.first_seen, tracked.last_seen), (at(1), at(3)));
    }
    assert_eq!(store.finding("0000000000000000").await.unwrap(), None);
}

async fn a_run_may_be_killed_anywhere<B: Backend>(fresh: impl AsyncFn() -> B) {
    let (first, second) = two_small_runs().await;
    let backend = fresh().await;
    let whole = open(&backend).await;
    let mut expected = Vec::new();
    for run in [&first, &second] {
        run.keep(&whole).await.unwrap();
        expected.push(everything(&whole).await);
    }
    let mut writes = 0;
    loop {
        let backend = fresh().await;
        // The first run is killed after so many writes, and repeated; then the second.
        let mut killed = 0;
        for (run, expected) in [&first, &second].into_iter().zip(&expected) {
            let dying = Store::open(Killed::after(&backend, writes), RETENTION, now).await;
            let died = match dying {
                Ok(store) => run.keep(&store).await.is_err(),
                Err(_) => true,
            };
            killed += u32::from(died);
            let store = open(&backend).await;
            // What was written so far is no more than a part of the whole.
            for tracked in findings(&store).await.iter().filter(|tracked| tracked.state == State::Resolved) {
                let seen = second.report.findings.iter().any(|f| f.fingerprint == tracked.finding.fingerprint);
                assert!(run.at == at(2) && !seen, "falsely resolved after {writes} writes: {tracked:#?}");
            }
            run.keep(&store).await.unwrap();
            assert_eq!(everything(&store).await, *expected, "killed after {writes} writes");
        }
        if killed == 0 {
            break;
        }
        writes += 1;
    }
    assert!(writes > 12, "{writes}");
}

const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 90);

async fn an_older_run_changes_nothing<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (first, second) = two_runs().await;
    first.keep(&store).await.unwrap();
    second.again(5).keep(&store).await.unwrap();
    let before = findings(&store).await;
    let kept = first.again(4).keep(&store).await.unwrap();
    let apis = first.snapshots[0].apis.iter().map(|api| format!("{REGION}/{}", api.id));
    let audited: BTreeSet<String> = apis.chain([format!("{REGION}/")]).collect();
    assert_eq!((kept.findings, kept.overtaken), (Vec::new(), audited));
    assert_eq!(findings(&store).await, before);
    // Even where no newer run left a trace of what it did not find.
    let store = open(fresh().await).await;
    second.again(5).keep(&store).await.unwrap();
    let before = findings(&store).await;
    first.again(4).keep(&store).await.unwrap();
    assert_eq!(findings(&store).await, before);
    // A run of the future is refused, and nothing is kept of it.
    let refused = first.again(49).keep(&store).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the run is of 2026-10-12T13:00:00Z, and it is 2026-10-12T12:00:00Z: one of the clocks is wrong"
    );
    assert_eq!(findings(&store).await, before);
}

async fn what_is_gone_is_resolved_and_what_was_not_read_is_not<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (first, _) = two_runs().await;
    first.keep(&store).await.unwrap();
    let of = |api: &'static str| Filter { api: Some(api.to_owned()), ..Filter::default() };
    let open_of = async |api| {
        let found = store.findings(&of(api), None, 1000).await.unwrap().items;
        found.iter().filter(|tracked| tracked.state == State::Open).count()
    };
    let (orders, payments) = (open_of("k3orders01").await, open_of("k3payment1").await);
    assert!(orders > 0 && payments > 0);
    // A message for an API that was deleted meanwhile.
    let coverage = Coverage::absent(ACCOUNT, REGION, "k3payment1");
    let kept = store.keep(&Audit::listing(at(2), &coverage)).await.unwrap();
    assert_eq!(kept.changed(at(2), State::Resolved).count(), payments);
    assert_eq!((open_of("k3orders01").await, open_of("k3payment1").await), (orders, 0));
    let reasons: BTreeSet<&str> = kept.changed(at(2), State::Resolved).filter_map(|tracked| tracked.reason()).collect();
    assert_eq!(reasons, BTreeSet::from(["the API does not exist any more"]));
    assert!(store.apis(ACCOUNT, REGION).await.unwrap().iter().all(|api| api.api_id != "k3payment1"));
    // A list of all APIs, but that REST APIs were denied.
    let denied = NotRead {
        why: Why::Denied,
        call: "apigateway:GetRestApis".to_owned(),
        resource: "arn:aws:apigateway:eu-west-1::/restapis".to_owned(),
        needs: "apigateway:GET".to_owned(),
        message: "no".to_owned(),
    };
    let unlisted = vec![Unlisted { kinds: vec![ApiKind::Rest], why: denied }];
    let http = ["k3storefr1", "k3search01"].map(str::to_owned);
    let coverage = Coverage::listing(ACCOUNT, REGION, http.clone().into(), unlisted);
    store.keep(&Audit::listing(at(3), &coverage)).await.unwrap();
    let unknown = async |api| {
        let found = store.findings(&of(api), None, 1000).await.unwrap().items;
        found.iter().filter(|tracked| tracked.state == State::Unknown).count()
    };
    assert_eq!((open_of("k3orders01").await, unknown("k3orders01").await), (0, orders));
    // And once more, when they can be listed, and the API is there.
    let all = http.into_iter().chain(["k3orders01".to_owned()]).collect();
    store.keep(&Audit::listing(at(4), &Coverage::listing(ACCOUNT, REGION, all, Vec::new()))).await.unwrap();
    assert_eq!((open_of("k3orders01").await, unknown("k3orders01").await), (0, orders));
    first.again(5).keep(&store).await.unwrap();
    assert_eq!((open_of("k3orders01").await, open_of("k3payment1").await), (orders, payments));
}

async fn lists_come_in_parts<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (first, _) = two_runs().await;
    first.keep(&store).await.unwrap();
    let mut elsewhere = first.snapshots.clone();
    elsewhere[0].account_id = "444455556666".to_owned();
    // There, other permissions are missing.
    let second = Kind::from(1, elsewhere, &|_| true);
    second.keep(&store).await.unwrap();
    let reported = || first.report.findings.iter().chain(&second.report.findings);
    let all = store.findings(&Filter::default(), None, 1000).await.unwrap();
    assert_eq!((all.items.len(), all.next), (reported().count(), None));
    for limit in [1, 3, 1000] {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let part = store.findings(&Filter::default(), after.as_deref(), limit).await.unwrap();
            assert!(part.items.len() <= limit);
            items.extend(part.items);
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(items, all.items, "{limit}");
    }
    let count = async |filter: Filter| store.findings(&filter, None, 1000).await.unwrap().items.len();
    let like = |is_it: &dyn Fn(&engine::finding::Finding) -> bool| reported().filter(|finding| is_it(finding)).count();
    let high = Filter { severity: Some(Severity::High), ..Filter::default() };
    assert_eq!(count(high).await, like(&|finding| finding.severity == Severity::High));
    let check = Filter { check: Some("undeployed-change".to_owned()), ..Filter::default() };
    assert_eq!(count(check).await, like(&|finding| finding.check == "undeployed-change"));
    let orders = Filter { api: Some("k3orders01".to_owned()), ..Filter::default() };
    assert_eq!(count(orders).await, like(&|finding| finding.resource.api_id.as_deref() == Some("k3orders01")));
    assert_eq!(count(Filter { state: Some(State::Resolved), ..Filter::default() }).await, 0);
    assert!(matches!(store.findings(&Filter::default(), Some("nonsense"), 1).await, Err(StoreError::Token(_))));
}

async fn charts_have_a_point_for_each_run<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (first, second) = two_runs().await;
    for (run, hour) in [(&first, 1), (&first, 2), (&second, 3), (&second, 3), (&first, 4)] {
        run.again(hour).keep(&store).await.unwrap();
    }
    let drifting = store.series(Metric::DriftingStages, at(0)).await.unwrap();
    let is_drifting = |run: &Kind| run.report.stages.iter().filter(|stage| stage.in_sync == Some(false)).count() as u64;
    let points: Vec<(i64, u64)> =
        drifting.iter().map(|point| (point.time.duration_since(at(0)).as_hours(), point.value)).collect();
    let (one, two) = (is_drifting(&first), is_drifting(&second));
    assert_eq!(points, [(1, one), (2, one), (3, two), (4, one)]);
    assert_eq!(drifting[0].label, "111122223333/eu-west-1");
    let errors: Vec<u64> = store.series(Metric::Errors, at(2)).await.unwrap().iter().map(|point| point.value).collect();
    let groups = first.snapshots[0].health.as_ref().unwrap();
    let failures: u64 =
        engine::health::errors(&[groups], &engine::logs::Options::default()).groups.iter().map(|g| g.count).sum();
    assert!(failures > 0);
    assert_eq!(errors, [failures, 0, failures]);
    let findings = store.series(Metric::Findings, at(1)).await.unwrap();
    let high: Vec<u64> =
        findings.iter().filter(|point| point.label.ends_with("/high")).map(|point| point.value).collect();
    let highs = |run: &Kind| run.report.summary.high as u64;
    assert_eq!(high, [highs(&first), highs(&first), highs(&second), highs(&first)]);
    // Since when a stage drifts, and what each run came to.
    let orders = store.api(ACCOUNT, REGION, "k3orders01").await.unwrap().unwrap();
    let stage = orders.stages.iter().find(|stage| stage.status.in_sync == Some(false)).unwrap();
    assert_eq!((stage.drifting_since, orders.finished), (Some(at(1)), Some(at(4))));
    let runs = store.runs(ACCOUNT, REGION, "k3orders01", at(2)).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.at).collect::<Vec<_>>(), [at(2), at(3), at(4)]);
    let groups = store.errors(ACCOUNT, REGION, at(0)).await.unwrap();
    assert!(groups.iter().all(|group| group.at == at(4) && group.group.count == group.counts.values().sum::<u64>()));
}

async fn deployments_and_baselines_are_kept_by_their_ids<B: Backend>(fresh: impl AsyncFn() -> B) {
    let backend = fresh().await;
    let store = open(&backend).await;
    let (_, run) = two_small_runs().await;
    store.keep_deployments(&run.snapshots).await.unwrap();
    let api = &run.snapshots[0].apis[0];
    assert_eq!(store.deployments(ACCOUNT, REGION, shapes::REST).await.unwrap(), api.deployed);
    let served = BTreeMap::from([("prod".to_owned(), "dep001".to_owned())]);
    let key = (REGION.to_owned(), shapes::REST.to_owned());
    assert_eq!(store.served(ACCOUNT).await.unwrap(), BTreeMap::from([(key, served)]));
    let drift = engine::drift::api(&run.snapshots[0], api, &|_| true);
    assert_eq!(store.drift(ACCOUNT, REGION, shapes::REST).await.unwrap(), None);
    // As it was kept before runs had objects of their own.
    let object = |run: &str| format!("drift/{ACCOUNT}/{REGION}/{}{run}.json.z", shapes::REST);
    backend.put_object(&object(""), packed(&json!(drift))).await.unwrap();
    assert_eq!(store.drift(ACCOUNT, REGION, shapes::REST).await.unwrap(), Some(drift.clone()));
    store.keep_drift(ACCOUNT, at(2), &drift).await.unwrap();
    assert_eq!(store.drift(ACCOUNT, REGION, shapes::REST).await.unwrap(), Some(drift.clone()));
    // A run that was overtaken comes late, once and again; the newest comes again; a newer one comes.
    let other = ApiDrift { stages: Vec::new(), ..drift.clone() };
    for (hour, said, stands) in
        [(1, &other, &drift), (1, &other, &drift), (2, &drift, &drift), (3, &other, &other), (2, &drift, &other)]
    {
        store.keep_drift(ACCOUNT, at(hour), said).await.unwrap();
        assert_eq!(store.drift(ACCOUNT, REGION, shapes::REST).await.unwrap().as_ref(), Some(stands), "{hour}");
    }
    // What is named nowhere is not kept.
    let of_run = |hour: i64| object(&format!("/{}", at(hour).as_second()));
    for (name, is_kept) in [(object(""), false), (of_run(1), false), (of_run(2), false), (of_run(3), true)] {
        assert_eq!(backend.object(&name).await.unwrap().is_some(), is_kept, "{name}");
    }

    let taken = baseline::take(&run.snapshots[0], api, Occasion::Request).unwrap();
    let other = Baseline { api_id: "a1b2c3d4e".to_owned(), ..taken.clone() };
    store.keep_baseline(&taken).await.unwrap();
    store.keep_baseline(&taken).await.unwrap();
    store.keep_baseline(&other).await.unwrap();
    assert_eq!(store.baselines(ACCOUNT, Some((REGION, shapes::REST))).await.unwrap(), std::slice::from_ref(&taken));
    assert_eq!(store.baselines(ACCOUNT, None).await.unwrap().len(), 2);
    store.forget_baseline(&taken).await.unwrap();
    store.forget_baseline(&taken).await.unwrap();
    assert_eq!(store.baselines(ACCOUNT, None).await.unwrap(), [other]);
    let elsewhere = Baseline { api_id: "../../etc".to_owned(), ..taken };
    assert!(matches!(store.keep_baseline(&elsewhere).await, Err(StoreError::Id(_))));
}

async fn a_later_version_is_not_touched<B: Backend>(fresh: impl AsyncFn() -> B) {
    let backend = fresh().await;
    let (first, _) = two_small_runs().await;
    first.keep(&open(&backend).await).await.unwrap();
    let before = everything(&open(&backend).await).await;
    // Opened again, it is the same.
    assert_eq!(everything(&open(&backend).await).await, before);
    let version = Write::Put {
        key: Key::new("store", "schema"),
        body: packed(&json!({ "version": store::VERSION + 1 })),
        fingerprint: None,
        expires: None,
        expected: Expected::Any,
    };
    assert!(backend.write(&[version]).await.unwrap());
    let refused = Store::open(&backend, RETENTION, now).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "the store is of version 2, and this stagecheck knows versions up to 1; update stagecheck"
    );
}

async fn what_was_resolved_long_ago_is_forgotten<B: Backend>(fresh: impl AsyncFn() -> B) {
    let backend = fresh().await;
    let (first, second) = two_small_runs().await;
    let brief = Store::open(&backend, SignedDuration::from_hours(10), now).await.unwrap();
    first.keep(&brief).await.unwrap();
    second.keep(&brief).await.unwrap();
    // The present is hour 48, and this was resolved in hour 2. An open finding is never forgotten.
    assert_eq!(findings(&brief).await, []);
    let fingerprint = &first.report.findings[0].fingerprint;
    assert_eq!(brief.finding(fingerprint).await.unwrap(), None);
    assert_eq!(brief.series(Metric::Findings, at(0)).await.unwrap(), []);
    // It may still lie in the table when it comes back.
    first.again(3).keep(&brief).await.unwrap();
    let tracked = brief.finding(fingerprint).await.unwrap().unwrap();
    assert_eq!((tracked.state, tracked.first_seen, tracked.history.len()), (State::Open, at(1), 3));
}

async fn what_is_too_large_is_kept_without_its_evidence<B: Backend>(fresh: impl AsyncFn() -> B) {
    let store = open(fresh().await).await;
    let (mut first, _) = two_small_runs().await;
    // Fingerprints cannot be compressed by much.
    let resource = first.report.findings[0].resource.clone();
    let hashes = (0..20_000).map(|i| Value::from(resource.clone().with_key(i.to_string()).fingerprint("check")));
    first.report.findings[0].evidence[0].value = hashes.collect();
    let kept = first.keep(&store).await.unwrap();
    assert_eq!(opened(&kept, 1).len(), first.report.findings.len());
    let tracked = store.finding(&first.report.findings[0].fingerprint).await.unwrap().unwrap();
    assert_eq!(tracked.finding.title, first.report.findings[0].title);
    assert_eq!(tracked.finding.evidence[0].value, json!("left out here: too large to be kept"));
}

#[test]
fn the_command_line_keeps_findings_and_tells_since_when_they_are_open() {
    let folder = Folder::new("store-cli");
    let store = folder.path("store");
    let audit = |hour: i64, edit: fn(&mut Value)| {
        let mut recording = shop();
        recording["takenAt"] = json!(at(hour).to_string());
        edit(&mut recording);
        let recording = folder.file("recording.json", &recording.to_string());
        run(["audit", "--recording", &recording, "--store", &store, "--no-trail", "--quiet"])
    };
    let since = |ran: &Ran| ran.stdout.matches("Open since 2026-10-10 12:00 UTC").count();
    let first = audit(0, |_| {});
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    let found = since(&first);
    assert!(found > 20, "{}", first.stdout);
    // An hour later the plan that opened a stage is gone: what was there before is as old as it was.
    let second = audit(1, |recording| recording["apigateway"]["get_usage_plans"]["items"] = json!([]));
    let new = second.stdout.matches("Open since 2026-10-10 13:00 UTC").count();
    assert!(new > 0 && since(&second) > 20, "{}", second.stdout);
    // An older audit is printed, and not kept.
    let third = audit(0, |_| {});
    assert_eq!((third.code, third.stdout.matches("Open since").count()), (0, 0));
    // A directory that is none is an error.
    let file = folder.file("file", "");
    let refused = run(["audit", "--recording", &sample(), "--store", &file]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    // What is not asked for is not kept.
    let plain = run(["audit", "--recording", &sample()]);
    assert_eq!((plain.code, plain.stdout.matches("Open since").count()), (0, 0));
}

#[test]
fn the_command_line_refuses_a_store_that_is_none_of_its_own() {
    let folder = Folder::new("store-refused");
    folder.file(
        "findings.db",
        "this is no database, though it is long enough to be looked at as one by whoever opens it",
    );
    let refused = run(["audit", "--recording", &sample(), "--store", &folder.path("")]);
    assert_eq!(refused.code, 2);
    let expected = format!(
        "error: what is kept cannot be used: opening {} failed: file is not a database\n",
        folder.path("findings.db")
    );
    assert!(refused.stderr.starts_with(&expected), "{}", refused.stderr);
}
