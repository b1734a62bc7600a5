//! The rules we cite, each once: document, section, and what it asks in a short sentence.

use std::fmt;

/// A rule of a standard, or of our own command-line contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The document, for example `RFC 5652`.
    pub document: &'static str,
    /// The section, for example `5.4`.
    pub section: &'static str,
    /// What the rule asks, in our words.
    pub sentence: &'static str,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} section {}", self.document, self.section)
    }
}

macro_rules! rules {
    ($($name:ident = $document:literal, $section:literal, $sentence:literal;)*) => {
        $(#[doc = $sentence] pub const $name: Rule = Rule { document: $document, section: $section, sentence: $sentence };)*
        /// Every rule, for the manual and for tests.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    SIP_START_LINE = "RFC 3261", "7.1", "a message begins with a complete request line or status line";
    SIP_HEADER_FIELD = "RFC 3261", "7.3.1", "a header field is a name, a colon and a value; it may be continued on lines that begin with white space";
    SIP_HEAD_END = "RFC 3261", "7", "an empty line ends the header fields";
    SIP_LINE_ENDS = "RFC 3261", "7", "every line of the head ends in CR LF";
    SIP_CONTENT_LENGTH = "RFC 3261", "20.14", "Content-Length is the size of the body in octets, as decimal digits, given once";
    SIP_FRAMING = "RFC 3261", "18.3", "the body has as many octets as Content-Length says";
    CAPTURE_FILE = "draft-ietf-opsawg-pcapng", "3", "a capture is a file of pcap or of pcapng: heads, and packets of the length that they say";
    SIP_BODY_TYPE = "RFC 3261", "7.4.1", "a body needs a Content-Type";
    SIP_NO_CHUNKING = "RFC 3261", "7.4.2", "the chunked transfer coding of HTTP does not exist in SIP";
    SIP_FROM = "RFC 3261", "20.20", "a message has exactly one From and one To, each with one address";
    SIP_ADDRESS = "RFC 3261", "20.10", "an address is a URI, or a display name and a URI in angle brackets";
    SIP_URI = "RFC 3261", "19.1.1", "a SIP URI is sip:user@host with optional parameters";
    SIP_URI_COMPARISON = "RFC 3261", "19.1.4", "how SIP URIs are compared";
    SIP_RECEIVED_SIGNATURE = "RFC 3261", "23.2", "the subject of the certificate is compared with the From of a request or the To of a response";
    SIP_KEYRING = "RFC 3261", "23.2", "a certificate that differs from the one known for its address is reported as a potential breach of security";
    SIP_KEYRING_RECIPIENT = "RFC 3261", "23.3", "nothing is encrypted for an address of which no certificate is on the keyring";
    SIP_SMIME_TYPES = "RFC 3261", "23.3", "signed bodies are multipart/signed with a detached signature, or application/pkcs7-mime";
    MIME_FIELD = "RFC 2045", "5.1", "Content-Type is a type, a subtype and parameters";
    MIME_FIELD_ONCE = "RFC 2045", "5", "a MIME header field appears once in an entity";
    MIME_TRANSFER_ENCODING = "RFC 2045", "6.1", "the transfer encodings are 7bit, 8bit, binary, quoted-printable and base64";
    MIME_BASE64 = "RFC 2045", "6.8", "base64 has groups of four characters, padding only at the end";
    MIME_QUOTED_PRINTABLE = "RFC 2045", "6.7", "= is followed by two hexadecimal digits or a line end";
    MIME_MULTIPART = "RFC 2046", "5.1.1", "parts stand between delimiter lines, and a closing delimiter ends the last one";
    MIME_BOUNDARY = "RFC 2046", "5.1.1", "a boundary has 1 to 70 characters and does not end in a blank";
    MULTIPART_SIGNED = "RFC 1847", "2.1", "multipart/signed has exactly two parts; the second is of the type that protocol names";
    SMIME_CANONICAL = "RFC 8551", "3.1.1", "an entity is canonical before it is signed: text lines end in CR LF";
    SMIME_TYPES = "RFC 8551", "3.2.2", "the kinds of S/MIME body";
    SMIME_NESTING = "RFC 8551", "3.7", "layers may be nested, within the limits of the reader";
    SMIME_CAPABILITIES = "RFC 8551", "2.5.2", "SMIMECapabilities is one signed attribute with one value";
    SMIME_KEY_SIZE = "RFC 8551", "4.2", "RSA keys have at least 2048 bits";
    SMIME_SIGNATURE_ALGORITHMS = "RFC 8551", "2.2", "the signature algorithms that go with each kind of key";
    SMIME_AUTHENTICATED = "RFC 8551", "6", "only an authenticated cipher shows that the content was not changed";
    SMIME_LEGACY_CIPHERS = "RFC 8551", "B.3", "3DES and RC2 are historic";
    SMIME_LEGACY = "RFC 8551", "B.1", "SHA-1 and MD5 are historic";
    ASN1_ENCODING = "X.690", "8.1", "an element is a tag, a length and that many octets";
    ASN1_DER = "X.690", "10", "DER has one encoding for each value";
    PEM = "RFC 7468", "2", "a PEM block is base64 between BEGIN and END lines of the same label";
    CMS_CONTENT_INFO = "RFC 5652", "3", "a CMS object is a content type and a content";
    CMS_SIGNED_DATA = "RFC 5652", "5.1", "the fields of SignedData";
    CERTS_ONLY = "RFC 5652", "5.2.2", "a SignedData without signers only carries certificates and revocation lists";
    CMS_SIGNER_INFO = "RFC 5652", "5.3", "the fields of SignerInfo";
    CMS_DIGEST = "RFC 5652", "5.4", "the digest covers the octets of the content, and the signature the signed attributes";
    CMS_SIGNATURE = "RFC 5652", "5.6", "a signature is valid only if it verifies with the signer's public key";
    CMS_CONTENT_TYPE = "RFC 5652", "11.1", "the content-type attribute equals the type of the signed content";
    CMS_RECIPIENT = "RFC 5652", "6.2", "a RecipientInfo gives the content-encryption key to one recipient";
    CMS_ENCRYPTED_CONTENT = "RFC 5652", "6.3", "the content is encrypted with a content-encryption key";
    CMS_KEK = "RFC 5652", "6.2.3", "a key-encryption key is agreed on beforehand and named by an identifier";
    CMS_AUTH_ENVELOPED = "RFC 5083", "2.1", "auth-enveloped-data has an authenticated cipher, and its tag in the field mac";
    CMS_AUTH_ATTRIBUTES = "RFC 5083", "2.1", "authAttrs holds at least one attribute, and a content-type among them is that of the content";
    CMS_COMPRESSED = "RFC 3274", "1.1", "compressed-data is compressed with ZLIB";
    KEY_AGREEMENT = "RFC 5753", "7.2", "the key-encryption key is derived from the shared secret and ECC-CMS-SharedInfo";
    KEY_AGREEMENT_HKDF = "RFC 8418", "2.2", "HKDF derives keys after agreement with X25519 or X448";
    CMS_ALGORITHM_PROTECTION = "RFC 6211", "2", "the protected algorithm identifiers equal those of the SignerInfo";
    CMS_ED25519 = "RFC 8419", "2.3", "Ed25519 signatures in CMS use SHA-512 as the digest";
    SIGNING_CERTIFICATE = "RFC 5035", "3", "the signing-certificate attribute names the signer's certificate by its hash";
    CERT_FIELDS = "RFC 5280", "4.1", "the fields of a certificate";
    CERT_ALGORITHMS = "RFC 5280", "4.1.1.2", "the two signature algorithm fields of a certificate are equal";
    CERT_PUBLIC_KEY = "RFC 5280", "4.1.2.7", "a certificate carries one public key, encoded as its algorithm says";
    CERT_EXTENSIONS = "RFC 5280", "4.2", "an extension appears once, and a critical one that is unknown refuses the certificate";
    CERT_PATH = "RFC 5280", "6.1", "a path leads from the certificate to a trust anchor, each certificate signed by the next";
    CRL_FIELDS = "RFC 5280", "5.1", "the fields of a certificate revocation list";
    CRL_ENTRIES = "RFC 5280", "5.1.2.6", "a list names certificates of its issuer by their serial numbers";
    CRL_SIGN = "RFC 5280", "4.2.1.3", "keyUsage, if present, has cRLSign when the key signs revocation lists";
    CRL_STATUS = "RFC 5280", "6.3.3", "a current list of the issuer says whether a certificate is revoked";
    CERT_VALIDITY = "RFC 5280", "4.1.2.5", "a certificate is used only within its validity";
    CERT_NAME_CONSTRAINTS = "RFC 5280", "4.2.1.10", "under a URI name constraint a URI without a host is refused; a sip: URI has none";
    CERT_KEY_USAGE = "RFC 8550", "4.4.2", "a signer's key usage, if present, has digitalSignature or nonRepudiation";
    CERT_KEY_USAGE_ENCRYPTION = "RFC 5652", "6.2", "a recipient's key usage, if present, has keyEncipherment for RSA and keyAgreement for key agreement";
    CERT_END_ENTITY = "RFC 8550", "4.4.1", "a certificate that is not one of an authority should not have basicConstraints";
    CERT_BASIC_CONSTRAINTS = "RFC 5280", "4.2.1.9", "basicConstraints of an authority is critical";
    CERT_EXTENDED_KEY_USAGE = "RFC 8550", "4.4.4", "an extended key usage, if present, has emailProtection or anyExtendedKeyUsage";
    CERT_ALT_NAME = "RFC 8591", "4.4.1", "a certificate names its SIP user by a URI in subjectAltName";
    SIP_NEAR_DOMAINS = "RFC 3893", "7", "a host below the domain of the sender is a minor difference, another domain a major one";
    SIP_DOMAIN_NAMES = "RFC 5922", "7.1", "a domain is named by a sip: URI without a user part, or else by DNS names";
    SIP_DOMAIN_COMPARISON = "RFC 5922", "7.2", "names of domains are compared whole, without regard to case";
    CERT_REQUEST = "RFC 2986", "4", "the fields of a certificate request";
    CERT_REQUEST_SIGNATURE = "RFC 2986", "3", "a request is signed with the private key of the public key in it";
    CERT_SIGNER_LOOKUP = "RFC 8550", "2.3", "a certificate that is not in the message is looked up by the receiver";
    KEY_PKCS8 = "RFC 5958", "2", "the fields of a private key";
    KEY_PKCS5 = "RFC 8018", "6.2", "a key file is encrypted with PBES2";
    PKCS12 = "RFC 7292", "4", "a PKCS #12 file is a PFX of version 3: contents and a MAC over them";
    PKCS12_MAC = "RFC 7292", "4", "the MAC, under a key from the password, protects the contents of a PFX";
    PKCS12_PRIVACY = "RFC 7292", "3.1", "contents are encrypted with a password or with a public key";
    PKCS12_BAGS = "RFC 7292", "4.2", "a bag holds a key or a certificate, and a localKeyId marks a pair";
    MESSAGE_SIZE = "RFC 3428", "8", "a MESSAGE outside a session is at most 1300 octets";
    MESSAGE_DATE = "RFC 3428", "11.4", "a signed MESSAGE has a Date that the signature covers";
    SIP_DATE = "RFC 3261", "20.17", "Date is a SIP-date: Sat, 13 Nov 2010 23:29:00 GMT";
    SIP_MANDATORY_FIELDS = "RFC 3261", "8.1.1", "a request has To, From, CSeq, Call-ID, Max-Forwards and Via";
    SIP_SINGLE_FIELDS = "RFC 3261", "7.3.1", "a header field appears twice only if its value is a list";
    SIP_CSEQ = "RFC 3261", "8.1.1.5", "CSeq has the method of the request";
    SIP_FIELD_TABLE = "RFC 3261", "20", "the header fields of SIP";
    SIP_AES = "RFC 3853", "3", "S/MIME in SIP uses AES";
    MESSAGE_CONTACT = "RFC 3428", "4", "neither a MESSAGE nor its 2xx response has a Contact";
    MESSAGE_RESPONSE = "RFC 3428", "7", "a 2xx response to a MESSAGE has no body";
    ACCEPT_SMIME = "RFC 8591", "6", "who reads S/MIME names application/pkcs7-mime, and for detached signatures multipart/signed and application/pkcs7-signature";
    ACCEPT_UNRELIABLE = "RFC 8591", "7.2", "what an answer says about S/MIME may be said by another device than the one that gets the message";
    SDP_ACCEPT_TYPES = "RFC 8591", "8.3", "an endpoint of MSRP names the types of S/MIME that it reads";
    MSRP_URI_NAMES = "RFC 8591", "8.4", "URIs of MSRP do not identify certificates";
    TUNNEL_FIELDS = "RFC 3261", "23.4.2", "an inner message has all header fields, and at least To, From, Call-ID and CSeq";
    TUNNEL_DATE = "RFC 3261", "23.4.1.2", "the inner Date equals the outer Date";
    TUNNEL_COMPARISON = "RFC 3261", "23.4.1.1", "a header field that differs inside and outside was changed, unless proxies may change it";
    TUNNEL_UNKNOWN = "RFC 3261", "23.4.1.2", "header fields of extensions that differ are ignored";
    TUNNEL_CONFIDENTIAL = "RFC 3261", "23.4.1.2", "some header fields are not read in an encrypted body";
    TUNNEL_TRANSPORT = "RFC 3261", "26.4.2", "tunnelled messages go over TCP: they are large";
    AIB_FIELDS = "RFC 3893", "2", "an Authenticated Identity Body is signed, optional, and has From, Date, Call-ID and Contact";
    AIB_COMPARISON = "RFC 3893", "7", "Date, Call-ID and Contact of an Authenticated Identity Body are those of the message";
    CONTENT_TARGET = "draft-ono-sipping-end2middle-security-02", "6", "Content-Target is an address";
    CONTENT_TARGET_SIGNED = "draft-ono-sipping-end2middle-security-02", "3", "the signature covers Content-Target";
    HANDLING = "RFC 5621", "8.2", "the handling of a multipart is set for the whole";
    CONTENT_ID = "RFC 5621", "9.2", "a reference to a body is the Content-ID of one in the same message";
    MIME_PART_FIELDS = "RFC 2046", "5.1", "in a part only header fields that begin with Content- have a meaning, and delimiters end it";
    CPIM_HEADERS = "RFC 3862", "4", "the headers of CPIM are From, To, cc, DateTime, Subject, NS and Require, in this case";
    CPIM_REPEATED = "RFC 4975", "13", "of the headers of CPIM NS, To and cc may repeat";
    CPIM_CONTENT = "RFC 3862", "2.4", "the content of CPIM has a Content-Type";
    CPIM_DATE = "RFC 4975", "13", "a protected message of CPIM has DateTime";
    SMIME_TYPE_PARAMETER = "RFC 8551", "3.2", "application/pkcs7-mime has the parameter smime-type";
    SMIME_ATTRIBUTES = "RFC 8551", "2.5", "a signature has signed attributes";
    SMIME_HTML = "RFC 8591", "12", "HTML that was encrypted is a whole document of its own";
    SMIME_KEY_TRANSPORT = "RFC 8551", "2.3", "RSAES-OAEP is the better way to encrypt a key to an RSA key";
    CMS_ATTRIBUTE_ONCE = "RFC 5652", "11", "an attribute appears once, with one value, where it has to be signed";
    CERT_INCLUDED = "RFC 8591", "7.1", "the certificate of the signer may be left out where there is no room for it";
    DIGEST_PARAMETERS = "RFC 5754", "2", "the parameters of a digest are absent when written, and absent or NULL when read";
    MD5_PARAMETERS = "RFC 3370", "2.2", "the parameters of MD5 are NULL";
    GCM_PARAMETERS = "RFC 5084", "3.2", "the tag of AES-GCM has 12 to 16 octets";
    CEK_REFERENCE = "RFC 3185", "3", "a content-encryption key is reused through attributes of enveloped-data";
    CERT_KEY_USAGE_CRITICAL = "RFC 8550", "4.4.2", "keyUsage is critical";
    CERT_CA_KEY_USAGE = "RFC 5280", "4.2.1.3", "an authority has keyUsage with keyCertSign";
    CERT_KEY_IDENTIFIERS = "RFC 5280", "4.2.1.1", "certificates have the key identifier of their issuer, and authorities their own";
    CERT_SERIAL = "RFC 5280", "4.1.2.2", "a serial number is positive and has at most 20 octets";
    CERT_VERSION = "RFC 5280", "4.1.2.1", "a certificate with extensions is of version 3";
    CERT_WEAK_DIGEST = "RFC 8550", "4.3", "certificates are signed with SHA-256 or better";
    FILES = "sip-smime(1)", "Output", "a product is written only after every check has passed, whole or not at all";
    USAGE = "sip-smime(1)", "Synopsis", "how the program is called";
    INPUT = "sip-smime(1)", "Description", "what is read: messages, entities, objects, keys and certificates";
    KEYRING = "sip-smime(1)", "Keyring", "what a keyring holds, and in which form";
    INTEROPERABILITY = "RFC 8551", "2.7", "a sender writes what the recipient can read";
    LINT = "sip-smime(1)", "Findings", "a finding is an error if a requirement is broken, a warning if a recommendation is";
    LIMITS = "sip-smime(1)", "Limits", "what one message may cost";
}
