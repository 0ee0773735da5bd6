import type { DistillationBatch } from '../../objective';

/** The batch of a training step, which has a number: without one a family's noise is that of evaluation. */
export const numbered = (batch: DistillationBatch): DistillationBatch => ({ ...batch, update: batch.update ?? 0 });
