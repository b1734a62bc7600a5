//! Keys, passwords and the files that options name (K1, K2).

use crate::scene::{Scene, assert_says, sign, verify};

// K1: no secret on the command line, and what there is instead.
#[test]
fn k1_passwords() {
    let scene = Scene::new();
    scene.write("password", b"password\nnot this\n");
    let with =
        |source: &str| format!("sign -q -signer @alice-rsa2048.pem -inkey alice-rsa2048.enc.key -passin {source}");
    for (before, source, after) in [
        ("P=password", "env:P", ""),
        ("", "file:password", ""),
        ("", "fd:7", "7<password"),
        ("", "fd:0", "<password"),
        ("", "file:/dev/stdin", "<password"),
    ] {
        let ran = scene.shell(&format!("{before} sip-smime {} plain.sip {after}", with(source)));
        assert_eq!(ran.status, 0, "{source}: {}", ran.said());
    }
    for (source, code, text) in [
        ("env:NOPE", "secret.unavailable", "the environment variable NOPE is not set"),
        ("fd:9", "secret.unavailable", "/dev/fd/9"),
        ("file:nope", "file.unreadable", "nope"),
        ("pass:hidden", "usage", "can be read by others"),
        ("hidden", "usage", "env:NAME"),
        ("file:plain.sip", "key.password-wrong", "alice-rsa2048.enc.key"),
    ] {
        let ran = scene.run(&format!("{} plain.sip", with(source)));
        assert_says(&ran, 2, code, text, source);
        assert!(!ran.said().contains("hidden"), "{}", ran.said());
    }
    for typed in ["-passin=pass:hidden", "--passin=pass:hidden", "--passin=hidden", "--password=hidden"] {
        let ran = scene.run(&format!("sign -signer @alice.pem {typed} plain.sip"));
        assert!(ran.status == 2 && !ran.said().contains("hidden"), "{typed}: {}", ran.said());
    }
    for source in ["fd:0", "file:/dev/stdin", "file:/dev/fd/0"] {
        for message in ["", "-", "-in -"] {
            let ran = scene.shell(&format!("sip-smime {} {message} <plain.sip", with(source)));
            assert_says(&ran, 2, "usage", "standard input", source);
        }
    }
    // Without a terminal nobody can be asked.
    let ran = scene.shell(&format!("setsid -w sip-smime {} plain.sip", with("prompt")));
    assert_says(&ran, 2, "secret.unavailable", "terminal", "prompt");
    let ran = scene.run("sign -q -signer @alice-rsa2048.pem -inkey alice-rsa2048.enc.key plain.sip");
    assert_says(&ran, 2, "key.needs-password", "-passin", "none");
}

// K2: a key that others may read.
#[test]
fn k2_keys_of_others() {
    let scene = Scene::new();
    let run = |rest: &str| scene.run(&format!("sign -signer @alice.pem -inkey alice.key {rest} plain.mime"));
    for (mode, is_exposed) in [(0o600, false), (0o400, false), (0o644, true), (0o640, true), (0o604, true)] {
        scene.chmod("alice.key", mode);
        let (lenient, strict) = (run(""), run("--strict"));
        assert_eq!(lenient.status, 0, "{mode:o}: {}", lenient.said());
        assert_eq!(lenient.said().contains("[KEY-READABLE]"), is_exposed, "{mode:o}: {}", lenient.said());
        match is_exposed {
            true => assert_says(&strict, 2, "key.exposed", "chmod 600", "--strict"),
            false => assert_eq!(strict.status, 0, "{mode:o}: {}", strict.said()),
        }
    }
}

#[test]
fn operands_that_are_something_else() {
    let scene = Scene::new();
    // The start of a PKCS #12 file tells what it is.
    scene.write("alice.p12", &hex::decode("300e020103300906072a864886f70d01").unwrap());
    for (arguments, code, text) in [
        ("-signer @alice.pem", "key.unreadable", "hint: give the key with -inkey"),
        ("-signer @alice.key", "certificate.unreadable", "hint: this is a key"),
        ("-signer @alice-rsa2048.enc.key", "certificate.unreadable", "hint: this is a key"),
        ("-signer alice.p12", "certificate.unreadable", "openssl pkcs12 -in alice.p12 -nodes -out FILE"),
        ("-signer @alice.pem -inkey alice.p12", "key.unreadable", "openssl pkcs12 -in alice.p12"),
        ("-inkey alice.key", "usage", "--signer is missing"),
        ("-signer @alice.pem -signer @bob.pem", "usage", "RFC 3261 section 23.3"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 -md sha256", "usage", "--profile rfc6216 and -md"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 --pss", "usage", "--profile rfc6216 and --pss"),
        ("-signer @alice.pem -inkey alice.key --profile rfc6216 --minimal", "usage", "and --minimal"),
        ("-signer @alice.pem --layout opaque -nodetach", "usage", "--layout and --nodetach exclude one another"),
        ("-signer @alice.pem -in plain.sip", "usage", "--in and an operand exclude one another"),
    ] {
        assert_says(&scene.run(&format!("sign {arguments} plain.sip")), 2, code, text, arguments);
    }
    let ran = scene.run("sign -signer @alice.pem -inkey @bob.key plain.sip");
    assert_says(&ran, 4, "sign.key-mismatch", "bob.key", "a key of another");
}

#[test]
fn content_from_standard_input() {
    let scene = Scene::new();
    assert_eq!(scene.run(&sign("--layout detached --outform DER -out d.der plain.mime")).status, 0);
    let ran = scene.shell(&format!("sip-smime {} <plain.mime", verify("--content - d.der")));
    assert_eq!((ran.status, ran.stdout), (0, scene.read("plain.mime")));
    let both = scene.shell(&format!("sip-smime {} <plain.mime", verify("--content - ")));
    assert_says(&both, 2, "usage", "both", "-");
}

// The one file of a signer was read twice: from a pipe the second time found nothing.
#[test]
fn a_signer_may_come_from_a_pipe() {
    let script = format!(
        "cat testdata/keys/alice.combined.pem | {} sign -signer /dev/stdin -in testdata/interop/content.mime | \
         grep -c pkcs7-mime",
        env!("CARGO_BIN_EXE_sip-smime")
    );
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.stdout, b"1\n", "{}", String::from_utf8_lossy(&output.stderr));
}
