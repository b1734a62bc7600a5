//! Other programs decide about files of certificates and keys: what they write we read, and what we write they read.
//!
//! The live tests run for each peer that is installed; with `SIP_SMIME_REQUIRE_PEERS=1` a missing peer is a failure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/peers.rs"]
mod peers;

use std::path::Path;
use std::process::Command;

use peers::{ours, peer, read, root};
use sip_smime::pki::Certificate;
use sip_smime::store;

/// Runs a program in the project's folder, which must succeed: what it said.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).current_dir(root()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn certificates(files: &[&str]) -> Vec<Certificate> {
    files.iter().flat_map(|file| store::certificates(&read(&format!("testdata/keys/{file}"))).unwrap()).collect()
}

#[test]
fn the_pkcs12_fixtures_are_the_ones_the_peers_made() {
    let sums = String::from_utf8(read("testdata/interop/pkcs12/SHA256SUMS")).unwrap();
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        use sha2::Digest;
        let found = sha2::Sha256::digest(read(&format!("testdata/interop/pkcs12/{name}")));
        assert_eq!(hex::encode(found), sum, "{name}");
    }
    assert!(sums.lines().count() > 20);
}

// GEN-13: certs-only objects of openssl are read wherever certificates are, and it reads ours.
#[test]
fn gen_13_certs_only_with_openssl() {
    if peer("openssl").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (der, pem) = (folder.path().join("ca.p7c"), folder.path().join("ca.pem"));
    for (path, form) in [(&der, "DER"), (&pem, "PEM")] {
        let from = ["-certfile", "testdata/keys/ca.pem", "-certfile", "testdata/keys/carol-chain.pem"];
        let fixed = ["crl2pkcs7", "-nocrl", "-outform", form, "-out", text(path)];
        run("openssl", &[&fixed[..], &from].concat());
        let message = "testdata/interop/sip/p256-opaque.sip";
        let (exit, product, said) = ours(&["verify", "--at-time", "2026-01-01", "-CAfile", text(path), message]);
        assert_eq!((exit, product.is_empty()), (0, false), "{said}");
    }
    let all = certificates(&["ca.pem", "carol-chain.pem"]);
    let made = folder.path().join("made.p7c");
    std::fs::write(&made, store::certs_only::write(&all)).unwrap();
    let said = run("openssl", &["pkcs7", "-inform", "DER", "-print_certs", "-in", text(&made)]);
    assert_eq!(said.matches("-----BEGIN CERTIFICATE-----").count(), all.len(), "{said}");
    let mut found = store::certificates(said.as_bytes()).unwrap();
    found.sort_by(|a, b| a.der().cmp(b.der()));
    let mut all = all;
    all.sort_by(|a, b| a.der().cmp(b.der()));
    assert_eq!(found, all);
}

// GEN-13: each peer that is there reads the key and the certificates of a PKCS #12 file that we write.
#[test]
fn gen_13_pkcs12_for_peers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.p12");
    let (alice, ca) = (certificates(&["alice-rsa2048.pem"]), certificates(&["ca.pem"]));
    let key = run("openssl", &["pkcs8", "-topk8", "-nocrypt", "-in", "testdata/keys/alice-rsa2048.key"]);
    let (_, key) = pem_rfc7468::decode_vec(key.as_bytes()).unwrap();
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    let new = store::pkcs12::NewContents {
        private_key: &key,
        certificate: &alice[0],
        others: &ca,
        name: Some("sip:alice@example.com"),
    };
    let file = store::pkcs12::write(new, "password".as_bytes(), rng).unwrap();
    std::fs::write(&path, &file).unwrap();
    if peer("openssl").is_some() {
        let said = run("openssl", &["pkcs12", "-in", text(&path), "-passin", "pass:password", "-nodes"]);
        let all = [alice.clone(), ca].concat();
        assert_eq!(store::certificates(said.as_bytes()).unwrap(), all);
        assert_eq!(said.matches("friendlyName: sip:alice@example.com").count(), 2, "{said}");
        let key = store::private_key(said.as_bytes(), None).unwrap();
        assert_eq!(key.public_key(), alice[0].public_key());
    }
    if peer("bouncycastle").is_some() {
        let said = run("keytool", &["-list", "-keystore", text(&path), "-storepass", "password"]);
        assert!(said.contains("PrivateKeyEntry") && said.contains("sip:alice@example.com"), "{said}");
    }
    if peer("cmsutil").is_some() {
        let said = run("pk12util", &["-l", text(&path), "-W", "password"]);
        assert!(said.contains("sip:alice@example.com") && said.contains("Key"), "{said}");
    }
}
