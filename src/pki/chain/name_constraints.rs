//! Name constraints (RFC 5280 section 4.2.1.10): what an authority lets those below it be called.
//!
//! Each name is compared with the constraints of each authority above it, the anchor like any other. What a permitted
//! subtree holds is read narrowly, what an excluded one holds widely, and a name that cannot be compared with one is
//! refused: a constraint that is spelled oddly binds nobody less.

use std::borrow::Cow;

use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::chain::{Budget, about};
use crate::pki::extension::{self, GeneralName, NameKind, general_name};
use crate::pki::{Certificate, domain, name};
use crate::uri::Host;

/// Compares the names of all certificates with the constraints above them. Self-issued authorities are free.
pub(super) fn check(path: &[&Certificate], budget: &mut Budget) -> Result<(), Error> {
    let mut limits: Vec<(&Certificate, Vec<Subtree<'_>>)> = Vec::new();
    let mut count: usize = 0;
    for (height, certificate) in path.iter().enumerate().rev() {
        let is_exempt = height > 0 && certificate.is_self_issued();
        if !limits.is_empty() && !is_exempt {
            budget.spend_octets(certificate.der().len().saturating_mul(count))?;
            check_names(certificate, height == 0, &limits).map_err(|error| about(error, certificate))?;
        }
        if let Some(extension) = certificate.extension(&extension::NAME_CONSTRAINTS)? {
            let subtrees = subtrees(extension.value)?;
            count = count.saturating_add(subtrees.len());
            limits.push((certificate, subtrees));
        }
        // Comparing all names with all constraints costs their product.
        if count > MAX_SUBTREES {
            return Err(Error::new(Condition::TrustBudget).detail("name constraints"));
        }
    }
    Ok(())
}

fn check_names(
    certificate: &Certificate,
    is_target: bool,
    limits: &[(&Certificate, Vec<Subtree<'_>>)],
) -> Result<(), Error> {
    for name in names(certificate, is_target)? {
        let form = Form::of(name.kind, &name.octets);
        for (authority, subtrees) in limits {
            let of_kind = || subtrees.iter().filter(|subtree| subtree.kind == name.kind);
            let refused = |why: &str| {
                let text = format!("{} {why} of {}", name.shown(), authority.subject_text());
                Err(Error::new(Condition::TrustNameConstraints).detail(text))
            };
            if name.kind == NameKind::Uri && form.is_none() && of_kind().next().is_some() {
                return refused("has no host to compare with the constraints").map_err(|error| {
                    error.named("NAMECONSTRAINT-SIP-URI").hinting(
                        "below such an authority no certificate can name a sip: URI; it needs one without URI constraints",
                    )
                });
            }
            let (mut is_limited, mut is_permitted) = (false, false);
            for subtree in of_kind() {
                is_limited |= subtree.permits;
                match form.as_ref().and_then(|form| subtree.holds(form)) {
                    None => return refused("cannot be compared with the constraints"),
                    Some(true) if !subtree.permits => return refused("is excluded by the constraints"),
                    Some(holds) => is_permitted |= subtree.permits && holds,
                }
            }
            if is_limited && !is_permitted {
                return refused("is not permitted by the constraints");
            }
        }
    }
    Ok(())
}

/// A name that is compared.
struct Name<'a> {
    kind: NameKind,
    octets: Cow<'a, [u8]>,
    /// Where it stands, if not in subjectAltName.
    place: &'static str,
}

impl Name<'_> {
    fn shown(&self) -> String {
        format!("{}{}", GeneralName { kind: self.kind, octets: &self.octets }, self.place)
    }
}

/// The subject, unless it is empty; the e-mail addresses in it; what stands in subjectAltName; and without that the
/// common name of the target, which check-san takes for a domain (RFC 5922 section 7.1).
fn names(certificate: &Certificate, is_target: bool) -> Result<Vec<Name<'_>>, Error> {
    let subject = certificate.subject();
    let mut names = Vec::new();
    if subject != name::EMPTY {
        names.push(Name { kind: NameKind::Directory, octets: subject.into(), place: ", its subject," });
    }
    for address in name::values(subject, &name::EMAIL_ADDRESS) {
        names.push(Name { kind: NameKind::Email, octets: address.into(), place: " in its subject" });
    }
    for one in certificate.subject_alternative_names()? {
        names.push(Name { kind: one.kind, octets: one.octets.into(), place: "" });
    }
    if let Some(domain) = domain::common_name_domain(certificate)?.filter(|_| is_target) {
        let octets = domain.into_bytes().into();
        names.push(Name { kind: NameKind::Dns, octets, place: ", its common name and so its domain," });
    }
    Ok(names)
}

