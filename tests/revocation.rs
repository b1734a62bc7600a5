//! Revocation lists that openssl made, and what the program says of them; openssl is asked the same where it is installed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/peers.rs"]
mod peers;

use std::path::Path;
use std::process::Command;

use peers::{ours, peer, read, root};
use serde_json::Value;
use sip_smime::asn1::encode::element;
use sip_smime::asn1::tlv::Tlv;
use sip_smime::octets::Slice;

const TIME: &str = "2026-01-01";
const EPOCH: &str = "1767225600";

/// Who signs: name, anchor, identity, and what else is needed.
const ALICE: (&str, &str, &str) = ("alice", "ca", "sip:alice@example.com");
const CAROL: (&str, &str, &str) = ("carol", "ca", "sip:carol@example.com");
const DAVE: (&str, &str, &str) = ("dave", "ca-rsa", "sip:dave@example.com");

/// A row: signer, lists, what is asked, our answer ("" is good), and what openssl says in its own words ("" is good, "-"
/// is not asked).
type Row = ((&'static str, &'static str, &'static str), &'static str, &'static str, &'static str, &'static str);

const REVOKED: &str = "trust.revoked";
const UNKNOWN: &str = "trust.revocation-unknown";

const ROWS: &[Row] = &[
    (ALICE, "", "", "", ""),
    (ALICE, "", "-crl_check", UNKNOWN, "unable to get certificate CRL"),
    (ALICE, "good", "-crl_check", "", ""),
    (ALICE, "good", "-crl_check_all", "", ""),
    (ALICE, "both", "-crl_check", "", ""),
    (ALICE, "revoked", "-crl_check", REVOKED, "certificate revoked"),
    (ALICE, "good revoked", "-crl_check", REVOKED, "-"),
    (ALICE, "hold", "-crl_check", REVOKED, "certificate revoked"),
    (ALICE, "expired", "-crl_check", UNKNOWN, "CRL has expired"),
    (ALICE, "future", "-crl_check", UNKNOWN, "CRL is not yet valid"),
    (ALICE, "rsa", "-crl_check", UNKNOWN, "unable to get certificate CRL"),
    (ALICE, "wrong-signer", "-crl_check", UNKNOWN, "unable to get certificate CRL"),
    (ALICE, "unknown-critical", "-crl_check", UNKNOWN, "unhandled critical CRL extension"),
    (ALICE, "users", "-crl_check", "", ""),
    (ALICE, "authorities", "-crl_check", UNKNOWN, "Different CRL scope"),
    (ALICE, "good delta", "-crl_check", REVOKED, "certificate revoked"),
    (ALICE, "hold delta-removed", "-crl_check", "", ""),
    (CAROL, "sub-ca", "-crl_check", "", ""),
    (CAROL, "both", "-crl_check_all", "", ""),
    (CAROL, "sub-ca", "-crl_check_all", UNKNOWN, "unable to get certificate CRL"),
    (CAROL, "good", "-crl_check", UNKNOWN, "unable to get certificate CRL"),
    (CAROL, "carol-revoked good", "-crl_check_all", REVOKED, "certificate revoked"),
    (CAROL, "sub-ca sub-ca-revoked", "-crl_check_all", REVOKED, "certificate revoked"),
    (DAVE, "rsa", "-crl_check", REVOKED, "certificate revoked"),
    (DAVE, "good", "-crl_check", UNKNOWN, "unable to get certificate CRL"),
    // openssl reads a list only if it is told to check. Who gives one wants to know.
    (ALICE, "revoked", "", REVOKED, ""),
    (ALICE, "good", "", "", ""),
    (ALICE, "rsa", "", "", ""),
    (ALICE, "wrong-signer", "", "", ""),
    (CAROL, "carol-revoked", "", REVOKED, ""),
    // openssl looks at the first certificate alone; a revoked authority vouches for nobody.
    (CAROL, "sub-ca sub-ca-revoked", "-crl_check", REVOKED, ""),
    // What an old list revokes stays revoked; openssl says that it is old.
    (ALICE, "expired-revoked", "-crl_check", REVOKED, "CRL has expired"),
    (ALICE, "expired-revoked", "", REVOKED, ""),
    // So does what a delta list revokes, though the list that it changes is not there.
    (ALICE, "delta", "-crl_check", REVOKED, "unable to get certificate CRL"),
    (ALICE, "delta", "", REVOKED, ""),
];

fn signed(folder: &Path, signer: &str) -> String {
    let file = folder.join(format!("{signer}.der")).to_str().unwrap().to_owned();
    let (certificate, key) = (format!("testdata/keys/{signer}.pem"), format!("testdata/keys/{signer}.key"));
    let more = if signer == "carol" { "testdata/keys/sub-ca.pem" } else { &certificate };
    let arguments = ["sign", "-q", "-signer", &certificate, "-inkey", &key, "-certfile", more, "--certs", "chain"];
    let (exit, _, said) =
        ours(&[&arguments[..], &["-outform", "der", "-out", &file, "testdata/interop/content.mime"]].concat());
    assert_eq!(exit, 0, "{said}");
    file
}

fn lists(names: &str) -> Vec<String> {
    names.split_whitespace().map(|name| format!("testdata/interop/crl/{name}.pem")).collect()
}

fn with_lists<'a>(mut arguments: Vec<&'a str>, option: &'a str, files: &'a [String]) -> Vec<&'a str> {
    for file in files {
        arguments.extend([option, file]);
    }
    arguments
}

