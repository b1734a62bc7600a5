//! Lists, paths and times in every combination.

use std::time::{Duration, Instant};

use super::*;
use crate::asn1::encode::element;
use crate::pki::chain::tests::{NOW, Plan, key_usage, leaf, plan, root};
use crate::pki::chain::{Trust, validate};
use crate::pki::crl::{CERTIFICATE_ISSUER, INVALIDITY_DATE, REASON_CODE};
use crate::pki::testing::{CrlPlan, Extension, common_name, crl};

const REVOKED: Result<usize, &str> = Err("trust.revoked");
const UNKNOWN: Result<usize, &str> = Err("trust.revocation-unknown");

struct Case {
    target: Plan,
    intermediates: Vec<Plan>,
    anchors: Vec<Plan>,
    time: i64,
}

impl Case {
    /// Alice, of the serial number 1, below the root; and A, an authority of the serial number 2, below it.
    fn new() -> Self {
        Case { target: leaf("Root", 1), intermediates: vec![], anchors: vec![root()], time: NOW }
    }

    fn below_a() -> Self {
        let a = Plan { serial: vec![2], ..plan("A", 2, "Root", 1).authority(None) };
        Case { target: leaf("A", 2), intermediates: vec![a], ..Case::new() }
    }

    /// How many certificates of the path are known to be good, or the code of the refusal.
    fn check(&self, crls: &[CrlPlan], revocation: RevocationCheck) -> Result<usize, &'static str> {
        self.summaries(crls, revocation)
            .map(|summaries| summaries.iter().filter(|one| !one.lists.is_empty()).count())
            .map_err(|error| error.code())
    }

    fn summaries(&self, crls: &[CrlPlan], revocation: RevocationCheck) -> Result<Vec<RevocationSummary>, Error> {
        let made = |plans: &[Plan]| plans.iter().map(Plan::make).collect::<Vec<_>>();
        let (target, intermediates, anchors) = (self.target.make(), made(&self.intermediates), made(&self.anchors));
        let intermediates: Vec<_> = intermediates.iter().collect();
        let crls: Vec<Crl> = crls.iter().map(CrlPlan::make).collect();
        let trust =
            Trust { anchors: &anchors, time: self.time, crls: crls.iter().collect(), revocation, ..Trust::default() };
        validate(&target, &intermediates, &trust).map(|path| path.revocation().to_vec())
    }

    fn leaf(&self, crls: &[CrlPlan]) -> Result<usize, &'static str> {
        self.check(crls, RevocationCheck::Leaf)
    }
}

fn uri(uri: &str) -> Vec<u8> {
    element(0xA0, &[&element(0xA0, &[&element(0x86, &[uri.as_bytes()])])])
}

/// cRLDistributionPoints of one point with these fields.
fn points(fields: &[&[u8]]) -> Extension {
    (extension::CRL_DISTRIBUTION_POINTS, false, element(0x30, &[&element(0x30, fields)]))
}

/// The list of an entry that names another issuer.
fn of(issuer: &str) -> Extension {
    (CERTIFICATE_ISSUER, true, element(0x30, &[&element(0xA4, &[&common_name(issuer)])]))
}

// P8: with and without lists, and what is asked.
#[test]
fn p8_what_is_asked() {
    use RevocationCheck::{Chain, IfKnown, Leaf};
    let of_root = || crl("Root", 1);
    let of_a = || crl("A", 2);
    // (lists, what is asked, answer for Alice below A below the root)
    let rows: Vec<(Vec<CrlPlan>, RevocationCheck, Result<usize, &str>)> = vec![
        (vec![], IfKnown, Ok(0)),
        (vec![], Leaf, UNKNOWN),
        (vec![], Chain, UNKNOWN),
        (vec![of_a()], IfKnown, Ok(1)),
        (vec![of_a()], Leaf, Ok(1)),
        (vec![of_a()], Chain, UNKNOWN),
        (vec![of_root()], IfKnown, Ok(1)),
        (vec![of_root()], Leaf, UNKNOWN),
        (vec![of_root(), of_a()], Chain, Ok(2)),
        (vec![of_a().revoke(1, None)], IfKnown, REVOKED),
        (vec![of_a().revoke(1, Some(6))], IfKnown, REVOKED),
        (vec![of_a().revoke(2, None)], Leaf, Ok(1)),
        // The authority is revoked: nobody asked, but it is known.
        (vec![of_a(), of_root().revoke(2, None)], IfKnown, REVOKED),
        (vec![of_a(), of_root().revoke(2, None)], Leaf, REVOKED),
        (vec![of_a(), of_root().revoke(2, None)], Chain, REVOKED),
        (vec![of_root().revoke(1, None), of_a()], Chain, Ok(2)),
    ];
    for (number, (crls, asked, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case::below_a().check(&crls, asked), expected, "row {number}");
    }
    let error = Case::new().summaries(&[crl("Root", 1).revoke(1, Some(1))], IfKnown).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a certificate in the path is revoked: it was revoked on 2025-11-15T00:00:00Z, reason keyCompromise, says the \
         CRL of CN=Root, made 2025-12-01T00:00:00Z"
    );
    assert_eq!(error.place().element.as_deref(), Some("certificate of CN=Alice"));
}

