//! Distinguished names: as text (RFC 4514), and compared (RFC 5280 section 7.1).

use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::name::Name;

use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::Error;
use crate::octets::Slice;

/// Whether two names, in DER, are the same: as octets, or without regard to case and repeated blanks.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    match (Name::from_der(one), Name::from_der(other)) {
        (Ok(one), Ok(other)) => certval::compare_names(&one, &other),
        _ => false,
    }
}

/// A name in DER as text, the last part first. What is not printable ASCII is escaped as `\xx`, so that the
/// text cannot drive a terminal; it is cut short if it is absurdly long.
pub fn text(name: &[u8]) -> String {
    let mut text = match relative_names(name) {
        Ok(names) => names,
        Err(_) => format!("#{}", hex::encode(name.get(..SHOWN).unwrap_or(name))),
    };
    if text.len() > SHOWN {
        text.truncate(SHOWN);
        text.push_str("...");
    }
    text
}

/// The values of the common names.
pub fn common_names(name: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // A malformed name has none.
    let _ = each_attribute(name, |attribute| {
        if attribute.identifier == COMMON_NAME.as_bytes() {
            found.extend(string(&attribute.value));
        }
    });
    found
}

struct Attribute<'a> {
    identifier: &'a [u8],
    value: Tlv<'a>,
    /// Whether it belongs to the relative name of the attribute before it.
    is_joined: bool,
}

/// ```text
/// Name ::= SEQUENCE OF SET OF AttributeTypeAndValue
/// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
fn each_attribute<'a>(name: &'a [u8], mut see: impl FnMut(Attribute<'a>)) -> Result<(), Error> {
    let mut relative_names = Tlv::parse(Slice::new(name))?.expect(tag::SEQUENCE)?.elements()?;
    while !relative_names.is_done() {
        let mut attributes = relative_names.expect(tag::SET)?.elements()?;
        let mut is_joined = false;
        while !attributes.is_done() {
            let mut attribute = attributes.expect(tag::SEQUENCE)?.elements()?;
            let identifier = attribute.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
            let value = attribute.next_element()?;
            attribute.finish()?;
            see(Attribute { identifier, value, is_joined });
            is_joined = true;
        }
    }
    Ok(())
}

fn relative_names(name: &[u8]) -> Result<String, Error> {
    let mut names: Vec<String> = Vec::new();
    each_attribute(name, |attribute| {
        let shown = attribute_text(&attribute);
        match names.last_mut() {
            Some(last) if attribute.is_joined => {
                last.push('+');
                last.push_str(&shown);
            }
            _ => names.push(shown),
        }
    })?;
    names.reverse();
    Ok(names.join(","))
}

fn attribute_text(attribute: &Attribute<'_>) -> String {
    let key = ObjectIdentifier::from_bytes(attribute.identifier).map_or_else(
        |_| format!("#{}", hex::encode(attribute.identifier)),
        |identifier| {
            let known = KEYS.iter().find(|(known, _)| *known == identifier);
            known.map_or_else(|| identifier.to_string(), |(_, key)| (*key).to_owned())
        },
    );
    match string(&attribute.value) {
        Some(octets) => format!("{key}={}", escaped(&octets)),
        None => format!("{key}=#{}", hex::encode(attribute.value.whole.octets())),
    }
}

/// The octets of a string, in UTF-8 if it is a BMPString; `None` if it is no string.
fn string(value: &Tlv<'_>) -> Option<Vec<u8>> {
    const UTF8: u8 = 0x0C;
    const NUMERIC: u8 = 0x12;
    const PRINTABLE: u8 = 0x13;
    const TELETEX: u8 = 0x14;
    const IA5: u8 = 0x16;
    const VISIBLE: u8 = 0x1A;
    const BMP: u8 = 0x1E;
    let octets = value.contents.octets();
    match value.tag {
        UTF8 | NUMERIC | PRINTABLE | TELETEX | IA5 | VISIBLE => Some(octets.to_vec()),
        BMP => {
            let (pairs, rest) = octets.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16_lossy(&units).into_bytes())
        }
        _ => None,
    }
}

