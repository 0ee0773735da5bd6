import { gpt2Tokenizer } from '@idlm/data';
import { findOnnxLibrary, onnxVersion } from '@idlm/onnx/node';
import { type Finding, finding } from './finding';

/** ONNX Runtime, an optional package. */
const examineOnnx = (): Promise<Finding> =>
  finding('ONNX Runtime', async () => {
    const library = findOnnxLibrary();
    if (library) return { state: 'ok', found: `${onnxVersion(library)}, at ${library}` };
    return {
      state: 'absent',
      found: 'not installed; it runs models as ONNX files, and samples with sampling.runtime=onnx',
      advice: 'npm install --ignore-scripts onnxruntime-node brings it',
    };
  });

/** Tokens of a text that GPT-2's tokenizer is known by. */
const KNOWN = { text: 'Hello world', ids: [15496, 995] };

/** GPT-2's tokenizer, whose vocabulary is an optional package of `@idlm/data`. */
const examineTokenizer = (): Promise<Finding> =>
  finding('GPT-2 tokenizer', async () => {
    const ids = [...(await gpt2Tokenizer()).encode(KNOWN.text)];
    if (ids.join() !== KNOWN.ids.join()) throw new Error(`"${KNOWN.text}" became the tokens ${ids.join(', ')}`);
    return { state: 'ok', found: `"${KNOWN.text}" becomes ${ids.join(', ')}, by the package gpt-tokenizer` };
  });

/** Packages that some commands need. */
export const examinePackages = async (): Promise<Finding[]> => [await examineOnnx(), await examineTokenizer()];
