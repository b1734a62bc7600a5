//! `inspect`: what the RFCs and openssl say of a message is what it shows, and nothing stops it or drives a terminal.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::scene::{PLAIN, Scene, assert_says, objects, replaced};
use crate::support::{ROOT, Ran, assert_none, drives_a_terminal, run};

fn inspect(arguments: &str, input: &[u8]) -> Ran {
    let words: Vec<String> =
        std::iter::once("inspect").chain(arguments.split_whitespace()).map(str::to_owned).collect();
    run(&words, input)
}

fn tree(arguments: &str, input: &[u8]) -> Value {
    objects(&inspect(&format!("--json {arguments}"), input).stdout).remove(0)
}

/// The nodes of a kind, in their order.
fn nodes<'v>(node: &'v Value, kind: &str) -> Vec<&'v Value> {
    let own = (node["node"] == kind).then_some(node);
    let children = node["children"].as_array().unwrap();
    own.into_iter().chain(children.iter().flat_map(|child| nodes(child, kind))).collect()
}

fn fact<'v>(node: &'v Value, name: &str) -> &'v Value {
    let facts = node["facts"].as_array().unwrap();
    facts.iter().find(|fact| fact["name"] == name).map_or(&Value::Null, |fact| &fact["value"])
}

// INS-01: (file, kind and number of the node, fact or field, what the RFC, or openssl on its octets, says).
#[test]
fn ins_01_the_messages_of_the_rfcs() {
    let rows: &[(&str, &str, usize, &str, Value)] = &[
        // RFC 8591 section 10.1: 762 octets of CMS, in base64 dumps of the RFC.
        ("rfc8591/10.1.sip", "request", 0, "size", 1200.into()),
        ("rfc8591/10.1.sip", "signed-data", 0, "size", 762.into()),
        ("rfc8591/10.1.sip", "signed-data", 0, "octets", [438, 1200].into()),
        ("rfc8591/10.1.sip", "signed-data", 0, "title", "opaque".into()),
        ("rfc8591/10.1.sip", "certificate", 0, "names", ["URI:sip:alice@example.com"].into()),
        ("rfc8591/10.1.sip", "certificate", 0, "valid-to", "2018-12-19T23:12:05Z".into()),
        ("rfc8591/10.1.sip", "signer", 0, "signing-time", "2019-01-26T06:13:54Z".into()),
        ("rfc8591/10.1.sip", "signer", 0, "signature", "ecdsa-with-SHA256 (1.2.840.10045.4.3.2)".into()),
        ("rfc8591/10.1.sip", "entity", 1, "text", "Watson, come here - I want to see you.\r\n".into()),
        // Section 10.2: 395 octets, and no certificate.
        ("rfc8591/10.2.sip", "signed-data", 0, "size", 395.into()),
        ("rfc8591/10.2.sip", "signer", 0, "certificate", "not in the message".into()),
        // Section 10.3: AuthEnvelopedData for an RSA key of 4096 bits; the entity inside has 1248 octets.
        ("rfc8591/10.3.p7m", "auth-enveloped-data", 0, "size", 1940.into()),
        ("rfc8591/10.3.p7m", "auth-enveloped-data", 0, "encrypted-octets", 1248.into()),
        ("rfc8591/10.3.p7m", "auth-enveloped-data", 0, "tag-octets", 16.into()),
        ("rfc8591/10.3.p7m", "recipient", 0, "encrypted-key-octets", 512.into()),
        // RFC 6216 section 4.3: signed outside, encrypted inside, with the serial numbers that end in 8A4D and 8A4E.
        ("rfc6216/smime-sign-encrypt.sip", "entity", 0, "size", 1455.into()),
        ("rfc6216/smime-sign-encrypt.sip", "signed-data", 0, "title", "detached".into()),
        ("rfc6216/smime-sign-encrypt.sip", "entity", 1, "part", "1".into()),
        ("rfc6216/smime-sign-encrypt.sip", "enveloped-data", 0, "title", "aes-128-cbc".into()),
        ("rfc6216/smime-sign-encrypt.sip", "signer", 0, "signed-attributes", "none".into()),
        ("rfc6216/smime-encrypted.sip", "enveloped-data", 0, "size", 565.into()),
        ("rfc6216/smime-msg.sip", "entity", 0, "size", 774.into()),
        ("rfc6216/cms-smime-msg.sip", "entity", 0, "size", 770.into()),
        // Section 5: the transfer encoding.
        ("../interop/openssl/p256-smime-opaque.eml", "entity", 0, "transfer-encoding", "base64".into()),
        ("rfc6216/smime-encrypted.sip", "entity", 0, "transfer-encoding", Value::Null),
        // Section 5: the form of the parameters of a digest.
        ("rfc6216/smime-msg.sip", "signer", 0, "digest", "id-sha1 (1.3.14.3.2.26), parameters NULL".into()),
        ("rfc6216/cms-smime-msg.sip", "signer", 0, "digest", "id-sha1 (1.3.14.3.2.26)".into()),
    ];
    let mut wrong = Vec::new();
    for (file, kind, number, name, expected) in rows {
        let object = tree(&format!("testdata/rfc/{file}"), b"");
        let Some(node) = nodes(&object["tree"], kind).get(*number).copied() else {
            wrong.push(format!("{file}: no {kind} {number}"));
            continue;
        };
        let found = node.get(*name).unwrap_or_else(|| fact(node, name));
        if found != expected || object["exit"] != 0 {
            wrong.push(format!("{file} {kind} {number} {name}: {found}"));
        }
    }
    let ran = inspect("-v testdata/interop/openssl/p256-smime-opaque.eml", b"");
    assert!(ran.said().contains("[CTE-BASE64, "), "{}", ran.said());
    assert_none(&wrong);
}

