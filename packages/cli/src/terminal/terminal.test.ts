import fc from 'fast-check';
import { showsColours } from './colours';
import { EXIT, failureOf } from './failure';
import { bytes, duration, short, wrapped } from './format';
import { createProgress } from './progress';
import { progressLine } from './progress-line';
import { terminalReporter } from './reporter';
import { type Interrupts, runCommand } from './run';
import { type TerminalOptions, createTerminal, terminalFor } from './terminal';

/** A terminal on texts, with a clock that the test moves. */
function recorded(options: TerminalOptions & { tty?: boolean } = {}) {
  const written = { out: '', err: '', all: '', time: 0 };
  const sink = (name: 'out' | 'err') => ({
    isTTY: options.tty ?? false,
    columns: 60,
    write: (text: string) => {
      written[name] += text;
      written.all += text;
    },
  });
  const environment = { NO_COLOR: '1', ...options.environment };
  const base = { stdout: sink('out'), stderr: sink('err'), now: () => written.time };
  return { written, terminal: createTerminal({ ...base, ...options, environment }) };
}

/** What a screen shows after texts that redraw their last line. */
const screen = (text: string): string[] => text.split('\n').map((line) => line.split('\r\u001B[2K').at(-1)!);

describe('format', () => {
  it('wraps texts at 80 columns, between words, and loses none of them', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1 }), (words) => {
        const lines = wrapped(words.join(' '), '  ').split('\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words);
        // No line could have taken the first word of the next.
        for (const [i, next] of lines.slice(1).entries())
          expect(lines[i]!.length + 1 + next.trim().split(' ')[0]!.length).toBeGreaterThan(80);
      }),
    );
    expect(wrapped('a b', '  ')).toBe('  a b');
  });

  it.each([
    [0.25, '0.3 s'],
    [59.6, '1 min'],
    [185, '3 min 5 s'],
    [3600, '1 h'],
    [90_061, '1 d 1 h'],
    [Infinity, 'unknown'],
  ])('%d seconds', (seconds, text) => expect(duration(seconds)).toBe(text));

  it.each([
    [7, '7'],
    [346_123, '346 k'],
    [999_600, '1 M'],
    [169_626_624, '170 M'],
    [0.1234, '0.123'],
  ])('%d shortly', (value, text) => expect(short(value)).toBe(text));

  it('sizes', () => expect([bytes(512), bytes(2000), bytes(678e6)]).toEqual(['512 B', '2 kB', '678 MB']));

  it('durations never grow by more than rounding and never show an empty part', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (s) => !/(^|\s)0 /.test(duration(s))));
  });
});

