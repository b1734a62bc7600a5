//! What is asked of a signature, by `verify` and by `decrypt --verify`: the options, and what they name.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use der::asn1::ObjectIdentifier;
use sip_smime::alg::policy::Strength;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::chain::{Policies, Purpose, RevocationCheck, Trust};
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::pki::known::{KnownCertificate, KnownCertificates};
use sip_smime::pki::{Certificate, Crl};
use sip_smime::report::VerifyReport;
use sip_smime::smime::claim::{Claim, IdentitySource};
use sip_smime::smime::known;
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::source::Chunk;
use sip_smime::uri::SipUri;

use crate::cli::args::Moment;
use crate::cli::operand::{self, Passin};
use crate::cli::state::{self, KeyringFolder};
use crate::cli::{args, clock};

/// The options that name authorities.
#[derive(Args, Debug)]
pub struct Roots {
    /// Trust anchors: certificates in PEM, DER, certs-only CMS or PKCS #12
    #[arg(long = "CAfile", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// A folder of trust anchors, and of revocation lists named as openssl does: HASH.r0
    #[arg(long = "CApath", value_name = "FOLDER")]
    pub ca_path: Option<PathBuf>,
}

/// The options that name whom to trust, and when.
#[derive(Args, Debug)]
pub struct Anchors {
    #[command(flatten)]
    pub roots: Roots,
    /// Trust exactly this certificate, whoever issued it; may be repeated
    #[arg(long, value_name = "CERT")]
    pub trust: Vec<PathBuf>,
    /// Certificates of signers and intermediate authorities that the message lacks; may be repeated
    #[arg(long, value_name = "FILE")]
    pub certfile: Vec<PathBuf>,
    /// Certificate revocation lists, in PEM or DER; also -CRLfile; may be repeated
    #[arg(long, visible_alias = "CRLfile", value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// Refuse a signer of whom no list says that the certificate is not revoked
    #[arg(long = "crl_check")]
    pub crl_check: bool,
    /// The same for every certificate in the path
    #[arg(long = "crl_check_all")]
    pub crl_check_all: bool,
    /// Accepted as openssl's word: lists of other issuers and for some reasons are always read
    #[arg(long = "extended_crl", hide = true)]
    pub extended_crl: bool,
    /// Accepted as openssl's word: lists of what changed are always read
    #[arg(long = "use_deltas", hide = true)]
    pub use_deltas: bool,
    /// Check validity at this time: RFC 3339, seconds since 1970, YYYY-MM-DD, or capture; also -attime [default: now]
    #[arg(long, visible_alias = "attime", value_name = "TIME", value_parser = args::moment)]
    pub at_time: Option<Moment>,
    /// Accept this certificate policy, and with -explicit_policy no other; may be repeated
    #[arg(long, value_name = "OID", value_parser = policy)]
    pub policy: Vec<ObjectIdentifier>,
    /// The path must be valid for a certificate policy
    #[arg(long = "explicit_policy")]
    pub explicit_policy: bool,
    /// Certificate policies cannot be mapped to others
    #[arg(long = "inhibit_map")]
    pub inhibit_map: bool,
    /// anyPolicy stands for no certificate policy
    #[arg(long = "inhibit_any")]
    pub inhibit_any: bool,
}

/// The options that say what is asked of a signature.
#[derive(Args, Debug)]
pub struct Checks {
    #[command(flatten)]
    pub anchors: Anchors,
    /// Do not look for the signer among the certificates of the message
    #[arg(long)]
    pub nointern: bool,
    /// A folder of the certificates of people you know: one that changed is refused
    #[arg(long, value_name = "FOLDER")]
    pub keyring: Option<PathBuf>,
    /// Keep the certificates of good messages in the keyring
    #[arg(long, requires = "keyring")]
    pub learn: bool,
    /// Leave trust out: who signed is then not proved
    #[arg(long)]
    pub noverify: bool,
    /// Whom the certificate must name: from, to, pai, a URI or none
    #[arg(long, value_name = "WHO", default_value = "default", hide_default_value = true, value_parser = identity)]
    pub identity: IdentitySource,
    /// An uncovered Date is an error
    #[arg(long)]
    pub require_date: bool,
    /// In a stream, a message without S/MIME is a failure
    #[arg(long)]
    pub require_signed: bool,
    /// Let a sip: identity match an e-mail address in the certificate
    #[arg(long)]
    pub allow_email_san: bool,
    /// What the certificate must be for [default: smime; sip for a domain]
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<PurposeName>,
    /// Accept SHA-1, RSA below 2048 bits, signatures without attributes and 3DES, with a warning
    #[arg(long)]
    pub allow_legacy: bool,
    /// Write the certificates of the good signers to FILE; also -signer
    #[arg(long, visible_alias = "signer", value_name = "FILE")]
    pub signer_out: Option<PathBuf>,
    /// One good signer is enough
    #[arg(long)]
    pub any_signer: bool,
    /// Say which damage would explain a signature that is not right; no verdict changes
    #[arg(long)]
    pub diagnose: bool,
    /// Treat disagreements between labels and content as errors, and content that only a signature around its encryption
    /// covers
    #[arg(long)]
    pub strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PurposeName {
    /// E-mail protection, or no stated purpose
    #[value(alias = "smimesign")]
    Smime,
    /// id-kp-sipDomain too
    Sip,
    /// Any
    Any,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Smime => Purpose::Smime,
            PurposeName::Sip => Purpose::Sip,
            PurposeName::Any => Purpose::Any,
        }
    }
}

