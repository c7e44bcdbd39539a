//! Who may depend on whom, and what every file is held to.

use std::collections::BTreeSet;
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
    let members = ["engine", "collect", "sandbox", "cli", "auditor", "tests"];
    let of = |package: &str| {
        let all = dependencies(package);
        members.into_iter().filter(|member| *member != package && all.contains(*member)).collect::<Vec<_>>()
    };
    assert_eq!(of("engine"), [""; 0]);
    assert_eq!(of("collect"), ["engine"]);
    assert_eq!(of("sandbox"), ["engine"]);
    assert_eq!(of("auditor"), ["engine", "collect"]);
    assert_eq!(of("cli"), ["engine", "collect", "sandbox"]);
}

#[test]
fn there_is_one_tls_and_one_http_stack() {
    let lock = read("Cargo.lock");
    let versions = |name: &str| lock.matches(&format!("name = \"{name}\"\n")).count();
    for name in ["hyper", "rustls", "h2", "http", "ring", "tokio"] {
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
