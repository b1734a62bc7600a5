//! The entries of a list: each certificate that it names, and why (RFC 5280 sections 5.1.2.6 and 5.3).

use der::asn1::ObjectIdentifier;

use crate::asn1::tag;
use crate::asn1::tlv::{Reader, Tlv};
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::cert::minimal;
use crate::pki::crl::{
    CERTIFICATE_ISSUER, Entry, INVALIDITY_DATE, MAX_EXTENSIONS, REASON_CODE, Reason, UNDERSTOOD_IN_ENTRIES, definite,
    problem_of_extensions, time_element,
};
use crate::pki::{extension, time};

/// An entry, as received.
pub(super) struct RawEntry<'a> {
    pub(super) serial: &'a [u8],
    date: (u8, &'a [u8]),
    pub(super) extensions: Option<Tlv<'a>>,
}

impl<'a> RawEntry<'a> {
    /// `SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }`
    pub(super) fn new(entry: Tlv<'a>) -> Result<Self, Error> {
        let mut fields = entry.elements()?;
        let serial = fields.expect(tag::INTEGER)?.contents.octets();
        let date = time_element(&mut fields)?;
        let extensions = fields.optional(tag::SEQUENCE)?;
        fields.finish()?;
        Ok(RawEntry { serial, date: (date.tag, date.contents.octets()), extensions })
    }

    /// Calls `see` with each extension: identifier, criticality, value.
    fn each(&self, mut see: impl FnMut(&'a [u8], bool, Slice<'a>)) -> Result<(), Error> {
        let Some(list) = self.extensions else { return Ok(()) };
        let mut extensions = list.elements()?;
        while !extensions.is_done() {
            let mut extension = extensions.expect(tag::SEQUENCE)?.elements()?;
            let identifier = extension.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
            let critical = extension.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.contents.octets() != [0]);
            let value = extension.expect(tag::OCTET_STRING)?.contents;
            extension.finish()?;
            see(identifier, critical, value);
        }
        Ok(())
    }

    fn value(&self, wanted: &ObjectIdentifier) -> Result<Option<Slice<'a>>, Error> {
        let mut found = None;
        self.each(|identifier, _, value| {
            if identifier == wanted.as_bytes() {
                found = Some(value);
            }
        })?;
        Ok(found)
    }

    /// The name of who issued the certificate, if this entry says so: it then holds for those that follow, too.
    pub(super) fn certificate_issuer(&self) -> Result<Option<&'a [u8]>, Error> {
        let Some(value) = self.value(&CERTIFICATE_ISSUER)? else { return Ok(None) };
        let names = extension::general_names(value)?;
        let name = names.iter().find(|name| name.kind == extension::NameKind::Directory);
        name.map(|name| Some(name.octets)).ok_or_else(|| Error::new(Condition::Asn1Value))
    }

    pub(super) fn problem(&self, is_indirect: bool) -> Result<Option<String>, Error> {
        let mut seen = Vec::new();
        self.each(|identifier, critical, _| {
            if seen.len() <= MAX_EXTENSIONS {
                seen.push((identifier, critical));
            }
        })?;
        let names_issuer = seen.iter().any(|(identifier, _)| *identifier == CERTIFICATE_ISSUER.as_bytes());
        if names_issuer && (!is_indirect || self.certificate_issuer().is_err()) {
            return Ok(Some("an entry names another issuer, and cannot be understood".to_owned()));
        }
        Ok(problem_of_extensions(seen.into_iter(), &UNDERSTOOD_IN_ENTRIES))
    }

    pub(super) fn read(&self) -> Entry {
        let value = |kind| self.value(kind).ok().flatten();
        let invalid_since = |value| {
            let tlv = Tlv::parse(value).ok()?;
            time::seconds(tlv.tag, tlv.contents.octets())
        };
        let reason = value(&REASON_CODE).and_then(|value| match value.octets() {
            [tag::ENUMERATED, 1, reason] => Some(*reason),
            _ => None,
        });
        Entry {
            date: time::seconds(self.date.0, self.date.1),
            invalidity_date: value(&INVALIDITY_DATE).and_then(invalid_since),
            reason: Reason(reason.unwrap_or_default()),
        }
    }
}

pub(super) struct Entries<'a>(pub(super) Reader<'a>);

impl<'a> Iterator for Entries<'a> {
    type Item = Result<RawEntry<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_done()).then(|| RawEntry::new(definite(self.0.expect(tag::SEQUENCE)?)?))
    }
}

/// The entries from the first one on that has this serial number, or that cannot be passed over at once. A list may have
/// millions, and is read before it is searched: to take each apart again would take thirty times as long.
pub(super) fn from_serial<'a>(mut entries: &'a [u8], wanted: &[u8]) -> &'a [u8] {
    while let Some((entry, rest)) = split(entries, tag::SEQUENCE)
        && split(entry, tag::INTEGER).is_some_and(|(serial, _)| minimal(serial) != wanted)
    {
        entries = rest;
    }
    entries
}

/// The contents of the first element, if it has this identifier octet and a definite length, and what follows it.
fn split(octets: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = octets.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(*first), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            let add = |high: usize, digit: &u8| high.checked_mul(256)?.checked_add(usize::from(*digit));
            (digits.iter().try_fold(0, add)?, rest)
        }
    };
    rest.split_at_checked(length)
}
