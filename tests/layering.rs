//! The import rule: a room imports only from lower floors, never from a neighbour. And the sizes of files.
//!
//! Floor 0 is the ground: its rooms may use each other. `cli` belongs to the program and sees only the
//! public face, `sip_smime::`. A crate that shares a room's name is written with a leading `::`.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [&[&str]; 8] = [
    &["error", "spec", "octets", "uri"],
    &["asn1", "mime", "alg", "report"],
    &["message", "pki"],
    &["cms", "source"],
    &["smime", "store"],
    &["inspect"],
    &["lint", "reply"],
    &["cli"],
];

const LINES_OF_A_FILE: usize = 600;
const LINES_OF_MAIN: usize = 15;
/// A subcommand: load, call, write. Counted from `pub fn run(`, because its arguments are a table.
const LINES_OF_A_COMMAND: usize = 150;
const COMMANDS: [&str; 7] = ["sign", "verify", "encrypt", "decrypt", "inspect", "gen_cert", "check_san"];

#[test]
fn rooms_import_from_lower_floors_only() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let Some(room) = room_of(&path) else { continue };
        for used in uses(&text, &room, path.components().count() == 2) {
            if !allowed(&room, &used) {
                breaches.push(format!("{}: {room} uses {used}", path.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "breaches of the import rule:\n{}", breaches.join("\n"));
}

#[test]
fn every_room_has_a_floor() {
    for (path, _) in sources() {
        if let Some(room) = room_of(&path) {
            assert!(floor(&room).is_some(), "{}: give {room} a floor in tests/layering.rs", path.display());
        }
    }
}

#[test]
fn crates_named_like_a_room_lead_with_colons() {
    let manifest = fs::read_to_string("Cargo.toml").expect("Cargo.toml is here");
    let crates: Vec<&str> = manifest.lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim())).collect();
    for (path, text) in sources() {
        for room in FLOORS.concat().into_iter().filter(|room| crates.contains(room)) {
            let imports_room = ["crate", "sip_smime"].iter().any(|face| {
                paths_after(&text, &format!("{face}::")).iter().any(|path| path.trim_end_matches("::self") == room)
            });
            for at in starts_of(&text, &format!("{room}::")) {
                let used = text[..at].rsplit(['\n', ';']).next().unwrap_or_default().trim_start();
                let imported = used.starts_with("use ") || used.starts_with("pub use ");
                assert!(
                    imports_room && !imported || in_braces(&text, at),
                    "{}: write ::{room}:: for the crate: {used}{room}::",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn files_are_short() {
    for (path, text) in sources() {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let is_command = path.parent() == Some(Path::new("src/cli")) && COMMANDS.contains(&name);
        let body = text.find("\npub fn run(").map_or("", |at| &text[at..]);
        let body = body.split("\n#[cfg(test)]").next().unwrap_or_default();
        let most = if path == Path::new("src/main.rs") { LINES_OF_MAIN } else { LINES_OF_A_FILE };
        assert!(text.lines().count() <= most, "{}: more than {most} lines", path.display());
        assert!(
            !is_command || body.lines().count() <= LINES_OF_A_COMMAND,
            "{}: a subcommand loads, calls and writes: more than {LINES_OF_A_COMMAND} lines from run on",
            path.display()
        );
    }
}

/// The rule can fail: each of these would be a breach.
#[test]
fn the_rule_bites() {
    let cases = [
        ("cms", "use crate::smime::verify;", "smime"),
        ("message", "use crate::{octets::Span, pki};", "pki"),
        ("alg", "fn f() -> crate::mime::Entity {}", "mime"),
        ("cli", "use crate::verify;", "verify"),
        ("mime", "use super::super::cms::signed;", "cms"),
    ];
    for (room, text, breach) in cases {
        let used = uses(text, room, false);
        assert!(used.iter().any(|used| used == breach && !allowed(room, used)), "{text}: {used:?}");
    }
    assert!(allowed("smime", "cms") && allowed("error", "octets") && allowed("cli", "cli"));
    assert!(!allowed("cli", "octets") && !allowed("asn1", "alg"));
}

fn allowed(room: &str, used: &str) -> bool {
    match (floor(room), floor(used)) {
        _ if room == used => true,
        (Some(_), Some(_)) if room == "cli" => false,
        (Some(0), Some(0)) => true,
        (Some(from), Some(to)) => to < from,
        _ => false,
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

/// The rooms that a file names: after `crate::`, and after a `super::` that leaves the room.
fn uses(text: &str, room: &str, is_room_file: bool) -> Vec<String> {
    let outward = if is_room_file { "super::" } else { "super::super::" };
    let rooms = FLOORS.concat();
    let first = |path: &String| path.split("::").next().unwrap_or_default().to_owned();
    let mut used: Vec<String> = paths_after(text, "crate::").iter().map(first).collect();
    used.extend(paths_after(text, outward).iter().map(first).filter(|name| rooms.contains(&name.as_str())));
    used.retain(|used| used != room && used.starts_with(char::is_lowercase));
    used
}

/// The paths that follow a prefix, those of a group each alone.
fn paths_after(text: &str, prefix: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for at in starts_of(text, prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => paths.extend(group_members(group)),
            None => paths.push(path_at(rest)),
        }
    }
    paths
}

fn path_at(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect()
}

fn group_members(group: &str) -> Vec<String> {
    let (mut depth, mut members, mut member) = (0_usize, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            _ => {
                depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
                member.push(c);
            }
        }
    }
    members.push(member);
    members.iter().map(|member| path_at(member.trim())).filter(|member| !member.is_empty()).collect()
}

/// Where a path begins with this prefix, and is not the tail of a longer one.
fn starts_of(text: &str, prefix: &str) -> Vec<usize> {
    let tail = |at: usize| text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
    text.match_indices(prefix).map(|(at, _)| at).filter(|at| !tail(*at)).collect()
}

/// Whether the place is inside the braces of a `use`: then the path before them decides.
fn in_braces(text: &str, at: usize) -> bool {
    let item = text[..at].rsplit(';').next().unwrap_or_default();
    item.trim_start().starts_with("use ") && item.contains("::{")
}

fn room_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix("src").ok()?.components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?.to_owned();
    (name != "lib" && name != "main").then_some(name)
}

/// Every source file, without its comments.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder).expect("src is here").map(|entry| entry.expect("readable").path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let code =
                    |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
                found.push((path, text.lines().map(code).collect::<Vec<_>>().join("\n")));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    found
}
