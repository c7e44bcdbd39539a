//! Everything that failed, grouped as `stagecheck errors` tells it.

use std::collections::{BTreeMap, BTreeSet};

use super::{FunctionHealth, GatewayFailure, Health, Reason};
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
                if is_wanted(&options.functions, function)
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
        let Some(known) = self.groups.get_mut(&group.fingerprint) else {
            self.groups.insert(group.fingerprint.clone(), group);
            return;
        };
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

    fn unread(&mut self, why: &NotRead) {
        self.gaps.insert(Gap { what: why.resource.clone(), why: why.reason() });
    }
}

/// The group of requests that failed at the gateway. Those whose function failed stand in the function's own log.
fn group_of(failure: &GatewayFailure) -> Option<ErrorGroup> {
    if failure.reason == Reason::FunctionError {
        return None;
    }
    let sample = &failure.sample;
    let mut grouping = Grouping::new(Options::default());
    for line in &sample.lines {
        grouping.event(&Event {
            timestamp: Some(sample.time.as_millisecond()),
            log_group: Some(&sample.log_group),
            message: line.as_bytes(),
            ..Event::default()
        });
    }
    let group = grouping.finish().groups.into_iter().next()?;
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
        assert_eq!(kinds, [Kind::MalformedResponse]);
        assert_eq!(errors.groups[0].routes, BTreeSet::from(["GET /orders".to_owned()]));
        assert_eq!(errors.groups[0].functions, BTreeSet::from(["orders-fn".to_owned()]));
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
