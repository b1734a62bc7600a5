//! What `inspect` saw of a message: a tree, what protects its parts, and where its octets go. And how that reads.
//!
//! A layer that cannot be read is a node with the error, and the rest is still there.

use serde_json::{Map, Value as Json};

use crate::error::Error;
use crate::octets::Span;
use crate::report::{Finding, json, text};

/// Everything about one message.
#[derive(Clone, Debug)]
pub struct InspectReport {
    /// The message and what is in it.
    pub tree: Node,
    /// What protects each part, from the outside in.
    pub protection: Vec<Protection>,
    /// Where the octets go.
    pub sizes: Sizes,
    /// What is worth saying.
    pub findings: Vec<Finding>,
}

impl InspectReport {
    /// The first error in the order in which the message is read.
    pub fn error(&self) -> Option<&Error> {
        self.tree.first_error()
    }
}

/// One thing in a message, with what is in it.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What it is: `request`, `entity`, `signed-data`, `signer`, `certificate` and so on.
    pub kind: &'static str,
    /// Which one, in a few words.
    pub title: String,
    /// The number of a MIME part.
    pub part: Option<String>,
    /// Where it stands in the input; `None` if it was decoded first.
    pub octets: Option<Span>,
    /// How many octets it has, where that is worth knowing.
    pub size: Option<usize>,
    /// What is said of it, in order.
    pub facts: Vec<Fact>,
    /// Why it, or the rest of it, cannot be read.
    pub error: Option<Box<Error>>,
    /// What is in it.
    pub children: Vec<Node>,
    /// Whether people see it with `-v` alone.
    pub is_detail: bool,
}

impl Node {
    /// A node without facts.
    pub fn new(kind: &'static str, title: impl Into<String>) -> Self {
        Node { kind, title: title.into(), ..Node::default() }
    }

    /// Adds a fact that everybody sees.
    pub fn fact(&mut self, name: &'static str, value: impl Into<Value>) {
        self.facts.push(Fact { name, value: value.into(), is_detail: false });
    }

    /// Adds a fact that people see with `-v`.
    pub fn detail(&mut self, name: &'static str, value: impl Into<Value>) {
        self.facts.push(Fact { name, value: value.into(), is_detail: true });
    }

    /// The node of a MIME part.
    pub fn part(&self, number: &str) -> Option<&Node> {
        match self.part.as_deref() == Some(number) {
            true => Some(self),
            false => self.children.iter().find_map(|child| child.part(number)),
        }
    }

    /// The first fact of a name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| &fact.value)
    }

    /// The first error in it, in the order in which it is read.
    pub fn first_error(&self) -> Option<&Error> {
        self.error.as_deref().or_else(|| self.children.iter().find_map(Node::first_error))
    }
}

/// Something that is said of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name, in lower case with hyphens.
    pub name: &'static str,
    /// What it is.
    pub value: Value,
    /// Whether people see it with `-v` alone.
    pub is_detail: bool,
}

/// What a fact is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, as received or of our own.
    Text(String),
    /// Octets as received; text, if they are.
    Octets(Vec<u8>),
    /// A number.
    Number(usize),
    /// Seconds since 1970.
    Time(i64),
    /// Several texts.
    List(Vec<String>),
    /// Octets that are no text, shown in rows.
    Dump(Vec<u8>),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(octets: &[u8]) -> Self {
        Value::Octets(octets.to_vec())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Number(number)
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Value::Number(number.into())
    }
}

impl From<i64> for Value {
    fn from(seconds: i64) -> Self {
        Value::Time(seconds)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Value::List(texts)
    }
}

/// Who signed a part and for whom it is encrypted, as the message says. Nothing of it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Which part.
    pub what: String,
    /// The signers of the layers around it.
    pub signed_by: Vec<String>,
    /// The recipients of the layer of encryption around it.
    pub encrypted_for: Vec<String>,
}

/// Where the octets of a message go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// All of them.
    pub total: usize,
    /// The head of a SIP message, with its start line and the empty line.
    pub head: usize,
    /// The certificates in it.
    pub certificates: usize,
    /// The contents of its parts, encrypted ones as they are.
    pub content: usize,
}

