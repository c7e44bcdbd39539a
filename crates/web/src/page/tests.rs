//! Every page, with what an account should hold and with what it may.
#![expect(clippy::print_stdout, reason = "of a test that failed, the last line tells on which page")]

mod markup;
mod sample;

use engine::reconcile::State;
use engine::report::StageStatus;
use jiff::SignedDuration;
use store::{ApiStatus, Counts, Filter, List, StageState};

use super::*;
use markup::{check, read};
use sample::{Sampler, at, frame, pages};

/// The text of a page's main part.
fn shown(page: &str) -> String {
    let elements = read(page);
    elements.into_iter().find(|element| element.name == "main").map(|main| main.text).unwrap_or_default()
}

fn plain(text: &str) -> String {
    text.to_owned()
}

#[test]
fn every_page_is_well_formed_and_leads_to_its_own_paths() {
    for prefix in ["", "/prod", "/checks/of/prod"] {
        for (name, page) in pages(&frame(prefix), &plain) {
            println!("{name} below {prefix:?}");
            check(&page, prefix);
        }
    }
}

#[test]
fn hostile_names_are_text_and_nothing_else() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</title></textarea></select></style><svg onload=alert(1)>",
        "javascript:alert(1)",
        "//evil.example/\\..%2f",
        "..",
        "&lt;b&gt; &amp; &#x3c; &copy",
        "<!-- --><![CDATA[ ]]>",
        "a\u{202e}b\u{2066}c\u{200b}d\u{feff}e",
        "\u{0}\u{7}\u{1b}[31m\r\n\t\u{7f}\u{85}",
        "שלום עולם",
        "{{7*7}} ${7*7}",
        "",
    ];
    for text in hostile {
        for (name, page) in pages(&frame("/prod"), &|plain| format!("{text}{plain}{text}")) {
            println!("{name} with {text:?}");
            let elements = check(&page, "/prod");
            assert!(elements.iter().all(|element| !["script", "img", "b"].contains(&element.name.as_str())));
        }
        // What is nothing but hostile, too, where that makes no empty heading.
        if !text.is_empty() {
            for (name, page) in pages(&frame("/prod"), &|_| text.to_owned()) {
                println!("{name} of {text:?}");
                check(&page, "/prod");
            }
        }
    }
}

#[test]
fn what_nobody_would_see_is_shown_as_what_it_is() {
    for (name, page) in pages(&frame(""), &|plain| format!("{plain}\u{202e}\u{1b}")) {
        let is_own = !["nothing yet", "explain", "signed out"].contains(&name);
        assert_eq!(shown(&page).contains("\\u{202e}\\u{1b}"), is_own, "{name}");
    }
}

#[test]
fn names_without_end_leave_pages_small() {
    let long = "ä<".repeat(5_000);
    for (name, page) in pages(&frame(""), &|_| long.clone()) {
        println!("{name}");
        check(&page, "");
        // Texts of the engine's, evidence and samples are shown whole.
        assert!(page.len() < 6_000_000, "{name}: {}", page.len());
    }
    let sample = Sampler { own: &|_: &str| long.clone() };
    let list = findings(&frame(""), &sample.findings()).into_string();
    assert!(list.len() < 500_000, "{}", list.len());
}

#[test]
fn the_widget_is_a_fragment_without_links() {
    for text in ["orders", "<script>alert(1)</script>", "\" onclick=\"x\u{202e}"] {
        let own = |_: &str| text.to_owned();
        let fragment = widget(&frame("/prod"), &Sampler { own: &own }.overview()).into_string();
        let elements = read(&fragment);
        markup::nothing_unseen(&elements);
        assert!(elements.iter().all(|element| element.get("href").is_none() && element.get("class").is_none()));
        for style in elements.iter().filter_map(|element| element.get("style")) {
            assert!(!style.contains("url") && !style.contains("//"), "{style}");
        }
        assert!(fragment.len() < 4_000, "{}", fragment.len());
    }
    let own = |text: &str| text.to_owned();
    let text = &read(&widget(&frame(""), &Sampler { own: &own }.overview()).into_string())[0].text;
    assert!(
        text.starts_with(
            "7 open findings, 1 stage drifting, 1 not known, 1 in sync, 1 API failing. Audited 7 minutes ago.1 region could not be listed."
        ),
        "{text}"
    );
    let empty = widget(&frame(""), &Overview::default()).into_string();
    assert!(empty.contains("Nothing was audited yet."), "{empty}");
}

