//! Rules about a message in a message: tunnels, fragments and Authenticated Identity Bodies (RFC 3261 section 23.4, RFC 3420,
//! RFC 3893).

use crate::inspect::subject::InnerKind;
use crate::lint::context::{Context, KnownField, known_field};
use crate::lint::mime::is_optional;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::report::text;
use crate::spec;
use crate::uri::{Address, addresses};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "TUNNEL-MINIMUM",
        level: Level::Should,
        source: spec::TUNNEL_FIELDS,
        fix: "copy at least To, From, Call-ID and CSeq into the inner message",
        checks: &[Check::Inner(minimum)],
    },
    Rule {
        code: "TUNNEL-OVER-UDP",
        level: Level::Should,
        source: spec::TUNNEL_TRANSPORT,
        fix: "send it over TCP or TLS",
        checks: &[Check::Inner(over_udp)],
    },
    Rule {
        code: "DATE-INNER-OUTER",
        level: Level::Must,
        source: spec::TUNNEL_DATE,
        fix: "the message was changed, or its Date was set twice: do not accept it",
        checks: &[Check::Inner(date)],
    },
    Rule {
        code: "HDR-MISMATCH",
        level: Level::Must,
        source: spec::TUNNEL_COMPARISON,
        fix: "the outer header field was changed on the way: do not rely on it",
        checks: &[Check::Inner(mismatch)],
    },
    Rule {
        code: "HDR-DISPLAYNAME",
        level: Level::Observation,
        source: spec::TUNNEL_COMPARISON,
        fix: "show the display name of the inner message",
        checks: &[Check::Inner(display_name)],
    },
    Rule {
        code: "HDR-UNKNOWN-MISMATCH",
        level: Level::Observation,
        source: spec::TUNNEL_UNKNOWN,
        fix: "rely on neither",
        checks: &[Check::Inner(unknown_mismatch)],
    },
    Rule {
        code: "HDR-IGNORED",
        level: Level::Should,
        source: spec::TUNNEL_CONFIDENTIAL,
        fix: "write it outside, where it is read",
        checks: &[Check::Inner(ignored)],
    },
    Rule {
        code: "AIB-MISSING",
        level: Level::Must,
        source: spec::AIB_FIELDS,
        fix: "copy the header field into the Authenticated Identity Body",
        checks: &[Check::Inner(identity_body_fields)],
    },
    Rule {
        code: "AIB-MESSAGE-NO-CONTACT",
        level: Level::Observation,
        source: spec::AIB_FIELDS,
        fix: "sign a fragment with the Date instead: a MESSAGE may not have the Contact that the body must have",
        checks: &[Check::Inner(identity_body_of_message)],
    },
    Rule {
        code: "AIB-MISMATCH",
        level: Level::Must,
        source: spec::AIB_COMPARISON,
        fix: "it belongs to another message: do not accept it",
        checks: &[Check::Inner(identity_body_mismatch)],
    },
    Rule {
        code: "AIB-UNSIGNED",
        level: Level::Must,
        source: spec::AIB_FIELDS,
        fix: "sign it: without a signature it says nothing",
        checks: &[Check::Inner(identity_body_unsigned)],
    },
    Rule {
        code: "AIB-HANDLING",
        level: Level::Must,
        source: spec::AIB_FIELDS,
        fix: "write Content-Disposition: aib; handling=optional",
        checks: &[Check::Entity(identity_body_handling)],
    },
];

