//! Key agreement: the key wrapped with a key that sender and recipient agree on (RFC 5753 section 3.1, RFC 8418).
//!
//! The sender makes a key pair for one message, of the kind of the recipient's key: P-256, P-384 or X25519. The
//! shared secret goes through a key derivation together with ECC-CMS-SharedInfo; what comes out wraps the
//! content-encryption key. Written are the X9.63 derivation with SHA-256 for ECDH and HKDF with SHA-256 for X25519,
//! with user keying material; any derivation of RFC 5753 and RFC 8418 is read. What is refused: points that are not
//! on the curve, shared secrets that are zero, and parameters that do not name how the key is wrapped.

use std::borrow::Cow;
use std::sync::Arc;

use const_oid::db::rfc8410;
use der::Encode;
use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use crate::alg::agreement::{self, AgreementKey};
use crate::alg::kdf::{self, KeyDerivation};
use crate::alg::key_wrap::{self, KeyWrap};
use crate::alg::{self, x25519};
use crate::asn1::tlv::{Reader, Tlv};
use crate::asn1::{encode, tag};
use crate::cms::content::elements_up_to;
use crate::cms::enveloped::MAX_RECIPIENTS;
use crate::cms::recipient::{
    ContentKey, KeyRequest, Recipient, RecipientIdentifier, RecipientInfoBuf, identifier_octets, recipient_text,
    unopenable,
};
use crate::cms::signed::SignerIdentifier;
use crate::cms::{algorithm_identifier, octet_string};
use crate::error::{Condition, Error};
use crate::pki::Certificate;

/// One recipient of a `KeyAgreeRecipientInfo ::= SEQUENCE { version, originator [0] EXPLICIT, ukm [1] EXPLICIT
/// OPTIONAL, keyEncryptionAlgorithm, recipientEncryptedKeys SEQUENCE OF { rid, encryptedKey } }`
#[derive(Clone, Debug)]
pub struct KeyAgreement<'a> {
    /// What it has in common with the other recipients. It is there once: the sender chooses how large it is and how many
    /// refer to it.
    pub common: Arc<Common<'a>>,
    /// Whose certificate.
    pub identifier: RecipientIdentifier<'a>,
    /// The encrypted key.
    pub encrypted_key: Cow<'a, [u8]>,
}

/// What a KeyAgreeRecipientInfo says about all of its recipients.
#[derive(Clone, Debug)]
pub struct Common<'a> {
    /// Whose public key the sender agreed with.
    pub originator: Originator<'a>,
    /// What the sender added to the derivation.
    pub user_keying_material: Option<Cow<'a, [u8]>>,
    /// How the key is agreed on and encrypted.
    pub algorithm: AlgorithmIdentifierOwned,
}

impl<'a> KeyAgreement<'a> {
    /// Reads what follows the version: the key for each recipient.
    pub(super) fn parse_all(fields: &mut Reader<'a>) -> Result<Vec<Self>, Error> {
        let originator = Originator::parse(&fields.expect(tag::context_constructed(0))?)?;
        let user_keying_material = match fields.optional(tag::context_constructed(1))? {
            Some(explicit) => Some(single_octet_string(&explicit)?),
            None => None,
        };
        let algorithm = algorithm_identifier(&fields.next_element()?)?;
        let common = Arc::new(Common { originator, user_keying_material, algorithm });
        let keys = fields.expect(tag::SEQUENCE)?;
        let one = |key: Tlv<'a>| {
            let (identifier, encrypted_key) = recipient_encrypted_key(&key)?;
            Ok(KeyAgreement { common: Arc::clone(&common), identifier, encrypted_key })
        };
        elements_up_to(&keys, MAX_RECIPIENTS, "recipients")?.into_iter().map(one).collect()
    }
}

