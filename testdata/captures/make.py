#!/usr/bin/env python3
"""Makes the captures of this folder and `expected.tsv`, each octet by the layout of its standard.

    python3 testdata/captures/make.py            writes all of them
    python3 testdata/captures/make.py --check    says what would differ, and changes nothing
    python3 testdata/captures/make.py --large COUNT FILE    a capture of so many messages, for measurements

The messages in the captures are files of `testdata`. One capture, one feature.
"""

import gzip
import ipaddress
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent

SIGNED = "rfc/rfc8591/10.1.sip"
NO_CERTIFICATE = "rfc/rfc8591/10.2.sip"
ENCRYPTED = "rfc/rfc6216/smime-encrypted.sip"
TRUSTED = "interop/sip/p256-opaque.sip"
PLAIN = "cli/message.sip"
RESPONSE = "rfc/rfc6216/message-tls-resp.sip"

ALICE, BOB = ("192.0.2.1", 5060), ("192.0.2.2", 5070)
ALICE6, BOB6 = ("2001:db8::1", 5060), ("2001:db8::2", 5070)
# 2026-01-02T03:04:05.123456Z
BEGIN = 1767323045123456000
SECOND = 1000000000


def octets(name):
    return (DATA / name).read_bytes()


# Internet layer and above.


def checksum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo(source, destination, protocol, data):
    """RFC 9293 section 3.1, RFC 8200 section 8.1."""
    ends = packed(source[0]) + packed(destination[0])
    if len(ends) == 8:
        return ends + struct.pack("!BBH", 0, protocol, len(data)) + data
    return ends + struct.pack("!IHBB", len(data), 0, 0, protocol) + data


def udp(source, destination, payload):
    """RFC 768."""
    head = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0)
    total = checksum(pseudo(source, destination, 17, head + payload)) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(source, destination, sequence, payload=b"", flags=PSH | ACK):
    """RFC 9293 section 3.1, with twelve octets of options."""
    options = b"\x01\x01\x08\x0a" + bytes(8)
    head = struct.pack(
        "!HHIIBBHHH", source[1], destination[1], sequence % 2**32, 1, 8 << 4, flags, 65535, 0, 0
    )
    total = checksum(pseudo(source, destination, 6, head + options + payload))
    return head[:16] + struct.pack("!HH", total, 0) + options + payload


def ipv4(source, destination, protocol, payload, identification=1, offset=0, more=False, length=None):
    """RFC 791 section 3.1."""
    fragment = (0x2000 if more else 0) | offset // 8
    length = 20 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, identification, fragment, 64, protocol, 0)
    head += packed(source[0]) + packed(destination[0])
    total = checksum(head)
    return head[:10] + struct.pack("!H", total) + head[12:] + payload


def ipv6(source, destination, protocol, payload):
    """RFC 8200 section 3."""
    head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
    return head + packed(source[0]) + packed(destination[0]) + payload


def ipv6_fragment(source, destination, protocol, payload, identification, offset, more):
    """RFC 8200 section 4.5."""
    head = struct.pack("!BBHI", protocol, 0, offset | more, identification)
    return ipv6(source, destination, 44, head + payload)


def datagram(payload, source=ALICE, destination=BOB):
    return ipv4(source, destination, 17, udp(source, destination, payload))


def datagram6(payload):
    return ipv6(ALICE6, BOB6, 17, udp(ALICE6, BOB6, payload))


def segment(sequence, payload=b"", flags=PSH | ACK, source=ALICE, destination=BOB):
    return ipv4(source, destination, 6, tcp(source, destination, sequence, payload, flags))


# Links.

MACS = bytes.fromhex("020000000002020000000001")
NULL, ETHERNET, RAW_BSD, RAW_OPENBSD, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 12, 14, 101, 108, 113, 228, 229, 276


def ether_type(packet):
    return b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"


def ethernet(packet):
    # IEEE 802.3: at least 60 octets, and so some that belong to no packet.
    return (MACS + ether_type(packet) + packet).ljust(60, b"\xaa")


def vlan(packet, *tags):
    return MACS + b"".join(struct.pack("!HH", kind, number) for kind, number in tags) + ether_type(packet) + packet


def sll(packet):
    """LINKTYPE_LINUX_SLL."""
    return struct.pack("!HHH8s", 0, 1, 6, MACS[6:]) + ether_type(packet) + packet


