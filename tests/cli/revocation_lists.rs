//! `gen-cert --revoke`: the lists that it writes and extends, and what openssl and `verify` say of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::gen_cert::{made, openssl};
use crate::scene::{Scene, assert_says};

/// A scene with authorities CA and Other, and users of CA.
fn authorities(kind: &str) -> Scene {
    let scene = Scene::new();
    for arguments in [
        format!("--ca CA --key {kind} --out-dir pki sip:alice%40example.com sip:bob%40example.org"),
        "--ca Other --out-dir pki sip:eve%40example.org".to_owned(),
    ] {
        let ran = made(&scene, &format!("-q {arguments}"));
        assert_eq!(ran.status, 0, "{}", ran.said());
    }
    for (name, user) in [("alice", "alice%40example.com"), ("bob", "bob%40example.org"), ("eve", "eve%40example.org")] {
        for ending in ["pem", "key"] {
            let from = format!("pki/{user}.{ending}").replace("%40", "@");
            fs::rename(scene.path(&from), scene.path(&format!("{name}.{ending}"))).unwrap();
        }
    }
    scene
}

const ISSUER: &str = "-CA pki/CA.pem -CAkey pki/CA.key";

/// The lines of `openssl crl -text` with the serial numbers, and its whole text. The signature is checked.
fn listed(scene: &Scene, file: &str, form: &str) -> Option<(Vec<String>, String)> {
    let text = openssl(scene, &format!("crl -inform {form} -in {file} -noout -text -CAfile pki/CA.pem 2>&1"))?;
    assert!(text.contains("verify OK"), "{text}");
    let serials = text.lines().filter(|line| line.contains("Serial Number:")).map(str::to_owned).collect();
    Some((serials, text))
}

fn serial(scene: &Scene, file: &str) -> Option<String> {
    let said = openssl(scene, &format!("x509 -in {file} -noout -serial"))?;
    Some(format!("    Serial Number: {}", said.trim().trim_start_matches("serial=")))
}

// RFC 5280 section 5, GEN-11: a list is begun and extended, for every kind of key that signs; openssl and we honour it.
#[test]
fn gen_11_lists_are_begun_and_extended() {
    for kind in ["p256", "p384", "ed25519", "rsa2048"] {
        let scene = authorities(kind);
        for name in ["alice", "bob"] {
            let sign = format!(
                "sip-smime sign -q -signer {name}.pem -inkey {name}.key -outform der -out {name}.der plain.mime"
            );
            assert_eq!(scene.shell(&sign).status, 0, "{kind}");
        }
        let status = |name: &str| {
            let check = "-q -CAfile pki/CA.pem --crl crl.pem -crl_check";
            scene.shell(&format!("sip-smime verify {check} --identity none {name}.der >/dev/null")).status
        };
        let ran = made(&scene, &format!("--gencrl {ISSUER} -out crl.pem"));
        assert!(ran.status == 0 && ran.said().contains("number 0x01"), "{kind}: {}", ran.said());
        assert_eq!((status("alice"), status("bob")), (0, 0), "{kind}");
        let ran = made(&scene, &format!("--revoke alice.pem {ISSUER} -out crl.pem --reason keyCompromise"));
        assert!(ran.status == 0 && ran.said().contains("CN=alice,OU=example.com,O=test"), "{kind}: {}", ran.said());
        assert_eq!((status("alice"), status("bob")), (1, 0), "{kind}");
        let ran = made(&scene, &format!("--revoke bob.pem -revoke alice.pem {ISSUER} -out crl.pem"));
        assert!(ran.status == 0 && ran.said().contains("was revoked already"), "{kind}: {}", ran.said());
        assert_eq!((status("alice"), status("bob")), (1, 1), "{kind}");
        let ran = scene.shell("sip-smime check-san -q -CAfile pki/CA.pem --crl crl.pem -crl_check alice.pem");
        assert_eq!(ran.status, 1, "{kind}: {}", ran.said());
        let Some((serials, text)) = listed(&scene, "crl.pem", "pem") else { return };
        let expected = ["alice.pem", "bob.pem"].map(|file| serial(&scene, file).unwrap());
        assert_eq!(serials, expected, "{kind}: in the order given");
        for part in ["Version 2 (0x1)", "X509v3 Authority Key Identifier", "CRL Number: \n                3"] {
            assert!(text.contains(part), "{kind}: {part}: {text}");
        }
        assert_eq!(text.matches("Key Compromise").count(), 1, "{kind}: {text}");
        let verify = "verify -crl_check -CAfile pki/CA.pem -CRLfile crl.pem";
        let ran = scene.shell(&format!("openssl {verify} alice.pem"));
        assert!(ran.status != 0 && ran.said().contains("certificate revoked"), "{kind}: {}", ran.said());
        made(&scene, &format!("-q --force --revoke alice.pem {ISSUER} -out crl.pem"));
        openssl(&scene, &format!("{verify} bob.pem"));
    }
}

