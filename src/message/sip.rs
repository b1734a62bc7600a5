//! SIP messages: start line, head, and where the body ends (RFC 3261 sections 7, 18.3 and 20.14).
//!
//! What other readers would frame differently is refused: Content-Length given twice, even with one value; one
//! that is not digits; a start line that is not complete; an LF in the head. Octets after the body are the next
//! message, or CRLFs, or an error.

use crate::error::{Condition, Error};
use crate::message::{Content, Form, Format, RawMessage, bare};
use crate::mime::entity::Entity;
use crate::mime::field::{self, Field, LineRule};
use crate::octets::{LineEnding, Slice};
use crate::report::Finding;
use crate::spec;
use crate::uri;

/// The SIP form.
pub(super) struct Sip;

impl Format for Sip {
    fn form(&self) -> Form {
        Form::Sip
    }

    /// Takes what is nearly a start line, too, so that the error says what is wrong with it.
    fn recognises(&self, start: &[u8]) -> bool {
        let line = Slice::new(start).trim_space().take(field::MAX_LINE).lines().next();
        let line = line.map(|line| line.text.octets().to_ascii_lowercase()).unwrap_or_default();
        let mut words = line.split(|octet| *octet == b' ');
        let first = words.next().unwrap_or_default();
        let named = |word: &[u8]| [&b"sip:"[..], b"sips:"].iter().any(|scheme| word.starts_with(scheme));
        !bare::is_field_line(&line)
            && (first.starts_with(b"sip/") || words.any(|word| named(word) || word.starts_with(b"sip/")))
    }

    fn parse<'a>(&self, octets: Slice<'a>) -> Result<RawMessage<'a>, Error> {
        let (head, after) = Head::parse(octets)?;
        let length = head.content_length.map_or(after.len(), |(length, _)| length);
        let Some((body, rest)) = after.split_at(length) else {
            return Err(Error::new(Condition::SipTruncated)
                .detail(format!("Content-Length is {length}, the body has {} octets", after.len()))
                .at(after.span()));
        };
        let findings = judge_rest(rest)?.into_iter().collect();
        let message = Message { head: octets.until(after), start_line: head.start_line, fields: head.fields, body };
        Ok(RawMessage { form: Form::Sip, octets: octets.until(rest), rest, content: Content::Sip(message), findings })
    }
}

/// Whether what looks like a MIME header is the head of a SIP message with a damaged or missing start line.
/// Read as a MIME entity, it would claim no sender, and nothing would be compared with the certificate.
pub(super) fn has_sip_head(octets: Slice<'_>) -> bool {
    let Ok((fields, _)) = field::fields(octets, LineRule::CrLfOrLf) else { return false };
    let first = octets.take(field::MAX_LINE).lines().next().map(|line| line.text.octets().to_ascii_lowercase());
    first.is_some_and(|line| memchr::memmem::find(&line, b"sip/2.0").is_some())
        || ["Via", "CSeq", "Call-ID", "Max-Forwards"]
            .iter()
            .any(|name| fields.iter().any(|field| field.sip_name_is(name)))
}

pub(super) fn damaged_start_line(octets: Slice<'_>) -> Error {
    Error::new(Condition::SipStartLine)
        .detail("the header fields are those of a SIP message")
        .hinting("-inform mime reads it as a MIME entity, which claims no sender")
        .at(octets.take(field::MAX_LINE).lines().next().map_or(octets.span(), |line| line.span()))
}

/// What follows a message: nothing, CRLFs, or another message.
fn judge_rest(rest: Slice<'_>) -> Result<Option<Finding>, Error> {
    let next = skip_line_ends(rest);
    let what = match begins_message(next) {
        _ if rest.is_empty() => return Ok(None),
        true => "another message begins there",
        false if next.is_empty() => "all of them CR LF",
        false => return Err(Error::new(Condition::SipTrailingOctets).at(next.span())),
    };
    let text = format!("{} octets follow the body, {what}", rest.len());
    Ok(Some(Finding::warning("SIP-TRAILING-BYTES", spec::SIP_FRAMING, text)))
}

