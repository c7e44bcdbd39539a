//! How functions and stages did of late: metrics of all of them first, and logs only of those that failed.

use std::collections::{BTreeMap, BTreeSet};

use engine::arn::FunctionName;
use engine::health::{FunctionHealth, FunctionMetrics, Health, Span, StageHealth, StageMetrics};
use engine::observed::Observed;
use engine::snapshot::{Api, ApiKind, Snapshot, Stage};
use jiff::SignedDuration;

use crate::Account;
use crate::logs::LogLimits;
use crate::metrics::{self, Series, Values};
use crate::read::Call;

/// What is looked at of metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// How far back.
    pub back: SignedDuration,
    /// How much of the logs is read.
    pub limits: LogLimits,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { back: SignedDuration::from_hours(1), limits: LogLimits::default() }
    }
}

type Read = Observed<BTreeMap<Series, Values>>;

impl Account {
    /// How the functions and the stages of a snapshot did.
    pub(crate) async fn health(
        &self,
        snapshot: &Snapshot,
        wants: &(dyn Fn(&str) -> bool + Sync),
        watch: &Watch,
    ) -> Health {
        let until = snapshot.taken_at;
        let span = Span { since: until.checked_sub(watch.back).unwrap_or(until), until };
        let stages: Vec<(&Api, &Stage)> = snapshot
            .apis
            .iter()
            .flat_map(|api| api.stages.ok().into_iter().flatten().map(move |stage| (api, stage)))
            .filter(|(_, stage)| wants(&stage.name))
            .collect();
        let functions = functions(snapshot);
        let signals = self.metrics(snapshot, &functions, &stages, span).await;
        let mut health = Health {
            span,
            functions: functions.iter().map(|name| self.function_health(name, &signals)).collect(),
            stages: stages.iter().map(|(api, stage)| stage_health(snapshot, api, stage, &signals)).collect(),
            probed: Vec::new(),
        };
        let rates = self.particulars(snapshot, &stages, &mut health).await;
        self.evidence(snapshot, &stages, &rates, &watch.limits, &mut health).await;
        health
    }

    /// What tells whether anything failed: of every function and stage, in as few calls as possible.
    async fn metrics(
        &self,
        snapshot: &Snapshot,
        functions: &BTreeSet<FunctionName>,
        stages: &[(&Api, &Stage)],
        span: Span,
    ) -> BTreeMap<String, Read> {
        let mut by_region: BTreeMap<&str, Vec<Series>> = BTreeMap::new();
        for name in functions.iter().filter(|name| name.account_id == self.id()) {
            by_region.entry(&name.region).or_default().extend(FUNCTION_SIGNALS.map(|metric| of_function(name, metric)));
        }
        for (api, stage) in stages {
            by_region.entry(&snapshot.region).or_default().push(of_stage(api, stage, StageMetric::ServerErrors));
        }
        let mut read = BTreeMap::new();
        for (region, series) in by_region {
            read.insert(region.to_owned(), metrics::read(&self.clients(region), &series, span).await);
        }
        read
    }

    fn function_health(&self, name: &FunctionName, signals: &BTreeMap<String, Read>) -> FunctionHealth {
        let call = Call::function("cloudwatch:GetMetricData", name.arn());
        let metrics = if name.account_id == self.id() {
            let of = |read: &BTreeMap<Series, Values>| {
                let [errors, throttles] =
                    FUNCTION_SIGNALS.map(|metric| read.get(&of_function(name, metric)).cloned().unwrap_or_default());
                FunctionMetrics {
                    errors: errors.sum(),
                    throttles: throttles.sum(),
                    failing: errors.spans(),
                    ..FunctionMetrics::default()
                }
            };
            match signals.get(&name.region) {
                Some(read) => read.as_ref().map(of),
                None => Observed::NotRead(call.failed("it was not asked for")),
            }
        } else {
            Observed::NotRead(call.failed(&format!("the function belongs to the account {}", name.account_id)))
        };
        FunctionHealth { name: name.clone(), metrics, log: None }
    }

