//! The dashboard on one machine: what is kept in a file, and an account that is connected to when it is needed.

use std::collections::BTreeMap;

use collect::facts::{self, Network, Question};
use collect::{Depth, Known, LogLimits, Scope, Watch};
use engine::exchange::Exchange;
use engine::explain::Explanation;
use engine::report::{self, Report};
use jiff::{SignedDuration, Timestamp};
use store::{Sqlite, Store};
use tokio::sync::{Mutex, OnceCell, mpsc};
use web::{Begun, Refusal, Site, Wanted};

use crate::args::SourceArgs;
use crate::error::Failure;
use crate::source::Source;
use crate::text::style::visible;
use crate::{kept, output};

/// The dashboard on one machine.
pub(crate) struct Local {
    store: Store<Sqlite>,
    /// The present, where it stands still: in a recording.
    now: Option<Timestamp>,
    source: OnceCell<Source>,
    /// What the account is connected to with, where it is not yet.
    args: Option<SourceArgs>,
    limits: LogLimits,
    /// Audits that wait: there is room for one, and one runs.
    ask: mpsc::Sender<Wanted>,
    asked: Mutex<mpsc::Receiver<Wanted>>,
}

impl Local {
    pub(crate) fn new(
        store: Store<Sqlite>,
        source: Option<Source>,
        args: Option<SourceArgs>,
        limits: LogLimits,
    ) -> Local {
        let (ask, asked) = mpsc::channel(1);
        let now = source.as_ref().map(|source| source.now);
        let source = OnceCell::new_with(source);
        Local { store, now, source, args, limits, ask, asked: Mutex::new(asked) }
    }

    /// The account, which is connected to by the first who needs it.
    async fn source(&self) -> Result<&Source, Failure> {
        let open = async || match &self.args {
            Some(args) => Source::open(args, None).await,
            None => Err(Failure::new("there is no account to read")),
        };
        self.source.get_or_try_init(open).await
    }

    /// Audits, one after the other, as long as it is asked for.
    pub(crate) async fn work(&self) {
        let mut asked = self.asked.lock().await;
        while let Some(wanted) = asked.recv().await {
            // Whoever asked is gone by now: the terminal tells.
            if let Err(failure) = self.audit_of(&wanted).await {
                output::complain(&failure);
            }
        }
    }

    /// Audits everything, now.
    pub(crate) async fn audit_now(&self) -> Result<(), Failure> {
        self.audit_of(&Wanted::default()).await
    }

    async fn audit_of(&self, wanted: &Wanted) -> Result<(), Failure> {
        let source = self.source().await?;
        let is_elsewhere = wanted.account_id.as_deref().is_some_and(|account| account != source.account.id());
        if is_elsewhere {
            let id = visible(source.account.id());
            return Err(Failure::new(format!(
                "no audit of another account than {id}, whose credentials are used here"
            )));
        }
        let regions = source.account.regions();
        if let Some(region) = wanted.region.as_ref().filter(|region| !regions.contains(region)) {
            return Err(Failure::new(format!("{} is not one of the regions that are read here", visible(region)))
                .help("name it with --region when serving"));
        }
        let scope = Scope {
            apis: wanted.api_id.iter().cloned().collect(),
            depth: Depth::Audit,
            network: source.network(false),
            watch: Watch { limits: self.limits, ..Watch::default() },
            ..Scope::default()
        };
        audit_once(source, self.args.as_ref(), scope, &self.store, true).await.map(drop)
    }
}

/// An audit whose findings are kept: the report, and since when each finding is open, by fingerprint. With the options of
/// a source, the baselines that are kept are used and renewed.
pub(crate) async fn audit_once(
    source: &Source,
    args: Option<&SourceArgs>,
    scope: Scope,
    store: &Store<Sqlite>,
    quiet: bool,
) -> Result<(Report, BTreeMap<String, Timestamp>), Failure> {
    let snapshots = match args {
        Some(args) => source.read_and_renew(args, scope).await?,
        None => source.read(&scope, &Known::default(), quiet).await?,
    };
    let report = report::audit(&snapshots, &|_| true);
    let since = kept::keep_findings(store, &report, &snapshots, &|_| true, quiet).await?;
    Ok((report, since))
}

impl Site for Local {
    type Backend = Sqlite;

    fn store(&self) -> &Store<Sqlite> {
        &self.store
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(collect::now)
    }

    fn late_after(&self) -> Option<SignedDuration> {
        None
    }

    async fn explain(&self, exchange: &Exchange, _account: Option<&str>, region: Option<&str>) -> Explanation {
        let source = self.source().await;
        let reason = source.as_ref().err().map(|failure| failure.message.clone());
        let account = match &source {
            Ok(source) => Ok(&source.account),
            // Request and response alone tell something, too.
            Err(_) => Err(reason.as_deref().unwrap_or_default()),
        };
        let host = exchange.request.host();
        let first = account.ok().and_then(|account| account.regions().first()).map(String::as_str);
        let region = host.region().or(region).or(first).unwrap_or_default();
        let network = source.as_ref().map_or(Network::NotAsked, |source| source.network(false));
        let question = Question { exchange, region, now: self.now(), network: &network };
        facts::explain(account, &question).await.0
    }

    fn can_audit(&self) -> bool {
        true
    }

    async fn audit(&self, wanted: &Wanted) -> Result<Begun, Refusal> {
        let run = self.now();
        match self.ask.try_send(wanted.clone()) {
            Ok(()) => Ok(Begun { run, queued: 1 }),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Refusal::Running),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Refusal::Failed("nobody audits any more".to_owned())),
        }
    }
}
