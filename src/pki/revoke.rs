//! Issuing certificate revocation lists (RFC 5280 section 5): complete lists of one issuer, version 2.
//!
//! A list that is extended keeps its entries octet for octet, and its number grows. Refused: an issuer that may not sign
//! lists or whose key is another one, certificates of others, and extending a list that is not the issuer's or says more
//! than would be kept.

use rand_core::CryptoRng;

use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::error::{Condition, Error};
use crate::pki::chain::revocation;
use crate::pki::crl::{CRL_NUMBER, Crl, REASON_CODE, Reason};
use crate::pki::extension::AUTHORITY_KEY_IDENTIFIER;
use crate::pki::issue::{scheme, signed, signing_key};
use crate::pki::profile::{NewExtension, Profile, extension, extensions_der, key_identifier};
use crate::pki::{Certificate, PrivateKey, time};

/// What a new list says.
#[derive(Clone, Copy, Debug)]
pub struct RevocationListRequest<'a> {
    /// Whose conventions to follow in signing.
    pub profile: Profile,
    /// The list that is extended. Without one the new list is the first, with the number 1.
    pub previous: Option<&'a Crl>,
    /// What is revoked now, in this order. What the list names already is left out.
    pub revoked: &'a [Revocation],
    /// When the list is made: seconds since 1970.
    pub this_update: i64,
    /// When there will be a newer one.
    pub next_update: i64,
}

/// A certificate of the issuer that is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Its serial number: the contents of the INTEGER.
    pub serial: Vec<u8>,
    /// Since when: seconds since 1970.
    pub date: i64,
    /// Why; number 0 says nothing.
    pub reason: Reason,
}

impl Revocation {
    /// That a certificate is revoked since `date`, seconds since 1970.
    pub fn new(certificate: &Certificate, date: i64, reason: Reason) -> Self {
        Revocation { serial: certificate.serial().to_vec(), date, reason }
    }
}

/// Issues a list. `certificate` and `key` are the issuer's.
///
/// # Errors
/// `revoke.*`, `issue.*`; `sign.weak-key` if the key of the issuer is too weak.
pub fn issue_list(
    request: &RevocationListRequest<'_>,
    certificate: &Certificate,
    key: &PrivateKey,
    rng: &mut dyn CryptoRng,
) -> Result<Crl, Error> {
    check_issuer(certificate, key)?;
    let signing = signing_key(key)?;
    let scheme = scheme(request.profile, signing)?;
    if let Some(previous) = request.previous {
        check_previous(previous, certificate, request)?;
    }
    let written = |seconds| time::encode(seconds).ok_or_else(|| not_a_time("years are written from 1970 to 9999"));
    if request.next_update < request.this_update {
        return Err(not_a_time("the next list is due before this one is made"));
    }
    let entries = entries(request, certificate)?;
    // RFC 5280 section 5.1.2.6: "When there are no revoked certificates, the revoked certificates list MUST be absent."
    let entries = if entries.is_empty() { entries } else { element(tag::SEQUENCE, &[&entries]) };
    let extensions = extensions_der(&[key_extension(certificate)?, number_extension(request.previous)?]);
    let tbs = element(
        tag::SEQUENCE,
        &[
            VERSION_2,
            &scheme.identifier(),
            certificate.subject(),
            &written(request.this_update)?,
            &written(request.next_update)?,
            &entries,
            &element(tag::context_constructed(0), &[&extensions]),
        ],
    );
    Crl::from_der(&signed(&tbs, &scheme, signing, rng)?)
}

/// What a verifier will ask of who signs a list (RFC 5280 section 6.3.3 (f)).
fn check_issuer(certificate: &Certificate, key: &PrivateKey) -> Result<(), Error> {
    if certificate.public_key() != key.public_key() {
        return Err(Error::new(Condition::IssuerKeyMismatch).detail(certificate.subject_text()));
    }
    match certificate.key_usage()? {
        Some(usage) if !usage.signs_revocations() => {
            Err(Error::new(Condition::RevokeKeyUsage).detail(format!("its key usage is {usage}")))
        }
        _ => Ok(()),
    }
}

