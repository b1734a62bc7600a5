//! What protects a PKCS #12 file: encryption from a password (RFC 7292 appendix C, RFC 8018 section 6.2) and the MAC
//! (RFC 7292 section 4).
//!
//! A file says itself what it costs to open. All rounds of a file are spent from one budget, before they are done. A round
//! of PKCS #12 counts as one of PBKDF2, which hashes twice: it hashes once, or three times for key and IV of 3DES. A round
//! with SHA-384 or SHA-512 counts four times: processors have instructions for the others alone.

use std::fmt;

use const_oid::db::rfc5911;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{REFUSED, element, malformed, oid, unreadable, unsupported};
use crate::alg::aes_cbc::{AES_128_CBC, AES_192_CBC, AES_256_CBC};
use crate::alg::cipher::{ContentCipher, Parameters};
use crate::alg::des_ede3_cbc::DES_EDE3_CBC;
use crate::alg::digest::{self, Digest, SHA1, SHA256, SHA384, SHA512};
use crate::alg::password::Pbkdf2;
use crate::alg::pkcs12_kdf::{self, Purpose};
use crate::alg::{self, wipe};
use crate::asn1::tlv::{Reader, Tlv};
use crate::asn1::{encode, tag};
use crate::error::{Condition, Error};

/// The rounds that opening one file may take in all (R7). NSS takes 600,000 for the MAC and for each key and each certificate,
/// and people have a key to sign with and one to decrypt with. That is half a second.
const MAX_ROUNDS: u64 = 3_000_000;

/// A password in the two forms that it is used in.
pub(super) struct Password {
    /// As given: PBES2 takes it in UTF-8.
    octets: Zeroizing<Vec<u8>>,
    /// As the derivation of PKCS #12 takes it.
    wide: Zeroizing<Vec<u8>>,
}

impl Password {
    pub fn new(octets: &[u8]) -> Self {
        Password { octets: Zeroizing::new(octets.to_vec()), wide: pkcs12_kdf::password(octets) }
    }

    /// No password at all, for which some tools write not even the two octets 0.
    fn absent(&self) -> Option<Self> {
        let nothing = || Zeroizing::new(Vec::new());
        self.octets.is_empty().then(|| Password { octets: nothing(), wide: nothing() })
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}

/// What opening a file may still cost.
#[derive(Clone, Debug)]
pub(super) struct Budget(u64);

impl Budget {
    pub fn new() -> Self {
        Budget(MAX_ROUNDS)
    }

    pub fn spend(&mut self, rounds: u64) -> Result<(), Error> {
        let rest = self.0.checked_sub(rounds).ok_or_else(|| {
            unsupported(format!("{rounds} more rounds of key derivation, the limit is {MAX_ROUNDS} in all"))
        })?;
        self.0 = rest;
        Ok(())
    }
}

/// ```text
/// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
/// DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }
/// ```
pub(super) struct Mac<'a> {
    digest: &'static dyn Digest,
    value: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> Mac<'a> {
    /// Reads MacData in DER.
    ///
    /// # Errors
    /// `pkcs12.unreadable`, `pkcs12.unsupported`.
    pub fn parse(data: &Tlv<'a>) -> Result<Self, Error> {
        let (mut info, salt, rounds) = mac_fields(data).map_err(malformed)?;
        let identifier = info.next_element().map_err(malformed)?;
        let value = info.expect(tag::OCTET_STRING).map_err(malformed)?;
        info.finish().map_err(malformed)?;
        let identifier = algorithm(identifier.whole.octets())?;
        let digest = digest::by_oid(identifier.oid).filter(|digest| MAC_DIGESTS.contains(digest));
        let digest = digest.ok_or_else(|| unsupported(format!("a MAC with {}", name(&identifier.oid))))?;
        digest::check_absent_or_null(&identifier).map_err(malformed)?;
        Ok(Mac { digest, value: value.contents.octets(), salt: salt.contents.octets(), rounds: iterations(rounds)? })
    }

    /// How many rounds it takes at most: an empty password has two forms.
    pub fn cost(&self, password: &Password) -> u64 {
        let forms = if password.octets.is_empty() { 2 } else { 1 };
        weighed(self.rounds.into(), self.digest).saturating_mul(forms)
    }

    /// Checks the MAC over `content`, in constant time, and gives back the form of the password that it is right for.
    /// An empty password is tried in both forms that there are.
    ///
    /// # Errors
    /// `pkcs12.password-wrong`, whatever is wrong; `pkcs12.unsupported` if it costs too much.
    pub fn check(&self, content: &[u8], password: Password, budget: &mut Budget) -> Result<Password, Error> {
        let absent = password.absent();
        for form in [Some(password), absent].into_iter().flatten() {
            let length = self.digest.length();
            budget.spend(weighed(self.rounds.into(), self.digest))?;
            let key = pkcs12_kdf::derive(self.digest, Purpose::Mac, &form.wide, self.salt, self.rounds, length);
            if pkcs12_kdf::is_hmac(self.digest, &key, content, self.value) {
                return Ok(form);
            }
        }
        Err(Error::new(Condition::Pkcs12PasswordWrong))
    }
}

