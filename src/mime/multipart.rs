//! Multiparts as exact spans (RFC 2046 section 5.1) and multipart/signed (RFC 1847 section 2.1).
//!
//! A delimiter is a whole line: `--`, the boundary, for the last one `--` again, blanks. The line ending before
//! it belongs to it, so that a part ends exactly where its signer ended it. A line that only begins with a
//! delimiter is text. What could be divided in two ways is refused: a multipart without end, a boundary used
//! again inside.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memmem;
use rand_core::CryptoRng;

use crate::error::{Condition, Error};
use crate::mime::content_type::ContentType;
use crate::mime::entity::{Entity, Rope};
use crate::mime::field::LineRule;
use crate::mime::transfer::TransferEncoding;
use crate::octets::{LineEnding, Slice, Span};

mod signed;

pub use signed::MultipartSigned;

/// How many parts a multipart may have.
pub const MAX_PARTS: usize = 512;
/// How deeply multiparts may be nested.
pub const MAX_NESTING: usize = 16;

/// A multipart, divided into its parts.
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    parts: Vec<Part<'a>>,
    preamble: Slice<'a>,
    epilogue: Slice<'a>,
    boundary: String,
    early_close: Option<Span>,
}

/// One part: its header, the empty line and its body.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The octets between the delimiters. These, and no others, are what multipart/signed signs.
    pub octets: Slice<'a>,
    rule: LineRule,
    enclosing: Arc<[String]>,
}

impl<'a> Part<'a> {
    /// The part as an entity.
    ///
    /// # Errors
    /// `mime.header-field`, `mime.no-empty-line`, `limit.head`.
    pub fn entity(&self) -> Result<Entity<'a>, Error> {
        let mut entity = Entity::parse(self.octets, self.rule)?;
        entity.enclosing = Arc::clone(&self.enclosing);
        Ok(entity)
    }
}

impl<'a> Multipart<'a> {
    /// Divides the body of a multipart entity, one level deep. The headers of the parts are read by
    /// [`Part::entity`]: one that is malformed does not hide the others.
    ///
    /// # Errors
    /// `mime.boundary`, `mime.delimiter`, `mime.unclosed`, `mime.ambiguous-boundary`, `mime.no-empty-line`,
    /// `mime.transfer-encoding`, `limit.count` past [`MAX_PARTS`], `limit.nesting` past [`MAX_NESTING`].
    pub fn parse(entity: &Entity<'a>) -> Result<Self, Error> {
        let boundary = boundary(entity)?;
        let body = entity.body();
        if entity.enclosing.len() >= MAX_NESTING {
            return Err(Error::new(Condition::LimitNesting).at(body.take(0).span()));
        }
        // RFC 2045 section 6.4: the parts are encoded, never the whole.
        let encoding = entity.transfer_encoding(TransferEncoding::SevenBit)?;
        if !encoding.is_identity() {
            return Err(Error::new(Condition::MimeTransferEncoding)
                .detail(format!("a multipart is labelled {}", encoding.name()))
                .at(body.take(0).span()));
        }
        let enclosing: Arc<[String]> = entity.enclosing.iter().cloned().chain([boundary.clone()]).collect();
        let divided = divide(body, &boundary, entity.line_rule())?;
        let part = |octets| Part { octets, rule: entity.line_rule(), enclosing: Arc::clone(&enclosing) };
        let parts: Vec<Part<'a>> = divided.parts.into_iter().map(part).collect();
        for part in &parts {
            refuse_reused_boundary(part)?;
        }
        let early_close = delimiters(divided.epilogue, &boundary, entity.line_rule()).next().map(|found| found.line);
        Ok(Multipart { parts, preamble: divided.preamble, epilogue: divided.epilogue, boundary, early_close })
    }

    /// The parts in their order.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// What stands before the first delimiter. It is no part of the message.
    pub fn preamble(&self) -> Slice<'a> {
        self.preamble
    }

    /// What stands after the last delimiter. It is no part of the message.
    pub fn epilogue(&self) -> Slice<'a> {
        self.epilogue
    }

    /// Whether there is text before the first or after the last delimiter.
    pub fn has_outside_text(&self) -> bool {
        !self.preamble.trim_space().is_empty() || !self.epilogue.trim_space().is_empty()
    }

    /// The boundary.
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// A delimiter that stands after the closing one: the message was divided too early by its writer, as in the
    /// examples of draft-ono-sipping-end2middle-security-02 section 7.
    pub fn early_close(&self) -> Option<Span> {
        self.early_close
    }
}

