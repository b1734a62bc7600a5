//! What a credential server keeps for a user: certificate and private key as one MIME entity (RFC 6072 section 7.4).
//!
//! The key is not encrypted: "The PKCS #8 objects MUST be of type PrivateKeyInfo", and TLS protects them on their way.

use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::mime::entity::EntityBuf;
use crate::mime::multipart;
use crate::pki::Certificate;

/// `multipart/mixed` of the certificate and the key (PKCS #8 in DER), both binary.
pub fn write(certificate: &Certificate, private_key: &[u8], rng: &mut dyn CryptoRng) -> EntityBuf<'static> {
    let part = |kind: &str, octets: &[u8]| {
        let mut part = EntityBuf::new(vec![Cow::Owned(octets.to_vec())]);
        part.push("Content-Type", kind);
        part.push("Content-Transfer-Encoding", "binary");
        part.into_pieces()
    };
    let parts = vec![part("application/pkix-cert", certificate.der()), part("application/pkcs8", private_key)];
    let boundary = multipart::choose_boundary(&parts, rng);
    let mut entity = EntityBuf::new(multipart::write(&boundary, parts));
    entity.push("Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
    entity.push("Content-Transfer-Encoding", "binary");
    entity
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::mime::entity::Entity;
    use crate::mime::field::LineRule;
    use crate::mime::multipart::Multipart;
    use crate::octets::Slice;

    // GEN-20: the entity is read back, octet for octet.
    #[test]
    fn gen_20_a_credential_is_read_back() {
        let certificate = Certificate::from_der(include_bytes!("../../testdata/keys/alice.der")).unwrap();
        let key = include_bytes!("../../testdata/keys/alice.pkcs8.der");
        let octets = write(&certificate, key, &mut UnwrapErr(SysRng)).to_octets();
        let entity = Entity::parse(Slice::new(&octets), LineRule::CrLf).unwrap();
        assert!(entity.content_type().unwrap().unwrap().is("multipart", "mixed"));
        let multipart = Multipart::parse(&entity).unwrap();
        let parts = multipart.parts();
        let expected = [("pkix-cert", certificate.der()), ("pkcs8", &key[..])];
        assert_eq!(parts.len(), expected.len());
        for (part, (kind, octets)) in parts.iter().zip(expected) {
            let part = part.entity().unwrap();
            assert!(part.content_type().unwrap().unwrap().is("application", kind), "{kind}");
            assert_eq!(part.decoded_body().unwrap(), octets, "{kind}");
        }
    }
}
