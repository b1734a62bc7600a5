//! In which form, and in which files, `gen-cert` writes what it made: everything or nothing.

use std::path::Path;

use clap::{Args as ClapArgs, ValueEnum};
use rand_core::CryptoRng;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::{Certificate, key, lineage};
use sip_smime::store::{self, certs_only, credential, pkcs12};
use zeroize::Zeroizing;

use crate::cli::gen_cert::Args;
use crate::cli::gen_cert::making::{Made, Product};
use crate::cli::io::WriteError;
use crate::cli::new_files::{Access, EXISTS, NewFiles};
use crate::cli::secrets;

/// In which form products are written.
#[derive(ClapArgs, Debug)]
pub struct FormArgs {
    /// The form of certificates, requests and revocation lists [default: pem]
    #[arg(long, value_name = "FORM", ignore_case = true)]
    pub outform: Option<Form>,
    /// Write NAME.p12 instead: key, certificate and its issuers under the password of -passout
    #[arg(long, conflicts_with_all = ["outform", "keyout", "csr", "req"])]
    pub pkcs12: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// PEM: the certificate, then those between it and the root
    Pem,
    /// DER, the key in PKCS #8
    Der,
    /// A certs-only object with the certificate and its issuers
    P7c,
    /// A MIME entity with certificate and key, for a credential server (RFC 6072)
    Mime,
}

/// What becomes of one product: its own file, and that of its key.
struct Files {
    ending: &'static str,
    document: Zeroizing<Vec<u8>>,
    /// Of a key that stands in a file of its own.
    key: Option<Zeroizing<Vec<u8>>>,
    holds_key: bool,
}

/// Combinations that contradict one another in what they mean, not only in their names.
pub fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    let form = args.form.outform;
    if args.form.pkcs12 && args.passout.is_none() {
        return usage(
            "a PKCS #12 file needs a password",
            "give one with -passout env:NAME, file:PATH, fd:N or prompt: it protects the key and names nobody",
        );
    }
    if form == Some(Form::Mime) && args.inkey.is_some() {
        return usage("that form holds a new key beside the certificate", "-outform pem, der or p7c writes this one");
    }
    if form == Some(Form::Mime) && (args.passout.is_some() || args.keyout.is_some()) {
        return usage("RFC 6072 has the key beside the certificate, not encrypted", "leave -passout and -keyout out");
    }
    if (form == Some(Form::P7c) && args.csr) || (form == Some(Form::Mime) && (args.csr || args.req.is_some())) {
        return usage("that form holds a certificate and what belongs to it", "-outform pem or der writes this one");
    }
    let is_lone = args.req.is_some() || args.inkey.is_some() || args.out_dir.is_some() || args.keyout.is_some();
    if matches!(form, Some(Form::Der | Form::P7c)) && !is_lone {
        return usage(
            "in this form the key needs a file of its own",
            "name it with -keyout, or a folder with --out-dir",
        );
    }
    Ok(())
}

/// Writes everything or nothing, and says what was written.
pub fn write(args: &Args, made: &[Made], rng: &mut dyn CryptoRng) -> Result<Vec<String>, WriteError> {
    let files = prepare(args, made, rng).map_err(WriteError::Failed);
    let (files, lines) = files?;
    files.place()?;
    Ok(lines)
}

fn prepare(args: &Args, made: &[Made], rng: &mut dyn CryptoRng) -> Result<(NewFiles, Vec<String>), Error> {
    let mut files = NewFiles::new(args.force);
    let mut lines = Vec::new();
    let password = args.passout.as_ref().map(|source| secrets::new_key_password(source, "the new key")).transpose()?;
    let password = password.as_ref().map(|password| password.as_slice());
    if let Some(folder) = &args.out_dir {
        files.make_folder(folder)?;
    }
    for one in made {
        let product = product(args, one, password, rng)?;
        match &args.out_dir {
            Some(folder) => {
                let line = add_to_folder(&mut files, folder, one, &product);
                lines.push(line.map_err(|error| instead_of_force(error, args, one))?);
            }
            None => {
                add(&mut files, args, &product).map_err(|error| instead_of_force(error, args, one))?;
                lines.push(one.line.clone());
            }
        }
    }
    Ok((files, lines))
}

/// What to do about an authority or a key that is there: `--force` would lose it.
fn instead_of_force(error: Error, args: &Args, one: &Made) -> Error {
    if args.force || error.condition() != Condition::FileUnwritable || !error.to_string().contains(EXISTS) {
        return error;
    }
    match (one.is_authority, &one.key, &args.out_dir) {
        (true, _, Some(folder)) => {
            let path = |ending: &str| folder.join(format!("{}.{ending}", one.name)).display().to_string();
            let (certificate, key) = (path("pem"), path("key"));
            error.hinting(format!(
                "the authority is there: -CA {certificate} -CAkey {key} instead of --ca issues more; --force makes another, and what the old one issued is then nobody's"
            ))
        }
        (_, Some(_), _) => error.hinting(
            "name another file; -inkey KEY certifies a key that is there; --force replaces it, and a key that is gone is gone",
        ),
        _ => error,
    }
}

