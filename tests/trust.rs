//! Trust and identity: the verdicts over the test PKI and over the certificates of the RFCs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::error::Error;
use sip_smime::pki::Certificate;
use sip_smime::pki::chain::{self, Purpose, Trust};
use sip_smime::pki::identity::{IdentityOptions, match_identity};
use sip_smime::smime::encrypt::{RecipientOptions, recipient};
use sip_smime::uri::SipUri;

#[path = "support/peers.rs"]
mod peers;

/// 2026-01-01T00:00:00Z, the time of `expected.tsv`.
const IN_2026: i64 = 1_767_225_600;
/// 2018-06-03T00:00:00Z, inside the validity of the certificates of RFC 8591.
const IN_2018: i64 = 1_527_984_000;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn certificate(path: &Path) -> Certificate {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Some of the published files have text around the block.
    let start = text.windows(10).position(|ten| ten == b"-----BEGIN").unwrap();
    let (_, der) = pem_rfc7468::decode_vec(&text[start..]).unwrap();
    Certificate::from_der(&der).unwrap()
}

fn rfc(path: &str) -> Certificate {
    certificate(&testdata().join("rfc").join(path))
}

/// How many certificates the path has.
fn verdict(target: &Certificate, intermediates: &[Certificate], trust: &Trust<'_>) -> Result<usize, Error> {
    let intermediates: Vec<&Certificate> = intermediates.iter().collect();
    let path = chain::validate(target, &intermediates, trust)?;
    let is_rfc6216 = trust.anchors.iter().any(|one| one.subject_text().contains("Sipit Test"));
    assert_eq!(path.test_authority().is_some(), is_rfc6216);
    assert_eq!(path.certificates().first(), Some(&target));
    Ok(path.certificates().len())
}

/// The first verdict that is bad, as `verify` gives them: trust, then identity.
fn first_bad(
    target: &Certificate,
    intermediates: &[Certificate],
    anchor: &Certificate,
    claim: &str,
) -> (String, String) {
    let trust = Trust { anchors: std::slice::from_ref(anchor), time: IN_2026, ..Trust::default() };
    let claim = SipUri::parse(claim).unwrap();
    if let Err(error) = verdict(target, intermediates, &trust) {
        let layer = if error.code() == "trust.key-usage" { "key-usage" } else { "trust" };
        return (layer.to_owned(), error.code().to_owned());
    }
    match match_identity(target, &claim, IdentityOptions::default()) {
        Ok(_) => ("ok".to_owned(), String::new()),
        Err(error) => ("identity".to_owned(), error.code().to_owned()),
    }
}

// Every row of testdata/keys/bad/expected.tsv is refused by the layer it names, or by none.
#[test]
fn expected_tsv() {
    let bad = testdata().join("keys/bad");
    let table = std::fs::read_to_string(bad.join("expected.tsv")).unwrap();
    let mut failures = Vec::new();
    let mut rows = 0;
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (file, extra, anchor, claim, layer) = (columns[0], columns[2], columns[3], columns[4], columns[7]);
        let extra: Vec<Certificate> =
            extra.split(',').filter(|name| *name != "-").map(|name| certificate(&bad.join(name))).collect();
        let (found, code) = first_bad(&certificate(&bad.join(file)), &extra, &certificate(&bad.join(anchor)), claim);
        if found != layer {
            failures.push(format!("{file} {claim}: expected {layer}, found {found} {code}"));
        }
        rows += 1;
    }
    assert!(rows >= 80, "only {rows} rows");
    assert_eq!(failures, [""; 0]);
}