fn has(fields: &[Field<'_>], name: &str) -> bool {
    fields.iter().any(|field| field.sip_name_is(name))
}

fn minimum(fields: &[Field<'_>], kind: InnerKind, _: &Context<'_>) -> Cases {
    let missing = ["To", "From", "Call-ID", "CSeq"].into_iter().filter(|name| !kind.is_fragment && !has(fields, name));
    missing.map(|name| Broken::new(format!("the inner message has no {name}"))).collect()
}

fn over_udp(_: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let via = context.known.value("via").unwrap_or_default().to_ascii_uppercase();
    let is_udp = via.split(u8::is_ascii_whitespace).next().is_some_and(|protocol| protocol.ends_with(b"/UDP"));
    when(is_udp && !kind.is_fragment, "a message in a message came over UDP")
}

/// The values of the inner and of the outer header field, if both have one and they differ.
fn differing<'k>(inner: &KnownField, context: &'k Context<'_>) -> Option<&'k [u8]> {
    let mut outer =
        context.known.fields.iter().filter(|field| field.name == inner.name).map(|field| field.value.as_slice());
    let first = outer.next()?;
    let is_there = first == inner.value || outer.any(|value| value == inner.value);
    (!is_there).then_some(first)
}

fn date(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let inner = fields.iter().find(|field| field.sip_name_is("Date")).map(known_field);
    let differs = inner.is_some_and(|inner| differing(&inner, context).is_some());
    when(differs && !kind.is_identity_body, "the inner Date is not the outer Date")
}

/// How an inner and an outer address differ.
#[derive(PartialEq, Eq)]
enum Difference {
    None,
    DisplayName,
    Address,
}

/// RFC 3261 sections 20.20 and 20.39: the URI and the tag count, the display name does not.
fn address_difference(inner: &[u8], outer: &[u8]) -> Difference {
    let read = |value: &[u8]| addresses(value).ok().and_then(|found| <[Address; 1]>::try_from(found).ok());
    let (Some([one]), Some([other])) = (read(inner), read(outer)) else {
        return if inner == outer { Difference::None } else { Difference::Address };
    };
    let is_same_uri = match (one.sip_uri(), other.sip_uri()) {
        (Ok(one), Ok(other)) => one.equal(&other),
        _ => one.uri == other.uri,
    };
    match (is_same_uri && tag(&one) == tag(&other), one.display_name == other.display_name) {
        (false, _) => Difference::Address,
        (true, false) => Difference::DisplayName,
        (true, true) => Difference::None,
    }
}

fn tag(address: &Address) -> Option<&str> {
    address.parameters.iter().find(|(name, _)| name == "tag").and_then(|(_, value)| value.as_deref())
}

fn is_address(field: &KnownField) -> bool {
    matches!(field.name.as_str(), "from" | "to")
}

fn compared<'f>(fields: &'f [Field<'f>], kind: InnerKind) -> impl Iterator<Item = (KnownField, &'f Field<'f>)> {
    fields.iter().filter(move |_| !kind.is_identity_body).map(|field| (known_field(field), field))
}

/// TUN-08: every header field of RFC 3261 but those that proxies change.
fn mismatch(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let case = |(inner, field): (KnownField, &Field<'_>)| {
        let outer = context.known.value(&inner.name)?;
        let is_broken = match is_address(&inner) {
            true => address_difference(&inner.value, outer) == Difference::Address,
            false => COMPARED.contains(&inner.name.as_str()) && differing(&inner, context).is_some(),
        };
        let text =
            format!("{} is {} inside and {} outside", inner.name, text::octets(&inner.value), text::octets(outer));
        is_broken.then(|| Broken::new(text).at(field.whole.span()))
    };
    compared(fields, kind).filter_map(case).collect()
}

fn display_name(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let case = |(inner, field): (KnownField, &Field<'_>)| {
        let outer = context.known.value(&inner.name).filter(|_| is_address(&inner))?;
        let is_broken = address_difference(&inner.value, outer) == Difference::DisplayName;
        is_broken.then(|| {
            Broken::new(format!("the display name in {} is another one inside", inner.name)).at(field.whole.span())
        })
    };
    compared(fields, kind).filter_map(case).collect()
}

fn unknown_mismatch(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let is_known = |name: &str| {
        let known = [&COMPARED[..], &CHANGED[..], &["from", "to", "date"][..]];
        known.iter().any(|names| names.contains(&name)) || name.starts_with("content-") || name == "mime-version"
    };
    let case = |(inner, field): (KnownField, &Field<'_>)| {
        let differs = !is_known(&inner.name) && differing(&inner, context).is_some();
        differs.then(|| Broken::new(format!("{} is another one inside", inner.name)).at(field.whole.span()))
    };
    compared(fields, kind).filter_map(case).collect()
}

/// TUN-12: what nobody reads in an encrypted body.
fn ignored(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let case = |(inner, field): (KnownField, &Field<'_>)| {
        let is_ignored = IGNORED.contains(&inner.name.as_str()) || CHANGED.contains(&inner.name.as_str());
        let is_missing = context.known.value(&inner.name).is_none();
        (is_ignored && is_missing && context.site.is_encrypted)
            .then(|| Broken::new(format!("{} inside an encrypted body is not read", inner.name)).at(field.whole.span()))
    };
    compared(fields, kind).filter_map(case).collect()
}

/// RFC 3893 section 2; of Contact section 5 in RFC 3428 says that a MESSAGE has none (TRAP-31).
fn identity_body_fields(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let is_asked = |name: &&str| kind.is_identity_body && !(*name == "Contact" && context.known.is_of("MESSAGE"));
    let missing = ["From", "Date", "Call-ID", "Contact"].into_iter().filter(is_asked).filter(|name| !has(fields, name));
    missing.map(|name| Broken::new(format!("the Authenticated Identity Body has no {name}"))).collect()
}

fn identity_body_of_message(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let is_broken = kind.is_identity_body && context.known.is_of("MESSAGE") && !has(fields, "Contact");
    when(is_broken, "the Authenticated Identity Body of a MESSAGE has no Contact, as it cannot have")
}

fn identity_body_mismatch(fields: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    let asked = fields.iter().filter(|_| kind.is_identity_body);
    let asked = asked.filter(|field| ["Date", "Call-ID", "Contact"].iter().any(|name| field.sip_name_is(name)));
    let case = |field: &Field<'_>| {
        let inner = known_field(field);
        differing(&inner, context)?;
        Some(
            Broken::new(format!("{} in the Authenticated Identity Body is another one", inner.name))
                .at(field.whole.span()),
        )
    };
    asked.filter_map(case).collect()
}

fn identity_body_unsigned(_: &[Field<'_>], kind: InnerKind, context: &Context<'_>) -> Cases {
    when(kind.is_identity_body && !context.site.is_signed, "the Authenticated Identity Body is not signed")
}

fn identity_body_handling(entity: &Entity<'_>, _: &Context<'_>) -> Cases {
    let disposition = entity.disposition().ok().flatten();
    let is_one = disposition.as_ref().is_some_and(|disposition| disposition.type_.eq_ignore_ascii_case("aib"));
    when(is_one && !is_optional(disposition.as_ref()), "the Authenticated Identity Body is not marked as optional")
}

/// Header fields of RFC 3261 that must be the same inside, besides From, To and Date.
const COMPARED: [&str; 26] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "alert-info",
    "allow",
    "authentication-info",
    "call-id",
    "call-info",
    "contact",
    "cseq",
    "error-info",
    "expires",
    "in-reply-to",
    "organization",
    "priority",
    "proxy-require",
    "reply-to",
    "require",
    "retry-after",
    "server",
    "subject",
    "supported",
    "unsupported",
    "user-agent",
    "warning",
    "timestamp",
];

/// Header fields that proxies may change or add (RFC 3261 section 23.4.1.1).
const CHANGED: [&str; 6] =
    ["via", "record-route", "route", "max-forwards", "proxy-authorization", "proxy-authenticate"];

/// Header fields that are not read in an encrypted body (RFC 3261 section 23.4.1.2).
const IGNORED: [&str; 5] = ["min-expires", "timestamp", "authorization", "priority", "www-authenticate"];
