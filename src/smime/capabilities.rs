//! What a peer can read, and with which key, as it said in a message that it signed (RFC 8551 sections 2.5.2, 2.5.3
//! and 2.7.1).
//!
//! Whoever could make somebody else's capabilities could choose the weakest cipher, so only those count that the
//! owner of a certificate at hand signed. The message's own certificates are not used, neither to verify it nor to
//! encrypt to: nobody signed them.

use const_oid::ObjectIdentifier;

use crate::alg::cipher::{self, ContentCipher};
use crate::alg::policy::Strength;
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::cms::attributes::Attributes;
use crate::cms::{SignedData, SignerIdentifier, oid};
use crate::error::{Condition, Error};
use crate::message::RawMessage;
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::pki::identity::IdentityOptions;
use crate::smime::body::{Output, Request, body_layer, with_signed};
use crate::smime::claim::Claim;
use crate::smime::encrypt::may_receive;
use crate::smime::verify::{self, VerifyOptions};

/// What a peer said of itself.
#[derive(Clone, Debug)]
pub struct Capabilities {
    ciphers: Vec<&'static dyn ContentCipher>,
    /// Which of the certificates at hand it wants to be encrypted to.
    preferred: Option<Certificate>,
}

impl Capabilities {
    /// Reads them from a message that the owner of one of `certificates` signed.
    ///
    /// # Errors
    /// `encrypt.capabilities-signer` if it is signed by somebody else, `encrypt.no-common-cipher` if it names none that
    /// can be written; `verify.*` and others if the signature is not good.
    pub fn from_message(octets: &[u8], certificates: &[Certificate]) -> Result<Self, Error> {
        let request = Request { octets, start: 0, form: None, part: None, output: Output::Same };
        let message = RawMessage::parse(octets, None)?;
        with_signed(body_layer(&message, &request, None)?, |signed| {
            let options = VerifyOptions {
                certificates,
                use_message_certificates: false,
                trust: None,
                known: None,
                claim: Claim::NotAsked("a recipient's certificate is at hand"),
                identity: IdentityOptions::default(),
                strength: Strength::Current,
                any_signer: false,
                require_date: false,
                strict: false,
                diagnose: false,
            };
            let verified = verify::verify(&signed, &options).map_err(|refused| match refused.error.condition() {
                Condition::SignerCertificateMissing => refused.error.with_condition(Condition::CapabilitiesSigner),
                _ => refused.error,
            });
            let verified = verified?;
            let data = SignedData::parse(Slice::new(signed.cms()))?;
            // A SignerInfo that nobody could check may stand beside a good one: nobody signed what it says.
            let mut checked = data.signers.iter().zip(&verified.report().signers);
            let good = checked.find(|(_, report)| report.integrity.is_good()).map(|(signer, _)| signer);
            let attributes = good.and_then(|signer| signer.signed_attributes.as_ref());
            let attributes = attributes.ok_or_else(|| unnamed("the signature has no signed attributes"))?;
            Ok(Capabilities { ciphers: ciphers(attributes)?, preferred: preferred(attributes, certificates)? })
        })?
    }

    /// The cipher that the peer likes best of those that can be written.
    ///
    /// # Errors
    /// `encrypt.no-common-cipher`.
    pub fn cipher(&self) -> Result<&'static dyn ContentCipher, Error> {
        self.ciphers.first().copied().ok_or_else(|| unnamed("none of its capabilities is one"))
    }

    /// The certificate at hand that the peer wants to be encrypted to, if it named one.
    pub fn preferred(&self) -> Option<&Certificate> {
        self.preferred.as_ref()
    }
}

/// Which certificate of a file to encrypt to: the preferred one; or the first that may be used so; or the first, to
/// say why it may not. A file may hold the certificate that somebody signs with beside the other, or its issuers.
pub fn choose(mut certificates: Vec<Certificate>, preferred: Option<&Certificate>) -> Option<Certificate> {
    let is_preferred = |one: &Certificate| preferred.is_some_and(|preferred| preferred == one);
    let position = certificates.iter().position(is_preferred);
    let position = position.or_else(|| certificates.iter().position(may_receive)).unwrap_or_default();
    (position < certificates.len()).then(|| certificates.swap_remove(position))
}

