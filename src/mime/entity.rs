//! Entities: header fields and a body (RFC 2045 section 2.4).
//!
//! An [`Entity`] points into the octets it was read from. Its header fields stand right before its body in a
//! file or in a part; in a SIP message they are the Content-* fields of the head, wherever they stand. An
//! [`EntityBuf`] is an entity we make; its body is a rope, so that a large body is copied once, into the output.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{Condition, Error};
use crate::mime::content_type::{ContentType, Disposition};
use crate::mime::field::{self, Field, LineRule};
use crate::mime::transfer::TransferEncoding;
use crate::octets::Slice;

/// An entity as it stands in the input.
#[derive(Clone, Debug)]
pub struct Entity<'a> {
    fields: Vec<Field<'a>>,
    body: Slice<'a>,
    octets: Option<Slice<'a>>,
    rule: LineRule,
    /// The boundaries of the multiparts around this entity, the outermost first.
    pub(super) enclosing: Arc<[String]>,
}

impl<'a> Entity<'a> {
    /// Reads an entity that stands in one piece: a part, the content of a CMS object, or a file.
    ///
    /// `rule` is [`LineRule::CrLfOrLf`] for a file of its own and what stands in it, else [`LineRule::CrLf`].
    ///
    /// # Errors
    /// `mime.header-field`, `mime.no-empty-line`, `limit.head`.
    pub fn parse(octets: Slice<'a>, rule: LineRule) -> Result<Self, Error> {
        let (fields, body) = field::fields(octets, rule)?;
        Ok(Entity { fields, body, octets: Some(octets), rule, enclosing: Arc::default() })
    }

    /// The entity of a SIP message: the Content-* fields of its head, and its body.
    pub fn from_fields(fields: Vec<Field<'a>>, body: Slice<'a>) -> Self {
        Entity { fields, body, octets: None, rule: LineRule::Sip, enclosing: Arc::default() }
    }

    /// The header fields in their order.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// The body, as it stands.
    pub fn body(&self) -> Slice<'a> {
        self.body
    }

    /// Header and body in one piece; `None` for the entity of a SIP message.
    pub fn octets(&self) -> Option<Slice<'a>> {
        self.octets
    }

    /// How lines end inside the entity. The body of a SIP message has CR LF alone.
    pub fn line_rule(&self) -> LineRule {
        match self.rule {
            LineRule::CrLfOrLf => LineRule::CrLfOrLf,
            _ => LineRule::CrLf,
        }
    }

    /// Whether the header fields stand in the head of a SIP message, where compact names count.
    pub fn is_in_sip(&self) -> bool {
        self.rule == LineRule::Sip
    }

    /// The one field of a name, in any case.
    ///
    /// # Errors
    /// `mime.field-twice` if there are two: readers would differ in which counts.
    pub fn field(&self, name: &str) -> Result<Option<&Field<'a>>, Error> {
        let mut named = self.fields.iter().filter(|field| match self.is_in_sip() {
            true => field.sip_name_is(name),
            false => field.name_is(name),
        });
        let first = named.next();
        match named.next() {
            Some(second) => Err(Error::new(Condition::MimeFieldTwice).within(name).at(second.whole.span())),
            None => Ok(first),
        }
    }

    /// The media type; `None` if it is not said, which means text/plain in US-ASCII.
    ///
    /// # Errors
    /// `mime.field-twice`, `mime.content-type`.
    pub fn content_type(&self) -> Result<Option<ContentType>, Error> {
        self.parsed("Content-Type", ContentType::parse)
    }

    /// The transfer encoding; `default` if it is not said: binary in a SIP message, 7bit in a part.
    ///
    /// # Errors
    /// `mime.field-twice`, `mime.transfer-encoding`.
    pub fn transfer_encoding(&self, default: TransferEncoding) -> Result<TransferEncoding, Error> {
        let encoding = self.parsed("Content-Transfer-Encoding", TransferEncoding::parse)?;
        Ok(encoding.unwrap_or(default))
    }

    /// The disposition, if it is said.
    ///
    /// # Errors
    /// `mime.field-twice`, `mime.header-field`.
    pub fn disposition(&self) -> Result<Option<Disposition>, Error> {
        self.parsed("Content-Disposition", Disposition::parse)
    }

    fn parsed<T>(&self, name: &str, parse: fn(&[u8]) -> Result<T, Error>) -> Result<Option<T>, Error> {
        let Some(field) = self.field(name)? else { return Ok(None) };
        parse(&field.unfolded()).map(Some).map_err(|error| error.within(name).at(field.whole.span()))
    }

    /// The body without its transfer encoding. It is copied only if it is encoded.
    ///
    /// # Errors
    /// `mime.field-twice`, `mime.transfer-encoding`, `mime.base64`, `mime.quoted-printable`.
    pub fn decoded_body(&self) -> Result<Cow<'a, [u8]>, Error> {
        self.transfer_encoding(TransferEncoding::Binary)?.decode(self.body)
    }
}

/// Octets in pieces, to be written one after another.
pub type Rope<'a> = Vec<Cow<'a, [u8]>>;

/// An entity we write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityBuf<'a> {
    /// Names, and everything that stands after the colon: the blank that usually stands there, too.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Rope<'a>,
}

impl<'a> EntityBuf<'a> {
    /// An entity without header fields yet.
    pub fn new(body: Rope<'a>) -> Self {
        EntityBuf { fields: Vec::new(), body }
    }

