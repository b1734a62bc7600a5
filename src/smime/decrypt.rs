//! Decrypt: the key from the one RecipientInfo that is ours, and the content only when its tag was right (RFC 5652
//! section 6, RFC 5083, RFC 8591 section 4.2).
//!
//! Padding, key and tag fail with one and the same error: which of them it was is what an attacker asks (threats B1,
//! B11). What everybody can see in the message, such as a nonce of the wrong length, may be said. A cipher without
//! authentication is opened, but its content is marked: nothing shows that it was not changed.

use std::fmt;

use der::referenced::OwnedToRef;
use rand_core::CryptoRng;

use crate::alg;
use crate::alg::cipher::{self, ContentCipher};
use crate::cms::attributes::Attributes;
use crate::cms::recipient::{Identity, KeyRequest, PasswordBudget, RecipientInfo, key_agreement};
use crate::cms::{ContentKey, EnvelopedData, content, oid};
use crate::error::{Condition, Error};
use crate::mime::entity::Entity;
use crate::mime::field::LineRule;
use crate::octets::Slice;
use crate::report::{EncryptionReport, Finding, Integrity};
use crate::smime::Encrypted;
use crate::spec;

/// The finding about a cipher that has no authentication.
pub(super) const UNAUTHENTICATED: &str = "CBC-UNAUTHENTICATED";

/// How to decrypt.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecryptOptions {
    /// Whether 3DES is read.
    pub allow_legacy: bool,
    /// Whether a cipher without authentication is refused.
    pub require_authentication: bool,
    /// How many octets the result should be able to grow by without being copied: a SIP head goes in front of it.
    pub reserve: usize,
}

/// Content that was decrypted. Only [`decrypt`] makes one, and only if the tag was right or the cipher has none.
pub struct Decrypted {
    octets: Vec<u8>,
    cipher: &'static dyn ContentCipher,
    recipient: usize,
    findings: Vec<Finding>,
}

impl Decrypted {
    /// The content.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The content as an entity; an error if it is none.
    ///
    /// # Errors
    /// `mime.*`.
    pub fn entity(&self) -> Result<Entity<'_>, Error> {
        Entity::parse(Slice::new(&self.octets), LineRule::CrLfOrLf).map_err(Error::without_octets)
    }

    /// The content.
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// What the cipher shows: [`Integrity::None`] for CBC, [`Integrity::Authenticated`] for GCM and ChaCha20-Poly1305.
    pub fn integrity(&self) -> Integrity {
        if self.cipher.is_authenticated() { Integrity::Authenticated } else { Integrity::None }
    }

    /// The cipher.
    pub fn cipher(&self) -> &'static dyn ContentCipher {
        self.cipher
    }

    /// The recipient as whom it was opened, from 1.
    pub fn recipient(&self) -> usize {
        self.recipient
    }

    /// What is worth saying only because the key was right.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted").field("integrity", &self.integrity()).finish_non_exhaustive()
    }
}

/// Decrypts an object. What everybody can see in it goes into `report` and `findings` even if it cannot be opened. All
/// objects of one message share a budget for passwords.
///
/// # Errors
/// `decrypt.*`; `cms.*`, `asn1.*` and `limit.count` if it is malformed.
pub fn decrypt(
    encrypted: &Encrypted<'_>,
    keys: (&[&dyn Identity], &PasswordBudget),
    options: DecryptOptions,
    report: &mut EncryptionReport,
    findings: &mut Vec<Finding>,
    rng: &mut dyn CryptoRng,
) -> Result<Decrypted, Error> {
    findings.extend(encrypted.object.findings.iter().cloned());
    report.kind.clone_from(&encrypted.kind);
    let opened = EnvelopedData::parse(encrypted.object.slice())
        .and_then(|envelope| open(&envelope, keys, options, report, findings, rng));
    opened.map_err(|error| encrypted.object.placed(error))
}

