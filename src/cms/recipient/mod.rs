//! Recipients: who gets the content-encryption key, and how (RFC 5652 section 6.2).
//!
//! The one joint of encryption. A [`Recipient`] encrypts a key and writes a RecipientInfo. An [`Identity`] is
//! shown each RecipientInfo of a message and answers `None` (not mine), or the key, or why it is mine and cannot
//! be opened. A new kind of recipient is one file that implements both.
//!
//! | file | RecipientInfo | RFC |
//! | --- | --- | --- |
//! | `key_transport` | ktri: RSA | 3370, 3560 |
//! | `key_agreement` | kari: ECDH and X25519 | 5753, 8418 |
//! | `kek` | kekri: a key agreed on beforehand | 5652 section 6.2.3 |
//! | `password` | pwri | 3211 |
//!
//! Kinds and versions that are not known are passed over; they may be for others.

use std::cell::OnceCell;
use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::asn1::tlv::Tlv;
use crate::asn1::{encode, tag};
use crate::cms::content::elements_up_to;
use crate::cms::enveloped::{EnvelopedData, MAX_RECIPIENTS};
use crate::cms::recipient::private_key::Candidates;
use crate::cms::signed::SignerIdentifier;
use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::report::text;

pub mod kek;
pub mod key_agreement;
pub mod key_transport;
pub mod password;
pub mod private_key;

pub use kek::Kek;
pub use key_agreement::{Common, KeyAgreement, Originator};
pub use key_transport::KeyTransport;
pub use password::{Password, PasswordBudget};

/// How a recipient names its certificate: as a signer does.
pub type RecipientIdentifier<'a> = SignerIdentifier<'a>;

/// A content-encryption key. It is wiped when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<Vec<u8>>);

impl ContentKey {
    /// A fresh key of so many octets.
    pub fn generate(length: usize, rng: &mut dyn CryptoRng) -> Self {
        let mut octets = Zeroizing::new(vec![0; length]);
        rng.fill_bytes(&mut octets);
        ContentKey(octets)
    }

    /// A key that must have so many octets.
    ///
    /// # Errors
    /// `decrypt.failed`.
    pub fn exact(octets: Zeroizing<Vec<u8>>, length: usize) -> Result<Self, Error> {
        match octets.len() == length {
            true => Ok(ContentKey(octets)),
            false => Err(Error::new(Condition::DecryptFailed)),
        }
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentKey").finish_non_exhaustive()
    }
}

/// Someone a message is encrypted for.
pub trait Recipient: fmt::Debug {
    /// Encrypts the key for this recipient.
    ///
    /// # Errors
    /// `encrypt.*`.
    fn wrap(&self, key: &ContentKey, rng: &mut dyn CryptoRng) -> Result<RecipientInfoBuf, Error>;

    /// Who it is and how the key gets there, for people.
    fn text(&self) -> String;
}

/// A RecipientInfo to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientInfoBuf {
    /// The RecipientInfo in DER.
    pub octets: Vec<u8>,
    /// The lowest version of EnvelopedData that may hold it (RFC 5652 section 6.1).
    pub lowest_version: u8,
}

/// The key that is looked for.
#[derive(Debug)]
pub struct KeyRequest<'e, 'a> {
    /// The object that the key opens.
    pub envelope: &'e EnvelopedData<'a>,
    /// The octets of the key.
    pub length: usize,
    /// Whether a key wrapped with 3DES is read.
    pub allow_legacy: bool,
    /// Whether the keys of all password recipients may be derived. That is judged and paid when the first one is asked for.
    passwords: OnceCell<Result<(), Error>>,
    budget: &'e PasswordBudget,
    /// How many RecipientInfos there are for each kind of private key.
    candidates: Candidates,
}

impl<'e, 'a> KeyRequest<'e, 'a> {
    /// Asks for a key of `length` octets. All layers of one message have one budget.
    pub fn new(envelope: &'e EnvelopedData<'a>, length: usize, allow_legacy: bool, budget: &'e PasswordBudget) -> Self {
        let candidates = Candidates::count(envelope);
        KeyRequest { envelope, length, allow_legacy, passwords: OnceCell::new(), budget, candidates }
    }

