//! Files of a keyring: what the user puts there, and what the program learns.
//!
//! The user's is any file of certificates. The program's is one certificate in PEM, with explanatory text before it
//! (RFC 7468 section 5.2) that says for whom it was learnt and what it is worth. Without that text, or with other
//! text, it is refused: a pin must not come of a line that was lost.

use sha2::{Digest, Sha256};

use crate::error::{Condition, Error};
use crate::pki::known::{KnownCertificate, Standing};
use crate::store;
use crate::uri::SipUri;

/// The certificates of a file that the user put into a keyring. Those that name nobody, such as issuers, are passed
/// over.
///
/// # Errors
/// `keyring.unreadable` if there is none, none names anybody, or one cannot be read.
pub fn placed(octets: &[u8]) -> Result<Vec<KnownCertificate>, Error> {
    if store::pkcs12::is_pkcs12(octets) {
        return Err(unreadable("it is a PKCS #12 file, which has a password")
            .hinting("take the certificate out: openssl pkcs12 -in FILE -nokeys -out NAME.pem"));
    }
    let certificates = store::certificates(octets).map_err(|error| unreadable(error.to_string()))?;
    let known: Vec<KnownCertificate> = certificates.into_iter().filter_map(KnownCertificate::placed).collect();
    match known.is_empty() {
        true => Err(unreadable("no certificate in it names an address of SIP")
            .hinting("the keyring holds certificates of people; -CAfile names authorities")),
        false => Ok(known),
    }
}

/// The certificate of a file that the program wrote.
///
/// # Errors
/// `keyring.unreadable` if it does not say for whom and what it is worth, or says anything else.
pub fn learnt(octets: &[u8]) -> Result<KnownCertificate, Error> {
    let (mut address, mut standing) = (None, None);
    let mut lines = octets.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
    for line in lines.by_ref().take_while(|line| !line.starts_with(b"-----")) {
        let line = str::from_utf8(line).map_err(|_| unreadable("a line before the certificate is not text"))?;
        let twice = match line.split_once(": ") {
            Some(("address", text)) => address
                .replace(SipUri::parse(text).map_err(|error| unreadable(error.to_string()))?)
                .map(|_| "the address stands in it twice"),
            Some(("trust", text)) => {
                let found = STANDINGS.iter().find(|(name, _)| *name == text).map(|(_, standing)| *standing);
                let found = found.ok_or_else(|| unreadable("trust is neither path nor pin"))?;
                standing.replace(found).map(|_| "trust stands in it twice")
            }
            _ => Some("it begins with a line that is neither address nor trust"),
        };
        if let Some(why) = twice {
            return Err(unreadable(why));
        }
    }
    let (Some(address), Some(standing)) = (address, standing) else {
        return Err(unreadable("it does not begin with address and trust"));
    };
    let mut certificates = store::certificates(octets).map_err(|error| unreadable(error.to_string()))?.into_iter();
    match (certificates.next(), certificates.next()) {
        (Some(certificate), None) => KnownCertificate::learnt(certificate, &address, standing),
        _ => Err(unreadable("it holds more than one certificate")),
    }
}

/// The name and the text of the file for a certificate that was learnt. The name shows the address as far as a name
/// of a file can; what makes it this one is a digest.
///
/// # Errors
/// `keyring.unreadable` if it is not for one address.
pub fn to_file(known: &KnownCertificate) -> Result<(String, String), Error> {
    let [address] = known.addresses() else { return Err(unreadable("it is not learnt for one address")) };
    let standing = STANDINGS.iter().find(|(_, standing)| *standing == known.standing()).map_or("", |(name, _)| *name);
    let block = store::pem_block("CERTIFICATE", known.certificate().der())?;
    let text = format!("address: {address}\ntrust: {standing}\n{block}");
    let digest = hex::encode(Sha256::digest(&text).get(..DIGEST).unwrap_or_default());
    let shown = address.as_str().split_once(':').map_or("", |(_, rest)| rest).chars().take(SHOWN);
    let shown: String = shown.map(|c| if c.is_ascii_alphanumeric() || "@.+_-".contains(c) { c } else { '_' }).collect();
    // A name that begins with a dot is hidden, with a hyphen it looks like an option.
    let shown = match shown.strip_prefix(['.', '-']) {
        Some(rest) => format!("_{rest}"),
        None => shown,
    };
    Ok((format!("{shown}.{digest}.pem"), text))
}

fn unreadable(why: impl Into<String>) -> Error {
    Error::new(Condition::KeyringUnreadable).detail(why)
}

