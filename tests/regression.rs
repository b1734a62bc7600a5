//! One test per bug that was found and mended, so that it stays mended.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use support::{Ran, run};

fn sip_smime(arguments: &str, input: &[u8]) -> Ran {
    run(&arguments.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), input)
}

const SIGN: &str = "sign -signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
const VERIFY: &str = "verify -CAfile testdata/keys/ca.pem --at-time 2026-01-01";

fn message(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn signed() -> Vec<u8> {
    sip_smime(SIGN, &message("text/plain", b"Hello!")).stdout
}

// A stream skipped encrypted and partly signed messages as if they had no S/MIME, and exited 0.
#[test]
fn only_messages_without_any_smime_are_skipped() {
    let part = b"--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
        --c\r\nContent-Type: application/pkcs7-mime\r\n\r\nnot CMS\r\n--c--\r\n--b--\r\n";
    let partly = message("multipart/mixed; boundary=b", part);
    let encrypted = std::fs::read("testdata/rfc/rfc6216/smime-encrypted.sip").unwrap();
    for (other, code) in [(partly, "verify.partly-signed"), (encrypted, "verify.encrypted")] {
        let ran = sip_smime(VERIFY, &[signed(), other].concat());
        assert_eq!(ran.status, 1, "{}", ran.said());
        assert!(ran.said().contains(code), "{}", ran.said());
    }
    let plain = sip_smime(VERIFY, &[signed(), message("text/plain", b"x")].concat());
    assert_eq!(plain.status, 0, "{}", plain.said());
}

// The verdicts were lost when the signed content could not be put back into the message.
#[test]
fn verdicts_are_given_even_if_the_message_cannot_be_put_together() {
    let object = sip_smime(&format!("{SIGN} -inform mime -outform der"), b"\r\nhello").stdout;
    let carried = message("application/pkcs7-mime; smime-type=signed-data", &object);
    let ran = sip_smime(VERIFY, &carried);
    assert_eq!((ran.status, ran.stdout.len()), (3, 0), "{}", ran.said());
    for line in ["integrity: good", "trust: good", "identity: good", "[sip.no-content-type]", "-outform mime"] {
        assert!(ran.said().contains(line), "{line} is not in {}", ran.said());
    }
    assert_eq!(sip_smime(&format!("{VERIFY} -outform mime"), &carried).stdout, b"\r\nhello");
}

// A framing finding was shown on success only.
#[test]
fn framing_findings_are_shown_on_failure_too() {
    let mut changed = [&signed()[..], b"\r\n"].concat();
    let at = changed.windows(6).position(|octets| octets == b"Hello!").unwrap();
    changed[at] = b'J';
    let ran = sip_smime(VERIFY, &changed);
    assert_eq!(ran.status, 1);
    assert!(ran.said().contains("SIP-TRAILING-BYTES") && ran.said().contains("verify.digest-mismatch"));
}

// `--part` was ignored for a CMS object alone.
#[test]
fn a_cms_object_has_no_parts() {
    let object = sip_smime(&format!("{SIGN} -outform der"), b"Content-Type: text/plain\r\n\r\nx").stdout;
    assert_eq!(sip_smime(&format!("{VERIFY} --part 7"), &object).status, 2);
}

// `--strict` looked at micalg alone.
#[test]
fn strict_means_every_label() {
    let text = String::from_utf8_lossy(&signed()).into_owned();
    assert!(text.contains("smime-type=signed-data"));
    let original = signed();
    let at = original.windows(11).position(|octets| octets == b"signed-data").unwrap();
    let mislabelled = [&original[..at], b"certs-only ".trim_ascii_end(), b"x", &original[at + 11..]].concat();
    let lenient = sip_smime(VERIFY, &mislabelled);
    assert!(lenient.status == 0 && lenient.said().contains("SMIMETYPE-MISMATCH"), "{}", lenient.said());
    let strict = sip_smime(&format!("{VERIFY} --strict"), &mislabelled);
    assert!(strict.status == 1 && strict.said().contains("[strict]"), "{}", strict.said());
}

// Signatures that receivers will refuse were made without a word.
#[test]
fn what_receivers_will_refuse_is_said_when_it_is_signed() {
    let entity = b"Content-Type: text/plain\r\n\r\nx";
    // --strict also wants keys that nobody else can read.
    let folder = tempfile::tempdir().unwrap();
    let own = |key: &str| {
        let copy = folder.path().join(key);
        std::fs::copy(format!("testdata/keys/{key}"), &copy).unwrap();
        std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        copy.display().to_string()
    };
    let (alice, rsa) = (own("alice.key"), own("alice-rsa2048.key"));
    for (arguments, finding) in [
        (format!("alice.pem -inkey {alice} -noattr"), "NO-SIGNED-ATTRIBUTES"),
        (format!("alice-rsa2048.pem -inkey {rsa} --profile rfc6216"), "WEAK-ALG"),
        (format!("bad/expired.pem -inkey {alice}"), "SIGNTIME-OUTSIDE-CERT"),
        (format!("bad/eku-tls-only.pem -inkey {alice}"), "EKU-NO-EMAIL"),
    ] {
        let arguments = format!("sign -signer testdata/keys/{arguments}");
        let ran = sip_smime(&arguments, entity);
        assert!(ran.status == 0 && ran.said().contains(finding), "{arguments}: {}", ran.said());
        assert_eq!(sip_smime(&format!("{arguments} --strict"), entity).status, 1, "{arguments}");
    }
    // A message whose sender cannot be named.
    let twice = b"MESSAGE sip:b@c SIP/2.0\r\nFrom: <sip:alice@example.com>\r\nf: <sip:bob@c>\r\nc: text/plain\r\n\r\nx";
    assert!(sip_smime(SIGN, twice).said().contains("SIGNER-NOT-FROM"));
}

// The worst answer of several signers counts: a missing certificate hid a path that leads nowhere.
#[test]
fn the_worst_of_several_signers_is_the_answer() {
    let object = std::fs::read("testdata/interop/openssl/two-signers-opaque.der").unwrap();
    let untrusted = sip_smime("verify -CAfile testdata/keys/other-ca.pem --at-time 2026-01-01", &object);
    assert_eq!(untrusted.status, 1, "{}", untrusted.said());
    let only_one = "verify -nointern -certfile testdata/keys/alice.pem --at-time 2026-01-01";
    let mixed = sip_smime(&format!("{only_one} -CAfile testdata/keys/other-ca.pem"), &object);
    assert_eq!(mixed.status, 1, "{}", mixed.said());
    let missing = sip_smime(&format!("{only_one} -CAfile testdata/keys/ca.pem"), &object);
    assert_eq!(missing.status, 4, "{}", missing.said());
    let any = sip_smime(&format!("{only_one} -CAfile testdata/keys/ca.pem --any-signer"), &object);
    assert_eq!(any.status, 0, "{}", any.said());
}

// A SIP message whose start line was damaged was read as a MIME entity, which claims no sender.
#[test]
fn a_sip_head_is_not_taken_for_a_mime_header() {
    let good = signed();
    let text = String::from_utf8_lossy(&good).into_owned();
    let start_line = text.lines().next().unwrap().to_owned();
    for damaged in ["MESSAGE: sip:bob@example.org SIP/2.0", "X: SIP/2.0", "Subject: x\r\nVia: SIP/2.0/UDP pc"] {
        let changed = [damaged.as_bytes(), &good[start_line.len()..]].concat();
        let ran = sip_smime(VERIFY, &changed);
        assert_eq!((ran.status, ran.stdout.len()), (3, 0), "{damaged}: {}", ran.said());
        assert!(ran.said().contains("-inform mime"), "{damaged}: {}", ran.said());
        assert_eq!(sip_smime(&format!("{VERIFY} -inform mime"), &changed).status, 0, "{damaged}");
    }
}

// C4: limits on attributes switched the check off that the content is not itself attributes.
#[test]
fn c4_attributes_as_content_whatever_is_in_them() {
    use sip_smime::asn1::encode::element;
    let kind = element(0x06, &[&[0x2A, 3]]);
    let plain = element(0x30, &[&kind, &element(0x31, &[&[5, 0]])]);
    let unusual = element(0x30, &[&kind, &[0x1F, 0x81, 0x01, 0]]);
    for content in [plain.repeat(65), unusual] {
        let attributes = element(0x31, &[&content]);
        let ran = sip_smime(&format!("{SIGN} -inform mime -noattr -outform der"), &attributes);
        assert!(ran.status != 0, "{}", ran.said());
        let signed = [&b"\r\n"[..], &attributes].concat();
        assert_eq!(sip_smime(&format!("{SIGN} -inform mime -noattr -outform der"), &signed).status, 0);
    }
}

// What was inside a signature entered the SIP head with its control characters.
#[test]
fn a_signed_value_with_control_characters_does_not_enter_the_head() {
    for value in ["text/plain; x=\"\u{1b}[31m\"", "text/plain; x=\"\u{0}\""] {
        let entity = format!("Content-Type: text/plain\r\nContent-Description: {value}\r\n\r\nx");
        let object = sip_smime(&format!("{SIGN} -inform mime -outform der"), entity.as_bytes()).stdout;
        let ran = sip_smime(VERIFY, &message("application/pkcs7-mime; smime-type=signed-data", &object));
        assert_eq!((ran.status, ran.stdout.len()), (3, 0), "{}", ran.said());
        assert!(!ran.stderr.contains(&0x1b));
    }
}

// What would not be put back into a SIP head was signed all the same.
#[test]
fn nothing_is_signed_that_does_not_come_back() {
    for content_type in ["text/plain; x=\u{1d}", "", " \r\n "] {
        let ran = sip_smime(SIGN, &message(content_type, b"x"));
        assert_eq!((ran.status, ran.stdout.len()), (3, 0), "{content_type:?}: {}", ran.said());
    }
}

// A boundary that is folded, or in pieces, is another one to another reader.
#[test]
fn m2_a_boundary_that_readers_see_differently() {
    for parameter in ["boundary=\"a\r\n  b\"", "boundary=a; boundary*=utf-8''b", "boundary=a; boundary*0=b"] {
        let odd =
            message(&format!("multipart/signed; protocol=\"application/pkcs7-signature\"; {parameter}"), b"--a\r\n");
        let ran = sip_smime(VERIFY, &odd);
        assert!(ran.status == 3 && ran.said().contains("[mime.boundary]"), "{parameter}: {}", ran.said());
    }
}

// O1: JSON carried C1 control characters and bidirectional overrides as they are.
#[test]
fn o1_json_does_not_drive_a_terminal() {
    let odd = message("multipart/mixed; boundary=\"\u{9b}31m\u{202e}\"", b"x");
    let ran = sip_smime(&format!("{VERIFY} --json"), &odd);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.chars().all(|one| one == '\n' || !sip_smime::report::text::drives_a_terminal(one)), "{text}");
    let label = message("application/pkcs7-mime; smime-type=\"\u{9b}\u{202e}\"", &signed());
    let text = String::from_utf8(sip_smime(&format!("{VERIFY} --json"), &label).stdout).unwrap();
    assert!(text.chars().all(|one| one == '\n' || !sip_smime::report::text::drives_a_terminal(one)), "{text}");
}

