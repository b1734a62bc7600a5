//! What `gen-cert` makes: keys, certificates and requests, in memory.

use std::path::Path;

use rand_core::CryptoRng;
use sip_smime::alg::NewKey;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::fixture::Fixture;
use sip_smime::pki::issue::{self, Draft, IssueRequest, Issuer};
use sip_smime::pki::profile::{Additions, Holder, Profile, Role};
use sip_smime::pki::{Certificate, Crl, PrivateKey, lineage, name, request as pkcs10};
use sip_smime::store;
use zeroize::Zeroizing;

use crate::cli::diagnostic::Voice;
use crate::cli::gen_cert::{Args, ProfileName, fixture};
use crate::cli::operand::{self, Passin};
use crate::cli::{clock, io};

/// What is made for one holder: a certificate or a request, and the key unless somebody else has it.
pub struct Made {
    /// The name of its files.
    pub name: String,
    /// What programs show of it: its first URI, or the name of an authority.
    pub title: String,
    pub is_authority: bool,
    pub product: Product,
    /// Those above the certificate, its issuer first, as far as they are known.
    pub issuers: Vec<Certificate>,
    /// That of a new key.
    pub key: Option<KeyOctets>,
    /// What is said of it.
    pub line: String,
}

pub enum Product {
    Certificate(Box<Certificate>),
    /// PKCS #10 in DER.
    Request(Vec<u8>),
    RevocationList(Box<Crl>),
}

/// Who issues.
pub struct Authority {
    pub certificate: Certificate,
    pub key: PrivateKey,
    /// The certificate that others have of it: another one if a fixture is about it.
    written: Certificate,
    /// Those above it.
    above: Vec<Certificate>,
}

impl Authority {
    /// The first certificate whose key is there, and those above it.
    fn among(certificates: &[Certificate], keys: Vec<PrivateKey>) -> Result<Self, Error> {
        let belongs = |one: &&Certificate, key: &PrivateKey| one.public_key() == key.public_key();
        let pair = keys.into_iter().find_map(|key| {
            let certificate = certificates.iter().find(|one| belongs(one, &key))?.clone();
            Some((certificate, key))
        });
        let (certificate, key) = pair.ok_or_else(|| Error::new(Condition::IssuerKeyMismatch))?;
        let above = lineage::issuers(&certificate, certificates);
        Ok(Authority { written: certificate.clone(), certificate, key, above })
    }

    /// RFC 5280 section 6.1.4 (l) and (m): makes sure that so many authorities may stand below it.
    fn check_depth(&self, below: usize) -> Result<(), Error> {
        let mut below = below;
        for one in std::iter::once(&self.certificate).chain(&self.above) {
            let allowed = one.basic_constraints()?.and_then(|constraints| constraints.path_length);
            if allowed.is_some_and(|allowed| u32::try_from(below).map_or(true, |below| allowed < below)) {
                return Err(Error::new(Condition::IssuerNotCa)
                    .detail(format!("{} allows fewer authorities below it", one.subject_text()))
                    .hinting(
                        "its pathLenConstraint says how many: leave --intermediate or --ca out, or use another -CA",
                    ));
            }
            below = below.saturating_add(usize::from(!one.is_self_issued()));
        }
        Ok(())
    }

    /// What stands above the certificates that it issues.
    fn and_above(&self) -> Vec<Certificate> {
        std::iter::once(&self.written).chain(&self.above).cloned().collect()
    }
}

/// PKCS #8 in DER.
type KeyOctets = Zeroizing<Vec<u8>>;