// What is refused, is refused for its own reason.
#[test]
fn refusals_name_their_reason() {
    // (file, more certificates, code)
    let rows: &[(&str, &str, &str)] = &[
        ("expired", "", "trust.expired"),
        ("not-yet-valid", "", "trust.not-yet-valid"),
        ("validity-reversed", "", "trust.not-yet-valid"),
        ("expired-ca", "expired-ca-ca", "trust.expired"),
        ("unknown-ca", "", "trust.unknown-issuer"),
        ("unknown-ca-forged-aki", "", "trust.signature"),
        ("same-issuer-and-serial", "", "trust.unknown-issuer"),
        ("self-alice", "self-alice", "trust.unknown-issuer"),
        ("sub-ca-missing", "", "trust.unknown-issuer"),
        ("tampered-signature", "", "trust.signature"),
        ("ca-without-basic-constraints", "ca-without-basic-constraints-ca", "trust.not-a-ca"),
        ("ca-without-keycertsign", "ca-without-keycertsign-ca", "trust.not-a-ca"),
        ("v1-ca", "v1-ca-ca", "trust.not-a-ca"),
        ("leaf-as-ca", "../alice", "trust.not-a-ca"),
        ("pathlen-exceeded", "../sub-ca,pathlen-exceeded-ca", "trust.path-length"),
        ("name-constraint-uri", "name-constraint-uri-ca", "trust.name-constraints"),
        ("name-constraint-uri-excluded", "name-constraint-uri-excluded-ca", "trust.name-constraints"),
        ("name-constraint-email-excluded", "name-constraint-email-excluded-ca", "trust.name-constraints"),
        ("no-digital-signature", "", "trust.key-usage"),
        ("key-agreement-only", "", "trust.key-usage"),
        ("eku-tls-only", "", "trust.extended-key-usage"),
        ("eku-sipdomain-only", "", "trust.extended-key-usage"),
        ("eku-empty", "", "trust.extended-key-usage"),
        ("intermediate-eku-tls", "intermediate-eku-tls-ca", "trust.extended-key-usage"),
        ("unknown-critical-extension", "", "trust.critical-extension"),
        ("duplicate-extension", "", "trust.extension"),
        ("serial-negative", "", "trust.malformed"),
        ("serial-25-octets", "", "trust.malformed"),
        ("explicit-ec-parameters", "", "trust.malformed"),
        ("inner-outer-algorithm-differ", "", "trust.algorithms"),
        ("sha1-signed", "", "trust.weak-algorithm"),
        ("rsa1024", "", "trust.weak-algorithm"),
    ];
    let bad = |name: &str| certificate(&testdata().join(format!("keys/bad/{name}.pem")));
    let anchors = [certificate(&testdata().join("keys/ca.pem"))];
    let trust = Trust { anchors: &anchors, time: IN_2026, ..Trust::default() };
    for (file, more, code) in rows {
        let more: Vec<Certificate> = more.split(',').filter(|name| !name.is_empty()).map(bad).collect();
        let error = verdict(&bad(file), &more, &trust).unwrap_err();
        assert_eq!(error.code(), *code, "{file}: {error}");
        let place = error.place().element.clone().unwrap();
        assert!(place.starts_with("certificate of "), "{file}: {place}");
    }
    let sip = Trust { purpose: Purpose::Sip, ..trust.clone() };
    assert_eq!(verdict(&bad("eku-sipdomain-only"), &[], &sip), Ok(2));
    assert_eq!(verdict(&bad("eku-tls-only"), &[], &sip).unwrap_err().code(), "trust.extended-key-usage");
    let any = Trust { purpose: Purpose::Any, ..trust.clone() };
    assert_eq!(verdict(&bad("eku-tls-only"), &[], &any), Ok(2));

    // TRAP-27: the reason is said.
    let more = [bad("name-constraint-uri-ca")];
    let error = verdict(&bad("name-constraint-uri"), &more, &trust).unwrap_err();
    assert!(error.to_string().contains("URI:sip:alice@example.com has no host to compare"), "{error}");

    // Weak algorithms are accepted and named where they are asked for.
    let legacy = Trust { allow_legacy: true, ..trust.clone() };
    for (file, weakness) in [("sha1-signed", "the digest sha1"), ("rsa1024", "an RSA key of 1024 bits")] {
        let target = bad(file);
        let path = chain::validate(&target, &[], &legacy).unwrap();
        let weaknesses: Vec<String> = path.weaknesses().iter().map(ToString::to_string).collect();
        assert!(weaknesses.len() == 1 && weaknesses[0].ends_with(weakness), "{weaknesses:?}");
    }
}

