/** What a flag of another program is called here: an option without its dashes, or the last names of a field. */
type Synonyms = Readonly<Record<string, string>>;

const UPDATES =
  'steps num-steps max-steps train-steps num-train-steps training-steps total-steps iters iterations max-iters num-iterations num-updates max-updates';

const SAMPLING_STEPS =
  'diffusion-steps num-steps n-steps num-inference-steps inference-steps sampling-steps denoising-steps num-diffusion-steps timesteps num-timesteps nfe';

const LENGTH =
  'max-new-tokens max-length max-len max-tokens gen-length seq-len seq-length sequence-length max-seq-length block-size context-length window';

const COUNT = 'num-samples n-samples num-return-sequences num-sequences samples num n-predict';

const MODEL =
  'checkpoint ckpt ckpt-path checkpoint-path model-path model-dir model-name-or-path pretrained load weights';

/** Flags of every command. */
export const COMMON: Synonyms = {
  learningRate: 'lr max-lr',
  batch: 'batch-size bs train-batch-size per-device-train-batch-size global-batch-size micro-batch-size',
  warmup: 'warmup-steps num-warmup-steps lr-warmup lr-warmup-steps warmup-iters',
  weightDecay: 'wd',
  ema: 'ema-decay',
  clip: 'grad-clip clip-grad clip-grad-norm max-grad-norm gradient-clip gradient-clip-val',
  beta1: 'adam-beta1',
  beta2: 'adam-beta2',
  epsilon: 'adam-epsilon eps',
  temperature: 'temp',
  nucleus: 'top-p nucleus-p',
  topK: 'k',
  sampler: 'predictor decoding algorithm strategy',
  count: COUNT,
  length: LENGTH,
  prompt: 'prefix prompt-text context instruction',
  model: `${MODEL} teacher student`,
  out: 'output output-dir out-dir save-dir save-path run-dir log-dir logdir',
  resume: 'resume-from-checkpoint resume-from continue',
  force: 'overwrite overwrite-output-dir yes',
  dryRun: 'dry estimate',
  corpus: 'data dataset data-path data-dir train-file train-data text text-file input input-file',
  tokenizer: 'tokenizer-path tokenizer-name vocab-file',
  heldOut: 'val-split validation-split validation-fraction test-size',
  normalise: 'normalize',
  hidden: 'hidden-size hidden-dim n-embd d-model embed-dim width dim',
  blocks: 'num-layers n-layer n-layers layers depth num-hidden-layers n-blocks num-blocks',
  heads: 'n-head n-heads num-heads num-attention-heads',
  'model.preset': 'model-size size arch',
  engine: 'device backend accelerator',
  threads: 'num-threads n-threads workers num-workers',
  precision: 'dtype torch-dtype mixed-precision amp',
  family: 'diffusion diffusion-type forward noise-type process',
  'family.options.schedule': 'noise-schedule schedule',
  objective: 'loss method',
  'checkpoints.every': 'save-steps save-every save-interval save-freq checkpoint-every checkpointing-steps',
  'checkpoints.keep': 'save-total-limit keep-last',
  'logs.every': 'logging-steps log-every log-interval log-freq log-every-n-steps print-every',
  'logs.samplesEvery': 'sample-every sample-interval',
  'validation.every': 'eval-steps eval-every eval-interval val-every val-interval validate-every',
  patience: 'early-stopping-patience',
  version: 'v',
};

/** Flags that mean something else to a command; several names stand for one flag where it has several places here. */
export const OWN: Readonly<Record<string, Synonyms>> = {
  train: { updates: `${UPDATES} epochs num-epochs num-train-epochs max-epochs` },
  distill: { updates: `${UPDATES} epochs num-epochs num-train-epochs max-epochs`, teacher: `${MODEL} model` },
  serve: { host: 'address bind listen', maxQueue: 'max-queue-size', maxAtOnce: 'max-num-seqs parallel' },
  sample: { steps: SAMPLING_STEPS, topP: 'nucleus nucleus-p' },
  eval: {
    'teacherSteps studentSteps compareAt': `steps ${SAMPLING_STEPS}`,
    temperatures: 'temperature temp',
    'evaluation.samples': `count ${COUNT}`,
    'teacher student': `${MODEL} model`,
  },
  compare: {
    'teacherSteps studentSteps compareAt': `steps ${SAMPLING_STEPS}`,
    temperatures: 'temperature temp',
    'evaluation.samples': `count ${COUNT}`,
    teacher: `${MODEL} model`,
    updates: UPDATES,
    seeds: 'num-seeds',
    objectives: 'objective methods',
  },
};

/** What is counted otherwise here, so that the number cannot be taken over. */
export const OTHER_UNITS: Readonly<Record<string, string>> = {
  epochs: 'updates are counted here, not epochs',
  'num-epochs': 'updates are counted here, not epochs',
  'num-train-epochs': 'updates are counted here, not epochs',
  'max-epochs': 'updates are counted here, not epochs',
  'max-new-tokens': 'tokens of the whole text are counted here, those of the prompt among them',
};

/** Where the fields of a command are looked for, first to last. */
const SHARED_SECTIONS = ['model', 'data', 'family', 'engine', 'checkpoints', 'logs', 'sampling'];
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  train: ['teacher.optimizer', 'teacher', ...SHARED_SECTIONS],
  'train scorer': ['scorers.autoregressive.optimizer', 'scorers.autoregressive', ...SHARED_SECTIONS],
  distill: ['distillation.student', 'distillation', ...SHARED_SECTIONS],
  sample: ['sampling', 'engine'],
  serve: ['sampling', 'engine'],
  eval: ['evaluation', 'scorers', 'sampling', 'data', 'engine'],
  compare: ['distillation.student', 'distillation', 'evaluation', 'teacher', 'scorers', ...SHARED_SECTIONS],
};

/** The sections whose fields a command reads, the nearest first; none where it reads no configuration. */
export const sectionsOf = (command: string): readonly string[] =>
  SECTIONS[command] ?? SECTIONS[command.split(' ')[0]!] ?? [];

const meaningIn = (synonyms: Synonyms, name: string): string[] | undefined =>
  Object.entries(synonyms)
    .find(([, names]) => names.split(' ').includes(name))?.[0]
    .split(' ');

/** What the name of a flag, without dashes and with hyphens, means to a command: that name itself where nothing else is known. */
export const meaningsOf = (command: string, name: string): readonly string[] =>
  meaningIn(OWN[command.split(' ')[0]!] ?? {}, name) ??
  meaningIn(COMMON, name) ?? [name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];

/** Commands of other programs. */
export const COMMAND_SYNONYMS: Synonyms = {
  train: 'fit pretrain finetune fine-tune',
  distill: 'distillation compress',
  sample: 'generate gen infer inference predict write run chat complete-text',
  serve: 'server api listen start-server http',
  eval: 'evaluate evaluation test benchmark score ppl',
  quickstart: 'demo start example',
  'engine info': 'devices',
  doctor: 'check diagnose diagnostics env environment',
};
