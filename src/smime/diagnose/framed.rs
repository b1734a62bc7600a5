//! A message whose binary objects were copied in text mode: the octets that came in break its framing (RFC 6216
//! appendix C, as its files are published).

use std::borrow::Cow;

use memchr::memmem;

use crate::asn1::tag;
use crate::report::{Diagnosis, SignatureState};
use crate::smime::body::{self, Request};
use crate::smime::claim::{Claim, IdentitySource};
use crate::smime::verify::VerifyOptions;

/// Says so, if the message could be read, and every signature in it were right, with LF again in its objects where CR LF
/// is. The arguments are those of [`verify_message`](body::verify_message).
pub fn framed<'o>(
    request: &Request<'_>,
    content: Option<&[u8]>,
    identity: &IdentitySource,
    options: impl Fn(Claim) -> VerifyOptions<'o>,
) -> Option<Diagnosis> {
    let mended = in_objects(request.octets)?;
    let report = match body::verify_message(&Request { octets: &mended, ..*request }, content, identity, &options) {
        Ok(verified) => verified.report().clone(),
        Err(refused) => refused.report,
    };
    let is_right = !report.signers.is_empty() && report.signers.iter().all(|signer| signer.integrity.is_good());
    is_right.then(|| Diagnosis {
        damages: vec!["object-text-mode"],
        text: "a copy in text mode made CR LF of each LF in a binary object; without that the signature is right"
            .to_owned(),
        hint: Some("copy the message in binary mode".to_owned()),
        signature: Some(SignatureState::Right),
        is_exhaustive: true,
    })
}

/// The message with each object made LF again that stands after an empty line, up to a delimiter; `None` without one.
fn in_objects(octets: &[u8]) -> Option<Vec<u8>> {
    let mut made: Vec<Cow<'_, [u8]>> = Vec::new();
    let mut rest = octets;
    while made.len() < MAX_PIECES {
        let begins = |at: &usize| rest.get(*at) == Some(&tag::SEQUENCE);
        let at = memmem::find_iter(rest, b"\r\n\r\n").map(|at| at.saturating_add(4)).find(begins);
        let Some((before, object)) = at.and_then(|at| rest.split_at_checked(at)) else { break };
        let end = memmem::find(object, b"\r\n--").unwrap_or(object.len());
        let (object, after) = object.split_at_checked(end).unwrap_or((object, &[]));
        made.push(Cow::Borrowed(before));
        made.push(Cow::Owned(to_lf(object)));
        rest = after;
    }
    if made.is_empty() {
        return None;
    }
    made.push(Cow::Borrowed(rest));
    Some(made.concat())
}

fn to_lf(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((before, after)) = memmem::find(rest, b"\r\n").and_then(|at| rest.split_at_checked(at)) {
        made.extend_from_slice(before);
        rest = after.get(1..).unwrap_or_default();
        made.push(b'\n');
        rest = rest.get(1..).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made
}

/// How many pieces a message is taken apart into.
const MAX_PIECES: usize = 32;
