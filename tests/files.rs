//! Output files while the program works on them (threats O3, O5). What is there at its end is in `cli/files.rs`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{ROOT, run};

const MESSAGE: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.org>\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nHello!";
const SIGN: &str = "sign -q -signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
const VERIFY: &str = "verify -q -CAfile testdata/keys/ca.pem";

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn signed() -> Vec<u8> {
    run(&words(SIGN), MESSAGE).stdout
}

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{name}-{}", std::process::id()));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

// Killed at any moment: the file is the old one or the new one.
#[test]
fn o3_killed() {
    let folder = folder("killed");
    let (input, out) = (folder.join("input"), folder.join("out"));
    let body = vec![b'x'; 8 << 20];
    let head = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    fs::write(&input, [head.as_bytes(), &body].concat()).unwrap();
    let (mut old, mut new) = (0, 0);
    for round in 0..24_u64 {
        fs::write(&out, "old").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_sip-smime"))
            .args(words(&format!("{SIGN} -in {} -out {}", input.display(), out.display())))
            .current_dir(ROOT)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(round * 10));
        child.kill().unwrap();
        child.wait().unwrap();
        match fs::metadata(&out).unwrap().len() {
            3 => old += 1,
            length => {
                assert!(length > 8 << 20, "{length} octets: neither the old file nor the new one");
                new += 1;
            }
        }
    }
    assert_eq!(old + new, 24);
    fs::remove_dir_all(folder).unwrap();
}

// O5: while it works, what stands beside the output is its owner's alone.
#[test]
fn o5_temporary_files_are_private() {
    let folder = folder("private");
    let mut child = Command::new(env!("CARGO_BIN_EXE_sip-smime"))
        .args(words(&format!("{VERIFY} -out {}", folder.join("out").display())))
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The output is prepared before the input is read: wait for it.
    let mut found = Vec::new();
    for _ in 0..200 {
        found = names(&folder);
        if !found.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for name in &found {
        assert_ne!(name, "out", "the output is there before anything was verified");
        assert_eq!(fs::metadata(folder.join(name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
    stdin.write_all(&signed()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(names(&folder), ["out"]);
    fs::remove_dir_all(folder).unwrap();
}
