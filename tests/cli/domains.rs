//! Identities that are no address of the sender of a message: domains, of which `verify` and `check-san` answer alike
//! (RFC 5922 section 7), and the peers of MSRP (RFC 4975 section 14.5).

use crate::scene::{Scene, assert_says, objects};

/// A certificate of openssl, its key, and an entity that it signed: NUMBER.pem, NUMBER.key, NUMBER.der.
fn made(scene: &Scene, number: usize, subject: &str, names: &str, purposes: &str) -> bool {
    let names = if names.is_empty() { String::new() } else { format!("-addext \"subjectAltName={names}\"") };
    let purposes = if purposes.is_empty() { String::new() } else { format!("-addext extendedKeyUsage={purposes}") };
    let key = format!("-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout {number}.key");
    let script = format!(
        "AT=$(printf '\\100'); openssl req -x509 {key} -subj '{subject}' -days 9 {names} {purposes} -out {number}.pem && \
         openssl cms -sign -binary -nodetach -in plain.mime -signer {number}.pem -inkey {number}.key -outform DER -out {number}.der"
    );
    let ran = scene.shell(&script);
    assert!(ran.status == 0 || std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "{}", ran.said());
    ran.status == 0
}

// SAN-07 to SAN-13: (subject, subjectAltName with % for @, extKeyUsage, reference, exit, what verify says).
#[test]
fn verify_and_check_san_agree_on_domains() {
    let sip_domain = "1.3.6.1.5.5.7.3.20";
    let scene = Scene::new();
    let rows = [
        ("/CN=x", "URI:sip:example.com", "", "sip:example.com", 0, "URI:sip:example.com is the --identity"),
        ("/CN=x", "URI:sip:example.com", "", "sips:EXAMPLE.com:5061", 0, "URI:sip:example.com is the --identity"),
        ("/CN=x", "DNS:example.com", "", "sip:example.com", 0, "DNS:example.com is the --identity"),
        ("/CN=x", "DNS:example.com,URI:sip:example.org", "", "sip:example.com", 1, "counts only if no sip: URI"),
        ("/CN=x", "URI:sips:example.com", "", "sips:example.com", 1, "only a sip: URI names a domain"),
        ("/CN=x", "URI:sip:alice%example.com", "", "sip:example.com", 1, "names a user and not a domain"),
        ("/CN=x", "DNS:*.example.com", "", "sip:foo.example.com", 1, "no wildcard matches"),
        ("/CN=x", "DNS:foo.example.com", "", "sip:example.com", 1, "no suffix matches"),
        ("/CN=x", "IP:192.0.2.4", "", "sip:192.0.2.4", 0, "[SAN-IP, RFC 5922 section 7.1]"),
        ("/CN=x", "DNS:192.0.2.4", "", "sip:192.0.2.4", 1, "it holds no DNS name"),
        ("/CN=example.com", "email:a%example.org", "", "sip:example.com", 1, "names no domain"),
        // The purpose.
        ("/CN=x", "URI:sip:example.com", "anyExtendedKeyUsage", "sip:example.com", 0, "is the --identity"),
        ("/CN=x", "URI:sip:example.com", "emailProtection", "sip:example.com", 1, "[identity.extended-key-usage]"),
        ("/CN=x", "URI:sip:example.com", "serverAuth", "sip:example.com", 1, "[trust.extended-key-usage]"),
        ("/CN=x", "URI:sip:example.com", sip_domain, "sip:example.com", 0, "is the --identity"),
        (
            "/CN=x",
            "DNS:example.com",
            "serverAuth,emailProtection",
            "sip:example.com",
            1,
            "[identity.extended-key-usage]",
        ),
        // That of a domain is none of a user.
        ("/CN=x", "URI:sip:alice%example.com", sip_domain, "sip:alice%example.com", 1, "[trust.extended-key-usage]"),
    ];
    let count = rows.len();
    for (number, (subject, names, purposes, reference, exit, text)) in rows.into_iter().enumerate() {
        let [names, reference] = [names, reference].map(|text| text.replace('%', "${AT}"));
        if !made(&scene, number, subject, &names, purposes) {
            return;
        }
        let run = |command: &str| scene.shell(&format!("AT=$(printf '\\100'); sip-smime {command}"));
        let verified = run(&format!("verify -v --identity \"{reference}\" --trust {number}.pem {number}.der"));
        let checked = run(&format!("check-san -v --trust {number}.pem \"{reference}\" {number}.pem"));
        let what = format!("{subject} {names} {purposes} {reference}: {} {}", verified.said(), checked.said());
        assert_eq!((verified.status, checked.status), (exit, exit), "{what}");
        assert!(verified.said().contains(text), "{what}");
    } // Only check-san takes the common name for a domain; it is nothing that a signer could prove or a keyring learn.
    if !made(&scene, count, "/CN=example.com", "", "") {
        return;
    }
    let ran = scene.run(&format!("check-san -v --trust {count}.pem sip:example.com {count}.pem"));
    assert!(ran.status == 0 && ran.said().contains("[CN-FALLBACK, RFC 5922 section 7.1]"), "{}", ran.said());
    std::fs::create_dir(scene.path("ring")).unwrap();
    for more in ["", "--keyring ring --learn"] {
        let ran = scene.run(&format!("verify {more} --identity sip:example.com --trust {count}.pem {count}.der"));
        assert_says(&ran, 1, "identity.mismatch", "a common name is no identity of a signer", more);
        // VFY-17: who it is then.
        assert!(
            ran.said().contains("CN=example.com, issued by CN=example.com, SHA-256 fingerprint "),
            "{}",
            ran.said()
        );
        assert_eq!(std::fs::read_dir(scene.path("ring")).unwrap().count(), 0);
    }
}