// P8: who may sign a list, and what is in it.
#[test]
fn p8_signers_and_problems() {
    let nobody = (der::asn1::ObjectIdentifier::new("2.5.29.99").unwrap(), true, vec![5, 0]);
    // (list, part of the reason)
    let rows: Vec<(CrlPlan, &str)> = vec![
        (crl("Root", 7), "the key of CN=Root did not make it"),
        // The very key that it is about.
        (crl("Root", 9), "the key of CN=Root did not make it"),
        (crl("Nobody", 1), "no list of CN=Root is there"),
        (crl("Root", 1).with(nobody), "critical extension"),
        (CrlPlan { next_update: Some(b"251231235959Z"), ..crl("Root", 1) }, "it has expired"),
        (CrlPlan { this_update: b"260101000001Z", ..crl("Root", 1) }, "it was made after"),
        (CrlPlan { next_update: None, ..crl("Root", 1) }, "until when it holds"),
        (crl("Root", 1).number(12).delta(10), "what it changes is not there"),
    ];
    for (list, expected) in rows {
        let error = Case::new().summaries(&[list], RevocationCheck::Leaf).unwrap_err();
        assert_eq!(error.code(), "trust.revocation-unknown");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
    // Both ends of its time belong to it.
    for (this_update, next_update) in
        [(&b"260101000000Z"[..], &b"260201000000Z"[..]), (b"251201000000Z", b"260101000000Z")]
    {
        let list = CrlPlan { this_update, next_update: Some(next_update), ..crl("Root", 1) };
        assert_eq!(Case::new().leaf(&[list]), Ok(1));
    }
    // An authority that may sign certificates and no lists.
    let no_lists = Case { anchors: vec![root().with(key_usage(0x04))], ..Case::new() };
    assert_eq!(no_lists.leaf(&[crl("Root", 1)]), UNKNOWN);
    assert_eq!(no_lists.check(&[crl("Root", 1).revoke(1, None)], RevocationCheck::IfKnown), Ok(0));
    let both = Case { anchors: vec![root().with(key_usage(0x06))], ..Case::new() };
    assert_eq!(both.leaf(&[crl("Root", 1)]), Ok(1));
    // A useless list does not hide a good one, and a forged one revokes nobody.
    assert_eq!(Case::new().leaf(&[crl("Root", 7).revoke(1, None), crl("Root", 1)]), Ok(1));
}

// The newest list counts; one that is not current says only what cannot have changed.
#[test]
fn lists_of_other_times() {
    let old = || CrlPlan { this_update: b"251101000000Z", ..crl("Root", 1) }.number(9);
    let expired = || CrlPlan { next_update: Some(b"251231235959Z"), ..crl("Root", 1) };
    let future = || CrlPlan { this_update: b"260301000000Z", next_update: Some(b"260401000000Z"), ..crl("Root", 1) };
    let before = (INVALIDITY_DATE, false, element(0x18, &[b"20251101000000Z"]));
    let hold = (REASON_CODE, false, vec![0x0A, 1, 6]);
    let rows: Vec<(Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (vec![old().revoke(1, Some(6)), crl("Root", 1)], Ok(1)),
        (vec![crl("Root", 1).revoke(1, None), old()], REVOKED),
        // Of the same time: nobody knows which is the newer one.
        (vec![crl("Root", 1), crl("Root", 1).revoke(1, None)], REVOKED),
        (vec![expired().revoke(1, None)], REVOKED),
        (vec![expired().revoke(1, Some(6))], UNKNOWN),
        (vec![expired(), old()], UNKNOWN),
        (vec![future()], UNKNOWN),
        (vec![future().revoke(1, None)], REVOKED),
        (vec![future().entry(&[1], b"260215000000Z", &[])], UNKNOWN),
        (vec![future().entry(&[1], b"260215000000Z", &[before])], REVOKED),
        (vec![future().entry(&[1], b"251115000000Z", &[hold])], UNKNOWN),
        // Revoked later than the time in question, and good then.
        (vec![future().entry(&[1], b"260215000000Z", &[]), crl("Root", 1)], Ok(1)),
        (vec![future().revoke(1, None), crl("Root", 1)], REVOKED),
    ];
    for (number, (crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case::new().leaf(&crls), expected, "row {number}");
        let reversed: Vec<CrlPlan> = crls.into_iter().rev().collect();
        assert_eq!(Case::new().leaf(&reversed), expected, "row {number}, reversed");
    }
}

// RFC 5280 section 6.3.3 (i) to (k).
#[test]
fn deltas() {
    let delta = || CrlPlan { this_update: b"251215000000Z", ..crl("Root", 1) }.number(12).delta(10);
    let held = || crl("Root", 1).revoke(1, Some(6));
    let expired = || CrlPlan { next_update: Some(b"251220000000Z"), ..delta() };
    let rows: Vec<(Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (vec![crl("Root", 1), delta()], Ok(1)),
        (vec![crl("Root", 1), delta().revoke(1, None)], REVOKED),
        (vec![held(), delta()], REVOKED),
        (vec![held(), delta().revoke(1, Some(8))], Ok(1)),
        // The newest of them, and none that is not one of this list.
        (vec![held(), delta().revoke(1, Some(8)), CrlPlan { this_update: b"251216000000Z", ..delta() }], REVOKED),
        (vec![held(), delta().delta(11).revoke(1, Some(8))], REVOKED),
        (vec![held(), CrlPlan { key: 7, ..delta() }.revoke(1, Some(8))], REVOKED),
        (vec![held(), expired().revoke(1, Some(8))], REVOKED),
        (vec![crl("Root", 1), expired()], Ok(1)),
        // Of several of one time each counts: none is the newer one, and a hold is over only if none keeps it.
        (vec![crl("Root", 1), delta(), delta().number(13).revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), delta().revoke(2, None), delta().number(13).revoke(1, None)], REVOKED),
        (vec![held(), delta().revoke(1, Some(8)), delta().number(13)], REVOKED),
        (vec![held(), delta().revoke(1, Some(8)), delta().number(13).revoke(1, Some(8))], Ok(1)),
        (vec![held(), delta().revoke(1, Some(8)), CrlPlan { key: 7, ..delta().number(13) }], Ok(1)),
    ];
    for (number, (crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case::new().leaf(&crls), expected, "row {number}");
        let reversed: Vec<CrlPlan> = crls.into_iter().rev().collect();
        assert_eq!(Case::new().leaf(&reversed), expected, "row {number}, reversed");
    }
    // The same one twice is one.
    let summaries = Case::new().summaries(&[crl("Root", 1), delta(), delta()], RevocationCheck::Leaf).unwrap();
    let kinds: Vec<bool> = summaries[0].lists.iter().map(|list| list.is_delta).collect();
    assert_eq!(kinds, [false, true]);
}

