//! Is a signature right over these octets? (RFC 5652 sections 5.4 and 5.6, RFC 8419, RFC 6211, RFC 5035.)
//!
//! The order of the checks decides which reason a user reads: first what the signed attributes say about
//! the content, then whose certificate, then the signature, then whether the algorithms are good enough.

use std::cell::RefCell;

use const_oid::ObjectIdentifier;
use der::referenced::OwnedToRef;

use crate::alg::policy::Strength;
use crate::alg::{self, Digest, Scheme};
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::cms::attributes::Attributes;
use crate::cms::{SignedData, SignerIdentifier, SignerInfo, oid};
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{Certificate, name};
use crate::report::{Finding, text};
use crate::spec;

/// A signed content, with the digests computed so far: several signers often share one.
pub(super) struct Content<'a> {
    octets: &'a [u8],
    digests: RefCell<Vec<(&'static str, Vec<u8>)>>,
}

impl<'a> Content<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Content { octets, digests: RefCell::default() }
    }

    fn digest(&self, digest: &'static dyn Digest) -> Vec<u8> {
        let mut known = self.digests.borrow_mut();
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == digest.name()) {
            return value.clone();
        }
        let value = digest.digest(&[self.octets]);
        known.push((digest.name(), value.clone()));
        value
    }

    /// Whether the content is itself a SET OF attributes, which a signature over attributes could be
    /// turned into a signature over (threats C4).
    fn is_attributes(&self) -> bool {
        looks_like_attributes(self.octets)
    }
}

/// Whether `octets` are a SET OF Attribute that holds content-type or message-digest.
pub(super) fn looks_like_attributes(octets: &[u8]) -> bool {
    if octets.first() != Some(&tag::SET) {
        return false;
    }
    let attributes = Tlv::parse(Slice::new(octets)).and_then(Attributes::parse);
    attributes.is_ok_and(|attributes| {
        attributes.iter().any(|attribute| matches!(attribute.kind, oid::CONTENT_TYPE | oid::MESSAGE_DIGEST))
    })
}

/// A signature that is right.
pub(super) struct Integrity {
    /// Which of the candidates it verifies with.
    pub(super) certificates: Vec<usize>,
    pub(super) findings: Vec<Finding>,
}

