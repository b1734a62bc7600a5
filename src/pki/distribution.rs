//! Where the revocation lists of a certificate stand, and what a list is about: cRLDistributionPoints (RFC 5280
//! section 4.2.1.13) and issuingDistributionPoint (section 5.2.5).
//!
//! Nothing is fetched from there. The names only tell which list is about which certificate.

use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::extension::{NameKind, general_name};
use crate::pki::name::NameDigest;

/// Reasons for a revocation, as the bits of ReasonFlags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons(u16);

impl Reasons {
    /// Every reason there is: keyCompromise to aACompromise.
    pub const ALL: Reasons = Reasons(0x7F80);

    /// What is in both.
    pub fn and(self, other: Reasons) -> Reasons {
        Reasons(self.0 & other.0)
    }

    /// What is in either.
    pub fn or(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }

    /// `ReasonFlags ::= BIT STRING`. The first bit is unused.
    fn read(tlv: &Tlv<'_>) -> Result<Self, Error> {
        match tlv.contents.octets() {
            [0..=7, bits @ ..] if bits.len() <= 2 => {
                let mut bits = bits.iter().copied();
                let (first, second) = (bits.next().unwrap_or_default(), bits.next().unwrap_or_default());
                Ok(Reasons(u16::from_be_bytes([first, second])).and(Reasons::ALL))
            }
            _ => Err(Error::new(Condition::Asn1Value).detail("the reasons")),
        }
    }
}

/// A name of a distribution point, as it is compared.
#[derive(Clone, Debug)]
pub enum PointName {
    /// A distinguished name.
    Directory(NameDigest),
    /// Any other: its identifier octet and its contents.
    Other(u8, Vec<u8>),
}

impl PointName {
    /// Whether both are the same.
    pub fn is_same(&self, other: &PointName) -> bool {
        match (self, other) {
            (PointName::Directory(one), PointName::Directory(other)) => one.is_same(other),
            (PointName::Other(tag, one), PointName::Other(of, other)) => (tag, one) == (of, other),
            _ => false,
        }
    }

    fn read(element: &Tlv<'_>) -> Self {
        let name = general_name(element);
        match name.kind {
            NameKind::Directory => PointName::Directory(NameDigest::new(name.octets)),
            _ => PointName::Other(element.tag, name.octets.to_vec()),
        }
    }
}

/// Where lists about a certificate stand.
#[derive(Clone, Debug)]
pub struct DistributionPoint {
    /// The names of the place; none if the issuer of the lists is all that is said.
    pub names: Option<Vec<PointName>>,
    /// The reasons the lists there tell of.
    pub reasons: Reasons,
    /// Who issues the lists, if that is not who issued the certificate.
    pub issuers: Vec<PointName>,
}

/// `CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint`, of a certificate of `issuer`, a name in DER.
///
/// # Errors
/// `asn1.*` if it is malformed, `limit.count`.
pub fn distribution_points(value: Slice<'_>, issuer: &[u8]) -> Result<Vec<DistributionPoint>, Error> {
    let mut elements = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
    let mut points = Vec::new();
    while !elements.is_done() {
        points.push(distribution_point(&elements.expect(tag::SEQUENCE)?, issuer)?);
        limited(points.len())?;
    }
    Ok(points)
}

/// `DistributionPoint ::= SEQUENCE { distributionPoint [0], reasons [1] ReasonFlags, cRLIssuer [2] GeneralNames }`
fn distribution_point(tlv: &Tlv<'_>, issuer: &[u8]) -> Result<DistributionPoint, Error> {
    let mut fields = tlv.elements()?;
    let place = fields.optional(tag::context_constructed(0))?;
    let reasons = fields.optional(tag::context(1))?.map(|reasons| Reasons::read(&reasons)).transpose()?;
    let list_issuers = fields.optional(tag::context_constructed(2))?;
    fields.finish()?;
    let issuers = list_issuers.as_ref().map(names).transpose()?.unwrap_or_default();
    // A relative name continues that of the issuer of the list.
    let base =
        list_issuers.and_then(|names| names.elements().ok()?.next_element().ok()).map(|name| general_name(&name));
    let base = base.filter(|name| name.kind == NameKind::Directory).map_or(issuer, |name| name.octets);
    let names = place.map(|place| place_names(&place, base)).transpose()?;
    Ok(DistributionPoint { names, reasons: reasons.unwrap_or(Reasons::ALL), issuers })
}

