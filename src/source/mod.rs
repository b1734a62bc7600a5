//! Where octets come from: a reader becomes messages, one at a time and in bounded memory
//! (RFC 3261 sections 7.5 and 18.3).
//!
//! A stream of SIP messages is cut by Content-Length. A capture of packets gives the SIP messages that are in it.
//! Anything else is one message to the end of the input.

use std::io::Read;

use crate::error::{Condition, Error};
use crate::message::Form;

#[cfg(feature = "capture")]
mod capture;
#[cfg(not(feature = "capture"))]
#[path = "no_capture.rs"]
mod capture;
pub mod exported;
mod packet;
mod stream;

pub use capture::is_capture;
pub use packet::{Packet, Tally, Transport};

use capture::{Capture, Opened};
use stream::Stream;

/// What an input holds its messages in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Container {
    /// What its first octets show.
    #[default]
    Recognised,
    /// Messages of this form, one after the other.
    Messages(Form),
    /// Recorded packets, in pcap or pcapng, compressed or not.
    Capture,
}

impl From<Option<Form>> for Container {
    fn from(form: Option<Form>) -> Self {
        form.map_or(Container::Recognised, Container::Messages)
    }
}

/// One message of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its number, from 1.
    pub number: usize,
    /// Where in the input it begins. In a capture it may be scattered: there its octets are counted from 0.
    pub start: usize,
    /// Its octets. CR LFs before the first message of an input belong to it, those between two to neither.
    pub octets: Vec<u8>,
    /// The packet in which it begins, if the input is a capture.
    pub packet: Option<Packet>,
}

/// A message that an input does not give whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its number, from 1; `None` if it is the capture itself that cannot be read.
    pub number: Option<usize>,
    /// Why.
    pub error: Error,
    /// The packet in which it begins, if it is one message of a capture.
    pub packet: Option<Packet>,
}

/// Reads the messages of an input, each at most `max_size` octets.
///
/// An input that holds nothing yields `input.empty`, a capture without SIP messages `capture.no-message`. After an error
/// nothing more is read, unless it is one of a single message of a capture: `capture.incomplete` or `limit.size`.
pub fn messages<'r>(input: Box<dyn Read + 'r>, container: impl Into<Container>, max_size: u64) -> Messages<'r> {
    let max_size = usize::try_from(max_size).unwrap_or(usize::MAX);
    let capture = |input| Reader::Capture(Box::new(Capture::new(input, max_size)));
    let reader = match container.into() {
        Container::Messages(form) => Ok(Reader::Stream(Stream::new(input, Some(form), max_size))),
        container => match capture::open(input) {
            Ok(Opened::Capture(input)) => Ok(capture(input)),
            Ok(Opened::Other(input)) if container == Container::Capture => Ok(capture(input)),
            Ok(Opened::Other(input)) => Ok(Reader::Stream(Stream::new(input, None, max_size))),
            Err(error) => Err(Error::new(Condition::FileUnreadable).detail(error.to_string())),
        },
    };
    let (reader, failed) = match reader {
        Ok(reader) => (Some(reader), None),
        Err(error) => (None, Some(error)),
    };
    Messages { reader, failed, tally: None, number: 0 }
}

enum Reader<'r> {
    Stream(Stream<'r>),
    Capture(Box<Capture<'r>>),
}

/// The messages of an input.
pub struct Messages<'r> {
    reader: Option<Reader<'r>>,
    failed: Option<Error>,
    tally: Option<Tally>,
    number: usize,
}

