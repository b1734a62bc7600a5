//! What certificates say that they are for, and what keys they hold: the target, those who issued it, and anchors.

use super::*;
use crate::alg;
use crate::alg::digest::SHA256;
use crate::pki::extension::{ANY_PURPOSE, EMAIL_PROTECTION, EXTENDED_KEY_USAGE, SERVER_AUTHENTICATION, SIP_DOMAIN};

/// id-kp-codeSigning.
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const UNKNOWN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.4");

fn extended_key_usage(purposes: &[ObjectIdentifier], critical: bool) -> Extension {
    let purposes: Vec<u8> = purposes.iter().flat_map(|one| element(6, &[one.as_bytes()])).collect();
    (EXTENDED_KEY_USAGE, critical, element(0x30, &[&purposes]))
}

fn path_for(target: &Plan, intermediates: &[Plan], anchors: &[Plan], purpose: Purpose) -> Result<usize, &'static str> {
    let made = |plans: &[Plan]| plans.iter().map(Plan::make).collect::<Vec<_>>();
    let (target, intermediates, anchors) = (target.make(), made(intermediates), made(anchors));
    let intermediates: Vec<_> = intermediates.iter().collect();
    let trust = Trust { anchors: &anchors, time: NOW, purpose, ..Trust::default() };
    validate(&target, &intermediates, &trust).map(|path| path.certificates().len()).map_err(|error| error.code())
}

// P2: RFC 8550 section 4.4.4, RFC 5924 section 4. (purposes, whether they will do for smime, sip, tls, any)
#[test]
fn p2_extended_key_usages() {
    let rows: &[(&[ObjectIdentifier], [bool; 4])] = &[
        (&[EMAIL_PROTECTION], [true, true, false, true]),
        (&[SIP_DOMAIN], [false, true, false, true]),
        (&[EMAIL_PROTECTION, SIP_DOMAIN], [true, true, false, true]),
        (&[SERVER_AUTHENTICATION], [false, false, true, true]),
        (&[SERVER_AUTHENTICATION, EMAIL_PROTECTION], [true, true, true, true]),
        (&[ANY_PURPOSE], [true, true, true, true]),
        (&[CODE_SIGNING], [false, false, false, true]),
        (&[CODE_SIGNING, ANY_PURPOSE], [true, true, true, true]),
        (&[], [false, false, false, true]),
    ];
    let authority = || plan("A", 2, "Root", 1).authority(None);
    let purposes = [Purpose::Smime, Purpose::Sip, Purpose::Tls, Purpose::Any];
    for (at, purpose) in purposes.into_iter().enumerate() {
        for (number, (usages, expected)) in rows.iter().enumerate() {
            let expected = if expected[at] { Ok(3) } else { Err("trust.extended-key-usage") };
            for critical in [false, true] {
                let with = |plan: Plan| plan.with(extended_key_usage(usages, critical));
                let what = format!("row {number}, {purpose:?}, critical: {critical}");
                let (alice, bound) = (leaf("A", 2), with(authority()));
                assert_eq!(path_for(&with(alice.clone()), &[authority()], &[root()], purpose), expected, "{what}");
                assert_eq!(path_for(&alice, &[bound], &[root()], purpose), expected, "{what}, above");
                assert_eq!(path_for(&alice, &[authority()], &[with(root())], purpose), expected, "{what}, anchor");
            }
        }
        // What says nothing is for everything.
        assert_eq!(path_for(&leaf("A", 2), &[authority()], &[root()], purpose), Ok(3));
    }
}

