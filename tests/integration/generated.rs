//! What is written from the checks: their registry, their pages, the table of the README. Run the tests with
//! `UPDATE_EXPECT=1` to write them anew: twice after adding a check, once to register it and once to document it.

use std::collections::BTreeSet;
use std::fs;

use collect::permissions::{self, Permission};
use engine::check::Check;
use engine::checks;
use engine::suppress::PASSING;
use expect_test::expect_file;
use tests::{read, root};

/// The files of the checks, by module name.
fn modules() -> Vec<String> {
    let files = fs::read_dir(root().join("crates/engine/src/checks")).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn the_registry_holds_every_file() {
    let modules = modules();
    let declared: String = modules.iter().map(|module| format!("pub mod {module};\n")).collect();
    let listed: String = modules.iter().map(|module| format!("    &{module}::CHECK,\n")).collect();
    let registry = format!(
        "//! The checks, one file each. A test writes this file: after adding a check, run `UPDATE_EXPECT=1 cargo test`.\n\n\
         use crate::check::Check;\n\n\
         {declared}\n\
         /// Every check, by id.\n\
         #[rustfmt::skip]\n\
         pub static ALL: &[&Check] = &[\n{listed}];\n"
    );
    expect_file!["../../crates/engine/src/checks.rs"].assert_eq(&registry);
}

#[test]
fn ids_are_the_names_of_the_files() {
    let ids: Vec<String> = checks::ALL.iter().map(|check| check.id.replace('-', "_")).collect();
    assert_eq!(ids, modules());
}

#[test]
fn checks_of_what_happened_of_late_are_known_as_such() {
    let looks_back = |module: &&String| {
        let source = read(&format!("crates/engine/src/checks/{module}.rs"));
        let code = source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        code.contains("failing::") || code.contains(".health")
    };
    let modules = modules();
    let own: Vec<String> = modules.iter().filter(looks_back).map(|module| module.replace('_', "-")).collect();
    let unknown: Vec<&String> = own.iter().filter(|id| !PASSING.contains(&id.as_str())).collect();
    assert!(
        !own.is_empty() && unknown.is_empty(),
        "a suppression of these may be for something at any time: {unknown:?}"
    );
    assert!(PASSING.iter().all(|id| checks::ALL.iter().any(|check| check.id == *id)));
}

#[test]
fn every_page_has_the_same_headings() {
    for check in checks::ALL {
        let headings: Vec<&str> =
            check.docs.lines().map(str::trim).filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, ["What it looks for", "Why it matters", "How to fix", "References"], "{}", check.id);
        assert!(!check.title().is_empty() && check.title().len() <= 100, "{}: {}", check.id, check.title());
        let references = check.docs.split("## References").nth(1).unwrap_or_default();
        assert!(references.contains("https://"), "{} cites no source", check.id);
    }
}

#[test]
fn every_check_has_tests_of_its_own() {
    for module in modules() {
        let source = read(&format!("crates/engine/src/checks/{module}.rs"));
        let tests = source.split("#[cfg(test)]").nth(1).unwrap_or_default().matches("#[test]").count();
        assert!(tests >= 3, "{module} has {tests} tests: one that fires, one that is silent, one that was not read");
    }
}

#[test]
fn the_pages_are_written_from_the_checks() {
    let mut pages =
        "# Checks\n\nWritten from the checks themselves; `stagecheck checks ID` prints one page.\n".to_owned();
    for check in checks::ALL {
        // Within the document each page is one level further down.
        let page = check.page().replace("\n## ", "\n### ");
        let (title, body) = page.split_once('\n').unwrap();
        let kinds: Vec<&str> = check.kinds.iter().map(|kind| kind.name()).collect();
        let kinds = if kinds.is_empty() { "the account".to_owned() } else { kinds.join(", ") };
        pages.push_str(&format!(
            "\n## {}\n\n{}.\n\nAt worst *{}*; looks at {kinds}; since {}.\n{}\n",
            check.id,
            title.trim_start_matches("# "),
            check.severity.name(),
            check.since,
            body.trim_end(),
        ));
    }
    expect_file!["../../docs/checks.md"].assert_eq(&pages);
}

