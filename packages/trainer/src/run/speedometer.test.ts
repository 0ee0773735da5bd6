import { speedometer } from './speedometer';

describe('speedometer', () => {
  it('reads tokens per second since the last reading', () => {
    let now = 0;
    const speed = speedometer(() => now, 10, 64);
    now = 500;
    expect(speed.read(15)).toBe(640);
    now = 2500;
    expect(speed.read(16)).toBe(32);
  });

  it('is finite when no time has passed', () => {
    expect(speedometer(() => 7, 0, 64).read(1)).toBe(64_000);
  });
});
