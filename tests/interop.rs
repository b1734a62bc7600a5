//! Other programs decide: what they signed we verify, and what we sign they verify.
//!
//! The fixtures under `testdata/interop` are always tested. The live tests run for each peer that is
//! installed; with `SIP_SMIME_REQUIRE_PEERS=1` a missing peer is a failure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/peers.rs"]
mod peers;

use peers::{ask, ours, peer, root};
use std::process::Command;

const CERTIFICATES: &str = "testdata/keys/ca.pem";
const TIME: &str = "2026-01-01";

/// One row of `testdata/interop/manifest.tsv`.
struct Fixture {
    file: String,
    form: String,
    content: String,
    signers: Vec<String>,
    certificates_inside: bool,
    expect: String,
}

fn fixtures() -> Vec<Fixture> {
    let manifest = std::fs::read_to_string(root().join("testdata/interop/manifest.tsv")).unwrap();
    let rows = manifest.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| Fixture {
        file: format!("testdata/interop/{}", row[0]),
        form: row[2].clone(),
        content: format!("testdata/interop/{}", row[3]),
        signers: row[4].split(',').map(|path| format!("testdata/{path}")).collect(),
        certificates_inside: row[5] == "yes",
        expect: row[9].clone(),
    })
    .collect()
}

#[test]
fn what_peers_signed_is_verified() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 100, "the manifest is cut short");
    for fixture in fixtures {
        let mut arguments = vec!["verify", "-CAfile", CERTIFICATES, "--at-time", TIME, "--identity"];
        // Two of the fixtures have a second signer with another identity: one of them must be the claimed one.
        arguments.push("sip:alice@example.com");
        if fixture.signers.iter().any(|signer| signer.contains("carol")) {
            *arguments.last_mut().unwrap() = "sip:carol@example.com";
        }
        if fixture.signers.iter().all(|signer| signer.contains("bob")) {
            *arguments.last_mut().unwrap() = "sip:bob@example.org";
        }
        if fixture.form == "detached" {
            arguments.extend(["-content", &fixture.content]);
        }
        if !fixture.certificates_inside {
            for signer in &fixture.signers {
                arguments.extend(["-certfile", signer]);
            }
        }
        arguments.push(&fixture.file);
        let (exit, product, said) = ours(&arguments);
        match fixture.expect.as_str() {
            "good" => assert_eq!(exit, 0, "{}: {said}", fixture.file),
            "legacy" => {
                assert_eq!((exit, product.len()), (1, 0), "{}: {said}", fixture.file);
                arguments.push("--allow-legacy");
                let (exit, product, said) = ours(&arguments);
                assert_eq!(exit, 0, "{}: {said}", fixture.file);
                assert_content(&fixture, &product);
                continue;
            }
            _ => {
                assert!([1, 3].contains(&exit) && product.is_empty(), "{}: {exit}: {said}", fixture.file);
                continue;
            }
        }
        assert_content(&fixture, &product);
    }
}

/// The product is the content, or, of a SIP message, ends with its body.
fn assert_content(fixture: &Fixture, product: &[u8]) {
    let content = std::fs::read(root().join(&fixture.content)).unwrap();
    match fixture.form.as_str() {
        "sip" => {
            let at = content.windows(4).position(|octets| octets == b"\r\n\r\n").unwrap() + 4;
            assert!(product.ends_with(&content[at..]), "{}", fixture.file);
            assert!(product.starts_with(b"MESSAGE "), "{}", fixture.file);
        }
        _ => assert_eq!(product, content, "{}", fixture.file),
    }
}

#[test]
fn the_fixtures_are_the_ones_the_peers_made() {
    let folder = root().join("testdata/interop");
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let mut counted = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let octets = std::fs::read(folder.join(name)).unwrap();
        use sha2::Digest;
        assert_eq!(hex::encode(sha2::Sha256::digest(&octets)), sum, "{name}");
        counted += 1;
    }
    assert!(counted >= fixtures().len());
}

/// A key of the test PKI: name, and the options of `sign` that go with it.
const KEYS: [(&str, &[&str]); 6] = [
    ("alice", &[]),
    ("alice-p384", &["-md", "sha384"]),
    ("alice-rsa2048", &[]),
    ("alice-rsa3072", &["-md", "sha512"]),
    ("alice-rsa2048", &["--pss"]),
    ("alice-ed25519", &[]),
];

/// Whether a peer can read what we sign with a key: what it cannot is said in its README.
fn reads(peer: &str, key: &str, options: &[&str], certs: &str) -> bool {
    match peer {
        "openssl" => key != "alice-ed25519",
        "bouncycastle" => true,
        "gpgsm" => key != "alice-ed25519" && !options.contains(&"--pss") && key != "alice-p384",
        "cmsutil" => key != "alice-ed25519" && !options.contains(&"--pss"),
        "certtool" => certs == "signer" && !options.contains(&"--pss"),
        _ => false,
    }
}

