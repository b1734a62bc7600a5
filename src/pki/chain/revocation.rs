//! Whether a certificate of a path is revoked (RFC 5280 section 6.3), by the lists at hand. Nothing is fetched.
//!
//! A list counts if the issuer that it should have signed it, with a key that may sign lists and to which a path
//! leads from the same anchor. Of several lists about the same certificates the newest counts. Beyond the RFC: a
//! list that is not current never says that a certificate is good, but what it says to be revoked is revoked, as far
//! as that cannot have changed: no hold in an old list, nothing in a future one that came after the time in question.

use crate::alg;
use crate::alg::policy::Strength;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::chain::search::{self, Role, Scope, is_same_party, keys_agree_with};
use crate::pki::chain::{Budget, Refusal, RevocationCheck, about, rules};
use crate::pki::crl::{Crl, Entry, Reason};
use crate::pki::distribution::{DistributionPoint, IssuingDistributionPoint, PointName, Reasons, distribution_points};
use crate::pki::{Certificate, extension};
use crate::report::{CrlSummary, RevocationStatus, RevocationSummary, text};

/// Judges each certificate of a path that holds otherwise, but its anchor.
pub(super) fn check<'a>(
    path: &[&'a Certificate],
    scope: Scope<'a, '_>,
    budget: &mut Budget,
) -> Result<Vec<RevocationSummary>, Refusal> {
    let trust = scope.trust;
    if trust.crls.is_empty() && trust.revocation == RevocationCheck::IfKnown {
        return Ok(Vec::new());
    }
    let mut revocation = Vec::new();
    for (at, certificate) in path.iter().enumerate().take(path.len().saturating_sub(1)) {
        let above = path.get(at.saturating_add(1)..).unwrap_or_default();
        let summary = match Inquiry::new(certificate, above, scope, budget).and_then(Inquiry::answer) {
            Ok(summary) => summary,
            Err(error) => return Err(Refusal { error: about(error, certificate), revocation }),
        };
        let is_asked = match trust.revocation {
            RevocationCheck::IfKnown => false,
            RevocationCheck::Leaf => at == 0 && scope.depth == 0,
            RevocationCheck::Chain => true,
        };
        let condition = match summary.status {
            RevocationStatus::Revoked => Some(Condition::TrustRevoked),
            RevocationStatus::Unknown if is_asked => Some(Condition::TrustRevocationUnknown),
            RevocationStatus::Unknown | RevocationStatus::Good => None,
        };
        let error = condition.map(|condition| {
            let error = Error::new(condition).detail(summary.reason.as_str());
            about(summary.finding.into_iter().fold(error, Error::named), certificate)
        });
        revocation.push(summary);
        if let Some(error) = error {
            return Err(Refusal { error, revocation });
        }
    }
    Ok(revocation)
}

/// Judges a certificate that the user trusts by itself: if a path leads from it to an anchor, too, its issuer may have
/// revoked it.
pub(super) fn check_trusted<'a>(
    target: &'a Certificate,
    scope: Scope<'a, '_>,
    budget: &mut Budget,
) -> Result<Vec<RevocationSummary>, Refusal> {
    let trust = scope.trust;
    if trust.crls.is_empty() && trust.revocation == RevocationCheck::IfKnown {
        return Ok(Vec::new());
    }
    let conditions = [Condition::TrustRevoked, Condition::TrustRevocationUnknown, Condition::TrustBudget];
    let reason = match search::run(target, scope, budget) {
        Ok(path) => return Ok(path.revocation),
        Err(refusal) if conditions.contains(&refusal.error.condition()) => return Err(refusal),
        Err(_) => "it is trusted by itself, and no path leads to an authority that could revoke it",
    };
    let revocation = vec![unknown(target, reason)];
    match trust.revocation {
        RevocationCheck::IfKnown => Ok(revocation),
        RevocationCheck::Leaf | RevocationCheck::Chain => {
            let error = about(Error::new(Condition::TrustRevocationUnknown).detail(reason), target);
            Err(Refusal { error, revocation })
        }
    }
}

