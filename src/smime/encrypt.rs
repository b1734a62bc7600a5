//! Encrypt: an entity becomes an AuthEnvelopedData or EnvelopedData body (RFC 8551 sections 3.3 and 3.4, RFC 8591
//! section 4.2).
//!
//! Key and nonce are fresh for every message. The content is copied once, into the message that is written, and is
//! encrypted there; so nothing can be written in between ([`Unsealed::write`]). Certificates are checked before they
//! are used.

use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::alg::agreement;
use crate::alg::cipher::{ContentCipher, Parameters};
use crate::alg::rsa_transport::TransportScheme;
use crate::alg::{self, policy, rsa};
use crate::cms::ContentKey;
use crate::cms::enveloped::EnvelopedDataParts;
use crate::cms::recipient::Recipient;
use crate::cms::recipient::key_agreement::KeyAgreementRecipient;
use crate::cms::recipient::key_transport::KeyTransportRecipient;
use crate::error::{Condition, Error};
use crate::mime::entity::{EntityBuf, Rope};
use crate::octets;
use crate::pki::Certificate;
use crate::report::{Finding, text};
use crate::smime::sign::{BodyEncoding, encoded};
use crate::spec;

/// How smime-type spells auth-enveloped-data (TRAP-01). Both are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmimeTypeStyle {
    /// `auth-enveloped-data`, as RFC 8591 section 4.2 has it.
    #[default]
    Rfc8591,
    /// `authEnveloped-data`, as RFC 8551 section 3.2.2 has it.
    Rfc8551,
}

/// How to encrypt.
#[derive(Clone, Copy, Debug)]
pub struct EncryptOptions {
    /// The content-encryption algorithm. One with authentication makes auth-enveloped-data.
    pub cipher: &'static dyn ContentCipher,
    /// The transfer encoding of the CMS object.
    pub encoding: BodyEncoding,
    /// How smime-type is spelled.
    pub smime_type: SmimeTypeStyle,
}

/// How the key gets to the owners of certificates.
#[derive(Clone, Copy, Debug)]
pub struct RecipientOptions {
    /// How it is encrypted with RSA keys.
    pub transport: TransportScheme,
    /// Whether certificates are named by their subject key identifiers.
    pub key_identifier: bool,
    /// The time at which certificates must be valid, in seconds since 1970.
    pub time: i64,
}

/// The owner of a certificate as a recipient, if the certificate may be used so (RFC 5652 section 6.2, ENC-16, ENC-23).
///
/// # Errors
/// `encrypt.expired`, `encrypt.not-yet-valid`, `encrypt.key-usage`, `encrypt.key-kind`, `encrypt.weak-key`;
/// `trust.malformed`, `trust.extension` and `certificate.public-key` about the certificate.
pub fn recipient<'c>(
    certificate: &'c Certificate,
    options: &RecipientOptions,
) -> Result<Box<dyn Recipient + 'c>, Error> {
    let key_identifier = options.key_identifier;
    certificate.decoded()?;
    let (from, to) = (certificate.not_before()?, certificate.not_after()?);
    if options.time > to {
        let text = format!("{} was valid until {}", certificate.subject_text(), text::time(to));
        return Err(Error::new(Condition::RecipientExpired).detail(text));
    }
    if options.time < from {
        let text = format!("{} is valid from {}", certificate.subject_text(), text::time(from));
        return Err(Error::new(Condition::RecipientNotYetValid).detail(text));
    }
    let Some(receives) = receives(certificate) else {
        let key = alg::public_key(certificate.public_key())?;
        let kind = alg::key_algorithm(&key).map(|kind| kind.name().to_owned());
        let curve = key.algorithm.parameters_oid().ok().map(|curve| format!(" with {}", alg::oid_name(&curve)));
        let kind = kind.unwrap_or_else(|_| alg::oid_name(&key.algorithm.oid) + &curve.unwrap_or_default());
        return Err(Error::new(Condition::RecipientKeyKind).detail(kind));
    };
    certificate.key_usage()?;
    if !may_receive(certificate) {
        return Err(Error::new(Condition::RecipientKeyUsage).detail(certificate.subject_text()));
    }
    policy::check_recipient_key(certificate.public_key())?;
    Ok(match receives {
        Receives::Transport => {
            Box::new(KeyTransportRecipient { certificate, scheme: options.transport, key_identifier })
        }
        Receives::Agreement => Box::new(KeyAgreementRecipient { certificate, key_identifier }),
    })
}

/// How a key can receive another.
enum Receives {
    Transport,
    Agreement,
}

fn receives(certificate: &Certificate) -> Option<Receives> {
    let key = alg::public_key(certificate.public_key()).ok()?;
    if alg::key_algorithm(&key).is_ok_and(|kind| kind.name() == rsa::NAME) {
        return Some(Receives::Transport);
    }
    agreement::key_agreement(&key).map(|_| Receives::Agreement)
}

/// Whether the key of a certificate can receive keys, and the certificate lets it.
pub(super) fn may_receive(certificate: &Certificate) -> bool {
    let usage = match certificate.key_usage() {
        Ok(usage) => usage,
        Err(_) => return false,
    };
    match receives(certificate) {
        Some(Receives::Transport) => usage.is_none_or(|usage| usage.enciphers_keys()),
        Some(Receives::Agreement) => usage.is_none_or(|usage| usage.agrees_on_keys()),
        None => false,
    }
}

/// An object that is complete but for the encryption of its content.
#[derive(Debug)]
pub struct Unsealed<'e> {
    before: Vec<u8>,
    content: Rope<'e>,
    after: Vec<u8>,
    seal: Seal,
}