/// `OriginatorIdentifierOrKey`
#[derive(Clone, Debug)]
pub enum Originator<'a> {
    /// The public key itself: its algorithm and the octets of its BIT STRING.
    Key(AlgorithmIdentifierOwned, &'a [u8]),
    /// The certificate that holds it.
    Certificate(SignerIdentifier<'a>),
}

impl<'a> Originator<'a> {
    /// `CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0], originatorKey [1] { algorithm, publicKey } }`
    fn parse(explicit: &Tlv<'a>) -> Result<Self, Error> {
        let mut inside = explicit.elements()?;
        let choice = inside.next_element()?;
        inside.finish()?;
        if choice.tag == tag::context(0) {
            let identifier = SignerIdentifier::SubjectKeyIdentifier(choice.contents.octets());
            return Ok(Originator::Certificate(identifier));
        }
        if choice.tag != tag::context_constructed(1) {
            return SignerIdentifier::issuer_and_serial_number(&choice).map(Originator::Certificate);
        }
        let mut key = choice.elements()?;
        let algorithm = algorithm_identifier(&key.next_element()?)?;
        let bits = key.expect(tag::BIT_STRING)?.contents;
        key.finish()?;
        match bits.octets() {
            [0, octets @ ..] => Ok(Originator::Key(algorithm, octets)),
            _ => Err(Error::new(Condition::CmsStructure)
                .detail("the public key of the originator does not end with an octet")
                .at(bits.span())),
        }
    }
}

/// `RecipientEncryptedKey ::= SEQUENCE { rid CHOICE { issuerAndSerialNumber, rKeyId [0] IMPLICIT {
/// subjectKeyIdentifier, date, other } }, encryptedKey }`
fn recipient_encrypted_key<'a>(tlv: &Tlv<'a>) -> Result<(RecipientIdentifier<'a>, Cow<'a, [u8]>), Error> {
    let mut fields = tlv.expect(tag::SEQUENCE)?.elements()?;
    let identifier = match fields.optional(tag::context_constructed(0))? {
        Some(key) => RecipientIdentifier::implicit_recipient_key_identifier(&key)?,
        None => RecipientIdentifier::issuer_and_serial_number(&fields.next_element()?)?,
    };
    let encrypted_key = octet_string(&fields.next_element()?, "the encrypted key")?;
    fields.finish()?;
    Ok((identifier, encrypted_key))
}

fn single_octet_string<'a>(explicit: &Tlv<'a>) -> Result<Cow<'a, [u8]>, Error> {
    let mut inside = explicit.elements()?;
    let string = inside.next_element()?;
    inside.finish()?;
    octet_string(&string, "the user keying material")
}

/// The owner of a certificate with a key that agrees on keys.
#[derive(Clone, Debug)]
pub struct KeyAgreementRecipient<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Whether the certificate is named by its subject key identifier.
    pub key_identifier: bool,
}

