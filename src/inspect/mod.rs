//! Inspect: a walk over every layer of a message, with or without keys (RFC 3261 section 7, RFC 2045, RFC 8551, RFC 5652).
//!
//! What is seen becomes a tree of nodes. A layer that cannot be read is a node with the error, not a stop: what stands
//! beside and around it is shown all the same. Nothing here is a verdict: who signed, and for whom something is encrypted, is what
//! the message says.

use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::cms::recipient::{Identity, PasswordBudget};
use crate::error::{Condition, Error};
use crate::inspect::subject::{Observer, Site, Subject};
use crate::message::{Form, RawMessage};
use crate::mime::content_type::ContentType;
use crate::mime::entity::Entity;
use crate::mime::field::{Field, LineRule};
use crate::mime::multipart::{MAX_NESTING, Multipart};
use crate::mime::transfer::TransferEncoding;
use crate::octets::{Slice, Span};
use crate::report::Finding;
use crate::report::tree::{InspectReport, Node, Protection, Sizes, Value};
use crate::smime::open::MAX_LAYERS;
use crate::smime::sign::size_finding_saying;
use crate::smime::{Layer, peel, peel_cms};
use crate::spec;

mod certificate;
mod inner;
mod objects;
mod opening;
pub mod subject;

/// What opens encrypted layers.
pub struct Opener<'o> {
    /// As whom they are opened, in the order in which it is tried.
    pub identities: &'o [&'o dyn Identity],
    /// Where chance comes from, which hides what a wrong key gives.
    pub rng: &'o mut dyn CryptoRng,
}

/// Looks at one message, which stands somewhere in an input. `observer` sees all that the walk meets.
pub fn inspect(
    octets: Slice<'_>,
    form: Option<Form>,
    opener: Option<Opener<'_>>,
    observer: &mut dyn Observer,
) -> InspectReport {
    let mut walk = Walk {
        observer,
        opener,
        passwords: PasswordBudget::default(),
        is_trial: false,
        protection: Vec::new(),
        sizes: Sizes::default(),
        inflation: crate::cms::compressed::MAX_OCTETS,
        nodes: 0,
    };
    let tree = walk.message(octets, form);
    walk.sizes.total = octets.len();
    walk.see(&Subject::End, &Place::default(), None);
    InspectReport { tree, protection: walk.protection, sizes: walk.sizes, findings: Vec::new() }
}

/// What is found on the way.
struct Walk<'w, 'o> {
    observer: &'w mut dyn Observer,
    opener: Option<Opener<'o>>,
    /// What passwords may still cost.
    passwords: PasswordBudget,
    /// Whether this walk only asks if something can be read to its end.
    is_trial: bool,
    protection: Vec<Protection>,
    sizes: Sizes,
    /// How many octets may still come out of compressed layers.
    inflation: usize,
    nodes: usize,
}

/// Where in a message the walk is.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The number of the part; empty for the body itself.
    part: String,
    signed_by: Vec<String>,
    encrypted_for: Vec<String>,
    is_signed: bool,
    is_encrypted: bool,
    layers: usize,
    multiparts: usize,
    /// Whether the octets were decoded, so that positions in them are none in the input.
    is_decoded: bool,
}

impl Place {
    /// One layer of S/MIME further in.
    fn inside(&self) -> Self {
        Place { layers: self.layers.saturating_add(1), ..self.clone() }
    }

    fn part(&self, number: usize) -> Self {
        let part = if self.part.is_empty() { number.to_string() } else { format!("{}.{number}", self.part) };
        Place { part, multiparts: self.multiparts.saturating_add(1), ..self.clone() }
    }

    fn name(&self) -> String {
        if self.part.is_empty() { "the body".to_owned() } else { format!("part {}", self.part) }
    }
}

