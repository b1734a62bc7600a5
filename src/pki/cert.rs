//! Certificates: the exact octets, and where in them each field stands (RFC 5280 section 4.1).
//!
//! Reading is lenient, as `openssl x509` is: a certificate whose outer structure can be walked can be shown,
//! and what is malformed inside is an error of the accessor that needs it. Whoever relies on a certificate
//! asks for [`Certificate::decoded`] too, which is strict.

use std::fmt;
use std::sync::OnceLock;

use der::Decode;
use der::asn1::ObjectIdentifier;
use sha2::{Digest, Sha256};
use x509_cert::certificate::{CertificateInner, Raw};

use crate::asn1::tag;
use crate::asn1::tlv::{Reader, Tlv};
use crate::error::{Condition, Error};
use crate::octets::{Slice, Span};
use crate::pki::extension::{self, BasicConstraints, GeneralName, KeyUsage};
use crate::pki::name::NameDigest;
use crate::pki::{name, time};
use crate::report::text;

/// A certificate, as received.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    fields: Fields,
    decoded: OnceLock<Result<CertificateInner<Raw>, Error>>,
    digests: OnceLock<Digests>,
    subject_text: OnceLock<String>,
    issuer_text: OnceLock<String>,
}

/// What stands for parts of the certificate where many are compared, made when first asked for.
#[derive(Clone, Copy)]
struct Digests {
    whole: [u8; 32],
    public_key: [u8; 32],
    issuer: NameDigest,
    subject: NameDigest,
}

/// Where in the octets each field stands. The names, the algorithms and the public key are whole elements,
/// of the others it is the contents.
#[derive(Clone, Default)]
struct Fields {
    tbs: Span,
    version: Span,
    serial: Span,
    inner_algorithm: Span,
    issuer: Span,
    not_before: (u8, Span),
    not_after: (u8, Span),
    subject: Span,
    public_key: Span,
    extensions: Vec<ExtensionFields>,
    outer_algorithm: Span,
    signature: Span,
}

#[derive(Clone, Copy)]
pub(super) struct ExtensionFields {
    pub(super) identifier: Span,
    pub(super) critical: bool,
    pub(super) value: Span,
}

/// An extension, as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The contents of the OBJECT IDENTIFIER.
    pub identifier: &'a [u8],
    /// Whether whoever does not understand it has to refuse the certificate.
    pub critical: bool,
    /// The contents of the OCTET STRING.
    pub value: &'a [u8],
}

