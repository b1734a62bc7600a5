"""The vectors of decrypt about recipients: key transport, key agreement, key-encryption keys, passwords, and who is tried."""

from build import *
from build import inside
from enveloped import *

FAILED, NOBODY = "decrypt.failed", "decrypt.no-recipient"
UNSUPPORTED = "decrypt.recipient-unsupported"
RSA_BOB, X_BOB, P384_BOB = "bob-rsa2048", "bob-x25519", "bob-p384"


def add():
    good()
    key_agreement()
    originators()
    edwards()
    transport()
    bleichenbacher()
    oaep()
    keys_agreed_before()
    passwords()
    kinds()
    whose()
    which()


def flipped(value):
    return value[:-1] + bytes([value[-1] ^ 1])


def good():
    enc("p256", "DEC-01 ENC-07", "AES-128-GCM and ECDH with P-256")
    enc("p384", "DEC-01", "AES-256-GCM and ECDH with P-384", [kari(P384_BOB, kdf="sha384")], who=P384_BOB, cipher="aes-256-gcm")
    enc("x25519", "ENC-11", "ECDH with X25519 and HKDF-SHA-256", [kari(X_BOB)], who=X_BOB)
    enc("rsa", "DEC-07 ENC-14", "RSA key transport with PKCS #1 v1.5", [ktri()], who=RSA_BOB)
    enc("oaep", "ENC-14", "RSAES-OAEP with SHA-256", [ktri(oaep="sha256")], who=RSA_BOB)
    enc("kek", "DEC-01 ENC-15", "a key-encryption key of 128 bits", [kekri()], args=KEK)
    enc("password", "DEC-03", "a password: PBKDF2 with HMAC-SHA-256, AES-128-CBC", [pwri()], args=PASSWORD)
    enc("p256_cbc", "DEC-02", "AES-128-CBC and ECDH with P-256", cipher="aes-128-cbc")
    enc("rsa_cbc", "DEC-02 ENC-25", "AES-128-CBC and RSA: the shape of RFC 6216", [ktri()], who=RSA_BOB, cipher="aes-128-cbc")


