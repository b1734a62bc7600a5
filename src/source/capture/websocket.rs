//! SIP over WebSocket: one SIP message in each WebSocket message (RFC 7118 section 5), in frames of RFC 6455.

use crate::message::sip;
use crate::octets::Slice;

/// One frame (RFC 6455 section 5.2), or its beginning.
#[derive(Debug)]
struct Frame<'a> {
    is_final: bool,
    /// Whether an extension changed the payload.
    is_extended: bool,
    operation: u8,
    mask: [u8; 4],
    /// What is there of the payload.
    payload: &'a [u8],
    is_whole: bool,
    /// The size of head and payload.
    length: usize,
}

/// What octets hold.
#[derive(Debug)]
enum Read<'a> {
    Frame(Frame<'a>),
    /// Not even the head of a frame is there.
    Part,
    /// No frame.
    Other,
}

impl Frame<'_> {
    /// The payload as it was before its sender masked it, up to `limit` octets.
    fn unmasked(&self, limit: usize) -> Vec<u8> {
        let octets = self.payload.iter().take(limit);
        octets.zip(self.mask.iter().cycle()).map(|(octet, key)| octet ^ key).collect()
    }
}

/// The frames of one direction, put together to messages.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// What there is of a message, and where in the stream its first frame stands.
    message: Option<(u64, Vec<u8>)>,
    /// The frames of a message that an extension changed are passed over.
    is_passed_over: bool,
}

/// What [`Messages::next`] found.
#[derive(Debug)]
pub(super) enum Next {
    /// A frame of this size, which ends a message or does not.
    Frame(usize, Option<(u64, Vec<u8>)>),
    /// A frame is not complete.
    Wait,
    /// These are no frames.
    Other,
}

impl Messages {
    /// Reads the frame at the start of `octets`, which stand at `at` in the stream.
    pub(super) fn next(&mut self, octets: &[u8], at: u64, limit: usize) -> Next {
        let frame = match read(octets, limit) {
            Read::Frame(frame) if frame.is_whole => frame,
            Read::Frame(_) | Read::Part => return Next::Wait,
            Read::Other => return Next::Other,
        };
        if frame.operation >= CLOSE {
            return Next::Frame(frame.length, None);
        }
        if frame.operation != CONTINUATION {
            self.message = Some((at, Vec::new()));
            // RFC 7692 section 6: the first frame of a compressed message says so.
            self.is_passed_over = frame.is_extended;
        }
        let Some((_, message)) = &mut self.message else {
            // What began before the capture.
            return Next::Frame(frame.length, None);
        };
        if !self.is_passed_over {
            message.extend(frame.unmasked(usize::MAX));
        }
        if message.len() > limit {
            return Next::Other;
        }
        let ended = if frame.is_final { self.message.take() } else { None };
        Next::Frame(frame.length, ended.filter(|_| !self.is_passed_over))
    }

    /// Where a SIP message begins that is not complete. `octets` are those that wait for the rest of their frame.
    pub(super) fn begun(&self, octets: &[u8], at: u64) -> Option<u64> {
        let part = match read(octets, usize::MAX) {
            Read::Frame(frame) if frame.operation < CLOSE => frame.unmasked(START),
            _ => Vec::new(),
        };
        let (start, whole) = match &self.message {
            Some((start, message)) => (*start, [message, &part[..]].concat()),
            None => (at, part),
        };
        is_sip(&whole).then_some(start)
    }

    /// Where in the stream a message begins that is not complete.
    pub(super) fn start(&self) -> Option<u64> {
        self.message.as_ref().map(|(start, _)| *start)
    }

    /// The octets that are kept.
    pub(super) fn held(&self) -> usize {
        self.message.as_ref().map_or(0, |(_, message)| message.len())
    }
}

/// Whether octets begin with a whole frame of a SIP message: then the stream is one of WebSocket, though its beginning
/// was not seen.
pub(super) fn begins_stream(octets: &[u8], limit: usize) -> bool {
    match read(octets, limit) {
        Read::Frame(frame) => [TEXT, BINARY].contains(&frame.operation) && is_sip(&frame.unmasked(START)),
        Read::Part | Read::Other => false,
    }
}

