import { WHEELS } from './pins';
import { thisMachine, wheelsFor } from './platform';

describe('wheelsFor', () => {
  it.each([
    ['linux', 'x64', '2.36', 'tensorflow-cpu'],
    ['linux', 'arm64', '2.17', 'tensorflow'],
    ['darwin', 'arm64', undefined, 'tensorflow'],
  ])('knows the wheel of %s %s', (platform, arch, glibc, name) => {
    expect(wheelsFor({ platform, arch, glibc }, false).map((wheel) => wheel.package)).toEqual([name]);
  });

  it('adds CUDA for GPUs', () => {
    const wheels = wheelsFor({ platform: 'linux', arch: 'x64', glibc: '2.36' }, true);
    expect(wheels[0]!.package).toBe('tensorflow');
    expect(wheels.map((wheel) => wheel.package)).toEqual(
      expect.arrayContaining(['nvidia-cublas-cu12', 'nvidia-cudnn-cu12', 'nvidia-nccl-cu12']),
    );
  });

  it.each([
    [{ platform: 'win32', arch: 'x64' }, false, 'for win32-x64, only for linux-x64, linux-arm64, darwin-arm64'],
    [{ platform: 'win32', arch: 'x64' }, false, 'WSL'],
    [{ platform: 'darwin', arch: 'x64' }, false, 'for darwin-x64'],
    [{ platform: 'darwin', arch: 'arm64' }, true, 'with GPU for darwin-arm64, only for linux-x64-gpu'],
    [{ platform: 'linux', arch: 'x64' }, false, 'musl'],
    [{ platform: 'linux', arch: 'x64', glibc: '2.12' }, false, 'needs glibc 2.17, and this machine has 2.12'],
  ])('refuses %j (GPU: %s)', (machine, gpu, message) => {
    expect(() => wheelsFor(machine, gpu)).toThrow(message);
  });

  it('describes this machine', () => {
    expect(thisMachine()).toMatchObject({ platform: process.platform, arch: process.arch });
  });
});

it('has pins that are whole: a hash, a size and a file name that fits', () => {
  for (const wheel of Object.values(WHEELS).flat()) {
    expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(wheel.bytes).toBeGreaterThan(1e5);
    expect(wheel.file.startsWith(`${wheel.package.replaceAll('-', '_')}-${wheel.version}-`)).toBe(true);
    expect(wheel.file).toContain(wheel.platform);
  }
});
