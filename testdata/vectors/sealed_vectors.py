"""The vectors of decrypt about the content: ciphers and tags, attributes, the structure of the objects, BER, compression, SIP
messages around them, and signatures inside and outside."""

import opener
from build import *
from build import inside
from enveloped import *
from message_vectors import PLAIN, OBJECT_HEADER, mixed, mixed_sip

FAILED, MISPLACED, UNSUPPORTED = "decrypt.failed", "decrypt.cipher-misplaced", "decrypt.cipher-unsupported"
AUTH_HEADER = OBJECT_HEADER.replace(b"signed-data", b"auth-enveloped-data")
PLAIN_HEADER = OBJECT_HEADER.replace(b"signed-data", b"enveloped-data")
COMPRESSED_HEADER = COMPRESSED_TYPE.encode() + b"\r\nContent-Transfer-Encoding: binary\r\n\r\n"
BOB_IS = issuer_and_serial(certificate("bob"))


def add():
    ciphers()
    downgrade()
    tags()
    nonces()
    padding()
    legacy()
    attributes()
    structure()
    malformed()
    ber_forms()
    compression()
    messages()
    labels()
    parts()
    not_encrypted()
    signed_inside()
    signed_outside()


def ciphers():
    for cipher in ("aes-192-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-192-cbc", "aes-256-cbc"):
        enc("cipher_" + cipher, "ENC-06 DEC-01", "the cipher is %s" % cipher, cipher=cipher)
    for name, number in (("unknown", UNKNOWN), ("rc2", "1.2.840.113549.3.2"), ("rc4", "1.2.840.113549.3.4"), ("des", "1.3.14.3.2.7"),
                         ("ecb", AES + "1"), ("ofb", AES + "3"), ("cfb", AES + "4"), ("camellia", "1.2.392.200011.61.1.1.1.2")):
        enc("cipher_" + name, "DEC-08 B5", "EnvelopedData with the cipher %s" % name, None, UNSUPPORTED, cipher="aes-128-cbc", number=number)
    for name, number in (("unknown", UNKNOWN), ("ccm", AES + "7"), ("ecb", AES + "1"), ("ofb", AES + "3"), ("cfb", AES + "4")):
        enc("cipher_auth_" + name, "B5", "AuthEnvelopedData with the cipher %s" % name, None, UNSUPPORTED, number=number)
    for size, text in ((0, b""), (1, b"x"), (16, b"Content-Type: a\n"), (17, b"Content-Type: a\n\n"), (4096, fixed("long", 4096))):
        for cipher in ("aes-128-gcm", "chacha20-poly1305", "aes-128-cbc"):
            enc("der_%d_%s" % (size, cipher), "FRS-17 DEC-12", "an object alone, with %s, whose content has %d octets" % (cipher, size),
                content=text, cipher=cipher, bare=True)


def downgrade():
    for cipher in ("aes-128-gcm", "chacha20-poly1305"):
        enc("misplaced_" + cipher, "B5", "%s inside of EnvelopedData, which has no place for the tag" % cipher, None, MISPLACED,
            cipher=cipher, kind="plain")
    enc("misplaced_cbc", "B5", "CBC inside of AuthEnvelopedData", None, MISPLACED, cipher="aes-128-cbc", kind="auth", mac=lambda tag: bytes(16))
    enc("misplaced_cbc_no_tag", "B5", "CBC inside of AuthEnvelopedData, with an empty tag", None, MISPLACED, cipher="aes-128-cbc", kind="auth")
    enc("misplaced_3des", "B5", "3DES inside of AuthEnvelopedData", None, MISPLACED, cipher="3des", kind="auth", args="--allow-legacy",
        mac=lambda tag: bytes(16))
    # RFC 9709: a GCM message, turned into CBC of the same key. The first block of the padding is not right, but for luck.
    enc("downgrade_cbc", "B5", "a GCM message whose type and cipher were changed to CBC", None, FAILED, content=pad(TEXT),
        kind="plain", number=AES + "2", parameters=octets_(fixed("decrypt_downgrade_cbc nonce", 12) + b"\0\0\0\2"))
    enc("require_aead", "B5", "AES-128-CBC, and --require-aead asks for more", None, "decrypt.not-authenticated", cipher="aes-128-cbc",
        args="--require-aead")
    enc("require_aead_gcm", "B5", "AES-128-GCM, and --require-aead asks for it", args="--require-aead")


def tags():
    for size in (12, 13, 14, 15, 16):
        enc("icv_%d" % size, "DEC-15 B6", "the tag has %d octets, and the parameters say so" % size, icv=size)
    enc("icv_12_explicit", "DEC-15", "the parameters say 12, which is the default", icv=12,
        parameters=seq(octets_(fixed("decrypt_icv_12_explicit nonce", 12)), integer(12)))
    for size in (0, 1, 4, 8, 11):
        enc("icv_%d" % size, "DEC-15 B6", "the tag has %d octets, and the parameters say so" % size, None, FAILED, icv=size)
    for size in (17, 32, 255):
        enc("icv_%d" % size, "DEC-15 B6", "the tag has %d octets, and the parameters say so" % size, None, FAILED, said_icv=size,
            mac=lambda tag, size=size: tag + bytes(size - 16))
    enc("icv_huge", "DEC-15 B6", "the parameters say that the tag has 2^64 octets", None, FAILED, said_icv=2**64)
    enc("icv_negative", "DEC-15 B6", "the parameters say that the tag has -1 octets", None, FAILED, said_icv=-1)
    for said, sent in ((16, 12), (12, 16), (13, 12), (16, 15), (16, 17), (16, 0), (12, 0), (16, 4)):
        enc("tag_%d_of_%d" % (sent, said), "DEC-15 B6", "the tag has %d octets, the parameters say %d" % (sent, said), None, FAILED,
            said_icv=said, mac=lambda tag, n=sent: (tag + b"\0")[:n])
    enc("tag_changed", "DEC-06 B7", "the last bit of the tag was changed", None, FAILED, mac=lambda tag: tag[:-1] + bytes([tag[-1] ^ 1]))
    enc("tag_zero", "DEC-06", "the tag is zero", None, FAILED, mac=lambda tag: bytes(16))
    for name, change in (("changed", lambda c: bytes([c[0] ^ 1]) + c[1:]), ("shorter", lambda c: c[:-1]), ("longer", lambda c: c + b"\0"),
                         ("empty", lambda c: b""), ("swapped", lambda c: c[16:32] + c[:16] + c[32:])):
        for cipher in ("aes-128-gcm", "chacha20-poly1305"):
            enc("ciphertext_%s_%s" % (name, cipher), "DEC-06 B7", "the ciphertext of %s is %s" % (cipher, name), None, FAILED, cipher=cipher,
                ciphertext=change)
    for size in (0, 12, 15, 17):
        enc("chacha_tag_%d" % size, "B6", "the tag of ChaCha20-Poly1305 has %d octets" % size, None, FAILED, cipher="chacha20-poly1305",
            mac=lambda tag, n=size: (tag + b"\0")[:n])


