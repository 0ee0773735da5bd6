import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '@idlm/recipe/config';
import { openModel } from '@idlm/recipe';
import { readSampledFiles } from '@idlm/recipe/models';
import { createServer, savedModel } from '../index';

const STUDENT = join(__dirname, '../../../cli/assets/pair/student');

it('writes what the model writes alone, whoever else is served, with what its folder recommends', async () => {
  const told: object[] = [];
  const source = await savedModel(STUDENT, { onOpen: (opened) => void told.push(opened) });
  expect(source).toMatchObject({ id: 'student', facts: { length: 24, steps: 16, temperature: 0.6, family: 'mdlm' } });
  const server = createServer({ models: [source] });
  const complete = async (body: object) => {
    const response = await server.app.request('/v1/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'student', ...body }),
    });
    return (await response.json()) as { choices: { text: string; finish_reason: string }[] };
  };
  const prompts = ['And he said', 'In the beginning', 'The king of'];
  const answers = await Promise.all(
    prompts.flatMap((prompt) => [8, 16].map((steps) => complete({ prompt, steps, seed: 5, n: 8, echo: true }))),
  );
  await server.dispose();
  expect(told).toEqual([{ id: 'student', runtime: expect.stringMatching(/^ONNX Runtime /), isBlocking: false }]);
  const alone = await openModel(STUDENT, resolveConfig({}));
  const { tokenizer } = await readSampledFiles(STUDENT, resolveConfig({}));
  for (const [i, prompt] of prompts.entries())
    for (const [j, steps] of [8, 16].entries()) {
      const texts = await alone.sample({ prompt, steps, seed: 5, count: 8 });
      const { choices } = answers[2 * i + j]!;
      expect(choices.map(({ text }) => text)).toEqual(texts);
      expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(
        texts.map((text) => (tokenizer.encode(text).length < 24 ? 'stop' : 'length')),
      );
    }
});

it('guides as the model alone is guided', async () => {
  const server = createServer({ models: [await savedModel(STUDENT)] });
  const body = { model: 'student', prompt: 'And he said', seed: 5, n: 8, echo: true, guidance: 2.5 };
  const response = await server.app.request('/v1/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { choices } = (await response.json()) as { choices: { text: string }[] };
  await server.dispose();
  const alone = await openModel(STUDENT, resolveConfig({}));
  const written = (guidance: number | null) =>
    alone.sample({ prompt: 'And he said', seed: 5, count: 8, sampling: { guidance } });
  const texts = await written(2.5);
  expect(choices.map(({ text }) => text)).toEqual(texts);
  expect(texts).not.toEqual(await written(null));
});

it('writes on the grid of times that its folder recommends for as many steps, and evenly at others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'saved-grid-'));
  const grid = [1, 0.95, 0.3, 0.02];
  await cp(STUDENT, folder, { recursive: true });
  await writeFile(join(folder, 'generation_config.json'), JSON.stringify({ time_grids: [grid] }));
  const server = createServer({ models: [await savedModel(folder, { id: 'student' })] });
  const served = async (steps: number): Promise<string[]> => {
    const body = JSON.stringify({ model: 'student', prompt: 'And he said', steps, seed: 5, n: 8, echo: true });
    const headers = { 'content-type': 'application/json' };
    const response = await server.app.request('/v1/completions', { method: 'POST', headers, body });
    const { choices } = (await response.json()) as { choices: { text: string }[] };
    return choices.map(({ text }) => text);
  };
  const found = [await served(3), await served(4)];
  await server.dispose();
  await rm(folder, { recursive: true });
  const alone = async (spacing: string, steps: number): Promise<string[]> => {
    const settings = [`sampling.spacing=${spacing}`, 'sampling.temperature=1'];
    const model = await openModel(STUDENT, resolveConfig({ settings }));
    return model.sample({ prompt: 'And he said', steps, seed: 5, count: 8 });
  };
  expect(found).toEqual([await alone(JSON.stringify(grid), 3), await alone('uniform', 4)]);
  expect(found[0]).not.toEqual(await alone('uniform', 3));
});

it('refuses what is no model', async () => {
  await expect(savedModel('/nowhere/model')).rejects.toThrow('/nowhere/model');
});

it.each<[string, object, string[]]>([
  [
    'held to a pattern',
    { pattern: '(?:and|but) [a-z ]+ (?:king|house)[a-z ,.]*' },
    ['sampling.pattern=(?:and|but) [a-z ]+ (?:king|house)[a-z ,.]*'],
  ],
  ['in blocks', { block: 10 }, ['sampling.block=10']],
  ['on other times', { spacing: 'cosine' }, ['sampling.spacing=cosine']],
])('writes %s what the model writes so alone', async (_, fields, settings) => {
  const server = createServer({ models: [await savedModel(STUDENT)] });
  const response = await server.app.request('/v1/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'student', steps: 8, seed: 5, n: 6, ...fields }),
  });
  const { choices } = (await response.json()) as { choices: { text: string }[] };
  await server.dispose();
  const alone = await openModel(STUDENT, resolveConfig({ settings }));
  const texts = await alone.sample({ steps: 8, seed: 5, count: 6 });
  expect(choices.map(({ text }) => text)).toEqual(texts);
});