    /// Asks for the metrics that are of interest only where something failed. Without them nothing is missed. What comes
    /// back is how many bytes the log group of each function that failed took in a second, by region and name.
    async fn particulars(
        &self,
        snapshot: &Snapshot,
        stages: &[(&Api, &Stage)],
        health: &mut Health,
    ) -> BTreeMap<(String, String), f64> {
        let span = health.span;
        let mut by_region: BTreeMap<String, Vec<Series>> = BTreeMap::new();
        let failed = |function: &&FunctionHealth| matches!(&function.metrics, Observed::Known(metrics) if metrics.errors + metrics.throttles > 0);
        for function in health.functions.iter().filter(failed) {
            let series = [INVOCATIONS, DURATION].map(|metric| of_function(&function.name, metric));
            let groups = log_groups(snapshot, &function.name).into_iter().map(|name| of_log_group(name));
            by_region.entry(function.name.region.clone()).or_default().extend(series.into_iter().chain(groups));
        }
        let failing: BTreeSet<(&str, &str)> = health
            .stages
            .iter()
            .filter(|stage| stage.metrics.ok().is_some_and(|metrics| metrics.server_errors > 0))
            .map(|stage| (stage.api_id.as_str(), stage.stage.as_str()))
            .collect();
        for (api, stage) in
            stages.iter().filter(|(api, stage)| failing.contains(&(api.id.as_str(), stage.name.as_str())))
        {
            let series = [StageMetric::ClientErrors, StageMetric::Count].map(|metric| of_stage(api, stage, metric));
            by_region.entry(snapshot.region.clone()).or_default().extend(series);
        }
        let mut read: BTreeMap<String, BTreeMap<Series, Values>> = BTreeMap::new();
        for (region, series) in by_region {
            if let Observed::Known(values) = metrics::read(&self.clients(&region), &series, span).await {
                read.insert(region, values);
            }
        }
        for function in &mut health.functions {
            if let (Observed::Known(metrics), Some(read)) = (&mut function.metrics, read.get(&function.name.region)) {
                metrics.invocations = read.get(&of_function(&function.name, INVOCATIONS)).map(Values::sum);
                metrics.longest_ms = read.get(&of_function(&function.name, DURATION)).and_then(Values::max);
            }
        }
        let rates = read.iter().flat_map(|(region, read)| {
            let groups =
                read.iter().filter(|(series, values)| series.namespace == "AWS/Logs" && values.max().is_some());
            groups.filter_map(|(series, values)| {
                let (_, name) = series.dimensions.first()?;
                Some(((region.clone(), name.clone()), values.sum() as f64 / span.seconds().max(1) as f64))
            })
        });
        let rates = rates.collect();
        let Some(read) = read.get(&snapshot.region) else { return rates };
        for (health, (api, stage)) in health.stages.iter_mut().zip(stages) {
            if let Observed::Known(metrics) = &mut health.metrics {
                let value = |metric| read.get(&of_stage(api, stage, metric)).map(Values::sum);
                (metrics.client_errors, metrics.count) = (value(StageMetric::ClientErrors), value(StageMetric::Count));
            }
        }
        rates
    }
}

/// Where the configurations of a function's versions say that its lines go.
fn log_groups<'a>(snapshot: &'a Snapshot, name: &FunctionName) -> BTreeSet<&'a String> {
    let own = snapshot.functions.iter().filter(|function| function.name.is_same_function(name));
    own.filter_map(|function| function.configuration.ok()?.as_ref()?.log_group.as_ref()).collect()
}

/// How much a log group took in.
fn of_log_group(name: &str) -> Series {
    let dimensions = vec![("LogGroupName", name.to_owned())];
    Series { namespace: "AWS/Logs", metric: "IncomingBytes", stat: "Sum", dimensions }
}

