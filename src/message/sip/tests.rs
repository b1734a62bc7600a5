use super::*;
use crate::mime::entity::EntityBuf;
use crate::mime::multipart::{Multipart, MultipartSigned};

fn parse(octets: &[u8]) -> Result<RawMessage<'_>, Error> {
    RawMessage::parse(octets, Some(Form::Sip))
}

fn code(octets: &[u8]) -> Result<(), &'static str> {
    parse(octets).map(|_| ()).map_err(|error| error.code())
}

fn torture(file: &str) -> Vec<u8> {
    std::fs::read(format!("testdata/rfc/rfc4475/{file}")).unwrap()
}

/// What frames.tsv says a reader of one datagram can tell, in our codes.
fn expected(framing: &str, start_line: &str) -> Result<(), &'static str> {
    match (start_line, framing) {
        ("ok", framing) if framing.starts_with("ok") => Ok(()),
        ("ok", framing) if framing.starts_with("incomplete") => Err("sip.truncated"),
        ("ok", framing) if framing.starts_with("conflicting") => Err("sip.content-length-twice"),
        ("ok", other) => panic!("unknown: {other}"),
        _ => Err("sip.start-line"),
    }
}

#[test]
fn f5_torture() {
    let table = String::from_utf8(torture("frames.tsv")).unwrap();
    let mut files = 0;
    for row in table.lines().skip(1) {
        let [file, _, framing, start_line, head, body, length] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        files += 1;
        let octets = torture(file);
        let found = parse(&octets);
        let expected = expected(framing, start_line);
        assert_eq!(found.as_ref().map(|_| ()).map_err(Error::code), expected, "{file}");
        assert_eq!(RawMessage::parse(&octets, None).is_ok(), expected.is_ok(), "{file} unasked");
        for prefix in 0..octets.len() {
            let _ = RawMessage::parse(&octets[..prefix], None).map(|message| message.entity().is_ok());
        }
        let Ok(message) = found else { continue };
        let sip = message.sip().unwrap();
        assert_eq!(sip.head.len().to_string(), head, "{file}");
        assert_eq!((sip.body.len() + message.rest().len()).to_string(), body, "{file}");
        assert_eq!(length != "-", sip.fields.iter().any(|field| field.sip_name_is("l")), "{file}");
        let entity = EntityBuf::from(&message.entity().unwrap());
        // Without Content-Length one is added, all else comes back octet by octet.
        let written = String::from_utf8_lossy(&message.with_entity(&entity).unwrap()).into_owned();
        let added = if length == "-" { format!("Content-Length: {body}\r\n\r\n") } else { "\r\n".to_owned() };
        let (head, body) = (String::from_utf8_lossy(sip.head.octets()), String::from_utf8_lossy(sip.body.octets()));
        // The compact name is the one thing that an entity does not keep.
        let head = head
            .strip_suffix("\r\n")
            .unwrap()
            .replace("\r\nC: ", "\r\nContent-Type: ")
            .replace("\r\nc: ", "\r\nContent-Type: ");
        assert_eq!(written, format!("{head}{added}{body}"), "{file}");
    }
    assert_eq!(files, 33);
}

#[test]
fn f5_torture_in_detail() {
    let octets = torture("wsinv.dat");
    let message = parse(&octets).unwrap();
    assert_eq!(
        message.fields_named("To").next().unwrap().unfolded().as_ref(),
        b"sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n"
    );
    assert_eq!(message.fields_named("From").next().unwrap().name.octets(), b"from");
    assert_eq!((message.method(), message.fields_named("Via").count()), (Some("INVITE"), 2));
    assert_eq!(message.fields_named("subject").next().unwrap().unfolded().as_ref(), b"");

    let octets = torture("intmeth.dat");
    assert_eq!(parse(&octets).unwrap().method(), Some("!interesting-Method0123456789_*+`.%indeed'~"));

    let octets = torture("noreason.dat");
    let message = parse(&octets).unwrap();
    assert_eq!(
        (message.status(), message.is_request(), message.start_line().unwrap().octets()),
        (Some(100), false, &b"SIP/2.0 100 "[..])
    );

    // Two messages of one datagram.
    let octets = torture("dblreq.dat");
    let message = parse(&octets).unwrap();
    assert_eq!((message.octets().len(), message.findings()[0].code), (300, "SIP-TRAILING-BYTES"));
    // The second has five octets more than it says, which a datagram ignores with all of it.
    assert!(begins_message(skip_line_ends(message.rest())));
    assert_eq!(code(message.rest().octets()), Err("sip.trailing-octets"));

    // RFC 3261 section 20.10: From has one address; whether this one has is for the reader of URIs to say.
    let octets = torture("multi01.dat");
    assert_eq!(parse(&octets).unwrap().fields_named("From").count(), 2);
}

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("testdata/rfc/{path}")).unwrap()
}

