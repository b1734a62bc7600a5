//! What opens a message besides a certificate: keys agreed on beforehand, and passwords.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::error::{Condition, Error};
use zeroize::Zeroizing;

use crate::cli::args::Secret;
use crate::cli::diagnostic::Voice;
use crate::cli::{io, operand};

/// Where a key-encryption key comes from: `ID:FILE` or `ID:hex:FILE`.
#[derive(Clone, Debug)]
pub struct KekSource {
    identifier: Vec<u8>,
    is_hex: bool,
    path: PathBuf,
}

impl FromStr for KekSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usual =
            || "write ID:FILE, or ID:hex:FILE for hexadecimal; an ID of octets is 0x and hexadecimal".to_owned();
        let (identifier, rest) = text.split_once(':').ok_or_else(usual)?;
        let identifier = match identifier.strip_prefix("0x") {
            Some(digits) => hex::decode(digits).map_err(|_| usual())?,
            None => identifier.as_bytes().to_vec(),
        };
        let (is_hex, path) = match rest.strip_prefix("hex:") {
            Some(path) => (true, path),
            None => (false, rest),
        };
        if identifier.is_empty() || path.is_empty() {
            return Err(usual());
        }
        Ok(KekSource { identifier, is_hex, path: path.into() })
    }
}

impl KekSource {
    /// Reads the key: a file of 16, 24 or 32 octets is the key itself, any other is hexadecimal.
    ///
    /// A key of random octets is never all hexadecimal digits: such a file is said to be what it looks like.
    pub fn load(&self, voice: Voice) -> Result<KeyEncryptionKey, Error> {
        let file = io::read_file(&self.path)?;
        let is_raw = !self.is_hex && [16, 24, 32].contains(&file.len());
        if is_raw && file.iter().all(|octet| octet.is_ascii_hexdigit() || octet.is_ascii_whitespace()) {
            let name = operand::named(&self.path);
            voice.say(&[format!(
                "warning: {name} looks like hexadecimal and has {} octets, which are taken for the key itself: \
                 write ID:hex:FILE if it is hexadecimal [KEK-LOOKS-HEX]",
                file.len()
            )]);
        }
        let key = match is_raw {
            true => Ok(file),
            false => hex::decode(file.trim_ascii()).map(Zeroizing::new),
        };
        let detail = match self.is_hex {
            true => "it is not hexadecimal".to_owned(),
            false => format!("it has {} octets, and is not hexadecimal", self.length()),
        };
        key.map_err(|_| Error::new(Condition::KekUnreadable).detail(detail))
            .and_then(|key| KeyEncryptionKey::new(self.identifier.clone(), key))
            .map_err(|error| error.in_file(operand::named(&self.path)))
    }

    fn length(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// The file that it is read from.
    pub fn file(&self) -> &Path {
        &self.path
    }

    /// Whether it comes from standard input.
    pub fn is_standard_input(&self) -> bool {
        io::is_standard_input(&self.path)
    }
}

/// Reads keys that were agreed on beforehand. A message names a key by its identifier alone, so each has its own.
pub fn keks(sources: &[KekSource], voice: Voice) -> Result<Vec<KeyEncryptionKey>, Error> {
    let is_twice = |(number, one): (usize, &KekSource)| {
        sources.iter().take(number).any(|earlier| earlier.identifier == one.identifier)
    };
    if sources.iter().enumerate().any(is_twice) {
        return Err(Error::new(Condition::Usage)
            .detail("two keys of --kek have the same ID")
            .hinting("a message names its key by the ID alone: give each key another one"));
    }
    sources.iter().map(|source| source.load(voice)).collect()
}

/// Reads the password of a message.
pub fn password(source: &Secret) -> Result<SharedPassword, Error> {
    source.read("the message").map(SharedPassword::new)
}

/// Reads a password to encrypt with. With an empty one everybody could read the message, with a mistyped one nobody:
/// who types it types it twice.
pub fn new_password(source: &Secret) -> Result<SharedPassword, Error> {
    new_key_password(source, "the message").map(SharedPassword::new)
}

/// Reads a password to encrypt something with, as [`new_password`] does.
pub fn new_key_password(source: &Secret, of: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let octets = source.read(of)?;
    let unavailable = |detail: &str| Error::new(Condition::SecretUnavailable).detail(detail);
    if octets.is_empty() {
        return Err(unavailable("it is empty"));
    }
    if matches!(source, Secret::Prompt) && *source.read(&format!("{of}, again"))? != *octets {
        return Err(unavailable("the two that were typed differ"));
    }
    Ok(octets)
}

/// Refuses secrets and a message from one standard input.
pub fn check_standard_input(secrets: &[bool], reads_message: bool) -> Result<(), Error> {
    let taken = secrets.iter().filter(|taken| **taken).count().saturating_add(usize::from(reads_message));
    if taken < 2 || secrets.iter().all(|taken| !taken) {
        return Ok(());
    }
    Err(Error::new(Condition::Usage)
        .detail("a password, a key and the message cannot come from one standard input")
        .hinting("name a file for all of them but one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_encryption_keys_are_named_by_text_or_octets() {
        type Row<'a> = (&'a str, Option<(&'a [u8], bool, &'a str)>);
        let rows: [Row<'_>; 8] = [
            ("kek1:file", Some((b"kek1", false, "file"))),
            ("kek1:hex:file", Some((b"kek1", true, "file"))),
            ("0x00ff:a:b", Some((&[0, 0xFF], false, "a:b"))),
            ("0xzz:file", None),
            (":file", None),
            ("kek1:", None),
            ("kek1:hex:", None),
            ("kek1", None),
        ];
        for (text, expected) in rows {
            let found = text.parse::<KekSource>().ok();
            let found = found.as_ref().map(|kek| (kek.identifier.as_slice(), kek.is_hex, kek.path.to_str().unwrap()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