fn boundary(entity: &Entity<'_>) -> Result<String, Error> {
    let content_type = entity.content_type()?.filter(|content_type| content_type.is_multipart());
    let boundary = content_type.as_ref().and_then(|content_type| content_type.parameter("boundary"));
    let malformed = |detail: String| Error::new(Condition::MimeBoundary).detail(detail);
    // RFC 2231 would put a boundary together from pieces; readers that do not would see another one.
    let in_pieces = |content_type: &ContentType| {
        content_type.parameters.iter().any(|parameter| parameter.name.to_ascii_lowercase().starts_with("boundary*"))
    };
    // SIP and mail unfold blanks differently: two readers would see two boundaries.
    let folded = entity.field("Content-Type")?.is_some_and(|field| field.value.octets().contains(&b'\n'));
    let found = match boundary {
        Some(boundary) if folded && boundary.contains(' ') => Err(malformed("the boundary is folded".to_owned())),
        _ if content_type.as_ref().is_some_and(in_pieces) => Err(malformed("the boundary is in pieces".to_owned())),
        None => Err(malformed("there is no boundary parameter".to_owned())),
        Some("") => Err(malformed("the boundary is empty".to_owned())),
        Some(boundary) if boundary.len() > 70 => {
            Err(malformed(format!("the boundary has {} characters", boundary.len())))
        }
        Some(boundary) if boundary.ends_with(' ') => Err(malformed("the boundary ends in a blank".to_owned())),
        // More than the alphabet of RFC 2046, which some writers leave; nothing that could end a line.
        Some(boundary) if !boundary.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()) => {
            Err(malformed("the boundary has an octet that is not printable".to_owned()))
        }
        Some(boundary) => Ok(boundary.to_owned()),
    };
    found.map_err(|error| match entity.field("Content-Type") {
        Ok(Some(field)) => error.within("Content-Type").at(field.whole.span()),
        _ => error,
    })
}

/// A multipart inside that could be divided by the delimiters of one around it has two readings.
fn refuse_reused_boundary(part: &Part<'_>) -> Result<(), Error> {
    // A header that cannot be read is refused where it is asked for.
    let Some(inner) = part.entity().ok().and_then(|entity| boundary(&entity).ok()) else { return Ok(()) };
    let closes = |a: &str, b: &str| a.strip_suffix("--") == Some(b);
    let reused = part.enclosing.iter().any(|outer| inner == *outer || closes(&inner, outer) || closes(outer, &inner));
    match reused {
        true => Err(Error::new(Condition::MimeAmbiguousBoundary).detail(inner).at(part.octets.span())),
        false => Ok(()),
    }
}

struct Divided<'a> {
    preamble: Slice<'a>,
    parts: Vec<Slice<'a>>,
    epilogue: Slice<'a>,
}

fn divide<'a>(body: Slice<'a>, boundary: &str, rule: LineRule) -> Result<Divided<'a>, Error> {
    let mut found = delimiters(body, boundary, rule);
    let first = found.next().ok_or_else(|| Error::new(Condition::MimeDelimiter).at(body.span()))?;
    if first.closes {
        return Err(Error::new(Condition::MimeDelimiter).detail("the closing delimiter comes first").at(first.line));
    }
    let mut parts = Vec::new();
    let mut after = first.after;
    for delimiter in found {
        // The line ending before the delimiter would be the one that ends the delimiter before it.
        if delimiter.before.span().end < after.span().start {
            return Err(Error::new(Condition::MimeEmptyLine)
                .detail("two delimiters without a part")
                .at(delimiter.line));
        }
        if parts.len() >= MAX_PARTS {
            return Err(Error::new(Condition::LimitCount).detail(format!("more than {MAX_PARTS} parts")));
        }
        let start = body.until(after).len();
        parts.push(delimiter.before.skip(start));
        if delimiter.closes {
            return Ok(Divided { preamble: first.before, parts, epilogue: delimiter.after });
        }
        after = delimiter.after;
    }
    Err(Error::new(Condition::MimeUnclosed).at(after.span()))
}

struct Delimiter<'a> {
    /// The octets of the body before the delimiter and the line ending that belongs to it.
    before: Slice<'a>,
    /// Where the line stands.
    line: Span,
    closes: bool,
    /// The octets after the line.
    after: Slice<'a>,
}

