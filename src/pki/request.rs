//! Certificate requests: PKCS #10 (RFC 2986).
//!
//! A request is signed with the key that it wants certified, which shows that the requester has it. What else stands in
//! it are wishes: names are read from it, and judged as names that are typed are, and one that the certificate will not
//! have is refused; other extensions are passed over: the profile decides.

use der::Decode;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;

use crate::alg::policy::Strength;
use crate::alg::{self, Scheme};
use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::asn1::tlv::{Reader, Tlv};
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::extension::{self, NameKind, SUBJECT_ALTERNATIVE_NAME};
use crate::pki::issue::{scheme, signed, signing_key};
use crate::pki::profile::{Holder, Profile, extensions_der};
use crate::pki::{PrivateKey, name};

/// A request whose signature is right.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    subject: Vec<u8>,
    public_key: Vec<u8>,
    names: Names,
}

/// The names that are asked for.
#[derive(Clone, Debug, Default)]
struct Names {
    uris: Vec<String>,
    emails: Vec<String>,
    /// Every other name, shown, and as an element of GeneralNames.
    others: Vec<(String, Vec<u8>)>,
}

impl CertificateRequest {
    /// Reads a request in DER and checks its signature.
    ///
    /// # Errors
    /// `request.unreadable`, `request.signature`; `algorithm.*` and `verify.weak-algorithm` about how it is signed.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parts = parts(Slice::new(der)).map_err(unreadable)?;
        name::check_shown(parts.subject).map_err(unreadable)?;
        let algorithm =
            AlgorithmIdentifierRef::from_der(parts.algorithm).map_err(|error| unreadable(error.to_string()))?;
        let scheme = Scheme::from_identifier(&algorithm, None)?;
        Strength::Current.check(parts.public_key, &scheme).map_err(|error| {
            error.hinting("the request has to be made again: with SHA-256 or better, and RSA keys of 2048 bits or more")
        })?;
        let [0, signature @ ..] = parts.signature else { return Err(unreadable("the signature has unused bits")) };
        alg::verify(parts.public_key, &scheme, parts.info, signature).map_err(|error| match error.condition() {
            Condition::SignatureInvalid => error.with_condition(Condition::RequestSignature),
            _ => error,
        })?;
        let names = names(parts.attributes).map_err(unreadable)?;
        Ok(CertificateRequest { subject: parts.subject.to_vec(), public_key: parts.public_key.to_vec(), names })
    }

    /// The name of the subject, in DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The key: SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The URIs that are asked for.
    pub fn uris(&self) -> Vec<&str> {
        self.names.uris.iter().map(String::as_str).collect()
    }

    /// The e-mail addresses that are asked for.
    pub fn emails(&self) -> Vec<&str> {
        self.names.emails.iter().map(String::as_str).collect()
    }

    /// Makes sure that the certificate of a holder has every name that is asked for: to leave one out would certify
    /// something else. The host of a domain, a DNS name or an address, follows from its URI.
    ///
    /// # Errors
    /// `issue.name`, which says the name that is not taken over.
    pub fn check_taken_over(&self, profile: Profile, holder: &Holder) -> Result<(), Error> {
        let taken = holder.alternative_names(profile)?;
        let is_host = |asked: &[u8]| asked.first() == Some(&tag::context(2));
        let is_same = |name: &[u8], asked: &[u8]| name == asked || (is_host(asked) && name.eq_ignore_ascii_case(asked));
        let is_taken = |asked: &[u8]| taken.iter().any(|name| is_same(name, asked));
        match self.names.others.iter().find(|(_, asked)| !is_taken(asked)) {
            Some((shown, _)) => Err(Error::new(Condition::IssueName)
                .detail(format!("the request asks for {shown}"))
                .hinting("taken over are URIs, e-mail addresses of users, and hosts of domains; URIs beside -req name others")),
            None => Ok(()),
        }
    }
}

