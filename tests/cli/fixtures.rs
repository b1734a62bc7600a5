//! `gen-cert --suite`: what we and openssl answer.

use std::collections::BTreeMap;
use std::fs;

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
