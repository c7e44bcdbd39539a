//! What entries and tags suppress.

use std::collections::BTreeMap;

use super::*;
use crate::arn::FunctionName;
use crate::checks;
use crate::configuration::RouteKey;
use crate::fixture::{self, denied};
use crate::observed::Observed;
use crate::report::{self, Report};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn of_check(check: &str) -> Entry {
    Entry { checks: vec![check.to_owned()], reason: "known".to_owned(), line: 7, ..Entry::default() }
}

fn pattern(text: &str) -> Option<Pattern> {
    Some(Pattern::new(text))
}

/// A finding of a check on a place: `orders prod GET /orders/{id}`, each part of which may be left out from the end.
fn finding(check: &str, place: &str) -> Finding {
    let snapshot = fixture::snapshot(vec![fixture::api(ApiKind::Rest, Vec::new())]);
    let resource = match place.splitn(3, ' ').collect::<Vec<_>>()[..] {
        ["key"] => Resource::regional(&snapshot, "/apikeys/k1"),
        ["function", name] => {
            let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
            Resource::function(&snapshot, &FunctionName::parse(&arn).unwrap())
        }
        ["orders"] => Resource::api(&snapshot, &snapshot.apis[0]),
        ["orders", stage] => Resource::stage(&snapshot, &snapshot.apis[0], stage),
        ["orders", stage, route] => {
            Resource::stage(&snapshot, &snapshot.apis[0], stage).with_route(&RouteKey::parse(route))
        }
        _ => panic!("no place {place}"),
    };
    let mut outcome = Outcome::new(checks::ALL.iter().find(|known| known.id == check).unwrap());
    outcome.finding(Severity::High, resource, "one line");
    outcome.findings.remove(0)
}

#[test]
fn an_entry_is_for_what_it_names_and_leaves_open_what_it_does_not() {
    let all = |entry: Entry| entry;
    let with = |change: fn(&mut Entry)| {
        let mut entry = of_check("undeployed-change");
        change(&mut entry);
        all(entry)
    };
    let places = [
        "key",
        "function orders-fn:live",
        "orders",
        "orders prod",
        "orders dev",
        "orders prod GET /orders/{id}",
        "orders prod ANY /internal/a/b",
        "orders prod $default",
    ];
    for (entry, expected) in [
        (with(|_| {}), &places[..]),
        (with(|own| own.account = pattern("111122223333")), &places),
        (with(|own| own.account = pattern("222222222222")), &[]),
        (with(|own| own.region = pattern("eu-*")), &places),
        (with(|own| own.region = pattern("us-*")), &[]),
        (with(|own| own.api = pattern("orders")), &places[2..]),
        (with(|own| own.api = pattern("a1b2c3d4e5")), &places[2..]),
        (with(|own| own.api = pattern("ord*")), &places[2..]),
        (with(|own| own.api = pattern("order")), &[]),
        (with(|own| own.api = pattern("Orders")), &[]),
        (with(|own| own.stage = pattern("prod")), &["orders prod", places[5], places[6], places[7]]),
        (with(|own| own.stage = pattern("*")), &places[3..]),
        (with(|own| own.route = pattern("GET /orders/{id}")), &[places[5]]),
        (with(|own| own.route = pattern("/orders/{id}")), &[places[5]]),
        (with(|own| own.route = pattern("POST /orders/{id}")), &[]),
        (with(|own| own.route = pattern("ANY /internal/*")), &[places[6]]),
        (with(|own| own.route = pattern("GET /internal/*")), &[]),
        (with(|own| own.route = pattern("* /*")), &[places[5], places[6]]),
        (with(|own| own.route = pattern("$default")), &[places[7]]),
        (with(|own| own.function = pattern("orders-fn")), &[places[1]]),
        (with(|own| own.function = pattern("orders")), &[]),
        (with(|own| (own.api, own.stage) = (pattern("orders"), pattern("test"))), &[]),
        (with(|own| own.checks = vec!["handler-error".to_owned()]), &[]),
        (with(|own| own.checks = vec!["handler-error".to_owned(), "undeployed-change".to_owned()]), &places),
        (with(|own| own.checks.clear()), &places),
    ] {
        let own = places.into_iter().filter(|place| entry.is_for(&finding("undeployed-change", place)));
        assert_eq!(own.collect::<Vec<_>>(), expected, "{}", entry.key());
    }
}

