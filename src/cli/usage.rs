//! clap's errors as ours: one sentence, and a hint that says what to do.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use sip_smime::error::{Condition, Error};

use crate::cli::words;

/// What is wrong with the command line.
pub fn error(error: &clap::Error) -> Error {
    let argument = text(error, ContextKind::InvalidArg);
    // A password that was typed is not repeated.
    let value = match argument.starts_with("--pass") {
        true => "this".to_owned(),
        false => format!("{:?}", text(error, ContextKind::InvalidValue)),
    };
    let not_yet = words::instead_of_value(name(&argument), &text(error, ContextKind::InvalidValue));
    let (detail, hint) = match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if not_yet.is_some() => {
            (format!("{} cannot be {value}", name(&argument)), not_yet.unwrap_or_default().to_owned())
        }
        ErrorKind::InvalidValue => {
            let possible = match text(error, ContextKind::ValidValue) {
                values if values.is_empty() => "see --help".to_owned(),
                values => format!("possible values: {values}"),
            };
            (format!("{} cannot be {value}", name(&argument)), possible)
        }
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            (format!("{} cannot be {value}", name(&argument)), reason)
        }
        ErrorKind::ArgumentConflict => match text(error, ContextKind::PriorArg) {
            prior if prior == argument => (format!("{} is given twice", name(&argument)), twice(&argument)),
            prior => (
                format!("{} and {} exclude one another", name(&argument), name(&prior)),
                "leave one of them out".into(),
            ),
        },
        ErrorKind::MissingRequiredArgument => {
            let hint = match name(&argument) {
                "--signer" => "-signer CERT -inkey KEY is who signs, see --help",
                _ => "see --help",
            };
            (format!("{} is missing", name(&argument)), hint.to_owned())
        }
        _ => return Error::new(Condition::Usage).detail(first_line(error)),
    };
    Error::new(Condition::Usage).detail(detail).hinting(hint)
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

/// `--signer <CERT>` without its value; operands by what they are.
fn name(argument: &str) -> &str {
    match argument.split(' ').next() {
        Some(name) if name.starts_with("--") => name,
        _ if argument.starts_with('[') => "an operand",
        _ => argument,
    }
}

/// Why an option is given only once.
fn twice(argument: &str) -> String {
    let hint = match name(argument) {
        "--signer" => "one signer per body: RFC 3261 section 23.3",
        "--CAfile" => "put the certificates in one file, or use -CApath",
        "--in" => "name the files as operands: FILE...",
        _ => "leave one of them out",
    };
    hint.to_owned()
}
