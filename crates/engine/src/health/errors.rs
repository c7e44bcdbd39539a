//! Everything that failed, grouped as `stagecheck errors` tells it.

use std::collections::{BTreeMap, BTreeSet};

use super::{FunctionHealth, GatewayFailure, Health, Reason, StageHealth};
use crate::arn::FunctionName;
use crate::logs::{ErrorGroup, Errors, Event, Gap, Grouping, Options, SCHEMA};
use crate::observed::NotRead;

/// Groups what functions' logs and gateways' logs tell. What failed in the same way in several functions is one group.
///
/// With functions or log groups named in `options`, only what is told of these.
pub fn errors(all: &[&Health], options: &Options) -> Errors {
    let mut merged = Merged::default();
    for health in all {
        for function in health.functions.iter().filter(|function| is_wanted(&options.functions, [&function.name.name]))
        {
            merged.add_function(function, &options.log_groups);
        }
        for gateway in health.stages.iter().filter_map(|stage| stage.gateway.as_ref()) {
            for failure in &gateway.failures {
                let function = failure.function.iter().map(|function| &function.name);
                if !is_told_by_function(health, failure)
                    && is_wanted(&options.functions, function)
                    && is_wanted(&options.log_groups, [&failure.sample.log_group])
                {
                    group_of(failure).into_iter().for_each(|group| merged.add(group));
                }
            }
            if options.functions.is_empty() && options.log_groups.is_empty() {
                gateway.unread.iter().for_each(|why| merged.unread(why));
            }
        }
    }
    let mut groups: Vec<ErrorGroup> = merged.groups.into_values().collect();
    groups.sort_by(|a, b| {
        let key = |group: &ErrorGroup| (group.severity, group.count, group.last_seen);
        key(b).cmp(&key(a)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    Errors {
        schema: SCHEMA,
        since: all.iter().map(|health| health.span.since).min(),
        until: all.iter().map(|health| health.span.until).max(),
        lines_read: merged.events,
        groups,
        not_read: merged.gaps.into_iter().collect(),
    }
}

fn is_wanted<'a>(wanted: &BTreeSet<String>, names: impl IntoIterator<Item = &'a String>) -> bool {
    wanted.is_empty() || names.into_iter().any(|name| wanted.contains(name))
}

#[derive(Default)]
struct Merged {
    groups: BTreeMap<String, ErrorGroup>,
    gaps: BTreeSet<Gap>,
    events: u64,
}

impl Merged {
    fn add_function(&mut self, function: &FunctionHealth, log_groups: &BTreeSet<String>) {
        let Some(log) = &function.log else {
            if let (Err(why), true) = (function.metrics.known(), log_groups.is_empty()) {
                self.unread(why);
            }
            return;
        };
        if !is_wanted(log_groups, &log.log_groups) {
            return;
        }
        self.events += log.events;
        log.unread.iter().for_each(|why| self.unread(why));
        log.errors.iter().for_each(|group| self.add(group.clone()));
    }

    fn add(&mut self, group: ErrorGroup) {
        match self.groups.get_mut(&group.fingerprint) {
            Some(known) => merge(known, group),
            None => {
                self.groups.insert(group.fingerprint.clone(), group);
            }
        }
    }

    fn unread(&mut self, why: &NotRead) {
        self.gaps.insert(Gap { what: why.resource.clone(), why: why.reason() });
    }
}

fn merge(known: &mut ErrorGroup, group: ErrorGroup) {
    known.count += group.count;
    known.functions.extend(group.functions);
    known.routes.extend(group.routes);
    known.runtime = known.runtime.filter(|own| group.runtime == Some(*own));
    known.last_seen = known.last_seen.max(group.last_seen);
    // The sample is the earliest, as it is within a group.
    if group.first_seen.is_some() && group.first_seen < known.first_seen {
        (known.first_seen, known.sample, known.message) = (group.first_seen, group.sample, group.message);
    }
}

/// What failed at a stage, by the word of its gateway, as far as no function's own log tells it.
pub fn at_stage(health: &Health, stage: &StageHealth) -> Vec<ErrorGroup> {
    let mut merged = Merged::default();
    let failures = stage.gateway.iter().flat_map(|gateway| &gateway.failures);
    let untold = failures.filter(|failure| !is_told_by_function(health, failure));
    untold.filter_map(group_of).for_each(|group| merged.add(group));
    merged.groups.into_values().collect()
}

/// How a function failed by the word of the gateways, where its own log tells of no failure: it is not there, was not
/// read, is silent, or is another account's.
pub fn told_by_gateways(health: &Health, function: &FunctionName) -> Vec<ErrorGroup> {
    let mut merged = Merged::default();
    let failures =
        health.stages.iter().filter_map(|stage| stage.gateway.as_ref()).flat_map(|gateway| &gateway.failures);
    let is_own = |failure: &&GatewayFailure| {
        failure.reason == Reason::FunctionError
            && failure.function.as_ref().is_some_and(|own| own.is_same_function(function))
            && !is_told_by_function(health, failure)
    };
    failures.filter(is_own).filter_map(group_of).for_each(|group| merged.add(group));
    merged.groups.into_values().collect()
}

/// Whether a failure stands in the log of the function that failed. Where nobody knows which it is, any may be.
fn is_told_by_function(health: &Health, failure: &GatewayFailure) -> bool {
    let tells = |function: &FunctionHealth| {
        let is_own = failure.function.as_ref().is_none_or(|own| own.is_same_function(&function.name));
        is_own && function.log.as_ref().is_some_and(|log| !log.errors.is_empty())
    };
    failure.reason == Reason::FunctionError && health.functions.iter().any(tells)
}

/// The group of requests that failed at the gateway.
fn group_of(failure: &GatewayFailure) -> Option<ErrorGroup> {
    let sample = &failure.sample;
    let timestamp = Some(sample.time.as_millisecond());
    let event = Event { timestamp, log_group: Some(&sample.log_group), ..Event::default() };
    let mut grouping = Grouping::new(Options::default());
    sample.lines.iter().for_each(|line| grouping.event(&Event { message: line.as_bytes(), ..event }));
    let mut group = grouping.finish().groups.into_iter().next();
    if group.is_none() {
        // Lines of an access log have a form that only the stage's settings tell.
        let mut grouping = Grouping::new(Options::default());
        grouping.integration_error(&Event { message: failure.message.as_bytes(), ..event });
        group = grouping.finish().groups.into_iter().next();
        if let Some(group) = &mut group {
            group.sample.lines.clone_from(&sample.lines);
            group.sample.request_id.get_or_insert_with(|| sample.request_id.clone());
        }
    }
    let group = group?;
    Some(ErrorGroup {
        count: failure.seen.count,
        first_seen: Some(failure.seen.first),
        last_seen: Some(failure.seen.last),
        functions: failure.function.iter().map(|function| function.name.clone()).collect(),
        routes: failure.route.iter().map(ToString::to_string).collect(),
        ..group
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{denied, failing_function, healthy, log_executions, logged, stage_failed, told};
    use crate::logs::Kind;

    const KEY_ERROR: &str =
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler";

    #[test]
    fn one_bug_in_two_functions_is_one_group() {
        let (first, mut second) = (failing_function(&[KEY_ERROR]), failing_function(&[KEY_ERROR]));
        let log = logged(&mut second);
        log.errors[0].functions = BTreeSet::from(["other-fn".to_owned()]);
        log.errors[0].routes = BTreeSet::from(["GET /orders".to_owned()]);
        let all = [first.health.as_ref().unwrap(), second.health.as_ref().unwrap()];
        let errors = errors(&all, &Options::default());
        assert_eq!((errors.groups.len(), errors.lines_read), (1, 2));
        let group = &errors.groups[0];
        assert_eq!((group.kind, group.count), (Kind::Exception, 2));
        assert_eq!((group.functions.len(), group.routes.len()), (2, 1));
    }

    #[test]
    fn what_the_gateway_refuses_is_a_group_too() {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        told(
            &mut snapshot,
            &[
                "(r1-r1-r1) HTTP Method: GET, Resource Path: /orders",
                "(r1-r1-r1) Execution failed due to configuration error: Malformed Lambda proxy response",
                "(r2-r2-r2) Lambda execution failed with status 200 due to customer function error: x. Lambda request id: 7f0e7f0e",
            ],
        );
        let errors = errors(&[snapshot.health.as_ref().unwrap()], &Options::default());
        let kinds: Vec<Kind> = errors.groups.iter().map(|group| group.kind).collect();
        assert_eq!(kinds, [Kind::Exception, Kind::MalformedResponse]);
        assert_eq!(errors.groups[0].functions, BTreeSet::new(), "the log does not name the route");
        assert_eq!(errors.groups[1].routes, BTreeSet::from(["GET /orders".to_owned()]));
        assert_eq!(errors.groups[1].functions, BTreeSet::from(["orders-fn".to_owned()]));
    }

    const FUNCTION_ERROR: &str = "due to customer function error: boom. Lambda request id: 7f0e7f0e";

    /// A function that failed, of which its own log says nothing and the gateway's says how.
    fn told_by_the_gateway() -> crate::snapshot::Snapshot {
        let mut snapshot = failing_function(&[]);
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        let lines = ["r1-r1-r1", "r2-r2-r2"].map(|id| {
            [
                format!("({id}) HTTP Method: GET, Resource Path: /orders"),
                format!("({id}) Lambda execution failed with status 200 {FUNCTION_ERROR}"),
            ]
        });
        let lines: Vec<&str> = lines.iter().flatten().map(String::as_str).collect();
        told(&mut snapshot, &lines);
        snapshot
    }

    #[test]
    fn the_gateway_speaks_for_a_function_whose_own_log_is_silent() {
        let shown = |snapshot: &crate::snapshot::Snapshot| {
            let errors = errors(&[snapshot.health.as_ref().unwrap()], &Options::default());
            let show = |group: &ErrorGroup| {
                let functions: Vec<&str> = group.functions.iter().map(String::as_str).collect();
                format!("{} {} {} {functions:?} {:?}", group.kind.name(), group.message, group.count, group.routes)
            };
            errors.groups.iter().map(show).collect::<Vec<_>>()
        };
        let mut snapshot = told_by_the_gateway();
        let expected = [r#"exception boom 2 ["orders-fn"] {"GET /orders"}"#];
        assert_eq!(shown(&snapshot), expected);
        // A function of another account has no log that could be read.
        let health = snapshot.health.as_mut().unwrap();
        health.functions[0].name.account_id = "999988887777".to_owned();
        health.functions[0].metrics = crate::observed::Observed::NotRead(denied("cloudwatch:GetMetricData"));
        health.functions[0].log = None;
        let failure = &mut health.stages[0].gateway.as_mut().unwrap().failures[0];
        failure.function.as_mut().unwrap().account_id = "999988887777".to_owned();
        let name = health.functions[0].name.clone();
        assert_eq!(shown(&snapshot), expected);
        assert_eq!(told_by_gateways(snapshot.health.as_ref().unwrap(), &name).len(), 1);
        // What its own log tells is not counted again.
        let mut snapshot = told_by_the_gateway();
        logged(&mut snapshot).errors = logged(&mut failing_function(&[KEY_ERROR])).errors.clone();
        assert_eq!(shown(&snapshot), [r#"exception 'id' 1 ["orders-fn"] {}"#]);
    }

    #[test]
    fn an_access_log_speaks_for_a_function_where_there_is_no_other_log() {
        let of = |words: &str| {
            let mut snapshot = told_by_the_gateway();
            let failure = &mut snapshot.health.as_mut().unwrap().stages[0].gateway.as_mut().unwrap().failures[0];
            failure.message = words.to_owned();
            failure.reason = Reason::of(words);
            failure.sample.lines = vec![format!("r1 \"GET /orders\" 500 \"{words}\"")];
            let groups = errors(&[snapshot.health.as_ref().unwrap()], &Options::default()).groups;
            let show = |group: &ErrorGroup| {
                let sample = &group.sample;
                assert!(sample.lines[0].starts_with("r1 \"GET /orders\"") && sample.request_id.is_some(), "{sample:?}");
                format!("{} {} {} {:?}", group.kind.name(), group.message, group.count, group.routes)
            };
            groups.iter().map(show).collect::<Vec<_>>().join(", ")
        };
        let id = "79b4f56e-95b1-4643-9700-2807f4e68189";
        let of_http = |said: &str| {
            of(&format!(
                "The Lambda function returned the following error: {said}. Check your Lambda function code and try again."
            ))
        };
        assert_eq!(of_http("no order"), r#"exception no order 2 {"GET /orders"}"#);
        assert_eq!(
            of_http(&format!("{id} Task timed out after 10.00 seconds")),
            r#"timeout Task timed out after 10.00 seconds 2 {"GET /orders"}"#
        );
        assert_eq!(
            of_http(&format!("RequestId: {id} Error: Runtime exited with error: signal: killed")),
            r#"out-of-memory Runtime exited with error: signal: killed 2 {"GET /orders"}"#
        );
        assert_eq!(of("Lambda Customer Function Error:'id'"), r#"exception 'id' 2 {"GET /orders"}"#);
        let role = "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. \
                    Check the permissions and try again.";
        assert_eq!(of(role), format!(r#"permission {role} 2 {{"GET /orders"}}"#));
        assert_eq!(of("INTEGRATION_FAILURE"), "");
    }

    #[test]
    fn failures_of_a_function_with_other_words_are_other_groups() {
        let mut snapshot = told_by_the_gateway();
        let failed = |id: &str, words: &str| {
            format!(
                "({id}) Lambda execution failed with status 200 due to customer function error: {words}. Lambda request id: {id}"
            )
        };
        let lines =
            [failed("r1-r1-r1", "no order 17"), failed("r2-r2-r2", "no order 18"), failed("r3-r3-r3", "closed")];
        told(&mut snapshot, &lines.each_ref().map(String::as_str));
        let errors = errors(&[snapshot.health.as_ref().unwrap()], &Options::default());
        let shown: Vec<_> = errors.groups.iter().map(|group| (group.message.as_str(), group.count)).collect();
        assert_eq!(shown, [("no order 17", 2), ("closed", 1)]);
    }

    #[test]
    fn only_what_is_wanted_and_what_was_not_read_is_named() {
        let mut snapshot = failing_function(&[KEY_ERROR]);
        logged(&mut snapshot).unread.push(denied("logs:FilterLogEvents"));
        let health = snapshot.health.as_ref().unwrap();
        let of = |options: Options| errors(&[health], &options);
        let named = |name: &str| BTreeSet::from([name.to_owned()]);
        let own = of(Options { functions: named("orders-fn"), ..Options::default() });
        assert_eq!((own.groups.len(), own.not_read.len()), (1, 1));
        let other = of(Options { functions: named("other-fn"), ..Options::default() });
        assert_eq!((other.groups.len(), other.not_read.len()), (0, 0));
        let group = of(Options { log_groups: named("/aws/lambda/orders-fn"), ..Options::default() });
        assert_eq!(group.groups.len(), 1);
    }
}