/// The functions of a snapshot that exist, each once, whichever of its aliases and versions is called.
fn functions(snapshot: &Snapshot) -> BTreeSet<FunctionName> {
    let there = snapshot.functions.iter().filter(|function| !matches!(function.configuration, Observed::Known(None)));
    there.map(|function| FunctionName { qualifier: None, ..function.name.clone() }).collect()
}

fn stage_health(snapshot: &Snapshot, api: &Api, stage: &Stage, signals: &BTreeMap<String, Read>) -> StageHealth {
    let series = of_stage(api, stage, StageMetric::ServerErrors);
    let call = Call::control_plane(
        "cloudwatch:GetMetricData",
        &snapshot.region,
        &format!("{}/stages/{}", api.control_plane_path(), stage.name),
    );
    // A REST API's metrics go by its name, which another may have too.
    let read = snapshot.apis.iter().map(|other| (other.kind, &other.name, &other.id));
    let listed = snapshot.others.iter().map(|other| (other.kind, &other.name, &other.id));
    let is_shared = api.kind == ApiKind::Rest
        && read.chain(listed).any(|(kind, name, id)| kind == api.kind && *name == api.name && *id != api.id);
    let metrics = match signals.get(&snapshot.region) {
        _ if is_shared => Observed::NotRead(call.failed("another API has the same name, and so the same metrics")),
        None => Observed::NotRead(call.failed("it was not asked for")),
        Some(read) => read.as_ref().map(|read| {
            let errors = read.get(&series).cloned().unwrap_or_default();
            StageMetrics { server_errors: errors.sum(), failing: errors.spans(), ..StageMetrics::default() }
        }),
    };
    StageHealth { api_id: api.id.clone(), stage: stage.name.clone(), metrics, gateway: None }
}

/// Name and statistic.
type Metric = (&'static str, &'static str);

const FUNCTION_SIGNALS: [Metric; 2] = [("Errors", "Sum"), ("Throttles", "Sum")];
const INVOCATIONS: Metric = ("Invocations", "Sum");
const DURATION: Metric = ("Duration", "Maximum");

fn of_function(name: &FunctionName, (metric, stat): Metric) -> Series {
    let dimensions = vec![("FunctionName", name.name.clone())];
    Series { namespace: "AWS/Lambda", metric, stat, dimensions }
}

/// What is counted of a stage. Each kind of API has its own names for it.
#[derive(Clone, Copy)]
enum StageMetric {
    ServerErrors,
    ClientErrors,
    Count,
}

/// A stage's series. REST APIs' go by the API's name, the others' by its id.
/// (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html and its two siblings.)
fn of_stage(api: &Api, stage: &Stage, metric: StageMetric) -> Series {
    let (key, value) = match api.kind {
        ApiKind::Rest => ("ApiName", api.name.clone()),
        ApiKind::Http | ApiKind::WebSocket => ("ApiId", api.id.clone()),
    };
    let metric = match (api.kind, metric) {
        (ApiKind::Rest, StageMetric::ServerErrors) => "5XXError",
        (ApiKind::Rest, StageMetric::ClientErrors) => "4XXError",
        (ApiKind::Http, StageMetric::ServerErrors) => "5xx",
        (ApiKind::Http, StageMetric::ClientErrors) => "4xx",
        (ApiKind::Rest | ApiKind::Http, StageMetric::Count) => "Count",
        (ApiKind::WebSocket, StageMetric::ServerErrors) => "ExecutionError",
        (ApiKind::WebSocket, StageMetric::ClientErrors) => "ClientError",
        (ApiKind::WebSocket, StageMetric::Count) => "MessageCount",
    };
    Series {
        namespace: "AWS/ApiGateway",
        metric,
        stat: "Sum",
        dimensions: vec![(key, value), ("Stage", stage.name.clone())],
    }
}
