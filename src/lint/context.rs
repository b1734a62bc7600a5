//! What a rule may know besides the thing that it looks at: where that stands, and what was seen before.

use crate::inspect::subject::{Site, Subject};
use crate::lint::LintOptions;
use crate::message::RawMessage;
use crate::mime::content_type::ContentType;
use crate::mime::field::{Field, long_name};
use crate::pki::identity::{IdentityOptions, match_identity};
use crate::smime::claim::{Claim, IdentitySource, claim};
use crate::uri::SipUri;

/// What surrounds a thing.
pub(super) struct Context<'a> {
    /// Where it stands.
    pub site: &'a Site<'a>,
    /// The media type of an entity, if it can be read.
    pub media_type: Option<&'a ContentType>,
    /// What was seen so far, this thing included.
    pub known: &'a Known,
    /// How to judge.
    pub options: LintOptions,
}

/// A header field, with its long name in lower case and its value on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownField {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Vec<u8>,
}

/// What was seen of a message.
#[derive(Default)]
pub(super) struct Known {
    /// The method of the request, or of the request that a response answers.
    pub method: Option<String>,
    /// The header fields of the message.
    pub fields: Vec<KnownField>,
    /// Who the message claims to be from.
    pub claimed: Vec<SipUri>,
    /// Whether there is a signature.
    pub is_signed: bool,
    /// Whether a Date stands under a signature.
    pub has_signed_date: bool,
    /// Whether something under a signature says for whom it is.
    pub names_recipient: bool,
    /// Whether the certificate of a signer is there, and whether one of them names who is claimed.
    pub signer_is_named: Option<bool>,
}

impl Known {
    pub(super) fn learn(&mut self, subject: &Subject<'_>, site: &Site<'_>) {
        match subject {
            Subject::Message(message) => self.learn_message(message),
            Subject::Inner(fields, _) if site.is_signed => {
                self.has_signed_date |= fields.iter().any(|field| field.sip_name_is("Date"));
                self.names_recipient |= fields.iter().any(|field| field.sip_name_is("To"));
            }
            // A name in CPIM is as good as To, and its DateTime is no Date (TRAP-08).
            Subject::Cpim(fields, _) if site.is_signed => {
                self.names_recipient |= fields.iter().any(|field| field.name_is("To"));
            }
            Subject::Signed(object) => self.is_signed |= !object.data.signers.is_empty(),
            Subject::Signer(_, _, Some(certificate)) if !self.claimed.is_empty() => {
                let names = |uri| match_identity(certificate, uri, IdentityOptions::default()).is_ok();
                let is_named = self.claimed.iter().any(names);
                self.signer_is_named = Some(self.signer_is_named.unwrap_or_default() || is_named);
            }
            _ => {}
        }
    }

    fn learn_message(&mut self, message: &RawMessage<'_>) {
        if message.sip().is_none() {
            return;
        }
        self.fields = message.fields().iter().map(known_field).collect();
        let answered = || {
            let value = String::from_utf8_lossy(self.value("cseq")?).into_owned();
            value.split_ascii_whitespace().nth(1).map(str::to_owned)
        };
        self.method = message.method().map(str::to_owned).or_else(answered);
        if let Ok(Claim::Identities { uris, .. }) = claim(Some(message), &IdentitySource::Default) {
            self.claimed = uris;
        }
    }

    /// The value of the first header field of a name, which is in lower case.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_slice())
    }

    /// Whether the message is a request of a method, or answers one.
    pub(super) fn is_of(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }
}

/// A header field as it is remembered.
pub(super) fn known_field(field: &Field<'_>) -> KnownField {
    let name = long_name(field.name.octets())
        .map_or_else(|| String::from_utf8_lossy(field.name.octets()).to_ascii_lowercase(), str::to_ascii_lowercase);
    KnownField { name, value: field.unfolded().into_owned() }
}