// VFY-14, VFY-08, PTH-04, TRAP-27: the names that findings have for what is wrong, beside the code.
#[test]
fn vfy_14_names_of_findings() {
    let file = |name: &str| certificate(&testdata().join(format!("keys/{name}.pem")));
    // (target, more certificates, anchor, finding)
    let rows: &[(&str, &str, &str, Option<&str>)] = &[
        ("bad/self-alice", "", "ca", Some("CHAIN-UNTRUSTED")),
        // The root is in the message, or the anchor has its name and not its key.
        ("alice", "ca", "ca-rsa", Some("CHAIN-UNTRUSTED")),
        ("alice", "", "other-ca", Some("CHAIN-UNTRUSTED")),
        ("bad/sub-ca-missing", "", "ca", Some("CHAIN-INCOMPLETE")),
        ("carol", "sub-ca", "ca-rsa", Some("CHAIN-INCOMPLETE")),
        ("bad/expired", "", "ca", Some("CERT-EXPIRED")),
        ("bad/expired-ca", "bad/expired-ca-ca", "ca", Some("CERT-EXPIRED")),
        ("bad/sha1-signed", "", "ca", Some("WEAK-ALG")),
        ("bad/rsa1024", "", "ca", Some("WEAK-KEY")),
        ("bad/name-constraint-uri", "bad/name-constraint-uri-ca", "ca", Some("NAMECONSTRAINT-SIP-URI")),
        (
            "bad/name-constraint-uri-excluded",
            "bad/name-constraint-uri-excluded-ca",
            "ca",
            Some("NAMECONSTRAINT-SIP-URI"),
        ),
        ("bad/name-constraint-email-excluded", "bad/name-constraint-email-excluded-ca", "ca", None),
        ("bad/no-digital-signature", "", "ca", Some("KU-NO-SIGN")),
        ("bad/eku-tls-only", "", "ca", Some("EKU-NO-EMAIL")),
        ("bad/not-yet-valid", "", "ca", None),
    ];
    for (target, more, anchor, finding) in rows {
        let more: Vec<Certificate> = more.split(',').filter(|name| !name.is_empty()).map(file).collect();
        let anchors = [file(anchor)];
        let trust = Trust { anchors: &anchors, time: IN_2026, ..Trust::default() };
        let error = verdict(&file(target), &more, &trust).unwrap_err();
        assert_eq!(error.finding(), *finding, "{target}: {error}");
    }
    let nobody = Trust { time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&file("alice"), &[], &nobody).unwrap_err().finding(), Some("CHAIN-UNTRUSTED"));
}

// A certificate that is pinned, or is an anchor itself, stands alone, and is checked like any other.
#[test]
fn pinned_certificates() {
    let keys = |name: &str| certificate(&testdata().join(format!("keys/{name}.pem")));
    let check = |name: &str, time: i64| {
        let pinned = [keys(name)];
        let trust = Trust { pinned: &pinned, time, ..Trust::default() };
        verdict(&pinned[0], &[], &trust).map_err(|error| error.code())
    };
    assert_eq!(check("bad/self-alice", IN_2026), Ok(1));
    // Not self-signed: pinned all the same.
    assert_eq!(check("alice", IN_2026), Ok(1));
    assert_eq!(check("bad/expired", IN_2026), Err("trust.expired"));
    assert_eq!(check("bad/not-yet-valid", IN_2026), Err("trust.not-yet-valid"));
    assert_eq!(check("bad/no-digital-signature", IN_2026), Err("trust.key-usage"));
    assert_eq!(check("bad/eku-tls-only", IN_2026), Err("trust.extended-key-usage"));
    assert_eq!(check("bad/unknown-critical-extension", IN_2026), Err("trust.critical-extension"));
    assert_eq!(check("bad/duplicate-extension", IN_2026), Err("trust.extension"));
    assert_eq!(check("bad/rsa1024", IN_2026), Err("trust.weak-algorithm"));
    // What signed it does not matter then.
    assert_eq!(check("bad/sha1-signed", IN_2026), Ok(1));
    assert_eq!(check("bad/tampered-signature", IN_2026), Ok(1));

    // Pinning trusts that certificate, not whom it signed, and not others of the same key.
    let pinned = [keys("ca")];
    let trust = Trust { pinned: &pinned, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("alice"), &[keys("ca")], &trust).unwrap_err().code(), "trust.unknown-issuer");
    let nobody = Trust { time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("alice"), &[keys("ca")], &nobody).unwrap_err().code(), "trust.no-anchor");

    // P6, PTH-05: the root is in the message only.
    let others = [keys("ca-rsa"), keys("other-ca")];
    let trust = Trust { anchors: &others, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("alice"), &[keys("ca")], &trust).unwrap_err().code(), "trust.unknown-issuer");
    // Beside an anchor of the same name and another key, the right one is found.
    let both = [keys("other-ca"), keys("ca")];
    let trust = Trust { anchors: &both, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("alice"), &[], &trust), Ok(2));
    // An authority in the middle can be the anchor.
    let middle = [keys("sub-ca")];
    let trust = Trust { anchors: &middle, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("carol"), &[keys("ca")], &trust), Ok(2));
    // The end of a path is no anchor for others.
    let leaf = [keys("alice")];
    let trust = Trust { anchors: &leaf, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&keys("bad/leaf-as-ca"), &[], &trust).unwrap_err().code(), "trust.not-a-ca");
}

