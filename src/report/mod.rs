//! Results as data: findings and verdicts, and how they read as text and as JSON.
//!
//! Nothing is decided here. Whoever checks something fills these types in; `text` and `json` show them.

use crate::error::{Error, Place};
use crate::octets::Span;
use crate::spec::Rule;

pub mod json;
pub mod text;
pub mod tree;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A recommendation is broken, or something may not work elsewhere.
    Warning,
    /// A requirement is broken.
    Error,
}

impl Severity {
    /// The word for it: `info`, `warning` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// Something worth saying that does not change the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable name, for example `SIZE-1300`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub text: String,
    /// The rule behind it.
    pub rule: Rule,
    /// Where, if that is known.
    pub place: Option<Box<Place>>,
    /// What to do about it, if that is known.
    pub fix: Option<String>,
    /// Whether it is why something cannot be read, which is an error elsewhere.
    pub is_failure: bool,
}

impl Finding {
    /// A finding that is worth knowing.
    pub fn info(code: &'static str, rule: Rule, text: impl Into<String>) -> Self {
        Finding { code, severity: Severity::Info, text: text.into(), rule, place: None, fix: None, is_failure: false }
    }

    /// A finding that warns.
    pub fn warning(code: &'static str, rule: Rule, text: impl Into<String>) -> Self {
        Finding { severity: Severity::Warning, ..Finding::info(code, rule, text) }
    }

    /// A finding that goes with a refusal.
    pub fn error(code: &'static str, rule: Rule, text: impl Into<String>) -> Self {
        Finding { severity: Severity::Error, ..Finding::info(code, rule, text) }
    }
}

/// The answer to one question about one signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, with what was found.
    Good(String),
    /// No, with the reason.
    Bad(Error),
    /// The names match, but the certificate that holds them was not proved.
    NotProved(String),
    /// The question was not asked, or could not be, with the reason.
    NotChecked(String),
}

impl Verdict {
    /// Whether the answer is yes.
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Good(_))
    }

    /// The reason if the answer is no.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Verdict::Bad(error) => Some(error),
            _ => None,
        }
    }
}

/// A certificate as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The SHA-256 fingerprint in hexadecimal.
    pub fingerprint: String,
    /// The identities in subjectAltName.
    pub identities: Vec<String>,
    /// The certificate in DER.
    pub der: Vec<u8>,
}

/// A certificate revocation list as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlSummary {
    /// The issuer's distinguished name.
    pub issuer: String,
    /// Whether it says only what changed since another one.
    pub is_delta: bool,
    /// Its number in hexadecimal, if it has one.
    pub number: Option<String>,
    /// When it was made, in seconds since 1970.
    pub this_update: Option<i64>,
    /// When there will be a newer one.
    pub next_update: Option<i64>,
}

/// What is known about the revocation of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationSummary {
    /// The subject's distinguished name.
    pub certificate: String,
    /// Whether it is revoked.
    pub status: RevocationStatus,
    /// The lists that say so; none if it is not known.
    pub lists: Vec<CrlSummary>,
    /// Since when and why it is revoked, or why that is not known.
    pub reason: String,
    /// The name of the case, unless it is good: `CERT-REVOKED`, `CRL-EXPIRED` or `CRL-MISSING`.
    pub finding: Option<&'static str>,
}

/// Whether a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// It is not.
    Good,
    /// It is.
    Revoked,
    /// It is not known.
    Unknown,
}

impl RevocationStatus {
    /// The word for it: `good`, `revoked` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            RevocationStatus::Good => "good",
            RevocationStatus::Revoked => "revoked",
            RevocationStatus::Unknown => "unknown",
        }
    }
}

/// How a signer stands with the keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no address to look for: none is claimed, or the certificate does not name it.
    NotAsked,
    /// Nothing is known for the address.
    Stranger,
    /// The certificate is known.
    Known,
    /// It is known, and trusted by itself.
    Pinned,
    /// The user permits it by name.
    Permitted,
    /// Another one is known.
    Changed,
}

impl Standing {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::NotAsked => "not asked",
            Standing::Stranger => "stranger",
            Standing::Known => "known",
            Standing::Pinned => "pinned",
            Standing::Permitted => "permitted",
            Standing::Changed => "changed",
        }
    }
}

/// What a keyring says about a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringSummary {
    /// How the signer stands with it.
    pub standing: Standing,
    /// The claimed addresses that the certificate names.
    pub addresses: Vec<String>,
    /// Those of them for which the certificate could be learnt.
    pub learnable: Vec<String>,
}

/// Whether the signature is right once a damage is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureState {
    /// It is: the signer signed the content as it is then.
    Right,
    /// The digest is, and whose it is was not checked: the certificate is missing.
    NotChecked,
}

impl SignatureState {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            SignatureState::Right => "right",
            SignatureState::NotChecked => "not checked",
        }
    }
}

