//! V1: the vectors of Project Wycheproof for encryption through our algorithms.
//!
//! What is valid must come out, what is invalid must not, and what the vectors leave open may fail but never come
//! out as something else. Vectors for what we refuse altogether (other nonces than 12 octets, labels of OAEP,
//! digests that we do not have) must be refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::str::FromStr;

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode};
use getrandom::SysRng;
use pkcs8::PrivateKeyInfoRef;
use rand_core::UnwrapErr;
use sip_smime::alg::cipher::{self, ContentCipher, Parameters};
use sip_smime::alg::digest::{self, Digest};
use sip_smime::alg::{self, SecretKey, TransportScheme, key_wrap, x25519};
use sip_smime::error::Error;
use sip_smime::pki::key::PrivateKey;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use wycheproof::{HashFunction, TestResult, aead, ecdh, keywrap, rsa_oaep, rsa_pkcs1_decrypt, xdh};

/// Holds what came out against what should have.
fn check(name: &str, result: TestResult, found: Result<Vec<u8>, Error>, expected: &[u8]) {
    match (result, found) {
        (TestResult::Valid | TestResult::Acceptable, Ok(found)) => assert_eq!(found, expected, "{name}"),
        (TestResult::Valid, Err(error)) => panic!("{name}: {error}"),
        (TestResult::Invalid, Ok(_)) => panic!("{name}: it came out"),
        (TestResult::Invalid | TestResult::Acceptable, Err(error)) => {
            assert!(["decrypt.failed", "certificate.public-key"].contains(&error.code()), "{name}: {error}");
        }
    }
}

/// One vector of a cipher.
struct Sealed<'a> {
    name: String,
    result: TestResult,
    key: &'a [u8],
    nonce: &'a [u8],
    additional: &'a [u8],
    content: &'a [u8],
    ciphertext: &'a [u8],
    tag: &'a [u8],
}

/// Decrypts, and encrypts what is valid.
fn check_cipher(cipher: &dyn ContentCipher, vector: &Sealed<'_>) {
    let Sealed { name, key, additional, content, .. } = vector;
    let parameters = Parameters { nonce: vector.nonce.to_vec(), tag_length: vector.tag.len() };
    let mut buffer = vector.ciphertext.to_vec();
    let found = cipher.decrypt(key, &parameters, additional, &mut buffer, vector.tag);
    if found.is_err() && cipher.is_authenticated() {
        assert_eq!(buffer, vector.ciphertext, "{name}");
    }
    check(name, vector.result, found.map(|length| buffer[..length].to_vec()), content);
    if vector.result == TestResult::Valid {
        let mut buffer = content.to_vec();
        buffer.resize(cipher.sealed_length(content.len()), 0);
        let tag = cipher.encrypt(key, &parameters, additional, &mut buffer, content.len()).unwrap();
        assert_eq!((&buffer[..], &tag[..]), (vector.ciphertext, vector.tag), "{name}");
    }
}

fn check_aead(set: &str, name_of: impl Fn(usize) -> String, at_least: usize) {
    let mut checked = 0;
    for group in aead::TestSet::load(aead::TestName::from_str(set).unwrap()).unwrap().test_groups {
        let cipher = cipher::by_name(&name_of(group.key_size)).unwrap();
        for test in &group.tests {
            // We refuse other nonces and write no other tags; here every tag is whole.
            assert_eq!(group.tag_size, 128);
            let result = if group.nonce_size == 96 { test.result } else { TestResult::Invalid };
            check_cipher(
                cipher,
                &Sealed {
                    name: format!("{set} {}: {}", test.tc_id, test.comment),
                    result,
                    key: &test.key,
                    nonce: &test.nonce,
                    additional: &test.aad,
                    content: &test.pt,
                    ciphertext: &test.ct,
                    tag: &test.tag,
                },
            );
            checked += 1;
        }
    }
    assert!(checked >= at_least, "only {checked} vectors");
}

