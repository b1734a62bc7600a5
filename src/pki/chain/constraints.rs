//! Name constraints and certificate policies (RFC 5280 sections 4.2.1.10 and 6.1), judged by certval.
//!
//! Most paths have neither, and then nothing here costs anything. Three things certval leaves open are closed
//! before it is asked: names that cannot be decoded, which it would take for absent, URIs without a host, which no
//! constraint on hosts can be applied to (`sip:` URIs are such), and common names that stand for a domain.

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, ObjectIdentifierSet, PDVCertificate,
    PDVTrustAnchorChoice, PathValidationStatus, PkiEnvironment,
};
use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{
    CertificatePolicies, InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings, SubjectAltName,
};

use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::chain::{Budget, Policies, about};
use crate::pki::extension::{self, GeneralName, NameKind, general_name};
use crate::pki::{Certificate, domain};
use crate::uri::Host;

pub(super) fn check(path: &[&Certificate], policies: &Policies, budget: &mut Budget) -> Result<(), Error> {
    let (Some((anchor, below)), true) = (path.split_last(), path.len() > 1) else {
        // Nobody issued a certificate that is trusted itself, and so nobody vouches for its policies.
        return if policies.explicit { Err(Error::new(Condition::TrustPolicy)) } else { Ok(()) };
    };
    let asked =
        policies.explicit || !policies.acceptable.is_empty() || policies.inhibit_any || policies.inhibit_mapping;
    let is_limiting = |kind: &ObjectIdentifier| path.iter().any(|one| has(one, kind));
    if !asked && !LIMITING.iter().any(is_limiting) {
        return Ok(());
    }
    // Names are first decoded, and then compared with each subtree.
    let octets = below.iter().map(|one| one.der().len()).fold(0, usize::saturating_add);
    budget.spend_octets(octets.saturating_mul(DECODING))?;
    for certificate in path {
        decodable(certificate).map_err(|error| about(error, certificate))?;
    }
    budget.spend_octets(octets.saturating_mul(uri_constraints(path)?))?;
    common_name_constraints(path)?;
    certval(anchor, below, policies)
}

fn has(certificate: &Certificate, kind: &ObjectIdentifier) -> bool {
    certificate.extensions().any(|extension| extension.identifier == kind.as_bytes())
}

/// certval passes over an extension that it cannot decode: a constraint would not bind, and a name would
/// escape the constraints.
fn decodable(certificate: &Certificate) -> Result<(), Error> {
    type Decoder = fn(&[u8]) -> der::Result<()>;
    let decoders: [(&ObjectIdentifier, Decoder); 6] = [
        (&extension::NAME_CONSTRAINTS, |value| NameConstraints::from_der(value).map(drop)),
        (&extension::SUBJECT_ALTERNATIVE_NAME, |value| SubjectAltName::from_der(value).map(drop)),
        (&extension::CERTIFICATE_POLICIES, |value| CertificatePolicies::from_der(value).map(drop)),
        (&extension::POLICY_MAPPINGS, |value| PolicyMappings::from_der(value).map(drop)),
        (&extension::POLICY_CONSTRAINTS, |value| PolicyConstraints::from_der(value).map(drop)),
        (&extension::INHIBIT_ANY_POLICY, |value| InhibitAnyPolicy::from_der(value).map(drop)),
    ];
    for (kind, decode) in decoders {
        let Some(extension) = certificate.extension(kind)? else { continue };
        decode(extension.value).map_err(|error| {
            Error::new(Condition::TrustExtension).detail(format!("{}: {error}", extension::title(kind)))
        })?;
    }
    Ok(())
}

/// TRAP-27: a constraint on the hosts of URIs, permitted or excluded, refuses every URI without a host below it.
/// certval lets such a URI pass an excluded subtree.
/// Gives back how many subtrees there are.
fn uri_constraints(path: &[&Certificate]) -> Result<usize, Error> {
    let mut subtrees: usize = 0;
    let mut limits_uris = false;
    for (height, certificate) in path.iter().enumerate().rev() {
        let is_exempt = height > 0 && certificate.is_self_issued();
        if limits_uris && !is_exempt {
            let names = certificate.subject_alternative_names()?;
            if let Some(name) = names.iter().find(|name| name.kind == NameKind::Uri && !has_host_name(name.octets)) {
                let error = Error::new(Condition::TrustNameConstraints)
                    .named("NAMECONSTRAINT-SIP-URI")
                    .detail(format!("an authority above limits the hosts of URIs, and {name} has no host to compare"))
                    .hinting("below such an authority no certificate can name a sip: URI; it needs one without URI constraints");
                return Err(about(error, certificate));
            }
        }
        if let Some(extension) = certificate.extension(&extension::NAME_CONSTRAINTS)? {
            for_each_subtree(extension.value, |_, base| {
                subtrees = subtrees.saturating_add(1);
                limits_uris |= base.kind == NameKind::Uri;
            })?;
        }
    }
    // Comparing constraints with constraints costs their product.
    if subtrees > MAX_SUBTREES {
        return Err(Error::new(Condition::TrustBudget).detail("name constraints"));
    }
    Ok(subtrees)
}

