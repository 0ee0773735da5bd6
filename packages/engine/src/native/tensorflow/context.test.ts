import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeNative } from '../../../test/native';
import { VERSIONS } from '../../install/pins';
import { findNative } from '../../install/locations';
import { openBinding } from './binding';
import { openContext } from './context';

describe('a library that cannot be loaded', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-context-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each(['absent.so', 'text.so'])('is refused by name: %s', (name) => {
    writeFileSync(join(folder, 'text.so'), 'no library');
    expect(() => openContext(join(folder, name), { threads: 1 })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining(`The TensorFlow library at ${join(folder, name)} cannot be loaded: `),
      }),
    );
  });
});

describeNative('a context of TensorFlow', () => {
  const { library } = findNative() ?? { library: '' };

  it('has the devices and the version of the library', () => {
    const { binding, version, devices } = openBinding(library, { threads: 1 });
    expect(version).toBe(VERSIONS.tensorflow);
    expect(devices).toContain('CPU');
    expect(binding.isUsingGpuDevice()).toBe(devices.some((name) => name.includes('GPU')));
    expect(binding.getNumOfTensors()).toBe(0);
  });

  it('tells of a failure until the next call through its status', () => {
    const { c, status, handle, ok, noticed } = openContext(library, { threads: 1 });
    ok();
    c.TFE_NewOp(handle, 'NoSuchOp', status);
    expect(ok).toThrow(/^TensorFlow: .*NoSuchOp/);
    expect(() => noticed()).toThrow(/^TensorFlow: .*NoSuchOp/);
    c.TFE_DeleteOp(c.TFE_NewOp(handle, 'Square', status));
    expect(ok).not.toThrow();
  });

  it('has the variables of the process that were asked for, over those of the user', () => {
    const { c } = openContext(library, { threads: 1, variables: { IDLM_TEST_VARIABLE: 'set' } });
    expect(c.environment('IDLM_TEST_VARIABLE')).toBe('set');
    expect(
      openContext(library, { threads: 1, variables: { IDLM_TEST_VARIABLE: 'again' } }).c.environment(
        'IDLM_TEST_VARIABLE',
      ),
    ).toBe('again');
    expect(c.environment('IDLM_NO_SUCH_VARIABLE')).toBeNull();
    expect(c.environment('TF_CPP_MIN_LOG_LEVEL')).toMatch(/^\d$/);
  });
});
