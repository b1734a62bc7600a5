//! What MIME and CMS mean together (RFC 8551 section 3, RFC 3261 section 23, RFC 8591 section 4).
//!
//! [`peel`] says what an entity is: plain, a multipart, signed, encrypted or compressed. It trusts the object
//! identifier inside and not the label outside. Nothing signed leaves this room without its verdicts:
//! [`verify`](verify::verify) is the only maker of [`Verified`](verify::Verified). Nothing encrypted leaves it
//! before its tag was checked: [`decrypt`](decrypt::decrypt) is the only maker of
//! [`Decrypted`](decrypt::Decrypted).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use crate::cms::content::content_type_name;
use crate::cms::{ContentInfo, oid};
use crate::error::{Condition, Error};
use crate::mime::content_type::{ContentType, Disposition};
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::mime::multipart::{Multipart, MultipartSigned};
use crate::mime::transfer::TransferEncoding;
use crate::octets::Slice;
use crate::report::Finding;
use crate::spec;

pub mod body;
pub mod capabilities;
pub mod claim;
pub mod decrypt;
pub mod diagnose;
pub mod encrypt;
pub mod encrypted_body;
mod integrity;
mod judge;
pub mod known;
pub mod names;
pub mod open;
pub mod sign;
pub mod verify;

/// What an entity is.
#[derive(Debug)]
pub enum Layer<'a> {
    /// No S/MIME, and not a multipart.
    Plain,
    /// A multipart; a part of it may be signed or encrypted.
    Multipart(Multipart<'a>),
    /// Signed: detached in a multipart/signed, or with the content inside.
    Signed(Signed<'a>),
    /// Encrypted.
    Encrypted(Encrypted<'a>),
    /// Compressed.
    Compressed(Compressed<'a>),
}

/// An encrypted object, not yet decrypted.
#[derive(Debug)]
pub struct Encrypted<'a> {
    object: CmsObject<'a>,
    /// Which of the two kinds it is, by its name.
    kind: String,
}

/// A compressed object.
#[derive(Debug)]
pub struct Compressed<'a> {
    object: CmsObject<'a>,
}

/// A CMS object as it stands in an entity, or alone.
#[derive(Debug)]
pub struct CmsObject<'a> {
    octets: Cow<'a, [u8]>,
    /// Where the octets stand in the input, if they stand there as they are.
    start: Option<usize>,
    /// What the label outside says about the object inside.
    findings: Vec<Finding>,
}

impl CmsObject<'_> {
    /// Its octets.
    pub fn slice(&self) -> Slice<'_> {
        Slice::at(&self.octets, self.start.unwrap_or_default())
    }

    /// Whether they stand in the input as they are.
    pub fn is_in_input(&self) -> bool {
        self.start.is_some()
    }

    /// What the label outside says about the object inside.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The error without its place, if the octets do not stand in the input.
    fn placed(&self, error: Error) -> Error {
        if self.start.is_some() { error } else { error.without_octets() }
    }
}

/// What a CMS object alone is. `start` is where it stands in the input, if it stands there as it is; `content` is the
/// content of a detached signature.
///
/// # Errors
/// `asn1.*` if it is malformed, `cms.content-type` for objects of other kinds.
pub fn peel_cms<'a>(octets: &'a [u8], start: Option<usize>, content: Option<Slice<'a>>) -> Result<Layer<'a>, Error> {
    let object = CmsObject { octets: Cow::Borrowed(octets), start, findings: Vec::new() };
    let kind = ContentInfo::parse(object.slice()).map_err(|error| object.placed(error))?.content_type;
    match kind {
        oid::SIGNED_DATA => Ok(Layer::Signed(Signed::from_cms(octets, start, content))),
        _ => layer(object, kind),
    }
}

