//! Lists that are made here: what is read of them, and what is refused.

use std::time::{Duration, Instant};

use super::*;
use crate::asn1::encode::element;
use crate::pki::testing::{CrlPlan, Extension, common_name, crl};

const NOBODY: &str = "2.5.29.99";

fn critical(identifier: &str) -> Extension {
    (ObjectIdentifier::new(identifier).unwrap(), true, vec![5, 0])
}

fn code(der: &[u8]) -> Result<(), &'static str> {
    Crl::from_der(der).map(|_| ()).map_err(|error| error.code())
}

#[test]
fn every_field_is_where_it_stands() {
    let read = crl("CA", 1).revoke(7, Some(1)).make();
    assert_eq!(read.issuer(), common_name("CA"));
    assert_eq!((read.this_update(), read.next_update()), (Some(1_764_547_200), Some(1_769_904_000)));
    assert_eq!((read.number(), read.base_number(), read.is_delta()), (Some(&[10][..]), None, false));
    assert_eq!(read.problem(), None);
    assert!(read.der().windows(read.tbs().len()).any(|window| window == read.tbs()));
    assert_eq!(read.to_string(), "the CRL of CN=CA, made 2025-12-01T00:00:00Z");
    let bare = CrlPlan { version: &[], next_update: None, extensions: vec![], ..crl("CA", 1) }.make();
    assert_eq!((bare.number(), bare.next_update(), bare.problem()), (None, None, None));
}

// Entries are found by number, whatever stands around them.
#[test]
fn entries() {
    let invalid_since = (INVALIDITY_DATE, false, element(0x18, &[b"20251101000000Z"]));
    let read = crl("CA", 1)
        .revoke(3, None)
        .entry(&[0, 0x85], b"251115000000Z", &[(REASON_CODE, false, vec![0x0A, 1, 4]), invalid_since])
        .entry(&[9], b"no time at all", &[])
        .make();
    let ours = NameDigest::new(&common_name("CA"));
    let found = |serial: &[u8]| read.find(serial, &ours).unwrap().map(|entry| (entry.date, entry.reason.to_string()));
    let since = Some(1_763_164_800);
    assert_eq!(found(&[3]), Some((since, "unspecified".to_owned())));
    assert_eq!(found(&[0, 0, 0x85]), Some((since, "superseded".to_owned())));
    assert_eq!(found(&[9]), Some((None, "unspecified".to_owned())));
    assert_eq!((found(&[0x85]), found(&[4]), found(&[])), (None, None, None));
    assert_eq!(read.find(&[0, 0x85], &ours).unwrap().unwrap().invalidity_date, Some(1_761_955_200));
    assert_eq!(read.find(&[3], &NameDigest::new(&common_name("CB"))), Ok(None));
}

// Lengths are read in every form when an entry is passed over, as when it is taken apart.
#[test]
fn entries_with_lengths_in_any_form() {
    let date = element(0x17, &[b"251115000000Z"]);
    let long = |tag: u8, form: &[u8], contents: &[u8]| [&[tag], form, contents].concat();
    let entry = |serial: &[u8]| [serial, &date].concat();
    let entries = [
        long(0x30, &[0x81, 18], &entry(&[2, 1, 1])),
        long(0x30, &[0x84, 0, 0, 0, 20], &entry(&[2, 0x82, 0, 1, 2])),
        element(0x30, &[&entry(&[2, 0x81, 1, 3])]),
        element(0x30, &[&entry(&element(2, &[&[7; 130]]))]),
        element(0x30, &[&entry(&[2, 1, 4])]),
    ]
    .concat();
    let read = CrlPlan { entries, ..crl("CA", 1) }.make();
    let found = |serial: &[u8]| read.find(serial, read.issuer_digest()).unwrap().is_some();
    assert!([1, 2, 3, 4].into_iter().all(|serial| found(&[serial])) && found(&[7; 130]));
    assert!(![5, 17, 18].into_iter().any(|serial| found(&[serial])));
}

