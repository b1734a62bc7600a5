//! Errors: condition, place, rule, hint and a stable code.
//!
//! Every condition stands once in the table below with its code, the exit code it leads to, the rule it
//! enforces and the sentence a user reads. The hint is a sentence of its own: what to do next.

use std::fmt;

use crate::octets::Span;
use crate::spec::{self, Rule};

/// What the program answers, and its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; every check asked for passed.
    Done,
    /// 1: the answer is no.
    No,
    /// 2: usage, a file, or a key or certificate operand.
    Usage,
    /// 3: the input is malformed.
    Malformed,
    /// 4: no usable key or certificate.
    NoKey,
    /// 5: not supported, or a type that may not appear here.
    Unsupported,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Malformed => 3,
            Exit::NoKey => 4,
            Exit::Unsupported => 5,
        }
    }

    /// The worse of two answers: 2 > 1 > 3 > 5 > 4 > 0.
    pub fn worst(self, other: Exit) -> Exit {
        if self.rank() >= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::NoKey => 1,
            Exit::Unsupported => 2,
            Exit::Malformed => 3,
            Exit::No => 4,
            Exit::Usage => 5,
        }
    }
}

/// Where something is wrong. Every known part is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, if it is not standard input.
    pub file: Option<String>,
    /// The number of the message in the input, from 1.
    pub message: Option<usize>,
    /// The packet in which the message begins, in words, if the input is a capture.
    pub packet: Option<String>,
    /// The MIME part, as `1` or `2.1`.
    pub part: Option<String>,
    /// The header field, signer or structure.
    pub element: Option<String>,
    /// The octets, counted from the start of the message.
    pub octets: Option<Span>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut item = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{separator}{text}")?;
            separator = ", ";
            Ok::<(), fmt::Error>(())
        };
        if let Some(file) = &self.file {
            item(f, format_args!("{file}"))?;
        }
        if let Some(message) = self.message {
            item(f, format_args!("message {message}"))?;
        }
        if let Some(packet) = &self.packet {
            item(f, format_args!("{packet}"))?;
        }
        if let Some(part) = &self.part {
            item(f, format_args!("body part {part}"))?;
        }
        if let Some(element) = &self.element {
            item(f, format_args!("{element}"))?;
        }
        if let Some(octets) = self.octets {
            item(f, format_args!("{octets}"))?;
        }
        Ok(())
    }
}

impl Place {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Place::default()
    }
}

/// An error: a condition of the table, with what is known about this case of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    condition: Condition,
    finding: Option<&'static str>,
    detail: Option<String>,
    hint: Option<String>,
    place: Box<Place>,
}

impl Error {
    /// A condition about which nothing more is known yet.
    pub fn new(condition: Condition) -> Self {
        Error { condition, finding: None, detail: None, hint: None, place: Box::default() }
    }

    /// Adds the values that make this case: what was found, what was expected.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Replaces the hint of the table.
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the case as a finding, where the name of the condition is not exact enough.
    pub fn named(mut self, finding: &'static str) -> Self {
        self.finding = Some(finding);
        self
    }

    /// The same case under another condition.
    pub fn with_condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Says where, unless a more exact place is known already.
    pub fn at(mut self, octets: Span) -> Self {
        self.place.octets.get_or_insert(octets);
        self
    }

    /// Without the octets, if they do not stand in the input.
    pub fn without_octets(mut self) -> Self {
        self.place.octets = None;
        self
    }

    /// Names the field, signer or structure, unless one is named already.
    pub fn within(mut self, element: impl Into<String>) -> Self {
        self.place.element.get_or_insert_with(|| element.into());
        self
    }

    /// Names the MIME part, unless one is named already.
    pub fn in_part(mut self, part: impl Into<String>) -> Self {
        self.place.part.get_or_insert_with(|| part.into());
        self
    }

    /// Numbers the message, from 1.
    pub fn in_message(mut self, number: usize) -> Self {
        self.place.message.get_or_insert(number);
        self
    }

    /// Says in which packet the message begins.
    pub fn in_packet(mut self, packet: impl fmt::Display) -> Self {
        self.place.packet.get_or_insert_with(|| packet.to_string());
        self
    }

