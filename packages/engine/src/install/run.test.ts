import { tmpdir } from 'node:os';
import { realpathSync } from 'node:fs';
import { reasonIn, run } from './run';

const node = (code: string, options?: { cwd: string }) => run(process.execPath, ['-e', code], options);

describe('run', () => {
  it('gives the exit code with both outputs, each whole', async () => {
    expect(
      await node(`console.error('ä'.repeat(5)); process.stdout.write('x'.repeat(200_000)); process.exitCode = 3`),
    ).toEqual({
      code: 3,
      stdout: 'x'.repeat(200_000),
      stderr: `${'ä'.repeat(5)}\n`,
    });
  });

  it('runs in the folder that is asked for, with arguments as they are', async () => {
    const cwd = realpathSync(tmpdir());
    expect((await node('console.log(process.cwd())', { cwd })).stdout.trim()).toBe(cwd);
    const words = ['two words', '$HOME', '*', ''];
    const { stdout } = await run(process.execPath, ['-p', 'JSON.stringify(process.argv.slice(1))', ...words]);
    expect(JSON.parse(stdout)).toEqual(words);
  });

  it('says by which signal a command was ended', async () => {
    const { code, stderr } = await node(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`);
    expect([code, stderr]).toEqual([null, '\nended by SIGKILL']);
  });

  it('says why a command could not be started, and does not throw', async () => {
    expect(await run('no-such-command', [])).toMatchObject({
      code: undefined,
      stdout: '',
      stderr: expect.stringContaining('ENOENT'),
    });
  });
});

it.each([
  ['', 'it gave no reason'],
  [' \n\n', 'it gave no reason'],
  ['only this', 'only this'],
  ['first\nlast  ', 'last'],
  ['ERROR: one\nError: two\nhint: three', 'Error: two'],
  ['TerminalError happened\nnote', 'TerminalError happened'],
])('the reason in %j is %s', (output, reason) => expect(reasonIn(output)).toBe(reason));
