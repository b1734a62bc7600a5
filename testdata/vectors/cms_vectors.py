"""The vectors about CMS objects: threats C1 to C15, R2 and R4, and the VFY rows about signed attributes."""

import hashlib

from build import *
from certificates import FILLERS, WRONG_KEY_SAME_ID, HOSTILE_NAME, HOSTILE_NAME_MALLORY

FILES = {"hello.entity": TEXT}
CONTENT_ARGUMENT = "-content testdata/vectors/hello.entity"
OTHER = b"Content-Type: text/plain\r\n\r\nHello Bob, this is somebody else."


def three(content=TEXT):
    return [content_type(), signing_time(), message_digest(content)]


def add():
    good()
    c1()
    c2()
    c3()
    c4()
    c5()
    c6()
    c7()
    c8()
    c9()
    c10()
    c11()
    c12()
    shapes()
    c14()
    c15()
    signing_certificate()
    capabilities()
    versions()
    limits()
    ber()


def good():
    opaque("opaque", "VFY-01 VFY-03", "an opaque signature with ECDSA P-256 and SHA-256",
           verdicts="integrity=good trust=good identity=good freshness=not-checked")
    detached("detached", "VFY-01 MIM-03", "a detached signature with ECDSA P-256 and SHA-256",
             verdicts="integrity=good trust=good identity=good freshness=not-checked")
    opaque("opaque_ski", "VFY-09", "the signer is named by its subject key identifier", signer(sid="ski"))
    detached("detached_ski", "VFY-09", "the signer is named by its subject key identifier", signer(sid="ski"))
    for who in ("alice-rsa2048", "alice-rsa3072", "alice-p384", "alice-ed25519"):
        opaque("opaque_" + who.split("-")[1], "VFY-07", "a signature of %s" % who, signer(who=who), certs=[who])
    detached("detached_rsa2048", "VFY-07", "a detached signature of alice-rsa2048", signer(who="alice-rsa2048"),
             certs=["alice-rsa2048"])
    detached("detached_ed25519", "VFY-07 MIM-06", "a detached signature of alice-ed25519", signer(who="alice-ed25519"),
             certs=["alice-ed25519"], head=dict(type=SIGNED_TYPE.replace("sha-256", "sha-512")))
    opaque("opaque_rsa_key_identifier", "VFY-07 SGN-12", "signatureAlgorithm is rsaEncryption, as older signers write it",
           signer(who="alice-rsa2048", algorithm_=algorithm(RSA_KEY, NULL)), certs=["alice-rsa2048"])
    opaque("opaque_rsa_pss", "VFY-07 SGN-13", "RSASSA-PSS with SHA-256 and a salt of 32 octets",
           signer(who="alice-rsa2048", pss=True), certs=["alice-rsa2048"])
    opaque("opaque_rsa_pss_no_parameters", "VFY-07 C13", "RSASSA-PSS without parameters",
           signer(who="alice-rsa2048", pss=True, algorithm_=algorithm(RSA_PSS)), "algorithm.parameters",
           certs=["alice-rsa2048"])
    for digest in ("sha384", "sha512"):
        opaque("opaque_ecdsa_" + digest, "VFY-07", "ECDSA P-256 with %s" % digest, signer(digest=digest))
    opaque("opaque_digest_null", "VFY-06", "digestAlgorithm has NULL parameters",
           signer(digest_algorithm=algorithm(DIGESTS["sha256"], NULL)))
    opaque("opaque_signature_null", "VFY-06", "ecdsa-with-SHA256 has NULL parameters, as RFC 3278 wrote them",
           signer(algorithm_=algorithm(ECDSA["sha256"], NULL)))
    opaque("opaque_signature_parameters", "VFY-06", "ecdsa-with-SHA256 has the name of a curve as parameters",
           signer(algorithm_=algorithm(ECDSA["sha256"], oid("1.2.840.10045.3.1.7"))), "algorithm.parameters")
    opaque("opaque_rsa_no_null", "VFY-06", "sha256WithRSAEncryption without the NULL",
           signer(who="alice-rsa2048", algorithm_=algorithm(RSA["sha256"])), certs=["alice-rsa2048"])
    opaque("opaque_signing_time_absent", "VFY-04", "there is no signing-time",
           signer(attributes=[content_type(), message_digest(TEXT)]))
    opaque("opaque_signing_time_2050", "SGN-17", "signing-time is a GeneralizedTime of 2050, outside of the certificate",
           signer(attributes=[content_type(), message_digest(TEXT),
                              attribute(SIGNING_TIME, tlv(24, b"20500101000000Z"))]), finding="SIGNTIME-OUTSIDE-CERT")
    opaque("opaque_unknown_attribute", "VFY-04", "a signed attribute that nobody knows",
           signer(more=[attribute(UNKNOWN, tlv(12, b"hello"), integer(7))]))
    opaque("opaque_empty_content", "VFY-02", "the signed content is a header and an empty body",
           content=b"Content-Type: text/plain\r\n\r\n", flips=True)
    opaque("opaque_chain", "VFY-14", "the message carries the intermediate authority and the root",
           signer(who="carol"), certs=["carol", "sub-ca", "ca"], head=dict(from_="From: <sip:carol@example.com>;tag=1"))

    # Integrity: content, attributes and signature, each changed after signing.
    one = signer()
    opaque("opaque_content_changed", "VFY-02", "the content was changed after signing", one, "verify.digest-mismatch",
           content=TEXT.replace(b"Bob", b"Rob"), verdicts="integrity=bad trust=not-checked identity=not-checked")
    detached("detached_content_changed", "VFY-02", "the content was changed after signing", one, "verify.digest-mismatch",
             sent=TEXT.replace(b"Bob", b"Rob"))
    opaque("opaque_attributes_changed", "VFY-03", "signing-time was changed after signing",
           signer(hashed=tlv(0x31, *sorted([content_type(), signing_time("251231120001Z"), message_digest(TEXT)]))),
           "verify.signature-invalid")
    broken = one.signature[:-1] + bytes([one.signature[-1] ^ 1])
    opaque("opaque_signature_changed", "VFY-03", "the last bit of the signature was changed", signer(signature=broken),
           "verify.signature-invalid")
    detached("detached_signature_changed", "VFY-03", "the last bit of the signature was changed", signer(signature=broken),
             "verify.signature-invalid")
    opaque("opaque_signature_trailing", "VFY-03 V1", "an octet follows the ECDSA signature",
           signer(signature=one.signature + b"\0"), "verify.signature-invalid")
    opaque("opaque_wrong_signer_key", "VFY-03", "signed with Bob's key in Alice's name",
           signer(who="bob", cert="alice"), "verify.signature-invalid")
    opaque("opaque_wrong_tag_hashed", "SGN-07 C9", "the attributes were hashed with the tag 0xA0 that goes on the wire",
           signer(hashed=tlv(0xA0, *sorted(three()))), "verify.signature-invalid")


def c1():
    detached("detached_with_content_same", "C1", "the detached signature carries a content of its own, the same",
             cms=signed_data(signer()), expect="cms.two-contents")
    detached("detached_with_content_other", "C1", "the detached signature carries the signed content, the part is another",
             cms=signed_data(signer()), sent=OTHER, expect="cms.two-contents")
    detached("detached_with_content_hidden", "C1", "the part is what was signed, the object carries another content",
             cms=signed_data(signer(), OTHER), expect="cms.two-contents")
    detached("detached_with_content_empty", "C1", "the detached signature carries an empty content", cms=signed_data(signer(), b""),
             expect="cms.two-contents")
    bare("der_with_content_twice", "C1", "a bare object with its content, and a content given beside it", signed_data(signer()),
         "cms.two-contents", args=CONTENT_ARGUMENT)


