//! The logs of what failed: a stage's first, which tell which route a failed call was for, then the functions' own.

use std::collections::BTreeMap;

use engine::arn::FunctionName;
use engine::configuration::RouteKey;
use engine::gateway_log::access::Format;
use engine::gateway_log::execution;
use engine::gateway_log::requests::Requests;
use engine::health::{FunctionHealth, FunctionLog, GatewayHealth, Health, Span, StageHealth};
use engine::logs::{self as engine_logs, Grouping, Options};
use engine::observed::{NotRead, Observed};
use engine::snapshot::{Api, ApiKind, FunctionConfiguration, Snapshot, Stage};
use engine::stage_logs::{AccessLog, StageLogs};
use engine::{arn, invocation};
use futures_util::StreamExt;
use futures_util::stream;
use jiff::SignedDuration;

use crate::logs::{self, Event, LogLimits, Wanted};
use crate::read::Call;
use crate::{AT_ONCE, Account};

/// Spans of one log group that are read apart from each other.
const MOST_SPANS: usize = 12;

/// How many batches of requests are asked for whose route is not told by the line that says that they failed.
const MOST_BATCHES: usize = 20;

/// Texts, in small letters, of which the line of a failure has one.
const MARKS: [&str; 8] =
    ["error", "exception", "panic", "timed out", "status: timeout", "exited", "traceback", "killed"];

/// The same for the lines of a gateway.
const GATEWAY_MARKS: [&str; 3] =
    ["execution failed", "endpoint response body before transformations", "authorizer result body before parsing"];

impl Account {
    /// Reads the logs of the functions and stages of which the metrics say that something failed, or say nothing.
    /// `rates` is how many bytes each log group took in a second, by region and name, where that is known.
    pub(crate) async fn evidence(
        &self,
        snapshot: &Snapshot,
        stages: &[(&Api, &Stage)],
        rates: &BTreeMap<(String, String), f64>,
        limits: &LogLimits,
        health: &mut Health,
    ) {
        // Another account's functions write their logs there.
        let own = health.functions.iter().filter(|function| function.name.account_id == self.id());
        let spans: BTreeMap<FunctionName, Vec<Span>> =
            own.map(|function| (function.name.clone(), failing(snapshot, function, health.span))).collect();
        let whole = health.span;
        let reads = health.stages.iter_mut().zip(stages).map(|(health, (api, stage))| {
            let spans = stage_spans(api, stage, health, &spans, whole);
            async move {
                if spans.is_empty() {
                    return BTreeMap::new();
                }
                let (gateway, routes) = self.gateway(snapshot, api, stage, &spans, limits).await;
                health.gateway = Some(gateway);
                routes
            }
        });
        let reads: Vec<_> = reads.collect();
        let routes: Vec<BTreeMap<String, RouteKey>> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
        let routes: BTreeMap<String, RouteKey> = routes.into_iter().flatten().collect();
        let reads = health.functions.iter_mut().map(|function| {
            let (spans, routes) = (spans.get(&function.name).cloned().unwrap_or_default(), &routes);
            async move {
                if !spans.is_empty() {
                    function.log =
                        Some(self.function_log(snapshot, &function.name, &spans, rates, limits, routes).await);
                }
            }
        });
        let reads: Vec<_> = reads.collect();
        stream::iter(reads).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }

