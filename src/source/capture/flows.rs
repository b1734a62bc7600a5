//! Streams of TCP, each direction alone: segments are put in their order (RFC 9293 section 3.4).
//!
//! Of octets that come twice those count that came first. What is missing is waited for, until too much has come after
//! it. Memory is bounded: too many streams, or too much in all of them, and the oldest is given up.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;

use crate::source::capture::cut::{Cut, Cutter, End};
use crate::source::capture::link::Segment;
use crate::source::packet::{Found, Packet};

/// The streams of a capture.
#[derive(Debug)]
pub(super) struct Flows {
    flows: HashMap<Ends, Flow>,
    /// By when they were last used.
    order: BTreeMap<u64, Ends>,
    turn: u64,
    held: usize,
    limits: Limits,
    msrp: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Octets of one message.
    pub(super) message: usize,
    /// Octets of one stream that wait for missing ones.
    pub(super) ahead: usize,
    /// Octets of all streams.
    pub(super) total: usize,
    /// Streams.
    pub(super) flows: usize,
}

type Ends = (SocketAddr, SocketAddr);

impl Flows {
    pub(super) fn new(limits: Limits) -> Self {
        Flows { flows: HashMap::new(), order: BTreeMap::new(), turn: 0, held: 0, limits, msrp: 0 }
    }

    /// How many streams of MSRP were seen.
    pub(super) fn msrp(&self) -> u64 {
        self.msrp
    }

    /// Adds a segment, and gives the messages that are complete with it to `found`.
    pub(super) fn add(&mut self, packet: Packet, segment: Segment<'_>, found: &mut VecDeque<Found>) {
        let ends = (packet.source, packet.destination);
        let known = self.flows.remove(&ends);
        if let Some(flow) = &known {
            self.order.remove(&flow.turn);
            self.held = self.held.saturating_sub(flow.held());
        }
        let was_msrp = known.as_ref().is_some_and(|flow| flow.cutter.is_msrp());
        let Some(mut flow) = self.current(known, packet, segment, found) else { return };
        flow.take(packet, segment, self.limits.ahead, found);
        if flow.cutter.is_msrp() && !was_msrp {
            self.msrp = self.msrp.saturating_add(1);
        }
        self.turn = self.turn.saturating_add(1);
        flow.turn = self.turn;
        self.held = self.held.saturating_add(flow.held());
        self.order.insert(self.turn, ends);
        self.flows.insert(ends, flow);
        while self.flows.len() > self.limits.flows || self.held > self.limits.total {
            self.give_up_oldest(found);
        }
    }

    /// The stream that a segment belongs to: the one that is known, a new one, or none.
    fn current(
        &self,
        known: Option<Flow>,
        packet: Packet,
        segment: Segment<'_>,
        found: &mut VecDeque<Found>,
    ) -> Option<Flow> {
        let begin = |next| Flow::new(next, self.limits.message);
        match known {
            None if segment.syn => Some(begin(segment.sequence.wrapping_add(1))),
            // In the middle. What carries nothing begins nothing.
            None if segment.octets.is_empty() || segment.rst => None,
            None => Some(begin(segment.sequence)),
            Some(flow) if segment.syn => {
                let first = segment.sequence.wrapping_add(1);
                if flow.first == first {
                    return Some(flow);
                }
                flow.end(packet, End::Lost, found);
                Some(begin(first))
            }
            // After the end: what was seen already comes again, or the same ends met again.
            Some(flow) if flow.is_ended && flow.distance(segment.sequence) >= 0 && !segment.octets.is_empty() => {
                Some(begin(segment.sequence))
            }
            Some(flow) => Some(flow),
        }
    }

    fn give_up_oldest(&mut self, found: &mut VecDeque<Found>) {
        let Some((_, ends)) = self.order.pop_first() else { return };
        let Some(flow) = self.flows.remove(&ends) else { return };
        self.held = self.held.saturating_sub(flow.held());
        flow.give_up(found);
    }

    /// The capture ends.
    pub(super) fn end(&mut self, found: &mut VecDeque<Found>) {
        while !self.order.is_empty() {
            self.give_up_oldest(found);
        }
    }
}

/// One direction of a stream.
#[derive(Debug)]
struct Flow {
    turn: u64,
    /// The sequence number of its first octet.
    first: u32,
    /// The sequence number of the octet that is expected.
    next: u32,
    /// Where in the stream that is.
    offset: u64,
    /// What came too early, by where in the stream it stands. None overlaps.
    ahead: BTreeMap<u64, (Packet, Vec<u8>)>,
    ahead_size: usize,
    /// Where in the stream the octets of each packet begin that are still needed.
    packets: VecDeque<(u64, Packet)>,
    cutter: Cutter,
    /// Where its sender ends it.
    end: Option<u64>,
    is_ended: bool,
}

impl Flow {
    fn new(next: u32, limit: usize) -> Self {
        Flow {
            turn: 0,
            first: next,
            next,
            offset: 0,
            ahead: BTreeMap::new(),
            ahead_size: 0,
            packets: VecDeque::new(),
            cutter: Cutter::new(limit),
            end: None,
            is_ended: false,
        }
    }

    /// How far a sequence number is from the one that is expected. They wrap at 2^32.
    fn distance(&self, sequence: u32) -> i64 {
        sequence.wrapping_sub(self.next).cast_signed().into()
    }

    fn held(&self) -> usize {
        let packets = self.packets.len().saturating_add(self.ahead.len()).saturating_mul(PACKET);
        self.cutter.held().saturating_add(self.ahead_size).saturating_add(packets)
    }

