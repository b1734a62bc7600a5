//! The keyring where messages are decrypted and encrypted: whose key, whose certificate, and for whom.

use std::fs;

use crate::encryption;
use crate::keyring::{LEARN, content, refill, run, scene, shell};
use crate::scene::{PLAIN, assert_says, keys, objects, replaced};

// decrypt --verify asks the keyring as verify does, and learns as it does.
#[test]
fn vfy_18_decrypt_asks_too() {
    let scene = scene();
    encryption::encrypt(&scene, "-signer p384.pem -inkey p384.key -out sealed-p384.sip plain.sip");
    let decrypt = "decrypt -recip bob.pem -inkey bob.key --verify --keyring ring";
    for (options, status, text) in [
        ("sealed.sip", 1, "[trust.no-anchor]"),
        ("-CAfile @ca.pem sealed.sip", 0, "keyring: stranger"),
        ("-CAfile @ca.pem --learn broken.sip", 1, "[decrypt.failed]"),
        ("-CAfile @ca.pem --learn encrypted.sip", 1, "[verify.not-signed]"),
        ("-CAfile @ca.pem --learn sealed.sip", 0, "learnt: sip:alice@example.com"),
        ("-CAfile @ca.pem --learn sealed.sip", 0, "keyring: known"),
        ("-CAfile @ca.pem --learn sealed-p384.sip", 1, "[trust.keyring-changed]"),
        ("--trust p384.pem --learn sealed-p384.sip", 0, "a pin, in "),
        ("sealed-p384.sip", 0, "keyring: pinned"),
    ] {
        let ran = run(&scene, &format!("{decrypt} {options}"));
        assert_eq!(ran.status, status, "{options}: {}", ran.said());
        assert!(ran.said().contains(text), "{options}: {text} is not in {}", ran.said());
        assert_eq!(ran.stdout.is_empty(), status != 0, "{options}");
        let expected = if text.starts_with("[") || text.contains("stranger") { 0 } else { 1 };
        assert!(content(&scene).len() >= expected, "{options}: {:?}", content(&scene));
    }
    assert_eq!(content(&scene), ["sip:alice@example.com path alice", "sip:alice@example.com pin p384"]);
    let ran = run(&scene, "decrypt -recip bob.pem -inkey bob.key --keyring ring --learn sealed.sip");
    assert_says(&ran, 2, "usage", "--learn asks something of a signature", "--learn");
}

// cli.md under decrypt: a key has its certificate from -recip, its file or the keyring.
#[test]
fn dec_14_certificates_of_keys() {
    let scene = scene();
    encryption::encrypt(&scene, "-recip @carol.pem -out two.sip plain.sip");
    let decrypt = "decrypt -q -inkey bob.key --keyring ring two.sip";
    assert_says(&run(&scene, decrypt), 4, "decrypt.which-recipient", "", "empty");
    for (placed, status) in [(&["bob"][..], 0), (&["alice"], 4), (&["alice", "bob", "both"], 0)] {
        refill(&scene, placed);
        let ran = run(&scene, decrypt);
        assert_eq!((ran.status, ran.stdout.is_empty()), (status, status != 0), "{placed:?}: {}", ran.said());
    }
    // What is learnt will do, and -recip comes first.
    refill(&scene, &[]);
    assert_eq!(run(&scene, &format!("{LEARN} bob-as-bob.sip")).status, 0);
    assert_eq!(run(&scene, decrypt).status, 0);
    refill(&scene, &["bob"]);
    let ran = run(&scene, "decrypt -q -recip @bob-p384.pem -inkey bob.key --keyring ring two.sip");
    assert_says(&ran, 4, "decrypt.key-mismatch", "", "-recip");
}