    /// A stage's execution and access log, and which routes calls were for, by Lambda's ids of these.
    async fn gateway(
        &self,
        snapshot: &Snapshot,
        api: &Api,
        stage: &Stage,
        spans: &[Span],
        limits: &LogLimits,
    ) -> (GatewayHealth, BTreeMap<String, RouteKey>) {
        let StageLogs { execution, canary, access, .. } = StageLogs::of(api, stage);
        let mut requests = Requests::default();
        let mut unread = Vec::new();
        for group in execution.iter().chain(&canary) {
            let wanted = Wanted {
                group,
                spans,
                pattern: execution::FAILURES_AND_ANSWERS,
                marks: &GATEWAY_MARKS,
                bytes_per_second: None,
            };
            unread.extend(self.execution_log(&snapshot.region, &wanted, limits, &mut requests).await);
            let open: Vec<String> = requests.without_route().map(str::to_owned).collect();
            for batch in open.chunks(execution::MOST_REQUESTS).take(MOST_BATCHES) {
                let pattern = execution::pattern_of(batch.iter().map(String::as_str));
                let wanted = Wanted { group, spans, pattern: &pattern, marks: &[], bytes_per_second: None };
                if let Some(why) = self.execution_log(&snapshot.region, &wanted, limits, &mut requests).await {
                    unread.push(why);
                    break;
                }
            }
        }
        if let Some(AccessLog { region, group: Some(group), format, .. }) = &access {
            let format = Format::parse(format);
            let tells_stage = format.has("apiId") && format.has("stage");
            if tells_stage || !is_shared(snapshot, group) {
                let wanted = Wanted { group, spans, pattern: "", marks: &[], bytes_per_second: None };
                let own = (api.id.as_str(), stage.name.as_str());
                let mut sink = |event: Event| requests.observe_access(event.time, group, own, &format, &event.message);
                unread.extend(logs::read(&self.clients(region), self.id(), &wanted, limits, &mut sink).await.err());
            } else {
                let call = Call::log_group("logs:FilterLogEvents", arn::log_group(region, self.id(), group));
                unread.push(call.failed(
                    "several stages write into it, and their format does not tell $context.apiId and $context.stage",
                ));
            }
        }
        let (mut health, routes) = requests.finish(snapshot, api, stage);
        unread.sort();
        unread.dedup();
        health.unread = unread;
        (health, routes)
    }

    async fn execution_log(
        &self,
        region: &str,
        wanted: &Wanted<'_>,
        limits: &LogLimits,
        requests: &mut Requests,
    ) -> Option<NotRead> {
        let mut sink = |event: Event| requests.observe_execution(event.time, wanted.group, &event.message);
        logs::read(&self.clients(region), self.id(), wanted, limits, &mut sink).await.err()
    }

    /// A function's own log, wherever its configuration says that it goes.
    async fn function_log(
        &self,
        snapshot: &Snapshot,
        name: &FunctionName,
        spans: &[Span],
        rates: &BTreeMap<(String, String), f64>,
        limits: &LogLimits,
        routes: &BTreeMap<String, RouteKey>,
    ) -> FunctionLog {
        let mut log = FunctionLog::default();
        let call = Call::log_group("logs:FilterLogEvents", name.arn());
        let mut grouping = Grouping::new(Options::default());
        for found in configurations(snapshot, name) {
            match found {
                Err(why) => log.unread.push(why.clone()),
                Ok(FunctionConfiguration { log_group: None, .. }) => {
                    log.unread.push(call.failed("its configuration names no log group"));
                }
                Ok(FunctionConfiguration { log_group: Some(group), .. }) if log.log_groups.contains(group) => {}
                Ok(FunctionConfiguration { log_group: Some(group), runtime, .. }) => {
                    grouping.know(group, &name.name, runtime.as_deref().and_then(engine_logs::Runtime::of));
                    log.log_groups.push(group.clone());
                    let bytes_per_second = rates.get(&(name.region.clone(), group.clone())).copied();
                    let wanted = Wanted { group, spans, pattern: "", marks: &MARKS, bytes_per_second };
                    let is_shared = log_groups_of_others(snapshot, name).any(|other| other == group);
                    let (events, mut nobodys) = (&mut log.events, 0_u64);
                    let mut sink = |event: Event| {
                        match writer(&event.stream) {
                            Some(writer) if is_shared && writer != name.name => return,
                            None if is_shared => {
                                nobodys += 1;
                                return;
                            }
                            _ => *events += 1,
                        }
                        grouping.event(&engine_logs::Event {
                            timestamp: Some(event.time.as_millisecond()),
                            log_group: Some(group),
                            log_stream: Some(&event.stream).filter(|stream| !stream.is_empty()).map(String::as_str),
                            message: event.message.as_bytes(),
                        });
                    };
                    let read = logs::read(&self.clients(&name.region), self.id(), &wanted, limits, &mut sink).await;
                    log.unread.extend(read.err());
                    if nobodys > 0 {
                        let call =
                            Call::log_group("logs:FilterLogEvents", arn::log_group(&name.region, self.id(), group));
                        let reason = format!(
                            "several functions write into it, and of {nobodys} events nothing tells whose they are"
                        );
                        log.unread.push(call.failed(&reason));
                    }
                }
            }
        }
        log.unread.sort();
        log.unread.dedup();
        log.errors = grouping.finish().groups;
        for group in &mut log.errors {
            let hit = group.requests.iter().filter_map(|id| routes.get(id));
            group.routes.extend(hit.map(ToString::to_string));
            // They have served.
            group.requests.clear();
        }
        log
    }
}

