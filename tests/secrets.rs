//! K3: after a key was used and dropped, it is nowhere in the memory of the process.
//!
//! The allocator wipes what is freed, as that of the program does; the library wipes its own buffers and the
//! stack. The memory is copied before the test itself learns what to look for. Without the optimiser chance
//! wipes more: `cargo test --release --test secrets` is the severer test.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rsa::pkcs1::RsaPrivateKey;
use rsa::pkcs1::der::Decode;
use sip_smime::store;

#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Reads a key, signs with it and drops it; or signs with it and calls `while_alive`.
fn use_key(path: &str, while_alive: impl FnOnce()) {
    let file = fs::read(path).unwrap();
    let key = store::private_key(&file, Some(PASSWORD.as_bytes())).unwrap();
    let key = key.signing_key().unwrap();
    let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
    for pss in [false, true] {
        let scheme = key.scheme(None, pss).unwrap();
        key.sign(&scheme, b"message", rng).unwrap();
    }
    while_alive();
}

/// Every writable part of the memory.
fn memory() -> Vec<Vec<u8>> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut copies = Vec::new();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"))) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        let mut copy = vec![0; usize::try_from(end.checked_sub(start).unwrap()).unwrap()];
        memory.seek(SeekFrom::Start(start)).unwrap();
        // Some special mappings cannot be read.
        if memory.read_exact(&mut copy).is_ok() {
            copies.push(copy);
        }
    }
    copies
}

/// The memory after some work. Another thread copies it, so that copying does not wipe the stack by chance.
fn after(work: impl FnOnce()) -> Vec<Vec<u8>> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let copier = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                thread::yield_now();
            }
            memory()
        });
        work();
        done.store(true, Ordering::Release);
        copier.join().unwrap()
    })
}

/// The numbers of the key, as files (first octet first) and as arithmetic (first octet last) hold them.
fn secrets() -> Vec<(&'static str, Vec<u8>)> {
    let der = fs::read("testdata/keys/alice-rsa2048.pkcs1.der").unwrap();
    let key = RsaPrivateKey::<rsa::pkcs1::UintRef<'_>>::from_der(&der).unwrap();
    let numbers = [
        ("d", key.private_exponent),
        ("p", key.prime1),
        ("q", key.prime2),
        ("dp", key.exponent1),
        ("dq", key.exponent2),
        ("qinv", key.coefficient),
    ];
    let mut secrets = Vec::new();
    for (name, number) in numbers {
        let low = number.as_bytes().rchunks(24).next().unwrap().to_vec();
        secrets.push((name, low.iter().rev().copied().collect()));
        secrets.push((name, low));
    }
    secrets
}

fn found(memory: &[Vec<u8>]) -> Vec<&'static str> {
    let secrets = secrets();
    let holds = |secret: &[u8]| memory.iter().any(|copy| memchr::memmem::find(copy, secret).is_some());
    secrets.iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| *name).collect()
}

// One test, so that no other thread holds the key.
#[test]
fn k3_no_secret_is_left() {
    for path in ["testdata/keys/alice-rsa2048.key", "testdata/keys/alice-rsa2048.enc.key"] {
        let after = after(|| use_key(path, || ()));
        assert_eq!(found(&after), [""; 0], "{path}");
        drop(after);
    }
    // The search finds what is there.
    let mut alive = Vec::new();
    use_key("testdata/keys/alice-rsa2048.key", || alive = memory());
    assert!(found(&alive).contains(&"p"));
}

const PASSWORD: &str = "password";
