#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vmrun.sh <kernel-dir> <command>   boot a guest, run the command in it, return its exit status.
#   <kernel-dir>  made by mkkernel.sh: vmlinux, lib/modules/VERSION, version
# Guest: / is the host's / (read-only 9p or virtiofs) under an overlayfs whose upper layer is a guest tmpfs,
# so everything is visible and writable, and nothing is written to the host. proc sys dev tracefs debugfs
# bpffs cgroup2 mounted; the kernel's modules are at /lib/modules; lo is up; cwd is the caller's.
# Environment: VM_MEM=1G VM_SMP=1 VM_TIMEOUT=300 VM_ACCEL=tcg,thread=multi VM_CPU=max VM_APPEND= VM_MODULES="a b" (modprobed)
#   VM_RW=dir (that host directory is shared writable, 9p only)  VM_LOG=file (console log)  VM_V=1 (console to stderr)
# Status: the command's; 124 timeout, 125 the guest died or never reached the command (log tail on stderr).
set -u; [ $# -ge 2 ] || { sed -n 3,10p "$0" >&2; exit 2; }
K=$(realpath "$1"); shift; V=$(cat "$K/version") || exit 2
T=$(mktemp -d "${TMPDIR:-/tmp}/vmrun.XXXXXX"); qp= vp=; trap '[ -n "$qp" ] && kill $qp 2>/dev/null; [ -n "$vp" ] && kill $vp 2>/dev/null; rm -rf "$T"' EXIT
C=$K/initrd.$V.cpio                                    # cached base initramfs: busybox + modules to mount /
if [ ! -s "$C" ] || [ "$0" -nt "$C" ]; then
  I=$T/i; mkdir -p "$I"/{bin,m,proc,sys,dev,lo,up,new}; cp "$(command -v busybox)" "$I/bin/busybox"
  if modprobe -d "$K" -S "$V" --show-depends 9p >/dev/null 2>&1; then fs=9p; mods="virtio_pci 9pnet_virtio 9p overlay"
  else fs=virtiofs; mods="virtio_pci virtiofs overlay"; fi
  echo $fs >"$I/fs"; n=10
  for m in $mods; do modprobe -d "$K" -S "$V" --show-depends $m | sed -n 's/^insmod //p'; done | awk '!s[$1]++{print $1}' | while read -r f; do
    b=$n-$(basename "$f"); case $f in *.xz) xz -dc "$f" >"$I/m/${b%.xz}";; *.zst) zstd -qdc "$f" >"$I/m/${b%.zst}";; *) cp "$f" "$I/m/$b";; esac; n=$((n+1)); done
  cat >"$I/init" <<'I'
