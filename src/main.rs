//! The `sip-smime` program.

fn main() {}