// RFC 5280 section 6.3.3 (b) and (d): which certificates, which reasons, which places.
#[test]
fn p8_issuing_distribution_points() {
    const USERS: &[u8] = &[0x81, 1, 0xFF];
    const AUTHORITIES: &[u8] = &[0x82, 1, 0xFF];
    const ATTRIBUTES: &[u8] = &[0x85, 1, 0xFF];
    // keyCompromise and cACompromise; all others; none.
    const SOME: &[u8] = &[0x83, 2, 5, 0x60];
    const OTHERS: &[u8] = &[0x83, 3, 7, 0x1F, 0x80];
    let (one, two) = (uri("http://a.example/1"), uri("http://a.example/2"));
    let relative = |name: &str| {
        let attribute = element(0x30, &[&[6, 3, 0x55, 4, 3], &element(0x0C, &[name.as_bytes()])]);
        element(0xA0, &[&element(0xA1, &[&attribute])])
    };
    let some_of = |list: &[u8]| element(0x81, &[&list[2..]]);
    let list = |fields: &[&[u8]]| crl("Root", 1).issuing(fields);
    let bare = || leaf("Root", 1);
    let at = |fields: &[&[u8]]| bare().with(points(fields));
    let authority = || bare().authority(None);
    // (target, lists, answer)
    let rows: Vec<(Plan, Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (bare(), vec![list(&[USERS])], Ok(1)),
        (bare(), vec![list(&[AUTHORITIES])], UNKNOWN),
        (bare(), vec![list(&[ATTRIBUTES])], UNKNOWN),
        (bare(), vec![list(&[AUTHORITIES]).revoke(1, None)], UNKNOWN),
        (authority(), vec![list(&[USERS])], UNKNOWN),
        (authority(), vec![list(&[AUTHORITIES])], Ok(1)),
        // Reasons add up.
        (bare(), vec![list(&[SOME])], UNKNOWN),
        (bare(), vec![list(&[SOME]), list(&[OTHERS])], Ok(1)),
        (bare(), vec![list(&[SOME]), list(&[OTHERS]).revoke(1, Some(4))], REVOKED),
        (bare(), vec![list(&[&[0x83, 1, 0]])], UNKNOWN),
        (at(&[&one, &some_of(SOME)]), vec![list(&[&one])], UNKNOWN),
        (at(&[&one, &some_of(SOME)]), vec![list(&[&one]), crl("Root", 1)], Ok(1)),
        // Places.
        (at(&[&one]), vec![list(&[&one])], Ok(1)),
        (at(&[&one]), vec![list(&[&two])], UNKNOWN),
        (at(&[&one]), vec![list(&[&two]).revoke(1, None)], UNKNOWN),
        (bare(), vec![list(&[&one])], UNKNOWN),
        (at(&[&one]), vec![crl("Root", 1)], Ok(1)),
        (at(&[&relative("one")]), vec![list(&[&relative("one")])], Ok(1)),
        (at(&[&relative("one")]), vec![list(&[&relative("two")])], UNKNOWN),
        // RUSTSEC-2026-0049: not only the first point.
        (
            bare().with((
                extension::CRL_DISTRIBUTION_POINTS,
                false,
                element(0x30, &[&element(0x30, &[&one]), &element(0x30, &[&two])]),
            )),
            vec![list(&[&two])],
            Ok(1),
        ),
        // Malformed ones.
        (at(&[&[0x81, 0]]), vec![crl("Root", 1)], Err("trust.extension")),
    ];
    for (number, (target, crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case { target, ..Case::new() }.leaf(&crls), expected, "row {number}");
    }
}