/// Makes a request, in DER. `subject` is the name of the subject, in DER.
///
/// # Errors
/// `issue.key` if the key does not sign: X25519 keys have no request; `issue.name`.
pub fn request(
    profile: Profile,
    holder: &Holder,
    subject: &[u8],
    key: &PrivateKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let signing = signing_key(key).map_err(|error| match error.condition() {
        Condition::IssueKey => {
            error.hinting("a request is signed with its own key: leave --csr out, and give an issuer")
        }
        _ => error,
    })?;
    // RFC 6216 has no requests, and nobody should take one with SHA-1.
    let scheme = scheme(Profile::Rfc8591, signing)?;
    let extensions = extensions_der(&profile.requested(holder, key.public_key(), false)?);
    let identifier = element(tag::OBJECT_IDENTIFIER, &[EXTENSION_REQUEST.as_bytes()]);
    let attribute = element(tag::SEQUENCE, &[&identifier, &element(tag::SET, &[&extensions])]);
    let attributes = element(tag::context_constructed(0), &[&attribute]);
    let info = element(tag::SEQUENCE, &[VERSION_1, subject, key.public_key(), &attributes]);
    signed(&info, &scheme, signing, rng)
}

struct Parts<'a> {
    info: &'a [u8],
    subject: &'a [u8],
    public_key: &'a [u8],
    attributes: Tlv<'a>,
    algorithm: &'a [u8],
    signature: &'a [u8],
}

/// ```text
/// CertificationRequest ::= SEQUENCE { CertificationRequestInfo, AlgorithmIdentifier, BIT STRING }
/// CertificationRequestInfo ::= SEQUENCE { version INTEGER, subject Name, SubjectPublicKeyInfo, [0] Attributes }
/// ```
fn parts(der: Slice<'_>) -> Result<Parts<'_>, Error> {
    let mut outer = Tlv::parse(der)?.expect(tag::SEQUENCE)?.elements()?;
    let whole = outer.expect(tag::SEQUENCE)?;
    let algorithm = outer.expect(tag::SEQUENCE)?.whole.octets();
    let signature = outer.expect(tag::BIT_STRING)?.contents.octets();
    outer.finish()?;
    let mut info = whole.elements()?;
    if info.expect(tag::INTEGER)?.contents.octets() != [0] {
        return Err(Error::new(Condition::Asn1Value).detail("the version is not 1"));
    }
    let subject = info.expect(tag::SEQUENCE)?.whole.octets();
    let public_key = info.expect(tag::SEQUENCE)?.whole.octets();
    let attributes = info.expect(tag::context_constructed(0))?;
    info.finish()?;
    Ok(Parts { info: whole.whole.octets(), subject, public_key, attributes, algorithm, signature })
}

/// The names of the requested subjectAltName. There is one list of extensions (RFC 2985 section 5.4.2) and each stands
/// once in it (RFC 5280 section 4.2): another reader could take the other one.
fn names(attributes: Tlv<'_>) -> Result<Names, Error> {
    let mut names = Names::default();
    let twice = |what: &str| Err(Error::new(Condition::Asn1Value).detail(format!("there are two {what}")));
    let (mut requests, mut lists) = (0_u8, 0_u8);
    let mut attributes = attributes.elements()?;
    while !attributes.is_done() {
        let mut attribute = attributes.expect(tag::SEQUENCE)?.elements()?;
        let identifier = attribute.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
        let mut values = attribute.expect(tag::SET)?.elements()?;
        if identifier != EXTENSION_REQUEST.as_bytes() {
            continue;
        }
        requests = requests.saturating_add(1);
        let mut extensions = values.expect(tag::SEQUENCE)?.elements()?;
        if requests > 1 || !values.is_done() {
            return twice("lists of extensions");
        }
        while !extensions.is_done() {
            let Some(value) = alternative_names(&mut extensions)? else { continue };
            lists = lists.saturating_add(1);
            if lists > 1 {
                return twice("subjectAltName");
            }
            for name in extension::general_names(value)? {
                // What cannot be read as text is refused: leaving it out would certify something else than asked for.
                let text = name.clean_text().map(str::to_owned);
                let text = text.ok_or_else(|| Error::new(Condition::Asn1Value).detail(format!("the name {name}")));
                let identifier = match name.kind {
                    NameKind::Uri => {
                        names.uris.push(text?);
                        continue;
                    }
                    NameKind::Email => {
                        names.emails.push(text?);
                        continue;
                    }
                    NameKind::Dns => tag::context(2),
                    NameKind::Ip => tag::context(7),
                    NameKind::Directory => tag::context_constructed(4),
                    NameKind::Other(identifier) => identifier,
                };
                names.others.push((name.to_string(), element(identifier, &[name.octets])));
            }
        }
    }
    let count = names.uris.len().saturating_add(names.emails.len()).saturating_add(names.others.len());
    match count > MAX_NAMES {
        true => Err(Error::new(Condition::Asn1Value).detail(format!("{count} names, more than {MAX_NAMES}"))),
        false => Ok(names),
    }
}

/// The value of the next extension, if it is subjectAltName.
fn alternative_names<'a>(extensions: &mut Reader<'a>) -> Result<Option<Slice<'a>>, Error> {
    let mut extension = extensions.expect(tag::SEQUENCE)?.elements()?;
    let identifier = extension.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
    extension.optional(tag::BOOLEAN)?;
    let value = extension.expect(tag::OCTET_STRING)?.contents;
    extension.finish()?;
    Ok(Some(value).filter(|_| identifier == SUBJECT_ALTERNATIVE_NAME.as_bytes()))
}