// INS-15: what the message says protects each part. RFC 6216 section 4.3 signs part 1, and no header field.
#[test]
fn ins_15_what_is_protected() {
    let rows = |file: &str| -> Vec<(String, usize, usize)> {
        let object = tree(file, b"");
        let count = |row: &Value, name: &str| row[name].as_array().unwrap().len();
        let rows = object["protection"].as_array().unwrap();
        rows.iter()
            .map(|row| (row["what"].as_str().unwrap().to_owned(), count(row, "signed_by"), count(row, "encrypted_for")))
            .collect()
    };
    let head = ("the header fields".to_owned(), 0, 0);
    assert_eq!(
        rows("testdata/rfc/rfc6216/smime-sign-encrypt.sip"),
        [head.clone(), ("part 1, not opened".to_owned(), 1, 1)]
    );
    assert_eq!(rows("testdata/rfc/rfc8591/10.1.sip"), [head.clone(), ("the body, text/plain".to_owned(), 1, 0)]);
    assert_eq!(rows("testdata/rfc/rfc6216/smime-encrypted.sip"), [head, ("the body, not opened".to_owned(), 0, 1)]);
    assert_eq!(rows("testdata/interop/openssl/p256-detached.der"), []);
    // INS-10: the sizes add up to the whole, and what is too large is said.
    for (file, is_large) in [("rfc8591/10.1.sip", false), ("rfc6216/smime-sign-encrypt.sip", true)] {
        let object = tree(&format!("testdata/rfc/{file}"), b"");
        let sizes = &object["sizes"];
        let sum: u64 =
            ["head", "certificates", "content", "rest"].iter().map(|name| sizes[name].as_u64().unwrap()).sum();
        assert_eq!((sizes["total"].as_u64(), &sizes["limit"]), (Some(sum), &1300.into()), "{file}");
        let ran = inspect(&format!("testdata/rfc/{file}"), b"");
        assert_eq!(ran.said().contains("[SIZE-1300, RFC 3428 section 8]"), is_large, "{file}: {}", ran.said());
    }
    let text = inspect("testdata/rfc/rfc8591/10.1.sip", b"");
    let text = String::from_utf8(text.stdout).unwrap();
    for line in [
        "protection of the header fields: not signed; not encrypted\n",
        "not verified; not encrypted\n",
        "octets: 1200 of 1300: head 438, certificates 363, content 40, CMS and MIME 359\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

// What openssl prints of an object is what is counted here: certificates, signers with their algorithms, recipients.
#[test]
fn ins_01_as_openssl_prints() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    let encrypted =
        ["openssl", "bouncycastle", "cmsutil", "gpgsm", "pyca", "python"].map(|peer| format!("encrypted/{peer}"));
    for folder in std::iter::once("openssl".to_owned()).chain(encrypted) {
        for entry in std::fs::read_dir(format!("{ROOT}/testdata/interop/{folder}")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "der") {
                continue;
            }
            let path = path.display();
            let ran = scene.shell(&format!("openssl cms -cmsout -noout -print -inform DER -in {path}"));
            if ran.status == 127 {
                assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
                return;
            }
            let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
            let lines = |text: &str| printed.lines().filter(|line| line.trim() == text).count();
            let recipients: usize = ["d.ktri:", "d.kari:", "d.kekri:", "d.pwri:"].iter().map(|kind| lines(kind)).sum();
            let theirs = [lines("d.certificate:"), lines("digestAlgorithm:"), recipients];
            let object = tree(&path.to_string(), b"");
            let ours = ["certificate", "signer", "recipient"].map(|kind| nodes(&object["tree"], kind).len());
            // openssl cannot print what Bouncy Castle and others make of BER; then it says so.
            if ran.status == 0 && ours != theirs {
                wrong.push(format!("{path}: {ours:?}, openssl {theirs:?}"));
            }
            let signatures = nodes(&object["tree"], "signer");
            wrong.extend(signatures.iter().filter_map(|signer| {
                let algorithm = fact(signer, "signature").as_str().unwrap().split(',').next().unwrap();
                let oid = algorithm.rsplit(['(', ' ']).next().unwrap().trim_end_matches(')');
                (ran.status == 0 && !printed.contains(&format!("({oid})"))).then(|| format!("{path}: {algorithm}"))
            }));
            count += usize::from(ran.status == 0);
        }
    }
    assert!(count > 30, "{count}");
    assert_none(&wrong);
}