#[test]
fn rfc_6216_what_is_signed() {
    for name in ["smime-msg", "noeku-smime-msg", "cms-smime-msg", "smime-sign-encrypt"] {
        let octets = file(&format!("rfc6216/{name}.sip"));
        let message = RawMessage::parse(&octets, None).unwrap();
        let signed = MultipartSigned::parse(&message.entity().unwrap()).unwrap();
        assert_eq!(signed.content.octets(), file(&format!("rfc6216/{name}.signed.bin")), "{name}");
        assert_eq!(signed.signature.as_ref(), file(&format!("rfc6216/{name}.p7s")), "{name}");
        assert_eq!((signed.micalg.as_deref(), signed.outside_text), (Some("sha1"), false), "{name}");
        // TRAP-14: the body ends with the closing delimiter.
        assert!(octets.ends_with(b"--"), "{name}");
        // LF became CR LF in the published archive, so the body is longer than it says.
        let published = file(&format!("rfc6216/as-published/{name}.dat"));
        assert_eq!(RawMessage::parse(&published, None).unwrap_err().code(), "sip.trailing-octets", "{name}");
    }
}

#[test]
fn rfc_6216_trailing_line_end() {
    let octets = [file("rfc6216/message-tls.sip"), b"\r\n".to_vec()].concat();
    let message = RawMessage::parse(&octets, None).unwrap();
    assert_eq!(message.findings()[0].code, "SIP-TRAILING-BYTES");
    assert_eq!(message.entity().unwrap().body().octets(), b"Hello!");
}

#[test]
fn rfc_8591_opaque() {
    let octets = file("rfc8591/10.1.sip");
    let entity = RawMessage::parse(&octets, None).unwrap().entity().unwrap();
    assert_eq!(entity.decoded_body().unwrap().as_ref(), file("rfc8591/10.1.p7m"));
    assert!(entity.content_type().unwrap().unwrap().is_smime(None));
    assert_eq!(entity.disposition().unwrap().unwrap().filename(), Some("smime.p7m"));
}

#[test]
fn trap_24_a_signature_under_another_label() {
    let octets = torture("mpart01.dat");
    let multipart = Multipart::parse(&RawMessage::parse(&octets, None).unwrap().entity().unwrap()).unwrap();
    let [text, object] = multipart.parts() else { panic!("two parts") };
    assert_eq!(text.entity().unwrap().body().octets(), b"Hello");
    let object = object.entity().unwrap();
    assert!(!object.content_type().unwrap().unwrap().is_smime(None));
    assert_eq!(Form::recognise(object.body().octets()), Some(Form::Der));
}

/// Does everything with a message that can be done on these floors.
fn exercise(octets: &[u8], form: Option<Form>) {
    let Ok(message) = RawMessage::parse(octets, form) else { return };
    assert_eq!([message.octets().octets(), message.rest().octets()].concat(), octets);
    let Ok(entity) = message.entity() else { return };
    let _ = (entity.content_type(), entity.disposition(), entity.decoded_body(), MultipartSigned::parse(&entity));
    if let Ok(multipart) = Multipart::parse(&entity) {
        for part in multipart.parts() {
            let _ = part.entity().map(|part| part.decoded_body().is_ok());
        }
    }
    let canonical = [true, false].map(|binary| entity.canonicalize(binary).is_ok());
    assert!(canonical[0]);
    let Ok(written) = message.with_entity(&EntityBuf::from(&entity)) else { return };
    let again = RawMessage::parse(&written, Some(message.form())).unwrap();
    assert_eq!(again.entity().unwrap().body(), again.octets().skip(written.len() - entity.body().len()));
    assert_eq!(again.entity().unwrap().body().octets(), entity.body().octets());
}

