//! `sip-smime inspect`: look, list, judge.

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::inspect::Opener;
use sip_smime::lint::{self, LintOptions};
use sip_smime::octets::Slice;
use sip_smime::pki::known::KnownCertificates;
use sip_smime::report::tree::InspectReport;
use sip_smime::report::{Finding, Severity, json, text, tree};
use sip_smime::smime::body;
use sip_smime::source::{Chunk, Packet};

use crate::cli::args::{self, Common};
use crate::cli::clock;
use crate::cli::io::{Output, WriteError};
use crate::cli::keys::{Keys, LoadedKeys};
use crate::cli::listing::{listing, severity_style, style};
use crate::cli::operand::Passin;
use crate::cli::run::{self, Outcome, Task, Unsigned};

/// Show what is in SIP messages, MIME entities and CMS objects, layer by layer
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    keys: Keys,
    /// Print the findings alone, each with its place, its rule and what to do; an error among them is exit 1
    #[arg(long)]
    lint: bool,
    /// Print the octets of the body, or of --part, as they are
    #[arg(long, conflicts_with = "lint")]
    raw: bool,
    /// Print the Accept field of who reads these kinds, and nothing else: all, clear-signed, signed-data, enveloped-data,
    /// auth-enveloped-data, compressed-data, certs-only
    #[arg(long, value_name = "TYPES", value_delimiter = ',', conflicts_with_all = ["lint", "raw", "json"])]
    make_accept: Vec<String>,
    /// A MESSAGE whose signature covers no Date is an error
    #[arg(long)]
    strict: bool,
    /// Judge certificates at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]
    #[arg(long, visible_alias = "attime", value_name = "TIME", value_parser = args::time)]
    at_time: Option<i64>,
}

pub fn run(args: &Args) -> Exit {
    let task = Task {
        name: "inspect",
        unsigned: Unsigned::Skipped,
        answers: true,
        signer_out: None,
        keyring: None,
        is_listing: !args.raw,
    };
    if !args.make_accept.is_empty() {
        return make_accept(args);
    }
    run::loaded(&args.common, load(args), |loaded| {
        run::each_message(&args.common, task, |chunk| work(args, loaded, chunk))
    })
}

/// What is loaded once, for all messages.
struct Loaded {
    options: LintOptions,
    keys: Option<LoadedKeys>,
}

fn load(args: &Args) -> Result<Loaded, Error> {
    args.common.check()?;
    if args.common.outform.is_some() {
        let error = Error::new(Condition::Usage).detail("inspect writes a listing");
        return Err(error.hinting("leave -outform out, or use --json"));
    }
    args.common.keep(args.keys.files(), None)?;
    args.keys.check_standard_input(&args.common)?;
    let passin = Passin::new(args.keys.passin.as_ref());
    let keys = args.keys.is_given().then(|| args.keys.load(&KnownCertificates::default(), &passin, &args.common));
    let options = LintOptions { time: args.at_time.unwrap_or_else(clock::now), strict: args.strict };
    Ok(Loaded { options, keys: keys.transpose()? })
}

fn make_accept(args: &Args) -> Exit {
    let kinds: Vec<&str> = args.make_accept.iter().map(String::as_str).collect();
    let written = lint::accept_field(&kinds).map_err(WriteError::Failed).and_then(|field| {
        let mut output = Output::new(args.common.out.as_deref()).map_err(WriteError::Failed)?;
        output.write(field.as_bytes())?;
        output.finish()
    });
    match written {
        Ok(()) | Err(WriteError::Closed) => Exit::Done,
        Err(WriteError::Failed(error)) => {
            args.common.voice().error(&error);
            error.exit()
        }
    }
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Outcome {
    if args.raw {
        return match body::octets_of(&args.common.request(chunk)) {
            Ok(octets) => Outcome { product: Some(octets), ..Outcome::default() },
            Err(error) => error.into(),
        };
    }
    let identities = loaded.keys.as_ref().map(LoadedKeys::identities);
    let mut rng = clock::rng();
    let opener = identities.as_ref().map(|identities| Opener { identities, rng: &mut rng });
    let octets = Slice::at(&chunk.octets, chunk.start);
    // A message in a capture is judged as of then.
    let packet = chunk.packet.as_ref().map(Packet::seconds).filter(|_| args.at_time.is_none());
    let options = LintOptions { time: packet.unwrap_or(loaded.options.time), ..loaded.options };
    let mut report = lint::lint(octets, args.common.form(), opener, options);
    let error = report.error().cloned();
    if let Some(part) = &args.common.part {
        match report.tree.part(part).cloned() {
            Some(node) => report.tree = node,
            None => {
                let missing = Error::new(Condition::Usage).detail(format!("there is no part {part}"));
                return error
                    .unwrap_or_else(|| missing.hinting("without --part every part is listed with its number"))
                    .into();
            }
        }
    }
    if args.lint { judged(args, chunk, &report, error) } else { listed(args, chunk, &report, error) }
}

/// The tree. Findings go where verdicts go.
fn listed(args: &Args, chunk: &Chunk, report: &InspectReport, error: Option<Error>) -> Outcome {
    let mut outcome = Outcome { error, ..Outcome::default() };
    // Why something cannot be read stands in the tree.
    let findings: Vec<Finding> = report.findings.iter().filter(|finding| !finding.is_failure).cloned().collect();
    outcome.lines = run::findings(&args.common, &findings);
    if args.common.json {
        outcome.written = tree::written(report);
        if args.common.out.is_none() {
            return outcome;
        }
    }
    let lines = tree::lines(report, args.common.verbose);
    let lines = lines.into_iter().map(|line| (style(line.kind), line.text)).collect();
    Outcome { product: Some(listing(&args.common, chunk, lines)), ..outcome }
}

/// The findings alone. What cannot be read is one of them; what keeps us from looking is the error still.
fn judged(args: &Args, chunk: &Chunk, report: &InspectReport, error: Option<Error>) -> Outcome {
    let count = report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let broken = match count {
        0 => error,
        1 => Some(Error::new(Condition::LintBroken).detail("1 finding is an error")),
        _ => Some(Error::new(Condition::LintBroken).detail(format!("{count} findings are errors"))),
    };
    let least = if args.common.quiet { Severity::Error } else { Severity::Info };
    let shown = report.findings.iter().filter(|finding| finding.severity >= least);
    let lines: Vec<(&str, String)> = shown
        .flat_map(|finding| {
            let mut lines = text::finding_in_full(finding).into_iter();
            let first = lines.next().map(|line| (severity_style(finding.severity), line));
            first.into_iter().chain(lines.map(|line| ("", line))).collect::<Vec<_>>()
        })
        .collect();
    let product = if lines.is_empty() { None } else { Some(listing(&args.common, chunk, lines)) };
    let mut outcome = Outcome { product, error: broken, ..Outcome::default() };
    outcome.json.insert("findings".into(), json::findings(&report.findings));
    outcome
}
