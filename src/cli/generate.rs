//! The manual pages and the completions, made from the definitions of the arguments.
//!
//! What is made is checked in under `man/` and `completions/`; a test compares.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::lint;

use crate::cli::io::{Output, WriteError};
use crate::cli::{Cli, said};

/// What can be made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// The manual page
    Man,
    /// Completions for bash
    Bash,
    /// Completions for zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// Completions for elvish
    Elvish,
    /// Completions for PowerShell
    Powershell,
}

pub fn run(what: What) -> Exit {
    let made = match what {
        What::Man => manual(),
        What::Bash => completion(Shell::Bash),
        What::Zsh => completion(Shell::Zsh),
        What::Fish => completion(Shell::Fish),
        What::Elvish => completion(Shell::Elvish),
        What::Powershell => completion(Shell::PowerShell),
    };
    print(&made)
}

/// Prints text to standard output.
pub fn print(text: &str) -> Exit {
    let written = Output::new(None).map_err(WriteError::Failed).and_then(|mut output| output.write(text.as_bytes()));
    match written {
        Ok(()) | Err(WriteError::Closed) => Exit::Done,
        Err(WriteError::Failed(error)) => said(&error),
    }
}

fn completion(shell: Shell) -> String {
    let mut command = Cli::command();
    let mut made = Vec::new();
    clap_complete::generate(shell, &mut command, "sip-smime", &mut made);
    String::from_utf8_lossy(&made).into_owned()
}

/// One page: the program, then each subcommand, then what no option says, then every code.
fn manual() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let main = Man::new(command.clone()).title("SIP-SMIME").section("1");
    // Writing to memory does not fail.
    let _ = main.render_title(&mut page);
    let _ = main.render_name_section(&mut page);
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page.push_str(BEFORE);
    for subcommand in command.get_subcommands() {
        let mut options = Vec::new();
        let _ = Man::new(subcommand.clone()).render_options_section(&mut options);
        let name = subcommand.get_name().to_uppercase();
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        let heading = format!(".SH \"{name}\"\n{about}.");
        page.push_str(&String::from_utf8_lossy(&options).replacen(".SH OPTIONS", &heading, 1));
    }
    page.push_str(AFTER);
    page.push_str(".SH LINT\nThe findings of inspect: how much each matters, the rule, and what to do.\n");
    for rule in lint::summaries() {
        let fix = if rule.fix.is_empty() { String::new() } else { format!(". To mend it: {}", rule.fix) };
        let text = format!(
            ".TP\n\\fB{}\\fR ({})\n{}: {}{fix}\n",
            rule.code,
            rule.severity.name(),
            rule.source,
            rule.source.sentence
        );
        page.push_str(&text.replace('-', "\\-"));
    }
    page.push_str(".SH CODES\nThe code of an error, the exit code it leads to, and the rule.\n");
    for condition in Condition::ALL {
        let error = Error::new(*condition);
        let text = format!(".TP\n\\fB{}\\fR (exit {})\n{error}; {}\n", error.code(), error.exit().code(), error.rule());
        page.push_str(&text.replace('-', "\\-"));
    }
    page
}

/// The prose before and after the options.
const BEFORE: &str = include_str!("manual_before.roff");
const AFTER: &str = include_str!("manual_after.roff");

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that are checked in, and what they must hold.
    fn files() -> [(&'static str, String); 6] {
        [
            ("man/sip-smime.1", manual()),
            ("completions/sip-smime.bash", completion(Shell::Bash)),
            ("completions/_sip-smime", completion(Shell::Zsh)),
            ("completions/sip-smime.fish", completion(Shell::Fish)),
            ("completions/sip-smime.elv", completion(Shell::Elvish)),
            ("completions/_sip-smime.ps1", completion(Shell::PowerShell)),
        ]
    }

    #[test]
    fn checked_in_files_are_what_the_parser_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for (name, made) in files() {
            if std::env::var_os("SIP_SMIME_GENERATE").is_some() {
                std::fs::write(root.join(name), &made).unwrap();
            }
            let found = std::fs::read_to_string(root.join(name)).unwrap_or_default();
            assert!(found == made, "{name} is out of date: run SIP_SMIME_GENERATE=1 cargo test --bin sip-smime");
        }
    }

    // A finding that is made is one that the manual explains.
    #[test]
    fn every_finding_is_in_the_manual() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let (mut count, page) = (0, manual());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let calls = ["Finding::warning(", "Finding::info(", ".named("];
                    let calls = calls.iter().flat_map(|call| text.split(call).skip(1));
                    for code in calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next()) {
                        if !code
                            .bytes()
                            .all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit() || octet == b'-')
                        {
                            continue;
                        }
                        let row = format!("\n\\fB{}\\fR", code.replace('-', "\\-"));
                        assert!(page.contains(&row), "{code} of {} is not in the manual", path.display());
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 30, "{count} findings");
        for finding in Condition::ALL.iter().filter_map(|condition| Error::new(*condition).finding()) {
            let row = format!("\n\\fB{}\\fR", finding.replace('-', "\\-"));
            assert!(page.contains(&row), "{finding} is not in the manual");
        }
    }

    // What the manual says must be the whole of it: no option without a description, no code left out.
    #[test]
    fn every_option_is_described() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        for subcommand in command.get_subcommands() {
            for argument in subcommand.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", subcommand.get_name(), argument.get_id());
            }
        }
    }
}
