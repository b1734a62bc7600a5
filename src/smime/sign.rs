//! Sign: an entity becomes a SignedData body (RFC 8551 sections 2.5 and 3.5, RFC 8591 section 4.1).
//!
//! Opaque signatures carry the entity inside, detached ones stand beside it in a multipart/signed. The
//! entity is hashed where it lies and copied once, into the message that is written. Time and randomness
//! are arguments; ECDSA is deterministic, so equal arguments give equal octets.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use der::Encode;
use der::asn1::{GeneralizedTime, UtcTime};
use rand_core::CryptoRng;

use crate::alg::{self, Digest, Scheme, SigningKey, policy};
use crate::asn1::{encode, tag};
use crate::cms::oid;
use crate::cms::signed::SignedDataParts;
use crate::error::{Condition, Error};
use crate::mime::canonical::CanonicalEntity;
use crate::mime::entity::EntityBuf;
use crate::mime::{multipart, transfer};
use crate::pki::Certificate;
use crate::pki::key::PrivateKey;
use crate::report::Finding;
use crate::smime::integrity::looks_like_attributes;
use crate::spec;

/// A certificate with its private key.
#[derive(Debug)]
pub struct Signer {
    certificate: Certificate,
    key: PrivateKey,
}

impl Signer {
    /// Joins a certificate and its key.
    ///
    /// # Errors
    /// `sign.key-mismatch`, `sign.key-usage` (RFC 8550 section 4.4.2, and keys that only agree), `sign.weak-key`
    /// (RSA below 2048 bits).
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, Error> {
        if key.public_key() != certificate.public_key() {
            return Err(Error::new(Condition::KeyCertificateMismatch).detail(certificate.subject_text()));
        }
        if certificate.key_usage()?.is_some_and(|usage| !usage.signs()) {
            return Err(Error::new(Condition::SignerCannotSign).detail(certificate.subject_text()));
        }
        let signer = Signer { certificate, key };
        policy::check_signing(signer.signing_key()?)?;
        Ok(signer)
    }

    /// Finds the first of `keys` that may sign, with its certificate among `certificates`, and gives back the other
    /// certificates: they may be its issuers. A PKCS #12 file often has a key to sign with and one to decrypt with.
    ///
    /// # Errors
    /// As [`new`](Self::new), about the first key; if no certificate is its, about the first.
    pub fn among(certificates: Vec<Certificate>, keys: Vec<PrivateKey>) -> Result<(Self, Vec<Certificate>), Error> {
        let mut first = None;
        for key in keys {
            match Self::with_key(certificates.clone(), key) {
                Ok(found) => return Ok(found),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| Error::new(Condition::KeyFileUnreadable)))
    }

    fn with_key(mut certificates: Vec<Certificate>, key: PrivateKey) -> Result<(Self, Vec<Certificate>), Error> {
        let public_key = key.public_key();
        let position = certificates.iter().position(|certificate| certificate.public_key() == public_key);
        if certificates.is_empty() {
            return Err(Error::new(Condition::CertificateFileUnreadable));
        }
        let certificate = certificates.swap_remove(position.unwrap_or_default());
        Ok((Signer::new(certificate, key)?, certificates))
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn signing_key(&self) -> Result<&dyn SigningKey, Error> {
        self.key.signing_key().ok_or_else(|| {
            Error::new(Condition::SignerCannotSign).detail(format!("a key of the kind {}", self.key.key().name()))
        })
    }
}

/// The certificates that go into a message (RFC 8591 section 7.1, RFC 8550 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// None: the receiver must have the signer's.
    Nothing,
    /// The signer's.
    Signer,
    /// The signer's and those of its issuers, without the root.
    Chain,
    /// The signer's and all others at hand.
    Everything,
}

impl Include {
    /// The certificates, out of those at hand.
    pub fn certificates(self, signer: &Signer, others: Vec<Certificate>) -> Vec<Certificate> {
        let signer = signer.certificate.clone();
        match self {
            Include::Nothing => Vec::new(),
            Include::Signer => vec![signer],
            Include::Chain => chain(signer, &others),
            Include::Everything => std::iter::once(signer).chain(others).collect(),
        }
    }
}

