export { InputError, isInputError } from '@idlm/core-diffusion/errors';
