export { pathLoss } from './exact/absorbing';
export {
  type DescentOptions,
  type DescentStep,
  type ExactObjective,
  type PathLoss,
  descend,
  exactObjective,
} from './exact/objective';
export { MAX_STATES, type Space, enumerateSpace, kullbackLeibler, softmax } from './exact/space';
export {
  type FactorisedStudent,
  descendStudent,
  exactStudentGradient,
  factorisedStudent,
  studentLaw,
  surrogateGradient,
} from './exact/surrogate';
export { type UniformDenoiser, type UniformOptions, uniformPathLoss } from './exact/uniform';
export { type ExactProcess, PROCESSES, type VerifiedStart, type VerifyOptions, verifyUniqueness } from './exact/verify';
