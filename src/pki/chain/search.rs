//! Building paths: from the target upwards, anchors before intermediates, the likeliest first.
//!
//! Several authorities may have one name, and one may have several certificates (RFC 8550 section 4), so
//! every certificate whose subject is the issuer looked for is tried. A signature decides; key identifiers
//! only order the attempts (RFC 4158 section 3.5.12). What was verified once is remembered.

use crate::alg;
use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::chain::{Budget, Path, Refusal, Trust, about, revocation, rules, unproved};
use crate::report::RevocationSummary;

/// What a path is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// To who signed a message.
    Signer,
    /// To who signed a revocation list.
    CrlIssuer,
}

/// What a path is looked for with.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a, 's> {
    pub(super) intermediates: &'s [&'a Certificate],
    pub(super) trust: &'s Trust<'a>,
    pub(super) role: Role,
    /// How many revocation lists stand between this path and that of the signer.
    pub(super) depth: usize,
}

pub(super) fn run<'a>(target: &'a Certificate, scope: Scope<'a, '_>, budget: &mut Budget) -> Result<Path<'a>, Refusal> {
    let trust = scope.trust;
    // Nothing of the message stands in for an anchor, nor does the target lead to itself.
    let is_new = |one: &&&Certificate| **one != target && !trust.anchors.contains(one);
    let mut search = Search {
        scope,
        anchors: trust.anchors.iter().filter(|one| *one != target).collect(),
        intermediates: scope.intermediates.iter().filter(is_new).copied().collect(),
        budget,
        best: None,
    };
    let mut certificates = vec![target];
    match search.extend(&mut certificates)? {
        Some((weaknesses, revocation)) => Ok(Path { certificates, weaknesses, revocation }),
        None => Err(search.failure(target)),
    }
}

/// What is weak in a path, and what is known about revocation.
type Found = (Vec<Error>, Vec<RevocationSummary>);

struct Search<'a, 's> {
    scope: Scope<'a, 's>,
    anchors: Vec<&'a Certificate>,
    intermediates: Vec<&'a Certificate>,
    budget: &'s mut Budget,
    /// The most specific failure up to now.
    best: Option<(Farthest, Refusal)>,
}

/// How far an attempt came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Farthest {
    /// Nobody has the name of the issuer, with the number of certificates that were found.
    Issuer(usize),
    /// The issuer did not sign it.
    Signature,
    /// A signature cannot be checked.
    Algorithm,
    /// A whole path breaks a rule.
    Path,
    /// A path keeps the rules, and a certificate in it is revoked, or that is not known.
    Revocation,
}

impl<'a> Search<'a, '_> {
    /// Extends `path` to an anchor; gives back what is weak in it, and what is known about revocation.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<Option<Found>, Error> {
        let Some(last) = path.last().copied() else { return Ok(None) };
        let (mut has_issuer, mut is_known) = (false, last.is_self_issued());
        for spelling in [Spelling::Same, Spelling::Other] {
            for anchor in candidates(&self.anchors, last, spelling, self.budget)? {
                is_known = true;
                if !self.is_signed_by(last, anchor)? {
                    continue;
                }
                has_issuer = true;
                path.push(anchor);
                self.budget.spend_path()?;
                match rules::check(path, self.scope.trust, self.scope.role, self.budget) {
                    Ok(weaknesses) => match revocation::check(path, self.scope, self.budget) {
                        Ok(revocation) => return Ok(Some((weaknesses, revocation))),
                        Err(refusal) if refusal.error.condition() == Condition::TrustBudget => {
                            return Err(refusal.error);
                        }
                        Err(refusal) => self.note(Farthest::Revocation, refusal),
                    },
                    Err(error) => self.note(Farthest::Path, error),
                }
                path.pop();
            }
            if path.len() >= MAX_LENGTH {
                continue;
            }
            for issuer in candidates(&self.intermediates, last, spelling, self.budget)? {
                is_known = true;
                // No path holds a name and its key twice (RFC 4158 section 2.4.2).
                let is_loop = path.iter().any(|one| is_same_party(one, issuer));
                if is_loop || !self.is_signed_by(last, issuer)? {
                    continue;
                }
                has_issuer = true;
                path.push(issuer);
                if let Some(found) = self.extend(path)? {
                    return Ok(Some(found));
                }
                path.pop();
            }
        }
        if !has_issuer {
            let finding = if is_known { "CHAIN-UNTRUSTED" } else { "CHAIN-INCOMPLETE" };
            self.note(Farthest::Issuer(path.len()), about(Error::new(Condition::TrustUnknown).named(finding), last));
        }
        Ok(None)
    }

    /// Whether `issuer` signed `certificate`. If not, that is noted.
    fn is_signed_by(&mut self, certificate: &'a Certificate, issuer: &'a Certificate) -> Result<bool, Error> {
        let Err(error) = self.budget.check(certificate, issuer, verify)? else { return Ok(true) };
        if error.condition() != Condition::TrustSignature {
            self.note(Farthest::Algorithm, about(error, certificate));
        } else if keys_agree(certificate, issuer).unwrap_or(!certificate.is_self_issued()) {
            // With another key identifier, or none and the name of the subject itself, it is merely another
            // authority of that name.
            self.note(Farthest::Signature, about(error, certificate));
        }
        Ok(false)
    }

    fn note(&mut self, farthest: Farthest, refusal: impl Into<Refusal>) {
        if self.best.as_ref().is_none_or(|(best, _)| farthest > *best) {
            self.best = Some((farthest, refusal.into()));
        }
    }

    /// What kept the target from being trusted.
    fn failure(self, target: &Certificate) -> Refusal {
        let refusal = self.best.map_or_else(|| Error::new(Condition::TrustUnknown).into(), |(_, refusal)| refusal);
        match refusal.error.condition() {
            Condition::TrustUnknown => unproved(refusal.error, target, self.scope.trust).into(),
            _ => refusal,
        }
    }
}

