"""The builders of the vectors: DER, keys and signatures, CMS objects, MIME entities, SIP messages, and the file format."""

import base64
import hashlib
import os
import re

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KEYS = os.path.join(ROOT, "testdata", "keys")


# --- vectors -----------------------------------------------------------------------------------------------------

VECTORS = []

# The exit code of each error code, by cli.md section 2. The harness compares them with the program's own table.
EXITS = {"ok": 0}
for _exit, _codes in {
    1: """cms.two-contents algorithm.parameters certificate.public-key verify.not-signed verify.partly-signed verify.encrypted
          verify.compressed verify.no-signer
          verify.digest-mismatch verify.signature-invalid verify.signed-attributes verify.content-type
          verify.no-signed-attributes verify.attributes-as-content verify.algorithm-protection verify.digest-algorithm
          verify.ed25519-digest verify.signing-certificate verify.weak-algorithm trust.no-anchor trust.unknown-issuer
          trust.expired trust.not-yet-valid trust.signature trust.not-a-ca trust.path-length trust.critical-extension
          trust.extension trust.name-constraints trust.extended-key-usage trust.weak-algorithm trust.malformed trust.algorithms
          identity.mismatch identity.response-not-to identity.no-claim identity.ambiguous freshness.no-date strict
          decrypt.failed decrypt.not-encrypted decrypt.partly-encrypted decrypt.legacy-cipher decrypt.not-authenticated""",
    2: "usage part.unknown",
    3: """sip.start-line sip.bare-lf sip.head-unended sip.header-field sip.content-length sip.content-length-twice
          sip.truncated sip.trailing-octets sip.no-content-type sip.content-field-twice sip.chunked sip.from sip.address
          sip.uri input.unrecognised input.empty limit.head mime.header-field mime.content-type mime.field-twice
          mime.transfer-encoding mime.base64 mime.quoted-printable mime.boundary mime.delimiter mime.unclosed
          mime.ambiguous-boundary mime.no-empty-line mime.multipart-signed limit.count asn1.truncated asn1.length asn1.tag
          asn1.value asn1.trailing asn1.depth pem.malformed cms.structure cms.no-content cms.compressed limit.compressed""",
    4: """verify.signer-certificate-missing trust.key-usage decrypt.no-recipient decrypt.which-recipient decrypt.key-mismatch
          decrypt.key-kind""",
    5: """limit.nesting mime.type-unsupported cms.content-type algorithm.unsupported decrypt.cipher-unsupported
          decrypt.cipher-misplaced decrypt.recipient-unsupported""",
}.items():
    for _code in _codes.split():
        EXITS[_code] = _exit


class Vector:
    def __init__(self, name, row, comment, octets, expect, args, verdicts, finding, product, flips, peer, command, integrity):
        self.name, self.row, self.comment, self.octets, self.expect, self.args = name, row, comment, octets, expect, args
        self.verdicts, self.finding, self.product, self.flips, self.peer = verdicts, finding, product, flips, peer
        self.command, self.integrity = command, integrity


def vector(name, row, comment, octets, expect="ok", *, args="default", verdicts=None, finding=None, product=None, flips=(),
           peer=None, command="verify", integrity=None):
    """One vector. flips: octets of the input of which none may change; peer: what openssl is asked about."""
    if expect.startswith(("mime.", "sip.")):
        peer = None  # openssl gets the CMS object alone, and there is nothing wrong with that
    if expect == "ok":
        assert product is not None, name
    ranges = []
    for part in flips:
        assert octets.count(part) == 1, (name, octets.count(part), part[:40])
        ranges.append((octets.index(part), octets.index(part) + len(part)))
    VECTORS.append(Vector(name, row, comment, octets, expect, args, verdicts, finding, product, ranges, peer, command,
                          integrity))


def header(vector, opinion):
    lines = [("comment", vector.comment), ("row", vector.row)]
    if vector.command != "verify":
        lines.append(("command", vector.command))
    lines += [("args", vector.args), ("expect", vector.expect), ("exit", str(EXITS[vector.expect]))]
    if vector.verdicts:
        lines.append(("verdicts", vector.verdicts))
    if vector.integrity:
        lines.append(("integrity", vector.integrity))
    if vector.finding:
        lines.append(("finding", vector.finding))
    if vector.expect == "ok":
        lines.append(("content", hashlib.sha256(vector.product).hexdigest()))
    if vector.flips and vector.expect == "ok":
        lines.append(("flips", " ".join("%d-%d" % pair for pair in vector.flips)))
    if opinion is not None:
        lines.append(("openssl", opinion))
    return "".join("%s: %s\n" % line for line in lines).encode() + b"\n"


