//! Verify: four questions about each signer, and the content only if every one asked for was answered well
//! (RFC 5652 section 5.6, RFC 5280 section 6, RFC 8591 section 4.4, RFC 3261 section 23.2).
//!
//! Integrity: is the signature right over these octets? Trust: is there a path to an anchor that was
//! named, at the time that was named? Identity: does the certificate name the claimed sender? Freshness:
//! is a Date covered, and recent? Nothing taken from the message sets the time or becomes an anchor.

use std::borrow::Cow;

use crate::alg;
use crate::alg::policy::Strength;
use crate::cms::{SignedData, content, oid};
use crate::error::{Condition, Error, Exit};
use crate::octets::{LineEnding, Slice, Span};
use crate::pki::chain::Trust;
use crate::pki::identity::IdentityOptions;
use crate::pki::known::{KnownCertificate, KnownCertificates};
use crate::pki::{Certificate, Crl, Keyring};
use crate::report::{Finding, SignerReport, Verdict, VerifyReport, text};
use crate::smime::Signed;
use crate::smime::claim::Claim;
use crate::smime::diagnose;
use crate::smime::integrity::Content;
use crate::smime::judge::Judge;
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
    /// The certificates by which the user knows people, if a keyring was named.
    pub known: Option<&'a KnownCertificates>,
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
    /// Whether a signature that is not right is explained by the damage that would make it so. No verdict changes.
    pub diagnose: bool,
}

/// Content whose signatures passed every check that was asked for. Only [`verify`] makes one.
#[derive(Debug)]
pub struct Verified<'a> {
    content: Cow<'a, [u8]>,
    start: usize,
    report: VerifyReport,
    signers: Vec<Certificate>,
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

    /// The certificates of the good signers.
    pub fn signers(&self) -> &[Certificate] {
        &self.signers
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
    let mut verified = verify_unexplained(signed, options).map_err(|refused| explained(*refused, signed, options))?;
    // One good signer may be enough: the others are not.
    if options.diagnose && verified.report.signers.iter().any(|signer| signer.integrity.error().is_some()) {
        diagnose::explain(signed, options, &mut verified.report);
    }
    Ok(verified)
}

/// A refusal with the diagnosis that was asked for. What there is to do then is the hint of the error.
fn explained(mut refused: Refused, signed: &Signed<'_>, options: &VerifyOptions<'_>) -> Box<Refused> {
    if options.diagnose {
        diagnose::explain(signed, options, &mut refused.report);
        let signers = refused.report.signers.iter();
        let diagnosed =
            signers.filter(|signer| signer.integrity.error().map(Error::code) == Some(refused.error.code()));
        let diagnosis = diagnosed.filter_map(|signer| signer.diagnosis.as_ref()).next();
        refused.error = match diagnosis.or(refused.report.diagnosis.as_ref()) {
            Some(diagnosis) => diagnose::hinting(refused.error, diagnosis),
            None => refused.error,
        };
    }
    Box::new(refused)
}

/// As [`verify`], without the diagnosis that the options may ask for.
///
/// # Errors
/// As [`verify`].
pub(super) fn verify_unexplained<'s>(
    signed: &'s Signed<'_>,
    options: &VerifyOptions<'_>,
) -> Result<Verified<'s>, Box<Refused>> {
    let mut report = VerifyReport { findings: signed.findings.clone(), ..VerifyReport::default() };
    if let Claim::Identities { uris, .. } = &options.claim {
        report.claimed = uris.iter().map(ToString::to_string).collect();
    }
    match judged(signed, options, &mut report) {
        Ok((content, span, signers)) => {
            let start = span.map(|span| span.start).unwrap_or_default();
            Ok(Verified { content, start, report, signers })
        }
        // Octets of an object that was decoded first do not stand in the input.
        Err(error) if signed.cms_start.is_none() => Err(Box::new(Refused { error: error.without_octets(), report })),
        Err(error) => Err(Box::new(Refused { error, report })),
    }
}

type Accepted<'s> = (Cow<'s, [u8]>, Option<Span>, Vec<Certificate>);

