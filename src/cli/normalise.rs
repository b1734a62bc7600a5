//! Arguments as users of openssl type them: one dash or two.
//!
//! clap reads `-in` as the cluster `-i -n`. So every word with one dash is looked up among the long names
//! of the subcommand before clap sees it: it is an option name, or an error with a suggestion. It is never
//! a cluster and never carries its value, so a typing mistake cannot become another option.

use std::ffi::{OsStr, OsString};

use sip_smime::error::{Condition, Error};

use crate::cli::words;

/// Rewrites the arguments after the program's name so that clap reads them as meant.
///
/// # Errors
/// `usage` for a word with one dash that is no option, and for a first word that is no command.
pub fn normalise(command: &clap::Command, arguments: Vec<OsString>) -> Result<Vec<OsString>, Error> {
    let mut rewritten = Vec::with_capacity(arguments.len());
    let mut words = help_as_option(arguments).into_iter().peekable();
    if words.peek().is_none() {
        return Err(usage(
            "no command was given: sign, verify, encrypt, decrypt, inspect, check-san or gen-cert".to_owned(),
        ));
    }
    let mut current = command;
    while let Some(word) = words.next() {
        if word == "--" {
            rewritten.push(word);
            rewritten.extend(words);
            break;
        }
        let Some(typed) = option_word(&word) else {
            if std::ptr::eq(current, command) {
                current = subcommand(command, &word)?;
            }
            rewritten.push(word);
            continue;
        };
        rewritten.push(option(command, current, &word, typed, &mut words)?);
    }
    Ok(rewritten)
}

/// An option and its value as one word with two dashes.
fn option(
    command: &clap::Command,
    current: &clap::Command,
    word: &OsStr,
    typed: &str,
    words: &mut impl Iterator<Item = OsString>,
) -> Result<OsString, Error> {
    let (name, attached) = match typed.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (typed, None),
    };
    let Some(argument) = find(current, name) else {
        // openssl has an option for each cipher.
        return match cipher(current, name).filter(|_| attached.is_none()) {
            Some(cipher) => Ok(format!("--cipher={cipher}").into()),
            None => Err(unknown(command, current, word, name)),
        };
    };
    let has_two_dashes = word.as_encoded_bytes().starts_with(b"--");
    let shown = format!("{}{name}", if has_two_dashes { "--" } else { "-" });
    let mut long = OsString::from(argument.get_long().map_or_else(|| shown.clone(), |long| format!("--{long}")));
    let value = match (argument.get_action().takes_values(), attached) {
        (false, None) => return Ok(long),
        (false, Some(_)) => return Err(usage(format!("{shown} takes no value"))),
        (true, Some(value)) if has_two_dashes => value.into(),
        (true, Some(value)) => {
            // A password is not repeated.
            let value = if name.starts_with("pass") { "SOURCE" } else { value };
            let hint = format!("write the value as a word of its own: {shown} {value}");
            return Err(usage(format!("{shown} takes its value as the next word")).hinting(hint));
        }
        (true, None) => words.next().ok_or_else(|| usage(format!("{shown} needs a value")))?,
    };
    let next = option_word(&value).filter(|next| attached.is_none() && find(current, next).is_some());
    if next.is_some() {
        return Err(usage(format!("{shown} needs a value, the next word is the option {}", value.display())));
    }
    long.push("=");
    long.push(value);
    Ok(long)
}

/// The value of `--cipher` that a word is a name for, in any case.
fn cipher(command: &clap::Command, name: &str) -> Option<String> {
    let values = find(command, "cipher")?.get_possible_values();
    let known = values.iter().find(|value| value.matches(name, true))?;
    Some(known.get_name().to_owned())
}

/// The word without its dashes if it looks like an option. A lone `-` is standard input.
fn option_word(word: &OsStr) -> Option<&str> {
    let text = word.to_str()?;
    let stripped = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    (!stripped.is_empty()).then_some(stripped)
}

