//! The catalogue of causes: its page is written from the code, and holds every cause that is known.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use engine::case::cause::{Audit, Cause, Role};
use engine::causes::{self, FAMILIES};
use expect_test::expect_file;
use serde_json::Value;
use tests::{root, shared};

fn about(cause: &Cause) -> String {
    let role = match cause.role {
        Role::Cause => "",
        Role::Hint => "A hint: it stands after the causes that explain the answer. ",
        Role::Advice => {
            "Advice: it stands after the causes that explain the answer, and is not given where one of them is certain. "
        }
    };
    let audit = match cause.audit {
        Audit::Proves => "The configuration alone proves it, before anyone calls.",
        Audit::Warns => "The configuration alone shows the risk of it.",
        Audit::Silent => "It takes the request, its answer or a log to tell.",
    };
    format!("{role}{audit}")
}

#[test]
fn the_page_of_causes_is_written_from_the_code() {
    let mut page = format!(
        "# Causes\n\nWhy requests fail: {} causes, in the order in which `stagecheck explain` asks for them. `stagecheck causes ID` prints \
         one. How certain an answer is: *certain*, if every fact of the proof was read and nothing speaks against it; *likely*, if what \
         was read fits and one fact is missing, or cannot be read at all; *possible*, if only the answer looks so.\n\n\
         [explanations.md](explanations.md) shows which failing requests it was tried on, and what it said.\n",
        causes::all().count()
    );
    for family in FAMILIES {
        write!(page, "\n## {}\n", family.name).unwrap();
        for cause in family.causes {
            let body = cause.page().replace("\n## ", "\n#### ");
            write!(page, "\n### {}\n\n`{}`. {}\n{}", cause.title(), cause.id, about(cause), body).unwrap();
        }
    }
    expect_file![root().join("docs/causes.md")].assert_eq(&page);
}

#[test]
fn every_cause_says_the_same_four_things() {
    for cause in causes::all() {
        let headings: Vec<&str> =
            cause.docs.lines().map(str::trim).filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, ["What proves it", "What refutes it", "Remedy", "Source"], "{}", cause.id);
        assert!(!cause.title().is_empty() && cause.title().len() <= 100, "{}: {}", cause.id, cause.title());
        assert_eq!(causes::all().filter(|other| other.id == cause.id).count(), 1, "{} is there twice", cause.id);
    }
}

#[test]
fn every_known_cause_is_in_the_catalogue() {
    let Some(path) = shared("facts/causes.json") else { return };
    let known: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let known: BTreeSet<&str> = known.iter().filter_map(|cause| cause["id"].as_str()).collect();
    let own: BTreeSet<&str> = causes::all().map(|cause| cause.id).collect();
    let missing: Vec<&&str> = known.difference(&own).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
