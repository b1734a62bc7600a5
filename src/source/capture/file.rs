//! Files of packets: pcap in its four spellings (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).
//!
//! A file is read packet by packet. A block of pcapng that cannot be read costs that block only, because its length
//! is known; a packet of pcap whose length is absurd ends the file.

use std::io::{self, Read};

use pcap_parser::pcapng::{
    InterfaceDescriptionBlock, OptionCode, parse_enhancedpacketblock_be, parse_enhancedpacketblock_le,
    parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le, parse_sectionheaderblock,
    parse_simplepacketblock_be, parse_simplepacketblock_le,
};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    LegacyPcapBlock, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};

use crate::error::{Condition, Error};
use crate::octets::Slice;

/// Whether octets begin as a file of packets does. Four are enough to tell.
pub(super) fn is_capture(start: &[u8]) -> bool {
    let magic = start.first_chunk::<4>();
    magic.is_some_and(|magic| *magic == SECTION_HEADER || PCAP.contains(magic))
}

/// A packet as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// Its number in the file, from 1.
    pub(super) frame: u64,
    /// In nanoseconds since 1970.
    pub(super) time: i64,
    /// The link type (draft-ietf-opsawg-pcaplinktype).
    pub(super) link: u32,
    /// Whether it was longer on the line than it is in the file.
    pub(super) is_cut: bool,
    pub(super) octets: Slice<'a>,
}

/// What stands next in the file.
pub(super) enum Next<'a> {
    Packet(Record<'a>),
    /// A packet that cannot be read.
    Broken,
    /// Something else.
    Other,
    End,
}

/// The packets of a file.
pub(super) struct Records<'r> {
    window: Window<'r>,
    form: Form,
    frame: u64,
}

enum Form {
    Unknown,
    Pcap { link: u32, ticks: u64, length_at: LengthAt, parse: ParseFrame },
    PcapNg { is_big_endian: bool, interfaces: Vec<Interface> },
}

type ParseFrame = for<'a> fn(&'a [u8]) -> Option<LegacyPcapBlock<'a>>;

/// How the length of a packet of pcap is read.
#[derive(Clone, Copy)]
struct LengthAt {
    is_big_endian: bool,
    head: usize,
}

#[derive(Clone, Copy)]
struct Interface {
    link: u32,
    /// Ticks a second.
    ticks: u64,
    /// Seconds that are added to each time.
    offset: i64,
    /// The longest packet; 0 is any.
    longest: u32,
}

