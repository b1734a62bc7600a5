//! The damages, from common to rare, and how each is undone. A damage that can be undone in several ways gives several
//! candidates.

use std::ops::ControlFlow;

use crate::mime::transfer::{TransferEncoding, encode_base64};
use crate::smime::diagnose::header;
use crate::smime::diagnose::parts::{Emit, Parts, lines, split_end, to_crlf, to_lf};

/// One damage.
pub(super) struct Damage {
    /// Its name.
    pub name: &'static str,
    /// What happened, in words.
    pub what: &'static str,
    /// Gives what the content may have been.
    pub undo: Undo,
    /// Whether it is also tried after another one was undone.
    pub is_combined: bool,
}

type Undo = fn(&Parts<'_>, Emit<'_>) -> ControlFlow<()>;

const fn damage(name: &'static str, what: &'static str, undo: Undo) -> Damage {
    Damage { name, what, undo, is_combined: true }
}

const fn alone(name: &'static str, what: &'static str, undo: Undo) -> Damage {
    Damage { name, what, undo, is_combined: false }
}

/// Damages of which two are undone together, and which are tried on what cannot be read at all.
pub(super) fn simple() -> &'static [Damage] {
    DAMAGES.get(..SIMPLE).unwrap_or(DAMAGES)
}

/// How many of the first ones are simple.
const SIMPLE: usize = 6;

/// All damages.
pub(super) const DAMAGES: &[Damage] = &[
    damage("text-mode", "a copy in text mode made CR LF of each octet 0A of the binary content", text_mode),
    damage("lf-became-crlf", "LF was made CR LF", lf_became_crlf),
    damage("crlf-became-lf", "CR LF was made LF", crlf_became_lf),
    damage("final-line-end-lost", "the line end at the end was lost", final_line_end_lost),
    damage("final-line-end-added", "a line end was added at the end", final_line_end_added),
    damage("blanks-added", "blanks were added at line ends", blanks_added),
    damage("transfer-encoding-added", "the transfer encoding was put on", encoding_added),
    damage("transfer-encoding-removed", "the transfer encoding was taken off", encoding_removed),
    damage("fields-added", "header fields were added to the part", header::fields_added),
    damage("fields-refolded", "header fields of the part were folded or spaced anew", header::fields_refolded),
    damage(
        "field-names-respelled",
        "the names of header fields of the part were spelled anew",
        header::names_respelled,
    ),
    damage("fields-reordered", "header fields of the part were reordered", header::fields_reordered),
    damage("header-lost", "the header of the part was lost", header::header_lost),
    damage("header-added", "a header was put before what was signed", header::header_added),
    damage("dots-stuffed", "dots at the beginning of lines were doubled", dots_stuffed),
    damage("dots-removed", "doubled dots at the beginning of lines lost one", dots_removed),
    damage("from-escaped", "`>` was put before From at the beginning of lines", from_escaped),
    damage("from-unescaped", "`>` before From at the beginning of lines was lost", from_unescaped),
    damage("byte-order-mark-added", "a byte order mark was added", mark_added),
    damage("byte-order-mark-lost", "the byte order mark was lost", mark_lost),
    alone("blank-trimmed", "a blank at the end of a line was trimmed", blank_trimmed),
];

/// What happens to objects in a message that cannot be read.
pub(super) const OBJECTS: Damage =
    damage("text-mode", "a copy in text mode made CR LF of each octet 0A of a binary object", objects_in_text_mode);

/// Each object that stands after an empty line, up to the next delimiter, and all of them.
fn objects_in_text_mode(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let mut made = Vec::with_capacity(parts.body.len());
    let mut rest = parts.body;
    let mut count = 0_usize;
    if rest.first() == Some(&SEQUENCE) {
        return emit(to_lf(rest));
    }
    while count < MAX_LINES {
        let object = memchr::memmem::find_iter(rest, b"\r\n\r\n").map(|at| at.saturating_add(4));
        let object = object.into_iter().find(|at| rest.get(*at) == Some(&SEQUENCE));
        let Some((before, object)) = object.and_then(|at| rest.split_at_checked(at)) else { break };
        let end = memchr::memmem::find(object, b"\r\n--").unwrap_or(object.len());
        let (object, after) = object.split_at_checked(end).unwrap_or((object, &[]));
        made.extend_from_slice(before);
        made.extend(to_lf(object));
        rest = after;
        count = count.saturating_add(1);
    }
    made.extend_from_slice(rest);
    if count > 0 { emit(made) } else { ControlFlow::Continue(()) }
}

/// How a CMS object begins.
const SEQUENCE: u8 = 0x30;

fn text_mode(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    if !parts.is_binary() {
        return ControlFlow::Continue(());
    }
    emit([parts.head, &to_lf(parts.body)].concat())?;
    emit(to_lf(parts.whole))
}

fn lf_became_crlf(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(to_lf(parts.whole))?;
    emit([parts.head, &to_lf(parts.body)].concat())?;
    emit([&to_lf(parts.head), parts.body].concat())
}

fn crlf_became_lf(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(to_crlf(parts.whole))?;
    emit([parts.head, &to_crlf(parts.body)].concat())?;
    emit([&to_crlf(parts.head), parts.body].concat())
}

fn final_line_end_lost(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit([parts.whole, b"\r\n"].concat())?;
    emit([parts.whole, b"\n"].concat())?;
    emit([parts.whole, b"\r\n\r\n"].concat())
}

