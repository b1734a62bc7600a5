#!/bin/sh
# Peer: python `cryptography` (pyca). See README.md. It signs; it has no function that verifies.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

available() {
    need python3
    python3 -c 'import cryptography.hazmat.primitives.serialization.pkcs7' 2>/dev/null ||
        { echo "$peer: python cryptography is not installed"; exit 1; }
}

sign() {
    [ $# -eq 6 ] || usage
    make_tmp
    status=0
    PYTHONDONTWRITEBYTECODE=1 at_peer_time python3 "$here/pyca.py" "$1" "$2" "$3" "$tmp/out" "$5" "$6" 2>"$tmp/said" || status=$?
    [ $status -eq 0 ] || { report "$tmp/said"; exit $status; }
    keep "$tmp/out" "$4"
}

case ${1:-} in
    available) available ;;
    sign) shift; sign "$@" ;;
    verify) [ $# -eq 6 ] || usage; cannot "verify" ;;
    *) usage ;;
esac
