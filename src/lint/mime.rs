//! Rules about MIME entities and multiparts (RFC 2045, RFC 2046, RFC 1847, RFC 5621, RFC 8551 section 3).

use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::mime::content_type::{ContentType, Disposition};
use crate::mime::entity::Entity;
use crate::mime::multipart::Multipart;
use crate::mime::transfer::TransferEncoding;
use crate::octets::LineEnding;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "SMIMETYPE-MISSING",
        level: Level::Should,
        source: spec::SMIME_TYPE_PARAMETER,
        fix: "add smime-type to Content-Type",
        checks: &[Check::Entity(no_smime_type)],
    },
    Rule {
        code: "SMIMETYPE-UNUSUAL",
        level: Level::Observation,
        source: spec::SMIME_TYPES,
        fix: "leave it out: readers that never heard of it may refuse the object",
        checks: &[Check::Entity(type_x_pkcs7)],
    },
    Rule {
        code: "MULTIPART-EARLY-CLOSE",
        level: Level::Must,
        source: spec::MIME_MULTIPART,
        fix: "between two parts the delimiter has no hyphens at its end",
        checks: &[Check::Entity(early_close)],
    },
    Rule {
        code: "MULTIPART-TEXT-OUTSIDE",
        level: Level::Observation,
        source: spec::MIME_MULTIPART,
        fix: "put it into a part: it is no part of the message",
        checks: &[Check::Multipart(outside_text)],
    },
    Rule {
        code: "CTE-BINARY",
        level: Level::Observation,
        source: spec::MIME_TRANSFER_ENCODING,
        fix: "",
        checks: &[Check::Entity(binary_object)],
    },
    Rule {
        code: "HANDLING-INCONSISTENT",
        level: Level::Observation,
        source: spec::HANDLING,
        fix: "say what the multipart as a whole is: required if it is needed, else optional",
        checks: &[Check::Multipart(handling)],
    },
    Rule {
        code: "CT-TARGET-BARE-HOST",
        level: Level::Must,
        source: spec::CONTENT_TARGET,
        fix: "write it as <sip:host>",
        checks: &[Check::Entity(bare_host)],
    },
    Rule {
        code: "CT-TARGET-UNSIGNED",
        level: Level::Should,
        source: spec::CONTENT_TARGET_SIGNED,
        fix: "put it into the header of the signed part, or sign once more around it",
        checks: &[Check::Entity(unsigned_target)],
    },
    Rule {
        code: "INNER-CONTENT-LENGTH",
        level: Level::Observation,
        source: spec::MIME_PART_FIELDS,
        fix: "leave it out: only delimiters end a part",
        checks: &[Check::Entity(inner_length)],
    },
];

fn is_object(media_type: &ContentType) -> bool {
    media_type.is("application", "pkcs7-mime") || media_type.is("application", "x-pkcs7-mime")
}

fn no_smime_type(_: &Entity<'_>, context: &Context<'_>) -> Cases {
    let is_broken = context.media_type.is_some_and(|found| is_object(found) && found.parameter("smime-type").is_none());
    when(is_broken, "application/pkcs7-mime without smime-type does not say what kind of object it is")
}

fn type_x_pkcs7(_: &Entity<'_>, context: &Context<'_>) -> Cases {
    let found = context.media_type.filter(|found| found.type_.eq_ignore_ascii_case("application"));
    let is_broken = found.is_some_and(|found| found.subtype.to_ascii_lowercase().starts_with("x-pkcs7-"));
    when(is_broken, "application/x-pkcs7-... is the name from before RFC 2311")
}

/// TRAP-17: a closing delimiter where parts follow.
fn early_close(entity: &Entity<'_>, context: &Context<'_>) -> Cases {
    if !context.media_type.is_some_and(|found| found.is_multipart()) {
        return Cases::new();
    }
    let found = Multipart::parse(entity).ok().and_then(|multipart| multipart.early_close());
    let text = "a delimiter follows the closing one: what stands after that is no part";
    found.map(|line| Broken::new(text).at(line)).into_iter().collect()
}

