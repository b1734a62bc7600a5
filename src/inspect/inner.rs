//! A message in a message: the one that is sent, and the one that is meant (RFC 3261 section 23.4, RFC 3420, RFC 3893).

use std::borrow::Cow;

use crate::inspect::subject::{InnerKind, Subject};
use crate::inspect::{Place, Walk, field_node, head};
use crate::message::{Form, RawMessage, sip};
use crate::mime::entity::Entity;
use crate::mime::field::LineRule;
use crate::octets::Slice;
use crate::report::tree::Node;

impl Walk<'_, '_> {
    /// The node of a body that is a message or a part of one; `None` if it is neither, or cannot be read.
    pub(super) fn inner(&mut self, entity: &Entity<'_>, octets: &[u8], place: &Place) -> Option<Node> {
        let media_type = entity.content_type().ok().flatten()?;
        if media_type.is("message", "cpim") {
            return Some(self.cpim(entity, octets, place));
        }
        let is_message = media_type.is("message", "sip");
        if !is_message && !media_type.is("message", "sipfrag") {
            return None;
        }
        let disposition = entity.disposition().ok().flatten();
        let is_identity_body = disposition.is_some_and(|disposition| disposition.type_.eq_ignore_ascii_case("aib"));
        let is_as_it_stands = std::ptr::eq(octets, entity.body().octets());
        let start = if is_as_it_stands { entity.body().span().start } else { 0 };
        let place = Place { is_decoded: place.is_decoded || !is_as_it_stands, ..place.inside() };
        let kind = InnerKind { is_fragment: !is_message, is_identity_body };
        if is_message || sip::begins_message(Slice::new(octets)) {
            let message = RawMessage::parse_at(Slice::at(octets, start), Some(Form::Sip));
            let message = match message {
                Ok(message) => message,
                // A fragment may end anywhere.
                Err(_) if !is_message => return Some(self.fragment(octets, start, &place, kind)),
                Err(error) => {
                    let mut node = Node::new("request", "?");
                    self.fail(&mut node, error, &place);
                    return Some(node);
                }
            };
            let mut node = head(&message, place.is_decoded);
            node.octets = (!place.is_decoded).then(|| message.octets().span());
            self.see(&Subject::Inner(message.fields(), kind), &place, node.octets);
            if message.sip().is_some_and(|sip| !sip.body.is_empty()) {
                match message.entity() {
                    Ok(entity) => node.children.push(self.entity(&entity, &place.part(1))),
                    Err(error) => self.fail(&mut node, error, &place),
                }
            }
            return Some(node);
        }
        Some(self.fragment(octets, start, &place, kind))
    }

    /// A CPIM message: header fields, an empty line, and an entity with header fields of its own (RFC 3862 section 2).
    fn cpim(&mut self, entity: &Entity<'_>, octets: &[u8], place: &Place) -> Node {
        let mut node = Node::new("cpim", "a message of common presence and instant messaging");
        let is_as_it_stands = std::ptr::eq(octets, entity.body().octets());
        let start = if is_as_it_stands { entity.body().span().start } else { 0 };
        let place = Place { is_decoded: place.is_decoded || !is_as_it_stands, ..place.inside() };
        let whole = Slice::at(octets, start);
        node.octets = (!place.is_decoded).then(|| whole.span());
        let head = match Entity::parse(whole, LineRule::CrLf) {
            Ok(head) => head,
            Err(error) => {
                self.fail(&mut node, error, &place);
                return node;
            }
        };
        for field in head.fields() {
            let child = Node { is_detail: false, ..field_node(field, place.is_decoded) };
            self.add(&mut node, &place, || child);
        }
        let content = Entity::parse(head.body(), LineRule::CrLf);
        self.see(&Subject::Cpim(head.fields(), content.as_ref().ok()), &place, node.octets);
        match content {
            Ok(content) => node.children.push(self.entity(&content, &place.part(1))),
            Err(error) => self.fail(&mut node, error, &place),
        }
        node
    }

    /// Header fields without a start line, or without the empty line at their end (RFC 3420 section 2).
    fn fragment(&mut self, octets: &[u8], start: usize, place: &Place, kind: InnerKind) -> Node {
        let without_start_line = match sip::begins_message(Slice::new(octets)) {
            true => Slice::at(octets, start).lines().next().map_or(0, |line| line.span().len()),
            false => 0,
        };
        let rest = Slice::at(octets, start).skip(without_start_line);
        let whole = match rest.find(b"\r\n\r\n") {
            Some(_) => Cow::Borrowed(rest.octets()),
            None => Cow::Owned([rest.octets(), b"\r\n\r\n"].concat()),
        };
        let mut node = Node::new("fragment", "a part of a message");
        node.octets = (!place.is_decoded).then(|| Slice::at(octets, start).span());
        match Entity::parse(Slice::at(&whole, rest.span().start), LineRule::Sip) {
            Ok(found) => {
                self.see(&Subject::Inner(found.fields(), kind), place, node.octets);
                node.children.extend(found.fields().iter().map(|field| field_node(field, place.is_decoded)));
            }
            Err(error) => self.fail(&mut node, error, place),
        }
        node
    }
}
