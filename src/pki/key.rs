//! Private keys as files hold them: PKCS #8 plain and encrypted (RFC 5958), PKCS #1 (RFC 8017 appendix
//! A.1.2), SEC 1 (RFC 5915).
//!
//! Encrypted keys are PBES2 (RFC 8018 section 6.2) and cost what their file says, so the cost is judged
//! before it is paid. Refused are older encryptions, keys of other kinds, and everything that is not DER.

use std::fmt;

use ::pkcs8::pkcs5::pbes2::{self, Kdf, PBES2_OID};
use ::pkcs8::{PrivateKeyInfoRef, pkcs5};
use const_oid::db::rfc5912;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Reader as _};
use rand_core::CryptoRng;
use sec1::{EcParameters, EcPrivateKey};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::alg::{self, SecretKey, SigningKey};
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;

/// A private key. `Debug` shows its kind and no more; it is wiped when dropped.
pub struct PrivateKey {
    key: Box<dyn SecretKey>,
}

impl PrivateKey {
    /// Reads a key in DER. Which form it has is seen from its structure.
    ///
    /// # Errors
    /// `key.unreadable`, `key.unsupported`; for an encrypted key `key.needs-password` without a password,
    /// `key.password-wrong`, `key.encryption-unsupported`.
    pub fn from_der(octets: &[u8], password: Option<&[u8]>) -> Result<Self, Error> {
        let form = Form::of(octets).ok_or_else(|| unreadable("it has not the structure of a private key in DER"))?;
        Self::read(form, octets, password)
    }

    /// Reads the octets of a PEM block with this label.
    ///
    /// # Errors
    /// As [`PrivateKey::from_der`].
    pub fn from_pem_block(label: &str, octets: &[u8], password: Option<&[u8]>) -> Result<Self, Error> {
        let form = match label {
            "PRIVATE KEY" => Form::Pkcs8,
            "ENCRYPTED PRIVATE KEY" => Form::Encrypted,
            "RSA PRIVATE KEY" => Form::Pkcs1,
            "EC PRIVATE KEY" => Form::Sec1,
            "OPENSSH PRIVATE KEY" => {
                return Err(Error::new(Condition::KeyUnsupported)
                    .detail(label)
                    .hinting("OpenSSH keys are read after conversion: ssh-keygen -p -m PKCS8 -f FILE"));
            }
            _ => return Err(Error::new(Condition::KeyUnsupported).detail(label)),
        };
        Self::read(form, octets, password)
    }

    /// The key.
    pub fn key(&self) -> &dyn SecretKey {
        self.key.as_ref()
    }

    /// The key to sign with, if it signs: X25519 keys do not.
    pub fn signing_key(&self) -> Option<&dyn SigningKey> {
        self.key.signing()
    }

    /// The public key: SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn read(form: Form, octets: &[u8], password: Option<&[u8]>) -> Result<Self, Error> {
        let key = read_unwiped(form, octets, password);
        alg::wipe::stack();
        key.map(|key| PrivateKey { key })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.key).finish()
    }
}

/// Encrypts a PrivateKeyInfo with a password: EncryptedPrivateKeyInfo with PBES2, PBKDF2 with HMAC-SHA-256 and
/// AES-256-CBC, which every reader of PKCS #8 has.
///
/// # Errors
/// `issue.failed`.
pub fn encrypt(private_key_info: &[u8], password: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
    let failed = |error: String| Error::new(Condition::IssueFailed).detail(format!("the encrypted key: {error}"));
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv)
        .map_err(|error| failed(error.to_string()))?;
    let key = PrivateKeyInfoRef::from_der(private_key_info).map_err(|error| failed(error.to_string()))?;
    let encrypted = key.encrypt_with_params(parameters, password).map_err(|error| failed(error.to_string()));
    alg::wipe::stack();
    Ok(encrypted?.as_bytes().to_vec())
}

/// The forms of a private key.
#[derive(Clone, Copy)]
enum Form {
    Pkcs8,
    Encrypted,
    Pkcs1,
    Sec1,
}

impl Form {
    /// Tells the forms apart by the first two elements of their SEQUENCE.
    fn of(octets: &[u8]) -> Option<Form> {
        let sequence = Tlv::parse(Slice::new(octets)).and_then(|tlv| tlv.expect(tag::SEQUENCE)).ok()?;
        let mut elements = sequence.elements().ok()?;
        let first = elements.next_element().ok()?.tag;
        let second = elements.next_element().ok()?.tag;
        match (first, second) {
            (tag::INTEGER, tag::SEQUENCE) => Some(Form::Pkcs8),
            (tag::SEQUENCE, tag::OCTET_STRING) => Some(Form::Encrypted),
            (tag::INTEGER, tag::INTEGER) => Some(Form::Pkcs1),
            (tag::INTEGER, tag::OCTET_STRING) => Some(Form::Sec1),
            _ => None,
        }
    }
}

