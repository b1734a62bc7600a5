//! Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183, RFC 3261 sections 20.11 and 20.15).
//!
//! Names are compared in any case, and so are types; values are kept as written. A parameter that stands twice
//! is refused: two readers could choose differently. An unquoted value with `/` or another octet that needs
//! quotes is read and flagged (RFC 3862 section 6 prints one). The continuations of RFC 2231 are not joined: no
//! parameter that decides anything uses them.

use std::fmt;

use crate::error::{Condition, Error};
use crate::mime::lexer::Lexer;

/// One parameter of a structured field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name in lower case.
    pub name: String,
    /// The value without quotes. Octets that are not UTF-8 are replaced by U+FFFD.
    pub value: String,
    /// Whether the value stands without the quotes it needs.
    pub needs_quotes: bool,
}

/// The value of a Content-Type field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// The type in lower case, for example `application`.
    pub type_: String,
    /// The subtype in lower case, for example `pkcs7-mime`.
    pub subtype: String,
    /// The parameters in their order.
    pub parameters: Vec<Parameter>,
}

impl ContentType {
    /// Reads an unfolded value.
    ///
    /// # Errors
    /// `mime.content-type`.
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        Self::read(value).map_err(|detail| Error::new(Condition::MimeContentType).detail(detail))
    }

    fn read(value: &[u8]) -> Result<Self, &'static str> {
        let mut lexer = Lexer::new(value);
        let type_ = lexer.token()?;
        if !lexer.eat(b'/')? {
            return Err("there is no / after the type");
        }
        let subtype = lexer.token()?;
        Ok(ContentType { type_, subtype, parameters: parameters(&mut lexer, Valueless::Refused)? })
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name).map(|parameter| parameter.value.as_str())
    }

    /// Whether the type and the subtype are these.
    pub fn is(&self, type_: &str, subtype: &str) -> bool {
        self.type_.eq_ignore_ascii_case(type_) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether the body consists of parts.
    pub fn is_multipart(&self) -> bool {
        self.type_ == "multipart"
    }

    /// Whether the body is text, whose lines end in CR LF (RFC 2046 section 4.1.1).
    pub fn is_text(&self) -> bool {
        self.type_ == "text"
    }

    /// What kind of CMS object the label announces. An application/octet-stream is taken by the name of its file,
    /// which stands in the `name` parameter or in `disposition` (RFC 8551 sections 3.2.1 and 3.10).
    pub fn smime(&self, disposition: Option<&Disposition>) -> Option<SmimeBody> {
        if self.type_ != "application" {
            return None;
        }
        match self.subtype.as_str() {
            "pkcs7-mime" | "x-pkcs7-mime" => Some(SmimeBody::Object),
            "pkcs7-signature" | "x-pkcs7-signature" => Some(SmimeBody::Signature),
            "octet-stream" => {
                let names = [disposition.and_then(Disposition::filename), self.parameter("name")];
                names.into_iter().flatten().find_map(SmimeBody::of_file_name)
            }
            _ => None,
        }
    }

    /// Whether the label announces a CMS object of either kind.
    pub fn is_smime(&self, disposition: Option<&Disposition>) -> bool {
        self.smime(disposition).is_some()
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.type_, self.subtype)
    }
}

/// The kinds of body that hold a CMS object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmimeBody {
    /// application/pkcs7-mime: the content, if there is one, is inside.
    Object,
    /// application/pkcs7-signature: the content is the part beside it.
    Signature,
}

impl SmimeBody {
    fn of_file_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "p7m" | "p7c" | "p7z" => Some(SmimeBody::Object),
            "p7s" => Some(SmimeBody::Signature),
            _ => None,
        }
    }
}

/// The value of a Content-Disposition field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// The type in lower case, for example `attachment` or `render`.
    pub type_: String,
    /// The parameters in their order; the value of one without `=` is empty.
    pub parameters: Vec<Parameter>,
}

