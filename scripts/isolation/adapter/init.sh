# The first process of a container. Arranges what is visible inside, says "ready", and holds the namespaces until its input
# ends; it ends when ops dies, however ops dies. A waiting shell also reaps what is orphaned inside, as process 1 must.
# Arguments: pairs of `hide` or `read-only` and a path. What does not exist needs neither.
set -eu
while [ $# -gt 0 ]; do
  case $1 in
    hide)
      if [ -d "$2" ]; then
        mount -n -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,mode=0555 ops-container "$2"
      elif [ -e "$2" ]; then
        mount -n --bind /dev/null "$2"
      fi
      ;;
    read-only)
      if [ -e "$2" ]; then
        mount -n --bind "$2" "$2"
        # Flags of the mount beneath, such as nodev, are repeated: inside a user namespace they may not be dropped.
        flags=$(findmnt -n -o VFS-OPTIONS --target "$2" | sed 's/^r[ow],*//')
        mount -n -o "remount,bind,ro${flags:+,$flags}" "$2"
      fi
      ;;
  esac
  shift 2
done
# POSIX shared memory is files: with its own, a copy cannot touch the source's and leaves nothing behind when killed.
if [ -d /dev/shm ]; then
  mount -n -t tmpfs -o nosuid,nodev,mode=1777 ops-container /dev/shm
fi
echo ready
cat >/dev/null
exit 0
