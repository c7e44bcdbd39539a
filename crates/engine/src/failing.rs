//! What the checks on failing functions and stages share: whom they look at, and how they say what they saw.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::check::{Check, Context, Outcome};
use crate::command::Aws;
use crate::configuration::RouteKey;
use crate::finding::{Remedy, Resource};
use crate::health::{self, AnswerProblem, FunctionHealth, GatewayHealth, Health, Probed, Sample, Seen, StageHealth};
use crate::logs::{ErrorGroup, Kind};
use crate::observed::NotRead;
use crate::snapshot::{Api, Snapshot, Stage};
use crate::stage_logs::StageLogs;

/// The stages of certain kinds of API whose health was asked for.
pub fn stages<'a>(context: &'a Context, check: &'static Check) -> Vec<(&'a Api, &'a Stage, &'a StageHealth)> {
    let Some(health) = &context.snapshot.health else { return Vec::new() };
    let found = health.stages.iter().filter_map(|health| {
        let api =
            context.snapshot.apis.iter().find(|api| api.id == health.api_id && check.kinds.contains(&api.kind))?;
        let stage = api.stages.ok()?.iter().find(|stage| stage.name == health.stage)?;
        Some((api, stage, health))
    });
    found.collect()
}

/// What the logs tell of each stage that failed. Where they were not read, or there are none, `out` says so.
pub fn gateways<'a>(
    context: &'a Context,
    check: &'static Check,
    out: &mut Outcome,
) -> Vec<(&'a Api, &'a Stage, &'a GatewayHealth)> {
    let mut found = Vec::new();
    for (api, stage, health) in stages(context, check) {
        let resource = || Resource::stage(context.snapshot, api, &stage.name);
        let Some(gateway) = &health.gateway else { continue };
        gateway.unread.iter().for_each(|why| out.not_evaluated(resource(), why));
        let has_log = has_log(api, stage);
        match health.metrics.known() {
            Err(why) if !has_log => out.not_evaluated(resource(), why),
            Ok(metrics) if !has_log && metrics.server_errors > 0 => {
                let times = times(metrics.server_errors);
                out.undecided(resource(), format!("the stage failed {times}, and writes no log that tells why"));
            }
            _ => {}
        }
        found.push((api, stage, gateway));
    }
    found
}

/// Whether a stage writes a log that can be read.
pub fn has_log(api: &Api, stage: &Stage) -> bool {
    let logs = StageLogs::of(api, stage);
    logs.execution.is_some() || logs.access.is_some_and(|access| access.group.is_some())
}

/// Reports the groups of certain kinds, one finding for each function and group.
pub fn report_groups(
    context: &Context,
    out: &mut Outcome,
    is_own: fn(Kind) -> bool,
    fix: fn(&FunctionHealth, &Snapshot) -> String,
) {
    let Some(health) = &context.snapshot.health else { return };
    for function in &health.functions {
        unread(context.snapshot, function, out);
        let told = health::told_by_gateways(health, &function.name);
        let groups = function.log.iter().flat_map(|log| &log.errors).chain(&told);
        for group in groups.filter(|group| is_own(group.kind)) {
            report_group(context.snapshot, health, function, group, out, &fix(function, context.snapshot));
        }
    }
}