// RFC 5280 section 6.3.3 (b) and (f): lists that another issuer signs.
#[test]
fn p8_indirect_lists() {
    const INDIRECT: &[u8] = &[0x84, 1, 0xFF];
    let issuer = element(0xA2, &[&element(0xA4, &[&common_name("Lists")])]);
    let pointed = || leaf("Root", 1).with(points(&[&issuer]));
    let lists = || Plan { serial: vec![3], ..plan("Lists", 4, "Root", 1).with(key_usage(0x02)) };
    let other_root = || plan("Other", 5, "Other", 5).authority(None);
    let list = || crl("Lists", 4).issuing(&[INDIRECT]);
    let revoking = |issuer: &str| list().entry(&[1], b"251115000000Z", &[of(issuer)]);
    // (target, more certificates, lists, answer)
    type Row<'a> = (Plan, Vec<Plan>, Vec<CrlPlan>, Result<usize, &'a str>);
    let rows: Vec<Row<'_>> = vec![
        (pointed(), vec![lists()], vec![list()], Ok(1)),
        (pointed(), vec![lists()], vec![revoking("Root")], REVOKED),
        (pointed(), vec![lists()], vec![revoking("Elsewhere")], Ok(1)),
        (pointed(), vec![lists()], vec![list().revoke(1, None)], Ok(1)),
        // Not said to be about others, and not asked for by the certificate.
        (pointed(), vec![lists()], vec![crl("Lists", 4)], UNKNOWN),
        (leaf("Root", 1), vec![lists()], vec![list()], UNKNOWN),
        // Who signed it is not there, may not, has another anchor, has expired, or is revoked.
        (pointed(), vec![], vec![list()], UNKNOWN),
        (pointed(), vec![plan("Lists", 4, "Root", 1).with(key_usage(0x80))], vec![list()], UNKNOWN),
        (pointed(), vec![Plan { serial: vec![3], ..plan("Lists", 4, "Other", 5) }], vec![list()], UNKNOWN),
        (pointed(), vec![Plan { not_after: b"251231000000Z", ..lists() }], vec![list()], UNKNOWN),
        (
            pointed(),
            vec![lists()],
            vec![list(), crl("Root", 1).issuing(&[&uri("http://elsewhere.example")]).revoke(3, None)],
            Ok(1),
        ),
        (pointed(), vec![lists()], vec![revoking("Root"), crl("Root", 1).revoke(3, None).revoke(1, None)], REVOKED),
        // It says itself that its key is not to be trusted.
        (pointed(), vec![lists()], vec![revoking("Root").revoke(3, None)], UNKNOWN),
    ];
    for (number, (target, intermediates, crls, expected)) in rows.into_iter().enumerate() {
        let case = Case { target, intermediates, anchors: vec![root(), other_root()], ..Case::new() };
        assert_eq!(case.leaf(&crls), expected, "row {number}");
    }
}

