//! `gen-cert` as its users meet it: what is made, what reads it, and what is never written over.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::scene::{Scene, assert_says};
use crate::support::assert_none;

/// Runs it in the folder of a scene. In the scripts of scenes an at sign means something else: `%40` is one here.
pub fn made(scene: &Scene, arguments: &str) -> crate::support::Ran {
    scene.shell(&format!("umask 0; sip-smime gen-cert {}", arguments.replace("%40", "\"$(printf '\\100')\"")))
}

pub fn openssl(scene: &Scene, arguments: &str) -> Option<String> {
    let ran = scene.shell(&format!("openssl {}", arguments.replace("%40", "\"$(printf '\\100')\"")));
    if ran.status == 127 {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
        return None;
    }
    assert_eq!(ran.status, 0, "openssl {arguments}: {}", ran.said());
    Some(String::from_utf8(ran.stdout).unwrap())
}

// GEN-01 to GEN-08, O4: one command makes an authority, users and a domain; keys are nobody else's under umask 0.
#[test]
fn gen_an_authority_and_its_certificates() {
    let scene = Scene::new();
    let uris = "sip:alice%40example.com sip:bob%40example.org sip:example.com";
    let ran = made(&scene, &format!("-q --ca 'Test CA' --out-dir pki {uris}"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    let mode = |file: &str| fs::metadata(scene.path(file)).unwrap().permissions().mode() & 0o777;
    for name in ["Test_CA", "alice@example.com", "bob@example.org", "example.com"] {
        assert_eq!((mode(&format!("pki/{name}.key")), mode(&format!("pki/{name}.pem"))), (0o600, 0o666), "{name}");
    }
    // They sign, verify, encrypt and decrypt.
    let script = "cd pki; alice=alice*.pem; \
        sip-smime encrypt -q -recip bob*.pem -signer alice*.pem -inkey alice*.key <../plain.sip >sealed && \
        sip-smime decrypt -q -recip bob*.pem -inkey bob*.key --verify -CAfile Test_CA.pem --strict <sealed | cmp - ../plain.sip && \
        sip-smime check-san -q -CAfile Test_CA.pem sip:example.com example.com.pem >/dev/null";
    let ran = scene.shell(script);
    assert_eq!(ran.status, 0, "{}", ran.said());
    let Some(shown) = openssl(&scene, "x509 -in pki/alice%40example.com.pem -noout -text") else { return };
    for text in [
        "X509v3 Key Usage: critical",
        "Digital Signature, Key Agreement",
        "URI:sip:alice@example.com",
        "E-mail Protection",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains("Basic Constraints"), "{shown}");
    openssl(&scene, "verify -x509_strict -CAfile pki/Test_CA.pem pki/alice%40example.com.pem pki/example.com.pem");
    let shown = openssl(&scene, "x509 -in pki/Test_CA.pem -noout -text").unwrap();
    assert!(shown.contains("CA:TRUE") && shown.contains("Certificate Sign, CRL Sign"), "{shown}");
}

// GEN-08: every kind of key, with what it may be used for (GEN-05); openssl reads certificate and key.
#[test]
fn gen_08_kinds_of_keys() {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca CA -out ca.pem -keyout ca.key").status, 0);
    let mut wrong = Vec::new();
    for (kind, usage) in [
        ("p256", "Digital Signature, Key Agreement"),
        ("p384", "Digital Signature, Key Agreement"),
        ("ed25519", "Digital Signature\n"),
        ("x25519", "Key Agreement\n"),
        ("rsa2048", "Digital Signature, Key Encipherment"),
    ] {
        let ran = made(
            &scene,
            &format!("-q --key {kind} -CA ca.pem -CAkey ca.key -out {kind}.pem -keyout {kind}.key sip:a%40b.example"),
        );
        assert_eq!(ran.status, 0, "{kind}: {}", ran.said());
        let Some(shown) = openssl(&scene, &format!("x509 -in {kind}.pem -noout -ext keyUsage")) else { return };
        openssl(&scene, &format!("verify -CAfile ca.pem {kind}.pem"));
        openssl(&scene, &format!("pkey -in {kind}.key -noout"));
        if !shown.contains(usage) {
            wrong.push(format!("{kind}: {shown}"));
        }
    }
    assert_none(&wrong);
}

// GEN-10: dates from 2050 on are GeneralizedTime; serial numbers are positive and of at most 20 octets.
#[test]
fn gen_10_dates_and_serial_numbers() {
    let scene = Scene::new();
    for (until, form) in [("2049-12-31T23:59:59Z", "UTCTIME"), ("2050-01-01", "GENERALIZEDTIME")] {
        let ran = made(
            &scene,
            &format!(
                "-q --not-before 2026-01-01 --not-after {until} -out a.pem -keyout a.key --force sip:a%40b.example"
            ),
        );
        assert_eq!(ran.status, 0, "{}", ran.said());
        let Some(shown) = openssl(&scene, "asn1parse -in a.pem") else { return };
        let times: Vec<&str> = shown.lines().filter(|line| line.contains("TIME ")).collect();
        assert!(times[0].contains("UTCTIME") && times[1].contains(form), "{times:?}");
        let serial = openssl(&scene, "x509 -in a.pem -noout -serial").unwrap();
        let digits = serial.trim().trim_start_matches("serial=").len();
        assert!((16..=40).contains(&digits) && !serial.contains('-'), "{serial}");
    }
}

// PKCS #10 in and out.
#[test]
fn gen_13_requests() {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca CA -out ca.pem -keyout ca.key").status, 0);
    assert_eq!(made(&scene, "-q --csr -out a.csr -keyout a.key sip:a%40b.example").status, 0);
    let ran = made(&scene, "-q -req a.csr -CA ca.pem -CAkey ca.key -out a.pem");
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert_eq!(scene.shell("sip-smime sign -q -signer a.pem -inkey a.key plain.mime >signed").status, 0);
    let Some(_) = openssl(&scene, "req -in a.csr -noout -verify") else { return };
    assert!(openssl(&scene, "x509 -in a.pem -noout -ext subjectAltName").unwrap().contains("URI:sip:a@b.example"));
    // One that openssl made, and one that was changed.
    openssl(&scene, "req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout o.key -subj /CN=o -out o.csr");
    assert_eq!(made(&scene, "-q -req o.csr -CA ca.pem -CAkey ca.key -out o.pem sip:o%40b.example").status, 0);
    openssl(&scene, "verify -CAfile ca.pem o.pem");
    openssl(&scene, "req -in a.csr -outform DER -out a.der");
    let mut changed = scene.read("a.der");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    scene.write("changed.csr", &changed);
    assert_ne!(made(&scene, "-q -req changed.csr -CA ca.pem -CAkey ca.key -out c.pem").status, 0);
    assert!(!scene.path("c.pem").exists());
}

// O4: nothing that exists is written over without --force, and of a pair either both are written or none.
#[test]
fn o4_what_exists_stays() {
    let scene = Scene::new();
    scene.write("kept.key", b"precious");
    assert_says(
        &made(&scene, "-out new.pem -keyout kept.key sip:a%40b.example"),
        2,
        "file.unwritable",
        "it exists",
        "key",
    );
    scene.write("kept.pem", b"precious");
    assert_says(
        &made(&scene, "-out kept.pem -keyout new.key sip:a%40b.example"),
        2,
        "file.unwritable",
        "it exists",
        "certificate",
    );
    assert!(!scene.path("new.pem").exists() && !scene.path("new.key").exists());
    assert_eq!((scene.read("kept.key"), scene.read("kept.pem")), (b"precious".to_vec(), b"precious".to_vec()));
    // Two files of one name are refused, and what is there stays, --force or not.
    for arguments in [
        "--force -out kept.pem -keyout ./kept.pem sip:a%40b.example",
        "-out both.pem -keyout both.pem sip:a%40b.example",
        "--force --out-dir . sip:kept im:kept%40b.example sip:kept%40b.example",
    ] {
        assert_says(&made(&scene, arguments), 2, "file.unwritable", "two files of this run have that name", arguments);
    }
    assert_eq!((scene.read("kept.key"), scene.read("kept.pem")), (b"precious".to_vec(), b"precious".to_vec()));
    assert!(!scene.path("both.pem").exists());
    // Nor is a folder left that was made for nothing, nor a key whose certificate is lost.
    assert_eq!(made(&scene, "--out-dir a/b sip:a%40b.example im:a%40b.example").status, 2);
    assert!(!scene.path("a").exists());
    let ran = made(&scene, "-q -out - -keyout new.key sip:a%40b.example >&-");
    assert_says(&ran, 2, "file.unwritable", "standard output is closed", "closed");
    assert!(!scene.path("new.key").exists());
    assert_eq!(made(&scene, "-q --force -out kept.pem -keyout kept.key sip:a%40b.example").status, 0);
    let mode = fs::metadata(scene.path("kept.key")).unwrap().permissions().mode() & 0o777;
    assert!(scene.read("kept.key").starts_with(b"-----BEGIN PRIVATE KEY") && mode == 0o600);
    assert!(scene.left_over().is_empty());
}

// GEN-09, GEN-14, GEN-16 and others: (arguments, exit, code, text).
#[test]
fn what_is_not_made() {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca CA -out ca.pem -keyout ca.key").status, 0);
    for (arguments, exit, code, text) in [
        ("sip:*.example.com", 2, "issue.name", "not a DNS name"),
        ("msrp://a.example", 2, "issue.name", "RFC 8591 section 8.4"),
        ("msrps://a.example", 2, "issue.name", "RFC 8591 section 8.4"),
        ("alice", 2, "issue.name", "sip:user"),
        ("--key x25519 sip:a%40b.example", 2, "issue.key", "needs an issuer"),
        ("--key rsa1024 sip:a%40b.example", 2, "usage", "rsa2048"),
        ("--profile rfc6216 --key p256 sip:a%40b.example", 2, "issue.key", "RSA"),
        ("", 2, "usage", "nobody to certify"),
        ("-CA ca.pem -CAkey alice.key sip:a%40b.example", 4, "issue.key-mismatch", "-CAkey"),
        ("--days 0 sip:a%40b.example", 2, "usage", "--days cannot be"),
    ] {
        let ran = made(&scene, &format!("-out x.pem -keyout x.key {arguments}"));
        let said = ran.said();
        assert!(ran.status == exit && said.contains(code) && said.contains(text), "{arguments}: {} {said}", ran.status);
        assert!(!scene.path("x.pem").exists() && !scene.path("x.key").exists(), "{arguments}");
    }
}

// A key can be encrypted; the same seed makes the same key, and says so.
#[test]
fn gen_passwords_and_seeds() {
    let scene = Scene::new();
    scene.write("password", b"secret\n");
    let ran = made(&scene, "-q -passout file:password -out a.pem -keyout a.key sip:alice%40example.com");
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert!(scene.read("a.key").starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY"));
    let signed = "sip-smime sign -q -signer a.pem -inkey a.key -passin file:password plain.sip | sip-smime verify -q --trust a.pem | cmp - plain.sip";
    assert_eq!(scene.shell(signed).status, 0);
    for name in ["b", "c"] {
        let ran = made(&scene, &format!("--seed 7 -out {name}.pem -keyout {name}.key sip:a%40b.example"));
        assert!(ran.status == 0 && ran.said().contains("[GEN-SEED"), "{}", ran.said());
    }
    assert_eq!(scene.read("b.key"), scene.read("c.key"));
    let ran = made(&scene, "-q sip:a%40b.example");
    let text = String::from_utf8(ran.stdout).unwrap();
    let at = |label: &str| text.find(&format!("-----BEGIN {label}-----")).unwrap();
    assert!(at("CERTIFICATE") < at("PRIVATE KEY"));
}

// GEN-02 to GEN-04: the profile has the fields of the RFC's own certificates.
#[test]
fn gen_04_rfc_6216_fields() {
    let scene = Scene::new();
    let ran = made(&scene, "-q --profile rfc6216 -out f.pem -keyout f.key sip:fluffy%40example.com");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let extensions = "-noout -ext subjectAltName,keyUsage,basicConstraints,extendedKeyUsage";
    let Some(ours) = openssl(&scene, &format!("x509 -in f.pem {extensions}")) else { return };
    let rfc = openssl(
        &scene,
        &format!("x509 -in {}/testdata/rfc/rfc6216/eku_fluffy_cert.pem {extensions}", crate::support::ROOT),
    )
    .unwrap();
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&ours), sorted(&rfc));
    let shown = openssl(&scene, "x509 -in f.pem -noout -text").unwrap();
    assert!(shown.contains("sha1WithRSAEncryption") && shown.contains("2048 bit"), "{shown}");
}
