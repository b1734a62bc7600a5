//! The rules a whole path keeps, each in its own function (RFC 5280 section 6.1, RFC 8550 section 4).
//!
//! A path is the target, then those who issued it, and the anchor last. The signatures hold already. Of the
//! anchor only its own signature is not asked about: it is trusted because it was named.

use der::Decode;
use der::asn1::ObjectIdentifier;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::alg::digest::SHA256;
use crate::alg::policy::Strength;
use crate::alg::{self, Scheme};
use crate::error::{Condition, Error};
use crate::pki::chain::search::Role;
use crate::pki::chain::{Budget, Purpose, Trust, about, constraints};
use crate::pki::extension::{self, ANY_PURPOSE, EMAIL_PROTECTION, SERVER_AUTHENTICATION, SIP_DOMAIN};
use crate::pki::{Certificate, name};
use crate::report::text;

/// Checks every rule; gives back what is weak but allowed.
pub(super) fn check(
    path: &[&Certificate],
    trust: &Trust<'_>,
    role: Role,
    budget: &mut Budget,
) -> Result<Vec<Error>, Error> {
    let Some((target, issuers)) = path.split_first() else { return Ok(Vec::new()) };
    // Who signs revocation lists does not sign messages.
    let purpose = if role == Role::CrlIssuer { Purpose::Any } else { trust.purpose };
    for (at, certificate) in path.iter().enumerate() {
        let is_anchor = at > 0 && at == issuers.len();
        let each = || {
            validity(certificate, trust.time)?;
            form(certificate, is_anchor)?;
            extended_key_usage(certificate, purpose)
        };
        each().map_err(|error| about(error, certificate))?;
    }
    for (at, issuer) in issuers.iter().enumerate() {
        let is_anchor = at.checked_add(1) == Some(issuers.len());
        authority(issuer, is_anchor).map_err(|error| about(error, issuer))?;
    }
    path_length(issuers)?;
    if role == Role::Signer {
        key_usage(target).map_err(|error| about(error, target))?;
    }
    let weaknesses = strength(path, trust.allow_legacy)?;
    constraints::check(path, &trust.policies, budget)?;
    Ok(weaknesses)
}

/// The scheme of the signature on a certificate.
pub(super) fn scheme(certificate: &Certificate) -> Result<Scheme, Error> {
    scheme_of(certificate.signature_algorithm())
}

/// The scheme that an AlgorithmIdentifier names.
pub(super) fn scheme_of(algorithm: &[u8]) -> Result<Scheme, Error> {
    let identifier = AlgorithmIdentifierRef::from_der(algorithm)
        .map_err(|error| Error::new(Condition::TrustMalformed).detail(error.to_string()))?;
    Scheme::from_identifier(&identifier, None)
}

/// Both ends of the validity belong to it (RFC 5280 section 4.1.2.5).
fn validity(certificate: &Certificate, now: i64) -> Result<(), Error> {
    let (not_before, not_after) = (certificate.not_before()?, certificate.not_after()?);
    let case = |condition, what, then| {
        Err(Error::new(condition).detail(format!("{what} {}, judged for {}", text::time(then), text::time(now))))
    };
    if now < not_before {
        return case(Condition::TrustNotYetValid, "it begins", not_before);
    }
    if now > not_after {
        return case(Condition::TrustExpired, "it ended", not_after);
    }
    Ok(())
}

/// What is lenient in reading is strict here.
fn form(certificate: &Certificate, is_anchor: bool) -> Result<(), Error> {
    let malformed = |what: &str| Err(Error::new(Condition::TrustMalformed).detail(what));
    certificate.decoded()?;
    let mut seen: Vec<&[u8]> = Vec::new();
    for found in certificate.extensions() {
        let title = || match ObjectIdentifier::from_bytes(found.identifier) {
            Ok(identifier) => extension::title(&identifier),
            Err(_) => hex::encode(found.identifier),
        };
        if seen.contains(&found.identifier) {
            return Err(Error::new(Condition::TrustExtension).detail(format!("{} stands twice", title())));
        }
        seen.push(found.identifier);
        if seen.len() > MAX_EXTENSIONS {
            return malformed("it has too many extensions");
        }
        if found.critical && !UNDERSTOOD.iter().any(|known| known.as_bytes() == found.identifier) {
            return Err(Error::new(Condition::TrustCriticalExtension).detail(title()));
        }
    }
    if !seen.is_empty() && certificate.version() != 3 {
        return malformed("it has extensions, but is not of version 3");
    }
    if has_explicit_curve(certificate) {
        // RFC 5480 section 2.1.1.
        return malformed("its elliptic curve is written out instead of named");
    }
    if is_anchor {
        return Ok(());
    }
    if certificate.signature_algorithm() != certificate.inner_signature_algorithm() {
        return Err(Error::new(Condition::TrustAlgorithms));
    }
    match certificate.serial() {
        [0, rest @ ..] if rest.len() <= MAX_SERIAL => Ok(()),
        [0x80..=0xFF, ..] => malformed("its serial number is negative"),
        serial if serial.len() > MAX_SERIAL => malformed("its serial number has more than 20 octets"),
        _ => Ok(()),
    }
}

fn has_explicit_curve(certificate: &Certificate) -> bool {
    let Ok(key) = SubjectPublicKeyInfoRef::from_der(certificate.public_key()) else { return false };
    let is_named = |parameters: der::AnyRef<'_>| parameters.decode_as::<ObjectIdentifier>().is_ok();
    key.algorithm.oid == alg::ecdsa::KEY_OID && !key.algorithm.parameters.is_some_and(is_named)
}

