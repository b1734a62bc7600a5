#!/usr/bin/env python3
"""Makes the one-deviation vectors of this folder. See README.md.

    make.py             write every vector; the same keys give the same octets
    make.py --check     change nothing; say what would differ, and fail if anything does
    make.py --openssl   ask openssl for its opinion again, and write openssl.tsv and the vectors
    make.py --product NAME   print the product that a good vector must give

Every vector of decrypt that has a product is also opened, by opener.py, which shares no cryptography with the builders.

Every octet is written by the small DER and MIME builders below. A deviation is made before signing wherever it is one of
structure, so that the signature is right and only the rule in question can refuse the vector. Signatures are deterministic:
ECDSA by RFC 6979, RSASSA-PSS with a fixed salt. Needs python `cryptography`, and the keys of ../keys.
"""

import base64
import csv
import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import certificates  # noqa: E402
import cms_vectors  # noqa: E402
import decrypt_vectors  # noqa: E402
import message_vectors  # noqa: E402
import opener  # noqa: E402
import sealed_vectors  # noqa: E402
from build import VECTORS, KEYS, ROOT, header  # noqa: E402

AT_TIME = "1767225600"  # 2026-01-01T00:00:00Z
OPINIONS = os.path.join(HERE, "openssl.tsv")


def opinions():
    if not os.path.exists(OPINIONS):
        return {}
    with open(OPINIONS, newline="") as table:
        return {row["vector"]: row["exit"] for row in csv.DictReader(table, delimiter="\t")}


def ask_openssl_to_decrypt(vector):
    """The exit code of `openssl cms -decrypt` for the CMS object of a vector, with the same keys."""
    words = [] if vector.args == "default" else vector.args.split()
    own = any(word in words for word in ("-inkey", "--kek", "--password"))
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-binary"]
    command += [] if own else ["-recip", os.path.join(KEYS, "bob.pem"), "-inkey", os.path.join(KEYS, "bob.key")]
    while words:
        option = words.pop(0)
        if option in ("-recip", "-inkey"):
            command += [option, os.path.join(ROOT, words.pop(0))]
        elif option == "--kek":
            name, file = words.pop(0).rsplit(":", 1)
            if name.endswith(":hex") or name.startswith("0x"):
                return None
            secret = open(os.path.join(ROOT, file), "rb").read()
            command += ["-secretkey", secret.hex(), "-secretkeyid", name.encode().hex()]
        elif option == "--password":
            secret = open(os.path.join(ROOT, words.pop(0).split(":", 1)[1])).read()
            command += ["-pwri_password", secret.rstrip("\n")]
        elif option not in ("--allow-legacy", "--verify", "--require-aead"):
            return None
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "object"), "wb") as out:
            out.write(vector.peer[1])
        command += ["-in", os.path.join(folder, "object"), "-out", os.path.join(folder, "product")]
        return str(subprocess.run(command, capture_output=True).returncode)


def ask_openssl(vector):
    """The exit code of openssl for the CMS object of a vector; None if it has nothing to judge there."""
    if vector.peer is None:
        return None
    if vector.command == "decrypt":
        return ask_openssl_to_decrypt(vector)
    form, octets, content = vector.peer
    with tempfile.TemporaryDirectory() as folder:
        def file(name, data):
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
            return os.path.join(folder, name)

        command = ["openssl", "cms", "-verify", "-inform", form, "-in", file("object", octets), "-attime", AT_TIME,
                   "-out", os.path.join(folder, "product")]
        if form == "DER":
            command.append("-binary")
        if content is not None:
            command += ["-content", file("content", content)]
        words = [] if vector.args == "default" else vector.args.split()
        anchor = "testdata/keys/ca.pem"
        while words:
            option = words.pop(0)
            if option in ("-noverify", "-nointern"):
                command.append(option)
            elif option == "-certfile":
                command += [option, os.path.join(ROOT, words.pop(0))]
            elif option == "-CAfile":
                anchor = words.pop(0)
            elif option in ("-content", "--identity"):
                words.pop(0)  # the content is given above; openssl knows no SIP identity
            elif (option, words[:1]) == ("--purpose", ["any"]):
                command += ["-purpose", words.pop(0)]
            elif option != "--allow-legacy":
                return None  # openssl has nothing like it
        command += ["-CAfile", os.path.join(ROOT, anchor)]
        return str(subprocess.run(command, capture_output=True).returncode)


def main():
    arguments = sys.argv[1:]
    certificates.add()
    cms_vectors.add()
    message_vectors.add()
    decrypt_vectors.add()
    sealed_vectors.add()
    if arguments[:1] == ["--product"]:
        sys.stdout.buffer.write(next(v for v in VECTORS if v.name == arguments[1]).product)
        return 0
    if arguments == ["--openssl"]:
        with open(OPINIONS, "w") as table:
            table.write("vector\texit\n")
            for vector in sorted(VECTORS, key=lambda v: v.name):
                answer = ask_openssl(vector)
                if answer is not None:
                    table.write("%s\t%s\n" % (vector.name, answer))
    known = opinions()
    wanted = {vector.name + ".vec": header(vector, known.get(vector.name)) + vector.octets for vector in VECTORS}
    if len(wanted) != len(VECTORS):
        names = [vector.name for vector in VECTORS]
        sys.exit("two vectors have one name: %s" % sorted({n for n in names if names.count(n) > 1}))
    wanted.update(cms_vectors.FILES)
    made = {name for name in os.listdir(HERE) if name.endswith((".vec", ".entity"))}
    different = sorted(made - set(wanted))
    for name, data in wanted.items():
        path = os.path.join(HERE, name)
        old = open(path, "rb").read() if os.path.exists(path) else None
        if old != data:
            different.append(name)
            if arguments != ["--check"]:
                with open(path, "wb") as out:
                    out.write(data)
    for vector in VECTORS:
        if vector.command == "decrypt" and vector.expect == "ok":
            assert opener.opened(vector.octets, vector.args) == vector.product, vector.name
    if arguments == ["--check"]:
        for name in different:
            print("differs: %s" % name)
        return 1 if different else 0
    for name in made - set(wanted):
        os.remove(os.path.join(HERE, name))
    print("%d vectors, %d changed" % (len(VECTORS), len(different)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