fn verify<'a>(anchor: &'a str, identity: &'a str) -> Vec<&'a str> {
    vec!["verify", "-CAfile", anchor, "--at-time", TIME, "--identity", identity]
}

// VFY-16, P8: the program.
#[test]
fn lists_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    for (row, ((signer, anchor, identity), names, asked, expected, _)) in ROWS.iter().enumerate() {
        let (message, files) = (signed(folder.path(), signer), lists(names));
        let anchor = format!("testdata/keys/{anchor}.pem");
        let mut arguments = with_lists(verify(&anchor, identity), "--crl", &files);
        arguments.extend(Some(*asked).filter(|asked| !asked.is_empty()));
        arguments.push(&message);
        let (exit, product, said) = ours(&arguments);
        assert_eq!(exit, i32::from(!expected.is_empty()), "row {row}: {said}");
        assert_eq!(product.is_empty(), !expected.is_empty(), "row {row}");
        assert!(said.contains(expected), "row {row}: {said}");
    }
}

// The same questions to openssl.
#[test]
fn openssl_agrees() {
    if peer("openssl").is_none() {
        return;
    }
    let mut asked_for = 0;
    for (row, ((signer, anchor, _), names, asked, _, expected)) in ROWS.iter().enumerate() {
        let files = lists(names);
        let (target, anchor) = (format!("testdata/keys/{signer}.pem"), format!("testdata/keys/{anchor}.pem"));
        let mut arguments = vec![
            "verify",
            "-attime",
            EPOCH,
            "-extended_crl",
            "-use_deltas",
            "-CAfile",
            &anchor,
            "-untrusted",
            "testdata/keys/sub-ca.pem",
        ];
        arguments.extend(Some(*asked).filter(|asked| !asked.is_empty()));
        // The first one is for the leaf alone.
        arguments.extend(Some("-crl_check").filter(|_| *asked == "-crl_check_all"));
        let mut arguments = with_lists(arguments, "-CRLfile", &files);
        arguments.push(&target);
        if *expected == "-" {
            continue;
        }
        let output = Command::new("openssl").current_dir(root()).args(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.success(), expected.is_empty(), "row {row} {names} {asked}: {said}");
        assert!(said.to_lowercase().contains(&expected.to_lowercase()), "row {row} {names} {asked}: {said}");
        asked_for += 1;
    }
    assert!(asked_for > 30);
}

fn json(arguments: &[&str]) -> (i32, Value) {
    let (exit, product, said) = ours(arguments);
    (exit, serde_json::from_slice(&product).unwrap_or_else(|_| unreadable(&said)))
}

fn unreadable(said: &str) -> Value {
    assert_eq!(said, "", "no JSON");
    Value::Null
}

