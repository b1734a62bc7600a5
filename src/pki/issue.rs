//! Issuing certificates (RFC 5280 section 4).
//!
//! What is signed is written here and never changed afterwards. Refused: an issuer that is no authority or whose key is
//! another one, times that cannot be written, and keys that cannot do what is asked.

use rand_core::CryptoRng;

use crate::alg::digest::{SHA1, SHA384};
use crate::alg::{self, Scheme, SigningKey, policy};
use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::error::{Condition, Error};
use crate::pki::name::{self, NameDigest};
use crate::pki::profile::{Holder, IssuerKey, NewExtension, Profile, Role, extensions_der, key_identifier};
use crate::pki::{Certificate, PrivateKey, time};

/// What is to be certified.
#[derive(Clone, Copy, Debug)]
pub struct IssueRequest<'a> {
    /// Whose conventions to follow.
    pub profile: Profile,
    /// Whom it names.
    pub holder: &'a Holder,
    /// The name of the subject, in DER.
    pub subject: &'a [u8],
    /// The key: SubjectPublicKeyInfo in DER.
    pub public_key: &'a [u8],
    /// The first second of validity, counted from 1970.
    pub not_before: i64,
    /// The last second of validity.
    pub not_after: i64,
    /// The serial number: the contents of a positive INTEGER.
    pub serial: &'a [u8],
}

/// Who issues.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// Its certificate; `None` if a certificate is signed with its own key.
    pub certificate: Option<&'a Certificate>,
    /// Its key.
    pub key: &'a PrivateKey,
}

/// A certificate before it is signed, when every field can still be changed: [`fixture`](crate::pki::fixture) does so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub(super) serial: Vec<u8>,
    /// The AlgorithmIdentifier inside what is signed, in DER.
    pub(super) algorithm: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) subject: Vec<u8>,
    public_key: Vec<u8>,
    pub(super) extensions: Vec<NewExtension>,
    pub(super) scheme: Scheme,
}

impl Draft {
    /// What a certificate will say, after the request and the issuer were checked.
    ///
    /// # Errors
    /// `issue.*`; `sign.weak-key` if the key of the issuer is too weak.
    pub fn new(request: &IssueRequest<'_>, issuer: &Issuer<'_>) -> Result<Self, Error> {
        check_issuer(issuer, request)?;
        validity(request.not_before, request.not_after)?;
        let scheme = scheme(request.profile, signing_key(issuer.key)?)?;
        let identifier = match issuer.certificate {
            Some(certificate) => certificate.subject_key_identifier()?.map(<[u8]>::to_vec),
            None => None,
        };
        let identifier = identifier.map_or_else(|| key_identifier(issuer.key.public_key()), Ok)?;
        let issuer_key = IssuerKey { identifier: &identifier, is_self: issuer.certificate.is_none() };
        let is_nameless = request.subject == name::EMPTY;
        Ok(Draft {
            serial: request.serial.to_vec(),
            algorithm: scheme.identifier(),
            issuer: issuer.certificate.map_or(request.subject, Certificate::subject).to_vec(),
            not_before: request.not_before,
            not_after: request.not_after,
            subject: request.subject.to_vec(),
            public_key: request.public_key.to_vec(),
            extensions: request.profile.extensions(request.holder, request.public_key, &issuer_key, is_nameless)?,
            scheme,
        })
    }

    /// Signs what the draft says.
    ///
    /// # Errors
    /// `issue.failed`; `issue.time` for years that cannot be written.
    pub fn sign(&self, key: &PrivateKey, rng: &mut dyn CryptoRng) -> Result<Certificate, Error> {
        let tbs = element(
            tag::SEQUENCE,
            &[
                VERSION_3,
                &element(tag::INTEGER, &[&self.serial]),
                &self.algorithm,
                &self.issuer,
                &element(tag::SEQUENCE, &[&written(self.not_before)?, &written(self.not_after)?]),
                &self.subject,
                &self.public_key,
                &element(tag::context_constructed(3), &[&extensions_der(&self.extensions)]),
            ],
        );
        Certificate::from_der(&signed(&tbs, &self.scheme, signing_key(key)?, rng)?)
    }
}

/// Issues a certificate.
///
/// # Errors
/// `issue.*`; `sign.weak-key` if the key of the issuer is too weak.
pub fn issue(request: &IssueRequest<'_>, issuer: &Issuer<'_>, rng: &mut dyn CryptoRng) -> Result<Certificate, Error> {
    Draft::new(request, issuer)?.sign(issuer.key, rng)
}

