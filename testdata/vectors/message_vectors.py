"""The vectors about MIME, SIP framing and the claimed identity: threats M1 to M6, F1 to F5, I1, I2 and O1."""

from build import *

PLAIN = b"Content-Type: text/plain\r\n\r\nThis text is not signed."
OBJECT_HEADER = (b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
                 b"Content-Disposition: attachment; filename=smime.p7m; handling=required\r\n"
                 b"Content-Transfer-Encoding: binary\r\n\r\n")


def add():
    m1()
    m2()
    m3()
    m4()
    m5()
    m6()
    f1()
    f2()
    f3()
    f4()
    i1()
    i2()
    o1()


def mixed(*parts, boundary="mixed-boundary"):
    return multipart(*parts, boundary=boundary)


def mixed_sip(*parts, **change):
    return sip(mixed(*parts), type="Content-Type: multipart/mixed; boundary=mixed-boundary", disposition=None, **change)


def refused(name, row, comment, octets, expect, **more):
    vector(name, row, comment, octets, expect, **more)


def m1():
    one = signer()
    cms = signed_data(one)
    signed_part = SIGNED_TYPE.encode() + b"\r\n\r\n" + multipart(TEXT, p7s(signed_data(one, None)))
    opaque_part = OBJECT_HEADER + cms
    refused("plain", "M1", "a message without a signature", sip(b"Hello Bob", type="Content-Type: text/plain", disposition=None),
            "verify.not-signed")
    refused("plain_no_body", "M1", "a message without a body", sip(b"", type=None, disposition=None), "verify.not-signed")
    refused("mixed_plain", "M1", "a multipart/mixed of two plain parts", mixed_sip(PLAIN, TEXT), "verify.not-signed")
    for name, part in (("opaque", opaque_part), ("detached", signed_part)):
        protected = [TEXT] + one.protected
        octets = mixed_sip(part, PLAIN)
        refused("mixed_%s_first" % name, "M1", "the first part is signed, the second is not", octets, "verify.partly-signed")
        vector("mixed_%s_first_part_1" % name, "M1", "the first part is signed, the second is not, and only the first is asked for",
               octets, args="--part 1", product=splice(octets, TEXT), flips=protected)
        refused("mixed_%s_first_part_2" % name, "M1", "the first part is signed, the second is not, and the second is asked for",
                octets, "verify.not-signed", args="--part 2")
        refused("mixed_%s_first_part_3" % name, "M1", "there is no third part", octets, "part.unknown", args="--part 3")
        octets = mixed_sip(PLAIN, part)
        refused("mixed_%s_last" % name, "M1", "the second part is signed, the first is not", octets, "verify.partly-signed")
        vector("mixed_%s_last_part_2" % name, "M1", "the second part is signed, the first is not, and only the second is asked for",
               octets, args="--part 2", product=splice(octets, TEXT), flips=protected)
        octets = mixed_sip(part)
        refused("mixed_%s_alone" % name, "M1", "a multipart/mixed whose only part is signed", octets, "verify.partly-signed")
    wrapped = b"Content-Type: multipart/mixed; boundary=inner-boundary\r\n\r\n" + mixed(PLAIN, opaque_part, boundary="inner-boundary")
    octets = mixed_sip(PLAIN, wrapped)
    vector("mixed_nested_part_2_2", "M1", "a signed part of a part is asked for", octets, args="--part 2.2",
           product=splice(octets, TEXT), flips=[TEXT] + one.protected)
    for count, expect in ((16, "ok"), (17, "limit.nesting")):
        deep = opaque_part
        for level in range(count - 1):
            name = "level-%d" % level
            deep = ("Content-Type: multipart/mixed; boundary=%s\r\n\r\n" % name).encode() + mixed(deep, boundary=name)
        octets = mixed_sip(deep)
        vector("mixed_%d_deep" % count, "R2", "a signed part inside %d multiparts" % count, octets, expect,
               args="--part " + ".".join(["1"] * count), product=splice(octets, TEXT), flips=[TEXT] + one.protected)
    for count, expect in ((512, "ok"), (513, "limit.count")):
        octets = mixed_sip(*([b"\r\n"] * (count - 1)), opaque_part)
        vector("mixed_%d_parts" % count, "R4", "%d parts, the last one signed" % count, octets, expect, args="--part %d" % count,
               product=splice(octets, TEXT), flips=[TEXT] + one.protected)
    alternative = sip(multipart(PLAIN, opaque_part), type="Content-Type: multipart/alternative; boundary=" + BOUNDARY,
                      disposition=None)
    refused("alternative_signed", "M1", "one of two alternatives is signed", alternative, "verify.partly-signed")
    twice = OBJECT_HEADER + signed_data(one)
    outer = signer(twice, "bob")
    opaque("opaque_nested", "M1 MIM-25", "a signed entity, signed again by Bob: the outer signature counts, and it is not the sender's",
           outer, "identity.mismatch", content=twice, certs=["bob"])
    outer = signer(twice)
    opaque("opaque_nested_same", "M1 MIM-25", "a signed entity, signed again by Alice: the product is still signed", outer, content=twice)
    whole = (b"Content-Type: multipart/mixed; boundary=inner-boundary\r\n\r\n" + mixed(PLAIN, TEXT, boundary="inner-boundary"))
    opaque("opaque_multipart", "M1 MIM-01", "a multipart/mixed, signed as a whole", signer(whole), content=whole)
    detached("detached_multipart", "M1 MIM-01", "a multipart/mixed, signed as a whole", signer(whole), content=whole)


