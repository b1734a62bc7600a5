#!/bin/sh
# Peer: GnuTLS certtool. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

sign() {
    [ $# -eq 6 ] || usage
    key=$1 cert=$2 content=$3 out=$4 form=$5 algo=$6
    case $key in *,*) cannot "two signers" ;; esac
    include=--p7-include-cert
    hash=
    attributes=--p7-time
    for word in $(echo "$algo" | tr '+' ' '); do
        case $word in
            sha1|sha256|sha384|sha512) hash="--hash=$word" ;;
            pss) cannot "RSASSA-PSS with this kind of key" ;;
            nocerts) include=--no-p7-include-cert ;;
            noattr) attributes= ;;
            *) cannot "$word" ;;
        esac
    done
    case $form in
        opaque) verb=--p7-sign ;;
        detached) verb=--p7-detached-sign ;;
        *) usage ;;
    esac
    make_tmp
    at_peer_time certtool $verb $include $hash $attributes --load-privkey "$key" --load-certificate "$cert" --infile "$content" \
        --outder --outfile "$tmp/out" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

verify() {
    [ $# -eq 5 ] || usage
    signed=$1 content=$2 ca=$3 extra=$4 out=$5
    [ "$extra" = - ] || cannot "certificates from outside of the message"
    make_tmp
    set -- --p7-verify --verify-purpose 1.3.6.1.5.5.7.3.4 --inder --infile "$signed" --load-ca-certificate "$ca"
    if [ "$content" = - ]; then
        certtool --p7-info --p7-show-data --inder --infile "$signed" --outfile "$tmp/out" >"$tmp/said" 2>&1 || true
    else
        set -- "$@" --load-data "$content"
        cat "$content" > "$tmp/out"
    fi
    at_peer_time certtool "$@" >"$tmp/said" 2>&1 || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

case ${1:-} in
    available) need certtool ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    encrypt) [ $# -ge 5 ] || usage; cannot "encrypt" ;;
    decrypt) [ $# -ge 4 ] || usage; cannot "decrypt" ;;
    *) usage ;;
esac
