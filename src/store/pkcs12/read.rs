//! The reader: PFX, AuthenticatedSafe, SafeContents and the bags (RFC 7292 sections 4 and 4.2).

use std::borrow::Cow;

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::protection::{Budget, Encryption, Mac, Password};
use super::{Contents, element, malformed, oid, unreadable, unsupported};
use crate::asn1::tlv::{Reader, Tlv};
use crate::asn1::{ber, tag};
use crate::cms::content::content_type_name;
use crate::cms::{ContentInfo, oid as cms_oid};
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{Certificate, PrivateKey};

mod cost;

/// How many bags a file may have.
const MAX_BAGS: usize = 256;

/// The certificates of a file. Its private keys are not decrypted.
///
/// # Errors
/// As [`read()`], and `certificate.unreadable` if there is none.
pub fn certificates(octets: &[u8], password: Option<&[u8]>) -> Result<Vec<Certificate>, Error> {
    let found = contents(octets, password, Wanted::Certificates)?.certificates;
    match found.is_empty() {
        true => Err(Error::new(Condition::CertificateFileUnreadable).detail("a PKCS #12 file without certificates")),
        false => Ok(found),
    }
}

/// Everything that a file holds.
///
/// # Errors
/// `pkcs12.needs-password` without a password. `pkcs12.password-wrong` if the MAC or something that is encrypted does
/// not fit the password, or was changed: the two look the same. `pkcs12.unsupported`, `pkcs12.unreadable`.
/// `pkcs12.key-mismatch` if a key and a certificate are marked as a pair and are none. `certificate.unreadable` and
/// `key.*` about what is inside.
pub fn read(octets: &[u8], password: Option<&[u8]>) -> Result<Contents, Error> {
    contents(octets, password, Wanted::Everything)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Certificates,
    Everything,
}

/// ```text
/// PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
/// ```
fn contents(octets: &[u8], password: Option<&[u8]>, wanted: Wanted) -> Result<Contents, Error> {
    let pfx = ber::to_der(&element(octets)?).map_err(malformed)?;
    let (safe, mac) = pfx_fields(&pfx).map_err(malformed)?;
    let safe = ContentInfo::parse(safe.whole).map_err(malformed)?;
    if safe.content_type == cms_oid::SIGNED_DATA {
        return Err(unsupported("a file that is signed instead of protected by a password"));
    }
    let safe = data(&safe)?;
    let Some(mac) = mac else {
        return Err(unsupported("a file without a MAC, which anybody could have changed")
            .hinting("if you trust it, openssl pkcs12 -in FILE -nomacver -nodes -out FILE writes it as PEM"));
    };
    let mac = Mac::parse(&mac)?;
    let password = Password::new(password.ok_or_else(|| Error::new(Condition::Pkcs12NeedsPassword))?);
    let mut budget = Budget::new();
    budget.clone().spend(mac.cost(&password).saturating_add(cost::visible(&safe, wanted)))?;
    let password = mac.check(&safe, password, &mut budget)?;
    let mut bags = Bags { wanted, password, budget, certificates: Vec::new(), keys: Vec::new(), count: 0 };
    bags.authenticated_safe(&safe)?;
    bags.finish()
}

fn pfx_fields(pfx: &[u8]) -> Result<(Tlv<'_>, Option<Tlv<'_>>), Error> {
    let mut fields = Tlv::parse(Slice::new(pfx))?.expect(tag::SEQUENCE)?.elements()?;
    let version = fields.expect(tag::INTEGER)?;
    if version.contents.octets() != [3] {
        return Err(Error::new(Condition::Asn1Value).detail("the version is not 3"));
    }
    let safe = fields.expect(tag::SEQUENCE)?;
    let mac = fields.optional(tag::SEQUENCE)?;
    fields.finish()?;
    Ok((safe, mac))
}

/// The octets of a content of the type data.
fn data<'a>(info: &ContentInfo<'a>) -> Result<Cow<'a, [u8]>, Error> {
    if info.content_type != cms_oid::DATA {
        return Err(unsupported(content_type_name(&info.content_type)));
    }
    if !matches!(info.content.tag, tag::OCTET_STRING | tag::OCTET_STRING_CONSTRUCTED) {
        return Err(unreadable("a content that is not an OCTET STRING"));
    }
    ber::octet_string(&info.content).map_err(malformed)
}

/// What has been found, and what it may still cost.
struct Bags {
    wanted: Wanted,
    password: Password,
    budget: Budget,
    certificates: Vec<Bag<Certificate>>,
    keys: Vec<Bag<PrivateKey>>,
    count: usize,
}

/// A certificate or a key with its localKeyId.
struct Bag<T> {
    content: T,
    key_identifier: Option<Vec<u8>>,
}

