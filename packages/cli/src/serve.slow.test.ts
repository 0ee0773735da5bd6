import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createClient } from '@idlm/client';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';

const ROOT = join(__dirname, '../../..');
const started: ChildProcess[] = [];
let bundle: Bundle;
beforeAll(() => void (bundle = bundleOf(join(__dirname, 'main.ts'))));
afterAll(() => {
  started.forEach((child) => child.kill('SIGKILL'));
  bundle.remove();
});

/** A command of `idlm serve` in a process of its own, what it has written, and how it ends once all of that is read. */
function serve(...argv: string[]) {
  const options = [bundle.program, 'serve', ...argv];
  const child = spawn(process.execPath, options, { cwd: ROOT, env: { ...process.env, IDLM_TOKEN: 'word' } });
  started.push(child);
  const written = { out: '', err: '' };
  child.stdout.on('data', (data) => (written.out += String(data)));
  child.stderr.on('data', (data) => (written.err += String(data)));
  return { child, written, exit: once(child, 'close').then(([code]) => code as number) };
}

it('says where it is, serves the pair, and ends in peace; mistakes are a sentence', async () => {
  const { child, written, exit } = serve('--port', '0', '--max-texts', '3');
  while (!written.out.includes('\n')) await once(child.stdout!, 'data');
  const [url] = written.out.split('\n');
  const port = /^http:\/\/127\.0\.0\.1:(\d+)$/.exec(url!)![1]!;
  const [taken, none] = [serve('--port', port), serve('--model', 'no/such/folder')];
  const client = createClient({ baseUrl: url!, token: 'word' });
  expect((await client.models()).map(({ id }) => id)).toEqual(['student', 'teacher']);
  const { choices } = await client.complete({ model: 'student', prompt: 'And he said', seed: 1 });
  expect(choices[0]!.text).toMatch(/^,? \w/);
  await expect(client.complete({ model: 'student', n: 4 })).rejects.toMatchObject({ status: 400 });
  await expect(createClient({ baseUrl: url! }).models()).rejects.toMatchObject({ status: 401 });
  expect([await taken.exit, await none.exit]).toEqual([2, 2]);
  expect(taken.written).toEqual({
    out: '',
    err: `error: 127.0.0.1:${port} cannot be listened at: another program listens there; choose another port.\n`,
  });
  expect(none.written.out).toBe('');
  expect(none.written.err).toMatch(/^error: .*no\/such\/folder.*\n$/);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(written.err).toContain('"msg":"ended"');
}, 120_000);