impl Messages<'_> {
    /// What was passed over in a capture so far; `None` if the input is none.
    pub fn tally(&self) -> Option<Tally> {
        match &self.reader {
            Some(Reader::Capture(capture)) => Some(capture.tally()),
            _ => self.tally,
        }
    }

    /// Nothing more is read.
    fn end(&mut self) {
        self.tally = self.tally();
        self.reader = None;
    }

    fn empty(&self) -> Error {
        match self.tally {
            None => Error::new(Condition::InputEmpty),
            Some(tally) => {
                let (packets, broken) = (tally.packets, tally.broken);
                Error::new(Condition::CaptureNoMessage)
                    .detail(format!("{packets} packets, of which {broken} cannot be read"))
            }
        }
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<Chunk, Box<Missing>>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.number.saturating_add(1);
        let missing = |error: Error, packet| {
            Some(Err(Box::new(Missing { number: Some(number), error: error.in_message(number), packet })))
        };
        if let Some(error) = self.failed.take() {
            return missing(error, None);
        }
        let (read, is_capture) = match self.reader.as_mut()? {
            Reader::Stream(stream) => {
                (stream.next_message().map(|read| read.map(|(start, octets)| (start, None, Ok(octets)))), false)
            }
            Reader::Capture(capture) => {
                let read = capture.next_message();
                (read.map(|read| read.map(|found| (0, Some(found.packet), found.octets))), true)
            }
        };
        match read {
            Ok(Some((start, packet, octets))) => {
                self.number = number;
                match octets {
                    Ok(octets) => Some(Ok(Chunk { number, start, octets, packet })),
                    Err(error) => missing(error, packet),
                }
            }
            Ok(None) => {
                self.end();
                let number = if is_capture { None } else { Some(1) };
                (self.number == 0).then(|| Err(Box::new(Missing { number, error: self.empty(), packet: None })))
            }
            Err(error) => {
                self.end();
                if !is_capture {
                    return missing(error, None);
                }
                Some(Err(Box::new(Missing { number: None, error, packet: None })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"MESSAGE sip:a@b SIP/2.0\r\nl: 3\r\n\r\nabc";
    const TWO: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

    /// Gives one octet at a time: no reader may rely on more.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    type Found = Vec<Result<Vec<u8>, &'static str>>;

    fn all(input: Box<dyn Read + '_>, max_size: u64) -> Found {
        let chunks = messages(input, Container::Recognised, max_size);
        chunks.map(|chunk| chunk.map(|chunk| chunk.octets).map_err(|missing| missing.error.code())).collect()
    }

    fn read(octets: &[u8], max_size: u64) -> Found {
        let found = all(Box::new(octets), max_size);
        assert_eq!(all(Box::new(Slow(octets)), max_size), found);
        found
    }

    // FRS-02, FRS-03, FRS-05
    #[test]
    fn frs_02_a_stream_is_cut_by_content_length() {
        let both = [ONE, TWO].concat();
        assert_eq!(read(&both, 1000), [Ok(ONE.to_vec()), Ok(TWO.to_vec())]);
        let spaced = [b"\r\n\r\n", ONE, b"\r\n\r\n", TWO, b"\r\n"].concat();
        assert_eq!(read(&spaced, 1000), [Ok([b"\r\n\r\n", ONE].concat()), Ok([TWO, b"\r\n"].concat())]);
        assert_eq!(read(ONE, 1000), [Ok(ONE.to_vec())]);
        // Octets that are no message stay with the message before them, whose reader refuses them.
        let damaged = [ONE, b"xyz"].concat();
        assert_eq!(read(&damaged, 1000), [Ok(damaged.clone())]);
        let lost = [ONE, b"xyz\r\n", TWO].concat();
        assert_eq!(read(&lost, 1000), [Ok(lost.clone())]);
    }

    // CR LFs before the first message are its own (splicing keeps them); between messages they are skipped.
    #[test]
    fn frs_05_where_each_message_begins() {
        let starts = |octets: &[u8]| -> Vec<(usize, usize)> {
            let found =
                |chunk: Result<Chunk, Box<Missing>>| chunk.map(|chunk| (chunk.start, chunk.octets.len())).unwrap();
            let all: Vec<_> = messages(Box::new(octets), Container::Recognised, 1000).map(found).collect();
            assert_eq!(
                messages(Box::new(Slow(octets)), Container::Recognised, 1000).map(found).collect::<Vec<_>>(),
                all
            );
            all
        };
        let (one, two) = (ONE.len(), TWO.len());
        assert_eq!(starts(&[ONE, TWO].concat()), [(0, one), (one, two)]);
        let spaced = [b"\r\n\r\n", ONE, b"\r\n\r\n\r\n", TWO, ONE, b"\r\n"].concat();
        assert_eq!(starts(&spaced), [(0, one + 4), (one + 10, two), (one + 10 + two, one + 2)]);
        // An empty line before what is no SIP message would be the end of its header.
        assert_eq!(starts(b"\r\nContent-Type: a/b\r\n\r\nx"), [(2, 22)]);
        // A CR alone is no line end.
        assert_eq!(starts(b"\r\n\r"), [(2, 1)]);
        assert_eq!(starts(&[b"\r\n", ONE, b"\r\n\r"].concat()), [(0, one + 5)]);
        assert_eq!(starts(&[b"\r\n", ONE, b"\r"].concat()), [(0, one + 3)]);
    }

    // R1: a stream is kept alive with CR LFs (RFC 5626 section 4.4.1), or attacked.
    #[test]
    fn r1_line_ends_by_the_million() {
        let line_ends = b"\r\n".repeat(8_000_000);
        let begin = std::time::Instant::now();
        let read = |octets: &[u8]| {
            all(Box::new(octets), 17_000_000)
                .iter()
                .map(|one| one.as_ref().map(Vec::len).map_err(|code| *code))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(&line_ends), [Err("input.empty")]);
        assert_eq!(read(&[&line_ends, ONE].concat()), [Ok(line_ends.len() + ONE.len())]);
        assert_eq!(read(&[ONE, &line_ends, TWO].concat()), [Ok(ONE.len()), Ok(TWO.len())]);
        assert_eq!(all(Box::new(&line_ends[..]), 1_000_000), [Err("limit.size")]);
        assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
    }

    #[test]
    fn anything_else_is_one_message() {
        let entity = b"Content-Type: text/plain\r\n\r\nMESSAGE sip:a@b SIP/2.0\r\n";
        for octets in [&entity[..], b"\x30\x80", b"-----BEGIN CMS-----\n"] {
            assert_eq!(read(octets, 1000), [Ok(octets.to_vec())]);
        }
        // Without Content-Length a message ends with the input.
        let datagram = b"MESSAGE sip:a@b SIP/2.0\r\n\r\nSIP/2.0 200 OK\r\n\r\n";
        assert_eq!(read(datagram, 1000), [Ok(datagram.to_vec())]);
    }

    #[test]
    fn nothing_and_too_much() {
        assert_eq!(read(b"", 1000), [Err("input.empty")]);
        assert_eq!(read(b"\r\n\r\n", 1000), [Err("input.empty")]);
        assert_eq!(read(ONE, 35), [Err("limit.size")]);
        assert_eq!(read(ONE, 36), [Ok(ONE.to_vec())]);
        assert_eq!(read(&[ONE, ONE].concat(), 36).len(), 2);
        // An input without an end is given up, not read.
        let endless = Box::new(std::io::repeat(b'x'));
        assert_eq!(all(endless, 1_000_000), [Err("limit.size")]);
    }

    /// Gives little at a time, as a pipe does, and sees how much it could have given.
    struct Pipe<'a>(&'a [u8]);

    impl Read for Pipe<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            // Each buffer is cleared before it is offered: large ones for small reads take quadratic time.
            assert!(buffer.len() <= 64 * 1024, "{} octets", buffer.len());
            let count = self.0.len().min(buffer.len()).min(4096);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn r1_a_large_body_from_a_pipe() {
        let length = 1 << 20;
        let body = vec![b'x'; length];
        let sip = [format!("SIP/2.0 200 OK\r\nl: {length}\r\n\r\n").as_bytes(), &body, TWO].concat();
        let chunks: Vec<Vec<u8>> =
            messages(Box::new(Pipe(&sip)), Container::Recognised, 2 << 20).map(|chunk| chunk.unwrap().octets).collect();
        assert_eq!(chunks, [sip[..sip.len() - TWO.len()].to_vec(), TWO.to_vec()]);
        let mime = [b"Content-Type: a/b\r\n\r\n", &body[..]].concat();
        assert_eq!(all(Box::new(Pipe(&mime)), 2 << 20), [Ok(mime.clone())]);
    }

    // R3: a claimed length allocates nothing before the octets are there.
    #[test]
    fn r3_claimed_lengths() {
        let claimed = b"MESSAGE sip:a@b SIP/2.0\r\nl: 4294967296\r\n\r\nabc";
        assert_eq!(read(claimed, u64::MAX), [Ok(claimed.to_vec())]);
        let huge = b"MESSAGE sip:a@b SIP/2.0\r\nl: 99999999999999999999999\r\n\r\nabc";
        assert_eq!(read(huge, u64::MAX), [Ok(huge.to_vec())]);
    }
}
