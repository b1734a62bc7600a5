//! Captures: exactly the messages that were put into each come out, with the packets they came in (FRS-16).
//!
//! The captures and what is in them are made by `testdata/captures/make.py`, by the layouts of the standards.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sip_smime::source::{self, Chunk, Container, Missing, Packet};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(data(name)).unwrap()
}

/// What is said of a message: time, transport, source, destination, and the octets or the code of an error.
type Row = (String, String, String, String, Result<Vec<u8>, String>);

/// The rows of `expected.tsv`, by capture.
fn expected() -> BTreeMap<String, Vec<Row>> {
    let table = String::from_utf8(read("captures/expected.tsv")).unwrap();
    let mut captures: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [capture, number, time, transport, source, destination, outcome] = cells[..] else { panic!("{line}") };
        let outcome = if outcome.contains('/') { Ok(read(outcome)) } else { Err(outcome.to_owned()) };
        let rows = captures.entry(capture.to_owned()).or_default();
        rows.push((time.into(), transport.into(), source.into(), destination.into(), outcome));
        assert_eq!(number.parse(), Ok(rows.len()));
    }
    captures
}

fn row(found: Result<Chunk, Box<Missing>>) -> Row {
    let (packet, outcome) = match found {
        Ok(chunk) => (chunk.packet, Ok(chunk.octets)),
        Err(missing) => (missing.packet, Err(missing.error.code().to_owned())),
    };
    match packet {
        Some(Packet { time, transport, source, destination, .. }) => {
            (time.to_string(), transport.name().to_owned(), source.to_string(), destination.to_string(), outcome)
        }
        None => ("0".into(), "-".into(), "-:0".into(), "-:0".into(), outcome),
    }
}

/// Gives few octets at a time: no reader may rely on more.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(7);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn all<'r>(input: impl Read + 'r, container: Container) -> Vec<Result<Chunk, Box<Missing>>> {
    source::messages(Box::new(input), container, 1 << 20).collect()
}

#[test]
fn frs_16_exactly_the_messages_of_each_capture() {
    let mut seen = 0;
    for (capture, expected) in expected() {
        let octets = read(&format!("captures/{capture}"));
        let found: Vec<Row> = all(&octets[..], Container::Recognised).into_iter().map(row).collect();
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{capture}, message {}", number + 1);
        }
        assert_eq!(found.len(), expected.len(), "{capture}");
        let slowly: Vec<Row> = all(Slow(&octets), Container::Capture).into_iter().map(row).collect();
        assert_eq!(slowly, found, "{capture}");
        seen += 1;
    }
    let files = fs::read_dir(data("captures")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| name.contains(".pcap")).count(), seen, "captures that no row is about");
}

// Where the message stands in the file: a whole datagram stands there as it is.
#[test]
fn frs_16_each_message_has_a_place() {
    for capture in ["link_ethernet.pcap", "link_qinq.pcap", "pcapng_interfaces.pcapng", "tcp_two_in_a_segment.pcap"] {
        let octets = read(&format!("captures/{capture}"));
        for chunk in all(&octets[..], Container::Recognised).into_iter().map(Result::unwrap) {
            let position = chunk.packet.unwrap().position;
            assert_eq!(octets[position..position + chunk.octets.len()], chunk.octets, "{capture}");
        }
    }
    let frames = |capture: &str| -> Vec<u64> {
        let found = all(&read(&format!("captures/{capture}"))[..], Container::Recognised);
        found.into_iter().map(|chunk| chunk.unwrap().packet.unwrap().frame).collect()
    };
    // The numbers are those that other programs give, which count what they cannot read.
    assert_eq!(frames("broken_packets.pcap"), [1, 7]);
    assert_eq!(frames("broken_blocks.pcapng"), [1, 5]);
    assert_eq!(frames("tcp_out_of_order.pcap"), [4]);
}

#[test]
fn what_was_passed_over_is_counted() {
    let rows = [
        ("broken_packets.pcap", (7, 5, 0)),
        ("broken_blocks.pcapng", (5, 3, 0)),
        ("fragments_overlap.pcap", (4, 2, 0)),
        ("nothing.pcap", (7, 0, 0)),
        ("msrp.pcap", (4, 0, 1)),
        ("gzip.pcap.gz", (2, 0, 0)),
    ];
    for (capture, (packets, broken, msrp)) in rows {
        let octets = read(&format!("captures/{capture}"));
        let mut messages = source::messages(Box::new(&octets[..]), Container::Recognised, 1 << 20);
        while messages.next().is_some() {}
        let tally = messages.tally().unwrap();
        assert_eq!((tally.packets, tally.broken, tally.msrp), (packets, broken, msrp), "{capture}");
    }
    assert!(source::messages(Box::new(&b"x"[..]), Container::Recognised, 1).tally().is_none());
}

// Every prefix of a capture, and every capture with one octet changed, is read to an end.
#[test]
fn r1_damaged_captures() {
    let names =
        ["tcp_overlap.pcap", "ws_fragmented.pcap", "fragments_ipv6.pcap", "pcapng_interfaces.pcapng", "gzip.pcap.gz"];
    for name in names {
        let octets = read(&format!("captures/{name}"));
        for end in (0..octets.len()).step_by(3) {
            let cut = all(&octets[..end], Container::Capture);
            assert!(cut.last().is_some_and(Result::is_err) || end > 24, "{name} up to {end}");
            let mut changed = octets.clone();
            changed[end] ^= 0xFF;
            assert!(!all(&changed[..], Container::Capture).is_empty(), "{name} with another octet {end}");
        }
    }
}

// gzip is tried only for captures, and a form that is insisted on is the form.
#[test]
fn what_is_no_capture_stays_as_it_is() {
    let packed = read("captures/gzip.pcap.gz");
    let text = [&packed[..10], &[0; 5000]].concat();
    for octets in [&text[..], &packed[..2], &packed[..9], b"\xd4\xc3\xb2", b""] {
        let found = all(octets, Container::Recognised);
        assert!(
            found.len() == 1 && found[0].as_ref().is_ok_and(|chunk| chunk.octets == octets && chunk.packet.is_none())
                || octets.is_empty()
        );
    }
    let capture = read("captures/link_ethernet.pcap");
    let found = all(&capture[..], Container::Messages(sip_smime::message::Form::Der));
    assert!(found[0].as_ref().is_ok_and(|chunk| chunk.octets == capture));
    let found = all(&b"MESSAGE sip:a@b SIP/2.0\r\n\r\n"[..], Container::Capture);
    assert_eq!(found[0].as_ref().unwrap_err().error.code(), "capture.malformed");
}

// One that is too large is said, and the next one is read.
#[test]
fn r1_large_messages_of_a_capture() {
    for capture in ["tcp_two_in_a_segment.pcap", "broken_packets.pcap", "tcp_keep_alive.pcap"] {
        let octets = read(&format!("captures/{capture}"));
        let found: Vec<_> = source::messages(Box::new(&octets[..]), Container::Recognised, 1000).collect();
        assert_eq!(found.len(), 2, "{capture}");
        assert_eq!(found[0].as_ref().unwrap_err().error.code(), "limit.size", "{capture}");
        assert_eq!(found[1].as_ref().unwrap().octets, read("cli/message.sip"), "{capture}");
    }
}
