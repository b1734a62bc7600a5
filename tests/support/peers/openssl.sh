#!/bin/sh
# Peer: openssl cms. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

sign() {
    [ $# -eq 6 ] || usage
    make_tmp
    keys=$1 certs=$2 content=$3 out=$4 form=$5 algo=$6
    set -- -sign -binary -outform DER -in "$content"
    key_options= stream=
    for word in $(echo "$algo" | tr '+' ' '); do
        case $word in
            sha1|sha256|sha384|sha512) set -- "$@" -md "$word" ;;
            pss) key_options="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest" ;;
            noattr|keyid|nocerts) set -- "$@" "-$word" ;;
            chain)
                # All certificates of the file but the first one, which is the signer's.
                split_pem "$(split "$certs" | head -n 1)" "$tmp/chain"
                rm "$tmp/chain1"
                cat "$tmp"/chain* > "$tmp/more" 2>/dev/null && set -- "$@" -certfile "$tmp/more"
                ;;
            stream|indef) stream="-$word" ;;
            *) cannot "$word" ;;
        esac
    done
    case $form in
        opaque) set -- "$@" -nodetach ;;
        detached) ;;
        *) usage ;;
    esac
    [ -z "$stream" ] || set -- "$@" "$stream"
    number=0
    for cert in $(split "$certs"); do
        number=$((number + 1))
        set -- "$@" -signer "$cert" -inkey "$(split "$keys" | sed -n "${number}p")" $key_options
    done
    at_peer_time openssl cms "$@" -out "$tmp/out" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

verify() {
    [ $# -eq 5 ] || usage
    signed=$1 content=$2 ca=$3 extra=$4 out=$5
    set -- -verify -binary -inform DER -in "$signed" -CAfile "$ca" -no-CApath -no-CAstore -purpose smimesign
    [ "$content" = - ] || set -- "$@" -content "$content"
    [ "$extra" = - ] || set -- "$@" -certfile "$extra"
    [ -z "${PEER_TIME:-}" ] || set -- "$@" -attime "$PEER_TIME"
    make_tmp
    openssl cms "$@" -out "$tmp/out" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

case ${1:-} in
    available) need openssl ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    *) usage ;;
esac
