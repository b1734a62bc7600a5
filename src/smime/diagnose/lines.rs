//! Damage to line ends and to blanks at the ends of lines (RFC 2045 section 6.7, RFC 8551 section 3.1.1).

use crate::octets::{Line, Slice};
use crate::smime::diagnose::part::{Received, split};
use crate::smime::diagnose::trial::Trial;
use crate::smime::diagnose::{Flow, Visit};

/// LF stands where CR LF stood: everywhere, in the header alone, or in the body alone.
pub(super) fn from_lf(octets: &[u8], visit: Visit<'_>) -> Flow {
    everywhere_and_in_halves(octets, with_cr, visit)
}

/// CR LF, or CR CR LF, stands where LF, or CR LF, stood.
pub(super) fn from_crlf(octets: &[u8], visit: Visit<'_>) -> Flow {
    everywhere_and_in_halves(octets, without_cr, visit)
}

fn everywhere_and_in_halves(octets: &[u8], undo: fn(&[u8]) -> Vec<u8>, visit: Visit<'_>) -> Flow {
    let (header, body) = split(octets);
    let (new_header, new_body) = (undo(header), undo(body));
    if new_header == header || new_body == body {
        return visit([new_header, new_body].concat());
    }
    visit([&*new_header, &*new_body].concat())?;
    visit([&*new_header, body].concat())?;
    visit([header, &*new_body].concat())
}

/// With CR before each LF that has none.
pub(super) fn with_cr(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    for line in Slice::new(octets).lines() {
        made.extend_from_slice(line.text.octets());
        made.extend_from_slice(if line.ending.is_empty() { b"" } else { b"\r\n" });
    }
    made
}

/// Without the CR before each LF: exactly what a text mode, which writes CR before every LF, puts in.
pub(super) fn without_cr(octets: &[u8]) -> Vec<u8> {
    ended_in(octets, b"\n")
}

fn ended_in(octets: &[u8], ending: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    for line in Slice::new(octets).lines() {
        made.extend_from_slice(line.text.octets());
        made.extend_from_slice(if line.ending.is_empty() { b"" } else { ending });
    }
    made
}

/// CR stands alone where CR LF, or LF, stood.
pub(super) fn from_cr(octets: &[u8], visit: Visit<'_>) -> Flow {
    let mut with_crlf = Vec::with_capacity(octets.len());
    let mut with_lf = Vec::with_capacity(octets.len());
    for (index, piece) in octets.split(|octet| *octet == b'\r').enumerate() {
        let (crlf, lf): (&[u8], &[u8]) = match (index, piece.first()) {
            (0, _) => (b"", b""),
            (_, Some(b'\n')) => (b"\r", b"\r"),
            _ => (b"\r\n", b"\n"),
        };
        with_crlf.extend_from_slice(crlf);
        with_crlf.extend_from_slice(piece);
        with_lf.extend_from_slice(lf);
        with_lf.extend_from_slice(piece);
    }
    visit(with_crlf)?;
    visit(with_lf)
}

/// CR LF, or LF, stands where CR stood alone.
pub(super) fn to_cr(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(ended_in(octets, b"\r"))
}

const ENDS: [&[u8]; 4] = [b"\r\n", b"\n", b"\r\n\r\n", b"\n\n"];

/// One or two line ends are missing at the end.
pub(super) fn final_end_lost(octets: &[u8], visit: Visit<'_>) -> Flow {
    ENDS.iter().try_for_each(|end| visit([octets, end].concat()))
}

/// One or two line ends too many stand at the end.
pub(super) fn final_end_added(octets: &[u8], visit: Visit<'_>) -> Flow {
    ENDS.iter().filter_map(|end| octets.strip_suffix(*end)).try_for_each(|less| visit(less.to_vec()))
}

fn is_blank(octet: &u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// How many blanks a line ends in.
fn trailing_blanks(line: &Line<'_>) -> usize {
    line.text.octets().iter().rev().take_while(|octet| is_blank(octet)).count()
}

fn without_trailing_blanks(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    for line in Slice::new(octets).lines() {
        let kept = line.text.len().saturating_sub(trailing_blanks(&line));
        made.extend_from_slice(line.text.take(kept).octets());
        made.extend_from_slice(line.ending.octets());
    }
    made
}

/// Every blank at the end of a line was added, everywhere or in the body alone.
pub(super) fn blanks_added(octets: &[u8], visit: Visit<'_>) -> Flow {
    everywhere_and_in_halves(octets, without_trailing_blanks, visit)
}

/// One line ended in one blank. Where all were taken off, too much is lost.
pub(super) fn blank_lost(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let whole = Slice::new(received.octets);
    for (index, line) in whole.lines().enumerate() {
        let at = line.text.span().end;
        for blank in [b" ", b"\t"] {
            let detail = || format!("line {}", index.saturating_add(1));
            trial.offer(&[whole.take(at).octets(), blank, whole.skip(at).octets()], detail)?;
        }
    }
    Flow::Continue(())
}

/// The blanks at the end of one line were added.
pub(super) fn blanks_added_to_one(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let whole = Slice::new(received.octets);
    for (index, line) in whole.lines().enumerate() {
        let blanks = trailing_blanks(&line);
        let end = line.text.span().end;
        for count in 1..=blanks {
            let detail = || format!("line {}", index.saturating_add(1));
            let kept = whole.take(end.saturating_sub(count)).octets();
            trial.offer(&[kept, whole.skip(end).octets()], detail)?;
        }
    }
    Flow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smime::diagnose::Repair;

    fn all(undo: Repair, octets: &[u8]) -> Vec<String> {
        let mut made = Vec::new();
        let _ = undo(octets, &mut |one| {
            made.push(one.escape_ascii().to_string());
            Flow::Continue(())
        });
        made
    }

    #[test]
    fn line_ends() {
        let rows: [(Repair, &[u8], &[&str]); 9] = [
            (from_lf, b"a: b\n\nx\n", &[r"a: b\r\n\r\nx\r\n", r"a: b\r\n\r\nx\n", r"a: b\n\nx\r\n"]),
            (from_lf, b"a: b\r\n\r\nx\ny", &[r"a: b\r\n\r\nx\r\ny"]),
            (from_crlf, b"a: b\n\nx\r\r\ny", &[r"a: b\n\nx\r\ny"]),
            (from_crlf, b"a: b\r\n\r\nx\r\n", &[r"a: b\n\nx\n", r"a: b\n\nx\r\n", r"a: b\r\n\r\nx\n"]),
            (from_cr, b"a\rb\r\nc\r", &[r"a\r\nb\r\nc\r\n", r"a\nb\r\nc\n"]),
            (to_cr, b"a\r\nb\nc", &[r"a\rb\rc"]),
            (final_end_lost, b"a", &[r"a\r\n", r"a\n", r"a\r\n\r\n", r"a\n\n"]),
            (final_end_added, b"a\r\n\r\n", &[r"a\r\n", r"a\r\n\r", "a"]),
            (blanks_added, b"a \t\r\n b\n \t", &[r"a\r\n b\n"]),
        ];
        for (undo, octets, expected) in rows {
            assert_eq!(all(undo, octets), expected, "{}", octets.escape_ascii());
        }
    }
}