fn check_previous(previous: &Crl, certificate: &Certificate, request: &RevocationListRequest<'_>) -> Result<(), Error> {
    let refused = |why: String| Err(Error::new(Condition::RevokeNotExtended).detail(why));
    if !previous.issuer_digest().is_same(certificate.subject_digest()) {
        return refused(format!("it is a list of {}", previous.issuer_text()));
    }
    if let Err(error) = revocation::verify(previous, certificate, request.profile == Profile::Rfc6216) {
        return refused(error.to_string());
    }
    if let Some(problem) = previous.problem() {
        return refused(problem.to_owned());
    }
    // A delta list or one of some certificates only would become another list.
    if let Some(other) = previous.extension_beside(&[AUTHORITY_KEY_IDENTIFIER, CRL_NUMBER]) {
        return refused(format!("its extension {other} would be lost"));
    }
    match previous.this_update() {
        Some(made) if made > request.this_update => refused("it is newer than the one that is asked for".to_owned()),
        _ => Ok(()),
    }
}

/// `revokedCertificates`: those of the list before as they stand, then the new ones.
fn entries(request: &RevocationListRequest<'_>, certificate: &Certificate) -> Result<Vec<u8>, Error> {
    let mut entries = request.previous.map(|previous| previous.entries_der().to_vec()).unwrap_or_default();
    let mut seen: Vec<&[u8]> = Vec::new();
    for one in request.revoked {
        let listed = match request.previous {
            Some(previous) => previous.find(&one.serial, certificate.subject_digest())?,
            None => None,
        };
        if seen.contains(&one.serial.as_slice()) || listed.is_some() {
            continue;
        }
        seen.push(&one.serial);
        let date = time::encode(one.date).ok_or_else(|| not_a_time("years are written from 1970 to 9999"))?;
        // RFC 5280 section 5.3.1: "the reason code CRL entry extension SHOULD be absent instead of using the unspecified
        // (0) reasonCode value".
        let reason = match one.reason {
            Reason(0) => Vec::new(),
            Reason(number) => {
                let code = extension(&REASON_CODE, false, &element(tag::ENUMERATED, &[&[number]]));
                extensions_der(&[code])
            }
        };
        entries.extend(element(tag::SEQUENCE, &[&element(tag::INTEGER, &[&one.serial]), &date, &reason]));
    }
    Ok(entries)
}

/// authorityKeyIdentifier (RFC 5280 section 5.2.1): as it stands in the certificates of the issuer.
fn key_extension(certificate: &Certificate) -> Result<NewExtension, Error> {
    let identifier = match certificate.subject_key_identifier()? {
        Some(identifier) => identifier.to_vec(),
        None => key_identifier(certificate.public_key())?,
    };
    let value = element(tag::SEQUENCE, &[&element(tag::context(0), &[&identifier])]);
    Ok(extension(&AUTHORITY_KEY_IDENTIFIER, false, &value))
}

/// cRLNumber (RFC 5280 section 5.2.3): one more than that of the list before.
fn number_extension(previous: Option<&Crl>) -> Result<NewExtension, Error> {
    let number = successor(previous.and_then(Crl::number).unwrap_or_default());
    if number.len() > MAX_NUMBER {
        return Err(Error::new(Condition::RevokeNotExtended).detail("its number is the greatest that there is"));
    }
    Ok(extension(&CRL_NUMBER, false, &element(tag::INTEGER, &[&number])))
}

/// The contents of the INTEGER that is one more; of none, 1.
fn successor(number: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut octets: Vec<u8> = Vec::new();
    for octet in number.iter().rev() {
        let (sum, overflows) = octet.overflowing_add(u8::from(carry));
        octets.push(sum);
        carry = overflows;
    }
    if carry {
        octets.push(1);
    }
    if octets.last().is_some_and(|first| first & 0x80 != 0) {
        octets.push(0);
    }
    octets.reverse();
    octets
}

fn not_a_time(why: &str) -> Error {
    Error::new(Condition::IssueTime).detail(why)
}

/// `INTEGER 1`: v2.
const VERSION_2: &[u8] = &[tag::INTEGER, 1, 1];
/// RFC 5280 section 5.2.3: "CRL issuers MUST NOT use CRLNumber values longer than 20 octets."
const MAX_NUMBER: usize = 20;

#[cfg(test)]
mod tests;
