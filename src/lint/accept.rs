//! What a message says its sender can read (RFC 8591 sections 6, 7.2 and 8.3): rules about it, and how to say it.

use crate::error::{Condition, Error};
use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule};
use crate::message::RawMessage;
use crate::mime::content_type::ContentType;
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "ACCEPT-NO-PKCS7-SIGNATURE",
        level: Level::Should,
        source: spec::ACCEPT_SMIME,
        fix: "add application/pkcs7-signature to Accept",
        checks: &[Check::Message(no_signature_type)],
    },
    Rule {
        code: "ACCEPT-SMIME",
        level: Level::Observation,
        source: spec::ACCEPT_UNRELIABLE,
        fix: "do not rely on it: behind a proxy that forks, another device may answer",
        checks: &[Check::Message(capability)],
    },
    Rule {
        code: "SDP-NO-SMIME-TYPE",
        level: Level::Observation,
        source: spec::SDP_ACCEPT_TYPES,
        fix: "name application/pkcs7-mime in a=accept-types: a wildcard does not say that it can be read",
        checks: &[Check::Leaf(sdp_without_smime)],
    },
];

/// The Accept field of who reads these kinds of S/MIME: smime-types, `clear-signed` for detached signatures, or `all`.
///
/// # Errors
/// `usage` about a kind that there is not.
pub fn accept_field(kinds: &[&str]) -> Result<String, Error> {
    let mut types: Vec<String> = Vec::new();
    for kind in kinds {
        let named: &[&str] = match *kind {
            "all" => &["application/pkcs7-mime", CLEAR_SIGNED, SIGNATURE],
            "clear-signed" => &[CLEAR_SIGNED, SIGNATURE],
            kind if KINDS.contains(&kind) => &[],
            other => {
                let error = Error::new(Condition::Usage).detail(format!("{other} is no kind of S/MIME"));
                return Err(error.hinting(format!("there are all, clear-signed, {}", KINDS.join(", "))));
            }
        };
        let object = format!("application/pkcs7-mime;smime-type={kind}");
        let own = named.is_empty().then_some(object.as_str());
        for one in named.iter().copied().chain(own) {
            if !types.iter().any(|known| known == one) {
                types.push(one.to_owned());
            }
        }
    }
    Ok(format!("Accept: {}\r\n", types.join(", ")))
}

const CLEAR_SIGNED: &str = "multipart/signed";
const SIGNATURE: &str = "application/pkcs7-signature";
const KINDS: [&str; 5] = ["signed-data", "enveloped-data", "auth-enveloped-data", "compressed-data", "certs-only"];

/// The media types of all Accept fields, those that can be read.
fn accepted(message: &RawMessage<'_>) -> Vec<ContentType> {
    let types = |field: &Field<'_>| {
        let value = field.unfolded().into_owned();
        split_list(&value).filter_map(|one| ContentType::parse(one).ok()).collect::<Vec<_>>()
    };
    message.fields_named("Accept").flat_map(types).take(MAX_TYPES).collect()
}

/// The elements of a list, whose quoted strings may have commas.
fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value
        .split(move |octet| {
            let was_escaped = is_escaped;
            is_escaped = is_quoted && *octet == b'\\' && !was_escaped;
            is_quoted ^= *octet == b'"' && !was_escaped;
            *octet == b',' && !is_quoted
        })
        .map(|one| one.trim_ascii())
}

/// multipart/signed alone says nothing about S/MIME: its signature has a type of its own.
fn no_signature_type(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    let types = accepted(message);
    let has = |type_, subtype| types.iter().any(|one| one.is(type_, subtype));
    match has("multipart", "signed") && !has("application", "pkcs7-signature") {
        true => {
            vec![Broken::new("Accept has multipart/signed, but not the type of an S/MIME signature").within("Accept")]
        }
        false => Cases::new(),
    }
}

fn capability(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    if message.fields_named("Accept").next().is_none() {
        return Cases::new();
    }
    let types = accepted(message);
    let objects: Vec<&ContentType> = types.iter().filter(|one| one.is("application", "pkcs7-mime")).collect();
    let kinds: Vec<&str> = objects.iter().filter_map(|one| one.parameter("smime-type")).collect();
    let text = match (objects.len(), kinds.len()) {
        (0, _) if types.iter().any(|one| one.is("*", "*") || one.is("application", "*")) => {
            "the sender accepts everything, which does not say that it reads S/MIME".to_owned()
        }
        (0, _) => "the sender does not say that it reads application/pkcs7-mime".to_owned(),
        (all, some) if all > some => "the sender says that it reads every kind of application/pkcs7-mime".to_owned(),
        _ => format!("the sender says that it reads application/pkcs7-mime of these kinds alone: {}", kinds.join(", ")),
    };
    vec![Broken::new(text).within("Accept")]
}

/// Only recognised: an offer of MSRP that names no type of S/MIME.
fn sdp_without_smime(_: &Entity<'_>, octets: &[u8], context: &Context<'_>) -> Cases {
    let is_sdp = context.media_type.is_some_and(|media_type| media_type.is("application", "sdp"));
    if !is_sdp {
        return Cases::new();
    }
    let mut lines = octets.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
    let types = lines.find_map(|line| line.strip_prefix(b"a=accept-types:"));
    let Some(types) = types else { return Cases::new() };
    let has =
        types.split(u8::is_ascii_whitespace).any(|one| one.to_ascii_lowercase().starts_with(b"application/pkcs7-mime"));
    let text = match types.contains(&b'*') {
        true => "the offer of MSRP accepts everything, which does not say that S/MIME can be read",
        false => "the offer of MSRP does not say that S/MIME can be read",
    };
    if has { Cases::new() } else { vec![Broken::new(text).within("a=accept-types")] }
}

/// How many media types are looked at.
const MAX_TYPES: usize = 256;
