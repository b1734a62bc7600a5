//! What a certificate for a user, a domain or an authority contains.
//!
//! The default follows RFC 5280, RFC 8550 and RFC 8591: a critical keyUsage that fits the key, no basicConstraints in
//! what is no authority, and the SIP identity in subjectAltName. `rfc6216` makes the certificates of that RFC, field by
//! field, for old equipment. Refused as names: URIs of MSRP (RFC 8591 section 8.4), wildcards, and anything beside an
//! address of record (RFC 5922 section 7.1).

use std::collections::BTreeSet;

use const_oid::db::rfc5912;
use der::asn1::ObjectIdentifier;

use crate::alg;
use crate::alg::digest::SHA1;
use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::error::{Condition, Error};
use crate::pki::extension::{
    AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, CLIENT_AUTHENTICATION, EMAIL_PROTECTION, EXTENDED_KEY_USAGE,
    KEY_USAGE, KeyUsage, SERVER_AUTHENTICATION, SIP_DOMAIN, SUBJECT_ALTERNATIVE_NAME, SUBJECT_KEY_IDENTIFIER,
};
use crate::pki::name;
use crate::report::text::drives_a_terminal;
use crate::uri::{Host, Scheme, SipUri};

/// Whose conventions a certificate follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// RFC 8550 and RFC 8591.
    Rfc8591,
    /// The certificates of RFC 6216: SHA-1, nothing critical, for old equipment only.
    Rfc6216,
}

/// Whom a certificate is for. Its names were checked.
#[derive(Clone, Debug)]
pub struct Holder {
    role: Role,
    uris: Vec<SipUri>,
    emails: Vec<String>,
    common_name: String,
    additions: Additions,
}

/// What a certificate says beyond what its profile asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// How many authorities may stand below this one.
    pub path_length: Option<u8>,
    /// Whether its signatures are also meant to be proof before others: nonRepudiation.
    pub non_repudiation: bool,
    /// Whether it says which ciphers its holder reads (RFC 4262).
    pub capabilities: bool,
}

/// What a holder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A user, `sip:alice@example.com`.
    User,
    /// A domain, `sip:example.com`.
    Domain,
    /// An authority.
    Authority,
}

impl Holder {
    /// A user or a domain, by its URIs and, for gateways to mail, e-mail addresses.
    ///
    /// # Errors
    /// `issue.name`.
    pub fn new(uris: &[&str], emails: &[&str]) -> Result<Self, Error> {
        let mut uris = uris.iter().map(|uri| named(uri)).collect::<Result<Vec<_>, _>>()?;
        keep_first(&mut uris);
        let emails = emails.iter().map(|email| mailbox(email)).collect::<Result<Vec<_>, _>>()?;
        let first = uris.first().ok_or_else(|| refused("there is no URI"))?;
        let role = role(first);
        if uris.iter().any(|uri| self::role(uri) != role) {
            return Err(refused("a user and a domain in one certificate"));
        }
        if role == Role::Domain && !emails.is_empty() {
            return Err(refused("a domain with an e-mail address"));
        }
        let common_name = match (first.user(), first.host()) {
            (Some(user), _) => shown_user(first, user)?,
            (None, Some(host)) => host.to_string(),
            (None, None) => first.to_string(),
        };
        Ok(Holder { role, uris, emails, common_name: shortened(&common_name), additions: Additions::default() })
    }

    /// An authority.
    ///
    /// # Errors
    /// `issue.name` if the name is empty, too long, or cannot be shown.
    pub fn authority(name: &str) -> Result<Self, Error> {
        let is_good =
            !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(drives_a_terminal);
        if !is_good {
            return Err(refused(format!("the name of an authority has 1 to {MAX_NAME} characters"))
                .hinting("--ca is followed by a name, for instance --ca 'Test CA'"));
        }
        let (uris, emails, additions) = (Vec::new(), Vec::new(), Additions::default());
        Ok(Holder { role: Role::Authority, uris, emails, common_name: name.to_owned(), additions })
    }

