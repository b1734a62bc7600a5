//! The names of certificates, judged one by one: check-san (RFC 8591 section 4.4.1, RFC 5922 section 7).
//!
//! Every name is said, with the reason why it is not the one. Trust is another question, which is answered first if
//! it is asked. What judging one input may cost is counted over all of its certificates.

use crate::cms::signed::MAX_CERTIFICATES;
use crate::error::{Condition, Error};
use crate::pki::chain::{Budget, Purpose, Trust};
use crate::pki::extension::{self, GeneralName, NameKind};
use crate::pki::identity::{self, IdentityOptions};
use crate::pki::name::common_names;
use crate::pki::{Certificate, domain};
use crate::report::{Finding, NameReport, NamesReport, Verdict};
use crate::smime::judge::{Answer, match_findings, path_answer, summary};
use crate::spec;
use crate::uri::{Scheme, SipUri};

mod found;

pub use found::Found;

/// What is asked of each certificate.
#[derive(Clone, Debug)]
pub struct NamesOptions<'a> {
    /// Whom it must name; `None` lists the names.
    pub reference: Option<&'a SipUri>,
    /// What counts as a match.
    pub identity: IdentityOptions,
    /// The path that it must have; `None` does not ask.
    pub trust: Option<Trust<'a>>,
}

/// What a certificate that names this one is usually for.
pub fn usual_purpose(reference: Option<&SipUri>) -> Purpose {
    match reference {
        Some(uri) if identity::is_domain(uri) => Purpose::Sip,
        Some(_) => Purpose::Smime,
        None => Purpose::Any,
    }
}

/// What is known about a certificate, and the answer.
pub type Judged = (NamesReport, Result<(), Error>);

/// Judges the certificates of one input. Those beside them, and `more`, may lead to an anchor; nothing but their
/// own signatures vouches for them, nor for the revocation lists.
///
/// # Errors
/// `limit.count` if for more than 64 certificates a path is asked for.
pub fn check(found: &Found, more: &[Certificate], options: &NamesOptions<'_>) -> Result<Vec<Judged>, Error> {
    let judged = found.judged(options);
    if options.trust.is_some() && judged.len() > MAX_CERTIFICATES {
        return Err(Error::new(Condition::LimitCount)
            .detail(format!("{} certificates that need a path to an anchor", judged.len())));
    }
    let intermediates: Vec<&Certificate> = found.certificates.iter().chain(more).collect();
    let has_lists = options.trust.as_ref().is_some_and(|trust| !trust.crls.is_empty());
    let trust = options
        .trust
        .as_ref()
        .map(|trust| Trust { crls: trust.crls.iter().copied().chain(&found.crls).collect(), ..trust.clone() });
    let mut budget = Budget::for_certificates(judged.len());
    let mut answer = |certificate| match &trust {
        None => Verdict::NotChecked("no anchor was named".to_owned()).into(),
        Some(trust) => path_answer(certificate, &intermediates, trust, &mut budget, has_lists),
    };
    Ok(judged.into_iter().map(|certificate| named(certificate, answer(certificate), options)).collect())
}

fn named(certificate: &Certificate, answer: Answer, options: &NamesOptions<'_>) -> Judged {
    let Answer { verdict: trust, mut findings, revocation } = answer;
    findings.extend(purpose_finding(certificate));
    findings.extend(extension_findings(certificate));
    findings.extend(wildcard_findings(certificate));
    let trusted = trust.error().cloned().map_or(Ok(()), Err);
    let mut report = NamesReport {
        certificate: summary(certificate),
        validity: certificate.not_before().ok().zip(certificate.not_after().ok()),
        names: Vec::new(),
        trust,
        revocation,
        matched: None,
        findings,
    };
    let named = match options.reference {
        None => listed(certificate, &mut report),
        Some(reference) => compared(certificate, reference, options.identity, &mut report),
    };
    (report, trusted.and(named).map_err(|error| error.within(format!("certificate {}", certificate.subject_text()))))
}

fn listed(certificate: &Certificate, report: &mut NamesReport) -> Result<(), Error> {
    let names = identity::names(certificate)?;
    report.names = names.into_iter().map(|name| NameReport { name, is_match: None, reason: None }).collect();
    Ok(())
}

