//! Rules about the content in the end: text, HTML and what refers to other bodies (RFC 8551 sections 3.1.1 and 6, RFC 5621
//! section 9, RFC 8591 section 12).

use crate::lint::context::Context;
use crate::lint::mime::bare_lf;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::mime::entity::Entity;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CANON-BARE-LF",
        level: Level::Must,
        source: spec::SMIME_CANONICAL,
        fix: "end each line in CR LF before signing",
        checks: &[Check::Leaf(signed_bare_lf)],
    },
    Rule {
        code: "EFAIL-HTML-FRAGMENT",
        level: Level::Must,
        source: spec::SMIME_HTML,
        fix: "send a whole HTML document, from its beginning to its end, in one part",
        checks: &[Check::Leaf(html_fragment)],
    },
    Rule {
        code: "CID-DANGLING",
        level: Level::Must,
        source: spec::CONTENT_ID,
        fix: "give the body that is meant this Content-ID, in the same message",
        checks: &[Check::Message(fields_dangling)],
    },
];

fn signed_bare_lf(entity: &Entity<'_>, _: &[u8], context: &Context<'_>) -> Cases {
    let line = Some(entity).filter(|_| context.site.is_signed).and_then(|entity| bare_lf(entity, context));
    let text = "a line of signed text ends in LF alone: whoever mends it breaks the signature";
    line.map(|line| Broken::new(text).at(line)).into_iter().collect()
}

/// What opens here and closes elsewhere could take what was decrypted with it.
fn html_fragment(_: &Entity<'_>, octets: &[u8], context: &Context<'_>) -> Cases {
    let is_html = context.media_type.is_some_and(|media_type| media_type.is("text", "html"));
    let is_asked = is_html && (context.site.is_signed || context.site.is_encrypted);
    when(is_asked && !is_document(octets), "the HTML is not a whole document")
}

fn is_document(octets: &[u8]) -> bool {
    let lower = octets.trim_ascii().to_ascii_lowercase();
    let begins = lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html");
    begins && lower.ends_with(b"</html>")
}

/// Header fields of the message that refer to a body by `cid:` (RFC 5621 section 9.3), and no body has that Content-ID. It is
/// not known what stands inside of what is encrypted.
fn fields_dangling(message: &crate::message::RawMessage<'_>, _: &Context<'_>) -> Cases {
    let body = message.sip().map(|sip| sip.body.octets()).unwrap_or_default();
    let mut cases = Cases::new();
    for field in message.fields().iter().filter(|field| REFERRING.iter().any(|name| field.sip_name_is(name))) {
        let value = field.unfolded();
        for at in memchr::memmem::find_iter(&value, b"cid:").take(MAX_REFERENCES) {
            let reference = value.get(at.saturating_add(4)..).unwrap_or_default();
            let end = reference.iter().position(|octet| b" \t>;,\"".contains(octet)).unwrap_or(reference.len());
            let reference = reference.get(..end).unwrap_or_default();
            if !reference.is_empty() && memchr::memmem::find(body, reference).is_none() {
                let text = format!("no body has the Content-ID {}", crate::report::text::octets(reference));
                cases.push(Broken::new(text).at(field.whole.span()));
            }
        }
    }
    cases
}

/// Header fields that may point to a body.
const REFERRING: [&str; 8] = [
    "Call-Info",
    "Alert-Info",
    "Error-Info",
    "Refer-To",
    "Geolocation",
    "Replaces",
    "Content-Target",
    "Policy-Contact",
];
const MAX_REFERENCES: usize = 64;
