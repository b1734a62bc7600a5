//! Encrypted layers that a key opens (RFC 5652 section 6, RFC 5083).
//!
//! After a cipher without authentication nothing shows that the content was not changed, and what is wrong inside tells
//! an attacker what came out (threats B11): such a layer is shown only if all that is in it can be read.

use crate::error::Condition;
use crate::inspect::{Opener, Place, Walk};
use crate::octets::Slice;
use crate::report::tree::Node;
use crate::report::{EncryptionReport, Integrity};
use crate::smime::Encrypted;
use crate::smime::decrypt::{self, DecryptOptions, Decrypted};

impl Walk<'_, '_> {
    /// Opens a layer, if a key does, and adds what is in it. Says whether it was opened.
    pub(super) fn open(
        &mut self,
        encrypted: &Encrypted<'_>,
        recipients: Vec<String>,
        place: &Place,
        node: &mut Node,
    ) -> bool {
        let Some(opener) = &mut self.opener else { return false };
        let options = DecryptOptions { allow_legacy: true, ..DecryptOptions::default() };
        // What everybody can see is in the tree already.
        let (mut report, mut findings) = (EncryptionReport::default(), Vec::new());
        let keys = (opener.identities, &self.passwords);
        let opened = decrypt::decrypt(encrypted, keys, options, &mut report, &mut findings, opener.rng);
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                // A key for another message is no reason to stop.
                let is_another = [Condition::NoRecipient, Condition::WhichRecipient, Condition::KeyCannotDecrypt]
                    .contains(&error.condition());
                match is_another {
                    true => node.fact("not-opened", error.to_string()),
                    false => self.fail(node, error, place),
                }
                return false;
            }
        };
        let inside = Place { is_decoded: true, is_encrypted: true, encrypted_for: recipients, ..place.inside() };
        if opened.integrity() == Integrity::None && !self.is_trial && self.fails_inside(&opened, &inside) {
            self.fail(node, decrypt::failed(opened.cipher()), place);
            return false;
        }
        node.fact("opened-as-recipient", opened.recipient());
        node.fact("integrity", opened.integrity().name());
        let weak = opened.findings().iter().filter(|finding| finding.code == "WEAK-KEY");
        self.found(weak, place, node.octets);
        let content = self.content(Slice::new(opened.octets()), &inside);
        node.children.push(content);
        true
    }

    /// Whether anything in a layer cannot be read. Nobody sees what this walk meets.
    fn fails_inside(&mut self, opened: &Decrypted, inside: &Place) -> bool {
        let opener = self.opener.as_mut().map(|opener| Opener { identities: opener.identities, rng: &mut *opener.rng });
        let mut trial = Walk {
            observer: &mut (),
            opener,
            passwords: crate::cms::recipient::PasswordBudget::default(),
            is_trial: true,
            protection: Vec::new(),
            sizes: crate::report::tree::Sizes::default(),
            inflation: self.inflation,
            nodes: self.nodes,
        };
        trial.content(Slice::new(opened.octets()), inside).first_error().is_some()
    }
}
