//! The messages that RFCs print, judged as the RFCs and their certificates say.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::PathBuf;
use std::process::Command;

/// Runs the program in `testdata/rfc`: exit code, standard output, standard error.
fn run(arguments: &str) -> (i32, Vec<u8>, String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/rfc");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sip-smime"));
    let output = command.current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn refused(arguments: &str, exit: i32, code: &str) -> (i32, Vec<u8>, String) {
    let (found, product, said) = run(arguments);
    assert_eq!((found, product.len()), (exit, 0), "{arguments}: {said}");
    assert!(said.contains(&format!("[{code}]")), "{arguments}: {said}");
    (found, product, said)
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

// The recipient of section 10.3 has an RSA key that nobody published.
#[test]
fn rfc8591_encrypted_example_is_for_someone_else() {
    let bob = "-recip rfc6216/eku_kumiko_cert.pem -inkey rfc6216/eku_kumiko_key.pem";
    let (_, _, said) = refused(&format!("decrypt {bob} rfc8591/10.3.p7m"), 4, "decrypt.no-recipient");
    assert!(said.contains("encrypted, auth-enveloped-data with aes-128-gcm, 1 recipient"), "{said}");
    assert!(said.contains("CN=Alice,O=example.com, serial 0083f50bb70bd5c40e (key transport)"), "{said}");
    // An EC key is none of its recipients; an RSA key without a certificate is tried, being the only one.
    refused(&format!("decrypt -inkey {P256} rfc8591/10.3.p7m"), 4, "decrypt.no-recipient");
    refused("decrypt -inkey rfc6216/eku_kumiko_key.pem rfc8591/10.3.p7m", 1, "decrypt.failed");
}

const P256: &str = "../keys/bob.key";

/// What RFC 6216 encrypts: an entity of 69 octets (its section 4.2).
fn hello() -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/rfc/rfc6216");
    std::fs::read(folder.join("smime-msg-what-got-signed.bin")).unwrap()
}

#[test]
fn rfc6216_encrypted_message_opens_with_its_key() {
    let keys = "-recip rfc6216/eku_kumiko_cert.pem -inkey rfc6216/eku_kumiko_key.pem";
    let (exit, product, said) = run(&format!("decrypt {keys} rfc6216/smime-encrypted.sip"));
    assert_eq!(exit, 0, "{said}");
    let text = String::from_utf8(product).unwrap();
    assert!(text.starts_with("MESSAGE sip:kumiko@example.net SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2:15001;"), "{text}");
    let end = "Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nContent-Length: 6\r\n\r\nHello!";
    assert!(text.ends_with(end), "{text}");
    assert!(said.contains("integrity none") && said.contains("CBC-UNAUTHENTICATED"), "{said}");
    // The key alone, which is the only one that it can be; and the object alone.
    assert_eq!(run("decrypt -inkey rfc6216/eku_kumiko_key.pem rfc6216/smime-encrypted.sip").1, text.as_bytes());
    assert_eq!(run(&format!("decrypt {keys} rfc6216/smime-encrypted.p7m")).1, hello());

    refused(&format!("decrypt --require-aead {keys} rfc6216/smime-encrypted.sip"), 1, "decrypt.not-authenticated");
    let fluffy = "-recip rfc6216/eku_fluffy_cert.pem -inkey rfc6216/eku_fluffy_key.pem";
    refused(&format!("decrypt {fluffy} rfc6216/smime-encrypted.sip"), 4, "decrypt.no-recipient");
    refused(&format!("decrypt {keys} rfc6216/as-published/smime-encrypted.dat"), 3, "sip.trailing-octets");
    // Not signed, which after a cipher without authentication is one failure with all others.
    refused(&format!("decrypt --verify -noverify {keys} rfc6216/smime-encrypted.sip"), 1, "decrypt.failed");
}

