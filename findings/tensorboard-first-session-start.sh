#!/usr/bin/env bash
# The same event files have other points in TensorBoard's two Python readers: EventAccumulator drops lost steps at every
# SessionLog.START, the accumulator behind the page takes the first START of a run for its beginning. A writer that marks
# restarts alone (its first session has no START) is right in the one and shows each lost step twice in the other.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q tensorboard==2.21.0
cat > try.py <<'PY'
import os, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

def session(folder, seconds, start, steps):
    os.makedirs(folder, exist_ok=True)
    with open(f'{folder}/events.out.tfevents.{seconds}.host.1.0', 'wb') as file:
        writer = RecordWriter(file)
        put = lambda event: writer.write(event.SerializeToString())
        put(Event(wall_time=seconds, file_version='brain.Event:2'))
        if start: put(Event(wall_time=seconds, step=start, session_log=SessionLog(status=SessionLog.START)))
        for step in steps:
            put(Event(wall_time=seconds, step=step, summary=Summary(value=[Summary.Value(tag='loss', simple_value=step)])))
        writer.flush()

for name, first in (('restart-marked', None), ('all-marked', 1)):
    session(f'logs/{name}', 1700000000, first, [1, 2, 3, 4, 5])
    session(f'logs/{name}', 1700000060, 3, [3, 4, 5, 6, 7])
page = EventMultiplexer().AddRunsFromDirectory('logs')
page.Reload()
seen = {}
for name in ('restart-marked', 'all-marked'):
    one = EventAccumulator(f'logs/{name}').Reload()
    seen[name] = [e.step for e in one.Scalars('loss')], [e.step for e in page.Tensors(name, 'loss')]
    print(name, 'EventAccumulator', seen[name][0], 'page', seen[name][1])
once, twice = [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 3, 4, 5, 6, 7]
sys.exit(0 if seen == {'restart-marked': (once, twice), 'all-marked': (once, once)} else 1)
PY
venv/bin/pip list 2>/dev/null | grep -i tensorboard
venv/bin/python try.py || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
