#!/usr/bin/env python3
"""Makes the test PKI of this folder. See README.md.

    make.py            make what is missing, keep the rest, write the tables
    make.py --force    make all certificates again; private keys are always kept
    make.py --check    change nothing; say what would differ

Certificates are written as raw DER by one function. A bad certificate is a good one with one argument changed.
Serial numbers, dates and ECDSA nonces are fixed, so the same keys give the same certificates (RSASSA-PSS excepted).
Needs python `cryptography` and, for key file forms and the openssl column of bad/expected.tsv, openssl 3.
"""

import base64
import hashlib
import os
import subprocess
import sys
import textwrap

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519

HERE = os.path.dirname(os.path.abspath(__file__))
FORCE = "--force" in sys.argv[1:]
CHECK = "--check" in sys.argv[1:]
AT_TIME = "1767225600"  # 2026-01-01T00:00:00Z, the time of every openssl check
DIFFERENT = []


# --- DER ---------------------------------------------------------------------------------------------------------

def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


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


def bits(octets, unused=0):
    return tlv(3, bytes([unused]), octets)


def named_bits(*numbers):
    value = 0
    for n in numbers:
        value |= 0x8000 >> n
    last = max(numbers)
    octets = value.to_bytes(2, "big")[: last // 8 + 1]
    return bits(octets, 7 - last % 8)


def name(cn, org="test"):
    parts = [tlv(0x31, seq(oid("2.5.4.10"), tlv(12, org.encode()))), tlv(0x31, seq(oid("2.5.4.3"), tlv(12, cn.encode())))]
    return seq(*parts)


def time(text):
    """A time as 20250101000000Z; UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5)."""
    return tlv(23, text[2:].encode()) if int(text[:4]) < 2050 else tlv(24, text.encode())


def pem(label, der):
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (
        label, "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64)), label)


# --- keys --------------------------------------------------------------------------------------------------------

KINDS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
}

KEYS = {
    "ca": "p256", "ca-rsa": "rsa2048", "ca-ed25519": "ed25519", "sub-ca": "p256", "other-ca": "p256",
    "alice": "p256", "alice-p384": "p384", "alice-rsa2048": "rsa2048", "alice-rsa3072": "rsa3072",
    "alice-ed25519": "ed25519", "bob": "p256", "bob-rsa2048": "rsa2048", "carol": "p256", "dave": "p256", "erin": "p256",
    "bob-x25519": "x25519", "bob-p384": "p384", "carol-x25519": "x25519", "erin-sign": "p256", "erin-encrypt": "p256",
    "bad/mallory": "p256", "bad/rsa1024": "rsa1024", "bad/p521": "p521", "bad/wrong-ca": "p256",
}
_LOADED = {}


def path(file):
    return os.path.join(HERE, file)


def write(file, data):
    if isinstance(data, str):
        data = data.encode()
    old = open(path(file), "rb").read() if os.path.exists(path(file)) else None
    if old == data:
        return
    if CHECK:
        DIFFERENT.append(file)
        return
    with open(path(file), "wb") as out:
        out.write(data)


def key(who):
    if who not in _LOADED:
        file = who + ".key"
        if not os.path.exists(path(file)):
            made = KINDS[KEYS[who]]()
            write(file, made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
        with open(path(file), "rb") as f:
            _LOADED[who] = serialization.load_pem_private_key(f.read(), None)
    return _LOADED[who]


def spki(who):
    return key(who).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(who):
    """SHA-1 of the public key bits (RFC 5280 4.2.1.2, method 1)."""
    public = key(who).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        raw = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha1(raw).digest()


def explicit_p256(who):
    """The public key of `who` with the P-256 parameters written out (RFC 5480 2.1.1 forbids this)."""
    numbers = [int(h, 16) for h in (
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")]
    p, a, b, x, y, n = numbers
    octets = lambda v: v.to_bytes(32, "big")
    parameters = seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(p)), seq(tlv(4, octets(a)), tlv(4, octets(b))),
                     tlv(4, b"\4" + octets(x) + octets(y)), integer(n), integer(1))
    point = key(who).public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return seq(seq(oid("1.2.840.10045.2.1"), parameters), bits(point))


# --- certificates ------------------------------------------------------------------------------------------------

ECDSA_SHA1, ECDSA_SHA256, ECDSA_SHA384 = "1.2.840.10045.4.1", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3"
SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"))
PSS_SHA256 = seq(oid("1.2.840.113549.1.1.10"), seq(
    tlv(0xA0, SHA256), tlv(0xA1, seq(oid("1.2.840.113549.1.1.8"), SHA256)), tlv(0xA2, integer(32))))


def sign(who, tbs_of, how):
    """Returns the AlgorithmIdentifier and the signature; tbs_of makes the signed octets from the identifier."""
    k = key(who)
    if isinstance(k, ed25519.Ed25519PrivateKey):
        algorithm = seq(oid("1.3.101.112"))
        return algorithm, k.sign(tbs_of(algorithm))
    if isinstance(k, rsa.RSAPrivateKey):
        if how == "pss":
            return PSS_SHA256, k.sign(tbs_of(PSS_SHA256), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        algorithm = seq(oid("1.2.840.113549.1.1.11"), tlv(5))
        return algorithm, k.sign(tbs_of(algorithm), padding.PKCS1v15(), hashes.SHA256())
    number, digest = (ECDSA_SHA1, hashes.SHA1()) if how == "sha1" else (ECDSA_SHA256, hashes.SHA256())
    algorithm = seq(oid(number))
    return algorithm, k.sign(tbs_of(algorithm), ec.ECDSA(digest, deterministic_signing=True))


def extension(number, value, critical=False):
    return seq(oid(number), *([tlv(1, b"\xff")] if critical else []), tlv(4, value))


URI, MAIL, DNS = 0x86, 0x81, 0x82
KU = {"sign": 0, "repudiation": 1, "encipher": 2, "agree": 4, "certsign": 5, "crlsign": 6}
EKU = {"tls": "1.3.6.1.5.5.7.3.1", "email": "1.3.6.1.5.5.7.3.4", "sip": "1.3.6.1.5.5.7.3.20", "any": "2.5.29.37.0"}


def san(*names):
    out = b""
    for tag, value in names:
        out += tlv(tag, value if isinstance(value, bytes) else value.encode())
    return extension("2.5.29.17", seq(out))


def default_usage(who):
    kind = KEYS[who]
    if kind == "ed25519":
        return ["sign"]
    if kind == "x25519":
        return ["agree"]
    return ["sign", "encipher"] if kind.startswith("rsa") else ["sign", "agree"]


def certificate(label, *, who, cn, issuer=("sip-smime test CA", "ca"), names=None, usage="default", eku=None, ca=None,
                not_before="20250101000000Z", not_after="20450101000000Z", serial=None, version=3, how=None, ski="own",
                aki="own", more=(), public=None, outer=None, org="test", issuer_org="test"):
    """One certificate as DER. ca: None = no basicConstraints, else (path length or None,)."""
    issuer_cn, issuer_key = issuer
    if serial is None:
        serial = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") >> 1 | 1 << 62
    extensions = []
    if ca is not None:
        inside = tlv(1, b"\xff") + (b"" if ca[0] is None else integer(ca[0]))
        extensions.append(extension("2.5.29.19", seq(inside), True))
    if usage == "default":
        usage = ["certsign", "crlsign"] if ca is not None else default_usage(who)
    if usage:
        extensions.append(extension("2.5.29.15", named_bits(*(KU[u] for u in usage)), True))
    if eku is not None:
        extensions.append(extension("2.5.29.37", seq(*(oid(EKU[e]) for e in eku))))
    if names:
        extensions.append(san(*names))
    if ski is not None:
        extensions.append(extension("2.5.29.14", tlv(4, key_id(who) if ski == "own" else ski)))
    if aki is not None and not (issuer_key == who and issuer_cn == cn):
        extensions.append(extension("2.5.29.35", seq(tlv(0x80, key_id(issuer_key) if aki == "own" else aki))))
    extensions.extend(more)

    def tbs(algorithm):
        return seq(*([tlv(0xA0, integer(version - 1))] if version > 1 else []), integer(serial), algorithm,
                   name(issuer_cn, issuer_org), seq(time(not_before), time(not_after)), name(cn, org),
                   public or spki(who), *([tlv(0xA3, seq(*extensions))] if version > 2 else []))

    algorithm, signature = sign(issuer_key, tbs, how)
    return seq(tbs(algorithm), outer or algorithm, bits(signature))


def save(label, der):
    """Writes a certificate. An existing one is kept without --force."""
    file = label + ".pem"
    if os.path.exists(path(file)):
        if not (FORCE or CHECK):
            return
        with open(path(file)) as f:
            old = base64.b64decode("".join(l for l in f.read().split("\n") if not l.startswith("-----")))
        if CHECK and PSS_SHA256 in der and old[:len(der) - 256] == der[:-256]:
            return  # a PSS signature is random
    write(file, pem("CERTIFICATE", der))


def read(file):
    with open(path(file), "rb") as f:
        return f.read()


def user(label, who, cn, uri, **more):
    save(label, certificate(label, who=who, cn=cn, names=[(URI, uri)], **more))


ROOT = "sip-smime test CA"
ALICE = "sip:alice@example.com"


def good():
    for who, cn in (("ca", ROOT), ("ca-rsa", "sip-smime test RSA CA"), ("ca-ed25519", "sip-smime test Ed25519 CA"),
                    ("other-ca", ROOT)):
        save(who, certificate(who, who=who, cn=cn, issuer=(cn, who), ca=(None,)))
    save("sub-ca", certificate("sub-ca", who="sub-ca", cn="sip-smime test sub CA", ca=(0,)))
    for who in ("alice", "alice-p384", "alice-rsa2048", "alice-rsa3072", "alice-ed25519"):
        user(who, who, "Alice", ALICE)
    for who in ("bob", "bob-rsa2048", "bob-p384", "bob-x25519"):
        user(who, who, "Bob", "sip:bob@example.org")
    user("carol-x25519", "carol-x25519", "Carol", "sip:carol@example.com")
    user("carol", "carol", "Carol", "sip:carol@example.com", issuer=("sip-smime test sub CA", "sub-ca"))
    user("dave", "dave", "Dave", "sip:dave@example.com", issuer=("sip-smime test RSA CA", "ca-rsa"))
    user("dave-pss", "dave", "Dave", "sip:dave@example.com", issuer=("sip-smime test RSA CA", "ca-rsa"), how="pss")
    user("erin", "erin", "Erin", "sip:erin@example.com", issuer=("sip-smime test Ed25519 CA", "ca-ed25519"))
    # One person with two certificates: one to sign with, one to encrypt to.
    user("erin-sign", "erin-sign", "Erin", "sip:erin@example.com", usage=["sign"])
    user("erin-encrypt", "erin-encrypt", "Erin", "sip:erin@example.com", usage=["agree"])
    write("erin-dual.pem", read("erin-sign.pem") + read("erin-encrypt.pem"))
    write("carol-chain.pem", read("carol.pem") + read("sub-ca.pem"))


# --- key file forms ----------------------------------------------------------------------------------------------

def openssl(*arguments):
    return subprocess.run(("openssl",) + arguments, check=True, capture_output=True, cwd=HERE).stdout


def once(file, data):
    """Forms with random salt cannot be made twice the same: an existing file is kept."""
    if not os.path.exists(path(file)):
        write(file, data())


def key_forms():
    one = serialization.Encoding
    two = serialization.PrivateFormat
    plain = serialization.NoEncryption()
    alice, alice_rsa = key("alice"), key("alice-rsa2048")
    write("alice.pkcs8.der", alice.private_bytes(one.DER, two.PKCS8, plain))
    write("alice.sec1.der", alice.private_bytes(one.DER, two.TraditionalOpenSSL, plain))
    write("alice.sec1.key", alice.private_bytes(one.PEM, two.TraditionalOpenSSL, plain))
    write("alice-rsa2048.pkcs1.der", alice_rsa.private_bytes(one.DER, two.TraditionalOpenSSL, plain))
    write("alice-rsa2048.pkcs1.key", alice_rsa.private_bytes(one.PEM, two.TraditionalOpenSSL, plain))
    for who in ("alice", "alice-rsa2048"):
        once(who + ".enc.key", lambda: openssl("pkcs8", "-topk8", "-in", who + ".key", "-v2", "aes-256-cbc", "-v2prf",
                                               "hmacWithSHA256", "-passout", "pass:password"))
    once("alice.enc-scrypt.key", lambda: openssl("pkcs8", "-topk8", "-in", "alice.key", "-scrypt", "-passout",
                                                 "pass:password"))
    once("alice-rsa2048.legacy.key", lambda: openssl("rsa", "-in", "alice-rsa2048.key", "-aes256", "-traditional",
                                                     "-passout", "pass:password"))
    write("alice-openssl-params.key", pem("EC PARAMETERS", oid("1.2.840.10045.3.1.7")).encode() + read("alice.sec1.key"))
    body = "".join(l for l in read("alice.pem").decode().split("\n") if not l.startswith("-----"))
    write("alice.der", base64.b64decode(body))
    write("alice.combined.pem", b"Bag Attributes\n    friendlyName: alice\nsubject=O = test, CN = Alice\n\nissuer=O = test, CN = "
          b"sip-smime test CA\n\n" + read("alice.pem") + b"Bag Attributes\n    friendlyName: alice\nKey Attributes: "
          b"<No Attributes>\n" + read("alice.key"))


# --- shared secrets ----------------------------------------------------------------------------------------------

def shared_secrets():
    def fixed(label, size):
        return hashlib.sha256(b"key-encryption key " + label).digest()[:size]

    for size in (16, 24, 32):
        write("kek/%d.bin" % (size * 8), fixed(b"%d" % size, size))
    write("kek/128.hex", fixed(b"16", 16).hex() + "\n")
    write("kek/other.bin", fixed(b"other", 16))
    write("kek/15.bin", fixed(b"15", 15))
    write("kek/password", "correct horse\n")
    write("kek/other-password", "battery staple\n")


# --- bad certificates --------------------------------------------------------------------------------------------

ROWS = []


def row(file, layer, rfc, reason, *, claim=ALICE, extra="-", anchor="../ca.pem", key="../alice.key", code=None):
    """One line of expected.tsv. The layer says which check has to refuse; ok = none."""
    exits = {"ok": "0", "trust": "1", "identity": "1", "key-usage": "4"}
    ROWS.append((file, key, extra, anchor, claim, layer, code or exits[layer], reason, rfc))


def bad(label, layer, rfc, reason, *, claim=ALICE, extra="-", anchor="../ca.pem", key_file="../alice.key", code=None, **change):
    arguments = dict(who="alice", cn="Alice", names=[(URI, ALICE)])
    arguments.update(change)
    save("bad/" + label, certificate("bad/" + label, **arguments))
    row(label + ".pem", layer, rfc, reason, claim=claim, extra=extra, anchor=anchor, key=key_file, code=code)


def under(label, layer, rfc, reason, authority, **leaf):
    """A bad CA below ca, as NAME-ca.pem, and a good leaf below it, as NAME.pem."""
    cn = "sip-smime test " + label
    arguments = dict(who="bad/wrong-ca", cn=cn, ca=(None,))
    arguments.update(authority)
    save("bad/%s-ca" % label, certificate("bad/%s-ca" % label, **arguments))
    bad(label, layer, rfc, reason, extra=label + "-ca.pem", issuer=(cn, "bad/wrong-ca"), **leaf)


def constraint(kind, tag, value):
    return (extension("2.5.29.30", seq(tlv(0xA0 if kind == "permitted" else 0xA1, seq(tlv(tag, value.encode())))), True),)


def bad_certificates():
    mallory = dict(who="bad/mallory", cn="Mallory", key_file="mallory.key")

    # Good ones first: the table has to say yes, too.
    for who in ("alice", "alice-p384", "alice-rsa2048", "alice-rsa3072", "alice-ed25519"):
        row("../%s.pem" % who, "ok", "5280 6.1", "a good certificate", key="../%s.key" % who)
    for who in ("bob", "bob-rsa2048"):
        row("../%s.pem" % who, "ok", "5280 6.1", "a good certificate", key="../%s.key" % who, claim="sip:bob@example.org")
    row("../carol.pem", "ok", "5280 6.1", "a good certificate below an intermediate CA", key="../carol.key",
        claim="sip:carol@example.com", extra="../sub-ca.pem")
    row("../dave.pem", "ok", "8550 4.3", "signed with RSA", key="../dave.key", claim="sip:dave@example.com",
        anchor="../ca-rsa.pem")
    row("../dave-pss.pem", "ok", "8550 4.3", "signed with RSASSA-PSS", key="../dave.key", claim="sip:dave@example.com",
        anchor="../ca-rsa.pem")
    row("../erin.pem", "ok", "8550 4.3", "signed with Ed25519", key="../erin.key", claim="sip:erin@example.com",
        anchor="../ca-ed25519.pem")
    row("../alice.pem", "trust", "5280 6.1.3 (a)(1)", "the anchor has the name of the issuer but another key",
        anchor="../other-ca.pem")
    row("../alice.pem", "identity", "8591 4.4.1", "a good certificate of somebody else", claim="sip:bob@example.org")

    # Time.
    bad("expired", "trust", "5280 6.1.3 (a)(2)", "ended on 2025-06-01", not_after="20250601000000Z")
    bad("not-yet-valid", "trust", "5280 6.1.3 (a)(2)", "begins on 2044-01-01", not_before="20440101000000Z")
    bad("validity-reversed", "trust", "5280 4.1.2.5", "notBefore is after notAfter", not_before="20450101000000Z",
        not_after="20250101000000Z")
    bad("generalized-time-2051", "ok", "5280 4.1.2.5", "notAfter in 2051 is a GeneralizedTime, as it must be",
        not_after="20510101000000Z")

    # Names.
    bad("no-san", "identity", "8591 4.4.1", "no subjectAltName", names=None)
    bad("wrong-san", "identity", "8591 4.4.1", "the name is sip:mallory@example.com", names=[(URI, "sip:mallory@example.com")])
    bad("email-only", "identity", "3261 23.1", "only an e-mail name; good only where e-mail names are allowed",
        names=[(MAIL, "alice@example.com")])
    bad("cn-only", "identity", "8591 4.4.1", "the address is only in the common name", names=None, cn="alice@example.com")
    bad("two-sans", "ok", "8591 4.4.1", "two URIs, the second one is the one",
        names=[(URI, "mailto:alice@example.com"), (URI, ALICE)])
    bad("user-case", "identity", "3261 19.1.4", "the user part is case-sensitive", names=[(URI, "sip:Alice@example.com")])
    bad("host-case", "ok", "3261 19.1.4", "the host part is not case-sensitive", names=[(URI, "sip:alice@EXAMPLE.COM")])
    bad("scheme-case", "ok", "3261 19.1.4", "the scheme is not case-sensitive", names=[(URI, "SIP:alice@example.com")])
    bad("percent-san", "ok", "3261 19.1.4", "%61 is the letter a", names=[(URI, "sip:%61lice@example.com")])
    bad("port-san", "identity", "3261 19.1.4", "a port is not the same as no port", names=[(URI, ALICE + ":5060")])
    bad("sips-san", "identity", "3261 19.1.4", "sip and sips are never equal", names=[(URI, "sips:alice@example.com")])
    row("sips-san.pem", "ok", "3261 19.1.4", "a sips name for a sips claim", claim="sips:alice@example.com")
    bad("tel-san", "identity", "8591 4.4.1", "a tel name for a sip claim", names=[(URI, "tel:+12015550123")])
    row("tel-san.pem", "ok", "3966 4", "a tel name for the same tel claim", claim="tel:+12015550123")
    bad("im-san", "identity", "6216 2.3", "an im name for a sip claim", names=[(URI, "im:alice@example.com")])
    row("im-san.pem", "ok", "3860 3", "an im name for the same im claim", claim="im:alice@example.com")
    bad("pres-san", "identity", "6216 2.3", "a pres name for a sip claim", names=[(URI, "pres:alice@example.com")])
    row("pres-san.pem", "ok", "3859 3", "a pres name for the same pres claim", claim="pres:alice@example.com")
    bad("domain-san", "identity", "5922 7.1", "a domain name is not the name of its users", names=[(URI, "sip:example.com")])
    bad("dns-san", "identity", "8591 4.4.1", "a DNS name for a user", names=[(DNS, "example.com")])
    bad("empty-san-uri", "identity", "8591 4.4.1", "an empty URI", names=[(URI, "")])
    bad("nul-in-san", "identity", "5280 4.2.1.6", "a NUL follows the right name; readers of C strings stop there",
        names=[(URI, ALICE + "\0.evil.example")])
    bad("trailing-dot-in-san", "identity", "3261 25.1", "a dot at the end of the host; whether the two are equal is policy, we say no",
        names=[(URI, ALICE + ".")])
    bad("blank-first-in-san", "identity", "3261 25.1", "a blank before the scheme", names=[(URI, " " + ALICE)])
    bad("blank-last-in-san", "identity", "3261 25.1", "a blank after the host", names=[(URI, ALICE + " ")])
    bad("nbsp-in-san", "identity", "5280 4.2.1.6", "U+00A0 in UTF-8 after the host; IA5String holds ASCII only",
        names=[(URI, ALICE.encode() + b"\xc2\xa0")])
    bad("lrm-in-san", "identity", "5280 4.2.1.6", "U+200E in UTF-8 before the host", names=[(URI, "sip:alice@\u200eexample.com")])
    bad("cyrillic-in-san", "identity", "5280 4.2.1.6", "the first letter of the user is U+0430 in UTF-8",
        names=[(URI, "sip:\u0430lice@example.com")])

    # Key usage and extended key usage.
    bad("no-digital-signature", "key-usage", "8550 4.4.2", "key usage is keyEncipherment only", who="alice-rsa2048",
        usage=["encipher"], key_file="../alice-rsa2048.key")
    bad("key-agreement-only", "key-usage", "8550 4.4.2", "key usage is keyAgreement only", usage=["agree"])
    bad("non-repudiation-only", "ok", "8550 4.4.2", "nonRepudiation alone is enough to sign", usage=["repudiation"])
    bad("key-usage-absent", "ok", "8550 4.4.2", "no key usage means that nothing is forbidden", usage=None)
    bad("eku-email", "ok", "8550 4.4.4", "emailProtection", eku=["email"])
    bad("eku-any", "ok", "8550 4.4.4", "anyExtendedKeyUsage; openssl does not take it for S/MIME", eku=["any"])
    bad("eku-email-and-sipdomain", "ok", "8550 4.4.4", "emailProtection and sipDomain", eku=["email", "sip"])
    bad("eku-tls-only", "trust", "8550 4.4.4", "serverAuth only", eku=["tls"])
    bad("eku-sipdomain-only", "trust", "8550 4.4.4", "sipDomain is for domains, not for users; good for the purpose sip",
        eku=["sip"])
    bad("eku-empty", "trust", "5280 4.2.1.12", "extended key usage without a value; at least one is needed", eku=[])
    under("intermediate-eku-tls", "trust", "8550 4.4.4", "the CA above is for serverAuth only", dict(eku=["tls"]))

    # Extensions and encoding.
    bad("unknown-critical-extension", "trust", "5280 4.2", "a critical extension that nobody knows",
        more=(extension("1.3.6.1.4.1.32473.1", tlv(5), True),))
    bad("unknown-extension", "ok", "5280 4.2", "the same extension, not critical",
        more=(extension("1.3.6.1.4.1.32473.1", tlv(5)),))
    bad("duplicate-extension", "trust", "5280 4.2", "subjectAltName twice: mallory, then alice",
        names=[(URI, "sip:mallory@example.com")], more=(san((URI, ALICE)),))
    bad("ski-absent", "ok", "5280 4.2.1.2", "no subjectKeyIdentifier", ski=None)
    bad("aki-absent", "ok", "5280 4.2.1.1", "no authorityKeyIdentifier", aki=None)
    bad("serial-zero", "ok", "5280 4.1.2.2", "serial number 0; users of certificates should handle it", serial=0)
    bad("serial-negative", "trust", "5280 4.1.2.2", "serial number -5; openssl takes it; refusing it is policy", serial=-5)
    bad("serial-25-octets", "trust", "5280 4.1.2.2", "more than 20 octets; openssl takes it; refusing it is policy",
        serial=int.from_bytes(bytes([0x11] * 25), "big"))
    bad("inner-outer-algorithm-differ", "trust", "5280 4.1.1.2", "the outer algorithm is ecdsa-with-SHA384",
        outer=seq(oid(ECDSA_SHA384)))
    bad("explicit-ec-parameters", "trust", "5480 2.1.1", "the curve is P-256 but written out", public=explicit_p256("alice"))

    # Strength.
    bad("sha1-signed", "trust", "8550 4.3", "signed with ECDSA and SHA-1; good only where legacy algorithms are allowed",
        how="sha1")
    bad("rsa1024", "trust", "8551 2.2", "an RSA key of 1024 bits; good only where legacy algorithms are allowed",
        who="bad/rsa1024", key_file="rsa1024.key")
    bad("p521", "ok", "5753 1", "a P-521 key; support is optional, a tool without it says so", who="bad/p521",
        key_file="p521.key")

    # Paths.
    bad("unknown-ca", "trust", "5280 6.1", "issued by another CA of the same name", issuer=(ROOT, "other-ca"))
    bad("unknown-ca-forged-aki", "trust", "5280 6.1.3 (a)(1)",
        "issued by another CA of the same name; the authority key identifier is the one of our CA",
        issuer=(ROOT, "other-ca"), aki=key_id("ca"))
    bad("self-alice", "trust", "8550 2.3", "self-signed", issuer=("Alice", "alice"))
    row("self-alice.pem", "ok", "8550 2.3", "self-signed, and itself the anchor", anchor="self-alice.pem")
    write("bad/sub-ca-missing.pem", read("carol.pem"))
    row("sub-ca-missing.pem", "trust", "5280 6.1", "the intermediate CA is not given", claim="sip:carol@example.com",
        key="../carol.key")
    under("ca-without-basic-constraints", "trust", "5280 6.1.4 (k)", "the CA above has no basicConstraints",
          dict(ca=None, usage=["certsign", "crlsign"]))
    under("ca-without-keycertsign", "trust", "5280 6.1.4 (n)", "the CA above may only sign CRLs", dict(usage=["crlsign"]))
    under("v1-ca", "trust", "5280 6.1.4 (k)", "the CA above is a version 1 certificate", dict(version=1))
    under("expired-ca", "trust", "5280 6.1.3 (a)(2)", "the CA above ended on 2025-06-01", dict(not_after="20250601000000Z"))
    save("bad/pathlen-exceeded-ca", certificate(
        "bad/pathlen-exceeded-ca", who="bad/wrong-ca", cn="sip-smime test sub sub CA",
        issuer=("sip-smime test sub CA", "sub-ca"), ca=(None,)))
    bad("pathlen-exceeded", "trust", "5280 6.1.4 (l)", "a CA below a CA with path length 0",
        extra="../sub-ca.pem,pathlen-exceeded-ca.pem", issuer=("sip-smime test sub sub CA", "bad/wrong-ca"))
    bad("leaf-as-ca", "trust", "5280 6.1.4 (k)", "issued by the certificate of Alice, which is no CA", extra="../alice.pem",
        issuer=("Alice", "alice"), names=[(URI, "sip:mallory@example.com")], claim="sip:mallory@example.com", **mallory)
    under("name-constraint-uri", "trust", "5280 4.2.1.10",
          "the CA above permits URIs below .example.com; a sip URI has no host in the sense of this rule",
          dict(more=constraint("permitted", URI, ".example.com")))
    under("name-constraint-uri-excluded", "trust", "5280 4.2.1.10",
          "the CA above excludes URIs below .example.org; the rule cannot be applied to a sip URI",
          dict(more=constraint("excluded", URI, ".example.org")))
    under("name-constraint-dns", "ok", "5280 4.2.1.10", "the CA above permits DNS names below example.org; the leaf has none",
          dict(more=constraint("permitted", DNS, "example.org")))
    under("name-constraint-email-excluded", "trust", "5280 4.2.1.10",
          "the CA above excludes e-mail names at example.com; the leaf has one beside its sip URI",
          dict(more=constraint("excluded", MAIL, "example.com")), names=[(URI, ALICE), (MAIL, "alice@example.com")])

    # Certificates that look like another one.
    alice_serial = int.from_bytes(hashlib.sha256(b"alice").digest()[:8], "big") >> 1 | 1 << 62
    bad("same-issuer-and-serial", "trust", "5280 6.1.3 (a)(1)",
        "issuer name and serial number of alice.pem, from another CA, with another key", issuer=(ROOT, "other-ca"),
        serial=alice_serial, who="bad/mallory", key_file="mallory.key")
    bad("same-ski", "identity", "5652 5.3", "the subjectKeyIdentifier of alice.pem on another key, from our CA",
        ski=key_id("alice"), names=[(URI, "sip:mallory@example.com")], **mallory)
    good_one = bytearray(read("alice.der"))
    good_one[-1] ^= 1
    save("bad/tampered-signature", bytes(good_one))
    row("tampered-signature.pem", "trust", "5280 6.1.3 (a)(1)", "alice.pem with one bit of the signature changed")


# --- recipients --------------------------------------------------------------------------------------------------

RECIPIENTS = []


def recipient(file, code, exit_code, rfc, reason, **change):
    """One line of recipients/expected.tsv: what encrypt says to this certificate; ok = it is good."""
    if change:
        arguments = dict(who="bob", cn="Bob", names=[(URI, "sip:bob@example.org")])
        arguments.update(change)
        save("recipients/" + file[:-4], certificate("recipients/" + file[:-4], **arguments))
    RECIPIENTS.append((file, code, str(exit_code), reason, "RFC " + rfc))


def recipients():
    usage = "5652 6.2.1"
    for who, what in (("bob", "P-256"), ("bob-p384", "P-384"), ("bob-rsa2048", "RSA 2048"), ("alice-rsa3072", "RSA 3072")):
        recipient("../%s.pem" % who, "ok", 0, "5652 6.2", "a good certificate with %s" % what)
    recipient("../bob-x25519.pem", "ok", 0, "8418 2", "a good certificate with X25519 and keyAgreement only")
    recipient("../erin-encrypt.pem", "ok", 0, "5652 6.2.2", "P-256 with keyAgreement only: the one of two that is for encryption")
    recipient("../erin-sign.pem", "encrypt.key-usage", 4, "5652 6.2.2", "the one of two that is for signatures")
    recipient("../bad/key-usage-absent.pem", "ok", 0, "5280 4.2.1.3", "no key usage means that nothing is forbidden")
    recipient("../bad/key-agreement-only.pem", "ok", 0, "5652 6.2.2", "P-256 with keyAgreement only")
    recipient("../bad/no-digital-signature.pem", "ok", 0, usage, "RSA with keyEncipherment only")
    recipient("expired.pem", "encrypt.expired", 4, "5280 4.1.2.5", "ended on 2025-06-01", not_after="20250601000000Z")
    recipient("expired-rsa.pem", "encrypt.expired", 4, "5280 4.1.2.5", "RSA, ended on 2025-06-01", who="bob-rsa2048",
              not_after="20250601000000Z")
    recipient("not-yet-valid.pem", "encrypt.not-yet-valid", 4, "5280 4.1.2.5", "begins on 2044-01-01",
              not_before="20440101000000Z")
    recipient("rsa-sign-only.pem", "encrypt.key-usage", 4, usage, "RSA with digitalSignature only", who="bob-rsa2048",
              usage=["sign"])
    recipient("rsa-agree-only.pem", "encrypt.key-usage", 4, usage, "RSA with keyAgreement only", who="bob-rsa2048",
              usage=["agree"])
    recipient("ec-sign-only.pem", "encrypt.key-usage", 4, "5652 6.2.2", "P-256 with digitalSignature only", usage=["sign"])
    recipient("ec-encipher-only.pem", "encrypt.key-usage", 4, "5652 6.2.2", "P-256 with keyEncipherment only",
              usage=["encipher"])
    recipient("x25519-sign-only.pem", "encrypt.key-usage", 4, "8418 2", "X25519 with digitalSignature only", who="bob-x25519",
              usage=["sign"])
    recipient("rsa1024.pem", "encrypt.weak-key", 1, "8551 2.3", "an RSA key of 1024 bits with keyEncipherment",
              who="bad/rsa1024", usage=["encipher"])
    recipient("ed25519-key-usage-absent.pem", "encrypt.key-kind", 4, "8410 5", "Ed25519 only signs; no key usage says so",
              who="alice-ed25519", usage=None)
    recipient("../alice-ed25519.pem", "encrypt.key-kind", 4, "8410 5", "Ed25519 only signs")
    recipient("../bad/p521.pem", "encrypt.key-kind", 4, "5753 1", "P-521 is not supported")


def openssl_verify(file, extra, anchor):
    arguments = ["openssl", "verify", "-CAfile", anchor, "-no-CApath", "-no-CAstore", "-purpose", "smimesign",
                 "-attime", AT_TIME]
    for one in extra.split(","):
        if one != "-":
            arguments += ["-untrusted", one]
    run = subprocess.run(arguments + [file], capture_output=True, text=True, cwd=path("bad"), errors="replace")
    reason = "-"
    for line in (run.stdout + run.stderr).split("\n"):
        if line.startswith("error ") and reason == "-" and run.returncode:
            reason = line.split(": ", 1)[-1] if ": " in line else line
    if run.returncode and reason == "-":
        reason = "cannot read the certificate"
    return str(run.returncode), reason


def tables():
    lines = ["file\tkey\textra\tanchor\tclaim\topenssl\topenssl_error\tlayer\texit\treason\trfc"]
    text = []
    for file, key_file, extra, anchor, claim, layer, code, reason, rfc in ROWS:
        status, error = openssl_verify(file, extra, anchor)
        lines.append("\t".join((file, key_file, extra, anchor, claim, status, error, layer, code, reason, "RFC " + rfc)))
        says = "" if anchor == "../ca.pem" else "; anchor `%s`" % anchor
        says += "" if claim == ALICE else "; claim `%s`" % claim
        says += "" if extra == "-" else "; with `%s`" % extra.replace(",", "`, `")
        text.append("| `%s` | %s%s | %s | %s | %s | %s |" % (
            file, reason[0].upper() + reason[1:], says, layer, code, status, "RFC " + rfc))
    write("bad/expected.tsv", "\n".join(lines) + "\n")
    write("recipients/expected.tsv", "file\tcode\texit\treason\trfc\n" + "".join("\t".join(r) + "\n" for r in RECIPIENTS))
    list_of_recipients = ["| `%s` | %s | `%s` | %s | %s |" % (f, r[0].upper() + r[1:], c, e, rfc) for f, c, e, r, rfc in RECIPIENTS]
    with open(path("README.in.md")) as f:
        text = f.read().replace("@TABLE@\n", "\n".join(text) + "\n")
        write("README.md", text.replace("@RECIPIENTS@\n", "\n".join(list_of_recipients) + "\n"))


def main():
    for folder in ("bad", "recipients", "kek"):
        os.makedirs(path(folder), exist_ok=True)
    os.umask(0o022)
    for who in KEYS:
        key(who)
    good()
    key_forms()
    shared_secrets()
    bad_certificates()
    recipients()
    tables()
    if DIFFERENT:
        print("would differ: " + " ".join(DIFFERENT))
        sys.exit(1)


main()
