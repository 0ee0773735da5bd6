export { InputError } from '@idlm/core-diffusion/errors';
