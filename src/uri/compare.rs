//! When two URIs name the same party.
//!
//! Two questions, two answers: [`SipUri::same_address`] compares addresses of record, as the identity of a
//! sender is compared with a certificate; [`SipUri::equal`] is the full comparison of RFC 3261 section
//! 19.1.4. Neither of them guesses: what needs the DNS or a dialling plan to be seen equal is not equal.

use crate::uri::{Host, Scheme, SipUri, lower_case, normalise, without_separators};

impl SipUri {
    /// Whether both are the same address of record: scheme, user and host, parameters and headers dropped,
    /// escapes resolved, user case-sensitive, host not (RFC 3261 section 10.3).
    ///
    /// A URI with a port is no address of record (RFC 3261 section 19.1.1, table 1) and equals none. Nor
    /// does a user part with control characters: readers of C strings would see another name.
    pub fn same_address(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.same_user_and_host(other)
    }

    /// As [`SipUri::same_address`] where the scheme does not count.
    pub fn same_user_and_host(&self, other: &Self) -> bool {
        let is_clean = |uri: &Self| {
            let user = uri.user().unwrap_or_default();
            uri.port.is_none() && !user.iter().any(u8::is_ascii_control)
        };
        is_clean(self)
            && is_clean(other)
            && self.user() == other.user()
            && self.password.as_deref().map(normalise) == other.password.as_deref().map(normalise)
            && self.host == other.host
            && self.same_number_context(other)
    }

    /// Whether both are addresses of one party: the same address, where sip: and sips: are one (RFC 3261 section
    /// 19.1: any SIP URI can be upgraded to a SIPS URI by changing the scheme), and neither a password nor a dot at the end
    /// of the host makes another party.
    pub fn same_party(&self, other: &Self) -> bool {
        let is_sip = |uri: &Self| matches!(uri.scheme, Scheme::Sip | Scheme::Sips);
        (self.scheme == other.scheme || (is_sip(self) && is_sip(other))) && self.same_holder(other)
    }

    /// As [`SipUri::same_party`] where the scheme does not count.
    pub fn same_holder(&self, other: &Self) -> bool {
        let same_host = match (&self.host, &other.host) {
            (Some(Host::Name(one)), Some(Host::Name(other))) => {
                one.strip_suffix('.').unwrap_or(one) == other.strip_suffix('.').unwrap_or(other)
            }
            (one, other) => one == other,
        };
        same_host && self.port == other.port && self.user() == other.user() && self.same_number_context(other)
    }

    /// The parameters that make a telephone number what it is (RFC 3966 section 4).
    fn same_number_context(&self, other: &Self) -> bool {
        let context = |uri: &Self| {
            let value = |name| Some(lower_case(uri.parameter(name)?.unwrap_or_default()));
            let digits = |text: String| without_separators(&text);
            // A number has separators, the name of a domain has none to lose.
            let context = value("phone-context").map(|text| if text.starts_with('+') { digits(text) } else { text });
            (uri.scheme == Scheme::Tel).then(|| [context, value("ext").map(digits), value("isub")])
        };
        context(self) == context(other)
    }

    /// Whether both are equal by RFC 3261 section 19.1.4, or RFC 3966 section 4. The former is not transitive.
    ///
    /// The matching rules of each header field are not applied: the values of headers are compared as
    /// octets, escapes resolved.
    pub fn equal(&self, other: &Self) -> bool {
        let normal = |text: &Option<String>| text.as_deref().map(normalise);
        self.scheme == other.scheme
            && normal(&self.user) == normal(&other.user)
            && normal(&self.password) == normal(&other.password)
            && self.host == other.host
            && self.port == other.port
            && self.same_number_context(other)
            && self.parameters_agree_with(other)
            && other.parameters_agree_with(self)
            && self.headers.len() == other.headers.len()
            && self.headers.iter().zip(&other.headers).all(|(a, b)| a.0 == b.0 && normalise(&a.1) == normalise(&b.1))
    }

    /// A parameter in both must match. One that is absent from `other` is ignored, unless it would change
    /// where or how a request is sent, or is one of a number (RFC 3966 section 4).
    fn parameters_agree_with(&self, other: &Self) -> bool {
        let is_number = self.scheme == Scheme::Tel;
        // Those of the context are compared in their own way.
        let is_compared = |name: &str| is_number && NUMBER_CONTEXT.contains(&name);
        let mut parameters = self.parameters.iter().filter(|(name, _)| !is_compared(name));
        parameters.all(|(name, value)| match other.parameters.get(name) {
            Some(of_other) => value.as_deref().map(lower_case) == of_other.as_deref().map(lower_case),
            None => !is_number && !["user", "ttl", "method", "maddr", "transport"].contains(&name.as_str()),
        })
    }