impl Bags {
    /// `AuthenticatedSafe ::= SEQUENCE OF ContentInfo`: data, or encryptedData under the password.
    fn authenticated_safe(&mut self, octets: &[u8]) -> Result<(), Error> {
        let safe = ber::to_der(&element(octets)?).map_err(malformed)?;
        let mut infos = sequence(&element(&safe)?)?;
        while !infos.is_done() {
            self.count_one()?;
            let info = infos.next_element().map_err(malformed)?;
            let info = ContentInfo::parse(info.whole).map_err(malformed)?;
            match info.content_type {
                cms_oid::ENCRYPTED_DATA => {
                    let decrypted = self.encrypted_data(&info.content)?;
                    is_whole(&decrypted)?;
                    self.safe_contents(&decrypted)?;
                }
                cms_oid::ENVELOPED_DATA => return Err(unsupported("contents that are encrypted to a public key")),
                _ => self.safe_contents(&data(&info)?)?,
            }
        }
        Ok(())
    }

    fn encrypted_data(&mut self, content: &Tlv<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (encryption, encrypted) = encrypted_data_fields(content)?;
        if ![tag::context(0), tag::context_constructed(0)].contains(&encrypted.tag) {
            return Err(unreadable("encryptedData without its content"));
        }
        let encrypted = ber::octet_string(&encrypted).map_err(malformed)?;
        encryption.decrypt(&encrypted, &self.password, &mut self.budget)
    }

    /// `SafeContents ::= SEQUENCE OF SafeBag`
    fn safe_contents(&mut self, octets: &[u8]) -> Result<(), Error> {
        let contents = match ber::to_der(&element(octets)?).map_err(malformed)? {
            Cow::Borrowed(octets) => return self.bags(&element(octets)?),
            Cow::Owned(octets) => Zeroizing::new(octets),
        };
        self.bags(&element(&contents)?)
    }

    fn bags(&mut self, contents: &Tlv<'_>) -> Result<(), Error> {
        let mut bags = sequence(contents)?;
        while !bags.is_done() {
            self.count_one()?;
            self.bag(&bags.next_element().map_err(malformed)?)?;
        }
        Ok(())
    }

    fn count_one(&mut self) -> Result<(), Error> {
        self.count = self.count.saturating_add(1);
        match self.count > MAX_BAGS {
            true => Err(unsupported(format!("more than {MAX_BAGS} contents"))),
            false => Ok(()),
        }
    }

    /// ```text
    /// SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT ANY, bagAttributes SET OF OPTIONAL }
    /// ```
    fn bag(&mut self, bag: &Tlv<'_>) -> Result<(), Error> {
        let mut fields = sequence(bag)?;
        let kind = object_identifier(&mut fields)?;
        let value = explicit(&mut fields)?;
        let attributes = fields.optional(tag::SET).map_err(malformed)?;
        fields.finish().map_err(malformed)?;
        let key_identifier = attributes.map(|set| local_key_id(&set)).transpose()?.flatten();
        match (kind, self.wanted) {
            (oid::CERTIFICATE_BAG, _) => {
                let certificate = certificate(&value)?;
                self.certificates.extend(certificate.map(|content| Bag { content, key_identifier }));
            }
            (oid::KEY_BAG, Wanted::Everything) => {
                let content = PrivateKey::from_pem_block("PRIVATE KEY", value.whole.octets(), None)?;
                self.keys.push(Bag { content, key_identifier });
            }
            (oid::SHROUDED_KEY_BAG, Wanted::Everything) => {
                let content = self.shrouded_key(&value)?;
                self.keys.push(Bag { content, key_identifier });
            }
            (oid::SAFE_CONTENTS_BAG, _) => self.bags(&value)?,
            _ => {}
        }
        Ok(())
    }

    fn shrouded_key(&mut self, value: &Tlv<'_>) -> Result<PrivateKey, Error> {
        let (encryption, encrypted) = shrouded_key_fields(value)?;
        let key = encryption.decrypt(encrypted.contents.octets(), &self.password, &mut self.budget)?;
        is_whole(&key)?;
        PrivateKey::from_pem_block("PRIVATE KEY", &key, None)
    }

    /// Puts the certificates of the keys first, and makes sure that those marked as pairs are pairs.
    fn finish(self) -> Result<Contents, Error> {
        for key in self.keys.iter().filter(|key| key.key_identifier.is_some()) {
            let mut marked = self.certificates.iter().filter(|one| one.key_identifier == key.key_identifier).peekable();
            let Some(first) = marked.peek().map(|one| one.content.subject_text()) else { continue };
            if !marked.any(|one| one.content.public_key() == key.content.public_key()) {
                return Err(Error::new(Condition::Pkcs12KeyMismatch).detail(first));
            }
        }
        let keys: Vec<PrivateKey> = self.keys.into_iter().map(|bag| bag.content).collect();
        // Where the keys stay closed, the mark of a pair tells which certificates have one.
        let (own, others): (Vec<_>, Vec<_>) = self.certificates.into_iter().partition(|one| match self.wanted {
            Wanted::Everything => keys.iter().any(|key| key.public_key() == one.content.public_key()),
            Wanted::Certificates => one.key_identifier.is_some(),
        });
        let certificates = own.into_iter().chain(others).map(|bag| bag.content).collect();
        Ok(Contents { certificates, keys })
    }
}

