//! From a packet to the payload of UDP or TCP: link layer, VLAN tags, IP, fragments.
//!
//! Link layers are read by their layouts (draft-ietf-opsawg-pcaplinktype). What carries no IP is passed over.

use std::net::{IpAddr, SocketAddr};

use etherparse::{LaxIpSlice, LenSource, TcpSlice, UdpSlice, ip_number};

use crate::octets::Slice;
use crate::source::capture::file::Record;
use crate::source::capture::fragments::{Fragment, Fragments, Piece};
use crate::source::exported;
use crate::source::packet::{Packet, Transport};

/// What a packet carries.
pub(super) enum Payload<'a> {
    /// A datagram of UDP.
    Datagram(Packet, &'a [u8]),
    /// A segment of TCP.
    Segment(Packet, Segment<'a>),
    /// Nothing that may be SIP, or a part of a datagram whose other parts are still missing.
    Other,
    /// It cannot be read.
    Broken,
}

/// A segment of TCP (RFC 9293 section 3.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) octets: &'a [u8],
}

/// Reads a packet, and calls `take` with what it carries.
pub(super) fn read<T>(record: &Record<'_>, fragments: &mut Fragments, take: impl FnOnce(Payload<'_>) -> T) -> T {
    if record.link == u32::from(exported::UPPER_PDU) {
        return take(exported(record));
    }
    let Some(network) = network(record.link, record.octets) else { return take(Payload::Other) };
    let Ok((ip, stop)) = LaxIpSlice::from_slice(network.octets()) else { return take(Payload::Broken) };
    let payload = ip.payload();
    // Without a length in the head (as a network card that cuts large segments gives it) the packet ends where it ends.
    let is_cut = payload.incomplete || (payload.len_source == LenSource::Slice && record.is_cut);
    if stop.is_some() || is_cut {
        return take(Payload::Broken);
    }
    let Some(octets) = network.inner(payload.payload) else { return take(Payload::Broken) };
    let (source, destination) = (ip.source_addr(), ip.destination_addr());
    let protocol = payload.ip_number;
    if protocol != ip_number::UDP && protocol != ip_number::TCP {
        return take(Payload::Other);
    }
    let piece = Piece { frame: record.frame, time: record.time, position: octets.span().start };
    if !payload.fragmented {
        return take(transport(octets.octets(), protocol == ip_number::TCP, (source, destination), piece));
    }
    let Some((identification, offset, is_last)) = fragment(&ip) else { return take(Payload::Broken) };
    let fragment =
        Fragment { key: (source, destination, identification, protocol.0), offset, is_last, octets: octets.octets() };
    match fragments.add(fragment, piece) {
        Ok(None) => take(Payload::Other),
        Ok(Some((first, whole))) => take(transport(&whole, protocol == ip_number::TCP, (source, destination), first)),
        Err(()) => take(Payload::Broken),
    }
}

/// A message that somebody took out of a capture already.
fn exported<'a>(record: &Record<'a>) -> Payload<'a> {
    let Some((transport, source, destination, message)) = exported::read(record.octets.octets()) else {
        return Payload::Other;
    };
    if record.is_cut {
        return Payload::Broken;
    }
    let position = record.octets.inner(message).map_or(0, |message| message.span().start);
    let packet = Packet { frame: record.frame, position, time: record.time, transport, source, destination };
    Payload::Datagram(packet, message)
}