fn policy(text: &str) -> Result<ObjectIdentifier, String> {
    text.parse().map_err(|_| "a policy is written as numbers with dots, for instance 2.23.140.1.5.1.1".to_owned())
}

fn identity(text: &str) -> Result<IdentitySource, String> {
    Ok(match text {
        "default" => IdentitySource::Default,
        "from" => IdentitySource::From,
        "to" => IdentitySource::To,
        "pai" => IdentitySource::PAssertedIdentity,
        "none" => IdentitySource::None,
        uri => IdentitySource::Uri(SipUri::parse_typed(uri).map_err(|error| error.to_string())?),
    })
}

/// The certificates of the options, loaded once for all messages.
#[derive(Debug)]
pub struct LoadedAnchors {
    pub anchors: Vec<Certificate>,
    pub pinned: Vec<Certificate>,
    pub certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    revocation: RevocationCheck,
    policies: Policies,
    time: Moment,
}

impl Roots {
    /// Reads the files that the options name. Revocation lists beside the certificates count.
    pub fn load(&self, passin: &Passin<'_>) -> Result<LoadedAnchors, Error> {
        self.check()?;
        let (mut anchors, mut crls) = (Vec::new(), Vec::new());
        if let Some(path) = &self.ca_file {
            (anchors, crls) = operand::certificates_and_crls(std::slice::from_ref(path), passin)?;
        }
        if let Some(folder) = &self.ca_path {
            let (lists, certificates): (Vec<PathBuf>, Vec<PathBuf>) =
                folder_files(folder)?.into_iter().partition(|path| is_list(path));
            // One that cannot be read is no anchor: trust fails closed. A list is an error: it may say who is revoked.
            anchors.extend(
                certificates.iter().filter_map(|path| operand::certificates(path, &Passin::new(None)).ok()).flatten(),
            );
            crls.extend(operand::all_crls(&lists)?);
        }
        Ok(LoadedAnchors {
            anchors,
            pinned: Vec::new(),
            certificates: Vec::new(),
            crls,
            revocation: RevocationCheck::IfKnown,
            policies: Policies::default(),
            time: Moment::At(clock::now()),
        })
    }

    /// One is for a file, the other for a folder.
    fn check(&self) -> Result<(), Error> {
        let unfit = |path: &Path, why: &str, hint: &str| {
            Err(Error::new(Condition::FileUnreadable).detail(why).in_file(path.display().to_string()).hinting(hint))
        };
        match (&self.ca_file, &self.ca_path) {
            (Some(path), _) if path.is_dir() => unfit(path, "it is a folder", "a folder is named with -CApath"),
            (_, Some(path)) if path.is_file() => unfit(path, "it is a file", "a file is named with -CAfile"),
            _ => Ok(()),
        }
    }

    /// Whether one is named.
    pub fn is_named(&self) -> bool {
        self.ca_file.is_some() || self.ca_path.is_some()
    }

    /// The files that the options name. A folder that cannot be read is an error when it is loaded.
    pub fn files(&self) -> Vec<PathBuf> {
        let folder = self.ca_path.iter().flat_map(|folder| folder_files(folder).unwrap_or_default());
        self.ca_file.iter().cloned().chain(folder).collect()
    }
}