impl Walk<'_, '_> {
    fn message(&mut self, octets: Slice<'_>, form: Option<Form>) -> Node {
        let message = match RawMessage::parse_at(octets, form) {
            Ok(message) => message,
            Err(error) => {
                let mut node = Node { size: Some(octets.len()), ..Node::new("message", "?") };
                self.fail(&mut node, error, &Place::default());
                return node;
            }
        };
        let mut node = head(&message, false);
        node.octets = Some(message.octets().span());
        node.size = Some(message.octets().len());
        let place = Place::default();
        self.see(&Subject::Message(&message), &place, node.octets);
        let size = size_finding_saying(
            message.method(),
            message.octets().len(),
            "the byte budget of inspect says what takes them",
        );
        self.found(message.findings().iter().chain(&size), &place, node.octets);
        if let Some(sip) = message.sip() {
            self.sizes.head = message.octets().len().saturating_sub(sip.body.len());
            self.protect("the header fields".into(), &place, &[]);
            if sip.body.is_empty() {
                return node;
            }
        }
        match (message.cms(), message.form()) {
            (Some(cms), form) => {
                let start = (form == Form::Der).then(|| message.octets().span().start);
                let layer =
                    peel_cms(cms, start, None).map(|layer| (layer, Place { is_decoded: start.is_none(), ..place }));
                match layer {
                    Ok((layer, place)) => node.children.extend(self.layer(layer, &place)),
                    Err(error) => self.fail(&mut node, error, &Place::default()),
                }
            }
            _ => match message.entity() {
                Ok(entity) => node.children.push(self.entity(&entity, &place)),
                Err(error) => self.fail(&mut node, error, &place),
            },
        }
        node
    }

    fn entity(&mut self, entity: &Entity<'_>, place: &Place) -> Node {
        self.nodes = self.nodes.saturating_add(1);
        let mut node = Node { part: Some(place.part.clone()), ..Node::new("entity", "text/plain, by default") };
        node.size = Some(entity.body().len());
        node.octets = (!place.is_decoded).then(|| entity.octets().unwrap_or(entity.body()).span());
        self.see(&Subject::Entity(entity), place, node.octets);
        if let Err(error) = describe(entity, &mut node) {
            self.fail(&mut node, error, place);
        }
        let depth = place.layers.max(place.multiparts);
        if self.nodes > MAX_NODES || place.layers > MAX_LAYERS || depth > MAX_NESTING {
            let deep = Error::new(Condition::LimitNesting).detail("what is deeper is not shown");
            self.fail(&mut node, deep, place);
            return node;
        }
        match peel(entity) {
            Ok(Layer::Plain) => self.leaf(entity, place, &mut node),
            Ok(layer) => {
                if let Layer::Multipart(multipart) = &layer {
                    self.see(&Subject::Multipart(entity, multipart), place, node.octets);
                }
                node.children.extend(self.layer(layer, place));
            }
            Err(error) => {
                self.protect(place.name(), place, &[]);
                self.sizes.content = self.sizes.content.saturating_add(entity.body().len());
                // It was said already if a header field is the reason.
                if node.error.is_none() {
                    self.fail(&mut node, error, place);
                }
                // A multipart/signed that is none may have parts all the same.
                if let Ok(multipart) = Multipart::parse(entity) {
                    node.children.extend(self.parts(&multipart, place));
                }
            }
        }
        node
    }