// A layer that cannot be read is a node with the reason, the exit code is that of the reason, and the rest is there.
#[test]
fn a_layer_that_fails_is_a_node() {
    let signed = std::fs::read(format!("{ROOT}/testdata/rfc/rfc8591/10.1.sip")).unwrap();
    let mut damaged = signed.clone();
    // The first octet of the CMS object: a SEQUENCE.
    damaged[438] = 0x31;
    let part = |body: &str| format!("--b\r\nContent-Type: {body}\r\n");
    let multipart = [
        "MESSAGE sip:b@c SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n",
        &part("text/plain\r\n\r\none"),
        &part("application/pkcs7-mime;smime-type=signed-data\r\n\r\nno CMS"),
        &part("text/plain\r\n\r\nthree"),
        "--b--\r\n",
    ]
    .concat();
    for (input, exit, code, shown) in [
        (damaged.as_slice(), 3, "[asn1.", "From: sip:alice@example.com"),
        (multipart.as_bytes(), 3, "[asn1.", "entity 3: text/plain"),
        (&signed[..700], 3, "[sip.truncated]", "message: ?"),
        (b"MESSAGE sip:b@c SIP/2.0\r\nContent-Type: text\r\n\r\nx", 3, "[mime.content-type]", "request: MESSAGE"),
        (PLAIN, 0, "", "text: hello"),
    ] {
        let ran = inspect("", input);
        let listed = String::from_utf8(ran.stdout.clone()).unwrap();
        assert_eq!(ran.status, exit, "{listed} {}", ran.said());
        assert!(
            listed.contains(shown) && listed.contains(code) && ran.said().contains(code),
            "{listed} {}",
            ran.said()
        );
    }
    let text = String::from_utf8(inspect("", multipart.as_bytes()).stdout).unwrap();
    assert!(text.contains("entity 1: text/plain") && text.contains("protection of part 2: not signed"), "{text}");
    // One part alone, and one that is not there.
    let ran = inspect("--part 3", multipart.as_bytes());
    assert!(String::from_utf8_lossy(&ran.stdout).starts_with("entity 3: text/plain"), "{}", ran.said());
    assert_says(&inspect("--part 4 testdata/rfc/rfc8591/10.1.sip", b""), 2, "usage", "there is no part 4", "--part");
    assert_says(
        &inspect("-outform der testdata/rfc/rfc8591/10.1.sip", b""),
        2,
        "usage",
        "writes a listing",
        "-outform",
    );
}