#[test]
fn v1_aes_gcm() {
    check_aead("aes_gcm", |bits| format!("aes-{bits}-gcm"), 316);
}

#[test]
fn v1_chacha20_poly1305() {
    check_aead("chacha20_poly1305", |_| "chacha20-poly1305".to_owned(), 325);
}

#[test]
fn v1_aes_cbc() {
    let mut checked = 0;
    let set = wycheproof::cipher::TestSet::load(wycheproof::cipher::TestName::AesCbcPkcs5).unwrap();
    for group in set.test_groups {
        let cipher = cipher::by_name(&format!("aes-{}-cbc", group.key_size)).unwrap();
        for test in &group.tests {
            check_cipher(
                cipher,
                &Sealed {
                    name: format!("{} {}", test.tc_id, test.comment),
                    result: test.result,
                    key: &test.key,
                    nonce: &test.nonce,
                    additional: b"",
                    content: &test.pt,
                    ciphertext: &test.ct,
                    tag: b"",
                },
            );
            checked += 1;
        }
    }
    assert!(checked >= 216, "only {checked} vectors");
}

#[test]
fn v1_aes_key_wrap() {
    let mut checked = 0;
    for group in keywrap::TestSet::load(keywrap::TestName::AesKeyWrap).unwrap().test_groups {
        let wrap = key_wrap::by_key_length(group.key_size / 8).unwrap();
        for test in &group.tests {
            let name = format!("{} {}", test.tc_id, test.comment);
            let found = wrap.unwrap(&test.key, &test.ct);
            check(&name, test.result, found.map(|key| key.to_vec()), &test.pt);
            if test.result == TestResult::Valid {
                assert_eq!(wrap.wrap(&test.key, &test.pt).unwrap(), test.ct.to_vec(), "{name}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 165, "only {checked} vectors");
}

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

fn ec_key(curve: &ObjectIdentifier, number: &[u8], length: usize) -> Box<dyn SecretKey> {
    let leading = number.iter().take_while(|octet| **octet == 0).count();
    let number = &number[leading..];
    let scalar = [vec![0; length - number.len()], number.to_vec()].concat();
    let der = sec1::EcPrivateKey { private_key: &scalar, parameters: None, public_key: None }.to_der().unwrap();
    let algorithm = AlgorithmIdentifierRef { oid: EC, parameters: Some(AnyRef::from(curve)) };
    alg::private_key(&PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&der).unwrap())).unwrap()
}

/// The shared secret with a sender's key: a point, or a whole SubjectPublicKeyInfo.
fn agree(key: &dyn SecretKey, public_key: &[u8], encoding: ecdh::EcdhEncoding) -> Result<Vec<u8>, Error> {
    let key = key.agreement().unwrap();
    let secret = match encoding {
        ecdh::EcdhEncoding::EcPoint => key.agree(&AlgorithmIdentifierRef { oid: EC, parameters: None }, public_key)?,
        ecdh::EcdhEncoding::Asn1 => {
            let public_key = alg::public_key(public_key)?;
            key.agree(&public_key.algorithm, public_key.subject_public_key.raw_bytes())?
        }
    };
    Ok(secret.as_bytes().to_vec())
}

#[test]
fn v1_ecdh() {
    let p256 = (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), 32);
    let p384 = (ObjectIdentifier::new_unwrap("1.3.132.0.34"), 48);
    let sets = [
        ("ecdh_secp256r1", p256, 600),
        ("ecdh_secp256r1_ecpoint", p256, 350),
        ("ecdh_secp384r1", p384, 1000),
        ("ecdh_secp384r1_ecpoint", p384, 790),
    ];
    for (set, (curve, length), at_least) in sets {
        let mut checked = 0;
        for group in ecdh::TestSet::load(ecdh::TestName::from_str(set).unwrap()).unwrap().test_groups {
            for test in &group.tests {
                let key = ec_key(&curve, &test.private_key, length);
                let found = agree(key.as_ref(), &test.public_key, group.encoding);
                check(&format!("{set} {}: {}", test.tc_id, test.comment), test.result, found, &test.shared_secret);
                checked += 1;
            }
        }
        assert!(checked >= at_least, "only {checked} vectors of {set}");
    }
}

#[test]
fn v1_x25519() {
    let algorithm = AlgorithmIdentifierRef { oid: ObjectIdentifier::new_unwrap("1.3.101.110"), parameters: None };
    let mut checked = 0;
    for test in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups.into_iter().flat_map(|group| group.tests)
    {
        let private = [&[4, 32], &test.private_key[..]].concat();
        let private = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&private).unwrap());
        let key = alg::private_key(&private).unwrap();
        let found = key.agreement().unwrap().agree(&algorithm, &test.public_key);
        let found = found.map(|secret| secret.as_bytes().to_vec());
        // Only zeros are left open to us: small order is what leads to them.
        let is_zero = test.shared_secret.iter().all(|octet| *octet == 0);
        let result = if is_zero { TestResult::Invalid } else { TestResult::Valid };
        check(&format!("{} {}", test.tc_id, test.comment), result, found, &test.shared_secret);
        assert!(!x25519::is_wrapped(&test.public_key));
        checked += 1;
    }
    assert!(checked >= 518, "only {checked} vectors");
}

