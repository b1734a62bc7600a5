//! Which certificates `check-san` judges: those of a file, of the signers of a message, or of a body that only carries
//! them.

use sip_smime::error::{Condition, Error};
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::smime::claim::Claim;
use sip_smime::smime::names::Found;
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::source::Chunk;
use sip_smime::store;

use crate::cli::check_san::{Args, Loaded};
use crate::cli::checks::strength;

/// What is in an input, and whether it is a message.
pub(super) fn read(args: &Args, loaded: &Loaded, chunk: &Chunk) -> Result<(Found, bool), Error> {
    if store::pkcs12::is_pkcs12(&chunk.octets) {
        let password = loaded.password.as_ref().map(|password| password.as_slice());
        let certificates = store::pkcs12::certificates(&chunk.octets, password)?;
        return Ok((Found::in_file(certificates, Vec::new()), false));
    }
    let unreadable = match store::certificates(&chunk.octets) {
        Ok(certificates) => return Ok((Found::in_file(certificates, store::crls_beside(&chunk.octets)?), false)),
        Err(error) => error,
    };
    let options = |claim: Claim| VerifyOptions {
        certificates: &loaded.anchors.certificates,
        use_message_certificates: true,
        trust: None,
        known: None,
        claim,
        identity: IdentityOptions::default(),
        strength: strength(args.allow_legacy),
        any_signer: false,
        require_date: false,
        strict: false,
        diagnose: false,
    };
    match Found::in_message(&args.common.request(chunk), options) {
        Ok(found) => Ok((found, true)),
        // What is no message is a file that holds no certificates.
        Err(error) if [Condition::InputUnrecognised, Condition::Pem].contains(&error.condition()) => Err(unreadable),
        Err(error) => Err(error),
    }
}
