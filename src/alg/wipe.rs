//! What a private operation leaves behind on the stack (K3).
//!
//! The crates wipe their keys, not the temporaries of their arithmetic: after an RSA signature the primes
//! stand below the stack pointer until something happens to overwrite them. The same temporaries on the
//! heap are the business of the program's allocator.

use std::hint::black_box;

use zeroize::Zeroize;

/// Overwrites the stack below the caller, where the functions it called had their frames.
#[inline(never)]
pub fn stack() {
    let mut frames = [0_u64; DEPTH];
    frames.zeroize();
    black_box(&frames);
}

/// 64 KiB in words: deeper than any private operation goes, and written in microseconds.
const DEPTH: usize = 8 * 1024;
