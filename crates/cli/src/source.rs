//! Where the account is: on AWS, at an endpoint, or in a recording.

use std::io::Read as _;
use std::path::Path;
use std::{env, fs, io};

use collect::facts::Network;
use collect::{Account, Depth, Identity, Known, LogLimits, Scope, Tap, Target, Watch};
use engine::drift::ApiDrift;
use engine::report::DriftReport;
use engine::snapshot::{Snapshot, Stage};
use jiff::{SignedDuration, Timestamp};
use sandbox::Sandbox;
use sandbox::recording::Recording;

use crate::args::{LogArgs, SelectionArgs, Since, SourceArgs};
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::kept::Kept;
use crate::output::{self, Reporter};
use crate::text::style::visible;

/// An account to read, and what is its present.
pub(crate) struct Source {
    pub(crate) account: Account,
    /// The time that checks take for the present.
    pub(crate) now: Timestamp,
    /// Where host names may be looked up: in a recording, where one is read.
    recorded_network: Option<Network>,
    /// The sandbox that serves the recording, as long as this lives.
    sandbox: Option<Sandbox>,
}

impl Source {
    /// Connects to the account that the options name.
    pub(crate) async fn open(args: &SourceArgs, tap: Option<Tap>) -> Result<Source, Failure> {
        let Some(path) = &args.recording else {
            let target = Target {
                identity: Identity::Environment { profile: args.profile.clone() },
                endpoint_url: args.endpoint_url.clone().or_else(|| env::var("AWS_ENDPOINT_URL").ok()),
                regions: args.regions.clone(),
                account_id: None,
                quota_share: Some(args.quota_share),
                tap,
            };
            return Ok(Source {
                account: Account::connect(target).await?,
                now: collect::now(),
                recorded_network: None,
                sandbox: None,
            });
        };
        let recording = read_recording(path)?;
        if recording.accounts() > 1 {
            let (accounts, first) = (recording.accounts(), visible(recording.account_id()));
            output::say(&format!("the recording holds {accounts} accounts; only the first, {first}, is read"));
        }
        let quota_share = args.quota.map(|_| args.quota_share);
        Source::open_recording(recording, &args.regions, quota_share, tap).await
    }

    /// Serves a recording in this process and connects to it. With a share, the rate limits hold on both sides.
    pub(crate) async fn open_recording(
        recording: Recording,
        regions: &[String],
        quota_share: Option<f64>,
        tap: Option<Tap>,
    ) -> Result<Source, Failure> {
        if let Some(unknown) = regions.iter().find(|region| recording.region(region).is_none()) {
            return Err(Failure::new(format!("the recording holds nothing of the region {unknown}"))
                .help(format!("it holds: {}", recording.regions().join(", "))));
        }
        let regions = if regions.is_empty() { recording.regions() } else { regions.to_vec() };
        let now = recording.now().unwrap_or_default();
        let account_id = recording.account_id().to_owned();
        let recorded_network = regions.first().map(|region| Network::Recorded(recording.network(region)));
        let options = sandbox::Options { quota: quota_share.is_some(), ..sandbox::Options::default() };
        let sandbox = Sandbox::start(recording, options).await;
        let sandbox =
            sandbox.map_err(|error| Failure::new(format!("cannot serve the recording on loopback: {error}")))?;
        let target = Target {
            identity: Identity::Nobody,
            endpoint_url: Some(sandbox.endpoint_url()),
            regions,
            account_id: Some(account_id),
            quota_share,
            tap,
        };
        Ok(Source { account: Account::connect(target).await?, now, recorded_network, sandbox: Some(sandbox) })
    }

    /// Reads a scope with what is kept, and renews that.
    pub(crate) async fn read_and_renew(&self, args: &SourceArgs, mut scope: Scope) -> Result<Vec<Snapshot>, Failure> {
        let kept = Kept::open(args);
        scope.trail = args.trail(kept.trail_use());
        let mut snapshots = self.read(&scope, &kept.known(self.account.id())?, args.quiet).await?;
        kept.renew(&mut snapshots, args.quiet)?;
        Ok(snapshots)
    }

    /// Reads a scope, with what is known already.
    pub(crate) async fn read(&self, scope: &Scope, known: &Known, quiet: bool) -> Result<Vec<Snapshot>, Failure> {
        let reporter = Reporter::new(quiet);
        let clock = || self.clock();
        let tell = |progress| reporter.tell(progress);
        let read = self.unless_interrupted(self.account.read(scope, known, &clock, &tell)).await;
        reporter.finish();
        let snapshots = read??;
        check_stages(&snapshots, &scope.stages)?;
        Ok(snapshots)
    }

    /// The present. In a recording time stands still.
    pub(crate) fn clock(&self) -> Timestamp {
        if self.sandbox.is_some() { self.now } else { collect::now() }
    }

