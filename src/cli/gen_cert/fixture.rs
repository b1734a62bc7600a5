//! `gen-cert --fixture`: what is wrong in a set of files, if it is not in one of the certificates.

use sip_smime::alg::NewKey;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::Certificate;
use sip_smime::pki::crl::Reason;
use sip_smime::pki::fixture::{Change, Fixture};
use sip_smime::pki::profile::{Holder, Role};
use sip_smime::pki::revoke::{self, Revocation, RevocationListRequest};

use crate::cli::clock;
use crate::cli::gen_cert::Args;
use crate::cli::gen_cert::making::{self, Authority, KeySource, Made, Product};

/// The fixture that is asked for.
pub fn of(args: &Args) -> Option<&'static Fixture> {
    args.fixture.as_deref().and_then(Fixture::by_name)
}

/// Whether there is everything in which the fixture makes something wrong.
pub fn check(args: &Args) -> Result<(), Error> {
    let Some(fixture) = of(args) else { return Ok(()) };
    let usage = |detail: String, hint: &str| Err(Error::new(Condition::Usage).detail(detail).hinting(hint));
    let name = fixture.name;
    if args.uris.is_empty() {
        return usage(format!("{name} is about the certificate of a user or a domain"), "name a URI");
    }
    // Below -CA, --ca is no root.
    let (has_root, has_issuer) =
        (args.ca.is_some() && args.issuer.is_none(), args.ca.is_some() || args.issuer.is_some());
    let (needs_root, needs_issuer, needs_folder) = match fixture.change {
        Change::Certificate(_) | Change::Signed(_) => (false, false, false),
        Change::Key(_) => (false, true, false),
        Change::Anchor => (true, true, true),
        Change::Intermediate(..) | Change::Chain | Change::Revocation | Change::AuthorityRevocation => {
            (false, true, true)
        }
    };
    if needs_root && !has_root {
        return usage(format!("{name} writes another root"), "make one with --ca NAME");
    }
    if needs_issuer && !has_issuer {
        return usage(format!("{name} needs an issuer"), "make one with --ca NAME, or name it with -CA CERT");
    }
    if needs_folder && args.out_dir.is_none() {
        return usage(format!("{name} makes several files"), "name a folder with --out-dir");
    }
    Ok(())
}

/// The kind of key of users and domains, if that is what is wrong.
pub fn key(args: &Args) -> Option<&'static NewKey> {
    match of(args)?.change {
        Change::Key(kind) => Some(kind),
        _ => None,
    }
}

/// The names of the intermediate authorities: those that are asked for, and as many more as the fixture needs.
pub fn intermediates(args: &Args) -> Vec<String> {
    let needed = of(args).map_or(0, Fixture::intermediates);
    let more = (1..=needed).skip(args.intermediate.len()).map(|number| format!("Intermediate CA {number}"));
    args.intermediate.iter().cloned().chain(more).collect()
}

/// Makes wrong what is not wrong in one certificate alone. `authorities` are those that issue, the last one issued the
/// certificates of users and domains.
pub fn change_set(
    args: &Args,
    fixture: &Fixture,
    made: &mut Vec<Made>,
    authorities: &[Authority],
) -> Result<(), Error> {
    match fixture.change {
        Change::Anchor => replace_root(args, made),
        Change::Chain => {
            leave_out_first_intermediate(args, made);
            Ok(())
        }
        Change::Revocation => {
            let revoked = made.iter().filter(|one| !one.is_authority).filter_map(certificate);
            let list = authorities.last().map(|issuer| list(args, issuer, revoked)).transpose()?;
            made.extend(list);
            Ok(())
        }
        Change::AuthorityRevocation => {
            let at = authorities.len().saturating_sub(intermediates(args).len());
            let revoked = authorities.get(at).map(|authority| &authority.certificate);
            let issuer = at.checked_sub(1).and_then(|above| authorities.get(above));
            let list = issuer.map(|issuer| list(args, issuer, revoked.into_iter())).transpose()?;
            made.extend(list);
            Ok(())
        }
        Change::Certificate(_) | Change::Signed(_) | Change::Key(_) | Change::Intermediate(..) => Ok(()),
    }
}

/// Another authority stands in the files of the root.
fn replace_root(args: &Args, made: &mut [Made]) -> Result<(), Error> {
    let holder = Holder::authority("Another CA")?;
    let (_, other) = making::certify(args, &holder, KeySource::New(making::signing_kind(args)), None, None)?;
    if let Some(root) = made.first_mut() {
        let name = std::mem::take(&mut root.name);
        *root = Made { name, ..other };
    }
    Ok(())
}

fn leave_out_first_intermediate(args: &Args, made: &mut Vec<Made>) {
    let at = usize::from(args.ca.is_some());
    let missing = made.remove(at);
    let Some(missing) = certificate(&missing).cloned() else { return };
    for one in made {
        one.issuers.retain(|issuer| *issuer != missing);
    }
}

fn certificate(made: &Made) -> Option<&Certificate> {
    match &made.product {
        Product::Certificate(certificate) => Some(certificate),
        Product::Request(_) | Product::RevocationList(_) => None,
    }
}

/// The list of an authority, for as long as the certificates of users are valid.
fn list<'a>(args: &Args, issuer: &Authority, revoked: impl Iterator<Item = &'a Certificate>) -> Result<Made, Error> {
    let (this_update, next_update) = making::validity(args, Role::User);
    let revoked: Vec<Revocation> =
        revoked.map(|one| Revocation::new(one, this_update, Reason::KEY_COMPROMISE)).collect();
    let profile = making::profile(args);
    let request = RevocationListRequest { profile, previous: None, revoked: &revoked, this_update, next_update };
    let rng = &mut *clock::rng_for(args.seed, "crl");
    let list = revoke::issue_list(&request, &issuer.certificate, &issuer.key, rng)?;
    Ok(making::revocation_list(list))
}