impl Disposition {
    /// Reads an unfolded value.
    ///
    /// # Errors
    /// `mime.header-field`.
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        Self::read(value).map_err(|detail| Error::new(Condition::MimeField).detail(detail))
    }

    fn read(value: &[u8]) -> Result<Self, &'static str> {
        let mut lexer = Lexer::new(value);
        Ok(Disposition { type_: lexer.token()?, parameters: parameters(&mut lexer, Valueless::Empty)? })
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name).map(|parameter| parameter.value.as_str())
    }

    /// Whether a reader that does not understand the body must refuse the message, as far as it is said:
    /// `required` or `optional`.
    pub fn handling(&self) -> Option<&str> {
        self.parameter("handling")
    }

    /// The name of the file.
    pub fn filename(&self) -> Option<&str> {
        self.parameter("filename")
    }
}

fn find<'p>(parameters: &'p [Parameter], name: &str) -> Option<&'p Parameter> {
    parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// How many parameters a field may have.
const MAX_PARAMETERS: usize = 64;

/// What a parameter without `=` is: refused by RFC 2045, a `generic-param` of RFC 3261.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Valueless {
    Refused,
    Empty,
}

fn parameters(lexer: &mut Lexer<'_>, valueless: Valueless) -> Result<Vec<Parameter>, &'static str> {
    let mut parameters: Vec<Parameter> = Vec::new();
    while !lexer.is_done()? {
        if !lexer.eat(b';')? {
            return Err("there is no ; before a parameter");
        }
        // Many mailers end the field in a semicolon.
        if lexer.is_done()? {
            break;
        }
        let name = lexer.token()?;
        let (value, needs_quotes) = match lexer.eat(b'=')? {
            true => lexer.value()?,
            false if valueless == Valueless::Empty => (String::new(), false),
            false => return Err("a parameter has no value"),
        };
        if parameters.len() >= MAX_PARAMETERS {
            return Err("there are too many parameters");
        }
        if find(&parameters, &name).is_some() {
            return Err("a parameter is given twice");
        }
        parameters.push(Parameter { name, value, needs_quotes });
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<ContentType, String> {
        ContentType::parse(value.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn content_types() {
        type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
        let rows: [Row; 13] = [
            ("text/plain", "text/plain", &[]),
            ("Text/PLAIN ; Charset=UTF-8", "text/plain", &[("charset", "UTF-8")]),
            (
                "multipart/signed;boundary=3b515e121b43a911;micalg=sha1;protocol=\"application/pkcs7-signature\"",
                "multipart/signed",
                &[("boundary", "3b515e121b43a911"), ("micalg", "sha1"), ("protocol", "application/pkcs7-signature")],
            ),
            ("a/b; c = \"d\"", "a/b", &[("c", "d")]),
            ("a/b; c=\"\"", "a/b", &[("c", "")]),
            ("a/b; c=\"x\\\"y\\\\z; e=f\"", "a/b", &[("c", "x\"y\\z; e=f")]),
            ("a/b;", "a/b", &[]),
            ("a/b; c=d; ", "a/b", &[("c", "d")]),
            // f3_comment: anywhere between words, nested, with quoted pairs.
            ("(x) a (y(z\\))) / b ( ; c=d) ; (;) e (=) = (\"g\") f (h)", "a/b", &[("e", "f")]),
            // No comment inside a quoted string.
            ("a/b; c=\"(d)\"", "a/b", &[("c", "(d)")]),
            ("a/b; n*0=x; n*1=y", "a/b", &[("n*0", "x"), ("n*1", "y")]),
            ("a/b; boundary=----=_Part_0", "a/b", &[("boundary", "----=_Part_0")]),
            ("a/b; name=f\u{fc}r", "a/b", &[("name", "f\u{fc}r")]),
        ];
        for (value, media_type, parameters) in rows {
            let found = parse(value).unwrap();
            let pairs: Vec<_> = found.parameters.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
            assert_eq!((found.to_string().as_str(), pairs.as_slice()), (media_type, parameters), "{value}");
            for length in 0..value.len() {
                let _ = ContentType::parse(&value.as_bytes()[..length]);
                let _ = Disposition::parse(&value.as_bytes()[..length]);
            }
        }
    }

    #[test]
    fn f3_malformed_content_types() {
        let deep = format!("a/b {}{}", "(".repeat(17), ")".repeat(17));
        let rows = [
            ("", "a token is missing"),
            ("text", "there is no / after the type"),
            ("text/", "a token is missing"),
            ("/plain", "a token is missing"),
            ("\"text\"/plain", "a token is missing"),
            ("text/plain/x", "there is no ; before a parameter"),
            ("text/plain charset=utf-8", "there is no ; before a parameter"),
            ("text/plain, text/html", "there is no ; before a parameter"),
            ("a/b; c", "a parameter has no value"),
            ("a/b; c=", "a value is missing"),
            ("a/b; =d", "a token is missing"),
            ("a/b;; c=d", "a token is missing"),
            ("a/b; c=\"d", "a quoted string has no end"),
            ("a/b; c=\"d\\", "a quoted string has no end"),
            ("a/b (c", "a comment has no end"),
            ("a/b )", "there is no ; before a parameter"),
            ("a/b; c=d; C=d", "a parameter is given twice"),
            (deep.as_str(), "comments are nested too deeply"),
        ];
        for (value, detail) in rows {
            assert_eq!(parse(value), Err(format!("Content-Type is malformed: {detail}")), "{value}");
        }
        // Linear in time, and no deep stack.
        assert!(parse(&format!("a/b {}", "()".repeat(30_000))).is_ok());
        assert!(parse(&"(".repeat(60_000)).is_err());
    }

    #[test]
    fn trap_22_protocol_unquoted() {
        let found = parse("multipart/signed; boundary=b; protocol=application/pkcs7-signature").unwrap();
        let flags: Vec<_> = found.parameters.iter().map(|p| (p.value.as_str(), p.needs_quotes)).collect();
        assert_eq!(flags, [("b", false), ("application/pkcs7-signature", true)]);
    }

    #[test]
    fn mim_15_smime_types() {
        use SmimeBody::{Object, Signature};
        let rows = [
            ("application/pkcs7-mime", None, Some(Object)),
            ("Application/X-Pkcs7-Mime; name=x.p7s", None, Some(Object)),
            ("application/pkcs7-signature", None, Some(Signature)),
            ("application/x-pkcs7-signature", None, Some(Signature)),
            ("application/octet-stream", None, None),
            ("application/octet-stream; name=smime.p7m", None, Some(Object)),
            ("application/octet-stream; name=SMIME.P7S", None, Some(Signature)),
            ("application/octet-stream", Some("attachment; filename=\"smime.p7c\""), Some(Object)),
            ("application/octet-stream", Some("attachment;handling=required;filename=smime.p7z"), Some(Object)),
            // TRAP-13: decided by the media type, whatever the file is called.
            ("application/pkcs7-mime", Some("attachment;filename=smime.p7"), Some(Object)),
            ("application/octet-stream; name=p7m", None, None),
            ("text/plain; name=smime.p7m", Some("attachment; filename=smime.p7m"), None),
            ("image/pkcs7-mime", None, None),
        ];
        for (value, disposition, expected) in rows {
            let disposition = disposition.map(|value| Disposition::parse(value.as_bytes()).unwrap());
            assert_eq!(parse(value).unwrap().smime(disposition.as_ref()), expected, "{value}");
        }
    }

    #[test]
    fn dispositions() {
        let disposition = Disposition::parse(b"Attachment;handling=required;filename=smime.p7s;lr").unwrap();
        assert_eq!(disposition.type_, "attachment");
        assert_eq!((disposition.handling(), disposition.filename()), (Some("required"), Some("smime.p7s")));
        assert_eq!(disposition.parameter("lr"), Some(""));
        // TRAP-21: RFC 3261 section 23.4.3 prints one without the semicolon.
        let error = Disposition::parse(b"attachment; filename=smime.p7m handling=required").unwrap_err();
        assert_eq!(error.code(), "mime.header-field");
    }
}
