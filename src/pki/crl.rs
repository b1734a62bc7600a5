//! Certificate revocation lists: the exact octets, and where in them each field stands (RFC 5280 section 5).
//!
//! A list may have megabytes, so no table of its entries is made: they are walked once when the list is read,
//! and once for each question. The signature is another question, which `chain` asks. A list that says something
//! critical that is not understood here, or says a thing twice, is read, and is of no use ([`Crl::problem`]).

mod entry;

use std::fmt;
use std::sync::OnceLock;

use der::asn1::ObjectIdentifier;
use sha2::{Digest, Sha256};

use crate::asn1::tag;
use crate::asn1::tlv::{Reader, Tlv};
use crate::error::{Condition, Error};
use crate::octets::{Slice, Span};
use crate::pki::cert::{ExtensionFields, extension_fields, minimal};
use crate::pki::distribution::IssuingDistributionPoint;
use crate::pki::extension::{self, AUTHORITY_KEY_IDENTIFIER};
use crate::pki::name::NameDigest;
use crate::pki::{name, time};
use crate::report::text;

use entry::Entries;

/// cRLNumber.
pub const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
/// deltaCRLIndicator.
pub const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
/// issuingDistributionPoint.
pub const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
/// reasonCode, of an entry.
pub const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
/// invalidityDate, of an entry.
pub const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
/// certificateIssuer, of an entry.
pub const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");

/// A certificate revocation list, as received.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    fields: Fields,
    problem: Option<String>,
    /// What it costs to tell the issuers of all entries apart; 0 if they have the one of the list.
    cost_of_issuers: usize,
    digest: OnceLock<[u8; 32]>,
    issuer_digest: OnceLock<NameDigest>,
}

/// Where in the octets each field stands. The issuer and the algorithms are whole elements, of the others it is
/// the contents.
#[derive(Clone, Default)]
struct Fields {
    tbs: Span,
    has_version: bool,
    inner_algorithm: Span,
    issuer: Span,
    this_update: (u8, Span),
    next_update: Option<(u8, Span)>,
    entries: Span,
    extensions: Vec<ExtensionFields>,
    outer_algorithm: Span,
    signature: Span,
}

/// What a list says about a certificate that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Since when, in seconds since 1970; `None` if that cannot be read.
    pub date: Option<i64>,
    /// Since when the key is suspected not to be its owner's alone.
    pub invalidity_date: Option<i64>,
    /// Why.
    pub reason: Reason,
}

/// Why a certificate is revoked: the number of CRLReason, 0 if nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason(pub u8);

impl Reason {
    /// keyCompromise: somebody else has the key.
    pub const KEY_COMPROMISE: Reason = Reason(1);
    /// certificateHold: it may come back.
    pub const HOLD: Reason = Reason(6);
    /// removeFromCRL: it has come back.
    pub const REMOVED: Reason = Reason(8);

