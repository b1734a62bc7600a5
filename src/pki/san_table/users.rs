//! Users: RFC 3261 section 19.1.4 by example and by sentence, and the names of attacks (P9, P12, I1, I3, I4).

use super::*;

// P12, SAN-02, SAN-03: either is the name, and the other the reference. By default addresses of record are compared,
// under --strict whole URIs, too. Two without a user are domains, which are compared by RFC 5922 section 7.2.
#[test]
fn san_03_examples_and_sentences_of_rfc_3261() {
    // (one, other, whether they match by default, and under --strict, rule)
    let rows = [
        // "The URIs within each of the following sets are equivalent".
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
            true,
            true,
            "equivalent, set 1",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true, true, "equivalent, set 2"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true, true, "equivalent, set 2"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true, true, "equivalent, set 2"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            true,
            true,
            "equivalent, set 3",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            true,
            true,
            "equivalent, set 4",
        ),
        // "The URIs within each of the following sets are not equivalent". What differs besides the address counts
        // under --strict alone.
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
            false,
            false,
            "not equivalent, set 1",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false, false, "not equivalent, set 2"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", true, false, "not equivalent, set 3"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false, false, "not equivalent, set 4"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", true, false, "not equivalent, set 5"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false, false, "not equivalent, set 6"),
        // "Note that equality is not transitive".
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=off", true, true, "not transitive, 2"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", true, false, "not transitive, 3"),
        // "Comparison of the userinfo is case-sensitive": the user, passwords, telephone-subscribers.
        ("sip:Bob@biloxi.com", "sip:bob@biloxi.com", false, false, "userinfo: case"),
        ("sip:bob:pw@biloxi.com", "sip:bob:PW@biloxi.com", false, false, "userinfo: passwords"),
        (
            "sip:+12A@biloxi.com;user=phone",
            "sip:+12a@biloxi.com;user=phone",
            false,
            false,
            "userinfo: telephone-subscribers",
        ),
        (
            "sip:+1-2@biloxi.com;user=phone",
            "sip:+12@biloxi.com;user=phone",
            false,
            false,
            "userinfo: telephone-subscribers",
        ),
        // "All other components are case-insensitive".
        (
            "SIP:bob@Biloxi.COM;LR;Method=invite;A=B",
            "sip:bob@biloxi.com;lr;method=INVITE;a=b",
            true,
            true,
            "other components: case",
        ),
        ("sip:bob@[2001:DB8::9]", "sip:bob@[2001:db8:0::9]", true, true, "other components: case"),
        // "The ordering of parameters and header fields is not significant".
        ("sip:bob@biloxi.com;a=1;b=2?c=3&d=4", "sip:bob@biloxi.com;b=2;a=1?d=4&c=3", true, true, "ordering"),
        // "Characters other than those in the reserved set are equivalent to their encoding".
        ("sip:b%6Fb@biloxi.com;%61=%62", "sip:bob@biloxi.com;a=b", true, true, "encoding"),
        ("sip:b%6fb:p%77@biloxi.com", "sip:b%6Fb:pw@biloxi.com", true, true, "encoding"),
        // An address of record has its escapes resolved, reserved or not (section 10.3, step 5).
        ("sip:bob%3Bx@biloxi.com", "sip:bob;x@biloxi.com", true, false, "encoding: reserved"),
        ("sip:bob@biloxi.com;a=%3a", "sip:bob@biloxi.com;a=:", true, false, "encoding: reserved"),
        ("sip:bob%40biloxi.com@evil.example", "sip:bob@biloxi.com", false, false, "encoding: reserved"),
        ("sip:bob%2540x@biloxi.com", "sip:bob%40x@biloxi.com", false, false, "encoding: once"),
        // "An IP address that is the result of a DNS lookup does not match that host name".
        ("sip:bob@localhost", "sip:bob@127.0.0.1", false, false, "lookup"),
        ("sip:bob@[::ffff:192.0.2.4]", "sip:bob@192.0.2.4", false, false, "lookup"),
        // "The user, password, host, and port components must match"; one that is omitted matches none.
        ("sip:bob@biloxi.com", "sip:alice@biloxi.com", false, false, "components: user"),
        ("sip:bob:pw@biloxi.com", "sip:bob:px@biloxi.com", false, false, "components: password"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.org", false, false, "components: host"),
        ("sip:bob@biloxi.com", "sip:bob@pc.biloxi.com", false, false, "components: host"),
        ("sip:bob@biloxi.com:5061", "sip:bob@biloxi.com:5062", false, false, "components: port"),
        // Two with the same port are equal, but no addresses of record (section 19.1.1, table 1).
        ("sip:bob@biloxi.com:5061", "sip:bob@biloxi.com:5061", false, false, "components: port"),
        ("sip:biloxi.com", "sip:bob@biloxi.com", false, false, "omitted: user"),
        ("sip:bob:pw@biloxi.com", "sip:bob@biloxi.com", false, false, "omitted: password"),
        ("sip:bob:@biloxi.com", "sip:bob@biloxi.com", false, false, "omitted: password"),
        // "A URI omitting any component with a default value will not match". Those of parameters count under --strict.
        ("sips:bob@biloxi.com", "sips:bob@biloxi.com:5061", false, false, "default: port"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", true, false, "default: transport"),
        ("sip:bob@biloxi.com;maddr=239.1.1.1", "sip:bob@biloxi.com;maddr=239.1.1.1;ttl=1", true, false, "default: ttl"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=ip", true, false, "default: user"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;method=INVITE", true, false, "default: method"),
        // "Any uri-parameter appearing in both URIs must match".
        ("sip:bob@biloxi.com;a=1", "sip:bob@biloxi.com;a=2", true, false, "parameters: in both"),
        ("sip:bob@biloxi.com;lr", "sip:bob@biloxi.com;lr=on", true, false, "parameters: in both"),
        ("sip:bob@biloxi.com;transport=tcp", "sip:bob@biloxi.com;transport=tls", true, false, "parameters: in both"),
        // "A user, ttl, or method uri-parameter appearing in only one URI never matches".
        ("sip:bob@biloxi.com;user=phone", "sip:bob@biloxi.com", true, false, "parameters: user"),
        ("sip:bob@biloxi.com;ttl=2", "sip:bob@biloxi.com", true, false, "parameters: ttl"),
        ("sip:bob@biloxi.com;method=BYE", "sip:bob@biloxi.com", true, false, "parameters: method"),
        // "A URI that includes an maddr parameter will not match a URI that contains no maddr parameter".
        ("sip:bob@biloxi.com;maddr=192.0.2.4", "sip:bob@biloxi.com", true, false, "parameters: maddr"),
        // "All other uri-parameters appearing in only one URI are ignored".
        ("sip:bob@biloxi.com;lr;a=1", "sip:bob@biloxi.com;b=2", true, true, "parameters: others"),
        // "URI header components are never ignored": present in both, and equal.
        ("sip:bob@biloxi.com?a=b", "sip:bob@biloxi.com", true, false, "headers: in both"),
        ("sip:bob@biloxi.com?a=b", "sip:bob@biloxi.com?a=c", true, false, "headers: match"),
        ("sip:bob@biloxi.com?a=b&a=c", "sip:bob@biloxi.com?a=b", true, false, "headers: in both"),
        // RFC 4475 sections 3.1.1.2, 3.1.1.3, 3.1.1.4 and 3.1.1.9.
        (
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*\
             :&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*\
             :&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@EXAMPLE.com",
            true,
            true,
            "RFC 4475 3.1.1.2",
        ),
        ("sip:sips%3Auser%40example.com@example.net", "sips:user@example.com", false, false, "RFC 4475 3.1.1.3"),
        ("sip:%75se%72@example.com", "sip:user@example.com", true, true, "RFC 4475 3.1.1.3"),
        ("sip:I%20have%20spaces@example.net", "sip:Ihavespaces@example.net", false, false, "RFC 4475 3.1.1.3"),
        ("sip:null-%00-null@example.com", "sip:null--null@example.com", false, false, "RFC 4475 3.1.1.4"),
        ("sip:null-%00-null@example.com", "sip:null-%00-null@example.com", false, false, "RFC 4475 3.1.1.4"),
        ("sip:%00@host5.example.com", "sip:%00%00@host5.example.com", false, false, "RFC 4475 3.1.1.4"),
        ("sip:user;par=u%40example.net@example.com", "sip:user@example.com", false, false, "RFC 4475 3.1.1.9"),
        ("sip:user;par=u%40example.net@example.com", "sip:user;par=u@example.net", false, false, "RFC 4475 3.1.1.9"),
    ];
    for (one, other, by_default, strictly, rule) in rows {
        for (name, reference) in [(one, other), (other, one)] {
            let certificate = named(&[(URI, name.as_bytes())]);
            for (options, expected) in [(DEFAULT, by_default), (EMAILS, by_default), (STRICT, strictly)] {
                let (matched, _) = compared(&certificate, reference, options);
                assert_eq!(matched.is_some(), expected, "{rule}: {name} {reference} {options:?}");
            }
        }
    }
}