// SAN-15, RFC 4975 section 14.5: what came in an MSRP message is compared with the URI that was used in signalling. If
// the certificate names another, as that of a conference may, the user is told whom.
#[test]
fn san_15_the_peer_of_msrp() {
    let scene = Scene::new();
    let make = "AT=$(printf '\\100'); sip-smime gen-cert -q --msrp --out-dir made \"sip:alice${AT}example.com\" && \
                cp made/alice*.pem alice-msrp.pem && cp made/alice*.key alice-msrp.key";
    let sign = "sip-smime sign -q -signer alice-msrp.pem -inkey alice-msrp.key -out signed.mime plain.mime";
    let ran = scene.shell(&format!("{make} && {sign}"));
    assert_eq!(ran.status, 0, "{}", ran.said());
    // (the URI of signalling, exit, the identity verdict)
    let rows = [
        ("im:alice%example.com", 0, "identity: good (URI:im:alice@example.com is the --identity)"),
        ("sip:alice%example.com", 0, "identity: good (URI:sip:alice@example.com is the --identity)"),
        (
            "im:conference%example.com",
            1,
            "im:conference@example.com is claimed, the certificate names URI:sip:alice@example.com, URI:im:alice@example.com",
        ),
        ("pres:alice%example.com", 1, "the certificate names URI:sip:alice@example.com, URI:im:alice@example.com"),
    ];
    for (uri, exit, text) in rows {
        let uri = uri.replace('%', "${AT}");
        let verify = format!("sip-smime verify -v --trust alice-msrp.pem --identity \"{uri}\" signed.mime");
        let ran = scene.shell(&format!("AT=$(printf '\\100'); {verify}"));
        assert!(ran.status == exit && ran.said().contains(text), "{uri}: {} {}", ran.status, ran.said());
        assert_eq!(ran.stdout.is_empty(), exit == 1, "{uri}");
        let ran = scene.shell(&format!("AT=$(printf '\\100'); {verify} --json --out product"));
        let signer = &objects(&ran.stdout)[0]["verification"]["signers"][0];
        assert_eq!(signer["certificate"]["identities"][1], "URI:im:alice@example.com", "{uri}: {signer}");
    }
    // Who signed is said, and who claims it is not asked.
    let ran = scene.run("verify -v --trust alice-msrp.pem --identity none signed.mime");
    assert!(ran.status == 0 && ran.said().contains("CN=alice"), "{}", ran.said());
}
