#!/usr/bin/env python3
"""Makes the signed objects of testdata/interop with the peers of tests/support/peers. See ../README.md.

    make.py            make what is missing, keep the rest, write manifest.tsv and SHA256SUMS
    make.py --force    make all again
    make.py --check    change nothing; verify each object with openssl again and compare the tables

All objects are signed at 2026-01-01T00:00:00Z (the peers run under faketime).
"""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
from common import (AT_TIME, CHECK, CONTENTS, ENV, FORCE, INTEROP, PEERS, TESTDATA, TMP, certificate, end, key, path, read,  # noqa: E402
                    run, tables, write)

ROWS = []


# --- rows --------------------------------------------------------------------------------------------------------

def row(file, peer, form, content, signers, certs, algorithm, notes, expect, openssl):
    encoding = "-"
    if file.endswith(".der"):
        encoding = "BER" if read(file)[1] == 0x80 else "DER"
    ROWS.append([file, peer, form, content, ",".join("keys/%s.pem" % s for s in signers), certs, algorithm, encoding, notes,
                 expect, openssl])


def openssl_says(file, form, content, signers, certs, anchor="ca"):
    """`yes`, or the reason why openssl cms -verify refuses the object."""
    arguments = ["openssl", "cms", "-verify", "-in", file, "-CAfile", certificate(anchor), "-no-CApath",
                 "-no-CAstore", "-purpose", "smimesign", "-attime", AT_TIME, "-out", os.path.join(TMP.name, "content")]
    if not file.endswith(".eml"):  # with -binary, openssl 3.0 keeps a CR of the boundary in a multipart
        arguments += ["-binary", "-inform", "PEM" if file.endswith(".pem") else "DER"]
        if form == "detached":
            arguments += ["-content", content]
    if certs == "no":
        given = os.path.join(TMP.name, "given.pem")
        with open(given, "w") as f:
            for who in signers:
                f.write(open(certificate(who)).read())
        arguments += ["-certfile", given]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=INTEROP)
    if done.returncode == 0:
        with open(os.path.join(TMP.name, "content"), "rb") as f:
            got = f.read()
        return "yes" if content == "-" or got == read(content) else "yes, with other line ends"
    reasons = [line.split(":") for line in done.stderr.split("\n") if ":error:" in line]
    return "no: " + (reasons[-1][5] if reasons else done.stderr.strip().split("\n")[-1])


def algorithm_name(signers, words):
    names = []
    digest = next((w for w in words if w.startswith("sha")), "sha256")
    for who in signers:
        if who.endswith("ed25519"):
            names.append("ed25519")
        elif "rsa" in who:
            names.append(("rsa-pss-" if "pss" in words else "rsa-") + digest)
        else:
            names.append("ecdsa-%s-%s" % ("p384" if "384" in who else "p256", digest))
    return ",".join(dict.fromkeys(names))


def one(peer, name, who, algo, form="opaque", content="content.mime", notes=None, counter=None):
    """A bare CMS object by a peer script."""
    signers = who.split(",")
    keys = signers + ([counter] if counter else [])
    words = algo.split("+")
    file = "%s/%s.der" % (peer, name)
    if (FORCE or not os.path.exists(path(file))) and not CHECK:
        out = os.path.join(TMP.name, "out")
        run([os.path.join(PEERS, peer + ".sh"), "sign", ",".join(key(k) for k in keys), ",".join(certificate(k) for k in keys),
             content, out, form, algo], file)
        with open(out, "rb") as f:
            write(file, f.read())
    certs = "no" if "nocerts" in words else "yes"
    legacy = "noattr" in words or "sha1" in words
    says = openssl_says(file, form, content, signers, certs)
    row(file, peer, form, content, signers, certs, algorithm_name(signers, words), notes or NOTES.get(algo_note(words), "-"),
        "legacy" if legacy else "good", says)


NOTES = {
    "noattr": "no signed attributes", "sha1": "SHA-1", "keyid": "signer named by subject key identifier",
    "stream": "BER, indefinite lengths", "nocerts": "no certificate inside", "pss": "RSASSA-PSS",
    "noprotect": "without CMSAlgorithmProtection", "chain": "with the certificate of the intermediate CA",
    "nocaps": "no S/MIME capabilities",
}