/// Whether `//` follows the scheme, and then the name of a host: "if the URI either does not include an authority
/// component or includes an authority component in which the host name is specified as an IP address", the certificate
/// is refused. certval looks for `://` anywhere, and would take the host of
/// `sip:alice@example.com;x=://elsewhere.example` to be another one; it lets an address pass an excluded subtree.
fn has_host_name(uri: &[u8]) -> bool {
    // These schemes have none: what follows `//` is part of the user, and the host stands elsewhere.
    const WITHOUT: [&str; 6] = ["sip", "sips", "im", "pres", "tel", "mailto"];
    let Ok(uri) = std::str::from_utf8(uri) else { return false };
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let Some(rest) = rest.strip_prefix("//") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let host = host_and_port.split(':').next().unwrap_or_default();
    !WITHOUT.iter().any(|known| known.eq_ignore_ascii_case(scheme)) && matches!(Host::read(host), Some(Host::Name(_)))
}

/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees, excludedSubtrees [1] GeneralSubtrees }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0], maximum [1] }
/// ```
fn for_each_subtree<'a>(value: &'a [u8], mut see: impl FnMut(bool, GeneralName<'a>)) -> Result<(), Error> {
    let mut lists = Tlv::parse(Slice::new(value))?.expect(tag::SEQUENCE)?.elements()?;
    while !lists.is_done() {
        let list = lists.next_element()?;
        let is_permitted = list.tag == tag::context_constructed(0);
        let mut subtrees = list.elements()?;
        while !subtrees.is_done() {
            let mut subtree = subtrees.expect(tag::SEQUENCE)?.elements()?;
            see(is_permitted, general_name(&subtree.next_element()?));
        }
    }
    Ok(())
}

/// RFC 5922 section 7.1 takes the common name for a domain if there is no subjectAltName. A domain that no constraint
/// reaches would make constraints on domains void: it is one for them, too.
fn common_name_constraints(path: &[&Certificate]) -> Result<(), Error> {
    let Some((target, issuers)) = path.split_first() else { return Ok(()) };
    let Some(domain) = domain::common_name_domain(target)? else { return Ok(()) };
    for issuer in issuers {
        let Some(constraints) = issuer.extension(&extension::NAME_CONSTRAINTS)? else { continue };
        let (mut is_limited, mut is_permitted, mut is_excluded) = (false, false, false);
        for_each_subtree(constraints.value, |permits, base| {
            if base.kind != NameKind::Dns {
                return;
            }
            // A base that begins with a dot is not one: it permits nothing, and excludes what it may mean.
            let bare = base.octets.strip_prefix(b".").unwrap_or(base.octets);
            is_limited |= permits;
            is_permitted |= permits && is_below(domain.as_bytes(), base.octets);
            is_excluded |= !permits && is_below(domain.as_bytes(), bare);
        })?;
        if is_excluded || (is_limited && !is_permitted) {
            let text = format!("CN:{domain}, which is its domain for lack of a subjectAltName");
            return Err(about(Error::new(Condition::TrustNameConstraints).detail(text), target));
        }
    }
    Ok(())
}

/// Whether a domain is the base of a subtree with any labels before it. A dot at the end of either makes no difference.
fn is_below(domain: &[u8], base: &[u8]) -> bool {
    let [domain, base] = [domain, base].map(|name| name.strip_suffix(b".").unwrap_or(name));
    let start = domain.len().checked_sub(base.len()).and_then(|at| domain.split_at_checked(at));
    let Some((labels, rest)) = start else { return false };
    rest.eq_ignore_ascii_case(base) && (base.is_empty() || labels.is_empty() || labels.ends_with(b"."))
}

