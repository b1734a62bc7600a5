//! Damage by gateways that change the transfer encoding of a part (RFC 2045 section 6, RFC 8551 section 3.1.2).
//!
//! The field Content-Transfer-Encoding stands where it stood, or it stood nowhere. What was encoded can be encoded
//! again in a few usual ways alone: base64 in lines of 64 or 76 characters, quoted-printable as RFC 2045 writes it.

use base64ct::Encoding;

use crate::mime::field::Field;
use crate::mime::transfer::TransferEncoding;
use crate::octets::Slice;
use crate::smime::diagnose::part::Part;
use crate::smime::diagnose::{Flow, Visit};

const NAME: &str = "Content-Transfer-Encoding";
/// Before how many fields of a header a field may have stood.
const MAX_PLACES: usize = 6;

/// It is in base64, and was signed without.
pub(super) fn encoded_base64(octets: &[u8], visit: Visit<'_>) -> Flow {
    encoded(octets, TransferEncoding::Base64, visit)
}

/// It is in quoted-printable, and was signed without.
pub(super) fn encoded_quoted_printable(octets: &[u8], visit: Visit<'_>) -> Flow {
    encoded(octets, TransferEncoding::QuotedPrintable, visit)
}

fn encoded(octets: &[u8], encoding: TransferEncoding, visit: Visit<'_>) -> Flow {
    let Some(part) = Part::parse(octets) else { return Flow::Continue(()) };
    let Some(at) = place_of(&part, Some(encoding)) else { return Flow::Continue(()) };
    let Ok(body) = encoding.decode(part.body) else { return Flow::Continue(()) };
    for value in [None, Some("7bit"), Some("8bit"), Some("binary")] {
        visit([&*header(&part, at, value), part.empty_line, &body].concat())?;
    }
    Flow::Continue(())
}

/// The label is another one, and the body is as it was.
pub(super) fn relabelled(octets: &[u8], visit: Visit<'_>) -> Flow {
    let Some(part) = Part::parse(octets) else { return Flow::Continue(()) };
    each_label(&part, &["7bit", "8bit", "binary", "base64", "quoted-printable"], &mut |header| {
        visit([&*header, part.empty_line, part.body].concat())
    })
}

/// It was signed in base64.
pub(super) fn decoded_base64(octets: &[u8], visit: Visit<'_>) -> Flow {
    let Some(part) = Part::parse(octets).filter(is_not_encoded) else { return Flow::Continue(()) };
    let line_end = part.line_end();
    let bodies =
        [64, 76].map(|columns| in_lines(base64ct::Base64::encode_string(part.body).as_bytes(), columns, line_end));
    each_label(&part, &["base64"], &mut |header| {
        for body in &bodies {
            visit([&*header, part.empty_line, body, line_end].concat())?;
            visit([&*header, part.empty_line, body].concat())?;
        }
        Flow::Continue(())
    })
}

/// It was signed in quoted-printable.
pub(super) fn decoded_quoted_printable(octets: &[u8], visit: Visit<'_>) -> Flow {
    let Some(part) = Part::parse(octets).filter(is_not_encoded) else { return Flow::Continue(()) };
    let body = quoted_printable(part.body, part.line_end());
    each_label(&part, &["quoted-printable"], &mut |header| visit([&*header, part.empty_line, &body].concat()))
}

fn is_not_encoded(part: &Part<'_>) -> bool {
    [TransferEncoding::Base64, TransferEncoding::QuotedPrintable]
        .into_iter()
        .all(|encoding| place_of(part, Some(encoding)).is_none())
}

/// Where the field stands, if it does, and says this if something is to be said.
fn place_of(part: &Part<'_>, encoding: Option<TransferEncoding>) -> Option<usize> {
    let says = |field: &Field<'_>| {
        encoding.is_none_or(|encoding| TransferEncoding::parse(&field.unfolded()).is_ok_and(|found| found == encoding))
    };
    part.fields.iter().position(|field| field.name_is(NAME) && says(field))
}

/// Each header in which the field has one of these values, or is not there.
fn each_label(part: &Part<'_>, values: &[&str], visit: Visit<'_>) -> Flow {
    if let Some(at) = place_of(part, None) {
        return values.iter().try_for_each(|value| visit(header(part, at, Some(value))));
    }
    for at in (0..=part.fields.len()).rev().take(MAX_PLACES) {
        for value in values {
            let line = [format!("{NAME}: {value}").as_bytes(), part.line_end()].concat();
            let whole = part.fields.iter().map(|field| field.whole.octets());
            let (before, after) = (whole.clone().take(at), whole.skip(at));
            visit(before.chain([&*line]).chain(after).collect::<Vec<_>>().concat())?;
        }
    }
    Flow::Continue(())
}

