//! `verify --diagnose` (VFY-31) of whole messages, of objects, of several signers, and of what is large.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::diagnose::{VERIFY, by_openssl, faults, fixture, has_openssl, text_mode, to_lf};
use crate::scene::{Scene, keys, objects, replaced};
use crate::support::{ROOT, Vector, assert_none, run};

// A good signature has no diagnosis, and what is refused for another reason has none.
#[test]
fn vfy_31_what_needs_no_diagnosis() {
    let scene = Scene::new();
    for (arguments, exit) in [
        ("sip/p256-multipart.sip", 0),
        ("openssl/p256-smime-multipart.eml", 0),
        ("openssl/p256-opaque.der", 0),
        ("openssl/p256-opaque-noattr.der", 1),
        ("openssl/p256-opaque-nocerts.der", 4),
    ] {
        for json in ["", "--json -out product"] {
            let ran = scene.run(&format!("{VERIFY} --diagnose {json} {ROOT}/testdata/interop/{arguments}"));
            let output = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert_eq!(ran.status, exit, "{}", ran.said());
            assert!(!ran.said().contains("diagnosis") && !output.contains("diagnosis"), "{arguments}: {}", ran.said());
        }
    }
    // The hint without it.
    scene.write("lf", &to_lf(&fixture("content.mime")));
    let ran = scene.run(&format!("{VERIFY} -content lf {ROOT}/testdata/interop/openssl/p256-detached.der"));
    assert!(ran.said().contains("hint: the part has bare LF line endings; verify --diagnose"), "{}", ran.said());
}

// Whole messages, of SIP, of mail and of the RFCs.
#[test]
fn vfy_31_messages() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    let mut row = |name: &str, message: &[u8], options: &str, damages: &[&str]| {
        scene.write(name, message);
        wrong.extend(faults(&scene, &format!("{options} {name}"), 1, damages, Some("right")));
    };
    let sip = fixture("sip/p256-multipart.sip");
    let length: usize = {
        let text = String::from_utf8_lossy(&sip).into_owned();
        let line =
            text.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("Content-Length").to_owned();
        line.parse().unwrap()
    };
    let relabelled = |octets: &[u8], added: usize| {
        let (old, new) = (format!("Content-Length: {length}"), format!("Content-Length: {}", length + added));
        replaced(octets, old.as_bytes(), new.as_bytes())
    };
    let with_blank = replaced(&sip, b"Hello from a peer.\r\n", b"Hello from a peer. \r\n");
    row("blank.sip", &relabelled(&with_blank, 1), "", &["trailing-blanks-added"]);
    let with_field = replaced(&sip, b"\r\nHello from", b"X-Spam: no\r\n\r\nHello from");
    row("field.sip", &relabelled(&with_field, 12), "", &["fields-added"]);
    if has_openssl(&scene) {
        // A field of the part went to the head of the message.
        let part = b"Content-Type: text/plain\r\nContent-Language: en\r\n\r\nHello.";
        let object = by_openssl(&scene, part, "");
        let body = [
            b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n",
            &object[..],
            b"\r\n--b--\r\n",
        ]
        .concat();
        let head = format!(
            "MESSAGE sip:bob@example.org SIP/2.0\r\nContent-Language: en\r\nContent-Type: multipart/signed; \
            protocol=\"application/pkcs7-signature\"; boundary=b\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        row("moved.sip", &[head.as_bytes(), &body].concat(), "", &["fields-moved"]);
    }
    let eml = fixture("openssl/rsa2048-smime-multipart-crlf.eml");
    row("lf.eml", &to_lf(&eml), "", &["line-ends-lf"]);
    // The examples of RFC 8591 section 10.1, opaque, and of RFC 6216 section 4.1, without signed attributes: the lengths
    // stay what they are.
    let rfc = |name: &str| std::fs::read(format!("{ROOT}/testdata/rfc/{name}")).unwrap();
    let opaque = rfc("rfc8591/10.1.sip");
    row("case.sip", &replaced(&opaque, b"Content-Type: text", b"Content-type: text"), "", &["field-name-spelling"]);
    row("tab.sip", &replaced(&opaque, b"Content-Type: text", b"Content-Type:\ttext"), "", &["field-blanks"]);
    let old = rfc("rfc6216/smime-msg.sip");
    let options = format!("--allow-legacy -certfile {ROOT}/testdata/rfc/rfc6216/eku_fluffy_cert.pem");
    row("old.sip", &replaced(&old, b"Content-Type: text", b"CONTENT-TYPE: text"), &options, &["field-name-spelling"]);
    assert_none(&wrong);
}