fn chain(signer: Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut issuer = signer.issuer().to_vec();
    let mut chain = vec![signer];
    // Each certificate is taken once, so a circle of issuers ends.
    while let Some(next) = others
        .iter()
        .find(|other| other.subject() == issuer && !other.is_self_issued() && chain.iter().all(|known| known != *other))
    {
        issuer = next.issuer().to_vec();
        chain.push(next.clone());
    }
    chain
}

/// Where the signed entity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Inside the CMS object: application/pkcs7-mime; smime-type=signed-data.
    Opaque,
    /// Beside it: multipart/signed.
    Detached,
}

/// The signed attributes to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeSet {
    /// All that RFC 8551 section 2.5 recommends, and CMSAlgorithmProtection.
    Full,
    /// content-type, message-digest and signing-time.
    Minimal,
    /// None: the signature covers the content directly. Not safe; for old peers.
    None,
}

/// The transfer encoding of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEncoding {
    /// binary, as RFC 3853 asks.
    Binary,
    /// base64, for hops that are not 8-bit clean.
    Base64,
}

/// How to sign.
#[derive(Debug)]
pub struct SignOptions<'a> {
    /// Opaque or detached.
    pub layout: Layout,
    /// The certificates to include.
    pub certificates: Vec<&'a Certificate>,
    /// Whether the signer is named by its subject key identifier.
    pub key_identifier: bool,
    /// The digest; `None` for the one that fits the key.
    pub digest: Option<&'static dyn Digest>,
    /// The signed attributes.
    pub attributes: AttributeSet,
    /// Whether RSA keys sign with PSS.
    pub pss: bool,
    /// The transfer encoding of the CMS object.
    pub encoding: BodyEncoding,
    /// Whether to write what RFC 6216 shows: SHA-1 with rsaEncryption, digest parameters NULL, an old micalg
    /// name, and no signed attributes whatever `attributes` says.
    pub rfc6216: bool,
    /// The signing time in seconds since 1970.
    pub time: i64,
}

impl<'a> SignOptions<'a> {
    /// What RFC 8591 and RFC 8551 recommend: opaque, with these certificates and every attribute, in binary.
    pub fn recommended(certificates: Vec<&'a Certificate>, time: i64) -> Self {
        SignOptions {
            layout: Layout::Opaque,
            certificates,
            key_identifier: false,
            digest: None,
            attributes: AttributeSet::Full,
            pss: false,
            encoding: BodyEncoding::Binary,
            rfc6216: false,
            time,
        }
    }

    fn has_no_attributes(&self) -> bool {
        self.rfc6216 || self.attributes == AttributeSet::None
    }
}

/// A CMS object of which the content is not copied yet: before it, after it, and whether it is inside.
#[derive(Debug)]
pub struct SignedObject {
    before: Vec<u8>,
    after: Vec<u8>,
    opaque: bool,
    digest: &'static dyn Digest,
}

impl SignedObject {
    /// The object in DER, as pieces.
    pub fn pieces<'p>(self, entity: &'p CanonicalEntity<'_>) -> Vec<Cow<'p, [u8]>> {
        let content = entity.parts().into_iter().filter(|_| self.opaque).map(Cow::Borrowed);
        std::iter::once(Cow::Owned(self.before)).chain(content).chain([Cow::Owned(self.after)]).collect()
    }
}