def nonces():
    for size in (0, 1, 8, 11, 13, 16, 64):
        enc("nonce_%d" % size, "C13", "the nonce of GCM has %d octets" % size, None, FAILED, nonce_size=size)
    for name, value in (("absent", b""), ("null", NULL), ("octets", octets_(fixed("n", 12))), ("empty", seq()),
                        ("only_icv", seq(integer(16)))):
        enc("gcm_parameters_" + name, "C13", "the parameters of GCM are %s" % name.replace("_", " "), None, FAILED, parameters=value)
    for size in (0, 8, 11, 13, 24):
        enc("chacha_nonce_%d" % size, "C13", "the nonce of ChaCha20-Poly1305 has %d octets" % size, None, FAILED,
            cipher="chacha20-poly1305", parameters=octets_(fixed("n", size)))
    enc("chacha_parameters_absent", "C13", "ChaCha20-Poly1305 has no parameters", None, FAILED, cipher="chacha20-poly1305", parameters=b"")
    enc("chacha_parameters_gcm", "C13", "ChaCha20-Poly1305 has the parameters of GCM", None, FAILED, cipher="chacha20-poly1305",
        parameters=seq(octets_(fixed("decrypt_chacha_parameters_gcm nonce", 12)), integer(16)))
    for size in (0, 8, 15, 17, 32):
        enc("cbc_iv_%d" % size, "C13", "the vector of CBC has %d octets" % size, None, FAILED, cipher="aes-128-cbc",
            parameters=octets_(fixed("iv", size)))
    for name, value in (("absent", b""), ("null", NULL)):
        enc("cbc_parameters_" + name, "C13", "the parameters of CBC are %s" % name, None, FAILED, cipher="aes-128-cbc", parameters=value)


def padding():
    """B11: the last block of CBC. All that is wrong has one answer, the one of a wrong key."""
    text = TEXT + b"." * (-len(TEXT) % 16)

    def row(name, comment, padded, expect=FAILED, product=None):
        enc("padding_" + name, "B11 ENC-18", comment, None, expect, cipher="aes-128-cbc", padded=padded, content=product or text)

    block = fixed("block", 16)
    row("16", "a whole block is padding", text + bytes([16]) * 16, "ok", text)
    row("1", "one octet is padding", text + block[:15] + b"\1", "ok", text + block[:15])
    row("0", "the last octet is 0", text + block[:15] + b"\0")
    row("17", "the last octet is 17", text + bytes([17]) * 16)
    row("255", "the last octet is 255", text + block[:15] + b"\xff")
    row("2_wrong", "the last octet is 2, the one before it is 1", text + block[:14] + b"\1\2")
    row("16_wrong", "the last octet is 16, the first of the block is 15", text + b"\x0f" + bytes([16]) * 15)
    row("15_wrong", "the last octet is 15, the second of the block is 14", text + b"x\x0e" + bytes([15]) * 14)
    row("16_first_wrong", "the only block is padding but for its first octet", b"x" + bytes([16]) * 15)
    row("none", "there is no padding", text)
    for size in (0, 1, 15, 17, 31):
        enc("cbc_length_%d" % size, "B11 C13", "the ciphertext of CBC has %d octets" % size, None, FAILED, cipher="aes-128-cbc",
            ciphertext=lambda value, size=size: value[:size])
    enc("cbc_wrong_key", "B11", "the key of the content is another one", [lambda cek, label: kari()(fixed("other", 16), label)], FAILED,
        cipher="aes-128-cbc")


def legacy():
    enc("3des", "DEC-08", "3DES", None, "decrypt.legacy-cipher", cipher="3des")
    enc("3des_allowed", "DEC-08", "3DES, and --allow-legacy reads it", cipher="3des", args="--allow-legacy")
    enc("3des_rsa_allowed", "DEC-08", "3DES and RSA, as RFC 3261 has it", [ktri()], who="bob-rsa2048", cipher="3des", args="--allow-legacy")
    enc("3des_require_aead", "DEC-08 B5", "3DES, allowed, and --require-aead asks for more", None, "decrypt.not-authenticated", cipher="3des",
        args="--allow-legacy --require-aead")