def m2():
    def lines(text):
        return b"Content-Type: text/plain\r\n\r\nfirst line\r\n" + text + b"\r\nlast line"

    def row(name, comment, text, expect="ok", rows="M2"):
        detached("detached_boundary_" + name, rows, comment, signer(lines(text)), expect, content=lines(text))

    row("prefix", "a line of the signed text begins with the delimiter and goes on", b"--vector-boundary-and-more")
    row("prefix_dash", "a line of the signed text is the closing delimiter with a third hyphen", b"--vector-boundary---")
    row("in_line", "the delimiter stands inside a line of the signed text", b"text --vector-boundary")
    row("indented", "a line of the signed text is a blank and the delimiter", b" --vector-boundary")
    row("other_case", "a line of the signed text is the delimiter in upper case", b"--VECTOR-BOUNDARY")
    row("after_lf", "the delimiter stands in the signed text after LF alone", b"text\n--vector-boundary\ntext")
    row("after_cr", "the delimiter stands in the signed text after CR alone", b"text\r--vector-boundary\r\ntext")
    row("in_content", "a delimiter stands in the signed text: the text is two parts", b"--vector-boundary", "mime.multipart-signed")
    row("close_in_content", "the closing delimiter stands in the signed text: there is one part", b"--vector-boundary--",
        "mime.multipart-signed")

    def typed(boundary):
        return SIGNED_TYPE.replace("boundary=" + BOUNDARY, boundary)

    def with_boundary(name, comment, parameter, boundary, expect="ok"):
        detached("detached_boundary_" + name, "M2", comment, None, expect, head=dict(type=typed(parameter)),
                 build=lambda *parts: multipart(*parts, boundary=boundary))

    for count, expect in ((70, "ok"), (71, "mime.boundary")):
        with_boundary("%d" % count, "the boundary has %d characters" % count, "boundary=" + "b" * count, "b" * count, expect)
    with_boundary("blank_inside", "the boundary has a blank inside", 'boundary="vector boundary"', "vector boundary")
    with_boundary("blank_last", "the boundary ends in a blank", 'boundary="vector-boundary "', "vector-boundary ", "mime.boundary")
    with_boundary("empty", "the boundary is empty", 'boundary=""', "", "mime.boundary")
    with_boundary("quoted", "the boundary is quoted, and has a quoted pair", 'boundary="vector-\\boundary"', "vector-boundary")
    with_boundary("specials", "the boundary has all the special characters of RFC 2046", "boundary=\"'()+_,-./:=?\"", "'()+_,-./:=?")
    with_boundary("missing", "there is no boundary parameter", "x=y", BOUNDARY, "mime.boundary")
    with_boundary("twice", "two boundary parameters", "boundary=%s; boundary=other" % BOUNDARY, BOUNDARY, "mime.content-type")
    with_boundary("other", "the boundary parameter is not the boundary of the body", "boundary=other", BOUNDARY, "mime.delimiter")

    def padded(content, signature):
        b = BOUNDARY.encode()
        return (b"--" + b + b" \t\r\n" + content + b"\r\n--" + b + b"  \r\n" + signature + b"\r\n--" + b + b"-- \r\n")

    detached("detached_delimiter_padding", "M2", "blanks stand at the ends of the delimiter lines", build=padded)

    def nested(name, comment, boundary, expect="ok"):
        inner = (b"Content-Type: multipart/mixed; boundary=\"" + boundary + b"\"\r\n\r\n" + multipart(PLAIN, TEXT, boundary=boundary))
        detached("detached_nested_" + name, "M2", comment, signer(inner), expect, content=inner)

    nested("same_boundary", "the signed part is a multipart with the boundary of the multipart/signed", BOUNDARY.encode(),
           "mime.ambiguous-boundary")
    nested("prefix_boundary", "the signed part is a multipart whose boundary begins with that of the multipart/signed",
           b"vector-boundary-inner")
    nested("dashed_boundary", "the signed part is a multipart whose delimiter is the closing delimiter of the multipart/signed",
           b"vector-boundary--", "mime.ambiguous-boundary")
    detached("detached_boundary_in_epilogue", "M2 M4", "a third part stands after the closing delimiter",
             build=lambda *parts: multipart(*parts, epilogue=b"\r\n--vector-boundary\r\n" + PLAIN + b"\r\n--vector-boundary--\r\n"),
             finding="MULTIPART-OUTSIDE-TEXT")


def m3():
    def row(name, comment, build, expect, rows="M3", **more):
        detached("detached_" + name, rows, comment, None, expect, build=build, **more)

    row("no_close", "there is no closing delimiter", lambda *parts: multipart(*parts, close=False), "mime.unclosed")
    row("no_delimiter", "there is no delimiter at all", lambda content, signature: content + b"\r\n" + signature, "mime.delimiter")
    row("no_body", "the body is empty", lambda *parts: b"", "mime.delimiter")
    row("only_close", "there is nothing but the closing delimiter", lambda *parts: b"--vector-boundary--\r\n", "mime.delimiter")
    row("one_part", "there is one part, the content", lambda content, signature: multipart(content), "mime.multipart-signed", "M3 MIM-04")
    row("one_part_signature", "there is one part, the signature", lambda content, signature: multipart(signature),
        "mime.multipart-signed", "M3 MIM-04")
    row("three_parts", "an unsigned part follows the signature", lambda *parts: multipart(*parts, PLAIN), "mime.multipart-signed",
        "M3 MIM-04")
    row("three_parts_first", "an unsigned part precedes the content", lambda *parts: multipart(PLAIN, *parts), "mime.multipart-signed",
        "M3 MIM-04")
    row("three_parts_middle", "an unsigned part stands between content and signature",
        lambda content, signature: multipart(content, PLAIN, signature), "mime.multipart-signed", "M3 MIM-04")
    row("two_signatures", "the signature stands twice", lambda content, signature: multipart(content, signature, signature),
        "mime.multipart-signed", "M3 MIM-04")
    row("signature_first", "the signature is the first part", lambda content, signature: multipart(signature, content),
        "mime.multipart-signed", "M3 MIM-04")
    row("empty_part", "two delimiters follow each other",
        lambda *parts: b"--vector-boundary\r\n" + multipart(*parts), "mime.no-empty-line")

    bad = b"Content-Type: text/plain\r\nHello Bob, this is Alice."
    detached("detached_no_empty_line", "M3", "the signed part has no empty line after its header; the signature covers it as it stands",
             signer(bad), "mime.no-empty-line", content=bad)
    bare_body = b"\r\nHello Bob, this is Alice."
    row("signature_no_empty_line", "the signature part has no empty line after its header",
        lambda content, signature: multipart(content, signature.replace(b"\r\n\r\n", b"\r\n", 1)), "mime.header-field")
    for name, comment, old, new in (
            ("protocol_other", "protocol names another type than the second part has", '"application/pkcs7-signature"',
             '"application/x-pkcs7-signature"'),
            ("protocol_pgp", "protocol names OpenPGP, the second part is a CMS object", '"application/pkcs7-signature"',
             '"application/pgp-signature"'),
            ("protocol_missing", "there is no protocol", ' protocol="application/pkcs7-signature";', "")):
        detached("detached_" + name, "M3 MIM-04 MIM-05", comment, None, "mime.multipart-signed",
                 head=dict(type=SIGNED_TYPE.replace(old, new)))
    detached("detached_protocol_unquoted", "M3 MIM-05", "protocol stands without the quotes it needs",
             head=dict(type=SIGNED_TYPE.replace('"application/pkcs7-signature"', "application/pkcs7-signature")))
    detached("detached_protocol_case", "M3 MIM-05", "protocol is in upper case",
             head=dict(type=SIGNED_TYPE.replace('"application/pkcs7-signature"', '"Application/PKCS7-Signature"')))
    old_type = P7S_HEADER.replace(b"pkcs7", b"x-pkcs7")
    cms = signed_data(signer(), None)
    detached("detached_x_pkcs7", "M3 VFY-01", "protocol and second part have the older type x-pkcs7-signature", cms=cms,
             part=p7s(cms, old_type), head=dict(type=SIGNED_TYPE.replace("pkcs7", "x-pkcs7")))
    detached("detached_part_type_other", "M3 MIM-04", "the second part is application/pkcs7-mime", None, "mime.multipart-signed",
             cms=cms, part=p7s(cms, P7S_HEADER.replace(b"pkcs7-signature", b"pkcs7-mime")))
    detached("detached_part_type_missing", "M3 MIM-04", "the second part has no type", None, "mime.multipart-signed", cms=cms,
             part=p7s(cms, b"Content-Transfer-Encoding: binary\r\n\r\n"))
    detached("detached_part_no_header", "M3", "the signed part has no header, and so is plain text", signer(bare_body),
             "sip.no-content-type", content=bare_body)
    refused("detached_encoded", "M3", "the multipart itself is labelled base64",
            detached_sip(TEXT, cms, encoding="Content-Transfer-Encoding: base64"), "mime.transfer-encoding")
    refused("signature_alone", "M3", "a detached signature is the body, and there is no content",
            sip(cms, type="Content-Type: application/pkcs7-signature; name=smime.p7s"), "cms.no-content", peer=("DER", cms, None))


