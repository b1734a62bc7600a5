//! Who will not be able to read this: what openssl, GnuPG and NSS were seen to refuse, in the versions that are named.
//!
//! None of it breaks a rule. `tests/lint.rs` asks the programs themselves.

use const_oid::ObjectIdentifier;

use crate::alg;
use crate::cms::enveloped::EnvelopedData;
use crate::cms::recipient::RecipientInfo;
use crate::cms::signed::{SignerIdentifier, SignerInfo};
use crate::inspect::subject::SignedObject;
use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule};
use crate::pki::Certificate;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "INTEROP-OPENSSL-SMIME",
        level: Level::Observation,
        source: spec::INTEROPERABILITY,
        fix: "openssl cms of 3.0 or later reads more: use it in place of openssl smime",
        checks: &[Check::Encrypted(openssl_smime_decrypts), Check::Signer(openssl_smime_verifies)],
    },
    Rule {
        code: "INTEROP-OPENSSL-CMS",
        level: Level::Observation,
        source: spec::INTEROPERABILITY,
        fix: "for openssl 3.0 use P-256 or RSA, and AES",
        checks: &[Check::Encrypted(openssl_cms_decrypts), Check::Signer(openssl_cms_verifies)],
    },
    Rule {
        code: "INTEROP-GPGSM",
        level: Level::Observation,
        source: spec::INTEROPERABILITY,
        fix: "for gpgsm 2.2 use AES-CBC and RSA with PKCS #1 v1.5, named by issuer and serial number",
        checks: &[Check::Encrypted(gpgsm_decrypts), Check::Signer(gpgsm_verifies)],
    },
    Rule {
        code: "INTEROP-NSS",
        level: Level::Observation,
        source: spec::INTEROPERABILITY,
        fix: "for NSS 3.87 use AES-CBC and RSA with PKCS #1 v1.5",
        checks: &[Check::Encrypted(nss_decrypts), Check::Signer(nss_verifies)],
    },
];

fn refused(reader: &str, reasons: &[(bool, &str)]) -> Cases {
    let reasons: Vec<&str> = reasons.iter().filter(|(is_so, _)| *is_so).map(|(_, reason)| *reason).collect();
    match reasons.is_empty() {
        true => Cases::new(),
        false => vec![Broken::new(format!("{reader} does not read this: {}", reasons.join(", ")))],
    }
}

/// Whether the cipher authenticates what it encrypts: AES-GCM and the like.
fn is_authenticated(data: &EnvelopedData<'_>) -> bool {
    data.authentication.is_some()
}

fn has(data: &EnvelopedData<'_>, is_meant: impl Fn(&RecipientInfo<'_>) -> bool) -> bool {
    data.recipients.iter().any(is_meant)
}

fn agrees(info: &RecipientInfo<'_>) -> bool {
    matches!(info, RecipientInfo::KeyAgreement(_))
}

fn agrees_by_x25519(info: &RecipientInfo<'_>) -> bool {
    use crate::cms::recipient::Originator;
    match info {
        RecipientInfo::KeyAgreement(info) => match &info.common.originator {
            Originator::Key(algorithm, _) => algorithm.oid == X25519,
            Originator::Certificate(_) => false,
        },
        _ => false,
    }
}

fn transports_by_oaep(info: &RecipientInfo<'_>) -> bool {
    matches!(info, RecipientInfo::KeyTransport(info) if info.algorithm.oid == RSAES_OAEP)
}

fn is_named_by_key(info: &RecipientInfo<'_>) -> bool {
    let identifier = match info {
        RecipientInfo::KeyTransport(info) => &info.identifier,
        RecipientInfo::KeyAgreement(info) => &info.identifier,
        _ => return false,
    };
    matches!(identifier, SignerIdentifier::SubjectKeyIdentifier(_))
}

fn is_without_certificate(info: &RecipientInfo<'_>) -> bool {
    matches!(info, RecipientInfo::Kek(_) | RecipientInfo::Password(_))
}

const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const CHACHA20_POLY1305: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.18");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// secp384r1.
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

fn openssl_smime_decrypts(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let reasons = [
        (is_authenticated(data), "auth-enveloped-data"),
        (has(data, agrees), "a recipient with an EC key"),
        (has(data, transports_by_oaep), "RSAES-OAEP"),
        (has(data, is_named_by_key), "a recipient named by its key identifier"),
        (has(data, is_without_certificate), "a recipient without a certificate"),
    ];
    refused("openssl smime", &reasons)
}

fn openssl_cms_decrypts(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let reasons = [
        (has(data, agrees_by_x25519), "a recipient with an X25519 key"),
        (data.cipher.oid == CHACHA20_POLY1305, "ChaCha20-Poly1305"),
    ];
    refused("openssl cms of 3.0", &reasons)
}

fn gpgsm_decrypts(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let reasons = [
        (is_authenticated(data), "auth-enveloped-data"),
        (data.recipients.iter().all(agrees), "no recipient but with an EC key"),
        (has(data, transports_by_oaep), "RSAES-OAEP"),
        (has(data, is_named_by_key), "a recipient named by its key identifier"),
    ];
    refused("gpgsm of GnuPG 2.2", &reasons)
}

fn nss_decrypts(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let reasons = [
        (is_authenticated(data), "auth-enveloped-data"),
        (has(data, agrees), "a recipient with an EC key"),
        (has(data, transports_by_oaep), "RSAES-OAEP"),
    ];
    refused("NSS 3.87", &reasons)
}

fn is_signed_by(signer: &SignerInfo<'_>, oid: ObjectIdentifier) -> bool {
    signer.signature_algorithm.oid == oid
}

fn openssl_smime_verifies(
    _: SignedObject<'_>,
    signer: &SignerInfo<'_>,
    _: Option<&Certificate>,
    _: &Context<'_>,
) -> Cases {
    let by_key = matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_));
    let reasons = [(is_signed_by(signer, ED25519), "Ed25519"), (by_key, "a signer named by its key identifier")];
    refused("openssl smime", &reasons)
}

fn openssl_cms_verifies(
    _: SignedObject<'_>,
    signer: &SignerInfo<'_>,
    _: Option<&Certificate>,
    _: &Context<'_>,
) -> Cases {
    refused("openssl cms of 3.0", &[(is_signed_by(signer, ED25519), "Ed25519")])
}

fn gpgsm_verifies(_: SignedObject<'_>, signer: &SignerInfo<'_>, found: Option<&Certificate>, _: &Context<'_>) -> Cases {
    let curve = found.and_then(|certificate| {
        let key = alg::public_key(certificate.public_key()).ok()?;
        key.algorithm.parameters?.decode_as::<ObjectIdentifier>().ok()
    });
    let is_short = curve == Some(P_384) && signer.digest_algorithm.oid == SHA_256;
    let reasons = [(is_signed_by(signer, ED25519), "Ed25519"), (is_short, "P-384 with SHA-256")];
    refused("gpgsm of GnuPG 2.2", &reasons)
}

fn nss_verifies(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Option<&Certificate>, _: &Context<'_>) -> Cases {
    refused("NSS 3.87", &[(is_signed_by(signer, ED25519), "Ed25519")])
}
