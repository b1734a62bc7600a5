//! The suite: certificates, keys, revocation lists and messages for each test of RFC 6216 section 6, and what has to
//! come out.

use std::path::Path;

use rand_core::CryptoRng;
use sip_smime::error::{Condition, Error};
use sip_smime::message::Form;
use sip_smime::pki::crl::Reason;
use sip_smime::pki::fixture::{Change, Fixture};
use sip_smime::pki::issue::{self, Draft, IssueRequest, Issuer};
use sip_smime::pki::profile::{Holder, Profile};
use sip_smime::pki::revoke::{self, Revocation, RevocationListRequest};
use sip_smime::pki::{Certificate, Crl, PrivateKey};
use sip_smime::smime::body::{self, Output, Request, SignMessageOptions};
use sip_smime::smime::sign::{AttributeSet, SignOptions, Signer};
use sip_smime::store;
use zeroize::Zeroizing;

use crate::cli::clock;
use crate::cli::diagnostic::Voice;
use crate::cli::gen_cert::output::CRL_LABEL;
use crate::cli::gen_cert::{Args, making};
use crate::cli::io::WriteError;
use crate::cli::new_files::{Access, NewFiles};

/// Writes the suite into a folder: all of it or nothing.
pub fn write(args: &Args, folder: &Path, voice: Voice) -> Result<Vec<String>, WriteError> {
    making::warn(args, voice);
    let (now, time) = (clock::now(), args.not_before.unwrap_or_else(clock::now));
    if now < time || now > time.saturating_add(TEN_YEARS) {
        let error =
            Error::new(Condition::IssueTime).detail("the suite is valid for ten years, and they have to hold now");
        return Err(WriteError::Failed(error.hinting("--not-before names a time of the last ten years")));
    }
    let made = make(time, &mut *clock::rng_for(args.seed, "suite")).map_err(WriteError::Failed)?;
    let mut files = NewFiles::new(args.force);
    files.make_folder(folder).map_err(WriteError::Failed)?;
    for file in &made {
        files.add(&folder.join(&file.name), &file.octets, file.access).map_err(WriteError::Failed)?;
    }
    files.place()?;
    let count = made.len();
    Ok(vec![format!("{}: {count} files; expected.tsv says what has to come out", folder.display())])
}

/// A file of the suite.
struct SuiteFile {
    name: String,
    octets: Zeroizing<Vec<u8>>,
    access: Access,
}

/// One situation. A test of the RFC that has several has a letter after its number.
struct Scenario {
    number: &'static str,
    /// The fixture; `good` for none.
    name: &'static str,
    /// The identity that is expected.
    reference: &'static str,
    exit: u8,
    openssl: u8,
    note: &'static str,
}

impl Scenario {
    /// Whose certificate it is: that of a user goes with a signed MESSAGE, that of a domain is for TLS.
    fn is_user(&self) -> bool {
        self.reference.contains('@')
    }

    fn holder(&self) -> Result<Holder, Error> {
        let uri = match (self.is_user(), self.name) {
            (true, _) => ALICE,
            (false, "other-domain") => "sip:other.invalid",
            (false, _) => DOMAIN,
        };
        Holder::new(&[uri], &[])
    }

    fn file(&self) -> String {
        format!("{}-{}-{}", self.number, if self.is_user() { "smime" } else { "tls" }, self.name)
    }

    /// The lines of expected.tsv.
    fn rows(&self) -> Vec<String> {
        let (file, reference) = (self.file(), self.reference);
        let purpose = if self.is_user() { "" } else { " --purpose tls" };
        let names = format!("sip-smime check-san{purpose} {CHECKS} {reference} {file}.pem");
        let host = reference.trim_start_matches("sip:");
        let peer = match (self.is_user(), host.starts_with(|c: char| c.is_ascii_digit())) {
            (true, _) => "-purpose smimesign".to_owned(),
            (false, true) => format!("-purpose sslserver -verify_ip {host}"),
            (false, false) => format!("-purpose sslserver -verify_hostname {host}"),
        };
        let peer = format!(
            "openssl verify {peer} -CAfile ca.pem -untrusted {file}.pem -CRLfile crl.pem -crl_check_all {file}.pem"
        );
        let row = |command: &str, openssl: &str, note: &str| {
            [self.number, command, &self.exit.to_string(), openssl, note].join("\t")
        };
        let note = format!("{}; {peer}", self.note);
        match self.is_user() {
            true => vec![
                row(&format!("sip-smime verify {CHECKS} {file}.sip"), &self.openssl.to_string(), &note),
                row(&names, "-", "the certificate alone"),
            ],
            false => vec![row(&names, &self.openssl.to_string(), &note)],
        }
    }
}

/// An authority of the suite.
struct Authority {
    file: &'static str,
    certificate: Certificate,
    key: PrivateKey,
    key_pem: Zeroizing<String>,
    revoked: Vec<Revocation>,
}

impl Authority {
    fn issuer(&self) -> Issuer<'_> {
        Issuer { certificate: Some(&self.certificate), key: &self.key }
    }
}

