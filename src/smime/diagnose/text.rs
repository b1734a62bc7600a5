//! Damage that programs do to text: byte order marks, mail's dots and `>From`, and characters written anew (RFC 5321
//! section 4.5.2, RFC 4155, RFC 3629).

use crate::octets::Slice;
use crate::smime::diagnose::part::split;
use crate::smime::diagnose::{Flow, Visit};

const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// A byte order mark stands before the content or before its body.
pub(super) fn mark_added(octets: &[u8], visit: Visit<'_>) -> Flow {
    let (header, body) = split(octets);
    if let Some(less) = octets.strip_prefix(MARK) {
        visit(less.to_vec())?;
    }
    match body.strip_prefix(MARK) {
        Some(less) if !header.is_empty() => visit([header, less].concat()),
        _ => Flow::Continue(()),
    }
}

/// A byte order mark stood there.
pub(super) fn mark_lost(octets: &[u8], visit: Visit<'_>) -> Flow {
    let (header, body) = split(octets);
    visit([header, MARK, body].concat())?;
    visit([MARK, octets].concat())
}

/// A buffer was longer than what was in it.
pub(super) fn zeros_added(octets: &[u8], visit: Visit<'_>) -> Flow {
    let zeros = octets.iter().rev().take_while(|octet| **octet == 0).count();
    if zeros > 1 {
        visit(Slice::new(octets).take(octets.len().saturating_sub(1)).octets().to_vec())?;
    }
    visit(Slice::new(octets).take(octets.len().saturating_sub(zeros)).octets().to_vec())
}

/// What takes the place of the first octets of a line: of how many, and what.
type Change = Option<(usize, &'static [u8])>;

/// Changes each line of the body for which `change` has something to say.
fn each_line(octets: &[u8], change: fn(&[u8]) -> Change) -> Vec<u8> {
    let (header, body) = split(octets);
    let mut made = header.to_vec();
    let mut lines = Slice::new(body).lines();
    let mut rest = Slice::new(body);
    while let Some(line) = lines.next() {
        let whole = rest.until(lines.rest());
        rest = lines.rest();
        let (dropped, new) = change(line.text.octets()).unwrap_or_default();
        made.extend_from_slice(new);
        made.extend_from_slice(whole.skip(dropped).octets());
    }
    made
}

/// A line that begins with a dot has one too many.
pub(super) fn dots_doubled(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(each_line(octets, |line| line.starts_with(b"..").then_some((1, b""))))
}

/// A line that begins with a dot had one more.
pub(super) fn dots_lost(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(each_line(octets, |line| line.starts_with(b".").then_some((0, b"."))))
}

fn is_from(line: &[u8], least: usize) -> bool {
    let quotes = line.iter().take_while(|octet| **octet == b'>').count();
    quotes >= least && Slice::new(line).skip(quotes).octets().starts_with(b"From ")
}

/// `>From ` stands where `From ` stood.
pub(super) fn from_quoted(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(each_line(octets, |line| is_from(line, 1).then_some((1, b""))))
}

/// `From ` stands where `>From ` stood.
pub(super) fn from_unquoted(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(each_line(octets, |line| is_from(line, 0).then_some((0, b">"))))
}

/// Each character below U+0100 was one octet.
pub(super) fn written_in_utf_8(octets: &[u8], visit: Visit<'_>) -> Flow {
    let Ok(text) = std::str::from_utf8(octets) else { return Flow::Continue(()) };
    let narrow: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    narrow.map_or(Flow::Continue(()), visit)
}

/// Each octet is a character that was written in UTF-8.
pub(super) fn written_in_latin_1(octets: &[u8], visit: Visit<'_>) -> Flow {
    // Octets that are UTF-8 already did not come from it so.
    if std::str::from_utf8(octets).is_ok() {
        return Flow::Continue(());
    }
    visit(octets.iter().map(|octet| char::from(*octet)).collect::<String>().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smime::diagnose::Repair;

    #[test]
    fn text_is_put_back() {
        type Row = (Repair, &'static [u8], &'static [&'static str]);
        let rows: [Row; 10] = [
            (mark_added, b"\xEF\xBB\xBFa: b\n\nx", &[r"a: b\n\nx"]),
            (mark_added, b"a: b\n\n\xEF\xBB\xBFx", &[r"a: b\n\nx"]),
            (mark_lost, b"a: b\n\nx", &[r"a: b\n\n\xef\xbb\xbfx", r"\xef\xbb\xbfa: b\n\nx"]),
            (zeros_added, b"x\0\0", &[r"x\x00", "x"]),
            (dots_doubled, b"..a: b\n\n..\r\n...x\n.y\n", &[r"..a: b\n\n.\r\n..x\n.y\n"]),
            (dots_lost, b"\n.x\nx\r\n.", &[r"\n..x\nx\r\n.."]),
            (from_quoted, b"\n>From x\r\n>>From y\nFrom z\n>Fromage", &[r"\nFrom x\r\n>From y\nFrom z\n>Fromage"]),
            (from_unquoted, b"\nFrom x\n>From y\n", &[r"\n>From x\n>>From y\n"]),
            (written_in_utf_8, b"\xC3\xBF\xC2\x80x", &[r"\xff\x80x"]),
            (written_in_latin_1, b"\xFF\x80x", &[r"\xc3\xbf\xc2\x80x"]),
        ];
        for (undo, octets, expected) in rows {
            let mut made = Vec::new();
            let _ = undo(octets, &mut |one| {
                made.push(one.escape_ascii().to_string());
                Flow::Continue(())
            });
            assert_eq!(made, expected, "{}", octets.escape_ascii());
        }
    }
}