def c2():
    alice = signer()
    later = signer(attributes=[content_type(), signing_time("251231120005Z"), message_digest(TEXT)])
    bob = signer(who="bob")
    broken = signer(who="bob", signature=bob.signature[:-1] + bytes([bob.signature[-1] ^ 1]))
    foreign = signer(who="bad/mallory", cert="bad/same-issuer-and-serial",
                     identifier=tlv(0x80, key_identifier(certificate("bad/same-issuer-and-serial"))), version=3)
    both = ["alice", "bob"]
    opaque("signers_two", "C2", "two signers, both trusted; the first one is the sender", [alice, bob], certs=both)
    opaque("signers_two_reversed", "C2", "two signers, both trusted; the second one is the sender", [bob, alice], certs=both)
    opaque("signers_two_none_the_sender", "C2 I1", "two signers, both trusted, neither of them the sender",
           [bob, signer(who="carol")], "identity.mismatch", certs=["bob", "carol", "sub-ca"])
    opaque("signers_good_bad", "C2", "a good signature, then a broken one of another signer", [alice, broken],
           "verify.signature-invalid", certs=both)
    opaque("signers_bad_good", "C2", "a broken signature, then a good one of another signer", [broken, alice],
           "verify.signature-invalid", certs=both)
    opaque("signers_good_bad_any", "C2", "a good signature, then a broken one, and one good signature is enough", [alice, broken],
           certs=both, args="--any-signer", flip_signers=[alice])
    opaque("signers_bad_good_any_not_sender", "C2 I1", "one good signature is enough, but it is not the one of the sender",
           [signer(signature=alice.signature[:-1] + bytes([alice.signature[-1] ^ 1])), bob], "identity.mismatch", certs=both,
           args="--any-signer")
    opaque("signers_good_foreign", "C2", "a good signature, then one of a certificate nobody vouches for", [alice, foreign],
           "trust.unknown-issuer", certs=["alice", "bad/same-issuer-and-serial"])
    opaque("signers_foreign_good", "C2", "a signature of a certificate nobody vouches for, then a good one", [foreign, alice],
           "trust.unknown-issuer", certs=["alice", "bad/same-issuer-and-serial"])
    opaque("signers_good_unknown_certificate", "C2 VFY-10", "a good signature, then one whose certificate is not there",
           [alice, bob], "verify.signer-certificate-missing")
    opaque("signers_same_twice", "C2 VFY-25", "two good signatures of one certificate", [alice, later])
    opaque("signers_same_twice_identical", "C2 VFY-25", "one and the same signature twice", [alice, alice], flips=False)
    first_broken = signer(signature=alice.signature[:-1] + bytes([alice.signature[-1] ^ 1]))
    opaque("signers_same_twice_one_broken", "C2 VFY-25", "a good and a broken signature of one certificate",
           [later, first_broken], "verify.signature-invalid")
    opaque("signers_same_twice_one_broken_first", "C2 VFY-25", "a broken and a good signature of one certificate",
           [first_broken, later], "verify.signature-invalid")
    unknown = signer(algorithm_=algorithm(UNKNOWN))
    opaque("signers_same_twice_one_unknown", "C2 VFY-25", "a good signature, and one with an unknown algorithm, of one certificate",
           [later, unknown], flip_signers=[later])
    opaque("signers_same_twice_one_unknown_first", "C2 VFY-25", "one with an unknown algorithm, then a good one, of one certificate",
           [unknown, later], flip_signers=[later])
    opaque("signers_unknown_of_another", "C2 VFY-25", "a good signature, and one with an unknown algorithm of another certificate",
           [alice, signer(who="bob", algorithm_=algorithm(UNKNOWN))], "algorithm.unsupported", certs=both)
    opaque("opaque_unknown_signature_algorithm", "VFY-25", "the only signature has an unknown algorithm", unknown,
           "algorithm.unsupported")
    opaque("opaque_unknown_digest", "VFY-25", "the only signature has an unknown digest algorithm",
           signer(digest_algorithm=algorithm(UNKNOWN)), "algorithm.unsupported")


def c3():
    opaque("opaque_no_signer", "C3", "the set of signers is empty", [], "verify.no-signer",
           digests=[algorithm(DIGESTS["sha256"])])
    detached("detached_no_signer", "C3", "the set of signers is empty", [], "verify.no-signer",
             digests=[algorithm(DIGESTS["sha256"])])
    certs_only = signed_data([], None, digests=[], certs=["alice", "ca"])
    opaque("opaque_certs_only", "C3", "a certs-only object labelled signed-data", [], "verify.no-signer", cms=certs_only)
    opaque("opaque_certs_only_labelled", "C3", "a certs-only object labelled certs-only", [], "verify.no-signer", cms=certs_only,
           head=dict(type="Content-Type: application/pkcs7-mime; smime-type=certs-only; name=smime.p7c"))
    opaque("opaque_signature_empty", "C3", "the signature has no octets", signer(signature=b""), "verify.signature-invalid")
    opaque("opaque_rsa_signature_empty", "C3", "the RSA signature has no octets",
           signer(who="alice-rsa2048", signature=b""), "verify.signature-invalid", certs=["alice-rsa2048"])
    opaque("opaque_ed25519_signature_empty", "C3", "the Ed25519 signature has no octets",
           signer(who="alice-ed25519", signature=b""), "verify.signature-invalid", certs=["alice-ed25519"])
    opaque("opaque_signature_zero", "C3 V1", "the ECDSA signature is r = s = 0",
           signer(signature=seq(integer(0), integer(0))), "verify.signature-invalid")


def c4():
    # What Alice signed: the attributes of TEXT. What is sent: those attributes as the content, and no attributes.
    attributes = tlv(0x31, *sorted(three()))
    moved = signer(attributes, attributes=None)
    assert moved.signature == signer().signature
    for suffix, args in (("", "default"), ("_legacy", "--allow-legacy")):
        opaque("opaque_attributes_as_content" + suffix, "C4", "the signed attributes of another message, sent as the content",
               moved, "verify.attributes-as-content", content=attributes, args=args)
        detached("detached_attributes_as_content" + suffix, "C4",
                 "the signed attributes of another message, sent as the detached content", moved,
                 "verify.attributes-as-content", content=attributes, args=args)
    only_digest = tlv(0x31, message_digest(TEXT))
    opaque("opaque_attributes_as_content_digest_only", "C4", "a content that is a SET of message-digest alone, without attributes",
           signer(only_digest, attributes=None), "verify.attributes-as-content", content=only_digest, args="--allow-legacy")
    signed = signer(attributes)
    bare("der_attributes_as_content_signed", "C4", "a content that is a SET of attributes, signed with attributes: that is allowed",
         signed_data(signed, attributes), content=attributes, flips=[attributes, signed.attributes, signed.signature])
    plain = signer(attributes=None)
    opaque("opaque_no_attributes", "C4 C10", "a signature without signed attributes", plain, "verify.no-signed-attributes")
    opaque("opaque_no_attributes_legacy", "C4 VFY-08", "a signature without signed attributes, which --allow-legacy accepts", plain,
           args="--allow-legacy", finding="NO-SIGNED-ATTRIBUTES")
    detached("detached_no_attributes_legacy", "C4 VFY-08",
             "a detached signature without signed attributes, which --allow-legacy accepts", plain, args="--allow-legacy",
             finding="NO-SIGNED-ATTRIBUTES")
    opaque("opaque_no_attributes_changed", "C4 VFY-03", "a content that was changed, under a signature without signed attributes",
           plain, "verify.signature-invalid", content=OTHER, args="--allow-legacy")


