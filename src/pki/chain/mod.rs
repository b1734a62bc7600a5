//! Whether a path leads from a certificate to a trust anchor (RFC 5280 section 6).
//!
//! Anchors are what the user named, and nothing else: no certificate of a message is one, whatever it says
//! of itself. The time is the one that was given, never one that the message gives. Paths are built here
//! within a [`Budget`] (`search`), and the rules for certificates are ours (`rules`); name constraints and
//! policies are judged by the certval crate (`constraints`). A path whose certificates are revoked does not hold
//! (`revocation`).

mod budget;
mod constraints;
mod name_constraints;
pub use name_constraints::constrains_uris;
pub(super) mod revocation;
mod rules;
pub(super) mod search;

use der::asn1::ObjectIdentifier;

use crate::error::{Condition, Error};
use crate::pki::{Certificate, Crl};
use crate::report::{RevocationSummary, text};

pub use budget::Budget;
use search::{Role, Scope};

/// What certificates are for: it decides which extended key usages will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Messages of people: emailProtection (RFC 8550 section 4.4.4).
    #[default]
    Smime,
    /// Messages of people and of domains: id-kp-sipDomain (RFC 5924), too.
    Sip,
    /// TLS servers: serverAuth (RFC 6216 section 6, test 16).
    Tls,
    /// Whatever the certificate is for.
    Any,
}

/// Of which certificates it must be known that they are not revoked. What is known to be revoked is always refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationCheck {
    /// Of none.
    #[default]
    IfKnown,
    /// Of the signer's.
    Leaf,
    /// Of every one in the path but the anchor.
    Chain,
}

/// The certificate policies asked for (RFC 5280 section 6.1.1). By default every policy and none will do.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// The policies that are acceptable; none named means any.
    pub acceptable: Vec<ObjectIdentifier>,
    /// Whether the path must be valid for one of them.
    pub explicit: bool,
    /// Whether policies may not be mapped.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy does not count.
    pub inhibit_any: bool,
}

/// Whom the user trusts, when, and what for.
#[derive(Clone, Debug, Default)]
pub struct Trust<'a> {
    /// Those who may issue certificates, and certificates that are trusted themselves.
    pub anchors: &'a [Certificate],
    /// Certificates that are trusted themselves and for nothing else.
    pub pinned: &'a [Certificate],
    /// When: seconds since 1970.
    pub time: i64,
    /// What for.
    pub purpose: Purpose,
    /// Whether SHA-1 and RSA keys below 2048 bits are accepted.
    pub allow_legacy: bool,
    /// The policies asked for.
    pub policies: Policies,
    /// The revocation lists at hand, from wherever: their signatures are checked.
    pub crls: Vec<&'a Crl>,
    /// What must be known about revocation.
    pub revocation: RevocationCheck,
}

/// A path that holds. Only [`validate`] makes one.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    certificates: Vec<&'a Certificate>,
    weaknesses: Vec<Error>,
    revocation: Vec<RevocationSummary>,
}

impl<'a> Path<'a> {
    /// The certificates: the target first, the anchor last. A target that is itself trusted stands alone.
    pub fn certificates(&self) -> &[&'a Certificate] {
        &self.certificates
    }

    /// What would have been refused, had legacy algorithms not been allowed.
    pub fn weaknesses(&self) -> &[Error] {
        &self.weaknesses
    }

    /// What is known about the revocation of each certificate but the anchor; nothing if there is no list at all.
    pub fn revocation(&self) -> &[RevocationSummary] {
        &self.revocation
    }

    /// The certificate in the path, if there is one, whose private key everybody has: that of the authority
    /// of RFC 6216 appendix B, or another one for its key.
    pub fn test_authority(&self) -> Option<&'a Certificate> {
        self.certificates.iter().copied().find(|one| is_rfc_6216_authority(one))
    }
}

