//! `sip-smime encrypt`: load, encrypt, write.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::alg::cipher::{self, ContentCipher};
use sip_smime::alg::digest::SHA256;
use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::cms::enveloped::MAX_RECIPIENTS;
use sip_smime::cms::recipient::Recipient;
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::pki::Certificate;
use sip_smime::smime::capabilities::{self, Capabilities};
use sip_smime::smime::encrypt::{self, EncryptOptions, RecipientOptions, SmimeTypeStyle};
use sip_smime::smime::encrypted_body::{self, EncryptMessageOptions};
use sip_smime::smime::sign::{Include, SignOptions, Signer};
use sip_smime::source::Chunk;

use crate::cli::args::{Common, Cte, Secret};
use crate::cli::operand::{self, Passin};
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::secrets::{self, KekSource};
use crate::cli::{clock, io};

/// Encrypt SIP messages or MIME entities
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// A recipient's certificate; may be repeated. With -in, operands are recipients, too
    #[arg(long, value_name = "CERT")]
    recip: Vec<PathBuf>,
    /// A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated
    #[arg(long, value_name = "ID:FILE")]
    kek: Vec<KekSource>,
    /// Where a password comes from that opens the message: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    password: Option<Secret>,
    /// Encrypt for this certificate of yours, too
    #[arg(long, value_name = "CERT")]
    encrypt_to_self: Option<PathBuf>,
    /// The cipher; -aes128, -aes-256-gcm and so on are words for it [default: aes-128-gcm]
    #[arg(long, value_name = "CIPHER", ignore_case = true, conflicts_with = "caps_from")]
    cipher: Option<CipherName>,
    /// Choose the cipher by what the recipient can read, as it says in a message that it signed
    #[arg(long, value_name = "FILE")]
    caps_from: Option<PathBuf>,
    /// How the key is encrypted for RSA recipients [default: oaep]
    #[arg(long, value_name = "PADDING")]
    rsa: Option<RsaPadding>,
    /// Name the recipients by their subject key identifiers
    #[arg(long)]
    keyid: bool,
    /// Sign first, with this certificate; the file may hold the key too
    #[arg(long, value_name = "CERT")]
    signer: Option<PathBuf>,
    /// The signer's private key
    #[arg(long, value_name = "KEY", requires = "signer")]
    inkey: Option<PathBuf>,
    /// Where the password of the signer's key, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    passin: Option<Secret>,
    /// What is encrypted
    #[arg(long, value_name = "WHAT", default_value = "body")]
    protect: Protect,
    /// The transfer encoding of the encrypted object
    #[arg(long, value_name = "ENCODING", default_value = "binary")]
    cte: Cte,
    /// Whose spelling of smime-type to write: auth-enveloped-data or authEnveloped-data
    #[arg(long, value_name = "RFC", default_value = "8591")]
    smime_type_style: TypeStyle,
    /// Whose conventions to follow
    #[arg(long, value_name = "PROFILE", default_value = "rfc8591")]
    profile: Profile,
}

