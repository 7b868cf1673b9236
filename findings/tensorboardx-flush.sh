#!/usr/bin/env bash
# tensorboardX 2.6.5: SummaryWriter.flush() is documented to put all pending events on the disk, and does not.
# It flushes what its worker thread has taken from the queue so far; points that were added just before stay in the
# queue, and then in the buffer, until 120 s are over, the next flush(), or close(). A second flush() a moment later
# brings them out. A program that is killed after its flush() loses them.
# tensorboard's own writer, which torch uses, waits for its queue first.
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorboardX==2.6.5 2>"$folder/pip.log"
cd "$folder"
cat >flush.py <<'PY'
import glob
import os
import time

from tensorboardX import SummaryWriter

writer = SummaryWriter("run")
for step in range(500):
    writer.add_scalar("loss", 1.0, step)
writer.flush()
(path,) = glob.glob("run/*")
time.sleep(2)  # the worker thread has nothing else to do
first = os.path.getsize(path)
writer.flush()
second = os.path.getsize(path)
writer.close()
print("missing after flush()", first < second, "missing after the second", second < os.path.getsize(path))
PY
seen=$("$folder/venv/bin/python" flush.py 2>&1 | tail -1)
echo "seen: $seen"
[ "$seen" = "missing after flush() True missing after the second False" ] || { echo "that is not what was seen before"; exit 1; }