describe('colours', () => {
  it.each([
    [true, {}, false, true],
    [false, {}, false, false],
    [true, { NO_COLOR: '1' }, false, false],
    [true, { NO_COLOR: '' }, false, true],
    [true, { TERM: 'dumb' }, false, false],
    [true, {}, true, false],
    [false, { FORCE_COLOR: '1' }, false, true],
    [true, { FORCE_COLOR: '0' }, false, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
  ])('terminal %s, %j, --no-color %s: %s', (tty, environment, flag, expected) => {
    expect(showsColours(tty, environment, flag)).toBe(expected);
  });

  it('red only where colours are shown', () => {
    const { terminal, written } = recorded({ tty: true, environment: { NO_COLOR: undefined } });
    terminal.error('no');
    expect(written.err).toContain('\u001B[31merror:');
    const plain = recorded({ tty: true });
    plain.terminal.error('no');
    expect(plain.written.err).toBe('error: no\n');
  });
});

describe('streams', () => {
  it('data go to stdout, all else to stderr', () => {
    const { terminal, written } = recorded();
    terminal.result({ text: 1 }, () => 'text');
    terminal.result({ a: 1 }, () => 'a is 1');
    terminal.note('by the way');
    terminal.warn('mind');
    terminal.status('never drawn in a pipe');
    expect(written.out).toBe('text\na is 1\n');
    expect(written.err).toBe('by the way\nwarning: mind\n');
  });

  it('--json makes results JSON lines, --quiet leaves warnings and errors', () => {
    const { terminal, written } = recorded({ json: true, quiet: true, tty: true });
    terminal.result({ a: 1 }, () => 'a is 1');
    terminal.note('by the way');
    terminal.status('50 %');
    terminal.warn('mind');
    terminal.error('no');
    expect(written.out).toBe('{"a":1}\n');
    expect(written.err).toBe('warning: mind\nerror: no\n');
  });

  it('reads its flags from the command line, up to --', () => {
    const flags = (...argv: string[]) => {
      const { json, quiet } = terminalFor(argv, {});
      return [json, quiet];
    };
    expect(flags('sample', '--json', 'x', '-q')).toEqual([true, true]);
    expect(flags('sample', '--', '--json', '--quiet')).toEqual([false, false]);
  });

  it('keeps the status at the foot, within one line, and lines whole above it', () => {
    const { terminal, written } = recorded({ tty: true });
    terminal.status('working 1');
    terminal.result({}, () => 'first');
    terminal.status(`working 2 ${'x'.repeat(100)}`);
    terminal.note('second');
    expect(screen(written.all).slice(0, 2)).toEqual(['first', 'second']);
    expect(screen(written.all).at(-1)).toMatch(/^working 2 x+…$/);
    expect(screen(written.all).at(-1)!.length).toBeLessThan(60);
    terminal.status('');
    expect(screen(written.all).at(-1)).toBe('');
  });
});

describe('a terminal of unknown width', () => {
  it('counts as one of 80 columns, and results in a file leave the status alone', () => {
    const sink = { isTTY: true, columns: 0, text: '', write: (text: string) => (sink.text += text) };
    const file = { text: '', write: (text: string) => (file.text += text) };
    const terminal = createTerminal({ stdout: file, stderr: sink, environment: {} });
    terminal.status('working');
    terminal.result({}, () => 'row');
    expect(sink.text).toBe('\r\u001B[2Kworking');
    expect(file.text).toBe('row\n');
  });
});

describe('progress', () => {
  it('shows share, extra, rate and time left on a terminal, at most ten times a second', () => {
    const { terminal, written } = recorded({ tty: true });
    const progress = createProgress(terminal, { label: 'teacher', unit: 'updates', total: 200 });
    progress.update(0);
    written.time = 5000;
    progress.update(10, 'loss 2.5');
    const line = screen(written.all).at(-1)!;
    expect(line).toContain('10/200 updates, loss 2.5');
    const before = written.all;
    written.time = 5050;
    progress.update(11);
    expect(written.all).toBe(before);
    progress.end();
    expect(screen(written.all)).toEqual(['teacher: 11/200 updates in 5.0 s', '']);
  });

  it('writes plain lines now and then in a pipe', () => {
    const { terminal, written } = recorded();
    const progress = createProgress(terminal, { label: 'student', unit: 'updates', total: 100, every: 10 });
    for (let done = 1; done <= 100; done++) {
      written.time += 250;
      progress.update(done, `loss ${done}`);
    }
    progress.end();
    expect(written.err.split('\n')).toEqual([
      'student: 40/100 updates, loss 40, 4 updates/s, 15 s left',
      'student: 80/100 updates, loss 80, 4 updates/s, 5.0 s left',
      'student: 100/100 updates in 25 s, loss 100',
      '',
    ]);
    expect(written.out).toBe('');
  });

  it('counts the rate of a resumed run from where it starts', () => {
    const { terminal, written } = recorded();
    const progress = createProgress(terminal, { label: 'a', unit: 'updates', total: 1000, from: 900 });
    written.time = 10_000;
    progress.update(910);
    expect(written.err).toContain('910/1000 updates, 1 updates/s, 1 min 30 s left');
  });
});

describe('progressLine', () => {
  const parts = {
    label: 'Training the teacher',
    share: 40 / 150,
    count: '40/150',
    details: ['teacher loss 3.135', 'teacher held-out loss 3.201'],
    rate: '6.27/s',
    left: '17 s left',
  };
  const at = (width: number) => progressLine(parts, width, (text) => text);

  it.each([
    [
      120,
      'Training the teacher ━━━━━                40/150, teacher loss 3.135, teacher held-out loss 3.201, 6.27/s, 17 s left',
    ],
    [100, 'Training the teacher 40/150, teacher loss 3.135, teacher held-out loss 3.201, 6.27/s, 17 s left'],
    [90, 'Training the teacher 40/150, teacher loss 3.135, teacher held-out loss 3.201, 17 s left'],
    [80, 'Training the teacher ━━━━━                40/150, teacher loss 3.135, 17 s left'],
    [60, 'Training the teacher 40/150, teacher loss 3.135, 17 s left'],
    [40, 'Training the teacher 40/150, 17 s left'],
    [30, 'Training t… 40/150, 17 s left'],
    [18, '40/150, 17 s left'],
  ])('at %d columns', (width, line) => expect(at(width)).toBe(line));

  it('never wraps, and never loses the count or the time left, down to their own width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 18, max: 200 }),
        fc.array(fc.string({ maxLength: 30 }), { maxLength: 4 }),
        (width, details) => {
          const line = progressLine({ ...parts, details }, width, (text) => text);
          expect(line.length).toBeLessThan(width);
          expect(line).toMatch(/40\/150, (.*, )?17 s left$/s);
        },
      ),
    );
  });
});

