//! Words of openssl, and of our own plans, that are no options here: ours, or the reason.

/// Where a word is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Any,
    Sign,
    Verify,
    Encrypt,
    Decrypt,
}

/// What to say about a word that is no option of a command; in any case.
pub fn instead(command: &str, word: &str) -> Option<&'static str> {
    let is_under = |under: &Under| match under {
        Under::Any => true,
        Under::Sign => command == "sign",
        Under::Verify => command == "verify",
        Under::Encrypt => command == "encrypt",
        Under::Decrypt => command == "decrypt",
    };
    let row = WORDS.iter().find(|(under, known, _)| is_under(under) && known.eq_ignore_ascii_case(word));
    let cipher = CIPHERS.iter().any(|known| known.eq_ignore_ascii_case(word));
    row.map(|(_, _, instead)| *instead).or_else(|| cipher.then_some(CIPHER))
}

/// What to say about a word that is no command.
pub fn instead_of_command(word: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(known, _)| *known == word).map(|(_, instead)| *instead)
}

/// What to say about a value that an option does not take yet.
pub fn instead_of_value(option: &str, value: &str) -> Option<&'static str> {
    VALUES.contains(&(option, value)).then_some(NOT_YET)
}

/// Whether an option weakens or forces something: it is never put into a user's mouth.
pub fn is_dangerous(option: &str) -> bool {
    ["noverify", "any-signer", "allow-legacy", "nodetach", "noattr", "force"].contains(&option)
}

const COMMANDS: &[(&str, &str)] = &[
    ("smime", "write sip-smime sign, verify, encrypt or decrypt"),
    ("cms", "write sip-smime sign, verify, encrypt or decrypt"),
];

const CIPHERS: &[&str] = &[
    "aes128",
    "aes192",
    "aes256",
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "chacha20-poly1305",
];

const CIPHER: &str = "ciphers are for encrypt; decrypt recognises them: leave it out";
const OTHER_CIPHER: &str = "the ciphers are AES in GCM or CBC, and ChaCha20-Poly1305: see encrypt --help";
const EPHEMERAL: &str = "a key pair is made for every message: leave it out";
const KEK: &str = "use --kek ID:hex:FILE: a key on the command line can be read by others";
const WRAP: &str = "the key is wrapped with AES, by a key as long as itself: leave it out";
const NOT_YET: &str = "that is not there yet";
const REVOCATION: &str = "revocation is checked where signatures are: verify, decrypt --verify";
const POLICIES: &str = "-policy OID and -explicit_policy ask for a certificate policy; the trust line says the path";
const NO_BUILT_IN: &str = "there are no built-in anchors: nothing is trusted that you do not name";
const NO_MAIL: &str = "mail header fields are not written";
const IDENTITY: &str = "use --identity URI";
const FORM: &str = "the form of keys and certificates is recognised: leave it out";

