//! Diagnose: which damage would explain a failed signature (RFC 6216 section 5, RFC 8551 section 3.1.1).
//!
//! What was damaged on its way is put back as it may have been, and the signature is tried again. If it is then right
//! the damage has a name: a digest says that no other content was signed. Nothing of this changes an answer. What was
//! put together here is no content: it is thrown away, and only the name of the damage leaves this room.
//!
//! Each kind of damage is a row of [`DAMAGES`], from common to rare. What is tried for one message is bounded by the
//! octets that are hashed.

use std::ops::ControlFlow;

use crate::cms::SignedData;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::report::{Diagnosis, SignerReport, VerifyReport};
use crate::smime::Signed;
use crate::smime::integrity::Checks;
use crate::smime::verify::{self, VerifyOptions};

mod encoding;
mod framed;
mod header;
mod lines;
mod object;
mod part;
mod text;
mod trial;

pub use framed::framed;
pub(super) use object::unreadable;
use part::Received;
use trial::{Suspect, Trial};

/// Whether to go on trying.
type Flow = ControlFlow<()>;

/// Takes what one repair made.
type Visit<'v> = &'v mut dyn FnMut(Vec<u8>) -> Flow;

/// Makes whole contents anew.
type Repair = fn(&[u8], Visit<'_>) -> Flow;

/// One kind of damage.
struct Damage {
    /// Its stable name.
    name: &'static str,
    /// What happened, in a clause.
    sentence: &'static str,
    /// What to do about it.
    hint: &'static str,
    undo: Undo,
}

/// How a damage is undone.
enum Undo {
    /// The whole content is made anew, in a few ways.
    Whole(Repair),
    /// The same, and such damages come together with others.
    Paired(Repair),
    /// There are many places where it may have happened.
    Search(fn(&Received<'_>, &mut Trial<'_>) -> Flow),
}

const AS_OCTETS: &str = "send, copy and keep the message as octets, never as text";
const NO_EDITOR: &str = "no program on the way may touch a signed part: look for one that writes text anew";
const NO_GATEWAY: &str = "sign with base64 (--cte base64), which gateways leave alone, or let none re-encode the part";
const NO_HEADER_CHANGE: &str =
    "the header of a signed part is signed, too: no program may add, drop or write anew a field of it";
const BUFFER: &str = "a program sends a buffer that is longer than what is in it: look for it";
const WHOLE_PART: &str = "what is signed is the whole part: header, empty line and body";

/// Every damage that can be undone, from common to rare. The names are part of the interface.
const DAMAGES: &[Damage] = &[
    Damage { name: "line-ends-lf", sentence: "CR LF became LF", hint: AS_OCTETS, undo: Undo::Paired(lines::from_lf) },
    Damage {
        name: "line-ends-crlf",
        sentence: "LF became CR LF",
        hint: AS_OCTETS,
        undo: Undo::Paired(lines::from_crlf),
    },
    Damage {
        name: "final-line-end-lost",
        sentence: "the line end after the last line was lost",
        hint: NO_EDITOR,
        undo: Undo::Paired(lines::final_end_lost),
    },
    Damage {
        name: "final-line-end-added",
        sentence: "a line end was added after the last line",
        hint: NO_EDITOR,
        undo: Undo::Paired(lines::final_end_added),
    },
    Damage {
        name: "trailing-blanks-added",
        sentence: "blanks were added at the ends of lines",
        hint: NO_EDITOR,
        undo: Undo::Paired(lines::blanks_added),
    },
    Damage {
        name: "encoded-base64",
        sentence: "the part was signed as it is, and encoded in base64 afterwards",
        hint: NO_GATEWAY,
        undo: Undo::Paired(encoding::encoded_base64),
    },
    Damage {
        name: "encoded-quoted-printable",
        sentence: "the part was signed as it is, and encoded in quoted-printable afterwards",
        hint: NO_GATEWAY,
        undo: Undo::Paired(encoding::encoded_quoted_printable),
    },
    Damage {
        name: "decoded-base64",
        sentence: "the part was signed in base64, and decoded afterwards",
        hint: NO_GATEWAY,
        undo: Undo::Paired(encoding::decoded_base64),
    },
    Damage {
        name: "decoded-quoted-printable",
        sentence: "the part was signed in quoted-printable, and decoded afterwards",
        hint: NO_GATEWAY,
        undo: Undo::Paired(encoding::decoded_quoted_printable),
    },
    Damage {
        name: "transfer-encoding-relabelled",
        sentence: "Content-Transfer-Encoding was changed, and the body was not",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Whole(encoding::relabelled),
    },
    Damage {
        name: "line-ends-cr",
        sentence: "line ends became CR",
        hint: AS_OCTETS,
        undo: Undo::Whole(lines::from_cr),
    },
    Damage {
        name: "line-ends-not-cr",
        sentence: "CR became another line end",
        hint: AS_OCTETS,
        undo: Undo::Whole(lines::to_cr),
    },
    Damage {
        name: "byte-order-mark-added",
        sentence: "a byte order mark was added",
        hint: NO_EDITOR,
        undo: Undo::Whole(text::mark_added),
    },
    Damage {
        name: "byte-order-mark-lost",
        sentence: "a byte order mark was lost",
        hint: NO_EDITOR,
        undo: Undo::Whole(text::mark_lost),
    },
    Damage {
        name: "zeros-added",
        sentence: "octets of value zero were added at the end",
        hint: BUFFER,
        undo: Undo::Whole(text::zeros_added),
    },
    Damage {
        name: "dots-doubled",
        sentence: "dots at the start of lines were doubled, as mail does, and not taken off",
        hint: NO_GATEWAY,
        undo: Undo::Whole(text::dots_doubled),
    },
    Damage {
        name: "dots-lost",
        sentence: "dots at the start of lines were taken off, as mail does, and had not been doubled",
        hint: NO_GATEWAY,
        undo: Undo::Whole(text::dots_lost),
    },
    Damage {
        name: "from-quoted",
        sentence: "> was put before From at the start of a line, as mailboxes do",
        hint: NO_GATEWAY,
        undo: Undo::Whole(text::from_quoted),
    },
    Damage {
        name: "from-unquoted",
        sentence: "> was taken off before From at the start of a line, as mailboxes do",
        hint: NO_GATEWAY,
        undo: Undo::Whole(text::from_unquoted),
    },
    Damage {
        name: "latin-1-to-utf-8",
        sentence: "each octet was taken for a character of ISO 8859-1 and written in UTF-8",
        hint: AS_OCTETS,
        undo: Undo::Whole(text::written_in_utf_8),
    },
    Damage {
        name: "utf-8-to-latin-1",
        sentence: "UTF-8 was written in ISO 8859-1",
        hint: AS_OCTETS,
        undo: Undo::Whole(text::written_in_latin_1),
    },
    Damage {
        name: "header-lost",
        sentence: "the header of the part, or its Content-Type, was lost",
        hint: WHOLE_PART,
        undo: Undo::Search(header::lost),
    },
    Damage {
        name: "header-added",
        sentence: "the body was signed without the header of the part",
        hint: WHOLE_PART,
        undo: Undo::Search(header::added),
    },
    Damage {
        name: "fields-added",
        sentence: "header fields were added to the part",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::fields_added),
    },
    Damage {
        name: "fields-moved",
        sentence: "header fields of the part were moved to the header outside",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::fields_moved),
    },
    Damage {
        name: "fields-reordered",
        sentence: "the header fields of the part were put in another order",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::reordered),
    },
    Damage {
        name: "field-folded",
        sentence: "a header field of the part was folded",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::folded),
    },
    Damage {
        name: "field-unfolded",
        sentence: "a folded header field of the part was written in one line",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::unfolded),
    },
    Damage {
        name: "field-blanks",
        sentence: "blanks around the value of a header field of the part were changed",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::blanks),
    },
    Damage {
        name: "field-name-spelling",
        sentence: "the name of a header field of the part was spelled differently",
        hint: NO_HEADER_CHANGE,
        undo: Undo::Search(header::spelling),
    },
    Damage {
        name: "trailing-blank-lost",
        sentence: "the blank at the end of a line was lost",
        hint: NO_EDITOR,
        undo: Undo::Search(lines::blank_lost),
    },
    Damage {
        name: "trailing-blanks-added-to-line",
        sentence: "blanks were added at the end of one line",
        hint: NO_EDITOR,
        undo: Undo::Search(lines::blanks_added_to_one),
    },
];

