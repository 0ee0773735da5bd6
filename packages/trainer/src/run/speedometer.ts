/** Tells how fast a run is. */
export interface Speedometer {
  /** Tokens per second since the last reading, at which `step` was lower. */
  read(step: number): number;
}

/** @param clock milliseconds from any moment on */
export function speedometer(clock: () => number, start: number, tokensPerUpdate: number): Speedometer {
  let [time, at] = [clock(), start];
  return {
    read(step) {
      const now = clock();
      const speed = ((step - at) * tokensPerUpdate) / Math.max(1e-3, (now - time) / 1000);
      [time, at] = [now, step];
      return speed;
    },
  };
}
