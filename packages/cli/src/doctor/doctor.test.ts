import { idlm } from '../../test/command-line';
import { type Finding, finding } from './finding';
import { examineNode, isAtLeast } from './node';

describe('examineNode', () => {
  it.each([
    ['v22.1.0', '20.19', true],
    ['v20.19.0', '20.19', true],
    ['v20.18.9', '20.19', false],
    ['v18.20.0', '20.19', false],
    ['v20.19.0-nightly', '20.19', true],
  ])('finds whether %s is at least %s: %s', (version, least, expected) =>
    expect(isAtLeast(version, least)).toBe(expected),
  );

  it('says what to do about an old one', () => {
    expect(examineNode()).toMatchObject({ state: 'ok', found: expect.stringContaining(process.version.slice(1)) });
    expect(examineNode('v16.0.0')).toMatchObject({ state: 'error', advice: 'install Node 20.19 or newer' });
  });
});

it('what cannot be looked at is an error with its reason', async () => {
  const failed = finding('a part', () => Promise.reject(new Error('it is gone.')));
  expect(await failed).toEqual({ what: 'a part', state: 'error', found: 'it is gone' });
});

describe('idlm doctor', () => {
  const variables = { IDLM_MPI_LIBRARY: 'none', HF_TOKEN: 'hf_never-shown', HF_HUB_CACHE: '/' };
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, variables));
  afterEach(() => (process.env = { ...before }));
  const examined = async () => {
    const ended = await idlm('doctor', '--engine', 'wasm', '--json');
    const { passed, findings } = JSON.parse(ended.out) as { passed: boolean; findings: readonly Finding[] };
    return {
      ...ended,
      passed,
      findings,
      stateOf: Object.fromEntries(findings.map(({ what, state }) => [what, state])),
    };
  };

  it('says what is there, what computes by a product, and never the token', async () => {
    const { code, out, err, passed, findings, stateOf } = await examined();
    for (const one of findings) {
      const { advice, ...rest } = one;
      expect(rest).toEqual({ what: expect.any(String), state: expect.any(String), found: expect.any(String), rank: 0 });
      expect([one.what, typeof advice]).toEqual([one.what, 'advice' in one ? 'string' : 'undefined']);
      // Clauses, which a line joins.
      expect(one.found).not.toMatch(/\.$|\n/);
    }
    expect({ code, passed, stateOf }).toMatchObject({
      code: 0,
      passed: true,
      stateOf: { Node: 'ok', engine: 'ok', 'GPT-2 tokenizer': 'ok', 'Hub token': 'ok', MPI: 'absent' },
    });
    expect(err).toBe('Nothing is broken.\n');
    expect(out + err).not.toContain('never-shown');
    expect(out).toMatch(/wasm \(.*\), 1 thread, [\d.]+ GFLOP\/s in float32: WASM was asked for/);
  });

  it('ends with 1 where something that is asked for is broken', async () => {
    process.env['HF_TOKEN'] = 'never-shown';
    const { code, out, err, passed, stateOf } = await examined();
    expect([code, passed, stateOf['Hub token']]).toEqual([1, false, 'error']);
    expect(err).toBe('1 thing is broken.\n');
    expect(out + err).not.toContain('never-shown');
  });

  it('refuses an engine that it does not know in one sentence', async () => {
    const { code, out, err } = await idlm('doctor', '--engine', 'fast');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^error: [^\n]*'fast'[^\n]*auto, native, wasm, cpu[^\n]*\n$/);
  });
});
