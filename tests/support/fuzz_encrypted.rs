//! What the fuzzers run about encryption: messages opened with fixed keys, and objects that are changed as trees.
//!
//! What opens once opens again, to the same octets. What a tag protects comes out as it went in, or not at all.

use std::sync::LazyLock;

use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use sip_smime::alg::cipher;
use sip_smime::alg::digest::SHA256;
use sip_smime::alg::password::Pbkdf2;
use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::asn1::{encode, tag};
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::cms::recipient::{Identity, KeyRequest, Recipient};
use sip_smime::cms::{ContentKey, EnvelopedData, RecipientInfo, compressed};
use sip_smime::error::Error;
use sip_smime::message::{Form, RawMessage};
use sip_smime::octets::Slice;
use sip_smime::pki::Certificate;
use sip_smime::report::Integrity;
use sip_smime::smime::body::{Output, Request};
use sip_smime::smime::claim::IdentitySource;
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypt::{self, EncryptOptions, RecipientOptions, SmimeTypeStyle};
use sip_smime::smime::encrypted_body::{self, EncryptMessageOptions};
use sip_smime::smime::open::OpenOptions;
use sip_smime::smime::sign::{BodyEncoding, Layout};
use sip_smime::smime::{self, Layer};
use sip_smime::store;

use super::der_tree::Tree;
use super::{ANCHORS, Counter, NOW, SIGNER, sign_options, verify_options};

/// Messages and CMS objects, with and without a look at signatures. If a tag protects one that opens, no octet of
/// content or tag can change.
pub fn cms_enveloped_decrypt(octets: &[u8]) {
    // Twice at most: private keys are what takes the time here.
    if let Some(opened) = open(octets, None, true) {
        assert!(open(octets, None, true).is_some_and(|again| again == opened), "two answers");
    }
    let object = open(octets, None, false).and_then(|_| object(octets));
    if let Some(object) = object {
        flip(&object);
    }
}

/// The CMS object of a message.
fn object(octets: &[u8]) -> Option<Vec<u8>> {
    let message = RawMessage::parse(octets, None).ok()?;
    match message.cms() {
        Some(object) => Some(object.to_vec()),
        None => Some(message.entity().ok()?.decoded_body().ok()?.into_owned()),
    }
}

/// Changes one octet of the tag, and one of the content if it has any. Which one and how depend on the length.
fn flip(object: &[u8]) {
    let Ok(envelope) = EnvelopedData::parse(Slice::new(object)) else { return };
    let Some(authentication) = &envelope.authentication else { return };
    for field in [&authentication.tag, &envelope.ciphertext] {
        // Octets in pieces stand nowhere as they are.
        let start = (field.as_ptr() as usize).wrapping_sub(object.as_ptr() as usize);
        if field.is_empty() || start.saturating_add(field.len()) > object.len() {
            continue;
        }
        let mut changed = object.to_vec();
        changed[start + object.len() % field.len()] ^= 1 << (object.len() % 8);
        assert!(open(&changed, Some(Form::Der), false).is_none(), "a changed message opens");
    }
}

/// A good AuthEnvelopedData whose tree the octets say how to change. The first octet says which one: mostly one under a
/// key-encryption key, as private keys take most of the time.
pub fn cms_authenveloped(octets: &[u8]) {
    let Some((first, edits)) = octets.split_first() else { return };
    let number = usize::from(*first) % 32;
    let (object, content) = OBJECTS.get(number).unwrap_or(&OBJECTS[number % 2]);
    let mut tree = Tree::parse(object).expect("what we write is DER");
    tree.edit(edits);
    let changed = tree.to_octets();
    let Some((opened, integrity)) = open(&changed, Some(Form::Der), false) else { return };
    assert!(opened == *content || integrity == Integrity::None, "another content has a good tag");
    flip(&changed);
}