/// The argument with this name: a long name, an alias, or a single letter.
fn find<'c>(command: &'c clap::Command, name: &str) -> Option<&'c clap::Arg> {
    let mut letters = name.chars();
    let letter = letters.next().filter(|_| letters.next().is_none());
    command.get_arguments().find(|argument| {
        argument.get_long() == Some(name)
            || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
            || (letter.is_some() && argument.get_short() == letter)
    })
}

fn usage(detail: String) -> Error {
    Error::new(Condition::Usage).detail(detail)
}

/// `help` and `help sign` for those who type them so.
fn help_as_option(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.first().is_some_and(|first| first == "help") {
        arguments.remove(0);
        arguments.truncate(1);
        arguments.push("--help".into());
    }
    arguments
}

fn subcommand<'c>(command: &'c clap::Command, word: &OsStr) -> Result<&'c clap::Command, Error> {
    let name = word.to_string_lossy();
    if let Some(found) = command.find_subcommand(word) {
        return Ok(found);
    }
    let known = command.get_subcommands().map(clap::Command::get_name);
    let hint = match (words::instead_of_command(&name), nearest(known, &name)) {
        (Some(instead), _) => instead.to_owned(),
        (None, Some(known)) => format!("did you mean {known}?"),
        (None, None) => {
            "the first word is the command: sign, verify, encrypt, decrypt, inspect, check-san or gen-cert".to_owned()
        }
    };
    Err(usage(format!("there is no command {name}")).hinting(hint))
}

/// The error for an option that `current` does not have, with what is known about it.
fn unknown(command: &clap::Command, current: &clap::Command, word: &OsStr, name: &str) -> Error {
    let word = word.to_string_lossy();
    let error = usage(format!("there is no option {}", word.split('=').next().unwrap_or_default()));
    let dashes = if word.starts_with("--") { "--" } else { "-" };
    let same = |known: &String| spelling(known) == spelling(name);
    let known = names(current);
    if let Some(known) = known.iter().find(|known| same(known)) {
        return error.hinting(format!("did you mean {dashes}{known}?"));
    }
    if let Some(instead) = words::instead(current.get_name(), name) {
        return error.hinting(instead);
    }
    let has_it = |other: &&clap::Command| find(other, name).is_some() || names(other).iter().any(same);
    let others: Vec<_> = command.get_subcommands().filter(has_it).map(clap::Command::get_name).collect();
    if !others.is_empty() && std::ptr::eq(command, current) {
        let hint = "write sip-smime COMMAND [options] [FILE]..., with sign, verify, encrypt, decrypt, inspect, check-san or gen-cert";
        return usage("options follow the command".to_owned()).hinting(hint);
    }
    if !others.is_empty() {
        return error.hinting(format!("{dashes}{name} is an option of {}", others.join(", ")));
    }
    match nearest(known.iter().map(String::as_str).filter(|known| !words::is_dangerous(known)), name) {
        Some(known) => error.hinting(format!("did you mean {dashes}{known}?")),
        None => error,
    }
}

/// The long names of a command and their aliases, and the ciphers that are options by their names.
fn names(command: &clap::Command) -> Vec<String> {
    let options = command
        .get_arguments()
        .flat_map(|argument| argument.get_long().into_iter().chain(argument.get_all_aliases().unwrap_or_default()));
    let ciphers = find(command, "cipher").map(clap::Arg::get_possible_values).unwrap_or_default();
    options.map(str::to_owned).chain(ciphers.iter().map(|cipher| cipher.get_name().to_owned())).collect()
}

/// A name without what people forget about it: case, and what joins its words.
fn spelling(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], "")
}

