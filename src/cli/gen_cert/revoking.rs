//! `gen-cert --revoke`: a revocation list is written, or the one that is there is extended.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::crl::Reason;
use sip_smime::pki::revoke::{self, Revocation, RevocationListRequest};
use sip_smime::pki::{Certificate, Crl, lineage};
use sip_smime::report::text;
use sip_smime::store;

use crate::cli::diagnostic::Voice;
use crate::cli::gen_cert::output::{CRL_LABEL, Form, document};
use crate::cli::gen_cert::{Args, making};
use crate::cli::io::{self, Output, WriteError};
use crate::cli::new_files::{Access, NewFiles};
use crate::cli::operand::{self, Passin};
use crate::cli::{clock, state};

/// Revocation lists.
#[derive(ClapArgs, Debug)]
pub struct RevokeArgs {
    /// Revoke a certificate, and others that follow as operands: the list of the issuer goes to -out, one that is there is
    /// extended
    #[arg(long, value_name = "CERT", requires = "issuer", conflicts_with_all = NOT_FOR_LISTS)]
    pub revoke: Vec<PathBuf>,
    /// Write the list without revoking: empty, or the one that is there with new times
    #[arg(long, requires = "issuer", conflicts_with_all = NOT_FOR_LISTS, conflicts_with = "revoke")]
    pub gencrl: bool,
    /// Why it is revoked [default: not said]
    #[arg(long, value_name = "REASON", requires = "revoke", conflicts_with = "gencrl", ignore_case = true,
          value_parser = ["keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
                          "privilegeWithdrawn", "aACompromise"])]
    pub reason: Option<String>,
}

/// Options about new certificates and keys.
const NOT_FOR_LISTS: [&str; 17] = [
    "inkey",
    "ca",
    "intermediate",
    "key",
    "email",
    "msrp",
    "non_repudiation",
    "caps",
    "no_subject",
    "req",
    "csr",
    "out_dir",
    "keyout",
    "passout",
    "seed",
    "pkcs12",
    "fixture",
];

impl RevokeArgs {
    /// Whether a list is asked for, and not certificates.
    pub fn is_asked(&self) -> bool {
        self.gencrl || !self.revoke.is_empty()
    }
}

/// Combinations that contradict one another in what they mean, not only in their names.
pub fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    if args.revoking.gencrl && !args.uris.is_empty() {
        return usage("--gencrl revokes nothing", "--revoke CERT revokes a certificate");
    }
    if matches!(args.form.outform, Some(Form::P7c | Form::Mime)) {
        return usage("a revocation list is written as PEM or DER", "use -outform pem or der");
    }
    Ok(())
}

/// Writes the list and says what is in it.
pub fn revoke(args: &Args, voice: Voice) -> Result<Vec<String>, WriteError> {
    let passin = Passin::new(args.passin.as_ref());
    let found = making::issuer(args, &passin, voice).map_err(WriteError::Failed)?;
    let Some(issuer) = found else { return Err(WriteError::Failed(Error::new(Condition::Usage))) };
    // Held until the list is in place: another run extends this one, and not the one before it.
    let _lock = lock(args).map_err(WriteError::Failed)?;
    let previous = previous(args).map_err(|error| WriteError::Failed(in_place(error, args)))?;
    let this_update = args.not_before.unwrap_or_else(|| not_before(previous.as_ref().map(|(crl, _)| crl)));
    let reason = args.revoking.reason.as_deref().and_then(Reason::named).unwrap_or(Reason(0));
    let certificates = certificates(args, &issuer.certificate, &passin).map_err(WriteError::Failed)?;
    let revoked: Vec<Revocation> = certificates.iter().map(|one| Revocation::new(one, this_update, reason)).collect();
    let seconds = i64::from(args.days.unwrap_or(USUAL_DAYS)).saturating_mul(86_400);
    let request = RevocationListRequest {
        profile: making::profile(args),
        previous: previous.as_ref().map(|(crl, _)| crl),
        revoked: &revoked,
        this_update,
        next_update: args.not_after.unwrap_or_else(|| this_update.saturating_add(seconds)),
    };
    let list = revoke::issue_list(&request, &issuer.certificate, &issuer.key, &mut clock::rng())
        .map_err(|error| WriteError::Failed(in_place(error, args)))?;
    let is_der = previous.as_ref().is_some_and(|(_, is_der)| *is_der);
    write(args, &list, is_der, previous.is_some())?;
    Ok(lines(&certificates, previous.as_ref().map(|(crl, _)| crl), &list))
}

