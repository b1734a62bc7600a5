"""The program of pyca.sh:

    pyca.py sign KEY CERT CONTENT OUT opaque|detached ALGO
    pyca.py encrypt CONTENT OUT ALGO RECIPIENT...
    pyca.py decrypt OBJECT OUT IDENTITY...
"""

import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7

DIGESTS = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def cannot(why):
    print("cannot: %s" % why, file=sys.stderr)
    sys.exit(3)


def read(file):
    with open(file, "rb") as f:
        return f.read()


def write(file, data):
    with open(file, "wb") as f:
        f.write(data)


def encrypt(content, out, algo, *recipients):
    ciphers = {"aes-128-cbc": algorithms.AES128, "aes-256-cbc": algorithms.AES256}
    if algo not in ciphers:
        cannot(algo)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(read(content)).set_content_encryption_algorithm(ciphers[algo])
    for recipient in recipients:
        kind, _, file = recipient.partition(":")
        if kind != "cert":
            cannot("recipients without a certificate")
        try:
            builder = builder.add_recipient(x509.load_pem_x509_certificate(read(file)))
        except TypeError as e:
            cannot(e)
    write(out, builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary]))


def decrypt(object_file, out, *identities):
    if len(identities) != 1 or not identities[0].startswith("key:"):
        cannot("identities other than one certificate and key")
    _, key_file, cert_file = identities[0].split(":")
    key = serialization.load_pem_private_key(read(key_file), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        cannot("keys other than RSA")
    certificate = x509.load_pem_x509_certificate(read(cert_file))
    try:
        content = pkcs7.pkcs7_decrypt_der(read(object_file), certificate, key, [])
    except Exception as e:
        sys.exit("%s: %s" % (type(e).__name__, e))
    write(out, content)


def sign(keys, certs, content, out, form, algo):
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
    builder = pkcs7.PKCS7SignatureBuilder().set_data(read(content))
    for key_file, cert_file in zip(keys.split(","), certs.split(",")):
        key = serialization.load_pem_private_key(read(key_file), None)
        all_certs = x509.load_pem_x509_certificates(read(cert_file))
        more = {} if padded is None else {"rsa_padding": padded}
        try:
            builder = builder.add_signer(all_certs[0], key, digest(), **more)
        except TypeError as e:
            cannot(e)
        if chain:
            for one in all_certs[1:]:
                builder = builder.add_certificate(one)
    write(out, builder.sign(encoding, options))


{"sign": sign, "encrypt": encrypt, "decrypt": decrypt}[sys.argv[1]](*sys.argv[2:])