/// The ciphers of SMIMECapabilities, best first. What is not known, or only read, is passed over.
fn ciphers(attributes: &Attributes<'_>) -> Result<Vec<&'static dyn ContentCipher>, Error> {
    let value = attributes.single(oid::SMIME_CAPABILITIES, "smime-capabilities")?;
    let value = value.ok_or_else(|| unnamed("the signature lists no capabilities"))?;
    let mut list = value.expect(tag::SEQUENCE)?.elements()?;
    let mut found = Vec::new();
    while !list.is_done() {
        let kind = list.expect(tag::SEQUENCE)?.elements()?.expect(tag::OBJECT_IDENTIFIER)?.contents;
        let kind = ObjectIdentifier::from_bytes(kind.octets()).ok();
        found.extend(kind.and_then(cipher::by_oid).filter(|cipher| !cipher.is_legacy()));
    }
    Ok(found)
}

/// ```text
/// SMIMEEncryptionKeyPreference ::= CHOICE { issuerAndSerialNumber [0] IMPLICIT, recipientKeyId [1] IMPLICIT {
///     subjectKeyIdentifier, ... }, subjectAltKeyIdentifier [2] IMPLICIT SubjectKeyIdentifier }
/// ```
fn preferred(attributes: &Attributes<'_>, certificates: &[Certificate]) -> Result<Option<Certificate>, Error> {
    let Some(value) = attributes.single(oid::ENCRYPTION_KEY_PREFERENCE, "encryption-key-preference")? else {
        return Ok(None);
    };
    let identifier = key_preference(&value)?;
    let certificate = certificates.iter().find(|certificate| identifier.names(certificate));
    certificate.cloned().map(Some).ok_or_else(|| {
        Error::new(Condition::CapabilitiesSigner)
            .detail(format!("it asks for another certificate: {identifier}"))
            .hinting("give the certificate that it asks for with -recip, too")
    })
}

fn key_preference<'a>(value: &Tlv<'a>) -> Result<SignerIdentifier<'a>, Error> {
    const ISSUER: u8 = tag::context_constructed(0);
    const RECIPIENT: u8 = tag::context_constructed(1);
    const SUBJECT: u8 = tag::context(2);
    match value.tag {
        ISSUER => SignerIdentifier::implicit_issuer_and_serial_number(value),
        RECIPIENT => SignerIdentifier::implicit_recipient_key_identifier(value),
        SUBJECT => Ok(SignerIdentifier::SubjectKeyIdentifier(value.contents.octets())),
        _ => Err(Error::new(Condition::SignedAttributes).detail("encryption-key-preference is malformed")),
    }
}

fn unnamed(detail: &str) -> Error {
    Error::new(Condition::NoCommonCipher).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8551 section 2.5.3: each choice, and nothing after it.
    #[test]
    fn key_preferences() {
        let issuer_and_serial = "issuer , serial 05";
        let rows: [(&str, Result<&str, &str>); 10] = [
            ("a0053000020105", Ok(issuer_and_serial)),
            ("a10304016b", Ok("subject key identifier 6b")),
            // With a date, and with an attribute of another kind.
            ("a10904016b180432303235", Ok("subject key identifier 6b")),
            ("a10504016b3000", Ok("subject key identifier 6b")),
            ("82016b", Ok("subject key identifier 6b")),
            ("a00730000201050500", Err("asn1.trailing")),
            ("a1053000020105", Err("asn1.tag")),
            ("a10504016b0500", Err("asn1.trailing")),
            ("a0023000", Err("asn1.truncated")),
            ("30053000020105", Err("verify.signed-attributes")),
        ];
        for (octets, expected) in rows {
            let octets = hex::decode(octets).unwrap();
            let value = Tlv::parse(Slice::new(&octets)).unwrap();
            let found = key_preference(&value).map(|identifier| identifier.to_string());
            assert_eq!(found.as_deref().map_err(Error::code), expected, "{}", hex::encode(&octets));
        }
    }
}
