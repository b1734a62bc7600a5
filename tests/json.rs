//! Every object of `--json` is what the checked-in schema says (O2).

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use serde_json::Value;

mod support;

use support::{ROOT, assert_none, each, run, vectors_of};

fn validator() -> jsonschema::Validator {
    let schema = std::fs::read_to_string(Path::new(ROOT).join("src/report/schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

/// What is wrong with the output of a run.
fn faults(validator: &jsonschema::Validator, name: &str, output: &[u8]) -> Vec<String> {
    let text = String::from_utf8(output.to_vec()).unwrap();
    let mut faults = Vec::new();
    if text.lines().count() == 0 {
        faults.push(format!("{name}: no object"));
    }
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        faults
            .extend(validator.iter_errors(&object).map(|error| format!("{name}: {}: {error}", error.instance_path())));
    }
    faults
}

#[test]
fn every_answer_of_verify_fits_the_schema() {
    every_answer_fits_the_schema("verify", "verify");
}

// What is damaged, and what would explain it.
#[test]
fn every_answer_of_diagnose_fits_the_schema() {
    let validator = validator();
    let vectors = vectors_of("verify");
    let named = std::sync::atomic::AtomicUsize::new(0);
    assert_none(&each(&vectors, |_, vector| {
        let arguments = [vector.arguments(), vec!["--json".to_owned(), "--diagnose".to_owned()]].concat();
        let ran = run(&arguments, &vector.octets);
        if String::from_utf8_lossy(&ran.stdout).contains("\"damages\":[\"") {
            named.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        let mut found = faults(&validator, &vector.name, &ran.stdout);
        if ran.status != vector.exit() {
            found.push(format!("{}: exit {} with --diagnose", vector.name, ran.status));
        }
        found
    }));
    assert!(named.into_inner() > 15, "the damages are not named");
}

#[test]
fn every_answer_of_decrypt_fits_the_schema() {
    every_answer_fits_the_schema("decrypt", "decrypt");
}

/// The vectors of one command, given to another, which takes none of their options.
fn every_answer_fits_the_schema(vectors: &str, command: &str) {
    let validator = validator();
    assert_none(&each(&vectors_of(vectors), |_, vector| {
        let mut arguments = vector.arguments();
        if vectors != command {
            arguments = vec![command.to_owned()];
        }
        arguments.push("--json".to_owned());
        faults(&validator, &vector.name, &run(&arguments, &vector.octets).stdout)
    }));
}

#[test]
fn every_answer_of_inspect_fits_the_schema() {
    every_answer_fits_the_schema("verify", "inspect");
    every_answer_fits_the_schema("decrypt", "inspect");
}

#[test]
fn every_answer_about_a_capture_fits_the_schema() {
    let validator = validator();
    let entries = std::fs::read_dir(Path::new(ROOT).join("testdata/captures")).unwrap();
    let files: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
    let captures: Vec<String> = files.into_iter().filter(|name| name.contains(".pcap")).collect();
    assert!(captures.len() > 50);
    assert_none(&each(&captures, |_, name| {
        let commands = ["inspect --json", "verify --json -noverify", "check-san --json"];
        let answers = commands.iter().flat_map(|command| {
            let arguments = format!("{command} testdata/captures/{name}");
            let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
            faults(&validator, &arguments.join(" "), &run(&arguments, b"").stdout)
        });
        answers.collect()
    }));
}

#[test]
fn every_answer_of_check_san_fits_the_schema() {
    let validator = validator();
    let mut files: Vec<String> = Vec::new();
    for folder in ["testdata/keys", "testdata/keys/bad", "testdata/rfc/rfc6216"] {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
        files.extend(entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap())));
    }
    files.retain(|file| Path::new(ROOT).join(file).is_file());
    for reference in [None, Some("sip:alice@example.com"), Some("sip:example.com")] {
        let trust = ["-CAfile", "testdata/keys/ca.pem", "--crl", "testdata/interop/crl/revoked.pem"];
        let arguments = ["check-san", "--json"].into_iter().chain(trust).chain(reference);
        let arguments: Vec<String> = arguments.map(str::to_owned).chain(files.iter().cloned()).collect();
        let ran = run(&arguments, b"");
        assert_eq!(ran.stdout.iter().filter(|octet| **octet == b'\n').count(), files.len());
        assert_none(&faults(&validator, "check-san", &ran.stdout));
    }
}

#[test]
fn every_answer_of_sign_fits_the_schema() {
    let validator = validator();
    let signer = ["sign", "--json", "-signer", "testdata/keys/alice.pem", "-inkey", "testdata/keys/alice.key"];
    let arguments: Vec<String> = signer.map(str::to_owned).to_vec();
    for (name, input) in [
        ("good", &b"Content-Type: text/plain\r\n\r\nx"[..]),
        ("large", &[b"MESSAGE sip:b@c SIP/2.0\r\nc: text/plain\r\n\r\n", &b"x".repeat(2000)[..]].concat()),
        ("several", b"OPTIONS sip:b@c SIP/2.0\r\nl: 0\r\n\r\nOPTIONS sip:b@c SIP/2.0\r\nl: 9\r\n\r\n"),
        ("nothing", b""),
        ("junk", b"\xff\xfe\x1b[31m\r\n"),
    ] {
        assert_none(&faults(&validator, name, &run(&arguments, input).stdout));
    }
}

#[test]
fn every_answer_of_encrypt_fits_the_schema() {
    let validator = validator();
    let entity = &b"Content-Type: text/plain\r\n\r\nx"[..];
    let stream = b"OPTIONS sip:b@c SIP/2.0\r\nl: 0\r\n\r\nOPTIONS sip:b@c SIP/2.0\r\nl: 9\r\n\r\n";
    let signer = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let all = "-recip testdata/keys/bob-rsa2048.pem -recip testdata/keys/bob-x25519.pem --kek 0x00ff:testdata/keys/kek/128.bin";
    for (options, input) in [
        ("", entity),
        (all, entity),
        (signer, entity),
        ("-aes128 --encrypt-to-self testdata/keys/carol.pem", entity),
        ("-recip testdata/keys/recipients/expired.pem", entity),
        ("-keyid -recip testdata/keys/bad/ski-absent.pem", entity),
        ("", &[b"MESSAGE sip:b@c SIP/2.0\r\nc: text/plain\r\n\r\n", &b"x".repeat(2000)[..]].concat()),
        ("", stream),
        ("", b""),
        ("--part 3", entity),
        ("", b"\xff\xfe\x1b[31m\r\n"),
    ] {
        let arguments = format!("encrypt --json -recip testdata/keys/bob.pem {options}");
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        assert_none(&faults(&validator, options, &run(&arguments, input).stdout));
    }
}

// What decrypt says of a stream: opened, skipped, for somebody else, not encrypted, damaged; with and without --verify.
#[test]
fn every_answer_of_decrypt_in_a_stream_fits_the_schema() {
    let validator = validator();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let plain =
        b"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>\r\nc: text/plain\r\nl: 2\r\n\r\nhi";
    let made = |arguments: &str| run(&words(arguments), plain).stdout;
    let signer = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let mut damaged = made("encrypt -recip testdata/keys/bob.pem");
    *damaged.last_mut().unwrap() ^= 1;
    let stream = [
        made(&format!("encrypt -recip testdata/keys/bob.pem {signer}")),
        plain.to_vec(),
        made("encrypt -recip testdata/keys/bob.pem -aes128"),
        made("encrypt -recip testdata/keys/carol.pem"),
        made(&format!("sign {signer}")),
        damaged,
    ];
    let decrypt = "decrypt --json -recip testdata/keys/bob.pem -inkey testdata/keys/bob.key";
    for options in ["", "--verify -CAfile testdata/keys/ca.pem", "--verify --require-signed --require-aead", "-v"] {
        let ran = run(&words(&format!("{decrypt} {options}")), &stream.concat());
        assert_none(&faults(&validator, options, &ran.stdout));
        assert_eq!(ran.stdout.iter().filter(|octet| **octet == b'\n').count(), stream.len(), "{options}");
    }
}

// What a keyring says of a signer, in each case, and whose certificate it gives.
#[test]
fn every_answer_of_a_keyring_fits_the_schema() {
    let validator = validator();
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().to_str().unwrap();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let plain = b"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>\r\n\
        To: <sip:bob@example.org>\r\nc: text/plain\r\nl: 2\r\n\r\nhi";
    let signed = |name: &str| {
        let signer = format!("-signer testdata/keys/{name}.pem -inkey testdata/keys/{name}.key");
        run(&words(&format!("sign {signer}")), plain).stdout
    };
    let stream = [signed("alice"), signed("alice-p384"), signed("bob")].concat();
    let trust = "--trust testdata/keys/alice-p384.pem";
    for (options, standings) in [
        ("", ["stranger", "stranger", "not asked"]),
        ("--learn", ["stranger", "changed", "not asked"]),
        ("-noverify", ["known", "changed", "not asked"]),
        (trust, ["known", "permitted", "not asked"]),
        (&format!("--learn {trust}"), ["known", "permitted", "not asked"]),
        ("", ["known", "pinned", "not asked"]),
    ] {
        let options = format!("verify --json -CAfile testdata/keys/ca.pem --keyring {ring} {options}");
        let ran = run(&words(&options), &stream);
        assert_none(&faults(&validator, &options, &ran.stdout));
        let objects = ran.stdout.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
        let objects: Vec<Value> = objects.map(|line| serde_json::from_slice(line).unwrap()).collect();
        let found = objects.iter().map(|object| object.pointer("/verification/signers/0/keyring/standing").unwrap());
        assert_eq!(found.collect::<Vec<_>>(), standings, "{options}");
    }
    std::fs::copy("testdata/keys/bob.pem", folder.path().join("bob.pem")).unwrap();
    for input in [&plain[..], b"Content-Type: text/plain\r\n\r\nx"] {
        let ran = run(&words(&format!("encrypt --json --keyring {ring}")), input);
        assert_none(&faults(&validator, "encrypt", &ran.stdout));
        assert_eq!(String::from_utf8_lossy(&ran.stdout).contains("\"to\":\"sip:bob@example.org\""), ran.status == 0);
    }
}

#[test]
fn the_schema_refuses_what_it_should() {
    let validator = validator();
    let good = serde_json::json!({ "schema": 1, "command": "sign", "message": 1, "exit": 0, "error": null });
    assert!(validator.is_valid(&good));
    for (field, value) in [("schema", 2.into()), ("message", 0.into()), ("exit", 1.into()), ("other", Value::Null)] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().insert(field.into(), value);
        assert!(!validator.is_valid(&bad), "{field}");
    }
}
