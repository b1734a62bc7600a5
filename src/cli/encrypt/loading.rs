//! What `encrypt` reads before the first message: recipients, their capabilities, keys, passwords and the signer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sip_smime::alg::cipher::{self, ContentCipher};
use sip_smime::cms::enveloped::MAX_RECIPIENTS;
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::Certificate;
use sip_smime::pki::chain::{Purpose, Trust};
use sip_smime::pki::known::KnownCertificates;
use sip_smime::smime::capabilities::{self, Capabilities};
use sip_smime::smime::sign::{Include, Signer};

use crate::cli::args::Secret;
use crate::cli::checks::LoadedAnchors;
use crate::cli::encrypt::{Args, CipherName, Profile};
use crate::cli::operand::{self, Passin};
use crate::cli::secrets::{self, KekSource};
use crate::cli::state::{self, KeyringFolder};
use crate::cli::{clock, io};

/// What is loaded once, for all messages.
pub struct Loaded {
    pub certificates: Vec<Certificate>,
    pub own: Option<Certificate>,
    /// The files of all these, in their order.
    pub files: Vec<String>,
    /// Where the recipient of each message is looked for, if none is named.
    pub known: Option<Arc<KnownCertificates>>,
    pub keks: Vec<KeyEncryptionKey>,
    pub password: Option<SharedPassword>,
    pub cipher: &'static dyn ContentCipher,
    pub signer: Option<(Signer, Vec<Certificate>)>,
    pub time: i64,
    roots: LoadedAnchors,
}

impl Loaded {
    /// Whom to trust about a certificate of the keyring that is no pin.
    pub fn trust(&self) -> Trust<'_> {
        self.roots.trust(Purpose::Smime, false, self.time)
    }
}

/// The keyring, if nobody is named to whom the messages are to be encrypted.
fn used_keyring(args: &Args) -> Option<&Path> {
    let is_named = !args.recip.is_empty() || !args.kek.is_empty() || args.password.is_some();
    args.keyring.as_deref().filter(|_| !is_named)
}

/// Combinations that contradict one another in what they mean, not only in their names.
fn check(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Error::new(Condition::Usage).detail(detail).hinting(hint);
    let is_legacy = args.profile == Profile::Rfc6216;
    if is_legacy && (args.cipher.is_some() || args.caps_from.is_some() || args.rsa.is_some()) {
        let detail = "--profile rfc6216 excludes --cipher, --caps-from and --rsa";
        return Err(usage(detail, "RFC 6216 encrypts with AES-128-CBC and RSA PKCS #1 v1.5"));
    }
    if is_legacy && args.signer.is_some() {
        let hint = "RFC 6216 section 4.3 signs what is encrypted: encrypt, then sign --profile rfc6216";
        return Err(usage("--profile rfc6216 excludes -signer", hint));
    }
    if let Some(path) = args.common.files.iter().find(|path| io::is_certificate(path)) {
        let detail = format!("{} is a certificate, and operands are messages", operand::named(path));
        return Err(usage(&detail, "name a recipient with -recip; with -in FILE, operands are recipients"));
    }
    let recipients = [args.recip.len(), args.kek.len(), usize::from(args.encrypt_to_self.is_some())];
    let count = recipients.into_iter().fold(usize::from(args.password.is_some()), usize::saturating_add);
    if count > MAX_RECIPIENTS {
        let detail = format!("{count} recipients are given, and a message has at most {MAX_RECIPIENTS}");
        return Err(usage(&detail, "encrypt it several times"));
    }
    if count == 0 && args.keyring.is_none() {
        let hint = "name one with -recip CERT, --kek ID:FILE or --password SOURCE, or give --keyring FOLDER";
        return Err(usage("there is no recipient", hint));
    }
    if used_keyring(args).is_none() && args.roots.is_named() {
        let hint =
            "certificates that are named are used as they are: check-san judges them; leave -CAfile and -CApath out";
        return Err(usage("-CAfile and -CApath are about recipients of the keyring", hint));
    }
    if args.caps_from.is_some() && used_keyring(args).is_some() {
        let hint = "name the recipient with -recip CERT, or the cipher with --cipher";
        return Err(usage("--caps-from needs a recipient that is named", hint));
    }
    let mut secrets: Vec<bool> = args.kek.iter().map(KekSource::is_standard_input).collect();
    secrets.extend(args.password.iter().chain(&args.passin).map(Secret::is_standard_input));
    secrets::check_standard_input(&secrets, args.common.reads_standard_input())
}