def algo_note(words):
    for word in ("noattr", "sha1", "keyid", "stream", "nocerts", "pss", "noprotect", "chain", "nocaps"):
        if word in words:
            return word
    return ""


SHORT = {"p256": "alice", "p384": "alice-p384", "rsa2048": "alice-rsa2048", "ed25519": "alice-ed25519"}
DIGEST = {"p256": "sha256", "p384": "sha384", "rsa2048": "sha256", "ed25519": "sha512"}


def both(peer, short, extra="", name=None):
    """Opaque and detached."""
    for form in ("opaque", "detached"):
        algo = DIGEST[short] if extra.startswith("sha") else DIGEST[short] + ("+" + extra if extra else "")
        if extra.startswith("sha"):
            algo = extra
        suffix = name or extra.replace("+", "-")
        one(peer, "-".join(x for x in (short, form, suffix) if x), SHORT[short], algo, form)


def openssl_objects():
    p = "openssl"
    for short in ("p256", "p384", "rsa2048"):
        both(p, short)
        both(p, short, "nocerts")
    both(p, "rsa2048", "pss")
    both(p, "p256", "keyid")
    both(p, "rsa2048", "keyid+nocerts")
    both(p, "p256", "noattr")
    both(p, "rsa2048", "noattr")
    for digest in ("sha384", "sha512", "sha1"):
        both(p, "p256", digest)
        both(p, "rsa2048", digest)
    one(p, "p256-opaque-stream", "alice", "sha256+stream")
    one(p, "rsa2048-opaque-stream", "alice-rsa2048", "sha256+stream")
    for form in ("opaque", "detached"):
        one(p, "two-signers-" + form, "alice,bob", "sha256", form, notes="two signers")
        one(p, "two-keys-" + form, "alice,alice-rsa2048", "sha256", form, notes="one person signs with two keys")
        one(p, "binary-" + form, "alice", "sha256", form, "content-binary.mime", "content with all 256 octets")
        one(p, "multipart-" + form, "alice", "sha256", form, "content-multipart.mime", "multipart content")
    chain("openssl")
    for form in ("opaque", "detached"):
        file = "openssl/p256-%s.pem" % form
        der = "openssl/p256-%s.der" % form
        if FORCE or not os.path.exists(path(file)):
            write(file, run(["openssl", "cms", "-cmsout", "-inform", "DER", "-in", der, "-outform", "PEM"]))
        row(file, p, form, "content.mime", ["alice"], "yes", "ecdsa-p256-sha256", "the DER file as PEM", "good",
            openssl_says(file, form, "content.mime", ["alice"], "yes"))


def chain(peer):
    """Carol, below an intermediate CA that is inside."""
    file = peer + "/chain-opaque.der"
    if (FORCE or not os.path.exists(path(file))) and not CHECK:
        out = os.path.join(TMP.name, "out")
        run([os.path.join(PEERS, peer + ".sh"), "sign", key("carol"), certificate("carol-chain"), "content.mime", out,
             "opaque", "sha256+chain"], file)
        with open(out, "rb") as f:
            write(file, f.read())
    row(file, peer, "opaque", "content.mime", ["carol"], "yes", "ecdsa-p256-sha256", NOTES["chain"], "good",
        openssl_says(file, "opaque", "content.mime", ["carol"], "yes"))


