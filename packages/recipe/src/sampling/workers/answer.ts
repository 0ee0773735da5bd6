import { logLinear } from '@idlm/core-diffusion';
import { type HostDenoiser, denoisers, hostDenoiser } from '@idlm/denoiser';
import { openWasm } from '@idlm/engine/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type Answer, type Order, type Question, type Reply, type SharedNetwork, failureIn } from './messages';

function load({ network, weights }: SharedNetwork): HostDenoiser {
  const parameters = Object.fromEntries(
    weights.map(({ name, shape, values }) => [name, tf.tensor(values, [...shape], 'float32')]),
  );
  return hostDenoiser({
    denoiser: denoisers.create(network),
    parameters,
    schedule: { ...logLinear(), sigma: (sigma) => sigma },
  });
}

/** Whether networks of a type are registered in this thread. */
export const answerTo = ({ knows }: Question): Answer => ({
  isKnown: denoisers.entries().some(([name]) => name === knows),
});

/** What a worker does: it answers orders on its own WASM engine, with networks that the orders bring. */
export function answering(): (order: Order) => Promise<Reply> {
  const networks = new Map<number, HostDenoiser>();
  return async (order) => {
    try {
      if (order.load) {
        await openWasm();
        networks.set(order.id, load(order.load));
      }
      return { values: await networks.get(order.id)!.denoise(order.request) };
    } catch (error) {
      return { failure: failureIn(error as Error) };
    }
  };
}
