//! What arrived, as the repairs see it: its octets, and its header and body if it has them.

use std::borrow::Cow;

use crate::mime::entity::Entity;
use crate::mime::field::{Field, LineRule};
use crate::octets::Slice;
use crate::smime::diagnose::Flow;

/// A content that is not what was signed.
pub(super) struct Received<'a> {
    pub(super) octets: &'a [u8],
    /// Header fields and body; `None` if it does not begin with a header.
    pub(super) part: Option<Part<'a>>,
    /// The header fields of the entity that carries the signature.
    pub(super) outer: &'a [Field<'a>],
}

impl<'a> Received<'a> {
    pub(super) fn new(octets: &'a [u8], outer: &'a [Field<'a>]) -> Self {
        Received { octets, part: Part::parse(octets), outer }
    }
}

/// Header fields, the empty line, and the body: one after another they are the content.
pub(super) struct Part<'a> {
    pub(super) fields: Vec<Field<'a>>,
    /// The empty line; nothing if the header ends with the content.
    pub(super) empty_line: &'a [u8],
    pub(super) body: &'a [u8],
}

impl<'a> Part<'a> {
    pub(super) fn parse(octets: &'a [u8]) -> Option<Self> {
        let whole = Slice::new(octets);
        let entity = Entity::parse(whole, LineRule::CrLfOrLf).ok()?;
        let fields = entity.fields().to_vec();
        let length = fields.iter().map(|field| field.whole.len()).fold(0, usize::saturating_add);
        let empty_line = whole.until(entity.body()).skip(length).octets();
        Some(Part { fields, empty_line, body: entity.body().octets() })
    }

    /// How its lines end.
    pub(super) fn line_end(&self) -> &'static [u8] {
        let first = self.fields.first().map_or(self.empty_line, |field| field.whole.octets());
        if first.ends_with(b"\n") && !first.ends_with(b"\r\n") { b"\n" } else { b"\r\n" }
    }

    /// The octets with this header instead, as pieces.
    pub(super) fn with_header<'p>(&'p self, header: &'p [Cow<'_, [u8]>]) -> Vec<&'p [u8]> {
        header.iter().map(|piece| &**piece).chain([self.empty_line, self.body]).collect()
    }
}

/// Header with the empty line, and body; all is body if there is no empty line.
pub(super) fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    let mut lines = Slice::new(octets).lines();
    while let Some(line) = lines.next() {
        if line.text.is_empty() {
            let body = lines.rest();
            return (Slice::new(octets).until(body).octets(), body.octets());
        }
    }
    (&[], octets)
}

/// Every choice of `count` of the numbers below `of`, in order.
pub(super) fn combinations(of: usize, count: usize, visit: &mut dyn FnMut(&[usize]) -> Flow) -> Flow {
    fn choose(
        from: usize,
        of: usize,
        count: usize,
        chosen: &mut Vec<usize>,
        visit: &mut dyn FnMut(&[usize]) -> Flow,
    ) -> Flow {
        if count == 0 {
            return visit(chosen);
        }
        let left = count.saturating_sub(1);
        for number in from..of.saturating_sub(left) {
            chosen.push(number);
            choose(number.saturating_add(1), of, left, chosen, visit)?;
            chosen.pop();
        }
        Flow::Continue(())
    }
    choose(0, of, count, &mut Vec::new(), visit)
}

/// Every order of the numbers in `order`.
pub(super) fn permutations(order: &mut Vec<usize>, from: usize, visit: &mut dyn FnMut(&[usize]) -> Flow) -> Flow {
    let next = from.saturating_add(1);
    if next >= order.len() {
        return visit(order);
    }
    for other in from..order.len() {
        order.swap(from, other);
        permutations(order, next, visit)?;
        order.swap(from, other);
    }
    Flow::Continue(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_part_is_its_pieces() {
        for octets in [&b"a: b\r\nc: d\n e\r\n\r\nbody"[..], b"\r\nbody", b"a: b\r\n", b"a: b\n\n", b""] {
            let part = Part::parse(octets).unwrap();
            let header: Vec<_> = part.fields.iter().map(|field| Cow::Borrowed(field.whole.octets())).collect();
            assert_eq!(part.with_header(&header).concat(), octets);
        }
        assert!(Part::parse(b"no header\r\n").is_none());
        assert_eq!(split(b"a: b\n\r\nbody\n\n"), (&b"a: b\n\r\n"[..], &b"body\n\n"[..]));
        assert_eq!(split(b"no empty line\n"), (&b""[..], &b"no empty line\n"[..]));
    }

    // As many as there are, and none twice.
    #[test]
    fn choices_and_orders() {
        for (of, count, expected) in [(5, 2, 10), (6, 4, 15), (3, 3, 1), (3, 4, 0), (0, 0, 1), (512, 1, 512)] {
            let mut seen = HashSet::new();
            let _ = combinations(of, count, &mut |chosen| {
                assert!(chosen.len() == count && chosen.is_sorted() && seen.insert(chosen.to_vec()));
                Flow::Continue(())
            });
            assert_eq!(seen.len(), expected, "{count} of {of}");
        }
        for (of, expected) in [(1, 1), (2, 2), (5, 120)] {
            let mut seen = HashSet::new();
            let _ = permutations(&mut (0..of).collect(), 0, &mut |order| {
                assert!(seen.insert(order.to_vec()));
                Flow::Continue(())
            });
            assert_eq!(seen.len(), expected);
        }
    }
}
