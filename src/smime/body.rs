//! The body of a message, taken out and put back: whole messages in, whole messages out
//! (RFC 3261 section 23.3, RFC 8591 section 4).
//!
//! This is where signing and verifying meet framing. A message keeps its form unless another is asked for.

use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::cms::compressed::MAX_OCTETS;
use crate::error::{Condition, Error};
use crate::message::sip::is_content_name;
use crate::message::{Form, RawMessage};
use crate::mime::canonical::CanonicalEntity;
use crate::mime::entity::{Entity, EntityBuf};
use crate::mime::field::LineRule;
use crate::mime::multipart::Multipart;
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::pki::identity::{self, IdentityOptions};
use crate::report::{Finding, OpenReport, Severity, VerifyReport, text};
use crate::smime::claim::{self, Claim, IdentitySource};
use crate::smime::diagnose;
use crate::smime::open::MAX_LAYERS;
use crate::smime::sign::{self, SignOptions, Signer};
use crate::smime::verify::{self, Refused, Verified, VerifyOptions};
use crate::smime::{Layer, Signed, peel, peel_cms};
use crate::spec;

/// The form a product takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// That of the input.
    #[default]
    Same,
    /// A SIP message.
    Sip,
    /// A MIME entity.
    Mime,
    /// A CMS object in DER.
    Der,
    /// A CMS object in PEM.
    Pem,
}

/// One message, and what to work on in it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The message.
    pub octets: &'a [u8],
    /// Where its first octet stands in the input.
    pub start: usize,
    /// Its form; `None` to recognise it.
    pub form: Option<Form>,
    /// The MIME part to work on: `1`, `2.1`.
    pub part: Option<&'a str>,
    /// The form of the product.
    pub output: Output,
}

/// A message that was made, and what is worth saying about it.
#[derive(Debug)]
pub struct Product {
    /// The message.
    pub octets: Vec<u8>,
    /// Findings.
    pub findings: Vec<Finding>,
}

/// A message whose signed body passed every check that was asked for. Only [`verify_message`] makes one.
#[derive(Debug)]
pub struct VerifiedMessage {
    octets: Vec<u8>,
    report: VerifyReport,
    signers: Vec<Certificate>,
}

impl VerifiedMessage {
    /// The message with the signed entity as its body.
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// The verdicts.
    pub fn report(&self) -> &VerifyReport {
        &self.report
    }

    /// The certificates of the good signers.
    pub fn signers(&self) -> &[Certificate] {
        &self.signers
    }
}

/// What a signed message is made with, besides the signature itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignMessageOptions {
    /// Leave line ends as they are.
    pub binary: bool,
    /// Add a Date header field if there is none.
    pub add_date: bool,
    /// Treat warnings as errors.
    pub strict: bool,
}

