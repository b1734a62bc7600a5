//! `encrypt` as its users meet it, and the keys of both sides: recipients, ciphers, passwords, what is said.

use std::fs;

use crate::scene::{PLAIN, Scene, assert_says, keys, objects, replaced};
use crate::support::{ROOT, assert_none, each};

fn table(path: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(format!("{ROOT}/testdata/{path}")).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// A scene with Bob's keys, and messages that are encrypted for him.
pub fn scene() -> Scene {
    let scene = Scene::new();
    for key in ["bob.key", "bob-rsa2048.key", "bob-p384.key", "carol.key", "erin-encrypt.key", "erin-sign.key"] {
        fs::copy(keys(key), scene.path(key)).unwrap();
        scene.chmod(key, 0o600);
    }
    encrypt(&scene, "-out encrypted.sip plain.sip");
    encrypt(&scene, "-signer @alice.pem -inkey alice.key -out sealed.sip plain.sip");
    let encrypted = scene.read("encrypted.sip");
    let last = encrypted.len() - 1;
    scene.write("broken.sip", &[&encrypted[..last], &[encrypted[last] ^ 1]].concat());
    scene
}

pub fn encrypt(scene: &Scene, rest: &str) {
    let ran = scene.run(&format!("encrypt -q -recip @bob.pem {rest}"));
    assert_eq!(ran.status, 0, "{rest}: {}", ran.said());
}

pub const BOB: &str = "decrypt -q -recip @bob.pem -inkey bob.key";

// ENC-16, ENC-23: which certificates nothing is encrypted to, alone and beside a good one.
#[test]
fn enc_16_and_23_recipients_that_may_not_be_used() {
    let scene = scene();
    let rows = table("keys/recipients/expected.tsv");
    assert!(rows.len() > 20, "{} rows", rows.len());
    assert_none(&each(&rows, |number, row| {
        let [file, code, exit, reason, _] = &row[..] else { panic!("{row:?}") };
        let kept = format!("kept{number}");
        scene.write(&kept, b"as it was");
        let mut wrong = Vec::new();
        for more in ["", "-recip @bob.pem", "--kek a:@kek/128.bin", "-keyid"] {
            let ran = scene.run(&format!("encrypt -recip @recipients/{file} {more} -out {kept} plain.sip"));
            let is_right = match code.as_str() {
                "ok" => ran.status == 0 && scene.read(&kept) != b"as it was",
                _ => ran.said().contains(&format!("[{code}]")) && scene.read(&kept) == b"as it was",
            };
            if ran.status.to_string() != *exit || !is_right || !ran.stdout.is_empty() {
                wrong.push(format!("{file} {more} ({reason}): {} {}", ran.status, ran.said()));
            }
            let ran = scene.run(&format!("encrypt -q -recip @recipients/{file} {more} plain.sip"));
            if ran.status.to_string() != *exit || ran.stdout.is_empty() == (code == "ok") {
                wrong.push(format!("{file} {more} to standard output: {} {}", ran.status, ran.said()));
            }
        }
        wrong
    }));
    assert_eq!(scene.left_over(), [""; 0]);
}

#[test]
fn enc_23_the_certificate_of_the_sender_is_judged_too() {
    let scene = scene();
    let ran = scene.run("encrypt -q -recip @bob.pem --encrypt-to-self @recipients/expired.pem plain.sip");
    assert_says(&ran, 4, "encrypt.expired", "", "--encrypt-to-self");
    assert!(ran.stdout.is_empty());
}

// openssl's form: certificates as operands, together with -in alone.
#[test]
fn positional_certificates_are_recipients_with_in_alone() {
    let scene = scene();
    let ran = scene.run("encrypt -in plain.sip -out out.sip @bob.pem @carol.pem");
    assert_eq!(ran.status, 0, "{}", ran.said());
    for line in [
        "recipient: CN=Bob,O=test (URI:sip:bob@example.org), P-256 with dhSinglePass-stdDH-sha256kdf-scheme",
        "recipient: CN=Carol,O=test (URI:sip:carol@example.com), P-256 with dhSinglePass-stdDH-sha256kdf-scheme",
    ] {
        assert!(ran.said().contains(line), "{line} is not in {}", ran.said());
    }
    for key in ["bob", "carol"] {
        let ran = scene.run(&format!("decrypt -q -recip @{key}.pem -inkey {key}.key out.sip"));
        assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{key}: {}", ran.said());
    }
    for operands in ["@bob.pem plain.sip", "plain.sip @bob.pem", "-recip @bob.pem @bob-rsa2048.pem plain.sip"] {
        let ran = scene.run(&format!("encrypt {operands}"));
        assert_says(&ran, 2, "usage", "hint: name a recipient with -recip; with -in FILE", operands);
        assert!(ran.stdout.is_empty());
    }
    // A key or a message in the place of a certificate.
    let ran = scene.run("encrypt -recip bob.key plain.sip");
    assert_says(&ran, 2, "certificate.unreadable", "hint: this is a key: nothing can be encrypted", "a key");
    let ran = scene.run("encrypt -in plain.sip plain.mime");
    assert_says(&ran, 2, "certificate.unreadable", "plain.mime", "a message as a recipient");
    let ran = scene.run("encrypt -in plain.sip -recip @bob.pem -out plain.sip");
    assert_eq!(ran.status, 0, "-out may name the input: {}", ran.said());
    assert_eq!(scene.run(&format!("{BOB} plain.sip")).stdout, PLAIN);
}

// RFC 3565 section 4.1, RFC 5084 section 3.2, RFC 8103 section 3: what stands in the message is what was asked for.
#[test]
fn enc_06_words_for_ciphers() {
    let scene = scene();
    let gcm = |arc: u8| vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, arc];
    let chacha = vec![0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 3, 18];
    for (words, oid) in [
        ("", gcm(6)),
        ("-aes128", gcm(2)),
        ("--aes128", gcm(2)),
        ("-aes192", gcm(22)),
        ("-aes256", gcm(42)),
        ("-aes-128-cbc", gcm(2)),
        ("-aes-192-cbc", gcm(22)),
        ("-aes-256-cbc", gcm(42)),
        ("-aes-128-gcm", gcm(6)),
        ("-aes-192-gcm", gcm(26)),
        ("-aes-256-gcm", gcm(46)),
        ("-chacha20-poly1305", chacha.clone()),
        ("--cipher chacha20-poly1305", chacha),
        ("--cipher AES-256-CBC", gcm(42)),
        ("--cipher aes128", gcm(2)),
    ] {
        let ran = scene.run(&format!("encrypt {words} -recip @bob.pem plain.sip"));
        assert_eq!(ran.status, 0, "{words}: {}", ran.said());
        let element = [&[6, u8::try_from(oid.len()).unwrap()], &oid[..]].concat();
        let is_there = ran.stdout.windows(element.len()).any(|window| window == element);
        assert!(is_there, "{words}: {}", ran.stdout.escape_ascii());
        let is_cbc = words.to_lowercase().contains("cbc") || words.contains("aes1") || words.contains("aes2");
        assert_eq!(ran.said().contains("[CBC-UNAUTHENTICATED"), is_cbc, "{words}: {}", ran.said());
    }
    for words in ["-des3", "-des", "-rc2-40", "--cipher 3des", "--cipher des-ede3-cbc", "-aes512", "-camellia128"] {
        let ran = scene.run(&format!("encrypt {words} -recip @bob.pem plain.sip"));
        assert_says(&ran, 2, "usage", "", words);
        assert!(ran.stdout.is_empty(), "{words}");
    }
}

