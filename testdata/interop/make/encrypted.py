#!/usr/bin/env python3
"""Makes the encrypted objects of testdata/interop with the peers of tests/support/peers. See ../README.md.

    encrypted.py            make what is missing, keep the rest, write encrypted.tsv and SHA256SUMS
    encrypted.py --force    make all again
    encrypted.py --check    change nothing; let the peers open each object again and compare the tables
"""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
from common import CHECK, CONTENTS, ENV, FORCE, INTEROP, PEERS, TESTDATA, TMP, certificate, end, key, path, read, run, tables, write  # noqa: E402

# A key that both sides know: octets 00 01 02 ... The identifier is "kek1".
KEKS = {"kek-%d" % (8 * size): bytes(range(size)).hex() for size in (16, 24, 32)}
KEK_ID = "6b656b31"
SHORT = {"p256": "bob", "p384": "alice-p384", "rsa2048": "bob-rsa2048", "x25519": "bob-x25519"}
ROWS, WANTED, SKIPPED = [], [], []

NOTES = {
    "stream": "BER", "keyid": "recipient named by subject key identifier", "ukm": "user keying material",
    "attributes": "authenticated attributes", "unprotected": "an unprotected attribute", "cofactor": "cofactor ECDH",
    "oaep": "RSAES-OAEP, SHA-256", "oaep-sha1": "RSAES-OAEP, SHA-1", "icv-12": "tag of 12 octets, ICVlen absent",
    "icv-14": "tag of 14 octets",
}


def recipient(name):
    if name in KEKS:
        return "kek:%s:%s" % (KEK_ID, KEKS[name])
    return "password:password" if name == "password" else "cert:" + certificate(name)


def identity(name):
    return recipient(name) if name in KEKS or name == "password" else "key:%s:%s" % (key(name), certificate(name))


def missing(names):
    return [n for n in names if n not in KEKS and n != "password" and not os.path.exists(certificate(n))]


def one(peer, name, who, algo, content="content.mime", notes=None):
    """A bare object by a peer script. `who` is a list with commas; `kek` is the key as long as the cipher's."""
    bits = next((word for word in ("128", "192", "256") if word in algo.split("+")[0]), "192" if "des" in algo else "256")
    names = ["kek-" + bits if w == "kek" else SHORT.get(w, w) for w in who.split(",")]
    file = "encrypted/%s/%s.der" % (peer, name)
    if missing(names):
        SKIPPED.append(file)
        return
    words = algo.split("+")
    says = [NOTES[w] for w in words if w in NOTES] + (["several recipients"] if len(names) > 1 else [])
    expect = "legacy" if words[0].startswith("des") else "cbc" if words[0].endswith("-cbc") else "good"
    call = [content, path(file), algo] + [recipient(n) for n in names]
    if (FORCE or not os.path.exists(path(file))) and not CHECK:
        WANTED.append((peer, call))
    ROWS.append([file, peer, content, ",".join(n if n in KEKS or n == "password" else "keys/%s.pem" % n for n in names), algo,
                 "-", notes or ", ".join(says) or "-", expect])


def name(who, algo):
    return "-".join([who.replace(",", "-")] + algo.split("+"))


def openssl_objects():
    p = "openssl"
    for cipher in ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "des-ede3-cbc"):
        for who in ("p256", "rsa2048", "kek"):
            one(p, name(who, cipher), who, cipher + ("+kdf-sha256" if who == "p256" else ""))
        if cipher.endswith("cbc"):
            one(p, name("password", cipher), "password", cipher)
    for cipher in ("aes-128-gcm", "aes-128-cbc"):
        for word in ("kdf-sha1", "kdf-sha256+keyid", "kdf-sha256+stream"):
            one(p, name("p256", cipher + "+" + word), "p256", cipher + "+" + word)
        for word in ("keyid", "stream", "oaep", "oaep-sha1"):
            one(p, name("rsa2048", cipher + "+" + word), "rsa2048", cipher + "+" + word)
    for kdf in ("sha224", "sha384", "sha512"):
        one(p, name("p256", "aes-128-gcm+kdf-" + kdf), "p256", "aes-128-gcm+kdf-" + kdf)
    for kdf in ("sha256", "sha384"):
        one(p, name("p384", "aes-256-gcm+kdf-" + kdf), "p384", "aes-256-gcm+kdf-" + kdf)
    one(p, "p256-aes-128-gcm-cofactor", "p256", "aes-128-gcm+kdf-sha256+cofactor")
    one(p, "kek-aes-128-gcm-stream", "kek", "aes-128-gcm+stream")
    one(p, "password-aes-128-cbc-stream", "password", "aes-128-cbc+stream")
    one(p, "two-rsa-aes-128-gcm", "alice-rsa2048,bob-rsa2048", "aes-128-gcm")
    one(p, "three-ec-aes-128-gcm", "alice-p384,alice,bob", "aes-128-gcm+kdf-sha256")
    one(p, "mixed-aes-128-cbc", "rsa2048,p256,kek,password", "aes-128-cbc+kdf-sha256")
    one(p, "mixed-aes-128-gcm", "rsa2048,p256,kek", "aes-128-gcm+kdf-sha256+oaep")
    one(p, "mixed-aes-256-gcm-stream", "rsa2048,p256,kek", "aes-256-gcm+kdf-sha256+stream")
    for short in ("binary", "multipart"):
        one(p, short + "-aes-128-gcm", "p256", "aes-128-gcm+kdf-sha256", "content-%s.mime" % short)
        one(p, short + "-aes-128-cbc", "rsa2048", "aes-128-cbc", "content-%s.mime" % short)


