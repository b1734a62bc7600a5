//! K3: after a key was used and dropped, it is nowhere in the memory of the process.
//!
//! The allocator wipes what is freed, as that of the program does; the library wipes its own buffers and the
//! stack. The memory is copied before the test itself learns what to look for. Without the optimiser chance
//! wipes more: `cargo test --release --test secrets` is the severer test.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use der::referenced::OwnedToRef;
use pkcs8::PrivateKeyInfoRef;
use rand_core::Rng;
use rsa::pkcs1::RsaPrivateKey;
use rsa::pkcs1::der::{Decode, Encode};
use sip_smime::alg::digest::SHA256;
use sip_smime::alg::password::Pbkdf2;
use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::alg::{cipher, key_wrap, wipe};
use sip_smime::asn1::{encode, tag};
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::cms::recipient::{KeyAgreement, KeyRequest, Originator, PasswordBudget, key_agreement};
use sip_smime::cms::{EnvelopedData, Identity, Recipient, RecipientInfo};
use sip_smime::message::RawMessage;
use sip_smime::octets::Slice;
use sip_smime::smime::body::{Output, Request};
use sip_smime::smime::claim::IdentitySource;
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypt::{self, EncryptOptions, RecipientOptions, SmimeTypeStyle};
use sip_smime::smime::encrypted_body::{self, EncryptMessageOptions};
use sip_smime::smime::open::OpenOptions;
use sip_smime::smime::sign::BodyEncoding;
use sip_smime::store;
use zeroize::Zeroizing;

use counter::Counter;

#[path = "support/counter.rs"]
mod counter;

#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Reads a key, signs with it and drops it; or signs with it and calls `while_alive`.
fn use_key(path: &str, while_alive: impl FnOnce()) {
    let file = fs::read(path).unwrap();
    let key = store::private_key(&file, Some(PASSWORD.as_bytes())).unwrap();
    let key = key.signing_key().unwrap();
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    for pss in [false, true] {
        let scheme = key.scheme(None, pss).unwrap();
        key.sign(&scheme, b"message", rng).unwrap();
    }
    while_alive();
}

/// Reads the key of a PKCS #12 file, and writes one with the same key under another password.
fn use_pkcs12() {
    let file = fs::read("testdata/interop/pkcs12/openssl-rsa2048.p12").unwrap();
    let contents = store::pkcs12::read(&file, Some(PASSWORD.as_bytes())).unwrap();
    let certificate = contents.certificates.first().unwrap();
    let pem = fs::read("testdata/keys/alice-rsa2048.key").unwrap();
    let (_, private_key) = pem_rfc7468::decode_vec(&pem).unwrap();
    let new = store::pkcs12::NewContents { private_key: &private_key, certificate, others: &[], name: Some("alice") };
    let password = fs::read(SECRET).unwrap();
    let made = store::pkcs12::write(new, password.trim_ascii(), &mut Counter(0)).unwrap();
    assert!(store::pkcs12::is_pkcs12(&made));
}

/// Every writable part of the memory.
fn memory() -> Vec<Vec<u8>> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut copies = Vec::new();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"))) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        let mut copy = vec![0; usize::try_from(end.checked_sub(start).unwrap()).unwrap()];
        memory.seek(SeekFrom::Start(start)).unwrap();
        // Some special mappings cannot be read.
        if memory.read_exact(&mut copy).is_ok() {
            copies.push(copy);
        }
    }
    copies
}

/// The memory after some work. Another thread copies it, so that copying does not wipe the stack by chance.
fn after(work: impl FnOnce()) -> Vec<Vec<u8>> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let copier = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                thread::yield_now();
            }
            memory()
        });
        work();
        done.store(true, Ordering::Release);
        copier.join().unwrap()
    })
}

