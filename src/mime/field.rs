//! Header fields as they stand (RFC 3261 section 7.3.1, RFC 2045 section 3, RFC 5322 section 2.2).
//!
//! SIP heads and MIME headers share this reader. It keeps the exact octets of every field and refuses
//! what two readers could split differently: a line that ends in LF where CR LF is owed, a CR alone, a
//! name that is no token, and in SIP a continuation line without text.

use std::borrow::Cow;

use crate::error::{Condition, Error};
use crate::octets::{Line, LineEnding, Slice};
use crate::uri;

/// The longest line of a head, in octets without its ending.
pub const MAX_LINE: usize = 8 * 1024;
/// The longest head, in octets with the empty line.
pub const MAX_HEAD: usize = 64 * 1024;
/// How many fields a head may have.
pub const MAX_FIELDS: usize = 512;

/// How the lines of a head end, and what a head is called in errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRule {
    /// The head of a SIP message: CR LF, nothing else (RFC 3261 section 7).
    Sip,
    /// A MIME entity: CR LF.
    CrLf,
    /// A MIME entity in a file of its own: each line may end in CR LF or in LF.
    CrLfOrLf,
}

impl LineRule {
    /// The line at the start of `rest`; `None` if there are no octets.
    ///
    /// # Errors
    /// `limit.head` past [`MAX_LINE`]; `sip.bare-lf`, `sip.head-unended`, `sip.header-field`, or the `mime.*`
    /// that corresponds, if the line does not end as it must.
    pub fn line(self, rest: Slice<'_>) -> Result<Option<Line<'_>>, Error> {
        // A line that is too long is not searched to its end.
        let Some(line) = rest.take(MAX_LINE.saturating_add(2)).lines().next() else { return Ok(None) };
        if line.text.len() > MAX_LINE {
            return Err(Error::new(Condition::LimitHead).at(line.text.span()));
        }
        if line.ending == LineEnding::None {
            return Err(self.unended().at(line.text.span()));
        }
        if let Some(at) = memchr::memchr(b'\r', line.text.octets()) {
            return Err(self.malformed("a CR stands without LF").at(line.text.skip(at).take(1).span()));
        }
        match (line.ending, self) {
            (LineEnding::Lf, LineRule::Sip) => Err(Error::new(Condition::SipBareLf).at(line.span())),
            (LineEnding::Lf, LineRule::CrLf) => Err(self
                .malformed("a line ends in LF alone")
                .hinting("MIME lines end in CR LF here: an editor or a copy may have changed them")
                .at(line.span())),
            _ => Ok(Some(line)),
        }
    }

    /// The head ends without an empty line.
    pub(crate) fn unended(self) -> Error {
        Error::new(match self {
            LineRule::Sip => Condition::SipHeadUnended,
            _ => Condition::MimeEmptyLine,
        })
    }

    fn malformed(self, detail: &str) -> Error {
        let condition = match self {
            LineRule::Sip => Condition::SipHeaderField,
            _ => Condition::MimeField,
        };
        Error::new(condition).detail(detail)
    }
}

/// One header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The field with all its lines and their endings.
    pub whole: Slice<'a>,
    /// The name, without blanks before the colon.
    pub name: Slice<'a>,
    /// Everything after the colon up to the ending of the last line: blanks and folding as they stand.
    pub value: Slice<'a>,
}

impl<'a> Field<'a> {
    /// Whether the field has this name, in any case.
    pub fn name_is(&self, name: &str) -> bool {
        self.name.octets().eq_ignore_ascii_case(name.as_bytes())
    }

    /// The name a SIP head means: a compact form spelled long (RFC 3261 section 7.3.3).
    pub fn sip_name(&self) -> &'a [u8] {
        long_name(self.name.octets()).map_or(self.name.octets(), str::as_bytes)
    }

    /// Whether the field has this name, in any case, long or compact.
    pub fn sip_name_is(&self, name: &str) -> bool {
        let name = long_name(name.as_bytes()).unwrap_or(name);
        self.sip_name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value on one line: each fold is one SP, with no blanks around the whole.
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        let texts: Vec<&[u8]> =
            self.value.lines().map(|line| line.text.trim_blanks().octets()).filter(|text| !text.is_empty()).collect();
        match texts.as_slice() {
            [] => Cow::Borrowed(&[]),
            [text] => Cow::Borrowed(text),
            several => Cow::Owned(several.join(&b' ')),
        }
    }
}

