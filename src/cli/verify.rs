//! `sip-smime verify`: load, verify, write.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::report::{VerifyReport, json, text};
use sip_smime::smime::{body, diagnose};
use sip_smime::source::Chunk;
use zeroize::Zeroizing;

use crate::cli::args::{Common, Secret};
use crate::cli::checks::{self, Checks, LoadedChecks};
use crate::cli::operand::{self, Passin};
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::state::KeyringFolder;
use crate::cli::{io, secrets};

/// Verify signed SIP messages, MIME entities or CMS objects
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    checks: Checks,
    /// Where the password of PKCS #12 files comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// The content of a detached CMS object; `-` is standard input
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
}

pub fn run(args: &Args) -> Exit {
    let unsigned = if args.checks.require_signed { Unsigned::Fails } else { Unsigned::Skipped };
    run::loaded(&args.common, load(args), |loaded| {
        let task = Task {
            name: "verify",
            unsigned,
            answers: true,
            signer_out: args.checks.signer_out.as_deref(),
            keyring: loaded.keyring.as_ref(),
            is_listing: false,
        };
        run::each_message(&args.common, task, |chunk| work(args, loaded, chunk))
    })
}

/// What is loaded once, for all messages.
struct Loaded<'a> {
    checks: LoadedChecks<'a>,
    keyring: Option<KeyringFolder>,
    content: Option<Zeroizing<Vec<u8>>>,
}

fn load(args: &Args) -> Result<Loaded<'_>, Error> {
    args.common.check()?;
    if args.content.as_ref().is_some_and(|path| io::is_standard_input(path)) && args.common.reads_standard_input() {
        return Err(Error::new(Condition::Usage)
            .detail("the content and the message cannot both come from standard input")
            .hinting("name the file of the message with -in"));
    }
    let passin = args.passin.as_ref();
    let reads_input =
        args.common.reads_standard_input() || args.content.as_ref().is_some_and(|path| io::is_standard_input(path));
    secrets::check_standard_input(&[passin.is_some_and(Secret::is_standard_input)], reads_input)?;
    let files = args.checks.files();
    let files = files.iter().map(PathBuf::as_path).chain(passin.and_then(Secret::file));
    args.common.keep(files, args.checks.signer_out.as_deref())?;
    let checks = args.checks.load(&Passin::new(passin))?;
    Ok(Loaded {
        keyring: args.checks.load_keyring(Some(&checks))?,
        checks,
        content: args.content.as_ref().map(|path| io::read_content(path)).transpose()?,
    })
}

fn work(args: &Args, loaded: &Loaded<'_>, chunk: &Chunk) -> Outcome {
    let content = loaded.content.as_ref().map(|octets| octets.as_slice());
    let known = loaded.keyring.as_ref().map(KeyringFolder::known);
    let time = match loaded.checks.time(chunk) {
        Ok(time) => time,
        Err(error) => return error.into(),
    };
    let (request, identity) = (args.common.request(chunk), &args.checks.identity);
    let options = |claim| loaded.checks.options(claim, known.as_deref(), time);
    let verified = body::verify_message(&request, content, identity, options);
    match verified {
        Ok(message) => {
            let mut outcome = reported(args, message.report());
            let (lessons, lines) = checks::lessons(loaded.keyring.as_ref(), std::iter::once(message.report()));
            outcome.lines.extend(lines);
            outcome.lessons = lessons;
            match operand::in_pem(message.signers()) {
                Ok(signers) => Outcome { product: Some(message.into_octets()), signers, ..outcome },
                Err(error) => Outcome { error: Some(error), ..outcome },
            }
        }
        Err(mut refused) => {
            let is_unread = refused.report.signers.is_empty() && refused.error.exit() == Exit::Malformed;
            if args.checks.diagnose && is_unread && refused.report.diagnosis.is_none() {
                refused.report.diagnosis = diagnose::framed(&request, content, identity, options);
            }
            Outcome { error: Some(refused.error), ..reported(args, &refused.report) }
        }
    }
}

fn reported(args: &Args, report: &VerifyReport) -> Outcome {
    let mut outcome = Outcome { lines: text::verification(report, args.common.verbose), ..Outcome::default() };
    if args.common.json {
        outcome.json.insert("verification".into(), json::verification(report));
    }
    outcome
}