fn open(
    envelope: &EnvelopedData<'_>,
    (identities, budget): (&[&dyn Identity], &PasswordBudget),
    options: DecryptOptions,
    report: &mut EncryptionReport,
    findings: &mut Vec<Finding>,
    rng: &mut dyn CryptoRng,
) -> Result<Decrypted, Error> {
    report.recipients = envelope.recipients.iter().map(ToString::to_string).collect();
    let unprotected = envelope.unprotected_attributes.iter().flat_map(Attributes::iter);
    report.unprotected_attributes = unprotected.map(|attribute| alg::oid_name(&attribute.kind)).collect();
    let known = cipher::by_oid(envelope.cipher.oid);
    report.cipher = known.map_or_else(|| alg::oid_name(&envelope.cipher.oid), |cipher| cipher.name().to_owned());
    let (version, expected) = (envelope.version, envelope.expected_version());
    if version != expected {
        let text = format!("the version of the object is {version}, its fields are those of {expected}");
        findings.push(Finding::warning("CMS-VERSION", spec::CMS_ENCRYPTED_CONTENT, text));
    }
    let deviation = envelope.attributes_deviation();
    findings.extend(deviation.map(|text| Finding::warning("CMS-AUTH-ATTRIBUTES", spec::CMS_AUTH_ATTRIBUTES, text)));
    let cipher = accepted_cipher(envelope, options)?;
    if envelope.content_type != oid::DATA {
        let name = content::content_type_name(&envelope.content_type);
        let error = Error::new(Condition::CmsContentType).detail(format!("encrypted content of type {name}"));
        return Err(error.hinting("only data, which is a MIME entity, is read"));
    }
    let parameters = cipher.read_parameters(envelope.cipher.owned_to_ref().parameters)?;
    let tag = envelope.authentication.as_ref().map(|authentication| &*authentication.tag).unwrap_or_default();
    if tag.len() != parameters.tag_length {
        return Err(Error::new(Condition::DecryptFailed).detail(format!(
            "the tag has {} octets, the parameters of {} say {}",
            tag.len(),
            cipher.name(),
            parameters.tag_length
        )));
    }
    let additional = additional_data(envelope)?;
    let request = KeyRequest::new(envelope, cipher.key_length(), options.allow_legacy, budget);
    let plain = Error::new(Condition::DecryptFailed);
    let (number, identity, key) =
        content_key(&request, identities, rng).map_err(|error| if error == plain { failed(cipher) } else { error })?;

    // One allocation, with room for what goes in front: the content is decrypted where it will stay.
    let ciphertext = &envelope.ciphertext;
    let mut octets = Vec::with_capacity(ciphertext.len().saturating_add(options.reserve));
    octets.extend_from_slice(ciphertext);
    let length = additional
        .iter()
        .find_map(|additional| cipher.decrypt(key.octets(), &parameters, additional, &mut octets, tag).ok())
        .ok_or_else(|| failed(cipher))?;
    alg::wipe::stack();
    octets.truncate(length);
    let mut secret = cipher_finding(cipher);
    let weak = |what: String| Finding::warning("WEAK-KEY", spec::SMIME_KEY_SIZE, what);
    secret.extend(identity.weakness().map(weak));
    secret.extend(envelope.recipients.get(number).into_iter().flat_map(recipient_findings));
    Ok(Decrypted { octets, cipher, recipient: number.saturating_add(1), findings: secret })
}

/// Why a content cannot be decrypted. A cipher without authentication fails in one way, whatever it was: a wrong key,
/// bad padding, or something inside that is not as it should be (threats B11).
pub fn failed(cipher: &dyn ContentCipher) -> Error {
    let error = Error::new(Condition::DecryptFailed);
    if cipher.is_authenticated() {
        return error;
    }
    error
        .detail(format!(
            "with {} it is not said whether the key, the padding or what is inside is wrong",
            cipher.name()
        ))
        .hinting(
            "the key or the password is another one, the message was changed on the way, or what is inside is no MIME \
             entity, or not signed; -outform mime without --verify asks the least of it",
        )
}

