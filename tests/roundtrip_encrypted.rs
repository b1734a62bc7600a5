//! `encrypt | decrypt` gives back what was encrypted, octet for octet, alone and with signatures around and inside
//! (NST-08, DEC-12, ENC-28).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/messages.rs"]
mod messages;
mod support;

use std::process::Command;

use messages::{message, messages};
use support::{ROOT, assert_none, each, run};

fn words(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(|word| word.replace('@', "testdata/keys/")).collect()
}

fn done(arguments: &str, input: &[u8]) -> Vec<u8> {
    let ran = run(&words(arguments), input);
    assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
    ran.stdout
}

fn refused(arguments: &str, input: &[u8], status: i32, code: &str) {
    let ran = run(&words(arguments), input);
    assert_eq!((ran.status, ran.stdout.len()), (status, 0), "{arguments}: {}", ran.said());
    assert!(ran.said().contains(&format!("[{code}]")), "{arguments}: {}", ran.said());
}

/// Ways to encrypt, and the keys that open them.
const RECIPIENTS: [(&str, &str); 8] = [
    ("-recip @bob.pem", "-recip @bob.pem -inkey @bob.key"),
    ("-recip @bob-p384.pem", "-recip @bob-p384.pem -inkey @bob-p384.key"),
    ("-recip @bob-x25519.pem", "-recip @bob-x25519.pem -inkey @bob-x25519.key"),
    ("-recip @bob-rsa2048.pem", "-recip @bob-rsa2048.pem -inkey @bob-rsa2048.key"),
    ("-recip @bob-rsa2048.pem --rsa pkcs1", "-recip @bob-rsa2048.pem -inkey @bob-rsa2048.key"),
    ("--kek one:@kek/128.bin", "--kek one:hex:@kek/128.hex"),
    ("--kek 0x00ff:@kek/192.bin", "--kek 0x00FF:@kek/192.bin"),
    ("--kek one:@kek/256.bin", "--kek other:@kek/other.bin --kek one:@kek/256.bin"),
];
const CIPHERS: [&str; 6] =
    ["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-128-cbc", "aes-192-cbc", "aes-256-cbc"];
const SIGNER: &str = "-signer @alice.pem -inkey @alice.key";
const VERIFY: &str = "-CAfile @ca.pem --at-time 2026-01-01";

