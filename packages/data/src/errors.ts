export { InputError, isInputError, jsonFault, parseJson, quoted, withinSeconds } from '@idlm/core-diffusion/choices';