#[test]
fn enc_21_and_22_the_peer_chooses_cipher_and_key() {
    let scene = scene();
    scene
        .write("bob bob-p384", &[fs::read(keys("bob.pem")).unwrap(), fs::read(keys("bob-p384.pem")).unwrap()].concat());
    for name in ["bob", "erin-dual"] {
        fs::copy(keys(&format!("{name}.pem")), scene.path(name)).unwrap();
    }
    let rows = table("capabilities/expected.tsv");
    assert!(rows.len() > 20, "{} rows", rows.len());
    assert_none(&each(&rows, |number, row| {
        let [file, recipients, answer, reason] = &row[..] else { panic!("{row:?}") };
        let out = format!("out{number}");
        let message = format!("{ROOT}/testdata/capabilities/{file}");
        let ran =
            scene.run(&format!("encrypt --json -recip '{recipients}' --caps-from {message} -out {out} plain.sip"));
        if answer.contains('.') {
            let is_right = ran.said().contains(&format!("[{answer}]")) && !scene.path(&out).exists();
            let exits = [("encrypt.no-common-cipher", 5), ("encrypt.capabilities-signer", 4)];
            let exit = exits.iter().find(|(code, _)| code == answer).map_or(1, |(_, exit)| *exit);
            return if is_right && ran.status == exit { vec![] } else { vec![format!("{file}: {}", ran.said())] };
        }
        let key = match recipients.as_str() {
            "bob bob-p384" if file.starts_with("preference") => "bob-p384",
            "erin-dual" => "erin-encrypt",
            _ => "bob",
        };
        let opened = scene.run(&format!("decrypt -q -recip @{key}.pem -inkey {key}.key {out}"));
        let cipher = objects(&ran.stdout)[0]["cipher"].clone();
        let is_right = ran.status == 0 && cipher == *answer && opened.stdout == PLAIN;
        let wrong = format!("{file} ({reason}): {cipher}, {} {} {}", ran.status, ran.said(), opened.said());
        if is_right { vec![] } else { vec![wrong] }
    }));
}