/// What `sh` makes of a pipeline.
fn shell(pipeline: &str, input: &[u8]) -> (Option<i32>, Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in"), input).unwrap();
    let program = env!("CARGO_BIN_EXE_sip-smime");
    let keys = format!("{ROOT}/testdata/keys/");
    let script = pipeline.replace("sip-smime", program).replace('@', &keys);
    let output = Command::new("bash").args(["-o", "pipefail", "-c", &script]).current_dir(&folder).output().unwrap();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

// NST-08: four commands through three pipes.
#[test]
fn nst_08_sign_encrypt_decrypt_verify() {
    let rows: Vec<_> = messages().into_iter().enumerate().collect();
    assert_none(&each(&rows, |_, (number, (name, message))| {
        // Every message and every recipient; the ciphers and the rest take turns.
        let ways = RECIPIENTS.iter().enumerate().skip(number % 2).step_by(2);
        let ways = ways.map(|(way, (recipient, key))| {
            let cipher = CIPHERS[(way + number) % CIPHERS.len()];
            let more = ["", "--cte base64", "--smime-type-style 8551"][(way / 2 + number) % 3];
            let layout = ["", "--layout detached"][(way / 2 + number / 2) % 2];
            format!(
                "sip-smime sign -q {SIGNER} {layout} <in | sip-smime encrypt -q {recipient} --cipher {cipher} {more} | \
                 sip-smime decrypt -q {key} | sip-smime verify -q {VERIFY}"
            )
        });
        ways.filter_map(|pipeline| {
            let (status, found, said) = shell(&pipeline, message);
            (status != Some(0) || found != *message)
                .then(|| format!("{name}: {pipeline}: {status:?} {said} {}", found.escape_ascii()))
        })
        .collect()
    }));
}

// NST-01: the same in two commands.
#[test]
fn nst_01_signed_and_encrypted_by_one_command() {
    assert_none(&each(&messages(), |number, (name, message)| {
        let (recipient, key) = RECIPIENTS[number % RECIPIENTS.len()];
        let cipher = CIPHERS[number % CIPHERS.len()];
        let encrypted = done(&format!("encrypt -q {recipient} {SIGNER} --cipher {cipher}"), message);
        let mut wrong = Vec::new();
        if done(&format!("decrypt -q {key} --verify {VERIFY}"), &encrypted) != *message {
            wrong.push(format!("{name}: --verify gives another message"));
        }
        let signed = done(&format!("decrypt -q {key}"), &encrypted);
        if done(&format!("verify -q {VERIFY}"), &signed) != *message {
            wrong.push(format!("{name}: decrypt, then verify gives another message"));
        }
        wrong
    }));
}

#[test]
fn dec_12_encrypt_and_decrypt_alone() {
    assert_none(&each(&messages(), |number, (name, message)| {
        let ways = RECIPIENTS.iter().enumerate().filter(|(way, _)| (way + number) % 2 == 0);
        ways.filter_map(|(way, (recipient, key))| {
            let cipher = CIPHERS[(way / 2 + number) % CIPHERS.len()];
            let encrypted = done(&format!("encrypt -q {recipient} --cipher {cipher}"), message);
            let found = done(&format!("decrypt -q {key}"), &encrypted);
            (found != *message).then(|| format!("{name}, {recipient}, {cipher}: {}", found.escape_ascii()))
        })
        .collect()
    }));
}

// Encrypted, then signed (NST-03, NST-04); signed, encrypted and signed again (NST-07).
#[test]
fn nst_03_and_07_any_order_of_layers() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let keys = "-recip @bob.pem -inkey @bob.key";
    let encrypt = "encrypt -q -recip @bob.pem";
    for layout in ["opaque", "detached"] {
        let sign = format!("sign -q {SIGNER} --layout {layout}");
        let outside = done(&sign, &done(encrypt, &message));
        assert_eq!(done(&format!("decrypt -q {keys} --verify {VERIFY}"), &outside), message, "{layout}");
        assert_eq!(done(&format!("decrypt -q {keys}"), &done(&format!("verify -q {VERIFY}"), &outside)), message);
        refused(&format!("decrypt -q {keys}"), &outside, 1, "decrypt.not-encrypted");
        let triple = done(&sign, &done(encrypt, &done(&sign, &message)));
        assert_eq!(done(&format!("decrypt -q {keys} --verify {VERIFY}"), &triple), message, "{layout}");
        // One layer at a time.
        let peeled = done(&format!("verify -q {VERIFY}"), &triple);
        let peeled = done(&format!("decrypt -q {keys}"), &peeled);
        assert_eq!(done(&format!("verify -q {VERIFY}"), &peeled), message, "{layout}");
    }
    // Twice encrypted, for two.
    let twice = done("encrypt -q -recip @bob-rsa2048.pem", &done(encrypt, &message));
    let once = done("decrypt -q -recip @bob-rsa2048.pem -inkey @bob-rsa2048.key", &twice);
    assert_eq!(done(&format!("decrypt -q {keys}"), &once), message);
}

// A password is slow by design: 600,000 rounds each.
#[test]
fn enc_15_a_password() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let encrypt = "encrypt -q --password file:testdata/keys/kek/password --recip @bob.pem";
    let encrypted = done(encrypt, &message);
    assert_eq!(done("decrypt -q --password file:testdata/keys/kek/password", &encrypted), message);
    assert_eq!(done("decrypt -q -inkey @bob.key", &encrypted), message);
    refused("decrypt -q --password file:testdata/keys/kek/other-password", &encrypted, 1, "decrypt.failed");
}

