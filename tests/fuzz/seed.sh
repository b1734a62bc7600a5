#!/bin/sh
# Fills the working corpora of the fuzzers with what the tests already have, one file of each kind.
# They are copies and stay out of git, as does what the fuzzers add to them. Crashes that were mended are in corpus/.
#
#   ./seed.sh && RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir . TARGET seeds/TARGET corpus/TARGET -- -dict=dictionary.txt
set -eu
cd "$(dirname "$0")"
data=../../testdata

# The versions that the program uses.
cp ../../Cargo.lock Cargo.lock

# seed TARGET FILE...: files of at most 8 KiB, those that exist.
seed() {
    target=$1
    shift
    mkdir -p "seeds/$target" "corpus/$target"
    for file in "$@"; do
        if [ -f "$file" ] && [ "$(wc -c <"$file")" -le 8192 ]; then
            cp "$file" "seeds/$target/$(echo "${file#"$data"/}" | tr / _)"
        fi
    done
    echo "$target: $(ls "seeds/$target" | wc -l) seeds"
}

# vectors FILE...: the messages of vectors, without the lines about them.
vectors() {
    mkdir -p seeds/cms_enveloped_decrypt
    for file in "$@"; do
        if [ "$(wc -c <"$file")" -le 8192 ]; then
            LC_ALL=C sed '1,/^$/d' "$file" >"seeds/cms_enveloped_decrypt/$(basename "$file")"
        fi
    done
}

messages=$(find $data -name '*.sip' -o -name '*.dat' -path '*rfc4475*')
entities=$(find $data -name '*.mime' -o -name '*.eml' -o -name '*.signed.bin')
objects=$(find $data -name '*.p7m' -o -name '*.p7s' -o -name '*.der' -path '*interop*')
encrypted=$(find $data/interop/encrypted -name '*.der' -o -name '*.eml' -o -name '*.mime'; find $data/rfc -name '*.p7m' -o -path '*rfc4134*' -name '5.*')
compressed=$(find $data/interop/compressed -name '*.der')
certificates=$(find $data -name '*.pem' -o -name '*.cer' -o -name '*.crt')
keys=$(find $data -name '*.key' -o -name '*_key.pem' -o -name '*.pri' -o -name '*key*.der' -o -name '*.pkcs*.der' -o -name '*.sec1.der')
pkcs12=$(find $data -name '*.p12')
lists=$(find $data/interop/crl $data/pkits -name '*.pem' -path '*crl*' -o -name '*.der' -path '*crl/*' -o -name '*.crl')
captures=$(find $data/captures -name '*.pcap' -o -name '*.pcapng' -o -name '*.gz')
# shellcheck disable=SC2086
{
    seed sip_message $messages
    seed capture $captures
    seed mime_tree $entities $messages
    seed base64 $certificates
    seed cms_signed_verify $objects $messages
    seed inspect $objects $messages $entities
    seed cert_path $certificates
    seed crl $lists
    seed request
    seed name_match
    seed key_files $keys
    # And what stands inside of them, as the contents of a file that the target makes itself.
    seed pkcs12 $pkcs12 $(find $data/rfc -name '*.p7m')
    for file in $pkcs12; do
        openssl asn1parse -inform DER -in "$file" -strparse 26 -noout -out "seeds/pkcs12/$(basename "$file").contents" 2>/dev/null || :
    done
    seed roundtrip $messages $entities
    vectors $data/vectors/decrypt_*.vec
    seed cms_enveloped_decrypt $encrypted $compressed $(find $data/rfc -name '*.sip')
    seed cms_authenveloped
    seed compressed $compressed
}
# Pairs of names: a URI and the next one that some message holds.
grep -aohE '(sips?|tel|im|pres|mailto):[!-;=-~]+' $messages | sort -u | awk -v folder=seeds/name_match '
    last != "" { printf "%s\n%s\n", last, $0 > (folder "/" NR); close(folder "/" NR) }
    { last = $0 }'
# Trees to change: which one, and for each of some elements what is done. Then edits that change nothing: room for more.
nothing=$(printf '\\002\\000\\000%.0s' 1 2 3 4 5 6 7 8)
for tree in 0 1 2 3 4 5 6; do
    for edit in 0 1 2 3 4 5 6 7 8 9 10 11; do
        for element in 5 20 40; do
            # shellcheck disable=SC2059
            printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $tree $edit $element 17)$nothing" >"seeds/cms_authenveloped/$tree-$edit-$element"
        done
    done
done
# A stored and a compressed zlib stream.
printf '\170\001\001\003\000\374\377abc\002\115\001\047' >seeds/compressed/stored
printf '\170\234\113\114\112\006\000\002\115\001\047' >seeds/compressed/fixed
# What follows the name of the issuer in a list, as the target signs it: times, and an entry or an extension.
times='\027\015251201000000Z\027\015260201000000Z'
entry='\060\023\002\002\020\001\027\015251115000000Z'
printf "$times\\060\\025$entry" >seeds/crl/entry
printf "$times"'\240\020\060\016\060\014\006\003\125\035\034\004\005\060\003\204\001\377' >seeds/crl/extension
# Requests of every kind of key; and attributes, as the target signs them.
config='[req]\ndistinguished_name=d\nreq_extensions=e\n[d]\n[e]\nsubjectAltName=URI:sip:a@example.com,email:a@example.com\n'
printf "$config" >seeds/request.cnf
for key in alice alice-p384 alice-ed25519 alice-rsa2048; do
    openssl req -new -config seeds/request.cnf -subj "/CN=$key" -key "$data/keys/$key.key" -out "seeds/request/$key.csr"
    openssl req -in "seeds/request/$key.csr" -outform DER -out "seeds/request/$key.der"
done
openssl asn1parse -inform DER -in seeds/request/alice.der | awk -F: '/cont \[ 0 \]/ { print $1; exit }' | {
    read -r at
    openssl asn1parse -inform DER -in seeds/request/alice.der -strparse $((at + 2)) -noout -out seeds/request/attributes
}
rm seeds/request.cnf
