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
    /// What the originator says of itself, if anything.
    pub originator: Option<OriginatorInfo<'a>>,
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
        let originator = fields.optional(tag::context_constructed(0))?;
        let originator = originator.map(|info| OriginatorInfo::parse(&info)).transpose()?;
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
            originator,
            recipients,
            content_type,
            cipher,
            ciphertext,
            authentication,
            unprotected_attributes,
        })
    }

    /// The certificates of the originator, each as received.
    pub fn originator_certificates(&self) -> &[Slice<'a>] {
        self.originator.as_ref().map_or(&[], |info| &info.certificates)
    }

    /// What is wrong with the authenticated attributes, if anything (RFC 5083 section 2.1, RFC 5652 sections 9.1 and
    /// 11.1). Nothing is refused for it: the tag covers them as they are. A content-type that is missing is missed only in
    /// authenticated-data.
    pub fn attributes_deviation(&self) -> Option<&'static str> {
        let attributes = self.authentication.as_ref()?.attributes.as_ref()?;
        if attributes.iter().next().is_none() {
            return Some("the authenticated attributes are there, but there is none");
        }
        match attributes.single(oid::CONTENT_TYPE, "content-type") {
            Ok(None) => None,
            Ok(Some(value)) if object_identifier(&value).is_ok_and(|kind| kind == self.content_type) => None,
            Ok(Some(_)) => Some("the content-type attribute is not the type of the content"),
            Err(_) => Some("the content-type attribute is not there once with one value"),
        }
    }

    /// The version that these fields must have (RFC 5652 section 6.1, RFC 5083 section 2.1).
    pub fn expected_version(&self) -> u8 {
        if self.authentication.is_some() {
            return 0;
        }
        let recipients = self.recipients.iter().map(RecipientInfo::lowest_version);
        let originator = self.originator.as_ref().map(|info| info.lowest_version);
        let unprotected = self.unprotected_attributes.as_ref().map(|_| 2);
        recipients.chain(originator).chain(unprotected).max().unwrap_or_default()
    }
}

/// What the originator says of itself, as received.
#[derive(Clone, Debug)]
pub struct OriginatorInfo<'a> {
    /// The X.509 certificates, each as received. Those of other kinds are passed over.
    pub certificates: Vec<Slice<'a>>,
    /// The lowest version of EnvelopedData that may hold it (RFC 5652 section 6.1).
    pub lowest_version: u8,
}

impl<'a> OriginatorInfo<'a> {
    /// ```text
    /// OriginatorInfo ::= SEQUENCE { certs [0] IMPLICIT CertificateSet OPTIONAL,
    ///     crls [1] IMPLICIT RevocationInfoChoices OPTIONAL }
    /// ```
    /// The tag is that of its place. What is of another kind makes version 4, a version 2 attribute certificate
    /// makes 3, and being there at all makes 2.
    fn parse(tlv: &Tlv<'a>) -> Result<Self, Error> {
        const ATTRIBUTE_CERTIFICATE_2: u8 = tag::context_constructed(2);
        const OTHER_CERTIFICATE: u8 = tag::context_constructed(3);
        const OTHER_CRL: u8 = tag::context_constructed(1);
        let mut fields = tlv.elements()?;
        let mut set = |number, what| match fields.optional(tag::context_constructed(number))? {
            Some(set) => elements_up_to(&set, MAX_CERTIFICATES, what),
            None => Ok(Vec::new()),
        };
        let (certificates, crls) = (set(0, "certificates")?, set(1, "CRLs")?);
        fields.finish()?;
        let of_certificates = certificates.iter().map(|one| match one.tag {
            OTHER_CERTIFICATE => 4,
            ATTRIBUTE_CERTIFICATE_2 => 3,
            _ => 2,
        });
        let of_crls = crls.iter().map(|one| if one.tag == OTHER_CRL { 4 } else { 2 });
        let lowest_version = of_certificates.chain(of_crls).max().unwrap_or(2);
        let certificates = certificates.into_iter().filter(|one| one.tag == tag::SEQUENCE).map(|one| one.whole);
        Ok(OriginatorInfo { certificates: certificates.collect(), lowest_version })
    }
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