    /// Judges what the passwords cost, before any is tried.
    fn check_password_cost(&self) -> Result<(), Error> {
        self.passwords.get_or_init(|| self.budget.spend(password::cost(self.envelope))).clone()
    }

    /// Judges how a key is wrapped.
    fn check_legacy(&self, is_legacy: bool) -> Result<(), Error> {
        match is_legacy && !self.allow_legacy {
            true => Err(Error::new(Condition::LegacyCipher).detail("the key is wrapped with 3DES")),
            false => Ok(()),
        }
    }
}

/// Someone who can open a message.
pub trait Identity: fmt::Debug {
    /// The key that a RecipientInfo holds; `None` if it is not for this identity.
    ///
    /// Whether a key is right is not known here: RSA with PKCS #1 v1.5 gives one in any case (threats B1).
    fn unwrap(
        &self,
        info: &RecipientInfo<'_>,
        request: &KeyRequest<'_, '_>,
        rng: &mut dyn CryptoRng,
    ) -> Option<Result<ContentKey, Error>>;

    /// What makes its key weaker than it should be, if anything does.
    fn weakness(&self) -> Option<String> {
        None
    }

    /// Whether this identity may be one of the recipients, and cannot know which.
    fn is_undecided(&self, _request: &KeyRequest<'_, '_>) -> bool {
        false
    }
}

