//! Damages of the header of a part, and how each is undone.

use std::ops::ControlFlow;

use crate::smime::diagnose::parts::{Emit, Parts, split_end};

/// Any subset of up to four header fields was added.
pub(super) fn fields_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let count = parts.fields.len().min(MAX_SUBSETS);
    for size in 1..=MAX_ADDED.min(count) {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            let kept = parts.fields.iter().enumerate().filter(|(at, _)| !chosen.contains(at));
            let kept: Vec<&[u8]> = kept.map(|(_, field)| *field).collect();
            emit(parts.with_fields(&kept))?;
            if !next_subset(&mut chosen, count) {
                break;
            }
        }
    }
    ControlFlow::Continue(())
}

/// The next subset of the numbers below `count` in their order; false after the last one.
fn next_subset(chosen: &mut [usize], count: usize) -> bool {
    let size = chosen.len();
    for place in (0..size).rev() {
        let most = count.saturating_sub(size).saturating_add(place);
        let Some(value) = chosen.get(place).copied().filter(|value| *value < most) else { continue };
        let mut next = value;
        for later in chosen.iter_mut().skip(place) {
            next = next.saturating_add(1);
            *later = next;
        }
        return true;
    }
    false
}

/// All orders of up to five header fields; of more, each pair of neighbours, and each one at another place.
pub(super) fn fields_reordered(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let mut fields = parts.fields.clone();
    if fields.len() <= MAX_ORDERED {
        return permuted(parts, &mut fields, 0, emit);
    }
    for from in 0..fields.len() {
        for to in 0..fields.len() {
            let mut moved = parts.fields.clone();
            let field = moved.remove(from);
            moved.insert(to, field);
            emit(parts.with_fields(&moved))?;
        }
    }
    ControlFlow::Continue(())
}

fn permuted(parts: &Parts<'_>, fields: &mut Vec<&[u8]>, at: usize, emit: Emit<'_>) -> ControlFlow<()> {
    if at >= fields.len() {
        return emit(parts.with_fields(fields));
    }
    for other in at..fields.len() {
        fields.swap(at, other);
        permuted(parts, fields, at.saturating_add(1), emit)?;
        fields.swap(at, other);
    }
    ControlFlow::Continue(())
}

/// A field without its folds: name, value, line end.
fn unfolded(field: &[u8]) -> Option<(Vec<u8>, Vec<u8>, Vec<u8>)> {
    let (text, end) = split_end(field);
    let colon = text.iter().position(|octet| *octet == b':')?;
    let (name, value) = text.split_at_checked(colon)?;
    let value: Vec<&[u8]> = value.get(1..)?.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii).collect();
    Some((name.trim_ascii_end().to_vec(), value.join(&b' '), end.to_vec()))
}