// A key alone was tried on whatever RecipientInfo of its family came first: a P-256 key on one for X25519.
#[test]
fn b2_a_key_alone_is_tried_on_its_own_kind() {
    let original = message("text/plain", b"Hello!");
    for others in [
        "-recip testdata/keys/bob-x25519.pem",
        "-recip testdata/keys/carol-x25519.pem --kek a:testdata/keys/kek/128.bin",
    ] {
        for key in ["bob", "bob-p384"] {
            let encrypt = format!("encrypt -recip testdata/keys/{key}.pem {others}");
            let encrypted = sip_smime(&encrypt, &original).stdout;
            let ran = sip_smime(&format!("decrypt -inkey testdata/keys/{key}.key"), &encrypted);
            assert_eq!((ran.status, &ran.stdout), (0, &original), "{encrypt}: {}", ran.said());
        }
    }
}

// A P-256 key alone was tried on a point of P-384 that names no curve, and it failed: the message is for somebody else.
#[test]
fn b2_a_key_alone_is_tried_on_its_own_curve() {
    let original = message("text/plain", b"Hello!");
    for (recipient, key) in [("bob-p384", "bob"), ("bob", "bob-p384")] {
        let encrypted = sip_smime(&format!("encrypt -recip testdata/keys/{recipient}.pem"), &original).stdout;
        let ran = sip_smime(&format!("decrypt -inkey testdata/keys/{key}.key"), &encrypted);
        assert_eq!((ran.status, ran.stdout.len()), (4, 0), "{recipient}, {key}: {}", ran.said());
        assert!(ran.said().contains("[decrypt.no-recipient]"), "{}", ran.said());
    }
    let encrypt = "encrypt -recip testdata/keys/bob.pem -recip testdata/keys/bob-p384.pem";
    let encrypted = sip_smime(encrypt, &original).stdout;
    for key in ["bob", "bob-p384"] {
        let ran = sip_smime(&format!("decrypt -inkey testdata/keys/{key}.key"), &encrypted);
        assert_eq!((ran.status, &ran.stdout), (0, &original), "{key}: {}", ran.said());
    }
}

