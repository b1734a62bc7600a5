//! A key agreed on beforehand (RFC 5652 section 6.2.3, RFC 8591 section 4.2): kekri.
//!
//! Both sides hold the same key-encryption key under the same name. It wraps the content-encryption key with the AES
//! key wrap of its own length.

use std::borrow::Cow;
use std::fmt;

use der::referenced::OwnedToRef;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use crate::alg::{self, key_wrap};
use crate::asn1::tlv::Reader;
use crate::asn1::{encode, tag};
use crate::cms::recipient::{ContentKey, Identity, KeyRequest, Recipient, RecipientInfo, RecipientInfoBuf, unopenable};
use crate::cms::{algorithm_identifier, octet_string};
use crate::error::{Condition, Error};
use crate::report::text;

/// `KEKRecipientInfo ::= SEQUENCE { version, kekid { keyIdentifier, date, other }, keyEncryptionAlgorithm,
/// encryptedKey }`
#[derive(Clone, Debug)]
pub struct Kek<'a> {
    /// The name of the key-encryption key.
    pub identifier: Cow<'a, [u8]>,
    /// How the key is encrypted.
    pub algorithm: AlgorithmIdentifierOwned,
    /// The encrypted key.
    pub encrypted_key: Cow<'a, [u8]>,
}

impl<'a> Kek<'a> {
    /// Reads what follows the version.
    pub(super) fn parse(fields: &mut Reader<'a>) -> Result<Self, Error> {
        let mut identifier = fields.expect(tag::SEQUENCE)?.elements()?;
        let identifier = octet_string(&identifier.next_element()?, "the identifier of a key")?;
        let algorithm = algorithm_identifier(&fields.next_element()?)?;
        let encrypted_key = octet_string(&fields.next_element()?, "the encrypted key")?;
        Ok(Kek { identifier, algorithm, encrypted_key })
    }
}

/// A key-encryption key with its name. It is wiped when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct KeyEncryptionKey {
    identifier: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl KeyEncryptionKey {
    /// A key of 16, 24 or 32 octets.
    ///
    /// # Errors
    /// `kek.unreadable`.
    pub fn new(identifier: Vec<u8>, key: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        if key_wrap::by_key_length(key.len()).is_none() {
            return Err(Error::new(Condition::KekUnreadable).detail(format!("it has {} octets", key.len())));
        }
        Ok(KeyEncryptionKey { identifier, key })
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyEncryptionKey({})", identifier_text(&self.identifier))
    }
}

impl Recipient for KeyEncryptionKey {
    fn wrap(&self, key: &ContentKey, _rng: &mut dyn CryptoRng) -> Result<RecipientInfoBuf, Error> {
        let wrap = key_wrap::by_key_length(self.key.len()).ok_or_else(|| Error::new(Condition::EncryptFailed))?;
        let encrypted = encode::element(tag::OCTET_STRING, &[&wrap.wrap(&self.key, key.octets())?]);
        let identifier = encode::element(tag::OCTET_STRING, &[&self.identifier]);
        let identifier = encode::element(tag::SEQUENCE, &[&identifier]);
        let parts: [&[u8]; 4] = [&[tag::INTEGER, 1, 4], &identifier, &wrap.identifier(), &encrypted];
        Ok(RecipientInfoBuf { octets: encode::element(tag::context_constructed(2), &parts), lowest_version: 2 })
    }

    fn text(&self) -> String {
        format!("key-encryption key {}", identifier_text(&self.identifier))
    }
}

impl Identity for KeyEncryptionKey {
    fn unwrap(
        &self,
        info: &RecipientInfo<'_>,
        request: &KeyRequest<'_, '_>,
        _rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>> {
        match info {
            RecipientInfo::Kek(info) if *info.identifier == self.identifier => Some(self.open(info, request)),
            _ => None,
        }
    }
}

impl KeyEncryptionKey {
    fn open(&self, info: &Kek<'_>, request: &KeyRequest<'_, '_>) -> Result<ContentKey, Error> {
        let algorithm = info.algorithm.owned_to_ref();
        let wrap = key_wrap::by_oid(algorithm.oid)
            .ok_or_else(|| Error::new(Condition::RecipientUnsupported).detail(alg::oid_name(&algorithm.oid)))?;
        request.check_legacy(wrap.is_legacy())?;
        if wrap.key_length() != self.key.len() {
            let (name, wanted) = (wrap.name(), wrap.key_length());
            return Err(unopenable(format!("{name} takes a key of {wanted} octets, this one has {}", self.key.len())));
        }
        ContentKey::exact(wrap.unwrap(&self.key, &info.encrypted_key)?, request.length)
    }
}

/// How many characters of a name are shown (threats R8).
const SHOWN: usize = 64;

/// The name of a key-encryption key: text if it is text, else hexadecimal as `--kek` takes it.
pub fn identifier_text(identifier: &[u8]) -> String {
    match std::str::from_utf8(identifier) {
        Ok(name) if !name.is_empty() && !name.starts_with("0x") && !name.chars().any(char::is_control) => {
            let shown: String = name.chars().take(SHOWN).collect();
            if shown.len() < name.len() { format!("{shown}… ({} octets)", name.len()) } else { shown }
        }
        _ => format!("0x{}", text::hex(identifier)),
    }
}