    /// The same, of whom a certificate says more.
    pub fn adding(self, additions: Additions) -> Self {
        Holder { additions, ..self }
    }

    /// The same, as clients of MSRP want it: a user has an `im:` URI for each `sip:` URI (RFC 4975 section 14.5).
    pub fn for_msrp(mut self) -> Self {
        let is_sip = |uri: &&SipUri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) && uri.user().is_some();
        let address = |uri: &SipUri| uri.as_str().split_once(':').map(|(_, address)| format!("im:{address}"));
        let texts: Vec<String> = self.uris.iter().filter(is_sip).filter_map(address).collect();
        self.uris.extend(texts.iter().filter_map(|text| SipUri::parse(text).ok()));
        keep_first(&mut self.uris);
        self
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The URIs that name it.
    pub fn uris(&self) -> &[SipUri] {
        &self.uris
    }

    /// The name of the authority, the user or the domain alone.
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The names for subjectAltName as the profile orders them: GeneralNames, each an element.
    pub(super) fn alternative_names(&self, profile: Profile) -> Result<Vec<Vec<u8>>, Error> {
        let uri = |text: &str| element(tag::context(6), &[text.as_bytes()]);
        let uris = self.uris.iter().map(|one| uri(one.as_str()));
        let hosts = self.uris.iter().filter(|_| self.role == Role::Domain).filter_map(|uri| match uri.host() {
            Some(Host::Name(host)) => Some(element(tag::context(2), &[host.trim_end_matches('.').as_bytes()])),
            Some(Host::V4(address)) => Some(element(tag::context(7), &[&address.octets()])),
            Some(Host::V6(address)) => Some(element(tag::context(7), &[&address.octets()])),
            None => None,
        });
        let emails = self.emails.iter().map(|email| element(tag::context(1), &[email.as_bytes()]));
        match (profile, self.role) {
            (Profile::Rfc6216, Role::User) => {
                // RFC 6216 appendix A.2: URI:sip:U, URI:im:U, URI:pres:U.
                let mut names = Vec::new();
                for one in &self.uris {
                    let parts = one.as_str().split_once(':').filter(|_| one.scheme() == Scheme::Sip);
                    let (_, address) = parts.ok_or_else(|| {
                        refused(format!("{one} with --profile rfc6216")).hinting("that profile is for sip:user@host")
                    })?;
                    names.extend(["sip", "im", "pres"].map(|scheme| uri(&format!("{scheme}:{address}"))));
                }
                Ok(names.into_iter().chain(emails).collect())
            }
            (Profile::Rfc6216, _) => Ok(hosts.chain(uris).collect()),
            (Profile::Rfc8591, _) => Ok(uris.chain(hosts).chain(emails).collect()),
        }
    }
}

impl Profile {
    /// The name of the subject, in DER. `marks` stand before the common name, as organizational units. So does the host
    /// of a user: a name stands for one holder, and users of several hosts have one name (RFC 5280 section 4.1.2.6).
    pub fn subject(self, holder: &Holder, organization: Option<&str>, marks: &[&str]) -> Vec<u8> {
        let is_authority = holder.role == Role::Authority;
        let host = holder.uris.first().filter(|_| holder.role == Role::User).and_then(SipUri::host);
        let host = host.map(|host| shortened(&host.to_string()));
        let mut attributes: Vec<(ObjectIdentifier, u8, &str)> = Vec::new();
        let common = match self {
            Profile::Rfc8591 => {
                attributes.extend(organization.map(|text| (name::ORGANIZATION, name::UTF8, text)));
                attributes.extend(host.as_deref().map(|text| (name::ORGANIZATIONAL_UNIT, name::UTF8, text)));
                (name::COMMON_NAME, name::UTF8)
            }
            Profile::Rfc6216 => {
                let string = if is_authority { name::UTF8 } else { name::PRINTABLE };
                attributes.push((name::COUNTRY, name::PRINTABLE, "US"));
                attributes.push((name::STATE, string, "California"));
                attributes.push((name::LOCALITY, string, "San Jose"));
                attributes.push((name::ORGANIZATION, string, "sipit"));
                let is_printable = holder.common_name.bytes().all(name::is_printable);
                let string = if is_printable { string } else { name::UTF8 };
                (if is_authority { name::ORGANIZATIONAL_UNIT } else { name::COMMON_NAME }, string)
            }
        };
        attributes.extend(marks.iter().map(|text| (name::ORGANIZATIONAL_UNIT, name::UTF8, *text)));
        attributes.push((common.0, common.1, &holder.common_name));
        name::encode(&attributes)
    }

