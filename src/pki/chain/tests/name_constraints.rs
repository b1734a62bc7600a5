//! Name constraints (RFC 5280 section 4.2.1.10).

use super::*;

// P10, SAN-09: a common name that is a domain for lack of a subjectAltName is one for constraints, too. (constraint of
// the authority, common name, expected)
#[test]
fn p10_common_names() {
    const DNS: u8 = 0x82;
    const EMAIL: u8 = 0x81;
    let (permitted, excluded) = (0, 1);
    let refused = Err("trust.name-constraints");
    let rows = [
        (constraint(permitted, &[(DNS, b"example.org")]), "example.com", refused),
        (constraint(permitted, &[(DNS, b"example.org")]), "Example.ORG", Ok(3)),
        (constraint(permitted, &[(DNS, b"example.org")]), "host.example.org", Ok(3)),
        (constraint(permitted, &[(DNS, b"example.org")]), "notexample.org", refused),
        (constraint(permitted, &[(DNS, b"example.net"), (DNS, b"example.org")]), "example.org", Ok(3)),
        (constraint(permitted, &[(DNS, b"")]), "example.com", Ok(3)),
        (constraint(excluded, &[(DNS, b"example.org")]), "example.com", Ok(3)),
        (constraint(excluded, &[(DNS, b"example.com")]), "host.EXAMPLE.com", refused),
        (constraint(excluded, &[(DNS, b"")]), "example.com", refused),
        (constraint(permitted, &[(EMAIL, b"example.org")]), "example.com", Ok(3)),
        // A dot at the end evades nothing.
        (constraint(excluded, &[(DNS, b"example.com")]), "host.example.com.", refused),
        // What no reference can be equal to is no domain, but the name of a person, or an address.
        (constraint(permitted, &[(DNS, b"example.org")]), "Alice Example", Ok(3)),
        (constraint(permitted, &[(DNS, b"example.org")]), "192.0.2.4", Ok(3)),
        (constraint(permitted, &[(DNS, b"example.org")]), "*.example.com", Ok(3)),
        (constraint(excluded, &[(DNS, b"")]), "Alice Example", Ok(3)),
    ];
    for (number, (constraint, domain, expected)) in rows.into_iter().enumerate() {
        let bare = plan(domain, 9, "A", 2);
        let authority = plan("A", 2, "Root", 1).authority(None);
        let constrained = authority.clone().with(constraint.clone());
        assert_eq!(check(&bare, &[constrained], &[root()]), expected, "row {number}");
        let constrained = root().with(constraint.clone());
        assert_eq!(check(&bare, std::slice::from_ref(&authority), &[constrained]), expected, "row {number}, anchor");
        // With a subjectAltName the common name names nobody.
        let named = bare.with(names(&[(0x86, b"sip:alice@example.com")]));
        let constrained = authority.with(constraint);
        assert_eq!(check(&named, &[constrained], &[root()]), Ok(3), "row {number}");
    }
    // RFC 5280 section 4.2.1.10 knows no base that begins with a dot. As openssl has it, it permits what is below.
    let authority = plan("A", 2, "Root", 1).authority(None);
    for (domain, expected) in [("example.org", refused), ("host.example.org", Ok(3))] {
        let constrained = root().with(constraint(permitted, &[(DNS, b".example.org")]));
        let bare = plan(domain, 9, "A", 2);
        assert_eq!(check(&bare, std::slice::from_ref(&authority), &[constrained]), expected, "{domain}");
    }
}