/// Fills the report, and returns the content with the certificates of the good signers if all is well.
fn judged<'s>(
    signed: &'s Signed<'_>,
    options: &VerifyOptions<'_>,
    report: &mut VerifyReport,
) -> Result<Accepted<'s>, Error> {
    let mut data = SignedData::parse(Slice::at(&signed.cms, signed.cms_start.unwrap_or_default()))?;
    if data.signers.is_empty() {
        return Err(no_signer(&data));
    }
    if data.content_type != oid::DATA {
        let name = content::content_type_name(&data.content_type);
        return Err(Error::new(Condition::CmsContentType).detail(format!("signed content of type {name}")));
    }
    let (content, span) = covered_content(signed, &mut data)?;
    report.covered = match signed.in_message {
        true => "the signed entity; no header field outside it is covered".to_owned(),
        false => "the content of the CMS object".to_owned(),
    };
    report.covered_octets = span;
    label_findings(signed, &data, &mut report.findings);

    let (keyring, message_certificates) = keyring_of(&data, options, &mut report.findings);
    let intermediates: Vec<&Certificate> = message_certificates.iter().chain(options.certificates).collect();

    let message_crls = crls_of(&data, &mut report.findings);
    let trust = options
        .trust
        .as_ref()
        .map(|trust| Trust { crls: trust.crls.iter().copied().chain(&message_crls).collect(), ..trust.clone() });

    let hashed = Content::new(&content);
    let mut judge = Judge::new(&data, &hashed, (&keyring, &intermediates), trust.as_ref(), options);
    let mut certificates = Vec::new();
    for (index, signer) in data.signers.iter().enumerate() {
        let judged = judge.signer(index.saturating_add(1), signer);
        report.signers.push(judged.report);
        certificates.push(judged.certificate);
        for finding in judged.findings {
            if !report.findings.contains(&finding) {
                report.findings.push(finding);
            }
        }
    }
    let decided = decide(&report.signers, &certificates, options).map_err(|error| match (error.condition(), span) {
        (Condition::DigestMismatch, Some(span)) => error.at(span),
        _ => error,
    });
    decided.map_err(|error| match error.condition() {
        Condition::DigestMismatch if has_bare_line_feed(&content) => error.hinting(BARE_LINE_FEED),
        _ => error,
    })?;
    if let Some(error) = strict_label(&report.findings).filter(|_| options.strict) {
        return Err(error);
    }
    let good = report.signers.iter().zip(&certificates).filter(|(signer, _)| is_good(signer));
    let signers = good.filter_map(|(_, certificate)| certificate.cloned()).collect();
    drop(hashed);
    Ok((content, span, signers))
}

const BARE_LINE_FEED: &str = "the part has bare LF line endings; verify --diagnose says whether that is why";

fn has_bare_line_feed(content: &[u8]) -> bool {
    Slice::new(content).lines().any(|line| line.ending == LineEnding::Lf)
}

/// Those among whom signers are searched, and of them those that the message brings.
pub(super) fn keyring_of(
    data: &SignedData<'_>,
    options: &VerifyOptions<'_>,
    findings: &mut Vec<Finding>,
) -> (Keyring, Vec<Certificate>) {
    let message_certificates = certificates_of(data, findings);
    let inside = message_certificates.iter().filter(|_| options.use_message_certificates);
    let pinned = options.trust.as_ref().map(|trust| trust.pinned).unwrap_or_default();
    let known = known_signers(options).into_iter().map(KnownCertificate::certificate);
    let keyring = inside.chain(options.certificates).chain(pinned).chain(known).cloned().collect();
    (keyring, message_certificates)
}

/// Those whose certificates are known for an address that is claimed: a message need not bring them (RFC 8550 section
/// 2.3).
fn known_signers<'o>(options: &VerifyOptions<'o>) -> Vec<&'o KnownCertificate> {
    let (Some(known), Claim::Identities { uris, .. }) = (options.known, &options.claim) else { return Vec::new() };
    uris.iter().flat_map(|uri| known.of(uri, options.identity)).collect()
}

