//! The messages that RFCs print, judged as the RFCs and their certificates say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::PathBuf;
use std::process::Command;

/// Runs the program in `testdata/rfc`: exit code, standard output, standard error.
fn run(arguments: &str) -> (i32, Vec<u8>, String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/rfc");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sip-smime"));
    let output = command.current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn refused(arguments: &str, exit: i32, code: &str) {
    let (found, product, said) = run(arguments);
    assert_eq!((found, product.len()), (exit, 0), "{arguments}: {said}");
    assert!(said.contains(&format!("[{code}]")), "{arguments}: {said}");
}

const ALICE: &str = "rfc8591/alice_sign_cert.pem";

#[test]
fn rfc8591_section_10_verifies_while_the_certificate_was_valid() {
    let (exit, product, said) = run(&format!("verify --trust {ALICE} --at-time 2018-06-03 rfc8591/10.1.sip"));
    assert_eq!(exit, 0, "{said}");
    let text = String::from_utf8(product).unwrap();
    let expected = "MESSAGE sip:bob@example.org SIP/2.0\r\n\
        Via: SIP/2.0/TCP alice-pc.example.com;branch=z9hG4bK776sgdkfie\r\n\
        Max-Forwards: 70\r\n\
        From: sip:alice@example.com;tag=49597\r\n\
        To: sip:bob@example.org\r\n\
        Call-ID: asd88asd66b@1.2.3.4\r\n\
        CSeq: 1 MESSAGE\r\n\
        Content-Type: text/plain\r\n\
        Content-Length: 40\r\n\
        \r\n\
        Watson, come here - I want to see you.\r\n";
    assert_eq!(text, expected);
    for verdict in ["integrity: good", "trust: good", "identity: good", "freshness: not checked: no Date is covered"] {
        assert!(said.contains(verdict), "{verdict} is not in {said}");
    }
    // TRAP-03: the signing time lies after the end of the certificate, and that is always said.
    assert!(said.contains("SIGNTIME-OUTSIDE-CERT"), "{said}");
    // The same certificate as a file of anchors.
    let (exit, ..) = run(&format!("verify -CAfile {ALICE} -attime 1527984000 rfc8591/10.1.sip"));
    assert_eq!(exit, 0);
}

#[test]
fn rfc8591_section_10_is_refused_today_and_without_its_certificate() {
    refused(&format!("verify --trust {ALICE} rfc8591/10.1.sip"), 1, "trust.expired");
    refused("verify --at-time 2018-06-03 rfc8591/10.1.sip", 1, "trust.no-anchor");
    let missing = "verify.signer-certificate-missing";
    refused(&format!("verify -CAfile {ALICE} --at-time 2018-06-03 rfc8591/10.2.sip"), 4, missing);
    refused("verify -noverify rfc8591/10.2.sip", 4, missing);
    let given = format!("verify -CAfile {ALICE} -certfile {ALICE} --at-time 2018-06-03 rfc8591/10.2.sip");
    assert_eq!(run(&given).0, 0);
}

// TRAP-02: the appendix holds other signatures, which are good too.
#[test]
fn rfc8591_appendix_a_verifies() {
    let bob = "rfc8591/bob_sign_cert.pem";
    for (object, anchor) in [("rfc8591/A.1-rebuilt.p7m", ALICE), ("rfc8591/A.3.1-rebuilt.p7m", bob)] {
        let (exit, product, said) = run(&format!("verify -CAfile {anchor} --at-time 2018-06-03 {object}"));
        assert_eq!(exit, 0, "{object}: {said}");
        assert_eq!(product, b"Content-Type: text/plain\r\n\r\nWatson, come here - I want to see you.\r\n");
    }
}

#[test]
fn rfc8591_encrypted_examples_are_not_signed() {
    refused("verify -noverify rfc8591/10.3.p7m", 5, "cms.content-type");
}

/// The signed messages of RFC 6216 and the certificate of each signer.
const SIGNED: [(&str, &str); 4] = [
    ("smime-msg", "eku_fluffy"),
    ("cms-smime-msg", "eku_fluffy"),
    ("noeku-smime-msg", "noeku_fluffy"),
    ("smime-sign-encrypt", "eku_fluffy"),
];

#[test]
fn rfc6216_signed_messages_verify_as_legacy() {
    for (message, signer) in SIGNED {
        let given = format!("-CAfile rfc6216/ca_cert.pem -certfile rfc6216/{signer}_cert.pem rfc6216/{message}.sip");
        let (exit, product, said) = run(&format!("verify --allow-legacy {given}"));
        assert_eq!(exit, 0, "{message}: {said}");
        let signed = std::fs::read(
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/rfc/rfc6216/{message}.signed.bin")),
        )
        .unwrap();
        let body = signed.windows(4).position(|octets| octets == b"\r\n\r\n").unwrap() + 4;
        assert!(product.ends_with(&signed[body..]), "{message}");
        assert!(said.contains("WEAK-ALG") && said.contains("NO-SIGNED-ATTRIBUTES"), "{said}");
        assert!(said.contains("identity: good"), "{said}");
        // PTH-09: everybody has the key of this authority.
        assert!(said.contains("TEST-CA-6216"), "{said}");

        let (exit, product, _) = run(&format!("verify {given}"));
        assert_eq!((exit, product.len()), (1, 0), "{message}");
        refused(
            &format!("verify --allow-legacy -CAfile rfc6216/ca_cert.pem rfc6216/{message}.sip"),
            4,
            "verify.signer-certificate-missing",
        );
    }
}

#[test]
fn rfc6216_published_files_are_damaged() {
    for message in ["smime-msg", "cms-smime-msg", "noeku-smime-msg", "smime-sign-encrypt", "smime-encrypted"] {
        let (exit, product, said) = run(&format!("verify --allow-legacy -noverify rfc6216/as-published/{message}.dat"));
        assert_eq!((exit, product.len()), (3, 0), "{message}: {said}");
    }
}

#[test]
fn rfc6216_messages_without_a_signature() {
    refused("verify -noverify rfc6216/message-tls.sip", 1, "verify.not-signed");
    refused("verify -noverify rfc6216/smime-encrypted.sip", 1, "verify.encrypted");
    // -q leaves errors.
    let (exit, product, said) = run("verify -q -noverify rfc6216/message-tls-resp.sip");
    assert_eq!((exit, product.len()), (1, 0));
    assert!(said.starts_with("sip-smime: error: the message is not signed"), "{said}");
}

// RFC 6216 section B.3: a chain with an intermediate authority that must be given.
#[test]
fn rfc6216_key_usage_and_names_are_those_of_the_certificates() {
    let given = "--allow-legacy -CAfile rfc6216/ca_cert.pem -certfile rfc6216/eku_fluffy_cert.pem";
    for (identity, exit) in [
        ("sip:fluffy@example.com", 0),
        ("im:fluffy@example.com", 0),
        ("pres:fluffy@example.com", 0),
        ("sip:kumiko@example.net", 1),
        ("sip:Fluffy@example.com", 1),
    ] {
        let (found, _, said) = run(&format!("verify {given} --identity {identity} rfc6216/smime-msg.sip"));
        assert_eq!(found, exit, "{identity}: {said}");
    }
}
