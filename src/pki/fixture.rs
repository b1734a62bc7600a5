//! Certificates in which exactly one thing is wrong: what software for SIP is to be tested against (RFC 6216 section 6).
//!
//! A fixture changes the draft of a certificate that is good, before it is signed, or says which file of a good set is
//! another one. What a verifier has to answer stands beside it.

use std::net::Ipv4Addr;

use der::asn1::ObjectIdentifier;

use crate::alg::digest::{SHA1, SHA512};
use crate::alg::generation::RSA_1024;
use crate::alg::{NewKey, Scheme};
use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::pki::extension::{
    self, BASIC_CONSTRAINTS, CLIENT_AUTHENTICATION, EXTENDED_KEY_USAGE, KEY_USAGE, KeyUsage, NAME_CONSTRAINTS,
    NameKind, SERVER_AUTHENTICATION, SIP_DOMAIN, SUBJECT_ALTERNATIVE_NAME,
};
use crate::pki::issue::Draft;
use crate::pki::name;
use crate::pki::profile::{Holder, NewExtension, Role, purposes_der};
use crate::uri::{Host, SipUri};

/// One thing that is wrong.
#[derive(Debug)]
pub struct Fixture {
    /// Its name.
    pub name: &'static str,
    /// What is wrong, in a sentence.
    pub wrong: &'static str,
    /// The code with which a certificate of a user is refused for it; `None` if it is accepted.
    pub user: Option<&'static str>,
    /// The same of a domain.
    pub domain: Option<&'static str>,
    /// Where it is wrong.
    pub change: Change,
}

/// Where a fixture differs from what is good.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// In the certificate of the user or the domain.
    Certificate(fn(&mut Draft, &Holder) -> Result<(), Error>),
    /// In the octets of that certificate, after it was signed.
    Signed(fn(&mut [u8])),
    /// In its key, which is of this kind.
    Key(&'static NewKey),
    /// In the certificate of the first authority below the root. There are as many of them as the number says.
    Intermediate(usize, fn(&mut Draft)),
    /// The root that is written is another one.
    Anchor,
    /// The certificate of the authority below the root is not written.
    Chain,
    /// A revocation list names the certificate.
    Revocation,
    /// A revocation list names the authority below the root.
    AuthorityRevocation,
}

impl Fixture {
    /// The fixture with a name.
    pub fn by_name(name: &str) -> Option<&'static Fixture> {
        FIXTURES.iter().find(|fixture| fixture.name == name)
    }

    /// How many authorities there are below the root.
    pub fn intermediates(&self) -> usize {
        match self.change {
            Change::Intermediate(count, _) => count,
            Change::Chain | Change::AuthorityRevocation => 1,
            _ => 0,
        }
    }

    /// Makes the change in the draft for a user or a domain, or for the first authority below the root, if it is made
    /// there.
    ///
    /// # Errors
    /// `issue.fixture` if it cannot be made, or changes nothing.
    pub fn apply(&self, draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
        let before = draft.clone();
        match (self.change, holder.role()) {
            (Change::Certificate(change), Role::User | Role::Domain) => change(draft, holder)?,
            (Change::Intermediate(_, change), Role::Authority) => change(draft),
            _ => return Ok(()),
        }
        match *draft == before {
            true => Err(refused(format!("{} changes nothing here", self.name))),
            false => Ok(()),
        }
    }

    /// Makes the change in a certificate of a user or a domain that is signed, if it is made there.
    ///
    /// # Errors
    /// None on certificates.
    pub fn apply_to_signed(&self, certificate: Certificate) -> Result<Certificate, Error> {
        let Change::Signed(change) = self.change else { return Ok(certificate) };
        let mut der = certificate.der().to_vec();
        change(&mut der);
        Certificate::from_der(&der)
    }
}

