export { InputError, isInputError, parseJson, withinSeconds } from '@idlm/core-diffusion/choices';