    /// Whether the mailbox `local-part@domain`, as an rfc822Name holds it, is the user and host of this URI.
    /// The local part is compared exactly, the domain without regard to case.
    pub fn is_mailbox(&self, mailbox: &[u8]) -> bool {
        let Some(at) = mailbox.iter().rposition(|octet| *octet == b'@') else { return false };
        let Some((local, [_, domain @ ..])) = mailbox.split_at_checked(at) else { return false };
        let Some(Ok(domain)) = std::str::from_utf8(domain).ok().map(Host::parse) else { return false };
        let is_clean = |octet: &u8| octet.is_ascii_graphic() && *octet != b'@';
        !local.is_empty()
            && local.iter().all(is_clean)
            && matches!(domain, Host::Name(_))
            && self.port.is_none()
            && self.password.is_none()
            && self.host.as_ref() == Some(&domain)
            && self.user().as_deref() == Some(local)
    }
}

/// The parameters that make a telephone number what it is.
pub(super) const NUMBER_CONTEXT: [&str; 3] = ["ext", "isub", "phone-context"];

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> SipUri {
        SipUri::parse(text).unwrap()
    }

    #[test]
    fn p12_uri_equality() {
        // (one, other, equal)
        let rows = [
            // RFC 3261 section 19.1.4: equivalent.
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
                true,
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
                true,
            ),
            // RFC 3261 section 19.1.4: not equivalent.
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false),
            // Not transitive.
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=off", true),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false),
            // Its rules, one by one.
            ("sip:bob@biloxi.com", "sips:bob@biloxi.com", false),
            ("sip:bob:pw@biloxi.com", "sip:bob:PW@biloxi.com", false),
            ("sip:bob:p%77@biloxi.com", "sip:bob:pw@biloxi.com", true),
            ("sip:bob:pw@biloxi.com", "sip:bob@biloxi.com", false),
            ("sip:bob:@biloxi.com", "sip:bob@biloxi.com", false),
            ("sip:biloxi.com", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com;user=phone", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=ip", false),
            ("sip:bob@biloxi.com;ttl=1", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com;ttl=1", "sip:bob@biloxi.com;ttl=2", false),
            ("sip:bob@biloxi.com;method=INVITE", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com;maddr=192.0.2.4", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com;lr", "sip:bob@biloxi.com", true),
            ("sip:bob@biloxi.com;lr", "sip:bob@biloxi.com;lr=on", false),
            ("sip:bob@biloxi.com;a=%62", "sip:bob@biloxi.com;A=B", true),
            ("sip:bob@biloxi.com?a=b&a=c", "sip:bob@biloxi.com?a=c&a=b", true),
            ("sip:bob@biloxi.com?a=b&a=c", "sip:bob@biloxi.com?a=b", false),
            ("sip:bob@biloxi.com?a=b", "sip:bob@biloxi.com?a=B", false),
            // A reserved character is not its escape, any other is.
            ("sip:bob%3Bx@biloxi.com", "sip:bob;x@biloxi.com", false),
            ("sip:bob%3Bx@biloxi.com", "sip:bob%3bx@biloxi.com", true),
            ("sip:%25%33B@biloxi.com", "sip:%3B@biloxi.com", false),
            ("sip:bob%40x@biloxi.com", "sip:bob@biloxi.com", false),
            ("sip:bob@biloxi.com;a=%80", "sip:bob@biloxi.com;a=%81", false),
            ("sip:bob@biloxi.com;%80=a", "sip:bob@biloxi.com;%81=b", true),
            // RFC 3966 section 4: there no parameter is ignored, and their order does not count.
            ("tel:+1-201-555-0123;a=b;c", "TEL:+12015550123;C;a=B", true),
            ("tel:+12015550123;a=b", "tel:+12015550123", false),
            ("tel:7042;phone-context=a-b.example", "tel:70-42;phone-context=A-B.example", true),
            ("tel:7042;phone-context=a-b.example", "tel:7042;phone-context=ab.example", false),
            ("tel:7042;phone-context=+1-914", "tel:7042;phone-context=+1914", true),
            ("tel:+12015550123;ext=1-2", "tel:+12015550123;ext=12", true),
            // Hosts.
            ("sip:bob@biloxi.com.", "sip:bob@biloxi.com", false),
            ("sip:bob@[2001:db8::0:9]", "sip:bob@[2001:DB8::9]", true),
            ("sip:bob@[::ffff:192.0.2.4]", "sip:bob@192.0.2.4", false),
            ("sip:bob@xn--bcher-kva.example", "sip:bob@XN--BCHER-KVA.example", true),
            ("sip:bob@biloxi.com:5060", "sip:bob@biloxi.com:05060", true),
            // RFC 4475 sections 3.1.1.3 and 3.1.1.4.
            ("sip:sips%3Auser%40example.com@example.net", "sips:user@example.com", false),
            ("sip:null-%00-null@example.com", "sip:null-@example.com", false),
            ("sip:null-%00-null@example.com", "sip:null-%00-null@example.com", true),
        ];
        for (one, other, expected) in rows {
            assert_eq!(uri(one).equal(&uri(other)), expected, "{one} {other}");
            assert_eq!(uri(other).equal(&uri(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn san_02_addresses_of_record() {
        // (one, other, same)
        let rows = [
            ("sip:alice@example.com", "sip:alice@example.com", true),
            ("sip:alice@example.com", "SIP:alice@EXAMPLE.com", true),
            ("sip:Alice@example.com", "sip:alice@example.com", false),
            // Parameters and headers do not count, the password does.
            ("sip:alice@example.com;transport=tls;user=phone?a=b", "sip:alice@example.com", true),
            ("sip:alice:pw@example.com", "sip:alice@example.com", false),
            // A port never matches, not even the same one.
            ("sip:alice@example.com:5060", "sip:alice@example.com", false),
            ("sip:alice@example.com:5060", "sip:alice@example.com:5060", false),
            // Escapes are resolved, reserved characters too (section 10.3, step 5).
            ("sip:%61lice@example.com", "sip:alice@example.com", true),
            ("sip:a%3Bb@example.com", "sip:a;b@example.com", true),
            ("sip:alice%40example.com@evil.example", "sip:alice@example.com", false),
            ("sip:alice%00@example.com", "sip:alice@example.com", false),
            ("sip:alice%00@example.com", "sip:alice%00@example.com", false),
            ("sip:alice%0d@example.com", "sip:alice%0d@example.com", false),
            // A domain is no user.
            ("sip:example.com", "sip:example.com", true),
            ("sip:example.com", "sip:alice@example.com", false),
            ("sip:alice@sip.example.com", "sip:alice@example.com", false),
            ("sip:alice@example.com.", "sip:alice@example.com", false),
            // Schemes are not each other's.
            ("sips:alice@example.com", "sip:alice@example.com", false),
            ("im:alice@example.com", "sip:alice@example.com", false),
            ("im:alice@example.com", "im:alice@Example.com?a=b", true),
            ("pres:alice@example.com", "im:alice@example.com", false),
            ("mailto:alice@example.com", "mailto:alice@EXAMPLE.com?subject=x", true),
            ("mailto:Alice@example.com", "mailto:alice@example.com", false),
            // RFC 3966 section 4.
            ("tel:+1-201-555-0123", "tel:+12015550123", true),
            ("tel:+1-201-555-0123", "tel:12015550123;phone-context=+1", false),
            ("tel:7042;phone-context=Example.com", "tel:70-42;phone-context=example.com", true),
            ("tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org", false),
            ("tel:7042;phone-context=a-b.example", "tel:7042;phone-context=ab.example", false),
            ("tel:7042;phone-context=example.com", "tel:7042;phone-context=examplecom", false),
            ("tel:7042;phone-context=+1-914", "tel:7042;phone-context=+1914", true),
            ("tel:7042;phone-context=+1914", "tel:7042;phone-context=1914", false),
            ("tel:+12015550123;isub=1-2", "tel:+12015550123;isub=12", false),
            ("tel:+12015550123;isub=aB", "tel:+12015550123;isub=Ab", true),
            ("tel:+12015550123;isub=%80", "tel:+12015550123;isub=%81", false),
            ("tel:+12015550123;isub", "tel:+12015550123", false),
            ("tel:+12015550123;isub=a%2db", "tel:+12015550123;isub=A-b", true),
            ("tel:7042;phone-context=%2B1914", "tel:7042;phone-context=+1914", false),
            ("tel:+12015550123;ext=1-2", "tel:+12015550123;ext=12", true),
            ("tel:+12015550123;ext=12", "tel:+12015550123", false),
            ("tel:+12015550123;x=12", "tel:+12015550123", true),
            ("tel:12A;phone-context=a.b", "tel:12a;phone-context=a.b", true),
            ("tel:+12015550123", "sip:+12015550123@example.com;user=phone", false),
        ];
        for (one, other, expected) in rows {
            assert_eq!(uri(one).same_address(&uri(other)), expected, "{one} {other}");
            assert_eq!(uri(other).same_address(&uri(one)), expected, "{other} {one}");
        }
    }

    // RFC 3261 section 23.2: the keyring is indexed by address of record. (URI, its address of record)
    #[test]
    fn addresses_of_record() {
        let rows = [
            ("sip:alice@example.com", "sip:alice@example.com"),
            ("SIPS:%61lice:pw@EXAMPLE.com;transport=tls;lr?a=b", "sips:%61lice:pw@example.com"),
            ("sip:EXAMPLE.com;lr", "sip:example.com"),
            ("sip:a;b@[2001:DB8::0:9]", "sip:a;b@[2001:db8::9]"),
            ("im:alice@Example.com?a=b", "im:alice@example.com"),
            ("tel:+1-201-555-0123;x=12", "tel:+12015550123"),
            ("tel:7042;phone-context=Example.com;ext=1-2;y", "tel:7042;ext=1-2;phone-context=Example.com"),
        ];
        for (text, expected) in rows {
            let address = uri(text).address_of_record().unwrap();
            assert_eq!(address.as_str(), expected, "{text}");
            assert!(address.same_address(&uri(text)), "{text}");
        }
        for text in ["sip:alice@example.com:5060", "sip:alice%00@example.com"] {
            assert_eq!(uri(text).address_of_record(), None, "{text}");
        }
    }

    #[test]
    fn parties() {
        // (one, other, same)
        let rows = [
            ("sip:alice@example.com", "sip:alice@example.com", true),
            ("sips:alice@example.com", "SIP:%61lice@EXAMPLE.com;lr", true),
            ("sips:alice@example.com", "sip:bob@example.com", false),
            ("sip:alice@example.com", "im:alice@example.com", false),
            ("sips:alice@example.com:5061", "sip:alice@example.com", false),
            ("tel:+1-2", "tel:+12", true),
        ];
        for (one, other, expected) in rows {
            assert_eq!(uri(one).same_party(&uri(other)), expected, "{one} {other}");
            assert_eq!(uri(other).same_party(&uri(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn mailboxes() {
        // (URI, rfc822Name, same)
        let rows: &[(&str, &[u8], bool)] = &[
            ("mailto:alice@example.com", b"alice@EXAMPLE.com", true),
            ("sip:alice@example.com", b"alice@example.com", true),
            ("sip:%61lice@example.com;lr", b"alice@example.com", true),
            ("mailto:alice@example.com", b"Alice@example.com", false),
            // An rfc822Name has no escapes.
            ("mailto:%61lice@example.com", b"%61lice@example.com", false),
            ("mailto:%2561lice@example.com", b"%61lice@example.com", true),
            ("sip:alice@example.com:5060", b"alice@example.com", false),
            ("sip:alice:pw@example.com", b"alice@example.com", false),
            ("sip:alice@192.0.2.4", b"alice@192.0.2.4", false),
            ("sip:example.com", b"example.com", false),
            ("sip:example.com", b"@example.com", false),
            ("sip:a%40b@example.com", b"a@b@example.com", false),
            ("sip:alice@example.com", b"alice@example.com\0", false),
            ("sip:alice@example.com", b"alice@example.com.", false),
            ("sip:alice@example.com", b" alice@example.com", false),
            ("sip:%20alice@example.com", b" alice@example.com", false),
            ("sip:alice@example.com", b"", false),
            ("sip:alice@example.com", b"@", false),
            ("tel:+1", b"+1@example.com", false),
        ];
        for (text, mailbox, expected) in rows {
            assert_eq!(uri(text).is_mailbox(mailbox), *expected, "{text} {}", mailbox.escape_ascii());
        }
    }
}