/// Reads fields up to the empty line that ends them, and returns them with what follows that line.
///
/// A MIME header may also end with the input: the empty line before an empty body belongs to the
/// delimiter that follows (RFC 2046 section 5.1.1, `body-part`). A SIP head may not.
///
/// # Errors
/// `limit.head` past [`MAX_LINE`], [`MAX_HEAD`] or [`MAX_FIELDS`]; `sip.*` under [`LineRule::Sip`], else
/// `mime.header-field` and `mime.no-empty-line`.
pub fn fields<'a>(head: Slice<'a>, rule: LineRule) -> Result<(Vec<Field<'a>>, Slice<'a>), Error> {
    let mut fields = Vec::new();
    let mut rest = head;
    loop {
        let Some(first) = rule.line(rest)? else {
            return match rule {
                LineRule::Sip => Err(rule.unended().at(head.span())),
                _ => Ok((fields, rest)),
            };
        };
        let mut after = rest.skip(first.span().len());
        let mut last = first;
        if first.text.is_empty() {
            within_limits(head.until(after), fields.len())?;
            return Ok((fields, after));
        }
        while let Some(line) = rule.line(after)?.filter(|line| matches!(line.text.first(), Some(b' ' | b'\t'))) {
            if rule == LineRule::Sip && line.text.trim_blanks().is_empty() {
                return Err(rule.malformed("a continuation line is blank").at(line.span()));
            }
            after = after.skip(line.span().len());
            last = line;
        }
        fields.push(field(rest.until(after), first, last, rule)?);
        within_limits(head.until(after), fields.len())?;
        rest = after;
    }
}

fn within_limits(head: Slice<'_>, fields: usize) -> Result<(), Error> {
    match head.len() > MAX_HEAD || fields > MAX_FIELDS {
        true => Err(Error::new(Condition::LimitHead).at(head.span())),
        false => Ok(()),
    }
}

fn field<'a>(whole: Slice<'a>, first: Line<'a>, last: Line<'a>, rule: LineRule) -> Result<Field<'a>, Error> {
    let Some((name, value)) = first.text.find(b":").and_then(|colon| whole.split_at(colon)) else {
        return Err(match rule {
            LineRule::Sip => rule.malformed("a line has no colon"),
            _ => rule.unended().detail("a header line has no colon"),
        }
        .at(first.text.span()));
    };
    let name = name.take(name.len().saturating_sub(trailing_blanks(name)));
    if name.is_empty() || !name.octets().iter().all(|octet| is_name_octet(*octet, rule)) {
        return Err(rule.malformed("a name is not a token").at(first.text.span()));
    }
    let value = value.skip(1);
    let value = value.take(value.len().saturating_sub(last.ending.len()));
    Ok(Field { whole, name, value })
}

fn trailing_blanks(name: Slice<'_>) -> usize {
    name.octets().iter().rev().take_while(|octet| matches!(octet, b' ' | b'\t')).count()
}

fn is_name_octet(octet: u8, rule: LineRule) -> bool {
    match rule {
        LineRule::Sip => uri::is_token(octet),
        // RFC 5322 section 3.6.8, ftext.
        _ => octet.is_ascii_graphic() && octet != b':',
    }
}

/// The long name of a compact form, as registered with IANA.
pub fn long_name(name: &[u8]) -> Option<&'static str> {
    let [letter] = name else { return None };
    let letter = letter.to_ascii_lowercase();
    COMPACT_NAMES.iter().find(|(compact, _)| *compact == letter).map(|(_, long)| *long)
}