/// Every fixture. The codes are those of `check-san` with an anchor, and of `verify`, which says `identity.mismatch`
/// for `identity.not-named`.
pub static FIXTURES: &[Fixture] = &[
    row("expired", "it has expired, in 2000", "trust.expired", Change::Certificate(expired)),
    row("not-yet-valid", "it is valid from 2099 on", "trust.not-yet-valid", Change::Certificate(not_yet_valid)),
    row("wrong-san", "subjectAltName names somebody else", NOT_NAMED, Change::Certificate(wrong_names)),
    row("no-san", "nothing names the user or the domain", NOT_NAMED, Change::Certificate(no_names)),
    Fixture {
        domain: None,
        ..row(
            "cn-only",
            "only the common name names the user or the domain",
            NOT_NAMED,
            Change::Certificate(common_name),
        )
    },
    row("email-only", "subjectAltName has only an e-mail address", NOT_NAMED, Change::Certificate(email_only)),
    row("ip-only", "subjectAltName has only an IP address, 192.0.2.1", NOT_NAMED, Change::Certificate(ip_only)),
    row("wildcard", "a wildcard stands in the name", NOT_NAMED, Change::Certificate(wildcard)),
    row("nul-in-san", "a NUL and another domain follow the name", NOT_NAMED, Change::Certificate(nul_in_names)),
    row("invisible-in-san", "U+200E, which nobody sees, follows the name", NOT_NAMED, Change::Certificate(invisible)),
    row(
        "no-digital-signature",
        "keyUsage does not allow signatures",
        "trust.key-usage",
        Change::Certificate(no_digital_signature),
    ),
    Fixture {
        user: None,
        domain: None,
        ..row("no-eku", "there is no extKeyUsage", "", Change::Certificate(no_purpose))
    },
    row("tls-only-eku", "extKeyUsage is for TLS alone", PURPOSE, Change::Certificate(tls_only)),
    Fixture {
        domain: None,
        ..row("sip-only-eku", "extKeyUsage is for SIP domains alone", PURPOSE, Change::Certificate(sip_domain_only))
    },
    row(
        "unknown-critical-extension",
        "a critical extension that nobody knows",
        "trust.critical-extension",
        Change::Certificate(unknown_extension),
    ),
    row("duplicate-extension", "subjectAltName stands twice", "trust.extension", Change::Certificate(duplicate)),
    // RFC 5280 section 4.1.2.2: certificate users should be prepared for it.
    Fixture {
        user: None,
        domain: None,
        ..row("zero-serial", "the serial number is 0", "", Change::Certificate(zero_serial))
    },
    row("negative-serial", "the serial number is negative", "trust.malformed", Change::Certificate(negative_serial)),
    row("long-serial", "the serial number has 21 octets", "trust.malformed", Change::Certificate(long_serial)),
    row(
        "algorithm-mismatch",
        "the signature algorithm inside is not the one outside",
        "trust.algorithms",
        Change::Certificate(algorithm_mismatch),
    ),
    row("bad-signature", "one bit of the signature was changed", "trust.signature", Change::Signed(change_signature)),
    row("sha1", "it is signed with SHA-1", "trust.weak-algorithm", Change::Certificate(sha1)),
    row("rsa1024", "its key is RSA with 1024 bits", "trust.weak-algorithm", Change::Key(&RSA_1024)),
    row("unknown-ca", "the root is not the one that issued", "trust.unknown-issuer", Change::Anchor),
    row("incomplete-chain", "the intermediate authority is missing", "trust.unknown-issuer", Change::Chain),
    row("revoked", "a revocation list names it", "trust.revoked", Change::Revocation),
    row("revoked-ca", "a revocation list names its issuer", "trust.revoked", Change::AuthorityRevocation),
    row(
        "ca-without-basic-constraints",
        "the intermediate authority has no basicConstraints",
        "trust.not-a-ca",
        Change::Intermediate(1, |draft| draft.set(&BASIC_CONSTRAINTS, None)),
    ),
    row(
        "ca-without-cert-sign",
        "keyUsage of the intermediate authority lacks keyCertSign",
        "trust.not-a-ca",
        Change::Intermediate(1, |draft| {
            draft.set(&KEY_USAGE, Some(KeyUsage::new(KeyUsage::CRL_SIGN).to_der()));
        }),
    ),
    row(
        "pathlen-exceeded",
        "an authority that allows none below it has one below it",
        "trust.path-length",
        Change::Intermediate(2, |draft| {
            let value = element(tag::SEQUENCE, &[&[tag::BOOLEAN, 1, 0xFF, tag::INTEGER, 1, 0]]);
            draft.set(&BASIC_CONSTRAINTS, Some(value));
        }),
    ),
    row(
        "name-constraint-violation",
        "the intermediate authority may certify another organization alone",
        "trust.name-constraints",
        Change::Intermediate(1, |draft| {
            let other = name::encode(&[(name::ORGANIZATION, name::UTF8, "another organization")]);
            draft.constrain(0, &element(tag::context_constructed(4), &[&other]));
        }),
    ),
    row(
        "name-constraint-uri",
        "the intermediate authority may not certify URIs of .invalid, and sip: URIs cannot be judged by that",
        "trust.name-constraints",
        Change::Intermediate(1, |draft| draft.constrain(1, &element(tag::context(6), &[b".invalid"]))),
    ),
];