/// What encrypts the content where it stands.
#[derive(Debug)]
struct Seal {
    options: EncryptOptions,
    key: ContentKey,
    parameters: Parameters,
    /// Octets before the content, of the content, and of the encrypted content.
    before: usize,
    content: usize,
    sealed: usize,
}

/// Prepares an object for `recipients`, of whom there must be one: key, nonce, and everything around the content.
///
/// # Errors
/// `encrypt.failed` and what [`Recipient::wrap`] says.
pub fn encrypt<'e>(
    content: Rope<'e>,
    recipients: &[&dyn Recipient],
    options: EncryptOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Unsealed<'e>, Error> {
    if recipients.is_empty() {
        return Err(Error::new(Condition::EncryptFailed).detail("there is no recipient"));
    }
    let cipher = options.cipher;
    let key = ContentKey::generate(cipher.key_length(), rng);
    let parameters = cipher.fresh_parameters(rng);
    let length = content.iter().map(|piece| piece.len()).fold(0, usize::saturating_add);
    let sealed = cipher.sealed_length(length);
    let wrapped: Result<_, Error> = recipients.iter().map(|recipient| recipient.wrap(&key, rng)).collect();
    alg::wipe::stack();
    let (before, after) = EnvelopedDataParts {
        recipients: wrapped?,
        cipher: cipher.identifier(&parameters),
        tag_length: cipher.is_authenticated().then_some(parameters.tag_length),
    }
    .frame(sealed);
    let seal = Seal { options, key, parameters, before: before.len(), content: length, sealed };
    Ok(Unsealed { before, content, after, seal })
}

impl<'e> Unsealed<'e> {
    /// The object in DER.
    ///
    /// # Errors
    /// `encrypt.failed`.
    pub fn into_object(self) -> Result<Vec<u8>, Error> {
        let (pieces, seal) = self.into_pieces();
        let mut object = pieces.concat();
        seal.apply(&mut object)?;
        Ok(object)
    }

    /// The object as an entity, put into a message by `assemble`. The body must be the end of what that returns.
    ///
    /// # Errors
    /// `encrypt.failed`, and what `assemble` says.
    pub fn write(self, assemble: impl FnOnce(&EntityBuf<'_>) -> Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
        let options = self.seal.options;
        if options.encoding == BodyEncoding::Base64 {
            let (body, _) = encoded(vec![Cow::Owned(self.into_object()?)], BodyEncoding::Base64);
            return assemble(&entity(body, options, "base64"));
        }
        let before = self.before.clone();
        let (pieces, seal) = self.into_pieces();
        let length = pieces.iter().map(|piece| piece.len()).fold(0, usize::saturating_add);
        let mut message = assemble(&entity(pieces, options, "binary"))?;
        let object = octets::split_end_mut(&mut message, length).map(|(_, object)| object);
        // Were anything to follow the body, what is encrypted would not be the content.
        let object = object.filter(|object| object.starts_with(&before));
        let object = object.ok_or_else(|| Error::new(Condition::EncryptFailed))?;
        seal.apply(object)?;
        Ok(message)
    }

    /// Everything but the seal: the content in clear, and zeros where padding and tag will stand.
    fn into_pieces(self) -> (Rope<'e>, Seal) {
        let padding = vec![0; self.seal.sealed.saturating_sub(self.seal.content)];
        let mut pieces = vec![Cow::Owned(self.before)];
        pieces.extend(self.content);
        pieces.extend([Cow::Owned(padding), Cow::Owned(self.after)]);
        (pieces, self.seal)
    }
}

impl Seal {
    /// Encrypts the content where it stands in `object`, and writes the tag, which is the end of it.
    fn apply(self, object: &mut [u8]) -> Result<(), Error> {
        let failed = || Error::new(Condition::EncryptFailed);
        let Seal { options, key, parameters, .. } = self;
        let (_, rest) = object.split_at_mut_checked(self.before).ok_or_else(failed)?;
        let (content, after) = rest.split_at_mut_checked(self.sealed).ok_or_else(failed)?;
        let tag = options.cipher.encrypt(key.octets(), &parameters, &[], content, self.content);
        alg::wipe::stack();
        let tag = tag?;
        let (_, place) = octets::split_end_mut(after, tag.len()).ok_or_else(failed)?;
        place.copy_from_slice(&tag);
        Ok(())
    }
}

/// The entity that takes the place of the one that is encrypted.
fn entity<'e>(body: Rope<'e>, options: EncryptOptions, encoding: &str) -> EntityBuf<'e> {
    let smime_type = match (options.cipher.is_authenticated(), options.smime_type) {
        (false, _) => "enveloped-data",
        (true, SmimeTypeStyle::Rfc8591) => "auth-enveloped-data",
        (true, SmimeTypeStyle::Rfc8551) => "authEnveloped-data",
    };
    let mut entity = EntityBuf::new(body);
    let content_type = format!("application/pkcs7-mime; smime-type={smime_type}; name=\"smime.p7m\"");
    entity.push("Content-Type", &content_type);
    entity.push("Content-Disposition", "attachment; filename=\"smime.p7m\"; handling=required");
    entity.push("Content-Transfer-Encoding", encoding);
    entity
}

/// What receivers will hold against a message encrypted so.
pub fn option_findings(options: &EncryptOptions) -> Option<Finding> {
    let name = options.cipher.name();
    let text = format!("{name} does not show whether the content was changed on the way: sign it, or use AES-GCM");
    (!options.cipher.is_authenticated())
        .then(|| Finding::warning("CBC-UNAUTHENTICATED", spec::SMIME_AUTHENTICATED, text))
}
