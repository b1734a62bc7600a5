//! Lint: which rules a message breaks, each told with its place, the section it stands in and what to do about it.
//!
//! A rule is a row of a table with a function that looks at one thing. The walk of [`inspect`](crate::inspect) brings
//! each thing by. Nothing here is a verdict: who signed a message is what [`verify`](crate::smime::verify) proves.

use std::sync::LazyLock;

use crate::error::{Error, Place};
use crate::inspect;
use crate::inspect::Opener;
use crate::inspect::subject::{Observer, Site, Subject};
use crate::message::Form;
use crate::octets::Slice;
use crate::report::tree::InspectReport;
use crate::report::{Finding, Severity};
use crate::spec;

mod accept;
mod body;
mod cert;

mod context;
mod cpim;
mod framing;
mod interop;
mod mime;
mod objects;
mod reported;
mod rule;
mod tunnel;

pub use accept::accept_field;
use context::{Context, Known};
use rule::{Broken, Check, Level, Rule};

/// How a message is judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct LintOptions {
    /// The time at which certificates should be valid, in seconds since 1970.
    pub time: i64,
    /// Whether a MESSAGE whose signature covers no Date breaks a rule or only deserves a warning.
    pub strict: bool,
}

/// Looks at one message, which stands somewhere in an input, and judges all that is in it, and in the layers that can be
/// opened.
pub fn lint(octets: Slice<'_>, form: Option<Form>, opener: Option<Opener<'_>>, options: LintOptions) -> InspectReport {
    let mut linter = Linter { options, known: Known::default(), findings: Vec::new() };
    let report = inspect::inspect(octets, form, opener, &mut linter);
    InspectReport { findings: linter.findings, ..report }
}

/// A rule as the manual shows it.
#[derive(Clone, Copy, Debug)]
pub struct RuleSummary {
    /// The name of its finding.
    pub code: &'static str,
    /// How much it matters when it is broken.
    pub severity: Severity,
    /// Where it stands.
    pub source: spec::Rule,
    /// What to do about it; empty if there is nothing to do, or more than one thing.
    pub fix: &'static str,
}

/// Every rule, by its name.
pub fn summaries() -> Vec<RuleSummary> {
    let summary = |rule: &'static Rule| RuleSummary {
        code: rule.code,
        severity: severity(rule),
        source: rule.source,
        fix: rule.fix,
    };
    let mut summaries: Vec<RuleSummary> = rules().map(summary).collect();
    summaries.sort_by_key(|summary| summary.code);
    summaries
}

/// Every rule, in the order of the rooms they are about.
fn rules() -> impl Iterator<Item = &'static Rule> {
    let tables = [
        framing::RULES,
        accept::RULES,
        mime::RULES,
        body::RULES,
        objects::RULES,
        cert::RULES,
        tunnel::RULES,
        cpim::RULES,
        interop::RULES,
        reported::RULES,
    ];
    tables.into_iter().flatten()
}

/// The checks by what they look at: a message has many things, and each has few rules.
static CHECKS: LazyLock<Vec<Vec<(&'static Rule, &'static Check)>>> = LazyLock::new(|| {
    let all: Vec<_> = rules().flat_map(|rule| rule.checks.iter().map(move |check| (rule, check))).collect();
    let of = |kind| all.iter().copied().filter(|(_, check)| check.kind() == kind).collect();
    (0..rule::KINDS).map(of).collect()
});

/// Where the severity is not that of the level: the code, the severity, and why.
const EXCEPTIONS: &[(&str, Severity, &str)] = &[
    (
        "DATE-NOT-SIGNED",
        Severity::Warning,
        "the examples of RFC 8591 lack it, and a body-only signature cannot have it",
    ),
    ("SIZE-1300", Severity::Warning, "larger ones may be sent over a transport that controls congestion"),
    ("SIP-TRAILING-BYTES", Severity::Warning, "a datagram is read without them, and files of RFC 6216 have them"),
    (
        "SIP-FIELD-MISSING",
        Severity::Warning,
        "messages are often shown in extracts, and nothing of S/MIME depends on it",
    ),
    ("CERT-EXPIRED", Severity::Warning, "the message may be older than the time at which it is looked at"),
    ("CERT-NOT-YET-VALID", Severity::Warning, "the clock may be wrong"),
    ("PROTOCOL-UNQUOTED", Severity::Warning, "the examples of RFC 3862 have it, and nobody misreads it"),
    ("CT-TARGET-BARE-HOST", Severity::Warning, "the examples of the draft have it"),
    ("KDF-SHA1", Severity::Warning, "openssl writes it unless told otherwise, and it is not known to be weak here"),
    ("KDF-SHA224", Severity::Warning, "it is not known to be weak here"),
    ("MICALG-MISMATCH", Severity::Warning, "RFC 8551 asks readers for lenience"),
];

