//! Lists that are made and read back, and what no list is made from.

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::*;
use crate::alg::NewKey;
use crate::pki::issue::{self, IssueRequest, Issuer};
use crate::pki::profile::Holder;
use crate::pki::testing::{CrlPlan, Extension, crl, file};

const NOW: i64 = 1_767_225_600;
const LATER: i64 = NOW + 30 * 86_400;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// An authority with a new key.
fn authority(kind: &str) -> (Certificate, PrivateKey) {
    let key = PrivateKey::from_der(&NewKey::by_name(kind).unwrap().generate(&mut rng()).unwrap(), None).unwrap();
    let holder = Holder::authority("CA").unwrap();
    let request = IssueRequest {
        profile: Profile::Rfc8591,
        holder: &holder,
        subject: &Profile::Rfc8591.subject(&holder, None, &[]),
        public_key: key.public_key(),
        not_before: NOW,
        not_after: LATER,
        serial: &[1],
    };
    let made = issue::issue(&request, &Issuer { certificate: None, key: &key }, &mut rng()).unwrap();
    (made, key)
}

fn revocation(serial: &[u8], reason: u8) -> Revocation {
    Revocation { serial: serial.to_vec(), date: NOW, reason: Reason(reason) }
}

fn listed<'a>(previous: Option<&'a Crl>, revoked: &'a [Revocation]) -> RevocationListRequest<'a> {
    RevocationListRequest { profile: Profile::Rfc8591, previous, revoked, this_update: NOW, next_update: LATER }
}

// RFC 5280 sections 5.1 to 5.3: every kind of key that signs, a list that is extended, and no number twice.
#[test]
fn lists_grow() {
    for kind in ["p256", "p384", "ed25519", "rsa2048"] {
        let (certificate, key) = authority(kind);
        let issue = |previous: Option<&Crl>, revoked: &[Revocation]| {
            issue_list(&listed(previous, revoked), &certificate, &key, &mut rng()).unwrap()
        };
        let empty = issue(None, &[]);
        let twice = [revocation(&[0x55], 1), revocation(&[0, 0x80], 0), revocation(&[0x55], 4)];
        let second = issue(Some(&empty), &twice);
        let third = issue(Some(&second), &[revocation(&[7], 10), revocation(&[0x55], 4)]);
        for (list, number, serials) in
            [(&empty, 1, &[][..]), (&second, 2, &[0x55, 0x80]), (&third, 3, &[0x55, 0x80, 7])]
        {
            assert_eq!((list.number(), list.problem()), (Some(&[number][..]), None), "{kind}");
            assert_eq!((list.this_update(), list.next_update()), (Some(NOW), Some(LATER)), "{kind}");
            assert_eq!(list.authority_key_identifier(), certificate.subject_key_identifier().unwrap(), "{kind}");
            assert!(revocation::verify(list, &certificate, false).is_ok(), "{kind}");
            for serial in [0x55, 0x80, 7, 8] {
                let found = list.find(&[0, serial], certificate.subject_digest()).unwrap();
                assert_eq!(found.is_some(), serials.contains(&serial), "{kind} {number} {serial:x}");
            }
        }
        let entries = [[&[0x30, 0x20, 2, 1, 0x55][..]], [&[0x30, 0x13, 2, 2, 0, 0x80]]].concat();
        let mut at = 0;
        for entry in entries {
            assert_eq!(&second.entries_der()[at..at + entry.len()], entry, "{kind}: in the order given");
            at += usize::from(entry[1]) + 2;
        }
        assert!(third.entries_der().starts_with(second.entries_der()), "{kind}");
        let reasons =
            [0x55, 0x80, 7].map(|serial| third.find(&[0, serial], certificate.subject_digest()).unwrap().unwrap());
        assert_eq!(
            reasons.map(|entry| (entry.date, entry.reason.0)),
            [(Some(NOW), 1), (Some(NOW), 0), (Some(NOW), 10)]
        );
    }
}

#[test]
fn numbers_grow() {
    let rows: [(&[u8], &[u8]); 7] = [
        (&[], &[1]),
        (&[0], &[1]),
        (&[0x7E], &[0x7F]),
        (&[0x7F], &[0, 0x80]),
        (&[0, 0xFF], &[1, 0]),
        (&[1, 0xFF, 0xFF], &[2, 0, 0]),
        (&[0x7F, 0xFF], &[0, 0x80, 0]),
    ];
    for (number, expected) in rows {
        assert_eq!(successor(number), expected, "{number:x?}");
    }
}

