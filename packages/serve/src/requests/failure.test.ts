import { failureOf, isFault } from './failure';

/** An `InputError` of another copy of its class, such as that of a package of the user's. */
async function otherInputError(message: string): Promise<Error> {
  jest.resetModules();
  const { InputError } = await import('@idlm/core-diffusion/errors');
  return new InputError(message);
}

it('what the client can mend is no fault of the server, whichever copy of the class says it', async () => {
  const error = await otherInputError('The prompt is empty.');
  expect([failureOf(error).status, failureOf(error).message, isFault(error)]).toEqual([
    400,
    'The prompt is empty.',
    false,
  ]);
  expect([failureOf(new Error('x')).status, isFault(new Error('x'))]).toEqual([500, true]);
});