impl Recipient for KeyAgreementRecipient<'_> {
    /// The wrapping key is as long as the key that it wraps (RFC 8551 section 2.3).
    fn wrap(&self, key: &ContentKey, rng: &mut dyn CryptoRng) -> Result<RecipientInfoBuf, Error> {
        let failed = || Error::new(Condition::EncryptFailed).detail(self.certificate.subject_text());
        let public_key = alg::public_key(self.certificate.public_key())?;
        let agreement = agreement::key_agreement(&public_key).ok_or_else(failed)?;
        let wrap = key_wrap::by_key_length(key.octets().len()).ok_or_else(failed)?;
        let derivation = derivation_for(agreement.is_montgomery());
        let mut material = [0; USER_KEYING_MATERIAL];
        rng.fill_bytes(&mut material);

        let ephemeral = agreement.ephemeral(&public_key, rng)?;
        let wrap_identifier = wrap.identifier();
        let shared_info = shared_info(&wrap_identifier, Some(&material), wrap.key_length());
        let kek = derivation.derive(&ephemeral.secret, Some(&material), &shared_info, wrap.key_length())?;
        let encrypted = encode::element(tag::OCTET_STRING, &[&wrap.wrap(&kek, key.octets())?]);

        let oid = encode::element(tag::OBJECT_IDENTIFIER, &[derivation.oid().as_bytes()]);
        let algorithm = sequence(&[&oid, &wrap_identifier]);
        // [0] EXPLICIT around the CHOICE, [1] IMPLICIT in it.
        let originator = encode::retag(tag::context_constructed(1), &ephemeral.originator);
        let originator = encode::element(tag::context_constructed(0), &[&originator]);
        let material = encode::element(tag::OCTET_STRING, &[&material]);
        let material = encode::element(tag::context_constructed(1), &[&material]);
        let identifier = self.identifier()?;
        let keys = sequence(&[&sequence(&[&identifier, &encrypted])]);
        let parts: [&[u8]; 5] = [&[tag::INTEGER, 1, 3], &originator, &material, &algorithm, &keys];
        Ok(RecipientInfoBuf { octets: encode::element(tag::context_constructed(1), &parts), lowest_version: 2 })
    }

    fn text(&self) -> String {
        let public_key = alg::public_key(self.certificate.public_key());
        let agreement = public_key.ok().and_then(|key| agreement::key_agreement(&key));
        let name = agreement.map_or("key agreement", |agreement| agreement.name());
        let derivation = derivation_for(agreement.is_some_and(|agreement| agreement.is_montgomery()));
        recipient_text(self.certificate, &format!("{name} with {}", derivation.name()))
    }
}

impl KeyAgreementRecipient<'_> {
    /// `KeyAgreeRecipientIdentifier`: a key identifier stands in a SEQUENCE here, not alone.
    fn identifier(&self) -> Result<Vec<u8>, Error> {
        let identifier = identifier_octets(self.certificate, self.key_identifier, tag::OCTET_STRING)?;
        Ok(match self.key_identifier {
            true => encode::element(tag::context_constructed(0), &[&identifier]),
            false => identifier,
        })
    }
}

/// The key that a RecipientInfo holds for the owner of `key`.
pub(super) fn unwrap(
    info: &KeyAgreement<'_>,
    key: &dyn AgreementKey,
    request: &KeyRequest<'_, '_>,
) -> Result<ContentKey, Error> {
    let algorithm = info.common.algorithm.owned_to_ref();
    let (derivation, wrap, wrap_identifier) = scheme(&algorithm)?;
    request.check_legacy(wrap.is_legacy())?;
    let secret = match &info.common.originator {
        Originator::Key(algorithm, octets) => key.agree(&algorithm.owned_to_ref(), octets)?,
        // Static-static: the key of the originator's certificate takes the place of one made for the message.
        Originator::Certificate(identifier) => {
            let certificates = request.envelope.originator_certificates().iter();
            let mut certificates = certificates.filter_map(|octets| Certificate::from_der(octets.octets()).ok());
            let certificate = certificates
                .find(|certificate| identifier.names(certificate))
                .ok_or_else(|| unopenable("the originator's certificate is not in the message"))?;
            let public_key = alg::public_key(certificate.public_key())
                .map_err(|_| unopenable("the originator's public key is malformed"))?;
            key.agree(&public_key.algorithm, public_key.subject_public_key.raw_bytes())?
        }
    };
    let material = info.common.user_keying_material.as_deref();
    let shared_info = shared_info(&wrap_identifier, material, wrap.key_length());
    let kek = derivation.derive(&secret, material, &shared_info, wrap.key_length())?;
    ContentKey::exact(wrap.unwrap(&kek, &info.encrypted_key)?, request.length)
}