#[test]
fn v1_rsa_pkcs1() {
    let rng = &mut UnwrapErr(SysRng);
    let mut checked = 0;
    for set in ["rsa_pkcs1_2048", "rsa_pkcs1_3072", "rsa_pkcs1_4096"] {
        let name = rsa_pkcs1_decrypt::TestName::from_str(set).unwrap();
        for group in rsa_pkcs1_decrypt::TestSet::load(name).unwrap().test_groups {
            let key = PrivateKey::from_der(&group.pkcs8, None).unwrap();
            let key = key.key().transport().unwrap();
            for test in &group.tests {
                let mut decrypt =
                    |length| key.decrypt(&TransportScheme::Pkcs1, &test.ct, length, rng).unwrap().to_vec();
                let found = decrypt(test.pt.len());
                // Nothing fails; what is invalid gives another key. No octets are equal to no octets.
                let equal = test.result == TestResult::Valid || test.pt.is_empty();
                assert_eq!(found == test.pt.to_vec(), equal, "{set} {}: {}", test.tc_id, test.comment);
                assert_eq!([16, 32].map(|length| decrypt(length).len()), [16, 32]);
                checked += 1;
            }
        }
    }
    assert!(checked >= 190, "only {checked} vectors");
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

#[test]
fn v1_rsa_oaep() {
    let rng = &mut UnwrapErr(SysRng);
    let (mut checked, mut labelled) = (0, 0);
    for name in rsa_oaep::TestName::all() {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let (Some(digest), Some(mask_digest)) = (digest_of(group.hash), digest_of(group.mgf_hash)) else {
                continue;
            };
            let scheme = TransportScheme::Oaep { digest, mask_digest };
            let key = PrivateKey::from_der(&group.pkcs8, None).unwrap();
            let spki = SubjectPublicKeyInfoRef::from_der(key.public_key()).unwrap();
            let transport = key.key().transport().unwrap();
            for test in &group.tests {
                let found = transport.decrypt(&scheme, &test.ct, test.pt.len(), rng).map(|key| key.to_vec());
                let is_labelled = !test.label.is_empty();
                let result = if is_labelled { TestResult::Invalid } else { test.result };
                check(&format!("{name:?} {}: {}", test.tc_id, test.comment), result, found, &test.pt);
                labelled += usize::from(is_labelled);
                checked += 1;
            }
            let encrypted = alg::encrypt_key(&spki, &scheme, b"key", rng).unwrap();
            assert_eq!(*transport.decrypt(&scheme, &encrypted, 3, rng).unwrap(), b"key");
        }
    }
    assert!(checked >= 900 && labelled > 0, "only {checked} vectors, {labelled} with a label");
}
