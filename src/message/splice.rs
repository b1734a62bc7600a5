//! The splice rule: another entity in the same message (`sip-smime(1)`, *Splice*).
//!
//! Every octet outside the Content-* fields, the number in Content-Length and the body comes out as it went in. The
//! new Content-* fields stand, in their order, where the first old one stood; if none stood, before Content-Length.

use crate::error::{Condition, Error};
use crate::message::sip::{self, is_content_field, is_content_name};
use crate::message::{Content, RawMessage};
use crate::mime::entity::EntityBuf;
use crate::mime::field::{self, LineRule};
use crate::octets::Slice;
use crate::uri;

impl RawMessage<'_> {
    /// The message with `entity` in place of the one it carries. What is not SIP has nothing around its entity, so the
    /// entity alone is the message.
    ///
    /// Of the entity's header only Content-* fields enter a SIP head, and not Content-Length: what was inside a
    /// signature must not become a From or a Via. CRLFs after the old body are not repeated.
    ///
    /// # Errors
    /// `sip.header-field` for a name or a value that would begin another field, `sip.content-field-twice`,
    /// `sip.no-content-type`; `limit.head` if the head would be too large to be read again.
    pub fn with_entity(&self, entity: &EntityBuf<'_>) -> Result<Vec<u8>, Error> {
        self.with_entity_and_fields(entity, &[])
    }

    /// As [`with_entity`](Self::with_entity), with further fields of a SIP head before the Content-* fields.
    ///
    /// # Errors
    /// As [`with_entity`](Self::with_entity).
    pub fn with_entity_and_fields(&self, entity: &EntityBuf<'_>, fields: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.content {
            Content::Sip(message) => splice(message, entity, fields, true),
            Content::Mime | Content::Cms(_) => Ok(entity.to_octets()),
        }
    }

    /// The head that a SIP message has with `entity` as its body, up to the empty line; `None` for another form.
    ///
    /// # Errors
    /// As [`with_entity`](Self::with_entity).
    pub fn head_with_entity(&self, entity: &EntityBuf<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.sip().map(|message| splice(message, entity, &[], false)).transpose()
    }
}

fn splice(
    message: &sip::Message<'_>,
    entity: &EntityBuf<'_>,
    fields: &[u8],
    with_body: bool,
) -> Result<Vec<u8>, Error> {
    let content = [fields, &content_fields(entity)?].concat();
    let length = entity.body_len().to_string();
    let mut pieces: Vec<&[u8]> = vec![before_fields(message).octets()];
    let had_content = message.fields.iter().any(is_content_field);
    let mut placed = false;
    let mut counted = false;
    for field in &message.fields {
        let is_length = field.sip_name_is("Content-Length");
        if !placed && (is_content_field(field) || (is_length && !had_content)) {
            pieces.push(&content);
            placed = true;
        }
        if is_length {
            let (before, after) = around_digits(field.whole, field.value)?;
            pieces.extend([before.octets(), length.as_bytes(), after.octets()]);
            counted = true;
        } else if !is_content_field(field) {
            pieces.push(field.whole.octets());
        }
    }
    if !placed {
        pieces.push(&content);
    }
    if !counted {
        pieces.extend([&b"Content-Length: "[..], length.as_bytes(), b"\r\n"]);
    }
    pieces.push(b"\r\n");
    let head = pieces.concat();
    check_limits(&head, before_fields(message).len())?;
    let mut pieces = vec![&head[..]];
    pieces.extend(entity.body.iter().filter(|_| with_body).map(|piece| piece.as_ref()));
    // One allocation of the exact size: the body is copied once.
    Ok(pieces.concat())
}

/// The fields that came in were within the limits. With those added they must be, too: what is written can be read.
fn check_limits(head: &[u8], start_of_fields: usize) -> Result<(), Error> {
    let fields = field::fields(Slice::new(head).skip(start_of_fields), LineRule::Sip);
    fields.map(drop).map_err(|error| error.without_octets().detail("with the Content-* fields of the new body"))
}

/// CRLFs before the start line, and the start line.
fn before_fields<'a>(message: &sip::Message<'a>) -> Slice<'a> {
    let after_line = message.start_line.line().span().end.saturating_add(2);
    message.head.take(after_line.saturating_sub(message.head.span().start))
}

fn around_digits<'a>(whole: Slice<'a>, value: Slice<'a>) -> Result<(Slice<'a>, Slice<'a>), Error> {
    whole.around(value.trim_space()).ok_or_else(|| Error::new(Condition::SipContentLength).at(whole.span()))
}