    /// Adds a header field.
    pub fn push(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), format!(" {value}").into_bytes()));
    }

    /// The number of octets in the body.
    pub fn body_len(&self) -> usize {
        self.body.iter().map(|piece| piece.len()).fold(0, usize::saturating_add)
    }

    /// Header, empty line and body as pieces.
    pub fn into_pieces(self) -> Rope<'a> {
        let mut pieces = Vec::with_capacity(self.body.len().saturating_add(1));
        pieces.push(Cow::Owned(self.header()));
        pieces.extend(self.body);
        pieces
    }

    /// Header, empty line and body in one piece of exactly the size needed.
    pub fn to_octets(&self) -> Vec<u8> {
        let header = self.header();
        let mut octets = Vec::with_capacity(header.len().saturating_add(self.body_len()));
        octets.extend_from_slice(&header);
        for piece in &self.body {
            octets.extend_from_slice(piece);
        }
        octets
    }

    fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for (name, value) in &self.fields {
            for piece in [name.as_bytes(), b":", value, b"\r\n"] {
                header.extend_from_slice(piece);
            }
        }
        header.extend_from_slice(b"\r\n");
        header
    }
}

impl<'a> From<&Entity<'a>> for EntityBuf<'a> {
    /// The same entity, its values and its body as they stand. Names of a SIP head are spelled long.
    fn from(entity: &Entity<'a>) -> Self {
        let name = |field: &Field<'a>| match entity.is_in_sip() {
            true => field.sip_name(),
            false => field.name.octets(),
        };
        let fields = entity
            .fields
            .iter()
            .map(|field| (String::from_utf8_lossy(name(field)).into_owned(), field.value.octets().to_vec()));
        EntityBuf { fields: fields.collect(), body: vec![Cow::Borrowed(entity.body.octets())] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &[u8] = b"Content-Type: text/plain;\r\n charset=utf-8\r\ncontent-transfer-encoding:BASE64\r\n\
        Content-Disposition: render;handling=optional\r\nc: no/compact\r\n\r\nSGVs\r\nbG8=";

    #[test]
    fn an_entity_in_one_piece() {
        let entity = Entity::parse(Slice::at(PART, 50), LineRule::CrLf).unwrap();
        assert_eq!(entity.content_type().unwrap().unwrap().parameter("charset"), Some("utf-8"));
        assert_eq!(entity.transfer_encoding(TransferEncoding::SevenBit), Ok(TransferEncoding::Base64));
        assert_eq!(entity.disposition().unwrap().unwrap().handling(), Some("optional"));
        assert_eq!(entity.decoded_body().unwrap().as_ref(), b"Hello");
        assert_eq!((entity.octets().unwrap().octets(), entity.fields().len()), (PART, 4));
        assert_eq!(entity.body().span().end, 50 + PART.len());
        assert_eq!(EntityBuf::from(&entity).to_octets(), PART);
        for length in 0..PART.len() {
            if let Ok(entity) = Entity::parse(Slice::new(&PART[..length]), LineRule::CrLf) {
                let _ = (entity.content_type(), entity.disposition(), entity.decoded_body());
            }
        }
    }

    #[test]
    fn the_entity_of_a_sip_message_knows_compact_names() {
        let head = b"c:text/plain\r\nE : gzip\r\n\r\nbody";
        let (fields, body) = field::fields(Slice::new(head), LineRule::Sip).unwrap();
        let entity = Entity::from_fields(fields, body);
        assert_eq!(entity.content_type().unwrap().unwrap().to_string(), "text/plain");
        assert_eq!(entity.transfer_encoding(TransferEncoding::Binary), Ok(TransferEncoding::Binary));
        assert_eq!((entity.disposition(), entity.octets()), (Ok(None), None));
        let written = EntityBuf::from(&entity).to_octets();
        assert_eq!(written, b"Content-Type:text/plain\r\nContent-Encoding: gzip\r\n\r\nbody");
    }

    #[test]
    fn f3_fields_that_count_are_refused_twice_or_malformed() {
        type Check = fn(&Entity<'_>) -> Option<Error>;
        let content_type: Check = |entity| entity.content_type().err();
        let encoding: Check = |entity| entity.decoded_body().err();
        let disposition: Check = |entity| entity.disposition().err();
        let rows: [(&str, Check, &str); 6] = [
            ("Content-Type: a/b\r\nContent-type: a/b\r\n\r\n", content_type, "mime.field-twice"),
            ("Content-Type: a\r\n\r\n", content_type, "mime.content-type"),
            (
                "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 7bit\r\n\r\n",
                encoding,
                "mime.field-twice",
            ),
            ("Content-Transfer-Encoding: gzip\r\n\r\n", encoding, "mime.transfer-encoding"),
            ("Content-Transfer-Encoding: base64\r\n\r\nA", encoding, "mime.base64"),
            ("Content-Disposition: \r\n\r\n", disposition, "mime.header-field"),
        ];
        for (octets, check, code) in rows {
            let entity = Entity::parse(Slice::new(octets.as_bytes()), LineRule::CrLf).unwrap();
            let error = check(&entity).unwrap();
            assert_eq!(error.code(), code, "{octets}");
            assert!(error.place().octets.is_some(), "{octets}");
        }
    }

    #[test]
    fn what_we_write_is_as_long_as_announced() {
        let mut entity = EntityBuf::new(vec![Cow::Borrowed(b"ab"), Cow::Owned(vec![0, 1, 2])]);
        entity.push("Content-Type", "a/b");
        assert_eq!(entity.body_len(), 5);
        assert_eq!(entity.to_octets(), b"Content-Type: a/b\r\n\r\nab\0\x01\x02");
        assert_eq!(entity.to_octets(), entity.into_pieces().concat());
    }
}
