//! The body of a message, encrypted, and opened again: whole messages in, whole messages out (RFC 8591 sections 4.2
//! and 4.3, RFC 3261 section 23.3).
//!
//! This is where encryption meets framing, as `body` is for signatures. A large body is held once beside the input:
//! it is encrypted in the message that is written, and the head is put in front of what was decrypted.

use rand_core::CryptoRng;

use crate::cms::recipient::Recipient;
use crate::error::{Condition, Error};
use crate::message::{Form, RawMessage, sip};
use crate::mime::entity::{Entity, EntityBuf};
use crate::mime::field::LineRule;
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::pki::identity::{self, IdentityOptions};
use crate::report::{Finding, OpenReport};
use crate::smime::body::{self, Output, Product, Request};
use crate::smime::claim::{self, Claim, IdentitySource};
use crate::smime::decrypt::DecryptOptions;
use crate::smime::encrypt::{self, EncryptOptions};
use crate::smime::open::{self, OpenOptions};
use crate::smime::sign::{self, SignOptions, Signer};
use crate::smime::verify::VerifyOptions;
use crate::spec;
use crate::uri::SipUri;

/// What a message is encrypted with, besides the encryption itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncryptMessageOptions<'o> {
    /// Leave line ends as they are.
    pub binary: bool,
    /// The certificates of the recipients, to be compared with To and the Request-URI.
    pub certificates: &'o [Certificate],
    /// Who signs the entity before it is encrypted, and how.
    pub sign: Option<(&'o Signer, &'o SignOptions<'o>)>,
}

/// Encrypts the body of a message, or one part of it.
///
/// # Errors
/// `sip.*`, `mime.*` if the message is malformed; `encrypt.*` if it cannot be encrypted so, `sign.*` if it cannot be
/// signed first.
pub fn encrypt_message(
    request: &Request<'_>,
    recipients: &[&dyn Recipient],
    options: EncryptOptions,
    how: EncryptMessageOptions<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Product, Error> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    if message.cms().is_some() {
        return Err(Error::new(Condition::MediaTypeUnsupported)
            .detail("the input is a CMS object, not a message")
            .hinting("give the SIP message or the MIME entity that is to be encrypted"));
    }
    let mut findings = message.findings().to_vec();
    findings.extend(encrypt::option_findings(&options));
    let whole = message.entity()?;
    let chosen = match request.part {
        Some(path) => body::find_part(&whole, path)?,
        None => whole.clone(),
    };
    let canonical = chosen.canonicalize(how.binary)?;
    let is_sip = message.form() == Form::Sip;
    if is_sip && request.part.is_none() {
        body::refuse_controls(canonical.parts())?;
    }
    findings.extend(body::conversion_finding(&canonical));
    if is_sip {
        findings.extend(recipient_finding(&message, how.certificates));
    }
    let content = match how.sign {
        Some((signer, options)) => {
            findings.extend(sign::option_findings(signer, options));
            if is_sip {
                findings.extend(body::sender_finding(&message, signer)?);
            }
            sign::sign(&canonical, signer, options, rng)?.into_pieces()
        }
        None => canonical.clone().into_pieces(),
    };
    let unsealed = encrypt::encrypt(content, recipients, options, rng)?;
    let octets = match (request.output, request.part) {
        (Output::Der, _) => unsealed.into_object()?,
        (Output::Pem, _) => body::pem_block(&unsealed.into_object()?, Condition::EncryptFailed)?,
        (Output::Sip, _) if !is_sip => return Err(body::usage("a SIP message cannot be made from a MIME entity")),
        (output, Some(_)) => {
            let part = unsealed.write(|entity| Ok(entity.to_octets()))?;
            assemble(&message, &body::with_part(&whole, &chosen, part)?, output)?
        }
        (output, None) => unsealed.write(|entity| assemble(&message, entity, output))?,
    };
    if is_sip && matches!(request.output, Output::Same | Output::Sip) {
        let way_out = "use MSRP, or sign and encrypt less";
        findings.extend(sign::size_finding_saying(message.method(), octets.len(), way_out));
    }
    Ok(Product { octets, findings })
}

fn assemble(message: &RawMessage<'_>, entity: &EntityBuf<'_>, output: Output) -> Result<Vec<u8>, Error> {
    match output {
        Output::Mime => Ok(entity.to_octets()),
        _ => message.with_entity(entity),
    }
}

