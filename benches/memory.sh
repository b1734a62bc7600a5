#!/usr/bin/env bash
# Memory: a SIP MESSAGE with a body of 64 MiB is signed and verified, encrypted and decrypted, and both. The peak of
# each process, against the body. Exit 1 if a peak is above three times the body.
#
#   benches/memory.sh [MiB]       needs GNU time or python3
set -euo pipefail
cd "$(dirname "$0")/.."

mib=${1:-64}
limit=3
keys=$PWD/testdata/keys
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cargo build --release --locked --quiet
ours=${CARGO_TARGET_DIR:-target}/release/sip-smime

octets=$((mib * 1024 * 1024))
printf '%s\r\n' 'MESSAGE sip:bob@example.org SIP/2.0' 'Via: SIP/2.0/TCP client.example.com;branch=z9hG4bK776sgdkse' \
    'Max-Forwards: 70' 'From: <sip:alice@example.com>;tag=49583' 'To: <sip:bob@example.org>' \
    'Call-ID: asd88asd77a@192.0.2.1' 'CSeq: 1 MESSAGE' 'Content-Type: application/octet-stream' \
    "Content-Length: $octets" '' >"$tmp/message"
head -c "$octets" /dev/urandom >>"$tmp/message"

# peak NAME COMMAND...: runs it, prints its seconds and its peak, and remembers whether it is above the limit.
over=0
peak() {
    local name=$1 kib seconds
    shift
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f '%M %e' -o "$tmp/peak" "$@"
    else
        python3 -c 'import resource, subprocess, sys, time
begin = time.time()
code = subprocess.call(sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, round(time.time() - begin, 2), file=open(sys.argv[1], "w"))
sys.exit(code)' "$tmp/peak" "$@"
    fi
    read -r kib seconds <"$tmp/peak"
    awk -v name="$name" -v kib="$kib" -v body="$octets" -v seconds="$seconds" -v limit="$limit" 'BEGIN {
        ratio = kib * 1024 / body
        printf "%-22s %8.1f MiB %6.2f times the body %8.2f s\n", name, kib / 1024, ratio, seconds
        exit ratio > limit }' || over=1
}

echo "a body of $mib MiB"
for layout in opaque detached; do
    peak "sign $layout" "$ours" sign -q -signer "$keys/alice.pem" -inkey "$keys/alice.key" --layout $layout -in "$tmp/message" -out "$tmp/signed"
    peak "verify $layout" "$ours" verify -q -CAfile "$keys/ca.pem" -in "$tmp/signed" -out "$tmp/verified"
    cmp -s "$tmp/message" "$tmp/verified" || { echo "the message did not come back"; exit 2; }
done
bob=("-recip" "$keys/bob.pem" "-inkey" "$keys/bob.key")
alice=("-signer" "$keys/alice.pem" "-inkey" "$keys/alice.key")
peak 'encrypt' "$ours" encrypt -q -recip "$keys/bob.pem" -in "$tmp/message" -out "$tmp/encrypted"
peak 'decrypt' "$ours" decrypt -q "${bob[@]}" -in "$tmp/encrypted" -out "$tmp/decrypted"
cmp -s "$tmp/message" "$tmp/decrypted" || { echo "the message did not come back"; exit 2; }
peak 'encrypt, signed' "$ours" encrypt -q "${alice[@]}" -recip "$keys/bob.pem" -in "$tmp/message" -out "$tmp/encrypted"
peak 'decrypt --verify' "$ours" decrypt -q "${bob[@]}" --verify -CAfile "$keys/ca.pem" -in "$tmp/encrypted" -out "$tmp/decrypted"
cmp -s "$tmp/message" "$tmp/decrypted" || { echo "the message did not come back"; exit 2; }
[ "$over" = 0 ] && echo "limit $limit times: kept" || echo "limit $limit times: exceeded"
exit "$over"