/// What a list is about.
#[derive(Clone, Debug)]
pub struct IssuingDistributionPoint {
    /// The names of the place it stands at.
    pub names: Option<Vec<PointName>>,
    /// Whether it is about certificates of users alone.
    pub only_users: bool,
    /// Whether it is about certificates of authorities alone.
    pub only_authorities: bool,
    /// Whether it is about attribute certificates alone.
    pub only_attributes: bool,
    /// The reasons it tells of.
    pub reasons: Reasons,
    /// Whether it may name certificates of other issuers.
    pub is_indirect: bool,
}

impl IssuingDistributionPoint {
    /// ```text
    /// IssuingDistributionPoint ::= SEQUENCE { distributionPoint [0], onlyContainsUserCerts [1] BOOLEAN,
    ///     onlyContainsCACerts [2] BOOLEAN, onlySomeReasons [3] ReasonFlags, indirectCRL [4] BOOLEAN,
    ///     onlyContainsAttributeCerts [5] BOOLEAN }
    /// ```
    pub(super) fn read(value: Slice<'_>, issuer: &[u8]) -> Result<Self, Error> {
        let mut fields = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
        let place = fields.optional(tag::context_constructed(0))?;
        let mut flag = |number| {
            let flag = fields.optional(tag::context(number))?;
            Ok::<bool, Error>(flag.is_some_and(|flag| flag.contents.octets() != [0]))
        };
        let (only_users, only_authorities) = (flag(1)?, flag(2)?);
        let reasons = fields.optional(tag::context(3))?.map(|reasons| Reasons::read(&reasons)).transpose()?;
        let mut flag = |number| {
            let flag = fields.optional(tag::context(number))?;
            Ok::<bool, Error>(flag.is_some_and(|flag| flag.contents.octets() != [0]))
        };
        let (is_indirect, only_attributes) = (flag(4)?, flag(5)?);
        fields.finish()?;
        Ok(IssuingDistributionPoint {
            names: place.map(|place| place_names(&place, issuer)).transpose()?,
            only_users,
            only_authorities,
            only_attributes,
            reasons: reasons.unwrap_or(Reasons::ALL),
            is_indirect,
        })
    }
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
fn place_names(place: &Tlv<'_>, issuer: &[u8]) -> Result<Vec<PointName>, Error> {
    const FULL: u8 = tag::context_constructed(0);
    const RELATIVE: u8 = tag::context_constructed(1);
    let mut choice = place.elements()?;
    let chosen = choice.next_element()?;
    choice.finish()?;
    match chosen.tag {
        FULL => names(&chosen),
        RELATIVE => {
            let issuer = Tlv::parse(Slice::new(issuer))?.contents;
            let last = element(tag::SET, &[chosen.contents.octets()]);
            let name = element(tag::SEQUENCE, &[issuer.octets(), &last]);
            Ok(vec![PointName::Directory(NameDigest::new(&name))])
        }
        _ => Err(Error::new(Condition::Asn1Tag).at(chosen.whole.span())),
    }
}

fn names(list: &Tlv<'_>) -> Result<Vec<PointName>, Error> {
    let mut elements = list.elements()?;
    let mut names = Vec::new();
    while !elements.is_done() {
        names.push(PointName::read(&elements.next_element()?));
        limited(names.len())?;
    }
    Ok(names)
}

fn limited(count: usize) -> Result<(), Error> {
    if count > MAX_NAMES {
        return Err(Error::new(Condition::LimitCount).detail("distribution points"));
    }
    Ok(())
}

/// How many distribution points a certificate may have, and how many names each.
const MAX_NAMES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    // P8: reasons that are none, or not what they should be, are no panic.
    #[test]
    fn p8_reasons() {
        // (contents of onlySomeReasons, bits or code)
        let rows: [(&[u8], Result<u16, &str>); 7] = [
            (&[], Err("asn1.value")),
            (&[0], Ok(0)),
            (&[1, 0x60], Ok(0x6000)),
            (&[7, 0xFF, 0x80], Ok(0x7F80)),
            (&[0, 0x80], Ok(0)),
            (&[8, 0x60], Err("asn1.value")),
            (&[0, 1, 2, 3], Err("asn1.value")),
        ];
        for (contents, expected) in rows {
            let value = element(tag::SEQUENCE, &[&element(0x83, &[contents])]);
            let found = IssuingDistributionPoint::read(Slice::new(&value), &[0x30, 0]);
            let found = found.map(|point| point.reasons.0).map_err(|error| error.code());
            assert_eq!(found, expected, "{contents:02x?}");
        }
    }
}
