#!/bin/bash
# Makes the revocation lists of testdata/interop/crl with `openssl ca -gencrl` and the keys of the test PKI.
# Needs OpenSSL from 3.0. Lists hold from 2025-12-01 to 2026-02-01 if their name says nothing else. ECDSA signatures differ
# each time: a list that is there is kept.
set -euo pipefail
cd "$(dirname "$0")/../../.."
keys=testdata/keys
out=testdata/interop/crl
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

serial() { openssl x509 -in "$keys/$1.pem" -noout -serial | cut -d= -f2; }

# crl FILE CA LAST NEXT NUMBER EXTENSIONS [CERTIFICATE REASON]...
crl() {
    local file=$out/$1 ca=$2 last=$3 next=$4 number=$5 extensions=$6
    shift 6
    [ -e "$file" ] && return
    : >"$work/index.txt"
    while [ $# -gt 0 ]; do
        printf 'R\t450101000000Z\t251115000000Z%s\t%s\tunknown\t/CN=%s\n' "${2:+,$2}" "$(serial "$1")" "$1" >>"$work/index.txt"
        shift 2
    done
    echo "$number" >"$work/number"
    cat >"$work/config" <<CONFIG
[ca]
default_ca = us
[us]
database = $work/index.txt
crlnumber = $work/number
default_md = sha256
crl_extensions = lists
[lists]
authorityKeyIdentifier = keyid
$extensions
CONFIG
    openssl ca -gencrl -config "$work/config" -cert "$keys/$ca.pem" -keyfile "$keys/$ca.key" \
        -crl_lastupdate "$last" -crl_nextupdate "$next" -out "$file" 2>"$work/said" || { cat "$work/said"; exit 1; }
}

now=251201000000Z later=260201000000Z
# openssl reads deltas only of lists that say where they are.
fresh="freshestCRL = URI:http://ca.example/delta.crl"
crl good.pem ca $now $later 0A "$fresh" bob ""
crl revoked.pem ca $now $later 0A "" alice keyCompromise bob ""
crl hold.pem ca $now $later 0A "$fresh" alice certificateHold
crl expired.pem ca 251001000000Z 251201000000Z 09 ""
crl expired-revoked.pem ca 251001000000Z 251201000000Z 09 "" alice superseded
crl future.pem ca 260301000000Z 260401000000Z 0B ""
crl sub-ca.pem sub-ca $now $later 0A ""
crl sub-ca-revoked.pem ca $now $later 0A "" sub-ca cACompromise
crl carol-revoked.pem sub-ca $now $later 0A "" carol keyCompromise
crl rsa.pem ca-rsa $now $later 0A "" dave affiliationChanged
crl wrong-signer.pem other-ca $now $later 0A "" alice keyCompromise
crl delta.pem ca 251215000000Z $later 0C "2.5.29.27 = critical,DER:02:01:0A" alice keyCompromise
crl delta-removed.pem ca 251215000000Z $later 0C "2.5.29.27 = critical,DER:02:01:0A" alice removeFromCRL
crl users.pem ca $now $later 0A "issuingDistributionPoint = critical,@users
[users]
onlyuser = TRUE" bob ""
crl authorities.pem ca $now $later 0A "issuingDistributionPoint = critical,@authorities
[authorities]
onlyCA = TRUE" alice keyCompromise
crl unknown-critical.pem ca $now $later 0A "1.2.3.4.5 = critical,DER:05:00" alice keyCompromise
[ -e "$out/revoked.der" ] || openssl crl -in "$out/revoked.pem" -outform der -out "$out/revoked.der"
[ -e "$out/both.pem" ] || cat "$out/good.pem" "$out/sub-ca.pem" >"$out/both.pem"
