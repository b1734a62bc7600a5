//! Keys, passwords and the files that options name (K1, K2).

use crate::scene::{Scene, assert_says, sign, verify};
use crate::support::ROOT;

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
        ("-signer alice.p12", "pkcs12.unreadable", "alice.p12"),
        ("-signer @alice.pem -inkey alice.p12", "pkcs12.unreadable", "alice.p12"),
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

// PKCS #12 and certs-only files are taken for what they are, whatever their names, wherever they are named.
#[test]
fn gen_13_operands_in_pkcs12() {
    let scene = Scene::new();
    let peers = |name: &str| format!("{ROOT}/testdata/interop/pkcs12/{name}.p12");
    for (from, to) in [("openssl-default", "alice"), ("openssl-chain", "carol.pem"), ("keytool-trust", "ca.der")] {
        std::fs::copy(peers(from), scene.path(to)).unwrap();
        scene.chmod(to, 0o600);
    }
    for owner in ["alice", "carlos"] {
        let file = format!("{ROOT}/testdata/rfc/rfc9216/{owner}.p12");
        std::fs::copy(file, scene.path(&format!("{owner}.p12"))).unwrap();
        scene.chmod(&format!("{owner}.p12"), 0o600);
    }
    scene.write("password", b"password\n");
    let good = |script: String| {
        let ran = scene.shell(&format!("export P=password O=alice C=carlos; {script}"));
        assert_eq!(ran.status, 0, "{script}: {}", ran.said());
        ran
    };
    // To sign with, as one file or as two; and the certificates that go with it.
    let check = "sip-smime verify -q -CAfile ca.der -passin env:P --at-time 2026-01-01";
    for signer in ["-signer alice", "-signer @alice.pem -inkey alice", "-signer alice -inkey @alice.key"] {
        for source in ["env:P", "file:password", "fd:7"] {
            good(format!("sip-smime sign -q {signer} -passin {source} plain.sip 7<password | {check}"));
        }
    }
    good(format!("sip-smime sign -q -signer carol.pem --certs chain -passin env:P --binary plain.mime | {check}"));
    good(
        "sip-smime sign -q -signer @alice.pem -inkey alice.key -certfile carol.pem -passin env:P plain.sip".to_owned(),
    );
    // To encrypt for, and to decrypt with.
    let encrypt = "sip-smime encrypt -q -passin env:P -recip alice plain.sip";
    for keys in ["-recip alice", "-inkey alice", "-recip @alice.pem -inkey alice", "-recip alice -inkey @alice.key"] {
        let ran = good(format!("{encrypt} | sip-smime decrypt -q -passin env:P {keys}"));
        assert_eq!(ran.stdout, scene.read("plain.sip"), "{keys}");
    }
    let both = "-signer alice -passin env:P -recip alice";
    let open = "sip-smime decrypt -q --verify -CAfile ca.der -passin env:P -recip alice --at-time 2026-01-01";
    good(format!("sip-smime encrypt -q {both} plain.sip | {open}"));
    // RFC 9216: one pair signs, the other decrypts. The keys of Carlos are Ed25519 and X25519.
    for (owner, password, root) in [("alice", "O", "ca_rsa_cert"), ("carlos", "C", "ca_ed25519_cert")] {
        let root = format!("-CAfile {ROOT}/testdata/rfc/rfc9216/{root}.pem");
        let sign = format!("sip-smime sign -q -signer {owner}.p12 -passin env:{password} plain.mime");
        good(format!("{sign} | sip-smime verify -q {root} --at-time 2026-01-01"));
        let encrypt = format!("sip-smime encrypt -q -recip {owner}.p12 -passin env:{password} plain.mime");
        good(format!("{encrypt} | sip-smime decrypt -q -recip {owner}.p12 -passin env:{password}"));
    }
    for (arguments, code, text) in [
        ("sign -signer alice", "pkcs12.needs-password", "-passin env:NAME"),
        ("sign -signer alice -passin env:HOME", "pkcs12.password-wrong", "alice"),
        ("sign -signer @alice.pem -inkey ca.der -passin file:password", "key.unreadable", "without private keys"),
        ("sign -signer ca.der -passin file:password", "key.unreadable", "give the key with -inkey"),
        ("encrypt -recip alice", "pkcs12.needs-password", "-passin env:NAME"),
        ("decrypt -recip alice", "pkcs12.needs-password", "-passin env:NAME"),
        ("decrypt -inkey alice -passin env:HOME", "pkcs12.password-wrong", "alice"),
        ("verify -CAfile ca.der", "pkcs12.needs-password", "-passin env:NAME"),
        ("verify -certfile ca.der -passin env:HOME", "pkcs12.password-wrong", "ca.der"),
        ("verify --trust ca.der -passin pass:password", "usage", "can be read by others"),
    ] {
        assert_says(&scene.run(&format!("{arguments} plain.sip")), 2, code, text, arguments);
    }
    let ran = scene.shell("sip-smime verify -CAfile ca.der -passin fd:0 <signed.sip");
    assert_says(&ran, 2, "usage", "standard input", "the password and the message");
    let ran = scene.run("sign -signer @bob.pem -inkey alice -passin file:password plain.sip");
    assert_says(&ran, 4, "sign.key-mismatch", "alice", "a key of another");
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