/// Without the CRLFs at the start, which may stand between messages of a stream (RFC 3261 section 7.5).
pub fn skip_line_ends(octets: Slice<'_>) -> Slice<'_> {
    let mut rest = octets;
    while rest.octets().starts_with(b"\r\n") {
        rest = rest.skip(2);
    }
    rest
}

/// Whether octets begin with a start line.
pub fn begins_message(octets: Slice<'_>) -> bool {
    match octets.take(field::MAX_LINE).lines().next() {
        Some(line) if line.ending != LineEnding::None => StartLine::parse(line.text).is_ok(),
        _ => false,
    }
}

/// A SIP message, divided.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Everything before the body, with the empty line.
    pub head: Slice<'a>,
    /// The start line.
    pub start_line: StartLine<'a>,
    /// The header fields in their order.
    pub fields: Vec<Field<'a>>,
    /// The body.
    pub body: Slice<'a>,
}

impl<'a> Message<'a> {
    pub(super) fn entity(&self) -> Result<Entity<'a>, Error> {
        let fields: Vec<Field<'a>> = self.fields.iter().filter(|field| is_content_field(field)).copied().collect();
        refuse_repeated(fields.iter().map(|field| (field.sip_name(), Some(field.whole))))?;
        // A Content-Type that says nothing is none.
        let is_type = |field: &Field<'_>| field.sip_name_is("Content-Type") && !field.value.trim_space().is_empty();
        let has_type = fields.iter().any(is_type);
        if !has_type && !self.body.is_empty() {
            return Err(Error::new(Condition::SipNoContentType).at(self.body.span()));
        }
        Ok(Entity::from_fields(fields, self.body))
    }
}

/// Whether a field of a SIP head describes the body and travels with it. Content-Length does not: it belongs to the
/// message.
pub(super) fn is_content_field(field: &Field<'_>) -> bool {
    is_content_name(field.sip_name())
}

/// As [`is_content_field`], by the long name.
pub(crate) fn is_content_name(name: &[u8]) -> bool {
    let prefix = name.get(..b"content-".len()).unwrap_or_default();
    prefix.eq_ignore_ascii_case(b"content-") && !name.eq_ignore_ascii_case(b"Content-Length")
}

/// Refuses a second field where readers would differ in which one counts.
pub(super) fn refuse_repeated<'f>(
    names: impl Iterator<Item = (&'f [u8], Option<Slice<'f>>)> + Clone,
) -> Result<(), Error> {
    for single in ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"] {
        let mut named = names.clone().filter(|(name, _)| name.eq_ignore_ascii_case(single.as_bytes())).skip(1);
        if let Some((_, place)) = named.next() {
            let error = Error::new(Condition::SipContentFieldTwice).within(single);
            return Err(match place {
                Some(place) => error.at(place.span()),
                None => error,
            });
        }
    }
    Ok(())
}

/// Everything before the body.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// The start line.
    pub start_line: StartLine<'a>,
    /// The header fields in their order.
    pub fields: Vec<Field<'a>>,
    /// The number of octets in the body, and its digits; `None` if it is not said.
    pub content_length: Option<(usize, Slice<'a>)>,
}

impl<'a> Head<'a> {
    /// Reads a head from the start of `octets`, and returns it with what follows the empty line.
    ///
    /// # Errors
    /// As [`RawMessage::parse`], but for what concerns the body.
    pub fn parse(octets: Slice<'a>) -> Result<(Self, Slice<'a>), Error> {
        let begin = skip_line_ends(octets);
        let line = LineRule::Sip.line(begin)?.ok_or_else(|| Error::new(Condition::InputEmpty))?;
        let start_line = StartLine::parse(line.text)?;
        let (fields, after) = field::fields(begin.skip(line.span().len()), LineRule::Sip)?;
        refuse_chunks(&fields)?;
        let content_length = content_length(&fields)?;
        Ok((Head { start_line, fields, content_length }, after))
    }
}

fn content_length<'a>(fields: &[Field<'a>]) -> Result<Option<(usize, Slice<'a>)>, Error> {
    let mut named = fields.iter().filter(|field| field.sip_name_is("Content-Length"));
    let Some(field) = named.next() else { return Ok(None) };
    if let Some(second) = named.next() {
        let detail = "even one value given twice is refused: some readers take the first, some the last, some both";
        return Err(Error::new(Condition::SipContentLengthTwice).detail(detail).at(second.whole.span()));
    }
    let digits = field.value.trim_space();
    let malformed = |detail: &str| Error::new(Condition::SipContentLength).detail(detail).at(field.whole.span());
    if digits.is_empty() || !digits.octets().iter().all(u8::is_ascii_digit) {
        return Err(malformed("the value is not decimal digits"));
    }
    let number = std::str::from_utf8(digits.octets()).ok().and_then(|text| text.parse().ok());
    Ok(Some((number.ok_or_else(|| malformed("the number is larger than any message"))?, digits)))
}

