//! Verify: four questions about each signer, and the content only if every one asked for was answered well
//! (RFC 5652 section 5.6, RFC 5280 section 6, RFC 8591 section 4.4, RFC 3261 section 23.2).
//!
//! Integrity: is the signature right over these octets? Trust: is there a path to an anchor that was
//! named, at the time that was named? Identity: does the certificate name the claimed sender? Freshness:
//! is a Date covered, and recent? Nothing taken from the message sets the time or becomes an anchor.

use std::borrow::Cow;

use der::referenced::OwnedToRef;

use crate::alg;
use crate::alg::policy::Strength;
use crate::cms::{SignedData, SignerIdentifier, SignerInfo, content, oid};
use crate::error::{Condition, Error, Exit};
use crate::octets::{Slice, Span};
use crate::pki::Certificate;
use crate::pki::chain::{self, Trust};
use crate::pki::identity::{self, IdentityOptions, SanMatch};
use crate::pki::keyring::Keyring;
use crate::report::{CertificateSummary, Finding, SignerReport, Verdict, VerifyReport, text};
use crate::smime::Signed;
use crate::smime::claim::Claim;
use crate::smime::integrity::{self, Content, identifier_text};
use crate::spec;

/// What to ask of a signed object.
#[derive(Debug)]
pub struct VerifyOptions<'a> {
    /// Certificates given from outside, to find signers and intermediate authorities among.
    pub certificates: &'a [Certificate],
    /// Whether signers are searched among the certificates of the message.
    pub use_message_certificates: bool,
    /// Anchors, time and purpose; `None` if trust is not asked for.
    pub trust: Option<Trust<'a>>,
    /// Who the message claims to be from.
    pub claim: Claim,
    /// How names are compared.
    pub identity: IdentityOptions,
    /// Whether SHA-1, RSA below 2048 bits and signatures without attributes are accepted, with a finding.
    pub strength: Strength,
    /// Whether one good signer is enough.
    pub any_signer: bool,
    /// Whether an uncovered Date is bad.
    pub require_date: bool,
    /// Whether a disagreement between label and object is an error.
    pub strict: bool,
}

/// Content whose signatures passed every check that was asked for. Only [`verify`] makes one.
#[derive(Debug)]
pub struct Verified<'a> {
    content: Cow<'a, [u8]>,
    start: usize,
    report: VerifyReport,
    signer: Certificate,
}

impl Verified<'_> {
    /// The octets that the signatures cover, and nothing else.
    pub fn octets(&self) -> Slice<'_> {
        Slice::at(&self.content, self.start)
    }

    /// The verdicts.
    pub fn report(&self) -> &VerifyReport {
        &self.report
    }

    /// The certificate of the signer the verdict rests on.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }
}

/// Why nothing is released: the most telling error, and every verdict. There is no content in it.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The error to show.
    pub error: Error,
    /// The verdicts, as far as they were reached.
    pub report: VerifyReport,
}

impl From<Error> for Box<Refused> {
    fn from(error: Error) -> Self {
        Box::new(Refused { error, report: VerifyReport::default() })
    }
}

