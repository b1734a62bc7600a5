//! URIs that name the parties of SIP: parsing (RFC 3261 section 25.1, RFC 3966, RFC 6068, RFC 3860, RFC 3859).
//!
//! The grammar is applied as written: no blanks, no controls, nothing outside ASCII, no address literal
//! that could be read in two ways. What two readers could take for different parties is refused here, so
//! that comparing them ([`SipUri::same_address`], [`SipUri::equal`]) needs no second thought.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::error::{Condition, Error};

mod address;
mod compare;
mod idn;

pub use address::{Address, addresses, is_token};

/// The longest URI that is read, in octets: a header line has no more.
pub const MAX_LENGTH: usize = 8192;

/// The schemes that can name a party of SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:` (RFC 3261).
    Sip,
    /// `sips:` (RFC 3261).
    Sips,
    /// `im:` (RFC 3860).
    Im,
    /// `pres:` (RFC 3859).
    Pres,
    /// `tel:` (RFC 3966).
    Tel,
    /// `mailto:` (RFC 6068).
    Mailto,
}

const SCHEMES: &[(&str, Scheme)] = &[
    ("sip", Scheme::Sip),
    ("sips", Scheme::Sips),
    ("im", Scheme::Im),
    ("pres", Scheme::Pres),
    ("tel", Scheme::Tel),
    ("mailto", Scheme::Mailto),
];

/// A host: a DNS name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, with the dot at its end if it was written with one.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, written in brackets.
    V6(Ipv6Addr),
}

/// A URI that names a party of SIP. Its text is printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipUri {
    text: String,
    scheme: Scheme,
    /// As written. Of a `tel:` URI the number without visual separators.
    user: Option<String>,
    password: Option<String>,
    host: Option<Host>,
    port: Option<u16>,
    /// Names in lower case, values as written.
    parameters: BTreeMap<String, Option<String>>,
    /// Names in lower case, values as written, sorted.
    headers: Vec<(String, String)>,
}

impl SipUri {
    /// Reads a URI.
    ///
    /// # Errors
    /// `sip.uri` if the scheme is another one or the grammar is not kept.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse(text).map_err(|why| {
            let shown: String = text.chars().take(SHOWN).collect();
            Error::new(Condition::SipUri).detail(format!("{why}: {}", shown.as_bytes().escape_ascii()))
        })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The octets of the user part with escapes resolved; of a `tel:` URI the number.
    pub fn user(&self) -> Option<Vec<u8>> {
        self.user.as_deref().map(unescape)
    }

    /// The host; a `tel:` URI has none.
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// The port, if one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The value of a parameter, as written; `Some(None)` if it has no value. `name` is in lower case.
    pub fn parameter(&self, name: &str) -> Option<Option<&str>> {
        self.parameters.get(name).map(Option::as_deref)
    }

    /// Whether it is an address of record and no more: no password, port, header or, unless it is a number, parameter.
    pub fn is_address_of_record(&self) -> bool {
        let is_bare = self.parameters.is_empty() || self.scheme == Scheme::Tel;
        is_bare && self.password.is_none() && self.port.is_none() && self.headers.is_empty()
    }

    /// The address of record alone, its host in lower case; `None` if it equals no address: it has a port, or a control
    /// character in the user part.
    pub fn address_of_record(&self) -> Option<Self> {
        let name = SCHEMES.iter().find(|(_, scheme)| *scheme == self.scheme).map(|(name, _)| *name)?;
        let mut text = format!("{name}:{}", self.user.as_deref().unwrap_or_default());
        if let Some(password) = &self.password {
            text += &format!(":{password}");
        }
        if let Some(host) = &self.host {
            let at = if self.user.is_some() { "@" } else { "" };
            text += &format!("{at}{host}");
        }
        let is_number = self.scheme == Scheme::Tel;
        for name in compare::NUMBER_CONTEXT.into_iter().filter(|_| is_number) {
            if let Some(Some(value)) = self.parameter(name) {
                text += &format!(";{name}={value}");
            }
        }
        parse(&text).ok().filter(|address| address.same_address(self))
    }

    /// The URI as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => write!(f, "{address}"),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

