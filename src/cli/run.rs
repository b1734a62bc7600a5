//! The loop over messages: read, work, report, release.
//!
//! Each message's product is released when its own checks passed; a failing one contributes nothing. The
//! exit code is the worst of all. With `--jobs`, several messages are worked on at once and the output
//! keeps the order of the input.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sip_smime::error::{Condition, Error, Exit};
use sip_smime::message::Form;
use sip_smime::pki::known::KnownCertificate;
use sip_smime::report::{Finding, Severity, json, text};
use sip_smime::smime::body::Product;
use sip_smime::source::{self, Chunk, Packet, Tally, exported};

use crate::cli::args::Common;
use crate::cli::diagnostic::Progress;
use crate::cli::io::{self, Output, WriteError};
use crate::cli::state::KeyringFolder;

mod input;

use input::{Ahead, Input, Origin, worked};

/// What came of one message.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The product, if every check asked for passed.
    pub product: Option<Vec<u8>>,
    /// The certificates of the good signers, in PEM, for `--signer-out`.
    pub signers: Vec<String>,
    /// Lines for people, not yet escaped.
    pub lines: Vec<String>,
    /// Fields for `--json`.
    pub json: Map<String, Value>,
    /// Large fields for `--json`, whose values are JSON already.
    pub written: Vec<(&'static str, String)>,
    /// What a keyring can learn from the message, if every check asked for passed.
    pub lessons: Vec<KnownCertificate>,
    /// What went wrong.
    pub error: Option<Error>,
    /// Whether the message is known to have S/MIME, though it may not be what was asked for.
    pub has_smime: bool,
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Outcome { error: Some(error), ..Outcome::default() }
    }
}

impl Outcome {
    /// A message that was made, with what is worth saying about it.
    pub fn made(common: &Common, made: Product) -> Self {
        let mut outcome = Outcome { product: Some(made.octets), ..Outcome::default() };
        outcome.lines = findings(common, &made.findings);
        outcome.json.insert("findings".into(), json::findings(&made.findings));
        outcome
    }

    fn exit(&self) -> Exit {
        self.error.as_ref().map_or(Exit::Done, Error::exit)
    }

    /// Whether the message has no S/MIME at all.
    fn is_plain(&self) -> bool {
        let conditions = [Condition::NotSigned, Condition::NotEncrypted];
        !self.has_smime && self.error.as_ref().is_some_and(|error| conditions.contains(&error.condition()))
    }
}

/// Findings in lines; those that are only worth knowing with `-v` alone.
pub fn findings(common: &Common, findings: &[Finding]) -> Vec<String> {
    let shown = findings.iter().filter(|finding| common.verbose || finding.severity > Severity::Info);
    shown.map(text::finding).collect()
}

/// A subcommand, as the loop sees it.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Its name.
    pub name: &'static str,
    /// What a message without S/MIME is.
    pub unsigned: Unsigned,
    /// Whether the exit code is an answer of its own, without the product.
    pub answers: bool,
    /// Where the certificates of the good signers go.
    pub signer_out: Option<&'a Path>,
    /// The keyring, if one was named.
    pub keyring: Option<&'a KeyringFolder>,
    /// Whether what is written tells about the messages, whatever the answer, and is none itself.
    pub is_listing: bool,
}

/// How a subcommand treats messages without S/MIME among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// Each is a failure.
    Fails,
    /// In a stream that has others, they are counted and skipped.
    Skipped,
}

/// Loads what all messages need and works with it, or says why it cannot be loaded.
pub fn loaded<T>(common: &Common, loaded: Result<T, Error>, work: impl FnOnce(&T) -> Exit) -> Exit {
    match loaded {
        Ok(loaded) => work(&loaded),
        Err(error) => {
            common.voice().error(&error);
            error.exit()
        }
    }
}

/// Works on every message of every input and releases the products.
pub fn each_message(common: &Common, task: Task<'_>, work: impl Fn(&Chunk) -> Outcome + Sync) -> Exit {
    let voice = common.voice();
    match Run::new(common, task).and_then(|mut run| {
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
        // Nobody reads on: the product is cut short, and nothing is said.
        Err(Stop::Closed) => Exit::Usage,
    }
}

/// Why the loop ends early.
enum Stop {
    Failed(Error),
    Closed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => Stop::Closed,
            WriteError::Failed(error) => Stop::Failed(error),
        }
    }
}