impl Certificate {
    /// Reads a certificate that fills `der`.
    ///
    /// # Errors
    /// `trust.malformed` if the outer structure cannot be walked.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let fields = fields(Slice::new(der)).map_err(|error| malformed(&error))?;
        Ok(Certificate {
            der: der.to_vec(),
            fields,
            decoded: OnceLock::new(),
            digests: OnceLock::new(),
            subject_text: OnceLock::new(),
            issuer_text: OnceLock::new(),
        })
    }

    /// The exact octets.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that are signed: tbsCertificate.
    pub fn tbs(&self) -> &[u8] {
        self.at(self.fields.tbs)
    }

    /// The version, from 1; 0 if it is malformed.
    pub fn version(&self) -> u8 {
        match self.at(self.fields.version) {
            [] => 1,
            [number] => number.checked_add(1).unwrap_or_default(),
            _ => 0,
        }
    }

    /// The name of the issuer, in DER.
    pub fn issuer(&self) -> &[u8] {
        self.at(self.fields.issuer)
    }

    /// The name of the subject, in DER.
    pub fn subject(&self) -> &[u8] {
        self.at(self.fields.subject)
    }

    /// The contents of the serial number.
    pub fn serial(&self) -> &[u8] {
        self.at(self.fields.serial)
    }

    /// SubjectPublicKeyInfo, in DER.
    pub fn public_key(&self) -> &[u8] {
        self.at(self.fields.public_key)
    }

    /// The AlgorithmIdentifier inside the signed octets, in DER.
    pub fn inner_signature_algorithm(&self) -> &[u8] {
        self.at(self.fields.inner_algorithm)
    }

    /// The AlgorithmIdentifier beside the signature, in DER.
    pub fn signature_algorithm(&self) -> &[u8] {
        self.at(self.fields.outer_algorithm)
    }

    /// The signature of the issuer.
    ///
    /// # Errors
    /// `trust.malformed` if the BIT STRING has unused bits.
    pub fn signature(&self) -> Result<&[u8], Error> {
        match self.at(self.fields.signature) {
            [0, signature @ ..] => Ok(signature),
            _ => Err(Error::new(Condition::TrustMalformed).detail("the signature has unused bits")),
        }
    }

    /// The first second of validity, counted from 1970.
    ///
    /// # Errors
    /// `trust.malformed` if the time is not written as RFC 5280 section 4.1.2.5 asks.
    pub fn not_before(&self) -> Result<i64, Error> {
        self.time(self.fields.not_before, "notBefore")
    }

    /// The last second of validity, counted from 1970.
    ///
    /// # Errors
    /// As [`Certificate::not_before`].
    pub fn not_after(&self) -> Result<i64, Error> {
        self.time(self.fields.not_after, "notAfter")
    }

    fn time(&self, (tag, span): (u8, Span), field: &str) -> Result<i64, Error> {
        time::seconds(tag, self.at(span)).ok_or_else(|| {
            Error::new(Condition::TrustMalformed).detail(format!("{field} is not a time that can be read"))
        })
    }

    /// The extensions in their order.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.fields.extensions.iter().map(|extension| Extension {
            identifier: self.at(extension.identifier),
            critical: extension.critical,
            value: self.at(extension.value),
        })
    }

    /// The extension of a kind.
    ///
    /// # Errors
    /// `trust.extension` if it is there twice.
    pub fn extension(&self, identifier: &ObjectIdentifier) -> Result<Option<Extension<'_>>, Error> {
        let mut found = self.extensions().filter(|extension| extension.identifier == identifier.as_bytes());
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(_) => Err(Error::new(Condition::TrustExtension).detail(format!("{identifier} stands twice"))),
        }
    }

    /// What the key may be used for, if that is limited.
    ///
    /// # Errors
    /// `trust.extension`, as for every extension below.
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, Error> {
        self.value_of(&extension::KEY_USAGE, extension::key_usage)
    }

    /// The purposes the certificate is limited to, if it is.
    ///
    /// # Errors
    /// `trust.extension`.
    pub fn extended_key_usage(&self) -> Result<Option<Vec<ObjectIdentifier>>, Error> {
        self.value_of(&extension::EXTENDED_KEY_USAGE, extension::extended_key_usage)
    }

    /// Whether this is an authority.
    ///
    /// # Errors
    /// `trust.extension`.
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, Error> {
        self.value_of(&extension::BASIC_CONSTRAINTS, extension::basic_constraints)
    }

    /// The identifier of the key.
    ///
    /// # Errors
    /// `trust.extension`.
    pub fn subject_key_identifier(&self) -> Result<Option<&[u8]>, Error> {
        self.value_of(&extension::SUBJECT_KEY_IDENTIFIER, extension::octet_string)
    }

    /// The identifier of the issuer's key, if the issuer is named so.
    ///
    /// # Errors
    /// `trust.extension`.
    pub fn authority_key_identifier(&self) -> Result<Option<&[u8]>, Error> {
        let found = self.value_of(&extension::AUTHORITY_KEY_IDENTIFIER, extension::key_identifier)?;
        Ok(found.flatten())
    }

    /// The names of the subject beside its distinguished name, in their order. An odd one does not hide the
    /// others.
    ///
    /// # Errors
    /// `trust.extension` if the list itself is malformed.
    pub fn subject_alternative_names(&self) -> Result<Vec<GeneralName<'_>>, Error> {
        let names = self.value_of(&extension::SUBJECT_ALTERNATIVE_NAME, extension::general_names)?;
        Ok(names.unwrap_or_default())
    }

    fn value_of<'a, T>(
        &'a self,
        identifier: &ObjectIdentifier,
        read: fn(Slice<'a>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(extension) = self.extension(identifier)? else { return Ok(None) };
        read(Slice::new(extension.value)).map(Some).map_err(|error| {
            Error::new(Condition::TrustExtension).detail(format!("{}: {error}", extension::title(identifier)))
        })
    }

    /// SHA-256 of the whole certificate.
    pub fn fingerprint_sha256(&self) -> [u8; 32] {
        self.digests().whole
    }

    /// SHA-256 of SubjectPublicKeyInfo.
    pub fn public_key_sha256(&self) -> [u8; 32] {
        self.digests().public_key
    }

    /// What the name of the issuer is compared by.
    pub fn issuer_digest(&self) -> &NameDigest {
        &self.digests().issuer
    }

    /// What the name of the subject is compared by.
    pub fn subject_digest(&self) -> &NameDigest {
        &self.digests().subject
    }

    fn digests(&self) -> &Digests {
        self.digests.get_or_init(|| Digests {
            whole: Sha256::digest(&self.der).into(),
            public_key: Sha256::digest(self.public_key()).into(),
            issuer: NameDigest::new(self.issuer()),
            subject: NameDigest::new(self.subject()),
        })
    }

    /// What a user needs to recognise it (RFC 3261 section 23.2): subject, issuer and fingerprint, safe to be shown.
    pub fn described(&self) -> String {
        let fingerprint = text::hex(&self.fingerprint_sha256());
        format!("{}, issued by {}, SHA-256 fingerprint {fingerprint}", self.subject_text(), self.issuer_text())
    }

    /// The name of the subject, safe to be shown.
    pub fn subject_text(&self) -> String {
        self.subject_text.get_or_init(|| name::text(self.subject())).clone()
    }

    /// The name of the issuer, safe to be shown.
    pub fn issuer_text(&self) -> String {
        self.issuer_text.get_or_init(|| name::text(self.issuer())).clone()
    }

    /// The contents of the serial number in hexadecimal, cut short if it is absurdly long.
    pub fn serial_text(&self) -> String {
        let serial = self.serial();
        match serial.get(..SHOWN_SERIAL) {
            Some(start) if start.len() < serial.len() => format!("{}...", hex::encode(start)),
            _ => hex::encode(serial),
        }
    }

    /// Whether this is the certificate of an issuer, its name in DER, with the contents of a serial number. Serial
    /// numbers are compared as numbers.
    pub fn is_named(&self, issuer: &[u8], serial: &[u8]) -> bool {
        self.is_named_by(&NameDigest::new(issuer), serial)
    }

    pub(super) fn is_named_by(&self, issuer: &NameDigest, serial: &[u8]) -> bool {
        minimal(self.serial()) == minimal(serial) && self.issuer_digest().is_same(issuer)
    }

    /// Whether it has this subject key identifier. One that is malformed or repeated names no key.
    pub fn has_key_identifier(&self, identifier: &[u8]) -> bool {
        self.subject_key_identifier() == Ok(Some(identifier))
    }

    /// Whether subject and issuer have the same name. That does not mean that it signed itself.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_digest().is_same(self.subject_digest())
    }

    /// The certificate as RFC 5280 and DER ask it to be. It is decoded when first asked for.
    ///
    /// # Errors
    /// `trust.malformed` if it is not.
    pub fn decoded(&self) -> Result<&CertificateInner<Raw>, Error> {
        let decode = || {
            CertificateInner::from_der(&self.der)
                .map_err(|error| Error::new(Condition::TrustMalformed).detail(error.to_string()))
        };
        self.decoded.get_or_init(decode).as_ref().map_err(Error::clone)
    }

    fn at(&self, span: Span) -> &[u8] {
        self.der.get(span.start..span.end).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject_text(), hex::encode(self.fingerprint_sha256()))
    }
}

