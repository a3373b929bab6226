# The first process of a container. Builds the only file system that is visible inside: programs and what they need, and the paths
# that are given; nothing else of the machine exists there, for whatever account. Says "ready", and holds the namespaces until its
# input ends; it ends when ops dies, however ops dies. A waiting shell also reaps what is orphaned inside, as process 1 must.
# Arguments: the text of /etc/passwd; then pairs of `read-only` or `writable` and a path. What is only read need not exist.
set -eu
passwd=$1; shift

# On /sys, which every Linux has and nothing inside needs: mounted elsewhere, the new root could cover what goes into it.
new=/sys
mount -n -t tmpfs -o nosuid,nodev,noexec,size=1m,mode=0755 ops-container $new
cd $new

# show MODE PATH: the path itself appears in the new root, with all that is mounted below it.
show() {
  if [ -d "$2" ]; then mkdir -p ".$2"; else mkdir -p ".$(dirname "$2")"; : >".$2"; fi
  mount -n --rbind "$2" ".$2"
  # Flags of the mount beneath, such as nodev, are repeated: inside a user namespace they may not be dropped.
  flags=$(findmnt -n -f -o VFS-OPTIONS --target ".$2" | sed 's/^r[ow],*//')
  mount -n -o "remount,bind,$1,nosuid${flags:+,$flags}" ".$2"
}

for tree in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L $tree ]; then cp -P $tree ./; elif [ -d $tree ]; then show ro $tree; fi
done
# Of the configuration only what programs need to be loaded and to name accounts, zones and dictionaries.
mkdir etc
for name in alternatives group ld.so.cache ld.so.conf ld.so.conf.d localtime nsswitch.conf ssl/openssl.cnf timezone; do
  if [ -e /etc/$name ]; then show ro "/etc/$name"; fi
done
printf %s "$passwd" >etc/passwd
if [ -d /var/cache/postgresql/dicts ]; then show ro /var/cache/postgresql/dicts; fi

mkdir dev proc tmp
for name in null zero full random urandom; do : >dev/$name; mount -n --bind /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd
for pair in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${pair%:*}" "dev/${pair#*:}"; done
# POSIX shared memory is files: with its own, a copy cannot touch the source's and leaves nothing behind when killed.
mkdir dev/shm
mount -n -t tmpfs -o nosuid,nodev,mode=1777 ops-container dev/shm
mount -n --rbind /proc proc

while [ $# -gt 0 ]; do
  case $1 in
    read-only) if [ -e "$2" ]; then show ro "$2"; fi ;;
    writable) show rw,noexec,nodev "$2" ;;
  esac
  shift 2
done

mkdir .outside
pivot_root . .outside
cd /
umount -n -l /.outside
rmdir /.outside
mount -n -o remount,bind,ro,nosuid,nodev,noexec /
echo ready
# Where the inside has our number it may kill what we wait with, not us.
until cat >/dev/null; do :; done
exit 0