// What decided is said.
#[test]
fn which_list_decided() {
    let folder = tempfile::tempdir().unwrap();
    let message = signed(folder.path(), "carol");
    let files = lists("both");
    let verify = || with_lists(verify("testdata/keys/ca.pem", CAROL.2), "-CRLfile", &files);
    let (exit, _, said) = ours(&[&verify()[..], &["-v", "-crl_check_all", &message]].concat());
    assert_eq!(exit, 0, "{said}");
    let line = "CRL number 0a of 2025-12-01T00:00:00Z of CN=sip-smime test sub CA,O=test)";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("REVOCATION-"), "{said}");
    let (exit, report) = json(&[&verify()[..], &["--json", &message]].concat());
    let found = &report["verification"]["signers"][0]["revocation"];
    assert_eq!((exit, found.as_array().unwrap().len()), (0, 2), "{found}");
    assert_eq!(found[0]["status"], "good");
    assert_eq!(found[0]["lists"][0]["number"], "0a");
    assert_eq!(found[1]["lists"][0]["issuer"], "CN=sip-smime test CA,O=test");
    assert_eq!(found[1]["lists"][0]["next_update"], "2026-02-01T00:00:00Z");

    // A list that tells nothing is a warning; none is worth knowing.
    let message = signed(folder.path(), "alice");
    for (names, finding, severity) in [
        ("rsa", "REVOCATION-UNKNOWN", "warning"),
        ("wrong-signer", "REVOCATION-UNKNOWN", "warning"),
        ("", "REVOCATION-NOT-CHECKED", "info"),
    ] {
        let files = lists(names);
        let arguments = with_lists(self::verify("testdata/keys/ca.pem", ALICE.2), "--crl", &files);
        let (exit, report) = json(&[&arguments[..], &["--json", &message]].concat());
        let findings = report["verification"]["findings"].as_array().unwrap();
        let found = findings.iter().find(|one| one["finding"] == finding).unwrap();
        assert_eq!((exit, found["severity"].as_str()), (0, Some(severity)), "{names}: {report}");
    }
    let arguments = self::verify("testdata/keys/ca.pem", ALICE.2);
    let revoked = ["--json", "--crl", "testdata/interop/crl/revoked.der", &message];
    let (exit, report) = json(&[&arguments[..], &revoked].concat());
    assert_eq!((exit, report["error"]["code"].as_str()), (1, Some(REVOKED)));
    let text = report["error"]["text"].as_str().unwrap();
    let expected = "it was revoked on 2025-11-15T00:00:00Z, reason keyCompromise, says the CRL of CN=sip-smime test CA";
    assert!(text.contains(expected), "{text}");
    assert!(report["error"]["place"]["element"].as_str().unwrap().starts_with("certificate of "), "{report}");
}