impl Sizes {
    /// What is left: CMS, MIME and their encodings.
    pub fn rest(&self) -> usize {
        self.total.saturating_sub(self.head).saturating_sub(self.certificates).saturating_sub(self.content)
    }
}

/// A line for people, not yet escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is, which decides about its colour.
    pub kind: LineKind,
    /// The text.
    pub text: String,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It names something.
    Heading,
    /// It says something of it.
    Fact,
    /// It says why something cannot be read.
    Error,
}

/// The lines for people. `verbose` shows everything.
pub fn lines(report: &InspectReport, verbose: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    node_lines(&report.tree, "", verbose, &mut lines);
    lines.extend(report.protection.iter().map(|row| {
        let signed = match row.signed_by.as_slice() {
            [] => "not signed".to_owned(),
            who => format!("signature of {}, not verified", shown_list(who)),
        };
        let encrypted = match row.encrypted_for.as_slice() {
            [] => "not encrypted".to_owned(),
            who => format!("encrypted for {}", shown_list(who)),
        };
        Line { kind: LineKind::Fact, text: format!("protection of {}: {signed}; {encrypted}", row.what) }
    }));
    let Sizes { total, head, certificates, content } = report.sizes;
    let rest = report.sizes.rest();
    let text = format!(
        "octets: {total} of {LIMIT}: head {head}, certificates {certificates}, content {content}, CMS and MIME {rest}"
    );
    lines.push(Line { kind: LineKind::Fact, text });
    lines
}

fn node_lines(node: &Node, indent: &str, verbose: bool, lines: &mut Vec<Line>) {
    let mut push = |kind, text| lines.push(Line { kind, text });
    if let ("field", [value]) = (node.kind, node.facts.as_slice()) {
        return push(LineKind::Fact, format!("{indent}{}: {}", node.title, shown_value(&value.value)));
    }
    let part = node.part.as_ref().filter(|part| !part.is_empty()).map(|part| format!(" {part}")).unwrap_or_default();
    let size = node.size.map(|size| format!(", {size} octets")).unwrap_or_default();
    let place = node.octets.filter(|_| verbose).map(|span| format!(" ({span})")).unwrap_or_default();
    push(LineKind::Heading, format!("{indent}{}{part}: {}{size}{place}", node.kind, node.title));
    let inner = format!("{indent}  ");
    for fact in node.facts.iter().filter(|fact| verbose || !fact.is_detail) {
        match &fact.value {
            Value::Dump(octets) => {
                push(LineKind::Fact, format!("{inner}{}:", fact.name));
                dump(octets).for_each(|row| push(LineKind::Fact, format!("{inner}  {row}")));
            }
            value => push(LineKind::Fact, format!("{inner}{}: {}", fact.name, shown_value(value))),
        }
    }
    for child in node.children.iter().filter(|child| verbose || !child.is_detail) {
        node_lines(child, &inner, verbose, lines);
    }
    let error = node.error.iter().map(|error| format!("{inner}cannot be read: {error} [{}]", error.code()));
    lines.extend(error.map(|text| Line { kind: LineKind::Error, text }));
}

/// Octets sixteen to a row: where the row begins, in hexadecimal, and as text where they are printable.
fn dump(octets: &[u8]) -> impl Iterator<Item = String> {
    octets.chunks(16).enumerate().map(|(row, octets)| {
        let numbers: String = octets.iter().map(|octet| format!("{octet:02x} ")).collect();
        let text: String =
            octets.iter().map(|octet| if matches!(octet, b' '..=b'~') { char::from(*octet) } else { '.' }).collect();
        format!("{:06x}  {numbers:<48} {text}", row.saturating_mul(16))
    })
}

fn shown_value(value: &Value) -> String {
    let short = |text: &str| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}... ({} octets)", text.get(..end).unwrap_or_default(), text.len()),
        None => text.to_owned(),
    };
    match value {
        Value::Text(shown) => short(shown),
        Value::Octets(octets) => short(&text::octets(octets)),
        Value::Number(number) => number.to_string(),
        Value::Time(seconds) => text::time(*seconds),
        Value::List(texts) => short(&shown_list(texts)),
        Value::Dump(octets) => text::hex(octets),
    }
}

