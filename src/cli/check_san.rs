//! `sip-smime check-san`: load, compare, list.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::chain::Purpose;
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::report::{NamesReport, json, text};
use sip_smime::smime::names::{self, NamesOptions};
use sip_smime::source::Chunk;
use sip_smime::uri::{Host, SipUri};
use zeroize::Zeroizing;

use crate::cli::args::{Common, Secret};
use crate::cli::checks::{Anchors, LoadedAnchors};
use crate::cli::operand::Passin;
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::secrets;

mod found;

/// Say whom certificates name, and whether they name a URI
#[derive(ClapArgs, Debug)]
#[command(override_usage = "sip-smime check-san [OPTIONS] [URI] [FILE]...")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    anchors: Anchors,
    /// Where the password of PKCS #12 files comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// What the certificate must be for [default: smime; sip for a domain]
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<NamesPurpose>,
    /// Let a sip: identity match an e-mail address in the certificate
    #[arg(long)]
    allow_email_san: bool,
    /// Accept SHA-1 and RSA below 2048 bits
    #[arg(long)]
    allow_legacy: bool,
    /// Compare URIs as RFC 3261 section 19.1.4 does, too
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NamesPurpose {
    /// E-mail protection, or no stated purpose
    #[value(alias = "smimesign")]
    Smime,
    /// id-kp-sipDomain too
    Sip,
    /// TLS servers
    #[value(alias = "sslserver")]
    Tls,
    /// Any
    Any,
}

impl From<NamesPurpose> for Purpose {
    fn from(name: NamesPurpose) -> Self {
        match name {
            NamesPurpose::Smime => Purpose::Smime,
            NamesPurpose::Sip => Purpose::Sip,
            NamesPurpose::Tls => Purpose::Tls,
            NamesPurpose::Any => Purpose::Any,
        }
    }
}

/// What is loaded once, for all files.
struct Loaded {
    reference: Option<SipUri>,
    anchors: LoadedAnchors,
    password: Option<Zeroizing<Vec<u8>>>,
}

pub fn run(mut args: Args) -> Exit {
    let reference = take_reference(&mut args.common.files);
    let task = Task {
        name: "check-san",
        unsigned: Unsigned::Skipped,
        answers: true,
        signer_out: None,
        keyring: None,
        is_listing: true,
    };
    run::loaded(&args.common, load(&args, reference.as_deref()), |loaded| {
        run::each_message(&args.common, task, |chunk| work(&args, loaded, chunk))
    })
}

/// The first operand is the identity if it begins with a URI scheme.
fn take_reference(operands: &mut Vec<PathBuf>) -> Option<String> {
    let first = operands.first()?.to_str()?;
    has_scheme(first).then(|| first.to_owned()).inspect(|_| drop(operands.remove(0)))
}

fn has_scheme(operand: &str) -> bool {
    operand.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
    })
}

fn load(args: &Args, reference: Option<&str>) -> Result<Loaded, Error> {
    args.common.check()?;
    let usage = |detail: String| Error::new(Condition::Usage).detail(detail);
    let reference = reference.map(SipUri::parse_typed).transpose().map_err(|error| {
        let hint = error.hint().unwrap_or("an identity is sip:user@host, or sip:domain").to_owned();
        usage(error.to_string()).hinting(hint)
    })?;
    if let Some(late) = args.common.files.iter().find_map(|file| missing(file).filter(|text| has_scheme(text))) {
        return Err(usage(format!("there is no file {late}")).hinting("the URI comes first, and the files after it"));
    }
    let first = args.common.files.first().filter(|_| reference.is_none()).and_then(|file| missing(file));
    if let Some(bare) = first.filter(|text| text.contains('@') || Host::read(text).is_some()) {
        let hint = format!("an identity has a scheme, that of a domain, too: sip:{bare}");
        return Err(usage(format!("there is no file {bare}")).hinting(hint));
    }
    if args.common.outform.is_some() {
        return Err(usage("check-san writes a list".into()).hinting("leave -outform out, or use --json"));
    }
    let passin = args.passin.as_ref();
    let reads_input = args.common.reads_standard_input();
    secrets::check_standard_input(&[passin.is_some_and(Secret::is_standard_input)], reads_input)?;
    let files = args.anchors.files();
    let files = files.iter().map(PathBuf::as_path).chain(passin.and_then(Secret::file));
    args.common.keep(files, None)?;
    // Once for all: it may come from a pipe.
    let passin = Passin::new(passin);
    let password = passin.read(Path::new("the PKCS #12 files"))?.map(|password| Zeroizing::new(password.to_vec()));
    Ok(Loaded { reference, anchors: args.anchors.load(&passin)?, password })
}

/// An operand that names no file, and so may be an identity.
fn missing(operand: &Path) -> Option<&str> {
    operand.to_str().filter(|text| *text != "-" && !operand.exists())
}

/// Without an anchor nothing is trusted; here nobody needs to leave trust out.
fn without_anchor(error: Error) -> Error {
    match error.condition() {
        Condition::TrustNoAnchor => error.hinting("name one with -CAfile, -CApath or --trust"),
        _ => error,
    }
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Outcome {
    let (found, has_smime) = match found::read(args, loaded, chunk) {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    let reference = loaded.reference.as_ref();
    let purpose = args.purpose.map_or_else(|| names::usual_purpose(reference), Purpose::from);
    let time = match loaded.anchors.time(chunk) {
        Ok(time) => time,
        Err(error) => return error.into(),
    };
    let options = NamesOptions {
        reference,
        identity: IdentityOptions { allow_email_san: args.allow_email_san, strict: args.strict, common_name: true },
        trust: asks_for_a_path(args).then(|| loaded.anchors.trust(purpose, args.allow_legacy, time)),
    };
    let mut outcome = Outcome { has_smime, ..Outcome::default() };
    if has_smime {
        outcome.lines = run::findings(&args.common, found.findings());
        outcome.json.insert("findings".into(), json::findings(found.findings()));
    }
    let judged = match names::check(&found, &loaded.anchors.certificates, &options) {
        Ok(judged) => judged,
        Err(error) => return Outcome { error: Some(error), ..outcome },
    };
    let mut reports = Vec::new();
    for (report, answer) in judged {
        outcome.lines.extend(run::findings(&args.common, &report.findings));
        outcome.error = outcome.error.or(answer.err().map(without_anchor));
        reports.push(report);
    }
    outcome.product = Some(listing(&reports));
    outcome.json.insert("certificates".into(), json::names(&reports));
    outcome
}

/// Whoever says how a path must be asks for one, as verify sees it: without an anchor there is none.
fn asks_for_a_path(args: &Args) -> bool {
    args.purpose.is_some() || args.anchors.asks_for_a_path()
}

fn listing(reports: &[NamesReport]) -> Vec<u8> {
    let blocks = reports.iter().map(|report| {
        let lines = text::names(report);
        lines.iter().map(|line| text::escape(line) + "\n").collect::<String>()
    });
    blocks.collect::<Vec<_>>().join("\n").into_bytes()
}
