//! What becomes of findings.

mod parts;
mod unread;

use super::*;
use crate::finding::{Evidence, Remedy, Severity, Suppressed};
use crate::fixture::{self, ACCOUNT, REGION, denied};
use crate::health::Probed;
use crate::observed::Observed;
use crate::snapshot::{ApiKind, Snapshot, Unlisted};

const API: &str = "a1b2c3d4e5";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn";

fn at(hour: i64) -> Timestamp {
    "2026-10-10T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn finding(check: &str, resource: Resource) -> Finding {
    Finding {
        fingerprint: resource.fingerprint(check),
        check: check.to_owned(),
        severity: Severity::High,
        resource,
        title: "one line".to_owned(),
        detail: String::new(),
        evidence: Vec::new(),
        remedy: Remedy::default(),
        causes: Vec::new(),
        suppressed: None,
    }
}

/// Resources of the healthy account, by what a case calls them.
fn resource(name: &str) -> Resource {
    let snapshot = fixture::healthy();
    let api = &snapshot.apis[0];
    let stage = || Resource::stage(&snapshot, api, "prod");
    match name {
        "api" => Resource::api(&snapshot, api),
        "stage" => stage(),
        "route" => stage().with_route(&crate::configuration::RouteKey::parse("GET /orders")),
        "other route" => stage().with_route(&crate::configuration::RouteKey::parse("PUT /orders")),
        "other stage" => Resource::stage(&snapshot, api, "dev"),
        "function" => Resource::function(&snapshot, &snapshot.functions[0].name),
        "group" => resource("function").with_key("0123456789abcdef"),
        "key" => Resource::regional(&snapshot, "/apikeys/k1"),
        "domain" => Resource::regional(&snapshot, "/domainnames/api.example.com"),
        "mapping" => Resource {
            api_id: Some(API.to_owned()),
            stage: Some("gone".to_owned()),
            ..resource("domain").with_key("shop")
        },
        "list of REST APIs" => Resource::regional(&snapshot, "/restapis"),
        other => panic!("no resource {other}"),
    }
}

fn gap(check: &str, name: &str) -> NotEvaluated {
    NotEvaluated { check: check.to_owned(), resource: resource(name), reason: "denied".to_owned(), needs: Vec::new() }
}

/// What is known of findings after runs.
#[derive(Default)]
struct Known(BTreeMap<String, Tracked>);

impl Known {
    fn run(&mut self, hour: i64, coverage: &Coverage, findings: &[Finding], not_evaluated: &[NotEvaluated]) {
        let findings = findings.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
        let run = Run { at: at(hour), now: at(24), coverage, findings, not_evaluated, not_looked_up: &[] };
        let changed = reconcile(&self.0, &run);
        self.0.extend(changed);
    }

    /// State, reason, hour of the first and of the last sight, and hours of the changes, of the only finding.
    fn only(&self) -> String {
        assert_eq!(self.0.len(), 1);
        let known = self.0.values().next().unwrap();
        let hour = |time: Timestamp| time.duration_since(at(0)).as_hours();
        let changes: Vec<String> =
            known.history.iter().map(|change| format!("{}:{:?}", hour(change.at), change.state)).collect();
        let reason = known.reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let (first, last) = (hour(known.first_seen), hour(known.last_seen));
        assert_eq!(known.history.last().unwrap().state, known.state);
        format!("{:?}{reason}, seen {first} to {last}, {}", known.state, changes.join(" ")).to_lowercase()
    }
}

fn audit(snapshot: &Snapshot) -> Coverage {
    Coverage::of(std::slice::from_ref(snapshot), &|_| true)
}

/// A finding that was opened by a run over the healthy account at hour 1.
fn opened(check: &str, name: &str) -> (Known, Finding) {
    let mut known = Known::default();
    let finding = finding(check, resource(name));
    known.run(1, &audit(&fixture::healthy()), std::slice::from_ref(&finding), &[]);
    assert_eq!(known.only(), "open, seen 1 to 1, 1:open");
    (known, finding)
}

