//! What authorities limit: certificate policies (RFC 5280 section 6.1), judged by certval, and names.
//!
//! Most paths have neither, and then nothing here costs anything. Extensions that cannot be decoded, which certval would
//! take for absent, are refused before it is asked.

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, ObjectIdentifierSet, PDVCertificate,
    PDVTrustAnchorChoice, PathValidationStatus, PkiEnvironment,
};
use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{
    CertificatePolicies, InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings, SubjectAltName,
};

use crate::error::{Condition, Error};
use crate::pki::chain::{Budget, Policies, about, name_constraints};
use crate::pki::{Certificate, extension};

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
    name_constraints::check(path, budget)?;
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
    certval::policy_graph::check_certificate_policies_graph(&environment, &settings, &path, &mut results).map_err(
        |error| {
            // Counted from the anchor down.
            let at = results.get_failure_index().and_then(|at| usize::try_from(at.checked_sub(1)?).ok());
            let failed = at.and_then(|at| below.iter().rev().nth(at)).unwrap_or(target);
            about(refusal(&error), failed)
        },
    )
}

fn refusal(error: &certval::Error) -> Error {
    let condition = match error {
        certval::Error::PathValidation(status) => match status {
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