def c5():
    opaque("opaque_digests_empty", "C5", "the set of digest algorithms is empty", digests=[], finding="DIGEST-NOT-ANNOUNCED")
    detached("detached_digests_empty", "C5", "the set of digest algorithms is empty", digests=[],
             finding="DIGEST-NOT-ANNOUNCED")
    opaque("opaque_digest_not_announced", "C5", "the digest algorithm of the signer is not in the set", finding="DIGEST-NOT-ANNOUNCED",
           digests=[algorithm(DIGESTS["sha512"])])
    opaque("opaque_digests_unknown", "C5", "the set holds an unknown digest algorithm besides the right one",
           digests=[algorithm(DIGESTS["sha256"]), algorithm(UNKNOWN)])
    opaque("opaque_digests_twice", "C5", "the set holds the digest algorithm twice", digests=[algorithm(DIGESTS["sha256"])] * 2)
    for suffix, who, sign_digest in (("", "alice", "sha384"), ("_rsa", "alice-rsa2048", "sha512")):
        opaque("opaque_digest_differs" + suffix, "C5", "the signature algorithm names another digest than digestAlgorithm",
               signer(who=who, sign_digest=sign_digest), "verify.digest-algorithm", certs=[who])
    opaque("opaque_digest_differs_pss", "C5", "the PSS parameters name another digest than digestAlgorithm",
           signer(who="alice-rsa2048", pss=True, digest="sha512", sign_digest="sha256"), "verify.digest-algorithm",
           certs=["alice-rsa2048"])
    opaque("opaque_ed25519_digest", "C5 SGN-11", "Ed25519 with SHA-256 as the digest algorithm",
           signer(who="alice-ed25519", digest="sha256"), "verify.ed25519-digest", certs=["alice-ed25519"])
    for name, value, finding in (("lies", "sha-512", "MICALG-MISMATCH"), ("unknown", "sha3-256", "MICALG-UNKNOWN"),
                                 ("old_spelling", "sha256", "MICALG-LEGACY")):
        detached("detached_micalg_" + name, "C5 MIM-06 MIM-07", "micalg is %s, the signer uses SHA-256" % value,
                 head=dict(type=SIGNED_TYPE.replace("sha-256", value)), finding=finding)
    detached("detached_micalg_missing", "C5 MIM-05", "there is no micalg",
             head=dict(type=SIGNED_TYPE.replace(" micalg=sha-256;", "")), finding="MICALG-MISSING")


def c6():
    digest, kind, time = message_digest(TEXT), content_type(), signing_time()
    value = octets_(hashlib.sha256(TEXT).digest())
    other = octets_(hashlib.sha256(OTHER).digest())

    def row(name, comment, attributes, expect="verify.signed-attributes"):
        opaque("opaque_" + name, "C6 VFY-04", comment, signer(attributes=attributes), expect)

    row("message_digest_missing", "there is no message-digest", [kind, time])
    row("message_digest_twice", "message-digest stands twice, with the same value", [kind, time, digest, digest])
    row("message_digest_twice_other_first", "message-digest stands twice; another value comes first in DER order or not",
        [kind, time, digest, attribute(MESSAGE_DIGEST, other)])
    row("message_digest_no_value", "message-digest has no value", [kind, time, attribute(MESSAGE_DIGEST)])
    row("message_digest_two_values", "message-digest has two values, one of them right",
        [kind, time, attribute(MESSAGE_DIGEST, value, other)])
    row("message_digest_two_values_same", "message-digest has the right value twice",
        [kind, time, attribute(MESSAGE_DIGEST, value, value)])
    right = hashlib.sha256(TEXT).digest()
    row("message_digest_utf8", "message-digest is a UTF8String of the right octets", [kind, time, attribute(MESSAGE_DIGEST, tlv(12, right))])
    row("message_digest_sequence", "message-digest is a SEQUENCE that holds the right OCTET STRING",
        [kind, time, attribute(MESSAGE_DIGEST, seq(value))])
    row("message_digest_null", "message-digest is NULL", [kind, time, attribute(MESSAGE_DIGEST, NULL)])
    row("message_digest_empty", "message-digest has no octets", [kind, time, attribute(MESSAGE_DIGEST, octets_(b""))])
    row("message_digest_short", "message-digest lacks its last octet", [kind, time, attribute(MESSAGE_DIGEST, octets_(right[:-1]))])
    row("message_digest_long", "an octet follows the right message-digest",
        [kind, time, attribute(MESSAGE_DIGEST, octets_(right + b"\0"))])
    row("message_digest_of_sha1", "message-digest is the SHA-1 of the content, digestAlgorithm is SHA-256",
        [kind, time, message_digest(TEXT, "sha1")])
    row("message_digest_of_sha512", "message-digest is the SHA-512 of the content, digestAlgorithm is SHA-256",
        [kind, time, message_digest(TEXT, "sha512")])
    row("message_digest_other", "message-digest is the digest of another content", [kind, time, message_digest(OTHER)],
        "verify.digest-mismatch")
    row("message_digest_of_body", "message-digest covers the body without its header", [kind, time, message_digest(TEXT.split(b"\r\n\r\n")[1])],
        "verify.digest-mismatch")
    row("content_type_twice", "content-type stands twice", [kind, kind, time, digest])
    row("content_type_no_value", "content-type has no value", [attribute(CONTENT_TYPE), time, digest])
    row("content_type_two_values", "content-type has two values, the first one right",
        [attribute(CONTENT_TYPE, oid(DATA), oid(SIGNED_DATA)), time, digest])
    row("content_type_not_oid", "content-type is an OCTET STRING", [attribute(CONTENT_TYPE, octets_(oid(DATA)[2:])), time, digest])
    row("signing_time_twice", "signing-time stands twice, with the same value", [kind, time, time, digest])
    row("signing_time_twice_differ", "signing-time stands twice, with different values", [kind, time, signing_time("251231120001Z"), digest])
    row("signing_time_no_value", "signing-time has no value", [kind, attribute(SIGNING_TIME), digest])
    row("signing_time_two_values", "signing-time has two values",
        [kind, attribute(SIGNING_TIME, utc("251231120000Z"), utc("251231120001Z")), digest])
    row("signing_time_not_a_time", "signing-time is a UTF8String", [kind, attribute(SIGNING_TIME, tlv(12, b"251231120000Z")), digest])
    row("signing_time_impossible", "signing-time is the 30th of February", [kind, signing_time("250230120000Z"), digest])
    opaque("opaque_attributes_empty", "C6 VFY-04", "the set of signed attributes is there and empty",
           signer(attributes=[]), "verify.signed-attributes")