// ENC-28: kinds of recipients in one message, and each opens it.
#[test]
fn enc_28_several_recipients() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let some = RECIPIENTS.iter().enumerate().filter(|(way, _)| ![4, 7].contains(way)).map(|(_, row)| row);
    let (to, keys): (Vec<&str>, Vec<&str>) = some.copied().unzip();
    for options in ["", "-keyid", "--cipher aes-256-cbc -keyid"] {
        let encrypted = done(&format!("encrypt -q {} {options}", to.join(" ")), &message);
        for key in &keys {
            assert_eq!(done(&format!("decrypt -q {key}"), &encrypted), message, "{options}: {key}");
        }
        refused("decrypt -q -recip @carol.pem -inkey @carol.key", &encrypted, 4, "decrypt.no-recipient");
    }
    // Each for itself: a key that is its own only one of its kind needs no certificate; -keyid always finds it.
    let by_identifier = done(&format!("encrypt -q {} -keyid", to.join(" ")), &message);
    for key in ["bob", "bob-p384", "bob-x25519", "bob-rsa2048"] {
        assert_eq!(done(&format!("decrypt -q -inkey @{key}.key"), &by_identifier), message, "{key}");
    }
}

#[test]
fn enc_20_encrypt_to_self() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let encrypted = done("encrypt -q -recip @bob.pem --encrypt-to-self @alice.pem", &message);
    for who in ["alice", "bob"] {
        let found = done(&format!("decrypt -q -recip @{who}.pem -inkey @{who}.key"), &encrypted);
        assert_eq!(found, message, "{who}");
    }
    refused("decrypt -q -recip @carol.pem -inkey @carol.key", &encrypted, 4, "decrypt.no-recipient");
}

// ENC-25, and what `--verify` makes of RFC 6216's order: encrypted, then signed with SHA-1.
#[test]
fn enc_25_profile_rfc6216() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let encrypted = done("encrypt -q --profile rfc6216 -recip @bob-rsa2048.pem", &message);
    let key = "-recip @bob-rsa2048.pem -inkey @bob-rsa2048.key";
    assert_eq!(done(&format!("decrypt -q {key}"), &encrypted), message);
    let rsa = "-signer @alice-rsa2048.pem -inkey @alice-rsa2048.key";
    let signed = done(&format!("sign -q --profile rfc6216 {rsa}"), &encrypted);
    let verify = format!("decrypt -q {key} --verify {VERIFY} -certfile @alice-rsa2048.pem");
    assert_eq!(done(&format!("{verify} --allow-legacy"), &signed), message);
    assert_eq!(run(&words(&verify), &signed).status, 1);
}

// Part 2 of a mixed body is encrypted, and opened alone.
#[test]
fn one_part_is_encrypted_and_decrypted_alone() {
    let body = b"--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b\r\nContent-Type: text/html\r\n\r\nB\r\n--b--\r\n";
    let message = message("Content-Type: multipart/mixed; boundary=b\r\n", body);
    let key = "-recip @bob.pem -inkey @bob.key";
    for options in ["", "--cte base64", SIGNER, "--cipher aes-128-cbc"] {
        let encrypted = done(&format!("encrypt -q -recip @bob.pem --part 2 {options}"), &message);
        let text = String::from_utf8_lossy(&encrypted).into_owned();
        assert!(text.contains("\r\n--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b\r\n"), "{text}");
        assert!(!text.contains("text/html") || options == SIGNER, "{text}");
        refused(&format!("decrypt -q {key}"), &encrypted, 1, "decrypt.partly-encrypted");
        let verify = if options == SIGNER { format!("--verify {VERIFY}") } else { String::new() };
        let part = done(&format!("decrypt -q {key} --part 2 {verify}"), &encrypted);
        assert!(part.starts_with(b"MESSAGE") && part.ends_with(b"\r\n\r\nB"), "{}", part.escape_ascii());
        refused(&format!("decrypt -q {key} --part 1"), &encrypted, 1, "decrypt.not-encrypted");
        for unknown in ["3", "0", "1.1", "2.1", "x"] {
            let ran = run(&words(&format!("decrypt {key} --part {unknown}")), &encrypted);
            assert_eq!(ran.status, 2, "{unknown}");
        }
    }
}

