// Contracts and choices by name.
export { type ConformanceCheck, demand } from './conformance';
export {
  type ApplyOptions,
  type Denoiser,
  type DenoiserInput,
  type NetworkConfig,
  type NetworkDescription,
  type OutputHead,
  type Parameters,
} from './denoiser';
export { InputError, UnknownName, isInputError, isUnknownName } from './errors';
export { jsonFault, parseJson } from './parse-json';
export { type Choices, type DefineEntry, type Entry, type Registry, createChoices, createRegistry } from './registry';
export { type Members, requireMembers } from './required-members';
export { withinSeconds } from './within-seconds';
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
export { didYouMean } from './nearest-name';
export { quoted, shortened } from './wording';
export { type Json, type Spec, specOf } from './spec';

// Randomness and times.
export { type RandomState, type RandomStream, randomStream, restoreStream } from './random/stream';
export { categorical, pickCategory } from './random/categorical';
export { type BatchPart, type TimeOptions, drawTimes, timesFromUniforms } from './times';
export { type TimeGridOptions, checkGrid, equalAlphaGrid, timeGrid } from './time-grid';

// Noise schedules.
export { type ImportanceTimes, type NoiseSchedule } from './schedules/schedule';
export { schedules } from './schedules/registry';
export { type ScheduleParts, makeSchedule } from './schedules/make-schedule';
export { importanceOf } from './schedules/importance';
export { cosine, cosineSquared, duoCosine } from './schedules/cosine';
export { logLinear } from './schedules/log-linear';
export { polynomial } from './schedules/polynomial';
export { type SigmaRange, geometric, linear } from './schedules/sigma-schedules';

// Forward processes.
export { type ForwardProcess, type SignalLevel, type TokenBatch, type Unmasking } from './processes/process';
export { absorbing } from './processes/absorbing';
export { uniform } from './processes/uniform';

// Families.
export { type Family, type LossTerms } from './families/family';
export { type SamplingFamily } from './families/sampling-family';
export { type Vocabulary } from './families/choice';
export { families } from './families/registry';
export { mdlm } from './families/mdlm/mdlm';
export { type MdlmNoise, mdlmNoise } from './families/mdlm/noise';
export { type MdlmOptions } from './families/mdlm/options';
export { udlm } from './families/udlm/udlm';
export { type RowSignals, type UdlmLevels, type UdlmNoise, udlmLevels } from './families/udlm/noise';
export { type UdlmOptions } from './families/udlm/options';
export { duo } from './families/duo/duo';
export { type DuoNoise } from './families/duo/noise';
export { type LatentDraws, type LatentLevels, latentDraws } from './families/duo/latent';
export { type TopTokenDraws } from './families/duo/top-tokens';
export { type DuoOptions } from './families/duo/options';
export { sedd } from './families/sedd/sedd';
export { type MaskedSeddNoise, type UniformSeddNoise } from './families/sedd/noise';
export { type SeddOptions } from './families/sedd/options';
export { d3pm } from './families/d3pm/absorbing';
export { uniformD3pm } from './families/d3pm/uniform';
export { type D3pmNoise, type UniformD3pmLevels, type UniformD3pmNoise } from './families/d3pm/noise';
export { type D3pmOptions, type UniformD3pmOptions } from './families/d3pm/options';

// The loss of a batch, drawn on the host and computed on the device.
export {
  type LossBatch,
  type LossDraws,
  type LossFeeds,
  type LossOptions,
  batchLoss,
  diffusionLoss,
  diffusionLosses,
  drawLoss,
  drawNoise,
  idsFeed,
  slotFactors,
} from './training/batch-loss';
export { noiseOf } from './training/family-results';
export {
  type NetworkLossOptions,
  logProbsAt,
  hiddenAt,
  lossInput,
  networkLoss,
  predictAt,
} from './training/network-loss';
export { nextTokenNats } from './training/next-token-nats';
export type { DiffusionModel } from './training/model';
export { type SlotLoss, logitsSource, lossesInParts, positionsOfPart } from './training/loss-in-parts';
export { type SlotSource, allSlots, constantSource, joined } from './tensors/slot-source';
export { type Reduction, reductionFactors } from './losses/reduction';
export { nextTokenLoss } from './losses/next-token';

// What families are made of.
export { type MarkedBatch, checkBatch, countedMarks, markBatch } from './noise/batch';
export { type NoiseFeeds, type NoiseOptions, type NoisyTokens } from './noise/noise';
export { type LossPlaces, countedSlots, lossPlaces, padPositions, slotCount, slotsOf } from './noise/positions';
export { type MaskNoise, drawMasks, maskTokens } from './noise/masks';
export { type MoveNoise, type Moves, type UniformLevels, drawMoves, moveTokens, uniformLevels } from './noise/moves';
export { type Trajectory, nestedTrajectory } from './noise/trajectory';
export {
  type CleanTokens,
  type LazyCleanTokens,
  cleanAt,
  existingSlots,
  hardIds,
  hasSlot,
  placeTokens,
  simplexAt,
} from './noise/clean-tokens';
export { batchRowOf } from './flat-positions';
export { type RowTimes, timesOfRows } from './row-times';
export { cleanCrossEntropy } from './losses/clean-cross-entropy';
export { type Reconstruction, reconstruction } from './losses/reconstruction';
export { uniformMixture } from './losses/uniform-mixture';
export { type UniformLevel } from './families/udlm/uniform-nelbo';

// Gaussian diffusion behind the uniform one.
export { logNormalCdf } from './gaussian/normal';
export {
  type GaussianLevel,
  type OperatorValue,
  gammaForAlpha,
  gaussianLevel,
  gaussianToUniform,
} from './gaussian/operator';
export { type SignalAt, type SignalRange, operators } from './gaussian/signals';
export { type TemperatureCurriculum, inverseTemperature } from './gaussian/temperature';

// Tensors, by name where an engine compiles.
export { type Compile, type CompileOptions, type Compiled, type TensorFunction, runPlainly } from './compile';
export { type CompiledNamed, compileNamed } from './compile-named';
export { type Structure, pack, structureOf, unpack } from './tensors/named';
export {
  type Feed,
  type FloatFeed,
  type IntFeed,
  type Uploaded,
  feedBytes,
  floatFeed,
  intFeed,
  uniformFeed,
  upload,
} from './tensors/feeds';
export { checkShape } from './tensors/check-shape';
export { type SoftTargets, crossEntropy } from './tensors/cross-entropy';
export { logSoftmax, maskedLogSoftmax, withoutMask } from './tensors/log-softmax';
export { batchRowsAt, drawCategories, oneHotRows, pickEntries, tokensAt } from './tensors/rows';
export { detach } from './tensors/detach';
export { type RecomputedFunction, type RecomputedInputs, recomputed } from './tensors/recompute';
export { type Part, type SlotFunction, type SlotInputs, inParts } from './tensors/in-parts';
export { type HandWritten, differentiable } from './tensors/differentiable';
export { type Fusing, type KernelDefinition, kernel } from './tensors/kernel';
export { FEW_LOGITS, LOGITS_AT_ONCE, LOGITS_OF_PART, countAtOnce, slotsPerPart } from './logits-at-once';
