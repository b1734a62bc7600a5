//! `sip-smime gen-cert`: load, make, write.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::fixture::FIXTURES;
use zeroize::Zeroizing;

use crate::cli::args::{Secret, time, typed_uri};
use crate::cli::diagnostic::{Color, Voice};
use crate::cli::io::{self, Output, WriteError};
use crate::cli::new_files::{self, Access, NewFiles};
use crate::cli::secrets;

mod making;
mod suite;

use making::Made;

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
    /// The certificate of the issuer [default: none, the certificate is signed with its own key]
    #[arg(long = "CA", id = "issuer", value_name = "CERT")]
    issuer: Option<PathBuf>,
    /// The private key of the issuer; the file of -CA may hold it
    #[arg(long = "CAkey", id = "issuer_key", value_name = "KEY", requires = "issuer")]
    issuer_key: Option<PathBuf>,
    /// Where the password of the issuer's key comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE", requires = "issuer")]
    passin: Option<Secret>,
    /// The kind of key to make
    #[arg(long, value_name = "KIND", ignore_case = true, default_value = "p256",
          default_value_if("profile", "rfc6216", "rsa2048"),
          value_parser = ["p256", "p384", "ed25519", "x25519", "rsa2048", "rsa3072", "rsa4096"])]
    key: String,
    /// How long the certificate is valid [default: 365, for an authority 3650, as in RFC 6216 36500]
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..))]
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
    /// Certify the key of a certificate request, PKCS #10; the names are those of the URIs, without URIs its own
    #[arg(long, value_name = "CSR", requires = "issuer", conflicts_with_all = ["ca", "csr", "keyout", "passout", "seed"])]
    req: Option<PathBuf>,
    /// Make a certificate request instead of a certificate
    #[arg(long, conflicts_with_all = ["ca", "issuer", "days", "not_before", "not_after"])]
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
    /// Make the same key for the same N: for tests, everybody can make it again
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Make exactly one thing wrong; `help` lists what
    #[arg(long, value_name = "NAME", value_parser = fixture_names(), conflicts_with_all = ["csr", "req"])]
    fixture: Option<String>,
    /// Write certificates, keys, revocation lists and messages for every test of RFC 6216 section 6 into this folder,
    /// and what has to come out into its expected.tsv
    #[arg(long, value_name = "DIR", conflicts_with_all = ["uris", "ca", "issuer", "req", "csr", "fixture", "email", "days",
          "not_after", "out", "out_dir", "keyout", "passout"])]
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

pub fn run(args: &Args) -> Exit {
    let voice = Voice::new(args.quiet, args.verbose, args.color);
    let done = match (&args.suite, args.fixture.as_deref()) {
        (Some(folder), _) => suite::write(args, folder, voice),
        (None, Some("help")) => list_fixtures(),
        (None, _) => check(args)
            .and_then(|()| making::make(args, voice))
            .map_err(WriteError::Failed)
            .and_then(|made| write(args, &made)),
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

/// Combinations that contradict one another in what they mean, not only in their names.
fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    if args.uris.is_empty() && args.ca.is_none() && args.req.is_none() {
        return usage(
            "there is nobody to certify",
            "name a URI, sip:user@host or sip:host, or an authority with --ca NAME",
        );
    }
    if !args.uris.is_empty() && args.ca.is_some() && args.out_dir.is_none() {
        return usage("an authority and other certificates need a folder", "name one with --out-dir");
    }
    if !args.email.is_empty() && args.out_dir.is_some() && args.uris.len() > 1 {
        return usage("--email belongs to one user", "make the certificates one by one");
    }
    let shows_key = args.out.is_none() && args.keyout.is_none() && args.out_dir.is_none() && args.req.is_none();
    if shows_key && std::io::stdout().is_terminal() {
        return usage(
            "the private key would be shown on the terminal",
            "name files with -out and -keyout; -out - shows it",
        );
    }
    let standard = [args.passin.as_ref(), args.passout.as_ref()].into_iter().flatten().map(Secret::is_standard_input);
    let reads_request = args.req.as_deref().is_some_and(io::is_standard_input);
    secrets::check_standard_input(&standard.collect::<Vec<_>>(), reads_request)
}

/// Writes everything or nothing, and says what was written.
fn write(args: &Args, made: &[Made]) -> Result<Vec<String>, WriteError> {
    let mut files = NewFiles::new(args.force);
    let mut lines = Vec::new();
    if let Some(folder) = &args.out_dir {
        new_files::make_folder(folder).map_err(WriteError::Failed)?;
        for one in made {
            let path = |ending: &str| folder.join(format!("{}.{ending}", one.name));
            // The key first: a certificate without its key is of no use.
            let key = one.key.as_ref().map(|key| files.add(&path("key"), key.as_bytes(), Access::Owner));
            key.transpose().map_err(WriteError::Failed)?;
            files.add(&path(one.ending), one.document.as_bytes(), Access::Umask).map_err(WriteError::Failed)?;
            lines.push(format!("{}: {}", path(one.ending).display(), one.line));
        }
    }
    for one in made.iter().filter(|_| args.out_dir.is_none()) {
        let out = args.out.as_deref().unwrap_or(Path::new("-"));
        let add = match (&one.key, &args.keyout) {
            (Some(key), Some(keyout)) => files
                .add(keyout, key.as_bytes(), Access::Owner)
                .and_then(|()| files.add(out, one.document.as_bytes(), Access::Umask)),
            (Some(key), None) => {
                let both = Zeroizing::new([one.document.as_str(), key.as_str()].concat());
                files.add(out, both.as_bytes(), Access::Owner)
            }
            (None, _) => files.add(out, one.document.as_bytes(), Access::Umask),
        };
        add.map_err(WriteError::Failed)?;
        lines.push(one.line.clone());
    }
    files.place()?;
    Ok(lines)
}
