//! Elements of a BER or DER encoding as spans (X.690 section 8.1).
//!
//! Nothing is copied and nothing is decoded. Indefinite lengths are followed to their end-of-contents;
//! lengths are checked before use, nesting is capped, and high tag numbers are refused: no structure we
//! read has one.

use crate::error::{Condition, Error};
use crate::octets::Slice;

/// How deeply elements may be nested.
pub const MAX_DEPTH: usize = 32;

/// One element: identifier octet, contents, and the whole encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// Identifier, length, contents, and end-of-contents if there is one.
    pub whole: Slice<'a>,
    /// The contents.
    pub contents: Slice<'a>,
    /// Whether the length is indefinite (BER).
    pub indefinite: bool,
    depth: usize,
}

impl<'a> Tlv<'a> {
    /// Reads one element that must fill `input`.
    ///
    /// # Errors
    /// `asn1.*` if the element is malformed or octets follow it.
    pub fn parse(input: Slice<'a>) -> Result<Self, Error> {
        let mut reader = Reader::new(input);
        let tlv = reader.next_element()?;
        reader.finish()?;
        Ok(tlv)
    }

    /// Whether the element consists of other elements.
    pub fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// Reads the elements inside this one.
    ///
    /// # Errors
    /// `asn1.depth` past [`MAX_DEPTH`].
    pub fn elements(&self) -> Result<Reader<'a>, Error> {
        let depth = self.depth.saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(Error::new(Condition::Asn1Depth).at(self.whole.span()));
        }
        Ok(Reader { rest: self.contents, depth })
    }

    /// This element if it has the identifier octet `tag`.
    ///
    /// # Errors
    /// `asn1.tag`.
    pub fn expect(self, tag: u8) -> Result<Self, Error> {
        if self.tag == tag {
            return Ok(self);
        }
        Err(Error::new(Condition::Asn1Tag)
            .detail(format!("found 0x{:02x}, expected 0x{tag:02x}", self.tag))
            .at(self.whole.span()))
    }
}

/// Reads elements one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: Slice<'a>,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `input`.
    pub fn new(input: Slice<'a>) -> Self {
        Reader { rest: input, depth: 0 }
    }

    /// What has not been read.
    pub fn rest(&self) -> Slice<'a> {
        self.rest
    }

    /// Whether everything has been read.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first()
    }

    /// The next element, of whatever type.
    ///
    /// # Errors
    /// `asn1.*` if there is none or it is malformed.
    pub fn next_element(&mut self) -> Result<Tlv<'a>, Error> {
        let tlv = element(self.rest, self.depth)?;
        self.rest = self.rest.skip(tlv.whole.len());
        Ok(tlv)
    }

    /// The next element, which must have the identifier octet `tag`.
    ///
    /// # Errors
    /// `asn1.*`.
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Error> {
        self.next_element()?.expect(tag)
    }

    /// The next element if it has the identifier octet `tag`.
    ///
    /// # Errors
    /// `asn1.*` if the element is malformed.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Error> {
        match self.peek() {
            Some(found) if found == tag => self.next_element().map(Some),
            _ => Ok(None),
        }
    }

    /// Makes sure that everything has been read.
    ///
    /// # Errors
    /// `asn1.trailing`.
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_done() {
            return Ok(());
        }
        Err(Error::new(Condition::Asn1Trailing).at(self.rest.span()))
    }
}

struct Header {
    tag: u8,
    /// Octets of identifier and length.
    length: usize,
    /// Octets of contents; `None` if indefinite.
    contents: Option<usize>,
}

fn header(input: Slice<'_>) -> Result<Header, Error> {
    let truncated = || Error::new(Condition::Asn1Truncated).at(input.span());
    let malformed = || Error::new(Condition::Asn1Length).at(input.take(10).span());
    let mut octets = input.octets().iter().copied();
    let tag = octets.next().ok_or_else(truncated)?;
    if tag & 0x1F == 0x1F {
        return Err(Error::new(Condition::Asn1Tag)
            .detail("tag numbers above 30 do not occur here")
            .at(input.take(1).span()));
    }
    let first = octets.next().ok_or_else(truncated)?;
    if first < 0x80 {
        return Ok(Header { tag, length: 2, contents: Some(first.into()) });
    }
    if first == 0x80 {
        return match tag & 0x20 {
            0 => Err(malformed()),
            _ => Ok(Header { tag, length: 2, contents: None }),
        };
    }
    let count = usize::from(first & 0x7F);
    let mut contents: usize = 0;
    for _ in 0..count {
        let octet = octets.next().ok_or_else(truncated)?;
        contents = contents.checked_mul(256).and_then(|high| high.checked_add(octet.into())).ok_or_else(malformed)?;
    }
    Ok(Header { tag, length: count.saturating_add(2), contents: Some(contents) })
}

