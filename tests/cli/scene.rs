//! A folder with messages and keys, and runs of the program in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{ROOT, Ran};

/// A folder of one test: keys of mode 0600, and Alice's message as it was and as she signed it.
pub struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        for key in ["alice.key", "alice-rsa2048.key", "alice-rsa2048.enc.key"] {
            fs::copy(keys(key), scene.path(key)).unwrap();
            scene.chmod(key, 0o600);
        }
        scene.write("plain.sip", PLAIN);
        scene.write("plain.mime", b"Content-Type: text/plain\r\n\r\nhello");
        let ran = scene.run(&sign("-out signed.sip plain.sip"));
        assert_eq!(ran.status, 0, "{}", ran.said());
        let signed = scene.read("signed.sip");
        scene.write("damaged.sip", &replaced(&signed, b"hello", b"hallo"));
        scene.write("stream.sip", &[&signed[..], PLAIN, &signed].concat());
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.path(name), octets).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs the program in the folder; `@` stands for the test PKI.
    pub fn run(&self, arguments: &str) -> Ran {
        self.shell(&format!("sip-smime {arguments}"))
    }

    /// Runs a shell script in the folder, with `sip-smime` in its path.
    pub fn shell(&self, script: &str) -> Ran {
        let bin = Path::new(env!("CARGO_BIN_EXE_sip-smime")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-c", &script.replace('@', &format!("{ROOT}/testdata/keys/"))])
            .env("PATH", path)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran { status: output.status.code().unwrap(), stdout: output.stdout, stderr: output.stderr }
    }

    /// The names in the folder that no test gave.
    pub fn left_over(&self) -> Vec<String> {
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with('.')).collect()
    }
}

pub fn keys(name: &str) -> PathBuf {
    Path::new(ROOT).join("testdata/keys").join(name)
}

pub fn sign(rest: &str) -> String {
    format!("sign -q -signer @alice.pem -inkey alice.key {rest}")
}

pub fn verify(rest: &str) -> String {
    format!("verify -q -CAfile @ca.pem {rest}")
}

pub fn replaced(octets: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = octets.windows(old.len()).position(|window| window == old).unwrap();
    [&octets[..at], new, &octets[at + old.len()..]].concat()
}

pub fn objects(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether an error was said with this code, and with this text somewhere.
pub fn assert_says(ran: &Ran, status: i32, code: &str, text: &str, what: &str) {
    let said = ran.said();
    assert_eq!(ran.status, status, "{what}: {said}");
    assert!(said.contains(&format!("[{code}]")) && said.contains(text), "{what}: {said}");
}

/// Alice's message.
pub const PLAIN: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\n\
    From: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.org>\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 5\r\n\r\nhello";
/// An EnvelopedData without recipients.
pub const ENVELOPED: &str = "300f06092a864886f70d010703a0023000";