// Messages of a stream are numbered; those without S/MIME are shown, too.
#[test]
fn messages_of_a_stream() {
    let stream = [PLAIN, PLAIN].concat();
    let ran = inspect("", &stream);
    let listed = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status == 0 && listed.contains("\n\nmessage 2\nrequest: MESSAGE"), "{listed}");
    let json = objects(&inspect("--json", &stream).stdout);
    assert_eq!((json.len(), &json[1]["message"]), (2, &2.into()));
    let length = PLAIN.len();
    assert_eq!(json[1]["tree"]["octets"], Value::from([length, 2 * length]));
}

// O1, O2: captured text cannot drive a terminal, and octets that are no text are there in base64.
#[test]
fn o1_o2_hostile_text() {
    let hostile = b"\x1b]52;c;x\x07\xc2\x9b31m\xe2\x80\xae";
    let places: [&[u8]; 5] =
        [b"<sip:alice@example.com>;tag=1", b"text/plain", b"5", b"hello", b"<sip:bob@example.org>"];
    for place in places {
        for octets in [hostile.as_slice(), b"\xff\xfe", b"\xe2\x80\xa8", &[b'x'; 4000]] {
            let input = replaced(PLAIN, place, &[octets, place].concat());
            for options in ["", "-v", "--json"] {
                let ran = inspect(options, &input);
                assert!((0..=5).contains(&ran.status), "{options}");
                assert_eq!(drives_a_terminal(&ran.stdout), None, "{options} {octets:?}");
                assert_eq!(drives_a_terminal(&ran.stderr), None, "{options} {octets:?}");
            }
        }
    }
    let input = replaced(PLAIN, b"<sip:alice@example.com>;tag=1", b"\"\xff\" <sip:alice@example.com>;tag=1");
    let object = tree("", &input);
    let from = nodes(&object["tree"], "field").into_iter().find(|field| field["title"] == "From").unwrap();
    // `"\xff" <sip:alice@example.com>;tag=1` as RFC 4648 has it.
    assert_eq!(fact(from, "value")["base64"], "Iv8iIDxzaXA6YWxpY2VAZXhhbXBsZS5jb20+O3RhZz0x");
}

/// An element in DER.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], contents].concat()
}

// R2, R4, INS-16: depth and number end in an answer, and soon.
#[test]
fn ins_16_deep_and_many() {
    let deep = |depth: usize| {
        let mut body = "Content-Type: text/plain\r\n\r\nx".to_owned();
        for level in 0..depth {
            body = format!(
                "Content-Type: multipart/mixed;boundary=b{level}.\r\n\r\n--b{level}.\r\n{body}\r\n--b{level}.--\r\n"
            );
        }
        body.into_bytes()
    };
    let parts = |count: usize| {
        let part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(count);
        format!("Content-Type: multipart/mixed;boundary=b\r\n\r\n{part}--b--\r\n").into_bytes()
    };
    // Objects of 1000 tiny recipients each: `[2] { INTEGER 4, kekid, algorithm, key }`.
    let recipients = |objects: usize| {
        let kek = hex::decode("a20f02010430020400300406022a030400").unwrap();
        let set = element(0x31, &kek.repeat(1000));
        let content = hex::decode("301606092a864886f70d010701300406022a038003787878").unwrap();
        let data = element(0x30, &[&[2, 1, 2][..], &set, &content].concat());
        let object =
            element(0x30, &[&hex::decode("06092a864886f70d010703").unwrap()[..], &element(0xA0, &data)].concat());
        let part = [b"--b\r\nContent-Type: application/pkcs7-mime\r\n\r\n", &object[..], b"\r\n"].concat();
        [b"Content-Type: multipart/mixed;boundary=b\r\n\r\n", &part.repeat(objects)[..], b"--b--\r\n"].concat()
    };
    for (input, exit, text) in [
        (deep(8), 0, "entity 1.1.1.1.1.1.1.1: text/plain"),
        (deep(200), 5, "[limit.nesting]"),
        (parts(500), 0, "entity 500: text/plain"),
        (parts(5000), 3, "[limit.count]"),
        (recipients(64), 3, "more than 8192 things in one message are not shown"),
        (vec![0x30; 1 << 20], 3, ""),
        (vec![b'x'; 1 << 20], 3, ""),
    ] {
        let start = Instant::now();
        let ran = inspect("", &input);
        let listed = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status == exit && listed.contains(text), "{text}: {} {}", ran.status, ran.said());
        assert!(start.elapsed() < Duration::from_secs(5), "{text}");
    }
}

