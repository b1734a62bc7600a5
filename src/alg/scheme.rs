//! Signature schemes: what an AlgorithmIdentifier of a signature says (RFC 3370 section 3.2, RFC 5754
//! section 3, RFC 4056, RFC 5753 section 2.1, RFC 8419).
//!
//! A signer names its digest twice, in digestAlgorithm and in signatureAlgorithm; two different answers
//! are refused. The OIDs of keys (`rsaEncryption`, `id-ecPublicKey`) in the place of a signature
//! algorithm, which old signers write, take the digest from digestAlgorithm.

use ::rsa::pkcs1::{RsaPssParamsOwned, RsaPssParamsRef, TrailerField};
use const_oid::db::{rfc5912, rfc8410};
use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::referenced::OwnedToRef;
use spki::{AlgorithmIdentifier, AlgorithmIdentifierRef};

use crate::alg::digest::{self, Digest, SHA1, SHA224, SHA256, SHA384, SHA512, check_absent_or_null};
use crate::alg::oid_name;
use crate::error::{Condition, Error};

/// How a signature is made, with everything but the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5, named by an OID that includes the digest.
    RsaPkcs1(&'static dyn Digest),
    /// The same, named by the OID of the key, as equipment of RFC 6216 does (RFC 3370 section 3.2).
    RsaEncryption(&'static dyn Digest),
    /// RSASSA-PSS.
    RsaPss(Pss),
    /// ECDSA. The curve belongs to the key.
    Ecdsa(&'static dyn Digest),
    /// Ed25519 over the message itself.
    Ed25519,
}

/// The parameters of RSASSA-PSS (RFC 8017 appendix A.2.3). The mask generation function is MGF1 and the
/// trailer field 1: there are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pss {
    /// The digest of the message.
    pub digest: &'static dyn Digest,
    /// The digest inside MGF1.
    pub mask_digest: &'static dyn Digest,
    /// The octets of salt.
    pub salt_length: u8,
}

impl Scheme {
    /// Reads the AlgorithmIdentifier of a signature. In a SignerInfo, `digest` is its digestAlgorithm; a
    /// certificate has none.
    ///
    /// # Errors
    /// `algorithm.unsupported`, `algorithm.parameters`; `verify.digest-algorithm` or `verify.ed25519-digest`
    /// if the two digests differ.
    pub fn from_identifier(
        signature: &AlgorithmIdentifierRef<'_>,
        digest: Option<&'static dyn Digest>,
    ) -> Result<Scheme, Error> {
        let scheme = read(signature, digest)?;
        match digest {
            Some(digest) if digest != scheme.digest() => {
                let condition = match scheme {
                    Scheme::Ed25519 => Condition::Ed25519Digest,
                    _ => Condition::DigestAlgorithmMismatch,
                };
                Err(Error::new(condition).detail(format!("{} with {}", scheme.name(), digest.name())))
            }
            _ => Ok(scheme),
        }
    }

    /// The AlgorithmIdentifier in DER: ECDSA and Ed25519 without parameters, RSASSA-PKCS1-v1_5 with NULL,
    /// RSASSA-PSS with all that is not its default (RFC 4055 section 3.1).
    pub fn identifier(&self) -> Vec<u8> {
        let (oid, parameters) = match self {
            Scheme::RsaPss(pss) => return pss.identifier(),
            Scheme::RsaEncryption(_) => (rfc5912::RSA_ENCRYPTION, Some(AnyRef::NULL)),
            Scheme::Ed25519 => (rfc8410::ID_ED_25519, None),
            Scheme::RsaPkcs1(_) => (self.row().oid, Some(AnyRef::NULL)),
            Scheme::Ecdsa(_) => (self.row().oid, None),
        };
        AlgorithmIdentifierRef { oid, parameters }.to_der().expect("a short sequence can be encoded")
    }

    /// The name users read.
    pub fn name(&self) -> String {
        match self {
            Scheme::RsaPkcs1(_) | Scheme::Ecdsa(_) => self.row().name.to_owned(),
            Scheme::RsaEncryption(digest) => format!("rsaEncryption with {}", digest.name()),
            Scheme::RsaPss(pss) if pss.digest == pss.mask_digest => format!("RSASSA-PSS with {}", pss.digest.name()),
            Scheme::RsaPss(pss) => {
                format!("RSASSA-PSS with {} and MGF1 with {}", pss.digest.name(), pss.mask_digest.name())
            }
            Scheme::Ed25519 => "Ed25519".to_owned(),
        }
    }

    /// The digest. For Ed25519 that of the content of a CMS object, SHA-512 (RFC 8419 section 2.3).
    pub fn digest(&self) -> &'static dyn Digest {
        match self {
            Scheme::RsaPkcs1(digest) | Scheme::RsaEncryption(digest) | Scheme::Ecdsa(digest) => *digest,
            Scheme::RsaPss(pss) => pss.digest,
            Scheme::Ed25519 => SHA512,
        }
    }

    fn row(&self) -> &'static Row {
        ROWS.iter().find(|row| row.scheme == *self).expect("every digest has its rows, as a test makes sure")
    }
}

