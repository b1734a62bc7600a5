//! Framing: who carries the body (RFC 3261 sections 7 and 18.3).
//!
//! A [`RawMessage`] points into the octets it was read from: a SIP message, a MIME entity alone, or a CMS object
//! alone. The form is recognised by the table [`FORMATS`]; a form is one file and one line there. Replacing the
//! entity splices: every other octet of the message stays ([`RawMessage::with_entity`]).

use std::borrow::Cow;
use std::fmt;

use crate::error::{Condition, Error};
use crate::mime::entity::Entity;
use crate::mime::field::{Field, LineRule};
use crate::octets::Slice;
use crate::report::Finding;

mod bare;
pub mod sip;
mod splice;

/// What a message looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A SIP request or response.
    Sip,
    /// A MIME entity with nothing around it.
    Mime,
    /// A CMS object in DER or BER.
    Der,
    /// A CMS object in PEM.
    Pem,
}

impl Form {
    /// The form of this name, as `-inform` takes it.
    pub fn by_name(name: &str) -> Option<Form> {
        FORMATS.iter().map(|format| format.form()).find(|form| form.name() == name)
    }

    /// The form that octets have, judged by their first line.
    pub fn recognise(start: &[u8]) -> Option<Form> {
        FORMATS.iter().find(|format| format.recognises(start)).map(|format| format.form())
    }

    /// The name of the form.
    pub fn name(self) -> &'static str {
        match self {
            Form::Sip => "sip",
            Form::Mime => "mime",
            Form::Der => "der",
            Form::Pem => "pem",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One form of message.
pub trait Format: Sync {
    /// The form.
    fn form(&self) -> Form;

    /// Whether octets that begin so are of this form. `start` need not be all of them, but has the first line.
    fn recognises(&self, start: &[u8]) -> bool;

    /// Reads a message of this form.
    ///
    /// # Errors
    /// What is wrong with the framing.
    fn parse<'a>(&self, octets: Slice<'a>) -> Result<RawMessage<'a>, Error>;
}

/// Every form, in the order in which they are tried.
pub const FORMATS: &[&dyn Format] = &[&sip::Sip, &bare::Der, &bare::Pem, &bare::Mime];

/// A message as it stands in the input, divided but not changed.
#[derive(Clone, Debug)]
pub struct RawMessage<'a> {
    form: Form,
    octets: Slice<'a>,
    rest: Slice<'a>,
    content: Content<'a>,
    findings: Vec<Finding>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Sip(sip::Message<'a>),
    Mime,
    Cms(Cow<'a, [u8]>),
}

/// Streams of MSRP are recognised, and not read.
fn is_msrp() -> Error {
    Error::new(Condition::InputUnrecognised)
        .detail("it is MSRP, which is not read yet")
        .hinting("put the chunks together, with the Content-Type of their message before them, and give that")
}

impl<'a> RawMessage<'a> {
    /// Reads one message. Its form is recognised if it is not given.
    ///
    /// # Errors
    /// `input.empty`, `input.unrecognised`, `limit.head`; of SIP messages `sip.start-line`, `sip.bare-lf`,
    /// `sip.head-unended`, `sip.header-field`, `sip.content-length`, `sip.content-length-twice`, `sip.chunked`,
    /// `sip.truncated` and `sip.trailing-octets`; of PEM `pem.malformed`.
    pub fn parse(octets: &'a [u8], form: Option<Form>) -> Result<Self, Error> {
        Self::parse_at(Slice::new(octets), form)
    }

    /// As [`parse`](Self::parse), for a message that stands somewhere in a larger input.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_at(octets: Slice<'a>, form: Option<Form>) -> Result<Self, Error> {
        if octets.is_empty() {
            return Err(Error::new(Condition::InputEmpty));
        }
        let form = match form {
            Some(form) => form,
            None => match Form::recognise(octets.octets()) {
                Some(Form::Mime) if sip::has_sip_head(octets) => return Err(sip::damaged_start_line(octets)),
                Some(form) => form,
                None if octets.octets().starts_with(b"MSRP ") => return Err(is_msrp()),
                None => return Err(Error::new(Condition::InputUnrecognised)),
            },
        };
        let format = FORMATS.iter().find(|format| format.form() == form);
        format.ok_or_else(|| Error::new(Condition::InputUnrecognised))?.parse(octets)
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The octets of the message, with CRLFs before its start line and without anything after its body.
    pub fn octets(&self) -> Slice<'a> {
        self.octets
    }

    /// What follows the message in the input: CRLFs, or another message.
    pub fn rest(&self) -> Slice<'a> {
        self.rest
    }

    /// What is worth saying about the framing.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The SIP message, if it is one.
    pub fn sip(&self) -> Option<&sip::Message<'a>> {
        match &self.content {
            Content::Sip(message) => Some(message),
            _ => None,
        }
    }

    /// The start line of a SIP message, without its ending.
    pub fn start_line(&self) -> Option<Slice<'a>> {
        self.sip().map(|message| message.start_line.line())
    }

    /// Whether this is a SIP request.
    pub fn is_request(&self) -> bool {
        self.method().is_some()
    }

    /// The method of a SIP request.
    pub fn method(&self) -> Option<&'a str> {
        match self.sip()?.start_line {
            sip::StartLine::Request { method, .. } => Some(method),
            sip::StartLine::Response { .. } => None,
        }
    }

    /// The status code of a SIP response.
    pub fn status(&self) -> Option<u16> {
        match self.sip()?.start_line {
            sip::StartLine::Request { .. } => None,
            sip::StartLine::Response { status, .. } => Some(status),
        }
    }

    /// The header fields of a SIP message in their order; none of another form.
    pub fn fields(&self) -> &[Field<'a>] {
        self.sip().map_or(&[], |message| &message.fields)
    }

    /// The header fields of one name, long or compact, in any case.
    pub fn fields_named<'m, 'n>(&'m self, name: &'n str) -> impl Iterator<Item = &'m Field<'a>> + use<'m, 'n, 'a> {
        self.fields().iter().filter(move |field| field.sip_name_is(name))
    }

    /// The MIME entity the message carries: the Content-* fields and the body of a SIP message, or all of a MIME file.
    ///
    /// # Errors
    /// `sip.no-content-type` for a SIP body of no type, `sip.content-field-twice`, `mime.*` for a malformed header of
    /// a MIME file, `mime.type-unsupported` for a CMS object, which is no entity.
    pub fn entity(&self) -> Result<Entity<'a>, Error> {
        match &self.content {
            Content::Sip(message) => message.entity(),
            Content::Mime => Entity::parse(self.octets, LineRule::CrLfOrLf),
            Content::Cms(_) => {
                Err(Error::new(Condition::MediaTypeUnsupported).detail("a CMS object alone is no MIME entity"))
            }
        }
    }

    /// The octets of a bare CMS object, in DER or BER; `None` for another form.
    pub fn cms(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Cms(object) => Some(object),
            _ => None,
        }
    }
}
