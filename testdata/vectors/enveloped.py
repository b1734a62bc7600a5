"""The builders of encrypted objects: recipients, AuthEnvelopedData, EnvelopedData, CompressedData, each field to be replaced.

Nothing is random: keys, nonces and padding come from the name of the vector. A recipient is a function of the
content-encryption key and a label; it gives its RecipientInfo and the parts of it of which no octet may change.
"""

import hashlib
import hmac
import zlib

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, aead, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from build import *
from build import inside, inside_octets

ENVELOPED_DATA, AUTH_ENVELOPED_DATA = "1.2.840.113549.1.7.3", "1.2.840.113549.1.9.16.1.23"
COMPRESSED_DATA, ZLIB = "1.2.840.113549.1.9.16.1.9", "1.2.840.113549.1.9.16.3.8"
OAEP, P_SPECIFIED = "1.2.840.113549.1.1.7", "1.2.840.113549.1.1.9"
EC_KEY, P256, P384, X25519 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.101.110"
KDF = {"sha1": "1.3.133.16.840.63.0.2", "sha224": "1.3.132.1.11.0", "sha256": "1.3.132.1.11.1", "sha384": "1.3.132.1.11.2",
       "sha512": "1.3.132.1.11.3", "hkdf-sha256": "1.2.840.113549.1.9.16.3.19", "hkdf-sha384": "1.2.840.113549.1.9.16.3.20",
       "hkdf-sha512": "1.2.840.113549.1.9.16.3.21"}
AES = "2.16.840.1.101.3.4.1."
WRAP = {16: AES + "5", 24: AES + "25", 32: AES + "45"}
PWRI_KEK, PBKDF2 = "1.2.840.113549.1.9.16.3.9", "1.2.840.113549.1.5.12"
PRF = {"sha1": "1.2.840.113549.2.7", "sha256": "1.2.840.113549.2.9", "sha512": "1.2.840.113549.2.11"}
# The identifier, the octets of the key, and the mode.
CIPHERS = {"aes-128-gcm": (AES + "6", 16, "gcm"), "aes-192-gcm": (AES + "26", 24, "gcm"), "aes-256-gcm": (AES + "46", 32, "gcm"),
           "chacha20-poly1305": ("1.2.840.113549.1.9.16.3.18", 32, "chacha"), "aes-128-cbc": (AES + "2", 16, "cbc"),
           "aes-192-cbc": (AES + "22", 24, "cbc"), "aes-256-cbc": (AES + "42", 32, "cbc"),
           "3des": ("1.2.840.113549.3.7", 24, "cbc")}


def fixed(label, size, nonzero=False):
    """Octets that follow from a label."""
    out, n = b"", 0
    while len(out) < size:
        piece = hashlib.sha256(("%s %d" % (label, n)).encode()).digest()
        out, n = out + (piece.replace(b"\0", b"") if nonzero else piece), n + 1
    return out[:size]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


# --- ciphers -----------------------------------------------------------------------------------------------------

def aes_block(key_, block):
    return Cipher(algorithms.AES(key_), modes.ECB()).encryptor().update(block)


def gcm(key_, nonce, plain, aad=b""):
    """NIST SP 800-38D with a nonce of any length; libraries take only some. Gives ciphertext and the tag of 16 octets."""
    h = int.from_bytes(aes_block(key_, bytes(16)), "big")

    def times(x):
        z, v = 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        return z

    def ghash(octets):
        y = 0
        for at in range(0, len(octets), 16):
            y = times(y ^ int.from_bytes(octets[at:at + 16], "big"))
        return y.to_bytes(16, "big")

    def pad(octets):
        return octets + bytes(-len(octets) % 16)

    first = nonce + b"\0\0\0\1" if len(nonce) == 12 else ghash(pad(nonce) + bytes(8) + (8 * len(nonce)).to_bytes(8, "big"))
    counter, stream = int.from_bytes(first, "big"), b""
    for n in range(1, (len(plain) + 15) // 16 + 1):
        stream += aes_block(key_, (counter >> 32 << 32 | (counter + n) & 0xFFFFFFFF).to_bytes(16, "big"))
    cipher = xor(plain, stream)
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(cipher)).to_bytes(8, "big")
    return cipher, xor(ghash(pad(aad) + pad(cipher) + lengths), aes_block(key_, first))


def cbc(key_, iv, padded, des=False):
    cipher = TripleDES(key_) if des else algorithms.AES(key_)
    return Cipher(cipher, modes.CBC(iv)).encryptor().update(padded)


def pad(content, block=16):
    n = block - len(content) % block
    return content + bytes([n]) * n