#[test]
fn an_overview_of_many_apis_shows_those_that_come_first() {
    let mut data = Sampler { own: &plain }.overview();
    let api = data.regions[0].apis[0].clone();
    let fine = ApiLine { failures: 0, status: ApiStatus { open: Counts::default(), ..api.status.clone() } };
    data.regions[0].apis = vec![fine; 4_999];
    data.regions[0].apis.push(api);
    let page = overview(&frame(""), &data).into_string();
    assert!(page.len() < 2_500_000, "{}", page.len());
    let (_, rows) = page.split_once("data-label=\"Open findings\"").unwrap();
    let (first, others) = rows.split_once("</tr>").unwrap();
    assert!(first.contains("severity=high") && !others.contains("severity=high"), "what is worst stands first");
    assert!(shown(&page).contains("And 4625 further APIs. GET /apis lists all of them."));
}

#[test]
fn what_is_not_known_stands_before_what_is_in_order() {
    let mut data = Sampler { own: &plain }.overview();
    data.regions.truncate(1);
    let api = &data.regions[0].apis[0].status;
    let state = |in_sync: Option<bool>| {
        let state = api.stages[0].clone();
        StageState { status: StageStatus { in_sync, ..state.status }, drifting_since: None }
    };
    let fine = ApiStatus {
        open: Counts::default(),
        unknown: 0,
        not_evaluated: 0,
        stages: vec![state(Some(true))],
        finished: Some(at(5)),
        ..api.clone()
    };
    let named = |name: &str, status: ApiStatus| ApiLine {
        failures: 0,
        status: ApiStatus { api_name: Some(name.to_owned()), ..status },
    };
    data.regions[0].apis = vec![
        named("a-fine", fine.clone()),
        named("b-low", ApiStatus { open: Counts { low: 1, ..Counts::default() }, ..fine.clone() }),
        named("c-late", ApiStatus { finished: Some(at(-600)), ..fine.clone() }),
        named("d-unread", ApiStatus { stages: vec![state(None)], ..fine.clone() }),
        named("e-gap", ApiStatus { not_evaluated: 1, ..fine.clone() }),
        named("f-drifts", ApiStatus { stages: vec![state(Some(false))], ..fine }),
    ];
    data.late_after = Some(SignedDuration::from_hours(1));
    let page = overview(&frame(""), &data).into_string();
    let mut names = ["a-fine", "b-low", "c-late", "d-unread", "e-gap", "f-drifts"];
    names.sort_by_key(|name| page.find(&format!(">{name}<")));
    assert_eq!(names, ["f-drifts", "c-late", "d-unread", "e-gap", "b-low", "a-fine"]);
    let widget = widget(&frame(""), &data).into_string();
    assert!(widget.contains("c-late, audit late") && !widget.contains("a-fine"), "{widget}");
}

#[test]
fn the_overview_says_what_is_late_and_where_no_event_came_from() {
    let sample = Sampler { own: &plain };
    let mut data = sample.overview();
    let text = shown(&overview(&frame(""), &data).into_string());
    assert!(text.contains("The audit of eu-west-1, account 111122223333 is late. The last one that was finished is of 2026-10-10 12:00 UTC (7 minutes ago)."), "{text}");
    assert!(text.contains("The audit of eu-west-2, account 111122223333 is late. None was finished yet."), "{text}");
    let unlisted =
        "Not all APIs could be listed: access denied. That was the run of 2026-10-10 12:03 UTC (4 minutes ago).";
    assert!(text.contains(unlisted) && !text.contains("No APIs here."), "{text}");
    let silent = "No change event has ever come from eu-west-1, account 111122223333; eu-west-2, account 111122223333: \
                  changes are seen at the next scheduled audit. Change events need a CloudTrail trail, see docs/operations.md.";
    assert!(text.contains(silent), "{text}");
    let left = "Not audited any more, because it was taken out of the configuration: eu-west-3, account 111122223333. ";
    assert!(text.contains(left), "{text}");
    for region in &mut data.regions {
        region.status.last_event = Some(at(1));
    }
    data.late_after = None;
    let text = shown(&overview(&frame(""), &data).into_string());
    assert!(!text.contains("late") && !text.contains("change event"), "{text}");
    data.late_after = Some(SignedDuration::from_mins(7));
    data.regions.truncate(1);
    let text = shown(&overview(&frame(""), &data).into_string());
    assert!(!text.contains("late"), "{text}");
    data.regions[0].apis[0].status.finished = Some(at(-1));
    let text = shown(&overview(&frame(""), &data).into_string());
    assert!(text.contains("The audit of 1 API is late: orders. docs/operations.md says where to look."), "{text}");
    assert!(text.contains("late: 8 minutes ago"), "{text}");
    let text = shown(&overview(&frame(""), &Overview::default()).into_string());
    assert!(text.contains("Nothing was audited yet.") && text.contains("stagecheck audit"), "{text}");
}