impl Anchors {
    /// Reads the files that the options name. Revocation lists beside the certificates count.
    pub fn load(&self, passin: &Passin<'_>) -> Result<LoadedAnchors, Error> {
        let roots = self.roots.load(passin)?;
        let (pinned, crls_of_pinned) = operand::certificates_and_crls(&self.trust, passin)?;
        let (certificates, more_crls) = operand::certificates_and_crls(&self.certfile, passin)?;
        Ok(LoadedAnchors {
            pinned,
            certificates,
            crls: [roots.crls, operand::all_crls(&self.crl)?, crls_of_pinned, more_crls].concat(),
            revocation: match (self.crl_check_all, self.crl_check) {
                (true, _) => RevocationCheck::Chain,
                (false, true) => RevocationCheck::Leaf,
                (false, false) => RevocationCheck::IfKnown,
            },
            policies: Policies {
                acceptable: self.policy.clone(),
                explicit: self.explicit_policy,
                inhibit_mapping: self.inhibit_map,
                inhibit_any: self.inhibit_any,
            },
            time: self.at_time.unwrap_or(roots.time),
            ..roots
        })
    }

    /// The files that the options name.
    pub fn files(&self) -> Vec<PathBuf> {
        let named = self.trust.iter().chain(&self.certfile).chain(&self.crl).cloned();
        self.roots.files().into_iter().chain(named).collect()
    }

    /// Whether somebody is named whom to trust, or something is asked of a path.
    pub fn asks_for_a_path(&self) -> bool {
        let names_anchors = self.roots.is_named() || !self.trust.is_empty();
        let asks_for_lists = !self.crl.is_empty() || self.crl_check || self.crl_check_all;
        let asks_for_policies = !self.policy.is_empty() || self.explicit_policy || self.inhibit_map || self.inhibit_any;
        names_anchors || asks_for_lists || asks_for_policies || self.at_time.is_some()
    }
}

impl LoadedAnchors {
    /// The time to judge a message at, in seconds since 1970.
    ///
    /// # Errors
    /// `usage` if it is that of a packet, and the message came in none.
    pub fn time(&self, chunk: &Chunk) -> Result<i64, Error> {
        match (self.time, &chunk.packet) {
            (Moment::At(time), _) => Ok(time),
            (Moment::Capture, Some(packet)) => Ok(packet.seconds()),
            (Moment::Capture, None) => Err(Error::new(Condition::Usage)
                .detail("--at-time capture is the time of a packet, and the input is no capture")
                .hinting("name the time, or leave --at-time out")),
        }
    }

    /// Whom to trust, for a purpose, at a time.
    pub fn trust(&self, purpose: Purpose, allow_legacy: bool, time: i64) -> Trust<'_> {
        Trust {
            anchors: &self.anchors,
            pinned: &self.pinned,
            time,
            purpose,
            allow_legacy,
            policies: self.policies.clone(),
            crls: self.crls.iter().collect(),
            revocation: self.revocation,
        }
    }
}

/// What is asked, and of whom, loaded once for all messages.
#[derive(Debug)]
pub struct LoadedChecks<'a> {
    checks: &'a Checks,
    loaded: LoadedAnchors,
}