fn outside_text(_: &Entity<'_>, multipart: &Multipart<'_>, _: &Context<'_>) -> Cases {
    let is_broken = multipart.has_outside_text() && multipart.early_close().is_none();
    when(is_broken, "text stands before the first or after the last delimiter")
}

fn binary_object(entity: &Entity<'_>, context: &Context<'_>) -> Cases {
    let encoding = entity.transfer_encoding(TransferEncoding::Binary);
    let is_broken = context.media_type.is_some_and(is_object) && encoding == Ok(TransferEncoding::Binary);
    when(is_broken, "the object is carried as it is, without base64, as RFC 3853 asks")
}

fn required(entity: &Entity<'_>) -> Option<bool> {
    let disposition = entity.disposition().ok().flatten()?;
    disposition.handling().map(|handling| handling.eq_ignore_ascii_case("required"))
}

/// RFC 5621 section 8.2: what is said of the whole is not said of each part.
fn handling(entity: &Entity<'_>, multipart: &Multipart<'_>, _: &Context<'_>) -> Cases {
    let parts = multipart.parts().iter().filter_map(|part| required(&part.entity().ok()?));
    let needs_part = parts.into_iter().any(|is_required| is_required);
    let is_broken = needs_part && required(entity) == Some(false);
    when(is_broken, "a part is required, and the multipart around it is optional")
}

/// TRAP-18: the grammar wants a name-addr or an addr-spec.
fn bare_host(entity: &Entity<'_>, _: &Context<'_>) -> Cases {
    let Ok(Some(field)) = entity.field("Content-Target") else { return Cases::new() };
    let value = field.unfolded();
    let address = value.split(|octet| *octet == b';').next().unwrap_or_default();
    match address.contains(&b':') {
        true => Cases::new(),
        false => vec![Broken::new("Content-Target is a host alone and no URI").at(field.whole.span())],
    }
}

/// TRAP-19: a label on the signature is not signed.
fn unsigned_target(entity: &Entity<'_>, context: &Context<'_>) -> Cases {
    if !context.media_type.is_some_and(|found| found.is("multipart", "signed")) {
        return Cases::new();
    }
    let Ok(multipart) = Multipart::parse(entity) else { return Cases::new() };
    let text = "Content-Target stands on the signature, which does not cover it: anybody can change it";
    // The examples of the draft close the multipart before the signature.
    let mut outside = multipart.epilogue().lines().filter(|_| multipart.early_close().is_some());
    if let Some(line) = outside.find(|line| line.text.octets().to_ascii_lowercase().starts_with(b"content-target:")) {
        return vec![Broken::new(text).at(line.span())];
    }
    let field =
        |signature: Entity<'_>| signature.field("Content-Target").ok().flatten().map(|field| field.whole.span());
    let span = multipart.parts().get(1).and_then(|part| part.entity().ok()).and_then(field);
    span.map(|span| Broken::new(text).at(span)).into_iter().collect()
}

/// TRAP-20.
fn inner_length(entity: &Entity<'_>, _: &Context<'_>) -> Cases {
    let field = entity.field("Content-Length").ok().flatten().filter(|_| !entity.is_in_sip());
    field
        .map(|field| Broken::new("a part has a Content-Length, which nobody reads").at(field.whole.span()))
        .into_iter()
        .collect()
}

/// Lines that end in LF alone in text that is signed as it stands (RFC 8551 section 3.1.1).
pub(super) fn bare_lf(entity: &Entity<'_>, context: &Context<'_>) -> Option<crate::octets::Span> {
    let is_text = context.media_type.is_none_or(|found| found.is_text());
    let is_as_it_is = entity.transfer_encoding(TransferEncoding::SevenBit).is_ok_and(|encoding| encoding.is_identity());
    let mut lines = entity.body().lines();
    let line = lines.find(|line| line.ending == LineEnding::Lf).filter(|_| is_text && is_as_it_is)?;
    Some(line.span())
}

/// Whether a disposition says that what it is on may be passed over.
pub(super) fn is_optional(disposition: Option<&Disposition>) -> bool {
    disposition.and_then(Disposition::handling).is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
}