def c7():
    digest, time = message_digest(TEXT), signing_time()
    opaque("opaque_content_type_missing", "C7 VFY-04", "there is no content-type attribute", signer(attributes=[time, digest]),
           "verify.signed-attributes")
    opaque("opaque_content_type_other", "C7 VFY-04", "the content-type attribute names signed-data, the content is data",
           signer(attributes=[content_type(SIGNED_DATA), time, digest]), "verify.content-type")
    opaque("opaque_content_type_outer_other", "C7 VFY-04", "the content-type attribute names data, the content is said to be TSTInfo",
           signer(), "cms.content-type", econtent_type=TST_INFO)
    opaque("opaque_not_data", "C7", "the content is TSTInfo, and the attribute says so", signer(econtent_type=TST_INFO), "cms.content-type",
           econtent_type=TST_INFO)
    opaque("opaque_not_data_no_attributes", "C7", "the content is TSTInfo and there are no attributes", signer(attributes=None),
           "cms.content-type", econtent_type=TST_INFO, args="--allow-legacy")


def c8():
    k = key("alice")
    right_digest, right_signature = algorithm(DIGESTS["sha256"]), signature_algorithm(k, "sha256")

    def protection(digest=right_digest, signature=right_signature, tag=0xA1):
        return seq(digest, bytes([tag]) + signature[1:])

    def row(name, comment, *values, expect="verify.algorithm-protection", count=1):
        opaque("opaque_algorithm_protection" + name, "C8 VFY-24", comment,
               signer(more=[attribute(ALGORITHM_PROTECTION, *values)] * count), expect)

    row("", "cms-algorithm-protection names the algorithms of the signature", protection(), expect="ok")
    row("_digest", "cms-algorithm-protection names another digest algorithm", protection(digest=algorithm(DIGESTS["sha512"])))
    row("_signature", "cms-algorithm-protection names another signature algorithm",
        protection(signature=algorithm(ECDSA["sha512"])))
    row("_mac", "cms-algorithm-protection names a MAC in place of the signature algorithm", protection(tag=0xA2),
        expect="verify.signed-attributes")
    row("_no_signature", "cms-algorithm-protection names no signature algorithm", seq(right_digest),
        expect="verify.signed-attributes")
    row("_twice", "cms-algorithm-protection stands twice", protection(), expect="verify.signed-attributes", count=2)
    row("_no_value", "cms-algorithm-protection has no value", expect="verify.signed-attributes")
    row("_two_values", "cms-algorithm-protection has two values", protection(), protection(digest=algorithm(DIGESTS["sha512"])),
        expect="verify.signed-attributes")
    row("_not_a_sequence", "cms-algorithm-protection is an OCTET STRING", octets_(b"sha256"), expect="verify.signed-attributes")
    opaque("opaque_algorithm_protection_outer_digest", "C8 VFY-24",
           "digestAlgorithm was changed to SHA-512 after signing; attributes and signature are as they were",
           signer(attributes=three() + [attribute(ALGORITHM_PROTECTION, protection())],
                  digest_algorithm=algorithm(DIGESTS["sha512"])), "verify.signed-attributes")
    rsa_protection = seq(right_digest, b"\xa1" + algorithm(RSA["sha256"], NULL)[1:])
    opaque("opaque_algorithm_protection_outer_signature", "C8 VFY-24",
           "signatureAlgorithm was changed to rsaEncryption after signing, which means the same",
           signer(who="alice-rsa2048", more=[attribute(ALGORITHM_PROTECTION, rsa_protection)], algorithm_=algorithm(RSA_KEY, NULL)),
           "verify.algorithm-protection", certs=["alice-rsa2048"])


def c9():
    inner = sorted(three())
    shuffled = inner[::-1]
    assert shuffled != inner
    der = tlv(0x31, *inner)

    def row(name, comment, wire, hashed, expect="ok"):
        finding = "SIGNEDATTRS-NOT-DER" if expect == "ok" else None
        opaque("opaque_attributes_" + name, "C9 VFY-05", comment, signer(wire=bytes([0xA0]) + wire[1:], hashed=hashed), expect,
               finding=finding)

    unsorted = tlv(0x31, *shuffled)
    row("unsorted", "the attributes are sent unsorted, and hashed as DER sorts them", unsorted, der)
    row("unsorted_as_received", "the attributes are sent unsorted, and hashed so", unsorted, unsorted)
    neither = tlv(0x31, inner[1], inner[0], inner[2])
    assert neither not in (der, unsorted)
    row("unsorted_neither", "the attributes are sent in one wrong order, and hashed in another", unsorted, neither,
        "verify.signature-invalid")
    long = tlv(0x31, *inner, long=3)
    row("long_length", "the length of the set is not minimal; DER was hashed", long, der)
    row("long_length_as_received", "the length of the set is not minimal, and was hashed so", long, long)
    inner_long = tlv(0x31, tlv(0x30, inner[0][2:], long=2), *inner[1:])
    row("inner_long_length", "the length of an attribute is not minimal; DER was hashed", inner_long, der)
    row("inner_long_length_as_received", "the length of an attribute is not minimal, and was hashed so", inner_long, inner_long)
    loose = indefinite(0x31, *inner)
    row("indefinite", "the set has an indefinite length; DER was hashed", loose, der)
    row("indefinite_as_received", "the set has an indefinite length, and was hashed so", loose, loose)
    pieces = hashlib.sha256(TEXT).digest()
    cut = seq(oid(MESSAGE_DIGEST), tlv(0x31, indefinite(0x24, octets_(pieces[:16]), octets_(pieces[16:]))))
    in_pieces = tlv(0x31, content_type(), signing_time(), cut)
    row("digest_in_pieces", "message-digest is an OCTET STRING in two pieces; DER was hashed", in_pieces, der)
    row("digest_in_pieces_as_received", "message-digest is an OCTET STRING in two pieces, and was hashed so", in_pieces, in_pieces)
    values = [utc("251231120000Z"), integer(7)]
    loose_values = seq(oid(UNKNOWN), tlv(0x31, *sorted(values, reverse=True)))
    sorted_values = attribute(UNKNOWN, *values)
    assert loose_values != sorted_values
    row("values_unsorted", "the values of an attribute are sent unsorted; DER was hashed",
        tlv(0x31, *sorted(three() + [loose_values])), tlv(0x31, *sorted(three() + [sorted_values])))
    row("values_unsorted_as_received", "the values of an attribute are sent unsorted, and were hashed so",
        tlv(0x31, *sorted(three() + [loose_values])), tlv(0x31, *sorted(three() + [loose_values])))
    detached("detached_attributes_unsorted", "C9 VFY-05", "the attributes are sent unsorted, and hashed as DER sorts them",
             signer(wire=tlv(0xA0, *shuffled), hashed=der), finding="SIGNEDATTRS-NOT-DER")