/// Adds to `report`, for each signer whose signature is not right over the content, which damage would explain that.
/// No verdict changes.
pub(super) fn explain(signed: &Signed<'_>, options: &VerifyOptions<'_>, report: &mut VerifyReport) {
    let object = Slice::at(&signed.cms, signed.cms_start.unwrap_or_default());
    let mut data = match SignedData::parse(object) {
        Ok(data) => data,
        Err(error) => {
            report.diagnosis = unreadable(signed, options, &error);
            return;
        }
    };
    let Ok((content, _)) = verify::covered_content(signed, &mut data) else { return };
    let (keyring, _) = verify::keyring_of(&data, options, &mut Vec::new());
    let failed = |report: &SignerReport| {
        let condition = report.integrity.error().map(|error| error.condition());
        condition.filter(|condition| [Condition::DigestMismatch, Condition::SignatureInvalid].contains(condition))
    };
    let mut trial = Trial::new(&data);
    let mut checks = Checks::default();
    for (place, signer) in data.signers.iter().enumerate() {
        let Some(condition) = report.signers.get(place).and_then(failed) else { continue };
        match Suspect::new(place, signer, condition, &keyring, &mut checks) {
            Ok(suspect) => trial.add(suspect),
            Err(why) => set(report, place, *why),
        }
    }
    if !trial.is_over() {
        let outer = signed.outer.as_slice();
        try_all(&Received::new(&content, outer), &mut trial);
    }
    for (place, diagnosis) in trial.conclude() {
        set(report, place, diagnosis);
    }
}