def openssl_messages():
    """Whole S/MIME messages, as openssl writes them."""
    clock = ["faketime", "2026-01-01 00:00:00", "openssl", "cms", "-sign"]
    forms = [
        ("smime-multipart", [], "multipart/signed, base64 signature, LF in the heads, CR LF in the signed part"),
        ("smime-multipart-crlf", ["-binary", "-crlfeol"], "multipart/signed, base64 signature, CR LF, but LF in the base64"),
        ("smime-opaque", ["-nodetach"], "application/pkcs7-mime, base64, LF"),
        ("smime-opaque-crlf", ["-nodetach", "-binary", "-crlfeol"], "application/pkcs7-mime, base64, CR LF, but LF in the base64"),
        ("smime-opaque-stream", ["-nodetach", "-binary", "-crlfeol", "-stream"],
         "application/pkcs7-mime, base64, CR LF, but LF in the base64, BER inside"),
    ]
    for who, short in (("alice", "p256"), ("alice-rsa2048", "rsa2048")):
        for name, options, notes in forms:
            file = "openssl/%s-%s.eml" % (short, name)
            if (FORCE or not os.path.exists(path(file))) and not CHECK:
                ENV["TZ"] = "UTC"
                write(file, run(clock + options + ["-in", "content.mime", "-signer", certificate(who), "-inkey", key(who)]))
            row(file, "openssl", "smime", "content.mime", [who], "yes", algorithm_name([who], ["sha256"]), notes, "good",
                openssl_says(file, "smime", "content.mime", [who], "yes"))