type Parsed<T> = Result<T, &'static str>;

fn parse(text: &str) -> Parsed<SipUri> {
    if text.len() > MAX_LENGTH {
        return Err("it is too long");
    }
    if !text.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err("a blank, a control character or a character outside ASCII");
    }
    let (scheme, rest) = text.split_once(':').ok_or("it has no scheme")?;
    let known = SCHEMES.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name));
    let &(_, scheme) = known.ok_or("the scheme is not sip, sips, im, pres, tel or mailto")?;
    let mut uri = SipUri {
        text: text.to_owned(),
        scheme,
        user: None,
        password: None,
        host: None,
        port: None,
        parameters: BTreeMap::new(),
        headers: Vec::new(),
    };
    match scheme {
        Scheme::Sip | Scheme::Sips => sip(&mut uri, rest)?,
        Scheme::Im | Scheme::Pres | Scheme::Mailto => mailbox(&mut uri, rest)?,
        Scheme::Tel => telephone(&mut uri, rest)?,
    }
    Ok(uri)
}

/// `[ userinfo "@" ] hostport uri-parameters [ headers ]`. An @ stands nowhere else unescaped.
fn sip(uri: &mut SipUri, rest: &str) -> Parsed<()> {
    let rest = match rest.split_once('@') {
        Some((userinfo, rest)) => {
            let (user, password) = match userinfo.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (userinfo, None),
            };
            uri.user = Some(component(user, USER, "the user part is empty or malformed")?);
            uri.password = password.map(|password| any(password, PASSWORD, "the password is malformed")).transpose()?;
            rest
        }
        None => rest,
    };
    let (address, headers) = match rest.split_once('?') {
        Some((address, headers)) => (address, Some(headers)),
        None => (rest, None),
    };
    let (hostport, parameters) = match address.split_once(';') {
        Some((hostport, parameters)) => (hostport, Some(parameters)),
        None => (address, None),
    };
    host_and_port(uri, hostport)?;
    if let Some(parameters) = parameters {
        uri.parameters = parameter_list(parameters)?;
    }
    if let Some(headers) = headers {
        uri.headers = header_list(headers, HEADER)?;
    }
    Ok(())
}

/// `local-part "@" domain [ headers ]` with one address.
fn mailbox(uri: &mut SipUri, rest: &str) -> Parsed<()> {
    let (address, headers) = match rest.split_once('?') {
        Some((address, headers)) => (address, Some(headers)),
        None => (rest, None),
    };
    let (user, domain) = address.split_once('@').ok_or("it has no @")?;
    uri.user = Some(component(user, MAILBOX, "the local part is empty or malformed")?);
    uri.host = Some(Host::parse(domain)?);
    if let Some(headers) = headers {
        uri.headers = header_list(headers, MAIL_HEADER)?;
    }
    Ok(())
}

/// A global number, or a local one with the context it is local to (RFC 3966 section 3).
fn telephone(uri: &mut SipUri, rest: &str) -> Parsed<()> {
    let (number, parameters) = match rest.split_once(';') {
        Some((number, parameters)) => (number, Some(parameters)),
        None => (rest, None),
    };
    if let Some(parameters) = parameters {
        uri.parameters = parameter_list(parameters)?;
    }
    let is_digit: fn(char) -> bool = match number.strip_prefix('+') {
        Some(_) => |c| c.is_ascii_digit(),
        None => |c| c.is_ascii_hexdigit() || matches!(c, '*' | '#'),
    };
    let digits = without_separators(number.strip_prefix('+').unwrap_or(number));
    if digits.is_empty() || !digits.chars().all(is_digit) {
        return Err("this is not a telephone number");
    }
    let is_global = number.starts_with('+');
    if !is_global && !matches!(uri.parameter("phone-context"), Some(Some(_))) {
        return Err("a local telephone number needs a phone-context");
    }
    let sign = if is_global { "+" } else { "" };
    uri.user = Some(format!("{sign}{}", digits.to_ascii_lowercase()));
    Ok(())
}