fn known(certificate: &Certificate, status: RevocationStatus, lists: Vec<CrlSummary>) -> RevocationSummary {
    let finding = (status == RevocationStatus::Revoked).then_some("CERT-REVOKED");
    RevocationSummary { certificate: certificate.subject_text(), status, lists, reason: String::new(), finding }
}

fn unknown(certificate: &Certificate, reason: impl Into<String>) -> RevocationSummary {
    let summary = known(certificate, RevocationStatus::Unknown, Vec::new());
    RevocationSummary { reason: reason.into(), finding: Some(MISSING), ..summary }
}

/// The question about one certificate.
struct Inquiry<'a, 's, 'b> {
    certificate: &'a Certificate,
    /// The path above it.
    above: &'s [&'a Certificate],
    scope: Scope<'a, 's>,
    budget: &'b mut Budget,
    points: Vec<DistributionPoint>,
    is_authority: bool,
    /// The reasons that lists have told of up to now, and those lists.
    reasons: Reasons,
    lists: Vec<CrlSummary>,
    /// The lists that were asked, of this time or before, and who signed them.
    asked: Vec<(&'a Crl, &'a Certificate)>,
    /// The name of the finding and the reason why another list was of no use.
    set_aside: Option<(&'static str, String)>,
    /// The same of a delta list.
    not_applied: Option<(&'static str, String)>,
}

/// What newer lists of the same key about the same certificates make of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// There is none.
    Newest,
    /// None of them is current. It does not stand in for them, but what it revokes for good is revoked.
    Outdated,
    /// One of them is current: its issuer knows what the older one says.
    Replaced,
}