def sip_messages():
    """SIP MESSAGE requests written by hand around the openssl objects."""
    opaque, detached, content = read("openssl/p256-opaque.der"), read("openssl/p256-detached.der"), read("content.mime")
    binary_type = (b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
                   b"Content-Transfer-Encoding: binary\r\nContent-Disposition: attachment; filename=smime.p7m\r\n")
    multipart_type = (b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; "
                      b"boundary=outer\r\n")
    multipart = (b"--outer\r\n" + content + b"\r\n--outer\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
                 b"Content-Transfer-Encoding: binary\r\n"
                 b"Content-Disposition: attachment; filename=smime.p7s; handling=required\r\n\r\n" + detached
                 + b"\r\n--outer--\r\n")
    for name, fields, body, base in (("opaque", binary_type, opaque, "p256-opaque.der"),
                                     ("multipart", multipart_type, multipart, "p256-detached.der")):
        file = "sip/p256-%s.sip" % name
        head = (b"MESSAGE sip:bob@example.org SIP/2.0\r\n"
                b"Via: SIP/2.0/TCP client.example.com;branch=z9hG4bKpeer1\r\nMax-Forwards: 70\r\n"
                b"From: Alice <sip:alice@example.com>;tag=1928301774\r\nTo: <sip:bob@example.org>\r\n"
                b"Call-ID: peer-" + name.encode() + b"@client.example.com\r\nCSeq: 1 MESSAGE\r\n"
                b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n" + fields
                + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n")
        write(file, head + body)
        row(file, "openssl", "sip", "content.mime", ["alice"], "yes", "ecdsa-p256-sha256",
            "SIP MESSAGE written by hand around openssl/" + base, "good", "not tried")


def bouncycastle_objects():
    p = "bouncycastle"
    for short in ("p256", "p384", "rsa2048", "ed25519"):
        both(p, short)
        both(p, short, "nocerts")
    both(p, "rsa2048", "pss")
    both(p, "p256", "keyid")
    both(p, "ed25519", "keyid+nocerts")
    for short in ("p256", "rsa2048", "ed25519"):
        both(p, short, "noattr")
        both(p, short, "stream")
    for digest in ("sha384", "sha512", "sha1"):
        both(p, "p256", digest)
        both(p, "rsa2048", digest)
    both(p, "p256", "noprotect")
    for form in ("opaque", "detached"):
        one(p, "two-signers-" + form, "alice,bob", "sha256", form, notes="two signers")
        one(p, "two-keys-" + form, "alice-ed25519,alice-rsa2048", "sha512", form, notes="one person signs with two keys")
        one(p, "binary-" + form, "alice", "sha256", form, "content-binary.mime", "content with all 256 octets")
    one(p, "p256-opaque-counter", "alice", "sha256+counter", counter="bob",
        notes="countersignature by keys/bob.pem in the unsigned attributes")
    chain(p)


def pyca_objects():
    p = "pyca"
    for short in ("p256", "p384", "rsa2048"):
        both(p, short)
    both(p, "rsa2048", "pss")
    for extra in ("noattr", "nocerts", "nocaps"):
        both(p, "p256", extra)
        both(p, "rsa2048", extra)
    for form in ("opaque", "detached"):
        one(p, "two-signers-" + form, "alice,bob", "sha256", form, notes="two signers")
        one(p, "binary-" + form, "alice", "sha256", form, "content-binary.mime", "content with all 256 octets")
    for who, short in (("alice", "p256"), ("alice-rsa2048", "rsa2048")):
        for form in ("opaque", "detached"):
            # pyca writes multipart/signed in both cases. "Opaque" puts the content into the SignedData as well.
            file = "pyca/%s-smime-multipart%s.eml" % (short, "" if form == "detached" else "-econtent")
            if (FORCE or not os.path.exists(path(file))) and not CHECK:
                out = os.path.join(TMP.name, "out")
                run([os.path.join(PEERS, "pyca.sh"), "sign", key(who), certificate(who), "content.mime", out, form,
                     "sha256+smime"], file)
                with open(out, "rb") as f:
                    write(file, f.read())
            notes = "multipart/signed, base64 signature, application/x-pkcs7-signature, CR LF"
            if form == "opaque":
                notes += "; the SignedData holds the content, too, so there are two contents"
            row(file, p, "smime", "content.mime", [who], "yes", algorithm_name([who], ["sha256"]), notes,
                "good" if form == "detached" else "refuse", openssl_says(file, "smime", "content.mime", [who], "yes"))


def gpgsm_objects():
    both("gpgsm", "rsa2048")
    both("gpgsm", "rsa2048", "nocerts")
    both("gpgsm", "rsa2048", "sha512")
    for form in ("opaque", "detached"):
        one("gpgsm", "binary-" + form, "alice-rsa2048", "sha256", form, "content-binary.mime", "content with all 256 octets")


def cmsutil_objects():
    for short in ("p256", "p384", "rsa2048"):
        both("cmsutil", short)
    both("cmsutil", "rsa2048", "sha1")
    both("cmsutil", "p256", "sha512")
    for form in ("opaque", "detached"):
        one("cmsutil", "binary-" + form, "alice", "sha256", form, "content-binary.mime", "content with all 256 octets")


def certtool_objects():
    for short in ("p256", "p384", "rsa2048", "ed25519"):
        both("certtool", short)
    both("certtool", "p256", "nocerts")
    both("certtool", "ed25519", "nocerts")
    both("certtool", "rsa2048", "sha512")
    both("certtool", "p256", "noattr")
    both("certtool", "ed25519", "noattr")
    for form in ("opaque", "detached"):
        one("certtool", "binary-" + form, "alice", "sha256", form, "content-binary.mime", "content with all 256 octets")


def bouncycastle_says():
    """Adds the answer of Bouncy Castle to each row with a bare object: `yes`, or its reason."""
    calls = os.path.join(TMP.name, "calls")
    bare = [r for r in ROWS if r[0].endswith(".der")]
    with open(calls, "w") as f:
        for number, r in enumerate(bare):
            extra = "-"
            if r[5] == "no":
                extra = os.path.join(TMP.name, "extra%d.pem" % number)
                with open(extra, "w") as into:
                    for one in r[4].split(","):
                        into.write(open(os.path.join(TESTDATA, one)).read())
            f.write("\t".join((r[0], "-" if r[2] == "opaque" else r[3], certificate("ca"), extra,
                               os.path.join(TMP.name, "content"))) + "\n")
    answers = run([os.path.join(PEERS, "bouncycastle.sh"), "verify-batch", calls]).decode().split("\n")
    for r in ROWS:
        r.append("not tried")
    for r, answer in zip(bare, answers):
        r[-1] = "yes" if answer == "ok" else "no: " + answer.removeprefix("bad: ")


def main():
    for file, octets in CONTENTS.items():
        write(file, octets)
    openssl_objects()
    openssl_messages()
    sip_messages()
    bouncycastle_objects()
    pyca_objects()
    gpgsm_objects()
    cmsutil_objects()
    certtool_objects()
    bouncycastle_says()
    tables("manifest.tsv", ["file", "peer", "form", "content", "signer", "certs", "algorithm", "encoding", "notes", "expect",
                            "openssl", "bouncycastle"], ROWS)
    end()


main()