// P10, TRAP-27: name constraints.
#[test]
fn p10_name_constraints() {
    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const DIRECTORY: u8 = 0xA4;
    const URI: u8 = 0x86;
    const SIP: (u8, &[u8]) = (URI, b"sip:alice@example.com");
    let (permitted, excluded) = (0, 1);
    let alice_name = common_name("Alice");
    let refused = Err("trust.name-constraints");
    // (constraint of the authority, names of the leaf, expected)
    type Row<'a> = (Extension, Vec<(u8, &'a [u8])>, Result<usize, &'a str>);
    let rows: Vec<Row<'_>> = vec![
        // A sip: URI has no host in the sense of the rule, whatever the constraint says.
        (constraint(permitted, &[(URI, b".example.com")]), vec![SIP], refused),
        (constraint(permitted, &[(URI, b"example.com")]), vec![SIP], refused),
        (constraint(permitted, &[(URI, b"")]), vec![SIP], refused),
        (constraint(excluded, &[(URI, b".example.org")]), vec![SIP], refused),
        (constraint(excluded, &[(URI, b"example.com")]), vec![SIP], refused),
        // Nor does a host that is smuggled into its parameters.
        (
            constraint(permitted, &[(URI, b"good.example")]),
            vec![(URI, b"sip:alice@example.com;x=://good.example")],
            refused,
        ),
        (
            constraint(permitted, &[(URI, b"good.example")]),
            vec![(URI, b"sip:alice@example.com?x=a://good.example/")],
            refused,
        ),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"im:alice@example.com")], refused),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"tel:+1")], refused),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"")], refused),
        // Whatever a sip: URI has: userinfo or none, a port, parameters, headers, no host at all; and any other scheme.
        (constraint(permitted, &[(URI, b"example.com")]), vec![(URI, b"sip:example.com")], refused),
        (constraint(permitted, &[(URI, b"example.com")]), vec![(URI, b"sip:alice:pw@example.com")], refused),
        (constraint(permitted, &[(URI, b"example.com")]), vec![(URI, b"sips:alice@example.com:5061")], refused),
        (
            constraint(permitted, &[(URI, b"example.com")]),
            vec![(URI, b"sip:alice@example.com;transport=tls?a=b")],
            refused,
        ),
        (constraint(excluded, &[(URI, b"example.org")]), vec![(URI, b"sip:")], refused),
        (constraint(excluded, &[(URI, b"example.org")]), vec![(URI, b"alice@example.com")], refused),
        (constraint(excluded, &[(URI, b"example.org")]), vec![(URI, b"urn:service:sos")], refused),
        (constraint(excluded, &[(URI, b"example.org")]), vec![(URI, b"mailto:alice@example.com")], refused),
        // URIs with a host are compared by it: not by user, port or case. A dot before a constraint asks for a label.
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://GOOD.example:80/x?y#z")], Ok(3)),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://good.example@bad.example/")], refused),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://a.good.example/")], refused),
        (constraint(permitted, &[(URI, b".good.example")]), vec![(URI, b"http://a.good.example/")], Ok(3)),
        (constraint(permitted, &[(URI, b".good.example")]), vec![(URI, b"http://good.example/")], refused),
        (constraint(excluded, &[(URI, b"bad.example")]), vec![(URI, b"http://x@BAD.example:80/")], refused),
        // An address is no name of a host, with a zone or without (RFC 5280 section 4.2.1.10).
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://[2001:db8::9]/")], refused),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://[fe80::1%25.good.example]/")], refused),
        (constraint(permitted, &[(URI, b".example")]), vec![(URI, b"http://[fe80::1%25x.example]/")], refused),
        (constraint(excluded, &[(URI, b"bad.example")]), vec![(URI, b"http://[fe80::1%25.bad.example]/")], refused),
        (constraint(excluded, &[(URI, b"bad.example")]), vec![(URI, b"http://192.0.2.4/")], refused),
        // A dot at the end evades nothing.
        (constraint(excluded, &[(URI, b"bad.example")]), vec![(URI, b"http://bad.example./")], refused),
        (constraint(excluded, &[(DNS, b"bad.example")]), vec![(DNS, b"bad.example.")], refused),
        (constraint(excluded, &[(EMAIL, b"bad.example")]), vec![(EMAIL, b"alice@bad.example.")], refused),
        (constraint(permitted, &[(DNS, b"good.example")]), vec![(DNS, b"good.example.")], refused),
        // Each of many constraints on e-mail binds, and each of many names is bound.
        (
            constraint(excluded, &[(EMAIL, b"bad.example"), (EMAIL, b"worse.example"), (EMAIL, b"eve@evil.example")]),
            vec![(EMAIL, b"alice@bad.example")],
            refused,
        ),
        (
            constraint(excluded, &[(EMAIL, b"bad.example"), (EMAIL, b"worse.example"), (EMAIL, b"eve@evil.example")]),
            vec![(EMAIL, b"alice@good.example"), (EMAIL, b"alice@worse.example")],
            refused,
        ),
        (
            constraint(excluded, &[(EMAIL, b"bad.example"), (EMAIL, b"worse.example"), (EMAIL, b"eve@evil.example")]),
            vec![(EMAIL, b"eve@evil.example"), (EMAIL, b"alice@evil.example")],
            refused,
        ),
        (
            constraint(excluded, &[(EMAIL, b"bad.example"), (EMAIL, b"worse.example"), (EMAIL, b"eve@evil.example")]),
            vec![(EMAIL, b"alice@evil.example"), (EMAIL, b"alice@a.bad.example")],
            Ok(3),
        ),
        (constraint(permitted, &[(EMAIL, b"a.example"), (EMAIL, b"b.example")]), vec![(EMAIL, b"x@A.example")], Ok(3)),
        (constraint(permitted, &[(EMAIL, b"a.example"), (EMAIL, b"b.example")]), vec![(EMAIL, b"x@B.example")], Ok(3)),
        (constraint(permitted, &[(EMAIL, b".a.example")]), vec![(EMAIL, b"x@b.a.example")], Ok(3)),
        (constraint(permitted, &[(EMAIL, b".a.example")]), vec![(EMAIL, b"x@a.example")], refused),
        // Case, whole labels, wildcards.
        (constraint(excluded, &[(DNS, b"bad.example")]), vec![(DNS, b"A.BAD.Example")], refused),
        (constraint(permitted, &[(DNS, b"good.example")]), vec![(DNS, b"a.GOOD.example")], Ok(3)),
        (constraint(permitted, &[(DNS, b"good.example")]), vec![(DNS, b"notgood.example")], refused),
        (constraint(permitted, &[(DNS, b"good.example")]), vec![(DNS, b"*.example")], refused),
        // It is below no name but its own, and names nobody (RFC 5922 section 7.2).
        (constraint(excluded, &[(DNS, b"a.bad.example")]), vec![(DNS, b"*.bad.example")], Ok(3)),
        // URIs with a host are compared.
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://good.example/")], Ok(3)),
        (constraint(permitted, &[(URI, b"good.example")]), vec![(URI, b"http://bad.example/")], refused),
        (constraint(excluded, &[(URI, b".bad.example")]), vec![(URI, b"http://a.bad.example/")], refused),
        // Constraints on other kinds of names leave a sip: URI alone.
        (constraint(permitted, &[(DNS, b"example.org")]), vec![SIP], Ok(3)),
        (constraint(permitted, &[(DNS, b"example.org")]), vec![SIP, (DNS, b"example.com")], refused),
        (constraint(excluded, &[(EMAIL, b"example.com")]), vec![SIP], Ok(3)),
        (constraint(excluded, &[(EMAIL, b"example.com")]), vec![SIP, (EMAIL, b"alice@example.com")], refused),
        (constraint(permitted, &[(EMAIL, b"example.com")]), vec![SIP, (EMAIL, b"alice@example.com")], Ok(3)),
        (constraint(excluded, &[(DIRECTORY, &alice_name)]), vec![SIP], refused),
        // certval takes names that cannot be decoded for no names: they would escape the constraint.
        (
            constraint(permitted, &[(DNS, b"example.org")]),
            vec![SIP, (URI, b"\xff"), (DNS, b"example.com")],
            Err("trust.extension"),
        ),
        (constraint(permitted, &[(URI, b"example.org")]), vec![SIP, (URI, b"\xff")], Err("trust.extension")),
        (constraint(permitted, &[(DNS, b"\xff")]), vec![SIP], Err("trust.extension")),
        ((extension::NAME_CONSTRAINTS, true, vec![0x30, 2, 5, 0]), vec![SIP], Err("trust.extension")),
        ((extension::NAME_CONSTRAINTS, false, vec![0x30, 1, 0xA0]), vec![SIP], Err("trust.extension")),
    ];
    for (number, (constraint, presented, expected)) in rows.into_iter().enumerate() {
        let alice = leaf("A", 2).with(names(&presented));
        let authority = plan("A", 2, "Root", 1).authority(None);
        let constrained = authority.clone().with(constraint.clone());
        assert_eq!(check(&alice, &[constrained], &[root()]), expected, "row {number}");
        // The same at the anchor, and not critical.
        let constrained = root().with((constraint.0, false, constraint.2));
        assert_eq!(check(&alice, &[authority], &[constrained]), expected, "row {number}, anchor");
    }
    // An authority binds those below it, and not itself: its own names are free.
    let constrained = plan("A", 2, "Root", 1).authority(None).with(names(&[SIP]));
    let constrained = constrained.with(constraint(permitted, &[(URI, b"example.org")]));
    assert_eq!(check(&leaf("A", 2), std::slice::from_ref(&constrained), &[root()]), Ok(3));
    let constrained = plan("A", 2, "Root", 1).authority(None).with(constraint(permitted, &[(DIRECTORY, &alice_name)]));
    assert_eq!(check(&leaf("A", 2), std::slice::from_ref(&constrained), &[root()]), Ok(3));
    assert_eq!(check(&plan("Bob", 8, "A", 2), std::slice::from_ref(&constrained), &[root()]), refused);
    // A certificate that is itself trusted is bound by nobody.
    assert_eq!(check(&constrained, &[], std::slice::from_ref(&constrained)), Ok(1));
}