impl Pss {
    /// MGF1 with the digest itself and a salt as long as the digest (RFC 4056 section 3).
    pub fn new(digest: &'static dyn Digest) -> Self {
        Pss { digest, mask_digest: digest, salt_length: u8::try_from(digest.length()).unwrap_or(u8::MAX) }
    }

    /// Reads RSASSA-PSS-params. What is absent has its default: SHA-1, MGF1 with SHA-1, 20 octets of salt.
    ///
    /// # Errors
    /// `algorithm.unsupported`, `algorithm.parameters`.
    pub fn from_parameters(parameters: AnyRef<'_>) -> Result<Pss, Error> {
        let malformed = |what: &str| Error::new(Condition::AlgorithmParameters).detail(format!("RSASSA-PSS: {what}"));
        let read: RsaPssParamsOwned = parameters
            .decode_as()
            .map_err(|_| malformed("not RSASSA-PSS-params in DER, salt above 255 octets, or trailer field not 1"))?;
        if read.mask_gen.oid != rfc5912::ID_MGF_1 {
            return Err(malformed("the mask generation function is not MGF1"));
        }
        let mask_digest = read.mask_gen.parameters.ok_or_else(|| malformed("MGF1 names no digest"))?;
        Ok(Pss {
            digest: digest::from_identifier(&read.hash.owned_to_ref())?,
            mask_digest: digest::from_identifier(&mask_digest.owned_to_ref())?,
            salt_length: read.salt_len,
        })
    }

    fn identifier(&self) -> Vec<u8> {
        // RFC 4055 section 2.1 gives the digests inside these parameters a NULL.
        let digest = |digest: &dyn Digest| AlgorithmIdentifier { oid: digest.oid(), parameters: Some(AnyRef::NULL) };
        let parameters = RsaPssParamsRef {
            hash: digest(self.digest),
            mask_gen: AlgorithmIdentifier { oid: rfc5912::ID_MGF_1, parameters: Some(digest(self.mask_digest)) },
            salt_len: self.salt_length,
            trailer_field: TrailerField::BC,
        };
        AlgorithmIdentifier { oid: rfc5912::ID_RSASSA_PSS, parameters: Some(parameters) }
            .to_der()
            .expect("a short sequence can be encoded")
    }
}

fn read(signature: &AlgorithmIdentifierRef<'_>, digest: Option<&'static dyn Digest>) -> Result<Scheme, Error> {
    if let Some(row) = ROWS.iter().find(|row| row.oid == signature.oid) {
        // ECDSA has none (RFC 5754 section 3.3), but had NULL in RFC 3278.
        check_absent_or_null(signature)?;
        return Ok(row.scheme);
    }
    let unsupported = || {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        Error::new(Condition::AlgorithmUnsupported)
            .detail(format!("the signature algorithm {}", oid_name(&signature.oid)))
            .hinting(format!("supported: {}, RSASSA-PSS, Ed25519", names.join(", ")))
    };
    let parameters = || {
        Error::new(Condition::AlgorithmParameters)
            .detail(format!("{} with parameters that it cannot have", oid_name(&signature.oid)))
    };
    match signature.oid {
        rfc5912::ID_RSASSA_PSS => {
            // CVE-2015-3194 was a crash on absent parameters. A signature needs them (RFC 4055 section 3.1).
            Pss::from_parameters(signature.parameters.ok_or_else(parameters)?).map(Scheme::RsaPss)
        }
        rfc8410::ID_ED_25519 if signature.parameters.is_none() => Ok(Scheme::Ed25519),
        rfc8410::ID_ED_25519 => Err(parameters()),
        rfc5912::RSA_ENCRYPTION => {
            check_absent_or_null(signature)?;
            digest.map(Scheme::RsaEncryption).ok_or_else(unsupported)
        }
        // Here the parameters, if any, are those of the key: the name of the curve.
        rfc5912::ID_EC_PUBLIC_KEY => match signature.parameters {
            Some(curve) if !curve.is_null() && curve.decode_as::<ObjectIdentifier>().is_err() => Err(parameters()),
            _ => digest.map(Scheme::Ecdsa).ok_or_else(unsupported),
        },
        _ => Err(unsupported()),
    }
}