    /// The reason with this name, in any case.
    pub fn named(name: &str) -> Option<Reason> {
        let number = REASONS.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        u8::try_from(number).ok().map(Reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match REASONS.get(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Crl {
    /// Reads a list that fills `der`.
    ///
    /// # Errors
    /// `crl.unreadable` if the structure cannot be walked, or has too many entries.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let read = || {
            let fields = fields(Slice::new(der))?;
            let crl = Crl {
                der: der.to_vec(),
                fields,
                problem: None,
                cost_of_issuers: 0,
                digest: OnceLock::new(),
                issuer_digest: OnceLock::new(),
            };
            let (problem, cost_of_issuers) = crl.find_problem()?;
            Ok(Crl { problem, cost_of_issuers, ..crl })
        };
        read().map_err(|error: Error| Error::new(Condition::CrlUnreadable).detail(error.to_string()))
    }

    /// The exact octets.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that are signed: tbsCertList.
    pub fn tbs(&self) -> &[u8] {
        self.at(self.fields.tbs)
    }

    /// The name of the issuer, in DER.
    pub fn issuer(&self) -> &[u8] {
        self.at(self.fields.issuer)
    }

    /// What the name of the issuer is compared by.
    pub fn issuer_digest(&self) -> &NameDigest {
        self.issuer_digest.get_or_init(|| NameDigest::new(self.issuer()))
    }

    /// The name of the issuer, safe to be shown.
    pub fn issuer_text(&self) -> String {
        name::text(self.issuer())
    }

    /// The AlgorithmIdentifier inside the signed octets, in DER.
    pub fn inner_signature_algorithm(&self) -> &[u8] {
        self.at(self.fields.inner_algorithm)
    }

    /// The AlgorithmIdentifier beside the signature, in DER.
    pub fn signature_algorithm(&self) -> &[u8] {
        self.at(self.fields.outer_algorithm)
    }

    /// The signature; `None` if the BIT STRING has unused bits.
    pub fn signature(&self) -> Option<&[u8]> {
        self.at(self.fields.signature).strip_prefix(&[0])
    }

    /// When it was made, in seconds since 1970; `None` if that cannot be read.
    pub fn this_update(&self) -> Option<i64> {
        let (tag, span) = self.fields.this_update;
        time::seconds(tag, self.at(span))
    }

    /// When there will be a newer one; `None` if it does not say so, or it cannot be read.
    pub fn next_update(&self) -> Option<i64> {
        let (tag, span) = self.fields.next_update?;
        time::seconds(tag, self.at(span))
    }

    /// cRLNumber, the contents of the INTEGER.
    pub fn number(&self) -> Option<&[u8]> {
        integer(self.extension(&CRL_NUMBER)?)
    }

    /// BaseCRLNumber of a delta list, the contents of the INTEGER; `None` for a complete list.
    pub fn base_number(&self) -> Option<&[u8]> {
        integer(self.extension(&DELTA_CRL_INDICATOR)?)
    }

    /// Whether it says only what changed since another one.
    pub fn is_delta(&self) -> bool {
        self.extension(&DELTA_CRL_INDICATOR).is_some()
    }

    /// The identifier of the key that signed it, if it is named so.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        extension::key_identifier(Slice::new(self.extension(&AUTHORITY_KEY_IDENTIFIER)?)).ok().flatten()
    }

    /// What it is about, if that is not all certificates of its issuer.
    ///
    /// # Errors
    /// `asn1.*` if the extension is malformed: the list then has a [`Crl::problem`].
    pub fn issuing_distribution_point(&self) -> Result<Option<IssuingDistributionPoint>, Error> {
        let value = self.extension(&ISSUING_DISTRIBUTION_POINT);
        value.map(|value| IssuingDistributionPoint::read(Slice::new(value), self.issuer())).transpose()
    }

    /// Whether both are lists of the same issuer about the same certificates.
    pub fn has_scope_of(&self, other: &Crl) -> bool {
        self.issuer_digest().is_same(other.issuer_digest())
            && self.extension(&ISSUING_DISTRIBUTION_POINT) == other.extension(&ISSUING_DISTRIBUTION_POINT)
    }

    /// Whether this delta list says what changed since `complete`, or since one before it (RFC 5280 section 5.2.4).
    pub fn updates(&self, complete: &Crl) -> bool {
        let key = |crl: &Crl| crl.extension(&AUTHORITY_KEY_IDENTIFIER).map(<[u8]>::to_vec);
        let numbers = (self.base_number(), complete.number(), self.number());
        let (Some(base), Some(known), Some(new)) = numbers else { return false };
        !complete.is_delta()
            && self.has_scope_of(complete)
            && key(self) == key(complete)
            && as_number(base) <= as_number(known)
            && as_number(known) < as_number(new)
    }

    /// Why it is of no use, whoever signed it.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What it says about the certificate with this serial number, of this issuer; `None` if nothing.
    ///
    /// # Errors
    /// `asn1.*` if an entry before it is malformed: the list then has a [`Crl::problem`].
    pub fn find(&self, serial: &[u8], issuer: &NameDigest) -> Result<Option<Entry>, Error> {
        let wanted = minimal(serial);
        let mut named = self.issuer();
        // A name holds for all entries up to the next one, and is digested once.
        let mut is_of_issuer = Some(self.issuer_digest().is_same(issuer));
        let mut entries = self.entries_der();
        loop {
            // Most lists have one issuer: what follows the other serial numbers does not matter then.
            if self.cost_of_issuers == 0 {
                entries = entry::from_serial(entries, wanted);
            }
            let mut reader = Entries(Reader::new(Slice::new(entries)));
            let Some(entry) = reader.next().transpose()? else { return Ok(None) };
            entries = reader.0.rest().octets();
            if let Some(name) = entry.certificate_issuer()?
                && name != named
            {
                (named, is_of_issuer) = (name, None);
            }
            let is_right = minimal(entry.serial) == wanted
                && *is_of_issuer.get_or_insert_with(|| NameDigest::new(named).is_same(issuer));
            if is_right {
                return Ok(Some(entry.read()));
            }
        }
    }

    /// What a [`Crl::find`] costs at most, in octets that are walked.
    pub fn search_cost(&self) -> usize {
        match self.cost_of_issuers {
            0 => self.der.len(),
            cost => self.der.len().saturating_mul(EXTENSIONS_FACTOR).saturating_add(cost),
        }
    }

    /// SHA-256 of the whole list.
    pub fn fingerprint_sha256(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| Sha256::digest(&self.der).into())
    }

