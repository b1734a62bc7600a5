//! Damage to the header of a part: fields that were added, moved, put in another order or written anew, and headers
//! that are lost or too many (RFC 2045 section 3, RFC 5322 section 2.2, RFC 3261 section 7.3).

use std::borrow::Cow;

use crate::mime::field::{Field, long_name};
use crate::octets::Slice;
use crate::report::text;
use crate::smime::diagnose::Flow;
use crate::smime::diagnose::part::{Received, combinations, permutations};
use crate::smime::diagnose::trial::Trial;

/// So many fields at once are looked at as added, or as moved.
const MAX_FIELDS: usize = 4;
/// Of so many fields every order is tried; of more, one field in another place.
const MAX_ORDERED: usize = 5;

/// Headers that writers guess or leave out.
const GUESSES: [&str; 8] = [
    "\r\n",
    "Content-Type: text/plain\r\n\r\n",
    "Content-Type: text/plain; charset=utf-8\r\n\r\n",
    "Content-Type: text/plain; charset=UTF-8\r\n\r\n",
    "Content-Type: text/plain;charset=utf-8\r\n\r\n",
    "Content-Type: text/plain;charset=UTF-8\r\n\r\n",
    "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
    "Content-Type: text/plain; charset=\"utf-8\"\r\n\r\n",
];

/// The body arrived alone or after an empty line, or Content-Type is missing among the fields.
pub(super) fn lost(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let body = received.octets;
    let after_empty_line = body.strip_prefix(b"\r\n").or_else(|| body.strip_prefix(b"\n"));
    for body in [Some(body), after_empty_line].into_iter().flatten() {
        for guess in GUESSES {
            let detail = || match guess.trim_end() {
                "" => "an empty one".to_owned(),
                field => field.to_owned(),
            };
            trial.offer(&[guess.as_bytes(), body], detail)?;
        }
    }
    let Some(part) = &received.part else { return Flow::Continue(()) };
    if part.fields.iter().any(|field| field.sip_name_is("Content-Type")) {
        return Flow::Continue(());
    }
    let own: Vec<Cow<'_, [u8]>> = part.fields.iter().map(|field| Cow::Borrowed(field.whole.octets())).collect();
    for guess in GUESSES.iter().map(|guess| guess.trim_end()).filter(|guess| !guess.is_empty()) {
        let line = [Cow::Owned([guess.as_bytes(), part.line_end()].concat())];
        trial.offer(&part.with_header(&[&line[..], &own].concat()), || guess.to_owned())?;
        trial.offer(&part.with_header(&[&own[..], &line].concat()), || guess.to_owned())?;
    }
    Flow::Continue(())
}

/// The body was signed alone, or after an empty line.
pub(super) fn added(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let Some(part) = &received.part else { return Flow::Continue(()) };
    trial.offer(&[part.body], || "the body alone".to_owned())?;
    for empty_line in [&b"\r\n"[..], b"\n"] {
        trial.offer(&[empty_line, part.body], || "an empty line and the body".to_owned())?;
    }
    Flow::Continue(())
}

