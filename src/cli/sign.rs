//! `sip-smime sign`: load, sign, write.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::alg;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::Certificate;
use sip_smime::report::{Severity, json, text};
use sip_smime::smime::body::{self, Request, SignMessageOptions};
use sip_smime::smime::sign::{AttributeSet, BodyEncoding, Layout, SignOptions, Signer};
use sip_smime::source::Chunk;
use sip_smime::store;

use crate::cli::args::{Common, Secret};
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::{clock, io};

/// Sign SIP messages, MIME entities or files
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The signer's certificate; the file may hold the key too
    #[arg(long, value_name = "CERT")]
    signer: PathBuf,
    /// The signer's private key
    #[arg(long, value_name = "KEY")]
    inkey: Option<PathBuf>,
    /// Where the password of the key comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// More certificates to include
    #[arg(long, value_name = "FILE")]
    certfile: Option<PathBuf>,
    /// The content inside the signature, or beside it in a multipart/signed
    #[arg(long, value_name = "LAYOUT", default_value = "opaque", default_value_if("profile", "rfc6216", "detached"))]
    layout: LayoutName,
    /// The same as --layout opaque
    #[arg(long, conflicts_with = "layout")]
    nodetach: bool,
    /// Which certificates to include [default: signer, and those of -certfile]
    #[arg(long, value_name = "WHICH")]
    certs: Option<Certs>,
    /// The same as --certs none
    #[arg(long, conflicts_with = "certs")]
    nocerts: bool,
    /// Name the signer by its subject key identifier
    #[arg(long)]
    keyid: bool,
    /// The digest [default: the one that fits the key]
    #[arg(long, value_name = "DIGEST", value_parser = ["sha256", "sha384", "sha512"])]
    md: Option<String>,
    /// Sign without signed attributes, for old peers
    #[arg(long, conflicts_with = "minimal")]
    noattr: bool,
    /// Sign with RSASSA-PSS
    #[arg(long)]
    pss: bool,
    /// What the signature covers
    #[arg(long, value_name = "WHAT", default_value = "body")]
    protect: Protect,
    /// Add a Date header field if there is none
    #[arg(long)]
    add_date: bool,
    /// The transfer encoding of the signature
    #[arg(long, value_name = "ENCODING", default_value = "binary")]
    cte: Cte,
    /// Whose conventions to follow
    #[arg(long, value_name = "PROFILE", default_value = "rfc8591")]
    profile: Profile,
    /// Only the signed attributes that cannot be left out, and the signing time
    #[arg(long)]
    minimal: bool,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LayoutName {
    /// application/pkcs7-mime
    Opaque,
    /// multipart/signed
    Detached,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Certs {
    /// The signer's
    Signer,
    /// The signer's and its issuers' below the root, from -certfile
    Chain,
    /// None: the receiver must have it
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protect {
    /// The body and its Content-* fields
    Body,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cte {
    /// As RFC 3853 asks
    Binary,
    /// For hops that are not 8-bit clean
    Base64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// RFC 8591
    Rfc8591,
    /// RFC 6216: SHA-1, detached, no attributes, no certificate; for old peers only
    Rfc6216,
}

/// What is loaded once, for all messages.
struct Loaded {
    signer: Signer,
    certificates: Vec<Certificate>,
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
    let task = Task { name: "sign", unsigned: Unsigned::Fails, answers: false, signer_out: None };
    run::each_message(&args.common, task, |chunk| match work(args, &loaded, chunk) {
        Ok(outcome) => outcome,
        Err(error) => error.into(),
    })
}

fn load(args: &Args) -> Result<Loaded, Error> {
    let file = io::read_file(&args.signer)?;
    let named = |path: &PathBuf| path.display().to_string();
    let certificates = store::certificates(&file).map_err(|error| error.in_file(named(&args.signer)))?;
    let password = args.passin.as_ref().map(Secret::read).transpose()?;
    let password = password.as_ref().map(|password| password.as_slice());
    let key_file = args.inkey.as_ref().unwrap_or(&args.signer);
    if io::is_readable_by_others(key_file) {
        let exposed = Error::new(Condition::KeyFileExposed).in_file(named(key_file));
        if args.strict {
            return Err(exposed);
        }
        args.common.voice().say(&[format!("warning: {exposed}: {} [KEY-READABLE]", named(key_file))]);
    }
    let key = match &args.inkey {
        Some(path) => {
            store::private_key(&io::read_file(path)?, password).map_err(|error| error.in_file(named(path)))?
        }
        None => store::private_key(&file, password).map_err(|error| error.in_file(named(&args.signer)))?,
    };
    // The certificate that belongs to the key comes first, the others may be its issuers.
    let position =
        certificates.iter().position(|certificate| certificate.public_key() == key.signing_key().public_key());
    let mut others = certificates;
    if others.is_empty() {
        return Err(Error::new(Condition::CertificateFileUnreadable).in_file(named(&args.signer)));
    }
    let signer = Signer::new(others.swap_remove(position.unwrap_or_default()), key)?;
    if let Some(path) = &args.certfile {
        let more = store::certificates(&io::read_file(path)?).map_err(|error| error.in_file(named(path)))?;
        others.extend(more);
    }
    let certificates = match (args.certs, args.nocerts || args.profile == Profile::Rfc6216) {
        (Some(Certs::None), _) | (None, true) => Vec::new(),
        (Some(Certs::Signer), _) => vec![signer.certificate().clone()],
        (Some(Certs::Chain), _) => body::chain(signer.certificate(), &others),
        (None, false) if args.certfile.is_some() => {
            std::iter::once(signer.certificate().clone()).chain(others).collect()
        }
        (None, false) => vec![signer.certificate().clone()],
    };
    Ok(Loaded { signer, certificates, time: clock::now() })
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Result<Outcome, Error> {
    let options = SignOptions {
        layout: match (args.nodetach, args.layout) {
            (true, _) | (_, LayoutName::Opaque) => Layout::Opaque,
            (_, LayoutName::Detached) => Layout::Detached,
        },
        certificates: loaded.certificates.iter().collect(),
        key_identifier: args.keyid,
        digest: args.md.as_deref().and_then(alg::digest::by_name),
        attributes: match (args.noattr || args.profile == Profile::Rfc6216, args.minimal) {
            (true, _) => AttributeSet::None,
            (_, true) => AttributeSet::Minimal,
            _ => AttributeSet::Full,
        },
        pss: args.pss,
        encoding: match args.cte {
            Cte::Binary => BodyEncoding::Binary,
            Cte::Base64 => BodyEncoding::Base64,
        },
        rfc6216: args.profile == Profile::Rfc6216,
        time: loaded.time,
    };
    let Protect::Body = args.protect;
    let request = Request {
        octets: &chunk.octets,
        form: args.common.form(),
        part: args.common.part.as_deref(),
        output: args.common.output(),
    };
    let how = SignMessageOptions { binary: args.common.binary, add_date: args.add_date, strict: args.strict };
    let signed = body::sign_message(&request, &loaded.signer, &options, how, &mut clock::rng())?;
    let mut outcome = Outcome { product: Some(signed.octets), ..Outcome::default() };
    let shown = signed.findings.iter().filter(|finding| args.common.verbose || finding.severity > Severity::Info);
    outcome.lines = shown.map(text::finding).collect();
    outcome.json.insert("findings".into(), json::findings(&signed.findings));
    Ok(outcome)
}
