//! The certificates at hand: those of the message, and those of the user.
//!
//! A signer is named by issuer and serial number or by key identifier (RFC 5652 section 5.3), and neither is
//! proof: anybody can make a certificate with the names of another. So all candidates are given back, and
//! signature and path must hold for the very one that is relied upon.

use crate::pki::Certificate;
use crate::pki::name::NameDigest;

/// How many candidates one identifier may have; further ones are passed over.
pub const MAX_CANDIDATES: usize = 16;

/// Certificates, each once, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

impl Keyring {
    /// Adds a certificate, unless the very same one is there.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.certificates.contains(&certificate) {
            self.certificates.push(certificate);
        }
    }

    /// The certificates.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Those of an issuer, its name in DER, with the contents of a serial number. Serial numbers are compared
    /// as numbers.
    pub fn find(&self, issuer: &[u8], serial: &[u8]) -> Vec<&Certificate> {
        let issuer = NameDigest::new(issuer);
        self.candidates(|one| one.is_named_by(&issuer, serial))
    }

    /// Those with a subject key identifier. One that is malformed or repeated names no key.
    pub fn find_by_key_identifier(&self, identifier: &[u8]) -> Vec<&Certificate> {
        self.candidates(|one| one.has_key_identifier(identifier))
    }

    fn candidates(&self, is_candidate: impl Fn(&Certificate) -> bool) -> Vec<&Certificate> {
        self.certificates.iter().filter(|one| is_candidate(one)).take(MAX_CANDIDATES).collect()
    }
}

impl Extend<Certificate> for Keyring {
    fn extend<T: IntoIterator<Item = Certificate>>(&mut self, certificates: T) {
        for certificate in certificates {
            self.add(certificate);
        }
    }
}

impl FromIterator<Certificate> for Keyring {
    fn from_iter<T: IntoIterator<Item = Certificate>>(certificates: T) -> Self {
        let mut keyring = Keyring::default();
        keyring.extend(certificates);
        keyring
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::extension::SUBJECT_KEY_IDENTIFIER;
    use crate::pki::testing::{Odd, common_name, file};

    fn keyring() -> Keyring {
        let files = [
            "keys/alice.pem",
            "keys/bob.pem",
            "keys/bad/same-issuer-and-serial.pem",
            "keys/bad/same-ski.pem",
            "keys/alice.pem",
        ];
        files.into_iter().map(file).collect()
    }

    // C14: whoever has the same identifiers is a candidate, the very same certificate only once.
    #[test]
    fn c14_every_candidate_is_found() {
        let keyring = keyring();
        assert_eq!(keyring.certificates().len(), 4);
        let alice = file("keys/alice.pem");
        let found = keyring.find(alice.issuer(), alice.serial());
        assert_eq!(found, [&alice, &file("keys/bad/same-issuer-and-serial.pem")]);
        let identifier = alice.subject_key_identifier().unwrap().unwrap();
        let found = keyring.find_by_key_identifier(identifier);
        assert_eq!(found, [&alice, &file("keys/bad/same-ski.pem")]);

        assert!(keyring.find(alice.subject(), alice.serial()).is_empty());
        assert!(keyring.find(alice.issuer(), b"\x01").is_empty());
        assert!(keyring.find_by_key_identifier(b"").is_empty());
    }

    #[test]
    fn c14_candidates_are_capped() {
        let odd = |number: u8| {
            let identifier = (SUBJECT_KEY_IDENTIFIER, false, vec![4, 1, 7]);
            let subject = common_name(&number.to_string());
            Odd { subject, extensions: vec![identifier], ..Odd::default() }.certificate()
        };
        let keyring: Keyring = (0..50).map(odd).collect();
        assert_eq!(keyring.certificates().len(), 50);
        assert_eq!(keyring.find(&common_name("Issuer"), &[5]).len(), MAX_CANDIDATES);
        assert_eq!(keyring.find_by_key_identifier(&[7]).len(), MAX_CANDIDATES);
    }

    #[test]
    fn serial_numbers_are_numbers() {
        let keyring: Keyring = [Odd { serial: vec![0, 0, 0x85], ..Odd::default() }.certificate()].into_iter().collect();
        let rows: [(&[u8], bool); 5] =
            [(&[0, 0x85], true), (&[0, 0, 0x85], true), (&[0x85], false), (&[0, 0x86], false), (&[], false)];
        for (serial, expected) in rows {
            assert_eq!(!keyring.find(&common_name("Issuer"), serial).is_empty(), expected, "{serial:02x?}");
        }
    }
}
