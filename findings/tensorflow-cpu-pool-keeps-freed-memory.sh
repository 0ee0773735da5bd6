#!/usr/bin/env bash
# TensorFlow 2.19.1 on CPUs (x86-64 Linux): a process keeps the memory of all large tensors (256 KiB or more) that it has freed, since
# oneDNN, which is on by default, has a pool that gives nothing back. Products of growing size, of which never more than 763 MiB are
# there at once, leave 1.3 GB behind. With TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1, or without oneDNN, nothing stays.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q tensorflow-cpu==2.19.1
cat > kept.py <<'PY'
import gc
import tensorflow as tf

def resident():
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmRSS')) // 1024

def compute(rows):
    x = tf.fill([rows, 8], 0.1)
    y = tf.exp(tf.matmul(x, x, transpose_b=True))
    assert y.shape == (rows, rows) and float(y[0, 0]) > 1

compute(64)
before = resident()
for rows in 6000, 7000, 8000, 9000, 10000:
    compute(rows)
gc.collect()
print(resident() - before)
PY
kept() { env "$@" TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python kept.py 2> /dev/null; }
pool=$(kept TF_ENABLE_ONEDNN_OPTS=1)
system=$(kept TF_ENABLE_ONEDNN_OPTS=1 TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1)
without=$(kept TF_ENABLE_ONEDNN_OPTS=0)
echo "MiB more than before, once all is freed: $pool; with the system's allocator $system; without oneDNN $without"
if ((pool < 763 || system > 100 || without > 100)); then
  echo 'The behaviour has changed.' >&2
  exit 1
fi
