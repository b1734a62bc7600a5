//! A content in its parts: header fields, the empty line, the body. However it was damaged, it has them.

use std::ops::ControlFlow;

/// Takes a candidate; breaks when no more are wanted.
pub(super) type Emit<'e> = &'e mut dyn FnMut(Vec<u8>) -> ControlFlow<()>;

/// What is looked at.
pub(super) struct Parts<'a> {
    /// All of it.
    pub whole: &'a [u8],
    /// The header fields, each with its folded lines and its line end.
    pub fields: Vec<&'a [u8]>,
    /// The header fields and the empty line.
    pub head: &'a [u8],
    /// The empty line.
    pub gap: &'a [u8],
    /// What follows.
    pub body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Divides a content at its first empty line. Without one all of it is body.
    pub(super) fn of(whole: &'a [u8]) -> Self {
        let mut fields: Vec<&'a [u8]> = Vec::new();
        let mut rest = whole;
        let mut field = (whole, 0);
        while fields.len() < MAX_FIELDS {
            let Some(end) = memchr::memchr(b'\n', rest) else { break };
            let (line, after) = rest.split_at_checked(end.saturating_add(1)).unwrap_or((rest, &[]));
            let continues = matches!(line.first(), Some(b' ' | b'\t'));
            if !continues {
                fields.extend(field.0.get(..field.1).filter(|field| !field.is_empty()));
                field = (rest, 0);
            }
            if matches!(line, b"\n" | b"\r\n") {
                let head = whole.len().saturating_sub(after.len());
                return Parts { whole, fields, head: whole.get(..head).unwrap_or(whole), gap: line, body: after };
            }
            field.1 = field.1.saturating_add(line.len());
            rest = after;
        }
        Parts { whole, fields: Vec::new(), head: &[], gap: &[], body: whole }
    }

    /// An object has no header.
    pub(super) fn of_object(whole: &'a [u8]) -> Self {
        Parts { whole, fields: Vec::new(), head: &[], gap: &[], body: whole }
    }

    /// Whether the body is not text.
    pub(super) fn is_binary(&self) -> bool {
        self.body.contains(&0) || self.body.iter().filter(|octet| **octet >= 0x80).count() > self.body.len() / 4
    }

    /// Other header fields before the same empty line and body.
    pub(super) fn with_fields(&self, fields: &[impl AsRef<[u8]>]) -> Vec<u8> {
        let mut made: Vec<u8> = fields.iter().flat_map(|field| field.as_ref().iter().copied()).collect();
        made.extend_from_slice(self.gap);
        made.extend_from_slice(self.body);
        made
    }
}

/// CR LF becomes LF.
pub(super) fn to_lf(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        made.extend_from_slice(before);
        rest = after.get(1..).unwrap_or_default();
        made.extend(rest.first());
        rest = rest.get(1..).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made
}

/// Every LF that stands without CR becomes CR LF.
pub(super) fn to_crlf(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len().saturating_add(octets.len() / 16));
    let mut last = 0;
    for octet in octets {
        if *octet == b'\n' && last != b'\r' {
            made.push(b'\r');
        }
        made.push(*octet);
        last = *octet;
    }
    made
}

/// The lines, each with its end.
pub(super) fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    octets.split_inclusive(|octet| *octet == b'\n')
}

/// A line without its end, and the end.
pub(super) fn split_end(line: &[u8]) -> (&[u8], &[u8]) {
    let text = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
    line.split_at_checked(text.len()).unwrap_or((line, &[]))
}

/// How many header fields are told apart.
const MAX_FIELDS: usize = 64;
