"""Opens the good vectors of decrypt, to check the builders: a reader of BER and the ready-made functions of python
`cryptography`. It shares nothing with enveloped.py, and it refuses nothing that it need not."""

import base64
import os
import re
import zlib

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, padding as block_padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, aead, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AES = "2.16.840.1.101.3.4.1."
HASHES = {"1.3.14.3.2.26": hashes.SHA1(), "2.16.840.1.101.3.4.2.1": hashes.SHA256(), "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
          "2.16.840.1.101.3.4.2.3": hashes.SHA512()}
X963 = {"1.3.133.16.840.63.0.2": hashes.SHA1(), "1.3.132.1.11.0": hashes.SHA224(), "1.3.132.1.11.1": hashes.SHA256(),
        "1.3.132.1.11.2": hashes.SHA384(), "1.3.132.1.11.3": hashes.SHA512(), "1.3.132.1.14.1": hashes.SHA256()}
HKDFS = {"1.2.840.113549.1.9.16.3.19": hashes.SHA256(), "1.2.840.113549.1.9.16.3.20": hashes.SHA384(),
         "1.2.840.113549.1.9.16.3.21": hashes.SHA512()}
PRFS = {"1.2.840.113549.2.7": hashes.SHA1(), "1.2.840.113549.2.9": hashes.SHA256(), "1.2.840.113549.2.11": hashes.SHA512()}
WRAPS = {AES + "5": 16, AES + "25": 24, AES + "45": 32}