def c10():
    rsa_alice = ["alice-rsa2048"]
    sha1_rsa, sha1_ecdsa = signer(who="alice-rsa2048", digest="sha1"), signer(digest="sha1")
    for name, one, certs in (("rsa_sha1", sha1_rsa, rsa_alice), ("ecdsa_sha1", sha1_ecdsa, ["alice"])):
        opaque("opaque_" + name, "C10 VFY-08", "digest and signature use SHA-1", one, "verify.weak-algorithm", certs=certs)
        opaque("opaque_" + name + "_legacy", "C10 VFY-08", "digest and signature use SHA-1, which --allow-legacy accepts", one,
               args="--allow-legacy", certs=certs, finding="WEAK-ALG")
    opaque("opaque_rsa_sha1_no_attributes_legacy", "C10 VFY-08", "the shape of RFC 6216: SHA-1 and no signed attributes",
           signer(who="alice-rsa2048", digest="sha1", attributes=None, digest_algorithm=algorithm(DIGESTS["sha1"], NULL),
                  algorithm_=algorithm(RSA_KEY, NULL)), certs=rsa_alice, args="--allow-legacy", finding="WEAK-ALG")
    for suffix, args in (("", "default"), ("_legacy", "--allow-legacy")):
        opaque("opaque_rsa_md5" + suffix, "C10", "digest and signature use MD5, which nothing makes acceptable",
               signer(who="alice-rsa2048", digest="md5", digest_algorithm=algorithm(DIGESTS["md5"], NULL)),
               "algorithm.unsupported", certs=rsa_alice, args=args)
    weak = signer(who="bad/rsa1024")
    opaque("opaque_rsa1024", "C10 VFY-08", "an RSA key of 1024 bits", weak, "verify.weak-algorithm", certs=["bad/rsa1024"])
    opaque("opaque_rsa1024_legacy", "C10 VFY-08", "an RSA key of 1024 bits, which --allow-legacy accepts", weak,
           args="--allow-legacy", certs=["bad/rsa1024"], finding="WEAK-KEY")
    opaque("opaque_sha1_broken_legacy", "C10 VFY-08", "a SHA-1 signature that is broken besides", signer(
        who="alice-rsa2048", digest="sha1", signature=b"\1" * 256), "verify.signature-invalid", certs=rsa_alice,
        args="--allow-legacy")


def c11():
    one = signer()
    good_cms = signed_data(one)
    flips = [TEXT, one.attributes, one.signature]
    bare("der", "C11 FRS-17", "a CMS object alone, in DER", good_cms, flips=flips)
    bare("pem", "C11", "a CMS object alone, in PEM", good_cms, octets=pem(good_cms))
    bare("pem_pkcs7", "C11", "a CMS object alone, in PEM with the older label PKCS7", good_cms, octets=pem(good_cms, "PKCS7"))
    detached_cms = signed_data(one, None)
    vector("der_detached", "C11", "a detached CMS object alone, its content given by -content", detached_cms, args=CONTENT_ARGUMENT,
           product=TEXT, flips=[one.attributes, one.signature], peer=("DER", detached_cms, TEXT))
    vector("der_detached_no_content", "C12", "a detached CMS object alone, without its content", detached_cms, "cms.no-content",
           peer=("DER", detached_cms, None))
    for name, comment, extra in (("trailing_zero", "a zero octet follows the object", b"\0"),
                                 ("trailing_line_end", "CR LF follows the object", b"\r\n"),
                                 ("trailing_end_of_contents", "an end-of-contents follows the object", b"\0\0"),
                                 ("twice", "the object stands twice", good_cms)):
        opaque("opaque_" + name, "C11", comment, cms=good_cms + extra, expect="asn1.trailing")
    detached("detached_trailing_zero", "C11", "a zero octet follows the object", cms=detached_cms + b"\0", expect="asn1.trailing")
    bare("der_trailing_zero", "C11", "a zero octet follows the object", good_cms + b"\0", "asn1.trailing")
    bare("der_twice", "C11", "the object stands twice", good_cms * 2, "asn1.trailing")
    opaque("opaque_truncated", "C11 R3", "the last octet of the object is missing", cms=good_cms[:-1], expect="asn1.truncated")
    opaque("opaque_length_huge", "R3", "the object claims a length of 4 GiB", cms=b"\x30\x84\xff\xff\xff\xff" + good_cms[4:],
           expect="asn1.truncated")
    text = pem(good_cms)
    for name, comment, octets in (
            ("second_block", "a second block follows the first", text + text),
            ("second_certificate", "a certificate follows the object", text + pem(certificate("alice"), "CERTIFICATE")),
            ("junk", "an octet outside of base64 stands in the block", text.replace(b"MII", b"M!I", 1)),
            ("end_label", "the END line has another label", text.replace(b"END CMS", b"END PKCS7")),
            ("unclosed", "there is no END line", text.split(b"-----END")[0])):
        vector("pem_" + name, "C11", comment, octets, "pem.malformed", peer=("PEM", octets, None))


def c12():
    opaque("opaque_no_content_info_content", "C12", "a ContentInfo without content", cms=seq(oid(SIGNED_DATA)),
           expect="cms.no-content")
    opaque("opaque_content_info_content_empty", "C12", "a ContentInfo whose [0] is empty", cms=seq(oid(SIGNED_DATA), tlv(0xA0)),
           expect="asn1.truncated")
    opaque("opaque_no_content", "C12", "eContent is absent, and nothing else is the content", cms=signed_data(signer(), None),
           expect="cms.no-content")
    opaque("opaque_content_not_octets", "C12", "eContent is a UTF8String", expect="cms.structure", cms=content_info(seq(
        integer(1), tlv(0x31, algorithm(DIGESTS["sha256"])), seq(oid(DATA), tlv(0xA0, tlv(12, TEXT))),
        tlv(0xA0, certificate("alice")), tlv(0x31, signer().der))))
    opaque("opaque_no_certificate", "C12 VFY-10", "the object carries no certificate", certs=[],
           expect="verify.signer-certificate-missing")
    opaque("opaque_no_certificate_given", "C12 VFY-10", "the object carries no certificate; it is given with -certfile", certs=[],
           args="-certfile testdata/keys/alice.pem")
    opaque("opaque_no_certificate_ski", "C12 VFY-10", "the object carries no certificate; it is found by its key identifier",
           signer(sid="ski"), certs=[], args="-certfile testdata/keys/alice.pem")
    opaque("opaque_no_certificate_pinned", "C12 VFY-10", "the object carries no certificate; it is given with --trust", certs=[],
           args="--trust testdata/keys/alice.pem")
    opaque("opaque_no_certificate_other_given", "C12 VFY-10", "the object carries no certificate; the one given is Bob's", certs=[],
           expect="verify.signer-certificate-missing", args="-certfile testdata/keys/bob.pem")
    opaque("opaque_certificate_not_used", "C12", "the certificate is in the message, and -nointern says not to use it",
           expect="verify.signer-certificate-missing", args="-nointern")
    opaque("opaque_certificates_empty", "C12", "the set of certificates is there and empty", certificates=tlv(0xA0),
           expect="verify.signer-certificate-missing")
    opaque("opaque_signers_absent", "C12", "signerInfos is not there", signers_field=b"", expect="asn1.truncated")
    opaque("opaque_certificate_unreadable", "C12", "a certificate that cannot be read stands before the right one",
           certs=[seq(seq(integer(5))), "alice"], finding="CERT-UNREADABLE")
    opaque("opaque_other_certificate_format", "C12", "a certificate of another format stands among the certificates",
           certs=["alice", tlv(0xA3, oid(UNKNOWN), NULL)], version=5)
    opaque("opaque_enveloped_labelled_signed", "C12", "the object is EnvelopedData", expect="verify.encrypted", cms=content_info(
        seq(integer(0), tlv(0x31, seq(integer(0))), seq(oid(DATA), algorithm(UNKNOWN), tlv(0x80, b"12345678"))),
        "1.2.840.113549.1.7.3"))
    opaque("opaque_digested_data", "C12", "the object is DigestedData", expect="cms.content-type", cms=content_info(
        seq(integer(0), algorithm(DIGESTS["sha256"]), seq(oid(DATA), tlv(0xA0, octets_(TEXT))),
            octets_(hashlib.sha256(TEXT).digest())), "1.2.840.113549.1.7.5"))


