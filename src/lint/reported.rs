//! Rules that a reader sees to on the way: what it says there is told here with the severity and the fix of the table.

use crate::error::{Condition, Error};
use crate::lint::rule::{Level, Rule};
use crate::spec;

const fn rule(code: &'static str, level: Level, source: spec::Rule, fix: &'static str) -> Rule {
    Rule { code, level, source, fix, checks: &[] }
}

use Level::{Must, Observation, Should};

/// The rule that is shown is that of the finding or the error, which may be more exact than this one.
pub(super) const RULES: &[Rule] = &[
    // Of the message.
    rule(
        "SIP-STARTLINE",
        Must,
        spec::SIP_START_LINE,
        "write METHOD URI SIP/2.0, or SIP/2.0 200 OK, with one blank between",
    ),
    rule(
        "SIP-BARE-LF",
        Must,
        spec::SIP_LINE_ENDS,
        "end every line of the head in CR LF; nobody may do that to the body",
    ),
    rule(
        "SIP-TRUNCATED",
        Must,
        spec::SIP_FRAMING,
        "send the whole body, or the Content-Length that it has; a server answers 400",
    ),
    rule("SIP-TRAILING-BYTES", Must, spec::SIP_FRAMING, "make Content-Length the octets of the body"),
    rule("SIP-NO-CONTENT-TYPE", Must, spec::SIP_BODY_TYPE, "say what the body is in Content-Type"),
    rule("SIP-CHUNKED", Must, spec::SIP_NO_CHUNKING, "leave Transfer-Encoding out"),
    rule("SIP-MALFORMED", Must, spec::SIP_HEADER_FIELD, ""),
    rule(
        "SIZE-1300",
        Must,
        spec::MESSAGE_SIZE,
        "leave the certificate out, name the signer by its key identifier, or use MSRP",
    ),
    // Of its body.
    rule("MIME-MALFORMED", Must, spec::MIME_FIELD, ""),
    rule("MPSIGNED-PARTS", Must, spec::MULTIPART_SIGNED, "two parts: what is signed, and the signature"),
    rule("MULTIPART-OUTSIDE-TEXT", Should, spec::MIME_MULTIPART, "put the text into the signed part: it is not signed"),
    rule("PROTOCOL-UNQUOTED", Must, spec::MULTIPART_SIGNED, "write protocol=\"application/pkcs7-signature\""),
    rule("MICALG-MISSING", Must, spec::MULTIPART_SIGNED, "add micalg=sha-256"),
    rule("MICALG-MISMATCH", Must, spec::MULTIPART_SIGNED, "name the digest that the signer uses"),
    rule("MICALG-UNKNOWN", Observation, spec::MULTIPART_SIGNED, "write sha-256, sha-384 or sha-512"),
    rule("MICALG-LEGACY", Observation, spec::MULTIPART_SIGNED, "write the name with its hyphen"),
    rule("SMIMETYPE-MISMATCH", Should, spec::SMIME_TYPES, "write the smime-type of the object inside"),
    rule(
        "SMIMETYPE-SPELLING",
        Observation,
        spec::SMIME_TYPES,
        "readers of SIP expect auth-enveloped-data, and readers of mail authEnveloped-data",
    ),
    rule("FILENAME-MISMATCH", Observation, spec::SMIME_TYPES, "give both parameters the same name"),
    rule("CTE-BASE64", Observation, spec::MIME_TRANSFER_ENCODING, "carry it as it is"),
    rule(
        "CMS-UNLABELLED",
        Should,
        spec::SMIME_TYPES,
        "label it application/pkcs7-mime, or give it a file name that ends in .p7m",
    ),
    // Of CMS objects.
    rule("CMS-MALFORMED", Must, spec::CMS_CONTENT_INFO, ""),
    rule("TYPE-UNSUPPORTED", Observation, spec::CMS_CONTENT_INFO, ""),
    rule("ALG-UNSUPPORTED", Observation, spec::CMS_SIGNER_INFO, ""),
    rule("DIGEST-NOT-ANNOUNCED", Should, spec::CMS_SIGNED_DATA, "name the digest of each signer in digestAlgorithms"),
    rule(
        "KDF-SHA1",
        Must,
        spec::KEY_AGREEMENT,
        "derive the key with SHA-256; openssl does so with -keyopt ecdh_kdf_md:sha256",
    ),
    rule("KDF-SHA224", Must, spec::KEY_AGREEMENT, "derive the key with SHA-256"),
    rule("KDF-UNUSUAL", Observation, spec::KEY_AGREEMENT_HKDF, "derive keys of EC with the function of X9.63"),
    rule(
        "X25519-WRAPPED-KEY",
        Observation,
        spec::KEY_AGREEMENT,
        "put the 32 octets of the key into the BIT STRING as they are",
    ),
    rule("NESTING-LIMIT", Must, spec::SMIME_NESTING, "nest fewer layers"),
    rule("LIMIT", Must, spec::LIMITS, ""),
    // Of certificates.
    rule("CERT-MALFORMED", Must, spec::CERT_FIELDS, ""),
];

/// The name of a finding for an error that has none of its own: what could not be read.
pub(super) fn code_of(error: &Error) -> &'static str {
    if matches!(error.condition(), Condition::CmsContentType | Condition::MediaTypeUnsupported) {
        return "TYPE-UNSUPPORTED";
    }
    let room = error.code().split('.').next().unwrap_or_default();
    match room {
        "sip" | "input" => "SIP-MALFORMED",
        "mime" => "MIME-MALFORMED",
        "limit" => "LIMIT",
        "algorithm" | "decrypt" => "ALG-UNSUPPORTED",
        "trust" | "certificate" | "crl" => "CERT-MALFORMED",
        _ => "CMS-MALFORMED",
    }
}
