#!/usr/bin/env bash
# A capture of a million small messages, every fifth of them signed: inspect --json against tshark -T fields. Exit 1 if
# tshark is faster, or if more than 256 MiB are needed.
#
#   benches/captures.sh [MESSAGES]       needs GNU time, python3 and tshark; 600 MB in the folder for temporary files
set -euo pipefail
cd "$(dirname "$0")/.."

messages=${1:-1000000}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cargo build --release --locked --quiet
ours=${CARGO_TARGET_DIR:-target}/release/sip-smime
python3 testdata/captures/make.py --large "$messages" "$tmp/capture.pcap"

# run NAME COMMAND...: its seconds and its peak, also in the files of that name.
run() {
    local name=$1
    shift
    /usr/bin/time -f '%e %M' -o "$tmp/$name" "$@" >"$tmp/$name.out" 2>/dev/null
    read -r seconds kib <"$tmp/$name"
    printf '%-8s %8.2f s %8.1f MiB %10d lines\n' "$name" "$seconds" "$((kib / 1024))" "$(wc -l <"$tmp/$name.out")"
    rm "$tmp/$name.out"
}

cat "$tmp/capture.pcap" >/dev/null
run ours "$ours" inspect --json "$tmp/capture.pcap"
run tshark tshark -r "$tmp/capture.pcap" -Y sip -T fields -e frame.number -e frame.time_epoch -e ip.src -e sip.Method -e sip.Call-ID
read -r our_seconds our_kib <"$tmp/ours"
read -r their_seconds _ <"$tmp/tshark"
awk -v ours="$our_seconds" -v theirs="$their_seconds" -v kib="$our_kib" 'BEGIN {
    printf "%.2f of the time of tshark\n", ours / theirs
    exit ours > theirs || kib > 256 * 1024 }'