def bouncycastle_objects():
    p = "bouncycastle"
    for cipher in ("aes-128-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm"):
        for who in ("p256", "rsa2048", "kek", "password"):
            one(p, name(who, cipher), who, cipher)
    for cipher in ("aes-192-cbc", "aes-192-gcm"):
        one(p, name("p256", cipher), "p256", cipher)
    for who in ("p256", "password"):
        one(p, name(who, "des-ede3-cbc"), who, "des-ede3-cbc")
    one(p, "p384-aes-256-gcm-kdf-sha384", "p384", "aes-256-gcm+kdf-sha384")
    for kdf in ("sha1", "sha224", "sha384", "sha512"):
        one(p, name("p256", "aes-128-gcm+kdf-" + kdf), "p256", "aes-128-gcm+kdf-" + kdf)
    for word in ("oaep", "oaep-sha1", "keyid", "stream", "attributes"):
        one(p, name("rsa2048", "aes-128-gcm+" + word), "rsa2048", "aes-128-gcm+" + word)
    for word in ("keyid", "stream", "ukm", "ukm+stream", "attributes", "attributes+stream", "unprotected", "attributes+unprotected",
                 "cofactor"):
        one(p, name("p256", "aes-128-gcm+" + word), "p256", "aes-128-gcm+" + word)
    for word in ("stream", "ukm", "unprotected", "unprotected+stream"):
        one(p, name("p256", "aes-128-cbc+" + word), "p256", "aes-128-cbc+" + word)
    for who in ("kek", "password"):
        one(p, name(who, "aes-128-gcm+attributes"), who, "aes-128-gcm+attributes")
        one(p, name(who, "aes-128-cbc+stream"), who, "aes-128-cbc+stream")
    everyone = "rsa2048,p256,kek,password"
    one(p, "mixed-aes-128-gcm-attributes", everyone, "aes-128-gcm+attributes")
    one(p, "mixed-aes-256-cbc-stream", everyone, "aes-256-cbc+stream+oaep")
    one(p, "binary-aes-128-gcm", "p256", "aes-128-gcm", "content-binary.mime")
    one(p, "multipart-aes-128-cbc-stream", "p256", "aes-128-cbc+stream", "content-multipart.mime")


def other_objects():
    for cipher in ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"):
        one("gpgsm", name("rsa2048", cipher), "rsa2048", cipher)
    for cipher in ("aes-128-cbc", "aes-256-cbc"):
        one("pyca", name("rsa2048", cipher), "rsa2048", cipher)
    one("cmsutil", "rsa2048-aes-128-cbc", "rsa2048", "aes-128-cbc")
    for p in ("gpgsm", "pyca", "cmsutil"):
        one(p, "two-rsa-aes-128-cbc", "alice-rsa2048,bob-rsa2048", "aes-128-cbc")
        one(p, "binary-aes-128-cbc", "rsa2048", "aes-128-cbc", "content-binary.mime")


