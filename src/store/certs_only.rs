//! Certs-only objects: a SignedData without signers that carries certificates (RFC 8551 section 3.8, RFC 5652
//! section 5.2.2), as `.p7c` and `.p7b` files hold them, in DER or BER.
//!
//! They are a bag and prove nothing. Refused is an object that has a signer or a content: that is a message,
//! and its certificates are what its sender liked to put in.

use crate::cms::SignedData;
use crate::cms::signed::SignedDataParts;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{Certificate, Crl};

/// The labels of PEM blocks that hold such an object: RFC 7468 sections 8 and 9.
pub(super) const LABELS: [&str; 2] = ["PKCS7", "CMS"];

/// The certificates of a certs-only object.
///
/// # Errors
/// `certificate.unreadable`.
pub fn read(octets: &[u8]) -> Result<Vec<Certificate>, Error> {
    let object = SignedData::parse(Slice::new(octets)).map_err(unreadable)?;
    let is_empty = object.content.as_ref().is_none_or(|content| content.is_empty());
    if !object.signers.is_empty() || !is_empty {
        return Err(Error::new(Condition::CertificateFileUnreadable)
            .detail("a signed message")
            .hinting("verify it: --signer-out FILE writes the certificates of its good signers"));
    }
    if object.certificates.is_empty() {
        return Err(Error::new(Condition::CertificateFileUnreadable).detail("a CMS object without X.509 certificates"));
    }
    object
        .certificates
        .iter()
        .map(|certificate| {
            Certificate::from_der(certificate.octets())
                .map_err(|error| unreadable(error).without_octets().at(certificate.span()))
        })
        .collect()
}

/// The revocation lists of a certs-only object.
///
/// # Errors
/// `crl.unreadable` if one cannot be read.
pub(super) fn crls(octets: &[u8]) -> Result<Vec<Crl>, Error> {
    let object = SignedData::parse(Slice::new(octets)).map_err(unreadable)?;
    object.crls.iter().map(|crl| Crl::from_der(crl.octets()).map_err(Error::without_octets)).collect()
}

/// A certs-only object in DER that holds these certificates.
pub fn write(certificates: &[Certificate]) -> Vec<u8> {
    let parts = SignedDataParts {
        digest_algorithms: Vec::new(),
        certificates: certificates.iter().map(Certificate::der).collect(),
        signers: Vec::new(),
        key_identifiers: false,
    };
    let (before, after) = parts.frame(None);
    [before, after].concat()
}

/// Whether this is a CMS object: a SEQUENCE that begins with an object identifier.
pub(super) fn is_cms(octets: &[u8]) -> bool {
    use crate::asn1::{tag, tlv::Tlv};
    let outer = Tlv::parse(Slice::new(octets)).and_then(|tlv| tlv.expect(tag::SEQUENCE));
    let first = outer.and_then(|outer| outer.elements()).map(|elements| elements.peek());
    first.is_ok_and(|first| first == Some(tag::OBJECT_IDENTIFIER))
}

fn unreadable(error: Error) -> Error {
    Error::new(Condition::CertificateFileUnreadable).detail(format!("a CMS object: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode::element;
    use crate::asn1::tag;

    macro_rules! testdata {
        ($name:literal) => {
            &include_bytes!(concat!("../../testdata/", $name))[..]
        };
    }

    fn chain() -> Vec<Certificate> {
        let file = [testdata!("keys/alice.pem"), testdata!("keys/carol-chain.pem")].concat();
        crate::store::certificates(&file).unwrap()
    }

    fn in_order_of_der(mut certificates: Vec<Certificate>) -> Vec<Certificate> {
        certificates.sort_by(|a, b| a.der().cmp(b.der()));
        certificates
    }

    #[test]
    fn gen_13_what_is_written_is_read() {
        let object = write(&chain());
        assert_eq!(read(&object), Ok(in_order_of_der(chain())));
        for label in LABELS {
            let pem = crate::store::pem_block(label, &object).unwrap();
            assert_eq!(crate::store::certificates(pem.as_bytes()).unwrap().len(), 3, "{label}");
        }
        assert_eq!(crate::store::certificates(&object).unwrap().len(), 3);
        // The cms crate, which did not write it, agrees.
        use der::Decode;
        let info = ::cms::content_info::ContentInfo::from_der(&object).unwrap();
        let data = info.content.decode_as::<::cms::signed_data::SignedData>().unwrap();
        assert_eq!(data.certificates.unwrap().0.len(), 3);
        assert!(data.signer_infos.0.is_empty() && data.encap_content_info.econtent.is_none());
    }

    /// The object with indefinite lengths around everything but the certificates.
    fn in_ber(certificates: &[Certificate]) -> Vec<u8> {
        let indefinite = |tag: u8, parts: &[&[u8]]| [&[tag, 0x80], &parts.concat()[..], &[0, 0]].concat();
        let data = element(tag::OBJECT_IDENTIFIER, &[crate::cms::oid::DATA.as_bytes()]);
        let kind = element(tag::OBJECT_IDENTIFIER, &[crate::cms::oid::SIGNED_DATA.as_bytes()]);
        let certificates: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
        let set = indefinite(tag::context_constructed(0), &certificates);
        let content = indefinite(tag::SEQUENCE, &[&data]);
        let signed = indefinite(tag::SEQUENCE, &[&[2, 1, 1], &[0x31, 0], &content, &set, &[0x31, 0]]);
        indefinite(tag::SEQUENCE, &[&kind, &indefinite(tag::context_constructed(0), &[&signed])])
    }

    #[test]
    fn ber_keeps_its_order() {
        assert_eq!(read(&in_ber(&chain())), Ok(chain()));
        assert_eq!(crate::store::certificates(&in_ber(&chain())), Ok(chain()));
    }

    // A message is not a bag of certificates, and neither is what is cut short.
    #[test]
    fn what_is_refused() {
        let good = write(&chain());
        let rows: [(&[u8], &str); 4] = [
            (testdata!("interop/openssl/p256-opaque.der"), "a signed message"),
            (testdata!("interop/encrypted/openssl/p256-aes-128-cbc.der"), "enveloped-data"),
            (&write(&[]), "without X.509 certificates"),
            (&[&good[..], &[0]].concat(), "octets follow"),
        ];
        for (object, expected) in rows {
            let error = read(object).unwrap_err();
            assert_eq!(error.code(), "certificate.unreadable", "{expected}");
            assert!(error.to_string().contains(expected), "{error}");
        }
        for length in 0..good.len() {
            assert_eq!(read(&good[..length]).unwrap_err().code(), "certificate.unreadable", "{length}");
            let _ = crate::store::certificates(&good[..length]);
        }
    }
}