struct Row {
    oid: ObjectIdentifier,
    name: &'static str,
    scheme: Scheme,
}

impl Row {
    const fn new(oid: ObjectIdentifier, name: &'static str, scheme: Scheme) -> Self {
        Row { oid, name, scheme }
    }
}

/// The OIDs that name a signature algorithm together with its digest.
static ROWS: &[Row] = &[
    Row::new(rfc5912::ECDSA_WITH_SHA_256, "ecdsa-with-SHA256", Scheme::Ecdsa(SHA256)),
    Row::new(rfc5912::ECDSA_WITH_SHA_384, "ecdsa-with-SHA384", Scheme::Ecdsa(SHA384)),
    Row::new(rfc5912::ECDSA_WITH_SHA_512, "ecdsa-with-SHA512", Scheme::Ecdsa(SHA512)),
    Row::new(rfc5912::ECDSA_WITH_SHA_224, "ecdsa-with-SHA224", Scheme::Ecdsa(SHA224)),
    Row::new(ECDSA_WITH_SHA_1, "ecdsa-with-SHA1", Scheme::Ecdsa(SHA1)),
    Row::new(rfc5912::SHA_256_WITH_RSA_ENCRYPTION, "sha256WithRSAEncryption", Scheme::RsaPkcs1(SHA256)),
    Row::new(rfc5912::SHA_384_WITH_RSA_ENCRYPTION, "sha384WithRSAEncryption", Scheme::RsaPkcs1(SHA384)),
    Row::new(rfc5912::SHA_512_WITH_RSA_ENCRYPTION, "sha512WithRSAEncryption", Scheme::RsaPkcs1(SHA512)),
    Row::new(rfc5912::SHA_224_WITH_RSA_ENCRYPTION, "sha224WithRSAEncryption", Scheme::RsaPkcs1(SHA224)),
    Row::new(rfc5912::SHA_1_WITH_RSA_ENCRYPTION, "sha1WithRSAEncryption", Scheme::RsaPkcs1(SHA1)),
];

