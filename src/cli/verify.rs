//! `sip-smime verify`: load, verify, write.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::alg::policy::Strength;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::Certificate;
use sip_smime::pki::chain::{Policies, Purpose, Trust};
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::report::{VerifyReport, json, text};
use sip_smime::smime::body::{self, Request};
use sip_smime::smime::claim::IdentitySource;
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::source::Chunk;
use sip_smime::store;
use sip_smime::uri::SipUri;
use zeroize::Zeroizing;

use crate::cli::args::{self, Common};
use crate::cli::clock;
use crate::cli::io;
use crate::cli::run::{self, Outcome, Task, Unsigned};

/// Verify signed SIP messages, MIME entities or CMS objects
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Trust anchors, in PEM or DER
    #[arg(long = "CAfile", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A folder of trust anchors
    #[arg(long = "CApath", value_name = "FOLDER")]
    ca_path: Option<PathBuf>,
    /// Trust exactly this certificate, whoever issued it; may be repeated
    #[arg(long, value_name = "CERT")]
    trust: Vec<PathBuf>,
    /// Certificates of signers and intermediate authorities that the message lacks; may be repeated
    #[arg(long, value_name = "FILE")]
    certfile: Vec<PathBuf>,
    /// Do not look for the signer among the certificates of the message
    #[arg(long)]
    nointern: bool,
    /// Check validity at this time: RFC 3339, seconds since 1970, or YYYY-MM-DD; also -attime [default: now]
    #[arg(long, visible_alias = "attime", value_name = "TIME", value_parser = args::time)]
    at_time: Option<i64>,
    /// Leave trust out: who signed is then not proved
    #[arg(long)]
    noverify: bool,
    /// Whom the certificate must name: from, to, pai, a URI or none
    #[arg(long, value_name = "WHO", default_value = "default", hide_default_value = true, value_parser = identity)]
    identity: IdentitySource,
    /// An uncovered Date is an error
    #[arg(long)]
    require_date: bool,
    /// In a stream, a message without a signature is a failure
    #[arg(long)]
    require_signed: bool,
    /// Let a sip: identity match an e-mail address in the certificate
    #[arg(long)]
    allow_email_san: bool,
    /// What the certificate must be for
    #[arg(long, value_name = "PURPOSE", default_value = "smime")]
    purpose: PurposeName,
    /// Accept SHA-1, RSA below 2048 bits and signatures without attributes, with a warning
    #[arg(long)]
    allow_legacy: bool,
    /// Write the certificates of the good signers to FILE; also -signer
    #[arg(long, visible_alias = "signer", value_name = "FILE")]
    signer_out: Option<PathBuf>,
    /// One good signer is enough
    #[arg(long)]
    any_signer: bool,
    /// Treat disagreements between labels and content as errors
    #[arg(long)]
    strict: bool,
    /// The content of a detached CMS object; `-` is standard input
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PurposeName {
    /// E-mail protection, or no stated purpose
    #[value(alias = "smimesign")]
    Smime,
    /// id-kp-sipDomain too
    Sip,
    /// Any
    Any,
}

fn identity(text: &str) -> Result<IdentitySource, String> {
    Ok(match text {
        "default" => IdentitySource::Default,
        "from" => IdentitySource::From,
        "to" => IdentitySource::To,
        "pai" => IdentitySource::PAssertedIdentity,
        "none" => IdentitySource::None,
        uri => IdentitySource::Uri(SipUri::parse(uri).map_err(|error| error.to_string())?),
    })
}

/// What is loaded once, for all messages.
struct Loaded {
    anchors: Vec<Certificate>,
    pinned: Vec<Certificate>,
    certificates: Vec<Certificate>,
    content: Option<Zeroizing<Vec<u8>>>,
    time: i64,
}

pub fn run(args: &Args) -> Exit {
    let voice = args.common.voice();
    let loaded = match load(args) {
        Ok(loaded) => loaded,
        Err(error) => {
            voice.error(&error);
            return error.exit();
        }
    };
    let unsigned = if args.require_signed { Unsigned::Fails } else { Unsigned::Skipped };
    let task = Task { name: "verify", unsigned, answers: true, signer_out: args.signer_out.as_deref() };
    run::each_message(&args.common, task, |chunk| work(args, &loaded, chunk))
}

