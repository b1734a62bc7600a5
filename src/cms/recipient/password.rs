//! A password (RFC 5652 section 6.2.4, RFC 3211): pwri.
//!
//! PBKDF2 makes a key-encryption key from the password, and the key wrap of RFC 3211 encrypts the
//! content-encryption key twice with a block cipher in CBC mode. What a message may cost is bounded over all of its
//! recipients, before anything is derived (threats R7). CVE-2025-9230 was a key length out of range here.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use der::Encode;
use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use zeroize::Zeroizing;

use crate::alg::cipher::{self, ContentCipher, Parameters};
use crate::alg::digest::SHA256;
use crate::alg::password::Pbkdf2;
use crate::alg::{self, cbc_mode};
use crate::asn1::tlv::Reader;
use crate::asn1::{encode, tag};
use crate::cms::enveloped::EnvelopedData;
use crate::cms::recipient::{ContentKey, Identity, KeyRequest, Recipient, RecipientInfo, RecipientInfoBuf, unopenable};
use crate::cms::{algorithm_identifier, implicit_algorithm_identifier, octet_string, oid};
use crate::error::{Condition, Error};
use crate::octets::Slice;

/// How many rounds of PBKDF2 a message may ask for, over all of its recipients.
pub const MAX_ROUNDS: u64 = 2_000_000;
/// How many rounds are written.
pub const ROUNDS: u32 = 600_000;

/// `PasswordRecipientInfo ::= SEQUENCE { version, keyDerivationAlgorithm [0] IMPLICIT OPTIONAL,
/// keyEncryptionAlgorithm, encryptedKey }`
#[derive(Clone, Debug)]
pub struct Password<'a> {
    /// How the key-encryption key is derived from the password.
    pub derivation: Option<AlgorithmIdentifierOwned>,
    /// How the key is encrypted.
    pub algorithm: AlgorithmIdentifierOwned,
    /// The encrypted key.
    pub encrypted_key: Cow<'a, [u8]>,
}

impl<'a> Password<'a> {
    /// Reads what follows the version.
    pub(super) fn parse(fields: &mut Reader<'a>) -> Result<Self, Error> {
        let derivation = match fields.optional(tag::context_constructed(0))? {
            Some(implicit) => Some(implicit_algorithm_identifier(&implicit)?),
            None => None,
        };
        let algorithm = algorithm_identifier(&fields.next_element()?)?;
        let encrypted_key = octet_string(&fields.next_element()?, "the encrypted key")?;
        Ok(Password { derivation, algorithm, encrypted_key })
    }
}

/// A password, to encrypt for or to open with. It is wiped when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct SharedPassword(Zeroizing<Vec<u8>>);

impl SharedPassword {
    /// Takes the octets of a password.
    pub fn new(octets: Zeroizing<Vec<u8>>) -> Self {
        SharedPassword(octets)
    }
}

impl fmt::Debug for SharedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPassword").finish_non_exhaustive()
    }
}

impl Recipient for SharedPassword {
    /// PBKDF2 with HMAC-SHA-256, and AES-CBC with a key as long as the one that is wrapped.
    fn wrap(&self, key: &ContentKey, rng: &mut dyn CryptoRng) -> Result<RecipientInfoBuf, Error> {
        let length = key.octets().len();
        let name = format!("aes-{}-cbc", length.saturating_mul(8));
        let cipher = cipher::by_name(&name).ok_or_else(|| Error::new(Condition::EncryptFailed).detail(name))?;
        let parameters = cipher.fresh_parameters(rng);
        let mut salt = vec![0; SALT];
        rng.fill_bytes(&mut salt);
        let derivation = Pbkdf2 { salt, rounds: ROUNDS, key_length: None, prf: SHA256 };
        let kek = derivation.derive(&self.0, length);
        let wrapped = wrap(cipher, &kek, &parameters, key.octets(), rng)?;

        let derivation = encode::retag(tag::context_constructed(0), &derivation.identifier());
        let oid = encode::element(tag::OBJECT_IDENTIFIER, &[oid::PASSWORD_WRAP.as_bytes()]);
        let algorithm = encode::element(tag::SEQUENCE, &[&oid, &cipher.identifier(&parameters)]);
        let wrapped = encode::element(tag::OCTET_STRING, &[&wrapped]);
        let parts: [&[u8]; 4] = [&[tag::INTEGER, 1, 0], &derivation, &algorithm, &wrapped];
        Ok(RecipientInfoBuf { octets: encode::element(tag::context_constructed(3), &parts), lowest_version: 3 })
    }

    fn text(&self) -> String {
        "a password".to_owned()
    }
}