def python_objects():
    """What no peer can make."""
    p = "python"
    for who in ("p256", "rsa2048", "kek", "password"):
        one(p, name(who, "chacha20-poly1305"), who, "chacha20-poly1305")
    for word in ("ukm", "attributes"):
        one(p, name("p256", "chacha20-poly1305+" + word), "p256", "chacha20-poly1305+" + word)
    one(p, "mixed-chacha20-poly1305", "rsa2048,p256,kek,password", "chacha20-poly1305+oaep")
    for word in ("icv-12", "icv-14"):
        one(p, name("p256", "aes-128-gcm+" + word), "p256", "aes-128-gcm+" + word)
    for cipher in ("aes-128-cbc", "aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"):
        one(p, name("x25519", cipher), "x25519", cipher)
    for word in ("ukm", "keyid", "attributes", "attributes+ukm", "kdf-sha256", "hkdf-sha384", "hkdf-sha512"):
        one(p, name("x25519", "aes-128-gcm+" + word), "x25519", "aes-128-gcm+" + word)
    one(p, "mixed-x25519-aes-128-gcm", "x25519,rsa2048,p256,kek", "aes-128-gcm+oaep+ukm")


def make():
    """Bouncy Castle in one run, the others one by one."""
    calls = os.path.join(TMP.name, "calls")
    batch = [call for peer, call in WANTED if peer == "bouncycastle"]
    for _, call in WANTED:
        os.makedirs(os.path.dirname(call[1]), exist_ok=True)
    if batch:
        with open(calls, "w") as f:
            f.writelines("\t".join(call) + "\n" for call in batch)
        answers = run([os.path.join(PEERS, "bouncycastle.sh"), "encrypt-batch", calls]).decode().splitlines()
        bad = [(call[1], answer) for call, answer in zip(batch, answers) if answer != "ok"]
        if bad or len(answers) != len(batch):
            sys.exit("bouncycastle: %s" % bad)
    for peer, call in WANTED:
        if peer != "bouncycastle":
            run([os.path.join(PEERS, peer + ".sh"), "encrypt"] + call, call[1])


def openssl_messages():
    """Whole S/MIME messages, as openssl writes them: base64, LF in the heads."""
    def message(file, content, who, arguments, words, notes, expect):
        file = "encrypted/openssl/%s.eml" % file
        if (FORCE or not os.path.exists(path(file))) and not CHECK:
            # openssl smime takes recipients as operands only, and without one it says so and exits with 0.
            recipient = [certificate(SHORT[who])] if arguments[0] == "smime" else \
                ["-recip", certificate(SHORT[who])] + (["-keyopt", "ecdh_kdf_md:sha256"] if who == "p256" else [])
            made = run(["openssl"] + arguments + ["-in", content] + recipient)
            if not made:
                sys.exit("openssl made nothing: %s" % file)
            write(file, made)
        ROWS.append([file, "openssl", content, "keys/%s.pem" % SHORT[who], words, "-", notes, expect])

    smime, cms = ["smime", "-encrypt", "-binary"], ["cms", "-encrypt", "-binary"]
    message("rsa2048-smime", "content.mime", "rsa2048", smime + ["-aes-128-cbc"], "aes-128-cbc",
            "openssl smime: application/x-pkcs7-mime, base64, LF", "cbc")
    message("rsa2048-smime-crlf", "content.mime", "rsa2048", smime + ["-aes-256-cbc", "-crlfeol"], "aes-256-cbc",
            "base64, CR LF, but LF in the base64", "cbc")
    message("rsa2048-smime-des-ede3", "content.mime", "rsa2048", smime + ["-des3"], "des-ede3-cbc", "openssl smime", "legacy")
    message("p256-cms", "content.mime", "p256", cms + ["-aes-128-gcm"], "aes-128-gcm+kdf-sha256",
            "openssl cms: authEnveloped-data, base64, LF", "good")
    message("p256-cms-stream", "content.mime", "p256", cms + ["-aes-128-gcm", "-stream", "-crlfeol"],
            "aes-128-gcm+kdf-sha256+stream", "base64, BER inside", "good")
    # Signed, then encrypted. The content is the signed message, which is kept to compare with.
    for form, options in (("opaque", ["-nodetach"]), ("multipart", [])):
        signed = "encrypted/openssl/signed-%s.mime" % form
        if (FORCE or not os.path.exists(path(signed))) and not CHECK:
            ENV["TZ"] = "UTC"
            write(signed, run(["faketime", "2026-01-01 00:00:00", "openssl", "cms", "-sign", "-binary", "-crlfeol"] + options
                              + ["-in", "content.mime", "-signer", certificate("alice"), "-inkey", key("alice")]))
        message("p256-signed-" + form, signed, "p256", cms + ["-aes-128-gcm", "-crlfeol"], "aes-128-gcm+kdf-sha256",
                "signed by keys/alice.pem, then encrypted", "good")


