//! People whose certificates are known: what a keyring means for a signer, what is learnt from a good message, and
//! for whom a message is encrypted (RFC 3261 sections 23.2 and 23.3).
//!
//! Only the addresses count that a message claims and the certificate names: a signer beside the claimed one is
//! nobody's changed certificate. A claim that no certificate names is refused elsewhere.

use std::cmp::Reverse;

use crate::error::{Condition, Error};
use crate::message::{Form, RawMessage};
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::pki::chain::{self, Trust};
use crate::pki::identity::{self, IdentityOptions};
use crate::pki::known::{Acquaintance, KnownCertificate, KnownCertificates, Standing};
use crate::report::{self, Finding, KeyringSummary, VerifyReport};
use crate::smime::body::Request;
use crate::smime::claim::{self, Claim, IdentitySource};
use crate::smime::encrypt::may_receive;
use crate::smime::names;
use crate::smime::verify::VerifyOptions;
use crate::spec;
use crate::uri::SipUri;

/// What the keyring says about a certificate with which a message was signed.
pub(super) struct Encounter<'k> {
    pub(super) summary: KeyringSummary,
    /// Another certificate is known, and the user permits no other.
    pub(super) breach: Option<Error>,
    /// The certificate itself, if it is a pin for the address by which it is identified.
    pub(super) pin: Option<&'k Certificate>,
    pub(super) finding: Option<Finding>,
}

impl<'k> Encounter<'k> {
    /// Looks a signer up; `None` without a keyring.
    pub(super) fn new(certificate: &Certificate, options: &VerifyOptions<'k>) -> Option<Self> {
        let known = options.known?;
        let uris = match &options.claim {
            Claim::Identities { uris, .. } => uris.as_slice(),
            Claim::Unusable(_) | Claim::NotAsked(_) => &[],
        };
        let names = |uri: &&SipUri| identity::match_identity(certificate, uri, options.identity).is_ok();
        let found: Vec<(&SipUri, Acquaintance<'k>)> =
            uris.iter().filter(names).map(|uri| (uri, known.find(certificate, uri, options.identity))).collect();
        let is_permitted = known.is_permitted(certificate);
        let changed = found.iter().find_map(|(uri, acquaintance)| match acquaintance {
            Acquaintance::Changed(others) => Some((*uri, others)),
            _ => None,
        });
        let is_pin = |entry: &KnownCertificate| entry.standing() == Standing::Pin;
        let pin = match found.first() {
            Some((_, Acquaintance::Known(entry))) if is_pin(entry) => Some(entry.certificate()),
            _ => None,
        };
        let is_known = found.iter().any(|(_, acquaintance)| matches!(acquaintance, Acquaintance::Known(_)));
        let standing = match (found.is_empty(), is_permitted, &changed, pin, is_known) {
            (true, ..) => report::Standing::NotAsked,
            (_, true, ..) => report::Standing::Permitted,
            (_, _, Some(_), ..) => report::Standing::Changed,
            (_, _, _, Some(_), _) => report::Standing::Pinned,
            (.., true) => report::Standing::Known,
            (.., false) => report::Standing::Stranger,
        };
        let is_learnable = |acquaintance: &Acquaintance<'_>| match acquaintance {
            // No path was asked for, and none may be said to have been there.
            Acquaintance::Stranger => is_permitted || pin.is_none(),
            Acquaintance::Known(entry) => is_permitted && !is_pin(entry),
            Acquaintance::Changed(_) => is_permitted,
        };
        let learnable = found.iter().filter(|(_, acquaintance)| is_learnable(acquaintance));
        let summary = KeyringSummary {
            standing,
            addresses: found.iter().map(|(uri, _)| uri.to_string()).collect(),
            learnable: learnable.map(|(uri, _)| uri.to_string()).collect(),
        };
        let finding = changed.as_ref().map(|(uri, _)| finding(uri, is_permitted));
        let breach = changed.filter(|_| !is_permitted).map(|(uri, others)| breach(certificate, uri, others));
        Some(Encounter { summary, breach, pin, finding })
    }
}

fn finding(uri: &SipUri, is_permitted: bool) -> Finding {
    let text = format!("the certificate for {uri} is not the one known");
    match is_permitted {
        true => Finding::warning("KEYRING-CHANGED", spec::SIP_KEYRING, format!("{text}; --trust permits it")),
        false => Finding::error("KEYRING-CHANGED", spec::SIP_KEYRING, format!("{text}: somebody else may have signed")),
    }
}

/// Says who signed and who should have (RFC 3261 section 23.2: subject, signer and fingerprint).
fn breach(certificate: &Certificate, uri: &SipUri, known: &[&KnownCertificate]) -> Error {
    let shown: Vec<String> = known
        .iter()
        .take(SHOWN)
        .map(|entry| match entry.source() {
            "" => entry.certificate().described(),
            source => format!("{} ({source})", entry.certificate().described()),
        })
        .collect();
    let more = known.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let has_same_key = known.iter().any(|entry| entry.certificate().public_key() == certificate.public_key());
    let key = if has_same_key { "; the key is the same" } else { "" };
    let (offered, known) = (certificate.described(), shown.join(", "));
    Error::new(Condition::TrustKeyringChanged)
        .detail(format!("{uri} signed with {offered}; known is {known}{more}{key}"))
}