// CAP-03: only what the owner of a recipient's certificate signed counts.
#[test]
fn cap_03_capabilities_of_our_own_messages() {
    let scene = scene();
    let caps = |recipient: &str, from: &str| {
        scene.run(&format!("encrypt --json -recip @{recipient}.pem --caps-from {from} -out out.sip plain.sip"))
    };
    // What we write ourselves begins with AES-128-GCM (CAP-02).
    let ran = caps("alice", "signed.sip");
    assert_eq!((ran.status, &objects(&ran.stdout)[0]["cipher"]), (0, &"aes-128-gcm".into()), "{}", ran.said());
    fs::remove_file(scene.path("out.sip")).unwrap();
    scene.run("sign -q -signer @alice.pem -inkey alice.key -noattr -out no-attributes.sip plain.sip");
    for (recipient, from, status, code) in [
        ("bob", "signed.sip", 4, "encrypt.capabilities-signer"),
        ("alice", "damaged.sip", 1, "verify.digest-mismatch"),
        ("alice", "plain.sip", 1, "verify.not-signed"),
        ("bob", "encrypted.sip", 1, "verify.encrypted"),
        ("alice", "no-attributes.sip", 1, "verify.no-signed-attributes"),
        ("alice", "missing.sip", 2, "file.unreadable"),
        ("alice", "@alice.pem", 3, ""),
    ] {
        let ran = caps(recipient, from);
        assert!(!scene.path("out.sip").exists() && ran.stdout.is_empty(), "{from}");
        match code {
            "" => assert!(ran.status != 0, "{from}: {}", ran.said()),
            _ => assert_says(&ran, status, code, "", from),
        }
    }
    let ran = scene.run("encrypt -recip @alice.pem --caps-from signed.sip --cipher aes-128-cbc plain.sip");
    assert_says(&ran, 2, "usage", "exclude one another", "--caps-from and --cipher");
}