// TRAP-11, NST-03: RFC 6216 section 4.3 signs what is encrypted; every layer is opened in the order in which it comes.
#[test]
fn rfc6216_signed_and_encrypted_message_opens() {
    let keys = "-recip rfc6216/eku_kumiko_cert.pem -inkey rfc6216/eku_kumiko_key.pem";
    let given = "-CAfile rfc6216/ca_cert.pem -certfile rfc6216/eku_fluffy_cert.pem rfc6216/smime-sign-encrypt.sip";
    let (exit, product, said) = run(&format!("decrypt --verify --allow-legacy {keys} {given}"));
    assert_eq!(exit, 0, "{said}");
    assert!(product.ends_with(b"\r\n\r\nHello!"), "{}", product.escape_ascii());
    let order = [
        "layer 1: signed",
        "integrity: good",
        "trust: good",
        "identity: good",
        "layer 2: encrypted",
        "integrity none",
        // Who signed the encrypted octets need not have known what they were.
        "CBC-UNAUTHENTICATED",
    ];
    let places: Vec<_> = order.iter().map(|text| said.find(text).unwrap_or_else(|| panic!("{text}: {said}"))).collect();
    assert!(places.is_sorted(), "{said}");
    // The same in two steps.
    let verified = format!("verify --allow-legacy -outform mime {given}");
    assert!(run(&verified).1.starts_with(b"Content-Type: application/pkcs7-mime;"), "{said}");

    refused(&format!("decrypt {keys} rfc6216/smime-sign-encrypt.sip"), 1, "decrypt.not-encrypted");
    refused(&format!("decrypt --verify {keys} {given}"), 1, "verify.no-signed-attributes");
    let other = "-recip rfc6216/eku_fluffy_cert.pem -inkey rfc6216/eku_fluffy_key.pem";
    refused(&format!("decrypt --verify --allow-legacy {other} {given}"), 4, "decrypt.no-recipient");
}

// RFC 4134 sections 5.1 and 5.3: 3DES, which is read only where it is asked for.
#[test]
fn rfc4134_encrypted_examples() {
    let bob = "-recip rfc4134/BobRSASignByCarl.pem -inkey rfc4134/BobPrivRSAEncrypt.pri";
    for example in ["rfc4134/5.1.bin", "rfc4134/5.3.eml"] {
        let (exit, product, said) = run(&format!("decrypt --allow-legacy {bob} {example}"));
        assert_eq!((exit, &product[..]), (0, &b"This is some sample content."[..]), "{said}");
        assert!(
            said.contains("the cipher des-ede3-cbc [WEAK-ALG") && said.contains("an RSA key of 1024 bits"),
            "{said}"
        );
        refused(&format!("decrypt {bob} {example}"), 1, "decrypt.legacy-cipher");
    }
    refused(&format!("decrypt {bob} rfc4134/7.1.bin"), 5, "cms.content-type");
    refused(&format!("decrypt {bob} rfc4134/4.2.bin"), 1, "decrypt.not-encrypted");
}

// RFC 8551 section 3.4 says nothing about the length of its tag, which is then 12, and has one of 16 octets: RFC 5084
// section 3.2 wants them equal. Section 3.6 is a bare zlib stream.
#[test]
fn rfc8551_samples() {
    let bob = "-recip rfc8551/bob_cert.pem -inkey rfc8551/bob_key.pem";
    for sample in ["rfc8551/3.4-authEnveloped-data.eml", "rfc8551/3.4-authEnveloped-data.p7m"] {
        let (_, _, said) = refused(&format!("decrypt {bob} {sample}"), 1, "decrypt.failed");
        assert!(said.contains("the tag has 16 octets, the parameters of aes-128-gcm say 12"), "{said}");
    }
    refused(&format!("decrypt {bob} rfc8551/3.6-compressed-data.eml"), 3, "asn1.length");
}

