//! Captures: exactly the messages that were put into each come out, with the packets they came in (FRS-16).
//!
//! The captures and what is in them are made by `testdata/captures/make.py`, by the layouts of the standards.
#![cfg(feature = "capture")]
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
        ("tcp_length_0_cut.pcap", (3, 1, 0)),
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

/// A file of pcap with packets of IPv4 alone, made as little as the reader needs.
struct Capture(Vec<u8>);

impl Capture {
    fn new() -> Self {
        let head = [&[0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0], &[101, 0, 0, 0]];
        Capture(head.concat())
    }

    /// A segment from a port, at a place in its stream.
    fn segment(&mut self, port: u16, sequence: u32, flags: u8, payload: &[u8]) {
        let length = u16::try_from(40 + payload.len()).unwrap();
        let ip =
            [&[0x45, 0][..], &length.to_be_bytes(), &[0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]].concat();
        let ports = [port.to_be_bytes(), 5060_u16.to_be_bytes()].concat();
        let tcp = [&ports[..], &sequence.to_be_bytes(), &[0; 4], &[0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]].concat();
        let size = u32::from(length).to_le_bytes();
        self.0.extend([&[0; 8][..], &size, &size, &ip, &tcp, payload].concat());
    }

    fn codes(&self) -> Vec<Result<usize, &'static str>> {
        let found = source::messages(Box::new(&self.0[..]), Container::Recognised, u64::MAX);
        found.map(|chunk| chunk.map(|chunk| chunk.octets.len()).map_err(|missing| missing.error.code())).collect()
    }
}

const SMALL: &[u8] = b"MESSAGE sip:a@b SIP/2.0\r\nl: 3\r\n\r\nabc";
const SYN: u8 = 2;

// What is missing is waited for, but not for ever: the stream goes on while the capture does.
#[test]
fn r1_a_gap_is_given_up_when_much_has_come_after_it() {
    let large =
        [format!("MESSAGE sip:a@b SIP/2.0\r\nl: {}\r\n\r\n", 1 << 20).as_bytes(), &vec![b'x'; 1 << 20]].concat();
    let whole = [SMALL, &large[..], SMALL].concat();
    let mut capture = Capture::new();
    capture.segment(1, 0, SYN, b"");
    let mut lost = capture;
    for (number, piece) in whole.chunks(1400).enumerate() {
        if number != 1 {
            lost.segment(1, u32::try_from(1 + number * 1400).unwrap(), 0, piece);
        }
    }
    // In another stream: it comes out after the gap was given up, before the capture ends.
    lost.segment(2, 0, 0, SMALL);
    let size = SMALL.len();
    assert_eq!(lost.codes(), [Ok(size), Err("capture.incomplete"), Ok(size), Ok(size)]);
}

// Streams that never end their messages: the oldest are given up, and memory stays bounded.
#[test]
fn r1_many_streams_and_large_ones() {
    let mut capture = Capture::new();
    for port in 0..20_000 {
        capture.segment(port, 0, SYN, b"");
        capture.segment(port, 1, 0, &SMALL[..30]);
    }
    let found = capture.codes();
    assert_eq!(found, vec![Err("capture.incomplete"); 20_000]);
    // The rest of each, the newest first: those that were not given up are whole.
    for port in (0..20_000).rev() {
        capture.segment(port, 31, 0, &SMALL[30..]);
    }
    let found = capture.codes();
    assert_eq!(found.iter().filter(|found| found.is_ok()).count(), 16_384);

    let mut capture = Capture::new();
    let claim = format!("MESSAGE sip:a@b SIP/2.0\r\nl: {}\r\n\r\n", 20 << 20);
    let piece = vec![b'x'; 60_000];
    for round in 0..300_u32 {
        for port in 1..=4 {
            match round {
                0 => capture.segment(port, 0, 0, claim.as_bytes()),
                _ => capture.segment(port, u32::try_from(claim.len()).unwrap() + (round - 1) * 60_000, 0, &piece),
            }
        }
    }
    // More than all may hold: the first ones are given up before this one comes.
    capture.segment(9, 0, 0, SMALL);
    let found = capture.codes();
    let whole = found.iter().position(Result::is_ok);
    assert!(whole.is_some_and(|at| at > 0), "{found:?}");
    assert_eq!(found.iter().filter(|found| **found == Err("capture.incomplete")).count(), 4, "{found:?}");
    // One message that claims more than any stream may hold is said, and what follows it is read.
    let mut capture = Capture::new();
    let claim = format!("MESSAGE sip:a@b SIP/2.0\r\nl: {}\r\n\r\n", 60_000 * 700);
    capture.segment(1, 0, 0, claim.as_bytes());
    for round in 0..700 {
        capture.segment(1, u32::try_from(claim.len()).unwrap() + round * 60_000, 0, &piece);
    }
    capture.segment(1, u32::try_from(claim.len()).unwrap() + 700 * 60_000, 0, SMALL);
    assert_eq!(capture.codes(), [Err("limit.size"), Ok(SMALL.len())]);
}

