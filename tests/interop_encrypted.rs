//! Other programs decide: what they encrypted we decrypt, and what we encrypt they decrypt.
//!
//! The fixtures of `testdata/interop/encrypted.tsv` are always tested. The live tests run for each peer that
//! is installed; with `SIP_SMIME_REQUIRE_PEERS=1` a missing peer is a failure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/peers.rs"]
mod peers;

use peers::{ask, ours, peer, read, root};
use std::path::Path;

const CONTENT: &str = "testdata/interop/content.mime";
const BINARY: &str = "testdata/interop/content-binary.mime";
/// The identifier of the pre-shared keys, and the same as the peers take it.
const KEK: &str = "kek1";
const KEK_HEX: &str = "6b656b31";

/// One row of `testdata/interop/encrypted.tsv`.
struct Fixture {
    file: String,
    content: String,
    recipients: Vec<String>,
    words: String,
    encoding: String,
    expect: String,
}

fn fixtures() -> Vec<Fixture> {
    let manifest = String::from_utf8(read("testdata/interop/encrypted.tsv")).unwrap();
    let rows = manifest.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| Fixture {
        file: format!("testdata/interop/{}", row[0]),
        content: format!("testdata/interop/{}", row[2]),
        recipients: row[3].split(',').map(short).collect(),
        words: row[4].clone(),
        encoding: row[5].clone(),
        expect: row[7].clone(),
    })
    .collect()
}

/// `bob` for `keys/bob.pem`; `kek-128` and `password` stay.
fn short(recipient: &str) -> String {
    recipient.trim_start_matches("keys/").trim_end_matches(".pem").to_owned()
}

/// The options with which we decrypt as one of the recipients.
fn as_recipient(recipient: &str) -> Vec<String> {
    match recipient {
        "password" => vec!["--password".to_owned(), "env:PEER_PASSWORD".to_owned()],
        kek if kek.starts_with("kek-") => vec!["--kek".to_owned(), format!("{KEK}:hex:testdata/keys/{kek}.hex")],
        key => ["-recip", &format!("testdata/keys/{key}.pem"), "-inkey", &format!("testdata/keys/{key}.key")]
            .map(str::to_owned)
            .to_vec(),
    }
}

/// The options with which we encrypt for a recipient.
fn for_recipient(recipient: &str) -> Vec<String> {
    let mut options = as_recipient(recipient);
    if options[0] == "-recip" {
        options.truncate(2);
    }
    options
}

/// The recipient as the peers' verb `encrypt` takes it.
fn peers_recipient(recipient: &str) -> String {
    match recipient {
        "password" => "password:password".to_owned(),
        kek if kek.starts_with("kek-") => {
            let key = String::from_utf8(read(&format!("testdata/keys/{kek}.hex"))).unwrap();
            format!("kek:{KEK_HEX}:{}", key.trim())
        }
        key => format!("cert:testdata/keys/{key}.pem"),
    }
}

/// The same as the peers' verb `decrypt` takes it.
fn peers_identity(recipient: &str) -> String {
    match peers_recipient(recipient) {
        other if !other.starts_with("cert:") => other,
        _ => format!("key:testdata/keys/{recipient}.key:testdata/keys/{recipient}.pem"),
    }
}

/// A recipient whose key is checked in.
fn is_there(recipient: &str) -> bool {
    recipient == "password" || recipient.starts_with("kek-") || {
        root().join(format!("testdata/keys/{recipient}.key")).exists()
    }
}

fn decrypt(recipient: &str, more: &[&str], file: &str) -> (i32, Vec<u8>, String) {
    let options = as_recipient(recipient);
    let mut arguments = vec!["decrypt"];
    arguments.extend(options.iter().map(String::as_str));
    arguments.extend(more);
    arguments.push(file);
    ours(&arguments)
}

