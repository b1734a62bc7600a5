#!/bin/sh
# Installs all peers on Debian or Ubuntu. Quick when all of them are there. Needs root, or sudo.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing=
for peer in openssl bouncycastle gpgsm cmsutil certtool pyca python; do
    "$here/$peer.sh" available >/dev/null 2>&1 || missing="$missing $peer"
done
for program in hyperfine faketime tshark; do
    command -v $program >/dev/null 2>&1 || missing="$missing $program"
done
# The makers of the test data need ECDSA without randomness, which older releases do not have.
deterministic() {
    python3 -c 'from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
ec.generate_private_key(ec.SECP256R1()).sign(b"", ec.ECDSA(hashes.SHA256(), deterministic_signing=True))' 2>/dev/null
}
deterministic || missing="$missing cryptography"
[ -n "$missing" ] || { echo "all peers are installed"; exit 0; }
echo "missing:$missing"

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
packages="openssl gpgsm gpg-agent gpgconf libnss3-tools gnutls-bin libbcpkix-java libbcprov-java hyperfine faketime tshark"
# A JDK and python cryptography may be there from elsewhere.
command -v javac >/dev/null 2>&1 || packages="$packages default-jdk-headless"
"$here/pyca.sh" available >/dev/null 2>&1 || packages="$packages python3 python3-cryptography"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
$as_root apt-get install -q -y --no-install-recommends $packages
if ! deterministic; then
    python3 -m pip --version >/dev/null 2>&1 || $as_root apt-get install -q -y --no-install-recommends python3-pip
    python3 -m pip install -q 'cryptography>=43' || python3 -m pip install -q --break-system-packages 'cryptography>=43'
fi
for peer in openssl bouncycastle gpgsm cmsutil certtool pyca python; do
    "$here/$peer.sh" available
done
