//! Diagnose: which damage on the way would explain that a signature fails (RFC 8551 section 3.1, RFC 2045 section 6).
//!
//! Every damage here can be undone. It is undone on trial, and named if the signature is right over what comes out.
//! Nothing of that is released, and no verdict changes: a message that was damaged is not the one that was signed.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::alg::digest;
use crate::alg::policy::Strength;
use crate::cms::{SignedData, SignerInfo};
use crate::error::Condition;
use crate::message::Form;
use crate::pki::Certificate;
use crate::report::Diagnosis;
use crate::smime::body::{self, Request};
use crate::smime::claim::{Claim, IdentitySource};
use crate::smime::integrity::{self, Checks, Content};
use crate::smime::verify::VerifyOptions;

mod damage;
mod header;
mod parts;

use damage::{DAMAGES, Damage, OBJECTS};
use parts::Parts;

/// Looks for the damage under which the signature of one signer over `content` would be right. `candidates` are the
/// certificates that may be the signer's.
pub(super) fn content(
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: &[u8],
    candidates: &[&Certificate],
) -> Diagnosis {
    let claimed = signer.signed_attributes.as_ref().and_then(|attributes| attributes.message_digest().ok());
    let mut trial =
        Trial { data, signer, candidates, claimed, octets: MAX_OCTETS, tries: MAX_TRIES, checks: Checks::default() };
    // What is right as it is has another fault.
    if trial.claimed.is_some() && trial.fits(content) {
        return not_found();
    }
    match search(&mut trial, content) {
        Some((damages, Fit::Valid)) => found(&damages, "the signature would be valid"),
        Some((damages, Fit::Digest)) => {
            found(&damages, "the digest would be right; without the certificate of the signer nothing more is known")
        }
        None => not_found(),
    }
}

/// Looks for the damage under which a message that cannot be read would be one whose signatures are right. `content`,
/// `identity` and `options` are those of [`verify_message`].
pub fn message<'o>(
    request: &Request<'_>,
    content: Option<&[u8]>,
    identity: &IdentitySource,
    options: impl Fn(Claim) -> VerifyOptions<'o>,
) -> Diagnosis {
    let is_object = Form::recognise(request.octets) == Some(Form::Der);
    let head = memchr::memmem::find(request.octets, b"\r\n\r\n").filter(|_| !is_object);
    let (head, body) = request.octets.split_at_checked(head.map_or(0, |at| at.saturating_add(4))).unwrap_or_default();
    let is_valid = |octets: &[u8]| {
        let report = match body::verify_message(&Request { octets, ..*request }, content, identity, &options) {
            Ok(verified) => verified.report().clone(),
            Err(refused) => refused.report,
        };
        !report.signers.is_empty() && report.signers.iter().all(|signer| signer.integrity.is_good())
    };
    let parts = Parts::of_object(body);
    let mut tries = MAX_OBJECTS;
    for damage in std::iter::once(&OBJECTS).chain(damage::simple()) {
        let mut is_found = false;
        let _ = (damage.undo)(&parts, &mut |candidate| {
            is_found = is_valid(&[head, &candidate].concat());
            tries = tries.saturating_sub(1);
            if is_found || tries == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if is_found {
            return found(&[damage], "the message could be read, and the signature would be valid");
        }
    }
    not_found()
}

fn found(damages: &[&Damage], what: &str) -> Diagnosis {
    let happened: Vec<&str> = damages.iter().map(|damage| damage.what).collect();
    let damages = damages.iter().map(|damage| damage.name).collect();
    Diagnosis { damages, text: format!("{}; without that {what}", happened.join(", and ")) }
}

fn not_found() -> Diagnosis {
    Diagnosis { damages: Vec::new(), text: "cause not found".to_owned() }
}

/// One damage, then two.
fn search<'d>(trial: &mut Trial<'_>, content: &[u8]) -> Option<(Vec<&'d Damage>, Fit)> {
    let parts = Parts::of(content);
    for damage in DAMAGES {
        if let Some(fit) = trial.undo(damage, &parts) {
            return Some((vec![damage], fit));
        }
    }
    for first in damage::simple() {
        let mut once = Vec::new();
        let _ = (first.undo)(&parts, &mut |candidate| {
            once.push(candidate);
            if once.len() < MAX_OBJECTS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        for candidate in once.iter().filter(|candidate| candidate.as_slice() != content) {
            let parts = Parts::of(candidate);
            for second in DAMAGES.iter().filter(|second| second.name != first.name && second.is_combined) {
                if let Some(fit) = trial.undo(second, &parts) {
                    return Some((vec![first, second], fit));
                }
            }
        }
    }
    None
}

/// How far a candidate is right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The digest is the one that is claimed; who claims it is not known.
    Digest,
    /// The signature is right.
    Valid,
}

struct Trial<'t> {
    data: &'t SignedData<'t>,
    signer: &'t SignerInfo<'t>,
    candidates: &'t [&'t Certificate],
    /// The digest in the signed attributes.
    claimed: Option<Cow<'t, [u8]>>,
    /// How many octets may still be hashed.
    octets: usize,
    /// How many candidates may still be tried.
    tries: usize,
    checks: Checks,
}

impl Trial<'_> {
    fn undo(&mut self, damage: &Damage, parts: &Parts<'_>) -> Option<Fit> {
        let mut fit = None;
        let _ = (damage.undo)(parts, &mut |candidate: Vec<u8>| {
            let (octets, tries) = (self.octets.checked_sub(candidate.len()), self.tries.checked_sub(1));
            let (Some(octets), Some(tries)) = (octets, tries) else { return ControlFlow::Break(()) };
            (self.octets, self.tries) = (octets, tries);
            if self.fits(&candidate) {
                fit = self.judge(&candidate);
            }
            if fit.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        fit
    }

    /// Whether the digest is the claimed one; without signed attributes the signature tells, and it is asked.
    fn fits(&self, candidate: &[u8]) -> bool {
        let digest = digest::by_oid(self.signer.digest_algorithm.oid);
        match (&self.claimed, digest) {
            (Some(claimed), Some(digest)) => **claimed == *digest.digest(&[candidate]),
            _ => self.signer.signed_attributes.is_none(),
        }
    }

    fn judge(&mut self, candidate: &[u8]) -> Option<Fit> {
        let content = Content::new(candidate);
        let strength = Strength::Legacy;
        let checked = integrity::check(self.data, self.signer, &content, self.candidates, strength, &mut self.checks);
        match checked {
            Ok(_) => Some(Fit::Valid),
            Err(error) if error.condition() == Condition::SignerCertificateMissing && self.claimed.is_some() => {
                Some(Fit::Digest)
            }
            Err(_) => None,
        }
    }
}

/// How many octets are hashed at most.
const MAX_OCTETS: usize = 48 << 20;
/// How many candidates are tried at most.
const MAX_TRIES: usize = 16_384;
/// How many messages, or results of a first damage, are looked at.
const MAX_OBJECTS: usize = 16;
