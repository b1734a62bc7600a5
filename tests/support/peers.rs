//! What the tests with peers share: runs of our program and of the peers' scripts.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project.
pub fn read(file: &str) -> Vec<u8> {
    std::fs::read(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Runs our program in the project's folder: exit code, standard output, standard error.
/// `env:PEER_PASSWORD` is a password.
pub fn ours(arguments: &[&str]) -> (i32, Vec<u8>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sip-smime"));
    let output = command.current_dir(root()).env("PEER_PASSWORD", "password").args(arguments).output().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A peer's script, if the peer is installed.
pub fn peer(name: &str) -> Option<PathBuf> {
    let script = root().join(format!("tests/support/peers/{name}.sh"));
    let answer = Command::new(&script).arg("available").output().unwrap();
    if answer.status.success() {
        return Some(script);
    }
    let reason = String::from_utf8_lossy(&answer.stdout).into_owned();
    let required = std::env::var("SIP_SMIME_REQUIRE_PEERS").is_ok_and(|value| value == "1");
    assert!(!required, "the peer {name} is required: {reason}");
    eprintln!("skipped: {reason}");
    None
}

/// Runs a peer. Its compiled parts are kept in the target folder.
pub fn ask(script: &Path, arguments: &[&str]) -> (i32, String) {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let mut command = Command::new(script);
    let output = command.current_dir(root()).env("PEER_CACHE", cache).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}