def key_agreement():
    def row(name, comment, expect="ok", *, rows="DEC-11", who=None, finding=None, args="", **change):
        enc("kari_" + name, rows, comment, [kari(who or "bob", **change)], expect, who=who, finding=finding, args=args)

    row("ski", "the recipient is named by the subject key identifier", rows="DEC-03", rid="ski")
    row("ski_date", "the recipient is named by the subject key identifier, with a date", rows="DEC-03",
        identifier=rkey_id("bob", tlv(24, b"20250101000000Z")))
    row("ski_other_attribute", "the recipient is named by the subject key identifier, with an attribute of another kind",
        rows="DEC-03", identifier=rkey_id("bob", seq(oid(UNKNOWN), NULL)))
    row("ukm", "there is a ukm of 8 octets", ukm=fixed("ukm", 8))
    row("ukm_64", "there is a ukm of 64 octets", ukm=fixed("ukm 64", 64))
    row("ukm_empty", "there is a ukm without octets", ukm=b"")
    row("ukm_not_used", "there is a ukm, but the key was derived without it", FAILED, ukm=fixed("ukm", 8),
        info=lambda wrap, ukm, size: shared_info(wrap, None, size))
    row("info_length", "the key was derived with the length in octets in place of bits", FAILED,
        info=lambda wrap, ukm, size: seq(wrap, tlv(0xA2, octets_(size.to_bytes(4, "big")))))
    row("info_implicit", "the key was derived with an implicit tag in SharedInfo", FAILED,
        info=lambda wrap, ukm, size: seq(wrap, tlv(0x82, (8 * size).to_bytes(4, "big"))))
    for digest in ("sha1", "sha224", "sha384", "sha512"):
        row("kdf_" + digest, "the key is derived with %s" % digest, rows="DEC-09", kdf=digest,
            finding="KDF-SHA1" if digest == "sha1" else None)
    row("kdf_hkdf", "the key is derived with HKDF, which is for X25519", rows="DEC-09", kdf="hkdf-sha256", finding="KDF-UNUSUAL")
    row("kdf_unknown", "the key is derived in an unknown way", UNSUPPORTED, rows="DEC-09", scheme=UNKNOWN)
    row("kdf_cofactor", "cofactor ECDH, which on P-256 is the same under another name", rows="DEC-09",
        scheme="1.3.132.1.14.1")
    row("kdf_other", "the key was derived with SHA-384, the message says SHA-256", FAILED, rows="DEC-09", kdf="sha384",
        scheme=KDF["sha256"])
    row("mqv", "the algorithm is ECMQV", UNSUPPORTED, rows="DEC-09", scheme="1.3.132.1.15.1")
    row("wrap_192", "AES-192 wraps the key for AES-128", rows="ENC-13", wrap=24)
    row("wrap_256", "AES-256 wraps the key for AES-128", rows="ENC-13", wrap=32)
    scheme = KDF["sha256"]
    row("parameters_absent", "the algorithm has no parameters", FAILED, rows="C13", algorithm_=algorithm(scheme))
    row("parameters_null", "the parameters are NULL", FAILED, rows="C13", algorithm_=algorithm(scheme, NULL))
    row("parameters_oid", "the parameters are an identifier alone", FAILED, rows="C13", algorithm_=algorithm(scheme, oid(WRAP[16])))
    row("wrap_unknown", "the key is wrapped with an unknown algorithm", UNSUPPORTED, rows="C13",
        algorithm_=algorithm(scheme, algorithm(UNKNOWN)))
    row("wrap_3des", "the key is wrapped with 3DES", "decrypt.legacy-cipher", rows="C13",
        algorithm_=algorithm(scheme, algorithm("1.2.840.113549.1.9.16.3.6", NULL)))
    for size in (0, 1, 7, 8, 16, 23, 4096):
        row("wrapped_%d" % size, "the wrapped key has %d octets" % size, FAILED, rows="C13",
            wrapped=lambda value, size=size: fixed("wrapped", size))
    row("wrapped_changed", "the last bit of the wrapped key was changed", FAILED, rows="B11", wrapped=flipped)
    enc("kari_cek_long", "C13", "a key of 32 octets was wrapped for AES-128",
        [lambda cek, label: kari()(cek + cek, label)], FAILED)
    enc("kari_cek_short", "C13", "a key of 16 octets was wrapped for AES-256",
        [lambda cek, label: kari()(cek[:16], label)], FAILED, cipher="aes-256-gcm")
    for version in (0, 2, 4, 300):
        row("version_%d" % version, "the version of the only recipient is %d: nobody knows what that is" % version, NOBODY,
            rows="DEC-03", version=version)
    carol = rek(issuer_and_serial(certificate("carol")), fixed("for carol", 24))
    row("second_key", "Bob's is the second of two keys", rows="DEC-03", before=[carol])
    row("first_key", "Bob's is the first of two keys", rows="DEC-03", after=[carol])
    again = rek(issuer_and_serial(certificate("bob")), fixed("for bob", 24))
    row("same_twice_first_good", "two keys for Bob in one recipient, the first one is right", rows="B2", after=[again])
    row("same_twice_first_bad", "two keys for Bob in one recipient, the second one is right: it is not tried", FAILED, rows="B2",
        before=[again])
    row("no_keys", "there is a recipient without any key", NOBODY, rows="C12", keys=seq())


