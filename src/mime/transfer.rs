//! Transfer encodings (RFC 2045 section 6).
//!
//! base64 is read strictly: white space may stand anywhere, any other octet outside the alphabet is refused,
//! and so are `=` before the end, missing padding and tail bits that are not zero. Two texts that decode to
//! the same octets then differ in white space alone.

use std::borrow::Cow;

use crate::error::{Condition, Error};
use crate::mime::lexer::Lexer;
use crate::octets::{LineEnding, Slice};

/// How a body is encoded for its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferEncoding {
    /// Lines of US-ASCII, as they are.
    SevenBit,
    /// Lines, as they are.
    EightBit,
    /// Octets, as they are.
    Binary,
    /// Groups of four characters for three octets.
    Base64,
    /// Text with `=` escapes.
    QuotedPrintable,
}

impl TransferEncoding {
    /// Reads the unfolded value of a Content-Transfer-Encoding field.
    ///
    /// # Errors
    /// `mime.transfer-encoding` if it is none of the five.
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        let unknown = || {
            Error::new(Condition::MimeTransferEncoding)
                .detail(String::from_utf8_lossy(value).escape_debug().to_string())
        };
        let mut lexer = Lexer::new(value);
        let token = lexer.token().map_err(|_| unknown())?;
        if !lexer.is_done().unwrap_or(false) {
            return Err(unknown());
        }
        NAMES.iter().find(|(name, _)| *name == token).map(|(_, encoding)| *encoding).ok_or_else(unknown)
    }

    /// The name of the encoding.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, encoding)| *encoding == self).map_or("binary", |(name, _)| name)
    }

    /// Whether the body stands in the message as it is.
    pub fn is_identity(self) -> bool {
        !matches!(self, TransferEncoding::Base64 | TransferEncoding::QuotedPrintable)
    }

    /// The octets that were encoded. Octets that need no decoding are not copied, and not looked at either: what
    /// a body labelled 7bit holds is not ours to change.
    ///
    /// # Errors
    /// `mime.base64` and `mime.quoted-printable`, with the place counted from where `body` stands.
    pub fn decode<'a>(self, body: impl Into<Slice<'a>>) -> Result<Cow<'a, [u8]>, Error> {
        let body = body.into();
        match self {
            TransferEncoding::Base64 => decode_base64(body).map(Cow::Owned),
            TransferEncoding::QuotedPrintable => decode_quoted_printable(body).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(body.octets())),
        }
    }
}

const NAMES: [(&str, TransferEncoding); 5] = [
    ("7bit", TransferEncoding::SevenBit),
    ("8bit", TransferEncoding::EightBit),
    ("binary", TransferEncoding::Binary),
    ("base64", TransferEncoding::Base64),
    ("quoted-printable", TransferEncoding::QuotedPrintable),
];

/// The characters on a line of base64 that we write: what RFC 7468 asks of PEM, and fewer than the 76 of MIME.
const COLUMNS: usize = 64;

/// Encodes octets in base64, in lines of 64 characters that all end in CR LF.
pub fn encode_base64(octets: &[u8]) -> Vec<u8> {
    let lines = octets.len().div_ceil(OCTETS_PER_LINE);
    let characters = octets.len().div_ceil(3).saturating_mul(4);
    let mut encoded = Vec::with_capacity(characters.saturating_add(lines.saturating_mul(2)));
    for line in octets.chunks(OCTETS_PER_LINE) {
        for group in line.chunks(3) {
            let [a, b, c] = match *group {
                [a, b, c] => [a, b, c],
                [a, b] => [a, b, 0],
                [a] => [a, 0, 0],
                _ => continue,
            };
            let sextets = [a >> 2, (a << 4) | (b >> 4), (b << 2) | (c >> 6), c];
            // One octet makes two characters, two make three; = fills the group.
            for (sextet, needed) in sextets.into_iter().zip([1, 1, 2, 3]) {
                encoded.push(if group.len() >= needed { character(sextet & 0x3F) } else { b'=' });
            }
        }
        encoded.extend_from_slice(b"\r\n");
    }
    encoded
}

