//! How a message travelled: when, from where, to where, over what.

use std::fmt;
use std::net::SocketAddr;

use crate::error::Error;
use crate::report::text;

/// The transport of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One datagram (RFC 3261 section 18).
    Udp,
    /// A stream (RFC 3261 section 18.3).
    Tcp,
    /// One WebSocket message (RFC 7118).
    WebSocket,
}

impl Transport {
    /// The word for it, as it stands in a Via: `udp`, `tcp` or `ws`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::WebSocket => "ws",
        }
    }
}

/// The packet in which a message begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its number among the packets of the capture, from 1.
    pub frame: u64,
    /// Where in the capture, unpacked if it is compressed, the octets begin that the packet carries.
    pub position: usize,
    /// When it was captured, in nanoseconds since 1970.
    pub time: i64,
    /// How the message travelled.
    pub transport: Transport,
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
}

impl Packet {
    /// When it was captured, in whole seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.time.div_euclid(NANOSECONDS)
    }

    /// When it was captured, as RFC 3339 writes it, with six digits after the point, or nine if they are known.
    pub fn rfc_3339(&self) -> String {
        let whole = text::time(self.seconds());
        let fraction = self.time.rem_euclid(NANOSECONDS);
        let digits = match fraction.checked_rem(1000) {
            Some(0) => format!("{:06}", fraction.checked_div(1000).unwrap_or_default()),
            _ => format!("{fraction:09}"),
        };
        match whole.strip_suffix('Z') {
            Some(whole) => format!("{whole}.{digits}Z"),
            None => whole,
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, transport) = (self.rfc_3339(), self.transport.name());
        write!(f, "{time}, {transport} {} > {}", self.source, self.destination)
    }
}

/// What was passed over in a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many packets it has.
    pub packets: u64,
    /// How many of them cannot be read.
    pub broken: u64,
    /// How many directions of MSRP streams it has.
    pub msrp: u64,
}

/// A message, or why it cannot be given, with the packet in which it begins.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) packet: Packet,
    pub(super) octets: Result<Vec<u8>, Error>,
}

const NANOSECONDS: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_reads_as_a_line() {
        let packet = |time, source: &str| Packet {
            frame: 1,
            position: 0,
            time,
            transport: Transport::Udp,
            source: source.parse().unwrap(),
            destination: "192.0.2.2:5060".parse().unwrap(),
        };
        let rows = [
            (1_767_323_045_123_456_000, "192.0.2.1:5060", "2026-01-02T03:04:05.123456Z, udp 192.0.2.1:5060"),
            (1_767_323_045_000_000_001, "[2001:db8::1]:5061", "2026-01-02T03:04:05.000000001Z, udp [2001:db8::1]:5061"),
            (0, "192.0.2.1:1", "1970-01-01T00:00:00.000000Z, udp 192.0.2.1:1"),
        ];
        for (time, source, expected) in rows {
            assert_eq!(packet(time, source).to_string(), format!("{expected} > 192.0.2.2:5060"));
        }
        assert_eq!(packet(-1, "192.0.2.1:1").seconds(), -1);
    }
}
