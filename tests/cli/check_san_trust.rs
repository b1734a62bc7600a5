//! `check-san` and the path to an anchor: what is asked, what is at hand, and what it may cost.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::scene::{Scene, assert_says};
use crate::support::Vector;

// As for verify: without an anchor there is no path, whatever is asked of it (RFC 5280 section 6.1).
#[test]
fn what_is_asked_of_a_path_needs_an_anchor() {
    let scene = Scene::new();
    for asked in [
        "-crl_check",
        "-crl_check_all",
        "--crl @../interop/crl/good.pem",
        "-policy 2.23.140.1.5.1.1",
        "-explicit_policy",
        "-inhibit_map",
        "-inhibit_any",
        "--at-time 2026-01-01",
        "--purpose smime",
    ] {
        for input in ["@alice.pem", "signed.sip"] {
            let ran = scene.run(&format!("check-san {asked} {input}"));
            assert_says(&ran, 1, "trust.no-anchor", "", &format!("{asked} {input}"));
        }
    }
    // These ask for nothing.
    for asked in ["-certfile @sub-ca.pem", "-extended_crl", "-use_deltas", "--allow-legacy"] {
        let ran = scene.run(&format!("check-san {asked} @alice.pem"));
        assert_eq!(ran.status, 0, "{asked}: {}", ran.said());
    }
}

/// A folder of many users that one authority certified.
fn many(scene: &Scene, count: usize) -> String {
    let uris: String = (0..count).fold(String::new(), |mut all, number| {
        write!(all, " sip:user{number}%example.com").unwrap();
        all
    });
    let uris = uris.replace('%', "$AT");
    let script = format!(
        "AT=$(printf '\\100'); sip-smime gen-cert -q --ca Root --out-dir many {uris} && cat many/user*.pem >many.pem"
    );
    let ran = scene.shell(&script);
    assert_eq!(ran.status, 0, "{}", ran.said());
    "many.pem".to_owned()
}

// R4: 64 certificates of one input are judged, each of which may have its path, and no more.
#[test]
fn r4_64_certificates_have_their_paths() {
    let scene = Scene::new();
    let file = many(&scene, 65);
    scene.shell("rm many/user64*.pem; cat many/user*.pem >64.pem");
    let ran = scene.run("check-san -CAfile many/Root.pem 64.pem");
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert_eq!((ran.status, listed.matches("trust: good").count()), (0, 64), "{}", ran.said());
    let ran = scene.run(&format!("check-san -CAfile many/Root.pem {file}"));
    assert_says(&ran, 3, "limit.count", "65 certificates that need a path", "65");
    assert!(ran.stdout.is_empty());
    // To list them costs little.
    let ran = scene.run(&format!("check-san {file}"));
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert_eq!((ran.status, listed.matches("certificate: ").count()), (0, 65), "{}", ran.said());
}

// R9: the certificates of one input share what the search may cost. 64 certificates and 40 authorities with the name of
// their issuer make 2560 pairs.
#[test]
fn r9_one_budget_for_all_of_an_input() {
    let scene = Scene::new();
    many(&scene, 64);
    let script = "for n in $(seq 40); do sip-smime gen-cert -q --ca Root -out false.pem -keyout /dev/null --force; \
                  cat false.pem; done >others.pem; cat others.pem many/user*.pem >hostile.pem";
    assert_eq!(scene.shell(script).status, 0);
    let start = Instant::now();
    let ran = scene.run("check-san -CAfile @ca.pem hostile.pem");
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert_eq!(ran.status, 1, "{}", ran.said());
    assert!(
        listed.contains("trust: bad: trust.unknown-issuer") && listed.contains("trust: bad: trust.budget"),
        "{listed}"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

// Every signer of a message is judged, also one whose certificate is that of an authority.
#[test]
fn an_authority_that_signs_is_judged() {
    let scene = Scene::new();
    let extensions =
        "basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature\nsubjectAltName=URI:sip:root@example.com";
    let config = format!("[req]\ndistinguished_name=d\n[d]\n[a]\n{extensions}\n");
    scene.write("config", config.as_bytes());
    let make = "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=Root -days 9 \
                -config config -extensions a -keyout root.key -out root.pem 2>/dev/null";
    let sign = "openssl cms -sign -binary -nodetach -in plain.mime -signer @alice.pem -inkey alice.key -signer root.pem \
                -inkey root.key -outform DER -out both.der";
    let ran = scene.shell(&format!("{make} && {sign}"));
    if ran.status != 0 {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", ran.said());
        return;
    }
    let ran = scene.run("check-san -CAfile @ca.pem both.der");
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert_eq!((ran.status, listed.matches("certificate: ").count()), (1, 2), "{listed} {}", ran.said());
    assert!(listed.contains("certificate: CN=Root") && listed.contains("trust: bad: "), "{listed}");
}

// What is weak about a signature or a path is said as verify says it.
#[test]
fn weaknesses_are_said_as_in_verify() {
    let vector = Vector::read(Path::new("testdata/vectors/opaque_rsa_sha1_legacy.vec"));
    let scene = Scene::new();
    scene.write("sha1", &vector.octets);
    for command in ["verify --identity none", "check-san"] {
        let ran = scene.run(&format!("{command} --allow-legacy -CAfile @ca.pem sha1"));
        assert!(ran.status == 0 && ran.said().contains("[WEAK-ALG"), "{command}: {}", ran.said());
    }
    let rfc = "@../rfc/rfc6216";
    let path = format!("--allow-legacy --at-time 2026-01-01 -CAfile {rfc}/ca_cert.pem");
    let ran = scene.run(&format!("check-san {path} {rfc}/eku_fluffy_cert.pem"));
    assert!(ran.status == 0 && ran.said().contains("[TEST-CA-6216"), "{}", ran.said());
    assert!(ran.said().contains("[WEAK-ALG"), "{}", ran.said());
}

// A folder as openssl's rehash makes it holds certificates, HASH.0, and revocation lists, HASH.r0.
#[test]
fn folders_hold_revocation_lists() {
    let scene = Scene::new();
    let [good, revoked] = ["good", "revoked"].map(|name| format!("@../interop/crl/{name}.pem"));
    let make =
        |list: &str| scene.shell(&format!("mkdir -p ca && cp @ca.pem ca/12345678.0 && cp {list} ca/12345678.r0"));
    // (the list, exit, code)
    for (list, exit, code) in
        [(good.as_str(), 0, ""), (&revoked, 1, "[trust.revoked]"), ("@ca.pem", 2, "[crl.unreadable]")]
    {
        assert_eq!(make(list).status, 0);
        for command in ["check-san", "verify --identity none"] {
            let input = if command == "check-san" { "@alice.pem" } else { "signed.sip" };
            let ran = scene.run(&format!("{command} -CApath ca -crl_check --at-time 2026-01-01 {input}"));
            assert!(ran.status == exit && ran.said().contains(code), "{command} {list}: {}", ran.said());
        }
    }
    // Other names are passed over.
    let ran = scene.shell("mv ca/12345678.r0 ca/r0; sip-smime check-san -CApath ca -crl_check @alice.pem");
    assert_says(&ran, 1, "trust.revocation-unknown", "", "r0");
}