/// Verifies a signed object.
///
/// # Errors
/// [`Refused`] unless every verdict that was asked for is good.
pub fn verify<'s>(signed: &'s Signed<'_>, options: &VerifyOptions<'_>) -> Result<Verified<'s>, Box<Refused>> {
    let start = signed.cms_start.unwrap_or_default();
    let mut data = SignedData::parse(Slice::at(&signed.cms, start))?;
    if data.signers.is_empty() {
        return Err(Error::new(Condition::NoSigner).into());
    }
    if data.content_type != oid::DATA {
        let name = content::content_type_name(&data.content_type);
        return Err(Error::new(Condition::CmsContentType).detail(format!("signed content of type {name}")).into());
    }
    let (content, span) = covered_content(signed, &mut data)?;

    let mut report = VerifyReport { findings: signed.findings.clone(), ..VerifyReport::default() };
    if let Claim::Identities { uris, .. } = &options.claim {
        report.claimed = uris.iter().map(ToString::to_string).collect();
    }
    report.covered = "the signed entity; no header field outside it is covered".to_owned();
    report.covered_octets = span;
    label_findings(signed, &data, &mut report.findings);

    let message_certificates = certificates_of(&data, &mut report.findings);
    let intermediates: Vec<&Certificate> = message_certificates.iter().chain(options.certificates).collect();
    let inside = message_certificates.iter().filter(|_| options.use_message_certificates);
    let pinned = options.trust.as_ref().map(|trust| trust.pinned).unwrap_or_default();
    let keyring: Keyring = inside.chain(options.certificates).chain(pinned).cloned().collect();

    let hashed = Content::new(&content);
    let mut judged = Vec::new();
    for (index, signer) in data.signers.iter().enumerate() {
        let number = index.saturating_add(1);
        let (report_of_signer, certificate, findings) =
            judge(number, &data, signer, &hashed, &keyring, &intermediates, options);
        report.signers.push(report_of_signer);
        judged.push(certificate);
        for finding in findings {
            if !report.findings.contains(&finding) {
                report.findings.push(finding);
            }
        }
    }
    if let Err(mut error) = decide(&report.signers, &judged, options) {
        if let (Condition::DigestMismatch, Some(span)) = (error.condition(), span) {
            error = error.at(span);
        }
        return Err(Box::new(Refused { error, report }));
    }
    let mismatch = report.findings.iter().find(|finding| options.strict && finding.code == "MICALG-MISMATCH");
    if let Some(finding) = mismatch {
        let error = Error::new(Condition::StrictFinding).detail(text::finding(finding));
        return Err(Box::new(Refused { error, report }));
    }
    let best =
        report.signers.iter().zip(&judged).find(|(signer, _)| is_good(signer) && signer.identity.error().is_none());
    let Some(signer) = best.and_then(|(_, certificate)| (*certificate).cloned()) else {
        // `decide` accepts no report without a good signer.
        return Err(Error::new(Condition::NoSigner).into());
    };
    drop(hashed);
    Ok(Verified { content, start: span.map(|span| span.start).unwrap_or_default(), report, signer })
}

/// The content of a detached signature, or the one inside: never a choice between two (threats C1).
fn covered_content<'s>(
    signed: &'s Signed<'_>,
    data: &mut SignedData<'s>,
) -> Result<(Cow<'s, [u8]>, Option<Span>), Error> {
    match (signed.content, data.content.take()) {
        (Some(detached), None) => Ok((Cow::Borrowed(detached.octets()), Some(detached.span()))),
        (None, Some(inside)) => Ok((inside, data.content_span.filter(|_| signed.cms_start.is_some()))),
        (Some(_), Some(_)) => Err(Error::new(Condition::CmsTwoContents)),
        (None, None) => Err(Error::new(Condition::CmsNoContent)),
    }
}

/// The certificates of the message that can be read; the others are named.
fn certificates_of(data: &SignedData<'_>, findings: &mut Vec<Finding>) -> Vec<Certificate> {
    let mut certificates = Vec::new();
    for octets in &data.certificates {
        match Certificate::from_der(octets.octets()) {
            Ok(certificate) => certificates.push(certificate),
            Err(error) => findings.push(Finding::warning(
                "CERT-UNREADABLE",
                spec::CERT_FIELDS,
                format!("a certificate in the message cannot be read: {error}"),
            )),
        }
    }
    certificates
}

/// What micalg and digestAlgorithms announce, and the signers do not do. These are only hints.
fn label_findings(signed: &Signed<'_>, data: &SignedData<'_>, findings: &mut Vec<Finding>) {
    for signer in &data.signers {
        let announced = data.digest_algorithms.iter().any(|digest| digest.oid == signer.digest_algorithm.oid);
        if !announced {
            findings.push(Finding::warning(
                "DIGEST-NOT-ANNOUNCED",
                spec::CMS_SIGNED_DATA,
                "the digest algorithm of a signer is not among those of the object",
            ));
        }
    }
    let Some(micalg) = &signed.micalg else { return };
    for name in micalg.split(',').map(str::trim) {
        let Some(digest) = alg::digest::by_micalg(name) else {
            let text = format!("micalg {name} is not known");
            findings.push(Finding::info("MICALG-UNKNOWN", spec::MULTIPART_SIGNED, text));
            continue;
        };
        if !data.signers.iter().any(|signer| signer.digest_algorithm.oid == digest.oid()) {
            let text = format!("micalg says {name}, no signer uses it");
            findings.push(Finding::warning("MICALG-MISMATCH", spec::MULTIPART_SIGNED, text));
        } else if !name.eq_ignore_ascii_case(digest.micalg()) {
            let text = format!("micalg {name} is an old spelling of {}", digest.micalg());
            findings.push(Finding::info("MICALG-LEGACY", spec::MULTIPART_SIGNED, text));
        }
    }
}