def shapes():
    """Structures with something twice, after the end, or spelled otherwise."""
    one = signer()
    digests, cert, infos = tlv(0x31, algorithm(DIGESTS["sha256"])), tlv(0xA0, certificate("alice")), tlv(0x31, one.der)
    data = tlv(0xA0, octets_(TEXT))

    def row(name, comment, expect, encapsulated=seq(oid(DATA), data), after=b"", signers=infos, rows="C11"):
        opaque("opaque_" + name, rows, comment, expect=expect,
               cms=content_info(seq(integer(1), digests, encapsulated, cert, signers, after)))

    row("content_two_strings", "eContent holds two OCTET STRINGs", "asn1.trailing", seq(oid(DATA), tlv(0xA0, octets_(TEXT), octets_(OTHER))))
    row("content_twice", "eContent stands twice", "asn1.trailing", seq(oid(DATA), data, tlv(0xA0, octets_(OTHER))))
    row("signed_data_trailing", "an element follows signerInfos", "asn1.trailing", after=NULL)
    row("signers_field_twice", "signerInfos stands twice", "asn1.trailing", after=infos)
    fields = inside(one.der)
    row("signer_trailing", "an element follows the signature in the SignerInfo", "asn1.trailing", signers=tlv(0x31, seq(*fields, NULL)))
    row("signer_attributes_twice", "the SignerInfo has two sets of signed attributes", "asn1.tag",
        signers=tlv(0x31, seq(*fields[:4], fields[3], *fields[4:])))
    row("signer_unsigned_twice", "the SignerInfo has two sets of unsigned attributes", "asn1.trailing",
        signers=tlv(0x31, seq(*fields, tlv(0xA1, attribute(UNKNOWN, NULL)), tlv(0xA1, attribute(UNKNOWN, NULL)))))
    row("signer_not_a_sequence", "a SignerInfo is an OCTET STRING", "asn1.tag", signers=tlv(0x31, octets_(one.der)))
    row("attribute_trailing", "an element follows the values of an unsigned attribute", "asn1.trailing",
        signers=tlv(0x31, seq(*fields, tlv(0xA1, seq(oid(UNKNOWN), tlv(0x31, NULL), NULL)))))
    row("inner_length_huge", "the content claims a length of 4 GiB", "asn1.truncated", rows="R3",
        encapsulated=seq(oid(DATA), tlv(0xA0, b"\x04\x84\xff\xff\xff\xff" + TEXT)))
    row("inner_length_of_length", "the length of the content has 127 octets", "asn1.length", rows="R3",
        encapsulated=seq(oid(DATA), tlv(0xA0, b"\x04\xff" + b"\xff" * 127 + TEXT)))
    opaque("opaque_algorithm_of_another_key", "VFY-07", "signatureAlgorithm is RSA, the key of the certificate is P-256",
           signer(algorithm_=algorithm(RSA["sha256"], NULL)), "verify.signature-invalid")
    opaque("opaque_algorithm_of_another_key_rsa", "VFY-07", "signatureAlgorithm is ECDSA, the key of the certificate is RSA",
           signer(who="alice-rsa2048", algorithm_=algorithm(ECDSA["sha256"])), "verify.signature-invalid", certs=["alice-rsa2048"])
    opaque("opaque_pss_said_pkcs1", "VFY-07", "signatureAlgorithm is PKCS #1 v1.5, the signature is PSS",
           signer(who="alice-rsa2048", pss=True, algorithm_=algorithm(RSA["sha256"], NULL)), "verify.signature-invalid",
           certs=["alice-rsa2048"])
    opaque("opaque_crls_65", "R4", "65 revocation lists", crls=tlv(0xA1, *([seq(NULL)] * 65)), expect="limit.count")
    opaque("opaque_date_required", "VFY-27", "no Date is covered, and --require-date asks for one", expect="freshness.no-date",
           args="--require-date", verdicts="integrity=good trust=good identity=good freshness=bad")
    opaque("opaque_no_anchor", "P6", "no anchor is named", expect="trust.no-anchor", args="-CApath testdata/rfc",
           verdicts="integrity=good trust=bad")
    detached("detached_micalg_lies_strict", "C5 MIM-07", "micalg is sha-512, the signer uses SHA-256, and --strict counts it", None,
             "strict", args="--strict", head=dict(type=SIGNED_TYPE.replace("sha-256", "sha-512")))


def c14():
    both = ["bad/same-ski", "alice"]
    for name, certs in (("wrong_first", both), ("right_first", both[::-1])):
        opaque("opaque_ski_twice_" + name, "C14 VFY-09", "two certificates have the key identifier; one of them is Alice's",
               signer(sid="ski"), certs=certs, verdicts="integrity=good trust=good identity=good")
    opaque("opaque_ski_sixteen", "C14 VFY-09", "sixteen certificates have the key identifier; the last one is Alice's",
           signer(sid="ski"), certs=WRONG_KEY_SAME_ID + ["alice"])
    opaque("opaque_ski_of_mallory", "C14 VFY-09", "Mallory signs; her certificate has the key identifier of Alice's",
           signer(who="bad/mallory", cert="bad/same-ski", sid="ski"), "identity.mismatch", certs=["alice", "bad/same-ski"],
           verdicts="integrity=good trust=good identity=bad")
    double = ["bad/same-issuer-and-serial", "alice"]
    for name, certs in (("wrong_first", double), ("right_first", double[::-1])):
        opaque("opaque_serial_twice_" + name, "C14", "another authority's certificate has issuer and serial number of Alice's",
               certs=certs, verdicts="integrity=good trust=good identity=good")
    mallory = signer(who="bad/mallory", cert="bad/same-issuer-and-serial")
    opaque("opaque_serial_of_alice", "C14", "Mallory signs with a certificate that has issuer and serial number of Alice's", mallory,
           "trust.unknown-issuer", certs=["bad/same-issuer-and-serial"], verdicts="integrity=good trust=bad")
    for name, certs in (("", double), ("_right_first", double[::-1])):
        opaque("opaque_serial_of_alice_and_alice" + name, "C14",
               "Mallory signs with a certificate that has issuer and serial number of Alice's, and adds Alice's", mallory,
               "trust.unknown-issuer", certs=certs, verdicts="integrity=good trust=bad")
    opaque("opaque_serial_of_alice_alone", "C14", "Mallory signs in Alice's name, with Alice's certificate only", mallory,
           "verify.signature-invalid", certs=["alice"])
    opaque("opaque_serial_of_bob", "C14", "Alice signs, and names issuer and serial number of Bob's certificate",
           signer(identifier=issuer_and_serial(certificate("bob"))), "verify.signature-invalid", certs=["alice", "bob"])
    issuer, serial = inside(issuer_and_serial(certificate("alice")))
    printable = issuer.replace(tlv(12, b"test"), tlv(19, b"test")).replace(tlv(12, b"sip-smime test CA"),
                                                                                tlv(19, b"sip-smime test CA"))
    assert printable != issuer
    opaque("opaque_issuer_printable", "C14 VFY-09", "the issuer is written as PrintableString, in the certificate as UTF8String",
           signer(identifier=seq(printable, serial)))
    opaque("opaque_issuer_case", "C14 VFY-09", "the issuer is written in another case, which means the same (RFC 5280 section 7.1)",
           signer(identifier=seq(issuer.replace(b"sip-smime test CA", b"SIP-SMIME TEST ca"), serial)))
    opaque("opaque_serial_other", "C14 VFY-10", "the serial number is one too large",
           signer(identifier=seq(issuer, serial[:-1] + bytes([serial[-1] + 1]))), "verify.signer-certificate-missing")
    opaque("opaque_certificate_among_crls", "C14", "the signer's certificate stands among the revocation lists", certs=[],
           crls=tlv(0xA1, certificate("alice")), expect="verify.signer-certificate-missing")
    opaque("opaque_certificate_twice", "C14", "the signer's certificate stands twice", certs=["alice", "alice"])


