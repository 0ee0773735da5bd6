/**
 * What sampling needs, without a tensor library behind it: families as samplers see them, processes, schedules, grids of times,
 * random streams. The main entry holds the same values, with families that also train.
 */
export { InputError, isInputError } from './errors';
export type { Vocabulary } from './families/choice';
export type { D3pmOptions, UniformD3pmOptions } from './families/d3pm/options';
export { d3pmSampling as d3pm, uniformD3pmSampling as uniformD3pm } from './families/d3pm/sampling';
export type { DuoOptions } from './families/duo/options';
export { duoSampling as duo } from './families/duo/sampling';
export type { MdlmOptions } from './families/mdlm/options';
export { mdlmSampling as mdlm } from './families/mdlm/sampling';
export type { SamplingFamily } from './families/sampling-family';
export { samplingFamilies as families } from './families/sampling-registry';
export type { SeddOptions } from './families/sedd/options';
export { seddSampling as sedd } from './families/sedd/sampling';
export type { UdlmOptions } from './families/udlm/options';
export { udlmSampling as udlm } from './families/udlm/sampling';
export type { TemperatureCurriculum } from './gaussian/temperature';
export { batchRowOf } from './flat-positions';
export { LOGITS_AT_ONCE, countAtOnce } from './logits-at-once';
export type { OptionDeclaration, OptionDeclarations, OptionKind, OptionRange, OptionsOf } from './option-declarations';
export { readOptions } from './options';
export { absorbing } from './processes/absorbing';
export type { ForwardProcess, SignalLevel, TokenBatch, Unmasking } from './processes/process';
export { uniform } from './processes/uniform';
export { categorical } from './random/categorical';
export { type RandomState, type RandomStream, randomStream, restoreStream } from './random/stream';
export { type DefineEntry, type Entry, type Registry, createRegistry } from './registry';
export type { Members } from './required-members';
export { cosine, cosineSquared, duoCosine } from './schedules/cosine';
export { logLinear } from './schedules/log-linear';
export { polynomial } from './schedules/polynomial';
export { type RowTimes, timesOfRows } from './row-times';
export { schedules } from './schedules/registry';
export type { NoiseSchedule } from './schedules/schedule';
export { type SigmaRange, geometric, linear } from './schedules/sigma-schedules';
export type { Json, Spec } from './spec';
export { type TimeGridOptions, checkGrid, equalAlphaGrid, timeGrid } from './time-grid';