    /// The entries as they stand, one after another.
    pub(super) fn entries_der(&self) -> &[u8] {
        self.at(self.fields.entries)
    }

    /// The first extension of the list that is none of these.
    pub(super) fn extension_beside(&self, known: &[ObjectIdentifier]) -> Option<String> {
        let mut identifiers = self.fields.extensions.iter().map(|one| self.at(one.identifier));
        identifiers.find(|identifier| !known.iter().any(|one| one.as_bytes() == *identifier)).map(title)
    }

    fn entries(&self) -> Entries<'_> {
        Entries(Reader::new(Slice::new(self.at(self.fields.entries))))
    }

    fn extension(&self, identifier: &ObjectIdentifier) -> Option<&[u8]> {
        let mut extensions = self.fields.extensions.iter();
        let found = extensions.find(|one| self.at(one.identifier) == identifier.as_bytes())?;
        Some(self.at(found.value))
    }

    /// Why it is of no use, and the cost of its issuers.
    fn find_problem(&self) -> Result<(Option<String>, usize), Error> {
        let (problem, cost) = self.problem_of_entries()?;
        Ok((self.problem_of_form().or(problem), cost))
    }

    fn problem_of_form(&self) -> Option<String> {
        if self.signature_algorithm() != self.inner_signature_algorithm() {
            return Some("its two signature algorithms differ".to_owned());
        }
        if self.this_update().is_none() || (self.fields.next_update.is_some() && self.next_update().is_none()) {
            return Some("it has a time that cannot be read".to_owned());
        }
        if !self.fields.extensions.is_empty() && !self.fields.has_version {
            return Some("it has extensions, but is not of version 2".to_owned());
        }
        let extensions = self.fields.extensions.iter().map(|one| (self.at(one.identifier), one.critical));
        if let Some(problem) = problem_of_extensions(extensions, &UNDERSTOOD) {
            return Some(problem);
        }
        let numbers = [&CRL_NUMBER, &DELTA_CRL_INDICATOR];
        if numbers.iter().any(|kind| self.extension(kind).is_some_and(|value| integer(value).is_none())) {
            return Some("a number in it is malformed".to_owned());
        }
        let point = self.issuing_distribution_point().err()?;
        Some(format!("its issuingDistributionPoint is malformed: {point}"))
    }

    fn problem_of_entries(&self) -> Result<(Option<String>, usize), Error> {
        let (mut count, mut cost, mut named): (usize, usize, _) = (0, 0, self.issuer());
        let mut problem = None;
        let is_indirect = self.issuing_distribution_point().is_ok_and(|point| point.is_some_and(|one| one.is_indirect));
        for entry in self.entries() {
            let entry = entry?;
            count = count.saturating_add(1);
            if count > MAX_ENTRIES {
                return Err(Error::new(Condition::LimitCount).detail(format!("more than {MAX_ENTRIES} entries")));
            }
            if problem.is_none() && entry.extensions.is_some() {
                problem = entry.problem(is_indirect)?;
                if let Ok(Some(name)) = entry.certificate_issuer()
                    && name != named
                {
                    cost = cost.saturating_add(NAME_COST).saturating_add(name.len().saturating_mul(NAME_FACTOR));
                    named = name;
                }
            }
        }
        Ok((problem, cost))
    }

    fn at(&self, span: Span) -> &[u8] {
        self.der.get(span.start..span.end).unwrap_or_default()
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({self})")
    }
}

/// As reports name it, safe to be shown.
impl fmt::Display for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_delta() { "delta CRL" } else { "CRL" };
        write!(f, "the {kind} of {}", self.issuer_text())?;
        if let Some(made) = self.this_update() {
            write!(f, ", made {}", text::time(made))?;
        }
        Ok(())
    }
}

