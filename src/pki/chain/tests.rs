//! Paths of certificates that are made here: authorities and rules in every combination, and hostile heaps.

use std::time::{Duration, Instant};

use der::Encode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::DerSignature;
use p256::ecdsa::signature::Signer;
use spki::EncodePublicKey;

use super::*;
use crate::asn1::encode::element;
use crate::pki::extension;
use crate::pki::testing::{Extension, common_name, extension as extension_of, key};

mod name_constraints;
mod purposes;

pub(super) const NOW: i64 = 1_767_225_600;

/// A certificate to be made: keys are numbers.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) subject: Vec<u8>,
    pub(super) key: u8,
    pub(super) issuer: Vec<u8>,
    pub(super) issuer_key: u8,
    pub(super) version: &'static [u8],
    pub(super) serial: Vec<u8>,
    pub(super) not_after: &'static [u8],
    pub(super) extensions: Vec<Extension>,
    /// Another key than that with the number, SubjectPublicKeyInfo in DER.
    pub(super) public_key: Option<Vec<u8>>,
}

/// A certificate for `subject` with key `key`, issued by `issuer` with key `issuer_key`.
pub(super) fn plan(subject: &str, key: u8, issuer: &str, issuer_key: u8) -> Plan {
    Plan {
        subject: common_name(subject),
        key,
        issuer: common_name(issuer),
        issuer_key,
        version: &[0xA0, 3, 2, 1, 2],
        serial: vec![1],
        not_after: b"450101000000Z",
        extensions: Vec::new(),
        public_key: None,
    }
}

impl Plan {
    pub(super) fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// As an authority, with a path length or without.
    pub(super) fn authority(self, path_length: Option<u8>) -> Self {
        let length = path_length.map(|length| vec![2, 1, length]).unwrap_or_default();
        let value = element(0x30, &[&[1, 1, 0xFF], &length]);
        self.with((extension::BASIC_CONSTRAINTS, true, value))
    }

    pub(super) fn make(&self) -> Certificate {
        let algorithm = element(0x30, &[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]]);
        let validity = element(0x30, &[&element(0x17, &[b"250101000000Z"]), &element(0x17, &[self.not_after])]);
        let extensions: Vec<u8> = self.extensions.iter().flat_map(extension_of).collect();
        let extensions = element(0xA3, &[&element(0x30, &[&extensions])]);
        let own_key = key(self.key).verifying_key().to_public_key_der().unwrap();
        let tbs = element(
            0x30,
            &[
                self.version,
                &element(2, &[&self.serial]),
                &algorithm,
                &self.issuer,
                &validity,
                &self.subject,
                self.public_key.as_deref().unwrap_or(own_key.as_bytes()),
                if self.extensions.is_empty() { &[] } else { &extensions },
            ],
        );
        let signature: DerSignature = key(self.issuer_key).sign(&tbs);
        let signature = element(3, &[&[0], &signature.to_der().unwrap()]);
        Certificate::from_der(&element(0x30, &[&tbs, &algorithm, &signature])).unwrap()
    }
}

fn names(names: &[(u8, &[u8])]) -> Extension {
    let names: Vec<u8> = names.iter().flat_map(|(tag, octets)| element(*tag, &[octets])).collect();
    (extension::SUBJECT_ALTERNATIVE_NAME, false, element(0x30, &[&names]))
}

/// nameConstraints with one list, [0] permitted or [1] excluded, of names.
fn constraint(list: u8, names: &[(u8, &[u8])]) -> Extension {
    let subtrees: Vec<u8> =
        names.iter().flat_map(|(tag, octets)| element(0x30, &[&element(*tag, &[octets])])).collect();
    (extension::NAME_CONSTRAINTS, true, element(0x30, &[&element(0xA0 | list, &[&subtrees])]))
}

pub(super) fn key_usage(bits: u8) -> Extension {
    (extension::KEY_USAGE, true, vec![3, 2, 0, bits])
}

pub(super) fn root() -> Plan {
    plan("Root", 1, "Root", 1).authority(None)
}

pub(super) fn leaf(issuer: &str, issuer_key: u8) -> Plan {
    plan("Alice", 9, issuer, issuer_key)
}