impl<'r> Records<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>) -> Self {
        let window = Window { input, octets: Vec::new(), used: 0, position: 0 };
        Records { window, form: Form::Unknown, frame: 0 }
    }

    /// Reads on.
    ///
    /// # Errors
    /// `file.unreadable`, `capture.malformed`. Nothing more can be read then.
    pub(super) fn next(&mut self) -> Result<Next<'_>, Error> {
        if let Form::Unknown = self.form {
            self.form = self.begin()?;
        }
        match &self.form {
            Form::PcapNg { .. } => self.next_block(),
            _ => self.next_frame(),
        }
    }

    fn begin(&mut self) -> Result<Form, Error> {
        self.window.fill(4)?;
        if self.window.octets().starts_with(&SECTION_HEADER) {
            return Ok(Form::PcapNg { is_big_endian: false, interfaces: Vec::new() });
        }
        self.window.want(PCAP_HEAD)?;
        let Ok((_, header)) = parse_pcap_header(self.window.octets()) else {
            return Err(malformed("it is neither pcap nor pcapng"));
        };
        let is_big_endian = header.is_bigendian();
        let (parse, head): (ParseFrame, usize) = match (header.is_modified_format(), is_big_endian) {
            (true, _) => (|octets| parse_pcap_frame_modified(octets).ok().map(|(_, frame)| frame), 24),
            (false, true) => (|octets| parse_pcap_frame_be(octets).ok().map(|(_, frame)| frame), 16),
            (false, false) => (|octets| parse_pcap_frame(octets).ok().map(|(_, frame)| frame), 16),
        };
        // The upper bits say whether a checksum of the link follows each packet.
        let link = u32::try_from(header.network.0).unwrap_or_default() & LINK_BITS;
        let ticks = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
        self.window.skip(PCAP_HEAD);
        Ok(Form::Pcap { link, ticks, length_at: LengthAt { is_big_endian, head }, parse })
    }

    fn next_frame(&mut self) -> Result<Next<'_>, Error> {
        let Form::Pcap { link, ticks, length_at, parse } = &self.form else { return Ok(Next::End) };
        let (link, ticks, length_at, parse) = (*link, *ticks, *length_at, *parse);
        if !self.window.fill(1)? {
            return Ok(Next::End);
        }
        self.window.want(length_at.head)?;
        let captured = number(self.window.octets(), 8, length_at.is_big_endian).unwrap_or_default();
        let length = bounded(captured)?.saturating_add(length_at.head);
        self.window.want(length)?;
        self.frame = self.frame.saturating_add(1);
        let whole = self.window.take(length);
        let Some(packet) = parse(whole.octets()) else { return Ok(Next::Broken) };
        let time = since_1970(packet.ts_sec.into(), packet.ts_usec.into(), ticks, 0);
        Ok(Next::Packet(Record {
            frame: self.frame,
            time,
            link,
            is_cut: packet.origlen > packet.caplen,
            octets: whole.inner(packet.data).unwrap_or(whole.take(0)),
        }))
    }

    fn next_block(&mut self) -> Result<Next<'_>, Error> {
        let Form::PcapNg { is_big_endian, interfaces } = &mut self.form else { return Ok(Next::End) };
        if !self.window.fill(1)? {
            return Ok(Next::End);
        }
        self.window.want(BLOCK_HEAD)?;
        if self.window.octets().starts_with(&SECTION_HEADER) {
            *is_big_endian = match self.window.octets().get(8..12) {
                Some([0x1A, 0x2B, 0x3C, 0x4D]) => true,
                Some([0x4D, 0x3C, 0x2B, 0x1A]) => false,
                _ => return Err(malformed("a section does not say how its numbers are written")),
            };
            // The interfaces are those of a section.
            interfaces.clear();
        }
        let is_big = *is_big_endian;
        let length = number(self.window.octets(), 4, is_big).unwrap_or_default();
        if length < 12 || !length.is_multiple_of(4) {
            return Err(malformed(&format!("a block has {length} octets")));
        }
        let length = bounded(length)?;
        self.window.want(length)?;
        let block = self.window.take(length);
        match number(block.octets(), 0, is_big) {
            Some(SECTION) if parse_sectionheaderblock(block.octets()).is_err() => {
                Err(malformed("the head of a section is malformed"))
            }
            Some(INTERFACE) => {
                let parse =
                    if is_big { parse_interfacedescriptionblock_be } else { parse_interfacedescriptionblock_le };
                // One that cannot be read has a number all the same; so have those after it.
                let interface = parse(block.octets()).ok().and_then(|(_, read)| Interface::new(&read, is_big));
                if interfaces.len() >= MAX_INTERFACES {
                    return Err(malformed(&format!("it has more than {MAX_INTERFACES} interfaces")));
                }
                interfaces.push(interface.unwrap_or(Interface::UNREADABLE));
                Ok(Next::Other)
            }
            Some(ENHANCED_PACKET) => {
                self.frame = self.frame.saturating_add(1);
                let parse = if is_big { parse_enhancedpacketblock_be } else { parse_enhancedpacketblock_le };
                let Ok((_, packet)) = parse(block.octets()) else { return Ok(Next::Broken) };
                let interface = usize::try_from(packet.if_id).ok().and_then(|number| interfaces.get(number));
                let Some(interface) = interface else { return Ok(Next::Broken) };
                let ticks = (u64::from(packet.ts_high) << 32) | u64::from(packet.ts_low);
                let is_cut = packet.origlen > packet.caplen;
                let data = usize::try_from(packet.caplen).ok().and_then(|length| packet.data.get(..length));
                Ok(packet_of(self.frame, *interface, Some(ticks), is_cut, data.and_then(|data| block.inner(data))))
            }
            Some(SIMPLE_PACKET) => {
                self.frame = self.frame.saturating_add(1);
                let parse = if is_big { parse_simplepacketblock_be } else { parse_simplepacketblock_le };
                let Ok((_, packet)) = parse(block.octets()) else { return Ok(Next::Broken) };
                let Some(interface) = interfaces.first() else { return Ok(Next::Broken) };
                let longest = if interface.longest == 0 { u32::MAX } else { interface.longest };
                let captured = packet.orig_len().min(longest);
                let data = usize::try_from(captured).ok().and_then(|length| packet.data.get(..length));
                let is_cut = packet.orig_len() > captured;
                Ok(packet_of(self.frame, *interface, None, is_cut, data.and_then(|data| block.inner(data))))
            }
            Some(OLD_PACKET) => {
                self.frame = self.frame.saturating_add(1);
                Ok(Next::Broken)
            }
            _ => Ok(Next::Other),
        }
    }
}

impl Interface {
    /// Nothing is known about its packets: no link type has this number.
    const UNREADABLE: Interface = Interface { link: u32::MAX, ticks: 1_000_000, offset: 0, longest: 0 };

    fn new(block: &InterfaceDescriptionBlock<'_>, is_big_endian: bool) -> Option<Self> {
        // if_tsresol: a power of ten, or with the upper bit a power of two.
        let resolution = block.if_tsresol;
        let base = if resolution & 0x80 == 0 { 10_u64 } else { 2 };
        let ticks = base.checked_pow(u32::from(resolution & 0x7F))?;
        let offset = block.options.iter().find(|option| option.code == OptionCode::IfTsoffset);
        let offset =
            offset.and_then(|option| option.value.first_chunk::<8>()).map_or(0, |octets| match is_big_endian {
                true => i64::from_be_bytes(*octets),
                false => i64::from_le_bytes(*octets),
            });
        let link = u32::try_from(block.linktype.0).ok()?;
        Some(Interface { link, ticks, offset, longest: block.snaplen })
    }
}