#[test]
fn what_peers_encrypted_is_decrypted_by_each_recipient() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 100, "the manifest is cut short");
    for fixture in fixtures.iter().filter(|fixture| fixture.expect != "compressed") {
        let content = read(&fixture.content);
        for recipient in &fixture.recipients {
            let more: &[&str] = match fixture.expect.as_str() {
                "legacy" => {
                    let (exit, product, said) = decrypt(recipient, &[], &fixture.file);
                    assert_eq!((exit, product.len()), (1, 0), "{} {recipient}: {said}", fixture.file);
                    &["--allow-legacy"]
                }
                _ => &[],
            };
            let (exit, product, said) = decrypt(recipient, more, &fixture.file);
            assert_eq!(exit, 0, "{} {recipient}: {said}", fixture.file);
            assert_eq!(product, content, "{} {recipient}", fixture.file);
        }
    }
}

// What is only encrypted is refused on demand, what is authenticated is not.
#[test]
fn aead_is_told_from_cbc() {
    for fixture in fixtures() {
        let (exit, product, said) = match fixture.expect.as_str() {
            "good" | "cbc" => decrypt(&fixture.recipients[0], &["--require-aead"], &fixture.file),
            _ => continue,
        };
        assert_eq!(exit == 0, fixture.expect == "good", "{}: {exit}: {said}", fixture.file);
        assert_eq!(product.is_empty(), exit != 0, "{}", fixture.file);
    }
}

#[test]
fn a_changed_tag_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("changed.der");
    let mut tried = 0;
    for fixture in fixtures() {
        // The tag is last where no unprotected attributes follow.
        if fixture.expect != "good" || fixture.encoding != "DER" || fixture.words.contains("unprotected") {
            continue;
        }
        let mut octets = read(&fixture.file);
        *octets.last_mut().unwrap() ^= 1;
        std::fs::write(&changed, octets).unwrap();
        let (exit, product, said) = decrypt(&fixture.recipients[0], &[], changed.to_str().unwrap());
        assert_eq!((exit, product.len()), (1, 0), "{}: {said}", fixture.file);
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}

// Bob has nothing to open what is for Alice only, and the wrong shared secrets open nothing.
#[test]
fn somebody_else_gets_nothing() {
    for (file, recipient) in [
        ("openssl/p256-aes-128-gcm.der", "alice"),
        ("openssl/rsa2048-aes-128-gcm.der", "alice-rsa2048"),
        ("openssl/rsa2048-aes-128-gcm-keyid.der", "alice-rsa2048"),
        ("openssl/kek-aes-128-gcm.der", "bob"),
        ("openssl/password-aes-128-cbc.der", "bob"),
        ("bouncycastle/p256-aes-128-gcm-keyid.der", "alice"),
        ("python/mixed-chacha20-poly1305.der", "alice-p384"),
    ] {
        let (exit, product, said) = decrypt(recipient, &[], &format!("testdata/interop/encrypted/{file}"));
        assert_eq!((exit, product.len()), (4, 0), "{file}: {said}");
    }
}

#[test]
fn what_is_compressed_inside_is_looked_through() {
    for fixture in fixtures().iter().filter(|fixture| fixture.expect == "compressed" && fixture.words != "compress") {
        let (exit, product, said) = decrypt(&fixture.recipients[0], &[], &fixture.file);
        assert_eq!(exit, 0, "{}: {said}", fixture.file);
        assert_eq!(product, read(CONTENT), "{}", fixture.file);
    }
}

/// Runs a verb of a peer for each list of words: exit code and what it said. Bouncy Castle starts slowly and takes all
/// at once.
fn ask_all(script: &Path, verb: &str, calls: &[Vec<String>], folder: &Path) -> Vec<(i32, String)> {
    // These two start slowly, and take many calls at once.
    if !["bouncycastle.sh", "python.sh"].iter().any(|slow| script.ends_with(slow)) {
        let words = |call: &Vec<String>| {
            let mut words = vec![verb];
            words.extend(call.iter().map(String::as_str));
            ask(script, &words)
        };
        return calls.iter().map(words).collect();
    }
    let list = folder.join("calls");
    std::fs::write(&list, calls.iter().map(|call| call.join("\t") + "\n").collect::<String>()).unwrap();
    let (exit, said) = ask(script, &[&format!("{verb}-batch"), list.to_str().unwrap()]);
    assert_eq!(exit, 0, "{said}");
    let answers: Vec<_> = said
        .lines()
        .map(|line| match line {
            "ok" => (0, String::new()),
            no if no.starts_with("bad: cannot: ") => (3, no.to_owned()),
            no => (1, no.to_owned()),
        })
        .collect();
    assert_eq!(answers.len(), calls.len(), "{said}");
    answers
}

