//! Whether a path leads from a certificate to a trust anchor (RFC 5280 section 6).
//!
//! Anchors are what the user named, and nothing else: no certificate of a message is one, whatever it says
//! of itself. The time is the one that was given, never one that the message gives. Paths are built here
//! within a [`Budget`] (`search`), and the rules for certificates are ours (`rules`); name constraints and
//! policies are judged by the certval crate (`constraints`). Revocation is another question.

mod constraints;
mod rules;
mod search;

use der::asn1::ObjectIdentifier;

use crate::error::{Condition, Error};
use crate::pki::Certificate;

/// What signatures are for: it decides which extended key usages will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Messages of people: emailProtection (RFC 8550 section 4.4.4).
    #[default]
    Smime,
    /// Messages of people and of domains: id-kp-sipDomain (RFC 5924), too.
    Sip,
    /// Whatever the certificate is for.
    Any,
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
}

/// A path that holds. Only [`validate`] makes one.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    certificates: Vec<&'a Certificate>,
    weaknesses: Vec<Error>,
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
}

/// What building paths may cost. One budget can serve all signers of a message.
#[derive(Clone, Debug)]
pub struct Budget {
    signatures: usize,
    steps: usize,
    paths: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { signatures: MAX_SIGNATURES, steps: MAX_STEPS, paths: MAX_PATHS }
    }
}

/// Finds a path from `target` to an anchor of `trust` that holds. `intermediates` may lead there; they are not
/// trusted. All rules are checked but revocation.
///
/// # Errors
/// `trust.*` and `algorithm.*`; of several paths that fail, the error of the one that came farthest.
pub fn validate<'a>(
    target: &'a Certificate,
    intermediates: &[&'a Certificate],
    trust: &Trust<'a>,
) -> Result<Path<'a>, Error> {
    validate_within(target, intermediates, trust, &mut Budget::default())
}

/// As [`validate`], out of what is left of a budget.
///
/// # Errors
/// As [`validate`].
pub fn validate_within<'a>(
    target: &'a Certificate,
    intermediates: &[&'a Certificate],
    trust: &Trust<'a>,
    budget: &mut Budget,
) -> Result<Path<'a>, Error> {
    if trust.anchors.is_empty() && trust.pinned.is_empty() {
        return Err(Error::new(Condition::TrustNoAnchor));
    }
    if trust.pinned.contains(target) || trust.anchors.contains(target) {
        // RFC 8591 section 10.1: a self-signed certificate of a user, which is no authority.
        let weaknesses = rules::check(&[target], trust)?;
        return Ok(Path { certificates: vec![target], weaknesses });
    }
    search::run(target, intermediates, trust, budget)
}

/// Names the certificate an error is about.
fn about(error: Error, certificate: &Certificate) -> Error {
    error.within(format!("certificate of {}", certificate.subject_text()))
}

/// How many signatures of certificates are verified.
const MAX_SIGNATURES: usize = 100;
/// How many certificates are looked at as the next one of a path.
const MAX_STEPS: usize = 500;
/// How many whole paths are judged.
const MAX_PATHS: usize = 16;

#[cfg(test)]
mod tests;