/// The length of the path, or the code of the refusal.
fn check(target: &Plan, intermediates: &[Plan], anchors: &[Plan]) -> Result<usize, &'static str> {
    check_with(target, intermediates, anchors, &Policies::default())
}

fn check_with(
    target: &Plan,
    intermediates: &[Plan],
    anchors: &[Plan],
    policies: &Policies,
) -> Result<usize, &'static str> {
    let made = |plans: &[Plan]| plans.iter().map(Plan::make).collect::<Vec<_>>();
    let (target, intermediates, anchors) = (target.make(), made(intermediates), made(anchors));
    let intermediates: Vec<_> = intermediates.iter().collect();
    let trust = Trust { anchors: &anchors, time: NOW, policies: policies.clone(), ..Trust::default() };
    validate(&target, &intermediates, &trust).map(|path| path.certificates().len()).map_err(|error| error.code())
}

// P1: who may issue, and how far down.
#[test]
fn p1_authorities_and_path_lengths() {
    let sub = |name, key, issuer, issuer_key| plan(name, key, issuer, issuer_key);
    let [a, b, c] = [sub("A", 2, "Root", 1), sub("B", 3, "A", 2), sub("C", 4, "B", 3)];
    let ca = |plan: &Plan, length| plan.clone().authority(length);
    // A new certificate of the same authority, signed with its old key.
    let new_a = sub("A", 5, "A", 2);
    let long = |length| plan("Root", 1, "Root", 1).authority(length);
    // (target, intermediates, anchor, expected)
    type Row<'a> = (Plan, Vec<Plan>, Plan, Result<usize, &'a str>);
    let rows: Vec<Row<'_>> = vec![
        (leaf("Root", 1), vec![], root(), Ok(2)),
        (leaf("A", 2), vec![ca(&a, None)], root(), Ok(3)),
        (leaf("C", 4), vec![ca(&c, None), ca(&a, None), ca(&b, None)], root(), Ok(5)),
        // Path lengths count the authorities between, and not the target.
        (leaf("A", 2), vec![ca(&a, Some(0))], root(), Ok(3)),
        (leaf("B", 3), vec![ca(&a, Some(0)), ca(&b, None)], root(), Err("trust.path-length")),
        (leaf("B", 3), vec![ca(&a, Some(1)), ca(&b, None)], root(), Ok(4)),
        (leaf("B", 3), vec![ca(&a, Some(1)), ca(&b, Some(5))], root(), Ok(4)),
        (leaf("C", 4), vec![ca(&a, Some(1)), ca(&b, Some(5)), ca(&c, None)], root(), Err("trust.path-length")),
        // An authority as the target is not counted, either.
        (ca(&b, None), vec![ca(&a, Some(0))], root(), Ok(3)),
        // The path length of the anchor binds.
        (leaf("Root", 1), vec![], long(Some(0)), Ok(2)),
        (leaf("A", 2), vec![ca(&a, None)], long(Some(0)), Err("trust.path-length")),
        // Self-issued authorities are not counted.
        (leaf("A", 5), vec![ca(&a, Some(0)), ca(&new_a, Some(0))], root(), Ok(4)),
        // No authority: no basicConstraints, cA false, no keyCertSign, version 1.
        (leaf("A", 2), vec![a.clone()], root(), Err("trust.not-a-ca")),
        (
            leaf("A", 2),
            vec![a.clone().with((extension::BASIC_CONSTRAINTS, true, vec![0x30, 0]))],
            root(),
            Err("trust.not-a-ca"),
        ),
        (leaf("A", 2), vec![ca(&a, None).with(key_usage(0x80))], root(), Err("trust.not-a-ca")),
        (leaf("A", 2), vec![ca(&a, None).with(key_usage(0x04))], root(), Ok(3)),
        (leaf("A", 2), vec![Plan { version: &[], ..a.clone() }], root(), Err("trust.not-a-ca")),
        (leaf("Root", 1), vec![], plan("Root", 1, "Root", 1), Err("trust.not-a-ca")),
        (leaf("Root", 1), vec![], root().with(key_usage(0x80)), Err("trust.not-a-ca")),
        // But an anchor of version 1 cannot say what the user said.
        (leaf("Root", 1), vec![], Plan { version: &[], ..plan("Root", 1, "Root", 1) }, Ok(2)),
        // An authority without a name.
        (
            Plan { issuer: vec![0x30, 0], ..leaf("", 2) },
            vec![Plan { subject: vec![0x30, 0], ..ca(&a, None) }],
            root(),
            Err("trust.not-a-ca"),
        ),
        // Malformed and repeated basicConstraints.
        (
            leaf("A", 2),
            vec![a.clone().with((extension::BASIC_CONSTRAINTS, true, vec![0x30, 1, 1]))],
            root(),
            Err("trust.extension"),
        ),
        (leaf("A", 2), vec![ca(&ca(&a, None), None)], root(), Err("trust.extension")),
    ];
    for (number, (target, intermediates, anchor, expected)) in rows.into_iter().enumerate() {
        assert_eq!(check(&target, &intermediates, &[anchor]), expected, "row {number}");
    }
}