type Judged<'c> = (SignerReport, Option<&'c Certificate>, Vec<Finding>);

/// Answers the four questions about one signer.
fn judge<'c>(
    number: usize,
    data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: &Content<'_>,
    keyring: &'c Keyring,
    intermediates: &[&Certificate],
    options: &VerifyOptions<'_>,
) -> Judged<'c> {
    let candidates = candidates(keyring, &signer.identifier);
    let element = format!("signer {number}");
    let skipped = || Verdict::NotChecked("the signature is not good".to_owned());
    let mut report = SignerReport {
        number,
        certificate: candidates.first().map(|certificate| summary(certificate)),
        identifier: identifier_text(&signer.identifier),
        algorithm: algorithm_text(signer),
        signing_time: signer.signed_attributes.as_ref().and_then(|given| given.signing_time().ok().flatten()),
        integrity: Verdict::Good(String::new()),
        trust: skipped(),
        identity: skipped(),
        freshness: match options.require_date {
            true => Verdict::Bad(Error::new(Condition::DateNotCovered).within(element.clone())),
            false => Verdict::NotChecked("no Date is covered".to_owned()),
        },
    };
    let integrity = match integrity::check(data, signer, content, &candidates, options.strength) {
        Ok(integrity) => integrity,
        Err(error) => {
            report.integrity = Verdict::Bad(error.within(element));
            return (report, candidates.first().copied(), Vec::new());
        }
    };
    let mut findings = integrity.findings;
    let right = integrity.certificates.iter().filter_map(|index| candidates.get(*index).copied());

    // Several certificates may hold the same key: the best one is the signer's, and its failures are shown.
    let mut best: Option<(&Certificate, Verdict, Verdict)> = None;
    for certificate in right {
        let trust = trust(certificate, intermediates, options, &element, &mut findings);
        let identity = identity(certificate, &trust, options, &element, &mut findings);
        let is_better = match &best {
            None => true,
            Some((_, old_trust, old_identity)) => {
                (trust.error().is_none(), identity.error().is_none())
                    > (old_trust.error().is_none(), old_identity.error().is_none())
            }
        };
        if is_better {
            best = Some((certificate, trust, identity));
        }
    }
    let Some((certificate, trust, identity)) = best else {
        return (report, candidates.first().copied(), findings);
    };
    if let Some(finding) = signing_time_finding(report.signing_time, certificate) {
        findings.push(finding);
    }
    report.certificate = Some(summary(certificate));
    report.trust = trust;
    report.identity = identity;
    (report, Some(certificate), findings)
}

fn candidates<'c>(keyring: &'c Keyring, identifier: &SignerIdentifier<'_>) -> Vec<&'c Certificate> {
    match identifier {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => keyring.find(issuer, serial),
        SignerIdentifier::SubjectKeyIdentifier(key) => keyring.find_by_key_identifier(key),
    }
}

fn trust(
    certificate: &Certificate,
    intermediates: &[&Certificate],
    options: &VerifyOptions<'_>,
    element: &str,
    findings: &mut Vec<Finding>,
) -> Verdict {
    let Some(trust) = &options.trust else {
        return Verdict::NotChecked("-noverify".to_owned());
    };
    match chain::validate(certificate, intermediates, trust) {
        Ok(path) => {
            findings.extend(
                path.weaknesses()
                    .iter()
                    .map(|weakness| Finding::warning("WEAK-ALG", spec::SMIME_LEGACY, weakness.to_string())),
            );
            let names: Vec<String> = path.certificates().iter().map(|one| one.subject_text()).collect();
            Verdict::Good(names.join(" < "))
        }
        Err(error) => Verdict::Bad(error.within(element)),
    }
}