// The object itself went through a text mode.
#[test]
fn vfy_31_objects_that_were_taken_for_text() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    let latin_1 =
        |octets: &[u8]| -> Vec<u8> { octets.iter().map(|octet| char::from(*octet)).collect::<String>().into() };
    let entity = |object: &[u8]| {
        let head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\
            Content-Transfer-Encoding: binary\r\n\r\n";
        [head, object].concat()
    };
    for file in [
        "openssl/p256-opaque.der",
        "openssl/rsa2048-opaque-pss.der",
        "gpgsm/rsa2048-opaque.der",
        "pyca/p256-opaque.der",
    ] {
        let object = fixture(file);
        // What puts CR before every LF, what puts it where there is none, and what takes CR LF for one line end.
        let everywhere = text_mode(&object);
        let where_none = text_mode(&to_lf(&object));
        let rows: [(Vec<u8>, &str); 4] = [
            (where_none, "object-line-ends-crlf"),
            (everywhere, "object-line-ends-crlf"),
            (to_lf(&object), "object-line-ends-lf"),
            (latin_1(&object), "object-latin-1-to-utf-8"),
        ];
        for (damaged, name) in rows {
            if damaged == object {
                continue;
            }
            scene.write("damaged.der", &damaged);
            scene.write("damaged.mime", &entity(&damaged));
            wrong.extend(faults(&scene, "-inform der damaged.der", 3, &[name], Some("right")));
            wrong.extend(faults(&scene, "damaged.mime", 3, &[name], Some("right")));
        }
    }
    // Cut short, it is nothing that is known.
    let object = fixture("openssl/p256-opaque.der");
    scene.write("short.der", &object[..object.len() - 7]);
    wrong.extend(faults(&scene, "short.der", 3, &[], None));
    assert_none(&wrong);
}

// The damages among the vectors, which are made elsewhere: (vector, what each signer, or the object, is said to be).
#[test]
fn vfy_31_vectors() {
    let rows: [(&str, &[&str]); 22] = [
        ("detached_blanks_lost", &["trailing-blank-lost"]),
        ("detached_boundary_line_end_signed", &["final-line-end-lost"]),
        ("detached_converted_to_crlf", &["line-ends-crlf"]),
        ("detached_converted_to_lf", &["line-ends-lf"]),
        ("detached_decoded", &["decoded-base64"]),
        ("detached_header_case", &["field-name-spelling"]),
        ("detached_header_not_signed", &["header-added"]),
        ("detached_header_refolded", &["field-folded"]),
        ("detached_line_end_added", &["final-line-end-added"]),
        ("detached_line_end_lost", &["final-line-end-lost"]),
        ("mime_detached_converted_to_crlf", &["line-ends-crlf"]),
        ("mime_detached_converted_to_lf", &["line-ends-lf"]),
        ("opaque_converted_to_crlf", &["line-ends-crlf"]),
        ("opaque_message_digest_of_body", &["header-added"]),
        ("opaque_text_mode", &["object-line-ends-crlf"]),
        ("opaque_trailing_line_end", &["object-line-end-added"]),
        ("opaque_trailing_zero", &["object-zeros-added"]),
        ("detached_trailing_zero", &["object-zeros-added"]),
        ("opaque_base64_unlabelled", &["object-encoded-base64"]),
        ("detached_content_changed", &[]),
        ("opaque_ber_content_changed", &[]),
        ("opaque_twice", &[]),
    ];
    let mut wrong = Vec::new();
    for (name, damages) in rows {
        let vector = Vector::read(&std::path::PathBuf::from(format!("{ROOT}/testdata/vectors/{name}.vec")));
        let arguments = [vector.arguments(), vec!["--diagnose".to_owned(), "--json".to_owned()]].concat();
        let ran = run(&arguments, &vector.octets);
        let object = objects(&ran.stdout).remove(0);
        let verification = &object["verification"];
        let signers = verification["signers"].as_array().unwrap().iter().map(|signer| &signer["diagnosis"]);
        let found: Vec<&Value> = signers.chain(verification.get("diagnosis")).collect();
        let is_expected = found.len() == 1 && found[0]["damages"] == json!(damages);
        if ran.status != vector.exit() || object["error"]["code"] != vector.expect() || !is_expected {
            wrong.push(format!("{name}: {object}"));
        }
    }
    assert_none(&wrong);
    // Where one good signer is enough, the other one is asked about.
    let vector = Vector::read(&std::path::PathBuf::from(format!("{ROOT}/testdata/vectors/signers_good_bad_any.vec")));
    let arguments = [vector.arguments(), vec!["--diagnose".to_owned(), "--json".to_owned()]].concat();
    let ran = run(&arguments, &vector.octets);
    let signers = &objects(&ran.stdout)[0]["verification"]["signers"];
    assert_eq!((ran.status, signers[0].get("diagnosis")), (0, None));
    assert_eq!(signers[1]["diagnosis"]["damages"], json!([]));
}