/// Compressed objects; and the octets as a zlib stream, which is compressed inside of a good object.
pub fn compressed(octets: &[u8]) {
    let explicit = |inner: &[u8]| encode::element(tag::context_constructed(0), &[inner]);
    let sequence = |parts: &[&[u8]]| encode::element(tag::SEQUENCE, parts);
    let oid = |last: &[u8]| encode::element(tag::OBJECT_IDENTIFIER, &[b"\x2a\x86\x48\x86\xf7\x0d\x01", last]);
    let string = encode::element(tag::OCTET_STRING, &[octets]);
    let encapsulated = sequence(&[&oid(b"\x07\x01"), &explicit(&string)]);
    let zlib = sequence(&[&oid(b"\x09\x10\x03\x08")]);
    let object = sequence(&[&[tag::INTEGER, 1, 0], &zlib, &encapsulated]);
    let object = sequence(&[&oid(b"\x09\x10\x01\x09"), &explicit(&object)]);
    for object in [octets, &object] {
        if let Ok(found) = compressed::decompress(Slice::new(object), compressed::MAX_OCTETS) {
            let most = object.len().saturating_mul(compressed::MAX_RATIO).min(compressed::MAX_OCTETS);
            assert!(found.octets.len() <= most, "{} octets out of {}", found.octets.len(), object.len());
        }
    }
}

/// Encrypt, then decrypt; and both with a signature inside, which then verifies. What is S/MIME already is left out:
/// opening it goes further than what was done here.
pub fn encrypt_roundtrip(octets: &[u8]) {
    let entity = RawMessage::parse(octets, None).and_then(|message| message.entity());
    let layer = entity.as_ref().map(smime::peel);
    if !matches!(layer, Ok(Ok(Layer::Plain | Layer::Multipart(_)))) {
        return;
    }
    let bob = owner(&KEYS.certificate);
    for (signed, recipient) in [(false, &KEYS.kek as &dyn Recipient), (true, &*bob)] {
        let Some(encrypted) = encrypt(octets, signed, recipient, "aes-128-gcm") else { continue };
        let (opened, _) = open(&encrypted, None, signed).expect("what we encrypt, we open");
        let again = encrypt(&opened, signed, recipient, "aes-256-cbc").expect("what we opened can be encrypted");
        let (twice, _) = open(&again, None, signed).expect("what we encrypt, we open");
        assert!(opened == twice, "a second round trip changed something");
    }
}

/// What we open with.
struct Keys {
    private: Vec<PrivateKeyIdentity>,
    kek: KeyEncryptionKey,
    other_keks: Vec<KeyEncryptionKey>,
    passwords: CheapPasswords,
    /// Of the P-256 key.
    certificate: Certificate,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let private = |key, certificates: &[&[u8]]| {
        let certificates: Vec<Certificate> = certificates.iter().map(|octets| certificate(octets)).collect();
        PrivateKeyIdentity::new(store::private_key(key, None).expect("a key"), &certificates).expect("it decrypts")
    };
    let kek = |name: &[u8], key: &[u8]| KeyEncryptionKey::new(name.to_vec(), key.to_vec().into()).expect("a KEK");
    let password = |octets: &[u8]| SharedPassword::new(octets.to_vec().into());
    Keys {
        private: vec![
            private(include_bytes!("../../testdata/keys/bob.key"), &[BOB]),
            private(include_bytes!("../../testdata/keys/bob-rsa2048.key"), &[BOB_RSA]),
            // No certificate says which recipient this one is.
            private(include_bytes!("../../testdata/keys/bob-x25519.key"), &[]),
        ],
        kek: kek(b"meeting", KEK),
        other_keks: vec![kek(b"kek1", include_bytes!("../../testdata/keys/kek-128.bin"))],
        passwords: CheapPasswords([password(b"correct horse"), password(b"password")]),
        certificate: certificate(BOB),
    }
});

const BOB: &[u8] = include_bytes!("../../testdata/keys/bob.pem");
const BOB_RSA: &[u8] = include_bytes!("../../testdata/keys/bob-rsa2048.pem");
const BOB_X25519: &[u8] = include_bytes!("../../testdata/keys/bob-x25519.pem");
const KEK: &[u8] = include_bytes!("../../testdata/keys/kek/128.bin");

fn certificate(octets: &[u8]) -> Certificate {
    store::certificates(octets).expect("a certificate").remove(0)
}

fn owner(certificate: &Certificate) -> Box<dyn Recipient + '_> {
    let transport = TransportScheme::Oaep { digest: SHA256, mask_digest: SHA256 };
    let options = RecipientOptions { transport, key_identifier: false, time: NOW };
    encrypt::recipient(certificate, &options).expect("it may be used so")
}

/// Passwords that are not tried where that takes long: a fuzzer is to try many messages.
#[derive(Debug)]
struct CheapPasswords([SharedPassword; 2]);