describe('terminalReporter', () => {
  it('shows what is done until there is progress', () => {
    const { terminal, written } = recorded({ tty: true });
    const reporter = terminalReporter(terminal);
    reporter.doing('Reading the text');
    reporter.note('Text: 10 tokens');
    expect(screen(written.all)).toEqual(['Text: 10 tokens', 'Reading the text …']);
    reporter.progress('teacher', 0, 5, 'compiling the first');
    expect(screen(written.all).at(-1)).toBe(`teacher ${' '.repeat(20)} 0/5, compiling the first`);
    const plain = recorded();
    terminalReporter(plain.terminal).doing('Reading the text');
    expect(plain.written.all).toBe('');
  });

  it('gives each label a line of its own, ended by its last count or by the next label', () => {
    const { terminal, written } = recorded();
    const reporter = terminalReporter(terminal);
    reporter.note('text: 10 tokens');
    for (let done = 1; done <= 3; done++) {
      written.time += 20_000;
      reporter.progress('teacher', done, 3, `loss ${done}`);
    }
    reporter.progress('student', 1, 9);
    reporter.progress('sweep', 1, 1);
    expect(written.err.split('\n')).toEqual([
      'text: 10 tokens',
      'teacher: 2/3, loss 2, 0.05/s, 20 s left',
      'teacher: 3/3 in 40 s, loss 3',
      'student: 1/9 in 0.0 s',
      'sweep: 1/1 in 0.0 s',
      '',
    ]);
  });
});