// P3: RFC 8550 section 4.4.2: digitalSignature or nonRepudiation, if anything is said. (bits, whether it may sign)
#[test]
fn p3_key_usages() {
    let rows = [
        (0x80, true),
        (0x40, true),
        (0xC0, true),
        (0xA8, true),
        (0x20, false),
        (0x10, false),
        (0x08, false),
        (0x04, false),
        (0x02, false),
        (0x3E, false),
        (0x00, false),
    ];
    for (bits, may_sign) in rows {
        let alice = leaf("Root", 1).with(key_usage(bits));
        let (expected, alone) = match may_sign {
            true => (Ok(2), Ok(1)),
            false => (Err("trust.key-usage"), Err("trust.key-usage")),
        };
        for purpose in [Purpose::Smime, Purpose::Sip, Purpose::Any] {
            assert_eq!(path_for(&alice, &[], &[root()], purpose), expected, "{bits:02x} {purpose:?}");
            let own = std::slice::from_ref(&alice);
            assert_eq!(path_for(&alice, &[], own, purpose), alone, "{bits:02x} {purpose:?}, trusted by itself");
        }
    }
}

// P6: an anchor is trusted as far as it says itself that it may be.
#[test]
fn p6_anchors_are_bound_by_what_they_say() {
    let bare = || plan("Root", 1, "Root", 1);
    let explicit_policy = (extension::POLICY_CONSTRAINTS, true, vec![0x30, 3, 0x80, 1, 0]);
    let no_authority = (extension::BASIC_CONSTRAINTS, true, vec![0x30, 0]);
    let other_names = constraint(0, &[(0xA4, &common_name("Bob"))]);
    // (anchor, answer for Alice below A below it)
    let rows: Vec<(Plan, Result<usize, &str>)> = vec![
        (root(), Ok(3)),
        (root().with(extended_key_usage(&[EMAIL_PROTECTION], false)), Ok(3)),
        (Plan { not_after: b"251231235959Z", ..root() }, Err("trust.expired")),
        (root().with(extended_key_usage(&[SERVER_AUTHENTICATION], false)), Err("trust.extended-key-usage")),
        (root().with((UNKNOWN, true, vec![5, 0])), Err("trust.critical-extension")),
        (root().with((UNKNOWN, false, vec![5, 0])).with((UNKNOWN, false, vec![5, 0])), Err("trust.extension")),
        (root().with(key_usage(0x82)), Err("trust.not-a-ca")),
        (bare().with(no_authority), Err("trust.not-a-ca")),
        (bare(), Err("trust.not-a-ca")),
        (bare().authority(Some(0)), Err("trust.path-length")),
        (bare().authority(Some(1)), Ok(3)),
        (root().with(other_names), Err("trust.name-constraints")),
        (root().with(explicit_policy), Err("trust.policy")),
        (Plan { version: &[], ..root() }, Err("trust.malformed")),
    ];
    for (number, (anchor, expected)) in rows.into_iter().enumerate() {
        let authority = plan("A", 2, "Root", 1).authority(None);
        assert_eq!(path_for(&leaf("A", 2), &[authority], &[anchor], Purpose::Smime), expected, "row {number}");
    }
}

// P6: a target that is itself an anchor, alone or beside its issuer, is asked all but who issued it.
#[test]
fn p6_targets_that_are_anchors() {
    let alice = || leaf("Root", 1);
    let rows: Vec<(Plan, Result<usize, &str>)> = vec![
        (alice(), Ok(1)),
        (alice().with(key_usage(0x80)).with(extended_key_usage(&[EMAIL_PROTECTION], true)), Ok(1)),
        (alice().with(extended_key_usage(&[SERVER_AUTHENTICATION], false)), Err("trust.extended-key-usage")),
        (alice().with(extended_key_usage(&[], false)), Err("trust.extended-key-usage")),
        (alice().with(key_usage(0x20)), Err("trust.key-usage")),
        (alice().with((UNKNOWN, true, vec![5, 0])), Err("trust.critical-extension")),
        (alice().with(key_usage(0x80)).with(key_usage(0x80)), Err("trust.extension")),
        (Plan { not_after: b"251231235959Z", ..alice() }, Err("trust.expired")),
        (Plan { serial: vec![0x80], ..alice() }, Err("trust.malformed")),
    ];
    for (number, (target, expected)) in rows.into_iter().enumerate() {
        for anchors in [vec![target.clone()], vec![target.clone(), root()], vec![root(), target.clone()]] {
            assert_eq!(path_for(&target, &[], &anchors, Purpose::Smime), expected, "row {number}");
        }
    }
}