const STANDINGS: [(&str, Standing); 2] = [("path", Standing::Path), ("pin", Standing::Pin)];
/// How many characters of an address stand in a name.
const SHOWN: usize = 64;
/// How many octets of the digest stand in a name.
const DIGEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Certificate;

    const ALICE: &str = include_str!("../../testdata/keys/alice.pem");
    const BOB: &str = include_str!("../../testdata/keys/bob.pem");
    const CA: &str = include_str!("../../testdata/keys/ca.pem");

    fn certificate(pem: &str) -> Certificate {
        store::certificates(pem.as_bytes()).unwrap().remove(0)
    }

    // VFY-19: what is written is read again, with any line ends.
    #[test]
    fn vfy_19_learnt_files() {
        let address = SipUri::parse("sip:alice@EXAMPLE.com;lr").unwrap();
        for standing in [Standing::Path, Standing::Pin] {
            let known = KnownCertificate::learnt(certificate(ALICE), &address, standing).unwrap();
            let (name, text) = to_file(&known).unwrap();
            assert!(name.starts_with("alice@example.com.") && name.ends_with(".pem"), "{name}");
            assert!(text.starts_with("address: sip:alice@example.com\ntrust: "), "{text}");
            for text in [text.clone(), text.replace('\n', "\r\n"), format!("{text}text after it\n")] {
                assert_eq!(learnt(text.as_bytes()).as_ref(), Ok(&known), "{text}");
            }
        }
    }

    #[test]
    fn vfy_19_what_is_no_learnt_file() {
        let good = format!("address: sip:alice@example.com\ntrust: pin\n{ALICE}", ALICE = ALICE.trim_start());
        assert!(learnt(good.as_bytes()).is_ok(), "{good}");
        // (what becomes of which text)
        let rows = [
            ("address: sip:alice@example.com\n", ""),
            ("trust: pin\n", ""),
            ("trust: pin\n", "trust: pin\ntrust: path\n"),
            ("trust: pin\n", "trust: pin\naddress: sip:alice@example.com\n"),
            ("trust: pin\n", "trust: pinned\n"),
            ("trust: pin\n", "trust: pin \u{a0}\n"),
            ("trust: pin\n", "trust: pin\nexpires: never\n"),
            ("trust: pin\n", "\ntrust: pin\n"),
            ("trust: pin\n", "Trust: pin\n"),
            ("alice@", "bob@"),
            ("alice@", "alice%00@"),
            ("alice@", "alice@example.com@"),
            ("sip:alice", "http:alice"),
            ("example.com\n", "example.com:5060\n"),
            ("-----BEGIN", "-----BEGUN"),
            (good.as_str(), ""),
            (good.as_str(), ALICE),
        ];
        for (old, new) in rows {
            let file = good.replacen(old, new, 1);
            assert_eq!(learnt(file.as_bytes()).unwrap_err().code(), "keyring.unreadable", "{file}");
        }
        let twice = format!("{good}{BOB}");
        assert_eq!(learnt(twice.as_bytes()).unwrap_err().code(), "keyring.unreadable");
        assert!(learnt(certificate(ALICE).der()).is_err());
        for length in 0..good.trim_end().len() {
            assert!(learnt(&good.as_bytes()[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn vfy_18_placed_files() {
        let found = placed(format!("{ALICE}{CA}{BOB}").as_bytes()).unwrap();
        let found: Vec<&Certificate> = found.iter().map(KnownCertificate::certificate).collect();
        assert_eq!(found, [&certificate(ALICE), &certificate(BOB)]);
        for file in [CA, "", "text", &ALICE[..200]] {
            assert_eq!(placed(file.as_bytes()).unwrap_err().code(), "keyring.unreadable", "{file}");
        }
    }

    // The name of a file is a name in its folder, whatever the address.
    #[test]
    fn vfy_19_names_of_files() {
        let long = format!("{}@example.com", "a".repeat(300));
        // (address, what its name begins with)
        let rows = [
            ("sip:alice@EXAMPLE.com", "alice@example.com."),
            ("sip:example.com", "example.com."),
            ("sip:../../etc/x@example.com", "_._.._etc_x@example.com."),
            ("sip:.hidden@example.com", "_hidden@example.com."),
            ("sip:-rf@example.com", "_rf@example.com."),
            ("sip:a%2Fb;c=$d&e@example.com", "a_2Fb_c__d_e@example.com."),
            ("tel:+1-201-555-0123", "+12015550123."),
            (&format!("sip:{long}"), &format!("{}.", &long[..64])),
        ];
        let mut seen = std::collections::HashSet::new();
        for (text, expected) in rows {
            let address = SipUri::parse(text).unwrap();
            let names: &[(u8, &[u8])] = &[(0x86, address.as_str().as_bytes())];
            let certificate = crate::pki::testing::named(names);
            let known = KnownCertificate::learnt(certificate, &address, Standing::Path).unwrap();
            let (name, _) = to_file(&known).unwrap();
            assert!(name.starts_with(expected) && name.len() < 128 && seen.insert(name.clone()), "{text}: {name}");
            let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"@.+_-".contains(&octet);
            assert!(name.bytes().all(is_plain) && !name.starts_with(['.', '-']), "{name}");
        }
    }
}
