import { InputError, UnknownName, isInputError, isUnknownName } from './errors';

/** A second copy of the classes. */
async function otherCopy() {
  jest.resetModules();
  return await import('./errors');
}

describe('errors of a process with two copies of their classes', () => {
  it('are told whichever of both they are of', async () => {
    const other = await otherCopy();
    const errors = [new InputError('a'), new UnknownName('b'), new other.InputError('a'), new other.UnknownName('b')];
    expect(other.InputError).not.toBe(InputError);
    expect(errors.map(isInputError)).toEqual([true, true, true, true]);
    expect(errors.map(isUnknownName)).toEqual([false, true, false, true]);
  });

  it.each([undefined, null, 'text', 2, {}, new Error('a fault'), new RangeError('2')])('%s is none of them', (thrown) =>
    expect([isInputError(thrown), isUnknownName(thrown)]).toEqual([false, false]),
  );
});