// P4, P16: forms that are read, but not relied upon.
#[test]
fn p16_forms() {
    let alice = || leaf("Root", 1);
    let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
    let rows: Vec<(Plan, Result<usize, &str>)> = vec![
        (alice().with((unknown, false, vec![5, 0])), Ok(2)),
        (alice().with((unknown, true, vec![5, 0])), Err("trust.critical-extension")),
        (alice().with((unknown, false, vec![5, 0])).with((unknown, false, vec![5, 0])), Err("trust.extension")),
        (alice().with(key_usage(0x80)).with(key_usage(0x80)), Err("trust.extension")),
        (alice().with((extension::KEY_USAGE, false, vec![4, 0])), Err("trust.extension")),
        (alice().with((extension::EXTENDED_KEY_USAGE, false, vec![0x30, 1])), Err("trust.extension")),
        (Plan { serial: vec![0], ..alice() }, Ok(2)),
        (Plan { serial: vec![0x7F; 20], ..alice() }, Ok(2)),
        (Plan { serial: [&[0][..], &[0x80; 20]].concat(), ..alice() }, Ok(2)),
        (Plan { serial: vec![0x7F; 21], ..alice() }, Err("trust.malformed")),
        (Plan { serial: [&[0][..], &[0x80; 21]].concat(), ..alice() }, Err("trust.malformed")),
        (Plan { serial: vec![0x80], ..alice() }, Err("trust.malformed")),
        (Plan { serial: vec![], ..alice() }, Err("trust.malformed")),
        // Versions: 1 has no extensions, 4 does not exist, an explicit 1 is not DER but read.
        (Plan { version: &[], ..alice() }, Ok(2)),
        (Plan { version: &[], ..alice() }.with(key_usage(0x80)), Err("trust.malformed")),
        (Plan { version: &[0xA0, 3, 2, 1, 3], ..alice() }, Err("trust.malformed")),
        // Not DER: a length that is not minimal.
        (alice().with((extension::KEY_USAGE, false, vec![3, 0x81, 2, 0, 0x80])), Ok(2)),
        (Plan { version: &[0xA0, 0x81, 3, 2, 1, 2], ..alice() }, Err("trust.malformed")),
        (Plan { not_after: b"4501010000Z", ..alice() }, Err("trust.malformed")),
        (Plan { not_after: b"251231235959Z", ..alice() }, Err("trust.expired")),
        (Plan { not_after: b"260101000000Z", ..alice() }, Ok(2)),
    ];
    for (number, (target, expected)) in rows.into_iter().enumerate() {
        assert_eq!(check(&target, &[], &[root()]), expected, "row {number}");
    }
    let many = (0..70u8).fold(alice(), |plan, number| {
        plan.with((ObjectIdentifier::new(&format!("1.2.3.{number}")).unwrap(), false, vec![5, 0]))
    });
    assert_eq!(check(&many, &[], &[root()]), Err("trust.malformed"));
}