#!/bin/busybox sh
b=/bin/busybox; $b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev 2>/dev/null
for t in 1 2; do $b stty -F /dev/ttyS$t raw -echo -onlcr 2>/dev/null; done
fail(){ echo "vmrun-init: $*"; $b poweroff -f; }
for m in /m/*; do $b insmod $m || echo "vmrun-init: insmod $m failed"; done
case $($b cat /fs) in 9p) $b mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 host /lo;; *) $b mount -t virtiofs -o ro host /lo;; esac || fail mount /
$b mount -t tmpfs -o mode=755 t /up; $b mkdir /up/u /up/w
$b mount -t overlay -o lowerdir=/lo,upperdir=/up/u,workdir=/up/w o /new || fail overlay
. /run.env; n=/new
$b mount -t proc p $n/proc; $b mount -t sysfs s $n/sys; $b mount -t devtmpfs d $n/dev; $b mkdir -p $n/dev/pts $n/dev/shm
$b mount -t devpts d $n/dev/pts; $b mount -t tmpfs s $n/dev/shm; $b mount -t tmpfs r $n/run
$b mount -t tracefs t $n/sys/kernel/tracing; $b mount -t debugfs d $n/sys/kernel/debug; $b mount -t bpf b $n/sys/fs/bpf; $b mount -t cgroup2 c $n/sys/fs/cgroup; $b mount -t securityfs s $n/sys/kernel/security 2>/dev/null
$b mkdir -p $n/lib/modules/$V; $b mount --bind $n$KD/lib/modules/$V $n/lib/modules/$V || echo "vmrun-init: no modules"
$b mkdir -p $n/boot; $b cp $n$KD/config $n/boot/config-$V 2>/dev/null
[ -n "$RW" ] && { $b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 rw $n$RW || echo "vmrun-init: no rw share"; }
$b ip link set lo up; $b hostname guest; $b mkdir $n/run/vmrun; $b cp /bin/busybox /cmd /run.env /init2 $n/run/vmrun/
echo "vmrun-init: ready at $($b cut -d' ' -f1 /proc/uptime)"
exec $b switch_root $n /run/vmrun/busybox sh /run/vmrun/init2
I
  cat >"$I/init2" <<'I'
b=/run/vmrun/busybox; . /run/vmrun/run.env; export HOME=/root TERM=dumb PATH=$HP
for m in $MODS; do modprobe $m || echo "vmrun-init: modprobe $m failed"; done
( cd "$CW"; exec /bin/bash /run/vmrun/cmd ) </dev/null >/dev/ttyS1 2>&1
s=$?; echo "vmrun-init: exit $s at $($b cut -d' ' -f1 /proc/uptime)"; echo $s >/dev/ttyS2; $b sync; $b poweroff -f
I
  chmod +x "$I/init"; (cd "$I" && find . | busybox cpio -o -H newc 2>/dev/null) >"$C.$$" && mv "$C.$$" "$C"
fi
fs=$(busybox cpio -i --to-stdout fs <"$C" 2>/dev/null)
mkdir "$T/r"; printf '%s\n' "$*" >"$T/r/cmd"
printf 'V=%q KD=%q CW=%q HP=%q MODS=%q RW=%q\n' "$V" "$K" "$PWD" "$PATH" "${VM_MODULES:-}" "${VM_RW:-}" >"$T/r/run.env"
(cd "$T/r" && find . -type f | busybox cpio -o -H newc 2>/dev/null) >"$T/r.cpio"; cat "$C" "$T/r.cpio" >"$T/initrd"
A=(-accel "${VM_ACCEL:-tcg,thread=multi}" -cpu "${VM_CPU:-max}" -smp "${VM_SMP:-1}" -m "${VM_MEM:-1G}" -nodefaults -display none -no-reboot
   -serial "file:$T/console" -serial "file:$T/out" -serial "file:$T/status" -kernel "$K/vmlinux" -initrd "$T/initrd"
   -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on ${VM_APPEND:-}")
if [ "$fs" = 9p ]; then A+=(-fsdev local,id=h,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=h,mount_tag=host)
else  # virtiofsd (qemu-system-common 7.2) in a private mount namespace whose / is read-only
  mkdir "$T/root"; unshare -m sh -c 'mount --bind "$1" "$1" && mount -t tmpfs t /run && mount --bind / "$1/root" && mount -o remount,bind,ro "$1/root" && exec /usr/lib/qemu/virtiofsd --socket-path="$1/vfs" -o source="$1/root" -o cache=always' sh "$T" >"$T/vfs.log" 2>&1 & vp=$!
  for i in $(seq 100); do [ -S "$T/vfs" ] && break; sleep .05; done
  A+=(-object "memory-backend-memfd,id=m,size=${VM_MEM:-1G},share=on" -machine memory-backend=m -chardev "socket,id=v,path=$T/vfs" -device vhost-user-fs-pci,chardev=v,tag=host)
fi
[ -n "${VM_RW:-}" ] && A+=(-fsdev "local,id=w,path=$VM_RW,security_model=none" -device virtio-9p-pci,fsdev=w,mount_tag=rw)
: >"$T/console"; : >"$T/out"
qemu-system-x86_64 "${A[@]}" </dev/null >"$T/qemu.log" 2>&1 & qp=$!
tail -c +1 -s .1 --pid=$qp -f "$T/out" & tp=$!
[ "${VM_V:-0}" = 1 ] && { tail -c +1 -s .1 --pid=$qp -f "$T/console" >&2 & }
( sleep "${VM_TIMEOUT:-300}" & s=$!; trap 'kill $s; exit' TERM; wait $s; touch "$T/timeout"; kill $qp ) 2>/dev/null & wp=$!
wait $qp 2>/dev/null; qp=; kill $wp 2>/dev/null; wait $tp 2>/dev/null
[ -n "${VM_LOG:-}" ] && cp "$T/console" "$VM_LOG"
[ -e "$T/timeout" ] && { echo "vmrun: timeout" >&2; tail -5 "$T/console" >&2; exit 124; }
s=$(tr -dc 0-9 <"$T/status" 2>/dev/null); [ -n "$s" ] && exit "$s"
{ echo "vmrun: guest died"; tail -25 "$T/console"; cat "$T/qemu.log" "$T/vfs.log"; } >&2 2>/dev/null; exit 125
