# Shared by the peer scripts; read with `.`. Sets up a temporary folder that is removed at the end.
# Exit codes: 0 done or verified, 1 not verified, 2 wrong call, 3 this peer cannot do it.

peer=$(basename "$0" .sh)
tmp=

cannot() { echo "$peer: cannot: $*" >&2; exit 3; }
usage() {
    echo "usage: $peer.sh available" >&2
    echo "       $peer.sh sign KEY CERT CONTENT OUT opaque|detached ALGO" >&2
    echo "       $peer.sh verify SIGNED_DER CONTENT|- CAFILE EXTRA_CERTS_PEM|- OUT_CONTENT" >&2
    echo "       $peer.sh encrypt CONTENT OUT ALGO cert:FILE|kek:IDHEX:KEYHEX|password:TEXT..." >&2
    echo "       $peer.sh decrypt OBJECT_DER OUT key:KEY:CERT|kek:IDHEX:KEYHEX|password:TEXT..." >&2
    exit 2
}

# need PROGRAM...: the verb `available`.
need() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || { echo "$peer: $program is not installed"; exit 1; }
    done
}

make_tmp() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/peer.XXXXXX")
    trap 'clean_up' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# A script may define before_clean_up, to stop a daemon that it started.
clean_up() {
    if command -v before_clean_up >/dev/null 2>&1; then before_clean_up || true; fi
    rm -rf "$tmp"
}

# split LIST: prints the parts of a list with commas, one a line.
split() { echo "$1" | tr ',' '\n'; }

# split_pem FILE PREFIX: writes each certificate of FILE to PREFIX1, PREFIX2, ...
split_pem() {
    awk -v prefix="$2" '/-----BEGIN CERTIFICATE-----/ { n++; inside = 1 }
        inside { print > (prefix n) }
        /-----END CERTIFICATE-----/ { inside = 0; close(prefix n) }' "$1"
}

# at_peer_time PROGRAM...: for peers that know only the clock.
at_peer_time() {
    if [ -z "${PEER_TIME:-}" ]; then
        "$@"
    elif command -v faketime >/dev/null 2>&1; then
        TZ=UTC faketime "$(date -u -d "@$PEER_TIME" '+%Y-%m-%d %H:%M:%S')" "$@"
    else
        cannot "PEER_TIME without faketime"
    fi
}

# second THING, third THING: the parts of kek:IDHEX:KEYHEX and key:KEY:CERT; rest THING: all after the first colon.
second() { echo "$1" | cut -d : -f 2; }
third() { echo "$1" | cut -d : -f 3; }
rest() { echo "${1#*:}"; }

# key_kind CERT: rsa, ec or another name of the key in a certificate.
key_kind() {
    case $(openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -noout -text) in
        *Modulus:*) echo rsa ;;
        *'ASN1 OID:'*) echo ec ;;
        *X25519*) echo x25519 ;;
        *) echo other ;;
    esac
}

# keep FILE OUT: gives the verified or decrypted content out, only now.
keep() { cat "$1" > "$2"; }

# report FILE: shows the end of what the peer said.
report() { tail -n 5 "$1" | sed "s/^/$peer: /" >&2; }