/// A telephone number without its visual separators (RFC 3966 section 5.1.1).
fn without_separators(number: &str) -> String {
    number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect()
}

fn host_and_port(uri: &mut SipUri, hostport: &str) -> Parsed<()> {
    let port_colon = match hostport.rfind(']') {
        Some(bracket) => hostport.get(bracket..).and_then(|tail| tail.split_once(':')),
        None => hostport.split_once(':'),
    };
    let host = match port_colon {
        Some((_, port)) => {
            if !port.bytes().all(|octet| octet.is_ascii_digit()) {
                return Err("the port is not a number");
            }
            uri.port = Some(port.parse().map_err(|_| "the port is empty or above 65535")?);
            hostport.strip_suffix(port).and_then(|host| host.strip_suffix(':')).unwrap_or(hostport)
        }
        None => hostport,
    };
    uri.host = Some(Host::parse(host)?);
    Ok(())
}

impl Host {
    /// Reads a DNS name or an address.
    pub fn read(text: &str) -> Option<Self> {
        Host::parse(text).ok()
    }

    fn parse(text: &str) -> Parsed<Self> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let address = bracketed.strip_suffix(']').and_then(|address| address.parse().ok());
            return address.map(Host::V6).ok_or("this is not an IPv6 address");
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let top = name.rsplit('.').next().unwrap_or_default();
        if top.starts_with(|c: char| c.is_ascii_digit()) {
            // No name of the DNS has a top label that begins with a digit (toplabel). Octets with leading
            // zeros are refused: some readers take them for octal.
            return text.parse().map(Host::V4).map_err(|_| "this is neither a DNS name nor an IPv4 address");
        }
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err("the host is empty or not a DNS name");
        }
        Ok(Host::Name(text.to_ascii_lowercase()))
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// Any parameter appears once (RFC 3261 section 19.1.1).
fn parameter_list(text: &str) -> Parsed<BTreeMap<String, Option<String>>> {
    let mut parameters = BTreeMap::new();
    for parameter in text.split(';') {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(component(value, PARAMETER, "a parameter is malformed")?)),
            None => (parameter, None),
        };
        let name = lower_case(&component(name, PARAMETER, "a parameter is malformed")?);
        if parameters.insert(name, value).is_some() {
            return Err("a parameter is given twice");
        }
    }
    Ok(parameters)
}

fn header_list(text: &str, extra: &[u8]) -> Parsed<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for header in text.split('&') {
        let (name, value) = header.split_once('=').ok_or("a header has no =")?;
        let name = lower_case(&component(name, extra, "a header is malformed")?);
        headers.push((name, any(value, extra, "a header is malformed")?));
    }
    headers.sort();
    Ok(headers)
}

/// Escapes resolved where that changes nothing, then in lower case. Octets outside ASCII stay escaped: they are no
/// characters of their own, and need not be UTF-8.
fn lower_case(name: &str) -> String {
    let resolved = resolve(name, |octet| octet.is_ascii() && is_normalised(octet));
    resolved.iter().map(|octet| char::from(octet.to_ascii_lowercase())).collect()
}

/// `text` if it is one or more of `unreserved / escaped` and the octets of `extra`.
fn component(text: &str, extra: &[u8], why: &'static str) -> Parsed<String> {
    if text.is_empty() { Err(why) } else { any(text, extra, why) }
}