// RFC 5280 section 5.3.3: the issuer of an entry is that of the entry before, unless it says another.
#[test]
fn entries_of_other_issuers() {
    let of = |name: &str| (CERTIFICATE_ISSUER, true, element(0x30, &[&element(0xA4, &[&common_name(name)])]));
    let list = crl("CA", 1).revoke(1, None).entry(&[2], b"251115000000Z", &[of("B")]).revoke(3, None).entry(
        &[4],
        b"251115000000Z",
        &[of("CA")],
    );
    let read = list.clone().issuing(&[&[0x84, 1, 0xFF]]).make();
    assert_eq!(read.problem(), None);
    let found = |name: &str| {
        let issuer = NameDigest::new(&common_name(name));
        (1..=5).filter(|serial| read.find(&[*serial], &issuer).unwrap().is_some()).collect::<Vec<u8>>()
    };
    assert_eq!((found("CA"), found("B"), found("C")), (vec![1, 4], vec![2, 3], vec![]));
    // Where it is not said that there are such entries, nobody expects them.
    assert!(list.make().problem().unwrap().contains("another issuer"));
    let nameless = (CERTIFICATE_ISSUER, true, element(0x30, &[&element(0x82, &[b"example.com"])]));
    let nameless = crl("CA", 1).entry(&[2], b"251115000000Z", &[nameless]).issuing(&[&[0x84, 1, 0xFF]]).make();
    assert!(nameless.problem().unwrap().contains("cannot be understood"));
}

// P4, P8, P16: what is not understood, or stands twice, makes a list useless; what cannot be walked is no list.
#[test]
fn p8_problems() {
    let twice = |plan: CrlPlan| {
        let again = plan.extensions.clone();
        CrlPlan { extensions: [plan.extensions.clone(), again].concat(), ..plan }
    };
    let other = element(0x30, &[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3]]);
    // (list, part of the problem)
    let rows: Vec<(CrlPlan, &str)> = vec![
        (crl("CA", 1).with(critical(NOBODY)), "critical extension that is not understood: 2.5.29.99"),
        (crl("CA", 1).entry(&[1], b"251115000000Z", &[critical(NOBODY)]), "critical extension that is not understood"),
        (twice(crl("CA", 1)), "stands twice"),
        (CrlPlan { outer_algorithm: Some(other), ..crl("CA", 1) }, "algorithms differ"),
        (CrlPlan { this_update: b"251301000000Z", ..crl("CA", 1) }, "a time that cannot be read"),
        (CrlPlan { next_update: Some(b"2602010000Z"), ..crl("CA", 1) }, "a time that cannot be read"),
        (CrlPlan { version: &[], ..crl("CA", 1) }, "not of version 2"),
        (crl("CA", 1).with((CRL_NUMBER, false, vec![2, 1, 0xFF])), "a number in it is malformed"),
        (crl("CA", 1).with((DELTA_CRL_INDICATOR, true, vec![5, 0])), "a number in it is malformed"),
        (crl("CA", 1).issuing(&[&[0x83, 0]]), "issuingDistributionPoint is malformed"),
        (crl("CA", 1).issuing(&[&[0x86, 0]]), "issuingDistributionPoint is malformed"),
        (crl("CA", 1).issuing(&[&[0xA0, 0]]), "issuingDistributionPoint is malformed"),
    ];
    for (plan, expected) in rows {
        let read = plan.make();
        let problem = read.problem().unwrap_or("none");
        assert!(problem.contains(expected), "{expected}: {problem}");
    }
    let version_1 = CrlPlan { version: &[2, 1, 0], ..crl("CA", 1) };
    assert_eq!(code(&version_1.der()), Err("crl.unreadable"));
    let bad_entry = CrlPlan { entries: vec![0x30, 3, 2, 1, 1], ..crl("CA", 1) };
    assert_eq!(code(&bad_entry.der()), Err("crl.unreadable"));
    let deep = (0..100).fold(vec![5, 0], |inside, _| element(0x30, &[&inside]));
    assert_eq!(code(&deep), Err("crl.unreadable"));
    assert_eq!(code(&[0x30, 0x80, 0, 0]), Err("crl.unreadable"));
    let many = (0..40).map(|last| (ObjectIdentifier::new(&format!("1.2.3.{last}")).unwrap(), false, vec![5, 0]));
    assert_eq!(code(&CrlPlan { extensions: many.collect(), ..crl("CA", 1) }.der()), Err("crl.unreadable"));
}

