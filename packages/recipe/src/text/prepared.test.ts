import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrepareOptions, openCorpus, tokenizers, writeShards } from '@idlm/data';
import { resolveConfig } from '../config/load';
import { preparedFolder, withPreparedText } from './prepared';
import { writePrepared } from './corpus';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepared-'));
  await writeFile(join(folder, 'sea.txt'), 'the sea, the sea and the whale\n'.repeat(40));
  await writeFile(join(folder, 'ape.txt'), 'an ape ate a grape and a tape\n'.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

const configured = (...settings: string[]) => resolveConfig({ settings });

describe('withPreparedText', () => {
  beforeAll(async () => {
    const write = async (name: string, ...settings: string[]) =>
      writePrepared(configured('data.length=16', ...settings).config, {
        inputs: [join(folder, 'sea.txt')],
        out: join(folder, name),
      });
    await write('packed', 'data.tokenizer=bytes', 'data.normalise=none');
    await write('rows', 'data.layout=rows', 'data.length=32');
    await write('bars', 'data.separator="|"', 'data.tokenizer=bytes', 'data.normalise=none');
    const pairs = Array.from({ length: 20 }, (_, i) => JSON.stringify({ q: `${i}+1=`, text: String(i + 1) }));
    await writeFile(join(folder, 'sums.jsonl'), pairs.join('\n'));
    const prompted = ['data.promptField=q', 'data.promptSeparator=" -> "', 'data.length=16', 'data.normalise=none'];
    await writePrepared(configured(...prompted).config, {
      inputs: [join(folder, 'sums.jsonl')],
      out: join(folder, 'sums'),
    });
  });
  const read = async (name: string, ...settings: string[]) =>
    withPreparedText(configured(`data.corpus=${join(folder, name)}`, ...settings));

  it.each([
    ['packed', 'data.tokenizer=characters', 'data.tokenizer "bytes", and --set says "characters"'],
    ['packed', 'data.normalise=letters', 'data.normalise "none", and --set says "letters"'],
    ['packed', 'data.heldOut=0.3', 'data.heldOut 0.1, and --set says 0.3'],
    ['packed', 'data.field=body', '--set data.field: it would change nothing here: '],
    ['packed', 'data.promptField=q', 'is prepared, and its files are not read; leave it out.'],
    ['packed', 'data.format=csv', '--set data.format: it'],
    ['rows', 'data.windowEnds=true', 'data.windowEnds false, and --set says true'],
    ['rows', 'data.length=8', 'data.length 32, and --set says 8'],
    ['rows', 'data.separator="|"', 'data.separator null, and --set says "|"'],
    ['rows', 'data.layout=packed', 'data.layout "rows", and --set says "packed"'],
    ['packed', 'data.promptSeparator=": "', 'data.promptSeparator null, and --set says ": "'],
    ['packed', 'data.layout=rows', 'data.layout "packed", and --set says "rows"'],
    ['bars', 'data.separator=null', 'data.separator "|", and --set says null'],
    ['bars', 'data.separator=""', 'data.separator "|", and --set says ""'],
    ['sums', 'data.promptField=body', 'data.promptField "q", and --set says "body"'],
    ['sums', 'data.promptField=null', 'data.promptField "q", and --set says null'],
    ['sums', 'data.promptSeparator=null', 'data.promptSeparator " -> ", and --set says null'],
  ])('refuses what a text is not any more: %s, %s', async (name, setting, sentence) => {
    await expect(read(name, setting)).rejects.toThrow(sentence);
  });

  it('takes settings that say what it is, and the lengths of windows', async () => {
    const same = ['data.tokenizer=bytes', 'data.normalise=none', 'data.length=8'];
    const { data } = (await read('packed', ...same)).config;
    expect([data.tokenizer, data.normalise, data.length]).toEqual(['bytes', 'none', 8]);
    const inFolder = (await read('packed', `data.tokenizer=${join(folder, 'packed')}`)).config;
    expect([inFolder.data.tokenizer, inFolder.data.length]).toEqual([join(folder, 'packed'), 16]);
  });

  it('takes a tokenizer that is the same whether its default is set or left out', async () => {
    const characters = tokenizers.get('characters');
    const spec = (size: number) => ({ name: 'sized', options: { size } });
    tokenizers.register('sized', {
      ...{ description: 'characters, so many', options: { size: { kind: 'number', default: 27 } } },
      fit: async ({ size }, text) => ({ ...(await characters.fit({}, text)), spec: spec(size) }),
      load: async (saved, { size }) => ({ ...(await characters.load(saved, {})), spec: spec(Number(size)) }),
    });
    const sized = 'data.tokenizer={ name: sized, options: { size: 27 } }';
    const { config } = configured('data.length=16', 'data.tokenizer=sized');
    await writePrepared(config, { inputs: [join(folder, 'sea.txt')], out: join(folder, 'sized') });
    for (const same of ['data.tokenizer=sized', sized])
      expect((await read('sized', same)).config.data.corpus).toBe(join(folder, 'sized'));
    await expect(read('sized', sized.replace('27', '28'))).rejects.toThrow('and --set says');
  });

  it('is what it was prepared with in each field, whatever the defaults are', async () => {
    const { data } = (await read('sums')).config;
    expect(data).toMatchObject({
      ...{ layout: 'rows', length: 16, normalise: 'none', tokenizer: 'characters', heldOut: 0.1, windowEnds: false },
      ...{ promptField: 'q', promptSeparator: ' -> ', separator: null },
    });
    const same = ['data.promptField=q', 'data.promptSeparator=" -> "', 'data.layout=null', 'data.normalise=null'];
    expect((await read('sums', ...same)).config.data).toEqual(data);
    expect((await read('bars')).config.data).toMatchObject({ separator: '|', layout: 'packed', promptField: null });
  });

  it('has a place for every field of data, each taken, checked or refused', async () => {
    const { config } = await read('packed');
    const known = ['corpus', 'format', 'field', 'promptField', 'promptSeparator', 'layout', 'normalise', 'tokenizer'];
    expect(Object.keys(config.data)).toEqual([...known, 'separator', 'windowEnds', 'padding', 'length', 'heldOut']);
  });

  it('forgives how a model’s run read its own files', async () => {
    const asked = configured(`data.corpus=${join(folder, 'packed')}`);
    const ofRun = { ...asked.config, data: { ...asked.config.data, field: 'body' } };
    const loaded = { config: ofRun, origins: { ...asked.origins, 'data.field': 'runs/teacher' } };
    expect((await withPreparedText(loaded)).config.data.normalise).toBe('none');
  });
});

describe('the folder beside a run', () => {
  const run = () => join(folder, 'runs', 'one');
  const optionsOf = async (more: Partial<PrepareOptions>, name = 'sea.txt'): Promise<PrepareOptions> => ({
    source: await openCorpus({ path: join(folder, name), field: 'text', unit: 'file' }),
    ...{ layout: 'packed', length: 16, heldOut: 0.1, ...more },
  });
  const { data } = { data: { field: 'text', promptField: null } as never };

  it('is another one wherever the tokens are others', async () => {
    const all = [
      await optionsOf({}),
      await optionsOf({}, 'ape.txt'),
      await optionsOf({ normalise: 'none' }),
      await optionsOf({ heldOut: 0.2 }),
      await optionsOf({ separator: '|' }),
      await optionsOf({ tokenizer: 'bytes' }),
      await optionsOf({ layout: 'rows' }),
      await optionsOf({ layout: 'rows', length: 17 }),
      await optionsOf({ layout: 'rows', rowStart: true }),
      await optionsOf({ layout: 'rows', windowEnds: true }),
    ];
    const folders = await Promise.all(all.map((options) => preparedFolder(run(), data, options)));
    expect(new Set(folders).size).toBe(all.length);
    // Packed text may be cut into any windows.
    for (const more of [{ length: 17 }, { windowEnds: true }])
      expect(await preparedFolder(run(), data, await optionsOf(more))).toBe(folders[0]);
  });

  it('is another one for other fields of the files, and what stands behind prompts', async () => {
    const reading = (field: string, promptField: string | null) => ({ field, promptField }) as never;
    const rows = await optionsOf({ layout: 'rows' });
    const folders = await Promise.all([
      preparedFolder(run(), reading('text', null), rows),
      preparedFolder(run(), reading('body', null), rows),
      preparedFolder(run(), reading('text', 'q'), rows),
      preparedFolder(run(), reading('text', 'q'), { ...rows, promptSeparator: ' -> ' }),
    ]);
    expect(new Set(folders).size).toBe(4);
    expect(await preparedFolder(join(folder, 'runs', 'two'), reading('text', null), rows)).toBe(folders[0]);
    expect(await preparedFolder(join(folder, 'other', 'one'), reading('text', null), rows)).not.toBe(folders[0]);
  });

  it('is another one once a file has changed', async () => {
    const path = join(folder, 'changing.txt');
    await writeFile(path, 'one');
    const before = await preparedFolder(run(), data, await optionsOf({}, 'changing.txt'));
    await writeFile(path, 'three');
    expect(await preparedFolder(run(), data, await optionsOf({}, 'changing.txt'))).not.toBe(before);
  });

  it('is that of a training for its own model, and none that learned another text', async () => {
    await mkdir(join(folder, 'runs'), { recursive: true });
    const tokenizer = { name: 'bpe', options: { vocabSize: 262 } };
    const learned = (text: string) =>
      tokenizers.create(tokenizer, {
        async *texts() {
          yield text.repeat(40);
        },
      });
    const training = await optionsOf({ tokenizer });
    const out = await preparedFolder(run(), data, training);
    const ofApes = await optionsOf({ tokenizer: await learned('an ape ate a grape and a tape\n') });
    // Before the text is prepared for a training, too: what a model learned is not what that would learn.
    expect(await preparedFolder(run(), data, ofApes)).not.toBe(out);
    await writeShards({ ...training, out, threads: 0 });
    expect(await preparedFolder(run(), data, ofApes)).not.toBe(out);
    const ofSea = await optionsOf({ tokenizer: await learned('the sea, the sea and the whale\n') });
    expect(await preparedFolder(run(), data, ofSea)).toBe(out);
  });
});
