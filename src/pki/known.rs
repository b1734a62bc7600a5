//! The certificates by which a user knows people: the keyring of RFC 3261 section 23.2, by address of record.
//!
//! A certificate that is none of those known for its address is, in the words of that section, a potential security
//! breach, wherever its path leads. To be known is no proof: a certificate that was learnt because a path led from it
//! to an anchor needs that path again. Only a pin needs none: the user put it there, or permitted it by name.

use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::extension::NameKind;
use crate::pki::identity::{self, IdentityOptions};
use crate::uri::{Scheme, SipUri};

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
    /// The e-mail names for which it is known.
    mailboxes: Vec<String>,
    /// Whether it is known for the domains that it names, by the rules of [`identity::match_identity`].
    for_domains: bool,
    standing: Standing,
    source: String,
}

impl KnownCertificate {
    /// A certificate that the user put into the keyring: a pin for everybody whom it names; `None` if it names nobody
    /// by a URI of SIP, an e-mail address or a domain.
    pub fn placed(certificate: Certificate) -> Option<Self> {
        let names = certificate.subject_alternative_names().ok()?;
        let of_kind = |kind| names.iter().filter(move |name| name.kind == kind).filter_map(|name| name.clean_text());
        // A mailbox stands in an e-mail name, and not in a mailto: URI.
        let addresses: Vec<SipUri> = of_kind(NameKind::Uri)
            .filter_map(|uri| SipUri::parse(uri).ok()?.address_of_record())
            .filter(|uri| uri.scheme() != Scheme::Mailto)
            .collect();
        let mailboxes: Vec<String> = of_kind(NameKind::Email).map(str::to_owned).collect();
        let for_domains = of_kind(NameKind::Dns).next().is_some() || addresses.iter().any(identity::is_domain);
        drop(names);
        (for_domains || !mailboxes.is_empty() || !addresses.is_empty()).then(|| KnownCertificate {
            certificate,
            addresses,
            mailboxes,
            for_domains,
            standing: Standing::Pin,
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
        Ok(KnownCertificate {
            certificate,
            addresses: vec![address],
            mailboxes: Vec::new(),
            for_domains: false,
            standing,
            source: String::new(),
        })
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
        let email_counts = match uri.scheme() {
            Scheme::Mailto => true,
            Scheme::Sip | Scheme::Sips => options.allow_email_san,
            Scheme::Im | Scheme::Pres | Scheme::Tel => false,
        };
        self.addresses.iter().any(|address| address.same_party(uri))
            || (email_counts && self.mailboxes.iter().any(|mailbox| uri.is_mailbox(mailbox.as_bytes())))
            || (self.for_domains
                && identity::is_domain(uri)
                && identity::match_identity(&self.certificate, uri, options).is_ok())
    }

    /// Whether it is known for nobody else.
    fn is_only_for(&self, uri: &SipUri) -> bool {
        self.addresses.iter().all(|address| address.same_holder(uri))
            && self.mailboxes.iter().all(|mailbox| uri.is_mailbox(mailbox.as_bytes()))
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

    /// The entries for an address. Who is known by a certificate of their own is not known by one that names others,
    /// too: the holder of that could sign as them. `options` say which names the user lets count; a strict comparison
    /// would not find more, but less that has changed.
    pub fn of(&self, uri: &SipUri, options: IdentityOptions) -> Vec<&KnownCertificate> {
        let options = IdentityOptions { strict: false, ..options };
        let mut found: Vec<&KnownCertificate> =
            self.entries.iter().filter(|entry| entry.is_for(uri, options)).collect();
        if found.iter().any(|entry| entry.is_only_for(uri)) {
            found.retain(|entry| entry.is_only_for(uri));
        }
        found
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
    const IP: u8 = 0x87;

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
        // A domain by its DNS name.
        let domain: &[(u8, &[u8])] = &[(DNS, b"example.com")];
        let known = keyring(vec![KnownCertificate::placed(named(domain)).unwrap()]);
        for (address, expected) in [("sip:example.com", true), ("sip:example.org", false), ("sip:a@example.com", false)]
        {
            let found = known.find(&named(domain), &uri(address), IdentityOptions::default());
            assert_eq!(matches!(found, Acquaintance::Known(_)), expected, "{address}");
        }
        let nobody: [&[(u8, &[u8])]; 3] = [&[], &[(IP, b"abcd")], &[(URI, b"http://example.com/")]];
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

    // VFY-18: Mallory, who has a certificate for herself and for Bob, is not Bob if he has one of his own.
    #[test]
    fn vfy_18_a_certificate_of_ones_own() {
        let mallory_names: &[(u8, &[u8])] = &[(URI, b"sip:mallory@example.net"), (URI, b"sip:bob@example.org")];
        let mail: &[(u8, &[u8])] = &[(URI, b"sip:bob@example.org"), (EMAIL, b"mallory@example.net")];
        let own: &[(u8, &[u8])] =
            &[(URI, b"sip:bob@example.org"), (URI, b"im:bob@example.org"), (EMAIL, b"bob@example.org")];
        let bob = uri("sip:bob@example.org");
        let placed = |names| KnownCertificate::placed(named(names)).unwrap();
        let learnt = KnownCertificate::learnt(named(own), &bob, Standing::Path).unwrap();
        for of_others in [mallory_names, mail] {
            let known = keyring(vec![placed(of_others)]);
            let found = known.find(&named(of_others), &bob, IdentityOptions::default());
            assert!(matches!(found, Acquaintance::Known(_)));
            for own in [placed(own), learnt.clone()] {
                let known = keyring(vec![placed(of_others), own]);
                let found = known.find(&named(of_others), &bob, IdentityOptions::default());
                assert!(matches!(found, Acquaintance::Changed(ref others) if others.len() == 1), "{found:?}");
                assert_eq!(known.of(&bob, IdentityOptions::default()).len(), 1);
                let mallory =
                    known.find(&named(mallory_names), &uri("sip:mallory@example.net"), IdentityOptions::default());
                assert_eq!(matches!(mallory, Acquaintance::Known(_)), of_others == mallory_names);
            }
        }
    }

    // VFY-18: a dot at the end or a password makes nobody a stranger.
    #[test]
    fn vfy_18_other_spellings() {
        let names: &[(u8, &[u8])] = &[(URI, b"sip:alice@example.com")];
        let known = keyring(vec![KnownCertificate::placed(named(names)).unwrap()]);
        for (address, expected) in [
            ("sip:alice@example.com.", true),
            ("sip:alice:secret@example.com", true),
            ("sip:alice@example.com:5060", false),
            ("sip:alice@www.example.com", false),
        ] {
            let found = known.find(&file("keys/alice-p384.pem"), &uri(address), IdentityOptions::default());
            assert_eq!(matches!(found, Acquaintance::Changed(_)), expected, "{address}");
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
