//! `inspect --lint`: the findings alone, for people and for programs, and what the exit code says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scene::{PLAIN, Scene, assert_says, objects, replaced};
use crate::support::{ROOT, Ran, assert_none, drives_a_terminal, run};

fn lint(arguments: &str, input: &[u8]) -> Ran {
    let words: Vec<String> = format!("inspect --lint {arguments}").split_whitespace().map(str::to_owned).collect();
    run(&words, input)
}

/// (severity, code) of each finding.
fn findings(octets: &[u8]) -> BTreeSet<(String, String)> {
    let object = objects(&lint("--json --at-time 2026-01-01", octets).stdout).remove(0);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let all = object["findings"].as_array().unwrap();
    all.iter().map(|finding| (text(finding, "severity"), text(finding, "finding"))).collect()
}

// Code, severity, place, rule and fix; exit 1 if a requirement is broken.
#[test]
fn each_finding_in_full() {
    let input = replaced(PLAIN, b"text/plain", b"text/plain\r\nDate: Fri, 20 June 2003 13:02:03 GMT");
    let ran = lint("", &input);
    let at = input.windows(5).position(|window| window == b"Date:").unwrap();
    let end = at + "Date: Fri, 20 June 2003 13:02:03 GMT\r\n".len();
    let expected = format!(
        "error: Date is no SIP-date: Fri, 20 June 2003 13:02:03 GMT [DATE-SYNTAX]\n  at: octets {at}..{end}\n  \
         rule: RFC 3261 section 20.17: Date is a SIP-date: Sat, 13 Nov 2010 23:29:00 GMT\n  \
         fix: write it as Sat, 13 Nov 2010 23:29:00 GMT\n"
    );
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert!(listed.contains(&expected), "{listed}");
    assert_says(&ran, 1, "lint.broken", "1 finding is an error", "what to do about it");
    // The same for programs.
    let ran = lint("--json", &input);
    assert_eq!(ran.status, 1, "{}", ran.said());
    let object = objects(&ran.stdout).remove(0);
    let finding = object["findings"].as_array().unwrap().iter().find(|one| one["finding"] == "DATE-SYNTAX").unwrap();
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["place"]["octets"], Value::from([at, end]));
    assert_eq!(finding["rule"], "RFC 3261 section 20.17");
    assert_eq!(finding["fix"], "write it as Sat, 13 Nov 2010 23:29:00 GMT");
    assert_eq!(object["exit"], 1);
    assert!(object.get("tree").is_none(), "{object}");
}

#[test]
fn quiet_and_clean() {
    let rfc = "testdata/rfc/rfc8591/10.1.sip";
    let ran = lint(rfc, b"");
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert!(ran.status == 0 && listed.contains("[DATE-NOT-SIGNED]") && listed.contains("[CERT-ATTACHED]"), "{listed}");
    // Errors alone: there is none, unless the user is strict about the Date.
    assert_eq!((lint(&format!("-q {rfc}"), b"").stdout, lint(&format!("-q {rfc}"), b"").status), (vec![], 0));
    let ran = lint(&format!("-q --strict {rfc}"), b"");
    let listed = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status == 1 && listed.starts_with("error: ") && listed.matches('[').count() == 1, "{listed}");
    // The time decides about certificates.
    let expired = |time: &str| {
        String::from_utf8_lossy(&lint(&format!("--at-time {time} {rfc}"), b"").stdout).contains("[CERT-EXPIRED]")
    };
    assert_eq!((expired("2018-12-01"), expired("2019-01-01")), (false, true));
    // What cannot be read is a finding; plain inspect gives its own code.
    let cut = &std::fs::read(format!("{ROOT}/{rfc}")).unwrap()[..700];
    assert_says(&lint("", cut), 1, "lint.broken", "1 finding is an error", "");
    // Messages are numbered, and each has its own exit.
    let bad = replaced(PLAIN, b"text/plain", b"text");
    let objects = objects(&lint("--json", &[PLAIN, &bad].concat()).stdout);
    assert_eq!((&objects[0]["exit"], &objects[1]["exit"]), (&0.into(), &1.into()));
}

