//! Which of some certificates issued which, for files that hold several: a certificate and those above it.
//!
//! This is about what belongs together, not about trust, which only `chain` judges.

use crate::error::{Condition, Error};
use crate::pki::Certificate;
use crate::pki::chain::search;

/// Makes sure that this issuer issued a certificate: by its name and its signature.
///
/// # Errors
/// `revoke.not-issued`.
pub fn check_issued(certificate: &Certificate, issuer: &Certificate) -> Result<(), Error> {
    let refused =
        |why: String| Error::new(Condition::RevokeNotIssued).detail(format!("{}, {why}", certificate.subject_text()));
    if !certificate.issuer_digest().is_same(issuer.subject_digest()) {
        return Err(refused(format!("issued by {}", certificate.issuer_text())));
    }
    search::verify(certificate, issuer).map_err(|error| refused(error.to_string()))
}

/// Whether a certificate was signed with its own key. One that has the name of its issuer need not be.
pub fn is_root(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && check_issued(certificate, certificate).is_ok()
}

/// The certificates above one, out of those at hand: its issuer first, and the last is one whose issuer is not there or
/// that issued itself.
pub fn issuers(of: &Certificate, among: &[Certificate]) -> Vec<Certificate> {
    let mut above: Vec<Certificate> = Vec::new();
    loop {
        let last = above.last().unwrap_or(of);
        // Each is taken once, so a circle of issuers ends.
        let is_next = |one: &&Certificate| *one != of && !above.contains(one) && check_issued(last, one).is_ok();
        match among.iter().find(is_next) {
            Some(next) if !is_root(last) => above.push(next.clone()),
            _ => return above,
        }
    }
}

/// Those that issued none of the others. Of a user's certificate and its authorities in one file, that is the user's.
pub fn leaves(certificates: &[Certificate]) -> Vec<&Certificate> {
    let is_issuer = |one: &Certificate| {
        certificates.iter().any(|other| other != one && other.issuer_digest().is_same(one.subject_digest()))
    };
    certificates.iter().filter(|one| !is_issuer(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::testing::file;

    // By name and signature, whatever else is at hand and in which order.
    #[test]
    fn who_issued_whom() {
        let [ca, sub_ca, alice, carol, other] =
            ["ca", "sub-ca", "alice", "carol", "ca-rsa"].map(|name| file(&format!("keys/{name}.pem")));
        let rows = [
            (&alice, &ca, Ok(())),
            (&carol, &sub_ca, Ok(())),
            (&sub_ca, &ca, Ok(())),
            (&ca, &ca, Ok(())),
            (&alice, &sub_ca, Err("revoke.not-issued")),
            (&alice, &other, Err("revoke.not-issued")),
        ];
        for (certificate, issuer, expected) in rows {
            assert_eq!(check_issued(certificate, issuer).map_err(|error| error.code()), expected);
        }
        let all = [ca.clone(), alice.clone(), other.clone(), sub_ca.clone(), carol.clone()];
        assert_eq!(issuers(&carol, &all), [sub_ca.clone(), ca.clone()]);
        assert_eq!(issuers(&alice, &all), std::slice::from_ref(&ca));
        assert_eq!(issuers(&carol, std::slice::from_ref(&ca)), []);
        assert_eq!(issuers(&ca, &all), []);
        assert_eq!(leaves(&all), [&alice, &other, &carol]);
        assert_eq!(leaves(&all[..1]), [&ca]);
    }
}
