//! What the fuzzers run: one function for each parser, those about encryption in `fuzz_encrypted`. `tests/fuzz_replay.rs` runs the same ones over all test data.
//!
//! Each takes any octets and must not panic. Each also checks what has to hold for all input: octets come out
//! as they went in, a verdict `good` covers what was signed, and two readings of the same thing agree.

use std::sync::LazyLock;

use sip_smime::alg::policy::Strength;
use sip_smime::asn1::tlv::Tlv;
use sip_smime::message::{Form, RawMessage};
use sip_smime::mime::entity::{Entity, EntityBuf};
use sip_smime::mime::field::LineRule;
use sip_smime::mime::multipart::Multipart;
use sip_smime::mime::transfer::{TransferEncoding, encode_base64};
use sip_smime::octets::Slice;
use sip_smime::pki::chain::{self, Purpose, RevocationCheck, Trust};
use sip_smime::pki::identity::{self, IdentityOptions};
use sip_smime::pki::request::CertificateRequest;
use sip_smime::pki::{Certificate, Crl, PrivateKey};
use sip_smime::report::{VerifyReport, tree};
use sip_smime::smime::body::{self, Output, Request, SignMessageOptions, VerifiedMessage};
use sip_smime::smime::claim::{Claim, IdentitySource};
use sip_smime::smime::sign::{AttributeSet, BodyEncoding, Layout, SignOptions, Signer};
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::source::{self, Container, exported};
use sip_smime::store;
use sip_smime::uri::{self, SipUri};

mod counter;
mod der_tree;
pub mod fuzz_encrypted;

use counter::Counter;

/// A time inside the validity of all test certificates: 2026-01-01.
const NOW: i64 = 1_767_225_600;

static ALICE: &[u8] = include_bytes!("../../testdata/keys/alice.pem");
static ALICE_KEY: &[u8] = include_bytes!("../../testdata/keys/alice.key");
static CA_KEY: &[u8] = include_bytes!("../../testdata/keys/ca.key");
static CA: &[u8] = include_bytes!("../../testdata/keys/ca.pem");

/// Every layer of a message: the tree covers it, each finding is in it, and all reads as text and as JSON.
pub fn inspect(octets: &[u8]) {
    let options = sip_smime::lint::LintOptions { time: 1_767_225_600, strict: true };
    let report = sip_smime::lint::lint(Slice::new(octets), None, None, options);
    assert!(report.findings.len() <= 1025, "findings without end");
    for place in report.findings.iter().filter_map(|finding| finding.place.as_ref()?.octets) {
        assert!(place.start <= place.end && place.end <= octets.len(), "a place that is nowhere");
    }
    let sizes = report.sizes;
    assert!(sizes.total == octets.len() && sizes.head <= sizes.total, "sizes of nothing");
    let lines = tree::lines(&report, true);
    assert!(lines.len() >= tree::lines(&report, false).len(), "more without -v");
    let object = serde_json::Value::Object(tree::json(&report));
    let line = sip_smime::report::json::line_with(&serde_json::Map::new(), &tree::written(&report));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&line).ok().as_ref(),
        Some(&object),
        "what is written is read"
    );
}

/// SIP framing: single messages and streams.
pub fn sip_message(octets: &[u8]) {
    let stream = source::messages(Box::new(octets), Container::Messages(Form::Sip), 1 << 20);
    let end: usize = stream.flatten().map(|chunk| chunk.octets.len()).sum();
    assert!(end <= octets.len(), "more octets than there were");
    let Ok(message) = RawMessage::parse(octets, None) else { return };
    let _ = (message.findings(), message.cms());
    if message.form() != Form::Sip {
        return;
    }
    // Putting back the entity that is there changes nothing a second time.
    let Ok(entity) = message.entity() else { return };
    let Ok(once) = message.with_entity(&EntityBuf::from(&entity)) else { return };
    let again = RawMessage::parse(&once, Some(Form::Sip)).expect("what we write can be read");
    let entity = again.entity().expect("what we write has a body");
    let twice = again.with_entity(&EntityBuf::from(&entity)).expect("it can be put back");
    assert!(once == twice, "a second splice changed something");
}