/// Now, or when the list that is extended was made, if that is not yet: clocks are set, and differ a little.
fn not_before(previous: Option<&Crl>) -> i64 {
    let now = clock::now();
    let made = previous.and_then(Crl::this_update).filter(|made| made.saturating_sub(now) <= CLOCK_SKEW);
    now.max(made.unwrap_or(now))
}

/// By how many seconds clocks may differ.
const CLOCK_SKEW: i64 = 60;

/// Locks the folder of the list that is read and replaced.
fn lock(args: &Args) -> Result<Option<File>, Error> {
    let Some(path) = args.out.as_deref().filter(|path| path.as_os_str() != "-") else { return Ok(None) };
    // The file of a link is the one that is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    state::lock(io::folder_of(&path)).map(Some)
}

/// The list that is there, and whether it is in DER. Whatever else is there is not written over without `--force`.
fn previous(args: &Args) -> Result<Option<(Crl, bool)>, Error> {
    let path = args.out.as_deref().filter(|path| !args.force && path.is_file());
    let Some(octets) = path.map(io::read_file).transpose()? else { return Ok(None) };
    let refused = |why: String| Err(Error::new(Condition::RevokeNotExtended).detail(why));
    match store::crls(&octets) {
        Ok(lists) => match <[Crl; 1]>::try_from(lists) {
            Ok([list]) => {
                let is_der = list.der() == octets.as_slice();
                Ok(Some((list, is_der)))
            }
            Err(lists) => refused(format!("there are {} lists in the file", lists.len())),
        },
        Err(error) if store::is_like_crl(&octets) => refused(error.to_string()),
        Err(_) => Ok(None),
    }
}

/// What is revoked. Of a file with several certificates those that issued none of the others: its authorities are left out.
fn certificates(args: &Args, issuer: &Certificate, passin: &Passin<'_>) -> Result<Vec<Certificate>, Error> {
    let mut all: Vec<Certificate> = Vec::new();
    let operands = args.uris.iter().map(Path::new).filter(|_| !args.revoking.gencrl);
    for path in args.revoking.revoke.iter().map(PathBuf::as_path).chain(operands) {
        let found = operand::certificates(path, passin)?;
        for one in lineage::leaves(&found) {
            lineage::check_issued(one, issuer).map_err(|error| error.in_file(operand::named(path)))?;
            if !all.contains(one) {
                all.push(one.clone());
            }
        }
    }
    Ok(all)
}

/// Names the list that cannot be extended.
fn in_place(error: Error, args: &Args) -> Error {
    match (error.condition(), &args.out) {
        (Condition::RevokeNotExtended, Some(path)) => error.in_file(operand::named(path)),
        _ => error,
    }
}

fn write(args: &Args, list: &Crl, is_der: bool, is_extended: bool) -> Result<(), WriteError> {
    let is_der = args.form.outform.map_or(is_der, |form| form == Form::Der);
    let octets = document(is_der, CRL_LABEL, list.der()).map_err(WriteError::Failed)?;
    let out = args.out.as_deref().unwrap_or(Path::new("-"));
    if is_extended {
        let mut output = Output::new(Some(out)).map_err(WriteError::Failed)?;
        output.write(&octets)?;
        return output.finish();
    }
    let mut files = NewFiles::new(args.force);
    files.add(out, &octets, Access::Umask).map_err(WriteError::Failed)?;
    files.place()
}

fn lines(certificates: &[Certificate], previous: Option<&Crl>, list: &Crl) -> Vec<String> {
    let line = |one: &Certificate| {
        let is_known = previous.is_some_and(|list| matches!(list.find(one.serial(), one.issuer_digest()), Ok(Some(_))));
        let what = if is_known { "was revoked already" } else { "is revoked" };
        format!("{}, serial {}: {what}", one.subject_text(), text::hex(one.serial()))
    };
    let mut lines: Vec<String> = certificates.iter().map(line).collect();
    let next = list.next_update().map(text::time).unwrap_or_default();
    let number = list.number().map(text::hex).unwrap_or_default();
    lines.push(format!("{list}, number 0x{number}, the next one is due {next}"));
    lines
}

/// How long a list holds.
const USUAL_DAYS: u32 = 30;
