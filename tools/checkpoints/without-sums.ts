/**
 * A checkpoint of torch.save without the sums of its members, as one that was written without them: so that what is mutated in it is read, and
 * not refused for its sum.
 */
export function withoutSums(checkpoint: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Buffer.from(checkpoint);
  for (let at = copy.indexOf('PK\x01\x02'); at >= 0; at = copy.indexOf('PK\x01\x02', at + 4))
    copy.writeUInt32LE(0, at + 16);
  return Uint8Array.from(copy);
}
