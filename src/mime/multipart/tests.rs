use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use super::*;

fn multipart<'a>(octets: &'a [u8], rule: LineRule) -> Result<Multipart<'a>, Error> {
    Multipart::parse(&Entity::parse(Slice::new(octets), rule)?)
}

/// A body under a header that names the boundary `b`.
fn with_boundary(body: &[u8]) -> Vec<u8> {
    [b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", body].concat()
}

fn parts(body: &[u8], rule: LineRule) -> Result<Vec<Vec<u8>>, &'static str> {
    let octets = with_boundary(body);
    let found = multipart(&octets, rule).map_err(|error| error.code())?;
    Ok(found.parts().iter().map(|part| part.octets.octets().to_vec()).collect())
}

type Row = (&'static str, &'static [u8], Result<&'static [&'static [u8]], &'static str>);

const CR_LF_ROWS: &[Row] = &[
    ("mim_02", b"--b\r\n\r\nHello!\r\n--b--", Ok(&[b"\r\nHello!"])),
    ("two parts", b"--b\r\nA: 1\r\n\r\nx\r\n\r\n--b\r\n\r\ny\r\n--b--\r\n", Ok(&[b"A: 1\r\n\r\nx\r\n", b"\r\ny"])),
    ("trap_14", b"--b\r\n\r\nx\r\n--b--", Ok(&[b"\r\nx"])),
    ("m4_preamble_epilogue", b"pre\r\n--b\r\n\r\nx\r\n--b--\r\nepi\r\n--bx\r\n", Ok(&[b"\r\nx"])),
    ("padding", b"--b \t\r\n\r\nx\r\n--b-- \t \r\n", Ok(&[b"\r\nx"])),
    ("padding at the end", b"--b\r\n\r\nx\r\n--b-- ", Ok(&[b"\r\nx"])),
    ("empty body after fields", b"--b\r\nA: 1\r\n\r\n--b--", Ok(&[b"A: 1\r\n"])),
    ("empty body after an empty line", b"--b\r\n\r\n\r\n--b--", Ok(&[b"\r\n"])),
    ("empty part", b"--b\r\n\r\n--b--", Ok(&[b""])),
    ("binary", b"--b\r\n\r\n\0\r\r\n\n--b\n--b--\r--b\r\r\n--b--", Ok(&[b"\r\n\0\r\r\n\n--b\n--b--\r--b\r"])),
    ("m2_longer_line", b"--b\r\n\r\n--bc\r\n--b-\r\n--b--c\r\n--b c\r\n--b---\r\n--b--", {
        Ok(&[b"\r\n--bc\r\n--b-\r\n--b--c\r\n--b c\r\n--b---"])
    }),
    ("m2_shorter_line", b"--b\r\n\r\n--\r\n-b\r\n --b\r\nx--b\r\n--b--", Ok(&[b"\r\n--\r\n-b\r\n --b\r\nx--b"])),
    ("m2_case", b"--b\r\n\r\n--B\r\n--b--", Ok(&[b"\r\n--B"])),
    ("m2_only_in_epilogue", b"--b--\r\n--b\r\n\r\nx\r\n--b--", Err("mime.delimiter")),
    ("m2_no_delimiter", b"text", Err("mime.delimiter")),
    ("empty", b"", Err("mime.delimiter")),
    ("lf is no line end here", b"--b\n\nx\n--b--\n", Err("mime.delimiter")),
    ("lf before the delimiter", b"--b\r\n\r\nx\n--b--", Err("mime.unclosed")),
    ("m3_unclosed", b"--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n", Err("mime.unclosed")),
    ("m3_unclosed_by_a_hyphen", b"--b\r\n\r\nx\r\n--b-", Err("mime.unclosed")),
    ("m3_unclosed_at_a_delimiter", b"--b\r\n\r\nx\r\n--b", Err("mime.unclosed")),
    ("nothing between delimiters", b"--b\r\n--b--", Err("mime.no-empty-line")),
];

#[test]
fn parts_between_delimiters() {
    for (name, body, expected) in CR_LF_ROWS {
        let expected = expected.map(|parts| parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>());
        assert_eq!(parts(body, LineRule::CrLf), expected, "{name}");
        // A file of its own may have LF, so two of the rows read differently.
        if !name.starts_with("lf ") && *name != "binary" {
            assert_eq!(parts(body, LineRule::CrLfOrLf), expected, "{name} in a file");
        }
        for length in 0..body.len() {
            let _ = parts(&body[..length], LineRule::CrLf);
            let _ = parts(&body[..length], LineRule::CrLfOrLf);
        }
    }
}

