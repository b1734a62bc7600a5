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