# --- key transport -----------------------------------------------------------------------------------------------

def names(who, rid):
    der = certificate(who)
    return issuer_and_serial(der) if rid == "issuer" else tlv(0x80, key_identifier(der))


def oaep_encode(secret, size, digest, mgf, label, seed_label):
    """RFC 8017 section 7.1.1."""
    lhash = hashlib.new(digest, label).digest()
    seed = fixed(seed_label, len(lhash))
    db = lhash + bytes(size - len(secret) - 2 * len(lhash) - 2) + b"\1" + secret
    masked = xor(db, mgf1(seed, len(db), mgf))
    return b"\0" + xor(seed, mgf1(masked, len(seed), mgf)) + masked


def oaep_parameters(digest="sha256", mgf="sha256", label=None, null=True):
    end = (NULL,) if null else ()
    parts = [] if digest == "sha1" else [tlv(0xA0, algorithm(DIGESTS[digest], *end))]
    parts += [] if mgf == "sha1" else [tlv(0xA1, algorithm(MGF1, algorithm(DIGESTS[mgf], *end)))]
    parts += [] if label is None else [tlv(0xA2, algorithm(P_SPECIFIED, octets_(label)))]
    return seq(*parts)


def ktri(who="bob-rsa2048", *, oaep=None, mgf=None, label_=b"", rid="issuer", identifier=None, version=None, block=None,
         algorithm_=None, encrypted=None, parameters=None):
    """RSA: PKCS #1 v1.5, or OAEP with the digest `oaep`. block: what is raised to the public exponent; a function of the key."""
    def make(cek, label):
        numbers = key(who).public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        if block is not None:
            encoded = block(cek, size, label)
        elif oaep:
            encoded = oaep_encode(cek, size, oaep, mgf or oaep, label_, label + " seed")
        else:
            encoded = b"\0\2" + fixed(label + " padding", size - 3 - len(cek), nonzero=True) + b"\0" + cek
        value = pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(size, "big")
        value = encrypted(value) if encrypted else value
        named = algorithm(RSA_KEY, NULL)
        if oaep:
            named = algorithm(OAEP, oaep_parameters(oaep, mgf or oaep, label_ or None) if parameters is None else parameters)
        who_ = identifier or names(who, rid)
        number = version if version is not None else (2 if who_[0] == 0x80 else 0)
        return seq(integer(number), who_, algorithm_ or named, octets_(value)), [value]
    return make


# --- key agreement -----------------------------------------------------------------------------------------------

