//! Octets and their places: the only room with index arithmetic.
//!
//! Received octets are kept and pointed into, never rebuilt. A [`Slice`] is a run of octets together
//! with its position in the input it was cut from, so that every error can say where.

use std::fmt;
use std::ops::Range;

/// A half-open range of octets, counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first octet.
    pub start: usize,
    /// One past the last octet.
    pub end: usize,
}

impl Span {
    /// The number of octets in the range.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no octet.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octets {}..{}", self.start, self.end)
    }
}

/// Octets borrowed from an input, with the position of the first one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slice<'a> {
    octets: &'a [u8],
    start: usize,
}

impl<'a> Slice<'a> {
    /// A whole input: its first octet is at position 0.
    pub fn new(octets: &'a [u8]) -> Self {
        Slice { octets, start: 0 }
    }

    /// Octets whose first one stands at `start` in a larger input.
    pub fn at(octets: &'a [u8], start: usize) -> Self {
        Slice { octets, start }
    }

    /// The octets.
    pub fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// Where the octets stand in the input.
    pub fn span(self) -> Span {
        Span { start: self.start, end: self.start.saturating_add(self.octets.len()) }
    }

    /// The number of octets.
    pub fn len(self) -> usize {
        self.octets.len()
    }

    /// Whether there is no octet.
    pub fn is_empty(self) -> bool {
        self.octets.is_empty()
    }

    /// The first octet.
    pub fn first(self) -> Option<u8> {
        self.octets.first().copied()
    }

    /// The octets before and from `at`; `None` if there are fewer than `at`.
    pub fn split_at(self, at: usize) -> Option<(Slice<'a>, Slice<'a>)> {
        let (head, tail) = self.octets.split_at_checked(at)?;
        let tail_start = self.start.checked_add(at)?;
        Some((Slice::at(head, self.start), Slice::at(tail, tail_start)))
    }

    /// The octets of a range counted from the start of this slice.
    pub fn range(self, range: Range<usize>) -> Option<Slice<'a>> {
        let octets = self.octets.get(range.clone())?;
        Some(Slice::at(octets, self.start.checked_add(range.start)?))
    }

    /// Everything from `from` on; empty if there is less.
    pub fn skip(self, from: usize) -> Slice<'a> {
        let from = from.min(self.octets.len());
        Slice::at(self.octets.get(from..).unwrap_or_default(), self.start.saturating_add(from))
    }

    /// The first `count` octets; all of them if there are fewer.
    pub fn take(self, count: usize) -> Slice<'a> {
        let count = count.min(self.octets.len());
        Slice::at(self.octets.get(..count).unwrap_or_default(), self.start)
    }

    /// Where `needle` first stands, counted from the start of this slice.
    pub fn find(self, needle: &[u8]) -> Option<usize> {
        memchr::memmem::find(self.octets, needle)
    }

    /// Without leading and trailing SP and HTAB.
    pub fn trim_blanks(self) -> Slice<'a> {
        self.trim(|octet| matches!(octet, b' ' | b'\t'))
    }

    /// Without leading and trailing SP, HTAB, CR and LF.
    pub fn trim_space(self) -> Slice<'a> {
        self.trim(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'))
    }

    fn trim(self, is_space: impl Fn(u8) -> bool) -> Slice<'a> {
        let leading = self.octets.iter().take_while(|octet| is_space(**octet)).count();
        let rest = self.skip(leading);
        let trailing = rest.octets.iter().rev().take_while(|octet| is_space(**octet)).count();
        rest.take(rest.len().saturating_sub(trailing))
    }

    /// The octets of this slice before and after `inner`, which was cut from it; `None` if it was not.
    pub fn around(self, inner: Slice<'a>) -> Option<(Slice<'a>, Slice<'a>)> {
        let (before, rest) = self.split_at(inner.start.checked_sub(self.start)?)?;
        let (found, after) = rest.split_at(inner.len())?;
        (found == inner).then_some((before, after))
    }

    /// The place of octets that were cut from this slice by other means; `None` if they were not.
    pub fn inner(self, octets: &'a [u8]) -> Option<Slice<'a>> {
        let from = octets.as_ptr().addr().checked_sub(self.octets.as_ptr().addr())?;
        self.range(from..from.checked_add(octets.len())?)
    }

    /// What is left of this slice before `rest`, which is its end.
    pub fn until(self, rest: Slice<'a>) -> Slice<'a> {
        self.take(self.len().saturating_sub(rest.len()))
    }

    /// The lines of this slice, each with its ending.
    pub fn lines(self) -> Lines<'a> {
        Lines { rest: self }
    }
}

