import { networkOf } from '../network';
import { checkLogits } from '../predict';
import type { Denoise, DenoiseRequest, Network } from '../sampler';
import { atRowTimes } from './at-row-times';
import { guidanceReadsTime, guidedRowsOf } from './noisy-rows';
import { type GuidanceOptions, checkStrength } from './options';

/** What messages call either network. */
const NAME = 'A guided network';

/** c^γ u^{1−γ} in logarithms. What the condition excludes stays out; what only it allows is not raised beyond it. */
function mixed(conditional: number, unconditional: number, strength: number): number {
  if (conditional === -Infinity) return -Infinity;
  if (unconditional === -Infinity) return strength < 1 ? -Infinity : conditional;
  return strength * conditional + (1 - strength) * unconditional;
}

/**
 * Classifier-free guidance: a network of the law p(x | y)^γ p(x)^{1−γ}, normalised position by position, from one that knows the
 * condition y and one that does not. A network like any other, so that every sampler, shaper and clamp works with it; a call of it
 * is a call of each, but for the strengths 0 and 1, which need one alone. Where mixing depends on the time of a row, rows at different
 * times may be asked for at once: a network without `timesPerRow` is then asked for those of each time.
 *
 * Absorbing processes mix x_θ, and score models scores. Others mix the laws of noisy tokens: for short steps that mixes posteriors, as
 * the repository does, but for tokens that would fall below what noise alone makes likely, of which nothing is left.
 * @throws InputError unless the strength is a finite number of at least 0; in a call, for another number of logits
 * Source: Schiff et al., "Simple Guidance Mechanisms for Discrete Diffusion Models" (arXiv 2412.10193), D-CFG; Nisonoff et al.
 * (arXiv 2406.01572) for rates.
 * @example
 * ```ts
 * import { generate, guided, mdlm } from '@idlm/samplers';
 *
 * // Of two tokens and the mask, the condition likes the first.
 * const liking = (logit: number) => async ({ positions }: { positions: Int32Array }) =>
 *   Float64Array.from({ length: positions.length * 3 }, (_, i) => (i % 3 === 0 ? logit : 0));
 * const family = mdlm({ vocabSize: 3, maskId: 2 });
 * const network = guided(liking(1), liking(0), { strength: 20, family });
 * const { tokens } = await generate(network, family, 4, { length: 6 });
 * console.log(...tokens); // → 0 0 0 0 0 0
 * ```
 */
export function guided(
  conditional: Denoise | Network,
  unconditional: Denoise | Network,
  options: GuidanceOptions,
): Network {
  checkStrength(options);
  const { strength, family } = options;
  const [knowing, other] = [conditional, unconditional].map((denoise) => networkOf({ denoise }));
  if (strength === 1) return knowing!;
  if (strength === 0) return other!;
  const width = family.process.vocabSize;
  const asked = [knowing!, other!].map((network) => atRowTimes(network, width, NAME));
  const denoise = async (request: DenoiseRequest): Promise<Float64Array> => {
    const found = await Promise.all(asked.map((ask) => ask(request)));
    for (const logits of found) checkLogits(logits, request.positions.length, width, NAME);
    const rowsAt = guidedRowsOf(family, request);
    const out = new Float64Array(found[0]!.length);
    request.positions.forEach((position, n) => {
      const [at, rows] = [n * width, rowsAt(position)];
      const [row, without] = found.map((logits) => Float64Array.from(logits.subarray(at, at + width)));
      rows.toLogs(row!);
      rows.toLogs(without!);
      for (let v = 0; v < width; v++) row![v] = mixed(row![v]!, without![v]!, strength);
      rows.toLogits(row!);
      out.set(row!, at);
    });
    return out;
  };
  const timesPerRow = guidanceReadsTime(family) || (knowing!.timesPerRow && other!.timesPerRow);
  return { denoise, atOnce: knowing!.atOnce, timesPerRow };
}
