//! `sign | verify` gives back what was signed, octet for octet (NST-08, MIM-09, FRS-07).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/messages.rs"]
mod messages;
mod support;

use messages::{message, messages};
use support::run;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn signed(options: &str, input: &[u8]) -> Vec<u8> {
    let ran = run(&words(&format!("sign {options}")), input);
    assert_eq!(ran.status, 0, "{options}: {}", ran.said());
    ran.stdout
}

fn verified(options: &str, input: &[u8]) -> Vec<u8> {
    let common = "verify -CAfile testdata/keys/ca.pem --at-time 2026-01-01";
    let ran = run(&words(&format!("{common} {options}")), input);
    assert_eq!(ran.status, 0, "{options}: {}", ran.said());
    ran.stdout
}

const KEYS: [&str; 5] = ["alice", "alice-p384", "alice-rsa2048", "alice-rsa3072", "alice-ed25519"];

#[test]
fn what_is_signed_comes_back() {
    for (name, message) in messages() {
        for key in KEYS {
            for options in ["", "--layout detached", "--layout detached --cte base64", "--minimal --cte base64"] {
                let signer = format!("-signer testdata/keys/{key}.pem -inkey testdata/keys/{key}.key {options}");
                let found = verified("", &signed(&signer, &message));
                assert!(found == message, "{name}, {signer}: {}", found.escape_ascii());
            }
        }
    }
}

#[test]
fn every_option_of_sign_gives_what_verifies() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let rsa = "-signer testdata/keys/alice-rsa2048.pem -inkey testdata/keys/alice-rsa2048.key";
    let certificate = "-certfile testdata/keys/alice-rsa2048.pem";
    let rows = [
        ("--pss", ""),
        ("--pss -md sha512", ""),
        ("-md sha384", ""),
        ("-keyid", ""),
        ("-keyid -nocerts", certificate),
        ("--certs none --layout detached", certificate),
        ("--certs chain", ""),
        ("-noattr", "--allow-legacy"),
        ("--profile rfc6216", "--allow-legacy -certfile testdata/keys/alice-rsa2048.pem"),
        ("-nodetach -stream -indef -crlfeol -binary", ""),
    ];
    for (options, needed) in rows {
        let signed = signed(&format!("{rsa} {options}"), &message);
        assert!(verified(needed, &signed) == message, "{options}");
    }
}

// What is not adjacent, long or counted is made so once; after that nothing changes any more.
#[test]
fn a_second_round_changes_nothing() {
    let start = "MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\n";
    let signer = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    for rest in [
        "c: text/plain\r\nl: 1\r\n\r\nx",
        "c : text/plain\r\n\r\nx",
        "Content-Type: text/plain\r\nX: y\r\nContent-Language: en\r\nContent-Length: 1\r\n\r\nx",
        "Content-Length: 1\r\nX: y\r\nCONTENT-TYPE: text/plain\r\ne: identity\r\n\r\nx",
        "\r\n",
        "l: 0\r\n\r\n",
    ] {
        let message = format!("{start}{rest}").into_bytes();
        let once = verified("", &signed(signer, &message));
        let twice = verified("", &signed(signer, &once));
        assert_eq!(once.escape_ascii().to_string(), twice.escape_ascii().to_string());
        assert!(once.starts_with(start.as_bytes()));
    }
}

#[test]
fn signatures_may_be_nested_and_peeled_one_by_one() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let bob = "-signer testdata/keys/bob.pem -inkey testdata/keys/bob.key --layout detached";
    let once = signed(alice, &message);
    let twice = signed(bob, &once);
    assert!(verified("--identity sip:bob@example.org", &twice) == once);
    assert!(verified("", &once) == message);
}

#[test]
fn one_part_is_signed_and_verified_alone() {
    let body = b"--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b\r\nContent-Type: text/html\r\n\r\nB\r\n--b--\r\n";
    let message = message("Content-Type: multipart/mixed; boundary=b\r\n", body);
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let signed = signed(&format!("{alice} --part 2"), &message);
    // M1: a signed part says nothing about the whole.
    let whole = run(&words("verify -CAfile testdata/keys/ca.pem"), &signed);
    assert_eq!((whole.status, whole.stdout.len()), (1, 0), "{}", whole.said());
    assert!(whole.said().contains("--part 2 verifies that part alone"), "{}", whole.said());
    let part = verified("--part 2", &signed);
    assert!(part.ends_with(b"\r\n\r\nB") && part.starts_with(b"MESSAGE"), "{}", part.escape_ascii());
    for unknown in ["3", "0", "1.1", "x"] {
        let ran = run(&words(&format!("verify -noverify --part {unknown}")), &signed);
        assert_eq!(ran.status, 2, "{unknown}: {}", ran.said());
    }
}

#[test]
fn forms_are_converted() {
    let message = message("Content-Type: text/plain\r\n", b"Hello!");
    let entity = b"Content-Type: text/plain\r\n\r\nHello!";
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    for form in ["mime", "der", "pem"] {
        let object = signed(&format!("{alice} -outform {form}"), &message);
        assert_eq!(verified("", &object), entity, "{form}");
        assert_eq!(verified(&format!("-inform {form}"), &object), entity, "{form}");
    }
    assert_eq!(verified("-outform mime", &signed(alice, &message)), entity);
    // A MIME file with LF is made canonical, and that is said.
    let lf = run(&words(&format!("sign {alice}")), b"Content-Type: text/plain\n\nHello!\n");
    assert!(lf.said().contains("CANON-BARE-LF"), "{}", lf.said());
    assert_eq!(verified("", &lf.stdout), b"Content-Type: text/plain\r\n\r\nHello!\r\n");
    let binary = run(&words(&format!("sign {alice} -binary")), b"Content-Type: text/plain\n\nHello!\n");
    assert_eq!(verified("", &binary.stdout), b"Content-Type: text/plain\n\nHello!\n");
}

#[test]
fn a_stream_keeps_its_order_whatever_the_number_of_jobs() {
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
    let messages: Vec<Vec<u8>> =
        (0..20).map(|number| message("Content-Type: text/plain\r\n", format!("{number}").as_bytes())).collect();
    let stream = messages.concat();
    let signed = signed(&format!("{alice} --jobs 4"), &stream);
    assert!(verified("--jobs 3", &signed) == stream);
    // One without a signature among them is counted and skipped, and is a failure only if so asked.
    let with_plain = [&signed[..], &messages[0]].concat();
    let skipped = run(&words("verify -CAfile testdata/keys/ca.pem"), &with_plain);
    assert_eq!(skipped.status, 0, "{}", skipped.said());
    assert!(skipped.stdout == stream && skipped.said().contains("1 of 21 messages have no S/MIME"));
    let required = run(&words("verify -CAfile testdata/keys/ca.pem --require-signed"), &with_plain);
    assert!(required.status == 1 && required.stdout == stream, "{}", required.said());
}

#[test]
fn a_date_is_added_where_there_is_none() {
    let alice = "-signer testdata/keys/alice.pem -inkey testdata/keys/alice.key --add-date";
    let without = String::from_utf8(signed(alice, &message("Content-Type: text/plain\r\n", b"x"))).unwrap_or_default();
    assert!(without.is_empty() || without.contains("\r\nDate: "));
    let dated = message("Date: Sat, 13 Nov 2010 23:29:00 GMT\r\nContent-Type: text/plain\r\n", b"x");
    assert!(verified("", &signed(alice, &dated)) == dated);
}
