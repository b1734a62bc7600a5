//! Open: one layer of encryption, or every layer that a message has, in whatever order they come (RFC 8551 section
//! 3.7, RFC 8591 section 4.3, RFC 3261 section 23.2).
//!
//! Signed in encrypted, encrypted in signed, three of them, compressed in between: each layer is opened in turn and
//! answers for itself. Content is given back only when every layer was good. A body of which only a part is signed
//! or encrypted is not opened by guessing: the part is named (threats M1, B9).

use rand_core::CryptoRng;

use crate::alg::cipher::ContentCipher;
use crate::cms::recipient::{Identity, PasswordBudget};
use crate::cms::{compressed, oid};
use crate::error::{Condition, Error};
use crate::message::Form;
use crate::mime::entity::Entity;
use crate::mime::field::LineRule;
use crate::octets::{Slice, Span};
use crate::pki::Certificate;
use crate::report::{EncryptionReport, Finding, Integrity, LayerReport, OpenReport, text};
use crate::smime::body::smime_part;
use crate::smime::decrypt::{self, DecryptOptions};
use crate::smime::verify::{self, Refused, VerifyOptions};
use crate::smime::{Compressed, Encrypted, Layer, Signed, peel, peel_cms};
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

/// Opens what an entity, or a CMS object alone, turned out to be, and gives the content to `finish`, which makes of it
/// what is wanted. What is found goes into `report` even if a layer fails; something comes out only if nothing did.
///
/// # Errors
/// `decrypt.*`, `verify.*`, `trust.*`, `identity.*`; `limit.nesting` past [`MAX_LAYERS`]; `asn1.*`, `cms.*` and
/// `mime.*` if a layer is malformed; those of `finish`.
pub fn open(
    layer: Layer<'_>,
    options: OpenOptions<'_>,
    (report, signers): (&mut OpenReport, &mut Vec<Certificate>),
    rng: &mut dyn CryptoRng,
    finish: impl FnOnce(Vec<u8>, &mut OpenReport) -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, Error> {
    let mut opener = Opener {
        options,
        report,
        signers,
        rng,
        inflation: compressed::MAX_OCTETS,
        passwords: PasswordBudget::default(),
        is_signed: false,
        is_encrypted: false,
        doubtful: None,
    };
    let opened = opener.all(layer).and_then(|octets| finish(octets, opener.report));
    let concluded = opened.and_then(|octets| opener.conclude().map(|()| octets));
    concluded.map_err(|error| opener.concealed(error))
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
    /// How many octets may still come out of compressed layers.
    inflation: usize,
    /// What passwords may still cost.
    passwords: PasswordBudget,
    is_signed: bool,
    is_encrypted: bool,
    /// The layer from which on nothing shows that the octets were not changed.
    doubtful: Option<Doubtful>,
}

/// A layer whose cipher has no authentication, and what was known before it was opened.
struct Doubtful {
    cipher: &'static dyn ContentCipher,
    report: OpenReport,
}

impl Opener<'_, '_> {
    fn all(&mut self, layer: Layer<'_>) -> Result<Vec<u8>, Error> {
        match self.layer(layer)? {
            Some(Content::Octets(octets)) => self.inside(octets),
            // Only a layer that was opened leaves octets: this is one that is none.
            Some(Content::Within(_)) | None => Err(Error::new(Condition::NotEncrypted)),
        }
    }

    /// Opens a layer; `None` if it is none.
    fn layer(&mut self, layer: Layer<'_>) -> Result<Option<Content>, Error> {
        let is_smime = !matches!(layer, Layer::Plain | Layer::Multipart(_));
        self.report.has_smime |= is_smime;
        if self.report.layers.len() >= MAX_LAYERS && is_smime {
            return Err(Error::new(Condition::LimitNesting).detail(format!("more than {MAX_LAYERS} layers of S/MIME")));
        }
        match (layer, self.options.verify) {
            (Layer::Compressed(compressed), _) => {
                self.refuse_label(&compressed.object.findings)?;
                compressed.decompress(&mut self.inflation, self.report).map(|octets| Some(Content::Octets(octets)))
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
                // openssl's users put one object into another without an entity in between.
                Err(_) if self.options.verify.is_some() && Form::recognise(&octets) == Some(Form::Der) => {
                    peel_cms(&octets, Some(0), None).map_err(Error::without_octets)?
                }
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
        self.refuse_label(&encrypted.object.findings)?;
        let mut report = EncryptionReport::default();
        let (keys, options) = ((self.options.identities, &self.passwords), self.options.decrypt);
        let findings = &mut self.report.findings;
        let decrypted = decrypt::decrypt(encrypted, keys, options, &mut report, findings, self.rng);
        self.report.layers.push(LayerReport::Encrypted(report));
        let decrypted = decrypted?;
        let cipher = decrypted.cipher();
        if !cipher.is_authenticated() && self.doubtful.is_none() {
            self.doubtful = Some(Doubtful { cipher, report: self.report.clone() });
        }
        self.report.findings.extend(decrypted.findings().iter().cloned());
        if let Some(LayerReport::Encrypted(report)) = self.report.layers.last_mut() {
            report.opened = Some(decrypted.recipient());
            report.integrity = Some(decrypted.integrity());
        }
        Ok(decrypted.into_octets())
    }

    /// What a label says and the object is not is an error where a disagreement was to be one.
    fn refuse_label(&self, findings: &[Finding]) -> Result<(), Error> {
        let is_strict = self.options.verify.is_some_and(|options| options.strict);
        verify::strict_label(findings).map_or(Ok(()), |error| if is_strict { Err(error) } else { Ok(()) })
    }

    fn verify(&mut self, signed: &Signed<'_>, options: &VerifyOptions<'_>) -> Result<Content, Error> {
        // Where an octet stands in a content that was decrypted is no place in the input.
        let is_displaced = !self.report.layers.is_empty();
        // After a cipher without authentication nothing may be told by how long an answer takes (threats B11).
        let verified = match self.doubtful {
            None => verify::verify(signed, options),
            Some(_) => verify::verify_unexplained(signed, options),
        };
        let verified = verified.map_err(|refused| *refused);
        let (mut report, outcome) = match verified {
            Ok(verified) => {
                self.signers.extend_from_slice(verified.signers());
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
        // Somebody signed these octets, so they are not what a change of the encrypted ones made of them.
        if report.signers.iter().any(|signer| signer.integrity.is_good()) {
            self.doubtful = None;
        }
        if self.is_encrypted {
            report.covered.push_str("; whoever opened it could have encrypted it again, for others");
        }
        self.report.layers.push(LayerReport::Signed(Box::new(report)));
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

    /// What all layers together show about the content. A signature inside the encryption covers it; one outside covers
    /// what was encrypted, and whoever made it need not have known what that was (NST-06): strictly, that is too little.
    fn conclude(&mut self) -> Result<(), Error> {
        let layers = &self.report.layers;
        let innermost = layers.iter().rposition(|layer| matches!(layer, LayerReport::Encrypted(_)));
        let (outside, inside) = layers.split_at(innermost.unwrap_or_default());
        let is_signed = |layer: &LayerReport| matches!(layer, LayerReport::Signed(_));
        let findings = &mut self.report.findings;
        let mut below = layers.iter().skip_while(|layer| !matches!(layer, LayerReport::Encrypted(_)));
        if below.any(is_signed) {
            let text = "nothing that was checked says for whom it was signed: it may have been meant for somebody else";
            findings.push(Finding::info("FORWARDABLE", spec::SMIME_NESTING, text));
        }
        self.report.integrity = match inside.first() {
            _ if inside.iter().any(is_signed) => {
                findings.retain(|finding| finding.code != decrypt::UNAUTHENTICATED);
                Some(Integrity::Signed)
            }
            Some(LayerReport::Encrypted(report)) => report.integrity,
            _ => None,
        };
        if outside.iter().any(is_signed) && self.report.integrity != Some(Integrity::Signed) {
            let what =
                "no signature covers the content, only what was encrypted: whoever signed need not have known it";
            let finding = Finding::warning("SIGNED-CIPHERTEXT", spec::SMIME_NESTING, what);
            if self.options.verify.is_some_and(|options| options.strict) {
                return Err(Error::new(Condition::StrictFinding).detail(text::finding(&finding)));
            }
            findings.push(finding);
        }
        Ok(())
    }

    /// What may be said about a failure. After a cipher without authentication every failure is the same one, with the
    /// same report: which of them it was tells an attacker what came out (threats B11).
    fn concealed(&mut self, error: Error) -> Error {
        let Some(Doubtful { cipher, report }) = self.doubtful.take() else { return error };
        *self.report = report;
        self.signers.clear();
        decrypt::failed(cipher)
    }
}

impl Compressed<'_> {
    /// Undoes the compression, and says so in `report`. At most `inflation` octets may come out; they are taken off it.
    ///
    /// # Errors
    /// `cms.compressed`, `limit.compressed`, `cms.content-type`, `algorithm.unsupported`, `asn1.*`.
    pub fn decompress(&self, inflation: &mut usize, report: &mut OpenReport) -> Result<Vec<u8>, Error> {
        report.findings.extend(self.object.findings.iter().cloned());
        let found = compressed::decompress(self.object.slice(), *inflation);
        let found = found.map_err(|error| self.object.placed(error))?;
        *inflation = inflation.saturating_sub(found.octets.len());
        report.layers.push(LayerReport::Compressed { before: self.object.octets.len(), after: found.octets.len() });
        match found.content_type {
            oid::DATA => Ok(found.octets),
            other => Err(Error::new(Condition::CmsContentType).detail(format!("compressed content of type {other}"))),
        }
    }
}
