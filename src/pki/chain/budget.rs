//! What judging the certificates of one message may cost, and what is known already.
//!
//! The sender decides how many certificates and signers a message has and how large its keys are. So the
//! costs are counted, and what was found out once is not paid for again: whether a key made a signature, and
//! whether a path leads from a certificate.

use std::collections::HashMap;

use crate::alg::{self, rsa};
use crate::error::{Condition, Error};
use crate::pki::chain::{Path, Refusal, Trust, revocation};
use crate::pki::{Certificate, Crl};
use crate::report::RevocationSummary;

/// What one message may cost. Give the same one to all of its signers, and to no other message: it
/// remembers verdicts, which hold for one [`Trust`] and one set of intermediates.
#[derive(Clone, Debug)]
pub struct Budget {
    signatures: usize,
    steps: usize,
    paths: usize,
    octets: usize,
    crl_octets: usize,
    /// By the certificate, or the revocation list, and the key that should have signed it.
    checked: HashMap<(Sha256, Sha256), Result<(), Error>>,
    /// By the certificate.
    judged: HashMap<Sha256, Result<Judged, Refusal>>,
}

type Sha256 = [u8; 32];

/// A [`Path`] without the certificates themselves.
#[derive(Clone, Debug)]
struct Judged {
    certificates: Vec<Sha256>,
    weaknesses: Vec<Error>,
    revocation: Vec<RevocationSummary>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            signatures: MAX_SIGNATURES,
            steps: MAX_STEPS,
            paths: MAX_PATHS,
            octets: MAX_OCTETS,
            crl_octets: MAX_CRL_OCTETS,
            checked: HashMap::new(),
            judged: HashMap::new(),
        }
    }
}

impl Budget {
    /// For so many certificates of one input: each may have a path, and nothing else grows with their number.
    pub fn for_certificates(count: usize) -> Self {
        Budget { paths: MAX_PATHS.saturating_add(count), ..Budget::default() }
    }

    /// Pays for the verification of one signature with a public key, in DER. Whoever verifies signatures of
    /// the message itself can pay from the same budget.
    ///
    /// # Errors
    /// `trust.budget` if too little is left.
    pub fn spend_signature(&mut self, public_key: &[u8]) -> Result<(), Error> {
        spend(&mut self.signatures, cost(public_key), "signatures")
    }

    /// Pays for looking at so many certificates as the next one of a path.
    pub(super) fn spend_steps(&mut self, count: usize) -> Result<(), Error> {
        spend(&mut self.steps, count, "steps")
    }

    /// Pays for judging a whole path.
    pub(super) fn spend_path(&mut self) -> Result<(), Error> {
        spend(&mut self.paths, 1, "whole paths")
    }

    /// Pays for comparing so many octets of names with a constraint.
    pub(super) fn spend_octets(&mut self, count: usize) -> Result<(), Error> {
        spend(&mut self.octets, count, "name constraints")
    }

    /// Whether `issuer` signed `certificate`: what is known, or what `verify` finds out.
    pub(super) fn check(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        verify: fn(&Certificate, &Certificate) -> Result<(), Error>,
    ) -> Result<Result<(), Error>, Error> {
        let both = (certificate.fingerprint_sha256(), issuer.public_key_sha256());
        if let Some(known) = self.checked.get(&both) {
            return Ok(known.clone());
        }
        self.spend_signature(issuer.public_key())?;
        let found = verify(certificate, issuer);
        self.checked.insert(both, found.clone());
        Ok(found)
    }

    /// Pays for reading so many octets of revocation lists.
    pub(super) fn spend_crl_octets(&mut self, count: usize) -> Result<(), Error> {
        spend(&mut self.crl_octets, count, "revocation lists")
    }

    /// Whether `issuer` signed `crl`: what is known, or is found out.
    pub(super) fn check_crl(
        &mut self,
        crl: &Crl,
        issuer: &Certificate,
        allow_legacy: bool,
    ) -> Result<Result<(), Error>, Error> {
        let both = (crl.fingerprint_sha256(), issuer.public_key_sha256());
        if let Some(known) = self.checked.get(&both) {
            return Ok(known.clone());
        }
        self.spend_signature(issuer.public_key())?;
        self.spend_crl_octets(crl.der().len())?;
        let found = revocation::verify(crl, issuer, allow_legacy);
        self.checked.insert(both, found.clone());
        Ok(found)
    }