// P10: what is permitted is read narrowly, what is excluded widely, and what cannot be compared is refused; at an
// authority as at the anchor. (constraint, names of the leaf, expected)
#[test]
fn p10_odd_constraints() {
    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const URI: u8 = 0x86;
    const IP: u8 = 0x87;
    const REGISTERED: u8 = 0x88;
    let refused = Err("trust.name-constraints");
    let permitted = |kind: u8, base: &[u8]| constraint(0, &[(kind, base)]);
    let excluded = |kind: u8, base: &[u8]| constraint(1, &[(kind, base)]);
    let bounded = |list: u8, bounds: &[u8]| {
        let subtree = element(0x30, &[&element(DNS, &[b"example.com"]), bounds]);
        (extension::NAME_CONSTRAINTS, true, element(0x30, &[&element(0xA0 | list, &[&subtree])]))
    };
    let net: &[u8] = &[192, 0, 2, 0, 255, 255, 255, 0];
    let net_of_v6: &[u8] = &[[0x20, 1, 0xD, 0xB8].as_slice(), &[0; 12], &[255; 4], &[0; 12]].concat();
    let v6: &[u8] = &[[0x20, 1, 0xD, 0xB8].as_slice(), &[7; 12]].concat();
    type Row<'a> = (Extension, (u8, &'a [u8]), Result<usize, &'a str>);
    let rows: Vec<Row<'_>> = vec![
        // An empty base is that of every name.
        (excluded(DNS, b""), (DNS, b"example.com"), refused),
        (permitted(DNS, b""), (DNS, b"example.com"), Ok(3)),
        (excluded(EMAIL, b""), (EMAIL, b"alice@example.com"), refused),
        // Only of the DNS it is one that is permitted, as openssl has it.
        (permitted(EMAIL, b""), (EMAIL, b"alice@example.com"), refused),
        (excluded(URI, b""), (URI, b"http://example.com/"), refused),
        (permitted(URI, b""), (URI, b"http://example.com/"), refused),
        // Dots before or after a base.
        (excluded(DNS, b".bad.example"), (DNS, b"a.bad.example"), refused),
        (excluded(DNS, b".bad.example"), (DNS, b"bad.example"), refused),
        (permitted(DNS, b".good.example"), (DNS, b"a.good.example"), Ok(3)),
        (permitted(DNS, b".good.example"), (DNS, b"good.example"), refused),
        (permitted(DNS, b".good.example"), (DNS, b"notgood.example"), refused),
        (excluded(DNS, b"bad.example."), (DNS, b"a.bad.example"), refused),
        (permitted(DNS, b"good.example."), (DNS, b"good.example"), refused),
        (excluded(EMAIL, b"bad.example."), (EMAIL, b"alice@bad.example"), refused),
        (permitted(EMAIL, b"good.example."), (EMAIL, b"alice@good.example"), refused),
        (excluded(URI, b"bad.example."), (URI, b"http://bad.example/"), refused),
        // A base that is none.
        (excluded(DNS, b"*.bad.example"), (DNS, b"a.bad.example"), refused),
        (excluded(DNS, b"bad example"), (DNS, b"example.com"), refused),
        (excluded(DNS, b"bad..example"), (DNS, b"example.com"), refused),
        (excluded(DNS, b"*.bad.example"), (EMAIL, b"alice@example.com"), Ok(3)),
        (excluded(EMAIL, b"@bad.example"), (EMAIL, b"alice@bad.example"), refused),
        (excluded(EMAIL, b"<alice@bad.example>"), (EMAIL, b"alice@bad.example"), refused),
        (excluded(URI, b"http://bad.example"), (URI, b"http://bad.example/"), refused),
        // A name that is none.
        (excluded(DNS, b"bad.example"), (DNS, b"exa mple"), refused),
        (excluded(EMAIL, b"bad.example"), (EMAIL, b"alice"), refused),
        (permitted(EMAIL, b"good.example"), (EMAIL, b"alice@bad.example@good.example"), Ok(3)),
        // The local part is one of case, but nobody evades a constraint by that or by quotes.
        (permitted(EMAIL, b"alice@good.example"), (EMAIL, b"alice@GOOD.example"), Ok(3)),
        (permitted(EMAIL, b"alice@good.example"), (EMAIL, b"Alice@good.example"), refused),
        (excluded(EMAIL, b"eve@bad.example"), (EMAIL, b"Eve@bad.example"), refused),
        (excluded(EMAIL, b"eve@bad.example"), (EMAIL, b"\"eve\"@bad.example"), refused),
        (excluded(EMAIL, b"eve@bad.example"), (EMAIL, b"alice@bad.example"), Ok(3)),
        // Addresses.
        (permitted(IP, net), (IP, &[192, 0, 2, 7]), Ok(3)),
        (permitted(IP, net), (IP, &[192, 0, 3, 7]), refused),
        (permitted(IP, net), (IP, v6), refused),
        (excluded(IP, net), (IP, &[192, 0, 2, 7]), refused),
        (excluded(IP, net), (IP, &[192, 0, 3, 7]), Ok(3)),
        (excluded(IP, net), (IP, v6), Ok(3)),
        (permitted(IP, net_of_v6), (IP, v6), Ok(3)),
        (excluded(IP, net_of_v6), (IP, v6), refused),
        (excluded(IP, net_of_v6), (IP, &[192, 0, 2, 7]), Ok(3)),
        (permitted(IP, &[0; 8]), (IP, &[192, 0, 2, 7]), Ok(3)),
        (permitted(IP, &[192, 0, 2, 0, 255, 255, 255, 248]), (IP, &[192, 0, 2, 7]), Ok(3)),
        (permitted(IP, &[192, 0, 2, 7, 255, 255, 255, 255]), (IP, &[192, 0, 2, 7]), Ok(3)),
        (permitted(IP, &[192, 0, 2, 8, 255, 255, 255, 248]), (IP, &[192, 0, 2, 7]), refused),
        (excluded(IP, net), (IP, &[192, 0, 2]), refused),
        (excluded(IP, &[192, 0, 2, 0, 255]), (IP, &[10, 0, 0, 1]), refused),
        // A kind that nobody compares.
        (excluded(REGISTERED, &[0x2A, 3]), (REGISTERED, &[0x2A, 4]), refused),
        (permitted(REGISTERED, &[0x2A, 3]), (REGISTERED, &[0x2A, 3]), refused),
        (excluded(REGISTERED, &[0x2A, 3]), (DNS, b"example.com"), Ok(3)),
        // minimum and maximum are not used with any form: they cannot be applied.
        (bounded(0, &[]), (DNS, b"a.example.com"), Ok(3)),
        (bounded(0, &[0x80, 1, 1]), (DNS, b"a.example.com"), refused),
        (bounded(0, &[0x81, 1, 5]), (DNS, b"a.example.com"), refused),
        (bounded(1, &[0x80, 1, 1]), (DNS, b"example.org"), refused),
        (bounded(1, &[0x80, 1, 1]), (EMAIL, b"alice@example.org"), Ok(3)),
    ];
    for (number, (constraint, name, expected)) in rows.into_iter().enumerate() {
        let alice = leaf("A", 2).with(names(&[name]));
        let authority = plan("A", 2, "Root", 1).authority(None);
        let constrained = authority.clone().with(constraint.clone());
        assert_eq!(check(&alice, &[constrained], &[root()]), expected, "row {number}");
        let constrained = root().with(constraint);
        assert_eq!(check(&alice, &[authority], &[constrained]), expected, "row {number}, anchor");
    }
}

