//! Cryptographic Message Syntax (RFC 5652): structures to and from DER, with no opinion on MIME.
//!
//! What is read keeps its octets: attributes, contents, certificates and names are spans of the input, and
//! what is hashed is what arrived. What is written is DER.

use std::borrow::Cow;

use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;

use crate::asn1::tlv::Tlv;
use crate::asn1::{ber, encode, tag};
use crate::error::{Condition, Error};

pub mod attributes;
pub mod compressed;
pub mod content;
pub mod enveloped;
pub mod recipient;
pub mod signed;

pub use content::ContentInfo;
pub use enveloped::EnvelopedData;
pub use recipient::{ContentKey, Identity, Recipient, RecipientInfo};
pub use signed::{SignedData, SignerIdentifier, SignerInfo};

/// The object identifiers of contents, attributes and algorithms (RFC 5652, 5083, 3274, 3211, 5035, 6211, 8551).
pub mod oid {
    use der::asn1::ObjectIdentifier;

    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }

    /// id-data.
    pub const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
    /// id-signedData.
    pub const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
    /// id-envelopedData.
    pub const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
    /// id-encryptedData.
    pub const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
    /// id-ct-authEnvelopedData.
    pub const AUTH_ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.23");
    /// id-ct-compressedData.
    pub const COMPRESSED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.9");
    /// id-contentType.
    pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
    /// id-messageDigest.
    pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
    /// id-signingTime.
    pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
    /// smimeCapabilities.
    pub const SMIME_CAPABILITIES: ObjectIdentifier = oid("1.2.840.113549.1.9.15");
    /// id-aa-encrypKeyPref.
    pub const ENCRYPTION_KEY_PREFERENCE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.11");
    /// id-aa-signingCertificate.
    pub const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
    /// id-aa-signingCertificateV2.
    pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
    /// id-alg-zlibCompress.
    pub const ZLIB: ObjectIdentifier = oid("1.2.840.113549.1.9.16.3.8");
    /// id-alg-PWRI-KEK.
    pub const PASSWORD_WRAP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.3.9");
    /// id-aa-CMSAlgorithmProtection.
    pub const ALGORITHM_PROTECTION: ObjectIdentifier = oid("1.2.840.113549.1.9.52");
}

/// The object identifier that `tlv` holds.
///
/// # Errors
/// `asn1.tag`, `asn1.value`.
fn object_identifier(tlv: &Tlv<'_>) -> Result<ObjectIdentifier, Error> {
    let contents = tlv.expect(tag::OBJECT_IDENTIFIER)?.contents;
    ObjectIdentifier::from_bytes(contents.octets()).map_err(|_| {
        Error::new(Condition::Asn1Value).detail("an object identifier cannot be read").at(tlv.whole.span())
    })
}

/// The AlgorithmIdentifier that `tlv` holds.
///
/// # Errors
/// `asn1.tag`, `asn1.value`.
fn algorithm_identifier(tlv: &Tlv<'_>) -> Result<AlgorithmIdentifierOwned, Error> {
    implicit_algorithm_identifier(&tlv.expect(tag::SEQUENCE)?)
}

/// As [`algorithm_identifier`], whatever tag the SEQUENCE has here.
fn implicit_algorithm_identifier(tlv: &Tlv<'_>) -> Result<AlgorithmIdentifierOwned, Error> {
    let sequence = encode::retag(tag::SEQUENCE, &ber::to_der(tlv)?);
    der::Decode::from_der(&sequence).map_err(|_| {
        Error::new(Condition::Asn1Value).detail("an algorithm identifier cannot be read").at(tlv.whole.span())
    })
}

/// A small version number.
///
/// # Errors
/// `asn1.tag`, `asn1.value` if it is not between 0 and 127.
fn version(tlv: &Tlv<'_>) -> Result<u8, Error> {
    match tlv.expect(tag::INTEGER)?.contents.octets() {
        [version] if *version < 0x80 => Ok(*version),
        _ => Err(Error::new(Condition::Asn1Value).detail("this version does not exist").at(tlv.whole.span())),
    }
}

/// The octets of an OCTET STRING, whole or in pieces.
///
/// # Errors
/// `cms.structure` if it is something else, `asn1.*`.
fn octet_string<'a>(tlv: &Tlv<'a>, what: &str) -> Result<Cow<'a, [u8]>, Error> {
    if !matches!(tlv.tag, tag::OCTET_STRING | tag::OCTET_STRING_CONSTRUCTED) {
        return Err(Error::new(Condition::CmsStructure)
            .detail(format!("{what} is not an OCTET STRING"))
            .at(tlv.whole.take(16).span()));
    }
    ber::octet_string(tlv)
}

/// The DER octets of a name, a serial number or another small element.
fn der_octets<'a>(tlv: &Tlv<'a>) -> Result<Cow<'a, [u8]>, Error> {
    ber::to_der(tlv)
}