// Without the certificate the digest alone is compared, and that is said.
#[test]
fn vfy_31_without_the_certificate() {
    let scene = Scene::new();
    scene.write("damaged", &to_lf(&fixture("content.mime")));
    let object = format!("{ROOT}/testdata/interop/openssl/p256-detached-nocerts.der");
    let arguments = format!("-content damaged {object}");
    assert_none(&faults(&scene, &arguments, 1, &["line-ends-lf"], Some("not checked")));
    let ran = scene.run(&format!("{VERIFY} --diagnose {arguments}"));
    assert!(ran.said().contains("the signature was not checked: its certificate is missing"), "{}", ran.said());
    let certificate = keys("alice.pem");
    let arguments = format!("-certfile {} {arguments}", certificate.display());
    assert_none(&faults(&scene, &arguments, 1, &["line-ends-lf"], Some("right")));
}

/// The elements of a DER encoding, one after another: the whole of each, and its contents.
fn elements(mut octets: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while !octets.is_empty() {
        let more = if octets[1] < 0x80 { 0 } else { usize::from(octets[1] & 0x7F) };
        let long = octets[2..2 + more].iter().fold(0, |length, digit| length * 256 + usize::from(*digit));
        let end = 2 + more + if more == 0 { usize::from(octets[1]) } else { long };
        found.push((&octets[..end], &octets[2 + more..end]));
        octets = &octets[end..];
    }
    found
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], contents].concat()
}

// Each signer is asked about alone: two that signed different contents have different damages, or none.
#[test]
fn vfy_31_each_signer_alone() {
    let scene = Scene::new();
    if !has_openssl(&scene) {
        return;
    }
    let arrived = b"Content-Type: text/plain\n\nHello.";
    let signed: [&[u8]; 4] = [
        b"Content-Type: text/plain\r\n\r\nHello.",
        b"Content-Type: text/plain\n\nHello.\n",
        b"Content-Type: text/plain\n\nJello.",
        arrived,
    ];
    let objects_of: Vec<Vec<u8>> = signed.iter().map(|content| by_openssl(&scene, content, "-nocerts")).collect();
    // SignedData without certificates: version, digest algorithms, content type, signers.
    let parts = |object: &[u8]| -> Vec<Vec<u8>> {
        let explicit = elements(elements(object)[0].1)[1].1;
        elements(elements(explicit)[0].1).iter().map(|(whole, _)| whole.to_vec()).collect()
    };
    let signers: Vec<u8> = objects_of.iter().flat_map(|object| elements(&parts(object)[3])[0].1.to_vec()).collect();
    let first = parts(&objects_of[0]);
    let data = element(0x30, &[&first[..3].concat(), &element(0x31, &signers)[..]].concat());
    let kind = elements(elements(&objects_of[0])[0].1)[0].0;
    scene.write("several.der", &element(0x30, &[kind, &element(0xA0, &data)].concat()));
    scene.write("damaged", arrived);
    let verify = format!("{VERIFY} --json -out product --diagnose -certfile @alice.pem -content damaged several.der");
    for (options, exit) in [("", 1), ("--any-signer", 0)] {
        let ran = scene.run(&format!("{verify} {options}"));
        let object = objects(&ran.stdout).remove(0);
        let signers = object["verification"]["signers"].as_array().unwrap();
        let damages: Vec<&Value> = signers.iter().map(|signer| &signer["diagnosis"]["damages"]).collect();
        let expected = [json!(["line-ends-lf"]), json!(["final-line-end-lost"]), json!([]), Value::Null];
        assert_eq!((ran.status, damages), (exit, expected.iter().collect()), "{object}");
    }
}