const OCTETS_PER_LINE: usize = COLUMNS / 4 * 3;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn character(sextet: u8) -> u8 {
    ALPHABET.get(usize::from(sextet)).copied().unwrap_or(b'=')
}

const SPACE: u8 = 0xFD;
const PADDING: u8 = 0xFE;
const FOREIGN: u8 = 0xFF;

/// What each octet is in base64: its six bits, or one of the three marks above.
const MEANING: [u8; 256] = {
    let mut meaning = [FOREIGN; 256];
    let mut alphabet: &[u8] = ALPHABET;
    let mut sextet: u8 = 0;
    while let [character, rest @ ..] = alphabet {
        set(&mut meaning, *character, sextet);
        sextet = sextet.wrapping_add(1);
        alphabet = rest;
    }
    set(&mut meaning, b' ', SPACE);
    set(&mut meaning, b'\t', SPACE);
    set(&mut meaning, b'\r', SPACE);
    set(&mut meaning, b'\n', SPACE);
    set(&mut meaning, b'=', PADDING);
    meaning
};

/// Indexing and `as` are safe here: an octet is always below 256, and this runs in the compiler alone.
#[allow(clippy::indexing_slicing, clippy::as_conversions)]
const fn set(meaning: &mut [u8; 256], octet: u8, value: u8) {
    meaning[octet as usize] = value;
}

fn meaning(octet: u8) -> u8 {
    MEANING.get(usize::from(octet)).copied().unwrap_or(FOREIGN)
}

/// Decodes base64, with or without line ends.
///
/// # Errors
/// `mime.base64`.
pub fn decode_base64(text: Slice<'_>) -> Result<Vec<u8>, Error> {
    let mut decoded = Vec::with_capacity(text.len().div_ceil(4).saturating_mul(3));
    let mut rest = text.octets();
    // The sextets of a group that is not full yet.
    let mut bits: u32 = 0;
    let mut sextets: u8 = 0;
    let mut padding: u8 = 0;
    let at = |rest: &[u8]| text.skip(text.len().saturating_sub(rest.len())).take(1).span();
    let malformed = |detail: &str, rest: &[u8]| Err(Error::new(Condition::MimeBase64).detail(detail).at(at(rest)));
    loop {
        if sextets == 0 && padding == 0 {
            rest = whole_groups(rest, &mut decoded);
        }
        let Some((octet, after)) = rest.split_first() else { break };
        match meaning(*octet) {
            SPACE => {}
            FOREIGN => return malformed("an octet is outside the alphabet", rest),
            PADDING if sextets < 2 || padding.saturating_add(sextets) == 4 => {
                return malformed("= stands where no group ends", rest);
            }
            PADDING => padding = padding.saturating_add(1),
            _ if padding > 0 => return malformed("characters follow the padding", rest),
            sextet => {
                bits = (bits << 6) | u32::from(sextet);
                sextets = sextets.wrapping_add(1);
                if sextets == 4 {
                    let [_, group @ ..] = bits.to_be_bytes();
                    decoded.extend_from_slice(&group);
                    (bits, sextets) = (0, 0);
                }
            }
        }
        rest = after;
    }
    let [_, high, middle, _] = (bits
        << match sextets {
            2 => 12,
            _ => 6,
        })
    .to_be_bytes();
    match (sextets, padding) {
        (0, 0) => {}
        (2, 2) if bits & 0x0F == 0 => decoded.push(high),
        (3, 1) if bits & 0x03 == 0 => decoded.extend_from_slice(&[high, middle]),
        (2, 2) | (3, 1) => return malformed("the bits after the last octet are not zero", rest),
        _ => return malformed("the padding is missing", rest),
    }
    Ok(decoded)
}

/// Decodes groups of four characters until one holds anything else, and returns what is left.
fn whole_groups<'t>(mut rest: &'t [u8], decoded: &mut Vec<u8>) -> &'t [u8] {
    while let Some((group, after)) = rest.split_first_chunk::<4>() {
        let [a, b, c, d] = group.map(meaning);
        if (a | b | c | d) > 0x3F {
            break;
        }
        decoded.extend_from_slice(&[(a << 2) | (b >> 4), (b << 4) | (c >> 2), (c << 6) | d]);
        rest = after;
    }
    rest
}