/// ```text
/// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
/// TBSCertificate ::= SEQUENCE { version [0], serialNumber, signature, issuer, validity, subject,
///     subjectPublicKeyInfo, issuerUniqueID [1], subjectUniqueID [2], extensions [3] EXPLICIT }
/// ```
fn fields(der: Slice<'_>) -> Result<Fields, Error> {
    let mut fields = Fields::default();
    let mut certificate = Tlv::parse(der)?.expect(tag::SEQUENCE)?.elements()?;
    let tbs = certificate.expect(tag::SEQUENCE)?;
    fields.tbs = tbs.whole.span();
    fields.outer_algorithm = certificate.expect(tag::SEQUENCE)?.whole.span();
    fields.signature = certificate.expect(tag::BIT_STRING)?.contents.span();
    certificate.finish()?;

    let mut tbs = tbs.elements()?;
    if let Some(version) = tbs.optional(tag::context_constructed(0))? {
        fields.version = version.elements()?.expect(tag::INTEGER)?.contents.span();
    }
    fields.serial = tbs.expect(tag::INTEGER)?.contents.span();
    fields.inner_algorithm = tbs.expect(tag::SEQUENCE)?.whole.span();
    fields.issuer = tbs.expect(tag::SEQUENCE)?.whole.span();
    let mut validity = tbs.expect(tag::SEQUENCE)?.elements()?;
    let mut time = || validity.next_element().map(|time| (time.tag, time.contents.span()));
    (fields.not_before, fields.not_after) = (time()?, time()?);
    fields.subject = tbs.expect(tag::SEQUENCE)?.whole.span();
    fields.public_key = tbs.expect(tag::SEQUENCE)?.whole.span();
    for unique_identifier in [1, 2] {
        tbs.optional(tag::context(unique_identifier))?;
    }
    if let Some(extensions) = tbs.optional(tag::context_constructed(3))? {
        let mut extensions = extensions.elements()?.expect(tag::SEQUENCE)?.elements()?;
        while !extensions.is_done() {
            fields.extensions.push(extension_fields(&mut extensions)?);
        }
    }
    tbs.finish()?;
    Ok(fields)
}