#[test]
fn the_overview_tells_stages_apart() {
    let text = shown(&overview(&frame(""), &Sampler { own: &plain }.overview()).into_string());
    for part in
        ["prod drifting 3 changes, for 2 days", "dev in sync", "old not known access denied", "2 checks not evaluated"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_finding_says_what_became_of_it() {
    let says = |state: State| {
        let tracked = Sampler { own: &plain }.tracked(state);
        shown(&finding(&frame(""), &tracked).into_string())
    };
    let suppressed = "Suppressed since 2026-10-10 12:00 UTC, until 2026-10-11 12:00 UTC. It is still seen, and counted \
                      nowhere.The reason that was given: until November";
    assert!(says(State::Suppressed).contains(suppressed), "{}", says(State::Suppressed));
    assert!(
        says(State::Unknown)
            .contains("Not known since 2026-10-10 12:00 UTC: it was open, and could not be looked at since.")
    );
    assert!(says(State::Resolved).contains("Resolved at 2026-10-10 12:00 UTC."));
    let open = says(State::Open);
    for part in [
        "Why it matters",
        "An edit of a REST API does nothing until somebody deploys it.",
        "aws apigateway create-deployment --rest-api-id a",
    ] {
        assert!(open.contains(part), "{part}: {open}");
    }
}

#[test]
fn the_plan_reads_as_the_command_line_prints_it() {
    let data = Drift { account_id: "1".to_owned(), read: Some(at(0)), drift: Sampler { own: &plain }.drift() };
    let text = shown(&drift(&frame(""), &data).into_string());
    let parts = [
        "stage prod 1 to add, 2 to change",
        "deployment k3dep2 of 2026-10-04 06:00 UTC by ada with the console; the newest is k3dep3",
        "the oldest edit has waited 8 hours; told by the export",
        "in force at once, without a deployment: variables",
        "~ changed: the REST API as a whole",
        "high callers without a key are still let in",
        "- 3", // a line of a long value that is deployed alone
        "by ada with the console at 2026-10-10 03:40 UTC, shown by the export",
        "+ added: POST /orders AWS_PROXY https://example.com",
        "not read: access denied: apigateway:GET on",
        "not comparable: description of /orders: exports do not show it",
        "canary, 12.5 % of the traffic, deployment k3dep3",
        "To put this in force:aws apigateway create-deployment --rest-api-id k3orders01 --stage-name prod --region eu-west-1",
    ];
    let mut rest = text.as_str();
    for part in parts {
        let found = rest.find(part).unwrap_or_else(|| panic!("{part}: {rest}"));
        rest = rest.split_at(found + part.len()).1;
    }
}

#[test]
fn filters_are_asked_for_by_get_and_stay_as_they_were_set() {
    let sample = Sampler { own: &plain };
    let page = findings(&frame("/prod"), &sample.findings()).into_string();
    let elements = check(&page, "/prod");
    let form = elements.iter().find(|element| element.get("role") == Some("search")).unwrap();
    assert_eq!((form.get("method"), form.get("action")), (Some("get"), Some("/prod/findings")));
    let names: Vec<&str> =
        elements.iter().filter(|own| own.name == "select").filter_map(|own| own.get("name")).collect();
    assert_eq!(names, ["state", "severity", "api", "check"]);
    let chosen: Vec<&str> =
        elements.iter().filter(|own| own.get("selected").is_some()).filter_map(|own| own.get("value")).collect();
    assert_eq!(chosen, ["open", "high", "k3orders01", "a-check-of-yesterday"]);
    let next =
        elements.iter().find(|element| element.get("rel") == Some("next")).and_then(|own| own.get("href")).unwrap();
    let query = "severity=high&api=k3orders01&check=a-check-of-yesterday&state=open&next=findings%231%23eu-west-1%20api%23a%23f";
    assert_eq!(next, format!("/prod/findings?{query}"));
}

#[test]
fn a_whole_list_begins_with_what_is_worst() {
    let sample = Sampler { own: &plain };
    let with = |severity, title: &str| {
        let mut tracked = sample.tracked(State::Open);
        (tracked.finding.severity, tracked.finding.title) = (severity, title.to_owned());
        tracked
    };
    use engine::finding::Severity;
    let items = vec![with(Severity::Low, "minor"), with(Severity::Critical, "grave")];
    let list = List { items, next: None };
    let mut data =
        Findings { filter: Filter::default(), is_continued: false, list, apis: Vec::new(), left: Vec::new() };
    let text = |data: &Findings| shown(&findings(&frame(""), data).into_string());
    assert!(text(&data).find("grave") < text(&data).find("minor"));
    data.is_continued = true;
    assert!(text(&data).find("minor") < text(&data).find("grave"));
    data.list.items.clear();
    assert!(text(&data).contains("No finding fits."));
}

#[test]
fn without_a_token_there_is_nothing_to_press() {
    let without = Frame { csrf: None, ..frame("") };
    for (name, page) in pages(&without, &plain) {
        let elements = check(&page, "");
        let posts = elements.iter().filter(|element| element.get("method") == Some("post")).count();
        assert_eq!(posts, 0, "{name}");
    }
    for (name, page) in pages(&frame(""), &plain) {
        let elements = check(&page, "");
        let posts = elements.iter().filter(|element| element.get("method") == Some("post")).count();
        let tokens = elements.iter().filter(|element| element.get("name") == Some("csrf")).count();
        assert!(posts > 0 && posts == tokens, "{name}: {posts} forms, {tokens} tokens");
    }
}

#[test]
fn routes_are_told_by_stage() {
    let text = shown(&api(&frame(""), &Sampler { own: &plain }.api()).into_string());
    // The route that is live alone, and the one that the deployment's summary names.
    assert!(text.contains("GET /healthnot readas editednot known"), "{text}");
    assert!(text.contains("POST /ordersAWS_PROXY https://example.comnot deployedno such route"), "{text}");
}

#[test]
fn colours_can_be_told_from_what_is_behind_them() {
    // WCAG 2.2, 1.4.3: text has a contrast of at least 4.5 to 1; 1.4.11: marks of at least 3.
    let (light, dark) = STYLE.split_once("@media screen and (prefers-color-scheme: dark)").unwrap();
    for scheme in [light, dark.split_once("* {").unwrap().0] {
        let colour = |name: &str| luminance(scheme, name);
        for ink in ["ink", "dim", "link", "bad", "warn", "low", "good", "unknown"] {
            for paper in ["paper", "sheet", "code"] {
                assert!(contrast(colour(ink), colour(paper)) >= 4.5, "{ink} on {paper}");
            }
        }
        for (ink, paper) in [
            ("bad", "bad-tint"),
            ("good", "good-tint"),
            ("ink", "unknown-tint"),
            ("dim", "bad-tint"),
            ("dim", "unknown-tint"),
            ("dim", "good-tint"),
            ("sheet", "bad"),
            ("sheet", "link"),
            ("sheet", "ink"),
        ] {
            assert!(contrast(colour(ink), colour(paper)) >= 4.5, "{ink} on {paper}");
        }
    }
}

/// The relative luminance of a colour of the style sheet.
fn luminance(scheme: &str, name: &str) -> f64 {
    let (_, rest) = scheme.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("{name}"));
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(rest.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
