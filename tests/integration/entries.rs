//! What the service does with its configuration: entries that are for nothing, and routes that may be asked.

use std::collections::BTreeMap;

use engine::reconcile::{State, Tracked};
use serde_json::{Value, json};
use tests::kept::{everything, findings};
use tests::service::Deployed;
use tests::{Served, shop};

use crate::service::{instead, run, schedule, small, sweep};
use crate::verify;

/// One of each: for something, for nothing, for an API that is not there, expired, and for what comes and goes.
const ENTRIES: &str = r#"
[[suppress]]
check = "undeployed-change"
api = "orders"
reason = "by design"

[[suppress]]
check = "stage-without-deployment"
reason = "it was once"

[[suppress]]
check = "undeployed-change"
api = "refunds"
reason = "misspelt"

[[suppress]]
check = "key-without-usage-plan"
reason = "until the summer"
until = 2026-06-30

[[suppress]]
check = "handler-error"
reason = "it comes and goes"
"#;

/// What is said of entries, by what each is for.
async fn said(deployed: &Deployed) -> BTreeMap<String, (State, String)> {
    let all = findings(&deployed.store().await).await;
    let own = all.into_iter().filter(|tracked| tracked.finding.check == "suppression-without-effect");
    own.map(|Tracked { finding, state, .. }| (finding.resource.key.unwrap(), (state, finding.title))).collect()
}