fn layer(object: CmsObject<'_>, kind: ObjectIdentifier) -> Result<Layer<'_>, Error> {
    let name = content_type_name(&kind);
    match kind {
        oid::ENVELOPED_DATA | oid::AUTH_ENVELOPED_DATA => Ok(Layer::Encrypted(Encrypted { object, kind: name })),
        oid::COMPRESSED_DATA => Ok(Layer::Compressed(Compressed { object })),
        _ => Err(object.placed(Error::new(Condition::CmsContentType).detail(name).at(object.slice().take(32).span()))),
    }
}

impl Encrypted<'_> {
    /// Which kind of CMS object it is: `enveloped-data` or `auth-enveloped-data`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The CMS object.
    pub fn object(&self) -> &CmsObject<'_> {
        &self.object
    }
}

impl Compressed<'_> {
    /// The CMS object.
    pub fn object(&self) -> &CmsObject<'_> {
        &self.object
    }
}

/// A signed object, not yet verified.
#[derive(Debug)]
pub struct Signed<'a> {
    cms: Cow<'a, [u8]>,
    /// Where `cms` stands in the input, if it stands there as it is.
    cms_start: Option<usize>,
    /// The content of a detached signature.
    content: Option<Slice<'a>>,
    /// What the label outside says about the object inside.
    findings: Vec<Finding>,
    micalg: Option<String>,
    /// Whether the object stands in a message or an entity, and not alone.
    in_message: bool,
    /// The header fields of the entity in which it stands.
    outer: Vec<Field<'a>>,
}

impl<'a> Signed<'a> {
    /// A CMS object alone, with the content if the signature is detached. `start` is where the object stands
    /// in the input, if it stands there as it is and was not decoded first.
    pub fn from_cms(cms: &'a [u8], start: Option<usize>, content: Option<Slice<'a>>) -> Self {
        Signed {
            cms: Cow::Borrowed(cms),
            cms_start: start,
            content,
            findings: Vec::new(),
            micalg: None,
            in_message: false,
            outer: Vec::new(),
        }
    }

    /// The CMS object, in DER or BER.
    pub fn cms(&self) -> &[u8] {
        &self.cms
    }

    /// Where the object stands in the input, if it stands there as it is.
    pub fn cms_start(&self) -> Option<usize> {
        self.cms_start
    }

    /// The content of a detached signature.
    pub fn content(&self) -> Option<Slice<'a>> {
        self.content
    }

    /// What the label outside says about the object inside.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The same, of octets that do not stand in the input, with what was found on the way to them.
    fn elsewhere(self, findings: &[Finding]) -> Self {
        let findings = findings.iter().cloned().chain(self.findings).collect();
        Signed { cms_start: None, findings, ..self }
    }

    fn with_cms(cms: Cow<'a, [u8]>, body: Slice<'a>, entity: &Entity<'a>) -> Self {
        let cms_start = matches!(cms, Cow::Borrowed(_)).then(|| body.span().start);
        let outer = entity.fields().to_vec();
        Signed { cms, cms_start, content: None, findings: Vec::new(), micalg: None, in_message: true, outer }
    }
}

/// Says what an entity is, one layer deep.
///
/// # Errors
/// `mime.*` and `asn1.*` if it is malformed; `cms.content-type` for CMS objects of other kinds.
pub fn peel<'a>(entity: &Entity<'a>) -> Result<Layer<'a>, Error> {
    let Some(content_type) = entity.content_type()? else { return Ok(Layer::Plain) };
    if content_type.is("multipart", "signed") {
        refuse_encoded(entity)?;
        return multipart_signed(entity);
    }
    if content_type.is_multipart() {
        return Multipart::parse(entity).map(Layer::Multipart);
    }
    let disposition = entity.disposition()?;
    if !content_type.is_smime(disposition.as_ref()) {
        return Ok(Layer::Plain);
    }
    refuse_encoded(entity)?;
    let cms = entity.decoded_body()?;
    let info = ContentInfo::parse(Slice::at(&cms, entity.body().span().start))?;
    let kind = info.content_type;
    let mut findings: Vec<Finding> = label_finding(&content_type, &content_type_name(&kind)).into_iter().collect();
    findings.extend(wrapping_findings(entity, &content_type, disposition.as_ref())?);
    if kind == oid::SIGNED_DATA {
        let mut signed = Signed::with_cms(cms, entity.body(), entity);
        signed.findings = findings;
        return Ok(Layer::Signed(signed));
    }
    let start = matches!(cms, Cow::Borrowed(_)).then(|| entity.body().span().start);
    layer(CmsObject { octets: cms, start, findings }, kind)
}

