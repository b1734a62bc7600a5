//! Every vector of `testdata/vectors`, judged by the program as a whole: exit code, error code, product, and that
//! nothing is written when the answer is no. Its README says what a vector is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};
use sip_smime::error::{Condition, Error};

mod support;

use support::{ROOT, Ran, Vector, assert_none, drives_a_terminal, each, run, vectors, vectors_of};

#[test]
fn every_vector_gets_its_answer() {
    answers(&vectors_of("verify"), 600);
}

#[test]
fn every_vector_of_decrypt_gets_its_answer() {
    answers(&vectors_of("decrypt"), 350);
}

#[test]
fn divergences_are_vectors() {
    let vectors = vectors();
    for (name, _) in divergences() {
        assert!(vectors.iter().any(|vector| vector.name == name), "divergences.tsv names no vector: {name}");
    }
}

fn answers(vectors: &[Vector], at_least: usize) {
    assert!(vectors.len() > at_least, "there are {} vectors", vectors.len());
    let divergences = divergences();
    assert_none(&each(vectors, |index, vector| {
        let mut wrong = Vec::new();
        wrong.extend(to_standard_output(vector));
        wrong.extend(to_a_file(vector, index));
        wrong.extend(as_json(vector));
        if let Some((_, reason)) = divergences.iter().find(|(name, _)| *name == vector.name) {
            // A divergence that is gone has to leave the list.
            wrong = match wrong.is_empty() {
                true => vec![format!("passes, though divergences.tsv says: {reason}")],
                false => Vec::new(),
            };
        }
        wrong.into_iter().map(|what| format!("{}: {what}", vector.name)).collect()
    }));
}

// VFY-02, VFY-03: no octet that the signature covers can change, nor one of the signature.
#[test]
fn a_changed_octet_is_refused() {
    changes_are_refused(vectors_of("verify"), 150);
}

// DEC-06, B7, B8: no octet of ciphertext, tag, nonce, authenticated attributes or wrapped key can change.
#[test]
fn a_changed_octet_of_what_is_encrypted_is_refused() {
    changes_are_refused(vectors_of("decrypt"), 80);
}

fn changes_are_refused(vectors: Vec<Vector>, at_least: usize) {
    let vectors: Vec<Vector> = vectors.into_iter().filter(|vector| vector.get("flips").is_some()).collect();
    assert!(vectors.len() > at_least, "{} vectors say what is covered", vectors.len());
    assert_none(&each(&vectors, |index, vector| {
        let changes = vector.flips().into_iter().flat_map(|(start, end)| sample(start, end, index));
        changes.filter_map(|(at, bit)| with_one_bit_changed(vector, at, bit)).collect()
    }));
}

#[test]
fn codes_and_exit_codes_are_those_of_the_program() {
    for vector in vectors() {
        let known = Condition::ALL.iter().map(|condition| Error::new(*condition));
        let mut exits =
            known.filter(|error| error.code() == vector.expect()).map(|error| i32::from(error.exit().code()));
        let exit = if vector.expect() == "ok" { Some(0) } else { exits.next() };
        assert_eq!(exit, Some(vector.exit()), "{}: {}", vector.name, vector.expect());
        assert_eq!(vector.get("content").is_some(), vector.expect() == "ok", "{}", vector.name);
    }
}

#[test]
fn the_maker_makes_the_same_octets() {
    let probe = "from cryptography.hazmat.primitives import hashes\n\
                 from cryptography.hazmat.primitives.asymmetric import ec\n\
                 key = ec.generate_private_key(ec.SECP256R1())\n\
                 key.sign(b'', ec.ECDSA(hashes.SHA256(), deterministic_signing=True))\n";
    let can = Command::new("python3").args(["-c", probe]).output().is_ok_and(|output| output.status.success());
    if !can {
        let required = std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_some_and(|value| value == "1");
        assert!(!required, "python3 with a cryptography that has deterministic ECDSA is needed");
        eprintln!("skipped: no python3 with a cryptography that has deterministic ECDSA");
        return;
    }
    for folder in ["vectors", "capabilities"] {
        let maker = Path::new(ROOT).join("testdata").join(folder).join("make.py");
        let output = Command::new("python3").arg(maker).arg("--check").output().unwrap();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    }
}

/// The product goes to standard output, and nothing else does.
fn to_standard_output(vector: &Vector) -> Vec<String> {
    let ran = run(&vector.arguments(), &vector.octets);
    let mut wrong = usual(vector, &ran);
    match vector.get("content") {
        Some(expected) if digest(&ran.stdout) != expected => {
            wrong.push(format!("the product is another: {}", ran.stdout.escape_ascii()));
        }
        None if !ran.stdout.is_empty() => wrong.push(format!("written: {}", ran.stdout.escape_ascii())),
        _ => {}
    }
    wrong
}

