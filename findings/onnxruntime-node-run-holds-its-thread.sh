#!/usr/bin/env bash
# onnxruntime-node 1.30.0: `session.run` gives a promise, and holds the event loop of the thread that called it until the result is there: a timer
# of 1 ms fires once or not at all, and two runs that are asked for together follow one another. Python's `run_async` of the same runtime computes
# on another thread, while its caller goes on.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.30.0 numpy==2.4.6
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
cat > model.py <<'P'
from onnx import TensorProto, checker, helper

PRODUCTS = 30
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "n"])
names = ["x", *(f"x{i}" for i in range(2, PRODUCTS + 1)), "y"]
nodes = [helper.make_node("MatMul", [names[i], "x"], [names[i + 1]]) for i in range(PRODUCTS)]
graph = helper.make_graph(nodes, "products", [value("x")], [value("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
checker.check_model(model, full_check=True)
open("products.onnx", "wb").write(model.SerializeToString())
P
venv/bin/python model.py
cat > run.mjs <<'J'
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const SIZE = 800;
const session = await InferenceSession.create(readFileSync('products.onnx'), { intraOpNumThreads: 1 });
const x = new Tensor('float32', new Float32Array(SIZE * SIZE).fill(1 / SIZE), [SIZE, SIZE]);
let ticks = 0;
const timer = setInterval(() => ticks++, 1);
const began = performance.now();
const run = async () => {
  const { y } = await session.run({ x });
  return { ended: performance.now() - began, ticks, right: Math.abs(y.data[0] * SIZE - 1) < 1e-3 };
};
const [first, second] = await Promise.all([run(), run()]);
clearInterval(timer);
for (const [name, { ended, ticks }] of Object.entries({ first, second }))
  console.log(`The ${name} run ended after ${Math.round(ended)} ms; a timer of 1 ms had fired ${ticks} times.`);
assert(first.right && second.right && first.ended > 50, 'The runs were not what they are meant to be.');
assert(first.ticks <= 3 && second.ticks <= 6 && second.ended - first.ended > first.ended / 4);
J
node run.mjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
cat > run.py <<'P'
import threading
import numpy
import onnxruntime

SIZE = 800
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession("products.onnx", options, providers=["CPUExecutionProvider"])
ended, seen = threading.Event(), []
answer = lambda results, _, error: (seen.append((threading.get_ident(), error)), ended.set())
session.run_async(None, {"x": numpy.full((SIZE, SIZE), 1 / SIZE, numpy.float32)}, answer, None)
ticks = 0
while not ended.wait(0.001):
    ticks += 1
print(f"Python's run_async answered on another thread, and its caller went on: {ticks} waits of 1 ms.")
assert seen[0][0] != threading.get_ident() and seen[0][1] == "" and ticks > 10
P
venv/bin/python run.py || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