/// A key on a curve that is written out: SpecifiedECDomain (SEC 1 section C.2) with this field.
fn specified_curve(field: &[u8], order: &[u8], point: &[u8]) -> Vec<u8> {
    let curve = element(0x30, &[&element(4, &[&[0]]), &element(4, &[&[7]])]);
    let parameters =
        element(0x30, &[&[2, 1, 1], field, &curve, &element(4, &[point]), &element(2, &[order]), &[2, 1, 1]]);
    with_curve(&parameters, point)
}

fn with_curve(parameters: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = element(0x30, &[&element(6, &[alg::ecdsa::KEY_OID.as_bytes()]), parameters]);
    element(0x30, &[&algorithm, &element(3, &[&[0], point])])
}

// P15: curves that are no curves (CVE-2020-0601, CVE-2022-0778) are refused wherever they stand, before any arithmetic:
// with a modulus of 64 KiB it would take minutes.
#[test]
fn p15_hostile_curves() {
    let prime_field =
        |modulus: &[u8]| element(0x30, &[&[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 1, 1], &element(2, &[modulus])]);
    let binary_field = element(0x30, &[&[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 1, 2], &element(0x30, &[&[2, 1, 9]])]);
    let spki = key(2).verifying_key().to_public_key_der().unwrap();
    let good = spki::SubjectPublicKeyInfoRef::try_from(spki.as_bytes()).unwrap();
    let point = good.subject_public_key.raw_bytes();
    let compressed: Vec<u8> = [&[2], &point[1..33]].concat();
    let p256 = hex::decode("00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").unwrap();
    let huge = [&[0x7F][..], &[0xFF; 65_536]].concat();
    let malformed = Err("trust.malformed");
    // (key, answer if it is that of the target)
    let rows: Vec<(Vec<u8>, Result<usize, &str>)> = vec![
        (specified_curve(&prime_field(&p256), &p256, point), malformed),
        // Not prime: 15, even, 0, negative, a square (the loop of CVE-2022-0778).
        (specified_curve(&prime_field(&[15]), &[16], point), malformed),
        (specified_curve(&prime_field(&[0x7E]), &[16], point), malformed),
        (specified_curve(&prime_field(&[0]), &[0], point), malformed),
        (specified_curve(&prime_field(&[0x81]), &[16], point), malformed),
        (specified_curve(&prime_field(&[0x02, 0xB9]), &[16], &compressed), malformed),
        (specified_curve(&prime_field(&huge), &huge, &compressed), malformed),
        (specified_curve(&binary_field, &[16], point), malformed),
        // implicitCurve, absent, no curve at all.
        (with_curve(&[5, 0], point), malformed),
        (with_curve(&[], point), malformed),
        (with_curve(&[2, 1, 1], point), malformed),
        // Named, and not ours: P-192. What such a key signed cannot be verified, which is said then.
        (with_curve(&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 1], &point[..49]), Ok(2)),
    ];
    let start = Instant::now();
    for (number, (public_key, expected)) in rows.into_iter().enumerate() {
        let scheme = alg::Scheme::Ecdsa(SHA256);
        let code = alg::verify(&public_key, &scheme, b"", &[0x30, 6, 2, 1, 1, 2, 1, 1]).unwrap_err().code();
        assert_eq!(code, "algorithm.unsupported", "row {number}");
        let hostile = |plan: Plan| Plan { public_key: Some(public_key.clone()), ..plan };
        assert_eq!(check(&hostile(leaf("Root", 1)), &[], &[root()]), expected, "row {number}");
        let alone = hostile(leaf("Root", 1));
        assert_eq!(check(&alone, &[], std::slice::from_ref(&alone)), expected.map(|_| 1), "row {number}, anchor");
        let authority = hostile(plan("A", 2, "Root", 1).authority(None));
        assert_eq!(check(&leaf("A", 2), &[authority], &[root()]), Err("algorithm.unsupported"), "row {number}, above");
        let anchor = hostile(root());
        assert_eq!(check(&leaf("Root", 1), &[], &[anchor]), Err("algorithm.unsupported"), "row {number}, its anchor");
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