/// The pre-shared key as long as the key of a cipher.
fn kek(cipher: &str) -> &'static str {
    match cipher {
        _ if cipher.contains("128") => "kek-128",
        _ if cipher.contains("192") || cipher.contains("des") => "kek-192",
        _ => "kek-256",
    }
}

/// What a peer encrypts: the recipients, the ciphers and the words to add to each of them.
type Encrypts = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const AES: &[&str] = &["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"];
const CBC: &[&str] = &["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"];
const LEGACY: &[&str] = &["des-ede3-cbc"];
const TWO: &[&str] = &["aes-128-cbc", "aes-256-gcm"];
const CHACHA: &[&str] = &["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"];
const KDFS: &[&str] = &["kdf-sha1", "kdf-sha224", "kdf-sha256", "kdf-sha384", "kdf-sha512"];

fn encrypts(peer: &str) -> &'static [Encrypts] {
    match peer {
        "openssl" => &[
            (&["bob"], AES, &["kdf-sha256"]),
            (&["bob-rsa2048"], AES, &["", "oaep"]),
            (&["kek"], AES, &["", "stream"]),
            (&["password"], CBC, &["", "stream"]),
            (&["bob"], TWO, KDFS),
            (&["alice-p384"], AES, &["kdf-sha256"]),
            (&["bob"], LEGACY, &["kdf-sha256"]),
            (&["alice-p384"], LEGACY, &["kdf-sha384"]),
            (&["bob-rsa2048"], LEGACY, &["", "oaep"]),
            (&["alice-p384"], TWO, &["kdf-sha256+keyid", "kdf-sha384+stream", "kdf-sha256+cofactor"]),
            (&["bob-rsa2048"], TWO, &["keyid", "stream", "oaep-sha1", "oaep+keyid+stream"]),
            (&["bob-rsa2048", "bob", "alice-p384", "kek"], TWO, &["kdf-sha256", "kdf-sha256+oaep+stream"]),
        ],
        "bouncycastle" => &[
            (&["bob"], AES, &["", "ukm"]),
            (&["bob-rsa2048"], AES, &["", "oaep"]),
            (&["kek"], AES, &["", "stream"]),
            (&["password"], AES, &["", "stream"]),
            (&["bob", "alice-p384"], TWO, KDFS),
            (&["alice-p384"], AES, &[""]),
            (&["bob", "alice-p384"], LEGACY, &[""]),
            (&["bob-rsa2048", "password"], LEGACY, &[""]),
            (&["alice-p384"], TWO, &["keyid", "ukm+stream", "cofactor", "unprotected", "unprotected+stream"]),
            (&["bob-rsa2048"], TWO, &["keyid", "stream", "oaep-sha1", "unprotected"]),
            (&["bob", "bob-rsa2048", "kek", "password"], TWO, &["ukm", "stream+oaep"]),
            (&["bob", "bob-rsa2048", "kek", "password"], &["aes-128-gcm"], &["attributes", "attributes+stream"]),
        ],
        "gpgsm" => &[(&["bob-rsa2048"], CBC, &[""]), (&["alice-rsa2048", "bob-rsa2048"], &["aes-128-cbc"], &[""])],
        "cmsutil" => {
            &[(&["bob-rsa2048"], &["aes-128-cbc"], &[""]), (&["alice-rsa2048", "bob-rsa2048"], &["aes-128-cbc"], &[""])]
        }
        "pyca" => &[(&["alice-rsa2048", "bob-rsa2048"], &["aes-128-cbc", "aes-256-cbc"], &[""])],
        "python" => &[
            (&["bob-x25519"], CHACHA, &["", "ukm", "keyid", "attributes", "ukm+attributes", "kdf-sha256"]),
            (&["bob-x25519"], &["aes-128-cbc", "aes-256-cbc"], &["", "ukm"]),
            (&["bob", "alice-p384"], CHACHA, &["", "ukm", "keyid", "attributes", "kdf-sha512"]),
            (&["bob-rsa2048", "kek", "password"], CHACHA, &["", "oaep", "attributes"]),
            (&["bob-x25519", "bob", "bob-rsa2048", "kek", "password"], CHACHA, &["ukm+oaep"]),
            (&["bob"], &["aes-128-gcm", "aes-256-gcm"], &["icv-12", "icv-13", "icv-14", "icv-15"]),
        ],
        _ => &[],
    }
}