/// How the name of the issuer is spelled in the certificate of the issuer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// In the same octets, as it should be.
    Same,
    /// As another kind of string, in other case or with other blanks (RFC 5280 section 7.1).
    Other,
}

/// Those of `among` that have the name of the issuer of `certificate`, the likeliest first. Each costs a step.
fn candidates<'a>(
    among: &[&'a Certificate],
    certificate: &Certificate,
    spelling: Spelling,
    budget: &mut Budget,
) -> Result<Vec<&'a Certificate>, Error> {
    let issuer = certificate.issuer_digest();
    let is_candidate = |one: &&Certificate| {
        let subject = one.subject_digest();
        subject.is_same(issuer) && subject.is_identical(issuer) == (spelling == Spelling::Same)
    };
    let mut found: Vec<_> = among.iter().copied().filter(is_candidate).collect();
    budget.spend_steps(found.len())?;
    found.sort_by_cached_key(|one| match keys_agree(certificate, one) {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    });
    Ok(found)
}

/// Whether the key identifiers agree; `None` if one is absent or unreadable.
fn keys_agree(certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
    keys_agree_with(certificate.authority_key_identifier().ok()?, issuer)
}

/// Whether an issuer has the key identifier that is wanted; `None` if one is absent or unreadable.
pub(super) fn keys_agree_with(wanted: Option<&[u8]>, issuer: &Certificate) -> Option<bool> {
    Some(wanted? == issuer.subject_key_identifier().ok()??)
}

pub(super) fn is_same_party(one: &Certificate, other: &Certificate) -> bool {
    one == other || (one.public_key() == other.public_key() && one.subject() == other.subject())
}

/// Whether the key of `issuer` signed a certificate.
pub(in crate::pki) fn verify(certificate: &Certificate, issuer: &Certificate) -> Result<(), Error> {
    let identifier = certificate.signature_algorithm();
    // Before any arithmetic: the signature says nothing about the outer of the two.
    if identifier != certificate.inner_signature_algorithm() {
        return Err(Error::new(Condition::TrustAlgorithms));
    }
    let scheme = rules::scheme(certificate)?;
    match alg::verify(issuer.public_key(), &scheme, certificate.tbs(), certificate.signature()?) {
        Ok(_) => Ok(()),
        Err(error) if error.condition() == Condition::SignatureInvalid => Err(Error::new(Condition::TrustSignature)
            .detail(format!("the key of {} did not make it", issuer.subject_text()))),
        Err(error) => Err(error),
    }
}

/// How many certificates a path has at most, without the anchor.
const MAX_LENGTH: usize = 15;