// Both ends of the validity are inside it.
#[test]
fn p5_the_first_and_the_last_second() {
    let pinned = [rfc("rfc8591/alice_sign_cert.pem")];
    let check = |time| {
        let trust = Trust { pinned: &pinned, time, ..Trust::default() };
        verdict(&pinned[0], &[], &trust).map_err(|error| error.code())
    };
    let (first, last) = (pinned[0].not_before().unwrap(), pinned[0].not_after().unwrap());
    assert_eq!((first, last), (1_513_725_125, 1_545_261_125));
    assert_eq!(check(first - 1), Err("trust.not-yet-valid"));
    assert_eq!(check(first), Ok(1));
    assert_eq!(check(last), Ok(1));
    assert_eq!(check(last + 1), Err("trust.expired"));
}

// RFC 8591 section 10.1, TRAP-03: self-signed, expired, without any extension but its name.
#[test]
fn rfc8591_certificates() {
    for (file, uri, end) in [
        ("alice", "sip:alice@example.com", "2018-12-19T23:12:05Z"),
        ("bob", "sip:bob@example.org", "2018-12-20T23:07:49Z"),
    ] {
        let own = [rfc(&format!("rfc8591/{file}_sign_cert.pem"))];
        let anchored = Trust { anchors: &own, time: IN_2018, ..Trust::default() };
        assert_eq!(verdict(&own[0], &[], &anchored), Ok(1));
        let pinned = Trust { pinned: &own, time: IN_2018, ..Trust::default() };
        assert_eq!(verdict(&own[0], &[], &pinned), Ok(1));
        let claimed = SipUri::parse(uri).unwrap();
        let strict = IdentityOptions { strict: true, ..IdentityOptions::default() };
        assert!(match_identity(&own[0], &claimed, strict).is_ok());

        let today = Trust { pinned: &own, time: IN_2026, ..Trust::default() };
        let error = verdict(&own[0], &[], &today).unwrap_err();
        assert_eq!(error.code(), "trust.expired");
        assert!(error.to_string().contains(&format!("it ended {end}")), "{error}");
        let others = [certificate(&testdata().join("keys/ca.pem"))];
        let trust = Trust { anchors: &others, time: IN_2026, ..Trust::default() };
        let error = verdict(&own[0], &own, &trust).unwrap_err();
        assert_eq!(error.code(), "trust.unknown-issuer");
        let fingerprint = hex::encode(own[0].fingerprint_sha256());
        assert!(error.to_string().ends_with(&format!("SHA-256 fingerprint {fingerprint}")), "{error}");
        assert!(error.to_string().contains(&format!("issued by itself, expired {end}")), "{error}");
    }
}

