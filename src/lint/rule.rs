//! A rule: what it is called, how much it asks, where it stands, and how it is seen to be broken.

use crate::cms::enveloped::EnvelopedData;
use crate::cms::signed::SignerInfo;
use crate::inspect::subject::{InnerKind, SignedObject, Subject};
use crate::lint::context::Context;
use crate::message::RawMessage;
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::mime::multipart::Multipart;
use crate::octets::Span;
use crate::pki::{Certificate, Crl};
use crate::report::Severity;
use crate::spec;

/// One rule.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// The name of its finding.
    pub code: &'static str,
    /// How much it asks.
    pub level: Level,
    /// Where it stands.
    pub source: spec::Rule,
    /// What to do when it is broken.
    pub fix: &'static str,
    /// How it is seen; none if a reader sees it on the way.
    pub checks: &'static [Check],
}

/// How much a rule asks (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// MUST, SHALL, or a syntax.
    Must,
    /// SHOULD, RECOMMENDED.
    Should,
    /// Nothing: it is worth knowing.
    Observation,
}

impl Level {
    pub(super) fn severity(self) -> Severity {
        match self {
            Level::Must => Severity::Error,
            Level::Should => Severity::Warning,
            Level::Observation => Severity::Info,
        }
    }
}

/// One case of a rule that is broken.
#[derive(Clone, Debug, Default)]
pub(super) struct Broken {
    /// What is wrong, in one sentence.
    pub text: String,
    /// The field or structure, where the octets do not say it.
    pub element: Option<String>,
    /// Where, if that is less than the whole of what was looked at.
    pub octets: Option<Span>,
    /// What to do, if that is more than the rule says.
    pub fix: Option<String>,
    /// Whether it is why something cannot be read.
    pub is_failure: bool,
}

impl Broken {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Broken { text: text.into(), ..Broken::default() }
    }

    pub(super) fn at(self, octets: Span) -> Self {
        Broken { octets: Some(octets), ..self }
    }

    pub(super) fn within(self, element: impl Into<String>) -> Self {
        Broken { element: Some(element.into()), ..self }
    }
}

/// All cases of a rule in one thing.
pub(super) type Cases = Vec<Broken>;

/// One case if `is_broken`.
pub(super) fn when(is_broken: bool, text: &str) -> Cases {
    if is_broken { vec![Broken::new(text)] } else { Cases::new() }
}

/// What a rule looks at, and how.
#[derive(Clone, Copy)]
pub(super) enum Check {
    Message(fn(&RawMessage<'_>, &Context<'_>) -> Cases),
    Entity(fn(&Entity<'_>, &Context<'_>) -> Cases),
    Leaf(fn(&Entity<'_>, &[u8], &Context<'_>) -> Cases),
    Multipart(fn(&Entity<'_>, &Multipart<'_>, &Context<'_>) -> Cases),
    Inner(fn(&[Field<'_>], InnerKind, &Context<'_>) -> Cases),
    Cpim(fn(&[Field<'_>], Option<&Entity<'_>>, &Context<'_>) -> Cases),
    Signed(fn(SignedObject<'_>, &Context<'_>) -> Cases),
    Signer(fn(SignedObject<'_>, &SignerInfo<'_>, Option<&Certificate>, &Context<'_>) -> Cases),
    Encrypted(fn(&EnvelopedData<'_>, &Context<'_>) -> Cases),
    Certificate(fn(&Certificate, &Context<'_>) -> Cases),
    List(fn(&Crl, &Context<'_>) -> Cases),
    End(fn(&Context<'_>) -> Cases),
}

/// How many kinds of checks there are.
pub(super) const KINDS: usize = 12;

/// The number of the checks that a subject is for.
pub(super) fn kind_of(subject: &Subject<'_>) -> Option<usize> {
    Some(match subject {
        Subject::Message(_) => 0,
        Subject::Entity(_) => 1,
        Subject::Leaf(..) => 2,
        Subject::Multipart(..) => 3,
        Subject::Inner(..) => 4,
        Subject::Cpim(..) => 5,
        Subject::Signed(_) => 6,
        Subject::Signer(..) => 7,
        Subject::Encrypted(_) => 8,
        Subject::Certificate(_) => 9,
        Subject::RevocationList(_) => 10,
        Subject::End => 11,
        Subject::Compressed | Subject::Found(_) | Subject::Failed(_) => return None,
    })
}

impl Check {
    /// The number of what it looks at, as [`kind_of`] counts.
    pub(super) fn kind(&self) -> usize {
        match self {
            Check::Message(_) => 0,
            Check::Entity(_) => 1,
            Check::Leaf(_) => 2,
            Check::Multipart(_) => 3,
            Check::Inner(_) => 4,
            Check::Cpim(_) => 5,
            Check::Signed(_) => 6,
            Check::Signer(_) => 7,
            Check::Encrypted(_) => 8,
            Check::Certificate(_) => 9,
            Check::List(_) => 10,
            Check::End(_) => 11,
        }
    }

    pub(super) fn ask(&self, subject: &Subject<'_>, context: &Context<'_>) -> Cases {
        match (self, subject) {
            (Check::Message(check), Subject::Message(message)) => check(message, context),
            (Check::Entity(check), Subject::Entity(entity)) => check(entity, context),
            (Check::Leaf(check), Subject::Leaf(entity, octets)) => check(entity, octets, context),
            (Check::Multipart(check), Subject::Multipart(entity, multipart)) => check(entity, multipart, context),
            (Check::Inner(check), Subject::Inner(fields, kind)) => check(fields, *kind, context),
            (Check::Cpim(check), Subject::Cpim(fields, entity)) => check(fields, *entity, context),
            (Check::Signed(check), Subject::Signed(object)) => check(*object, context),
            (Check::Signer(check), Subject::Signer(object, signer, certificate)) => {
                check(*object, signer, *certificate, context)
            }
            (Check::Encrypted(check), Subject::Encrypted(data)) => check(data, context),
            (Check::Certificate(check), Subject::Certificate(certificate)) => check(certificate, context),
            (Check::List(check), Subject::RevocationList(list)) => check(list, context),
            (Check::End(check), Subject::End) => check(context),
            _ => Cases::new(),
        }
    }
}
