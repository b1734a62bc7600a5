//! PKCS #12 files of others, our own, and hostile ones, which are made here.

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::protection::{Budget, Password, encrypt, mac};
use super::write::with_rounds;
use super::*;
use crate::asn1::encode;

macro_rules! testdata {
    ($name:literal) => {
        &include_bytes!(concat!("../../../testdata/", $name))[..]
    };
}

macro_rules! pkcs12 {
    ($name:literal) => {
        ($name, &include_bytes!(concat!("../../../testdata/interop/pkcs12/", $name, ".p12"))[..])
    };
}

const PASSWORD: Option<&[u8]> = Some(b"password");

fn certificates_of(pem: &[u8]) -> Vec<Certificate> {
    crate::store::certificates(pem).unwrap()
}

fn alice() -> Certificate {
    certificates_of(testdata!("keys/alice.pem")).remove(0)
}

fn alices_key() -> Vec<u8> {
    testdata!("keys/alice.pkcs8.der").to_vec()
}

/// A file, and how many keys and certificates it holds, or the code of the error.
type Row = (Vec<u8>, Result<(usize, usize), &'static str>);

fn code(result: Result<Contents, Error>) -> Result<(usize, usize), &'static str> {
    result.map(|found| (found.keys.len(), found.certificates.len())).map_err(|error| error.code())
}

// What OpenSSL, NSS (in BER) and Java write, with each way of protection.
#[test]
fn files_of_peers() {
    let carol = || certificates_of(testdata!("keys/carol-chain.pem"));
    let [alice, alice_rsa] = [testdata!("keys/alice.pem"), testdata!("keys/alice-rsa2048.pem")].map(certificates_of);
    let ca = certificates_of(testdata!("keys/ca.pem"));
    let rows = [
        (pkcs12!("openssl-default"), "password", &alice),
        (pkcs12!("openssl-chain"), "password", &[carol(), ca.clone()].concat()),
        (pkcs12!("openssl-rsa2048"), "password", &alice_rsa),
        (pkcs12!("openssl-aes128-aes192-sha384"), "password", &alice),
        (pkcs12!("openssl-mac-sha512"), "password", &alice),
        (pkcs12!("openssl-mac-sha1"), "password", &alice),
        (pkcs12!("openssl-3des"), "password", &alice),
        (pkcs12!("openssl-iterations-1"), "password", &alice),
        (pkcs12!("openssl-plain-certificate"), "password", &alice),
        (pkcs12!("openssl-plain-key"), "password", &alice),
        (pkcs12!("openssl-password-empty"), "", &alice),
        (pkcs12!("openssl-password-unicode"), "pässwörd €🔑", &alice),
        (pkcs12!("openssl-certificates"), "password", &carol()),
        (pkcs12!("nss-default"), "password", &alice_rsa),
        (pkcs12!("nss-3des"), "password", &alice_rsa),
        (pkcs12!("keytool-default"), "password", &alice),
        (pkcs12!("keytool-trust"), "password", &ca),
    ];
    for ((name, file), password, expected) in rows {
        assert!(is_pkcs12(file), "{name}");
        let password = Some(password.as_bytes());
        let found = read(file, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&found.certificates, expected, "{name}");
        let has_key = !["openssl-certificates", "keytool-trust"].contains(&name);
        let keys: Vec<&[u8]> = found.keys.iter().map(PrivateKey::public_key).collect();
        assert_eq!(keys, if has_key { vec![expected[0].public_key()] } else { vec![] }, "{name}");
        assert_eq!(code(read(file, None)), Err("pkcs12.needs-password"), "{name}");
        // NSS takes 600,000 rounds, which are slow without optimisation.
        if name.starts_with("nss") {
            continue;
        }
        assert_eq!(certificates(file, password).as_ref(), Ok(expected), "{name}");
        assert_eq!(code(read(file, Some(b"wrong"))), Err("pkcs12.password-wrong"), "{name}");
    }
}