def originators():
    def row(name, comment, expect=FAILED, *, rows="C13", who=None, **change):
        enc("originator_" + name, rows, comment, [kari(who or "bob", **change)], expect, who=who)

    public = certificate("bad/explicit-ec-parameters")
    explicit = inside(inside(inside(public)[0])[6])[0]
    row("curve", "the originator's key names its curve", "ok", rows="ENC-08", curve=oid(P256))
    row("curve_null", "the parameters of the originator's key are NULL, as older writers have it", "ok", rows="ENC-08", curve=NULL)
    row("curve_p384", "the originator's key names P-384, and is a point of P-256", curve=oid(P384))
    row("explicit", "the originator's key has its curve written out", originator_algorithm=explicit)
    row("off_curve", "the originator's point is on another curve, and the key was derived from it",
        point=lambda mine: b"\4" + (5).to_bytes(32, "big") + (7).to_bytes(32, "big"),
        z=lambda mine: multiply(key("bob").private_numbers().private_value, (5, 7))[0].to_bytes(32, "big"))
    row("infinity", "the originator's point is the one at infinity, and the shared secret is zero", point=lambda mine: b"\0",
        z=lambda mine: bytes(32))
    row("zero", "both coordinates of the originator's point are zero", point=lambda mine: b"\4" + bytes(64), z=lambda mine: bytes(32))
    row("hybrid", "the originator's point is in hybrid form",
        point=lambda mine: bytes([6 | point_of(mine)[-1] & 1]) + point_of(mine)[1:])
    row("compressed", "the originator's point is in compressed form", point=lambda mine: point_of(mine, True))
    row("short", "the last octet of the originator's point is missing", point=lambda mine: point_of(mine)[:-1])
    row("long", "an octet follows the originator's point", point=lambda mine: point_of(mine) + b"\0")
    row("empty", "the originator's key has no octets", point=lambda mine: b"")
    row("coordinate_too_large", "x of the originator's point is the prime of the field and 5", point=lambda mine:
        b"\4" + (2**256 - 2**224 + 2**192 + 2**96 - 1 + 5).to_bytes(32, "big") + point_of(mine)[33:])
    row("unused_bits", "the bit string of the originator's key has unused bits", "cms.structure", unused=1)
    p384 = ephemeral(P384_BOB, "another curve")
    row("p384", "the originator's key is one of P-384, the recipient's one of P-256", curve=oid(P384),
        point=lambda mine: point_of(p384), z=lambda mine: bytes(32))
    row("x25519", "the originator's key is one of X25519, the recipient's one of P-256", originator_algorithm=algorithm(X25519),
        point=lambda mine: fixed("x", 32), z=lambda mine: bytes(32))
    row("unknown", "the originator's key has an unknown algorithm", originator_algorithm=algorithm(UNKNOWN))
    row("static_issuer", "the originator is named by a certificate that is not there", rows="DEC-16",
        originator=issuer_and_serial(certificate("alice")), ephemeral_=key("alice"))
    row("static_ski", "the originator is named by the key identifier of a certificate that is not there", rows="DEC-16",
        originator=tlv(0x80, key_identifier(certificate("alice"))), ephemeral_=key("alice"))
    alice = certificate("alice")
    for name, identifier in (("issuer", issuer_and_serial(alice)), ("ski", tlv(0x80, key_identifier(alice)))):
        enc("originator_static_%s_given" % name, "DEC-16", "the originator's key is that of a certificate in OriginatorInfo",
            [kari(originator=identifier, ephemeral_=key("alice"))], originator=tlv(0xA0, tlv(0xA0, certificate("ca"), alice)))
    row("p384_off_curve", "the originator's point is not on P-384", who=P384_BOB,
        point=lambda mine: flipped(point_of(mine)))


def edwards():
    def row(name, comment, expect="ok", *, rows="ENC-11", finding=None, **change):
        enc("x25519_" + name, rows, comment, [kari(X_BOB, **change)], expect, who=X_BOB, finding=finding)

    row("ukm", "there is a ukm: it is the salt, too", rows="ENC-12", ukm=fixed("ukm", 16))
    row("ski", "the recipient is named by the subject key identifier", rows="DEC-03", rid="ski")
    for digest in ("sha384", "sha512"):
        row("hkdf_" + digest, "the key is derived with HKDF and %s" % digest, kdf="hkdf-" + digest)
    row("x963", "the key is derived with X9.63 and SHA-256, which RFC 8418 has, too", kdf="sha256")
    row("wrapped_key", "the originator's key is an OCTET STRING in the BIT STRING", rows="TRAP-26", finding="X25519-WRAPPED-KEY",
        point=lambda mine: b"\4\x20" + point_of(mine))
    row("high_bit", "the highest bit of the originator's key is set: RFC 7748 says to ignore it",
        point=lambda mine: point_of(mine)[:-1] + bytes([point_of(mine)[-1] | 0x80]))
    p = 2**255 - 19
    small = {"0": 0, "1": 1, "order_8": int.from_bytes(bytes.fromhex(
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), "little"), "other_order_8": int.from_bytes(bytes.fromhex(
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), "little"), "p_less_1": p - 1, "p": p, "p_and_1": p + 1}
    for name, value in small.items():
        row("small_" + name, "the originator's point has a small order, and the shared secret is zero", FAILED, rows="ENC-11 C13",
            point=lambda mine, value=value: value.to_bytes(32, "little"), z=lambda mine: bytes(32))
    row("short", "the originator's key has 31 octets", FAILED, rows="C13", point=lambda mine: point_of(mine)[:-1])
    row("long", "the originator's key has 33 octets", FAILED, rows="C13", point=lambda mine: point_of(mine) + b"\0")
    row("p256_originator", "the originator's key is one of P-256", FAILED, rows="C13", originator_algorithm=algorithm(EC_KEY, oid(P256)),
        point=lambda mine: point_of(ephemeral("bob", "other")), z=lambda mine: bytes(32))
    row("no_salt", "there is a ukm, but it was not the salt", FAILED, rows="ENC-12", ukm=fixed("ukm", 16),
        kdf="hkdf-sha256", info=lambda wrap, ukm, size: shared_info(wrap, None, size))


