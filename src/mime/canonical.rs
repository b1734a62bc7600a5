//! The one maker of what is signed or encrypted (RFC 8551 section 3.1.1; `sip-smime(1)`, *Line ends*, *Splice*).
//!
//! An entity in a SIP message is canonical as it stands: its body is never converted, and its header is the Content-*
//! fields of the head, with their names spelled long and their values octet by octet. An entity in a file of its own
//! may have LF, as editors write it: its header, its delimiters and its text then get CR LF. No field is added.

use std::borrow::Cow;
use std::iter;

use crate::error::{Condition, Error};
use crate::mime::entity::{Entity, Rope};
use crate::mime::field::{self, LineRule};
use crate::mime::multipart::Multipart;
use crate::mime::transfer::TransferEncoding;
use crate::octets::Slice;

/// An entity in the form in which it is signed or encrypted. Only [`Entity::canonicalize`] makes one.
#[derive(Clone, Debug)]
pub struct CanonicalEntity<'a> {
    header: Vec<u8>,
    body: Cow<'a, [u8]>,
    converted: bool,
}

impl<'a> Entity<'a> {
    /// Makes the canonical form, the only one that is signed or encrypted. With `binary`, lines that end in LF stay.
    ///
    /// # Errors
    /// `mime.*` and `limit.*` if a multipart whose text is to be converted cannot be divided into its parts;
    /// `limit.head` if the header would be too large to be read again.
    pub fn canonicalize(&self, binary: bool) -> Result<CanonicalEntity<'a>, Error> {
        let unchanged =
            |header| CanonicalEntity { header, body: Cow::Borrowed(self.body().octets()), converted: false };
        let Some(octets) = self.octets() else {
            let header = sip_header(self);
            check_limits(&header)?;
            return Ok(unchanged(header));
        };
        let header = octets.until(self.body());
        let has_lf = || bare_line_feeds(octets).next().is_some();
        if binary || self.line_rule() != LineRule::CrLfOrLf || !has_lf() {
            return Ok(unchanged(header.octets().to_vec()));
        }
        let header = with_cr_lf(&[(header, Lines::Text)]).into_owned();
        check_limits(&header)?;
        let mut pieces = Vec::new();
        divide(self, &mut pieces)?;
        let body = with_cr_lf(&pieces);
        let converted = header.len().saturating_add(body.len()) != octets.len();
        Ok(CanonicalEntity { header, body, converted })
    }
}

impl<'a> CanonicalEntity<'a> {
    /// The header with the empty line, and the body: written one after the other they are what is signed.
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.header, &self.body]
    }

    /// The number of octets.
    pub fn len(&self) -> usize {
        self.header.len().saturating_add(self.body.len())
    }

    /// Whether there are no octets.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a line that ended in LF was given CR LF.
    pub fn converted(&self) -> bool {
        self.converted
    }

    /// Header and body as pieces.
    pub fn into_pieces(self) -> Rope<'a> {
        vec![Cow::Owned(self.header), self.body]
    }
}

/// A name that is written out, and CR LF for LF, make a header longer: what is written can be read.
fn check_limits(header: &[u8]) -> Result<(), Error> {
    match field::fields(Slice::new(header), LineRule::CrLfOrLf) {
        Err(error) if error.condition() == Condition::LimitHead => Err(error.without_octets()),
        _ => Ok(()),
    }
}

fn sip_header(entity: &Entity<'_>) -> Vec<u8> {
    let mut header = Vec::new();
    for field in entity.fields() {
        for piece in [field.sip_name(), b":", field.value.octets(), b"\r\n"] {
            header.extend_from_slice(piece);
        }
    }
    header.extend_from_slice(b"\r\n");
    header
}

/// What the line feeds of a piece are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// Ends of lines.
    Text,
    /// Octets like any other.
    Octets,
}

/// Cuts the body of `entity` into text and other octets.
fn divide<'a>(entity: &Entity<'a>, pieces: &mut Vec<(Slice<'a>, Lines)>) -> Result<(), Error> {
    let content_type = entity.content_type()?;
    let body = entity.body();
    if !content_type.as_ref().is_some_and(|content_type| content_type.is_multipart()) {
        // RFC 2045 section 5.2: what says no type is text. Encoded octets are text whatever they encode.
        let is_text = content_type.is_none_or(|content_type| content_type.is_text())
            || !entity.transfer_encoding(TransferEncoding::SevenBit)?.is_identity();
        pieces.push((body, if is_text { Lines::Text } else { Lines::Octets }));
        return Ok(());
    }
    let mut rest = body;
    for part in Multipart::parse(entity)?.parts() {
        let Some((delimiter, after)) = rest.around(part.octets) else { continue };
        pieces.push((delimiter, Lines::Text));
        let inner = part.entity()?;
        pieces.push((part.octets.until(inner.body()), Lines::Text));
        divide(&inner, pieces)?;
        rest = after;
    }
    pieces.push((rest, Lines::Text));
    Ok(())
}

