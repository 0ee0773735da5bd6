export { InputError, UnknownName } from '@idlm/core-diffusion/choices';
