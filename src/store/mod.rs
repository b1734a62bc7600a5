//! Files of certificates, revocation lists and keys: PEM, DER and certs-only objects, from octets to what they hold.

use zeroize::Zeroizing;

use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::key::PrivateKey;
use crate::pki::request::CertificateRequest;
use crate::pki::{Certificate, Crl};

pub mod certs_only;
pub mod credential;
pub mod known;
pub mod pem;
pub mod pkcs12;

use pem::Block;

/// The certificates of a file, in their order: those of every PEM block, or the one in DER. A certs-only object
/// (`.p7c`) counts as the certificates that it holds. Other PEM blocks, and text around blocks, are passed over.
///
/// # Errors
/// `certificate.unreadable` if there is none, or one cannot be read.
pub fn certificates(octets: &[u8]) -> Result<Vec<Certificate>, Error> {
    if certs_only::is_cms(octets) {
        return certs_only::read(octets);
    }
    if is_der(octets) {
        return Ok(vec![certificate(octets)?]);
    }
    let blocks = pem::blocks(octets).map_err(as_condition(Condition::CertificateFileUnreadable))?;
    let mut certificates = Vec::new();
    for block in &blocks {
        match block.label {
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                certificates.push(
                    certificate(&block.decode().map_err(as_condition(Condition::CertificateFileUnreadable))?)
                        .map_err(|error| error.at(block.octets.span()))?,
                );
            }
            label if certs_only::LABELS.contains(&label) => {
                let place = block.octets.span();
                let found =
                    certs_only::read(&block.decode().map_err(as_condition(Condition::CertificateFileUnreadable))?);
                certificates.extend(found.map_err(|error| error.without_octets().at(place))?);
            }
            "TRUSTED CERTIFICATE" => {
                return Err(Error::new(Condition::CertificateFileUnreadable)
                    .detail("a certificate with trust settings of OpenSSL")
                    .hinting("openssl x509 -in FILE -out FILE writes it without them")
                    .at(block.octets.span()));
            }
            _ => {}
        }
    }
    if certificates.is_empty() {
        return Err(Error::new(Condition::CertificateFileUnreadable).detail(contents(octets, &blocks)));
    }
    Ok(certificates)
}

fn certificate(octets: &[u8]) -> Result<Certificate, Error> {
    Certificate::from_der(octets)
        .map_err(|error| Error::new(Condition::CertificateFileUnreadable).detail(error.to_string()))
}

/// The certificate revocation lists of a file, in their order: those of every PEM block, or the one in DER. Other PEM
/// blocks, and text around blocks, are passed over.
///
/// # Errors
/// `crl.unreadable` if there is none, or one cannot be read.
pub fn crls(octets: &[u8]) -> Result<Vec<Crl>, Error> {
    if is_der(octets) {
        return Ok(vec![Crl::from_der(octets)?]);
    }
    let blocks = pem::blocks(octets).map_err(as_condition(Condition::CrlUnreadable))?;
    let mut crls = Vec::new();
    for block in blocks.iter().filter(|block| CRL_LABELS.contains(&block.label)) {
        crls.push(
            Crl::from_der(&block.decode().map_err(as_condition(Condition::CrlUnreadable))?)
                .map_err(|error| error.at(block.octets.span()))?,
        );
    }
    if crls.is_empty() {
        return Err(Error::new(Condition::CrlUnreadable).detail(contents(octets, &blocks)));
    }
    Ok(crls)
}

/// Whether octets are meant to be a revocation list, which need not be readable.
pub fn is_like_crl(octets: &[u8]) -> bool {
    let is_labelled = |label: &&str| {
        let begin = format!("-----BEGIN {label}-----");
        octets.windows(begin.len()).any(|window| window == begin.as_bytes())
    };
    octets.first() == Some(&tag::SEQUENCE) || CRL_LABELS.iter().any(is_labelled)
}

