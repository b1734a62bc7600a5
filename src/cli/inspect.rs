//! `sip-smime inspect`: look, list.

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::inspect::inspect;
use sip_smime::octets::Slice;
use sip_smime::report::{text, tree};
use sip_smime::source::Chunk;

use crate::cli::args::Common;
use crate::cli::run::{self, Outcome, Task, Unsigned};

/// Show what is in SIP messages, MIME entities and CMS objects, layer by layer
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
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
    run::loaded(&args.common, load(args), |()| run::each_message(&args.common, task, |chunk| work(args, chunk)))
}

fn load(args: &Args) -> Result<(), Error> {
    args.common.check()?;
    if args.common.outform.is_some() {
        let error = Error::new(Condition::Usage).detail("inspect writes a listing");
        return Err(error.hinting("leave -outform out, or use --json"));
    }
    args.common.keep([], None)
}

fn work(args: &Args, chunk: &Chunk) -> Outcome {
    let mut report = inspect(Slice::at(&chunk.octets, chunk.start), args.common.form());
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
    let mut outcome = Outcome { error, ..Outcome::default() };
    outcome.lines = run::findings(&args.common, &report.findings);
    if args.common.json {
        outcome.json = tree::small_fields(&report);
        outcome.written.push(("tree", tree::written(&report)));
        if args.common.out.is_none() {
            return outcome;
        }
    }
    let mut lines = tree::lines(&report, args.common.verbose);
    // The first one may be the only one.
    match &chunk.packet {
        Some(packet) => lines.insert(0, format!("message {}, {packet}", chunk.number)),
        None if chunk.number > 1 => lines.insert(0, format!("message {}", chunk.number)),
        None => {}
    }
    let listing: String = lines.iter().map(|line| text::escape(line) + "\n").collect();
    Outcome { product: Some(listing.into_bytes()), ..outcome }
}