type Secrets = Vec<(&'static str, Vec<u8>)>;

/// The numbers of an RSA key, as files (first octet first) and as arithmetic (first octet last) hold them.
fn rsa_numbers(der: &[u8]) -> Secrets {
    let key = RsaPrivateKey::<rsa::pkcs1::UintRef<'_>>::from_der(der).unwrap();
    let numbers = [
        ("d", key.private_exponent),
        ("p", key.prime1),
        ("q", key.prime2),
        ("dp", key.exponent1),
        ("dq", key.exponent2),
        ("qinv", key.coefficient),
    ];
    let mut secrets = Vec::new();
    for (name, number) in numbers {
        both_ways(&mut secrets, name, number.as_bytes().rchunks(24).next().unwrap());
    }
    secrets
}

fn both_ways(secrets: &mut Secrets, name: &'static str, octets: &[u8]) {
    secrets.push((name, octets.iter().rev().copied().collect()));
    secrets.push((name, octets.to_vec()));
}

fn found(memory: &[Vec<u8>], secrets: &Secrets) -> Vec<&'static str> {
    let holds = |secret: &[u8]| memory.iter().any(|copy| memchr::memmem::find(copy, secret).is_some());
    secrets.iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| *name).collect()
}

/// How somebody gets keys: one row for each kind of recipient.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Certificate(&'static str),
    Kek,
    Password,
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Certificate("bob"), "p256"),
    (Kind::Certificate("bob-x25519"), "x25519"),
    (Kind::Certificate("bob-rsa2048"), "rsa"),
    (Kind::Certificate("bob-rsa2048"), "oaep"),
    (Kind::Kek, "kek"),
    (Kind::Password, "password"),
];

const KEY: &str = "testdata/keys/kek/128.bin";
const SECRET: &str = "testdata/keys/kek/password";

fn identity(kind: Kind) -> Box<dyn Identity> {
    match kind {
        Kind::Certificate(name) => {
            let certificates = store::certificates(&fs::read(format!("testdata/keys/{name}.pem")).unwrap()).unwrap();
            let key = store::private_key(&fs::read(format!("testdata/keys/{name}.key")).unwrap(), None).unwrap();
            Box::new(PrivateKeyIdentity::new(key, &certificates).unwrap())
        }
        Kind::Kek => Box::new(kek()),
        Kind::Password => Box::new(password()),
    }
}

fn kek() -> KeyEncryptionKey {
    KeyEncryptionKey::new(b"meeting".to_vec(), fs::read(KEY).unwrap().into()).unwrap()
}

fn password() -> SharedPassword {
    SharedPassword::new(Zeroizing::new(fs::read(SECRET).unwrap().trim_ascii().to_vec()))
}

fn request(octets: &[u8]) -> Request<'_> {
    Request { octets, start: 0, form: None, part: None, output: Output::Same }
}

/// Opens a message and drops what it was opened with, after `while_alive`.
fn decrypt(message: &[u8], kind: Kind, while_alive: impl FnOnce()) {
    let identity = identity(kind);
    let options = OpenOptions { identities: &[&*identity], decrypt: DecryptOptions::default(), verify: None };
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    let opened = encrypted_body::open_message(&request(message), &IdentitySource::None, options, None, rng);
    assert!(opened.octets.is_ok(), "{kind:?}: {:?}", opened.octets);
    while_alive();
}

const PLAIN: &[u8] = b"Content-Type: text/plain\r\n\r\nWatson, come here - I want to see you.";

/// Encrypts a message, with keys that can be made again.
fn encrypt(kind: Kind) -> Vec<u8> {
    let transport = TransportScheme::Oaep { digest: SHA256, mask_digest: SHA256 };
    let how = RecipientOptions { transport, key_identifier: false, time: 1_767_225_600 };
    let mut certificates = Vec::new();
    let recipient: Box<dyn Recipient> = match kind {
        Kind::Certificate(name) => {
            certificates = store::certificates(&fs::read(format!("testdata/keys/{name}.pem")).unwrap()).unwrap();
            encrypt::recipient(certificates.first().unwrap(), &how).unwrap()
        }
        Kind::Kek => Box::new(kek()),
        Kind::Password => Box::new(password()),
    };
    let cipher = cipher::by_name("aes-128-gcm").unwrap();
    let options = EncryptOptions { cipher, encoding: BodyEncoding::Binary, smime_type: SmimeTypeStyle::default() };
    let how = EncryptMessageOptions::default();
    let made = encrypted_body::encrypt_message(&request(PLAIN), &[&*recipient], options, how, &mut Counter(0));
    drop(recipient);
    drop(certificates);
    made.unwrap().octets
}