/// Captures, as they are and packed: each message is one, and comes out of what is written of it.
pub fn capture(octets: &[u8]) {
    let messages =
        |octets: &[u8]| -> Vec<_> { source::messages(Box::new(octets), Container::Capture, 1 << 16).collect() };
    let found = messages(octets);
    let mut written = exported::head();
    let mut count = 0;
    for chunk in found.iter().flatten() {
        let packet = chunk.packet.expect("a message of a capture has a packet");
        assert!(chunk.octets.len() <= 1 << 16, "larger than is allowed");
        assert!(RawMessage::parse(&chunk.octets, None).map_or(true, |message| message.form() == Form::Sip), "no SIP");
        assert!(!packet.to_string().is_empty() && packet.frame > 0, "a packet without a number");
        written.extend(exported::message(&packet, &chunk.octets));
        count += 1;
    }
    let again = messages(&written);
    let what = |found: &[Result<source::Chunk, Box<source::Missing>>]| -> Vec<_> {
        let all = found.iter().flatten();
        all.map(|chunk| (chunk.octets.clone(), chunk.packet.map(|packet| (packet.source, packet.destination))))
            .collect()
    };
    assert!(count == 0 || what(&found) == what(&again), "what is written is read");
}

/// Entities, fields, content types, multiparts.
pub fn mime_tree(octets: &[u8]) {
    for rule in [LineRule::CrLf, LineRule::CrLfOrLf] {
        if let Ok(entity) = Entity::parse(Slice::new(octets), rule) {
            walk(&entity, 0);
        }
    }
}

fn walk(entity: &Entity<'_>, depth: usize) {
    let _ = (entity.content_type(), entity.disposition(), entity.decoded_body(), entity.canonicalize(false));
    let _ = sip_smime::smime::peel(entity);
    let Ok(multipart) = Multipart::parse(entity) else { return };
    let mut last = entity.body().span().start;
    for part in multipart.parts() {
        let span = part.octets.span();
        assert!(last <= span.start && span.end <= entity.body().span().end, "parts are spans of the body, in order");
        last = span.end;
        match part.entity() {
            Ok(part) if depth < 20 => walk(&part, depth + 1),
            _ => {}
        }
    }
}

/// Transfer encodings.
pub fn base64(octets: &[u8]) {
    let decoded = TransferEncoding::Base64.decode(Slice::new(&encode_base64(octets))).map(|octets| octets.into_owned());
    assert_eq!(decoded.as_deref().ok(), Some(octets), "what is encoded decodes again");
    if let Ok(decoded) = TransferEncoding::Base64.decode(octets) {
        let squeeze = |text: &[u8]| -> Vec<u8> { text.iter().copied().filter(u8::is_ascii_graphic).collect() };
        assert_eq!(squeeze(&encode_base64(&decoded)), squeeze(octets), "there is one encoding");
    }
    let _ = TransferEncoding::QuotedPrintable.decode(octets);
}

/// Messages and CMS objects against one anchor. What verifies verifies again, and gives the same octets.
pub fn cms_signed_verify(octets: &[u8]) {
    for (form, identity) in [(None, IdentitySource::Default), (Some(Form::Der), IdentitySource::None)] {
        if let Some(verified) = verify(octets, form, &identity) {
            assert!(verify(octets, form, &identity).is_some_and(|again| again == verified), "two answers");
        }
        diagnose(octets, form, &identity);
    }
}

/// What is refused is refused with `--diagnose`, too, for the same reason, and what is good has no diagnosis.
fn diagnose(octets: &[u8], form: Option<Form>, identity: &IdentitySource) {
    let request = Request { octets, start: 0, form, part: None, output: Output::Same };
    let answer = |diagnose| {
        let options = |claim| VerifyOptions { diagnose, ..verify_options(claim, &ANCHORS) };
        body::verify_message(&request, None, identity, options)
    };
    let (plain, diagnosed) = (answer(false), answer(true));
    assert_eq!(plain.is_ok(), diagnosed.is_ok(), "a diagnosis changed the answer");
    match (plain, diagnosed) {
        (Ok(plain), Ok(diagnosed)) => assert_eq!(plain.report(), diagnosed.report(), "a diagnosis of what is good"),
        (Err(plain), Err(diagnosed)) => {
            assert_eq!(plain.error.code(), diagnosed.error.code(), "a diagnosis is no answer");
            let verdicts = |report: &VerifyReport| -> Vec<_> {
                report.signers.iter().map(|signer| signer.verdicts().map(|(_, verdict)| verdict.clone())).collect()
            };
            assert_eq!(verdicts(&plain.report), verdicts(&diagnosed.report), "a diagnosis changed a verdict");
        }
        _ => {}
    }
}

