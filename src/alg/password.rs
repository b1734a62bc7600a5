//! Keys from passwords: PBKDF2 (RFC 8018 section 5.2 and appendix A.2), as password recipients name it
//! (RFC 3370 section 4.4.1).
//!
//! What it costs is in the hands of the sender, so the rounds are read before any is done: the caller says
//! how many are too many. A salt from elsewhere is refused.

use const_oid::db::{rfc5911, rfc6268};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence, Tag, Tagged};
use pbkdf2::pbkdf2_hmac;
use spki::{AlgorithmIdentifier, AlgorithmIdentifierRef};
use zeroize::Zeroizing;

use crate::alg::cipher::malformed;
use crate::alg::digest::{Digest, SHA1, SHA224, SHA256, SHA384, SHA512, check_absent_or_null, with_hash_type};
use crate::alg::oid_name;
use crate::error::{Condition, Error};

/// PBKDF2 with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pbkdf2 {
    /// The salt.
    pub salt: Vec<u8>,
    /// The rounds for each part of the key, from 1.
    pub rounds: u32,
    /// The octets of the key, if they are said.
    pub key_length: Option<usize>,
    /// The digest inside HMAC.
    pub prf: &'static dyn Digest,
}

/// ```text
/// PBKDF2-params ::= SEQUENCE {
///     salt CHOICE {
///         specified OCTET STRING,
///         otherSource AlgorithmIdentifier {{PBKDF2-SaltSources}} },
///     iterationCount INTEGER (1..MAX),
///     keyLength INTEGER (1..MAX) OPTIONAL,
///     prf AlgorithmIdentifier {{PBKDF2-PRFs}} DEFAULT algid-hmacWithSHA1 }
/// ```
#[derive(Sequence)]
struct Pbkdf2Params<'a> {
    salt: AnyRef<'a>,
    rounds: u32,
    #[asn1(optional = "true")]
    key_length: Option<u32>,
    #[asn1(optional = "true")]
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

impl Pbkdf2 {
    /// Reads the keyDerivationAlgorithm of a recipient.
    ///
    /// # Errors
    /// `decrypt.recipient-unsupported`; `decrypt.failed`, with what is wrong, about malformed parameters.
    pub fn from_identifier(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        if identifier.oid != rfc5911::ID_PBKDF_2 {
            return Err(unsupported(oid_name(&identifier.oid)));
        }
        let parameters = identifier.parameters.ok_or_else(|| malformed(NAME, "the parameters are absent"))?;
        let read: Pbkdf2Params<'_> = parameters.decode_as().map_err(|_| {
            malformed(NAME, "the parameters are not PBKDF2-params in DER, or have a number above 4294967295")
        })?;
        if read.salt.tag() == Tag::Sequence {
            return Err(unsupported("PBKDF2 with a salt from another source"));
        }
        let salt = read.salt.decode_as::<&OctetStringRef>().map_err(|_| malformed(NAME, "a salt of another type"))?;
        if read.rounds == 0 || read.key_length == Some(0) {
            return Err(malformed(NAME, "no round, or a key of no octets"));
        }
        Ok(Pbkdf2 {
            salt: salt.as_bytes().to_vec(),
            rounds: read.rounds,
            key_length: read.key_length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)),
            prf: read.prf.map_or(Ok(SHA1), |prf| read_prf(&prf))?,
        })
    }

    /// The AlgorithmIdentifier in DER. The length of the key is left out: the cipher says it.
    pub fn identifier(&self) -> Vec<u8> {
        let prf = PRFS.iter().find(|(_, digest)| *digest == self.prf && *digest != SHA1);
        let prf = prf.map(|(oid, _)| AlgorithmIdentifierRef { oid: *oid, parameters: Some(AnyRef::NULL) });
        OctetStringRef::new(&self.salt)
            .and_then(|salt| {
                let parameters = Pbkdf2Params { salt: salt.into(), rounds: self.rounds, key_length: None, prf };
                AlgorithmIdentifier { oid: rfc5911::ID_PBKDF_2, parameters: Some(parameters) }.to_der()
            })
            .expect("a short sequence can be encoded")
    }

    /// The rounds that a key of `length` octets takes: each part of it as long as the digest costs them all (RFC 8018
    /// section 5.2).
    pub fn cost(&self, length: usize) -> u64 {
        let parts = u64::try_from(length.div_ceil(self.prf.length())).unwrap_or(u64::MAX);
        u64::from(self.rounds).saturating_mul(parts)
    }

    /// A key of `length` octets.
    pub fn derive(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; length]);
        with_hash_type!(self.prf, Hash => pbkdf2_hmac::<Hash>(password, &self.salt, self.rounds, &mut key));
        key
    }
}