const WORDS: &[(Under, &str, &str)] = &[
    // Commands that openssl has as options.
    (Under::Sign, "sign", "sign is the command: leave it out"),
    (Under::Verify, "verify", "verify is the command: leave it out"),
    (Under::Encrypt, "sign", "-signer CERT signs first"),
    (Under::Any, "sign", "sign is a command: sip-smime sign"),
    (Under::Any, "verify", "verify is a command: sip-smime verify"),
    (Under::Encrypt, "encrypt", "encrypt is the command: leave it out"),
    (Under::Decrypt, "decrypt", "decrypt is the command: leave it out"),
    (Under::Any, "encrypt", "encrypt is a command: sip-smime encrypt"),
    (Under::Any, "decrypt", "decrypt is a command: sip-smime decrypt"),
    (Under::Any, "compress", "nothing is compressed; decrypt and verify read what is"),
    (Under::Any, "uncompress", "decrypt and verify look through compressed data: leave it out"),
    (Under::Any, "EncryptedData_encrypt", KEK),
    (Under::Any, "EncryptedData_decrypt", KEK),
    (Under::Any, "data_create", "the content is always a MIME entity: leave it out"),
    (Under::Any, "data_out", "decrypt and verify write the content"),
    (Under::Any, "resign", "one signer per body: RFC 3261 section 23.3"),
    (Under::Decrypt, "pk7out", "decrypt writes the content, not the CMS object: leave it out"),
    (Under::Decrypt, "cmsout", "decrypt writes the content, not the CMS object: leave it out"),
    (Under::Verify, "pk7out", "verify writes the content, not the CMS object: leave it out"),
    (Under::Verify, "cmsout", "verify writes the content, not the CMS object: leave it out"),
    (Under::Any, "pk7out", "use -outform pem"),
    (Under::Any, "cmsout", "use -outform pem"),
    (Under::Any, "cmsverify", "verify is a command: sip-smime verify"),
    (Under::Any, "digest_create", "digests without a key prove nothing"),
    (Under::Any, "digest_verify", "digests without a key prove nothing"),
    (Under::Any, "print", "sip-smime inspect shows what is in a message"),
    // What would leave a check out.
    (Under::Any, "nosigs", "a verification without the signature would prove nothing"),
    (Under::Any, "nosig", "a verification without the signature would prove nothing"),
    (Under::Any, "no_content_verify", "a verification without the content would prove nothing"),
    (Under::Any, "no_attr_verify", "a verification without the attributes would prove nothing"),
    (Under::Any, "no_signer_cert_verify", "-noverify leaves trust out: who signed is then not proved"),
    (Under::Any, "no_check_time", "validity is always checked; --at-time names another time"),
    (Under::Any, "x509_strict", "certificates are always read strictly: leave it out"),
    (Under::Any, "ignore_critical", "a critical extension that is not understood is always refused"),
    (Under::Any, "auth_level", "too weak algorithms are refused; --allow-legacy accepts SHA-1 and RSA below 2048 bits"),
    (Under::Any, "partial_chain", "--trust CERT trusts one certificate, whoever issued it"),
    (Under::Any, "trusted_first", "every path is tried: leave it out"),
    (Under::Any, "no_alt_chains", "every path is tried: leave it out"),
    (Under::Any, "check_ss_sig", "signatures of anchors prove nothing: leave it out"),
    (Under::Any, "allow_proxy_certs", "proxy certificates are not accepted"),
    (Under::Any, "verify_depth", "the length of a path is limited by its authorities"),
    (Under::Any, "nochain", "-certfile and the message give the intermediate certificates; -noverify leaves trust out"),
    // Revocation and policies.
    (Under::Any, "crl", REVOCATION),
    (Under::Any, "crl_check", REVOCATION),
    (Under::Any, "crl_check_all", REVOCATION),
    (Under::Any, "CRLfile", REVOCATION),
    (Under::Any, "crl_download", "nothing is fetched: give lists with --crl"),
    (Under::Any, "CRLform", "the form of revocation lists is recognised: leave it out"),
    (Under::Any, "extended_crl", REVOCATION),
    (Under::Any, "use_deltas", REVOCATION),
    (Under::Any, "policy_check", POLICIES),
    (Under::Any, "policy_print", POLICIES),
    // Names.
    (Under::Any, "verify_email", IDENTITY),
    (Under::Any, "verify_ip", IDENTITY),
    (Under::Any, "verify_hostname", IDENTITY),
    (Under::Any, "verify_name", "use --purpose and --identity"),
    // Keys, certificates and where they come from.
    (Under::Any, "certsout", "--signer-out FILE writes the certificates of the good signers"),
    (Under::Verify, "inkey", "verify needs no private key"),
    (Under::Verify, "recip", "verify needs no recipient: decrypt --verify opens a message and verifies it"),
    (Under::Sign, "recip", "sip-smime encrypt -signer CERT -recip CERT signs and encrypts"),
    (Under::Sign, "key", "-inkey KEY is the private key of the signer"),
    (Under::Encrypt, "key", "-inkey KEY is the private key of the signer"),
    (Under::Decrypt, "key", "-inkey KEY is the private key"),
    (Under::Sign, "cert", "-signer CERT is the certificate of the signer"),
    (Under::Any, "CA", "-CAfile FILE names trust anchors"),
    (Under::Any, "newkey", "gen-cert --key KIND makes a key"),
    (Under::Any, "nodes", "a key is encrypted only with -passout: leave it out"),
    (Under::Any, "subj", "the names follow from the URIs: sip:user@host, sip:host"),
    (Under::Any, "addext", "the names follow from the URIs: sip:user@host, sip:host"),
    (Under::Any, "CAcreateserial", "serial numbers are random: leave it out"),
    (Under::Any, "secretkey", KEK),
    (Under::Any, "secretkeyid", KEK),
    (Under::Any, "pwri_password", "use --password env:NAME, file:PATH, fd:N or prompt"),
    (Under::Any, "originator", EPHEMERAL),
    (Under::Any, "wrap", WRAP),
    (Under::Any, "aes128-wrap", WRAP),
    (Under::Any, "aes192-wrap", WRAP),
    (Under::Any, "aes256-wrap", WRAP),
    (Under::Any, "des3-wrap", WRAP),
    (
        Under::Decrypt,
        "debug_decrypt",
        "what a key would show is one and the same failure: what was wrong is what an attacker asks",
    ),
    (Under::Encrypt, "oaep", "use --rsa oaep, which is the default"),
    (Under::Any, "keyform", FORM),
    (Under::Any, "certform", FORM),
    (Under::Any, "CAstore", "use -CAfile or -CApath"),
    (Under::Any, "no-CAfile", NO_BUILT_IN),
    (Under::Any, "no-CApath", NO_BUILT_IN),
    (Under::Any, "no-CAstore", NO_BUILT_IN),
    (Under::Any, "engine", "engines are not supported"),
    (Under::Any, "provider", "providers are not supported"),
    (Under::Any, "provider-path", "providers are not supported"),
    (Under::Any, "propquery", "providers are not supported"),
    (Under::Any, "config", "there is no configuration file"),
    (Under::Any, "rand", "randomness comes from the operating system"),
    (Under::Any, "writerand", "randomness comes from the operating system"),
    // How a signature is made.
    (Under::Sign, "detached", "use --layout detached"),
    (Under::Verify, "detached", "the layout is recognised: leave it out"),
    (Under::Sign, "sha256", "use -md sha256"),
    (Under::Sign, "sha384", "use -md sha384"),
    (Under::Sign, "sha512", "use -md sha512"),
    (Under::Sign, "sha1", "SHA-1 is written only by --profile rfc6216"),
    (Under::Verify, "sha256", "the digest is recognised: leave it out"),
    (Under::Verify, "sha384", "the digest is recognised: leave it out"),
    (Under::Verify, "sha512", "the digest is recognised: leave it out"),
    (Under::Verify, "sha1", "the digest is recognised; --allow-legacy accepts SHA-1"),
    (Under::Verify, "md", "the digest is recognised: leave it out"),
    (Under::Sign, "nosmimecap", "--minimal leaves the capabilities out"),
    (Under::Sign, "cades", "the certificate is always named in a signed attribute: leave it out"),
    (Under::Verify, "cades", "the attribute is always checked: leave it out"),
    (Under::Any, "econtent_type", "the content is always a MIME entity: id-data"),
    (Under::Sign, "keyopt", "use --pss"),
    (Under::Encrypt, "keyopt", "use --rsa oaep or --rsa pkcs1; EC keys are derived with SHA-256"),
    (Under::Any, "keyopt", "how the key is used is recognised: leave it out"),
    (Under::Any, "receipt_request_all", "signed receipts do not exist in SIP"),
    (Under::Any, "receipt_request_first", "signed receipts do not exist in SIP"),
    (Under::Any, "receipt_request_from", "signed receipts do not exist in SIP"),
    (Under::Any, "receipt_request_to", "signed receipts do not exist in SIP"),
    (Under::Any, "text", "the header fields of the entity are always kept: no text/plain header is added or removed"),
    (Under::Any, "asciicrlf", "line ends are made canonical by default; -binary leaves them"),
    (Under::Any, "to", NO_MAIL),
    (Under::Any, "subject", NO_MAIL),
    (Under::Any, "from", "mail header fields are not written; --identity names who must have signed"),
    (Under::Encrypt, "recipient", "that is not there yet; -recip CERT is who can read it"),
    (Under::Decrypt, "recipient", "that is not there yet; -recip CERT is the certificate of the key"),
    // Ciphers that are gone.
    (Under::Decrypt, "des3", "--allow-legacy reads 3DES"),
    (Under::Any, "des3", "3DES is not written"),
    (Under::Any, "des", "DES is not supported"),
    (Under::Any, "aes-128-ccm", OTHER_CIPHER),
    (Under::Any, "aes-256-ccm", OTHER_CIPHER),
    (Under::Any, "camellia128", OTHER_CIPHER),
    (Under::Any, "camellia192", OTHER_CIPHER),
    (Under::Any, "camellia256", OTHER_CIPHER),
    (Under::Any, "seed", OTHER_CIPHER),
    (Under::Any, "rc2-40", "RC2 is not supported"),
    (Under::Any, "rc2-64", "RC2 is not supported"),
    (Under::Any, "rc2-128", "RC2 is not supported"),
    // Ours, later.
    (Under::Any, "reply", NOT_YET),
    (Under::Any, "seen", NOT_YET),
    (Under::Any, "inner", NOT_YET),
    (Under::Any, "as", NOT_YET),
    (Under::Any, "fit", NOT_YET),
    (Under::Any, "max-age", NOT_YET),
    (Under::Any, "share", NOT_YET),
    (Under::Any, "handling", NOT_YET),
    (Under::Any, "cek-ref", NOT_YET),
    (Under::Any, "reuse-cek", NOT_YET),
    (Under::Any, "cek-store", NOT_YET),
    (Under::Any, "cek-uses", NOT_YET),
    (Under::Any, "sender", NOT_YET),
    (Under::Any, "recipient", NOT_YET),
    (Under::Any, "chunk-size", NOT_YET),
    (Under::Any, "cpim-scope", NOT_YET),
    (Under::Any, "content", "that is there for verify alone"),
];

/// Values that are planned.
const VALUES: &[(&str, &str)] = &[
    ("--protect", "sip"),
    ("--protect", "sipfrag"),
    ("--protect", "aib"),
    ("--inform", "msrp"),
    ("--outform", "msrp"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_said_once() {
        for (index, (under, word, instead)) in WORDS.iter().enumerate() {
            assert!(!instead.ends_with('.') && !instead.is_empty(), "{word}");
            let before = &WORDS[..index];
            let is_hidden = before.iter().any(|(earlier, known, _)| {
                known.eq_ignore_ascii_case(word) && (*earlier == *under || *earlier == Under::Any)
            });
            assert!(!is_hidden, "{word} stands twice");
        }
    }
}