const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;
    use crate::alg::digest::DIGESTS;

    fn read_hex(der: &str, digest: Option<&'static dyn Digest>) -> Result<Scheme, Error> {
        let der = hex::decode(der).unwrap();
        Scheme::from_identifier(&AlgorithmIdentifierRef::from_der(&der).unwrap(), digest)
    }

    // SGN-10 to SGN-13: the exact octets, and what they are read as.
    #[test]
    fn identifiers_written_and_read_back() {
        let rows = [
            (Scheme::Ecdsa(SHA256), "300a06082a8648ce3d040302"),
            (Scheme::Ecdsa(SHA384), "300a06082a8648ce3d040303"),
            (Scheme::Ecdsa(SHA512), "300a06082a8648ce3d040304"),
            (Scheme::Ed25519, "300506032b6570"),
            (Scheme::RsaPkcs1(SHA256), "300d06092a864886f70d01010b0500"),
            (Scheme::RsaPkcs1(SHA1), "300d06092a864886f70d0101050500"),
            (Scheme::RsaEncryption(SHA1), "300d06092a864886f70d0101010500"),
            (
                Scheme::RsaPss(Pss::new(SHA256)),
                "304106092a864886f70d01010a3034a00f300d06096086480165030402010500\
                 a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
            ),
            // All defaults: SHA-1, MGF1 with SHA-1, 20.
            (Scheme::RsaPss(Pss::new(SHA1)), "300d06092a864886f70d01010a3000"),
        ];
        for (scheme, expected) in rows {
            assert_eq!(hex::encode(scheme.identifier()), expected, "{}", scheme.name());
            assert_eq!(read_hex(expected, Some(scheme.digest())), Ok(scheme));
        }
        for digest in DIGESTS.iter().copied() {
            for scheme in [Scheme::RsaPkcs1(digest), Scheme::Ecdsa(digest)] {
                assert_eq!(read_hex(&hex::encode(scheme.identifier()), None), Ok(scheme), "{}", scheme.name());
            }
        }
    }

    #[test]
    fn deviations() {
        let pss = |parameters: &str| {
            let oid = "06092a864886f70d01010a";
            format!("30{:02x}{oid}{parameters}", (oid.len() + parameters.len()) / 2)
        };
        type Row = (String, Option<&'static dyn Digest>, Result<&'static str, &'static str>);
        let rows: Vec<Row> = vec![
            // RSA without NULL is read (RFC 4055 section 5), and ECDSA with NULL (RFC 3278).
            ("300b06092a864886f70d01010b".into(), None, Ok("sha256WithRSAEncryption")),
            ("300c06082a8648ce3d0403020500".into(), None, Ok("ecdsa-with-SHA256")),
            // The digest is named twice, and the names differ.
            ("300d06092a864886f70d01010b0500".into(), Some(SHA512), Err("verify.digest-algorithm")),
            ("300a06082a8648ce3d040302".into(), Some(SHA1), Err("verify.digest-algorithm")),
            (pss("3000"), Some(SHA256), Err("verify.digest-algorithm")),
            ("300506032b6570".into(), Some(SHA256), Err("verify.ed25519-digest")),
            // The OID of the key takes the digest given, and says nothing without one.
            ("300d06092a864886f70d0101010500".into(), Some(SHA256), Ok("rsaEncryption with sha256")),
            ("300d06092a864886f70d0101010500".into(), None, Err("algorithm.unsupported")),
            ("301306072a8648ce3d020106082a8648ce3d030107".into(), Some(SHA256), Ok("ecdsa-with-SHA256")),
            ("300906072a8648ce3d0201".into(), Some(SHA384), Ok("ecdsa-with-SHA384")),
            ("300b06072a8648ce3d02013000".into(), Some(SHA384), Err("algorithm.parameters")),
            ("300906072a8648ce3d0201".into(), None, Err("algorithm.unsupported")),
            // Parameters where there are none.
            ("300706032b65700500".into(), None, Err("algorithm.parameters")),
            ("300c06082a8648ce3d0403023000".into(), None, Err("algorithm.parameters")),
            // PSS: absent parameters (CVE-2015-3194), NULL, the defaults, an explicit trailer field 1.
            (pss(""), None, Err("algorithm.parameters")),
            (pss("0500"), None, Err("algorithm.parameters")),
            (pss("3000"), None, Ok("RSASSA-PSS with sha1")),
            (pss("3005a303020101"), None, Ok("RSASSA-PSS with sha1")),
            // Trailer field 2; salt of 256 octets; negative salt; MGF1 without a digest; not MGF1; MGF1 with MD5;
            // octets after the last field.
            (pss("3005a303020102"), None, Err("algorithm.parameters")),
            (pss("3006a20402020100"), None, Err("algorithm.parameters")),
            (pss("3005a2030201ff"), None, Err("algorithm.parameters")),
            (pss("300fa10d300b06092a864886f70d010108"), None, Err("algorithm.parameters")),
            (pss("3018a116301406092a864886f70d010109300706052b0e03021a"), None, Err("algorithm.parameters")),
            (pss("301da11b301906092a864886f70d010108300c06082a864886f70d02050500"), None, Err("algorithm.unsupported")),
            (pss("30020500"), None, Err("algorithm.parameters")),
            // MGF1 with another digest is read; the key says whether it can be used.
            (
                pss("3011a00f300d06096086480165030402010500"),
                Some(SHA256),
                Ok("RSASSA-PSS with sha256 and MGF1 with sha1"),
            ),
            // md5WithRSAEncryption, dsa-with-sha1, Ed448.
            ("300d06092a864886f70d0101040500".into(), None, Err("algorithm.unsupported")),
            ("300906072a8648ce380403".into(), None, Err("algorithm.unsupported")),
            ("300506032b6571".into(), None, Err("algorithm.unsupported")),
        ];
        for (der, digest, expected) in rows {
            let found = read_hex(&der, digest).map(|scheme| scheme.name());
            assert_eq!(found.as_deref().map_err(Error::code), expected, "{der}");
        }
    }
}
