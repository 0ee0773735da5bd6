import type { RandomStream } from '@idlm/core-diffusion';

/** Values that readers may not expect in the place of others. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, '', 'a', '../a', '__proto__', 'constructor'],
  ...[[], {}, [[]], [null], { a: null }, 'a'.repeat(5000), Array.from({ length: 300 }, (_, i) => i)],
];

/** A member or an item of a value, and what holds it. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

/** All places of a value. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesOf(holder[name])]);
}

/** JSON with one to three members that are another value, gone, or those of another place; undefined for what is no JSON. */
export function mutateJson(text: string, random: RandomStream): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const draw = (count: number): number => random.integers(1, count)[0]!;
  for (let left = 1 + draw(3); left > 0; left--) {
    const places = placesOf(value);
    if (!places.length) break;
    const [{ holder, name }, other] = [places[draw(places.length)]!, places[draw(places.length)]!];
    const kind = draw(4);
    if (kind === 0) delete holder[name];
    else holder[name] = structuredClone(kind === 1 ? other.holder[other.name] : VALUES[draw(VALUES.length)]);
  }
  return JSON.stringify(value);
}
