//! The writer: one private key, its certificate and the chain of that, under one password.
//!
//! The certificates are encrypted too: they name people. Key and certificate are marked as a pair by the same
//! localKeyId (RFC 2985 section 5.5.2), the SHA-1 of the certificate, as OpenSSL does: a name, no protection. The
//! friendlyName of both (section 5.5.1) is what programs show of them.

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use sha1::{Digest as _, Sha1};

use super::oid;
use super::protection::{Password, encrypt, mac};
use crate::asn1::{encode, tag};
use crate::cms::oid as cms_oid;
use crate::error::{Condition, Error};
use crate::pki::{Certificate, PrivateKey};

/// The rounds of each derivation. There are three: certificates, key and MAC. 600,000 is what OWASP asks of PBKDF2 with HMAC-SHA-256, and NSS takes no more. The MAC has as many: who
/// guesses passwords tries the cheapest of the three.
const ROUNDS: u32 = 600_000;

/// What a new file holds.
#[derive(Clone, Copy)]
pub struct NewContents<'a> {
    /// The private key: PKCS #8 in DER.
    pub private_key: &'a [u8],
    /// Its certificate.
    pub certificate: &'a Certificate,
    /// Others, its issuers for instance.
    pub others: &'a [Certificate],
    /// What programs show of key and certificate.
    pub name: Option<&'a str>,
}

/// A file in DER.
///
/// # Errors
/// `key.*` if the key cannot be read, `pkcs12.key-mismatch` if it is not that of the certificate.
pub fn write(contents: NewContents<'_>, password: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
    with_rounds(ROUNDS, contents, password, rng)
}

pub(super) fn with_rounds(
    rounds: u32,
    contents: NewContents<'_>,
    password: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let NewContents { private_key, certificate, others, name } = contents;
    if PrivateKey::from_pem_block("PRIVATE KEY", private_key, None)?.public_key() != certificate.public_key() {
        return Err(Error::new(Condition::Pkcs12KeyMismatch).detail(certificate.subject_text()));
    }
    let password = Password::new(password);
    let mark = attributes(certificate, name);

    let own = certificate_bag(certificate, Some(&mark));
    let others = others.iter().map(|other| certificate_bag(other, None));
    let bags: Vec<Vec<u8>> = std::iter::once(own).chain(others).collect();
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let (algorithm, encrypted) = encrypt(&encode::element(tag::SEQUENCE, &bags), &password, rounds, rng)?;
    let certificates = encrypted_data(&algorithm, &encrypted);

    let (algorithm, encrypted) = encrypt(private_key, &password, rounds, rng)?;
    let shrouded = encode::element(tag::SEQUENCE, &[&algorithm, &encode::element(tag::OCTET_STRING, &[&encrypted])]);
    let bag = safe_bag(oid::SHROUDED_KEY_BAG, &shrouded, Some(&mark));
    let keys = data(&encode::element(tag::SEQUENCE, &[&bag]));

    let safe = encode::element(tag::SEQUENCE, &[&certificates, &keys]);
    let mac = mac(&safe, &password, rounds, rng);
    Ok(encode::element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 3], &data(&safe), &mac]))
}

fn certificate_bag(certificate: &Certificate, mark: Option<&[u8]>) -> Vec<u8> {
    let octets = encode::element(tag::OCTET_STRING, &[certificate.der()]);
    let value = encode::element(tag::context_constructed(0), &[&octets]);
    let bag = encode::element(tag::SEQUENCE, &[&identifier(oid::X509_CERTIFICATE), &value]);
    safe_bag(oid::CERTIFICATE_BAG, &bag, mark)
}

fn safe_bag(kind: ObjectIdentifier, value: &[u8], attributes: Option<&[u8]>) -> Vec<u8> {
    let value = encode::element(tag::context_constructed(0), &[value]);
    encode::element(tag::SEQUENCE, &[&identifier(kind), &value, attributes.unwrap_or_default()])
}

/// The attributes of a bag: a localKeyId, and the name as a BMPString.
fn attributes(certificate: &Certificate, name: Option<&str>) -> Vec<u8> {
    let attribute = |kind, value: &[u8]| {
        let values = encode::element(tag::SET, &[value]);
        encode::element(tag::SEQUENCE, &[&identifier(kind), &values])
    };
    let key = encode::element(tag::OCTET_STRING, &[&Sha1::digest(certificate.der())]);
    let name = name.map(|name| {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attribute(oid::FRIENDLY_NAME, &encode::element(tag::BMP_STRING, &[&units]))
    });
    encode::set_of(tag::SET, [attribute(oid::LOCAL_KEY_ID, &key)].into_iter().chain(name).collect())
}

/// A ContentInfo of the type data.
fn data(octets: &[u8]) -> Vec<u8> {
    content_info(cms_oid::DATA, &encode::element(tag::OCTET_STRING, &[octets]))
}

/// A ContentInfo of the type encryptedData (RFC 5652 section 8), version 0.
fn encrypted_data(algorithm: &[u8], encrypted: &[u8]) -> Vec<u8> {
    let content = encode::element(tag::context(0), &[encrypted]);
    let info = encode::element(tag::SEQUENCE, &[&identifier(cms_oid::DATA), algorithm, &content]);
    content_info(cms_oid::ENCRYPTED_DATA, &encode::element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 0], &info]))
}

fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    let explicit = encode::element(tag::context_constructed(0), &[content]);
    encode::element(tag::SEQUENCE, &[&identifier(kind), &explicit])
}

fn identifier(oid: ObjectIdentifier) -> Vec<u8> {
    encode::element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}
