#![no_main]

#[allow(dead_code, reason = "each fuzzer runs one of them")]
#[path = "../../support/fuzz_entry.rs"]
mod fuzz_entry;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz_entry::capture(octets));
