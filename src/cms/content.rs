//! ContentInfo: what kind of CMS object this is (RFC 5652 section 3).

use der::asn1::ObjectIdentifier;

use crate::asn1::tag;
use crate::asn1::tlv::{Reader, Tlv};
use crate::cms::{object_identifier, oid};
use crate::error::{Condition, Error};
use crate::octets::Slice;

/// A CMS object: its type, and the element that holds its content.
#[derive(Clone, Copy, Debug)]
pub struct ContentInfo<'a> {
    /// The type of the content.
    pub content_type: ObjectIdentifier,
    /// The content, without the `[0]` around it.
    pub content: Tlv<'a>,
}

impl<'a> ContentInfo<'a> {
    /// Reads a CMS object that fills `input`.
    ///
    /// # Errors
    /// `asn1.*` if it is malformed or octets follow it; `cms.no-content` if the content is missing
    /// (PKCS #7 allowed that).
    pub fn parse(input: Slice<'a>) -> Result<Self, Error> {
        let outer = Tlv::parse(input)?.expect(tag::SEQUENCE)?;
        let mut fields = outer.elements()?;
        let content_type = object_identifier(&fields.next_element()?)?;
        let Some(explicit) = fields.optional(tag::context_constructed(0))? else {
            fields.finish()?;
            return Err(Error::new(Condition::CmsNoContent).at(outer.whole.span()));
        };
        fields.finish()?;
        let mut inside = explicit.elements()?;
        let content = inside.next_element()?;
        inside.finish()?;
        Ok(ContentInfo { content_type, content })
    }
}

/// The name of a CMS content type that users read.
pub fn content_type_name(content_type: &ObjectIdentifier) -> String {
    let name = match *content_type {
        oid::DATA => "data",
        oid::SIGNED_DATA => "signed-data",
        oid::ENVELOPED_DATA => "enveloped-data",
        oid::ENCRYPTED_DATA => "encrypted-data",
        oid::AUTH_ENVELOPED_DATA => "auth-enveloped-data",
        oid::COMPRESSED_DATA => "compressed-data",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// Reads the elements of a SET OF or SEQUENCE OF, at most `limit`.
///
/// # Errors
/// `limit.count` past the limit, `asn1.*`.
pub(crate) fn elements_up_to<'a>(tlv: &Tlv<'a>, limit: usize, what: &str) -> Result<Vec<Tlv<'a>>, Error> {
    let mut reader: Reader<'a> = tlv.elements()?;
    let mut found = Vec::new();
    while !reader.is_done() {
        if found.len() >= limit {
            return Err(Error::new(Condition::LimitCount)
                .detail(format!("more than {limit} {what}"))
                .at(tlv.whole.span()));
        }
        found.push(reader.next_element()?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    // C11, C12: what is not exactly one CMS object is refused.
    #[test]
    fn c11_c12_shapes() {
        let rows: [(&[u8], &str); 5] = [
            // ContentInfo without content.
            (&[0x30, 5, 6, 3, 0x2A, 3, 4], "cms.no-content"),
            // Two contents.
            (&[0x30, 11, 6, 3, 0x2A, 3, 4, 0xA0, 4, 5, 0, 5, 0], "asn1.trailing"),
            // Octets after it.
            (&[0x30, 9, 6, 3, 0x2A, 3, 4, 0xA0, 2, 5, 0, 0x30], "asn1.trailing"),
            (&[0x31, 5, 6, 3, 0x2A, 3, 4], "asn1.tag"),
            (&[0x30, 2, 6, 0], "asn1.value"),
        ];
        for (octets, expected) in rows {
            let error = ContentInfo::parse(Slice::new(octets)).unwrap_err();
            assert_eq!(error.code(), expected, "{octets:02x?}");
        }
    }
}
