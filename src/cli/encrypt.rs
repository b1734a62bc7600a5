//! `sip-smime encrypt`: load, encrypt, write.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args as ClapArgs, ValueEnum};
use sip_smime::alg::cipher::{self, ContentCipher};
use sip_smime::alg::digest::SHA256;
use sip_smime::alg::rsa_transport::TransportScheme;
use sip_smime::cms::recipient::Recipient;
use sip_smime::error::{Error, Exit};
use sip_smime::smime::encrypt::{self, EncryptOptions, RecipientOptions, SmimeTypeStyle};
use sip_smime::smime::encrypted_body::{self, EncryptMessageOptions};
use sip_smime::smime::known;
use sip_smime::smime::sign::SignOptions;
use sip_smime::source::Chunk;

use crate::cli::args::{Common, Cte, Secret};
use crate::cli::checks::Roots;
use crate::cli::clock;
use crate::cli::run::{self, Outcome, Task, Unsigned};
use crate::cli::secrets::KekSource;

mod loading;

use loading::{Loaded, load};

/// Encrypt SIP messages or MIME entities
#[derive(ClapArgs, Debug)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// A recipient's certificate; may be repeated. With -in, operands are recipients, too
    #[arg(long, value_name = "CERT")]
    recip: Vec<PathBuf>,
    /// A folder of the certificates of people you know: without -recip, --kek and --password the To is the recipient
    #[arg(long, value_name = "FOLDER")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    roots: Roots,
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

pub fn run(mut args: Args) -> Exit {
    if args.common.input.is_some() {
        args.recip.append(&mut args.common.files);
    }
    let task = Task {
        name: "encrypt",
        unsigned: Unsigned::Fails,
        answers: false,
        signer_out: None,
        keyring: None,
        is_listing: false,
    };
    run::loaded(&args.common, load(&args), |loaded| {
        run::each_message(&args.common, task, |chunk| work(&args, loaded, chunk).unwrap_or_else(Outcome::from))
    })
}

fn work(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Result<Outcome, Error> {
    let Protect::Body = args.protect;
    let transport = match (args.rsa, args.profile) {
        (Some(RsaPadding::Pkcs1), _) | (None, Profile::Rfc6216) => TransportScheme::Pkcs1,
        _ => TransportScheme::Oaep { digest: SHA256, mask_digest: SHA256 },
    };
    let how = RecipientOptions { transport, key_identifier: args.keyid, time: loaded.time };
    let request = args.common.request(chunk);
    let found = loaded.known.as_ref().map(|known| known::recipient(&request, known, &loaded.trust())).transpose()?;
    let of_keyring = found.iter().map(|(_, entry)| (entry.certificate(), entry.source()));
    let of_files = loaded.certificates.iter().chain(&loaded.own).zip(loaded.files.iter().map(String::as_str));
    let owner =
        |(one, file)| encrypt::recipient(one, &how).map_err(|error: Error| error.within(format!("certificate {file}")));
    let owners = of_keyring.chain(of_files).map(owner).collect::<Result<Vec<_>, _>>()?;
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
        certificates: match &found {
            Some((_, entry)) => std::slice::from_ref(entry.certificate()),
            None => &loaded.certificates,
        },
        sign: loaded.signer.as_ref().map(|(signer, _)| signer).zip(sign_options.as_ref()),
    };
    let encrypted = encrypted_body::encrypt_message(&request, &recipients, options, how, &mut clock::rng())?;
    let is_large = encrypted.findings.iter().any(|finding| finding.code == "SIZE-1300");
    let mut outcome = Outcome::made(&args.common, encrypted);
    if is_large && loaded.signer.is_some() {
        outcome.lines.push(SMALLER.to_owned());
    }
    let shown: Vec<String> = recipients.iter().map(|recipient| recipient.text()).collect();
    outcome.json.insert("recipients".into(), shown.clone().into());
    outcome.json.insert("cipher".into(), loaded.cipher.name().into());
    let mut lines: Vec<String> = Vec::new();
    if let Some((to, entry)) = found {
        outcome.json.insert("to".into(), to.as_str().into());
        lines.push(format!("to: {to}, whose certificate is {}", entry.source()));
    }
    lines.extend(shown.iter().map(|recipient| format!("recipient: {recipient}")));
    lines.push(format!("cipher: {}", loaded.cipher.name()));
    lines.append(&mut outcome.lines);
    Ok(Outcome { lines, ..outcome })
}

/// What makes a message smaller that is signed and encrypted, by more than a third.
const SMALLER: &str = "hint: sign --minimal --certs none -keyid, and then encrypt -keyid, make a smaller message";
