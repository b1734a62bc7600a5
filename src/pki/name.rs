//! Distinguished names: as text (RFC 4514), and compared (RFC 5280 section 7.1).

use der::asn1::ObjectIdentifier;
use sha2::{Digest, Sha256};

use crate::asn1::encode::{self, element};
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::report;

/// What stands for a name where many are compared: it is made once, and compared at once however long the
/// name is.
#[derive(Clone, Copy, Debug)]
pub struct NameDigest {
    exact: [u8; 32],
    folded: [u8; 32],
}

impl NameDigest {
    /// Of a name in DER. One that is malformed or longer than 4 KiB is the same as its own octets only.
    pub fn new(name: &[u8]) -> Self {
        let exact = Sha256::digest(name).into();
        // The prefix keeps a folded name apart from the octets of one that is not folded.
        let of_folded =
            |folded: Vec<Vec<u8>>| Sha256::new().chain_update("folded").chain_update(folded.concat()).finalize().into();
        NameDigest { exact, folded: folded(name).map_or(exact, of_folded) }
    }

    /// Whether the names are the same, without regard to case, repeated blanks and the kind of string.
    pub fn is_same(&self, other: &NameDigest) -> bool {
        self.folded == other.folded
    }

    /// Whether the names are the same octets.
    pub fn is_identical(&self, other: &NameDigest) -> bool {
        self.exact == other.exact
    }
}

/// A name in DER as text, the last part first. What is not printable ASCII is escaped as `\xx`, so that the
/// text cannot drive a terminal; it is cut short if it is absurdly long.
pub fn text(name: &[u8]) -> String {
    // A name that is too long to be compared is not taken apart.
    let Some(Ok(names)) = (name.len() <= MAX_FOLDED).then(|| relative_names(name)) else {
        return format!("#{}", report::text::hex(name));
    };
    let mut text = String::new();
    for name in names.iter().rev() {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&relative_text(name));
        if text.len() > SHOWN {
            let shown: String = text.chars().take(SHOWN).collect();
            return format!("{shown}...");
        }
    }
    text
}

/// A name in DER, of relative names with one attribute each: what it is, the tag of its string, and its value.
pub fn encode(attributes: &[(ObjectIdentifier, u8, &str)]) -> Vec<u8> {
    let relative_names: Vec<u8> = attributes
        .iter()
        .flat_map(|(identifier, string, value)| {
            let identifier = element(tag::OBJECT_IDENTIFIER, &[identifier.as_bytes()]);
            let attribute = element(tag::SEQUENCE, &[&identifier, &element(*string, &[value.as_bytes()])]);
            element(tag::SET, &[&attribute])
        })
        .collect();
    element(tag::SEQUENCE, &[&relative_names])
}

/// Makes sure that a name can be written and shown: every part is a string of its kind, not empty and not too long, with
/// no control or invisible characters (RFC 5280 section 4.1.2.4 and appendix A.1).
///
/// # Errors
/// `asn1.*`.
pub fn check_shown(name: &[u8]) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::new(Condition::Asn1Value).detail(format!("{why} in the name of the subject")));
    for relative_name in relative_names(name)? {
        if relative_name.is_empty() {
            return wrong("an empty part");
        }
        for attribute in relative_name {
            if ObjectIdentifier::from_bytes(attribute.identifier).is_err() {
                return wrong("a malformed type");
            }
            let text = string(&attribute.value).and_then(|octets| String::from_utf8(octets).ok());
            match text {
                None => return wrong("a value that is no text"),
                Some(text) if attribute.value.tag == PRINTABLE && !text.bytes().all(is_printable) => {
                    return wrong("a character that its kind of string does not have");
                }
                Some(text) if text.chars().any(report::text::drives_a_terminal) => {
                    return wrong("a character that cannot be seen");
                }
                Some(text) if text.is_empty() || text.chars().count() > MAX_VALUE => {
                    return wrong(&format!("a value that has not 1 to {MAX_VALUE} characters"));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// The characters of PrintableString.
pub fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
}

/// The same name with this common name, or without any.
///
/// # Errors
/// `asn1.*`.
pub fn with_common_name(name: &[u8], common_name: Option<&str>) -> Result<Vec<u8>, Error> {
    let relative_name = |identifier: &[u8], value: &[u8]| {
        let attribute = element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[identifier]), value]);
        element(tag::SET, &[&attribute])
    };
    let mut names: Vec<Vec<u8>> = Vec::new();
    for attribute in relative_names(name)?.into_iter().flatten() {
        if attribute.identifier != COMMON_NAME.as_bytes() {
            names.push(relative_name(attribute.identifier, attribute.value.whole.octets()));
        }
    }
    let text = common_name.map(|text| element(UTF8, &[text.as_bytes()]));
    names.extend(text.map(|text| relative_name(COMMON_NAME.as_bytes(), &text)));
    Ok(element(tag::SEQUENCE, &[&names.concat()]))
}