/// Paths: the certificates of a file, each as the signer, against the others and the test authority.
pub fn cert_path(octets: &[u8]) {
    let mut certificates = store::certificates(octets).unwrap_or_default();
    if let Ok(certificate) = Certificate::from_der(octets) {
        certificates.push(certificate);
    }
    for certificate in certificates.iter().take(4) {
        let _ = (certificate.key_usage(), certificate.extended_key_usage(), certificate.basic_constraints());
        let _ = (certificate.not_before(), certificate.subject_text(), identity::identities(certificate));
        let intermediates: Vec<&Certificate> = certificates.iter().collect();
        let _ = chain::validate(certificate, &intermediates, &trust(&ANCHORS));
        let _ = chain::validate(certificate, &intermediates, &trust(certificates.get(1..).unwrap_or_default()));
    }
}

/// Revocation lists: each of a file, asked about the certificates of the test authority. The same octets are also taken for
/// what a list of that authority says: behind its signature a fuzzer would never get.
pub fn crl(octets: &[u8]) {
    let mut lists = store::crls(octets).unwrap_or_default();
    lists.extend(Crl::from_der(octets));
    lists.extend(with_right_signature(octets));
    for list in lists.iter().take(4) {
        let again = Crl::from_der(list.der()).expect("what was read can be read");
        assert!(again.is_delta() == list.is_delta() && again.to_string() == list.to_string(), "two readings differ");
        let _ = (list.number(), list.base_number(), list.signature(), list.fingerprint_sha256());
        let _ = (list.issuing_distribution_point(), list.authority_key_identifier(), list.updates(&again));
        assert!(list.has_scope_of(&again), "a list is not about what it is about");
        assert!(list.search_cost() >= list.der().len(), "a search costs less than to walk");
        let found = list.find(SIGNER.certificate().serial(), list.issuer_digest());
        assert!(found.is_ok() || list.problem().is_some(), "a list without a problem has an entry that cannot be read");
    }
    let issuer = SIGNER.certificate().issuer_digest();
    if !lists.iter().any(|list| list.issuer_digest().is_same(issuer)) {
        return;
    }
    for revocation in [RevocationCheck::IfKnown, RevocationCheck::Chain] {
        let trust = Trust { crls: lists.iter().collect(), revocation, ..trust(&ANCHORS) };
        let Ok(path) = chain::validate(SIGNER.certificate(), &[], &trust) else { continue };
        let is_proved = path.revocation().iter().all(|one| !one.lists.is_empty());
        assert!(is_proved || revocation != RevocationCheck::Chain, "it is good by no list");
    }
}

/// A list of the test authority that says this: what stands after its name in tBSCertList. It is signed only if it can be
/// read, since most cannot.
pub fn with_right_signature(rest: &[u8]) -> Option<Crl> {
    use sip_smime::alg::Scheme;
    use sip_smime::alg::digest::SHA256;
    use sip_smime::asn1::{encode::element, tag};

    let scheme = Scheme::Ecdsa(SHA256);
    let issuer = ANCHORS.first().expect("ca.pem").subject();
    let tbs = element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 1], &scheme.identifier(), issuer, rest]);
    let list = |signature: &[u8]| {
        let signature = element(tag::BIT_STRING, &[&[0], signature]);
        Crl::from_der(&element(tag::SEQUENCE, &[&tbs, &scheme.identifier(), &signature])).ok()
    };
    list(&[])?;
    let key = CA_SIGNING.signing_key().expect("it signs");
    list(&key.sign(&scheme, &tbs, &mut Counter(0)).expect("it signs"))
}

/// Certification requests. The same octets are also taken for the attributes of a request under a right signature.
pub fn request(octets: &[u8]) {
    let signed = with_attributes(octets).and_then(|signed| CertificateRequest::from_der(&signed).ok());
    for request in store::request(octets).ok().into_iter().chain(signed) {
        let names = request.uris().into_iter().chain(request.emails());
        for name in names {
            let _ = SipUri::parse(name);
        }
        assert!(Tlv::parse(Slice::new(request.subject())).is_ok(), "a name that cannot be walked");
        assert!(sip_smime::alg::public_key(request.public_key()).is_ok(), "a key that signed cannot be read");
        let _ = sip_smime::pki::name::text(request.subject());
    }
}

