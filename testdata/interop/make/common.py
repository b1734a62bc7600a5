"""What the makers of testdata/interop share."""

import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INTEROP = os.path.dirname(HERE)
TESTDATA = os.path.dirname(INTEROP)
PEERS = os.path.join(os.path.dirname(TESTDATA), "tests", "support", "peers")
AT_TIME = "1767225600"
FORCE = "--force" in sys.argv[1:]
CHECK = "--check" in sys.argv[1:]
TMP = tempfile.TemporaryDirectory()
ENV = dict(os.environ, PEER_TIME=AT_TIME, PEER_CACHE=os.environ.get("PEER_CACHE", TMP.name))
DIFFERENT = []


def path(file):
    return os.path.join(INTEROP, file)


def read(file):
    with open(path(file), "rb") as f:
        return f.read()


def write(file, data):
    os.makedirs(os.path.dirname(path(file)), exist_ok=True)
    old = read(file) if os.path.exists(path(file)) else None
    if old == data:
        return
    if CHECK:
        DIFFERENT.append(file)
        return
    with open(path(file), "wb") as f:
        f.write(data)


def certificate(who):
    return os.path.join(TESTDATA, "keys", who + ".pem")


def key(who):
    return os.path.join(TESTDATA, "keys", who + ".key")


def run(arguments, file=None):
    done = subprocess.run(arguments, capture_output=True, env=ENV, cwd=INTEROP)
    if done.returncode:
        sys.exit("%s: %s" % (file or arguments, done.stderr.decode(errors="replace")))
    return done.stdout


# --- contents ----------------------------------------------------------------------------------------------------

CONTENTS = {
    "content.mime": b"Content-Type: text/plain\r\n\r\nHello from a peer.\r\n",
    "content-binary.mime": b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                           + bytes(range(256)),
    "content-multipart.mime": b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n"
                              b"--inner\r\nContent-Type: text/plain\r\n\r\nThe first part.\r\n"
                              b"--inner\r\nContent-Type: text/plain\r\n\r\nThe second part, with an empty line at its end.\r\n\r\n"
                              b"--inner--\r\n",
}


def tables(manifest, head, rows):
    """The manifest of this maker, and the checksums of what all of them made."""
    write(manifest, ("\n".join(["\t".join(head)] + ["\t".join(r) for r in rows]) + "\n").encode())
    files = set(CONTENTS)
    for name in ("manifest.tsv", "encrypted.tsv"):
        if os.path.exists(path(name)):
            for line in read(name).decode().splitlines()[1:]:
                columns = line.split("\t")
                files.add(columns[0])
                if name == "encrypted.tsv":
                    files.add(columns[2])
    files = sorted(files)
    sums = "".join("%s  %s\n" % (hashlib.sha256(read(f)).hexdigest(), f) for f in files)
    write("SHA256SUMS", sums.encode())
    for f in files:
        if len(read(f)) > 10000:
            sys.exit("too large: " + f)


def end():
    if DIFFERENT:
        print("would differ: " + " ".join(DIFFERENT))
        sys.exit(1)
