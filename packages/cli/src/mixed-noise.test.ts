import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm } from '../test/command-line';

const PUBLISHED = join(__dirname, '../../denoiser/test/published/xdlm-owt');
const SENTENCE = 'holds a model of XDLM by its name, whose noise is a mixture of masks and uniform tokens';

let folder: string;
let model: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixed-noise-'));
  model = inFolder('xdlm-owt');
  await cp(PUBLISHED, model, { recursive: true });
  await writeFile(inFolder('text.txt'), 'the quick brown fox');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a model whose noise is a mixture of masks and uniform tokens', () => {
  it.each<[string, () => string[]]>([
    ['inspect', () => [model]],
    ['sample', () => ['--model', model, '--tokenizer', 'gpt2']],
    ['convert', () => [model, inFolder('made')]],
    ['export', () => [model, inFolder('made.onnx')]],
    ['eval', () => ['--teacher', model, '--tokenizer', 'gpt2', '--out', inFolder('made')]],
    ['distill', () => ['--teacher', model, '--set', `data.corpus=${inFolder('text.txt')}`, '--out', inFolder('made')]],
  ])('is refused by its name by idlm %s, which writes nothing', async (command, argv) => {
    const { code, out, err } = await idlm(command, ...argv());
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(`error: ${model} ${SENTENCE}`)]);
    expect((await readdir(folder)).sort()).toEqual(['text.txt', 'xdlm-owt']);
  });

  it('is used as what a user says that it is', async () => {
    const told = await idlm('inspect', model, '--family', 'mdlm', '--json');
    expect([told.code, JSON.parse(told.out)]).toEqual([0, expect.objectContaining({ type: 'mdlm' })]);
    expect((await idlm('convert', model, inFolder('converted'), '--family', 'mdlm')).code).toBe(0);
  });
});
