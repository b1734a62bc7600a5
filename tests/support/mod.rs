//! What several test programs need: the vectors of `testdata/vectors`, and runs of the program as a whole.

#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The root of the project, where every run takes place.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A vector: header lines `key: value`, an empty line, and the octets of the input.
#[derive(Debug)]
pub struct Vector {
    /// The name of the file without its ending.
    pub name: String,
    header: BTreeMap<String, String>,
    /// The input.
    pub octets: Vec<u8>,
}

impl Vector {
    /// Reads a file.
    pub fn read(path: &Path) -> Vector {
        let file = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let end = file.windows(2).position(|pair| pair == b"\n\n").expect("a vector has an empty line");
        let header = std::str::from_utf8(&file[..end]).expect("the header of a vector is UTF-8");
        let pairs = header.lines().map(|line| line.split_once(": ").expect("a header line is `key: value`"));
        let name = path.file_stem().expect("a vector is a file").to_string_lossy().into_owned();
        let header: BTreeMap<String, String> = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        for key in header.keys() {
            assert!(KEYS.contains(&key.as_str()), "{name}: no such key: {key}");
        }
        Vector { name, header, octets: file[end + 2..].to_vec() }
    }

    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.header.get(key).map(String::as_str)
    }

    /// The value of a key that every vector has.
    pub fn value(&self, key: &str) -> &str {
        self.get(key).unwrap_or_else(|| panic!("{}: there is no {key}", self.name))
    }

    /// `ok`, or the code of the error.
    pub fn expect(&self) -> &str {
        self.value("expect")
    }

    /// Whether the vector belongs to this row of the threats or requirements.
    pub fn row_is(&self, row: &str) -> bool {
        self.value("row").split(' ').any(|found| found == row)
    }

    /// The exit code.
    pub fn exit(&self) -> i32 {
        self.value("exit").parse().expect("exit is a number")
    }

    /// The subcommand: `verify`, or what the vector names.
    pub fn command(&self) -> &str {
        self.get("command").unwrap_or("verify")
    }

    /// The subcommand and its arguments: those of the vector, and the usual ones unless it names others. `verify` has an
    /// anchor and a time, and so has `decrypt --verify`; `decrypt` has Bob's certificate and key.
    pub fn arguments(&self) -> Vec<String> {
        let own: Vec<String> = match self.value("args") {
            "default" => Vec::new(),
            words => words.split(' ').map(str::to_owned).collect(),
        };
        let names = |options: &[&str]| own.iter().any(|word| options.contains(&word.as_str()));
        let mut usual = Vec::new();
        if self.command() == "decrypt" && !names(&["-inkey", "--kek", "--password"]) {
            usual.extend(["-recip", "testdata/keys/bob.pem", "-inkey", "testdata/keys/bob.key"]);
        }
        if self.command() == "verify" || names(&["--verify"]) {
            if !names(&["-CAfile", "-CApath"]) {
                usual.extend(["-CAfile", "testdata/keys/ca.pem"]);
            }
            if !names(&["--at-time"]) {
                usual.extend(["--at-time", "2026-01-01"]);
            }
        }
        let usual = usual.into_iter().map(str::to_owned);
        std::iter::once(self.command().to_owned()).chain(usual).chain(own.iter().cloned()).collect()
    }

    /// Ranges of the input of which no octet may change.
    pub fn flips(&self) -> Vec<(usize, usize)> {
        let number = |text: &str| text.parse().expect("a range is two numbers");
        let ranges = self.get("flips").unwrap_or_default().split_whitespace();
        ranges
            .map(|range| range.split_once('-').expect("a range is `start-end`"))
            .map(|(a, b)| (number(a), number(b)))
            .collect()
    }
}

const KEYS: [&str; 12] = [
    "comment",
    "row",
    "command",
    "args",
    "expect",
    "exit",
    "verdicts",
    "integrity",
    "finding",
    "content",
    "flips",
    "openssl",
];

/// All vectors, by name.
pub fn vectors() -> Vec<Vector> {
    let folder = Path::new(ROOT).join("testdata/vectors");
    let entries = fs::read_dir(&folder).expect("testdata/vectors is a folder");
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "vec")).collect();
    paths.sort();
    paths.iter().map(|path| Vector::read(path)).collect()
}

/// The vectors of one subcommand.
pub fn vectors_of(command: &str) -> Vec<Vector> {
    vectors().into_iter().filter(|vector| vector.command() == command).collect()
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Ran {
    /// Standard error as text, for messages of the tests.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

/// Runs the program in the root of the project, with `input` on standard input.
pub fn run(arguments: &[String], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sip-smime"))
        .args(arguments)
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    std::thread::scope(|scope| {
        // A program that refuses its arguments does not read its input.
        scope.spawn(move || stdin.write_all(input).and_then(|()| stdin.flush()).ok());
        let output = child.wait_with_output().expect("the program ends");
        let status = output.status.code().expect("no signal ends the program");
        Ran { status, stdout: output.stdout, stderr: output.stderr }
    })
}

/// What in `stderr` could drive a terminal: a control character other than the line ends that we write, or one that
/// changes the direction of text.
pub fn drives_a_terminal(stderr: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(stderr) else { return Some("octets that are not UTF-8".to_owned()) };
    let is_hostile = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().find(|c| is_hostile(*c)).map(|c| format!("U+{:04X}", u32::from(c)))
}

/// Does `work` for each item, on all cores, and returns what went wrong.
pub fn each<T: Sync>(items: &[T], work: impl Fn(usize, &T) -> Vec<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, items.get(index)?)))
                {
                    let found = work(index, item);
                    failures.lock().expect("no worker panics").extend(found);
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no worker panics");
    failures.sort();
    failures
}

/// Fails with everything that went wrong.
pub fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