// SAN-03, SAN-04: "A SIP and SIPS URI are never equivalent". By default a sips: identity may have a sip: name, which is
// said.
// (names, reference, the name that matches by default, and under --strict)
#[test]
fn san_04_sip_and_sips() {
    const SIP: (u8, &[u8]) = (URI, b"sip:bob@biloxi.com");
    const SIPS: (u8, &[u8]) = (URI, b"sips:bob@biloxi.com");
    let (sip_text, sips_text) = (Some("URI:sip:bob@biloxi.com"), Some("URI:sips:bob@biloxi.com"));
    type Row<'a> = (Names<'a>, &'a str, Option<&'a str>, Option<&'a str>);
    let rows: [Row<'_>; 5] = [
        (&[SIP], "sips:bob@biloxi.com", sip_text, None),
        (&[SIPS], "sip:bob@biloxi.com", None, None),
        (&[SIPS], "sips:bob@biloxi.com", sips_text, sips_text),
        (&[SIP, SIPS], "sips:bob@biloxi.com", sips_text, sips_text),
        (&[SIPS, SIP], "sip:bob@biloxi.com", sip_text, sip_text),
    ];
    for (names, reference, by_default, strictly) in rows {
        for (options, expected) in [(DEFAULT, by_default), (STRICT, strictly)] {
            assert_eq!(compared(&named(names), reference, options).0.as_deref(), expected, "{reference} {options:?}");
        }
    }
}

