"""The vectors about certificates (threats P1 to P16, I3, I4): one for each row of ../keys/bad/expected.tsv. And the
certificates that only vectors need, made here: they lie in no file."""

import csv
import os

from build import *

DEFAULT_ANCHOR = "../ca.pem"

# The code that a row of expected.tsv with the layer `trust` must give, by the name of its file.
TRUST_CODES = {
    "expired": "trust.expired", "not-yet-valid": "trust.not-yet-valid", "validity-reversed": "trust.not-yet-valid",
    "eku-tls-only": "trust.extended-key-usage", "eku-sipdomain-only": "trust.extended-key-usage",
    "eku-empty": "trust.extended-key-usage", "intermediate-eku-tls": "trust.extended-key-usage",
    "unknown-critical-extension": "trust.critical-extension", "duplicate-extension": "trust.extension",
    "serial-negative": "trust.malformed", "serial-25-octets": "trust.malformed",
    "inner-outer-algorithm-differ": "trust.algorithms", "sha1-signed": "trust.weak-algorithm",
    "unknown-ca": "trust.unknown-issuer", "unknown-ca-forged-aki": "trust.signature", "self-alice": "trust.unknown-issuer",
    "sub-ca-missing": "trust.unknown-issuer", "ca-without-basic-constraints": "trust.not-a-ca",
    "ca-without-keycertsign": "trust.not-a-ca", "v1-ca": "trust.not-a-ca", "expired-ca": "trust.expired",
    "pathlen-exceeded": "trust.path-length", "leaf-as-ca": "trust.not-a-ca",
    "name-constraint-uri": "trust.name-constraints", "name-constraint-uri-excluded": "trust.name-constraints",
    "name-constraint-email-excluded": "trust.name-constraints", "same-issuer-and-serial": "trust.unknown-issuer",
    "tampered-signature": "trust.signature", "alice": "trust.unknown-issuer",
}

# What this program answers otherwise than the table, which speaks of paths alone: the signature of the message is checked
# first, and with such a key it cannot be (or is too weak to count).
OTHERWISE = {"rsa1024": "verify.weak-algorithm", "p521": "algorithm.unsupported",
             "explicit-ec-parameters": "algorithm.unsupported"}

LAYER_ROWS = {"trust": "VFY-14", "identity": "I3 VFY-20", "key-usage": "P3 VFY-12", "ok": "VFY-14"}
FILE_ROWS = (("eku", "P2 VFY-13"), ("intermediate-eku", "P2 VFY-13"), ("name-constraint", "P10"), ("expired", "P5"),
             ("not-yet", "P5"), ("validity", "P5"), ("generalized", "P5"), ("unknown-critical", "P4"), ("duplicate", "P4"),
             ("unknown-extension", "P4"), ("serial", "P16"), ("inner-outer", "P16"), ("explicit", "P13 P15"), ("rsa1024", "P13 C10"),
             ("sha1", "C10"), ("unknown-ca", "P6"), ("self", "P6"), ("sub-ca", "P1"), ("ca-without", "P1"), ("v1-ca", "P1"),
             ("pathlen", "P1"), ("leaf-as", "P1"), ("same-", "C14"), ("tampered", "P6"), ("nul", "I4 P9"), ("blank", "I4 P9"),
             ("nbsp", "I4"), ("lrm", "I4"), ("cyrillic", "I4"), ("percent", "P12"), ("port", "P12"), ("user-case", "P12"),
             ("host-case", "P12"), ("scheme-case", "P12"), ("sips", "P12"), ("trailing-dot", "P9"))


def path_of(name):
    """A name of expected.tsv, relative to ../keys, without its ending."""
    return os.path.normpath(os.path.join("bad", name)).rsplit(".", 1)[0]