    /// The extensions of a certificate that names no keys yet: those that a request asks for, too. A subject without a
    /// distinguished name is named by its critical subjectAltName (RFC 5280 section 4.2.1.6).
    ///
    /// # Errors
    /// `issue.name`; `issue.key` if the key is of no kind that the profile has.
    pub fn requested(self, holder: &Holder, public_key: &[u8], is_nameless: bool) -> Result<Vec<NewExtension>, Error> {
        let usage = self.key_usage(holder, public_key)?;
        let usage = extension(&KEY_USAGE, self == Profile::Rfc8591, &usage.to_der());
        if holder.role == Role::Authority {
            let authority =
                extension(&BASIC_CONSTRAINTS, self == Profile::Rfc8591, &authority(holder.additions.path_length));
            return Ok(vec![authority, usage]);
        }
        let names = holder.alternative_names(self)?.concat();
        let names = extension(&SUBJECT_ALTERNATIVE_NAME, is_nameless, &element(tag::SEQUENCE, &[&names]));
        let mut extensions = match self {
            Profile::Rfc8591 => vec![usage, purposes(self, holder.role), names],
            Profile::Rfc6216 => {
                vec![names, extension(&BASIC_CONSTRAINTS, false, &[0x30, 0]), usage, purposes(self, holder.role)]
            }
        };
        extensions.extend(holder.additions.capabilities.then(capabilities));
        Ok(extensions)
    }

    /// All extensions of a certificate, in their order: as requested, and the identifiers of both keys.
    ///
    /// # Errors
    /// As [`Profile::requested`].
    pub fn extensions(
        self,
        holder: &Holder,
        public_key: &[u8],
        issuer: &IssuerKey<'_>,
        is_nameless: bool,
    ) -> Result<Vec<NewExtension>, Error> {
        let subject_key = element(tag::OCTET_STRING, &[&key_identifier(public_key)?]);
        let subject_key = extension(&SUBJECT_KEY_IDENTIFIER, false, &subject_key);
        let issuer_key = element(tag::SEQUENCE, &[&element(tag::context(0), &[issuer.identifier])]);
        let issuer_key = extension(&AUTHORITY_KEY_IDENTIFIER, false, &issuer_key);
        let mut extensions = self.requested(holder, public_key, is_nameless)?;
        match (self, holder.role) {
            (Profile::Rfc8591, _) => extensions.extend([subject_key, issuer_key]),
            // The order of the certificates in RFC 6216. Its root says nothing of the use of its key.
            (Profile::Rfc6216, Role::Authority) if issuer.is_self => {
                extensions.truncate(1);
                extensions.splice(0..0, [subject_key, issuer_key]);
            }
            (Profile::Rfc6216, Role::Authority) => drop(extensions.splice(1..1, [subject_key, issuer_key])),
            (Profile::Rfc6216, _) => drop(extensions.splice(2..2, [subject_key, issuer_key])),
        }
        Ok(extensions)
    }

