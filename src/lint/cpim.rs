//! Rules about CPIM messages, as far as they are recognised (RFC 3862, RFC 4975 section 13).

use crate::lint::context::Context;
use crate::lint::rule::{Broken, Cases, Check, Level, Rule};
use crate::mime::entity::Entity;
use crate::mime::field::Field;
use crate::report::text;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CPIM-HEADER-CASE",
        level: Level::Must,
        source: spec::CPIM_HEADERS,
        fix: "spell it as RFC 3862 does: the case counts",
        checks: &[Check::Cpim(case)],
    },
    Rule {
        code: "CPIM-DUP-HEADER",
        level: Level::Must,
        source: spec::CPIM_REPEATED,
        fix: "give it once",
        checks: &[Check::Cpim(repeated)],
    },
    Rule {
        code: "CPIM-NO-CONTENT-TYPE",
        level: Level::Must,
        source: spec::CPIM_CONTENT,
        fix: "say in the encapsulated header what the content is",
        checks: &[Check::Cpim(no_content_type)],
    },
    Rule {
        code: "CPIM-NO-DATETIME",
        level: Level::Observation,
        source: spec::CPIM_DATE,
        fix: "add DateTime: in MSRP a protected message needs it",
        checks: &[Check::Cpim(no_date)],
    },
];

/// The names of RFC 3862 section 4.
const NAMES: [&str; 7] = ["From", "To", "cc", "DateTime", "Subject", "NS", "Require"];

fn named<'f>(fields: &'f [Field<'f>], name: &'static str) -> impl Iterator<Item = &'f Field<'f>> {
    fields.iter().filter(move |field| field.name.octets() == name.as_bytes())
}

/// TRAP-32: a name in another case is that of another header.
fn case(fields: &[Field<'_>], _: Option<&Entity<'_>>, _: &Context<'_>) -> Cases {
    let other = |field: &Field<'_>| {
        let name = NAMES.iter().find(|name| field.name_is(name) && field.name.octets() != name.as_bytes())?;
        let text = format!("{} is not {name}, and means nothing", text::octets(field.name.octets()));
        Some(Broken::new(text).at(field.whole.span()))
    };
    fields.iter().filter_map(other).collect()
}

/// From, DateTime and Require once; the others may repeat, or say other things in other languages.
fn repeated(fields: &[Field<'_>], _: Option<&Entity<'_>>, _: &Context<'_>) -> Cases {
    let second = |name: &&'static str| {
        let field = named(fields, name).nth(1)?;
        Some(Broken::new(format!("{name} is given twice")).at(field.whole.span()))
    };
    ["From", "DateTime"].iter().filter_map(second).collect()
}

fn no_content_type(_: &[Field<'_>], entity: Option<&Entity<'_>>, _: &Context<'_>) -> Cases {
    let is_missing = entity.is_some_and(|entity| matches!(entity.field("Content-Type"), Ok(None)));
    if is_missing { vec![Broken::new("the content of the CPIM message has no Content-Type")] } else { Cases::new() }
}

fn no_date(fields: &[Field<'_>], _: Option<&Entity<'_>>, context: &Context<'_>) -> Cases {
    let is_protected = context.site.is_signed || context.site.is_encrypted;
    match is_protected && named(fields, "DateTime").next().is_none() {
        true => vec![Broken::new("the CPIM message is protected and has no DateTime")],
        false => Cases::new(),
    }
}