def certificate_vector(name, line):
    stem = os.path.basename(line["file"])[:-4]
    who, cert = path_of(line["key"]), path_of(line["file"])
    certs = [cert] + ([path_of(extra) for extra in line["extra"].split(",")] if line["extra"] != "-" else [])
    expect = {"ok": "ok", "identity": "identity.mismatch", "key-usage": "trust.key-usage"}.get(line["layer"])
    expect = OTHERWISE.get(stem) or expect or TRUST_CODES[stem]
    arguments = []
    if line["anchor"] != DEFAULT_ANCHOR:
        arguments = ["-CAfile", "testdata/keys/" + path_of(line["anchor"]) + ".pem"]
    verdicts = {"trust": "integrity=good trust=bad", "identity": "integrity=good trust=good identity=bad",
                "key-usage": "integrity=good trust=bad", "ok": "integrity=good trust=good identity=good"}.get(line["layer"])
    if stem in OTHERWISE:
        verdicts = None
    row = next((rows for prefix, rows in FILE_ROWS if stem.startswith(prefix)), LAYER_ROWS[line["layer"]])
    opaque(name, row, "%s: %s (%s)" % (os.path.basename(line["file"]), line["reason"], line["rfc"]),
           signer(who=who, cert=cert), expect, certs=certs, args=" ".join(arguments) or "default", verdicts=verdicts,
           head=dict(from_="From: <%s>;tag=49597" % line["claim"]), flips=False)


def add():
    with open(os.path.join(KEYS, "bad", "expected.tsv"), newline="") as table:
        lines = list(csv.DictReader(table, delimiter="\t"))
    seen = {}
    for line in lines:
        stem = os.path.basename(line["file"])[:-4].replace("-", "_")
        name = "certificate_" + stem
        if name in seen:
            first = seen[name]
            if line["claim"] != first["claim"]:
                name += "_claim_" + line["claim"].split("@")[0].replace(":", "_").replace("+", "")
            else:
                name += "_anchor_" + os.path.basename(line["anchor"])[:-4].replace("-", "_")
        else:
            seen[name] = line
        certificate_vector(name, line)
    more()


def more():
    one = signer(who="alice", cert="bad/expired")
    opaque("certificate_expired_at_time", "P5 VFY-15", "expired.pem: ended on 2025-06-01, judged before that", one,
           certs=["bad/expired"], args="--at-time 2025-03-01", flips=False, finding="SIGNTIME-OUTSIDE-CERT")
    early = signer(cert="bad/expired", attributes=[content_type(), signing_time("250301120000Z"), message_digest(TEXT)])
    opaque("certificate_expired_signing_time", "P7", "expired.pem: the signing time lies within the validity, and proves nothing",
           early, "trust.expired", certs=["bad/expired"])
    opaque("certificate_root_in_message", "P6", "the root is in the message only", signer(), "trust.unknown-issuer",
           certs=["alice", "ca"], args="-CAfile testdata/keys/ca-rsa.pem")
    opaque("certificate_no_anchor", "P6", "self-alice.pem: it is in the message, and nobody named it", signer(cert="bad/self-alice"),
           "trust.unknown-issuer", certs=["bad/self-alice"])
    opaque("certificate_pinned", "P6 VFY-17", "self-alice.pem: pinned with --trust", signer(cert="bad/self-alice"),
           certs=["bad/self-alice"], args="--trust testdata/keys/bad/self-alice.pem", flips=False)
    opaque("certificate_noverify", "P6", "unknown-ca.pem: trust is not asked for", signer(cert="bad/unknown-ca"),
           certs=["bad/unknown-ca"], args="-noverify", flips=False,
           verdicts="integrity=good trust=not-checked identity=not-proved")
    opaque("certificate_intermediate_given", "P1", "carol.pem: the intermediate authority is given with -certfile",
           signer(who="carol"), certs=["carol"], args="-certfile testdata/keys/sub-ca.pem", flips=False,
           head=dict(from_="From: <sip:carol@example.com>;tag=1"))
    opaque("certificate_email_allowed", "I3", "email-only.pem: --allow-email-san accepts the e-mail name", signer(cert="bad/email-only"),
           certs=["bad/email-only"], args="--allow-email-san", flips=False)
    opaque("certificate_email_other", "I3", "email-only.pem: --allow-email-san, and the sender is Bob", signer(cert="bad/email-only"),
           "identity.mismatch", certs=["bad/email-only"], args="--allow-email-san",
           head=dict(from_="From: <sip:bob@example.com>;tag=1"))
    opaque("certificate_cn_never", "I3", "cn-only.pem: --allow-email-san does not allow the common name", signer(cert="bad/cn-only"),
           "identity.mismatch", certs=["bad/cn-only"], args="--allow-email-san")
    opaque("certificate_sha1_legacy", "C10 VFY-08", "sha1-signed.pem: --allow-legacy accepts SHA-1 in the path",
           signer(cert="bad/sha1-signed"), certs=["bad/sha1-signed"], args="--allow-legacy", flips=False, finding="WEAK-ALG")
    opaque("certificate_purpose_sip", "P2 VFY-13", "eku-sipdomain-only.pem: --purpose sip accepts it",
           signer(cert="bad/eku-sipdomain-only"), certs=["bad/eku-sipdomain-only"], args="--purpose sip", flips=False)
    opaque("certificate_purpose_sip_tls", "P2 VFY-13", "eku-tls-only.pem: --purpose sip does not accept it",
           signer(cert="bad/eku-tls-only"), "trust.extended-key-usage", certs=["bad/eku-tls-only"], args="--purpose sip")
    opaque("certificate_purpose_any", "P2 VFY-13", "eku-tls-only.pem: --purpose any accepts it", signer(cert="bad/eku-tls-only"),
           certs=["bad/eku-tls-only"], args="--purpose any", flips=False)