/// The header fields, that at `at` with another value or left out.
fn header(part: &Part<'_>, at: usize, value: Option<&str>) -> Vec<u8> {
    let mut made = Vec::new();
    for (index, field) in part.fields.iter().enumerate() {
        match value {
            _ if index != at => made.extend_from_slice(field.whole.octets()),
            Some(value) => {
                let line = [field.name.octets(), b": ", value.as_bytes(), part.line_end()].concat();
                made.extend_from_slice(&line);
            }
            None => {}
        }
    }
    made
}

/// In lines of so many characters, of which the last does not end.
fn in_lines(characters: &[u8], columns: usize, line_end: &[u8]) -> Vec<u8> {
    characters.chunks(columns).collect::<Vec<_>>().join(line_end)
}

/// The characters on a line of quoted-printable, without the `=` of a soft line break.
const COLUMNS: usize = 75;

/// Quoted-printable of text: line ends stay, what needs no escape has none, and lines are as long as they may be
/// (RFC 2045 section 6.7).
fn quoted_printable(octets: &[u8], line_end: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    for line in Slice::new(octets).lines() {
        let text = line.text.octets();
        let mut column: usize = 0;
        for (index, octet) in text.iter().enumerate() {
            let is_last = index.saturating_add(1) == text.len();
            let is_plain = (octet.is_ascii_graphic() && *octet != b'=') || (matches!(octet, b' ' | b'\t') && !is_last);
            let escaped = format!("={octet:02X}");
            let one: &[u8] = if is_plain { std::slice::from_ref(octet) } else { escaped.as_bytes() };
            // The last character of a line needs no room for a soft line break after it.
            let room = if is_last { COLUMNS.saturating_add(1) } else { COLUMNS };
            if column.saturating_add(one.len()) > room {
                made.push(b'=');
                made.extend_from_slice(line_end);
                column = 0;
            }
            made.extend_from_slice(one);
            column = column.saturating_add(one.len());
        }
        made.extend_from_slice(line.ending.octets());
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    // What RFC 2045 section 6.7 says of each octet; the long line is that of rule 5.
    #[test]
    fn quoted_printable_of_the_rfc() {
        let rows: [(&[u8], &[u8]); 5] = [
            (b"a=b\tc \r\n", b"a=3Db\tc=20\r\n"),
            (b"caf\xC3\xA9\n\x0C", b"caf=C3=A9\n=0C"),
            (&[b'x'; 76], &[b'x'; 76]),
            (&[b'x'; 77], &[&[b'x'; 75][..], b"=\r\nxx"].concat()),
            (&[&[b'x'; 73][..], b"==\r\n"].concat(), &[&[b'x'; 73][..], b"=\r\n=3D=3D\r\n"].concat()),
        ];
        for (octets, expected) in rows {
            let made = quoted_printable(octets, b"\r\n");
            assert_eq!(made.escape_ascii().to_string(), expected.escape_ascii().to_string());
            assert_eq!(TransferEncoding::QuotedPrintable.decode(&*made).unwrap(), octets);
        }
    }

    #[test]
    fn labels_are_changed_where_they_stand() {
        let headers = |octets: &[u8]| {
            let mut made = Vec::new();
            let _ = each_label(&Part::parse(octets).unwrap(), &["base64"], &mut |one| {
                made.push(String::from_utf8(one).unwrap());
                Flow::Continue(())
            });
            made
        };
        let there = headers(b"a: b\ncontent-transfer-encoding:8BIT\nc: d\n\n");
        assert_eq!(there, ["a: b\ncontent-transfer-encoding: base64\nc: d\n"]);
        let nowhere = headers(b"a: b\r\nc: d\r\n\r\n");
        let field = "Content-Transfer-Encoding: base64\r\n";
        assert_eq!(
            nowhere,
            [
                format!("a: b\r\nc: d\r\n{field}"),
                format!("a: b\r\n{field}c: d\r\n"),
                format!("{field}a: b\r\nc: d\r\n")
            ]
        );
        assert_eq!(headers(&b"a: b\r\n".repeat(500)).len(), MAX_PLACES);
    }
}