// Of a stream, decrypt passed over what is signed but not encrypted, and with --verify what is encrypted but not
// signed, as if it had no S/MIME, and exited 0.
#[test]
fn decrypt_skips_only_messages_without_any_smime() {
    let original = message("text/plain", b"Hello!");
    let encrypt = "encrypt -recip testdata/keys/bob.pem";
    let encrypted = sip_smime(encrypt, &original).stdout;
    let both = sip_smime(encrypt, &signed()).stdout;
    let decrypt = "decrypt -recip testdata/keys/bob.pem -inkey testdata/keys/bob.key";
    let verify = format!("{decrypt} --verify -CAfile testdata/keys/ca.pem --at-time 2026-01-01");
    for (arguments, good, other, code) in [
        (decrypt, &encrypted, signed(), "decrypt.not-encrypted"),
        (&verify, &both, encrypted.clone(), "verify.not-signed"),
        (&verify, &both, signed(), "decrypt.not-encrypted"),
    ] {
        for stream in [[&good[..], &other].concat(), [&other[..], good].concat()] {
            let ran = sip_smime(arguments, &stream);
            assert_eq!((ran.status, &ran.stdout), (1, &original), "{arguments}: {}", ran.said());
            assert!(ran.said().contains(code) && !ran.said().contains("no S/MIME"), "{arguments}: {}", ran.said());
        }
        let plain = sip_smime(arguments, &[&good[..], &original].concat());
        assert_eq!(plain.status, 0, "{}", plain.said());
    }
}

