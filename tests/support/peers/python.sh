#!/bin/sh
# Not a peer but a second, independent computation: cms.py, with the primitives of python `cryptography`. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

available() {
    need python3
    python3 -c 'import cryptography.hazmat.primitives.ciphers.aead' 2>/dev/null ||
        { echo "$peer: python cryptography is not installed"; exit 1; }
}

program() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/cms.py" "$@" 2>"$tmp/said" && return
    status=$?
    report "$tmp/said"
    exit $status
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
    encrypt) shift; encrypt "$@" ;;
    decrypt) shift; decrypt "$@" ;;
    encrypt-batch|decrypt-batch) [ $# -eq 2 ] || usage; make_tmp; program "$@" ;;
    sign) [ $# -eq 7 ] || usage; cannot "sign" ;;
    verify) [ $# -eq 6 ] || usage; cannot "verify" ;;
    *) usage ;;
esac