/// The key that is certified.
pub enum KeySource {
    New(&'static NewKey),
    /// That of `-inkey`.
    Given(PrivateKey),
}

impl KeySource {
    /// The key, and its octets if it is new.
    fn key(self, rng: &mut dyn CryptoRng) -> Result<(PrivateKey, Option<KeyOctets>), Error> {
        Ok(match self {
            KeySource::New(kind) => {
                let octets = kind.generate(rng)?;
                (PrivateKey::from_der(&octets, None)?, Some(octets))
            }
            KeySource::Given(key) => (key, None),
        })
    }
}

/// Here the options for a certificate and its key are `-CA` and `-CAkey`.
fn named_options(error: Error) -> Error {
    match (error.condition(), error.hint()) {
        (Condition::KeyFileUnreadable | Condition::CertificateFileUnreadable, Some(hint)) => {
            let hint = hint.replace("-signer", "-CA").replace("-inkey", "-CAkey");
            error.hinting(hint)
        }
        _ => error,
    }
}

/// The issuer of `-CA` and `-CAkey`.
pub fn issuer(args: &Args, passin: &Passin<'_>, voice: Voice) -> Result<Option<Authority>, Error> {
    let Some(path) = &args.issuer else { return Ok(None) };
    let (certificates, keys) = operand::signer(path, args.issuer_key.as_deref(), passin).map_err(named_options)?;
    operand::check_mode(args.issuer_key.as_ref().unwrap_or(path), false, voice)?;
    Authority::among(&certificates, keys).map(Some).map_err(|error| error.in_file(operand::named(path)))
}

/// The key of `-inkey`.
fn given_key(args: &Args, passin: &Passin<'_>, voice: Voice) -> Result<Option<PrivateKey>, Error> {
    let Some(path) = &args.inkey else { return Ok(None) };
    let key = operand::private_key(path, passin)?;
    operand::check_mode(path, false, voice)?;
    Ok(Some(key))
}

/// Makes everything that was asked for.
pub fn make(args: &Args, voice: Voice) -> Result<Vec<Made>, Error> {
    let mut made = Vec::new();
    let passin = Passin::new(args.passin.as_ref());
    let mut authorities: Vec<Authority> = issuer(args, &passin, voice)?.into_iter().collect();
    let mut given = given_key(args, &passin, voice)?;
    let mut source = |kind| given.take().map_or(KeySource::New(kind), KeySource::Given);
    warn(args, voice);
    if let (Some(issuer), None) = (authorities.first(), fixture::of(args)) {
        issuer.check_depth(args.intermediate.len().saturating_add(usize::from(args.ca.is_some())))?;
    }
    for (holder, fixture) in authorities_to_make(args)? {
        let (next, one) = certify(args, &holder, source(signing_kind(args)), authorities.last(), fixture)?;
        made.push(one);
        authorities.push(next);
    }
    let authority = authorities.last();
    let fixture = fixture::of(args);
    let kind = fixture::key(args).unwrap_or_else(|| kind(args));
    let all: Vec<&str> = args.uris.iter().map(String::as_str).collect();
    let size = if args.out_dir.is_some() { 1 } else { all.len().max(1) };
    match &args.req {
        Some(path) => made.push(certify_request(args, path, authority)?),
        None => {
            for uris in all.chunks(size) {
                let holder = holder(args, uris)?;
                made.push(match args.csr {
                    true => request(args, &holder, source(kind))?,
                    false => certify(args, &holder, source(kind), authority, fixture)?.1,
                });
            }
        }
    }
    warn_of_times(&made, voice)?;
    if let Some(fixture) = fixture {
        fixture::change_set(args, fixture, &mut made, &authorities)?;
    }
    Ok(made)
}

/// Says that certificates are valid for longer than that of who issued them.
fn warn_of_times(made: &[Made], voice: Voice) -> Result<(), Error> {
    let mut longer = Vec::new();
    for one in made {
        if let (Product::Certificate(certificate), Some(issuer)) = (&one.product, one.issuers.first())
            && certificate.not_after()? > issuer.not_after()?
        {
            longer.push(one.title.as_str());
        }
    }
    if let Some(first) = longer.first() {
        let others = match longer.len().saturating_sub(1) {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        voice.say(&[format!(
            "warning: the certificate of {first}{others} is valid for longer than that of its issuer [GEN-OUTLIVES-ISSUER]"
        )]);
    }
    Ok(())
}

/// The root and those below it. The last intermediate issues no authorities, the one before it one, and so on. A fixture
/// is about the first of them.
fn authorities_to_make(args: &Args) -> Result<Vec<(Holder, Option<&'static Fixture>)>, Error> {
    let intermediates = fixture::intermediates(args);
    let below = (0..intermediates.len()).rev().map(|count| u8::try_from(count).unwrap_or(u8::MAX));
    let fixtures = std::iter::once(fixture::of(args)).chain(std::iter::repeat(None));
    let below_root = intermediates.iter().zip(below).zip(fixtures);
    let root = args.ca.iter().map(|name| (name, None, None));
    root.chain(below_root.map(|((name, count), fixture)| (name, Some(count), fixture)))
        .map(|(name, path_length, fixture)| {
            let additions = Additions { path_length, ..Additions::default() };
            Ok((Holder::authority(name)?.adding(additions), fixture))
        })
        .collect()
}

/// A user or a domain, and what its certificate says beyond its names.
fn holder(args: &Args, uris: &[&str]) -> Result<Holder, Error> {
    let emails: Vec<&str> = args.email.iter().map(String::as_str).collect();
    Holder::new(uris, &emails).map(|holder| adding(args, holder))
}

fn adding(args: &Args, holder: Holder) -> Holder {
    // The profile of RFC 6216 has them anyway.
    let holder = if args.msrp && profile(args) == Profile::Rfc8591 { holder.for_msrp() } else { holder };
    holder.adding(Additions { path_length: None, non_repudiation: args.non_repudiation, capabilities: args.caps })
}

pub fn warn(args: &Args, voice: Voice) {
    if args.seed.is_some() {
        voice.say(&["warning: --seed makes keys that everybody can make again: for tests alone [GEN-SEED]".into()]);
    }
    if args.profile == ProfileName::Rfc6216 && !args.csr {
        voice.say(&["warning: --profile rfc6216 signs with SHA-1, which only old equipment accepts [GEN-SHA1]".into()]);
    }
}

/// A key and its certificate, in which a fixture makes something wrong.
pub fn certify(
    args: &Args,
    holder: &Holder,
    source: KeySource,
    authority: Option<&Authority>,
    fixture: Option<&Fixture>,
) -> Result<(Authority, Made), Error> {
    let rng = &mut *randomness(args, holder);
    // Before the key, of which some kinds take more than others.
    let serial = issue::serial(rng);
    let (key, octets) = source.key(rng)?;
    let subject = subject(args, holder);
    let issuer = match authority {
        Some(authority) => Issuer { certificate: Some(&authority.certificate), key: &authority.key },
        None => Issuer { certificate: None, key: &key },
    };
    let request = issue_request(args, holder, &subject, key.public_key(), &serial);
    let mut draft = Draft::new(&request, &issuer)?;
    let certificate = draft.sign(issuer.key, rng)?;
    let written = match fixture {
        Some(fixture) => {
            fixture.apply(&mut draft, holder)?;
            fixture.apply_to_signed(draft.sign(issuer.key, rng)?)?
        }
        None => certificate.clone(),
    };
    let above = authority.map(Authority::and_above).unwrap_or_default();
    let made = made(holder, &written, above.clone(), octets)?;
    Ok((Authority { certificate, key, written, above }, made))
}

/// With `--seed` the same for the same holder, whoever else is certified and whatever a fixture makes wrong.
fn randomness(args: &Args, holder: &Holder) -> Box<dyn CryptoRng> {
    clock::rng_for(args.seed, &format!("{:?}", (holder.role(), shown(holder), &args.key, args.csr)))
}

fn subject(args: &Args, holder: &Holder) -> Vec<u8> {
    let marks: &[&str] = if args.seed.is_some() { &["test with --seed, the key is no secret"] } else { &[] };
    match args.no_subject && holder.role() != Role::Authority {
        true => name::EMPTY.to_vec(),
        false => profile(args).subject(holder, Some("test"), marks),
    }
}

/// A certificate for the key of a request. With URIs its names are those, and not what the request asks for.
fn certify_request(args: &Args, path: &Path, authority: Option<&Authority>) -> Result<Made, Error> {
    let named = operand::named(path);
    let read = store::request(&io::read_content(path)?).map_err(|error| error.in_file(named.as_str()))?;
    let (holder, subject) = match args.uris.is_empty() {
        false => {
            let holder = holder(args, &args.uris.iter().map(String::as_str).collect::<Vec<_>>())?;
            let subject = subject(args, &holder);
            (holder, subject)
        }
        true => {
            let emails: Vec<&str> = args.email.iter().map(String::as_str).collect();
            let holder = Holder::new(&read.uris(), &[read.emails(), emails].concat());
            let holder = adding(args, holder.map_err(|error| error.in_file(named.as_str()))?);
            read.check_taken_over(profile(args), &holder).map_err(|error| error.in_file(named))?;
            let subject = if args.no_subject { name::EMPTY } else { read.subject() };
            (holder, subject.to_vec())
        }
    };
    let Some(authority) = authority else { return Err(Error::new(Condition::Usage)) };
    let issuer = Issuer { certificate: Some(&authority.certificate), key: &authority.key };
    let rng = &mut clock::rng();
    let serial = issue::serial(rng);
    let request = issue_request(args, &holder, &subject, read.public_key(), &serial);
    made(&holder, &issue::issue(&request, &issuer, rng)?, authority.and_above(), None)
}

fn issue_request<'a>(
    args: &Args,
    holder: &'a Holder,
    subject: &'a [u8],
    public_key: &'a [u8],
    serial: &'a [u8],
) -> IssueRequest<'a> {
    let (not_before, not_after) = validity(args, holder.role());
    IssueRequest { profile: profile(args), holder, subject, public_key, not_before, not_after, serial }
}

