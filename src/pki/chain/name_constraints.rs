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
    for one in names(certificate, is_target)? {
        for (authority, subtrees) in limits {
            let of_kind = || subtrees.iter().filter(|subtree| subtree.kind == one.kind);
            let refused = |why: &str| {
                let text = format!("{} {why} of {}", one.shown(), authority.subject_text());
                Err(Error::new(Condition::TrustNameConstraints).detail(text))
            };
            if one.kind == NameKind::Uri && host(&one.octets).is_none() && of_kind().next().is_some() {
                return refused("has no host to compare with the constraints").map_err(|error| {
                    error.named("NAMECONSTRAINT-SIP-URI").hinting(
                        "below such an authority no certificate can name a sip: URI; it needs one without URI constraints",
                    )
                });
            }
            let (mut is_limited, mut is_permitted) = (false, false);
            for subtree in of_kind() {
                is_limited |= subtree.permits;
                match subtree.holds(&one) {
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
    /// Of a directoryName; `None` if it cannot be compared but octet by octet.
    relative_names: Option<Vec<Vec<u8>>>,
    /// Where it stands, if not in subjectAltName.
    place: &'static str,
}

impl<'a> Name<'a> {
    fn new(kind: NameKind, octets: impl Into<Cow<'a, [u8]>>, place: &'static str) -> Self {
        let octets = octets.into();
        let relative_names = (kind == NameKind::Directory).then(|| name::folded(&octets)).flatten();
        Name { kind, octets, relative_names, place }
    }

    fn shown(&self) -> String {
        format!("{}{}", GeneralName { kind: self.kind, octets: &self.octets }, self.place)
    }
}

/// The subject, unless it is empty; the e-mail addresses in it; what stands in subjectAltName; and without that the
/// common name of the target, which check-san takes for a domain (RFC 5922 section 7.1).
fn names(certificate: &Certificate, is_target: bool) -> Result<Vec<Name<'_>>, Error> {
    let subject = certificate.subject();
    let mut names: Vec<Name<'_>> = Vec::new();
    if subject != name::EMPTY {
        names.push(Name::new(NameKind::Directory, subject, ", its subject,"));
    }
    let addresses = name::values(subject, &name::EMAIL_ADDRESS);
    names.extend(addresses.into_iter().map(|address| Name::new(NameKind::Email, address, " in its subject")));
    for one in certificate.subject_alternative_names()? {
        names.push(Name::new(one.kind, one.octets, ""));
    }
    if let Some(domain) = domain::common_name_domain(certificate)?.filter(|_| is_target) {
        names.push(Name::new(NameKind::Dns, domain.into_bytes(), ", its common name and so its domain,"));
    }
    Ok(names)
}

/// ```text
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0], maximum [1] }
/// ```
struct Subtree<'a> {
    permits: bool,
    kind: NameKind,
    base: &'a [u8],
    /// Of a directoryName.
    relative_names: Option<Vec<Vec<u8>>>,
    /// Whether it has a minimum or a maximum, which nobody can apply.
    has_bounds: bool,
}

/// ```text
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees, excludedSubtrees [1] GeneralSubtrees }
/// ```
fn subtrees(value: &[u8]) -> Result<Vec<Subtree<'_>>, Error> {
    let mut subtrees = Vec::new();
    let mut lists = Tlv::parse(Slice::new(value))?.expect(tag::SEQUENCE)?.elements()?;
    while !lists.is_done() {
        let list = lists.next_element()?;
        let mut elements = list.elements()?;
        while !elements.is_done() {
            let mut subtree = elements.expect(tag::SEQUENCE)?.elements()?;
            let base = general_name(&subtree.next_element()?);
            let is_directory = base.kind == NameKind::Directory;
            subtrees.push(Subtree {
                permits: list.tag == tag::context_constructed(0),
                kind: base.kind,
                base: base.octets,
                relative_names: is_directory.then(|| name::folded(base.octets)).flatten(),
                has_bounds: !subtree.is_done(),
            });
        }
    }
    Ok(subtrees)
}

