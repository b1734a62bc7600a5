//! Who a message claims to be from (RFC 3261 sections 8.1.1.3 and 23.2, RFC 3325 section 9.1).
//!
//! A claim is only ever compared with a certificate; nothing is taken from it.

use crate::error::{Condition, Error};
use crate::message::RawMessage;
use crate::pki::chain::Purpose;
use crate::pki::identity;
use crate::report::text;
use crate::uri::{SipUri, addresses};

/// Where the claimed identity is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// From for a request, To for a response, nothing without SIP header fields.
    Default,
    /// From.
    From,
    /// To.
    To,
    /// P-Asserted-Identity: any of its values.
    PAssertedIdentity,
    /// An identity the user names.
    Uri(SipUri),
    /// No identity is asked for.
    None,
}

/// The claimed identities, any of which the certificate may name, or why there is none.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Compare with one of these.
    Identities {
        /// The identities.
        uris: Vec<SipUri>,
        /// The field they stand in, or `--identity`.
        source: &'static str,
        /// Whether a mismatch may be a retargeted request.
        is_response: bool,
    },
    /// The claim cannot be used: the identity verdict is bad for this reason.
    Unusable(Error),
    /// The question is not asked, for this reason.
    NotAsked(&'static str),
}

impl Claim {
    /// What the certificate of who is claimed is usually for: that of a domain, if nobody else is claimed (RFC 5924), or
    /// messages.
    pub fn usual_purpose(&self) -> Purpose {
        match self {
            Claim::Identities { uris, .. } if uris.iter().all(identity::is_domain) => Purpose::Sip,
            _ => Purpose::Smime,
        }
    }
}

/// Finds the claim of `message`; `None` for input without SIP header fields.
///
/// # Errors
/// `usage` if a header field is asked for and the input has none.
pub fn claim(message: Option<&RawMessage<'_>>, source: &IdentitySource) -> Result<Claim, Error> {
    let named = |uri: &SipUri| Claim::Identities { uris: vec![uri.clone()], source: "--identity", is_response: false };
    let Some(message) = message else {
        return match source {
            IdentitySource::Uri(uri) => Ok(named(uri)),
            IdentitySource::None => Ok(Claim::NotAsked("--identity none")),
            IdentitySource::Default => Ok(Claim::NotAsked("none claimed: the input has no SIP header fields")),
            _ => Err(Error::new(Condition::Usage)
                .detail("--identity from, to and pai need a SIP message")
                .hinting("name the identity with --identity URI")),
        };
    };
    Ok(match source {
        IdentitySource::Uri(uri) => named(uri),
        IdentitySource::None => Claim::NotAsked("--identity none"),
        IdentitySource::Default if message.is_request() => single(message, "From", false),
        IdentitySource::Default => single(message, "To", true),
        IdentitySource::From => single(message, "From", false),
        IdentitySource::To => single(message, "To", !message.is_request()),
        IdentitySource::PAssertedIdentity => asserted(message),
    })
}

/// The one address of a field that must stand once with one address (threats I1).
fn single(message: &RawMessage<'_>, name: &'static str, is_response: bool) -> Claim {
    let fields: Vec<_> = message.fields_named(name).collect();
    let field = match fields.as_slice() {
        [] => return Claim::Unusable(Error::new(Condition::IdentityNoClaim).detail(format!("there is no {name}"))),
        [field] => field,
        [_, second, ..] => {
            let error = Error::new(Condition::IdentityAmbiguous);
            return Claim::Unusable(error.detail(format!("{name} is given twice")).at(second.whole.span()));
        }
    };
    let unusable = |error: Error| Claim::Unusable(error.within(name).at(field.whole.span()));
    let found = match addresses(&field.unfolded()) {
        Ok(found) => found,
        Err(error) => return unusable(error),
    };
    match found.as_slice() {
        [address] => match SipUri::parse(&address.uri) {
            Ok(uri) => Claim::Identities { uris: vec![uri], source: name, is_response },
            Err(error) => unusable(error.detail(text::escape(&address.uri))),
        },
        [] => unusable(Error::new(Condition::IdentityNoClaim).detail(format!("{name} is empty"))),
        several => {
            unusable(Error::new(Condition::IdentityAmbiguous).detail(format!("{name} has {} addresses", several.len())))
        }
    }
}

fn asserted(message: &RawMessage<'_>) -> Claim {
    let name = "P-Asserted-Identity";
    let mut uris = Vec::new();
    for field in message.fields_named(name) {
        let found = addresses(&field.unfolded())
            .and_then(|found| found.iter().map(|address| SipUri::parse(&address.uri)).collect::<Result<Vec<_>, _>>());
        match found {
            Ok(found) => uris.extend(found),
            Err(error) => return Claim::Unusable(error.within(name).at(field.whole.span())),
        }
    }
    match uris.len() {
        0 => Claim::Unusable(Error::new(Condition::IdentityNoClaim).detail(format!("there is no {name}"))),
        1 | 2 => Claim::Identities { uris, source: name, is_response: false },
        // RFC 3325 section 9.1: one value, or one sip and one tel.
        count => Claim::Unusable(Error::new(Condition::IdentityAmbiguous).detail(format!("{count} values"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // SAN-11: the purpose of a domain does not do for a user, nor for whoever is claimed beside a domain.
    #[test]
    fn usual_purposes() {
        let rows: [(&[&str], Purpose); 6] = [
            (&["sip:alice@example.com"], Purpose::Smime),
            (&["sip:example.com"], Purpose::Sip),
            (&["sips:192.0.2.4:5061;lr"], Purpose::Sip),
            (&["tel:+12015550123"], Purpose::Smime),
            (&["sip:example.com", "tel:+12015550123"], Purpose::Smime),
            (&["tel:+12015550123", "sip:example.com"], Purpose::Smime),
        ];
        for (uris, expected) in rows {
            let uris = uris.iter().map(|uri| SipUri::parse(uri).unwrap()).collect();
            let claim = Claim::Identities { uris, source: "From", is_response: false };
            assert_eq!(claim.usual_purpose(), expected, "{claim:?}");
        }
        assert_eq!(Claim::NotAsked("--identity none").usual_purpose(), Purpose::Smime);
    }
}