fn read_prf(prf: &AlgorithmIdentifierRef<'_>) -> Result<&'static dyn Digest, Error> {
    let row = PRFS.iter().find(|(oid, _)| *oid == prf.oid);
    let (_, digest) = row.ok_or_else(|| unsupported(format!("PBKDF2 with {}", oid_name(&prf.oid))))?;
    check_absent_or_null(prf).map_err(|error| error.with_condition(Condition::DecryptFailed))?;
    Ok(*digest)
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(Condition::RecipientUnsupported)
        .detail(what)
        .hinting("supported is PBKDF2 with HMAC with SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512")
}

/// The pseudorandom functions (RFC 8018 appendix B.1).
static PRFS: &[(ObjectIdentifier, &dyn Digest)] = &[
    (ObjectIdentifier::new_unwrap("1.2.840.113549.2.7"), SHA1),
    (rfc6268::ID_HMAC_WITH_SHA_224, SHA224),
    (rfc6268::ID_HMAC_WITH_SHA_256, SHA256),
    (rfc6268::ID_HMAC_WITH_SHA_384, SHA384),
    (rfc6268::ID_HMAC_WITH_SHA_512, SHA512),
];

const NAME: &str = "PBKDF2";

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    // RFC 6070 section 2 and RFC 7914 section 11.
    #[test]
    fn known_answers() {
        let long = ("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt");
        type Row = (&'static dyn Digest, (&'static str, &'static str), u32, &'static str);
        let rows: [Row; 7] = [
            (SHA1, ("password", "salt"), 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (SHA1, ("password", "salt"), 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (SHA1, ("password", "salt"), 4096, "4b007901b765489abead49d926f721d065a429c1"),
            (SHA1, long, 4096, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
            (SHA1, ("pass\0word", "sa\0lt"), 4096, "56fa6aa75548099dcc37d7f03425e0c3"),
            (
                SHA256,
                ("passwd", "salt"),
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
                 49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
            ),
            (
                SHA256,
                ("Password", "NaCl"),
                80_000,
                "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
                 a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
            ),
        ];
        for (prf, (password, salt), rounds, expected) in rows {
            let pbkdf2 = Pbkdf2 { salt: salt.as_bytes().to_vec(), rounds, key_length: None, prf };
            let found = pbkdf2.derive(password.as_bytes(), expected.len() / 2);
            assert_eq!(hex::encode(found.as_slice()), expected);
        }
    }

    #[test]
    fn each_part_of_a_key_costs_all_rounds() {
        let rows = [
            (SHA1, 16, 1000),
            (SHA1, 20, 1000),
            (SHA1, 24, 2000),
            (SHA1, 32, 2000),
            (SHA224, 32, 2000),
            (SHA256, 32, 1000),
            (SHA256, 33, 2000),
            (SHA512, 64, 1000),
            (SHA256, 0, 0),
        ];
        for (prf, length, expected) in rows {
            let pbkdf2 = Pbkdf2 { salt: vec![7; 8], rounds: 1000, key_length: None, prf };
            assert_eq!(pbkdf2.cost(length), expected, "{}, {length}", prf.name());
        }
    }

    fn read(identifier: &[u8]) -> Result<Pbkdf2, Error> {
        Pbkdf2::from_identifier(&AlgorithmIdentifierRef::from_der(identifier).unwrap())
    }

    #[test]
    fn written_and_read_back() {
        let pbkdf2 = |prf| Pbkdf2 { salt: vec![7; 8], rounds: 2048, key_length: None, prf };
        let sha256 = "302906092a864886f70d01050c301c0408070707070707070702020800300c06082a864886f70d02090500";
        let sha1 = "301b06092a864886f70d01050c300e0408070707070707070702020800";
        assert_eq!(hex::encode(pbkdf2(SHA256).identifier()), sha256);
        assert_eq!(hex::encode(pbkdf2(SHA1).identifier()), sha1);
        for (_, prf) in PRFS {
            assert_eq!(read(&pbkdf2(*prf).identifier()), Ok(pbkdf2(*prf)), "{}", prf.name());
        }
    }

    #[test]
    fn deviations() {
        let salt = "04080707070707070707";
        let identifier = |parameters: &str| {
            let oid = "06092a864886f70d01050c";
            hex::decode(format!("30{:02x}{oid}{parameters}", (oid.len() + parameters.len()) / 2)).unwrap()
        };
        let sequence = |inner: &str| identifier(&format!("30{:02x}{inner}", inner.len() / 2));
        let hmac_sha256 = "06082a864886f70d0209";
        let failed = Err("decrypt.failed");
        let unsupported = Err("decrypt.recipient-unsupported");
        let rows = [
            (sequence(&format!("{salt}020101")), Ok((1, None, "sha1"))),
            (sequence(&format!("{salt}020101020110")), Ok((1, Some(16), "sha1"))),
            (sequence(&format!("{salt}020101020110300c{hmac_sha256}0500")), Ok((1, Some(16), "sha256"))),
            (sequence(&format!("{salt}020500ffffffff300a{hmac_sha256}")), Ok((u32::MAX, None, "sha256"))),
            (sequence("0400020101"), Ok((1, None, "sha1"))),
            // Absent, NULL; no round, below no round, too many; a key of no octets.
            (identifier(""), failed),
            (identifier("0500"), failed),
            (sequence(&format!("{salt}020100")), failed),
            (sequence(&format!("{salt}0201ff")), failed),
            (sequence(&format!("{salt}02050100000000")), failed),
            (sequence(&format!("{salt}020101020100")), failed),
            (sequence(salt), failed),
            (sequence(&format!("{salt}0201010500")), failed),
            // The salt from elsewhere, and of no type that there is; HMAC with parameters, and with MD5.
            (sequence("300406022a03020101"), unsupported),
            (sequence("0500020101"), failed),
            (sequence(&format!("{salt}020101300c{hmac_sha256}3000")), failed),
            (sequence(&format!("{salt}020101300c06082a864886f70d02060500")), unsupported),
            // scrypt.
            (hex::decode("300d06092b06010401da47040b0500").unwrap(), unsupported),
        ];
        for (der, expected) in rows {
            let found = read(&der);
            let found = found.as_ref().map(|read| (read.rounds, read.key_length, read.prf.name()));
            assert_eq!(found.map_err(Error::code), expected, "{}", hex::encode(&der));
        }
    }
}