    /// Names the file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.place.file.get_or_insert_with(|| file.into());
        self
    }

    /// The condition.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// The stable dotted code.
    pub fn code(&self) -> &'static str {
        self.condition.row().code
    }

    /// The name of a finding that says the same, if there is one: `CERT-EXPIRED`.
    pub fn finding(&self) -> Option<&'static str> {
        let usual = || FINDINGS.iter().find(|(condition, _)| *condition == self.condition);
        self.finding.or_else(|| usual().map(|(_, finding)| *finding))
    }

    /// The exit code this error leads to.
    pub fn exit(&self) -> Exit {
        self.condition.row().exit
    }

    /// The rule it enforces.
    pub fn rule(&self) -> Rule {
        self.condition.row().rule
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        // What anybody can see in the message is said: then more is known than the hint of the table allows.
        let is_known = self.condition == Condition::DecryptFailed && self.detail.is_some();
        let usual = if is_known { "" } else { self.condition.row().hint };
        let hint = self.hint.as_deref().unwrap_or(usual);
        (!hint.is_empty()).then_some(hint)
    }

    /// Where.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.condition.row().sentence)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

struct Row {
    code: &'static str,
    exit: Exit,
    rule: Rule,
    sentence: &'static str,
    hint: &'static str,
}

macro_rules! conditions {
    ($($name:ident: $exit:ident, $code:literal, $rule:ident, $sentence:literal, $hint:literal;)*) => {
        /// What can be wrong. The table in `error.rs` says everything about each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Condition {
            $(#[doc = $sentence] $name,)*
        }

        impl Condition {
            /// Every condition, for the manual and for tests.
            pub const ALL: &[Condition] = &[$(Condition::$name),*];

            fn row(self) -> Row {
                match self {
                    $(Condition::$name => Row {
                        code: $code, exit: Exit::$exit, rule: spec::$rule, sentence: $sentence, hint: $hint,
                    },)*
                }
            }
        }
    };
}

/// The names of findings that are errors.
const FINDINGS: &[(Condition, &str)] = &[
    (Condition::SipStartLine, "SIP-STARTLINE"),
    (Condition::SipBareLf, "SIP-BARE-LF"),
    (Condition::SipTruncated, "SIP-TRUNCATED"),
    (Condition::SipTrailingOctets, "SIP-TRAILING-BYTES"),
    (Condition::SipNoContentType, "SIP-NO-CONTENT-TYPE"),
    (Condition::SipChunked, "SIP-CHUNKED"),
    (Condition::LimitNesting, "NESTING-LIMIT"),
    (Condition::MultipartSigned, "MPSIGNED-PARTS"),
    (Condition::NotSigned, "UNSIGNED"),
    (Condition::DigestMismatch, "DIGEST-MISMATCH"),
    (Condition::ContentTypeMismatch, "CONTENTTYPE-ATTR"),
    (Condition::AlgorithmProtection, "ALGPROTECT-MISMATCH"),
    (Condition::Ed25519Digest, "ED25519-DIGEST"),
    (Condition::SigningCertificate, "SIGNINGCERT-MISMATCH"),
    (Condition::SignerCertificateMissing, "SIGNER-CERT-MISSING"),
    (Condition::WeakAlgorithm, "WEAK-ALG"),
    (Condition::TrustNoAnchor, "CHAIN-UNTRUSTED"),
    (Condition::TrustUnknown, "CHAIN-UNTRUSTED"),
    (Condition::TrustExpired, "CERT-EXPIRED"),
    (Condition::TrustRevoked, "CERT-REVOKED"),
    (Condition::TrustRevocationUnknown, "CRL-MISSING"),
    (Condition::TrustKeyUsage, "KU-NO-SIGN"),
    (Condition::TrustExtendedKeyUsage, "EKU-NO-EMAIL"),
    (Condition::TrustWeak, "WEAK-ALG"),
    (Condition::IdentityPurpose, "EKU-NO-SIPDOMAIN"),
    (Condition::IdentityResponseNotTo, "RESPONSE-RETARGETED"),
    (Condition::SignerCannotSign, "KU-NO-SIGN"),
    (Condition::SignWeakKey, "WEAK-KEY"),
    (Condition::RecipientExpired, "CERT-EXPIRED"),
    (Condition::RecipientWeakKey, "WEAK-KEY"),
    (Condition::LegacyCipher, "WEAK-ALG"),
];