// Deliver 1: keys open layers. What is in them is shown, and who is said to have signed it.
#[test]
fn keys_open_layers() {
    let scene = Scene::new();
    let sign = "-signer @alice.pem -inkey alice.key";
    let sealed = scene.shell(&format!("sip-smime encrypt -q -recip @bob.pem {sign} plain.sip"));
    assert_eq!(sealed.status, 0, "{}", sealed.said());
    let keys = format!("{ROOT}/testdata/keys");
    let opened = tree(&format!("-recip {keys}/bob.pem -inkey {keys}/bob.key"), &sealed.stdout);
    let layer = nodes(&opened["tree"], "auth-enveloped-data")[0];
    assert_eq!((fact(layer, "integrity"), fact(layer, "opened-as-recipient")), (&"authenticated".into(), &1.into()));
    let entity = *nodes(layer, "entity").last().unwrap();
    assert_eq!((fact(entity, "text"), nodes(layer, "signer").len()), (&"hello".into(), 1));
    let rows = opened["protection"].as_array().unwrap();
    let row = rows.last().unwrap();
    let count = |name: &str| row[name].as_array().unwrap().len();
    assert_eq!((count("signed_by"), count("encrypted_for"), opened["exit"].as_u64()), (1, 1, Some(0)), "{rows:?}");
    // The key of somebody else opens nothing, and nothing is wrong with the message.
    let closed = tree(&format!("-recip {keys}/carol.pem -inkey {keys}/carol.key"), &sealed.stdout);
    let layer = nodes(&closed["tree"], "auth-enveloped-data")[0];
    assert!(fact(layer, "not-opened").as_str().unwrap().contains("for someone else"), "{layer}");
    assert_eq!((nodes(layer, "entity").len(), closed["exit"].as_u64()), (0, Some(0)));
    // RFC 6216 section 4.3: the text is `Hello!`, signed outside and encrypted inside.
    let rfc = format!("{ROOT}/testdata/rfc/rfc6216");
    let keys = format!("-recip {rfc}/eku_kumiko_cert.pem -inkey {rfc}/eku_kumiko_key.pem");
    for file in ["smime-encrypted.sip", "smime-sign-encrypt.sip"] {
        let object = tree(&format!("{keys} {rfc}/{file}"), b"");
        let entity = *nodes(&object["tree"], "entity").last().unwrap();
        assert_eq!(fact(entity, "text"), "Hello!", "{file}");
    }
}

// B11: a layer without authentication that was changed and can no longer be read is like one that cannot be opened, whatever
// is wrong with it; of one whose tag is wrong nothing is shown.
#[test]
fn b11_what_was_changed_is_not_shown() {
    let scene = Scene::new();
    let keys = format!("-recip {ROOT}/testdata/keys/bob.pem -inkey {ROOT}/testdata/keys/bob.key");
    for cipher in ["aes-128-cbc", "aes-128-gcm"] {
        let sealed = scene.shell(&format!(
            "sip-smime encrypt -q --cipher {cipher} -recip @bob.pem -signer @alice.pem -inkey alice.key plain.sip"
        ));
        assert_eq!(sealed.status, 0, "{}", sealed.said());
        let whole = inspect(&keys, &sealed.stdout);
        assert!(String::from_utf8_lossy(&whole.stdout).contains("text: hello"), "{}", whole.said());
        let length = sealed.stdout.len();
        let mut answers = std::collections::BTreeSet::new();
        // The last blocks, and the middle: padding, the end of the object inside, its certificate.
        for back in [20, 40, 100, 300, 500] {
            let mut changed = sealed.stdout.clone();
            changed[length - back] ^= 0x40;
            let ran = inspect(&format!("--json {keys}"), &changed);
            let object = objects(&ran.stdout).remove(0);
            let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
            let code = object["error"]["code"].as_str().unwrap_or("none").to_owned();
            assert_eq!(code == "none", shown.contains("hello"), "{cipher} {back}");
            // What can still be read was not noticed to be changed, and that is said.
            if code == "none" {
                let layer = nodes(&object["tree"], "enveloped-data")[0];
                assert_eq!(fact(layer, "integrity"), "none");
            }
            answers.insert((ran.status, code));
        }
        let expected = [(0, "none".to_owned()), (1, "decrypt.failed".to_owned())];
        let expected = if cipher == "aes-128-gcm" { &expected[1..] } else { &expected[..] };
        assert_eq!(answers.into_iter().collect::<Vec<_>>(), expected, "{cipher}");
    }
}

