//! Output files are whole or not at all (threats O3, O5): nothing is left behind, and a refusal changes nothing.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{ROOT, Ran, run};

const MESSAGE: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.org>\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nHello!";
const SIGN: &str = "sign -q -signer testdata/keys/alice.pem -inkey testdata/keys/alice.key";
const VERIFY: &str = "verify -q -CAfile testdata/keys/ca.pem";

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn with_out(command: &str, out: &Path, input: &[u8]) -> Ran {
    run(&words(&format!("{command} -out {}", out.display())), input)
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

#[test]
fn o3_a_product_takes_the_place_of_the_old_file() {
    let folder = folder("replace");
    let (new, old) = (folder.join("new"), folder.join("old"));
    fs::write(&old, "old").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
    for out in [&new, &old] {
        let ran = with_out(VERIFY, out, &signed());
        assert_eq!((ran.status, ran.stdout.len()), (0, 0), "{}", ran.said());
        assert_eq!(fs::read(out).unwrap(), MESSAGE);
    }
    // The mode of the old file stays.
    assert_eq!(fs::metadata(&old).unwrap().mode() & 0o777, 0o640);
    assert_eq!(names(&folder), ["new", "old"]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn o3_a_refusal_changes_nothing() {
    let folder = folder("refused");
    let old = folder.join("old");
    fs::write(&old, "old").unwrap();
    let inode = fs::metadata(&old).unwrap().ino();
    let mut changed = signed();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let rows: [(&str, &[u8], i32); 6] = [
        (VERIFY, &changed, 1),
        (VERIFY, MESSAGE, 1),
        (VERIFY, &changed[..300], 3),
        (VERIFY, b"", 3),
        ("verify -q", &signed(), 1),
        ("sign -q -signer testdata/keys/alice.pem -inkey testdata/keys/bob.key", MESSAGE, 4),
    ];
    for (command, input, exit) in rows {
        for out in [&old, &folder.join("absent")] {
            let ran = with_out(command, out, input);
            assert_eq!((ran.status, ran.stdout.len()), (exit, 0), "{command}: {}", ran.said());
        }
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(fs::metadata(&old).unwrap().ino(), inode);
        assert_eq!(names(&folder), ["old"], "{command}: something was left behind");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn o3_the_input_may_be_the_output() {
    let folder = folder("same");
    let (file, link) = (folder.join("message"), folder.join("link"));
    fs::write(&file, MESSAGE).unwrap();
    symlink("message", &link).unwrap();
    for (command, out) in [(SIGN, &file), (VERIFY, &link), (SIGN, &link), (VERIFY, &file)] {
        let ran = with_out(&format!("{command} -in {}", file.display()), out, b"");
        assert_eq!(ran.status, 0, "{command}: {}", ran.said());
    }
    assert_eq!(fs::read(&file).unwrap(), MESSAGE);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "the link stays");
    assert_eq!(names(&folder), ["link", "message"]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn o3_what_cannot_be_written() {
    let folder = folder("unwritable");
    let rows = ["/dev/full".into(), folder.clone(), folder.join("no/such/folder")];
    for out in rows {
        let ran = with_out(VERIFY, &out, &signed());
        assert_eq!((ran.status, ran.stdout.len()), (2, 0), "{}: {}", out.display(), ran.said());
        assert!(ran.said().contains("[file.unwritable]"), "{}", ran.said());
    }
    assert!(names(&folder).is_empty());
    // Standard output that takes nothing.
    let (status, said) = to_standard_output(VERIFY, File::options().write(true).open("/dev/full").unwrap().into());
    assert!(status == 2 && said.contains("[file.unwritable]"), "{status}: {said}");
    fs::remove_dir_all(folder).unwrap();
}

// A closed pipe ends silently: 2 for a product that was cut short, the verdict's code for --json.
#[test]
fn o3_a_closed_pipe_is_silent() {
    for (command, expected) in [(VERIFY, 2), (SIGN, 2), ("verify -q --json -CAfile testdata/keys/ca.pem", 0)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (status, said) = to_standard_output(command, writer.into());
        assert_eq!((status, said.as_str()), (expected, ""), "{command}");
    }
}

fn to_standard_output(command: &str, stdout: Stdio) -> (i32, String) {
    let input = if command.starts_with("sign") { MESSAGE.to_vec() } else { signed() };
    let mut child = Command::new(env!("CARGO_BIN_EXE_sip-smime"))
        .args(words(command))
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

// A FIFO stays what it is, and gets the product after every check.
#[test]
fn o3_a_fifo_is_written_at_the_end() {
    let folder = folder("fifo");
    let fifo = folder.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = {
        let fifo = fifo.clone();
        std::thread::spawn(move || {
            let mut octets = Vec::new();
            File::open(fifo).unwrap().read_to_end(&mut octets).unwrap();
            octets
        })
    };
    let ran = with_out(VERIFY, &fifo, &signed());
    assert_eq!(ran.status, 0, "{}", ran.said());
    assert_eq!(reader.join().unwrap(), MESSAGE);
    assert_eq!(names(&folder), ["fifo"]);
    fs::remove_dir_all(folder).unwrap();
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
