//! The identity of the owner of a private key: which RecipientInfos it opens, by key transport (RFC 5652 section
//! 6.2.1) or key agreement (section 6.2.2, RFC 5753, RFC 8418).
//!
//! A certificate is named by issuer and serial number or by its subject key identifier (RFC 5652 sections 6.2.1 and
//! 6.2.2), a key without a certificate by the identifier that RFC 5280 section 4.2.1.2 makes of it. Refused are keys that
//! only sign.
//!
//! Only a RecipientInfo that names one of its certificates is its own, and of those only the first is tried: trying
//! all of them was the way back in for Bleichenbacher's attack (CVE-2019-1563, CVE-2026-42768; threats B2). Without a
//! certificate a RecipientInfo must name the identifier of the key, or be the only one of the kind of the key.

use rand_core::CryptoRng;
use sha1::{Digest, Sha1};

use crate::alg::{self, policy};
use crate::cms::enveloped::EnvelopedData;
use crate::cms::recipient::{
    ContentKey, Identity, KeyAgreement, KeyRequest, Originator, RecipientIdentifier, RecipientInfo, key_agreement,
    key_transport,
};
use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::key::PrivateKey;

/// A private key with the certificates that hold its public key.
#[derive(Debug)]
pub struct PrivateKeyIdentity {
    key: PrivateKey,
    certificates: Vec<Certificate>,
    /// RFC 5280 section 4.2.1.2, method 1: SHA-1 of the public key.
    key_identifier: Vec<u8>,
}

impl PrivateKeyIdentity {
    /// Joins a key with those of `certificates` that belong to it, if any.
    ///
    /// # Errors
    /// `decrypt.key-kind` if nothing can be decrypted with such a key.
    pub fn new(key: PrivateKey, certificates: &[Certificate]) -> Result<Self, Error> {
        let public_key = key.public_key();
        if key.key().transport().is_none() && key.key().agreement().is_none() {
            return Err(Error::new(Condition::KeyCannotDecrypt).detail(key.key().name()));
        }
        let own = certificates.iter().filter(|certificate| certificate.public_key() == public_key);
        let octets = alg::public_key(public_key)?.subject_public_key.raw_bytes().to_vec();
        Ok(PrivateKeyIdentity {
            certificates: own.cloned().collect(),
            key_identifier: Sha1::digest(&octets).to_vec(),
            key,
        })
    }

    /// The certificates that hold the public key.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    fn is_named(&self, identifier: &RecipientIdentifier<'_>) -> bool {
        let is_own_key =
            matches!(identifier, RecipientIdentifier::SubjectKeyIdentifier(key) if *key == self.key_identifier);
        is_own_key || self.certificates.iter().any(|certificate| identifier.names(certificate))
    }

    /// Whose a RecipientInfo is, if it is for keys that transport or agree as this one does.
    fn identifier<'i, 'a>(&self, info: &'i RecipientInfo<'a>) -> Option<&'i RecipientIdentifier<'a>> {
        match info {
            RecipientInfo::KeyTransport(info) if self.key.key().transport().is_some() => Some(&info.identifier),
            RecipientInfo::KeyAgreement(info) if self.key.key().agreement().is_some() => Some(&info.identifier),
            _ => None,
        }
    }

    /// How many RecipientInfos are for keys of this kind. An X25519 key and an EC key agree on nothing.
    fn candidates(&self, envelope: &EnvelopedData<'_>) -> usize {
        envelope.recipients.iter().filter(|info| self.is_candidate(info)).count()
    }

    fn is_candidate(&self, info: &RecipientInfo<'_>) -> bool {
        let is_kind = match info {
            RecipientInfo::KeyAgreement(KeyAgreement { common, .. }) => match &common.originator {
                Originator::Key(algorithm, _) => {
                    alg::public_key(self.key.public_key()).is_ok_and(|key| key.algorithm.oid == algorithm.oid)
                }
                Originator::Certificate(_) => true,
            },
            _ => true,
        };
        is_kind && self.identifier(info).is_some()
    }

    fn open(
        &self,
        info: &RecipientInfo<'_>,
        request: KeyRequest<'_, '_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ContentKey, Error> {
        match (info, self.key.key().transport(), self.key.key().agreement()) {
            (RecipientInfo::KeyTransport(info), Some(key), _) => key_transport::unwrap(info, key, request.length, rng),
            (RecipientInfo::KeyAgreement(info), _, Some(key)) => key_agreement::unwrap(info, key, request),
            _ => Err(Error::new(Condition::DecryptFailed)),
        }
    }
}

impl Identity for PrivateKeyIdentity {
    fn unwrap(
        &self,
        info: &RecipientInfo<'_>,
        request: KeyRequest<'_, '_>,
        rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>> {
        let identifier = self.identifier(info)?;
        let is_only_one =
            || self.certificates.is_empty() && self.is_candidate(info) && self.candidates(request.envelope) == 1;
        (self.is_named(identifier) || is_only_one()).then(|| self.open(info, request, rng))
    }

    fn weakness(&self) -> Option<String> {
        policy::weak_key(self.key.key()).map(|weakness| weakness.to_string())
    }

    fn is_undecided(&self, envelope: &EnvelopedData<'_>) -> bool {
        self.certificates.is_empty() && self.candidates(envelope) > 1
    }
}