// What is known and not done is refused by its name.
#[test]
fn what_is_refused() {
    let rows = [
        (pkcs12!("refused-rc2-40"), "pbeWithSHAAnd40BitRC2-CBC"),
        (pkcs12!("refused-rc2-128"), "pbeWithSHAAnd128BitRC2-CBC"),
        (pkcs12!("refused-rc4-128"), "pbeWithSHAAnd128BitRC4"),
        (pkcs12!("refused-no-mac"), "without a MAC"),
        (pkcs12!("refused-mac-md5"), "a MAC with"),
        (pkcs12!("refused-3des-in-pbes2"), "PBES2 with"),
    ];
    for ((name, file), expected) in rows {
        let error = read(file, PASSWORD).unwrap_err();
        assert_eq!(error.code(), "pkcs12.unsupported", "{name}");
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
    // The key is what is encrypted with RC4: the certificates can be read.
    assert_eq!(certificates(pkcs12!("refused-rc4-128").1, PASSWORD), Ok(vec![alice()]));
}

// RFC 9216 sections 4.5 and 7.5: two pairs for signing and encryption in each, and authorities.
#[test]
fn rfc_9216() {
    let alice = [testdata!("rfc/rfc9216/alice_sign_cert.pem"), testdata!("rfc/rfc9216/alice_encrypt_cert.pem")];
    let carlos = [testdata!("rfc/rfc9216/carlos_sign_cert.pem"), testdata!("rfc/rfc9216/carlos_encrypt_cert.pem")];
    let rows =
        [(testdata!("rfc/rfc9216/alice.p12"), "alice", alice), (testdata!("rfc/rfc9216/carlos.p12"), "carlos", carlos)];
    for (file, password, own) in rows {
        let found = read(file, Some(password.as_bytes())).unwrap();
        assert_eq!((found.keys.len(), found.certificates.len()), (2, 3), "{password}");
        for certificate in own.map(|pem| certificates_of(pem).remove(0)) {
            assert!(found.certificates[..2].contains(&certificate), "{password}");
            assert!(found.keys.iter().any(|key| key.public_key() == certificate.public_key()), "{password}");
        }
    }
}

// GEN-13, K5: what is written is read, and no two files are alike.
#[test]
fn gen_13_files_are_read_back() {
    let others = certificates_of(testdata!("keys/ca.pem"));
    let key = alices_key();
    let new = NewContents { private_key: &key, certificate: &alice(), others: &others, name: Some("Al\u{ed}ce") };
    let made = || with_rounds(2048, new, "Pässwort".as_bytes(), &mut rng()).unwrap();
    let file = made();
    assert!(is_pkcs12(&file));
    // The attributes of the key are not encrypted. The name is in UCS-2, most significant octet first.
    let name = b"\x1e\x0a\0A\0l\0\xed\0c\0e";
    assert!(memchr::memmem::find(&file, name).is_some());
    let found = read(&file, Some("Pässwort".as_bytes())).unwrap();
    assert_eq!(found.certificates, [vec![alice()], others.clone()].concat());
    assert_eq!(found.keys[0].public_key(), alice().public_key());
    assert_eq!(code(read(&file, Some(b"Passwort"))), Err("pkcs12.password-wrong"));
    assert_ne!(file, made());
    // K3: no secret shows in Debug, and none in the file.
    assert_eq!(format!("{:?}", found.keys), "[PrivateKey(P-256 { .. })]");
    assert_eq!(format!("{:?}", Password::new(b"secret")), "Password { .. }");
    let secret = &alices_key()[36..68];
    assert!(memchr::memmem::find(&alices_key(), secret).is_some() && memchr::memmem::find(&file, secret).is_none());
}

#[test]
fn only_the_key_of_the_certificate_is_written() {
    let bob = certificates_of(testdata!("keys/bob.pem")).remove(0);
    for (private_key, expected) in [(&alices_key()[..], "pkcs12.key-mismatch"), (&[7], "key.unreadable")] {
        let new = NewContents { private_key, certificate: &bob, others: &[], name: None };
        assert_eq!(write(new, b"password", &mut rng()).unwrap_err().code(), expected);
    }
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode::element(tag::SEQUENCE, parts)
}

fn identifier(text: &str) -> Vec<u8> {
    let oid = der::asn1::ObjectIdentifier::new_unwrap(text);
    encode::element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

fn explicit(content: &[u8]) -> Vec<u8> {
    encode::element(tag::context_constructed(0), &[content])
}

fn octets(content: &[u8]) -> Vec<u8> {
    encode::element(tag::OCTET_STRING, &[content])
}

const DATA: &str = "1.2.840.113549.1.7.1";

fn data(content: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(DATA), &explicit(&octets(content))])
}

