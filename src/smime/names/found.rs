//! The certificates of one input: a file of them, a body that only carries them, or a message with its signers.

use crate::cms::SignedData;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{Certificate, Crl};
use crate::report::Finding;
use crate::smime::body::{self, Request};
use crate::smime::claim::{Claim, IdentitySource};
use crate::smime::names::NamesOptions;
use crate::smime::verify::{VerifyOptions, carried};
use crate::spec;

/// Certificates, and what came with them.
#[derive(Debug, Default)]
pub struct Found {
    /// All of them, in their order.
    pub(super) certificates: Vec<Certificate>,
    pub(super) crls: Vec<Crl>,
    /// Of a message that is signed: whose signatures are good.
    signers: Option<Vec<Certificate>>,
    findings: Vec<Finding>,
}

impl Found {
    /// Those of a file.
    pub fn in_file(certificates: Vec<Certificate>, crls: Vec<Crl>) -> Self {
        Found { certificates, crls, ..Found::default() }
    }

    /// Those of a message. If it is signed, its signatures have to be good.
    ///
    /// # Errors
    /// As [`body::verify_message`].
    pub fn in_message<'o>(request: &Request<'_>, options: impl Fn(Claim) -> VerifyOptions<'o>) -> Result<Self, Error> {
        let verified = match body::verify_message(request, None, &IdentitySource::None, options) {
            Ok(message) => Ok((message.signers().to_vec(), message.report().findings.clone())),
            Err(refused) if refused.error.condition() == Condition::NoSigner => Err(refused.error),
            Err(refused) => return Err(refused.error),
        };
        let object = body::signed_object(request)?;
        let data = SignedData::parse(Slice::new(&object)).map_err(Error::without_octets)?;
        let mut unreadable = Vec::new();
        let (certificates, crls) = carried(&data, &mut unreadable);
        match verified {
            Ok((all, findings)) => {
                let mut signers: Vec<Certificate> = Vec::new();
                for signer in all {
                    if !signers.contains(&signer) {
                        signers.push(signer);
                    }
                }
                Ok(Found { certificates, crls, signers: Some(signers), findings })
            }
            Err(no_signer) => {
                let is_empty = data.content.as_ref().is_none_or(|content| content.is_empty());
                if certificates.is_empty() || !is_empty {
                    return Err(no_signer);
                }
                let text = "the message signs nothing and only carries certificates: who sent it is not proved";
                unreadable.insert(0, Finding::warning("CERTS-ONLY", spec::CERTS_ONLY, text));
                Ok(Found { certificates, crls, signers: None, findings: unreadable })
            }
        }
    }

    /// What is worth saying about the input as a whole.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Which are judged. Of a file with a chain, the authorities are there to prove the others; whoever signed a message
    /// is judged in any case. To list names is not to ask for any, nor for a path.
    pub(super) fn judged(&self, options: &NamesOptions<'_>) -> Vec<&Certificate> {
        if let Some(signers) = &self.signers {
            return signers.iter().collect();
        }
        let is_authority =
            |one: &&Certificate| one.basic_constraints().ok().flatten().is_some_and(|found| found.authority);
        let others: Vec<&Certificate> = self.certificates.iter().filter(|one| !is_authority(one)).collect();
        let is_list = options.reference.is_none() && options.trust.is_none();
        if is_list || others.is_empty() { self.certificates.iter().collect() } else { others }
    }
}