// P10: the names of the subject: a prefix, whatever case and kind of string, and an e-mail address in it.
#[test]
fn p10_names_of_subjects() {
    const EMAIL: u8 = 0x81;
    const DIRECTORY: u8 = 0xA4;
    let refused = Err("trust.name-constraints");
    let part = |identifier: &[u8], tag: u8, value: &[u8]| {
        let attribute = element(0x30, &[&element(6, &[identifier]), &element(tag, &[value])]);
        element(0x31, &[&attribute])
    };
    let organization = |tag, value: &[u8]| part(&[0x55, 4, 10], tag, value);
    let common = part(&[0x55, 4, 3], 0x0C, b"Alice");
    let email = part(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1], 0x16, b"alice@bad.example");
    let name = |parts: &[&[u8]]| element(0x30, parts);
    let test = organization(0x0C, b"Test");
    let of_test = name(&[&test, &common]);
    let base = |parts: &[&[u8]]| name(parts);
    let rows = [
        (0, DIRECTORY, base(&[&test]), of_test.clone(), Ok(3)),
        (0, DIRECTORY, base(&[&organization(0x13, b" TEST ")]), of_test.clone(), Ok(3)),
        (0, DIRECTORY, base(&[&organization(0x0C, b"Other")]), of_test.clone(), refused),
        (0, DIRECTORY, base(&[&common]), of_test.clone(), refused),
        (0, DIRECTORY, base(&[&test, &common, &common]), of_test.clone(), refused),
        (0, DIRECTORY, base(&[]), of_test.clone(), Ok(3)),
        (1, DIRECTORY, base(&[&organization(0x1E, &[0, b't', 0, b'e', 0, b's', 0, b't'])]), of_test.clone(), refused),
        (1, DIRECTORY, base(&[&organization(0x0C, b"Other")]), of_test.clone(), Ok(3)),
        (1, DIRECTORY, base(&[]), of_test.clone(), refused),
        // NIST PKITS 4.13.14: an empty subject is no name.
        (0, DIRECTORY, base(&[&test]), name(&[]), Ok(3)),
        (1, DIRECTORY, base(&[]), name(&[]), Ok(3)),
        (1, EMAIL, b"bad.example".to_vec(), name(&[&common, &email]), refused),
        (0, EMAIL, b"good.example".to_vec(), name(&[&common, &email]), refused),
        (0, EMAIL, b"bad.example".to_vec(), name(&[&common, &email]), Ok(3)),
    ];
    for (number, (list, kind, base, subject, expected)) in rows.into_iter().enumerate() {
        let authority = plan("A", 2, "Root", 1).authority(None);
        let alice = Plan { subject, ..leaf("A", 2) }.with(names(&[(0x86, b"sip:alice@example.com")]));
        let constraint = constraint(list, &[(kind, &base)]);
        // The authority is called CN=A: only the leaf is to be bound.
        let constrained = authority.with(constraint);
        assert_eq!(check(&alice, &[constrained], &[root()]), expected, "row {number}");
    }
}

