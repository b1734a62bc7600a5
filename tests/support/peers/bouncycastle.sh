#!/bin/sh
# Peer: Bouncy Castle. See README.md. PEER_CACHE names a folder for the compiled class; without it the class is compiled
# each time, which costs two seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

jars=${PEER_JARS:-/usr/share/java}

available() {
    need java javac
    for jar in bcprov bcutil bcpkix; do
        [ -e "$jars/$jar.jar" ] || { echo "$peer: $jars/$jar.jar is not installed"; exit 1; }
    done
}

run() {
    verb=$1
    make_tmp
    path="$jars/bcprov.jar:$jars/bcutil.jar:$jars/bcpkix.jar"
    classes="${PEER_CACHE:-$tmp}/bouncycastle-$(cat "$here"/BouncyCastle*.java | cksum | cut -d ' ' -f 1)"
    # Compiled beside and renamed as a whole, so that two runs at once do not disturb each other.
    if [ ! -d "$classes" ]; then
        javac -nowarn -cp "$path" -d "$tmp/classes" "$here"/BouncyCastle*.java >&2
        mkdir -p "$(dirname "$classes")"
        mv -T "$tmp/classes" "$classes" 2>/dev/null || [ -d "$classes" ]
    fi
    set -- java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$path:$classes" BouncyCastle "$@"
    # Verifying takes PEER_TIME itself; signing knows only the clock.
    case $verb in
        sign*) at_peer_time "$@" ;;
        *) "$@" ;;
    esac
}

case ${1:-} in
    available) available ;;
    sign) [ $# -eq 7 ] || usage; run "$@" ;;
    verify) [ $# -eq 6 ] || usage; run "$@" ;;
    encrypt) [ $# -ge 5 ] || usage; run "$@" ;;
    decrypt) [ $# -ge 4 ] || usage; run "$@" ;;
    compress) [ $# -eq 3 ] || usage; run "$@" ;;
    sign-batch|verify-batch|encrypt-batch|decrypt-batch) [ $# -eq 2 ] || usage; run "$@" ;;
    *) usage ;;
esac
