import { toyModel } from '../../test/toy-model';
import { modelPool } from './model-pool';
import type { ModelSource } from './served-model';

const sourceOf = (id: string, bytes = 40): ModelSource => ({ ...toyModel({ id }).source, bytes });

function opened(sources: readonly ModelSource[], maxBytes = 100) {
  const events: string[] = [];
  const models = modelPool(sources, maxBytes, async ({ id }) => {
    events.push(`open ${id}`);
    await Promise.resolve();
    if (id === 'broken') throw new Error('it is broken');
    return { id, dispose: () => void events.push(`close ${id}`) };
  });
  return { models, events };
}

it('opens a model once for all who ask, and keeps it', async () => {
  const { models, events } = opened([sourceOf('a')]);
  expect([models.isOpen('a'), models.bytes()]).toEqual([false, 0]);
  const [one, two] = await Promise.all([models.acquire('a'), models.acquire('a')]);
  expect(one.model).toBe(two.model);
  [one, two, two].forEach(({ release }) => release());
  await models.acquire('a');
  expect([events, models.isOpen('a'), models.bytes()]).toEqual([['open a'], true, 40]);
  await models.dispose();
  expect(events).toEqual(['open a', 'close a']);
});

it('closes the one that was acquired longest ago where another needs its room, and none that is in use', async () => {
  const { models, events } = opened(['a', 'b', 'c', 'd'].map((id) => sourceOf(id)));
  const [a, b] = [await models.acquire('a'), await models.acquire('b')];
  await expect(models.acquire('c')).rejects.toMatchObject({ status: 503, retryAfter: 1 });
  a.release();
  b.release();
  (await models.acquire('a')).release();
  const c = await models.acquire('c');
  expect(events).toEqual(['open a', 'open b', 'close b', 'open c']);
  await models.acquire('d');
  expect(events.slice(4)).toEqual(['close a', 'open d']);
  expect([models.isOpen('a'), models.isOpen('c'), models.bytes()]).toEqual([false, true, 80]);
  c.release();
});

it('tries again what could not be opened', async () => {
  const { models, events } = opened([sourceOf('broken')]);
  await expect(models.acquire('broken')).rejects.toThrow('it is broken');
  await expect(models.acquire('broken')).rejects.toThrow('it is broken');
  expect([events, models.bytes()]).toEqual([['open broken', 'open broken'], 0]);
});

it('refuses two of one name, and one that has no room alone', () => {
  expect(() => opened([sourceOf('a'), sourceOf('a')])).toThrow('Two models are called "a"');
  expect(() => opened([sourceOf('a', 3e6)], 2e6)).toThrow('"a" takes some 3 MB, and the limit of all models is 2 MB');
});