#[test]
fn r1_damaged_messages() {
    let files = [
        ("rfc4475/wsinv.dat", Form::Sip),
        ("rfc4475/mpart01.dat", Form::Sip),
        ("rfc6216/smime-msg.sip", Form::Sip),
        ("rfc8591/10.1.sip", Form::Sip),
        ("rfc4134/4.9.eml", Form::Mime),
        ("rfc4134/4.2.bin", Form::Der),
    ];
    for (path, form) in files {
        let octets = file(path);
        exercise(&octets, None);
        for at in 0..octets.len() {
            exercise(&octets[..at], Some(form));
            for bit in [0, 3, 5, 7] {
                let mut damaged = octets.clone();
                damaged[at] ^= 1 << bit;
                exercise(&damaged, Some(form));
            }
        }
    }
}

fn with_length(fields: &str, body: &str) -> Vec<u8> {
    format!("MESSAGE sip:b@c SIP/2.0\r\nContent-Type: a/b\r\n{fields}\r\n{body}").into_bytes()
}

#[test]
fn f2_content_length() {
    let huge = "18446744073709551616";
    let rows: [(&str, &str, Result<usize, &str>); 25] = [
        ("Content-Length: 4\r\n", "body", Ok(4)),
        ("l:4\r\n", "body", Ok(4)),
        ("CONTENT-length \t: \r\n 0004\t\r\n", "body", Ok(4)),
        ("Content-Length: 0\r\n", "", Ok(0)),
        // Absent: to the end of the input.
        ("", "body\r\n", Ok(6)),
        ("", "", Ok(0)),
        ("Content-Length: 4\r\nContent-Length: 4\r\n", "body", Err("sip.content-length-twice")),
        ("Content-Length: 4\r\nContent-Length: 3\r\n", "body", Err("sip.content-length-twice")),
        ("Content-Length: 4\r\nl: 4\r\n", "body", Err("sip.content-length-twice")),
        ("Content-Length: 4, 4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: +4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: -4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 0x4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 4 4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 4\r\n 4\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 4.0\r\n", "body", Err("sip.content-length")),
        ("Content-Length: \u{664}\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 4\u{c}\r\n", "body", Err("sip.content-length")),
        ("Content-Length:\r\n", "body", Err("sip.content-length")),
        ("Content-Length: 5\r\n", "body", Err("sip.truncated")),
        ("Content-Length: 4294967296\r\n", "body", Err("sip.truncated")),
        ("Content-Length: 18446744073709551615\r\n", "body", Err("sip.truncated")),
        (&format!("Content-Length: {huge}\r\n"), "body", Err("sip.content-length")),
        ("Content-Length: 3\r\n", "body", Err("sip.trailing-octets")),
        ("Content-Length: 4\r\n", "body\r\n\n", Err("sip.trailing-octets")),
    ];
    for (fields, body, expected) in rows {
        let octets = with_length(fields, body);
        let found = parse(&octets).map(|message| message.entity().unwrap().body().len());
        assert_eq!(found.map_err(|error| error.code()), expected, "{fields:?} {body:?}");
    }
}