#[test]
fn a_finding_opens_stays_open_is_resolved_and_opens_again() {
    let (mut known, finding) = opened("undeployed-change", "route");
    let all = audit(&fixture::healthy());
    known.run(2, &all, std::slice::from_ref(&finding), &[]);
    assert_eq!(known.only(), "open, seen 1 to 2, 1:open");
    known.run(3, &all, &[], &[]);
    assert_eq!(known.only(), "resolved, seen 1 to 2, 1:open 3:resolved");
    known.run(4, &all, &[], &[]);
    assert_eq!(known.only(), "resolved, seen 1 to 2, 1:open 3:resolved");
    known.run(5, &all, &[finding], &[]);
    assert_eq!(known.only(), "open, seen 1 to 5, 1:open 3:resolved 5:open");
}

#[test]
fn what_was_not_evaluated_is_never_resolved() {
    for (check, name, unread, expected) in [
        ("undeployed-change", "route", "api", "unknown"),
        ("undeployed-change", "route", "stage", "unknown"),
        ("undeployed-change", "route", "route", "unknown"),
        ("undeployed-change", "stage", "route", "unknown"),
        ("undeployed-change", "route", "list of REST APIs", "unknown"),
        ("undeployed-change", "route", "other route", "resolved"),
        ("undeployed-change", "route", "other stage", "resolved"),
        ("handler-error", "group", "function", "unknown"),
        ("key-without-usage-plan", "key", "key", "unknown"),
        ("key-without-usage-plan", "key", "list of REST APIs", "resolved"),
        ("domain-mapping-to-missing-stage", "mapping", "domain", "unknown"),
        ("domain-mapping-to-missing-stage", "mapping", "key", "resolved"),
    ] {
        let (mut known, _) = opened(check, name);
        known.run(2, &audit(&fixture::healthy()), &[], &[gap(check, unread)]);
        let state = known.0.values().next().unwrap().state;
        assert_eq!(format!("{state:?}").to_lowercase(), expected, "{check} of {name}, with {unread} unread");
    }
    // What another check could not evaluate says nothing of this one.
    let (mut known, _) = opened("undeployed-change", "route");
    known.run(2, &audit(&fixture::healthy()), &[], &[gap("handler-error", "api")]);
    assert_eq!(known.only(), "resolved, seen 1 to 1, 1:open 2:resolved");
}

#[test]
fn an_unknown_finding_ends_when_it_can_be_looked_at_again() {
    let all = audit(&fixture::healthy());
    let unread = [gap("undeployed-change", "api")];
    let (mut known, finding) = opened("undeployed-change", "route");
    known.run(2, &all, &[], &unread);
    known.run(3, &all, &[], &unread);
    assert_eq!(known.only(), "unknown (denied), seen 1 to 1, 1:open 2:unknown");
    known.run(4, &all, &[finding], &[]);
    let since = |known: &Known| known.0.values().next().unwrap().open_since();
    assert_eq!(since(&known), Some(at(1)));
    known.run(5, &all, &[], &unread);
    known.run(6, &all, &[], &[]);
    assert_eq!(known.only(), "resolved, seen 1 to 4, 1:open 2:unknown 4:open 5:unknown 6:resolved");
    assert_eq!(since(&known), None);
    known.run(7, &all, &[], &unread);
    assert_eq!(known.only(), "resolved, seen 1 to 4, 1:open 2:unknown 4:open 5:unknown 6:resolved");
}

/// A snapshot of the healthy account, edited.
fn edited(edit: impl FnOnce(&mut Snapshot)) -> Coverage {
    let mut snapshot = fixture::healthy();
    edit(&mut snapshot);
    audit(&snapshot)
}

fn unlist(snapshot: &mut Snapshot, kind: ApiKind) {
    snapshot.apis.clear();
    snapshot.unlisted.push(Unlisted { kinds: vec![kind], why: denied("apigateway:GetRestApis") });
}

fn other_api(snapshot: &mut Snapshot) {
    snapshot.complete = false;
    snapshot.apis[0].id = "other".to_owned();
}

