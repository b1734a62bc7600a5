//! `sip-smime decrypt`: load, open, write.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use sip_smime::cms::recipient::Identity;
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::report::{LayerReport, OpenReport, json, text};
use sip_smime::smime::decrypt::DecryptOptions;
use sip_smime::smime::encrypted_body;
use sip_smime::smime::open::OpenOptions;
use sip_smime::source::Chunk;

use crate::cli::args::{Common, Secret};
use crate::cli::checks::{self, Checks, LoadedChecks};
use crate::cli::clock;
use crate::cli::operand::{self, Passin};
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::secrets::{self, KekSource};
use crate::cli::state::KeyringFolder;

/// Decrypt encrypted SIP messages, MIME entities or CMS objects
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The certificate of a private key; the file may hold the key too; may be repeated
    #[arg(long, value_name = "CERT")]
    recip: Vec<PathBuf>,
    /// The recipient's private key; the file may hold the certificate too; may be repeated
    #[arg(long, value_name = "KEY")]
    inkey: Vec<PathBuf>,
    /// Where the password of the keys, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated
    #[arg(long, value_name = "ID:FILE")]
    kek: Vec<KekSource>,
    /// Where the password of the message comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    password: Option<Secret>,
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
    keys: Vec<PrivateKeyIdentity>,
    keks: Vec<KeyEncryptionKey>,
    password: Option<SharedPassword>,
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
    if args.inkey.is_empty() && args.recip.is_empty() && args.kek.is_empty() && args.password.is_none() {
        let hint = "give the private key with -inkey, a key agreed on with --kek, or a password with --password";
        return Err(usage("there is nothing to decrypt with", hint));
    }
    let mut secrets: Vec<bool> = args.kek.iter().map(KekSource::is_standard_input).collect();
    secrets.extend(args.password.iter().chain(&args.passin).map(Secret::is_standard_input));
    secrets::check_standard_input(&secrets, args.common.reads_standard_input())
}

fn load(args: &Args) -> Result<Loaded<'_>, Error> {
    args.common.check()?;
    check(args)?;
    let files = args.checks.files();
    let operands = args.recip.iter().chain(&args.inkey).chain(&files).map(PathBuf::as_path);
    let secrets = args.password.iter().chain(&args.passin).filter_map(Secret::file);
    let operands = operands.chain(args.kek.iter().map(KekSource::file)).chain(secrets);
    args.common.keep(operands, args.checks.signer_out.as_deref())?;
    let passin = Passin::new(args.passin.as_ref());
    let checks = args.verify.then(|| args.checks.load(&passin)).transpose()?;
    let keyring = args.checks.load_keyring(checks.as_ref())?;
    let known = keyring.as_ref().map(KeyringFolder::known).unwrap_or_default();
    Ok(Loaded {
        keys: operand::recipient_keys(&args.recip, &args.inkey, &known, &passin, args.common.voice())?,
        keks: secrets::keks(&args.kek, args.common.voice())?,
        password: args.password.as_ref().map(secrets::password).transpose()?,
        checks,
        keyring,
    })
}

fn work(args: &Args, loaded: &Loaded<'_>, chunk: &Chunk) -> Outcome {
    let mut identities: Vec<&dyn Identity> = loaded.keys.iter().map(|key| -> &dyn Identity { key }).collect();
    identities.extend(loaded.keks.iter().map(|kek| -> &dyn Identity { kek }));
    identities.extend(loaded.password.iter().map(|password| -> &dyn Identity { password }));
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