/// Which damage would explain that a signature is not right. It changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The names of the damages that came together; none if the cause was not found.
    pub damages: Vec<&'static str>,
    /// What happened, or that the cause was not found, and why.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What the signature is once the damage is undone; `None` if the cause was not found.
    pub signature: Option<SignatureState>,
    /// Whether every damage that is known was tried, if the cause was not found.
    pub is_exhaustive: bool,
}

/// The four verdicts about one signer. They are never mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerReport {
    /// The signer's number in the CMS object, from 1.
    pub number: usize,
    /// The certificate the signature was checked with.
    pub certificate: Option<CertificateSummary>,
    /// How the signer names its certificate, if none was found.
    pub identifier: String,
    /// The signature scheme.
    pub algorithm: String,
    /// The signing time the signer claims, in seconds since 1970. It proves nothing.
    pub signing_time: Option<i64>,
    /// What is known about the revocation of the certificates in its path, up to the first that is refused for it.
    pub revocation: Vec<RevocationSummary>,
    /// What the keyring says, if there is one.
    pub keyring: Option<KeyringSummary>,
    /// What would explain that integrity is bad, if that was asked.
    pub diagnosis: Option<Diagnosis>,
    /// Is the signature right over these octets?
    pub integrity: Verdict,
    /// Is there a path to an anchor that was named, at the time that was named?
    pub trust: Verdict,
    /// Does the certificate name the claimed sender?
    pub identity: Verdict,
    /// Is a Date covered by the signature, and recent?
    pub freshness: Verdict,
}

impl SignerReport {
    /// The four verdicts with their names.
    pub fn verdicts(&self) -> [(&'static str, &Verdict); 4] {
        [
            ("integrity", &self.integrity),
            ("trust", &self.trust),
            ("identity", &self.identity),
            ("freshness", &self.freshness),
        ]
    }
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Each signer.
    pub signers: Vec<SignerReport>,
    /// What would explain that the object cannot be read, if that was asked.
    pub diagnosis: Option<Diagnosis>,
    /// What the signature covers, in words.
    pub covered: String,
    /// Where the covered octets stand in the input, if they stand there as they were signed.
    pub covered_octets: Option<Span>,
    /// The claimed identity that was compared.
    pub claimed: Vec<String>,
    /// What else is worth saying.
    pub findings: Vec<Finding>,
}

/// A name of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameReport {
    /// The name, as openssl writes it.
    pub name: String,
    /// Whether it is the identity that was asked for; `None` if none was.
    pub is_match: Option<bool>,
    /// Why it is not, and by which rule.
    pub reason: Option<(&'static str, Rule)>,
}

/// What was found about the names of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesReport {
    /// The certificate.
    pub certificate: CertificateSummary,
    /// From when to when it is valid, in seconds since 1970, if that can be read.
    pub validity: Option<(i64, i64)>,
    /// Each name, in the order of the certificate.
    pub names: Vec<NameReport>,
    /// Is there a path to an anchor that was named?
    pub trust: Verdict,
    /// What is known about the revocation of the certificates in the path, up to the first that is refused for it.
    pub revocation: Vec<RevocationSummary>,
    /// The name that matched.
    pub matched: Option<String>,
    /// What else is worth saying.
    pub findings: Vec<Finding>,
}

/// What is known about whether a content was changed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Integrity {
    /// Nothing: a cipher without authentication, and no signature.
    None,
    /// It is as it was encrypted, by whoever encrypted it.
    Authenticated,
    /// It is as somebody signed it.
    Signed,
}

impl Integrity {
    /// The word for it: `none`, `authenticated` or `signed`.
    pub fn name(self) -> &'static str {
        match self {
            Integrity::None => "none",
            Integrity::Authenticated => "authenticated",
            Integrity::Signed => "signed",
        }
    }
}

/// What was found about one encrypted object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionReport {
    /// `enveloped-data` or `auth-enveloped-data`.
    pub kind: String,
    /// The content-encryption algorithm.
    pub cipher: String,
    /// Each recipient, in words.
    pub recipients: Vec<String>,
    /// The recipient as whom it was opened, from 1; `None` if it was not.
    pub opened: Option<usize>,
    /// The attributes that nothing protects, by their types.
    pub unprotected_attributes: Vec<String>,
    /// Whether the cipher shows that nothing was changed; `None` if the object was not opened.
    pub integrity: Option<Integrity>,
}

/// One layer of a message that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerReport {
    /// It is signed.
    Signed(Box<VerifyReport>),
    /// It is encrypted.
    Encrypted(EncryptionReport),
    /// It is compressed.
    Compressed {
        /// How many octets it had.
        before: usize,
        /// How many octets came out.
        after: usize,
    },
}

/// What was found when a message was opened, from the outside in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether anything in it is S/MIME, opened or not.
    pub has_smime: bool,
    /// Each layer that was reached; the last one is that which failed, if any did.
    pub layers: Vec<LayerReport>,
    /// What is known about the content in the end; `None` if it was not reached.
    pub integrity: Option<Integrity>,
    /// What else is worth saying.
    pub findings: Vec<Finding>,
}
