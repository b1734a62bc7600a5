//! `verify --diagnose` (VFY-31): what other programs signed is damaged here, by code of this test's own, and the damage is
//! named. It stays refused. What was really changed has no name.

use serde_json::{Value, json};

use crate::scene::{Scene, objects, replaced};
use crate::support::{ROOT, Ran, assert_none};

pub const VERIFY: &str = "verify -CAfile @ca.pem --at-time 2026-01-01 --identity none";

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{ROOT}/testdata/interop/{name}")).unwrap()
}

/// What a program of others signed, with or without the content: the object and the content.
fn fixtures(object: &str, content: &str) -> (Vec<u8>, Vec<u8>) {
    (fixture(object), fixture(content))
}

/// Whether openssl is there. It must be if the peers are required.
pub fn has_openssl(scene: &Scene) -> bool {
    let is_there = scene.shell("openssl version").status == 0;
    assert!(is_there || std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
    is_there
}

/// What openssl signs, detached, with Alice's key and these octets as they are.
pub fn by_openssl(scene: &Scene, content: &[u8], options: &str) -> Vec<u8> {
    scene.write("content", content);
    let command =
        "openssl cms -sign -binary -outform DER -signer @alice.pem -inkey alice.key -in content -out made.der";
    let ran = scene.shell(&format!("{command} {options}"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    scene.read("made.der")
}

fn all(octets: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut made = Vec::new();
    let mut rest = octets;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        made.extend_from_slice(&rest[..at]);
        made.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    [made, rest.to_vec()].concat()
}

pub fn to_lf(octets: &[u8]) -> Vec<u8> {
    all(octets, b"\r\n", b"\n")
}

/// As a text mode writes: CR before every LF.
pub fn text_mode(octets: &[u8]) -> Vec<u8> {
    all(octets, b"\n", b"\r\n")
}

/// What is left of the answer without what a diagnosis adds: it must be the same.
fn without_diagnosis(ran: &Ran) -> Value {
    let mut object = objects(&ran.stdout).remove(0);
    let take_hint = |error: &mut Value| {
        if let Some(error) = error.as_object_mut() {
            error.remove("hint");
        }
    };
    take_hint(&mut object["error"]);
    if let Some(verification) = object["verification"].as_object_mut() {
        verification.remove("diagnosis");
        for signer in verification["signers"].as_array_mut().unwrap() {
            signer.as_object_mut().unwrap().remove("diagnosis");
            take_hint(&mut signer["integrity"]["error"]);
        }
    }
    object
}

/// Verifies with `--diagnose`, and says what is wrong with the answer: it has to be refused as it is without, with this
/// exit code and nothing written, and each signer, or the object, has to have a diagnosis of these damages.
pub fn faults(scene: &Scene, arguments: &str, exit: i32, damages: &[&str], signature: Option<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let name = damages.join(", ");
    let text = scene.run(&format!("{VERIFY} --diagnose {arguments}"));
    let shown = match damages {
        [] => "diagnosis: cause not found: ".to_owned(),
        _ => format!("[{name}]"),
    };
    if text.status != exit || !text.stdout.is_empty() || !text.said().contains(&shown) {
        faults.push(format!("{name}: {arguments}: {}: {}", text.status, text.said()));
    }
    let ran = scene.run(&format!("{VERIFY} --diagnose --json -out product {arguments}"));
    let object = objects(&ran.stdout).remove(0);
    let verification = &object["verification"];
    let signers = verification["signers"].as_array().unwrap().iter().map(|signer| &signer["diagnosis"]);
    let diagnoses: Vec<&Value> = signers.chain(verification.get("diagnosis")).collect();
    for diagnosis in &diagnoses {
        if diagnosis["damages"] != json!(damages) || diagnosis["signature"] != json!(signature) {
            faults.push(format!("{name}: {arguments}: {diagnosis}"));
        }
        // The hint says what to do.
        if !damages.is_empty() && object["error"]["hint"] != diagnosis["hint"] {
            faults.push(format!("{name}: {arguments}: {}", object["error"]["hint"]));
        }
    }
    if diagnoses.is_empty() || scene.path("product").exists() {
        faults.push(format!("{name}: {arguments}: {object}"));
    }
    let plain = scene.run(&format!("{VERIFY} --json -out product {arguments}"));
    if without_diagnosis(&plain) != without_diagnosis(&ran) || plain.status != ran.status {
        faults.push(format!("{name}: another answer: {} {}", without_diagnosis(&plain), without_diagnosis(&ran)));
    }
    faults
}

/// The faults of a detached object over a content that was damaged.
fn detached_faults(scene: &Scene, object: &[u8], damaged: &[u8], damages: &[&str]) -> Vec<String> {
    scene.write("object.der", object);
    scene.write("damaged", damaged);
    let signature = (!damages.is_empty()).then_some("right");
    let arguments = "--allow-legacy -content damaged object.der";
    let found = faults(scene, arguments, 1, damages, signature);
    let start = &damaged[..damaged.len().min(300)];
    found.into_iter().map(|fault| format!("{fault}\n  of {}", start.escape_ascii())).collect()
}

// What peers signed long ago, damaged in the ways that need nothing special in it.
#[test]
fn vfy_31_damage_to_what_peers_signed() {
    let scene = Scene::new();
    let (text, multipart, binary) = ("content.mime", "content-multipart.mime", "content-binary.mime");
    type Damage = fn(&[u8]) -> Vec<u8>;
    let rows: [(&str, &str, Damage, &[&str]); 26] = [
        ("openssl/multipart-detached.der", multipart, to_lf, &["line-ends-lf"]),
        ("gpgsm/rsa2048-detached.der", text, to_lf, &["line-ends-lf"]),
        ("cmsutil/p256-detached.der", text, to_lf, &["line-ends-lf"]),
        ("bouncycastle/ed25519-detached.der", text, to_lf, &["line-ends-lf"]),
        // The header alone: a body of octets has LF of its own.
        ("pyca/binary-detached.der", binary, |octets| all(octets, b"\r\n", b"\n"), &["line-ends-lf"]),
        ("openssl/p256-detached-noattr.der", text, to_lf, &["line-ends-lf"]),
        ("bouncycastle/rsa2048-detached-noattr.der", text, to_lf, &["line-ends-lf"]),
        ("bouncycastle/binary-detached.der", binary, text_mode, &["line-ends-crlf"]),
        ("openssl/binary-detached.der", binary, text_mode, &["line-ends-crlf"]),
        ("openssl/multipart-detached.der", multipart, |octets| all(octets, b"\r\n", b"\r"), &["line-ends-cr"]),
        ("gpgsm/rsa2048-detached-sha512.der", text, |octets| octets[..46].to_vec(), &["final-line-end-lost"]),
        ("pyca/p384-detached.der", text, |octets| [octets, b"\r\n"].concat(), &["final-line-end-added"]),
        ("pyca/p256-detached.der", text, |octets| [octets, b"\r\n\r\n"].concat(), &["final-line-end-added"]),
        ("cmsutil/rsa2048-detached.der", text, |octets| [octets, b"\n"].concat(), &["final-line-end-added"]),
        (
            "openssl/multipart-detached.der",
            multipart,
            |octets| all(octets, b".\r\n", b". \t \r\n"),
            &["trailing-blanks-added"],
        ),
        (
            "openssl/two-signers-detached.der",
            text,
            |octets| [b"X-Scanned: yes\r\n", octets].concat(),
            &["fields-added"],
        ),
        (
            "bouncycastle/two-keys-detached.der",
            text,
            |octets| [b"A: 1\r\n", &replaced(octets, b"\r\n\r\n", b"\r\nB: 2\r\nC: 3\r\n\r\n")[..]].concat(),
            &["fields-added"],
        ),
        (
            "openssl/binary-detached.der",
            binary,
            |octets| replaced(octets, b"Content-Transfer-Encoding: binary\r\n", b"Content-Transfer-Encoding: 8bit\r\n"),
            &["transfer-encoding-relabelled"],
        ),
        ("gpgsm/rsa2048-detached.der", text, |octets| octets[28..].to_vec(), &["header-lost"]),
        ("openssl/p256-detached-keyid.der", text, |octets| octets[26..].to_vec(), &["header-lost"]),
        ("cmsutil/p384-detached.der", text, |octets| all(octets, b"-Type:", b"-type:"), &["field-name-spelling"]),
        ("pyca/rsa2048-detached.der", text, |octets| all(octets, b": ", b":"), &["field-blanks"]),
        ("pyca/rsa2048-detached.der", text, |octets| all(octets, b": ", b":\r\n "), &["field-folded"]),
        (
            "openssl/rsa2048-detached-sha512.der",
            text,
            |octets| [b"\xEF\xBB\xBF", octets].concat(),
            &["byte-order-mark-added"],
        ),
        ("bouncycastle/p256-detached-stream.der", text, |octets| [octets, &[0; 12]].concat(), &["zeros-added"]),
        (
            "openssl/p256-detached.pem",
            text,
            |octets| to_lf(octets).strip_suffix(b"\n").unwrap().to_vec(),
            &["line-ends-lf", "final-line-end-lost"],
        ),
    ];
    let mut wrong = Vec::new();
    for (object, content, damage, damages) in rows {
        let (object, content) = fixtures(object, content);
        wrong.extend(detached_faults(&scene, &object, &damage(&content), damages));
    }
    assert_none(&wrong);
}

// What needs a content of its own kind is signed by openssl now: (damages, what was signed, what arrived).
#[test]
fn vfy_31_damage_to_what_openssl_signs() {
    let scene = Scene::new();
    if !has_openssl(&scene) {
        return;
    }
    let head = "Content-Type: text/plain; charset=utf-8\r\n";
    let mixed = "Content-Type: text/plain\r\n\r\none\ntwo\n";
    let long = "Zw\u{f6}lf Boxk\u{e4}mpfer jagen Viktor quer \u{fc}ber den gro\u{df}en Sylter Deich = 12.\r\n";
    let in_quotes = "Zw=C3=B6lf Boxk=C3=A4mpfer jagen Viktor quer =C3=BCber den gro=C3=9Fen Sylt=\r\n\
        er Deich =3D 12.\r\n";
    let in_base64 = "Wnf2bGYK";
    let fields = ["A: 1\r\n", "B: 2\r\n", "C: 3\r\n", "D: 4\r\n", "E: 5\r\n", "F: 6\r\n"];
    let moved = ["B: 2\r\n", "C: 3\r\n", "D: 4\r\n", "E: 5\r\n", "A: 1\r\n", "F: 6\r\n"];
    let lines = "-- \r\nAlice\r\nsip:alice@example.com\r\n";
    let rows: Vec<(&[&str], String, Vec<u8>)> = vec![
        (&["line-ends-crlf"], to_text(&to_lf(long.as_bytes())), long.into()),
        (&["line-ends-crlf"], mixed.into(), text_mode(&to_lf(mixed.as_bytes()))),
        (&["line-ends-lf"], mixed.into(), to_lf(mixed.as_bytes())),
        (&["line-ends-not-cr"], "a: b\r\rc\rd\r".into(), b"a: b\n\nc\nd\n".to_vec()),
        (&["line-ends-not-cr"], "a: b\r\rc\rd\r".into(), b"a: b\r\n\r\nc\r\nd\r\n".to_vec()),
        (&["final-line-end-lost"], format!("{head}\r\nx\n\n"), format!("{head}\r\nx").into()),
        (&["final-line-end-lost"], format!("{head}\r\nx\r\n\r\n"), format!("{head}\r\nx").into()),
        // The signature separator of mail ends in a blank.
        (
            &["trailing-blank-lost"],
            format!("{head}\r\n{lines}"),
            format!("{head}\r\n{}", lines.replace("-- ", "--")).into(),
        ),
        (&["trailing-blank-lost"], "a: b\r\n\r\nx\t".into(), b"a: b\r\n\r\nx".to_vec()),
        (
            &["trailing-blanks-added-to-line"],
            format!("{head}\r\n{lines}"),
            format!("{head}\r\n{}", lines.replace("Alice", "Alice  ")).into(),
        ),
        (
            &["encoded-base64"],
            format!("{head}\r\nHello from a peer.\r\n"),
            format!("{head}Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gZnJvbSBhIHBlZXIuDQo=\r\n").into(),
        ),
        (
            &["encoded-base64"],
            format!("content-transfer-encoding: binary\r\n{head}\r\nHello from a peer.\r\n"),
            format!("content-transfer-encoding: base64\r\n{head}\r\nSGVsbG8g\r\nZnJvbSBhIHBlZXIuDQo=").into(),
        ),
        (
            &["encoded-quoted-printable"],
            format!("{head}Content-Transfer-Encoding: 8bit\r\n\r\n{long}"),
            format!("{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n{in_quotes}").into(),
        ),
        (
            &["decoded-quoted-printable"],
            format!("{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n{in_quotes}"),
            format!("{head}Content-Transfer-Encoding: 8bit\r\n\r\n{long}").into(),
        ),
        (
            &["decoded-quoted-printable"],
            format!("Content-Transfer-Encoding: quoted-printable\r\n{head}\r\n{in_quotes}"),
            format!("{head}\r\n{long}").into(),
        ),
        (
            &["decoded-base64"],
            format!("{head}Content-Transfer-Encoding: base64\r\n\r\n{in_base64}\r\n"),
            [head.as_bytes(), b"Content-Transfer-Encoding: 8bit\r\n\r\nZw\xF6lf\n"].concat(),
        ),
        (
            &["decoded-base64"],
            format!("{head}Content-Transfer-Encoding: base64\r\n\r\n{in_base64}"),
            [head.as_bytes(), b"\r\nZw\xF6lf\n"].concat(),
        ),
        (
            &["fields-reordered"],
            fields[..4].concat() + "\r\n",
            ["D: 4\r\n", "B: 2\r\n", "A: 1\r\n", "C: 3\r\n\r\n"].concat().into(),
        ),
        (&["fields-reordered"], fields.concat() + "\r\nx", (moved.concat() + "\r\nx").into()),
        (&["field-folded"], "A: 1;\r\n b=c\r\n\r\n".replace("\r\n ", " "), b"A: 1;\r\n\tb=c\r\n\r\n".to_vec()),
        (&["field-folded"], "A: 1;\tb=c\r\n\r\n".into(), b"A: 1;\r\n\tb=c\r\n\r\n".to_vec()),
        (&["field-unfolded"], "A: 1;\r\n b=c;\r\n d=e\r\n\r\n".into(), b"A: 1; b=c; d=e\r\n\r\n".to_vec()),
        (&["field-unfolded"], "A: 1;\r\n\tb=c\r\nB: 2;x\r\n\r\n".into(), b"A: 1;b=c\r\nB: 2;x\r\n\r\n".to_vec()),
        (&["field-blanks"], "A:1\r\nB: 2\r\n\r\nx".into(), b"A: 1\r\nB: 2\r\n\r\nx".to_vec()),
        (&["field-blanks"], "A: 1 \r\nB: 2\r\n\r\nx".into(), b"A: 1\r\nB: 2\r\n\r\nx".to_vec()),
        (
            &["field-name-spelling"],
            "content-type: a/b\r\nX-y: 2\r\n\r\n".into(),
            b"Content-Type: a/b\r\nX-y: 2\r\n\r\n".to_vec(),
        ),
        (&["field-name-spelling"], "Content-Type: a/b\r\nX-y: 2\r\n\r\n".into(), b"c: a/b\r\nX-y: 2\r\n\r\n".to_vec()),
        (&["field-name-spelling"], "e: gzip\r\n\r\n".into(), b"Content-Encoding: gzip\r\n\r\n".to_vec()),
        (&["header-lost"], "\r\nHello".into(), b"Hello".to_vec()),
        (&["header-lost"], format!("{head}\r\n{long}"), long.into()),
        (
            &["header-lost"],
            "Content-Type: text/plain\r\nContent-Language: en\r\n\r\nHello".into(),
            b"Content-Language: en\r\n\r\nHello".to_vec(),
        ),
        (&["header-added"], "Hello\r\n".into(), format!("{head}\r\nHello\r\n").into()),
        (&["header-added"], "\r\nHello\r\n".into(), format!("{head}Content-Language: en\r\n\r\nHello\r\n").into()),
        (&["byte-order-mark-lost"], format!("{head}\r\n\u{FEFF}{long}"), format!("{head}\r\n{long}").into()),
        (&["byte-order-mark-added"], format!("{head}\r\n{long}"), format!("{head}\r\n\u{FEFF}{long}").into()),
        (&["dots-doubled"], format!("{head}\r\n.\r\n..x\r\n"), format!("{head}\r\n..\r\n...x\r\n").into()),
        (&["dots-lost"], format!("{head}\r\n..x\r\n...\r\n"), format!("{head}\r\n.x\r\n..\r\n").into()),
        (
            &["from-quoted"],
            format!("{head}\r\nFrom me\r\n>From\r\n"),
            format!("{head}\r\n>From me\r\n>From\r\n").into(),
        ),
        (&["from-unquoted"], format!("{head}\r\n>From me\r\n"), format!("{head}\r\nFrom me\r\n").into()),
        (&["latin-1-to-utf-8"], format!("{head}\r\n{long}"), twice_in_utf_8(&format!("{head}\r\n{long}"))),
        (&["utf-8-to-latin-1"], format!("{head}\r\n{long}"), in_latin_1(&format!("{head}\r\n{long}"))),
        // Two at once.
        (
            &["line-ends-lf", "trailing-blanks-added"],
            format!("{head}\r\none\r\ntwo\r\n"),
            format!("{head}\r\none  \r\ntwo\t\r\n").replace("\r\n", "\n").into(),
        ),
        (
            &["final-line-end-added", "encoded-base64"],
            format!("{head}\r\nHello from a peer."),
            format!("{head}Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gZnJvbSBhIHBlZXIuDQo=\r\n").into(),
        ),
    ];
    let mut wrong = Vec::new();
    for (damages, signed, arrived) in rows {
        let object = by_openssl(&scene, signed.as_bytes(), "");
        let found = detached_faults(&scene, &object, &arrived, damages);
        // Which of two that commute comes first is not said.
        let turned: Vec<&str> = damages.iter().copied().rev().collect();
        if !found.is_empty() && (damages.len() == 1 || !detached_faults(&scene, &object, &arrived, &turned).is_empty())
        {
            wrong.extend(found);
        }
    }
    assert_none(&wrong);
}

fn to_text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// UTF-8 whose octets were taken for ISO 8859-1, character by character.
fn twice_in_utf_8(text: &str) -> Vec<u8> {
    text.bytes()
        .flat_map(|octet| if octet < 0x80 { vec![octet] } else { vec![0xC0 | (octet >> 6), 0x80 | (octet & 0x3F)] })
        .collect()
}

fn in_latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

// What was really changed has no name.
#[test]
fn vfy_31_changes_that_are_none_of_them() {
    let scene = Scene::new();
    let multipart = fixture("content-multipart.mime");
    let text = fixture("content.mime");
    let flip = |object: &str| {
        let mut object = fixture(object);
        *object.last_mut().unwrap() ^= 1;
        object
    };
    let original = to_text(&multipart);
    let mut lines: Vec<&str> = original.split_inclusive("\r\n").collect();
    lines.swap(5, 9);
    let swapped = lines.concat();
    let without_a_line = original.replace("The first part.\r\n", "");
    let openssl = fixture("openssl/multipart-detached.der");
    let rows: [(&[u8], &[u8]); 13] = [
        (&openssl, &replaced(&multipart, b"first", b"First")),
        (&openssl, &replaced(&multipart, b"first", b"last")),
        (&openssl, swapped.as_bytes()),
        (&openssl, without_a_line.as_bytes()),
        (&openssl, &replaced(&to_lf(&multipart), b"empty", b"enpty")),
        (&openssl, &text),
        (&openssl, b""),
        (&openssl, b"\r\n"),
        (&fixture("gpgsm/binary-detached.der"), &replaced(&fixture("content-binary.mime"), b"\x0e\x0f", b"\x0f\x0e")),
        (&fixture("bouncycastle/p256-detached.der"), &replaced(&text, b"Hello", b"Hallo")),
        (&fixture("openssl/p256-detached-noattr.der"), &replaced(&text, b"Hello", b"H3llo")),
        // The line ends explain it, but the signature is not right over the signed attributes either.
        (&flip("openssl/multipart-detached.der"), &to_lf(&multipart)),
        // The content is right, and the signature is not.
        (&flip("openssl/multipart-detached.der"), &multipart),
    ];
    let mut wrong = Vec::new();
    for (object, content) in rows {
        wrong.extend(detached_faults(&scene, object, content, &[]));
    }
    assert_none(&wrong);
    // The last two say why.
    let ran = scene.run(&format!("{VERIFY} --diagnose -content damaged object.der"));
    assert!(ran.said().contains("the content is what the signed attributes say"), "{}", ran.said());
    scene.write("damaged", &to_lf(&multipart));
    let ran = scene.run(&format!("{VERIFY} --diagnose -content damaged object.der"));
    assert!(ran.said().contains("not right over the signed attributes either"), "{}", ran.said());
}