// ENC-24: the finding, and when there is none.
#[test]
fn enc_24_recipient_not_to() {
    let scene = scene();
    scene.write("response.sip", &replaced(PLAIN, b"MESSAGE sip:bob@example.org SIP/2.0", b"SIP/2.0 200 OK"));
    scene.write("target.sip", &replaced(PLAIN, b"MESSAGE sip:bob@", b"MESSAGE sip:alice@"));
    scene.write("alias.sip", &replaced(PLAIN, b"To: <sip:bob@example.org>", b"To: <sip:sales@example.org>"));
    for (arguments, is_found) in [
        ("-recip @bob.pem plain.sip", false),
        ("-recip @bob-rsa2048.pem response.sip", false),
        ("-recip @bob.pem target.sip", false),
        // To is another, the Request-URI is Bob's.
        ("-recip @bob.pem alias.sip", false),
        ("-recip @alice.pem -recip @bob.pem plain.sip", false),
        ("-recip @carol.pem plain.sip", true),
        ("-recip @carol.pem response.sip", true),
        ("-recip @carol.pem --encrypt-to-self @bob.pem plain.sip", true),
        // No certificate, no SIP: nothing to compare.
        ("--kek a:@kek/128.bin plain.sip", false),
        ("-recip @carol.pem plain.mime", false),
    ] {
        let ran = scene.run(&format!("encrypt -out /dev/null {arguments}"));
        assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
        assert_eq!(ran.said().contains("[RECIPIENT-NOT-TO"), is_found, "{arguments}: {}", ran.said());
    }
}

// INS-10, RFC 3428 section 8: at most 1300 octets, the head and all.
#[test]
fn size_1300() {
    let scene = scene();
    let message = |length: usize| {
        replaced(PLAIN, b"Content-Length: 5\r\n\r\nhello", format!("\r\n{}", "a".repeat(length)).as_bytes())
    };
    scene.write("plain0.sip", &message(0));
    let ran = scene.run("encrypt --kek a:@kek/128.bin plain0.sip");
    let around = ran.stdout.len();
    // One octet of content more is one octet more, but for the lengths: so aim, and look at what came out.
    let mut sizes = Vec::new();
    for length in (1300 - around - 12)..(1300 - around + 4) {
        scene.write("long.sip", &message(length));
        let ran = scene.run("encrypt --kek a:@kek/128.bin long.sip");
        assert_eq!(ran.said().contains("[SIZE-1300"), ran.stdout.len() > 1300, "{}: {}", ran.stdout.len(), ran.said());
        sizes.push(ran.stdout.len());
    }
    assert!(sizes.contains(&1300) && sizes.contains(&1301), "{sizes:?}");
}

// cli.md: the recipients are listed on standard error, unless it is to be quiet, and in JSON.
#[test]
fn recipients_are_listed() {
    let scene = scene();
    let all = "-recip @bob.pem -recip @bob-rsa2048.pem -recip @bob-x25519.pem --kek kek1:@kek/128.bin --kek 0x1b5b:@kek/256.bin";
    let ran = scene.run(&format!("encrypt --rsa pkcs1 {all} -out /dev/null plain.sip"));
    let said = ran.said();
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("sip-smime: recipient: ")).collect();
    assert_eq!(lines.len(), 5, "{said}");
    for (line, text) in lines.iter().zip(["P-256 with", "RSAES-PKCS1-v1_5", "X25519 with", "kek1", "1b5b"]) {
        assert!(line.contains(text), "{text}: {line}");
    }
    assert!(!ran.stderr.contains(&0x1b));
    let json = scene.run(&format!("encrypt --json {all} plain.sip"));
    assert_eq!(objects(&json.stdout)[0]["recipients"].as_array().unwrap().len(), 5);
    let quiet = scene.run(&format!("encrypt -q {all} -out /dev/null plain.sip"));
    assert_eq!(quiet.said(), "");
}

