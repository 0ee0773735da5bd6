export { InputError, withinSeconds } from '@idlm/core-diffusion/choices';