const fn row(name: &'static str, wrong: &'static str, code: &'static str, change: Change) -> Fixture {
    Fixture { name, wrong, user: Some(code), domain: Some(code), change }
}

const NOT_NAMED: &str = "identity.not-named";
const PURPOSE: &str = "trust.extended-key-usage";

impl Draft {
    /// Sets the value of an extension, which is critical if it was or is new, or takes the extension out.
    fn set(&mut self, identifier: &ObjectIdentifier, value: Option<Vec<u8>>) {
        let known = self.extensions.iter_mut().find(|one| one.identifier == *identifier);
        match (known, value) {
            (Some(known), Some(value)) => known.value = value,
            (None, Some(value)) => {
                self.extensions.push(NewExtension { identifier: *identifier, critical: true, value });
            }
            (_, None) => self.extensions.retain(|one| one.identifier != *identifier),
        }
    }

    fn set_names(&mut self, names: &[Vec<u8>]) {
        self.set(&SUBJECT_ALTERNATIVE_NAME, Some(element(tag::SEQUENCE, &[&names.concat()])));
    }

    /// Every URI changed, and every other name in the same way: a host as the address of `sip:host`, an e-mail address as
    /// that of `sip:user@host`. An IP address cannot be, and goes.
    fn change_names(&mut self, change: impl Fn(&str) -> String) -> Result<(), Error> {
        let names = self.extensions.iter().find(|one| one.identifier == SUBJECT_ALTERNATIVE_NAME);
        let value = names.map(|one| one.value.clone()).unwrap_or_default();
        let mut changed = Vec::new();
        for name in extension::general_names(Slice::new(&value))? {
            let text = name.clean_text().unwrap_or_default();
            let in_address = || address(&change(&format!("sip:{text}"))).to_owned();
            match name.kind {
                NameKind::Uri => changed.push(uri(&change(text))),
                NameKind::Dns => changed.push(dns(&in_address())),
                NameKind::Email => changed.push(element(tag::context(1), &[in_address().as_bytes()])),
                _ => {}
            }
        }
        self.set_names(&changed);
        Ok(())
    }

    /// `NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] }` with one subtree.
    fn constrain(&mut self, which: u8, base: &[u8]) {
        let subtrees = element(tag::context_constructed(which), &[&element(tag::SEQUENCE, &[base])]);
        self.set(&NAME_CONSTRAINTS, Some(element(tag::SEQUENCE, &[&subtrees])));
    }
}

/// 1999-01-01 to 2000-01-01, as RFC 6216 appendix A.2 has it in mind.
fn expired(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    (draft.not_before, draft.not_after) = (915_148_800, 946_684_800);
    Ok(())
}

