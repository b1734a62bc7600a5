//! A compressed capture, unpacked while it is read (RFC 1952): one member or several.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// What a gzip member begins with (RFC 1952 section 2.3.1).
pub(super) const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Unpacks what it reads.
pub(super) struct Gunzip<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer was used already.
    used: usize,
    state: Box<InflateState>,
    stage: Stage,
    checksum: u32,
    size: u32,
}

enum Stage {
    Head { is_first: bool },
    Body,
    End,
}

impl<R: Read> Gunzip<R> {
    pub(super) fn new(input: R) -> Self {
        Gunzip {
            input,
            buffer: Vec::new(),
            used: 0,
            state: InflateState::new_boxed(DataFormat::Raw),
            stage: Stage::Head { is_first: true },
            checksum: 0,
            size: 0,
        }
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Reads more if nothing is pending; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.pending().is_empty() {
            self.buffer.resize(BLOCK, 0);
            let count = self.input.read(&mut self.buffer)?;
            self.buffer.truncate(count);
            self.used = 0;
        }
        Ok(!self.pending().is_empty())
    }

    fn octet(&mut self) -> io::Result<u8> {
        if !self.fill()? {
            return Err(cut_off());
        }
        let octet = self.pending().first().copied().unwrap_or_default();
        self.used = self.used.saturating_add(1);
        Ok(octet)
    }

    fn octets<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut octets = [0; N];
        for octet in &mut octets {
            *octet = self.octet()?;
        }
        Ok(octets)
    }

    fn text(&mut self) -> io::Result<()> {
        while self.octet()? != 0 {}
        Ok(())
    }

    /// The head of a member (RFC 1952 section 2.3). What follows the last member is passed over, as gzip does.
    fn head(&mut self, is_first: bool) -> io::Result<()> {
        if !is_first && (!self.fill()? || self.octet()? != MAGIC[0] || !self.fill()? || self.octet()? != MAGIC[1]) {
            self.stage = Stage::End;
            return Ok(());
        }
        if is_first && self.octets()? != MAGIC {
            return Err(damaged("it does not begin as gzip does"));
        }
        let [method, flags, ..] = self.octets::<8>()?;
        if method != DEFLATE {
            return Err(damaged("its method is not deflate"));
        }
        if flags & EXTRA != 0 {
            let length = u16::from_le_bytes(self.octets()?);
            for _ in 0..length {
                self.octet()?;
            }
        }
        if flags & NAME != 0 {
            self.text()?;
        }
        if flags & COMMENT != 0 {
            self.text()?;
        }
        if flags & HEAD_CHECKSUM != 0 {
            self.octets::<2>()?;
        }
        self.state.reset(DataFormat::Raw);
        (self.checksum, self.size, self.stage) = (0, 0, Stage::Body);
        Ok(())
    }

    fn body(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let is_more = self.fill()?;
        let input = self.buffer.get(self.used..).unwrap_or_default();
        let result = inflate(&mut self.state, input, output, MZFlush::None);
        self.used = self.used.saturating_add(result.bytes_consumed);
        let made = output.get(..result.bytes_written).unwrap_or_default();
        self.checksum = checksum(self.checksum, made);
        // RFC 1952 section 2.3.1: the size modulo 2^32.
        self.size = self.size.wrapping_add(u32::try_from(made.len()).unwrap_or_default());
        match result.status {
            Ok(MZStatus::StreamEnd) => {
                let (checksum, size) = (u32::from_le_bytes(self.octets()?), u32::from_le_bytes(self.octets()?));
                if (checksum, size) != (self.checksum, self.size) {
                    return Err(damaged("its checksum is wrong"));
                }
                self.stage = Stage::Head { is_first: false };
            }
            Ok(_) if !is_more && made.is_empty() => return Err(cut_off()),
            Ok(_) => {}
            // There was no room, or nothing to read: the next turn has it.
            Err(_) if result.bytes_consumed > 0 || !made.is_empty() => {}
            Err(_) if !is_more => return Err(cut_off()),
            Err(_) => return Err(damaged("it cannot be unpacked")),
        }
        Ok(made.len())
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while !output.is_empty() {
            match self.stage {
                Stage::Head { is_first } => self.head(is_first)?,
                Stage::End => break,
                Stage::Body => match self.body(output)? {
                    0 => {}
                    count => return Ok(count),
                },
            }
        }
        Ok(0)
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed file is cut off")
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the compressed file is damaged: {what}"))
}

/// The CRC-32 of RFC 1952 section 8, carried on.
fn checksum(before: u32, octets: &[u8]) -> u32 {
    let step = |sum: u32, octet: &u8| {
        let [low, ..] = (sum ^ u32::from(*octet)).to_le_bytes();
        TABLE.get(usize::from(low)).copied().unwrap_or_default() ^ (sum >> 8)
    };
    !octets.iter().fold(!before, step)
}

static TABLE: std::sync::LazyLock<Vec<u32>> = std::sync::LazyLock::new(|| {
    let shift = |sum: u32| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    (0..=255).map(|octet: u32| (0..8).fold(octet, |sum, _| shift(sum))).collect()
});

const BLOCK: usize = 32 * 1024;
const DEFLATE: u8 = 8;
const HEAD_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// A member as RFC 1952 lays it out, with every optional field.
    fn member(content: &[u8]) -> Vec<u8> {
        let head = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x03\0abcname\0comment\0\xaa\xbb";
        let body = miniz_oxide::deflate::compress_to_vec(content, 6);
        let size = u32::try_from(content.len()).unwrap();
        [&head[..], &body, &checksum(0, content).to_le_bytes(), &size.to_le_bytes()].concat()
    }

    fn unpacked(octets: &[u8]) -> io::Result<Vec<u8>> {
        let mut found = Vec::new();
        Gunzip::new(octets).read_to_end(&mut found).map(|_| found)
    }

    #[test]
    fn members_one_after_another() {
        // The check value of CRC-32.
        assert_eq!(checksum(0, b"123456789"), 0xCBF4_3926);
        let large: Vec<u8> = (0..1_000_000_u32).flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(unpacked(&member(&large)).unwrap(), large);
        assert_eq!(unpacked(&[member(b"one, "), member(b""), member(b"two")].concat()).unwrap(), b"one, two");
        assert_eq!(unpacked(&[&member(b"one")[..], &[0; 512]].concat()).unwrap(), b"one");
    }

    // Every prefix is cut off, and every change of the checksum is seen.
    #[test]
    fn what_is_damaged_is_said() {
        let whole = member(b"some octets, some octets, some octets");
        for end in 0..whole.len() {
            assert_eq!(unpacked(&whole[..end]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
        for place in [0, 2, whole.len() - 8, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            assert_eq!(unpacked(&changed).unwrap_err().kind(), io::ErrorKind::InvalidData, "{place}");
        }
    }
}