#[test]
fn parts_in_a_file_with_lf() {
    let rows: [Row; 7] = [
        ("lf", b"pre\n--b\n\nx\n--b\n\ny\n--b--\nepi", Ok(&[b"\nx", b"\ny"])),
        ("lf, no end", b"--b\n\nx\n--b--", Ok(&[b"\nx"])),
        // openssl writes its delimiters with LF around content with CR LF.
        ("openssl", b"--b\nA: 1\r\n\r\nx\r\n\n--b--\n", Ok(&[b"A: 1\r\n\r\nx\r\n"])),
        // The CR is the last octet of the part, not half of a line end.
        ("a CR at the end", b"--b\n\n\0\r\n--b\n\n\0\r\n--b--", Ok(&[b"\n\0\r", b"\n\0\r"])),
        ("mixed", b"--b\r\n\r\nx\n--b\r\n\ny\r\n--b--\r\n", Ok(&[b"\r\nx", b"\ny"])),
        ("nothing between", b"--b\n--b--", Err("mime.no-empty-line")),
        ("unclosed", b"--b\n\nx\n--b--x\n", Err("mime.unclosed")),
    ];
    for (name, body, expected) in rows {
        let expected = expected.map(|parts| parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>());
        assert_eq!(parts(body, LineRule::CrLfOrLf), expected, "{name}");
    }
}

#[test]
fn m2_boundaries() {
    let seventy = "x".repeat(70);
    let rows = [
        ("boundary=b", "b", true),
        ("boundary=\"a b\"", "a b", true),
        (
            "boundary=\"----=_NextBoundary____Fri,_06_Sep_2002_00:25:21\"",
            "----=_NextBoundary____Fri,_06_Sep_2002_00:25:21",
            true,
        ),
        ("boundary=--", "--", true),
        (&format!("boundary={seventy}"), &seventy, true),
        (&format!("boundary={seventy}x"), &format!("{seventy}x"), false),
        ("boundary=\"b \"", "b ", false),
        ("boundary=\"\"", "", false),
        ("boundary=\"b\u{1}\"", "b\u{1}", false),
        ("boundary=\"b\u{fc}\"", "b\u{fc}", false),
        ("charset=b", "b", false),
    ];
    for (parameter, boundary, good) in rows {
        let octets =
            format!("Content-Type: multipart/mixed; {parameter}\r\n\r\n--{boundary}\r\n\r\nx\r\n--{boundary}--");
        let found = multipart(octets.as_bytes(), LineRule::CrLf).map(|found| found.parts().len());
        let expected = if good { Ok(1) } else { Err("mime.boundary") };
        assert_eq!(found.map_err(|error| error.code()), expected, "{parameter}");
    }
    for header in ["", "Content-Type: text/plain; boundary=b\r\n"] {
        let octets = format!("{header}\r\n--b\r\n\r\nx\r\n--b--");
        assert_eq!(multipart(octets.as_bytes(), LineRule::CrLf).unwrap_err().code(), "mime.boundary");
    }
    let encoded =
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\n--b--";
    assert_eq!(multipart(encoded, LineRule::CrLf).unwrap_err().code(), "mime.transfer-encoding");
}

#[test]
fn m2_nested_boundaries() {
    let nested = |outer: &str, inner: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=\"{outer}\"\r\n\r\n--{outer}\r\n\
             Content-Type: multipart/mixed; boundary=\"{inner}\"\r\n\r\n--{inner}\r\n\r\nx\r\n--{inner}--\r\n\r\n--{outer}--"
        )
    };
    let rows = [
        ("a", "b", true),
        ("a", "ab", true),
        ("ab", "a", true),
        ("a", "a", false),
        ("a", "a--", false),
        ("a--", "a", false),
    ];
    for (outer, inner, good) in rows {
        let octets = nested(outer, inner);
        let found = multipart(octets.as_bytes(), LineRule::CrLf);
        match good {
            true => {
                let inner = Multipart::parse(&found.unwrap().parts()[0].entity().unwrap()).unwrap();
                assert_eq!(inner.parts()[0].octets.octets(), b"\r\nx", "{octets}");
            }
            false => assert_eq!(found.unwrap_err().code(), "mime.ambiguous-boundary", "{octets}"),
        }
    }
    // Two levels further in, its delimiters divide the outermost one first.
    let octets = nested("a", "m").replace("\r\nx\r\n", "Content-Type: multipart/mixed; boundary=a\r\n\r\nx\r\n");
    let outer = multipart(octets.as_bytes(), LineRule::CrLf).unwrap();
    let middle = Multipart::parse(&outer.parts()[0].entity().unwrap());
    assert_eq!(middle.unwrap_err().code(), "mime.ambiguous-boundary");
}