    fn take(&mut self, packet: Packet, segment: Segment<'_>, limit: usize, found: &mut VecDeque<Found>) {
        if self.is_ended {
            return;
        }
        // The octets of a segment that opens the stream come after its SYN.
        let sequence = segment.sequence.wrapping_add(segment.syn.into());
        let distance = self.distance(sequence);
        let length = u64::try_from(segment.octets.len()).unwrap_or(u64::MAX);
        let (octets, start) = match u64::try_from(distance) {
            Ok(distance) => (segment.octets, self.offset.saturating_add(distance)),
            Err(_) => {
                let known = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
                (segment.octets.get(known..).unwrap_or_default(), self.offset)
            }
        };
        if segment.fin {
            let end = i128::from(self.offset).saturating_add(distance.into()).saturating_add(length.into());
            self.end = Some(u64::try_from(end).unwrap_or_default().max(self.offset));
        }
        if start == self.offset && self.ahead.is_empty() {
            self.accept(packet, octets, found);
        } else if !octets.is_empty() {
            self.keep(packet, start, octets);
            self.catch_up(found);
        }
        while self.ahead_size > limit || self.ahead.len() > MAX_AHEAD {
            self.skip_gap(found);
        }
        // RFC 9293 section 3.10.7.4: a reset ends the stream where it stands.
        if segment.rst || self.end.is_some_and(|end| self.offset >= end) {
            let cutter = &mut self.cutter;
            let packets = &self.packets;
            cutter.end(End::Closed, |cut| found.push_back(of_packet(packets, packet, cut)));
            self.ahead.clear();
            self.packets.clear();
            (self.ahead_size, self.is_ended) = (0, true);
            self.next = self.next.wrapping_add(segment.fin.into());
        }
    }

    /// Keeps what came too early, but for octets that are there already.
    fn keep(&mut self, packet: Packet, start: u64, octets: &[u8]) {
        let mut at = start;
        let mut rest = octets;
        while !rest.is_empty() {
            let end = at.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
            let before = self.ahead.range(..=at).next_back();
            let covered = before.map(|(start, (_, there))| start.saturating_add(size(there))).filter(|end| *end > at);
            let next = match covered {
                Some(covered) => covered.min(end),
                None => self.ahead.range(at..end).next().map_or(end, |(next, _)| *next),
            };
            let count = usize::try_from(next.saturating_sub(at)).unwrap_or(usize::MAX);
            let (piece, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            if covered.is_none() {
                self.ahead_size = self.ahead_size.saturating_add(piece.len());
                self.ahead.insert(at, (packet, piece.to_vec()));
            }
            (at, rest) = (next, after);
        }
    }

    /// Takes what came too early and is expected now.
    fn catch_up(&mut self, found: &mut VecDeque<Found>) {
        while let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() <= self.offset) {
            let (start, (packet, octets)) = entry.remove_entry();
            self.ahead_size = self.ahead_size.saturating_sub(octets.len());
            let known = usize::try_from(self.offset.saturating_sub(start)).unwrap_or(usize::MAX);
            self.accept(packet, octets.get(known..).unwrap_or_default(), found);
        }
    }

    /// Takes octets that are expected.
    fn accept(&mut self, packet: Packet, octets: &[u8], found: &mut VecDeque<Found>) {
        if octets.is_empty() {
            return;
        }
        self.packets.push_back((self.offset, packet));
        self.offset = self.offset.saturating_add(size(octets));
        self.next = self.next.wrapping_add(u32::try_from(octets.len()).unwrap_or_default());
        let packets = &self.packets;
        self.cutter.push(octets, |cut| found.push_back(of_packet(packets, packet, cut)));
        let needed = self.cutter.needed_from();
        while self.packets.get(1).is_some_and(|(start, _)| *start <= needed) {
            self.packets.pop_front();
        }
    }

    /// What is missing will not come any more.
    fn skip_gap(&mut self, found: &mut VecDeque<Found>) {
        let Some((start, (packet, _))) = self.ahead.first_key_value() else { return };
        let (start, packet) = (*start, *packet);
        let missing = start.saturating_sub(self.offset);
        let packets = &self.packets;
        self.cutter.gap(start, |cut| found.push_back(of_packet(packets, packet, cut)));
        self.packets.clear();
        self.offset = start;
        self.next = self.next.wrapping_add(u32::try_from(missing).unwrap_or_default());
        self.catch_up(found);
    }

    /// Nothing more of it will be read.
    fn give_up(mut self, found: &mut VecDeque<Found>) {
        while !self.ahead.is_empty() {
            self.skip_gap(found);
        }
        let Some((_, packet)) = self.packets.back().copied() else { return };
        let how = if self.end.is_some_and(|end| self.offset >= end) { End::Closed } else { End::Lost };
        self.end(packet, how, found);
    }

    fn end(mut self, packet: Packet, how: End, found: &mut VecDeque<Found>) {
        let packets = &self.packets;
        self.cutter.end(how, |cut| found.push_back(of_packet(packets, packet, cut)));
    }
}

/// A message, with the packet in which it begins.
fn of_packet(packets: &VecDeque<(u64, Packet)>, last: Packet, cut: Cut) -> Found {
    let (begin, packet) =
        packets.iter().take_while(|(start, _)| *start <= cut.at).last().copied().unwrap_or((cut.at, last));
    let position = packet.position.saturating_add(usize::try_from(cut.at.saturating_sub(begin)).unwrap_or_default());
    Found { packet: Packet { transport: cut.transport, position, ..packet }, octets: cut.octets }
}

fn size(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}

/// What it costs to remember a packet.
const PACKET: usize = 256;
/// How many segments of one stream wait.
const MAX_AHEAD: usize = 1024;
