//! Input with no SIP around it: a MIME entity, or a CMS object in DER or PEM (RFC 2045, RFC 5652, RFC 7468).

use std::borrow::Cow;

use crate::error::{Condition, Error};
use crate::message::{Content, Form, Format, RawMessage};
use crate::mime::transfer;
use crate::octets::Slice;

/// A MIME entity: it begins with a header field.
pub(super) struct Mime;

impl Format for Mime {
    fn form(&self) -> Form {
        Form::Mime
    }

    fn recognises(&self, start: &[u8]) -> bool {
        is_field_line(start)
    }

    fn parse<'a>(&self, octets: Slice<'a>) -> Result<RawMessage<'a>, Error> {
        Ok(bare(Form::Mime, octets, Content::Mime))
    }
}

/// Whether octets begin with a name and a colon.
pub(super) fn is_field_line(start: &[u8]) -> bool {
    let name = start.iter().take_while(|octet| octet.is_ascii_graphic() && **octet != b':').count();
    let (_, after) = start.split_at_checked(name).unwrap_or_default();
    name > 0 && Slice::new(after).trim_blanks().first() == Some(b':')
}

/// A CMS object in DER or BER: a SEQUENCE that begins with a content type under 1.2.840.113549.1.
pub(super) struct Der;

impl Format for Der {
    fn form(&self) -> Form {
        Form::Der
    }

    fn recognises(&self, start: &[u8]) -> bool {
        const PKCS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01];
        let Some((0x30, [length, after @ ..])) = start.split_first() else { return false };
        let octets_of_length = match length {
            0x81..=0x88 => usize::from(length & 0x0F),
            _ => 0,
        };
        let content_type = after.get(octets_of_length..).unwrap_or_default();
        matches!(content_type, [0x06, 0x08..=0x0B, identifier @ ..] if identifier.starts_with(PKCS))
    }

    fn parse<'a>(&self, octets: Slice<'a>) -> Result<RawMessage<'a>, Error> {
        Ok(bare(Form::Der, octets, Content::Cms(Cow::Borrowed(octets.octets()))))
    }
}

/// A CMS object in PEM.
pub(super) struct Pem;

/// The labels of RFC 7468 sections 9 and 8: CMS, and what older tools write.
const LABELS: [&[u8]; 2] = [b"CMS", b"PKCS7"];
const BEGIN: &[u8] = b"-----BEGIN ";

impl Format for Pem {
    fn form(&self) -> Form {
        Form::Pem
    }

    fn recognises(&self, start: &[u8]) -> bool {
        Slice::new(start).trim_space().octets().starts_with(BEGIN)
    }

    fn parse<'a>(&self, octets: Slice<'a>) -> Result<RawMessage<'a>, Error> {
        Ok(bare(Form::Pem, octets, Content::Cms(Cow::Owned(pem(octets)?))))
    }
}

/// The object in the one block of a PEM file. Text may stand before the block (RFC 7468 section 2), but nothing
/// after it: a second object would be one that nobody looked at.
fn pem(octets: Slice<'_>) -> Result<Vec<u8>, Error> {
    let malformed = |detail: &str, at: Slice<'_>| Error::new(Condition::Pem).detail(detail).at(at.span());
    let mut lines = octets.lines();
    let begin = lines.find(|line| line.text.octets().starts_with(BEGIN));
    let begin = begin.ok_or_else(|| malformed("there is no BEGIN line", octets.take(0)))?;
    let label = begin.text.trim_blanks().octets().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(b"-----"));
    let label = label.ok_or_else(|| malformed("the BEGIN line is malformed", begin.text))?;
    if !LABELS.contains(&label) {
        let detail = format!("the label is {}, not CMS or PKCS7", label.escape_ascii());
        let hint = "this is no message: keys and certificates are given with options, see --help";
        return Err(malformed(&detail, begin.text).hinting(hint));
    }
    let text = lines.rest();
    let end = [b"-----END ", label, b"-----"].concat();
    let ended = lines.find(|line| line.text.octets().starts_with(b"-----"));
    let ended = ended.ok_or_else(|| malformed("there is no END line", text.skip(text.len())))?;
    if ended.text.trim_blanks().octets() != end {
        return Err(malformed("the END line is not that of the BEGIN line", ended.text));
    }
    if !lines.rest().trim_space().is_empty() {
        return Err(malformed("text follows the END line", lines.rest()));
    }
    let (text, _) = text.around(ended.text).unwrap_or((text, text));
    transfer::decode_base64(text).map_err(|error| error.with_condition(Condition::Pem))
}

