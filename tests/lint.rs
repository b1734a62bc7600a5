//! Lint: each rule is broken by one message and kept by another that is nearly the same.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/peers.rs"]
mod peers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use sip_smime::lint::{self, LintOptions};
use sip_smime::octets::Slice;
use sip_smime::report::{Finding, Severity};

/// 2026-01-01, when the certificates in `testdata/keys` are valid.
const TIME: i64 = 1_767_225_600;

fn findings(octets: &[u8]) -> Vec<Finding> {
    lint::lint(Slice::new(octets), None, None, LintOptions { time: TIME, strict: false }).findings
}

fn codes(octets: &[u8]) -> BTreeSet<&'static str> {
    findings(octets).iter().map(|finding| finding.code).collect()
}

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The octets of a vector, without what it says about itself.
fn vector(name: &str) -> Vec<u8> {
    let octets = file(&format!("vectors/{name}.vec"));
    let at = octets.windows(2).position(|pair| pair == b"\n\n").unwrap();
    octets[at + 2..].to_vec()
}

fn changed(text: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text.into_bytes()
}

const HEAD: &str = "MESSAGE sip:bob@example.org SIP/2.0\r\n\
    Via: SIP/2.0/TCP client.example.com;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\n\
    Call-ID: 1@client.example.com\r\nCSeq: 1 MESSAGE\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nX-Mine: 1\r\n";

/// A MESSAGE with a text.
fn plain(changes: &[(&str, &str)]) -> Vec<u8> {
    changed(&format!("{HEAD}Content-Type: text/plain\r\n\r\nhello"), changes)
}

fn multipart(changes: &[(&str, &str)]) -> Vec<u8> {
    let part = "--b\r\nContent-Type: text/plain\r\n\r\none\r\n";
    let text = format!("{HEAD}Content-Type: multipart/mixed;boundary=b\r\n\r\n{part}{part}--b--\r\n");
    changed(&text, changes)
}

/// A message in a message. Changes are to the inner one.
fn tunnel(changes: &[(&str, &str)]) -> Vec<u8> {
    let inner = changed(&format!("{HEAD}Content-Type: text/plain\r\n\r\nhello"), changes);
    [format!("{HEAD}Content-Type: message/sip\r\n\r\n").as_bytes(), &inner].concat()
}

/// An entity in a multipart/signed, with the signature of something else.
fn signed(entity: &str) -> Vec<u8> {
    let signature = file("interop/openssl/p256-detached.der");
    let before = format!(
        "{HEAD}Content-Type: multipart/signed;protocol=\"application/pkcs7-signature\";micalg=sha-256;boundary=s\r\n\r\n\
         --s\r\n{entity}\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\r\n"
    );
    [before.as_bytes(), &signature, b"\r\n--s--"].concat()
}

/// The same, as a part of an INVITE.
fn signed_invite(entity: &str) -> Vec<u8> {
    replaced(&replaced(&signed(entity), b"MESSAGE sip:bob", b"INVITE sip:bob"), b"CSeq: 1 MESSAGE", b"CSeq: 1 INVITE")
}

fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = octets.windows(from.len()).position(|window| window == from).unwrap();
    [&octets[..at], to, &octets[at + from.len()..]].concat()
}

const IDENTITY_BODY: &str = "Content-Type: message/sipfrag\r\nContent-Disposition: aib; handling=optional\r\n\r\n\
    From: <sip:alice@example.com>;tag=1\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n\
    Call-ID: 1@client.example.com\r\nContact: <sip:alice@client.example.com>\r\n";

fn identity_body(changes: &[(&str, &str)]) -> Vec<u8> {
    signed_invite(&String::from_utf8(changed(IDENTITY_BODY, changes)).unwrap())
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], contents].concat()
}

fn der(name: &str) -> Vec<u8> {
    let octets = file(name);
    if name.ends_with(".pem") { pem_rfc7468::decode_vec(&octets).unwrap().1 } else { octets }
}

/// A signed object without a content: certificates, revocation lists and signers as they are given.
fn object(certificates: &[Vec<u8>], lists: &[Vec<u8>], signers: &[Vec<u8>]) -> Vec<u8> {
    let data = [
        hex::decode("020101").unwrap(),
        element(0x31, &[]),
        hex::decode("300b06092a864886f70d010701").unwrap(),
        element(0xA0, &certificates.concat()),
        element(0xA1, &lists.concat()),
        element(0x31, &signers.concat()),
    ];
    let content = element(0xA0, &element(0x30, &data.concat()));
    element(0x30, &[hex::decode("06092a864886f70d010702").unwrap(), content].concat())
}

/// A certificate with other octets in one place. Nobody asks for its signature here.
fn certificate(name: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    object(&[replaced(&der(name), from, to)], &[], &[])
}

fn certificates(names: &[&str]) -> Vec<u8> {
    object(&names.iter().map(|name| der(name)).collect::<Vec<_>>(), &[], &[])
}

/// A signer that names the certificate of a file, with these algorithms and no signature to speak of.
fn signer(name: &str, digest: &str) -> Vec<u8> {
    signer_with(&der(name), digest)
}

