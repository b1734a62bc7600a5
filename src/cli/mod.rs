//! The command line: arguments to the library and results to files.
//!
//! Nothing about S/MIME is decided here. A subcommand is one file: load, call, write.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sip_smime::error::{Condition, Error, Exit};

mod args;
mod clock;
mod diagnostic;
mod generate;
mod io;
mod normalise;
mod run;
mod sign;
mod verify;

use diagnostic::{Color, Voice};

/// S/MIME for SIP: sign and verify SIP messages end to end
#[derive(Debug, Parser)]
#[command(name = "sip-smime", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the manual or the completions of a shell
    #[arg(long, value_name = "WHAT", exclusive = true)]
    generate: Option<generate::What>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sign(Box<sign::Args>),
    Verify(Box<verify::Args>),
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    // No key may end in a core file. Where this is not allowed there is nothing to be done about it.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    let exit = match parse(std::env::args_os().skip(1).collect()) {
        Ok(Cli { generate: Some(what), .. }) => generate::run(what),
        Ok(Cli { command: Some(Command::Sign(args)), .. }) => sign::run(&args),
        Ok(Cli { command: Some(Command::Verify(args)), .. }) => verify::run(&args),
        Ok(Cli { command: None, .. }) => Exit::Usage,
        Err(Parsed::Help(text)) => generate::print(&text),
        Err(Parsed::Wrong(error)) => {
            Voice::new(false, false, Color::Auto).error(&error);
            error.exit()
        }
    };
    exit.code().into()
}

enum Parsed {
    Help(String),
    Wrong(Error),
}

fn parse(arguments: Vec<OsString>) -> Result<Cli, Parsed> {
    let mut command = Cli::command();
    command.build();
    let normalised = normalise::normalise(&command, arguments).map_err(Parsed::Wrong)?;
    let name = OsString::from("sip-smime");
    let matches = command.try_get_matches_from_mut(std::iter::once(name).chain(normalised));
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| wrong(&error))
}

/// clap's answer: help goes to standard output; anything else becomes one of our errors.
fn wrong(error: &clap::Error) -> Parsed {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return Parsed::Help(text);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    // clap lists what is missing or possible on the lines that follow.
    let rest: Vec<&str> = lines.clone().take_while(|line| !line.starts_with("Usage:")).collect();
    let (tips, details): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(|line| line.starts_with("tip:"));
    let usage = lines.find(|line| line.starts_with("Usage:")).unwrap_or("see --help");
    let hint = tips.first().map_or_else(|| usage.to_owned(), |tip| tip.trim_start_matches("tip: ").to_owned());
    let detail = std::iter::once(first.as_str()).chain(details).collect::<Vec<_>>().join(" ");
    Parsed::Wrong(Error::new(Condition::Usage).detail(detail).hinting(hint))
}