impl Checks {
    /// Reads the files that the options name.
    pub fn load(&self, passin: &Passin<'_>) -> Result<LoadedChecks<'_>, Error> {
        let usage = |detail: &str, hint: &str| Error::new(Condition::Usage).detail(detail).hinting(hint);
        if self.learn && self.noverify {
            let hint = "only a good certificate is learnt; to accept one that nobody vouches for, name it with --trust";
            return Err(usage("--learn and -noverify exclude one another", hint));
        }
        if self.keyring.is_some() && self.identity == IdentitySource::None {
            let hint = "a keyring is searched by address: leave --identity none out, or --keyring";
            return Err(usage("--keyring and --identity none exclude one another", hint));
        }
        Ok(LoadedChecks { checks: self, loaded: self.anchors.load(passin)? })
    }

    /// Reads the keyring, if one is named. Those of `--trust` are permitted, if they are loaded.
    pub fn load_keyring(&self, checks: Option<&LoadedChecks<'_>>) -> Result<Option<KeyringFolder>, Error> {
        let permitted = checks.map(|checks| checks.loaded.pinned.as_slice()).unwrap_or_default();
        self.keyring.as_ref().map(|folder| KeyringFolder::open(folder, permitted, self.learn)).transpose()
    }

    /// The files that the options name. A folder that cannot be read is an error when it is loaded.
    pub fn files(&self) -> Vec<PathBuf> {
        let keyring = self.keyring.iter().flat_map(|folder| state::files(folder).unwrap_or_default());
        self.anchors.files().into_iter().chain(keyring).collect()
    }

    /// An option that asks something of a signature, if one was given. `--allow-legacy` is not one: it is about
    /// ciphers, too.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            ("-CAfile", self.anchors.roots.ca_file.is_some()),
            ("-CApath", self.anchors.roots.ca_path.is_some()),
            ("--trust", !self.anchors.trust.is_empty()),
            ("-certfile", !self.anchors.certfile.is_empty()),
            ("-nointern", self.nointern),
            ("--crl", !self.anchors.crl.is_empty()),
            ("-crl_check", self.anchors.crl_check),
            ("-crl_check_all", self.anchors.crl_check_all),
            ("-extended_crl", self.anchors.extended_crl),
            ("-use_deltas", self.anchors.use_deltas),
            ("--at-time", self.anchors.at_time.is_some()),
            ("-policy", !self.anchors.policy.is_empty()),
            ("-explicit_policy", self.anchors.explicit_policy),
            ("-inhibit_map", self.anchors.inhibit_map),
            ("-inhibit_any", self.anchors.inhibit_any),
            ("--learn", self.learn),
            ("-noverify", self.noverify),
            ("--identity", self.identity != IdentitySource::Default),
            ("--require-date", self.require_date),
            ("--require-signed", self.require_signed),
            ("--allow-email-san", self.allow_email_san),
            ("--purpose", self.purpose.is_some()),
            ("--signer-out", self.signer_out.is_some()),
            ("--any-signer", self.any_signer),
            ("--diagnose", self.diagnose),
            ("--strict", self.strict),
        ];
        given.iter().find(|(_, given)| *given).map(|(name, _)| *name)
    }
}

impl LoadedChecks<'_> {
    /// The time to judge a message at, as [`LoadedAnchors::time`].
    pub fn time(&self, chunk: &Chunk) -> Result<i64, Error> {
        self.loaded.time(chunk)
    }

    /// What is asked about a message with this claim, at a time.
    pub fn options<'k>(&'k self, claim: Claim, known: Option<&'k KnownCertificates>, time: i64) -> VerifyOptions<'k> {
        let checks = self.checks;
        let purpose = checks.purpose.map_or_else(|| claim.usual_purpose(), Purpose::from);
        VerifyOptions {
            certificates: &self.loaded.certificates,
            use_message_certificates: !checks.nointern,
            trust: (!checks.noverify).then(|| self.loaded.trust(purpose, checks.allow_legacy, time)),
            known,
            claim,
            // A common name is for `check-san` to tell, and proves nobody.
            identity: IdentityOptions {
                allow_email_san: checks.allow_email_san,
                strict: checks.strict,
                common_name: false,
            },
            strength: strength(checks.allow_legacy),
            any_signer: checks.any_signer,
            require_date: checks.require_date,
            strict: checks.strict,
            diagnose: checks.diagnose,
        }
    }
}

/// What a keyring learns from good messages, and what is said if there is nothing to be learnt.
pub fn lessons<'r>(
    keyring: Option<&KeyringFolder>,
    reports: impl Iterator<Item = &'r VerifyReport>,
) -> (Vec<KnownCertificate>, Vec<String>) {
    let (mut lessons, mut lines) = (Vec::new(), Vec::new());
    for report in reports.filter(|_| keyring.is_some_and(KeyringFolder::learns)) {
        match known::lessons(report) {
            Ok(found) => lessons.extend(found),
            Err(why) => lines.push(format!("not learnt: {why}")),
        }
    }
    (lessons, lines)
}

/// Which algorithms are accepted.
pub fn strength(allow_legacy: bool) -> Strength {
    if allow_legacy { Strength::Legacy } else { Strength::Current }
}

/// Files with the names that openssl's rehash gives, or that end as certificates do. Others are passed over.
fn folder_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(Condition::FileUnreadable).detail(error.to_string()).in_file(folder.display().to_string())
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let is_certificate =
        |path: &PathBuf| is_number(ending(path)) || ["pem", "crt", "cer", "der", "p7c", "p7b"].contains(&ending(path));
    paths.retain(|path| path.is_file() && (is_certificate(path) || is_list(path)));
    Ok(paths)
}

/// Names as openssl's rehash gives them to revocation lists: HASH.r0.
fn is_list(path: &Path) -> bool {
    ending(path).strip_prefix('r').is_some_and(is_number)
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}