/// Signs an entity and returns the CMS object.
///
/// # Errors
/// `sign.*` if the key cannot sign so, or the content may not be signed so.
pub fn sign_object(
    entity: &CanonicalEntity<'_>,
    signer: &Signer,
    options: &SignOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<SignedObject, Error> {
    let key = signer.signing_key()?;
    let scheme = match options.rfc6216 {
        true => rfc6216_scheme(key)?,
        false => key.scheme(options.digest, options.pss)?,
    };
    let digest = scheme.digest();
    let digest_identifier = alg::digest::digest_identifier(digest, options.rfc6216);
    let signature_identifier = scheme.identifier();
    let parts = entity.parts();
    let (attributes, signature) = if options.has_no_attributes() {
        let content = parts.concat();
        if looks_like_attributes(&content) {
            return Err(Error::new(Condition::SignContent));
        }
        (Vec::new(), key.sign(&scheme, &content, rng)?)
    } else {
        let content_digest = digest.digest(&parts);
        let set = signed_attributes(signer, options, &content_digest, &digest_identifier, &signature_identifier)?;
        let signature = key.sign(&scheme, &set, rng)?;
        (encode::retag(tag::context_constructed(0), &set), signature)
    };
    let (version, identifier) = signer_identifier(&signer.certificate, options.key_identifier)?;
    let signature = encode::element(tag::OCTET_STRING, &[&signature]);
    let info = sequence(&[version, &identifier, &digest_identifier, &attributes, &signature_identifier, &signature]);
    let opaque = options.layout == Layout::Opaque;
    let (before, after) = SignedDataParts {
        digest_algorithms: vec![digest_identifier],
        certificates: options.certificates.iter().map(|certificate| certificate.der()).collect(),
        signers: vec![info],
        key_identifiers: options.key_identifier,
    }
    .frame(opaque.then_some(entity.len()));
    Ok(SignedObject { before, after, opaque, digest })
}

/// The signed attributes as a SET OF in DER: what is signed, and with another tag what is written.
fn signed_attributes(
    signer: &Signer,
    options: &SignOptions<'_>,
    content_digest: &[u8],
    digest_identifier: &[u8],
    signature_identifier: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut list = vec![
        attribute(oid::CONTENT_TYPE, &object_identifier(oid::DATA)),
        attribute(oid::MESSAGE_DIGEST, &encode::element(tag::OCTET_STRING, &[content_digest])),
        attribute(oid::SIGNING_TIME, &time(options.time)?),
    ];
    if options.attributes == AttributeSet::Full {
        let signature = encode::retag(tag::context_constructed(1), signature_identifier);
        list.push(attribute(oid::ALGORITHM_PROTECTION, &sequence(&[digest_identifier, &signature])));
        list.push(attribute(oid::SMIME_CAPABILITIES, &capabilities()));
        list.push(attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(&signer.certificate)));
    }
    Ok(encode::set_of(tag::SET, list))
}

/// The version of a SignerInfo and how it names its signer (RFC 5652 section 5.3).
fn signer_identifier(certificate: &Certificate, by_key: bool) -> Result<(&'static [u8], Vec<u8>), Error> {
    if !by_key {
        let serial = encode::element(tag::INTEGER, &[certificate.serial()]);
        return Ok((&[tag::INTEGER, 1, 1], sequence(&[certificate.issuer(), &serial])));
    }
    let key = certificate.subject_key_identifier()?.ok_or_else(|| {
        Error::new(Condition::SignFailed)
            .detail("-keyid needs a subject key identifier, the certificate has none")
            .hinting("leave -keyid out")
    })?;
    Ok((&[tag::INTEGER, 1, 3], encode::element(tag::context(0), &[key])))
}

/// Signs an entity and returns the entity that takes its place.
///
/// # Errors
/// As [`sign_object`].
pub fn sign<'e>(
    entity: &'e CanonicalEntity<'_>,
    signer: &Signer,
    options: &SignOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<EntityBuf<'e>, Error> {
    let object = sign_object(entity, signer, options, rng)?;
    let digest = object.digest;
    let (object, encoding) = encoded(object.pieces(entity), options.encoding);
    if options.layout == Layout::Opaque {
        let mut signed = EntityBuf::new(object);
        signed.push("Content-Type", "application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"");
        signed.push("Content-Disposition", "attachment; filename=\"smime.p7m\"; handling=required");
        signed.push("Content-Transfer-Encoding", encoding);
        return Ok(signed);
    }
    let mut signature = EntityBuf::new(object);
    signature.push("Content-Type", "application/pkcs7-signature; name=\"smime.p7s\"");
    signature.push("Content-Disposition", "attachment; filename=\"smime.p7s\"; handling=required");
    signature.push("Content-Transfer-Encoding", encoding);
    let content: Vec<Cow<'e, [u8]>> = entity.parts().into_iter().map(Cow::Borrowed).collect();
    let parts = vec![content, signature.into_pieces()];
    let boundary = multipart::choose_boundary(&parts, rng);
    let micalg = if options.rfc6216 { digest.name() } else { digest.micalg() };
    let content_type =
        format!("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg={micalg}; boundary=\"{boundary}\"");
    let mut signed = EntityBuf::new(multipart::write(&boundary, parts));
    signed.push("Content-Type", &content_type);
    if options.encoding == BodyEncoding::Binary {
        signed.push("Content-Transfer-Encoding", "binary");
    }
    Ok(signed)
}

