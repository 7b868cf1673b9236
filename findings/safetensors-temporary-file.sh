#!/usr/bin/env bash
# safetensors 0.8.0: save_file() writes a hidden temporary file beside the checkpoint and renames it.
#
# Expected: what numpy.save() does, and torch.save() did before: the named file is opened and written, or, if it is
# replaced by a rename, permissions, links and leftovers are taken care of.
# Seen, each without a word in the documentation of save_file():
# - the file has the mode 0600 of a temporary file, whatever the umask says, and a file of mode 0644 becomes 0600 when
#   it is saved again: whoever else serves, copies or evaluates the checkpoints cannot read them any more;
# - a link (`latest.safetensors` to a large disk) becomes a file, and what it pointed to stays as it was, without a word;
# - a save that is ended by a signal leaves a file `.tmpXXXXXX` of the checkpoint's size, which neither `ls`, a glob, nor
#   the next save removes: a job that is preempted while it saves fills the disk with files that nobody sees.
#
# Output seen:
#   umask 022: 644 by numpy.save(), 600 by save_file()
#   saved again over a file of mode 644: 600
#   saved through a link: it is a link: False, what it pointed to is as before: True
#   after 3 saves that SIGTERM ended: 3 files .tmp*
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.4.6 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >save.py <<'P'
import sys

import numpy
from safetensors.numpy import save_file

save_file({"weight": numpy.zeros(int(float(sys.argv[2])), "float32")}, sys.argv[1])
P
cat >look.py <<'P'
import glob
import os
import subprocess
import sys
import time

import numpy

os.umask(0o022)


def save(path, numbers=10):
    subprocess.run([sys.executable, "save.py", path, str(numbers)], check=True)


def mode(path):
    return f"{os.stat(path).st_mode & 0o777:o}"


numpy.save("model.npy", numpy.zeros(10, "float32"))
save("model.safetensors")
print(f"umask 022: {mode('model.npy')} by numpy.save(), {mode('model.safetensors')} by save_file()")
os.chmod("model.safetensors", 0o644)
save("model.safetensors")
print(f"saved again over a file of mode 644: {mode('model.safetensors')}")
os.mkdir("disk")
save("disk/model.safetensors")
before = os.stat("disk/model.safetensors")
os.symlink("disk/model.safetensors", "latest.safetensors")
save("latest.safetensors", 1000)
after = os.stat("disk/model.safetensors")
link, kept = os.path.islink("latest.safetensors"), (before.st_ino, before.st_size) == (after.st_ino, after.st_size)
print(f"saved through a link: it is a link: {link}, what it pointed to is as before: {kept}")
os.mkdir("killed")
for number in range(1, 4):
    saving = subprocess.Popen([sys.executable, "save.py", "killed/model.safetensors", "2e8"])
    while saving.poll() is None and len(glob.glob("killed/.tmp*")) < number:
        time.sleep(0.001)
    saving.terminate()
    saving.wait()
left = len(glob.glob("killed/.tmp*"))
print(f"after 3 saves that SIGTERM ended: {left} files .tmp*")
sys.exit(not (mode("model.safetensors") == mode("disk/model.safetensors") == "600" and not link and kept and left == 3))
P
"$folder/venv/bin/python" look.py
