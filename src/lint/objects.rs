//! Rules about CMS objects: signers, attributes, algorithms, recipients (RFC 5652, RFC 8551 section 2, RFC 5084, RFC 5754,
//! RFC 8419, RFC 3853).

use const_oid::ObjectIdentifier;
use der::referenced::OwnedToRef;

use crate::alg::{self, cipher, digest};
use crate::asn1::tlv::Tlv;
use crate::cms::attributes::Attributes;
use crate::cms::enveloped::EnvelopedData;
use crate::cms::oid;
use crate::cms::signed::{SignedData, SignerIdentifier, SignerInfo};
use crate::inspect::subject::SignedObject;
use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::pki::Certificate;
use crate::report::text;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "DIGEST-MISMATCH",
        level: Level::Must,
        source: spec::CMS_DIGEST,
        fix: "find what changed it: sip-smime verify says more",
        checks: &[Check::Signer(digest_mismatch)],
    },
    Rule {
        code: "CONTENTTYPE-ATTR",
        level: Level::Must,
        source: spec::CMS_CONTENT_TYPE,
        fix: "sign the type of the content in the content-type attribute",
        checks: &[Check::Signer(content_type_attribute)],
    },
    Rule {
        code: "ATTR-CARDINALITY",
        level: Level::Must,
        source: spec::CMS_ATTRIBUTE_ONCE,
        fix: "write the attribute once, with one value",
        checks: &[Check::Signer(attribute_cardinality)],
    },
    Rule {
        code: "ATTR-MISSING",
        level: Level::Observation,
        source: spec::SMIME_ATTRIBUTES,
        fix: "add the attribute to the signed ones",
        checks: &[Check::Signer(attribute_missing)],
    },
    Rule {
        code: "NO-SIGNED-ATTRIBUTES",
        level: Level::Should,
        source: spec::SMIME_ATTRIBUTES,
        fix: "sign attributes, with the time of signing among them",
        checks: &[Check::Signer(no_signed_attributes)],
    },
    Rule {
        code: "SIGNEDATTRS-NOT-DER",
        level: Level::Must,
        source: spec::CMS_DIGEST,
        fix: "write the signed attributes as a SET OF in DER, sorted",
        checks: &[Check::Signer(attributes_not_der)],
    },
    Rule {
        code: "ALGPROTECT-MISMATCH",
        level: Level::Must,
        source: spec::CMS_ALGORITHM_PROTECTION,
        fix: "somebody may have changed the algorithms: do not accept it",
        checks: &[Check::Signer(algorithm_protection)],
    },
    Rule {
        code: "SIGNINGCERT-MISMATCH",
        level: Level::Must,
        source: spec::SIGNING_CERTIFICATE,
        fix: "the certificate that is attached is not the one the signer meant",
        checks: &[Check::Signer(signing_certificate)],
    },
    Rule {
        code: "SIGNTIME-OUTSIDE-CERT",
        level: Level::Should,
        source: spec::CERT_VALIDITY,
        fix: "renew the certificate, or set the clock of the signer",
        checks: &[Check::Signer(signing_time)],
    },
    Rule {
        code: "ED25519-DIGEST",
        level: Level::Must,
        source: spec::CMS_ED25519,
        fix: "use SHA-512 as the digest",
        checks: &[Check::Signer(ed25519_digest)],
    },
    Rule {
        code: "DIGEST-PARAMS-NULL",
        level: Level::Observation,
        source: spec::DIGEST_PARAMETERS,
        fix: "",
        checks: &[Check::Signer(digest_parameters_null)],
    },
    Rule {
        code: "DIGEST-PARAMS-ABSENT",
        level: Level::Observation,
        source: spec::DIGEST_PARAMETERS,
        fix: "",
        checks: &[Check::Signer(digest_parameters_absent)],
    },
    Rule {
        code: "MD5-PARAMS-ABSENT",
        level: Level::Must,
        source: spec::MD5_PARAMETERS,
        fix: "write NULL, or better another digest",
        checks: &[Check::Signer(md5_parameters)],
    },
    Rule {
        code: "WEAK-ALG",
        level: Level::Should,
        source: spec::SMIME_LEGACY,
        fix: "use SHA-256 or better, and AES",
        checks: &[Check::Signer(weak_digest), Check::Encrypted(weak_cipher)],
    },
    Rule {
        code: "CERT-ATTACHED",
        level: Level::Observation,
        source: spec::CERT_INCLUDED,
        fix: "where octets are few and receivers know it, leave it out",
        checks: &[Check::Signed(certificate_attached)],
    },
    Rule {
        code: "CERT-NOT-ATTACHED",
        level: Level::Observation,
        source: spec::CERT_INCLUDED,
        fix: "a receiver must have it already, or cannot verify the message",
        checks: &[Check::Signer(certificate_not_attached)],
    },
    Rule {
        code: "CMS-VERSION",
        level: Level::Must,
        source: spec::CMS_SIGNED_DATA,
        fix: "write the version that the fields ask for",
        checks: &[Check::Signed(signed_version), Check::Signer(signer_version), Check::Encrypted(enveloped_version)],
    },
    Rule {
        code: "CMS-AUTH-ATTRIBUTES",
        level: Level::Must,
        source: spec::CMS_AUTH_ATTRIBUTES,
        fix: "leave out what is empty, and name the type of the content",
        checks: &[Check::Encrypted(authenticated_attributes)],
    },
    Rule {
        code: "CMS-BER",
        level: Level::Observation,
        source: spec::ASN1_DER,
        fix: "write DER where old readers are to be reached",
        checks: &[Check::Signed(indefinite_lengths)],
    },
    Rule {
        code: "CIPHER-NOT-AES",
        level: Level::Should,
        source: spec::SIP_AES,
        fix: "use AES",
        checks: &[Check::Encrypted(cipher_not_aes)],
    },
    Rule {
        code: "CBC-UNAUTHENTICATED",
        level: Level::Should,
        source: spec::SMIME_AUTHENTICATED,
        fix: "use AES-GCM in auth-enveloped-data",
        checks: &[Check::Encrypted(unauthenticated)],
    },
    Rule {
        code: "ICV-LENGTH",
        level: Level::Must,
        source: spec::GCM_PARAMETERS,
        fix: "the tag has 12 to 16 octets, as many as the parameters say",
        checks: &[Check::Encrypted(tag_length)],
    },
    Rule {
        code: "CIPHER-PARAMETERS",
        level: Level::Must,
        source: spec::CMS_ENCRYPTED_CONTENT,
        fix: "write the parameters as the cipher has them: nobody can open this",
        checks: &[Check::Encrypted(cipher_parameters)],
    },
    Rule {
        code: "CEKREF-IN-AUTHENV",
        level: Level::Observation,
        source: spec::CEK_REFERENCE,
        fix: "the reuse of keys is defined for enveloped-data alone",
        checks: &[Check::Encrypted(key_reference)],
    },
    Rule {
        code: "RSA-PKCS1-TRANSPORT",
        level: Level::Observation,
        source: spec::SMIME_KEY_TRANSPORT,
        fix: "use RSAES-OAEP where receivers read it",
        checks: &[Check::Encrypted(pkcs1_transport)],
    },
    Rule {
        code: "RECIPIENTS-NONE",
        level: Level::Must,
        source: spec::CMS_RECIPIENT,
        fix: "nobody can open it: encrypt it for somebody",
        checks: &[Check::Encrypted(no_recipients)],
    },
    Rule {
        code: "FORWARDABLE",
        level: Level::Observation,
        source: spec::SMIME_NESTING,
        fix: "sign a copy of To as well: whoever opens the message can encrypt it anew for others",
        checks: &[Check::End(forwardable)],
    },
];

