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
    openssl pkcs12 -export -inkey "$key" -in "$cert" -name signer -passout pass:peer -certpbe PBE-SHA1-3DES \
        -keypbe PBE-SHA1-3DES -macalg sha1 -out "$tmp/in.p12"
    pk12util -i "$tmp/in.p12" -d "$db" -W peer -K '' >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
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

case ${1:-} in
    available) need cmsutil certutil pk12util openssl ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    *) usage ;;
esac