fn what_is_encrypted_by(name: &str) {
    let Some(script) = peer(name) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut calls = Vec::new();
    let mut readers = Vec::new();
    for (recipients, ciphers, options) in encrypts(name) {
        for cipher in *ciphers {
            let own = |recipient: &&str| if *recipient == "kek" { kek(cipher) } else { recipient }.to_owned();
            let recipients: Vec<String> = recipients.iter().map(own).filter(|one| is_there(one)).collect();
            if recipients.is_empty() {
                continue;
            }
            for words in *options {
                let words = format!("{cipher}+{words}");
                let object = folder.path().join(format!("{}.der", calls.len())).to_str().unwrap().to_owned();
                let mut call = vec![CONTENT.to_owned(), object, words.trim_end_matches('+').to_owned()];
                call.extend(recipients.iter().map(|recipient| peers_recipient(recipient)));
                calls.push(call);
                readers.push(recipients.clone());
            }
        }
    }
    let answers = ask_all(&script, "encrypt", &calls, folder.path());
    let content = read(CONTENT);
    let (mut opened, mut cannot) = (0, Vec::new());
    for ((call, recipients), (exit, said)) in calls.iter().zip(readers).zip(answers) {
        if exit == 3 {
            cannot.push(call[2].clone());
            continue;
        }
        assert_eq!(exit, 0, "{name} {call:?}: {said}");
        for recipient in recipients {
            let more: &[&str] = if call[2].starts_with("des") { &["--allow-legacy"] } else { &[] };
            let (exit, product, said) = decrypt(&recipient, more, &call[1]);
            assert_eq!(exit, 0, "{name} {} {recipient}: {said}", call[2]);
            assert_eq!(product, content, "{name} {} {recipient}", call[2]);
            opened += 1;
        }
    }
    assert!(opened > 0 && cannot.is_empty(), "{name} opened {opened}, it cannot do {cannot:?}");
}

#[test]
fn what_openssl_encrypts_we_decrypt() {
    what_is_encrypted_by("openssl");
}

#[test]
fn what_bouncy_castle_encrypts_we_decrypt() {
    what_is_encrypted_by("bouncycastle");
}

#[test]
fn what_gpgsm_encrypts_we_decrypt() {
    what_is_encrypted_by("gpgsm");
}

#[test]
fn what_nss_encrypts_we_decrypt() {
    what_is_encrypted_by("cmsutil");
}

#[test]
fn what_pyca_encrypts_we_decrypt() {
    what_is_encrypted_by("pyca");
}

#[test]
fn what_the_second_computation_encrypts_we_decrypt() {
    what_is_encrypted_by("python");
}

/// The ciphers that we write.
const OURS: [&str; 7] =
    ["aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-128-cbc", "aes-192-cbc", "aes-256-cbc"];

/// For whom we encrypt: the recipients, and the options that go with them.
const FOR: [(&[&str], &[&str]); 12] = [
    (&["bob"], &[]),
    (&["alice-p384"], &[]),
    (&["bob"], &["-keyid"]),
    (&["bob-rsa2048"], &["--rsa", "oaep"]),
    (&["bob-rsa2048"], &["--rsa", "pkcs1"]),
    (&["bob-rsa2048"], &["--rsa", "pkcs1", "-keyid"]),
    (&["bob-x25519"], &[]),
    (&["bob-x25519"], &["-keyid"]),
    (&["kek"], &[]),
    (&["password"], &[]),
    (&["alice-rsa2048", "bob-rsa2048"], &["--rsa", "pkcs1"]),
    (&["bob-rsa2048", "bob", "alice-p384", "kek", "password"], &["--rsa", "oaep"]),
];

