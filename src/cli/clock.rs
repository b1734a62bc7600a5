//! The clock and the randomness of the machine: the only place that asks for them.

use std::convert::Infallible;
use std::time::{SystemTime, UNIX_EPOCH};

use rand_core::{CryptoRng, TryCryptoRng, TryRng, UnwrapErr};
use sha2::{Digest, Sha256};

/// Seconds since 1970, now.
pub fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    i64::try_from(elapsed).unwrap_or(i64::MAX)
}

/// The randomness of the operating system. If it fails there is nothing safe to go on with.
pub fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// The same octets for the same seed and context, or, without a seed, randomness.
pub fn rng_for(seed: Option<u64>, context: &str) -> Box<dyn CryptoRng> {
    match seed {
        Some(seed) => Box::new(Seeded::new(seed, context)),
        None => Box::new(rng()),
    }
}

/// SHA-256 of a seed and a counter: for tests that need the same keys again. No secret comes out of it.
struct Seeded {
    key: [u8; 32],
    counter: u64,
}

impl Seeded {
    fn new(seed: u64, context: &str) -> Self {
        let key =
            Sha256::new().chain_update(b"sip-smime --seed").chain_update(seed.to_be_bytes()).chain_update(context);
        Seeded { key: key.finalize().into(), counter: 0 }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets).map(|()| u32::from_be_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets).map(|()| u64::from_be_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        for chunk in octets.chunks_mut(32) {
            let block = Sha256::new().chain_update(self.key).chain_update(self.counter.to_be_bytes()).finalize();
            self.counter = self.counter.wrapping_add(1);
            for (octet, made) in chunk.iter_mut().zip(block) {
                *octet = made;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
