//! The four questions about one signer (RFC 5652 section 5.6, RFC 5280 section 6, RFC 8591 section 4.4,
//! RFC 3261 section 23.2).
//!
//! Signature, path and name must hold for one and the same certificate. Whatever a message makes us try is
//! counted over the whole message: signatures here, certificates in the [`Budget`].

use std::borrow::Cow;

use der::referenced::OwnedToRef;

use crate::alg;
use crate::cms::{SignedData, SignerIdentifier, SignerInfo};
use crate::error::{Condition, Error};
use crate::pki::chain::{self, Budget, Trust};
use crate::pki::identity::{self, SanMatch};
use crate::pki::{Certificate, Keyring};
use crate::report::{CertificateSummary, Finding, RevocationStatus, RevocationSummary, SignerReport, Verdict, text};
use crate::smime::claim::Claim;
use crate::smime::integrity::{self, Checks, Content};
use crate::smime::known::Encounter;
use crate::smime::verify::VerifyOptions;
use crate::spec;

/// What all signers of a message share.
pub(super) struct Judge<'c, 'o> {
    data: &'c SignedData<'c>,
    content: &'c Content<'c>,
    keyring: &'c Keyring,
    intermediates: &'c [&'c Certificate],
    /// That of the options, with the revocation lists of the message.
    trust: Option<&'c Trust<'c>>,
    options: &'o VerifyOptions<'o>,
    checks: Checks,
    budget: Budget,
    /// What is shown of certificates: a large one is walked once.
    summaries: Vec<(&'c Certificate, CertificateSummary)>,
}

/// What is known about one signer in the end.
pub(super) struct Judged<'c> {
    pub(super) report: SignerReport,
    pub(super) certificate: Option<&'c Certificate>,
    pub(super) findings: Vec<Finding>,
}

/// A verdict and what is worth saying with it.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
    pub(super) revocation: Vec<RevocationSummary>,
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        Answer { verdict, findings: Vec::new(), revocation: Vec::new() }
    }
}