/// The values of the common names.
pub fn common_names(name: &[u8]) -> Vec<Vec<u8>> {
    values(name, &COMMON_NAME)
}

/// The values of one attribute that are strings. A malformed name has none.
pub fn values(name: &[u8], attribute: &ObjectIdentifier) -> Vec<Vec<u8>> {
    let attributes = relative_names(name).unwrap_or_default().into_iter().flatten();
    attributes.filter(|one| one.identifier == attribute.as_bytes()).filter_map(|one| string(&one.value)).collect()
}

/// The relative names as they are compared: every string as UTF-8 in lower case, blanks folded into one, the attributes
/// of a relative name in order. `None` if the name is malformed or longer than 4 KiB.
pub fn folded(name: &[u8]) -> Option<Vec<Vec<u8>>> {
    if name.len() > MAX_FOLDED {
        return None;
    }
    let folded = |relative_name: Vec<Attribute<'_>>| {
        let attributes: Vec<Vec<u8>> = relative_name.iter().map(folded_attribute).collect();
        (!attributes.is_empty()).then(|| encode::set_of(tag::SET, attributes))
    };
    relative_names(name).ok()?.into_iter().map(folded).collect()
}

fn folded_attribute(attribute: &Attribute<'_>) -> Vec<u8> {
    let identifier = element(tag::OBJECT_IDENTIFIER, &[attribute.identifier]);
    let value = match string(&attribute.value).map(String::from_utf8) {
        Some(Ok(text)) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            element(UTF8, &[words.join(" ").to_lowercase().as_bytes()])
        }
        // What is no text is compared as it stands.
        _ => attribute.value.whole.octets().to_vec(),
    };
    element(tag::SEQUENCE, &[&identifier, &value])
}

struct Attribute<'a> {
    identifier: &'a [u8],
    value: Tlv<'a>,
}

/// ```text
/// Name ::= SEQUENCE OF RelativeDistinguishedName
/// RelativeDistinguishedName ::= SET OF AttributeTypeAndValue
/// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
fn relative_names(name: &[u8]) -> Result<Vec<Vec<Attribute<'_>>>, Error> {
    let mut names = Vec::new();
    let mut sets = Tlv::parse(Slice::new(name))?.expect(tag::SEQUENCE)?.elements()?;
    while !sets.is_done() {
        let mut attributes = Vec::new();
        let mut set = sets.expect(tag::SET)?.elements()?;
        while !set.is_done() {
            let mut attribute = set.expect(tag::SEQUENCE)?.elements()?;
            let identifier = attribute.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
            let value = attribute.next_element()?;
            attribute.finish()?;
            attributes.push(Attribute { identifier, value });
        }
        names.push(attributes);
    }
    Ok(names)
}

