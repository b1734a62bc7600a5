"""The program of pyca.sh: pyca.py KEY CERT CONTENT OUT opaque|detached ALGO."""

import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs7

DIGESTS = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def cannot(why):
    print("cannot: %s" % why, file=sys.stderr)
    sys.exit(3)


def main():
    keys, certs, content, out, form, algo = sys.argv[1:]
    options = [pkcs7.PKCS7Options.Binary]
    encoding, digest, padded, chain = serialization.Encoding.DER, hashes.SHA256, None, False
    for word in algo.split("+"):
        if word in DIGESTS:
            digest = DIGESTS[word]
        elif word == "noattr":
            options.append(pkcs7.PKCS7Options.NoAttributes)
        elif word == "nocaps":
            options.append(pkcs7.PKCS7Options.NoCapabilities)
        elif word == "nocerts":
            options.append(pkcs7.PKCS7Options.NoCerts)
        elif word == "pss":
            padded = padding.PSS(padding.MGF1(digest()), padding.PSS.DIGEST_LENGTH)
        elif word == "chain":
            chain = True
        elif word == "smime":
            encoding = serialization.Encoding.SMIME
        else:
            cannot(word)
    if form == "detached":
        options.append(pkcs7.PKCS7Options.DetachedSignature)
    with open(content, "rb") as f:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(f.read())
    for key_file, cert_file in zip(keys.split(","), certs.split(",")):
        with open(key_file, "rb") as f:
            key = serialization.load_pem_private_key(f.read(), None)
        with open(cert_file, "rb") as f:
            all_certs = x509.load_pem_x509_certificates(f.read())
        more = {} if padded is None else {"rsa_padding": padded}
        try:
            builder = builder.add_signer(all_certs[0], key, digest(), **more)
        except TypeError as e:
            cannot(e)
        if chain:
            for one in all_certs[1:]:
                builder = builder.add_certificate(one)
    signed = builder.sign(encoding, options)
    with open(out, "wb") as f:
        f.write(signed)


main()
