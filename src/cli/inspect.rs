//! `sip-smime inspect`: look, list, judge.

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::lint::{self, LintOptions};
use sip_smime::octets::Slice;
use sip_smime::report::tree::InspectReport;
use sip_smime::report::{Severity, json, text, tree};
use sip_smime::source::Chunk;

use crate::cli::args::{self, Common};
use crate::cli::clock;
use crate::cli::run::{self, Outcome, Task, Unsigned};

/// Show what is in SIP messages, MIME entities and CMS objects, layer by layer
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Print the findings alone, each with its place, its rule and what to do; an error among them is exit 1
    #[arg(long)]
    lint: bool,
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
        is_listing: true,
    };
    run::loaded(&args.common, load(args), |options| {
        run::each_message(&args.common, task, |chunk| work(args, *options, chunk))
    })
}

fn load(args: &Args) -> Result<LintOptions, Error> {
    args.common.check()?;
    if args.common.outform.is_some() {
        let error = Error::new(Condition::Usage).detail("inspect writes a listing");
        return Err(error.hinting("leave -outform out, or use --json"));
    }
    args.common.keep([], None)?;
    Ok(LintOptions { time: args.at_time.unwrap_or_else(clock::now), strict: args.strict })
}

fn work(args: &Args, options: LintOptions, chunk: &Chunk) -> Outcome {
    let mut report = lint::lint(Slice::at(&chunk.octets, chunk.start), args.common.form(), options);
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
    let listing = listing(chunk, tree::lines(report, args.common.verbose));
    let mut outcome = Outcome { product: Some(listing), error, ..Outcome::default() };
    outcome.lines = run::findings(&args.common, &report.findings);
    outcome.json = tree::json(report);
    outcome
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
    let lines: Vec<String> = shown.flat_map(text::finding_in_full).collect();
    let product = if lines.is_empty() { None } else { Some(listing(chunk, lines)) };
    let mut outcome = Outcome { product, error: broken, ..Outcome::default() };
    outcome.json.insert("findings".into(), json::findings(&report.findings));
    outcome
}

fn listing(chunk: &Chunk, mut lines: Vec<String>) -> Vec<u8> {
    // The first one may be the only one.
    if chunk.number > 1 {
        lines.insert(0, format!("message {}", chunk.number));
    }
    lines.iter().map(|line| text::escape(line) + "\n").collect::<String>().into_bytes()
}
