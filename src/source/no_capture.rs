//! Captures, in a program that was built without the feature that reads them: they are recognised and refused.

use std::io::{Cursor, Read};

use crate::error::{Condition, Error};
use crate::source::packet::{Found, Tally};

/// A capture, of which nothing is read.
pub(super) struct Capture<'r> {
    _input: Box<dyn Read + 'r>,
}

impl<'r> Capture<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>, _max_size: usize) -> Self {
        Capture { _input: input }
    }

    pub(super) fn next_message(&mut self) -> Result<Option<Found>, Error> {
        Err(Error::new(Condition::CaptureUnsupported))
    }

    pub(super) fn tally(&self) -> Tally {
        Tally::default()
    }
}

/// What the start of an input shows.
pub(super) enum Opened<'r> {
    Capture(Box<dyn Read + 'r>),
    Other(Box<dyn Read + 'r>),
}

pub(super) fn open<'r>(mut input: Box<dyn Read + 'r>) -> std::io::Result<Opened<'r>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let is_capture = is_capture(&start);
    let whole = Box::new(Cursor::new(start).chain(input));
    Ok(if is_capture { Opened::Capture(whole) } else { Opened::Other(whole) })
}

/// Whether a file that begins so is a capture.
pub fn is_capture(start: &[u8]) -> bool {
    let magics = [[0x0A, 0x0D, 0x0D, 0x0A], [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0xC3, 0xD4]];
    magics.iter().any(|magic| start.starts_with(magic))
}