/// `SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING }`: certificates and requests.
pub(super) fn signed(
    octets: &[u8],
    scheme: &Scheme,
    key: &dyn SigningKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let signature = key.sign(scheme, octets, rng)?;
    // What is given out was checked: a fault in signing must not give the key away.
    alg::verify(key.public_key(), scheme, octets, &signature)
        .map_err(|error| Error::new(Condition::IssueFailed).detail(error.to_string()))?;
    let signature = element(tag::BIT_STRING, &[&[0], &signature]);
    Ok(element(tag::SEQUENCE, &[octets, &scheme.identifier(), &signature]))
}

/// A random serial number: 16 octets, positive, without a leading zero (RFC 5280 section 4.1.2.2 allows 20).
pub fn serial(rng: &mut dyn CryptoRng) -> Vec<u8> {
    let mut octets = vec![0; 16];
    rng.fill_bytes(&mut octets);
    if let Some(first) = octets.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    octets
}

/// The key to sign with, if it signs and is strong enough.
pub(super) fn signing_key(key: &PrivateKey) -> Result<&dyn SigningKey, Error> {
    let signing = key.signing_key().ok_or_else(|| {
        Error::new(Condition::IssueKey)
            .detail(format!("{} does not sign", key.key().name()))
            .hinting("such a key needs an issuer: -CA and -CAkey, or --ca NAME and --out-dir")
    })?;
    policy::check_signing(signing)?;
    Ok(signing)
}

/// How an issuer signs: with the digest that fits its key.
pub(super) fn scheme(profile: Profile, key: &dyn SigningKey) -> Result<Scheme, Error> {
    match (profile, key.name()) {
        (Profile::Rfc8591, "P-384") => key.scheme(Some(SHA384), false),
        (Profile::Rfc8591, _) => key.scheme(None, false),
        (Profile::Rfc6216, alg::rsa::NAME) => key.scheme(Some(SHA1), false),
        (Profile::Rfc6216, name) => Err(Error::new(Condition::IssueKey)
            .detail(format!("an issuer as in RFC 6216 with {name}"))
            .hinting("that profile has RSA keys: --key rsa2048")),
    }
}

/// RFC 5280 section 6.1.4 (k) to (n): what a verifier will ask of the issuer is asked before it signs.
fn check_issuer(issuer: &Issuer<'_>, request: &IssueRequest<'_>) -> Result<(), Error> {
    let Some(certificate) = issuer.certificate else { return Ok(()) };
    let refused = |why: &str| Error::new(Condition::IssuerNotCa).detail(why);
    if certificate.public_key() != issuer.key.public_key() {
        return Err(Error::new(Condition::IssuerKeyMismatch).detail(certificate.subject_text()));
    }
    let constraints = certificate.basic_constraints()?.filter(|constraints| constraints.authority);
    let constraints = constraints.ok_or_else(|| refused("its basicConstraints do not say that it is an authority"))?;
    if certificate.key_usage()?.is_some_and(|usage| !usage.signs_certificates()) {
        return Err(refused("its keyUsage has no keyCertSign"));
    }
    if request.holder.role() == Role::Authority && constraints.path_length == Some(0) {
        return Err(refused("its pathLenConstraint allows no authority below it"));
    }
    check_subject(certificate, request)
}

/// A name stands for one holder (RFC 5280 section 4.1.2.6): a user or a domain with the name of its issuer and another
/// key would look as if it had issued itself, and its signatures like those of the authority. An authority may have its
/// own name for its next key (RFC 5280 section 3.2).
fn check_subject(issuer: &Certificate, request: &IssueRequest<'_>) -> Result<(), Error> {
    let is_same_name = NameDigest::new(request.subject).is_same(issuer.subject_digest());
    let is_same_key = request.public_key == issuer.public_key();
    if is_same_name && !is_same_key && request.holder.role() != Role::Authority {
        return Err(Error::new(Condition::IssueName)
            .detail(format!("{} is the name of its issuer, which has another key", issuer.subject_text()))
            .hinting("an authority has a name of its own: --ca 'Test CA'; for a request, URIs give another subject"));
    }
    Ok(())
}

fn validity(not_before: i64, not_after: i64) -> Result<(), Error> {
    if not_after < not_before {
        return Err(Error::new(Condition::IssueTime).detail("it ends before it begins"));
    }
    written(not_before).and(written(not_after)).map(drop)
}

fn written(seconds: i64) -> Result<Vec<u8>, Error> {
    let refused = || Error::new(Condition::IssueTime).detail("years are written from 1970 to 9999");
    time::encode(seconds).ok_or_else(refused)
}

