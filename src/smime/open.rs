//! Open: one layer of encryption, or every layer that a message has, in whatever order they come (RFC 8551 section
//! 3.7, RFC 8591 section 4.3, RFC 3261 section 23.2).
//!
//! Signed in encrypted, encrypted in signed, three of them, compressed in between: each layer is opened in turn and
//! answers for itself. Content is given back only when every layer was good. A body of which only a part is signed
//! or encrypted is not opened by guessing: the part is named (threats M1, B9).

use rand_core::CryptoRng;

use crate::cms::recipient::Identity;
use crate::cms::{compressed, oid};
use crate::error::{Condition, Error};
use crate::mime::entity::Entity;
use crate::mime::field::LineRule;
use crate::octets::{Slice, Span};
use crate::pki::Certificate;
use crate::report::{EncryptionReport, Finding, Integrity, LayerReport, OpenReport};
use crate::smime::body::smime_part;
use crate::smime::decrypt::{self, DecryptOptions};
use crate::smime::verify::{self, Refused, VerifyOptions};
use crate::smime::{Compressed, Encrypted, Layer, Signed, peel};
use crate::spec;

/// How many layers a message may have.
pub const MAX_LAYERS: usize = 8;

/// What to open with, and what to ask of it.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions<'o> {
    /// Who we are.
    pub identities: &'o [&'o dyn Identity],
    /// How to decrypt.
    pub decrypt: DecryptOptions,
    /// What to ask of signatures; `None` opens one layer of encryption and looks at no signature.
    pub verify: Option<&'o VerifyOptions<'o>>,
}

/// Opens what an entity, or a CMS object alone, turned out to be. What is found goes into `report` even if a layer
/// fails; the content comes out only if none did.
///
/// # Errors
/// `decrypt.*`, `verify.*`, `trust.*`, `identity.*`; `limit.nesting` past [`MAX_LAYERS`]; `asn1.*`, `cms.*` and
/// `mime.*` if a layer is malformed.
pub fn open(
    layer: Layer<'_>,
    options: OpenOptions<'_>,
    (report, signers): (&mut OpenReport, &mut Vec<Certificate>),
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let mut opener = Opener { options, report, signers, rng, is_signed: false, is_encrypted: false };
    let opened = match opener.layer(layer)? {
        Some(Content::Octets(octets)) => opener.inside(octets)?,
        // Only a layer that was opened leaves octets: this is one that is none.
        Some(Content::Within(_)) | None => return Err(Error::new(Condition::NotEncrypted)),
    };
    opener.conclude();
    Ok(opened)
}

/// What a layer held.
enum Content {
    /// Octets of its own.
    Octets(Vec<u8>),
    /// A part of the octets that the layer was read from, which are ours.
    Within(Span),
}

struct Opener<'o, 'r> {
    options: OpenOptions<'o>,
    report: &'r mut OpenReport,
    signers: &'r mut Vec<Certificate>,
    rng: &'r mut dyn CryptoRng,
    is_signed: bool,
    is_encrypted: bool,
}

impl Opener<'_, '_> {
    /// Opens a layer; `None` if it is none.
    fn layer(&mut self, layer: Layer<'_>) -> Result<Option<Content>, Error> {
        let is_smime = !matches!(layer, Layer::Plain | Layer::Multipart(_));
        self.report.has_smime |= is_smime;
        if self.report.layers.len() >= MAX_LAYERS && is_smime {
            return Err(Error::new(Condition::LimitNesting).detail(format!("more than {MAX_LAYERS} layers of S/MIME")));
        }
        match (layer, self.options.verify) {
            (Layer::Compressed(compressed), _) => {
                compressed.decompress(self.report).map(|octets| Some(Content::Octets(octets)))
            }
            // Without --verify one layer is opened, and what is in it stays as it is.
            (Layer::Encrypted(_), None) if self.is_encrypted => Ok(None),
            (Layer::Encrypted(encrypted), _) => {
                let octets = self.decrypt(&encrypted)?;
                self.is_encrypted = true;
                Ok(Some(Content::Octets(octets)))
            }
            (Layer::Signed(signed), Some(options)) => {
                let content = self.verify(&signed, options)?;
                self.is_signed = true;
                Ok(Some(content))
            }
            (layer, _) => self.end(&layer).map(|()| None),
        }
    }

    /// Goes on with what came out of a layer until there is no further one. What is no entity is the content. Each layer
    /// is gone before the next one is opened, and what stands in it is not copied: contents are large.
    fn inside(&mut self, mut octets: Vec<u8>) -> Result<Vec<u8>, Error> {
        loop {
            let layer = match Entity::parse(Slice::new(&octets), LineRule::CrLfOrLf) {
                Ok(entity) => match (peel(&entity), self.options.verify) {
                    (Ok(layer), _) => layer,
                    // One layer was to be opened; what is in it is for others to judge.
                    (Err(_), None) if self.is_encrypted => Layer::Plain,
                    (Err(error), _) => return Err(error.without_octets()),
                },
                Err(_) => Layer::Plain,
            };
            match self.layer(layer).map_err(Error::without_octets)? {
                Some(Content::Octets(inner)) => octets = inner,
                Some(Content::Within(span)) => {
                    octets.truncate(span.end);
                    octets.drain(..span.start.min(span.end));
                }
                None => return Ok(octets),
            }
        }
    }