fn certval(anchor: &Certificate, below: &[&Certificate], policies: &Policies) -> Result<(), Error> {
    let Some((target, issuers)) = below.split_first() else { return Ok(()) };
    let malformed = |error: der::Error| Error::new(Condition::TrustMalformed).detail(error.to_string());
    let certval_anchor = PDVTrustAnchorChoice::try_from(anchor.der()).map_err(malformed)?;
    let from_the_top = issuers.iter().rev().map(|issuer| PDVCertificate::try_from(issuer.der()));
    let intermediates = from_the_top.collect::<der::Result<_>>().map_err(malformed)?;
    let certval_target = PDVCertificate::try_from(target.der()).map_err(malformed)?;
    let path = CertificationPath::new(certval_anchor, intermediates, certval_target);

    let mut settings = CertificationPathSettings::new();
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_initial_explicit_policy_indicator(policies.explicit);
    settings.set_initial_policy_mapping_inhibit_indicator(policies.inhibit_mapping);
    settings.set_initial_inhibit_any_policy_indicator(policies.inhibit_any);
    if !policies.acceptable.is_empty() {
        let acceptable: ObjectIdentifierSet = policies.acceptable.iter().copied().collect();
        settings.set_initial_policy_set_from_oid_set(acceptable);
    }
    // The limits of the anchor bind only through the settings that this gives back.
    let settings = certval::enforce_trust_anchor_constraints(&settings, &path.trust_anchor)
        .map_err(|error| about(refusal(&error), anchor))?;
    let environment = PkiEnvironment::new();
    let mut results = CertificationPathResults::new();
    certval::path_validator::check_names(&environment, &settings, &path, &mut results)
        .and_then(|()| {
            certval::policy_graph::check_certificate_policies_graph(&environment, &settings, &path, &mut results)
        })
        .map_err(|error| {
            // Counted from the anchor down.
            let at = results.get_failure_index().and_then(|at| usize::try_from(at.checked_sub(1)?).ok());
            let failed = at.and_then(|at| below.iter().rev().nth(at)).unwrap_or(target);
            about(refusal(&error), failed)
        })
}

fn refusal(error: &certval::Error) -> Error {
    let condition = match error {
        certval::Error::PathValidation(status) => match status {
            PathValidationStatus::NameConstraintsViolation => Condition::TrustNameConstraints,
            PathValidationStatus::NullPolicySet | PathValidationStatus::InvalidPolicyMapping => Condition::TrustPolicy,
            PathValidationStatus::ProcessingLimitExceeded => Condition::TrustBudget,
            PathValidationStatus::InvalidKeyUsage => Condition::TrustNotCa,
            PathValidationStatus::EncodingError => Condition::TrustExtension,
            _ => Condition::TrustMalformed,
        },
        // Of the anchor: an extension that is no constraint.
        certval::Error::Unrecognized => Condition::TrustCriticalExtension,
        _ => Condition::TrustMalformed,
    };
    Error::new(condition)
}

/// Extensions that can make a path fail.
const LIMITING: &[ObjectIdentifier] = &[
    extension::NAME_CONSTRAINTS,
    extension::CERTIFICATE_POLICIES,
    extension::POLICY_MAPPINGS,
    extension::POLICY_CONSTRAINTS,
    extension::INHIBIT_ANY_POLICY,
];

/// How much longer decoding an octet takes than comparing it.
const DECODING: usize = 32;

/// How many subtrees the constraints of one path may have.
const MAX_SUBTREES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    // P10, TRAP-27: `sip://ok.example/@evil.example` is a user at evil.example, whatever a reader of hosts sees.
    #[test]
    fn p10_schemes_of_sip_have_no_authority() {
        let rows = [
            ("http://example.com/", true),
            ("ldap://example.com", true),
            ("sip:alice@example.com", false),
            ("sip://ok.example/@evil.example", false),
            ("SIPS://ok.example", false),
            ("im://ok.example", false),
            ("urn:x", false),
            ("http://x@example.com:80?y", true),
            ("http://192.0.2.4/", false),
            ("http://192.0.2.4:80/", false),
            ("http://example.com@192.0.2.4/", false),
            ("http://[2001:db8::9]/", false),
            ("http://[fe80::1%25x.example]/", false),
            ("http:///example.com", false),
            ("http://", false),
            ("", false),
        ];
        for (uri, expected) in rows {
            assert_eq!(has_host_name(uri.as_bytes()), expected, "{uri}");
        }
    }
}