/// Codes of warnings that --strict makes errors.
const STRICT: &[&str] = &["DATE-NOT-SIGNED"];

/// How many findings one message may have: a hostile one would have millions.
const MAX_FINDINGS: usize = 1024;

fn severity(rule: &Rule) -> Severity {
    let exception = EXCEPTIONS.iter().find(|(code, ..)| *code == rule.code);
    exception.map_or_else(|| rule.level.severity(), |(_, severity, _)| *severity)
}

struct Linter {
    options: LintOptions,
    known: Known,
    findings: Vec<Finding>,
}

impl Linter {
    fn add(&mut self, rule: &Rule, broken: Broken, site: &Site<'_>) {
        let octets = if site.is_decoded { None } else { broken.octets };
        let place = Place {
            part: (!site.part.is_empty()).then(|| site.part.to_owned()),
            element: broken.element,
            octets: octets.or(site.octets),
            ..Place::default()
        };
        let is_strict = self.options.strict && STRICT.contains(&rule.code);
        let fix = broken.fix.or_else(|| (!rule.fix.is_empty()).then(|| rule.fix.to_owned()));
        self.push(Finding {
            code: rule.code,
            severity: if is_strict { Severity::Error } else { severity(rule) },
            text: broken.text,
            rule: rule.source,
            place: Some(Box::new(place)),
            fix,
            is_failure: broken.is_failure,
        });
    }

    /// The first of many is as good as all.
    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else if self.findings.len() == MAX_FINDINGS {
            let text = format!("more than {MAX_FINDINGS} findings are not listed");
            self.findings.push(Finding::warning("FINDINGS-LIMIT", spec::LIMITS, text));
        }
    }

    /// What a reader said on the way has its own words, and the severity and the fix of the table.
    fn reported(&mut self, finding: &Finding, site: &Site<'_>) {
        match rules().find(|rule| rule.code == finding.code) {
            Some(rule) => {
                let octets = finding.place.as_ref().and_then(|place| place.octets);
                let broken = Broken { octets, ..Broken::new(finding.text.as_str()) };
                self.add(&Rule { source: finding.rule, ..*rule }, broken, site);
            }
            None => self.push(finding.clone()),
        }
    }

    /// Why something cannot be read breaks a rule.
    fn failed(&mut self, error: &Error, site: &Site<'_>) {
        let code = error.finding().unwrap_or_else(|| reported::code_of(error));
        let rule = rules().find(|rule| rule.code == code);
        let (level, fix) = rule.map_or((Level::Must, ""), |rule| (rule.level, rule.fix));
        let element = error.place().element.clone();
        let text = format!("{error} ({})", error.code());
        let fix = error.hint().map(str::to_owned).filter(|_| fix.is_empty());
        let broken = Broken { octets: error.place().octets, element, fix, is_failure: true, ..Broken::new(text) };
        let row = Rule { code, level, source: error.rule(), fix: rule.map_or("", |rule| rule.fix), checks: &[] };
        self.add(&row, broken, site);
    }
}

impl Observer for Linter {
    fn see(&mut self, subject: &Subject<'_>, site: &Site<'_>) {
        match subject {
            Subject::Found(finding) => return self.reported(finding, site),
            Subject::Failed(error) => return self.failed(error, site),
            _ => self.known.learn(subject, site),
        }
        // Many rules ask for the media type: it is read once.
        let media_type = match subject {
            Subject::Entity(entity) | Subject::Leaf(entity, _) => entity.content_type().ok().flatten(),
            _ => None,
        };
        let checks = rule::kind_of(subject).and_then(|kind| CHECKS.get(kind));
        for (rule, check) in checks.into_iter().flatten() {
            let media_type = media_type.as_ref();
            let context = Context { site, media_type, known: &self.known, options: self.options };
            for broken in check.ask(subject, &context) {
                self.add(rule, broken, site);
            }
        }
    }
}