/// One recipient as received.
#[derive(Clone, Debug)]
pub enum RecipientInfo<'a> {
    /// ktri: the key is encrypted with a public key.
    KeyTransport(KeyTransport<'a>),
    /// kari: the key is encrypted with a key that both agree on.
    KeyAgreement(KeyAgreement<'a>),
    /// kekri: the key is encrypted with a key agreed on beforehand.
    Kek(Kek<'a>),
    /// pwri: the key is encrypted with a key derived from a password.
    Password(Password<'a>),
    /// A kind or a version that is not known.
    Other {
        /// What it is, in words.
        text: String,
        /// The lowest version of EnvelopedData that may hold it.
        lowest_version: u8,
    },
}

impl<'a> RecipientInfo<'a> {
    /// Reads a SET OF RecipientInfo, at most [`MAX_RECIPIENTS`] recipients.
    ///
    /// # Errors
    /// `limit.count`, `asn1.*`, `cms.structure`.
    pub(super) fn parse_set(set: &Tlv<'a>) -> Result<Vec<Self>, Error> {
        let mut recipients = Vec::new();
        for info in elements_up_to(set, MAX_RECIPIENTS, "recipients")? {
            recipients.extend(Self::parse(&info)?);
            if recipients.len() > MAX_RECIPIENTS {
                return Err(Error::new(Condition::LimitCount)
                    .detail(format!("more than {MAX_RECIPIENTS} recipients"))
                    .at(set.whole.span()));
            }
        }
        Ok(recipients)
    }

    /// Reads one RecipientInfo, which may be for several recipients.
    ///
    /// Of a known kind and version it must be as its ASN.1 says, whoever it is for: one that is malformed refuses the
    /// object for everybody, as does every other element of it. RFC 5652 has others passed over only if they are of a
    /// kind or version that is not known. The encrypted key and the parameters are read by their owner alone.
    fn parse(tlv: &Tlv<'a>) -> Result<Vec<Self>, Error> {
        const KARI: u8 = tag::context_constructed(1);
        const KEKRI: u8 = tag::context_constructed(2);
        const PWRI: u8 = tag::context_constructed(3);
        const ORI: u8 = tag::context_constructed(4);
        let name = match tlv.tag {
            tag::SEQUENCE => "key transport",
            KARI => "key agreement",
            KEKRI => "key-encryption key",
            PWRI => "password",
            ORI => return Ok(vec![RecipientInfo::other("another kind of recipient", 3)]),
            // A later member of the CHOICE has a context tag, too.
            0x80..=0xBF => {
                return Ok(vec![RecipientInfo::other(format!("a recipient with the tag 0x{:02x}", tlv.tag), 3)]);
            }
            _ => return Err(tlv.expect(tag::SEQUENCE).err().unwrap_or_else(|| Error::new(Condition::Asn1Tag))),
        };
        let mut fields = tlv.elements()?;
        // A version that does not exist is not for us, whatever follows.
        let version = fields.expect(tag::INTEGER)?.contents.octets();
        let recipients = match (tlv.tag, version) {
            (tag::SEQUENCE, [version @ (0 | 2)]) => {
                vec![RecipientInfo::KeyTransport(KeyTransport::parse(*version, &mut fields)?)]
            }
            (KARI, [3]) => KeyAgreement::parse_all(&mut fields)?.into_iter().map(RecipientInfo::KeyAgreement).collect(),
            (KEKRI, [4]) => vec![RecipientInfo::Kek(Kek::parse(&mut fields)?)],
            (PWRI, [0]) => vec![RecipientInfo::Password(Password::parse(&mut fields)?)],
            (_, version) => {
                let lowest_version = if tlv.tag == PWRI { 3 } else { 2 };
                let version = if version.is_empty() { "(none)".into() } else { text::hex(version) };
                let text = format!("{name} of the unknown version {version}");
                return Ok(vec![RecipientInfo::other(text, lowest_version)]);
            }
        };
        fields.finish()?;
        Ok(recipients)
    }

    fn other(text: impl Into<String>, lowest_version: u8) -> Self {
        RecipientInfo::Other { text: text.into(), lowest_version }
    }

    /// The lowest version of EnvelopedData that may hold it (RFC 5652 section 6.1).
    pub fn lowest_version(&self) -> u8 {
        match self {
            RecipientInfo::KeyTransport(KeyTransport { version: 0, .. }) => 0,
            RecipientInfo::KeyTransport(_) | RecipientInfo::KeyAgreement(_) | RecipientInfo::Kek(_) => 2,
            RecipientInfo::Password(_) => 3,
            RecipientInfo::Other { lowest_version, .. } => *lowest_version,
        }
    }
}

/// As people read it.
impl fmt::Display for RecipientInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecipientInfo::KeyTransport(info) => write!(f, "{} (key transport)", info.identifier),
            RecipientInfo::KeyAgreement(info) => write!(f, "{} (key agreement)", info.identifier),
            RecipientInfo::Kek(info) => write!(f, "key-encryption key {}", kek::identifier_text(&info.identifier)),
            RecipientInfo::Password(_) => f.write_str("a password"),
            RecipientInfo::Other { text, .. } => f.write_str(text),
        }
    }
}

/// A key, or what was given in its place, that cannot be opened: `detail` is what everybody can see.
fn unopenable(detail: impl Into<String>) -> Error {
    Error::new(Condition::DecryptFailed).detail(detail)
}

/// How a certificate is named: issuer and serial number, or the subject key identifier under the tag that it has here.
fn identifier_octets(certificate: &Certificate, by_key: bool, key_tag: u8) -> Result<Vec<u8>, Error> {
    if !by_key {
        let serial = encode::element(tag::INTEGER, &[certificate.serial()]);
        return Ok(encode::element(tag::SEQUENCE, &[certificate.issuer(), &serial]));
    }
    let key = certificate.subject_key_identifier()?.ok_or_else(|| {
        Error::new(Condition::EncryptFailed)
            .detail(format!("{} has no subject key identifier", certificate.subject_text()))
            .hinting("leave -keyid out")
    })?;
    Ok(encode::element(key_tag, &[key]))
}

/// A recipient with a certificate, as people read it.
fn recipient_text(certificate: &Certificate, how: &str) -> String {
    let names: Vec<String> = certificate
        .subject_alternative_names()
        .unwrap_or_default()
        .iter()
        .take(SHOWN_NAMES)
        .map(ToString::to_string)
        .collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    format!("{}{names}, {how}", certificate.subject_text())
}

const SHOWN_NAMES: usize = 4;
