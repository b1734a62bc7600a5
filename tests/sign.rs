//! What `sign` writes, field by field, and what it refuses to sign with.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use sip_smime::cms::signed::{SignedData, SignerIdentifier};
use sip_smime::cms::{attributes::Attributes, oid};
use sip_smime::octets::Slice;
use support::{ROOT, Ran, run};

const MESSAGE: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.org>\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nHello!";

fn sign(options: &str) -> Ran {
    let words: Vec<String> = format!("sign {options}").split_whitespace().map(str::to_owned).collect();
    run(&words, MESSAGE)
}

/// The CMS object that is written with these options.
fn object(key: &str, options: &str) -> Vec<u8> {
    let ran = sign(&format!("-signer testdata/keys/{key}.pem -inkey testdata/keys/{key}.key -outform der {options}"));
    assert_eq!(ran.status, 0, "{key} {options}: {}", ran.said());
    ran.stdout
}

/// The values of the signed attributes of this kind, in hexadecimal.
fn values(attributes: &Attributes<'_>, kind: der::asn1::ObjectIdentifier) -> Vec<String> {
    let of_kind = attributes.iter().filter(|attribute| attribute.kind == kind);
    of_kind.map(|attribute| attribute.values.iter().map(|value| hex::encode(value.whole.octets())).collect()).collect()
}

// SGN-10, 11, 12, 13, 21: the algorithms and their parameters, exactly.
#[test]
fn sgn_10_to_13_identifiers() {
    let sha256 = ("2.16.840.1.101.3.4.2.1", "300b0609608648016503040201");
    let sha384 = ("2.16.840.1.101.3.4.2.2", "300b0609608648016503040202");
    let sha512 = ("2.16.840.1.101.3.4.2.3", "300b0609608648016503040203");
    let pss = "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120";
    let rows = [
        ("alice", "", sha256, "300a06082a8648ce3d040302"),
        ("alice-p384", "", sha256, "300a06082a8648ce3d040302"),
        ("alice-p384", "-md sha384", sha384, "300a06082a8648ce3d040303"),
        ("alice-ed25519", "", sha512, "300506032b6570"),
        ("alice-rsa2048", "", sha256, "300d06092a864886f70d01010b0500"),
        ("alice-rsa2048", "-md sha512", sha512, "300d06092a864886f70d01010d0500"),
        ("alice-rsa2048", "--pss", sha256, pss),
    ];
    for (key, options, (digest, digest_der), signature_der) in rows {
        let object = object(key, options);
        let data = SignedData::parse(Slice::new(&object)).unwrap();
        let signer = &data.signers[0];
        assert_eq!(signer.digest_algorithm.oid.to_string(), digest, "{key} {options}");
        // Digest parameters are absent (RFC 5754 section 2): the whole identifier stands there, as it should be.
        let whole = hex::encode(signer.whole.octets());
        assert!(whole.contains(digest_der), "{key} {options}: {whole}");
        assert!(whole.contains(signature_der), "{key} {options}: {whole}");
    }
}

// SGN-03, 05, 06, 22, 23, 24: content and attributes.
#[test]
fn sgn_03_to_06_content_and_attributes() {
    let object = object("alice", "");
    let data = SignedData::parse(Slice::new(&object)).unwrap();
    assert_eq!(data.content_type, oid::DATA);
    assert_eq!(data.content.as_deref(), Some(&b"Content-Type: text/plain\r\n\r\nHello!"[..]));
    let signer = &data.signers[0];
    assert!(signer.unsigned_attributes.is_none());
    let attributes = signer.signed_attributes.as_ref().unwrap();
    // SGN-07: what is written is its own DER form.
    assert_eq!(attributes.der().unwrap(), attributes.as_received());
    assert_eq!(values(attributes, oid::CONTENT_TYPE), ["06092a864886f70d010701"]);
    assert_eq!(values(attributes, oid::MESSAGE_DIGEST)[0].len(), 2 * (2 + 32));
    assert!(values(attributes, oid::SIGNING_TIME)[0].starts_with("170d"));
    assert_eq!(values(attributes, oid::SMIME_CAPABILITIES).len(), 1);
    assert_eq!(values(attributes, oid::SIGNING_CERTIFICATE_V2).len(), 1);
    // CMSAlgorithmProtection: the two identifiers of the signer, the second under [1].
    let protection = "3019300b0609608648016503040201a10a06082a8648ce3d040302";
    assert_eq!(values(attributes, oid::ALGORITHM_PROTECTION), [protection]);
    assert_eq!(attributes.iter().count(), 6);
}

#[test]
fn sgn_06_minimal_attributes() {
    let object = object("alice", "--minimal");
    let data = SignedData::parse(Slice::new(&object)).unwrap();
    let mut kinds: Vec<_> =
        data.signers[0].signed_attributes.as_ref().unwrap().iter().map(|attribute| attribute.kind).collect();
    kinds.sort();
    assert_eq!(kinds, [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_TIME]);
}

