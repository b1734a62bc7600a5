//! What `gen-cert` makes of options together: what says nothing is refused, and what is asked for is made.

use std::process::{Command, Stdio};

use crate::gen_cert::{made, openssl};
use crate::scene::{Scene, assert_says};

const ISSUER: &str = "-CA ca.pem -CAkey ca.key";

fn authority() -> Scene {
    let scene = Scene::new();
    assert_eq!(made(&scene, "-q --ca CA -out ca.pem -keyout ca.key").status, 0);
    scene
}

// No option is passed over.
#[test]
fn no_option_is_passed_over() {
    let scene = authority();
    for arguments in ["--csr -out a.csr -keyout a.key", "-out a.pem -keyout b.key"] {
        assert_eq!(made(&scene, &format!("-q {arguments} sip:a%40b.example")).status, 0);
    }
    let mut rows = Vec::new();
    for option in [
        "--intermediate X",
        "--key ed25519",
        "--msrp",
        "--caps",
        "--non-repudiation",
        "--no-subject",
        "--outform der",
        "--profile rfc6216",
        "--pkcs12",
        "--gencrl",
        "--revoke a.pem",
        "--revoke a.pem --reason superseded",
    ] {
        rows.push((format!("--suite new {option}"), "exclude one another"));
    }
    for option in ["--email a%40b.example", "--msrp", "--caps", "--non-repudiation", "--no-subject"] {
        rows.push((format!("--ca Foo {option} -out new"), "there is none"));
    }
    for (arguments, text) in [
        (format!("{ISSUER} --revoke a.pem --fixture expired -out new"), "exclude one another"),
        (format!("{ISSUER} -req a.csr --key rsa4096 -out new"), "exclude one another"),
        ("--msrp -out new sip:b.example".to_owned(), "there is none"),
        ("--msrp -out new tel:+12015550123".to_owned(), "there is none"),
        (format!("{ISSUER} --key x25519 --non-repudiation -out new sip:a%40b.example"), "make none"),
        (format!("{ISSUER} --ca Sub --fixture unknown-ca --out-dir new sip:a%40b.example"), "another root"),
    ] {
        rows.push((arguments, text));
    }
    for (arguments, text) in rows {
        assert_says(&made(&scene, &arguments), 2, "usage", text, &arguments);
        assert!(!scene.path("new").exists(), "{arguments}");
    }
    // A request whose user is to be named as im: too, and a URI that is named twice.
    let ran = made(&scene, &format!("-q {ISSUER} -req a.csr --msrp -out b.pem"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert_eq!(made(&scene, "-q -out c.pem -keyout c.key sip:a%40b.example sip:a%40b.example").status, 0);
    for (file, names) in [("b.pem", "URI:sip:a@b.example, URI:im:a@b.example"), ("c.pem", "URI:sip:a@b.example")] {
        let Some(shown) = openssl(&scene, &format!("x509 -in {file} -noout -ext subjectAltName")) else { return };
        assert_eq!(shown.lines().nth(1).map(str::trim), Some(names), "{file}");
    }
}

// PTH-06, RFC 5280 section 6.1.4 (l), (m): what no verifier would accept is not made.
#[test]
fn authorities_that_the_issuer_does_not_allow() {
    let scene = Scene::new();
    let ran = made(&scene, "-q --ca CA --intermediate One --intermediate Two --out-dir pki");
    assert_eq!(ran.status, 0, "{}", ran.said());
    for (issuer, more, allowed) in [
        ("CA", "--intermediate A --intermediate B --intermediate C", true),
        ("One", "--intermediate A", true),
        ("One", "--ca A", true),
        ("One", "--intermediate A --intermediate B", false),
        ("One", "--ca A --intermediate B", false),
        ("Two", "--intermediate A", false),
        ("Two", "--ca A", false),
    ] {
        let what = format!("{issuer} {more}");
        scene.shell("rm -rf new");
        let ran =
            made(&scene, &format!("-CA pki/{issuer}.pem -CAkey pki/{issuer}.key {more} --out-dir new sip:b.example"));
        if !allowed {
            assert_says(&ran, 4, "issue.not-a-ca", "pathLenConstraint", &what);
            assert!(!scene.path("new").exists(), "{what}");
            continue;
        }
        assert_eq!(ran.status, 0, "{what}: {}", ran.said());
        let ran = scene.run("check-san -q --purpose tls -CAfile pki/CA.pem sip:b.example new/b.example.pem");
        assert_eq!(ran.status, 0, "{what}: {}", ran.said());
    }
}

// It is said of every certificate that it is valid for longer than that of its issuer.
#[test]
fn what_outlives_its_issuer() {
    let scene = authority();
    assert_eq!(made(&scene, "-q --ca Short --days 30 -out short.pem -keyout short.key").status, 0);
    assert_eq!(made(&scene, "-q --csr -out a.csr -keyout a.key sip:a%40b.example").status, 0);
    let short = "-CA short.pem -CAkey short.key";
    for (arguments, expected) in [
        (format!("{short} -req a.csr -out 1.pem"), "of sip:a@b.example is"),
        (format!("{short} --intermediate Mid -out 2.pem"), "of Mid is"),
        (format!("{short} --out-dir 3 sip:a%40b.example sip:b.example"), "of sip:a@b.example and 1 more is"),
        (format!("{short} --days 30 -out 4.pem sip:b.example"), ""),
        (format!("{ISSUER} -req a.csr -out 5.pem"), ""),
    ] {
        // The second of two that begin a second apart ends a second later.
        let ran = made(&scene, &format!("{arguments} --not-before 2026-01-01"));
        assert_eq!(ran.status, 0, "{arguments}: {}", ran.said());
        let said = ran.said();
        let is_said =
            said.contains(&format!("certificate {expected} valid for longer")) && said.contains("GEN-OUTLIVES");
        assert!(if expected.is_empty() { !said.contains("GEN-OUTLIVES") } else { is_said }, "{arguments}: {said}");
    }
}

// RFC 4055 section 1.2: keyUsage of a key for RSASSA-PSS allows signatures alone. A request is never signed with SHA-1,
// and one that is, is refused with what can be done.
#[test]
fn gen_05_13_requests_with_rsa_keys() {
    let scene = authority();
    let ran = made(&scene, "--profile rfc6216 --csr -out old.csr -keyout old.key sip:a%40b.example");
    assert!(ran.status == 0 && !ran.said().contains("SHA-1"), "{}", ran.said());
    assert_eq!(made(&scene, &format!("-q {ISSUER} -req old.csr -out old.pem")).status, 0);
    let Some(_) = openssl(&scene, "genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out pss.key") else {
        return;
    };
    let new = "-subj /CN=a -addext subjectAltName=URI:sip:a%40b.example";
    openssl(&scene, &format!("req -new -key pss.key {new} -out pss.csr"));
    let ran = made(&scene, &format!("-q {ISSUER} -req pss.csr -out pss.pem"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    let shown = openssl(&scene, "x509 -in pss.pem -noout -ext keyUsage").unwrap();
    assert_eq!(shown.lines().nth(1).map(str::trim), Some("Digital Signature"));
    openssl(&scene, &format!("req -new -sha1 -key old.key {new} -out sha1.csr"));
    let ran = made(&scene, &format!("{ISSUER} -req sha1.csr -out sha1.pem"));
    assert_says(&ran, 1, "verify.weak-algorithm", "the request has to be made again", "SHA-1");
}

// Names: no control characters are shown, schemes have any case, and a distinguished name stands for one holder (RFC 5280
// section 4.1.2.6).
#[test]
fn gen_18_distinguished_names() {
    let scene = Scene::new();
    let uris = "sip:alice%40example.com sip:alice%40example.net sip:example.com";
    assert_eq!(made(&scene, &format!("-q --ca CA --out-dir pki {uris}")).status, 0);
    let odd = "-q -out odd.pem -keyout odd.key 'sip:a%00b%0a%1bx'%40example.com";
    assert_eq!(made(&scene, odd).status, 0);
    let old = "-q --profile rfc6216 -out old.pem -keyout old.key SIP:alice%40example.com";
    assert_eq!(made(&scene, old).status, 0);
    for (file, subject) in [
        ("pki/alice%40example.com.pem", "O=test, OU=example.com, CN=alice"),
        ("pki/alice%40example.net.pem", "O=test, OU=example.net, CN=alice"),
        ("pki/example.com.pem", "O=test, CN=example.com"),
        ("odd.pem", "O=test, OU=example.com, CN=a%00b%0a%1bx@example.com"),
        ("old.pem", "C=US, ST=California, L=San Jose, O=sipit, CN=alice"),
    ] {
        let Some(shown) = openssl(&scene, &format!("x509 -in {file} -noout -subject -nameopt sep_comma_plus_space"))
        else {
            return;
        };
        let shown = shown.trim().trim_start_matches("subject=").to_owned();
        assert_eq!(shown, subject, "{file}");
    }
    let shown = openssl(&scene, "x509 -in old.pem -noout -ext subjectAltName").unwrap();
    assert!(
        shown.contains("URI:sip:alice@example.com, URI:im:alice@example.com, URI:pres:alice@example.com"),
        "{shown}"
    );
}

// RFC 5280 section 5.2.3: of several runs that extend one list at a time each extends what another one wrote.
#[test]
fn lists_that_are_extended_at_one_time() {
    let scene = authority();
    let count = 8;
    for number in 1..=count {
        let arguments = format!("-q {ISSUER} -out {number}.pem -keyout {number}.key sip:u{number}%40b.example");
        assert_eq!(made(&scene, &arguments).status, 0);
    }
    let runs: Vec<_> = (1..=count)
        .map(|number| {
            Command::new(env!("CARGO_BIN_EXE_sip-smime"))
                .args(format!("gen-cert -q {ISSUER} --revoke {number}.pem -out crl.pem").split(' '))
                .current_dir(scene.path("."))
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ran = made(&scene, &format!("--gencrl {ISSUER} -out crl.pem"));
    assert!(ran.said().contains("number 0x09"), "{}", ran.said());
    for number in 1..=count {
        let ran = scene.run(&format!("check-san -q -CAfile ca.pem --crl crl.pem -crl_check {number}.pem"));
        assert_eq!(ran.status, 1, "{number}: {}", ran.said());
    }
}

// The certificates of RFC 6216 with an intermediate authority, which makes revocation lists.
#[test]
fn gen_11_12_a_list_as_in_rfc_6216() {
    let scene = Scene::new();
    let arguments = "-q --profile rfc6216 --ca CA --intermediate Mid --fixture revoked --out-dir pki sip:a%40b.example";
    let ran = made(&scene, arguments);
    assert_eq!(ran.status, 0, "{}", ran.said());
    let checks = "--allow-legacy -CAfile pki/CA.pem --crl pki/crl.pem -crl_check";
    let ran = scene.shell(&format!("sip-smime check-san {checks} pki/a*.pem"));
    assert!(ran.status == 1 && ran.said().contains("trust.revoked"), "{}", ran.said());
}

// The options of other commands are not those of this one.
#[test]
fn hints_name_the_options_of_gen_cert() {
    let scene = authority();
    scene.chmod("ca.pem", 0o644);
    for (arguments, exit, code, text) in [
        ("-CA ca.pem -out a.pem sip:a%40b.example", 2, "key.unreadable", "give the key with -CAkey"),
        ("-CA ca.key -out a.pem sip:a%40b.example", 2, "certificate.unreadable", "give the certificate with -CA,"),
        ("-CA ca.pem -CAkey ca.pem -out a.pem sip:a%40b.example", 2, "key.unreadable", "with -CAkey"),
        ("-inkey ca.pem -out a.pem sip:a%40b.example", 2, "key.unreadable", "this is a certificate"),
        ("--suite new --not-before 2010-01-01", 2, "issue.time", "ten years"),
        ("--suite new --not-before 2099-01-01", 2, "issue.time", "ten years"),
    ] {
        let ran = made(&scene, arguments);
        assert_says(&ran, exit, code, text, arguments);
        assert!(
            !ran.said().contains("KEY-READABLE") && (arguments.contains("-inkey") || !ran.said().contains("-inkey")),
            "{arguments}: {}",
            ran.said()
        );
        assert!(!scene.path("a.pem").exists() && !scene.path("new").exists(), "{arguments}");
    }
}

// Certificates of one run begin at one time, however long their keys take: none ends after its issuer.
#[test]
fn times_of_one_run() {
    let scene = Scene::new();
    let ran = made(&scene, "--key rsa2048 --ca CA --intermediate I --days 30 --out-dir pki sip:a%40b.example");
    assert!(ran.status == 0 && !ran.said().contains("GEN-OUTLIVES"), "{}", ran.said());
    let mut times = Vec::new();
    for file in ["CA", "I", "a%40b.example"] {
        let Some(shown) = openssl(&scene, &format!("x509 -in pki/{file}.pem -noout -startdate")) else { return };
        times.push(shown);
    }
    assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
}

// With one seed an authority and a user of the same name have keys of their own, and both are marked.
#[test]
fn seeds_and_what_they_mark() {
    let scene = Scene::new();
    let ran = made(&scene, "-q --seed 7 --ca example.com --out-dir pki");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let ran = made(&scene, "-q --seed 7 -out d.pem -keyout d.key sip:example.com");
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert_ne!(scene.read("pki/example.com.key"), scene.read("d.key"));
    let ran = made(&scene, "-q --seed 7 --csr -out r.csr -keyout r.key sip:a%40b.example");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let Some(shown) = openssl(&scene, "req -in r.csr -noout -subject") else { return };
    assert!(shown.contains("the key is no secret"), "{shown}");
}

// Exit 2, and not 3: a file that was named is unreadable, and no message is to blame.
#[test]
fn files_that_are_torn() {
    let scene = authority();
    for (made_with, file) in [("--csr -out a.csr -keyout a.key", "a.csr"), ("-out a.pem -keyout b.key", "a.pem")] {
        assert_eq!(made(&scene, &format!("-q {made_with} sip:a%40b.example")).status, 0, "{file}");
    }
    assert_eq!(made(&scene, &format!("-q {ISSUER} --gencrl -out crl.pem")).status, 0);
    for file in ["a.csr", "a.pem", "ca.key", "crl.pem"] {
        let octets = scene.read(file);
        scene.write(&format!("torn.{file}"), &octets[..octets.len() / 2]);
    }
    scene.chmod("torn.ca.key", 0o600);
    for (command, code) in [
        ("gen-cert -CA torn.a.pem -CAkey ca.key -out x", "certificate.unreadable"),
        ("gen-cert -CA ca.pem -CAkey torn.ca.key -out x", "key.unreadable"),
        ("gen-cert -CA ca.pem -CAkey ca.key -req torn.a.csr -out x", "request.unreadable"),
        ("check-san torn.a.pem", "certificate.unreadable"),
        ("check-san -CAfile torn.a.pem a.pem", "certificate.unreadable"),
        ("check-san -CAfile ca.pem --crl torn.crl.pem a.pem", "crl.unreadable"),
        ("sign -signer a.pem -inkey torn.ca.key plain.sip", "key.unreadable"),
        ("verify -CAfile torn.a.pem plain.sip", "certificate.unreadable"),
    ] {
        let user = if command.contains("-CAkey") && !command.contains("-req") { " sip:c%40b.example" } else { "" };
        let command = format!("{command}{user}").replace("%40", "$(printf '\\100')");
        assert_says(&scene.shell(&format!("sip-smime {command}")), 2, code, "", &command);
    }
}

// A clock that is set back by a few seconds, or one of another machine, is no reason to revoke nobody.
#[test]
fn lists_of_a_clock_that_is_ahead() {
    let scene = authority();
    let arguments = format!("-q {ISSUER} -out 1.pem -keyout 1.key sip:u1%40b.example");
    assert_eq!(made(&scene, &arguments).status, 0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (ahead, status) in [(40, 0), (4000, 2)] {
        let made_at = now + ahead;
        assert_eq!(made(&scene, &format!("-q --gencrl {ISSUER} --not-before {made_at} -out {ahead}.pem")).status, 0);
        let ran = made(&scene, &format!("-q {ISSUER} --revoke 1.pem -out {ahead}.pem"));
        assert_eq!(ran.status, status, "{}", ran.said());
    }
}
