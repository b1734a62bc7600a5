#!/bin/sh
# Peer: python `cryptography` (pyca). See README.md. It has no function that verifies.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

available() {
    need python3
    python3 -c 'import cryptography.hazmat.primitives.serialization.pkcs7' 2>/dev/null ||
        { echo "$peer: python cryptography is not installed"; exit 1; }
}

program() {
    PYTHONDONTWRITEBYTECODE=1 at_peer_time python3 "$here/pyca.py" "$@" 2>"$tmp/said" && return
    status=$?
    report "$tmp/said"
    exit $status
}

sign() {
    [ $# -eq 6 ] || usage
    make_tmp
    program sign "$1" "$2" "$3" "$tmp/out" "$5" "$6"
    keep "$tmp/out" "$4"
}

encrypt() {
    [ $# -ge 4 ] || usage
    make_tmp
    content=$1 out=$2 algo=$3
    shift 3
    program encrypt "$content" "$tmp/out" "$algo" "$@"
    keep "$tmp/out" "$out"
}

decrypt() {
    [ $# -ge 3 ] || usage
    make_tmp
    object=$1 out=$2
    shift 2
    program decrypt "$object" "$tmp/out" "$@"
    keep "$tmp/out" "$out"
}

case ${1:-} in
    available) available ;;
    sign) shift; sign "$@" ;;
    encrypt) shift; encrypt "$@" ;;
    decrypt) shift; decrypt "$@" ;;
    verify) [ $# -eq 6 ] || usage; cannot "verify" ;;
    *) usage ;;
esac
