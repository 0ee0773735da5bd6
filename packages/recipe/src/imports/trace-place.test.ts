import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { placeInTrace } from './trace-place';

describe('placeInTrace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'trace place-'));
    await writeFile(join(folder, 'a.mjs'), '');
    await writeFile(join(folder, 'b.mjs'), '');
    await symlink(join(folder, 'b.mjs'), join(folder, 'linked.mjs'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const file = (name: string) => ({ specifier: `./${name}`, path: join(folder, name) });
  const frame = (name: string, line: number) => `    at step (${pathToFileURL(join(folder, name)).href}:${line}:7)\n`;
  const library = '    at matMul (/node_modules/tfjs/index.js:3:1)\n';

  it('is the topmost line of any imported module, whatever stands above it', () => {
    const trace = `Error: no\n${library}${frame('b.mjs', 12)}${frame('a.mjs', 3)}`;
    expect(placeInTrace(trace, [file('a.mjs'), file('b.mjs')])).toEqual({ specifier: './b.mjs', line: 12 });
  });

  it('is found under the name that a link leads to, and where Node shows a path', () => {
    expect(placeInTrace(frame('b.mjs', 5), [file('linked.mjs')])).toEqual({ specifier: './linked.mjs', line: 5 });
    expect(placeInTrace(`${join(folder, 'a.mjs')}:8\nconst`, [file('a.mjs')])).toEqual({
      specifier: './a.mjs',
      line: 8,
    });
  });

  it('is none where no imported module stands in the trace', () => {
    expect(placeInTrace(`Error: no\n${library}`, [file('a.mjs')])).toBeUndefined();
    expect(placeInTrace(`Error: no\n${frame('a.mjs', 1)}`, [])).toBeUndefined();
  });
});
