//! PEM blocks in a file (RFC 7468 section 2).
//!
//! Text before, between and after blocks is explanation and passed over, as OpenSSL and others write it.
//! Inside, the rules are strict: nothing but base64 in lines of one width between two lines with the same
//! label. A block that begins must end. One pass over the lines, whatever they hold.

use pem_rfc7468::Decoder;
use zeroize::Zeroizing;

use crate::error::{Condition, Error};
use crate::octets::Slice;

/// One PEM block, not yet decoded.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What stands after `BEGIN`: `CERTIFICATE`.
    pub label: &'a str,
    /// The block from the first to the last hyphen.
    pub octets: Slice<'a>,
}

impl Block<'_> {
    /// The octets inside. They may be a key: they are wiped when dropped.
    ///
    /// # Errors
    /// `pem.malformed`.
    pub fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let malformed = |error: pem_rfc7468::Error| {
            Error::new(Condition::Pem).detail(error.to_string()).within(self.label).at(self.octets.span())
        };
        let mut decoder = Decoder::new_detect_wrap(self.octets.octets()).map_err(malformed)?;
        let mut octets = Zeroizing::new(vec![0; decoder.remaining_len()]);
        decoder.decode(&mut octets).map_err(malformed)?;
        Ok(octets)
    }

    /// Whether the block is encrypted in the way of RFC 1421, by header fields before the base64.
    pub fn is_legacy_encrypted(&self) -> bool {
        self.octets.lines().nth(1).is_some_and(|line| line.text.octets().starts_with(b"Proc-Type:"))
    }
}

/// The PEM blocks of a file.
///
/// # Errors
/// `pem.malformed` if a block does not end, or ends with another label.
pub fn blocks(octets: &[u8]) -> Result<Vec<Block<'_>>, Error> {
    let input = Slice::new(octets);
    // Some editors of Windows put a byte order mark first.
    let input = if octets.starts_with(b"\xEF\xBB\xBF") { input.skip(3) } else { input };
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Slice<'_>)> = None;
    for line in input.lines() {
        let malformed = |detail: String| Error::new(Condition::Pem).detail(detail).at(line.text.span());
        match (boundary(line.text.octets()), open) {
            (None, _) => {}
            (Some(Boundary::Begin(label)), None) => open = Some((label, line.text)),
            (Some(Boundary::Begin(label)), Some((before, _))) => {
                return Err(malformed(format!("{label} begins before {before} ends")));
            }
            (Some(Boundary::End(label)), Some((begun, first))) if label == begun => {
                let start = first.span().start.saturating_sub(input.span().start);
                let end = line.text.span().end.saturating_sub(input.span().start);
                let octets =
                    input.range(start..end).ok_or_else(|| malformed("a block ends before it begins".into()))?;
                blocks.push(Block { label, octets });
                open = None;
            }
            (Some(Boundary::End(label)), Some((begun, _))) => {
                return Err(malformed(format!("{begun} ends as {label}")));
            }
            (Some(Boundary::End(label)), None) => {
                return Err(malformed(format!("{label} ends but did not begin")));
            }
        }
    }
    match open {
        None => Ok(blocks),
        Some((label, first)) => {
            Err(Error::new(Condition::Pem).detail(format!("{label} does not end")).at(first.span()))
        }
    }
}

enum Boundary<'a> {
    Begin(&'a str),
    End(&'a str),
}

/// What a line begins or ends. Blanks after the last hyphen do not hide it: they make the block malformed.
fn boundary(line: &[u8]) -> Option<Boundary<'_>> {
    match line.strip_prefix(b"-----BEGIN ") {
        Some(rest) => label(rest).map(Boundary::Begin),
        None => label(line.strip_prefix(b"-----END ")?).map(Boundary::End),
    }
}