class Node:
    """An element of BER."""

    def __init__(self, data, at=0):
        self.tag, size, self.start = data[at], data[at + 1], at + 2
        self.parts, self.value = [], b""
        if size == 0x80:
            place = self.start
            while data[place:place + 2] != b"\0\0":
                self.parts.append(Node(data, place))
                place = self.parts[-1].end
            self.end = place + 2
            return
        if size > 0x80:
            self.start += size & 0x7F
            size = int.from_bytes(data[at + 2:self.start], "big")
        self.end = self.start + size
        assert self.end <= len(data)
        self.value = data[self.start:self.end]
        if self.tag & 0x20:
            place = self.start
            while place < self.end:
                self.parts.append(Node(data, place))
                place = self.parts[-1].end

    def __getitem__(self, number):
        return self.parts[number]

    def octets(self):
        """The value of a string, its pieces joined."""
        return b"".join(part.octets() for part in self.parts) if self.tag & 0x20 else self.value

    def number(self):
        return int.from_bytes(self.value, "big", signed=True)

    def oid(self):
        arcs, arc = [], 0
        for octet in self.value:
            arc = arc << 7 | octet & 0x7F
            if octet < 0x80:
                arcs, arc = arcs + [arc], 0
        return ".".join(map(str, [min(arcs[0] // 40, 2), arcs[0] - 40 * min(arcs[0] // 40, 2)] + arcs[1:]))

    def der(self, tag=None):
        body = b"".join(part.der() for part in self.parts) if self.tag & 0x20 else self.value
        if tag == 0x31:
            body = b"".join(sorted(part.der() for part in self.parts))
        n = len(body)
        size = bytes([n]) if n < 128 else (lambda o: bytes([0x80 | len(o)]) + o)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
        return bytes([tag or self.tag]) + size + body


def file(path):
    with open(os.path.join(ROOT, path), "rb") as data:
        return data.read()


class Keys:
    def __init__(self, args):
        words = [] if args == "default" else args.split()
        options = list(zip(words, words[1:] + [""]))
        value = lambda name: next((v for o, v in options if o == name), None)
        self.part, self.kek = value("--part"), value("--kek")
        self.verify = "--verify" in words
        self.password = None if value("--password") is None else file(value("--password").split(":", 1)[1]).split(b"\n")[0]
        recip, inkey = value("-recip"), value("-inkey")
        if not inkey and not self.kek and self.password is None:
            recip, inkey = "testdata/keys/bob.pem", "testdata/keys/bob.key"
        self.key = serialization.load_pem_private_key(file(inkey), None) if inkey else None
        self.rid = self.ski = None
        if recip:
            cert = x509.load_pem_x509_certificate(file(recip))
            self.rid = (cert.issuer.public_bytes(), cert.serial_number)
            self.ski = next((e.value.digest for e in cert.extensions if e.oid.dotted_string == "2.5.29.14"), None)
        elif inkey:
            self.ski = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest

    def named(self, rid):
        if rid.tag == 0x30:
            return self.rid is None or (rid[0].der(), rid[1].number()) == self.rid
        return (rid.octets() if rid.tag == 0x80 else rid[0].octets()) == self.ski


def content_key(infos, keys):
    """The content-encryption key, from the first recipient that is ours. By subject key identifier first if there is no
    certificate."""
    for info in infos.parts:
        if info.tag == 0x30 and isinstance(keys.key, rsa.RSAPrivateKey) and info[0].number() in (0, 2) and keys.named(info[1]):
            if keys.rid is None and len([i for i in infos.parts if i.tag == 0x30]) > 1 and info[1].tag == 0x30:
                continue
            return transported(info, keys.key)
        if info.tag == 0xA1 and not isinstance(keys.key, (rsa.RSAPrivateKey, type(None))) and info[0].number() == 3:
            for entry in info[len(info.parts) - 1].parts:
                if keys.named(entry[0]):
                    return agreed(info, entry[1].octets(), keys.key)
        if info.tag == 0xA2 and keys.kek and info[0].number() == 4:
            name, path = keys.kek.rsplit(":", 1)
            octets = file(path)
            if name.endswith(":hex"):
                name, octets = name[:-4], bytes.fromhex(octets.decode())
            name = bytes.fromhex(name[2:]) if name.startswith("0x") else name.encode()
            if info[1][0].octets() == name:
                return aes_key_unwrap(octets, info[3].octets())
        if info.tag == 0xA3 and keys.password is not None and info[0].number() == 0:
            found = from_password(info, keys.password)
            if found:
                return found
    raise ValueError("no recipient")


def transported(info, key):
    named = info[2][0].oid()
    if named.endswith(".1.1"):
        return key.decrypt(info[3].octets(), padding.PKCS1v15())
    digest = mgf = hashes.SHA1()
    for part in info[2][1].parts:
        if part.tag == 0xA0:
            digest = HASHES[part[0][0].oid()]
        if part.tag == 0xA1:
            mgf = HASHES[part[0][1][0].oid()]
    return key.decrypt(info[3].octets(), padding.OAEP(padding.MGF1(mgf), digest, None))


def agreed(info, wrapped, key):
    if info[1][0].tag == 0xA1:
        point = info[1][0][1].octets()[1:]
    else:  # a certificate: the only one in the vectors is Alice's
        point = static_point()
    if isinstance(key, x25519.X25519PrivateKey):
        z = key.exchange(x25519.X25519PublicKey.from_public_bytes(point[-32:]))
    else:
        z = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point))
    ukm = info[2][0].octets() if info[2].tag == 0xA1 else None
    algorithm = info[len(info.parts) - 2]
    size = WRAPS[algorithm[1][0].oid()]
    parts = algorithm[1].der()
    for tag, octets in ((0xA0, ukm), (0xA2, (8 * size).to_bytes(4, "big"))):
        if octets is not None:
            parts += bytes([tag, len(octets) + 2, 4, len(octets)]) + octets
    shared = bytes([0x30, len(parts)]) + parts
    named = algorithm[0].oid()
    kdf = HKDF(HKDFS[named], size, ukm, shared) if named in HKDFS else X963KDF(X963[named], size, shared)
    return aes_key_unwrap(kdf.derive(z), wrapped)


def static_point():
    with open(os.path.join(ROOT, "testdata", "keys", "alice.pem"), "rb") as file:
        public = x509.load_pem_x509_certificate(file.read()).public_key()
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def block_cipher(algorithm, key):
    named, iv = algorithm[0].oid(), algorithm[1].octets()
    return Cipher(TripleDES(key) if named.endswith("549.3.7") else algorithms.AES(key), modes.CBC(iv)), len(iv)


def from_password(info, password):
    parameters = info[1][1]
    rest = [part for part in parameters.parts[2:]]
    prf = next((PRFS[part[0].oid()] for part in rest if part.tag == 0x30), hashes.SHA1())
    inner = info[2][1]
    size = {AES + "2": 16, AES + "22": 24, AES + "42": 32}.get(inner[0].oid(), 24)
    kek = PBKDF2HMAC(prf, size, parameters[0].octets(), parameters[1].number()).derive(password)
    octets = info[3].octets()
    cipher, step = block_cipher(inner, kek)

    def decrypted(iv, data):
        return Cipher(cipher.algorithm, modes.CBC(iv)).decryptor().update(data)

    # RFC 3211 section 2.3.2: the last block of the first pass is found from the last two of the second.
    last = decrypted(octets[-2 * step:-step], octets[-step:])
    plain = decrypted(inner[1].octets(), decrypted(last, octets[:-step]) + last)
    key = plain[4:4 + plain[0]]
    return key if len(key) >= 3 and bytes(a ^ 0xFF for a in key[:3]) == plain[1:4] else None


def decrypt_object(der, keys):
    """The plaintext of an object that is encrypted."""
    top = Node(der)
    auth = top[0].oid().endswith(".16.1.23")
    parts = [part for part in top[1][0].parts]
    parts = [parts[0]] + parts[1 + (parts[1].tag == 0xA0):]
    cek, encrypted = content_key(parts[1], keys), parts[2]
    named, body = encrypted[1][0].oid(), encrypted[2].octets()
    if not auth:
        cipher, step = block_cipher(encrypted[1], cek)
        unpadder = block_padding.PKCS7(8 * step).unpadder()
        return unpadder.update(cipher.decryptor().update(body)) + unpadder.finalize()
    attributes = parts[3].der(0x31) if parts[3].tag == 0xA1 else b""
    tag = parts[4 if attributes else 3].octets()
    if named.endswith(".3.18"):
        return aead.ChaCha20Poly1305(cek).decrypt(encrypted[1][1].octets(), body + tag, attributes)
    decryptor = Cipher(algorithms.AES(cek), modes.GCM(encrypted[1][1][0].octets(), tag, min_tag_length=12)).decryptor()
    decryptor.authenticate_additional_data(attributes)
    return decryptor.update(body) + decryptor.finalize()


def entity_of(message):
    """The entity of a SIP message: its Content-* fields and body. A MIME entity is one already."""
    head, body = message.split(b"\r\n\r\n", 1)
    start, _, rest = head.partition(b"\r\n")
    if b"SIP/2.0" not in start:
        return message, None
    long = {b"c": b"Content-Type", b"e": b"Content-Encoding", b"l": b"Content-Length"}
    lines = []
    for line in re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", rest + b"\r\n"):
        name, value = line.split(b":", 1)
        name = long.get(name.strip().lower(), name.strip())
        if name.lower().startswith(b"content-") and name.lower() != b"content-length":
            lines.append(name + b":" + value)
    return b"".join(lines) + b"\r\n" + body, message


def split(entity):
    if entity.startswith(b"\r\n"):
        return b"", entity[2:]
    head, body = entity.split(b"\r\n\r\n", 1)
    return head, body


def parts_of(head, body):
    boundary = re.search(rb'boundary="?([^";\r\n]+)', head).group(1)
    return [piece[2:-2] for piece in body.split(b"--" + boundary)[1:-1]]


def step(entity, keys, opened):
    """The entity without its outermost protection, or None if there is none that is to be taken off."""
    if entity[:1] == b"\x30" and keys.verify:
        return Node(entity)[1][0][2][1][0].octets(), opened
    head, body = split(entity)
    lower = head.lower()
    if b"multipart/signed" in lower and keys.verify:
        return parts_of(head, body)[0], opened
    if b"pkcs7-mime" not in lower:
        return None, opened
    if b"encoding: base64" in lower:
        body = base64.b64decode(body)
    top = Node(body)
    kind = top[0].oid()
    if kind.endswith(".1.9"):
        inner = top[1][0][2][1][0].octets()
        return zlib.decompress(inner), opened
    if kind.endswith(".7.2"):
        return (top[1][0][2][1][0].octets(), opened) if keys.verify else (None, opened)
    if opened and not keys.verify:
        return None, opened
    return decrypt_object(body, keys), True


def opened(octets, args):
    """What decrypt has to give for an input."""
    from build import splice
    keys = Keys(args)
    if octets[:1] == b"\x30":
        return decrypt_object(octets, keys)
    if octets.startswith(b"-----BEGIN"):
        return decrypt_object(base64.b64decode(b"".join(octets.split(b"\n")[1:-2])), keys)
    entity, message = entity_of(octets)
    for number in (keys.part or "").split("."):
        if number:
            entity = parts_of(*split(entity))[int(number) - 1]
    found = False
    while True:
        inner, found = step(entity, keys, found)
        if inner is None:
            break
        entity = inner
    if message is None:
        return entity
    head, body = split(entity)
    fields = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", head + b"\r\n" if head else b"")
    return splice(message, b"".join(f for f in fields if f.lower().startswith(b"content-")) + b"\r\n" + body)
