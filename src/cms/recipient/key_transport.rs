//! Key transport: the key encrypted with an RSA public key (RFC 5652 section 6.2.1, RFC 3370 section 4.2.1, RFC
//! 3560).
//!
//! Written is RSAES-OAEP with SHA-256, or PKCS #1 v1.5 if a peer needs it. Which key comes out of PKCS #1 v1.5 says
//! nothing: one that was badly padded is a random one, and only the tag of the content tells (threats B1).

use std::borrow::Cow;

use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierOwned;

use crate::alg;
use crate::alg::rsa_transport::{self, TransportKey, TransportScheme};
use crate::asn1::tlv::Reader;
use crate::asn1::{encode, tag};
use crate::cms::recipient::{
    ContentKey, Recipient, RecipientIdentifier, RecipientInfoBuf, identifier_octets, recipient_text,
};
use crate::cms::{algorithm_identifier, octet_string};
use crate::error::Error;
use crate::pki::Certificate;

/// `KeyTransRecipientInfo ::= SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }`
#[derive(Clone, Debug)]
pub struct KeyTransport<'a> {
    /// The version: 0 with issuer and serial number, 2 with a key identifier.
    pub version: u8,
    /// Whose certificate.
    pub identifier: RecipientIdentifier<'a>,
    /// How the key is encrypted.
    pub algorithm: AlgorithmIdentifierOwned,
    /// The encrypted key.
    pub encrypted_key: Cow<'a, [u8]>,
}

impl<'a> KeyTransport<'a> {
    /// Reads what follows the version.
    pub(super) fn parse(version: u8, fields: &mut Reader<'a>) -> Result<Self, Error> {
        let identifier = match fields.optional(tag::context(0))? {
            Some(key) => RecipientIdentifier::SubjectKeyIdentifier(key.contents.octets()),
            None => RecipientIdentifier::issuer_and_serial_number(&fields.next_element()?)?,
        };
        let algorithm = algorithm_identifier(&fields.next_element()?)?;
        let encrypted_key = octet_string(&fields.next_element()?, "the encrypted key")?;
        Ok(KeyTransport { version, identifier, algorithm, encrypted_key })
    }
}

/// The owner of a certificate with an RSA key.
#[derive(Clone, Debug)]
pub struct KeyTransportRecipient<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// How the key is encrypted.
    pub scheme: TransportScheme,
    /// Whether the certificate is named by its subject key identifier.
    pub key_identifier: bool,
}

impl Recipient for KeyTransportRecipient<'_> {
    /// Version 0 with issuer and serial number, 2 with a key identifier.
    fn wrap(&self, key: &ContentKey, rng: &mut dyn CryptoRng) -> Result<RecipientInfoBuf, Error> {
        let public_key = alg::public_key(self.certificate.public_key())?;
        let encrypted = rsa_transport::encrypt_key(&public_key, &self.scheme, key.octets(), rng)?;
        let identifier = identifier_octets(self.certificate, self.key_identifier, tag::context(0))?;
        let version = if self.key_identifier { 2 } else { 0 };
        let encrypted = encode::element(tag::OCTET_STRING, &[&encrypted]);
        let parts: [&[u8]; 4] = [&[tag::INTEGER, 1, version], &identifier, &self.scheme.identifier(), &encrypted];
        Ok(RecipientInfoBuf { octets: encode::element(tag::SEQUENCE, &parts), lowest_version: version })
    }

    fn text(&self) -> String {
        recipient_text(self.certificate, &self.scheme.name())
    }
}

/// The key that a RecipientInfo holds for the owner of `key`.
pub(super) fn unwrap(
    info: &KeyTransport<'_>,
    key: &dyn TransportKey,
    length: usize,
    rng: &mut dyn CryptoRng,
) -> Result<ContentKey, Error> {
    let scheme = TransportScheme::from_identifier(&info.algorithm.owned_to_ref())?;
    ContentKey::exact(key.decrypt(&scheme, &info.encrypted_key, length, rng)?, length)
}
