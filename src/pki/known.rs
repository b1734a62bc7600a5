//! The certificates by which a user knows people: the keyring of RFC 3261 section 23.2, by address of record.
//!
//! A certificate that is none of those known for its address is, in the words of that section, a potential security
//! breach, wherever its path leads. To be known is no proof: a certificate that was learnt because a path led from it
//! to an anchor needs that path again. Only a pin needs none: the user put it there, or permitted it by name.

use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::extension::NameKind;
use crate::pki::identity::{self, IdentityOptions};
use crate::uri::SipUri;

/// What it is worth that a certificate is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A path led from it to an anchor, and has to again.
    Path,
    /// The user vouches for it: it is trusted for its address, whoever issued it.
    Pin,
}

/// A certificate, and for whom it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCertificate {
    certificate: Certificate,
    addresses: Vec<SipUri>,
    /// Whether it is known for whomever it names, by the rules of [`identity::match_identity`].
    for_all_names: bool,
    standing: Standing,
    source: String,
}

impl KnownCertificate {
    /// A certificate that the user put into the keyring: a pin for everybody whom it names; `None` if it names nobody
    /// by a URI of SIP or an e-mail address.
    pub fn placed(certificate: Certificate) -> Option<Self> {
        let names = certificate.subject_alternative_names().ok()?;
        let uris = names.iter().filter(|name| name.kind == NameKind::Uri).filter_map(|name| name.clean_text());
        let addresses: Vec<SipUri> =
            uris.filter_map(|uri| SipUri::parse(uri).ok()).filter_map(|uri| uri.address_of_record()).collect();
        let has_email = names.iter().any(|name| name.kind == NameKind::Email && name.clean_text().is_some());
        drop(names);
        let standing = Standing::Pin;
        (has_email || !addresses.is_empty()).then(|| KnownCertificate {
            certificate,
            addresses,
            for_all_names: true,
            standing,
            source: String::new(),
        })
    }

    /// A certificate that was learnt for one address.
    ///
    /// # Errors
    /// `keyring.unreadable` if this is no address of record, or not one that the certificate names.
    pub fn learnt(certificate: Certificate, address: &SipUri, standing: Standing) -> Result<Self, Error> {
        let unfit = |why: &str| Error::new(Condition::KeyringUnreadable).detail(format!("{address} {why}"));
        let address = address.address_of_record().ok_or_else(|| unfit("is not an address of record"))?;
        let options = IdentityOptions { allow_email_san: true, ..IdentityOptions::default() };
        identity::match_identity(&certificate, &address, options)
            .map_err(|_| unfit("is not a name of the certificate"))?;
        let addresses = vec![address];
        Ok(KnownCertificate { certificate, addresses, for_all_names: false, standing, source: String::new() })
    }

    /// Says where it is kept.
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The addresses of record. One that the user put there is known for its e-mail names besides.
    pub fn addresses(&self) -> &[SipUri] {
        &self.addresses
    }

    /// What it is worth.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Where it is kept; empty if nowhere yet.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn is_for(&self, uri: &SipUri, options: IdentityOptions) -> bool {
        self.addresses.iter().any(|address| address.same_party(uri))
            || (self.for_all_names && identity::match_identity(&self.certificate, uri, options).is_ok())
    }
}

