//! What we depend on: how much, in how many versions, from where, under which licences.
//!
//! The allowed licences and the excused duplicates are those of `deny.toml`, so that `cargo deny` and this
//! test cannot disagree. Advisories are not looked up here: that needs a database (CONTRIBUTING.md).
#![allow(clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

const DIRECT: usize = 45;
const NORMAL_GRAPH: usize = 170;

#[test]
fn dependencies_stay_few() {
    let metadata = metadata();
    let ours = root(&metadata);
    let direct = normal(node(&metadata, ours)).len();
    assert!(direct <= DIRECT, "{direct} direct dependencies, at most {DIRECT}");

    let mut graph = BTreeSet::from([ours]);
    let mut open = vec![ours];
    while let Some(id) = open.pop() {
        open.extend(normal(node(&metadata, id)).into_iter().filter(|id| graph.insert(id)));
    }
    assert!(graph.len() <= NORMAL_GRAPH, "{} packages in the normal graph, at most {NORMAL_GRAPH}", graph.len());
}

#[test]
fn a_second_version_has_a_reason() {
    let excused = quoted_after("deny.toml", "skip = [", "crate = ");
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let lock = fs::read_to_string("Cargo.lock").expect("Cargo.lock is checked in");
    for package in lock.split("[[package]]").skip(1) {
        versions.entry(value(package, "name")).or_default().push(value(package, "version"));
    }
    for (name, mut versions) in versions {
        versions.sort();
        let unexcused =
            versions.iter().filter(|version| !excused.iter().any(|excuse| names(excuse, &name, version))).count();
        assert!(unexcused <= 1, "{name} comes in {versions:?}: excuse one in deny.toml or get rid of it");
    }
}

#[test]
fn everything_comes_from_the_registry() {
    let lock = fs::read_to_string("Cargo.lock").expect("Cargo.lock is checked in");
    for package in lock.split("[[package]]").skip(1) {
        let name = value(package, "name");
        assert!(name == env!("CARGO_PKG_NAME") || value(package, "source").starts_with("registry+"), "{name}");
        assert!(name == env!("CARGO_PKG_NAME") || package.contains("\nchecksum = "), "{name} has no checksum");
    }
}

#[test]
fn release_candidates_are_pinned() {
    let manifest = fs::read_to_string("Cargo.toml").expect("Cargo.toml is here");
    for line in
        manifest.lines().filter(|line| ["-rc.", "-pre.", "-alpha", "-beta"].iter().any(|mark| line.contains(mark)))
    {
        assert!(line.contains("\"="), "pin it with =: {line}");
    }
}

#[test]
fn licences_are_allowed() {
    let allowed = quoted_after("deny.toml", "allow = [", "");
    assert!(!allowed.is_empty());
    for package in metadata()["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(is_allowed(licence, &allowed), "{}: the licence {licence} is not allowed", package["name"]);
    }
}

#[test]
fn licence_expressions() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Unicode-3.0".to_owned()];
    for good in ["MIT", "GPL-3.0 OR MIT", "Unlicense/MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["", "none", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND OpenSSL"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

/// An SPDX expression with at most one level of parentheses.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let any = |text: &str, all: &dyn Fn(&str) -> bool| text.replace('/', " OR ").split(" OR ").any(all);
    let simple =
        |text: &str| any(text, &|all| all.split(" AND ").all(|one| allowed.iter().any(|name| name == one.trim())));
    if !expression.contains('(') {
        return simple(expression);
    }
    expression.split(" AND ").all(|group| simple(group.trim().trim_start_matches('(').trim_end_matches(')')))
}

fn metadata() -> Value {
    let host = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let host = String::from_utf8(host.stdout).expect("UTF-8");
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    // What was built for this machine is there already: no network is needed.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn root(metadata: &Value) -> &str {
    metadata["resolve"]["root"].as_str().expect("a root package")
}

fn node<'a>(metadata: &'a Value, id: &str) -> &'a Value {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("nodes");
    nodes.iter().find(|node| node["id"] == id).expect("every package has a node")
}

/// The packages it needs to run, without those of its tests and build scripts.
fn normal(node: &Value) -> Vec<&str> {
    let needed = node["deps"].as_array().expect("deps").iter();
    let is_normal =
        |needed: &&Value| needed["dep_kinds"].as_array().expect("kinds").iter().any(|kind| kind["kind"].is_null());
    needed.filter(is_normal).map(|needed| needed["pkg"].as_str().expect("an id")).collect()
}

/// The value of a line `key = "value"`.
fn value(package: &str, key: &str) -> String {
    let start = format!("{key} = \"");
    let line = package.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default();
    line.trim_end_matches('"').to_owned()
}

/// The first quoted text after `key` on each line of a list.
fn quoted_after(file: &str, list: &str, key: &str) -> Vec<String> {
    let text = fs::read_to_string(file).expect("deny.toml is here");
    let list = text.split(list).nth(1).unwrap_or_default().split("\n]").next().unwrap_or_default().to_owned();
    let quoted = |line: &str| Some(line.split_once(key)?.1.split('"').nth(1)?.to_owned());
    list.lines().filter_map(quoted).collect()
}

/// Whether `name@2` means this package in this version.
fn names(excuse: &str, name: &str, version: &str) -> bool {
    let (excused, prefix) = excuse.split_once('@').unwrap_or((excuse, ""));
    excused == name && (prefix.is_empty() || format!("{version}.").starts_with(&format!("{prefix}.")))
}