/// Makes every file of the suite. The certificates are valid for ten years from `time` on, seconds since 1970.
fn make(time: i64, rng: &mut dyn CryptoRng) -> Result<Vec<SuiteFile>, Error> {
    let mut root = authority("ca", "Suite CA", None, time, rng)?;
    let mut issuing = authority("intermediate-ca", "Suite intermediate CA", Some(&root), time, rng)?;
    let revoked = authority("revoked-ca", "Suite revoked CA", Some(&root), time, rng)?;
    let unknown = authority("unknown-ca", "Suite unknown CA", None, time, rng)?;
    root.revoked.push(Revocation::new(&revoked.certificate, time, Reason::KEY_COMPROMISE));

    let mut files = Vec::new();
    let mut expected = vec!["scenario\tcommand\texit\topenssl\tnote".to_owned()];
    for scenario in SCENARIOS {
        let fixture = Fixture::by_name(scenario.name);
        let change = fixture.map(|fixture| fixture.change);
        let issuer = match change {
            Some(Change::Anchor) => &unknown,
            Some(Change::AuthorityRevocation) => &revoked,
            _ => &issuing,
        };
        let leaf = Leaf::make(scenario, fixture, issuer, time, rng)?;
        let mut chain = vec![&leaf.certificate];
        chain.extend(Some(&issuer.certificate).filter(|_| !matches!(change, Some(Change::Chain))));
        let pem: Result<Vec<String>, Error> =
            chain.iter().map(|one| store::pem_block("CERTIFICATE", one.der())).collect();
        files.push(public(format!("{}.pem", scenario.file()), pem?.concat()));
        files.push(secret(format!("{}.key", scenario.file()), &leaf.key_pem));
        if scenario.is_user() {
            files.push(public(format!("{}.sip", scenario.file()), message(leaf.twin, leaf.key, chain, time, rng)?));
        }
        if matches!(change, Some(Change::Revocation)) {
            issuing.revoked.push(Revocation::new(&leaf.certificate, time, Reason::KEY_COMPROMISE));
        }
        expected.extend(scenario.rows());
    }
    let mut lists = String::new();
    for authority in [&root, &issuing, &revoked, &unknown] {
        files.push(public(
            format!("{}.pem", authority.file),
            store::pem_block("CERTIFICATE", authority.certificate.der())?,
        ));
        files.push(secret(format!("{}.key", authority.file), &authority.key_pem));
        lists += &store::pem_block(CRL_LABEL, list(authority, time, rng)?.der())?;
    }
    files.push(public("crl.pem".to_owned(), lists));
    files.push(public("expected.tsv".to_owned(), expected.join("\n") + "\n"));
    Ok(files)
}

fn public(name: String, octets: impl Into<Vec<u8>>) -> SuiteFile {
    SuiteFile { name, octets: Zeroizing::new(octets.into()), access: Access::Umask }
}

fn secret(name: String, pem: &Zeroizing<String>) -> SuiteFile {
    SuiteFile { name, octets: Zeroizing::new(pem.as_bytes().to_vec()), access: Access::Owner }
}

fn authority(
    file: &'static str,
    name: &str,
    issuer: Option<&Authority>,
    time: i64,
    rng: &mut dyn CryptoRng,
) -> Result<Authority, Error> {
    let (key, key_pem) = new_key(rng)?;
    let holder = Holder::authority(name)?;
    let issuer = issuer.map_or(Issuer { certificate: None, key: &key }, Authority::issuer);
    let certificate = draft(&holder, &key, &issuer, time, rng)?.sign(issuer.key, rng)?;
    Ok(Authority { file, certificate, key, key_pem, revoked: Vec::new() })
}

fn draft(
    holder: &Holder,
    key: &PrivateKey,
    issuer: &Issuer<'_>,
    time: i64,
    rng: &mut dyn CryptoRng,
) -> Result<Draft, Error> {
    let profile = Profile::Rfc8591;
    let request = IssueRequest {
        profile,
        holder,
        subject: &profile.subject(holder, Some("test"), &[]),
        public_key: key.public_key(),
        not_before: time,
        not_after: time.saturating_add(TEN_YEARS),
        serial: &issue::serial(rng),
    };
    Draft::new(&request, issuer)
}

/// A new key, and its file.
fn new_key(rng: &mut dyn CryptoRng) -> Result<(PrivateKey, Zeroizing<String>), Error> {
    let octets = making::usual_kind().generate(rng)?;
    let pem = Zeroizing::new(store::pem_block("PRIVATE KEY", &octets)?);
    Ok((PrivateKey::from_der(&octets, None)?, pem))
}

/// The certificate of a user or a domain.
struct Leaf {
    certificate: Certificate,
    /// The same, with nothing wrong.
    twin: Certificate,
    key: PrivateKey,
    key_pem: Zeroizing<String>,
}

