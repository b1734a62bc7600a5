//! BER to DER, and strings in pieces (X.690 sections 8.7 and 8.14).
//!
//! `openssl -stream` and Bouncy Castle's stream generators write indefinite lengths and cut OCTET STRINGs
//! into pieces. Only the schema tells an implicitly tagged string in pieces from a constructed type, so a
//! string is gathered where its reader knows that it is one ([`octet_string`]), and [`to_der`] rewrites
//! only what every schema agrees on. What is DER already is passed through untouched.

use std::borrow::Cow;

use crate::asn1::tlv::Tlv;
use crate::asn1::{encode, tag};
use crate::error::{Condition, Error};

/// The octets of an OCTET STRING, whole or in pieces, whatever tag it has here.
///
/// # Errors
/// `asn1.tag` if a piece is not an OCTET STRING, other `asn1.*` if one is malformed.
pub fn octet_string<'a>(tlv: &Tlv<'a>) -> Result<Cow<'a, [u8]>, Error> {
    if !tlv.is_constructed() {
        return Ok(Cow::Borrowed(tlv.contents.octets()));
    }
    let mut gathered = Vec::with_capacity(tlv.contents.len());
    gather(tlv, &mut gathered)?;
    Ok(Cow::Owned(gathered))
}

fn gather(tlv: &Tlv<'_>, into: &mut Vec<u8>) -> Result<(), Error> {
    let mut pieces = tlv.elements()?;
    while !pieces.is_done() {
        let piece = pieces.next_element()?;
        match piece.tag {
            tag::OCTET_STRING => into.extend_from_slice(piece.contents.octets()),
            tag::OCTET_STRING_CONSTRUCTED => gather(&piece, into)?,
            _ => {
                return Err(Error::new(Condition::Asn1Tag)
                    .detail("a piece of an OCTET STRING is something else")
                    .at(piece.whole.span()));
            }
        }
    }
    Ok(())
}

/// The element with definite, minimal lengths and with universal strings in one piece. An element that has
/// neither indefinite lengths nor strings in pieces is returned as received.
///
/// # Errors
/// `asn1.*` if something inside is malformed.
pub fn to_der<'a>(tlv: &Tlv<'a>) -> Result<Cow<'a, [u8]>, Error> {
    if !has_ber_forms(tlv)? {
        return Ok(Cow::Borrowed(tlv.whole.octets()));
    }
    rewrite(tlv).map(Cow::Owned)
}

fn rewrite(tlv: &Tlv<'_>) -> Result<Vec<u8>, Error> {
    if tlv.tag == tag::OCTET_STRING_CONSTRUCTED {
        return Ok(encode::element(tag::OCTET_STRING, &[&octet_string(tlv)?]));
    }
    if !tlv.is_constructed() {
        return Ok(tlv.whole.octets().to_vec());
    }
    let mut contents = Vec::with_capacity(tlv.contents.len());
    let mut inside = tlv.elements()?;
    while !inside.is_done() {
        contents.extend_from_slice(&to_der(&inside.next_element()?)?);
    }
    Ok(encode::element(tlv.tag, &[&contents]))
}

/// The DER form of the element: as [`to_der`], and every length minimal and every SET OF sorted
/// (X.690 section 11.6). This is what a signer hashes.
///
/// # Errors
/// `asn1.*` if something inside is malformed.
pub fn canonical(tlv: &Tlv<'_>) -> Result<Vec<u8>, Error> {
    if tlv.tag == tag::OCTET_STRING_CONSTRUCTED {
        return rewrite(tlv);
    }
    if !tlv.is_constructed() {
        return Ok(encode::element(tlv.tag, &[tlv.contents.octets()]));
    }
    let mut elements = Vec::new();
    let mut inside = tlv.elements()?;
    while !inside.is_done() {
        elements.push(canonical(&inside.next_element()?)?);
    }
    if tlv.tag == tag::SET {
        return Ok(encode::set_of(tlv.tag, elements));
    }
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    Ok(encode::element(tlv.tag, &parts))
}

fn has_ber_forms(tlv: &Tlv<'_>) -> Result<bool, Error> {
    if tlv.indefinite || tlv.tag == tag::OCTET_STRING_CONSTRUCTED {
        return Ok(true);
    }
    if !tlv.is_constructed() {
        return Ok(false);
    }
    let mut inside = tlv.elements()?;
    while !inside.is_done() {
        if has_ber_forms(&inside.next_element()?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::Slice;

    fn der(octets: &[u8]) -> Result<Vec<u8>, Error> {
        to_der(&Tlv::parse(Slice::new(octets))?).map(Cow::into_owned)
    }

    #[test]
    fn der_passes_through_untouched() {
        // The inner length is not minimal: it is not ours to mend.
        let element = [0x30, 5, 0x04, 0x81, 2, 7, 8];
        assert_eq!(der(&element).unwrap(), element);
    }

    #[test]
    fn pieces_are_gathered_and_lengths_made_definite() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 0x24, 3, 4, 1, 2, 0, 0, 2, 1, 5, 0, 0];
        assert_eq!(der(&ber).unwrap(), [0x30, 7, 4, 2, 1, 2, 2, 1, 5]);
    }

    #[test]
    fn canonical_sorts_and_shortens() {
        let set = [0x31, 0x80, 0x02, 0x81, 1, 9, 0x02, 1, 3, 0, 0];
        let tlv = Tlv::parse(Slice::new(&set)).unwrap();
        assert_eq!(canonical(&tlv).unwrap(), [0x31, 6, 2, 1, 3, 2, 1, 9]);
    }

    #[test]
    fn a_piece_of_another_type_is_refused() {
        let ber = [0x24, 0x80, 2, 1, 1, 0, 0];
        assert_eq!(der(&ber).unwrap_err().code(), "asn1.tag");
    }
}