// The same sample with the length written: nothing but the three octets of ICVlen and the lengths around them is added.
#[test]
fn rfc8551_authenticated_sample_opens_once_its_tag_length_is_said() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/rfc/rfc8551");
    let sample = std::fs::read(folder.join("3.4-authEnveloped-data.p7m")).unwrap();
    let parameters = [&b"\x60\x86\x48\x01\x65\x03\x04\x01\x06"[..], b"\x30\x0e\x04\x0c"].concat();
    let at = sample.windows(parameters.len()).position(|found| found == parameters).unwrap() + 9;
    let mut mended = [&sample[..at + 16], b"\x02\x01\x10", &sample[at + 16..]].concat();
    // GCMParameters, the AlgorithmIdentifier and the four structures around it have three octets more.
    let grow = |octets: &mut Vec<u8>, at: usize| match octets[at + 1] {
        0x82 => {
            let length = u16::from_be_bytes([octets[at + 2], octets[at + 3]]) + 3;
            octets[at + 2..at + 4].copy_from_slice(&length.to_be_bytes());
        }
        0x81 => octets[at + 2] += 3,
        _ => octets[at + 1] += 3,
    };
    grow(&mut mended, at);
    grow(&mut mended, at - 13);
    let content = mended[..at - 13].windows(2).rposition(|found| found == [0x30, 0x82]).unwrap();
    grow(&mut mended, content);
    grow(&mut mended, 0);
    let explicit = mended.windows(2).position(|found| found == [0xA0, 0x82]).unwrap();
    grow(&mut mended, explicit);
    grow(&mut mended, explicit + 4);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &mended).unwrap();
    let given = format!("-recip rfc8551/bob_cert.pem -inkey rfc8551/bob_key.pem {}", file.path().display());
    let (exit, product, said) = run(&format!("decrypt -inform der {given}"));
    assert_eq!(exit, 0, "{said}");
    assert_eq!(product, std::fs::read(folder.join("3.4-plaintext.bin")).unwrap());
}

// RFC 6476 has a cipher that nobody asked for; RFC 7468 figure 11 is compressed and nothing else.
#[test]
fn rfc7468_objects_in_pem() {
    let password = "--password file:rfc7468/SHA256SUMS";
    let (_, _, said) = refused(&format!("decrypt {password} rfc7468/rfc6476-1.pem"), 5, "decrypt.cipher-unsupported");
    assert!(said.contains("authEnc128 (1.2.840.113549.1.9.16.3.15)"), "{said}");
    let compressed = format!("decrypt {password} rfc7468/fig11-compressed.pem");
    let (_, _, said) = refused(&compressed, 1, "decrypt.not-encrypted");
    assert!(said.contains("layer 1: compressed, 134 octets for 73"), "{said}");
}

// RFC 9216 sections 4 and 6: Alice has RSA keys, Carlos X25519 ones. Its certificates name e-mail addresses.
#[test]
fn rfc9216_keys_open_what_is_encrypted_for_them() {
    for (who, how) in
        [("alice", "RSAES-OAEP with sha256"), ("carlos", "X25519 with dhSinglePass-stdDH-hkdf-sha256-scheme")]
    {
        let folder = tempfile::tempdir().unwrap();
        let encrypted = folder.path().join("encrypted.sip");
        let message = "../cli/message.sip";
        let arguments = format!("-recip rfc9216/{who}_encrypt_cert.pem -out {} {message}", encrypted.display());
        let (exit, _, said) = run(&format!("encrypt {arguments}"));
        assert_eq!(exit, 0, "{said}");
        assert!(said.contains(how) && said.contains("RECIPIENT-NOT-TO"), "{said}");
        let key = format!("rfc9216/{who}_decrypt_key.pem");
        let (exit, product, said) = run(&format!("decrypt -inkey {key} {}", encrypted.display()));
        assert_eq!(exit, 0, "{said}");
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(product, std::fs::read(root.join("testdata/cli/message.sip")).unwrap());
    }
    refused("encrypt -recip rfc9216/carlos_sign_cert.pem ../cli/message.sip", 4, "encrypt.key-kind");
    refused("encrypt -recip rfc9216/alice_sign_cert.pem ../cli/message.sip", 4, "encrypt.key-usage");
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