#[test]
fn r2_nesting_is_capped() {
    let mut octets = "\r\nx".to_owned();
    for level in (0..10_000).rev() {
        octets =
            format!("Content-Type: multipart/mixed; boundary=n{level}\r\n\r\n--n{level}\r\n{octets}\r\n--n{level}--");
        if level == 0 || octets.len() > 4_000_000 {
            break;
        }
    }
    let mut entity = Entity::parse(Slice::new(octets.as_bytes()), LineRule::CrLf).unwrap();
    let mut levels = 0;
    let error = loop {
        match Multipart::parse(&entity) {
            Ok(found) => entity = found.parts()[0].entity().unwrap(),
            Err(error) => break error,
        }
        levels += 1;
    };
    assert_eq!((levels, error.code()), (MAX_NESTING, "limit.nesting"));
}

#[test]
fn r4_parts_are_capped() {
    let body = |count: usize| [&b"--b\r\n\r\nx\r\n".repeat(count)[..], b"--b--"].concat();
    assert_eq!(parts(&body(MAX_PARTS), LineRule::CrLf).map(|parts| parts.len()), Ok(MAX_PARTS));
    assert_eq!(parts(&body(MAX_PARTS + 1), LineRule::CrLf), Err("limit.count"));
}

#[test]
fn m4_text_outside_the_parts_is_kept_apart() {
    let octets = with_boundary(b"pre\r\n\r\n--b\r\n\r\nx\r\n--b--\r\nepi");
    let found = multipart(&octets, LineRule::CrLf).unwrap();
    assert_eq!((found.preamble().octets(), found.epilogue().octets()), (&b"pre\r\n"[..], &b"epi"[..]));
    assert!(found.has_outside_text());
    let octets = with_boundary(b"\r\n--b\r\n\r\nx\r\n--b--\r\n \r\n");
    assert!(!multipart(&octets, LineRule::CrLf).unwrap().has_outside_text());
}

#[test]
fn trap_17_early_close() {
    let octets = with_boundary(b"--b\r\n\r\nx\r\n--b--\r\n\r\ny\r\n--b--\r\n");
    let found = multipart(&octets, LineRule::CrLf).unwrap();
    let at = found.early_close().unwrap();
    assert_eq!((found.parts().len(), &octets[at.start..at.end]), (1, &b"--b--"[..]));
    let octets = with_boundary(b"--b\r\n\r\nx\r\n--b--\r\n\r\ny\r\n--b-\r\n");
    assert_eq!(multipart(&octets, LineRule::CrLf).unwrap().early_close(), None);
}

const SIGNED: &str = "Content-Type: multipart/signed;boundary=b;micalg=sha1;protocol=\"application/pkcs7-signature\"\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nHello!\r\n--b\r\nContent-Type: Application/PKCS7-signature;name=smime.p7s\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nMAMC\r\nAQE=\r\n--b--";

fn signed(octets: &str) -> Result<MultipartSigned<'_>, Error> {
    MultipartSigned::parse(&Entity::parse(Slice::new(octets.as_bytes()), LineRule::CrLf)?)
}

#[test]
fn mim_03_what_is_signed() {
    let found = signed(SIGNED).unwrap();
    assert_eq!(found.content.octets(), b"Content-Type: text/plain\r\n\r\nHello!");
    assert_eq!(found.entity().unwrap().body().octets(), b"Hello!");
    assert_eq!(
        (found.signature.as_ref(), found.signature_body.octets()),
        (&b"0\x03\x02\x01\x01"[..], &b"MAMC\r\nAQE="[..])
    );
    assert_eq!((found.protocol.as_str(), found.micalg.as_deref()), ("application/pkcs7-signature", Some("sha1")));
    assert!(!found.protocol_needs_quotes && !found.outside_text);
    for length in 0..SIGNED.len() {
        let unclosed = signed(&SIGNED[..length]).is_err();
        assert!(unclosed, "{length}");
    }
}