impl Identity for CheapPasswords {
    fn unwrap(
        &self,
        info: &RecipientInfo<'_>,
        request: &KeyRequest<'_, '_>,
        rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>> {
        let rounds = request.envelope.recipients.iter().map(|info| match info {
            RecipientInfo::Password(info) => info.derivation.as_ref().map_or(0, |derivation| {
                Pbkdf2::from_identifier(&derivation.owned_to_ref()).map_or(0, |derivation| derivation.rounds.into())
            }),
            _ => 0,
        });
        let rounds = rounds.fold(0_u64, u64::saturating_add);
        if rounds > MOST_ROUNDS {
            return None;
        }
        let mut answers = self.0.iter().map(|password| password.unwrap(info, request, rng));
        let first = answers.next().flatten();
        if matches!(first, Some(Ok(_))) { first } else { answers.next().flatten().or(first) }
    }
}

/// What the test data has.
const MOST_ROUNDS: u64 = 4096;

/// Objects for each kind of key, and one with attributes, each with its content. The first two are the fastest.
static OBJECTS: LazyLock<Vec<(Vec<u8>, Vec<u8>)>> = LazyLock::new(|| {
    let entity = b"Content-Type: text/plain\r\n\r\nWatson, come here - I want to see you.";
    let made = |certificate, cipher| encrypt(entity, false, &*owner(&certificate), cipher);
    let messages = [
        encrypt(entity, false, &KEYS.kek, "aes-256-gcm"),
        encrypt(entity, false, &KEYS.kek, "chacha20-poly1305"),
        made(certificate(BOB), "aes-128-gcm"),
        made(certificate(BOB_RSA), "aes-128-gcm"),
        made(certificate(BOB_X25519), "chacha20-poly1305"),
        vector(include_bytes!("../../testdata/vectors/decrypt_attributes_two.vec")),
        vector(include_bytes!("../../testdata/vectors/decrypt_password.vec")),
    ];
    let good = |message: Option<Vec<u8>>| {
        let object = object(&message.expect("a message")).expect("an object");
        let (content, _) = open(&object, Some(Form::Der), false).expect("it opens");
        (object, content)
    };
    messages.into_iter().map(good).collect()
});

/// The message of a vector: what follows the first empty line.
pub fn vector(octets: &[u8]) -> Option<Vec<u8>> {
    let head = octets.windows(2).position(|window| window == b"\n\n")?;
    octets.get(head.saturating_add(2)..).map(<[u8]>::to_vec)
}

/// What comes out, and what is known about it.
pub fn open(octets: &[u8], form: Option<Form>, verify: bool) -> Option<(Vec<u8>, Integrity)> {
    let mut identities: Vec<&dyn Identity> = KEYS.private.iter().map(|key| key as &dyn Identity).collect();
    identities.push(&KEYS.kek);
    identities.extend(KEYS.other_keks.iter().map(|kek| kek as &dyn Identity));
    identities.push(&KEYS.passwords);
    let decrypt = DecryptOptions { allow_legacy: true, ..DecryptOptions::default() };
    let options = OpenOptions { identities: &identities, decrypt, verify: None };
    let request = Request { octets, start: 0, form, part: None, output: Output::Same };
    let checks = |claim| verify_options(claim, &ANCHORS);
    let verify = verify.then_some(&checks as &dyn Fn(_) -> _);
    let opened = encrypted_body::open_message(&request, &IdentitySource::None, options, verify, &mut Counter(0));
    Some((opened.octets.ok()?, opened.report.integrity.expect("what was opened is known")))
}

fn encrypt(octets: &[u8], signed: bool, recipient: &dyn Recipient, cipher: &str) -> Option<Vec<u8>> {
    let cipher = cipher::by_name(cipher).expect("a cipher");
    let options = EncryptOptions { cipher, encoding: BodyEncoding::Binary, smime_type: SmimeTypeStyle::default() };
    let sign = sign_options(Layout::Opaque);
    let sign = signed.then_some((&*SIGNER, &sign));
    let how = EncryptMessageOptions { sign, ..EncryptMessageOptions::default() };
    let request = Request { octets, start: 0, form: None, part: None, output: Output::Same };
    let encrypted = encrypted_body::encrypt_message(&request, &[recipient], options, how, &mut Counter(0));
    encrypted.ok().map(|product| product.octets)
}
