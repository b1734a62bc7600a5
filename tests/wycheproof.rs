//! V1: the signature vectors of Project Wycheproof through our algorithms.
//!
//! Every verdict must be the one that the vectors give. What they leave open, and what we do not support,
//! stands in [`left_open`] and [`unsupported`] with the reason; a vector that does otherwise fails too.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::str::FromStr;

use sip_smime::alg::digest::{self, Digest};
use sip_smime::alg::{self, Pss, Scheme};
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

/// One vector: what is verified, and the verdict.
struct Vector {
    name: String,
    flags: String,
    key: Vec<u8>,
    scheme: Scheme,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
}

/// What Wycheproof calls acceptable: its flags, and the verdict that we give.
fn left_open(vector: &Vector) -> bool {
    match vector.flags.as_str() {
        // DigestInfo without the NULL. RFC 8017 section 8.2.2 lets a verifier refuse it, by encoding and comparing.
        // One that parsed it skipped two octets of the digest (Bouncy Castle, CVE-2026-12860).
        "[MissingNull]" => false,
        flags => panic!("{} is acceptable for a new reason: {flags}", vector.name),
    }
}

/// Valid signatures that we refuse with `algorithm.unsupported`.
fn unsupported(scheme: &Scheme) -> bool {
    // MGF1 with another digest than that of the message: RFC 4055 section 3.1 recommends against it.
    matches!(scheme, Scheme::RsaPss(pss) if pss.digest != pss.mask_digest)
}

fn check(vectors: Vec<Vector>, at_least: usize) {
    assert!(vectors.len() >= at_least, "only {} vectors", vectors.len());
    for vector in vectors {
        let found = alg::verify(&vector.key, &vector.scheme, &vector.message, &vector.signature);
        let found = found.map(|_| ()).map_err(|error| error.code());
        let valid = match vector.result {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            TestResult::Acceptable => left_open(&vector),
        };
        let expected = match valid {
            _ if unsupported(&vector.scheme) => Err("algorithm.unsupported"),
            true => Ok(()),
            false => Err("verify.signature-invalid"),
        };
        assert_eq!(found, expected, "{} {}", vector.name, vector.flags);
    }
}

/// Our digest, or `None` for SHA-512/224 and SHA-512/256, which we do not have.
fn digest_of(hash: HashFunction) -> Option<&'static dyn Digest> {
    let name = match hash {
        HashFunction::Sha1 => "sha1",
        HashFunction::Sha2_224 => "sha224",
        HashFunction::Sha2_256 => "sha256",
        HashFunction::Sha2_384 => "sha384",
        HashFunction::Sha2_512 => "sha512",
        _ => return None,
    };
    digest::by_name(name)
}

/// The vectors of the sets, with the scheme of each group; groups without one are left out.
macro_rules! vectors {
    ($module:ident, $sets:expr, $scheme:expr) => {{
        let mut vectors = Vec::new();
        for name in $sets {
            let set = $module::TestSet::load($module::TestName::from_str(name).unwrap()).unwrap();
            for group in set.test_groups {
                let Some(scheme) = $scheme(&group) else { continue };
                vectors.extend(group.tests.into_iter().map(|test| Vector {
                    name: format!("{name} {}: {}", test.tc_id, test.comment),
                    flags: format!("{:?}", test.flags),
                    key: group.der.to_vec(),
                    scheme,
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                    result: test.result,
                }));
            }
        }
        vectors
    }};
}

#[test]
fn v1_rsa_pkcs1() {
    let sets = [
        "rsa_signature_2048_sha224",
        "rsa_signature_2048_sha256",
        "rsa_signature_2048_sha384",
        "rsa_signature_2048_sha512",
        "rsa_signature_3072_sha256",
        "rsa_signature_3072_sha384",
        "rsa_signature_3072_sha512",
        "rsa_signature_4096_sha256",
        "rsa_signature_4096_sha384",
        "rsa_signature_4096_sha512",
        "rsa_signature_8192_sha256",
    ];
    let scheme = |group: &rsa_pkcs1_verify::TestGroup| digest_of(group.hash).map(Scheme::RsaPkcs1);
    check(vectors!(rsa_pkcs1_verify, sets, scheme), 2800);
}

#[test]
fn v1_rsa_pss() {
    // Those with `params` have keys marked id-RSASSA-PSS; `misc` has one key size and digest after another.
    let sets = [
        "rsa_pss_2048_sha1_mgf1_20_params",
        "rsa_pss_2048_sha1_mgf1_20",
        "rsa_pss_2048_sha256_mgf1_0_params",
        "rsa_pss_2048_sha256_mgf1_0",
        "rsa_pss_2048_sha256_mgf1_32_params",
        "rsa_pss_2048_sha256_mgf1_32",
        "rsa_pss_2048_sha256_mgf1sha1_20",
        "rsa_pss_2048_sha384_mgf1_48",
        "rsa_pss_2048_sha512_mgf1sha256_32_params",
        "rsa_pss_3072_sha256_mgf1_32_params",
        "rsa_pss_3072_sha256_mgf1_32",
        "rsa_pss_4096_sha256_mgf1_32",
        "rsa_pss_4096_sha384_mgf1_48",
        "rsa_pss_4096_sha512_mgf1_32_params",
        "rsa_pss_4096_sha512_mgf1_32",
        "rsa_pss_4096_sha512_mgf1_64_params",
        "rsa_pss_4096_sha512_mgf1_64",
        "rsa_pss_misc_params",
        "rsa_pss_misc",
    ];
    let scheme = |group: &rsa_pss_verify::TestGroup| {
        let digest = digest_of(group.hash)?;
        let mask_digest = digest_of(group.mgf_hash?)?;
        Some(Scheme::RsaPss(Pss { digest, mask_digest, salt_length: group.salt_size.try_into().unwrap() }))
    };
    check(vectors!(rsa_pss_verify, sets, scheme), 2300);
}

#[test]
fn v1_ecdsa() {
    let sets = [
        "ecdsa_secp256r1_sha256",
        "ecdsa_secp256r1_sha512",
        "ecdsa_secp384r1_sha256",
        "ecdsa_secp384r1_sha384",
        "ecdsa_secp384r1_sha512",
    ];
    let scheme = |group: &ecdsa::TestGroup| digest_of(group.hash).map(Scheme::Ecdsa);
    check(vectors!(ecdsa, sets, scheme), 2500);
}

#[test]
fn v1_ed25519() {
    check(vectors!(eddsa, ["ed25519"], |_: &eddsa::TestGroup| Some(Scheme::Ed25519)), 150);
}