    // ENC-17: the version of RFC 5652 section 6.1, from OriginatorInfo, one recipient and unprotected attributes.
    #[test]
    fn enc_17_versions() {
        let set = |number, elements: &[&[u8]]| encode::element(tag::context_constructed(number), elements);
        let info = |parts: &[Vec<u8>]| Some(set(0, &[&parts.concat()]));
        let x509: &[u8] = &[tag::SEQUENCE, 0];
        let tagged = |number| [tag::context_constructed(number), 0];
        // ktri by issuer and serial, and by key identifier; ktri of an unknown version; pwri; pwri of an unknown version;
        // ori; a later member of the CHOICE.
        let name = encode::element(tag::SEQUENCE, &[&[tag::SEQUENCE, 0, 2, 1, 1]]);
        let rest: &[u8] = &[tag::SEQUENCE, 3, 6, 1, 0x2A, 4, 0];
        let ktri = |version, name: &[u8]| encode::element(tag::SEQUENCE, &[&[2, 1, version], name, rest]);
        let pwri = |version| encode::element(tag::context_constructed(3), &[&[2, 1, version], rest]);
        let (by_issuer, by_key) = (ktri(0, &name), ktri(2, &[0x80, 1, b'x']));
        let ori = vec![0xA4, 5, 6, 1, 0x2A, 5, 0];
        type Row<'r> = (Option<Vec<u8>>, &'r [u8], bool, u8);
        let rows: [Row<'_>; 19] = [
            (None, &by_issuer, false, 0),
            (None, &by_issuer, true, 2),
            (None, &by_key, false, 2),
            (None, &ktri(9, &[]), false, 2),
            (None, &pwri(0), false, 3),
            (None, &pwri(9), false, 3),
            (None, &ori, false, 3),
            (None, &[0xA9, 0], true, 3),
            // OriginatorInfo that is empty, has empty sets, certificates, or CRLs.
            (info(&[]), &by_issuer, false, 2),
            (info(&[set(0, &[]), set(1, &[])]), &by_issuer, false, 2),
            (info(&[set(0, &[x509, x509])]), &by_issuer, false, 2),
            (info(&[set(1, &[x509])]), &by_key, true, 2),
            (info(&[set(0, &[x509])]), &ori, false, 3),
            // An extended certificate, and attribute certificates of version 1 and 2.
            (info(&[set(0, &[&tagged(0), &tagged(1)])]), &by_issuer, false, 2),
            (info(&[set(0, &[x509, &tagged(2)])]), &by_issuer, false, 3),
            // Certificates and CRLs of other kinds.
            (info(&[set(0, &[&tagged(3), &tagged(2)])]), &by_issuer, false, 4),
            (info(&[set(1, &[x509, &tagged(1)])]), &by_issuer, false, 4),
            (info(&[set(0, &[&tagged(2)]), set(1, &[&tagged(1)])]), &pwri(0), true, 4),
            (info(&[set(0, &[&tagged(3)])]), &ori, false, 4),
        ];
        let content = [6, 3, 0x2A, 3, 4].as_slice();
        let content = encode::element(tag::SEQUENCE, &[content, GCM, &[0x80, 0]]);
        for (originator, recipient, is_unprotected, expected) in rows {
            let object = |kind: ObjectIdentifier, end: &[u8]| {
                let recipients = encode::element(tag::SET, &[recipient]);
                let originator = originator.clone().unwrap_or_default();
                let data = encode::element(tag::SEQUENCE, &[&[2, 1, 0], &originator, &recipients, &content, end]);
                let kind = encode::element(tag::OBJECT_IDENTIFIER, &[kind.as_bytes()]);
                encode::element(tag::SEQUENCE, &[&kind, &encode::element(tag::context_constructed(0), &[&data])])
            };
            let attribute = [tag::SEQUENCE, 5, 6, 1, 0x2A, tag::SET, 0];
            let attributes = |number| if is_unprotected { set(number, &[&attribute]) } else { Vec::new() };
            let version = |object: &[u8]| EnvelopedData::parse(Slice::new(object)).unwrap().expected_version();
            let object_of = object(oid::ENVELOPED_DATA, &attributes(1));
            assert_eq!(version(&object_of), expected, "{}", hex::encode(&object_of));
            // With authentication it is 0 whatever there is.
            assert_eq!(version(&object(oid::AUTH_ENVELOPED_DATA, &[&[4, 0], &attributes(2)[..]].concat())), 0);
        }
    }
}
