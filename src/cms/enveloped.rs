//! EnvelopedData (RFC 5652 section 6) and AuthEnvelopedData (RFC 5083): read with every octet kept, written
//! as DER.
//!
//! Both are a list of recipients and an encrypted content; AuthEnvelopedData has a tag over the content and
//! over attributes beside it. Nothing is decrypted here. The encrypted content is `[0] IMPLICIT`, so only
//! this schema tells a string in pieces from anything else.

use std::borrow::Cow;

use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;

use crate::asn1::tlv::{Reader, Tlv};
use crate::asn1::{ber, encode, tag};
use crate::cms::attributes::Attributes;
use crate::cms::content::{content_type_name, elements_up_to};
use crate::cms::recipient::{RecipientInfo, RecipientInfoBuf};
use crate::cms::signed::MAX_CERTIFICATES;
use crate::cms::{ContentInfo, algorithm_identifier, object_identifier, octet_string, oid, version};
use crate::error::{Condition, Error};
use crate::octets::Slice;

/// How many recipients a message may have.
pub const MAX_RECIPIENTS: usize = 1024;

/// An EnvelopedData or AuthEnvelopedData object as received.
#[derive(Clone, Debug)]
pub struct EnvelopedData<'a> {
    /// The version.
    pub version: u8,
    /// The certificates of the originator, each as received.
    pub originator_certificates: Vec<Slice<'a>>,
    /// The recipients, in their order. A RecipientInfo that holds the key for several is several here.
    pub recipients: Vec<RecipientInfo<'a>>,
    /// The type of the encrypted content.
    pub content_type: ObjectIdentifier,
    /// The content-encryption algorithm.
    pub cipher: AlgorithmIdentifierOwned,
    /// The encrypted content.
    pub ciphertext: Cow<'a, [u8]>,
    /// What AuthEnvelopedData has more; `None` for EnvelopedData.
    pub authentication: Option<Authentication<'a>>,
    /// The attributes that nothing protects, if any.
    pub unprotected_attributes: Option<Attributes<'a>>,
}

/// The fields of AuthEnvelopedData that show whether anything was changed.
#[derive(Clone, Debug)]
pub struct Authentication<'a> {
    /// The authenticated attributes, if any.
    pub attributes: Option<Attributes<'a>>,
    /// The tag: the field `mac`.
    pub tag: Cow<'a, [u8]>,
}

impl<'a> EnvelopedData<'a> {
    /// Reads a CMS object that must be one of the two. BER is accepted, and any version.
    ///
    /// # Errors
    /// `cms.content-type` if it is another kind of object, `cms.no-content` if the encrypted content is not in it;
    /// `asn1.*`, `cms.*` and `limit.count` if it is malformed or too large.
    pub fn parse(input: Slice<'a>) -> Result<Self, Error> {
        let info = ContentInfo::parse(input)?;
        let is_authenticated = match info.content_type {
            oid::ENVELOPED_DATA => false,
            oid::AUTH_ENVELOPED_DATA => true,
            other => {
                return Err(Error::new(Condition::CmsContentType)
                    .detail(content_type_name(&other))
                    .hinting("only enveloped-data and auth-enveloped-data can be decrypted")
                    .at(input.take(32).span()));
            }
        };
        let mut fields = info.content.expect(tag::SEQUENCE)?.elements()?;
        let version = version(&fields.next_element()?)?;
        let originator_certificates = originator_certificates(&mut fields)?;
        let recipients = RecipientInfo::parse_set(&fields.expect(tag::SET)?)?;
        let (content_type, cipher, ciphertext) = encrypted_content(&fields.expect(tag::SEQUENCE)?)?;
        let attributes = |fields: &mut Reader<'a>, number: u8| -> Result<Option<Attributes<'a>>, Error> {
            fields.optional(tag::context_constructed(number))?.map(Attributes::parse).transpose()
        };
        let (authentication, unprotected_attributes) = if is_authenticated {
            let authenticated = attributes(&mut fields, 1)?;
            let tag = octet_string(&fields.next_element()?, "the tag")?;
            (Some(Authentication { attributes: authenticated, tag }), attributes(&mut fields, 2)?)
        } else {
            (None, attributes(&mut fields, 1)?)
        };
        fields.finish()?;
        Ok(EnvelopedData {
            version,
            originator_certificates,
            recipients,
            content_type,
            cipher,
            ciphertext,
            authentication,
            unprotected_attributes,
        })
    }

    /// The version that these fields must have (RFC 5652 section 6.1, RFC 5083 section 2.1).
    pub fn expected_version(&self) -> u8 {
        let lowest = self.recipients.iter().map(RecipientInfo::lowest_version).max().unwrap_or_default();
        match &self.authentication {
            Some(_) => 0,
            None if self.originator_certificates.is_empty() && self.unprotected_attributes.is_none() => lowest,
            None => lowest.max(2),
        }
    }
}

/// `OriginatorInfo ::= SEQUENCE { certs [0] IMPLICIT CertificateSet OPTIONAL, crls [1] IMPLICIT ... OPTIONAL }`,
/// itself `[0] IMPLICIT`. Certificates of other kinds are passed over.
fn originator_certificates<'a>(fields: &mut Reader<'a>) -> Result<Vec<Slice<'a>>, Error> {
    let Some(info) = fields.optional(tag::context_constructed(0))? else { return Ok(Vec::new()) };
    let mut inside = info.elements()?;
    let certificates = match inside.optional(tag::context_constructed(0))? {
        Some(set) => elements_up_to(&set, MAX_CERTIFICATES, "certificates")?,
        None => Vec::new(),
    };
    inside.optional(tag::context_constructed(1))?;
    inside.finish()?;
    Ok(certificates.into_iter().filter(|one| one.tag == tag::SEQUENCE).map(|one| one.whole).collect())
}