type MacFields<'a> = (Reader<'a>, Tlv<'a>, Option<Tlv<'a>>);

fn mac_fields<'a>(data: &Tlv<'a>) -> Result<MacFields<'a>, Error> {
    let mut fields = data.expect(tag::SEQUENCE)?.elements()?;
    let info = fields.expect(tag::SEQUENCE)?.elements()?;
    let salt = fields.expect(tag::OCTET_STRING)?;
    let rounds = fields.optional(tag::INTEGER)?;
    fields.finish()?;
    Ok((info, salt, rounds))
}

/// The number of iterations, from 1; 1 if it is left out.
fn iterations(number: Option<Tlv<'_>>) -> Result<u32, Error> {
    let Some(number) = number else { return Ok(1) };
    match u32::from_der(number.whole.octets()) {
        Ok(0) => Err(unreadable("no round of key derivation")),
        Ok(rounds) => Ok(rounds),
        Err(_) => Err(unsupported("a number of rounds that is none from 1 to 4294967295")),
    }
}

/// What rounds with a digest count.
fn weighed(rounds: u64, digest: &dyn Digest) -> u64 {
    let is_slow = [SHA384, SHA512].iter().any(|slow| slow.name() == digest.name());
    rounds.saturating_mul(if is_slow { 4 } else { 1 })
}

/// MacData in DER: HMAC with SHA-256.
pub(super) fn mac(content: &[u8], password: &Password, rounds: u32, rng: &mut dyn CryptoRng) -> Vec<u8> {
    let mut salt = [0; SALT];
    rng.fill_bytes(&mut salt);
    let key = pkcs12_kdf::derive(SHA256, Purpose::Mac, &password.wide, &salt, rounds, SHA256.length());
    let value = encode::element(tag::OCTET_STRING, &[&pkcs12_kdf::hmac(SHA256, &key, content)]);
    // With NULL, as OpenSSL and NSS write it here.
    let info = encode::element(tag::SEQUENCE, &[&digest::digest_identifier(SHA256, true), &value]);
    let salt = encode::element(tag::OCTET_STRING, &[&salt]);
    let rounds = rounds.to_der().expect("a number can be encoded");
    encode::element(tag::SEQUENCE, &[&info, &salt, &rounds])
}

/// How something is encrypted with a password.
pub(super) struct Encryption {
    derivation: Derivation,
    cipher: &'static dyn ContentCipher,
}

enum Derivation {
    Pbes2(Pbkdf2, Parameters),
    Sha1TripleDes { salt: Vec<u8>, rounds: u32 },
}

impl Encryption {
    /// Reads an AlgorithmIdentifier in DER.
    ///
    /// # Errors
    /// `pkcs12.unsupported`, which names it; `pkcs12.unreadable`.
    pub fn parse(identifier: &[u8]) -> Result<Self, Error> {
        let identifier = algorithm(identifier)?;
        match identifier.oid {
            oid::PBES2 => pbes2(identifier.parameters),
            oid::SHA1_3DES => sha1_3des(identifier.parameters),
            other => Err(unsupported(name(&other))),
        }
    }

    /// How many rounds it takes.
    pub fn cost(&self) -> u64 {
        match &self.derivation {
            Derivation::Pbes2(derivation, _) => weighed(derivation.cost(self.cipher.key_length()), derivation.prf),
            Derivation::Sha1TripleDes { rounds, .. } => u64::from(*rounds),
        }
    }