/// 2099-01-01 to 2100-01-01.
fn not_yet_valid(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    (draft.not_before, draft.not_after) = (4_070_908_800, 4_102_444_800);
    Ok(())
}

fn wrong_names(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.change_names(|name| match name {
        _ if name.contains('@') => with_user(name, "mallory"),
        _ => "sip:other.invalid".to_owned(),
    })
}

/// The common name goes, too: it is what names a domain if there is no subjectAltName (RFC 5922 section 7.1).
fn no_names(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    draft.set(&SUBJECT_ALTERNATIVE_NAME, None);
    leave_domain_unnamed(draft, holder)
}

fn leave_domain_unnamed(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    if holder.role() == Role::Domain {
        draft.subject = name::with_common_name(&draft.subject, None)?;
    }
    Ok(())
}

fn common_name(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    draft.set(&SUBJECT_ALTERNATIVE_NAME, None);
    let name = match holder.uris().first().filter(|_| holder.role() == Role::User) {
        Some(address) => address.as_str(),
        None => holder.common_name(),
    };
    draft.subject = name::with_common_name(&draft.subject, Some(name))?;
    Ok(())
}

fn email_only(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    let uri = holder.uris().first();
    let address = match uri.and_then(SipUri::host) {
        Some(Host::Name(host)) if holder.role() == Role::Domain => format!("postmaster@{host}"),
        Some(Host::Name(_)) => uri.map(|uri| address(uri.as_str()).to_owned()).unwrap_or_default(),
        _ => "postmaster@example.invalid".to_owned(),
    };
    draft.set_names(&[element(tag::context(1), &[address.as_bytes()])]);
    Ok(())
}

/// RFC 6216 section 6, test 10: the common name does not name the domain either. The address is one for documentation
/// (RFC 5737).
fn ip_only(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    let of_holder = Host::V4(Ipv4Addr::new(192, 0, 2, 1));
    let last = if holder.uris().iter().any(|uri| uri.host() == Some(&of_holder)) { 2 } else { 1 };
    draft.set_names(&[element(tag::context(7), &[&[192, 0, 2, last]])]);
    leave_domain_unnamed(draft, holder)
}

fn wildcard(draft: &mut Draft, holder: &Holder) -> Result<(), Error> {
    if holder.uris().iter().any(|uri| !matches!(uri.host(), Some(Host::Name(_)))) {
        return Err(refused("a wildcard stands for a user or a host with a name"));
    }
    draft.change_names(|name| match name.contains('@') {
        true => with_user(name, "*"),
        false => format!("sip:*.{}", address(name)),
    })
}

/// CVE-2009-2408: readers of C strings stop at the NUL.
fn nul_in_names(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.change_names(|name| format!("{name}\0.invalid"))
}

fn invisible(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.change_names(|name| format!("{name}\u{200e}"))
}

/// What is left of keyUsage; dataEncipherment, which is of no use here, if nothing is.
fn no_digital_signature(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    let usage = draft.extensions.iter().find(|one| one.identifier == KEY_USAGE);
    let usage = usage.map(|one| extension::key_usage(Slice::new(&one.value))).transpose()?;
    let usage = usage.filter(|usage| usage.signs()).ok_or_else(|| refused("keyUsage allows no signatures"))?;
    let rest =
        [(usage.enciphers_keys(), KeyUsage::KEY_ENCIPHERMENT), (usage.agrees_on_keys(), KeyUsage::KEY_AGREEMENT)];
    let rest = rest.iter().filter(|(is_there, _)| *is_there).fold(0, |bits, (_, bit)| bits | bit);
    let rest = if rest == 0 { DATA_ENCIPHERMENT } else { rest };
    draft.set(&KEY_USAGE, Some(KeyUsage::new(rest).to_der()));
    Ok(())
}

fn no_purpose(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.set(&EXTENDED_KEY_USAGE, None);
    Ok(())
}