/// A cipher that is written, by its name in the library's table.
#[derive(Clone, Copy, Debug)]
struct CipherName(&'static dyn ContentCipher);

impl ValueEnum for CipherName {
    fn value_variants<'a>() -> &'a [Self] {
        static VARIANTS: std::sync::LazyLock<Vec<CipherName>> = std::sync::LazyLock::new(|| {
            cipher::CIPHERS.iter().copied().filter(|cipher| !cipher.is_legacy()).map(CipherName).collect()
        });
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        // openssl's short words are ciphers in CBC mode.
        let short = [("aes-128-cbc", "aes128"), ("aes-192-cbc", "aes192"), ("aes-256-cbc", "aes256")];
        let name = self.0.name();
        let aliases = short.into_iter().filter(|(long, _)| *long == name).map(|(_, short)| short);
        Some(PossibleValue::new(name).aliases(aliases))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RsaPadding {
    /// RSAES-OAEP with SHA-256
    Oaep,
    /// PKCS #1 v1.5, for old peers
    Pkcs1,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protect {
    /// The body and its Content-* fields
    Body,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TypeStyle {
    /// auth-enveloped-data
    #[value(name = "8591")]
    Rfc8591,
    /// authEnveloped-data
    #[value(name = "8551")]
    Rfc8551,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// RFC 8591
    Rfc8591,
    /// RFC 6216: enveloped-data, AES-128-CBC, RSA with PKCS #1 v1.5; for old peers only
    Rfc6216,
}

/// What is loaded once, for all messages.
struct Loaded {
    certificates: Vec<Certificate>,
    own: Option<Certificate>,
    /// The files of all these, in their order.
    files: Vec<String>,
    keks: Vec<KeyEncryptionKey>,
    password: Option<SharedPassword>,
    cipher: &'static dyn ContentCipher,
    signer: Option<(Signer, Vec<Certificate>)>,
    time: i64,
}

pub fn run(mut args: Args) -> Exit {
    if args.common.input.is_some() {
        args.recip.append(&mut args.common.files);
    }
    let task = Task { name: "encrypt", unsigned: Unsigned::Fails, answers: false, signer_out: None, is_listing: false };
    run::loaded(&args.common, load(&args), |loaded| {
        run::each_message(&args.common, task, |chunk| work(&args, loaded, chunk).unwrap_or_else(Outcome::from))
    })
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
    let has_certificates = !args.recip.is_empty() || args.encrypt_to_self.is_some();
    if !has_certificates && args.kek.is_empty() && args.password.is_none() {
        return Err(usage("there is no recipient", "name one with -recip CERT, --kek ID:FILE or --password SOURCE"));
    }
    let mut secrets: Vec<bool> = args.kek.iter().map(KekSource::is_standard_input).collect();
    secrets.extend(args.password.iter().chain(&args.passin).map(Secret::is_standard_input));
    secrets::check_standard_input(&secrets, args.common.reads_standard_input())
}

fn load(args: &Args) -> Result<Loaded, Error> {
    check(args)?;
    let optional = [&args.encrypt_to_self, &args.caps_from, &args.signer, &args.inkey];
    let operands = args.recip.iter().chain(optional.into_iter().flatten()).map(PathBuf::as_path);
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
    let chosen = |file: Vec<Certificate>| capabilities::choose(file, preferred);
    Ok(Loaded {
        certificates: files.into_iter().filter_map(chosen).collect(),
        files: args.recip.iter().chain(&args.encrypt_to_self).map(|path| operand::named(path)).collect(),
        own: own.and_then(|file| capabilities::choose(file, None)),
        keks: secrets::keks(&args.kek, args.common.voice())?,
        password: args.password.as_ref().map(secrets::new_password).transpose()?,
        cipher,
        signer,
        time: clock::now(),
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

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Result<Outcome, Error> {
    let Protect::Body = args.protect;
    let transport = match (args.rsa, args.profile) {
        (Some(RsaPadding::Pkcs1), _) | (None, Profile::Rfc6216) => TransportScheme::Pkcs1,
        _ => TransportScheme::Oaep { digest: SHA256, mask_digest: SHA256 },
    };
    let how = RecipientOptions { transport, key_identifier: args.keyid, time: loaded.time };
    let certificates = loaded.certificates.iter().chain(&loaded.own).zip(&loaded.files);
    let owner = |(one, file): (_, &String)| {
        encrypt::recipient(one, &how).map_err(|error| error.within(format!("certificate {file}")))
    };
    let owners = certificates.map(owner).collect::<Result<Vec<_>, _>>()?;
    let mut recipients: Vec<&dyn Recipient> = owners.iter().map(|owner| owner.as_ref()).collect();
    recipients.extend(loaded.keks.iter().map(|kek| -> &dyn Recipient { kek }));
    recipients.extend(loaded.password.iter().map(|password| -> &dyn Recipient { password }));

    let encoding = args.cte.into();
    let smime_type = match args.smime_type_style {
        TypeStyle::Rfc8591 => SmimeTypeStyle::Rfc8591,
        TypeStyle::Rfc8551 => SmimeTypeStyle::Rfc8551,
    };
    let options = EncryptOptions { cipher: loaded.cipher, encoding, smime_type };
    let included = loaded.signer.as_ref().map(|(_, included)| included.iter().collect());
    let sign_options = included.map(|included| SignOptions::recommended(included, loaded.time));
    let how = EncryptMessageOptions {
        binary: args.common.binary,
        certificates: &loaded.certificates,
        sign: loaded.signer.as_ref().map(|(signer, _)| signer).zip(sign_options.as_ref()),
    };
    let request = args.common.request(chunk);
    let encrypted = encrypted_body::encrypt_message(&request, &recipients, options, how, &mut clock::rng())?;
    let is_large = encrypted.findings.iter().any(|finding| finding.code == "SIZE-1300");
    let mut outcome = Outcome::made(&args.common, encrypted);
    if is_large && loaded.signer.is_some() {
        outcome.lines.push(SMALLER.to_owned());
    }
    let shown: Vec<String> = recipients.iter().map(|recipient| recipient.text()).collect();
    outcome.json.insert("recipients".into(), shown.clone().into());
    outcome.json.insert("cipher".into(), loaded.cipher.name().into());
    let mut lines: Vec<String> = shown.iter().map(|recipient| format!("recipient: {recipient}")).collect();
    lines.push(format!("cipher: {}", loaded.cipher.name()));
    lines.append(&mut outcome.lines);
    Ok(Outcome { lines, ..outcome })
}

/// What makes a message smaller that is signed and encrypted, by more than a third.
const SMALLER: &str = "hint: sign --minimal --certs none -keyid, and then encrypt -keyid, make a smaller message";