impl Identity for SharedPassword {
    fn unwrap(
        &self,
        info: &RecipientInfo<'_>,
        request: &KeyRequest<'_, '_>,
        _rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>> {
        match info {
            RecipientInfo::Password(info) => Some(self.open(info, request)),
            _ => None,
        }
    }
}

impl SharedPassword {
    fn open(&self, info: &Password<'_>, request: &KeyRequest<'_, '_>) -> Result<ContentKey, Error> {
        request.check_password_cost()?;
        let (derivation, cipher, parameters) = scheme(info)?;
        request.check_legacy(cipher.is_legacy())?;
        let kek = derivation.derive(&self.0, cipher.key_length());
        ContentKey::exact(unwrap(cipher, &kek, &parameters, &info.encrypted_key)?, request.length)
    }
}

type Scheme = (Pbkdf2, &'static dyn ContentCipher, Parameters);

/// How the key-encryption key is derived, and the block cipher that it is for.
fn scheme(info: &Password<'_>) -> Result<Scheme, Error> {
    let derivation = info.derivation.as_ref();
    let derivation =
        derivation.ok_or_else(|| unopenable("the recipient does not say how the password becomes a key"))?;
    let derivation = Pbkdf2::from_identifier(&derivation.owned_to_ref())?;
    let (cipher, parameters) = inner_cipher(&info.algorithm.owned_to_ref())?;
    if derivation.key_length.is_some_and(|stated| stated != cipher.key_length()) {
        return Err(unopenable("the derivation is for a key of another length"));
    }
    Ok((derivation, cipher, parameters))
}

/// What deriving keys from passwords may still cost. A message has one for all of its layers: otherwise each layer, which
/// a sender can add as he likes, would cost as much as a message.
#[derive(Debug)]
pub struct PasswordBudget(Cell<u64>);

impl PasswordBudget {
    /// Takes so many rounds off.
    ///
    /// # Errors
    /// `decrypt.failed` if that is more than is left, which stays.
    pub(super) fn spend(&self, rounds: u64) -> Result<(), Error> {
        let left = self.0.get();
        let rest = left.checked_sub(rounds).ok_or_else(|| {
            unopenable(format!("PBKDF2 with {rounds} rounds in all, {left} are left of {MAX_ROUNDS} for a message"))
        })?;
        self.0.set(rest);
        Ok(())
    }
}

/// [`MAX_ROUNDS`], for one message.
impl Default for PasswordBudget {
    fn default() -> Self {
        PasswordBudget(Cell::new(MAX_ROUNDS))
    }
}

/// The rounds over all recipients that can be tried: a message with many of them costs as much as one with many rounds.
pub(super) fn cost(envelope: &EnvelopedData<'_>) -> u64 {
    let costs = envelope.recipients.iter().map(|info| match info {
        RecipientInfo::Password(info) => {
            scheme(info).map_or(0, |(derivation, cipher, _)| derivation.cost(cipher.key_length()))
        }
        _ => 0,
    });
    costs.fold(0, u64::saturating_add)
}

/// The block cipher inside id-alg-PWRI-KEK.
fn inner_cipher(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(&'static dyn ContentCipher, Parameters), Error> {
    let unsupported = |oid| Error::new(Condition::RecipientUnsupported).detail(alg::oid_name(&oid));
    if algorithm.oid != oid::PASSWORD_WRAP {
        return Err(unsupported(algorithm.oid));
    }
    let inner = algorithm.parameters.and_then(|parameters| parameters.to_der().ok());
    let inner = inner.ok_or_else(|| unopenable("the key wrap does not name its cipher"))?;
    let inner: AlgorithmIdentifierRef<'_> =
        der::Decode::from_der(&inner).map_err(|_| unopenable("the key wrap does not name its cipher"))?;
    let cipher = cipher::by_oid(inner.oid).filter(|cipher| cbc_mode::block_length(cipher.oid()).is_some());
    let cipher = cipher.ok_or_else(|| unsupported(inner.oid))?;
    Ok((cipher, cipher.read_parameters(inner.parameters)?))
}

/// RFC 3211 section 2.3.1: length, three check octets, the key, padding; encrypted, and encrypted again with the last
/// block as the initialization vector.
fn wrap(
    cipher: &dyn ContentCipher,
    kek: &[u8],
    parameters: &Parameters,
    key: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let failed = || Error::new(Condition::EncryptFailed);
    let block = block_length(parameters);
    let check = key.iter().take(CHECK_OCTETS).map(|octet| !octet);
    let length = u8::try_from(key.len()).map_err(|_| failed())?;
    let mut octets = Zeroizing::new(Vec::with_capacity(256));
    octets.push(length);
    octets.extend(check);
    octets.extend_from_slice(key);
    let padded = octets.len().next_multiple_of(block).max(block.saturating_mul(2));
    let mut padding = vec![0; padded.saturating_sub(octets.len())];
    rng.fill_bytes(&mut padding);
    octets.extend(padding);
    cbc_mode::cbc_encrypt_blocks(cipher.oid(), kek, &parameters.nonce, &mut octets)?;
    let last = Slice::new(&octets).skip(octets.len().saturating_sub(block)).octets().to_vec();
    cbc_mode::cbc_encrypt_blocks(cipher.oid(), kek, &last, &mut octets)?;
    Ok(octets.to_vec())
}

/// RFC 3211 section 2.3.2, backwards. What is wrong is not said: the check octets depend on the password.
fn unwrap(
    cipher: &dyn ContentCipher,
    kek: &[u8],
    parameters: &Parameters,
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let failed = || Error::new(Condition::DecryptFailed);
    let block = block_length(parameters);
    let is_whole = wrapped.len() >= block.saturating_mul(2) && wrapped.len().is_multiple_of(block);
    if !is_whole || wrapped.len() > MAX_WRAPPED {
        return Err(unopenable(format!("the wrapped key has {} octets", wrapped.len())));
    }
    let (front, last) = wrapped.split_at_checked(wrapped.len().saturating_sub(block)).ok_or_else(failed)?;
    let before_last = Slice::new(front).skip(front.len().saturating_sub(block)).octets();
    // The last block gives the initialization vector of the outer layer.
    let mut vector = last.to_vec();
    cbc_mode::cbc_decrypt_blocks(cipher.oid(), kek, before_last, &mut vector)?;
    let mut octets = Zeroizing::new(front.to_vec());
    cbc_mode::cbc_decrypt_blocks(cipher.oid(), kek, &vector, &mut octets)?;
    octets.extend_from_slice(&vector);
    cbc_mode::cbc_decrypt_blocks(cipher.oid(), kek, &parameters.nonce, &mut octets)?;

    let (length, rest) = octets.split_first().ok_or_else(failed)?;
    let (check, rest) = rest.split_at_checked(CHECK_OCTETS).ok_or_else(failed)?;
    let key = rest.get(..usize::from(*length)).ok_or_else(failed)?;
    let is_right = key.len() >= CHECK_OCTETS && check.iter().zip(key).all(|(check, octet)| *check == !octet);
    if is_right { Ok(Zeroizing::new(key.to_vec())) } else { Err(failed()) }
}

/// The initialization vector of CBC is one block.
fn block_length(parameters: &Parameters) -> usize {
    parameters.nonce.len()
}

const SALT: usize = 16;
const CHECK_OCTETS: usize = 3;
const MAX_WRAPPED: usize = 1024;

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;

    // R7: what is too much is not taken off, so that the rest of a message can be opened.
    #[test]
    fn r7_a_budget_is_spent_once() {
        let budget = PasswordBudget::default();
        for (rounds, is_paid) in [(1_500_000, true), (500_001, false), (u64::MAX, false), (500_000, true), (1, false)] {
            assert_eq!(budget.spend(rounds).is_ok(), is_paid, "{rounds}");
        }
        assert_eq!(budget.spend(0), Ok(()));
    }

    // RFC 3211 section 3, the second example: a key of 32 octets, wrapped with 3DES under a key from a pass phrase.
    #[test]
    fn rfc3211_example() {
        let derivation = Pbkdf2 {
            salt: hex::decode("1234567878563412").unwrap(),
            rounds: 500,
            key_length: None,
            prf: crate::alg::digest::SHA1,
        };
        let phrase = b"All n-entities must communicate with other n-entities via n-1 entiteeheehees";
        let kek = derivation.derive(phrase, 24);
        assert_eq!(hex::encode(&kek), "6a8970bf68c92caea84a8df28510858607126380cc47ab2d");
        let cipher = cipher::by_name("des-ede3-cbc").unwrap();
        let parameters = Parameters { nonce: hex::decode("baf1ca7931213c4e").unwrap(), tag_length: 0 };
        let wrapped = "c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c";
        let key = unwrap(cipher, &kek, &parameters, &hex::decode(wrapped).unwrap()).unwrap();
        assert_eq!(hex::encode(&key), "8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b");
    }

    // C13: lengths that no wrapped key has, and every octet counts.
    #[test]
    fn c13_what_is_wrapped_is_unwrapped_and_nothing_else() {
        let rng = &mut UnwrapErr(SysRng);
        for name in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"] {
            let cipher = cipher::by_name(name).unwrap();
            let parameters = cipher.fresh_parameters(rng);
            let kek = vec![7; cipher.key_length()];
            for length in [16, 24, 32] {
                let key = ContentKey::generate(length, rng);
                let wrapped = wrap(cipher, &kek, &parameters, key.octets(), rng).unwrap();
                assert_eq!(wrapped.len() % 16, 0);
                assert_eq!(*unwrap(cipher, &kek, &parameters, &wrapped).unwrap(), key.octets());
                for length in [0, 1, 7, 16, wrapped.len() - 1, 4096] {
                    let mut cut = wrapped.clone();
                    cut.resize(length, 0);
                    let error = unwrap(cipher, &kek, &parameters, &cut).unwrap_err();
                    assert_eq!(error.code(), "decrypt.failed", "{length}");
                }
                // Another key under the same name is found out by the check octets, but for one in sixteen million.
                let other = vec![8; cipher.key_length()];
                assert_eq!(unwrap(cipher, &other, &parameters, &wrapped).unwrap_err().code(), "decrypt.failed");
            }
        }
    }
}
