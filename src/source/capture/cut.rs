//! One direction of a TCP stream, cut into SIP messages as it arrives (RFC 3261 section 18.3, RFC 7118).
//!
//! What the stream carries is seen at its start: SIP, WebSocket after an upgrade of HTTP, MSRP, or something else. It
//! may begin in the middle, and octets may be missing: then the next start line of a message is where it goes on.

use crate::error::{Condition, Error};
use crate::message::sip;
use crate::octets::Slice;
use crate::source::capture::websocket;
use crate::source::packet::Transport;
use crate::source::stream::{MAX_HEAD, MAX_LINE, message_length};

/// A message of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where in the stream it begins.
    pub(super) at: u64,
    /// How it travelled.
    pub(super) transport: Transport,
    /// Its octets, or why they are not there.
    pub(super) octets: Result<Vec<u8>, Error>,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its sender closed it.
    Closed,
    /// What follows is not in the capture.
    Lost,
}

/// One direction of a stream.
#[derive(Debug)]
pub(super) struct Cutter {
    octets: Vec<u8>,
    /// How many of them are done with. What follows is pending.
    used: usize,
    /// Where in the stream the pending octets begin.
    at: u64,
    state: State,
    limit: usize,
}

#[derive(Debug)]
enum State {
    /// Nothing is known yet.
    Start,
    /// The head of HTTP, which may turn the stream into one of WebSocket.
    Http,
    /// SIP: a message begins here, after CR LFs. Its head is searched from `searched` on, or its size is known.
    Sip {
        searched: usize,
        wanted: Option<usize>,
    },
    /// A message begins here, and does not say where it ends: with the next one. That is searched from here on.
    Unended {
        searched: usize,
        in_line: bool,
    },
    /// So many octets of a message that is too large are passed over.
    PassingOver(usize),
    /// A line is searched that begins a message.
    Searching {
        in_line: bool,
    },
    WebSocket(websocket::Messages),
    Msrp,
}

/// What one step did.
enum Step {
    Again,
    Found(Cut),
    Wait,
}

const SIP: State = State::Sip { searched: 0, wanted: None };

impl Cutter {
    pub(super) fn new(limit: usize) -> Self {
        Cutter { octets: Vec::new(), used: 0, at: 0, state: State::Start, limit }
    }

    /// Adds the next octets of the stream, and gives the messages that are complete with them to `found`.
    pub(super) fn push(&mut self, octets: &[u8], mut found: impl FnMut(Cut)) {
        match self.state {
            State::Msrp => return self.pass_over(octets.len()),
            // A frame that begins with a packet may be found again.
            State::Searching { .. } if websocket::begins_stream(octets, self.limit) => {
                self.drop_front(usize::MAX);
                self.state = State::WebSocket(websocket::Messages::default());
            }
            _ => {}
        }
        self.octets.extend_from_slice(octets);
        loop {
            match self.step() {
                Step::Found(cut) => found(cut),
                Step::Again => {}
                Step::Wait => break,
            }
        }
        // Once for all that was found: moving the rest for each message would take quadratic time.
        self.octets.drain(..self.used.min(self.octets.len()));
        self.used = 0;
    }

    fn pending(&self) -> &[u8] {
        self.octets.get(self.used..).unwrap_or_default()
    }

