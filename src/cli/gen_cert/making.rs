//! What `gen-cert` makes: keys, certificates and requests, in memory.

use std::path::Path;

use rand_core::CryptoRng;
use sip_smime::alg::NewKey;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::fixture::Fixture;
use sip_smime::pki::issue::{self, Draft, IssueRequest, Issuer};
use sip_smime::pki::profile::{Holder, Profile, Role};
use sip_smime::pki::{Certificate, PrivateKey, key, request as pkcs10};
use sip_smime::store;
use zeroize::Zeroizing;

use crate::cli::diagnostic::Voice;
use crate::cli::gen_cert::{Args, ProfileName};
use crate::cli::operand::{self, Passin};
use crate::cli::{clock, io, secrets};

/// What is made for one holder: a certificate or a request, and the key unless somebody else has it.
pub struct Made {
    /// The name of its files.
    pub name: String,
    /// In PEM.
    pub document: String,
    /// What the name of the file ends in.
    pub ending: &'static str,
    /// In PEM.
    pub key: Option<Zeroizing<String>>,
    /// What is said of it.
    pub line: String,
}

/// Who issues: a certificate and its key.
type Authority = (Certificate, PrivateKey);

/// The first certificate whose key is there.
fn paired(certificates: Vec<Certificate>, keys: Vec<PrivateKey>) -> Result<Authority, Error> {
    let belongs = |one: &Certificate, key: &PrivateKey| one.public_key() == key.public_key();
    let pair = keys.into_iter().find_map(|key| {
        let certificate = certificates.iter().find(|one| belongs(one, &key))?.clone();
        Some((certificate, key))
    });
    pair.ok_or_else(|| Error::new(Condition::IssuerKeyMismatch))
}

/// Makes everything that was asked for.
pub fn make(args: &Args, voice: Voice) -> Result<Vec<Made>, Error> {
    let rng = &mut *clock::rng_for(args.seed, &format!("{:?}", (&args.uris, &args.ca, &args.key, args.csr)));
    let mut made = Vec::new();
    let password = args.passout.as_ref().map(|source| secrets::new_key_password(source, "the new key")).transpose()?;
    let mut authority = match &args.issuer {
        Some(path) => {
            operand::check_mode(args.issuer_key.as_ref().unwrap_or(path), false, voice)?;
            let passin = Passin::new(args.passin.as_ref());
            let (certificates, keys) = operand::signer(path, args.issuer_key.as_deref(), &passin)?;
            Some(paired(certificates, keys).map_err(|error| error.in_file(operand::named(path)))?)
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
            voice.say(&[
                "warning: the certificate is valid for longer than that of its issuer [GEN-OUTLIVES-ISSUER]".into()
            ]);
        }
    }
    Ok(made)
}

pub fn warn(args: &Args, voice: Voice) {
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
fn certify_request(
    args: &Args,
    path: &Path,
    authority: Option<&Authority>,
    rng: &mut dyn CryptoRng,
) -> Result<Made, Error> {
    let named = operand::named(path);
    let read = store::request(&io::read_content(path)?).map_err(|error| error.in_file(named.as_str()))?;
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

fn issued(
    args: &Args,
    holder: &Holder,
    subject: &[u8],
    public_key: &[u8],
    issuer: &Issuer<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, Error> {
    let (not_before, not_after) = validity(args, holder.role());
    let serial = issue::serial(rng);
    let profile = profile(args);
    let request = IssueRequest { profile, holder, subject, public_key, not_before, not_after, serial: &serial };
    let Some(fixture) = fixture(args).filter(|_| holder.role() != Role::Authority) else {
        return issue::issue(&request, issuer, rng);
    };
    let mut draft = Draft::new(&request, issuer)?;
    fixture.apply(&mut draft, holder)?;
    fixture.apply_to_signed(draft.sign(issuer.key, rng)?)
}

fn fixture(args: &Args) -> Option<&'static Fixture> {
    args.fixture.as_deref().and_then(Fixture::by_name)
}

/// A new key, and a request for it.
fn request(
    args: &Args,
    holder: &Holder,
    password: Option<&Zeroizing<Vec<u8>>>,
    rng: &mut dyn CryptoRng,
) -> Result<Made, Error> {
    let (key, key_pem) = new_key(kind(args), password, rng)?;
    let document = store::pem_block("CERTIFICATE REQUEST", &pkcs10::request(profile(args), holder, &key, rng)?)?;
    let line = format!("{}: a request, with a key of the kind {}", shown(holder), key.key().name());
    Ok(Made { name: file_name(holder), document, ending: "csr", key: Some(key_pem), line })
}

fn made(holder: &Holder, certificate: &Certificate, key: Option<Zeroizing<String>>) -> Result<Made, Error> {
    let kind = sip_smime::alg::key_algorithm(&sip_smime::alg::public_key(certificate.public_key())?)?.name();
    let by = match certificate.issuer() == certificate.subject() {
        true => "signed with its own key".to_owned(),
        false => format!("issued by {}", certificate.issuer_text()),
    };
    let line = format!("{}: {}, {kind}, {by}", shown(holder), certificate.subject_text());
    let document = store::pem_block("CERTIFICATE", certificate.der())?;
    Ok(Made { name: file_name(holder), document, ending: "pem", key, line })
}

/// A new key, and how its file holds it.
pub fn new_key(
    kind: &NewKey,
    password: Option<&Zeroizing<Vec<u8>>>,
    rng: &mut dyn CryptoRng,
) -> Result<(PrivateKey, Zeroizing<String>), Error> {
    let octets = kind.generate(rng)?;
    let pem = match password {
        Some(password) => store::pem_block("ENCRYPTED PRIVATE KEY", &key::encrypt(&octets, password, rng)?)?,
        None => store::pem_block("PRIVATE KEY", &octets)?,
    };
    Ok((PrivateKey::from_der(&octets, None)?, Zeroizing::new(pem)))
}

fn validity(args: &Args, role: Role) -> (i64, i64) {
    let usual = match (args.profile, role) {
        (ProfileName::Rfc6216, _) => 36_500,
        (ProfileName::Rfc8591, Role::Authority) => 3650,
        (ProfileName::Rfc8591, _) => 365,
    };
    let not_before = args.not_before.unwrap_or_else(clock::now);
    let seconds = i64::from(args.days.unwrap_or(usual)).saturating_mul(86_400);
    (not_before, args.not_after.unwrap_or_else(|| not_before.saturating_add(seconds)))
}

fn profile(args: &Args) -> Profile {
    match args.profile {
        ProfileName::Rfc8591 => Profile::Rfc8591,
        ProfileName::Rfc6216 => Profile::Rfc6216,
    }
}

fn kind(args: &Args) -> &'static NewKey {
    NewKey::by_name(&args.key.to_ascii_lowercase()).unwrap_or_else(usual_kind)
}

pub fn usual_kind() -> &'static NewKey {
    NewKey::by_name("p256").expect("the first of the list, as a test makes sure")
}

/// Every name of a holder.
fn shown(holder: &Holder) -> String {
    match holder.uris() {
        [] => holder.common_name().to_owned(),
        uris => uris.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// `alice@example.com` for `sip:alice@example.com`: what a name of a file may hold everywhere. No folder, no hidden file.
fn file_name(holder: &Holder) -> String {
    let name = holder.uris().first().map_or_else(|| holder.common_name().to_owned(), ToString::to_string);
    let name = holder.uris().first().and_then(|_| name.split_once(':')).map_or(name.as_str(), |(_, address)| address);
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.@+".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    match name.strip_prefix(['.', '-']) {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}