// What was learnt is said on failure, too, by verify and by check-san alike.
#[test]
fn what_is_known_is_said_on_failure() {
    let folder = tempfile::tempdir().unwrap();
    type Expected = &'static [(&'static str, &'static str)];
    // (signer, lists, what is asked, exit, status and part of the reason of each certificate)
    let rows: &[(&str, &str, &str, i32, Expected)] = &[
        ("alice", "good", "-crl_check", 0, &[("good", "")]),
        (
            "alice",
            "revoked",
            "",
            1,
            &[("revoked", "it was revoked on 2025-11-15T00:00:00Z, reason keyCompromise, says")],
        ),
        ("alice", "good delta", "", 1, &[("revoked", "says the delta CRL")]),
        ("alice", "rsa", "-crl_check", 1, &[("unknown", "no list of CN=sip-smime test CA,O=test is there")]),
        ("alice", "", "-crl_check", 1, &[("unknown", "no list of")]),
        ("alice", "expired", "-crl_check", 1, &[("unknown", "it has expired, there should be a newer one since")]),
        ("alice", "wrong-signer", "-crl_check", 1, &[("unknown", "did not make it")]),
        ("carol", "both", "-crl_check_all", 0, &[("good", ""), ("good", "")]),
        ("carol", "sub-ca sub-ca-revoked", "", 1, &[("good", ""), ("revoked", "it was revoked")]),
        ("carol", "sub-ca", "-crl_check_all", 1, &[("good", ""), ("unknown", "no list of")]),
        ("carol", "sub-ca", "", 0, &[("good", ""), ("unknown", "no list of")]),
        ("alice", "", "", 0, &[]),
    ];
    for (row, (signer, names, asked, expected_exit, expected)) in rows.iter().enumerate() {
        let (message, files) = (signed(folder.path(), signer), lists(names));
        let identity = format!("sip:{signer}@example.com");
        let certificate = format!("testdata/keys/{signer}.pem");
        let options = with_lists(vec!["--json", "-CAfile", "testdata/keys/ca.pem", "--at-time", TIME], "--crl", &files);
        let options: Vec<&str> = options.into_iter().chain(Some(*asked).filter(|asked| !asked.is_empty())).collect();
        let (exit, report) = json(&[&["verify", "--identity", &identity], &options[..], &[&message]].concat());
        let more = ["-certfile", "testdata/keys/sub-ca.pem", &identity, &certificate];
        let (other_exit, other) = json(&[&["check-san"], &options[..], &more].concat());
        assert_eq!((exit, other_exit), (*expected_exit, *expected_exit), "row {row}: {report} {other}");
        let found = &report["verification"]["signers"][0]["revocation"];
        assert_eq!(found, &other["certificates"][0]["revocation"], "row {row}");
        let found = found.as_array().unwrap();
        assert_eq!(found.len(), expected.len(), "row {row}: {found:?}");
        // VFY-14, VFY-16: the names of the cases, beside the code.
        let last = found.last().map_or(&Value::Null, |one| &one["finding"]);
        assert_eq!(exit == 1, report["error"]["finding"].is_string(), "row {row}: {report}");
        assert!(exit == 0 || report["error"]["finding"] == *last, "row {row}: {report}");
        for (one, (status, reason)) in found.iter().zip(*expected) {
            let finding = [("good", ""), ("revoked", "CERT-REVOKED"), ("unknown", "CRL-MISSING")];
            let finding = finding.iter().find(|(name, _)| name == status).unwrap().1;
            let finding = if reason.contains("expired") { "CRL-EXPIRED" } else { finding };
            assert_eq!(one["finding"].as_str().unwrap_or_default(), finding, "row {row}: {one}");
            let said = one["reason"].as_str().unwrap_or_default();
            assert!(one["status"] == *status && said.contains(reason), "row {row}: {one}");
            assert_eq!(said.is_empty(), reason.is_empty(), "row {row}: {one}");
            assert_eq!(one["lists"].as_array().unwrap().is_empty(), *status == "unknown", "row {row}: {one}");
        }
    }
    // In the listing and among the findings of check-san.
    let check = ["check-san", "-v", "--at-time", TIME, "-CAfile", "testdata/keys/ca.pem", "testdata/keys/alice.pem"];
    let (exit, listed, _) = ours(&[&check[..], &["--crl", "testdata/interop/crl/good.pem"]].concat());
    let listed = String::from_utf8(listed).unwrap();
    assert!(exit == 0 && listed.contains("not revoked: CN=Alice,O=test (says CRL number"), "{listed}");
    for (list, finding) in
        [("rsa", "warning: whether the certificate of CN=Alice,O=test is revoked"), ("", "REVOCATION-NOT-CHECKED")]
    {
        let files = lists(list);
        let (exit, _, said) = ours(&with_lists(check.to_vec(), "--crl", &files));
        assert!(exit == 0 && said.contains(finding), "{said}");
    }
}

/// The SignedData with these lists in it.
fn with_inside(object: &[u8], lists: &[&[u8]]) -> Vec<u8> {
    let outer = Tlv::parse(Slice::new(object)).unwrap();
    let mut fields = outer.elements().unwrap();
    let kind = fields.next_element().unwrap();
    let explicit = fields.next_element().unwrap();
    let inner = explicit.elements().unwrap().next_element().unwrap();
    let mut fields = inner.elements().unwrap();
    let mut parts = Vec::new();
    while !fields.is_done() {
        parts.push(fields.next_element().unwrap().whole.octets().to_vec());
    }
    let signers = parts.pop().unwrap();
    let inside = [parts.concat(), element(0xA1, lists), signers].concat();
    element(0x30, &[kind.whole.octets(), &element(0xA0, &[&element(0x30, &[&inside])])])
}