/// `[0] { INTEGER 2 }`
const VERSION_3: &[u8] = &[0xA0, 3, 2, 1, 2];

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::NewKey;
    use crate::pki::extension::{BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_ALTERNATIVE_NAME};
    use crate::pki::profile::Additions;
    use crate::pki::testing::file as certificate;

    fn rng() -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    fn key(path: &str) -> PrivateKey {
        let pem = std::fs::read(format!("{}/testdata/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let (label, der) = pem_rfc7468::decode_vec(&pem).unwrap();
        PrivateKey::from_pem_block(label, &der, None).unwrap()
    }

    fn made(kind: &str) -> PrivateKey {
        PrivateKey::from_der(&NewKey::by_name(kind).unwrap().generate(&mut rng()).unwrap(), None).unwrap()
    }

    const TIMES: (i64, i64) = (1_735_689_600, 2_524_607_999);

    fn issued(holder: &Holder, subject: &[u8], key: &PrivateKey, issuer: &Issuer<'_>) -> Result<Certificate, Error> {
        let (not_before, not_after) = TIMES;
        let request = IssueRequest {
            profile: Profile::Rfc8591,
            holder,
            subject,
            public_key: key.public_key(),
            not_before,
            not_after,
            serial: &serial(&mut rng()),
        };
        issue(&request, issuer, &mut rng())
    }

    // GEN-02 to GEN-04: made anew with the keys, the serial numbers and the times of RFC 6216, its certificates come out
    // octet for octet: those of users and domains, and of the authority.
    #[test]
    fn gen_02_03_04_the_certificates_of_rfc_6216() {
        let authority = certificate("rfc/rfc6216/ca_cert.pem");
        let authority_key = key("rfc/rfc6216/ca_key.pem");
        let rows = [
            ("eku_fluffy", Holder::new(&["sip:fluffy@example.com"], &[]).unwrap()),
            ("eku_kumiko", Holder::new(&["sip:kumiko@example.net"], &[]).unwrap()),
            ("eku_example.com", Holder::new(&["sip:example.com"], &[]).unwrap()),
            ("eku_example.net", Holder::new(&["sip:example.net"], &[]).unwrap()),
            ("ca", Holder::authority("Sipit Test Certificate Authority").unwrap()),
        ];
        for (file, holder) in rows {
            let published = certificate(&format!("rfc/rfc6216/{file}_cert.pem"));
            let profile = Profile::Rfc6216;
            let request = IssueRequest {
                profile,
                holder: &holder,
                subject: &profile.subject(&holder, None, &[]),
                public_key: published.public_key(),
                not_before: published.not_before().unwrap(),
                not_after: published.not_after().unwrap(),
                serial: published.serial(),
            };
            let is_self = file == "ca";
            let issuer = Issuer { certificate: Some(&authority).filter(|_| !is_self), key: &authority_key };
            let made = issue(&request, &issuer, &mut rng()).unwrap();
            assert_eq!(hex::encode(made.der()), hex::encode(published.der()), "{file}");
        }
    }

    // GEN-05, GEN-06, GEN-08: each kind of key, what it may be used for, and that its signature is right.
    #[test]
    fn gen_05_06_key_usage_by_kind_of_key() {
        let user = Holder::new(&["sip:alice@example.com"], &[]).unwrap();
        let root_key = made("p256");
        let root_holder = Holder::authority("Root").unwrap();
        let name = Profile::Rfc8591.subject(&root_holder, Some("test"), &[]);
        let own = Issuer { certificate: None, key: &root_key };
        let root = issued(&root_holder, &name, &root_key, &own).unwrap();
        assert_eq!(root.key_usage().unwrap().unwrap().to_string(), "keyCertSign, cRLSign");
        let constraints = root.extension(&BASIC_CONSTRAINTS).unwrap().unwrap();
        assert!(constraints.critical && root.basic_constraints().unwrap().unwrap().authority);
        assert_eq!(root.authority_key_identifier().unwrap(), root.subject_key_identifier().unwrap());
        let issuer = Issuer { certificate: Some(&root), key: &root_key };
        let rows = [
            ("p256", "digitalSignature, keyAgreement"),
            ("p384", "digitalSignature, keyAgreement"),
            ("ed25519", "digitalSignature"),
            ("x25519", "keyAgreement"),
            ("rsa2048", "digitalSignature, keyEncipherment"),
        ];
        for (kind, usage) in rows {
            let key = made(kind);
            let subject = Profile::Rfc8591.subject(&user, None, &[]);
            let leaf = issued(&user, &subject, &key, &issuer).unwrap();
            assert_eq!(leaf.key_usage().unwrap().unwrap().to_string(), usage, "{kind}");
            assert!(leaf.extension(&KEY_USAGE).unwrap().unwrap().critical, "{kind}");
            assert_eq!(leaf.basic_constraints().unwrap(), None, "{kind}");
            assert_eq!(leaf.authority_key_identifier().unwrap(), root.subject_key_identifier().unwrap());
            assert!(leaf.decoded().is_ok() && leaf.version() == 3, "{kind}");
            let scheme = scheme(Profile::Rfc8591, signing_key(&root_key).unwrap()).unwrap();
            let signature = leaf.signature().unwrap();
            assert!(alg::verify(root.public_key(), &scheme, leaf.tbs(), signature).is_ok(), "{kind}");
            // Alone: all but X25519, which cannot sign.
            let alone = issued(&user, &subject, &key, &Issuer { certificate: None, key: &key });
            let expected = if kind == "x25519" { Err("issue.key") } else { Ok(()) };
            assert_eq!(alone.map(drop).map_err(|error| error.code()), expected, "{kind}");
        }
    }

    // GEN-05, GEN-12, GEN-15, GEN-19: what is said beyond the profile.
    #[test]
    fn gen_05_12_15_19_additions() {
        let certified = |holder: &Holder, kind: &str| {
            let key = made(kind);
            let subject = Profile::Rfc8591.subject(holder, None, &[]);
            issued(holder, &subject, &key, &Issuer { certificate: None, key: &key }).unwrap()
        };
        for (path_length, expected) in [(None, None), (Some(0), Some(0)), (Some(2), Some(2)), (Some(200), Some(200))] {
            let additions = Additions { path_length, ..Additions::default() };
            let authority = certified(&Holder::authority("CA").unwrap().adding(additions), "p256");
            assert_eq!(authority.basic_constraints().unwrap().unwrap().path_length, expected);
        }
        let additions = Additions { non_repudiation: true, capabilities: true, ..Additions::default() };
        let user = Holder::new(&["sip:alice@example.com", "sips:bob@example.com", "tel:+12015550123"], &[]).unwrap();
        let user = certified(&user.for_msrp().for_msrp().adding(additions), "p256");
        assert_eq!(user.key_usage().unwrap().unwrap().to_string(), "digitalSignature, nonRepudiation, keyAgreement");
        let names: Vec<String> =
            user.subject_alternative_names().unwrap().iter().map(|name| name.to_string()).collect();
        let expected = ["sip:alice@example.com", "sips:bob@example.com", "tel:+12015550123"];
        let expected = expected.into_iter().chain(["im:alice@example.com", "im:bob@example.com"]);
        assert_eq!(names, expected.map(|uri| format!("URI:{uri}")).collect::<Vec<_>>());
        let oid = der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
        let capabilities = user.extension(&oid).unwrap().unwrap();
        let aes = "300b060960864801650304";
        let expected = format!("3027{aes}0106{aes}012e{aes}0102");
        assert_eq!((hex::encode(capabilities.value), capabilities.critical), (expected, false));
    }

    // GEN-07: without a name the subjectAltName is critical.
    #[test]
    fn gen_07_an_empty_subject() {
        let user = Holder::new(&["sip:alice@example.com"], &[]).unwrap();
        let key = made("p256");
        for (subject, critical) in [(name::EMPTY.to_vec(), true), (Profile::Rfc8591.subject(&user, None, &[]), false)] {
            let made = issued(&user, &subject, &key, &Issuer { certificate: None, key: &key }).unwrap();
            let names = made.extension(&SUBJECT_ALTERNATIVE_NAME).unwrap().unwrap();
            assert_eq!((names.critical, made.subject()), (critical, &subject[..]));
        }
    }

    // GEN-10: serial numbers, and the order of the times.
    #[test]
    fn gen_10_serial_numbers_and_times() {
        let drawn: Vec<Vec<u8>> = (0..50).map(|_| serial(&mut rng())).collect();
        for (index, one) in drawn.iter().enumerate() {
            assert!(one.len() <= 20 && (0x40..0x80).contains(&one[0]) && !drawn[..index].contains(one));
        }
        assert_eq!(validity(5, 4).unwrap_err().code(), "issue.time");
        assert_eq!(validity(-1, 4).unwrap_err().code(), "issue.time");
        assert_eq!(validity(5, 253_402_300_800).unwrap_err().code(), "issue.time");
        assert!(validity(0, 253_402_300_799).is_ok());
    }

    #[test]
    fn who_may_not_issue() {
        let user = Holder::new(&["sip:alice@example.com"], &[]).unwrap();
        let subject = Profile::Rfc8591.subject(&user, None, &[]);
        let new = made("p256");
        let rows = [
            ("keys/ca.pem", "keys/ca.key", Ok(())),
            ("keys/alice.pem", "keys/alice.key", Err("issue.not-a-ca")),
            ("keys/ca.pem", "keys/alice.key", Err("issue.key-mismatch")),
        ];
        for (file, key_file, expected) in rows {
            let (certificate, key) = (certificate(file), key(key_file));
            let made = issued(&user, &subject, &new, &Issuer { certificate: Some(&certificate), key: &key });
            assert_eq!(made.map(drop).map_err(|error| error.code()), expected, "{file}");
        }
    }
}