HOSTILE = "UNSIGNED \x1b]0;owned\x07\x1b[31m \u202esip:alice@example.com".encode()


def c15():
    def row(name, comment, unsigned, expect="ok"):
        opaque("opaque_unsigned_" + name, "C15", comment, signer(unsigned=tlv(0xA1, *unsigned)), expect)

    row("attribute", "an unsigned attribute with octets that drive a terminal", [attribute(UNKNOWN, tlv(12, HOSTILE))])
    row("signing_time", "an unsigned signing-time", [signing_time("400101000000Z")])
    row("message_digest", "an unsigned message-digest of another content", [message_digest(OTHER)])
    row("message_digest_twice", "two unsigned message-digests", [message_digest(OTHER), message_digest(TEXT)])
    counter = signer(signer().signature, "bob", attributes=[message_digest(signer().signature)])
    row("countersignature", "a countersignature of Bob", [attribute(COUNTERSIGNATURE, counter.der)])
    row("countersignature_broken", "a countersignature that is broken",
        [attribute(COUNTERSIGNATURE, counter.der[:-1] + bytes([counter.der[-1] ^ 1]))])
    row("countersignature_junk", "a countersignature that is no SignerInfo", [attribute(COUNTERSIGNATURE, octets_(HOSTILE))])
    row("not_an_attribute", "an unsigned attribute that is a UTF8String", [tlv(12, HOSTILE)], "asn1.tag")
    opaque("opaque_unsigned_attributes_empty", "C15", "the set of unsigned attributes is there and empty", signer(unsigned=tlv(0xA1)))
    # What belongs to the signed attributes, sent unsigned.
    opaque("opaque_unsigned_digest_only", "C15 C6", "message-digest is only among the unsigned attributes",
           signer(attributes=[content_type(), signing_time()], unsigned=tlv(0xA1, message_digest(TEXT))),
           "verify.signed-attributes")


def identifier_v2(name="alice", digest=None, serial=None):
    der = certificate(name)
    value = hashlib.new(digest or "sha256", der).digest()
    return seq(algorithm(DIGESTS[digest]) if digest else b"", octets_(value), serial or b"")


def signing_certificate():
    der = certificate("alice")
    fields = inside(inside(der)[0])
    serial = seq(seq(tlv(0xA4, fields[3])), fields[1])

    def v2(*identifiers, **more):
        return attribute(SIGNING_CERTIFICATE_V2, seq(seq(*identifiers)), **more)

    def v1(name="alice"):
        return attribute(SIGNING_CERTIFICATE, seq(seq(seq(octets_(hashlib.sha1(certificate(name)).digest())))))

    def row(name, comment, *attributes, expect="ok", certs=("alice",)):
        opaque("opaque_signing_certificate_" + name, "VFY-11", comment, signer(more=list(attributes)), expect, certs=certs)

    row("v2", "signing-certificate-v2 names the signer's certificate", v2(identifier_v2()))
    row("v2_serial", "signing-certificate-v2 names issuer and serial number, too", v2(identifier_v2(serial=serial)))
    row("v2_sha256_named", "signing-certificate-v2 spells out its default digest", v2(identifier_v2(digest="sha256")))
    row("v2_sha512", "signing-certificate-v2 with SHA-512", v2(identifier_v2(digest="sha512")))
    row("v2_chain", "signing-certificate-v2 names the issuer's certificate, too", v2(identifier_v2(), identifier_v2("ca")))
    row("v2_other", "signing-certificate-v2 names Bob's certificate", v2(identifier_v2("bob")), expect="verify.signing-certificate")
    row("v2_other_in_message", "signing-certificate-v2 names Bob's certificate, which is in the message", v2(identifier_v2("bob")),
        expect="verify.signing-certificate", certs=["alice", "bob"])
    row("v2_second", "signing-certificate-v2 names the signer's certificate only in second place",
        v2(identifier_v2("ca"), identifier_v2()), expect="verify.signing-certificate")
    row("v2_empty", "signing-certificate-v2 names no certificate", v2(), expect="verify.signed-attributes")
    row("v2_twice", "signing-certificate-v2 stands twice", v2(identifier_v2()), v2(identifier_v2("bob")),
        expect="verify.signed-attributes")
    row("v2_two_values", "signing-certificate-v2 has two values",
        attribute(SIGNING_CERTIFICATE_V2, seq(seq(identifier_v2())), seq(seq(identifier_v2("bob")))), expect="verify.signed-attributes")
    row("v2_malformed", "signing-certificate-v2 is an OCTET STRING", attribute(SIGNING_CERTIFICATE_V2, octets_(b"alice")),
        expect="verify.signed-attributes")
    row("v1", "signing-certificate names the signer's certificate", v1())
    row("v1_other", "signing-certificate names Bob's certificate", v1("bob"), expect="verify.signing-certificate")
    row("v1_v2", "both signing-certificate attributes name the signer's certificate", v1(), v2(identifier_v2()))
    row("v1_other_v2", "signing-certificate names Bob's certificate, signing-certificate-v2 the signer's; each counts (RFC 5035 "
        "section 2)", v1("bob"), v2(identifier_v2()), expect="verify.signing-certificate")
    row("v1_v2_other", "signing-certificate names the signer's certificate, signing-certificate-v2 Bob's", v1(), v2(identifier_v2("bob")),
        expect="verify.signing-certificate")
    # It selects among certificates that hold one key.
    opaque("opaque_signing_certificate_selects", "VFY-11 C14", "two certificates of one key; the attribute names the second one",
           signer(sid="ski", more=[v2(identifier_v2())]), certs=["bad/expired", "alice"],
           verdicts="integrity=good trust=good identity=good")
    opaque("opaque_signing_certificate_selects_bad", "VFY-11 C14",
           "two certificates of one key; the attribute names the one that has expired",
           signer(sid="ski", more=[v2(identifier_v2("bad/expired"))]), "trust.expired", certs=["alice", "bad/expired"],
           verdicts="integrity=good trust=bad")


def capabilities():
    aes = seq(seq(oid("2.16.840.1.101.3.4.1.6")))
    other = seq(seq(oid("2.16.840.1.101.3.4.1.2")))
    preference = tlv(0xA0, issuer_and_serial(certificate("alice"))[2:])
    for name, number, a, b in (("capabilities", CAPABILITIES, aes, other), ("key_preference", KEY_PREFERENCE, preference, NULL)):
        def row(suffix, comment, attributes, expect="verify.signed-attributes"):
            opaque("opaque_%s%s" % (name, suffix), "VFY-23", comment, signer(more=attributes), expect)

        row("", "%s stands once, with one value" % name, [attribute(number, a)], "ok")
        row("_twice", "%s stands twice" % name, [attribute(number, a)] * 2)
        row("_two_values", "%s has two values" % name, [attribute(number, a, b)])
        row("_no_value", "%s has no value" % name, [attribute(number)])