def transport():
    def row(name, comment, expect=FAILED, *, rows="C13", **change):
        enc("rsa_" + name, rows, comment, [ktri(**change)], expect, who=RSA_BOB)

    row("ski", "the recipient is named by the subject key identifier", "ok", rows="DEC-03", rid="ski")
    row("version_2", "version 2 with issuer and serial number, which have version 0", "ok", rows="DEC-03", version=2)
    row("version_0_ski", "version 0 with a subject key identifier, which has version 2", "ok", rows="DEC-03", rid="ski", version=0)
    for version in (1, 3, 300):
        row("version_%d" % version, "the version of the only recipient is %d: nobody knows what that is" % version, NOBODY,
            rows="DEC-03", version=version)
    row("no_null", "rsaEncryption without the NULL", "ok", rows="ENC-14", algorithm_=algorithm(RSA_KEY))
    row("unknown", "the key is encrypted with an unknown algorithm", UNSUPPORTED, rows="DEC-03", algorithm_=algorithm(UNKNOWN))
    row("kem", "the key is encrypted with RSA-KEM", UNSUPPORTED, rows="DEC-03", algorithm_=algorithm("1.2.840.113549.1.9.16.3.14"))
    row("changed", "the last bit of the encrypted key was changed", rows="B1", encrypted=flipped)
    for size in (0, 1, 255, 257, 4096):
        row("encrypted_%d" % size, "the encrypted key has %d octets" % size, encrypted=lambda value, size=size:
            value[:size] if size < 256 else value + fixed("more", size - len(value)))
    n = key(RSA_BOB).public_key().public_numbers().n
    row("modulus", "the encrypted key is the modulus", encrypted=lambda value: n.to_bytes(256, "big"))
    row("zero", "the encrypted key is zero", encrypted=lambda value: bytes(256))
    row("one", "the encrypted key is one", encrypted=lambda value: bytes(255) + b"\1")
    row("other_key", "the key was encrypted to Alice in Bob's name", rows="B1", who="alice-rsa2048",
        identifier=issuer_and_serial(certificate(RSA_BOB)))


def bleichenbacher():
    """B1: what is wrong inside of the encrypted block. All have one answer, and so has a right block with a wrong key."""
    def row(name, comment, block):
        for cipher in ("aes-128-gcm", "aes-256-gcm") if name in ("key_empty", "type_1") else ("aes-128-gcm",):
            enc("rsa_block_%s%s" % (name, "" if cipher == "aes-128-gcm" else "_256"), "B1", comment, [ktri(block=block)], FAILED,
                who=RSA_BOB, cipher=cipher)

    def filler(label, size):
        return fixed(label + " padding", size, nonzero=True)

    def usual(secret, first=b"\0\2", end=b"\0"):
        return lambda cek, size, label: first + filler(label, size - 3 - len(secret(cek, label))) + end + secret(cek, label)

    right = lambda cek, label: cek
    row("type_1", "the block has type 1 in place of 2", usual(right, b"\0\1"))
    row("first_not_zero", "the first octet of the block is 1", usual(right, b"\1\2"))
    row("no_zero", "no zero ends the padding", usual(right, end=b"\xff"))
    row("short_padding", "the padding has 7 octets: the key is far too long",
        lambda cek, size, label: b"\0\2" + filler(label, 7) + b"\0" + filler(label + " rest", size - 10 - len(cek)) + cek)
    row("zero_in_padding", "the third octet of the padding is zero",
        lambda cek, size, label: b"\0\2" + filler(label, 2) + b"\0" + filler(label + " rest", size - 6 - len(cek)) + b"\0" + cek)
    row("random", "the block is random", lambda cek, size, label: b"\0" + fixed(label, size - 1))
    row("key_empty", "the key has no octets", usual(lambda cek, label: b""))
    row("key_short", "the key has 15 octets", usual(lambda cek, label: cek[:-1]))
    row("key_long", "the key has 17 octets", usual(lambda cek, label: cek + b"\0"))
    row("key_32", "the key has 32 octets", usual(lambda cek, label: cek + cek))
    row("key_other", "the padding is right, the key is another one", usual(lambda cek, label: fixed(label + " other", 16)))