/// Whether a peer can open what we encrypt for a recipient: what it cannot is said in its README.
fn opens(peer: &str, recipient: &str, cipher: &str, options: &[&str]) -> bool {
    let rsa = recipient.contains("rsa") && options.contains(&"pkcs1");
    match peer {
        "openssl" => recipient != "bob-x25519" && cipher != "chacha20-poly1305",
        "bouncycastle" => recipient != "bob-x25519",
        "gpgsm" => rsa && cipher.ends_with("cbc") && !options.contains(&"-keyid"),
        "cmsutil" => rsa && cipher.ends_with("cbc"),
        "pyca" => rsa && ["aes-128-cbc", "aes-256-cbc"].contains(&cipher) && !options.contains(&"-keyid"),
        _ => true,
    }
}

fn what_we_encrypt_is_decrypted_by(name: &str) {
    let Some(script) = peer(name) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut calls = Vec::new();
    let mut made = Vec::new();
    for (number, cipher) in OURS.iter().enumerate() {
        for (recipients, options) in FOR {
            let own = |recipient: &&str| if *recipient == "kek" { kek(cipher) } else { recipient }.to_owned();
            let recipients: Vec<String> = recipients.iter().map(own).collect();
            let opens = |recipient: &&String| opens(name, recipient, cipher, options);
            let readers: Vec<_> = recipients.iter().filter(opens).collect();
            if readers.is_empty() || !recipients.iter().all(|recipient| is_there(recipient)) {
                continue;
            }
            let content = if number % 2 == 0 { CONTENT } else { BINARY };
            let object = folder.path().join(format!("{}.der", made.len()));
            let object = object.to_str().unwrap();
            let for_them: Vec<String> = recipients.iter().flat_map(|recipient| for_recipient(recipient)).collect();
            let mut arguments = vec!["encrypt", "--cipher", cipher, "-outform", "der", "-out", object];
            arguments.extend(for_them.iter().map(String::as_str));
            arguments.extend(options);
            arguments.push(content);
            let (exit, _, said) = ours(&arguments);
            assert_eq!(exit, 0, "{arguments:?}: {said}");
            for reader in readers {
                let out = folder.path().join(format!("{}.out", calls.len())).to_str().unwrap().to_owned();
                calls.push(vec![object.to_owned(), out, peers_identity(reader)]);
                made.push((format!("{cipher} {recipients:?} {options:?} as {reader}"), content));
            }
        }
    }
    let answers = ask_all(&script, "decrypt", &calls, folder.path());
    assert!(!answers.is_empty(), "{name} was asked nothing");
    for ((call, (what, content)), (exit, said)) in calls.iter().zip(made).zip(answers) {
        assert_eq!(exit, 0, "{name}: {what}: {said}");
        assert_eq!(std::fs::read(&call[1]).unwrap(), read(content), "{name}: {what}");
    }
}

#[test]
fn what_we_encrypt_openssl_decrypts() {
    what_we_encrypt_is_decrypted_by("openssl");
}

#[test]
fn what_we_encrypt_bouncy_castle_decrypts() {
    what_we_encrypt_is_decrypted_by("bouncycastle");
}

#[test]
fn what_we_encrypt_gpgsm_decrypts() {
    what_we_encrypt_is_decrypted_by("gpgsm");
}

#[test]
fn what_we_encrypt_nss_decrypts() {
    what_we_encrypt_is_decrypted_by("cmsutil");
}

#[test]
fn what_we_encrypt_pyca_decrypts() {
    what_we_encrypt_is_decrypted_by("pyca");
}

#[test]
fn what_we_encrypt_the_second_computation_decrypts() {
    what_we_encrypt_is_decrypted_by("python");
}
