//! Rules about certificates and revocation lists (RFC 5280, RFC 8550, RFC 8591 section 4.4.1, RFC 5922).

use crate::alg::{self, digest, policy};
use crate::cms::signed::SignerInfo;
use crate::inspect::subject::SignedObject;
use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::pki::chain::{constrains_uris, is_rfc_6216_authority};
use crate::pki::extension::{self, GeneralName, NameKind};
use crate::pki::identity::{self, IdentityOptions};
use crate::pki::{Certificate, Crl};
use crate::report::text;
use crate::smime::names;
use crate::spec;
use crate::uri::{Scheme, SipUri};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CERT-KU-NOT-CRITICAL",
        level: Level::Must,
        source: spec::CERT_KEY_USAGE_CRITICAL,
        fix: "make keyUsage critical",
        checks: &[Check::Certificate(key_usage_not_critical)],
    },
    Rule {
        code: "CERT-CA-BC-NOT-CRITICAL",
        level: Level::Must,
        source: spec::CERT_BASIC_CONSTRAINTS,
        fix: "make basicConstraints critical",
        checks: &[Check::Certificate(constraints_not_critical)],
    },
    Rule {
        code: "CERT-EE-BC",
        level: Level::Should,
        source: spec::CERT_END_ENTITY,
        fix: "leave basicConstraints out",
        checks: &[Check::Certificate(constraints_of_end_entity)],
    },
    Rule {
        code: "CERT-CA-KU",
        level: Level::Must,
        source: spec::CERT_CA_KEY_USAGE,
        fix: "give the authority a keyUsage with keyCertSign",
        checks: &[Check::Certificate(authority_key_usage)],
    },
    Rule {
        code: "CERT-KEY-ID",
        level: Level::Must,
        source: spec::CERT_KEY_IDENTIFIERS,
        fix: "add the key identifier",
        checks: &[Check::Certificate(key_identifiers)],
    },
    Rule {
        code: "CERT-SERIAL",
        level: Level::Must,
        source: spec::CERT_SERIAL,
        fix: "give it a positive serial number of at most 20 octets",
        checks: &[Check::Certificate(serial)],
    },
    Rule {
        code: "CERT-VERSION",
        level: Level::Must,
        source: spec::CERT_VERSION,
        fix: "a certificate with extensions is of version 3",
        checks: &[Check::Certificate(version)],
    },
    Rule {
        code: "CERT-EXPIRED",
        level: Level::Must,
        source: spec::CERT_VALIDITY,
        fix: "renew it; to look at an old message, name its time with --at-time",
        checks: &[Check::Certificate(expired)],
    },
    Rule {
        code: "CERT-NOT-YET-VALID",
        level: Level::Must,
        source: spec::CERT_VALIDITY,
        fix: "wait, or set the clock",
        checks: &[Check::Certificate(not_yet_valid)],
    },
    Rule {
        code: "CERT-SELF-SIGNED",
        level: Level::Observation,
        source: spec::CERT_PATH,
        fix: "receivers must know it beforehand, by its fingerprint",
        checks: &[Check::Certificate(self_signed)],
    },
    Rule {
        code: "CERT-WEAK-ALG",
        level: Level::Should,
        source: spec::CERT_WEAK_DIGEST,
        fix: "have it issued anew with SHA-256",
        checks: &[Check::Certificate(weak_signature)],
    },
    Rule {
        code: "WEAK-KEY",
        level: Level::Should,
        source: spec::SMIME_KEY_SIZE,
        fix: "use P-256, Ed25519, or RSA of 2048 bits or more",
        checks: &[Check::Certificate(weak_key)],
    },
    Rule {
        code: "TEST-CA-6216",
        level: Level::Should,
        source: spec::CERT_PATH,
        fix: "never trust it: its private key is printed in RFC 6216",
        checks: &[Check::Certificate(test_authority)],
    },
    Rule {
        code: "SAN-NO-MATCH",
        level: Level::Must,
        source: spec::SIP_RECEIVED_SIGNATURE,
        fix: "sign with a certificate whose subjectAltName has the URI of the sender",
        checks: &[Check::End(no_name_matches)],
    },
    Rule {
        code: "SAN-NEAR-MISS",
        level: Level::Observation,
        source: spec::SIP_NEAR_DOMAINS,
        fix: "",
        checks: &[Check::Signer(near_miss)],
    },
    Rule {
        code: "SAN-NO-SIP-URI",
        level: Level::Should,
        source: spec::CERT_ALT_NAME,
        fix: "name the user by a sip: URI in subjectAltName",
        checks: &[Check::Signer(no_sip_name)],
    },
    Rule {
        code: "SAN-WILDCARD",
        level: Level::Observation,
        source: spec::SIP_DOMAIN_COMPARISON,
        fix: "name each domain",
        checks: &[Check::Certificate(wildcard)],
    },
    Rule {
        code: "SAN-IP",
        level: Level::Observation,
        source: spec::SIP_DOMAIN_NAMES,
        fix: "name the domain instead of an address",
        checks: &[Check::Certificate(address_name)],
    },
    Rule {
        code: "SAN-MSRP-URI",
        level: Level::Should,
        source: spec::MSRP_URI_NAMES,
        fix: "name the user by the sip: URI",
        checks: &[Check::Certificate(msrp_name)],
    },
    Rule {
        code: "CN-FALLBACK",
        level: Level::Observation,
        source: spec::SIP_DOMAIN_NAMES,
        fix: "name it in subjectAltName",
        checks: &[Check::Certificate(common_name_alone)],
    },
    Rule {
        code: "KU-NO-SIGN",
        level: Level::Must,
        source: spec::CERT_KEY_USAGE,
        fix: "sign with a certificate whose keyUsage has digitalSignature",
        checks: &[Check::Signer(key_usage_without_signatures)],
    },
    Rule {
        code: "EKU-NO-EMAIL",
        level: Level::Must,
        source: spec::CERT_EXTENDED_KEY_USAGE,
        fix: "sign with a certificate for emailProtection",
        checks: &[Check::Signer(purpose_of_user)],
    },
    Rule {
        code: "EKU-NO-SIPDOMAIN",
        level: Level::Must,
        source: spec::SIP_DOMAIN_NAMES,
        fix: "sign with a certificate for id-kp-sipDomain",
        checks: &[Check::Signer(purpose_of_domain)],
    },
    Rule {
        code: "EKU-SIPDOMAIN-ON-USER",
        level: Level::Observation,
        source: spec::SIP_DOMAIN_NAMES,
        fix: "leave id-kp-sipDomain to certificates of domains",
        checks: &[Check::Certificate(domain_purpose_of_user)],
    },
    Rule {
        code: "NAMECONSTRAINT-SIP-URI",
        level: Level::Must,
        source: spec::CERT_NAME_CONSTRAINTS,
        fix: "use an authority without URI name constraints",
        checks: &[Check::Signed(constrained_names)],
    },
    Rule {
        code: "CRL-EXPIRED",
        level: Level::Should,
        source: spec::CRL_STATUS,
        fix: "attach the current list",
        checks: &[Check::List(list_expired)],
    },
];