impl<'a, 's, 'b> Inquiry<'a, 's, 'b> {
    fn new(
        certificate: &'a Certificate,
        above: &'s [&'a Certificate],
        scope: Scope<'a, 's>,
        budget: &'b mut Budget,
    ) -> Result<Self, Error> {
        let points = match certificate.extension(&extension::CRL_DISTRIBUTION_POINTS)? {
            Some(found) => distribution_points(Slice::new(found.value), certificate.issuer()).map_err(|error| {
                let title = extension::title(&extension::CRL_DISTRIBUTION_POINTS);
                Error::new(Condition::TrustExtension).detail(format!("{title}: {error}"))
            })?,
            None => Vec::new(),
        };
        // What lists of the issuer say that stand at none of these places (RFC 5280 section 6.3.3, at the end).
        let anywhere = DistributionPoint {
            names: Some(vec![PointName::Directory(*certificate.issuer_digest())]),
            reasons: Reasons::ALL,
            issuers: Vec::new(),
        };
        let is_authority = certificate.basic_constraints()?.is_some_and(|constraints| constraints.authority);
        Ok(Inquiry {
            certificate,
            above,
            scope,
            budget,
            points: points.into_iter().chain([anywhere]).collect(),
            is_authority,
            reasons: Reasons::default(),
            lists: Vec::new(),
            asked: Vec::new(),
            set_aside: None,
            not_applied: None,
        })
    }

    fn answer(mut self) -> Result<RevocationSummary, Error> {
        let now = self.scope.trust.time;
        let covering = self.scope.trust.crls.iter().filter_map(|crl| Some((*crl, self.covered(crl)?)));
        let (deltas, mut complete): (Vec<_>, Vec<_>) = covering.partition(|(crl, _)| crl.is_delta());
        // The newest first, and those of the future last.
        let made = |crl: &Crl| crl.this_update().unwrap_or(i64::MIN);
        complete.sort_by_key(|(crl, _)| (made(crl) > now, std::cmp::Reverse(made(crl))));
        for (crl, reasons) in complete {
            let is_future = made(crl) > now;
            let standing = if is_future { Standing::Newest } else { self.standing(crl)? };
            if standing == Standing::Replaced {
                continue;
            }
            let Some(issuer) = self.issuer(crl)? else { continue };
            if !is_future {
                self.asked.push((crl, issuer));
            }
            let is_outdated = standing == Standing::Outdated;
            if let Some(revoked) = self.ask(crl, issuer, reasons, is_outdated)? {
                return Ok(revoked);
            }
        }
        for (delta, _) in deltas {
            if let Some(revoked) = self.ask_delta(delta)? {
                return Ok(revoked);
            }
        }
        let of_no_use = match (self.set_aside.take(), self.not_applied.take()) {
            (Some((finding, why)), Some((_, more))) => Some((finding, format!("{why}; {more}"))),
            (one, other) => one.or(other),
        };
        match self.reasons == Reasons::ALL {
            true => {
                let reason = of_no_use.map(|(_, why)| why).unwrap_or_default();
                Ok(RevocationSummary { reason, ..known(self.certificate, RevocationStatus::Good, self.lists) })
            }
            false => {
                let missing = |lists: &[CrlSummary]| match lists.is_empty() {
                    true => format!("no list of {} is there", self.certificate.issuer_text()),
                    false => "the lists that are there do not tell of every reason".to_owned(),
                };
                let (finding, reason) = of_no_use.unwrap_or_else(|| (MISSING, missing(&self.lists)));
                Ok(RevocationSummary { finding: Some(finding), ..unknown(self.certificate, reason) })
            }
        }
    }

    fn standing(&mut self, crl: &Crl) -> Result<Standing, Error> {
        let (now, allow_legacy) = (self.scope.trust.time, self.scope.trust.allow_legacy);
        let mut standing = Standing::Newest;
        for (newer, issuer) in &self.asked {
            let is_newer = newer.this_update() > crl.this_update() && newer.has_scope_of(crl);
            if is_newer && self.budget.check_crl(crl, issuer, allow_legacy)?.is_ok() {
                if is_current(newer, now) {
                    return Ok(Standing::Replaced);
                }
                standing = Standing::Outdated;
            }
        }
        Ok(standing)
    }

    /// What a delta list says that was not applied to any list. What is revoked stays so, but for a hold.
    fn ask_delta(&mut self, delta: &'a Crl) -> Result<Option<RevocationSummary>, Error> {
        let is_applied = self.asked.iter().any(|(asked, _)| is_same_list(asked, delta));
        if is_applied || self.standing(delta)? == Standing::Replaced || self.issuer(delta)?.is_none() {
            return Ok(None);
        }
        let now = self.scope.trust.time;
        let why = if is_current(delta, now) { "what it changes is not there".to_owned() } else { currency(delta, now) };
        let found = self
            .find(delta, self.certificate)?
            .filter(|entry| ![Reason::HOLD, Reason::REMOVED].contains(&entry.reason));
        if let Some(entry) = found.filter(|entry| counts(delta, entry, now)) {
            let revoked = self.revoked_by(delta, &entry);
            return Ok(Some(RevocationSummary {
                reason: format!("{}; not applied: {why}", revoked.reason),
                ..revoked
            }));
        }
        let finding = self.finding(delta);
        self.not_applied.get_or_insert_with(|| (finding, format!("{delta}, was not applied: {why}")));
        Ok(None)
    }

    /// What a list says about a certificate.
    fn find(&mut self, crl: &Crl, certificate: &Certificate) -> Result<Option<Entry>, Error> {
        self.budget.spend_crl_octets(crl.search_cost())?;
        crl.find(certificate.serial(), certificate.issuer_digest())
    }

    fn revoked_by(&self, list: &Crl, entry: &Entry) -> RevocationSummary {
        let reason = revoked(list, entry);
        RevocationSummary { reason, ..known(self.certificate, RevocationStatus::Revoked, vec![summary(list)]) }
    }

    /// The reasons for which a list would name this certificate; `None` if it is about others.
    fn covered(&self, crl: &Crl) -> Option<Reasons> {
        let issuing = match crl.issuing_distribution_point() {
            Ok(issuing) => issuing,
            // It has a problem, which is said if it is a list of the issuer.
            Err(_) => return crl.issuer_digest().is_same(self.certificate.issuer_digest()).then_some(Reasons::ALL),
        };
        if let Some(issuing) = &issuing {
            let is_for_others = (issuing.only_users && self.is_authority)
                || (issuing.only_authorities && !self.is_authority)
                || issuing.only_attributes;
            if is_for_others {
                return None;
            }
        }
        let covering = self.points.iter().filter(|point| self.is_at(point, crl, issuing.as_ref()));
        let reasons = covering.map(|point| match &issuing {
            Some(issuing) => point.reasons.and(issuing.reasons),
            None => point.reasons,
        });
        reasons.reduce(Reasons::or)
    }

    /// RFC 5280 section 6.3.3 (b).
    fn is_at(&self, point: &DistributionPoint, crl: &Crl, issuing: Option<&IssuingDistributionPoint>) -> bool {
        let is_issuer = match point.issuers.is_empty() {
            true => crl.issuer_digest().is_same(self.certificate.issuer_digest()),
            false => {
                let issuer = PointName::Directory(*crl.issuer_digest());
                issuing.is_some_and(|issuing| issuing.is_indirect)
                    && point.issuers.iter().any(|name| name.is_same(&issuer))
            }
        };
        let Some(places) = issuing.and_then(|issuing| issuing.names.as_ref()) else { return is_issuer };
        let names = point.names.as_ref().unwrap_or(&point.issuers);
        is_issuer && names.iter().any(|name| places.iter().any(|place| place.is_same(name)))
    }

    /// Whose key signed a list, if it may be used at all. If not, that is noted.
    fn issuer(&mut self, crl: &'a Crl) -> Result<Option<&'a Certificate>, Error> {
        if let Some(problem) = crl.problem() {
            self.set_aside(crl, problem);
            return Ok(None);
        }
        let is_named = |one: &&Certificate| one.subject_digest().is_same(crl.issuer_digest());
        let above = self.above.iter().copied().filter(is_named).map(|one| (true, one));
        let is_elsewhere = |one: &&Certificate| is_named(one) && !self.above.contains(one);
        let elsewhere = self.scope.intermediates.iter().copied().filter(is_elsewhere).map(|one| (false, one));
        let mut candidates: Vec<(bool, &'a Certificate)> = above.chain(elsewhere).collect();
        self.budget.spend_steps(candidates.len())?;
        candidates.sort_by_key(|(_, one)| keys_agree_with(crl.authority_key_identifier(), one) == Some(false));
        if candidates.is_empty() {
            self.set_aside(crl, "the certificate of who signed it is not there");
        }
        for (is_above, candidate) in candidates {
            match self.signed_by(crl, candidate, is_above)? {
                None => return Ok(Some(candidate)),
                Some(why) => self.set_aside(crl, &why),
            }
        }
        Ok(None)
    }

    /// Why a list does not count as one of `issuer`; `None` if it does.
    fn signed_by(&mut self, crl: &Crl, issuer: &'a Certificate, is_above: bool) -> Result<Option<String>, Error> {
        match issuer.key_usage() {
            Ok(Some(usage)) if !usage.signs_revocations() => {
                return Ok(Some(format!("{} may not sign lists: its key usage is {usage}", issuer.subject_text())));
            }
            Ok(None) if !is_above => {
                return Ok(Some(format!("{} may not sign lists: it has no key usage", issuer.subject_text())));
            }
            Err(error) => return Ok(Some(error.to_string())),
            Ok(_) => {}
        }
        if let Err(error) = self.budget.check_crl(crl, issuer, self.scope.trust.allow_legacy)? {
            return Ok(Some(error.to_string()));
        }
        if is_above {
            return Ok(None);
        }
        // RFC 5280 section 6.3.3 (f): from the same anchor.
        if self.scope.depth >= MAX_DEPTH {
            return Ok(Some("too many lists vouch for one another".to_owned()));
        }
        // Who says of itself that it is not to be trusted is believed so far.
        if self.find(crl, issuer)?.is_some() {
            return Ok(Some("it revokes the certificate of who signed it".to_owned()));
        }
        let depth = self.scope.depth.saturating_add(1);
        let scope = Scope { role: Role::CrlIssuer, depth, ..self.scope };
        match search::run(issuer, scope, self.budget) {
            Ok(path) if path.certificates.last() != self.above.last() => {
                Ok(Some(format!("{} has another trust anchor", issuer.subject_text())))
            }
            Ok(path) if !self.may_be_named_so(crl, &path.certificates) => {
                Ok(Some(format!("{} is another authority of that name", issuer.subject_text())))
            }
            Ok(_) => Ok(None),
            Err(refusal) if refusal.error.condition() == Condition::TrustBudget => Err(refusal.error),
            Err(refusal) => Ok(Some(format!("who signed it: {}", refusal.error))),
        }
    }

    /// The name of the issuer itself is its own: who has it, too, has it from whoever gave it to the issuer, which may
    /// have a key for lists alone, or a new one.
    fn may_be_named_so(&self, crl: &Crl, path: &[&'a Certificate]) -> bool {
        let name = self.certificate.issuer_digest();
        let giver = |path: &[&'a Certificate]| {
            let other = path.iter().copied().find(|one| !one.subject_digest().is_same(name));
            other.or(path.last().copied())
        };
        let own = giver(self.above);
        !crl.issuer_digest().is_same(name) || giver(path).zip(own).is_some_and(|(one, own)| is_same_party(one, own))
    }

    /// Takes from a list, and from those that change it, what they say; `Some` if it is that the certificate is revoked.
    fn ask(
        &mut self,
        crl: &'a Crl,
        issuer: &'a Certificate,
        reasons: Reasons,
        is_outdated: bool,
    ) -> Result<Option<RevocationSummary>, Error> {
        let now = self.scope.trust.time;
        let deltas = self.deltas(crl, issuer)?;
        self.asked.extend(deltas.iter().map(|delta| (*delta, issuer)));
        let mut says = |list: &'a Crl| Ok(self.find(list, self.certificate)?.map(|entry| (list, entry)));
        let is_removal = |entry: &Entry| entry.reason == Reason::REMOVED;
        let changes = deltas.iter().map(|delta| says(delta)).collect::<Result<Vec<_>, Error>>()?;
        let change = changes.iter().flatten().find(|(_, entry)| !is_removal(entry)).copied();
        // Nobody knows which of them is the newer one: it is removed if none keeps it.
        let is_removed = !changes.is_empty() && changes.iter().all(Option::is_some);
        let unchanged = says(crl)?.filter(|(_, entry)| !is_removed && !is_removal(entry));
        let found = change.or(unchanged);
        if let Some((list, entry)) = found {
            if is_outdated && entry.reason == Reason::HOLD {
                self.set_aside(list, "its issuer made a newer one");
                return Ok(None);
            }
            if !counts(list, &entry, now) {
                self.set_aside(list, &format!("{}, which it says not to be good", currency(list, now)));
                return Ok(None);
            }
            return Ok(Some(self.revoked_by(list, &entry)));
        }
        match is_current(crl, now) {
            true if is_outdated => self.set_aside(crl, "its issuer made a newer one"),
            true => {
                self.reasons = self.reasons.or(reasons);
                self.lists.extend(std::iter::once(crl).chain(deltas).map(summary));
            }
            false => self.set_aside(crl, &currency(crl, now)),
        }
        Ok(None)
    }

    /// The newest lists of what changed since `complete`, signed with the same key (RFC 5280 section 6.3.3 (c) and (h)).
    fn deltas(&mut self, complete: &Crl, issuer: &Certificate) -> Result<Vec<&'a Crl>, Error> {
        let now = self.scope.trust.time;
        let is_usable = |crl: &&Crl| crl.updates(complete) && crl.problem().is_none() && is_current(crl, now);
        let mut deltas: Vec<&'a Crl> = self.scope.trust.crls.iter().copied().filter(is_usable).collect();
        deltas.sort_by_key(|crl| std::cmp::Reverse(crl.this_update()));
        let mut newest: Vec<&'a Crl> = Vec::new();
        for delta in deltas {
            if newest.first().is_some_and(|newer| newer.this_update() != delta.this_update()) {
                break;
            }
            let is_known = newest.iter().any(|one| is_same_list(one, delta));
            if !is_known && self.budget.check_crl(delta, issuer, self.scope.trust.allow_legacy)?.is_ok() {
                newest.push(delta);
            }
        }
        Ok(newest)
    }

    /// The first reason is kept.
    fn set_aside(&mut self, crl: &Crl, why: &str) {
        let finding = self.finding(crl);
        self.set_aside.get_or_insert_with(|| (finding, format!("{crl}, is of no use: {why}")));
    }

    fn finding(&self, crl: &Crl) -> &'static str {
        let has_ended = crl.next_update().is_some_and(|next| next < self.scope.trust.time);
        if has_ended { "CRL-EXPIRED" } else { MISSING }
    }
}