/// The type of the content, its cipher, and the encrypted octets.
type EncryptedContent<'a> = (ObjectIdentifier, AlgorithmIdentifierOwned, Cow<'a, [u8]>);

/// ```text
/// EncryptedContentInfo ::= SEQUENCE { contentType, contentEncryptionAlgorithm,
///     encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
/// ```
fn encrypted_content<'a>(tlv: &Tlv<'a>) -> Result<EncryptedContent<'a>, Error> {
    let mut fields = tlv.elements()?;
    let content_type = object_identifier(&fields.next_element()?)?;
    let cipher = algorithm_identifier(&fields.next_element()?)?;
    let string = match fields.peek() {
        Some(found) if [tag::context(0), tag::context_constructed(0)].contains(&found) => fields.next_element()?,
        _ => {
            fields.finish()?;
            return Err(Error::new(Condition::CmsNoContent)
                .detail("the encrypted content is not in the object")
                .hinting("")
                .at(tlv.whole.take(16).span()));
        }
    };
    fields.finish()?;
    Ok((content_type, cipher, ber::octet_string(&string)?))
}

/// An object to be written. The encrypted content is not in it: it is encrypted where it is written.
#[derive(Clone, Debug)]
pub struct EnvelopedDataParts {
    /// The recipients, each a RecipientInfo in DER.
    pub recipients: Vec<RecipientInfoBuf>,
    /// The content-encryption algorithm, an AlgorithmIdentifier in DER.
    pub cipher: Vec<u8>,
    /// The octets of the tag, which stands after the content; `None` writes EnvelopedData.
    pub tag_length: Option<usize>,
}

impl EnvelopedDataParts {
    /// The octets before and after an encrypted content of id-data that has `length` octets. Those after it end
    /// with zeros in the place of the tag, if there is one.
    pub fn frame(self, length: usize) -> (Vec<u8>, Vec<u8>) {
        let (kind, version) = match self.tag_length {
            Some(_) => (oid::AUTH_ENVELOPED_DATA, 0),
            None => {
                let lowest = self.recipients.iter().map(|info| info.lowest_version).max();
                (oid::ENVELOPED_DATA, lowest.unwrap_or_default())
            }
        };
        let recipients = encode::set_of(tag::SET, self.recipients.into_iter().map(|info| info.octets).collect());
        let after = match self.tag_length {
            Some(length) => encode::element(tag::OCTET_STRING, &[&vec![0; length]]),
            None => Vec::new(),
        };
        let data = encode::element(tag::OBJECT_IDENTIFIER, &[oid::DATA.as_bytes()]);
        let string = encode::header(tag::context(0), length);
        let mut before = [data, self.cipher, string].concat();
        // From the inside out: each header needs the length of what it holds.
        let wrap = |inner: Vec<u8>, outer_tag: u8, before_it: &[u8], after_length: usize| {
            let held = inner.len().saturating_add(length).saturating_add(after_length);
            [before_it, &encode::header(outer_tag, held), &inner].concat()
        };
        before = wrap(before, tag::SEQUENCE, &[&[tag::INTEGER, 1, version][..], &recipients].concat(), 0);
        let kind = encode::element(tag::OBJECT_IDENTIFIER, &[kind.as_bytes()]);
        before = wrap(before, tag::SEQUENCE, &[], after.len());
        before = wrap(before, tag::context_constructed(0), &kind, after.len());
        (wrap(before, tag::SEQUENCE, &[], after.len()), after)
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    const GCM: &[u8] = &[0x30, 0x0B, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 6];

    fn recipient(lowest_version: u8) -> RecipientInfoBuf {
        // ori with an unknown type.
        RecipientInfoBuf { octets: vec![0xA4, 5, 6, 1, 0x2A, 5, 0], lowest_version }
    }

    #[test]
    fn what_is_framed_is_read_back_whatever_its_length() {
        for tag_length in [None, Some(16)] {
            for length in [0, 1, 90, 127, 128, 255, 256, 65_400, 70_000] {
                let parts = EnvelopedDataParts { recipients: vec![recipient(3)], cipher: GCM.to_vec(), tag_length };
                let (before, after) = parts.frame(length);
                let object = [before, vec![b'x'; length], after].concat();
                let read = EnvelopedData::parse(Slice::new(&object)).unwrap();
                assert_eq!(*read.ciphertext, vec![b'x'; length]);
                assert_eq!(read.authentication.map(|found| found.tag.len()), tag_length);
                assert_eq!((read.content_type, read.recipients.len()), (oid::DATA, 1));
                // The cms crate, which did not write it, agrees.
                let info = ::cms::content_info::ContentInfo::from_der(&object).unwrap();
                match tag_length {
                    None => {
                        let data = info.content.decode_as::<::cms::enveloped_data::EnvelopedData>().unwrap();
                        assert_eq!(data.version, ::cms::content_info::CmsVersion::V3);
                    }
                    Some(_) => {
                        let data = info.content.decode_as::<::cms::authenveloped_data::AuthEnvelopedData>().unwrap();
                        assert_eq!(data.version, ::cms::content_info::CmsVersion::V0);
                    }
                }
            }
        }
    }
}