/// As [`component`], but `text` may be empty.
fn any(text: &str, extra: &[u8], why: &'static str) -> Parsed<String> {
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        let is_escape = octet == b'%'
            && octets.next().is_some_and(|high| high.is_ascii_hexdigit())
            && octets.next().is_some_and(|low| low.is_ascii_hexdigit());
        if !is_escape && !is_unreserved(octet) && !extra.contains(&octet) {
            return Err(why);
        }
    }
    Ok(text.to_owned())
}

fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&octet)
}

/// The octets with every escape resolved.
fn unescape(text: &str) -> Vec<u8> {
    resolve(text, |_| true)
}

/// The octets with those escapes resolved that mean the same as the character itself: all but the reserved
/// ones (RFC 3261 section 19.1.4), and the percent sign, which would look like an escape again.
fn normalise(text: &str) -> Vec<u8> {
    resolve(text, is_normalised)
}

fn is_normalised(octet: u8) -> bool {
    !b";/?:@&=+$,%".contains(&octet)
}

fn resolve(text: &str, is_resolved: fn(u8) -> bool) -> Vec<u8> {
    let mut resolved = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'%' {
            resolved.push(octet);
            continue;
        }
        let digits = [octets.next().unwrap_or(b'0'), octets.next().unwrap_or(b'0')];
        let mut escaped = [0u8];
        match hex::decode_to_slice(digits, &mut escaped) {
            Ok(()) if is_resolved(escaped[0]) => resolved.extend(escaped),
            _ => {
                resolved.push(b'%');
                resolved.extend(digits.map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    resolved
}

/// How much of a malformed URI an error shows.
const SHOWN: usize = 120;

// What is allowed beside `unreserved / escaped`, by component (RFC 3261 section 25.1).
const USER: &[u8] = b"&=+$,;?/";
const PASSWORD: &[u8] = b"&=+$,";
const PARAMETER: &[u8] = b"[]/:&+$";
const HEADER: &[u8] = b"[]/?:+$";
// RFC 6068 section 2, without the comma that would begin another address.
const MAILBOX: &[u8] = b"&=+$/";
const MAIL_HEADER: &[u8] = b"[]/?:+$@,;";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read() {
        type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<u16>);
        // (URI, user, host, port)
        let rows: &[Row<'_>] = &[
            ("sip:alice@example.com", Some("alice"), Some("example.com"), None),
            ("SIPS:%61lice:secret@EXAMPLE.com:5061", Some("alice"), Some("example.com"), Some(5061)),
            ("sip:example.com", None, Some("example.com"), None),
            (
                "sip:a;b?c/d&e=f+g$h,i@example.com;lr;maddr=[::1]?a=b&c=",
                Some("a;b?c/d&e=f+g$h,i"),
                Some("example.com"),
                None,
            ),
            ("sip:alice:@example.com", Some("alice"), Some("example.com"), None),
            ("sip:1@192.0.2.4:5060", Some("1"), Some("192.0.2.4"), Some(5060)),
            ("sip:1@[2001:DB8::10]", Some("1"), Some("[2001:db8::10]"), None),
            ("sip:1@[::ffff:192.0.2.4]:1", Some("1"), Some("[::ffff:192.0.2.4]"), Some(1)),
            ("sip:a@example.com.", Some("a"), Some("example.com."), None),
            ("sip:a@4.example.x1", Some("a"), Some("4.example.x1"), None),
            ("im:fluffy@example.com", Some("fluffy"), Some("example.com"), None),
            ("pres:fluffy@example.com?subject=x", Some("fluffy"), Some("example.com"), None),
            ("mailto:a.b+c@Example.COM?cc=x@y.z", Some("a.b+c"), Some("example.com"), None),
            ("tel:+1-(201)-555.0123", Some("+12015550123"), None, None),
            ("tel:7042;phone-context=example.com", Some("7042"), None, None),
        ];
        for (text, user, host, port) in rows {
            let uri = SipUri::parse(text).unwrap();
            assert_eq!(uri.user().as_deref(), user.map(str::as_bytes), "{text}");
            assert_eq!(uri.host().map(ToString::to_string).as_deref(), *host, "{text}");
            assert_eq!((uri.port(), uri.to_string().as_str()), (*port, *text));
        }
    }

    // P9, I4: what could be taken for another name is no URI.
    #[test]
    fn p9_what_is_refused() {
        let rows = [
            "",
            "alice@example.com",
            ":alice@example.com",
            "http://example.com",
            "xsip:alice@example.com",
            // Blanks, controls, outside ASCII.
            " sip:alice@example.com",
            "sip:alice@example.com ",
            "sip:ali ce@example.com",
            "sip:alice@example.com\0",
            "sip:alice@example.com\r\n",
            "sip:alice\u{1b}@example.com",
            "sip:\u{430}lice@example.com",
            "sip:alice@example.com\u{a0}",
            "sip:alice@\u{200e}example.com",
            // User.
            "sip:@example.com",
            "sip::pw@example.com",
            "sip:a@b@example.com",
            "sip:a:b:c@example.com",
            "sip:a\"b@example.com",
            "sip:a<b@example.com",
            "sip:a%@example.com",
            "sip:a%4@example.com",
            "sip:a%zz@example.com",
            // Host and port.
            "sip:",
            "sip:alice@",
            "sip:alice@.",
            "sip:alice@example..com",
            "sip:alice@example.com..",
            "sip:alice@.example.com",
            "sip:alice@-a.com",
            "sip:alice@a-.com",
            "sip:alice@ex_ample.com",
            "sip:alice@*.example.com",
            "sip:alice@ex%61mple.com",
            "sip:alice@//example.com",
            "sip:alice@example.com:",
            "sip:alice@example.com:x",
            "sip:alice@example.com:+1",
            "sip:alice@example.com:65536",
            "sip:alice@192.0.2",
            "sip:alice@192.0.2.4.",
            "sip:alice@192.000.002.004",
            "sip:alice@256.0.2.4",
            "sip:alice@example.1com",
            "sip:alice@2001:db8::1",
            "sip:alice@[2001:db8::1",
            "sip:alice@[fe80::1%25eth0]",
            "sip:alice@[::1]x",
            "sip:alice@[]",
            // Parameters and headers.
            "sip:alice@example.com;",
            "sip:alice@example.com;;lr",
            "sip:alice@example.com;a=",
            "sip:alice@example.com;=a",
            "sip:alice@example.com;a=1;A=2",
            "sip:alice@example.com;a=b@c",
            "sip:alice@example.com?",
            "sip:alice@example.com?a",
            "sip:alice@example.com?=a",
            "sip:alice@example.com?a=b&",
            "sip:alice@example.com/path",
            "sip:alice@example.com#fragment",
            // Other schemes.
            "im:example.com",
            "im:a@b.c:5060",
            "im:a@b.c;x=y",
            "mailto:a@b.c,d@e.f",
            "mailto:@b.c",
            "tel:",
            "tel:+",
            "tel:+-",
            "tel:+1a",
            "tel:++1",
            "tel:911",
            "tel:911;phone-context",
            "tel:alice@example.com",
        ];
        for text in rows {
            assert_eq!(SipUri::parse(text).map_err(|error| error.code()), Err("sip.uri"), "{text:?}");
        }
        let long = format!("sip:{}@example.com", "a".repeat(MAX_LENGTH));
        assert_eq!(SipUri::parse(&long).unwrap_err().code(), "sip.uri");
    }

    // O1: what an error shows of a hostile URI cannot drive a terminal, and is short.
    #[test]
    fn o1_errors_show_escapes() {
        let error = SipUri::parse("sip:\u{1b}]52;c;x\u{7}\u{202e}@example.com").unwrap_err().to_string();
        assert!(error.contains(r"sip:\x1b]52;c;x\x07\xe2\x80\xae@example.com"), "{error}");
        assert!(SipUri::parse(&"x".repeat(100_000)).unwrap_err().to_string().len() < 300);
    }
}
