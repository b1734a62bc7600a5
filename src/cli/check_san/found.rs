//! Which certificates `check-san` judges: those of a file, of the signers of a message, or of a body that only carries
//! them.

use sip_smime::error::Condition;
use sip_smime::pki::Certificate;
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::report::{Finding, json};
use sip_smime::smime::body;
use sip_smime::smime::claim::{Claim, IdentitySource};
use sip_smime::smime::verify::VerifyOptions;
use sip_smime::source::Chunk;
use sip_smime::{spec, store};

use crate::cli::check_san::{Args, Loaded};
use crate::cli::checks::strength;
use crate::cli::run::{self, Outcome};

/// The certificates of a file, or those of the signers of a message.
pub(super) fn certificates(
    args: &Args,
    loaded: &Loaded,
    chunk: &Chunk,
) -> Result<(Vec<Certificate>, Outcome), Box<Outcome>> {
    let password = loaded.password.as_ref().map(|password| password.as_slice());
    let found = match store::pkcs12::is_pkcs12(&chunk.octets) {
        true => {
            return store::pkcs12::certificates(&chunk.octets, password)
                .map_or_else(|error| Err(Box::new(error.into())), |found| Ok((found, Outcome::default())));
        }
        false => store::certificates(&chunk.octets),
    };
    let unreadable = match found {
        Ok(found) => return Ok((found, Outcome::default())),
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
    };
    match body::verify_message(&args.common.request(chunk), None, &IdentitySource::None, options) {
        Ok(message) => Ok((message.signers().to_vec(), Outcome { has_smime: true, ..Outcome::default() })),
        Err(refused) if refused.error.condition() == Condition::NoSigner => {
            let carried = body::signed_object(&args.common.request(chunk));
            match carried.and_then(|object| store::certs_only::read(&object)) {
                Ok(found) => Ok((found, carrying(args))),
                Err(_) => Err(Box::new(refused.error.into())),
            }
        }
        Err(refused) => {
            let is_no_message = [Condition::InputUnrecognised, Condition::Pem].contains(&refused.error.condition());
            let error = if is_no_message { unreadable } else { refused.error };
            Err(Box::new(error.into()))
        }
    }
}

/// A message that has certificates and signs nothing.
fn carrying(args: &Args) -> Outcome {
    let text = "the message signs nothing and only carries certificates: who sent it is not proved";
    let found = [Finding::warning("CERTS-ONLY", spec::CERTS_ONLY, text)];
    let mut outcome = Outcome { has_smime: true, ..Outcome::default() };
    outcome.lines = run::findings(&args.common, &found);
    outcome.json.insert("findings".into(), json::findings(&found));
    outcome
}
