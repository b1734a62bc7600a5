//! A stream cut into messages by Content-Length (RFC 3261 section 18.3).
//!
//! What follows a message decides whether its length was right, so the start of the next one is read before
//! a message is handed out.

use std::io::Read;

use crate::error::{Condition, Error};
use crate::message::{Form, sip};
use crate::octets::Slice;

/// How many octets are searched for the end of a head. Longer ones are refused by their reader.
pub(super) const MAX_HEAD: usize = 80 * 1024;
/// How many octets are searched for the end of a start line.
pub(super) const MAX_LINE: usize = 9 * 1024;
/// How much is read at once of what is known to be wanted.
const BLOCK: usize = 64 * 1024;
/// How much is read at once in search of an end. It is little, because what is read too far is moved with
/// every message that is handed out.
const AHEAD: usize = 4 * 1024;

pub(super) struct Stream<'r> {
    input: Box<dyn Read + 'r>,
    /// What was read and not handed out.
    pending: Vec<u8>,
    /// Where in the input the pending octets begin.
    position: usize,
    at_end: bool,
    is_sip: Option<bool>,
    max_size: usize,
}

impl<'r> Stream<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>, form: Option<Form>, max_size: usize) -> Self {
        let is_sip = form.map(|form| form == Form::Sip);
        Stream { input, pending: Vec::new(), position: 0, at_end: false, is_sip, max_size }
    }

    /// The next message, and where in the input it begins; `None` at the end of the input.
    pub(super) fn next_message(&mut self) -> Result<Option<(usize, Vec<u8>)>, Error> {
        // CR LF before a start line (RFC 3261 section 7.5).
        let mut start = if self.is_sip == Some(false) { 0 } else { self.line_ends_from(0)? };
        self.fill(start.saturating_add(1))?;
        if self.pending.len() <= start {
            return Ok(None);
        }
        let is_first = self.position == 0;
        let is_sip = match self.is_sip {
            Some(known) => known,
            None => self.begins_message(start)?,
        };
        self.is_sip = Some(is_sip);
        // Before the first message they are part of it, and come out again; between messages they are not.
        if !(is_first && is_sip) {
            self.pending.drain(..start);
            self.moved_by(start);
            start = 0;
        }
        if !is_sip {
            return self.rest().map(Some);
        }
        self.fill_to(start, b"\r\n\r\n", MAX_HEAD)?;
        // A head that cannot be read, or does not say how long its body is: the reader of the message says why.
        let Some(length) = message_length(&self.pending) else { return self.rest().map(Some) };
        self.fill(length)?;
        let next = self.line_ends_from(length)?;
        if self.pending.len() <= next {
            return self.hand_out(next).map(Some);
        }
        if self.begins_message(next)? {
            return self.hand_out(length).map(Some);
        }
        // Octets that are no message stay with this one, and its reader refuses them.
        self.rest().map(Some)
    }

    /// Where the CR LFs from `at` on end.
    fn line_ends_from(&mut self, mut at: usize) -> Result<usize, Error> {
        self.fill(at.saturating_add(1))?;
        loop {
            let (pairs, _) = self.pending.get(at..).unwrap_or_default().as_chunks::<2>();
            let count = pairs.iter().take_while(|pair| *pair == b"\r\n").count();
            at = at.saturating_add(count.saturating_mul(2));
            match self.pending.get(at..) {
                Some([] | [b'\r']) if !self.at_end => self.read_some(AHEAD)?,
                _ => return Ok(at),
            }
        }
    }

    fn begins_message(&mut self, at: usize) -> Result<bool, Error> {
        self.fill_to(at, b"\n", MAX_LINE)?;
        Ok(self.pending.get(at..).is_some_and(|next| sip::begins_message(Slice::new(next))))
    }

    /// Everything to the end of the input.
    fn rest(&mut self) -> Result<(usize, Vec<u8>), Error> {
        self.fill(usize::MAX)?;
        self.hand_out(usize::MAX)
    }

    fn hand_out(&mut self, length: usize) -> Result<(usize, Vec<u8>), Error> {
        let length = length.min(self.pending.len());
        if length > self.max_size {
            return Err(self.too_large());
        }
        let rest = self.pending.split_off(length);
        let start = self.position;
        self.moved_by(length);
        Ok((start, std::mem::replace(&mut self.pending, rest)))
    }

    fn moved_by(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
    }

    /// Reads until `needle` stands among the `limit` octets from `at` on, or there are no more.
    fn fill_to(&mut self, at: usize, needle: &[u8], limit: usize) -> Result<(), Error> {
        let end = at.saturating_add(limit);
        let mut searched = at;
        loop {
            let unsearched = self.pending.get(searched..).unwrap_or_default();
            if memchr::memmem::find(unsearched, needle).is_some() || self.pending.len() >= end || self.at_end {
                return Ok(());
            }
            searched = self.pending.len().saturating_sub(needle.len()).max(at);
            self.read_some(AHEAD)?;
        }
    }

    /// Reads until `wanted` octets are pending or there are no more.
    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        while !self.at_end && self.pending.len() < wanted {
            let missing = wanted.saturating_sub(self.pending.len());
            if self.pending.len() == self.pending.capacity() {
                // Memory follows the octets, not the claim.
                self.pending.reserve_exact(missing.min(self.pending.len().max(BLOCK)));
            }
            // A pipe gives little at a time, and the buffer of each read is cleared first: it must stay small.
            let room = self.pending.capacity().saturating_sub(self.pending.len());
            self.read_some(missing.min(room).min(BLOCK))?;
        }
        Ok(())
    }

    /// One read of at most `count` octets.
    fn read_some(&mut self, count: usize) -> Result<(), Error> {
        let start = self.pending.len();
        if start > self.max_size.saturating_add(MAX_HEAD) {
            return Err(self.too_large());
        }
        self.pending.resize(start.saturating_add(count), 0);
        let buffer = self.pending.get_mut(start..).unwrap_or_default();
        let read = loop {
            match self.input.read(buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = read.map_err(|error| Error::new(Condition::FileUnreadable).detail(error.to_string()))?;
        self.pending.truncate(start.saturating_add(count));
        self.at_end = count == 0;
        Ok(())
    }

    fn too_large(&self) -> Error {
        Error::new(Condition::LimitSize).detail(format!("more than {} octets", self.max_size))
    }
}

/// Head and body together, if the head can be read and says how long the body is.
pub(super) fn message_length(octets: &[u8]) -> Option<usize> {
    let (head, after) = sip::Head::parse(Slice::new(octets)).ok()?;
    let (length, _) = head.content_length?;
    after.span().start.checked_add(length)
}