type Found<'a> = Option<&'a Certificate>;

fn digest_mismatch(object: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let attributes = signer.signed_attributes.as_ref().and_then(|attributes| attributes.message_digest().ok());
    let (Some(claimed), Some(content), Some(digest)) =
        (attributes, object.content, digest::by_oid(signer.digest_algorithm.oid))
    else {
        return Cases::new();
    };
    when(*claimed != *digest.digest(&[content]), "the digest of the content is not the one that was signed")
}

fn content_type_attribute(object: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let is_data = object.data.content_type == oid::DATA;
    let Some(attributes) = &signer.signed_attributes else {
        return when(!is_data, "content of this type needs signed attributes, with its type among them");
    };
    match attributes.content_type() {
        Ok(kind) if kind == object.data.content_type => Cases::new(),
        Ok(kind) => {
            let said = alg::oid_name(&kind);
            vec![Broken::new(format!(
                "the content-type attribute says {said}, the content is {}",
                alg::oid_name(&object.data.content_type)
            ))]
        }
        Err(error) => vec![Broken::new(error.to_string())],
    }
}

/// RFC 5652 section 11, RFC 8551 sections 2.5.2 and 2.5.3: once, with one value, and signed.
fn attribute_cardinality(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let mut cases = Cases::new();
    if let Some(attributes) = &signer.signed_attributes {
        let wrong = SINGLE.iter().filter_map(|(kind, name)| attributes.single(*kind, name).err());
        cases.extend(wrong.map(|error| Broken { octets: error.place().octets, ..Broken::new(error.to_string()) }));
    }
    let unsigned = signer.unsigned_attributes.iter().flat_map(Attributes::iter);
    let misplaced = unsigned.filter_map(|one| SINGLE.iter().find(|(kind, _)| *kind == one.kind));
    cases.extend(
        misplaced.map(|(_, name)| Broken::new(format!("{name} stands among the attributes that are not signed"))),
    );
    cases
}