/// What can be learnt from a good verification: the certificates of the signers of which integrity, trust and
/// identity are all good, for their addresses.
///
/// # Errors
/// Why nothing is, in words. That everything is known already is none.
pub fn lessons(report: &VerifyReport) -> Result<Vec<KnownCertificate>, &'static str> {
    let mut lessons = Vec::new();
    let mut is_good = false;
    for signer in &report.signers {
        let verdicts = [&signer.integrity, &signer.trust, &signer.identity];
        let (Some(keyring), Some(summary)) = (&signer.keyring, &signer.certificate) else { continue };
        if !verdicts.into_iter().all(report::Verdict::is_good) {
            continue;
        }
        is_good = true;
        let standing = match keyring.standing {
            report::Standing::Permitted => Standing::Pin,
            _ => Standing::Path,
        };
        for address in &keyring.learnable {
            let unfit = |_| "the address or the certificate is not one that can be kept";
            let certificate = Certificate::from_der(&summary.der).map_err(unfit)?;
            let address = SipUri::parse(address).map_err(unfit)?;
            lessons.push(KnownCertificate::learnt(certificate, &address, standing).map_err(unfit)?);
        }
    }
    // The digest or the key may be one that somebody else could have used.
    let is_weak = report.findings.iter().any(|finding| WEAK.contains(&finding.code));
    match (is_good, is_weak) {
        (false, _) => Err("no identity was claimed and found in the certificate"),
        (true, true) if !lessons.is_empty() => Err("something in the message is too weak, and was only accepted"),
        _ => Ok(lessons),
    }
}

/// The certificate that the keyring has for the To of a message: of those that may be used now a pin, or one from which a
/// path leads to an anchor; of several the one that became valid last.
///
/// # Errors
/// `encrypt.recipient-unknown` if there is none, or no To to look for; `trust.*` if no path leads to an anchor; `sip.*`
/// and others if the message is malformed.
pub fn recipient<'k>(
    request: &Request<'_>,
    known: &'k KnownCertificates,
    trust: &Trust<'_>,
) -> Result<(SipUri, &'k KnownCertificate), Error> {
    let time = trust.time;
    let unknown = |why: String| Error::new(Condition::RecipientUnknown).detail(why);
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    if message.form() != Form::Sip {
        let hint = "name the recipient with -recip CERT: only a SIP message says whom it is for";
        return Err(unknown("the input has no To".to_owned()).hinting(hint));
    }
    let to = match claim::claim(Some(&message), &IdentitySource::To)? {
        Claim::Identities { uris, .. } => uris.into_iter().next(),
        Claim::Unusable(error) => {
            let hint = "the certificate is looked for by the To: mend it, or name the recipient with -recip CERT";
            return Err(unknown(error.to_string()).hinting(hint));
        }
        Claim::NotAsked(_) => None,
    };
    let to = to.ok_or_else(|| unknown("there is no To".to_owned()))?;
    let found = known.of(&to, IdentityOptions::default());
    let begins = |entry: &KnownCertificate| entry.certificate().not_before().unwrap_or(i64::MAX);
    let ends = |entry: &KnownCertificate| entry.certificate().not_after().unwrap_or(i64::MIN);
    let is_usable =
        |entry: &&&KnownCertificate| may_receive(entry.certificate()) && begins(entry) <= time && time <= ends(entry);
    let mut usable: Vec<&KnownCertificate> = found.iter().filter(is_usable).copied().collect();
    usable.sort_by_key(|entry| Reverse((entry.standing(), begins(entry))));
    let mut refusal = None;
    for entry in usable {
        match vouched_for(entry, &to, trust) {
            Ok(()) => return Ok((to, entry)),
            Err(error) => refusal = refusal.or(Some(error.within(format!("certificate {}", entry.source())))),
        }
    }
    // One that may not be used says why.
    match (refusal, found.first()) {
        (Some(error), _) => Err(error),
        (None, Some(entry)) => Ok((to, entry)),
        (None, None) => Err(unknown(format!("the To is {to}"))),
    }
}

/// What was learnt because of a path needs one again.
fn vouched_for(entry: &KnownCertificate, to: &SipUri, trust: &Trust<'_>) -> Result<(), Error> {
    if entry.standing() == Standing::Pin {
        return Ok(());
    }
    let trust = Trust { purpose: names::usual_purpose(Some(to)), ..trust.clone() };
    chain::validate(entry.certificate(), &[], &trust).map(drop).map_err(|error| match error.condition() {
        Condition::TrustNoAnchor | Condition::TrustUnknown => error
            .hinting("it was learnt and is no pin: name its issuer with -CAfile, or put it into the keyring yourself"),
        _ => error,
    })
}

/// How many known certificates an error shows.
const SHOWN: usize = 3;
/// Findings about what was accepted and proves little.
const WEAK: [&str; 3] = ["WEAK-ALG", "WEAK-KEY", "NO-SIGNED-ATTRIBUTES"];
