//! Options of `gen-cert` that contradict one another in what they mean, not only in their names.

use std::io::IsTerminal;

use sip_smime::error::{Condition, Error};
use sip_smime::uri::{Scheme, SipUri};

use crate::cli::args::Secret;
use crate::cli::gen_cert::{Args, fixture, making, output, revoking};
use crate::cli::{io, secrets};

/// Refuses them.
pub fn check(args: &Args) -> Result<(), Error> {
    let standard = [args.passin.as_ref(), args.passout.as_ref()].into_iter().flatten().map(Secret::is_standard_input);
    let reads_request = args.req.as_deref().is_some_and(io::is_standard_input);
    secrets::check_standard_input(&standard.collect::<Vec<_>>(), reads_request)?;
    if args.revoking.is_asked() {
        return revoking::check(args);
    }
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    let authorities = usize::from(args.ca.is_some()).saturating_add(args.intermediate.len());
    if args.uris.is_empty() && authorities == 0 && args.req.is_none() {
        return usage(
            "there is nobody to certify",
            "name a URI, sip:user@host or sip:host, or an authority with --ca NAME",
        );
    }
    if authorities.saturating_add(usize::from(!args.uris.is_empty())) > 1 && args.out_dir.is_none() {
        return usage("an authority and other certificates need a folder", "name one with --out-dir");
    }
    let has_issuer = args.ca.is_some() || args.issuer.is_some();
    if !args.intermediate.is_empty() && !has_issuer {
        return usage("an intermediate authority has one above it", "make it with --ca NAME, or name it with -CA CERT");
    }
    check_keys(args)?;
    check_additions(args)?;
    if args.no_subject && !has_issuer {
        return usage(
            "a certificate without a name has an issuer with one",
            "make it with --ca NAME, or name it with -CA CERT",
        );
    }
    if !args.email.is_empty() && args.out_dir.is_some() && args.uris.len() > 1 {
        return usage("--email belongs to one user", "make the certificates one by one");
    }
    let makes_key = args.req.is_none() && args.inkey.is_none();
    let shows_key = args.out.is_none() && args.keyout.is_none() && args.out_dir.is_none() && makes_key;
    if shows_key && std::io::stdout().is_terminal() {
        return usage(
            "the private key would be shown on the terminal",
            "name files with -out and -keyout; -out - shows it",
        );
    }
    fixture::check(args)?;
    output::check(args)
}

/// Whose key is certified, and where a new one goes.
fn check_keys(args: &Args) -> Result<(), Error> {
    let usage = |detail: &str, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    if args.passin.is_some() && args.issuer.is_none() && args.inkey.is_none() {
        return usage("-passin is for a key that is read", "give the password of a new key with -passout");
    }
    let holders = if args.out_dir.is_some() { args.uris.len() } else { args.uris.len().min(1) };
    let authorities = usize::from(args.ca.is_some()).saturating_add(args.intermediate.len());
    if args.inkey.is_some() && holders.saturating_add(authorities) > 1 {
        return usage("-inkey is the key of one user, domain or authority", "make the certificates one by one");
    }
    if args.csr && args.inkey.is_none() && args.keyout.is_none() && args.out_dir.is_none() {
        return usage(
            "a request is for others, and the new key would stand in its file",
            "name a file for the key with -keyout, or a folder for both with --out-dir",
        );
    }
    Ok(())
}

/// What a certificate says beyond its names needs a user or a domain of whom it can be said.
fn check_additions(args: &Args) -> Result<(), Error> {
    let usage = |detail: String, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    let additions = [
        ("--email", !args.email.is_empty()),
        ("--msrp", args.msrp),
        ("--non-repudiation", args.non_repudiation),
        ("--caps", args.caps),
        ("--no-subject", args.no_subject),
    ];
    if let (true, None, Some((option, _))) =
        (args.uris.is_empty(), &args.req, additions.iter().find(|(_, is_given)| *is_given))
    {
        return usage(format!("{option} is about users and domains, and there is none"), "name a URI, sip:user@host");
    }
    let is_sip_user = |uri: &String| {
        SipUri::parse(uri).is_ok_and(|uri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) && uri.user().is_some())
    };
    if args.msrp && args.req.is_none() && !args.uris.iter().any(is_sip_user) {
        return usage(
            "--msrp names sip: users as im: too, and there is none".into(),
            "name sip:user@host, or leave it out",
        );
    }
    if args.non_repudiation && args.req.is_none() && args.inkey.is_none() && !making::kind(args).signs() {
        return usage(
            format!("--non-repudiation is about signatures, and {} keys make none", args.key),
            "leave it out",
        );
    }
    Ok(())
}