#[test]
fn m3_multipart_signed() {
    let one = "--b\r\nContent-Type: text/plain\r\n\r\nHello!\r\n";
    let rows = [
        ("m3_one_part", SIGNED.replace(one, ""), "mime.multipart-signed"),
        ("m3_three_parts", SIGNED.replace(one, &one.repeat(2)), "mime.multipart-signed"),
        (
            "m3_signature_first",
            SIGNED.replace(one, "").replace("--b--", &format!("{one}--b--")),
            "mime.multipart-signed",
        ),
        ("m3_protocol", SIGNED.replace("n/pkcs7-signature\"", "n/pgp-signature\""), "mime.multipart-signed"),
        ("m3_no_protocol", SIGNED.replace("protocol", "p"), "mime.multipart-signed"),
        ("m3_part_without_type", SIGNED.replace("Content-Type: Application", "X: a"), "mime.multipart-signed"),
        ("m3_unclosed", SIGNED.replace("--b--", "--b"), "mime.unclosed"),
        ("m3_no_empty_line", SIGNED.replace("base64\r\n\r\n", "base64\r\n"), "mime.no-empty-line"),
        ("m6_base64", SIGNED.replace("AQE=", "AQE"), "mime.base64"),
        ("other type", SIGNED.replace("multipart/signed", "multipart/mixed"), "mime.multipart-signed"),
    ];
    for (name, octets, code) in rows {
        assert_ne!(octets, SIGNED, "{name}");
        assert_eq!(signed(&octets).map(|_| ()).map_err(|error| error.code()), Err(code), "{name}");
    }
    let unquoted = SIGNED.replace('"', "");
    assert!(signed(&unquoted).unwrap().protocol_needs_quotes);
    assert_eq!(signed(&SIGNED.replace("micalg=sha1;", "")).unwrap().micalg, None);
}

/// Counts up, so that a boundary can be made to occur.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

#[test]
fn mim_13_a_boundary_occurs_in_no_part() {
    let rope =
        |pieces: &[&'static str]| pieces.iter().map(|piece| Cow::Borrowed(piece.as_bytes())).collect::<Rope<'_>>();
    let rows = [
        (vec![rope(&["Hello"])], "0000000000000001"),
        (vec![rope(&["x"]), rope(&["\u{0}000000000000001\u{0}"])], "0000000000000001"),
        (vec![rope(&["x"]), rope(&["\u{0}0000000000000001\u{0}"])], "0000000000000002"),
        (vec![rope(&["0000000000000001", "0000000000000002"])], "0000000000000003"),
        // Across seams.
        (vec![rope(&["x00000000", "00000001y"])], "0000000000000002"),
        (vec![rope(&["0", "0", "0", "0", "0", "", "0", "0", "0", "000000", "01"])], "0000000000000002"),
        (vec![rope(&["00000000"]), rope(&["00000001"])], "0000000000000001"),
    ];
    for (parts, expected) in rows {
        let boundary = choose_boundary(&parts, &mut Counter(0));
        assert_eq!(boundary, expected, "{parts:?}");
        let body = write(&boundary, parts.clone()).concat();
        let octets = [format!("Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n").as_bytes(), &body].concat();
        let found = multipart(&octets, LineRule::CrLf).unwrap();
        let read: Vec<_> = found.parts().iter().map(|part| part.octets.octets().to_vec()).collect();
        let written: Vec<_> = parts.iter().map(|part| part.concat()).collect();
        assert_eq!(read, written);
    }
}

#[test]
fn r1_large_bodies_are_divided_in_linear_time() {
    // Every line looks like a delimiter until its end.
    let hostile = b"--b\t\t\t\t\t\t\t\tx\r\n".repeat(200_000);
    let body = [b"--b\r\n\r\n", &hostile[..], b"\r\n--b--"].concat();
    assert_eq!(parts(&body, LineRule::CrLf).map(|parts| parts[0].len()), Ok(hostile.len() + 2));
}