// FRS-01: every octet of a body comes out as it is; of a part what is signed: its header, too.
#[test]
fn frs_01_raw_octets() {
    let body: Vec<u8> = (0..=255).chain([13, 10, 13, 10, 0, 26]).collect();
    let head = format!(
        "MESSAGE sip:b@c SIP/2.0\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let ran = inspect("--raw", &[head.as_bytes(), &body].concat());
    assert_eq!((ran.status, ran.stdout), (0, body));
    let rfc = |name: &str| std::fs::read(format!("{ROOT}/testdata/rfc/rfc6216/{name}")).unwrap();
    let ran = inspect("--raw --part 1 testdata/rfc/rfc6216/smime-msg.sip", b"");
    assert_eq!((ran.status, ran.stdout), (0, rfc("smime-msg.signed.bin")));
    let ran = inspect("--raw testdata/rfc/rfc6216/smime-encrypted.sip", b"");
    assert_eq!((ran.status, ran.stdout), (0, rfc("smime-encrypted.p7m")));
    assert_says(&inspect("--raw --part 3 testdata/rfc/rfc6216/smime-msg.sip", b""), 2, "part.unknown", "3", "");
}

// INS-12: RFC 8591 section 6 has the words.
#[test]
fn ins_12_accept_fields() {
    let rows = [
        ("signed-data", "Accept: application/pkcs7-mime;smime-type=signed-data\r\n"),
        (
            "signed-data,auth-enveloped-data",
            "Accept: application/pkcs7-mime;smime-type=signed-data, application/pkcs7-mime;smime-type=auth-enveloped-data\r\n",
        ),
        ("clear-signed", "Accept: multipart/signed, application/pkcs7-signature\r\n"),
        ("all", "Accept: application/pkcs7-mime, multipart/signed, application/pkcs7-signature\r\n"),
    ];
    for (kinds, expected) in rows {
        let ran = inspect(&format!("--make-accept {kinds}"), b"");
        assert_eq!((ran.status, String::from_utf8(ran.stdout.clone()).unwrap().as_str()), (0, expected));
        // What is made breaks no rule.
        let field = String::from_utf8(ran.stdout).unwrap();
        let ran = inspect("--lint", &replaced(PLAIN, b"Content-Type", format!("{field}Content-Type").as_bytes()));
        assert!(!String::from_utf8_lossy(&ran.stdout).contains("ACCEPT-NO"), "{kinds}");
    }
    assert_says(&inspect("--make-accept pgp", b""), 2, "usage", "pgp is no kind of S/MIME", "there are all");
}

// Colours on a terminal alone, or if they are asked for; octets that are no text in rows; nothing is said twice.
#[test]
fn what_people_see() {
    let body = [&[0, 1, 0x1b, 0xff][..], b"0123456789abcdefXYZ"].concat();
    let head = "MESSAGE sip:b@c SIP/2.0\r\nContent-Type: application/octet-stream\r\n\r\n";
    let input = [head.as_bytes(), &body].concat();
    let shown = |options: &str| String::from_utf8(inspect(options, &input).stdout).unwrap();
    assert!(!shown("").contains("first-octets"), "{}", shown(""));
    let rows = "      000000  00 01 1b ff 30 31 32 33 34 35 36 37 38 39 61 62  ....0123456789ab\n      \
                000010  63 64 65 66 58 59 5a                             cdefXYZ\n";
    assert!(shown("-v").contains(rows), "{}", shown("-v"));
    assert!(!shown("").contains('\x1b'));
    let colored = shown("--color always");
    assert!(colored.starts_with("\x1b[1mrequest: MESSAGE") && colored.contains("\x1b[0m\n"), "{colored:?}");
    // What cannot be read stands in the tree and in the error, and is no third time among the findings.
    let ran = inspect("", b"MESSAGE sip:b@c SIP/2.0\r\nContent-Type: text\r\n\r\nx");
    assert_eq!(ran.said().matches("Content-Type is malformed").count(), 1, "{}", ran.said());
}

// CPIM and MSRP are recognised: the one is shown, of the other is said what it is.
#[test]
fn cpim_and_msrp() {
    let cpim = std::fs::read(format!("{ROOT}/testdata/rfc/rfc3862/5.2.mime")).unwrap();
    let object = tree("", &cpim);
    let node = nodes(&object["tree"], "cpim")[0];
    let fields: Vec<&str> = nodes(node, "field").iter().map(|field| field["title"].as_str().unwrap()).collect();
    assert_eq!(&fields[..3], ["From", "To", "DateTime"]);
    assert_eq!(nodes(node, "entity")[0]["title"], "text/xml");
    let ran = inspect("testdata/rfc/rfc8591/10.3.msrp", b"");
    assert_says(&ran, 3, "input.unrecognised", "it is MSRP", "put the chunks together");
}

/// The octets of every vector, with its name.
fn vectors() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(format!("{ROOT}/testdata/vectors")).unwrap();
    let files =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "vec"));
    files
        .map(|path| {
            let octets = std::fs::read(&path).unwrap();
            let at = octets.windows(2).position(|pair| pair == b"\n\n").unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), octets[at + 2..].to_vec())
        })
        .collect()
}