/// How the key was derived.
///
/// # Errors
/// As [`scheme`].
pub fn derivation(info: &KeyAgreement<'_>) -> Result<&'static dyn KeyDerivation, Error> {
    scheme(&info.common.algorithm.owned_to_ref()).map(|(derivation, ..)| derivation)
}

/// Whether the key was derived as no RFC says for a key of the originator's kind: with HKDF from EC keys. X9.63 is for
/// both (RFC 5753 section 7.1.4, RFC 8418 section 2.1).
pub fn is_unusual_derivation(info: &KeyAgreement<'_>) -> bool {
    let is_hkdf = derivation(info).is_ok_and(|derivation| derivation.is_hkdf());
    match &info.common.originator {
        Originator::Key(algorithm, _) => is_hkdf && algorithm.oid != rfc8410::ID_X_25519,
        Originator::Certificate(_) => false,
    }
}

/// Whether the originator's X25519 key is an OCTET STRING inside its BIT STRING, as RFC 8418 section 3.2 can be read
/// (TRAP-26).
pub fn is_wrapped_key(info: &KeyAgreement<'_>) -> bool {
    match &info.common.originator {
        Originator::Key(algorithm, octets) => algorithm.oid == rfc8410::ID_X_25519 && x25519::is_wrapped(octets),
        Originator::Certificate(_) => false,
    }
}

type Scheme = (&'static dyn KeyDerivation, &'static dyn KeyWrap, Vec<u8>);

/// The derivation, the wrap, and the AlgorithmIdentifier of the wrap as it was received: that is what both sides
/// hash (RFC 5753 section 7.2).
fn scheme(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Scheme, Error> {
    let unsupported = |oid| Error::new(Condition::RecipientUnsupported).detail(alg::oid_name(&oid));
    let derivation = kdf::by_oid(algorithm.oid).ok_or_else(|| unsupported(algorithm.oid))?;
    let malformed = || unopenable("the key agreement does not say how the key is wrapped");
    let parameters = algorithm.parameters.ok_or_else(malformed)?;
    let identifier: AlgorithmIdentifierRef<'_> = parameters.decode_as().map_err(|_| malformed())?;
    let wrap = key_wrap::by_oid(identifier.oid).ok_or_else(|| unsupported(identifier.oid))?;
    Ok((derivation, wrap, parameters.to_der().map_err(|_| malformed())?))
}

fn derivation_for(is_montgomery: bool) -> &'static dyn KeyDerivation {
    if is_montgomery { kdf::HKDF_SHA256 } else { kdf::ECDH_SHA256 }
}

/// ```text
/// ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo AlgorithmIdentifier, entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
///     suppPubInfo [2] EXPLICIT OCTET STRING }
/// ```
/// entityUInfo is the user keying material, suppPubInfo the bits of the wrapping key in 32 bits.
fn shared_info(wrap: &[u8], material: Option<&[u8]>, key_length: usize) -> Vec<u8> {
    let explicit = |number, octets: &[u8]| {
        let string = encode::element(tag::OCTET_STRING, &[octets]);
        encode::element(tag::context_constructed(number), &[&string])
    };
    let bits = u32::try_from(key_length.saturating_mul(8)).unwrap_or(u32::MAX);
    let material = material.map(|material| explicit(0, material)).unwrap_or_default();
    sequence(&[wrap, &material, &explicit(2, &bits.to_be_bytes())])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode::element(tag::SEQUENCE, parts)
}

/// Octets of user keying material: RFC 5753 section 3.1.1 asks for it, and 64 bits are enough.
const USER_KEYING_MATERIAL: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    // ENC-09: the octets that the ledger gives, which open a message of openssl.
    #[test]
    fn enc_09_shared_info() {
        let wrap = hex::decode("300b0609608648016503040105").unwrap();
        let expected = "3015300b0609608648016503040105a206040400000080";
        assert_eq!(hex::encode(shared_info(&wrap, None, 16)), expected);
        let expected = "301b300b0609608648016503040105a0040402abcda206040400000080";
        assert_eq!(hex::encode(shared_info(&wrap, Some(&[0xAB, 0xCD]), 16)), expected);
    }
}