/// The certificate revocation lists beside the certificates of a file: in a certs-only object, or in PEM blocks. Most
/// files have none.
///
/// # Errors
/// As [`crls`], but for a file that has none.
pub fn crls_beside(octets: &[u8]) -> Result<Vec<Crl>, Error> {
    if certs_only::is_cms(octets) {
        return certs_only::crls(octets);
    }
    if is_der(octets) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for block in pem::blocks(octets).map_err(as_condition(Condition::CrlUnreadable))? {
        match block.label {
            label if CRL_LABELS.contains(&label) => {
                found.push(
                    Crl::from_der(&block.decode().map_err(as_condition(Condition::CrlUnreadable))?)
                        .map_err(|error| error.at(block.octets.span()))?,
                );
            }
            label if certs_only::LABELS.contains(&label) => {
                found.extend(certs_only::crls(&block.decode().map_err(as_condition(Condition::CrlUnreadable))?)?)
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A PEM block (RFC 7468), as openssl writes it.
///
/// # Errors
/// `file.unwritable` if there are more octets than a block can hold.
pub fn pem_block(label: &str, octets: &[u8]) -> Result<String, Error> {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, octets)
        .map_err(|_| Error::new(Condition::FileUnwritable).detail("too large for PEM"))
}

/// The certificate request of a file, in PEM or DER.
///
/// # Errors
/// As [`CertificateRequest::from_der`]; `request.unreadable` if there is none or more than one.
pub fn request(octets: &[u8]) -> Result<CertificateRequest, Error> {
    if is_der(octets) {
        return CertificateRequest::from_der(octets);
    }
    let blocks = pem::blocks(octets).map_err(as_condition(Condition::RequestUnreadable))?;
    let is_request = |block: &&Block<'_>| ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(&block.label);
    let mut requests = blocks.iter().filter(is_request);
    match (requests.next(), requests.next()) {
        (Some(block), None) => {
            CertificateRequest::from_der(&block.decode().map_err(as_condition(Condition::RequestUnreadable))?)
        }
        (Some(_), Some(_)) => Err(Error::new(Condition::RequestUnreadable).detail("it holds more than one")),
        (None, _) => Err(Error::new(Condition::RequestUnreadable).detail(contents(octets, &blocks))),
    }
}

/// The private key of a file, which may hold certificates too.
///
/// # Errors
/// `key.*` as [`PrivateKey::from_der`], `key.unreadable` if there is no key or more than one, or if PEM is malformed.
pub fn private_key(octets: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, Error> {
    if is_der(octets) {
        return PrivateKey::from_der(octets, password);
    }
    let blocks = pem::blocks(octets).map_err(as_condition(Condition::KeyFileUnreadable))?;
    let mut keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let unreadable = |detail: String| Error::new(Condition::KeyFileUnreadable).detail(detail);
    let Some(key) = keys.next() else {
        return Err(unreadable(contents(octets, &blocks)));
    };
    if let Some(second) = keys.next() {
        return Err(unreadable("it holds more than one private key".to_owned()).at(second.octets.span()));
    }
    if key.is_legacy_encrypted() {
        return Err(Error::new(Condition::KeyEncryptionUnsupported)
            .detail("Proc-Type: 4,ENCRYPTED")
            .hinting("convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out FILE")
            .at(key.octets.span()));
    }
    let octets: Zeroizing<Vec<u8>> = key.decode().map_err(as_condition(Condition::KeyFileUnreadable))?;
    PrivateKey::from_pem_block(key.label, &octets, password)
}

/// A file that the user named is unreadable if its PEM is malformed: the message is not to blame.
fn as_condition(condition: Condition) -> impl Fn(Error) -> Error {
    move |error| error.with_condition(condition)
}

/// Whether the octets are one DER SEQUENCE and nothing else. Text may begin with a `0`, but is not that.
fn is_der(octets: &[u8]) -> bool {
    Tlv::parse(Slice::new(octets)).is_ok_and(|tlv| tlv.tag == tag::SEQUENCE)
}

/// What is wrong with octets that begin as DER of more than 127 octets does. Text that begins with a `0` goes on otherwise.
fn broken_der(octets: &[u8]) -> Option<Error> {
    match octets {
        [tag::SEQUENCE, 0x81..=0x84, ..] => Tlv::parse(Slice::new(octets)).err(),
        _ => None,
    }
}

/// What is in a file that does not hold what was looked for.
fn contents(octets: &[u8], blocks: &[Block<'_>]) -> String {
    let mut labels: Vec<&str> = blocks.iter().map(|block| block.label).collect();
    labels.sort_unstable();
    labels.dedup();
    match labels.is_empty() {
        true => match broken_der(octets) {
            Some(error) => format!("it begins as DER, but {error}"),
            None if octets.is_empty() => "it is empty".to_owned(),
            None => "it is neither DER nor PEM".to_owned(),
        },
        false => format!("it holds only {}", labels.join(", ")),
    }
}

/// The labels of PEM blocks that hold a revocation list: RFC 7468 section 7, and what older tools write.
const CRL_LABELS: [&str; 2] = ["X509 CRL", "CRL"];

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! testdata {
        ($name:literal) => {
            &include_bytes!(concat!("../../testdata/keys/", $name))[..]
        };
    }

    const PASSWORD: Option<&[u8]> = Some(b"password");

    fn with_crlf(file: &[u8]) -> Vec<u8> {
        String::from_utf8(file.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
    }

    #[test]
    fn certificates_of_files() {
        let alice = Certificate::from_der(testdata!("alice.der")).unwrap();
        let carol = certificates(testdata!("carol.pem")).unwrap();
        let sub_ca = certificates(testdata!("sub-ca.pem")).unwrap();
        let renamed = |label: &str| {
            String::from_utf8(testdata!("alice.pem").to_vec()).unwrap().replace("CERTIFICATE", label).into_bytes()
        };
        type Row = (Vec<u8>, Result<Vec<Certificate>, &'static str>);
        let rows: Vec<Row> = vec![
            (testdata!("alice.der").to_vec(), Ok(vec![alice.clone()])),
            (testdata!("alice.pem").to_vec(), Ok(vec![alice.clone()])),
            (with_crlf(testdata!("alice.pem")), Ok(vec![alice.clone()])),
            (testdata!("alice.combined.pem").to_vec(), Ok(vec![alice.clone()])),
            (testdata!("carol-chain.pem").to_vec(), Ok([carol, sub_ca].concat())),
            (renamed("X509 CERTIFICATE"), Ok(vec![alice])),
            (renamed("TRUSTED CERTIFICATE"), Err("certificate.unreadable")),
            (testdata!("alice.key").to_vec(), Err("certificate.unreadable")),
            (testdata!("alice.pem")[..200].to_vec(), Err("certificate.unreadable")),
            (testdata!("alice.der")[..200].to_vec(), Err("certificate.unreadable")),
            (b"0 is how this text begins\n".to_vec(), Err("certificate.unreadable")),
            (vec![], Err("certificate.unreadable")),
        ];
        for (file, expected) in rows {
            let found = certificates(&file);
            assert_eq!(found.map_err(|error| error.code()), expected, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn private_keys_of_files() {
        let alice = testdata!("alice.key");
        let [alice_twice, damaged] = [[alice, alice].concat(), [testdata!("alice.pem"), &alice[..100]].concat()];
        let crlf = with_crlf(testdata!("alice-openssl-params.key"));
        let rows: [(&[u8], Result<&str, &str>); 12] = [
            (alice, Ok("P-256")),
            (testdata!("alice.combined.pem"), Ok("P-256")),
            (testdata!("alice-openssl-params.key"), Ok("P-256")),
            (&crlf, Ok("P-256")),
            (testdata!("alice.pkcs8.der"), Ok("P-256")),
            (testdata!("alice-rsa2048.enc.key"), Ok("RSA")),
            (testdata!("alice-rsa2048.legacy.key"), Err("key.encryption-unsupported")),
            (testdata!("alice.pem"), Err("key.unreadable")),
            (testdata!("alice.der"), Err("key.unreadable")),
            (&alice_twice, Err("key.unreadable")),
            (&damaged, Err("key.unreadable")),
            (b"", Err("key.unreadable")),
        ];
        for (file, expected) in rows {
            let found = private_key(file, PASSWORD);
            let found = found.as_ref().map(|key| key.key().name()).map_err(Error::code);
            assert_eq!(found, expected, "{}", file.escape_ascii());
        }
        assert_eq!(private_key(testdata!("alice-rsa2048.enc.key"), None).unwrap_err().code(), "key.needs-password");
    }

    // What is cut short, or followed by something, is not called unknown.
    #[test]
    fn broken_der_is_called_so() {
        let der = testdata!("alice.der");
        let longer = [der, b"\n"].concat();
        for (file, expected) in [
            (&der[..200], "begins as DER, but an ASN.1 element is cut short: the length says"),
            (&longer[..], "begins as DER, but octets follow"),
            (b"0 is how this text begins\n", "neither DER nor PEM"),
            (b"0", "neither DER nor PEM"),
            (b"", "it is empty"),
        ] {
            let errors =
                [certificates(file).err(), crls(file).err(), request(file).err(), private_key(file, None).err()];
            for error in errors.map(Option::unwrap) {
                assert!(error.to_string().contains(expected), "{error}");
            }
        }
    }

    // Whatever the octets, an answer and no panic.
    #[test]
    fn prefixes_of_files() {
        let file = testdata!("alice.combined.pem");
        for length in 0..file.len() {
            let _ = certificates(&file[..length]);
            let _ = private_key(&file[..length], None);
        }
    }
}