fn shown_list(texts: &[String]) -> String {
    let more = texts.len().saturating_sub(SHOWN_TEXTS);
    let shown = texts.iter().take(SHOWN_TEXTS).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// The fields for programs.
pub fn json(report: &InspectReport) -> Map<String, Json> {
    let field = |(name, text): (&str, String)| (name.to_owned(), serde_json::from_str(&text).unwrap_or_default());
    written(report).into_iter().map(field).collect()
}

/// The same, as JSON each. They are written at once, because building them first takes most of the time of `inspect`.
pub fn written(report: &InspectReport) -> Vec<(&'static str, String)> {
    let mut tree = String::with_capacity(2048);
    write_node(&mut tree, &report.tree);
    let mut protection = String::new();
    write_list(&mut protection, &report.protection, |out, row| {
        out.push_str("{\"what\":");
        json::write_text(out, &row.what);
        for (name, who) in [(",\"signed_by\":", &row.signed_by), (",\"encrypted_for\":", &row.encrypted_for)] {
            out.push_str(name);
            write_list(out, who, |out, one| json::write_text(out, one));
        }
        out.push('}');
    });
    let Sizes { total, head, certificates, content } = report.sizes;
    let rest = report.sizes.rest();
    let sizes = format!(
        "{{\"total\":{total},\"head\":{head},\"certificates\":{certificates},\"content\":{content},\"rest\":{rest},\"limit\":{LIMIT}}}"
    );
    let mut findings = String::new();
    write_list(&mut findings, &report.findings, json::write_finding);
    vec![("tree", tree), ("protection", protection), ("sizes", sizes), ("findings", findings)]
}

fn write_node(out: &mut String, node: &Node) {
    out.push_str("{\"node\":");
    json::write_text(out, node.kind);
    out.push_str(",\"title\":");
    json::write_text(out, &node.title);
    out.push_str(",\"part\":");
    match &node.part {
        Some(part) => json::write_text(out, part),
        None => out.push_str("null"),
    }
    let octets = node.octets.map_or_else(|| "null".to_owned(), |span| format!("[{},{}]", span.start, span.end));
    let size = node.size.map_or_else(|| "null".to_owned(), |size| size.to_string());
    out.extend([",\"octets\":", &octets, ",\"size\":", &size, ",\"facts\":"]);
    write_list(out, &node.facts, |out, fact| {
        out.push_str("{\"name\":");
        json::write_text(out, fact.name);
        out.push_str(",\"value\":");
        write_value(out, &fact.value);
        out.push('}');
    });
    let error = node.error.as_deref().map_or(Json::Null, json::error).to_string();
    out.extend([",\"error\":", &error, ",\"children\":"]);
    write_list(out, &node.children, write_node);
    out.push('}');
}

/// Octets that are no text are base64.
fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => json::write_text(out, text),
        Value::Octets(octets) => match str::from_utf8(octets) {
            Ok(text) => json::write_text(out, text),
            Err(_) => out.extend(["{\"base64\":\"", &json::base64(octets), "\"}"]),
        },
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Time(seconds) => json::write_text(out, &text::time(*seconds)),
        Value::List(texts) => write_list(out, texts, |out, text| json::write_text(out, text)),
        Value::Dump(octets) => out.extend(["{\"base64\":\"", &json::base64(octets), "\"}"]),
    }
}

fn write_list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    let mut separator = "[";
    for item in items {
        out.push_str(separator);
        write(out, item);
        separator = ",";
    }
    out.push_str(if items.is_empty() { "[]" } else { "]" });
}

/// RFC 3428 section 8: a MESSAGE outside of a session has at most so many octets, unless the transport is known to control
/// congestion.
pub const LIMIT: usize = 1300;

/// How many characters of a value are shown to people.
const SHOWN: usize = 200;
/// How many texts of a list are shown to people.
const SHOWN_TEXTS: usize = 8;