fn unreadable(why: impl ToString) -> Error {
    Error::new(Condition::RequestUnreadable).detail(why.to_string())
}

/// The most names of a request: a user or a domain has a few.
const MAX_NAMES: usize = 100;
/// `INTEGER 0`: v1.
const VERSION_1: &[u8] = &[2, 1, 0];
/// extensionRequest (RFC 2985 section 5.4.2).
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::NewKey;

    fn made(kind: &str) -> Result<(PrivateKey, Vec<u8>), Error> {
        let rng = &mut UnwrapErr(SysRng);
        let key = PrivateKey::from_der(&NewKey::by_name(kind).unwrap().generate(rng)?, None)?;
        let holder = Holder::new(&["sip:alice@example.com", "im:alice@example.com"], &["alice@example.com"])?;
        let subject = Profile::Rfc8591.subject(&holder, None, &[]);
        let made = request(Profile::Rfc8591, &holder, &subject, &key, rng)?;
        Ok((key, made))
    }

    #[test]
    fn requests_are_read_back() {
        for kind in ["p256", "p384", "ed25519", "rsa2048"] {
            let (key, der) = made(kind).unwrap();
            let read = CertificateRequest::from_der(&der).unwrap();
            assert_eq!(read.public_key(), key.public_key(), "{kind}");
            assert_eq!(read.uris(), ["sip:alice@example.com", "im:alice@example.com"], "{kind}");
            assert_eq!(read.emails(), ["alice@example.com"], "{kind}");
            assert_eq!(crate::pki::name::text(read.subject()), "CN=alice,OU=example.com", "{kind}");
        }
        // GEN-05: X25519 has no request.
        assert_eq!(made("x25519").unwrap_err().code(), "issue.key");
    }

    // Whoever changes the name or the key in a request has to sign it anew. Whatever the octets: an answer.
    #[test]
    fn a_changed_request_is_refused() {
        let (_, der) = made("p256").unwrap();
        let name = memchr::memmem::find(&der, b"sip:alice").unwrap();
        let mut changed = der.clone();
        changed[name + 4] ^= 1;
        assert_eq!(CertificateRequest::from_der(&changed).unwrap_err().code(), "request.signature");
        for at in 0..der.len() {
            assert!(CertificateRequest::from_der(&der[..at]).is_err());
            let mut changed = der.clone();
            changed[at] ^= 1;
            assert!(CertificateRequest::from_der(&changed).is_err(), "octet {at}");
        }
    }

    /// A request with this subject and these attributes, rightly signed.
    fn signed_request(subject: &[u8], attributes: &[u8]) -> Vec<u8> {
        let (key, _) = made("p256").unwrap();
        let signing = signing_key(&key).unwrap();
        let attributes = element(tag::context_constructed(0), &[attributes]);
        let info = element(tag::SEQUENCE, &[VERSION_1, subject, key.public_key(), &attributes]);
        signed(&info, &scheme(Profile::Rfc8591, signing).unwrap(), signing, &mut UnwrapErr(SysRng)).unwrap()
    }

    fn common_name(tag: u8, value: &[u8]) -> Vec<u8> {
        let attribute = [element(tag::OBJECT_IDENTIFIER, &[name::COMMON_NAME.as_bytes()]), element(tag, &[value])];
        element(tag::SEQUENCE, &[&element(tag::SET, &[&element(tag::SEQUENCE, &[&attribute.concat()])])])
    }

    // RFC 5280 section 4.1.2.4: what goes into a certificate as it stands is a name that can be shown.
    #[test]
    fn subjects_that_are_not_taken_over() {
        let rows: &[(Vec<u8>, bool)] = &[
            (common_name(name::UTF8, "J\u{f6}rg".as_bytes()), true),
            (common_name(name::PRINTABLE, b"Alice"), true),
            (element(tag::SEQUENCE, &[]), true),
            (element(tag::SEQUENCE, &[&[tag::INTEGER, 1, 5]]), false),
            (element(tag::SEQUENCE, &[&element(tag::SET, &[])]), false),
            (common_name(name::UTF8, b"\xff"), false),
            (common_name(name::UTF8, b"a\0b"), false),
            (common_name(name::UTF8, b"\x1b[2J"), false),
            (common_name(name::UTF8, "a\u{202e}b".as_bytes()), false),
            (common_name(name::UTF8, b""), false),
            (common_name(name::UTF8, &[b'a'; 129]), false),
            (common_name(tag::INTEGER, &[5]), false),
        ];
        for (subject, is_good) in rows {
            let read = CertificateRequest::from_der(&signed_request(subject, &[]));
            match read {
                Ok(read) => assert!(*is_good && read.subject() == subject, "{subject:02x?}"),
                Err(error) => assert!(!is_good && error.code() == "request.unreadable", "{subject:02x?}: {error}"),
            }
        }
    }

    // RFC 2985 section 5.4.2, RFC 5280 section 4.2: another reader could take the other one of two.
    #[test]
    fn names_are_asked_for_once() {
        let uri = |count: usize| element(tag::context(6), &[b"sip:a@b.example"]).repeat(count);
        let names = |names: &[u8]| {
            let value = element(tag::OCTET_STRING, &[&element(tag::SEQUENCE, &[names])]);
            let identifier = element(tag::OBJECT_IDENTIFIER, &[SUBJECT_ALTERNATIVE_NAME.as_bytes()]);
            element(tag::SEQUENCE, &[&identifier, &value])
        };
        let list = |extensions: &[u8]| element(tag::SEQUENCE, &[extensions]);
        let attribute = |values: &[u8]| {
            let identifier = element(tag::OBJECT_IDENTIFIER, &[EXTENSION_REQUEST.as_bytes()]);
            element(tag::SEQUENCE, &[&identifier, &element(tag::SET, &[values])])
        };
        let one = list(&names(&uri(1)));
        for (attributes, expected) in [
            (attribute(&one), Ok(1)),
            (attribute(&list(&names(&uri(100)))), Ok(100)),
            (attribute(&list(&names(&uri(101)))), Err("more than 100")),
            (attribute(&list(&names(&uri(1)).repeat(2))), Err("two subjectAltName")),
            (attribute(&one.repeat(2)), Err("two lists of extensions")),
            (attribute(&one).repeat(2), Err("two lists of extensions")),
        ] {
            match (CertificateRequest::from_der(&signed_request(&common_name(name::UTF8, b"a"), &attributes)), expected)
            {
                (Ok(read), Ok(count)) => assert_eq!(read.uris().len(), count),
                (Err(error), Err(text)) => {
                    assert!(error.code() == "request.unreadable" && error.to_string().contains(text), "{error}");
                }
                (read, _) => panic!("{read:?} and not {expected:?}"),
            }
        }
    }
}
