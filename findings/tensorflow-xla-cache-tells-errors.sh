#!/usr/bin/env bash
# TensorFlow 2.19.1 on CPUs (x86-64 Linux): with --tf_xla_persistent_cache_directory, where XLA keeps what it has compiled for later
# processes, each entry that is read, and serves, is told on stderr as a fault: "[libprotobuf ERROR ...] Error parsing text-format
# tensorflow.XlaSerializedCacheEntry". Entries are written in binary, and tried as text first. TF_CPP_MIN_LOG_LEVEL=3 does not
# silence it, since it is protobuf's own log.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q tensorflow-cpu==2.19.1
mkdir cache
cat > compile.py <<'PY'
import tensorflow as tf

function = tf.function(lambda x: x * 2.0 + 1.0, jit_compile=True)
for size in 2, 3, 4:
    assert float(function(tf.ones([size]))[-1]) == 3
PY
export TF_XLA_FLAGS=--tf_xla_persistent_cache_directory=cache TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python compile.py 2> first.log
written=$(find cache -type f | wc -l)
before=$(find cache -type f -exec sha256sum {} + | sort)
venv/bin/python compile.py 2> second.log
tell() { grep -c 'libprotobuf ERROR.*Error parsing text-format tensorflow.XlaSerializedCacheEntry' "$1" || true; }
echo "Entries written: $written; told as errors by the process that wrote them: $(tell first.log), by the one that read them: $(tell second.log)"
grep -m 1 'libprotobuf ERROR' second.log || true
if ((written != 3 || $(tell first.log) != 0 || $(tell second.log) < 3)) || [ "$before" != "$(find cache -type f -exec sha256sum {} + | sort)" ]; then
  echo 'The behaviour has changed.' >&2
  exit 1
fi