fn final_line_end_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let mut rest = parts.whole;
    for _ in 0..4 {
        let (text, end) = split_end(rest);
        if end.is_empty() {
            break;
        }
        emit(text.to_vec())?;
        rest = text;
    }
    ControlFlow::Continue(())
}

/// Every line of the body, made anew.
fn by_line(parts: &Parts<'_>, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut made = parts.head.to_vec();
    for line in lines(parts.body) {
        let (text, end) = split_end(line);
        made.extend(change(text));
        made.extend_from_slice(end);
    }
    made
}

fn blanks_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let trimmed = |text: &[u8]| {
        let count = text.iter().rev().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
        text.get(..text.len().saturating_sub(count)).unwrap_or(text).to_vec()
    };
    emit(by_line(parts, trimmed))?;
    emit(by_line(&Parts::of_object(parts.whole), trimmed))?;
    // One on each line that has one.
    emit(by_line(parts, |text| text.strip_suffix(b" ").or_else(|| text.strip_suffix(b"\t")).unwrap_or(text).to_vec()))
}

/// One line at a time, the one before a signature in a mail first: `-- `.
fn blank_trimmed(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(by_line(parts, |text| if text == b"--" { b"-- ".to_vec() } else { text.to_vec() }))?;
    for blank in [b" ", b"\t"] {
        emit(by_line(parts, |text| if text.is_empty() { Vec::new() } else { [text, blank].concat() }))?;
        emit(by_line(parts, |text| [text, blank].concat()))?;
        let mut at = parts.head.len();
        for line in lines(parts.body).take(MAX_LINES) {
            let (text, _) = split_end(line);
            let end = at.saturating_add(text.len());
            let (before, after) = parts.whole.split_at_checked(end).unwrap_or((parts.whole, &[]));
            emit([before, blank, after].concat())?;
            at = at.saturating_add(line.len());
        }
    }
    ControlFlow::Continue(())
}

const ENCODING: &str = "Content-Transfer-Encoding";

/// It is signed as it is, and came encoded.
fn encoding_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    for encoding in [TransferEncoding::Base64, TransferEncoding::QuotedPrintable] {
        let is_said = parts.fields.iter().any(|field| header::says(field, ENCODING, encoding.name()));
        let Some(body) = is_said.then(|| encoding.decode(parts.body).ok()).flatten() else { continue };
        let decoded = Parts { body: &body, ..Parts::of_object(parts.whole) };
        for value in [None, Some("binary"), Some("8bit"), Some("7bit")] {
            let fields = header::replaced(&parts.fields, ENCODING, value);
            emit(Parts { gap: parts.gap, ..Parts::of_object(decoded.body) }.with_fields(&fields))?;
        }
    }
    ControlFlow::Continue(())
}

/// It was signed encoded, and came as it is.
fn encoding_removed(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let (text, last) = (encode_base64(parts.body), quoted_printable(parts.body));
    let columns = |count: usize| {
        let plain: Vec<u8> = text.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
        plain.chunks(count).map(|line| [line, b"\r\n"].concat()).collect::<Vec<_>>().concat()
    };
    let bodies = [("base64", columns(64)), ("base64", columns(76)), ("quoted-printable", last)];
    for (value, body) in bodies {
        let without_end = body.strip_suffix(b"\r\n").unwrap_or(&body);
        for body in [&body, without_end] {
            for fields in header::added(&parts.fields, ENCODING, value) {
                emit(Parts { gap: parts.gap, ..Parts::of_object(body) }.with_fields(&fields))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// As most writers do it: lines of at most 76 characters, capital letters, CR LF as it is (RFC 2045 section 6.7).
fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(octets.len());
    for line in lines(octets) {
        let (text, end) = split_end(line);
        let mut column: usize = 0;
        for (at, octet) in text.iter().enumerate() {
            let is_last = at.saturating_add(1) == text.len();
            let is_plain = matches!(octet, b'!'..=b'<' | b'>'..=b'~') || (matches!(octet, b' ' | b'\t') && !is_last);
            let piece = if is_plain { vec![*octet] } else { format!("={octet:02X}").into_bytes() };
            let most: usize = if is_last { 76 } else { 75 };
            if column.saturating_add(piece.len()) > most {
                made.extend_from_slice(b"=\r\n");
                column = 0;
            }
            column = column.saturating_add(piece.len());
            made.extend(piece);
        }
        made.extend_from_slice(end);
    }
    made
}

fn dots_stuffed(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(by_line(parts, |text| {
        if text.starts_with(b"..") { text.get(1..).unwrap_or_default().to_vec() } else { text.to_vec() }
    }))
}

fn dots_removed(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(by_line(parts, |text| if text.starts_with(b".") { [b".", text].concat() } else { text.to_vec() }))
}

fn from_escaped(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(by_line(parts, |text| {
        text.strip_prefix(b">").filter(|rest| rest.starts_with(b"From ")).unwrap_or(text).to_vec()
    }))
}

fn from_unescaped(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit(by_line(parts, |text| if text.starts_with(b"From ") { [b">", text].concat() } else { text.to_vec() }))
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

fn mark_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    if let Some(rest) = parts.whole.strip_prefix(MARK) {
        emit(rest.to_vec())?;
    }
    match parts.body.strip_prefix(MARK) {
        Some(rest) => emit([parts.head, rest].concat()),
        None => ControlFlow::Continue(()),
    }
}

fn mark_lost(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    emit([parts.head, MARK, parts.body].concat())?;
    emit([MARK, parts.whole].concat())
}

/// How many lines are tried one by one.
const MAX_LINES: usize = 4096;
