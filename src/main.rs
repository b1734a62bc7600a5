//! The `sip-smime` program: S/MIME for SIP on the command line.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing))]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