def compressed_objects():
    """CompressedData of Bouncy Castle (openssl is built without zlib), bare and as an encrypted MIME entity."""
    for short in ("", "-multipart"):
        content = "content%s.mime" % short
        bare = "compressed/bouncycastle/content%s.der" % short
        if (FORCE or not os.path.exists(path(bare))) and not CHECK:
            os.makedirs(os.path.dirname(path(bare)), exist_ok=True)
            run([os.path.join(PEERS, "bouncycastle.sh"), "compress", content, path(bare)])
        ROWS.append([bare, "bouncycastle", content, "-", "compress", "-", "CompressedData, not encrypted", "compressed"])
    entity = "compressed/bouncycastle/content.mime"
    write(entity, b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n"
                  b"Content-Transfer-Encoding: binary\r\n\r\n" + read("compressed/bouncycastle/content.der"))
    file = "encrypted/bouncycastle/p256-aes-128-gcm-compressed.der"
    if (FORCE or not os.path.exists(path(file))) and not CHECK:
        run([os.path.join(PEERS, "bouncycastle.sh"), "encrypt", entity, path(file), "aes-128-gcm", recipient("bob")])
    ROWS.append([file, "bouncycastle", entity, "keys/bob.pem", "aes-128-gcm", "-", "compressed, then encrypted", "compressed"])


def answers(peer, objects):
    """Whether a peer opens each object: `yes`, or its reason. Only one identity is given: the last recipient's."""
    out = os.path.join(TMP.name, "opened")
    calls = []
    for number, r in enumerate(objects):
        who = r[3].split(",")[-1].removeprefix("keys/").removesuffix(".pem")
        calls.append([r[0], out + str(number), identity(who)])
    for call in calls:
        if os.path.exists(call[1]):
            os.remove(call[1])
    said = []
    if peer == "bouncycastle":
        lines = os.path.join(TMP.name, "calls")
        with open(lines, "w") as f:
            f.writelines("\t".join(call) + "\n" for call in calls)
        said = [a.removeprefix("bad: ") for a in
                run([os.path.join(PEERS, "bouncycastle.sh"), "decrypt-batch", lines]).decode().splitlines()]
    else:
        for call in calls:
            done = subprocess.run([os.path.join(PEERS, peer + ".sh"), "decrypt"] + call, capture_output=True, text=True,
                                  env=ENV, cwd=INTEROP)
            said.append("ok" if done.returncode == 0 else reason(done.stderr, peer))
    result = []
    for r, call, answer in zip(objects, calls, said):
        if answer == "ok":
            with open(call[1], "rb") as f:
                answer = "yes" if f.read() == read(r[2]) else "another content"
        else:
            answer = "no: " + answer
        result.append(answer)
    return result


def reason(text, peer):
    errors = [line.split(":") for line in text.split("\n") if ":error:" in line]
    return errors[0][6] if errors else text.strip().split("\n")[-1].removeprefix(peer + ": ")


def judge():
    bare = [r for r in ROWS if r[0].endswith(".der") and r[7] != "compressed"] + [r for r in ROWS if r[6].startswith("compressed,")]
    for r in ROWS:
        if r[0].endswith(".der"):
            r[5] = "BER" if read(r[0])[1] == 0x80 else "DER"
    for peer in ("openssl", "bouncycastle", "python"):
        given = dict(zip((r[0] for r in bare), answers(peer, bare)))
        for r in ROWS:
            r.append(given.get(r[0], "not tried"))
    for r in ROWS:
        if r in bare and "yes" not in r[8:]:
            sys.exit("nobody opens " + r[0])
        if any(answer == "another content" for answer in r[8:]):
            sys.exit("another content in " + r[0])


def main():
    for file, octets in CONTENTS.items():
        write(file, octets)
    for kek, text in KEKS.items():
        write("../keys/%s.hex" % kek, (text + "\n").encode())
    write("../keys/kek-128.bin", bytes.fromhex(KEKS["kek-128"]))
    openssl_objects()
    bouncycastle_objects()
    other_objects()
    python_objects()
    make()
    openssl_messages()
    compressed_objects()
    judge()
    tables("encrypted.tsv", ["file", "peer", "content", "recipients", "algorithm", "encoding", "notes", "expect", "openssl",
                             "bouncycastle", "python"], ROWS)
    if SKIPPED:
        print("no key file for: " + " ".join(SKIPPED))
    end()


main()
