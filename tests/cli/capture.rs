//! Captures on the command line: which messages of one are worked on, what is said of them, and what comes out (FRS-16).

use std::fs;

use serde_json::Value;

use crate::scene::{Scene, assert_says, objects};
use crate::support::ROOT;

/// A scene with captures: those of the test data, by their names.
fn scene(captures: &[&str]) -> Scene {
    let scene = Scene::new();
    for name in captures {
        scene.write(name, &fs::read(format!("{ROOT}/testdata/captures/{name}")).unwrap());
    }
    scene.write("kumiko.key", &data("rfc/rfc6216/eku_kumiko_key.pem"));
    scene.chmod("kumiko.key", 0o600);
    scene
}

fn data(name: &str) -> Vec<u8> {
    fs::read(format!("{ROOT}/testdata/{name}")).unwrap()
}

/// The body of a SIP message.
fn body(message: &[u8]) -> &[u8] {
    let head = message.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &message[head + 4..]
}

const PLAIN: &str = "message 1, 2026-01-02T03:04:05.123456Z, udp 192.0.2.1:5060 > 192.0.2.2:5070";
const SIGNED: &str = "message 2, 2026-01-02T03:04:06.123456Z, udp 198.51.100.7:5062 > 192.0.2.2:5070";
const ENCRYPTED: &str = "message 3, 2026-01-02T03:04:07.123456Z, tcp [2001:db8::1]:5060 > [2001:db8::2]:5070";

#[test]
fn frs_16_inspect_lists_every_message() {
    let scene = scene(&["commands.pcapng"]);
    for arguments in
        ["inspect commands.pcapng", "inspect -inform pcap commands.pcapng", "inspect --jobs 3 -in commands.pcapng"]
    {
        let ran = scene.run(arguments);
        let listing = String::from_utf8(ran.stdout.clone()).unwrap();
        assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
        let heads: Vec<&str> = listing.lines().filter(|line| line.starts_with("message ")).collect();
        assert_eq!(heads, [PLAIN, SIGNED, ENCRYPTED], "{arguments}");
    }
    // A capture on standard input, packed.
    let ran = scene.shell("gzip -c commands.pcapng | sip-smime inspect --json");
    let found = objects(&ran.stdout);
    let sizes: Vec<&Value> = found.iter().map(|object| &object["sizes"]["total"]).collect();
    assert_eq!(sizes, [318, 1421, 1178]);
}

#[test]
fn frs_16_json_says_which_packet() {
    let scene = scene(&["commands.pcapng", "ws_both_directions.pcap"]);
    let found = objects(&scene.run("inspect --json commands.pcapng").stdout);
    // Frame and place, counted by hand: 28 octets of section, 40 of interface, 28 of block, 14, 20 and 8 of heads.
    let packet = serde_json::json!({
        "frame": 1, "octet": 138, "time": "2026-01-02T03:04:05.123456Z", "transport": "udp",
        "source": "192.0.2.1:5060", "destination": "192.0.2.2:5070",
    });
    assert_eq!(found[0]["packet"], packet);
    assert_eq!(found[2]["packet"]["transport"], "tcp");
    assert_eq!(found[2]["packet"]["source"], "[2001:db8::1]:5060");
    let found = objects(&scene.run("inspect --json ws_both_directions.pcap").stdout);
    let packets: Vec<_> =
        found.iter().map(|object| (&object["packet"]["transport"], &object["packet"]["frame"])).collect();
    assert_eq!(packets, [(&Value::from("ws"), &Value::from(3)), (&Value::from("ws"), &Value::from(5))]);
    // Elsewhere there is none.
    assert!(objects(&scene.run("inspect --json plain.sip").stdout)[0].get("packet").is_none());
}