fn what_we_sign_is_verified_by(name: &str) {
    let Some(script) = peer(name) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut asked = 0;
    for (number, (key, options)) in KEYS.iter().enumerate() {
        for layout in ["opaque", "detached"] {
            for certs in ["signer", "none"] {
                for content in ["testdata/interop/content.mime", "testdata/interop/content-binary.mime"] {
                    if !reads(name, key, options, certs) {
                        continue;
                    }
                    let certificate = format!("testdata/keys/{key}.pem");
                    let private = format!("testdata/keys/{key}.key");
                    let signed = folder.path().join(format!("{number}-{layout}-{certs}.der"));
                    let signed = signed.to_str().unwrap();
                    let mut arguments = vec!["sign", "-signer", &certificate, "-inkey", &private, "-outform", "der"];
                    arguments.extend(["--layout", layout, "--certs", certs, "-out", signed, content]);
                    arguments.extend(*options);
                    let (exit, _, said) = ours(&arguments);
                    assert_eq!(exit, 0, "{arguments:?}: {said}");
                    let out = folder.path().join("content");
                    let out = out.to_str().unwrap();
                    let detached = if layout == "detached" { content } else { "-" };
                    let extra = if certs == "none" { &certificate } else { "-" };
                    let (exit, said) = ask(&script, &["verify", signed, detached, CERTIFICATES, extra, out]);
                    assert_eq!(exit, 0, "{name}: {arguments:?}: {said}");
                    let read = std::fs::read(out).unwrap();
                    assert_eq!(read, std::fs::read(root().join(content)).unwrap(), "{name}: {arguments:?}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 0, "{name} was asked nothing");
}

#[test]
fn what_we_sign_openssl_verifies() {
    what_we_sign_is_verified_by("openssl");
}

#[test]
fn what_we_sign_bouncy_castle_verifies() {
    what_we_sign_is_verified_by("bouncycastle");
}

#[test]
fn what_we_sign_gpgsm_verifies() {
    what_we_sign_is_verified_by("gpgsm");
}

#[test]
fn what_we_sign_nss_verifies() {
    what_we_sign_is_verified_by("cmsutil");
}

#[test]
fn what_we_sign_gnutls_verifies() {
    what_we_sign_is_verified_by("certtool");
}

/// What each peer signs with which key, and the words for its algorithm.
const PEERS_SIGN: [(&str, &[(&str, &str)]); 6] = [
    (
        "openssl",
        &[
            ("alice", "sha256"),
            ("alice-p384", "sha384"),
            ("alice-rsa2048", "sha256"),
            ("alice-rsa2048", "sha256+pss"),
            ("alice", "sha256+keyid"),
            ("alice-rsa3072", "sha512+stream"),
        ],
    ),
    (
        "bouncycastle",
        &[
            ("alice", "sha256"),
            ("alice-p384", "sha384"),
            ("alice-rsa2048", "sha256"),
            ("alice-rsa2048", "sha256+pss"),
            ("alice-ed25519", "sha512"),
            ("alice-ed25519", "sha512+stream"),
        ],
    ),
    ("gpgsm", &[("alice-rsa2048", "sha256")]),
    ("cmsutil", &[("alice", "sha256"), ("alice-rsa2048", "sha256")]),
    ("certtool", &[("alice", "sha256"), ("alice-rsa2048", "sha256"), ("alice-ed25519", "sha512")]),
    ("pyca", &[("alice", "sha256"), ("alice-rsa2048", "sha256")]),
];

fn what_is_signed_by(name: &str) {
    let Some(script) = peer(name) else { return };
    let folder = tempfile::tempdir().unwrap();
    let content = "testdata/interop/content.mime";
    let (_, rows) = PEERS_SIGN.iter().find(|(peer, _)| *peer == name).unwrap();
    for (key, words) in *rows {
        for layout in ["opaque", "detached"] {
            // openssl -stream puts the content inside even where it was to be detached.
            if layout == "detached" && *words == "sha512+stream" && name == "openssl" {
                continue;
            }
            let certificate = format!("testdata/keys/{key}.pem");
            let private = format!("testdata/keys/{key}.key");
            let signed = folder.path().join("signed.der");
            let signed = signed.to_str().unwrap();
            let (exit, said) = ask(&script, &["sign", &private, &certificate, content, signed, layout, words]);
            if exit == 3 {
                // The peer says that it cannot do this: its README lists it.
                continue;
            }
            assert_eq!(exit, 0, "{name} {key} {words} {layout}: {said}");
            let mut arguments = vec!["verify", "-CAfile", CERTIFICATES, "-certfile", &certificate, signed];
            if layout == "detached" {
                arguments.extend(["-content", content]);
            }
            let (exit, product, said) = ours(&arguments);
            assert_eq!(exit, 0, "{name} {key} {words} {layout}: {said}");
            assert_eq!(product, std::fs::read(root().join(content)).unwrap());
        }
    }
}

#[test]
fn what_openssl_signs_we_verify() {
    what_is_signed_by("openssl");
}

#[test]
fn what_bouncy_castle_signs_we_verify() {
    what_is_signed_by("bouncycastle");
}

#[test]
fn what_gpgsm_signs_we_verify() {
    what_is_signed_by("gpgsm");
}

#[test]
fn what_nss_signs_we_verify() {
    what_is_signed_by("cmsutil");
}

#[test]
fn what_gnutls_signs_we_verify() {
    what_is_signed_by("certtool");
}

#[test]
fn what_pyca_signs_we_verify() {
    what_is_signed_by("pyca");
}

// openssl reads whole S/MIME entities only in base64; RFC 3853's binary is read from DER above.
#[test]
fn openssl_reads_our_mime_entities() {
    if peer("openssl").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let entity = folder.path().join("signed.mime");
    for layout in ["opaque", "detached"] {
        let mut arguments = vec!["sign", "-signer", "testdata/keys/alice.pem", "-inkey", "testdata/keys/alice.key"];
        arguments.extend(["--layout", layout, "--cte", "base64", "-out", entity.to_str().unwrap()]);
        arguments.push("testdata/interop/content.mime");
        let (exit, _, said) = ours(&arguments);
        assert_eq!(exit, 0, "{said}");
        let mut openssl = Command::new("openssl");
        openssl.current_dir(root()).args(["cms", "-verify", "-CAfile", CERTIFICATES, "-in"]).arg(&entity);
        let output = openssl.output().unwrap();
        assert!(output.status.success(), "{layout}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, std::fs::read(root().join("testdata/interop/content.mime")).unwrap());
    }
}
