#!/usr/bin/env bash
# Whole processes: sign, verify, encrypt and decrypt a SIP MESSAGE with a body of 200 octets, ours against `openssl cms`.
#
# Both sides do the same work: read the files, make or check one opaque signature with signed attributes and the
# signer's certificate inside, and, when verifying, build and check the path to the one CA of -CAfile. openssl gets
# -no-CApath and -no-CAstore, so that it loads nothing else. Ours also parses SIP and checks the identity.
#
# Encryption is for one recipient with AES-128-GCM; the key goes over P-256 with SHA-256, or under RSA-2048 with OAEP
# and SHA-256. Each side decrypts what it encrypted itself, with the recipient's certificate and key.
#
# Both write to standard output: with -out, ours also syncs the file to the disk before it takes the old one's place,
# which openssl does not do.
#
# The runs alternate: in each round each command runs a few times, ours and theirs in turn. The table shows medians
# over all rounds, in milliseconds. Exit 1 if a ratio is above the limit.
#
#   benches/whole_process.sh [ROUNDS]       needs hyperfine and openssl 3
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-25}
runs=5
limit=0.60
keys=$PWD/testdata/keys
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cargo build --release --locked --quiet
ours=${CARGO_TARGET_DIR:-target}/release/sip-smime
for program in hyperfine openssl; do
    command -v "$program" >/dev/null || { echo "$program is not installed"; exit 2; }
done

body=$(printf 'Watson, come here - I want to see you. %.0s' 1 2 3 4 5 6 | head -c 200)
printf '%s' "$body" >"$tmp/body"
printf 'Content-Type: text/plain\r\n\r\n%s' "$body" >"$tmp/entity"
printf '%s\r\n' 'MESSAGE sip:bob@example.org SIP/2.0' 'Via: SIP/2.0/TCP client.example.com;branch=z9hG4bK776sgdkse' \
    'Max-Forwards: 70' 'From: <sip:alice@example.com>;tag=49583' 'To: <sip:bob@example.org>' \
    'Call-ID: asd88asd77a@192.0.2.1' 'CSeq: 1 MESSAGE' 'Content-Type: text/plain' 'Content-Length: 200' '' >"$tmp/message"
cat "$tmp/body" >>"$tmp/message"

# A command for hyperfine's own splitting of words: no shell is started.
declare -A command
for pair in p256:alice rsa2048:alice-rsa2048; do
    name=${pair%%:*} who=$keys/${pair#*:}
    command[ours-sign-$name]="$ours sign -signer $who.pem -inkey $who.key -in $tmp/message"
    command[openssl-sign-$name]="openssl cms -sign -nodetach -binary -outform DER -signer $who.pem -inkey $who.key -in $tmp/entity"
    ${command[ours-sign-$name]} >"$tmp/$name.sip" 2>/dev/null
    ${command[openssl-sign-$name]} >"$tmp/$name.der"
    command[ours-verify-$name]="$ours verify -q -CAfile $keys/ca.pem -in $tmp/$name.sip"
    command[openssl-verify-$name]="openssl cms -verify -inform DER -binary -CAfile $keys/ca.pem -no-CApath -no-CAstore -in $tmp/$name.der"
    # The work is done, and the same: both give the entity back.
    ${command[ours-verify-$name]} >"$tmp/out"
    cmp -s "$tmp/out" "$tmp/message" || { echo "our verify does not give the message back"; exit 2; }
    ${command[openssl-verify-$name]} >"$tmp/out" 2>/dev/null
    cmp -s "$tmp/out" "$tmp/entity" || { echo "openssl does not give the entity back"; exit 2; }
done

for row in p256:bob:ecdh_kdf_md:sha256 rsa2048:bob-rsa2048:rsa_padding_mode:oaep:rsa_oaep_md:sha256; do
    IFS=: read -r name who option value oaep digest <<<"$row"
    who=$keys/$who
    how="-keyopt $option:$value${oaep:+ -keyopt $oaep:$digest}"
    command[ours-encrypt-$name]="$ours encrypt -recip $who.pem -in $tmp/message"
    command[openssl-encrypt-$name]="openssl cms -encrypt -binary -outform DER -aes-128-gcm -recip $who.pem $how -in $tmp/entity"
    ${command[ours-encrypt-$name]} >"$tmp/encrypted-$name.sip" 2>/dev/null
    ${command[openssl-encrypt-$name]} >"$tmp/encrypted-$name.der"
    command[ours-decrypt-$name]="$ours decrypt -q -recip $who.pem -inkey $who.key -in $tmp/encrypted-$name.sip"
    command[openssl-decrypt-$name]="openssl cms -decrypt -inform DER -binary -recip $who.pem -inkey $who.key -in $tmp/encrypted-$name.der"
    ${command[ours-decrypt-$name]} >"$tmp/out"
    cmp -s "$tmp/out" "$tmp/message" || { echo "our decrypt does not give the message back"; exit 2; }
    ${command[openssl-decrypt-$name]} >"$tmp/out"
    cmp -s "$tmp/out" "$tmp/entity" || { echo "openssl does not give the entity back"; exit 2; }
    # And each can read the other: the work is the same.
    $ours decrypt -q -recip $who.pem -inkey $who.key -inform der -in "$tmp/encrypted-$name.der" >"$tmp/out"
    cmp -s "$tmp/out" "$tmp/entity" || { echo "ours does not read what openssl encrypted"; exit 2; }
done

jobs=({sign,verify,encrypt,decrypt}-{p256,rsa2048})
for ((round = 1; round <= rounds; round++)); do
    list=()
    for job in "${jobs[@]}"; do
        # Who begins changes from round to round.
        if ((round % 2)); then order=(ours openssl); else order=(openssl ours); fi
        for side in "${order[@]}"; do list+=(-n "$side-$job" "${command[$side-$job]}"); done
    done
    hyperfine --shell=none --style none --warmup 1 --runs $runs --export-json "$tmp/round.json" "${list[@]}" 2>/dev/null >&2
    # One line for each run: NAME SECONDS. hyperfine writes one value a line.
    awk '/"command":/ { gsub(/[",]/, ""); name = $2 }
        /"times": \[/ { inside = 1; next }
        /\]/ { inside = 0 }
        inside { gsub(/,/, ""); print name, $1 }' "$tmp/round.json" >>"$tmp/times"
done

median() {
    awk -v name="$1" '$1 == name { print $2 }' "$tmp/times" | sort -g |
        awk '{ t[NR] = $1 } END { m = NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2; printf "%.3f", m * 1000 }'
}

echo "$rounds rounds of $runs alternating runs, medians; $(openssl version | cut -d' ' -f1,2)"
printf '%-16s %10s %12s %8s\n' 'whole process' 'ours, ms' 'openssl, ms' 'ratio'
over=0
for job in "${jobs[@]}"; do
    a=$(median "ours-$job") b=$(median "openssl-$job")
    ratio=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }')
    printf '%-16s %10s %12s %8s\n' "${job/-/ }" "$a" "$b" "$ratio"
    awk -v r="$ratio" -v l="$limit" 'BEGIN { exit !(r > l) }' && over=1
done
[ "$over" = 0 ] && echo "limit $limit: kept" || echo "limit $limit: exceeded"
exit "$over"
