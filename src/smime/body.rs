//! The body of a message, taken out and put back: whole messages in, whole messages out
//! (RFC 3261 section 23.3, RFC 8591 section 4).
//!
//! This is where signing and verifying meet framing. A message keeps its form unless another is asked for.

use std::borrow::Cow;

use rand_core::CryptoRng;

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
use crate::report::{Finding, Severity, VerifyReport, text};
use crate::smime::claim::{self, Claim, IdentitySource};
use crate::smime::sign::{self, SignOptions, Signer};
use crate::smime::verify::{self, Refused, Verified, VerifyOptions};
use crate::smime::{Layer, Signed, peel};
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
    options: impl FnOnce(Claim) -> VerifyOptions<'o>,
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
        _ => return Err(refused(usage("verify writes SIP for SIP, and MIME").hinting("leave -outform out"))),
    };
    let options = options(claim::claim(sip, identity).map_err(refused)?);
    let signed = match message.cms() {
        Some(_) if request.part.is_some() => return Err(refused(usage("a CMS object alone has no parts"))),
        Some(cms) => {
            let start = (message.form() == Form::Der).then_some(request.start);
            Signed::from_cms(cms, start, content.map(Slice::new))
        }
        None if content.is_some() => {
            return Err(refused(usage("-content is for a CMS object alone, this is a message")));
        }
        None => message.entity().and_then(|entity| signed_body(&entity, request.part)).map_err(refused)?,
    };
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
}

/// The signed layer of an entity or of one of its parts.
fn signed_body<'a>(entity: &Entity<'a>, part: Option<&str>) -> Result<Signed<'a>, Error> {
    let chosen = match part {
        Some(path) => find_part(entity, path)?,
        None => entity.clone(),
    };
    match peel(&chosen)? {
        Layer::Signed(signed) => Ok(signed),
        Layer::Plain => Err(Error::new(Condition::NotSigned)),
        Layer::Encrypted(kind) => Err(Error::new(Condition::NotSignedButEncrypted).detail(kind)),
        // Part of a body may be signed, which says nothing about the rest (threats M1).
        Layer::Multipart(multipart) => Err(match smime_part(&multipart, "") {
            Some(part) => Error::new(Condition::PartlySigned)
                .detail(format!("part {part} is signed or encrypted"))
                .hinting(format!("--part {part} verifies that part alone")),
            None => Error::new(Condition::NotSigned),
        }),
    }
}

/// The first part, however deep, that is S/MIME or looks like it. A part that cannot be read counts: it is
/// not known to be plain.
fn smime_part(multipart: &Multipart<'_>, path: &str) -> Option<String> {
    multipart.parts().iter().enumerate().find_map(|(index, part)| {
        let path = format!("{path}{}", index.saturating_add(1));
        match part.entity().and_then(|entity| peel(&entity)) {
            Ok(Layer::Plain) => None,
            Ok(Layer::Multipart(inner)) => smime_part(&inner, &format!("{path}.")),
            Ok(Layer::Signed(_) | Layer::Encrypted(_)) | Err(_) => Some(path),
        }
    })
}

/// The part of a multipart that `path` names: numbers from 1, inner ones after a dot.
fn find_part<'a>(entity: &Entity<'a>, path: &str) -> Result<Entity<'a>, Error> {
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
    let others = entity.fields().iter().filter(|field| !is_content_name(field.name.octets())).count();
    if others > 0 {
        // A header field from inside must not become one of the message.
        let text = format!("{others} header fields of the signed entity do not describe its body and were left out");
        report.findings.push(Finding::warning("INNER-FIELD-DROPPED", spec::SIP_SMIME_TYPES, text));
    }
    if matches!(peel(&entity), Ok(Layer::Signed(_) | Layer::Encrypted(_))) {
        report.covered.push_str("; the entity is itself signed or encrypted, and only this layer was judged");
    }
    message.with_entity(&EntityBuf::from(&entity))
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
    if canonical.converted() {
        findings.push(Finding::warning(
            "CANON-BARE-LF",
            spec::SMIME_CANONICAL,
            "text lines that end in LF were made to end in CR LF before signing",
        ));
    }
    let is_sip = message.form() == Form::Sip;
    if is_sip {
        findings.extend(sender_finding(&message, signer)?);
    }
    let octets = match request.output {
        Output::Der => sign::sign_object(&canonical, signer, options, rng)?.pieces(&canonical).concat(),
        Output::Pem => pem_block(&sign::sign_object(&canonical, signer, options, rng)?.pieces(&canonical).concat())?,
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

/// Refuses what could be signed but would not be put back into a SIP head when it is verified.
fn refuse_controls([header, _]: [&[u8]; 2]) -> Result<(), Error> {
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
    // The octets around the part stay as they are: a part of a multipart is a span of its body.
    let body = whole.body();
    let unknown = || Error::new(Condition::PartUnknown);
    let span = chosen.octets().ok_or_else(unknown)?.span();
    let start = span.start.checked_sub(body.span().start).ok_or_else(unknown)?;
    let (before, rest) = body.split_at(start).ok_or_else(unknown)?;
    let after = rest.skip(span.len());
    let pieces = vec![Cow::Borrowed(before.octets()), Cow::Owned(signed.to_octets()), Cow::Borrowed(after.octets())];
    let mut replaced = EntityBuf::from(whole);
    replaced.body = pieces;
    Ok(replaced)
}

/// SGN-27: whether the signer's certificate names who the message says it is from.
fn sender_finding(message: &RawMessage<'_>, signer: &Signer) -> Result<Option<Finding>, Error> {
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
fn pem_block(der: &[u8]) -> Result<Vec<u8>, Error> {
    let text = pem_rfc7468::encode_string("CMS", pem_rfc7468::LineEnding::LF, der);
    text.map(String::into_bytes)
        .map_err(|_| Error::new(Condition::SignFailed).detail("the object is too large for PEM"))
}

fn usage(detail: &str) -> Error {
    Error::new(Condition::Usage).detail(detail)
}
