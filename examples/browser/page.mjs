// A text by the student of English, written in the browser alone; build.mjs puts what it needs beside it.
import { readTokenizerFiles } from '@idlm/data/texts';
import { onnxDenoiser, readOnnxMetadata } from '@idlm/onnx/runtime';
import { generateFrames, mdlm, temperature } from '@idlm/samplers';
import * as ort from 'onnxruntime-web/wasm';

const model = new Uint8Array(await (await fetch('student.onnx')).arrayBuffer());
const files = readOnnxMetadata(model);
const tokenizer = await readTokenizerFiles(files, 'student.onnx');
const { row_start: start, model_length: length } = JSON.parse(files['config.json']);
const network = onnxDenoiser({ session: await ort.InferenceSession.create(model), Tensor: ort.Tensor });
const prompt = [start, ...tokenizer.encode('And he said')];
const options = { length, prompt, seed: 1, shape: temperature(0.6), timeConditioned: false };
for await (const { tokens } of generateFrames(network, mdlm(tokenizer), 16, options))
  document.body.textContent = tokenizer.decode(tokens.subarray(1)).trimEnd();
document.title = 'written';
// → And he said unto them, Whatw.