fn reported(findings: &[crate::report::Finding], code: &str) -> Cases {
    findings.iter().filter(|finding| finding.code == code).map(|finding| Broken::new(finding.text.as_str())).collect()
}

fn key_usage_not_critical(certificate: &Certificate, _: &Context<'_>) -> Cases {
    reported(&names::extension_findings(certificate), "CERT-KU-NOT-CRITICAL")
}

fn constraints_not_critical(certificate: &Certificate, _: &Context<'_>) -> Cases {
    reported(&names::extension_findings(certificate), "CERT-CA-BC-NOT-CRITICAL")
}

fn constraints_of_end_entity(certificate: &Certificate, _: &Context<'_>) -> Cases {
    reported(&names::extension_findings(certificate), "CERT-EE-BC")
}

fn wildcard(certificate: &Certificate, _: &Context<'_>) -> Cases {
    reported(&names::wildcard_findings(certificate), "SAN-WILDCARD")
}

fn domain_purpose_of_user(certificate: &Certificate, _: &Context<'_>) -> Cases {
    reported(&names::purpose_finding(certificate), "EKU-SIPDOMAIN-ON-USER")
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.authority)
}

fn authority_key_usage(certificate: &Certificate, _: &Context<'_>) -> Cases {
    let usage = certificate.key_usage().ok().flatten();
    let signs = usage.is_some_and(|usage| usage.signs_certificates());
    when(is_authority(certificate) && !signs, "an authority has no keyUsage with keyCertSign")
}

/// RFC 5280 sections 4.2.1.1 and 4.2.1.2: a self-signed certificate may do without the one of its issuer.
fn key_identifiers(certificate: &Certificate, _: &Context<'_>) -> Cases {
    let has_own = certificate.subject_key_identifier().ok().flatten().is_some();
    let has_issuer = certificate.authority_key_identifier().ok().flatten().is_some();
    let mut cases = when(is_authority(certificate) && !has_own, "an authority has no subjectKeyIdentifier");
    cases.extend(when(!certificate.is_self_issued() && !has_issuer, "there is no authorityKeyIdentifier"));
    cases
}

fn serial(certificate: &Certificate, _: &Context<'_>) -> Cases {
    match certificate.serial() {
        [] | [0] => when(true, "the serial number is zero"),
        [first, ..] if *first >= 0x80 => when(true, "the serial number is negative"),
        octets => when(octets.len() > 20, "the serial number has more than 20 octets"),
    }
}