fn bare<'a>(form: Form, octets: Slice<'a>, content: Content<'a>) -> RawMessage<'a> {
    RawMessage { form, octets, rest: octets.skip(octets.len()), content, findings: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frs_17_forms_are_recognised() {
        let rows: [(&[u8], Option<Form>); 25] = [
            (b"MESSAGE sip:bob@example.org SIP/2.0\r\n", Some(Form::Sip)),
            (b"\r\n\r\nSIP/2.0 200 OK\r\n", Some(Form::Sip)),
            (b"OPTIONS nobodyKnowsThisScheme:opaque SIP/2.0\r\n", Some(Form::Sip)),
            // Not SIP, but so near that the error should say what is wrong with it.
            (b"MESSAGE sip:bob@example.org\r\n", Some(Form::Sip)),
            (b"OPTIONS sip:bob@example.org SIP/7.0\r\n", Some(Form::Sip)),
            (b"\nsip/2.0 200 OK\n", Some(Form::Sip)),
            (b"Content-Type: text/plain\n\nx", Some(Form::Mime)),
            (b"mime-version : 1.0\r\n", Some(Form::Mime)),
            (b"To: sip:bob@example.org\r\n", Some(Form::Mime)),
            (b"Via: SIP/2.0/UDP host\r\n", Some(Form::Mime)),
            (b"\x30\x82\x02\xF6\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", Some(Form::Der)),
            (b"\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", Some(Form::Der)),
            (b"\x30\x81\xF6\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", Some(Form::Der)),
            (b"\x30\x0F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01", Some(Form::Der)),
            (b"-----BEGIN CMS-----\n", Some(Form::Pem)),
            (b"\r\n-----BEGIN PKCS7-----\r\n", Some(Form::Pem)),
            (b"-----BEGIN CERTIFICATE-----\r\n", Some(Form::Pem)),
            // A certificate is no message.
            (b"\x30\x82\x02\xF6\x30\x82\x01\x00", None),
            (b"GET / HTTP/1.1\r\nHost: x\r\n", None),
            (b"Hello, world\r\n", None),
            (b": x\r\n", None),
            (b"0", None),
            (b"", None),
            (b"\0\0\0", None),
            (b"MIIBYwYJKoZIhvcNAQcCoIIBVDCC\r\n", None),
        ];
        for (start, expected) in rows {
            assert_eq!(Form::recognise(start), expected, "{}", start.escape_ascii());
        }
        for format in crate::message::FORMATS {
            assert_eq!(Form::by_name(&format.form().to_string()), Some(format.form()));
        }
    }

    #[test]
    fn a_mime_entity_may_have_lf() {
        for octets in [&b"Content-Type: text/plain\n\nx\n"[..], b"Content-Type: text/plain\r\n\r\nx\n"] {
            let message = RawMessage::parse(octets, None).unwrap();
            let entity = message.entity().unwrap();
            assert_eq!((message.form(), entity.body().octets()), (Form::Mime, &b"x\n"[..]));
            assert_eq!(entity.octets().unwrap().octets(), octets);
            assert!(message.cms().is_none() && message.fields().is_empty() && !message.is_request());
        }
        assert_eq!(RawMessage::parse(b"Hello", None).unwrap_err().code(), "input.unrecognised");
        assert_eq!(RawMessage::parse(b"", Some(Form::Mime)).unwrap_err().code(), "input.empty");
        assert!(RawMessage::parse(b"\r\nx", Some(Form::Mime)).unwrap().entity().is_ok());
    }

    #[test]
    fn c11_pem() {
        let good = "-----BEGIN CMS-----\nMAMC\nAQE=\n-----END CMS-----\n";
        let rows = [
            (good.to_owned(), true),
            (good.replace('\n', "\r\n"), true),
            (good.replace("CMS", "PKCS7"), true),
            (format!("Subject: x\n\n{good}\r\n"), true),
            (good.trim_end().to_owned(), true),
            (good.repeat(2), false),
            (format!("{good}x"), false),
            (good.replace("CMS", "CERTIFICATE"), false),
            (good.replace("END CMS", "END PKCS7"), false),
            (good.replace("BEGIN CMS-----", "BEGIN CMS"), false),
            (good.replace("AQE=", "AQE"), false),
            (good.replace("MAMC", "MA!C"), false),
            (good.replace("MAMC", "X: y\n\nMAMC"), false),
        ];
        for (text, expected) in rows {
            let found = RawMessage::parse(text.as_bytes(), Some(Form::Pem));
            match expected {
                true => {
                    let found = found.unwrap();
                    assert_eq!(found.cms().unwrap(), b"0\x03\x02\x01\x01", "{text}");
                    assert_eq!(found.entity().unwrap_err().code(), "mime.type-unsupported");
                }
                false => assert_eq!(found.unwrap_err().code(), "pem.malformed", "{text}"),
            }
        }
        for length in 0..good.trim_end().len() {
            assert!(RawMessage::parse(&good.as_bytes()[..length], Some(Form::Pem)).is_err());
        }
    }

    #[test]
    fn a_der_object_is_passed_on_as_it_is() {
        let der = [&b"\x30\x0F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"[..], b"anything"].concat();
        assert_eq!(RawMessage::parse(&der, None).unwrap().cms(), Some(&der[..]));
    }
}
