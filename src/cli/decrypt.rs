//! `sip-smime decrypt`: load, open, write.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::report::{LayerReport, OpenReport, json, text};
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypted_body;
use sip_smime::smime::open::OpenOptions;
use sip_smime::source::Chunk;

use crate::cli::args::Common;
use crate::cli::checks::{self, Checks, LoadedChecks};
use crate::cli::clock;
use crate::cli::keys::{Keys, LoadedKeys};
use crate::cli::operand::{self, Passin};
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::state::KeyringFolder;

/// Decrypt encrypted SIP messages, MIME entities or CMS objects
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    keys: Keys,
    /// Refuse ciphers that do not show whether the content was changed
    #[arg(long)]
    require_aead: bool,
    /// Open every layer and verify every signature; the options of verify say how
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    checks: Checks,
}

/// What is loaded once, for all messages.
struct Loaded<'a> {
    keys: LoadedKeys,
    checks: Option<LoadedChecks<'a>>,
    keyring: Option<KeyringFolder>,
}

pub fn run(args: &Args) -> Exit {
    let unsigned = if args.checks.require_signed { Unsigned::Fails } else { Unsigned::Skipped };
    run::loaded(&args.common, load(args), |loaded| {
        let task = Task {
            name: "decrypt",
            unsigned,
            answers: false,
            signer_out: args.checks.signer_out.as_deref(),
            keyring: loaded.keyring.as_ref(),
            is_listing: false,
        };
        run::each_message(&args.common, task, |chunk| work(args, loaded, chunk))
    })
}

fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Error::new(Condition::Usage).detail(detail).hinting(hint);
    if let (false, Some(option)) = (args.verify, args.checks.given()) {
        return Err(usage(
            &format!("{option} asks something of a signature"),
            "add --verify: without it none is looked at",
        ));
    }
    if !args.keys.is_given() {
        let hint = "give the private key with -inkey, a key agreed on with --kek, or a password with --password";
        return Err(usage("there is nothing to decrypt with", hint));
    }
    args.keys.check_standard_input(&args.common)
}

fn load(args: &Args) -> Result<Loaded<'_>, Error> {
    args.common.check()?;
    check(args)?;
    let files = args.checks.files();
    let operands = args.keys.files().chain(files.iter().map(PathBuf::as_path));
    args.common.keep(operands, args.checks.signer_out.as_deref())?;
    let passin = Passin::new(args.keys.passin.as_ref());
    let checks = args.verify.then(|| args.checks.load(&passin)).transpose()?;
    let keyring = args.checks.load_keyring(checks.as_ref())?;
    let known = keyring.as_ref().map(KeyringFolder::known).unwrap_or_default();
    Ok(Loaded { keys: args.keys.load(&known, &passin, &args.common)?, checks, keyring })
}

fn work(args: &Args, loaded: &Loaded<'_>, chunk: &Chunk) -> Outcome {
    let identities = loaded.keys.identities();
    let options = OpenOptions {
        identities: &identities,
        decrypt: DecryptOptions {
            allow_legacy: args.checks.allow_legacy,
            require_authentication: args.require_aead,
            ..DecryptOptions::default()
        },
        verify: None,
    };
    let known = loaded.keyring.as_ref().map(KeyringFolder::known);
    let known = known.as_deref();
    let time = match loaded.checks.as_ref().map(|checks| checks.time(chunk)).transpose() {
        Ok(time) => time.unwrap_or_default(),
        Err(error) => return error.into(),
    };
    let checks = loaded.checks.as_ref().map(|checks| move |claim| checks.options(claim, known, time));
    let verify = checks.as_ref().map(|verify| -> &dyn Fn(_) -> _ { verify });
    let request = args.common.request(chunk);
    let opened = encrypted_body::open_message(&request, &args.checks.identity, options, verify, &mut clock::rng());
    let mut outcome = reported(args, &opened.report);
    match opened.octets {
        Ok(octets) => {
            let layers = opened.report.layers.iter();
            let signed = layers.filter_map(|layer| match layer {
                LayerReport::Signed(report) => Some(&**report),
                LayerReport::Encrypted(_) | LayerReport::Compressed { .. } => None,
            });
            let (lessons, lines) = checks::lessons(loaded.keyring.as_ref(), signed);
            outcome.lines.extend(lines);
            outcome.lessons = lessons;
            match operand::in_pem(&opened.signers) {
                Ok(signers) => Outcome { product: Some(octets), signers, ..outcome },
                Err(error) => Outcome { error: Some(error), ..outcome },
            }
        }
        Err(error) => {
            // Only --verify asks for a signature.
            outcome.error = Some(match error.condition() {
                Condition::NotSigned => error.hinting(NOT_SIGNED),
                _ => error,
            });
            outcome
        }
    }
}

const NOT_SIGNED: &str = "decrypt without --verify opens what nobody signed: who wrote it is then not proved";

fn reported(args: &Args, report: &OpenReport) -> Outcome {
    let lines = text::opening(report, args.common.verbose);
    let mut outcome = Outcome { lines, has_smime: report.has_smime, ..Outcome::default() };
    outcome.lines.extend(run::findings(&args.common, &report.findings));
    if args.common.json {
        outcome.json = json::opening(report);
    }
    outcome
}