/// Whether a certificate has the key of the authority of RFC 6216, which everybody has.
pub fn is_rfc_6216_authority(certificate: &Certificate) -> bool {
    certificate.public_key_sha256() == RFC_6216_AUTHORITY
}

/// Finds a path from `target` to an anchor of `trust` that holds. `intermediates` may lead there; they are not
/// trusted.
///
/// # Errors
/// `trust.*` and `algorithm.*`; of several paths that fail, the error of the one that came farthest.
pub fn validate<'a>(
    target: &'a Certificate,
    intermediates: &[&'a Certificate],
    trust: &Trust<'a>,
) -> Result<Path<'a>, Error> {
    validate_within(target, intermediates, trust, &mut Budget::default()).map_err(|refusal| refusal.error)
}

/// Why no path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error.
    pub error: Error,
    /// What is known about revocation, if that is the reason.
    pub revocation: Vec<RevocationSummary>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal { error, revocation: Vec::new() }
    }
}

/// As [`validate`], out of what is left of a budget, and with what it remembers.
///
/// # Errors
/// As [`validate`].
pub fn validate_within<'a>(
    target: &'a Certificate,
    intermediates: &[&'a Certificate],
    trust: &Trust<'a>,
    budget: &mut Budget,
) -> Result<Path<'a>, Refusal> {
    if trust.anchors.is_empty() && trust.pinned.is_empty() {
        return Err(unproved(Error::new(Condition::TrustNoAnchor), target, trust).into());
    }
    let scope = Scope { intermediates, trust, role: Role::Signer, depth: 0 };
    if trust.pinned.contains(target) || trust.anchors.contains(target) {
        // RFC 8591 section 10.1: a self-signed certificate of a user, which is no authority.
        let weaknesses = rules::check(&[target], trust, Role::Signer, budget)?;
        let revocation = revocation::check_trusted(target, scope, budget)?;
        return Ok(Path { certificates: vec![target], weaknesses, revocation });
    }
    if let Some(known) = budget.recall(target, intermediates, trust) {
        return known;
    }
    let found = search::run(target, scope, budget);
    budget.remember(target, &found);
    found
}

/// Adds to an error that nobody vouches for the target what a user needs to decide about it (RFC 3261
/// section 23.2).
fn unproved(error: Error, target: &Certificate, trust: &Trust<'_>) -> Error {
    let expired = match target.not_after() {
        Ok(not_after) if not_after < trust.time => format!(", expired {}", text::time(not_after)),
        _ => String::new(),
    };
    let fingerprint = hex::encode(target.fingerprint_sha256());
    let (subject, issuer) = (target.subject_text(), target.issuer_text());
    let issued = if target.is_self_issued() { "by itself".to_owned() } else { format!("by {issuer}") };
    let error = error.detail(format!("{subject}, issued {issued}{expired}, SHA-256 fingerprint {fingerprint}"));
    match target.is_self_issued() {
        true => error.hinting(format!(
            "nobody but itself vouches for it: ask its owner whether the fingerprint is {fingerprint}, and if so, name the certificate with --trust"
        )),
        false => error,
    }
}

/// Names the certificate an error is about.
fn about(error: Error, certificate: &Certificate) -> Error {
    error.within(format!("certificate of {}", certificate.subject_text()))
}

/// SHA-256 of the public key of the certificate in RFC 6216 appendix B.1. Its private key stands there, too.
const RFC_6216_AUTHORITY: [u8; 32] = [
    0xE2, 0x58, 0xF0, 0x79, 0x0C, 0x75, 0xFF, 0x6A, 0x49, 0x56, 0xB8, 0x0C, 0xCC, 0xF3, 0x58, 0x03, 0xF3, 0x6A, 0x60,
    0x1F, 0x57, 0xE4, 0xC5, 0x88, 0x2D, 0xE7, 0x73, 0xBA, 0xEE, 0xE7, 0xA7, 0x7B,
];

#[cfg(test)]
mod tests;