/// Reports answers of functions that the gateway lets through although they break a rule, one finding for each route.
/// `lacks` says what they do: `answers without a body`.
pub fn report_let_through(context: &Context, check: &'static Check, rule: &str, lacks: &str, out: &mut Outcome) {
    let snapshot = context.snapshot;
    let broken = |problems: &'_ [AnswerProblem]| {
        problems.iter().find(|problem| problem.rule == rule && !problem.is_error).cloned()
    };
    let mut reported = BTreeSet::new();
    for (api, stage, gateway) in gateways(context, check, out) {
        for answer in gateway.answers.iter().filter(|answer| !answer.is_refused && !answer.is_of_authorizer) {
            let Some(problem) = broken(&answer.problems) else { continue };
            // Answers of one route that are wrong in other ways, too, are the same finding.
            if !reported.insert((&api.id, &stage.name, answer.route.as_ref())) {
                continue;
            }
            let mut resource = at_route(snapshot, api, stage, answer.route.as_ref());
            if let Some(function) = &answer.function {
                resource = resource.with_function(function.arn());
            }
            let function = answer.function.as_ref().map_or("the function".to_owned(), ToString::to_string);
            let route = route_words(answer.route.as_ref());
            out.finding(check.severity, resource, format!("{function} {lacks} for {route} of {}", stage.name))
                .detail(format!("{}. {}", problem.message.trim_end_matches('.'), seen(&answer.seen)))
                .evidence("logs:FilterLogEvents", &answer.sample.log_group, answer.sample.lines.clone())
                .remedy(gateway_remedy(&problem.fix, &snapshot.region, &answer.sample));
        }
    }
    for (api, stage, answer) in probed(context, check).into_iter().filter(|(.., answer)| !answer.is_refused) {
        let Some(problem) = broken(&answer.problems) else { continue };
        if !reported.insert((&api.id, &stage.name, Some(&answer.route))) {
            continue;
        }
        let function = answer.function.as_ref().map_or("the function".to_owned(), ToString::to_string);
        let title = format!("{function} {lacks} for {} of {}", answer.route, stage.name);
        out.finding(check.severity, of_probe(snapshot, api, stage, answer), title)
            .detail(format!("{}. {}", problem.message.trim_end_matches('.'), asked(answer)))
            .evidence(&answer.source, &problem.path, problem.rule.clone())
            .remedy(Remedy::advice(&problem.fix));
    }
}

/// What functions answered when they were asked, of the kinds of API that a check looks at.
pub fn probed<'a>(context: &'a Context, check: &'static Check) -> Vec<(&'a Api, &'a Stage, &'a Probed)> {
    let probed = context.snapshot.health.iter().flat_map(|health| &health.probed);
    let found = probed.filter_map(|answer| {
        let own = |api: &&Api| api.id == answer.api_id && check.kinds.contains(&api.kind);
        let api = context.snapshot.apis.iter().find(own)?;
        Some((api, api.stage(&answer.stage)?, answer))
    });
    found.collect()
}

/// The route that was asked, and its function.
pub fn of_probe(snapshot: &Snapshot, api: &Api, stage: &Stage, answer: &Probed) -> Resource {
    let resource = at_route(snapshot, api, stage, Some(&answer.route));
    match &answer.function {
        Some(function) => resource.with_function(function.arn()),
        None => resource,
    }
}

/// `It answered so when it was asked, at …`.
pub fn asked(answer: &Probed) -> String {
    format!("It answered so when it was asked, at {}.", answer.at)
}

/// Says what was not read of a function's failures.
fn unread(snapshot: &Snapshot, function: &FunctionHealth, out: &mut Outcome) {
    let resource = || Resource::function(snapshot, &function.name);
    match (&function.log, function.metrics.known()) {
        (Some(log), _) => log.unread.iter().for_each(|why| out.not_evaluated(resource(), why)),
        // The log of a function that did not fail is not read.
        (None, Ok(_)) => {}
        (None, Err(why)) => out.not_evaluated(resource(), why),
    }
}

