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

encrypt() {
    [ $# -ge 4 ] || usage
    make_tmp
    content=$1 out=$2 algo=$3
    shift 3
    cipher= kdf= oaep= keyid= stream= cofactor=
    for word in $(echo "$algo" | tr '+' ' '); do
        case $word in
            aes-*) cipher=$word ;;
            des-ede3-cbc) cipher=des3 ;;
            oaep) oaep=sha256 ;;
            oaep-sha1) oaep=sha1 ;;
            kdf-*) kdf=${word#kdf-} ;;
            keyid|stream) eval "$word=-$word" ;;
            cofactor) cofactor="-keyopt ecdh_cofactor_mode:1" ;;
            *) cannot "$word" ;;
        esac
    done
    [ -n "$cipher" ] || usage
    recipients=$*
    set -- -encrypt -binary -outform DER -in "$content" "-$cipher" $keyid $stream
    for recipient in $recipients; do
        case $recipient in
            cert:*)
                file=$(rest "$recipient")
                set -- "$@" -recip "$file"
                case $(key_kind "$file") in
                    rsa)
                        [ -z "$oaep" ] || set -- "$@" -keyopt rsa_padding_mode:oaep -keyopt "rsa_oaep_md:$oaep" \
                            -keyopt "rsa_mgf1_md:$oaep"
                        ;;
                    ec)
                        [ -z "$kdf" ] || set -- "$@" -keyopt "ecdh_kdf_md:$kdf"
                        set -- "$@" $cofactor
                        ;;
                    *) cannot "this kind of key" ;;
                esac
                ;;
            kek:*) set -- "$@" -secretkey "$(third "$recipient")" -secretkeyid "$(second "$recipient")" ;;
            password:*)
                # openssl takes the cipher of the content for the password, too, and that must not be GCM.
                case $cipher in *-gcm) cannot "a password with GCM" ;; esac
                set -- "$@" -pwri_password "$(rest "$recipient")"
                ;;
            *) usage ;;
        esac
    done
    openssl cms "$@" -out "$tmp/out" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

decrypt() {
    [ $# -ge 3 ] || usage
    make_tmp
    object=$1 out=$2
    shift 2
    identities=$*
    set -- -decrypt -binary -inform DER -in "$object"
    keys=0
    for identity in $identities; do
        case $identity in
            key:*)
                keys=$((keys + 1))
                [ $keys -eq 1 ] || cannot "two keys"
                # Without the certificate a wrong RSA key sometimes gives chance octets and no error.
                set -- "$@" -inkey "$(second "$identity")" -recip "$(third "$identity")"
                ;;
            kek:*) set -- "$@" -secretkey "$(third "$identity")" -secretkeyid "$(second "$identity")" ;;
            password:*) set -- "$@" -pwri_password "$(rest "$identity")" ;;
            *) usage ;;
        esac
    done
    openssl cms "$@" -out "$tmp/out" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$out"
}

compress() {
    [ $# -eq 2 ] || usage
    [ "$(openssl list -disabled | grep -c '^ZLIB')" -eq 0 ] || cannot "compress: built without zlib"
    make_tmp
    openssl cms -compress -binary -outform DER -in "$1" -out "$tmp/out" 2>"$tmp/said" || { report "$tmp/said"; exit 1; }
    keep "$tmp/out" "$2"
}

case ${1:-} in
    available) need openssl ;;
    encrypt) shift; encrypt "$@" ;;
    decrypt) shift; decrypt "$@" ;;
    compress) shift; compress "$@" ;;
    sign) shift; sign "$@" ;;
    verify) shift; verify "$@" ;;
    *) usage ;;
esac
