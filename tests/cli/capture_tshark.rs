//! Captures as tshark reads them: it finds the messages that we find, and shows what we write.
//!
//! Where the two differ the reason stands in a table, and a difference that has gone fails, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::scene::{Scene, objects};
use crate::support::ROOT;

/// What tshark says of a file, one row for each frame of SIP: the values of fields, each a list.
fn tshark(file: &Path, fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(file).args(["-Y", "sip", "-T", "fields", "-E", "separator=\u{1}"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let Ok(output) = command.output() else {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "tshark is not there");
        return None;
    };
    let rows = String::from_utf8(output.stdout).unwrap();
    Some(rows.lines().map(|row| row.split('\u{1}').map(str::to_owned).collect()).collect())
}

/// Captures of which tshark, at least in version 4.0, makes something else, and why.
const DIFFER: [(&str, &str); 13] = [
    ("broken_blocks.pcapng", "it stops at a block that it cannot read"),
    ("broken_packets.pcap", "it takes datagrams that are shorter than their length says"),
    ("fragments_overlap.pcap", "it puts fragments together that overlap"),
    ("tcp_begins_in_the_middle.pcap", "it does not find the start line behind a binary body"),
    ("tcp_gap.pcap", "it waits for what is missing"),
    ("tcp_keep_alive.pcap", "it does not read a message behind a keep-alive in one segment"),
    ("tcp_length_0_cut.pcap", "it reads what is there of a packet that is cut off"),
    ("tcp_out_of_order.pcap", "it does not put segments in their order unless it is told to"),
    ("tcp_overlap.pcap", "the same"),
    ("tcp_wrap.pcap", "the same"),
    ("tcp_unended.pcap", "we count the message that is not whole"),
    ("ws_begins_in_the_middle.pcap", "it knows WebSocket by the upgrade alone"),
    ("ws_fragmented.pcap", "it does not put frames together here"),
];

#[test]
fn frs_16_tshark_finds_the_same_messages() {
    let table = fs::read_to_string(format!("{ROOT}/testdata/captures/expected.tsv")).unwrap();
    let mut captures: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let messages = captures.entry(cells[0]).or_default();
        match cells[6] {
            // No message, but a word about the file.
            "capture.malformed" | "capture.no-message" => {}
            code if !code.contains('/') => messages.push(code.to_owned()),
            file => {
                let message = fs::read(format!("{ROOT}/testdata/{file}")).unwrap();
                let line = message.split(|octet| *octet == b'\r').next().unwrap();
                messages.push(String::from_utf8(line.to_vec()).unwrap());
            }
        }
    }
    let mut wrong = Vec::new();
    for (capture, mut messages) in captures {
        let path = Path::new(ROOT).join("testdata/captures").join(capture);
        let Some(rows) = tshark(&path, &["sip.Request-Line", "sip.Status-Line"]) else { return };
        // Several messages of one frame stand in one row, the requests first.
        let mut theirs: Vec<String> = Vec::new();
        for line in rows.into_iter().flatten().filter(|line| !line.is_empty()) {
            theirs.extend(line.split(',').map(|line| line.trim_end_matches("\\r\\n").to_owned()));
        }
        theirs.sort();
        messages.sort();
        let differs = DIFFER.iter().any(|(name, _)| *name == capture);
        if (theirs == messages) == differs {
            wrong.push(format!("{capture}: we find {messages:?}, tshark {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn frs_16_tshark_shows_what_was_opened() {
    let scene = Scene::new();
    let capture = format!("{ROOT}/testdata/captures/commands.pcapng");
    fs::copy(format!("{ROOT}/testdata/rfc/rfc6216/eku_kumiko_key.pem"), scene.path("kumiko.key")).unwrap();
    scene.chmod("kumiko.key", 0o600);
    let fields = [
        "frame.time_epoch",
        "frame.protocols",
        "ipv6.src",
        "ip.src",
        "exported_pdu.src_port",
        "exported_pdu.dst_port",
        "sip.Request-Line",
        "sip.Content-Length",
        "text",
    ];
    let rows = [
        (
            "decrypt -q -inkey kumiko.key",
            ["1767323047.123456000", "exported_pdu:sip:data-text-lines", "2001:db8::1", "", "5060", "5070"],
            ("MESSAGE sip:kumiko@example.net SIP/2.0", "6", "Hello!"),
        ),
        (
            "verify -q -CAfile @ca.pem",
            ["1767323046.123456000", "exported_pdu:sip:data-text-lines", "", "198.51.100.7", "5062", "5070"],
            ("MESSAGE sip:bob@example.org SIP/2.0", "20", "Hello from a peer."),
        ),
    ];
    for (command, expected, (line, length, text)) in rows {
        let ran = scene.run(&format!("{command} --keep-going -out out.pcapng {capture}"));
        assert_eq!(ran.status, 1, "{}", ran.said());
        let Some(found) = tshark(&scene.path("out.pcapng"), &fields) else { return };
        let [found] = &found[..] else { panic!("{command}: {found:?}") };
        assert_eq!(found[..6], expected, "{command}");
        assert!(found[6].starts_with(line) && found[7] == length && found[8].contains(text), "{command}: {found:?}");
    }
    // Signed and encrypted here, over each transport: every message comes out of tshark with its body.
    let streams = format!("{ROOT}/testdata/captures/tcp_directions.pcap");
    let ran =
        scene.run(&format!("sign -q -signer @alice.pem -inkey alice.key --keep-going -out signed.pcapng {streams}"));
    let Some(found) = tshark(&scene.path("signed.pcapng"), &["sip.Method", "frame.number"]) else { return };
    let made = objects(&scene.run(&format!("sign --json -signer @alice.pem -inkey alice.key {streams}")).stdout);
    let good = made.iter().filter(|object| object["exit"] == 0).count();
    assert!(good > 0 && found.len() == good, "{}: {found:?}", ran.said());
}
