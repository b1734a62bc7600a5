//! The Public Key Interoperability Test Suite: RFC 5280 section 6 as everybody tests it (threats P1, P8, P10, P14).
//!
//! The answer is in the name of a target, in `policies.tsv`, or in `differences.tsv` with its reason. Not one that is
//! invalid may be accepted, and a difference that is none any more fails, too.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;

mod support;

use support::{ROOT, assert_none, each, run};

const AT: &str = "2026-01-01";

fn pem(label: &str, path: &Path) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, &fs::read(path).unwrap()).unwrap()
}

/// A folder with the anchor, with all other authorities in one file, and with all revocation lists in one.
fn authorities() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut others = String::new();
    for entry in fs::read_dir(Path::new(ROOT).join("testdata/pkits/certs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let pem = pem("CERTIFICATE", &path);
        match name.as_str() {
            "TrustAnchorRootCertificate.crt" => fs::write(folder.path().join("anchor.pem"), pem).unwrap(),
            name if name.ends_with("EE.crt") => {}
            _ => others += &pem,
        }
    }
    fs::write(folder.path().join("authorities.pem"), others).unwrap();
    let lists = fs::read_dir(Path::new(ROOT).join("testdata/pkits/crls")).unwrap();
    let lists: Vec<String> = lists.map(|entry| pem("X509 CRL", &entry.unwrap().path())).collect();
    assert_eq!(lists.len(), 173);
    fs::write(folder.path().join("lists.pem"), lists.concat()).unwrap();
    folder
}

fn table(file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join("testdata/pkits").join(file)).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// What we answer about a target: `valid` or `invalid`, and why.
fn answer(folder: &Path, test: &str, options: &str) -> (&'static str, String) {
    let [anchor, authorities] = ["anchor.pem", "authorities.pem"].map(|file| folder.join(file).display().to_string());
    let words = ["check-san", "-q", "--purpose", "any", "--at-time", AT, "-CAfile", &anchor, "-certfile", &authorities];
    let target = format!("testdata/pkits/certs/{test}EE.crt");
    let options = options.split_whitespace().filter(|word| *word != "-");
    let arguments: Vec<String> = words.into_iter().chain(options).chain([target.as_str()]).map(str::to_owned).collect();
    let ran = run(&arguments, b"");
    match ran.status {
        0 => ("valid", String::new()),
        1 | 3 | 4 | 5 => ("invalid", ran.said()),
        status => panic!("{test}: {status}: {}", ran.said()),
    }
}

fn targets() -> Vec<String> {
    let files = fs::read_dir(Path::new(ROOT).join("testdata/pkits/certs")).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix("EE.crt").map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names.len(), 223);
    names
}

#[test]
fn pkits_targets() {
    let folder = authorities();
    let differences: HashMap<String, String> =
        table("differences.tsv").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let named: Vec<String> =
        targets().into_iter().filter(|test| test.starts_with("Valid") || test.starts_with("Invalid")).collect();
    assert!(differences.values().all(|ours| ours == "invalid"));
    assert!(named.len() > 200 && differences.keys().all(|test| named.contains(test)));
    let options = format!("--crl {} -crl_check_all", folder.path().join("lists.pem").display());
    assert_none(&each(&named, |_, test| {
        let usual = if test.starts_with("Valid") { "valid" } else { "invalid" };
        // None that is invalid is among them.
        let expected = differences.get(test).map_or(usual, |ours| ours.as_str());
        let (found, said) = answer(folder.path(), test, &options);
        if found == expected { vec![] } else { vec![format!("{test}: {found}, not {expected}: {said}")] }
    }));
}

#[test]
fn pkits_policies() {
    let folder = authorities();
    assert_none(&each(&table("policies.tsv"), |_, row| {
        let [test, options, expected] = row.as_slice() else { panic!("{row:?}") };
        let (found, said) = answer(folder.path(), test, options);
        let is_right = found == expected && (found == "valid" || said.contains("[trust.policy]"));
        if is_right { vec![] } else { vec![format!("{test} {options}: {found}, not {expected}: {said}")] }
    }));
}
