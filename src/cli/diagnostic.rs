//! What a user reads on standard error.
//!
//! The rules: a line begins with the program's name; an error is one sentence and its code, then where, by
//! which rule, and what to do next, each on a line of its own; a finding is one line. No sentence ends in a
//! full stop. Everything reads without colour. Captured text is escaped, always, so that it cannot drive
//! the terminal. `-q` leaves errors, `-v` adds reasons.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

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

impl Color {
    /// Whether what is written to `stream` has colours.
    pub fn is_used(self, stream: &impl IsTerminal) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && stream.is_terminal(),
        }
    }
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
        Voice { quiet, reasons, color: color.is_used(&std::io::stderr()) }
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

    /// A line that counts messages, on a terminal and nowhere else.
    pub fn progress(self) -> Progress {
        Progress::new(!self.quiet && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal())
    }

    /// Lines for people: verdicts, findings, notices.
    pub fn say(self, lines: &[String]) {
        if !self.quiet {
            let escaped: Vec<String> = lines.iter().map(|line| text::escape(line)).collect();
            print(&escaped);
        }
    }
}

/// A line with the number of messages, written anew once a second and cleared at the end.
#[derive(Debug)]
pub struct Progress {
    count: Arc<AtomicUsize>,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    fn new(shown: bool) -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let thread = shown.then(|| {
            let (stop, stopped) = mpsc::channel();
            let show = move || {
                while stopped.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                    let count = counted.load(Ordering::Relaxed);
                    let line = format!("{CLEAR}sip-smime: {count} message{}", if count == 1 { "" } else { "s" });
                    let mut stderr = std::io::stderr().lock();
                    IS_SHOWN.store(true, Ordering::Relaxed);
                    let _ = stderr.write_all(line.as_bytes());
                }
            };
            (stop, std::thread::spawn(show))
        });
        Progress { count, thread }
    }

    /// One message more.
    pub fn step(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            let _ = thread.join();
            print(&[]);
        }
    }
}

/// What is said of a panic, which is a defect: where, and nothing of the data that could hold a secret.
pub fn panicked(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    print(&[format!("error: internal error{place}"), "hint: this is a defect, please report it".to_owned()]);
}

/// Whether a line of progress stands where the next line is to be written.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);
/// Back to the start of the line, and nothing on it.
const CLEAR: &str = "\r\u{1b}[K";

/// Writes lines to standard error. If that is closed there is nobody to tell.
fn print(lines: &[String]) {
    let mut stderr = std::io::stderr().lock();
    let mut text = String::new();
    if IS_SHOWN.swap(false, Ordering::Relaxed) {
        text.push_str(CLEAR);
    }
    for line in lines {
        text.push_str("sip-smime: ");
        text.push_str(line);
        text.push('\n');
    }
    let _ = stderr.write_all(text.as_bytes());
}
