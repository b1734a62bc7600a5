//! multipart/signed (RFC 1847 section 2.1, RFC 8551 section 3.5.3).

use std::borrow::Cow;

use crate::error::{Condition, Error};
use crate::mime::entity::Entity;
use crate::mime::multipart::{Multipart, Part};
use crate::octets::Slice;

/// A multipart/signed: exactly two parts, what is signed and its signature.
#[derive(Clone, Debug)]
pub struct MultipartSigned<'a> {
    /// The octets the signature covers: the first part from the first octet of its header to its last octet.
    pub content: Slice<'a>,
    /// The signature without its transfer encoding.
    pub signature: Cow<'a, [u8]>,
    /// The body of the second part, as it stands.
    pub signature_body: Slice<'a>,
    /// The media type of the signature in lower case.
    pub protocol: String,
    /// Whether `protocol` stands without the quotes that its `/` needs (RFC 3862 section 6 prints one).
    pub protocol_needs_quotes: bool,
    /// The digest algorithms the header announces.
    pub micalg: Option<String>,
    /// Whether there is text before or after the parts, which is not signed.
    pub outside_text: bool,
    part: Part<'a>,
}

impl<'a> MultipartSigned<'a> {
    /// Reads a multipart/signed entity.
    ///
    /// # Errors
    /// `mime.multipart-signed` if there are not two parts, `protocol` is missing or the second part is of another
    /// type; what [`Multipart::parse`] and the header and the encoding of the second part may give.
    pub fn parse(entity: &Entity<'a>) -> Result<Self, Error> {
        let refuse = |detail: String| Error::new(Condition::MultipartSigned).detail(detail).at(entity.body().span());
        let content_type = entity.content_type()?.filter(|content_type| content_type.is("multipart", "signed"));
        let content_type = content_type.ok_or_else(|| refuse("the media type is another".to_owned()))?;
        let multipart = Multipart::parse(entity)?;
        let [content, signature] = multipart.parts() else {
            return Err(refuse(format!("there are {} parts, not 2", multipart.parts().len())));
        };
        let protocol = content_type.parameters.iter().find(|parameter| parameter.name == "protocol");
        let protocol = protocol.ok_or_else(|| refuse("there is no protocol parameter".to_owned()))?;
        let signature = signature.entity().map_err(|error| error.in_part("2"))?;
        let found = signature.content_type().map_err(|error| error.in_part("2"))?.map(|found| found.to_string());
        if !found.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(&protocol.value)) {
            let found = found.as_deref().unwrap_or("of no type");
            let protocol = protocol.value.escape_debug();
            return Err(refuse(format!("the protocol is {protocol}, the second part is {found}")));
        }
        Ok(MultipartSigned {
            content: content.octets,
            signature: signature.decoded_body().map_err(|error| error.in_part("2"))?,
            signature_body: signature.body(),
            protocol: protocol.value.to_ascii_lowercase(),
            protocol_needs_quotes: protocol.needs_quotes,
            micalg: content_type.parameter("micalg").map(str::to_owned),
            outside_text: multipart.has_outside_text(),
            part: content.clone(),
        })
    }

    /// The signed part as an entity.
    ///
    /// # Errors
    /// As [`Part::entity`].
    pub fn entity(&self) -> Result<Entity<'a>, Error> {
        self.part.entity()
    }
}
