//! CMS objects as nodes (RFC 5652, RFC 5083, RFC 3274): who says to have signed, for whom it is encrypted, and how.

use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;

use crate::alg::{self, cipher};
use crate::asn1::tlv::Tlv;
use crate::cms::attributes::Attributes;
use crate::cms::content::content_type_name;
use crate::cms::enveloped::EnvelopedData;
use crate::cms::recipient::RecipientInfo;
use crate::cms::signed::{SignedData, SignerInfo};
use crate::cms::{ContentInfo, oid};
use crate::error::Error;
use crate::inspect::subject::{SignedObject, Subject};
use crate::inspect::{Place, Walk, certificate};
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::report::tree::Node;
use crate::report::{Finding, OpenReport, text};
use crate::smime::decrypt::recipient_findings;
use crate::smime::verify::label_findings;
use crate::smime::{Compressed, Encrypted, Signed};

impl Walk<'_, '_> {
    pub(super) fn signed(&mut self, signed: &Signed<'_>, place: &Place) -> Node {
        let is_in_input = signed.cms_start().is_some() && !place.is_decoded;
        let object = Slice::at(signed.cms(), signed.cms_start().unwrap_or_default());
        let mut node = object_node("signed-data", object, is_in_input);
        self.found(signed.findings(), place, node.octets);
        let at = Place { is_decoded: !is_in_input, ..place.clone() };
        let mut place = place.inside();
        let data = match SignedData::parse(object) {
            Ok(data) => data,
            Err(error) => {
                self.fail(&mut node, error, &at);
                if let Some(content) = signed.content() {
                    node.children.push(self.content(content, &place.part(1)));
                }
                return node;
            }
        };
        if data.signers.is_empty() && data.content.is_none() && signed.content().is_none() {
            node.title = "certs-only".to_owned();
        } else {
            node.title = if data.content.is_some() { "opaque".to_owned() } else { "detached".to_owned() };
        }
        node.detail("version", data.version);
        node.detail("digest-algorithms", data.digest_algorithms.iter().map(algorithm).collect::<Vec<_>>());
        if data.content_type != oid::DATA {
            node.fact("content-type", content_type_name(&data.content_type));
        }
        let mut findings = Vec::new();
        label_findings(signed, &data, &mut findings);
        self.found(&findings, &at, node.octets);
        let certificates = self.certificates(&data.certificates, &at, &mut node);
        self.revocation_lists(&data.crls, &at, &mut node);
        let content = signed.content().map(Slice::octets).or(data.content.as_deref());
        let whole = SignedObject { data: &data, octets: object, certificates: &certificates, content };
        self.see(&Subject::Signed(whole), &at, node.octets);
        place.is_signed |= !data.signers.is_empty();
        for signer in &data.signers {
            let found = certificates.iter().find(|one| signer.identifier.names(one));
            let octets = is_in_input.then(|| signer.whole.span());
            self.see(&Subject::Signer(whole, signer, found), &at, octets);
            self.add(&mut node, &at, || signer_node(signer, found, is_in_input));
            // Every part below has this list: what a hostile message says is not repeated without end.
            if place.signed_by.len() < MAX_PARTIES {
                place.signed_by.push(found.map_or_else(|| signer.identifier.to_string(), certificate::who));
            }
        }
        match (signed.content(), &data.content) {
            (Some(content), _) => node.children.push(self.content(content, &place.part(1))),
            (None, Some(content)) => {
                let at = data.content_span.filter(|_| is_in_input);
                let place = Place { is_decoded: at.is_none(), ..place };
                let content = Slice::at(content, at.map(|span| span.start).unwrap_or_default());
                node.children.push(self.content(content, &place));
            }
            (None, None) => {}
        }
        node
    }