/// ```text
/// CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
/// TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature, issuer, thisUpdate, nextUpdate OPTIONAL,
///     revokedCertificates SEQUENCE OF SEQUENCE OPTIONAL, crlExtensions [0] EXPLICIT OPTIONAL }
/// ```
fn fields(der: Slice<'_>) -> Result<Fields, Error> {
    let mut fields = Fields::default();
    let mut list = definite(Tlv::parse(der)?.expect(tag::SEQUENCE)?)?.elements()?;
    let tbs = definite(list.expect(tag::SEQUENCE)?)?;
    fields.tbs = tbs.whole.span();
    fields.outer_algorithm = list.expect(tag::SEQUENCE)?.whole.span();
    fields.signature = list.expect(tag::BIT_STRING)?.contents.span();
    list.finish()?;

    let mut tbs = tbs.elements()?;
    if let Some(version) = tbs.optional(tag::INTEGER)? {
        if version.contents.octets() != [1] {
            return Err(Error::new(Condition::Asn1Value).detail("it is not of version 2"));
        }
        fields.has_version = true;
    }
    fields.inner_algorithm = tbs.expect(tag::SEQUENCE)?.whole.span();
    fields.issuer = tbs.expect(tag::SEQUENCE)?.whole.span();
    let this_update = time_element(&mut tbs)?;
    fields.this_update = (this_update.tag, this_update.contents.span());
    if matches!(tbs.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
        let next_update = tbs.next_element()?;
        fields.next_update = Some((next_update.tag, next_update.contents.span()));
    }
    if let Some(entries) = tbs.optional(tag::SEQUENCE)? {
        fields.entries = definite(entries)?.contents.span();
    }
    if let Some(extensions) = tbs.optional(tag::context_constructed(0))? {
        let mut extensions = definite(extensions)?.elements()?.expect(tag::SEQUENCE)?.elements()?;
        while !extensions.is_done() {
            fields.extensions.push(extension_fields(&mut extensions)?);
            if fields.extensions.len() > MAX_EXTENSIONS {
                return Err(Error::new(Condition::LimitCount).detail("extensions"));
            }
        }
    }
    tbs.finish()?;
    Ok(fields)
}

fn time_element<'a>(fields: &mut Reader<'a>) -> Result<Tlv<'a>, Error> {
    let time = fields.next_element()?;
    match time.tag {
        tag::UTC_TIME | tag::GENERALIZED_TIME => Ok(time),
        _ => time.expect(tag::UTC_TIME),
    }
}

/// DER has no indefinite lengths.
fn definite(tlv: Tlv<'_>) -> Result<Tlv<'_>, Error> {
    match tlv.indefinite {
        true => Err(Error::new(Condition::Asn1Length).at(tlv.whole.span())),
        false => Ok(tlv),
    }
}

/// RFC 5280 sections 5.2 and 5.3: "the application MUST NOT use that CRL to determine the status of certificates".
fn problem_of_extensions<'a>(
    extensions: impl Iterator<Item = (&'a [u8], bool)>,
    understood: &[ObjectIdentifier],
) -> Option<String> {
    let mut seen: Vec<&[u8]> = Vec::new();
    for (identifier, critical) in extensions {
        if seen.len() >= MAX_EXTENSIONS {
            return Some("it has too many extensions".to_owned());
        }
        if seen.contains(&identifier) {
            return Some(format!("its extension {} stands twice", title(identifier)));
        }
        if critical && !understood.iter().any(|known| known.as_bytes() == identifier) {
            return Some(format!("it has a critical extension that is not understood: {}", title(identifier)));
        }
        seen.push(identifier);
    }
    None
}

fn title(identifier: &[u8]) -> String {
    match ObjectIdentifier::from_bytes(identifier) {
        Ok(identifier) => extension::title(&identifier),
        Err(_) => hex::encode(identifier),
    }
}

/// The contents of an INTEGER that is not negative.
fn integer(value: &[u8]) -> Option<&[u8]> {
    let number = Tlv::parse(Slice::new(value)).ok()?.expect(tag::INTEGER).ok()?.contents.octets();
    number.first().is_some_and(|first| first & 0x80 == 0).then_some(number)
}

/// In the order of numbers that are not negative.
fn as_number(octets: &[u8]) -> (usize, &[u8]) {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(zeros..).unwrap_or_default();
    (significant.len(), significant)
}

/// The reasons by their numbers (RFC 5280 section 5.3.1). There is no 7.
const REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "7",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
];

/// What the extensions of a list may demand.
const UNDERSTOOD: [ObjectIdentifier; 4] =
    [CRL_NUMBER, DELTA_CRL_INDICATOR, ISSUING_DISTRIBUTION_POINT, AUTHORITY_KEY_IDENTIFIER];
/// What the extensions of an entry may demand.
const UNDERSTOOD_IN_ENTRIES: [ObjectIdentifier; 3] = [REASON_CODE, INVALIDITY_DATE, CERTIFICATE_ISSUER];

/// How many entries a list may have.
const MAX_ENTRIES: usize = 10_000_000;
const MAX_EXTENSIONS: usize = 32;
/// What reading the extensions of all entries takes, as often as walking past them.
const EXTENSIONS_FACTOR: usize = 4;
/// What digesting the name of an issuer takes, in octets that are walked past in that time: once, and for each octet.
const NAME_COST: usize = 512;
const NAME_FACTOR: usize = 24;

#[cfg(test)]
mod tests;