/// A request of Alice with these attributes, if they are any.
pub fn with_attributes(attributes: &[u8]) -> Option<Vec<u8>> {
    use sip_smime::alg::Scheme;
    use sip_smime::alg::digest::SHA256;
    use sip_smime::asn1::{encode::element, tag};

    let (scheme, alice) = (Scheme::Ecdsa(SHA256), SIGNER.certificate());
    Tlv::parse(Slice::new(attributes)).ok()?;
    let attributes = element(tag::context_constructed(0), &[attributes]);
    let info = element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 0], alice.subject(), alice.public_key(), &attributes]);
    let key = ALICE_SIGNING.signing_key().expect("it signs");
    let signature = key.sign(&scheme, &info, &mut Counter(0)).expect("it signs");
    let signature = element(tag::BIT_STRING, &[&[0], &signature]);
    Some(element(tag::SEQUENCE, &[&info, &scheme.identifier(), &signature]))
}

/// Names: two URIs, a line between them, and the same ones in header fields.
pub fn name_match(octets: &[u8]) {
    let _ = uri::addresses(octets);
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let mut lines = text.lines();
    let (one, other) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (Ok(a), Ok(b)) = (SipUri::parse(one), SipUri::parse(other)) else { return };
    assert!(a.same_address(&a) || a.port().is_some() || has_control(&a), "{one} is not itself");
    assert_eq!(a.same_address(&b), b.same_address(&a), "{one} against {other}: one way only");
    assert_eq!(a.equal(&b), b.equal(&a), "{one} equals {other} one way only");
    if let (Some(one), Some(other)) = (slow(one), slow(other)) {
        assert_eq!(a.same_address(&b), one == other, "{a} against {b}: the slow reading differs");
    }
    let _ = identity::match_identity(SIGNER.certificate(), &a, IdentityOptions::default());
}

fn has_control(uri: &SipUri) -> bool {
    uri.user().is_some_and(|user| user.iter().any(u8::is_ascii_control))
}

/// A plain `sip:user@host` read a second way, without the parser: scheme, user, host. None for anything harder.
fn slow(text: &str) -> Option<(String, String, String)> {
    let (scheme, rest) = text.split_once(':')?;
    let (user, host) = rest.split_once('@')?;
    let simple = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric());
    let host = host.split(';').next()?;
    let dotted = host.split('.').all(simple) && host.bytes().any(|octet| octet.is_ascii_alphabetic());
    let known = ["sip", "sips"].contains(&scheme.to_ascii_lowercase().as_str());
    (known && simple(user) && dotted).then(|| (scheme.to_ascii_lowercase(), user.to_owned(), host.to_ascii_lowercase()))
}

/// Files of keys and certificates.
pub fn key_files(octets: &[u8]) {
    let _ = (store::certificates(octets), store::known::placed(octets));
    if let Ok(known) = store::known::learnt(octets) {
        let (name, text) = store::known::to_file(&known).expect("what is learnt can be kept");
        assert!(!name.contains('/') && !name.starts_with('.'), "{name} is no name of a file");
        assert_eq!(store::known::learnt(text.as_bytes()).ok(), Some(known), "what is kept reads differently");
    }
    for password in [None, Some(&b"password"[..])] {
        if let Ok(key) = store::private_key(octets, password) {
            assert!(!format!("{key:?}").contains("PRIVATE"), "a key shows itself");
        }
    }
}

/// PKCS #12 files and certs-only objects. The same octets are also taken for the contents of a PKCS #12 file under a right
/// MAC: behind a MAC of its own a fuzzer would never get.
pub fn pkcs12(octets: &[u8]) {
    if let Ok(certificates) = store::certs_only::read(octets) {
        let again =
            store::certs_only::read(&store::certs_only::write(&certificates)).expect("what we write can be read");
        assert_eq!(again.len(), certificates.len(), "a certificate is lost");
    }
    // As it stands, it is not opened: what others write takes 600,000 rounds and more.
    for password in [None, Some(&b"wrong"[..])] {
        assert!(store::pkcs12::read(octets, password).is_err(), "a wrong password opens a file");
    }
    let file = with_right_mac(octets);
    let found = store::pkcs12::read(&file, Some(b"password"));
    let Ok(found) = found else { return };
    assert!(store::pkcs12::is_pkcs12(&file), "what is read is recognised");
    assert!(!format!("{found:?}").contains("PRIVATE"), "a key shows itself");
    let certificates = store::pkcs12::certificates(&file, Some(b"password")).unwrap_or_default();
    assert_eq!(certificates.len(), found.certificates.len(), "two readings differ");
}