/// The known name that was probably meant: at most a third of it is wrong.
fn nearest<'k>(known: impl Iterator<Item = &'k str>, typed: &str) -> Option<&'k str> {
    let typed = typed.to_lowercase();
    let distances = known.map(|known| (strsim::osa_distance(&known.to_lowercase(), &typed), known));
    let near = distances.filter(|(distance, known)| {
        let length = known.chars().count().max(typed.chars().count());
        distance.saturating_mul(3) <= length
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn command() -> Command {
        let verify = Command::new("verify").arg(Arg::new("anchors").long("CAfile"));
        let mut command = Command::new("sip-smime").subcommand(verify).subcommand(
            Command::new("sign")
                .arg(Arg::new("in").long("in"))
                .arg(Arg::new("inkey").long("inkey"))
                .arg(Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue))
                .arg(Arg::new("nodetach").long("nodetach").action(ArgAction::SetTrue))
                .arg(Arg::new("at").long("at-time").visible_alias("attime"))
                .arg(Arg::new("file").num_args(0..)),
        );
        command.build();
        command
    }

    #[test]
    fn one_dash_or_two() {
        type Row<'a> = (&'a [&'a str], Result<&'a [&'a str], &'a str>);
        let rows: [Row; 31] = [
            (&["sign", "-in", "f"], Ok(&["sign", "--in=f"])),
            (&["sign", "--in", "f"], Ok(&["sign", "--in=f"])),
            (&["sign", "--in=f"], Ok(&["sign", "--in=f"])),
            (&["sign", "-q", "-nodetach", "f"], Ok(&["sign", "--quiet", "--nodetach", "f"])),
            (&["sign", "-attime", "1"], Ok(&["sign", "--at-time=1"])),
            // A value may begin with a dash, and standard input is one.
            (&["sign", "-in", "-", "-"], Ok(&["sign", "--in=-", "-"])),
            (&["sign", "-in", "-5"], Ok(&["sign", "--in=-5"])),
            (&["sign", "--", "-in"], Ok(&["sign", "--", "-in"])),
            // Never an attached value, never a cluster.
            (&["sign", "-infile"], Err("see --help")),
            (&["sign", "--infile=f"], Err("see --help")),
            (&["sign", "-in=f"], Err("write the value as a word of its own: -in f")),
            (&["sign", "-q=1"], Err("see --help")),
            (&["sign", "-qq"], Err("see --help")),
            (&["sign", "-inkez"], Err("did you mean -inkey?")),
            (&["sign", "-inkez=f"], Err("did you mean -inkey?")),
            (&["sign", "-INKEY", "f"], Err("did you mean -inkey?")),
            // What weakens something is not put into a user's mouth.
            (&["sign", "-nodetatch"], Err("see --help")),
            (&["sign", "-no_Detach"], Err("did you mean -nodetach?")),
            (&["sign", "-in", "-nodetach"], Err("see --help")),
            (&["sign", "-text"], Err("the header fields of the entity")),
            (&["sign", "-CAfile", "f"], Err("-CAfile is an option of verify")),
            (&["verify", "-inkey", "f"], Err("verify needs no private key")),
            // Commands.
            (&["help"], Ok(&["--help"])),
            (&["help", "sign"], Ok(&["sign", "--help"])),
            (&[], Err("see --help")),
            (&["-in", "f", "sign"], Err("write sip-smime COMMAND [options]")),
            (&["-sign"], Err("sign is a command")),
            (&["smime", "-verify"], Err("write sip-smime sign, verify, encrypt or decrypt")),
            (&["sing", "-in", "f"], Err("did you mean sign?")),
            (&["f.sip"], Err("the first word is the command")),
            (&["help", "f.sip"], Err("the first word is the command")),
        ];
        for (words, expected) in rows {
            let found = normalise(&command(), words.iter().map(OsString::from).collect());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{words:?}"),
                (Err(error), Err(hint)) => {
                    assert_eq!(error.exit().code(), 2);
                    assert!(error.hint().unwrap_or_default().starts_with(hint), "{words:?}: {error:?}");
                }
                (found, _) => panic!("{words:?} gave {found:?}"),
            }
        }
    }
}