// TRAP-15, PTH-03: SHA-1 throughout, key usage not critical, no key usage in the root.
#[test]
fn rfc6216_certificates() {
    let anchors = [rfc("rfc6216/ca_cert.pem")];
    let (sub, robert) = ([rfc("rfc6216/chain_subca_cert.pem")], rfc("rfc6216/chain_robert_cert.pem"));
    let today = Trust { anchors: &anchors, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&robert, &sub, &today).unwrap_err().code(), "trust.weak-algorithm");
    let legacy = Trust { allow_legacy: true, ..today.clone() };
    let path = chain::validate(&robert, &[&sub[0]], &legacy).unwrap();
    assert_eq!(path.certificates(), [&robert, &sub[0], &anchors[0]]);
    // PTH-09: everybody has the key of that root.
    assert_eq!(path.test_authority(), Some(&anchors[0]));
    // The signature of the root on itself does not count.
    assert_eq!(path.weaknesses().len(), 2);
    assert_eq!(verdict(&robert, &[], &legacy).unwrap_err().code(), "trust.unknown-issuer");

    for (file, claim, purpose) in [
        ("noeku_fluffy", "sip:fluffy@example.com", Purpose::Smime),
        ("noeku_kumiko", "sip:kumiko@example.net", Purpose::Smime),
        ("eku_fluffy", "im:fluffy@example.com", Purpose::Smime),
        ("eku_kumiko", "pres:kumiko@example.net", Purpose::Smime),
        ("noeku_example.com", "sip:example.com", Purpose::Smime),
        ("eku_example.com", "sip:example.com", Purpose::Sip),
        ("eku_example.net", "sip:example.net", Purpose::Sip),
    ] {
        let target = rfc(&format!("rfc6216/{file}_cert.pem"));
        let trust = Trust { purpose, ..legacy.clone() };
        assert_eq!(verdict(&target, &[], &trust), Ok(2), "{file}");
        let claimed = SipUri::parse(claim).unwrap();
        assert!(match_identity(&target, &claimed, IdentityOptions::default()).is_ok(), "{file}");
    }
}

// PTH-06: each authority has a certificate of its own and one from the other.
#[test]
fn rfc9216_certificates() {
    let file = |name: &str| rfc(&format!("rfc9216/{name}_cert.pem"));
    let (rsa, ed25519) = ([file("ca_rsa")], [file("ca_ed25519")]);
    let cross = [file("ca_rsa_cross"), file("ca_ed25519_cross"), file("ca_rsa"), file("ca_ed25519")];
    for (target, anchors, expected) in
        [("alice_sign", &rsa, 2), ("carlos_sign", &ed25519, 2), ("alice_sign", &ed25519, 3), ("carlos_sign", &rsa, 3)]
    {
        let trust = Trust { anchors, time: IN_2026, ..Trust::default() };
        assert_eq!(verdict(&file(target), &cross, &trust), Ok(expected), "{target}");
    }
    let trust = Trust { anchors: &rsa, time: IN_2026, ..Trust::default() };
    assert_eq!(verdict(&file("alice_encrypt"), &[], &trust).unwrap_err().code(), "trust.key-usage");
}

// P5, P13: certificates of 1999 with DSA, and with RSA of 1024 bits and SHA-1.
#[test]
fn rfc4134_certificates() {
    let file = |name: &str| rfc(&format!("rfc4134/{name}.pem"));
    let check = |target: &str, anchor: &str| {
        let anchors = [file(anchor)];
        let trust = Trust { anchors: &anchors, time: IN_2026, allow_legacy: true, ..Trust::default() };
        verdict(&file(target), &[], &trust).map_err(|error| error.code())
    };
    assert_eq!(check("AliceRSASignByCarl", "CarlRSASelf"), Ok(2));
    assert_eq!(check("BobRSASignByCarl", "CarlRSASelf"), Err("trust.key-usage"));
    assert_eq!(check("AliceDSSSignByCarlNoInherit", "CarlDSSSelf"), Err("algorithm.unsupported"));
}