    /// What has no further layer: shown, and counted as content.
    fn leaf(&mut self, entity: &Entity<'_>, place: &Place, node: &mut Node) {
        let decoded = entity.decoded_body();
        let octets = decoded.as_deref().unwrap_or_default();
        self.see(&Subject::Leaf(entity, octets), place, node.octets);
        let media_type = entity.content_type().ok().flatten();
        if let Some(inner) = self.inner(entity, octets, place) {
            node.children.push(inner);
            return;
        }
        // An object under another label is found by how it begins (RFC 4475 section 3.1.1.11).
        if Form::recognise(octets) == Some(Form::Der) && place.layers <= MAX_LAYERS {
            let start = matches!(decoded, Ok(Cow::Borrowed(_))).then(|| entity.body().span().start);
            let start = start.filter(|_| !place.is_decoded);
            if let Ok(layer) = peel_cms(octets, start, None) {
                let place = Place { is_decoded: start.is_none(), ..place.clone() };
                self.found([&unlabelled(media_type.as_ref())], &place, node.octets);
                node.children.extend(self.layer(layer, &place));
                return;
            }
        }
        self.protect(format!("{}, {}", place.name(), node.title), place, &[]);
        self.sizes.content = self.sizes.content.saturating_add(entity.body().len());
        match &decoded {
            Err(error) if node.error.is_none() => self.fail(node, error.clone(), place),
            _ if media_type.is_none_or(|media_type| media_type.is_text()) => {
                node.fact("text", octets.get(..PREVIEW).unwrap_or(octets));
            }
            _ if !octets.is_empty() => {
                node.detail("first-octets", Value::Dump(octets.get(..DUMP).unwrap_or(octets).to_vec()));
            }
            _ => {}
        }
    }

    fn layer(&mut self, layer: Layer<'_>, place: &Place) -> Vec<Node> {
        match layer {
            Layer::Plain => Vec::new(),
            Layer::Multipart(multipart) => self.parts(&multipart, place),
            Layer::Signed(signed) => vec![self.signed(&signed, place)],
            Layer::Encrypted(encrypted) => vec![self.encrypted(&encrypted, place)],
            Layer::Compressed(compressed) => vec![self.compressed(&compressed, place)],
        }
    }

    fn parts(&mut self, multipart: &Multipart<'_>, place: &Place) -> Vec<Node> {
        let mut nodes = Vec::new();
        for (index, part) in multipart.parts().iter().enumerate() {
            let place = place.part(index.saturating_add(1));
            nodes.push(match part.entity() {
                Ok(entity) => self.entity(&entity, &place),
                Err(error) => {
                    let mut node = Node::new("entity", "?");
                    node.part = Some(place.part.clone());
                    node.size = Some(part.octets.len());
                    self.fail(&mut node, error, &place);
                    node
                }
            });
        }
        nodes
    }

    /// The content of a layer: an entity, an object without one around it, or octets.
    fn content(&mut self, octets: Slice<'_>, place: &Place) -> Node {
        if let Ok(entity) = Entity::parse(octets, LineRule::CrLfOrLf) {
            return self.entity(&entity, place);
        }
        if Form::recognise(octets.octets()) == Some(Form::Der)
            && place.layers <= MAX_LAYERS
            && let Ok(layer) = peel_cms(octets.octets(), (!place.is_decoded).then(|| octets.span().start), None)
        {
            let node = Node { size: Some(octets.len()), ..Node::new("content", "a CMS object") };
            return Node { children: self.layer(layer, place), ..node };
        }
        self.protect(format!("{}, no MIME entity", place.name()), place, &[]);
        self.sizes.content = self.sizes.content.saturating_add(octets.len());
        let mut node = Node { size: Some(octets.len()), ..Node::new("content", "no MIME entity") };
        node.detail("first-octets", Value::Dump(octets.take(DUMP).octets().to_vec()));
        node
    }

    /// Adds what is one of many, while there is room: a node takes more room than what it shows.
    fn add(&mut self, node: &mut Node, place: &Place, child: impl FnOnce() -> Node) {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes <= MAX_NODES {
            node.children.push(child());
        } else if node.error.is_none() {
            let more = format!("more than {MAX_NODES} things in one message are not shown");
            self.fail(node, Error::new(Condition::LimitCount).detail(more), place);
        }
    }

    /// What cannot be read is a node with the reason.
    fn fail(&mut self, node: &mut Node, error: Error, place: &Place) {
        let error = if place.is_decoded { error.without_octets() } else { error };
        let octets = error.place().octets;
        self.see(&Subject::Failed(&error), place, octets);
        node.error = Some(Box::new(error));
    }

