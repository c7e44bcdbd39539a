//! Who may depend on whom, and what every file is held to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{read, root};

/// Every Rust file of the workspace.
fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["crates", "functions", "tests"] {
        walk(&root().join(folder), &mut found);
    }
    found
}

/// The crates that a crate is built with.
fn dependencies(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo)
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package", package])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_engine_has_no_async_no_network_and_no_aws_in_it() {
    let own = dependencies("engine");
    let expected = [
        "arraydeque",
        "block-buffer",
        "cfg-if",
        "const-oid",
        "cpufeatures",
        "crypto-common",
        "digest",
        "engine",
        "hybrid-array",
        "itoa",
        "jiff",
        "jiff-core",
        "memchr",
        "regex-lite",
        "saphyr-parser",
        "serde",
        "serde_core",
        "serde_derive",
        "serde_json",
        "sha2",
        "thiserror",
        "thiserror-impl",
        "typenum",
        "zmij",
    ];
    let procedural = ["proc-macro2", "quote", "syn", "unicode-ident"];
    let allowed: BTreeSet<String> = expected.iter().chain(&procedural).map(|name| (*name).to_owned()).collect();
    assert_eq!(own.difference(&allowed).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn arrows_point_one_way() {
    let members = [
        "engine",
        "config",
        "collect",
        "sandbox",
        "store",
        "words",
        "service",
        "web",
        "cli",
        "auditor",
        "dispatcher",
        "dashboard",
        "tests",
    ];
    let of = |package: &str| {
        let all = dependencies(package);
        members.into_iter().filter(|member| *member != package && all.contains(*member)).collect::<Vec<_>>()
    };
    assert_eq!(of("engine"), [""; 0]);
    assert_eq!(of("config"), ["engine"]);
    assert_eq!(of("collect"), ["engine"]);
    assert_eq!(of("sandbox"), ["engine"]);
    assert_eq!(of("store"), ["engine"]);
    assert_eq!(of("words"), ["engine"]);
    assert_eq!(of("web"), ["engine", "store", "words"]);
    assert_eq!(of("service"), ["engine", "config", "collect", "store"]);
    assert_eq!(of("auditor"), ["engine", "config", "collect", "store", "service"]);
    assert_eq!(of("dispatcher"), ["engine", "config", "collect", "store", "service"]);
    assert_eq!(of("dashboard"), ["engine", "config", "collect", "store", "words", "service", "web"]);
    assert_eq!(of("cli"), ["engine", "config", "collect", "sandbox", "store", "words", "web"]);
}

#[test]
fn each_program_is_built_with_the_backend_that_it_uses() {
    let has = |package: &str| ["aws-sdk-dynamodb", "rusqlite"].map(|name| dependencies(package).contains(name));
    assert_eq!(has("cli"), [false, true]);
    assert_eq!(has("dashboard"), [true, false]);
    assert_eq!(has("auditor"), [true, false]);
    assert_eq!(has("dispatcher"), [true, false]);
    assert_eq!(has("store"), [false, false], "a backend is a feature");
}

/// The modules of the engine, each with the others that it names outside of its tests and its comments.
fn modules_of_the_engine() -> BTreeMap<String, BTreeSet<String>> {
    let folder = root().join("crates/engine/src");
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources() {
        let Ok(within) = path.strip_prefix(&folder) else { continue };
        let module = within.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if ["lib", "fixture", "testkit"].contains(&module.as_str()) || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
        let code: String = lines.filter(|line| !line.trim_start().starts_with("//")).collect();
        let first = |text: &str| text.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap().to_owned();
        let names = code.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').map(|name| first(name.trim())).collect(),
            None => vec![first(rest)],
        });
        named.entry(module).or_default().extend(names);
    }
    let all: BTreeSet<String> = named.keys().cloned().collect();
    for (module, names) in &mut named {
        names.retain(|name| name != module && all.contains(name));
    }
    named
}

#[test]
fn no_modules_of_the_engine_name_each_other_in_a_circle() {
    let mut left = modules_of_the_engine();
    assert!(left["drift"].contains("snapshot") && left["report"].contains("checks"), "{left:?}");
    // What names none of those that are left is in no circle, nor is what none of them names.
    loop {
        let names: BTreeSet<String> = left.values().flatten().cloned().collect();
        let before = left.len();
        let keys: BTreeSet<String> = left.keys().cloned().collect();
        left.retain(|module, named| names.contains(module) && named.iter().any(|name| keys.contains(name)));
        if left.len() == before {
            break;
        }
    }
    assert_eq!(left, BTreeMap::new());
}

#[test]
fn there_is_one_tls_and_one_http_stack() {
    let lock = read("Cargo.lock");
    let versions = |name: &str| lock.matches(&format!("name = \"{name}\"\n")).count();
    // Of `http` there is an older version, too, for what aws-sdk-cloudwatch compresses requests with: types, and no client.
    for name in ["hyper", "rustls", "h2", "ring", "tokio"] {
        assert_eq!(versions(name), 1, "{name}");
    }
    for name in ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls", "reqwest"] {
        assert_eq!(versions(name), 0, "{name}");
    }
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<PathBuf> =
        sources().into_iter().filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! ")).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn files_stay_short() {
    // Tables of cases are as long as there are cases.
    let is_table = |path: &Path| path.starts_with(root().join("tests/integration"));
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|path| !is_table(path))
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > 460)
        .map(|(lines, path)| format!("{}: {lines}", path.display()))
        .collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let mut files = sources();
    files.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "template.yaml", "Makefile"]
            .map(|f| root().join(f)),
    );
    // No path of a machine, no host of a registry's mirror.
    let words = ["/work/", "/root/", "/home/", "localhost:8081"];
    for path in files.into_iter().filter(|path| !path.ends_with("walls.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        for word in words {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}
