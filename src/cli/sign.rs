//! `sip-smime sign`: load, sign, write.

use std::path::{Path, PathBuf};

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
    #[arg(long, value_name = "DIGEST", ignore_case = true, value_parser = ["sha256", "sha384", "sha512"])]
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

/// Combinations that contradict one another in what they mean, not only in their names.
fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: String| Error::new(Condition::Usage).detail(detail);
    let others = [("-md", args.md.is_some()), ("--pss", args.pss), ("--minimal", args.minimal)];
    if let (Profile::Rfc6216, Some((name, _))) = (args.profile, others.iter().find(|(_, given)| *given)) {
        return Err(usage(format!("--profile rfc6216 and {name} exclude one another"))
            .hinting("RFC 6216 signs with SHA-1 and PKCS #1 v1.5, without signed attributes"));
    }
    let passin = args.passin.as_ref();
    if passin.is_some_and(Secret::is_standard_input) && args.common.reads_standard_input() {
        return Err(usage("the password and the message cannot both come from standard input".to_owned())
            .hinting("name the file of the message with -in"));
    }
    Ok(())
}

fn load(args: &Args) -> Result<Loaded, Error> {
    check(args)?;
    let file = io::read_file(&args.signer)?;
    let certificates = store::certificates(&file).map_err(|error| not_a_certificate(&args.signer, &file, error))?;
    let key_file = args.inkey.as_ref().unwrap_or(&args.signer);
    let password = args.passin.as_ref().map(|source| source.read(key_file)).transpose()?;
    let password = password.as_ref().map(|password| password.as_slice());
    let key = match &args.inkey {
        Some(path) => {
            let file = io::read_file(path)?;
            store::private_key(&file, password).map_err(|error| match is_pkcs12(&file) {
                true => error.hinting(pkcs12_hint(path)).in_file(named(path)),
                false => error.in_file(named(path)),
            })?
        }
        None => store::private_key(&file, password).map_err(|error| match error.condition() {
            Condition::KeyFileUnreadable => error.hinting("give the key with -inkey").in_file(named(key_file)),
            _ => error.in_file(named(key_file)),
        })?,
    };
    if io::is_readable_by_others(key_file) {
        let exposed = Error::new(Condition::KeyFileExposed).in_file(named(key_file));
        if args.strict {
            return Err(exposed);
        }
        args.common.voice().say(&[format!("warning: {exposed}: {} [KEY-READABLE]", named(key_file))]);
    }
    // The certificate that belongs to the key comes first, the others may be its issuers.
    let position =
        certificates.iter().position(|certificate| certificate.public_key() == key.signing_key().public_key());
    let mut others = certificates;
    if others.is_empty() {
        return Err(Error::new(Condition::CertificateFileUnreadable).in_file(named(&args.signer)));
    }
    let signer = Signer::new(others.swap_remove(position.unwrap_or_default()), key).map_err(|error| {
        let is_of_certificate = error.condition() == Condition::SignerCannotSign;
        error.in_file(named(if is_of_certificate { &args.signer } else { key_file }))
    })?;
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

fn named(path: &Path) -> String {
    path.display().to_string()
}

/// What to do about a file of a signer that holds no certificate.
fn not_a_certificate(path: &Path, file: &[u8], error: Error) -> Error {
    let error = error.in_file(named(path));
    if is_pkcs12(file) {
        return error.detail("a PKCS #12 file").hinting(pkcs12_hint(path));
    }
    let is_key = match store::private_key(file, None) {
        Ok(_) => true,
        Err(error) => matches!(error.condition(), Condition::KeyNeedsPassword | Condition::KeyEncryptionUnsupported),
    };
    match is_key {
        true => error.hinting("this is a key: give the certificate with -signer, the key with -inkey"),
        false => error,
    }
}

/// Whether this is a PFX: a SEQUENCE that begins with the version 3 (RFC 7292 section 4).
fn is_pkcs12(file: &[u8]) -> bool {
    let begins = |header: usize| file.get(header..).is_some_and(|content| content.starts_with(&[2, 1, 3]));
    file.first() == Some(&0x30) && (2..=6).any(begins)
}

fn pkcs12_hint(path: &Path) -> String {
    format!("convert it: openssl pkcs12 -in {} -nodes -out FILE", named(path))
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Result<Outcome, Error> {
    let options = SignOptions {
        layout: match (args.nodetach, args.layout) {
            (true, _) | (_, LayoutName::Opaque) => Layout::Opaque,
            (_, LayoutName::Detached) => Layout::Detached,
        },
        certificates: loaded.certificates.iter().collect(),
        key_identifier: args.keyid,
        digest: args.md.as_deref().map(str::to_ascii_lowercase).as_deref().and_then(alg::digest::by_name),
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
        start: chunk.start,
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