fn version(certificate: &Certificate, _: &Context<'_>) -> Cases {
    when(
        certificate.extensions().next().is_some() && certificate.version() != 3,
        "there are extensions, and it is not of version 3",
    )
}

fn expired(certificate: &Certificate, context: &Context<'_>) -> Cases {
    let end = certificate.not_after().ok().filter(|end| *end < context.options.time);
    let case =
        |end| Broken::new(format!("the certificate of {} expired at {}", certificate.subject_text(), text::time(end)));
    end.map(case).into_iter().collect()
}

fn not_yet_valid(certificate: &Certificate, context: &Context<'_>) -> Cases {
    let begin = certificate.not_before().ok().filter(|begin| *begin > context.options.time);
    let case = |begin| {
        Broken::new(format!("the certificate of {} is valid from {} on", certificate.subject_text(), text::time(begin)))
    };
    begin.map(case).into_iter().collect()
}

fn self_signed(certificate: &Certificate, _: &Context<'_>) -> Cases {
    when(certificate.is_self_issued() && !is_authority(certificate), "nobody vouches for the certificate but itself")
}

fn weak_signature(certificate: &Certificate, _: &Context<'_>) -> Cases {
    use der::Decode;
    let algorithm = spki::AlgorithmIdentifierRef::from_der(certificate.signature_algorithm()).ok();
    let scheme = algorithm.as_ref().and_then(|algorithm| alg::Scheme::from_identifier(algorithm, None).ok());
    let is_weak = scheme.is_some_and(|scheme| scheme.digest().is_weak());
    let is_md5 = algorithm.as_ref().is_some_and(|algorithm| OLD_SIGNATURES.contains(&algorithm.oid));
    let name = algorithm.map(|algorithm| alg::oid_name(&algorithm.oid)).unwrap_or_default();
    match (is_weak || is_md5) && !certificate.is_self_issued() {
        true => vec![Broken::new(format!("the certificate of {} is signed with {name}", certificate.subject_text()))],
        false => Cases::new(),
    }
}

/// md2WithRSAEncryption, md4WithRSAEncryption and md5WithRSAEncryption.
const OLD_SIGNATURES: [const_oid::ObjectIdentifier; 3] = [
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.2"),
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.3"),
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"),
];

fn weak_key(certificate: &Certificate, _: &Context<'_>) -> Cases {
    let scheme = alg::Scheme::RsaPkcs1(digest::SHA256);
    let weak = match policy::Strength::Legacy.check(certificate.public_key(), &scheme) {
        Ok(weaknesses) => weaknesses.first().map(ToString::to_string),
        Err(error) if error.finding() == Some("WEAK-KEY") => Some(error.to_string()),
        Err(_) => None,
    };
    let case = |weak| Broken::new(format!("the certificate of {} has {weak}", certificate.subject_text()));
    weak.map(case).into_iter().collect()
}

fn test_authority(certificate: &Certificate, _: &Context<'_>) -> Cases {
    when(is_rfc_6216_authority(certificate), "the authority of RFC 6216, whose private key everybody has")
}

fn sip_uris(certificate: &Certificate) -> Vec<SipUri> {
    let names = certificate.subject_alternative_names().unwrap_or_default();
    let uris = names.iter().take(MAX_NAMES).filter(|name| name.kind == NameKind::Uri);
    uris.filter_map(|name| SipUri::parse(name.clean_text()?).ok()).collect()
}

fn no_name_matches(context: &Context<'_>) -> Cases {
    let claimed: Vec<&str> = context.known.claimed.iter().map(SipUri::as_str).collect();
    match context.known.signer_is_named {
        Some(false) => vec![Broken::new(format!("no certificate of a signer names {}", claimed.join(", ")))],
        _ => Cases::new(),
    }
}

/// SAN-14: the same user at another host of the domain.
fn near_miss(_: SignedObject<'_>, _: &SignerInfo<'_>, found: Option<&Certificate>, context: &Context<'_>) -> Cases {
    let Some(certificate) = found else { return Cases::new() };
    let near = |claimed: &SipUri| {
        let comparison = identity::compare(certificate, claimed, IdentityOptions::default()).ok()?;
        if comparison.matched.is_some() {
            return None;
        }
        let is_near = |why: &str| why == identity::ONE_DOMAIN || why == crate::pki::domain::SUFFIX;
        let name =
            comparison.names.into_iter().find(|name| name.refusal.is_some_and(|refusal| is_near(refusal.why)))?;
        Some(Broken::new(format!("{} differs from {claimed} only in the host, within one domain", name.name)))
    };
    context.known.claimed.iter().filter_map(near).collect()
}

