export { InputError, parseJson, withinSeconds } from '@idlm/core-diffusion/choices';