impl Leaf {
    fn make(
        scenario: &Scenario,
        fixture: Option<&Fixture>,
        issuer: &Authority,
        time: i64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Leaf, Error> {
        let (key, key_pem) = new_key(rng)?;
        let holder = scenario.holder()?;
        let mut draft = draft(&holder, &key, &issuer.issuer(), time, rng)?;
        let twin = draft.sign(&issuer.key, rng)?;
        if let Some(fixture) = fixture {
            fixture.apply(&mut draft, &holder)?;
        }
        let certificate = draft.sign(&issuer.key, rng)?;
        Ok(Leaf { certificate, twin, key, key_pem })
    }
}

/// Alice's message, signed. The twin signs: it has the same key and the same serial number, and may.
fn message(
    twin: Certificate,
    key: PrivateKey,
    certificates: Vec<&Certificate>,
    time: i64,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let request = Request { octets: MESSAGE, start: 0, form: Some(Form::Sip), part: None, output: Output::Same };
    // Without the attribute that names the certificate by its digest, which would be that of the twin.
    let options = SignOptions { attributes: AttributeSet::Minimal, ..SignOptions::recommended(certificates, time) };
    let how = SignMessageOptions { binary: false, add_date: false, strict: false };
    Ok(body::sign_message(&request, &Signer::new(twin, key)?, &options, how, rng)?.octets)
}

/// The revocation list of an authority, for as long as its certificates are valid.
fn list(authority: &Authority, time: i64, rng: &mut dyn CryptoRng) -> Result<Crl, Error> {
    let request = RevocationListRequest {
        profile: Profile::Rfc8591,
        previous: None,
        revoked: &authority.revoked,
        this_update: time,
        next_update: time.saturating_add(TEN_YEARS),
    };
    revoke::issue_list(&request, &authority.certificate, &authority.key, rng)
}

const fn row(
    number: &'static str,
    name: &'static str,
    reference: &'static str,
    (exit, openssl): (u8, u8),
    note: &'static str,
) -> Scenario {
    Scenario { number, name, reference, exit, openssl, note }
}

/// The exit codes are those of the rules: 0 and 1 as in RFC 6216, 4 for a certificate that may not sign. openssl's are
/// 0 and 2.
const SCENARIOS: &[Scenario] = &[
    row("01", "good", ALICE, (0, 0), "good"),
    row("02", "wrong-san", ALICE, (1, 0), "subjectAltName names another user; openssl compares no SIP identities"),
    row("03", "unknown-ca", ALICE, (1, 2), "the chain ends at an authority that is not trusted"),
    row("04", "incomplete-chain", ALICE, (1, 2), "the certificate of the intermediate authority is missing"),
    row("05a", "expired", ALICE, (1, 2), "expired in 2000"),
    row("05b", "not-yet-valid", ALICE, (1, 2), "valid from 2099 on"),
    row("06a", "revoked", ALICE, (1, 2), "the certificate is revoked"),
    row("06b", "revoked-ca", ALICE, (1, 2), "the certificate of its issuer is revoked"),
    row("07", "no-digital-signature", ALICE, (4, 2), "keyUsage has no digitalSignature"),
    row("08", "good", DOMAIN, (0, 0), "good: the host is a dNSName"),
    row("09", "cn-only", DOMAIN, (0, 0), "good: there is no subjectAltName, and the host is the common name"),
    row("10", "ip-only", "sip:192.0.2.1", (0, 0), "good: there is no common name, and the address is an iPAddress"),
    row("11a", "other-domain", DOMAIN, (1, 2), "neither a dNSName nor the common name is the host"),
    row("11b", "wildcard", "sip:host.example.com", (1, 0), "RFC 5922 section 7.2 knows no wildcards; openssl does"),
    row("12", "unknown-ca", DOMAIN, (1, 2), "the chain ends at an authority that is not trusted"),
    row("13", "incomplete-chain", DOMAIN, (1, 2), "the certificate of the intermediate authority is missing"),
    row("14a", "expired", DOMAIN, (1, 2), "expired in 2000"),
    row("14b", "not-yet-valid", DOMAIN, (1, 2), "valid from 2099 on"),
    row("15a", "revoked", DOMAIN, (1, 2), "the certificate is revoked"),
    row("15b", "revoked-ca", DOMAIN, (1, 2), "the certificate of its issuer is revoked"),
    row("16", "sip-only-eku", DOMAIN, (1, 2), "extKeyUsage has no serverAuth"),
    row("17", "tls-only-eku", DOMAIN, (1, 0), "extKeyUsage has no id-kp-sipDomain; openssl does not ask for it"),
];

const ALICE: &str = "sip:alice@example.com";
const DOMAIN: &str = "sip:example.com";
/// What every command asks for.
const CHECKS: &str = "-CAfile ca.pem --crl crl.pem -crl_check_all";
const TEN_YEARS: i64 = 3650 * 86_400;
const MESSAGE: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\n\
    Via: SIP/2.0/TLS host.example.com;branch=z9hG4bKsuite\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:alice@example.com>;tag=suite\r\n\
    To: <sip:bob@example.org>\r\n\
    Call-ID: suite\r\n\
    CSeq: 1 MESSAGE\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 7\r\n\
    \r\n\
    Watson.";