const SINGLE: [(ObjectIdentifier, &str); 6] = [
    (oid::CONTENT_TYPE, "content-type"),
    (oid::MESSAGE_DIGEST, "message-digest"),
    (oid::SIGNING_TIME, "signing-time"),
    (oid::SMIME_CAPABILITIES, "smime-capabilities"),
    (oid::ENCRYPTION_KEY_PREFERENCE, "encryption-key-preference"),
    (oid::ALGORITHM_PROTECTION, "cms-algorithm-protection"),
];

/// RFC 8551 section 2.5 asks for them; RFC 8591 section 7.1 lets a MESSAGE go without what it has no room for.
fn attribute_missing(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let Some(attributes) = &signer.signed_attributes else { return Cases::new() };
    let has = |kinds: &[ObjectIdentifier]| attributes.iter().any(|one| kinds.contains(&one.kind));
    let asked: [(&[ObjectIdentifier], &str); 4] = [
        (&[oid::SIGNING_TIME], "signing-time"),
        (&[oid::SMIME_CAPABILITIES], "smime-capabilities"),
        (&[oid::ENCRYPTION_KEY_PREFERENCE], "encryption-key-preference"),
        (&[oid::SIGNING_CERTIFICATE, oid::SIGNING_CERTIFICATE_V2], "signing-certificate"),
    ];
    let missing: Vec<&str> = asked.iter().filter(|(kinds, _)| !has(kinds)).map(|(_, name)| *name).collect();
    match missing.is_empty() {
        true => Cases::new(),
        false => vec![Broken::new(format!("not among the signed attributes: {}", missing.join(", ")))],
    }
}

fn no_signed_attributes(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    when(signer.signed_attributes.is_none(), "the signature has no signed attributes")
}

fn attributes_not_der(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let Some(attributes) = &signer.signed_attributes else { return Cases::new() };
    when(
        attributes.der().is_ok_and(|der| der != attributes.as_received()),
        "the signed attributes are not encoded in DER",
    )
}

fn algorithm_protection(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let protected = signer.signed_attributes.as_ref().and_then(|given| given.algorithm_protection().ok().flatten());
    let Some((digest, signature)) = protected else { return Cases::new() };
    let is_same = digest == signer.digest_algorithm && signature == signer.signature_algorithm;
    when(!is_same, "the protected algorithms are not those of the signer")
}

