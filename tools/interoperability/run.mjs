// Writes the models of packages/denoiser/test/published in each layout, and has Python's transformers and torch open them.
//   npm run interoperability [-- --python PATH]   (without PATH: a virtual environment with requirements.txt, some GB, in a folder that is deleted)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith } from './python.mjs';

const ROOT = join(import.meta.dirname, '../..');
const PUBLISHED = join(ROOT, 'packages/denoiser/test/published');

/** The layouts of each model, and what a user says of one that does not say it. */
const MODELS = {
  'mdlm-owt': ['ours', 'mdlm', 'ckpt'],
  duo: ['ours', 'duo', 'ckpt'],
  'idlm-dcd': ['ours', 'duo'],
  udlm: ['ours'],
  'sedd-small': ['ours', 'sedd', 'ckpt'],
  'sedd-uniform-repaired': ['ours', 'sedd', 'ckpt'],
  'bd3lm-owt-block_size1024-pretrain': ['ours', 'mdlm'],
  autoregressive: ['ours', 'ckpt'],
};
const FAMILY = { 'idlm-dcd': ['--family', 'duo'] };

const { values: options } = parseArgs({ options: { python: { type: 'string' } } });
const work = mkdtempSync(join(tmpdir(), 'interoperability-'));

function convert(name, layout) {
  const flags = [...(FAMILY[name] ?? []), ...(layout === 'ckpt' ? [] : ['--transformers'])];
  const to = join(work, 'models', `${name}@${layout}`);
  const idlm = ['--conditions=@idlm/source', '--import', 'tsx', 'packages/cli/src/main.ts', '--quiet'];
  execFileSync('node', [...idlm, 'convert', join(PUBLISHED, name), to, '--layout', layout, ...flags], { cwd: ROOT });
}

try {
  for (const [name, layouts] of Object.entries(MODELS)) for (const layout of layouts) convert(name, layout);
  const folders = readdirSync(join(work, 'models')).map((name) => join(work, 'models', name));
  const check = [join(import.meta.dirname, 'check.py'), join(PUBLISHED, 'answers.safetensors'), ...folders];
  // Nothing is asked of the Hub.
  const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_HOME: join(work, 'hub'), HF_HUB_DISABLE_PROGRESS_BARS: '1' };
  execFileSync(pythonWith(join(import.meta.dirname, 'requirements.txt'), work, options.python), check, {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
} finally {
  rmSync(work, { recursive: true });
}
