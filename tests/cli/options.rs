//! Options as they are typed, rightly or not (U2).

use crate::scene::{Scene, assert_says, sign, verify};

#[test]
fn values_in_any_case() {
    let scene = Scene::new();
    let options = "-inform SMIME -outform Pem -md SHA256 -out c.pem plain.mime";
    assert_eq!(scene.run(&sign(options)).status, 0);
    assert_eq!(scene.run(&verify("-inform PEM c.pem")).status, 0);
    assert_eq!(scene.run(&verify("-inform Smime c.pem")).status, 3);
}

// A word that is almost an option is never one: exit 2, and what was meant.
#[test]
fn u2_mistyped_options() {
    let scene = Scene::new();
    for command in ["sign", "verify", "encrypt", "decrypt"] {
        let help = String::from_utf8(scene.run(&format!("{command} --help")).stdout).unwrap();
        let options: Vec<&str> = help
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"))
            .map(|word| word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
            .collect();
        assert!(options.len() > 20, "{options:?}");
        for option in &options {
            for dashes in ["-", "--"] {
                let (start, end) = option.split_at(option.len() / 2);
                let doubled = format!("{dashes}{start}{}{end}", &end[..1]);
                let ran = scene.run(&format!("{command} {doubled} x"));
                assert_says(&ran, 2, "usage", "there is no option", &doubled);
                let is_suggested = ran.said().contains("did you mean -");
                assert!(is_suggested || WEAKENING.contains(option), "{doubled}: {}", ran.said());
                let shouted = format!("{dashes}{}", option.to_uppercase().replace('-', "_"));
                let ran = scene.run(&format!("{command} {shouted} x"));
                let meant = if *option == "attime" { "at-time" } else { option };
                assert_says(&ran, 2, "usage", &format!("did you mean {dashes}{meant}?"), &shouted);
            }
        }
        for weakening in ["-noverfy", "-any-sgner", "-allow-legcy", "-nodetch", "-noatr", "-forse"] {
            let ran = scene.run(&format!("{command} {weakening} x"));
            let said = ran.said();
            let is_named = |option: &&str| said.contains(&format!("-{option}?"));
            assert!(!WEAKENING.iter().any(is_named), "{weakening}: {said}");
            assert_eq!(ran.status, 2, "{weakening}: {said}");
        }
    }
}

#[test]
fn u2_words_of_openssl() {
    let scene = Scene::new();
    for (arguments, text) in [
        ("", "no command was given: sign, verify, encrypt, decrypt, inspect, check-san or gen-cert"),
        ("smime -verify -in x", "write sip-smime sign, verify, encrypt or decrypt"),
        ("cms -sign -in x", "write sip-smime sign, verify, encrypt or decrypt"),
        ("encrypt -des3 -recip a x", "3DES is not written"),
        ("encrypt -secretkey 00 x", "use --kek ID:hex:FILE"),
        ("encrypt -pwri_password x", "use --password env:NAME"),
        ("encrypt --password pass:x y", "can be read by others"),
        ("encrypt -aes128 -aes256 -recip a x", "--cipher is given twice"),
        ("encrypt -aes512 x", "there is no option -aes512"),
        ("encrypt x", "there is no recipient"),
        ("encrypt -inkey a -recip b x", "--signer is missing"),
        ("sign -aes128 x", "ciphers are for encrypt"),
        ("decrypt x", "there is nothing to decrypt with"),
        ("decrypt -inkey a -CAfile b x", "add --verify"),
        ("decrypt -debug_decrypt x", "one and the same failure"),
        ("-in x sign", "options follow the command"),
        ("verfiy x", "did you mean verify?"),
        ("signed.sip", "the first word is the command"),
        ("verify -verify x", "verify is the command: leave it out"),
        ("verify -verify_email a@b x", "use --identity URI"),
        ("verify -nosigs x", "would prove nothing"),
        ("verify -partial_chain x", "--trust CERT"),
        ("sign -crl_check x", "revocation is checked where signatures are"),
        ("verify -crl_download x", "nothing is fetched: give lists with --crl"),
        ("verify -cafile x", "did you mean -CAfile?"),
        ("verify -inkey x y", "verify needs no private key"),
        ("verify -CAfile a -CAfile b x", "put the certificates in one file, or use -CApath"),
        ("verify --max-size 1k x", "a whole number"),
        ("verify --jobs x x", "a whole number"),
        ("verify --at-time 2026 x", "a year is no time: write 2026-01-01"),
        ("verify --purpose mail x", "possible values: smime, sip, any"),
        ("sign --diagnose x", "--diagnose is an option of verify, decrypt"),
        ("verify -q=1 x", "-q takes no value"),
        ("verify -CAfile=x y", "write the value as a word of its own: -CAfile x"),
        ("sign -CAfile x y", "-CAfile is an option of verify, encrypt, decrypt, check-san"),
        ("sign -key k x", "-inkey KEY is the private key of the signer"),
        ("verify -CA ca.pem x", "-CAfile FILE names trust anchors"),
        ("check-san -CA ca.pem x", "-CAfile FILE names trust anchors"),
        ("gen-cert -subj /CN=x sip:x", "the names follow from the URIs"),
        ("encrypt --strict x", "--strict is an option of sign, verify, decrypt"),
        ("encrypt -aes-128-gmc x", "did you mean -aes-128-gcm?"),
        ("encrypt -aes128-gcm x", "did you mean -aes-128-gcm?"),
        ("encrypt -recipient x y", "-recip CERT is who can read it"),
        ("decrypt -recipient x y", "-recip CERT is the certificate of the key"),
        ("sign -detached x", "use --layout detached"),
        ("sign -sha256 x", "use -md sha256"),
    ] {
        let ran = scene.run(arguments);
        assert_says(&ran, 2, "usage", text, arguments);
        assert!(!ran.said().contains("For more information"), "{}", ran.said());
    }
    for arguments in ["help", "help sign", "sign -help", "--help", "-h"] {
        let ran = scene.run(arguments);
        assert_eq!((ran.status, ran.said()), (0, String::new()), "{arguments}");
        assert!(String::from_utf8(ran.stdout).unwrap().contains("Usage:"), "{arguments}");
    }
}

// What is planned is said to be planned.
#[test]
fn what_is_not_there_yet() {
    let scene = Scene::new();
    let options = ["fit", "reply", "as", "cek-store", "cek-ref", "cek-uses", "reuse-cek", "share"];
    let more = ["max-age", "handling", "inner", "seen", "sender", "recipient", "chunk-size", "cpim-scope"];
    for command in ["sign", "verify", "encrypt", "decrypt"] {
        for option in options.into_iter().chain(more) {
            let ran = scene.run(&format!("{command} --{option} x plain.sip"));
            assert_says(&ran, 2, "usage", "hint: that is not there yet", option);
        }
    }
    for (arguments, hint) in [
        ("sign --protect sip", "that is not there yet"),
        ("sign --protect sipfrag", "that is not there yet"),
        ("sign --protect aib", "that is not there yet"),
        ("encrypt --protect sip", "that is not there yet"),
        ("encrypt --protect mail", "possible values: body"),
        ("decrypt --inform msrp", "that is not there yet"),
        ("encrypt -outform msrp", "that is not there yet"),
        ("encrypt -content x", "that is there for verify alone"),
        ("decrypt -content x", "that is there for verify alone"),
    ] {
        assert_says(&scene.run(&format!("{arguments} plain.sip")), 2, "usage", &format!("hint: {hint}"), arguments);
    }
}

/// Options that no mistake may lead to.
const WEAKENING: [&str; 6] = ["noverify", "any-signer", "allow-legacy", "nodetach", "noattr", "force"];