fn label(rest: &[u8]) -> Option<&str> {
    str::from_utf8(rest.trim_ascii_end().strip_suffix(b"-----")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::Span;

    fn pem(label: &str, octets: &[u8]) -> String {
        pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, octets).unwrap()
    }

    #[test]
    fn text_around_blocks_is_passed_over() {
        let one = pem("A", &[1; 100]);
        let two = pem("B C", &[2; 3]);
        let text = "subject=CN\n  -----BEGIN not at the start-----\n-----\n-----BEGIN\n---- BEGIN A ----\n\0\n";
        let files = [
            format!("{one}{two}"),
            format!("{text}{one}{text}\n{two}{text}"),
            format!("\u{feff}{one}{two}"),
            format!("{one}{}", two.trim_end()),
        ];
        for file in files {
            for file in [file.clone(), file.replace('\n', "\r\n")] {
                let found = blocks(file.as_bytes()).unwrap();
                let labels: Vec<_> = found.iter().map(|block| block.label).collect();
                assert_eq!(labels, ["A", "B C"], "{file}");
                assert_eq!(*found[0].decode().unwrap(), [1; 100]);
                assert_eq!(*found[1].decode().unwrap(), [2; 3]);
                let Span { start, end } = found[1].octets.span();
                assert!(file[start..end].starts_with("-----BEGIN B C") && file[start..end].ends_with("END B C-----"));
            }
        }
        assert!(blocks(b"").unwrap().is_empty());
        assert!(blocks(text.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn line_widths() {
        let plain = "AQEBAQEBAQEBAQEBAQEBAQ==";
        for width in [4, 8, 20, 24] {
            let lines: Vec<_> = plain.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
            let file = format!("-----BEGIN A-----\n{}\n-----END A-----\n", lines.join("\n"));
            assert_eq!(*blocks(file.as_bytes()).unwrap()[0].decode().unwrap(), [1; 16], "{width}");
        }
    }

    #[test]
    fn boundaries_that_do_not_belong_together() {
        // File, and where it is wrong.
        let rows = [
            ("-----BEGIN A-----\nAQ==\n", 0..17),
            ("\n-----BEGIN A-----\nAQ==\n-----END B-----\n", 24..39),
            ("-----BEGIN A-----\nAQ==\n-----BEGIN A-----\nAQ==\n-----END A-----\n", 23..40),
            ("text\n-----END A-----\n", 5..20),
        ];
        for (file, place) in rows {
            let error = blocks(file.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "pem.malformed", "{file}");
            let place = Span { start: place.start, end: place.end };
            assert_eq!(error.place().octets, Some(place), "{file}");
        }
    }

    #[test]
    fn insides_are_strict() {
        let insides = [
            "",
            "\n",
            "\nAQ==\n",
            "AQ=\n",
            "AQ\n",
            "AR==\n",
            "A*==\n",
            "AQ== \n",
            " AQ==\n",
            "Proc-Type: 4,ENCRYPTED\n\nAQ==\n",
            "AQEB\nAQ==AQEB\n",
            "AQEBAQEB\nAQEB\nAQEBAQEB\n",
            "AQEB\u{a0}AQEB\n",
        ];
        for inside in insides {
            let file = format!("text\n-----BEGIN A-----\n{inside}-----END A-----\n");
            let found = blocks(file.as_bytes()).unwrap();
            let error = found[0].decode().unwrap_err();
            assert_eq!((error.code(), error.place().octets.unwrap().start), ("pem.malformed", 5), "{inside:?}");
        }
        // Blanks after a boundary.
        let file = b"-----BEGIN A----- \nAQ==\n-----END A-----\n";
        assert_eq!(blocks(file).unwrap()[0].decode().unwrap_err().code(), "pem.malformed");
    }

    // One pass: many boundaries, long lines and no lines cost what their octets cost.
    #[test]
    fn large_files() {
        let many = pem("A", &[7; 10]).repeat(20_000);
        assert_eq!(blocks(many.as_bytes()).unwrap().len(), 20_000);
        let begins = "-----BEGIN A-----\n".repeat(50_000);
        assert_eq!(blocks(begins.as_bytes()).unwrap_err().code(), "pem.malformed");
        let hyphens = "-".repeat(1 << 20);
        assert!(blocks(hyphens.as_bytes()).unwrap().is_empty());
        let large = pem("A", &vec![7; 1 << 20]);
        assert_eq!(blocks(large.as_bytes()).unwrap()[0].decode().unwrap().len(), 1 << 20);
    }
}