// Certificates may be named in every form, with those above them in the same file; the list keeps its form.
#[test]
fn gen_13_what_is_revoked_has_any_form() {
    let scene = authorities("p256");
    let Some(_) = openssl(&scene, "x509 -in alice.pem -outform der -out alice.der") else { return };
    for script in [
        "crl2pkcs7 -nocrl -certfile bob.pem -certfile pki/CA.pem -outform der -out bob.p7c",
        "pkcs12 -export -in eve.pem -inkey eve.key -certfile pki/Other.pem -passout pass:secret -iter 1 -out eve.p12",
    ] {
        openssl(&scene, script);
    }
    let ran = made(&scene, &format!("-q --revoke alice.der bob.p7c {ISSUER} -out crl.der -outform der"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    let (serials, _) = listed(&scene, "crl.der", "der").unwrap();
    assert_eq!(serials, ["alice.pem", "bob.pem"].map(|file| serial(&scene, file).unwrap()));
    let other = "-CA pki/Other.pem -CAkey pki/Other.key";
    let ran =
        scene.shell(&format!("P=secret sip-smime gen-cert --revoke eve.p12 {other} -passin env:P -out other.pem"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert!(
        ran.said().contains("CN=eve,OU=example.org,O=test") && !ran.said().contains("CN=Other,O=test, serial"),
        "{}",
        ran.said()
    );
    // The form of the list that is there stays, unless another is asked for; a link stays, and so does a mode.
    scene.chmod("crl.der", 0o640);
    symlink("crl.der", scene.path("link")).unwrap();
    assert_eq!(made(&scene, &format!("-q --gencrl {ISSUER} -out link")).status, 0);
    let mode = fs::metadata(scene.path("crl.der")).unwrap().permissions().mode() & 0o777;
    assert!(listed(&scene, "crl.der", "der").is_some() && mode == 0o640 && scene.path("link").is_symlink());
    assert_eq!(made(&scene, &format!("-q --gencrl {ISSUER} -out crl.der -outform pem")).status, 0);
    assert_eq!(listed(&scene, "crl.der", "pem").unwrap().0.len(), 2);
    // A list of openssl is extended, too, and its entries stay.
    let configuration = "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=3\ncrl_extensions=e\n\
        crlnumber=number\n[e]\nauthorityKeyIdentifier=keyid\n";
    scene.write("configuration", configuration.as_bytes());
    scene.write("index", b"");
    scene.write("number", b"00FF\n");
    let ca = "-config configuration -keyfile pki/CA.key -cert pki/CA.pem";
    openssl(&scene, &format!("ca {ca} -revoke alice.pem -crl_reason superseded"));
    openssl(&scene, &format!("ca {ca} -gencrl -out theirs.pem"));
    let ran = made(&scene, &format!("--revoke bob.pem alice.pem {ISSUER} -out theirs.pem"));
    assert!(ran.status == 0 && ran.said().contains("number 0x0100"), "{}", ran.said());
    let (serials, text) = listed(&scene, "theirs.pem", "pem").unwrap();
    assert_eq!(serials, ["alice.pem", "bob.pem"].map(|file| serial(&scene, file).unwrap()));
    assert!(text.contains("Superseded"), "{text}");
}

// O4: only a list of this very issuer is replaced without --force, and a failure leaves everything as it was.
#[test]
fn o4_lists_that_stay() {
    let scene = authorities("p256");
    assert_eq!(made(&scene, &format!("-q --revoke alice.pem {ISSUER} -out crl.pem")).status, 0);
    let before = scene.read("crl.pem");
    let other = "-CA pki/Other.pem -CAkey pki/Other.key";
    let der = "openssl crl -in crl.pem -outform der";
    scene.shell(&format!("{der} >damaged.pem; cat crl.pem crl.pem >two.pem; head -c 300 crl.pem >torn.pem; head -c 100 damaged.pem >torn.der; printf kept >kept; cp bob.pem kept.pem"));
    let mut damaged = scene.read("damaged.pem");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    scene.write("damaged.pem", &damaged);
    for (arguments, exit, code, text) in [
        (format!("--revoke eve.pem {other} -out crl.pem"), 2, "revoke.not-extended", "a list of CN=CA,O=test"),
        (format!("--revoke bob.pem {ISSUER} -out damaged.pem"), 2, "revoke.not-extended", "did not make it"),
        (format!("--revoke bob.pem {ISSUER} -out crl.pem --not-before 2020-01-01"), 2, "revoke.not-extended", "newer"),
        (format!("--revoke bob.pem {ISSUER} -out two.pem"), 2, "revoke.not-extended", "2 lists"),
        (format!("--revoke bob.pem {ISSUER} -out torn.pem"), 2, "revoke.not-extended", "does not end"),
        (format!("--revoke bob.pem {ISSUER} -out torn.der"), 2, "revoke.not-extended", ""),
        (format!("--revoke bob.pem {ISSUER} -out kept"), 2, "file.unwritable", "it exists"),
        (format!("--revoke bob.pem {ISSUER} -out kept.pem"), 2, "file.unwritable", "it exists"),
        (format!("--revoke eve.pem {ISSUER} -out crl.pem"), 4, "revoke.not-issued", "issued by CN=Other,O=test"),
        (format!("--revoke bob.pem eve.pem {ISSUER} -out crl.pem"), 4, "revoke.not-issued", "eve.pem"),
        (format!("--revoke pki/CA.key {ISSUER} -out crl.pem"), 2, "certificate.unreadable", "pki/CA.key"),
        (format!("--revoke nobody.pem {ISSUER} -out crl.pem"), 2, "file.unreadable", "nobody.pem"),
        (format!("--revoke bob.pem {ISSUER} -out crl.pem --not-after 2020-01-01"), 2, "issue.time", "before this one"),
        ("--revoke bob.pem -CA pki/CA.pem -CAkey bob.key -out crl.pem".to_owned(), 4, "issue.key-mismatch", "-CAkey"),
        ("--revoke bob.pem -CA bob.pem -CAkey bob.key -out crl.pem".to_owned(), 4, "revoke.not-issued", "bob.pem"),
        ("--gencrl -CA bob.pem -CAkey bob.key -out new.pem".to_owned(), 4, "revoke.key-usage", "keyAgreement"),
        ("--revoke bob.pem -out crl.pem".to_owned(), 2, "usage", "--CA is missing"),
        (format!("--revoke bob.pem --gencrl {ISSUER} -out crl.pem"), 2, "usage", "exclude one another"),
        (format!("--gencrl {ISSUER} bob.pem -out crl.pem"), 2, "usage", "--revoke CERT"),
        (format!("--gencrl --reason superseded {ISSUER} -out crl.pem"), 2, "usage", "exclude one another"),
        (format!("--revoke bob.pem --ca x {ISSUER} -out crl.pem"), 2, "usage", "exclude one another"),
        (format!("--revoke bob.pem {ISSUER} -outform p7c -out crl.pem"), 2, "usage", "-outform pem or der"),
        (format!("--revoke bob.pem --reason certificateHold {ISSUER} -out crl.pem"), 2, "usage", "superseded"),
    ] {
        assert_says(&made(&scene, &arguments), exit, code, text, &arguments);
        assert!(scene.read("crl.pem") == before && scene.read("damaged.pem") == damaged, "{arguments}");
        assert!(scene.read("kept") == b"kept" && scene.read("kept.pem") == scene.read("bob.pem"), "{arguments}");
        assert!(!scene.path("new.pem").exists() && scene.left_over().is_empty(), "{arguments}");
    }
    // --force begins anew.
    let ran = made(&scene, &format!("--force --revoke eve.pem {other} -out crl.pem"));
    assert!(ran.status == 0 && ran.said().contains("number 0x01"), "{}", ran.said());
    // Times and standard output.
    let times = "--not-before 2030-01-01 --not-after 2031-01-01";
    let ran = made(&scene, &format!("--revoke alice.pem {ISSUER} {times}"));
    assert!(ran.status == 0 && ran.stdout.starts_with(b"-----BEGIN X509 CRL-----"), "{}", ran.said());
    assert!(ran.said().contains("made 2030-01-01T00:00:00Z") && ran.said().contains("due 2031-01-01T00:00:00Z"));
}

// A list that stands beside certificates counts as one that is named.
#[test]
fn lists_beside_certificates() {
    let scene = authorities("p256");
    assert_eq!(made(&scene, &format!("-q --revoke alice.pem {ISSUER} -out crl.pem")).status, 0);
    scene.shell("cat pki/CA.pem crl.pem >both.pem; cat bob.pem crl.pem >beside.pem; head -c 200 crl.pem >>torn.pem");
    scene.shell("cat pki/CA.pem torn.pem >damaged.pem");
    assert_eq!(scene.shell("sip-smime check-san -q -CAfile pki/CA.pem alice.pem").status, 0);
    for (options, exit, code) in [
        ("-CAfile both.pem", 1, "trust.revoked"),
        ("-CAfile pki/CA.pem -certfile beside.pem", 1, "trust.revoked"),
        ("-CAfile pki/CA.pem --trust beside.pem", 1, "trust.revoked"),
        ("-CAfile damaged.pem", 2, "certificate.unreadable"),
    ] {
        let ran = scene.shell(&format!("sip-smime check-san -q {options} alice.pem"));
        assert_says(&ran, exit, code, "", options);
    }
}