fn refuse_chunks(fields: &[Field<'_>]) -> Result<(), Error> {
    let codings = fields.iter().filter(|field| field.name_is("Transfer-Encoding"));
    for field in codings {
        let value = field.unfolded().to_ascii_lowercase();
        if memchr::memmem::find(&value, b"chunked").is_some() {
            return Err(Error::new(Condition::SipChunked).at(field.whole.span()));
        }
    }
    Ok(())
}

/// The first line of a SIP message (RFC 3261 section 7.1 and 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// A request.
    Request {
        /// The method, in the case it was sent in, which counts.
        method: &'a str,
        /// The Request-URI.
        uri: &'a str,
        /// The whole line without its ending.
        line: Slice<'a>,
    },
    /// A response.
    Response {
        /// The status code, three digits.
        status: u16,
        /// The reason phrase: any octets but controls.
        reason: Slice<'a>,
        /// The whole line without its ending.
        line: Slice<'a>,
    },
}

impl<'a> StartLine<'a> {
    /// Reads a start line without its ending.
    ///
    /// # Errors
    /// `sip.start-line`, with what is wrong.
    pub fn parse(line: Slice<'a>) -> Result<Self, Error> {
        let octets = line.octets();
        let read = match octets.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
            true => Self::response(line),
            false => Self::request(line),
        };
        read.map_err(|detail| Error::new(Condition::SipStartLine).detail(detail).at(line.span()))
    }

    /// The whole line without its ending.
    pub fn line(&self) -> Slice<'a> {
        match self {
            StartLine::Request { line, .. } | StartLine::Response { line, .. } => *line,
        }
    }

    fn request(line: Slice<'a>) -> Result<Self, &'static str> {
        let octets = line.octets();
        let first = memchr::memchr(b' ', octets).ok_or("it has one word")?;
        let last = memchr::memrchr(b' ', octets).unwrap_or(first);
        let (method, after) = octets.split_at_checked(first).ok_or("it has one word")?;
        let version = octets.get(last..).unwrap_or_default().trim_ascii_start();
        if method.is_empty() || !method.iter().all(|octet| uri::is_token(*octet)) {
            return Err("the method is not a token");
        }
        if version.is_empty() {
            return Err("a blank stands at its end");
        }
        let uri = after.get(1..last.saturating_sub(first)).ok_or("the Request-URI or the version is missing")?;
        if !version.eq_ignore_ascii_case(b"SIP/2.0") {
            return Err("the version is not SIP/2.0");
        }
        if uri.iter().any(|octet| !octet.is_ascii_graphic() || b"<>\"".contains(octet)) {
            return Err("the Request-URI has an octet that may not stand there");
        }
        let scheme: Vec<u8> = uri.iter().copied().take_while(|octet| *octet != b':').collect();
        if scheme.len() == uri.len() || !scheme.first().is_some_and(u8::is_ascii_alphabetic) {
            return Err("the Request-URI has no scheme");
        }
        Ok(StartLine::Request { method: text(method)?, uri: text(uri)?, line })
    }

    fn response(line: Slice<'a>) -> Result<Self, &'static str> {
        let (version, rest) = line.split_at(7).ok_or("the version is not SIP/2.0")?;
        if !version.octets().eq_ignore_ascii_case(b"SIP/2.0") {
            return Err("the version is not SIP/2.0");
        }
        let [b' ', a, b, c, b' ', ..] = rest.octets() else {
            return Err("the version is not followed by a blank, three digits and a blank");
        };
        let reason = rest.skip(5);
        let status = text(&[*a, *b, *c])?.parse().map_err(|_| "the status code is not three digits")?;
        if !a.is_ascii_digit() {
            return Err("the status code is not three digits");
        }
        if reason.octets().iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
            return Err("the reason phrase has a control character");
        }
        Ok(StartLine::Response { status, reason, line })
    }
}

fn text(octets: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(octets).map_err(|_| "it is not ASCII")
}

#[cfg(test)]
mod tests;