#[test]
fn k1_passwords_of_keys_and_of_messages() {
    let scene = scene();
    scene.write("password", b"password\nnot this\n");
    let encrypted = scene.run("encrypt -q -recip @alice-rsa2048.pem -out rsa.sip plain.sip");
    assert_eq!(encrypted.status, 0, "{}", encrypted.said());
    let with = |source: &str| format!("decrypt -q -inkey alice-rsa2048.enc.key -passin {source} rsa.sip");
    assert_eq!(scene.run(&with("file:password")).stdout, PLAIN);
    assert_eq!(scene.shell(&format!("P=password sip-smime {}", with("env:P"))).stdout, PLAIN);
    assert_says(&scene.run(&with("file:plain.sip")), 2, "key.password-wrong", "alice-rsa2048.enc.key", "-passin");
    assert_says(&scene.run(&with("pass:password")), 2, "usage", "can be read by others", "pass:");
    let ran = scene.run("encrypt -q --password file:@kek/password -out with-password.sip plain.sip");
    assert_eq!(ran.status, 0, "{}", ran.said());
    // Wrong, empty, none: the first is no, the others are something else.
    let open = |rest: &str| scene.run(&format!("decrypt -q {rest} with-password.sip"));
    assert_eq!(open("--password file:@kek/password").stdout, PLAIN);
    assert_says(&open("--password file:@kek/other-password"), 1, "decrypt.failed", "", "wrong");
    assert_says(&open("--password env:NOPE"), 2, "secret.unavailable", "NOPE", "unset");
    assert_says(&open("--password pass:x"), 2, "usage", "can be read by others", "pass:");
    assert_says(&open("-inkey bob.key"), 4, "decrypt.no-recipient", "password", "a key");
    // What is empty keeps no secret.
    scene.write("empty", b"\nnot this\n");
    for source in ["file:/dev/null", "file:empty", "env:EMPTY"] {
        let ran = scene.shell(&format!("EMPTY= sip-smime encrypt -q --password {source} -out no.sip plain.sip"));
        assert_says(&ran, 2, "secret.unavailable", "it is empty", source);
        assert!(!scene.path("no.sip").exists());
    }
    for secrets in ["--password fd:0", "--kek a:/dev/stdin", "-passin fd:0 -inkey bob.key"] {
        let ran = scene.shell(&format!("sip-smime decrypt {secrets} <with-password.sip"));
        assert_says(&ran, 2, "usage", "standard input", secrets);
    }
}

// With a mistyped password nobody could read the message.
#[test]
fn a_new_password_is_asked_for_twice() {
    let scene = scene();
    let typed = |command: &str, words: &[&str]| {
        let typing: Vec<String> = words.iter().map(|word| format!("sleep 0.7; echo {word}")).collect();
        scene.shell(&format!("({}; sleep 0.7) | script -qec 'sip-smime {command}' /dev/null", typing.join("; ")))
    };
    let encrypt = "encrypt -q --password prompt -out typed.sip plain.sip";
    for (words, said) in [(["one", "two"], "the two that were typed differ"), (["", "one"], "it is empty")] {
        let ran = typed(encrypt, &words);
        let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status == 2 && shown.contains(said) && shown.contains("[secret.unavailable]"), "{shown}");
        assert!(!scene.path("typed.sip").exists());
    }
    let ran = typed(encrypt, &["one", "one"]);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status == 0 && shown.contains("password of the message, again: "), "{shown}");
    // To read it, once is enough.
    let ran = typed("decrypt -q --password prompt -out opened.sip typed.sip", &["one"]);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status == 0 && !shown.contains("again"), "{shown}");
    assert_eq!(scene.read("opened.sip"), PLAIN);
}