fn compared(
    certificate: &Certificate,
    reference: &SipUri,
    options: IdentityOptions,
    report: &mut NamesReport,
) -> Result<(), Error> {
    let comparison = identity::compare(certificate, reference, options)?;
    report.names = comparison
        .names
        .into_iter()
        .map(|name| NameReport {
            name: name.name,
            is_match: Some(name.refusal.is_none()),
            reason: name.refusal.map(|refusal| (refusal.why, refusal.rule)),
        })
        .collect();
    let Some(matched) = comparison.matched else {
        let is_near = |name: &&NameReport| {
            name.reason.is_some_and(|(why, _)| [identity::ONE_DOMAIN, domain::SUFFIX].contains(&why))
        };
        if let Some(near) = report.names.iter().find(is_near) {
            let text = format!("{} differs from {reference} only in the host, within one domain", near.name);
            report.findings.push(Finding::info("SAN-NEAR-MISS", spec::SIP_NEAR_DOMAINS, text));
        }
        let detail = match report.names.len() {
            0 => format!("{reference}; it has no subjectAltName"),
            1 => format!("{reference}; its one name is another"),
            count => format!("{reference}; none of its {count} names is it"),
        };
        let error = Error::new(Condition::IdentityNotNamed).detail(detail);
        return Err(match email_would_do(certificate, reference, options) {
            true => error.hinting("an e-mail name has the same address: --allow-email-san accepts it"),
            false => error,
        });
    };
    report.findings.extend(match_findings(&matched));
    report.matched = Some(matched.name);
    if identity::is_domain(reference) { identity::check_domain_purpose(certificate) } else { Ok(()) }
}

fn email_would_do(certificate: &Certificate, reference: &SipUri, options: IdentityOptions) -> bool {
    let options = IdentityOptions { allow_email_san: true, ..options };
    reference.user().is_some() && identity::match_identity(certificate, reference, options).is_ok()
}

/// GEN-21: id-kp-sipDomain says that a certificate is one of a domain.
pub fn purpose_finding(certificate: &Certificate) -> Vec<Finding> {
    let purposes = certificate.extended_key_usage().ok().flatten().unwrap_or_default();
    let names = certificate.subject_alternative_names().unwrap_or_default();
    let is_user = names.iter().any(|name| {
        let uri = name.clean_text().and_then(|text| SipUri::parse(text).ok());
        uri.is_some_and(|uri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) && uri.user().is_some())
    });
    let text = "the certificate of a user has the purpose of a SIP domain, id-kp-sipDomain";
    let finding = Finding::info("EKU-SIPDOMAIN-ON-USER", spec::SIP_DOMAIN_NAMES, text);
    (is_user && purposes.contains(&extension::SIP_DOMAIN)).then_some(finding).into_iter().collect()
}

/// TRAP-15: what the certificates of RFC 6216 do and later RFCs forbid. It makes nobody refuse them.
pub fn extension_findings(certificate: &Certificate) -> Vec<Finding> {
    let constraints = certificate.basic_constraints().ok().flatten();
    let is_lax = |kind| certificate.extension(kind).ok().flatten().is_some_and(|found| !found.critical);
    let is_authority = constraints.is_some_and(|constraints| constraints.authority);
    let mut findings = Vec::new();
    if is_lax(&extension::KEY_USAGE) {
        let text = "keyUsage is not critical";
        findings.push(Finding::info("CERT-KU-NOT-CRITICAL", spec::CERT_KEY_USAGE, text));
    }
    if is_authority && is_lax(&extension::BASIC_CONSTRAINTS) {
        let text = "basicConstraints of an authority is not critical";
        findings.push(Finding::info("CERT-CA-BC-NOT-CRITICAL", spec::CERT_BASIC_CONSTRAINTS, text));
    }
    if constraints.is_some() && !is_authority {
        let text = "basicConstraints stands in a certificate that is not one of an authority";
        findings.push(Finding::info("CERT-EE-BC", spec::CERT_END_ENTITY, text));
    }
    findings
}

/// TRAP-29: a wildcard is a name of nobody (RFC 5922 section 7.2).
pub fn wildcard_findings(certificate: &Certificate) -> Vec<Finding> {
    let names = certificate.subject_alternative_names().unwrap_or_default();
    let is_host = |name: &&GeneralName<'_>| match name.kind {
        NameKind::Dns => true,
        NameKind::Uri => !name.octets.contains(&b'@'),
        _ => false,
    };
    let mut texts: Vec<String> = names.iter().filter(is_host).map(ToString::to_string).collect();
    if names.is_empty() {
        texts.extend(common_names(certificate.subject()).pop().map(|name| format!("CN:{}", name.escape_ascii())));
    }
    let wildcard = texts.iter().find(|text| text.contains('*'));
    let text = |name| format!("{name} is a wildcard, which names no domain");
    let finding = wildcard.map(|name| Finding::info("SAN-WILDCARD", spec::SIP_DOMAIN_COMPARISON, text(name)));
    finding.into_iter().collect()
}