/// A file with this AuthenticatedSafe under a right MAC of one round.
fn file(safe: &[u8]) -> Vec<u8> {
    sequence(&[&[2, 1, 3], &data(safe), &mac(safe, &Password::new(b"password"), 1, &mut rng())])
}

/// A file with these bags, not encrypted.
fn file_of_bags(bags: &[Vec<u8>]) -> Vec<u8> {
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    file(&sequence(&[&data(&sequence(&bags))]))
}

fn bag(number: u8, value: &[u8], mark: &[u8]) -> Vec<u8> {
    let kind = identifier(&format!("1.2.840.113549.1.12.10.1.{number}"));
    let mark = encode::element(tag::SET, &[&octets(mark)]);
    let attribute = sequence(&[&identifier("1.2.840.113549.1.9.21"), &mark]);
    let name = sequence(&[&identifier("1.2.840.113549.1.9.20"), &encode::element(tag::SET, &[&[0x1E, 2, 0, 65]])]);
    sequence(&[&kind, &explicit(value), &encode::element(tag::SET, &[&name, &attribute])])
}

fn certificate_bag(kind: &str, certificate: &[u8], mark: &[u8]) -> Vec<u8> {
    bag(3, &sequence(&[&identifier(kind), &explicit(&octets(certificate))]), mark)
}

const X509: &str = "1.2.840.113549.1.9.22.1";

/// EncryptedData of this content with the password, and what its AlgorithmIdentifier is replaced with.
fn encrypted(content: &[u8], algorithm: Option<&[u8]>) -> Vec<u8> {
    let (real, ciphertext) = encrypt(content, &Password::new(b"password"), 1, &mut rng()).unwrap();
    let content = encode::element(tag::context(0), &[&ciphertext]);
    let info = sequence(&[&identifier(DATA), algorithm.unwrap_or(&real), &content]);
    sequence(&[&identifier("1.2.840.113549.1.7.6"), &explicit(&sequence(&[&[2, 1, 0], &info]))])
}

// K4: a key and a certificate that say they are a pair, and are none.
#[test]
fn k4_pairs_that_are_none() {
    let bob = certificates_of(testdata!("keys/bob.pem")).remove(0);
    let key = |mark: &[u8]| bag(1, &alices_key(), mark);
    let certificate = |one: &Certificate, mark: &[u8]| certificate_bag(X509, one.der(), mark);
    let rows = [
        (vec![key(b"1"), certificate(&alice(), b"1")], Ok((1, 1))),
        (vec![key(b"1"), certificate(&bob, b"2"), certificate(&alice(), b"1")], Ok((1, 2))),
        // Without marks, or with marks of nothing, the keys tell.
        (vec![key(b"1"), certificate(&alice(), b"2")], Ok((1, 1))),
        (vec![key(b"1"), certificate(&bob, b"2")], Ok((1, 1))),
        // The mark on a whole chain.
        (vec![key(b"1"), certificate(&bob, b"1"), certificate(&alice(), b"1")], Ok((1, 2))),
        (vec![key(b"1"), certificate(&bob, b"1")], Err("pkcs12.key-mismatch")),
        (vec![key(b"1"), certificate(&bob, b"1"), certificate(&alice(), b"2")], Err("pkcs12.key-mismatch")),
    ];
    for (number, (bags, expected)) in rows.into_iter().enumerate() {
        let found = read(&file_of_bags(&bags), PASSWORD);
        if let Ok(found) = &found {
            let is_own = found.certificates[0] == alice();
            assert!(is_own || !found.certificates.contains(&alice()), "{number}: the key's certificate is first");
        }
        assert_eq!(code(found), expected, "{number}");
    }
}