    /// Waits for something that is read, until somebody presses Ctrl-C: nothing that costs is then left running.
    pub(crate) async fn unless_interrupted<T>(&self, read: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = read => Ok(done),
            _ = tokio::signal::ctrl_c() => {
                self.account.stop_queries().await;
                Err(Failure::new("interrupted"))
            }
        }
    }

    /// How far back metrics and logs are looked at, and how much of them.
    pub(crate) fn watch(&self, since: Option<Since>, logs: &LogArgs, file: &ConfigFile) -> Watch {
        let mut watch = Watch { limits: limits(logs, file), ..Watch::default() };
        if let Some(since) = since {
            watch.back = self.now.duration_since(since.before(self.now)).max(SignedDuration::ZERO);
        }
        watch
    }

    /// Where host names are looked up: a recording is the network; otherwise nowhere, unless that was asked for.
    pub(crate) fn network(&self, is_asked: bool) -> Network {
        match (&self.recorded_network, is_asked) {
            (Some(recorded), _) => recorded.clone(),
            (None, true) => Network::Resolver,
            (None, false) => Network::NotAsked,
        }
    }

    /// The drift of this account's APIs, with what could not be listed of them.
    pub(crate) fn drift_report(&self, snapshots: &[Snapshot], apis: Vec<ApiDrift>) -> DriftReport {
        let unlisted = snapshots.iter().flat_map(|snapshot| &snapshot.unlisted).map(|list| list.why.reason());
        DriftReport::new(Some(self.account.id().to_owned()), Some(self.now), apis, unlisted.collect())
    }
}

/// How much of the logs may be looked at.
pub(crate) fn limits(logs: &LogArgs, file: &ConfigFile) -> LogLimits {
    let limits = LogLimits::default();
    LogLimits { query_bytes: logs.query_limit.or(file.config.query_bytes).unwrap_or(limits.query_bytes), ..limits }
}

/// Reads a recording from a file.
pub(crate) fn read_recording(path: &Path) -> Result<Recording, Failure> {
    let text = read_file(path)?;
    Recording::parse(&text).map_err(|error| {
        Failure::new(format!("{} cannot be used: {error}", path.display()))
            .help("stagecheck record writes recordings; docs/recordings.md describes their form")
    })
}

/// Reads a text file.
pub(crate) fn read_file(path: &Path) -> Result<String, Failure> {
    read_text(path, "give a JSON document, written in UTF-8 and not compressed")
}

/// Reads a file of text, or standard input where the path is `-`; `help` says what to do where it is none in UTF-8.
pub(crate) fn read_text(path: &Path, help: &str) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") { standard_input() } else { fs::read(path) }.map_err(|error| {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "check the path: it is looked for from the folder that the command runs in",
            io::ErrorKind::IsADirectory => "name a file in it",
            _ => "check that it may be read",
        };
        Failure::new(format!("cannot read {}: {error}", path.display())).help(help)
    })?;
    String::from_utf8(bytes).map_err(|_| Failure::new(format!("{} is not text in UTF-8", path.display())).help(help))
}

fn standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What of the account is asked for.
pub(crate) fn scope(args: &SelectionArgs, depth: Depth) -> Scope {
    Scope { apis: args.api.clone(), stages: args.stage.clone(), depth, ..Scope::default() }
}

/// Whether a stage was asked for.
pub(crate) fn wants_stage(args: &SelectionArgs) -> impl Fn(&Stage) -> bool {
    |stage| args.stage.is_empty() || args.stage.contains(&stage.name)
}

/// A stage that was asked for, and that no API has, is an error; unless some API's stages could not be listed.
fn check_stages(snapshots: &[Snapshot], wanted: &[String]) -> Result<(), Failure> {
    let apis = || snapshots.iter().flat_map(|snapshot| &snapshot.apis);
    let unlisted = apis().find_map(|api| api.stages.known().err());
    for name in wanted {
        let is_there = apis().flat_map(|api| api.stages.ok().into_iter().flatten()).any(|stage| stage.name == *name);
        match (is_there, unlisted) {
            (true, _) => {}
            (false, Some(why)) => {
                return Err(Failure::new(format!(
                    "the stage `{name}` was not found, and not all stages could be listed"
                ))
                .help(why.reason()));
            }
            (false, None) => {
                let mut names: Vec<&str> = apis()
                    .flat_map(|api| api.stages.ok().into_iter().flatten())
                    .map(|stage| stage.name.as_str())
                    .collect();
                names.sort_unstable();
                names.dedup();
                return Err(Failure::new(format!("none of the APIs has a stage `{name}`"))
                    .help(format!("their stages are: {}", names.join(", "))));
            }
        }
    }
    Ok(())
}
