//! IP fragments put together (RFC 791 section 3.2, RFC 8200 section 4.5).
//!
//! Fragments that overlap are refused with their whole datagram, as RFC 5722 asks: what they would say differs from
//! reader to reader. What is never complete is given up when it is old, or when there is too much of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

/// Where a fragment was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) frame: u64,
    /// In nanoseconds since 1970.
    pub(super) time: i64,
    /// Where in the file its payload begins.
    pub(super) position: usize,
}

/// Source, destination, identification and protocol: fragments of one datagram agree in all of them.
pub(super) type Key = (IpAddr, IpAddr, u32, u8);

/// A fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub(super) key: Key,
    /// Where it stands in the datagram.
    pub(super) offset: usize,
    pub(super) is_last: bool,
    pub(super) octets: &'a [u8],
}

/// Datagrams of which parts are missing.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    partial: HashMap<Key, Partial>,
    /// The oldest first.
    order: VecDeque<Key>,
}

#[derive(Debug)]
struct Partial {
    /// By where they stand in the datagram.
    pieces: BTreeMap<usize, Vec<u8>>,
    length: Option<usize>,
    first: Piece,
    is_refused: bool,
    since: i64,
}

impl Fragments {
    /// Adds a fragment; the datagram if it is complete, with the place of its beginning.
    ///
    /// # Errors
    /// The fragment contradicts another one, or is malformed. The rest of the datagram is refused, too.
    pub(super) fn add(&mut self, fragment: Fragment<'_>, piece: Piece) -> Result<Option<(Piece, Vec<u8>)>, ()> {
        self.forget(piece.time);
        let partial = self.partial.entry(fragment.key).or_insert_with(|| {
            self.order.push_back(fragment.key);
            Partial { pieces: BTreeMap::new(), length: None, first: piece, is_refused: false, since: piece.time }
        });
        if partial.is_refused || partial.add(fragment, piece).is_none() {
            partial.is_refused = true;
            partial.pieces.clear();
            return Err(());
        }
        let Some(whole) = partial.whole() else { return Ok(None) };
        let first = partial.first;
        self.partial.remove(&fragment.key);
        self.order.retain(|key| *key != fragment.key);
        Ok(Some((first, whole)))
    }

    fn forget(&mut self, now: i64) {
        while let Some(oldest) = self.order.front() {
            let age = self.partial.get(oldest).map_or(i64::MAX, |partial| now.saturating_sub(partial.since));
            if age <= MAX_AGE && self.order.len() < MAX_PARTIAL {
                return;
            }
            self.partial.remove(oldest);
            self.order.pop_front();
        }
    }
}

impl Partial {
    fn add(&mut self, fragment: Fragment<'_>, piece: Piece) -> Option<()> {
        let (start, length) = (fragment.offset, fragment.octets.len());
        let end = start.checked_add(length).filter(|end| *end <= MAX_DATAGRAM)?;
        // Only the last may have a length that is no multiple of eight.
        if length == 0 || (!fragment.is_last && !length.is_multiple_of(8)) {
            return None;
        }
        // One that comes twice is no contradiction.
        if self.pieces.get(&start).is_some_and(|there| there == fragment.octets) {
            return Some(());
        }
        let before = self.pieces.range(..end).next_back();
        let is_overlap = before.is_some_and(|(at, there)| at.saturating_add(there.len()) > start);
        let after = self.pieces.last_key_value().map_or(0, |(at, there)| at.saturating_add(there.len()));
        let is_beyond = match (self.length, fragment.is_last) {
            (Some(length), is_last) => is_last || end > length,
            (None, is_last) => is_last && after > end,
        };
        if is_overlap || is_beyond {
            return None;
        }
        if fragment.is_last {
            self.length = Some(end);
        }
        if start == 0 {
            self.first = piece;
        }
        self.pieces.insert(start, fragment.octets.to_vec());
        Some(())
    }

    fn whole(&self) -> Option<Vec<u8>> {
        let length = self.length?;
        let there = self.pieces.values().map(Vec::len).fold(0_usize, usize::saturating_add);
        (there == length).then(|| self.pieces.values().flatten().copied().collect())
    }
}

/// The largest packet of IP.
const MAX_DATAGRAM: usize = 65_535;
/// At most 16 MiB wait for their other parts.
const MAX_PARTIAL: usize = 256;
/// RFC 8200 section 4.5 gives up after 60 seconds.
const MAX_AGE: i64 = 60_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(identification: u32) -> Key {
        (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]), identification, 17)
    }

    /// Adds fragments in their order; the first answer that is not "wait".
    fn all(rows: &[(usize, bool, &[u8])]) -> Option<Result<Vec<u8>, ()>> {
        let mut fragments = Fragments::default();
        rows.iter().zip(1..).find_map(|((offset, is_last, octets), frame)| {
            let fragment = Fragment { key: key(7), offset: *offset, is_last: *is_last, octets };
            let added = fragments.add(fragment, Piece { frame, time: 0, position: 0 });
            added.map(|whole| whole.map(|(_, octets)| octets)).transpose()
        })
    }

    #[test]
    fn fragments_in_any_order() {
        let whole = Some(Ok(b"0123456789abcdefXY".to_vec()));
        let (one, two, three) = ((0, false, &b"01234567"[..]), (8, false, &b"89abcdef"[..]), (16, true, &b"XY"[..]));
        for rows in [[one, two, three], [three, two, one], [two, three, one], [one, three, two]] {
            assert_eq!(all(&rows), whole);
        }
        assert_eq!(all(&[one, one, three, three, two]), whole, "twice the same is no contradiction");
        assert_eq!(all(&[one, three]), None);
    }

    // RFC 5722: what overlaps is refused.
    #[test]
    fn fragments_that_contradict() {
        let rows: [&[(usize, bool, &[u8])]; 7] = [
            &[(0, false, b"01234567"), (0, false, b"0123456X"), (8, true, b"89")],
            &[(0, false, b"0123456789abcdef"), (8, true, b"89")],
            &[(8, true, b"89"), (16, false, b"01234567")],
            &[(8, true, b"89"), (16, true, b"01")],
            &[(16, false, b"01234567"), (8, true, b"89")],
            &[(0, false, b"0123")],
            &[(65_528, true, b"01234567")],
        ];
        for row in rows {
            assert_eq!(all(row), Some(Err(())), "{row:?}");
        }
    }

    #[test]
    fn what_is_old_or_too_much_is_given_up() {
        let mut fragments = Fragments::default();
        let mut add = |identification, offset, is_last, time| {
            let fragment = Fragment { key: key(identification), offset, is_last, octets: b"01234567" };
            let whole = fragments.add(fragment, Piece { frame: 1, time, position: 0 }).unwrap();
            (whole.is_some(), fragments.partial.len(), fragments.order.len())
        };
        assert_eq!(add(1, 0, false, 0), (false, 1, 1));
        assert_eq!(add(1, 8, true, MAX_AGE + 1), (false, 1, 1), "the first part is too old");
        for identification in 2..2000 {
            let (_, partial, order) = add(identification, 0, false, MAX_AGE + 1);
            assert!(partial <= MAX_PARTIAL && order == partial);
        }
        assert!(add(1999, 8, true, MAX_AGE + 1).0);
    }
}