// Every prefix of a list is none, and no flipped bit is a panic.
#[test]
fn what_is_no_list() {
    let der = crl("CA", 1).revoke(3, Some(1)).issuing(&[&[0x83, 2, 1, 6], &[0x84, 1, 0xFF]]).der();
    for length in 0..der.len() {
        assert_eq!(code(&der[..length]), Err("crl.unreadable"));
    }
    assert_eq!(code(&[&der[..], &[0]].concat()), Err("crl.unreadable"));
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut flipped = der.clone();
            flipped[at] ^= 1 << bit;
            if let Ok(read) = Crl::from_der(&flipped) {
                let _ = (read.find(&[3], &NameDigest::new(read.issuer())), read.problem(), read.to_string());
                let _ = (read.number(), read.base_number(), read.signature(), read.updates(&read));
            }
        }
    }
}

// R9: a long list is read and searched in one pass.
#[test]
fn r9_a_hundred_thousand_entries() {
    let entry =
        |serial: u32| element(0x30, &[&element(2, &[&serial.to_be_bytes()]), &element(0x17, &[b"251115000000Z"])]);
    let entries: Vec<u8> = (1..=100_000).flat_map(entry).collect();
    let der = CrlPlan { entries, ..crl("CA", 1) }.der();
    let (start, issuer) = (Instant::now(), NameDigest::new(&common_name("CA")));
    let read = Crl::from_der(&der).unwrap();
    assert!(read.find(&100_000_u32.to_be_bytes(), &issuer).unwrap().is_some());
    assert!(read.find(&100_001_u32.to_be_bytes(), &issuer).unwrap().is_none());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

// R9: so is one of which an entry names an issuer of 200,000 octets, and all others follow it.
#[test]
fn r9_a_long_name_for_all_entries() {
    let long: String = "a".repeat(200_000);
    let named: Extension = (CERTIFICATE_ISSUER, true, element(0x30, &[&element(0xA4, &[&common_name(&long)])]));
    let indirect: &[&[u8]] = &[&[0x84, 1, 0xFF]];
    let first = crl("CA", 1).issuing(indirect).entry(&[1], b"251115000000Z", &[named]);
    let list = (0..20_000).fold(first, |list, _| list.revoke(1, None)).make();
    assert_eq!(list.problem(), None);
    let start = Instant::now();
    assert_eq!(list.find(&[1], &NameDigest::new(&common_name("CA"))), Ok(None));
    assert!(list.find(&[1], &NameDigest::new(&common_name(&long))).unwrap().is_some());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

// RFC 5280 section 5.2.4: which list a delta changes.
#[test]
fn which_list_a_delta_changes() {
    let key = |identifier: u8| (AUTHORITY_KEY_IDENTIFIER, false, vec![0x30, 3, 0x80, 1, identifier]);
    let users: &[&[u8]] = &[&[0x81, 1, 0xFF]];
    // (complete, delta, whether it changes it)
    let rows: Vec<(CrlPlan, CrlPlan, bool)> = vec![
        (crl("CA", 1), crl("CA", 1).number(12).delta(10), true),
        (crl("CA", 1), crl("CA", 1).number(12).delta(9), true),
        (crl("CA", 1), crl("CA", 1).number(12).delta(11), false),
        (crl("CA", 1), crl("CA", 1).number(10).delta(9), false),
        (crl("CA", 1), crl("CB", 1).number(12).delta(10), false),
        (crl("CA", 1), crl("CA", 1).number(12), false),
        (crl("CA", 1).delta(9), crl("CA", 1).number(12).delta(10), false),
        (crl("CA", 1).issuing(users), crl("CA", 1).number(12).delta(10), false),
        (crl("CA", 1).issuing(users), crl("CA", 1).number(12).delta(10).issuing(users), true),
        (crl("CA", 1).with(key(1)), crl("CA", 1).number(12).delta(10).with(key(1)), true),
        (crl("CA", 1).with(key(1)), crl("CA", 1).number(12).delta(10).with(key(2)), false),
        (crl("CA", 1).with(key(1)), crl("CA", 1).number(12).delta(10), false),
        (crl("CA", 1).with((CRL_NUMBER, false, vec![2, 2, 0, 0xFF])), crl("CA", 1).number(12).delta(10), false),
    ];
    for (number, (complete, delta, expected)) in rows.into_iter().enumerate() {
        assert_eq!(delta.make().updates(&complete.make()), expected, "row {number}");
    }
}
