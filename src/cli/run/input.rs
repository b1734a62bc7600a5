//! An input while it is read: its messages, where each comes from, and what is kept until more is known.

use serde_json::{Map, Value, json};
use sip_smime::error::Error;
use sip_smime::report;
use sip_smime::source::{self, Chunk, Missing, Packet};

use crate::cli::run::Outcome;

/// An input while it is read.
pub(super) struct Input {
    pub(super) file: Option<String>,
    /// Whether it holds one message, as far as is known.
    pub(super) is_one: bool,
    /// Messages without S/MIME, until one that has it is found.
    pub(super) passed_over: Vec<(Origin, Outcome)>,
    /// What the first message of a capture lacks that has no S/MIME.
    pub(super) plain: Option<Error>,
    pub(super) total: usize,
    /// How many were not passed over.
    pub(super) released: usize,
}

/// The messages of an input, of which one may be read before it is asked for.
pub(super) struct Ahead<'r> {
    pub(super) messages: source::Messages<'r>,
    next: Option<Result<Chunk, Box<Missing>>>,
}

impl<'r> Ahead<'r> {
    pub(super) fn new(messages: source::Messages<'r>) -> Self {
        Ahead { messages, next: None }
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.next = self.next.take().or_else(|| self.messages.next());
        self.next.is_none()
    }

    /// Messages to work on at once. Those of a capture are small, and there are many: a thread for each would cost more than
    /// the message.
    pub(super) fn batch(&mut self, jobs: usize) -> Vec<Result<Chunk, Box<Missing>>> {
        let (mut batch, mut size, mut most) = (Vec::new(), 0_usize, jobs);
        while batch.len() < most && size < MAX_BATCH {
            let Some(next) = self.next.take().or_else(|| self.messages.next()) else { break };
            if let Ok(chunk) = &next {
                size = size.saturating_add(chunk.octets.len());
                let is_shared = jobs > 1 && chunk.packet.is_some();
                most = if is_shared { jobs.saturating_mul(A_THREAD) } else { jobs };
            }
            batch.push(next);
        }
        batch
    }
}

/// How many messages of a capture one thread works on.
const A_THREAD: usize = 256;
/// How many octets of messages are worked on at once, but for the last one.
const MAX_BATCH: usize = 4 << 20;

/// Where a message comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin {
    /// Its number; `None` if it is the whole input that cannot be read.
    pub(super) number: Option<usize>,
    /// The packet in which it begins, in a capture.
    pub(super) packet: Option<Packet>,
}

impl Origin {
    pub(super) fn envelope(self, command: &str, input: &Input, exit: u8) -> Map<String, Value> {
        let mut object = report::json::envelope(command, input.file.as_deref(), self.number, exit);
        if let Some(packet) = &self.packet {
            object.insert("packet".into(), packet_json(packet));
        }
        object
    }
}

/// A packet, for `--json`.
fn packet_json(packet: &Packet) -> Value {
    json!({
        "frame": packet.frame,
        "octet": packet.position,
        "time": packet.rfc_3339(),
        "transport": packet.transport.name(),
        "source": packet.source.to_string(),
        "destination": packet.destination.to_string(),
    })
}

/// Works on a batch, in so many threads if there are several messages, and keeps their order.
pub(super) fn worked(
    mut batch: Vec<Result<Chunk, Box<Missing>>>,
    jobs: usize,
    work: &(impl Fn(&Chunk) -> Outcome + Sync),
) -> Vec<(Origin, Outcome)> {
    let one = |chunk: Result<Chunk, Box<Missing>>| match chunk {
        Ok(chunk) => (Origin { number: Some(chunk.number), packet: chunk.packet }, work(&chunk)),
        Err(missing) => (Origin { number: missing.number, packet: missing.packet }, Outcome::from(missing.error)),
    };
    if batch.len() == 1 {
        return batch.into_iter().map(one).collect();
    }
    let share = batch.len().div_ceil(jobs.max(1)).max(1);
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        while !batch.is_empty() {
            let rest = batch.split_off(share.min(batch.len()));
            let mine = std::mem::replace(&mut batch, rest);
            threads.push(scope.spawn(move || mine.into_iter().map(one).collect::<Vec<_>>()));
        }
        let outcomes = threads.into_iter().map(|thread| match thread.join() {
            Ok(outcomes) => outcomes,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        outcomes.flatten().collect()
    })
}