#[test]
fn a_date_is_the_whole_day_and_a_time_has_an_offset() {
    for (text, expected) in [
        ("2027-01-31", Some("2027-01-31T23:59:59Z")),
        ("2027-01-31T18:00:00Z", Some("2027-01-31T18:00:00Z")),
        ("2027-01-31T18:00:00+02:00", Some("2027-01-31T16:00:00Z")),
        ("2027-02-30", None),
        ("2027-01-31T18:00:00", None),
        ("tomorrow", None),
        ("20270131", None),
        ("", None),
    ] {
        assert_eq!(until(text), expected.map(time), "{text}");
    }
    let entry = Entry { until: until("2027-01-31"), ..of_check("handler-error") };
    let expired = ["2027-01-31T23:59:59Z", "2027-02-01T00:00:00Z"].map(|now| entry.is_expired(time(now)));
    assert_eq!(expired, [false, true]);
}

#[test]
fn a_tag_gives_check_stage_date_and_reason() {
    let api = finding("undeployed-change", "orders").resource;
    let read = |key: &str, value: &str| {
        Entry::of_tag(key, value, &api).map(|read| {
            read.map(|entry| {
                let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
                format!("{}: {}{until}", entry.key(), entry.reason)
            })
        })
    };
    let whole = "account=111122223333 region=eu-west-1 api=a1b2c3d4e5";
    let form = "before the reason stand until= and stage= alone, with a value each";
    for (key, value, expected) in [
        ("stagecheck:suppress", "sandbox of the team", Some(Ok(format!("check=* {whole}: sandbox of the team")))),
        ("stagecheck:suppress:waf-block", "a = b", Some(Ok(format!("check=waf-block {whole}: a = b")))),
        (
            "stagecheck:suppress:waf-block",
            "stage=prod until=2027-01-31 by design",
            Some(Ok(format!("check=waf-block {whole} stage=prod: by design until 2027-01-31T23:59:59Z"))),
        ),
        ("stagecheck:suppress:waf-block", " ", Some(Err("it gives no reason"))),
        ("stagecheck:suppress:waf-block", "stage=prod", Some(Err("it gives no reason"))),
        ("stagecheck:suppress:waf-block", "stag=prod by design", Some(Err(form))),
        ("stagecheck:suppress:waf-block", "stage= by design", Some(Err(form))),
        (
            "stagecheck:suppress:waf-block",
            "until=soon by design",
            Some(Err("until is a date, 2027-01-31, or a time, 2027-01-31T18:00:00Z")),
        ),
        ("stagecheck:suppress:waf", "why", Some(Err("there is no check waf that can be suppressed"))),
        (
            "stagecheck:suppress:suppression-without-effect",
            "why",
            Some(Err("there is no check suppression-without-effect that can be suppressed")),
        ),
        ("stagecheck:suppressed", "why", None),
        ("stagecheck:probe", "true", None),
        ("Name", "orders", None),
    ] {
        let expected = expected.map(|expected| expected.map_err(str::to_owned));
        assert_eq!(read(key, value), expected, "{key} {value}");
    }
}

/// An account with a finding `undeployed-change` on `GET /orders` of `prod`, another on its POST, and one on a key.
fn account() -> Snapshot {
    let uri = fixture::lambda_uri("orders-fn");
    let mut api = fixture::api(ApiKind::Rest, vec![fixture::route("GET /orders", &uri)]);
    let live = fixture::api(ApiKind::Rest, ["GET /orders", "POST /orders"].map(|key| fixture::route(key, &uri)).into());
    api.live = live.live;
    let mut snapshot = fixture::snapshot(vec![api]);
    let key = crate::snapshot::ApiKey { id: "k1".to_owned(), name: "partner".to_owned(), enabled: true };
    snapshot.api_keys = Observed::Known(vec![key]);
    snapshot
}

fn audited(snapshot: &Snapshot, entries: &[Entry]) -> Report {
    report::audit_with(std::slice::from_ref(snapshot), &|_| true, entries)
}

/// All findings in a line each, with the reason of those that are suppressed; the API's own remarks left out.
fn said(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| {
        let why = finding.suppressed.as_ref().map(|why| format!(" (suppressed: {})", why.reason)).unwrap_or_default();
        format!("{}: {}{why}", finding.check, finding.title)
    };
    let own = ["undeployed-change", "key-without-usage-plan", "suppression-without-effect"];
    report.findings.iter().filter(|finding| own.contains(&finding.check.as_str())).map(line).collect()
}