// cli.md section 5: 16, 24 or 32 octets are the key, `hex:` is hexadecimal; ID is text, or 0x and octets.
#[test]
fn enc_15_key_encryption_keys() {
    let scene = scene();
    let hexadecimal = fs::read_to_string(keys("kek/128.hex")).unwrap();
    scene.write("upper.hex", hexadecimal.to_uppercase().as_bytes());
    scene.write("odd.hex", &hexadecimal.trim().as_bytes()[1..]);
    for (name, length) in [("empty", 0), ("17", 17), ("31", 31), ("33", 33), ("64", 64)] {
        scene.write(name, &vec![0xA5; length]);
    }
    let ran = scene.run("encrypt -q --kek a:@kek/128.bin -out kek.sip plain.sip");
    assert_eq!(ran.status, 0, "{}", ran.said());
    for kek in ["a:@kek/128.bin", "a:hex:@kek/128.hex", "a:hex:upper.hex", "0x61:@kek/128.bin", "a:@kek/128.hex"] {
        let ran = scene.run(&format!("decrypt -q --kek {kek} kek.sip"));
        assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{kek}: {}", ran.said());
    }
    for (status, code, kek) in [
        (1, "decrypt.failed", "a:@kek/other.bin"),
        (1, "decrypt.failed", "a:@kek/256.bin"),
        (4, "decrypt.no-recipient", "b:@kek/128.bin"),
        (4, "decrypt.no-recipient", "A:@kek/128.bin"),
        (4, "decrypt.no-recipient", "aa:@kek/128.bin"),
        (2, "kek.unreadable", "a:@kek/15.bin"),
        (2, "kek.unreadable", "a:17"),
        (2, "kek.unreadable", "a:31"),
        (2, "kek.unreadable", "a:33"),
        (2, "kek.unreadable", "a:64"),
        (2, "kek.unreadable", "a:empty"),
        (2, "kek.unreadable", "a:odd.hex"),
        (2, "kek.unreadable", "a:hex:@kek/128.bin"),
        (2, "file.unreadable", "a:missing"),
        (2, "usage", "a"),
        (2, "usage", ":@kek/128.bin"),
        (2, "usage", "0xz:@kek/128.bin"),
    ] {
        let ran = scene.run(&format!("decrypt -q --kek {kek} kek.sip"));
        assert_says(&ran, status, code, "", kek);
        assert!(ran.stdout.is_empty(), "{kek}");
        if status == 2 {
            let ran = scene.run(&format!("encrypt -q --kek {kek} -out no.sip plain.sip"));
            assert_says(&ran, 2, code, "", kek);
            assert!(!scene.path("no.sip").exists(), "{kek}");
        }
    }
}

// R8: a name of a key that somebody made up is not shown whole.
#[test]
fn r8_long_names_of_keys() {
    let scene = scene();
    scene.write("kek", &[7; 16]);
    let long = "x".repeat(100_000);
    let script = format!("sip-smime encrypt -q --kek {long}:kek -out long.sip plain.sip");
    assert_eq!(scene.shell(&script).status, 0);
    for options in ["", "--json"] {
        let ran = scene.run(&format!("{BOB} {options} long.sip"));
        assert!(ran.status == 4 && ran.stdout.len() + ran.stderr.len() < 2000, "{} {}", ran.status, ran.stderr.len());
    }
}

// cli.md section 5 takes a file of 16, 24 or 32 octets for the key itself; hexadecimal of that length was once meant.
#[test]
fn a_key_encryption_key_that_looks_like_hexadecimal() {
    let scene = scene();
    for (name, octets, is_said) in [
        ("16", "0123456789abcDEF", true),
        ("24", "0123456789abcdef01234567", true),
        ("32", "0123456789abcdef0123456789abcde\n", true),
        ("text", "0123456789abcdeg", false),
    ] {
        scene.write(name, octets.as_bytes());
        for command in ["encrypt -out kek.sip plain.sip", "decrypt kek.sip"] {
            let ran = scene.run(&format!("{command} --kek a:{name}"));
            assert_eq!(ran.status, 0, "{name}: {}", ran.said());
            let said = ran.said();
            assert_eq!(said.contains("[KEK-LOOKS-HEX]") && said.contains("ID:hex:FILE"), is_said, "{name}: {said}");
        }
    }
    let ran = scene.run("encrypt -q --kek a:16 -out kek.sip plain.sip");
    assert_eq!((ran.status, ran.said()), (0, String::new()));
    // As long in hexadecimal: 8 octets are no key.
    let ran = scene.run("decrypt --kek a:hex:16 kek.sip");
    assert_says(&ran, 2, "kek.unreadable", "", "8 octets");
}