    fn found<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>, place: &Place, octets: Option<Span>) {
        for finding in findings {
            self.see(&Subject::Found(finding), place, octets);
        }
    }

    fn see(&mut self, subject: &Subject<'_>, place: &Place, octets: Option<Span>) {
        let site = Site {
            part: &place.part,
            octets,
            is_decoded: place.is_decoded,
            is_signed: place.is_signed,
            is_encrypted: place.is_encrypted,
        };
        self.observer.see(subject, &site);
    }

    fn protect(&mut self, what: String, place: &Place, encrypted_for: &[String]) {
        let signed_by = place.signed_by.clone();
        let encrypted_for = if encrypted_for.is_empty() { place.encrypted_for.clone() } else { encrypted_for.to_vec() };
        self.protection.push(Protection { what, signed_by, encrypted_for });
    }
}

/// A CMS object that is labelled as something else.
fn unlabelled(media_type: Option<&ContentType>) -> Finding {
    let label = media_type
        .map_or_else(|| "nothing".to_owned(), |media_type| format!("{}/{}", media_type.type_, media_type.subtype));
    let text = format!("the body is a CMS object and is labelled as {label}");
    Finding::warning("CMS-UNLABELLED", spec::SMIME_TYPES, text)
}

/// The start line, and every header field.
fn head(message: &RawMessage<'_>, is_decoded: bool) -> Node {
    let kind = match message.form() {
        Form::Sip if message.is_request() => "request",
        Form::Sip => "response",
        _ => "input",
    };
    let title = match message.start_line() {
        Some(line) => crate::report::text::octets(line.octets()),
        None => message.form().name().to_owned(),
    };
    let mut node = Node::new(kind, title);
    node.children.extend(message.fields().iter().map(|field| field_node(field, is_decoded)));
    node
}

fn field_node(field: &Field<'_>, is_decoded: bool) -> Node {
    let name = String::from_utf8_lossy(field.sip_name()).into_owned();
    let is_detail = !SHOWN_FIELDS.iter().any(|shown| shown.eq_ignore_ascii_case(&name));
    let octets = (!is_decoded).then(|| field.whole.span());
    let mut node = Node { octets, is_detail, ..Node::new("field", name) };
    node.fact("value", &*field.unfolded());
    node
}

/// What the header fields of an entity say.
fn describe(entity: &Entity<'_>, node: &mut Node) -> Result<(), Error> {
    if let Some(content_type) = entity.content_type()? {
        node.title = format!("{}/{}", content_type.type_, content_type.subtype);
        for parameter in &content_type.parameters {
            let text = format!("{}={}", parameter.name, parameter.value);
            match parameter.name.as_str() {
                "boundary" => node.detail("parameter", text),
                _ => node.fact("parameter", text),
            }
        }
    }
    let encoding = entity.transfer_encoding(TransferEncoding::Binary)?;
    if !encoding.is_identity() {
        node.fact("transfer-encoding", encoding.name());
    }
    if let Some(field) = entity.field("Content-Disposition")? {
        node.detail("disposition", &*field.unfolded());
    }
    for name in ["Content-ID", "Content-Encoding", "Content-Target"] {
        if let Some(field) = entity.field(name)? {
            node.fact("field", format!("{name}: {}", crate::report::text::octets(&field.unfolded())));
        }
    }
    Ok(())
}

/// Header fields that say who speaks to whom, when, and what about.
const SHOWN_FIELDS: [&str; 9] =
    ["From", "To", "Date", "P-Asserted-Identity", "Accept", "Content-Type", "Identity", "Event", "Subject"];

/// How many octets of a text are shown.
const PREVIEW: usize = 80;
/// How many octets of what is no text are shown.
const DUMP: usize = 256;
/// How many entities, signers, recipients and certificates are shown.
const MAX_NODES: usize = 8192;
