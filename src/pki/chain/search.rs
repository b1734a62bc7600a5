//! Building paths: from the target upwards, anchors before intermediates, the likeliest first.
//!
//! Several authorities may have one name, and one may have several certificates (RFC 8550 section 4), so
//! every certificate whose subject is the issuer looked for is tried. A signature decides; key identifiers
//! only order the attempts (RFC 4158 section 3.5.12). What was verified once is remembered.

use std::collections::HashMap;
use std::ptr;

use crate::alg;
use crate::error::{Condition, Error};
use crate::pki::chain::{Budget, Path, Trust, about, rules};
use crate::pki::{Certificate, name, time};

pub(super) fn run<'a>(
    target: &'a Certificate,
    intermediates: &[&'a Certificate],
    trust: &Trust<'a>,
    budget: &mut Budget,
) -> Result<Path<'a>, Error> {
    // Nothing of the message stands in for an anchor, nor does the target lead to itself.
    let is_new = |one: &&&Certificate| **one != target && !trust.anchors.contains(one);
    let mut search = Search {
        trust,
        anchors: trust.anchors.iter().collect(),
        intermediates: intermediates.iter().filter(is_new).copied().collect(),
        budget,
        signatures: HashMap::new(),
        best: None,
    };
    let mut certificates = vec![target];
    match search.extend(&mut certificates)? {
        Some(weaknesses) => Ok(Path { certificates, weaknesses }),
        None => Err(search.failure(target)),
    }
}

struct Search<'a, 's> {
    trust: &'s Trust<'a>,
    anchors: Vec<&'a Certificate>,
    intermediates: Vec<&'a Certificate>,
    budget: &'s mut Budget,
    /// By certificate, which has one place in memory, and public key of the issuer, which may have several.
    signatures: HashMap<(*const Certificate, &'a [u8]), Result<(), Error>>,
    /// The most specific failure up to now.
    best: Option<(Farthest, Error)>,
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
}

impl<'a> Search<'a, '_> {
    /// Extends `path` to an anchor; gives back what is weak in it.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<Option<Vec<Error>>, Error> {
        let Some(last) = path.last().copied() else { return Ok(None) };
        let mut has_issuer = false;
        for spelling in [Spelling::Same, Spelling::Other] {
            for anchor in candidates(&self.anchors, last, spelling) {
                if !self.is_signed_by(last, anchor)? {
                    continue;
                }
                has_issuer = true;
                path.push(anchor);
                spend(&mut self.budget.paths, "whole paths")?;
                match rules::check(path, self.trust) {
                    Ok(weaknesses) => return Ok(Some(weaknesses)),
                    Err(error) => self.note(Farthest::Path, error),
                }
                path.pop();
            }
            if path.len() >= MAX_LENGTH {
                continue;
            }
            for issuer in candidates(&self.intermediates, last, spelling) {
                // No path holds a name and its key twice (RFC 4158 section 2.4.2).
                let is_loop = path.iter().any(|one| is_same_party(one, issuer));
                if is_loop || !self.is_signed_by(last, issuer)? {
                    continue;
                }
                has_issuer = true;
                path.push(issuer);
                if let Some(weaknesses) = self.extend(path)? {
                    return Ok(Some(weaknesses));
                }
                path.pop();
            }
        }
        if !has_issuer {
            self.note(Farthest::Issuer(path.len()), about(Error::new(Condition::TrustUnknown), last));
        }
        Ok(None)
    }

    /// Whether `issuer` signed `certificate`. If not, that is noted.
    fn is_signed_by(&mut self, certificate: &'a Certificate, issuer: &'a Certificate) -> Result<bool, Error> {
        spend(&mut self.budget.steps, "steps")?;
        let key = (ptr::from_ref(certificate), issuer.public_key());
        let result = match self.signatures.get(&key) {
            Some(result) => result.clone(),
            None => {
                spend(&mut self.budget.signatures, "signatures")?;
                let result = verify(certificate, issuer);
                self.signatures.insert(key, result.clone());
                result
            }
        };
        let Err(error) = result else { return Ok(true) };
        if error.condition() != Condition::TrustSignature {
            self.note(Farthest::Algorithm, about(error, certificate));
        } else if keys_agree(certificate, issuer).unwrap_or(!certificate.is_self_issued()) {
            // With another key identifier, or none and the name of the subject itself, it is merely another
            // authority of that name.
            self.note(Farthest::Signature, about(error, certificate));
        }
        Ok(false)
    }

    fn note(&mut self, farthest: Farthest, error: Error) {
        if self.best.as_ref().is_none_or(|(best, _)| farthest > *best) {
            self.best = Some((farthest, error));
        }
    }

    /// What kept the target from being trusted. Of one that nobody vouches for, all is said that a user needs
    /// to decide about it (RFC 3261 section 23.2).
    fn failure(self, target: &Certificate) -> Error {
        let (_, error) = self.best.unwrap_or((Farthest::Issuer(0), Error::new(Condition::TrustUnknown)));
        if error.condition() != Condition::TrustUnknown {
            return error;
        }
        let expired = match target.not_after() {
            Ok(not_after) if not_after < self.trust.time => format!(", expired {}", time::text(not_after)),
            _ => String::new(),
        };
        let fingerprint = hex::encode(target.fingerprint_sha256());
        let (subject, issuer) = (target.subject_text(), target.issuer_text());
        let issued = if target.is_self_issued() { "by itself".to_owned() } else { format!("by {issuer}") };
        error.detail(format!("{subject}, issued {issued}{expired}, SHA-256 fingerprint {fingerprint}"))
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

/// Those of `among` that have the name of the issuer of `certificate`, the likeliest first.
fn candidates<'a>(among: &[&'a Certificate], certificate: &Certificate, spelling: Spelling) -> Vec<&'a Certificate> {
    let issuer = certificate.issuer();
    let mut found: Vec<_> = among
        .iter()
        .copied()
        .filter(|one| match spelling {
            Spelling::Same => one.subject() == issuer,
            Spelling::Other => one.subject() != issuer && name::same(one.subject(), issuer),
        })
        .collect();
    if found.len() > 1 {
        found.sort_by_key(|one| match keys_agree(certificate, one) {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        });
    }
    found
}

/// Whether the key identifiers agree; `None` if one is absent or unreadable.
fn keys_agree(certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
    let wanted = certificate.authority_key_identifier().ok()??;
    Some(wanted == issuer.subject_key_identifier().ok()??)
}

fn is_same_party(one: &Certificate, other: &Certificate) -> bool {
    one == other || (one.public_key() == other.public_key() && one.subject() == other.subject())
}

fn verify(certificate: &Certificate, issuer: &Certificate) -> Result<(), Error> {
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

fn spend(left: &mut usize, what: &str) -> Result<(), Error> {
    *left = left.checked_sub(1).ok_or_else(|| Error::new(Condition::TrustBudget).detail(what))?;
    Ok(())
}

/// How many certificates a path has at most, without the anchor.
const MAX_LENGTH: usize = 15;