def oaep():
    def row(name, comment, expect="ok", *, rows="ENC-14", **change):
        enc("oaep_" + name, rows, comment, [ktri(**{"oaep": "sha256", **change})], expect, who=RSA_BOB)

    row("sha1", "OAEP with the defaults, SHA-1: the parameters are an empty SEQUENCE", oaep="sha1")
    row("sha384", "OAEP with SHA-384", oaep="sha384")
    row("sha512", "OAEP with SHA-512", oaep="sha512")
    row("mgf_sha1", "OAEP with SHA-256, and MGF1 with SHA-1", mgf="sha1")
    row("no_null", "the digests have no NULL", parameters=oaep_parameters(null=False))
    row("source_empty", "the empty pSource is written out", parameters=oaep_parameters(label=b""))
    row("ski", "the recipient is named by the subject key identifier", rows="DEC-03", rid="ski")
    row("source", "pSource is not empty", UNSUPPORTED, rows="C13", label_=b"a label")
    row("parameters_null", "the parameters are NULL", FAILED, rows="C13", parameters=NULL)
    row("parameters_absent", "there are no parameters", FAILED, rows="C13", parameters=b"")
    row("digest_unknown", "the digest is unknown", UNSUPPORTED, rows="C13", parameters=seq(tlv(0xA0, algorithm(UNKNOWN))))
    row("digest_md5", "the digest is MD5", UNSUPPORTED, rows="C13", parameters=seq(tlv(0xA0, algorithm(DIGESTS["md5"], NULL))))
    row("mgf_unknown", "the mask generation function is unknown", UNSUPPORTED, rows="C13",
        parameters=seq(tlv(0xA0, algorithm(DIGESTS["sha256"], NULL)), tlv(0xA1, algorithm(UNKNOWN))))
    row("mgf_no_digest", "MGF1 has no parameters", FAILED, rows="C13",
        parameters=seq(tlv(0xA0, algorithm(DIGESTS["sha256"], NULL)), tlv(0xA1, algorithm(MGF1))))
    row("digest_other", "the key was encrypted with SHA-384, the message says SHA-256", FAILED, rows="B1", oaep="sha384",
        parameters=oaep_parameters("sha256", "sha384"))
    row("changed", "the last bit of the encrypted key was changed", FAILED, rows="B1", encrypted=flipped)
    row("as_pkcs1", "OAEP is what the message says, the key has the padding of PKCS #1 v1.5", FAILED, rows="B1",
        block=lambda cek, size, label: b"\0\2" + fixed(label, size - 3 - len(cek), nonzero=True) + b"\0" + cek)


