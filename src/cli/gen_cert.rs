//! `sip-smime gen-cert`: load, make, write.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::error::Exit;
use sip_smime::pki::fixture::FIXTURES;

use crate::cli::args::{Secret, time, typed_uri};
use crate::cli::clock;
use crate::cli::diagnostic::{Color, Voice};
use crate::cli::io::{Output, WriteError};

mod combinations;
mod fixture;
mod making;
mod output;
mod revoking;
mod suite;

/// Make certificates and keys for users, domains and authorities
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// Whom to certify: sip:user@host is a user, sip:host a domain. With --out-dir each has a certificate of its own,
    /// otherwise all are names of one
    #[arg(value_name = "URI", value_parser = typed_uri)]
    uris: Vec<String>,
    /// Make an authority with this name; with URIs, it issues their certificates
    #[arg(long, value_name = "NAME")]
    ca: Option<String>,
    /// Make an authority below --ca, -CA or the one before; the last one issues the certificates
    #[arg(long, value_name = "NAME")]
    intermediate: Vec<String>,
    /// The certificate of the issuer, and in the same file those above it [default: none, the certificate is signed with its own key]
    #[arg(long = "CA", id = "issuer", value_name = "CERT")]
    issuer: Option<PathBuf>,
    /// The private key of the issuer; the file of -CA may hold it
    #[arg(long = "CAkey", id = "issuer_key", value_name = "KEY", requires = "issuer")]
    issuer_key: Option<PathBuf>,
    /// Certify this key of the user, domain or authority, and make no new one
    #[arg(long, value_name = "KEY", conflicts_with_all = ["key", "keyout", "passout", "pkcs12", "req", "seed", "fixture"])]
    inkey: Option<PathBuf>,
    /// Where the password of the issuer's key and of -inkey comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// The kind of key to make
    #[arg(long, value_name = "KIND", ignore_case = true, default_value = "p256",
          default_value_if("profile", "rfc6216", "rsa2048"),
          value_parser = ["p256", "p384", "ed25519", "x25519", "rsa2048", "rsa3072", "rsa4096"])]
    key: String,
    /// How long the certificate is valid [default: 365, for an authority 3650, as in RFC 6216 36500, a revocation list 30]
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = days)]
    days: Option<u32>,
    /// When it begins to be valid [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    not_before: Option<i64>,
    /// When it ends to be valid
    #[arg(long, value_name = "TIME", value_parser = time)]
    not_after: Option<i64>,
    /// An e-mail address of the user beside the URIs, for gateways to mail
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,
    /// Name each sip: user as im: too, as clients of MSRP want it
    #[arg(long)]
    msrp: bool,
    /// Let signatures also be proof before others: nonRepudiation
    #[arg(long)]
    non_repudiation: bool,
    /// Say in the certificate which ciphers its holder reads (RFC 4262)
    #[arg(long)]
    caps: bool,
    /// Give users and domains no distinguished name: subjectAltName alone names them, and is critical
    #[arg(long, conflicts_with = "csr")]
    no_subject: bool,
    /// Certify the key of a certificate request, PKCS #10; the names are those of the URIs, without URIs its own
    #[arg(long, value_name = "CSR", requires = "issuer", conflicts_with_all = ["ca", "intermediate", "csr", "key", "keyout", "passout", "seed"])]
    req: Option<PathBuf>,
    /// Make a certificate request instead of a certificate
    #[arg(long, conflicts_with_all = ["ca", "intermediate", "issuer", "issuer_key", "days", "not_before", "not_after"])]
    csr: bool,
    /// Whose conventions to follow
    #[arg(long, value_name = "PROFILE", default_value = "rfc8591")]
    profile: ProfileName,
    /// Write NAME.pem and NAME.key for each into this folder, which is made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "keyout"])]
    out_dir: Option<PathBuf>,
    /// Write the certificate to FILE, and the key after it unless -keyout names another
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the private key to FILE
    #[arg(long, value_name = "FILE")]
    keyout: Option<PathBuf>,
    /// Encrypt the private key with a password from env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passout: Option<Secret>,
    #[command(flatten)]
    form: output::FormArgs,
    #[command(flatten)]
    revoking: revoking::RevokeArgs,
    /// Make the same key for the same N: for tests, everybody can make it again
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Make exactly one thing wrong; `help` lists what
    #[arg(long, value_name = "NAME", value_parser = fixture_names(), conflicts_with_all = ["csr", "req"])]
    fixture: Option<String>,
    /// Write certificates, keys, revocation lists and messages for every test of RFC 6216 section 6 into this folder,
    /// and what has to come out into its expected.tsv
    #[arg(long, value_name = "DIR", conflicts_with_all = ["uris", "ca", "intermediate", "issuer", "key", "req", "csr", "fixture", "inkey", "passin",
          "email", "msrp", "non_repudiation", "caps", "no_subject", "days", "not_after", "profile", "out", "out_dir", "keyout",
          "passout", "outform", "pkcs12", "revoke", "gencrl", "reason"])]
    suite: Option<PathBuf>,
    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Give the reasons
    #[arg(short, long)]
    verbose: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    /// RFC 8550 and RFC 8591
    Rfc8591,
    /// The certificates of RFC 6216: RSA, SHA-1, valid for 100 years; for old peers only
    Rfc6216,
}

pub fn run(mut args: Args) -> Exit {
    // Certificates of one run begin at one time: none is to end after that of its issuer.
    // The time of a list is that at which no other run writes it.
    if !args.revoking.is_asked() {
        args.not_before.get_or_insert_with(clock::now);
    }
    let args = &args;
    let voice = Voice::new(args.quiet, args.verbose, args.color);
    let done = match (&args.suite, args.fixture.as_deref()) {
        (Some(folder), _) => suite::write(args, folder, voice),
        (None, Some("help")) => list_fixtures(),
        (None, _) => combinations::check(args).map_err(WriteError::Failed).and_then(|()| work(args, voice)),
    };
    match done {
        Ok(lines) => {
            voice.say(&lines);
            Exit::Done
        }
        Err(WriteError::Closed) => Exit::Usage,
        Err(WriteError::Failed(error)) => {
            voice.error(&error);
            error.exit()
        }
    }
}

fn work(args: &Args, voice: Voice) -> Result<Vec<String>, WriteError> {
    if args.revoking.is_asked() {
        return revoking::revoke(args, voice);
    }
    let made = making::make(args, voice).map_err(WriteError::Failed)?;
    let mut lines = output::write(args, &made, &mut *clock::rng_for(args.seed, "files"))?;
    lines.extend(fixture::of(args).map(|fixture| format!("wrong on purpose: {}", fixture.wrong)));
    Ok(lines)
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| *days > 0);
    days.ok_or_else(|| "a whole number of days, 1 or more".to_owned())
}

/// The names of the fixtures, for clap: the manual has them all.
fn fixture_names() -> PossibleValuesParser {
    let named = FIXTURES.iter().map(|fixture| PossibleValue::new(fixture.name).help(fixture.wrong));
    PossibleValuesParser::new(named.chain([PossibleValue::new("help").help("list them")]))
}

fn list_fixtures() -> Result<Vec<String>, WriteError> {
    let width = FIXTURES.iter().map(|fixture| fixture.name.len()).max().unwrap_or_default();
    let lines: Vec<String> =
        FIXTURES.iter().map(|fixture| format!("{:width$}  {}\n", fixture.name, fixture.wrong)).collect();
    let mut output = Output::new(None).map_err(WriteError::Failed)?;
    output.write(lines.concat().as_bytes())?;
    output.finish()?;
    Ok(Vec::new())
}
