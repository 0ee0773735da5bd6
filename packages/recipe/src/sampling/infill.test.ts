import { InputError } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { FREE } from '@idlm/samplers';
import { encodeInfill } from '../text/infill';
import { fitInfill } from './infill';
import type { Writer } from './writer';

type Asked = Parameters<NonNullable<Writer['holeLength']>>[0];

/** A writer that finds every hole two tokens longer than the least. */
function writerOf(): { readonly asked: Asked[]; readonly writer: Writer } {
  const asked: Asked[] = [];
  const holeLength: Writer['holeLength'] = async (hole) => {
    asked.push(hole);
    return hole.least! + 2;
  };
  return { asked, writer: { holeLength } as Writer };
}

it('settles holes from left to right, and keeps what is given to the letter', async () => {
  const tokenizer = await tokenizers.create('characters', { normalise: 'letters' });
  const { asked, writer } = writerOf();
  const infill = encodeInfill('A1 [[2]]sea[[?]] \\[[be[[1-9]]]!', tokenizer);
  const { given, fills, filled } = await fitInfill(infill, writer, tokenizer, 30);
  expect(asked).toMatchObject([
    { least: 1, most: 18 },
    { least: 1, most: 9 },
  ]);
  // What comes before holds the holes that are settled.
  expect(Array.from(asked[1]!.before).filter((token) => token === FREE).length).toBe(2 + 3);
  const tokens = given.clamp.map((token) => (token === FREE ? tokenizer.encode('x')[0]! : token));
  expect(fills(tokens)).toEqual(['xx', 'xxx', 'xxx']);
  expect(filled(tokens)).toBe('A1 xxseaxxx [[bexxx]!');
  await expect(fitInfill(infill, writer, tokenizer, 12)).rejects.toThrow(InputError);
});

it('takes the text of holes as it stands behind others', async () => {
  const gpt2 = await tokenizers.create('gpt2', { normalise: 'none' });
  const { writer } = writerOf();
  const { given, filled } = await fitInfill(encodeInfill('The [[1]] is white', gpt2), writer, gpt2, 10);
  const [whale] = gpt2.encode(' whale');
  expect(filled(given.clamp.map((token) => (token === FREE ? whale! : token)))).toBe('The  whale is white');
});
