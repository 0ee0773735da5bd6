/** What a file is that was given a name of another format, with what to do. */
interface OtherFormat {
  /** Its first bytes, as Latin-1. */
  readonly start: RegExp;
  readonly sentence: string;
}

const OTHER_FORMATS: readonly OtherFormat[] = [
  {
    start: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    sentence: 'is a Git LFS pointer, not the file itself; run "git lfs pull" in its repository',
  },
  {
    start: /^PK\x03\x04/,
    sentence:
      'is a zip archive, as PyTorch checkpoints are; if it is one, give it a name that ends in .ckpt and make a model folder of it (idlm convert)',
  },
  {
    start: /^\x80[\x02-\x05]/,
    sentence:
      'is a Python pickle, as old PyTorch checkpoints are; load it in Python and save its state_dict with safetensors.torch.save_file',
  },
  { start: /^\s*<(!doctype|html)/i, sentence: 'is an HTML page, as failed downloads leave; download the file again' },
  { start: /^GGUF/, sentence: 'is a GGUF file, which is not read; save its weights as safetensors' },
  { start: /^\x1f\x8b/, sentence: 'is compressed by gzip; decompress it' },
];

/** Bytes that tell formats apart. */
export const SIGNATURE_BYTES = 64;

/**
 * What a file is that is not of the format that its name says, as the rest of a sentence; undefined if its beginning tells nothing.
 * @param bytes the file's beginning
 */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, SIGNATURE_BYTES));
  return OTHER_FORMATS.find((format) => format.start.test(start))?.sentence;
}
