//! Signed and unsigned attributes (RFC 5652 sections 5.3 and 11, RFC 5035, RFC 6211, RFC 8551 section 2.5).
//!
//! Attributes keep the octets they arrived in. What is hashed is their DER SET OF form, and only if a
//! signature does not verify over that, the octets as received. An attribute that may appear once is
//! refused when it appears twice or does not have exactly one value.

use std::borrow::Cow;

use der::Decode;
use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use spki::AlgorithmIdentifierOwned;

use crate::asn1::tlv::Tlv;
use crate::asn1::{ber, encode, tag};
use crate::cms::content::elements_up_to;
use crate::cms::{algorithm_identifier, object_identifier, oid};
use crate::error::{Condition, Error};

/// How many attributes a signer may have.
pub const MAX_ATTRIBUTES: usize = 64;

/// One attribute: its type and its values as received.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    /// The type.
    pub kind: ObjectIdentifier,
    /// The values.
    pub values: Vec<Tlv<'a>>,
    /// The whole attribute.
    pub whole: Tlv<'a>,
}

/// The attributes of one signer.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    received: Tlv<'a>,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Attributes<'a> {
    /// Reads the contents of a SET OF Attribute, whatever its tag is here.
    ///
    /// # Errors
    /// `limit.count` past [`MAX_ATTRIBUTES`], `asn1.*`.
    pub fn parse(received: Tlv<'a>) -> Result<Self, Error> {
        let attributes = elements_up_to(&received, MAX_ATTRIBUTES, "attributes")?
            .into_iter()
            .map(|whole| {
                let mut fields = whole.expect(tag::SEQUENCE)?.elements()?;
                let kind = object_identifier(&fields.next_element()?)?;
                let values = fields.expect(tag::SET)?;
                fields.finish()?;
                Ok(Attribute { kind, values: elements_up_to(&values, MAX_ATTRIBUTES, "values")?, whole })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Attributes { received, attributes })
    }

    /// The attributes in the order received.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute<'a>> {
        self.attributes.iter()
    }

    /// The DER SET OF form, which a signer hashes (RFC 5652 section 5.4).
    ///
    /// # Errors
    /// `asn1.*`.
    pub fn der(&self) -> Result<Vec<u8>, Error> {
        let elements = self.attributes.iter().map(|attribute| ber::canonical(&attribute.whole));
        Ok(encode::set_of(tag::SET, elements.collect::<Result<_, _>>()?))
    }

    /// The octets as received, with the tag of a SET in place of the one on the wire.
    pub fn as_received(&self) -> Vec<u8> {
        encode::retag(tag::SET, self.received.whole.octets())
    }

    /// The single value of an attribute that may appear once; `None` if it does not appear.
    ///
    /// # Errors
    /// `verify.signed-attributes` if it appears twice or has not exactly one value.
    pub fn single(&self, kind: ObjectIdentifier, name: &str) -> Result<Option<Tlv<'a>>, Error> {
        let mut found = self.attributes.iter().filter(|attribute| attribute.kind == kind);
        let Some(attribute) = found.next() else { return Ok(None) };
        let place = attribute.whole.whole.span();
        let wrong = |why: String| Err(Error::new(Condition::SignedAttributes).detail(why).at(place));
        if found.next().is_some() {
            return wrong(format!("{name} appears twice"));
        }
        match attribute.values.as_slice() {
            [value] => Ok(Some(*value)),
            values => wrong(format!("{name} has {} values", values.len())),
        }
    }

    fn required(&self, kind: ObjectIdentifier, name: &str) -> Result<Tlv<'a>, Error> {
        self.single(kind, name)?.ok_or_else(|| {
            Error::new(Condition::SignedAttributes).detail(format!("{name} is missing")).at(self.received.whole.span())
        })
    }

    /// The content-type attribute (RFC 5652 section 11.1), which must be there.
    ///
    /// # Errors
    /// `verify.signed-attributes`.
    pub fn content_type(&self) -> Result<ObjectIdentifier, Error> {
        let value = self.required(oid::CONTENT_TYPE, "content-type")?;
        object_identifier(&value).map_err(|_| malformed("content-type", &value))
    }

    /// The message-digest attribute (RFC 5652 section 11.2), which must be there.
    ///
    /// # Errors
    /// `verify.signed-attributes`.
    pub fn message_digest(&self) -> Result<Cow<'a, [u8]>, Error> {
        let value = self.required(oid::MESSAGE_DIGEST, "message-digest")?;
        if !matches!(value.tag, tag::OCTET_STRING | tag::OCTET_STRING_CONSTRUCTED) {
            return Err(malformed("message-digest", &value));
        }
        ber::octet_string(&value)
    }

    /// The signing time in seconds since 1970 (RFC 5652 section 11.3).
    ///
    /// # Errors
    /// `verify.signed-attributes`.
    pub fn signing_time(&self) -> Result<Option<i64>, Error> {
        let Some(value) = self.single(oid::SIGNING_TIME, "signing-time")? else { return Ok(None) };
        let octets = value.whole.octets();
        let time = match value.tag {
            tag::UTC_TIME => UtcTime::from_der(octets).map(|time| time.to_unix_duration()),
            _ => GeneralizedTime::from_der(octets).map(|time| time.to_unix_duration()),
        };
        let seconds = time.ok().and_then(|time| i64::try_from(time.as_secs()).ok());
        seconds.map(Some).ok_or_else(|| malformed("signing-time", &value))
    }

    /// The algorithm identifiers that CMSAlgorithmProtection repeats (RFC 6211): digest and signature.
    ///
    /// # Errors
    /// `verify.signed-attributes`.
    pub fn algorithm_protection(&self) -> Result<Option<(AlgorithmIdentifierOwned, AlgorithmIdentifierOwned)>, Error> {
        let name = "cms-algorithm-protection";
        let Some(value) = self.single(oid::ALGORITHM_PROTECTION, name)? else { return Ok(None) };
        let read = || -> Result<_, Error> {
            let mut fields = value.expect(tag::SEQUENCE)?.elements()?;
            let digest = algorithm_identifier(&fields.next_element()?)?;
            // [1] IMPLICIT AlgorithmIdentifier; [2] is the one of a MAC.
            let tagged = fields.expect(tag::context_constructed(1))?;
            fields.finish()?;
            let signature = encode::element(tag::SEQUENCE, &[tagged.contents.octets()]);
            let signature = AlgorithmIdentifierOwned::from_der(&signature).map_err(|_| malformed(name, &value))?;
            Ok((digest, signature))
        };
        read().map(Some).map_err(|_| malformed(name, &value))
    }

    /// The certificates that signing-certificate and signing-certificate-v2 name first (RFC 5035): the digest
    /// algorithm and the digest of each. Each attribute is judged for itself.
    ///
    /// # Errors
    /// `verify.signed-attributes`.
    pub fn signing_certificates(&self) -> Result<Vec<(ObjectIdentifier, Vec<u8>)>, Error> {
        let mut named = Vec::new();
        let attributes = [
            (oid::SIGNING_CERTIFICATE, "signing-certificate", SHA_1),
            (oid::SIGNING_CERTIFICATE_V2, "signing-certificate-v2", SHA_256),
        ];
        for (kind, name, default) in attributes {
            let Some(value) = self.single(kind, name)? else { continue };
            let identifier = certificate_identifier(&value, kind == oid::SIGNING_CERTIFICATE_V2, default);
            named.push(identifier.map_err(|_| malformed(name, &value))?);
        }
        Ok(named)
    }
}

