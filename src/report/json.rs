//! Reports for programs: one JSON object per message, schema version 1 (`schema.json` beside this file).
//!
//! Fields are only ever added. Octets are base64, positions are octet ranges of the input, errors carry
//! their dotted code, findings their name.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::error::{Error, Place};
use crate::octets::Span;
use crate::report::{
    CertificateSummary, CrlSummary, Diagnosis, Finding, Integrity, LayerReport, NameReport, NamesReport, OpenReport,
    RevocationSummary, SignatureState, SignerReport, Verdict, VerifyReport, text,
};

/// The version of the schema.
pub const SCHEMA: u64 = 1;

/// What every object begins with. `file` is `None` for standard input, `message` if the file could not be read.
pub fn envelope(command: &str, file: Option<&str>, message: Option<usize>, exit: u8) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("schema".into(), SCHEMA.into());
    object.insert("command".into(), command.into());
    object.insert("file".into(), file.into());
    object.insert("message".into(), message.into());
    object.insert("exit".into(), exit.into());
    object
}

/// An object on one line. Characters that could drive a terminal are written `\u....`: they are the same to
/// a JSON reader.
pub fn line(object: &Value) -> String {
    // A Value has nothing that could not be written.
    safe_line(serde_json::to_string(object).unwrap_or_default())
}