// An authority may sign its lists with another key than its certificates: that key needs a path of its own.
#[test]
fn lists_of_another_key_of_the_issuer() {
    let new_key = || Plan { serial: vec![3], ..plan("Root", 6, "Root", 1).with(key_usage(0x02)) };
    let case = |intermediates| Case { intermediates, ..Case::new() };
    assert_eq!(case(vec![new_key()]).leaf(&[crl("Root", 6)]), Ok(1));
    assert_eq!(case(vec![new_key()]).leaf(&[crl("Root", 6).revoke(1, None)]), REVOKED);
    assert_eq!(case(vec![new_key()]).leaf(&[crl("Root", 6).revoke(3, None)]), UNKNOWN);
    assert_eq!(case(vec![]).leaf(&[crl("Root", 6)]), UNKNOWN);
    // Whoever calls itself so.
    assert_eq!(case(vec![plan("Root", 6, "Root", 6)]).leaf(&[crl("Root", 6)]), UNKNOWN);
    // That nobody revoked the key is known from another list alone.
    assert_eq!(case(vec![new_key()]).check(&[crl("Root", 6)], RevocationCheck::Chain), UNKNOWN);
}

// P8: who may sign lists in the name of whom. RFC 5280 section 6.3.3 (f) asks for the same anchor alone; the name of the
// certificate's issuer is taken by nobody else below that anchor.
#[test]
fn p8_others_of_the_name_of_the_issuer() {
    let list = || crl("A", 6);
    // (who signed the list of A, whether Alice, below A below the root, is known to be good by it)
    let may_sign = |plan: Plan| Plan { serial: vec![3], ..plan }.with(key_usage(0x02));
    let rows: Vec<(Vec<Plan>, bool)> = vec![
        // Another key, from who certified A, or from A.
        (vec![may_sign(plan("A", 6, "Root", 1))], true),
        (vec![may_sign(plan("A", 6, "A", 2))], true),
        // From another authority below the root.
        (vec![plan("B", 3, "Root", 1).authority(None), may_sign(plan("A", 6, "B", 3))], false),
        // A certificate that does not say that its key signs lists.
        (vec![Plan { serial: vec![3], ..plan("A", 6, "Root", 1) }], false),
        (vec![Plan { serial: vec![3], ..plan("A", 6, "Root", 1) }.with(key_usage(0x80))], false),
        (vec![Plan { serial: vec![3], ..plan("A", 6, "Root", 1) }.authority(None)], false),
    ];
    for (number, (others, is_good)) in rows.into_iter().enumerate() {
        let below_a = Case::below_a();
        let case = Case { intermediates: [below_a.intermediates, others].concat(), ..Case::below_a() };
        let expected = if is_good { Ok(1) } else { UNKNOWN };
        assert_eq!(case.leaf(&[list()]), expected, "row {number}");
        // What another key says in a newer list takes nothing back.
        let newer = CrlPlan { this_update: b"251231000000Z", ..list().number(20) };
        assert_eq!(case.leaf(&[newer, crl("A", 2).revoke(1, None)]), REVOKED, "row {number}");
    }
    // The newer list of the same key does: its issuer knows.
    let newer = CrlPlan { this_update: b"251231000000Z", ..crl("A", 2).number(20) };
    assert_eq!(Case::below_a().leaf(&[newer, crl("A", 2).revoke(1, None)]), Ok(1));
}

