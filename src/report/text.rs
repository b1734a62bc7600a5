//! Reports for people: one finding a line, and nothing that can drive a terminal.

use std::fmt::Write;
use std::time::Duration;

use crate::report::{
    CrlSummary, Diagnosis, EncryptionReport, Finding, Integrity, LayerReport, NamesReport, OpenReport,
    RevocationStatus, RevocationSummary, Severity, SignerReport, Verdict, VerifyReport,
};

/// Text in which control characters, bidirectional overrides and invisible characters are spelled out.
/// Captured octets reach a terminal through this only.
pub fn escape(text: &str) -> String {
    if text.bytes().all(|octet| (0x20..0x7F).contains(&octet)) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            other if other.is_ascii() && drives_a_terminal(other) => {
                let _ = write!(escaped, "\\x{:02x}", u32::from(other));
            }
            other if drives_a_terminal(other) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Control characters, bidirectional overrides, and characters that cannot be seen.
pub fn drives_a_terminal(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{1F}'
            | '\u{7F}'..='\u{A0}'
            | '\u{AD}'
            | '\u{61C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

/// Octets as text that can be shown: UTF-8 stays, anything else is written `\xNN`.
pub fn octets(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        for octet in chunk.invalid() {
            let _ = write!(text, "\\x{octet:02x}");
        }
    }
    text
}

/// Octets in hexadecimal, shortened past 32 octets (threats R8).
pub fn hex(octets: &[u8]) -> String {
    match octets.get(..32) {
        Some(start) if octets.len() > 32 => format!("{}… ({} octets)", ::hex::encode(start), octets.len()),
        _ => ::hex::encode(octets),
    }
}

/// A time as RFC 3339 writes it, in UTC. Seconds before 1970 are written `@-N`.
pub fn time(seconds: i64) -> String {
    let duration = u64::try_from(seconds).map(Duration::from_secs);
    match duration.map(der::DateTime::from_unix_duration) {
        Ok(Ok(time)) => time.to_string(),
        _ => format!("@{seconds}"),
    }
}

/// A time as a SIP-date writes it (RFC 3261 section 25.1): `Sat, 13 Nov 2010 23:29:00 GMT`.
pub fn sip_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let elapsed = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    let Ok(time) = der::DateTime::from_unix_duration(elapsed) else { return String::new() };
    // 1970 began on a Thursday.
    let day = usize::try_from(elapsed.as_secs() / 86_400 % 7).ok().and_then(|day| DAYS.get(day));
    let month = usize::from(time.month()).checked_sub(1).and_then(|month| MONTHS.get(month));
    let clock = format!("{:02}:{:02}:{:02}", time.hour(), time.minutes(), time.seconds());
    let (day, month) = (day.unwrap_or(&""), month.unwrap_or(&""));
    format!("{day}, {:02} {month} {:04} {clock} GMT", time.day(), time.year())
}

/// A verdict: `good`, `bad: CODE`, or `not checked: WHY`.
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good(what) if what.is_empty() => "good".to_owned(),
        Verdict::Good(what) => format!("good ({what})"),
        Verdict::Bad(error) => format!("bad: {} ({error})", error.code()),
        Verdict::NotProved(what) => format!("names match, not proved ({what})"),
        Verdict::NotChecked(why) => format!("not checked: {why}"),
    }
}

/// A finding in one line.
pub fn finding(finding: &Finding) -> String {
    format!("{}: {} [{}, {}]", finding.severity.name(), finding.text, finding.code, finding.rule)
}

/// A finding with its place, its rule and what to do about it, in lines that are not yet escaped.
pub fn finding_in_full(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("{}: {} [{}]", finding.severity.name(), finding.text, finding.code)];
    lines.extend(finding.place.as_ref().filter(|place| !place.is_empty()).map(|place| format!("  at: {place}")));
    lines.push(format!("  rule: {}: {}", finding.rule, finding.rule.sentence));
    lines.extend(finding.fix.as_ref().map(|fix| format!("  fix: {fix}")));
    lines
}

/// The lines of a verification, not yet escaped. With `reasons`, findings that are only worth knowing and
/// details of the certificates are shown too.
pub fn verification(report: &VerifyReport, reasons: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for signer in &report.signers {
        lines.extend(signer_lines(signer, reasons));
    }
    lines.extend(report.diagnosis.iter().map(diagnosis));
    if !report.covered.is_empty() {
        let place = report.covered_octets.map(|span| format!(" ({span})")).unwrap_or_default();
        lines.push(format!("covered: {}{place}", report.covered));
    }
    let shown = report.findings.iter().filter(|finding| reasons || finding.severity > Severity::Info);
    lines.extend(shown.map(finding));
    lines
}

/// What would explain a failure, in one line with the names of the damages. What to do about it is the hint of the
/// error.
fn diagnosis(diagnosis: &Diagnosis) -> String {
    let names = match diagnosis.damages.as_slice() {
        [] => String::new(),
        damages => format!(" [{}]", damages.join(", ")),
    };
    format!("diagnosis: {}{names}", diagnosis.text)
}

/// The lines of an opening, not yet escaped, without its findings. With `reasons`, each recipient is shown.
pub fn opening(report: &OpenReport, reasons: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, layer) in report.layers.iter().enumerate() {
        let number = index.saturating_add(1);
        match layer {
            LayerReport::Signed(report) => {
                lines.push(format!("layer {number}: signed"));
                lines.extend(verification(report, reasons));
            }
            LayerReport::Encrypted(report) => lines.extend(encryption_lines(number, report, reasons)),
            LayerReport::Compressed { before, after } => {
                lines.push(format!("layer {number}: compressed, {before} octets for {after}"));
            }
        }
    }
    lines.extend(report.integrity.map(|integrity| format!("content: {}", integrity_text(integrity))));
    lines
}