fn add_to_folder(files: &mut NewFiles, folder: &Path, one: &Made, product: &Files) -> Result<String, Error> {
    let path = |ending: &str| folder.join(format!("{}.{ending}", one.name));
    // The key first: a certificate without its key is of no use.
    if let Some(key) = &product.key {
        files.add(&path("key"), key, Access::Owner)?;
    }
    files.add(&path(product.ending), &product.document, access(product))?;
    // Others need the certificate of an authority, and not its key.
    if let (true, true, Product::Certificate(certificate)) = (product.holds_key, one.is_authority, &one.product) {
        files.add(&path("pem"), store::pem_block("CERTIFICATE", certificate.der())?.as_bytes(), Access::Umask)?;
    }
    Ok(format!("{}: {}", path(product.ending).display(), one.line))
}

fn add(files: &mut NewFiles, args: &Args, product: &Files) -> Result<(), Error> {
    let out = args.out.as_deref().unwrap_or(Path::new("-"));
    match (&product.key, &args.keyout) {
        (Some(key), Some(keyout)) => {
            files.add(keyout, key, Access::Owner)?;
            files.add(out, &product.document, Access::Umask)
        }
        (Some(key), None) => {
            let both = Zeroizing::new([product.document.as_slice(), key].concat());
            files.add(out, &both, Access::Owner)
        }
        (None, _) => files.add(out, &product.document, access(product)),
    }
}

fn access(product: &Files) -> Access {
    if product.holds_key { Access::Owner } else { Access::Umask }
}

fn product(args: &Args, one: &Made, password: Option<&[u8]>, rng: &mut dyn CryptoRng) -> Result<Files, Error> {
    let form = args.form.outform.unwrap_or(Form::Pem);
    let separate = |ending, document: Vec<u8>, key| Files { ending, document: document.into(), key, holds_key: false };
    let certificate: &Certificate = match &one.product {
        Product::Certificate(certificate) => certificate,
        Product::Request(request) => {
            let document = document(form == Form::Der, "CERTIFICATE REQUEST", request)?;
            return Ok(separate("csr", document, key_file(one, form, password, rng)?));
        }
        Product::RevocationList(list) => {
            let ending = if form == Form::Der { "der" } else { "pem" };
            return Ok(separate(ending, document(form == Form::Der, CRL_LABEL, list.der())?, None));
        }
    };
    if let (true, Some(private_key)) = (args.form.pkcs12, &one.key) {
        let name = Some(one.title.as_str());
        let contents = pkcs12::NewContents { private_key, certificate, others: &one.issuers, name };
        let document = pkcs12::write(contents, password.unwrap_or_default(), rng)?.into();
        return Ok(Files { ending: "p12", document, key: None, holds_key: true });
    }
    if let (Form::Mime, Some(private_key)) = (form, &one.key) {
        let document = credential::write(certificate, private_key, rng).to_octets().into();
        return Ok(Files { ending: "mime", document, key: None, holds_key: true });
    }
    let key = key_file(one, form, password, rng)?;
    Ok(match form {
        Form::Der => separate("der", certificate.der().to_vec(), key),
        Form::P7c => {
            let all: Vec<Certificate> = std::iter::once(certificate).chain(&one.issuers).cloned().collect();
            separate("p7c", certs_only::write(&all), key)
        }
        Form::Pem | Form::Mime => separate("pem", in_pem(certificate, &one.issuers)?, key),
    })
}

/// A structure as it is, or as a block in PEM.
pub fn document(is_der: bool, label: &str, der: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(if is_der { der.to_vec() } else { store::pem_block(label, der)?.into_bytes() })
}

/// The label of a revocation list in PEM (RFC 7468 section 6).
pub const CRL_LABEL: &str = "X509 CRL";

/// The certificate, then those that a receiver who has the root alone would miss.
fn in_pem(certificate: &Certificate, issuers: &[Certificate]) -> Result<Vec<u8>, Error> {
    let between = issuers.iter().filter(|issuer| !lineage::is_root(issuer));
    let blocks = std::iter::once(certificate).chain(between).map(|one| store::pem_block("CERTIFICATE", one.der()));
    Ok(blocks.collect::<Result<Vec<_>, _>>()?.concat().into_bytes())
}

/// The file of a new key: PKCS #8, in DER beside what is DER, encrypted if there is a password.
fn key_file(
    one: &Made,
    form: Form,
    password: Option<&[u8]>,
    rng: &mut dyn CryptoRng,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let Some(octets) = &one.key else { return Ok(None) };
    let (label, octets) = match password {
        Some(password) => ("ENCRYPTED PRIVATE KEY", Zeroizing::new(key::encrypt(octets, password, rng)?)),
        None => ("PRIVATE KEY", octets.clone()),
    };
    Ok(Some(match form {
        Form::Der => octets,
        _ => Zeroizing::new(store::pem_block(label, &octets)?.into_bytes()),
    }))
}
