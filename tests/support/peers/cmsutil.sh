#!/bin/sh
# Peer: cmsutil of NSS, with a certificate database of its own. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

store() {
    make_tmp
    mkdir "$tmp/db"
    db="sql:$tmp/db"
    certutil -N -d "$db" --empty-password >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
}

# import_key KEY CERT NAME
import_key() {
    openssl pkcs12 -export -inkey "$1" -in "$2" -name "$3" -passout pass:peer -certpbe PBE-SHA1-3DES \
        -keypbe PBE-SHA1-3DES -macalg sha1 -out "$tmp/in.p12"
    pk12util -i "$tmp/in.p12" -d "$db" -W peer -K '' >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
}

sign() {
    [ $# -eq 6 ] || usage
    key=$1 cert=$2 content=$3 out=$4 form=$5 algo=$6
    case $key in *,*) cannot "two signers" ;; esac
    digest=SHA256
    for word in $(echo "$algo" | tr '+' ' '); do
        case $word in
            sha1|sha256|sha384|sha512) digest=$(echo "$word" | tr a-z A-Z) ;;
            *) cannot "$word" ;;
        esac
    done
    case $form in
        opaque) detach= ;;
        detached) detach=-T ;;
        *) usage ;;
    esac
    store
    import_key "$key" "$cert" signer
    # Trusted as a peer, or NSS asks for a path before it signs.
    certutil -M -d "$db" -n signer -t P,P,P >"$tmp/said" 2>&1 || true
    at_peer_time cmsutil -S -d "$db" -N signer -G -H $digest $detach -i "$content" -o "$tmp/out" >"$tmp/said" 2>&1 ||
        { report "$tmp/said"; exit 1; }
    [ -s "$tmp/out" ] || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

verify() {
    [ $# -eq 5 ] || usage
    signed=$1 content=$2 ca=$3 extra=$4 out=$5
    store
    number=0
    split_pem "$ca" "$tmp/ca"
    for cert in "$tmp"/ca*; do
        number=$((number + 1))
        certutil -A -d "$db" -n "ca$number" -t C,C,C -i "$cert" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    done
    if [ "$extra" != - ]; then
        split_pem "$extra" "$tmp/extra"
        for cert in "$tmp"/extra*; do
            number=$((number + 1))
            certutil -A -d "$db" -n "extra$number" -t ,, -i "$cert" >"$tmp/said" 2>&1 || true
        done
    fi
    if [ "$content" = - ]; then set --; else set -- -c "$content"; fi
    at_peer_time cmsutil -D -d "$db" -h 1 -i "$signed" "$@" -o "$tmp/shown" >"$tmp/said" 2>&1 ||
        { report "$tmp/said"; exit 1; }
    # The exit code is not enough: the listing has to name each signer as good.
    awk 'NR == 1 && !/^SMIME:/ { exit } { print } /type=data/ { exit }' "$tmp/shown" > "$tmp/heads"
    signers=$(sed -n 's/.*nsigners=\([0-9]*\).*/\1/p' "$tmp/heads" | head -n 1)
    good=$(grep -c 'status=GoodSignature' "$tmp/heads" || true)
    if [ "${signers:-0}" -eq 0 ] || [ "$good" -ne "$signers" ]; then report "$tmp/heads"; exit 1; fi
    at_peer_time cmsutil -D -d "$db" -i "$signed" "$@" -o "$tmp/out" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    # cmsutil takes no notice of the outside content when there is one inside.
    [ "$content" = - ] || cmp -s "$content" "$tmp/out" || { echo "$peer: verified another content" >&2; exit 1; }
    keep "$tmp/out" "$out"
}

encrypt() {
    [ $# -ge 4 ] || usage
    content=$1 out=$2 algo=$3
    shift 3
    # cmsutil has no option for the cipher.
    [ "$algo" = aes-128-cbc ] || cannot "$algo"
    store
    number=0 names=
    for recipient in "$@"; do
        case $recipient in
            cert:*) cert=$(rest "$recipient") ;;
            *) cannot "recipients without a certificate" ;;
        esac
        [ "$(key_kind "$cert")" = rsa ] || cannot "keys other than RSA"
        number=$((number + 1))
        names="$names${names:+,}recipient$number"
        certutil -A -d "$db" -n "recipient$number" -t P,P,P -i "$cert" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    done
    at_peer_time cmsutil -E -d "$db" -r "$names" -i "$content" -o "$tmp/out" >"$tmp/said" 2>&1 ||
        { report "$tmp/said"; exit 1; }
    [ -s "$tmp/out" ] || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

decrypt() {
    [ $# -ge 3 ] || usage
    object=$1 out=$2
    shift 2
    store
    number=0
    for identity in "$@"; do
        case $identity in
            key:*) cert=$(third "$identity") ;;
            *) cannot "identities without a certificate" ;;
        esac
        [ "$(key_kind "$cert")" = rsa ] || cannot "keys other than RSA"
        number=$((number + 1))
        import_key "$(second "$identity")" "$cert" "recipient$number"
    done
    cmsutil -D -d "$db" -i "$object" -o "$tmp/out" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    # cmsutil decodes all kinds; only what was encrypted counts.
    cmsutil -D -d "$db" -h 1 -n -i "$object" >"$tmp/heads" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    grep -q 'type=envelopedData' "$tmp/heads" || { report "$tmp/heads"; exit 1; }
    keep "$tmp/out" "$out"
}

case ${1:-} in
    encrypt) shift; encrypt "$@" ;;
    decrypt) shift; decrypt "$@" ;;
    available) need cmsutil certutil pk12util openssl ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    *) usage ;;
esac