// P6, PTH-06: authorities that share a name, a key, or both.
#[test]
fn pth_06_authorities_of_the_same_name() {
    let a = plan("A", 2, "Root", 1).authority(None);
    let expired = Plan { not_after: b"250601000000Z", ..a.clone() };
    let other_key = Plan { key: 7, ..a.clone() };
    let no_authority = plan("A", 2, "Root", 1);
    let from_nowhere = plan("A", 2, "Nobody", 6).authority(None);
    let alice = leaf("A", 2);
    for others in [
        vec![expired.clone()],
        vec![other_key.clone()],
        vec![no_authority.clone()],
        vec![from_nowhere.clone()],
        vec![expired.clone(), other_key.clone(), no_authority.clone(), from_nowhere.clone()],
    ] {
        let with_good = [others.clone(), vec![a.clone()]].concat();
        assert_eq!(check(&alice, &with_good, &[root()]), Ok(3));
        assert_eq!(check(&alice, &with_good.into_iter().rev().collect::<Vec<_>>(), &[root()]), Ok(3));
    }
    // Without the good one, the failure of what came farthest is told.
    assert_eq!(check(&alice, &[other_key.clone(), expired.clone()], &[root()]), Err("trust.expired"));
    assert_eq!(check(&alice, &[other_key.clone(), from_nowhere.clone()], &[root()]), Err("trust.signature"));
    assert_eq!(check(&alice, std::slice::from_ref(&from_nowhere), &[root()]), Err("trust.unknown-issuer"));
    // Anchors, too.
    let old_root = Plan { not_after: b"250601000000Z", ..root() };
    let other_root = plan("Root", 7, "Root", 7).authority(None);
    assert_eq!(check(&leaf("Root", 1), &[], &[old_root.clone(), other_root.clone(), root()]), Ok(2));
    assert_eq!(check(&leaf("Root", 1), &[], &[other_root, old_root]), Err("trust.expired"));
    // The name of the issuer in other case and as another kind of string (RFC 5280 section 7.1).
    let spelled = |name: &str| Plan { issuer: common_name(name), ..leaf("Root", 1) };
    assert_eq!(check(&spelled("ROOT"), &[], &[root()]), Ok(2));
    assert_eq!(check(&spelled(" root "), &[], &[root()]), Ok(2));
    assert_eq!(check(&spelled("Root2"), &[], &[root()]), Err("trust.unknown-issuer"));
    // Two that vouch for each other lead nowhere.
    let (x, y) = (plan("X", 2, "Y", 3).authority(None), plan("Y", 3, "X", 2).authority(None));
    assert_eq!(check(&leaf("X", 2), &[x, y], &[root()]), Err("trust.unknown-issuer"));
}

// P14: policies only bind where the path or the user asks for them.
#[test]
fn p14_policies() {
    let policy = |last: u8| {
        let information = element(0x30, &[&[6, 3, 0x2A, 3, last]]);
        (extension::CERTIFICATE_POLICIES, false, element(0x30, &[&information]))
    };
    let authority = || plan("A", 2, "Root", 1).authority(None);
    let explicit = (extension::POLICY_CONSTRAINTS, true, vec![0x30, 3, 0x80, 1, 0]);
    let alice = || leaf("A", 2);
    let asked = |last: u8| Policies {
        acceptable: vec![ObjectIdentifier::new(&format!("1.2.3.{last}")).unwrap()],
        explicit: true,
        ..Policies::default()
    };
    let refused = Err("trust.policy");
    // (authority, leaf, asked for, expected)
    let rows: Vec<(Plan, Plan, Policies, Result<usize, &str>)> = vec![
        (authority(), alice(), Policies::default(), Ok(3)),
        (authority().with(policy(5)), alice(), Policies::default(), Ok(3)),
        (authority().with(explicit.clone()), alice(), Policies::default(), refused),
        (authority().with(policy(5)).with(explicit.clone()), alice().with(policy(5)), Policies::default(), Ok(3)),
        (authority().with(policy(5)).with(explicit), alice().with(policy(6)), Policies::default(), refused),
        (authority(), alice(), asked(5), refused),
        (authority().with(policy(5)), alice().with(policy(5)), asked(5), Ok(3)),
        (authority().with(policy(5)), alice().with(policy(5)), asked(6), refused),
        // Malformed ones are not absent ones.
        (
            authority(),
            alice().with((extension::CERTIFICATE_POLICIES, true, vec![0x30, 2, 5, 0])),
            Policies::default(),
            Err("trust.extension"),
        ),
        (
            authority().with((extension::POLICY_CONSTRAINTS, true, vec![0x30, 1, 0])),
            alice(),
            Policies::default(),
            Err("trust.extension"),
        ),
    ];
    for (number, (authority, alice, policies, expected)) in rows.into_iter().enumerate() {
        assert_eq!(check_with(&alice, &[authority], &[root()], &policies), expected, "row {number}");
    }
}