/// RFC 4514 section 2.4, with everything but printable ASCII in hexadecimal.
fn escaped(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let last = octets.len().saturating_sub(1);
    for (at, octet) in octets.iter().enumerate() {
        let is_outer_blank = *octet == b' ' && (at == 0 || at == last);
        match octet {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' | b'=' => text.extend(['\\', char::from(*octet)]),
            b'#' if at == 0 => text.push_str("\\#"),
            b' ' if is_outer_blank => text.push_str("\\ "),
            b' '..=b'~' => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{}", hex::encode_upper([*octet]))),
        }
    }
    text
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// RFC 4514 section 3, and the two that certificates for people have besides.
const KEYS: &[(ObjectIdentifier, &str)] = &[
    (COMMON_NAME, "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "STREET"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
    (ObjectIdentifier::new_unwrap("2.5.4.5"), "serialNumber"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1"), "emailAddress"),
];

/// How much of a name is shown, in octets.
const SHOWN: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode;

    /// A name of relative names of attributes: (object identifier, tag, value).
    fn name(relative_names: &[&[(&str, u8, &[u8])]]) -> Vec<u8> {
        let mut encoded = Vec::new();
        for attributes in relative_names {
            let mut set = Vec::new();
            for (identifier, tag, value) in *attributes {
                let identifier = ObjectIdentifier::new_unwrap(identifier);
                let identifier = encode::element(0x06, &[identifier.as_bytes()]);
                set.extend(encode::element(0x30, &[&identifier, &encode::element(*tag, &[value])]));
            }
            encoded.extend(encode::element(0x31, &[&set]));
        }
        encode::element(0x30, &[&encoded])
    }

    // O1: whatever a name holds, its text is printable ASCII.
    #[test]
    fn o1_names_as_text() {
        let cn = |tag, value| name(&[&[("2.5.4.3", tag, value)]]);
        let rows = [
            (name(&[&[("2.5.4.6", 0x13, b"US")], &[("2.5.4.3", 0x0C, b"Alice")]]), "CN=Alice,C=US"),
            (name(&[&[("2.5.4.3", 0x0C, b"a"), ("2.5.4.10", 0x0C, b"b")]]), "CN=a+O=b"),
            (name(&[]), ""),
            (name(&[&[]]), ""),
            (cn(0x0C, b"a,b+c\"d\\e<f>g;h=i#"), "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i#"),
            (cn(0x0C, b" # "), "CN=\\ #\\ "),
            (cn(0x0C, b"#x"), "CN=\\#x"),
            (cn(0x0C, "J\u{f6}rg".as_bytes()), "CN=J\\C3\\B6rg"),
            (cn(0x13, b"\x1b]0;x\x07\r\n\0"), "CN=\\1B]0\\;x\\07\\0D\\0A\\00"),
            (cn(0x0C, "\u{202e}".as_bytes()), "CN=\\E2\\80\\AE"),
            (cn(0x14, b"\xe9"), "CN=\\E9"),
            (cn(0x1E, &[0, 0x41, 0x26, 0x3A]), "CN=A\\E2\\98\\BA"),
            (cn(0x1E, &[0]), "CN=#1e0100"),
            (cn(0x02, &[5]), "CN=#020105"),
            (name(&[&[("1.2.3", 0x0C, b"x")]]), "1.2.3=x"),
            (vec![0x30, 2, 5, 0], "#30020500"),
            (vec![], "#"),
        ];
        for (name, expected) in rows {
            assert_eq!(text(&name), expected);
        }
        assert!(text(&cn(0x0C, &[b'\x1b'; 100_000])).len() < 500);
    }

    #[test]
    fn names_compared() {
        let cn = |tag, value| name(&[&[("2.5.4.3", tag, value)]]);
        // RFC 5280 section 7.1: case, repeated blanks and the kind of string do not count.
        assert!(same(&cn(0x13, b"Test  CA"), &cn(0x0C, b"test CA")));
        assert!(same(&[], &[]));
        for (one, other) in [
            (cn(0x0C, b"Test CA"), cn(0x0C, b"Test CB")),
            (cn(0x0C, b"Test CA"), cn(0x0C, b"Test CA\0")),
            (cn(0x0C, b"a"), name(&[&[("2.5.4.10", 0x0C, b"a")]])),
            (cn(0x0C, b"a"), name(&[&[("2.5.4.3", 0x0C, b"a")], &[("2.5.4.3", 0x0C, b"a")]])),
            (cn(0x0C, b"a"), vec![]),
        ] {
            assert!(!same(&one, &other));
        }
    }
}