/// ```text
/// EncryptedData ::= SEQUENCE { version, encryptedContentInfo EncryptedContentInfo, ... }
/// EncryptedContentInfo ::= SEQUENCE {
///     contentType, contentEncryptionAlgorithm, encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
/// ```
fn encrypted_data_fields<'a>(content: &Tlv<'a>) -> Result<(Encryption, Tlv<'a>), Error> {
    let mut fields = sequence(content)?;
    fields.expect(tag::INTEGER).map_err(malformed)?;
    let mut info = sequence(&fields.next_element().map_err(malformed)?)?;
    let kind = object_identifier(&mut info)?;
    if kind != cms_oid::DATA {
        return Err(unsupported(format!("encrypted {}", content_type_name(&kind))));
    }
    let encryption = Encryption::parse(info.next_element().map_err(malformed)?.whole.octets())?;
    Ok((encryption, info.next_element().map_err(malformed)?))
}

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData OCTET STRING }`
fn shrouded_key_fields<'a>(value: &Tlv<'a>) -> Result<(Encryption, Tlv<'a>), Error> {
    let mut fields = sequence(value)?;
    let encryption = Encryption::parse(fields.next_element().map_err(malformed)?.whole.octets())?;
    let encrypted = fields.expect(tag::OCTET_STRING).map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    Ok((encryption, encrypted))
}

/// Makes sure that what was decrypted is one SEQUENCE. One wrong key in 256 leaves a padding that looks right.
fn is_whole(decrypted: &[u8]) -> Result<(), Error> {
    let whole = Tlv::parse(Slice::new(decrypted)).and_then(|tlv| tlv.expect(tag::SEQUENCE));
    whole.map(drop).map_err(|_| Error::new(Condition::Pkcs12PasswordWrong))
}

/// ```text
/// CertBag ::= SEQUENCE { certId OBJECT IDENTIFIER, certValue [0] EXPLICIT ANY }
/// ```
/// `None` for a certificate of another kind than X.509.
fn certificate(value: &Tlv<'_>) -> Result<Option<Certificate>, Error> {
    let mut fields = sequence(value)?;
    let kind = object_identifier(&mut fields)?;
    let value = explicit(&mut fields)?;
    fields.finish().map_err(malformed)?;
    if kind != oid::X509_CERTIFICATE {
        return Ok(None);
    }
    let octets = value.expect(tag::OCTET_STRING).map_err(malformed)?.contents.octets();
    Certificate::from_der(octets)
        .map(Some)
        .map_err(|error| Error::new(Condition::CertificateFileUnreadable).detail(error.to_string()))
}

/// The localKeyId among the attributes of a bag, each `SEQUENCE { attrId, attrValues SET }`. Others are passed over.
fn local_key_id(attributes: &Tlv<'_>) -> Result<Option<Vec<u8>>, Error> {
    let mut attributes = attributes.elements().map_err(malformed)?;
    while !attributes.is_done() {
        let mut fields = sequence(&attributes.next_element().map_err(malformed)?)?;
        if object_identifier(&mut fields)? == oid::LOCAL_KEY_ID {
            let mut values = fields.expect(tag::SET).and_then(|values| values.elements()).map_err(malformed)?;
            let value = values.expect(tag::OCTET_STRING).map_err(malformed)?;
            return Ok(Some(value.contents.octets().to_vec()));
        }
    }
    Ok(None)
}

/// What stands inside of `[0] EXPLICIT`.
fn explicit<'a>(fields: &mut Reader<'a>) -> Result<Tlv<'a>, Error> {
    let mut inside = fields.expect(tag::context_constructed(0)).and_then(|tlv| tlv.elements()).map_err(malformed)?;
    let value = inside.next_element().map_err(malformed)?;
    inside.finish().map_err(malformed)?;
    Ok(value)
}

fn sequence<'a>(tlv: &Tlv<'a>) -> Result<Reader<'a>, Error> {
    tlv.expect(tag::SEQUENCE).and_then(|tlv| tlv.elements()).map_err(malformed)
}

fn object_identifier(fields: &mut Reader<'_>) -> Result<ObjectIdentifier, Error> {
    let element = fields.expect(tag::OBJECT_IDENTIFIER).map_err(malformed)?;
    ObjectIdentifier::from_bytes(element.contents.octets())
        .map_err(|_| unreadable("an object identifier cannot be read"))
}