#[test]
fn what_was_no_part_of_the_run_stays_as_it_is_and_what_is_gone_is_resolved() {
    let unchanged = "open, seen 1 to 1, 1:open";
    let resolved = "resolved, seen 1 to 1, 1:open 2:resolved";
    let no_api = "resolved (the api does not exist any more), seen 1 to 1, 1:open 2:resolved";
    let no_stage = "resolved (the stage does not exist any more), seen 1 to 1, 1:open 2:resolved";
    let no_caller = "resolved (no api calls the function any more), seen 1 to 1, 1:open 2:resolved";
    let denied_list = "unknown (access denied: apigateway:get on arn:aws:… (for apigateway:getrestapis)), seen 1 to 1, 1:open 2:unknown";
    let denied_stages = "unknown (access denied: apigateway:get on arn:aws:… (for apigateway:getstages)), seen 1 to 1, 1:open 2:unknown";
    let denied_routes = "unknown (access denied: apigateway:get on arn:aws:… (for apigateway:getresources)), seen 1 to 1, 1:open 2:unknown";
    let no_stages = "unknown (the stages of the api were not read), seen 1 to 1, 1:open 2:unknown";
    let not_looked_at = "unknown (the function was not looked at), seen 1 to 1, 1:open 2:unknown";
    let listing = |ids: &[&str], unlisted: Vec<Unlisted>| {
        Coverage::listing(ACCOUNT, REGION, ids.iter().map(|id| (*id).to_owned()).collect(), unlisted)
    };
    let rest_unlisted = || vec![Unlisted { kinds: vec![ApiKind::Rest], why: denied("apigateway:GetRestApis") }];
    let of_other_region = || edited(|snapshot| snapshot.region = "eu-north-1".to_owned());
    let unhealthy = || edited(|snapshot| snapshot.health = None);
    let cases: Vec<(&str, &str, Coverage, &str)> = vec![
        ("route", "another region alone", of_other_region(), unchanged),
        ("route", "a snapshot of less depth", unhealthy(), unchanged),
        ("route", "another API alone", edited(other_api), unchanged),
        ("route", "all APIs, and this one is not there", edited(|s| s.apis.clear()), no_api),
        ("route", "the list of REST APIs is denied", edited(|s| unlist(s, ApiKind::Rest)), denied_list),
        ("route", "the list of HTTP APIs is denied", edited(|s| unlist(s, ApiKind::Http)), no_api),
        ("route", "the stage is not there", edited(|s| s.apis[0].stages = Observed::Known(Vec::new())), no_stage),
        (
            "route",
            "the stages are denied",
            edited(|s| s.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"))),
            no_stages,
        ),
        ("route", "another stage alone", Coverage::of(&[fixture::healthy()], &|stage| stage.name != "prod"), unchanged),
        ("route", "a list with it", listing(&[API], Vec::new()), unchanged),
        ("route", "a list without it", listing(&["other"], Vec::new()), no_api),
        ("route", "a list without it, REST APIs denied", listing(&["other"], rest_unlisted()), denied_list),
        ("route", "asked for, and absent", Coverage::absent(ACCOUNT, REGION, API), no_api),
        ("route", "another absent", Coverage::absent(ACCOUNT, REGION, "other"), unchanged),
        // The domain name still has a mapping, for all that is known.
        ("mapping", "a list without its API", listing(&["other"], Vec::new()), unchanged),
        ("mapping", "asked for, and absent", Coverage::absent(ACCOUNT, REGION, API), unchanged),
        ("mapping", "all APIs, and this one is not there", edited(|s| s.apis.clear()), resolved),
        ("mapping", "all APIs", audit(&fixture::healthy()), resolved),
        ("mapping", "another API alone", edited(other_api), unchanged),
        ("key", "another API alone", edited(other_api), unchanged),
        ("key", "a list", listing(&[API], Vec::new()), unchanged),
        ("key", "all APIs", audit(&fixture::healthy()), resolved),
        ("function", "it is called", audit(&fixture::healthy()), resolved),
        // Both APIs call it; the other's metrics are the same.
        ("function", "another API that calls it", edited(other_api), resolved),
        (
            "function",
            "it is called, and is gone",
            edited(|s| s.health.as_mut().unwrap().functions.clear()),
            not_looked_at,
        ),
        (
            "function",
            "its API calls nothing any more",
            edited(|s| {
                s.apis[0] = fixture::api(ApiKind::Rest, Vec::new());
            }),
            no_caller,
        ),
        (
            "function",
            "another API, which does not call it",
            edited(|s| {
                s.apis[0] = fixture::api(ApiKind::Rest, Vec::new());
                other_api(s);
            }),
            unchanged,
        ),
        (
            "function",
            "what its API calls is denied",
            edited(|s| {
                s.apis[0] = fixture::api(ApiKind::Rest, Vec::new());
                s.apis[0].live.routes = Observed::NotRead(denied("apigateway:GetResources"));
            }),
            denied_routes,
        ),
        (
            "function",
            "the stages of its API are denied",
            edited(|s| {
                s.apis[0] = fixture::api(ApiKind::Rest, Vec::new());
                s.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"));
            }),
            denied_stages,
        ),
        ("function", "the list of REST APIs is denied", edited(|s| unlist(s, ApiKind::Rest)), denied_list),
        ("function", "its API is gone", listing(&["other"], Vec::new()), no_caller),
        ("function", "a list with its API", listing(&[API], Vec::new()), unchanged),
    ];
    for (name, what, coverage, expected) in cases {
        let check = match name {
            "function" => "handler-error",
            "key" => "key-without-usage-plan",
            "mapping" => "domain-mapping-to-missing-stage",
            _ => "undeployed-change",
        };
        let (mut known, _) = opened(check, name);
        known.run(2, &coverage, &[], &[]);
        assert_eq!(known.only(), expected, "{name}: {what}");
    }
}

#[test]
fn a_function_that_two_apis_call_is_gone_when_neither_does() {
    let mut both = fixture::healthy();
    both.apis.push(crate::snapshot::Api { id: "other".to_owned(), ..both.apis[0].clone() });
    let mut known = Known::default();
    known.run(1, &audit(&both), &[finding("handler-error", resource("function"))], &[]);
    assert_eq!(
        known.0.values().next().unwrap().callers,
        ["eu-west-1/a1b2c3d4e5", "eu-west-1/other"].map(str::to_owned).into()
    );
    let alone = |id: &str| {
        edited(|snapshot| {
            snapshot.apis[0] = fixture::api(ApiKind::Rest, Vec::new());
            snapshot.complete = false;
            snapshot.apis[0].id = id.to_owned();
        })
    };
    known.run(2, &alone("other"), &[], &[]);
    assert_eq!(known.only(), "open, seen 1 to 1, 1:open");
    known.run(2, &alone(API), &[], &[]);
    assert_eq!(known.only(), "resolved (no api calls the function any more), seen 1 to 1, 1:open 2:resolved");
    assert_eq!(resource("function").arn, FUNCTION);
}

#[test]
fn of_what_one_run_says_what_was_seen_counts_most_in_any_order() {
    let all = audit(&fixture::healthy());
    let unread = [gap("undeployed-change", "api")];
    for before in ["opened", "resolved"] {
        let (mut start, finding) = opened("undeployed-change", "route");
        if before == "resolved" {
            start.run(2, &all, &[], &[]);
        }
        let seen = std::slice::from_ref(&finding);
        let said: [(&[Finding], &[NotEvaluated]); 3] = [(seen, &[]), (&[], &[]), (&[], &unread)];
        for (order, expected) in [
            (&[0, 1, 2][..], [0]),
            (&[2, 1, 0], [0]),
            (&[1, 0, 1, 2], [0]),
            (&[1, 2], [1]),
            (&[2, 1, 2, 1], [1]),
            (&[2, 2], [2]),
        ] {
            let [mut one, mut other] = [start.0.clone(), start.0.clone()].map(Known);
            order.iter().for_each(|part| one.run(3, &all, said[*part].0, said[*part].1));
            expected.iter().for_each(|part| other.run(3, &all, said[*part].0, said[*part].1));
            assert_eq!(one.only(), other.only(), "{before}, {order:?}");
            // The next run goes on from the same.
            one.run(4, &all, &[], &[]);
            other.run(4, &all, &[], &[]);
            assert_eq!(one.only(), other.only(), "{before}, {order:?}");
        }
    }
}

#[test]
fn an_older_run_changes_nothing_and_one_from_the_future_holds_nothing_up() {
    let all = audit(&fixture::healthy());
    for check in ["undeployed-change", "handler-error"] {
        let name = if check == "handler-error" { "function" } else { "route" };
        let (mut known, finding) = opened(check, name);
        known.run(5, &all, &[], &[]);
        let resolved = known.only();
        known.run(3, &all, std::slice::from_ref(&finding), &[]);
        known.run(4, &all, &[], &[gap(check, name)]);
        assert_eq!(known.only(), resolved);
        // The present is hour 24.
        known.run(48, &all, std::slice::from_ref(&finding), &[]);
        known.run(6, &all, &[], &[]);
        assert_eq!(known.0.values().next().unwrap().state, State::Resolved, "{check}");
    }
}

#[test]
fn what_is_suppressed_stays_so_while_it_is_seen_or_cannot_be_looked_at() {
    let all = audit(&fixture::healthy());
    let (mut known, finding) = opened("undeployed-change", "route");
    let why = Suppressed { reason: "known".to_owned(), until: None };
    let suppressed = Finding { suppressed: Some(why), ..finding.clone() };
    let (seen, suppressed) = (std::slice::from_ref(&finding), std::slice::from_ref(&suppressed));
    known.run(2, &all, suppressed, &[]);
    known.run(3, &all, &[], &[gap("undeployed-change", "stage")]);
    assert_eq!(known.only(), "suppressed (known), seen 1 to 2, 1:open 2:suppressed");
    known.run(4, &all, seen, &[]);
    known.run(5, &all, suppressed, &[]);
    known.run(6, &all, &[], &[]);
    assert_eq!(known.only(), "resolved, seen 1 to 5, 1:open 2:suppressed 4:open 5:suppressed 6:resolved");
}

#[test]
fn what_a_function_answered_when_asked_stands_until_it_is_asked_again() {
    let mut known = Known::default();
    let mut finding = finding("response-without-body", resource("route"));
    finding.evidence = vec![Evidence::new("lambda:InvokeFunction", "$.body", "no-body")];
    known.run(1, &audit(&fixture::healthy()), &[finding], &[]);
    known.run(2, &audit(&fixture::healthy()), &[], &[]);
    assert_eq!(known.only(), "open, seen 1 to 1, 1:open");
    let asked = edited(|snapshot| {
        let answer = Probed {
            api_id: API.to_owned(),
            stage: "prod".to_owned(),
            route: crate::configuration::RouteKey::parse("GET /orders"),
            function: None,
            source: "lambda:InvokeFunction".to_owned(),
            is_refused: false,
            problems: Vec::new(),
            at: at(3),
        };
        snapshot.health.as_mut().unwrap().probed.push(answer);
    });
    known.run(3, &asked, &[], &[]);
    assert_eq!(known.only(), "resolved, seen 1 to 1, 1:open 3:resolved");
}

#[test]
fn a_check_that_is_no_more_resolves_nothing() {
    let (mut known, _) = opened("retired-check", "route");
    known.run(2, &audit(&fixture::healthy()), &[], &[]);
    assert_eq!(known.only(), "unknown (there is no check retired-check any more), seen 1 to 1, 1:open 2:unknown");
}

#[test]
fn the_history_is_bounded_and_the_first_sight_is_kept() {
    let all = audit(&fixture::healthy());
    let (mut known, finding) = opened("undeployed-change", "route");
    for hour in 2..200 {
        let seen = if hour % 2 == 0 { &[][..] } else { std::slice::from_ref(&finding) };
        let run_now = at(300);
        let findings = seen.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
        let run = Run { at: at(hour), now: run_now, coverage: &all, findings, not_evaluated: &[], not_looked_up: &[] };
        let changed = reconcile(&known.0, &run);
        known.0.extend(changed);
    }
    let only = known.0.values().next().unwrap();
    assert_eq!((only.history.len(), only.first_seen, only.last_seen), (LONGEST_HISTORY, at(1), at(199)));
}

#[test]
fn what_a_run_changed_is_told_the_same_when_it_is_repeated() {
    let all = audit(&fixture::healthy());
    let (mut known, finding) = opened("undeployed-change", "route");
    let told = |known: &Known, hour: i64| known.0.values().next().unwrap().changed_at(at(hour));
    assert_eq!(told(&known, 1), Some(None));
    known.run(1, &all, std::slice::from_ref(&finding), &[]);
    assert_eq!(told(&known, 1), Some(None));
    known.run(2, &all, &[], &[]);
    known.run(2, &all, &[], &[]);
    assert_eq!((told(&known, 1), told(&known, 2)), (None, Some(Some(State::Open))));
}

#[test]
fn who_listens_is_told_what_they_do_not_know_yet() {
    let (known, _) = opened("undeployed-change", "route");
    let tracked = known.0.into_values().next().unwrap();
    for (state, told, expected) in [
        (State::Open, None, true),
        (State::Open, Some(State::Open), false),
        (State::Open, Some(State::Resolved), true),
        (State::Resolved, None, false),
        (State::Resolved, Some(State::Open), true),
        (State::Resolved, Some(State::Resolved), false),
        (State::Unknown, Some(State::Open), false),
        (State::Suppressed, None, false),
    ] {
        assert_eq!(Tracked { state, told, ..tracked.clone() }.is_untold(), expected, "{state:?} {told:?}");
    }
}