const COMPACT_NAMES: &[(u8, &str)] = &[
    (b'a', "Accept-Contact"),
    (b'b', "Referred-By"),
    (b'c', "Content-Type"),
    (b'd', "Request-Disposition"),
    (b'e', "Content-Encoding"),
    (b'f', "From"),
    (b'i', "Call-ID"),
    (b'j', "Reject-Contact"),
    (b'k', "Supported"),
    (b'l', "Content-Length"),
    (b'm', "Contact"),
    (b'n', "Identity-Info"),
    (b'o', "Event"),
    (b'r', "Refer-To"),
    (b's', "Subject"),
    (b't', "To"),
    (b'u', "Allow-Events"),
    (b'v', "Via"),
    (b'x', "Session-Expires"),
    (b'y', "Identity"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use LineRule::{CrLf, CrLfOrLf, Sip};

    fn read(head: &[u8], rule: LineRule) -> Result<(Vec<Field<'_>>, Slice<'_>), Error> {
        fields(Slice::new(head), rule)
    }

    const GOOD: &[u8] =
        b"TO :\r\n sip:a@b ;  tag = 1\r\nc:text/plain\r\nX-Empty:\r\nSubject: one\r\n\ttwo \r\n \x01\r\n\r\nbody";

    #[test]
    fn fields_keep_their_octets_and_places() {
        let (found, body) = read(GOOD, Sip).unwrap();
        let rows: Vec<_> =
            found.iter().map(|f| (f.name.octets(), f.value.octets(), f.unfolded().into_owned())).collect();
        let expected: [(&[u8], &[u8], &[u8]); 4] = [
            (b"TO", b"\r\n sip:a@b ;  tag = 1", b"sip:a@b ;  tag = 1"),
            (b"c", b"text/plain", b"text/plain"),
            (b"X-Empty", b"", b""),
            (b"Subject", b" one\r\n\ttwo \r\n \x01", b"one two \x01"),
        ];
        assert_eq!(rows, expected.map(|(name, value, unfolded)| (name, value, unfolded.to_vec())));
        assert_eq!(body.octets(), b"body");
        let whole: Vec<&[u8]> = found.iter().map(|field| field.whole.octets()).collect();
        assert_eq!([&whole.concat()[..], b"\r\n", body.octets()].concat(), GOOD);
        assert_eq!(body.span().end, GOOD.len());
    }

    #[test]
    fn names_compare_in_any_case_and_compact_forms_only_in_sip() {
        let (found, _) = read(GOOD, Sip).unwrap();
        assert!(found[0].name_is("to") && found[0].sip_name_is("t") && found[0].sip_name_is("To"));
        assert!(found[1].sip_name_is("content-type") && !found[1].name_is("Content-Type"));
    }

    #[test]
    fn line_ends_follow_the_rule() {
        let lf = b"A: 1\nB: 2\n 3\n\nbody";
        let rows: [(&[u8], LineRule, Result<usize, &str>); 12] = [
            (lf, Sip, Err("sip.bare-lf")),
            (lf, CrLf, Err("mime.header-field")),
            (lf, CrLfOrLf, Ok(2)),
            (b"A: 1\r\nB: 2\n\r\nx", CrLfOrLf, Ok(2)),
            (b"A: 1\r\n\nx", Sip, Err("sip.bare-lf")),
            // CR alone.
            (b"A: 1\rB: 2\r\n\r\n", Sip, Err("sip.header-field")),
            (b"A: 1\r\r\n\r\n", CrLf, Err("mime.header-field")),
            // No empty line.
            (b"A: 1\r\n", Sip, Err("sip.head-unended")),
            (b"A: 1", Sip, Err("sip.head-unended")),
            (b"A: 1\r\n", CrLf, Ok(1)),
            (b"A: 1", CrLf, Err("mime.no-empty-line")),
            (b"", CrLf, Ok(0)),
        ];
        for (head, rule, expected) in rows {
            let found = read(head, rule).map(|(fields, _)| fields.len());
            assert_eq!(found.map_err(|e| e.code()), expected, "{} {rule:?}", head.escape_ascii());
        }
    }

    #[test]
    fn malformed_fields_are_refused() {
        let rows: [(&[u8], LineRule, &str); 9] = [
            (b"Hello\r\n\r\n", CrLf, "mime.no-empty-line"),
            (b"Hello\r\n\r\n", Sip, "sip.header-field"),
            (b" A: 1\r\n\r\n", Sip, "sip.header-field"),
            (b" A: 1\r\n\r\n", CrLf, "mime.header-field"),
            (b": 1\r\n\r\n", CrLf, "mime.header-field"),
            (b"A B: 1\r\n\r\n", CrLf, "mime.header-field"),
            (b"A(c): 1\r\n\r\n", Sip, "sip.header-field"),
            (b"A\r\n : 1\r\n\r\n", Sip, "sip.header-field"),
            // A reader that takes a blank line for an empty one would begin the body here.
            (b"A: 1\r\n \r\n\r\n", Sip, "sip.header-field"),
        ];
        for (head, rule, code) in rows {
            assert_eq!(read(head, rule).unwrap_err().code(), code, "{} {rule:?}", head.escape_ascii());
        }
        assert_eq!(read(b"Subject: a\r\n \r\n\r\n", CrLf).unwrap().0.len(), 1);
    }

    #[test]
    fn f4_limits() {
        let field = |length: usize| [b"A: ", &vec![b'x'; length - 3][..], b"\r\n"].concat();
        let rows = [
            (field(MAX_LINE), true),
            (field(MAX_LINE + 1), false),
            (field(MAX_LINE * 100), false),
            (b"A: 1\r\n".repeat(MAX_FIELDS), true),
            (b"A: 1\r\n".repeat(MAX_FIELDS + 1), false),
            (field(MAX_LINE - 2).repeat(8), false),
            ([field(MAX_LINE - 2).repeat(7), field(MAX_LINE - 4)].concat(), true),
            // One field of many lines.
            ([b"A: 1\r\n".to_vec(), b" 1\r\n".repeat(20_000)].concat(), false),
        ];
        for (head, expected) in rows {
            let head = [&head[..], b"\r\n"].concat();
            let found = read(&head, Sip).map(|_| ()).map_err(|error| error.code());
            assert_eq!(found, if expected { Ok(()) } else { Err("limit.head") }, "{} octets", head.len());
        }
    }

    #[test]
    fn every_prefix_is_unended_or_whole() {
        for length in 0..GOOD.len() {
            let end = GOOD.len() - b"body".len();
            let found = read(&GOOD[..length], Sip).map(|_| ()).map_err(|error| error.code());
            assert_eq!(found, if length < end { Err("sip.head-unended") } else { Ok(()) }, "{length}");
            let _ = read(&GOOD[..length], CrLfOrLf);
        }
    }
}