struct Run<'a> {
    common: &'a Common,
    task: Task<'a>,
    product: Option<Output>,
    signer_out: Option<Output>,
    json: Option<Output>,
    progress: Progress,
    /// A product that nothing may follow, until it is known that nothing does.
    last: Option<Vec<u8>>,
    products: usize,
    /// Whether the products stand in a capture.
    writes_capture: bool,
    signers: Vec<String>,
    lessons: Vec<KnownCertificate>,
    exit: Exit,
}

impl<'a> Run<'a> {
    fn new(common: &'a Common, task: Task<'a>) -> Result<Self, Stop> {
        let product = match (&common.out, common.json) {
            (Some(out), _) => Some(Output::new(Some(out))?),
            (None, false) => Some(Output::new(None)?),
            (None, true) => None,
        };
        let to_standard_output = product.as_ref().is_some_and(Output::is_standard);
        if common.json && to_standard_output {
            return Err(usage("--json takes standard output, the product needs another place")
                .hinting("name a file with -out")
                .into());
        }
        if to_standard_output && io::standard_output_is_lost() {
            if !task.answers {
                return Err(Error::new(Condition::FileUnwritable)
                    .detail("standard output is closed")
                    .hinting("-out FILE names another place, -out /dev/null throws the product away")
                    .into());
            }
            common
                .voice()
                .say(&["warning: standard output is closed or thrown away: only the answer is given".to_owned()]);
        }
        let signer_out = task.signer_out.map(|path| Output::new(Some(path))).transpose()?;
        if let Some(second) = &signer_out {
            if second.is_standard() {
                return Err(usage("--signer-out needs a file, not standard output").into());
            }
            if product.as_ref().is_some_and(|product| product.is_same(second)) {
                return Err(usage("--signer-out and -out name the same file").into());
            }
        }
        let json = if common.json { Some(Output::new(None)?) } else { None };
        let run = Run {
            common,
            task,
            product,
            signer_out,
            json,
            progress: common.voice().progress(),
            last: None,
            products: 0,
            writes_capture: false,
            signers: Vec::new(),
            lessons: Vec::new(),
            exit: Exit::Done,
        };
        run.judge_inputs()?;
        Ok(run)
    }

    /// Refuses files whose products could not follow one another, before anything is written.
    fn judge_inputs(&self) -> Result<(), Error> {
        let inputs = self.common.inputs();
        if inputs.len() < 2 || self.product.is_none() || self.task.is_listing {
            return Ok(());
        }
        let start = |path: &PathBuf| {
            let mut start = Vec::new();
            let file =
                std::fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
            file.take(START).read_to_end(&mut start).ok()?;
            Some(start)
        };
        if let Some(form) = self.common.form() {
            return if form == Form::Sip { Ok(()) } else { Err(self.alone()) };
        }
        let starts: Vec<Vec<u8>> = inputs.into_iter().flatten().filter_map(start).collect();
        let captures = starts.iter().filter(|start| source::is_capture(start)).count();
        if captures > 0 && captures < starts.len() && self.common.outform.is_none() {
            return Err(mixed());
        }
        let is_alone = starts.iter().filter_map(|start| form_of(start)).any(|form| form != Form::Sip);
        if is_alone { Err(self.alone()) } else { Ok(()) }
    }

    fn alone(&self) -> Error {
        let name = self.task.name;
        usage(format!("only SIP messages can follow one another in one output: {name} the files one by one"))
    }

    fn input(&mut self, path: Option<&PathBuf>, work: &(impl Fn(&Chunk) -> Outcome + Sync)) -> Result<(), Stop> {
        let file = path.map(|path| path.display().to_string());
        let mut input = Input { file, is_one: true, passed_over: Vec::new(), plain: None, total: 0, released: 0 };
        let octets = match io::open(path) {
            Ok(octets) => octets,
            Err(error) => return self.release(&input, Origin::default(), error.into()),
        };
        let mut chunks = Ahead::new(source::messages(octets, self.common.container(), self.common.max_size));
        // What one message teaches counts for the next one.
        let is_taught = self.task.keyring.is_some_and(KeyringFolder::learns);
        let jobs = if is_taught { 1 } else { self.common.jobs };
        loop {
            let batch = chunks.batch(jobs.into());
            if batch.is_empty() {
                break;
            }
            // Only the first message has to wait for the second, to know what it is called.
            // One of a capture is always called by its packet.
            let is_packet = batch.iter().flatten().any(|chunk| chunk.packet.is_some());
            let is_first = input.total == 0 && batch.len() == 1 && !is_packet;
            input.is_one = is_first && (self.common.quiet || chunks.is_at_end());
            for (origin, outcome) in worked(batch, jobs.into(), work) {
                self.progress.step();
                input.total = input.total.saturating_add(origin.number.is_some().into());
                if outcome.is_plain() && self.task.unsigned == Unsigned::Skipped {
                    self.pass_over(&mut input, origin, outcome)?;
                } else {
                    self.skip(&mut input)?;
                    self.release(&input, origin, outcome)?;
                    input.released = input.released.saturating_add(1);
                }
            }
        }
        self.say_passed_over(&input, chunks.messages.tally());
        self.end(input)
    }