// SGN-02, 08, 09, 16: layout, versions, identifiers, certificates.
#[test]
fn sgn_08_versions_and_certificates() {
    for (options, version, certificates, detached) in [
        ("", 1, 1, false),
        ("-nodetach", 1, 1, false),
        ("-keyid", 3, 1, false),
        ("-nocerts", 1, 0, false),
        ("--certs none --layout detached", 1, 0, true),
        ("--certs chain -certfile testdata/keys/ca.pem", 1, 1, false),
        ("-certfile testdata/keys/ca.pem", 1, 2, false),
    ] {
        let object = object("alice", options);
        let data = SignedData::parse(Slice::new(&object)).unwrap();
        let signer = &data.signers[0];
        assert_eq!((data.version, signer.version), (version, version), "{options}");
        assert_eq!(matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_)), version == 3, "{options}");
        assert_eq!(data.certificates.len(), certificates, "{options}");
        assert_eq!(data.content.is_none(), detached, "{options}");
    }
    // The chain without the root (RFC 8550 section 2.3).
    let files = "-signer testdata/keys/carol.pem -inkey testdata/keys/carol.key --certs chain";
    let ran = sign(&format!("{files} -outform der -certfile testdata/keys/sub-ca.pem"));
    let data = SignedData::parse(Slice::new(&ran.stdout)).unwrap();
    let mut subjects: Vec<String> = Vec::new();
    for certificate in &data.certificates {
        subjects.push(sip_smime::pki::Certificate::from_der(certificate.octets()).unwrap().subject_text());
    }
    assert_eq!(subjects.len(), 2, "{subjects:?}");
}

// SGN-20: what RFC 6216 section 4.1 shows.
#[test]
fn sgn_20_rfc_6216() {
    let ran = sign("-signer testdata/keys/alice-rsa2048.pem -inkey testdata/keys/alice-rsa2048.key --profile rfc6216");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(text.contains("multipart/signed") && text.contains("micalg=sha1"), "{text}");
    let object = object("alice-rsa2048", "--profile rfc6216");
    let data = SignedData::parse(Slice::new(&object)).unwrap();
    let signer = &data.signers[0];
    assert!(data.certificates.is_empty() && data.content.is_none() && signer.signed_attributes.is_none());
    // SHA-1 with NULL, rsaEncryption with NULL.
    let whole = hex::encode(signer.whole.octets());
    assert!(whole.contains("300906052b0e03021a0500300d06092a864886f70d0101010500"), "{whole}");
}

// SGN-15: the same input, key and time give the same octets. The clock may tick between two runs, not between four.
#[test]
fn sgn_15_deterministic() {
    let objects: Vec<_> = (0..4).map(|_| object("alice", "")).collect();
    assert!(objects.windows(2).any(|pair| pair[0] == pair[1]));
}

// SGN-14, 26: who may not sign.
#[test]
fn sgn_26_who_may_not_sign() {
    let rows = [
        ("alice.pem", "bob.key", 4, "sign.key-mismatch"),
        ("bad/no-digital-signature.pem", "alice-rsa2048.key", 4, "sign.key-usage"),
        ("bad/rsa1024.pem", "bad/rsa1024.key", 1, "sign.weak-key"),
        ("alice.key", "alice.key", 2, "certificate.unreadable"),
        ("alice.pem", "alice.pem", 2, "key.unreadable"),
        ("alice.pem", "alice.enc.key", 2, "key.needs-password"),
        ("alice.pem", "absent.key", 2, "file.unreadable"),
    ];
    for (certificate, key, exit, code) in rows {
        let ran = sign(&format!("-signer testdata/keys/{certificate} -inkey testdata/keys/{key}"));
        assert_eq!((ran.status, ran.stdout.len()), (exit, 0), "{certificate} {key}: {}", ran.said());
        assert!(ran.said().contains(&format!("[{code}]")), "{certificate} {key}: {}", ran.said());
    }
}

// SGN-19: one signer per body.
#[test]
fn sgn_19_one_signer() {
    let ran = sign("-signer testdata/keys/alice.pem -signer testdata/keys/bob.pem -inkey testdata/keys/alice.key");
    assert_eq!((ran.status, ran.stdout.len()), (2, 0), "{}", ran.said());
}

// SGN-27: signing for someone else is said, and is an error when asked.
#[cfg(unix)]
#[test]
fn sgn_27_another_sender() {
    // A file of its own: that of the test data may be readable by others, which --strict refuses.
    let key = format!("{}/bob-{}.key", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::copy(format!("{ROOT}/testdata/keys/bob.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let bob = format!("-signer testdata/keys/bob.pem -inkey {key} --minimal");
    let ran = sign(&bob);
    assert!(ran.status == 0 && ran.said().contains("SIGNER-NOT-FROM"), "{}", ran.said());
    let strict = sign(&format!("{bob} --strict"));
    assert_eq!((strict.status, strict.stdout.len()), (1, 0), "{}", strict.said());
    assert!(strict.said().contains("[strict]"), "{}", strict.said());
    std::fs::remove_file(key).unwrap();
}

// MIM-05, 06, 10, 14, 16: the fields of what is written.
#[test]
fn mim_14_fields() {
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let head = |options: &str| {
        let written = sign(&format!("{alice} {options}")).stdout;
        let end = written.windows(4).position(|octets| octets == b"\r\n\r\n").unwrap();
        String::from_utf8(written[..end].to_vec()).unwrap()
    };
    let opaque = head("");
    for line in [
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"",
        "Content-Disposition: attachment; filename=\"smime.p7m\"; handling=required",
        "Content-Transfer-Encoding: binary",
    ] {
        assert!(opaque.lines().any(|found| found == line), "{line} in {opaque}");
    }
    let detached = head("--layout detached");
    let start = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"";
    assert!(detached.contains(start), "{detached}");
    assert!(head("--cte base64").contains("Content-Transfer-Encoding: base64"));
}
