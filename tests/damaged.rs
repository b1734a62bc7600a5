//! Every vector of decrypt, cut short and with single bits changed (threats R1): an answer, never a panic; and what a
//! tag covers never opens when it was changed (B7, B8, DEC-06).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sip_smime::alg::policy::Strength;
use sip_smime::cms::recipient::Identity;
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::pki::Certificate;
use sip_smime::pki::chain::{Purpose, Trust};
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::smime::body::{Output, Request};
use sip_smime::smime::claim::{Claim, IdentitySource};
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypted_body::{Opened, open_message};
use sip_smime::smime::open::OpenOptions;
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::store;
use zeroize::Zeroizing;

mod support;

use support::{ROOT, Vector, assert_none, each, vectors_of};

/// 2026-01-01, as the vectors have it.
const NOW: i64 = 1_767_225_600;
const LARGEST: usize = 4 << 10;
/// No answer may take longer, in a build without the optimiser on a busy machine: 2,000,000 rounds of PBKDF2 fit.
const SLOW: Duration = Duration::from_secs(10);

/// What the arguments of a vector mean.
struct Arguments {
    identities: Vec<Box<dyn Identity>>,
    part: Option<String>,
    decrypt: DecryptOptions,
    anchors: Vec<Certificate>,
    verifies: bool,
    trusts: bool,
    is_strict: bool,
}

fn file(path: &str) -> Vec<u8> {
    fs::read(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Arguments {
    fn read(vector: &Vector) -> Arguments {
        let words = vector.arguments();
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for pair in words.windows(2) {
            values.entry(&pair[0]).or_default().push(&pair[1]);
        }
        let all = |option: &str| values.get(option).cloned().unwrap_or_default();
        let has = |option: &str| words.iter().any(|word| word == option);
        let certificates: Vec<Certificate> =
            all("-recip").into_iter().flat_map(|path| store::certificates(&file(path)).unwrap()).collect();
        let mut identities: Vec<Box<dyn Identity>> = Vec::new();
        for path in all("-inkey") {
            let key = store::private_key(&file(path), None).unwrap();
            identities.push(Box::new(PrivateKeyIdentity::new(key, &certificates).unwrap()));
        }
        for kek in all("--kek") {
            let (name, path) = kek.split_once(':').unwrap();
            let name = name.strip_prefix("0x").map_or(name.as_bytes().to_vec(), |digits| hex::decode(digits).unwrap());
            let key = match path.strip_prefix("hex:") {
                Some(path) => hex::decode(file(path).trim_ascii()).unwrap(),
                None => file(path),
            };
            identities.push(Box::new(KeyEncryptionKey::new(name, Zeroizing::new(key)).unwrap()));
        }
        for source in all("--password") {
            let password = file(source.strip_prefix("file:").unwrap()).trim_ascii_end().to_vec();
            identities.push(Box::new(SharedPassword::new(Zeroizing::new(password))));
        }
        Arguments {
            identities,
            part: all("--part").first().map(|part| (*part).to_owned()),
            decrypt: DecryptOptions {
                allow_legacy: has("--allow-legacy"),
                require_authentication: has("--require-aead"),
                ..DecryptOptions::default()
            },
            anchors: all("-CAfile").into_iter().flat_map(|path| store::certificates(&file(path)).unwrap()).collect(),
            verifies: has("--verify"),
            trusts: !has("-noverify"),
            is_strict: has("--strict"),
        }
    }

    fn open<'o>(&'o self, octets: &[u8]) -> Opened {
        let identities: Vec<&dyn Identity> = self.identities.iter().map(Box::as_ref).collect();
        let options = OpenOptions { identities: &identities, decrypt: self.decrypt, verify: None };
        let trust = || Trust { anchors: &self.anchors, time: NOW, purpose: Purpose::Smime, ..Trust::default() };
        let verify = |claim: Claim| -> VerifyOptions<'o> {
            VerifyOptions {
                certificates: &[],
                use_message_certificates: true,
                trust: self.trusts.then(trust),
                known: None,
                claim,
                identity: IdentityOptions { strict: self.is_strict, ..IdentityOptions::default() },
                strength: if self.decrypt.allow_legacy { Strength::Legacy } else { Strength::Current },
                any_signer: false,
                require_date: false,
                strict: self.is_strict,
                diagnose: false,
            }
        };
        let verify: Option<&dyn Fn(Claim) -> VerifyOptions<'o>> = if self.verifies { Some(&verify) } else { None };
        let part = self.part.as_deref();
        let request = Request { octets, start: 0, form: None, part, output: Output::Same };
        let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
        open_message(&request, &IdentitySource::Default, options, verify, rng)
    }
}

fn small_vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> =
        vectors_of("decrypt").into_iter().filter(|vector| vector.octets.len() <= LARGEST).collect();
    assert!(vectors.len() > 400, "{} vectors", vectors.len());
    vectors
}

/// The answer, and that it came in time.
fn answer(arguments: &Arguments, vector: &Vector, octets: &[u8], what: &str, wrong: &mut Vec<String>) -> Opened {
    let before = Instant::now();
    let opened = arguments.open(octets);
    if before.elapsed() > SLOW {
        wrong.push(format!("{}: {what}: {:?}", vector.name, before.elapsed()));
    }
    opened
}

// What is done here in one process is what the program does: the vectors get their answers.
#[test]
fn the_answers_are_those_of_the_vectors() {
    assert_none(&each(&small_vectors(), |_, vector| {
        let answer = Arguments::read(vector).open(&vector.octets).octets;
        let code = answer.as_ref().map_or_else(|error| error.code(), |_| "ok");
        let is_right = code == vector.expect();
        if is_right { vec![] } else { vec![format!("{}: {code} in place of {}", vector.name, vector.expect())] }
    }));
}

#[test]
fn r1_vectors_cut_short() {
    assert_none(&each(&small_vectors(), |_, vector| {
        let arguments = Arguments::read(vector);
        let mut wrong = Vec::new();
        for end in (0..vector.octets.len()).step_by(7) {
            let opened = answer(&arguments, vector, &vector.octets[..end], &format!("{end} octets"), &mut wrong);
            if let Ok(octets) = opened.octets
                && vector.get("flips").is_some()
            {
                wrong.push(format!("{}: {end} octets open: {}", vector.name, octets.escape_ascii()));
            }
        }
        wrong
    }));
}

#[test]
fn r1_vectors_with_one_bit_changed() {
    // A million rounds, twice, take their time in whatever else is changed.
    let vectors: Vec<Vector> =
        small_vectors().into_iter().filter(|vector| vector.name != "decrypt_password_two_rounds").collect();
    assert_none(&each(&vectors, |index, vector| {
        let arguments = Arguments::read(vector);
        let covered = vector.flips();
        let mut wrong = Vec::new();
        // What must not open is tried densely.
        let step = if covered.is_empty() { 41 } else { 11 };
        for at in (index % step..vector.octets.len()).step_by(step) {
            let mut octets = vector.octets.clone();
            octets[at] ^= 1 << ((at / step + index) % 8);
            let opened = answer(&arguments, vector, &octets, &format!("octet {at}"), &mut wrong);
            if opened.octets.is_ok() && covered.iter().any(|(start, end)| (*start..*end).contains(&at)) {
                wrong.push(format!("{}: octet {at} was changed, and it opens", vector.name));
            }
        }
        wrong
    }));
}