/// The error that a disagreement between label and object is, if there is one and it is to be an error.
pub(super) fn strict_label(findings: &[Finding]) -> Option<Error> {
    let finding = findings.iter().find(|finding| LABELS.contains(&finding.code))?;
    Some(Error::new(Condition::StrictFinding).detail(text::finding(finding)))
}

/// What labels say and the object does not do.
const LABELS: [&str; 3] = ["MICALG-MISMATCH", "SMIMETYPE-MISMATCH", "DIGEST-NOT-ANNOUNCED"];

/// The content of a detached signature, or the one inside: never a choice between two (threats C1).
pub(super) fn covered_content<'s>(
    signed: &'s Signed<'_>,
    data: &mut SignedData<'s>,
) -> Result<(Cow<'s, [u8]>, Option<Span>), Error> {
    match (signed.content, data.content.take()) {
        // The content of an object alone comes from another file.
        (Some(detached), None) => {
            Ok((Cow::Borrowed(detached.octets()), Some(detached.span()).filter(|_| signed.in_message)))
        }
        (None, Some(inside)) => Ok((inside, data.content_span.filter(|_| signed.cms_start.is_some()))),
        (Some(_), Some(_)) => Err(Error::new(Condition::CmsTwoContents)),
        (None, None) => Err(Error::new(Condition::CmsNoContent)),
    }
}

/// The revocation lists of the message that can be read; the others are named. Nothing vouches for them but their
/// own signatures: they are not part of what the signer signed.
fn crls_of(data: &SignedData<'_>, findings: &mut Vec<Finding>) -> Vec<Crl> {
    let mut crls = Vec::new();
    for octets in &data.crls {
        match Crl::from_der(octets.octets()) {
            Ok(crl) => crls.push(crl),
            Err(error) => findings.push(Finding::warning(
                "CRL-UNREADABLE",
                spec::CRL_FIELDS,
                format!("a revocation list in the message cannot be read: {error}"),
            )),
        }
    }
    crls
}

/// What an object without signers is: a bag of certificates, if it has nothing else.
fn no_signer(data: &SignedData<'_>) -> Error {
    let error = Error::new(Condition::NoSigner);
    let carried = match data.certificates.len() {
        0 => return error,
        1 => "1 certificate".to_owned(),
        count => format!("{count} certificates"),
    };
    match data.content.as_ref().is_none_or(|content| content.is_empty()) {
        true => error
            .detail(format!("nothing is signed, it only carries {carried}"))
            .hinting("sip-smime check-san lists them"),
        false => error,
    }
}

/// The certificates and the revocation lists of a signed object that can be read; the others are named.
pub(super) fn carried(data: &SignedData<'_>, findings: &mut Vec<Finding>) -> (Vec<Certificate>, Vec<Crl>) {
    (certificates_of(data, findings), crls_of(data, findings))
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
pub fn label_findings(signed: &Signed<'_>, data: &SignedData<'_>, findings: &mut Vec<Finding>) {
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
        } else if !name.contains('-') {
            let text = format!("micalg {name} is an old spelling of {}", name.replacen("sha", "sha-", 1));
            findings.push(Finding::info("MICALG-LEGACY", spec::MULTIPART_SIGNED, text));
        }
    }
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

/// Of several failures the worst answer, and among those the one that says most: a broken signature before
/// a path that is missing.
fn most_telling(failing: &[&SignerReport]) -> Error {
    let errors: Vec<&Error> =
        failing.iter().flat_map(|signer| [&signer.integrity, &signer.trust]).filter_map(Verdict::error).collect();
    let worst = errors.iter().map(|error| error.exit()).fold(Exit::Done, Exit::worst);
    let mut worst_errors = errors.iter().filter(|error| error.exit() == worst);
    let broken = worst_errors.clone().find(|error| error.code().starts_with("verify."));
    let first = broken.or_else(|| worst_errors.next());
    first.map_or_else(|| Error::new(Condition::NoSigner), |error| (*error).clone())
}