// What is written by default breaks no rule. A Date that is not signed, and the size, are all that is warned about.
#[test]
fn what_we_write() {
    let scene = Scene::new();
    let message = [
        "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TCP client.example.com;branch=z9hG4bK1\r\n",
        "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\n",
        "Call-ID: 1@client.example.com\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nhello\r\n",
    ]
    .concat();
    scene.write("m.sip", message.as_bytes());
    let keys = format!("{ROOT}/testdata/keys");
    let sip_smime = env!("CARGO_BIN_EXE_sip-smime");
    // An at sign stands for the folder of keys in these scripts.
    let alice = "$(printf 'sip:alice\\100example.com')";
    let rows = [
        "sign -signer K/alice.pem -inkey K/alice.key m.sip".to_owned(),
        "sign --layout detached -signer K/alice.pem -inkey K/alice.key m.sip".to_owned(),
        "sign -signer K/alice-rsa2048.pem -inkey K/alice-rsa2048.key m.sip".to_owned(),
        "sign -signer K/alice-ed25519.pem -inkey K/alice-ed25519.key m.sip".to_owned(),
        "sign -signer K/alice-p384.pem -inkey K/alice-p384.key -keyid --certs none m.sip".to_owned(),
        "encrypt -recip K/bob.pem m.sip".to_owned(),
        "encrypt -recip K/bob-rsa2048.pem m.sip".to_owned(),
        "encrypt -recip K/bob-x25519.pem -recip K/bob.pem m.sip".to_owned(),
        "encrypt -recip K/bob.pem -signer K/alice.pem -inkey K/alice.key m.sip".to_owned(),
        // Certificates of our own: a user alone, and below an authority.
        format!("gen-cert {alice} -out a.pem -keyout a.key && {sip_smime} sign -signer a.pem -inkey a.key m.sip"),
        format!(
            "gen-cert --ca Us -out ca.pem -keyout ca.key && {sip_smime} gen-cert {alice} -CA ca.pem \
             -CAkey ca.key -out b.pem -keyout b.key && {sip_smime} sign -signer b.pem -inkey b.key -certfile ca.pem \
             --certs chain m.sip"
        ),
        format!(
            "gen-cert --key rsa2048 {alice} -out r.pem -keyout r.key && {sip_smime} sign -signer r.pem \
             -inkey r.key m.sip"
        ),
    ];
    let mut wrong = Vec::new();
    for row in rows {
        let ran = scene.shell(&format!("{sip_smime} {}", row.replace("K/", &format!("{keys}/"))));
        assert_eq!(ran.status, 0, "{row}: {}", ran.said());
        // Our own certificates begin to be valid now.
        let ran = lint("--json", &ran.stdout);
        let object = objects(&ran.stdout).remove(0);
        for finding in object["findings"].as_array().unwrap() {
            let code = finding["finding"].as_str().unwrap();
            if finding["severity"] != "info" && !["DATE-NOT-SIGNED", "SIZE-1300"].contains(&code) {
                wrong.push(format!("{row}: {code}: {}", finding["text"]));
            }
        }
        assert_eq!(ran.status, 0, "{row}");
    }
    assert_none(&wrong);
}

// O1: what is quoted in a finding cannot drive a terminal.
#[test]
fn o1_hostile_text_in_findings() {
    let hostile = "\x1b]52;c;x\x07\u{9b}31m\u{202e}";
    let rows: [(&[u8], String); 5] = [
        (b"Content-Type: text/plain", format!("Date: {hostile}\r\nContent-Type: text/plain")),
        (b"Content-Type: text/plain", format!("CSeq: 1 {hostile}\r\nContent-Type: text/plain")),
        (b"Content-Type: text/plain", format!("Call-Info: <cid:{hostile}>\r\nContent-Type: text/plain")),
        (
            b"Content-Type: text/plain",
            format!("Accept: application/pkcs7-mime;smime-type=\"{hostile}\"\r\nContent-Type: text/plain"),
        ),
        (b"text/plain", format!("text/{hostile}")),
    ];
    for (from, to) in rows {
        let input = replaced(PLAIN, from, to.as_bytes());
        for options in ["", "--json"] {
            let ran = lint(options, &input);
            assert!((0..=5).contains(&ran.status));
            assert_eq!(drives_a_terminal(&ran.stdout), None, "{to:?}");
            assert_eq!(drives_a_terminal(&ran.stderr), None, "{to:?}");
        }
    }
}

// Plain inspect says the same beside the tree, and its exit code does not change.
#[test]
fn inspect_says_it_too() {
    let input = replaced(PLAIN, b"text/plain", b"text/plain\r\nDate: Fri, 20 June 2003 13:02:03 GMT");
    assert!(findings(&input).contains(&("error".to_owned(), "DATE-SYNTAX".to_owned())));
    let ran = run(&["inspect".to_owned()], &input);
    assert!(ran.status == 0 && ran.said().contains("error: Date is no SIP-date"), "{}", ran.said());
}

// TUN-12: what stands in an encrypted message in a message, and is read by nobody. A key is needed to see it.
#[test]
fn tun_12_fields_that_are_not_read() {
    let scene = Scene::new();
    let head = "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TCP c.example.com;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\nCall-ID: 1@c\r\nCSeq: 1 MESSAGE\r\n";
    let keys = format!("-recip {ROOT}/testdata/keys/bob.pem -inkey {ROOT}/testdata/keys/bob.key");
    for (field, is_ignored) in [("Priority: urgent", true), ("Subject: lunch", false)] {
        let message = format!("{head}Content-Type: message/sip\r\n\r\n{head}{field}\r\nContent-Length: 0\r\n\r\n");
        scene.write("tunnel.sip", message.as_bytes());
        let sealed = scene.shell("sip-smime encrypt -q -recip @bob.pem tunnel.sip");
        assert_eq!(sealed.status, 0, "{}", sealed.said());
        let listed = String::from_utf8(lint(&keys, &sealed.stdout).stdout).unwrap();
        assert_eq!(listed.contains("[HDR-IGNORED]"), is_ignored, "{listed}");
        assert!(!String::from_utf8(lint("", &sealed.stdout).stdout).unwrap().contains("[HDR-IGNORED]"));
    }
}