/// Where the octets of a piece have an LF that no CR precedes.
fn bare_line_feeds(piece: Slice<'_>) -> impl Iterator<Item = usize> {
    let octets = piece.octets();
    memchr::memchr_iter(b'\n', octets)
        .filter(|at| at.checked_sub(1).and_then(|before| octets.get(before)) != Some(&b'\r'))
}

/// The pieces, one after another, with CR before each LF of text that has none. A single piece that needs none is not
/// copied.
fn with_cr_lf<'a>(pieces: &[(Slice<'a>, Lines)]) -> Cow<'a, [u8]> {
    let text = || pieces.iter().filter(|(_, lines)| *lines == Lines::Text).map(|(piece, _)| *piece);
    let added: usize = text().map(|piece| bare_line_feeds(piece).count()).fold(0, usize::saturating_add);
    if let ([(piece, _)], 0) = (pieces, added) {
        return Cow::Borrowed(piece.octets());
    }
    let length = pieces.iter().map(|(piece, _)| piece.len()).fold(added, usize::saturating_add);
    let mut converted = Vec::with_capacity(length);
    for (piece, lines) in pieces {
        let feeds: Box<dyn Iterator<Item = usize>> = match lines {
            Lines::Text => Box::new(bare_line_feeds(*piece)),
            Lines::Octets => Box::new(iter::empty()),
        };
        let mut done = 0;
        for feed in feeds {
            converted.extend_from_slice(piece.skip(done).take(feed.saturating_sub(done)).octets());
            converted.push(b'\r');
            done = feed;
        }
        converted.extend_from_slice(piece.skip(done).octets());
    }
    Cow::Owned(converted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(octets: &str, rule: LineRule, binary: bool) -> Result<(String, bool), &'static str> {
        let entity = Entity::parse(Slice::new(octets.as_bytes()), rule).map_err(|error| error.code())?;
        let canonical = entity.canonicalize(binary).map_err(|error| error.code())?;
        assert_eq!(canonical.parts().concat().len(), canonical.len());
        Ok((String::from_utf8(canonical.parts().concat()).unwrap(), canonical.converted()))
    }

    #[test]
    fn mim_08_text_of_a_file_gets_cr_lf() {
        let rows = [
            ("text", "Content-Type: text/plain\n\na\nb\r\nc", "Content-Type: text/plain\r\n\r\na\r\nb\r\nc"),
            ("no type", "Subject: x\n y\n\na\n", "Subject: x\r\n y\r\n\r\na\r\n"),
            ("no header", "\na\n", "\r\na\r\n"),
            ("header alone", "Subject: x\n", "Subject: x\r\n"),
            ("a CR alone stays", "A: 1\n\na\rb\n", "A: 1\r\n\r\na\rb\r\n"),
            ("octets", "Content-Type: a/b\n\na\nb\n", "Content-Type: a/b\r\n\r\na\nb\n"),
            (
                "base64 lines are text",
                "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\nAAAA\nAAAA\n",
                "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\nAAAA\r\n",
            ),
            (
                "parts",
                "Content-Type: multipart/mixed; boundary=o\n\npre\n--o\nContent-Type: text/plain\n\na\nb\n--o \n\
                 Content-Type: application/octet-stream\n\n\0\n\r\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nc\n\n\
                 --i\nContent-Type: image/x\nContent-Transfer-Encoding: binary\n\nd\ne\n--i--\n\n--o--\nepi\n",
                "Content-Type: multipart/mixed; boundary=o\r\n\r\npre\r\n--o\r\nContent-Type: text/plain\r\n\r\na\r\nb\r\n--o \r\n\
                 Content-Type: application/octet-stream\r\n\r\n\0\n\r\r\n--o\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nc\r\n\r\n\
                 --i\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: binary\r\n\r\nd\ne\r\n--i--\r\n\r\n--o--\r\nepi\r\n",
            ),
            (
                "parts with CR LF around octets with LF",
                "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: a/b\r\n\r\na\nb\r\n--o\r\n\r\nc\r\n--o--",
                "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: a/b\r\n\r\na\nb\r\n--o\r\n\r\nc\r\n--o--",
            ),
        ];
        for (name, octets, expected) in rows {
            let converted = octets != expected;
            assert_eq!(canonical(octets, LineRule::CrLfOrLf, false), Ok((expected.to_owned(), converted)), "{name}");
            // What is canonical stays.
            assert_eq!(
                canonical(expected, LineRule::CrLfOrLf, false),
                Ok((expected.to_owned(), false)),
                "{name} again"
            );
            assert_eq!(canonical(octets, LineRule::CrLfOrLf, true), Ok((octets.to_owned(), false)), "{name} binary");
            for length in 0..octets.len() {
                let _ = canonical(&octets[..length], LineRule::CrLfOrLf, false);
            }
        }
    }

    #[test]
    fn a_canonical_multipart_has_the_parts_of_the_file() {
        let octets = "Content-Type: multipart/mixed; boundary=o\n\n--o\n\n\0\r\n--o\nA: 1\n\nb\n--o--";
        let (converted, _) = canonical(octets, LineRule::CrLfOrLf, false).unwrap();
        let bodies = |octets: &str, rule| -> Vec<Vec<u8>> {
            let entity = Entity::parse(Slice::new(octets.as_bytes()), rule).unwrap();
            let multipart = Multipart::parse(&entity).unwrap();
            multipart.parts().iter().map(|part| part.entity().unwrap().body().octets().to_vec()).collect()
        };
        assert_eq!(bodies(&converted, LineRule::CrLf), bodies(octets, LineRule::CrLfOrLf));
    }

    // A long line `c:` was signed as a longer one `Content-Type:`, which nobody here could read.
    #[test]
    fn a_header_that_grows_can_be_read_again() {
        for (length, is_written) in [(8_179, true), (8_180, false)] {
            let head = format!("c:{}\r\n\r\n", "x".repeat(length));
            let (fields, body) = field::fields(Slice::new(head.as_bytes()), LineRule::Sip).unwrap();
            let canonical = Entity::from_fields(fields, body).canonicalize(false);
            assert_eq!(canonical.err().map(|error| error.code()), (!is_written).then_some("limit.head"));
        }
        let file = format!("A: 1\n{}\nx\n", " b\n".repeat(20_000));
        assert_eq!(canonical(&file, LineRule::CrLfOrLf, false), Err("limit.head"));
    }

    #[test]
    fn text_that_cannot_be_found_is_refused() {
        let unclosed = "Content-Type: multipart/mixed; boundary=o\n\n--o\n\na\n";
        assert_eq!(canonical(unclosed, LineRule::CrLfOrLf, false), Err("mime.unclosed"));
        assert_eq!(canonical(unclosed, LineRule::CrLfOrLf, true), Ok((unclosed.to_owned(), false)));
        // Nothing to convert, nothing to find.
        assert!(canonical(&unclosed.replace('\n', "\r\n"), LineRule::CrLfOrLf, false).is_ok());
    }

    #[test]
    fn f1_a_sip_body_is_never_converted() {
        let head = b"c:text/plain;\r\n\tcharset=utf-8 \r\nCONTENT-LANGUAGE : fr\r\nE:\r\n gzip\r\n\r\na\nb\r\n\0\r";
        let (fields, body) = field::fields(Slice::new(head), LineRule::Sip).unwrap();
        for binary in [true, false] {
            let canonical = Entity::from_fields(fields.clone(), body).canonicalize(binary).unwrap();
            let expected: &[u8] =
                b"Content-Type:text/plain;\r\n\tcharset=utf-8 \r\nCONTENT-LANGUAGE: fr\r\nContent-Encoding:\r\n gzip\r\n\r\na\nb\r\n\0\r";
            assert_eq!(canonical.parts().concat(), expected);
            assert!(!canonical.converted());
            assert!(matches!(&canonical.into_pieces()[1], Cow::Borrowed(_)));
        }
    }

    #[test]
    fn a_part_with_cr_lf_stays_as_it_is() {
        let octets = "content-type : text/plain\r\nX: y\r\n\r\na\nb";
        assert_eq!(canonical(octets, LineRule::CrLf, false), Ok((octets.to_owned(), false)));
    }
}
