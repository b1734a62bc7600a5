//! SignedData (RFC 5652 section 5): read with every octet kept, written as DER.
//!
//! The encapsulated content, the certificates, the signed attributes and the names in signer identifiers
//! are taken as received. Certificates are not decoded here: an odd one must not hide the others.

use std::borrow::Cow;
use std::fmt;

use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;

use crate::asn1::tlv::Tlv;
use crate::asn1::{encode, tag};
use crate::cms::attributes::Attributes;
use crate::cms::content::elements_up_to;
use crate::cms::{
    ContentInfo, algorithm_identifier, content, der_octets, object_identifier, octet_string, oid, version,
};
use crate::error::{Condition, Error};
use crate::octets::{Slice, Span};
use crate::pki::{Certificate, name};
use crate::report::text;

/// How many certificates, and how many CRLs, a message may carry.
pub const MAX_CERTIFICATES: usize = 64;
/// How many signers a message may have.
pub const MAX_SIGNERS: usize = 16;

/// A SignedData object as received.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    /// The version.
    pub version: u8,
    /// The digest algorithms announced; a hint only.
    pub digest_algorithms: Vec<AlgorithmIdentifierOwned>,
    /// The type of the signed content.
    pub content_type: ObjectIdentifier,
    /// The encapsulated content; `None` if the signature is detached.
    pub content: Option<Cow<'a, [u8]>>,
    /// Where the encapsulated content stands, if it stands in one piece.
    pub content_span: Option<Span>,
    /// The X.509 certificates, each as received.
    pub certificates: Vec<Slice<'a>>,
    /// How many certificates of other kinds were passed over.
    pub other_certificates: usize,
    /// The CRLs, each as received.
    pub crls: Vec<Slice<'a>>,
    /// The signers.
    pub signers: Vec<SignerInfo<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads a CMS object that must be SignedData. BER is accepted.
    ///
    /// # Errors
    /// `cms.content-type` if it is another kind of object; `asn1.*`, `cms.*` and `limit.count` if it is
    /// malformed or too large.
    pub fn parse(input: Slice<'a>) -> Result<Self, Error> {
        let info = ContentInfo::parse(input)?;
        if info.content_type != oid::SIGNED_DATA {
            return Err(Error::new(Condition::CmsContentType)
                .detail(content::content_type_name(&info.content_type))
                .at(input.take(32).span()));
        }
        let mut fields = info.content.expect(tag::SEQUENCE)?.elements()?;
        let version = version(&fields.next_element()?)?;
        let digest_algorithms = elements_up_to(&fields.expect(tag::SET)?, MAX_SIGNERS, "digest algorithms")?
            .iter()
            .map(algorithm_identifier)
            .collect::<Result<_, _>>()?;
        let encapsulated = fields.expect(tag::SEQUENCE)?;
        let (content_type, content, content_span) = encapsulated_content(&encapsulated)?;
        let mut certificates = Vec::new();
        let mut other_certificates: usize = 0;
        if let Some(set) = fields.optional(tag::context_constructed(0))? {
            for certificate in elements_up_to(&set, MAX_CERTIFICATES, "certificates")? {
                match certificate.tag {
                    tag::SEQUENCE => certificates.push(certificate.whole),
                    _ => other_certificates = other_certificates.saturating_add(1),
                }
            }
        }
        let crls = match fields.optional(tag::context_constructed(1))? {
            Some(set) => elements_up_to(&set, MAX_CERTIFICATES, "CRLs")?,
            None => Vec::new(),
        };
        let signers = fields.expect(tag::SET)?;
        fields.finish()?;
        Ok(SignedData {
            version,
            digest_algorithms,
            content_type,
            content,
            content_span,
            certificates,
            other_certificates,
            crls: crls.into_iter().filter(|crl| crl.tag == tag::SEQUENCE).map(|crl| crl.whole).collect(),
            signers: elements_up_to(&signers, MAX_SIGNERS, "signers")?
                .iter()
                .map(SignerInfo::parse)
                .collect::<Result<_, _>>()?,
        })
    }
}

type Encapsulated<'a> = (ObjectIdentifier, Option<Cow<'a, [u8]>>, Option<Span>);