/// What stands before the last `count` octets, and those; `None` if there are fewer.
pub fn split_end_mut(octets: &mut [u8], count: usize) -> Option<(&mut [u8], &mut [u8])> {
    octets.split_at_mut_checked(octets.len().checked_sub(count)?)
}

impl<'a> From<&'a [u8]> for Slice<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Slice::new(octets)
    }
}

impl fmt::Debug for Slice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.span(), self.octets.escape_ascii())
    }
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnding {
    /// CR LF.
    CrLf,
    /// LF alone.
    Lf,
    /// The input ends without a line ending.
    None,
}

impl LineEnding {
    /// The number of octets of the ending.
    pub fn len(self) -> usize {
        match self {
            LineEnding::CrLf => 2,
            LineEnding::Lf => 1,
            LineEnding::None => 0,
        }
    }

    /// The octets of the ending.
    pub fn octets(self) -> &'static [u8] {
        match self {
            LineEnding::CrLf => b"\r\n",
            LineEnding::Lf => b"\n",
            LineEnding::None => b"",
        }
    }

    /// Whether the line has no ending.
    pub fn is_empty(self) -> bool {
        self == LineEnding::None
    }
}

/// One line: its text without the ending, and the ending. A CR that no LF follows belongs to the text.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The octets before the ending.
    pub text: Slice<'a>,
    /// The ending.
    pub ending: LineEnding,
}

impl Line<'_> {
    /// Text and ending together, as a range of the input.
    pub fn span(&self) -> Span {
        let text = self.text.span();
        Span { start: text.start, end: text.end.saturating_add(self.ending.len()) }
    }
}

/// Iterates over the lines of a slice; the octets after the last line are in [`Lines::rest`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: Slice<'a>,
}

impl<'a> Lines<'a> {
    /// What has not been read yet.
    pub fn rest(&self) -> Slice<'a> {
        self.rest
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(feed) = memchr::memchr(b'\n', self.rest.octets) else {
            let text = self.rest;
            self.rest = text.skip(text.len());
            return Some(Line { text, ending: LineEnding::None });
        };
        let before = self.rest.take(feed);
        self.rest = self.rest.skip(feed.saturating_add(1));
        Some(match before.octets {
            [text @ .., b'\r'] => Line { text: before.take(text.len()), ending: LineEnding::CrLf },
            _ => Line { text: before, ending: LineEnding::Lf },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_cut_by_other_means_have_a_place() {
        let input = b"0123456789";
        let slice = Slice::at(&input[2..8], 102);
        assert_eq!(slice.inner(&input[4..6]), Some(Slice::at(b"45", 104)));
        assert_eq!(slice.inner(&input[8..8]), Some(Slice::at(b"", 108)));
        for outside in [&input[1..3], &input[7..9], &input[9..9]] {
            assert_eq!(slice.inner(outside), None);
        }
    }

    #[test]
    fn lines_keep_every_octet_and_its_place() {
        let input = Slice::new(b"a\r\n\nb\rc\r\r\nd");
        let lines: Vec<_> = input.lines().map(|l| (l.text.octets(), l.ending, l.span())).collect();
        let span = |start, end| Span { start, end };
        assert_eq!(
            lines,
            [
                (&b"a"[..], LineEnding::CrLf, span(0, 3)),
                (b"", LineEnding::Lf, span(3, 4)),
                (b"b\rc\r", LineEnding::CrLf, span(4, 10)),
                (b"d", LineEnding::None, span(10, 11)),
            ]
        );
    }

    #[test]
    fn slices_never_reach_past_their_end() {
        let slice = Slice::at(b"abc", 10);
        assert_eq!(slice.split_at(4), None);
        assert_eq!(slice.range(2..4), None);
        assert_eq!(slice.skip(9).len(), 0);
        assert_eq!(slice.skip(1).span(), Span { start: 11, end: 13 });
        assert_eq!(slice.take(9).octets(), b"abc");
        assert_eq!(Slice::new(b" \ta b\t ").trim_blanks().octets(), b"a b");
        assert_eq!(Slice::new(b" \t").trim_blanks().octets(), b"");
    }

    #[test]
    fn slices_are_cut_around_and_before_others() {
        let slice = Slice::at(b"l :\r\n 15 \r\n", 100);
        let number = slice.skip(3).trim_space();
        assert_eq!((number.octets(), number.span().start), (&b"15"[..], 106));
        let (before, after) = slice.around(number).unwrap();
        assert_eq!((before.octets(), after.octets()), (&b"l :\r\n "[..], &b" \r\n"[..]));
        assert_eq!(slice.around(Slice::at(b"16", 106)), None);
        assert_eq!(slice.around(Slice::at(b"l", 99)), None);
        assert_eq!(slice.until(after).octets(), b"l :\r\n 15");
        assert_eq!(Slice::new(b" \r\n").trim_space().octets(), b"");
    }
}