    /// A message without S/MIME waits until another one has it. In a capture there may be millions of them.
    fn pass_over(&mut self, input: &mut Input, origin: Origin, outcome: Outcome) -> Result<(), Stop> {
        if origin.packet.is_none() {
            input.passed_over.push((origin, outcome));
            return Ok(());
        }
        input.plain = input.plain.take().or(outcome.error);
        self.write_skipped(input, origin)
    }

    /// What of a capture cannot be read, or is of another protocol.
    fn say_passed_over(&self, input: &Input, tally: Option<Tally>) {
        let Some(tally) = tally else { return };
        let place = input.file.as_ref().filter(|_| self.has_several_files());
        let place = place.map(|file| format!("{file}: ")).unwrap_or_default();
        if tally.broken > 0 {
            let (broken, packets) = (tally.broken, tally.packets);
            let line = format!("warning: {place}{broken} of {packets} packets cannot be read and were passed over");
            self.common.voice().say(&[line]);
        }
        if tally.msrp > 0 && self.common.verbose {
            let line = format!("{place}{} directions of streams are MSRP and were passed over", tally.msrp);
            self.common.voice().say(&[line]);
        }
    }

    /// At the end of an input: alone, or among others that are no better, a message without a signature is a
    /// failure.
    fn end(&mut self, mut input: Input) -> Result<(), Stop> {
        if input.released > 0 {
            self.skip(&mut input)?;
            let (count, total) = (input.total.saturating_sub(input.released), input.total);
            if count > 0 {
                let place = input.file.as_ref().filter(|_| self.has_several_files());
                let place = place.map(|file| format!("{file}: ")).unwrap_or_default();
                let line = format!("{place}{count} of {total} messages have no S/MIME and were skipped");
                self.common.voice().say(&[line]);
            }
            return Ok(());
        }
        if let Some(error) = input.plain.take() {
            let error = error.detail(format!("0 of {} messages have S/MIME", input.total));
            self.release(&input, Origin::default(), error.into())?;
        }
        for (origin, outcome) in std::mem::take(&mut input.passed_over) {
            self.release(&input, origin, outcome)?;
        }
        Ok(())
    }

    /// Passes over the messages without S/MIME that came before one that has it.
    fn skip(&mut self, input: &mut Input) -> Result<(), Stop> {
        for (origin, _) in std::mem::take(&mut input.passed_over) {
            self.write_skipped(input, origin)?;
        }
        Ok(())
    }

    fn write_skipped(&mut self, input: &Input, origin: Origin) -> Result<(), Stop> {
        if self.json.is_none() {
            return Ok(());
        }
        let mut object = origin.envelope(self.task.name, input, 0);
        object.insert("skipped".into(), true.into());
        object.insert("error".into(), Value::Null);
        self.write_json(&object, &[])
    }