def m4():
    for name, comment, text in (
            ("preamble", "text before the first delimiter", dict(preamble=b"This is a message in MIME.\r\n")),
            ("epilogue", "text after the closing delimiter", dict(epilogue=b"This text is not signed.\r\n")),
            ("preamble_and_epilogue", "text before the first and after the last delimiter",
             dict(preamble=b"Pay Mallory.\r\n", epilogue=b"Pay Mallory.\r\n")),
            ("preamble_part", "a part with a header stands before the first delimiter", dict(preamble=PLAIN + b"\r\n"))):
        detached("detached_" + name, "M4", comment, build=lambda *parts, text=text: multipart(*parts, **text),
                 finding="MULTIPART-OUTSIDE-TEXT")
    detached("detached_empty_lines_outside", "M4", "empty lines before the first and after the last delimiter",
             build=lambda *parts: multipart(*parts, preamble=b"\r\n\r\n", epilogue=b"\r\n\r\n"))
    detached("detached_no_last_line_end", "M4", "no line end follows the closing delimiter",
             build=lambda *parts: multipart(*parts)[:-2])


def m5():
    detached("detached_form_feed_outside", "M5", "a form feed and text follow the closing delimiter",
             build=lambda *parts: multipart(*parts, epilogue=b"\x0c\r\nThis text is not signed.\r\n"),
             finding="MULTIPART-OUTSIDE-TEXT")
    for name, comment, content in (
            ("form_feed", "the signed text has a form feed", b"Content-Type: text/plain\r\n\r\nHello\x0cBob"),
            ("encoded_word", "the signed part has an encoded word in its header",
             b"Content-Type: text/plain\r\nContent-Description: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello Bob"),
            ("quoted_printable", "the signed part is quoted-printable, with soft line breaks",
             b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\nBob"),
            ("base64_inside", "the signed part is base64",
             b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8gQm9i\r\n"),
            ("broken_base64_inside", "the signed part is labelled base64 and is not; nobody asked for it to be decoded",
             b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"),
            ("folded_header", "the header of the signed part is folded",
             b"Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\nHello Bob"),
            ("utf8", "the signed text is UTF-8", "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße, Bob \u2603".encode())):
        opaque("opaque_" + name, "M5", comment, signer(content), content=content)
        detached("detached_" + name, "M5", comment, signer(content), content=content)
    dropped = b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello Bob"
    kept = b"Content-Type: text/plain\r\n\r\nHello Bob"
    one = signer(dropped)
    octets = signed_sip(signed_data(one, dropped))
    vector("opaque_inner_field", "M5 SGN-04", "the signed entity has a field that is no Content-* field; it does not enter the head",
           octets, product=splice(octets, kept), flips=[dropped] + one.protected, finding="INNER-FIELD-DROPPED")
    evil = b"From: <sip:mallory@example.com>\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nHello Bob"
    one = signer(evil)
    octets = signed_sip(signed_data(one, evil))
    vector("opaque_inner_from", "M5 I7", "the signed entity has a From and a Content-Length; they do not enter the head", octets,
           product=splice(octets, kept), flips=[evil] + one.protected, finding="INNER-FIELD-DROPPED")


def encoded(text, **change):
    return sip(text, encoding="Content-Transfer-Encoding: base64", **change)


def m6():
    # A length that leaves one octet for the last group, so that it ends in == and has tail bits.
    content, one = TEXT, None
    while one is None or len(signed_data(one, content)) % 3 != 1:
        content += b"."
        one = signer(content)
    cms = signed_data(one, content)
    text = base64_lines(cms)
    assert text.endswith(b"==\r\n")

    def good(name, comment, body, **change):
        octets = encoded(body, **change)
        vector("opaque_base64" + name, "M6 MIM-11", comment, octets, product=splice(octets, content))

    def bad(name, comment, body):
        refused("opaque_base64_" + name, "M6", comment, encoded(body), "mime.base64")

    good("", "the object is base64, in lines of 64 characters", text)
    good("_76", "the object is base64, in lines of 76 characters", base64_lines(cms, 76))
    good("_one_line", "the object is base64, all in one line", base64_lines(cms, len(cms) * 2))
    good("_lf", "the object is base64, in lines that end in LF", base64_lines(cms, end="\n"))
    good("_no_line_end", "the object is base64, without a line end after the last line", text[:-2])
    good("_blanks", "the object is base64, with blanks in a line and empty lines",
         text[:10] + b" \t" + text[10:70] + b"\r\n" + text[70:] + b"\r\n")
    octets = sip(text, encoding="Content-Transfer-Encoding: BASE64 (of RFC 2045)")
    vector("opaque_base64_upper_case", "M6 MIM-11", "the transfer encoding is in upper case, with a comment", octets,
           product=splice(octets, content))
    bad("junk", "an octet outside of the alphabet stands in a line", text[:20] + b"!" + text[20:])
    bad("dash", "a - of the URL alphabet stands in place of a +", text[:20] + b"-" + text[21:])
    bad("nul", "a NUL stands in a line", text[:20] + b"\0" + text[20:])
    bad("eight_bit", "an octet above 127 stands in a line", text[:20] + b"\xc3" + text[20:])
    bad("inner_padding", "= stands in the middle", text[:20] + b"====" + text[20:])
    bad("two", "two base64 texts, each with its padding", text + text)
    bad("after_padding", "text follows the padding", text[:-2] + b"AAAA\r\n")
    bad("no_padding", "the padding is missing", text.replace(b"==\r\n", b"\r\n"))
    bad("short_padding", "one = of the padding is missing", text.replace(b"==\r\n", b"=\r\n"))
    bad("long_padding", "there is a = too many", text.replace(b"==\r\n", b"===\r\n"))
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = text[-5]
    tail = text[:-5] + bytes([alphabet[alphabet.index(last) + 1]]) + text[-4:]
    assert base64.b64decode(tail) == cms
    bad("tail_bits", "the bits after the last octet are not zero", tail)
    bad("pem", "PEM lines stand around the base64", b"-----BEGIN CMS-----\r\n" + text + b"-----END CMS-----\r\n")
    bad("binary", "the object is binary, and labelled base64", cms)
    refused("opaque_encoding_unknown", "M6", "the transfer encoding is unknown",
            sip(text, encoding="Content-Transfer-Encoding: x-uuencode"), "mime.transfer-encoding")
    refused("opaque_base64_unlabelled", "M6", "the object is base64, and there is no Content-Transfer-Encoding", sip(text), "asn1.trailing")
    for label in ("7bit", "8bit", "binary"):
        opaque("opaque_encoding_" + label, "M6 MIM-10", "the transfer encoding is %s, the object is binary" % label,
               head=dict(encoding="Content-Transfer-Encoding: " + label))
    escaped = "=\r\n".join("".join("=%02X" % o for o in cms[at:at + 20]) for at in range(0, len(cms), 20))
    octets = sip(escaped.encode(), encoding="Content-Transfer-Encoding: quoted-printable")
    vector("opaque_object_quoted_printable", "M6", "the object is quoted-printable", octets, product=splice(octets, content))

    p7s_base64 = P7S_HEADER.replace(b"binary", b"base64")
    alone = signed_data(signer(), None)
    lines = base64_lines(alone)
    detached("detached_base64", "M6 MIM-11", "the signature is base64", cms=alone, part=p7s(lines, p7s_base64), flips=False)
    detached("detached_base64_76", "M6 MIM-11", "the signature is base64, in lines of 76 characters", cms=alone,
             part=p7s(base64_lines(alone, 76), p7s_base64), flips=False)
    detached("detached_base64_no_line_end", "M6 MIM-11", "the signature is base64, without a line end of its own", cms=alone,
             part=p7s(lines[:-2], p7s_base64), flips=False)
    detached("detached_base64_junk", "M6", "an octet outside of the alphabet stands in the base64 of the signature", None,
             "mime.base64", cms=alone, part=p7s(lines[:9] + b"*" + lines[9:], p7s_base64))
    detached("detached_base64_inner_padding", "M6", "= stands in the middle of the base64 of the signature", None, "mime.base64",
             cms=alone, part=p7s(lines[:8] + b"====" + lines[8:], p7s_base64))


ALL_OCTETS = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + bytes(range(256)) + b"\0\r\n\n\r\0"
HEAD = b"Content-Type: text/plain\r\n\r\n"


def f1():
    for name, comment, content in (
            ("lf", "the lines of the signed text end in LF alone", HEAD + b"one\ntwo\n"),
            ("cr", "the lines of the signed text end in CR alone", HEAD + b"one\rtwo\r"),
            ("mixed_line_ends", "the lines of the signed text end in CR LF, LF and CR", HEAD + b"one\r\ntwo\nthree\rfour"),
            ("last_line_end", "the signed text ends in CR LF", HEAD + b"one\r\n"),
            ("last_empty_lines", "the signed text ends in three empty lines", HEAD + b"one\r\n\r\n\r\n\r\n"),
            ("last_blanks", "the lines of the signed text end in blanks", HEAD + b"one  \r\ntwo\t\r\n "),
            ("no_text", "the signed text is empty", HEAD),
            ("all_octets", "the signed body has all 256 octets, and NULs", ALL_OCTETS)):
        opaque("opaque_" + name, "F1 MIM-08 MIM-09", comment, signer(content), content=content)
        detached("detached_" + name, "F1 MIM-08 MIM-09", comment, signer(content), content=content)

    def changed(name, comment, signed, sent):
        detached("detached_" + name, "F1", comment, signer(signed), "verify.digest-mismatch", sent=sent)

    crlf, lf = HEAD + b"one\r\ntwo\r\n", HEAD + b"one\ntwo\n"
    changed("converted_to_crlf", "the text was signed with LF, and sent with CR LF", lf, crlf)
    changed("converted_to_lf", "the text was signed with CR LF, and sent with LF", crlf, lf)
    changed("line_end_added", "a CR LF was added at the end of the signed part", HEAD + b"one", HEAD + b"one\r\n")
    changed("line_end_lost", "the CR LF at the end of the signed part was lost", HEAD + b"one\r\n", HEAD + b"one")
    changed("boundary_line_end_signed", "the signer took the CR LF before the delimiter for a part of the content", TEXT + b"\r\n", TEXT)
    changed("blanks_lost", "the blanks at the end of a line were lost", HEAD + b"one \r\ntwo", HEAD + b"one\r\ntwo")
    changed("header_case", "the case of a field name in the signed part was changed", TEXT, TEXT.replace(b"Type", b"type"))
    changed("header_refolded", "the header of the signed part was folded after signing",
            b"Content-Type: text/plain; charset=utf-8\r\n\r\none", b"Content-Type: text/plain;\r\n charset=utf-8\r\n\r\none")
    changed("header_not_signed", "the signer left the header of the part out", TEXT.split(b"\r\n\r\n", 1)[1], TEXT)
    changed("decoded", "the signed part was sent decoded", b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nb25l",
            b"Content-Type: text/plain\r\n\r\none")
    opaque("opaque_converted_to_crlf", "F1", "the text was signed with LF, and is inside with CR LF", signer(lf), "verify.digest-mismatch",
           content=crlf)
    damaged = signed_data(signer(lf), lf)
    body = damaged.replace(b"\n", b"\r\n")
    refused("opaque_text_mode", "F1 FRS-15", "the whole object was copied as text: every LF became CR LF, and Content-Length with it",
            sip(body), "asn1.trailing")

    # A MIME entity in a file of its own: lines may end in LF, and are judged as they stand.
    def mime(name, comment, content, signed, expect="ok", end="\n"):
        cms = signed_data(signer(signed), None)
        header = SIGNED_TYPE.encode() + end.encode() * 2
        part = p7s(base64_lines(cms, end=end), P7S_HEADER.replace(b"binary", b"base64").replace(b"\r\n", end.encode()))
        octets = header + multipart(content, part, end=end)
        vector("mime_" + name, "F1 I2", comment, octets, expect, product=content if expect == "ok" else None,
               verdicts="identity=not-checked" if expect == "ok" else None, flips=[content] if expect == "ok" else (),
               peer=("SMIME", octets, None))

    lf_all = TEXT.replace(b"\r\n", b"\n") + b"\nSecond line"
    crlf_all = lf_all.replace(b"\n", b"\r\n")
    mime("detached", "a MIME file with CR LF", crlf_all, crlf_all, end="\r\n")
    mime("detached_lf", "a MIME file with LF, and LF was signed", lf_all, lf_all)
    mime("detached_lf_header", "a MIME file whose delimiters and headers end in LF, and whose signed part has CR LF", crlf_all, crlf_all)
    mime("detached_converted_to_lf", "a MIME file with LF, and CR LF was signed", lf_all, crlf_all, "verify.digest-mismatch")
    mime("detached_converted_to_crlf", "a MIME file with CR LF, and LF was signed", crlf_all, lf_all, "verify.digest-mismatch", end="\r\n")


def f2():
    cms = signed_data(signer())
    n = len(cms)

    def length(name, comment, line, expect="ok", after=b"", **more):
        octets = sip(cms, length=line) + after
        vector("sip_length_" + name, "F2", comment, octets, expect, product=splice(octets, TEXT) if expect == "ok" else None, **more)

    length("absent", "there is no Content-Length: the body goes on to the end", None)
    length("compact", "Content-Length in its compact form", "l: %d")
    length("lower_case", "the name in lower case, and no blank after the colon", "content-length:%d")
    length("blanks", "blanks around the number, and before the colon", "Content-Length :  %d \t")
    length("folded", "the number stands on a continuation line", "Content-Length:\r\n %d")
    length("zeros", "the number has zeros in front", "Content-Length: 000%d")
    length("twice_equal", "Content-Length twice, with the same value", "Content-Length: %d\r\nContent-Length: %d", "sip.content-length-twice")
    length("twice_different", "Content-Length twice, with different values", "Content-Length: %d\r\nContent-Length: 5",
           "sip.content-length-twice")
    length("twice_different_first", "Content-Length twice, the first one wrong", "Content-Length: 5\r\nContent-Length: %d",
           "sip.content-length-twice")
    length("compact_and_long", "Content-Length in both forms, with the same value", "l: %d\r\nContent-Length: %d",
           "sip.content-length-twice")
    length("compact_and_long_different", "Content-Length in both forms, with different values", "l: 5\r\nContent-Length: %d",
           "sip.content-length-twice")
    for name, comment, value in (
            ("plus", "a + before the number", "+%d"), ("minus", "a negative number", "-1"), ("minus_zero", "minus nought", "-0"),
            ("hex", "a hexadecimal number", "0x%d"), ("empty", "no number", ""), ("blank_inside", "a blank inside the number", "5 0"),
            ("comma", "the number twice, with a comma", "%d, %d"), ("parameter", "a parameter after the number", "%d;x=y"),
            ("decimal", "a decimal point", "%d.0"), ("exponent", "an exponent", "1e3"), ("quoted", "the number in quotes", '"%d"'),
            ("arabic", "a number in Arabic-Indic digits", "٥"), ("nul", "a NUL after the number", "%d\0"),
            ("form_feed", "a form feed after the number", "%d\x0c"),
            ("two_64", "two to the power of 64", "18446744073709551616"),
            ("two_64_plus", "two to the power of 64, and the right number", str((1 << 64) + n)),
            ("40_digits", "a number of 40 digits", "9" * 40)):
        length(name, comment, "Content-Length: " + value, "sip.content-length")
    length("two_32_plus", "two to the power of 32, and the right number", "Content-Length: %s" % str((1 << 32) + n), "sip.truncated")
    length("too_large", "Content-Length is one too large", "Content-Length: %s" % str(n + 1), "sip.truncated")
    length("too_small", "Content-Length is one too small", "Content-Length: %s" % str(n - 1), "sip.trailing-octets")
    length("zero", "Content-Length is nought, and a body follows", "Content-Length: 0", "sip.trailing-octets")
    length("garbage_after", "octets follow the body", "Content-Length: %d", "sip.trailing-octets", after=b"garbage")
    length("line_after", "a header field follows the body", "Content-Length: %d", "sip.trailing-octets", after=b"Subject: more\r\n\r\n")
    length("lf_after", "an LF follows the body", "Content-Length: %d", "sip.trailing-octets", after=b"\n")
    length("crlf_after", "CR LF follows the body, as between messages of a stream", "Content-Length: %d", after=b"\r\n\r\n",
           finding="SIP-TRAILING-BYTES")
    VECTORS[-1].product = splice(sip(cms), TEXT)
    octets = b"\r\n\r\n" + sip(cms)
    # They are octets outside the body: they come back.
    product = b"\r\n\r\n" + splice(sip(cms), TEXT)
    vector("sip_leading_crlf", "FRS-05", "CR LF stands before the start line, as between messages of a stream", octets,
           product=product)


def f3():
    cms = signed_data(signer())

    def row(name, comment, expect="ok", body=cms, **change):
        octets = sip(body, **change)
        finding = change.pop("finding", None)
        vector("sip_" + name, "F3", comment, octets, expect, product=splice(octets, TEXT) if expect == "ok" else None, finding=finding)

    row("type_twice_equal", "Content-Type twice, the same", "sip.content-field-twice", type=P7M_TYPE + "\r\n" + P7M_TYPE)
    row("type_twice_different", "Content-Type twice, first text/plain", "sip.content-field-twice",
        type="Content-Type: text/plain\r\n" + P7M_TYPE)
    row("type_compact_and_long", "Content-Type in both forms", "sip.content-field-twice", type="c: text/plain\r\n" + P7M_TYPE)
    row("disposition_twice", "Content-Disposition twice", "sip.content-field-twice",
        disposition=P7M_DISPOSITION + "\r\nContent-Disposition: render")
    row("encoding_twice", "Content-Transfer-Encoding twice", "sip.content-field-twice",
        encoding="Content-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: base64")
    row("type_compact", "Content-Type in its compact form", type=P7M_TYPE.replace("Content-Type", "c"))
    row("type_folded", "Content-Type is folded", type=P7M_TYPE.replace("; ", ";\r\n "))
    row("type_folded_tab", "Content-Type is folded with a tabulator, right after the colon",
        type=P7M_TYPE.replace("Content-Type: ", "Content-Type:\r\n\t"))
    row("type_comment", "comments stand in Content-Type", type=P7M_TYPE.replace("pkcs7-mime;", "pkcs7-mime (a (nested) comment) ;(x)"))
    row("type_case", "Content-Type is in other cases", type="CONTENT-TYPE: Application/PKCS7-Mime; SMIME-Type=Signed-Data; NAME=x.p7m")
    row("type_x_pkcs7", "the older type x-pkcs7-mime", type=P7M_TYPE.replace("pkcs7", "x-pkcs7"))
    row("type_octet_stream", "application/octet-stream with a file name that says p7m (MIM-15)",
        type="Content-Type: application/octet-stream; name=smime.p7m")
    row("type_no_parameters", "Content-Type has no parameters", type="Content-Type: application/pkcs7-mime")
    row("type_quoted", "the type is quoted", "mime.content-type", type='Content-Type: "application/pkcs7-mime"')
    row("type_no_subtype", "the subtype is missing", "mime.content-type", type="Content-Type: application")
    row("type_empty", "Content-Type is empty", "sip.no-content-type", type="Content-Type:")
    row("type_list", "Content-Type is a list of two types", "mime.content-type", type="Content-Type: text/plain, application/pkcs7-mime")
    row("type_parameter_twice", "a parameter of Content-Type is given twice", "mime.content-type", type=P7M_TYPE + "; name=other.p7m")
    row("type_comment_open", "a comment in Content-Type has no end", "mime.content-type", type=P7M_TYPE + " (comment")
    row("type_quote_open", "a quoted string in Content-Type has no end", "mime.content-type", type=P7M_TYPE + '; x="y')
    for name, line in (("long", "Content-Encoding: gzip"), ("compact", "e: gzip")):
        row("content_encoding_" + name, "the body is labelled gzip, which this program does not undo: the object inside is not what "
            "Content-Type names (RFC 3261 sections 8.2.3 and 20.12)", "mime.type-unsupported", more=line)
    row("type_none", "there is no Content-Type", "sip.no-content-type", type=None)
    row("type_none_at_all", "there is no Content-* field but the length", "sip.no-content-type", type=None, disposition=None)
    row("type_text", "the object is labelled text/plain", "verify.not-signed", type="Content-Type: text/plain")
    for name, label, comment in (("enveloped", "enveloped-data", "smime-type says enveloped-data, the object is signed-data"),
                                 ("certs_only", "certs-only", "smime-type says certs-only, the object is signed-data"),
                                 ("unknown", "x-unknown", "smime-type is unknown, the object is signed-data")):
        opaque("sip_smime_type_" + name, "F3 DEC-10", comment, head=dict(type=P7M_TYPE.replace("signed-data", label)),
               finding="SMIMETYPE-MISMATCH")

    def part(name, comment, header, expect="mime.field-twice"):
        alone = signed_data(signer(), None)
        detached("detached_part_" + name, "F3", comment, None, expect, cms=alone, part=p7s(alone, header))

    part("type_twice", "the signature part has two Content-Types", b"Content-Type: application/pkcs7-signature\r\n" + P7S_HEADER)
    part("encoding_twice", "the signature part has two transfer encodings", b"Content-Transfer-Encoding: base64\r\n" + P7S_HEADER)
    part("type_quoted", "the type of the signature part is quoted", P7S_HEADER.replace(b"application/pkcs7-signature", b'"application/pkcs7-signature"'),
         "mime.content-type")
    part("compact", "the signature part has a compact field name, which does not exist in MIME", P7S_HEADER.replace(b"Content-Type", b"c"),
         "mime.multipart-signed")
    part("lf", "the header lines of the signature part end in LF", P7S_HEADER.replace(b"\r\n", b"\n"), "mime.header-field")


def f4():
    cms = signed_data(signer())

    def row(name, comment, expect, start=None, octets=None, rows="F4", **more):
        vector("sip_" + name, rows, comment, sip(cms, start=start) if octets is None else octets, expect, **more)

    good = sip(cms)
    row("start_nul", "a NUL in the start line", "sip.start-line", "MESSAGE sip:bob\0@example.org SIP/2.0")
    row("start_utf8", "an octet above 127 in the Request-URI", "sip.start-line", "MESSAGE sip:b\u00f6b@example.org SIP/2.0")
    row("start_version_3", "the version is SIP/3.0", "sip.start-line", "MESSAGE sip:bob@example.org SIP/3.0")
    row("start_version_none", "the version is missing", "sip.start-line", "MESSAGE sip:bob@example.org")
    row("start_blank_last", "a blank at the end of the start line", "sip.start-line", "MESSAGE sip:bob@example.org SIP/2.0 ")
    row("start_two_blanks", "two blanks before the Request-URI", "sip.start-line", "MESSAGE  sip:bob@example.org SIP/2.0")
    row("start_uri_blank", "a blank in the Request-URI", "sip.start-line", "MESSAGE sip:bob @example.org SIP/2.0")
    row("start_uri_brackets", "the Request-URI in brackets", "sip.start-line", "MESSAGE <sip:bob@example.org> SIP/2.0")
    row("start_method", "the method is not a token", "sip.start-line", "MESS@GE sip:bob@example.org SIP/2.0")
    row("start_status", "the status code has four digits", "sip.start-line", "SIP/2.0 2000 OK")
    row("start_http", "a request of HTTP", "input.unrecognised", "POST /bob HTTP/1.1")
    row("start_http_insisted", "a request of HTTP, and -inform sip insists on SIP", "sip.start-line", "POST /bob HTTP/1.1",
        args="-inform sip")
    row("start_long", "the start line has 9,000 octets", "limit.head", "MESSAGE sip:%s@example.org SIP/2.0" % ("b" * 9000))
    row("line_long", "a header field has 9,000 octets", "limit.head", octets=sip(cms, more="Subject: " + "s" * 9000))
    row("fields_513", "there are 513 header fields", "limit.head", octets=sip(cms, more="\r\n".join(["X: y"] * (513 - 9))))
    many = sip(cms, more="\r\n".join(["X: y"] * (512 - 9)))
    vector("sip_fields_512", "F4", "there are 512 header fields", many, product=splice(many, TEXT))
    row("bare_lf", "the lines of the head end in LF", "sip.bare-lf", rows="F4 FRS-14",
        octets=good.split(b"\r\n\r\n", 1)[0].replace(b"\r\n", b"\n") + b"\n\n" + cms)
    row("bare_lf_one", "one line of the head ends in LF", "sip.bare-lf", octets=good.replace(b"70\r\n", b"70\n", 1), rows="F4 FRS-14")
    row("bare_lf_last", "the empty line is LF alone", "sip.bare-lf", octets=good.replace(b"\r\n\r\n", b"\r\n\n", 1), rows="F4 FRS-14")
    row("cr_in_head", "a CR stands inside a line of the head", "sip.header-field", octets=good.replace(b"70\r\n", b"7\r0\r\n", 1))
    row("no_colon", "a line of the head has no colon", "sip.header-field", octets=sip(cms, more="Subject hello"))
    row("name_blank", "a name with a blank inside", "sip.header-field", octets=sip(cms, more="Sub ject: hello"))
    row("name_empty", "a field without a name", "sip.header-field", octets=sip(cms, more=": hello"))
    row("blank_line", "a line of the head is a blank: some readers end the head there", "sip.header-field",
        octets=sip(cms, more=" "))
    row("first_line_folded", "the first header line begins with a blank", "sip.header-field",
        octets=good.replace(b"SIP/2.0\r\n", b"SIP/2.0\r\n Via: x\r\n", 1))
    row("head_unended", "the message ends in its head", "sip.head-unended", octets=good.split(b"\r\n\r\n", 1)[0] + b"\r\n")
    row("chunked", "Transfer-Encoding: chunked, as in HTTP", "sip.chunked", octets=sip(cms, more="Transfer-Encoding: chunked"),
        rows="F4 FRS-10")
    row("empty_input", "there is no input", "input.empty", octets=b"")
    row("only_crlf", "the input is CR LF", "input.empty", octets=b"\r\n\r\n")
    row("random", "the input is text of no form", "input.unrecognised", octets=b"Hello Bob\r\n")
    for name, comment, start in (("method", "a method that nobody knows", "HELLO sip:bob@example.org SIP/2.0"),
                                 ("tel", "the Request-URI is a tel URI", "MESSAGE tel:+12015550123 SIP/2.0"),
                                 ("version_case", "the version in lower case", "MESSAGE sip:bob@example.org sip/2.0")):
        octets = sip(cms, start=start)
        vector("sip_start_good_" + name, "F4", comment, octets, product=splice(octets, TEXT))


def i1():
    cms = signed_data(signer())

    def row(name, comment, from_, expect="ok", rows="I1 VFY-20", args="default", verdicts=None, finding=None, **change):
        octets = sip(cms, from_=from_, **change)
        verdict = {"ok": "integrity=good trust=good identity=good"}.get(expect, "integrity=good trust=good identity=bad")
        vector("from_" + name, rows, comment, octets, expect, args=args, verdicts=verdicts or verdict, finding=finding,
               product=splice(octets, TEXT) if expect == "ok" else None)

    row("other", "From is Mallory", "From: <sip:mallory@example.com>;tag=1", "identity.mismatch")
    row("other_host", "From is Alice of another host", "From: <sip:alice@example.org>;tag=1", "identity.mismatch")
    row("subdomain", "From is Alice of a host below", "From: <sip:alice@sip.example.com>;tag=1", "identity.mismatch")
    row("absent", "there is no From", None, "identity.no-claim")
    row("empty", "From is empty", "From:", "sip.address")
    row("twice", "From twice, with the same value", "From: <sip:alice@example.com>\r\nFrom: <sip:alice@example.com>", "identity.ambiguous")
    row("twice_different", "From twice, first Mallory", "From: <sip:mallory@example.com>\r\nFrom: <sip:alice@example.com>",
        "identity.ambiguous")
    row("compact_and_long", "From in both forms", "f: <sip:mallory@example.com>\r\nFrom: <sip:alice@example.com>", "identity.ambiguous")
    row("two_addresses", "two addresses in one From", "From: <sip:alice@example.com>, <sip:mallory@example.com>", "identity.ambiguous")
    row("two_addresses_display_name", "a display name with a comma outside of quotes",
        "From: Alice, <sip:alice@example.com>", "sip.address")
    row("display_name", "the display name looks like Alice's address, the address is Mallory's",
        'From: "sip:alice@example.com" <sip:mallory@example.com>;tag=1', "identity.mismatch")
    row("display_name_good", "the display name looks like Mallory's address, the address is Alice's",
        'From: "sip:mallory@example.com" <sip:alice@example.com>;tag=1')
    row("display_name_bracket", "the display name holds a quoted < and Mallory's address",
        'From: "Alice <sip:mallory@example.com>" <sip:alice@example.com>;tag=1')
    row("display_name_bracket_mallory", "the display name holds a quoted < and Alice's address, the address is Mallory's",
        'From: "Alice <sip:alice@example.com>" <sip:mallory@example.com>;tag=1', "identity.mismatch")
    row("display_name_quoted_pair", "the display name holds a quoted quote, and Mallory's address after it",
        'From: "Alice\\" <sip:mallory@example.com>" <sip:alice@example.com>;tag=1')
    row("display_name_backslash", "the display name ends in a quoted backslash", 'From: "Alice\\\\" <sip:alice@example.com>;tag=1')
    row("display_name_open", "the quotes of the display name are not closed", 'From: "Alice <sip:alice@example.com>;tag=1', "sip.address")
    row("display_name_tokens", "the display name is two tokens", "From: Alice Liddell <sip:alice@example.com>;tag=1")
    row("parameter_address", "a parameter of From holds Alice's address", 'From: <sip:mallory@example.com>;x="<sip:alice@example.com>"',
        "identity.mismatch")
    row("text_after", "something follows the address", "From: <sip:alice@example.com> <sip:mallory@example.com>", "sip.address")
    row("comment", "a comment, as e-mail has them, follows the address", "From: <sip:alice@example.com> (Alice)", "sip.address")
    row("compact", "From in its compact form", "f: <sip:alice@example.com>;tag=1")
    row("compact_other", "From in its compact form is Mallory", "f: <sip:mallory@example.com>;tag=1", "identity.mismatch")
    row("lower_case", "the name of the field in lower case, with a blank before the colon", "from : <sip:alice@example.com>;tag=1")
    row("folded", "From is folded", 'From: "Alice"\r\n  <sip:alice@example.com>\r\n\t;tag=1')
    row("folded_other", "From is folded; a line of it looks like a From of Alice",
        'From: "Alice"\r\n From: <sip:alice@example.com>', "sip.address")
    row("bare", "From is a URI without brackets", "From: sip:alice@example.com;tag=1")
    row("bare_other", "From is a URI without brackets, and not Alice's", "From: sip:mallory@example.com;tag=1", "identity.mismatch")
    row("bracket_open", "the bracket is not closed", "From: <sip:alice@example.com", "sip.address")
    row("blank_in_brackets", "a blank stands in the brackets", "From: < sip:alice@example.com>;tag=1", "sip.address")
    row("scheme_other", "From is a https URI", "From: <https://alice@example.com>;tag=1", "sip.uri")
    row("anonymous", "From is anonymous", 'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', "identity.mismatch")
    row("escaped", "a letter of From is escaped, which means the same", "From: <sip:%61lice@example.com>;tag=1", rows="I1 P12")
    row("escaped_at", "From has an escaped @, which is no delimiter", "From: <sip:alice%40example.com@example.org>;tag=1",
        "identity.mismatch", rows="I1 P12")
    row("user_case", "the user is Alice, not alice", "From: <sip:Alice@example.com>;tag=1", "identity.mismatch", rows="I1 P12")
    row("host_case", "the host is in upper case", "From: <SIP:alice@EXAMPLE.COM>;tag=1", rows="I1 P12")
    row("port", "From has the default port", "From: <sip:alice@example.com:5060>;tag=1", "identity.mismatch", rows="I1 P12")
    row("parameters", "the URI in From has parameters", "From: <sip:alice@example.com;transport=tcp>;tag=1", rows="I1 P12")
    row("user_info", "the user in From has a password", "From: <sip:alice:secret@example.com>;tag=1", "identity.mismatch", rows="I1 P12")
    row("sips", "From is a sips URI, the certificate names the sip URI", "From: <sips:alice@example.com>;tag=1", rows="I1 P12",
        finding="SIPS-SIP-MATCH")
    row("trailing_dot", "a dot ends the host", "From: <sip:alice@example.com.>;tag=1", "identity.mismatch", rows="I1 P9")
    row("nul", "a NUL stands in the address", "From: <sip:alice@example.com\0.evil.example>;tag=1", "sip.address", rows="I1 P9")
    row("cyrillic", "the first letter of the user is U+0430", "From: <sip:\u0430lice@example.com>;tag=1", "sip.address", rows="I1 I4")

    others = ("P-Asserted-Identity: <sip:mallory@example.com>\r\nP-Preferred-Identity: <sip:mallory@example.com>\r\n"
              "Reply-To: <sip:mallory@example.com>\r\nContact: <sip:mallory@192.0.2.1>\r\nReferred-By: <sip:mallory@example.com>\r\n"
              "Remote-Party-ID: <sip:mallory@example.com>")
    row("others_differ", "From is Alice, all other fields that name a sender are Mallory", "From: <sip:alice@example.com>;tag=1",
        more=others)
    row("others_alice", "From is Mallory, all other fields that name a sender are Alice", "From: <sip:mallory@example.com>;tag=1",
        "identity.mismatch", more=others.replace("mallory", "alice"))
    hidden = "From: <sip:anonymous@anonymous.invalid>;tag=1"
    row("pai", "P-Asserted-Identity is Alice, and is asked for", hidden, args="--identity pai",
        more="P-Asserted-Identity: <sip:alice@example.com>", rows="I1 VFY-21")
    row("pai_two", "P-Asserted-Identity is a tel URI and Alice, and is asked for", hidden, args="--identity pai",
        more="P-Asserted-Identity: <tel:+12015550123>, <sip:alice@example.com>", rows="I1 VFY-21")
    row("pai_other", "P-Asserted-Identity is Mallory, and is asked for; From is Alice", "From: <sip:alice@example.com>;tag=1",
        "identity.mismatch", args="--identity pai", more="P-Asserted-Identity: <sip:mallory@example.com>", rows="I1 VFY-21")
    row("pai_absent", "there is no P-Asserted-Identity, and it is asked for", "From: <sip:alice@example.com>;tag=1",
        "identity.no-claim", args="--identity pai", rows="I1 VFY-21")
    row("pai_three", "P-Asserted-Identity has three values, and is asked for", hidden, "identity.ambiguous", args="--identity pai",
        more="P-Asserted-Identity: <sip:mallory@example.com>, <sip:eve@example.com>\r\nP-Asserted-Identity: <sip:alice@example.com>",
        rows="I1 VFY-21")
    row("named", "From is Mallory; Alice is named by --identity", "From: <sip:mallory@example.com>;tag=1",
        args="--identity sip:alice@example.com", rows="I1 VFY-21")
    row("named_other", "From is Alice; Bob is named by --identity", "From: <sip:alice@example.com>;tag=1", "identity.mismatch",
        args="--identity sip:bob@example.org", rows="I1 VFY-21")
    row("not_asked", "From is Mallory; --identity none", "From: <sip:mallory@example.com>;tag=1", args="--identity none",
        verdicts="integrity=good trust=good identity=not-checked", rows="I1 VFY-21")
    row("to", "From is Mallory; To is Alice, and is asked for", "From: <sip:mallory@example.com>;tag=1", args="--identity to",
        to="To: <sip:alice@example.com>", rows="I1 VFY-21")

    def response(name, comment, expect="ok", args="default", **change):
        octets = sip(cms, **{**RESPONSE, **change})
        verdict = "integrity=good trust=good identity=" + ("good" if expect == "ok" else "bad")
        vector("response" + name, "I1 VFY-20", comment, octets, expect, args=args, verdicts=verdict,
               product=splice(octets, TEXT) if expect == "ok" else None)

    response("", "a response of Alice, who is its To")
    response("_utf8_reason", "the reason phrase is UTF-8", start="SIP/2.0 200 Grüße")
    response("_no_reason", "the reason phrase is empty", start="SIP/2.0 200 ")
    response("_other", "a response whose To is Bob, signed by Alice", "identity.response-not-to", to="To: <sip:bob@example.org>;tag=2")
    response("_from_alice", "a response whose From is Alice and whose To is Bob, signed by Alice", "identity.response-not-to",
             to="To: <sip:bob@example.org>;tag=2", from_="From: <sip:alice@example.com>;tag=1")
    response("_named", "a response whose To is Bob; Alice is named by --identity", args="--identity sip:alice@example.com",
             to="To: <sip:bob@example.org>;tag=2")
    response("_no_to", "a response without a To", "identity.no-claim", to=None)
    response("_two_to", "a response with two Tos", "identity.ambiguous",
             to="To: <sip:alice@example.com>;tag=2\r\nTo: <sip:alice@example.com>;tag=2")


def i2():
    one = signer()
    alone = signed_data(one, None)
    octets = SIGNED_TYPE.encode() + b"\r\n\r\n" + multipart(TEXT, p7s(alone))
    flips = [TEXT] + one.protected
    vector("mime_detached_binary", "I2", "a MIME entity alone, with a binary signature: nobody claims to be its sender", octets,
           product=TEXT, verdicts="integrity=good trust=good identity=not-checked", flips=flips)
    vector("mime_detached_named", "I2", "a MIME entity alone, and --identity names Alice", octets, args="--identity sip:alice@example.com",
           product=TEXT, verdicts="identity=good", flips=flips)
    vector("mime_detached_named_other", "I2", "a MIME entity alone, and --identity names Bob", octets, "identity.mismatch",
           args="--identity sip:bob@example.org", verdicts="identity=bad")
    vector("mime_detached_from", "I2", "a MIME entity alone, and --identity from asks for a field it does not have", octets, "usage",
           args="--identity from")
    with_from = b"From: Mallory <sip:mallory@example.com>\r\n" + octets
    vector("mime_detached_from_field", "I2", "a MIME entity with a From of its own: that is e-mail's, and nobody asked", with_from,
           product=TEXT, verdicts="identity=not-checked", flips=flips)
    opaque_octets = OBJECT_HEADER + signed_data(one)
    vector("mime_opaque", "I2 FRS-17", "a MIME entity alone, with an opaque signature", opaque_octets, product=TEXT,
           verdicts="integrity=good trust=good identity=not-checked", flips=flips)
    vector("der_named", "I2", "a CMS object alone, and --identity names Alice", signed_data(one), args="--identity sip:alice@example.com",
           product=TEXT, verdicts="identity=good", flips=flips)
    vector("der_named_other", "I2", "a CMS object alone, and --identity names Bob", signed_data(one), "identity.mismatch",
           args="--identity sip:bob@example.org", verdicts="identity=bad")


ESCAPES = "\x1b[31m\x1b]0;owned\x07\u202ecilA\u2066\u009b2J"


def o1():
    cms = signed_data(signer())

    def row(name, comment, expect, octets, **more):
        vector("escapes_" + name, "O1", comment, octets, expect, product=splice(octets, TEXT) if expect == "ok" else None, **more)

    row("display_name", "the display name of Mallory holds octets that drive a terminal", "identity.mismatch",
        sip(cms, from_='From: "%s" <sip:mallory@example.com>;tag=1' % ESCAPES))
    row("display_name_token", "the display name holds octets that drive a terminal, and is not quoted", "sip.address",
        sip(cms, from_="From: %s <sip:mallory@example.com>;tag=1" % ESCAPES))
    row("address", "the address holds octets that drive a terminal", "sip.address",
        sip(cms, from_="From: <sip:%s@example.com>;tag=1" % ESCAPES))
    row("method", "the method holds octets that drive a terminal", "sip.start-line",
        sip(cms, start="MESS\x1b[31mAGE sip:bob@example.org SIP/2.0"))
    row("field_name", "the name of a field holds octets that drive a terminal", "sip.header-field", sip(cms, more="X\x1b[31m: y"))
    row("reason", "the reason phrase holds octets that drive a terminal", "sip.start-line",
        sip(cms, **{**RESPONSE, "start": "SIP/2.0 200 " + ESCAPES}))
    row("boundary", "the boundary holds octets that drive a terminal", "mime.boundary",
        detached_sip(TEXT, signed_data(signer(), None), type=SIGNED_TYPE.replace(BOUNDARY, '"%s"' % ESCAPES),
                     build=lambda *parts: multipart(*parts, boundary=ESCAPES.encode())))
    row("smime_type", "smime-type holds octets that drive a terminal", "ok",
        sip(cms, type='Content-Type: application/pkcs7-mime; smime-type="%s"' % ESCAPES), finding="SMIMETYPE-MISMATCH")
    row("encoding", "the transfer encoding holds octets that drive a terminal", "mime.transfer-encoding",
        sip(cms, encoding="Content-Transfer-Encoding: " + ESCAPES))
    detached("escapes_micalg", "O1", "micalg holds octets that drive a terminal", flips=False, finding="MICALG-UNKNOWN",
             head=dict(type=SIGNED_TYPE.replace("sha-256", '"%s"' % ESCAPES)))
    row("protocol", "protocol holds octets that drive a terminal", "mime.multipart-signed",
        detached_sip(TEXT, signed_data(signer(), None), type=SIGNED_TYPE.replace('"application/pkcs7-signature"', '"%s"' % ESCAPES)))
    content = b"Content-Type: text/plain\r\n\r\n" + ESCAPES.encode()
    opaque("escapes_content", "O1", "the signed text holds octets that drive a terminal: the product has them as they are",
           signer(content), content=content)