fn tls_only(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.set(&EXTENDED_KEY_USAGE, Some(purposes_der(&[SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION])));
    Ok(())
}

fn sip_domain_only(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.set(&EXTENDED_KEY_USAGE, Some(purposes_der(&[SIP_DOMAIN])));
    Ok(())
}

fn unknown_extension(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.set(&EXAMPLE, Some(vec![tag::NULL, 0]));
    Ok(())
}

fn duplicate(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    let names = draft.extensions.iter().find(|one| one.identifier == SUBJECT_ALTERNATIVE_NAME).cloned();
    draft.extensions.extend(names);
    Ok(())
}

fn zero_serial(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.serial = vec![0];
    Ok(())
}

fn negative_serial(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.serial.insert(0, 0x80);
    Ok(())
}

fn long_serial(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.serial.resize(21, 1);
    Ok(())
}

/// RFC 5280 section 4.1.1.2.
fn algorithm_mismatch(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.algorithm = match draft.scheme {
        Scheme::Ecdsa(_) => Scheme::Ecdsa(SHA512),
        _ => Scheme::RsaPkcs1(SHA512),
    }
    .identifier();
    Ok(())
}

/// The last octet of a certificate is one of its signature.
fn change_signature(certificate: &mut [u8]) {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
}

fn sha1(draft: &mut Draft, _: &Holder) -> Result<(), Error> {
    draft.scheme = match draft.scheme {
        Scheme::RsaPkcs1(_) => Scheme::RsaPkcs1(SHA1),
        Scheme::Ecdsa(_) => Scheme::Ecdsa(SHA1),
        _ => return Err(refused("the key of the issuer does not sign with SHA-1")),
    };
    draft.algorithm = draft.scheme.identifier();
    Ok(())
}

fn uri(text: &str) -> Vec<u8> {
    element(tag::context(6), &[text.as_bytes()])
}

fn dns(text: &str) -> Vec<u8> {
    element(tag::context(2), &[text.as_bytes()])
}

/// What follows the scheme.
fn address(uri: &str) -> &str {
    uri.split_once(':').map_or(uri, |(_, address)| address)
}

/// Another user of the same domain.
fn with_user(uri: &str, user: &str) -> String {
    match (uri.split_once(':'), uri.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}:{user}@{host}"),
        _ => format!("sip:{user}@other.invalid"),
    }
}

fn refused(detail: impl Into<String>) -> Error {
    Error::new(Condition::IssueFixture).detail(detail)
}

