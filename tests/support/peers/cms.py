"""EnvelopedData and AuthEnvelopedData, written from the RFCs, for python.sh:

    cms.py encrypt CONTENT OUT ALGO RECIPIENT...
    cms.py decrypt OBJECT OUT IDENTITY...

RFC 5652, 5083, 5084, 8103, 5753, 8418, 4055, 3394, 3211. The structure is made and read here; only the primitives come from
python `cryptography`. Reading is strict: versions, parameters and sizes must be as the RFCs say.
"""

import os
import sys

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap, padding as blocks, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF


class Refused(Exception):
    pass


def cannot(why):
    print("cannot: %s" % why, file=sys.stderr)
    sys.exit(3)


def check(holds, what):
    if not holds:
        raise Refused(what)


# --- DER ---------------------------------------------------------------------------------------------------------

SEQUENCE, SET, OCTETS = 0x30, 0x31, 0x04


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    head = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(head)]) + head + body


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in [40 * first + second] + rest:
        group = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            group.insert(0, 0x80 | arc & 0x7F)
        body += bytes(group)
    return tlv(0x06, body)


def algorithm(dotted, *parameters):
    return tlv(SEQUENCE, oid(dotted), *parameters)


NULL = tlv(0x05)


class Node:
    """One element, DER or BER. `der` is its DER form, with the order of a SET OF as it was."""

    def __init__(self, data, at=0):
        check(at + 2 <= len(data), "element cut short")
        self.tag = data[at]
        size = data[at + 1]
        body = at + 2
        self.parts = []
        if size == 0x80:
            while data[body:body + 2] != b"\0\0":
                self.parts.append(Node(data, body))
                body = self.parts[-1].end
            self.end = body + 2
        else:
            if size & 0x80:
                body += size & 0x7F
                size = int.from_bytes(data[at + 2:body], "big")
            self.end = body + size
            check(self.end <= len(data), "element cut short")
            if self.tag & 0x20:
                while body < self.end:
                    self.parts.append(Node(data, body))
                    body = self.parts[-1].end
                check(body == self.end, "element longer than its container")
            else:
                self.body = data[body:self.end]
        if self.tag & 0x20:
            self.body = b"".join(part.der for part in self.parts)
        if self.tag == 0x24:
            self.tag, self.body = OCTETS, self.octets()
        self.der = tlv(self.tag, self.body)

    def octets(self):
        """The octets of a string, also of one in parts, and also under an implicit tag."""
        return b"".join(part.octets() for part in self.parts) if self.parts else self.body

    def number(self):
        return int.from_bytes(self.body, "big", signed=True)

    def dotted(self):
        check(self.tag == 0x06, "an object identifier was expected")
        arcs, value = [], 0
        for octet in self.body:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(value)
                value = 0
        return ".".join(map(str, [min(arcs[0] // 40, 2), arcs[0] - 40 * min(arcs[0] // 40, 2)] + arcs[1:]))


def whole(data):
    node = Node(data)
    check(node.end == len(data), "octets after the object")
    return node


def named(node):
    """OID and parameters of an AlgorithmIdentifier."""
    check(node.tag == SEQUENCE and 1 <= len(node.parts) <= 2, "an algorithm was expected")
    return node.parts[0].dotted(), node.parts[1] if len(node.parts) == 2 else None


# --- names -------------------------------------------------------------------------------------------------------

DATA, ENVELOPED, AUTH_ENVELOPED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.3", "1.2.840.113549.1.9.16.1.23"
AES = "2.16.840.1.101.3.4.1."
CIPHERS = {"aes-128-cbc": (AES + "2", 16), "aes-192-cbc": (AES + "22", 24), "aes-256-cbc": (AES + "42", 32),
           "aes-128-gcm": (AES + "6", 16), "aes-192-gcm": (AES + "26", 24), "aes-256-gcm": (AES + "46", 32),
           "chacha20-poly1305": ("1.2.840.113549.1.9.16.3.18", 32)}
CIPHER_NAMES = {dotted: (name, size) for name, (dotted, size) in CIPHERS.items()}
WRAPS = {16: AES + "5", 24: AES + "25", 32: AES + "45"}
DIGESTS = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
           "sha512": hashes.SHA512}
DIGEST_OIDS = {"sha1": "1.3.14.3.2.26", "sha224": "2.16.840.1.101.3.4.2.4", "sha256": "2.16.840.1.101.3.4.2.1",
               "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
AGREEMENTS = {"kdf-sha1": "1.3.133.16.840.63.0.2", "kdf-sha224": "1.3.132.1.11.0", "kdf-sha256": "1.3.132.1.11.1",
              "kdf-sha384": "1.3.132.1.11.2", "kdf-sha512": "1.3.132.1.11.3",
              "hkdf-sha256": "1.2.840.113549.1.9.16.3.19", "hkdf-sha384": "1.2.840.113549.1.9.16.3.20",
              "hkdf-sha512": "1.2.840.113549.1.9.16.3.21"}
# Read only. With the cofactor 1 of our curves it is the same secret.
COFACTOR_AGREEMENTS = {"kdf-sha1": "1.3.133.16.840.63.0.3", "kdf-sha224": "1.3.132.1.14.0", "kdf-sha256": "1.3.132.1.14.1",
                       "kdf-sha384": "1.3.132.1.14.2", "kdf-sha512": "1.3.132.1.14.3"}
RSA, OAEP, MGF1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.7", "1.2.840.113549.1.1.8"
EC_KEY, X25519_KEY = "1.2.840.10045.2.1", "1.3.101.110"
PWRI_KEK, PBKDF2 = "1.2.840.113549.1.9.16.3.9", "1.2.840.113549.1.5.12"
PRFS = {"1.2.840.113549.2.7": "sha1", "1.2.840.113549.2.8": "sha224", "1.2.840.113549.2.9": "sha256",
        "1.2.840.113549.2.10": "sha384", "1.2.840.113549.2.11": "sha512"}
CONTENT_TYPE, FRIENDLY_NAME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.20"


def by_value(table, value):
    return next((name for name, one in table.items() if one == value), None)


# --- keys --------------------------------------------------------------------------------------------------------

def read(file):
    with open(file, "rb") as f:
        return f.read()


def identifiers(cert_file):
    """The certificate, its IssuerAndSerialNumber and its key identifier."""
    certificate = x509.load_pem_x509_certificate(read(cert_file))
    both = tlv(SEQUENCE, certificate.issuer.public_bytes(), integer(certificate.serial_number))
    try:
        key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        key = None
    return certificate, both, key


def derive(agreement, secret, wrap, size, material):
    """The key encryption key of RFC 5753 and RFC 8418."""
    parts = [algorithm(wrap)]
    if material is not None:
        parts.append(tlv(0xA0, tlv(OCTETS, material)))
    parts.append(tlv(0xA2, tlv(OCTETS, (8 * size).to_bytes(4, "big"))))
    shared = tlv(SEQUENCE, *parts)
    name, _, digest = agreement.partition("-")
    digest = DIGESTS[digest]()
    if name == "hkdf":
        return HKDF(digest, size, material, shared).derive(secret)
    return X963KDF(digest, size, shared).derive(secret)


def oaep(digest):
    return padding.OAEP(padding.MGF1(DIGESTS[digest]()), DIGESTS[digest](), None)


def cbc(key, iv):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def run(context, data):
    return context.update(data) + context.finalize()


def password_wrap(kek, iv, key):
    """RFC 3211 2.3.1."""
    block = bytes([len(key)]) + bytes(octet ^ 0xFF for octet in key[:3]) + key
    block += os.urandom(max(32 - len(block), -len(block) % 16))
    once = run(cbc(kek, iv).encryptor(), block)
    return run(cbc(kek, once[-16:]).encryptor(), once)


def password_unwrap(kek, iv, wrapped):
    """RFC 3211 2.3.2."""
    check(len(wrapped) >= 32 and len(wrapped) % 16 == 0, "size of the wrapped key")
    last = run(cbc(kek, wrapped[-32:-16]).decryptor(), wrapped[-16:])
    block = run(cbc(kek, iv).decryptor(), run(cbc(kek, last).decryptor(), wrapped))
    key = block[4:4 + block[0]]
    check(len(key) == block[0] and bytes(octet ^ 0xFF for octet in key[:3]) == block[1:4], "wrong password")
    return key


# --- encrypt -----------------------------------------------------------------------------------------------------

def recipient_info(recipient, words, key, cipher):
    """The version and the RecipientInfo."""
    kind, _, rest = recipient.partition(":")
    if kind == "kek":
        name, secret = (bytes.fromhex(text) for text in rest.split(":"))
        wrapped = keywrap.aes_key_wrap(secret, key)
        return 4, tlv(0xA2, integer(4), tlv(SEQUENCE, tlv(OCTETS, name)), algorithm(WRAPS[len(secret)]), tlv(OCTETS, wrapped))
    if kind == "password":
        salt, iv, rounds = os.urandom(16), os.urandom(16), 2048
        kek = PBKDF2HMAC(hashes.SHA256(), len(key), salt, rounds).derive(rest.encode())
        derivation = tlv(0xA0, oid(PBKDF2), tlv(SEQUENCE, tlv(OCTETS, salt), integer(rounds), integer(len(key)),
                                                algorithm(by_value(PRFS, "sha256"), NULL)))
        inner = algorithm(CIPHERS["aes-%d-cbc" % (8 * len(key))][0], tlv(OCTETS, iv))
        return 0, tlv(0xA3, integer(0), derivation, algorithm(PWRI_KEK, inner), tlv(OCTETS, password_wrap(kek, iv, key)))
    if kind != "cert":
        cannot(kind)
    certificate, both, key_id = identifiers(rest)
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        rid = tlv(0x80, key_id) if "keyid" in words else both
        version = 2 if "keyid" in words else 0
        digest = "sha256" if "oaep" in words else "sha1" if "oaep-sha1" in words else None
        if digest is None:
            name, wrapped = algorithm(RSA, NULL), public.encrypt(key, padding.PKCS1v15())
        else:
            parameters = []
            if digest != "sha1":
                hashed = algorithm(DIGEST_OIDS[digest], NULL)
                parameters = [tlv(0xA0, hashed), tlv(0xA1, algorithm(MGF1, hashed))]
            name, wrapped = algorithm(OAEP, tlv(SEQUENCE, *parameters)), public.encrypt(key, oaep(digest))
        return version, tlv(SEQUENCE, integer(version), rid, name, tlv(OCTETS, wrapped))
    given = next((word for word in words if word in AGREEMENTS), None)
    if isinstance(public, x25519.X25519PublicKey):
        agreement = given or "hkdf-sha256"
        mine = x25519.X25519PrivateKey.generate()
        secret = mine.exchange(public)
        origin, point = algorithm(X25519_KEY), mine.public_key().public_bytes_raw()
    elif isinstance(public, ec.EllipticCurvePublicKey):
        agreement = given or "kdf-sha256"
        mine = ec.generate_private_key(public.curve)
        secret = mine.exchange(ec.ECDH(), public)
        origin = algorithm(EC_KEY)
        point = mine.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    else:
        cannot("this kind of key")
    material = os.urandom(32) if "ukm" in words else None
    kek = derive(agreement, secret, WRAPS[len(key)], len(key), material)
    rid = tlv(0xA0, tlv(OCTETS, key_id)) if "keyid" in words else both
    return 3, tlv(0xA1, integer(3), tlv(0xA0, tlv(0xA1, origin, tlv(0x03, b"\0", point))),
                  tlv(0xA1, tlv(OCTETS, material)) if material is not None else b"",
                  algorithm(AGREEMENTS[agreement], algorithm(WRAPS[len(key)])),
                  tlv(SEQUENCE, tlv(SEQUENCE, rid, tlv(OCTETS, keywrap.aes_key_wrap(kek, key)))))


def set_of(tag, parts):
    return tlv(tag, *sorted(parts))


def encrypt(content, out, algo, *recipients):
    words = algo.split("+")
    cipher = words.pop(0)
    if cipher not in CIPHERS:
        cannot(cipher)
    tag_size = 16
    for word in words:
        if word.startswith("icv-") and cipher.endswith("-gcm"):
            tag_size = int(word[4:])
        elif word not in AGREEMENTS and word not in ("oaep", "oaep-sha1", "keyid", "ukm", "attributes", "unprotected"):
            cannot(word)
    dotted, size = CIPHERS[cipher]
    key = os.urandom(size)
    infos = [recipient_info(recipient, words, key, cipher) for recipient in recipients]
    friendly = tlv(SEQUENCE, oid(FRIENDLY_NAME), tlv(SET, tlv(0x1E, "a peer".encode("utf-16-be"))))
    unprotected = friendly if "unprotected" in words else None
    data = read(content)
    if cipher.endswith("-cbc"):
        if "attributes" in words:
            cannot("authenticated attributes with CBC")
        iv = os.urandom(16)
        sealed = run(cbc(key, iv).encryptor(), run(blocks.PKCS7(128).padder(), data))
        versions = [version for version, _ in infos]
        pwri = any(info[0] == 0xA3 for _, info in infos)
        version = 3 if pwri else 0 if unprotected is None and not any(versions) else 2
        made = tlv(SEQUENCE, integer(version), set_of(SET, [info for _, info in infos]),
                   tlv(SEQUENCE, oid(DATA), algorithm(dotted, tlv(OCTETS, iv)), tlv(0x80, sealed)),
                   tlv(0xA1, unprotected) if unprotected else b"")
        made = tlv(SEQUENCE, oid(ENVELOPED), tlv(0xA0, made))
    else:
        nonce = os.urandom(12)
        attributes = []
        if "attributes" in words:
            attributes = [friendly, tlv(SEQUENCE, oid(CONTENT_TYPE), tlv(SET, oid(DATA)))]
        aad = set_of(SET, attributes) if attributes else b""
        if cipher == "chacha20-poly1305":
            if tag_size != 16:
                cannot("a short tag with ChaCha20-Poly1305")
            parameters = tlv(OCTETS, nonce)
            both = ChaCha20Poly1305(key).encrypt(nonce, data, aad)
            sealed, tag = both[:-16], both[-16:]
        else:
            parameters = tlv(SEQUENCE, tlv(OCTETS, nonce), integer(tag_size) if tag_size != 12 else b"")
            encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
            encryptor.authenticate_additional_data(aad)
            sealed, tag = run(encryptor, data), encryptor.tag[:tag_size]
        made = tlv(SEQUENCE, integer(0), set_of(SET, [info for _, info in infos]),
                   tlv(SEQUENCE, oid(DATA), algorithm(dotted, parameters), tlv(0x80, sealed)),
                   set_of(0xA1, attributes) if attributes else b"", tlv(OCTETS, tag),
                   tlv(0xA2, unprotected) if unprotected else b"")
        made = tlv(SEQUENCE, oid(AUTH_ENVELOPED), tlv(0xA0, made))
    with open(out, "wb") as f:
        f.write(made)


# --- decrypt -----------------------------------------------------------------------------------------------------

def wrap_size(node):
    name, parameters = named(node)
    size = by_value(WRAPS, name)
    check(size is not None, "key wrap " + name)
    check(parameters is None, "AES key wrap has no parameters")
    return name, size


def unwrap(kek, wrapped):
    try:
        return keywrap.aes_key_unwrap(kek, wrapped)
    except keywrap.InvalidUnwrap:
        raise Refused("the wrapped key is wrong")


def recipient_version(info):
    versions = {SEQUENCE: (0, 2), 0xA1: (3,), 0xA2: (4,), 0xA3: (0,)}
    check(info.tag in versions, "kind of recipient")
    version = info.parts[0].number()
    check(version in versions[info.tag], "version of a recipient")
    if info.tag == SEQUENCE:
        check((version == 2) == (info.parts[1].tag == 0x80), "version of a recipient")
    return version


def key_from_ktri(info, private, both, key_id):
    rid = info.parts[1]
    if (rid.der != both) if rid.tag == SEQUENCE else (rid.body != key_id):
        return None
    check(isinstance(private, rsa.RSAPrivateKey), "kind of key")
    name, parameters = named(info.parts[2])
    if name == RSA:
        check(parameters is not None and parameters.der == NULL, "parameters of rsaEncryption")
        return private.decrypt(info.parts[3].octets(), padding.PKCS1v15())
    check(name == OAEP and parameters is not None, "key transport " + name)
    digest, mask = "sha1", "sha1"
    for part in parameters.parts:
        check(part.tag in (0xA0, 0xA1), "parameters of RSAES-OAEP")
        name, inner = named(part.parts[0])
        if part.tag == 0xA1:
            check(name == MGF1, "mask of RSAES-OAEP")
            name, inner = named(inner)
        found = by_value(DIGEST_OIDS, name)
        check(found is not None and (inner is None or inner.der == NULL), "digest of RSAES-OAEP")
        digest, mask = (found, mask) if part.tag == 0xA0 else (digest, found)
    scheme = padding.OAEP(padding.MGF1(DIGESTS[mask]()), DIGESTS[digest](), None)
    return private.decrypt(info.parts[3].octets(), scheme)


def key_from_kari(info, private, both, key_id):
    parts = info.parts[1:]
    check(parts[0].tag == 0xA0 and parts[0].parts[0].tag == 0xA1, "originator other than originatorKey")
    origin, point = parts.pop(0).parts[0].parts
    material = parts.pop(0).parts[0].octets() if parts[0].tag == 0xA1 else None
    name, wrap_node = named(parts[0])
    agreement = by_value(AGREEMENTS, name) or by_value(COFACTOR_AGREEMENTS, name)
    check(agreement is not None, "key agreement " + name)
    wrap, size = wrap_size(wrap_node)
    for one in parts[1].parts:
        rid, wrapped = one.parts
        if (rid.der != both) if rid.tag == SEQUENCE else (rid.parts[0].body != key_id):
            continue
        kind, parameters = named(origin)
        check(point.body[0] == 0, "bit string")
        if isinstance(private, x25519.X25519PrivateKey):
            check(kind == X25519_KEY and parameters is None, "key of the originator")
            secret = private.exchange(x25519.X25519PublicKey.from_public_bytes(point.body[1:]))
        else:
            check(isinstance(private, ec.EllipticCurvePrivateKey) and kind == EC_KEY, "key of the originator")
            check(not agreement.startswith("hkdf"), "HKDF with an EC key")
            secret = private.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, point.body[1:]))
        return unwrap(derive(agreement, secret, wrap, size, material), wrapped.octets())
    return None


def key_from_kekri(info, name, secret):
    if info.parts[1].parts[0].body != name:
        return None
    _, size = wrap_size(info.parts[2])
    check(size == len(secret), "size of the key encryption key")
    return unwrap(secret, info.parts[3].octets())


def key_from_pwri(info, password):
    check(info.parts[1].tag == 0xA0, "no key derivation")
    check(info.parts[1].parts[0].dotted() == PBKDF2, "key derivation")
    salt, rounds, *more = info.parts[1].parts[1].parts
    size = more.pop(0).number() if more and more[0].tag == 0x02 else None
    digest = "sha1"
    if more:
        digest = PRFS.get(named(more.pop(0))[0])
        check(digest is not None, "pseudo-random function")
    check(not more, "parameters of PBKDF2")
    name, inner = named(info.parts[2])
    check(name == PWRI_KEK, "key encryption of a password")
    cipher, iv = named(inner)
    cipher, wanted = CIPHER_NAMES.get(cipher, ("", 0))
    check(cipher.endswith("-cbc") and size in (None, wanted), "cipher of a password")
    kek = PBKDF2HMAC(DIGESTS[digest](), wanted, salt.octets(), rounds.number()).derive(password)
    return password_unwrap(kek, iv.body, info.parts[3].octets())


def content_key(infos, identities):
    reasons = ["no recipient is one of ours"]
    for identity in identities:
        kind, _, rest = identity.partition(":")
        for info in infos:
            key = None
            try:
                if kind == "key" and info.tag in (SEQUENCE, 0xA1):
                    key_file, cert_file = rest.split(":")
                    private = serialization.load_pem_private_key(read(key_file), None)
                    _, both, key_id = identifiers(cert_file)
                    take = key_from_ktri if info.tag == SEQUENCE else key_from_kari
                    key = take(info, private, both, key_id)
                elif kind == "kek" and info.tag == 0xA2:
                    key = key_from_kekri(info, *(bytes.fromhex(text) for text in rest.split(":")))
                elif kind == "password" and info.tag == 0xA3:
                    key = key_from_pwri(info, rest.encode())
            except (Refused, ValueError) as e:
                reasons.append(str(e))
            if key is not None:
                return key
    raise Refused("; ".join(reasons))


def envelope_version(infos, originator, unprotected):
    """RFC 5652 6.1, without attribute certificates."""
    if any(info.tag in (0xA3, 0xA4) for info in infos):
        return 3
    return 0 if originator is None and unprotected is None and all(recipient_version(info) == 0 for info in infos) else 2


def decrypt(object_file, out, *identities):
    outer = whole(read(object_file))
    check(outer.tag == SEQUENCE and len(outer.parts) == 2 and outer.parts[1].tag == 0xA0, "no ContentInfo")
    kind = outer.parts[0].dotted()
    check(kind in (ENVELOPED, AUTH_ENVELOPED), "content type " + kind)
    parts = list(outer.parts[1].parts[0].parts)
    version = parts.pop(0).number()
    originator = parts.pop(0) if parts[0].tag == 0xA0 else None
    infos = parts.pop(0)
    check(infos.tag == SET and infos.parts, "no recipients")
    for info in infos.parts:
        recipient_version(info)
    content_type, method, sealed = parts.pop(0).parts
    check(sealed.tag in (0x80, 0xA0), "no encrypted content")
    name, parameters = named(method)
    check(name in CIPHER_NAMES and parameters is not None, "cipher " + name)
    cipher, size = CIPHER_NAMES[name]
    attributes = parts.pop(0) if parts and kind == AUTH_ENVELOPED and parts[0].tag == 0xA1 else None
    mac = parts.pop(0).octets() if kind == AUTH_ENVELOPED else None
    unprotected = parts.pop(0) if parts else None
    check(not parts, "more than the structure has")
    check(unprotected is None or unprotected.tag == (0xA1 if mac is None else 0xA2), "unprotected attributes")
    check((mac is None) == cipher.endswith("-cbc"), "cipher of the other kind of envelope")
    if mac is None:
        check(version == envelope_version(infos.parts, originator, unprotected), "version of EnvelopedData")
    else:
        check(version == 0, "version of AuthEnvelopedData")
    key = content_key(infos.parts, identities)
    check(len(key) == size, "size of the content encryption key")
    if mac is None:
        check(parameters.tag == OCTETS and len(parameters.body) == 16, "parameters of AES-CBC")
        padded = run(cbc(key, parameters.body).decryptor(), sealed.octets())
        content = run(blocks.PKCS7(128).unpadder(), padded)
    else:
        aad = b""
        if attributes is not None:
            check(attributes.parts == sorted(attributes.parts, key=lambda part: part.der), "order of the attributes")
            aad = tlv(SET, attributes.body)
        check(attributes is not None or content_type.dotted() == DATA, "no attributes for this content type")
        if cipher == "chacha20-poly1305":
            check(parameters.tag == OCTETS and len(parameters.body) == 12, "parameters of ChaCha20-Poly1305")
            check(len(mac) == 16, "size of the tag")
            content = ChaCha20Poly1305(key).decrypt(parameters.body, sealed.octets() + mac, aad)
        else:
            tag_size = parameters.parts[1].number() if len(parameters.parts) == 2 else 12
            check(12 <= tag_size <= 16 and len(mac) == tag_size, "size of the tag")
            decryptor = Cipher(algorithms.AES(key), modes.GCM(parameters.parts[0].body, mac, 12)).decryptor()
            decryptor.authenticate_additional_data(aad)
            content = run(decryptor, sealed.octets())
    with open(out, "wb") as f:
        f.write(content)


VERBS = {"encrypt": encrypt, "decrypt": decrypt}


def batch(verb, calls):
    """One call on a line, the same words with tabs between; one line of output answers each."""
    with open(calls) as lines:
        for line in lines:
            try:
                VERBS[verb](*line.rstrip("\n").split("\t"))
                print("ok")
            except (Refused, InvalidTag, ValueError, IndexError) as e:
                print("bad: %s: %s" % (type(e).__name__, e))


def main():
    verb, *words = sys.argv[1:]
    if verb.endswith("-batch"):
        return batch(verb[:-len("-batch")], *words)
    try:
        VERBS[verb](*words)
    except (Refused, InvalidTag, ValueError, IndexError) as e:
        sys.exit("%s: %s" % (type(e).__name__, e))


main()