/// `EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING OPTIONAL }`
fn encapsulated_content<'a>(tlv: &Tlv<'a>) -> Result<Encapsulated<'a>, Error> {
    let mut fields = tlv.elements()?;
    let content_type = object_identifier(&fields.next_element()?)?;
    let Some(explicit) = fields.optional(tag::context_constructed(0))? else {
        fields.finish()?;
        return Ok((content_type, None, None));
    };
    fields.finish()?;
    let mut inside = explicit.elements()?;
    let string = inside.next_element()?;
    inside.finish()?;
    let span = (!string.is_constructed()).then(|| string.contents.span());
    Ok((content_type, Some(octet_string(&string, "the content")?), span))
}

/// How a signer, or a recipient, names its certificate (RFC 5652 sections 5.3 and 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// The issuer's name in DER and the contents of the serial number.
    IssuerAndSerialNumber {
        /// The name, in DER.
        issuer: Cow<'a, [u8]>,
        /// The contents octets of the INTEGER.
        serial: &'a [u8],
    },
    /// The subject key identifier.
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> SignerIdentifier<'a> {
    /// `IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }`
    pub(super) fn issuer_and_serial_number(tlv: &Tlv<'a>) -> Result<Self, Error> {
        Self::implicit_issuer_and_serial_number(&tlv.expect(tag::SEQUENCE)?)
    }

    /// The same, whatever tag the SEQUENCE has here.
    pub(crate) fn implicit_issuer_and_serial_number(tlv: &Tlv<'a>) -> Result<Self, Error> {
        let mut pair = tlv.elements()?;
        let issuer = der_octets(&pair.expect(tag::SEQUENCE)?)?;
        let serial = pair.expect(tag::INTEGER)?.contents.octets();
        pair.finish()?;
        Ok(SignerIdentifier::IssuerAndSerialNumber { issuer, serial })
    }

    /// `RecipientKeyIdentifier ::= SEQUENCE { subjectKeyIdentifier, date GeneralizedTime OPTIONAL, other SEQUENCE
    /// OPTIONAL }`, whatever tag it has here. The key identifier alone says whose it is.
    pub(crate) fn implicit_recipient_key_identifier(tlv: &Tlv<'a>) -> Result<Self, Error> {
        let mut fields = tlv.elements()?;
        let identifier = fields.expect(tag::OCTET_STRING)?.contents.octets();
        fields.optional(tag::GENERALIZED_TIME)?;
        fields.optional(tag::SEQUENCE)?;
        fields.finish()?;
        Ok(SignerIdentifier::SubjectKeyIdentifier(identifier))
    }

    /// Whether it names this certificate. Anybody can make a certificate that it names, too.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => certificate.is_named(issuer, serial),
            SignerIdentifier::SubjectKeyIdentifier(key) => certificate.has_key_identifier(key),
        }
    }
}

/// As people read it.
impl fmt::Display for SignerIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
                write!(f, "issuer {}, serial {}", name::text(issuer), text::hex(serial))
            }
            SignerIdentifier::SubjectKeyIdentifier(key) => write!(f, "subject key identifier {}", text::hex(key)),
        }
    }
}

/// One signer as received.
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    /// The version: 1 with issuer and serial number, 3 with a key identifier.
    pub version: u8,
    /// Whose certificate.
    pub identifier: SignerIdentifier<'a>,
    /// The digest algorithm.
    pub digest_algorithm: AlgorithmIdentifierOwned,
    /// The signed attributes, if any.
    pub signed_attributes: Option<Attributes<'a>>,
    /// The signature algorithm.
    pub signature_algorithm: AlgorithmIdentifierOwned,
    /// The signature.
    pub signature: Cow<'a, [u8]>,
    /// The unsigned attributes, if any: nothing in them is proved.
    pub unsigned_attributes: Option<Attributes<'a>>,
    /// The whole structure.
    pub whole: Slice<'a>,
}

impl<'a> SignerInfo<'a> {
    fn parse(tlv: &Tlv<'a>) -> Result<Self, Error> {
        let mut fields = tlv.expect(tag::SEQUENCE)?.elements()?;
        let version = version(&fields.next_element()?)?;
        let identifier = match fields.optional(tag::context(0))? {
            Some(key) => SignerIdentifier::SubjectKeyIdentifier(key.contents.octets()),
            None => SignerIdentifier::issuer_and_serial_number(&fields.next_element()?)?,
        };
        let digest_algorithm = algorithm_identifier(&fields.next_element()?)?;
        let signed_attributes = fields.optional(tag::context_constructed(0))?.map(Attributes::parse).transpose()?;
        let signature_algorithm = algorithm_identifier(&fields.next_element()?)?;
        let signature = octet_string(&fields.next_element()?, "the signature")?;
        let unsigned_attributes = fields.optional(tag::context_constructed(1))?.map(Attributes::parse).transpose()?;
        fields.finish()?;
        Ok(SignerInfo {
            version,
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
            whole: tlv.whole,
        })
    }
}

