//! `sip-smime gen-cert`: load, make, write.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use rand_core::CryptoRng;
use sip_smime::alg::NewKey;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::issue::{self, IssueRequest, Issuer};
use sip_smime::pki::profile::{self, Holder, Role};
use sip_smime::pki::request::{self, CertificateRequest};
use sip_smime::pki::{Certificate, PrivateKey, key};
use sip_smime::store;
use zeroize::Zeroizing;

use crate::cli::args::{Secret, time};
use crate::cli::diagnostic::{Color, Voice};
use crate::cli::io::{self, WriteError};
use crate::cli::new_files::{Access, NewFiles};
use crate::cli::{clock, operand, secrets};

/// Make certificates and keys for users, domains and authorities
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// Whom to certify: sip:user@host is a user, sip:host a domain. With --out-dir each has a certificate of its own,
    /// otherwise all are names of one
    #[arg(value_name = "URI")]
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
    #[arg(long, value_name = "N", conflicts_with = "not_after")]
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

/// What is made for one holder: a certificate or a request, and the key unless somebody else has it.
struct Made {
    name: String,
    /// In PEM.
    document: String,
    ending: &'static str,
    key: Option<Zeroizing<String>>,
    line: String,
}

/// Who issues: a certificate and its key.
type Authority = (Certificate, PrivateKey);

pub fn run(args: &Args) -> Exit {
    let voice = Voice::new(args.quiet, args.verbose, args.color);
    match check(args).and_then(|()| make(args, voice)).map_err(WriteError::Failed).and_then(|made| write(args, &made)) {
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

/// Combinations that contradict one another in what they mean, not only in their names.
fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    if args.uris.is_empty() && args.ca.is_none() && args.req.is_none() {
        return usage("there is nobody to certify", "name a URI, sip:user@host or sip:host, or an authority with --ca NAME");
    }
    if !args.uris.is_empty() && args.ca.is_some() && args.out_dir.is_none() {
        return usage("an authority and other certificates need a folder", "name one with --out-dir");
    }
    if !args.email.is_empty() && args.out_dir.is_some() && args.uris.len() > 1 {
        return usage("--email belongs to one user", "make the certificates one by one");
    }
    let shows_key = args.out.is_none() && args.keyout.is_none() && args.out_dir.is_none() && args.req.is_none();
    if shows_key && std::io::stdout().is_terminal() {
        return usage("the private key would be shown on the terminal", "name files with -out and -keyout; -out - shows it");
    }
    let standard = [args.passin.as_ref(), args.passout.as_ref()].into_iter().flatten().map(Secret::is_standard_input);
    let reads_request = args.req.as_deref().is_some_and(io::is_standard_input);
    secrets::check_standard_input(&standard.collect::<Vec<_>>(), reads_request)
}

fn make(args: &Args, voice: Voice) -> Result<Vec<Made>, Error> {
    let rng = &mut *clock::rng_for(args.seed, &format!("{:?}", (&args.uris, &args.ca, &args.key, args.csr)));
    let mut made = Vec::new();
    let password = args.passout.as_ref().map(|source| secrets::new_key_password(source, "the new key")).transpose()?;
    let mut authority = match &args.issuer {
        Some(path) => {
            operand::check_mode(args.issuer_key.as_ref().unwrap_or(path), false, voice)?;
            let (certificates, key) = operand::signer(path, args.issuer_key.as_deref(), args.passin.as_ref())?;
            certificates.into_iter().next().map(|certificate| (certificate, key))
        }
        None => None,
    };
    warn(args, voice);
    if let Some(name) = &args.ca {
        let holder = Holder::authority(name)?;
        // An authority signs: for certificates with keys that do not, it has a key of the usual kind.
        let kind = if args.uris.is_empty() || kind(args).signs() { kind(args) } else { usual_kind() };
        let (certificate, key, one) = certify(args, &holder, kind, authority.as_ref(), password.as_ref(), rng)?;
        made.push(one);
        authority = Some((certificate, key));
    }
    if let Some(path) = &args.req {
        made.push(certify_request(args, path, authority.as_ref(), rng)?);
        return Ok(made);
    }
    let all: Vec<&str> = args.uris.iter().map(String::as_str).collect();
    let emails: Vec<&str> = args.email.iter().map(String::as_str).collect();
    let size = if args.out_dir.is_some() { 1 } else { all.len().max(1) };
    for uris in all.chunks(size) {
        let holder = Holder::new(uris, &emails)?;
        let one = match args.csr {
            true => request(args, &holder, password.as_ref(), rng)?,
            false => certify(args, &holder, kind(args), authority.as_ref(), password.as_ref(), rng)?.2,
        };
        made.push(one);
    }
    if let (Some((issuer, _)), false) = (&authority, args.quiet) {
        let ends = issuer.not_after()?;
        if validity(args, Role::User).1 > ends {
            voice.say(&["warning: the certificate is valid for longer than that of its issuer [GEN-OUTLIVES-ISSUER]".into()]);
        }
    }
    Ok(made)
}

fn warn(args: &Args, voice: Voice) {
    if args.seed.is_some() {
        voice.say(&["warning: --seed makes keys that everybody can make again: for tests alone [GEN-SEED]".into()]);
    }
    if args.profile == ProfileName::Rfc6216 {
        voice.say(&["warning: --profile rfc6216 signs with SHA-1, which only old equipment accepts [GEN-SHA1]".into()]);
    }
}

/// A new key and its certificate.
fn certify(
    args: &Args,
    holder: &Holder,
    kind: &NewKey,
    authority: Option<&Authority>,
    password: Option<&Zeroizing<Vec<u8>>>,
    rng: &mut dyn CryptoRng,
) -> Result<(Certificate, PrivateKey, Made), Error> {
    let (key, key_pem) = new_key(kind, password, rng)?;
    let marks: &[&str] = if args.seed.is_some() { &["test with --seed, the key is no secret"] } else { &[] };
    let subject = profile(args).subject(holder, Some("test"), marks);
    let issuer = match authority {
        Some((certificate, key)) => Issuer { certificate: Some(certificate), key },
        None => Issuer { certificate: None, key: &key },
    };
    let certificate = issued(args, holder, &subject, key.public_key(), &issuer, rng)?;
    let made = made(holder, &certificate, Some(key_pem))?;
    Ok((certificate, key, made))
}

/// A certificate for the key of a request. With URIs its names are those, and not what the request asks for.
fn certify_request(args: &Args, path: &Path, authority: Option<&Authority>, rng: &mut dyn CryptoRng) -> Result<Made, Error> {
    let named = operand::named(path);
    let read = store::request(&io::read_content(path)?).map_err(|error| error.in_file(named.as_str()))?;
    let read: &CertificateRequest = &read;
    let emails: Vec<&str> = args.email.iter().map(String::as_str).collect();
    let (holder, subject) = match args.uris.is_empty() {
        false => {
            let holder = Holder::new(&args.uris.iter().map(String::as_str).collect::<Vec<_>>(), &emails)?;
            let subject = profile(args).subject(&holder, Some("test"), &[]);
            (holder, subject)
        }
        true => (
            Holder::new(&read.uris(), &[read.emails(), emails].concat()).map_err(|error| error.in_file(named))?,
            read.subject().to_vec(),
        ),
    };
    let Some((certificate, key)) = authority else { return Err(Error::new(Condition::Usage)) };
    let issuer = Issuer { certificate: Some(certificate), key };
    let certificate = issued(args, &holder, &subject, read.public_key(), &issuer, rng)?;
    made(&holder, &certificate, None)
}