// K4: structures that a right MAC protects and that are still wrong.
#[test]
fn k4_contents() {
    let certificate = certificate_bag(X509, alice().der(), b"1");
    let nested = |depth: usize| (0..depth).fold(certificate.clone(), |inner, _| bag(6, &sequence(&[&inner]), b"1"));
    let safe = |content: &[u8]| file(&sequence(&[content]));
    let enveloped = sequence(&[&identifier("1.2.840.113549.1.7.3"), &explicit(&sequence(&[]))]);
    let random = [7; 64];
    let [unreadable, wrong, unsupported] = ["pkcs12.unreadable", "pkcs12.password-wrong", "pkcs12.unsupported"];
    let rows: Vec<Row> = vec![
        (file_of_bags(&[]), Ok((0, 0))),
        (file_of_bags(&[nested(1), nested(5)]), Ok((0, 2))),
        (file_of_bags(&[nested(40)]), Err(unreadable)),
        (file_of_bags(&vec![certificate.clone(); 200]), Ok((0, 200))),
        (file_of_bags(&vec![certificate.clone(); 300]), Err(unsupported)),
        // A CRL, a secret, a kind from elsewhere, a certificate of another kind: passed over.
        (file_of_bags(&[4, 5, 77].map(|number| bag(number, &[5, 0], b"1"))), Ok((0, 0))),
        (file_of_bags(&[certificate_bag("1.2.840.113549.1.9.22.2", &[5, 0], b"1")]), Ok((0, 0))),
        (file_of_bags(&[certificate_bag(X509, &alice().der()[..99], b"1")]), Err("certificate.unreadable")),
        (file_of_bags(&[bag(1, &alices_key()[..99], b"1")]), Err(unreadable)),
        (file_of_bags(&[bag(1, &sequence(&[&[2, 1, 0]]), b"1")]), Err("key.unreadable")),
        (file_of_bags(&[bag(3, &[5, 0], b"1")]), Err(unreadable)),
        (file_of_bags(&[sequence(&[&[6, 0], &explicit(&[5, 0])])]), Err(unreadable)),
        (safe(&enveloped), Err(unsupported)),
        (safe(&encrypted(&sequence(&[&certificate]), None)), Ok((0, 1))),
        // Encrypted is nothing that could be bags: another password than that of the MAC looks the same.
        (safe(&encrypted(&random, None)), Err(wrong)),
        (safe(&encrypted(&[], None)), Err(wrong)),
        (
            safe(&encrypted(&sequence(&[&certificate]), Some(&sequence(&[&identifier("1.2.3"), &[5, 0]])))),
            Err(unsupported),
        ),
        (safe(&encrypted(&random, Some(&[5, 0]))), Err(unreadable)),
        (file(&[]), Err(unreadable)),
        (file(&[5, 0]), Err(unreadable)),
        (file(&sequence(&[&data(&[])])), Err(unreadable)),
    ];
    for (number, (file, expected)) in rows.into_iter().enumerate() {
        assert_eq!(code(read(&file, PASSWORD)), expected, "{number}");
    }
}