/// A list of the authority of tests, by a key with a number.
fn by_hand(plan: impl Fn(CrlPlan) -> CrlPlan) -> (Certificate, PrivateKey, Crl) {
    let signing = crate::pki::testing::key(1);
    let der = p256::pkcs8::EncodePrivateKey::to_pkcs8_der(&p256::SecretKey::from(&signing)).unwrap();
    let key = PrivateKey::from_der(der.as_bytes(), None).unwrap();
    let holder = Holder::authority("CA").unwrap();
    let request = IssueRequest {
        profile: Profile::Rfc8591,
        holder: &holder,
        subject: &crate::pki::testing::common_name("CA"),
        public_key: key.public_key(),
        not_before: NOW,
        not_after: LATER,
        serial: &[1],
    };
    let certificate = issue::issue(&request, &Issuer { certificate: None, key: &key }, &mut rng()).unwrap();
    (certificate, key, plan(crl("CA", 1)).make())
}

// What is lost, forged, of another or newer is not extended.
#[test]
fn what_is_not_extended() {
    let freshest: Extension = ("2.5.29.46".parse().unwrap(), false, vec![0x30, 0]);
    type Plan = Box<dyn Fn(CrlPlan) -> CrlPlan>;
    let rows: Vec<(&str, Plan)> = vec![
        ("", Box::new(|plan| plan.revoke(7, Some(1)))),
        ("", Box::new(|plan| CrlPlan { extensions: vec![], ..plan })),
        ("a list of CN=Other", Box::new(|_| crl("Other", 1))),
        ("did not make it", Box::new(|_| crl("CA", 2))),
        ("deltaCRLIndicator", Box::new(|plan| plan.delta(3))),
        ("issuingDistributionPoint", Box::new(|plan| plan.issuing(&[&[0x81, 1, 0xFF]]))),
        ("2.5.29.46", Box::new(move |plan| plan.with(freshest.clone()))),
        ("stands twice", Box::new(|plan| CrlPlan { extensions: [&plan.extensions[..]; 2].concat(), ..plan })),
        ("newer", Box::new(|plan| CrlPlan { this_update: b"270101000000Z", ..plan })),
        ("greatest", Box::new(|plan| plan.with((CRL_NUMBER, false, element(2, &[&[0x7F], &[0xFF; 19]]))))),
    ];
    for (expected, plan) in rows {
        let (certificate, key, previous) = by_hand(plan);
        let made = issue_list(&listed(Some(&previous), &[]), &certificate, &key, &mut rng());
        match made {
            Ok(made) => assert!(expected.is_empty() && made.entries_der() == previous.entries_der(), "{expected}"),
            Err(error) => {
                assert_eq!(error.code(), "revoke.not-extended");
                assert!(!expected.is_empty() && error.to_string().contains(expected), "{expected}: {error}");
            }
        }
    }
}

#[test]
fn who_may_not_revoke() {
    let (certificate, key) = authority("p256");
    let (_, other_key) = authority("p256");
    let times = |this_update, next_update| RevocationListRequest { this_update, next_update, ..listed(None, &[]) };
    let code = |request: &RevocationListRequest<'_>, certificate: &Certificate, key: &PrivateKey| {
        issue_list(request, certificate, key, &mut rng()).map(drop).map_err(|error| error.code())
    };
    assert_eq!(code(&times(NOW, NOW), &certificate, &key), Ok(()));
    assert_eq!(code(&times(NOW, NOW - 1), &certificate, &key), Err("issue.time"));
    assert_eq!(code(&times(-1, NOW), &certificate, &key), Err("issue.time"));
    assert_eq!(code(&listed(None, &[]), &certificate, &other_key), Err("issue.key-mismatch"));
    let alice = file("keys/alice.pem");
    let pem = include_bytes!("../../../testdata/keys/alice.key");
    let alices_key = PrivateKey::from_pem_block("PRIVATE KEY", &pem_rfc7468::decode_vec(pem).unwrap().1, None).unwrap();
    assert_eq!(code(&listed(None, &[]), &alice, &alices_key), Err("revoke.key-usage"));
}
