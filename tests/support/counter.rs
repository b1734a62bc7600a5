//! Random numbers that are the same each time: what fuzzers run must run the same again, and a test can tell which
//! keys were made.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// Not random at all.
pub struct Counter(pub u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let word = self.try_next_u64()?;
        Ok(u32::from_le_bytes([word.to_le_bytes()[0]; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Ok(self.0.rotate_left(31))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        for chunk in octets.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(place, octet)| *place = octet);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