def keys_agreed_before():
    def row(name, comment, expect="ok", *, rows="ENC-15", args=KEK, cipher="aes-128-gcm", **change):
        enc("kek_" + name, rows, comment, [kekri(**change)], expect, args=args, cipher=cipher)

    row("192", "a key-encryption key of 192 bits", kek="192", args=KEK.replace("128", "192"))
    row("256", "a key-encryption key of 256 bits", kek="256", args=KEK.replace("128", "256"), cipher="aes-256-gcm")
    row("hex", "the key is given in hexadecimal", args="--kek meeting:hex:testdata/keys/kek/128.hex")
    row("id_octets", "the identifier is no text, and is given in hexadecimal", identifier=b"\0\xff\1",
        args="--kek 0x00ff01:testdata/keys/kek/128.bin")
    row("date", "the identifier has a date", more=[tlv(24, b"20260101000000Z")])
    row("other_attribute", "the identifier has a date and another attribute", more=[tlv(24, b"20260101000000Z"), seq(oid(UNKNOWN), NULL)])
    row("id_other", "the identifier is another one", NOBODY, identifier=b"other")
    row("id_prefix", "the identifier begins as the one that is given", NOBODY, identifier=b"meeting2")
    row("id_empty", "the identifier has no octets", NOBODY, identifier=b"")
    row("key_other", "the key is another one", FAILED, args="--kek meeting:testdata/keys/kek/other.bin")
    row("key_size", "the key has 256 bits, the message wants AES-128", FAILED, args=KEK.replace("128", "256"))
    row("version_3", "the version is 3: nobody knows what that is", NOBODY, version=3)
    row("unknown", "the key is wrapped with an unknown algorithm", UNSUPPORTED, algorithm_=algorithm(UNKNOWN))
    for size in (0, 1, 7, 4096):
        row("wrapped_%d" % size, "the wrapped key has %d octets" % size, FAILED, rows="C13",
            wrapped=lambda value, size=size: fixed("wrapped", size))
    row("wrapped_changed", "the last bit of the wrapped key was changed", FAILED, rows="C13", wrapped=flipped)


def passwords():
    def row(name, comment, expect="ok", *, rows="DEC-03", args=PASSWORD, cipher="aes-128-gcm", flips=True, **change):
        enc("password_" + name, rows, comment, [pwri(**change)], expect, args=args, cipher="aes-128-gcm", flips=flips)

    enc("password_256", "DEC-03", "AES-256-GCM, and AES-256-CBC in the key encryption",
        [pwri(cipher="aes-256-cbc")], args=PASSWORD, cipher="aes-256-gcm")
    enc("password_3des", "DEC-08", "the key encryption is 3DES", [pwri(cipher="3des")], args=PASSWORD + " --allow-legacy", flips=False)
    row("sha1", "PBKDF2 with HMAC-SHA-1, the default", prf="sha1")
    row("sha512", "PBKDF2 with HMAC-SHA-512", prf="sha512")
    row("key_length", "PBKDF2 says the length of the key", key_length=16)
    row("key_length_other", "PBKDF2 says 32 octets, the key encryption is AES-128", FAILED, rows="C13", key_length=32)
    row("other", "the password is another one", FAILED, args="--password file:testdata/keys/kek/other-password")
    row("version_1", "the version is 1: nobody knows what that is", NOBODY, version=1)
    row("no_derivation", "there is no key derivation", FAILED, rows="C13", kdf=b"")
    row("derivation_unknown", "the key derivation is unknown", UNSUPPORTED, rows="C13", kdf=tlv(0xA0, oid(UNKNOWN)))
    row("derivation_no_parameters", "PBKDF2 has no parameters", FAILED, rows="C13", kdf=tlv(0xA0, oid(PBKDF2)))
    row("derivation_null", "the parameters of PBKDF2 are NULL", FAILED, rows="C13", kdf=tlv(0xA0, oid(PBKDF2), NULL))
    salt = fixed("decrypt_password_prf_unknown/0 salt", 16)
    row("prf_unknown", "the function of PBKDF2 is unknown", UNSUPPORTED, rows="C13",
        kdf=tlv(0xA0, oid(PBKDF2), seq(octets_(salt), integer(2048), algorithm(UNKNOWN, NULL))))
    for claimed in (2000001, 2**31, 2**63, 2**200):
        row("rounds_%d_bits" % claimed.bit_length(), "PBKDF2 with %s rounds" % (claimed if claimed < 2**32 else "2^%d" % (
            claimed.bit_length() - 1)), FAILED, rows="R7", claimed=claimed)
    row("rounds_0", "PBKDF2 with no round", FAILED, rows="R7", kdf=pbkdf2(b"salt", 0))
    row("rounds_negative", "PBKDF2 with -1 rounds", FAILED, rows="R7", kdf=pbkdf2(b"salt", -1))
    row("algorithm_unknown", "the key encryption is unknown", UNSUPPORTED, rows="C13", algorithm_=algorithm(UNKNOWN))
    row("algorithm_wrap", "the key encryption is AES key wrap, which RFC 3211 does not have here", UNSUPPORTED, rows="C13",
        algorithm_=algorithm(WRAP[16]))
    row("parameters_absent", "PWRI-KEK has no parameters", FAILED, rows="C13", algorithm_=algorithm(PWRI_KEK))
    row("cipher_unknown", "the cipher of PWRI-KEK is unknown", UNSUPPORTED, rows="C13", inner=algorithm(UNKNOWN, octets_(bytes(16))))
    row("iv_15", "the vector of the cipher has 15 octets", FAILED, rows="C13", inner=algorithm(AES + "2", octets_(bytes(15))))
    row("iv_absent", "the cipher of PWRI-KEK has no parameters", FAILED, rows="C13", inner=algorithm(AES + "2"))

    def block(size=None, check=b"\xff\xff\xff", length=32):
        return lambda cek, label: (bytes([len(cek) if size is None else size]) + xor(cek[:3], check) + cek + fixed(label, 64))[:length]

    row("check_changed", "the check octets are wrong", FAILED, rows="C13 B11", block=block(check=b"\xff\xff\xfe"))
    for size in (0, 1, 3, 15, 17, 28, 29, 255):
        row("size_%d" % size, "the block says that the key has %d octets" % size, FAILED, rows="C13 B11", block=block(size))
    for length_ in (0, 1, 16, 31, 33, 4096):
        row("wrapped_%d" % length_, "the wrapped key has %d octets" % length_, FAILED, rows="C13",
            wrapped=lambda value, n=length_: fixed("wrapped", n))
    enc("password_two", "DEC-03", "two passwords, the second one is given", [pwri(b"battery horse"), pwri()], args=PASSWORD, ours=1)
    enc("password_parts", "R7", "a key of two parts, each of which takes few enough rounds, together too many",
        [pwri(prf="sha1", cipher="aes-256-cbc", claimed=1500000)], FAILED, args=PASSWORD, cipher="aes-256-gcm")
    enc("password_two_rounds", "R7", "two passwords, each with few enough rounds, together with too many",
        [pwri(claimed=1500000), pwri(claimed=1500000)], FAILED, args=PASSWORD)