/// ENC-24: whether a recipient is one whom the message is for.
fn recipient_finding(message: &RawMessage<'_>, certificates: &[Certificate]) -> Option<Finding> {
    let to = match claim::claim(Some(message), &IdentitySource::To) {
        Ok(Claim::Identities { uris, .. }) => uris,
        _ => Vec::new(),
    };
    let request_uri = match message.sip().map(|message| &message.start_line) {
        Some(sip::StartLine::Request { uri, .. }) => SipUri::parse(uri).ok(),
        _ => None,
    };
    let wanted: Vec<SipUri> = to.into_iter().chain(request_uri).collect();
    let is_named = |certificate: &Certificate| {
        let names = |uri| identity::match_identity(certificate, uri, IdentityOptions::default()).is_ok();
        wanted.iter().any(names)
    };
    let text = "no recipient's certificate names the To or the Request-URI of the message";
    (!certificates.is_empty() && !certificates.iter().any(is_named))
        .then(|| Finding::warning("RECIPIENT-NOT-TO", spec::CERT_ALT_NAME, text))
}

/// A message that was opened, or what was found until a layer refused. The content is there only if none did.
#[derive(Debug)]
pub struct Opened {
    /// The message with the innermost content as its body, or why there is none.
    pub octets: Result<Vec<u8>, Error>,
    /// What was found.
    pub report: OpenReport,
    /// The certificates of the good signers of every layer.
    pub signers: Vec<Certificate>,
}

/// Decrypts the body of a message or one part of it; with `verify`, which makes its options from the claim found in
/// the message, opens every layer.
pub fn open_message<'o>(
    request: &Request<'_>,
    identity: &IdentitySource,
    options: OpenOptions<'_>,
    verify: Option<&dyn Fn(Claim) -> VerifyOptions<'o>>,
    rng: &mut dyn CryptoRng,
) -> Opened {
    let (mut report, mut signers) = (OpenReport::default(), Vec::new());
    let octets = opened(request, identity, options, verify, (&mut report, &mut signers), rng);
    Opened { octets, report, signers }
}

fn opened<'o>(
    request: &Request<'_>,
    identity: &IdentitySource,
    options: OpenOptions<'_>,
    verify: Option<&dyn Fn(Claim) -> VerifyOptions<'o>>,
    (report, signers): (&mut OpenReport, &mut Vec<Certificate>),
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let message = RawMessage::parse_at(Slice::at(request.octets, request.start), request.form)?;
    report.findings.extend(message.findings().iter().cloned());
    let sip = (message.form() == Form::Sip).then_some(&message);
    let keeps_sip = match (request.output, sip) {
        (Output::Same, sip) => sip,
        (Output::Mime, _) => None,
        (Output::Sip, Some(sip)) => Some(sip),
        _ => {
            return Err(body::usage("decrypt writes a SIP message if it read one, or a MIME entity")
                .hinting("leave -outform out"));
        }
    };
    let verify = match verify {
        Some(verify) => Some(verify(claim::claim(sip, identity)?)),
        None => None,
    };
    let reserve = keeps_sip.and_then(RawMessage::sip).map_or(0, |sip| sip.head.len().saturating_add(ROOM_FOR_FIELDS));
    let options =
        OpenOptions { decrypt: DecryptOptions { reserve, ..options.decrypt }, verify: verify.as_ref(), ..options };
    let layer = body::body_layer(&message, request, None)?;
    open::open(layer, options, (report, signers), rng, |octets, report| match keeps_sip {
        Some(sip) => put_back(sip, octets, report)
            .map_err(|error| error.without_octets().hinting("-outform mime writes the content as it is")),
        None => Ok(octets),
    })
}

/// The message with the opened entity as its body: the head takes the place of the entity's header.
fn put_back(message: &RawMessage<'_>, mut octets: Vec<u8>, report: &mut OpenReport) -> Result<Vec<u8>, Error> {
    let entity = Entity::parse(Slice::new(&octets), LineRule::CrLfOrLf)?;
    report.findings.extend(body::dropped_finding(&entity));
    let header = octets.len().saturating_sub(entity.body().len());
    let head = message.head_with_entity(&EntityBuf::from(&entity))?.unwrap_or_default();
    drop(entity);
    octets.splice(..header, head);
    Ok(octets)
}

/// The header fields of an entity are at most as long as a head may be; a longer one is copied once more.
const ROOM_FOR_FIELDS: usize = 8 << 10;
