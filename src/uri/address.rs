//! Addresses in header fields: From, To, P-Asserted-Identity and their kind (RFC 3261 sections 20.10 and 25.1).
//!
//! The address is what stands between `<` and `>` outside of quotes, or the bare URI. A display name is
//! never an address, whatever it looks like.

use std::borrow::Cow;

use crate::error::{Condition, Error};
use crate::uri::SipUri;

/// One address of a header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The display name, without quotes; octets that are not UTF-8 are replaced. It proves nothing, and
    /// may hold characters that drive a terminal.
    pub display_name: Option<String>,
    /// The text of the URI: printable ASCII, of any scheme.
    pub uri: String,
    /// The parameters after the address, names in lower case, values without quotes.
    pub parameters: Vec<(String, Option<String>)>,
}

impl Address {
    /// Reads the URI.
    ///
    /// # Errors
    /// `sip.uri`.
    pub fn sip_uri(&self) -> Result<SipUri, Error> {
        SipUri::parse(&self.uri)
    }
}

/// Reads the addresses of a header field value, folded or not. There is at least one.
///
/// # Errors
/// `sip.address` if the grammar is not kept.
pub fn addresses(value: &[u8]) -> Result<Vec<Address>, Error> {
    let mut reader = Reader { rest: value };
    let mut addresses = Vec::new();
    loop {
        let address = reader.address().map_err(|why| {
            let at = value.len().saturating_sub(reader.rest.len());
            let shown = value.get(at.saturating_sub(SHOWN)..).unwrap_or_default();
            let shown = shown.get(..SHOWN.saturating_mul(2)).unwrap_or(shown);
            Error::new(Condition::SipAddress).detail(format!("{why}, near \"{}\"", shown.escape_ascii()))
        })?;
        addresses.push(address);
        if reader.rest.is_empty() {
            return Ok(addresses);
        }
        reader.skip(1);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

type Parsed<T> = Result<T, Cow<'static, str>>;

impl<'a> Reader<'a> {
    /// `(name-addr / addr-spec) *(SEMI generic-param)`, up to a comma or the end.
    fn address(&mut self) -> Parsed<Address> {
        self.blanks()?;
        let (display_name, uri) = if self.peek() == Some(b'"') {
            let name = self.quoted_string()?;
            self.blanks()?;
            (Some(name), self.in_brackets()?)
        } else if self.peek() == Some(b'<') {
            (None, self.in_brackets()?)
        } else {
            self.bare_uri_or_named()?
        };
        self.blanks()?;
        let mut parameters = Vec::new();
        while self.peek() == Some(b';') {
            self.skip(1);
            parameters.push(self.parameter()?);
        }
        match self.peek() {
            None | Some(b',') => Ok(Address { display_name, uri, parameters }),
            Some(octet) => Err(format!("{} follows the address", octet_name(octet)).into()),
        }
    }

    /// Tokens are a display name if `<` follows them, and otherwise a URI.
    fn bare_uri_or_named(&mut self) -> Parsed<(Option<String>, String)> {
        let start = self.rest;
        let mut name = Vec::new();
        loop {
            let token = self.take_while(is_token);
            if token.is_empty() {
                break;
            }
            if !name.is_empty() {
                name.push(b' ');
            }
            name.extend_from_slice(token);
            self.blanks()?;
        }
        if self.peek() == Some(b'<') {
            return Ok((Some(String::from_utf8_lossy(&name).into_owned()), self.in_brackets()?));
        }
        self.rest = start;
        // Section 20.10: a URI with a comma, a semicolon or a question mark stands in brackets.
        let uri = self.take_while(|octet| octet.is_ascii_graphic() && !b",;?<>\"".contains(&octet));
        match self.peek() {
            Some(octet) if octet.is_ascii_control() || !octet.is_ascii() => {
                Err(format!("the address holds {}", octet_name(octet)).into())
            }
            _ => Ok((None, absolute_uri(uri)?)),
        }
    }

    /// `"<" addr-spec ">"`, without blanks inside.
    fn in_brackets(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(b'<') => {}
            Some(octet) if !octet.is_ascii_graphic() => {
                return Err(format!("the display name holds {}", octet_name(octet)).into());
            }
            _ => return Err("a display name is not followed by <".into()),
        }
        self.skip(1);
        let uri = self.take_while(|octet| octet.is_ascii_graphic() && !b"<>\"".contains(&octet));
        match self.peek() {
            Some(b'>') => {}
            Some(octet) => return Err(format!("the URI holds {}", octet_name(octet)).into()),
            None => return Err("the URI is not closed by >".into()),
        }
        self.skip(1);
        absolute_uri(uri)
    }

    fn quoted_string(&mut self) -> Parsed<String> {
        self.skip(1);
        let mut text = Vec::new();
        loop {
            text.extend_from_slice(self.take_while(|octet| !b"\"\\\r\n\0".contains(&octet)));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.skip(1);
                    let octet = self.peek().filter(|octet| octet.is_ascii() && !b"\r\n".contains(octet));
                    text.push(octet.ok_or("a backslash quotes no character")?);
                    self.skip(1);
                }
                Some(b'\r') => {
                    self.blanks()?;
                    text.push(b' ');
                }
                Some(octet) => return Err(format!("a quoted string holds {}", octet_name(octet)).into()),
                None => return Err("a quoted string is not closed".into()),
            }
        }
        self.skip(1);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// `token [ EQUAL ( token / host / quoted-string ) ]`
    fn parameter(&mut self) -> Parsed<(String, Option<String>)> {
        self.blanks()?;
        let name = self.take_while(is_token);
        if name.is_empty() {
            return Err("a parameter has no name".into());
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        self.blanks()?;
        if self.peek() != Some(b'=') {
            return Ok((name, None));
        }
        self.skip(1);
        self.blanks()?;
        let value = if self.peek() == Some(b'"') {
            self.quoted_string()?
        } else {
            let value = self.take_while(|octet| is_token(octet) || b"[]:".contains(&octet));
            if value.is_empty() {
                return Err("a parameter has no value after =".into());
            }
            String::from_utf8_lossy(value).into_owned()
        };
        self.blanks()?;
        Ok((name, Some(value)))
    }

    /// Linear white space: blanks, and line ends that a blank follows.
    fn blanks(&mut self) -> Parsed<()> {
        loop {
            self.take_while(|octet| matches!(octet, b' ' | b'\t'));
            match self.rest {
                [b'\r', b'\n', b' ' | b'\t', ..] => self.skip(2),
                [b'\r' | b'\n', ..] => return Err("a line end without a blank after it".into()),
                _ => return Ok(()),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().take_while(|octet| keep(**octet)).count();
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        taken
    }
}

/// A scheme, a colon, and something after it.
fn absolute_uri(octets: &[u8]) -> Parsed<String> {
    let text = std::str::from_utf8(octets).map_err(|_| "the URI is not ASCII")?;
    let (scheme, rest) = text.split_once(':').ok_or("there is no URI")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if is_scheme && !rest.is_empty() { Ok(text.to_owned()) } else { Err("there is no URI".into()) }
}

/// An octet that may not stand where it stands, for people.
fn octet_name(octet: u8) -> String {
    match octet {
        b' ' | b'\t' => "a blank".to_owned(),
        b'"' => "a quote".to_owned(),
        _ if octet.is_ascii_graphic() => format!("the character {}", char::from(octet)),
        _ if octet.is_ascii() => format!("the control character {}", octet.escape_ascii()),
        _ => format!("the octet {}, which is not ASCII", octet.escape_ascii()),
    }
}

/// Whether the octet may stand in a token of SIP (RFC 3261 section 25.1).
pub fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&octet)
}

/// How many octets before and after the place of an error are shown.
const SHOWN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a str, &'a [(Option<&'a str>, &'a str)]);

    // I1: the address is found whatever stands around it.
    #[test]
    fn i1_the_address_is_found() {
        let rows: &[Row<'_>] = &[
            // name-addr and addr-spec.
            ("<sip:a@b.c>", &[(None, "sip:a@b.c")]),
            ("sip:a@b.c", &[(None, "sip:a@b.c")]),
            ("Alice <sip:a@b.c>", &[(Some("Alice"), "sip:a@b.c")]),
            ("Alice  of\tHome<sip:a@b.c>", &[(Some("Alice of Home"), "sip:a@b.c")]),
            ("\"Alice\" <sip:a@b.c>", &[(Some("Alice"), "sip:a@b.c")]),
            ("\"\" <sip:a@b.c>", &[(Some(""), "sip:a@b.c")]),
            // A display name that looks like an address.
            ("\"sip:bob@b.c\" <sip:a@b.c>", &[(Some("sip:bob@b.c"), "sip:a@b.c")]),
            ("\"Bob <sip:bob@b.c>\" <sip:a@b.c>", &[(Some("Bob <sip:bob@b.c>"), "sip:a@b.c")]),
            ("\"<sip:bob@b.c>;tag=1, \" <sip:a@b.c>", &[(Some("<sip:bob@b.c>;tag=1, "), "sip:a@b.c")]),
            (r#""\"<sip:bob@b.c>\\" <sip:a@b.c>"#, &[(Some(r#""<sip:bob@b.c>\"#), "sip:a@b.c")]),
            // Inside brackets `;`, `,` and `?` belong to the URI; outside they do not.
            ("<sip:a,x@b.c;lr?h=v>", &[(None, "sip:a,x@b.c;lr?h=v")]),
            ("sip:a@b.c;lr", &[(None, "sip:a@b.c")]),
            ("tel:+1;ext=3", &[(None, "tel:+1")]),
            // Two addresses.
            ("sip:a@b.c,sip:d@e.f", &[(None, "sip:a@b.c"), (None, "sip:d@e.f")]),
            ("\"A, B\" <sip:a@b.c> , <tel:+1>;x", &[(Some("A, B"), "sip:a@b.c"), (None, "tel:+1")]),
            // Folded.
            ("Alice\r\n <sip:a@b.c>\r\n\t;tag=x", &[(Some("Alice"), "sip:a@b.c")]),
            ("\"Ali\r\n ce\" <sip:a@b.c>", &[(Some("Ali ce"), "sip:a@b.c")]),
            // RFC 4475 sections 3.1.1.1 and 3.1.1.2.
            ("\"J Rosenberg \\\\\\\"\"       <sip:a@b.c> ; tag = 98asjd8", &[(Some("J Rosenberg \\\""), "sip:a@b.c")]),
            (
                "\"BEL:\\\u{7} NUL:\\\0 DEL:\\\u{7f}\" <sip:a@b.c>",
                &[(Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"), "sip:a@b.c")],
            ),
            ("token1~` token2'+_ token3*%!.- <sip:a@b.c>", &[(Some("token1~` token2'+_ token3*%!.-"), "sip:a@b.c")]),
            // Other schemes, and text that is not ASCII.
            ("<isbn:2983792873>", &[(None, "isbn:2983792873")]),
            ("\"\u{202e}J\u{f6}rg\" <sip:a@b.c>", &[(Some("\u{202e}J\u{f6}rg"), "sip:a@b.c")]),
        ];
        for (value, expected) in rows {
            let found = addresses(value.as_bytes()).unwrap();
            let found: Vec<_> = found.iter().map(|a| (a.display_name.as_deref(), a.uri.as_str())).collect();
            assert_eq!(found, *expected, "{value:?}");
        }
    }

    #[test]
    fn i1_what_is_refused() {
        let rows = [
            // Empty.
            "",
            " ",
            "<>",
            "\"Alice\"",
            ",",
            "sip:a@b.c,",
            ",sip:a@b.c",
            "sip:a@b.c,,sip:d@e.f",
            // More than one reading.
            "<sip:a@b.c> <sip:d@e.f>",
            "<sip:a@b.c>sip:d@e.f",
            "\"A\" \"B\" <sip:a@b.c>",
            "\"A\" sip:a@b.c",
            "A \"B\" <sip:a@b.c>",
            "A, B <sip:a@b.c>",
            "sip:d@e.f <sip:a@b.c>",
            "<sip:a@b.c><sip:d@e.f>",
            "<<sip:a@b.c>>",
            "<sip:\"a\"@b.c>",
            "sip:a@b.c?Route=%3Csip:d%3E",
            // Blanks in the URI.
            "< sip:a@b.c>",
            "<sip:a@b.c >",
            "<sip:a @b.c>",
            "sip:a @b.c",
            // Not closed.
            "<sip:a@b.c",
            "\"Alice <sip:a@b.c>",
            "\"Alice\\",
            "\"Alice\\\" <sip:a@b.c>",
            // Line ends that are no folding, and controls.
            "sip:a@b.c\r\n",
            "sip:a@b.c\nx",
            "\"a\rb\" <sip:a@b.c>",
            "\"a\0b\" <sip:a@b.c>",
            "\"a\\\n\" <sip:a@b.c>",
            "<sip:a\0@b.c>",
            "<sip:\u{e9}@b.c>",
            // Parameters.
            "<sip:a@b.c>;",
            "<sip:a@b.c>;=x",
            "<sip:a@b.c>;tag=",
            "<sip:a@b.c>;tag=a b",
            // No URI.
            "alice",
            "<alice>",
            "<sip:>",
            "<:a@b.c>",
        ];
        for value in rows {
            assert_eq!(addresses(value.as_bytes()).map_err(|error| error.code()), Err("sip.address"), "{value:?}");
        }
    }

    // The octet that is in the way is named, not what is missing because of it.
    #[test]
    fn i1_the_octet_is_named() {
        let rows = [
            ("<sip:al\x1bice@b.c>", r"the URI holds the control character \x1b"),
            ("<sip:alice\0@b.c>", r"the URI holds the control character \x00"),
            ("<sip:alice@b.c\r\n>", r"the URI holds the control character \r"),
            ("<sip:a b@b.c>", "the URI holds a blank"),
            ("<sip:\"a\"@b.c>", "the URI holds a quote"),
            ("<sip:a<b@b.c>", "the URI holds the character <"),
            ("<sip:\u{e9}@b.c>", r"the URI holds the octet \xc3, which is not ASCII"),
            ("<sip:a@b.c", "the URI is not closed by >"),
            ("sip:al\x1bice@b.c", r"the address holds the control character \x1b"),
            ("\x7f <sip:a@b.c>", r"the address holds the control character \x7f"),
            ("\"a\" \x07 <sip:a@b.c>", r"the display name holds the control character \x07"),
            ("\"a\0\" <sip:a@b.c>", r"a quoted string holds the control character \x00"),
            ("<sip:a@b.c>\x1b", r"the control character \x1b follows the address"),
            ("<sip:a@b.c> <sip:d@e.f>", "the character < follows the address"),
        ];
        for (value, expected) in rows {
            let error = addresses(value.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(&format!("{expected}, near")), "{value:?}: {error}");
        }
    }

    #[test]
    fn parameters() {
        let found = addresses(b"sip:a@b.c ; TAG = x1 ;lr;q=\"a;\\\"b\";host=[::1]:5060").unwrap();
        let parameter = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            found[0].parameters,
            [
                parameter("tag", Some("x1")),
                parameter("lr", None),
                parameter("q", Some("a;\"b")),
                parameter("host", Some("[::1]:5060")),
            ]
        );
    }

    // O1: what an error shows of the value cannot drive a terminal, and is short.
    #[test]
    fn o1_errors_show_escapes() {
        let error = addresses(b"\x1b[2J <sip:a@b.c>").unwrap_err().to_string();
        assert!(error.contains(r"\x1b[2J"), "{error}");
        assert!(addresses(&[b'<'; 100_000]).unwrap_err().to_string().len() < 300);
    }
}
