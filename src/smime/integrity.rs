//! Is a signature right over these octets? (RFC 5652 sections 5.4 and 5.6, RFC 8419, RFC 6211, RFC 5035.)
//!
//! The order of the checks decides which reason a user reads: first what the signed attributes say about
//! the content, then whose certificate, then the signature, then whether the algorithms are good enough.

use std::cell::RefCell;

use const_oid::ObjectIdentifier;
use der::referenced::OwnedToRef;

use crate::alg::policy::{self, Strength};
use crate::alg::{self, Digest, Scheme};
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::cms::attributes::Attributes;
use crate::cms::{SignedData, SignerInfo, oid};
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::report::Finding;
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

/// Whether `octets` are a SET whose first element begins with an object identifier, as attributes do. No MIME
/// entity is; what is inside is not asked, so that nothing unusual there can hide it.
pub(super) fn looks_like_attributes(octets: &[u8]) -> bool {
    let first = || {
        let set = Tlv::parse(Slice::new(octets))?.expect(tag::SET)?;
        set.elements()?.expect(tag::SEQUENCE)?.elements()?.expect(tag::OBJECT_IDENTIFIER)
    };
    octets.first() == Some(&tag::SET) && first().is_ok()
}

/// A certificate that the signature is right with.
pub(super) struct Right {
    /// Its place among the candidates.
    pub(super) index: usize,
    pub(super) findings: Vec<Finding>,
}

/// How many signatures may be verified for one message: a message must not make us try without end.
pub(super) struct Checks(usize);

impl Default for Checks {
    fn default() -> Self {
        Checks(MAX_CHECKS)
    }
}

const MAX_CHECKS: usize = 64;

impl Checks {
    fn spend(&mut self) -> Result<(), Error> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| {
            Error::new(Condition::LimitCount)
                .detail(format!("more than {MAX_CHECKS} signatures would have to be tried"))
        })?;
        Ok(())
    }
}

/// Checks one signer over `content` with each of `candidates`; at least one is right.
pub(super) fn check(
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: &Content<'_>,
    candidates: &[&Certificate],
    strength: Strength,
    checks: &mut Checks,
) -> Result<Vec<Right>, Error> {
    let place = |error: Error| error.at(signer.whole.span());
    let digest = alg::digest::from_identifier(&signer.digest_algorithm.owned_to_ref()).map_err(place)?;
    let message = match &signer.signed_attributes {
        Some(attributes) => {
            check_attributes(data, signer, attributes, content, digest)?;
            Message::Attributes { der: attributes.der()?, received: attributes.as_received() }
        }
        None => {
            check_without_attributes(data, content, strength).map_err(place)?;
            Message::Content(content.octets)
        }
    };
    check_signature(signer, digest, &message, candidates, strength, checks)
}

/// Checks the signature over the signed attributes alone, whatever they say about the content and however weak the
/// algorithms are.
pub(super) fn check_signed_attributes(
    signer: &SignerInfo<'_>,
    attributes: &Attributes<'_>,
    digest: &'static dyn Digest,
    candidates: &[&Certificate],
    checks: &mut Checks,
) -> Result<Vec<Right>, Error> {
    let message = Message::Attributes { der: attributes.der()?, received: attributes.as_received() };
    check_signature(signer, digest, &message, candidates, Strength::Legacy, checks)
}

fn check_signature(
    signer: &SignerInfo<'_>,
    digest: &'static dyn Digest,
    message: &Message<'_>,
    candidates: &[&Certificate],
    strength: Strength,
    checks: &mut Checks,
) -> Result<Vec<Right>, Error> {
    let place = |error: Error| error.at(signer.whole.span());
    if candidates.is_empty() {
        return Err(place(Error::new(Condition::SignerCertificateMissing).detail(signer.identifier.to_string())));
    }
    let scheme = scheme(signer, digest).map_err(place)?;
    let mut right = Vec::new();
    let mut failure = None;
    // Certificates that share a key share the answer.
    let mut known: Vec<(&[u8], Answer)> = Vec::new();
    for (index, certificate) in candidates.iter().enumerate() {
        let key = certificate.public_key();
        let answer = match known.iter().find(|(other, _)| *other == key) {
            Some((_, answer)) => answer.clone(),
            None => {
                let answer = check_key(key, signer, &scheme, message, strength, checks);
                known.push((key, answer.clone()));
                answer
            }
        };
        let named =
            signer.signed_attributes.as_ref().map_or(Ok(()), |given| check_signing_certificate(given, certificate));
        match answer.and_then(|findings| named.map(|()| findings)) {
            Ok(findings) => right.push(Right { index, findings }),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        Some(error) if right.is_empty() => Err(place(error)),
        _ => Ok(right),
    }
}

/// The signature scheme of a signer.
pub(super) fn scheme(signer: &SignerInfo<'_>, digest: &'static dyn Digest) -> Result<Scheme, Error> {
    Scheme::from_identifier(&signer.signature_algorithm.owned_to_ref(), Some(digest))
}

/// What one key says.
type Answer = Result<Vec<Finding>, Error>;

/// What the signature is computed over.
enum Message<'a> {
    Attributes { der: Vec<u8>, received: Vec<u8> },
    Content(&'a [u8]),
}

fn check_key(
    key: &[u8],
    signer: &SignerInfo<'_>,
    scheme: &Scheme,
    message: &Message<'_>,
    strength: Strength,
    checks: &mut Checks,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    checks.spend()?;
    match message {
        Message::Content(octets) => {
            alg::verify(key, scheme, octets, &signer.signature)?;
            let text = "the signature has no signed attributes";
            findings.push(Finding::warning("NO-SIGNED-ATTRIBUTES", spec::CMS_SIGNER_INFO, text));
        }
        Message::Attributes { der, received } => {
            if let Err(error) = alg::verify(key, scheme, der, &signer.signature) {
                // Signers that do not sort are read, and said to be wrong (VFY-05).
                if der == received || error.condition() != Condition::SignatureInvalid {
                    return Err(error);
                }
                checks.spend()?;
                alg::verify(key, scheme, received, &signer.signature)?;
            }
            if der != received {
                let text = "the signed attributes are not encoded in DER";
                findings.push(Finding::warning("SIGNEDATTRS-NOT-DER", spec::CMS_DIGEST, text));
            }
        }
    }
    let weak = |one: policy::Weakness| Finding::warning(one.finding(), spec::SMIME_LEGACY, one.to_string());
    findings.extend(strength.check(key, scheme)?.into_iter().map(weak));
    Ok(findings)
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
