//! `gen-cert --fixture` and `--suite`: what is wrong, and nothing else; what we and openssl answer.

use std::collections::BTreeMap;
use std::fs;

use der::{Decode, Encode};
use x509_cert::Certificate;

use crate::scene::{Scene, assert_says};
use crate::support::{Ran, assert_none};

fn shell(scene: &Scene, script: &str) -> Ran {
    scene.shell(&script.replace("%40", "$(printf '\\100')"))
}

/// The files of a folder.
fn files(scene: &Scene, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(scene.path(folder)).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// The first certificate of a file in PEM.
fn certificate(pem: &[u8]) -> Certificate {
    let end = b"-----END CERTIFICATE-----\n";
    let length = pem.windows(end.len()).position(|window| window == end).unwrap() + end.len();
    Certificate::from_der(&pem_rfc7468::decode_vec(&pem[..length]).unwrap().1).unwrap()
}

/// The fields in which two certificates differ; the signature, which must follow, only if it is all that differs.
fn differences(good: &Certificate, wrong: &Certificate) -> Vec<String> {
    let (one, other) = (good.tbs_certificate(), wrong.tbs_certificate());
    let mut fields = Vec::new();
    let mut see = |name: &str, is_other: bool| fields.extend(is_other.then(|| name.to_owned()));
    see("version", one.version() != other.version());
    see("serialNumber", one.serial_number() != other.serial_number());
    see("signature", one.signature() != other.signature());
    see("issuer", one.issuer() != other.issuer());
    see("validity", one.validity() != other.validity());
    see("subject", one.subject() != other.subject());
    see("subjectPublicKeyInfo", one.subject_public_key_info() != other.subject_public_key_info());
    let extensions = |certificate: &Certificate| -> BTreeMap<String, Vec<Vec<u8>>> {
        let mut found: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for one in certificate.tbs_certificate().extensions().unwrap() {
            found.entry(one.extn_id.to_string()).or_default().push(one.to_der().unwrap());
        }
        found
    };
    let (one, other) = (extensions(good), extensions(wrong));
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        see(name, one.get(name) != other.get(name));
    }
    see("signatureAlgorithm", good.signature_algorithm() != wrong.signature_algorithm());
    if fields.is_empty() && good.signature() != wrong.signature() {
        fields.push("signatureValue".to_owned());
    }
    fields
}