// O1: whatever stands in a name, a boundary, a parameter, a certificate: no vector drives a terminal. Each ends in an answer.
#[test]
fn o1_no_vector_drives_a_terminal() {
    let all = vectors();
    assert!(all.len() > 900, "{}", all.len());
    let hostile = all.iter().filter(|(name, _)| name.starts_with("escapes_") || name.contains("hostile"));
    let mut wrong = Vec::new();
    for (name, octets) in hostile {
        for options in ["-v", "--lint", "--json"] {
            let ran = inspect(options, octets);
            if !(0..=5).contains(&ran.status)
                || drives_a_terminal(&ran.stdout).is_some()
                || drives_a_terminal(&ran.stderr).is_some()
            {
                wrong.push(format!("{name} {options}: {}", ran.status));
            }
        }
    }
    assert_none(&wrong);
}

// R8: names and lists without end are cut short, and soon.
#[test]
fn r8_large_certificates() {
    let scene = Scene::new();
    let names: String = (0..60_000).map(|number| format!(",URI:sip:u{number}\\100example.com")).collect();
    scene.write(
        "c.cnf",
        format!(
            "[req]\ndistinguished_name=d\nprompt=no\nx509_extensions=x\n[d]\nCN={}\n[x]\nsubjectAltName=@s\n[s]\n",
            "x".repeat(60)
        )
        .as_bytes(),
    );
    let mut config = String::from_utf8(scene.read("c.cnf")).unwrap();
    for (number, name) in names.split(',').filter(|name| !name.is_empty()).enumerate() {
        config += &format!("URI.{number}={}\n", name.trim_start_matches("URI:").replace("\\100", "@"));
    }
    scene.write("c.cnf", config.as_bytes());
    let ran = scene.shell(
        "openssl req -x509 -config c.cnf -key alice.key -days 365 -out c.pem && \
         openssl crl2pkcs7 -nocrl -certfile c.pem -outform DER -out c.p7c",
    );
    if ran.status == 127 {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
        return;
    }
    assert_eq!(ran.status, 0, "{}", ran.said());
    let object = scene.read("c.p7c");
    assert!(object.len() > 1 << 20, "{}", object.len());
    for options in ["-v", "--lint", "--json"] {
        let begin = Instant::now();
        let ran = inspect(options, &object);
        assert!(ran.status <= 1 && ran.stdout.len() < 64 * 1024, "{}: {}", ran.stdout.len(), ran.said());
        assert!(begin.elapsed() < Duration::from_secs(2), "{options}: {:?}", begin.elapsed());
        if options == "-v" {
            assert!(String::from_utf8_lossy(&ran.stdout).contains("more-names: 59936"), "{}", ran.said());
        }
    }
}