#[test]
fn frs_16_verify_works_on_a_capture() {
    let scene = scene(&["commands.pcapng", "pcap_big_endian.pcap", "among_others.pcap"]);
    let ran = scene.run("verify -CAfile @ca.pem --keep-going -out out.pcapng commands.pcapng");
    let said = ran.said();
    // The third one is encrypted: nobody can say who signed it.
    assert_eq!(ran.status, 1, "{said}");
    assert!(said.contains(&format!("{SIGNED}: integrity: good")), "{said}");
    assert!(said.contains(&format!("at: commands.pcapng, {ENCRYPTED}")), "{said}");
    assert!(said.contains("1 of 3 messages have no S/MIME and were skipped"), "{said}");
    // What came out is a capture again, with the message between the same ends at the same time.
    let found = objects(&scene.run("inspect --json commands.pcapng").stdout);
    let out = scene.read("out.pcapng");
    assert!(out.starts_with(b"\x0a\x0d\x0d\x0a"));
    let product = scene.run("verify -q -CAfile @ca.pem --keep-going -outform sip commands.pcapng").stdout;
    assert!(out.windows(product.len()).any(|window| window == product));
    assert_eq!(found.len(), 3);
    // None has S/MIME: that is one answer, however many there are.
    let ran = scene.run("verify -CAfile @ca.pem among_others.pcap");
    assert_says(&ran, 1, "verify.not-signed", "0 of 1 messages have S/MIME", "none");
    let ran = scene.run("verify --json -CAfile @ca.pem among_others.pcap");
    let found = objects(&ran.stdout);
    assert_eq!((ran.status, found.len(), &found[0]["skipped"]), (1, 2, &Value::Bool(true)));
    assert_eq!((&found[1]["message"], &found[1]["error"]["code"]), (&Value::Null, &"verify.not-signed".into()));
    assert_eq!(scene.run("verify -q -CAfile @ca.pem --require-signed --json among_others.pcap").status, 1);
}

// RFC 6216 section 4.2 prints the content of the message.
#[test]
fn frs_16_decrypt_writes_a_capture() {
    let scene = scene(&["commands.pcapng", "link_raw.pcap"]);
    let expected = scene.run("decrypt -q -inkey kumiko.key -outform sip --keep-going commands.pcapng").stdout;
    assert_eq!(body(&expected), b"Hello!");
    scene.run("decrypt -q -inkey kumiko.key --keep-going -out out.pcapng commands.pcapng");
    let out = scene.read("out.pcapng");
    let printed = scene.run("decrypt -q -inkey kumiko.key --keep-going commands.pcapng");
    assert_eq!(printed.stdout, out);
    // Such a capture is input again, of the same packet.
    let again = objects(&scene.run("inspect --json out.pcapng").stdout);
    assert_eq!((again.len(), &again[0]["packet"]["time"]), (1, &"2026-01-02T03:04:07.123456Z".into()));
    assert_eq!(scene.shell("sip-smime decrypt -q -inkey kumiko.key --keep-going commands.pcapng | sip-smime encrypt -q -recip @bob.pem -outform sip | sip-smime inspect").status, 0);
    // The one message, at the end of the one packet, after the tags.
    let message = out.windows(expected.len()).position(|window| window == expected).unwrap();
    let end = &out[..message];
    assert!(end.ends_with(&[0, 25, 0, 4, 0, 0, 0x13, 0xC4, 0, 26, 0, 4, 0, 0, 0x13, 0xCE, 0, 0, 0, 0]));
    let addresses =
        [&[0, 22, 0, 16, 0x20, 1, 0x0D, 0xB8][..], &[0; 11], &[1, 0, 23, 0, 16, 0x20, 1, 0x0D, 0xB8], &[0; 11], &[2]];
    assert!(end.windows(40).any(|window| window == addresses.concat()));
    // Without --keep-going nothing is put in place, because the message that is only signed was not opened.
    assert_eq!(scene.run("decrypt -q -inkey kumiko.key -out none.pcapng commands.pcapng").status, 1);
    assert!(!scene.path("none.pcapng").exists() && scene.left_over().is_empty());
    // What stands in a capture cannot follow what does not.
    for inputs in ["commands.pcapng plain.sip", "signed.sip link_raw.pcap"] {
        let ran = scene.run(&format!("verify -noverify {inputs}"));
        assert_says(&ran, 2, "usage", "cannot stand in one output", inputs);
        assert!(ran.stdout.is_empty());
        assert_ne!(scene.run(&format!("inspect {inputs}")).status, 2, "{inputs}");
    }
}