fn signing_certificate(_: SignedObject<'_>, signer: &SignerInfo<'_>, found: Found<'_>, _: &Context<'_>) -> Cases {
    let (Some(attributes), Some(certificate)) = (&signer.signed_attributes, found) else { return Cases::new() };
    let named = attributes.signing_certificates().unwrap_or_default();
    let is_other = |(algorithm, hash): &(ObjectIdentifier, Vec<u8>)| {
        digest::by_oid(*algorithm).is_some_and(|digest| digest.digest(&[certificate.der()]) != *hash)
    };
    when(
        named.iter().any(is_other),
        "the signing-certificate attribute names another certificate than the one attached",
    )
}

fn signing_time(_: SignedObject<'_>, signer: &SignerInfo<'_>, found: Found<'_>, _: &Context<'_>) -> Cases {
    let time = signer.signed_attributes.as_ref().and_then(|given| given.signing_time().ok().flatten());
    let validity = found.and_then(|one| Some((one.not_before().ok()?, one.not_after().ok()?)));
    match (time, validity) {
        (Some(time), Some((from, to))) if time < from || time > to => {
            let shown = text::time(time);
            vec![Broken::new(format!("the signing time {shown} is outside the validity of the certificate"))]
        }
        _ => Cases::new(),
    }
}

fn ed25519_digest(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let is_broken = signer.signature_algorithm.oid == ED25519 && signer.digest_algorithm.oid != SHA_512;
    when(is_broken, "an Ed25519 signature has another digest than SHA-512")
}

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");

fn digest_parameters_null(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let is_null = signer.digest_algorithm.parameters.as_ref().is_some_and(|given| given.is_null());
    when(is_null, "the parameters of the digest are NULL, as old equipment writes and wants them")
}

fn digest_parameters_absent(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    when(signer.digest_algorithm.parameters.is_none(), "the parameters of the digest are absent, as RFC 5754 asks")
}

fn md5_parameters(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let digest = &signer.digest_algorithm;
    when(digest.oid == MD5 && digest.parameters.is_none(), "the parameters of MD5 are absent and have to be NULL")
}

fn weak_digest(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let digest = signer.digest_algorithm.oid;
    let is_weak = digest == MD5 || digest::by_oid(digest).is_some_and(|known| known.is_weak());
    match is_weak {
        true => vec![Broken::new(format!("the signature uses the digest {}", alg::oid_name(&digest)))],
        false => Cases::new(),
    }
}

fn weak_cipher(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let oid = data.cipher.oid;
    let is_weak = OLD_CIPHERS.contains(&oid) || cipher::by_oid(oid).is_some_and(|known| known.is_legacy());
    if is_weak {
        vec![Broken::new(format!("the content is encrypted with {}", alg::oid_name(&oid)))]
    } else {
        Cases::new()
    }
}

/// RC2-CBC, RC4 and DES-CBC.
const OLD_CIPHERS: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("1.2.840.113549.3.2"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.3.4"),
    ObjectIdentifier::new_unwrap("1.3.14.3.2.7"),
];

fn certificate_attached(object: SignedObject<'_>, _: &Context<'_>) -> Cases {
    let octets: usize = object.data.certificates.iter().map(|one| one.len()).fold(0, usize::saturating_add);
    match object.data.certificates.len() {
        0 => Cases::new(),
        1 => vec![Broken::new(format!("a certificate is attached, which takes {octets} octets"))],
        count => vec![Broken::new(format!("{count} certificates are attached, which take {octets} octets"))],
    }
}

fn certificate_not_attached(_: SignedObject<'_>, _: &SignerInfo<'_>, found: Found<'_>, _: &Context<'_>) -> Cases {
    when(found.is_none(), "the certificate of the signer is not attached")
}

