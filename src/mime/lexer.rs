//! Tokens, quoted strings and comments of structured fields (RFC 2045 section 5.1, RFC 5322 section 3.2).
//!
//! Works on an unfolded value. Comments may stand wherever blanks may.

/// How deeply comments may be nested.
const MAX_COMMENTS: usize = 16;

/// Reads the words of one value from left to right.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'v> {
    rest: &'v [u8],
}

impl<'v> Lexer<'v> {
    pub(super) fn new(value: &'v [u8]) -> Self {
        Lexer { rest: value }
    }

    /// Whether nothing but blanks and comments is left.
    pub(super) fn is_done(&mut self) -> Result<bool, &'static str> {
        self.skip_blanks()?;
        Ok(self.rest.is_empty())
    }

    /// Takes `separator` if it comes next.
    pub(super) fn eat(&mut self, separator: u8) -> Result<bool, &'static str> {
        self.skip_blanks()?;
        match self.rest.split_first() {
            Some((first, rest)) if *first == separator => {
                self.rest = rest;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A token in lower case.
    pub(super) fn token(&mut self) -> Result<String, &'static str> {
        self.skip_blanks()?;
        let token = self.take_while(is_token);
        if token.is_empty() {
            return Err("a token is missing");
        }
        Ok(String::from_utf8_lossy(token).to_ascii_lowercase())
    }

    /// A value: a quoted string, or a token in which octets stand that would need quotes. Returns the text and
    /// whether quotes are missing.
    pub(super) fn value(&mut self) -> Result<(String, bool), &'static str> {
        if self.eat(b'"')? {
            return Ok((self.quoted_string()?, false));
        }
        let value = self.take_while(|octet| is_token(octet) || b"/:=?@[]".contains(&octet) || octet >= 0x80);
        if value.is_empty() {
            return Err("a value is missing");
        }
        let needs_quotes = !value.iter().copied().all(is_token);
        Ok((String::from_utf8_lossy(value).into_owned(), needs_quotes))
    }

    fn quoted_string(&mut self) -> Result<String, &'static str> {
        let mut text = Vec::new();
        loop {
            let octet = self.next().ok_or("a quoted string has no end")?;
            match octet {
                b'"' => return Ok(String::from_utf8_lossy(&text).into_owned()),
                b'\\' => text.push(self.next().ok_or("a quoted string has no end")?),
                _ => text.push(octet),
            }
        }
    }

    fn skip_blanks(&mut self) -> Result<(), &'static str> {
        let mut open: usize = 0;
        let mut ahead = self.clone();
        while let Some(octet) = ahead.next() {
            match octet {
                b'(' => open = open.saturating_add(1),
                b')' if open > 0 => open = open.saturating_sub(1),
                b'\\' if open > 0 => drop(ahead.next()),
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ if open > 0 => {}
                _ => return Ok(()),
            }
            if open > MAX_COMMENTS {
                return Err("comments are nested too deeply");
            }
            if open == 0 {
                self.rest = ahead.rest;
            }
        }
        if open > 0 { Err("a comment has no end") } else { Ok(()) }
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'v [u8] {
        let length = self.rest.iter().take_while(|octet| is_part(**octet)).count();
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

/// RFC 2045 section 5.1, token: what is neither a blank, a control nor one of the tspecials.
fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}