fn read_unwiped(form: Form, octets: &[u8], password: Option<&[u8]>) -> Result<Box<dyn SecretKey>, Error> {
    match form {
        Form::Pkcs8 => pkcs8(octets),
        Form::Encrypted => pkcs8(&decrypt(octets, password)?),
        Form::Pkcs1 => {
            let algorithm = AlgorithmIdentifierRef { oid: rfc5912::RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
            bare(algorithm, octets)
        }
        Form::Sec1 => sec1(octets),
    }
}

fn pkcs8(octets: &[u8]) -> Result<Box<dyn SecretKey>, Error> {
    let key = PrivateKeyInfoRef::from_der(octets)
        .map_err(|_| unreadable("it is not a OneAsymmetricKey of version 1 or 2 in DER"))?;
    alg::private_key(&key)
}

/// A key of one algorithm, without the PKCS #8 around it.
fn bare(algorithm: AlgorithmIdentifierRef<'_>, octets: &[u8]) -> Result<Box<dyn SecretKey>, Error> {
    let octets = OctetStringRef::new(octets).map_err(|error| unreadable(error.to_string()))?;
    alg::private_key(&PrivateKeyInfoRef::new(algorithm, octets))
}

fn sec1(octets: &[u8]) -> Result<Box<dyn SecretKey>, Error> {
    let key = EcPrivateKey::from_der(octets)
        .map_err(|_| unreadable("it is not an ECPrivateKey in DER, or writes its curve out instead of naming it"))?;
    let Some(EcParameters::NamedCurve(curve)) = key.parameters else {
        return Err(unreadable("it names no curve"));
    };
    let parameters = Some(AnyRef::from(&curve));
    bare(AlgorithmIdentifierRef { oid: alg::ecdsa::KEY_OID, parameters }, octets)
}

/// Decrypts an EncryptedPrivateKeyInfo (RFC 5958 section 3).
fn decrypt(octets: &[u8], password: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (algorithm, encrypted) = AnyRef::from_der(octets)
        .and_then(|info| info.sequence(|fields| Ok((fields.decode()?, fields.decode::<&OctetStringRef>()?))))
        .map_err(|_: der::Error| unreadable("it is not an EncryptedPrivateKeyInfo in DER"))?;
    let parameters = encryption(algorithm)?;
    let password = password.ok_or_else(|| Error::new(Condition::KeyNeedsPassword))?;
    let wrong = || Error::new(Condition::KeyPasswordWrong);

    let mut buffer = Zeroizing::new(encrypted.as_bytes().to_vec());
    let length = match parameters.decrypt_in_place(password, &mut buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs5::Error::DecryptFailed) => return Err(wrong()),
        Err(error) => return Err(unsupported(error.to_string())),
    };
    buffer.truncate(length);
    // One wrong password in 256 leaves a padding that looks right, but not a whole SEQUENCE before it.
    match Form::of(&buffer) {
        Some(Form::Pkcs8) => Ok(buffer),
        _ => Err(wrong()),
    }
}

/// The parameters of PBES2, if what they cost can be paid (R7).
fn encryption(algorithm: AlgorithmIdentifierRef<'_>) -> Result<pbes2::Parameters, Error> {
    let parameters = match algorithm.parameters {
        Some(parameters) if algorithm.oid == PBES2_OID => parameters,
        _ => return Err(unsupported(alg::oid_name(&algorithm.oid))),
    };
    let parameters = pbes2::Parameters::try_from(parameters).map_err(|error| match error.kind() {
        der::ErrorKind::OidUnknown { oid } => unsupported(alg::oid_name(&oid)),
        _ => unreadable("its PBES2 parameters are malformed"),
    })?;
    match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) if (1..=MAX_ROUNDS).contains(&pbkdf2.iteration_count) => Ok(parameters),
        Kdf::Pbkdf2(pbkdf2) => {
            Err(unsupported(format!("PBKDF2 with {} rounds, the limit is {MAX_ROUNDS}", pbkdf2.iteration_count)))
        }
        Kdf::Scrypt(scrypt) => {
            let (n, r, p) = (scrypt.cost_parameter, scrypt.block_size, scrypt.parallelization);
            // RFC 7914 section 2: N is a power of 2 above 1. The crate would panic on 0.
            let memory = (n > 1 && n.is_power_of_two() && r > 0 && p > 0)
                .then(|| n.checked_mul(128)?.checked_mul(r.into())?.checked_mul(p.into()))
                .flatten();
            match memory {
                Some(memory) if memory <= MAX_SCRYPT_OCTETS => Ok(parameters),
                _ => Err(unsupported(format!("scrypt with N={n}, r={r}, p={p}, the limit is 64 MiB in all"))),
            }
        }
        _ => Err(unsupported("its key derivation")),
    }
}