/// Every secret that opening a message has to do with.
fn secrets_of(message: &[u8], kind: Kind) -> Secrets {
    let message = RawMessage::parse(message, None).unwrap();
    let object = message.entity().unwrap().decoded_body().unwrap();
    let envelope = EnvelopedData::parse(Slice::new(&object)).unwrap();
    let length = cipher::by_oid(envelope.cipher.oid).unwrap().key_length();
    let budget = PasswordBudget::default();
    let request = KeyRequest::new(&envelope, length, false, &budget);
    let identity = identity(kind);
    let mut secrets = Secrets::new();
    for info in &envelope.recipients {
        let Some(key) = identity.unwrap(info, &request, &mut Counter(0)) else { continue };
        both_ways(&mut secrets, "content-encryption key", key.unwrap().octets());
        match (info, kind) {
            (RecipientInfo::KeyAgreement(info), Kind::Certificate(name)) => agreed(&mut secrets, info, name),
            (RecipientInfo::KeyTransport(_), Kind::Certificate(name)) => secrets.extend(rsa_numbers(&pkcs8(name))),
            (RecipientInfo::Kek(_), _) => both_ways(&mut secrets, "KEK", &fs::read(KEY).unwrap()),
            (RecipientInfo::Password(info), _) => {
                let derivation = info.derivation.as_ref().unwrap().owned_to_ref();
                let password = fs::read(SECRET).unwrap().trim_ascii().to_vec();
                let key = Pbkdf2::from_identifier(&derivation).unwrap().derive(&password, 16);
                both_ways(&mut secrets, "key from the password", &key);
                both_ways(&mut secrets, "password", &password);
            }
            _ => panic!("{info} for {kind:?}"),
        }
    }
    assert!(secrets.len() >= 4, "{kind:?} opens nothing");
    secrets
}

/// The private key inside of PKCS #8.
fn pkcs8(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(format!("testdata/keys/{name}.key")).unwrap();
    let (_, der) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    PrivateKeyInfoRef::from_der(&der).unwrap().private_key.as_bytes().to_vec()
}

/// The octets of an EC or X25519 key: the first 32 after an OCTET STRING of that length begins.
fn scalar(name: &str) -> Vec<u8> {
    let octets = pkcs8(name);
    let start = memchr::memmem::find(&octets, b"\x04\x20").unwrap().checked_add(2).unwrap();
    octets.into_iter().skip(start).take(32).collect()
}

fn agreed(secrets: &mut Secrets, info: &KeyAgreement<'_>, name: &str) {
    both_ways(secrets, "private key", &scalar(name));
    let key = store::private_key(&fs::read(format!("testdata/keys/{name}.key")).unwrap(), None).unwrap();
    let Originator::Key(algorithm, octets) = &info.common.originator else { panic!("no key of the sender") };
    let secret = key.key().agreement().unwrap().agree(&algorithm.owned_to_ref(), octets).unwrap();
    for half in secret.as_bytes().chunks(16) {
        both_ways(secrets, "shared secret", half);
    }
    let parameters = info.common.algorithm.parameters.as_ref().unwrap().to_der().unwrap();
    let wrap = key_wrap::by_key_length(16).unwrap();
    assert_eq!(parameters, wrap.identifier());
    let explicit = |number, octets: &[u8]| {
        encode::element(tag::context_constructed(number), &[&encode::element(tag::OCTET_STRING, &[octets])])
    };
    let material = info.common.user_keying_material.as_deref();
    let of_material = material.map(|material| explicit(0, material)).unwrap_or_default();
    let shared_info = encode::element(tag::SEQUENCE, &[&parameters, &of_material, &explicit(2, &[0, 0, 0, 128])]);
    let kek = key_agreement::derivation(info).unwrap().derive(&secret, material, &shared_info, 16).unwrap();
    wrap.unwrap(&kek, &info.encrypted_key).unwrap();
    both_ways(secrets, "KEK", &kek);
}