    pub(super) fn encrypted(&mut self, encrypted: &Encrypted<'_>, place: &Place) -> Node {
        let object = encrypted.object();
        let is_in_input = object.is_in_input() && !place.is_decoded;
        let mut node = object_node("enveloped-data", object.slice(), is_in_input);
        self.found(object.findings(), place, node.octets);
        let at = Place { is_decoded: !is_in_input, ..place.clone() };
        let data = match EnvelopedData::parse(object.slice()) {
            Ok(data) => data,
            Err(error) => {
                self.protect(place.name(), place, &[]);
                self.fail(&mut node, error, &at);
                return node;
            }
        };
        let findings: Vec<Finding> = data.recipients.iter().flat_map(recipient_findings).collect();
        self.found(&findings, &at, node.octets);
        self.see(&Subject::Encrypted(&data), &at, node.octets);
        if data.authentication.is_some() {
            node.kind = "auth-enveloped-data";
        }
        let known = cipher::by_oid(data.cipher.oid);
        node.title = known.map_or_else(|| alg::oid_name(&data.cipher.oid), |cipher| cipher.name().to_owned());
        node.detail("cipher", alg::oid_name(&data.cipher.oid));
        node.detail("version", data.version);
        node.fact("encrypted-octets", data.ciphertext.len());
        if let Some(authentication) = &data.authentication {
            node.detail("tag-octets", authentication.tag.len());
            attributes("authenticated-attributes", authentication.attributes.as_ref(), &mut node);
        }
        attributes("unprotected-attributes", data.unprotected_attributes.as_ref(), &mut node);
        if data.content_type != oid::DATA {
            node.fact("content-type", content_type_name(&data.content_type));
        }
        self.certificates(data.originator_certificates(), &at, &mut node);
        let mut recipients = Vec::new();
        for info in &data.recipients {
            // The tree has them all.
            if recipients.len() < MAX_PARTIES {
                recipients.push(info.to_string());
            }
            self.add(&mut node, &at, || recipient_node(info));
        }
        let more = data.recipients.len().saturating_sub(recipients.len());
        recipients.extend((more > 0).then(|| format!("{more} more")));
        if !self.open(encrypted, recipients.clone(), &at, &mut node) {
            self.protect(format!("{}, not opened", place.name()), place, &recipients);
        }
        self.sizes.content = self.sizes.content.saturating_add(data.ciphertext.len());
        node
    }

    pub(super) fn compressed(&mut self, compressed: &Compressed<'_>, place: &Place) -> Node {
        let object = compressed.object();
        let is_in_input = object.is_in_input() && !place.is_decoded;
        let mut node = object_node("compressed-data", object.slice(), is_in_input);
        self.see(&Subject::Compressed, place, node.octets);
        let mut report = OpenReport::default();
        match compressed.decompress(&mut self.inflation, &mut report) {
            Ok(octets) => {
                node.title = format!("{} octets inside", octets.len());
                let place = Place { is_decoded: true, ..place.inside() };
                node.children.push(self.content(Slice::new(&octets), &place));
            }
            Err(error) => self.fail(&mut node, error, &Place { is_decoded: !is_in_input, ..place.clone() }),
        }
        self.found(&report.findings, place, node.octets);
        node
    }

