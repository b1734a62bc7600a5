//! `check-san` as its users meet it: whom a certificate names, and why it is not the one.

use std::fs;

use crate::scene::{PLAIN, Scene, objects, replaced};
use crate::support::{ROOT, Ran, assert_none, each, run};

/// Runs the program at the root of the project. `@` stays what it is.
fn check(arguments: &str, input: &[u8]) -> Ran {
    let arguments: Vec<String> =
        ["check-san"].into_iter().chain(arguments.split_whitespace()).map(str::to_owned).collect();
    run(&arguments, input)
}

fn table(path: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(format!("{ROOT}/testdata/{path}")).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

// The table of the test PKI says what verify answers of each certificate; check-san agrees with every row.
#[test]
fn it_agrees_with_the_table_of_verify() {
    assert_none(&each(&table("keys/bad/expected.tsv"), |_, row| {
        let [file, _, extra, anchor, claim, _, _, layer, exit, ..] = row.as_slice() else { panic!("{row:?}") };
        let folder = "testdata/keys/bad";
        let extra = extra.split(',').filter(|file| *file != "-").map(|file| format!("-certfile {folder}/{file} "));
        let extra: String = extra.collect();
        let arguments = format!("-q --at-time 2026-01-01 -CAfile {folder}/{anchor} {extra} {claim} {folder}/{file}");
        let ran = check(&arguments, b"");
        let agrees = ran.status.to_string() == *exit;
        if agrees {
            vec![]
        } else {
            vec![format!("{file} {claim}: {layer} {exit}, not {}: {}", ran.status, ran.said())]
        }
    }));
}

// SAN-01 to SAN-16 from end to end: (arguments, exit, what is listed or said).
#[test]
fn san_16_what_is_said() {
    let keys = "testdata/keys";
    let rfc = "testdata/rfc/rfc6216";
    let rows = [
        (format!("sip:bob@example.org {keys}/bob.pem"), 0, "name: URI:sip:bob@example.org: match\n"),
        (format!("sip:bob@EXAMPLE.org;lr {keys}/bob.pem"), 0, ": match\n"),
        (
            format!("sip:Bob@example.org {keys}/bob.pem"),
            1,
            "upper and lower case differ in the user part (RFC 8591 section 4.4.1)",
        ),
        (format!("sips:bob@example.org {keys}/bob.pem"), 0, ": match\n"),
        (format!("--strict sips:bob@example.org {keys}/bob.pem"), 1, "the schemes differ"),
        (
            format!("sip:example.org {keys}/bob.pem"),
            1,
            "a URI with a user part names a user and not a domain (RFC 5922 section 7.1)",
        ),
        (format!("{keys}/bob.pem"), 0, "name: URI:sip:bob@example.org\n"),
        (format!("{keys}/bob.pem"), 0, "valid: 2025-01-01T00:00:00Z to 2045-01-01T00:00:00Z\n"),
        (
            format!("{keys}/bob.pem"),
            0,
            "fingerprint: sha256 7b195f49b8b52f1bcff572263b8f6664b15dbe5cce4875967145cfe191c06e64\n",
        ),
        (format!("sip:alice@example.com {keys}/alice.der"), 0, ": match\n"),
        // Of a chain the one that is no authority is judged.
        (format!("-CAfile {keys}/ca.pem sip:carol@example.com {keys}/carol-chain.pem"), 0, "trust: good (CN=Carol"),
        (format!("-CAfile {keys}/other-ca.pem sip:bob@example.org {keys}/bob.pem"), 1, "trust: bad: trust."),
        (format!("{keys}/ca.pem"), 0, "name: none\n"),
        // RFC 6216: certificates of domains and of users.
        (format!("sip:example.com {rfc}/eku_example.com_cert.pem"), 0, "name: URI:sip:example.com: match\n"),
        (
            format!("sip:example.com {rfc}/noeku_example.com_cert.pem"),
            0,
            "name: DNS:example.com: no match: a DNS name counts only if",
        ),
        (format!("sip:sub.example.com {rfc}/eku_example.com_cert.pem"), 1, "no suffix matches (RFC 5922 section 7.2)"),
        (format!("-v sip:sub.example.com {rfc}/eku_example.com_cert.pem"), 1, "SAN-NEAR-MISS, RFC 3893 section 7"),
        (format!("-v im:fluffy@example.com {rfc}/eku_fluffy_cert.pem"), 0, "EKU-SIPDOMAIN-ON-USER"),
        (format!("sip:alice@example.com {keys}/bad/eku-tls-only.pem"), 0, ": match\n"),
        (format!("sip:example.com {keys}/bad/domain-san.pem"), 0, ": match\n"),
        (format!("sip:alice@example.com {keys}/bad/email-only.pem"), 1, "--allow-email-san accepts it"),
        (format!("--allow-email-san sip:alice@example.com {keys}/bad/email-only.pem"), 0, "EMAIL-SAN-MATCH"),
        // TRAP-15: what is odd about a certificate is said, and refuses none.
        (
            format!("-v sip:fluffy@example.com {rfc}/noeku_fluffy_cert.pem"),
            0,
            "[CERT-KU-NOT-CRITICAL, RFC 8550 section 4.4.2]",
        ),
        (format!("-v sip:fluffy@example.com {rfc}/noeku_fluffy_cert.pem"), 0, "[CERT-EE-BC, RFC 8550 section 4.4.1]"),
        (
            format!(
                "-v --allow-legacy --at-time 2026-01-01 -CAfile {rfc}/ca_cert.pem sip:fluffy@example.com {rfc}/noeku_fluffy_cert.pem"
            ),
            0,
            "[CERT-KU-NOT-CRITICAL",
        ),
        (format!("-v {rfc}/ca_cert.pem"), 0, "[CERT-CA-BC-NOT-CRITICAL, RFC 5280 section 4.2.1.9]"),
        (format!("-v {rfc}/chain_subca_cert.pem"), 0, "[CERT-KU-NOT-CRITICAL"),
        // Usage.
        (format!("bob@example.org {keys}/bob.pem"), 2, "sip:bob@example.org"),
        (format!("example.org {keys}/bob.pem"), 2, "an identity has a scheme, that of a domain, too: sip:example.org"),
        (format!("{keys}/bob.pem sip:bob@example.org"), 2, "the URI comes first"),
        (format!("-CAfile {keys} {keys}/bob.pem"), 2, "a folder is named with -CApath"),
        (format!("-CApath {keys}/ca.pem {keys}/bob.pem"), 2, "a file is named with -CAfile"),
        (format!("--purpose smime {keys}/bob.pem"), 1, "hint: name one with -CAfile, -CApath or --trust"),
        (format!("https://example.org {keys}/bob.pem"), 2, "an identity is sip:user@host, or sip:domain"),
        (format!("sip:b\u{fc}cher.example {keys}/bob.pem"), 1, "sip:xn--bcher-kva.example"),
        (format!("sip:b\u{fc}_cher.example {keys}/bob.pem"), 2, "A-labels are taken as they are"),
        (format!("sip:j\u{f6}rg@example.org {keys}/bob.pem"), 2, "is escaped in UTF-8"),
        (format!("-outform der {keys}/bob.pem"), 2, "check-san writes a list"),
        (format!("sip:bob@example.org {keys}/bob.key"), 2, "it holds only PRIVATE KEY"),
        ("sip:bob@example.org testdata/cli/message.sip".to_owned(), 1, "the message is not signed"),
    ];
    for (arguments, exit, text) in rows {
        let ran = check(&arguments, b"");
        let listed = String::from_utf8(ran.stdout.clone()).unwrap();
        let said = format!("{listed}{}", ran.said());
        assert!(ran.status == exit && said.contains(text), "{arguments}: {} {said}", ran.status);
    }
}

// TRAP-15: certificates that keep the rules have no such finding, and a user's key usage need not be there.
#[test]
fn trap_15_certificates_that_keep_the_rules() {
    for file in ["alice.pem", "ca.pem", "sub-ca.pem", "bad/domain-san.pem", "bad/key-usage-absent.pem"] {
        let ran = check(&format!("-v testdata/keys/{file}"), b"");
        assert!(ran.status == 0 && !ran.said().contains("[CERT-"), "{file}: {}", ran.said());
    }
}

// TRAP-29: RFC 6216 section 6 lets a wildcard in the common name match, RFC 5922 section 7.2 lets none.
#[test]
fn trap_29_wildcards() {
    let scene = Scene::new();
    let made = "-nodes -keyout /dev/null -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9";
    // (subject, subjectAltName, whether a wildcard is said)
    let rows = [
        ("/CN=test", "DNS:*.example.com", true),
        ("/CN=test", "URI:sip:*.example.com", true),
        ("/CN=test", "DNS:a.example.com,DNS:*.example.org", true),
        ("/CN=*.example.com", "", true),
        ("/CN=test", "DNS:example.org", false),
        // A user may be called so.
        ("/CN=test", "URI:sip:*67%40example.com", false),
    ];
    for (row, (subject, names, is_said)) in rows.into_iter().enumerate() {
        let names = match names {
            "" => String::new(),
            names => format!("-addext \"subjectAltName=$(printf '{}')\"", names.replace("%40", "\\100")),
        };
        let script = format!("openssl req -x509 {made} -subj '{subject}' {names} -out {row}.pem 2>/dev/null");
        if scene.shell(&script).status != 0 {
            assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
            return;
        }
        for reference in ["sip:sip.example.com", "sip:example.com"] {
            let ran = check(&format!("-v {reference} {}", scene.path(&format!("{row}.pem")).display()), b"");
            let said = ran.said();
            assert_eq!(
                (ran.status, said.contains("[SAN-WILDCARD, RFC 5922 section 7.2]")),
                (1, is_said),
                "{row}: {said}"
            );
        }
    }
}

// SAN-12: who types a name of the DNS in another script means its A-labels. A message cannot.
#[test]
fn san_12_typed_names() {
    let scene = Scene::new();
    let at = scene.path("made");
    let made = |uri: &str| run(&["gen-cert", "-q", "--out-dir", at.to_str().unwrap(), uri].map(str::to_owned), b"");
    let (user, domain) = ("sip:alice@b\u{fc}cher.example", "sip:b\u{fc}cher.example");
    assert_eq!((made(user).status, made(domain).status), (0, 0));
    let user_file = at.join("alice@xn--bcher-kva.example.pem").display().to_string();
    let domain_file = at.join("xn--bcher-kva.example.pem").display().to_string();
    // (reference, file, exit, what is listed)
    let rows = [
        (user, &user_file, 0, "name: URI:sip:alice@xn--bcher-kva.example: match\n"),
        ("sip:alice@B\u{dc}CHER.example", &user_file, 0, ": match\n"),
        ("sip:alice@bu\u{308}cher.example", &user_file, 0, ": match\n"),
        ("sip:alice@xn--bcher-kva.example", &user_file, 0, ": match\n"),
        ("sip:alice@bucher.example", &user_file, 1, "it is another identity"),
        ("sip:alice@b\u{fc}\u{441}her.example", &user_file, 1, "it is another identity"),
        ("sip:\u{430}lice@b\u{fc}cher.example", &user_file, 2, ""),
        (domain, &domain_file, 0, "name: DNS:xn--bcher-kva.example: no match"),
        (domain, &domain_file, 0, "name: URI:sip:xn--bcher-kva.example: match\n"),
        ("sip:sip.b\u{fc}cher.example", &domain_file, 1, "no suffix matches"),
    ];
    for (reference, file, exit, listed) in rows {
        let ran = check(&format!("{reference} {file}"), b"");
        let found = String::from_utf8(ran.stdout.clone()).unwrap();
        assert!(ran.status == exit && found.contains(listed), "{reference}: {} {found} {}", ran.status, ran.said());
    }

    let files = at.display();
    let alice = format!("{files}/alice?xn--bcher-kva.example");
    let signing = |message: &str| format!("sip-smime sign -q -signer {alice}.pem -inkey {alice}.key {message}");
    let verify = format!("sip-smime verify --trust {user_file}");
    // A message holds A-labels, or it is malformed.
    for (host, identity, exit, code) in [
        ("xn--bcher-kva.example", "", 0, "identity: good"),
        ("b\u{fc}cher.example", "", 3, "sip.address"),
        ("xn--bcher-kva.example", user, 0, "identity: good"),
        ("b\u{fc}cher.example", user, 0, "identity: good"),
        ("xn--bcher-kva.example", "sip:alice@b\u{fc}\u{441}her.example", 1, "identity.mismatch"),
    ] {
        let from = format!("sip:alice@{host}");
        scene.write("from.sip", &replaced(PLAIN, b"sip:alice@example.com", from.as_bytes()));
        let identity = identity.replace('@', "$(printf '\\100')");
        let asked = if identity.is_empty() { String::new() } else { format!("--identity \"{identity}\"") };
        let ran = scene.shell(&format!("{} | {verify} {asked}", signing("from.sip")).replace("alice@", "alice?"));
        assert!(ran.status == exit && ran.said().contains(code), "{host} {identity}: {} {}", ran.status, ran.said());
    }
}

// SAN-11: extKeyUsage, if it is there, says that the certificate is one of a SIP domain.
#[test]
fn san_11_the_purpose_of_a_domain() {
    let scene = Scene::new();
    let made = "-nodes -keyout /dev/null -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=test -days 9";
    for (purpose, status) in [("serverAuth", 1), ("1.3.6.1.5.5.7.3.20", 0), ("anyExtendedKeyUsage", 0)] {
        let script = format!(
            "openssl req -x509 {made} -addext subjectAltName=URI:sip:example.com -addext extendedKeyUsage={purpose} -out {status}.pem 2>/dev/null"
        );
        if scene.shell(&script).status != 0 {
            assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
            return;
        }
        let ran = check(&format!("sip:example.com {}", scene.path(&format!("{status}.pem")).display()), b"");
        assert_eq!(ran.status, status, "{purpose}: {}", ran.said());
        assert!(status == 0 || ran.said().contains("[identity.extended-key-usage]"), "{}", ran.said());
    }
}

// The signers of messages, if their signatures are good.
#[test]
fn messages_are_judged_by_their_signers() {
    let scene = Scene::new();
    let [signed, damaged] = ["signed.sip", "damaged.sip"].map(|file| scene.read(file));
    for (arguments, input, exit, text) in [
        ("sip:alice@example.com", &signed, 0, ": match\n"),
        ("-CAfile testdata/keys/ca.pem sip:alice@example.com -", &signed, 0, "trust: good"),
        ("sip:mallory@example.com", &signed, 1, "it is another identity"),
        ("sip:alice@example.com", &damaged, 1, "verify.digest-mismatch"),
    ] {
        let ran = check(arguments, input);
        let said = format!("{}{}", String::from_utf8(ran.stdout.clone()).unwrap(), ran.said());
        assert!(ran.status == exit && said.contains(text), "{arguments}: {} {said}", ran.status);
    }
    // Messages of a stream that nobody signed are passed over.
    let ran = check("sip:alice@example.com", &scene.read("stream.sip"));
    assert_eq!((ran.status, String::from_utf8(ran.stdout).unwrap().matches(": match\n").count()), (0, 2));
}

// SAN-16, C3: a body that only carries certificates. They are listed; who sent it is not proved.
#[test]
fn san_16_certs_only_bodies() {
    let scene = Scene::new();
    let body = "-nocrl -certfile @carol-chain.pem -certfile @alice.pem -outform DER";
    if scene.shell(&format!("openssl crl2pkcs7 {body} -out bag.p7c && openssl base64 -in bag.p7c -out bag.b64")).status
        != 0
    {
        assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
        return;
    }
    let message = |start: &str, label: &str, more: &str, body: &[u8]| {
        let head = "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>;tag=2\r\n";
        let kind = format!("Content-Type: application/pkcs7-mime; smime-type={label}; name=smime.p7c\r\n{more}");
        [format!("{start}\r\n{head}{kind}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    };
    let request = "MESSAGE sip:bob@example.org SIP/2.0";
    let (der, base64) = (scene.read("bag.p7c"), scene.read("bag.b64"));
    let bodies = [
        message(request, "certs-only", "", &der),
        message(request, "Certs-Only", "Content-Transfer-Encoding: base64\r\n", &base64),
        // RFC 3261 section 23.2: who cannot decrypt says with which certificate it could.
        message("SIP/2.0 493 Undecipherable", "certs-only", "", &der),
        // The object decides, not the label.
        message(request, "signed-data", "", &der),
    ];
    for (row, input) in bodies.iter().enumerate() {
        let ran = check("", input);
        let listed = String::from_utf8(ran.stdout.clone()).unwrap();
        assert_eq!((ran.status, listed.matches("certificate: ").count()), (0, 3), "row {row}: {listed} {}", ran.said());
        assert!(ran.said().contains("warning: ") && ran.said().contains("[CERTS-ONLY, RFC 5652"), "{}", ran.said());
        // Of those that are no authority each has to name the identity.
        let ran = check("sip:carol@example.com", input);
        let listed = String::from_utf8(ran.stdout.clone()).unwrap();
        assert_eq!((ran.status, listed.matches("certificate: ").count()), (1, 2), "row {row}: {listed}");
        let ran = check("--json -CAfile testdata/keys/ca.pem", input);
        let object = &objects(&ran.stdout)[0];
        assert_eq!((&object["exit"], &object["findings"][0]["finding"]), (&0.into(), &"CERTS-ONLY".into()), "{object}");
        assert!(object["certificates"].as_array().unwrap().iter().all(|one| one["trust"]["verdict"] == "good"));

        // Nothing is signed, and verify says so.
        scene.write("bag.sip", input);
        let ran = scene.run("verify -CAfile @ca.pem --identity none bag.sip");
        assert!(
            ran.status == 1 && ran.stdout.is_empty() && ran.said().contains("[verify.no-signer]"),
            "{}",
            ran.said()
        );
        assert!(ran.said().contains("nothing is signed, it only carries 3 certificates"), "{}", ran.said());
        assert!(ran.said().contains("hint: sip-smime check-san lists them"), "{}", ran.said());
    }
    // A file of them is no message.
    let ran = check(&scene.path("bag.p7c").display().to_string(), b"");
    let listed = String::from_utf8(ran.stdout.clone()).unwrap();
    assert_eq!((ran.status, listed.matches("certificate: ").count(), ran.said()), (0, 3, String::new()));
    // What is cut short is not listed.
    let cut = message(request, "certs-only", "", &der[..der.len() - 1]);
    let ran = check("", &cut);
    assert!(ran.status == 3 && ran.stdout.is_empty(), "{} {}", ran.status, ran.said());
}

// Every certificate that is no authority has to name the identity, and the worst file counts.
#[test]
fn one_that_does_not_match_is_enough() {
    let scene = Scene::new();
    let both = [fs::read(format!("{ROOT}/testdata/keys/bob.pem")), fs::read(format!("{ROOT}/testdata/keys/alice.pem"))];
    scene.write("both.pem", &both.map(Result::unwrap).concat());
    let both = scene.path("both.pem");
    let ran = check(&format!("sip:bob@example.org {}", both.display()), b"");
    let listed = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status == 1 && listed.contains(": match\n") && listed.contains(": no match: "), "{listed}");
    let files = "testdata/keys/bob.pem testdata/keys/alice.pem testdata/keys/bob.key";
    assert_eq!(check(&format!("sip:bob@example.org {files}"), b"").status, 2);
    let out = scene.path("list");
    let ran = check(&format!("-q -out {} sip:bob@example.org testdata/keys/alice.pem", out.display()), b"");
    assert!(ran.status == 1 && fs::read_to_string(out).unwrap().contains("no match"), "{}", ran.said());
}

// A PKCS #12 file, with its password and without.
#[test]
fn pkcs_12_files_are_read() {
    let scene = Scene::new();
    scene.write("password", b"password\n");
    let password = scene.path("password");
    let file = "sip:alice@example.com testdata/interop/pkcs12/openssl-default.p12";
    let ran = check(&format!("--passin file:{} {file}", password.display()), b"");
    assert!(ran.status == 0 && String::from_utf8_lossy(&ran.stdout).contains(": match\n"), "{}", ran.said());
    let ran = check(file, b"");
    assert!(
        ran.status == 2 && ran.stdout.is_empty() && ran.said().contains("[pkcs12.needs-password]"),
        "{}",
        ran.said()
    );
}

#[test]
fn json_says_the_same() {
    let ran = check("--json sip:example.com testdata/rfc/rfc6216/eku_example.com_cert.pem testdata/keys/bob.pem", b"");
    assert_eq!(ran.status, 1);
    let [domain, bob]: [serde_json::Value; 2] = objects(&ran.stdout).try_into().unwrap();
    assert_eq!(domain["certificates"][0]["matched"], "URI:sip:example.com");
    assert_eq!(domain["certificates"][0]["names"][0]["match"], false);
    assert_eq!(domain["certificates"][0]["names"][0]["rule"], "RFC 5922 section 7.1");
    assert_eq!((&bob["exit"], &bob["error"]["code"]), (&1.into(), &"identity.not-named".into()));
    assert_eq!(bob["certificates"][0]["certificate"]["subject"], "CN=Bob,O=test");
}