    /// Says what came of a message and releases its product.
    fn release(&mut self, input: &Input, origin: Origin, mut outcome: Outcome) -> Result<(), Stop> {
        outcome.error = outcome.error.map(|error| {
            let error = origin.number.into_iter().fold(error, Error::in_message);
            let error = origin.packet.iter().fold(error, Error::in_packet);
            input.file.iter().fold(error, |error, file| error.in_file(file.as_str()))
        });
        let exit = outcome.exit();
        self.exit = self.exit.worst(exit);
        if let Some(listing) = outcome.product.take_if(|_| self.task.is_listing) {
            self.write_listing(input, &listing)?;
        }
        self.say(input, origin, &outcome);
        let mut object = origin.envelope(self.task.name, input, exit.code());
        object.extend(outcome.json);
        object.insert("error".into(), outcome.error.as_ref().map_or(Value::Null, json::error));
        self.write_json(&object, &outcome.written)?;
        match (outcome.product, outcome.error) {
            (Some(product), None) => {
                self.write_product(product, outcome.signers, origin.packet)?;
                if let Some(keyring) = self.task.keyring {
                    keyring.remember(&outcome.lessons);
                }
                self.lessons.extend(outcome.lessons);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn say(&self, input: &Input, origin: Origin, outcome: &Outcome) {
        let voice = self.common.voice();
        let is_numbered = !input.is_one || origin.packet.is_some() || self.has_several_files();
        let packet = origin.packet.map(|packet| format!(", {packet}")).unwrap_or_default();
        let place = match (origin.number.filter(|_| is_numbered), &input.file) {
            (None, _) => String::new(),
            (Some(number), Some(file)) if self.has_several_files() => format!("{file}, message {number}{packet}: "),
            (Some(number), None) if self.has_several_files() => format!("standard input, message {number}{packet}: "),
            (Some(number), _) => format!("message {number}{packet}: "),
        };
        let lines: Vec<String> = outcome.lines.iter().map(|line| format!("{place}{line}")).collect();
        voice.say(&lines);
        if let Some(error) = &outcome.error {
            voice.error(error);
        }
    }

    fn has_several_files(&self) -> bool {
        self.common.inputs().len() > 1
    }

    /// Who reads the objects may stop: the work goes on, for its answer and for `-out`.
    fn write_json(&mut self, object: &Map<String, Value>, written: &[(&'static str, String)]) -> Result<(), Stop> {
        let Some(output) = &mut self.json else { return Ok(()) };
        let line = json::line_with(object, written);
        match output.write(line.as_bytes()) {
            Err(WriteError::Closed) => self.json = None,
            written => written?,
        }
        Ok(())
    }

    fn write_listing(&mut self, input: &Input, listing: &[u8]) -> Result<(), Stop> {
        let file = input.file.as_ref().filter(|_| self.has_several_files());
        let separator = if self.products > 0 { "\n" } else { "" };
        self.products = self.products.saturating_add(1);
        let Some(output) = &mut self.product else { return Ok(()) };
        let head = file.map_or_else(String::new, |file| format!("file: {}\n", text::escape(file)));
        output.write(format!("{separator}{head}").as_bytes())?;
        output.write(listing)?;
        Ok(())
    }

    fn write_product(&mut self, product: Vec<u8>, signers: Vec<String>, packet: Option<Packet>) -> Result<(), Stop> {
        let is_first = self.products == 0;
        self.products = self.products.saturating_add(1);
        for signer in signers {
            if !self.signers.contains(&signer) {
                self.signers.push(signer);
            }
        }
        if self.product.is_none() {
            return Ok(());
        }
        let is_sip = form_of(&product) == Some(Form::Sip);
        // What came out of a capture stands in one again, unless another form was asked for.
        let packet = packet.filter(|_| is_sip && self.common.outform.is_none());
        if !is_first && packet.is_some() != self.writes_capture {
            return Err(mixed().into());
        }
        if let (Some(packet), Some(output)) = (packet, &mut self.product) {
            if is_first {
                output.write(&exported::head())?;
            }
            self.writes_capture = true;
            output.write(&exported::message(&packet, &product))?;
            return Ok(());
        }
        if self.last.is_some() || (!is_sip && !is_first) {
            return Err(self.alone().into());
        }
        match &mut self.product {
            Some(output) if is_sip => output.write(&product)?,
            _ => self.last = Some(product),
        }
        Ok(())
    }

    /// Puts the files in place. Nothing is learnt from a product that is not given out.
    fn finish(self) -> Result<Exit, Stop> {
        drop(self.progress);
        let keeps = self.common.keep_going || self.task.is_listing;
        let is_placed = self.exit == Exit::Done || (keeps && self.products > 0);
        // The certificates first: whoever finds the product finds them too.
        if let Some(mut output) = self.signer_out.filter(|_| is_placed) {
            output.write(self.signers.concat().as_bytes())?;
            output.finish()?;
        }
        let mut is_given = true;
        if let Some(mut output) = self.product {
            is_given = is_placed || matches!(output, Output::Standard);
            if let Some(product) = self.last {
                output.write(&product)?;
            }
            if is_placed {
                output.finish()?;
            }
        }
        match self.task.keyring.filter(|_| is_given).map(|keyring| keyring.store(&self.lessons)).transpose() {
            Ok(lines) => {
                self.common.voice().say(&lines.unwrap_or_default());
                Ok(self.exit)
            }
            Err(error) => {
                self.common.voice().error(&error);
                Ok(self.exit.worst(error.exit()))
            }
        }
    }
}

/// The form of a message, before which CR LFs may stand (RFC 3261 section 7.5).
fn form_of(octets: &[u8]) -> Option<Form> {
    Form::recognise(octets.trim_ascii_start())
}

fn usage(detail: impl Into<String>) -> Error {
    Error::new(Condition::Usage).detail(detail)
}

/// How much of a file tells its form.
const START: u64 = 16 * 1024;

fn mixed() -> Error {
    usage("messages of a capture and others cannot stand in one output")
        .hinting("-outform sip writes them one after the other")
}