// A row: name, exit code, stable code, rule, sentence, hint (or "").
conditions! {
    // Usage and files.
    Usage: Usage, "usage", USAGE, "the command line is wrong", "see --help";
    FileUnreadable: Usage, "file.unreadable", INPUT, "a file cannot be read", "";
    FileUnwritable: Usage, "file.unwritable", FILES, "a file cannot be written", "";
    SecretUnavailable: Usage, "secret.unavailable", USAGE, "the password cannot be read", "";
    KeyFileUnreadable: Usage, "key.unreadable", KEY_PKCS8, "this is not a private key that can be read", "keys are read as PKCS #8 (plain or PBES2), PKCS #1 or SEC 1, in PEM or DER";
    KeyNeedsPassword: Usage, "key.needs-password", KEY_PKCS5, "the private key is encrypted", "give its password with -passin env:NAME, file:PATH, fd:N or prompt";
    KeyPasswordWrong: Usage, "key.password-wrong", KEY_PKCS5, "the password does not open the private key", "check what env:, file: or fd: gives: only the first line counts";
    KeyEncryptionUnsupported: Usage, "key.encryption-unsupported", KEY_PKCS5, "the private key is encrypted in a way that is not supported", "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc";
    KeyUnsupported: Usage, "key.unsupported", KEY_PKCS8, "keys of this kind are not supported", "supported: RSA 2048 to 8192, P-256, P-384, Ed25519, X25519";
    Pkcs12Unreadable: Usage, "pkcs12.unreadable", PKCS12, "this is not a PKCS #12 file that can be read", "";
    Pkcs12NeedsPassword: Usage, "pkcs12.needs-password", PKCS12_MAC, "the PKCS #12 file is protected by a password", "give its password with -passin env:NAME, file:PATH, fd:N or prompt";
    Pkcs12PasswordWrong: Usage, "pkcs12.password-wrong", PKCS12_MAC, "the password does not open the PKCS #12 file, or the file was changed", "check what env:, file: or fd: gives: only the first line counts";
    Pkcs12Unsupported: Usage, "pkcs12.unsupported", PKCS12_PRIVACY, "the PKCS #12 file is protected in a way that is not supported", "read are PBES2 with AES, and 3DES; convert it: openssl pkcs12 -legacy -in FILE -nodes -out FILE";
    Pkcs12KeyMismatch: Usage, "pkcs12.key-mismatch", PKCS12_BAGS, "a private key and a certificate are marked as a pair, but do not belong together", "";
    KeyFileExposed: Usage, "key.exposed", FILES, "the file of the private key can be read by others", "chmod 600 makes it yours alone";
    CertificateFileUnreadable: Usage, "certificate.unreadable", CERT_FIELDS, "this is not a certificate that can be read", "certificates are read as PEM, DER or certs-only CMS (.p7c), and as PKCS #12 with -passin";
    CrlUnreadable: Usage, "crl.unreadable", CRL_FIELDS, "this is not a certificate revocation list that can be read", "lists are read as PEM or DER";
    KeyringUnreadable: Usage, "keyring.unreadable", KEYRING, "the keyring cannot be read", "mend the file or take it out: a keyring of which a part is missing would not show that a certificate changed";
    LimitSize: Usage, "limit.size", LIMITS, "the message is larger than --max-size", "raise --max-size if you trust the source";

    // Lint.
    LintBroken: No, "lint.broken", LINT, "the message breaks rules", "each is listed with its place and what to do about it";

    // Captures.
    CaptureMalformed: Malformed, "capture.malformed", CAPTURE_FILE, "the capture is malformed", "what stands before the damage was read";
    CaptureIncomplete: Malformed, "capture.incomplete", SIP_FRAMING, "octets of the message are not in the capture", "packets were lost, or the capture begins or ends in the middle of the message";
    CaptureUnsupported: Unsupported, "capture.unsupported", INPUT, "the input is a capture, and this program was built without them", "build it with the feature capture";
    CaptureNoMessage: No, "capture.no-message", INPUT, "no SIP message is in the capture", "SIP over UDP, TCP and WebSocket is found on any port; TLS is not opened";

    // Framing.
    SipStartLine: Malformed, "sip.start-line", SIP_START_LINE, "the start line is not a SIP request or status line", "";
    SipBareLf: Malformed, "sip.bare-lf", SIP_LINE_ENDS, "a line of the head ends in LF alone", "SIP lines end in CR LF: an editor or a copy may have changed them";
    SipHeadUnended: Malformed, "sip.head-unended", SIP_HEAD_END, "the head is not ended by an empty line", "the message is cut short, or its last CR LF are missing";
    SipHeaderField: Malformed, "sip.header-field", SIP_HEADER_FIELD, "a header field is malformed", "a line is a name, a colon and a value; a line that begins with a blank continues the one before";
    SipContentLength: Malformed, "sip.content-length", SIP_CONTENT_LENGTH, "Content-Length is malformed", "";
    SipContentLengthTwice: Malformed, "sip.content-length-twice", SIP_CONTENT_LENGTH, "Content-Length is given more than once", "readers differ in which one they take: remove one";
    SipTruncated: Malformed, "sip.truncated", SIP_FRAMING, "the body is shorter than Content-Length says", "the message is cut short, or was copied as text";
    SipTrailingOctets: Malformed, "sip.trailing-octets", SIP_FRAMING, "octets follow the body that are no message", "Content-Length is too small, or the message was copied as text (LF became CR LF)";
    SipNoContentType: Malformed, "sip.no-content-type", SIP_BODY_TYPE, "the body has no Content-Type", "say what the body is, for instance Content-Type: text/plain";
    SipContentFieldTwice: Malformed, "sip.content-field-twice", MIME_FIELD_ONCE, "a Content-* field is given twice", "readers differ in which one they take: remove one";
    SipChunked: Malformed, "sip.chunked", SIP_NO_CHUNKING, "the message claims a chunked transfer coding", "";
    SipAddress: Malformed, "sip.address", SIP_ADDRESS, "an address in a header field is malformed", "";
    SipUri: Malformed, "sip.uri", SIP_URI, "a URI is malformed", "";
    InputUnrecognised: Malformed, "input.unrecognised", SIP_START_LINE, "the input is neither a SIP message, a MIME entity nor a CMS object", "a MIME entity begins with a header field, for instance Content-Type: text/plain, and an empty line before its body";
    InputEmpty: Malformed, "input.empty", SIP_START_LINE, "the input is empty", "";
    LimitHead: Malformed, "limit.head", LIMITS, "the head of the message is too large", "limits: a line of 8 KiB, a head of 64 KiB, 512 header fields";

    // MIME.
    MimeField: Malformed, "mime.header-field", MIME_FIELD, "a MIME header field is malformed", "";
    MimeContentType: Malformed, "mime.content-type", MIME_FIELD, "Content-Type is malformed", "";
    MimeFieldTwice: Malformed, "mime.field-twice", MIME_FIELD_ONCE, "a MIME header field is given twice", "";
    MimeTransferEncoding: Malformed, "mime.transfer-encoding", MIME_TRANSFER_ENCODING, "the transfer encoding is unknown or may not be used here", "";
    MimeBase64: Malformed, "mime.base64", MIME_BASE64, "the base64 is malformed", "";
    MimeQuotedPrintable: Malformed, "mime.quoted-printable", MIME_QUOTED_PRINTABLE, "the quoted-printable is malformed", "";
    MimeBoundary: Malformed, "mime.boundary", MIME_BOUNDARY, "the boundary parameter is missing or malformed", "";
    MimeDelimiter: Malformed, "mime.delimiter", MIME_MULTIPART, "the multipart has no delimiter line", "the boundary parameter and the body do not belong together, or line ends were changed on the way: in SIP they are CR LF";
    MimeUnclosed: Malformed, "mime.unclosed", MIME_MULTIPART, "the multipart has no closing delimiter", "the body is cut short";
    MimeAmbiguousBoundary: Malformed, "mime.ambiguous-boundary", MIME_MULTIPART, "a nested multipart uses the boundary of the one around it", "";
    MimeEmptyLine: Malformed, "mime.no-empty-line", MIME_MULTIPART, "a part has no empty line after its header fields", "";
    MultipartSigned: Malformed, "mime.multipart-signed", MULTIPART_SIGNED, "the multipart/signed is malformed", "";
    LimitNesting: Unsupported, "limit.nesting", SMIME_NESTING, "the message is nested too deeply", "limits: 8 S/MIME layers, 16 nested multiparts, 32 DER levels";
    LimitCount: Malformed, "limit.count", LIMITS, "there are too many elements", "limits: 64 certificates, 16 signers, 1024 recipients, 64 attributes, 512 parts";
    MediaTypeUnsupported: Unsupported, "mime.type-unsupported", SMIME_TYPES, "this media type is not supported here", "";
    PartUnknown: Usage, "part.unknown", USAGE, "the message has no such part", "parts are counted from 1; inner ones are written 2.1";

    // ASN.1 and PEM.
    Asn1Truncated: Malformed, "asn1.truncated", ASN1_ENCODING, "an ASN.1 element is cut short", "";
    Asn1Length: Malformed, "asn1.length", ASN1_ENCODING, "an ASN.1 length is malformed", "";
    Asn1Tag: Malformed, "asn1.tag", ASN1_ENCODING, "an ASN.1 element is not of the expected type", "";
    Asn1Value: Malformed, "asn1.value", ASN1_DER, "an ASN.1 value is malformed", "";
    Asn1Trailing: Malformed, "asn1.trailing", ASN1_ENCODING, "octets follow an ASN.1 element where it should end", "";
    Asn1Depth: Malformed, "asn1.depth", LIMITS, "ASN.1 elements are nested too deeply", "the limit is 32 levels";
    Pem: Malformed, "pem.malformed", PEM, "the PEM block is malformed", "";

    // CMS.
    CmsContentType: Unsupported, "cms.content-type", CMS_CONTENT_INFO, "this kind of CMS object is not supported here", "signed-data can be verified, enveloped-data and auth-enveloped-data can be decrypted, compressed-data is looked through";
    CmsStructure: Malformed, "cms.structure", CMS_SIGNED_DATA, "the CMS object is malformed", "";
    CmsTwoContents: No, "cms.two-contents", CMS_SIGNED_DATA, "the detached signature carries a content of its own", "which of the two was meant cannot be known";
    CmsNoContent: Malformed, "cms.no-content", CMS_SIGNED_DATA, "the CMS object holds no content", "if the signature is detached, give its content with -content";
    AlgorithmUnsupported: Unsupported, "algorithm.unsupported", CMS_SIGNER_INFO, "an algorithm is not supported", "";
    AlgorithmParameters: No, "algorithm.parameters", CMS_SIGNER_INFO, "the parameters of an algorithm are not allowed", "";
    PublicKey: No, "certificate.public-key", CERT_PUBLIC_KEY, "the public key of a certificate is malformed or out of bounds", "RSA keys have 1024 to 8192 bits and an odd exponent from 3 to 4294967295";

    // Verify: integrity.
    NotSigned: No, "verify.not-signed", SIP_SMIME_TYPES, "the message is not signed", "whoever sent it is not proved: ask for it signed";
    PartlySigned: No, "verify.partly-signed", SIP_SMIME_TYPES, "only a part of the body is signed", "--part N verifies one part alone";
    CompressedNotSigned: No, "verify.compressed", SIP_SMIME_TYPES, "the message is compressed, and what was compressed is not signed", "decrypt opens what is encrypted in it";
    NotSignedButEncrypted: No, "verify.encrypted", SIP_SMIME_TYPES, "the message is encrypted, and what is signed in it cannot be seen", "decrypt --verify opens it and verifies what is inside";
    NoSigner: No, "verify.no-signer", CMS_SIGNED_DATA, "the CMS object holds no signature", "";
    DigestMismatch: No, "verify.digest-mismatch", CMS_DIGEST, "the signed part was changed after signing", "if nobody meddled, line ends, blanks or the transfer encoding were changed on the way: verify --diagnose says which";
    SignatureInvalid: No, "verify.signature-invalid", CMS_SIGNATURE, "the signature is not valid", "";
    SignedAttributes: No, "verify.signed-attributes", CMS_SIGNER_INFO, "a signed attribute is missing, repeated or malformed", "";
    ContentTypeMismatch: No, "verify.content-type", CMS_CONTENT_TYPE, "the content-type attribute does not name the type of the content", "";
    NoSignedAttributes: No, "verify.no-signed-attributes", CMS_SIGNER_INFO, "the signature has no signed attributes", "RFC 6216 equipment signs so; --allow-legacy accepts it";
    AttributesAsContent: No, "verify.attributes-as-content", CMS_DIGEST, "the signed content is itself a set of signed attributes", "this is how a signature is moved to another content";
    AlgorithmProtection: No, "verify.algorithm-protection", CMS_ALGORITHM_PROTECTION, "the protected algorithms are not the algorithms of the signature", "";
    DigestAlgorithmMismatch: No, "verify.digest-algorithm", CMS_SIGNER_INFO, "the digest of the signature algorithm is not the digest algorithm of the signer", "";
    Ed25519Digest: No, "verify.ed25519-digest", CMS_ED25519, "an Ed25519 signature was made with another digest than SHA-512", "";
    SigningCertificate: No, "verify.signing-certificate", SIGNING_CERTIFICATE, "the signing-certificate attribute names another certificate", "";
    WeakAlgorithm: No, "verify.weak-algorithm", SMIME_LEGACY, "the signature uses an algorithm that is too weak", "--allow-legacy accepts SHA-1 and RSA keys below 2048 bits, with a warning";
    SignerCertificateMissing: NoKey, "verify.signer-certificate-missing", CERT_SIGNER_LOOKUP, "the signer's certificate was not found", "it is not in the message: give it with -certfile";

    // Verify: trust.
    TrustNoAnchor: No, "trust.no-anchor", CERT_PATH, "no trust anchor was named", "name one with -CAfile, -CApath or --trust, or check the signature alone with -noverify";
    TrustUnknown: No, "trust.unknown-issuer", CERT_PATH, "no path leads from the signer's certificate to a trust anchor", "give the issuer with -CAfile, missing intermediates with -certfile, or pin the certificate with --trust";
    TrustExpired: No, "trust.expired", CERT_VALIDITY, "a certificate has expired", "to judge an old message, name the time with --at-time";
    TrustNotYetValid: No, "trust.not-yet-valid", CERT_VALIDITY, "a certificate is not yet valid", "";
    TrustSignature: No, "trust.signature", CERT_PATH, "the signature of a certificate is not valid", "";
    TrustNotCa: No, "trust.not-a-ca", CERT_PATH, "a certificate in the path may not issue certificates", "";
    TrustPathLength: No, "trust.path-length", CERT_PATH, "the path is longer than an authority in it allows", "";
    TrustCriticalExtension: No, "trust.critical-extension", CERT_EXTENSIONS, "a certificate has a critical extension that is not understood", "";
    TrustExtension: No, "trust.extension", CERT_EXTENSIONS, "an extension of a certificate is malformed or repeated", "";
    TrustNameConstraints: No, "trust.name-constraints", CERT_NAME_CONSTRAINTS, "a name of the certificate is outside what an authority in the path may certify", "";
    TrustKeyUsage: NoKey, "trust.key-usage", CERT_KEY_USAGE, "the signer's certificate may not be used for signatures", "";
    TrustExtendedKeyUsage: No, "trust.extended-key-usage", CERT_EXTENDED_KEY_USAGE, "the signer's certificate is for another purpose", "--purpose sip accepts id-kp-sipDomain, --purpose any accepts every purpose";
    TrustWeak: No, "trust.weak-algorithm", SMIME_LEGACY, "a certificate in the path is signed with an algorithm that is too weak", "--allow-legacy accepts SHA-1 and RSA keys below 2048 bits, with a warning";
    TrustAlgorithms: No, "trust.algorithms", CERT_ALGORITHMS, "the two signature algorithms of a certificate differ", "";
    TrustMalformed: No, "trust.malformed", CERT_FIELDS, "a certificate in the path is malformed", "";
    TrustBudget: No, "trust.budget", LIMITS, "too many paths would have to be tried", "";
    TrustPolicy: No, "trust.policy", CERT_PATH, "the certificate policies of the path are not acceptable", "";
    TrustKeyringChanged: No, "trust.keyring-changed", SIP_KEYRING, "the certificate of the signer has changed, this may be a breach of security", "ask the sender over another channel for the fingerprint; if it is that of the new certificate, verify -noverify --signer-out NEWCERT without --keyring writes it, and --learn --trust NEWCERT accepts it; then take the old one out of the keyring";
    TrustRevoked: No, "trust.revoked", CRL_STATUS, "a certificate in the path is revoked", "whoever held its key may not be who signed: ask the signer for a message with a new certificate";
    TrustRevocationUnknown: No, "trust.revocation-unknown", CRL_STATUS, "whether a certificate is revoked is not known", "give the current revocation list of its issuer with --crl; nothing is fetched";

    // Verify: identity and freshness.
    IdentityMismatch: No, "identity.mismatch", SIP_RECEIVED_SIGNATURE, "the signer's certificate does not name the sender", "if another identity is expected, name it with --identity URI";
    IdentityNotNamed: No, "identity.not-named", CERT_ALT_NAME, "the certificate does not name this identity", "the listing says of each name why it is another";
    IdentityPurpose: No, "identity.extended-key-usage", SIP_DOMAIN_NAMES, "the certificate names the domain, but is for another purpose", "the extKeyUsage of a SIP domain holds id-kp-sipDomain";
    IdentityResponseNotTo: No, "identity.response-not-to", SIP_RECEIVED_SIGNATURE, "the signer's certificate does not name the To of the response", "the request may have been retargeted: name who should have answered with --identity URI";
    IdentityNoClaim: No, "identity.no-claim", SIP_FROM, "the message claims no identity that could be checked", "name who should have signed with --identity URI, or leave identity out with --identity none";
    IdentityAmbiguous: No, "identity.ambiguous", SIP_FROM, "the message claims more than one sender", "name who should have signed with --identity URI";
    DateNotCovered: No, "freshness.no-date", MESSAGE_DATE, "no Date is covered by the signature", "a signature over the body covers no header field: leave --require-date out to accept that";

    // Sign.
    SignerCannotSign: NoKey, "sign.key-usage", CERT_KEY_USAGE, "the signing certificate may not be used for signatures", "";
    KeyCertificateMismatch: NoKey, "sign.key-mismatch", CMS_SIGNER_INFO, "the private key does not belong to the certificate", "-inkey is the private key of the certificate that -signer names";
    SignWeakKey: No, "sign.weak-key", SMIME_KEY_SIZE, "the signing key is too weak", "";
    SignDigest: Usage, "sign.digest", SMIME_SIGNATURE_ALGORITHMS, "this key cannot sign so", "Ed25519 always uses sha512: leave -md out; --pss and --profile rfc6216 are for RSA keys";
    SignContent: No, "sign.attributes-as-content", CMS_DIGEST, "the content looks like signed attributes and would be signed without attributes", "leave -noattr out";
    SignFailed: No, "sign.failed", CMS_SIGNATURE, "the signature could not be made", "";

    // Encrypted content.
    CipherUnsupported: Unsupported, "decrypt.cipher-unsupported", CMS_ENCRYPTED_CONTENT, "the content is encrypted with a cipher that is not supported", "supported: AES-128, 192 and 256 in GCM and CBC, ChaCha20-Poly1305, and 3DES with --allow-legacy";
    CipherMisplaced: Unsupported, "decrypt.cipher-misplaced", CMS_AUTH_ENVELOPED, "the cipher does not belong in this kind of object", "auth-enveloped-data has AES-GCM or ChaCha20-Poly1305, enveloped-data has AES-CBC: one in the place of the other is how protection is taken off";
    RecipientUnsupported: Unsupported, "decrypt.recipient-unsupported", CMS_RECIPIENT, "the key is encrypted in a way that is not supported", "";
    DecryptFailed: No, "decrypt.failed", CMS_ENCRYPTED_CONTENT, "the message cannot be decrypted", "the key or the password is another one, or the message was changed on the way; nothing more can be known. Name the certificate of a key with -recip";
    NoRecipient: NoKey, "decrypt.no-recipient", CMS_RECIPIENT, "the message is encrypted for someone else", "the keys given belong to none of its recipients";
    WhichRecipient: NoKey, "decrypt.which-recipient", CMS_RECIPIENT, "it cannot be known which recipient the key is", "name the certificate of the key with -recip";
    RecipientKeyMismatch: NoKey, "decrypt.key-mismatch", CMS_RECIPIENT, "no private key belongs to the certificate", "-inkey is the private key of the certificate that -recip names";
    KeyCannotDecrypt: NoKey, "decrypt.key-kind", CMS_RECIPIENT, "nothing can be decrypted with a key of this kind", "RSA, P-256, P-384 and X25519 keys decrypt";
    NotEncrypted: No, "decrypt.not-encrypted", SMIME_TYPES, "the message is not encrypted", "it is in the clear: there is nothing to open";
    PartlyEncrypted: No, "decrypt.partly-encrypted", SMIME_TYPES, "only a part of the body is encrypted", "--part N decrypts one part alone";
    LegacyCipher: No, "decrypt.legacy-cipher", SMIME_LEGACY_CIPHERS, "the cipher is too weak", "--allow-legacy reads 3DES, with a warning";
    NotAuthenticated: No, "decrypt.not-authenticated", SMIME_AUTHENTICATED, "the cipher does not show whether the content was changed", "leave --require-aead out to read it all the same";
    Compressed: Malformed, "cms.compressed", CMS_COMPRESSED, "the compressed content is malformed", "";
    LimitCompressed: Malformed, "limit.compressed", LIMITS, "the compressed content is too large when it is not compressed", "limits: 64 MiB, and 1000 times its compressed size";

    // Encrypt.
    RecipientKeyUsage: NoKey, "encrypt.key-usage", CERT_KEY_USAGE_ENCRYPTION, "the recipient's certificate may not be used for encryption", "RSA keys need keyEncipherment, EC and X25519 keys need keyAgreement";
    RecipientExpired: NoKey, "encrypt.expired", CERT_VALIDITY, "the recipient's certificate has expired", "ask the recipient for the certificate that is in use now";
    RecipientNotYetValid: NoKey, "encrypt.not-yet-valid", CERT_VALIDITY, "the recipient's certificate is not yet valid", "ask the recipient for the certificate that is in use now, and look at your clock";
    RecipientKeyKind: NoKey, "encrypt.key-kind", CMS_RECIPIENT, "nothing can be encrypted to a key of this kind", "recipients have RSA, P-256, P-384 or X25519 keys; Ed25519 only signs";
    RecipientWeakKey: No, "encrypt.weak-key", SMIME_KEY_SIZE, "the recipient's key is too weak", "ask the recipient for a certificate with P-256, or with RSA from 2048 bits";
    RecipientUnknown: NoKey, "encrypt.recipient-unknown", SIP_KEYRING_RECIPIENT, "the keyring has no certificate for the recipient", "put it into the keyring as NAME.pem, or name it with -recip";
    CapabilitiesSigner: NoKey, "encrypt.capabilities-signer", SMIME_CAPABILITIES, "the capabilities are not those of a recipient", "--caps-from is a message that the owner of a -recip certificate signed";
    NoCommonCipher: Unsupported, "encrypt.no-common-cipher", SMIME_CAPABILITIES, "the recipient names no cipher that can be written", "choose one with --cipher if you know that the recipient reads it";
    EncryptFailed: No, "encrypt.failed", CMS_ENCRYPTED_CONTENT, "the message could not be encrypted", "";
    KekUnreadable: Usage, "kek.unreadable", CMS_KEK, "this is not a key-encryption key", "--kek ID:FILE reads 16, 24 or 32 octets, --kek ID:hex:FILE reads them in hexadecimal";

    // Certificates that are made.
    IssueName: Usage, "issue.name", CERT_ALT_NAME, "a certificate cannot have this name", "a user is sip:user@host, a domain is sip:host";
    IssueTime: Usage, "issue.time", CERT_VALIDITY, "neither a certificate nor a revocation list can have this validity", "";
    IssueKey: Usage, "issue.key", SMIME_SIGNATURE_ALGORITHMS, "a certificate cannot be made so with this kind of key", "";
    IssueFixture: Usage, "issue.fixture", CERT_FIELDS, "this fixture cannot be made so", "--fixture help lists them all";
    IssuerNotCa: NoKey, "issue.not-a-ca", CERT_PATH, "the issuer's certificate may not issue certificates", "-CA is the certificate of an authority: gen-cert --ca NAME makes one";
    IssuerKeyMismatch: NoKey, "issue.key-mismatch", CERT_PATH, "the private key does not belong to the issuer's certificate", "-CAkey is the private key of the certificate that -CA names";
    RequestUnreadable: Usage, "request.unreadable", CERT_REQUEST, "this is not a certificate request that can be read", "requests are read as PKCS #10, in PEM or DER";
    RequestSignature: No, "request.signature", CERT_REQUEST_SIGNATURE, "the request is not signed with the key in it", "whoever made it has not shown to have the private key";
    RevokeNotIssued: NoKey, "revoke.not-issued", CRL_ENTRIES, "the certificate is not one of this issuer", "-CA is the certificate of the authority that issued it";
    RevokeKeyUsage: NoKey, "revoke.key-usage", CRL_SIGN, "the issuer's certificate may not sign revocation lists", "a certificate without keyUsage, or with cRLSign in it, may: gen-cert --ca NAME makes one";
    RevokeNotExtended: Usage, "revoke.not-extended", CRL_FIELDS, "the revocation list that is there cannot be extended", "name another file with -out; --force begins a new list, without what the old one revokes";
    IssueFailed: No, "issue.failed", CERT_FIELDS, "the signature could not be made", "";

    // Any.
    StrictFinding: No, "strict", USAGE, "a warning counts as an error under --strict", "";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_dotted_lower_case() {
        let mut seen = HashSet::new();
        for condition in Condition::ALL {
            let row = condition.row();
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c)));
            assert!(!row.sentence.ends_with('.') && !row.hint.ends_with('.'), "{}", row.code);
        }
    }

    #[test]
    fn findings_that_are_errors() {
        assert_eq!(Error::new(Condition::TrustExpired).finding(), Some("CERT-EXPIRED"));
        assert_eq!(Error::new(Condition::TrustUnknown).named("CHAIN-INCOMPLETE").finding(), Some("CHAIN-INCOMPLETE"));
        assert_eq!(Error::new(Condition::Usage).finding(), None);
    }

    #[test]
    fn the_worst_exit_wins() {
        let order = [Exit::Done, Exit::NoKey, Exit::Unsupported, Exit::Malformed, Exit::No, Exit::Usage];
        for (low, a) in order.iter().enumerate() {
            for (high, b) in order.iter().enumerate() {
                assert_eq!(a.worst(*b), order[low.max(high)]);
            }
        }
    }

    // What can be seen in the message is said; then it is not true that nothing more is known.
    #[test]
    fn no_hint_contradicts_its_error() {
        let failed = Error::new(Condition::DecryptFailed);
        assert!(failed.hint().is_some_and(|hint| hint.contains("nothing more can be known")));
        let detailed = failed.detail("aes-128-cbc: a nonce of 3 octets");
        assert_eq!(detailed.hint(), None);
        assert_eq!(detailed.hinting("do this").hint(), Some("do this"));
    }

    #[test]
    fn an_error_reads_as_a_sentence_with_its_values() {
        let error = Error::new(Condition::SipTruncated)
            .detail("Content-Length is 9, the body has 3 octets")
            .in_message(2)
            .at(Span { start: 4, end: 7 });
        assert_eq!(
            error.to_string(),
            "the body is shorter than Content-Length says: Content-Length is 9, the body has 3 octets"
        );
        assert_eq!(error.place().to_string(), "message 2, octets 4..7");
        assert_eq!((error.code(), error.exit()), ("sip.truncated", Exit::Malformed));
    }
}
