//! What a user reads on standard error.
//!
//! The rules: a line begins with the program's name; an error is one sentence and its code, then where, by
//! which rule, and what to do next, each on a line of its own; a finding is one line. No sentence ends in a
//! full stop. Everything reads without colour. Captured text is escaped, always, so that it cannot drive
//! the terminal. `-q` leaves errors, `-v` adds reasons.

use std::io::{IsTerminal, Write};

use sip_smime::error::Error;
use sip_smime::report::text;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub quiet: bool,
    pub reasons: bool,
    pub color: bool,
}

impl Voice {
    pub fn new(quiet: bool, reasons: bool, color: Color) -> Self {
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && std::io::stderr().is_terminal()
            }
        };
        Voice { quiet, reasons, color }
    }

    /// An error with its place, rule and hint.
    pub fn error(self, error: &Error) {
        let label = if self.color { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        let mut lines = vec![format!("{label} {}  [{}]", text::escape(&error.to_string()), error.code())];
        if !error.place().is_empty() {
            lines.push(format!("at: {}", text::escape(&error.place().to_string())));
        }
        lines.push(format!("rule: {}", error.rule()));
        if let Some(hint) = error.hint() {
            lines.push(format!("hint: {}", text::escape(hint)));
        }
        print(&lines);
    }

    /// Lines for people: verdicts, findings, notices.
    pub fn say(self, lines: &[String]) {
        if !self.quiet {
            let escaped: Vec<String> = lines.iter().map(|line| text::escape(line)).collect();
            print(&escaped);
        }
    }
}

/// Writes lines to standard error. If that is closed there is nobody to tell.
fn print(lines: &[String]) {
    let mut text = String::new();
    for line in lines {
        text.push_str("sip-smime: ");
        text.push_str(line);
        text.push('\n');
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