def kinds():
    """Recipients of several kinds in one message, and of kinds that nobody knows."""
    enc("others_malformed", "DEC-03", "somebody else's recipient has no issuer in its identifier: the object is malformed for everybody",
        [ktri("alice-rsa2048", identifier=seq(NULL)), kari()], "asn1.tag")
    all_ = [ktri(), kari(), kari(X_BOB), kekri(), pwri(), ktri("alice-rsa2048", oaep="sha256")]
    for number, (name, who, args) in enumerate((("rsa", RSA_BOB, ""), ("p256", None, ""), ("x25519", X_BOB, ""), ("kek", None, KEK),
                                                ("password", None, PASSWORD), ("oaep", "alice-rsa2048", ""))):
        enc("mixed_" + name, "ENC-28", "six recipients of all kinds; the one of this key is number %d" % (number + 1), all_, who=who,
            args=args, ours=number)
    for name, other in (("ori", ori()), ("choice_5", ori(tag=0xA5)), ("choice_9", ori(tag=0xA9)),
                        ("kari_version_9", kari("carol", version=9)), ("ktri_version_9", ktri("alice-rsa2048", version=9)),
                        ("kekri_version_9", kekri(version=9)), ("pwri_version_9", pwri(version=9)),
                        ("ktri_unknown", ktri("alice-rsa2048", algorithm_=algorithm(UNKNOWN))),
                        ("kari_unknown", kari("carol", scheme=UNKNOWN))):
        enc("skip_" + name, "DEC-03", "a recipient that nobody knows, or of an algorithm that nobody knows, stands before Bob's",
            [other, kari()], ours=1)
    enc("ori_alone", "DEC-03", "the only recipient is of an unknown kind", [ori()], NOBODY)
    enc("primitive_choice", "DEC-03", "a recipient of an unknown kind that is not constructed stands before Bob's",
        [lambda cek, label: (tlv(0x86, b"x"), []), kari()], ours=1)