    /// What was found out about a target, if all certificates of its path are at hand.
    pub(super) fn recall<'a>(
        &self,
        target: &'a Certificate,
        intermediates: &[&'a Certificate],
        trust: &Trust<'a>,
    ) -> Option<Result<Path<'a>, Refusal>> {
        let judged = match self.judged.get(&target.fingerprint_sha256())? {
            Ok(judged) => judged,
            Err(refusal) => return Some(Err(refusal.clone())),
        };
        let at_hand = || std::iter::once(target).chain(intermediates.iter().copied()).chain(trust.anchors);
        let find = |wanted: &Sha256| at_hand().find(|one| one.fingerprint_sha256() == *wanted);
        let certificates = judged.certificates.iter().map(find).collect::<Option<Vec<_>>>()?;
        let (weaknesses, revocation) = (judged.weaknesses.clone(), judged.revocation.clone());
        Some(Ok(Path { certificates, weaknesses, revocation }))
    }

    /// Remembers what was found out about a target.
    pub(super) fn remember(&mut self, target: &Certificate, found: &Result<Path<'_>, Refusal>) {
        let judged = found.as_ref().map_err(Refusal::clone).map(|path| Judged {
            certificates: path.certificates.iter().map(|one| one.fingerprint_sha256()).collect(),
            weaknesses: path.weaknesses.clone(),
            revocation: path.revocation.clone(),
        });
        self.judged.insert(target.fingerprint_sha256(), judged);
    }
}

fn spend(left: &mut usize, cost: usize, what: &str) -> Result<(), Error> {
    *left = left.checked_sub(cost).ok_or_else(|| Error::new(Condition::TrustBudget).detail(what))?;
    Ok(())
}

/// The time of a verification grows with the square of the modulus: 0.1 ms for RSA-2048, 1.5 ms for RSA-8192.
/// On a curve it takes 0.6 ms at most. Keys above 8192 bits are refused before anything is computed.
fn cost(public_key: &[u8]) -> usize {
    let bits = alg::public_key(public_key).and_then(|key| {
        let kind = alg::key_algorithm(&key)?;
        if kind.name() == rsa::NAME { kind.bits(&key) } else { Ok(0) }
    });
    let side = bits.unwrap_or(0).div_ceil(2048).clamp(1, 4);
    side.saturating_mul(side)
}

/// What verifying signatures may cost: so many with RSA-2048 or on a curve, a sixteenth with RSA-8192.
/// That is 0.3 seconds at most.
const MAX_SIGNATURES: usize = 512;
/// How many certificates are looked at as the next one of a path.
const MAX_STEPS: usize = 1000;
/// How many whole paths are judged.
const MAX_PATHS: usize = 16;
/// How many octets of certificates are compared with name constraints, once for each subtree: 0.3 seconds.
const MAX_OCTETS: usize = 100_000_000;
/// How many octets of revocation lists are hashed and searched: less than a second.
const MAX_CRL_OCTETS: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode::element;
    use crate::pki::testing::file;

    // R9: 100 checks of the largest keys are not to be had for the price of small ones.
    #[test]
    fn r9_large_keys_cost_more() {
        assert_eq!(cost(file("keys/alice.pem").public_key()), 1);
        assert_eq!(cost(file("keys/alice-rsa2048.pem").public_key()), 1);
        assert_eq!(cost(file("keys/alice-rsa3072.pem").public_key()), 4);
        assert_eq!(cost(b"no key"), 1);
        let spki = |bits: usize| {
            let modulus = [vec![1 << ((bits - 1) % 8)], vec![0xFF; (bits - 1) / 8]].concat();
            let modulus = [&[0][..], &modulus].concat();
            let modulus = if modulus[1] & 0x80 == 0 { &modulus[1..] } else { &modulus };
            let key = element(0x30, &[&element(2, &[modulus]), &[2, 1, 3]]);
            let algorithm = element(0x30, &[&[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0]]);
            element(0x30, &[&algorithm, &element(3, &[&[0], &key])])
        };
        for (bits, expected) in [(1024, 1), (2049, 4), (4096, 4), (4097, 9), (8192, 16), (100_000, 16)] {
            assert_eq!(cost(&spki(bits)), expected, "{bits}");
        }
        let mut budget = Budget::default();
        let paid = (0..1000).take_while(|_| budget.spend_signature(&spki(8192)).is_ok()).count();
        assert_eq!(paid, 32);
    }
}