// P6: a certificate that is itself an anchor, or is trusted by itself, names nobody else for that.
#[test]
fn p6_anchors_name_nobody_else() {
    let keys = |name: &str| certificate(&testdata().join(format!("keys/{name}.pem")));
    for (file, claim, expected) in [
        ("alice", "sip:alice@example.com", ("ok", "")),
        ("alice", "sip:bob@example.com", ("identity", "identity.mismatch")),
        ("bad/self-alice", "sip:alice@example.com", ("ok", "")),
        ("bad/wrong-san", "sip:alice@example.com", ("identity", "identity.mismatch")),
        ("bad/nul-in-san", "sip:alice@example.com", ("identity", "identity.mismatch")),
        ("bad/cn-only", "sip:alice@example.com", ("identity", "identity.mismatch")),
        ("bad/email-only", "sip:alice@example.com", ("identity", "identity.mismatch")),
    ] {
        let target = keys(file);
        let (layer, code) = first_bad(&target, &[], &target, claim);
        assert_eq!((layer.as_str(), code.as_str()), expected, "{file} {claim}");
    }
}

/// What the program says of the message of a vector: "" if it is good, else a code.
fn answer(vector: &str, anchor: &str, time: &str) -> String {
    let text = peers::read(&format!("testdata/vectors/{vector}.vec"));
    let start = text.windows(2).position(|two| two == b"\n\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(vector).to_str().unwrap().to_owned();
    std::fs::write(&file, &text[start + 2..]).unwrap();
    let anchor = format!("testdata/keys/{anchor}.pem");
    let arguments = ["verify", "--json", "-CAfile", &anchor, "--identity", "none", "--at-time", time, &file];
    let (exit, product, said) = peers::ours(&arguments);
    let report: serde_json::Value = serde_json::from_slice(&product).unwrap();
    let code = report["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(exit, i32::from(!code.is_empty()), "{vector}: {said}");
    code
}

// P6: nothing that comes in a message makes it trusted. (vector, anchor, answer)
#[test]
fn p6_messages_do_not_vouch_for_themselves() {
    for (vector, anchor, expected) in [
        ("certificate_self_alice", "ca", "trust.unknown-issuer"),
        ("certificate_self_alice", "bad/self-alice", ""),
        // The root comes along; the anchor has its name and another key, or another name.
        ("certificate_root_in_message", "ca", ""),
        ("certificate_root_in_message", "other-ca", "trust.unknown-issuer"),
        ("certificate_root_in_message", "ca-rsa", "trust.unknown-issuer"),
        ("certificate_unknown_ca", "ca", "trust.unknown-issuer"),
        ("certificate_unknown_ca_forged_aki", "ca", "trust.signature"),
    ] {
        assert_eq!(answer(vector, anchor, "2026-01-01"), expected, "{vector} {anchor}");
    }
}

// P7: when it was signed is what the signer says: 2025-03-01, when the certificate was valid. What counts is the time asked
// for.
#[test]
fn p7_the_time_that_the_signer_gives() {
    let vector = "certificate_expired_signing_time";
    for (time, expected) in [("2025-03-02", ""), ("2025-06-02", "trust.expired"), ("2026-01-01", "trust.expired")] {
        assert_eq!(answer(vector, "ca", time), expected, "{time}");
    }
}

// P3: RFC 5652 section 6.2: whom nothing may be encrypted for.
#[test]
fn p3_recipients() {
    let options = RecipientOptions { transport: TransportScheme::Pkcs1, key_identifier: false, time: IN_2026 };
    for (file, expected) in [
        ("bob", ""),
        ("bob-x25519", ""),
        ("bob-rsa2048", ""),
        ("erin-encrypt", ""),
        ("bad/key-usage-absent", ""),
        ("bad/key-agreement-only", ""),
        // keyEncipherment alone, of an RSA key.
        ("bad/no-digital-signature", ""),
        ("erin-sign", "encrypt.key-usage"),
        ("bad/non-repudiation-only", "encrypt.key-usage"),
        ("ca", "encrypt.key-usage"),
        ("ca-rsa", "encrypt.key-usage"),
    ] {
        let certificate = certificate(&testdata().join(format!("keys/{file}.pem")));
        let code = recipient(&certificate, &options).map_or_else(|error| error.code(), |_| "");
        assert_eq!(code, expected, "{file}");
    }
}
