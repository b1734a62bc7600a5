//! `decrypt` as its users meet it: whose key, what is refused, and what is written when something fails.

use std::fs;
use std::os::unix::fs::FileTypeExt;

use crate::encryption::{BOB, encrypt, scene};
use crate::scene::{PLAIN, assert_says, keys, objects};

// Which key is whose: DEC-04 and cli.md under decrypt.
#[test]
fn dec_04_keys_and_certificates() {
    let scene = scene();
    encrypt(&scene, "-recip @carol.pem -out two.sip plain.sip");
    encrypt(&scene, "-recip @carol.pem -keyid -out two-keyid.sip plain.sip");
    encrypt(&scene, "-recip @bob-rsa2048.pem -recip @bob-x25519.pem -out kinds.sip plain.sip");
    scene.write("bob-both.pem", &[fs::read(keys("bob.key")).unwrap(), fs::read(keys("bob.pem")).unwrap()].concat());
    scene.write(
        "carol-both.pem",
        &[fs::read(keys("carol.key")).unwrap(), fs::read(keys("carol.pem")).unwrap()].concat(),
    );
    scene.chmod("bob-both.pem", 0o600);
    scene.chmod("carol-both.pem", 0o600);
    let good = [
        "-recip @bob.pem -inkey bob.key encrypted.sip",
        "-inkey bob.key encrypted.sip",
        "-inkey bob-both.pem two.sip",
        "-recip bob-both.pem two.sip",
        "-recip @bob.pem -inkey bob.key two.sip",
        "-inkey bob.key two-keyid.sip",
        "-inkey bob.key kinds.sip",
        "-inkey bob-rsa2048.key kinds.sip",
        "-inkey carol.key -inkey bob-both.pem two.sip",
        "-inkey alice-rsa2048.key -inkey bob.key encrypted.sip",
        "-recip @bob.pem -inkey carol.key -inkey bob.key two.sip",
        "-recip @bob.pem -recip @carol.pem -inkey carol.key -inkey bob.key two.sip",
        "-recip @carol.pem -recip @bob.pem -inkey carol.key -inkey bob.key encrypted.sip",
        "-recip carol-both.pem -recip bob-both.pem encrypted.sip",
        "--kek a:@kek/128.bin -inkey bob.key encrypted.sip",
    ];
    for arguments in good {
        let ran = scene.run(&format!("decrypt -q {arguments}"));
        assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{arguments}: {}", ran.said());
    }
    let bad = [
        (4, "decrypt.which-recipient", "serial 40db1bec7e69636d", "-inkey bob.key two.sip"),
        (4, "decrypt.which-recipient", "hint: name the certificate of the key with -recip", "-inkey bob.key two.sip"),
        (4, "decrypt.key-mismatch", "carol.pem", "-recip @carol.pem -inkey bob.key encrypted.sip"),
        (4, "decrypt.key-mismatch", "carol.pem", "-recip @bob.pem -recip @carol.pem -inkey bob.key encrypted.sip"),
        (2, "key.unreadable", "hint: this is a certificate: give its private key with -inkey", "-inkey @bob.pem x"),
        (4, "decrypt.key-mismatch", "", "-recip @bob-p384.pem -inkey bob.key encrypted.sip"),
        (4, "decrypt.no-recipient", "serial 40db1bec7e69636d", "-recip @carol.pem -inkey carol.key encrypted.sip"),
        (4, "decrypt.no-recipient", "", "-recip @alice.pem -inkey alice.key two.sip"),
        (4, "decrypt.no-recipient", "", "-inkey alice-rsa2048.key encrypted.sip"),
        (4, "decrypt.key-kind", "Ed25519", "-inkey @alice-ed25519.key encrypted.sip"),
        (4, "decrypt.key-kind", "Ed25519", "-inkey bob.key -inkey @alice-ed25519.key encrypted.sip"),
        (2, "key.unreadable", "give the key with -inkey", "-recip @bob.pem encrypted.sip"),
        (2, "certificate.unreadable", "give the certificate with -recip, the key", "-recip bob.key encrypted.sip"),
        (2, "certificate.unreadable", "plain.sip", "-recip plain.sip -inkey bob.key encrypted.sip"),
        (2, "key.unreadable", "plain.sip", "-inkey plain.sip encrypted.sip"),
        (2, "file.unreadable", "nope", "-inkey nope encrypted.sip"),
        (2, "key.needs-password", "-passin", "-inkey alice-rsa2048.enc.key encrypted.sip"),
        (2, "usage", "-inkey", "encrypted.sip"),
    ];
    for (status, code, text, arguments) in bad {
        let ran = scene.run(&format!("decrypt -q {arguments}"));
        assert_says(&ran, status, code, text, arguments);
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
    // A certificate may be read by all.
    let ran = scene.run("decrypt -recip @bob.pem encrypted.sip");
    assert!(!ran.said().contains("[KEY-READABLE]"), "{}", ran.said());
}

// B5: what no tag protects is refused if one was asked for, and marked if not.
#[test]
fn b5_require_aead() {
    let scene = scene();
    encrypt(&scene, "-aes128 -out cbc.sip plain.sip");
    encrypt(&scene, "-aes128 -signer @alice.pem -inkey alice.key -out signed-cbc.sip plain.sip");
    assert_eq!(scene.run(&format!("{BOB} --require-aead encrypted.sip")).stdout, PLAIN);
    for message in ["cbc.sip", "signed-cbc.sip"] {
        let ran = scene.run(&format!("{BOB} --require-aead {message}"));
        assert_says(&ran, 1, "decrypt.not-authenticated", "aes-128-cbc", message);
        assert!(ran.stdout.is_empty());
    }
    for (message, options, integrity, is_warned) in [
        ("cbc.sip", "", "none", true),
        ("encrypted.sip", "", "authenticated", false),
        ("signed-cbc.sip", "", "none", true),
        ("signed-cbc.sip", "--verify -CAfile @ca.pem", "signed", false),
        ("sealed.sip", "--verify -CAfile @ca.pem", "signed", false),
        ("sealed.sip", "", "authenticated", false),
    ] {
        let arguments = format!("decrypt -recip @bob.pem -inkey bob.key {options} {message}");
        let ran = scene.run(&arguments);
        assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
        assert_eq!(ran.said().contains("[CBC-UNAUTHENTICATED"), is_warned, "{arguments}: {}", ran.said());
        let json = objects(&scene.run(&format!("{arguments} --json")).stdout);
        assert_eq!(json[0]["integrity"], integrity, "{arguments}");
    }
}

#[test]
fn verify_options_need_verify() {
    let scene = scene();
    for option in [
        "-CAfile @ca.pem",
        "-CApath .",
        "--trust @alice.pem",
        "-certfile @alice.pem",
        "-nointern",
        "--at-time 2026-01-01",
        "-noverify",
        "--identity none",
        "--identity tel:+1",
        "--require-date",
        "--require-signed",
        "--allow-email-san",
        "--purpose any",
        "--any-signer",
        "--strict",
        "--signer-out who.pem",
    ] {
        let ran = scene.run(&format!("{BOB} {option} sealed.sip"));
        assert_says(&ran, 2, "usage", "add --verify", option);
        assert!(ran.stdout.is_empty() && !scene.path("who.pem").exists(), "{option}");
    }
    // With it, what verify refuses is refused.
    for (options, code) in [
        ("", "trust.no-anchor"),
        ("-CAfile @other-ca.pem", "trust.unknown-issuer"),
        ("-CAfile @ca.pem --identity to", "identity.mismatch"),
        ("-CAfile @ca.pem --at-time 2050-01-01", "trust.expired"),
    ] {
        let ran = scene.run(&format!("{BOB} --verify {options} sealed.sip"));
        assert_says(&ran, 1, code, "", options);
        assert!(ran.stdout.is_empty());
    }
    let ran = scene.run(&format!("{BOB} --verify -CAfile @ca.pem --signer-out who.pem sealed.sip"));
    assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{}", ran.said());
    assert_eq!(scene.read("who.pem"), fs::read(keys("alice.pem")).unwrap().trim_ascii_start());
    // A message that is encrypted only is not signed.
    let ran = scene.run(&format!("{BOB} --verify -CAfile @ca.pem encrypted.sip"));
    assert_says(&ran, 1, "verify.not-signed", "", "encrypted.sip");
    assert!(ran.stdout.is_empty());
}

#[test]
fn what_is_not_encrypted() {
    let scene = scene();
    let stream = [scene.read("encrypted.sip"), PLAIN.to_vec(), scene.read("encrypted.sip")].concat();
    scene.write("stream.sip", &stream);
    scene.write("with-signed.sip", &[scene.read("encrypted.sip"), scene.read("signed.sip")].concat());
    for message in ["plain.sip", "plain.mime", "signed.sip"] {
        let ran = scene.run(&format!("{BOB} {message}"));
        assert_says(&ran, 1, "decrypt.not-encrypted", message, message);
        assert!(ran.stdout.is_empty(), "{message}");
    }
    // Messages without S/MIME among others are counted and skipped; what is signed has S/MIME and fails.
    let ran = scene.run("decrypt -recip @bob.pem -inkey bob.key stream.sip");
    assert_eq!((ran.status, &ran.stdout[..]), (0, &[PLAIN, PLAIN].concat()[..]), "{}", ran.said());
    assert!(ran.said().contains("1 of 3 messages have no S/MIME"), "{}", ran.said());
    let ran = scene.run(&format!("{BOB} with-signed.sip"));
    assert_says(&ran, 1, "decrypt.not-encrypted", "message 2", "signed");
    assert_eq!(ran.stdout, PLAIN);
    let ran = scene.run(&format!("{BOB} --verify -CAfile @ca.pem --require-signed stream.sip"));
    assert!(ran.status == 1 && ran.stdout.is_empty(), "{}", ran.said());
    scene.write("all-plain.sip", &[PLAIN, PLAIN].concat());
    let ran = scene.run(&format!("{BOB} all-plain.sip"));
    assert_says(&ran, 1, "decrypt.not-encrypted", "", "only plain ones");
}

// O3 for both commands: whatever fails, nothing is written.
#[test]
fn o3_a_failure_leaves_the_output_as_it_was() {
    let scene = scene();
    scene.write("kept", b"as it was");
    scene.write("lf.sip", &String::from_utf8_lossy(PLAIN).replace("\r\n", "\n").into_bytes());
    encrypt(&scene, "-signer @alice.pem -inkey alice.key -out wrong-signer.sip plain.sip");
    let rows = [
        (1, "decrypt -recip @bob.pem -inkey bob.key -out kept broken.sip"),
        (1, "decrypt -recip @bob.pem -inkey bob.key -out kept encrypted.sip broken.sip"),
        (1, "decrypt -recip @bob.pem -inkey bob.key -out kept --keep-going broken.sip broken.sip"),
        (1, "decrypt -recip @bob.pem -inkey bob.key -out kept --verify --signer-out kept.pem sealed.sip"),
        (1, "decrypt -recip @bob.pem -inkey bob.key -out kept plain.sip"),
        (4, "decrypt -recip @carol.pem -inkey carol.key -out kept encrypted.sip"),
        (2, "decrypt -recip @bob.pem -inkey bob.key -out kept missing.sip"),
        (2, "decrypt -recip @bob.pem -inkey bob.key -out kept encrypted.sip missing.sip"),
        (3, "decrypt -recip @bob.pem -inkey bob.key -out kept lf.sip"),
        (2, "encrypt -recip @bob.pem -out kept missing.sip"),
        (2, "encrypt -recip missing.pem -out kept plain.sip"),
        (2, "encrypt -out kept plain.sip"),
        (3, "encrypt -recip @bob.pem -out kept lf.sip"),
        (3, "encrypt -recip @bob.pem -out kept plain.sip lf.sip"),
        (5, "encrypt -recip @bob.pem -out kept @../interop/openssl/two-signers-opaque.der"),
        (4, "encrypt -recip @bob.pem -recip @recipients/expired.pem -out kept plain.sip"),
        (4, "encrypt -recip @bob.pem -signer @alice.pem -inkey bob.key -out kept plain.sip"),
    ];
    for (status, arguments) in rows {
        let ran = scene.run(arguments);
        assert_eq!(ran.status, status, "{arguments}: {}", ran.said());
        assert_eq!(scene.read("kept"), b"as it was", "{arguments}");
        assert!(!scene.path("kept.pem").exists(), "{arguments}");
        assert_eq!(scene.left_over(), [""; 0], "{arguments}");
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
}

#[test]
fn o3_devices_pipes_and_the_input_itself() {
    let scene = scene();
    let ran = scene.run(&format!("{BOB} -out encrypted.sip encrypted.sip"));
    assert_eq!((ran.status, scene.read("encrypted.sip")), (0, PLAIN.to_vec()), "{}", ran.said());
    encrypt(&scene, "-out encrypted.sip encrypted.sip");
    for arguments in [format!("{BOB} -out /dev/full encrypted.sip"), format!("{BOB} encrypted.sip >/dev/full")] {
        let ran = scene.shell(&format!("sip-smime {arguments}"));
        assert_says(&ran, 2, "file.unwritable", "", &arguments);
    }
    let into_fifo = |message: &str| {
        let command = format!("sip-smime {BOB} -out fifo {message}");
        // A reader that comes even if nobody writes: opening it for both is no hindrance to either.
        scene.shell(&format!(
            "rm -f fifo got; mkfifo fifo; cat fifo >got & reader=$!; {command}; status=$?; \
             [ $status = 0 ] || : >fifo; wait $reader; exit $status"
        ))
    };
    assert_eq!((into_fifo("encrypted.sip").status, scene.read("got")), (0, PLAIN.to_vec()));
    assert!(fs::metadata(scene.path("fifo")).unwrap().file_type().is_fifo());
    assert_eq!((into_fifo("broken.sip").status, scene.read("got")), (1, Vec::new()));
    // --keep-going gives what is good.
    let ran = scene.run(&format!("{BOB} --keep-going -out out encrypted.sip broken.sip encrypted.sip"));
    assert_eq!((ran.status, scene.read("out")), (1, [PLAIN, PLAIN].concat()), "{}", ran.said());
}

#[test]
fn o3_closed_pipes() {
    let scene = scene();
    scene.write("many.sip", &scene.read("encrypted.sip").repeat(200));
    let piped = |arguments: &str, reader: &str| {
        scene.shell(&format!("sip-smime {arguments} | {reader} >/dev/null; exit ${{PIPESTATUS[0]}}"))
    };
    // 1000 times Alice's message: more than a pipe holds.
    scene.write("plain-many.sip", &PLAIN.repeat(1000));
    let ran = piped("encrypt -q --kek a:@kek/128.bin plain-many.sip", "true");
    assert_eq!((ran.status, ran.said()), (2, String::new()));
    let ran = piped(&format!("{BOB} --json -out all.sip many.sip"), "head -c1");
    assert_eq!((ran.status, ran.said()), (0, String::new()));
    assert_eq!(scene.read("all.sip"), PLAIN.repeat(200));
    let ran = scene.shell(&format!("sip-smime {BOB} encrypted.sip >&-"));
    assert_says(&ran, 2, "file.unwritable", "standard output is closed", "decrypt");
    assert_eq!(scene.shell(&format!("sip-smime {BOB} -out out encrypted.sip >&- 2>&-")).status, 0);
    assert_eq!(scene.read("out"), PLAIN);
}

#[test]
fn contradictions_are_usage() {
    let scene = scene();
    for (arguments, text) in [
        ("--profile rfc6216 -recip @bob-rsa2048.pem --cipher aes-128-gcm plain.sip", "--profile rfc6216 excludes"),
        ("--profile rfc6216 -recip @bob-rsa2048.pem --rsa oaep plain.sip", "--profile rfc6216 excludes"),
        ("--profile rfc6216 -recip @bob-rsa2048.pem -signer @alice.pem -inkey alice.key plain.sip", "excludes -signer"),
        ("-recip @bob.pem -inkey alice.key plain.sip", "--signer is missing"),
        ("-recip @bob.pem -outform sip plain.mime", "a SIP message cannot be made"),
        ("-recip @bob.pem --part 1 plain.sip", ""),
        ("plain.sip", "there is no recipient"),
    ] {
        let ran = scene.run(&format!("encrypt {arguments}"));
        assert!(ran.status == 2 && ran.said().contains(text), "{arguments}: {}", ran.said());
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
    for (arguments, text) in [
        ("-outform der encrypted.sip", "decrypt writes a SIP message if it read one"),
        ("-outform pem encrypted.sip", "decrypt writes a SIP message if it read one"),
        ("--part 1 encrypted.sip", ""),
        ("-in encrypted.sip encrypted.sip", "exclude one another"),
    ] {
        let ran = scene.run(&format!("{BOB} {arguments}"));
        assert!(ran.status == 2 && ran.said().contains(text), "{arguments}: {}", ran.said());
        assert!(ran.stdout.is_empty(), "{arguments}");
    }
}
