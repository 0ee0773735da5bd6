// What is exported is described in watch-for-stalls.d.mts.

export function waitForBeat({ beats, milliseconds }, known) {
  const until = performance.now() + milliseconds;
  // Updates wake nobody up: a look every quarter of a second costs less than a wake-up each.
  for (let left = milliseconds; left > 0; left = until - performance.now()) {
    if (Atomics.load(beats, 0) !== known) return true;
    Atomics.wait(beats, 0, known, Math.min(left, 250));
  }
  return Atomics.load(beats, 0) !== known;
}

export function watchForStalls(watch, tellAll, goesOn = () => true) {
  const tell = (sentence) => tellAll(watch.rank === undefined ? sentence : `Rank ${watch.rank}: ${sentence}`);
  const minutes = Number((watch.milliseconds / 60_000).toPrecision(2));
  for (let isStalled = false; goesOn();) {
    const known = Atomics.load(watch.beats, 0);
    const isAlive = waitForBeat(watch, known);
    if (!isAlive && !isStalled)
      tell(
        `No update was made for ${minutes} minutes: the run may hang. What it has saved is whole; if it does not go on, end it and start it again with --resume.`,
      );
    if (isAlive && isStalled) tell('Updates are made again.');
    isStalled = !isAlive;
  }
}