// I1, I3: which of several names counts, and which never does.
#[test]
fn i3_the_choice_of_the_name() {
    const ALICE: (u8, &[u8]) = (URI, b"sip:alice@example.com");
    const MALLORY: (u8, &[u8]) = (URI, b"sip:mallory@example.com");
    const MAIL: (u8, &[u8]) = (EMAIL, b"alice@example.com");
    let (alice, mail) = (Some("URI:sip:alice@example.com"), Some("email:alice@example.com"));
    type Row<'a> = (Names<'a>, &'a str, Option<&'a str>, Option<&'a str>, &'a str);
    // (names, reference, the name that matches by default, and with --allow-email-san, rule)
    let rows: &[Row<'_>] = &[
        (&[ALICE], "sip:alice@example.com", alice, alice, "I3 a URI"),
        (&[MALLORY, ALICE], "sip:alice@example.com", alice, alice, "I3 several URIs"),
        (
            &[ALICE, MALLORY],
            "sip:mallory@example.com",
            Some("URI:sip:mallory@example.com"),
            Some("URI:sip:mallory@example.com"),
            "I3 several URIs",
        ),
        (&[MALLORY], "sip:alice@example.com", None, None, "I1 another signer"),
        (&[MAIL, ALICE], "sip:alice@example.com", alice, alice, "I3 a URI first"),
        (&[MAIL], "sip:alice@example.com", None, mail, "I3 an e-mail address if allowed"),
        (&[MAIL], "sips:alice@example.com", None, mail, "I3 an e-mail address if allowed"),
        (&[MAIL, MALLORY], "sip:alice@example.com", None, mail, "I3 an e-mail address if allowed"),
        (&[(EMAIL, b"ALICE@example.com")], "sip:alice@example.com", None, None, "I3 an e-mail address if allowed"),
        (&[(EMAIL, b"alice@example.com")], "im:alice@example.com", None, None, "I3 an e-mail address if allowed"),
        (&[(CN, b"sip:alice@example.com")], "sip:alice@example.com", None, None, "I3 never the common name"),
        (&[(CN, b"alice@example.com")], "sip:alice@example.com", None, None, "I3 never the common name"),
        (&[(CN, b"alice@example.com")], "mailto:alice@example.com", None, None, "I3 never the common name"),
        (&[(CN, b"sip:alice@example.com"), MALLORY], "sip:alice@example.com", None, None, "I3 never the common name"),
        (&[(DNS, b"alice@example.com")], "sip:alice@example.com", None, None, "I3 never another kind"),
        (&[(DNS, b"example.com")], "sip:alice@example.com", None, None, "I3 never another kind"),
        (&[(OTHER, b"sip:alice@example.com")], "sip:alice@example.com", None, None, "I3 never another kind"),
        (&[(IP, &[192, 0, 2, 4])], "sip:alice@192.0.2.4", None, None, "I3 never another kind"),
        (&[(URI, b"sip:example.com")], "sip:alice@example.com", None, None, "I3 a domain is not its users"),
        (
            &[(URI, b"mailto:alice@example.com")],
            "mailto:alice@example.com",
            None,
            None,
            "I3 a mailbox is an rfc822Name",
        ),
        (&[MAIL], "mailto:alice@example.com", mail, mail, "I3 a mailbox is an rfc822Name"),
        // What a display name would be; two addresses in one name.
        (&[(URI, b"\"alice\"<sip:alice@example.com>")], "sip:alice@example.com", None, None, "I1 an address alone"),
        (
            &[(URI, b"sip:alice@example.com,sip:mallory@example.com")],
            "sip:alice@example.com",
            None,
            None,
            "I1 an address alone",
        ),
        (
            &[(URI, b"sip:mallory@evil.example?From=sip:alice%40example.com")],
            "sip:alice@example.com",
            None,
            None,
            "I1 an address alone",
        ),
    ];
    for (names, reference, by_default, allowed, rule) in rows {
        for (options, expected) in [(DEFAULT, by_default), (EMAILS, allowed)] {
            let (matched, _) = compared(&certificate(names), reference, options);
            assert_eq!(matched.as_deref(), *expected, "{rule}: {reference} {options:?}");
        }
    }
}