/// An empty file with this MAC in place of the right one: digest, iterations.
fn with_mac(digest: &[u8], iterations: &[u8]) -> Vec<u8> {
    let info = sequence(&[digest, &octets(&[7; 20])]);
    sequence(&[&[2, 1, 3], &data(&sequence(&[])), &sequence(&[&info, &octets(&[8; 8]), iterations])])
}

fn pbes2(iterations: &[u8]) -> Vec<u8> {
    let prf = sequence(&[&identifier("1.2.840.113549.2.9"), &[5, 0]]);
    let parameters = sequence(&[&octets(&[8; 8]), iterations, &prf]);
    let derivation = sequence(&[&identifier("1.2.840.113549.1.5.12"), &parameters]);
    let cipher = sequence(&[&identifier("2.16.840.1.101.3.4.1.42"), &octets(&[0; 16])]);
    sequence(&[&identifier("1.2.840.113549.1.5.13"), &sequence(&[&derivation, &cipher])])
}

fn sha1_3des(iterations: &[u8]) -> Vec<u8> {
    sequence(&[&identifier("1.2.840.113549.1.12.1.3"), &sequence(&[&octets(&[8; 8]), iterations])])
}

// R7: a cost past the limit is refused without paying it; no round is none.
#[test]
fn r7_costs() {
    let sha1 = sequence(&[&identifier("1.3.14.3.2.26"), &[5, 0]]);
    let number = |number: u64| der::Encode::to_der(&number).unwrap();
    let [unreadable, wrong, unsupported] = ["pkcs12.unreadable", "pkcs12.password-wrong", "pkcs12.unsupported"];
    let rows = [
        (vec![], wrong),
        (number(1), wrong),
        (number(0), unreadable),
        (vec![2, 1, 0xFF], unsupported),
        (number(3_000_001), unsupported),
        (number(0xFFFF_FFFF), unsupported),
        (number(1 << 40), unsupported),
        (number(u64::MAX), unsupported),
        (vec![2, 0], unsupported),
        (vec![5, 0], unreadable),
    ];
    let start = std::time::Instant::now();
    for (iterations, expected) in rows {
        let found = code(read(&with_mac(&sha1, &iterations), PASSWORD));
        assert_eq!(found, Err(expected), "{iterations:02x?}");
        if iterations.first() == Some(&2) {
            for algorithm in [pbes2(&iterations), sha1_3des(&iterations)] {
                let found = code(read(&file(&sequence(&[&encrypted(&[7; 64], Some(&algorithm))])), PASSWORD));
                // PBKDF2-params with a number that is none are malformed.
                assert!([expected, unreadable].map(Err).contains(&found), "{iterations:02x?}: {found:?}");
            }
        }
    }
    // A round with SHA-512 counts four times.
    let sha512 = sequence(&[&identifier("2.16.840.1.101.3.4.2.3"), &[5, 0]]);
    assert_eq!(code(read(&with_mac(&sha512, &number(750_001)), PASSWORD)), Err(unsupported));
    // Nothing is paid for behind a wrong password. The budget is one for all: the MAC has taken a round of it.
    let part = encrypted(&[7; 64], Some(&pbes2(&number(2_999_999))));
    assert_eq!(code(read(&file(&sequence(&[&part])), Some(b"other"))), Err(wrong));
    let keys = [bag(2, &sequence(&[&pbes2(&number(3_000_000)), &octets(&[7; 32])]), b"1")];
    assert_eq!(code(read(&file_of_bags(&keys), PASSWORD)), Err(unsupported));
    // The sum is known before anything is paid, the MAC with its wrong password among it.
    let many = [&part[..], &part].concat();
    assert_eq!(code(read(&file(&sequence(&[&many])), Some(b"other"))), Err(unsupported));
    let key = || bag(2, &sequence(&[&pbes2(&number(1_600_000)), &octets(&[7; 32])]), b"1");
    assert_eq!(code(read(&file_of_bags(&[key(), key()]), Some(b"other"))), Err(unsupported));
    assert_eq!(
        code(read(&file_of_bags(&[bag(6, &sequence(&[&key(), &key()]), b"1")]), Some(b"other"))),
        Err(unsupported)
    );
    assert_eq!(code(read(&file_of_bags(&[key()]), Some(b"other"))), Err(wrong));
    // Keys are not paid for where certificates alone are wanted.
    assert_eq!(certificates(&file_of_bags(&keys), PASSWORD).unwrap_err().code(), "certificate.unreadable");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

// R7: two keys and their certificates, as NSS writes them, and no more.
#[test]
fn r7_two_pairs_of_nss() {
    let mut budget = Budget::new();
    for _ in 0..5 {
        budget.spend(600_000).unwrap();
    }
    assert_eq!(budget.spend(1).unwrap_err().code(), "pkcs12.unsupported");
}

#[test]
fn frames() {
    let mac = mac(&sequence(&[]), &Password::new(b"password"), 1, &mut rng());
    let empty = data(&sequence(&[]));
    let signed = sequence(&[&identifier("1.2.840.113549.1.7.2"), &explicit(&sequence(&[]))]);
    let rows: [Row; 8] = [
        (sequence(&[&[2, 1, 3], &empty, &mac]), Ok((0, 0))),
        (sequence(&[&[2, 1, 2], &empty, &mac]), Err("pkcs12.unreadable")),
        (sequence(&[&[2, 1, 3], &empty]), Err("pkcs12.unsupported")),
        (sequence(&[&[2, 1, 3], &signed]), Err("pkcs12.unsupported")),
        (sequence(&[&[2, 1, 3], &mac]), Err("pkcs12.unreadable")),
        (sequence(&[&[2, 1, 3], &empty, &mac, &[5, 0]]), Err("pkcs12.unreadable")),
        ([sequence(&[&[2, 1, 3], &empty, &mac]), vec![0]].concat(), Err("pkcs12.unreadable")),
        (vec![], Err("pkcs12.unreadable")),
    ];
    for (number, (file, expected)) in rows.into_iter().enumerate() {
        assert_eq!(code(read(&file, PASSWORD)), expected, "{number}");
    }
}

// An empty password is two octets 0, or nothing.
#[test]
fn empty_passwords() {
    let safe = sequence(&[]);
    let digest = sequence(&[&identifier("1.3.14.3.2.26"), &[5, 0]]);
    for password in [&[0, 0][..], &[]] {
        use crate::alg::{digest::SHA1, pkcs12_kdf};
        let key = pkcs12_kdf::derive(SHA1, pkcs12_kdf::Purpose::Mac, password, &[8; 8], 5, 20);
        let info = sequence(&[&digest, &octets(&pkcs12_kdf::hmac(SHA1, &key, &safe))]);
        let file = sequence(&[&[2, 1, 3], &data(&safe), &sequence(&[&info, &octets(&[8; 8]), &[2, 1, 5]])]);
        assert_eq!(code(read(&file, Some(b""))), Ok((0, 0)), "{password:?}");
        assert_eq!(code(read(&file, PASSWORD)), Err("pkcs12.password-wrong"));
    }
}

// K4, R1: cut short, or with a bit that flipped, a file is an error or says the same.
#[test]
fn k4_damaged_files() {
    for (name, file) in [pkcs12!("openssl-iterations-1"), pkcs12!("openssl-plain-key")] {
        for length in 0..file.len() {
            assert_eq!(code(read(&file[..length], PASSWORD)), Err("pkcs12.unreadable"), "{name}, {length}");
        }
    }
    let (name, file) = pkcs12!("openssl-iterations-1");
    let mut changed = file.to_vec();
    for place in 0..file.len() {
        for bit in 0..8 {
            changed[place] ^= 1 << bit;
            if let Ok(found) = read(&changed, PASSWORD) {
                assert_eq!(found.certificates, [alice()], "{name}, {place}");
            }
            changed[place] ^= 1 << bit;
        }
    }
}