fn states(said: &BTreeMap<String, (State, String)>) -> Vec<(&str, State)> {
    said.iter().map(|(key, (state, _))| (key.as_str(), *state)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_run_says_of_entries_what_an_audit_of_everything_says() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.configure(ENTRIES).await;
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let told = said(&deployed).await;
    let entries = config::Config::parse(ENTRIES).unwrap().suppressions;
    let snapshots = tokio::spawn(async { Served::start(small()).await.snapshots().await }).await.unwrap();
    let report = engine::report::audit_with(&snapshots, &|_| true, &entries);
    let expected = report.findings.into_iter().filter(|finding| finding.check == "suppression-without-effect");
    let expected: BTreeMap<String, (State, String)> =
        expected.map(|finding| (finding.resource.key.unwrap(), (State::Open, finding.title))).collect();
    assert_eq!(expected.len(), 3);
    assert_eq!(told, expected);
    let notices = deployed.notices().await;
    let opened = notices.iter().filter(|(_, detail)| detail["check"] == "suppression-without-effect").count();
    assert_eq!(opened, 3);

    // An entry that is taken out is resolved, one that is for something by now too; the others stay.
    let changed = ENTRIES.replace("api = \"refunds\"", "api = \"ord*\"").replace("2026-06-30", "2999-06-30");
    deployed.configure(&changed).await;
    assert_eq!(sweep(&deployed, 7).await, [""; 0]);
    let told = said(&deployed).await;
    let (misspelt, idle, late) =
        ("check=undeployed-change api=refunds", "check=stage-without-deployment", "check=key-without-usage-plan");
    let expected = [(late, State::Resolved), (idle, State::Open), (misspelt, State::Resolved)];
    assert_eq!(states(&told), expected);

    // Where something was not looked at, it is not known; and it is known again when it was.
    instead(&mut deployed, small(), &["get_stages=denied"]).await;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    assert_eq!(said(&deployed).await[idle].0, State::Unknown);
    instead(&mut deployed, small(), &[]).await;

    // The same run again changes nothing, and without a configuration there is nothing to be said.
    let event = schedule(4);
    let mut kept = Vec::new();
    for _ in 0..2 {
        assert_eq!(run(&deployed, event.clone()).await, [""; 0]);
        kept.push(everything(&deployed.store().await).await);
    }
    assert_eq!(kept[0], kept[1]);
    assert_eq!(said(&deployed).await[idle].0, State::Open);
    deployed.settings.config_key = None;
    assert_eq!(sweep(&deployed, 3).await, [""; 0]);
    assert!(said(&deployed).await.values().all(|(state, _)| *state == State::Resolved));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_for_nothing_only_if_it_is_in_every_region() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    // The second region may not be read.
    deployed.settings.regions.push("us-east-1".to_owned());
    let here = "[[suppress]]\ncheck = \"stage-without-deployment\"\nregion = \"eu-west-1\"\nreason = \"it was once\"\n";
    let anywhere = "[[suppress]]\ncheck = \"stage-without-deployment\"\nreason = \"it was once\"\n";
    deployed.configure(&format!("{here}{anywhere}")).await;
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let told = said(&deployed).await;
    assert_eq!(states(&told), [("check=stage-without-deployment region=eu-west-1", State::Open)]);
}

/// How often somebody was asked who may do something.
fn asked(deployed: &Deployed) -> usize {
    let ways = ["apigateway.test_invoke_method", "execute-api.request", "lambda.invoke"];
    let operations = deployed.sandbox.calls().operations;
    operations
        .iter()
        .filter(|(name, _)| ways.contains(&name.as_str()) || name.starts_with("execute-api"))
        .map(|(_, count)| count)
        .sum()
}

async fn malformed(deployed: &Deployed) -> Option<Tracked> {
    let all = findings(&deployed.store().await).await;
    all.into_iter().find(|tracked| tracked.finding.check == "malformed-proxy-response")
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_are_asked_where_the_template_allows_it_and_never_otherwise() {
    let Some(mut deployed) = Deployed::start(verify::refusing()).await else { return };
    // An entry whose secret is in no variable of the function keeps no other from being asked.
    let toml = format!("{0}invoke = true\n{0}method = \"POST\"\napi-key-env = \"NOT_SET_ANYWHERE\"\n", verify::PROBE);
    deployed.configure(&toml).await;
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    assert_eq!((asked(&deployed), malformed(&deployed).await), (0, None));
    deployed.settings.may_probe = true;
    assert_eq!(sweep(&deployed, 7).await, [""; 0]);
    assert_eq!(asked(&deployed), 3, "{:?}", deployed.sandbox.calls().operations);
    let found = malformed(&deployed).await.unwrap();
    assert_eq!(found.finding.title, "GET /orders of prod answers 502: API Gateway refuses what orders-fn returns");
    assert_eq!((found.state, found.finding.evidence[0].source.as_str()), (State::Open, "apigateway:TestInvokeMethod"));
    // What was answered then is not undone by asking no more.
    deployed.settings.may_probe = false;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    assert_eq!((asked(&deployed), malformed(&deployed).await.unwrap().state), (3, State::Open));
    // Nor is anything asked of somebody who opted nothing in.
    let mut other = Deployed::start(shop()).await.unwrap();
    other.settings.may_probe = true;
    let one = json!({ "audit": { "apiId": "k3orders01", "region": "eu-west-1" } });
    assert_eq!(run(&other, one).await, [""; 0]);
    assert_eq!(asked(&other), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entries_name_as_variables_is_in_the_secret_and_nowhere_else() {
    let Some(mut deployed) = Deployed::start(verify::refusing()).await else { return };
    // A variable that the function has is none that an entry may name.
    let entry = |name: &str| format!("{}api-key-env = \"{name}\"\n", verify::PROBE);
    deployed.settings.may_probe = true;
    deployed.configure(&entry("PATH")).await;
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    assert_eq!(asked(&deployed), 0);
    deployed.configure(&entry("ORDERS_API_KEY")).await;
    for (name, text, expected) in [
        ("missing", None, 0),
        ("no-object", Some("a-secret-text".to_owned()), 0),
        ("other", Some(json!({ "OTHER": "a" }).to_string()), 0),
        ("orders", Some(json!({ "ORDERS_API_KEY": "q5pVb2cXn8LkT0sWz7RyG4hJ" }).to_string()), 2),
    ] {
        let secret = format!("{name}-{}", deployed.name);
        if let Some(text) = text {
            let body = json!({ "Name": secret, "SecretString": text });
            deployed.emulator.json("secretsmanager", "secretsmanager.CreateSecret", &body).await;
        }
        deployed.settings.probe_secret = Some(secret);
        assert_eq!(sweep(&deployed, 9).await, [""; 0]);
        assert_eq!(asked(&deployed), expected, "{name}: {:?}", deployed.sandbox.calls().operations);
    }
}

#[test]
fn nothing_but_the_parameter_lets_the_auditor_ask() {
    let template = engine::document::read(&tests::read("template.yaml")).unwrap();
    let variables = |name: &str| template["Resources"][name]["Properties"]["Environment"]["Variables"].clone();
    assert_eq!(variables("AuditorFunction")["PROBE_POLICY"], json!({ "Ref": "ProbePolicy" }));
    assert_eq!(variables("AuditorFunction")["PROBE_SECRET"]["Fn::If"][0], "HasProbeSecret");
    assert_eq!(template["Parameters"]["ProbePolicy"]["Default"], "none");
    for other in ["DispatcherFunction", "DashboardFunction"] {
        assert_eq!(variables(other).get("PROBE_POLICY"), None, "{other}");
    }
    assert_eq!(template["Globals"]["Function"]["Environment"]["Variables"].get("PROBE_POLICY"), None::<&Value>);
}