# --- certificates that only vectors need -------------------------------------------------------------------------

def make(cn, public, issuer_cn, issuer_key, serial, uri=None, key_identifier_=None):
    def name(text):
        return seq(tlv(0x31, seq(oid("2.5.4.10"), tlv(12, b"test"))), tlv(0x31, seq(oid("2.5.4.3"), tlv(12, text.encode()))))

    def extension(number, value, critical=False):
        return seq(oid(number), tlv(1, b"\xff") if critical else b"", octets_(value))

    spki = key(public).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    extensions = [extension("2.5.29.15", tlv(3, b"\x07\x80"), True)]
    if uri:
        extensions.append(extension("2.5.29.17", seq(tlv(0x86, uri.encode()))))
    if key_identifier_:
        extensions.append(extension("2.5.29.14", octets_(key_identifier_)))
    algorithm_ = algorithm(ECDSA["sha256"])
    tbs = seq(tlv(0xA0, integer(2)), integer(serial), algorithm_, name(issuer_cn), seq(utc("250101000000Z"), utc("450101000000Z")),
              name(cn), spki, tlv(0xA3, seq(*extensions)))
    return seq(tbs, algorithm_, tlv(3, b"\0" + sign(key(issuer_key), "sha256", tbs)))


ISSUER = "sip-smime test CA"
ALICE = "sip:alice@example.com"
# Certificates that have nothing to do with anybody: 64 of them.
FILLERS = [make("filler %d" % n, "bad/mallory", "filler", "bad/mallory", 1000 + n) for n in range(64)]
# Fifteen certificates that have Alice's key identifier and another key.
WRONG_KEY_SAME_ID = [make("same %d" % n, "bad/mallory", "filler", "bad/mallory", 2000 + n,
                          key_identifier_=key_identifier(certificate("alice"))) for n in range(15)]
ESCAPES = "\x1b[31m\x1b]0;owned\x07 \u202ecilA\u2066 \u009b2J"
HOSTILE_NAME = make("Alice " + ESCAPES, "alice", ISSUER, "ca", 3001, ALICE)
HOSTILE_NAME_MALLORY = make("Alice " + ESCAPES, "bad/mallory", ISSUER, "ca", 3002, "sip:mallory@example.com")