/// How long a refusal took, and its code.
fn hostile(target: &Plan, heap: &[Plan]) -> (&'static str, Duration) {
    let (target, anchors) = (target.make(), [root().make()]);
    let heap: Vec<Certificate> = heap.iter().map(Plan::make).collect();
    let heap: Vec<&Certificate> = heap.iter().collect();
    let trust = Trust { anchors: &anchors, time: NOW, ..Trust::default() };
    let start = Instant::now();
    let code = validate(&target, &heap, &trust).unwrap_err().code();
    (code, start.elapsed())
}

// R9: heaps of certificates that vouch for each other end in a refusal, and soon. 64 is what a message may carry.
#[test]
fn r9_hostile_heaps() {
    // Eight levels of eight certificates each, every one signed by all of the level above: 8^8 paths.
    let mut levels = Vec::new();
    for level in 0..8u8 {
        for copy in 0..8u8 {
            let (name, issuer) = (format!("L{level}"), format!("L{}", level + 1));
            let plan = plan(&name, 10 + level, &issuer, 11 + level).authority(None);
            levels.push(Plan { serial: vec![1 + copy], ..plan });
        }
    }
    let start = leaf("L0", 10);
    // The same with another key for every copy.
    let other_keys: Vec<Plan> = levels
        .iter()
        .enumerate()
        .map(|(at, plan)| Plan { key: 20 + u8::try_from(at).unwrap(), ..plan.clone() })
        .collect();
    // One name for all, all signed with one key.
    let one_name: Vec<Plan> = (0..64)
        .map(|number| Plan { serial: vec![1 + number], ..plan("X", 2, "X", 2).authority(None) })
        .map(|plan| Plan { key: 10 + plan.serial[0], ..plan })
        .collect();
    for (start, heap) in [(&start, &levels), (&start, &other_keys), (&leaf("X", 2), &one_name)] {
        let (code, took) = hostile(start, heap);
        assert!(["trust.budget", "trust.unknown-issuer", "trust.signature"].contains(&code), "{code}");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    // A chain that is longer than any is.
    let chain: Vec<Plan> = (0..40u8)
        .map(|at| plan(&format!("C{at}"), 10 + at, &format!("C{}", at + 1), 11 + at).authority(None))
        .chain([plan("C40", 50, "Root", 1).authority(None)])
        .collect();
    let (code, took) = hostile(&leaf("C0", 10), &chain);
    assert!(code == "trust.unknown-issuer" && took < Duration::from_secs(1), "{code} {took:?}");
}

// R4: constraints and names by the thousand.
#[test]
fn r4_many_constraints() {
    let hosts: Vec<String> = (0..5000).map(|number| format!("h{number}.example")).collect();
    let subtrees: Vec<(u8, &[u8])> = hosts.iter().map(|host| (0x82, host.as_bytes())).collect();
    let authority = plan("A", 2, "Root", 1).authority(None).with(constraint(0, &subtrees));
    assert_eq!(check(&leaf("A", 2), &[authority], &[root()]), Err("trust.budget"));
    let authority = plan("A", 2, "Root", 1).authority(None).with(constraint(0, &subtrees[..1000]));
    let alice = leaf("A", 2).with(names(&subtrees));
    assert_eq!(check(&alice, std::slice::from_ref(&authority), &[root()]), Err("trust.name-constraints"));
    // Comparing all of them with all of them is not to be had twice.
    let many = [subtrees.clone(), subtrees].concat();
    assert_eq!(check(&leaf("A", 2).with(names(&many)), &[authority], &[root()]), Err("trust.budget"));
}

// A budget can be shared: what one signer spent, the next has not.
#[test]
fn a_shared_budget() {
    let (alice, anchors) = (leaf("Root", 1).make(), [root().make()]);
    let trust = Trust { anchors: &anchors, time: NOW, ..Trust::default() };
    let others: Vec<Certificate> =
        (1..=20).map(|serial| Plan { serial: vec![serial], ..leaf("Root", 1) }.make()).collect();
    let mut budget = Budget::default();
    // Each has a path of its own to judge.
    let found = others.iter().map(|other| validate_within(other, &[], &trust, &mut budget).map(|_| ()));
    let codes: Vec<_> = found.map(|found| found.err().map_or("", |refusal| refusal.error.code())).collect();
    assert_eq!(codes, [[""; 16].as_slice(), &["trust.budget"; 4]].concat());
    // What is known costs nothing.
    for _ in 0..2 {
        assert_eq!(validate_within(&others[0], &[], &trust, &mut budget).unwrap().certificates().len(), 2);
        assert_eq!(validate_within(&others[19], &[], &trust, &mut budget).unwrap_err().error.code(), "trust.budget");
    }
    // A verdict is remembered with its path and what is weak in it, or with its reason.
    let stranger = leaf("Nobody", 7).make();
    let mut budget = Budget::default();
    let (known, unknown) =
        (validate_within(&alice, &[], &trust, &mut budget), validate_within(&stranger, &[], &trust, &mut budget));
    let again = validate_within(&alice, &[], &trust, &mut budget);
    assert_eq!(known.unwrap().certificates(), again.unwrap().certificates());
    let again = validate_within(&stranger, &[], &trust, &mut budget);
    assert_eq!(unknown.unwrap_err(), again.unwrap_err());
}

// R9: names as long as a message can make them are compared at once, and shown in no time.
#[test]
fn r9_long_names() {
    let long_name = |letter: u8| element(0x30, &[&common_name(&char::from(letter).to_string())[2..].repeat(900)]);
    let long = |plan: Plan, subject: u8, issuer: u8| {
        Plan { subject: long_name(subject), issuer: long_name(issuer), ..plan }.make()
    };
    let targets: Vec<Certificate> =
        (1..=16).map(|serial| long(Plan { serial: vec![serial], ..leaf("", 2) }, b'a', b'X')).collect();
    let heap: Vec<Certificate> =
        (0..48).map(|key| long(plan("", key + 1, "", 3).authority(None), b'x', b'x')).collect();
    let (heap, anchors): (Vec<_>, _) = (heap.iter().collect(), [root().make()]);
    let trust = Trust { anchors: &anchors, time: NOW, ..Trust::default() };
    let (start, mut budget) = (Instant::now(), Budget::default());
    // As 16 signers ask for 16 candidates each.
    for target in (0..16).flat_map(|_| &targets) {
        assert_eq!(
            validate_within(target, &heap, &trust, &mut budget).unwrap_err().error.code(),
            "trust.unknown-issuer"
        );
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

// VFY-17: whoever is asked to trust a certificate is told which.
#[test]
fn vfy_17_what_is_not_trusted_is_described() {
    let self_signed = plan("Alice", 9, "Alice", 9).make();
    let fingerprint = hex::encode(self_signed.fingerprint_sha256());
    let others = [root().make()];
    for anchors in [&[][..], &others] {
        let trust = Trust { anchors, time: NOW, ..Trust::default() };
        let error = validate(&self_signed, &[], &trust).unwrap_err();
        let described = format!("CN=Alice, issued by itself, SHA-256 fingerprint {fingerprint}");
        assert!(error.to_string().ends_with(&described), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains(&fingerprint) && hint.contains("--trust"), "{hint}");
        // It is issued by another: that one is to be named.
        let error = validate(&leaf("Nobody", 7).make(), &[], &trust).unwrap_err();
        assert!(error.to_string().contains("CN=Alice, issued by CN=Nobody, SHA-256 fingerprint "), "{error}");
        assert!(error.hint().unwrap().contains("-CAfile"));
    }
}