fn encryption_lines(number: usize, report: &EncryptionReport, reasons: bool) -> Vec<String> {
    let cipher = if report.cipher.is_empty() { String::new() } else { format!(" with {}", report.cipher) };
    let count = match report.recipients.len() {
        0 => String::new(),
        1 => ", 1 recipient".to_owned(),
        count => format!(", {count} recipients"),
    };
    let mut lines = vec![format!("layer {number}: encrypted, {}{cipher}{count}", report.kind)];
    for (index, recipient) in report.recipients.iter().enumerate() {
        let number = index.saturating_add(1);
        let is_ours = report.opened == Some(number);
        if reasons || is_ours {
            let how = if is_ours { "opened as " } else { "" };
            lines.push(format!("{how}recipient {number}: {recipient}"));
        }
    }
    let unprotected = report.unprotected_attributes.iter().filter(|_| reasons);
    lines.extend(unprotected.map(|attribute| format!("unprotected attribute: {attribute}")));
    lines
}

/// The names of a certificate, a line each.
pub fn names(report: &NamesReport) -> Vec<String> {
    let certificate = &report.certificate;
    let mut lines = vec![
        format!("certificate: {}", certificate.subject),
        format!("issuer: {}, serial {}", certificate.issuer, certificate.serial),
        format!("fingerprint: sha256 {}", certificate.fingerprint),
    ];
    lines.extend(report.validity.map(|(from, to)| format!("valid: {} to {}", time(from), time(to))));
    lines.extend(report.names.iter().map(|name| match (name.is_match, name.reason) {
        (Some(true), _) => format!("name: {}: match", name.name),
        (_, Some((why, rule))) => format!("name: {}: no match: {why} ({rule})", name.name),
        _ => format!("name: {}", name.name),
    }));
    if report.names.is_empty() {
        lines.push("name: none".to_owned());
    }
    lines.push(format!("trust: {}", verdict(&report.trust)));
    lines.extend(report.revocation.iter().filter_map(not_revoked));
    lines
}

fn integrity_text(integrity: Integrity) -> &'static str {
    match integrity {
        Integrity::None => "integrity none: nothing shows whether it was changed, or who wrote it",
        Integrity::Authenticated => "integrity authenticated: as it was encrypted, by whomever",
        Integrity::Signed => "integrity signed: as the signer wrote it; the header fields outside it are not protected",
    }
}

fn signer_lines(signer: &SignerReport, reasons: bool) -> Vec<String> {
    let name = signer.certificate.as_ref().map_or(&signer.identifier, |certificate| &certificate.subject);
    let mut lines = vec![format!("signer {}: {name}, {}", signer.number, signer.algorithm)];
    if let (Some(certificate), true) = (&signer.certificate, reasons) {
        lines.push(format!("issuer: {}, serial {}", certificate.issuer, certificate.serial));
        lines.push(format!("fingerprint: sha256 {}", certificate.fingerprint));
    }
    if let (Some(seconds), true) = (signer.signing_time, reasons) {
        lines.push(format!("signing time: {} (the signer's claim)", time(seconds)));
    }
    lines.extend(signer.verdicts().map(|(name, given)| format!("{name}: {}", verdict(given))));
    lines.extend(signer.diagnosis.iter().map(diagnosis));
    if let Some(keyring) = &signer.keyring {
        let addresses: String = keyring.addresses.iter().map(|address| format!(", {address}")).collect();
        lines.push(format!("keyring: {}{addresses}", keyring.standing.name()));
    }
    lines.extend(signer.revocation.iter().filter(|_| reasons).filter_map(not_revoked));
    lines
}

/// Whose certificate is not revoked, and who says so. Whatever else is known is said as an error or a finding.
fn not_revoked(summary: &RevocationSummary) -> Option<String> {
    let lists: Vec<String> = summary.lists.iter().map(crl).collect();
    let beside = if summary.reason.is_empty() { String::new() } else { format!("; {}", summary.reason) };
    let line = || format!("not revoked: {} (says {}){beside}", summary.certificate, lists.join(" with "));
    (summary.status == RevocationStatus::Good).then(line)
}

fn crl(list: &CrlSummary) -> String {
    let kind = if list.is_delta { "delta CRL" } else { "CRL" };
    let number = list.number.as_ref().map(|number| format!(" number {number}")).unwrap_or_default();
    let made = list.this_update.map(|made| format!(" of {}", time(made))).unwrap_or_default();
    format!("{kind}{number}{made} of {}", list.issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    // O1: nothing that is shown can drive the terminal.
    #[test]
    fn o1_escapes() {
        let rows = [
            ("plain é ü 漢", "plain é ü 漢"),
            ("\u{1b}[31mred", "\\x1b[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\r\nb\u{7}\u{7f}", "a\\r\\nb\\x07\\x7f"),
            ("\u{202e}evil\u{2066}", "\\u{202e}evil\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
        ];
        for (text, expected) in rows {
            assert_eq!(escape(text), expected);
        }
        assert_eq!(octets(b"a\xff\xc3\xa9"), "a\\xff\u{e9}");
    }

    // FRS-13: the example of RFC 3261 section 20.17.
    #[test]
    fn frs_13_sip_dates() {
        assert_eq!(sip_date(1_289_690_940), "Sat, 13 Nov 2010 23:29:00 GMT");
        assert_eq!(sip_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn times_read_as_rfc_3339() {
        let rows = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_548_483_234, "2019-01-26T06:13:54Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "@-1"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(time(seconds), expected);
        }
    }
}