/// The cipher, if it belongs in this kind of object and is allowed. A message whose authenticated cipher was replaced
/// by one without is not opened as what it was (CVE-2026-34182, threats B5).
fn accepted_cipher(envelope: &EnvelopedData<'_>, options: DecryptOptions) -> Result<&'static dyn ContentCipher, Error> {
    let cipher = cipher::by_oid(envelope.cipher.oid)
        .ok_or_else(|| Error::new(Condition::CipherUnsupported).detail(alg::oid_name(&envelope.cipher.oid)))?;
    let refused = match cipher {
        _ if cipher.is_authenticated() != envelope.authentication.is_some() => Condition::CipherMisplaced,
        _ if options.require_authentication && !cipher.is_authenticated() => Condition::NotAuthenticated,
        _ if cipher.is_legacy() && !options.allow_legacy => Condition::LegacyCipher,
        _ => return Ok(cipher),
    };
    Err(Error::new(refused).detail(cipher.name()))
}

/// What is worth saying about a cipher that was accepted.
fn cipher_finding(cipher: &dyn ContentCipher) -> Vec<Finding> {
    let name = cipher.name();
    let weak = Finding::warning("WEAK-ALG", spec::SMIME_LEGACY_CIPHERS, format!("the cipher {name}"));
    let text = format!("{name} does not show whether the content was changed on the way");
    let open = Finding::warning(UNAUTHENTICATED, spec::SMIME_AUTHENTICATED, text);
    let is_open = !cipher.is_authenticated();
    [(cipher.is_legacy(), weak), (is_open, open)].into_iter().filter(|(is_so, _)| *is_so).map(|(_, one)| one).collect()
}

/// The key, the number of the recipient that held it, and who it is. The first RecipientInfo that is ours decides, whatever
/// follows (threats B2); only a password, which no RecipientInfo names, is tried with each.
fn content_key<'i>(
    request: &KeyRequest<'_, '_>,
    identities: &[&'i dyn Identity],
    rng: &mut dyn CryptoRng,
) -> Result<(usize, &'i dyn Identity, ContentKey), Error> {
    let envelope = request.envelope;
    let mut failure = None;
    for (number, info) in envelope.recipients.iter().enumerate() {
        let mut answers =
            identities.iter().filter_map(|identity| Some((*identity, identity.unwrap(info, request, rng)?)));
        match (answers.next(), info) {
            (None, _) => {}
            (Some((identity, Ok(key))), _) => return Ok((number, identity, key)),
            (Some((_, Err(error))), RecipientInfo::Password(_)) => failure = failure.or(Some(error)),
            (Some((_, Err(error))), _) => return Err(error),
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let recipients = || {
        let shown = envelope.recipients.iter().take(SHOWN_RECIPIENTS).map(ToString::to_string);
        let rest = envelope.recipients.len().saturating_sub(SHOWN_RECIPIENTS);
        let rest = (rest > 0).then(|| format!("{rest} more"));
        shown.chain(rest).collect::<Vec<_>>().join("; ")
    };
    let condition = match identities.iter().any(|identity| identity.is_undecided(request)) {
        true => Condition::WhichRecipient,
        false => Condition::NoRecipient,
    };
    Err(Error::new(condition).detail(recipients()))
}

/// What the tag covers besides the content: the authenticated attributes in DER, under the tag of a SET (RFC 5083
/// section 2.2). Writers that did not sort them covered what they wrote.
fn additional_data(envelope: &EnvelopedData<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let attributes = envelope.authentication.as_ref().and_then(|authentication| authentication.attributes.as_ref());
    let Some(attributes) = attributes else { return Ok(vec![Vec::new()]) };
    let (der, received) = (attributes.der()?, attributes.as_received());
    Ok(if der == received { vec![der] } else { vec![der, received] })
}

/// What is worth saying about how the key got here.
pub fn recipient_findings(info: &RecipientInfo<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let RecipientInfo::KeyAgreement(info) = info else { return findings };
    if let Ok(derivation) = key_agreement::derivation(info)
        && derivation.digest().length() < 32
    {
        let code = if derivation.digest().is_weak() { "KDF-SHA1" } else { "KDF-SHA224" };
        let text = format!("the key was derived with {}; RFC 8591 asks for SHA-256", derivation.name());
        findings.push(Finding::warning(code, spec::KEY_AGREEMENT, text));
    }
    if key_agreement::is_unusual_derivation(info) {
        let text = "the key was derived with HKDF, which is for X25519, from EC keys";
        findings.push(Finding::info("KDF-UNUSUAL", spec::KEY_AGREEMENT_HKDF, text));
    }
    if key_agreement::is_wrapped_key(info) {
        let text = "the ephemeral X25519 key is an OCTET STRING inside its BIT STRING";
        findings.push(Finding::info("X25519-WRAPPED-KEY", spec::KEY_AGREEMENT, text));
    }
    findings
}

const SHOWN_RECIPIENTS: usize = 8;