/// Of the authorities, too: one that is limited to another purpose does not vouch for this one.
fn extended_key_usage(certificate: &Certificate, purpose: Purpose) -> Result<(), Error> {
    let accepted: &[ObjectIdentifier] = match purpose {
        Purpose::Smime => &[EMAIL_PROTECTION, ANY_PURPOSE],
        Purpose::Sip => &[EMAIL_PROTECTION, SIP_DOMAIN, ANY_PURPOSE],
        Purpose::Tls => &[SERVER_AUTHENTICATION, ANY_PURPOSE],
        Purpose::Any => return Ok(()),
    };
    let Some(purposes) = certificate.extended_key_usage()? else { return Ok(()) };
    if purposes.iter().any(|one| accepted.contains(one)) {
        return Ok(());
    }
    let shown: Vec<String> = purposes.iter().take(SHOWN_PURPOSES).map(alg::oid_name).collect();
    Err(Error::new(Condition::TrustExtendedKeyUsage).detail(match shown.is_empty() {
        true => "it is limited to no purpose at all".to_owned(),
        false => format!("it is limited to {}", shown.join(", ")),
    }))
}

fn key_usage(target: &Certificate) -> Result<(), Error> {
    match target.key_usage()? {
        Some(usage) if !usage.signs() => {
            Err(Error::new(Condition::TrustKeyUsage).detail(format!("its key usage is {usage}")))
        }
        _ => Ok(()),
    }
}

/// RFC 5280 section 6.1.4 (k) and (n).
fn authority(issuer: &Certificate, is_anchor: bool) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::new(Condition::TrustNotCa).detail(why));
    // RFC 5280 section 4.1.2.6. Without a name, whom it vouches for could be anybody's.
    if issuer.subject() == name::EMPTY {
        return refused("it has no name");
    }
    match issuer.basic_constraints()? {
        Some(constraints) if constraints.authority => {}
        // It cannot say that it is an authority, but the user did.
        None if is_anchor && issuer.version() == 1 => {}
        Some(_) => return refused("its basicConstraints say that it is none"),
        None => return refused("it has no basicConstraints"),
    }
    match issuer.key_usage()? {
        Some(usage) if !usage.signs_certificates() => refused("its key usage lacks keyCertSign"),
        _ => Ok(()),
    }
}

/// RFC 5280 section 6.1.4 (l) and (m): from the anchor down, self-issued authorities do not count.
fn path_length(issuers: &[&Certificate]) -> Result<(), Error> {
    let mut left = u32::MAX;
    for (depth, issuer) in issuers.iter().rev().enumerate() {
        if depth > 0 && !issuer.is_self_issued() {
            left = left.checked_sub(1).ok_or_else(|| about(Error::new(Condition::TrustPathLength), issuer))?;
        }
        let limit = issuer.basic_constraints()?.and_then(|constraints| constraints.path_length);
        left = left.min(limit.unwrap_or(u32::MAX));
    }
    Ok(())
}

/// The signatures in the path, with the keys that made them, and the key of the target.
fn strength(path: &[&Certificate], allow_legacy: bool) -> Result<Vec<Error>, Error> {
    let mut weaknesses = Vec::new();
    let mut see = |certificate: &Certificate, found: Result<Vec<alg::policy::Weakness>, Error>| {
        let weak =
            |finding, what: String| about(Error::new(Condition::TrustWeak).named(finding).detail(what), certificate);
        match found {
            Ok(found) => weaknesses.extend(found.into_iter().map(|one| weak(one.finding(), one.to_string()))),
            Err(error) if error.condition() == Condition::WeakAlgorithm => {
                let never = "nothing makes such a key acceptable";
                return Err(weak("WEAK-KEY", "an RSA key below 1024 bits".to_owned()).hinting(never));
            }
            // A key that is not ours signs no message that we could verify; that is said there.
            Err(error) if error.condition() == Condition::AlgorithmUnsupported => {}
            Err(error) => return Err(about(error, certificate)),
        }
        Ok(())
    };
    let legacy = Strength::Legacy;
    let mut issuers = path.iter();
    if let Some(target) = issuers.next() {
        // The digest does not matter: it is the key that is asked about.
        see(target, legacy.check(target.public_key(), &Scheme::RsaPkcs1(SHA256)))?;
    }
    for (certificate, issuer) in path.iter().zip(issuers) {
        see(certificate, legacy.check(issuer.public_key(), &scheme(certificate)?))?;
    }
    match weaknesses.first() {
        Some(weakness) if !allow_legacy => Err(weakness.clone()),
        _ => Ok(weaknesses),
    }
}

/// Critical extensions that the rules above, name matching and the constraints take into account.
const UNDERSTOOD: &[ObjectIdentifier] = &[
    extension::KEY_USAGE,
    extension::EXTENDED_KEY_USAGE,
    extension::BASIC_CONSTRAINTS,
    extension::NAME_CONSTRAINTS,
    extension::SUBJECT_ALTERNATIVE_NAME,
    extension::CERTIFICATE_POLICIES,
    extension::POLICY_MAPPINGS,
    extension::POLICY_CONSTRAINTS,
    extension::INHIBIT_ANY_POLICY,
    extension::CRL_DISTRIBUTION_POINTS,
];

/// More than any certificate has.
const MAX_EXTENSIONS: usize = 64;
/// RFC 5280 section 4.1.2.2, in octets.
const MAX_SERIAL: usize = 20;
const SHOWN_PURPOSES: usize = 8;