/// A PKCS #12 file with these contents: MacData with one round, SHA-256 and the salt `salt`.
fn with_right_mac(contents: &[u8]) -> Vec<u8> {
    use sip_smime::alg::digest::{SHA256, digest_identifier};
    use sip_smime::alg::pkcs12_kdf::{self, Purpose};
    use sip_smime::asn1::{encode::element, tag};

    let data = element(tag::OBJECT_IDENTIFIER, &[sip_smime::cms::oid::DATA.as_bytes()]);
    let content = element(tag::OCTET_STRING, &[contents]);
    let safe = element(tag::SEQUENCE, &[&data, &element(tag::context_constructed(0), &[&content])]);
    let key = pkcs12_kdf::derive(SHA256, Purpose::Mac, &pkcs12_kdf::password(b"password"), b"salt", 1, 32);
    let mac = element(tag::OCTET_STRING, &[&pkcs12_kdf::hmac(SHA256, &key, contents)]);
    let info = element(tag::SEQUENCE, &[&digest_identifier(SHA256, true), &mac]);
    let mac = element(tag::SEQUENCE, &[&info, &element(tag::OCTET_STRING, &[b"salt"])]);
    element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 3], &safe, &mac])
}

/// Sign, then verify: the input comes back, except for what signing said it changed. The same with encryption.
pub fn roundtrip(octets: &[u8]) {
    fuzz_encrypted::encrypt_roundtrip(octets);
    for layout in [Layout::Opaque, Layout::Detached] {
        let Some(signed) = sign(octets, layout) else { continue };
        let verified = verify(&signed, None, &IdentitySource::None).expect("what we sign, we verify");
        let again = sign(&verified, layout).expect("what we verified can be signed");
        let twice = verify(&again, None, &IdentitySource::None).expect("what we sign, we verify");
        assert!(verified == twice, "a second round trip changed something");
    }
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let certificate = store::certificates(ALICE).expect("alice.pem").remove(0);
    Signer::new(certificate, store::private_key(ALICE_KEY, None).expect("alice.key")).expect("they belong together")
});

static ALICE_SIGNING: LazyLock<PrivateKey> = LazyLock::new(|| store::private_key(ALICE_KEY, None).expect("alice.key"));

static CA_SIGNING: LazyLock<PrivateKey> = LazyLock::new(|| store::private_key(CA_KEY, None).expect("ca.key"));

static ANCHORS: LazyLock<Vec<Certificate>> = LazyLock::new(|| store::certificates(CA).expect("ca.pem"));

fn trust(anchors: &[Certificate]) -> Trust<'_> {
    Trust { anchors, time: NOW, purpose: Purpose::Smime, ..Trust::default() }
}

/// The product, if the message verifies against the test authority.
pub fn verify(octets: &[u8], form: Option<Form>, identity: &IdentitySource) -> Option<Vec<u8>> {
    let request = Request { octets, start: 0, form, part: None, output: Output::Same };
    let options = |claim| verify_options(claim, &ANCHORS);
    body::verify_message(&request, None, identity, options).ok().map(VerifiedMessage::into_octets)
}

fn verify_options(claim: Claim, anchors: &[Certificate]) -> VerifyOptions<'_> {
    VerifyOptions {
        certificates: &[],
        use_message_certificates: true,
        trust: Some(trust(anchors)),
        known: None,
        claim,
        identity: IdentityOptions::default(),
        strength: Strength::Current,
        any_signer: false,
        require_date: false,
        strict: false,
        diagnose: false,
    }
}

fn sign(octets: &[u8], layout: Layout) -> Option<Vec<u8>> {
    let options = sign_options(layout);
    let request = Request { octets, start: 0, form: None, part: None, output: Output::Same };
    let signed = body::sign_message(&request, &SIGNER, &options, SignMessageOptions::default(), &mut Counter(0));
    signed.ok().map(|product| product.octets)
}

fn sign_options(layout: Layout) -> SignOptions<'static> {
    SignOptions {
        layout,
        certificates: vec![SIGNER.certificate()],
        key_identifier: false,
        digest: None,
        attributes: AttributeSet::Full,
        pss: false,
        encoding: BodyEncoding::Binary,
        rfc6216: false,
        time: NOW,
    }
}