/// Unfolded, folded at its parameters, with other blanks.
pub(super) fn fields_refolded(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let ways = std::iter::once(None).chain(SEPARATORS.iter().map(Some));
    for way in ways {
        for after_colon in [&b" "[..], b""] {
            // All fields so, or one of them.
            let folded = |field: &[u8]| {
                let (name, value, end) = unfolded(field)?;
                let value =
                    way.map_or_else(|| value.clone(), |(separator, all)| at_parameters(&value, separator, *all));
                Some([&name[..], b":", after_colon, &value, &end].concat())
            };
            let made: Vec<Vec<u8>> =
                parts.fields.iter().map(|field| folded(field).unwrap_or_else(|| field.to_vec())).collect();
            emit(parts.with_fields(&made))?;
            for (at, one) in made.iter().enumerate().take(MAX_SUBSETS) {
                let mut fields: Vec<&[u8]> = parts.fields.clone();
                if let Some(place) = fields.get_mut(at) {
                    *place = one;
                }
                emit(parts.with_fields(&fields))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// What may stand between parameters, and whether between all of them or before the last one alone.
const SEPARATORS: [(&[u8], bool); 10] = [
    (b";", true),
    (b"; ", true),
    (b";\r\n ", true),
    (b";\r\n\t", true),
    (b";\r\n  ", true),
    (b";\r\n    ", true),
    (b";\r\n        ", true),
    (b";\r\n ", false),
    (b";\r\n\t", false),
    (b";\n ", true),
];

/// What stands between parameters becomes `separator`: between all of them, or before the last one alone.
fn at_parameters(value: &[u8], separator: &[u8], all: bool) -> Vec<u8> {
    let mut is_quoted = false;
    let pieces: Vec<&[u8]> = value
        .split(|octet| {
            is_quoted ^= *octet == b'"';
            *octet == b';' && !is_quoted
        })
        .map(<[u8]>::trim_ascii)
        .collect();
    match pieces.split_last() {
        Some((last, before)) if !all && !before.is_empty() => [&before.join(&b"; "[..])[..], separator, last].concat(),
        _ => pieces.join(separator),
    }
}

type Respell = fn(&[u8]) -> Vec<u8>;

/// In lower case, with capitals, in upper case.
pub(super) fn names_respelled(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let ways: [Respell; 4] = [capitals, first_capital, <[u8]>::to_ascii_lowercase, <[u8]>::to_ascii_uppercase];
    for way in ways {
        let respelled = |field: &&[u8]| {
            let colon = field.iter().position(|octet| *octet == b':').unwrap_or_default();
            let (name, rest) = field.split_at_checked(colon).unwrap_or((&[], field));
            [&way(name)[..], rest].concat()
        };
        let fields: Vec<Vec<u8>> = parts.fields.iter().map(respelled).collect();
        emit(parts.with_fields(&fields))?;
    }
    ControlFlow::Continue(())
}

/// `Content-Type`.
fn capitals(name: &[u8]) -> Vec<u8> {
    let mut is_first = true;
    let respelled = |octet: &u8| {
        let made = if is_first { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
        is_first = *octet == b'-';
        made
    };
    name.iter().map(respelled).collect()
}

/// `Content-type`.
fn first_capital(name: &[u8]) -> Vec<u8> {
    let mut made = name.to_ascii_lowercase();
    if let Some(first) = made.first_mut() {
        first.make_ascii_uppercase();
    }
    made
}

/// The usual headers before what came without one.
pub(super) fn header_lost(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    let headers = [
        "\r\n",
        "Content-Type: text/plain\r\n\r\n",
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n\r\n",
        "Content-Type: text/plain; charset=UTF-8\r\n\r\n",
        "Content-Type: text/plain;charset=utf-8\r\n\r\n",
        "Content-Type: text/plain;charset=UTF-8\r\n\r\n",
        "Content-Type: application/octet-stream\r\n\r\n",
        "Content-Type: application/sdp\r\n\r\n",
        "Content-Type: message/cpim\r\n\r\n",
    ];
    for header in headers {
        emit([header.as_bytes(), parts.whole].concat())?;
    }
    ControlFlow::Continue(())
}

/// The body alone was signed, or it with an empty header.
pub(super) fn header_added(parts: &Parts<'_>, emit: Emit<'_>) -> ControlFlow<()> {
    if parts.head.is_empty() {
        return ControlFlow::Continue(());
    }
    emit(parts.body.to_vec())?;
    emit([parts.gap, parts.body].concat())
}

/// Whether a field is of a name and has a value, in any case.
pub(super) fn says(field: &[u8], name: &str, value: &str) -> bool {
    let Some((own, found, _)) = unfolded(field) else { return false };
    own.eq_ignore_ascii_case(name.as_bytes()) && found.eq_ignore_ascii_case(value.as_bytes())
}

/// The fields with another value in that of a name, or without it.
pub(super) fn replaced(fields: &[&[u8]], name: &str, value: Option<&str>) -> Vec<Vec<u8>> {
    let changed = |field: &&[u8]| match unfolded(field) {
        Some((own, _, end)) if own.eq_ignore_ascii_case(name.as_bytes()) => {
            value.map(|value| [&own[..], b": ", value.as_bytes(), &end].concat())
        }
        _ => Some(field.to_vec()),
    };
    fields.iter().filter_map(changed).collect()
}

/// The fields with one more at each place, or with another value in the one that is there.
pub(super) fn added(fields: &[&[u8]], name: &str, value: &str) -> Vec<Vec<Vec<u8>>> {
    let is_there = |field: &&[u8]| unfolded(field).is_some_and(|(own, ..)| own.eq_ignore_ascii_case(name.as_bytes()));
    if fields.iter().any(is_there) {
        return vec![replaced(fields, name, Some(value))];
    }
    let field = format!("{name}: {value}\r\n").into_bytes();
    let with = |at: usize| {
        let mut made: Vec<Vec<u8>> = fields.iter().map(|field| field.to_vec()).collect();
        made.insert(at, field.clone());
        made
    };
    (0..=fields.len().min(MAX_SUBSETS)).rev().map(with).collect()
}

/// Of how many fields subsets are tried.
const MAX_SUBSETS: usize = 12;
/// How many fields may have been added.
const MAX_ADDED: usize = 4;
/// Of how many fields all orders are tried.
const MAX_ORDERED: usize = 5;
