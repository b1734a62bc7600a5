//! Answers, for one message and for several (U1).

use std::path::Path;

use crate::scene::{ENVELOPED, PLAIN, Scene, assert_says, objects, sign, verify};
use crate::support::{ROOT, Vector};

// U1: every exit code, through the program.
#[test]
fn u1_exit_codes() {
    let scene = Scene::new();
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    scene.write("enveloped.der", &hex::decode(ENVELOPED).unwrap());
    let nocerts = scene.run(&sign("-nocerts -out nocerts.sip plain.sip"));
    assert_eq!(nocerts.status, 0, "{}", nocerts.said());
    let rows = [
        (0, "", sign("plain.sip")),
        (0, "", verify("signed.sip")),
        (0, "", "--help".to_owned()),
        (0, "", "--version".to_owned()),
        (1, "verify.digest-mismatch", verify("damaged.sip")),
        (1, "verify.not-signed", verify("plain.sip")),
        (1, "trust.no-anchor", "verify -q signed.sip".to_owned()),
        (2, "usage", "verify --frobnicate".to_owned()),
        (2, "usage", String::new()),
        (2, "file.unreadable", verify("missing.sip")),
        (2, "file.unreadable", verify("-in .")),
        (2, "certificate.unreadable", "verify -CAfile plain.sip signed.sip".to_owned()),
        (2, "key.unreadable", "sign -signer @alice.pem -inkey plain.sip plain.sip".to_owned()),
        (3, "sip.bare-lf", sign("lf.sip")),
        (3, "input.empty", verify("/dev/null")),
        (4, "verify.signer-certificate-missing", verify("nocerts.sip")),
        (5, "cms.content-type", verify("enveloped.der")),
    ];
    for (status, code, arguments) in rows {
        let ran = scene.run(&arguments);
        match code.is_empty() {
            true => assert_eq!(ran.status, status, "{arguments}: {}", ran.said()),
            false => assert_says(&ran, status, code, "", &arguments),
        }
        assert!(status == 0 || ran.stdout.is_empty(), "{arguments}");
    }
}

// The worst of several: 2 > 1 > 3 > 5 > 4 > 0.
#[test]
fn u1_the_worst_of_several() {
    let scene = Scene::new();
    assert_eq!(scene.run(&sign("-nocerts -out nocerts.sip plain.sip")).status, 0);
    let vector = Vector::read(&Path::new(ROOT).join("testdata/vectors/opaque_digested_data.vec"));
    scene.write("digested.sip", &vector.octets);
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    for (files, status) in [
        ("signed.sip lf.sip", 3),
        ("lf.sip damaged.sip", 1),
        ("damaged.sip missing.sip signed.sip", 2),
        ("signed.sip nocerts.sip", 4),
        ("nocerts.sip digested.sip", 5),
        ("digested.sip lf.sip", 3),
        ("signed.sip signed.sip", 0),
    ] {
        assert_eq!(scene.run(&verify(files)).status, status, "{files}");
    }
}

// Products that cannot follow one another in one output.
#[test]
fn only_sip_messages_follow_one_another() {
    let scene = Scene::new();
    assert_eq!(scene.run(&sign("-out signed.mime plain.mime")).status, 0);
    for (arguments, verb) in [
        (sign("plain.mime plain.mime"), "sign"),
        (sign("plain.sip plain.mime"), "sign"),
        (sign("-outform mime stream.sip"), "sign"),
        (sign("-outform der plain.sip plain.sip"), "sign"),
        (verify("signed.mime signed.mime"), "verify"),
        (verify("signed.sip signed.mime"), "verify"),
        (verify("-outform mime stream.sip"), "verify"),
        (verify("--jobs 4 -outform mime stream.sip"), "verify"),
    ] {
        let ran = scene.run(&arguments);
        assert_says(&ran, 2, "usage", &format!("in one output: {verb} the files one by one"), &arguments);
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
    // Without a product there is nothing to follow.
    assert_eq!(objects(&scene.run(&verify("--json signed.mime signed.mime")).stdout).len(), 2);
    assert_eq!(scene.run(&sign("plain.sip plain.sip")).status, 0);
    assert_eq!(scene.run(&verify("stream.sip")).stdout, [PLAIN, PLAIN].concat());
    // CR LFs before a start line do not make it anything else.
    let signed = scene.run(&sign("plain.sip")).stdout;
    scene.write("spaced.sip", &[b"\r\n\r\n", &signed[..], b"\r\n\r\n", &signed].concat());
    for files in ["spaced.sip", "spaced.sip spaced.sip"] {
        let ran = scene.run(&verify(files));
        assert_eq!(ran.status, 0, "{files}: {}", ran.said());
    }
}

#[test]
fn several_messages_are_told_apart() {
    let scene = Scene::new();
    let lines = |arguments: &str| {
        let ran = scene.shell(&format!("sip-smime verify -CAfile @ca.pem {arguments}"));
        let said = ran.said();
        said.lines().filter(|line| line.contains("integrity: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let good = "integrity: good";
    assert_eq!(lines("signed.sip"), [format!("sip-smime: {good}")]);
    assert_eq!(lines("- <signed.sip"), [format!("sip-smime: {good}")]);
    for jobs in ["", "--jobs 4 "] {
        let expected = [format!("sip-smime: message 1: {good}"), format!("sip-smime: message 3: {good}")];
        assert_eq!(lines(&format!("{jobs}stream.sip")), expected);
    }
    let expected =
        [format!("sip-smime: signed.sip, message 1: {good}"), format!("sip-smime: standard input, message 1: {good}")];
    assert_eq!(lines("signed.sip - <signed.sip"), expected);
}

#[test]
fn every_message_and_every_file_has_its_object() {
    let scene = Scene::new();
    scene.write("first.sip", &[PLAIN, PLAIN, &scene.read("signed.sip"), PLAIN].concat());
    for jobs in ["", "--jobs 3 "] {
        let ran = scene.shell(&format!(
            "sip-smime {} <stream.sip",
            verify(&format!("{jobs}--json first.sip missing.sip - plain.sip"))
        ));
        assert_eq!(ran.status, 2);
        let found: Vec<_> = objects(&ran.stdout)
            .iter()
            .map(|object| {
                let code = object["error"]["code"].as_str().map(str::to_owned);
                let file = object["file"].as_str().map(str::to_owned);
                (file, object["message"].as_u64(), object["exit"].as_u64().unwrap(), object["skipped"] == true, code)
            })
            .collect();
        let name = |name: &str| Some(name.to_owned());
        let expected = [
            (name("first.sip"), Some(1), 0, true, None),
            (name("first.sip"), Some(2), 0, true, None),
            (name("first.sip"), Some(3), 0, false, None),
            (name("first.sip"), Some(4), 0, true, None),
            (name("missing.sip"), None, 2, false, name("file.unreadable")),
            (None, Some(1), 0, false, None),
            (None, Some(2), 0, true, None),
            (None, Some(3), 0, false, None),
            // Alone, it is a failure.
            (name("plain.sip"), Some(1), 1, false, name("verify.not-signed")),
        ];
        assert_eq!(found, expected);
    }
}