// P8: what a delta list revokes is revoked, whether or not the list that it changes is there.
#[test]
fn p8_deltas_that_cannot_be_applied() {
    let delta = || CrlPlan { this_update: b"251215000000Z", ..crl("Root", 1) }.number(12).delta(11);
    let expired = || CrlPlan { next_update: Some(b"251220000000Z"), ..delta() };
    let rows: Vec<(Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (vec![delta().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), delta().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), expired().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), delta().revoke(1, Some(6))], Ok(1)),
        (vec![crl("Root", 1), delta().revoke(1, Some(8))], Ok(1)),
        (vec![crl("Root", 1), delta().revoke(2, None)], Ok(1)),
        (vec![crl("Root", 1), CrlPlan { key: 7, ..delta() }.revoke(1, None)], Ok(1)),
        (vec![delta().revoke(1, Some(6))], UNKNOWN),
    ];
    for (number, (crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case::new().leaf(&crls), expected, "row {number}");
        let reversed: Vec<CrlPlan> = crls.into_iter().rev().collect();
        assert_eq!(Case::new().leaf(&reversed), expected, "row {number}, reversed");
    }
    // It is said that a list was left out.
    let summaries = Case::new().summaries(&[crl("Root", 1), delta()], RevocationCheck::Leaf).unwrap();
    assert!(summaries[0].reason.contains("the delta CRL of CN=Root"), "{summaries:?}");
}