    fn decrypt(&mut self, encrypted: &Encrypted<'_>) -> Result<Vec<u8>, Error> {
        let mut report = EncryptionReport::default();
        let (identities, options) = (self.options.identities, self.options.decrypt);
        let findings = &mut self.report.findings;
        let decrypted = decrypt::decrypt(encrypted, identities, options, &mut report, findings, self.rng);
        self.report.layers.push(LayerReport::Encrypted(report));
        decrypted.map(decrypt::Decrypted::into_octets)
    }

    fn verify(&mut self, signed: &Signed<'_>, options: &VerifyOptions<'_>) -> Result<Content, Error> {
        // Where an octet stands in a content that was decrypted is no place in the input.
        let is_displaced = !self.report.layers.is_empty();
        let verified = verify::verify(signed, options).map_err(|refused| *refused);
        let mut is_addressed = true;
        let (mut report, outcome) = match verified {
            Ok(verified) => {
                self.signers.extend_from_slice(verified.signers());
                is_addressed = names_recipients(verified.octets().octets());
                let content = match verified.report().covered_octets {
                    Some(span) if is_displaced => Content::Within(span),
                    _ => Content::Octets(verified.octets().octets().to_vec()),
                };
                (verified.report().clone(), Ok(content))
            }
            Err(Refused { error, report }) => (report, Err(error)),
        };
        if is_displaced {
            report.covered_octets = None;
        }
        if self.is_encrypted {
            report.covered.push_str("; whoever opened it could have encrypted it again, for others");
        }
        self.report.layers.push(LayerReport::Signed(Box::new(report)));
        if self.is_encrypted && !is_addressed {
            let text = "the signature names no recipient: the message may have been meant for somebody else";
            self.report.findings.push(Finding::info("FORWARDABLE", spec::SMIME_NESTING, text));
        }
        outcome.map_err(|error| if is_displaced { error.without_octets() } else { error })
    }

    /// Whether what was asked for has been found when there is no further layer.
    fn end(&self, layer: &Layer<'_>) -> Result<(), Error> {
        let part = match layer {
            Layer::Multipart(multipart) => smime_part(multipart, ""),
            _ => None,
        };
        let missing = |whole, partly| match &part {
            None => Error::new(whole),
            Some(part) => Error::new(partly)
                .detail(format!("part {part} is signed or encrypted"))
                .hinting(format!("--part {part} opens that part alone")),
        };
        if !self.is_encrypted {
            let error = missing(Condition::NotEncrypted, Condition::PartlyEncrypted);
            return Err(match layer {
                Layer::Signed(_) => {
                    error.detail("it is signed").hinting("verify verifies it; --verify opens every layer")
                }
                _ => error,
            });
        }
        if self.options.verify.is_some() && !self.is_signed {
            return Err(missing(Condition::NotSigned, Condition::PartlySigned));
        }
        Ok(())
    }

    /// What all layers together show about the content.
    fn conclude(&mut self) {
        let integrity = self.report.layers.iter().map(|layer| match layer {
            LayerReport::Signed(_) => Integrity::Signed,
            LayerReport::Encrypted(report) => report.integrity.unwrap_or(Integrity::None),
            LayerReport::Compressed(..) => Integrity::None,
        });
        self.report.integrity = integrity.max();
        if self.is_signed {
            self.report.findings.retain(|finding| finding.code != "CBC-UNAUTHENTICATED");
        }
    }
}

impl Compressed<'_> {
    /// Undoes the compression, and says so in `report`.
    ///
    /// # Errors
    /// `cms.compressed`, `limit.compressed`, `cms.content-type`, `algorithm.unsupported`, `asn1.*`.
    pub fn decompress(&self, report: &mut OpenReport) -> Result<Vec<u8>, Error> {
        report.findings.extend(self.object.findings.iter().cloned());
        let found = compressed::decompress(self.object.slice()).map_err(|error| self.object.placed(error))?;
        report.layers.push(LayerReport::Compressed(self.object.octets.len(), found.octets.len()));
        match found.content_type {
            oid::DATA => Ok(found.octets),
            other => Err(Error::new(Condition::CmsContentType).detail(format!("compressed content of type {other}"))),
        }
    }
}

/// Whether a signed entity is of a type that says for whom it is.
fn names_recipients(octets: &[u8]) -> bool {
    let content_type = Entity::parse(Slice::new(octets), LineRule::CrLfOrLf).and_then(|entity| entity.content_type());
    let is_named = |subtype| matches!(&content_type, Ok(Some(found)) if found.is("message", subtype));
    ["cpim", "sip", "sipfrag"].into_iter().any(is_named)
}
