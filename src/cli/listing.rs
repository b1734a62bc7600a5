//! A listing on standard output: each line escaped, and in colours on a terminal.

use sip_smime::report::tree::LineKind;
use sip_smime::report::{Severity, text};
use sip_smime::source::Chunk;

use crate::cli::args::Common;

/// Lines, each with its style, which is there on a terminal alone.
pub fn listing(common: &Common, chunk: &Chunk, mut lines: Vec<(&str, String)>) -> Vec<u8> {
    // The first one may be the only one.
    match &chunk.packet {
        Some(packet) => lines.insert(0, (BOLD, format!("message {}, {packet}", chunk.number))),
        None if chunk.number > 1 => lines.insert(0, (BOLD, format!("message {}", chunk.number))),
        None => {}
    }
    let has_color = common.out.is_none() && common.color.is_used(&std::io::stdout());
    let line = |(style, line): &(&str, String)| {
        let line = text::escape(line);
        match has_color && !style.is_empty() {
            true => format!("{style}{line}{PLAIN}\n"),
            false => line + "\n",
        }
    };
    lines.iter().map(line).collect::<String>().into_bytes()
}

/// The style of a line of a tree.
pub fn style(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Heading => BOLD,
        LineKind::Fact => "",
        LineKind::Error => severity_style(Severity::Error),
    }
}

/// The style of a finding.
pub fn severity_style(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        Severity::Info => BOLD,
    }
}

const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";
