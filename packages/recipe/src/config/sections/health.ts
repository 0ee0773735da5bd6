import { z } from 'zod';
import { positive, whole } from './values';

/** How a training is watched, and what it may take. */
export const health = z.strictObject({
  skip: z
    .boolean()
    .default(true)
    .describe(
      'Whether batches whose loss or gradient is not finite, or whose loss is a spike, are skipped; false: the first that is not finite ends the run.',
    ),
  spike: positive()
    .nullable()
    .default(null)
    .describe(
      'Times the spread of the last 64 losses that a loss may be above their median; the spread is that of normal numbers by their median distance, at least a fiftieth of the median. null: any finite loss is taken. 20 suits losses that are far from 0; a text that is learned by heart has rare large ones.',
    ),
  patience: whole()
    .default(3)
    .describe('Batches skipped in a row after which the weights of the last regular checkpoint are put back.'),
  rollbacks: whole(0).default(2).describe('Times that weights are put back before the run ends.'),
  hours: positive()
    .nullable()
    .default(null)
    .describe('Hours after which a run saves and ends, to go on with --resume; null: any.'),
  gigabytes: positive()
    .nullable()
    .default(null)
    .describe('Memory of the process at which a run saves and ends; null: any.'),
  stallMinutes: positive()
    .nullable()
    .default(30)
    .describe('Minutes without an update after which a thread of its own warns that the run may hang; null: never.'),
});