    /// RFC 8550 section 4.4.2: what the kind of key can do, and no more.
    fn key_usage(self, holder: &Holder, public_key: &[u8]) -> Result<KeyUsage, Error> {
        let key = alg::public_key(public_key)?;
        let name = alg::key_algorithm(&key)?.name();
        let cannot = |what: &str| Error::new(Condition::IssueKey).detail(format!("{what} with {name}"));
        let (authority, signs) = (KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN, KeyUsage::DIGITAL_SIGNATURE);
        let bits = match (self, holder.role, name) {
            (_, Role::Authority, alg::x25519::NAME) => return Err(cannot("an authority")),
            (Profile::Rfc8591, Role::Authority, _) => authority,
            (Profile::Rfc6216, _, name) if name != alg::rsa::NAME => {
                return Err(cannot("a certificate as in RFC 6216").hinting("that profile has RSA keys: --key rsa2048"));
            }
            // The RFC has no intermediate authorities, and its root says nothing of its key.
            (Profile::Rfc6216, Role::Authority, _) => authority,
            (Profile::Rfc6216, ..) => signs | KeyUsage::NON_REPUDIATION | KeyUsage::KEY_ENCIPHERMENT,
            // RFC 4055 section 1.2: such a key is for signatures alone.
            (_, _, alg::rsa::NAME) if key.algorithm.oid == rfc5912::ID_RSASSA_PSS => signs,
            (_, _, alg::rsa::NAME) => signs | KeyUsage::KEY_ENCIPHERMENT,
            (_, _, alg::x25519::NAME) => KeyUsage::KEY_AGREEMENT,
            (_, _, "Ed25519") => signs,
            _ => signs | KeyUsage::KEY_AGREEMENT,
        };
        let proves = holder.additions.non_repudiation && bits & signs != 0;
        Ok(KeyUsage::new(if proves { bits | KeyUsage::NON_REPUDIATION } else { bits }))
    }
}

/// The key of an issuer, as a certificate names it.
#[derive(Clone, Copy, Debug)]
pub struct IssuerKey<'a> {
    /// Its identifier.
    pub identifier: &'a [u8],
    /// Whether the certificate is issued with its own key.
    pub is_self: bool,
}

/// The identifier of a key: SHA-1 of the octets of the BIT STRING (RFC 5280 section 4.2.1.2, method 1). Nothing rests on
/// it but finding a key.
///
/// # Errors
/// `certificate.public-key`.
pub fn key_identifier(public_key: &[u8]) -> Result<Vec<u8>, Error> {
    let key = alg::public_key(public_key)?;
    Ok(SHA1.digest(&[key.subject_public_key.raw_bytes()]))
}

/// An extension that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExtension {
    pub(super) identifier: ObjectIdentifier,
    pub(super) critical: bool,
    /// The contents of extnValue.
    pub(super) value: Vec<u8>,
}

impl NewExtension {
    /// `SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
    pub(super) fn to_der(&self) -> Vec<u8> {
        let identifier = element(tag::OBJECT_IDENTIFIER, &[self.identifier.as_bytes()]);
        let critical: &[u8] = if self.critical { &[tag::BOOLEAN, 1, 0xFF] } else { &[] };
        element(tag::SEQUENCE, &[&identifier, critical, &element(tag::OCTET_STRING, &[&self.value])])
    }
}

/// `Extensions ::= SEQUENCE OF Extension`
pub(super) fn extensions_der(extensions: &[NewExtension]) -> Vec<u8> {
    let extensions: Vec<u8> = extensions.iter().flat_map(NewExtension::to_der).collect();
    element(tag::SEQUENCE, &[&extensions])
}

pub(super) fn extension(identifier: &ObjectIdentifier, critical: bool, value: &[u8]) -> NewExtension {
    NewExtension { identifier: *identifier, critical, value: value.to_vec() }
}

/// `BasicConstraints ::= SEQUENCE { cA TRUE, pathLenConstraint INTEGER OPTIONAL }`
fn authority(path_length: Option<u8>) -> Vec<u8> {
    let path_length = match path_length {
        None => Vec::new(),
        Some(number @ 0..0x80) => element(tag::INTEGER, &[&[number]]),
        Some(number) => element(tag::INTEGER, &[&[0, number]]),
    };
    element(tag::SEQUENCE, &[&[tag::BOOLEAN, 1, 0xFF], &path_length])
}

