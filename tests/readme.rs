//! The documents keep their word: every `console` block of README.md runs as it is shown.
//!
//! A block holds commands after `$ ` and what a terminal then shows, standard output and standard error together.
//! A command after which nothing is shown must print nothing. A line `...` stands for any lines, and a number of
//! three digits or more for any such number. All blocks run in order in one folder that has Alice's key and
//! certificate, that of her authority and a message, with the program on the path. The two set-up blocks are not
//! run here: they build this program and run this test. `SIP_SMIME_GENERATE=1` writes README.md anew instead.
#![allow(clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_readme_shows_what_happens() {
    let readme = fs::read_to_string("README.md").expect("README.md is here");
    let mut blocks = console_blocks(&readme);
    assert!(!blocks.is_empty(), "README.md shows no transcript");
    run(&mut blocks);
    if is_refreshing() {
        fs::write("README.md", with_blocks(&readme, &blocks)).expect("README.md can be written");
    }
}

#[test]
fn the_manual_shows_what_happens() {
    // Whether it is there is another test's question.
    run(&mut example_blocks(&fs::read_to_string("man/sip-smime.1").unwrap_or_default()));
}

#[test]
fn the_readme_has_its_set_up_commands() {
    let readme = fs::read_to_string("README.md").expect("README.md is here");
    for (marker, start) in [("build", "cargo run --locked --release -- verify"), ("tests", "cargo test --locked")] {
        let after = readme.split(&format!("<!-- set-up: {marker} -->\n```sh\n")).nth(1).unwrap_or_default();
        assert!(after.starts_with(start), "no command for {marker}");
    }
}

/// A command and the lines that follow it.
struct Step {
    command: String,
    shown: Vec<String>,
}

fn run(blocks: &mut [Vec<Step>]) {
    let folder = folder();
    let program = Path::new(env!("CARGO_BIN_EXE_sip-smime")).parent().expect("it lies in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut status = 0;
    for step in blocks.iter_mut().flatten() {
        // As if all were typed into one shell: `$?` is the status of the command before.
        let script = format!("exec 2>&1\n(exit {status})\n{}", step.command);
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&folder)
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .output()
            .expect("sh runs");
        status = output.status.code().unwrap_or(255);
        let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        let said: Vec<&str> = said.lines().collect();
        if agrees(&step.shown, &said) {
            continue;
        }
        assert!(
            is_refreshing(),
            "$ {}\nshown:\n{}\n\nprinted (status {status}):\n{}\n\nto refresh: SIP_SMIME_GENERATE=1 cargo test --test readme",
            step.command,
            step.shown.join("\n"),
            said.join("\n")
        );
        step.shown = said.into_iter().map(str::to_owned).collect();
    }
    fs::remove_dir_all(&folder).expect("it can be removed");
}

fn is_refreshing() -> bool {
    std::env::var_os("SIP_SMIME_GENERATE").is_some()
}

/// The text with these blocks in the place of its own.
fn with_blocks(text: &str, blocks: &[Vec<Step>]) -> String {
    const FENCE: &str = "\n```console\n";
    let mut pieces = text.split(FENCE);
    let mut refreshed = pieces.next().unwrap_or_default().to_owned();
    for (piece, block) in pieces.zip(blocks) {
        refreshed.push_str(FENCE.trim_end_matches('\n'));
        for step in block {
            refreshed.extend(["\n$ ", &step.command.replace('\n', "\n> ")]);
            refreshed.extend(step.shown.iter().flat_map(|line| ["\n", line]));
        }
        refreshed.extend(["\n```", piece.split_once("\n```").map_or("", |(_, rest)| rest)]);
    }
    refreshed
}

/// Whether what was printed is what is shown, with `...` for any lines.
fn agrees(shown: &[String], said: &[&str]) -> bool {
    match (shown.split_first(), said.split_first()) {
        (None, None) => true,
        (Some((dots, rest)), _) if dots == "..." => {
            agrees(rest, said) || said.split_first().is_some_and(|(_, said)| agrees(shown, said))
        }
        (Some((line, shown)), Some((other, said))) => {
            without_sizes(line) == without_sizes(other) && agrees(shown, said)
        }
        _ => false,
    }
}

/// Numbers of three digits and more count as one: an ECDSA signature has 70 to 72 octets, and moves what follows.
fn without_sizes(line: &str) -> String {
    let is_size = |run: &str| run.len() > 2 && run.bytes().all(|octet| octet.is_ascii_digit());
    let runs = line.trim_end().split_inclusive(|c: char| !c.is_ascii_digit());
    let blank = |run: &str| match run.trim_end_matches(|c: char| !c.is_ascii_digit()) {
        digits if is_size(digits) => run.replace(digits, "#"),
        _ => run.to_owned(),
    };
    runs.map(blank).collect()
}

fn folder() -> PathBuf {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readme-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the transcripts");
    let keys = ["keys/alice.pem", "keys/alice.key", "keys/bob.pem", "keys/bob.key", "keys/ca.pem"];
    for file in keys.into_iter().chain(["cli/message.sip", "captures/signed.pcap"]) {
        let octets = fs::read(Path::new("testdata").join(file)).expect("test data");
        let copy = folder.join(Path::new(file).file_name().expect("a file"));
        fs::write(&copy, octets).expect("it can be written");
        #[cfg(unix)]
        fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("it can be made private");
    }
    folder
}

/// The `console` blocks of a Markdown file.
fn console_blocks(text: &str) -> Vec<Vec<Step>> {
    let blocks = text.split("\n```console\n").skip(1);
    blocks.map(|block| steps(block.split("\n```").next().unwrap_or_default().lines())).collect()
}

/// The `.EX` blocks of a manual page.
fn example_blocks(text: &str) -> Vec<Vec<Step>> {
    let blocks = text.split("\n.EX\n").skip(1);
    let plain = |block: &str| block.split("\n.EE").next().unwrap_or_default().replace("\\-", "-").replace("\\e", "\\");
    blocks.map(|block| steps(plain(block).lines())).collect()
}

fn steps<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut continued = false;
    for line in lines {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (None, Some(step)) if continued => {
                step.command.push('\n');
                step.command.push_str(line.trim_start_matches("> "));
                continued = line.ends_with('\\');
            }
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), shown: Vec::new() });
                continued = command.ends_with('\\');
            }
            (None, Some(step)) => step.shown.push(line.to_owned()),
            (None, None) => panic!("a block begins with a command: {line}"),
        }
    }
    steps
}