/// As [`line`], with more fields at the end, whose values are JSON already.
pub fn line_with(object: &Map<String, Value>, fields: &[(&'static str, String)]) -> String {
    let mut written = serde_json::to_string(object).unwrap_or_default();
    for (name, value) in fields {
        // The brace at its end comes last again.
        written.pop();
        let separator = if written.len() > 1 { "," } else { "" };
        written.extend([separator, "\"", name, "\":", value, "}"]);
    }
    safe_line(written)
}

/// Writes a text as JSON does.
pub(super) fn write_text(out: &mut String, text: &str) {
    if text.bytes().all(|octet| octet >= 0x20 && octet != b'"' && octet != b'\\') {
        out.extend(["\"", text, "\""]);
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

fn safe_line(mut written: String) -> String {
    // What is left of ASCII drives nothing: controls are escaped already.
    if written.bytes().all(|octet| octet < 0x7F) {
        written.push('\n');
        return written;
    }
    let mut line = String::with_capacity(written.len());
    for character in written.chars() {
        if text::drives_a_terminal(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String does not fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

/// A verification.
pub fn verification(report: &VerifyReport) -> Value {
    let mut object = Map::new();
    object.insert("signers".into(), report.signers.iter().map(signer).collect());
    object.insert("covered".into(), report.covered.as_str().into());
    object.insert("covered_octets".into(), report.covered_octets.map(span).into());
    object.insert("claimed".into(), report.claimed.clone().into());
    object.insert("findings".into(), findings(&report.findings));
    if let Some(given) = &report.diagnosis {
        object.insert("diagnosis".into(), diagnosis(given));
    }
    Value::Object(object)
}

fn diagnosis(diagnosis: &Diagnosis) -> Value {
    json!({
        "damages": diagnosis.damages,
        "text": diagnosis.text,
        "hint": diagnosis.hint,
        "signature": diagnosis.signature.map(SignatureState::name),
        "exhaustive": diagnosis.is_exhaustive,
    })
}

/// The fields of an opening.
pub fn opening(report: &OpenReport) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("layers".into(), report.layers.iter().map(layer).collect());
    fields.insert("integrity".into(), report.integrity.map(Integrity::name).into());
    fields.insert("findings".into(), findings(&report.findings));
    fields
}

fn layer(layer: &LayerReport) -> Value {
    match layer {
        LayerReport::Signed(report) => json!({ "layer": "signed", "verification": verification(report) }),
        LayerReport::Compressed { before, after } => json!({ "layer": "compressed", "octets": [before, after] }),
        LayerReport::Encrypted(report) => json!({
            "layer": "encrypted",
            "kind": report.kind,
            "cipher": report.cipher,
            "recipients": report.recipients,
            "opened": report.opened,
            "integrity": report.integrity.map(Integrity::name),
            "unprotected_attributes": report.unprotected_attributes,
        }),
    }
}

/// The names of certificates.
pub fn names(reports: &[NamesReport]) -> Value {
    reports.iter().map(names_of_one).collect()
}

fn names_of_one(report: &NamesReport) -> Value {
    let name = |name: &NameReport| {
        json!({
            "name": name.name,
            "match": name.is_match,
            "reason": name.reason.map(|(why, _)| why),
            "rule": name.reason.map(|(_, rule)| rule.to_string()),
        })
    };
    json!({
        "certificate": certificate(&report.certificate),
        "valid_from": report.validity.map(|(from, _)| text::time(from)),
        "valid_to": report.validity.map(|(_, to)| text::time(to)),
        "names": report.names.iter().map(name).collect::<Vec<_>>(),
        "matched": report.matched,
        "trust": verdict(&report.trust),
        "revocation": report.revocation.iter().map(revocation).collect::<Vec<_>>(),
        "findings": findings(&report.findings),
    })
}

/// Findings. Where and what to do is there if it is known.
pub fn findings(findings: &[Finding]) -> Value {
    findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> Value {
    let mut text = String::new();
    write_finding(&mut text, finding);
    serde_json::from_str(&text).unwrap_or_default()
}

/// Writes a finding. A large capture has millions of them.
pub(super) fn write_finding(out: &mut String, finding: &Finding) {
    out.extend(["{\"finding\":\"", finding.code, "\",\"severity\":\"", finding.severity.name(), "\",\"text\":"]);
    write_text(out, &finding.text);
    out.extend([",\"rule\":\"", finding.rule.document, " section ", finding.rule.section, "\""]);
    if let Some(Place { file, message, part, element, octets, .. }) = finding.place.as_deref() {
        out.push_str(",\"place\":{");
        for (name, text) in [("file", file), ("part", part), ("element", element)] {
            out.extend(["\"", name, "\":"]);
            match text {
                Some(text) => write_text(out, text),
                None => out.push_str("null"),
            }
            out.push(',');
        }
        let number = message.map_or_else(|| "null".to_owned(), |number| number.to_string());
        let octets = octets.map_or_else(|| "null".to_owned(), |span| format!("[{},{}]", span.start, span.end));
        out.extend(["\"message\":", &number, ",\"octets\":", &octets, "}"]);
    }
    if let Some(fix) = &finding.fix {
        out.push_str(",\"fix\":");
        write_text(out, fix);
    }
    out.push('}');
}

/// An error.
pub fn error(error: &Error) -> Value {
    json!({
        "code": error.code(),
        "finding": error.finding(),
        "text": error.to_string(),
        "rule": error.rule().to_string(),
        "hint": error.hint(),
        "place": place(error.place()),
    })
}

fn place(place: &Place) -> Value {
    json!({
        "file": place.file,
        "message": place.message,
        "part": place.part,
        "element": place.element,
        "octets": place.octets.map(span),
    })
}

fn span(span: Span) -> Value {
    json!([span.start, span.end])
}

fn signer(signer: &SignerReport) -> Value {
    let mut object = Map::new();
    object.insert("number".into(), signer.number.into());
    object.insert("identifier".into(), signer.identifier.as_str().into());
    object.insert("certificate".into(), signer.certificate.as_ref().map_or(Value::Null, certificate));
    object.insert("algorithm".into(), signer.algorithm.as_str().into());
    object.insert("signing_time".into(), signer.signing_time.map(text::time).into());
    for (name, given) in signer.verdicts() {
        object.insert(name.into(), verdict(given));
    }
    object.insert("revocation".into(), signer.revocation.iter().map(revocation).collect());
    if let Some(keyring) = &signer.keyring {
        let summary = json!({ "standing": keyring.standing.name(), "addresses": keyring.addresses });
        object.insert("keyring".into(), summary);
    }
    if let Some(given) = &signer.diagnosis {
        object.insert("diagnosis".into(), diagnosis(given));
    }
    Value::Object(object)
}

fn revocation(summary: &RevocationSummary) -> Value {
    json!({
        "certificate": summary.certificate,
        "status": summary.status.name(),
        "lists": summary.lists.iter().map(crl).collect::<Vec<_>>(),
        "reason": Some(&summary.reason).filter(|reason| !reason.is_empty()),
        "finding": summary.finding,
    })
}

fn crl(summary: &CrlSummary) -> Value {
    json!({
        "issuer": summary.issuer,
        "delta": summary.is_delta,
        "number": summary.number,
        "this_update": summary.this_update.map(text::time),
        "next_update": summary.next_update.map(text::time),
    })
}

fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Good(what) => json!({ "verdict": "good", "text": what }),
        Verdict::Bad(reason) => json!({ "verdict": "bad", "error": error(reason) }),
        Verdict::NotProved(what) => json!({ "verdict": "not proved", "text": what }),
        Verdict::NotChecked(why) => json!({ "verdict": "not checked", "text": why }),
    }
}

fn certificate(certificate: &CertificateSummary) -> Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "fingerprint_sha256": certificate.fingerprint,
        "identities": certificate.identities,
        "der": base64(&certificate.der),
    })
}

pub(super) fn base64(octets: &[u8]) -> String {
    use base64ct::Encoding;
    base64ct::Base64::encode_string(octets)
}