pub fn load(args: &Args) -> Result<Loaded, Error> {
    check(args)?;
    let optional = [&args.encrypt_to_self, &args.caps_from, &args.signer, &args.inkey];
    let keyring = used_keyring(args).map(state::files).transpose()?.unwrap_or_default();
    let roots = args.roots.files();
    let files = args.recip.iter().chain(optional.into_iter().flatten()).chain(&keyring).chain(&roots);
    let operands = files.map(PathBuf::as_path);
    let secrets = args.password.iter().chain(&args.passin).filter_map(Secret::file);
    args.common.keep(operands.chain(args.kek.iter().map(KekSource::file)).chain(secrets), None)?;
    let passin = Passin::new(args.passin.as_ref());
    let recipient = |path: &PathBuf| operand::recipient_certificates(path, &passin);
    let files = args.recip.iter().map(recipient).collect::<Result<Vec<_>, _>>()?;
    let capabilities = match &args.caps_from {
        Some(path) => {
            let read = Capabilities::from_message(&io::read_file(path)?, &files.concat());
            Some(read.map_err(|error| error.in_file(operand::named(path)))?)
        }
        None => None,
    };
    let preferred = capabilities.as_ref().and_then(Capabilities::preferred);
    let own = args.encrypt_to_self.as_ref().map(recipient).transpose()?;
    let signer = match &args.signer {
        Some(path) => Some(signer(args, path, &passin)?),
        None => None,
    };
    let cipher = match (&capabilities, args.cipher, args.profile) {
        (Some(capabilities), ..) => capabilities.cipher()?,
        (None, Some(CipherName(cipher)), _) => cipher,
        (None, None, profile) => {
            let name = if profile == Profile::Rfc6216 { "aes-128-cbc" } else { "aes-128-gcm" };
            cipher::by_name(name).ok_or_else(|| Error::new(Condition::EncryptFailed).detail(name))?
        }
    };
    let keyring = used_keyring(args).map(|folder| KeyringFolder::open(folder, &[], false)).transpose()?;
    let chosen = |file: Vec<Certificate>| capabilities::choose(file, preferred);
    Ok(Loaded {
        certificates: files.into_iter().filter_map(chosen).collect(),
        files: args.recip.iter().chain(&args.encrypt_to_self).map(|path| operand::named(path)).collect(),
        known: keyring.map(|keyring| keyring.known()),
        own: own.and_then(|file| capabilities::choose(file, None)),
        keks: secrets::keks(&args.kek, args.common.voice())?,
        password: args.password.as_ref().map(secrets::new_password).transpose()?,
        cipher,
        signer,
        time: clock::now(),
        roots: args.roots.load(&passin)?,
    })
}

/// The signer of what is encrypted, and the certificates that go into the signature.
fn signer(args: &Args, path: &PathBuf, passin: &Passin<'_>) -> Result<(Signer, Vec<Certificate>), Error> {
    let (certificates, keys) = operand::signer(path, args.inkey.as_deref(), passin)?;
    let key_file = args.inkey.as_ref().unwrap_or(path);
    operand::check_mode(key_file, false, args.common.voice())?;
    let (signer, others) =
        Signer::among(certificates, keys).map_err(|error| error.in_file(operand::named(key_file)))?;
    let included = Include::Signer.certificates(&signer, others);
    Ok((signer, included))
}
