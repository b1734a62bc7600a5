//! Damage to the CMS object itself: a text mode that took it for text. Its lengths say how many octets are missing or
//! too many (X.690 section 8.1.3).

use std::ops::ControlFlow;

use crate::alg::policy::Strength;
use crate::cms::SignedData;
use crate::error::{Condition, Error};
use crate::mime::transfer::TransferEncoding;
use crate::octets::Slice;
use crate::report::{Diagnosis, SignatureState};
use crate::smime::Signed;
use crate::smime::diagnose::part::combinations;
use crate::smime::diagnose::trial::{self, Budget};
use crate::smime::diagnose::{AS_OCTETS, BUFFER, Damage, Flow, Undo, Visit, lines, text};
use crate::smime::integrity::{self, Checks, Content};
use crate::smime::judge;
use crate::smime::verify::{self, VerifyOptions};

/// The damages of an object. They are tried in this order: those with few attempts come first.
pub(super) const DAMAGES: &[Damage] = &[
    Damage {
        name: "object-latin-1-to-utf-8",
        sentence: "each octet of the CMS object was taken for a character of ISO 8859-1 and written in UTF-8",
        hint: AS_OCTETS,
        undo: Undo::Whole(text::written_in_utf_8),
    },
    Damage {
        name: "object-line-end-added",
        sentence: "a line end was added after the CMS object",
        hint: AS_OCTETS,
        undo: Undo::Whole(lines::final_end_added),
    },
    Damage {
        name: "object-zeros-added",
        sentence: "octets of value zero were added after the CMS object",
        hint: BUFFER,
        undo: Undo::Whole(text::zeros_added),
    },
    Damage {
        name: "object-encoded-base64",
        sentence: "the CMS object was encoded in base64, and Content-Transfer-Encoding does not say so",
        hint: "label it base64, or send it as it is: SIP carries octets",
        undo: Undo::Whole(encoded_base64),
    },
    Damage {
        name: "object-line-ends-crlf",
        sentence: "the CMS object was taken for text, and LF became CR LF in it",
        hint: AS_OCTETS,
        undo: Undo::Whole(from_crlf),
    },
    Damage {
        name: "object-line-ends-lf",
        sentence: "the CMS object was taken for text, and CR LF became LF in it",
        hint: AS_OCTETS,
        undo: Undo::Whole(from_lf),
    },
];

/// Why an object that is to be SignedData cannot be read, and which damage would explain it. `None` if it is another
/// failure.
pub(in crate::smime) fn unreadable(
    signed: &Signed<'_>,
    options: &VerifyOptions<'_>,
    error: &Error,
) -> Option<Diagnosis> {
    if !error.code().starts_with("asn1.") {
        return None;
    }
    let mut budget = Budget::default();
    for damage in DAMAGES {
        let Undo::Whole(undo) = damage.undo else { continue };
        let mut found = None;
        let _ = undo(&signed.cms, &mut |repaired| {
            // What cannot be read costs little; a signature that is checked costs more.
            budget.spend(repaired.len().max(LEAST))?;
            found = signature_of(signed, &repaired, options, &mut budget)?;
            if found.is_some() { Flow::Break(()) } else { Flow::Continue(()) }
        });
        if let Some(signature) = found {
            return Some(trial::found(&[damage], "", signature));
        }
    }
    let why = if budget.is_overdrawn { NOT_ALL } else { NONE };
    Some(trial::not_found(why, !budget.is_overdrawn))
}

const NONE: &str = "no damage that is known explains why the CMS object cannot be read";
const NOT_ALL: &str = "the CMS object is too large, or has too many line ends, to try every damage that is known";
/// What one attempt costs at least, in octets.
const LEAST: usize = 16 << 10;
/// What it costs to check one signer, in octets.
const SIGNATURE: usize = 256 << 10;

/// What the signatures of an object are, if it can be read and every one is right.
fn signature_of(
    signed: &Signed<'_>,
    object: &[u8],
    options: &VerifyOptions<'_>,
    budget: &mut Budget,
) -> ControlFlow<(), Option<SignatureState>> {
    let Ok(mut data) = SignedData::parse(Slice::new(object)) else { return ControlFlow::Continue(None) };
    let inside = data.content.take();
    let Some(content) = signed.content.map(Slice::octets).or(inside.as_deref()) else {
        return ControlFlow::Continue(None);
    };
    let (keyring, _) = verify::keyring_of(&data, options, &mut Vec::new());
    let hashed = Content::new(content);
    let mut state = None;
    for signer in &data.signers {
        let candidates = judge::candidates(&keyring, &signer.identifier);
        budget.spend(SIGNATURE.saturating_mul(candidates.len()))?;
        let mut checks = Checks::default();
        match integrity::check(&data, signer, &hashed, &candidates, Strength::Legacy, &mut checks) {
            Ok(_) => state = state.or(Some(SignatureState::Right)),
            Err(error) if error.condition() == Condition::SignerCertificateMissing => {
                state = Some(SignatureState::NotChecked);
            }
            Err(_) => return ControlFlow::Continue(None),
        }
    }
    ControlFlow::Continue(state)
}