impl<'c, 'o> Judge<'c, 'o> {
    pub(super) fn new(
        data: &'c SignedData<'c>,
        content: &'c Content<'c>,
        (keyring, intermediates): (&'c Keyring, &'c [&'c Certificate]),
        trust: Option<&'c Trust<'c>>,
        options: &'o VerifyOptions<'o>,
    ) -> Self {
        let (checks, budget) = (Checks::default(), Budget::default());
        Judge { data, content, keyring, intermediates, trust, options, checks, budget, summaries: Vec::new() }
    }

    /// Answers the four questions about the signer with this number.
    pub(super) fn signer(&mut self, number: usize, signer: &SignerInfo<'_>) -> Judged<'c> {
        let candidates = candidates(self.keyring, &signer.identifier);
        let element = format!("signer {number}");
        let mut report = self.unanswered(number, signer, candidates.first().copied());
        let checked =
            integrity::check(self.data, signer, self.content, &candidates, self.options.strength, &mut self.checks);
        let right = match checked {
            Ok(right) => right,
            Err(error) => {
                report.integrity = Verdict::Bad(error.within(element));
                return Judged { report, certificate: candidates.first().copied(), findings: Vec::new() };
            }
        };
        report.integrity = Verdict::Good(String::new());

        // Several certificates may hold the same key: the best one is the signer's.
        let mut best: Option<(&'c Certificate, Vec<Finding>, Answer, Answer)> = None;
        let mut keyring = None;
        for candidate in right {
            let Some(certificate) = candidates.get(candidate.index).copied() else { continue };
            let encounter = Encounter::new(certificate, self.options);
            let trust = self.trust(certificate, encounter.as_ref(), &element);
            let identity = self.identity(certificate, &trust.verdict, &element);
            let quality = |trust: &Answer, identity: &Answer| {
                (trust.verdict.error().is_none(), identity.verdict.error().is_none())
            };
            let is_better =
                best.as_ref().is_none_or(|(_, _, old_trust, old)| quality(&trust, &identity) > quality(old_trust, old));
            if is_better {
                best = Some((certificate, candidate.findings, trust, identity));
                keyring = encounter.map(|encounter| encounter.summary);
            }
        }
        let Some((certificate, mut findings, trust, identity)) = best else {
            return Judged { report, certificate: None, findings: Vec::new() };
        };
        findings.extend(signing_time_finding(report.signing_time, certificate));
        findings.extend(trust.findings);
        findings.extend(identity.findings);
        report.certificate = Some(self.summary(certificate));
        report.revocation = trust.revocation;
        report.keyring = keyring;
        report.trust = trust.verdict;
        report.identity = identity.verdict;
        Judged { report, certificate: Some(certificate), findings }
    }

    fn summary(&mut self, certificate: &'c Certificate) -> CertificateSummary {
        if let Some((_, known)) = self.summaries.iter().find(|(one, _)| std::ptr::eq(*one, certificate)) {
            return known.clone();
        }
        let made = summary(certificate);
        self.summaries.push((certificate, made.clone()));
        made
    }

    fn unanswered(
        &mut self,
        number: usize,
        signer: &SignerInfo<'_>,
        certificate: Option<&'c Certificate>,
    ) -> SignerReport {
        let skipped = || Verdict::NotChecked("integrity is not established".to_owned());
        SignerReport {
            number,
            certificate: certificate.map(|certificate| self.summary(certificate)),
            identifier: signer.identifier.to_string(),
            algorithm: algorithm_text(signer),
            signing_time: signer.signed_attributes.as_ref().and_then(|given| given.signing_time().ok().flatten()),
            revocation: Vec::new(),
            keyring: None,
            integrity: skipped(),
            trust: skipped(),
            identity: skipped(),
            diagnosis: None,
            freshness: match self.options.require_date {
                true => Verdict::Bad(Error::new(Condition::DateNotCovered).within(format!("signer {number}"))),
                false => Verdict::NotChecked("no Date is covered".to_owned()),
            },
        }
    }

    /// A certificate that changed is bad wherever its path leads (RFC 3261 section 23.2), and even if no path is
    /// asked for.
    fn trust(&mut self, certificate: &'c Certificate, encounter: Option<&Encounter<'_>>, element: &str) -> Answer {
        let mut findings: Vec<Finding> =
            encounter.and_then(|encounter| encounter.finding.clone()).into_iter().collect();
        if let Some(breach) = encounter.and_then(|encounter| encounter.breach.clone()) {
            return Answer { findings, ..Verdict::Bad(breach.within(element)).into() };
        }
        let Some(trust) = self.trust else {
            return Answer { findings, ..Verdict::NotChecked("-noverify".to_owned()).into() };
        };
        let trust = match encounter.and_then(|encounter| encounter.pin) {
            Some(pin) => Cow::Owned(Trust { pinned: std::slice::from_ref(pin), ..trust.clone() }),
            None => Cow::Borrowed(trust),
        };
        let has_lists = self.options.trust.as_ref().is_some_and(|given| !given.crls.is_empty());
        let mut answer = path_answer(certificate, self.intermediates, &trust, &mut self.budget, has_lists);
        findings.append(&mut answer.findings);
        match answer.verdict {
            Verdict::Bad(error) => Answer { verdict: Verdict::Bad(error.within(element)), findings, ..answer },
            _ => Answer { findings, ..answer },
        }
    }

    fn identity(&self, certificate: &Certificate, trust: &Verdict, element: &str) -> Answer {
        let (uris, source, is_response) = match &self.options.claim {
            Claim::Identities { uris, source, is_response } => (uris, source, is_response),
            Claim::Unusable(error) => return Verdict::Bad(error.clone()).into(),
            Claim::NotAsked(why) => return Verdict::NotChecked((*why).to_owned()).into(),
        };
        let mut failure = None;
        for uri in uris {
            match identity::match_identity(certificate, uri, self.options.identity) {
                Ok(matched) => {
                    let names = format!("{} is the {source}", matched.name);
                    let verdict = if trust.is_good() { Verdict::Good(names) } else { Verdict::NotProved(names) };
                    return Answer { findings: match_findings(&matched), ..verdict.into() };
                }
                Err(error) => failure = Some(failure.unwrap_or(error)),
            }
        }
        let error = failure.unwrap_or_else(|| Error::new(Condition::IdentityNoClaim));
        // A response may legitimately come from somebody else (RFC 3261 section 23.2): another code and hint.
        let error = match (error.condition(), is_response) {
            (Condition::IdentityMismatch, true) => error.with_condition(Condition::IdentityResponseNotTo),
            _ => error,
        };
        Verdict::Bad(error.within(element)).into()
    }
}

/// Whether a path leads to an anchor, and what is worth saying about it. `has_lists` if the user gave lists.
pub(super) fn path_answer<'c>(
    certificate: &'c Certificate,
    intermediates: &[&'c Certificate],
    trust: &Trust<'c>,
    budget: &mut Budget,
    has_lists: bool,
) -> Answer {
    let path = match chain::validate_within(certificate, intermediates, trust, budget) {
        Ok(path) => path,
        Err(refusal) => {
            let (verdict, revocation) = (Verdict::Bad(refusal.error), refusal.revocation);
            return Answer { verdict, findings: Vec::new(), revocation };
        }
    };
    let names: Vec<String> = path.certificates().iter().map(|one| one.subject_text()).collect();
    let weak = |weakness: &Error| {
        Finding::warning(weakness.finding().unwrap_or("WEAK-ALG"), spec::SMIME_LEGACY, weakness.to_string())
    };
    let mut findings: Vec<Finding> = path.weaknesses().iter().map(weak).collect();
    if let Some(authority) = path.test_authority() {
        let text = format!("{}: its private key is printed in RFC 6216", authority.subject_text());
        findings.push(Finding::warning("TEST-CA-6216", spec::CERT_PATH, text));
    }
    let revocation = path.revocation().to_vec();
    findings.extend(revocation_findings(&revocation, has_lists));
    Answer { verdict: Verdict::Good(names.join(" < ")), findings, revocation }
}

/// What is not known about revocation. It is a warning about the signer if the user gave a list.
fn revocation_findings(revocation: &[RevocationSummary], has_lists: bool) -> Vec<Finding> {
    if revocation.is_empty() {
        let text = "revocation was not checked: no certificate revocation list was given";
        return vec![Finding::info("REVOCATION-NOT-CHECKED", spec::CRL_STATUS, text)];
    }
    let unknown = revocation.iter().enumerate().filter(|(_, one)| one.status == RevocationStatus::Unknown);
    let finding = |(at, one): (usize, &RevocationSummary)| {
        let text = format!("whether the certificate of {} is revoked is not known: {}", one.certificate, one.reason);
        let make = if at == 0 && has_lists { Finding::warning } else { Finding::info };
        make("REVOCATION-UNKNOWN", spec::CRL_STATUS, text)
    };
    unknown.map(finding).collect()
}

/// The certificates that a signer may mean.
pub(super) fn candidates<'c>(keyring: &'c Keyring, identifier: &SignerIdentifier<'_>) -> Vec<&'c Certificate> {
    match identifier {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => keyring.find(issuer, serial),
        SignerIdentifier::SubjectKeyIdentifier(key) => keyring.find_by_key_identifier(key),
    }
}

pub(super) fn match_findings(matched: &SanMatch) -> Vec<Finding> {
    let mut findings = matched.findings.clone();
    if matched.sips_by_sip {
        let text = format!("a sips: identity is matched by {}", matched.name);
        findings.push(Finding::warning("SIPS-SIP-MATCH", spec::SIP_URI_COMPARISON, text));
    }
    if matched.by_email {
        let text = format!("a sip: identity is matched by the e-mail address {}", matched.name);
        findings.push(Finding::warning("EMAIL-SAN-MATCH", spec::CERT_ALT_NAME, text));
    }
    findings
}

/// TRAP-03: the signer claims to have signed when its certificate was not valid.
fn signing_time_finding(time: Option<i64>, certificate: &Certificate) -> Option<Finding> {
    let time = time?;
    let (from, to) = (certificate.not_before().ok()?, certificate.not_after().ok()?);
    let text = format!("the signing time {} is outside the validity of the certificate", text::time(time));
    (time < from || time > to).then(|| Finding::warning("SIGNTIME-OUTSIDE-CERT", spec::CERT_VALIDITY, text))
}

pub(super) fn summary(certificate: &Certificate) -> CertificateSummary {
    CertificateSummary {
        subject: certificate.subject_text(),
        issuer: certificate.issuer_text(),
        serial: certificate.serial_text(),
        fingerprint: text::hex(&certificate.fingerprint_sha256()),
        identities: identity::identities(certificate).unwrap_or_default(),
        der: certificate.der().to_vec(),
    }
}

fn algorithm_text(signer: &SignerInfo<'_>) -> String {
    alg::digest::from_identifier(&signer.digest_algorithm.owned_to_ref())
        .and_then(|digest| integrity::scheme(signer, digest))
        .map_or_else(|_| signer.signature_algorithm.oid.to_string(), |scheme| scheme.name())
}