#[test]
fn frs_03_octets_after_the_body() {
    let next = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    let rows = [
        ("", Ok(false)),
        ("\r\n", Ok(true)),
        ("\r\n\r\n\r\n", Ok(true)),
        (next, Ok(true)),
        (&format!("\r\n\r\n{next}"), Ok(true)),
        // Which LF the next message has is said when it is read.
        ("SIP/2.0 200 OK\n", Ok(true)),
        ("\r", Err("sip.trailing-octets")),
        ("\n", Err("sip.trailing-octets")),
        ("x", Err("sip.trailing-octets")),
        ("SIP/2.0 200 OK", Err("sip.trailing-octets")),
        ("SIP/3.0 200 OK\r\n", Err("sip.trailing-octets")),
        ("--boundary--\r\n", Err("sip.trailing-octets")),
    ];
    for (after, expected) in rows {
        let octets = with_length("Content-Length: 4\r\n", &format!("body{after}"));
        let found = parse(&octets).map(|message| {
            assert_eq!(
                (message.rest().octets(), message.sip().unwrap().body.octets()),
                (after.as_bytes(), &b"body"[..])
            );
            message.findings().iter().any(|finding| finding.code == "SIP-TRAILING-BYTES")
        });
        assert_eq!(found.map_err(|error| error.code()), expected, "{after:?}");
    }
}

#[test]
fn f4_start_lines() {
    let rows: [(&[u8], Option<&str>); 32] = [
        (b"MESSAGE sip:b@c SIP/2.0", None),
        (b"MESSAGE tel:+1 sip/2.0", None),
        (b"m im:b@c SIP/2.0", None),
        (b"SIP/2.0 200 OK", None),
        (b"SIP/2.0 100 ", None),
        (b"sip/2.0 699 \xD0\xA3\xD0\xB6\t\xFF", None),
        (b"", Some("it has one word")),
        (b"MESSAGE", Some("it has one word")),
        (b"MESSAGE ", Some("a blank stands at its end")),
        (b"MESSAGE SIP/2.0", Some("the Request-URI or the version is missing")),
        (b"MESSAGE sip:b@c", Some("the Request-URI or the version is missing")),
        (b"MESSAGE sip:b@c ", Some("a blank stands at its end")),
        (b"MESSAGE  SIP/2.0", Some("the Request-URI has no scheme")),
        (b"MESSAGE sip:b@c SIP/2.0 ", Some("a blank stands at its end")),
        (b"MESSAGE sip:b@c SIP/3.0", Some("the version is not SIP/2.0")),
        (b"MESSAGE sip:b@c SIP/2.00", Some("the version is not SIP/2.0")),
        (b"GET / HTTP/1.1", Some("the version is not SIP/2.0")),
        (b"GET / SIP/2.0", Some("the Request-URI has no scheme")),
        (b"MESSAGE :b SIP/2.0", Some("the Request-URI has no scheme")),
        (b" MESSAGE sip:b@c SIP/2.0", Some("the method is not a token")),
        (b"MESS\0AGE sip:b@c SIP/2.0", Some("the method is not a token")),
        (b"M\xC3\x89 sip:b@c SIP/2.0", Some("the method is not a token")),
        (b"MESSAGE sip:b\0@c SIP/2.0", Some("the Request-URI has an octet that may not stand there")),
        (b"MESSAGE sip:\xC3\xA9@c SIP/2.0", Some("the Request-URI has an octet that may not stand there")),
        (b"MESSAGE  sip:b@c SIP/2.0", Some("the Request-URI has an octet that may not stand there")),
        (b"MESSAGE sip:b@c\t SIP/2.0", Some("the Request-URI has an octet that may not stand there")),
        (b"MESSAGE <sip:b@c> SIP/2.0", Some("the Request-URI has an octet that may not stand there")),
        (b"SIP/2.0 200", Some("the version is not followed by a blank, three digits and a blank")),
        (b"SIP/2.0 2000 OK", Some("the version is not followed by a blank, three digits and a blank")),
        (b"SIP/2.0 +20 OK", Some("the status code is not three digits")),
        (b"SIP/3.0 200 OK", Some("the version is not SIP/2.0")),
        (b"SIP/2.0 200 O\0K", Some("the reason phrase has a control character")),
    ];
    for (line, detail) in rows {
        let found = StartLine::parse(Slice::new(line)).map(|start_line| assert_eq!(start_line.line().octets(), line));
        let expected = detail.map(|detail| format!("the start line is not a SIP request or status line: {detail}"));
        assert_eq!(found.map_err(|error| error.to_string()).err(), expected, "{}", line.escape_ascii());
        if detail.is_none() {
            assert_eq!(code(&[line, b"\r\n\r\n"].concat()), Ok(()));
            assert_eq!(code(&[line, b"\n\n"].concat()), Err("sip.bare-lf"));
            assert_eq!(code(&[line, b"\r\n"].concat()), Err("sip.head-unended"));
        }
    }
    let long = format!("MESSAGE sip:{}@c SIP/2.0\r\n\r\n", "b".repeat(64 * 1024));
    assert_eq!(code(long.as_bytes()), Err("limit.head"));
    let many = format!("MESSAGE sip:b@c SIP/2.0\r\n{}\r\n", "A: 1\r\n".repeat(100_000));
    assert_eq!(code(many.as_bytes()), Err("limit.head"));
}