/// The lines of `body` that are delimiters.
fn delimiters<'a, 'b>(
    body: Slice<'a>,
    boundary: &'b str,
    rule: LineRule,
) -> impl Iterator<Item = Delimiter<'a>> + use<'a, 'b> {
    let dash_boundary = [b"--", boundary.as_bytes()].concat();
    let finder = memmem::Finder::new(&dash_boundary).into_owned();
    let mut from = 0;
    let mut first_ending = None;
    std::iter::from_fn(move || {
        loop {
            let at = finder.find(body.skip(from).octets())?.saturating_add(from);
            from = at.saturating_add(dash_boundary.len());
            let Some(mut delimiter) = delimiter(body, at, body.skip(from), rule) else { continue };
            let style = *first_ending.get_or_insert(delimiter.ending);
            delimiter.ending = match delimiter.ending {
                LineEnding::None => style,
                ending => ending,
            };
            return Some(delimiter.with_its_line_ending());
        }
    })
}

struct Candidate<'a> {
    before: Slice<'a>,
    line: Span,
    closes: bool,
    ending: LineEnding,
    after: Slice<'a>,
}

/// Whether the line at `at`, in which `rest` follows the boundary, is a delimiter.
fn delimiter<'a>(body: Slice<'a>, at: usize, rest: Slice<'a>, rule: LineRule) -> Option<Candidate<'a>> {
    let before = body.take(at);
    let ending_before: &[u8] = match rule {
        LineRule::CrLfOrLf => b"\n",
        _ => b"\r\n",
    };
    if !before.is_empty() && !before.octets().ends_with(ending_before) {
        return None;
    }
    let closes = rest.octets().starts_with(b"--");
    let rest = rest.skip(if closes { 2 } else { 0 });
    let padding = rest.octets().iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    let rest = rest.skip(padding);
    let ending = match rest.octets() {
        [] => LineEnding::None,
        [b'\r', b'\n', ..] => LineEnding::CrLf,
        [b'\n', ..] if rule == LineRule::CrLfOrLf => LineEnding::Lf,
        _ => return None,
    };
    let line = Span { start: before.span().end, end: rest.span().start };
    Some(Candidate { before, line, closes, ending, after: rest.skip(ending.len()) })
}

impl<'a> Candidate<'a> {
    /// Gives the delimiter the line ending before it. Where lines may end in LF, the delimiter line says which it
    /// is: a part before an LF delimiter may end in a CR of its own, as a DER object can.
    fn with_its_line_ending(self) -> Delimiter<'a> {
        let length = match (self.ending, self.before.octets()) {
            (LineEnding::CrLf | LineEnding::None, [.., b'\r', b'\n']) => 2,
            (_, [.., b'\n']) => 1,
            _ => 0,
        };
        let before = self.before.take(self.before.len().saturating_sub(length));
        Delimiter { before, line: self.line, closes: self.closes, after: self.after }
    }
}

/// A boundary that occurs in none of `parts`, each of which is written from pieces.
pub fn choose_boundary(parts: &[Rope<'_>], rng: &mut dyn CryptoRng) -> String {
    let mut number = rng.next_u64();
    loop {
        let boundary = format!("{number:016x}");
        if !parts.iter().any(|part| occurs(boundary.as_bytes(), part)) {
            return boundary;
        }
        // Parts of finite length cannot hold every number.
        number = number.wrapping_add(1);
    }
}

/// Whether `needle` stands in the pieces, or across the seam between them.
fn occurs(needle: &[u8], pieces: &Rope<'_>) -> bool {
    let overlap = needle.len().saturating_sub(1);
    let finder = memmem::Finder::new(needle);
    let mut seam: Vec<u8> = Vec::new();
    for piece in pieces {
        seam.extend(piece.iter().take(overlap));
        if finder.find(&seam).is_some() || finder.find(piece).is_some() {
            return true;
        }
        if piece.len() > overlap {
            seam.clear();
            seam.extend(piece.iter().skip(piece.len().saturating_sub(overlap)));
        }
        seam.drain(..seam.len().saturating_sub(overlap));
    }
    false
}

/// The body of a multipart of these parts, each of which is copied later.
pub fn write<'a>(boundary: &str, parts: Vec<Rope<'a>>) -> Rope<'a> {
    let line = |text: String| Cow::Owned(text.into_bytes());
    let mut body = Vec::new();
    let mut before = "";
    for part in parts {
        body.push(line(format!("{before}--{boundary}\r\n")));
        body.extend(part);
        before = "\r\n";
    }
    body.push(line(format!("{before}--{boundary}--\r\n")));
    body
}

#[cfg(test)]
mod tests;