def versions():
    for version in (0, 2, 3, 5):
        opaque("opaque_version_%d" % version, "VFY-25", "the version of SignedData is %d in place of 1" % version, version=version)
    opaque("opaque_version_300", "VFY-25", "the version of SignedData is 300", version=300, expect="asn1.value")
    opaque("opaque_version_negative", "VFY-25", "the version of SignedData is -1", version=-1, expect="asn1.value")
    opaque("opaque_signer_version_3", "VFY-25 SGN-09", "the version of the signer is 3, with issuer and serial number", signer(version=3))
    opaque("opaque_signer_version_1_ski", "VFY-25 SGN-09", "the version of the signer is 1, with a key identifier",
           signer(version=1, sid="ski"))
    opaque("opaque_signer_version_0", "VFY-25 SGN-09", "the version of the signer is 0", signer(version=0))


def limits():
    def unknown(count):
        return [attribute("%s.%d" % (UNKNOWN, n), NULL) for n in range(count)]

    opaque("opaque_attributes_64", "R4", "64 signed attributes", signer(more=unknown(61)))
    opaque("opaque_attributes_65", "R4", "65 signed attributes", signer(more=unknown(62)), "limit.count")
    opaque("opaque_unsigned_65", "R4", "65 unsigned attributes", signer(unsigned=tlv(0xA1, *unknown(65))), "limit.count")
    signers = [signer(attributes=[content_type(), signing_time("2512311200%02dZ" % n), message_digest(TEXT)]) for n in range(17)]
    opaque("signers_16", "R4", "16 signers", signers[:16], flip_signers=signers[15:16])
    opaque("signers_17", "R4", "17 signers", signers, "limit.count")
    opaque("opaque_certificates_64", "R4", "64 certificates, the signer's is the last", certs=FILLERS[:63] + ["alice"])
    opaque("opaque_certificates_65", "R4", "65 certificates, the signer's is the first", certs=["alice"] + FILLERS[:64],
           expect="limit.count")
    opaque("opaque_hostile_name", "O1", "the name of the signer holds octets that drive a terminal", certs=[HOSTILE_NAME],
           signers=signer(identifier=issuer_and_serial(HOSTILE_NAME)))
    opaque("opaque_hostile_name_mismatch", "O1 I1", "the name of the signer holds octets that drive a terminal, and is not the sender",
           certs=[HOSTILE_NAME_MALLORY], expect="identity.mismatch",
           signers=signer(who="bad/mallory", cert="bad/same-ski", identifier=issuer_and_serial(HOSTILE_NAME_MALLORY)))


def ber():
    one = signer()
    halves = [TEXT[:20], TEXT[20:]]
    fields = seq(integer(1))[2:], tlv(0x31, algorithm(DIGESTS["sha256"])), certificate("alice")

    def object_(econtent, signers=None):
        version, digests, cert = fields
        encapsulated = indefinite(0x30, oid(DATA), *([indefinite(0xA0, econtent)] if econtent else []))
        return indefinite(0x30, oid(SIGNED_DATA), indefinite(0xA0, indefinite(
            0x30, version, digests, encapsulated, indefinite(0xA0, cert), signers or indefinite(0x31, one.der))))

    chunked = object_(indefinite(0x24, *map(octets_, halves)))
    opaque("opaque_ber", "C9 R2", "the whole object in indefinite lengths, and the content in two pieces", cms=chunked, flips=False)
    bare("der_ber", "C9 R2", "a bare object in indefinite lengths, and the content in two pieces", chunked,
         flips=halves + one.protected)
    bare("pem_ber", "C9 R2", "the same in PEM", chunked, octets=pem(chunked))
    detached("detached_ber", "C9 R2", "a detached signature in indefinite lengths", cms=object_(None))
    opaque("opaque_ber_definite_pieces", "C9 R2", "the content in two pieces of an OCTET STRING of definite length", flips=False,
           cms=content_info(seq(*fields[:2], seq(oid(DATA), tlv(0xA0, tlv(0x24, *map(octets_, halves)))), tlv(0xA0, fields[2]),
                                tlv(0x31, one.der))))
    nested = indefinite(0x24, octets_(halves[0]), indefinite(0x24, octets_(b""), octets_(halves[1])))
    opaque("opaque_ber_nested_pieces", "C9 R2", "the content in pieces of pieces", cms=object_(nested), flips=False)
    opaque("opaque_ber_content_changed", "C9 VFY-02", "the whole object in indefinite lengths, and one octet of the content changed",
           cms=chunked.replace(b"Bob", b"Rob"), expect="verify.digest-mismatch")
    opaque("opaque_ber_piece_type", "C9", "a piece of the content is a UTF8String",
           cms=object_(indefinite(0x24, octets_(halves[0]), tlv(12, halves[1]))), expect="asn1.tag")
    opaque("opaque_ber_trailing", "C11", "octets follow the end-of-contents of the object", cms=chunked + b"\0\0",
           expect="asn1.trailing")
    opaque("opaque_ber_unended", "C11", "the last end-of-contents is missing", cms=chunked[:-2], expect="asn1.truncated")
    opaque("opaque_ber_primitive_indefinite", "C9", "the content is a primitive OCTET STRING of indefinite length",
           cms=object_(bytes([4, 0x80]) + TEXT + b"\0\0"), expect="asn1.length")
    signature_pieces = indefinite(0x24, octets_(one.signature[:9]), octets_(one.signature[9:]))
    loose = inside(one.der)
    opaque("opaque_ber_signature_pieces", "C9", "the signature in two pieces", flips=False,
           cms=object_(indefinite(0x24, *map(octets_, halves)), tlv(0x31, seq(*loose[:5], signature_pieces))))
    long = content_info(seq(*fields[:2], seq(oid(DATA), tlv(0xA0, tlv(4, TEXT, long=4))), tlv(0xA0, fields[2]),
                            tlv(0x31, one.der)))
    opaque("opaque_content_long_length", "C9", "the length of the content is not minimal", cms=long)

    def deep(levels, innermost=b""):
        out = innermost
        for _ in range(levels):
            out = indefinite(0x24, out)
        return out

    opaque("opaque_ber_20_deep", "R2", "the content in pieces, nested 20 levels deep", cms=object_(deep(20, octets_(TEXT))), flips=False)
    opaque("opaque_ber_33_deep", "R2", "the content in pieces, nested 33 levels deep", cms=object_(deep(33, octets_(TEXT))),
           expect="asn1.depth")
    definite = octets_(TEXT)
    for _ in range(33):
        definite = tlv(0x24, definite)
    opaque("opaque_definite_33_deep", "R2", "the content in pieces of definite length, nested 33 levels deep", expect="asn1.depth",
           cms=content_info(seq(*fields[:2], seq(oid(DATA), tlv(0xA0, definite)), tlv(0xA0, fields[2]), tlv(0x31, one.der))))
    value = NULL
    for _ in range(40):
        value = seq(value)
    opaque("opaque_attribute_40_deep", "R2", "a signed attribute whose value is nested 40 levels deep",
           signer(more=[attribute(UNKNOWN, value)]), "asn1.depth")
    opaque("opaque_10000_deep", "R2", "an object that is 10,000 indefinite SEQUENCEs", cms=b"\x30\x80" * 10000, expect="asn1.depth")
