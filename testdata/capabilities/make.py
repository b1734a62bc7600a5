#!/usr/bin/env python3
"""Makes the signed messages of this folder: peers say in them what they can read. See README.md.

    make.py           write them; the same keys give the same octets
    make.py --check   change nothing; say what would differ, and fail if anything does

The builders are those of ../vectors. Needs python `cryptography`, and the keys of ../keys.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "vectors"))

from build import (CAPABILITIES, KEY_PREFERENCE, UNKNOWN, algorithm, attribute, certificate, integer,  # noqa: E402
                   issuer_and_serial, key_identifier, octets_, seq, signed_data, signer, tlv)

AES = "2.16.840.1.101.3.4.1."
AES_128_CBC, AES_192_CBC, AES_256_CBC = AES + "2", AES + "22", AES + "42"
AES_128_GCM, AES_256_GCM = AES + "6", AES + "46"
CHACHA, DES3, RC2 = "1.2.840.113549.1.9.16.3.18", "1.2.840.113549.3.7", "1.2.840.113549.3.2"
ECDSA, PREFER_BINARY = "1.2.840.10045.4.3.2", "1.2.840.113549.1.9.16.11.1"

BOB, ERIN, PAIR = "bob", "erin-dual", "bob bob-p384"
ROWS = []


def capabilities(*kinds):
    return attribute(CAPABILITIES, seq(*(kind if isinstance(kind, bytes) else algorithm(kind) for kind in kinds)))


def row(name, recipients, answer, reason, *attributes, who="bob", cert=None, unsigned=b""):
    """answer: the cipher, or the code of the error."""
    one = signer(who=who, cert=cert, more=attributes, unsigned=unsigned)
    ROWS.append((name, recipients, answer, reason, signed_data(one, certs=[cert or who])))


row("none", BOB, "encrypt.no-common-cipher", "no capabilities at all")
row("empty", BOB, "encrypt.no-common-cipher", "an empty list", capabilities())
row("aes_128_gcm", BOB, "aes-128-gcm", "one", capabilities(AES_128_GCM))
row("aes_256_gcm_first", BOB, "aes-256-gcm", "the first one counts", capabilities(AES_256_GCM, AES_128_GCM, AES_128_CBC))
row("chacha_first", BOB, "chacha20-poly1305", "the first one counts", capabilities(CHACHA, AES_256_GCM))
row("cbc_first", BOB, "aes-192-cbc", "the first one counts, whatever we like", capabilities(AES_192_CBC, AES_256_GCM))
row("cbc_only", BOB, "aes-256-cbc", "the peer reads nothing better", capabilities(AES_256_CBC))
row("unknown_first", BOB, "aes-128-cbc", "what is no cipher or not known is passed over",
    capabilities(ECDSA, UNKNOWN, algorithm(PREFER_BINARY), AES_128_CBC))
row("parameters_first", BOB, "aes-256-gcm", "parameters of others are passed over",
    capabilities(algorithm(RC2, integer(128)), algorithm(UNKNOWN, seq()), AES_256_GCM))
row("3des_first", BOB, "aes-256-cbc", "3DES is never written (RFC 8551 appendix B)", capabilities(DES3, AES_256_CBC))
row("3des_only", BOB, "encrypt.no-common-cipher", "3DES is never written", capabilities(DES3, algorithm(RC2, integer(40))))
row("unsigned", BOB, "encrypt.no-common-cipher", "an unsigned attribute is nobody's word",
    unsigned=tlv(0xA1, capabilities(AES_128_CBC)))
row("of_alice", BOB, "encrypt.capabilities-signer", "signed by somebody else", capabilities(AES_128_CBC), who="alice")
row("forged", BOB, "verify.signature-invalid", "signed with the key of an attacker in the name of the peer",
    capabilities(AES_128_CBC), who="bad/mallory", cert="bob")
unchecked = signer(who="bob", algorithm_=algorithm(UNKNOWN), signature=b"nobody", more=[capabilities(AES_128_CBC)])
checked = signer(who="bob", more=[capabilities(AES_256_GCM)])
for name, signers in (("unchecked_first", [unchecked, checked]), ("unchecked_last", [checked, unchecked])):
    ROWS.append((name, BOB, "aes-256-gcm", "a SignerInfo whose algorithm nobody knows says nothing",
                 signed_data(signers, certs=["bob"])))

# Which key: two certificates of one person, both of which can receive.
for form, value in (("issuer", lambda der: tlv(0xA0, issuer_and_serial(der)[2:])),
                    ("recipient", lambda der: tlv(0xA1, octets_(key_identifier(der)))),
                    ("subject", lambda der: tlv(0x82, key_identifier(der)))):
    prefers = attribute(KEY_PREFERENCE, value(certificate("bob-p384")))
    row("preference_" + form, PAIR, "aes-128-gcm", "it wants bob-p384, the second of the file",
        capabilities(AES_128_GCM), prefers)
    elsewhere = attribute(KEY_PREFERENCE, value(certificate("carol")))
    row("preference_elsewhere_" + form, PAIR, "encrypt.capabilities-signer", "it wants a certificate that is not at hand",
        capabilities(AES_128_GCM), elsewhere)
row("preference_erin", ERIN, "aes-256-gcm", "the key that signs is not the key that receives",
    capabilities(AES_256_GCM), attribute(KEY_PREFERENCE, tlv(0xA0, issuer_and_serial(certificate("erin-encrypt"))[2:])),
    who="erin-sign")


def files():
    found = {name + ".der": octets for name, _, _, _, octets in ROWS}
    lines = ["file\trecipients\tanswer\treason"] + ["\t".join((n + ".der", r, a, t)) for n, r, a, t, _ in ROWS]
    found["expected.tsv"] = ("\n".join(lines) + "\n").encode()
    return found


def main():
    made = files()
    there = {name for name in os.listdir(HERE) if name.endswith((".der", ".tsv"))}
    if sys.argv[1:] != ["--check"]:
        for name in there - set(made):
            os.remove(os.path.join(HERE, name))
        for name, octets in made.items():
            with open(os.path.join(HERE, name), "wb") as out:
                out.write(octets)
        return 0
    wrong = sorted(there ^ set(made))
    for name in there & set(made):
        with open(os.path.join(HERE, name), "rb") as file:
            if file.read() != made[name]:
                wrong.append(name)
    for name in wrong:
        print("differs: " + name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
