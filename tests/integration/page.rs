//! The pages in Chromium: what they show on a desk, on a phone and in the dark, what their forms do, and what they do not
//! do: run anything, ask another host, or scroll sideways.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tests::dashboard::Dashboard;
use tests::{browser, sample};

/// What a browser saw of the sample account.
fn seen() -> Option<&'static Value> {
    static SEEN: OnceLock<Option<Value>> = OnceLock::new();
    SEEN.get_or_init(|| browser::pages(&Dashboard::of_the_sample().host, std::env::var_os("STAGECHECK_SHOTS"))).as_ref()
}

/// What there is to complain about, of everything that was seen.
fn complaints(seen: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, screens) in seen["pages"].as_object().unwrap() {
        for (screen, page) in screens.as_object().unwrap() {
            let expected = [
                ("status", json!(200)),
                ("landmarks", json!(true)),
                ("styled", json!(true)),
                ("scrolls", json!(false)),
                ("injected", json!(0)),
                ("faint", json!([])),
                ("small", json!([])),
                ("outside", json!([])),
                ("said", json!([])),
            ];
            for (what, expected) in expected {
                if page[what] != expected {
                    complaints.push(format!("{path} on {screen}: {what} {}", page[what]));
                }
            }
        }
    }
    complaints
}

#[test]
fn every_page_of_the_sample_account_in_a_browser() {
    let Some(seen) = seen() else { return };
    assert_eq!(complaints(seen), [""; 0]);
    assert_eq!(seen["elsewhere"], json!([]));
    let pages = seen["pages"].as_object().unwrap();
    let count = |start: &str, end: &str| {
        pages.keys().filter(|path| path.starts_with(start) && path.split('?').next().unwrap().ends_with(end)).count()
    };
    assert_eq!(count("/apis/", "/drift"), 7, "{:?}", pages.keys());
    assert!(count("/findings/", "") > 30, "{:?}", pages.keys());
    let on = |screen: &str| pages.values().filter(|screens| screens.get(screen).is_some()).count();
    // In the dark, one page of each kind.
    assert_eq!((on("desktop"), on("phone"), on("dark")), (pages.len(), pages.len(), 7));
    assert_eq!(seen["keys"], json!({ "first": "skip", "shown": true, "then": "main" }));
}

#[test]
fn forms_in_a_browser() {
    let Some(seen) = seen() else { return };
    let forms = &seen["forms"];
    let url = "/findings?state=open&severity=medium&api=&check=";
    assert_eq!(forms["filtered"], json!({ "url": url, "severities": ["medium"], "chosen": "medium" }));
    let explained = &forms["explained"];
    assert_eq!(explained["heading"], "Why the request fails");
    let answer = explained["answer"].as_str().unwrap();
    assert_eq!(answer.to_lowercase(), "certain the url lacks the stage");
    assert_eq!(
        (&explained["secret"], &explained["faint"], &explained["injected"]),
        (&json!(false), &json!([]), &json!(0))
    );
    assert_eq!(forms["refused"], json!({ "alerts": 1, "invalid": "true", "kept": "" }));
    assert_eq!(forms["without scripts"], "Why the request fails");
    assert_eq!(forms["said"], json!([]));
    let commands = seen["commands"].as_array().unwrap();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let selected = command["selected"].as_str().unwrap();
        assert!(!selected.starts_with('$') && !selected.contains('\n'), "{command}");
        assert!(["aws ", "curl "].iter().any(|program| selected.starts_with(program)), "{command}");
    }
}

/// What somebody may have called an API, a key, an authorizer, or written to a log.
const HOSTILE: [&str; 4] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "\u{202e}javascript:alert(1)\u{1b}[31m",
    "</title></textarea><svg onload=alert(1)>WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

/// Puts markup behind every name, description and log line of a recording.
fn spoil(value: &mut Value, number: &mut usize) {
    match value {
        Value::Object(map) => {
            for (key, own) in map {
                match own {
                    Value::String(text)
                        if ["name", "Name", "description", "Description", "message"].contains(&key.as_str()) =>
                    {
                        *number += 1;
                        text.push_str(HOSTILE[*number % HOSTILE.len()]);
                    }
                    own => spoil(own, number),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|own| spoil(own, number)),
        _ => {}
    }
}

#[test]
fn hostile_names_in_a_browser() {
    let mut recording: Value = serde_json::from_str(&fs::read_to_string(sample()).unwrap()).unwrap();
    let mut number = 0;
    spoil(&mut recording, &mut number);
    assert!(number > 20, "{number}");
    let path = std::env::temp_dir().join(format!("stagecheck-{}-hostile.json", std::process::id()));
    fs::write(&path, recording.to_string()).unwrap();
    let dashboard = Dashboard::start(&["--recording", path.to_str().unwrap()]);
    let seen = browser::pages(&dashboard.host, None);
    fs::remove_file(&path).unwrap();
    let Some(seen) = seen else { return };
    assert_eq!(complaints(&seen), [""; 0]);
    assert_eq!((&seen["elsewhere"], &seen["forms"]["said"]), (&json!([]), &json!([])));
    let pages = seen["pages"].as_object().unwrap().values();
    let headings: Vec<&str> = pages.map(|screens| screens["desktop"]["heading"].as_str().unwrap()).collect();
    for shown in ["<script>alert(1)</script>", "onerror=alert(1)>", "\\u{202e}javascript:"] {
        assert!(headings.iter().any(|heading| heading.contains(shown)), "{shown}: {headings:?}");
    }
}