# --- DER, and BER where asked for --------------------------------------------------------------------------------

def length(n, octets=0):
    """A length; with `octets`, a long form of so many octets, minimal or not."""
    if n < 128 and not octets:
        return bytes([n])
    size = octets or (n.bit_length() + 7) // 8
    return bytes([0x80 | size]) + n.to_bytes(size, "big")


def tlv(tag, *parts, long=0):
    body = b"".join(parts)
    return bytes([tag]) + length(len(body), long) + body


def indefinite(tag, *parts):
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def octets_(value):
    return tlv(4, value)


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted):
    arcs = [int(a) for a in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        part = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            part.insert(0, 0x80 | (arc & 0x7F))
        out += bytes(part)
    return tlv(6, out)


NULL = tlv(5)


def utc(text):
    return tlv(23, text.encode())


# --- identifiers -------------------------------------------------------------------------------------------------

DATA, SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = ("1.2.840.113549.1.9." + n for n in "345")
COUNTERSIGNATURE, CAPABILITIES = "1.2.840.113549.1.9.6", "1.2.840.113549.1.9.15"
KEY_PREFERENCE, SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.11", "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2, ALGORITHM_PROTECTION = "1.2.840.113549.1.9.16.2.47", "1.2.840.113549.1.9.52"
UNKNOWN = "1.3.6.1.4.1.55555.1"

DIGESTS = {"md5": "1.2.840.113549.2.5", "sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1",
           "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3",
         "sha512": "1.2.840.10045.4.3.4"}
RSA = {"md5": "1.2.840.113549.1.1.4", "sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11",
       "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
RSA_KEY, RSA_PSS, MGF1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
ED25519 = "1.3.101.112"


def algorithm(number, *parameters):
    return seq(oid(number), *parameters)


def pss_algorithm(digest="sha256", salt=32):
    inner = algorithm(DIGESTS[digest])
    return algorithm(RSA_PSS, seq(tlv(0xA0, inner), tlv(0xA1, algorithm(MGF1, inner)), tlv(0xA2, integer(salt))))


# --- keys and certificates ---------------------------------------------------------------------------------------

_LOADED = {}


def read(name):
    with open(os.path.join(KEYS, name), "rb") as file:
        return file.read()


def key(name):
    """A private key of ../keys: `alice`, `bad/mallory`."""
    if name not in _LOADED:
        _LOADED[name] = serialization.load_pem_private_key(read(name + ".key"), None)
    return _LOADED[name]


def certificate(name):
    """A certificate of ../keys in DER."""
    text = read(name + ".pem").decode()
    lines = text.split("-----BEGIN CERTIFICATE-----")[1].split("-----END CERTIFICATE-----")[0]
    return base64.b64decode(lines)


def elements(der):
    """The elements of a DER string of elements, each whole."""
    out = []
    while der:
        size, start = der[1], 2
        if size > 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(der[2:start], "big")
        out.append(der[:start + size])
        der = der[start + size:]
    return out


def inside(der):
    return elements(der[2 + (der[1] & 0x7F if der[1] > 0x80 else 0):])


def issuer_and_serial(der):
    fields = inside(inside(der)[0])
    if fields[0][0] == 0xA0:
        fields = fields[1:]
    return seq(fields[2], fields[0])


def key_identifier(der):
    marker = oid("2.5.29.14")
    at = der.index(marker) + len(marker)
    return inside_octets(inside_octets(elements_at(der, at)))


def elements_at(der, at):
    return elements(der[at:at + 2 + der[at + 1]])[0]


def inside_octets(der):
    return der[2:]


# --- signatures --------------------------------------------------------------------------------------------------

def rsa_raw(k, encoded):
    numbers = k.private_numbers()
    n = numbers.public_numbers.n
    return pow(int.from_bytes(encoded, "big"), numbers.d, n).to_bytes((n.bit_length() + 7) // 8, "big")


def rsa_pkcs1(k, digest, message):
    size = (k.key_size + 7) // 8
    info = seq(algorithm(DIGESTS[digest], NULL), octets_(hashlib.new(digest, message).digest()))
    return rsa_raw(k, b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info)


def mgf1(seed, size, digest):
    out = b"".join(hashlib.new(digest, seed + n.to_bytes(4, "big")).digest() for n in range(size // 20 + 1))
    return out[:size]


def rsa_pss(k, digest, message, salt=32):
    """RFC 8017 section 9.1.1, with a salt that follows from the message so that the signature is always the same."""
    bits = k.key_size - 1
    size = (bits + 7) // 8
    fixed = hashlib.sha512(b"salt of a test vector" + message).digest()[:salt]
    h = hashlib.new(digest, b"\0" * 8 + hashlib.new(digest, message).digest() + fixed).digest()
    db = b"\0" * (size - salt - len(h) - 2) + b"\1" + fixed
    masked = bytes(a ^ b for a, b in zip(db, mgf1(h, len(db), digest)))
    masked = bytes([masked[0] & (0xFF >> (8 * size - bits))]) + masked[1:]
    return rsa_raw(k, masked + h + b"\xbc")


def sign(k, digest, message, pss=False):
    if isinstance(k, ed25519.Ed25519PrivateKey):
        return k.sign(message)
    if isinstance(k, rsa.RSAPrivateKey):
        return rsa_pss(k, digest, message) if pss else rsa_pkcs1(k, digest, message)
    return k.sign(message, ec.ECDSA(HASHES[digest], deterministic_signing=True))


def default_digest(k):
    if isinstance(k, ed25519.Ed25519PrivateKey):
        return "sha512"
    if isinstance(k, ec.EllipticCurvePrivateKey):
        return {256: "sha256", 384: "sha384", 521: "sha512"}[k.curve.key_size]
    return "sha256"


def signature_algorithm(k, digest, pss=False):
    if isinstance(k, ed25519.Ed25519PrivateKey):
        return algorithm(ED25519)
    if isinstance(k, rsa.RSAPrivateKey):
        return pss_algorithm(digest) if pss else algorithm(RSA[digest], NULL)
    return algorithm(ECDSA[digest])


# --- attributes --------------------------------------------------------------------------------------------------

def attribute(number, *values):
    """One attribute; its values in DER order."""
    return seq(oid(number), set_of(*values))


def content_type(number=DATA):
    return attribute(CONTENT_TYPE, oid(number))


def signing_time(text="251231120000Z"):
    return attribute(SIGNING_TIME, utc(text))


def message_digest(content, digest="sha256"):
    return attribute(MESSAGE_DIGEST, octets_(hashlib.new(digest, content).digest()))


# --- CMS objects -------------------------------------------------------------------------------------------------

class Signer:
    """A SignerInfo, with the parts that a signature protects."""

    def __init__(self, der, version, digest_algorithm, attributes, signature):
        self.der, self.version, self.digest_algorithm = der, version, digest_algorithm
        self.attributes, self.signature = attributes, signature

    @property
    def protected(self):
        return [part for part in (self.attributes, self.signature) if part]


TEXT = b"Content-Type: text/plain\r\n\r\nHello Bob, this is Alice."
DEFAULT = object()


def signer(content=TEXT, who="alice", *, cert=None, digest=None, pss=False, sid="issuer", identifier=None, version=None,
           attributes=DEFAULT, more=(), wire=None, hashed=None, digest_algorithm=None, algorithm_=None, sign_digest=None,
           signature=None, unsigned=b"", econtent_type=DATA):
    """One SignerInfo.

    attributes: a list of DER attributes, sorted here; None for none. more: attributes added to the usual three.
    wire: the [0] element as it is sent, if it is not the sorted DER one. hashed: what is signed, if it is something else.
    """
    k = key(who)
    der = certificate(cert or who)
    digest = digest or default_digest(k)
    if attributes is DEFAULT:
        # Two signers of one message have different attributes.
        time = signing_time() if who.startswith("alice") else signing_time("251231120030Z")
        attributes = [content_type(econtent_type), time, message_digest(content, digest)]
    if attributes is None:
        wire, to_sign = b"", content
    else:
        inner = sorted(list(attributes) + list(more))
        to_sign = tlv(0x31, *inner)
        wire = tlv(0xA0, *inner) if wire is None else wire
    to_sign = hashed if hashed is not None else to_sign
    if identifier is None:
        identifier = issuer_and_serial(der) if sid == "issuer" else tlv(0x80, key_identifier(der))
    if version is None:
        version = 3 if identifier[0] == 0x80 else 1
    if signature is None:
        signature = sign(k, sign_digest or digest, to_sign, pss)
    digest_algorithm = digest_algorithm or algorithm(DIGESTS[digest])
    info = seq(integer(version), identifier, digest_algorithm, wire,
               algorithm_ or signature_algorithm(k, sign_digest or digest, pss), octets_(signature), unsigned)
    return Signer(info, version, digest_algorithm, wire, signature)


def content_info(signed_data, number=SIGNED_DATA):
    return seq(oid(number), tlv(0xA0, signed_data))


def signed_data(signers, content=TEXT, *, certs=("alice",), digests=None, version=None, econtent_type=DATA, crls=b"",
                certificates=None, signers_field=None):
    """SignedData in a ContentInfo. content None: detached. certs: names of ../keys, or DER."""
    signers = list(signers) if isinstance(signers, (list, tuple)) else [signers]
    encapsulated = seq(oid(econtent_type), b"" if content is None else tlv(0xA0, octets_(content)))
    if digests is None:
        digests = sorted({s.digest_algorithm for s in signers})
    if version is None:
        version = 3 if any(s.version == 3 for s in signers) or econtent_type != DATA else 1
    if certificates is None:
        found = [c if isinstance(c, bytes) else certificate(c) for c in certs]
        certificates = tlv(0xA0, *found) if found else b""
    if signers_field is None:
        signers_field = tlv(0x31, *(s.der for s in signers))
    return content_info(seq(integer(version), tlv(0x31, *digests), encapsulated, certificates, crls, signers_field))


# --- MIME entities -----------------------------------------------------------------------------------------------

BOUNDARY = "vector-boundary"
P7S_HEADER = (b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
              b"Content-Disposition: attachment; filename=smime.p7s; handling=required\r\n"
              b"Content-Transfer-Encoding: binary\r\n\r\n")


def multipart(*parts, boundary=BOUNDARY, preamble=b"", epilogue=b"", close=True, end="\r\n"):
    """The body of a multipart; `end` is how its own lines end."""
    e = end.encode()
    b = boundary if isinstance(boundary, bytes) else boundary.encode()
    out = preamble
    for number, part in enumerate(parts):
        out += (e if number else b"") + b"--" + b + e + part
    return out + (e + b"--" + b + b"--" + e if close else b"") + epilogue


def p7s(cms, header=P7S_HEADER):
    return header + cms


def base64_lines(octets, columns=64, end="\r\n"):
    text = base64.b64encode(octets).decode()
    lines = [text[at:at + columns] for at in range(0, len(text), columns)]
    return (end.join(lines) + end).encode()


def pem(octets, label="CMS"):
    return ("-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64_lines(octets, end="\n").decode(), label)).encode()


# --- SIP messages ------------------------------------------------------------------------------------------------

P7M_TYPE = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
P7M_DISPOSITION = "Content-Disposition: attachment; filename=smime.p7m; handling=required"
SIGNED_TYPE = ('Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; '
               'boundary=%s' % BOUNDARY)

FIELDS = {
    "start": "MESSAGE sip:bob@example.org SIP/2.0",
    "via": "Via: SIP/2.0/TCP client.example.com;branch=z9hG4bKvector",
    "max_forwards": "Max-Forwards: 70",
    "from": "From: <sip:alice@example.com>;tag=49597",
    "to": "To: <sip:bob@example.org>",
    "call_id": "Call-ID: vector@client.example.com",
    "cseq": "CSeq: 1 MESSAGE",
    "type": P7M_TYPE,
    "disposition": P7M_DISPOSITION,
    "encoding": None,
    "length": "Content-Length: %d",
    "more": None,
}
RESPONSE = {
    "start": "SIP/2.0 200 OK", "max_forwards": None, "from": "From: <sip:bob@example.org>;tag=1",
    "to": "To: <sip:alice@example.com>;tag=2",
}


def sip(body, **change):
    """A SIP message. Each line of FIELDS can be changed, or dropped with None; one value may hold several lines."""
    lines = dict(FIELDS)
    lines.update({name.rstrip("_"): value for name, value in change.items()})
    head = b""
    for line in lines.values():
        if line is None:
            continue
        raw = line if isinstance(line, bytes) else line.encode()
        head += raw.replace(b"%d", b"%d" % len(body)) + b"\r\n"
    return head + b"\r\n" + body


def signed_sip(cms, **change):
    """A SIP message with an opaque signature."""
    return sip(cms, **change)


def detached_sip(content, cms, *, part=None, build=None, **change):
    """A SIP message with a detached signature."""
    change = {name.rstrip("_"): value for name, value in change.items()}
    change.setdefault("type", SIGNED_TYPE)
    change.setdefault("disposition", None)
    body = (build or multipart)(content, part if part is not None else p7s(cms))
    return sip(body, **change)


def fields_of(head):
    """The field lines of a head, continuation lines with their field."""
    return re.findall(rb"[^\r\n][^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", head)


def splice(message, entity):
    """The product of verify: the message with `entity` as its body (cli.md section 1, Splice)."""
    head, _ = message.split(b"\r\n\r\n", 1)
    start, rest = (head + b"\r\n").split(b"\r\n", 1)
    inner_head, inner_body = entity.split(b"\r\n\r\n", 1)
    new_fields = fields_of(inner_head + b"\r\n")
    out, placed, counted = [], False, False
    for field in fields_of(rest):
        name = field.split(b":", 1)[0].strip().lower()
        if name in (b"content-length", b"l"):
            prefix, value = field.split(b":", 1)
            field = prefix + b":" + re.sub(rb"[0-9]+", b"%d" % len(inner_body), value)
            counted = True
        elif name.startswith(b"content-") or name in (b"c", b"e"):
            if placed:
                continue
            placed = True
            out.extend(new_fields)
            continue
        out.append(field)
    if not counted:
        out.append(b"Content-Length: %d\r\n" % len(inner_body))
    return start + b"\r\n" + b"".join(out) + b"\r\n" + inner_body


# --- the usual vectors -------------------------------------------------------------------------------------------

def opaque(name, row, comment, signers=None, expect="ok", *, content=TEXT, cms=None, flips=True, args="default", verdicts=None,
           finding=None, head=None, flip_signers=None, **data):
    """A SIP MESSAGE with an opaque signature; **data goes to signed_data."""
    signers = signer(content) if signers is None else signers
    listed = list(signers) if isinstance(signers, (list, tuple)) else [signers]
    if cms is None:
        cms = signed_data(listed, content, **data)
    octets = signed_sip(cms, **(head or {}))
    product = splice(octets, content) if expect == "ok" else None
    parts = []
    if flips and expect == "ok":
        parts = [content] + [p for s in (flip_signers or listed) for p in s.protected]
    vector(name, row, comment, octets, expect, args=args, verdicts=verdicts, finding=finding, product=product, flips=parts,
           peer=("DER", cms, None))


def detached(name, row, comment, signers=None, expect="ok", *, content=TEXT, sent=None, cms=None, flips=True, args="default",
             verdicts=None, finding=None, head=None, part=None, build=None, **data):
    """A SIP MESSAGE with a detached signature. sent: the part that is sent, if it is not the content that was signed."""
    signers = signer(content) if signers is None else signers
    listed = list(signers) if isinstance(signers, (list, tuple)) else [signers]
    if cms is None:
        cms = signed_data(listed, None, **data)
    sent = content if sent is None else sent
    octets = detached_sip(sent, cms, part=part, build=build, **(head or {}))
    product = splice(octets, sent) if expect == "ok" else None
    parts = [sent] + [p for s in listed for p in s.protected] if flips and expect == "ok" else []
    vector(name, row, comment, octets, expect, args=args, verdicts=verdicts, finding=finding, product=product, flips=parts,
           peer=("DER", cms, sent))


def bare(name, row, comment, cms, expect="ok", *, content=TEXT, args="default", flips=(), product=None, octets=None, **more):
    """A CMS object alone; the product is its content."""
    octets = cms if octets is None else octets
    if expect == "ok" and product is None:
        product = content
    vector(name, row, comment, octets, expect, args=args, product=product, flips=flips, peer=("DER", cms, None), **more)