/// SMIMECapabilities as an extension, never critical (RFC 4262 section 2): the ciphers that are read, best first.
fn capabilities() -> NewExtension {
    let ciphers = ["aes-128-gcm", "aes-256-gcm", "aes-128-cbc"].into_iter().filter_map(alg::cipher::by_name);
    let capability =
        |oid: ObjectIdentifier| element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])]);
    let list: Vec<u8> = ciphers.flat_map(|cipher| capability(cipher.oid())).collect();
    extension(&SMIME_CAPABILITIES, false, &element(tag::SEQUENCE, &[&list]))
}

/// RFC 5924: id-kp-sipDomain is for domains. RFC 6216 puts it into the certificates of users all the same.
fn purposes(profile: Profile, role: Role) -> NewExtension {
    let purposes: &[ObjectIdentifier] = match (profile, role) {
        (Profile::Rfc6216, Role::User) => &[EMAIL_PROTECTION, SIP_DOMAIN],
        (Profile::Rfc6216, _) => &[SERVER_AUTHENTICATION, SIP_DOMAIN],
        (Profile::Rfc8591, Role::Domain) => &[SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION, SIP_DOMAIN],
        (Profile::Rfc8591, _) => &[EMAIL_PROTECTION],
    };
    extension(&EXTENDED_KEY_USAGE, false, &purposes_der(purposes))
}

/// `ExtKeyUsageSyntax ::= SEQUENCE OF KeyPurposeId`
pub(super) fn purposes_der(purposes: &[ObjectIdentifier]) -> Vec<u8> {
    let purposes: Vec<u8> =
        purposes.iter().flat_map(|one| element(tag::OBJECT_IDENTIFIER, &[one.as_bytes()])).collect();
    element(tag::SEQUENCE, &[&purposes])
}

/// A URI that may stand in a certificate.
fn named(text: &str) -> Result<SipUri, Error> {
    let scheme = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if ["msrp", "msrps"].contains(&scheme.as_str()) {
        return Err(refused(text).hinting("a URI of MSRP names a session: RFC 8591 section 8.4 leaves it out"));
    }
    let uri = SipUri::parse(text).map_err(|error| refused(error.to_string()))?;
    if text.contains('*') && uri.user().is_none() {
        return Err(refused(format!("{text} is a wildcard")).hinting("RFC 5922 section 7.2 does not know wildcards"));
    }
    let is_user = uri.user().is_some() || uri.scheme() == Scheme::Tel;
    match uri.scheme() {
        Scheme::Mailto => Err(refused(text).hinting("--email ADDRESS adds an e-mail address to a user")),
        _ if !uri.is_address_of_record() => Err(refused(format!("{text} has more than the address of record"))),
        Scheme::Sip | Scheme::Sips => Ok(uri),
        _ if is_user => Ok(uri),
        _ => Err(refused(text)),
    }
}

fn role(uri: &SipUri) -> Role {
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips if uri.user().is_none() => Role::Domain,
        _ => Role::User,
    }
}

/// `Mailbox` of RFC 5280 section 4.2.1.6: an address alone, without name or brackets.
fn mailbox(text: &str) -> Result<String, Error> {
    let is_good =
        SipUri::parse(&format!("mailto:{text}")).is_ok_and(|uri| uri.user().is_some() && uri.is_address_of_record());
    if is_good && !text.contains('%') {
        return Ok(text.to_owned());
    }
    Err(refused(text).hinting("an e-mail address is user@host"))
}

fn refused(detail: impl Into<String>) -> Error {
    Error::new(Condition::IssueName).detail(detail)
}