// RFC 4632: a mask whose ones do not come first is none.
#[test]
fn p10_masks() {
    const IP: u8 = 0x87;
    let alice = leaf("A", 2).with(names(&[(IP, &[192, 0, 2, 7])]));
    let authority = plan("A", 2, "Root", 1).authority(None);
    for (mask, expected) in [
        ([255, 0, 255, 0], Err("trust.name-constraints")),
        ([255, 254, 128, 0], Err("trust.name-constraints")),
        ([253, 0, 0, 0], Err("trust.name-constraints")),
        ([255, 254, 0, 0], Ok(3)),
        ([255, 0, 0, 0], Ok(3)),
    ] {
        let base = [[10, 0, 0, 0], mask].concat();
        let constraint = constraint(1, &[(IP, &base)]);
        assert_eq!(check(&alice, &[authority.clone().with(constraint.clone())], &[root()]), expected, "{mask:?}");
        assert_eq!(check(&alice, std::slice::from_ref(&authority), &[root().with(constraint)]), expected, "{mask:?}");
    }
}

// R4: short names by the thousand are compared with long constraints, of every kind, and soon.
#[test]
fn r4_short_names_and_long_constraints() {
    let long = |number: usize| format!("{}.h{number}.example", "a".repeat(60) + &".b".repeat(200));
    let organization = |text: &[u8]| {
        let attribute = element(0x30, &[&element(6, &[&[0x55, 4, 10]]), &element(0x0C, &[text])]);
        element(0x30, &[&element(0x31, &[&attribute])])
    };
    let name_of = |kind: u8| -> Vec<u8> {
        match kind {
            0x81 => b"a@b".to_vec(),
            0x82 => b"a.b".to_vec(),
            0x86 => b"x://a.b".to_vec(),
            0x87 => vec![192, 0, 2, 7],
            _ => organization(b"a"),
        }
    };
    let base_of = |kind: u8, number: usize| match kind {
        0x87 => vec![10, u8::try_from(number % 256).unwrap(), 0, 0, 255, 255, 0, 0],
        0xA4 => organization(long(number).as_bytes()),
        _ => long(number).into_bytes(),
    };
    for kind in [0x81, 0x82, 0x86, 0x87, 0xA4] {
        let bases: Vec<Vec<u8>> = (0..1000).map(|number| base_of(kind, number)).collect();
        let subtrees: Vec<(u8, &[u8])> = bases.iter().map(|base| (kind, base.as_slice())).collect();
        let authority = plan("A", 2, "Root", 1).authority(None).with(constraint(1, &subtrees));
        let name = name_of(kind);
        let count = 70_000 / (name.len() + 2);
        let alice = leaf("A", 2).with(names(&vec![(kind, name.as_slice()); count])).make();
        let (authority, anchors) = (authority.make(), [root().make()]);
        let trust = Trust { anchors: &anchors, time: NOW, ..Trust::default() };
        let start = Instant::now();
        let found = validate(&alice, &[&authority], &trust).map(drop).map_err(|error| error.code());
        let took = start.elapsed();
        assert_eq!(found, Ok(()), "{kind:x}");
        assert!(took < Duration::from_secs(1), "{kind:x}: {took:?}");
    }
}