fn element(input: Slice<'_>, depth: usize) -> Result<Tlv<'_>, Error> {
    let header = header(input)?;
    let truncated = || Error::new(Condition::Asn1Truncated).at(input.span());
    let (contents, whole) = match header.contents {
        Some(length) => {
            let end = header.length.checked_add(length).ok_or_else(truncated)?;
            let whole = input.range(0..end).ok_or_else(|| {
                truncated().detail(format!(
                    "the length says {length} octets, {} are there",
                    input.len().saturating_sub(header.length)
                ))
            })?;
            (whole.skip(header.length), whole)
        }
        None => {
            let length = indefinite_length(input.skip(header.length), depth)?;
            let contents = input.skip(header.length).take(length);
            let end = header.length.saturating_add(length).saturating_add(2);
            (contents, input.take(end))
        }
    };
    Ok(Tlv { tag: header.tag, whole, contents, indefinite: header.contents.is_none(), depth })
}

/// The octets of contents before the end-of-contents that closes the element around `input`.
fn indefinite_length(input: Slice<'_>, depth: usize) -> Result<usize, Error> {
    let mut open: usize = 1;
    let mut rest = input;
    loop {
        if rest.octets().starts_with(&[0, 0]) {
            open = open.saturating_sub(1);
            if open == 0 {
                return Ok(input.len().saturating_sub(rest.len()));
            }
            rest = rest.skip(2);
            continue;
        }
        let header = header(rest)?;
        match header.contents {
            Some(length) => {
                let end = header.length.checked_add(length);
                let inside = end.and_then(|end| rest.range(0..end));
                let inside = inside.ok_or_else(|| Error::new(Condition::Asn1Truncated).at(rest.span()))?;
                rest = rest.skip(inside.len());
            }
            None => {
                open = open.saturating_add(1);
                if open.saturating_add(depth) > MAX_DEPTH {
                    return Err(Error::new(Condition::Asn1Depth).at(rest.take(2).span()));
                }
                rest = rest.skip(header.length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(octets: &[u8]) -> Result<Tlv<'_>, Error> {
        Tlv::parse(Slice::new(octets))
    }

    #[test]
    fn lengths() {
        // (encoding, contents or code)
        type Row<'a> = (&'a [u8], Result<&'a [u8], &'a str>);
        let rows: &[Row] = &[
            (&[0x04, 0], Ok(b"")),
            (&[0x04, 2, 7, 8], Ok(&[7, 8])),
            // Not minimal, but BER.
            (&[0x04, 0x81, 2, 7, 8], Ok(&[7, 8])),
            (&[0x04, 0x84, 0, 0, 0, 2, 7, 8], Ok(&[7, 8])),
            // Indefinite, with an indefinite element inside.
            (&[0x24, 0x80, 4, 1, 7, 0, 0], Ok(&[4, 1, 7])),
            (&[0x24, 0x80, 0x24, 0x80, 0, 0, 0, 0], Ok(&[0x24, 0x80, 0, 0])),
            (&[], Err("asn1.truncated")),
            (&[0x04], Err("asn1.truncated")),
            (&[0x04, 3, 7, 8], Err("asn1.truncated")),
            (&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], Err("asn1.truncated")),
            (&[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], Err("asn1.length")),
            (&[0x24, 0x80, 4, 1, 7, 0], Err("asn1.truncated")),
            // A primitive element has no indefinite length.
            (&[0x04, 0x80, 0, 0], Err("asn1.length")),
            (&[0x1F, 0x81, 0x01, 0], Err("asn1.tag")),
            (&[0x04, 0, 0], Err("asn1.trailing")),
        ];
        for (encoding, expected) in rows {
            let found = parse(encoding);
            let found = found.as_ref().map(|tlv| tlv.contents.octets()).map_err(Error::code);
            assert_eq!(found, *expected, "{encoding:02x?}");
        }
    }

    // R2: nesting past the cap is refused, whether the lengths are definite or not.
    #[test]
    fn r2_nesting_is_capped() {
        let indefinite = [0x30, 0x80].repeat(100_000);
        assert_eq!(parse(&indefinite).unwrap_err().code(), "asn1.depth");

        let mut definite = Vec::new();
        for _ in 0..MAX_DEPTH + 2 {
            definite = crate::asn1::encode::element(0x30, &[&definite]);
        }
        let mut tlv = parse(&definite).unwrap();
        let error = loop {
            match tlv.elements().and_then(|mut inside| inside.next_element()) {
                Ok(inside) => tlv = inside,
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), "asn1.depth");
    }
}