/// RFC 5280 appendix A.1: a common name has at most 64 characters. The whole name is in subjectAltName.
fn shortened(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// The user part as it is read, or as it stands in the URI if it holds what cannot be shown.
fn shown_user(uri: &SipUri, user: Vec<u8>) -> Result<String, Error> {
    let user = String::from_utf8(user).map_err(|_| refused(format!("{uri} is not UTF-8")))?;
    let escaped = || uri.as_str().split_once(':').map(|(_, address)| address.to_owned());
    Ok(if user.contains(char::is_control) { escaped().unwrap_or_default() } else { user })
}

/// Leaves out what stands in front already.
fn keep_first(uris: &mut Vec<SipUri>) {
    let mut seen = BTreeSet::new();
    uris.retain(|uri| seen.insert(uri.to_string()));
}

/// smimeCapabilities.
const SMIME_CAPABILITIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    // GEN-01, GEN-14, GEN-16: which URIs name whom.
    #[test]
    fn gen_01_14_16_names() {
        type Row<'a> = (&'a [&'a str], &'a [&'a str], Result<(Role, &'a str), &'a str>);
        let rows: &[Row<'_>] = &[
            (&["sip:alice@example.com"], &[], Ok((Role::User, "alice"))),
            (&["sips:alice@example.com", "im:a@example.com"], &["a@example.com"], Ok((Role::User, "alice"))),
            (&["pres:alice@example.com"], &[], Ok((Role::User, "alice"))),
            (&["tel:+1-201-555-0123"], &[], Ok((Role::User, "+12015550123"))),
            (&["sip:a%20b@example.com"], &[], Ok((Role::User, "a b"))),
            // A name that programs show holds no control characters.
            (&["sip:a%00b%0A@example.com"], &[], Ok((Role::User, "a%00b%0A@example.com"))),
            (&["sip:example.com"], &[], Ok((Role::Domain, "example.com"))),
            (&["sip:example.com", "sip:example.org"], &[], Ok((Role::Domain, "example.com"))),
            (&[], &[], Err("issue.name")),
            (&["sip:alice@example.com", "sip:example.com"], &[], Err("issue.name")),
            (&["sip:example.com"], &["a@example.com"], Err("issue.name")),
            // A session, a page, a mailbox, no scheme.
            (&["msrp://example.com:2855/s1;tcp"], &[], Err("issue.name")),
            (&["MSRPS://example.com/s1;tcp"], &[], Err("issue.name")),
            (&["http://example.com"], &[], Err("issue.name")),
            (&["mailto:alice@example.com"], &[], Err("issue.name")),
            (&["alice@example.com"], &[], Err("issue.name")),
            // Wildcards, and more than the address of record.
            (&["sip:*.example.com"], &[], Err("issue.name")),
            (&["sip:alice:secret@example.com"], &[], Err("issue.name")),
            (&["sip:alice@example.com;transport=tcp"], &[], Err("issue.name")),
            (&["sip:alice@example.com?Subject=x"], &[], Err("issue.name")),
            (&["sip:alice@example.com:5061"], &[], Err("issue.name")),
            (&["sip:example.com:5061"], &[], Err("issue.name")),
            (&["sip:a\0b@example.com"], &[], Err("issue.name")),
            (&["sip:j\u{f6}rg@example.com"], &[], Err("issue.name")),
            (&["sip:alice@example.com"], &["alice"], Err("issue.name")),
            (&["sip:alice@example.com"], &["a@example.com,b@example.com"], Err("issue.name")),
            (&["sip:alice@example.com"], &["Alice <a@example.com>"], Err("issue.name")),
        ];
        for (uris, emails, expected) in rows {
            let found = Holder::new(uris, emails);
            let found = found.as_ref().map(|holder| (holder.role(), holder.common_name())).map_err(Error::code);
            assert_eq!(found, *expected, "{uris:?} {emails:?}");
        }
        assert!(Holder::authority("Test CA").is_ok());
        for name in ["", " ", "a\nb", &"x".repeat(65)] {
            assert_eq!(Holder::authority(name).unwrap_err().code(), "issue.name", "{name}");
        }
    }
}