#[test]
fn frs_16_sign_encrypt_and_check_san_work_on_a_capture() {
    let scene = scene(&["among_others.pcap", "link_ethernet.pcap"]);
    let signed =
        scene.run("sign -q -signer @alice.pem -inkey alice.key -outform sip -out signed.sip among_others.pcap");
    assert_eq!(signed.status, 0, "{}", signed.said());
    assert_eq!(scene.run("verify -q -CAfile @ca.pem -out /dev/null signed.sip").status, 0);
    let encrypted = scene.run("encrypt -q -recip @bob.pem among_others.pcap");
    assert!(encrypted.status == 0 && encrypted.stdout.starts_with(b"\x0a\x0d\x0d\x0a"), "{}", encrypted.said());
    // RFC 8591 section 10.1: Alice's certificate.
    let ran = scene.run("check-san link_ethernet.pcap");
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert!(String::from_utf8(ran.stdout).unwrap().contains("sip:alice@example.com"));
}

// The certificate of RFC 8591 expired in 2018; that of the test PKI is valid when the packet was captured.
#[test]
fn frs_16_at_the_time_of_the_packet() {
    let scene = scene(&["commands.pcapng", "link_ethernet.pcap", "pcapng_simple.pcapng"]);
    let rows = [
        ("verify -CAfile @ca.pem --at-time capture --keep-going commands.pcapng", "trust: good"),
        ("verify -CAfile @ca.pem -attime capture --keep-going commands.pcapng", "trust: good"),
        ("verify -CAfile @ca.pem --at-time 2016-01-01 --keep-going commands.pcapng", "trust: bad: trust.not-yet-valid"),
        ("verify --trust ALICE --at-time capture link_ethernet.pcap", "trust: bad: trust.expired"),
        ("verify --trust ALICE --at-time 2018-06-03 link_ethernet.pcap", "trust: good"),
        // The time of this one is 1970: it has none.
        ("verify --trust ALICE --at-time capture pcapng_simple.pcapng", "trust: bad: trust.not-yet-valid"),
    ];
    let alice = format!("{ROOT}/testdata/rfc/rfc8591/alice_sign_cert.pem");
    for (arguments, expected) in rows {
        let ran = scene.run(&arguments.replace("ALICE", &alice));
        assert!(ran.said().contains(expected), "{arguments}: {}", ran.said());
    }
    for command in
        ["verify -CAfile @ca.pem", "decrypt --verify -inkey kumiko.key -CAfile @ca.pem", "check-san -CAfile @ca.pem"]
    {
        let ran = scene.run(&format!("{command} --at-time capture signed.sip"));
        assert_says(&ran, 2, "usage", "hint: name the time, or leave --at-time out", command);
    }
}

#[test]
fn frs_16_what_is_lost_or_damaged_is_said() {
    let scene = scene(&["tcp_gap.pcap", "cut_off.pcap", "broken_packets.pcap", "nothing.pcap", "msrp.pcap"]);
    let ran = scene.run("inspect tcp_gap.pcap");
    assert_says(&ran, 3, "capture.incomplete", "at: tcp_gap.pcap, message 2, 2026-01-02T03:04:06.123456Z, tcp", "gap");
    // What was before is listed.
    let ran = scene.run("inspect cut_off.pcap");
    assert_says(&ran, 3, "capture.malformed", "cut off in the middle of a packet", "cut off");
    assert!(ran.stdout.starts_with(b"message 1, 2026"));
    let found = objects(&scene.run("inspect --json cut_off.pcap").stdout);
    assert_eq!((found.len(), &found[1]["message"]), (2, &Value::Null));
    let ran = scene.run("inspect broken_packets.pcap");
    assert_eq!(ran.status, 0);
    assert!(ran.said().contains("warning: 5 of 7 packets cannot be read and were passed over"), "{}", ran.said());
    let ran = scene.run("inspect nothing.pcap");
    assert_says(&ran, 1, "capture.no-message", "7 packets, of which 0 cannot be read", "nothing");
    let ran = scene.run("inspect -v msrp.pcap");
    assert!(ran.status == 0 && ran.said().contains("1 directions of streams are MSRP"), "{}", ran.said());
    assert_says(&scene.run("inspect -inform pcap plain.sip"), 3, "capture.malformed", "neither pcap nor pcapng", "SIP");
}