// decrypt --verify asks too, but after a cipher without authentication every failure is one and the same.
#[test]
fn vfy_31_decrypt_asks_too() {
    let scene = Scene::new();
    scene.write("damaged.eml", &to_lf(&fixture("openssl/p256-smime-multipart-crlf.eml")));
    for (cipher, shown) in [("aes-128-gcm", true), ("aes-128-cbc", false)] {
        let made =
            scene.run(&format!("encrypt -q -binary --cipher {cipher} -recip @bob.pem -out sealed.mime damaged.eml"));
        assert_eq!(made.status, 0, "{}", made.said());
        let decrypt = "decrypt -recip @bob.pem -inkey @bob.key --verify -CAfile @ca.pem --identity none";
        let ran = scene.run(&format!("{decrypt} --diagnose sealed.mime"));
        assert!(ran.status == 1 && ran.stdout.is_empty(), "{}", ran.said());
        assert_eq!(ran.said().contains("[line-ends-lf]"), shown, "{cipher}: {}", ran.said());
        assert_eq!(ran.said().contains("diagnosis"), shown, "{cipher}: {}", ran.said());
    }
    let ran = scene.run("decrypt --diagnose -recip @bob.pem -inkey @bob.key sealed.mime");
    assert!(ran.status == 2 && ran.said().contains("--diagnose asks something of a signature"), "{}", ran.said());
}

// R2: however large a content is, and of however many lines and fields, the answer comes soon. In a release it is there
// in less than a second; the program of the tests is slower, and is not alone.
#[test]
fn vfy_31_large_contents() {
    let scene = Scene::new();
    let fields: String = (0..512).map(|number| format!("X-{number}: a b c\r\n")).collect();
    let inputs: [(&str, Vec<u8>); 6] = [
        ("many short lines", b"0123456789\r\n".repeat(100_000)),
        ("many line feeds", vec![b'\n'; 1 << 20]),
        ("many blanks", [b"a: b\r\n\r\n", &vec![b' '; 1 << 20][..]].concat()),
        ("many fields", [fields.as_bytes(), b"\r\n", &vec![b'x'; 1 << 20][..]].concat()),
        ("many fields and nothing more", [fields.as_bytes(), b"\r\n"].concat()),
        ("much of no kind", vec![0xE9; 1 << 20]),
    ];
    for object in
        ["openssl/p256-detached.der", "openssl/p256-detached-noattr.der", "bouncycastle/two-signers-detached.der"]
    {
        for (name, input) in &inputs {
            scene.write("large", input);
            let start = Instant::now();
            let object = format!("{ROOT}/testdata/interop/{object}");
            let ran = scene.run(&format!("{VERIFY} --allow-legacy --diagnose -content large {object}"));
            assert!(ran.status == 1 && ran.stdout.is_empty(), "{name}: {}", ran.said());
            assert!(ran.said().contains("diagnosis: cause not found: "), "{name}: {}", ran.said());
            assert!(start.elapsed() < Duration::from_secs(5), "{name} of {object}: {:?}", start.elapsed());
        }
    }
    // An object that cannot be read.
    for input in [
        [b"\x30\x83\x10\x10\x00", &b"\r\n".repeat(1 << 19)[..]].concat(),
        [&[0x30, 10][..], &[b'\n'; 1 << 20]].concat(),
    ] {
        scene.write("large.der", &input);
        let start = Instant::now();
        let ran = scene.run(&format!("{VERIFY} --diagnose -inform der large.der"));
        assert!(ran.status == 3 && ran.said().contains("diagnosis: cause not found: "), "{}", ran.said());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

// FRS-15: the files of RFC 6216 as they are published were copied in text mode, and that breaks their framing. They stay refused.
#[test]
fn frs_15_the_files_of_rfc_6216() {
    let certificate = "testdata/rfc/rfc6216/eku_fluffy_cert.pem";
    for name in ["smime-msg", "cms-smime-msg"] {
        let arguments = format!(
            "verify -noverify --allow-legacy --identity none -certfile {certificate} \
             testdata/rfc/rfc6216/as-published/{name}.dat"
        );
        let words = |more: &str| -> Vec<String> {
            format!("{arguments} {more}").split_whitespace().map(str::to_owned).collect()
        };
        let (plain, ran) = (run(&words(""), b""), run(&words("--diagnose"), b""));
        assert_eq!((plain.status, ran.status, ran.stdout.len()), (3, 3, 0), "{name}");
        assert!(ran.said().contains("[object-text-mode]") && !plain.said().contains("diagnosis"), "{}", ran.said());
    }
}