fn is_same_list(one: &Crl, other: &Crl) -> bool {
    one.fingerprint_sha256() == other.fingerprint_sha256()
}

fn summary(crl: &Crl) -> CrlSummary {
    CrlSummary {
        issuer: crl.issuer_text(),
        is_delta: crl.is_delta(),
        number: crl.number().map(text::hex),
        this_update: crl.this_update(),
        next_update: crl.next_update(),
    }
}

fn revoked(crl: &Crl, entry: &Entry) -> String {
    let since = entry.date.map(|date| format!(" on {}", text::time(date))).unwrap_or_default();
    let reason = match entry.reason {
        Reason(0) => String::new(),
        reason => format!(", reason {reason}"),
    };
    format!("it was revoked{since}{reason}, says {crl}")
}

/// Both ends belong to it. A list that does not say when the next one comes may be as old as it likes: it is not current.
fn is_current(crl: &Crl, now: i64) -> bool {
    let (made, next) = (crl.this_update(), crl.next_update());
    made.is_some_and(|made| made <= now) && next.is_some_and(|next| now <= next)
}

/// Why a list is not current.
fn currency(crl: &Crl, now: i64) -> String {
    match (crl.this_update(), crl.next_update()) {
        (Some(made), _) if made > now => format!("it was made after {}", text::time(now)),
        (_, Some(next)) if next < now => {
            format!("it has expired, there should be a newer one since {}", text::time(next))
        }
        (_, None) => "it does not say until when it holds".to_owned(),
        _ => "its time is malformed".to_owned(),
    }
}