/// `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
pub(super) fn extension_fields(extensions: &mut Reader<'_>) -> Result<ExtensionFields, Error> {
    let mut extension = extensions.expect(tag::SEQUENCE)?.elements()?;
    let identifier = extension.expect(tag::OBJECT_IDENTIFIER)?.contents.span();
    let critical = extension.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.contents.octets() != [0]);
    let value = extension.expect(tag::OCTET_STRING)?.contents.span();
    extension.finish()?;
    Ok(ExtensionFields { identifier, critical, value })
}

/// The contents of an INTEGER without superfluous zeros in front: some write certificates with them and
/// signer identifiers without.
pub(super) fn minimal(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number
        && rest.first().is_some_and(|octet| octet & 0x80 == 0)
    {
        number = rest;
    }
    number
}

fn malformed(error: &Error) -> Error {
    let place = error.place().octets.map(|octets| format!(" (octet {} of it)", octets.start)).unwrap_or_default();
    Error::new(Condition::TrustMalformed).detail(format!("{error}{place}"))
}

/// How many octets of a serial number are shown.
const SHOWN_SERIAL: usize = 64;

#[cfg(test)]
mod tests {
    use der::Encode;

    use super::*;
    use crate::pki::testing::{Odd, file};

    #[test]
    fn every_field_is_where_it_stands() {
        let alice = file("keys/alice.pem");
        let decoded = alice.decoded().unwrap().clone();
        let tbs = decoded.tbs_certificate();
        assert_eq!(alice.tbs(), tbs.to_der().unwrap());
        assert_eq!(alice.issuer(), tbs.issuer().to_der().unwrap());
        assert_eq!(alice.subject(), tbs.subject().to_der().unwrap());
        assert_eq!(alice.serial(), tbs.serial_number().as_bytes());
        assert_eq!(alice.public_key(), tbs.subject_public_key_info().to_der().unwrap());
        assert_eq!(alice.inner_signature_algorithm(), tbs.signature().to_der().unwrap());
        assert_eq!(alice.signature_algorithm(), decoded.signature_algorithm().to_der().unwrap());
        assert_eq!(alice.signature().unwrap(), decoded.signature().raw_bytes());
        assert_eq!((alice.not_before().unwrap(), alice.not_after().unwrap()), (1_735_689_600, 2_366_841_600));
        assert_eq!(alice.version(), 3);
        assert!(alice.key_usage().unwrap().unwrap().signs());
        assert_eq!(alice.extended_key_usage().unwrap(), None);
        assert_eq!(alice.basic_constraints().unwrap(), None);
        let names: Vec<_> = alice.subject_alternative_names().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["URI:sip:alice@example.com"]);
        let ca = file("keys/ca.pem");
        assert_eq!(alice.authority_key_identifier().unwrap(), ca.subject_key_identifier().unwrap());
        assert!(ca.basic_constraints().unwrap().unwrap().authority);
        assert!(ca.is_self_issued() && !alice.is_self_issued());
        assert_eq!(alice.issuer(), ca.subject());
    }

    // Certificates that are odd inside can still be shown; only what needs the odd field fails.
    #[test]
    fn odd_certificates_are_read() {
        let odd = Odd { serial: vec![], ..Odd::default() }.certificate();
        assert_eq!(odd.serial(), b"");
        assert_eq!(odd.decoded().unwrap_err().code(), "trust.malformed");
        let odd = Odd { serial: vec![0xFF; 500], ..Odd::default() }.certificate();
        assert_eq!(odd.serial_text().len(), 131);
        let versions: [(&[u8], u8); 5] = [
            (&[], 1),
            (&[0xA0, 3, 2, 1, 0], 1),
            (&[0xA0, 3, 2, 1, 3], 4),
            (&[0xA0, 3, 2, 1, 0xFF], 0),
            (&[0xA0, 4, 2, 2, 1, 0], 0),
        ];
        for (version, expected) in versions {
            assert_eq!(Odd { version: version.to_vec(), ..Odd::default() }.certificate().version(), expected);
        }
        let odd = Odd { not_before: (0x17, b"2501010000Z".to_vec()), ..Odd::default() }.certificate();
        assert_eq!(odd.not_before().unwrap_err().code(), "trust.malformed");
        assert!(odd.not_after().is_ok());
        let odd = Odd { subject: vec![0x30, 2, 5, 0], ..Odd::default() }.certificate();
        assert_eq!(odd.subject_text(), "#30020500");
    }

    #[test]
    fn p4_an_extension_that_stands_twice_has_no_value() {
        let usage = |bits| (extension::KEY_USAGE, false, vec![3, 2, 0, bits]);
        let twice = Odd { extensions: vec![usage(0x80), usage(0x20)], ..Odd::default() }.certificate();
        assert_eq!(twice.key_usage().unwrap_err().code(), "trust.extension");
        assert_eq!(twice.extensions().count(), 2);
        assert_eq!(twice.extended_key_usage(), Ok(None));
        let malformed = (extension::KEY_USAGE, true, vec![4, 0]);
        let malformed = Odd { extensions: vec![malformed], ..Odd::default() }.certificate();
        assert_eq!(
            malformed.key_usage().unwrap_err().to_string(),
            "an extension of a certificate is malformed or repeated: keyUsage: an ASN.1 element is not of the \
             expected type: found 0x04, expected 0x03"
        );
    }

    // Every prefix of a certificate is malformed, and so is one that more octets follow; none is a panic.
    #[test]
    fn what_is_no_certificate() {
        let der = file("keys/alice.pem").der;
        for length in 0..der.len() {
            assert_eq!(Certificate::from_der(&der[..length]).unwrap_err().code(), "trust.malformed");
        }
        assert!(Certificate::from_der(&[&der[..], &[0]].concat()).is_err());
        assert!(Certificate::from_der(&Odd { after_extensions: vec![5, 0], ..Odd::default() }.der()).is_err());
        for at in 0..der.len() {
            let mut flipped = der.clone();
            flipped[at] ^= 0x20;
            if let Ok(certificate) = Certificate::from_der(&flipped) {
                // Whatever comes out, it must not panic.
                let _ = (certificate.not_before(), certificate.signature(), certificate.decoded().is_ok());
                let _ = (certificate.key_usage(), certificate.subject_alternative_names().is_ok());
                let _ = (certificate.subject_text(), certificate.version());
            }
        }
    }
}
