import { FREE, type Frame, type Sample } from '@idlm/samplers';
import type { WriteRequest, Writer } from './writer';

/** The request for texts behind a token that stands before each. */
function begun({ batch, length, clamp, ...rest }: WriteRequest, rowStart: number): WriteRequest {
  const width = length + 1;
  const given = new Int32Array(batch * width).fill(FREE);
  for (let row = 0; row < batch; row++) {
    given[row * width] = rowStart;
    if (clamp) given.set(clamp.subarray(row * length, (row + 1) * length), row * width + 1);
  }
  return { ...rest, batch, length: width, clamp: given };
}

/** Rows without their first token. */
const textsOf = (tokens: Int32Array, width: number): Int32Array => tokens.filter((_, i) => i % width > 0);

async function* framesOf(writer: Writer, request: WriteRequest): AsyncGenerator<Frame, Sample> {
  const frames = writer.write(request);
  try {
    for (let next = await frames.next(); ; next = await frames.next()) {
      const tokens = textsOf(next.value.tokens, request.length);
      if (next.done) return { ...next.value, tokens, length: request.length - 1 };
      yield { ...next.value, tokens };
    }
  } finally {
    // Whoever has seen enough ends the writing too.
    await frames.return(undefined as never);
  }
}

/** A writer whose network is given a token before every text; neither requests nor texts know of it. */
export const behindRowStart = (writer: Writer, rowStart: number): Writer => ({
  ...writer,
  ...(writer.holeLength && {
    holeLength: ({ before, ...hole }) => writer.holeLength!({ ...hole, before: [rowStart, ...Array.from(before)] }),
  }),
  write: (request) => framesOf(writer, begun(request, rowStart)),
  async writeAll(request) {
    const sample = await writer.writeAll(begun(request, rowStart));
    return { ...sample, tokens: textsOf(sample.tokens, request.length + 1), length: request.length };
  },
});