fn identity(
    certificate: &Certificate,
    trust: &Verdict,
    options: &VerifyOptions<'_>,
    element: &str,
    findings: &mut Vec<Finding>,
) -> Verdict {
    let (uris, source, is_response) = match &options.claim {
        Claim::Identities { uris, source, is_response } => (uris, source, is_response),
        Claim::Unusable(error) => return Verdict::Bad(error.clone()),
        Claim::NotAsked(why) => return Verdict::NotChecked((*why).to_owned()),
    };
    let mut failure = None;
    for uri in uris {
        match identity::match_identity(certificate, uri, options.identity) {
            Ok(matched) => {
                findings.extend(match_findings(&matched));
                let names = format!("{} is the {source}", matched.name);
                return if trust.is_good() { Verdict::Good(names) } else { Verdict::NotProved(names) };
            }
            Err(error) => failure = Some(failure.unwrap_or(error)),
        }
    }
    let error = failure.unwrap_or_else(|| Error::new(Condition::IdentityNoClaim));
    // A response may legitimately come from somebody else (RFC 3261 section 23.2): another code and hint.
    Verdict::Bad(
        match (error.condition(), is_response) {
            (Condition::IdentityMismatch, true) => error.with_condition(Condition::IdentityResponseNotTo),
            _ => error,
        }
        .within(element),
    )
}

fn match_findings(matched: &SanMatch) -> Vec<Finding> {
    let mut findings = Vec::new();
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

fn signing_time_finding(time: Option<i64>, certificate: &Certificate) -> Option<Finding> {
    let time = time?;
    let (from, to) = (certificate.not_before().ok()?, certificate.not_after().ok()?);
    (time < from || time > to).then(|| {
        Finding::warning(
            "SIGNTIME-OUTSIDE-CERT",
            spec::CERT_VALIDITY,
            format!("the signing time {} is outside the validity of the certificate", text::time(time)),
        )
    })
}

fn summary(certificate: &Certificate) -> CertificateSummary {
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

/// Whether integrity and trust are as good as was asked.
fn is_good(signer: &SignerReport) -> bool {
    signer.integrity.is_good() && signer.trust.error().is_none()
}

/// Whether the verdicts let the content go.
///
/// Of the SignerInfos of one certificate one must be good and none broken (one may use an algorithm we do
/// not know, RFC 8551 section 2.6); every certificate must be good, or any one if so asked; and the claimed
/// identity must be named by a good one.
fn decide(
    signers: &[SignerReport],
    certificates: &[Option<&Certificate>],
    options: &VerifyOptions<'_>,
) -> Result<(), Error> {
    let paired = || signers.iter().zip(certificates);
    let same = |a: &Option<&Certificate>, b: &Option<&Certificate>| match (a, b) {
        (Some(a), Some(b)) => a.der() == b.der(),
        _ => false,
    };
    let is_excused = |signer: &SignerReport, certificate: &Option<&Certificate>| {
        let unknown = signer.integrity.error().is_some_and(|error| error.exit() == Exit::Unsupported);
        unknown && paired().any(|(other, of)| same(of, certificate) && is_good(other))
    };
    let failing: Vec<&SignerReport> =
        paired().filter(|(signer, of)| !is_good(signer) && !is_excused(signer, of)).map(|(signer, _)| signer).collect();
    let good: Vec<&SignerReport> = signers.iter().filter(|signer| is_good(signer)).collect();
    let enough = options.any_signer && !good.is_empty();
    if !failing.is_empty() && !enough {
        return Err(most_telling(&failing));
    }
    for question in [|signer: &SignerReport| signer.identity.clone(), |signer: &SignerReport| signer.freshness.clone()]
    {
        let verdicts: Vec<Verdict> = good.iter().map(|signer| question(signer)).collect();
        if verdicts.iter().all(|verdict| verdict.error().is_some()) {
            let error = verdicts.iter().find_map(Verdict::error).cloned();
            return Err(error.unwrap_or_else(|| Error::new(Condition::NoSigner)));
        }
    }
    Ok(())
}

/// Of several failures, the one that says most: a broken signature before a missing certificate before an
/// unknown algorithm before a missing path.
fn most_telling(failing: &[&SignerReport]) -> Error {
    let errors = failing.iter().flat_map(|signer| [&signer.integrity, &signer.trust]).filter_map(Verdict::error);
    let rank = |error: &Error| match error.exit() {
        Exit::No if error.code().starts_with("verify.") => 0,
        Exit::Malformed => 1,
        Exit::NoKey => 2,
        Exit::Unsupported => 3,
        _ => 4,
    };
    errors.min_by_key(|error| rank(error)).cloned().unwrap_or_else(|| Error::new(Condition::NoSigner))
}
