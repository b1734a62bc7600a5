//! `sip-smime sign`: load, sign, write.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::alg;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::Certificate;
use sip_smime::smime::body::{self, SignMessageOptions};
use sip_smime::smime::sign::{AttributeSet, Include, Layout, SignOptions, Signer};
use sip_smime::source::Chunk;

use crate::cli::args::{Common, Cte, Secret};
use crate::cli::clock;
use crate::cli::operand::{self, Passin};
use crate::cli::run::{self, Outcome, Task, Unsigned};

/// Sign SIP messages or MIME entities
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The signer's certificate; the file may hold the key too, and may be PKCS #12
    #[arg(long, value_name = "CERT")]
    signer: PathBuf,
    /// The signer's private key
    #[arg(long, value_name = "KEY")]
    inkey: Option<PathBuf>,
    /// Where the password of the key, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt
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
    let task = Task {
        name: "sign",
        unsigned: Unsigned::Fails,
        answers: false,
        signer_out: None,
        keyring: None,
        is_listing: false,
    };
    run::loaded(&args.common, load(args), |loaded| {
        run::each_message(&args.common, task, |chunk| work(args, loaded, chunk).unwrap_or_else(Outcome::from))
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
    args.common.check()?;
    check(args)?;
    let operands = std::iter::once(&args.signer).chain(&args.inkey).chain(&args.certfile).map(PathBuf::as_path);
    args.common.keep(operands.chain(args.passin.as_ref().and_then(Secret::file)), None)?;
    let key_file = args.inkey.as_ref().unwrap_or(&args.signer);
    let passin = Passin::new(args.passin.as_ref());
    let (certificates, keys) = operand::signer(&args.signer, args.inkey.as_deref(), &passin)?;
    operand::check_mode(key_file, args.strict, args.common.voice())?;
    let (signer, mut others) = Signer::among(certificates, keys).map_err(|error| {
        let is_of_certificate = error.condition() == Condition::SignerCannotSign;
        error.in_file(operand::named(if is_of_certificate { &args.signer } else { key_file }))
    })?;
    if let Some(path) = &args.certfile {
        others.extend(operand::certificates(path, &passin)?);
    }
    let include = match (args.certs, args.nocerts || args.profile == Profile::Rfc6216) {
        (Some(Certs::None), _) | (None, true) => Include::Nothing,
        (Some(Certs::Chain), _) => Include::Chain,
        (None, false) if args.certfile.is_some() => Include::Everything,
        (Some(Certs::Signer), _) | (None, false) => Include::Signer,
    };
    Ok(Loaded { certificates: include.certificates(&signer, others), signer, time: clock::now() })
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
        attributes: match (args.noattr, args.minimal) {
            (true, _) => AttributeSet::None,
            (_, true) => AttributeSet::Minimal,
            _ => AttributeSet::Full,
        },
        pss: args.pss,
        encoding: args.cte.into(),
        rfc6216: args.profile == Profile::Rfc6216,
        time: loaded.time,
    };
    let Protect::Body = args.protect;
    let how = SignMessageOptions { binary: args.common.binary, add_date: args.add_date, strict: args.strict };
    let signed = body::sign_message(&args.common.request(chunk), &loaded.signer, &options, how, &mut clock::rng())?;
    Ok(Outcome::made(&args.common, signed))
}
