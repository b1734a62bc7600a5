//! Arguments as users of openssl type them: one dash or two.
//!
//! clap reads `-in` as the cluster `-i -n`. So every word with one dash is looked up among the long names
//! of the subcommand before clap sees it: it is an option name, or an error with a suggestion. It is never
//! a cluster and never carries its value, so a typing mistake cannot become another option.

use std::ffi::{OsStr, OsString};

use sip_smime::error::{Condition, Error};

/// What openssl has and this program does not: the word, and what to do instead.
const NOT_OURS: &[(&str, &str)] = &[
    ("text", "the header fields of the entity are always kept: no text/plain header is added or removed"),
    ("nosigs", "a verification without the signature would prove nothing; to see the content use inspect"),
    ("no_content_verify", "a verification without the content would prove nothing"),
    ("no_attr_verify", "a verification without the attributes would prove nothing"),
    ("nochain", "-certfile and the message give the intermediate certificates; -noverify leaves trust out"),
    ("des3", "3DES is not written; the default is AES-128"),
    ("des", "DES is not supported"),
    ("rc2-40", "RC2 is not supported"),
    ("rc2-64", "RC2 is not supported"),
    ("rc2-128", "RC2 is not supported"),
    ("resign", "one signer per body: RFC 3261 section 23.3"),
    ("pk7out", "use -outform pem"),
    ("cmsout", "use -outform pem"),
    ("print", "use inspect"),
    ("receipt_request_all", "signed receipts do not exist in SIP"),
    ("engine", "engines are not supported"),
    ("provider", "providers are not supported"),
    ("rand", "randomness comes from the operating system"),
    ("keyopt", "use --pss"),
    ("no-CAfile", "there are no built-in anchors: nothing is trusted that you do not name"),
    ("no-CApath", "there are no built-in anchors: nothing is trusted that you do not name"),
    ("no-CAstore", "there are no built-in anchors: nothing is trusted that you do not name"),
    ("CAstore", "use -CAfile or -CApath"),
    ("to", "mail header fields are not written"),
    ("from", "mail header fields are not written; the identity that verify checks is named with --identity"),
    ("subject", "mail header fields are not written"),
];

/// Rewrites the arguments after the program's name so that clap reads them as meant.
///
/// # Errors
/// `usage` for a word with one dash that is no option.
pub fn normalise(command: &clap::Command, arguments: Vec<OsString>) -> Result<Vec<OsString>, Error> {
    let mut rewritten = Vec::with_capacity(arguments.len());
    let mut words = arguments.into_iter();
    let mut current = command;
    while let Some(word) = words.next() {
        if word == "--" {
            rewritten.push(word);
            rewritten.extend(words);
            break;
        }
        let Some(typed) = option_word(&word) else {
            if std::ptr::eq(current, command) {
                current = word.to_str().and_then(|name| command.find_subcommand(name)).unwrap_or(command);
            }
            rewritten.push(word);
            continue;
        };
        let (name, value) = match typed.split_once('=') {
            Some((name, value)) if word_has_two_dashes(&word) => (name, Some(value)),
            Some((name, _)) if find(current, name).is_some() => {
                let hint = format!("write the value as a word of its own: -{}", typed.replacen('=', " ", 1));
                return Err(usage(format!("-{name} takes its value as the next word")).hinting(hint));
            }
            _ => (typed, None),
        };
        let Some(argument) = find(current, name) else {
            return Err(unknown(current, &word, name));
        };
        let long = argument.get_long().map(|long| format!("--{long}"));
        let takes_value = argument.get_action().takes_values();
        let long = long.unwrap_or_else(|| word.to_string_lossy().into_owned());
        match (takes_value, value) {
            (true, Some(value)) => rewritten.push(format!("{long}={value}").into()),
            (true, None) => {
                let Some(value) = words.next() else {
                    return Err(usage(format!("{} needs a value", word.display())));
                };
                if option_word(&value).is_some_and(|next| find(current, next).is_some()) {
                    let next = value.display();
                    return Err(usage(format!("{} needs a value, the next word is the option {next}", word.display())));
                }
                let mut joined = OsString::from(format!("{long}="));
                joined.push(value);
                rewritten.push(joined);
            }
            (false, Some(_)) => return Err(usage(format!("--{name} takes no value"))),
            (false, None) => rewritten.push(long.into()),
        }
    }
    Ok(rewritten)
}

/// The word without its dashes if it looks like an option. A lone `-` is standard input.
fn option_word(word: &OsStr) -> Option<&str> {
    let text = word.to_str()?;
    let stripped = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    (!stripped.is_empty()).then_some(stripped)
}

fn word_has_two_dashes(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"--")
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

fn unknown(command: &clap::Command, word: &OsStr, name: &str) -> Error {
    let error = usage(format!("there is no option {}", word.display()));
    if let Some((_, instead)) = NOT_OURS.iter().find(|(theirs, _)| *theirs == name) {
        return error.hinting(*instead);
    }
    let names = command
        .get_arguments()
        .flat_map(|argument| argument.get_long().into_iter().chain(argument.get_all_aliases().unwrap_or_default()));
    let nearest = names
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((_, known)) => error.hinting(format!("did you mean -{known}?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn command() -> Command {
        let mut command = Command::new("sip-smime").subcommand(
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
        let rows: [Row; 14] = [
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
            (&["sign", "-infile"], Err("did you mean -in")),
            (&["sign", "-in=f"], Err("write the value as a word of its own: -in f")),
            (&["sign", "-qq"], Err("")),
            (&["sign", "-nodetatch"], Err("did you mean -nodetach?")),
            (&["sign", "-in", "-nodetach"], Err("see --help")),
            (&["sign", "-text"], Err("the header fields of the entity")),
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