// P8: so it is if the delta list would change one that is there, but is not current or of another key.
#[test]
fn p8_deltas_that_are_not_applied() {
    let delta = || CrlPlan { this_update: b"251215000000Z", ..crl("Root", 1) }.number(12).delta(10);
    let expired = || CrlPlan { next_update: Some(b"251220000000Z"), ..delta() };
    let future = || CrlPlan { this_update: b"260115000000Z", ..delta() };
    let other_key = || CrlPlan { key: 6, ..delta() };
    let newest = || CrlPlan { this_update: b"251216000000Z", ..delta().number(13) };
    let rows: Vec<(Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (vec![crl("Root", 1), expired().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), future().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), other_key().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1), expired().revoke(1, None), newest().delta(12)], REVOKED),
        (vec![crl("Root", 1), expired().revoke(1, Some(6))], Ok(1)),
        (vec![crl("Root", 1), other_key().revoke(1, Some(6))], Ok(1)),
        (vec![crl("Root", 1), future().entry(&[1], b"260110000000Z", &[])], Ok(1)),
        // The issuer knows what the older one says: it made a newer one that is applied, or a newer complete one.
        (vec![crl("Root", 1), delta().revoke(1, None), newest()], Ok(1)),
        (vec![CrlPlan { this_update: b"251220000000Z", ..crl("Root", 1) }, expired().revoke(1, None)], Ok(1)),
    ];
    let new_key = Plan { serial: vec![3], ..plan("Root", 6, "Root", 1).with(key_usage(0x02)) };
    let case = Case { intermediates: vec![new_key], ..Case::new() };
    for (number, (crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(case.leaf(&crls), expected, "row {number}");
        let reversed: Vec<CrlPlan> = crls.into_iter().rev().collect();
        assert_eq!(case.leaf(&reversed), expected, "row {number}, reversed");
    }
    // That it was not applied is said, whatever else was of no use, and whatever the answer is.
    let forged = || crl("Root", 7);
    for (crls, why) in [
        (vec![forged(), crl("Root", 1), delta().delta(11)], "what it changes is not there"),
        (vec![forged(), crl("Root", 1), expired()], "it has expired"),
        (vec![forged(), crl("Root", 1), delta().delta(11).revoke(1, None)], "what it changes is not there"),
        (vec![delta().delta(11).revoke(1, None)], "what it changes is not there"),
        (vec![forged(), delta().delta(11)], "what it changes is not there"),
    ] {
        let said = match case.summaries(&crls, RevocationCheck::Leaf) {
            Ok(summaries) => summaries[0].reason.clone(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains("the delta CRL of CN=Root, made 2025-12-15T00:00:00Z"), "{why}: {said}");
        assert!(said.contains("not applied") && said.contains(why), "{why}: {said}");
    }
}

// P8: a newer list that is itself not current hides nothing that an older one revokes, and is not stood in for by it.
#[test]
fn p8_newer_lists_that_have_expired() {
    let newer = || CrlPlan { this_update: b"251210000000Z", next_update: Some(b"251220000000Z"), ..crl("Root", 1) };
    let rows: Vec<(Vec<CrlPlan>, Result<usize, &str>)> = vec![
        (vec![crl("Root", 1).revoke(1, None), newer()], REVOKED),
        (vec![crl("Root", 1), newer().revoke(1, None)], REVOKED),
        (vec![crl("Root", 1).revoke(1, Some(6)), newer()], UNKNOWN),
        (vec![crl("Root", 1), newer().revoke(1, Some(6))], UNKNOWN),
        (vec![crl("Root", 1), newer()], UNKNOWN),
    ];
    for (number, (crls, expected)) in rows.into_iter().enumerate() {
        assert_eq!(Case::new().leaf(&crls), expected, "row {number}");
        let reversed: Vec<CrlPlan> = crls.into_iter().rev().collect();
        assert_eq!(Case::new().leaf(&reversed), expected, "row {number}, reversed");
    }
}

// A path without a revoked authority is taken if there is one.
#[test]
fn another_path() {
    let a = |serial: u8, issuer: &str, key| Plan { serial: vec![serial], ..plan("A", 2, issuer, key).authority(None) };
    let other_root = plan("Other", 5, "Other", 5).authority(None);
    let case = Case {
        target: leaf("A", 2),
        intermediates: vec![a(2, "Root", 1), a(3, "Other", 5)],
        anchors: vec![root(), other_root],
        ..Case::new()
    };
    let revoked = crl("Root", 1).revoke(2, None);
    assert_eq!(case.check(std::slice::from_ref(&revoked), RevocationCheck::IfKnown), Ok(0));
    assert_eq!(case.check(&[revoked, crl("Other", 5).revoke(3, None)], RevocationCheck::IfKnown), REVOKED);
}

// A certificate that is trusted by itself has been revoked, if its issuer is trusted, too; a self-signed one cannot be.
#[test]
fn trusted_certificates() {
    let (alice, roots) = (leaf("Root", 1).make(), [root().make()]);
    let own = [plan("Alice", 9, "Alice", 9).make()];
    let (good, bad) = (crl("Root", 1).make(), crl("Root", 1).revoke(1, None).make());
    let check = |target: &Certificate, anchors: &[Certificate], list: &Crl, revocation| {
        let trust = Trust {
            anchors,
            pinned: std::slice::from_ref(target),
            time: NOW,
            crls: vec![list],
            revocation,
            ..Trust::default()
        };
        validate(target, &[], &trust).map(|path| path.certificates().len()).map_err(|error| error.code())
    };
    use RevocationCheck::{IfKnown, Leaf};
    assert_eq!(check(&alice, &roots, &good, Leaf), Ok(1));
    assert_eq!(check(&alice, &roots, &bad, IfKnown), REVOKED);
    assert_eq!(check(&alice, &[], &bad, IfKnown), Ok(1));
    assert_eq!(check(&alice, &[], &good, Leaf), UNKNOWN);
    assert_eq!(check(&own[0], &own, &good, IfKnown), Ok(1));
    assert_eq!(check(&own[0], &own, &good, Leaf), UNKNOWN);
}

// R9: heaps of lists, of their issuers, and lists that vouch for each other, end soon.
#[test]
fn r9_heaps_of_lists() {
    const INDIRECT: &[u8] = &[0x84, 1, 0xFF];
    let issuer = element(0xA2, &[&element(0xA4, &[&common_name("Lists")])]);
    let target = leaf("Root", 1).with(points(&[&issuer]));
    // Every issuer of lists needs a list of the others.
    let pointed = |serial: u8| Plan {
        serial: vec![serial],
        ..plan("Lists", 3 + serial, "Root", 1).with(key_usage(0x02)).with(points(&[&issuer]))
    };
    let intermediates: Vec<Plan> = (2..60).map(pointed).collect();
    let crls: Vec<CrlPlan> =
        (2..60).map(|serial| crl("Lists", 3 + serial).issuing(&[INDIRECT]).number(serial)).collect();
    let case = Case { target, intermediates, ..Case::new() };
    let start = Instant::now();
    let code = case.check(&crls, RevocationCheck::Chain).unwrap_err();
    assert!(["trust.budget", "trust.revocation-unknown"].contains(&code), "{code}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

// R9: lists of 1 MiB, of which every entry, or none, names another issuer, by a long or a short name: an indirect one for
// all certificates of the paths of 16 signers, and 40 of the issuer itself.
#[test]
fn r9_long_lists_for_many_certificates() {
    // Without optimisation, as many octets take as long as a hundred times as many with it.
    let (size, most) = if cfg!(debug_assertions) { (1 << 14, 5) } else { (1 << 20, 1) };
    let issuer = element(0xA2, &[&element(0xA4, &[&common_name("Lists")])]);
    let pointed = |plan: Plan| plan.with(points(&[&issuer]));
    let authority = |at: u8| plan(&format!("C{at}"), 20 + at, &format!("C{}", at + 1), 21 + at).authority(None);
    let chain = (0..10).map(authority).chain([plan("C10", 30, "Root", 1).authority(None)]).map(pointed);
    let lists = Plan { serial: vec![3], ..plan("Lists", 4, "Root", 1).with(key_usage(0x02)) };
    let intermediates: Vec<Certificate> = chain.chain([lists]).map(|plan| plan.make()).collect();
    let (intermediates, anchors): (Vec<&Certificate>, _) = (intermediates.iter().collect(), [root().make()]);
    let signer = |serial| Plan { serial: vec![serial], ..leaf("C0", 20) };
    let plain = element(0x30, &[&[2, 1, 0x7F], &element(0x17, &[b"251115000000Z"])]);
    let naming = |at: usize, length: usize| {
        let serial = [u8::try_from(at % 16 + 1).unwrap()];
        crl("", 1).entry(&serial, b"251115000000Z", &[of(&format!("n{at}{}", "x".repeat(length)))]).entries
    };
    let named = |length| (0..size / naming(9999, length).len()).flat_map(|at| naming(at, length)).collect();
    let alternating = || (0..size / naming(1, 0).len()).flat_map(|at| naming(at % 2, 0)).collect();
    // Names of 230 parts take longest.
    let part = common_name("x").split_off(2);
    let parts = |at: usize| {
        let name = element(0x30, &[&common_name(&format!("n{at}"))[2..], &part.repeat(230)]);
        let issuer = element(0x30, &[&element(0xA4, &[&name])]);
        let serial = [u8::try_from(at % 16 + 1).unwrap()];
        crl("", 1).entry(&serial, b"251115000000Z", &[(CERTIFICATE_ISSUER, true, issuer)]).entries
    };
    let many_parts = (0..size / parts(999).len()).flat_map(parts).collect();
    let rows: [(&str, Vec<u8>); 5] = [
        ("none", plain.repeat(size / plain.len())),
        ("all", named(0)),
        ("two in turn", alternating()),
        ("long names", named(3000)),
        ("names of many parts", many_parts),
    ];
    for (what, entries) in rows {
        let list = |name, key, number| CrlPlan { entries: entries.clone(), ..crl(name, key) }.number(number);
        let indirect = |plan: CrlPlan| plan.issuing(&[&[0x84, 1, 0xFF]]).make();
        let of_others = vec![indirect(list("Lists", 4, 10))];
        let own: Vec<Crl> = (1..=40).map(|number| indirect(list("C0", 20, number))).collect();
        for (crls, signer) in [(of_others, pointed(signer(1))), (own, signer(1))] {
            assert!(crls.iter().all(|one| one.problem().is_none()));
            let crls: Vec<&Crl> = crls.iter().collect();
            let signers: Vec<Certificate> =
                (1..=16).map(|serial| Plan { serial: vec![serial], ..signer.clone() }.make()).collect();
            let trust = Trust { anchors: &anchors, time: NOW, crls, ..Trust::default() };
            let (start, mut budget) = (Instant::now(), Budget::default());
            for signer in &signers {
                let found = crate::pki::chain::validate_within(signer, &intermediates, &trust, &mut budget);
                let code = found.err().map_or("", |refusal| refusal.error.code());
                assert!(["", "trust.budget"].contains(&code), "{what}: {code}");
            }
            assert!(start.elapsed() < Duration::from_secs(most), "{what}, {}: {:?}", trust.crls.len(), start.elapsed());
        }
    }
}