const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// `SigningCertificate(V2) ::= SEQUENCE { certs SEQUENCE OF ESSCertID(v2), policies OPTIONAL }`: the first
/// identifier is the signer's. Only version 2 may name another digest than its default.
fn certificate_identifier(
    value: &Tlv<'_>,
    names_digest: bool,
    default: ObjectIdentifier,
) -> Result<(ObjectIdentifier, Vec<u8>), Error> {
    let certificates = value.expect(tag::SEQUENCE)?.elements()?.expect(tag::SEQUENCE)?;
    let mut fields = certificates.elements()?.expect(tag::SEQUENCE)?.elements()?;
    let algorithm = match fields.optional(tag::SEQUENCE)? {
        Some(algorithm) if names_digest => algorithm_identifier(&algorithm)?.oid,
        _ => default,
    };
    Ok((algorithm, fields.expect(tag::OCTET_STRING)?.contents.octets().to_vec()))
}

fn malformed(name: &str, value: &Tlv<'_>) -> Error {
    Error::new(Condition::SignedAttributes).detail(format!("{name} is malformed")).at(value.whole.span())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::Slice;

    fn attribute(kind: ObjectIdentifier, values: &[&[u8]]) -> Vec<u8> {
        let kind = encode::element(tag::OBJECT_IDENTIFIER, &[kind.as_bytes()]);
        encode::element(tag::SEQUENCE, &[&kind, &encode::element(tag::SET, values)])
    }

    fn attributes(elements: &[Vec<u8>]) -> Vec<u8> {
        let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
        encode::element(tag::context_constructed(0), &parts)
    }

    fn parse(octets: &[u8]) -> Attributes<'_> {
        Attributes::parse(Tlv::parse(Slice::new(octets)).unwrap()).unwrap()
    }

    // C6: message-digest once, with one value, an OCTET STRING.
    #[test]
    fn c6_message_digest_shape() {
        let one = [0x04, 1, 7];
        let rows: [(Vec<Vec<u8>>, &str); 6] = [
            (vec![attribute(oid::MESSAGE_DIGEST, &[&one])], ""),
            (vec![], "message-digest is missing"),
            (vec![attribute(oid::MESSAGE_DIGEST, &[])], "message-digest has 0 values"),
            (vec![attribute(oid::MESSAGE_DIGEST, &[&one, &one])], "message-digest has 2 values"),
            (vec![attribute(oid::MESSAGE_DIGEST, &[&one]); 2], "message-digest appears twice"),
            (vec![attribute(oid::MESSAGE_DIGEST, &[&[0x0C, 1, 7]])], "message-digest is malformed"),
        ];
        for (elements, expected) in rows {
            let octets = attributes(&elements);
            let found = parse(&octets).message_digest();
            match found {
                Ok(digest) => assert_eq!((&*digest, expected), (&[7][..], "")),
                Err(error) => {
                    assert_eq!(error.code(), "verify.signed-attributes");
                    assert!(error.to_string().ends_with(expected), "{error}");
                }
            }
        }
    }

    // C9: the hashed form is sorted and minimal, whatever arrived.
    #[test]
    fn c9_unsorted_attributes_have_a_der_form() {
        let a = attribute(oid::CONTENT_TYPE, &[&[6, 1, 0x2A]]);
        let b = attribute(oid::MESSAGE_DIGEST, &[&[0x04, 1, 7]]);
        let unsorted = attributes(&[b.clone(), a.clone()]);
        let sorted = encode::set_of(tag::SET, vec![a, b]);
        let parsed = parse(&unsorted);
        assert_eq!(parsed.der().unwrap(), sorted);
        assert_ne!(parsed.as_received(), sorted);
        assert_eq!(parsed.as_received()[1..], unsorted[1..]);
    }

    #[test]
    fn signing_time_in_both_forms() {
        // SGN-17: YY of 50 or more is 19YY.
        let rows: [(&[u8], Option<i64>); 5] = [
            (b"\x17\x0d190126061354Z", Some(1_548_483_234)),
            (b"\x17\x0d500101000000Z", None),
            (b"\x18\x0f20500101000000Z", Some(2_524_608_000)),
            (b"\x17\x0d991231235959Z", Some(946_684_799)),
            (b"\x04\x01a", None),
        ];
        for (value, expected) in rows {
            let octets = attributes(&[attribute(oid::SIGNING_TIME, &[value])]);
            assert_eq!(parse(&octets).signing_time().ok().flatten(), expected);
        }
        assert_eq!(parse(&attributes(&[])).signing_time(), Ok(None));
    }

    // R4: more attributes than the limit are refused.
    #[test]
    fn r4_attribute_count() {
        let many = attributes(&vec![attribute(oid::SIGNING_TIME, &[]); MAX_ATTRIBUTES + 1]);
        let error = Attributes::parse(Tlv::parse(Slice::new(&many)).unwrap()).unwrap_err();
        assert_eq!(error.code(), "limit.count");
    }
}