fn load(args: &Args) -> Result<Loaded, Error> {
    if args.content.as_ref().is_some_and(|path| io::is_standard_input(path)) && args.common.reads_standard_input() {
        return Err(Error::new(Condition::Usage)
            .detail("the content and the message cannot both come from standard input")
            .hinting("name the file of the message with -in"));
    }
    let mut anchors = Vec::new();
    if let Some(path) = &args.ca_file {
        anchors.extend(certificates(path)?);
    }
    if let Some(folder) = &args.ca_path {
        anchors.extend(folder_certificates(folder)?);
    }
    let all = |paths: &[PathBuf]| -> Result<Vec<Certificate>, Error> {
        paths.iter().map(|path| certificates(path)).collect::<Result<Vec<_>, _>>().map(|found| found.concat())
    };
    Ok(Loaded {
        anchors,
        pinned: all(&args.trust)?,
        certificates: all(&args.certfile)?,
        content: args.content.as_ref().map(|path| io::read_content(path)).transpose()?,
        time: args.at_time.unwrap_or_else(clock::now),
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    store::certificates(&io::read_file(path)?).map_err(|error| error.in_file(path.display().to_string()))
}

/// The certificates of a folder: files with the names that openssl's rehash gives, or that end as
/// certificates do. Other files are passed over.
fn folder_certificates(folder: &Path) -> Result<Vec<Certificate>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(Condition::FileUnreadable).detail(error.to_string()).in_file(folder.display().to_string())
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let named = |path: &&PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let hashed = !ending.is_empty() && ending.bytes().all(|octet| octet.is_ascii_digit());
        path.is_file() && (hashed || ["pem", "crt", "cer", "der"].contains(&ending))
    };
    // One that cannot be read is no anchor: trust fails closed.
    Ok(paths.iter().filter(named).filter_map(|path| certificates(path).ok()).flatten().collect())
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Outcome {
    let purpose = match args.purpose {
        PurposeName::Smime => Purpose::Smime,
        PurposeName::Sip => Purpose::Sip,
        PurposeName::Any => Purpose::Any,
    };
    let strength = if args.allow_legacy { Strength::Legacy } else { Strength::Current };
    let request = Request {
        octets: &chunk.octets,
        start: chunk.start,
        form: args.common.form(),
        part: args.common.part.as_deref(),
        output: args.common.output(),
    };
    let verified = body::verify_message(
        &request,
        loaded.content.as_ref().map(|octets| octets.as_slice()),
        &args.identity,
        |claim| VerifyOptions {
            certificates: &loaded.certificates,
            use_message_certificates: !args.nointern,
            trust: (!args.noverify).then_some(Trust {
                anchors: &loaded.anchors,
                pinned: &loaded.pinned,
                time: loaded.time,
                purpose,
                allow_legacy: args.allow_legacy,
                policies: Policies::default(),
            }),
            claim,
            identity: IdentityOptions { allow_email_san: args.allow_email_san, strict: args.strict },
            strength,
            any_signer: args.any_signer,
            require_date: args.require_date,
            strict: args.strict,
        },
    );
    match verified {
        Ok(message) => {
            let outcome = reported(args, message.report());
            match in_pem(message.signers()) {
                Ok(signers) => Outcome { product: Some(message.into_octets()), signers, ..outcome },
                Err(error) => Outcome { error: Some(error), ..outcome },
            }
        }
        Err(refused) => Outcome { error: Some(refused.error), ..reported(args, &refused.report) },
    }
}

/// Certificates in PEM.
fn in_pem(certificates: &[Certificate]) -> Result<Vec<String>, Error> {
    certificates.iter().map(|certificate| store::pem_block("CERTIFICATE", certificate.der())).collect()
}

fn reported(args: &Args, report: &VerifyReport) -> Outcome {
    let mut outcome = Outcome { lines: text::verification(report, args.common.verbose), ..Outcome::default() };
    if args.common.json {
        outcome.json.insert("verification".into(), json::verification(report));
    }
    outcome
}
