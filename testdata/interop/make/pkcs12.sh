#!/bin/sh
# Makes the PKCS #12 files of testdata/interop/pkcs12 with openssl, NSS and keytool, and SHA256SUMS there.
#
#   pkcs12.sh            make what is missing, keep the rest
#   pkcs12.sh --force    make all again
#   pkcs12.sh --check    change nothing; let openssl open each again
#
# The password is `password`, where the name does not say another one. Salts are random, so new files differ.
set -eu
cd "$(dirname "$0")/../pkcs12" || exit 2
keys=../../keys
mode=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat "$keys/carol.pem" "$keys/sub-ca.pem" >"$tmp/carol.pem"

# missing FILE: whether it is to be made. It is made without access for others, as openssl does; git keeps no modes.
missing() {
    [ "$mode" != --check ] && { [ "$mode" = --force ] || [ ! -f "$1" ]; }
}

# made FILE KEY CERT OPTION...: a file of openssl.
made() {
    file=$1 key=$2 certificate=$3
    shift 3
    missing "$file" || return 0
    openssl pkcs12 -export -inkey "$keys/$key" -in "$certificate" -passout "pass:${password-password}" -out "$file" "$@"
}

alice="alice.key $keys/alice.pem"
# shellcheck disable=SC2086
{
    made openssl-default.p12 $alice -name alice
    made openssl-chain.p12 carol.key "$tmp/carol.pem" -certfile "$keys/ca.pem"
    made openssl-rsa2048.p12 alice-rsa2048.key "$keys/alice-rsa2048.pem"
    made openssl-aes128-aes192-sha384.p12 $alice -keypbe aes-128-cbc -certpbe aes-192-cbc -macalg sha384
    made openssl-mac-sha512.p12 $alice -macalg sha512
    made openssl-mac-sha1.p12 $alice -macalg sha1
    made openssl-3des.p12 $alice -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
    made openssl-iterations-1.p12 $alice -nomaciter -noiter
    made openssl-plain-certificate.p12 $alice -certpbe NONE
    made openssl-plain-key.p12 $alice -keypbe NONE
    password='' made openssl-password-empty.p12 $alice
    password='pässwörd €🔑' made openssl-password-unicode.p12 $alice
    missing openssl-certificates.p12 && openssl pkcs12 -export -nokeys -in "$keys/carol-chain.pem" -passout pass:password \
        -out openssl-certificates.p12
    # What is refused.
    made refused-rc2-40.p12 $alice -legacy
    made refused-rc2-128.p12 $alice -legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-3DES
    made refused-rc4-128.p12 $alice -legacy -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-RC4-128
    made refused-no-mac.p12 $alice -nomac
    made refused-mac-md5.p12 $alice -macalg md5
    made refused-3des-in-pbes2.p12 $alice -keypbe DES-EDE3-CBC
}
if missing nss-default.p12; then
    mkdir "$tmp/nss"
    certutil -N -d "$tmp/nss" --empty-password
    pk12util -i openssl-rsa2048.p12 -d "$tmp/nss" -W password -K '' >/dev/null
    name=$(certutil -L -d "$tmp/nss" | sed -n 's/  *u,u,u *$//p')
    pk12util -o nss-default.p12 -n "$name" -d "$tmp/nss" -W password -K '' >/dev/null
    pk12util -o nss-3des.p12 -n "$name" -d "$tmp/nss" -W password -K '' -c "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC" \
        -C "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC" -M SHA-1 >/dev/null
fi
if missing keytool-default.p12; then
    rm -f keytool-default.p12
    keytool -importkeystore -srckeystore openssl-default.p12 -srcstoretype pkcs12 -srcstorepass password -noprompt \
        -destkeystore keytool-default.p12 -deststoretype pkcs12 -deststorepass password 2>/dev/null
fi
if missing keytool-trust.p12; then
    rm -f keytool-trust.p12
    keytool -importcert -file "$keys/ca.pem" -alias ca -noprompt -keystore keytool-trust.p12 -storetype pkcs12 \
        -storepass password 2>/dev/null
fi
chmod 644 ./*.p12
[ "$mode" = --check ] || sha256sum ./*.p12 | sed 's| \./| |' >SHA256SUMS
sha256sum --quiet -c SHA256SUMS
for file in [!r]*.p12; do
    case $file in
    *empty*) password='' ;;
    *unicode*) password='pässwörd €🔑' ;;
    *) password=password ;;
    esac
    openssl pkcs12 -in "$file" -passin "pass:$password" -noout || { echo "openssl does not open $file"; exit 1; }
done