    /// The first pending octets, which are then done with.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let is_all = self.used == 0 && count >= self.octets.len();
        let taken = if is_all {
            std::mem::take(&mut self.octets)
        } else {
            self.pending().get(..count).unwrap_or_default().to_vec()
        };
        if !is_all {
            self.used = self.used.saturating_add(taken.len());
        }
        self.pass_over(taken.len());
        taken
    }

    /// Octets are missing here. What follows is at `at` in the stream.
    pub(super) fn gap(&mut self, at: u64, found: impl FnMut(Cut)) {
        self.end(End::Lost, found);
        self.at = at;
    }

    /// The stream ends here, or its next octets are not known.
    pub(super) fn end(&mut self, end: End, mut found: impl FnMut(Cut)) {
        let state = std::mem::replace(&mut self.state, State::Start);
        let is_begun = sip::begins_message(Slice::new(self.pending()));
        let begin = self.at;
        let lost = || Err(Error::new(Condition::CaptureIncomplete));
        let cut = match &state {
            State::Sip { wanted, .. } if is_begun => {
                let there = self.pending().len();
                let error = Error::new(Condition::CaptureIncomplete);
                let error = match wanted {
                    Some(wanted) => error.detail(format!("{there} of {wanted} octets are there")),
                    None => error,
                };
                // Who closes the stream in a message sent no more: its reader says that it is cut short.
                let octets = if end == End::Closed { Ok(self.take(self.pending().len())) } else { Err(error) };
                Some((begin, Transport::Tcp, octets))
            }
            State::Unended { .. } if end == End::Closed => {
                Some((begin, Transport::Tcp, Ok(self.take(self.pending().len()))))
            }
            State::Unended { .. } => Some((begin, Transport::Tcp, lost())),
            State::WebSocket(messages) => {
                messages.begun(self.pending(), self.at).map(|at| (at, Transport::WebSocket, lost()))
            }
            _ => None,
        };
        if let Some((at, transport, octets)) = cut {
            found(Cut { at, transport, octets });
        }
        (self.octets, self.used) = (Vec::new(), 0);
        // What MSRP is stays it.
        if matches!(state, State::Msrp) {
            self.state = state;
        }
    }

    /// Where in the stream the octets begin that are still needed.
    pub(super) fn needed_from(&self) -> u64 {
        match &self.state {
            State::WebSocket(messages) => messages.start().unwrap_or(self.at),
            _ => self.at,
        }
    }

    /// How many octets are kept.
    pub(super) fn held(&self) -> usize {
        let messages = if let State::WebSocket(messages) = &self.state { messages.held() } else { 0 };
        self.octets.capacity().saturating_add(messages)
    }

    /// Whether this is a stream of MSRP.
    pub(super) fn is_msrp(&self) -> bool {
        matches!(self.state, State::Msrp)
    }

    fn step(&mut self) -> Step {
        match &mut self.state {
            State::Start => self.start(),
            State::Http => self.http(),
            State::Sip { searched, wanted } => {
                let (searched, wanted) = (*searched, *wanted);
                self.sip(searched, wanted)
            }
            State::Unended { searched, in_line } => {
                let (searched, in_line) = (*searched, *in_line);
                self.unended(searched, in_line)
            }
            State::PassingOver(count) => {
                let (count, there) = (*count, self.pending().len());
                self.drop_front(count);
                let left = count.saturating_sub(there);
                self.state = if left == 0 { SIP } else { State::PassingOver(left) };
                if left == 0 { Step::Again } else { Step::Wait }
            }
            State::Searching { in_line } => {
                let in_line = *in_line;
                self.search(in_line)
            }
            State::WebSocket(messages) => {
                let (next, at) =
                    (messages.next(self.octets.get(self.used..).unwrap_or_default(), self.at, self.limit), self.at);
                self.web_socket(next, at)
            }
            State::Msrp => {
                self.drop_front(usize::MAX);
                Step::Wait
            }
        }
    }

    fn start(&mut self) -> Step {
        let start = sip::skip_line_ends(Slice::new(self.pending()));
        self.drop_front(start.span().start);
        if websocket::begins_stream(self.pending(), self.limit) {
            return self.turn(State::WebSocket(websocket::Messages::default()));
        }
        let line = match self.line() {
            Line::Whole(length) => self.pending().get(..length).unwrap_or_default().trim_ascii_end(),
            // A part of a line of text may yet become one.
            Line::Part if self.pending().iter().all(|octet| octet.is_ascii_graphic() || b" \t\r".contains(octet)) => {
                return Step::Wait;
            }
            Line::Part | Line::TooLong => return self.turn(State::Searching { in_line: false }),
        };
        let next = match () {
            _ if sip::begins_message(Slice::new(self.pending())) => SIP,
            _ if line.starts_with(b"MSRP ") => State::Msrp,
            _ if line.starts_with(b"HTTP/1.1 101") || (line.starts_with(b"GET ") && line.ends_with(b" HTTP/1.1")) => {
                State::Http
            }
            _ => State::Searching { in_line: false },
        };
        self.turn(next)
    }

    /// RFC 6455 section 4: the connection is one of WebSocket after its upgrade.
    fn http(&mut self) -> Step {
        let Some(end) = memchr::memmem::find(self.pending(), b"\r\n\r\n") else {
            let is_too_long = self.pending().len() > MAX_HEAD;
            return if is_too_long { self.turn(State::Searching { in_line: false }) } else { Step::Wait };
        };
        let head = self.pending().get(..end).unwrap_or_default().to_ascii_lowercase();
        let is_upgrade = head.split(|octet| *octet == b'\n').any(|line| {
            let value = line.strip_prefix(b"upgrade:").map(<[u8]>::trim_ascii);
            value.is_some_and(|value| value.split(|octet| *octet == b',').any(|name| name.trim_ascii() == b"websocket"))
        });
        self.drop_front(end.saturating_add(4));
        let next = if is_upgrade {
            State::WebSocket(websocket::Messages::default())
        } else {
            State::Searching { in_line: false }
        };
        self.turn(next)
    }

    fn sip(&mut self, searched: usize, wanted: Option<usize>) -> Step {
        if let Some(wanted) = wanted {
            return self.body(wanted);
        }
        if searched == 0 {
            // Keep-alives (RFC 5626 section 4.4.1) stand between messages.
            let start = sip::skip_line_ends(Slice::new(self.pending())).span().start;
            self.drop_front(start);
            match self.line() {
                Line::Part => return Step::Wait,
                Line::Whole(_) if sip::begins_message(Slice::new(self.pending())) => {}
                Line::Whole(_) | Line::TooLong => return self.turn(State::Searching { in_line: false }),
            }
        }
        let unsearched = self.pending().get(searched..).unwrap_or_default();
        if memchr::memmem::find(unsearched, b"\r\n\r\n").is_none() {
            if self.pending().len() > MAX_HEAD {
                return self.turn_unended();
            }
            // At least one, so that the start line is not judged again.
            let searched = self.pending().len().saturating_sub(3).max(1);
            self.state = State::Sip { searched, wanted: None };
            return Step::Wait;
        }
        match message_length(self.pending()) {
            Some(length) if length > self.limit => {
                let cut = self.cut(Err(too_large(self.limit)));
                self.state = State::PassingOver(length);
                Step::Found(cut)
            }
            Some(length) => self.turn(State::Sip { searched: 1, wanted: Some(length) }),
            // Its reader says why.
            None => self.turn_unended(),
        }
    }

    fn body(&mut self, wanted: usize) -> Step {
        if self.pending().len() < wanted {
            return Step::Wait;
        }
        // Octets that are no message stay with the one before, as in any other stream: its length may be wrong.
        let next = sip::skip_line_ends(Slice::new(self.pending()).skip(wanted));
        let has_line = memchr::memchr(b'\n', next.take(MAX_LINE).octets()).is_some();
        if has_line && !sip::begins_message(next) {
            return self.turn(State::Unended { searched: wanted, in_line: true });
        }
        self.found(wanted)
    }

    /// The next message is searched behind the start line of this one.
    fn turn_unended(&mut self) -> Step {
        let searched = match self.line() {
            Line::Whole(length) => length,
            Line::Part | Line::TooLong => self.pending().len(),
        };
        self.turn(State::Unended { searched, in_line: false })
    }

    fn unended(&mut self, searched: usize, in_line: bool) -> Step {
        match next_message(self.pending(), searched, in_line) {
            Search::Found(at) => self.found(at),
            Search::Nothing { searched, in_line } => {
                if self.pending().len() > self.limit {
                    let cut = self.cut(Err(too_large(self.limit)));
                    self.drop_front(searched);
                    self.state = State::Searching { in_line };
                    return Step::Found(cut);
                }
                self.state = State::Unended { searched, in_line };
                Step::Wait
            }
        }
    }

    fn search(&mut self, in_line: bool) -> Step {
        match next_message(self.pending(), 0, in_line) {
            Search::Found(at) => {
                self.drop_front(at);
                self.turn(SIP)
            }
            Search::Nothing { searched, in_line } => {
                self.drop_front(searched);
                self.state = State::Searching { in_line };
                Step::Wait
            }
        }
    }

    fn web_socket(&mut self, next: websocket::Next, at: u64) -> Step {
        match next {
            websocket::Next::Wait => Step::Wait,
            websocket::Next::Other => self.turn(State::Searching { in_line: false }),
            websocket::Next::Frame(length, message) => {
                self.drop_front(length);
                let sip = message.filter(|(_, octets)| websocket::is_sip(octets));
                debug_assert!(sip.as_ref().is_none_or(|(start, _)| *start <= at));
                sip.map_or(Step::Again, |(at, octets)| {
                    Step::Found(Cut { at, transport: Transport::WebSocket, octets: Ok(octets) })
                })
            }
        }
    }

    fn line(&self) -> Line {
        let start = self.pending().get(..self.pending().len().min(MAX_LINE)).unwrap_or_default();
        match memchr::memchr(b'\n', start) {
            Some(at) => Line::Whole(at.saturating_add(1)),
            None if self.pending().len() < MAX_LINE => Line::Part,
            None => Line::TooLong,
        }
    }

    fn turn(&mut self, state: State) -> Step {
        self.state = state;
        Step::Again
    }

    /// The first `length` octets are a message.
    fn found(&mut self, length: usize) -> Step {
        let at = self.at;
        let octets = Ok(self.take(length));
        self.state = SIP;
        Step::Found(Cut { at, transport: Transport::Tcp, octets })
    }

    fn cut(&self, octets: Result<Vec<u8>, Error>) -> Cut {
        Cut { at: self.at, transport: Transport::Tcp, octets }
    }

    fn drop_front(&mut self, count: usize) {
        let count = count.min(self.pending().len());
        self.used = self.used.saturating_add(count);
        self.pass_over(count);
    }

    fn pass_over(&mut self, count: usize) {
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

enum Line {
    Whole(usize),
    Part,
    TooLong,
}

enum Search {
    Found(usize),
    /// Nothing before `searched`, where a line goes on or begins.
    Nothing {
        searched: usize,
        in_line: bool,
    },
}

/// The next start line from `from` on. `in_line` says whether `from` is in the middle of a line.
///
/// A message begins right behind the body before it, which need not end a line: so a start line is known by a method of
/// SIP, or by the version, in the middle of a line, too.
fn next_message(octets: &[u8], from: usize, in_line: bool) -> Search {
    let (mut line, mut in_line) = (from, in_line);
    let rest = octets.get(from..).unwrap_or_default();
    // A request line ends with the version, a status line begins with it: few places have to be looked at.
    for version in memchr::memmem::find_iter(rest, b"SIP/2.0") {
        let version = from.saturating_add(version);
        let before = octets.get(line..version).unwrap_or_default();
        if let Some(feed) = memchr::memrchr(b'\n', before) {
            line = line.saturating_add(feed).saturating_add(1);
            in_line = false;
        }
        let begins = |at: &usize| sip::begins_message(Slice::new(octets).skip(*at));
        let before = octets.get(line..version).unwrap_or_default();
        let mut requests = METHODS.iter().filter_map(|method| memchr::memmem::rfind(before, method.as_bytes()));
        let request = requests.find_map(|at| Some(line.saturating_add(at)).filter(begins));
        let whole = Some(line).filter(|_| !in_line);
        if let Some(at) = request.or_else(|| whole.filter(begins)).or_else(|| Some(version).filter(begins)) {
            return Search::Found(at);
        }
    }
    let before = octets.get(line..).unwrap_or_default();
    if let Some(feed) = memchr::memrchr(b'\n', before) {
        line = line.saturating_add(feed).saturating_add(1);
        in_line = false;
    }
    if octets.len().saturating_sub(line) > MAX_LINE {
        return Search::Nothing { searched: octets.len(), in_line: true };
    }
    Search::Nothing { searched: line, in_line }
}

/// The methods of RFC 3261 and of its extensions, as they stand in a request line.
const METHODS: [&str; 14] = [
    "MESSAGE ",
    "INVITE ",
    "ACK ",
    "BYE ",
    "CANCEL ",
    "OPTIONS ",
    "REGISTER ",
    "SUBSCRIBE ",
    "NOTIFY ",
    "INFO ",
    "UPDATE ",
    "PRACK ",
    "REFER ",
    "PUBLISH ",
];

pub(super) fn too_large(limit: usize) -> Error {
    Error::new(Condition::LimitSize).detail(format!("more than {limit} octets"))
}
