//! The loop over messages: read, work, report, release.
//!
//! Each message's product is released when its own checks passed; a failing one contributes nothing. The
//! exit code is the worst of all. With `--jobs`, several messages are worked on at once and the output
//! keeps the order of the input.

use serde_json::{Map, Value};
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::report::json;
use sip_smime::source::{self, Chunk};

use crate::cli::args::Common;
use crate::cli::io::{self, Output, WriteError};

/// What came of one message.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The product, if every check asked for passed.
    pub product: Option<Vec<u8>>,
    /// Lines for people, not yet escaped.
    pub lines: Vec<String>,
    /// Fields for `--json`.
    pub json: Map<String, Value>,
    /// What went wrong.
    pub error: Option<Error>,
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Outcome { error: Some(error), ..Outcome::default() }
    }
}

impl Outcome {
    fn exit(&self) -> Exit {
        self.error.as_ref().map_or(Exit::Done, Error::exit)
    }

    fn is_unsigned(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.condition() == Condition::NotSigned)
    }
}

/// How a subcommand treats messages without S/MIME among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// Each is a failure.
    Fails,
    /// In a stream that has others, they are counted and skipped.
    Skipped,
}

/// Works on every message of every input and releases the products.
pub fn each_message(
    common: &Common,
    command: &'static str,
    unsigned: Unsigned,
    work: impl Fn(&Chunk) -> Outcome + Sync,
) -> Exit {
    let voice = common.voice();
    match Run::new(common, command, unsigned).and_then(|mut run| {
        for input in common.inputs() {
            run.input(input, &work)?;
        }
        run.finish()
    }) {
        Ok(exit) => exit,
        Err(Stop::Failed(error)) => {
            voice.error(&error);
            Exit::Usage
        }
        Err(Stop::Closed(exit)) => exit,
    }
}

/// Why the loop ends early.
enum Stop {
    Failed(Error),
    Closed(Exit),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

struct Run<'a> {
    common: &'a Common,
    command: &'static str,
    unsigned: Unsigned,
    product: Option<Output>,
    json: Option<Output>,
    exit: Exit,
}

impl<'a> Run<'a> {
    fn new(common: &'a Common, command: &'static str, unsigned: Unsigned) -> Result<Self, Stop> {
        let product = match (&common.out, common.json) {
            (Some(out), _) => Some(Output::new(Some(out))?),
            (None, false) => Some(Output::new(None)?),
            (None, true) => None,
        };
        if common.json && matches!(product, Some(Output::Standard)) {
            return Err(Error::new(Condition::Usage)
                .detail("--json takes standard output, the product needs another place")
                .hinting("name a file with -out")
                .into());
        }
        let json = if common.json { Some(Output::new(None)?) } else { None };
        Ok(Run { common, command, unsigned, product, json, exit: Exit::Done })
    }

    fn input(
        &mut self,
        path: Option<&std::path::PathBuf>,
        work: &(impl Fn(&Chunk) -> Outcome + Sync),
    ) -> Result<(), Stop> {
        let name = path.map(|path| path.display().to_string());
        let in_file = |error: Error| match &name {
            Some(name) => error.in_file(name.as_str()),
            None => error,
        };
        let input = match io::open(path) {
            Ok(input) => input,
            Err(error) => {
                self.fail(&error);
                return Ok(());
            }
        };
        let mut chunks = source::messages(input, self.common.form(), self.common.max_size);
        let (mut total, mut skipped) = (0_usize, Vec::new());
        loop {
            let batch: Vec<_> = chunks.by_ref().take(self.common.jobs.into()).collect();
            if batch.is_empty() {
                break;
            }
            total = total.saturating_add(batch.len());
            for (number, mut outcome) in worked(batch, work) {
                outcome.error = outcome.error.map(|error| in_file(error.in_message(number)));
                if outcome.is_unsigned() && self.unsigned == Unsigned::Skipped {
                    skipped.push((number, outcome));
                    continue;
                }
                self.release(number, outcome)?;
            }
        }
        // Alone, or among others that are no better, a message without a signature is a failure.
        if skipped.len() == total {
            for (number, outcome) in skipped {
                self.release(number, outcome)?;
            }
        } else if !skipped.is_empty() {
            let count = skipped.len();
            self.common.voice().say(&[format!("{count} of {total} messages have no S/MIME and were skipped")]);
        }
        Ok(())
    }

    fn release(&mut self, number: usize, outcome: Outcome) -> Result<(), Stop> {
        let voice = self.common.voice();
        let exit = outcome.exit();
        self.exit = self.exit.worst(exit);
        voice.say(&outcome.lines);
        if let Some(error) = &outcome.error {
            voice.error(error);
        }
        if let Some(json) = &mut self.json {
            let mut object = json::envelope(self.command, number, exit.code());
            object.extend(outcome.json);
            object.insert("error".into(), outcome.error.as_ref().map_or(Value::Null, json::error));
            let mut line = Value::Object(object).to_string();
            line.push('\n');
            let verdict = self.exit;
            json.write(line.as_bytes()).map_err(|error| stop(error, verdict))?;
        }
        if let (Some(product), Some(output), None) = (&outcome.product, &mut self.product, &outcome.error) {
            output.write(product).map_err(|error| stop(error, Exit::Usage))?;
        }
        Ok(())
    }

    fn fail(&mut self, error: &Error) {
        self.exit = self.exit.worst(error.exit());
        self.common.voice().error(error);
    }

    fn finish(self) -> Result<Exit, Stop> {
        if self.exit == Exit::Done || self.common.keep_going {
            if let Some(output) = self.product {
                output.finish().map_err(|error| stop(error, Exit::Usage))?;
            }
        }
        Ok(self.exit)
    }
}

fn stop(error: WriteError, closed: Exit) -> Stop {
    match error {
        WriteError::Closed => Stop::Closed(closed),
        WriteError::Failed(error) => Stop::Failed(error),
    }
}

/// Works on a batch, each message in a thread of its own if there are several.
fn worked(batch: Vec<Result<Chunk, Error>>, work: &(impl Fn(&Chunk) -> Outcome + Sync)) -> Vec<(usize, Outcome)> {
    let one = |chunk: Result<Chunk, Error>| match chunk {
        Ok(chunk) => (chunk.number, work(&chunk)),
        Err(error) => (error.place().message.unwrap_or(1), Outcome::from(error)),
    };
    if batch.len() == 1 {
        return batch.into_iter().map(one).collect();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = batch.into_iter().map(|chunk| scope.spawn(move || one(chunk))).collect();
        threads
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}