/// RFC 5652 section 5.1. Certificates of other kinds are not told apart here, and then it is not said.
fn signed_version(object: SignedObject<'_>, _: &Context<'_>) -> Cases {
    let data: &SignedData<'_> = object.data;
    let by_key =
        data.signers.iter().any(|signer| matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_)));
    let expected = if data.content_type != oid::DATA || by_key { 3 } else { 1 };
    version("the object", data.version, expected, data.other_certificates == 0)
}

fn signer_version(_: SignedObject<'_>, signer: &SignerInfo<'_>, _: Found<'_>, _: &Context<'_>) -> Cases {
    let by_key = matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_));
    version("the signer", signer.version, if by_key { 3 } else { 1 }, true)
}

fn enveloped_version(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    version("the object", data.version, data.expected_version(), true)
}

fn version(what: &str, found: u8, expected: u8, is_known: bool) -> Cases {
    match found == expected || !is_known {
        true => Cases::new(),
        false => vec![Broken::new(format!("the version of {what} is {found}, its fields are those of {expected}"))],
    }
}

fn authenticated_attributes(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    data.attributes_deviation().map(Broken::new).into_iter().collect()
}

fn indefinite_lengths(object: SignedObject<'_>, _: &Context<'_>) -> Cases {
    let is_indefinite = Tlv::parse(object.octets).is_ok_and(|outer| outer.indefinite);
    when(is_indefinite, "the object is in BER with indefinite lengths")
}

/// RFC 3853 section 3. ChaCha20 is newer than that and no step back.
fn cipher_not_aes(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let oid = data.cipher.oid;
    let is_new = oid.to_string().starts_with("2.16.840.1.101.3.4.1.");
    let is_old = OLD_CIPHERS.contains(&oid) || cipher::by_oid(oid).is_some_and(|known| known.is_legacy());
    match is_old && !is_new {
        true => vec![Broken::new(format!("the cipher is {}", alg::oid_name(&oid)))],
        false => Cases::new(),
    }
}

fn unauthenticated(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    when(data.authentication.is_none(), "nothing shows whether the encrypted content was changed")
}

fn tag_length(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let (Some(authentication), Some(known)) = (&data.authentication, cipher::by_oid(data.cipher.oid)) else {
        return Cases::new();
    };
    let has = authentication.tag.len();
    match known.read_parameters(data.cipher.owned_to_ref().parameters) {
        Ok(parameters) if parameters.tag_length == has => Cases::new(),
        Ok(parameters) => {
            vec![Broken::new(format!("the tag has {has} octets, the parameters say {}", parameters.tag_length))]
        }
        Err(_) => Cases::new(),
    }
}

fn cipher_parameters(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let known = cipher::by_oid(data.cipher.oid);
    let read = known.map(|known| known.read_parameters(data.cipher.owned_to_ref().parameters));
    read.and_then(Result::err).map(|error| Broken::new(error.to_string())).into_iter().collect()
}

fn key_reference(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    let attributes = data.unprotected_attributes.iter().flat_map(Attributes::iter);
    let has = attributes.into_iter().any(|one| CEK_REFERENCES.contains(&one.kind));
    when(has && data.authentication.is_some(), "auth-enveloped-data refers to the key of another message")
}

/// CEKReference, CEKMaxDecrypts and KEKDerivationAlg (RFC 3185 section 3).
const CEK_REFERENCES: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.30"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.31"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.32"),
];

fn pkcs1_transport(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    use crate::cms::recipient::RecipientInfo;
    let is_old = |info: &RecipientInfo<'_>| match info {
        RecipientInfo::KeyTransport(info) => info.algorithm.oid == RSA_ENCRYPTION,
        _ => false,
    };
    when(data.recipients.iter().any(is_old), "the key is encrypted with RSAES-PKCS1-v1_5")
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

fn no_recipients(data: &EnvelopedData<'_>, _: &Context<'_>) -> Cases {
    when(data.recipients.is_empty(), "the object is encrypted for nobody")
}

/// NST-06: what is signed does not say for whom it is.
fn forwardable(context: &Context<'_>) -> Cases {
    let known = context.known;
    when(known.is_signed && !known.names_recipient, "nothing that is signed says for whom the message is")
}