fn signer_with(certificate_der: &[u8], digest: &str) -> Vec<u8> {
    let certificate = sip_smime::pki::Certificate::from_der(certificate_der).unwrap();
    let identifier = [certificate.issuer(), &element(2, certificate.serial())].concat();
    let fields = [
        hex::decode("020101").unwrap(),
        element(0x30, &identifier),
        hex::decode(digest).unwrap(),
        hex::decode("300a06082a8648ce3d040302").unwrap(),
        element(4, b"x"),
    ];
    object(&[certificate_der.to_vec()], &[], &[element(0x30, &fields.concat())])
}

const SHA_256: &str = "300b0609608648016503040201";

fn part_of(name: &str, content: &str) -> Vec<u8> {
    multipart(&[("Content-Type: text/plain\r\n\r\none", &format!("Content-Type: {name}\r\n\r\n{content}"))])
}

/// A signed CPIM message: the example of RFC 3862 section 2.1, shortened.
fn cpim(changes: &[(&str, &str)]) -> Vec<u8> {
    let message = "From: MR SANDERS <im:piglet@100akerwood.com>\r\nTo: Depressed Donkey <im:eeyore@100akerwood.com>\r\n\
        cc: Rabbit <im:rabbit@100akerwood.com>\r\nDateTime: 2000-12-13T13:40:00-08:00\r\n\r\n\
        Content-Type: text/plain\r\n\r\nHere is the text\r\n";
    let message = String::from_utf8(changed(message, changes)).unwrap();
    signed(&format!("Content-Type: message/cpim\r\n\r\n{message}"))
}

type Make = fn() -> Vec<u8>;

