import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { describeModel } from './model-folder';

const XDLM = join(__dirname, '../../test/published/xdlm-owt');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixed-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The files of XDLM, which are as those of MDLM, under another name. */
async function named(...parts: string[]): Promise<string> {
  await cp(XDLM, join(folder, ...parts), { recursive: true });
  return join(folder, ...parts);
}

const COMMIT = 'a1'.repeat(20);

describe('models whose noise is a mixture of masks and uniform tokens', () => {
  it.each([
    ['xdlm-owt'],
    ['my_XDLM'],
    ['models--EER6--xdlm-owt', 'snapshots', COMMIT],
    ['models--EER6--mdlm-owt-diff1', 'snapshots', COMMIT],
  ])('are refused by their names: %s', async (...parts) => {
    const read = describeModel(await named(...parts));
    await expect(read).rejects.toThrow(InputError);
    await expect(read).rejects.toThrow('holds a model of XDLM by its name, whose noise is a mixture');
  });

  it('are used as what a user says', async () => {
    const { type } = await describeModel(await named('xdlm-owt'), { family: 'mdlm' });
    expect(type).toBe('mdlm');
  });

  it.each([['mdlm-owt'], ['xdlmish'], ['models--kuleshov-group--mdlm-owt', 'snapshots', COMMIT]])(
    'are told from others: %s',
    async (...parts) => expect((await describeModel(await named(...parts))).type).toBe('mdlm'),
  );
});