/// The packet of IP in a packet of a link.
fn network(link: u32, octets: Slice<'_>) -> Option<Slice<'_>> {
    match link {
        ETHERNET => after_type(octets.skip(12)),
        // draft-ietf-opsawg-pcaplinktype: LINKTYPE_LINUX_SLL has 16 octets, of which the last two are the type.
        LINUX_COOKED => after_type(octets.skip(14)),
        // LINKTYPE_LINUX_SLL2 has 20, of which the first two are.
        LINUX_COOKED_2 => of_type(u16_at(octets, 0)?, octets.skip(20)),
        // BPF of BSD: the address family in the order of the machine that wrote it, or that of the network.
        NULL | LOOP => {
            let family = octets.octets().first_chunk::<4>()?;
            let families = [u32::from_le_bytes(*family), u32::from_be_bytes(*family)];
            families.iter().any(|family| FAMILIES.contains(family)).then(|| octets.skip(4))
        }
        RAW | RAW_BSD | RAW_OPENBSD | RAW_IPV4 | RAW_IPV6 => Some(octets),
        _ => None,
    }
}

/// What follows an EtherType.
fn after_type(octets: Slice<'_>) -> Option<Slice<'_>> {
    of_type(u16_at(octets, 0)?, octets.skip(2))
}

/// The packet of IP behind VLAN tags (IEEE 802.1Q, 802.1ad).
fn of_type(mut ether_type: u16, mut octets: Slice<'_>) -> Option<Slice<'_>> {
    for _ in 0..MAX_TAGS {
        match ether_type {
            0x0800 | 0x86DD => return Some(octets),
            0x8100 | 0x88A8 | 0x9100 => {
                ether_type = u16_at(octets, 2)?;
                octets = octets.skip(4);
            }
            _ => return None,
        }
    }
    None
}

fn u16_at(octets: Slice<'_>, at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*octets.skip(at).octets().first_chunk()?))
}

/// What a fragment says of itself: of which datagram it is, where it stands in it, and whether it is the last.
fn fragment(ip: &LaxIpSlice<'_>) -> Option<(u32, usize, bool)> {
    match ip {
        LaxIpSlice::Ipv4(ip) => {
            let head = ip.header();
            let offset = usize::from(head.fragments_offset().value()).checked_mul(8)?;
            Some((head.identification().into(), offset, !head.more_fragments()))
        }
        LaxIpSlice::Ipv6(ip) => ip.extensions().clone().into_iter().find_map(|extension| match extension {
            etherparse::Ipv6ExtensionSlice::Fragment(head) => {
                let offset = usize::from(head.fragment_offset().value()).checked_mul(8)?;
                Some((head.identification(), offset, !head.more_fragments()))
            }
            _ => None,
        }),
    }
}

fn transport(octets: &[u8], is_tcp: bool, ends: (IpAddr, IpAddr), piece: Piece) -> Payload<'_> {
    let packet = |transport, ports: (u16, u16), payload: &[u8]| Packet {
        frame: piece.frame,
        position: piece.position.saturating_add(octets.len().saturating_sub(payload.len())),
        time: piece.time,
        transport,
        source: SocketAddr::new(ends.0, ports.0),
        destination: SocketAddr::new(ends.1, ports.1),
    };
    if is_tcp {
        let Ok(tcp) = TcpSlice::from_slice(octets) else { return Payload::Broken };
        let segment = Segment {
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            octets: tcp.payload(),
        };
        let ports = (tcp.source_port(), tcp.destination_port());
        return Payload::Segment(packet(Transport::Tcp, ports, tcp.payload()), segment);
    }
    let Ok(udp) = UdpSlice::from_slice(octets) else { return Payload::Broken };
    let ports = (udp.source_port(), udp.destination_port());
    Payload::Datagram(packet(Transport::Udp, ports, udp.payload()), udp.payload())
}

const NULL: u32 = 0;
const ETHERNET: u32 = 1;
const RAW_BSD: u32 = 12;
const RAW_OPENBSD: u32 = 14;
const RAW: u32 = 101;
const LOOP: u32 = 108;
const LINUX_COOKED: u32 = 113;
const RAW_IPV4: u32 = 228;
const RAW_IPV6: u32 = 229;
const LINUX_COOKED_2: u32 = 276;
/// AF_INET everywhere, AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
const FAMILIES: [u32; 5] = [2, 10, 24, 28, 30];
const MAX_TAGS: usize = 8;