/// (code, a message that has it, one that is nearly the same and has not).
const ROWS: &[(&str, Make, Make)] = &[
    // Framing.
    ("SIP-STARTLINE", || vector("sip_start_two_blanks"), || vector("sip_start_good_method")),
    ("SIP-BARE-LF", || vector("sip_bare_lf_one"), || vector("opaque")),
    ("SIP-TRUNCATED", || vector("sip_length_too_large"), || vector("sip_length_zeros")),
    ("SIP-TRAILING-BYTES", || file("rfc/rfc6216/as-published/smime-msg.dat"), || file("rfc/rfc6216/smime-msg.sip")),
    ("SIP-NO-CONTENT-TYPE", || vector("sip_type_none"), || vector("plain_no_body")),
    ("SIP-CHUNKED", || vector("sip_chunked"), || vector("opaque")),
    ("SIP-MALFORMED", || plain(&[("X-Mine: 1", "X-Mine 1")]), || plain(&[])),
    ("DATE-SYNTAX", || plain(&[("Sat, 13 Nov", "Sat, 13 November")]), || plain(&[("GMT", "gmt")])),
    (
        "DATE-NOT-SIGNED",
        || signed("Content-Type: text/plain\r\n\r\nx"),
        || signed("Content-Type: message/sipfrag\r\n\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n"),
    ),
    (
        "SIZE-1300",
        || plain(&[("hello", &"x".repeat(1300 - plain(&[]).len() + 6))]),
        || plain(&[("hello", &"x".repeat(1300 - plain(&[]).len() + 5))]),
    ),
    (
        "MESSAGE-2XX-BODY",
        || plain(&[("MESSAGE sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK")]),
        || plain(&[("MESSAGE sip:bob@example.org SIP/2.0", "SIP/2.0 300 Choices")]),
    ),
    (
        "MESSAGE-CONTACT",
        || plain(&[("X-Mine: 1", "m: <sip:alice@client.example.com>")]),
        || {
            plain(&[
                ("X-Mine: 1", "m: <sip:alice@client.example.com>"),
                ("MESSAGE sip:bob", "INFO sip:bob"),
                ("1 MESSAGE", "1 INFO"),
            ])
        },
    ),
    ("SIP-FIELD-MISSING", || plain(&[("Call-ID: ", "X-Call-ID: ")]), || plain(&[("Call-ID: ", "i: ")])),
    ("SIP-FIELD-TWICE", || plain(&[("X-Mine: ", "f: ")]), || plain(&[("X-Mine: 1", "Identity: a\r\nIdentity: b")])),
    ("CSEQ-METHOD", || plain(&[("1 MESSAGE", "1 INFO")]), || plain(&[("1 MESSAGE", "1\r\n MESSAGE")])),
    ("CONTENT-LENGTH-MISSING", || plain(&[]), || plain(&[("X-Mine: 1", "l: 5")])),
    ("CTE-SIP-FIELD", || file("rfc/rfc8591/10.1.sip"), || vector("opaque")),
    (
        "ACCEPT-NO-PKCS7-SIGNATURE",
        || file("rfc/rfc6216/message-tls.sip"),
        || plain(&[("X-Mine: 1", "Accept: multipart/signed, application/pkcs7-signature")]),
    ),
    ("ACCEPT-SMIME", || plain(&[("X-Mine: 1", "Accept: */*")]), || plain(&[("X-Mine: 1", "Accept-Language: en")])),
    (
        "SDP-NO-SMIME-TYPE",
        || part_of("application/sdp", "v=0\r\na=accept-types:message/cpim text/plain\r\n"),
        || part_of("application/sdp", "v=0\r\na=accept-types:message/cpim application/pkcs7-mime\r\n"),
    ),
    // MIME.
    ("MIME-MALFORMED", || plain(&[("text/plain", "text")]), || plain(&[("text/plain", "text/x")])),
    ("SMIMETYPE-MISSING", || vector("sip_type_no_parameters"), || vector("opaque")),
    ("SMIMETYPE-MISMATCH", || vector("sip_smime_type_enveloped"), || vector("opaque")),
    ("SMIMETYPE-SPELLING", || file("rfc/rfc8551/3.4-authEnveloped-data.eml"), || vector("decrypt_p256")),
    ("SMIMETYPE-UNUSUAL", || vector("sip_type_x_pkcs7"), || vector("opaque")),
    ("FILENAME-MISMATCH", || file("rfc/rfc6216/smime-encrypted.sip"), || vector("opaque")),
    ("CTE-BASE64", || vector("opaque_base64"), || vector("opaque")),
    ("CTE-BINARY", || vector("opaque"), || vector("opaque_base64")),
    ("CMS-UNLABELLED", || file("rfc/rfc4475/mpart01.dat"), || part_of("application/octet-stream", "0\u{80}x")),
    ("MPSIGNED-PARTS", || vector("detached_one_part"), || vector("detached")),
    ("MICALG-LEGACY", || vector("detached_micalg_old_spelling"), || vector("detached")),
    ("MICALG-MISMATCH", || vector("detached_micalg_lies"), || vector("detached")),
    ("MICALG-MISSING", || vector("detached_micalg_missing"), || vector("detached")),
    ("MICALG-UNKNOWN", || vector("detached_micalg_unknown"), || vector("detached")),
    ("PROTOCOL-UNQUOTED", || vector("detached_protocol_unquoted"), || vector("detached")),
    ("MULTIPART-OUTSIDE-TEXT", || file("interop/openssl/p256-smime-multipart-crlf.eml"), || vector("detached")),
    ("MULTIPART-TEXT-OUTSIDE", || multipart(&[("\r\n\r\n--b", "\r\n\r\nx\r\n--b")]), || multipart(&[])),
    (
        "MULTIPART-EARLY-CLOSE",
        || multipart(&[("one\r\n--b", "one\r\n--b--")]),
        || multipart(&[("one\r\n--b", "one\r\n--b ")]),
    ),
    (
        "INNER-CONTENT-LENGTH",
        || part_of("text/plain\r\nContent-Length: 3", "one"),
        || part_of("text/plain\r\nContent-X: 3", "one"),
    ),
    (
        "HANDLING-INCONSISTENT",
        || {
            multipart(&[
                ("boundary=b", "boundary=b\r\nContent-Disposition: render;handling=optional"),
                ("text/plain", "text/plain\r\nContent-Disposition: render;handling=required"),
            ])
        },
        || {
            multipart(&[
                ("boundary=b", "boundary=b\r\nContent-Disposition: render;handling=required"),
                ("text/plain", "text/plain\r\nContent-Disposition: render;handling=required"),
            ])
        },
    ),
    // draft-ono-sipping-end2middle-security-02 sections 6 and 7.
    (
        "CT-TARGET-BARE-HOST",
        || part_of("text/plain\r\nContent-Target: ss1.atlanta.example.com", "x"),
        || part_of("text/plain\r\nContent-Target: <sip:ss1.atlanta.example.com>", "x"),
    ),
    (
        "CT-TARGET-UNSIGNED",
        || {
            let octets = signed("Content-Type: text/plain\r\n\r\nx");
            replaced(
                &octets,
                b"pkcs7-signature\r\n\r\n",
                b"pkcs7-signature\r\nContent-Target: <sip:ss1.example.com>\r\n\r\n",
            )
        },
        || signed("Content-Type: text/plain\r\nContent-Target: <sip:ss1.example.com>\r\n\r\nx"),
    ),
    (
        "CANON-BARE-LF",
        || signed("Content-Type: text/plain\r\n\r\none\ntwo"),
        || signed("Content-Type: application/x\r\n\r\none\ntwo"),
    ),
    (
        "EFAIL-HTML-FRAGMENT",
        || signed("Content-Type: text/html\r\n\r\n<html><img src=\"http://x/"),
        || signed("Content-Type: text/html\r\n\r\n<html><p>x</p></html>\r\n"),
    ),
    (
        "CID-DANGLING",
        || plain(&[("X-Mine: 1", "Call-Info: <cid:icon@example.com>;purpose=icon")]),
        || {
            multipart(&[
                ("X-Mine: 1", "Call-Info: <cid:icon@example.com>;purpose=icon"),
                ("text/plain", "text/plain\r\nContent-ID: <icon@example.com>"),
            ])
        },
    ),
    // CMS.
    ("CMS-MALFORMED", || vector("opaque_truncated"), || vector("opaque")),
    ("LIMIT", || vector("opaque_certificates_65"), || vector("opaque_certificates_64")),
    ("NESTING-LIMIT", || vector("mixed_17_deep"), || vector("mixed_16_deep")),
    ("DIGEST-MISMATCH", || vector("opaque_content_changed"), || vector("opaque")),
    ("CONTENTTYPE-ATTR", || vector("opaque_content_type_other"), || vector("opaque")),
    ("ATTR-CARDINALITY", || vector("opaque_signing_time_twice"), || vector("opaque")),
    ("ATTR-MISSING", || file("rfc/rfc8591/10.1.sip"), || vector("opaque_no_attributes")),
    ("NO-SIGNED-ATTRIBUTES", || vector("opaque_no_attributes"), || vector("opaque")),
    ("SIGNEDATTRS-NOT-DER", || vector("opaque_attributes_unsorted"), || vector("opaque")),
    ("ALGPROTECT-MISMATCH", || vector("opaque_algorithm_protection_digest"), || vector("opaque_algorithm_protection")),
    (
        "SIGNINGCERT-MISMATCH",
        || vector("opaque_signing_certificate_v2_other"),
        || vector("opaque_signing_certificate_v2"),
    ),
    ("SIGNTIME-OUTSIDE-CERT", || file("rfc/rfc8591/10.1.sip"), || vector("opaque")),
    ("ED25519-DIGEST", || vector("opaque_ed25519_digest"), || vector("opaque_ed25519")),
    ("DIGEST-PARAMS-NULL", || file("rfc/rfc6216/smime-msg.sip"), || file("rfc/rfc6216/cms-smime-msg.sip")),
    ("DIGEST-PARAMS-ABSENT", || file("rfc/rfc6216/cms-smime-msg.sip"), || file("rfc/rfc6216/smime-msg.sip")),
    (
        "MD5-PARAMS-ABSENT",
        || signer("keys/alice.pem", "300a06082a864886f70d0205"),
        || signer("keys/alice.pem", "300c06082a864886f70d02050500"),
    ),
    ("WEAK-ALG", || vector("opaque_rsa_sha1"), || vector("opaque_rsa2048")),
    ("DIGEST-NOT-ANNOUNCED", || vector("opaque_digest_not_announced"), || vector("opaque")),
    ("CERT-ATTACHED", || file("rfc/rfc8591/10.1.sip"), || file("rfc/rfc8591/10.2.sip")),
    ("CERT-NOT-ATTACHED", || file("rfc/rfc8591/10.2.sip"), || file("rfc/rfc8591/10.1.sip")),
    ("CMS-VERSION", || vector("opaque_version_3"), || vector("opaque")),
    ("CMS-AUTH-ATTRIBUTES", || vector("decrypt_attributes_content_type_other"), || vector("decrypt_p256")),
    ("CMS-BER", || vector("opaque_ber"), || vector("opaque")),
    ("TYPE-UNSUPPORTED", || vector("opaque_digested_data"), || vector("opaque")),
    (
        "ALG-UNSUPPORTED",
        || {
            // id-alg-zlibCompress, 1.2.840.113549.1.9.16.3.8, becomes 3.9.
            let (zlib, other) = (hex::decode("060b2a864886f70d0109100308"), hex::decode("060b2a864886f70d0109100309"));
            replaced(&file("interop/compressed/bouncycastle/content.der"), &zlib.unwrap(), &other.unwrap())
        },
        || file("interop/compressed/bouncycastle/content.der"),
    ),
    ("CIPHER-NOT-AES", || file("rfc/rfc4134/5.1.bin"), || file("rfc/rfc6216/smime-encrypted.sip")),
    ("CBC-UNAUTHENTICATED", || file("rfc/rfc6216/smime-encrypted.sip"), || file("rfc/rfc8591/10.3.p7m")),
    ("ICV-LENGTH", || file("rfc/rfc8551/3.4-authEnveloped-data.p7m"), || file("rfc/rfc8591/10.3.p7m")),
    ("CIPHER-PARAMETERS", || vector("decrypt_chacha_nonce_11"), || vector("decrypt_p256")),
    (
        "RSA-PKCS1-TRANSPORT",
        || file("rfc/rfc8591/10.3.p7m"),
        || file("interop/encrypted/openssl/rsa2048-aes-128-gcm-oaep.der"),
    ),
    ("RECIPIENTS-NONE", || vector("decrypt_no_recipients"), || vector("decrypt_p256")),
    ("KDF-SHA1", || vector("decrypt_kari_kdf_sha1"), || vector("decrypt_p256")),
    ("KDF-SHA224", || vector("decrypt_kari_kdf_sha224"), || vector("decrypt_p256")),
    ("KDF-UNUSUAL", || vector("decrypt_kari_kdf_hkdf"), || vector("decrypt_p256")),
    ("X25519-WRAPPED-KEY", || vector("decrypt_x25519_wrapped_key"), || vector("decrypt_x25519")),
    ("CEKREF-IN-AUTHENV", || key_reference(true), || key_reference(false)),
    (
        "FORWARDABLE",
        || vector("opaque"),
        || signed("Content-Type: message/sipfrag\r\n\r\nTo: <sip:bob@example.org>\r\n"),
    ),
    // Certificates.
    ("CERT-MALFORMED", || vector("certificate_duplicate_extension"), || vector("opaque")),
    (
        "CERT-KU-NOT-CRITICAL",
        || certificates(&["rfc/rfc6216/noeku_fluffy_cert.pem"]),
        || certificates(&["keys/alice.pem"]),
    ),
    ("CERT-CA-BC-NOT-CRITICAL", || certificates(&["rfc/rfc6216/ca_cert.pem"]), || certificates(&["keys/ca.pem"])),
    ("CERT-EE-BC", || certificates(&["rfc/rfc6216/noeku_fluffy_cert.pem"]), || certificates(&["keys/ca.pem"])),
    ("CERT-CA-KU", || certificates(&["rfc/rfc6216/ca_cert.pem"]), || certificates(&["keys/ca.pem"])),
    ("CERT-KEY-ID", || certificates(&["keys/bad/aki-absent.pem"]), || certificates(&["keys/bad/self-alice.pem"])),
    ("CERT-SERIAL", || certificates(&["keys/bad/serial-zero.pem"]), || certificates(&["keys/alice.pem"])),
    (
        "CERT-VERSION",
        || certificate("keys/alice.pem", &[0xA0, 3, 2, 1, 2], &[0xA0, 3, 2, 1, 1]),
        || certificates(&["keys/alice.pem"]),
    ),
    ("CERT-EXPIRED", || certificates(&["keys/bad/expired.pem"]), || certificates(&["keys/alice.pem"])),
    ("CERT-NOT-YET-VALID", || certificates(&["keys/bad/not-yet-valid.pem"]), || certificates(&["keys/alice.pem"])),
    ("CERT-SELF-SIGNED", || certificates(&["keys/bad/self-alice.pem"]), || certificates(&["keys/alice.pem"])),
    ("CERT-WEAK-ALG", || certificates(&["keys/bad/sha1-signed.pem"]), || certificates(&["keys/alice.pem"])),
    ("WEAK-KEY", || certificates(&["keys/bad/rsa1024.pem"]), || certificates(&["keys/alice-rsa2048.pem"])),
    ("TEST-CA-6216", || certificates(&["rfc/rfc6216/ca_cert.pem"]), || certificates(&["keys/ca.pem"])),
    ("SAN-NO-MATCH", || vector("certificate_wrong_san"), || vector("certificate_two_sans")),
    ("SAN-NEAR-MISS", || vector("from_subdomain"), || vector("opaque")),
    ("SAN-NO-SIP-URI", || signer("keys/bad/email-only.pem", SHA_256), || signer("keys/alice.pem", SHA_256)),
    (
        "SAN-WILDCARD",
        || certificate("keys/bad/domain-san.pem", b"sip:e", b"sip:*"),
        || certificates(&["keys/bad/domain-san.pem"]),
    ),
    (
        "SAN-IP",
        || certificate("keys/bad/domain-san.pem", b"\x86\x0fsip:e", b"\x87\x0fsip:e"),
        || certificates(&["keys/bad/domain-san.pem"]),
    ),
    (
        "SAN-MSRP-URI",
        || certificate("keys/alice.pem", b"sip:alice@example.com", b"msrps:ali@example.com"),
        || certificates(&["keys/alice.pem"]),
    ),
    ("CN-FALLBACK", || certificates(&["keys/bad/cn-only.pem"]), || certificates(&["keys/alice.pem"])),
    (
        "KU-NO-SIGN",
        || signer("keys/bad/no-digital-signature.pem", SHA_256),
        || signer("keys/bad/non-repudiation-only.pem", SHA_256),
    ),
    ("EKU-NO-EMAIL", || signer("keys/bad/eku-tls-only.pem", SHA_256), || signer("keys/bad/eku-any.pem", SHA_256)),
    (
        "EKU-NO-SIPDOMAIN",
        || {
            // id-kp-sipDomain becomes id-kp-codeSigning.
            let (domain, code) = (hex::decode("2b06010505070314").unwrap(), hex::decode("2b06010505070303").unwrap());
            signer_with(&replaced(&der("rfc/rfc6216/eku_example.com_cert.pem"), &domain, &code), SHA_256)
        },
        || signer("rfc/rfc6216/eku_example.com_cert.pem", SHA_256),
    ),
    (
        "EKU-SIPDOMAIN-ON-USER",
        || certificates(&["keys/bad/eku-email-and-sipdomain.pem"]),
        || certificates(&["keys/bad/eku-email.pem"]),
    ),
    (
        "NAMECONSTRAINT-SIP-URI",
        || certificates(&["keys/bad/name-constraint-uri.pem", "keys/bad/name-constraint-uri-ca.pem"]),
        || certificates(&["keys/bad/name-constraint-dns.pem", "keys/bad/name-constraint-dns-ca.pem"]),
    ),
    (
        "CRL-EXPIRED",
        || object(&[], &[der("interop/crl/expired.pem")], &[]),
        || object(&[], &[der("interop/crl/good.pem")], &[]),
    ),
    // A message in a message.
    ("TUNNEL-MINIMUM", || tunnel(&[("CSeq: ", "X-CSeq: ")]), || tunnel(&[("CSeq: ", "cseq: ")])),
    (
        "TUNNEL-OVER-UDP",
        || replaced(&tunnel(&[]), b"SIP/2.0/TCP", b"SIP/2.0/UDP"),
        || plain(&[("SIP/2.0/TCP", "SIP/2.0/UDP")]),
    ),
    ("DATE-INNER-OUTER", || tunnel(&[("23:29", "23:28")]), || tunnel(&[])),
    (
        "HDR-MISMATCH",
        || tunnel(&[("tag=1", "tag=2")]),
        || tunnel(&[("sip:alice@example.com", "sip:alice@EXAMPLE.com")]),
    ),
    ("HDR-DISPLAYNAME", || tunnel(&[("\"Alice\"", "Mallory")]), || tunnel(&[("\"Alice\"", "Alice")])),
    (
        "HDR-UNKNOWN-MISMATCH",
        || tunnel(&[("X-Mine: 1", "X-Mine: 2")]),
        || tunnel(&[("Max-Forwards: 70", "Max-Forwards: 69")]),
    ),
    ("AIB-MISSING", || identity_body(&[("Contact", "X-Contact")]), || identity_body(&[("Contact", "m")])),
    (
        "AIB-MESSAGE-NO-CONTACT",
        || {
            signed(
                &String::from_utf8(changed(IDENTITY_BODY, &[("Contact: <sip:alice@client.example.com>\r\n", "")]))
                    .unwrap(),
            )
        },
        || identity_body(&[("Contact: <sip:alice@client.example.com>\r\n", "")]),
    ),
    ("AIB-MISMATCH", || identity_body(&[("Call-ID: 1@", "Call-ID: 2@")]), || identity_body(&[])),
    (
        "AIB-UNSIGNED",
        || multipart(&[("Content-Type: text/plain\r\n\r\none\r\n", IDENTITY_BODY)]),
        || identity_body(&[]),
    ),
    ("AIB-HANDLING", || identity_body(&[("handling=optional", "handling=required")]), || identity_body(&[])),
    // A CPIM message.
    ("CPIM-HEADER-CASE", || cpim(&[("cc: ", "CC: ")]), || cpim(&[])),
    ("CPIM-DUP-HEADER", || cpim(&[("cc: ", "From: ")]), || cpim(&[("cc: ", "To: ")])),
    ("CPIM-NO-CONTENT-TYPE", || cpim(&[("Content-Type: text/plain", "Content-ID: <1@x>")]), || cpim(&[])),
    ("CPIM-NO-DATETIME", || cpim(&[("DateTime: ", "Date: ")]), || cpim(&[])),
    // Other programs.
    ("INTEROP-OPENSSL-SMIME", || file("rfc/rfc8591/10.3.p7m"), || file("rfc/rfc6216/smime-encrypted.sip")),
    ("INTEROP-OPENSSL-CMS", || vector("opaque_ed25519"), || vector("opaque")),
    ("INTEROP-GPGSM", || file("rfc/rfc8591/10.3.p7m"), || file("rfc/rfc6216/smime-encrypted.sip")),
    ("INTEROP-NSS", || file("rfc/rfc8591/10.3.p7m"), || file("rfc/rfc6216/smime-encrypted.sip")),
];

