//! CONFORMANCE.md keeps its word: every row stands once, and the tests it names exist.
//!
//! A test is a function `fn NAME` under `src/` or `tests/`, or a vector `testdata/vectors/NAME.vec`.
#![allow(clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[test]
fn every_row_stands_once_and_names_tests_that_exist() {
    let text = fs::read_to_string("CONFORMANCE.md").expect("CONFORMANCE.md is here");
    let known = known_tests();
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.lines().filter(|line| is_row(line)) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [row, source, requirement, status, tests] = cells[..] else {
            complaints.push(format!("not five cells: {line}"));
            continue;
        };
        if !seen.insert(row) {
            complaints.push(format!("{row} stands twice"));
        }
        if source.is_empty() || requirement.is_empty() {
            complaints.push(format!("{row}: an empty cell"));
        }
        let named: Vec<&str> =
            tests.split(", ").map(|name| name.trim_matches('`')).filter(|name| *name != "-").collect();
        match status {
            "done" | "partial" if named.is_empty() => complaints.push(format!("{row} is {status} without a test")),
            "done" | "partial" | "not" => *counts.entry(status).or_default() += 1,
            other => complaints.push(format!("{row}: the status {other} is not done, partial or not")),
        }
        complaints
            .extend(named.iter().filter(|name| !known.contains(**name)).map(|name| format!("{row}: no test {name}")));
    }
    assert!(complaints.is_empty(), "CONFORMANCE.md:\n{}", complaints.join("\n"));
    let sum = ["done", "partial", "not"].map(|status| format!("{} {status}", counts.get(status).copied().unwrap_or(0)));
    let sum = format!("{} rows: {}.", seen.len(), sum.join(", "));
    assert!(text.contains(&sum), "CONFORMANCE.md should say at its top: {sum}");
}

/// A line of a table that is neither its head nor the line below.
fn is_row(line: &str) -> bool {
    line.starts_with("| ") && !line.starts_with("| row |") && !line.starts_with("| --- |")
}

/// The names of all functions and vectors.
fn known_tests() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for folder in ["src", "tests", "testdata/vectors"] {
        walk(Path::new(folder), &mut |path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("vec") => drop(known.insert(stem.to_owned())),
                Some("rs") => known.extend(functions(&fs::read_to_string(path).expect("UTF-8"))),
                _ => {}
            }
        });
    }
    known
}

fn functions(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let rest = line.trim_start().strip_prefix("fn ")?;
        Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    };
    text.lines().filter_map(name).collect()
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("readable").path();
        match path.is_dir() {
            true if path.ends_with("target") => {}
            true => walk(&path, visit),
            false => visit(&path),
        }
    }
}