def whose():
    """B2: only recipients that name our certificate are tried, and of them the first."""
    good_one, bad = ktri(), ktri(block=lambda cek, size, label: b"\0\2" + fixed(label, size - 2))
    other = lambda cek, label: ktri()(fixed("another key", 16), label)
    enc("twice_good_bad", "B2", "two recipients name Bob, the first one is right", [good_one, bad], who=RSA_BOB)
    enc("twice_bad_good", "B2", "two recipients name Bob, the second one is right: it is not tried", [bad, good_one], FAILED, who=RSA_BOB)
    enc("twice_other_good", "B2", "two recipients name Bob, the first one has another key", [other, good_one], FAILED, who=RSA_BOB)
    enc("twice_kari_bad_good", "B2", "two key agreements name Bob, the second one is right: it is not tried",
        [kari(wrapped=flipped), kari()], FAILED)
    enc("twice_hostile_other", "B2", "a hostile recipient of somebody else stands before Bob's",
        [ktri("alice-rsa2048", block=lambda cek, size, label: fixed(label, size)[:1] * 0 + bytes(size)), good_one], who=RSA_BOB, ours=1)
    enc("somebody_else", "DEC-04", "the message is for Alice", [kari("alice")], NOBODY)
    enc("somebody_else_rsa", "DEC-04", "the message is for Alice, with RSA", [ktri("alice-rsa2048")], NOBODY, who=RSA_BOB)
    enc("other_kind", "DEC-04", "the message is for Bob's RSA key, and his P-256 key is given", [ktri()], NOBODY)
    enc("same_serial", "DEC-04", "the serial number is Bob's, the issuer is another one",
        [kari(identifier=seq(inside(issuer_and_serial(certificate("dave")))[0], inside(issuer_and_serial(certificate("bob")))[1]))], NOBODY)
    enc("same_issuer", "DEC-04", "the issuer is Bob's, the serial number is one more",
        [kari(identifier=seq(inside(issuer_and_serial(certificate("bob")))[0],
                             flipped(inside(issuer_and_serial(certificate("bob")))[1])))], NOBODY)
    enc("ski_prefix", "DEC-04", "the key identifier is the first half of Bob's",
        [kari(identifier=tlv(0xA0, octets_(key_identifier(certificate("bob"))[:10])))], NOBODY)
    enc("no_recipients", "C12", "the set of recipients is empty", [], NOBODY)
    enc("kek_for_certificate", "DEC-04", "the message is for Bob's certificate, and a key-encryption key is given", args=KEK,
        expect=NOBODY)
    enc("password_for_certificate", "DEC-04", "the message is for Bob's certificate, and a password is given", args=PASSWORD,
        expect=NOBODY)


def which():
    """A key without a certificate."""
    def row(name, comment, recipients, expect="ok", *, who="bob-rsa2048", **more):
        enc("key_alone_" + name, "B2", comment, recipients, expect, args="-inkey testdata/keys/%s.key" % who, **more)

    row("rsa", "one RSA recipient, and an RSA key without a certificate", [ktri()])
    row("p256", "one key agreement, and a P-256 key without a certificate", [kari()], who="bob")
    row("x25519", "one key agreement, and an X25519 key without a certificate", [kari(X_BOB)], who=X_BOB)
    row("mixed", "one RSA recipient and one key agreement, and an RSA key without a certificate", [kari(), ktri()], ours=1)
    row("two", "two RSA recipients, and an RSA key without a certificate", [ktri("alice-rsa2048"), ktri()], "decrypt.which-recipient")
    row("two_reversed", "two RSA recipients, the first one is right, and an RSA key without a certificate",
        [ktri(), ktri("alice-rsa2048")], "decrypt.which-recipient")
    row("two_ski", "two RSA recipients, the second one names the identifier of the key", [ktri("alice-rsa2048"), ktri(rid="ski")], ours=1)
    row("two_keys", "one key agreement with two keys, and a P-256 key without a certificate",
        [kari(before=[rek(issuer_and_serial(certificate("carol")), fixed("for carol", 24))])], "decrypt.which-recipient", who="bob")
    row("none", "one key agreement, and an RSA key without a certificate", [kari()], NOBODY)
    row("wrong", "one RSA recipient, and an RSA key that is not his", [ktri("alice-rsa2048")], FAILED)
