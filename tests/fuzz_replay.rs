//! Every fuzz target over everything we have: the corpora of mended crashes, and all test data, also cut short and
//! with flipped bits (threats R1). Plain tests, no fuzzer needed.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sip_smime::pki::request::CertificateRequest;
use sip_smime::smime::claim::IdentitySource;

#[path = "support/fuzz_entry.rs"]
mod fuzz_entry;
use fuzz_entry::fuzz_encrypted;

/// A fuzz target.
type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 16] = [
    ("inspect", fuzz_entry::inspect),
    ("sip_message", fuzz_entry::sip_message),
    ("capture", fuzz_entry::capture),
    ("mime_tree", fuzz_entry::mime_tree),
    ("base64", fuzz_entry::base64),
    ("cms_signed_verify", fuzz_entry::cms_signed_verify),
    ("cert_path", fuzz_entry::cert_path),
    ("crl", fuzz_entry::crl),
    ("request", fuzz_entry::request),
    ("name_match", fuzz_entry::name_match),
    ("key_files", fuzz_entry::key_files),
    ("pkcs12", fuzz_entry::pkcs12),
    ("roundtrip", fuzz_entry::roundtrip),
    ("cms_enveloped_decrypt", fuzz_encrypted::cms_enveloped_decrypt),
    ("cms_authenveloped", fuzz_encrypted::cms_authenveloped),
    ("compressed", fuzz_encrypted::compressed),
];

/// No input may take longer, in a build without optimisation on a busy machine.
const SLOW: Duration = Duration::from_secs(10);
const LARGEST: usize = 64 * 1024;

#[test]
fn every_target_has_a_fuzzer() {
    let manifest = fs::read_to_string("tests/fuzz/Cargo.toml").expect("the package of the fuzzers");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no fuzz target");
    }
}

/// The targets reach what they are about: a good message is good for them too.
#[test]
fn the_targets_verify_what_is_good() {
    let message = fs::read("testdata/interop/sip/p256-opaque.sip").expect("a message of a peer");
    assert!(fuzz_entry::verify(&message, None, &IdentitySource::Default).is_some());
}

/// What they sign themselves is read: a list that revokes, and the names of a request.
#[test]
fn the_targets_sign_what_they_ask() {
    let list = b"\x17\x0d251201000000Z\x17\x0d260201000000Z\x30\x15\x30\x13\x02\x02\x10\x01\x17\x0d251115000000Z";
    let list = fuzz_entry::with_right_signature(list).expect("a list");
    assert!(list.problem().is_none() && list.find(&[0x10, 1], list.issuer_digest()).is_ok_and(|one| one.is_some()));
    let name = b"\x30\x24\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e\x31\x17\x30\x15\x30\x13\x06\x03\x55\x1d\x11\
                 \x04\x0c\x30\x0a\x86\x08sip:a@b.";
    let request = fuzz_entry::with_attributes(name).expect("attributes");
    let request = CertificateRequest::from_der(&request).expect("a request");
    assert_eq!(request.uris(), ["sip:a@b."]);
}

/// And an encrypted one for each kind of key opens.
#[test]
fn the_targets_open_what_is_good() {
    let files = [
        "interop/encrypted/openssl/p256-aes-128-cbc.der",
        "interop/encrypted/openssl/kek-aes-128-gcm.der",
        "interop/encrypted/openssl/password-aes-128-cbc.der",
        "interop/encrypted/bouncycastle/rsa2048-aes-128-gcm-oaep.der",
        "vectors/decrypt_kek.vec",
        "vectors/decrypt_password.vec",
        "vectors/decrypt_x25519.vec",
    ];
    for file in files {
        let octets = read(&Path::new("testdata").join(file));
        assert!(fuzz_encrypted::open(&octets, None, false).is_some(), "{file}");
    }
}

/// What a fuzzer once found stays mended.
#[test]
fn fuzz_corpora() {
    for (name, target) in TARGETS {
        for path in files(&Path::new("tests/fuzz/corpus").join(name)) {
            run(name, target, &path.display().to_string(), &fs::read(&path).expect("readable"));
        }
    }
}

#[test]
fn fuzz_test_data() {
    for path in files(Path::new("testdata")) {
        let octets = read(&path);
        if octets.len() <= LARGEST {
            for (name, target) in TARGETS {
                run(name, target, &path.display().to_string(), &octets);
            }
        }
    }
}

/// One small file of each kind, cut after every octet and with every octet flipped. Which bit flips depends on
/// the place, so that all are tried.
#[test]
fn r1_truncated_and_flipped() {
    for file in one_of_each_kind() {
        let octets = fs::read(&file).expect("readable");
        let shown = file.display();
        for at in 0..octets.len() {
            let mut flipped = octets.clone();
            flipped[at] ^= 1 << (at % 8);
            for (name, target) in fast_targets(&file) {
                run(name, target, &format!("{shown}, first {at} octets"), &octets[..at]);
                run(name, target, &format!("{shown}, octet {at} flipped"), &flipped);
            }
        }
    }
}

/// A file; of a vector only the message, without the lines about it.
fn read(path: &Path) -> Vec<u8> {
    let octets = fs::read(path).expect("readable");
    match path.extension().is_some_and(|extension| extension == "vec") {
        true => fuzz_encrypted::vector(&octets).expect("a vector has a head"),
        false => octets,
    }
}

fn run(name: &str, target: Target, what: &str, octets: &[u8]) {
    let begin = Instant::now();
    let result = std::panic::catch_unwind(|| target(octets));
    assert!(result.is_ok(), "{name} panics on {what}");
    assert!(begin.elapsed() < SLOW, "{name} takes {:?} for {what}", begin.elapsed());
}

/// The targets that a changed file of this kind can tell something new.
fn fast_targets(file: &Path) -> impl Iterator<Item = (&'static str, Target)> {
    let wanted: &[&str] = match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "pem" | "cer" | "crt" => &["cert_path", "crl"],
        "key" => &["key_files"],
        "p12" => &["pkcs12"],
        "crl" => &["crl"],
        "csr" => &["request"],
        "mime" | "eml" => &["mime_tree"],
        "sip" | "dat" => &["sip_message", "mime_tree", "cms_signed_verify"],
        _ if file.components().any(|folder| folder.as_os_str() == "compressed") => &["compressed"],
        _ => &["cms_signed_verify", "cms_enveloped_decrypt"],
    };
    TARGETS.into_iter().filter(move |(name, _)| wanted.contains(name))
}

/// The smallest file of each folder and extension, of at most 4 KiB.
fn one_of_each_kind() -> Vec<PathBuf> {
    let mut files: Vec<(u64, PathBuf)> = files(Path::new("testdata"))
        .into_iter()
        .map(|path| (fs::metadata(&path).expect("readable").len(), path))
        .filter(|(length, path)| *length <= 4096 && !path.ends_with("SHA256SUMS"))
        .collect();
    files.sort();
    let mut seen = BTreeSet::new();
    let kind = |path: &Path| (path.parent().map(Path::to_owned), path.extension().map(|kind| kind.to_owned()));
    let data = ["sip", "dat", "p7m", "p7s", "der", "mime", "eml", "pem", "key", "p12"];
    let is_data = |path: &Path| path.extension().is_some_and(|kind| data.iter().any(|data| kind == *data));
    files.into_iter().map(|(_, path)| path).filter(|path| is_data(path) && seen.insert(kind(path))).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("readable").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}