fn relative_text(attributes: &[Attribute<'_>]) -> String {
    attributes.iter().map(attribute_text).collect::<Vec<_>>().join("+")
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
    const NUMERIC: u8 = 0x12;
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

/// A name without attributes, for whom subjectAltName alone names.
pub const EMPTY: &[u8] = &[0x30, 0];

/// commonName.
pub const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// countryName.
pub const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
/// localityName.
pub const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
/// stateOrProvinceName.
pub const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
/// organizationName.
pub const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// organizationalUnitName.
pub const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
/// emailAddress (RFC 2985 section 5.2.1).
pub const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// RFC 4514 section 3, and the two that certificates for people have besides.
const KEYS: &[(ObjectIdentifier, &str)] = &[
    (COMMON_NAME, "CN"),
    (LOCALITY, "L"),
    (STATE, "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (COUNTRY, "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "STREET"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
    (ObjectIdentifier::new_unwrap("2.5.4.5"), "serialNumber"),
    (EMAIL_ADDRESS, "emailAddress"),
];

/// PrintableString.
pub const PRINTABLE: u8 = 0x13;
/// UTF8String.
pub const UTF8: u8 = 0x0C;

/// The longest name that is compared other than octet by octet: names of people and authorities are far
/// shorter, and an attacker's could be as long as the message.
const MAX_FOLDED: usize = 4096;

/// The longest value that is certified, in characters: twice what a common name has (RFC 5280 appendix A.1).
const MAX_VALUE: usize = 128;

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
        let same = |one: &[u8], other: &[u8]| NameDigest::new(one).is_same(&NameDigest::new(other));
        let cn = |tag, value| name(&[&[("2.5.4.3", tag, value)]]);
        // RFC 5280 section 7.1: case, repeated blanks and the kind of string do not count.
        assert!(same(&cn(0x13, b"Test  CA"), &cn(0x0C, b" test CA ")));
        assert!(same(&cn(0x1E, &[0, 0x41]), &cn(0x0C, b"a")));
        assert!(same(&cn(0x0C, "J\u{d6}RG".as_bytes()), &cn(0x0C, "j\u{f6}rg".as_bytes())));
        assert!(same(&[], &[]));
        // Nor does the order inside of a relative name.
        let (a, b): ((_, _, &[u8]), (_, _, &[u8])) = (("2.5.4.3", 0x0C, b"a"), ("2.5.4.10", 0x13, b"b"));
        assert!(same(&name(&[&[a, b]]), &name(&[&[b, a]])));
        assert!(!same(&name(&[&[a, b]]), &name(&[&[a], &[b]])));
        assert!(!same(&name(&[&[a], &[b]]), &name(&[&[b], &[a]])));
        for (one, other) in [
            (cn(0x0C, b"Test CA"), cn(0x0C, b"Test CB")),
            (cn(0x0C, b"Test CA"), cn(0x0C, b"Test CA\0")),
            (cn(0x0C, b"a"), name(&[&[("2.5.4.10", 0x0C, b"a")]])),
            (cn(0x0C, b"a"), name(&[&[("2.5.4.3", 0x0C, b"a")], &[("2.5.4.3", 0x0C, b"a")]])),
            (cn(0x0C, b"a"), vec![]),
            (cn(0x0C, b"a"), name(&[&[("2.5.4.3", 0x0C, b"a")], &[]])),
            // What is no string, or no UTF-8, has no case.
            (cn(0x14, b"\xe9A"), cn(0x14, b"\xe9a")),
            (cn(0x04, b"A"), cn(0x04, b"a")),
            (cn(0x02, b"a"), cn(0x0C, b"a")),
            (name(&[]), name(&[&[]])),
        ] {
            assert!(!same(&one, &other));
        }
        // R9: longer ones are the same as their own octets only.
        let long = |first: u8| name(&[&[("2.5.4.3", 0x0C, &[&[first][..], &[b'x'; MAX_FOLDED]].concat())]]);
        assert!(same(&long(b'a'), &long(b'a')) && !same(&long(b'a'), &long(b'A')));
    }
}