def attributes():
    """B8: authAttrs, which the tag covers as a DER SET OF with the tag 0x31."""
    two = sorted([content_type(), signing_time()])
    more = sorted(two + [attribute(UNKNOWN, tlv(12, b"hello"))])

    def row(name, comment, expect="ok", **change):
        enc("attributes_" + name, "B8 ENC-03", comment, None, expect, **change)

    row("two", "content-type and signing-time are authenticated", attributes=two)
    row("unknown", "an attribute that nobody knows is authenticated", attributes=more)
    enc("attributes_chacha", "B8 ENC-03", "two attributes are authenticated with ChaCha20-Poly1305", attributes=two,
        cipher="chacha20-poly1305")
    deviation = dict(finding="CMS-AUTH-ATTRIBUTES")
    row("none", "the authenticated attributes are there, but there is none; the tag covers the empty SET", wire=tlv(0xA1),
        aad=tlv(0x31), **deviation)
    row("content_type_other", "content-type is another than that of the content", attributes=[content_type(SIGNED_DATA)], **deviation)
    row("content_type_missing", "signing-time alone is authenticated", attributes=[signing_time()])
    row("content_type_twice", "content-type is authenticated twice", attributes=[content_type(), content_type()], **deviation)
    row("content_type_values", "content-type has two values", attributes=[attribute("1.2.840.113549.1.9.3", oid(DATA), oid(DATA))],
        **deviation)
    row("unsorted", "the attributes are sent in another order; DER is what is authenticated", attributes=more,
        wire=tlv(0xA1, *reversed(more)))
    row("indefinite", "the attributes are sent with indefinite lengths; DER is what is authenticated", attributes=two,
        wire=indefinite(0xA1, *(indefinite(0x30, *inside(a)) for a in two)))
    row("changed", "signing-time was changed", FAILED, attributes=two,
        wire=tlv(0xA1, *sorted([content_type(), signing_time("251231120001Z")])))
    row("removed", "the attributes were removed", FAILED, attributes=two, wire=b"")
    row("one_removed", "one of the attributes was removed", FAILED, attributes=two, wire=tlv(0xA1, content_type()))
    row("added", "attributes were added, the tag covers none", FAILED, wire=tlv(0xA1, *two))
    row("wrong_tag", "the tag covers the attributes with the tag 0xA1 that goes on the wire", FAILED, attributes=two, aad=tlv(0xA1, *two))
    row("no_tag", "the tag covers the attributes without tag and length", FAILED, attributes=two, aad=b"".join(two))
    row("as_unprotected", "the attributes are sent as those that nothing protects", FAILED, attributes=two, wire=b"",
        unprotected=tlv(0xA2, *two))
    row("moved_to_content", "the attributes stand before the content, and the tag covers none", FAILED, attributes=two, aad=b"", wire=b"",
        ciphertext=lambda value: tlv(0x31, *two) + value)
    row("65", "65 authenticated attributes", "limit.count", attributes=[attribute(UNKNOWN, integer(n)) for n in range(65)])
    deep = NULL
    for _ in range(64):
        deep = seq(deep)
    deep = [content_type(), attribute(UNKNOWN, deep)]
    row("deep", "an authenticated attribute is nested 64 levels deep", "asn1.depth", attributes=deep)
    enc("attributes_deep_wrong_key", "B8 B11", "the same, and the key of the content is another one: the answer is the same, too",
        [lambda cek, label: kari()(fixed("other", 16), label)], "asn1.depth", attributes=deep)
    row("unprotected", "an attribute that nothing protects follows the tag", unprotected=tlv(0xA2, attribute(UNKNOWN, integer(1))))
    row("unprotected_65", "65 attributes that nothing protects", "limit.count",
        unprotected=tlv(0xA2, *(attribute(UNKNOWN, integer(n)) for n in range(65))))
    row("unprotected_plain", "EnvelopedData with an attribute that nothing protects", cipher="aes-128-cbc",
        unprotected=tlv(0xA1, attribute(UNKNOWN, integer(1))))


def structure():
    def row(name, comment, expect="ok", *, rows="DEC-03", finding=None, **change):
        enc(name, rows, comment, None, expect, finding=finding, **change)

    info = tlv(0xA0, tlv(0xA0, certificate("alice"), certificate("ca")))
    row("originator_info", "there is an OriginatorInfo with two certificates", originator=info)
    row("originator_info_empty", "there is an OriginatorInfo without anything", originator=tlv(0xA0))
    row("originator_info_crls", "there is an OriginatorInfo with a revocation list", originator=tlv(0xA0, tlv(0xA1, seq(NULL))))
    row("originator_info_plain", "EnvelopedData with an OriginatorInfo", originator=info, cipher="aes-128-cbc")
    row("originator_info_65", "there is an OriginatorInfo with 65 certificates", "limit.count", rows="R4",
        originator=tlv(0xA0, tlv(0xA0, *([certificate("alice")] * 65))))
    for version in (1, 2, 3, 4, 127):
        row("version_%d" % version, "the version of AuthEnvelopedData is %d in place of 0" % version, rows="ENC-02", version=version,
            finding="CMS-VERSION")
    for version in (0, 1, 3, 5):
        row("version_plain_%d" % version, "the version of EnvelopedData is %d in place of 2" % version, rows="ENC-17", version=version,
            cipher="aes-128-cbc", finding="CMS-VERSION")
    row("version_200", "the version of AuthEnvelopedData is 200", "asn1.value", rows="ENC-02", version=200)
    row("version_300", "the version of AuthEnvelopedData is 300", "asn1.value", rows="ENC-02", version=300)
    row("version_negative", "the version of AuthEnvelopedData is -1", "asn1.value", rows="ENC-02", version=-1)
    ours = [kari()]
    for count, expect in ((1024, "ok"), (1025, "limit.count")):
        enc("recipients_%d" % count, "R4", "%d recipients, the last one is Bob" % count, [ori()] * (count - 1) + ours, expect, ours=count - 1)
    carol = rek(issuer_and_serial(certificate("carol")), fixed("for carol", 24))
    for count, expect in ((1024, "ok"), (1025, "limit.count")):
        enc("keys_%d" % count, "R4", "one key agreement with %d keys, the last one is Bob's" % count,
            [kari(before=[carol] * (count - 1))], expect)
    row("no_content", "the ciphertext is not there", "cms.no-content", rows="C12", field=lambda value: b"")
    row("no_content_plain", "the ciphertext of EnvelopedData is not there", "cms.no-content", rows="C12", field=lambda value: b"",
        cipher="aes-128-cbc")
    for name, number in (("auth", AUTH_ENVELOPED_DATA), ("plain", ENVELOPED_DATA)):
        enc("info_no_content_" + name, "C12", "there is nothing in the ContentInfo but the type", expect="cms.no-content",
            cms=seq(oid(number)))
        enc("info_empty_" + name, "C12", "the content of the ContentInfo is empty", expect="asn1.truncated",
            cms=seq(oid(number), tlv(0xA0)))
    row("not_data", "what is encrypted is called SignedData", "cms.content-type", rows="ENC-19", econtent_type=SIGNED_DATA)
    row("not_data_unknown", "what is encrypted has an unknown type", "cms.content-type", rows="ENC-19", econtent_type=UNKNOWN,
        attributes=[content_type(UNKNOWN)])
    for name, number in (("data", DATA), ("digested", "1.2.840.113549.1.7.5"), ("encrypted", "1.2.840.113549.1.7.6"),
                         ("authenticated", "1.2.840.113549.1.9.16.1.2"), ("unknown", UNKNOWN)):
        enc("type_" + name, "C8", "the object is %s" % {"data": "data", "unknown": "of an unknown type"}.get(name, name + "-data"),
            expect="cms.content-type", cms=content_info(octets_(TEXT) if name == "data" else seq(integer(0)), number),
            head=dict(type=AUTH_TYPE), peer=False)