/// Checks one signer over `content` with each of `candidates`.
pub(super) fn check(
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: &Content<'_>,
    candidates: &[&Certificate],
    strength: Strength,
) -> Result<Integrity, Error> {
    let place = |error: Error| error.at(signer.whole.span());
    let mut findings = Vec::new();
    let digest = alg::digest::from_identifier(&signer.digest_algorithm.owned_to_ref()).map_err(place)?;
    let message = match &signer.signed_attributes {
        Some(attributes) => {
            check_attributes(data, signer, attributes, content, digest)?;
            Message::Attributes { der: attributes.der()?, received: attributes.as_received() }
        }
        None => {
            check_without_attributes(data, content, strength).map_err(place)?;
            findings.push(Finding::warning(
                "NO-SIGNED-ATTRIBUTES",
                spec::CMS_SIGNER_INFO,
                "the signature has no signed attributes",
            ));
            Message::Content(content.octets)
        }
    };
    if candidates.is_empty() {
        return Err(place(Error::new(Condition::SignerCertificateMissing).detail(identifier_text(&signer.identifier))));
    }
    let scheme = scheme(signer, digest).map_err(place)?;
    let mut certificates = Vec::new();
    let mut failure = None;
    for (index, certificate) in candidates.iter().enumerate() {
        match check_with(certificate, signer, &scheme, &message, strength, &mut findings) {
            Ok(()) => certificates.push(index),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        Some(error) if certificates.is_empty() => Err(place(error)),
        _ => Ok(Integrity { certificates, findings }),
    }
}

/// The signature scheme of a signer.
pub(super) fn scheme(signer: &SignerInfo<'_>, digest: &'static dyn Digest) -> Result<Scheme, Error> {
    Scheme::from_identifier(&signer.signature_algorithm.owned_to_ref(), Some(digest))
}

/// What the signature is computed over.
enum Message<'a> {
    Attributes { der: Vec<u8>, received: Vec<u8> },
    Content(&'a [u8]),
}

fn check_with(
    certificate: &Certificate,
    signer: &SignerInfo<'_>,
    scheme: &Scheme,
    message: &Message<'_>,
    strength: Strength,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let key = certificate.public_key();
    match message {
        Message::Content(octets) => {
            alg::verify(key, scheme, octets, &signer.signature)?;
        }
        Message::Attributes { der, received } => {
            if let Err(error) = alg::verify(key, scheme, der, &signer.signature) {
                // Signers that do not sort are read, and said to be wrong (VFY-05).
                if der == received || error.condition() != Condition::SignatureInvalid {
                    return Err(error);
                }
                alg::verify(key, scheme, received, &signer.signature)?;
            }
            if der != received {
                findings.push(Finding::warning(
                    "SIGNEDATTRS-NOT-DER",
                    spec::CMS_DIGEST,
                    "the signed attributes are not encoded in DER",
                ));
            }
        }
    }
    if let Some(attributes) = &signer.signed_attributes {
        check_signing_certificate(attributes, certificate)?;
    }
    let weaknesses = strength.check(key, scheme)?;
    findings.extend(
        weaknesses.into_iter().map(|weakness| Finding::warning("WEAK-ALG", spec::SMIME_LEGACY, weakness.to_string())),
    );
    Ok(())
}

fn check_attributes(
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    attributes: &Attributes<'_>,
    content: &Content<'_>,
    digest: &'static dyn Digest,
) -> Result<(), Error> {
    let place = |error: Error| error.at(signer.whole.span());
    let content_type = attributes.content_type().map_err(place)?;
    if content_type != data.content_type {
        return Err(place(
            Error::new(Condition::ContentTypeMismatch)
                .detail(format!("{content_type}, the content is {}", data.content_type)),
        ));
    }
    let claimed = attributes.message_digest().map_err(place)?;
    if claimed.len() != digest.length() {
        return Err(place(Error::new(Condition::SignedAttributes).detail(format!(
            "message-digest has {} octets, {} has {}",
            claimed.len(),
            digest.name(),
            digest.length()
        ))));
    }
    if *claimed != *content.digest(digest) {
        return Err(Error::new(Condition::DigestMismatch));
    }
    attributes.signing_time().map_err(place)?;
    // VFY-23: repeated or many-valued, the signature counts as failed.
    attributes.single(oid::SMIME_CAPABILITIES, "smime-capabilities").map_err(place)?;
    attributes.single(oid::ENCRYPTION_KEY_PREFERENCE, "encryption-key-preference").map_err(place)?;
    match attributes.algorithm_protection().map_err(place)? {
        Some((digest, signature)) if digest != signer.digest_algorithm || signature != signer.signature_algorithm => {
            Err(place(Error::new(Condition::AlgorithmProtection)))
        }
        _ => Ok(()),
    }
}

fn check_without_attributes(data: &SignedData<'_>, content: &Content<'_>, strength: Strength) -> Result<(), Error> {
    if data.content_type != oid::DATA {
        return Err(Error::new(Condition::SignedAttributes)
            .detail("content of this type needs signed attributes")
            .hinting(""));
    }
    if content.is_attributes() {
        return Err(Error::new(Condition::AttributesAsContent));
    }
    match strength {
        Strength::Legacy => Ok(()),
        Strength::Current => Err(Error::new(Condition::NoSignedAttributes)),
    }
}

fn check_signing_certificate(attributes: &Attributes<'_>, certificate: &Certificate) -> Result<(), Error> {
    for (algorithm, expected) in attributes.signing_certificates()? {
        if digest_named(algorithm)?.digest(&[certificate.der()]) != expected {
            return Err(Error::new(Condition::SigningCertificate));
        }
    }
    Ok(())
}

fn digest_named(algorithm: ObjectIdentifier) -> Result<&'static dyn Digest, Error> {
    alg::digest::by_oid(algorithm)
        .ok_or_else(|| Error::new(Condition::AlgorithmUnsupported).detail(format!("digest {algorithm}")))
}

/// How a signer names its certificate, for people.
pub(super) fn identifier_text(identifier: &SignerIdentifier<'_>) -> String {
    match identifier {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
            format!("issuer {}, serial {}", name::text(issuer), text::hex(serial))
        }
        SignerIdentifier::SubjectKeyIdentifier(key) => format!("subject key identifier {}", text::hex(key)),
    }
}
