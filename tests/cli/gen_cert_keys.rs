//! `gen-cert` and keys that are there: certified again, requested for, and not lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::gen_cert::{made, openssl};
use crate::scene::{Scene, assert_says};

const ISSUER: &str = "-CA pki/CA.pem -CAkey pki/CA.key";

fn authority() -> Scene {
    let scene = Scene::new();
    let ran = made(&scene, "-q --ca CA --out-dir pki sip:a%40b.example");
    assert_eq!(ran.status, 0, "{}", ran.said());
    fs::rename(scene.path("pki/a@b.example.pem"), scene.path("a.pem")).unwrap();
    fs::rename(scene.path("pki/a@b.example.key"), scene.path("a.key")).unwrap();
    scene
}

// GEN-13: a certificate is renewed, and a request made, for a key that is there; it is not written again.
#[test]
fn gen_13_keys_that_are_there() {
    let scene = authority();
    let before = scene.read("a.key");
    for arguments in [
        &format!("{ISSUER} -inkey a.key -out renewed.pem sip:a%40b.example"),
        "-inkey a.key -out own.pem sip:a%40b.example",
        "--csr -inkey a.key -out a.csr sip:a%40b.example",
        &format!("{ISSUER} -req a.csr -out requested.pem"),
        "--ca CA -inkey pki/CA.key -out root.pem",
        &format!("{ISSUER} -inkey a.key --out-dir dir sip:a%40b.example"),
    ] {
        let ran = made(&scene, &format!("-q {arguments}"));
        assert_eq!((ran.status, ran.said()), (0, String::new()), "{arguments}");
    }
    assert_eq!(scene.read("a.key"), before);
    assert!(!scene.path("dir/a@b.example.key").exists());
    let mode = fs::metadata(scene.path("renewed.pem")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o666, "it holds no key");
    for file in ["renewed.pem", "own.pem", "a.csr", "requested.pem", "dir/a@b.example.pem"] {
        let text = String::from_utf8(scene.read(file)).unwrap();
        assert!(!text.contains("PRIVATE KEY"), "{file}");
        let kind = if file.ends_with(".csr") { "req" } else { "x509" };
        let same = format!("pkey -in a.key -pubout >key; openssl {kind} -in {file} -noout -pubkey | cmp - key");
        let Some(_) = openssl(&scene, &same.replace('@', "%40")) else { return };
    }
    openssl(&scene, "req -in a.csr -noout -verify");
    for file in ["renewed.pem", "requested.pem"] {
        openssl(&scene, &format!("verify -x509_strict -CAfile pki/CA.pem {file}"));
    }
    // What was issued before is still below an authority whose certificate is renewed.
    openssl(&scene, "verify -x509_strict -CAfile root.pem renewed.pem");
    // Keys of openssl: RSA, encrypted, in PKCS #12; X25519, which somebody has to vouch for.
    openssl(&scene, "genrsa -out rsa.key 2048");
    openssl(&scene, "pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -in rsa.key -out encrypted.key");
    openssl(&scene, "pkcs12 -export -in a.pem -inkey a.key -passout pass:secret -out a.p12");
    openssl(&scene, "genpkey -algorithm x25519 -out x.key");
    for (key, usage) in [
        ("rsa.key", "Key Encipherment"),
        ("encrypted.key -passin env:P", "Key Encipherment"),
        ("a.p12 -passin env:P", "Key Agreement"),
        ("x.key", "Key Agreement"),
    ] {
        let arguments = format!("-q --force {ISSUER} -inkey {key} -out new.pem sip:a%40b.example");
        let ran = scene.shell(
            &format!("P=secret; export P; sip-smime gen-cert {arguments}").replace("%40", "\"$(printf '\\100')\""),
        );
        assert_eq!(ran.status, 0, "{key}: {}", ran.said());
        assert!(openssl(&scene, "x509 -in new.pem -noout -ext keyUsage").unwrap().contains(usage), "{key}");
        openssl(&scene, "verify -CAfile pki/CA.pem new.pem");
    }
    assert_says(&made(&scene, "-inkey x.key -out new2.pem sip:a%40b.example"), 2, "issue.key", "", "X25519");
}

// A new key is nowhere where it would be given away, and an old one is not lost by a hint.
#[test]
fn keys_that_would_be_lost_or_given_away() {
    let scene = authority();
    for (arguments, text) in [
        ("--csr -out x.csr sip:a%40b.example", "name a file for the key with -keyout"),
        ("--csr sip:a%40b.example", "name a file for the key with -keyout"),
        ("--csr -out x.csr --CAkey a.key sip:a%40b.example", "-CA"),
        ("--csr -passin env:P -out x.csr -keyout x.key sip:a%40b.example", "-passout"),
        ("-inkey a.key --key rsa2048 -out x.pem sip:a%40b.example", "exclude one another"),
        ("-inkey a.key -keyout x.key -out x.pem sip:a%40b.example", "exclude one another"),
        ("-inkey a.key --out-dir x sip:a%40b.example sip:c%40b.example", "one by one"),
        ("-inkey a.key --ca X --out-dir x sip:a%40b.example", "one by one"),
        ("-inkey a.key -outform mime -out x.mime sip:a%40b.example", "-outform pem, der or p7c"),
        ("--days 0 -out x.pem sip:a%40b.example", "a whole number of days, 1 or more"),
        ("--days abc -out x.pem sip:a%40b.example", "a whole number of days, 1 or more"),
    ] {
        assert_says(&made(&scene, arguments), 2, "usage", text, arguments);
    }
    let left = scene.shell("ls -d x* 2>/dev/null");
    assert!(left.stdout.is_empty(), "{}", String::from_utf8_lossy(&left.stdout));
    for (arguments, hint) in [
        (
            "--ca CA --out-dir pki sip:c%40b.example",
            "hint: the authority is there: -CA pki/CA.pem -CAkey pki/CA.key instead of --ca",
        ),
        (
            "--csr -out x.csr -keyout a.key sip:a%40b.example",
            "hint: name another file; -inkey KEY certifies a key that is there",
        ),
        ("-out x.pem -keyout a.key sip:a%40b.example", "-inkey KEY"),
    ] {
        assert_says(&made(&scene, arguments), 2, "file.unwritable", hint, arguments);
    }
    // As the hint has it.
    let ran = made(&scene, &format!("-q {ISSUER} --out-dir pki sip:c%40b.example"));
    assert_eq!(ran.status, 0, "{}", ran.said());
}
