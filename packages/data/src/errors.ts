export { InputError } from '@idlm/core-diffusion/choices';