/// It is in base64, and nothing says so.
fn encoded_base64(octets: &[u8], visit: Visit<'_>) -> Flow {
    match TransferEncoding::Base64.decode(octets) {
        Ok(decoded) => visit(decoded.into_owned()),
        Err(_) => Flow::Continue(()),
    }
}

/// CR stands before LF that did not: before every one, or before as many as there are octets too many.
fn from_crlf(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(lines::without_cr(octets))?;
    let pairs: Vec<usize> = memchr::memmem::find_iter(octets, b"\r\n").collect();
    let added = announced(octets).map(|length| octets.len().saturating_sub(length));
    each_choice(pairs.len(), added, &mut |chosen| visit(spliced(octets, &pairs, chosen, 1, b"")))
}

/// CR is missing before LF: before every one, or before as many as there are octets missing.
fn from_lf(octets: &[u8], visit: Visit<'_>) -> Flow {
    visit(lines::with_cr(octets))?;
    let feeds: Vec<usize> = memchr::memchr_iter(b'\n', octets).collect();
    let missing = announced(octets).map(|length| length.saturating_sub(octets.len()));
    each_choice(feeds.len(), missing, &mut |chosen| visit(spliced(octets, &feeds, chosen, 0, b"\r")))
}

/// Every choice of as many places as are known to be wrong; where that is not known, of any number of them.
fn each_choice(places: usize, wrong: Option<usize>, visit: &mut dyn FnMut(&[usize]) -> Flow) -> Flow {
    match wrong {
        Some(0) => Flow::Continue(()),
        Some(count) if count > places => Flow::Continue(()),
        Some(count) => combinations(places, count, visit),
        None => (1..=places).try_for_each(|count| combinations(places, count, visit)),
    }
}

/// The octets with `new` in the place of so many octets at each chosen place.
fn spliced(octets: &[u8], places: &[usize], chosen: &[usize], dropped: usize, new: &[u8]) -> Vec<u8> {
    let whole = Slice::new(octets);
    let mut made = Vec::with_capacity(octets.len().saturating_add(chosen.len()));
    let mut done = 0;
    for at in chosen.iter().filter_map(|index| places.get(*index)).copied() {
        made.extend_from_slice(whole.take(at).skip(done).octets());
        made.extend_from_slice(new);
        done = at.saturating_add(dropped);
    }
    made.extend_from_slice(whole.skip(done).octets());
    made
}

/// How many octets the outermost element has, as its header says; `None` if it does not say.
fn announced(octets: &[u8]) -> Option<usize> {
    let (_, rest) = octets.split_first()?;
    let (first, rest) = rest.split_first()?;
    let count = usize::from(first & 0x7F);
    if first & 0x80 == 0 {
        return count.checked_add(2);
    }
    let digits = rest.get(..count).filter(|digits| (1..=4).contains(&digits.len()))?;
    let length = digits.iter().fold(0usize, |length, digit| length.saturating_mul(256).saturating_add((*digit).into()));
    length.checked_add(2)?.checked_add(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smime::diagnose::Repair;

    #[test]
    fn the_length_of_an_object() {
        let rows: [(&[u8], Option<usize>); 6] = [
            (&[0x30, 5], Some(7)),
            (&[0x30, 0x82, 1, 2], Some(0x102 + 4)),
            (&[0x30, 0x80], None),
            (&[0x30, 0x85, 1, 1, 1, 1, 1], None),
            (&[0x30, 0x82, 1], None),
            (&[0x30], None),
        ];
        for (octets, expected) in rows {
            assert_eq!(announced(octets), expected, "{octets:02x?}");
        }
    }

    // As many as the length says, in every choice of places.
    #[test]
    fn cr_is_put_back_where_it_may_have_stood() {
        let all = |undo: Repair, octets: &[u8]| {
            let mut made = Vec::new();
            let _ = undo(octets, &mut |one| {
                made.push(one);
                Flow::Continue(())
            });
            made
        };
        let (lost, added) = (b"\x30\x05\n\nab", b"\x30\x06\r\na\r\nbc");
        assert_eq!(all(from_lf, lost)[1..], [b"\x30\x05\r\n\nab".to_vec(), b"\x30\x05\n\r\nab".to_vec()]);
        let more = [b"\x30\x06\na\r\nbc".to_vec(), b"\x30\x06\r\na\nbc".to_vec()];
        assert_eq!(all(from_crlf, &[&added[..], b""].concat())[1..], more);
    }
}