/// Whether the octets of a WebSocket message are a SIP message, and no keep-alive.
pub(super) fn is_sip(octets: &[u8]) -> bool {
    sip::begins_message(sip::skip_line_ends(Slice::new(octets)))
}

fn read(octets: &[u8], limit: usize) -> Read<'_> {
    let [first, second, rest @ ..] = octets else { return Read::Part };
    let (operation, is_final, is_extended) = (first & 0x0F, first & 0x80 != 0, first & 0x40 != 0);
    // The other two reserved bits belong to no extension that is known.
    if first & 0x30 != 0 || ![CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG].contains(&operation) {
        return Read::Other;
    }
    let (length, rest) = match second & 0x7F {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
            None => return Read::Part,
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest),
            None => return Read::Part,
        },
        short => (u64::from(short), rest),
    };
    let (mask, rest) = match (second & 0x80 != 0, rest.split_first_chunk::<4>()) {
        (false, _) => ([0; 4], rest),
        (true, Some((mask, rest))) => (*mask, rest),
        (true, None) => return Read::Part,
    };
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= limit) else { return Read::Other };
    // RFC 6455 section 5.5: a control frame is short, and in one piece.
    if operation >= CLOSE && (length > 125 || !is_final) {
        return Read::Other;
    }
    let payload = rest.get(..length);
    Read::Frame(Frame {
        is_final,
        is_extended,
        operation,
        mask,
        payload: payload.unwrap_or(rest),
        is_whole: payload.is_some(),
        length: octets.len().saturating_sub(rest.len()).saturating_add(length),
    })
}

/// How much of a message shows whether it is one of SIP.
const START: usize = 16 * 1024;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const SIP: &[u8] = b"MESSAGE sip:a@b SIP/2.0\r\n\r\n";

    fn frames(octets: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let (mut messages, mut at, mut found) = (Messages::default(), 0, Vec::new());
        while let Next::Frame(length, message) = messages.next(&octets[at..], at as u64, 1000) {
            found.extend(message);
            at += length;
        }
        assert_eq!(at, octets.len());
        found
    }

    // The examples of RFC 6455 section 5.7.
    #[test]
    fn rfc_6455_examples() {
        let rows: [(&[u8], &[&str]); 7] = [
            (b"\x81\x05Hello", &["Hello"]),
            (b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", &["Hello"]),
            (b"\x01\x03Hel\x80\x02lo", &["Hello"]),
            (b"\x89\x05Hello", &[]),
            (b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", &[]),
            // A control frame in the middle, and one of which the beginning is missing.
            (b"\x80\x02xx\x01\x03Hel\x89\x00\x80\x02lo\x81\x01!", &["Hello", "!"]),
            // Compressed.
            (b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x81\x01!", &["!"]),
        ];
        for (octets, expected) in rows {
            let found: Vec<_> = frames(octets).into_iter().map(|(_, message)| message).collect();
            assert_eq!(found, expected.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
        }
        let long = [&b"\x82\x7e\x01\x00"[..], &[b'x'; 256]].concat();
        assert_eq!(frames(&long), [(0, vec![b'x'; 256])]);
    }

    #[test]
    fn what_begins_a_stream() {
        let frame = |head: &[u8]| [head, SIP].concat();
        let length = u8::try_from(SIP.len()).unwrap();
        let masked: Vec<u8> = SIP.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(octet, key)| octet ^ key).collect();
        let rows = [
            (frame(&[0x81, length]), true),
            (frame(&[0x82, 126, 0, length]), true),
            (frame(&[0x01, length]), true),
            ([&[0x81, 0x80 | length, 1, 2, 3, 4][..], &masked].concat(), true),
            // The line is there, the rest is not.
            (frame(&[0x81, 126, 1, 0]), true),
            (frame(&[0x81, 127, 0, 0, 0, 0, 0x10, 0, 0, 0]), false),
            (frame(&[0x89, length]), false),
            (frame(&[0x83, length]), false),
            (frame(&[0xA1, length]), false),
            (b"\x81\x05Hello".to_vec(), false),
            (SIP.to_vec(), false),
            (Vec::new(), false),
        ];
        for (octets, expected) in rows {
            assert_eq!(begins_stream(&octets, 1000), expected, "{}", octets.escape_ascii());
        }
    }
}
