import type { HostRequest } from '@idlm/denoiser/requests';
import type { OnnxDenoiser } from './denoiser';
import { trustedDenoiser } from './trusted-denoiser';

const [vocabSize, length] = [7, 16];

/** Logits that tell token, position and vocabulary apart, with something added to one of those of each call. */
const network = (error = 0): OnnxDenoiser => ({
  atOnce: 1,
  async denoise({ tokens, positions }: HostRequest) {
    const logits = Float32Array.from({ length: positions.length * vocabSize }, (_, i) => {
      const position = positions[Math.floor(i / vocabSize)]!;
      return Math.sin(3 * tokens[position]! + position + (i % vocabSize));
    });
    logits[1]! += error;
    return logits;
  },
});

const failing = (message: string): OnnxDenoiser => ({
  atOnce: 1,
  denoise: () => Promise.reject(new Error(message)),
});

it.each([0, 5e-4])('trusts a network whose logits are off by %d', async (error) => {
  const [candidate, reference] = [network(error), network()];
  const trusted = await trustedDenoiser({ network: candidate, reference, vocabSize, length });
  expect([trusted.network, trusted.isTrusted]).toEqual([candidate, true]);
  expect(trusted.agreement!.largest).toBeCloseTo(error, 6);
  expect(trusted.agreement!.positions).toBe(64);
});

it.each([0.01, NaN, Infinity])('takes the reference for a network with a logit that is off by %d', async (error) => {
  const reference = network();
  const trusted = await trustedDenoiser({ network: network(error), reference, vocabSize, length });
  expect([trusted.network, trusted.isTrusted]).toEqual([reference, false]);
});

it('lets more pass where more is asked for, and compares as many positions', async () => {
  const options = { network: network(0.01), reference: network(), vocabSize, length, largest: 0.02, positions: 8 };
  const { isTrusted, agreement } = await trustedDenoiser(options);
  expect([isTrusted, agreement!.positions]).toEqual([true, 8]);
});

it('takes the reference for a network that fails, and tells what the reference throws', async () => {
  const reference = network();
  const trusted = await trustedDenoiser({ network: failing('device lost'), reference, vocabSize, length });
  expect(trusted).toEqual({ network: reference, isTrusted: false, agreement: undefined });
  await expect(
    trustedDenoiser({ network: network(), reference: failing('no memory'), vocabSize, length }),
  ).rejects.toThrow('no memory');
});
