#!/bin/sh
# Another Linux with another PostgreSQL, without a container runtime: a command in a fresh clone on a fresh system.
#   test/machines/run.sh trixie npm start    # Debian 13, PostgreSQL 17
#   test/machines/run.sh noble npm test      # Ubuntu 24.04, PostgreSQL 16
# Needs root, debootstrap and the archive's keyring (debian-archive-keyring, ubuntu-keyring). The system is made once under
# $MACHINES (default /var/tmp/ops-machines) and kept, Node and certificates come from here; the clone holds what is committed.
set -eu
[ $# -ge 2 ] || { sed -n 2,6p "$0" >&2; exit 2; }
release=$1
shift
case $release in
  bookworm | trixie)
    mirror=http://deb.debian.org/debian parts=main keys=/usr/share/keyrings/debian-archive-keyring.gpg script= ;;
  noble)
    mirror=http://archive.ubuntu.com/ubuntu parts=main,universe keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg script=gutsy ;;
  *) echo "run.sh: found the release $release; expected bookworm, trixie or noble" >&2; exit 2 ;;
esac
here=$(cd "$(dirname "$0")/../.." && pwd)
root=${MACHINES:-/var/tmp/ops-machines}/$release
clone=/srv/netedu-ops # where ordinary accounts may read

if [ ! -e "$root/.ready" ]; then
  if [ -e "$root" ]; then
    echo "run.sh: found $root without .ready; expected nothing or a system made here; look at it and remove it" >&2
    exit 1
  fi
  mkdir -p "$root"
  # An older debootstrap does not know the newest name; all Ubuntu releases share one script.
  debootstrap --variant=minbase --components="$parts" --keyring="${KEYRING:-$keys}" --include=ca-certificates,git \
    "$release" "$root" "$mirror" ${script:+/usr/share/debootstrap/scripts/$script}
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$root/usr/lib/node_modules"
  cp "$(readlink -f "$(command -v node)")" "$root/usr/bin/node"
  cp -a "$npm" "$root/usr/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"
  touch "$root/.ready"
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root$clone"
git clone -q "$here" "$root$clone"

# A root of its own by pivot_root, as container runtimes make it: after chroot alone, nsenter would be back outside.
export ROOT="$root"
exec unshare --mount --pid --fork --kill-child sh -euc '
  mount --make-rprivate /
  mount --bind "$ROOT" "$ROOT"
  mount -t proc proc "$ROOT/proc"
  mount --rbind /sys "$ROOT/sys"
  mount --rbind /dev "$ROOT/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
  cd "$ROOT"
  mkdir -p .before
  pivot_root . .before
  cd '$clone'
  umount -l /.before
  # This shell is process 1 and waits, so that orphans are reaped: whoever is killed must not stay as a zombie.
  "$@" &
  wait $!
' sh "$@"