/// Verifies the signed body of a message.
///
/// `content` is the content of a bare detached CMS object. `options` are made from the claim found in the
/// message.
///
/// # Errors
/// [`Refused`] if the message has no signature or any verdict that was asked for is not good.
pub fn verify_message<'o>(
    request: &Request<'_>,
    content: Option<&[u8]>,
    identity: &IdentitySource,
    options: impl Fn(Claim) -> VerifyOptions<'o>,
) -> Result<VerifiedMessage, Box<Refused>> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    let verdicts = |report: VerifyReport| VerifyReport {
        findings: message.findings().iter().cloned().chain(report.findings).collect(),
        ..report
    };
    let refused = |error| Box::new(Refused { error, report: verdicts(VerifyReport::default()) });
    let sip = (message.form() == Form::Sip).then_some(&message);
    let keeps_sip = match (request.output, sip) {
        (Output::Same, sip) => sip,
        (Output::Mime, _) if message.cms().is_none() => None,
        (Output::Sip, Some(sip)) => Some(sip),
        _ => {
            return Err(refused(
                usage("verify writes a SIP message if it read one, or a MIME entity").hinting("leave -outform out"),
            ));
        }
    };
    let options = options(claim::claim(sip, identity).map_err(refused)?);
    let layer = body_layer(&message, request, content).map_err(|error| {
        let unread = unread_object(&message, request, content).filter(|_| options.diagnose);
        match unread.and_then(|signed| diagnose::unreadable(&signed, &options, &error)) {
            Some(diagnosis) => {
                let mut refused = refused(diagnose::hinting(error, &diagnosis));
                refused.report.diagnosis = Some(diagnosis);
                refused
            }
            None => refused(error),
        }
    })?;
    with_signed(layer, |signed| {
        let verified = verify::verify(&signed, &options)
            .map_err(|refused| Box::new(Refused { error: refused.error, report: verdicts(refused.report) }))?;
        let mut report = verdicts(verified.report().clone());
        // The verdicts stand even where the message cannot be put together again.
        let octets = match keeps_sip {
            Some(sip) => match put_back(sip, &verified, &mut report) {
                Ok(octets) => octets,
                Err(error) => {
                    let error = error.hinting("-outform mime writes the signed content as it is");
                    return Err(Box::new(Refused { error, report }));
                }
            },
            None => verified.octets().octets().to_vec(),
        };
        Ok(VerifiedMessage { octets, report, signers: verified.signers().to_vec() })
    })
    .unwrap_or_else(|error| {
        // An object alone has no label that could have promised a signature: it is the wrong kind of object.
        let is_wrong_kind = message.cms().is_some() && error.condition() == Condition::NotSignedButEncrypted;
        Err(refused(if is_wrong_kind { error.with_condition(Condition::CmsContentType) } else { error }))
    })
}

/// The SignedData in the body of a message, whatever it is worth.
///
/// # Errors
/// As [`verify_message`] if there is none.
pub fn signed_object(request: &Request<'_>) -> Result<Vec<u8>, Error> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    with_signed(body_layer(&message, request, None)?, |signed| signed.cms.into_owned())
}

/// What the body of a message, or one part of it, turns out to be; or the CMS object that is the message.
///
/// # Errors
/// `usage` if a part or a content is asked for and there is none, `part.unknown`, and as [`peel`].
pub(super) fn body_layer<'a>(
    message: &'a RawMessage<'_>,
    request: &Request<'_>,
    content: Option<&'a [u8]>,
) -> Result<Layer<'a>, Error> {
    match message.cms() {
        Some(_) if request.part.is_some() => Err(usage("a CMS object alone has no parts")),
        Some(cms) => {
            let start = (message.form() == Form::Der).then_some(request.start);
            peel_cms(cms, start, content.map(Slice::new))
        }
        None if content.is_some() => Err(usage("-content is for a CMS object alone, this is a message")),
        None => {
            let entity = message.entity()?;
            match request.part {
                Some(path) => peel(&find_part(&entity, path)?),
                None => peel(&entity),
            }
        }
    }
}

/// The CMS object of a message, where it could not be read: it is taken for SignedData.
fn unread_object<'a>(
    message: &'a RawMessage<'_>,
    request: &Request<'_>,
    content: Option<&'a [u8]>,
) -> Option<Signed<'a>> {
    if let Some(cms) = message.cms() {
        return Some(Signed::from_cms(cms, None, content.map(Slice::new)));
    }
    let whole = message.entity().ok()?;
    let entity = match request.part {
        Some(path) => find_part(&whole, path).ok()?,
        None => whole,
    };
    Some(Signed::with_cms(entity.decoded_body().ok()?, entity.body(), &entity))
}

/// Uses the signed layer that a body is, or that is compressed in it; an error if there is none.
pub(super) fn with_signed<T>(layer: Layer<'_>, work: impl FnOnce(Signed<'_>) -> T) -> Result<T, Error> {
    looked_through(layer, &mut { MAX_OCTETS }, &mut OpenReport::default(), work)
}