def malformed():
    made = sealed("decrypt_malformed")
    good = made.cms

    def row(name, comment, expect, cms=None, rows="C11", **change):
        enc(name, rows, comment, None, expect, cms=cms, **change)

    row("truncated", "the last octet is missing", "asn1.truncated", good[:-1])
    row("truncated_half", "the second half is missing", "asn1.truncated", good[:len(good) // 2])
    row("trailing_zero", "a zero octet follows the object", "asn1.trailing", good + b"\0")
    row("twice", "the object stands twice", "asn1.trailing", good * 2)
    row("der_trailing", "an octet follows the object, which is the input", "asn1.trailing", good + b"\0", bare=True)
    row("element_trailing", "an element follows the attributes that nothing protects", "asn1.trailing", extra=NULL)
    row("plain_element_trailing", "an element follows the attributes of EnvelopedData", "asn1.trailing", extra=NULL, cipher="aes-128-cbc")
    row("plain_with_tag", "EnvelopedData with a tag, as AuthEnvelopedData has it", "asn1.trailing", extra=octets_(bytes(16)), cipher="aes-128-cbc")
    row("tag_absent", "there is no tag", "asn1.truncated", mac_field=b"")
    row("tag_not_octets", "the tag is a BIT STRING", "cms.structure", mac_field=tlv(3, bytes(17)))
    row("recipients_absent", "there are no recipients", "asn1.tag", infos=b"")
    row("recipients_sequence", "the recipients are a SEQUENCE", "asn1.tag", infos=seq(kari()(bytes(16), "x")[0]))
    row("recipient_integer", "a recipient is an INTEGER", "asn1.tag", infos=tlv(0x31, integer(1)))
    row("recipient_empty", "a recipient is an empty SEQUENCE", "asn1.truncated", infos=tlv(0x31, seq()))
    row("content_universal", "the ciphertext is an OCTET STRING without its tag [0]", "asn1.trailing",
        field=lambda value: octets_(value))
    row("content_tag_1", "the ciphertext has the tag [1]", "asn1.trailing", field=lambda value: tlv(0x81, value))
    row("algorithm_no_oid", "the cipher has no identifier", "asn1.value", algorithm_=seq())
    row("content_length_huge", "the ciphertext claims a length of 4 GiB", "asn1.truncated", rows="R3",
        field=lambda value: b"\x80\x84\xff\xff\xff\xff" + value)
    enc("recipients_deep", "R2", "an unknown recipient with a value nested 10,000 levels deep", expect="asn1.depth",
        recipients=[lambda cek, label: (indefinite(0xA4, oid(UNKNOWN), b"\x30\x80" * 10000 + b"\0\0" * 10000), []), kari()], ours=1)


def ber(der):
    """The same in BER: every length of what is constructed is indefinite. Names stay, they are DER in certificates, too."""
    if not der[0] & 0x20 or der == BOB_IS:
        return der
    return indefinite(der[0], *(ber(part) for part in inside(der)))


def ber_forms():
    enc("ber_indefinite", "C11 DEC-03", "all lengths are indefinite; the key is derived from DER", cms=ber(sealed("decrypt_ber_indefinite").cms))
    enc("ber_indefinite_plain", "C11 DEC-03", "EnvelopedData, all lengths are indefinite",
        cms=ber(sealed("decrypt_ber_indefinite_plain", cipher="aes-128-cbc").cms))
    enc("ber_pieces", "C11 ENC-04", "the ciphertext comes in pieces of 16 octets", field=constructed, flips=False)
    enc("ber_pieces_plain", "C11", "the ciphertext of EnvelopedData comes in pieces of 16 octets", field=constructed, cipher="aes-128-cbc")
    enc("ber_pieces_7", "C11", "the ciphertext of CBC comes in pieces of 7 octets", field=lambda v: constructed(v, 7), cipher="aes-128-cbc")
    enc("ber_pieces_definite", "C11", "the ciphertext comes in pieces, the length is definite",
        field=lambda v: tlv(0xA0, octets_(v[:5]), octets_(v[5:])))
    enc("ber_pieces_empty", "C11", "two of the pieces of the ciphertext are empty",
        field=lambda v: indefinite(0xA0, octets_(b""), octets_(v), octets_(b"")))
    enc("ber_piece_type", "C11", "a piece of the ciphertext is a UTF8String", None, "asn1.tag",
        field=lambda v: indefinite(0xA0, octets_(v[:5]), tlv(12, v[5:])))
    enc("ber_no_pieces", "C11", "the ciphertext has no piece: it is empty", None, FAILED, field=lambda v: indefinite(0xA0))
    enc("ber_tag_pieces", "C11", "the tag comes in two pieces",
        mac_field=tlv(0x24, *(octets_(p) for p in halves(gcm_tag("decrypt_ber_tag_pieces")))))
    enc("ber_long_length", "C11", "the length of the ciphertext has four octets", field=lambda v: tlv(0x80, v, long=4))
    made = sealed("decrypt_ber_unended")
    enc("ber_unended", "C11", "the last end-of-contents is missing", cms=ber(made.cms)[:-2], expect="asn1.truncated")


def halves(value):
    return value[:len(value) // 2], value[len(value) // 2:]


def gcm_tag(label):
    return gcm(fixed(label + " cek", 16), fixed(label + " nonce", 12), TEXT)[1]


def compression():
    """R5, and what decrypt looks through."""
    def inside_(name, comment, content, expect="ok", *, rows="R5", product=TEXT, **more):
        name_ = "compressed_" + name
        octets = sealed("decrypt_" + name_, content=content)
        enc(name_, rows, comment, expect=expect, cms=octets.cms, product=splice(sip(octets.cms, type=AUTH_TYPE), product), **more)

    def outside(name, comment, cms, expect="ok", *, rows="R5", head=None):
        enc("compressed_" + name, rows, comment, expect=expect, cms=cms, head=dict({"type": COMPRESSED_TYPE}, **(head or {})),
            product=splice(sip(cms, type=COMPRESSED_TYPE), TEXT), peer=False, integrity="authenticated")

    inside_("inside", "a compressed entity is encrypted", COMPRESSED_HEADER + compressed())
    inside_("twice_inside", "an entity, compressed twice, is encrypted", COMPRESSED_HEADER + compressed(COMPRESSED_HEADER + compressed()))
    entity = AUTH_HEADER + sealed("decrypt_compressed_outside").cms
    outside("outside", "an encrypted entity is compressed", compressed(entity))
    enc("compressed_outside_cbc", "R5", "an entity, encrypted with CBC, is compressed",
        cms=compressed(PLAIN_HEADER + sealed("decrypt_compressed_outside_cbc", cipher="aes-128-cbc").cms), head=dict(type=COMPRESSED_TYPE),
        peer=False)
    enc("compressed_plain", "R5", "a compressed entity is not encrypted", expect="decrypt.not-encrypted", cms=compressed(),
        head=dict(type=COMPRESSED_TYPE), peer=False)
    good = deflate(TEXT)
    for name, comment, stream in (("empty", "the compressed octets are not there", b""), ("cut", "the compressed octets end too early", good[:-9]),
                                  ("no_checksum", "the checksum is not there", good[:-4]),
                                  ("checksum", "the checksum is wrong", good[:-1] + bytes([good[-1] ^ 1])),
                                  ("trailing", "an octet follows the compressed ones", good + b"\0"),
                                  ("gzip", "the compressed octets have the header of gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + good[2:-4] + bytes(8)),
                                  ("raw", "the compressed octets have no header", good[2:-4]),
                                  ("block", "a block of the compressed octets has a type that does not exist", good[:2] + b"\7" + good[3:])):
        inside_("stream_" + name, comment, COMPRESSED_HEADER + compressed(stream=stream), "cms.compressed")
    inside_("algorithm_unknown", "the algorithm of the compression is unknown", COMPRESSED_HEADER + compressed(algorithm_=algorithm(UNKNOWN)),
            "algorithm.unsupported")
    inside_("not_data", "what is compressed is called SignedData", COMPRESSED_HEADER + compressed(econtent_type=SIGNED_DATA), "cms.content-type")
    inside_("no_content", "nothing is compressed", COMPRESSED_HEADER + compressed(field=b""), "cms.no-content")
    small, octets = bomb(TEXT + b"\r\n", 4096, filler=fixed("filler", 200))
    inside_("ratio_900", "a megabyte in a little more than a thousandth", COMPRESSED_HEADER + compressed(stream=small), product=octets)
    small, octets = bomb(TEXT + b"\r\n", 40960)
    assert len(octets) > 1000 * len(small)
    inside_("ratio_1030", "ten megabytes in less than a thousandth", COMPRESSED_HEADER + compressed(stream=small), "limit.compressed")
    large, octets = bomb(TEXT + b"\r\n", 2**26 // 258 + 40, filler=fixed("filler", 4000))
    assert 2**26 < len(octets) < 1000 * len(large)
    inside_("64_mib", "more than 64 MiB, in more than a thousandth", COMPRESSED_HEADER + compressed(stream=large), "limit.compressed")
    twice = compressed(stream=deflate(COMPRESSED_HEADER + compressed(stream=small)))
    inside_("ratio_twice", "ten megabytes in less than a thousandth, compressed again", COMPRESSED_HEADER + twice, "limit.compressed")

    def verify(name, comment, content, expect="ok", rows="R5 M1", type=COMPRESSED_TYPE, **more):
        octets = sip(compressed(content), type=type)
        vector("compressed_" + name, rows, comment, octets, expect, product=splice(octets, TEXT), peer=False, **more)

    signed = signed_entity(TEXT)
    verify("signed", "a signed entity is compressed", signed)
    verify("not_signed", "a compressed entity is not signed", TEXT, "verify.compressed")
    verify("partly_signed", "one of two parts that were compressed is signed",
           b"Content-Type: multipart/mixed; boundary=mixed-boundary\r\n\r\n" + mixed(PLAIN, signed), "verify.partly-signed")
    verify("encrypted", "an encrypted entity is compressed", entity, "verify.encrypted")
    verify("twice", "a signed entity is compressed twice", COMPRESSED_HEADER + compressed(signed))
    deep = signed
    for _ in range(8):
        deep = COMPRESSED_HEADER + compressed(deep)
    verify("9_times", "a signed entity is compressed nine times", deep, "limit.nesting", rows="R5 B13")
    labelled = COMPRESSED_TYPE.replace("compressed-data", "signed-data")
    verify("label", "a signed entity is compressed, and the label is another one", signed, type=labelled, finding="SMIMETYPE-MISMATCH")
    verify("label_strict", "the same, strictly", signed, "strict", type=labelled, args="--strict")


def messages():
    def base64_(cms, columns=64):
        return base64_lines(cms, columns)

    encoding = "Content-Transfer-Encoding: base64"
    for name, cipher, who, recipients in (("", "aes-128-gcm", None, None), ("_cbc", "aes-128-cbc", None, None),
                                          ("_rsa", "aes-128-gcm", "bob-rsa2048", [ktri()])):
        enc("sip_base64" + name, "DEC-12 MIM-11", "the object is base64", recipients, who=who, cipher=cipher, encode=base64_,
            head=dict(encoding=encoding))
    enc("sip_base64_one_line", "DEC-12 MIM-11", "the object is base64, all in one line", encode=lambda cms: base64_(cms, 10**6),
        head=dict(encoding=encoding))
    enc("sip_base64_junk", "M6", "an octet outside of the alphabet stands in the base64", None, "mime.base64", encode=lambda cms:
        b"!" + base64_(cms), head=dict(encoding=encoding), peer=False)
    enc("sip_encoding_binary", "DEC-12 MIM-10", "the transfer encoding is binary", head=dict(encoding="Content-Transfer-Encoding: binary"))
    enc("sip_compact", "DEC-12", "the names of the header fields are the short ones", head=dict(
        type=AUTH_TYPE.replace("Content-Type", "c"), length="l: %d", from_="f: <sip:alice@example.com>;tag=49597",
        to="t: <sip:bob@example.org>"))
    enc("sip_no_length", "DEC-12", "there is no Content-Length: one is added", head=dict(length=None))
    enc("sip_response", "DEC-12", "the message is a response", head=dict(RESPONSE))
    enc("sip_length_spelled", "DEC-12", "Content-Length is spelled oddly, and stands first", head=dict(via=None, length=None,
        max_forwards="content-LENGTH  :   %d\r\nVia: SIP/2.0/TCP client.example.com;branch=z9hG4bKvector"))
    enc("sip_truncated", "FRS-01", "the body is shorter than Content-Length says", None, "sip.truncated", head=dict(length="Content-Length: 9999"),
        peer=False)
    for name, comment, content in (
            ("multipart", "what is encrypted is a multipart", b"Content-Type: multipart/mixed; boundary=inner-boundary\r\n\r\n"
             + mixed(PLAIN, TEXT, boundary="inner-boundary")),
            ("base64_inside", "what is encrypted is base64: it stays so", b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"),
            ("binary_inside", "what is encrypted has all octets", b"Content-Type: application/octet-stream\r\n\r\n" + bytes(range(256))),
            ("lf_inside", "the text that is encrypted has bare LF: it stays so", b"Content-Type: text/plain\r\n\r\none\ntwo\n"),
            ("empty_body", "what is encrypted has an empty body", b"Content-Type: text/plain\r\n\r\n"),
            ("two_fields", "what is encrypted has three fields, one of them folded", b"Content-Type: text/plain;\r\n charset=utf-8\r\n"
             b"Content-Language: en\r\nContent-Disposition: render\r\n\r\nHello"),
            ("delimiter", "the text that is encrypted has the delimiter of a multipart", TEXT + b"\r\n--mixed-boundary\r\n")):
        enc("sip_" + name, "DEC-12 TRAP-06", comment, content=content)
    kept = b"Content-Type: text/plain\r\n\r\nHello Bob"
    for name, fields in (("mime_version", b"MIME-Version: 1.0\r\n"), ("from", b"From: <sip:mallory@example.com>\r\n")):
        made = sealed("decrypt_sip_inner_" + name, content=fields + kept)
        enc("sip_inner_" + name, "DEC-12 I7", "what is encrypted has a field that is no Content-* field; it does not enter the head",
            cms=made.cms, product=splice(sip(made.cms, type=AUTH_TYPE), kept), finding="INNER-FIELD-DROPPED")
    enc("sip_inner_no_type", "DEC-12", "what is encrypted has no header field", None, "sip.no-content-type", content=b"\r\nHello Bob")
    enc("sip_inner_no_entity", "DEC-12", "what is encrypted is a line of text and no MIME entity", None, "mime.no-empty-line",
        content=b"Content-Type: text/plain\r\nHello Bob")
    cms = sealed("decrypt_mime").cms
    vector("decrypt_mime", "DEC-12 FRS-17", "a MIME entity alone", AUTH_HEADER + cms, product=TEXT, command="decrypt", peer=("DER", cms, None),
           integrity="authenticated")
    encoded = AUTH_HEADER.replace(b"binary", b"base64") + base64_lines(cms)
    vector("decrypt_mime_base64", "DEC-12 FRS-17", "a MIME entity alone, in base64", encoded, product=TEXT, command="decrypt",
           peer=("DER", cms, None), integrity="authenticated")
    for label in ("CMS", "PKCS7"):
        vector("decrypt_pem_" + label.lower(), "FRS-17", "an object alone, in PEM with the label %s" % label, pem(cms, label), product=TEXT,
               command="decrypt", peer=("DER", cms, None), integrity="authenticated")
    vector("decrypt_pem_cut", "FRS-17", "an object in PEM whose last line is missing", pem(cms).rsplit(b"-----END", 1)[0], "pem.malformed",
           command="decrypt")


def labels():
    """TRAP-01, DEC-10: smime-type and the media type are hints."""
    def row(name, comment, type_, finding=None, **change):
        enc("label_" + name, "DEC-10 TRAP-01", comment, head=dict(type=type_), finding=finding, **change)

    row("8551", "smime-type is spelled as in RFC 8551", AUTH_TYPE.replace("auth-enveloped-data", "authEnveloped-data"), "SMIMETYPE-SPELLING")
    row("8551_case", "smime-type is spelled as in RFC 8551, in lower case", AUTH_TYPE.replace("auth-enveloped-data", "authenveloped-data"),
        "SMIMETYPE-SPELLING")
    row("upper", "smime-type is in upper case", AUTH_TYPE.replace("auth-enveloped-data", "AUTH-ENVELOPED-DATA"))
    row("quoted", "smime-type is quoted", AUTH_TYPE.replace("auth-enveloped-data", '"auth-enveloped-data"'))
    row("absent", "there is no smime-type", AUTH_TYPE.replace(" smime-type=auth-enveloped-data;", ""))
    for wrong in ("enveloped-data", "signed-data", "compressed-data", "certs-only", "nonsense"):
        row(wrong.replace("-", "_"), "smime-type is %s" % wrong, AUTH_TYPE.replace("auth-enveloped-data", wrong), "SMIMETYPE-MISMATCH")
    row("plain_auth", "EnvelopedData with the smime-type of AuthEnvelopedData", AUTH_TYPE, "SMIMETYPE-MISMATCH", cipher="aes-128-cbc")
    row("x_pkcs7", "the media type is the older x-pkcs7-mime", AUTH_TYPE.replace("pkcs7", "x-pkcs7"))
    row("case", "the media type is in upper case", AUTH_TYPE.replace("application/pkcs7-mime", "APPLICATION/PKCS7-MIME"))


def parts():
    """B9: only a whole entity is decrypted, or the part that is named."""
    made = sealed("decrypt_part")
    part = AUTH_HEADER + made.cms

    def row(name, comment, octets, expect="ok", *, args="default", product=TEXT, rows="B9"):
        vector("decrypt_mixed_" + name, rows, comment, octets, expect, args=args, command="decrypt", flips=made.parts if expect == "ok" else (),
               product=splice(octets, product) if expect == "ok" else None, integrity="authenticated" if expect == "ok" else None)

    for name, octets, number in (("first", mixed_sip(part, PLAIN), 1), ("last", mixed_sip(PLAIN, part), 2), ("alone", mixed_sip(part), 1)):
        row(name, "a part of a multipart/mixed is encrypted", octets, "decrypt.partly-encrypted")
        row("%s_part" % name, "a part of a multipart/mixed is encrypted, and it is asked for", octets, args="--part %d" % number)
    both = mixed_sip(PLAIN, part)
    row("other_part", "the second part is encrypted, the first one is asked for", both, "decrypt.not-encrypted", args="--part 1")
    row("no_part", "there is no third part", both, "part.unknown", args="--part 3")
    html = b'Content-Type: text/html\r\n\r\n<img src="http://mallory.example/'
    end = b'Content-Type: text/html\r\n\r\n">'
    row("html_around", "unclosed HTML stands before and after the encrypted part", mixed_sip(html, part, end), "decrypt.partly-encrypted")
    row("html_around_part", "unclosed HTML stands around the encrypted part: only the part that is asked for is the product",
        mixed_sip(html, part, end), args="--part 2")
    nested = b"Content-Type: multipart/mixed; boundary=inner-boundary\r\n\r\n" + mixed(PLAIN, part, boundary="inner-boundary")
    row("nested", "a part of a part is encrypted", mixed_sip(PLAIN, nested), "decrypt.partly-encrypted")
    row("nested_part", "a part of a part is encrypted, and it is asked for", mixed_sip(PLAIN, nested), args="--part 2.2")
    two = mixed_sip(part, AUTH_HEADER + sealed("decrypt_part 2").cms)
    row("two", "both parts are encrypted", two, "decrypt.partly-encrypted")
    alternative = sip(multipart(PLAIN, part), type="Content-Type: multipart/alternative; boundary=" + BOUNDARY, disposition=None)
    row("alternative", "one of two alternatives is encrypted", alternative, "decrypt.partly-encrypted")


def not_encrypted():
    def row(name, comment, octets, expect="decrypt.not-encrypted", args="default"):
        vector("decrypt_not_encrypted_" + name, "DEC-10 M1", comment, octets, expect, args=args, command="decrypt")

    one = signer()
    plain = sip(b"Hello Bob", type="Content-Type: text/plain", disposition=None)
    row("plain", "a message without S/MIME", plain)
    row("plain_verify", "a message without S/MIME, and --verify", plain, args="--verify")
    row("no_body", "a message without a body", sip(b"", type=None, disposition=None))
    row("mixed", "a multipart/mixed of two plain parts", mixed_sip(PLAIN, TEXT))
    row("opaque", "a message that is signed and not encrypted", signed_sip(signed_data(one)))
    row("detached", "a message with a detached signature that is not encrypted", detached_sip(TEXT, signed_data(one, None)))
    row("der", "a signed object alone", signed_data(one))
    row("mime", "a MIME entity alone, a text", TEXT)
    row("labelled", "a signed object that is labelled auth-enveloped-data", sip(signed_data(one), type=AUTH_TYPE))


def signed_entity(content, header=OBJECT_HEADER, **more):
    return header + signed_data(signer(content, **more), content)


def signed_inside():
    """NST-01: signed, then encrypted."""
    def row(name, comment, content, expect="ok", *, rows="NST-01 DEC-13", args="--verify", integrity="signed", product=TEXT, who=None,
            recipients=None, head=None, finding=None, **change):
        made = sealed("decrypt_" + name, recipients, content, **change)
        given_ = dict(head or {})
        given_.setdefault("type", AUTH_TYPE if is_auth(made.cms) else PLAIN_TYPE)
        product = splice(sip(made.cms, **given_), product) if expect == "ok" else None
        enc(name, rows, comment, expect=expect, cms=made.cms, args=args, integrity=integrity, product=product, who=who, head=head,
            finding=finding or ("" if integrity == "signed" else None))

    one = signed_entity(TEXT)
    row("signed", "signed, then encrypted", one)
    row("signed_cbc", "signed, then encrypted with CBC: the signature is what protects it", one, cipher="aes-128-cbc")
    row("signed_only_decrypted", "signed, then encrypted, and --verify is not there: the product is what is signed", one, args="",
        integrity="authenticated", product=one)
    row("signed_only_decrypted_cbc", "signed, then encrypted with CBC, and --verify is not there", one, args="", integrity="none", product=one,
        cipher="aes-128-cbc")
    encoded = OBJECT_HEADER.replace(b"binary", b"base64") + base64_lines(signed_data(signer()))
    row("signed_base64", "signed, then encrypted; the signed object is base64", encoded, rows="TRAP-06 NST-01")
    detached_ = SIGNED_TYPE.encode() + b"\r\n\r\n" + multipart(TEXT, p7s(signed_data(signer(), None)))
    row("signed_detached", "a detached signature, encrypted", detached_)
    bare = signed_data(signer(TEXT), TEXT)
    row("signed_bare", "a signed object is encrypted without an entity around it, as openssl's users do", bare, rows="NST-01 R1")
    row("signed_bare_cbc", "the same with CBC", bare, rows="NST-01 R1", cipher="aes-128-cbc")
    row("signed_bare_digest", "a CMS object of another kind is encrypted without an entity around it",
        content_info(seq(integer(0)), "1.2.840.113549.1.7.5"), "cms.content-type", rows="NST-01 R1")
    row("signed_bare_cut", "a signed object without its last octet is encrypted without an entity around it", bare[:-1],
        "asn1.truncated", rows="NST-01 R1")
    row("signed_compressed", "signed, compressed, then encrypted", COMPRESSED_HEADER + compressed(one), rows="R5 NST-01")
    compressed_text = COMPRESSED_HEADER + compressed()
    row("compressed_signed", "compressed, signed, then encrypted", signed_entity(compressed_text), rows="R5 NST-01")
    row("not_signed", "encrypted and not signed, and --verify asks for a signature", TEXT, "verify.not-signed")
    row("not_signed_cbc", "encrypted with CBC and not signed, and --verify asks for a signature", TEXT, FAILED,
        rows="B11 DEC-13", cipher="aes-128-cbc")
    partly = b"Content-Type: multipart/mixed; boundary=inner-boundary\r\n\r\n" + mixed(PLAIN, one, boundary="inner-boundary")
    row("partly_signed", "what is encrypted is a multipart/mixed of which a part is signed", partly, "verify.partly-signed", rows="M1")
    changed = OBJECT_HEADER + signed_data(signer(), TEXT.replace(b"Bob", b"Rob"))
    row("signed_changed", "the content was changed after signing", changed, "verify.digest-mismatch")
    good = signer()
    broken = signer(signature=good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    row("signature_changed", "the last bit of the signature was changed", OBJECT_HEADER + signed_data(broken), "verify.signature-invalid")
    row("signer_other", "Bob signed, Alice is the sender", OBJECT_HEADER + signed_data(signer(who="bob"), certs=["bob"]), "identity.mismatch")
    row("signer_untrusted", "the signer's certificate leads to no anchor", OBJECT_HEADER + signed_data(signer(cert="bad/self-alice"),
        certs=["bad/self-alice"]), "trust.unknown-issuer")
    row("signed_noverify", "the signer's certificate leads to no anchor, and -noverify does not ask", OBJECT_HEADER + signed_data(
        signer(cert="bad/self-alice"), certs=["bad/self-alice"]), args="--verify -noverify", integrity="")
    row("forwarded", "Bob encrypted to Carol what Alice had signed for him: nothing in it says so", one, rows="B12 NST-06",
        recipients=[kari("carol")], who="carol", head=dict(start="MESSAGE sip:carol@example.com SIP/2.0", to="To: <sip:carol@example.com>"),
        finding="FORWARDABLE")
    cut = sealed("decrypt_signed_tag", content=one, mac=lambda tag: bytes(16))
    enc("signed_tag_changed", "NST-01 DEC-06", "signed, then encrypted, and the tag is wrong: the signature does not help",
        expect=FAILED, cms=cut.cms, args="--verify")
    blocks()
    layers()


def blocks():
    """B10: blocks of CBC, swapped by somebody who has no key."""
    text = b"Content-Type: text/plain\r\n\r\n" + b"All of this text is longer than some blocks are. " * 6
    inner = signed_entity(text)

    def swapped(content, first, second):
        a, b = first // 16 * 16, second // 16 * 16
        return lambda c: c[:a] + c[b:b + 16] + c[a + 16:b] + c[a:a + 16] + c[b + 16:]

    at = inner.index(text)
    enc("blocks_signed_swapped", "B10", "two blocks of CBC are swapped inside of the signed text", expect=FAILED,
        cms=sealed("decrypt_blocks_signed", content=inner, cipher="aes-128-cbc", ciphertext=swapped(inner, at + 80, at + 160)).cms,
        args="--verify")
    made = sealed("decrypt_blocks", content=text, cipher="aes-128-cbc", ciphertext=swapped(text, 80, 160)).cms
    octets = sip(made, type=PLAIN_TYPE)
    enc("blocks_swapped", "B10 B11", "two blocks of CBC are swapped, and nothing is signed: nobody can see it, and nobody says otherwise",
        cms=made, product=opener.opened(octets, "default"))
    # Known plaintext: the first block becomes what the attacker wants, by way of the vector.
    wanted, known = b"Content-Type: te", text[:16]
    iv = fixed("decrypt_blocks_gadget nonce", 16)
    other = b"X-Content-Type: " + text[16:]
    gadget = sealed("decrypt_blocks_gadget", content=other, cipher="aes-128-cbc", parameters=octets_(xor(xor(iv, other[:16]), wanted))).cms
    assert known == wanted
    enc("blocks_gadget", "B10", "the first block of CBC was replaced by way of the vector", cms=gadget,
        product=opener.opened(sip(gadget, type=PLAIN_TYPE), "default"))


def layers():
    """B13: signed and encrypted by turns, from the inside."""
    content = TEXT
    for depth in range(1, 10):
        if depth % 2:
            content = signed_entity(content)
        elif depth < 8:
            content = AUTH_HEADER + sealed("decrypt_layers %d" % depth, content=content).cms
        if depth == 8:
            made = sealed("decrypt_layers_8", content=content)
            enc("layers_8", "B13 R2", "8 layers, signed and encrypted by turns", cms=made.cms, args="--verify",
                product=splice(sip(made.cms, type=AUTH_TYPE), TEXT), integrity="signed")
            content = AUTH_HEADER + made.cms
    octets = sip(content.split(b"\r\n\r\n", 1)[1])
    vector("decrypt_layers_9", "B13 R2", "9 layers, signed and encrypted by turns", octets, "limit.nesting", args="--verify", command="decrypt")
    deep = TEXT
    for level in range(100):
        deep = AUTH_HEADER + sealed("decrypt_layers_100 %d" % level, [kekri()], content=deep, cipher="chacha20-poly1305").cms
    vector("decrypt_layers_100", "B13 R2", "encrypted 100 times", sip(deep.split(b"\r\n\r\n", 1)[1], type=AUTH_TYPE), "limit.nesting",
           args=KEK + " --verify", command="decrypt")


def signed_outside():
    """NST-03: encrypted, then signed; and both."""
    def row(name, comment, octets, expect="ok", *, rows="NST-03 DEC-13", product=TEXT, args="--verify", flips=(), finding=None,
            integrity="authenticated"):
        if finding is None and expect == "ok":
            finding = {"authenticated": "SIGNED-CIPHERTEXT", "none": "CBC-UNAUTHENTICATED"}.get(integrity)
        vector("decrypt_" + name, rows, comment, octets, expect, args=args, command="decrypt", finding=finding, flips=flips,
               product=splice(octets, product) if expect == "ok" else None, integrity=integrity if expect == "ok" else None)

    for name, cipher, header in (("", "aes-128-gcm", AUTH_HEADER), ("_cbc", "aes-128-cbc", PLAIN_HEADER)):
        made = sealed("decrypt_outside" + name, cipher=cipher)
        entity = header + made.cms
        one = signer(entity)
        shown = dict(integrity="none" if name else "authenticated", flips=[*made.parts, *one.protected])
        row("outside" + name, "encrypted, then signed", signed_sip(signed_data(one, entity)), **shown)
        row("outside_detached" + name, "encrypted, then signed with a detached signature", detached_sip(entity, signed_data(one, None)),
            rows="NST-04 DEC-13", **shown)
        row("outside_strict" + name, "encrypted, then signed, and strictly something inside has to be signed",
            signed_sip(signed_data(one, entity)), FAILED if name else "strict", rows="NST-06", args="--verify --strict")
    made = sealed("decrypt_outside")
    entity = AUTH_HEADER + made.cms
    broken = signer(entity.replace(b"smime.p7m", b"smime.p7n"))
    row("outside_changed", "encrypted, then signed, then changed", signed_sip(signed_data(broken, entity)), "verify.digest-mismatch")
    wrong = AUTH_HEADER + sealed("decrypt_outside_tag", mac=lambda tag: bytes(16)).cms
    row("outside_tag", "encrypted, then signed, and the tag is wrong", signed_sip(signed_data(signer(wrong), wrong)), FAILED)
    alice = AUTH_HEADER + sealed("decrypt_outside_alice", [kari("alice")]).cms
    row("outside_somebody_else", "encrypted for Alice, then signed", signed_sip(signed_data(signer(alice), alice)), "decrypt.no-recipient")
    inner = signed_entity(TEXT)
    middle = AUTH_HEADER + sealed("decrypt_triple", content=inner).cms
    row("triple", "signed, encrypted, signed", signed_sip(signed_data(signer(middle), middle)), rows="NST-07",
        integrity="signed")
    row("triple_strict", "signed, encrypted, signed: what is inside is signed, as it has to be strictly",
        signed_sip(signed_data(signer(middle), middle)), rows="NST-06", integrity="signed", args="--verify --strict")
    row("triple_inner_changed", "signed, encrypted, signed; the inner content was changed before it was encrypted",
        signed_sip(signed_data(*(lambda m: (signer(m), m))(AUTH_HEADER + sealed(
            "decrypt_triple_inner", content=OBJECT_HEADER + signed_data(signer(), TEXT.replace(b"Bob", b"Rob"))).cms))),
        "verify.digest-mismatch", rows="NST-07")
    twice = AUTH_HEADER + sealed("decrypt_twice inner", content=inner).cms
    cms = sealed("decrypt_twice", content=twice).cms
    enc("twice_encrypted", "NST-08 DEC-13", "signed, then encrypted twice", cms=cms, args="--verify", integrity="signed",
        product=splice(sip(cms, type=AUTH_TYPE), TEXT))