fn names(fields: &[&Field<'_>]) -> String {
    let names: Vec<String> = fields.iter().map(|field| text::octets(field.name.octets())).collect();
    names.join(", ")
}

/// Up to four fields were not there.
pub(super) fn fields_added(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let Some(part) = &received.part else { return Flow::Continue(()) };
    for count in 1..=MAX_FIELDS {
        combinations(part.fields.len(), count, &mut |chosen| {
            let is_chosen = |index: &usize| chosen.contains(index);
            let fields = || part.fields.iter().enumerate();
            let kept: Vec<Cow<'_, [u8]>> = fields()
                .filter(|(index, _)| !is_chosen(index))
                .map(|(_, field)| Cow::Borrowed(field.whole.octets()))
                .collect();
            let added = || fields().filter(|(index, _)| is_chosen(index)).map(|(_, field)| field).collect::<Vec<_>>();
            trial.offer(&part.with_header(&kept), || names(&added()))
        })?;
    }
    Flow::Continue(())
}

/// Up to four fields of the header outside stood in the part, before or after its own.
pub(super) fn fields_moved(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let is_of_outside =
        |field: &&Field<'_>| ["Content-Type", "Content-Length"].iter().any(|name| field.sip_name_is(name));
    let outer: Vec<&Field<'_>> = received.outer.iter().filter(|field| !is_of_outside(field)).collect();
    let spelled: Vec<Vec<u8>> =
        outer.iter().map(|field| [field.sip_name(), b":", field.value.octets(), b"\r\n"].concat()).collect();
    let own: Vec<&[u8]> =
        received.part.iter().flat_map(|part| &part.fields).map(|field| field.whole.octets()).collect();
    let (empty_line, body) = match &received.part {
        Some(part) if part.empty_line.is_empty() => (&b"\r\n"[..], part.body),
        Some(part) => (part.empty_line, part.body),
        None => (&b"\r\n"[..], received.octets),
    };
    for count in 1..=MAX_FIELDS {
        combinations(outer.len(), count, &mut |chosen| {
            let moved: Vec<&[u8]> = chosen.iter().filter_map(|index| spelled.get(*index)).map(Vec::as_slice).collect();
            let detail = || names(&chosen.iter().filter_map(|index| outer.get(*index).copied()).collect::<Vec<_>>());
            trial.offer(&[&moved[..], &own, &[empty_line, body]].concat(), detail)?;
            trial.offer(&[&own[..], &moved, &[empty_line, body]].concat(), detail)
        })?;
    }
    Flow::Continue(())
}

/// The fields stood in another order.
pub(super) fn reordered(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let Some(part) = &received.part else { return Flow::Continue(()) };
    let count = part.fields.len();
    let mut order: Vec<usize> = (0..count).collect();
    let mut offer = |order: &[usize]| {
        if order.is_sorted() {
            return Flow::Continue(());
        }
        let fields = order.iter().filter_map(|index| part.fields.get(*index));
        let fields: Vec<Cow<'_, [u8]>> = fields.map(|field| Cow::Borrowed(field.whole.octets())).collect();
        trial.offer(&part.with_header(&fields), String::new)
    };
    if count <= MAX_ORDERED {
        return permutations(&mut order, 0, &mut offer);
    }
    for from in 0..count {
        for to in 0..count {
            let moved = order.remove(from);
            order.insert(to, moved);
            offer(&order)?;
            let moved = order.remove(to);
            order.insert(from, moved);
        }
    }
    Flow::Continue(())
}

/// How a field may have been written: with all its lines and their ends; `None` if so it is, or cannot be.
type Rewrite = fn(&Field<'_>) -> Option<Vec<u8>>;

/// Tries each way of writing on all fields, and on each alone.
fn rewritten(received: &Received<'_>, ways: &[Rewrite], trial: &mut Trial<'_>) -> Flow {
    let Some(part) = &received.part else { return Flow::Continue(()) };
    for way in ways {
        let new: Vec<Option<Vec<u8>>> =
            part.fields.iter().map(|field| way(field).filter(|new| new != field.whole.octets())).collect();
        let changed: Vec<usize> =
            new.iter().enumerate().filter(|(_, new)| new.is_some()).map(|(index, _)| index).collect();
        let all = (changed.len() > 1).then(|| changed.clone());
        for chosen in all.into_iter().chain(changed.iter().map(|index| vec![*index])) {
            let fields = part.fields.iter().zip(&new).enumerate();
            let header: Vec<Cow<'_, [u8]>> = fields
                .map(|(index, (field, new))| match new {
                    Some(new) if chosen.contains(&index) => Cow::Borrowed(new.as_slice()),
                    _ => Cow::Borrowed(field.whole.octets()),
                })
                .collect();
            let detail = || names(&chosen.iter().filter_map(|index| part.fields.get(*index)).collect::<Vec<_>>());
            trial.offer(&part.with_header(&header), detail)?;
        }
    }
    Flow::Continue(())
}

/// The line end of a field.
fn end<'a>(field: &Field<'a>) -> &'a [u8] {
    let whole = field.whole.octets();
    let length = if whole.ends_with(b"\r\n") { 2 } else { usize::from(whole.ends_with(b"\n")) };
    field.whole.skip(whole.len().saturating_sub(length)).octets()
}

