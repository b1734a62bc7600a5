//! Rules about the SIP message as it is framed and addressed (RFC 3261 sections 7, 8, 18 and 20, RFC 3428).

use crate::inspect::subject::InnerKind;
use crate::lint::context::{Context, known_field};
use crate::lint::rule::{Broken, Cases, Check, Level, Rule, when};
use crate::message::RawMessage;
use crate::mime::field::Field;
use crate::report::text;
use crate::spec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "DATE-SYNTAX",
        level: Level::Must,
        source: spec::SIP_DATE,
        fix: "write it as Sat, 13 Nov 2010 23:29:00 GMT",
        checks: &[Check::Message(date_of_message), Check::Inner(date_of_inner)],
    },
    Rule {
        code: "DATE-NOT-SIGNED",
        level: Level::Must,
        source: spec::MESSAGE_DATE,
        fix: "sign the whole message, or a fragment with its Date, and not the body alone",
        checks: &[Check::End(date_not_signed)],
    },
    Rule {
        code: "MESSAGE-2XX-BODY",
        level: Level::Must,
        source: spec::MESSAGE_RESPONSE,
        fix: "answer with an empty body; send what there is to say in a MESSAGE of its own",
        checks: &[Check::Message(message_2xx_body)],
    },
    Rule {
        code: "MESSAGE-CONTACT",
        level: Level::Must,
        source: spec::MESSAGE_CONTACT,
        fix: "leave Contact out",
        checks: &[Check::Message(message_contact)],
    },
    Rule {
        code: "SIP-FIELD-MISSING",
        level: Level::Must,
        source: spec::SIP_MANDATORY_FIELDS,
        fix: "add the header field",
        checks: &[Check::Message(field_missing)],
    },
    Rule {
        code: "SIP-FIELD-TWICE",
        level: Level::Must,
        source: spec::SIP_SINGLE_FIELDS,
        fix: "leave one of them: readers differ in which one they take",
        checks: &[Check::Message(field_twice)],
    },
    Rule {
        code: "CSEQ-METHOD",
        level: Level::Must,
        source: spec::SIP_CSEQ,
        fix: "CSeq repeats the method of the request line",
        checks: &[Check::Message(cseq_method)],
    },
    Rule {
        code: "CONTENT-LENGTH-MISSING",
        level: Level::Observation,
        source: spec::SIP_CONTENT_LENGTH,
        fix: "add it: over TCP it is required",
        checks: &[Check::Message(no_content_length)],
    },
    Rule {
        code: "CTE-SIP-FIELD",
        level: Level::Observation,
        source: spec::SIP_FIELD_TABLE,
        fix: "leave it out where it says binary: that is what SIP carries",
        checks: &[Check::Message(transfer_encoding_field)],
    },
];

fn date_of_message(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    dates(message.fields())
}

fn date_of_inner(fields: &[Field<'_>], _: InnerKind, _: &Context<'_>) -> Cases {
    dates(fields)
}

fn dates(fields: &[Field<'_>]) -> Cases {
    let is_wrong = |field: &&Field<'_>| field.sip_name_is("Date") && !is_sip_date(&field.unfolded());
    let case = |field: &Field<'_>| {
        Broken::new(format!("Date is no SIP-date: {}", text::octets(&field.unfolded()))).at(field.whole.span())
    };
    fields.iter().filter(is_wrong).map(case).collect()
}

/// `wkday "," SP 2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP "GMT"` (RFC 3261 section 25.1), with the
/// names in any case.
pub(super) fn is_sip_date(value: &[u8]) -> bool {
    let Ok(value) = str::from_utf8(value) else { return false };
    let lower = value.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(' ').collect();
    let [day_of_week, day, month, year, time, zone] = words.as_slice() else { return false };
    let number = |digits: &str, length: usize, most: u32| {
        let is_digits = digits.len() == length && digits.bytes().all(|octet| octet.is_ascii_digit());
        is_digits && digits.parse::<u32>().is_ok_and(|value| value <= most)
    };
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    DAYS.contains(day_of_week)
        && number(day, 2, 31)
        && MONTHS.contains(month)
        && number(year, 4, 9999)
        && number(hour, 2, 23)
        && number(minute, 2, 59)
        && number(second, 2, 60)
        && *zone == "gmt"
}

const DAYS: [&str; 7] = ["mon,", "tue,", "wed,", "thu,", "fri,", "sat,", "sun,"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn date_not_signed(context: &Context<'_>) -> Cases {
    let known = context.known;
    let is_broken = known.is_of("MESSAGE") && known.is_signed && !known.has_signed_date;
    when(is_broken, "no Date stands under the signature of this MESSAGE")
}

fn message_2xx_body(message: &RawMessage<'_>, context: &Context<'_>) -> Cases {
    let is_success = message.status().is_some_and(|status| (200..300).contains(&status));
    let has_body = message.sip().is_some_and(|sip| !sip.body.is_empty());
    when(is_success && has_body && context.known.is_of("MESSAGE"), "a 2xx response to a MESSAGE has a body")
}

/// RFC 3428 sections 4 and 7: neither the request nor a 2xx response has a Contact.
fn message_contact(message: &RawMessage<'_>, context: &Context<'_>) -> Cases {
    let is_asked = message.status().is_none_or(|status| (200..300).contains(&status));
    let contact = message.fields_named("Contact").next().filter(|_| is_asked && context.known.is_of("MESSAGE"));
    contact
        .map(|field| Broken::new("a MESSAGE or its 2xx response has a Contact").at(field.whole.span()))
        .into_iter()
        .collect()
}

/// RFC 3261 section 8.1.1, for requests; responses copy all of them but Max-Forwards (section 8.2.6.2).
fn field_missing(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    if message.sip().is_none() {
        return Cases::new();
    }
    let names = ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"];
    let is_missing = |name: &&&str| {
        let is_asked = message.is_request() || **name != "Max-Forwards";
        is_asked && message.fields_named(name).next().is_none()
    };
    names.iter().filter(is_missing).map(|name| Broken::new(format!("there is no {name}"))).collect()
}

fn field_twice(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    let names = ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Date", "Content-Type"];
    let second = |name: &&str| {
        let field = message.fields_named(name).nth(1)?;
        Some(Broken::new(format!("{name} is given twice")).at(field.whole.span()))
    };
    names.iter().filter_map(second).collect()
}

fn cseq_method(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    let (Some(method), Some(field)) = (message.method(), message.fields_named("CSeq").next()) else {
        return Cases::new();
    };
    let value = known_field(field).value;
    let named = value.split(u8::is_ascii_whitespace).next_back().unwrap_or_default();
    match named == method.as_bytes() {
        true => Cases::new(),
        false => {
            let text = format!("CSeq is of {}, the request is a {method}", text::octets(named));
            vec![Broken::new(text).at(field.whole.span())]
        }
    }
}

fn no_content_length(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    when(
        message.sip().is_some() && message.fields_named("Content-Length").next().is_none(),
        "there is no Content-Length",
    )
}

fn transfer_encoding_field(message: &RawMessage<'_>, _: &Context<'_>) -> Cases {
    let field = message.fields_named("Content-Transfer-Encoding").next();
    let text = "Content-Transfer-Encoding is no header field of SIP, though RFC 6216 and RFC 8591 use it as one";
    field.map(|field| Broken::new(text).at(field.whole.span())).into_iter().collect()
}
