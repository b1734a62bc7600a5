//! Times of single operations through the library: `cargo bench`, or `cargo bench -- verify` for those whose name
//! holds a word. Each is the median of many batches, so that a busy moment does not count.
#![allow(clippy::print_stdout, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use sip_smime::alg::cipher;
use sip_smime::alg::digest::SHA256;
use sip_smime::alg::policy::Strength;
use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::message::RawMessage;
use sip_smime::pki::Certificate;
use sip_smime::pki::chain::Trust;
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::pki::key::PrivateKey;
use sip_smime::smime::body::{self, Output, Request, SignMessageOptions};
use sip_smime::smime::claim::IdentitySource;
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypt::{self, EncryptOptions, RecipientOptions, SmimeTypeStyle};
use sip_smime::smime::encrypted_body::{self, EncryptMessageOptions};
use sip_smime::smime::open::OpenOptions;
use sip_smime::smime::sign::{AttributeSet, BodyEncoding, Layout, SignOptions, Signer};
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::store;

const BATCHES: usize = 31;
const BATCH: Duration = Duration::from_millis(20);
const NOW: i64 = 1_767_225_600;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let time = |name: &str, work: &mut dyn FnMut()| {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())) {
            println!("{name:<28} {:>10.1} us", median(work).as_secs_f64() * 1e6);
        }
    };
    let message = message(&[b'a'; 200]);
    let large = self::message(&vec![b'a'; 1 << 20]);
    let anchors = store::certificates(&read("ca.pem")).expect("ca.pem");

    time("parse a message", &mut || drop(black_box(RawMessage::parse(black_box(&message), None))));
    let pem = read("alice.pem");
    time("read a certificate, PEM", &mut || drop(black_box(store::certificates(black_box(&pem)))));
    for name in ["alice", "alice-p384", "alice-ed25519", "alice-rsa2048"] {
        let key = read(&format!("{name}.key"));
        time(&format!("read a key, {name}"), &mut || drop(black_box(store::private_key(black_box(&key), None))));
        let signer = signer(name);
        time(&format!("sign, {name}"), &mut || drop(black_box(sign(black_box(&message), &signer))));
        let signed = sign(&message, &signer);
        time(&format!("verify, {name}"), &mut || verify(black_box(&signed), &anchors));
    }
    for name in ["bob", "bob-p384", "bob-x25519", "bob-rsa2048"] {
        let certificate = certificate(name);
        time(&format!("encrypt, {name}"), &mut || drop(black_box(encrypt(black_box(&message), &certificate))));
        let encrypted = encrypt(&message, &certificate);
        let identity = identity(name);
        time(&format!("decrypt, {name}"), &mut || decrypt(black_box(&encrypted), &identity));
    }
    let bob = certificate("bob");
    time("encrypt 1 MiB, bob", &mut || drop(black_box(encrypt(black_box(&large), &bob))));
    let (encrypted, identity) = (encrypt(&large, &bob), identity("bob"));
    time("decrypt 1 MiB, bob", &mut || decrypt(black_box(&encrypted), &identity));
    let signer = signer("alice");
    time("sign 1 MiB, alice", &mut || drop(black_box(sign(black_box(&large), &signer))));
    let signed = sign(&large, &signer);
    time("verify 1 MiB, alice", &mut || verify(black_box(&signed), &anchors));
}

fn message(body: &[u8]) -> Vec<u8> {
    let head = "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TCP client.example.com;branch=z9hG4bK776sgdkse\r\n\
        Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=49583\r\nTo: <sip:bob@example.org>\r\n\
        Call-ID: asd88asd77a@192.0.2.1\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n";
    [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/testdata/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| unreachable!("{path}: {error}"))
}

fn certificate(name: &str) -> Certificate {
    store::certificates(&read(&format!("{name}.pem"))).expect("a certificate").remove(0)
}

fn private_key(name: &str) -> PrivateKey {
    store::private_key(&read(&format!("{name}.key")), None).expect("a key")
}

fn signer(name: &str) -> Signer {
    Signer::new(certificate(name), private_key(name)).expect("they belong together")
}

fn identity(name: &str) -> PrivateKeyIdentity {
    PrivateKeyIdentity::new(private_key(name), &[certificate(name)]).expect("it decrypts")
}

fn request(octets: &[u8]) -> Request<'_> {
    Request { octets, start: 0, form: None, part: None, output: Output::Same }
}

fn sign(message: &[u8], signer: &Signer) -> Vec<u8> {
    let options = SignOptions {
        layout: Layout::Opaque,
        certificates: vec![signer.certificate()],
        key_identifier: false,
        digest: None,
        attributes: AttributeSet::Full,
        pss: false,
        encoding: BodyEncoding::Binary,
        rfc6216: false,
        time: NOW,
    };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let how = SignMessageOptions::default();
    body::sign_message(&request(message), signer, &options, how, &mut rng).expect("it can be signed").octets
}

fn verify(message: &[u8], anchors: &[Certificate]) {
    let options = |claim| VerifyOptions {
        certificates: &[],
        use_message_certificates: true,
        trust: Some(Trust { anchors, time: NOW, ..Trust::default() }),
        known: None,
        claim,
        identity: IdentityOptions::default(),
        strength: Strength::Current,
        any_signer: false,
        require_date: false,
        strict: false,
        diagnose: false,
    };
    black_box(body::verify_message(&request(message), None, &IdentitySource::Default, options).expect("it is good"));
}

fn encrypt(message: &[u8], certificate: &Certificate) -> Vec<u8> {
    let transport = TransportScheme::Oaep { digest: SHA256, mask_digest: SHA256 };
    let how = RecipientOptions { transport, key_identifier: false, time: NOW };
    let recipient = encrypt::recipient(certificate, &how).expect("it may be used so");
    let cipher = cipher::by_name("aes-128-gcm").expect("a cipher");
    let options = EncryptOptions { cipher, encoding: BodyEncoding::Binary, smime_type: SmimeTypeStyle::default() };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let how = EncryptMessageOptions::default();
    let made = encrypted_body::encrypt_message(&request(message), &[&*recipient], options, how, &mut rng);
    made.expect("it can be encrypted").octets
}

fn decrypt(message: &[u8], identity: &PrivateKeyIdentity) {
    let options = OpenOptions { identities: &[identity], decrypt: DecryptOptions::default(), verify: None };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let opened = encrypted_body::open_message(&request(message), &IdentitySource::Default, options, None, &mut rng);
    black_box(opened.octets.expect("it opens"));
}

/// The time of one call: the median of batches that each last about as long.
fn median(work: &mut dyn FnMut()) -> Duration {
    work();
    let begin = Instant::now();
    work();
    let once = begin.elapsed().max(Duration::from_nanos(50));
    let calls = u32::try_from(BATCH.as_nanos() / once.as_nanos()).unwrap_or(1).clamp(1, 100_000);
    let mut times: Vec<Duration> = (0..BATCHES)
        .map(|_| {
            let begin = Instant::now();
            (0..calls).for_each(|_| work());
            begin.elapsed() / calls
        })
        .collect();
    times.sort();
    times[BATCHES / 2]
}