fn der(name: &str) -> Vec<u8> {
    let text = read(&format!("testdata/interop/crl/{name}.pem"));
    pem_rfc7468::decode_vec(&text).unwrap().1
}

// VFY-16: lists in the message count, for what they are worth.
#[test]
fn lists_in_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let alice = std::fs::read(signed(folder.path(), "alice")).unwrap();
    let odd = [0x30, 3, 2, 1, 5];
    // (lists inside, what is given, exit, part of what is said)
    let rows: Vec<(Vec<Vec<u8>>, &str, i32, &str)> = vec![
        (vec![der("good")], "-crl_check", 0, "not revoked"),
        (vec![der("revoked")], "-v", 1, REVOKED),
        (vec![der("rsa")], "-v", 0, "info: whether the certificate of"),
        (vec![der("rsa")], "-crl_check", 1, UNKNOWN),
        (vec![der("wrong-signer")], "-v", 0, "REVOCATION-UNKNOWN"),
        (vec![der("good"), der("delta")], "-crl_check", 1, REVOKED),
        (vec![odd.to_vec(), der("good")], "-crl_check", 0, "CRL-UNREADABLE"),
        (vec![odd.to_vec()], "-v", 0, "REVOCATION-NOT-CHECKED"),
        (vec![der("revoked")], "-noverify", 0, "not checked: -noverify"),
    ];
    for (row, (inside, asked, expected, text)) in rows.iter().enumerate() {
        let inside: Vec<&[u8]> = inside.iter().map(Vec::as_slice).collect();
        let file = folder.path().join("message.der").to_str().unwrap().to_owned();
        std::fs::write(&file, with_inside(&alice, &inside)).unwrap();
        let mut arguments = verify("testdata/keys/ca.pem", ALICE.2);
        arguments.extend(["-v"].iter().filter(|_| *asked != "-v"));
        arguments.extend([*asked, &file]);
        let (exit, _, said) = ours(&arguments);
        assert_eq!(exit, *expected, "row {row}: {said}");
        assert!(said.contains(text), "row {row}: {said}");
    }
    // An older list in the message does not stand in for the newer one that the user has.
    let mut older = verify("testdata/keys/ca.pem", ALICE.2);
    let file = folder.path().join("message.der").to_str().unwrap().to_owned();
    std::fs::write(&file, with_inside(&alice, &[&der("expired")])).unwrap();
    older.extend(["-crl_check", "--crl", "testdata/interop/crl/revoked.pem", &file]);
    assert_eq!(ours(&older).0, 1);
}

// decrypt --verify asks the same.
#[test]
fn decrypt_asks_too() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed.mime").to_str().unwrap().to_owned();
    let signer = ["-signer", "testdata/keys/alice.pem", "-inkey", "testdata/keys/alice.key"];
    let (exit, _, said) = ours(
        &[
            &["encrypt", "-q", "-recip", "testdata/keys/bob.pem", "-out", &sealed][..],
            &signer,
            &["testdata/interop/content.mime"],
        ]
        .concat(),
    );
    assert_eq!(exit, 0, "{said}");
    let decrypt = ["decrypt", "-recip", "testdata/keys/bob.pem", "-inkey", "testdata/keys/bob.key", "--at-time", TIME];
    let verify = ["--verify", "-CAfile", "testdata/keys/ca.pem", "--identity", ALICE.2];
    for (list, expected) in [("users", ""), ("revoked", REVOKED), ("rsa", UNKNOWN)] {
        let files = lists(list);
        let lists = ["-crl_check", "--crl", &files[0], &sealed];
        let (exit, product, said) = ours(&[&decrypt[..], &verify, &lists].concat());
        assert_eq!(
            (exit, product.is_empty()),
            (i32::from(!expected.is_empty()), !expected.is_empty()),
            "{list}: {said}"
        );
        assert!(said.contains(expected), "{list}: {said}");
    }
}

