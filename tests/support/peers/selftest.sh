#!/bin/sh
# Checks the peers against each other with the test PKI. Prints one line for each signer and verifier.
# A good object must verify or open, a changed one must not. Exit 0 if so. Takes some minutes.
# Names of peers as arguments: only these.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
keys="$here/../../../testdata/keys"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/peers.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
: "${PEER_CACHE:=$tmp/cache}"
: "${PEER_TIME:=1767225600}"
export PEER_CACHE PEER_TIME

all=${*:-openssl bouncycastle gpgsm cmsutil certtool pyca python}
there=
for peer in $all; do
    if "$here/$peer.sh" available >"$tmp/why"; then there="$there $peer"; else echo "skipped: $(cat "$tmp/why")"; fi
done

printf 'Content-Type: text/plain\r\n\r\nHello from a peer.\r\n' > "$tmp/content"
printf 'Content-Type: text/plain\r\n\r\nHullo from a peer.\r\n' > "$tmp/other"
wrong=0

# call WORD... : runs a peer; prints yes, no or cannot.
call() {
    status=0
    "$@" 2>"$tmp/said" || status=$?
    case $status in 0) echo yes ;; 1) echo no ;; 3) echo cannot ;; *) echo "broken ($status)" ;; esac
}

want() {
    [ "$2" = "$3" ] || [ "$2" = cannot ] || {
        wrong=1
        echo "UNEXPECTED: $1: $2, not $3: $(tail -n 1 "$tmp/said")"
    }
}

for signer in $there; do
    for pair in alice:sha256 alice-p384:sha384 alice-rsa2048:sha256 alice-rsa2048:sha256+pss alice-ed25519:sha512; do
        who=${pair%%:*} algo=${pair#*:}
        line="$signer $who $algo:"
        for form in opaque detached; do
            made=$(call "$here/$signer.sh" sign "$keys/$who.key" "$keys/$who.pem" "$tmp/content" "$tmp/$form" $form "$algo")
            [ "$made" = yes ] || { line="$line $form=$made ($(tail -n 1 "$tmp/said"))"; continue; }
            for verifier in $there; do
                if [ $form = opaque ]; then content=-; else content="$tmp/content"; fi
                verify() { rm -f "$tmp/out"; call "$here/$verifier.sh" verify "$tmp/$form" "$1" "$2" - "$tmp/out"; }
                answer=$(verify "$content" "$keys/ca.pem")
                line="$line $form/$verifier=$answer"
                [ "$answer" != yes ] || cmp -s "$tmp/out" "$tmp/content" || { wrong=1; line="$line(other content)"; }
                [ "$answer" = yes ] && [ "$who" = alice ] || continue
                want "$signer $form $verifier other CA" "$(verify "$content" "$keys/other-ca.pem")" no
                # NSS checks the certificate at the signing time of the message, so PEER_TIME says nothing to it.
                [ "$verifier" = cmsutil ] ||
                    want "$signer $form $verifier before the certificate" "$(PEER_TIME=946684800 verify "$content" "$keys/ca.pem")" no
                [ $form = opaque ] || want "$signer $verifier other content" "$(verify "$tmp/other" "$keys/ca.pem")" no
            done
        done
        echo "$line"
    done
done

# Encryption. A peer that does not know what another one wrote says no; it must never give another content.
kek=kek:6b656b31:$(printf '%064d' 7)
for maker in $there; do
    for pair in bob:aes-128-gcm bob:aes-256-cbc bob-rsa2048:aes-128-cbc bob-rsa2048:aes-128-gcm+oaep \
        bob-rsa2048:aes-128-cbc+stream kek:aes-256-gcm password:aes-128-cbc bob:chacha20-poly1305; do
        who=${pair%%:*} algo=${pair#*:}
        case $who in
            kek) recipient=$kek identity=$kek stranger=kek:6b656b31:$(printf '%064d' 8) ;;
            password) recipient=password:right identity=$recipient stranger=password:wrong ;;
            *)
                recipient=cert:$keys/$who.pem identity=key:$keys/$who.key:$keys/$who.pem
                other=$(echo "$who" | sed s/bob/alice/)
                stranger=key:$keys/$other.key:$keys/$other.pem
                ;;
        esac
        line="$maker $who $algo:"
        made=$(call "$here/$maker.sh" encrypt "$tmp/content" "$tmp/object" "$algo" "$recipient")
        [ "$made" = yes ] || { echo "$line $made ($(tail -n 1 "$tmp/said"))"; continue; }
        # The last octet is in the tag, or in the last block.
        size=$(wc -c < "$tmp/object")
        { head -c $((size - 1)) "$tmp/object"; printf 'x'; } > "$tmp/changed"
        for reader in $there; do
            decrypt() { rm -f "$tmp/out"; call "$here/$reader.sh" decrypt "$tmp/$1" "$tmp/out" "$2"; }
            answer=$(decrypt object "$identity")
            line="$line $reader=$answer"
            [ "$answer" != yes ] || cmp -s "$tmp/out" "$tmp/content" || { wrong=1; line="$line(other content)"; }
            [ "$reader" != "$maker" ] || want "$maker $who $algo opens its own" "$answer" yes
            [ "$answer" = yes ] || continue
            want "$maker $who $algo $reader as a stranger" "$(decrypt object "$stranger")" no
            case $algo in *gcm*|chacha*) want "$maker $who $algo $reader changed" "$(decrypt changed "$identity")" no ;; esac
        done
        echo "$line"
    done
done
exit $wrong
