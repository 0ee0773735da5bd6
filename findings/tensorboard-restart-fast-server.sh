#!/usr/bin/env bash
# TensorBoard's fast data server (on by default) heeds no SessionLog.START: points of a lost session stay for every tag
# that is not written again at or before their step. The Python reader drops them, as the comments in
# plugin_event_accumulator.py say ("purges all previously seen events whose step is larger than or equal").
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q tensorboard==2.21.0 tensorboard-data-server==0.7.2
cat > try.py <<'PY'
import json, os, subprocess, sys, time, urllib.request
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

def session(seconds, start, steps):
    with open(f'logs/run/events.out.tfevents.{seconds}.host.1.0', 'wb') as file:
        writer = RecordWriter(file)
        put = lambda event: writer.write(event.SerializeToString())
        put(Event(wall_time=seconds, file_version='brain.Event:2'))
        put(Event(wall_time=seconds, step=start, session_log=SessionLog(status=SessionLog.START)))
        for step in steps:
            value = Summary.Value(tag='check', simple_value=seconds + step)
            put(Event(wall_time=seconds, step=step, summary=Summary(value=[value])))
        writer.flush()

os.makedirs('logs/run')
session(1700000000, 1, [2, 4])  # crashed after step 4; its last checkpoint is of step 3
session(1700000060, 4, [6])     # went on from step 3

def shown(fast, port):
    command = ['venv/bin/tensorboard', '--logdir', 'logs', f'--load_fast={fast}', '--host', '127.0.0.1', '--port', str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            time.sleep(1)
            try:
                url = f'http://127.0.0.1:{port}/data/plugin/scalars/scalars?tag=check&run=run'
                points = [step for _, step, _ in json.load(urllib.request.urlopen(url))]
                if 6 in points: return points
            except OSError: pass
        sys.exit('the server did not answer')
    finally:
        server.terminate(); server.wait()

slow, fast = shown('false', 6181), shown('true', 6182)
print('steps shown with --load_fast=false:', slow)
print('steps shown with --load_fast=true: ', fast)
sys.exit(0 if (slow, fast) == ([2, 6], [2, 4, 6]) else 1)
PY
venv/bin/pip list 2>/dev/null | grep -i tensorboard
venv/bin/python try.py || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
