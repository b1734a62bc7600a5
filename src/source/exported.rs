//! A capture of messages alone, as Wireshark reads and writes it: pcapng with the link type WIRESHARK_UPPER_PDU, in which
//! each packet says by tags which protocol it holds, and between whom (`epan/exported_pdu.h`).

use std::net::{IpAddr, SocketAddr};

use crate::source::packet::{Packet, Transport};

/// What the file begins with: a section, and one interface that counts nanoseconds.
pub fn head() -> Vec<u8> {
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &1_u16.to_le_bytes(), &0_u16.to_le_bytes(), &[0xFF; 8]].concat();
    // if_tsresol is 9; opt_endofopt.
    let options = [&9_u16.to_le_bytes()[..], &1_u16.to_le_bytes(), &[9, 0, 0, 0], &[0; 4]].concat();
    let interface = [&UPPER_PDU.to_le_bytes()[..], &[0; 2], &[0; 4], &options].concat();
    [block(0x0A0D_0D0A, &section), block(1, &interface)].concat()
}

/// One message, at the time and between the ends of its packet.
pub fn message(packet: &Packet, octets: &[u8]) -> Vec<u8> {
    let mut data = tags(packet);
    data.extend_from_slice(octets);
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let time = u64::try_from(packet.time).unwrap_or_default();
    let [high, low] =
        [time >> 32, time & 0xFFFF_FFFF].map(|half| u32::try_from(half).unwrap_or_default().to_le_bytes());
    block(6, &[&[0; 4][..], &high, &low, &size, &size, &data].concat())
}

/// What the tags of a packet say of it: transport, source and destination; and what follows them. `None` if they are no
/// tags, or name a protocol that is not SIP.
#[cfg(feature = "capture")]
pub(super) fn read(octets: &[u8]) -> Option<(Transport, SocketAddr, SocketAddr, &[u8])> {
    use std::net::{Ipv4Addr, Ipv6Addr};

    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let (mut addresses, mut ports) = ([unknown; 2], [0; 2]);
    let (mut transport, mut is_sip, mut rest) = (Transport::Udp, false, octets);
    loop {
        let (number, after) = rest.split_first_chunk::<2>()?;
        let (length, after) = after.split_first_chunk::<2>()?;
        let (value, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        let number = u16::from_be_bytes(*number);
        rest = after;
        match number {
            END_OF_TAGS => break,
            DISSECTOR_NAME => {
                is_sip = value.strip_prefix(b"sip").is_some_and(|rest| rest.iter().all(|octet| *octet == 0))
            }
            IPV4_SOURCE => addresses[0] = Ipv4Addr::from(*value.first_chunk::<4>()?).into(),
            IPV4_DESTINATION => addresses[1] = Ipv4Addr::from(*value.first_chunk::<4>()?).into(),
            IPV6_SOURCE => addresses[0] = Ipv6Addr::from(*value.first_chunk::<16>()?).into(),
            IPV6_DESTINATION => addresses[1] = Ipv6Addr::from(*value.first_chunk::<16>()?).into(),
            PORT_TYPE if u32::from_be_bytes(*value.first_chunk()?) == PORT_TCP => transport = Transport::Tcp,
            SOURCE_PORT => ports[0] = port(value)?,
            DESTINATION_PORT => ports[1] = port(value)?,
            _ => {}
        }
    }
    let ([source, destination], [from, to]) = (addresses, ports);
    is_sip.then(|| (transport, SocketAddr::new(source, from), SocketAddr::new(destination, to), rest))
}

#[cfg(feature = "capture")]
fn port(value: &[u8]) -> Option<u16> {
    u32::from_be_bytes(*value.first_chunk()?).try_into().ok()
}

fn tags(packet: &Packet) -> Vec<u8> {
    let (port_type, name): (u32, &[u8]) = match packet.transport {
        Transport::Udp => (PORT_UDP, b"sip"),
        Transport::Tcp | Transport::WebSocket => (PORT_TCP, b"sip"),
    };
    let mut tags = tag(DISSECTOR_NAME, name);
    let ends =
        [(packet.source, [IPV4_SOURCE, IPV6_SOURCE]), (packet.destination, [IPV4_DESTINATION, IPV6_DESTINATION])];
    for (end, [ipv4, ipv6]) in ends {
        tags.extend(match end.ip() {
            IpAddr::V4(address) => tag(ipv4, &address.octets()),
            IpAddr::V6(address) => tag(ipv6, &address.octets()),
        });
    }
    tags.extend(tag(PORT_TYPE, &port_type.to_be_bytes()));
    let port = |end: SocketAddr| u32::from(end.port()).to_be_bytes();
    tags.extend(tag(SOURCE_PORT, &port(packet.source)));
    tags.extend(tag(DESTINATION_PORT, &port(packet.destination)));
    tags.extend(tag(END_OF_TAGS, b""));
    tags
}

/// A number, a length and a value, which is filled up to a multiple of four.
fn tag(number: u16, value: &[u8]) -> Vec<u8> {
    let size = value.len().next_multiple_of(4);
    let mut padded = value.to_vec();
    padded.resize(size, 0);
    let length = u16::try_from(size).unwrap_or_default();
    [&number.to_be_bytes()[..], &length.to_be_bytes(), &padded].concat()
}

fn block(number: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4).saturating_sub(body.len());
    let length = body.len().saturating_add(padding).saturating_add(12);
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    [&number.to_le_bytes()[..], &length, body, [0; 4].get(..padding).unwrap_or_default(), &length].concat()
}

/// LINKTYPE_WIRESHARK_UPPER_PDU.
pub(super) const UPPER_PDU: u16 = 252;
const END_OF_TAGS: u16 = 0;
const DISSECTOR_NAME: u16 = 12;
const IPV4_SOURCE: u16 = 20;
const IPV4_DESTINATION: u16 = 21;
const IPV6_SOURCE: u16 = 22;
const IPV6_DESTINATION: u16 = 23;
const PORT_TYPE: u16 = 24;
const SOURCE_PORT: u16 = 25;
const DESTINATION_PORT: u16 = 26;
const PORT_TCP: u32 = 2;
const PORT_UDP: u32 = 3;
