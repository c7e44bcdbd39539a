//! What the tests need: the programs, a recorded account under a real SDK, and an independent writer of exports.

pub mod browser;
pub mod dashboard;
pub mod edits;
pub mod emulator;
pub mod exporter;
pub mod fields;
pub mod folder;
pub mod gateway;
pub mod generator;
pub mod http;
pub mod kept;
pub mod lambda;
pub mod oracle;
pub mod programs;
pub mod random;
pub mod schema;
pub mod service;
pub mod shapes;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use collect::facts::{self, Network, Question};
use collect::{Account, Depth, Identity, Known, Scope, Target};
use engine::case::facts::{Facts, Read};
use engine::check::Check;
use engine::drift::{self, ApiDrift};
use engine::exchange::{Exchange, json};
use engine::explain::Explanation;
use engine::report::{self, Report};
use engine::snapshot::Snapshot;
use sandbox::recording::Recording;
use sandbox::{Calls, Fault, Options, Sandbox};
use serde_json::Value;

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

/// A file of the workspace, as text.
pub fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether a check only warns of a cause of failing requests: it stands on the cause's own proof, its tests are in its file,
/// and what it says from wire answers is in `foreseen`.
pub fn is_warning(check: &Check) -> bool {
    let source = read(&format!("crates/engine/src/checks/{}.rs", check.id.replace('-', "_")));
    ["warn as run", "warn_for_browsers as run", "risk as run", "check, judge}"].iter().any(|own| source.contains(own))
}

/// The path of the sample account.
pub fn sample() -> String {
    root().join("examples/shop.json").to_str().expect("the workspace has a name in UTF-8").to_owned()
}

/// The sample account.
pub fn shop() -> Value {
    serde_json::from_str(&read("examples/shop.json")).expect("the sample account is JSON")
}

/// A folder beside the workspace, or the one that `STAGECHECK_SHARED` names, with answers recorded on AWS that are not
/// shipped. Where there is none, the test that asks is left out, and said to be.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STAGECHECK_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    left_out(&format!("{path}: no shared data at {}; set STAGECHECK_SHARED", folder.display()));
    None
}

/// Notes that something could not be tried here, for the summary at the end of `make test`.
pub fn left_out(what: &str) {
    let path = root().join("target/left-out.txt");
    let known = fs::read_to_string(&path).unwrap_or_default();
    if !known.lines().any(|line| line == what) {
        fs::write(&path, format!("{known}{what}\n")).expect("the target folder can be written to");
    }
}

/// A recorded account that is served, and a connection to it through the SDK.
pub struct Served {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The account.
    pub account: Account,
    /// The recording's present.
    pub now: jiff::Timestamp,
    network: Value,
}

impl Served {
    /// Serves a recording.
    pub async fn start(recording: Value) -> Served {
        Served::start_with(recording, Options::default(), None).await
    }

    /// Serves a recording with faults in it.
    pub async fn start_faulty(recording: Value, faults: &[&str]) -> Served {
        let faults = faults.iter().map(|fault| fault.parse::<Fault>().expect("the test writes faults right")).collect();
        Served::start_with(recording, Options { faults, ..Options::default() }, None).await
    }

    /// Serves a recording; with a share, the client keeps to that part of the quota.
    pub async fn start_with(recording: Value, options: Options, quota_share: Option<f64>) -> Served {
        let recording = Recording::parse(&recording.to_string()).expect("the test's recording is one");
        let (now, account_id) = (recording.now().unwrap_or_default(), recording.account_id().to_owned());
        let regions = recording.regions();
        let network = recording.network(&regions[0]);
        let sandbox = Sandbox::start(recording, options).await.expect("loopback can be listened on");
        let target = Target {
            identity: Identity::Nobody,
            endpoint_url: Some(sandbox.endpoint_url()),
            regions,
            account_id: Some(account_id),
            quota_share,
            tap: None,
        };
        let account = Account::connect(target).await.expect("a recording asks for no credentials");
        Served { sandbox, account, now, network }
    }

    /// Reads everything.
    pub async fn snapshots(&self) -> Vec<Snapshot> {
        self.snapshots_of(Depth::Audit, &Known::default()).await
    }

    /// Reads to a certain depth, with what is known already.
    pub async fn snapshots_of(&self, depth: Depth, known: &Known) -> Vec<Snapshot> {
        let scope = Scope { depth, network: self.network(), ..Scope::default() };
        self.account.read(&scope, known, &|| self.now, &|_| {}).await.expect("the recording holds a list of APIs")
    }

    /// The audit of everything.
    pub async fn audit(&self) -> Report {
        report::audit(&self.snapshots().await, &|_| true)
    }

    /// The drift of everything.
    pub async fn drift(&self) -> Vec<ApiDrift> {
        let snapshots = self.snapshots_of(Depth::Drift, &Known::default()).await;
        let apis = snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api)));
        apis.map(|(snapshot, api)| drift::api(snapshot, api, &|_| true)).collect()
    }

    /// The explanation of a request. What the recording's host names led to is in `network`.
    pub async fn explain(&self, exchange: &Exchange) -> Explanation {
        let region = exchange.request.host().region().map_or_else(|| self.account.regions()[0].clone(), str::to_owned);
        let network = self.network();
        let question = Question { exchange, region: &region, now: self.now, network: &network };
        facts::explain(Ok(&self.account), &question).await.0
    }

    /// What an explanation would read, whether one asks for it or not.
    pub async fn read(&self, reads: &BTreeSet<Read>) -> Facts<'static> {
        let request = json::request(&serde_json::json!({ "method": "GET", "url": "https://example.com/" }));
        let exchange = Exchange { request: request.expect("a request"), response: None };
        let (region, network) = (&self.account.regions()[0], Network::NotAsked);
        let question = Question { exchange: &exchange, region, now: self.now, network: &network };
        let mut facts = Facts::new(self.account.id(), region, self.now);
        facts::read(Ok(&self.account), &question, reads, &mut facts).await;
        facts
    }

    /// What the recording's host names led to.
    pub fn network(&self) -> Network {
        Network::Recorded(self.network.clone())
    }

    /// What was asked of the sandbox.
    pub fn calls(&self) -> Calls {
        self.sandbox.calls()
    }
}

/// Sets the value at a JSON pointer, or takes it away where the value is null. What leads there has to exist.
pub fn edit(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    match parent {
        Value::Object(object) if value.is_null() => {
            object.remove(&name).unwrap_or_else(|| panic!("nothing to take away at {pointer}"));
        }
        Value::Object(object) => {
            object.insert(name, value);
        }
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        _ => panic!("{pointer} leads into a scalar"),
    }
}