// P9, I4: an odd spelling of a name, as each kind of name, equals no reference, and hides no clean name beside it.
#[test]
fn p9_i4_odd_spellings() {
    // (spelling of example.com, rule)
    let rows: &[(&[u8], &str)] = &[
        (b"example.com\0", "P9 NUL"),
        (b"example.com\0.evil.example", "P9 NUL"),
        (b"\0example.com", "P9 NUL"),
        (b"example.com\x01", "P9 control characters"),
        (b"exam\x08ple.com", "P9 control characters"),
        (b"example.com\x7f", "P9 control characters"),
        (b"example.com\x1b[2K", "P9 control characters"),
        (b" example.com", "P9 white space"),
        (b"example.com ", "P9 white space"),
        (b"example .com", "P9 white space"),
        (b"example.com\t", "P9 white space"),
        (b"example.com\r\n", "P9 white space"),
        (b"example.com.", "P9 trailing dot"),
        (b"example.com..", "P9 trailing dot"),
        (b".example.com", "P9 leading dot"),
        (b"example..com", "P9 an empty label"),
        (b"example.com%00", "P9 %00"),
        (b"example.com%00.evil.example", "P9 %00"),
        (b"example%2ecom", "P9 escapes in a host"),
        (b"example.com\xa0", "P9 non-ASCII"),
        (b"ex\xe4mple.com", "P9 non-ASCII"),
        (b"\xff\xfeexample.com", "P9 non-ASCII"),
        (b"\0e\0x\0a\0m\0p\0l\0e\0.\0c\0o\0m", "P9 BMPString in IA5String"),
        ("ex\u{e4}mple.com".as_bytes(), "P9 UTF8String in IA5String"),
        (b"\x0c\x0bexample.com", "P9 UTF8String in IA5String"),
        (b"", "P9 empty"),
        (b"xn--exmple-4nf.com", "P9 punycode"),
        (b"xn--example-.com", "P9 punycode"),
        (b"xn--example.com", "P9 punycode"),
        ("example.com\u{a0}".as_bytes(), "I4 U+00A0"),
        ("\u{200e}example.com".as_bytes(), "I4 U+200E"),
        ("example.com\u{200f}".as_bytes(), "I4 BiDi"),
        ("\u{202e}moc.elpmaxe".as_bytes(), "I4 BiDi"),
        ("ex\u{430}mple.com".as_bytes(), "I4 U+0430"),
        ("example\u{3002}com".as_bytes(), "I4 another dot"),
        ("\u{ff45}xample.com".as_bytes(), "I4 full width"),
        ("example.com\u{200b}".as_bytes(), "I4 invisible"),
    ];
    // (kind, what stands before the spelling, reference, the clean name)
    let places: [(u8, &str, &str, &[u8]); 5] = [
        (URI, "sip:alice@", "sip:alice@example.com", b"sip:alice@example.com"),
        (URI, "im:alice@", "im:alice@example.com", b"im:alice@example.com"),
        (URI, "sip:", "sip:example.com", b"sip:example.com"),
        (DNS, "", "sip:example.com", b"example.com"),
        (EMAIL, "alice@", "mailto:alice@example.com", b"alice@example.com"),
    ];
    for (spelling, rule) in rows {
        for (kind, before, reference, clean) in places {
            let odd = (kind, [before.as_bytes(), spelling].concat());
            for options in [DEFAULT, EMAILS, STRICT] {
                let (matched, _) = compared(&named(&[(kind, &odd.1)]), reference, options);
                assert_eq!(matched, None, "{rule}: {reference} {spelling:?}");
                let (matched, _) = compared(&named(&[(kind, &odd.1), (kind, clean)]), reference, options);
                assert!(matched.is_some(), "{rule}: {reference} {spelling:?}");
            }
        }
        let Ok(text) = std::str::from_utf8(spelling) else { continue };
        let (matched, _) = compared(&certificate(&[(CN, text.as_bytes())]), "sip:example.com", DEFAULT);
        assert_eq!(matched, None, "{rule}: common name {spelling:?}");
    }
    // The same in the user part. (spelling of alice, rule)
    let rows: &[(&[u8], &str)] = &[
        (b"alice\0", "P9 NUL"),
        (b"alice%00", "P9 %00"),
        (b"alice%0d%0a", "P9 control characters"),
        (b"al\x08ice", "P9 control characters"),
        (b"alice ", "P9 white space"),
        (b"alice%20", "P9 white space"),
        (b"alice.", "P9 trailing dot"),
        (b"", "P9 empty"),
        ("\u{430}lice".as_bytes(), "I4 U+0430"),
        (b"%D0%B0lice", "I4 U+0430"),
        ("alice\u{a0}".as_bytes(), "I4 U+00A0"),
        (b"alice%C2%A0", "I4 U+00A0"),
        ("\u{200e}alice".as_bytes(), "I4 U+200E"),
        (b"%E2%80%8Ealice", "I4 U+200E"),
    ];
    for (spelling, rule) in rows {
        let name = [b"sip:", *spelling, b"@example.com"].concat();
        for options in [DEFAULT, EMAILS, STRICT] {
            let (matched, _) = compared(&named(&[(URI, &name)]), "sip:alice@example.com", options);
            assert_eq!(matched, None, "{rule}: {spelling:?}");
        }
    }
}
