//! The trial of what may have been signed: against whose signature, and how much of it.

use der::referenced::OwnedToRef;

use crate::alg::policy::Strength;
use crate::alg::{self, Digest};
use crate::cms::{SignedData, SignerInfo};
use crate::error::Condition;
use crate::pki::{Certificate, Keyring};
use crate::report::{Diagnosis, SignatureState};
use crate::smime::diagnose::{Damage, Flow, Undo};
use crate::smime::integrity::{self, Checks, Content};
use crate::smime::judge;

/// How many octets may be hashed for one message.
const MAX_OCTETS: usize = 64 << 20;
/// What one attempt costs at least, in octets: no more than 4096 attempts are made.
const ATTEMPT: usize = 16 << 10;
/// What it costs to verify a signature, in octets.
const SIGNATURE: usize = 256 << 10;
/// One damage that may have happened in many places may spend that part of what is left.
const SHARE: usize = 4;

/// A signer whose signature is not right over the content as it arrived.
pub(super) struct Suspect<'t> {
    /// Its place in the object, from 0.
    place: usize,
    signer: &'t SignerInfo<'t>,
    digest: &'static dyn Digest,
    candidates: Vec<&'t Certificate>,
    /// The digest that it signed; `None` if it signed the content itself.
    signed_digest: Option<Vec<u8>>,
    found: Option<Diagnosis>,
}

impl<'t> Suspect<'t> {
    /// A signer of whom the check of integrity said `condition`.
    ///
    /// # Errors
    /// The diagnosis, if no change of the content could explain it.
    pub(super) fn new(
        place: usize,
        signer: &'t SignerInfo<'t>,
        condition: Condition,
        keyring: &'t Keyring,
        checks: &mut Checks,
    ) -> Result<Self, Box<Diagnosis>> {
        let not_found = |why: &str| Box::new(not_found(why, true));
        let digest = alg::digest::from_identifier(&signer.digest_algorithm.owned_to_ref())
            .map_err(|error| not_found(&error.to_string()))?;
        let mut candidates = judge::candidates(keyring, &signer.identifier);
        let signed_digest = match &signer.signed_attributes {
            None => None,
            Some(_) if condition != Condition::DigestMismatch => {
                return Err(not_found(
                    "the content is what the signed attributes say; they, the signature or the certificate are others",
                ));
            }
            Some(attributes) => {
                // The digest that they name is worth as much as the signature over it.
                match integrity::check_signed_attributes(signer, attributes, digest, &candidates, checks) {
                    Ok(right) => {
                        candidates = right.iter().filter_map(|right| candidates.get(right.index).copied()).collect();
                    }
                    Err(error) if error.condition() == Condition::SignerCertificateMissing => {}
                    Err(error) if error.condition() == Condition::LimitCount => {
                        return Err(not_found(&error.to_string()));
                    }
                    Err(_) => return Err(not_found(ATTRIBUTES_TOO)),
                }
                let claimed = attributes.message_digest().map_err(|error| not_found(&error.to_string()))?;
                Some(claimed.to_vec())
            }
        };
        Ok(Suspect { place, signer, digest, candidates, signed_digest, found: None })
    }
}

/// What is tried on the signers of one message, and what it may still cost.
pub(super) struct Trial<'t> {
    data: &'t SignedData<'t>,
    suspects: Vec<Suspect<'t>>,
    damages: Vec<&'static Damage>,
    budget: Budget,
}

impl<'t> Trial<'t> {
    pub(super) fn new(data: &'t SignedData<'t>) -> Self {
        Trial { data, suspects: Vec::new(), damages: Vec::new(), budget: Budget::default() }
    }

    pub(super) fn add(&mut self, suspect: Suspect<'t>) {
        self.suspects.push(suspect);
    }