/// What the label says and the object is not. auth-enveloped-data is spelled so by RFC 8591, and otherwise by RFC 8551
/// section 3.2.2 (TRAP-01).
fn label_finding(content_type: &ContentType, name: &str) -> Option<Finding> {
    let label = content_type.parameter("smime-type").filter(|label| !label.eq_ignore_ascii_case(name))?;
    if name == "auth-enveloped-data" && label.eq_ignore_ascii_case("authEnveloped-data") {
        let text = format!("smime-type is spelled {label}, as RFC 8551 has it; RFC 8591 spells it {name}");
        return Some(Finding::info("SMIMETYPE-SPELLING", spec::SMIME_TYPES, text));
    }
    let text = format!("smime-type says {label}, the object is {name}");
    Some(Finding::warning("SMIMETYPE-MISMATCH", spec::SMIME_TYPES, text))
}

/// How the object is wrapped: base64 where SIP could carry it as it is (RFC 3853 section 3), and two names.
fn wrapping_findings(
    entity: &Entity<'_>,
    content_type: &ContentType,
    disposition: Option<&Disposition>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    if entity.transfer_encoding(TransferEncoding::Binary)? == TransferEncoding::Base64 {
        let text = "the object is base64; SIP carries it as it is, a quarter shorter";
        findings.push(Finding::info("CTE-BASE64", spec::MIME_TRANSFER_ENCODING, text));
    }
    match (content_type.parameter("name"), disposition.and_then(Disposition::filename)) {
        (Some(name), Some(filename)) if name != filename => {
            let text = format!("the object is called {name} in Content-Type and {filename} in Content-Disposition");
            findings.push(Finding::info("FILENAME-MISMATCH", spec::SMIME_TYPES, text));
        }
        _ => {}
    }
    Ok(findings)
}

/// A body under a Content-Encoding such as gzip is not the object it is labelled as (RFC 3261 section 8.2.3).
fn refuse_encoded(entity: &Entity<'_>) -> Result<(), Error> {
    let encoding = entity.field("Content-Encoding")?;
    match encoding.filter(|field| !field.unfolded().eq_ignore_ascii_case(b"identity")) {
        None => Ok(()),
        Some(field) => Err(Error::new(Condition::MediaTypeUnsupported)
            .detail("the body has a Content-Encoding")
            .within("Content-Encoding")
            .at(field.whole.span())),
    }
}

fn multipart_signed<'a>(entity: &Entity<'a>) -> Result<Layer<'a>, Error> {
    let multipart = MultipartSigned::parse(entity)?;
    let protocols = ["application/pkcs7-signature", "application/x-pkcs7-signature"];
    if !protocols.iter().any(|known| multipart.protocol.eq_ignore_ascii_case(known)) {
        return Err(Error::new(Condition::MediaTypeUnsupported)
            .detail(format!("multipart/signed with the protocol {}", multipart.protocol))
            .hinting("S/MIME signatures have the protocol application/pkcs7-signature")
            .at(entity.body().take(64).span()));
    }
    let mut signed = Signed::with_cms(multipart.signature, multipart.signature_body, entity);
    signed.content = Some(multipart.content);
    signed.micalg = multipart.micalg;
    if signed.micalg.is_none() {
        signed.findings.push(Finding::warning("MICALG-MISSING", spec::MULTIPART_SIGNED, "micalg is missing"));
    }
    if multipart.protocol_needs_quotes {
        signed.findings.push(Finding::info(
            "PROTOCOL-UNQUOTED",
            spec::MULTIPART_SIGNED,
            "the protocol parameter needs quotes",
        ));
    }
    if multipart.outside_text {
        signed.findings.push(Finding::warning(
            "MULTIPART-OUTSIDE-TEXT",
            spec::MIME_MULTIPART,
            "text before or after the parts is not signed, and not part of the output",
        ));
    }
    Ok(Layer::Signed(signed))
}