impl Subtree<'_> {
    /// Whether a name of the same kind is in the subtree; `None` if that cannot be said.
    fn holds(&self, name: &Name<'_>) -> Option<bool> {
        if self.has_bounds {
            return None;
        }
        match self.kind {
            NameKind::Directory => {
                let (base, name) = (self.relative_names.as_ref()?, name.relative_names.as_ref()?);
                Some(name.starts_with(base))
            }
            NameKind::Ip => holds_address(self.base, &name.octets),
            NameKind::Email => self.holds_mailbox(text(&name.octets)?),
            NameKind::Dns => self.holds_domain(text(&name.octets)?),
            NameKind::Uri => self.holds_host(host(&name.octets)?),
            NameKind::Other(_) => None,
        }
    }

    /// A domain with any labels before it.
    fn holds_domain(&self, domain: &str) -> Option<bool> {
        if self.base.is_empty() {
            return Some(true);
        }
        let base = text(self.base)?;
        // RFC 5280 knows no dot before a domain: some mean what is below it, and some the domain, too.
        match base.strip_prefix('.') {
            Some(bare) => Some(!self.permits && (self.is_domain(domain, bare)? || self.is_below(domain, bare)?)),
            None => Some(self.is_domain(domain, base)? || self.is_below(domain, base)?),
        }
    }

    /// A mailbox, all mailboxes of a host, or with a dot before it all those of hosts below it.
    fn holds_mailbox(&self, mailbox: &str) -> Option<bool> {
        let (local, host) = mailbox.rsplit_once('@')?;
        if self.base.is_empty() {
            return Some(!self.permits);
        }
        let base = text(self.base)?;
        if let Some((base_local, base_host)) = base.rsplit_once('@') {
            // Quotes and escapes write the same local part otherwise.
            let is_plain = |local: &str| !local.is_empty() && !local.contains(['"', '\\', '<', '(']);
            let same_host = self.is_domain(host, base_host)?;
            if same_host && !(is_plain(local) && is_plain(base_local)) {
                return None;
            }
            let same = local == base_local || (!self.permits && local.eq_ignore_ascii_case(base_local));
            return Some(same_host && same);
        }
        self.holds_host_of(host, base)
    }

    /// A host, or with a dot before it the hosts below it.
    fn holds_host(&self, host: &str) -> Option<bool> {
        if self.base.is_empty() {
            return Some(!self.permits);
        }
        self.holds_host_of(host, text(self.base)?)
    }

    fn holds_host_of(&self, host: &str, base: &str) -> Option<bool> {
        match base.strip_prefix('.') {
            Some(bare) => self.is_below(host, bare),
            None => self.is_domain(host, base),
        }
    }

    fn is_domain(&self, name: &str, base: &str) -> Option<bool> {
        let (name, base) = self.spelled(name, base)?;
        Some(name.eq_ignore_ascii_case(base))
    }

    fn is_below(&self, name: &str, base: &str) -> Option<bool> {
        let (name, base) = self.spelled(name, base)?;
        let start = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at));
        Some(start.is_some_and(|(labels, rest)| labels.ends_with('.') && rest.eq_ignore_ascii_case(base)))
    }

    /// A dot at the end makes no other name of what is excluded, and none of what is permitted. `None` if the base is no
    /// name.
    fn spelled<'t>(&self, name: &'t str, base: &'t str) -> Option<(&'t str, &'t str)> {
        let bare = |text: &'t str| if self.permits { text } else { text.strip_suffix('.').unwrap_or(text) };
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_of_label);
        let (name, base) = (bare(name), bare(base));
        base.split('.').all(is_label).then_some((name, base))
    }
}

fn is_of_label(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'
}

/// Printable ASCII without blanks.
fn text(octets: &[u8]) -> Option<&str> {
    let is_clean = !octets.is_empty() && octets.iter().all(u8::is_ascii_graphic);
    is_clean.then(|| str::from_utf8(octets).ok()).flatten()
}

/// An address and a mask, as long, in the style of RFC 4632: its ones come first.
fn holds_address(base: &[u8], address: &[u8]) -> Option<bool> {
    let (network, mask) = base.split_at_checked(base.len() / 2)?;
    let is_address = |octets: &[u8]| [4, 16].contains(&octets.len());
    let is_prefix = mask.iter().all(|octet| octet.leading_ones() == octet.count_ones())
        && mask.windows(2).all(|pair| matches!(pair, [0xFF, _] | [_, 0]));
    if network.len() != mask.len() || !is_address(network) || !is_address(address) || !is_prefix {
        return None;
    }
    let in_network = |((one, other), mask): ((&u8, &u8), &u8)| one & mask == other & mask;
    Some(network.len() == address.len() && address.iter().zip(network).zip(mask).all(in_network))
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
