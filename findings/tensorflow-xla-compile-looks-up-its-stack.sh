#!/usr/bin/env bash
# TensorFlow 2.19.1 on CPUs (x86-64 Linux, glibc): most of the time in which XLA compiles a small function is not compilation. Before
# each, XLA records the stack that led to it, and dladdr, called once for each frame, searches the hundreds of thousands of symbols
# that libtensorflow_cc exports, a millisecond or more a time. Of x * 2 + 1 for a new shape, some three quarters are that, in every
# process and at every shape.
# Needs a C compiler, to count the calls.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q tensorflow-cpu==2.19.1
cat > count.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int calls;
static double seconds;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

int dladdr(const void *address, Dl_info *info) {
  static int (*original)(const void *, Dl_info *);
  if (!original) original = dlsym(RTLD_NEXT, "dladdr");
  double before = now();
  int found = original(address, info);
  seconds += now() - before;
  calls++;
  return found;
}

int dladdr_calls(void) { return calls; }
double dladdr_seconds(void) { return seconds; }
C
cc -shared -fPIC -O1 -o count.so count.c -ldl
cat > compile.py <<'PY'
import ctypes
import time
import tensorflow as tf

counter = ctypes.CDLL('./count.so')
counter.dladdr_seconds.restype = ctypes.c_double
function = tf.function(lambda x: x * 2.0 + 1.0, jit_compile=True)
function(tf.ones([1]))
calls, seconds, processor = counter.dladdr_calls(), counter.dladdr_seconds(), time.process_time()
for size in range(2, 22):
    assert float(function(tf.ones([size]))[-1]) == 3
processor = time.process_time() - processor
print((counter.dladdr_calls() - calls) // 20, round(100 * (counter.dladdr_seconds() - seconds) / processor))
PY
read -r calls share < <(LD_PRELOAD=./count.so TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python compile.py 2> /dev/null)
echo "Calls of dladdr for each shape: $calls; their share of the processor time of a new shape: $share %"
if ((calls < 10 || share < 30)); then
  echo 'The behaviour has changed.' >&2
  exit 1
fi