def ephemeral(who, label):
    """A key of the kind of `who` that follows from the label."""
    public = key(who).public_key()
    if isinstance(public, x25519.X25519PublicKey):
        return x25519.X25519PrivateKey.from_private_bytes(fixed(label, 32))
    return ec.derive_private_key(int.from_bytes(fixed(label, public.curve.key_size // 8 - 1), "big") + 1, public.curve)


def point_of(private, compressed=False):
    public = private.public_key()
    if isinstance(public, x25519.X25519PublicKey):
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint)


def agree(private, public):
    if isinstance(private, x25519.X25519PrivateKey):
        return private.exchange(public)
    return private.exchange(ec.ECDH(), public)


def multiply(scalar, point):
    """scalar * point on y^2 = x^3 - 3x + b modulo the prime of P-256. It does not look at b: so an attacker chooses it."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1

    def plus(a, b):
        if a is None or b is None:
            return a or b
        if a[0] == b[0] and (a[1] + b[1]) % p == 0:
            return None
        slope = ((3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, p)) % p
        x = (slope * slope - a[0] - b[0]) % p
        return x, (slope * (a[0] - x) - a[1]) % p

    out = None
    for bit in bin(scalar)[2:]:
        out = plus(out, out)
        out = plus(out, point) if bit == "1" else out
    return out


def shared_info(wrap, ukm, size):
    """ECC-CMS-SharedInfo of RFC 5753 section 7.2."""
    return seq(wrap, tlv(0xA0, octets_(ukm)) if ukm is not None else b"", tlv(0xA2, octets_((8 * size).to_bytes(4, "big"))))


def derive(kdf, z, info, ukm, size):
    """X9.63, or the HKDF of RFC 5869 as RFC 8418 uses it."""
    out, n, last = b"", 1, b""
    if kdf.startswith("hkdf-"):
        digest = kdf[5:]
        salt = ukm if ukm is not None else bytes(hashlib.new(digest).digest_size)
        prk = hmac.new(salt, z, digest).digest()
    while len(out) < size:
        if kdf.startswith("hkdf-"):
            last = hmac.new(prk, last + info + bytes([n]), digest).digest()
        else:
            last = hashlib.new(kdf, z + n.to_bytes(4, "big") + info).digest()
        out, n = out + last, n + 1
    return out[:size]


def rek(identifier, wrapped):
    return seq(identifier, octets_(wrapped))


def rkey_id(who, *more):
    """RecipientKeyIdentifier [0]: the subject key identifier, and a date or another attribute."""
    return tlv(0xA0, octets_(key_identifier(certificate(who))), *more)


def kari(who="bob", *, kdf=None, wrap=None, ukm=None, rid="issuer", identifier=None, version=3, point=None, z=None, originator=None,
         curve=b"", wrapped=None, before=(), after=(), scheme=None, algorithm_=None, wrap_parameters=b"", info=None,
         originator_algorithm=None, unused=0, ephemeral_=None, keys=None):
    """Ephemeral-static ECDH with P-256, P-384 or X25519.

    point, z: the originator's key as it is sent, and the shared secret, if they are not the usual ones; functions of the
    ephemeral key. curve: parameters of the originator's algorithm. before, after: more RecipientEncryptedKeys;
    keys: the field that holds them all.
    """
    def make(cek, label):
        mine = ephemeral_ or ephemeral(who, label + " ephemeral")
        x = isinstance(mine, x25519.X25519PrivateKey)
        how = kdf or ("hkdf-sha256" if x else "sha256")
        size = wrap or (len(cek) if len(cek) in WRAP else 16)
        wrap_algorithm = algorithm(WRAP[size], wrap_parameters)
        secret = z(mine) if z else agree(mine, key(who).public_key())
        sent = point(mine) if point else point_of(mine)
        context = info(wrap_algorithm, ukm, size) if info else shared_info(wrap_algorithm, ukm, size)
        kek = derive(how, secret, context, ukm, size)
        value = keywrap.aes_key_wrap(kek, cek) if len(cek) >= 16 and len(cek) % 8 == 0 else cek
        value = wrapped(value) if wrapped else value
        named = originator_algorithm or algorithm(X25519 if x else EC_KEY, curve)
        origin = originator or tlv(0xA1, named, tlv(3, bytes([unused]), sent))
        rid_ = identifier or (issuer_and_serial(certificate(who)) if rid == "issuer" else rkey_id(who))
        listed = seq(*before, rek(rid_, value), *after) if keys is None else keys
        der = tlv(0xA1, integer(version), tlv(0xA0, origin), b"" if ukm is None else tlv(0xA1, octets_(ukm)),
                  algorithm_ or algorithm(scheme or KDF[how], wrap_algorithm), listed)
        return der, [part for part in (value, ukm) if part]
    return make


# --- other recipients --------------------------------------------------------------------------------------------

def kekri(identifier=b"meeting", kek="128", *, version=4, more=(), wrapped=None, algorithm_=None):
    def make(cek, label):
        secret = read("kek/%s.bin" % kek)
        value = keywrap.aes_key_wrap(secret, cek)
        value = wrapped(value) if wrapped else value
        return tlv(0xA2, integer(version), seq(octets_(identifier), *more), algorithm_ or algorithm(WRAP[len(secret)]),
                   octets_(value)), [value]
    return make


def pbkdf2(salt, rounds, prf="sha256", key_length=None, salt_field=None):
    return tlv(0xA0, oid(PBKDF2), seq(salt_field or octets_(salt), integer(rounds), b"" if key_length is None else integer(key_length),
                                      b"" if prf == "sha1" else algorithm(PRF[prf], NULL)))


def pwri(password=None, *, rounds=2048, claimed=None, prf="sha256", cipher="aes-128-cbc", key_length=None, kdf=None, version=0,
         block=None, algorithm_=None, inner=None, wrapped=None):
    """RFC 3211. block: what is encrypted twice; a function of the key. claimed: rounds that are only said."""
    def make(cek, label):
        number, size, _ = CIPHERS[cipher]
        des = cipher == "3des"
        step = 8 if des else 16
        salt, iv = fixed(label + " salt", 16), fixed(label + " iv", step)
        secret = (password or read("kek/password").split(b"\n")[0])
        kek = hashlib.pbkdf2_hmac(prf, secret, salt, rounds, size)
        plain = block(cek, label) if block else None
        if plain is None:
            plain = bytes([len(cek)]) + xor(cek[:3], b"\xff" * 3) + cek
            plain += fixed(label + " filler", max(2 * step - len(plain), -len(plain) % step))
        once = cbc(kek, iv, plain, des)
        value = cbc(kek, once[-step:], once, des)
        value = wrapped(value) if wrapped else value
        derivation = pbkdf2(salt, claimed or rounds, prf, key_length) if kdf is None else kdf
        named = algorithm_ or algorithm(PWRI_KEK, algorithm(number, octets_(iv)) if inner is None else inner)
        return tlv(0xA3, integer(version), derivation, named, octets_(value)), [value]
    return make


def ori(number=UNKNOWN, value=NULL, tag=0xA4):
    """OtherRecipientInfo; with another tag, a choice that nobody knows yet."""
    return lambda cek, label: (tlv(tag, oid(number), value), [])


# --- the objects -------------------------------------------------------------------------------------------------

class Sealed:
    """An encrypted object, with the parts that its tag protects."""

    def __init__(self, cms, parts):
        self.cms, self.parts = cms, parts


def constructed(value, size=16):
    """[0] IMPLICIT OCTET STRING in pieces, of indefinite length."""
    return indefinite(0xA0, *(octets_(value[at:at + size]) for at in range(0, len(value), size)))


def sealed(label, recipients=None, content=TEXT, *, cipher="aes-128-gcm", kind=None, version=None, originator=b"", attributes=(),
           wire=None, aad=None, nonce=None, nonce_size=12, icv=16, said_icv=None, parameters=None, mac=None, mac_field=None,
           ciphertext=None, field=None, econtent_type=DATA, unprotected=b"", algorithm_=None, cek=None, number=None, padded=None,
           infos=None, wrapping=content_info, mode=None, extra=b"", ours=0):
    """AuthEnvelopedData or EnvelopedData in a ContentInfo.

    kind: "auth" or "plain", by the cipher if it is not given. attributes: authAttrs; wire: that element as it is sent.
    field: the encryptedContent as it is sent, a function of the ciphertext. infos: the RecipientInfos as they are sent.
    ours: the number of the recipient whose key is used, or None for one that has no parts to change.
    """
    identifier, size, usual = CIPHERS[cipher]
    mode = mode or usual
    kind = kind or ("plain" if usual == "cbc" else "auth")
    cek = fixed(label + " cek", size) if cek is None else cek
    step = 8 if cipher == "3des" else 16
    iv = fixed(label + " nonce", step if mode == "cbc" else nonce_size) if nonce is None else nonce
    inner = sorted(attributes)
    if aad is None:
        aad = tlv(0x31, *inner) if inner else b""
    tag = b""
    if mode == "gcm":
        body, tag = gcm(cek, iv, content, aad)
        tag = tag[:icv]
    elif mode == "chacha":
        both = aead.ChaCha20Poly1305(cek).encrypt(iv, content, aad)
        body, tag = both[:-16], both[-16:]
    else:
        body = cbc(cek, iv, pad(content, step) if padded is None else padded, cipher == "3des")
    if mac is not None:
        tag = mac(tag)
    body = ciphertext(body) if ciphertext else body
    if parameters is None:
        said = icv if said_icv is None else said_icv
        parameters = seq(octets_(iv), b"" if said == 12 else integer(said)) if usual == "gcm" else octets_(iv)
    made = [r(cek, "%s/%d" % (label, n)) for n, r in enumerate(recipients if recipients is not None else [kari()])]
    if infos is None:
        infos = tlv(0x31, *(der for der, _ in made))
    sent = field(body) if field else tlv(0x80, body)
    encrypted = seq(oid(econtent_type), algorithm_ or algorithm(number or identifier, parameters), sent)
    if wire is None:
        wire = tlv(0xA1, *inner) if inner else b""
    if kind == "auth":
        version = 0 if version is None else version
        mac_ = octets_(tag) if mac_field is None else mac_field
        cms = seq(integer(version), originator, infos, encrypted, wire, mac_, unprotected, extra)
    else:
        if version is None:
            kinds = {der[0] for der, _ in made}
            version = 3 if kinds & {0xA3, 0xA4} else 0 if kinds <= {0x30} and not originator and not unprotected else 2
        cms = seq(integer(version), originator, infos, encrypted, unprotected, extra)
    parts = [p for p in [body, iv, tag, *(made[ours][1] if made and ours is not None else [])] if p]
    parts += [der for der in inner if len(der) > 20]
    return Sealed(wrapping(cms, AUTH_ENVELOPED_DATA if kind == "auth" else ENVELOPED_DATA), parts)


# --- compression -------------------------------------------------------------------------------------------------

def stored(octets):
    """Deflate without compression (RFC 1951 section 3.2.4): the same octets with every zlib. Not the last block."""
    out = b""
    for at in range(0, len(octets), 65535):
        piece = octets[at:at + 65535]
        out += b"\0" + len(piece).to_bytes(2, "little") + (65535 - len(piece)).to_bytes(2, "little") + piece
    return out


def zeros(matches):
    """One last deflate block that gives 1 + 258 * matches zeros, in two bits for each match: the most there is."""
    bits = []

    def put(value, count):
        bits.extend(value >> n & 1 for n in range(count))

    def code(value, count):
        bits.extend(value >> n & 1 for n in range(count - 1, -1, -1))

    put(1, 1), put(2, 2), put(29, 5), put(0, 5), put(14, 4)
    # The order is 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: codes for 18, 2 and 1.
    for length_ in [0, 0, 1] + [0] * 12 + [2, 0, 2]:
        put(length_, 3)
    long_run, one, two = (0, 1), (2, 2), (3, 2)
    code(*two)  # literal 0: two bits
    code(*long_run), put(138 - 11, 7)
    code(*long_run), put(117 - 11, 7)
    code(*two)  # 256, the end: two bits
    code(*long_run), put(28 - 11, 7)
    code(*one)  # 285, a length of 258: one bit
    code(*one)  # distance 1: one bit
    code(2, 2)
    bits.extend([0, 0] * matches)
    code(3, 2)
    bits.extend([0] * (-len(bits) % 8))
    return bytes(sum(bits[at + n] << n for n in range(8)) for at in range(0, len(bits), 8))


def deflate(octets):
    """RFC 1950, stored, with the checksum."""
    return b"\x78\x01" + stored(octets) + b"\1\0\0\xff\xff" + zlib.adler32(octets).to_bytes(4, "big")


def bomb(head, matches, filler=b""):
    """`head`, `filler` and zeros, and what they are when not compressed."""
    octets = head + filler + bytes(1 + 258 * matches)
    return b"\x78\x01" + stored(head + filler) + zeros(matches) + zlib.adler32(octets).to_bytes(4, "big"), octets


def compressed(content=TEXT, *, stream=None, version=0, algorithm_=None, econtent_type=DATA, field=None):
    """CompressedData of RFC 3274 in a ContentInfo."""
    stream = deflate(content) if stream is None else stream
    return content_info(seq(integer(version), algorithm_ or algorithm(ZLIB),
                            seq(oid(econtent_type), tlv(0xA0, octets_(stream)) if field is None else field)), COMPRESSED_DATA)


# --- the usual vectors of decrypt --------------------------------------------------------------------------------

AUTH_TYPE = "Content-Type: application/pkcs7-mime; smime-type=auth-enveloped-data; name=smime.p7m"
PLAIN_TYPE = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
COMPRESSED_TYPE = "Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z"


def given(who):
    """The arguments that give the certificate and the key of `who`."""
    return "-recip testdata/keys/%s.pem -inkey testdata/keys/%s.key" % (who, who)


KEK = "--kek meeting:testdata/keys/kek/128.bin"
PASSWORD = "--password file:testdata/keys/kek/password"


def is_auth(cms):
    return oid(AUTH_ENVELOPED_DATA) in cms[:30]


def enc(name, row, comment, recipients=None, expect="ok", *, args="", who=None, content=TEXT, finding=None, integrity=None, head=None,
        product=None, flips=True, cms=None, peer=True, body=None, bare=False, encode=None, **fields):
    """A SIP MESSAGE that is encrypted as a whole; **fields goes to sealed. who: whose key is given, if it is not Bob's.

    cms: the object as it is sent. bare: the object is the input. encode: what is done to the object before it is the body.
    """
    name = "decrypt_" + name
    parts = []
    if cms is None:
        made = sealed(name, recipients, content, **fields)
        cms, parts = made.cms, made.parts
    args = " ".join(word for word in (given(who) if who else "", args) if word) or "default"
    head = dict(head or {})
    auth = is_auth(cms)
    head.setdefault("type", AUTH_TYPE if auth else PLAIN_TYPE)
    body = cms if encode is None else encode(cms)
    octets = body if bare else sip(body, **head)
    flips = [p for p in parts if octets.count(p) == 1] if flips and auth and expect == "ok" and not encode else []
    if expect == "ok":
        if product is None:
            product = content if bare else splice(octets, content)
        if integrity is None:
            integrity = "authenticated" if auth else "none"
        if integrity == "none" and finding is None:
            finding = "CBC-UNAUTHENTICATED"
    else:
        product = integrity = None
    vector(name, row, comment, octets, expect, args=args, finding=finding, product=product, flips=flips, command="decrypt",
           peer=("DER", cms, None) if peer else None, integrity=integrity or None)