fn looked_through<T>(
    layer: Layer<'_>,
    inflation: &mut usize,
    report: &mut OpenReport,
    work: impl FnOnce(Signed<'_>) -> T,
) -> Result<T, Error> {
    match layer {
        Layer::Signed(signed) if report.layers.is_empty() => Ok(work(signed)),
        Layer::Signed(signed) => Ok(work(signed.elsewhere(&report.findings))),
        Layer::Compressed(_) if report.layers.len() >= MAX_LAYERS => Err(Error::new(Condition::LimitNesting)),
        Layer::Compressed(compressed) => {
            let octets = compressed.decompress(inflation, report)?;
            let entity = Entity::parse(Slice::new(&octets), LineRule::CrLfOrLf).map_err(Error::without_octets)?;
            let inner = peel(&entity).map_err(Error::without_octets)?;
            looked_through(inner, inflation, report, work).map_err(Error::without_octets)
        }
        other if report.layers.is_empty() => Err(unsigned(&other)),
        other => Err(match unsigned(&other) {
            error if error.condition() == Condition::NotSigned => error.with_condition(Condition::CompressedNotSigned),
            error => error,
        }),
    }
}

/// Why a layer that is not signed cannot be verified.
fn unsigned(layer: &Layer<'_>) -> Error {
    match layer {
        Layer::Encrypted(encrypted) => Error::new(Condition::NotSignedButEncrypted).detail(encrypted.kind()),
        // Part of a body may be signed, which says nothing about the rest (threats M1).
        Layer::Multipart(multipart) => match smime_part(multipart, "") {
            Some(part) => Error::new(Condition::PartlySigned)
                .detail(format!("part {part} is signed or encrypted"))
                .hinting(format!("--part {part} verifies that part alone")),
            None => Error::new(Condition::NotSigned),
        },
        Layer::Plain | Layer::Signed(_) | Layer::Compressed(_) => Error::new(Condition::NotSigned),
    }
}

/// The first part, however deep, that is S/MIME or looks like it. A part that cannot be read counts: it is
/// not known to be plain.
pub(super) fn smime_part(multipart: &Multipart<'_>, path: &str) -> Option<String> {
    multipart.parts().iter().enumerate().find_map(|(index, part)| {
        let path = format!("{path}{}", index.saturating_add(1));
        match part.entity().and_then(|entity| peel(&entity)) {
            Ok(Layer::Plain) => None,
            Ok(Layer::Multipart(inner)) => smime_part(&inner, &format!("{path}.")),
            Ok(Layer::Signed(_) | Layer::Encrypted(_) | Layer::Compressed(_)) | Err(_) => Some(path),
        }
    })
}

/// The octets of the body, or of the part that is named, as they stand: of a part its header, too. Of a CMS object alone all
/// of it.
///
/// # Errors
/// `part.unknown`; as [`RawMessage::parse`] and [`RawMessage::entity`].
pub fn octets_of(request: &Request<'_>) -> Result<Vec<u8>, Error> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    let Some(path) = request.part else {
        return Ok(match (message.sip(), message.cms()) {
            (Some(sip), _) => sip.body.octets().to_vec(),
            (None, Some(object)) => object.to_vec(),
            (None, None) => message.entity()?.body().octets().to_vec(),
        });
    };
    let whole = message.entity()?;
    let part = find_part(&whole, path)?;
    Ok(part.octets().unwrap_or(part.body()).octets().to_vec())
}

/// The part of a multipart that `path` names: numbers from 1, inner ones after a dot.
pub(super) fn find_part<'a>(entity: &Entity<'a>, path: &str) -> Result<Entity<'a>, Error> {
    let unknown = || Error::new(Condition::PartUnknown).detail(path);
    let mut chosen = entity.clone();
    for number in path.split('.') {
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(unknown)?;
        if !chosen.content_type()?.is_some_and(|content_type| content_type.is_multipart()) {
            return Err(unknown());
        }
        let multipart = Multipart::parse(&chosen)?;
        chosen = multipart.parts().get(index).ok_or_else(unknown)?.entity().map_err(|error| error.in_part(path))?;
    }
    Ok(chosen)
}