// What to do next: no hint says what is not so, and none is missing where something can be done.
#[test]
fn hints_say_what_to_do() {
    let scene = scene();
    assert_says(&scene.run(&format!("{BOB} broken.sip")), 1, "decrypt.failed", "nothing more can be known", "a tag");

    let file = "certificate ";
    for (status, code, texts, arguments) in [
        (
            4,
            "encrypt.expired",
            [file, "recipients/expired.pem", "hint: ask"],
            "encrypt -recip @recipients/expired.pem plain.sip",
        ),
        (
            4,
            "encrypt.expired",
            ["plain.sip, message 1", "recipients/expired.pem", "hint: ask"],
            "encrypt -recip @bob.pem --encrypt-to-self @recipients/expired.pem plain.sip",
        ),
        (
            4,
            "encrypt.key-kind",
            [file, "alice-ed25519.pem", "Ed25519 only signs"],
            "encrypt -recip @bob.pem -recip @alice-ed25519.pem plain.sip",
        ),
        (
            1,
            "verify.not-signed",
            ["hint: decrypt without --verify", "", ""],
            "decrypt -inkey bob.key --verify -CAfile @ca.pem encrypted.sip",
        ),
        (1, "verify.not-signed", ["hint: whoever sent it is not proved", "", ""], "verify -CAfile @ca.pem plain.sip"),
        (
            1,
            "decrypt.not-encrypted",
            ["hint: it is in the clear", "", ""],
            "decrypt -inkey bob.key --verify -CAfile @ca.pem plain.sip",
        ),
        (2, "usage", ["-cmsout", "decrypt writes the content", ""], "decrypt -cmsout encrypted.sip"),
        (2, "usage", ["-pk7out", "decrypt writes the content", ""], "decrypt -pk7out encrypted.sip"),
        (2, "usage", ["sign, verify, encrypt, decrypt, inspect, check-san or gen-cert", "", ""], "-in plain.sip sign"),
    ] {
        let ran = scene.run(arguments);
        for text in texts {
            assert_says(&ran, status, code, text, arguments);
        }
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
}

// SIZE-1300: the way out that is named is one.
#[test]
fn a_signed_and_encrypted_message_can_be_smaller() {
    let scene = scene();
    let all = "encrypt -recip @bob.pem -signer @alice.pem -inkey alice.key plain.sip";
    let (large, quiet) = (scene.run(all), scene.run(&all.replace("encrypt", "encrypt -q")));
    let hint = "hint: sign --minimal --certs none -keyid, and then encrypt -keyid, make a smaller message";
    assert!(large.said().contains("[SIZE-1300") && large.said().contains(hint), "{}", large.said());
    assert_eq!(quiet.said(), "");
    let small = scene.shell(
        "sip-smime sign -q --minimal --certs none -keyid -signer @alice.pem -inkey alice.key plain.sip \
         | sip-smime encrypt -keyid -recip @bob.pem",
    );
    assert!(
        small.stdout.len() <= 1300 && !small.said().contains("SIZE-1300"),
        "{}: {}",
        small.stdout.len(),
        small.said()
    );
    assert!(small.stdout.len() * 3 < large.stdout.len() * 2, "{} of {}", small.stdout.len(), large.stdout.len());
    assert!(small.said().contains("sip-smime: cipher: aes-128-gcm"), "{}", small.said());
    scene.write("small.sip", &small.stdout);
    let opened = scene.run(&format!("{BOB} --verify -CAfile @ca.pem -certfile @alice.pem small.sip"));
    assert_eq!((opened.status, &opened.stdout[..]), (0, PLAIN), "{}", opened.said());
}
