/**
 * What every kind of choice by name is made of, without a tensor library behind it: registries, options, refusals, and checks of
 * what an implementation promises. The main entry holds the same values.
 */
export { type ConformanceCheck, demand } from './conformance';
export { chiSquare, chiSquareLimit } from './conformance/chi-square';
export { InputError, UnknownName, isInputError, isUnknownName } from './errors';
export { didYouMean } from './nearest-name';
export {
  type OptionDeclaration,
  type OptionDeclarations,
  type OptionKind,
  type OptionRange,
  type OptionsOf,
  declarationOf,
  optionInWords,
} from './option-declarations';
export { readOptions, requireDeclarations, requireRanges } from './options';
export { type Choices, type DefineEntry, type Entry, type Registry, createChoices, createRegistry } from './registry';
export { jsonFault, parseJson } from './parse-json';
export { type Members, requireMembers } from './required-members';
export type { Json, Spec } from './spec';
export { quoted, shortened } from './wording';
export { withinSeconds } from './within-seconds';