/// The message with the verified entity as its body.
fn put_back(message: &RawMessage<'_>, verified: &Verified<'_>, report: &mut VerifyReport) -> Result<Vec<u8>, Error> {
    let entity = Entity::parse(verified.octets(), LineRule::CrLfOrLf)?;
    report.findings.extend(dropped_finding(&entity));
    if matches!(peel(&entity), Ok(Layer::Signed(_) | Layer::Encrypted(_) | Layer::Compressed(_))) {
        report
            .covered
            .push_str("; the entity is itself signed, encrypted or compressed, and only this layer was judged");
    }
    message.with_entity(&EntityBuf::from(&entity))
}

/// The header fields of an inner entity that do not describe its body, if it has any: a header field from inside must
/// not become one of the message.
pub(super) fn dropped_finding(entity: &Entity<'_>) -> Option<Finding> {
    let others = entity.fields().iter().filter(|field| !is_content_name(field.name.octets())).count();
    let text = format!("{others} header fields of the inner entity do not describe its body and were left out");
    (others > 0).then(|| Finding::warning("INNER-FIELD-DROPPED", spec::SIP_SMIME_TYPES, text))
}

/// Signs the body of a message, or one part of it.
///
/// # Errors
/// `sip.*`, `mime.*` if the message is malformed; `sign.*` if it cannot be signed so; `strict` if a warning
/// counts as an error.
pub fn sign_message(
    request: &Request<'_>,
    signer: &Signer,
    options: &SignOptions<'_>,
    how: SignMessageOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Product, Error> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    let mut findings = message.findings().to_vec();
    findings.extend(sign::option_findings(signer, options));
    if message.cms().is_some() {
        return Err(Error::new(Condition::MediaTypeUnsupported)
            .detail("the input is a CMS object, not a message")
            .hinting("give the SIP message or the MIME entity that is to be signed"));
    }
    let whole = message.entity()?;
    let chosen = match request.part {
        Some(path) => find_part(&whole, path)?,
        None => whole.clone(),
    };
    let canonical = chosen.canonicalize(how.binary)?;
    if message.form() == Form::Sip && request.part.is_none() {
        refuse_controls(canonical.parts())?;
    }
    findings.extend(conversion_finding(&canonical));
    let is_sip = message.form() == Form::Sip;
    if is_sip {
        findings.extend(sender_finding(&message, signer)?);
    }
    let octets = match request.output {
        Output::Der => sign::sign_object(&canonical, signer, options, rng)?.pieces(&canonical).concat(),
        Output::Pem => pem_block(
            &sign::sign_object(&canonical, signer, options, rng)?.pieces(&canonical).concat(),
            Condition::SignFailed,
        )?,
        Output::Sip if !is_sip => return Err(usage("a SIP message cannot be made from a MIME entity")),
        Output::Mime | Output::Same | Output::Sip => {
            let signed = signed_entity(&whole, &chosen, request.part, &canonical, signer, options, rng)?;
            match is_sip && request.output != Output::Mime {
                true => message.with_entity_and_fields(&signed, &date_field(&message, options.time, how))?,
                false => signed.to_octets(),
            }
        }
    };
    if is_sip && matches!(request.output, Output::Same | Output::Sip) {
        findings.extend(sign::size_finding(message.method(), request.octets.len(), octets.len()));
    }
    match findings.iter().find(|finding| how.strict && finding.severity > Severity::Info) {
        Some(finding) => Err(Error::new(Condition::StrictFinding).detail(text::finding(finding))),
        None => Ok(Product { octets, findings }),
    }
}

/// MIM-08: what was converted is said.
pub(super) fn conversion_finding(canonical: &CanonicalEntity<'_>) -> Option<Finding> {
    let text = "text lines that end in LF were made to end in CR LF first";
    canonical.converted().then(|| Finding::warning("CANON-BARE-LF", spec::SMIME_CANONICAL, text))
}