/// What a keyring says about a certificate that somebody with an address uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acquaintance<'k> {
    /// Nothing is known for the address.
    Stranger,
    /// It is known; the entry that is worth most.
    Known(&'k KnownCertificate),
    /// Others are known for the address, and it is not.
    Changed(Vec<&'k KnownCertificate>),
}

/// A keyring, with what the user permits now besides.
#[derive(Clone, Debug, Default)]
pub struct KnownCertificates {
    entries: Vec<KnownCertificate>,
    permitted: Vec<Certificate>,
}

impl KnownCertificates {
    /// Adds an entry.
    pub fn add(&mut self, entry: KnownCertificate) {
        self.entries.push(entry);
    }

    /// The user permits these certificates, known or not: each was named for this.
    pub fn permit(&mut self, certificates: &[Certificate]) {
        self.permitted.extend_from_slice(certificates);
    }

    /// Whether the user permits a certificate.
    pub fn is_permitted(&self, certificate: &Certificate) -> bool {
        self.permitted.contains(certificate)
    }

    /// The entries.
    pub fn entries(&self) -> &[KnownCertificate] {
        &self.entries
    }

    /// The entries for an address. `options` say which names the user lets count; a strict comparison would not find
    /// more, but less that has changed.
    pub fn of(&self, uri: &SipUri, options: IdentityOptions) -> Vec<&KnownCertificate> {
        let options = IdentityOptions { strict: false, ..options };
        self.entries.iter().filter(|entry| entry.is_for(uri, options)).collect()
    }

    /// What is known about a certificate of somebody with this address.
    pub fn find(&self, certificate: &Certificate, uri: &SipUri, options: IdentityOptions) -> Acquaintance<'_> {
        let entries = self.of(uri, options);
        let same = entries.iter().filter(|entry| entry.certificate == *certificate);
        match same.max_by_key(|entry| entry.standing) {
            Some(entry) => Acquaintance::Known(entry),
            None if entries.is_empty() => Acquaintance::Stranger,
            None => Acquaintance::Changed(entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::testing::{file, named};

    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const URI: u8 = 0x86;

    fn uri(text: &str) -> SipUri {
        SipUri::parse(text).unwrap()
    }

    fn keyring(entries: Vec<KnownCertificate>) -> KnownCertificates {
        KnownCertificates { entries, permitted: Vec::new() }
    }

    // VFY-18: whom a certificate that the user put there is known for. (names, the address of a message, e-mail
    // counts, known)
    #[test]
    fn vfy_18_whom_a_placed_certificate_is_for() {
        type Row<'a> = (&'a [(u8, &'a [u8])], &'a str, bool, bool);
        let both: &[(u8, &[u8])] = &[(URI, b"sip:alice@example.com"), (URI, b"sip:bob@example.com")];
        let mail: &[(u8, &[u8])] = &[(EMAIL, b"alice@example.com")];
        let rows: &[Row<'_>] = &[
            (both, "sip:alice@example.com", false, true),
            (both, "sip:%61lice@EXAMPLE.com;transport=tcp", false, true),
            (both, "sip:bob@example.com", false, true),
            (both, "sip:carol@example.com", false, false),
            (both, "sip:Alice@example.com", false, false),
            (both, "im:alice@example.com", false, false),
            // A secure address is the same party, both ways.
            (both, "sips:alice@example.com", false, true),
            (&[(URI, b"sips:alice@example.com")], "sip:alice@example.com", false, true),
            (mail, "mailto:alice@example.com", false, true),
            (mail, "sip:alice@example.com", false, false),
            (mail, "sip:alice@example.com", true, true),
        ];
        for (names, address, allow_email_san, expected) in rows {
            let options = IdentityOptions { allow_email_san: *allow_email_san, strict: true, common_name: false };
            let known = keyring(vec![KnownCertificate::placed(named(names)).unwrap()]);
            let found = known.find(&file("keys/alice.pem"), &uri(address), options);
            assert_eq!(matches!(found, Acquaintance::Changed(_)), *expected, "{address}");
            let found = known.find(&named(names), &uri(address), options);
            assert_eq!(
                matches!(found, Acquaintance::Known(one) if one.standing == Standing::Pin),
                *expected,
                "{address}"
            );
        }
        let nobody: [&[(u8, &[u8])]; 3] = [&[], &[(DNS, b"example.com")], &[(URI, b"http://example.com/")]];
        for names in nobody {
            assert_eq!(KnownCertificate::placed(named(names)), None);
        }
    }

    // VFY-19: one that was learnt is known for its address alone.
    #[test]
    fn vfy_19_whom_a_learnt_certificate_is_for() {
        let names: &[(u8, &[u8])] = &[(URI, b"sip:alice@example.com"), (URI, b"sip:bob@example.com")];
        let learnt = |address: &str, standing| KnownCertificate::learnt(named(names), &uri(address), standing);
        let (path, pin) = (Standing::Path, Standing::Pin);
        let known = keyring(vec![learnt("sip:alice@EXAMPLE.com;lr", path).unwrap()]);
        let rows = [("sip:alice@example.com", true), ("sips:alice@example.com", true), ("sip:bob@example.com", false)];
        for (address, expected) in rows {
            let found = known.find(&named(names), &uri(address), IdentityOptions::default());
            assert_eq!(matches!(found, Acquaintance::Known(_)), expected, "{address}");
            assert_eq!(found == Acquaintance::Stranger, !expected, "{address}");
        }
        // Of two entries the one that is worth more counts.
        let known =
            keyring(vec![learnt("sip:bob@example.com", pin).unwrap(), learnt("sip:bob@example.com", path).unwrap()]);
        let found = known.find(&named(names), &uri("sip:bob@example.com"), IdentityOptions::default());
        assert!(matches!(found, Acquaintance::Known(entry) if entry.standing == pin), "{found:?}");
        for address in ["sip:carol@example.com", "im:alice@example.com", "sip:alice@example.com:5060"] {
            assert_eq!(learnt(address, path).unwrap_err().code(), "keyring.unreadable", "{address}");
        }
    }

    // VFY-18: beside the one that changed stands everything that is known for the address.
    #[test]
    fn vfy_18_changed_certificates() {
        let address = uri("sip:alice@example.com");
        let files = ["keys/alice.pem", "keys/alice-p384.pem", "keys/bob.pem"].map(file);
        let known = keyring(files.iter().cloned().filter_map(KnownCertificate::placed).collect());
        let found = known.find(&file("keys/alice-rsa2048.pem"), &address, IdentityOptions::default());
        let Acquaintance::Changed(entries) = found else { panic!("{found:?}") };
        let shown: Vec<&Certificate> = entries.into_iter().map(KnownCertificate::certificate).collect();
        assert_eq!(shown, [&files[0], &files[1]]);
    }
}