    /// What follows undoes these.
    pub(super) fn begin(&mut self, damages: &[&'static Damage]) {
        self.damages = damages.to_vec();
        match damages {
            [Damage { undo: Undo::Search(_), .. }] => self.budget.begin_share(),
            _ => self.budget.begin(),
        }
    }

    /// Whether every signer is explained.
    pub(super) fn is_over(&self) -> bool {
        self.suspects.iter().all(|suspect| suspect.found.is_some())
    }

    /// Pays for a repair of so many octets. It breaks off if what comes of it could not be tried.
    pub(super) fn charge_repair(&mut self, octets: usize) -> Flow {
        self.budget.spend(octets.div_ceil(2))?;
        if self.budget.left < octets {
            self.budget.is_overdrawn = true;
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    /// Tries the pieces, one after another, as what was signed. `detail` says what exactly was undone. It breaks off
    /// if every signer is explained or too much was tried.
    pub(super) fn offer(&mut self, pieces: &[&[u8]], detail: impl FnOnce() -> String) -> Flow {
        let length = pieces.iter().map(|piece| piece.len()).fold(0, usize::saturating_add);
        let mut digests: Vec<(&'static str, Vec<u8>)> = Vec::new();
        let mut is_right = Vec::new();
        for (index, suspect) in self.suspects.iter().enumerate().filter(|(_, suspect)| suspect.found.is_none()) {
            let name = suspect.digest.name();
            if let Some(signed_digest) = &suspect.signed_digest {
                if !digests.iter().any(|(known, _)| *known == name) {
                    self.budget.spend(length.max(ATTEMPT))?;
                    digests.push((name, suspect.digest.digest(pieces)));
                }
                if !digests.iter().any(|(known, value)| *known == name && value == signed_digest) {
                    continue;
                }
            } else {
                let cost = length.saturating_add(SIGNATURE).saturating_mul(suspect.candidates.len());
                self.budget.spend(cost)?;
            }
            let octets = pieces.concat();
            let content = Content::new(&octets);
            let (candidates, mut checks) = (&suspect.candidates, Checks::default());
            match integrity::check(self.data, suspect.signer, &content, candidates, Strength::Legacy, &mut checks) {
                Ok(_) => is_right.push((index, SignatureState::Right)),
                Err(error) if error.condition() == Condition::SignerCertificateMissing => {
                    is_right.push((index, SignatureState::NotChecked));
                }
                Err(_) => {}
            }
        }
        if !is_right.is_empty() {
            let detail = detail();
            for (index, signature) in is_right {
                let diagnosis = found(&self.damages, &detail, signature);
                self.suspects.get_mut(index).into_iter().for_each(|suspect| suspect.found = Some(diagnosis.clone()));
            }
        }
        if self.is_over() { Flow::Break(()) } else { Flow::Continue(()) }
    }

    /// What was found about each signer, with its place.
    pub(super) fn conclude(self) -> Vec<(usize, Diagnosis)> {
        let is_exhaustive = !self.budget.is_overdrawn;
        let why = if is_exhaustive { NONE } else { NOT_ALL };
        let suspects = self.suspects.into_iter();
        suspects
            .map(|suspect| (suspect.place, suspect.found.unwrap_or_else(|| not_found(why, is_exhaustive))))
            .collect()
    }
}

const ATTRIBUTES_TOO: &str =
    "the signature is not right over the signed attributes either: more than the content was changed";
const NONE: &str = "no damage that is known explains it: something was changed, or this is not what was signed";
const NOT_ALL: &str = "the content is too large, or has too many lines or fields, to try every damage that is known";

/// A damage that explains the failure.
pub(super) fn found(damages: &[&'static Damage], detail: &str, signature: SignatureState) -> Diagnosis {
    let sentences: Vec<&str> = damages.iter().map(|damage| damage.sentence).collect();
    let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
    let undone = match signature {
        SignatureState::Right => "undone, the signature is right",
        SignatureState::NotChecked => {
            "undone, the digest is right; the signature was not checked: its certificate is missing"
        }
    };
    Diagnosis {
        damages: damages.iter().map(|damage| damage.name).collect(),
        text: format!("{}{detail}: {undone}", sentences.join(", and ")),
        hint: damages.first().map(|damage| damage.hint.to_owned()),
        signature: Some(signature),
        is_exhaustive: true,
    }
}

/// No damage explains the failure.
pub(super) fn not_found(why: &str, is_exhaustive: bool) -> Diagnosis {
    let text = format!("cause not found: {why}");
    Diagnosis { damages: Vec::new(), text, hint: None, signature: None, is_exhaustive }
}

/// What may still be spent, in octets.
pub(super) struct Budget {
    left: usize,
    /// What the damage at hand may not touch.
    kept: usize,
    /// Whether something was not tried.
    pub(super) is_overdrawn: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { left: MAX_OCTETS, kept: 0, is_overdrawn: false }
    }
}

impl Budget {
    /// All that is left may be spent.
    fn begin(&mut self) {
        self.kept = 0;
    }

    /// A part of what is left may be spent.
    fn begin_share(&mut self) {
        self.kept = self.left.saturating_sub(self.left.div_ceil(SHARE));
    }

    pub(super) fn spend(&mut self, octets: usize) -> Flow {
        match self.left.checked_sub(octets).filter(|left| *left >= self.kept) {
            Some(left) => {
                self.left = left;
                Flow::Continue(())
            }
            None => {
                self.is_overdrawn = true;
                Flow::Break(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A damage that is searched for everywhere leaves something for those after it.
    #[test]
    fn what_may_be_spent_is_bounded_and_shared() {
        let mut budget = Budget::default();
        let mut spent = 0;
        for _ in 0..100 {
            budget.begin_share();
            let before = spent;
            while budget.spend(ATTEMPT).is_continue() {
                spent += ATTEMPT;
            }
            assert!(before == 0 || spent < MAX_OCTETS, "nothing is left");
        }
        assert!(budget.is_overdrawn && spent > MAX_OCTETS / 2 && spent <= MAX_OCTETS, "{spent}");
        let mut budget = Budget::default();
        assert!(budget.spend(usize::MAX).is_break() && budget.spend(1).is_continue());
    }
}