// R4: more recipients were written than are read.
#[test]
fn r4_nothing_is_encrypted_that_nobody_reads() {
    let original = message("text/plain", b"Hello!");
    let recipients = |count| " -recip testdata/keys/bob.pem".repeat(count);
    for more in [
        "-recip testdata/keys/carol.pem",
        "--kek a:testdata/keys/kek/128.bin",
        "--encrypt-to-self testdata/keys/bob.pem",
    ] {
        let ran = sip_smime(&format!("encrypt {more} {}", recipients(1024)), &original);
        assert_eq!((ran.status, ran.stdout.len()), (2, 0), "{}", ran.said());
        assert!(ran.said().contains("[usage]") && ran.said().contains("1024"), "{}", ran.said());
    }
    let most = sip_smime(&format!("encrypt -q {}", recipients(1024)), &original).stdout;
    let decrypt = "decrypt -recip testdata/keys/bob.pem -inkey testdata/keys/bob.key";
    assert_eq!(sip_smime(decrypt, &most).stdout, original);
}

// Two keys of one name: the message that was made opened with one of them alone, and decrypt tried the first alone.
#[test]
fn enc_15_each_key_has_a_name_of_its_own() {
    let original = message("text/plain", b"Hello!");
    let twice = "--kek a:testdata/keys/kek/128.bin --kek 0x61:testdata/keys/kek/other.bin";
    for command in ["encrypt", "decrypt"] {
        let ran = sip_smime(&format!("{command} {twice}"), &original);
        assert!(ran.status == 2 && ran.stdout.is_empty() && ran.said().contains("the same ID"), "{}", ran.said());
    }
}