/// Fixture; what differs from the good set, `FILE: fields` or `+FILE`, `-FILE`; what check-san says of the user, and of
/// the domain.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("expired", "leaf: validity", "trust.expired", "trust.expired"),
    ("not-yet-valid", "leaf: validity", "trust.not-yet-valid", "trust.not-yet-valid"),
    ("wrong-san", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("no-san", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("cn-only", "leaf: subject 2.5.29.17", "identity.not-named", ""),
    ("email-only", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("ip-only", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("wildcard", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("nul-in-san", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("invisible-in-san", "leaf: 2.5.29.17", "identity.not-named", "identity.not-named"),
    ("no-digital-signature", "leaf: 2.5.29.15", "trust.key-usage", "trust.key-usage"),
    ("no-eku", "leaf: 2.5.29.37", "", ""),
    ("tls-only-eku", "leaf: 2.5.29.37", "trust.extended-key-usage", "trust.extended-key-usage"),
    ("sip-only-eku", "leaf: 2.5.29.37", "trust.extended-key-usage", ""),
    ("unknown-critical-extension", "leaf: 1.3.6.1.4.1.32473.1", "trust.critical-extension", "trust.critical-extension"),
    ("duplicate-extension", "leaf: 2.5.29.17", "trust.extension", "trust.extension"),
    ("zero-serial", "leaf: serialNumber", "", ""),
    ("negative-serial", "leaf: serialNumber", "trust.malformed", "trust.malformed"),
    ("long-serial", "leaf: serialNumber", "trust.malformed", "trust.malformed"),
    ("algorithm-mismatch", "leaf: signature", "trust.algorithms", "trust.algorithms"),
    ("bad-signature", "leaf: signatureValue", "trust.signature", "trust.signature"),
    ("sha1", "leaf: signature signatureAlgorithm", "trust.weak-algorithm", "trust.weak-algorithm"),
    ("rsa1024", "leaf: subjectPublicKeyInfo 2.5.29.14", "trust.weak-algorithm", "trust.weak-algorithm"),
    (
        "unknown-ca",
        "root: serialNumber issuer subject subjectPublicKeyInfo 2.5.29.14 2.5.29.35",
        "trust.unknown-issuer",
        "trust.unknown-issuer",
    ),
    ("incomplete-chain", "-intermediate", "trust.unknown-issuer", "trust.unknown-issuer"),
    ("revoked", "+crl.pem", "trust.revoked", "trust.revoked"),
    ("revoked-ca", "+crl.pem", "trust.revoked", "trust.revoked"),
    ("ca-without-basic-constraints", "intermediate: 2.5.29.19", "trust.not-a-ca", "trust.not-a-ca"),
    ("ca-without-cert-sign", "intermediate: 2.5.29.15", "trust.not-a-ca", "trust.not-a-ca"),
    ("pathlen-exceeded", "intermediate: 2.5.29.19", "trust.path-length", "trust.path-length"),
    ("name-constraint-violation", "intermediate: 2.5.29.30", "trust.name-constraints", "trust.name-constraints"),
    ("name-constraint-uri", "intermediate: 2.5.29.30", "trust.name-constraints", "trust.name-constraints"),
];

// GEN-11: a set with a fixture is the good set of the same seed but for one thing, and is refused for that.
#[test]
fn gen_11_fixtures_differ_from_the_good_set_in_one_thing() {
    let mut wrong = Vec::new();
    let listed = Scene::new().run("gen-cert --fixture help");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ROWS.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for (name, difference, user, domain) in ROWS {
        for (reference, expected) in [("sip:alice%40example.com", user), ("sip:example.com", domain)] {
            if let Err(what) = check(name, difference, reference, expected) {
                wrong.push(format!("{name} {reference}: {what}"));
            }
        }
    }
    assert_none(&wrong);
}

fn check(name: &str, difference: &str, reference: &str, expected: &str) -> Result<(), String> {
    let scene = Scene::new();
    let key = if name == "rsa1024" { "--key rsa2048" } else { "" };
    let chain = match name {
        "pathlen-exceeded" => "--intermediate One --intermediate Two",
        "incomplete-chain" | "revoked-ca" => "--intermediate One",
        name if name.starts_with("ca-") || name.starts_with("name-") => "--intermediate One",
        _ => "",
    };
    for (folder, fixture) in [("good", String::new()), ("wrong", format!("--fixture {name}"))] {
        let ran = shell(
            &scene,
            &format!(
                "sip-smime gen-cert -q --seed 7 --not-before 2026-01-01 --not-after 2036-01-01 {key} --ca Root {chain} \
                 {fixture} --out-dir {folder} \"{reference}\""
            ),
        );
        if ran.status != 0 {
            return Err(ran.said());
        }
    }
    let found = set_differences(&files(&scene, "good"), &files(&scene, "wrong"));
    let is_domain = !reference.contains("%40");
    let expected_difference = match (name, is_domain) {
        // The common name would name the domain.
        ("no-san" | "ip-only", true) => "leaf: subject 2.5.29.17",
        ("cn-only", true) => "leaf: 2.5.29.17",
        _ => difference,
    };
    if found != [expected_difference] {
        return Err(format!("it differs in {found:?}"));
    }
    let file = reference.trim_start_matches("sip:");
    let given = "--at-time 2026-06-01 -CAfile wrong/Root.pem $(test -e wrong/crl.pem && echo --crl wrong/crl.pem)";
    let ran = shell(&scene, &format!("sip-smime check-san -q {given} \"{reference}\" wrong/{file}.pem"));
    answers(&ran, expected)?;
    // No key of 1024 bits signs here; the vectors have a message of one.
    if name == "rsa1024" {
        return Ok(());
    }
    let asked = if is_domain { "--purpose sip --identity sip:example.com" } else { "" };
    // The good certificate has the same key, and may sign.
    let sign = "sip-smime sign -q --minimal --certs none -keyid";
    let ran = shell(
        &scene,
        &format!(
            "{sign} -signer good/{file}.pem -inkey good/{file}.key @../cli/message.sip |
             sip-smime verify -q {given} {asked} -certfile wrong/{file}.pem"
        ),
    );
    // A common name is for check-san alone.
    let is_unnamed = expected == "identity.not-named" || name == "cn-only";
    answers(&ran, if is_unnamed { "identity.mismatch" } else { expected })
}

/// Whether what ran refuses with this code, or, if it is empty, does not.
fn answers(ran: &Ran, code: &str) -> Result<(), String> {
    match (code, ran.status) {
        ("", 0) => Ok(()),
        ("", _) | (_, 0) => Err(format!("exit {}: {}", ran.status, ran.said())),
        (code, _) if ran.said().contains(&format!("[{code}]")) => Ok(()),
        _ => Err(ran.said()),
    }
}

fn set_differences(good: &BTreeMap<String, Vec<u8>>, wrong: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let role = |file: &str| match file {
        "Root.pem" => "root",
        "One.pem" => "intermediate",
        "crl.pem" => "crl.pem",
        file if file.contains("example.com") => "leaf",
        _ => "another file",
    };
    let mut found = Vec::new();
    for (file, octets) in good {
        match wrong.get(file) {
            Some(other) if other == octets => {}
            Some(_) if file.ends_with(".key") => {}
            Some(other) => {
                let fields = differences(&certificate(octets), &certificate(other));
                found.extend((!fields.is_empty()).then(|| format!("{}: {}", role(file), fields.join(" "))));
            }
            None if file.ends_with(".key") => {}
            None => found.push(format!("-{}", role(file))),
        }
    }
    found.extend(wrong.keys().filter(|file| !good.contains_key(*file)).map(|file| format!("+{}", role(file))));
    found
}

// GEN-11: one thing only, whatever the good certificate is like; or none is made.
#[test]
fn gen_11_fixtures_of_other_holders() {
    // (fixture, options and URI, what differs or the error code)
    let rows = [
        ("wrong-san", "--profile rfc6216 sip:alice%40example.com", "leaf: 2.5.29.17"),
        ("wrong-san", "--email alice%40example.com --msrp sip:alice%40example.com", "leaf: 2.5.29.17"),
        ("no-san", "--profile rfc6216 sip:alice%40example.com", "leaf: 2.5.29.17"),
        ("no-san", "--no-subject sip:example.com", "leaf: 2.5.29.17"),
        ("cn-only", "--profile rfc6216 sip:alice%40example.com", "leaf: subject 2.5.29.17"),
        ("cn-only", "--seed 8 sip:alice%40example.com", "leaf: subject 2.5.29.17"),
        ("wildcard", "--profile rfc6216 sip:example.com", "leaf: 2.5.29.17"),
        ("wildcard", "--email alice%40example.com sip:alice%40example.com", "leaf: 2.5.29.17"),
        ("nul-in-san", "--msrp sip:alice%40example.com", "leaf: 2.5.29.17"),
        ("invisible-in-san", "--profile rfc6216 sip:example.com", "leaf: 2.5.29.17"),
        ("ip-only", "sip:192.0.2.1", "leaf: subject 2.5.29.17"),
        ("unknown-ca", "--profile rfc6216 sip:alice%40example.com", "leaf: "),
        ("wildcard", "sip:192.0.2.1", "issue.fixture"),
        ("wildcard", "tel:+12015550123", "issue.fixture"),
        ("expired", "--key rsa2048 --profile rfc6216 sip:alice%40example.com", "leaf: validity"),
    ];
    let mut wrong = Vec::new();
    for (fixture, arguments, expected) in rows {
        let scene = Scene::new();
        let seed = if arguments.contains("--seed") { "" } else { "--seed 7" };
        let mut status = 0;
        for (folder, fixture) in [("good", String::new()), ("wrong", format!("--fixture {fixture}"))] {
            let times = "--not-before 2026-01-01 --not-after 2036-01-01";
            let ran = shell(
                &scene,
                &format!("sip-smime gen-cert -q {seed} {times} --ca Root {fixture} --out-dir {folder} {arguments}"),
            );
            status = ran.status;
            if status != 0 && !ran.said().contains(&format!("[{expected}]")) {
                wrong.push(format!("{fixture} {arguments}: {}", ran.said()));
            }
        }
        if status == 0 {
            let leaf = |folder: &str| {
                let files = files(&scene, folder).into_iter();
                let leaf = files.filter(|(name, _)| name.ends_with(".pem") && name != "Root.pem");
                leaf.map(|(_, octets)| octets).next().unwrap()
            };
            let found = differences(&certificate(&leaf("good")), &certificate(&leaf("wrong"))).join(" ");
            if format!("leaf: {found}") != expected {
                wrong.push(format!("{fixture} {arguments}: {found}"));
            }
        } else if expected.starts_with("leaf") {
            wrong.push(format!("{fixture} {arguments}: nothing was made"));
        }
    }
    assert_none(&wrong);
}

// GEN-11: what a fixture needs is made, or asked for.
#[test]
fn gen_11_fixtures_make_what_they_need() {
    // (arguments, exit status, what is said)
    let rows = [
        ("--fixture pathlen-exceeded --ca Root --out-dir d", 0, "issued by CN=Intermediate CA 2,O=test"),
        ("--fixture revoked-ca --ca Root --out-dir d", 0, "wrong on purpose: a revocation list names its issuer"),
        ("--fixture revoked --ca Root --out-dir d --outform der", 0, "d/crl.der: the CRL of CN=Root,O=test"),
        ("--fixture unknown-ca --ca Root --out-dir d", 0, "d/Root.pem: Another CA: "),
        ("--fixture expired -out d", 0, "wrong on purpose: it has expired, in 2000"),
        ("--fixture sha1 --key ed25519 -out d", 2, "[issue.fixture]"),
        ("--fixture rsa1024 -out d", 2, "rsa1024 needs an issuer"),
        ("--fixture revoked -out d", 2, "revoked needs an issuer"),
        ("--fixture incomplete-chain -CA testdata/keys/ca.pem -CAkey testdata/keys/ca.key -out d", 2, "--out-dir"),
        (
            "--fixture unknown-ca -CA testdata/keys/ca.pem -CAkey testdata/keys/ca.key --out-dir d",
            2,
            "unknown-ca writes another root",
        ),
        ("--fixture no-such-thing -out d", 2, "expired"),
    ];
    let mut wrong = Vec::new();
    for (arguments, status, said) in rows {
        let scene = Scene::new();
        let ran = shell(
            &scene,
            &format!("sip-smime gen-cert {} sip:alice%40example.com", arguments.replace("testdata/keys/", "@")),
        );
        if ran.status != status || !ran.said().contains(said) || scene.path("d").exists() != (status == 0) {
            wrong.push(format!("{arguments}: exit {}: {}", ran.status, ran.said()));
        }
    }
    let ran = Scene::new().run("gen-cert --fixture expired --ca Root --out-dir d");
    assert_says(&ran, 2, "usage", "expired is about the certificate of a user or a domain", "name a URI");
    assert_none(&wrong);
}

/// Test of RFC 6216 section 6; what we say of a message and of a certificate; what openssl says.
const REASONS: &[(&str, &str, &str)] = &[
    ("02", "identity.mismatch identity.not-named", ""),
    ("03", "trust.unknown-issuer", "self-signed certificate in certificate chain"),
    ("04", "trust.unknown-issuer", "unable to get local issuer certificate"),
    ("05a", "trust.expired", "certificate has expired"),
    ("05b", "trust.not-yet-valid", "certificate is not yet valid"),
    ("06a", "trust.revoked", "0 depth lookup: certificate revoked"),
    ("06b", "trust.revoked", "1 depth lookup: certificate revoked"),
    ("07", "trust.key-usage", "unsuitable certificate purpose"),
    ("11a", "identity.not-named", "hostname mismatch"),
    ("11b", "identity.not-named", ""),
    ("12", "trust.unknown-issuer", "self-signed certificate in certificate chain"),
    ("13", "trust.unknown-issuer", "unable to get local issuer certificate"),
    ("14a", "trust.expired", "certificate has expired"),
    ("14b", "trust.not-yet-valid", "certificate is not yet valid"),
    ("15a", "trust.revoked", "0 depth lookup: certificate revoked"),
    ("15b", "trust.revoked", "1 depth lookup: certificate revoked"),
    ("16", "trust.extended-key-usage", "unsuitable certificate purpose"),
    ("17", "identity.extended-key-usage", ""),
];

// RFC 6216 section 6: every test has its row, and we and openssl answer as the rows say.
#[test]
fn gen_11_the_suite_of_rfc_6216() {
    let scene = Scene::new();
    let ran = shell(&scene, "umask 0; sip-smime gen-cert -q --suite suite");
    assert_eq!(ran.status, 0, "{}", ran.said());
    let table = String::from_utf8(scene.read("suite/expected.tsv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("scenario\tcommand\texit\topenssl\tnote"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    let has_openssl = shell(&scene, "openssl version").status == 0;
    assert!(has_openssl || std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
    let mut wrong = Vec::new();
    for row in &rows {
        let [scenario, command, exit, openssl, note] = row[..] else { panic!("{row:?}") };
        let ran = scene.shell(&format!("cd suite; {} >/dev/null", command.replace('@', "$(printf '\\100')")));
        let (codes, peer_text) = REASONS.iter().find(|one| one.0 == scenario).map_or(("", ""), |one| (one.1, one.2));
        let is_reason = codes.is_empty() || codes.split(' ').any(|code| ran.said().contains(&format!("[{code}]")));
        if ran.status.to_string() != exit || (exit == "0") != codes.is_empty() || !is_reason {
            wrong.push(format!("{scenario}: {command}: {} and not {exit}: {}", ran.status, ran.said()));
        }
        if openssl != "-" && has_openssl {
            let (_, peer) = note.split_once("; openssl ").unwrap();
            let ran = scene.shell(&format!("cd suite; openssl {peer}"));
            if ran.status.to_string() != openssl || !ran.said().contains(peer_text) {
                wrong.push(format!("{scenario}: openssl {peer}: {} and not {openssl}: {}", ran.status, ran.said()));
            }
        }
    }
    assert_none(&wrong);
    let numbers: Vec<u32> = rows.iter().map(|row| row[0].trim_end_matches(['a', 'b']).parse().unwrap()).collect();
    assert!((1..=17).all(|test| numbers.contains(&test)), "{numbers:?}");
    // The tests of S/MIME have a message each: verify and check-san answer alike.
    for test in rows.chunk_by(|one, other| one[0] == other[0]) {
        let is_smime = test[0][0] < "08";
        assert_eq!(test.iter().any(|row| row[1].starts_with("sip-smime verify ")), is_smime, "{test:?}");
        assert!(test.iter().all(|row| row[2] == test[0][2]), "{test:?}");
    }
    for (file, octets) in files(&scene, "suite") {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scene.path(&format!("suite/{file}"))).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, octets.starts_with(b"-----BEGIN PRIVATE KEY"), "{file}");
    }
    // What is there is not written over, and with a seed the suite comes out the same.
    assert_says(&shell(&scene, "sip-smime gen-cert --suite suite"), 2, "file.unwritable", "it exists", "again");
    let again = "sip-smime gen-cert -q --seed 5 --not-before 2026-11-01 --suite";
    let ran = shell(&scene, &format!("{again} one && {again} two && diff -r one two"));
    assert_eq!(ran.status, 0, "{}", ran.said());
}
