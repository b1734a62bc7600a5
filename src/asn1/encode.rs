//! DER headers and elements (X.690 section 10.1): the shortest definite length.

/// Identifier and length octets of an element with `length` octets of contents.
pub fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut header = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => header.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let significant: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
            // At most 8 octets.
            header.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            header.extend(significant);
        }
    }
    header
}

/// An element whose contents are `parts`, one after another.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add);
    let mut element = header(tag, length);
    element.reserve_exact(length);
    for part in parts {
        element.extend_from_slice(part);
    }
    element
}

/// The element under another tag, as IMPLICIT tagging writes it.
pub fn retag(tag: u8, element: &[u8]) -> Vec<u8> {
    let mut element = element.to_vec();
    if let Some(first) = element.first_mut() {
        *first = tag;
    }
    element
}

/// A SET OF: the elements sorted by their encoding (X.690 section 11.6).
pub fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    element(tag, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        let rows: [(usize, &[u8]); 6] = [
            (0, &[0x04, 0]),
            (0x7F, &[0x04, 0x7F]),
            (0x80, &[0x04, 0x81, 0x80]),
            (0xFF, &[0x04, 0x81, 0xFF]),
            (0x100, &[0x04, 0x82, 1, 0]),
            (0x0100_0000, &[0x04, 0x84, 1, 0, 0, 0]),
        ];
        for (length, expected) in rows {
            assert_eq!(header(0x04, length), expected);
        }
    }

    #[test]
    fn set_of_sorts_by_encoding() {
        let set = set_of(0x31, vec![vec![2, 1, 9], vec![2, 1, 3], vec![1, 1, 255]]);
        assert_eq!(set, [0x31, 9, 1, 1, 255, 2, 1, 3, 2, 1, 9]);
    }
}
