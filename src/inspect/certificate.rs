//! Certificates and revocation lists as nodes (RFC 5280 sections 4 and 5, RFC 8550 section 4.4).

use der::asn1::ObjectIdentifier;

use crate::alg;
use crate::error::Error;
use crate::octets::Slice;
use crate::pki::{Certificate, Crl, extension};
use crate::report::text;
use crate::report::tree::Node;

/// A certificate, also if nothing more can be said of it than why it cannot be read.
pub(super) fn node(octets: Slice<'_>, is_in_input: bool) -> (Node, Option<Certificate>) {
    let mut node = Node::new("certificate", "?");
    node.octets = is_in_input.then(|| octets.span());
    node.size = Some(octets.len());
    let certificate = match Certificate::from_der(octets.octets()) {
        Ok(certificate) => certificate,
        Err(error) => {
            node.error = Some(Box::new(error.without_octets()));
            return (node, None);
        }
    };
    node.title = certificate.subject_text();
    node.fact("issuer", certificate.issuer_text());
    node.detail("serial", certificate.serial_text());
    if let Err(error) = describe(&certificate, &mut node) {
        node.error = Some(Box::new(error.without_octets()));
    }
    node.fact("sha-256-fingerprint", text::hex(&certificate.fingerprint_sha256()));
    (node, Some(certificate))
}

fn describe(certificate: &Certificate, node: &mut Node) -> Result<(), Error> {
    node.fact("valid-from", certificate.not_before()?);
    node.fact("valid-to", certificate.not_after()?);
    let key = alg::public_key(certificate.public_key())?;
    node.fact(
        "key",
        alg::key_algorithm(&key).map_or_else(|_| alg::oid_name(&key.algorithm.oid), |kind| kind.name().to_owned()),
    );
    let names = certificate.subject_alternative_names()?;
    if !names.is_empty() {
        node.fact("names", names.iter().take(MAX_NAMES).map(ToString::to_string).collect::<Vec<_>>());
    }
    if names.len() > MAX_NAMES {
        node.fact("more-names", names.len().saturating_sub(MAX_NAMES));
    }
    if let Some(usage) = certificate.key_usage()? {
        node.fact("key-usage", usage.to_string());
    }
    if let Some(purposes) = certificate.extended_key_usage()? {
        node.fact("extended-key-usage", purposes.iter().take(MAX_NAMES).map(alg::oid_name).collect::<Vec<_>>());
    }
    if let Some(constraints) = certificate.basic_constraints()? {
        let length = constraints.path_length.map(|length| format!(", at most {length} below it")).unwrap_or_default();
        let authority = if constraints.authority { "an authority" } else { "no authority" };
        node.fact("basic-constraints", format!("{authority}{length}"));
    }
    if let Some(key) = certificate.subject_key_identifier()? {
        node.detail("subject-key-identifier", text::hex(key));
    }
    if let Some(key) = certificate.authority_key_identifier()? {
        node.detail("authority-key-identifier", text::hex(key));
    }
    let extensions = certificate.extensions().take(MAX_NAMES).map(|one| {
        let title = ObjectIdentifier::from_bytes(one.identifier)
            .map_or_else(|_| text::hex(one.identifier), |oid| extension::title(&oid));
        if one.critical { format!("{title}, critical") } else { title }
    });
    node.detail("extensions", extensions.collect::<Vec<_>>());
    Ok(())
}

/// A certificate revocation list.
pub(super) fn list_node(octets: Slice<'_>, is_in_input: bool) -> (Node, Option<Crl>) {
    let mut node = Node::new("revocation-list", "?");
    node.octets = is_in_input.then(|| octets.span());
    node.size = Some(octets.len());
    let list = match Crl::from_der(octets.octets()) {
        Ok(list) => list,
        Err(error) => {
            node.error = Some(Box::new(error.without_octets()));
            return (node, None);
        }
    };
    node.title = list.issuer_text();
    node.detail("delta", if list.is_delta() { "yes" } else { "no" });
    if let Some(number) = list.number() {
        node.fact("number", text::hex(number));
    }
    if let Some(time) = list.this_update() {
        node.fact("this-update", time);
    }
    if let Some(time) = list.next_update() {
        node.fact("next-update", time);
    }
    (node, Some(list))
}

/// Whom a certificate names, in a few words: its first URI, or its subject.
pub(super) fn who(certificate: &Certificate) -> String {
    let names = certificate.subject_alternative_names().unwrap_or_default();
    let uri = names.iter().find(|name| name.kind == extension::NameKind::Uri);
    match (certificate.subject_text(), uri) {
        (subject, Some(uri)) if subject.is_empty() => uri.to_string(),
        (subject, Some(uri)) => format!("{subject} ({uri})"),
        (subject, None) => subject,
    }
}

/// How many names, purposes and extensions of a certificate are listed.
const MAX_NAMES: usize = 64;
