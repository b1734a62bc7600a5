//! The command line: arguments to the library and results to files.
//!
//! Nothing about S/MIME is decided here. A subcommand is one file: load, call, write.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sip_smime::error::{Condition, Error, Exit};

mod args;
mod check_san;
mod checks;
mod clock;
mod decrypt;
mod diagnostic;
mod encrypt;
mod gen_cert;
mod generate;
mod inspect;
mod io;
mod keys;
mod listing;
mod new_files;
mod normalise;
mod operand;
mod run;
mod secrets;
mod sign;
mod state;
mod unnamed_file;
mod usage;
mod verify;
mod words;

use diagnostic::{Color, Voice};

/// S/MIME for SIP: sign, verify, encrypt, decrypt and inspect SIP messages end to end
#[derive(Debug, Parser)]
#[command(name = "sip-smime", version, disable_help_subcommand = true)]
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
    Encrypt(Box<encrypt::Args>),
    Decrypt(Box<decrypt::Args>),
    Inspect(Box<inspect::Args>),
    CheckSan(Box<check_san::Args>),
    GenCert(Box<gen_cert::Args>),
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    // No key may end in a core file. Where this is not allowed there is nothing to be done about it.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    std::panic::set_hook(Box::new(diagnostic::panicked));
    let exit = match parse(std::env::args_os().skip(1).collect()) {
        Ok(Cli { generate: Some(what), .. }) => generate::run(what),
        Ok(Cli { command: Some(Command::Sign(args)), .. }) => sign::run(&args),
        Ok(Cli { command: Some(Command::Verify(args)), .. }) => verify::run(&args),
        Ok(Cli { command: Some(Command::Encrypt(args)), .. }) => encrypt::run(*args),
        Ok(Cli { command: Some(Command::Decrypt(args)), .. }) => decrypt::run(&args),
        Ok(Cli { command: Some(Command::Inspect(args)), .. }) => inspect::run(&args),
        Ok(Cli { command: Some(Command::CheckSan(args)), .. }) => check_san::run(*args),
        Ok(Cli { command: Some(Command::GenCert(args)), .. }) => gen_cert::run(*args),
        Ok(Cli { command: None, .. }) => said(
            &Error::new(Condition::Usage)
                .detail("no command was given: sign, verify, encrypt, decrypt, inspect, check-san or gen-cert"),
        ),
        Err(Parsed::Help(text)) => generate::print(&text),
        Err(Parsed::Wrong(error)) => said(&error),
    };
    exit.code().into()
}

/// Says an error that no subcommand said.
fn said(error: &Error) -> Exit {
    Voice::new(false, false, Color::Auto).error(error);
    error.exit()
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
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        // Help goes to standard output; anything else becomes one of our errors.
        match error.use_stderr() {
            false => Parsed::Help(error.render().to_string()),
            true => Parsed::Wrong(usage::error(&error)),
        }
    })
}