/// The error with what to do about the damage. If none was found, the usual hint would only guess.
pub(super) fn hinting(error: Error, diagnosis: &Diagnosis) -> Error {
    error.hinting(diagnosis.hint.clone().unwrap_or_default())
}

fn set(report: &mut VerifyReport, place: usize, diagnosis: Diagnosis) {
    if let Some(signer) = report.signers.get_mut(place) {
        signer.diagnosis = Some(diagnosis);
    }
}

/// Tries each damage alone, and then those that come together.
fn try_all(received: &Received<'_>, trial: &mut Trial<'_>) {
    for damage in DAMAGES {
        trial.begin(&[damage]);
        // That one was given up for its cost is noted in the trial: the next may be cheaper.
        let _ = match damage.undo {
            Undo::Whole(undo) | Undo::Paired(undo) => {
                undone(undo, received.octets, trial, &mut |repaired, trial| trial.offer(&[&repaired], String::new))
            }
            Undo::Search(search) => search(received, trial),
        };
        if trial.is_over() {
            return;
        }
    }
    let paired = || {
        DAMAGES.iter().filter_map(|damage| match damage.undo {
            Undo::Paired(undo) => Some((damage, undo)),
            _ => None,
        })
    };
    for (first, undo_first) in paired() {
        for (second, undo_second) in paired().filter(|(second, _)| second.name != first.name) {
            trial.begin(&[first, second]);
            let _ = undone(undo_first, received.octets, trial, &mut |halfway, trial| {
                undone(undo_second, &halfway, trial, &mut |repaired, trial| trial.offer(&[&repaired], String::new))
            });
            if trial.is_over() {
                return;
            }
        }
    }
}

/// Gives each repair of `octets` that differs from them to `take`. Even to look for something to repair has its cost.
fn undone(
    undo: Repair,
    octets: &[u8],
    trial: &mut Trial<'_>,
    take: &mut dyn FnMut(Vec<u8>, &mut Trial<'_>) -> Flow,
) -> Flow {
    trial.charge_repair(octets.len())?;
    undo(octets, &mut |repaired| if repaired == octets { Flow::Continue(()) } else { take(repaired, trial) })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MANUAL: &str = include_str!("../../../man/sip-smime.1");

    #[test]
    fn names_are_unique_and_sentences_have_no_full_stop() {
        let mut seen = HashSet::new();
        for damage in DAMAGES.iter().chain(object::DAMAGES) {
            assert!(seen.insert(damage.name), "{} stands twice", damage.name);
            assert!(damage.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(!damage.sentence.ends_with('.') && !damage.hint.is_empty(), "{}", damage.name);
            let name = format!("\\fB{}\\fR", damage.name.replace('-', "\\-"));
            assert!(MANUAL.contains(&name), "{} is not in the manual", damage.name);
        }
    }
}
