//! Captures: SIP messages out of recorded packets (pcap and pcapng).
//!
//! A datagram of UDP is a message (RFC 3261 section 18.3). A stream of TCP is put together and cut by Content-Length; one
//! of WebSocket carries a message in each of its own (RFC 7118). What is no SIP is passed over: media, DNS, keep-alives,
//! MSRP, TLS. A packet that cannot be read costs that packet only. Nothing is kept but what is not complete.

use std::collections::VecDeque;
use std::io::{Cursor, Read};

use crate::error::Error;
use crate::message::sip;
use crate::octets::Slice;
use crate::source::packet::{Found, Tally};

mod cut;
mod file;
mod flows;
mod fragments;
mod gzip;
mod link;
mod websocket;

use file::{Next, Record, Records};
use flows::{Flows, Limits};
use fragments::Fragments;
use gzip::Gunzip;
use link::Payload;

/// The messages of a capture.
pub(super) struct Capture<'r> {
    records: Records<'r>,
    fragments: Fragments,
    flows: Flows,
    found: VecDeque<Found>,
    tally: Tally,
    max_size: usize,
    /// Whether everything was read; and why no more could be.
    ended: Option<Option<Error>>,
}

impl<'r> Capture<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>, max_size: usize) -> Self {
        let limits =
            Limits { message: max_size.min(MAX_MESSAGE), ahead: MAX_AHEAD, total: MAX_TOTAL, flows: MAX_FLOWS };
        Capture {
            records: Records::new(input),
            fragments: Fragments::default(),
            flows: Flows::new(limits),
            found: VecDeque::new(),
            tally: Tally::default(),
            max_size,
            ended: None,
        }
    }

    /// The next message; `None` at the end.
    pub(super) fn next_message(&mut self) -> Result<Option<Found>, Error> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            if let Some(error) = &mut self.ended {
                return error.take().map_or(Ok(None), Err);
            }
            self.read();
        }
    }

    /// What was passed over so far.
    pub(super) fn tally(&self) -> Tally {
        Tally { msrp: self.flows.msrp(), ..self.tally }
    }

    fn read(&mut self) {
        let record = match self.records.next() {
            Ok(Next::Packet(record)) => record,
            Ok(Next::Other) => return,
            Ok(Next::Broken) => {
                self.tally.packets = self.tally.packets.saturating_add(1);
                self.tally.broken = self.tally.broken.saturating_add(1);
                return;
            }
            Ok(Next::End) => return self.end(None),
            Err(error) => return self.end(Some(error)),
        };
        self.tally.packets = self.tally.packets.saturating_add(1);
        if take(&record, &mut self.fragments, &mut self.flows, &mut self.found, self.max_size).is_none() {
            self.tally.broken = self.tally.broken.saturating_add(1);
        }
    }

    fn end(&mut self, error: Option<Error>) {
        self.flows.end(&mut self.found);
        self.ended = Some(error);
    }
}

/// Takes a packet; `None` if it cannot be read.
fn take(
    record: &Record<'_>,
    fragments: &mut Fragments,
    flows: &mut Flows,
    found: &mut VecDeque<Found>,
    max_size: usize,
) -> Option<()> {
    link::read(record, fragments, |payload| {
        match payload {
            Payload::Broken => return None,
            Payload::Other => {}
            Payload::Segment(packet, segment) => flows.add(packet, segment, found),
            Payload::Datagram(packet, octets) => {
                if sip::begins_message(sip::skip_line_ends(Slice::new(octets))) {
                    let is_too_large = octets.len() > max_size;
                    let octets = if is_too_large { Err(cut::too_large(max_size)) } else { Ok(octets.to_vec()) };
                    found.push_back(Found { packet, octets });
                }
            }
        }
        Some(())
    })
}

/// What the start of an input shows.
pub(super) enum Opened<'r> {
    /// A capture, unpacked if it was compressed.
    Capture(Box<dyn Read + 'r>),
    /// Something else, with nothing read of it.
    Other(Box<dyn Read + 'r>),
}

/// Looks at the start of an input. One that is compressed is unpacked only if a capture is in it.
///
/// # Errors
/// What the input says when it is read.
pub(super) fn open<'r>(mut input: Box<dyn Read + 'r>) -> std::io::Result<Opened<'r>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let is_compressed = start.starts_with(&gzip::MAGIC);
    if is_compressed {
        input.by_ref().take(GZIP_START).read_to_end(&mut start)?;
    }
    let is_capture = is_capture(&start);
    let whole = Box::new(Cursor::new(start).chain(input));
    Ok(match (is_capture, is_compressed) {
        (false, _) => Opened::Other(whole),
        (true, false) => Opened::Capture(whole),
        (true, true) => Opened::Capture(Box::new(Gunzip::new(whole))),
    })
}

/// Whether a file that begins so is a capture, compressed or not.
pub fn is_capture(start: &[u8]) -> bool {
    let mut unpacked = [0; 4];
    file::is_capture(start) || (Gunzip::new(start).read_exact(&mut unpacked).is_ok() && file::is_capture(&unpacked))
}

/// How much of a compressed file shows what is in it: its head may hold a name.
const GZIP_START: u64 = 4096;
/// The largest message of a stream, whatever is allowed.
const MAX_MESSAGE: usize = 32 << 20;
const MAX_AHEAD: usize = 256 << 10;
const MAX_TOTAL: usize = 64 << 20;
const MAX_FLOWS: usize = 16_384;