/// The private key that a sender made for one message: after key, nonce and user keying material.
fn ephemeral(secrets: &mut Secrets) {
    let (mut rng, mut octets) = (Counter(0), [0; 32]);
    for length in [16, 12, 16, 32] {
        octets = [0; 32];
        rng.fill_bytes(octets.get_mut(..length).unwrap());
        if length == 16 && secrets.iter().any(|(_, secret)| octets.starts_with(secret)) {
            secrets.push(("", b"the first is the content-encryption key".to_vec()));
        }
    }
    assert!(secrets.iter().any(|(name, _)| name.is_empty()), "the numbers are others");
    both_ways(secrets, "ephemeral key", &octets);
}

// One test, so that no other thread holds the key.
#[test]
fn k3_no_secret_is_left() {
    let numbers = || rsa_numbers(&fs::read("testdata/keys/alice-rsa2048.pkcs1.der").unwrap());
    for path in ["testdata/keys/alice-rsa2048.key", "testdata/keys/alice-rsa2048.enc.key"] {
        let after = after(|| use_key(path, || ()));
        assert_eq!(found(&after, &numbers()), [""; 0], "{path}");
    }
    // The search finds what is there.
    let mut alive = Vec::new();
    use_key("testdata/keys/alice-rsa2048.key", || alive = memory());
    assert!(found(&alive, &numbers()).contains(&"p"));
    drop(alive);
    wipe::stack();

    let after_pkcs12 = after(use_pkcs12);
    let mut secrets = numbers();
    let password = fs::read(SECRET).unwrap();
    both_ways(&mut secrets, "password", password.trim_ascii());
    let wide: Vec<u8> = password.trim_ascii().iter().flat_map(|octet| [0, *octet]).collect();
    both_ways(&mut secrets, "password in two octets each", &wide);
    assert_eq!(found(&after_pkcs12, &secrets), [""; 0], "PKCS #12");
    drop((secrets, password, wide, after_pkcs12));
    wipe::stack();

    let mut wrong = Vec::new();
    for (kind, vector) in KINDS {
        let message = fs::read(format!("testdata/vectors/decrypt_{vector}.vec")).unwrap();
        let head = memchr::memmem::find(&message, b"\n\n").unwrap();
        let message = message.get(head.checked_add(2).unwrap()..).unwrap();
        let after_decrypt = after(|| decrypt(message, kind, || ()));
        let mut alive = Vec::new();
        decrypt(message, kind, || alive = memory());
        let secrets = secrets_of(message, kind);
        wrong.extend(found(&after_decrypt, &secrets).iter().map(|name| format!("decrypt {vector}: {name}")));
        assert_ne!(found(&alive, &secrets), [""; 0], "{vector}");
        // What the test itself knows must not be found by the next search.
        drop((secrets, alive, after_decrypt));
        wipe::stack();

        let mut made = Vec::new();
        let after_encrypt = after(|| made = encrypt(kind));
        let mut secrets = secrets_of(&made, kind);
        if matches!(kind, Kind::Certificate("bob" | "bob-x25519")) {
            ephemeral(&mut secrets);
        }
        wrong.extend(found(&after_encrypt, &secrets).iter().map(|name| format!("encrypt {vector}: {name}")));
        drop((secrets, after_encrypt));
        wipe::stack();
    }
    assert!(wrong.is_empty(), "left in memory:\n{}", wrong.join("\n"));
}

const PASSWORD: &str = "password";