/// Refuses what could be signed but would not be put back into a SIP head when it is verified.
pub(super) fn refuse_controls([header, _]: [&[u8]; 2]) -> Result<(), Error> {
    let is_unfit = |octet: &u8| octet.is_ascii_control() && !matches!(octet, b'\t' | b'\r' | b'\n');
    match header.iter().any(is_unfit) {
        true => Err(Error::new(Condition::SipHeaderField).detail("a Content-* field holds a control character")),
        false => Ok(()),
    }
}

/// A Date field if one is asked for and there is none (RFC 3261 section 20.17).
fn date_field(message: &RawMessage<'_>, time: i64, how: SignMessageOptions) -> Vec<u8> {
    match how.add_date && message.fields_named("Date").next().is_none() {
        true => format!("Date: {}\r\n", text::sip_date(time)).into_bytes(),
        false => Vec::new(),
    }
}

/// The entity that takes the place of `whole`: signed, or with its part signed.
fn signed_entity<'e>(
    whole: &Entity<'e>,
    chosen: &Entity<'e>,
    part: Option<&str>,
    canonical: &'e CanonicalEntity<'_>,
    signer: &Signer,
    options: &SignOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<EntityBuf<'e>, Error> {
    let signed = sign::sign(canonical, signer, options, rng)?;
    if part.is_none() {
        return Ok(signed);
    }
    with_part(whole, chosen, signed.to_octets())
}

/// `whole` with other octets in the place of its part `chosen`. The octets around the part stay as they are: a part of
/// a multipart is a span of its body.
pub(super) fn with_part<'e>(whole: &Entity<'e>, chosen: &Entity<'e>, octets: Vec<u8>) -> Result<EntityBuf<'e>, Error> {
    let body = whole.body();
    let unknown = || Error::new(Condition::PartUnknown);
    let span = chosen.octets().ok_or_else(unknown)?.span();
    let start = span.start.checked_sub(body.span().start).ok_or_else(unknown)?;
    let (before, rest) = body.split_at(start).ok_or_else(unknown)?;
    let after = rest.skip(span.len());
    let mut replaced = EntityBuf::from(whole);
    replaced.body = vec![Cow::Borrowed(before.octets()), Cow::Owned(octets), Cow::Borrowed(after.octets())];
    Ok(replaced)
}

/// SGN-27: whether the signer's certificate names who the message says it is from.
pub(super) fn sender_finding(message: &RawMessage<'_>, signer: &Signer) -> Result<Option<Finding>, Error> {
    let (uris, source) = match claim::claim(Some(message), &IdentitySource::Default)? {
        Claim::Identities { uris, source, .. } => (uris, source),
        Claim::Unusable(error) => {
            let text = format!("the message names no sender that a receiver could check: {error}");
            return Ok(Some(Finding::warning("SIGNER-NOT-FROM", spec::SIP_FROM, text)));
        }
        Claim::NotAsked(_) => return Ok(None),
    };
    let names = |uri| identity::match_identity(signer.certificate(), uri, IdentityOptions::default());
    if uris.iter().any(|uri| names(uri).is_ok()) {
        return Ok(None);
    }
    Ok(Some(Finding::warning(
        "SIGNER-NOT-FROM",
        spec::CERT_ALT_NAME,
        format!("the signer's certificate does not name the {source} of the message"),
    )))
}

/// A CMS object in PEM (RFC 7468 section 9).
pub(super) fn pem_block(der: &[u8], failed: Condition) -> Result<Vec<u8>, Error> {
    let text = pem_rfc7468::encode_string("CMS", pem_rfc7468::LineEnding::LF, der);
    text.map(String::into_bytes).map_err(|_| Error::new(failed).detail("the object is too large for PEM"))
}

pub(super) fn usage(detail: &str) -> Error {
    Error::new(Condition::Usage).detail(detail)
}