// RFC 3261 section 23.3: the recipient is whom the To names, and the keyring has the certificate.
#[test]
fn enc_24_recipients_of_the_keyring() {
    let scene = scene();
    for name in ["bob-p384", "bob-rsa2048", "erin-sign", "erin-encrypt", "carol"] {
        fs::copy(keys(&format!("{name}.pem")), scene.path(&format!("{name}.pem"))).unwrap();
    }
    fs::copy(keys("recipients/expired.pem"), scene.path("expired.pem")).unwrap();
    let made = shell(&scene, "sip-smime gen-cert -q -out bob-new.pem -keyout bob-new.key sip:bob@example.org");
    assert_eq!(made.status, 0, "{}", made.said());
    let to = |uri: &str| replaced(PLAIN, b"To: <sip:bob@example.org>", format!("To: {uri}").as_bytes());
    scene.write("to-erin.sip", &to("Erin <sip:erin@example.com>;tag=2"));
    scene.write("to-bob.sip", &to("<sips:bob@EXAMPLE.org>"));
    scene.write("to-nobody.sip", &replaced(PLAIN, b"To: <sip:bob@example.org>\r\n", b""));
    scene.write("to-two.sip", &to("<sip:bob@example.org>\r\nTo: <sip:alice@example.com>"));
    scene.write("stream.sip", &[PLAIN, &to("<sip:erin@example.com>"), PLAIN].concat());
    let encrypt = "encrypt --keyring ring -out out.sip";
    type Row<'a> = (&'a [&'a str], &'a str, i32, &'a str);
    let rows: &[Row<'_>] = &[
        (&["bob", "alice", "carol"], "plain.sip", 0, "to: sip:bob@example.org, whose certificate is ring/bob.pem\n"),
        (&["bob", "alice"], "plain.sip", 0, "recipient: CN=Bob,O=test (URI:sip:bob@example.org)"),
        (&["bob"], "to-bob.sip", 0, "to: sips:bob@EXAMPLE.org"),
        (&["bob"], "--encrypt-to-self alice.pem plain.sip", 0, "recipient: CN=Alice"),
        (&["bob"], "-signer alice.pem -inkey alice.key plain.sip", 0, "recipient: CN=Bob"),
        // Of several the one that may be used; the newest.
        (&["erin-sign", "erin-encrypt"], "to-erin.sip", 0, "whose certificate is ring/erin-encrypt.pem"),
        (&["bob", "bob-new"], "plain.sip", 0, "whose certificate is ring/bob-new.pem"),
        // One of his own comes before one that names others, too.
        (&["bob", "both"], "plain.sip", 0, "whose certificate is ring/bob.pem"),
        (&["both"], "plain.sip", 0, "whose certificate is ring/both.pem"),
        (&["bob", "expired"], "plain.sip", 0, "whose certificate is ring/bob.pem"),
        // Nobody, or nobody who may.
        (&[], "plain.sip", 4, "[encrypt.recipient-unknown]"),
        (&["alice"], "plain.sip", 4, "the keyring has no certificate for the recipient: the To is sip:bob@example.org"),
        (&["alice"], "plain.sip", 4, "hint: put it into the keyring as NAME.pem, or name it with -recip"),
        (&["bob"], "to-erin.sip", 4, "[encrypt.recipient-unknown]"),
        (&["bob"], "to-nobody.sip", 4, "there is no To"),
        (&["bob"], "to-two.sip", 4, "[encrypt.recipient-unknown]"),
        (
            &["bob"],
            "plain.mime",
            4,
            "hint: name the recipient with -recip CERT: only a SIP message says whom it is for",
        ),
        (&["erin-sign"], "to-erin.sip", 4, "[encrypt.key-usage]"),
        (&["expired"], "plain.sip", 4, "certificate ring/expired.pem"),
        (&["bob"], "stream.sip", 4, "message 2"),
        (&["bob", "erin-encrypt"], "stream.sip", 0, "message 2: to: sip:erin@example.com"),
        // Whoever is named comes first, and then the keyring is not even read.
        (&["both"], "-recip alice.pem plain.sip", 0, "[RECIPIENT-NOT-TO"),
        (&["both"], "--kek a:@kek/128.bin plain.sip", 0, "recipient: "),
        (&["both"], "--password file:@kek/password plain.sip", 0, "recipient: "),
        (&["both"], "--caps-from alice.sip plain.sip", 2, "--caps-from needs a recipient that is named"),
        (&["bob"], "-recip alice.pem -CAfile @ca.pem plain.sip", 2, "-CAfile and -CApath are about recipients"),
    ];
    for (placed, arguments, status, text) in rows {
        refill(&scene, placed);
        let _ = fs::remove_file(scene.path("out.sip"));
        let ran = run(&scene, &format!("{encrypt} {arguments}"));
        assert_eq!(ran.status, *status, "{placed:?} {arguments}: {}", ran.said());
        assert!(ran.said().contains(text), "{placed:?} {arguments}: {text} is not in {}", ran.said());
        assert_eq!(scene.path("out.sip").exists(), *status == 0, "{arguments}");
        let is_named = ["-recip ", "--kek", "--password"].iter().any(|option| arguments.contains(option));
        assert_eq!(
            ran.said().contains("smime: to: "),
            *status == 0 && !is_named && !arguments.contains("stream"),
            "{arguments}: {}",
            ran.said()
        );
    }
    // What was learnt because of a path needs one again, unless it is a pin. A pin comes first.
    refill(&scene, &[]);
    let _ = fs::remove_file(scene.path("out.sip"));
    assert_eq!(run(&scene, &format!("{LEARN} bob-as-bob.sip")).status, 0);
    for (options, code) in [("", "trust.no-anchor"), ("-CAfile @other-ca.pem", "trust.unknown-issuer")] {
        let ran = run(&scene, &format!("{encrypt} {options} plain.sip"));
        assert_says(&ran, 1, code, "hint: it was learnt and is no pin", options);
        assert!(!scene.path("out.sip").exists(), "{options}");
    }
    let json = objects(&run(&scene, &format!("{encrypt} --json -CAfile @ca.pem plain.sip")).stdout);
    assert_eq!(json[0]["to"], "sip:bob@example.org");
    fs::copy(scene.path("bob.pem"), scene.path("ring/bob.pem")).unwrap();
    let ran = run(&scene, &format!("{encrypt} plain.sip"));
    assert!(ran.status == 0 && ran.said().contains("whose certificate is ring/bob.pem"), "{}", ran.said());
    refill(&scene, &[]);
    assert_eq!(run(&scene, &format!("{LEARN} --trust bob.pem bob-as-bob.sip")).status, 0);
    let json = objects(&run(&scene, &format!("{encrypt} --json plain.sip")).stdout);
    assert_eq!(json[0]["to"], "sip:bob@example.org");
    let ran = run(&scene, "decrypt -q -inkey bob.key out.sip");
    assert_eq!((ran.status, &ran.stdout[..]), (0, PLAIN), "{}", ran.said());
}