/// rsaEncryption with SHA-1, as RFC 6216 section 4.1 shows.
fn rfc6216_scheme(key: &dyn SigningKey) -> Result<Scheme, Error> {
    let digest = alg::digest::by_name("sha1").filter(|_| key.name() == alg::rsa::NAME);
    digest.map(Scheme::RsaEncryption).ok_or_else(|| {
        Error::new(Condition::SignDigest)
            .detail(format!("--profile rfc6216 with a {} key", key.name()))
            .hinting("RFC 6216 knows RSA keys only")
    })
}

pub(super) fn encoded(pieces: Vec<Cow<'_, [u8]>>, encoding: BodyEncoding) -> (Vec<Cow<'_, [u8]>>, &'static str) {
    match encoding {
        BodyEncoding::Binary => (pieces, "binary"),
        BodyEncoding::Base64 => (vec![Cow::Owned(transfer::encode_base64(&pieces.concat()))], "base64"),
    }
}

/// What receivers will hold against a signature made so.
pub fn option_findings(signer: &Signer, options: &SignOptions<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if options.has_no_attributes() {
        let text = "without signed attributes the signature can be moved to other content; many receivers refuse it";
        findings.push(Finding::warning("NO-SIGNED-ATTRIBUTES", spec::CMS_SIGNER_INFO, text));
    }
    if options.rfc6216 {
        let text = "SHA-1 is historic: receivers accept it only where old equipment is allowed";
        findings.push(Finding::warning("WEAK-ALG", spec::SMIME_LEGACY, text));
    }
    let certificate = signer.certificate();
    if let (Ok(from), Ok(to)) = (certificate.not_before(), certificate.not_after())
        && !(from..=to).contains(&options.time)
    {
        let text = "the signing certificate is not valid at this time: every receiver will refuse it";
        findings.push(Finding::warning("SIGNTIME-OUTSIDE-CERT", spec::CERT_VALIDITY, text));
    }
    if certificate.extended_key_usage().is_ok_and(|usages| usages.is_some_and(|usages| !is_for_messages(&usages))) {
        let text = "the signing certificate is for another purpose than messages: receivers will refuse it";
        findings.push(Finding::warning("EKU-NO-EMAIL", spec::CERT_EXTENDED_KEY_USAGE, text));
    }
    findings
}

fn is_for_messages(usages: &[ObjectIdentifier]) -> bool {
    const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
    const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
    usages.iter().any(|usage| [EMAIL_PROTECTION, ANY].contains(usage))
}

/// The finding for a MESSAGE request that is too large to be sent outside a session (RFC 3428 section 8).
/// `before` and `after` are its octets without and with the signature.
pub fn size_finding(method: Option<&str>, before: usize, after: usize) -> Option<Finding> {
    // The smallest signature of a P-256 key takes some 500 octets.
    let way_out = match before.saturating_add(500) > MESSAGE_LIMIT {
        true => "use MSRP",
        false => "try --minimal, --certs none or -keyid, or use MSRP",
    };
    size_finding_saying(method, after, way_out)
}

/// The same, with what can be done about it.
pub fn size_finding_saying(method: Option<&str>, after: usize, way_out: &str) -> Option<Finding> {
    if method != Some("MESSAGE") || after <= MESSAGE_LIMIT {
        return None;
    }
    let text =
        format!("the MESSAGE has {after} octets, outside a session at most {MESSAGE_LIMIT} may be sent: {way_out}");
    Some(Finding::warning("SIZE-1300", spec::MESSAGE_SIZE, text))
}