/// Up to the value: the name, blanks, the colon.
fn start<'a>(field: &Field<'a>) -> &'a [u8] {
    let length = field.value.span().start.saturating_sub(field.whole.span().start);
    field.whole.take(length).octets()
}

fn is_folded(field: &Field<'_>) -> bool {
    field.value.octets().contains(&b'\n')
}

/// A value stood in one line: for each fold one blank, or the blanks that are there.
pub(super) fn folded(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    let one_blank: Rewrite =
        |field| is_folded(field).then(|| [start(field), b" ", &field.unfolded(), end(field)].concat());
    let as_they_are: Rewrite = |field| {
        let lines: Vec<&[u8]> = field.value.lines().map(|line| line.text.octets()).collect();
        is_folded(field).then(|| [start(field), &lines.concat(), end(field)].concat())
    };
    rewritten(received, &[one_blank, as_they_are], trial)
}

/// A value stood in several lines, as writers fold it: before a parameter.
pub(super) fn unfolded(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    fn fold(field: &Field<'_>, blank: &[u8]) -> Option<Vec<u8>> {
        if is_folded(field) || !field.value.octets().contains(&b';') {
            return None;
        }
        let pieces: Vec<&[u8]> = field
            .value
            .octets()
            .split(|octet| *octet == b';')
            .enumerate()
            .map(|(index, piece)| if index == 0 { piece } else { Slice::new(piece).trim_blanks().octets() })
            .collect();
        let fold = [b";", end(field), blank].concat();
        Some([start(field), &pieces.join(&*fold), end(field)].concat())
    }
    rewritten(received, &[|field| fold(field, b" "), |field| fold(field, b"\t"), |field| fold(field, b"    ")], trial)
}

/// The blanks after the colon, before it, or at the end were others.
pub(super) fn blanks(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    fn with(field: &Field<'_>, colon: &[u8], after: &[u8]) -> Option<Vec<u8>> {
        let value = field.value.trim_blanks().octets();
        Some([field.name.octets(), colon, value, after, end(field)].concat())
    }
    let ways: [Rewrite; 6] = [
        |field| with(field, b": ", b""),
        |field| with(field, b":", b""),
        |field| with(field, b":  ", b""),
        |field| with(field, b":\t", b""),
        |field| with(field, b" : ", b""),
        |field| with(field, b": ", b" "),
    ];
    rewritten(received, &ways, trial)
}

/// The name was written with other capitals, or in its compact form.
pub(super) fn spelling(received: &Received<'_>, trial: &mut Trial<'_>) -> Flow {
    fn spelled(field: &Field<'_>, name: &[u8]) -> Option<Vec<u8>> {
        Some([name, field.whole.skip(field.name.len()).octets()].concat())
    }
    fn usual(name: &[u8]) -> Vec<u8> {
        let mut before = b'-';
        let capital = |octet: &u8| {
            let octet = if before == b'-' { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
            before = octet;
            octet
        };
        name.iter().map(capital).collect()
    }
    let ways: [Rewrite; 6] = [
        |field| spelled(field, &usual(field.name.octets())),
        |field| spelled(field, &field.name.octets().to_ascii_lowercase()),
        |field| spelled(field, &field.name.octets().to_ascii_uppercase()),
        // As some writers have it: Content-type.
        |field| {
            let lower = field.name.octets().to_ascii_lowercase();
            let (first, rest) = lower.split_first()?;
            spelled(field, &[&[first.to_ascii_uppercase()][..], rest].concat())
        },
        |field| spelled(field, long_name(field.name.octets())?.as_bytes()),
        |field| {
            let letter = (b'a'..=b'z').find(|letter| {
                long_name(&[*letter]).is_some_and(|long| field.name.octets().eq_ignore_ascii_case(long.as_bytes()))
            })?;
            spelled(field, &[letter])
        },
    ];
    rewritten(received, &ways, trial)
}
