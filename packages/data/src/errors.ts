export { InputError, isInputError, jsonFault, parseJson, withinSeconds } from '@idlm/core-diffusion/choices';