// Octet by octet, in reverse, and in the middle of everything: the same message.
#[test]
fn frs_16_segments_of_one_octet() {
    let mut capture = Capture::new();
    capture.segment(1, u32::MAX - 20, SYN, b"");
    for (number, octet) in SMALL.iter().enumerate().rev() {
        capture.segment(1, (u32::MAX - 19).wrapping_add(u32::try_from(number).unwrap()), 0, &[*octet]);
    }
    assert_eq!(capture.codes(), [Ok(SMALL.len())]);
}

/// Streams that Content-Length does not cut well: (what is sent, what comes out).
#[test]
fn frs_16_lengths_that_are_wrong_or_missing() {
    let none = &b"MESSAGE sip:a@b SIP/2.0\r\n\r\nabc"[..];
    let short = &b"MESSAGE sip:a@b SIP/2.0\r\nl: 1\r\n\r\nabc\r\n"[..];
    let long = &b"MESSAGE sip:a@b SIP/2.0\r\nl: 9\r\n\r\nabc"[..];
    let twice = &b"MESSAGE sip:a@b SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\na"[..];
    let response = &b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"[..];
    // A method that ends as one of SIP does; its head cannot be read.
    let odd = &b"XMESSAGE sip:a@b SIP/2.0\r\nno field\r\n\r\nabc\r\n"[..];
    let other = &b"OTHER sip:a@b SIP/2.0\r\nl: 0\r\n\r\n"[..];
    let rows: [(&[&[u8]], &[usize]); 9] = [
        (&[odd, other, SMALL], &[odd.len(), other.len(), SMALL.len()]),
        (&[none, SMALL], &[none.len(), SMALL.len()]),
        (&[none, response], &[none.len(), response.len()]),
        (&[short, SMALL], &[short.len(), SMALL.len()]),
        (&[twice, SMALL], &[twice.len(), SMALL.len()]),
        // Who closes the stream sent no more: the reader of the message says what is wrong.
        (&[SMALL, long], &[SMALL.len(), long.len()]),
        (&[none], &[none.len()]),
        (&[b"\x16\x03\x01binary\n", SMALL], &[SMALL.len()]),
        (&[SMALL, b"\r\n\r\n", SMALL, b"\r\n"], &[SMALL.len(), SMALL.len()]),
    ];
    for (sent, expected) in rows {
        let whole = sent.concat();
        // What ends with its segment ends there: that its length was too small is seen only in one segment.
        let sizes = if sent[0] == short { vec![whole.len()] } else { vec![1, 7, whole.len()] };
        for size in sizes {
            let mut capture = Capture::new();
            capture.segment(1, 0, SYN, b"");
            for (number, piece) in whole.chunks(size).enumerate() {
                capture.segment(1, u32::try_from(1 + number * size).unwrap(), 0, piece);
            }
            capture.segment(1, u32::try_from(1 + whole.len()).unwrap(), 1, b"");
            let expected: Vec<_> = expected.iter().map(|length| Ok(*length)).collect();
            assert_eq!(capture.codes(), expected, "{} by {size}", whole.escape_ascii());
        }
    }
}

// A capture of nothing but the smallest frames and messages: each costs what it is, not what is around it.
#[test]
fn r1_much_in_little() {
    let pings = [0x89, 0].repeat(32_000);
    let upgrade = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    let tiny = b"A a: SIP/2.0\r\nl:0\r\n\r\n";
    let many = tiny.repeat(3000);
    let lines = b"SIP/2.0\n".repeat(8000);
    let mut capture = Capture::new();
    capture.segment(1, 0, 0, upgrade);
    capture.segment(3, 0, 0, b"\x16\x03");
    for round in 0..100 {
        capture.segment(1, u32::try_from(upgrade.len()).unwrap() + round * 64_000, 0, &pings);
        capture.segment(2, round * 63_000, 0, &many);
        capture.segment(3, 2 + round * 64_000, 0, &lines);
    }
    let begin = std::time::Instant::now();
    assert_eq!(capture.codes(), vec![Ok(tiny.len()); 300_000]);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
}