/// The Content-* fields of `entity` as lines of a SIP head.
fn content_fields(entity: &EntityBuf<'_>) -> Result<Vec<u8>, Error> {
    let fields = || entity.fields.iter().filter(|(name, _)| is_content_name(name.as_bytes()));
    sip::refuse_repeated(fields().map(|(name, _)| (name.as_bytes(), None)))?;
    let is_type = |name: &str, value: &[u8]| {
        name.eq_ignore_ascii_case("Content-Type") && !value.iter().all(u8::is_ascii_whitespace)
    };
    let has_type = fields().any(|(name, value)| is_type(name, value));
    if !has_type && entity.body_len() > 0 {
        return Err(Error::new(Condition::SipNoContentType));
    }
    let mut head = Vec::new();
    for (name, value) in fields() {
        let malformed =
            |detail: &str| Error::new(Condition::SipHeaderField).detail(detail).within(name.escape_debug().to_string());
        if !name.bytes().all(uri::is_token) {
            return Err(malformed("the name is not a token"));
        }
        head.extend_from_slice(name.as_bytes());
        head.push(b':');
        let mut is_first = true;
        let mut is_ended = true;
        for line in Slice::new(value).lines() {
            if line.text.octets().iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
                return Err(malformed("the value holds a control character"));
            }
            let is_blank = line.text.trim_blanks().is_empty();
            if !is_first && (is_blank || !matches!(line.text.first(), Some(b' ' | b'\t'))) {
                return Err(malformed("a line break would begin another field"));
            }
            // A fold with LF, from a MIME file, is a fold with CR LF in a SIP head.
            head.extend_from_slice(line.text.octets());
            head.extend_from_slice(b"\r\n");
            is_first = false;
            is_ended = line.ending.is_empty();
        }
        if !is_ended {
            return Err(malformed("a line break would begin another field"));
        }
        if is_first {
            head.extend_from_slice(b"\r\n");
        }
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn splice(head: &str, entity: &EntityBuf<'_>) -> Result<String, &'static str> {
        let octets = format!("{head}\r\nold");
        let message = RawMessage::parse(octets.as_bytes(), None).map_err(|error| error.code())?;
        let spliced = message.with_entity(entity).map_err(|error| error.code())?;
        assert_eq!(spliced.capacity(), spliced.len());
        let again = RawMessage::parse(&spliced, None).unwrap();
        assert_eq!(again.entity().unwrap().body().octets(), entity.body.concat());
        Ok(String::from_utf8(spliced).unwrap())
    }

    fn entity() -> EntityBuf<'static> {
        let mut entity = EntityBuf::new(vec![Cow::Borrowed(b"new "), Cow::Borrowed(b"body")]);
        entity.push("Content-Type", "a/b");
        entity.fields.push(("Content-ID".to_owned(), b"\r\n\t<x>".to_vec()));
        entity
    }

    const NEW: &str = "Content-Type: a/b\r\nContent-ID:\r\n\t<x>\r\n";

    #[test]
    fn frs_07_every_other_octet_stays() {
        let rows = [
            // Where the first old field stood.
            (
                "MESSAGE sip:b@c SIP/2.0\r\nf : <sip:a@c>\r\nc: x/y;\r\n z\r\nX-Odd  :\t ,;\r\n folded \r\nCONTENT-disposition: d\r\nContent-Length: 3\r\nTo:t\r\n",
                "MESSAGE sip:b@c SIP/2.0\r\nf : <sip:a@c>\r\n{NEW}X-Odd  :\t ,;\r\n folded \r\nContent-Length: 8\r\nTo:t\r\n",
            ),
            // Its place and spelling, before the other Content-* fields.
            (
                "\r\nMESSAGE sip:b@c SIP/2.0\r\nL  :\t\r\n  003 \r\ne:gzip\r\nContent-Type: x/y\r\n",
                "\r\nMESSAGE sip:b@c SIP/2.0\r\nL  :\t\r\n  8 \r\n{NEW}",
            ),
            // No Content-Length: added last.
            (
                "SIP/2.0 200 OK\r\nContent-Type: x/y\r\nTo: t\r\n",
                "SIP/2.0 200 OK\r\n{NEW}To: t\r\nContent-Length: 8\r\n",
            ),
        ];
        for (head, expected) in rows {
            let expected = format!("{expected}\r\nnew body").replace("{NEW}", NEW);
            assert_eq!(splice(head, &entity()), Ok(expected), "{head}");
        }
    }

    #[test]
    fn a_message_without_an_entity_gets_one() {
        let rows = [
            ("SIP/2.0 200 OK\r\nTo: t\r\n\r\n", "SIP/2.0 200 OK\r\nTo: t\r\n{NEW}Content-Length: 8\r\n\r\nnew body"),
            ("SIP/2.0 200 OK\r\nl: 0\r\nTo: t\r\n\r\n", "SIP/2.0 200 OK\r\n{NEW}l: 8\r\nTo: t\r\n\r\nnew body"),
            ("SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 200 OK\r\n{NEW}Content-Length: 8\r\n\r\nnew body"),
        ];
        for (head, expected) in rows {
            let message = RawMessage::parse(head.as_bytes(), None).unwrap();
            let spliced = message.with_entity(&entity()).unwrap();
            assert_eq!(String::from_utf8(spliced).unwrap(), expected.replace("{NEW}", NEW));
        }
    }

    #[test]
    fn i7_only_content_fields_enter_the_head() {
        let head = "MESSAGE sip:b@c SIP/2.0\r\nContent-Type: x/y\r\nContent-Length: 3\r\n";
        let mut inner = entity();
        for name in ["From", "MIME-Version", "Content-Length", "content-LENGTH", "c", "l", "Contents", "Content"] {
            inner.push(name, "evil");
        }
        let expected = format!("MESSAGE sip:b@c SIP/2.0\r\n{NEW}Content-Length: 8\r\n\r\nnew body");
        assert_eq!(splice(head, &inner), Ok(expected));
    }

    // A message with as many fields as there may be was signed into one that nobody here could read.
    #[test]
    fn what_is_spliced_can_be_read_again() {
        let one_more = |field: &str, count| format!("MESSAGE sip:b@c SIP/2.0\r\nc: x/y\r\n{}", field.repeat(count));
        let (few, long) = ("A: 1\r\n", format!("A: {}\r\n", "x".repeat(8000)));
        let rows = [
            (one_more(few, field::MAX_FIELDS - 3), true),
            (one_more(few, field::MAX_FIELDS - 2), false),
            (one_more(&long, 8), true),
            (one_more(&long, 8) + &format!("A: {}\r\n", "x".repeat(1440)), false),
        ];
        for (head, is_written) in rows {
            let spliced = splice(&head, &entity());
            assert_eq!(spliced.err(), if is_written { None } else { Some("limit.head") });
        }
    }

    #[test]
    fn i7_no_field_can_begin_another() {
        let head = "MESSAGE sip:b@c SIP/2.0\r\nContent-Type: x/y\r\nContent-Length: 3\r\n";
        let rows: [(&str, &[u8], Result<&str, &str>); 12] = [
            ("Content-A", b" x\r\n y", Ok("Content-A: x\r\n y\r\n")),
            ("Content-A", b" x\n\ty", Ok("Content-A: x\r\n\ty\r\n")),
            ("Content-A", b"", Ok("Content-A:\r\n")),
            ("Content-A", b" x\r\nFrom: evil", Err("sip.header-field")),
            ("Content-A", b" x\nFrom: evil", Err("sip.header-field")),
            ("Content-A", b" x\rFrom: evil", Err("sip.header-field")),
            ("Content-A", b" x\r\n", Err("sip.header-field")),
            ("Content-A", b" x\r\n\r\nevil", Err("sip.header-field")),
            ("Content-A", b" x\r\n \r\n y", Err("sip.header-field")),
            ("Content-A: x\r\nFrom", b" evil", Err("sip.header-field")),
            ("Content-A ", b" x", Err("sip.header-field")),
            ("content-type", b" a/b", Err("sip.content-field-twice")),
        ];
        for (name, value, expected) in rows {
            let mut entity = EntityBuf::new(vec![Cow::Borrowed(b"12345678")]);
            entity.push("Content-Type", "a/b");
            entity.fields.push((name.to_owned(), value.to_vec()));
            let expected = expected.map(|field| {
                format!("MESSAGE sip:b@c SIP/2.0\r\nContent-Type: a/b\r\n{field}Content-Length: 8\r\n\r\n12345678")
            });
            assert_eq!(splice(head, &entity), expected, "{name} {}", value.escape_ascii());
        }
        let nameless = EntityBuf::new(vec![Cow::Borrowed(b"x")]);
        assert_eq!(splice(head, &nameless), Err("sip.no-content-type"));
    }

    #[test]
    fn what_is_not_sip_is_its_entity() {
        let message = RawMessage::parse(b"To: x\nContent-Type: text/plain\n\nold", None).unwrap();
        assert_eq!(message.with_entity(&entity()).unwrap(), entity().to_octets());
    }
}