/// Decodes quoted-printable. Blanks at the end of a line were added on the way and are dropped (RFC 2045 section
/// 6.7, rule 3); line ends stay as they stand.
fn decode_quoted_printable(text: Slice<'_>) -> Result<Vec<u8>, Error> {
    let mut decoded = Vec::with_capacity(text.len());
    for line in text.lines() {
        let ending: &[u8] = match line.ending {
            LineEnding::CrLf => b"\r\n",
            LineEnding::Lf => b"\n",
            LineEnding::None => b"",
        };
        let content = line.text.octets();
        let blanks = content.iter().rev().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
        let content = line.text.take(content.len().saturating_sub(blanks));
        let malformed = |detail: &str, rest: &[u8]| {
            let at = content.skip(content.len().saturating_sub(rest.len())).take(1).span();
            Err(Error::new(Condition::MimeQuotedPrintable).detail(detail).at(at))
        };
        let mut rest = content.octets();
        loop {
            rest = match rest {
                [] => {
                    decoded.extend_from_slice(ending);
                    break;
                }
                // A soft line break.
                [b'='] if !line.ending.is_empty() => break,
                [b'='] => return malformed("= is the last character", rest),
                [b'=', high, low, after @ ..] => match hexadecimal(*high).zip(hexadecimal(*low)) {
                    Some((high, low)) => {
                        decoded.push((high << 4) | low);
                        after
                    }
                    None => return malformed("= without two hexadecimal digits", rest),
                },
                [b'=', ..] => return malformed("= without two hexadecimal digits", rest),
                [octet, after @ ..] if octet.is_ascii_graphic() || matches!(octet, b' ' | b'\t') => {
                    decoded.push(*octet);
                    after
                }
                _ => return malformed("an octet should have been encoded", rest),
            };
        }
    }
    Ok(decoded)
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(text: &[u8]) -> Result<Vec<u8>, String> {
        decode_base64(Slice::new(text)).map_err(|error| {
            assert_eq!(error.code(), "mime.base64");
            error.to_string().split_once(": ").unwrap().1.to_owned()
        })
    }

    #[test]
    fn m6_base64() {
        let good: [(&[u8], &[u8]); 10] = [
            // RFC 4648 section 10.
            (b"", b""),
            (b"Zg==", b"f"),
            (b"Zm8=", b"fo"),
            (b"Zm9v", b"foo"),
            (b"Zm9vYg==", b"foob"),
            (b"Zm9vYmFy", b"foobar"),
            (b"Z\tm9\r\nv Y\nmFy\r\n\r\n", b"foobar"),
            (b" Z g = = ", b"f"),
            (b"////", b"\xFF\xFF\xFF"),
            (b"+/+/\r\nAAAA", b"\xFB\xFF\xBF\0\0\0"),
        ];
        for (text, octets) in good {
            assert_eq!(base64(text).as_deref(), Ok(octets), "{}", text.escape_ascii());
            for length in 0..text.len() {
                let _ = base64(&text[..length]);
            }
        }
        let missing = "the padding is missing";
        let tail = "the bits after the last octet are not zero";
        let inner = "= stands where no group ends";
        let foreign = "an octet is outside the alphabet";
        let bad: [(&[u8], &str); 20] = [
            (b"Z", missing),
            (b"Zg", missing),
            (b"Zg=", missing),
            (b"Zm9", missing),
            (b"Zm9vZg\r\n", missing),
            (b"=", inner),
            (b"Z===", inner),
            (b"Zm9v=", inner),
            (b"Zm8==", inner),
            (b"Zg===", inner),
            (b"Zg==Zg==", "characters follow the padding"),
            (b"Zm8=v", "characters follow the padding"),
            (b"Zh==", tail),
            (b"Zm9=", tail),
            (b"Zm9vZg!=", foreign),
            (b"Zm-v", foreign),
            (b"Zm9v\0", foreign),
            (b"Zm9v\x0C", foreign),
            (b"Zm9v\xC2\xA0", foreign),
            (b"-----BEGIN CMS-----", foreign),
        ];
        for (text, detail) in bad {
            assert_eq!(base64(text), Err(detail.to_owned()), "{}", text.escape_ascii());
        }
        let error = decode_base64(Slice::at(b"Zm9v\r\n!", 100)).unwrap_err();
        assert_eq!(error.place().octets.unwrap().start, 106);
    }

    #[test]
    fn base64_is_written_in_lines_and_read_back() {
        let octets: Vec<u8> = (0..1000u32).map(|n| (n * 167 % 256) as u8).collect();
        for length in (0..200).chain([1000]) {
            let encoded = encode_base64(&octets[..length]);
            assert_eq!(base64(&encoded).unwrap(), &octets[..length]);
            let text = String::from_utf8(encoded.clone()).unwrap();
            assert_eq!(encoded.capacity(), encoded.len());
            assert!(text.is_empty() || text.ends_with("\r\n"));
            assert!(text.lines().rev().skip(1).all(|line| line.len() == 64));
        }
        assert_eq!(encode_base64(b"foob"), b"Zm9vYg==\r\n");
    }

    #[test]
    fn m5_quoted_printable() {
        let good: [(&[u8], &[u8]); 9] = [
            (b"", b""),
            (b"a=3D b\t c\r\n", b"a= b\t c\r\n"),
            (b"soft=\r\n break= \t\r\ns", b"soft breaks"),
            (b"soft=\nbreak\n", b"softbreak\n"),
            (b"added  \r\nblanks\t", b"added\r\nblanks"),
            (b"kept=20\r\n", b"kept \r\n"),
            (b"=e2=82=AC", b"\xE2\x82\xAC"),
            (b"=0D=0A", b"\r\n"),
            (b"a\r\n\r\nb", b"a\r\n\r\nb"),
        ];
        let decode = |text: &[u8]| TransferEncoding::QuotedPrintable.decode(Slice::new(text)).map(Cow::into_owned);
        for (text, octets) in good {
            assert_eq!(decode(text).as_deref(), Ok(octets), "{}", text.escape_ascii());
            for length in 0..text.len() {
                let _ = decode(&text[..length]);
            }
        }
        let bad: [&[u8]; 9] = [b"=", b"a=", b"a= ", b"=4", b"=4\r\n", b"=GG", b"= \r", b"caf\xC3\xA9", b"bell\x07"];
        for text in bad {
            assert_eq!(decode(text).unwrap_err().code(), "mime.quoted-printable", "{}", text.escape_ascii());
        }
    }

    #[test]
    fn encodings_by_name() {
        use TransferEncoding::{Base64, Binary, EightBit, QuotedPrintable, SevenBit};
        let rows: [(&[u8], Option<TransferEncoding>); 10] = [
            (b"7bit", Some(SevenBit)),
            (b"8BIT", Some(EightBit)),
            (b"Binary (SIP)", Some(Binary)),
            (b"base64", Some(Base64)),
            (b"Quoted-Printable", Some(QuotedPrintable)),
            (b"", None),
            (b"x-uuencode", None),
            (b"base64, base64", None),
            (b"base64; x=y", None),
            (b"\"base64\"", None),
        ];
        for (value, expected) in rows {
            let found = TransferEncoding::parse(value);
            assert_eq!(found.as_ref().ok().copied(), expected);
            match found {
                Ok(encoding) => assert_eq!(TransferEncoding::parse(encoding.name().as_bytes()), Ok(encoding)),
                Err(error) => assert_eq!(error.code(), "mime.transfer-encoding"),
            }
        }
    }

    #[test]
    fn what_is_not_encoded_is_borrowed() {
        let body: &[u8] = b"\0\xFF\r\n\n";
        for encoding in [TransferEncoding::SevenBit, TransferEncoding::EightBit, TransferEncoding::Binary] {
            assert!(matches!(encoding.decode(body), Ok(Cow::Borrowed(found)) if found == body));
        }
    }
}