    /// Decrypts.
    ///
    /// # Errors
    /// `pkcs12.password-wrong`, always the same; `pkcs12.unsupported` if it costs too much.
    pub fn decrypt(
        &self,
        encrypted: &[u8],
        password: &Password,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        budget.spend(self.cost())?;
        let length = self.cipher.key_length();
        let (key, parameters) = match &self.derivation {
            Derivation::Pbes2(derivation, parameters) => {
                (derivation.derive(&password.octets, length), parameters.clone())
            }
            Derivation::Sha1TripleDes { salt, rounds } => {
                let derive = |purpose, length| pkcs12_kdf::derive(SHA1, purpose, &password.wide, salt, *rounds, length);
                let nonce = derive(Purpose::Iv, DES_BLOCK).to_vec();
                (derive(Purpose::Key, length), Parameters { nonce, tag_length: 0 })
            }
        };
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let decrypted = self.cipher.decrypt(&key, &parameters, b"", &mut buffer, b"");
        wipe::stack();
        let length = decrypted.map_err(|_| Error::new(Condition::Pkcs12PasswordWrong))?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// Encrypts with PBES2: PBKDF2 with HMAC-SHA-256, and AES-256 in CBC. The AlgorithmIdentifier in DER, and the ciphertext.
///
/// # Errors
/// `encrypt.failed`, which does not happen.
pub(super) fn encrypt(
    content: &[u8],
    password: &Password,
    rounds: u32,
    rng: &mut dyn CryptoRng,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let cipher = AES_256_CBC;
    let mut salt = vec![0; SALT];
    rng.fill_bytes(&mut salt);
    let derivation = Pbkdf2 { salt, rounds, key_length: None, prf: SHA256 };
    let parameters = cipher.fresh_parameters(rng);
    let key = derivation.derive(&password.octets, cipher.key_length());
    // One allocation: what a growing buffer leaves behind would not be wiped.
    let mut buffer = Zeroizing::new(vec![0; cipher.sealed_length(content.len())]);
    buffer.iter_mut().zip(content).for_each(|(into, octet)| *into = *octet);
    cipher.encrypt(&key, &parameters, b"", &mut buffer, content.len())?;
    wipe::stack();
    let inner = encode::element(tag::SEQUENCE, &[&derivation.identifier(), &cipher.identifier(&parameters)]);
    let kind = encode::element(tag::OBJECT_IDENTIFIER, &[oid::PBES2.as_bytes()]);
    Ok((encode::element(tag::SEQUENCE, &[&kind, &inner]), buffer.to_vec()))
}

/// `PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }`
fn pbes2(parameters: Option<AnyRef<'_>>) -> Result<Encryption, Error> {
    let parameters = in_der(parameters, "PBES2")?;
    let mut fields = element(&parameters)?.expect(tag::SEQUENCE).and_then(|tlv| tlv.elements()).map_err(malformed)?;
    let derivation = fields.next_element().map_err(malformed)?.whole.octets();
    let scheme = fields.next_element().map_err(malformed)?.whole.octets();
    fields.finish().map_err(malformed)?;
    let derivation = algorithm(derivation)?;
    if derivation.oid != rfc5911::ID_PBKDF_2 {
        return Err(unsupported(format!("PBES2 with {}", name(&derivation.oid))));
    }
    let derivation = Pbkdf2::from_identifier(&derivation).map_err(|error| match error.condition() {
        Condition::RecipientUnsupported => unsupported(error.to_string()),
        _ => malformed(error),
    })?;
    let scheme = algorithm(scheme)?;
    let cipher = [AES_128_CBC, AES_192_CBC, AES_256_CBC].into_iter().find(|cipher| cipher.oid() == scheme.oid);
    let cipher = cipher.ok_or_else(|| unsupported(format!("PBES2 with {}", name(&scheme.oid))))?;
    if derivation.key_length.is_some_and(|stated| stated != cipher.key_length()) {
        return Err(unreadable("PBKDF2 for a key of another length"));
    }
    let parameters = cipher.read_parameters(scheme.parameters).map_err(malformed)?;
    Ok(Encryption { derivation: Derivation::Pbes2(derivation, parameters), cipher })
}

/// `pkcs-12PbeParams ::= SEQUENCE { salt OCTET STRING, iterations INTEGER }`
fn sha1_3des(parameters: Option<AnyRef<'_>>) -> Result<Encryption, Error> {
    let parameters = in_der(parameters, "pbeWithSHAAnd3-KeyTripleDES-CBC")?;
    let mut fields = element(&parameters)?.expect(tag::SEQUENCE).and_then(|tlv| tlv.elements()).map_err(malformed)?;
    let salt = fields.expect(tag::OCTET_STRING).map_err(malformed)?.contents.octets().to_vec();
    let rounds = fields.expect(tag::INTEGER).map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    let rounds = iterations(Some(rounds))?;
    Ok(Encryption { derivation: Derivation::Sha1TripleDes { salt, rounds }, cipher: DES_EDE3_CBC })
}

fn in_der(parameters: Option<AnyRef<'_>>, of: &str) -> Result<Vec<u8>, Error> {
    let parameters = parameters.and_then(|parameters| parameters.to_der().ok());
    parameters.ok_or_else(|| unreadable(format!("{of} without parameters")))
}

fn algorithm(octets: &[u8]) -> Result<AlgorithmIdentifierRef<'_>, Error> {
    AlgorithmIdentifierRef::from_der(octets).map_err(|_| unreadable("an algorithm identifier cannot be read"))
}

fn name(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    let refused = REFUSED.iter().find(|(number, _)| *number == dotted);
    refused.map_or_else(|| alg::oid_name(oid), |(_, name)| (*name).to_owned())
}

const MAC_DIGESTS: [&dyn Digest; 4] = [SHA1, SHA256, SHA384, SHA512];
const SALT: usize = 16;
const DES_BLOCK: usize = 8;