#[test]
fn forms_are_converted() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let entity = b"Content-Type: text/plain\r\n\r\nHello!";
    for (recipient, key) in [RECIPIENTS[0], RECIPIENTS[3]] {
        for cipher in ["aes-128-gcm", "aes-128-cbc"] {
            let encrypt = format!("encrypt -q {recipient} --cipher {cipher}");
            for input in [&message[..], entity] {
                for form in ["mime", "der", "pem"] {
                    let object = done(&format!("{encrypt} -outform {form}"), input);
                    assert_eq!(done(&format!("decrypt -q {key}"), &object), entity, "{form}");
                    assert_eq!(done(&format!("decrypt -q {key} -inform {form}"), &object), entity, "{form}");
                }
            }
            assert_eq!(done(&format!("decrypt -q {key} -outform mime"), &done(&encrypt, &message)), entity);
            assert_eq!(done(&format!("decrypt -q {key}"), &done(&encrypt, entity)), entity);
            // Line ends are made canonical before, not after.
            let lf = done(&encrypt, b"Content-Type: text/plain\n\nHello!\n");
            assert_eq!(done(&format!("decrypt -q {key}"), &lf), b"Content-Type: text/plain\r\n\r\nHello!\r\n");
            let binary = done(&format!("{encrypt} -binary"), b"Content-Type: text/plain\n\nHello!\n");
            assert_eq!(done(&format!("decrypt -q {key}"), &binary), b"Content-Type: text/plain\n\nHello!\n");
        }
    }
    let pem = done("encrypt -q -recip @bob.pem -outform pem", entity);
    assert!(pem.starts_with(b"-----BEGIN CMS-----\n"), "{}", pem.escape_ascii());
}

// TRAP-01: the two spellings, and that nobody cares when reading.
#[test]
fn trap_01_both_spellings_of_smime_type() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    for (style, spelled) in [("8591", "auth-enveloped-data"), ("8551", "authEnveloped-data")] {
        let encrypted = done(&format!("encrypt -q -recip @bob.pem --smime-type-style {style}"), &message);
        let head = String::from_utf8_lossy(&encrypted).into_owned();
        let field = format!("Content-Type: application/pkcs7-mime; smime-type={spelled}; name=\"smime.p7m\"\r\n");
        assert!(head.contains(&field), "{head}");
        assert_eq!(done("decrypt -q -inkey @bob.key", &encrypted), message);
    }
    let cbc = done("encrypt -q -recip @bob.pem -aes128 --smime-type-style 8551", &message);
    assert!(String::from_utf8_lossy(&cbc).contains("smime-type=enveloped-data;"));
}

#[test]
fn a_stream_keeps_its_order_whatever_the_number_of_jobs() {
    let messages: Vec<Vec<u8>> =
        (0..20).map(|number| message("Content-Type: text/plain\r\n", format!("{number}").as_bytes())).collect();
    let stream = messages.concat();
    let encrypted = done(&format!("encrypt -q -recip @bob.pem {SIGNER} --jobs 4"), &stream);
    let key = "-recip @bob.pem -inkey @bob.key";
    assert!(done(&format!("decrypt -q {key} --verify {VERIFY} --jobs 3"), &encrypted) == stream);
    let signed = done(&format!("decrypt -q {key} --jobs 2"), &encrypted);
    assert!(done(&format!("verify -q {VERIFY} --jobs 1"), &signed) == stream);
}