fn no_sip_name(_: SignedObject<'_>, _: &SignerInfo<'_>, found: Option<&Certificate>, _: &Context<'_>) -> Cases {
    let is_broken = found.is_some_and(|certificate| sip_uris(certificate).is_empty());
    when(is_broken, "the certificate of the signer has no URI of SIP in its subjectAltName")
}

fn names_where(certificate: &Certificate, is_meant: impl Fn(&GeneralName<'_>) -> bool, text: &str) -> Cases {
    let names = certificate.subject_alternative_names().unwrap_or_default();
    let name = names.iter().take(MAX_NAMES).find(|name| is_meant(name));
    name.map(|name| Broken::new(format!("{name} {text}"))).into_iter().collect()
}

fn address_name(certificate: &Certificate, _: &Context<'_>) -> Cases {
    names_where(certificate, |name| name.kind == NameKind::Ip, "is an address, which is no good name of a domain")
}

/// MSR-22: they differ from session to session.
fn msrp_name(certificate: &Certificate, _: &Context<'_>) -> Cases {
    let is_msrp = |name: &GeneralName<'_>| {
        let lower = name.octets.get(..6).map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
        name.kind == NameKind::Uri && (lower.starts_with(b"msrp:") || lower.starts_with(b"msrps:"))
    };
    names_where(certificate, is_msrp, "is a URI of MSRP, which identifies nobody")
}

fn common_name_alone(certificate: &Certificate, _: &Context<'_>) -> Cases {
    let is_broken = !is_authority(certificate)
        && certificate.extension(&extension::SUBJECT_ALTERNATIVE_NAME).is_ok_and(|found| found.is_none());
    when(is_broken, "there is no subjectAltName: for a domain the common name counts, for a user nothing does")
}

fn key_usage_without_signatures(
    _: SignedObject<'_>,
    _: &SignerInfo<'_>,
    found: Option<&Certificate>,
    _: &Context<'_>,
) -> Cases {
    let usage = found.and_then(|certificate| certificate.key_usage().ok().flatten());
    let is_broken = usage.is_some_and(|usage| !usage.signs());
    when(is_broken, "the keyUsage of the signer has neither digitalSignature nor nonRepudiation")
}

/// Whether a certificate is one of a domain: it names hosts, and no user.
fn is_of_domain(certificate: &Certificate) -> bool {
    let uris = sip_uris(certificate);
    !uris.is_empty() && uris.iter().all(identity::is_domain)
}

fn purposes(certificate: &Certificate) -> Option<Vec<const_oid::ObjectIdentifier>> {
    certificate.extended_key_usage().ok().flatten()
}

fn purpose_of_user(_: SignedObject<'_>, _: &SignerInfo<'_>, found: Option<&Certificate>, _: &Context<'_>) -> Cases {
    let Some(certificate) = found.filter(|certificate| !is_of_domain(certificate)) else { return Cases::new() };
    let allows = [extension::EMAIL_PROTECTION, extension::ANY_PURPOSE];
    let is_broken = purposes(certificate).is_some_and(|given| !given.iter().any(|one| allows.contains(one)));
    when(is_broken, "the extendedKeyUsage of the signer does not have emailProtection")
}

fn purpose_of_domain(_: SignedObject<'_>, _: &SignerInfo<'_>, found: Option<&Certificate>, _: &Context<'_>) -> Cases {
    let Some(certificate) = found.filter(|certificate| is_of_domain(certificate)) else { return Cases::new() };
    let is_broken = identity::check_domain_purpose(certificate).is_err();
    when(is_broken, "the extendedKeyUsage of a domain does not have id-kp-sipDomain")
}

/// TRAP-27: below such an authority a path fails.
fn constrained_names(object: SignedObject<'_>, _: &Context<'_>) -> Cases {
    let authorities: Vec<&Certificate> = object.certificates.iter().filter(|one| constrains_uris(one)).collect();
    let is_below = |one: &&Certificate| {
        let is_issued = authorities.iter().any(|authority| one.issuer_digest().is_same(authority.subject_digest()));
        let names_sip = |uri: &SipUri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips);
        is_issued && sip_uris(one).iter().any(names_sip)
    };
    let named = object.certificates.iter().find(is_below).filter(|_| !authorities.is_empty());
    let case = |one: &Certificate| {
        Broken::new(format!(
            "{} has a sip: URI below an authority that constrains URIs by their host",
            one.subject_text()
        ))
    };
    named.map(case).into_iter().collect()
}

fn list_expired(list: &Crl, context: &Context<'_>) -> Cases {
    let end = list.next_update().filter(|end| *end < context.options.time);
    let case =
        |end| Broken::new(format!("the list of {} was to be renewed at {}", list.issuer_text(), text::time(end)));
    end.map(case).into_iter().collect()
}

/// How many names of a certificate are looked at.
const MAX_NAMES: usize = 256;