const MESSAGE_LIMIT: usize = 1300;

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode::element(tag::SEQUENCE, parts)
}

fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    encode::element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&object_identifier(kind), &encode::element(tag::SET, &[value])])
}

/// UTCTime through 2049, GeneralizedTime from 2050 (RFC 5652 section 11.3).
fn time(seconds: i64) -> Result<Vec<u8>, Error> {
    let unusable = || Error::new(Condition::SignFailed).detail("the signing time is out of range");
    let seconds = u64::try_from(seconds).map_err(|_| unusable())?;
    let duration = std::time::Duration::from_secs(seconds);
    let encoded = match UtcTime::from_unix_duration(duration) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_unix_duration(duration).and_then(|time| time.to_der()),
    };
    encoded.map_err(|_| unusable())
}

/// `SigningCertificateV2` with the one ESSCertIDv2 of the signer: SHA-256 is the default and left out.
fn signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let digest = encode::element(tag::OCTET_STRING, &[&certificate.fingerprint_sha256()]);
    sequence(&[&sequence(&[&sequence(&[&digest])])])
}

/// What we can read, best first (RFC 8551 section 2.5.2, RFC 8591 section 4, RFC 8418 section 6).
fn capabilities() -> Vec<u8> {
    let plain = |text| sequence(&[&object_identifier(ObjectIdentifier::new_unwrap(text))]);
    let with_wrap = |text| {
        let wrap = plain("2.16.840.1.101.3.4.1.5");
        sequence(&[&object_identifier(ObjectIdentifier::new_unwrap(text)), &wrap])
    };
    let list = [
        plain("1.2.840.10045.4.3.2"),            // ecdsa-with-SHA256
        plain("1.3.101.112"),                    // Ed25519
        plain("2.16.840.1.101.3.4.1.6"),         // AES-128-GCM
        plain("2.16.840.1.101.3.4.1.46"),        // AES-256-GCM
        plain("2.16.840.1.101.3.4.1.2"),         // AES-128-CBC
        with_wrap("1.3.132.1.11.1"),             // ECDH, SHA-256 KDF, AES-128 wrap
        with_wrap("1.2.840.113549.1.9.16.3.19"), // X25519, HKDF-SHA-256, AES-128 wrap
        plain("1.2.840.113549.1.9.16.11.1"),     // preferBinaryInside
    ];
    sequence(&list.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    // SGN-22: the exact registered encodings, in order of preference.
    #[test]
    fn sgn_22_capabilities() {
        let encoded = hex::encode(capabilities());
        let at = |needle: &str| encoded.find(needle).unwrap_or_else(|| panic!("{needle} is missing"));
        let gcm = at("300b0609608648016503040106");
        let ecdh = at("301506062b8104010b01300b0609608648016503040105");
        assert!(gcm < ecdh);
        at("301a060b2a864886f70d0109100313300b0609608648016503040105");
    }

    // SGN-17
    #[test]
    fn sgn_17_time_forms() {
        assert_eq!(time(1_548_483_234).unwrap(), b"\x17\x0d190126061354Z");
        assert_eq!(time(2_524_607_999).unwrap(), b"\x17\x0d491231235959Z");
        assert_eq!(time(2_524_608_000).unwrap(), b"\x18\x0f20500101000000Z");
        assert_eq!(time(-1).unwrap_err().code(), "sign.failed");
    }

    #[test]
    fn size_is_a_matter_of_message_requests() {
        assert!(size_finding(Some("MESSAGE"), 500, 1300).is_none());
        assert!(size_finding(Some("MESSAGE"), 500, 1301).unwrap().text.contains("--minimal"));
        assert!(!size_finding(Some("MESSAGE"), 1000, 1800).unwrap().text.contains("--minimal"));
        assert!(size_finding(Some("INVITE"), 500, 9999).is_none());
        assert!(size_finding(None, 500, 9999).is_none());
    }
}