#[test]
fn the_table_of_the_readme_is_written_from_the_checks() {
    let row = |check: &&Check| {
        format!("| [`{0}`](docs/checks.md#{0}) | {1} | {2} |\n", check.id, check.severity.name(), check.title())
    };
    let (warnings, others): (Vec<_>, Vec<_>) = checks::ALL.iter().copied().partition(|check| tests::is_warning(check));
    let rows: String = others.iter().map(row).collect();
    let table = format!(
        "| check | at worst | what is wrong |\n| --- | --- | --- |\n{rows}\n\
         {} further checks warn of causes of failing requests before anyone calls, on the proof by which `stagecheck explain`\n\
         finds them: from `{}` to `{}`. All of them are in [docs/checks.md](docs/checks.md).\n",
        warnings.len(),
        warnings.first().map_or("", |check| check.id),
        warnings.last().map_or("", |check| check.id),
    );
    let readme = read("README.md");
    let (before, rest) = readme.split_once("<!-- checks -->\n").expect("the README has a place for the table");
    let (_, after) = rest.split_once("<!-- /checks -->").expect("the place has an end");
    expect_file!["../../README.md"].assert_eq(&format!("{before}<!-- checks -->\n{table}<!-- /checks -->{after}"));
}

#[test]
fn the_permissions_page_is_written_from_their_table() {
    let mut page = "# Permissions\n\nWhat reading takes, and what for. Asking routes, which nothing does without being told to, stands apart.\nNothing here writes to an API.\n".to_owned();
    let parts = [
        ("Audits and drift", "stagecheck permissions", permissions::ALL.as_slice()),
        ("Explanations", "stagecheck permissions --explain", permissions::EXPLAIN.as_slice()),
        ("Asking routes", "stagecheck permissions --probe", permissions::PROBE.as_slice()),
    ];
    for (title, command, all) in parts {
        page.push_str(&format!(
            "\n## {title}\n\n`{command}` prints the IAM policy.\n\n| action | resource | call | what for |\n| --- | --- | --- | --- |\n"
        ));
        for permission in all {
            let arn = permission.arn("aws");
            page.push_str(&format!(
                "| `{}` | `{arn}` | `{}` | {} |\n",
                permission.action, permission.call, permission.purpose
            ));
        }
        let calls: BTreeSet<(&str, &str)> =
            all.iter().map(|permission| (permission.call, permission.resource)).collect();
        assert_eq!(calls.len(), all.len(), "each call stands once for a resource");
    }
    page.push_str(
        "\n## The service\n\nWhat each function of `template.yaml` may do besides, by a role of its own. The auditor reads what audits read, and asks routes \
         only with the parameter `ProbePolicy`; the dashboard reads what explanations read. What is the service's own has the name \
         that it has in the template; other accounts are read by the role of `accounts-role.yaml`.\n",
    );
    let resource = |own: &Permission| if own.is_of_the_service() { own.resource.to_owned() } else { own.arn("aws") };
    let functions = [
        ("Dispatcher", permissions::DISPATCHER.as_slice(), permissions::DISPATCHER_LAMBDA.as_slice()),
        ("Auditor", &permissions::AUDITOR, &permissions::AUDITOR_LAMBDA),
        ("Dashboard", &permissions::DASHBOARD, &permissions::DASHBOARD_LAMBDA),
    ];
    for (name, all, by_lambda) in functions {
        page.push_str(&format!("\n### {name}\n\n| action | resource | call | what for |\n| --- | --- | --- | --- |\n"));
        for own in all {
            page.push_str(&format!("| `{}` | `{}` | `{}` | {} |\n", own.action, resource(own), own.call, own.purpose));
        }
        page.push_str(
            "\nLambda itself, as the function's role:\n\n| action | resource | what for |\n| --- | --- | --- |\n",
        );
        for own in by_lambda {
            page.push_str(&format!("| `{}` | `{}` | {} |\n", own.action, resource(own), own.purpose));
        }
    }
    expect_file!["../../docs/permissions.md"].assert_eq(&page);
}