/// Whether several stages of the region have an access log in one group.
fn is_shared(snapshot: &Snapshot, group: &str) -> bool {
    let stages =
        snapshot.apis.iter().flat_map(|api| api.stages.ok().into_iter().flatten().map(move |stage| (api, stage)));
    let groups = stages.filter_map(|(api, stage)| StageLogs::of(api, stage).access?.group);
    groups.filter(|own| own == group).count() > 1
}

/// The log groups of other functions than this one.
fn log_groups_of_others<'a>(snapshot: &'a Snapshot, name: &'a FunctionName) -> impl Iterator<Item = &'a String> {
    let others = snapshot.functions.iter().filter(|function| !function.name.is_same_function(name));
    others.filter_map(|function| function.configuration.ok()?.as_ref()?.log_group.as_ref())
}

/// The function that a log stream is of, where its name tells: `2026/10/10/orders-fn[$LATEST]9f3c…`, as Lambda names the
/// streams of log groups that were chosen for a function.
fn writer(stream: &str) -> Option<&str> {
    let (name, _) = stream.split_once('[')?;
    let name = name.rsplit('/').next().unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// The configurations of a function's aliases and versions, as far as they were read.
fn configurations<'a>(
    snapshot: &'a Snapshot,
    name: &'a FunctionName,
) -> impl Iterator<Item = Result<&'a FunctionConfiguration, &'a NotRead>> {
    let own = snapshot.functions.iter().filter(|function| function.name.is_same_function(name));
    own.filter_map(|function| function.configuration.known().map(Option::as_ref).transpose())
}

/// When a function failed: the periods in which errors were counted, and as long after as a call that began in them may
/// have lasted. The whole span where the metrics were not read.
fn failing(snapshot: &Snapshot, function: &FunctionHealth, whole: Span) -> Vec<Span> {
    let metrics = match &function.metrics {
        Observed::Known(metrics) => metrics,
        Observed::NotRead(_) => return vec![whole],
    };
    let timeouts = configurations(snapshot, &function.name).filter_map(|found| found.ok()?.timeout);
    // The longest that Lambda allows, where nobody said.
    let timeout = timeouts.max().unwrap_or(900);
    extended(&metrics.failing, timeout, whole)
}

/// When a stage failed, and when a function that it calls did.
fn stage_spans(
    api: &Api,
    stage: &Stage,
    health: &StageHealth,
    functions: &BTreeMap<FunctionName, Vec<Span>>,
    whole: Span,
) -> Vec<Span> {
    let own = match &health.metrics {
        // A function that fails for this stage's callers makes the stage fail; a WebSocket API counts that elsewhere.
        Observed::Known(metrics) if metrics.server_errors == 0 && api.kind != ApiKind::WebSocket => return Vec::new(),
        Observed::Known(metrics) => extended(&metrics.failing, 60, whole),
        Observed::NotRead(_) => return vec![whole],
    };
    let called =
        invocation::of_stage(api, stage).invocations.into_iter().filter_map(|invocation| invocation.function());
    let called = called.map(|name| FunctionName { qualifier: None, ..name });
    let theirs = called.filter_map(|name| functions.get(&name)).flatten().copied();
    Span::merged(own.into_iter().chain(theirs).collect(), MOST_SPANS)
}

/// Lines come a little after what they tell of.
fn extended(spans: &[Span], seconds: i64, whole: Span) -> Vec<Span> {
    let longer = SignedDuration::from_secs(seconds.clamp(0, 900) + 5);
    let extend = |span: &Span| Span {
        since: span.since,
        until: span.until.checked_add(longer).unwrap_or(span.until).min(whole.until),
    };
    Span::merged(spans.iter().map(extend).collect(), MOST_SPANS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_may_tell_whose_it_is() {
        assert_eq!(writer("2026/10/10/orders-fn[$LATEST]9f3c2ab0"), Some("orders-fn"));
        assert_eq!(writer("2026/10/10/[$LATEST]9f3c2ab0"), None);
        assert_eq!(writer(""), None);
    }
}