/// A SignedData to be written. The content is not in it: it is copied once, into the final output.
#[derive(Clone, Debug)]
pub struct SignedDataParts<'a> {
    /// The digest algorithms, each an AlgorithmIdentifier in DER.
    pub digest_algorithms: Vec<Vec<u8>>,
    /// The certificates in DER.
    pub certificates: Vec<&'a [u8]>,
    /// The signers, each a SignerInfo in DER.
    pub signers: Vec<Vec<u8>>,
    /// Whether a signer is named by its key identifier.
    pub key_identifiers: bool,
}

impl SignedDataParts<'_> {
    /// The octets before and after a content of id-data that has `content_length` octets; with `None`, the
    /// signature is detached and the two join into one object.
    ///
    /// The version is 1, or 3 if a signer is named by its key identifier (RFC 5652 section 5.1).
    pub fn frame(self, content_length: Option<usize>) -> (Vec<u8>, Vec<u8>) {
        let version: &[u8] = if self.key_identifiers { &[2, 1, 3] } else { &[2, 1, 1] };
        let digests = encode::set_of(tag::SET, self.digest_algorithms);
        let data = encode::element(tag::OBJECT_IDENTIFIER, &[oid::DATA.as_bytes()]);
        let mut after = Vec::new();
        if !self.certificates.is_empty() {
            let certificates = self.certificates.iter().map(|certificate| certificate.to_vec()).collect();
            after.extend(encode::set_of(tag::context_constructed(0), certificates));
        }
        after.extend(encode::set_of(tag::SET, self.signers));

        // From the inside out: each header needs the length of what it holds.
        let (mut encapsulated, content) = match content_length {
            None => (data, 0),
            Some(length) => {
                let string = encode::header(tag::OCTET_STRING, length);
                let string_length = string.len().saturating_add(length);
                let explicit = encode::header(tag::context_constructed(0), string_length);
                ([data, explicit, string].concat(), length)
            }
        };
        let header = encode::header(tag::SEQUENCE, encapsulated.len().saturating_add(content));
        encapsulated.splice(0..0, header);
        let signed_data = [version, &digests, &encapsulated].concat();
        let length = signed_data.len().saturating_add(content).saturating_add(after.len());
        let signed_header = encode::header(tag::SEQUENCE, length);
        let length = length.saturating_add(signed_header.len());
        let explicit = encode::header(tag::context_constructed(0), length);
        let kind = encode::element(tag::OBJECT_IDENTIFIER, &[oid::SIGNED_DATA.as_bytes()]);
        let length = length.saturating_add(explicit.len()).saturating_add(kind.len());
        let outer = encode::header(tag::SEQUENCE, length);
        ([outer, kind, explicit, signed_header, signed_data].concat(), after)
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    fn parts() -> SignedDataParts<'static> {
        SignedDataParts {
            digest_algorithms: vec![],
            certificates: vec![&[0x30, 0]],
            signers: vec![],
            key_identifiers: false,
        }
    }

    #[test]
    fn what_is_framed_is_read_back_whatever_its_length() {
        for length in [0, 1, 90, 127, 128, 255, 256, 65_400, 70_000] {
            let body = vec![b'x'; length];
            let (before, after) = parts().frame(Some(length));
            let object = [before, body.clone(), after].concat();
            let read = SignedData::parse(Slice::new(&object)).unwrap();
            assert_eq!(read.content.as_deref(), Some(&body[..]));
            assert_eq!(read.certificates.len(), 1);
            // The cms crate, which did not write it, agrees.
            let info = ::cms::content_info::ContentInfo::from_der(&object).unwrap();
            assert_eq!(info.content_type, oid::SIGNED_DATA);
        }
    }

    #[test]
    fn detached_has_no_content() {
        let (before, after) = parts().frame(None);
        let object = [before, after].concat();
        let read = SignedData::parse(Slice::new(&object)).unwrap();
        assert_eq!((read.content, read.version), (None, 1));
    }
}