/// A key, and a request for it.
fn request(args: &Args, holder: &Holder, source: KeySource) -> Result<Made, Error> {
    let rng = &mut *randomness(args, holder);
    let (key, octets) = source.key(rng)?;
    let product = Product::Request(pkcs10::request(profile(args), holder, &subject(args, holder), &key, rng)?);
    let line = format!("{}: a request, with a key of the kind {}", shown(holder), key.key().name());
    let (name, title) = (file_name(holder), title(holder));
    Ok(Made { name, title, is_authority: false, product, issuers: Vec::new(), key: octets, line })
}

/// A revocation list.
pub fn revocation_list(list: Crl) -> Made {
    let (name, title, line) = ("crl".to_owned(), list.issuer_text(), list.to_string());
    let product = Product::RevocationList(Box::new(list));
    Made { name, title, is_authority: false, product, issuers: Vec::new(), key: None, line }
}

fn made(
    holder: &Holder,
    certificate: &Certificate,
    issuers: Vec<Certificate>,
    key: Option<KeyOctets>,
) -> Result<Made, Error> {
    let kind = sip_smime::alg::key_algorithm(&sip_smime::alg::public_key(certificate.public_key())?)?.name();
    let by = match issuers.is_empty() {
        true => "signed with its own key".to_owned(),
        false => format!("issued by {}", certificate.issuer_text()),
    };
    let subject = match certificate.subject_text() {
        text if text.is_empty() => "without a distinguished name".to_owned(),
        text => text,
    };
    Ok(Made {
        name: file_name(holder),
        title: title(holder),
        is_authority: holder.role() == Role::Authority,
        product: Product::Certificate(Box::new(certificate.clone())),
        issuers,
        key,
        line: format!("{}: {subject}, {kind}, {by}", shown(holder)),
    })
}