describe('failures', () => {
  const input = Object.assign(new Error('data.length must be …'), { exitCode: 2 });
  const full = Object.assign(new Error('write'), { code: 'ENOSPC', path: 'run/model.safetensors' });

  it.each([
    ["the user's mistake", input, 2, /^data\.length must be …$/],
    ['a full disk', full, 1, /^run\/model\.safetensors: the disk is full; free some space/],
    [
      'a file in the way',
      Object.assign(new Error('mkdir'), { code: 'ENOTDIR', path: 'a/b' }),
      2,
      /^a\/b: a file is where/,
    ],
    [
      'a folder in the way of a file',
      Object.assign(new Error('rename'), { code: 'EISDIR', path: 'a.html.tmp-1-0', dest: 'a.html' }),
      2,
      /^a\.html: a folder is where a file should be; choose another place\.$/,
    ],
    ['an abort', new DOMException('stopped', 'AbortError'), 130, /^$/],
    [
      'a fault of ours',
      new TypeError('x is not a function'),
      1,
      /TypeError: x is not a function[\s\S]* at [\s\S]*fault of idlm/,
    ],
    ['a thrown text', 'oops', 1, /^oops\nThis is a fault/],
    ['nothing', undefined, 1, /^undefined\nThis is a fault/],
    ['an unknown option', Object.assign(new Error('e'), { code: 'commander.unknownOption', exitCode: 1 }), 2, /^$/],
    ['help', Object.assign(new Error('e'), { code: 'commander.helpDisplayed', exitCode: 0 }), 0, /^$/],
  ])('%s', (_, error, exitCode, message) => {
    const failure = failureOf(error);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.message).toMatch(message);
  });

  it('names the line of an imported module, whose author mends it', () => {
    const fault = new TypeError('x is not a function');
    const place = { specifier: './mine.mjs', line: 12 };
    expect(failureOf(fault, false, place)).toEqual({
      message:
        './mine.mjs, which was imported, failed in line 12 (x is not a function). IDLM_DEBUG=1 shows the calls that led there.',
      exitCode: 2,
    });
    expect(failureOf(fault, true, place).message).toMatch(/^\.\/mine\.mjs.*\nTypeError: x is not a function\n +at /);
    expect(failureOf(input, false, place).message).toBe(failureOf(input).message);
  });

  it('shows where a mistake came from only when asked', () => {
    expect(failureOf(input).message).not.toContain('at ');
    expect(failureOf(input, true).message).toContain('at ');
  });
});

describe('runCommand', () => {
  const run = async (body: (interrupts: Interrupts) => Promise<void>) => {
    const { terminal, written } = recorded();
    return { code: await runCommand(terminal, body, false), ...written };
  };

  it('ends with the code of what happened', async () => {
    expect(await run(async () => {})).toMatchObject({ code: EXIT.done, err: '' });
    const mistake = Object.assign(new Error('no such file'), { exitCode: 2 });
    expect(await run(async ({ leave }) => leave())).toMatchObject({ code: EXIT.interrupted, err: '' });
    expect(await run(() => Promise.reject(mistake))).toMatchObject({ code: 2, out: '', err: 'error: no such file\n' });
  });

  it('stops after the step at the first interrupt, at once at the second', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const before = process.listenerCount('SIGINT');
    const { code, err } = await run(async ({ signal, defer }) => {
      defer();
      defer();
      process.emit('SIGINT');
      expect(signal.aborted).toBe(true);
      expect(exit).not.toHaveBeenCalled();
      process.emit('SIGINT');
      expect(exit).toHaveBeenCalledWith(130);
      signal.throwIfAborted();
    });
    expect([code, err]).toEqual([130, 'warning: stopping after this step; interrupt again to stop at once\n']);
    expect(process.listenerCount('SIGINT')).toBe(before);
    for (const signal of ['SIGTERM', 'SIGUSR1'] as const) {
      const terminated = async ({ defer }: Interrupts) => {
        defer();
        process.emit(signal);
      };
      expect((await run(terminated)).code).toBe(130);
    }
    exit.mockRestore();
  });

  // Without a listener the system ends the process, also while JavaScript computes without a pause.
  it('leaves interrupts to the system before there is something to save', async () => {
    const listeners = () => ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
    const before = listeners();
    const seen: number[][] = [];
    await run(async ({ defer }) => {
      seen.push(listeners());
      defer();
      seen.push(listeners());
    });
    expect([...seen, listeners()]).toEqual([before, before.map((count) => count + 1), before]);
  });

  it('ends at the notice of a scheduler, which would open a debugger, also before there is something to save', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const before = process.listenerCount('SIGUSR1');
    await run(async () => void process.emit('SIGUSR1'));
    expect(exit).toHaveBeenCalledWith(130);
    expect(process.listenerCount('SIGUSR1')).toBe(before);
    exit.mockRestore();
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { code, err } = await run(async ({ signal }) => {
      process.stderr.emit('error', closed);
      expect(signal.aborted).toBe(false);
      process.stdout.emit('error', closed);
      signal.throwIfAborted();
    });
    expect([code, err]).toEqual([0, '']);
  });
});