/// What of a name is compared, read once: there may be many subtrees.
enum Form<'a> {
    /// Folded relative names.
    Directory(Vec<Vec<u8>>),
    Address(&'a [u8]),
    Mailbox {
        local: &'a str,
        host: &'a str,
    },
    /// The domain of a dNSName, or the host of a URI.
    Domain(&'a str),
}

impl<'a> Form<'a> {
    /// `None` if nothing can be said about such a name.
    fn of(kind: NameKind, octets: &'a [u8]) -> Option<Self> {
        Some(match kind {
            NameKind::Directory => Form::Directory(name::folded(octets)?),
            NameKind::Ip => Form::Address(Some(octets).filter(|octets| [4, 16].contains(&octets.len()))?),
            NameKind::Email => {
                let (local, host) = text(octets)?.rsplit_once('@')?;
                Form::Mailbox { local, host }
            }
            NameKind::Dns => Form::Domain(text(octets)?),
            NameKind::Uri => Form::Domain(host(octets)?),
            NameKind::Other(_) => return None,
        })
    }
}

/// ```text
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0], maximum [1] }
/// ```
struct Subtree<'a> {
    permits: bool,
    kind: NameKind,
    /// `None` if nothing can be compared with it.
    base: Option<Base<'a>>,
}

/// What a subtree holds, read once: there may be many names.
enum Base<'a> {
    Everything,
    Nothing,
    /// All names that begin with these relative names.
    Directory(Vec<Vec<u8>>),
    Network {
        address: &'a [u8],
        mask: &'a [u8],
    },
    Mailbox {
        local: &'a str,
        host: &'a str,
    },
    /// A domain or a host, those below it, or both.
    Domain {
        name: &'a str,
        itself: bool,
        below: bool,
    },
}

/// Whether a certificate constrains the URIs of those below it.
pub fn constrains_uris(certificate: &Certificate) -> bool {
    let found = certificate.extension(&extension::NAME_CONSTRAINTS).ok().flatten();
    let subtrees = found.and_then(|extension| subtrees(extension.value).ok()).unwrap_or_default();
    subtrees.iter().any(|subtree| subtree.kind == NameKind::Uri)
}

/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees, excludedSubtrees [1] GeneralSubtrees }
/// ```
fn subtrees(value: &[u8]) -> Result<Vec<Subtree<'_>>, Error> {
    let mut subtrees = Vec::new();
    let mut lists = Tlv::parse(Slice::new(value))?.expect(tag::SEQUENCE)?.elements()?;
    while !lists.is_done() {
        let list = lists.next_element()?;
        let permits = list.tag == tag::context_constructed(0);
        let mut elements = list.elements()?;
        while !elements.is_done() {
            let mut subtree = elements.expect(tag::SEQUENCE)?.elements()?;
            let name = general_name(&subtree.next_element()?);
            // Nobody can apply a minimum or a maximum.
            let base = if subtree.is_done() { Base::of(&name, permits) } else { None };
            subtrees.push(Subtree { permits, kind: name.kind, base });
        }
    }
    Ok(subtrees)
}

impl<'a> Base<'a> {
    fn of(name: &GeneralName<'a>, permits: bool) -> Option<Self> {
        match name.kind {
            NameKind::Directory => name::folded(name.octets).map(Base::Directory),
            NameKind::Ip => network(name.octets),
            // Every domain has it at its end. Of hosts and mailboxes RFC 5280 does not say that.
            NameKind::Dns if name.octets.is_empty() => Some(Base::Everything),
            NameKind::Email | NameKind::Uri if name.octets.is_empty() => {
                Some(if permits { Base::Nothing } else { Base::Everything })
            }
            NameKind::Dns => {
                let base = text(name.octets)?;
                // RFC 5280 knows no dot before a domain: some mean what is below it, and some the domain, too.
                let is_dotted = base.starts_with('.');
                let name = bare(base.strip_prefix('.').unwrap_or(base), permits)?;
                Some(Base::Domain { name, itself: !(is_dotted && permits), below: true })
            }
            NameKind::Email => {
                let base = text(name.octets)?;
                let Some((local, host)) = base.rsplit_once('@') else { return Base::host(base, permits) };
                is_plain(local).then_some(Base::Mailbox { local, host: bare(host, permits)? })
            }
            NameKind::Uri => Base::host(text(name.octets)?, permits),
            NameKind::Other(_) => None,
        }
    }

    /// A host, or with a dot before it the hosts below it.
    fn host(text: &'a str, permits: bool) -> Option<Self> {
        let below = text.starts_with('.');
        let name = bare(text.strip_prefix('.').unwrap_or(text), permits)?;
        Some(Base::Domain { name, itself: !below, below })
    }
}

/// The name of a domain; `None` if it is none. A dot at the end makes no other name of what is excluded, and none of
/// what is permitted.
fn bare(name: &str, permits: bool) -> Option<&str> {
    let name = if permits { name } else { without_dot(name) };
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_of_label);
    name.split('.').all(is_label).then_some(name)
}

fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn is_of_label(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'
}

/// Whether there is one way to write a local part: quotes, escapes and comments make others.
fn is_plain(local: &str) -> bool {
    !local.is_empty() && !local.contains(['"', '\\', '<', '('])
}

/// An address and a mask, as long, in the style of RFC 4632: its ones come first.
fn network(octets: &[u8]) -> Option<Base<'_>> {
    let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
    let is_prefix = mask.iter().all(|octet| octet.leading_ones() == octet.count_ones())
        && mask.windows(2).all(|pair| matches!(pair, [0xFF, _] | [_, 0]));
    let is_network = address.len() == mask.len() && [4, 16].contains(&address.len()) && is_prefix;
    is_network.then_some(Base::Network { address, mask })
}

impl Subtree<'_> {
    /// Whether a name of the same kind is in the subtree; `None` if that cannot be said.
    fn holds(&self, name: &Form<'_>) -> Option<bool> {
        Some(match (self.base.as_ref()?, name) {
            (Base::Everything, _) => true,
            (Base::Nothing, _) => false,
            (Base::Directory(base), Form::Directory(name)) => name.starts_with(base),
            (Base::Network { address: network, mask }, Form::Address(address)) => {
                let is_same = |((one, other), mask): ((&u8, &u8), &u8)| one & mask == other & mask;
                network.len() == address.len() && address.iter().zip(*network).zip(*mask).all(is_same)
            }
            (Base::Mailbox { local: base, host: domain }, Form::Mailbox { local, host }) => {
                let is_there = self.without_dot(host).eq_ignore_ascii_case(domain);
                if is_there && !is_plain(local) {
                    return None;
                }
                // The case of a local part counts, but nobody evades a constraint by it.
                is_there && (local == base || (!self.permits && local.eq_ignore_ascii_case(base)))
            }
            (Base::Domain { name: base, itself, below }, Form::Mailbox { host: name, .. } | Form::Domain(name)) => {
                let (labels, end) = ends(self.without_dot(name), base)?;
                end.eq_ignore_ascii_case(base) && ((*itself && labels.is_empty()) || (*below && labels.ends_with('.')))
            }
            _ => return None,
        })
    }

    fn without_dot<'t>(&self, name: &'t str) -> &'t str {
        if self.permits { name } else { without_dot(name) }
    }
}

/// A name, cut where an end as long as another begins; all of it, if it is shorter.
fn ends<'t>(name: &'t str, end: &str) -> Option<(&'t str, &'t str)> {
    name.split_at_checked(name.len().saturating_sub(end.len()))
}

/// Printable ASCII without blanks.
fn text(octets: &[u8]) -> Option<&str> {
    let is_clean = !octets.is_empty() && octets.iter().all(u8::is_ascii_graphic);
    is_clean.then(|| str::from_utf8(octets).ok()).flatten()
}

/// The host of a URI: `//` follows the scheme, and then its name. "If the URI either does not include an authority
/// component or includes an authority component in which the host name is specified as an IP address", the certificate
/// is refused (TRAP-27): `sip:` URIs have none. `://` elsewhere, as in `sip:alice@example.com;x=://elsewhere.example`, is
/// not before a host.
fn host(uri: &[u8]) -> Option<&str> {
    // These schemes have none: what follows `//` is part of the user, and the host stands elsewhere.
    const WITHOUT: [&str; 6] = ["sip", "sips", "im", "pres", "tel", "mailto"];
    let (scheme, rest) = str::from_utf8(uri).ok()?.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let host = host_and_port.split(':').next().unwrap_or_default();
    let has_host = !WITHOUT.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    (has_host && matches!(Host::read(host), Some(Host::Name(_)))).then_some(host)
}

/// How many subtrees the constraints of one path may have.
const MAX_SUBTREES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    // P10, TRAP-27: `sip://ok.example/@evil.example` is a user at evil.example, whatever a reader of hosts sees.
    #[test]
    fn p10_schemes_of_sip_have_no_authority() {
        let rows = [
            ("http://example.com/", true),
            ("ldap://example.com", true),
            ("sip:alice@example.com", false),
            ("sip://ok.example/@evil.example", false),
            ("SIPS://ok.example", false),
            ("im://ok.example", false),
            ("urn:x", false),
            ("http://x@example.com:80?y", true),
            ("http://192.0.2.4/", false),
            ("http://192.0.2.4:80/", false),
            ("http://example.com@192.0.2.4/", false),
            ("http://[2001:db8::9]/", false),
            ("http://[fe80::1%25x.example]/", false),
            ("http:///example.com", false),
            ("http://", false),
            ("", false),
        ];
        for (uri, expected) in rows {
            assert_eq!(host(uri.as_bytes()).is_some(), expected, "{uri}");
        }
    }
}