pub fn validity(args: &Args, role: Role) -> (i64, i64) {
    let usual = match (args.profile, role) {
        (ProfileName::Rfc6216, _) => 36_500,
        (ProfileName::Rfc8591, Role::Authority) => 3650,
        (ProfileName::Rfc8591, _) => 365,
    };
    let not_before = args.not_before.unwrap_or_else(clock::now);
    let seconds = i64::from(args.days.unwrap_or(usual)).saturating_mul(86_400);
    (not_before, args.not_after.unwrap_or_else(|| not_before.saturating_add(seconds)))
}

pub fn profile(args: &Args) -> Profile {
    match args.profile {
        ProfileName::Rfc8591 => Profile::Rfc8591,
        ProfileName::Rfc6216 => Profile::Rfc6216,
    }
}

pub fn kind(args: &Args) -> &'static NewKey {
    NewKey::by_name(&args.key.to_ascii_lowercase()).unwrap_or_else(usual_kind)
}

/// An authority signs: for certificates with keys that do not, it has a key of the usual kind.
pub fn signing_kind(args: &Args) -> &'static NewKey {
    if args.uris.is_empty() || kind(args).signs() { kind(args) } else { usual_kind() }
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

fn title(holder: &Holder) -> String {
    holder.uris().first().map_or_else(|| holder.common_name().to_owned(), ToString::to_string)
}

/// `alice@example.com` for `sip:alice@example.com`: what a name of a file may hold everywhere. No folder, no hidden file.
fn file_name(holder: &Holder) -> String {
    let name = title(holder);
    let name = holder.uris().first().and_then(|_| name.split_once(':')).map_or(name.as_str(), |(_, address)| address);
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.@+".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    match name.strip_prefix(['.', '-']) {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}