#[test]
fn framing_errors_of_the_head() {
    let rows = [
        ("MESSAGE sip:b@c SIP/2.0\r\nA: 1\nB: 2\r\n\r\n", "sip.bare-lf"),
        ("MESSAGE sip:b@c SIP/2.0\nA: 1\n\nbody", "sip.bare-lf"),
        ("\n\nMESSAGE sip:b@c SIP/2.0\r\n\r\n", "sip.bare-lf"),
        ("MESSAGE sip:b@c SIP/2.0\r\n folded\r\n\r\n", "sip.header-field"),
        ("MESSAGE sip:b@c SIP/2.0\r\nno colon\r\n\r\n", "sip.header-field"),
        ("MESSAGE sip:b@c SIP/2.0\r\nTransfer-Encoding: gzip,\r\n Chunked\r\n\r\n", "sip.chunked"),
        ("\r\n\r\n", "input.empty"),
    ];
    for (octets, expected) in rows {
        assert_eq!(code(octets.as_bytes()), Err(expected), "{octets:?}");
    }
    assert_eq!(code(b"MESSAGE sip:b@c SIP/2.0\r\nTransfer-Encoding: identity\r\n\r\n"), Ok(()));
}

#[test]
fn frs_01_the_body_is_opaque() {
    let body: Vec<u8> = (0..=255).chain(*b"\r\n\r\n").collect();
    let octets = [b"MESSAGE sip:b@c SIP/2.0\r\nc: a/b\r\nl: 260\r\n\r\n", &body[..]].concat();
    let message = parse(&octets).unwrap();
    let entity = message.entity().unwrap();
    assert_eq!(entity.body().octets(), body);
    let written = message.with_entity(&EntityBuf::from(&entity)).unwrap();
    assert_eq!(parse(&written).unwrap().entity().unwrap().body().octets(), body);
}

#[test]
fn f3_the_entity_of_a_message() {
    let rows: [(&str, &str, Result<usize, &str>); 10] = [
        ("c: a/b\r\n", "body", Ok(1)),
        ("c: a/b\r\nE: gzip\r\nContent-Target: x\r\nContent-Length: 4\r\nMIME-Version: 1.0\r\n", "body", Ok(3)),
        // FRS-09: a type with no body is an empty body of that type.
        ("c: a/b\r\n", "", Ok(1)),
        ("", "", Ok(0)),
        ("", "body", Err("sip.no-content-type")),
        ("Content-Disposition: render\r\n", "body", Err("sip.no-content-type")),
        ("c: a/b\r\nContent-Type: a/b\r\n", "body", Err("sip.content-field-twice")),
        ("c: a/b\r\nC: a/b\r\n", "", Err("sip.content-field-twice")),
        (
            "c: a/b\r\nContent-Transfer-Encoding: binary\r\ncontent-transfer-encoding: binary\r\n",
            "x",
            Err("sip.content-field-twice"),
        ),
        // A list may stand on several lines.
        ("c: a/b\r\ne: gzip\r\ne: gzip\r\nContent-Language: fr\r\nContent-Language: en\r\n", "x", Ok(5)),
    ];
    for (fields, body, expected) in rows {
        let octets = format!("MESSAGE sip:b@c SIP/2.0\r\n{fields}\r\n{body}");
        let found = parse(octets.as_bytes()).unwrap().entity().map(|entity| entity.fields().len());
        assert_eq!(found.map_err(|error| error.code()), expected, "{fields:?}");
    }
}
