#!/bin/sh
# Peer: gpgsm of GnuPG, with a key store of its own. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

# The passphrase of the temporary key store and of the PKCS #12 files on their way into it.
passphrase=peer

before_clean_up() { gpgconf --kill all >/dev/null 2>&1; }

store() {
    make_tmp
    mkdir -m 700 "$tmp/home"
    export GNUPGHOME="$tmp/home"
    echo allow-loopback-pinentry > "$GNUPGHOME/gpg-agent.conf"
}

fingerprint() { openssl x509 -in "$1" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'; }

trust() {
    split_pem "$1" "$tmp/ca"
    for cert in "$tmp"/ca*; do
        echo "$(fingerprint "$cert") S relax" >> "$GNUPGHOME/trustlist.txt"
        gpgsm_quiet --import "$cert" || true
    done
}

gpgsm_quiet() {
    time_option=
    [ -z "${PEER_TIME:-}" ] || time_option="--faked-system-time $(date -u -d "@$PEER_TIME" +%Y%m%dT%H%M%S)"
    echo "$passphrase" | gpgsm --batch --yes --disable-dirmngr --disable-crl-checks --pinentry-mode loopback \
        --passphrase-fd 0 $time_option "$@" >>"$tmp/said" 2>&1
}

# import_key KEY CERT
import_key() {
    # gpgsm 2.2 crashes when it imports a PKCS #12 file with an EC key.
    [ "$(key_kind "$2")" = rsa ] || cannot "keys other than RSA"
    # It also fails to read one file in fifty, depending on the random salt; another salt helps.
    tries=0
    until
        openssl pkcs12 -export -inkey "$1" -in "$2" -passout "pass:$passphrase" -certpbe PBE-SHA1-3DES \
            -keypbe PBE-SHA1-3DES -macalg sha1 -out "$tmp/in.p12"
        gpgsm_quiet --import "$tmp/in.p12"
    do
        tries=$((tries + 1))
        [ $tries -lt 5 ] || { report "$tmp/said"; exit 1; }
    done
    gpgsm_quiet --import "$2" || true
}

sign() {
    [ $# -eq 6 ] || usage
    keys=$1 certs=$2 content=$3 out=$4 form=$5 algo=$6
    include=1 digest=
    for word in $(echo "$algo" | tr '+' ' '); do
        case $word in
            sha256) ;;
            sha384|sha512) digest="--digest-algo $word" ;;
            nocerts) include=0 ;;
            chain) include=-2 ;;
            *) cannot "$word" ;;
        esac
    done
    case $form in
        opaque) verb=--sign ;;
        detached) verb=--detach-sign ;;
        *) usage ;;
    esac
    store
    # gpgsm signs only with a certificate that has a path.
    trust "${PEER_CA:-$here/../../../testdata/keys/ca.pem}"
    users= number=0
    for cert in $(split "$certs"); do
        number=$((number + 1))
        key=$(split "$keys" | sed -n "${number}p")
        import_key "$key" "$cert"
        users="$users -u $(fingerprint "$cert")"
    done
    gpgsm_quiet --include-certs $include $digest $users --output "$tmp/out" $verb "$content" ||
        { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

verify() {
    [ $# -eq 5 ] || usage
    signed=$1 content=$2 ca=$3 extra=$4 out=$5
    store
    trust "$ca"
    if [ "$extra" != - ]; then
        split_pem "$extra" "$tmp/extra"
        for cert in "$tmp"/extra*; do gpgsm_quiet --import "$cert" || true; done
    fi
    : > "$tmp/said"
    if [ "$content" = - ]; then
        gpgsm_quiet --status-fd 1 --output "$tmp/out" --verify "$signed" || { report "$tmp/said"; exit 1; }
    else
        gpgsm_quiet --status-fd 1 --verify "$signed" "$content" || { report "$tmp/said"; exit 1; }
        cat "$content" > "$tmp/out"
    fi
    # The exit code is not enough: it is 0 for an expired certificate and for a wrong key usage. Each signature has to be
    # good, valid and trusted.
    count() { grep -c "^\[GNUPG:\] $1 " "$tmp/said" || true; }
    signatures=$(grep -c '^\[GNUPG:\] NEWSIG' "$tmp/said" || true)
    good=1
    [ "$signatures" -gt 0 ] || good=0
    for line in GOODSIG VALIDSIG TRUST_FULLY; do [ "$(count $line)" -eq "$signatures" ] || good=0; done
    [ "$(count ERROR)" -eq 0 ] || good=0
    [ $good -eq 1 ] || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

encrypt() {
    [ $# -ge 4 ] || usage
    content=$1 out=$2 algo=$3
    shift 3
    case $algo in
        aes-128-cbc) cipher=AES ;;
        aes-192-cbc) cipher=AES192 ;;
        aes-256-cbc) cipher=AES256 ;;
        des-ede3-cbc) cipher=3DES ;;
        *) cannot "$algo" ;;
    esac
    store
    # gpgsm encrypts only for a certificate that has a path.
    trust "${PEER_CA:-$here/../../../testdata/keys/ca.pem}"
    users=
    for recipient in "$@"; do
        case $recipient in
            cert:*) cert=$(rest "$recipient") ;;
            *) cannot "recipients without a certificate" ;;
        esac
        [ "$(key_kind "$cert")" = rsa ] || cannot "keys other than RSA"
        gpgsm_quiet --import "$cert" || { report "$tmp/said"; exit 1; }
        users="$users -r $(fingerprint "$cert")"
    done
    gpgsm_quiet --cipher-algo $cipher $users --output "$tmp/out" --encrypt "$content" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

decrypt() {
    [ $# -ge 3 ] || usage
    object=$1 out=$2
    shift 2
    store
    for identity in "$@"; do
        case $identity in
            key:*) import_key "$(second "$identity")" "$(third "$identity")" ;;
            *) cannot "identities without a certificate" ;;
        esac
    done
    : > "$tmp/said"
    # The exit code says nothing: it is 2 when another recipient is in front of ours.
    gpgsm_quiet --status-fd 1 --output "$tmp/out" --decrypt "$object" || true
    grep -q '^\[GNUPG:\] DECRYPTION_OKAY' "$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

case ${1:-} in
    available) need gpgsm gpgconf gpg-agent openssl ;;
    encrypt) shift; encrypt "$@" ;;
    decrypt) shift; decrypt "$@" ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    *) usage ;;
esac