/// An auth-enveloped-data, or else an enveloped-data, whose unprotected attributes have a CEKReference.
fn key_reference(is_authenticated: bool) -> Vec<u8> {
    let recipient = hex::decode("a20f02010430020400300406022a030400").unwrap();
    let content = hex::decode("301606092a864886f70d010701300406022a038003787878").unwrap();
    // RFC 3185 section 3: 1.2.840.113549.1.9.16.2.30, an OCTET STRING.
    let attribute =
        element(0x30, &[hex::decode("060b2a864886f70d010910021e").unwrap(), element(0x31, &element(4, b"1"))].concat());
    let (kind, version, end) = match is_authenticated {
        true => ("060b2a864886f70d0109100117", 0, [element(4, &[0; 16]), element(0xA2, &attribute)].concat()),
        false => ("06092a864886f70d010703", 2, element(0xA1, &attribute)),
    };
    let data = [vec![2, 1, version], element(0x31, &recipient), content, end].concat();
    element(0x30, &[hex::decode(kind).unwrap(), element(0xA0, &element(0x30, &data))].concat())
}

#[test]
fn each_rule_has_its_message_and_its_neighbour() {
    let mut wrong = Vec::new();
    for (code, broken, kept) in ROWS {
        let (broken, kept) = (codes(&broken()), codes(&kept()));
        if !broken.contains(code) {
            wrong.push(format!("{code} is not found: {broken:?}"));
        }
        if kept.contains(code) {
            wrong.push(format!("{code} is found where nothing is wrong"));
        }
    }
    let known: BTreeSet<&str> = ROWS.iter().map(|(code, ..)| *code).collect();
    let codes = lint::summaries().into_iter().map(|rule| rule.code);
    wrong.extend(
        codes
            .filter(|code| !known.contains(code) && !UNREACHED.contains(code))
            .map(|code| format!("{code} has no message")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What needs the key of an encrypted layer.
const UNREACHED: [&str; 1] = ["HDR-IGNORED"];

/// As published, but with the Content-Length that the body has.
fn mended(name: &str, length: &str) -> Vec<u8> {
    let octets = file(name);
    let at = octets.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let count = (octets.len() - at - 4).to_string();
    replaced(&octets, length.as_bytes(), format!("Content-Length: {count}").as_bytes())
}

fn message_of(kind: &str, name: &str) -> Vec<u8> {
    let head = format!("{HEAD}Content-Type: application/pkcs7-mime;smime-type={kind}\r\n\r\n");
    [head.as_bytes(), &file(name)].concat()
}

// INS-14: each trap of the documents is named on its own example; those of MSRP are not read yet.
#[test]
fn ins_14_the_traps() {
    let rows: &[(&str, Vec<u8>, &[&str])] = &[
        ("TRAP-01", file("rfc/rfc8551/3.4-authEnveloped-data.eml"), &["SMIMETYPE-SPELLING"]),
        ("TRAP-03", file("rfc/rfc8591/10.1.sip"), &["SIGNTIME-OUTSIDE-CERT", "CERT-EXPIRED"]),
        ("TRAP-04", message_of("enveloped-data", "rfc/rfc8591/10.3.p7m"), &["SMIMETYPE-MISMATCH"]),
        ("TRAP-08", file("rfc/rfc8591/10.1.sip"), &["DATE-NOT-SIGNED"]),
        ("TRAP-08", file("rfc/rfc8591/10.2.sip"), &["DATE-NOT-SIGNED"]),
        ("TRAP-08", file("rfc/rfc6216/smime-msg.sip"), &["DATE-NOT-SIGNED"]),
        ("TRAP-10", vector("opaque_ed25519_digest"), &["ED25519-DIGEST"]),
        ("TRAP-12", file("rfc/rfc8591/10.2.sip"), &["CERT-NOT-ATTACHED"]),
        ("TRAP-13", file("rfc/rfc6216/smime-sign-encrypt.sip"), &["FILENAME-MISMATCH", "MICALG-LEGACY"]),
        (
            "TRAP-15",
            certificates(&["rfc/rfc6216/noeku_fluffy_cert.pem", "rfc/rfc6216/ca_cert.pem"]),
            &["CERT-KU-NOT-CRITICAL", "CERT-EE-BC", "CERT-CA-BC-NOT-CRITICAL", "CERT-CA-KU"],
        ),
        ("TRAP-17", file("rfc/e2m/7.1.sip"), &["MULTIPART-EARLY-CLOSE", "MPSIGNED-PARTS"]),
        ("TRAP-17", file("rfc/e2m/7.2.sip"), &["MULTIPART-EARLY-CLOSE", "MPSIGNED-PARTS"]),
        ("TRAP-19", file("rfc/e2m/7.2.sip"), &["CT-TARGET-UNSIGNED"]),
        ("TRAP-20", file("rfc/e2m/7.1.sip"), &["DATE-SYNTAX"]),
        ("TRAP-21", file("rfc/rfc3261/23.4.2.sip"), &["SIP-TRAILING-BYTES"]),
        ("TRAP-21", mended("rfc/rfc3261/23.4.2.sip", "Content-Length: 568"), &["MIME-MALFORMED"]),
        ("TRAP-21", mended("rfc/rfc3261/23.4.3.sip", "Content-Length: 568"), &["MIME-MALFORMED"]),
        ("TRAP-22", file("rfc/rfc3862/5.2.mime"), &["PROTOCOL-UNQUOTED"]),
        ("TRAP-24", file("rfc/rfc4475/mpart01.dat"), &["CMS-UNLABELLED", "WEAK-ALG"]),
        (
            "TRAP-25",
            file("interop/encrypted/openssl/p256-aes-128-gcm-kdf-sha1.der"),
            &["KDF-SHA1", "INTEROP-OPENSSL-SMIME"],
        ),
        ("TRAP-26", vector("decrypt_x25519_wrapped_key"), &["X25519-WRAPPED-KEY"]),
        ("TRAP-27", vector("certificate_name_constraint_uri"), &["NAMECONSTRAINT-SIP-URI"]),
        ("TRAP-28", key_reference(true), &["CEKREF-IN-AUTHENV"]),
        ("TRAP-30", file("rfc/rfc6216/smime-msg.sip"), &["SIZE-1300"]),
        ("TRAP-32", cpim(&[("cc: ", "CC: ")]), &["CPIM-HEADER-CASE"]),
        ("TRAP-33", vector("response"), &["MESSAGE-2XX-BODY"]),
    ];
    let mut wrong = Vec::new();
    for (trap, octets, expected) in rows {
        let found = codes(octets);
        wrong.extend(
            expected.iter().filter(|code| !found.contains(*code)).map(|code| format!("{trap} {code}: {found:?}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// A broken MUST is an error, a SHOULD a warning, anything else is worth knowing; what is not so has a reason.
#[test]
fn severities() {
    let severities: BTreeMap<&str, Severity> =
        lint::summaries().iter().map(|rule| (rule.code, rule.severity)).collect();
    for (code, severity) in [
        ("SIP-BARE-LF", Severity::Error),
        ("ED25519-DIGEST", Severity::Error),
        ("CERT-KU-NOT-CRITICAL", Severity::Error),
        ("TUNNEL-OVER-UDP", Severity::Warning),
        ("CBC-UNAUTHENTICATED", Severity::Warning),
        ("CERT-EE-BC", Severity::Warning),
        ("DATE-NOT-SIGNED", Severity::Warning),
        ("SIZE-1300", Severity::Warning),
        ("CTE-BASE64", Severity::Info),
        ("FORWARDABLE", Severity::Info),
    ] {
        assert_eq!(severities.get(code), Some(&severity), "{code}");
    }
    assert!(severities.len() > 100, "{}", severities.len());
    let strict = |strict| {
        let octets = vector("opaque");
        let found = lint::lint(Slice::new(&octets), None, None, LintOptions { time: TIME, strict }).findings;
        found.into_iter().find(|finding| finding.code == "DATE-NOT-SIGNED").unwrap().severity
    };
    assert_eq!((strict(false), strict(true)), (Severity::Warning, Severity::Error));
}

/// RFC 4475 section 3.1: the messages that are well formed, strange as they are.
#[test]
fn rfc_4475_says_which_messages_are_well_formed() {
    let names = ["wsinv", "intmeth", "esc01", "escruri", "lwsdisp", "longreq", "noreason", "unkscm", "bext01"];
    let mut wrong = Vec::new();
    for name in names {
        let errors: Vec<&str> = findings(&file(&format!("rfc/rfc4475/{name}.dat")))
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code)
            .collect();
        if !errors.is_empty() {
            wrong.push(format!("{name}: {errors:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A finding says where: the octets are those of what is wrong.
#[test]
fn places() {
    let octets = plain(&[("X-Mine: 1", "m: <sip:alice@client.example.com>")]);
    let found = findings(&octets).into_iter().find(|finding| finding.code == "MESSAGE-CONTACT").unwrap();
    let span = found.place.unwrap().octets.unwrap();
    assert_eq!(&octets[span.start..span.end], b"m: <sip:alice@client.example.com>\r\n");
    let octets = part_of("text/plain\r\nContent-Target: ss1", "x");
    let found = findings(&octets).into_iter().find(|finding| finding.code == "CT-TARGET-BARE-HOST").unwrap();
    let place = found.place.unwrap();
    assert_eq!(place.part.as_deref(), Some("1"));
    let span = place.octets.unwrap();
    assert_eq!(&octets[span.start..span.end], b"Content-Target: ss1\r\n");
}

/// R4: a hostile message has as many findings as can be listed, and no more.
#[test]
fn r4_findings_without_end() {
    let part = "--b\r\nContent-Type: text/plain\r\nContent-Target: x\r\nContent-Length: 1\r\n\r\n\r\n";
    let inner = format!("{}--b--\r\n", part.repeat(500));
    let mut text = format!("{HEAD}Content-Type: multipart/mixed;boundary=a\r\n\r\n");
    for _ in 0..20 {
        text += &format!("--a\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n{inner}");
    }
    text += "--a--\r\n";
    let begin = std::time::Instant::now();
    let found = findings(text.as_bytes());
    assert!(begin.elapsed() < std::time::Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!((found.len(), found.last().unwrap().code), (1025, "FINDINGS-LIMIT"));
}

/// Asks a program itself: whether it reads an object, or `None` if it is not installed.
fn reads(program: &str, object: &str, key: &str) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (object, out) = (format!("testdata/{object}"), out.to_str().unwrap());
    let (key, certificate) = (format!("testdata/keys/{key}.key"), format!("testdata/keys/{key}.pem"));
    let script = peers::peer(if program.starts_with("openssl") { "openssl" } else { program })?;
    let said = if let Some(command) = program.strip_prefix("openssl ") {
        let words = ["-decrypt", "-binary", "-inform", "DER", "-in", &object, "-recip", &certificate, "-inkey", &key];
        let mut call = std::process::Command::new("openssl");
        call.current_dir(peers::root()).arg(command).args(words).args(["-out", out]).output().unwrap().status.success()
    } else {
        peers::ask(&script, &["decrypt", &object, out, &format!("key:{key}:{certificate}")]).0 == 0
    };
    Some(said && fs::read(out).unwrap() == file("interop/content.mime"))
}

// Who does not read it is who is named, and nobody else.
#[test]
fn interoperability_as_the_programs_have_it() {
    let programs = [
        ("openssl smime", "INTEROP-OPENSSL-SMIME"),
        ("openssl cms", "INTEROP-OPENSSL-CMS"),
        ("gpgsm", "INTEROP-GPGSM"),
        ("cmsutil", "INTEROP-NSS"),
    ];
    let rows = [
        ("encrypted/openssl/rsa2048-aes-128-cbc.der", "bob-rsa2048"),
        ("encrypted/openssl/rsa2048-aes-128-gcm.der", "bob-rsa2048"),
        ("encrypted/openssl/rsa2048-aes-128-cbc-oaep.der", "bob-rsa2048"),
        ("encrypted/openssl/rsa2048-aes-128-cbc-keyid.der", "bob-rsa2048"),
        ("encrypted/openssl/p256-aes-128-cbc.der", "bob"),
        ("encrypted/openssl/p256-aes-128-gcm.der", "bob"),
    ];
    let mut wrong = Vec::new();
    for (name, key) in rows {
        let name = format!("interop/{name}");
        let found = codes(&file(&name));
        for (program, code) in programs {
            let Some(is_read) = reads(program, &name, key) else { continue };
            if is_read == found.contains(code) {
                wrong.push(format!("{name}: {program} reads it: {is_read}, {code}: {}", !is_read));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