def sll2(packet):
    """LINKTYPE_LINUX_SLL2."""
    return ether_type(packet) + struct.pack("!HIHBB8s", 0, 2, 1, 0, 6, MACS[6:]) + packet


# Files.


def pcap(packets, link=ETHERNET, order="<", nanoseconds=False):
    """draft-ietf-opsawg-pcap section 4. A packet is its time and its octets, and its size on the line if it was longer."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    file = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for time, data, *size in packets:
        fraction = time % SECOND if nanoseconds else time % SECOND // 1000
        file += [struct.pack(order + "IIII", time // SECOND, fraction, len(data), *(size or [len(data)])), data]
    return b"".join(file)


def block(order, kind, body):
    """draft-ietf-opsawg-pcapng section 3.1."""
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order="<"):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def interface(order="<", link=ETHERNET, resolution=None, offset=None, snaplen=0):
    options = option(order, 2, b"eth0")
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
    if offset is not None:
        options += option(order, 14, struct.pack(order + "q", offset))
    return block(order, 1, struct.pack(order + "HHI", link, 0, snaplen) + options + bytes(4))


def enhanced(data, ticks, number=0, order="<", size=None):
    high, low = ticks >> 32, ticks & 0xFFFFFFFF
    size = len(data) if size is None else size
    body = struct.pack(order + "IIIII", number, high, low, len(data), size) + data
    return block(order, 6, body + b"\0" * (-len(data) % 4) + option(order, 1, b"a comment") + bytes(4))


def simple(data, order="<"):
    return block(order, 3, struct.pack(order + "I", len(data)) + data)


# WebSocket, RFC 6455 section 5.2.


def frame(payload, operation=1, final=True, mask=None):
    head = bytes([(0x80 if final else 0) | operation])
    masked = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([masked | len(payload)])
    elif len(payload) < 65536:
        head += bytes([masked | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([masked | 127]) + struct.pack("!Q", len(payload))
    if mask:
        return head + mask + bytes(octet ^ mask[place % 4] for place, octet in enumerate(payload))
    return head + payload


# RFC 7118 section 4.1.
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: sip-ws.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://www.example.com\r\n"
    b"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)
MASK = b"\x37\xfa\x21\x3d"


class Captures:
    def __init__(self):
        self.files = {}
        self.rows = []

    def add(self, name, file, *messages):
        """`messages`: time, transport, source, destination, and the file of the message or the code of an error."""
        self.files[name] = file
        for number, (time, transport, source, destination, outcome) in enumerate(messages, 1):
            self.rows.append((name, number, time, transport, endpoint(source), endpoint(destination), outcome))

    def stream(self, name, segments, *messages, **how):
        """Packets of one stream from Alice to Bob, one a second. `messages`: the number of the packet, and the outcome."""
        packets = [(BEGIN + SECOND * number, ethernet(packet)) for number, packet in enumerate(segments)]
        transport = how.get("transport", "tcp")
        found = [(BEGIN + SECOND * number, transport, ALICE, BOB, outcome) for number, outcome in messages]
        self.add(name, pcap(packets), *found)


def endpoint(end):
    address, port = end
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def links(captures):
    signed = octets(SIGNED)
    v4, v6 = datagram(signed), datagram6(signed)
    to_bob = (BEGIN, "udp", ALICE, BOB, SIGNED)
    to_bob6 = (BEGIN, "udp", ALICE6, BOB6, SIGNED)
    rows = [
        ("link_ethernet", ETHERNET, ethernet(v4), to_bob),
        ("link_ethernet_ipv6", ETHERNET, ethernet(v6), to_bob6),
        ("link_vlan", ETHERNET, vlan(v4, (0x8100, 5)), to_bob),
        ("link_qinq", ETHERNET, vlan(v6, (0x88A8, 7), (0x8100, 5)), to_bob6),
        ("link_linux_cooked", SLL, sll(v4), to_bob),
        ("link_linux_cooked_2", SLL2, sll2(v6), to_bob6),
        ("link_raw", RAW, v4, to_bob),
        ("link_raw_ipv6", RAW, v6, to_bob6),
        ("link_raw_bsd", RAW_BSD, v4, to_bob),
        ("link_raw_openbsd", RAW_OPENBSD, v4, to_bob),
        ("link_ipv4", IPV4, v4, to_bob),
        ("link_ipv6", IPV6, v6, to_bob6),
        ("link_null", NULL, struct.pack("<I", 2) + v4, to_bob),
        ("link_null_big_endian", NULL, struct.pack(">I", 2) + v4, to_bob),
        ("link_null_ipv6", NULL, struct.pack("<I", 30) + v6, to_bob6),
        ("link_loop", LOOP, struct.pack(">I", 24) + v6, to_bob6),
    ]
    for name, link, data, message in rows:
        captures.add(f"{name}.pcap", pcap([(BEGIN, data)], link), message)
    # RFC 8200 section 4.3: an extension that hops read.
    hops = ipv6(ALICE6, BOB6, 0, b"\x11\x00\x01\x04\0\0\0\0" + udp(ALICE6, BOB6, signed))
    captures.add("ipv6_extension.pcap", pcap([(BEGIN, ethernet(hops))]), to_bob6)


def files(captures):
    first, second = ethernet(datagram(octets(SIGNED))), ethernet(datagram(octets(RESPONSE), BOB, ALICE))
    precise = BEGIN + 789
    both = [(BEGIN, "udp", ALICE, BOB, SIGNED), (BEGIN + SECOND, "udp", BOB, ALICE, RESPONSE)]
    for order, word in (("<", "little"), (">", "big")):
        packets = [(precise, first), (precise + SECOND, second)]
        captures.add(f"pcap_{word}_endian.pcap", pcap(packets, order=order), *both)
        exact = [(time + 789, *rest) for time, *rest in both]
        captures.add(f"pcap_{word}_endian_nanoseconds.pcap", pcap(packets, order=order, nanoseconds=True), *exact)
        blocks = [section(order), interface(order)]
        blocks += [enhanced(data, (BEGIN + SECOND * n) // 1000, 0, order) for n, data in enumerate((first, second))]
        captures.add(f"pcapng_{word}_endian.pcapng", b"".join(blocks), *both)

    # Interfaces that count differently: nanoseconds, milliseconds, 1024ths, and one whose clock began in 2020; then a
    # second section, the other way round, whose interface 0 is another one.
    begin_2020 = 1577836800
    blocks = [
        section(),
        interface(resolution=9),
        interface(link=RAW, resolution=3),
        interface(resolution=0x8A),
        interface(offset=begin_2020),
        enhanced(first, precise, 0),
        enhanced(datagram(octets(PLAIN)), precise // 1000000, 1),
        enhanced(second, BEGIN // SECOND * 1024 + 512, 2),
        block("<", 5, struct.pack("<III", 0, 0, 0)),
        enhanced(second, (BEGIN // SECOND - begin_2020) * 1000000, 3),
        section(">"),
        interface(">", link=SLL, offset=begin_2020),
        block(">", 0xBAD, b"of a kind that nobody knows"),
        enhanced(sll(datagram(octets(SIGNED))), (BEGIN // SECOND - begin_2020) * 1000000, 0, ">"),
    ]
    whole = BEGIN // SECOND * SECOND
    captures.add(
        "pcapng_interfaces.pcapng",
        b"".join(blocks),
        (precise, "udp", ALICE, BOB, SIGNED),
        (precise // 1000000 * 1000000, "udp", ALICE, BOB, PLAIN),
        (whole + SECOND // 2, "udp", BOB, ALICE, RESPONSE),
        (whole, "udp", BOB, ALICE, RESPONSE),
        (whole, "udp", ALICE, BOB, SIGNED),
    )
    # A packet that has no time.
    captures.add(
        "pcapng_simple.pcapng", section() + interface() + simple(first), (0, "udp", ALICE, BOB, SIGNED)
    )
    packed_file = gzip.compress(pcap([(BEGIN, first), (BEGIN + SECOND, second)]), mtime=0)
    captures.add("gzip.pcap.gz", packed_file, *both)


def damages(captures):
    first, last = datagram(octets(SIGNED)), datagram(octets(PLAIN))
    good = [(BEGIN, "udp", ALICE, BOB, SIGNED), (BEGIN + 9 * SECOND, "udp", ALICE, BOB, PLAIN)]
    middle = ethernet(datagram(octets(RESPONSE)))
    head = len(MACS) + 2
    broken = [
        # IP of version 4 whose head is shorter than it may be; none at all; UDP that claims more than there is.
        middle[:head] + b"\x44" + middle[head + 1 :],
        middle[:head],
        middle[: head + 24] + b"\xff\xff" + middle[head + 26 :],
        # Longer on the line than in the file.
        middle[:200],
        # TCP without room for its head.
        ethernet(ipv4(ALICE, BOB, 6, b"\0" * 12)),
    ]
    packets = [(BEGIN, ethernet(first))]
    packets += [(BEGIN + SECOND * n, data, max(len(data), 300)) for n, data in enumerate(broken, 1)]
    packets += [(BEGIN + 9 * SECOND, ethernet(last))]
    captures.add("broken_packets.pcap", pcap(packets), *good)
    ticks = BEGIN // 1000
    blocks = [
        section(),
        interface(),
        enhanced(ethernet(first), ticks),
        # A packet longer than its block, one of an interface that is not there, and the obsolete kind.
        block("<", 6, struct.pack("<IIIII", 0, 0, 0, 4000, 4000) + middle),
        enhanced(middle, ticks, 7),
        block("<", 2, bytes(20)),
        enhanced(ethernet(last), ticks + 9000000),
    ]
    captures.add("broken_blocks.pcapng", b"".join(blocks), *good)
    whole = pcap([(BEGIN, ethernet(first)), (BEGIN + SECOND, ethernet(last))])
    captures.add("cut_off.pcap", whole[:-100], good[0], (0, "-", ("-", 0), ("-", 0), "capture.malformed"))
    # RTP, DNS, STUN, keep-alives of RFC 5626 and of RFC 5405, and something that only looks like a start line.
    others = [
        b"\x80\x00" + bytes(170),
        bytes.fromhex("000101000001000000000000076578616d706c6503636f6d0000010001"),
        bytes.fromhex("000100002112a442") + bytes(12),
        b"\r\n\r\n",
        b"\0",
        b"",
        b"OPTIONS sip:bob@example.org HTTP/1.1\r\n\r\n",
    ]
    packets = [(BEGIN + SECOND * n, ethernet(datagram(data))) for n, data in enumerate(others)]
    none = (0, "-", ("-", 0), ("-", 0), "capture.no-message")
    captures.add("nothing.pcap", pcap(packets), none)
    captures.add("among_others.pcap", pcap(packets + [(BEGIN + 9 * SECOND, ethernet(last))]), good[1])


def fragments(captures):
    signed = octets(SIGNED)
    whole, whole6 = udp(ALICE, BOB, signed), udp(ALICE6, BOB6, signed)
    cuts = [(0, 400), (400, 800), (800, None)]
    parts = [ipv4(ALICE, BOB, 17, whole[a:b], 77, a, b is not None) for a, b in cuts]
    parts6 = [ipv6_fragment(ALICE6, BOB6, 17, whole6[a:b], 77, a, b is not None) for a, b in cuts]

    def add(name, packets, *messages):
        timed = [(BEGIN + SECOND * n, ethernet(data)) for n, data in enumerate(packets)]
        captures.add(name, pcap(timed), *messages)

    found = ("udp", ALICE, BOB, SIGNED)
    add("fragments_ipv4.pcap", parts, (BEGIN, *found))
    # The time is that of the packet in which the message begins.
    order = [parts[2], parts[0], parts[1], parts[1]]
    add("fragments_out_of_order.pcap", order, (BEGIN + SECOND, *found))
    add("fragments_ipv6.pcap", parts6, (BEGIN, "udp", ALICE6, BOB6, SIGNED))
    # RFC 5722: nothing is made of fragments that overlap. What comes after them is read.
    overlap = ipv4(ALICE, BOB, 17, whole[392:800], 77, 392, True)
    rest = [datagram(octets(PLAIN))]
    add("fragments_overlap.pcap", [parts[0], overlap, parts[2]] + rest, (BEGIN + 3 * SECOND, "udp", ALICE, BOB, PLAIN))


def streams(captures):
    signed, other, plain = octets(SIGNED), octets(NO_CERTIFICATE), octets(PLAIN)
    first = 1000
    one, two, three = signed[:500], signed[500:900], signed[900:]
    syn = segment(first - 1, flags=SYN)

    def at(place, payload, flags=PSH | ACK):
        return segment(first + place, payload, flags)

    in_order = [syn, at(0, one), at(500, two), at(900, three), at(1200, b"", FIN | ACK)]
    captures.stream("tcp_in_order.pcap", in_order, (1, SIGNED))
    out_of_order = [syn, at(900, three), at(500, two), at(0, one)]
    captures.stream("tcp_out_of_order.pcap", out_of_order, (3, SIGNED))
    # The SYN comes again, and after the end all that was there.
    repeated = [syn, at(0, one), syn, at(500, two), at(900, three), at(1200, b"", FIN), at(0, signed), at(1200, b"", FIN)]
    captures.stream("tcp_after_the_end.pcap", repeated, (1, SIGNED))
    again = [syn, at(0, one), at(0, one), at(500, two), at(900, three), at(500, two), at(0, signed), at(1199, b"\0")]
    captures.stream("tcp_retransmission.pcap", again, (1, SIGNED))
    # The octets that come twice differ the second time: those that came first count.
    wrong = b"x" * 200
    overlap = [syn, at(0, one), at(700, signed[700:1000]), at(300, wrong + two + wrong[:100]), at(900, wrong[:100] + signed[1000:])]
    captures.stream("tcp_overlap.pcap", overlap, (1, SIGNED))
    # Most of the second of three messages is missing; the third begins in the same segment as the end of the second.
    whole = signed + other + plain
    gap = [syn, at(0, whole[:1300]), at(1800, whole[1800:])]
    captures.stream("tcp_gap.pcap", gap, (1, SIGNED), (1, "capture.incomplete"), (2, PLAIN))
    # Nothing of the middle is there.
    captures.stream("tcp_gap_between.pcap", [syn, at(0, signed), at(2033, plain)], (1, SIGNED), (2, PLAIN))
    wrap = 2**32 - 600
    wrapped = [segment(wrap - 1, flags=SYN), segment(wrap, one), segment(wrap + 900, three), segment(wrap + 500, two)]
    captures.stream("tcp_wrap.pcap", wrapped, (1, SIGNED))
    captures.stream("tcp_two_in_a_segment.pcap", [syn, at(0, signed + plain)], (1, SIGNED), (1, PLAIN))
    small = [at(place, plain[place : place + 7]) for place in range(0, len(plain), 7)]
    captures.stream("tcp_small_segments.pcap", [syn] + small, (1, PLAIN))
    # RFC 5626 section 4.4.1: keep-alives, before, between and after.
    alive = [syn, at(0, b"\r\n\r\n"), at(4, signed + b"\r\n\r\n"), at(1208, b"\r\n" + plain), at(1528, b"\r\n\r\n")]
    captures.stream("tcp_keep_alive.pcap", alive, (2, SIGNED), (3, PLAIN))
    # In the middle of a message.
    captures.stream("tcp_begins_in_the_middle.pcap", [at(500, two), at(900, three + plain)], (1, PLAIN))
    # The same ends meet again, twice: after a FIN, and without one.
    meets = in_order + [segment(9000, flags=SYN), segment(9001, other), segment(70000, flags=SYN), segment(70001, plain)]
    captures.stream("tcp_meets_again.pcap", meets, (1, SIGNED), (6, NO_CERTIFICATE), (8, PLAIN))
    # The end of the capture, and of a stream, in the middle of a message.
    captures.stream("tcp_unended.pcap", [syn, at(0, one)], (1, "capture.incomplete"))
    # Cut by a network card, whose packets do not say how long they are.
    unsaid = ipv4(ALICE, BOB, 6, tcp(ALICE, BOB, first, signed + plain), length=0)
    captures.stream("tcp_length_0.pcap", [syn, unsaid], (1, SIGNED), (1, PLAIN))
    # Such a packet that is cut off: where it ends is not known.
    cut = [(BEGIN, syn), (BEGIN + SECOND, unsaid[:1300], len(unsaid)), (BEGIN + 2 * SECOND, datagram(plain))]
    captures.add("tcp_length_0_cut.pcap", pcap(cut, RAW), (BEGIN + 2 * SECOND, "udp", ALICE, BOB, PLAIN))
    # Both directions of one connection, and another one between them.
    answer = octets(RESPONSE)
    carol = ("192.0.2.3", 5060)
    packets = [
        syn,
        segment(5000 - 1, b"", SYN | ACK, BOB, ALICE),
        at(0, one),
        segment(7, plain[:100], source=carol),
        segment(5000, answer[:100], PSH | ACK, BOB, ALICE),
        at(500, two + three),
        segment(107, plain[100:], source=carol),
        segment(5100, answer[100:], PSH | ACK, BOB, ALICE),
    ]
    captures.add(
        "tcp_directions.pcap",
        pcap([(BEGIN + SECOND * n, ethernet(data)) for n, data in enumerate(packets)]),
        (BEGIN + 2 * SECOND, "tcp", ALICE, BOB, SIGNED),
        (BEGIN + 3 * SECOND, "tcp", carol, BOB, PLAIN),
        (BEGIN + 4 * SECOND, "tcp", BOB, ALICE, RESPONSE),
    )
    # RFC 8591 section 10.4: MSRP is no broken SIP.
    msrp = octets("rfc/rfc8591/10.4-stream.msrp")
    captures.stream("msrp.pcap", [syn, at(0, msrp[:1400]), at(1400, msrp[1400:]), datagram(plain)])
    captures.rows.append(("msrp.pcap", 1, BEGIN + 3 * SECOND, "udp", endpoint(ALICE), endpoint(BOB), PLAIN))
    # TLS, and HTTP of which no SIP follows.
    tls = bytes.fromhex("16030100310100002d0303") + bytes(range(256))
    web = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
    others = [syn, at(0, tls), segment(1, web, source=("192.0.2.4", 80)), datagram(plain)]
    captures.stream("tcp_others.pcap", others)
    captures.rows.append(("tcp_others.pcap", 1, BEGIN + 3 * SECOND, "udp", endpoint(ALICE), endpoint(BOB), PLAIN))


def web_sockets(captures):
    signed, answer, plain = octets(SIGNED), octets(RESPONSE), octets(PLAIN)
    web = ("192.0.2.2", 80)
    ours = lambda sequence, payload: segment(sequence, payload, PSH | ACK, ALICE, web)
    theirs = lambda sequence, payload: segment(sequence, payload, PSH | ACK, web, ALICE)
    masked = frame(signed, mask=MASK)
    packets = [
        ours(1, UPGRADE),
        theirs(1, UPGRADED),
        ours(1 + len(UPGRADE), masked[:700]),
        ours(1 + len(UPGRADE) + 700, masked[700:]),
        theirs(1 + len(UPGRADED), frame(answer) + frame(b"\r\n\r\n") + frame(b"", 9)),
    ]
    captures.add(
        "ws_both_directions.pcap",
        pcap([(BEGIN + SECOND * n, ethernet(data)) for n, data in enumerate(packets)]),
        (BEGIN + 2 * SECOND, "ws", ALICE, web, SIGNED),
        (BEGIN + 4 * SECOND, "ws", web, ALICE, RESPONSE),
    )
    # RFC 6455 section 5.4: a message in three frames, a ping between them; then one as octets.
    pieces = [
        frame(signed[:100], 1, False, MASK),
        frame(b"are you there?", 9, True, MASK),
        frame(signed[100:1100], 0, False, MASK[::-1]),
        frame(signed[1100:], 0, True, MASK) + frame(plain, 2, True, MASK),
    ]
    packets, place = [ours(1, UPGRADE)], 1 + len(UPGRADE)
    for piece in pieces:
        packets.append(ours(place, piece))
        place += len(piece)
    captures.add(
        "ws_fragmented.pcap",
        pcap([(BEGIN + SECOND * n, ethernet(data)) for n, data in enumerate(packets)]),
        (BEGIN + SECOND, "ws", ALICE, web, SIGNED),
        (BEGIN + 4 * SECOND, "ws", ALICE, web, PLAIN),
    )
    # The upgrade was before the capture.
    captures.stream(
        "ws_begins_in_the_middle.pcap",
        [segment(1, masked[900:]), segment(1 + len(masked) - 900, frame(plain, mask=MASK)), segment(9000, b"", RST)],
        (1, PLAIN),
        transport="ws",
    )


def commands(captures):
    """What the commands open and verify: good, plain, encrypted, each from another place."""
    carol = ("198.51.100.7", 5062)
    captures.add(
        "commands.pcapng",
        section()
        + interface(resolution=9)
        + enhanced(ethernet(datagram(octets(PLAIN))), BEGIN)
        + enhanced(ethernet(datagram(octets(TRUSTED), carol, BOB)), BEGIN + SECOND)
        + enhanced(ethernet(ipv6(ALICE6, BOB6, 6, tcp(ALICE6, BOB6, 1, octets(ENCRYPTED)))), BEGIN + 2 * SECOND),
        (BEGIN, "udp", ALICE, BOB, PLAIN),
        (BEGIN + SECOND, "udp", carol, BOB, TRUSTED),
        (BEGIN + 2 * SECOND, "tcp", ALICE6, BOB6, ENCRYPTED),
    )
    # The example of the manual.
    captures.add("signed.pcap", pcap([(BEGIN, ethernet(datagram(octets(TRUSTED))))]), (BEGIN, "udp", ALICE, BOB, TRUSTED))


def tag(number, value):
    value += b"\0" * (-len(value) % 4)
    return struct.pack("!HH", number, len(value)) + value


def exported(name, port_type, source, destination, payload):
    """LINKTYPE_WIRESHARK_UPPER_PDU, by the tags of epan/exported_pdu.h."""
    kinds = (20, 21) if len(packed(source[0])) == 4 else (22, 23)
    tags = [(12, name), (kinds[0], packed(source[0])), (kinds[1], packed(destination[0]))]
    tags += [(24, struct.pack("!I", port_type)), (25, struct.pack("!I", source[1])), (26, struct.pack("!I", destination[1]))]
    return b"".join(tag(*one) for one in [*tags, (31, b"of a kind that nobody knows"), (0, b"")]) + payload


def exports(captures):
    packets = [
        (BEGIN, exported(b"sip", 3, ALICE, BOB, octets(SIGNED))),
        (BEGIN + SECOND, exported(b"rtp", 3, ALICE, BOB, octets(PLAIN))),
        (BEGIN + 2 * SECOND, exported(b"sip", 2, ALICE6, BOB6, octets(RESPONSE))),
        (BEGIN + 3 * SECOND, b"\x00\x0c\x00\xff"),
    ]
    captures.add(
        "exported.pcap",
        pcap(packets, 252),
        (BEGIN, "udp", ALICE, BOB, SIGNED),
        (BEGIN + 2 * SECOND, "tcp", ALICE6, BOB6, RESPONSE),
    )


def large(count, path):
    """Small messages of many dialogs; every fifth is signed."""
    packets = []
    for number in range(256):
        for name in [PLAIN] * 4 + [SIGNED]:
            message = octets(name).replace(b"asd88asd66b", b"%011d" % number)
            packets.append(ethernet(datagram(message, (f"192.0.2.{number % 250 + 1}", 5060 + number % 7))))
    with open(path, "wb") as file:
        file.write(pcap([]))
        for start in range(0, count, 10000):
            numbers = range(start, min(start + 10000, count))
            file.write(pcap([(BEGIN + number * 100000, packets[number % len(packets)]) for number in numbers])[24:])


def main():
    if sys.argv[1:2] == ["--large"]:
        large(int(sys.argv[2]), sys.argv[3])
        return 0
    captures = Captures()
    for make in (links, files, damages, fragments, streams, web_sockets, commands, exports):
        make(captures)
    names = ("capture", "message", "time", "transport", "source", "destination", "outcome")
    rows = "".join("\t".join(map(str, row)) + "\n" for row in [names, *captures.rows])
    captures.files["expected.tsv"] = rows.encode()
    differing = []
    for name, content in captures.files.items():
        path = HERE / name
        if not path.exists() or path.read_bytes() != content:
            differing.append(name)
            if "--check" not in sys.argv:
                path.write_bytes(content)
    known = {*captures.files, "make.py", "README.md"}
    stray = [path.name for path in HERE.iterdir() if path.name not in known]
    print(f"{len(captures.files)} files", *[f"differs: {name}" for name in differing], *[f"stray: {name}" for name in stray], sep="\n")
    return 1 if stray or ("--check" in sys.argv and differing) else 0


if __name__ == "__main__":
    sys.exit(main())