fn unreadable(what: impl Into<String>) -> Error {
    Error::new(Condition::KeyFileUnreadable).detail(what)
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(Condition::KeyEncryptionUnsupported).detail(what)
}

const MAX_ROUNDS: u32 = 2_000_000;
/// What a guess of the password costs.
const ROUNDS: u32 = 600_000;
const MAX_SCRYPT_OCTETS: u64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode::element;
    use der::Encode;
    use der::asn1::ObjectIdentifier;

    macro_rules! testdata {
        ($name:literal) => {
            &include_bytes!(concat!("../../testdata/", $name))[..]
        };
    }

    fn block(pem: &[u8]) -> (&str, Vec<u8>) {
        pem_rfc7468::decode_vec(pem).unwrap()
    }

    fn from_pem(pem: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, Error> {
        let (label, octets) = block(pem);
        PrivateKey::from_pem_block(label, &octets, password)
    }

    fn code(result: Result<PrivateKey, Error>) -> Result<(), &'static str> {
        result.map(|_| ()).map_err(|error| error.code())
    }

    const PASSWORD: Option<&[u8]> = Some(b"password");

    #[test]
    fn every_form_is_the_same_key() {
        let certificate = testdata!("keys/alice.der");
        let forms = [
            testdata!("keys/alice.key"),
            testdata!("keys/alice.sec1.key"),
            testdata!("keys/alice.enc.key"),
            testdata!("keys/alice.enc-scrypt.key"),
        ];
        let der = [testdata!("keys/alice.pkcs8.der"), testdata!("keys/alice.sec1.der")];
        // What the label says is what the structure says.
        let unlabelled = forms.map(|pem| PrivateKey::from_der(&block(pem).1, PASSWORD));
        let keys = forms.map(|pem| from_pem(pem, PASSWORD)).into_iter().chain(unlabelled);
        for key in keys.chain(der.map(|der| PrivateKey::from_der(der, None))) {
            let key = key.unwrap();
            assert_eq!(key.key().name(), "P-256");
            assert!(memchr::memmem::find(certificate, key.public_key()).is_some());
        }
    }

    #[test]
    fn every_kind_of_key() {
        let rows = [
            (testdata!("keys/alice-rsa2048.key"), testdata!("keys/alice-rsa2048.pem"), "RSA"),
            (testdata!("keys/alice-rsa2048.pkcs1.key"), testdata!("keys/alice-rsa2048.pem"), "RSA"),
            (testdata!("keys/alice-rsa2048.enc.key"), testdata!("keys/alice-rsa2048.pem"), "RSA"),
            (testdata!("keys/alice-p384.key"), testdata!("keys/alice-p384.pem"), "P-384"),
            (testdata!("keys/alice-ed25519.key"), testdata!("keys/alice-ed25519.pem"), "Ed25519"),
        ];
        for (key, certificate, name) in rows {
            let key = from_pem(key, PASSWORD).unwrap();
            assert_eq!(key.key().name(), name);
            assert!(memchr::memmem::find(&block(certificate).1, key.public_key()).is_some());
        }
        assert!(PrivateKey::from_der(testdata!("keys/alice-rsa2048.pkcs1.der"), None).is_ok());
    }

    // RFC 8410 section 10.3 and appendix A. The bad keys of the appendix are doubly bad: their public keys have an
    // explicit tag, where RFC 5958 has an implicit one. The tests below have the other fault alone.
    #[test]
    fn rfc8410() {
        let with_public_key = b"-----BEGIN PRIVATE KEY-----\n\
            MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
            Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
            -----END PRIVATE KEY-----\n";
        let rows = [
            (testdata!("rfc/rfc8410/ed25519_key_v1.pem"), Ok(())),
            (&with_public_key[..], Ok(())),
            (testdata!("rfc/rfc8410/bad_ber_key.pem"), Err("key.unreadable")),
            (testdata!("rfc/rfc8410/bad_ed25519_short_last.pem"), Err("key.unreadable")),
            (testdata!("rfc/rfc8410/bad_x25519_mask.pem"), Err("key.unreadable")),
        ];
        let public = block(testdata!("rfc/rfc8410/ed25519_pub.pem")).1;
        for (pem, expected) in rows {
            let found = from_pem(pem, None);
            if let Ok(key) = &found {
                assert_eq!(key.public_key(), public);
            }
            assert_eq!(code(found), expected);
        }
    }

    // RFC 5958 section 2: the public key makes the version 2, and the version 2 has a public key.
    #[test]
    fn versions_and_public_keys() {
        let private = element(tag::OCTET_STRING, &[&element(tag::OCTET_STRING, &[&[7; 32]])]);
        let algorithm = AlgorithmIdentifierRef { oid: const_oid::db::rfc8410::ID_ED_25519, parameters: None };
        let algorithm = algorithm.to_der().unwrap();
        let key = PrivateKey::from_der(&element(tag::SEQUENCE, &[&[2, 1, 0], &algorithm, &private]), None).unwrap();
        let public = &key.public_key()[12..];
        let right = element(tag::context(1), &[&[0], public]);
        let wrong = element(tag::context(1), &[&[0; 33]]);
        let short = element(tag::context(1), &[&[0], &public[..31]]);
        let rows: [(u8, &[u8], Result<(), &str>); 7] = [
            (0, &[], Ok(())),
            (1, &right, Ok(())),
            (0, &right, Err("key.unreadable")),
            (1, &[], Err("key.unreadable")),
            (1, &wrong, Err("key.unreadable")),
            (1, &short, Err("key.unreadable")),
            (2, &right, Err("key.unreadable")),
        ];
        for (version, public, expected) in rows {
            let der = element(tag::SEQUENCE, &[&[2, 1, version], &algorithm, &private, public]);
            assert_eq!(code(PrivateKey::from_der(&der, None)), expected, "version {version}");
        }
    }

    #[test]
    fn kinds_that_are_refused() {
        assert_eq!(code(from_pem(testdata!("keys/bad/p521.key"), None)), Err("key.unsupported"));
        for label in ["DSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ANY PRIVATE KEY", "CERTIFICATE"] {
            assert_eq!(code(PrivateKey::from_pem_block(label, &[], None)), Err("key.unsupported"), "{label}");
        }
        let x448 = AlgorithmIdentifierRef { oid: const_oid::db::rfc8410::ID_X_448, parameters: None };
        let private = element(tag::OCTET_STRING, &[&element(tag::OCTET_STRING, &[&[8; 56]])]);
        let x448 = element(tag::SEQUENCE, &[&[2, 1, 0], &x448.to_der().unwrap(), &private]);
        assert_eq!(code(PrivateKey::from_der(&x448, None)), Err("key.unsupported"));
        let no_curve = EcPrivateKey { private_key: &[7; 32], parameters: None, public_key: None }.to_der().unwrap();
        assert_eq!(code(PrivateKey::from_der(&no_curve, None)), Err("key.unreadable"));
        assert_eq!(code(PrivateKey::from_der(testdata!("keys/alice.der"), None)), Err("key.unreadable"));
    }

    #[test]
    fn passwords() {
        let encrypted = [testdata!("keys/alice.enc.key"), testdata!("keys/alice.enc-scrypt.key")];
        for pem in encrypted {
            assert_eq!(code(from_pem(pem, None)), Err("key.needs-password"));
            assert_eq!(code(from_pem(pem, Some(b""))), Err("key.password-wrong"));
            assert_eq!(code(from_pem(pem, Some(b"Password"))), Err("key.password-wrong"));
        }
        // Some of these leave a padding that looks right.
        for number in 0..600 {
            let wrong = from_pem(encrypted[0], Some(format!("{number}").as_bytes()));
            assert_eq!(code(wrong), Err("key.password-wrong"), "{number}");
        }
    }

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        element(tag::SEQUENCE, parts)
    }

    fn oid(dotted: &str) -> Vec<u8> {
        ObjectIdentifier::new_unwrap(dotted).to_der().unwrap()
    }

    fn encrypted(kdf: &[u8], cipher: &[u8]) -> Vec<u8> {
        let pbes2 = sequence(&[&oid("1.2.840.113549.1.5.13"), &sequence(&[kdf, cipher])]);
        sequence(&[&pbes2, &element(tag::OCTET_STRING, &[&[0; 32]])])
    }

    const SALT: [u8; 10] = [tag::OCTET_STRING, 8, 1, 2, 3, 4, 5, 6, 7, 8];

    fn pbkdf2(rounds: u64) -> Vec<u8> {
        let prf = sequence(&[&oid("1.2.840.113549.2.9"), &[5, 0]]);
        let parameters = sequence(&[&SALT, &rounds.to_der().unwrap(), &prf]);
        sequence(&[&oid("1.2.840.113549.1.5.12"), &parameters])
    }

    fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
        let [n, r, p] = [n, r, p].map(|number| number.to_der().unwrap());
        sequence(&[&oid("1.3.6.1.4.1.11591.4.11"), &sequence(&[&SALT, &n, &r, &p])])
    }

    // R7: a cost past the limit is refused without paying it.
    #[test]
    fn r7_costs() {
        let aes = sequence(&[&oid("2.16.840.1.101.3.4.1.42"), &element(tag::OCTET_STRING, &[&[0; 16]])]);
        let des = sequence(&[&oid("1.2.840.113549.3.7"), &element(tag::OCTET_STRING, &[&[0; 8]])]);
        let sha1_default = sequence(&[&oid("1.2.840.113549.1.5.12"), &sequence(&[&SALT, &[2, 1, 9]])]);
        let unsupported = Err("key.encryption-unsupported");
        let rows = [
            // Affordable, so that the password is what is wrong.
            (encrypted(&pbkdf2(1), &aes), Err("key.password-wrong")),
            (encrypted(&sha1_default, &aes), Err("key.password-wrong")),
            (encrypted(&scrypt(1 << 10, 8, 1), &aes), Err("key.password-wrong")),
            (encrypted(&pbkdf2(2_000_001), &aes), unsupported),
            (encrypted(&pbkdf2(1 << 31), &aes), unsupported),
            (encrypted(&pbkdf2(1 << 40), &aes), Err("key.unreadable")),
            (encrypted(&pbkdf2(0), &aes), unsupported),
            (encrypted(&scrypt(1 << 16, 8, 2), &aes), unsupported),
            (encrypted(&scrypt(1 << 30, 8, 1), &aes), unsupported),
            (encrypted(&scrypt(1 << 63, 0xFFFF, 0xFFFF), &aes), unsupported),
            (encrypted(&scrypt(2, 1, 0xFFFF), &aes), Err("key.password-wrong")),
            (encrypted(&scrypt(1 << 10, 8, 1 << 20), &aes), Err("key.unreadable")),
            // Not powers of two, and nothing.
            (encrypted(&scrypt(0, 8, 1), &aes), unsupported),
            (encrypted(&scrypt(1, 8, 1), &aes), unsupported),
            (encrypted(&scrypt(1023, 8, 1), &aes), unsupported),
            (encrypted(&scrypt(1024, 0, 1), &aes), unsupported),
            (encrypted(&scrypt(1024, 8, 0), &aes), unsupported),
            // 3DES inside PBES2; pbeWithSHAAnd3-KeyTripleDES-CBC; an unknown derivation.
            (encrypted(&pbkdf2(1), &des), unsupported),
            (
                sequence(&[&sequence(&[&oid("1.2.840.113549.1.12.1.3"), &[5, 0]]), &element(4, &[&[0; 16]])]),
                unsupported,
            ),
            (encrypted(&sequence(&[&oid("1.2.3"), &[5, 0]]), &aes), unsupported),
        ];
        let start = std::time::Instant::now();
        for (der, expected) in rows {
            assert_eq!(code(PrivateKey::from_der(&der, PASSWORD)), expected, "{}", hex::encode(&der));
        }
        assert!(start.elapsed().as_secs() < 5);
    }

    // K4: damage is an error, never a panic.
    #[test]
    fn k4_damaged_keys() {
        for der in [testdata!("keys/alice.pkcs8.der"), testdata!("keys/alice.sec1.der")] {
            for length in 0..der.len() {
                assert!(PrivateKey::from_der(&der[..length], None).is_err(), "{length}");
            }
            let mut changed = der.to_vec();
            for place in 0..der.len() {
                for bit in 0..8 {
                    changed[place] ^= 1 << bit;
                    let _ = PrivateKey::from_der(&changed, PASSWORD);
                    changed[place] ^= 1 << bit;
                }
            }
        }
        // R3: four gigabytes are claimed.
        let claim = [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 2, 1, 0];
        assert_eq!(code(PrivateKey::from_der(&claim, None)), Err("key.unreadable"));
    }

    // K3: no secret shows in Debug.
    #[test]
    fn k3_debug_is_redacted() {
        let key = PrivateKey::from_der(testdata!("keys/alice.pkcs8.der"), None).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(P-256 { .. })");
    }
}