    /// Those that can be read.
    fn certificates(&mut self, octets: &[Slice<'_>], place: &Place, node: &mut Node) -> Vec<Certificate> {
        let mut certificates = Vec::new();
        for one in octets {
            self.sizes.certificates = self.sizes.certificates.saturating_add(one.len());
            let (child, certificate) = certificate::node(*one, !place.is_decoded);
            let at = child.octets;
            if let Some(certificate) = &certificate {
                self.see(&Subject::Certificate(certificate), place, at);
            }
            if let Some(error) = &child.error {
                self.see(&Subject::Failed(error), place, at);
            }
            certificates.extend(certificate);
            self.add(node, place, || child);
        }
        certificates
    }

    fn revocation_lists(&mut self, octets: &[Slice<'_>], place: &Place, node: &mut Node) {
        for one in octets {
            let (child, list) = certificate::list_node(*one, !place.is_decoded);
            let at = child.octets;
            if let Some(list) = &list {
                self.see(&Subject::RevocationList(list), place, at);
            }
            if let Some(error) = &child.error {
                self.see(&Subject::Failed(error), place, at);
            }
            self.add(node, place, || child);
        }
    }
}

fn object_node(kind: &'static str, object: Slice<'_>, is_in_input: bool) -> Node {
    let mut node = Node::new(kind, "?");
    node.octets = is_in_input.then(|| object.span());
    node.size = Some(object.len());
    let is_der = Tlv::parse(object).is_ok_and(|outer| !outer.indefinite);
    node.detail("encoding", if is_der { "DER, or BER with lengths" } else { "BER" });
    if let Ok(info) = ContentInfo::parse(object) {
        node.detail("type", alg::oid_name(&info.content_type));
    }
    node
}

fn signer_node(signer: &SignerInfo<'_>, certificate: Option<&Certificate>, is_in_input: bool) -> Node {
    let title = certificate.map_or_else(|| signer.identifier.to_string(), certificate::who);
    let mut node = Node::new("signer", title);
    node.octets = is_in_input.then(|| signer.whole.span());
    if certificate.is_none() {
        node.fact("certificate", "not in the message");
    }
    node.detail("version", signer.version);
    node.detail("identifier", signer.identifier.to_string());
    node.fact("digest", algorithm(&signer.digest_algorithm));
    node.fact("signature", algorithm(&signer.signature_algorithm));
    node.detail("signature-octets", signer.signature.len());
    match &signer.signed_attributes {
        Some(given) => match given.signing_time() {
            Ok(Some(time)) => node.fact("signing-time", time),
            Ok(None) => {}
            Err(error) => node.error = Some(Box::new(placed(error, is_in_input))),
        },
        None => node.fact("signed-attributes", "none"),
    }
    attributes("signed-attributes", signer.signed_attributes.as_ref(), &mut node);
    attributes("unsigned-attributes", signer.unsigned_attributes.as_ref(), &mut node);
    node
}

fn recipient_node(info: &RecipientInfo<'_>) -> Node {
    let mut node = Node::new("recipient", info.to_string());
    match info {
        RecipientInfo::KeyTransport(info) => {
            node.fact("key-encryption", algorithm(&info.algorithm));
            node.detail("version", info.version);
            node.detail("encrypted-key-octets", info.encrypted_key.len());
        }
        RecipientInfo::KeyAgreement(info) => {
            node.fact("key-agreement", algorithm(&info.common.algorithm));
            let material = info.common.user_keying_material.as_ref().map_or(0, |octets| octets.len());
            node.detail("user-keying-material-octets", material);
            node.detail("encrypted-key-octets", info.encrypted_key.len());
        }
        RecipientInfo::Kek(info) => {
            node.fact("key-encryption", algorithm(&info.algorithm));
            node.detail("encrypted-key-octets", info.encrypted_key.len());
        }
        RecipientInfo::Password(info) => {
            node.fact("key-encryption", algorithm(&info.algorithm));
            if let Some(derivation) = &info.derivation {
                node.fact("key-derivation", algorithm(derivation));
            }
        }
        RecipientInfo::Other { .. } => {}
    }
    node
}

fn attributes(name: &'static str, given: Option<&Attributes<'_>>, node: &mut Node) {
    if let Some(given) = given {
        node.detail(name, given.iter().map(|attribute| alg::oid_name(&attribute.kind)).collect::<Vec<_>>());
    }
}

/// Name and number, and what kind of parameters there are: several forms are written, and not all are read everywhere.
fn algorithm(identifier: &AlgorithmIdentifierOwned) -> String {
    let name = alg::oid_name(&identifier.oid);
    match &identifier.parameters {
        None => name,
        Some(parameters) if parameters.is_null() => format!("{name}, parameters NULL"),
        Some(parameters) => match parameters.decode_as::<ObjectIdentifier>() {
            Ok(oid) => format!("{name}, parameters {}", alg::oid_name(&oid)),
            Err(_) => format!("{name}, parameters of {} octets", text::hex(parameters.value()).len() / 2),
        },
    }
}

fn placed(error: Error, is_in_input: bool) -> Error {
    if is_in_input { error } else { error.without_octets() }
}

/// How many signers and recipients a line about a part has.
const MAX_PARTIES: usize = 16;
