//! The clock and the randomness of the machine: the only place that asks for them.

use std::time::{SystemTime, UNIX_EPOCH};

use rand_core::UnwrapErr;

/// Seconds since 1970, now.
pub fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    i64::try_from(elapsed).unwrap_or(i64::MAX)
}

/// The randomness of the operating system. If it fails there is nothing safe to go on with.
pub fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
