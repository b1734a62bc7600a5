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
use crate::inspect::{Place, Walk, certificate};
use crate::octets::Slice;
use crate::pki::Certificate;
use crate::report::tree::Node;
use crate::report::{OpenReport, text};
use crate::smime::{CmsObject, Compressed, Signed};

impl Walk {
    pub(super) fn signed(&mut self, signed: &Signed<'_>, place: &Place) -> Node {
        self.findings.extend(signed.findings().iter().cloned());
        let is_in_input = signed.cms_start().is_some() && !place.is_decoded;
        let object = Slice::at(signed.cms(), signed.cms_start().unwrap_or_default());
        let mut node = object_node("signed-data", object, is_in_input);
        let mut place = place.inside();
        let data = match SignedData::parse(object) {
            Ok(data) => data,
            Err(error) => {
                node.error = Some(Box::new(placed(error, is_in_input)));
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
        let certificates = self.certificates(&data.certificates, is_in_input, &mut node);
        self.revocation_lists(&data.crls, is_in_input, &mut node);
        for signer in &data.signers {
            let found = certificates.iter().find(|one| signer.identifier.names(one));
            self.add(&mut node, || signer_node(signer, found, is_in_input));
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

    pub(super) fn encrypted(&mut self, object: &CmsObject<'_>, place: &Place) -> Node {
        self.findings.extend(object.findings().iter().cloned());
        let is_in_input = object.is_in_input() && !place.is_decoded;
        let mut node = object_node("enveloped-data", object.slice(), is_in_input);
        let data = match EnvelopedData::parse(object.slice()) {
            Ok(data) => data,
            Err(error) => {
                self.protect(place.name(), place, &[]);
                node.error = Some(Box::new(placed(error, is_in_input)));
                return node;
            }
        };
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
        self.certificates(data.originator_certificates(), is_in_input, &mut node);
        let mut recipients = Vec::new();
        for info in &data.recipients {
            // The tree has them all.
            if recipients.len() < MAX_PARTIES {
                recipients.push(info.to_string());
            }
            self.add(&mut node, || recipient_node(info));
        }
        let more = data.recipients.len().saturating_sub(recipients.len());
        recipients.extend((more > 0).then(|| format!("{more} more")));
        self.protect(format!("{}, not opened", place.name()), place, &recipients);
        self.sizes.content = self.sizes.content.saturating_add(data.ciphertext.len());
        node
    }

    pub(super) fn compressed(&mut self, compressed: &Compressed<'_>, place: &Place) -> Node {
        let object = compressed.object();
        let is_in_input = object.is_in_input() && !place.is_decoded;
        let mut node = object_node("compressed-data", object.slice(), is_in_input);
        let mut report = OpenReport::default();
        match compressed.decompress(&mut self.inflation, &mut report) {
            Ok(octets) => {
                node.title = format!("{} octets inside", octets.len());
                let place = Place { is_decoded: true, ..place.inside() };
                node.children.push(self.content(Slice::new(&octets), &place));
            }
            Err(error) => node.error = Some(Box::new(placed(error, is_in_input))),
        }
        self.findings.append(&mut report.findings);
        node
    }

    /// Those that can be read.
    fn certificates(&mut self, octets: &[Slice<'_>], is_in_input: bool, node: &mut Node) -> Vec<Certificate> {
        let mut certificates = Vec::new();
        for one in octets {
            self.sizes.certificates = self.sizes.certificates.saturating_add(one.len());
            self.add(node, || {
                let (child, certificate) = certificate::node(*one, is_in_input);
                certificates.extend(certificate);
                child
            });
        }
        certificates
    }

    fn revocation_lists(&mut self, octets: &[Slice<'_>], is_in_input: bool, node: &mut Node) {
        for one in octets {
            self.add(node, || certificate::list_node(*one, is_in_input));
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