const DATA_ENCIPHERMENT: u16 = 0x1000;
/// An arc for examples (RFC 5612).
const EXAMPLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1");

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::pki::PrivateKey;
    use crate::pki::issue::{IssueRequest, Issuer};
    use crate::pki::profile::Profile;

    fn draft(holder: &Holder, key: &PrivateKey, issuer: &Issuer<'_>) -> Draft {
        let profile = Profile::Rfc8591;
        let request = IssueRequest {
            profile,
            holder,
            subject: &profile.subject(holder, Some("test"), &[]),
            public_key: key.public_key(),
            not_before: 1_735_689_600,
            not_after: 2_524_607_999,
            serial: &[0x40; 16],
        };
        Draft::new(&request, issuer).unwrap()
    }

    /// The fields in which two drafts differ.
    fn differences(one: &Draft, other: &Draft) -> Vec<String> {
        let mut fields = Vec::new();
        let mut see = |name: &str, is_other: bool| fields.extend(is_other.then(|| name.to_owned()));
        see("serialNumber", one.serial != other.serial);
        see("signature", one.algorithm != other.algorithm);
        see("signatureAlgorithm", one.scheme != other.scheme);
        see("issuer", one.issuer != other.issuer);
        see("validity", (one.not_before, one.not_after) != (other.not_before, other.not_after));
        see("subject", one.subject != other.subject);
        let of = |draft: &Draft, identifier: &ObjectIdentifier| -> Vec<NewExtension> {
            draft.extensions.iter().filter(|one| one.identifier == *identifier).cloned().collect()
        };
        let mut known: Vec<ObjectIdentifier> = Vec::new();
        for extension in one.extensions.iter().chain(&other.extensions) {
            if !known.contains(&extension.identifier) {
                known.push(extension.identifier);
                let (one, other) = (of(one, &extension.identifier), of(other, &extension.identifier));
                see(&extension::title(&extension.identifier), one != other);
            }
        }
        fields
    }

    // GEN-11: each fixture changes the one field that its name says. Two fields are one thing where the name moves from
    // one to the other or must stand in neither, and for sha1, which stands twice (RFC 5280 section 4.1.1.2).
    #[test]
    fn gen_11_one_thing_is_wrong() {
        let rng = &mut UnwrapErr(SysRng);
        let made = |kind: &str, rng: &mut UnwrapErr<SysRng>| {
            PrivateKey::from_der(&NewKey::by_name(kind).unwrap().generate(rng).unwrap(), None).unwrap()
        };
        let authority = Holder::authority("Authority").unwrap();
        let user = Holder::new(&["sip:alice@example.com"], &[]).unwrap();
        let domain = Holder::new(&["sip:example.com"], &[]).unwrap();
        let kinds = ["p256", "p384", "ed25519", "rsa2048"];
        for kind in kinds {
            let key = made(kind, rng);
            let root = draft(&authority, &key, &Issuer { certificate: None, key: &key }).sign(&key, rng).unwrap();
            let issuer = Issuer { certificate: Some(&root), key: &key };
            for fixture in FIXTURES {
                let holders = match fixture.change {
                    Change::Intermediate(..) => vec![&authority],
                    _ => vec![&user, &domain],
                };
                for holder in holders {
                    let good = draft(holder, &key, &issuer);
                    let mut wrong = good.clone();
                    let result = fixture.apply(&mut wrong, holder);
                    let expected: &[&str] = match (fixture.name, kind) {
                        ("expired" | "not-yet-valid", _) => &["validity"],
                        ("no-san" | "ip-only", _) if holder.role() == Role::Domain => &["subject", "subjectAltName"],
                        ("cn-only", _) if holder.role() == Role::User => &["subject", "subjectAltName"],
                        ("duplicate-extension", _) => &["subjectAltName"],
                        ("no-digital-signature" | "ca-without-cert-sign", _) => &["keyUsage"],
                        ("unknown-critical-extension", _) => &["1.3.6.1.4.1.32473.1"],
                        ("algorithm-mismatch", _) => &["signature"],
                        ("sha1", "ed25519") => {
                            assert_eq!(result.unwrap_err().code(), "issue.fixture");
                            continue;
                        }
                        ("sha1", _) => &["signature", "signatureAlgorithm"],
                        ("ca-without-basic-constraints" | "pathlen-exceeded", _) => &["basicConstraints"],
                        (name, _) if name.ends_with("serial") => &["serialNumber"],
                        (name, _) if name.ends_with("eku") => &["extKeyUsage"],
                        (name, _) if name.starts_with("name-constraint") => &["nameConstraints"],
                        _ if matches!(fixture.change, Change::Certificate(_)) => &["subjectAltName"],
                        _ => &[],
                    };
                    result.unwrap();
                    assert_eq!(differences(&good, &wrong), expected, "{} {kind}", fixture.name);
                    let made = wrong.sign(&key, rng).unwrap();
                    assert!(Certificate::from_der(made.der()).is_ok(), "{}", fixture.name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_spelled_alike() {
        for (index, fixture) in FIXTURES.iter().enumerate() {
            let is_plain = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
            assert!(fixture.name.bytes().all(is_plain), "{}", fixture.name);
            assert!(FIXTURES[..index].iter().all(|other| other.name != fixture.name), "{}", fixture.name);
            assert!(std::ptr::eq(Fixture::by_name(fixture.name).unwrap(), fixture));
        }
        assert!(Fixture::by_name("good").is_none());
    }
}