const CHANGE: &str = "undeployed-change: POST /orders is not deployed to prod";
const KEY: &str = "key-without-usage-plan: the API key partner is in no usage plan";

#[test]
fn what_is_suppressed_stays_in_the_report_and_counts_as_such_alone() {
    let plain = audited(&account(), &[]);
    let entry = Entry { api: pattern("orders"), until: until("2026-10-31"), ..of_check("undeployed-change") };
    let report = audited(&account(), &[entry]);
    assert_eq!(said(&plain), [CHANGE.to_owned(), KEY.to_owned()]);
    assert_eq!(said(&report), [format!("{CHANGE} (suppressed: known)"), KEY.to_owned()]);
    let worst = report.findings.first().unwrap();
    assert_eq!(
        serde_json::to_value(&worst.suppressed).unwrap(),
        serde_json::json!({ "reason": "known", "until": "2026-10-31T23:59:59Z" })
    );
    assert_eq!((plain.summary.high, plain.summary.suppressed), (1, 0));
    assert_eq!((report.summary.high, report.summary.medium, report.summary.suppressed), (0, plain.summary.medium, 1));
    assert_eq!(report.told().count() + 1, report.findings.len());
}

#[test]
fn the_first_entry_in_force_gives_the_reason_and_no_other_is_called_idle() {
    let tag = |value: &str| {
        let mut snapshot = account();
        snapshot.apis[0].tags.insert("stagecheck:suppress:undeployed-change".to_owned(), value.to_owned());
        snapshot
    };
    let entry = of_check("undeployed-change");
    let expired =
        "suppression-without-effect: the suppression of undeployed-change, API a1b2c3d4e5 expired on 2026-10-09";
    assert_eq!(
        said(&audited(&tag("by design"), std::slice::from_ref(&entry))),
        [format!("{CHANGE} (suppressed: by design)"), KEY.to_owned()]
    );
    assert_eq!(
        said(&audited(&tag("until=2026-10-09 by design"), &[entry])),
        [format!("{CHANGE} (suppressed: known)"), KEY.to_owned(), expired.to_owned()]
    );
    assert_eq!(
        said(&audited(&tag("until=2026-10-09 by design"), &[])),
        [CHANGE.to_owned(), KEY.to_owned(), expired.to_owned()]
    );
}

