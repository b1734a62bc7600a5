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

use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use sha1::{Digest, Sha1};

use crate::alg::{self, agreement, policy};
use crate::cms::enveloped::EnvelopedData;
use crate::cms::recipient::{
    ContentKey, Identity, KeyRequest, Originator, RecipientIdentifier, RecipientInfo, key_agreement, key_transport,
};
use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::key::PrivateKey;

/// A private key with the certificates that hold its public key.
#[derive(Debug)]
pub struct PrivateKeyIdentity {
    key: PrivateKey,
    kind: Kind,
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
        let kind = Kind::of(&key)?.ok_or_else(|| Error::new(Condition::KeyCannotDecrypt).detail(key.key().name()))?;
        let own = certificates.iter().filter(|certificate| certificate.public_key() == key.public_key());
        let octets = alg::public_key(key.public_key())?.subject_public_key.raw_bytes();
        let key_identifier = Sha1::digest(octets).to_vec();
        Ok(PrivateKeyIdentity { certificates: own.cloned().collect(), kind, key_identifier, key })
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
        match (info, self.kind) {
            (RecipientInfo::KeyTransport(info), Kind::Transport) => Some(&info.identifier),
            (RecipientInfo::KeyAgreement(info), Kind::Agreement(_)) => Some(&info.identifier),
            _ => None,
        }
    }

    fn open(
        &self,
        info: &RecipientInfo<'_>,
        request: &KeyRequest<'_, '_>,
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
        request: &KeyRequest<'_, '_>,
        rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>> {
        let identifier = self.identifier(info)?;
        let is_only_one =
            || self.certificates.is_empty() && self.kind.may_open(info) && request.candidates.of(self.kind) == 1;
        (self.is_named(identifier) || is_only_one()).then(|| self.open(info, request, rng))
    }

    fn weakness(&self) -> Option<String> {
        policy::weak_key(self.key.key()).map(|weakness| weakness.to_string())
    }

    fn is_undecided(&self, request: &KeyRequest<'_, '_>) -> bool {
        self.certificates.is_empty() && request.candidates.of(self.kind) > 1
    }
}

/// The kinds of private keys, as far as a RecipientInfo tells them apart.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Transport,
    Agreement(&'static dyn agreement::KeyAgreement),
}

impl Kind {
    /// The kind of a key; `None` if nothing can be decrypted with it.
    fn of(key: &PrivateKey) -> Result<Option<Self>, Error> {
        if key.key().transport().is_some() {
            return Ok(Some(Kind::Transport));
        }
        let agreement = agreement::key_agreement(&alg::public_key(key.public_key())?);
        Ok(agreement.filter(|_| key.key().agreement().is_some()).map(Kind::Agreement))
    }

    /// Whether a RecipientInfo may be for a key of this kind. An X25519 key and an EC key agree on nothing.
    fn may_open(self, info: &RecipientInfo<'_>) -> bool {
        match (self, info) {
            (Kind::Transport, RecipientInfo::KeyTransport(_)) => true,
            (Kind::Agreement(kind), RecipientInfo::KeyAgreement(info)) => match &info.common.originator {
                Originator::Key(algorithm, octets) => kind.may_be(&algorithm.owned_to_ref(), octets),
                Originator::Certificate(_) => true,
            },
            _ => false,
        }
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Kind::Transport, Kind::Transport) => true,
            (Kind::Agreement(kind), Kind::Agreement(other)) => kind.name() == other.name(),
            _ => false,
        }
    }
}

/// How many RecipientInfos of a message may be for each kind of private key. They are counted once for a message, not for
/// each of its recipients: there are as many as the sender likes.
#[derive(Debug)]
pub(super) struct Candidates(Vec<(Kind, usize)>);

impl Candidates {
    pub(super) fn count(envelope: &EnvelopedData<'_>) -> Self {
        let agreements = agreement::KEY_AGREEMENTS.iter().map(|kind| Kind::Agreement(*kind));
        let kinds = std::iter::once(Kind::Transport).chain(agreements);
        let count = |kind: Kind| envelope.recipients.iter().filter(|info| kind.may_open(info)).count();
        Candidates(kinds.map(|kind| (kind, count(kind))).collect())
    }

    fn of(&self, kind: Kind) -> usize {
        self.0.iter().find(|(found, _)| *found == kind).map_or(0, |(_, count)| *count)
    }
}
