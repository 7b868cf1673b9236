#!/usr/bin/env bash
# unbuffer of expect 5.45.4: a command that a signal ended is a success.
#
# unbuffer is what people put before a program so that its output comes line by line through a pipe
# (`unbuffer python train.py | tee log`). It hands on the exit status of a program that ended by itself.
# Expected: 128 + the signal's number, as every shell, timeout, stdbuf, nohup and `script -e` give, or any failure.
# Seen: 0. A training that the kernel kills for memory, or a scheduler ends, has succeeded for whoever started it:
# the next step of a pipeline runs, and nothing is tried again.
#
# Output seen:
#   exit 3: unbuffer gives 3
#   SIGKILL: unbuffer gives 0, script -e gives 137
#   SIGTERM: unbuffer gives 0, script -e gives 143
# Needs Debian's tools (apt-get download, dpkg-deb) and lists of packages; the packages are unpacked, not installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q expect tcl-expect libtcl8.6 tcl8.6 >apt.log 2>&1 || { tail -3 apt.log; exit 2; }
for package in *.deb; do dpkg-deb -x "$package" root; done
ls expect_5.45.4-*.deb >/dev/null || { echo "another version: $(ls expect_*.deb)"; exit 2; }
library=$(dirname "$(find root -name 'libtcl8.6.so' | head -1)")
expect=$(dirname "$(find root -name 'libexpect.so.5.45.4' | head -1)")
export LD_LIBRARY_PATH="$folder/$library:$folder/$expect" TCL_LIBRARY="$folder/root/usr/share/tcltk/tcl8.6"
export TCLLIBPATH="$folder/root/usr/lib/tcltk $folder/root/usr/lib/tcltk/$(basename "$library")"
unbuffer() { "$folder/root/usr/bin/tclsh8.6" "$folder/root/usr/bin/unbuffer" "$@"; }
status() { local given=0; "$@" >/dev/null 2>&1 || given=$?; echo "$given"; }
own=$(status unbuffer sh -c 'exit 3')
echo "exit 3: unbuffer gives $own"
seen=$own
for signal in KILL TERM; do
  given=$(status unbuffer sh -c "kill -$signal \$\$")
  echo "SIG$signal: unbuffer gives $given, script -e gives $(status script -qec "sh -c 'kill -$signal \$\$'" /dev/null)"
  seen="$seen $given"
done
[ "$seen" = "3 0 0" ] || { echo "that is not what was seen before"; exit 1; }