fn packet_of(
    frame: u64,
    interface: Interface,
    ticks: Option<u64>,
    is_cut: bool,
    octets: Option<Slice<'_>>,
) -> Next<'_> {
    let Some(octets) = octets else { return Next::Broken };
    let time = ticks.map_or(0, |ticks| {
        let seconds = ticks.checked_div(interface.ticks).unwrap_or_default();
        let rest = ticks.checked_rem(interface.ticks).unwrap_or_default();
        since_1970(seconds, rest, interface.ticks, interface.offset)
    });
    Next::Packet(Record { frame, time, link: interface.link, is_cut, octets })
}

/// In nanoseconds. A time that does not fit is the last one that does.
fn since_1970(seconds: u64, ticks: u64, ticks_a_second: u64, offset: i64) -> i64 {
    let fraction = u128::from(ticks).saturating_mul(NANOSECONDS).checked_div(u128::from(ticks_a_second));
    let whole = i128::from(seconds).saturating_add(i128::from(offset)).saturating_mul(1_000_000_000);
    let time = whole.saturating_add(i128::try_from(fraction.unwrap_or_default()).unwrap_or_default());
    i64::try_from(time).unwrap_or(i64::MAX)
}

fn number(octets: &[u8], at: usize, is_big_endian: bool) -> Option<u32> {
    let octets = octets.get(at..)?.first_chunk::<4>()?;
    Some(if is_big_endian { u32::from_be_bytes(*octets) } else { u32::from_le_bytes(*octets) })
}

fn bounded(length: u32) -> Result<usize, Error> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > MAX_PACKET {
        return Err(malformed(&format!("a packet claims {length} octets")));
    }
    Ok(length)
}

fn malformed(detail: &str) -> Error {
    Error::new(Condition::CaptureMalformed).detail(detail)
}

/// What was read of the file and not used.
struct Window<'r> {
    input: Box<dyn Read + 'r>,
    octets: Vec<u8>,
    used: usize,
    /// Where in the file the octets begin.
    position: usize,
}

impl Window<'_> {
    fn octets(&self) -> &[u8] {
        self.octets.get(self.used..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        self.used = self.used.saturating_add(count);
    }

    /// The next `count` octets, which are then used.
    fn take(&mut self, count: usize) -> Slice<'_> {
        let start = self.used;
        self.skip(count);
        let octets = self.octets.get(start..self.used).unwrap_or_default();
        Slice::at(octets, self.position.saturating_add(start))
    }

    /// Reads until `count` octets are there, which the file owes.
    fn want(&mut self, count: usize) -> Result<(), Error> {
        match self.fill(count)? {
            true => Ok(()),
            false => Err(malformed("it is cut off in the middle of a packet")),
        }
    }

    /// Reads until `count` octets are there; `false` if there are fewer.
    fn fill(&mut self, count: usize) -> Result<bool, Error> {
        while self.octets().len() < count {
            if self.used > 0 {
                self.octets.drain(..self.used);
                self.position = self.position.saturating_add(self.used);
                self.used = 0;
            }
            let start = self.octets.len();
            self.octets.resize(start.saturating_add(BLOCK), 0);
            let read = self.input.read(self.octets.get_mut(start..).unwrap_or_default());
            self.octets.truncate(start.saturating_add(*read.as_ref().unwrap_or(&0)));
            match read {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let is_damaged = [io::ErrorKind::UnexpectedEof, io::ErrorKind::InvalidData].contains(&error.kind());
                    let condition = if is_damaged { Condition::CaptureMalformed } else { Condition::FileUnreadable };
                    return Err(Error::new(condition).detail(error.to_string()));
                }
            }
        }
        Ok(true)
    }
}

const SECTION_HEADER: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];
/// Microseconds and nanoseconds, little endian and big endian; and the one with longer heads.
const PCAP: [[u8; 4]; 5] = [
    [0xD4, 0xC3, 0xB2, 0xA1],
    [0x4D, 0x3C, 0xB2, 0xA1],
    [0xA1, 0xB2, 0xC3, 0xD4],
    [0xA1, 0xB2, 0x3C, 0x4D],
    [0x34, 0xCD, 0xB2, 0xA1],
];
const PCAP_HEAD: usize = 24;
const BLOCK_HEAD: usize = 12;
const LINK_BITS: u32 = 0x03FF_FFFF;
const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
/// The longest packet and the longest block. Real ones are below 256 KiB.
const MAX_PACKET: usize = 16 << 20;
const MAX_INTERFACES: usize = 65_536;
const BLOCK: usize = 64 * 1024;
const NANOSECONDS: u128 = 1_000_000_000;
