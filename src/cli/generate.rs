//! The manual pages and the completions, made from the definitions of the arguments.
//!
//! What is made is checked in under `man/` and `completions/`; a test compares.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use sip_smime::error::{Condition, Error, Exit};

use crate::cli::Cli;
use crate::cli::io::{Output, WriteError};

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
        Err(WriteError::Failed(_)) => Exit::Usage,
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