// What is no list is said; a list is not written over.
#[test]
fn files_of_lists() {
    let folder = tempfile::tempdir().unwrap();
    let message = signed(folder.path(), "alice");
    let verify = verify("testdata/keys/ca.pem", ALICE.2);
    for (file, code) in [
        ("testdata/keys/alice.pem", "crl.unreadable"),
        ("testdata/keys/alice.der", "crl.unreadable"),
        ("testdata/interop/content.mime", "crl.unreadable"),
        ("testdata/interop/crl/nothing.pem", "file.unreadable"),
    ] {
        let (exit, _, said) = ours(&[&verify[..], &["--crl", file, &message]].concat());
        assert!(exit == 2 && said.contains(code), "{file}: {said}");
    }
    let list = folder.path().join("list.pem").to_str().unwrap().to_owned();
    std::fs::copy(root().join("testdata/interop/crl/good.pem"), &list).unwrap();
    let (exit, _, said) = ours(&[&verify[..], &["--crl", &list, "-out", &list, &message]].concat());
    assert!(exit == 2 && said.contains("would overwrite"), "{said}");
    for word in ["-extended_crl", "-use_deltas"] {
        assert_eq!(ours(&[&verify[..], &["--crl", &list, "-crl_check", word, &message]].concat()).0, 0, "{word}");
    }
}

// SAN-16: what comes in a message or an object helps to judge it, in check-san as in verify.
#[test]
fn check_san_uses_what_came_along() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, octets: &[u8]| {
        let file = folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(&file, octets).unwrap();
        file
    };
    let message = |signer: &str| std::fs::read(signed(folder.path(), signer)).unwrap();
    let certificates: Vec<Vec<u8>> = ["alice", "carol", "sub-ca"]
        .map(|name| pem_rfc7468::decode_vec(&read(&format!("testdata/keys/{name}.pem"))).unwrap().1)
        .to_vec();
    let [alice, carol, sub_ca] = [0, 1, 2].map(|at| sip_smime::pki::Certificate::from_der(&certificates[at]).unwrap());
    let bag = sip_smime::store::certs_only::write(std::slice::from_ref(&alice));
    let chain = sip_smime::store::certs_only::write(&[carol, sub_ca]);
    let pem =
        |name: &str| [read("testdata/keys/alice.pem"), read(&format!("testdata/interop/crl/{name}.pem"))].concat();
    let entity =
        |object: &[u8]| [&b"Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n\r\n"[..], object].concat();
    let odd: &[u8] = &[0x30, 3, 2, 1, 5];
    // (input, what is asked, exit, part of what is said or listed)
    let rows: Vec<(Vec<u8>, &str, i32, &str)> = vec![
        (message("carol"), "-v", 0, "trust: good (CN=Carol,O=test < CN=sip-smime test sub CA"),
        (with_inside(&message("alice"), &[&der("good")]), "-crl_check", 0, "not revoked"),
        (with_inside(&message("alice"), &[&der("revoked")]), "-v", 1, REVOKED),
        (with_inside(&message("alice"), &[odd]), "-v", 0, "CRL-UNREADABLE"),
        // Whoever gives no list of his own is not warned of those in the message.
        (with_inside(&message("alice"), &[&der("rsa")]), "-v", 0, "info: whether the certificate of"),
        (with_inside(&bag, &[&der("revoked")]), "-v", 1, REVOKED),
        (with_inside(&bag, &[&der("good")]), "-crl_check", 0, "not revoked"),
        (with_inside(&bag, &[odd]), "-v", 2, "crl.unreadable"),
        (entity(&with_inside(&bag, &[&der("revoked")])), "-v", 1, REVOKED),
        (entity(&with_inside(&bag, &[odd])), "-v", 0, "CRL-UNREADABLE"),
        (entity(&chain), "-v", 0, "trust: good (CN=Carol,O=test < CN=sip-smime test sub CA"),
        (pem("revoked"), "-v", 1, REVOKED),
        (pem("good"), "-crl_check", 0, "not revoked"),
    ];
    for (row, (input, asked, expected, text)) in rows.iter().enumerate() {
        let file = write("input", input);
        let (exit, listed, said) =
            ours(&["check-san", "-CAfile", "testdata/keys/ca.pem", "--at-time", TIME, asked, &file]);
        let all = format!("{}{said}", String::from_utf8(listed).unwrap());
        assert!(exit == *expected && all.contains(text), "row {row}: {exit} {all}");
    }
}