/// Whether what a list says, current or not, holds at this time.
fn counts(crl: &Crl, entry: &Entry, now: i64) -> bool {
    let is_future = crl.this_update().is_none_or(|made| made > now);
    match (is_current(crl, now), is_future) {
        (true, _) => true,
        (false, false) => entry.reason != Reason::HOLD,
        (false, true) => {
            let is_before = |date: Option<i64>| date.is_some_and(|date| date <= now);
            entry.reason != Reason::HOLD && (is_before(entry.date) || is_before(entry.invalidity_date))
        }
    }
}

/// Whether the key of `issuer` signed a list.
pub(in crate::pki) fn verify(crl: &Crl, issuer: &Certificate, allow_legacy: bool) -> Result<(), Error> {
    let scheme = rules::scheme_of(crl.signature_algorithm())?;
    let strength = if allow_legacy { Strength::Legacy } else { Strength::Current };
    strength.check(issuer.public_key(), &scheme)?;
    let signature = crl.signature().unwrap_or_default();
    match alg::verify(issuer.public_key(), &scheme, crl.tbs(), signature) {
        Ok(_) => Ok(()),
        Err(error) if error.condition() == Condition::SignatureInvalid => {
            let issuer = issuer.subject_text();
            Err(Error::new(Condition::TrustSignature).detail(format!("the key of {issuer} did not make it")))
        }
        Err(error) => Err(error),
    }
}

/// No list that would tell is there.
const MISSING: &str = "CRL-MISSING";

/// How many times the issuer of a list may need a list of another issuer.
const MAX_DEPTH: usize = 2;

#[cfg(test)]
mod tests;