/// The product replaces a file that exists, or leaves it as it was.
fn to_a_file(vector: &Vector, index: usize) -> Vec<String> {
    const BEFORE: &[u8] = b"what was there before\n";
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vectors-{}-{index}", vector.command()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("out");
    fs::write(&file, BEFORE).unwrap();
    let mut arguments = vector.arguments();
    arguments.extend(["-v".to_owned(), "-out".to_owned(), file.display().to_string()]);
    let ran = run(&arguments, &vector.octets);
    let mut wrong = usual(vector, &ran);
    if !ran.stdout.is_empty() {
        wrong.push("with -out, something is written to standard output".to_owned());
    }
    let after = fs::read(&file).unwrap_or_default();
    match vector.get("content") {
        Some(expected) if digest(&after) != expected => wrong.push("the product in -out is another".to_owned()),
        None if after != BEFORE => wrong.push("-out was touched".to_owned()),
        _ => {}
    }
    if fs::read_dir(&folder).unwrap().count() != 1 {
        wrong.push("something is left beside -out".to_owned());
    }
    fs::remove_dir_all(&folder).unwrap();
    wrong
}

/// `--json` says the same, and the verdicts and findings that the vector names.
fn as_json(vector: &Vector) -> Vec<String> {
    let mut arguments = vector.arguments();
    arguments.push("--json".to_owned());
    let ran = run(&arguments, &vector.octets);
    let mut wrong = usual(vector, &ran);
    let lines = text(&ran.stdout);
    let Ok(json) = serde_json::from_str::<Value>(&lines) else {
        wrong.push(format!("not one JSON object: {lines}"));
        return wrong;
    };
    let code = json["error"]["code"].as_str().unwrap_or("ok");
    if code != vector.expect() || json["exit"].as_i64() != Some(i64::from(vector.exit())) {
        wrong.push(format!("JSON says {code} and exit {}", json["exit"]));
    }
    let verification = &json["verification"];
    for (question, expected) in
        vector.get("verdicts").unwrap_or_default().split(' ').filter_map(|pair| pair.split_once('='))
    {
        let verdict = verification["signers"][0][question]["verdict"].as_str().unwrap_or("nothing");
        if verdict.replace(' ', "-") != expected {
            wrong.push(format!("{question} is {verdict}, not {expected}"));
        }
    }
    if let Some(expected) = vector.get("integrity")
        && json["integrity"] != expected
    {
        wrong.push(format!("integrity is {}, not {expected}", json["integrity"]));
    }
    if let Some(expected) = vector.get("finding") {
        let holder = if vector.command() == "verify" { verification } else { &json };
        let findings = holder["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !findings.iter().any(|finding| finding["finding"] == expected) {
            wrong.push(format!("there is no finding {expected}"));
        }
    }
    wrong
}

/// What holds for every run.
fn usual(vector: &Vector, ran: &Ran) -> Vec<String> {
    let mut wrong = Vec::new();
    if ran.status != vector.exit() {
        wrong.push(format!("exit {} in place of {} {}: {}", ran.status, vector.exit(), vector.expect(), ran.said()));
    }
    let said = text(&ran.stderr);
    let codes: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("sip-smime: error: "))
        .map(|line| line.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']')).unwrap_or("no code"))
        .collect();
    let expected = Some(vector.expect()).filter(|code| *code != "ok");
    if codes != Vec::from_iter(expected) {
        wrong.push(format!("{codes:?} in place of {}", vector.expect()));
    }
    if let Some(what) = drives_a_terminal(&ran.stderr) {
        wrong.push(format!("{what} on standard error"));
    }
    if vector.row_is("C15") && said.contains("UNSIGNED") {
        wrong.push("an unsigned attribute is shown".to_owned());
    }
    wrong
}

/// The vectors that the program does not answer as it should, with the reason.
fn divergences() -> Vec<(String, String)> {
    let table = fs::read_to_string(Path::new(ROOT).join("testdata/vectors/divergences.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_once('\t').expect("a row is a vector and a reason"));
    rows.map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

/// A few places in a range, the first and the last among them, with a bit for each.
fn sample(start: usize, end: usize, index: usize) -> impl Iterator<Item = (usize, u32)> {
    const PLACES: usize = 5;
    let length = end - start;
    let places = (0..PLACES.min(length)).map(move |n| start + n * (length - 1) / (PLACES - 1).max(1));
    places.enumerate().map(move |(n, at)| (at, u32::try_from((n * 3 + index) % 8).unwrap()))
}

fn with_one_bit_changed(vector: &Vector, at: usize, bit: u32) -> Option<String> {
    let mut octets = vector.octets.clone();
    octets[at] ^= 1 << bit;
    let ran = run(&vector.arguments(), &octets);
    // Where the octet is one of structure anybody can see what is wrong with it.
    let said = ran.said();
    let is_one = |codes: &[&str]| codes.iter().any(|code| said.contains(&format!("[{code}")));
    let refused = match (vector.command(), ran.status) {
        ("decrypt", 1) if !said.contains("layer 1: signed") => is_one(&["decrypt.failed]"]),
        (_, 1) => is_one(&["verify.", "trust.", "decrypt.failed]"]),
        (_, 3) => is_one(&["asn1.", "cms.", "mime.", "pem.", "limit."]),
        _ => false,
    };
    let refused = refused && ran.stdout.is_empty();
    (!refused).then(|| {
        format!(
            "{}: bit {bit} of octet {at} changed: exit {}, {} octets written: {}",
            vector.name,
            ran.status,
            ran.stdout.len(),
            ran.said()
        )
    })
}

fn digest(octets: &[u8]) -> String {
    hex::encode(Sha256::digest(octets))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
