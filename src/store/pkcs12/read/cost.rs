//! What a PKCS #12 file costs to open, as far as that shows from outside: all of it is known before a round is done.
//!
//! What is encrypted may hold keys with a cost of their own, which is spent when they are found. What cannot be read costs
//! nothing here: it is refused when its turn comes.

use super::{
    MAX_BAGS, Wanted, data, element, encrypted_data_fields, explicit, malformed, object_identifier, oid, sequence,
    shrouded_key_fields,
};
use crate::asn1::ber;
use crate::asn1::tlv::Tlv;
use crate::cms::{ContentInfo, oid as cms_oid};
use crate::error::Error;

/// The rounds that the contents of an AuthenticatedSafe ask for.
pub(super) fn visible(safe: &[u8], wanted: Wanted) -> u64 {
    let mut rounds = 0;
    // Whatever comes after an error is never opened.
    let _ = authenticated_safe(safe, wanted, &mut rounds);
    rounds
}

fn authenticated_safe(octets: &[u8], wanted: Wanted, rounds: &mut u64) -> Result<(), Error> {
    let safe = ber::to_der(&element(octets)?).map_err(malformed)?;
    let mut infos = sequence(&element(&safe)?)?;
    for _ in 0..MAX_BAGS {
        if infos.is_done() {
            break;
        }
        let info = ContentInfo::parse(infos.next_element().map_err(malformed)?.whole).map_err(malformed)?;
        if info.content_type == cms_oid::ENCRYPTED_DATA {
            *rounds = rounds.saturating_add(encrypted_data_fields(&info.content)?.0.cost());
        } else if wanted == Wanted::Everything {
            let contents = data(&info)?;
            let contents = ber::to_der(&element(&contents)?).map_err(malformed)?;
            bags(&element(&contents)?, rounds)?;
        }
    }
    Ok(())
}

fn bags(contents: &Tlv<'_>, rounds: &mut u64) -> Result<(), Error> {
    let mut bags = sequence(contents)?;
    while !bags.is_done() {
        let mut fields = sequence(&bags.next_element().map_err(malformed)?)?;
        let kind = object_identifier(&mut fields)?;
        let value = explicit(&mut fields)?;
        match kind {
            oid::SHROUDED_KEY_BAG => *rounds = rounds.saturating_add(shrouded_key_fields(&value)?.0.cost()),
            oid::SAFE_CONTENTS_BAG => self::bags(&value, rounds)?,
            _ => {}
        }
    }
    Ok(())
}