fn report_group(
    snapshot: &Snapshot,
    health: &Health,
    function: &FunctionHealth,
    group: &ErrorGroup,
    out: &mut Outcome,
    fix: &str,
) {
    let name = &function.name.name;
    let resource = Resource::function(snapshot, &function.name).with_key(&group.fingerprint);
    let title = match group.kind {
        Kind::LoggedError => format!("{name} logs {}", what(group)),
        Kind::Timeout => format!("{name} runs into its timeout: {}", shortened(&group.message)),
        Kind::OutOfMemory => format!("{name} runs out of memory: {}", what(group)),
        _ => format!("{name} fails: {}", what(group)),
    };
    let invocations = function.metrics.ok().and_then(|metrics| metrics.invocations);
    let of = invocations.map(|all| format!(", of {all} invocations")).unwrap_or_default();
    let routes: Vec<&str> = group.routes.iter().map(String::as_str).collect();
    let hit = if routes.is_empty() { String::new() } else { format!(" It was hit by {}.", routes.join(", ")) };
    let seen = match (group.first_seen, group.last_seen) {
        (Some(first), Some(last)) if first != last => format!(" between {first} and {last}"),
        (Some(at), _) | (None, Some(at)) => format!(" at {at}"),
        (None, None) => format!(" since {}", health.span.since),
    };
    let sample = &group.sample;
    let source = "logs:FilterLogEvents";
    let draft = out
        .finding(group.severity, resource, title)
        .detail(format!("It was seen {}{seen}{of}.{hit}", times(group.count)))
        .evidence(source, sample.log_group.clone().unwrap_or_default(), sample.lines.clone())
        .remedy(remedy(
            fix,
            &function.name.region,
            sample.log_group.as_deref(),
            sample.request_id.as_deref(),
            sample.timestamp,
        ));
    if let Some(metrics) = function.metrics.ok() {
        draft.evidence("cloudwatch:GetMetricData", "AWS/Lambda Errors", metrics.errors);
    }
}

/// What a group is, in a few words.
fn what(group: &ErrorGroup) -> String {
    let message = shortened(&group.message);
    match &group.error_type {
        Some(name) if message.is_empty() => name.clone(),
        // A message that begins with its type says it once.
        Some(name) if !message.starts_with(name.as_str()) => format!("{name}: {message}"),
        _ if message.is_empty() => group.kind.name().to_owned(),
        _ => message,
    }
}

/// A message that fits into a title.
pub fn shortened(message: &str) -> String {
    const LONGEST: usize = 120;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message.to_owned(),
    }
}

/// `once`, `twice`, `3 times`.
pub fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `It was seen 3 times, between … and …`.
pub fn seen(seen: &Seen) -> String {
    let Seen { count, first, last } = seen;
    if first == last {
        format!("It was seen {}, at {first}.", times(*count))
    } else {
        format!("It was seen {}, between {first} and {last}.", times(*count))
    }
}

/// What mends it, and the command that shows the lines of the sample.
fn remedy(fix: &str, region: &str, group: Option<&str>, request: Option<&str>, time: Option<Timestamp>) -> Remedy {
    let (Some(group), Some(request)) = (group, request) else { return Remedy::advice(fix) };
    let mut command = Aws::new("logs filter-log-events").option("--log-group-name", group);
    command = command.option("--filter-pattern", &format!("\"{request}\""));
    if let Some(time) = time {
        let start = time.as_millisecond() - 15 * 60 * 1000;
        command = command.option("--start-time", &start.to_string());
    }
    Remedy::command(format!("{fix}; this shows the lines of one request"), command.option("--region", region))
}

/// What mends something at a gateway, and the command that shows the lines of the sample.
pub fn gateway_remedy(fix: &str, region: &str, sample: &Sample) -> Remedy {
    remedy(fix, region, Some(&sample.log_group), Some(&sample.request_id), Some(sample.time))
}

/// A stage, narrowed to the route if it is known.
pub fn at_route(snapshot: &Snapshot, api: &Api, stage: &Stage, route: Option<&RouteKey>) -> Resource {
    let resource = Resource::stage(snapshot, api, &stage.name);
    match route {
        Some(route) => resource.with_route(route),
        None => resource,
    }
}

/// Words for a route that may not be known.
pub fn route_words(route: Option<&RouteKey>) -> String {
    route.map_or_else(|| "a route that the log does not name".to_owned(), ToString::to_string)
}

/// Whether something was not read because it does not exist.
pub fn is_gone(why: &NotRead) -> bool {
    why.why == crate::observed::Why::Gone
}
