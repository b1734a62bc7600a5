//! What inspect says of the messages of the RFCs, whole: `testdata/goldens`. Key facts are those of openssl, and of the tables that
//! were made from the RFCs. `SIP_SMIME_GENERATE=1` writes the files anew; what changes then has to be read.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RFCS: [&str; 8] = ["rfc3261", "rfc3862", "rfc4134", "rfc4475", "rfc6216", "rfc8551", "rfc8591", "e2m"];
const ENDINGS: [&str; 7] = [".sip", ".dat", ".eml", ".bin", ".p7m", ".p7s", ".mime"];

fn messages() -> Vec<String> {
    let mut names = Vec::new();
    for rfc in RFCS {
        for entry in fs::read_dir(format!("{ROOT}/testdata/rfc/{rfc}")).unwrap() {
            let name = entry.unwrap().file_name().to_str().unwrap().to_owned();
            // What was signed is no message.
            let is_message = ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.ends_with(".signed.bin");
            if is_message
                && !["ExContent.bin", "content.bin", "3.4-plaintext.bin", "smime-msg-what-got-signed.bin"]
                    .contains(&&*name)
            {
                names.push(format!("{rfc}/{name}"));
            }
        }
    }
    names.sort();
    names
}

fn inspect(name: &str, options: &[&str]) -> Vec<u8> {
    let file = format!("testdata/rfc/{name}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sip-smime"));
    command.current_dir(ROOT).args(["inspect", "-q", "--at-time", "2026-01-01"]).args(options).arg(&file);
    command.output().unwrap().stdout
}

/// The messages of a file: the torture tests have one with two.
fn objects(name: &str) -> Vec<Value> {
    serde_json::Deserializer::from_slice(&inspect(name, &["--json"])).into_iter().map(Result::unwrap).collect()
}

fn tree(name: &str) -> Value {
    objects(name).remove(0)
}

fn compare(golden: &Path, made: &str) -> Option<String> {
    if std::env::var_os("SIP_SMIME_GENERATE").is_some() {
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::write(golden, made).unwrap();
    }
    let kept = fs::read_to_string(golden).unwrap_or_default();
    let line = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    (kept != made).then(|| format!("{}: line {}", golden.display(), line.map_or(0, |line| line + 1)))
}

#[test]
fn ins_02_every_message_of_the_rfcs() {
    let names = messages();
    assert!(names.len() > 60, "{}", names.len());
    let faults: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let made = serde_json::to_string_pretty(&objects(name)).unwrap() + "\n";
            compare(&Path::new(ROOT).join(format!("testdata/goldens/{name}.json")), &made)
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn ins_02_as_people_read_it() {
    let names = [
        "rfc8591/10.1.sip",
        "rfc8591/10.2.sip",
        "rfc8591/10.3.p7m",
        "rfc6216/smime-msg.sip",
        "rfc6216/smime-sign-encrypt.sip",
        "rfc4134/4.5.bin",
        "rfc4475/mpart01.dat",
        "rfc3261/23.4.2.sip",
    ];
    let faults: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let made = String::from_utf8(inspect(name, &[])).unwrap();
            compare(&Path::new(ROOT).join(format!("testdata/goldens/{name}.txt")), &made)
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn count(node: &Value, kind: &str) -> usize {
    let own = usize::from(node["node"] == kind);
    own + node["children"].as_array().unwrap().iter().map(|child| count(child, kind)).sum::<usize>()
}

fn fact<'v>(node: &'v Value, name: &str, found: &mut Vec<&'v str>) {
    for one in node["facts"].as_array().unwrap().iter().filter(|one| one["name"] == name) {
        found.extend(one["value"].as_str());
    }
    for child in node["children"].as_array().unwrap() {
        fact(child, name, found);
    }
}

// Certificates, signers, recipients, signature algorithms and serial numbers of objects, as openssl prints them.
#[test]
fn objects_as_openssl_prints_them() {
    let mut faults = Vec::new();
    let mut checked = 0;
    for name in messages().iter().filter(|name| [".bin", ".p7m", ".p7s"].iter().any(|ending| name.ends_with(ending))) {
        let file = format!("testdata/rfc/{name}");
        let call = ["cms", "-cmsout", "-noout", "-print", "-inform", "DER", "-in", &file];
        let Ok(output) = Command::new("openssl").current_dir(ROOT).args(call).output() else {
            assert!(std::env::var_os("SIP_SMIME_REQUIRE_PEERS").is_none(), "openssl is not there");
            return;
        };
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let object = tree(name);
        // Kinds of objects that are not read have no signers here.
        if object["error"]["code"] == "cms.content-type" {
            continue;
        }
        let lines = |text: &str| printed.lines().filter(|line| line.trim() == text).count();
        let recipients = ["d.ktri:", "d.kari:", "d.kekri:", "d.pwri:"].iter().map(|kind| lines(kind)).sum();
        let theirs: [usize; 3] = [lines("d.certificate:"), lines("digestAlgorithm:"), recipients];
        let ours = ["certificate", "signer", "recipient"].map(|kind| count(&object["tree"], kind));
        if ours != theirs {
            faults.push(format!("{name}: {ours:?}, openssl {theirs:?}"));
        }
        let mut said = Vec::new();
        for fact_name in ["signature", "digest", "cipher", "key-encryption"] {
            fact(&object["tree"], fact_name, &mut said);
        }
        for algorithm in said {
            let oid = algorithm.split(',').next().unwrap().rsplit(['(', ' ']).next().unwrap().trim_end_matches(')');
            if !printed.contains(&format!("({oid})")) {
                faults.push(format!("{name}: openssl knows of no {algorithm}"));
            }
        }
        checked += 1;
    }
    assert!(checked > 15, "{checked}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

// Heads and bodies of the torture messages have the sizes that the table of RFC 4475 says, and what is no message is none.
#[test]
fn torture_messages_as_their_table_says() {
    let table = fs::read_to_string(format!("{ROOT}/testdata/rfc/rfc4475/frames.tsv")).unwrap();
    let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = rows.next().unwrap();
    let at = |name: &str| names.iter().position(|own| *own == name).unwrap();
    let (framing, start_line, head, body) = (at("framing"), at("start_line"), at("head_octets"), at("body_octets"));
    let mut seen = BTreeSet::new();
    for row in rows {
        let object = tree(&format!("rfc4475/{}", row[0]));
        let is_read = row[framing] == "ok" && row[start_line] == "ok";
        let error = object["tree"]["error"]["code"].as_str().unwrap_or_default().to_owned();
        let is_framed = object["tree"]["node"] != "message";
        assert!(is_framed || !is_read, "{row:?}: {error}");
        if is_read {
            let sizes = &object["sizes"];
            assert_eq!(sizes["head"].to_string(), row[head], "{row:?}");
            let total = sizes["total"].as_u64().unwrap();
            let of_both = row[head].parse::<u64>().unwrap() + row[body].parse::<u64>().unwrap();
            assert!(total >= of_both, "{row:?}: {total}");
        }
        seen.insert((is_read, is_framed));
    }
    assert!(seen.contains(&(true, true)) && seen.contains(&(false, false)), "{seen:?}");
}