#[test]
fn an_entry_is_called_idle_only_where_all_that_it_could_be_for_was_looked_at() {
    let idle = |entry: &Entry, snapshot: &Snapshot| {
        let report = audited(snapshot, std::slice::from_ref(entry));
        let own = said(&report).into_iter().filter(|line| line.starts_with("suppression-without-effect"));
        let gaps = report.not_evaluated.iter().filter(|gap| gap.check == "suppression-without-effect").count();
        (own.count(), gaps)
    };
    let of_api = |name: &str, check: &str| Entry { api: pattern(name), ..of_check(check) };
    let steady = of_api("orders", "stage-without-deployment");
    let unread = |change: fn(&mut Snapshot)| {
        let mut snapshot = account();
        change(&mut snapshot);
        snapshot
    };
    let no_stages = unread(|own| own.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages")));
    let no_list = unread(|own| {
        let why = denied("apigatewayv2:GetApis");
        own.unlisted.push(crate::snapshot::Unlisted { kinds: vec![ApiKind::Http], why });
    });
    let one_api = unread(|own| own.complete = false);
    for (entry, snapshot, expected) in [
        (&steady, &account(), (1, 0)),
        (&of_check("stage-without-deployment"), &account(), (1, 0)),
        (&of_api("order", "undeployed-change"), &account(), (1, 0)),
        // It is for something.
        (&of_api("orders", "undeployed-change"), &account(), (0, 0)),
        // Errors come and go; an API that is not there does not.
        (&of_api("orders", "handler-error"), &account(), (0, 0)),
        (&of_api("order", "handler-error"), &account(), (1, 0)),
        (&Entry { stage: pattern("dev"), checks: Vec::new(), ..steady.clone() }, &account(), (0, 0)),
        // Something was not read.
        (&steady, &no_stages, (0, 1)),
        (&of_api("order", "stage-without-deployment"), &no_stages, (1, 0)),
        (&of_api("order", "undeployed-change"), &no_list, (0, 1)),
        // Not everything was asked for.
        (&steady, &one_api, (0, 0)),
        (&of_api("order", "undeployed-change"), &one_api, (0, 0)),
        (&Entry { region: pattern("us-east-1"), ..steady.clone() }, &account(), (0, 0)),
        (&Entry { account: pattern("222222222222"), ..steady.clone() }, &account(), (0, 0)),
        // An expired entry is told as such, where all was asked for.
        (&Entry { until: until("2026-10-09"), ..steady.clone() }, &account(), (1, 0)),
        (&Entry { until: until("2026-10-09"), ..steady.clone() }, &one_api, (0, 0)),
    ] {
        assert_eq!(idle(entry, snapshot), expected, "{}", entry.key());
    }
    let one_stage = report::audit_with(&[account()], &|stage| stage.name != "prod", &[steady]);
    assert_eq!(said(&one_stage), [KEY]);
}

#[test]
fn a_finding_on_an_entry_stays_the_same_when_reason_date_or_line_change() {
    let fingerprint = |entry: Entry| {
        let report = audited(&account(), &[entry]);
        let own = report.findings.into_iter().find(|finding| finding.check == "suppression-without-effect");
        own.unwrap().fingerprint
    };
    let entry = Entry { api: pattern("order"), ..of_check("undeployed-change") };
    let first = fingerprint(entry.clone());
    let changed = Entry { reason: "another".to_owned(), until: until("2026-10-01"), line: 9, ..entry.clone() };
    assert_eq!(fingerprint(changed), first);
    assert_ne!(fingerprint(Entry { stage: pattern("prod"), ..entry }), first);
}

#[test]
fn a_finding_that_no_entry_is_for_is_never_suppressed_nor_changed() {
    // Every entry that can be made of these parts.
    let some = |texts: &[&str]| std::iter::once(None).chain(texts.iter().map(|text| pattern(text))).collect::<Vec<_>>();
    let plain = audited(&account(), &[]);
    let before: BTreeMap<&str, &Finding> =
        plain.findings.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
    let mut tried = 0;
    for checks in [&[][..], &["undeployed-change"], &["handler-error", "key-without-usage-plan"]] {
        for api in some(&["orders", "o*", "*", "x"]) {
            for stage in some(&["prod", "*d*", "dev"]) {
                for route in some(&["POST /orders", "* /orders", "/ord*", "GET *"]) {
                    for until in [None, until("2026-10-09"), until("2026-10-10")] {
                        let checks: Vec<String> = checks.iter().map(|check| (*check).to_owned()).collect();
                        let (api, stage, route) = (api.clone(), stage.clone(), route.clone());
                        let entry =
                            Entry { checks, api, stage, route, until, reason: "why".into(), ..Entry::default() };
                        let report = audited(&account(), std::slice::from_ref(&entry));
                        let known =
                            report.findings.iter().filter(|finding| finding.check != "suppression-without-effect");
                        let mut count = 0;
                        for finding in known {
                            let own = before[finding.fingerprint.as_str()];
                            let is_for = entry.is_for(own) && until != super::until("2026-10-09");
                            assert_eq!(finding.suppressed.is_some(), is_for, "{} {}", entry.key(), finding.title);
                            assert_eq!(&Finding { suppressed: None, ..finding.clone() }, own);
                            count += 1;
                        }
                        assert_eq!(count, before.len());
                        tried += 1;
                    }
                }
            }
        }
    }
    assert_eq!(tried, 3 * 5 * 4 * 5 * 3);
}

/// What a part of a run saw of entries, of a region.
fn seen(snapshot: &Snapshot, entries: &[Entry]) -> Seen {
    let (_, effects) = report::audit_part(std::slice::from_ref(snapshot), entries);
    Seen { account_id: snapshot.account_id.clone(), region: snapshot.region.clone(), effects }
}

/// What is said of entries once regions were seen, the first of which is home: severity and title, or that it is not known.
fn judged(entries: &[Entry], seen: &[Seen]) -> Vec<String> {
    let home = (seen[0].account_id.as_str(), seen[0].region.as_str());
    let (findings, gaps) = judge(entries, seen, home, time("2026-10-10T12:00:00Z"));
    let findings = findings.into_iter().map(|finding| format!("{} {}", finding.severity.name(), finding.title));
    findings.chain(gaps.into_iter().map(|gap| gap.reason)).collect()
}

#[test]
fn a_run_in_parts_says_of_entries_what_an_audit_of_everything_says() {
    let of_api = |name: &str, check: &str| Entry { api: pattern(name), ..of_check(check) };
    let mut unread = account();
    unread.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"));
    let entries = [
        of_check("stage-without-deployment"),
        of_api("orders", "undeployed-change"),
        of_api("order", "undeployed-change"),
        of_api("order", "handler-error"),
        of_api("orders", "handler-error"),
        Entry { until: until("2026-10-09"), ..of_check("key-without-usage-plan") },
        Entry { region: pattern("us-east-1"), ..of_check("handler-timeout") },
    ];
    for snapshot in [account(), unread] {
        let own = |check: &str| check == "suppression-without-effect";
        let whole = audited(&snapshot, &entries);
        let (findings, gaps) =
            judge(&entries, &[seen(&snapshot, &entries)], (&snapshot.account_id, &snapshot.region), snapshot.taken_at);
        let sorted = |mut findings: Vec<Finding>| {
            findings.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
            findings
        };
        let expected = whole.findings.into_iter().filter(|finding| own(&finding.check)).collect();
        assert_eq!(sorted(findings), sorted(expected));
        let expected: Vec<NotEvaluated> = whole.not_evaluated.into_iter().filter(|gap| own(&gap.check)).collect();
        let mut gaps = gaps;
        gaps.sort();
        assert_eq!(gaps, expected);
    }
}

#[test]
fn an_entry_is_judged_by_all_regions_together() {
    let there = |change: fn(&mut Snapshot)| {
        let mut snapshot = Snapshot { region: "us-east-1".to_owned(), ..account() };
        change(&mut snapshot);
        snapshot
    };
    let idle = of_check("stage-without-deployment");
    let entries = std::slice::from_ref(&idle);
    let here = seen(&account(), entries);
    let quiet = seen(&there(|_| {}), entries);
    let told = "info the suppression of stage-without-deployment is for nothing in eu-west-1, us-east-1";
    assert_eq!(judged(entries, &[here.clone(), quiet.clone()]), [told]);
    // It is for something there.
    let mut found = quiet.clone();
    found.effects.found.insert(idle.key());
    assert_eq!(judged(entries, &[here.clone(), found]), [""; 0]);
    // It may be for something there.
    let hidden = seen(&there(|own| own.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"))), entries);
    let told = judged(entries, &[here.clone(), hidden]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("whether it is for anything is not known, for stage-without-deployment: "), "{told:?}");
    // An API there was not reached: its name is not known, or is another one, or nothing was reached.
    let of_orders = Entry { api: pattern("orders"), ..of_check("stage-without-deployment") };
    let not_reached = |name: Option<&str>| {
        let mut seen = seen(&there(|_| {}), std::slice::from_ref(&of_orders));
        let api = Resource {
            api_id: Some("b1b2c3d4e5".to_owned()),
            api_name: name.map(str::to_owned),
            ..Resource::of_region("111122223333", "us-east-1")
        };
        seen.effects.hide(std::slice::from_ref(&of_orders), &api, "the API b1b2c3d4e5 was not audited");
        judged(std::slice::from_ref(&of_orders), &[seen])
    };
    let unknown = ["whether it is for anything is not known, for the API b1b2c3d4e5 was not audited"];
    assert_eq!((not_reached(None), not_reached(Some("orders"))), (vec![unknown[0].into()], vec![unknown[0].into()]));
    assert_eq!(
        not_reached(Some("other")),
        ["info the suppression of stage-without-deployment, API orders is for nothing in us-east-1"]
    );
}

#[test]
fn what_parts_saw_is_joined_in_any_order() {
    let hides = |reason: &str| Hides { check: String::new(), reason: reason.to_owned(), needs: Vec::new() };
    let part = |found: &str, reason: &str| Effects {
        found: [found.to_owned()].into(),
        hidden: [("c".to_owned(), hides(reason))].into(),
        named: [found.to_owned()].into(),
    };
    let joined = |parts: &[&Effects]| {
        let mut all = Effects::default();
        parts.iter().for_each(|part| all.join((*part).clone()));
        all
    };
    let (a, b) = (part("a", "second"), part("b", "first"));
    assert_eq!(joined(&[&a, &b]), joined(&[&b, &a, &b, &a]));
    assert_eq!(joined(&[&a, &b]).hidden["c"].reason, "first");
    assert_ne!(edition(&[of_check("handler-error")]), edition(&[]));
}
