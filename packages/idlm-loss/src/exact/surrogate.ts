import { bits, maskWeight, pathLoss } from './absorbing';
import { type Space, kullbackLeibler, softmax, strideOf } from './space';

/** A set of masked positions, as bits, and what is visible: the states that agree with it. */
interface Context {
  /** Bit l is set where position l is masked. */
  readonly hidden: number;
  /** Any state that shows the context's tokens; masked digits are 0. */
  readonly visible: number;
}

/**
 * A student of masked diffusion that writes all masked tokens at once, each for itself: one row of logits for every context
 * and masked position. The law of its samples is that of data masked at an even time and filled in.
 */
export interface FactorisedStudent {
  readonly space: Space;
  /** P(context): the data's, over times drawn evenly. */
  readonly contexts: readonly (Context & { readonly chance: number })[];
  /** Logits of all rows, [contexts · L · V]; rows of visible positions are unused. */
  readonly size: number;
}

/** Whether a position, counted from 0, is masked in a set of bits. */
const isHidden = (hidden: number, position: number): boolean => (hidden & (1 << position)) !== 0;

/** ∫ P(exactly this set of m positions is masked at time g) dg = m! (L − m)!/(L + 1)!. */
const maskChance = (masked: number, length: number): number =>
  (masked ? masked * maskWeight(masked, length) : 1) / (length + 1);

/** The state with the masked digits set to 0. */
const shown = (space: Space, state: number, hidden: number): number =>
  Array.from({ length: space.length }, (_, l) =>
    isHidden(hidden, l) ? 0 : space.tokens[state * space.length + l]! * strideOf(space, l),
  ).reduce((a, b) => a + b, 0);

/** The student of a data distribution; contexts without a mask leave it nothing to write and belong to the law of its samples. */
export function factorisedStudent(space: Space, data: Float64Array): FactorisedStudent {
  const chances = new Map<string, Context & { chance: number }>();
  for (let hidden = 0; hidden < 1 << space.length; hidden++) {
    const weight = maskChance(bits(hidden), space.length);
    data.forEach((probability, x) => {
      const visible = shown(space, x, hidden);
      const key = `${hidden} ${visible}`;
      const found = chances.get(key) ?? { hidden, visible, chance: 0 };
      found.chance += weight * probability;
      chances.set(key, found);
    });
  }
  const contexts = [...chances.values()];
  return { space, contexts, size: contexts.length * space.length * space.vocabSize };
}

/** The probabilities of one row. */
function rowOf({ space }: FactorisedStudent, logits: Float64Array, context: number, position: number): Float64Array {
  const start = (context * space.length + position) * space.vocabSize;
  return softmax(logits.subarray(start, start + space.vocabSize));
}

/** All rows of a context; visible positions are one-hot. */
function rowsOf(student: FactorisedStudent, logits: Float64Array, index: number): Float64Array[] {
  const { space, contexts } = student;
  const { hidden, visible } = contexts[index]!;
  return Array.from({ length: space.length }, (_, l) => {
    if (isHidden(hidden, l)) return rowOf(student, logits, index, l);
    const row = new Float64Array(space.vocabSize);
    row[space.tokens[visible * space.length + l]!] = 1;
    return row;
  });
}

/** Π_l rows_l(x_l) of every state, leaving out the positions of `without` (bits). */
function products({ length, size, tokens }: Space, rows: readonly Float64Array[], without = 0): Float64Array {
  const out = new Float64Array(size).fill(1);
  for (let x = 0; x < size; x++)
    for (let l = 0; l < length; l++) if (!isHidden(without, l)) out[x]! *= rows[l]![tokens[x * length + l]!]!;
  return out;
}

/** The law of the student's samples, [V^L]. */
export function studentLaw(student: FactorisedStudent, logits: Float64Array): Float64Array {
  const law = new Float64Array(student.space.size);
  student.contexts.forEach(({ chance }, i) =>
    products(student.space, rowsOf(student, logits, i)).forEach((value, x) => (law[x]! += chance * value)),
  );
  return law;
}

/** A gradient in probabilities as one in logits: p_v (g_v − Σ p g). */
function throughSoftmax(row: Float64Array, gradient: Float64Array): Float64Array {
  const mean = row.reduce((sum, p, v) => sum + p * gradient[v]!, 0);
  return row.map((p, v) => p * (gradient[v]! - mean));
}

/** Assembles a gradient in logits from the gradient in the probabilities of every row. */
function assemble(
  student: FactorisedStudent,
  logits: Float64Array,
  inRow: (context: number, rows: readonly Float64Array[], position: number) => Float64Array,
): Float64Array {
  const { space, contexts } = student;
  const out = new Float64Array(student.size);
  contexts.forEach(({ hidden, chance }, i) => {
    const rows = rowsOf(student, logits, i);
    for (let l = 0; l < space.length; l++) {
      if (!isHidden(hidden, l)) continue;
      const gradient = throughSoftmax(rows[l]!, inRow(i, rows, l)).map((value) => chance * value);
      out.set(gradient, (i * space.length + l) * space.vocabSize);
    }
  });
  return out;
}

/**
 * The exact gradient of L_IDLM = KL(p_θ ‖ p*) in the student's logits: Σ_x ∂p_θ(x) (loss_{p*}(x) − loss_{p_θ}(x)), where the
 * second loss is taken at its optimum and so has no gradient of its own (envelope theorem).
 * @param logits of all rows, [contexts · L · V]
 * @param data p*, strictly positive, [V^L]
 * @returns as `logits`; 0 at visible positions
 */
export function exactStudentGradient(
  student: FactorisedStudent,
  logits: Float64Array,
  data: Float64Array,
): Float64Array {
  const { space } = student;
  const law = studentLaw(student, logits);
  const [teacher, best] = [pathLoss(space, data), pathLoss(space, law)];
  return assemble(student, logits, (_, rows, position) => {
    const others = products(space, rows, 1 << position);
    const gradient = new Float64Array(space.vocabSize);
    others.forEach((value, x) => {
      gradient[space.tokens[x * space.length + position]!]! += value * (teacher[x]! - best[x]!);
    });
    return gradient;
  });
}

/** ln of the conditional P(x_l | tokens outside `hidden`) under p, for every state, [V^L]. */
function logConditional(space: Space, p: Float64Array, hidden: number, position: number): Float64Array {
  const sums = (mask: number) => {
    const total = new Float64Array(space.size);
    p.forEach((value, x) => (total[shown(space, x, mask)]! += value));
    return total;
  };
  const [joint, context] = [sums(hidden & ~(1 << position)), sums(hidden)];
  return Float64Array.from(p, (_, x) =>
    Math.log(joint[shown(space, x, hidden & ~(1 << position))]! / context[shown(space, x, hidden)]!),
  );
}

/**
 * The expected gradient that the reference follows: the student's probabilities stand for its tokens in the loss, while the
 * tokens that the other networks see as context are drawn without a gradient. At a row it is
 * Σ_M w(M) E_context[ln f(v | context) − ln T(v | context)], over sets M of masks that hold its position.
 */
export function surrogateGradient(student: FactorisedStudent, logits: Float64Array, data: Float64Array): Float64Array {
  const { space } = student;
  const law = studentLaw(student, logits);
  const gaps: { readonly hidden: number; readonly position: number; readonly gap: Float64Array }[] = [];
  for (let hidden = 1; hidden < 1 << space.length; hidden++) {
    const weight = maskWeight(bits(hidden), space.length);
    for (let position = 0; position < space.length; position++) {
      if (!isHidden(hidden, position)) continue;
      const [fake, teacher] = [law, data].map((p) => logConditional(space, p, hidden, position));
      gaps.push({ hidden, position, gap: fake!.map((value, x) => weight * (value - teacher![x]!)) });
    }
  }
  return assemble(student, logits, (_, rows, position) => {
    const gradient = new Float64Array(space.vocabSize);
    for (const { hidden, position: at, gap } of gaps) {
      if (at !== position) continue;
      // The other masked tokens are not seen, so any of them stands for all: only digit 0 counts.
      const context = products(space, rows, hidden);
      gap.forEach((value, x) => {
        const others = hidden & ~(1 << position);
        if (shown(space, x, others) === x) gradient[space.tokens[x * space.length + position]!]! += context[x]! * value;
      });
    }
    return gradient;
  });
}

/**
 * Gradient descent of a student with one of the two gradients.
 * @param start logits before, [contexts · L · V]
 * @param data p*, strictly positive, [V^L]
 * @returns the logits at its end, and KL(p_θ ‖ p*) before the first step and after each, [steps + 1]
 */
export function descendStudent(
  student: FactorisedStudent,
  start: Float64Array,
  data: Float64Array,
  gradient: typeof exactStudentGradient,
  { steps, rate }: { readonly steps: number; readonly rate: number },
): { readonly logits: Float64Array; readonly divergences: readonly number[] } {
  let logits = start;
  const divergences = [kullbackLeibler(studentLaw(student, logits), data)];
  for (let step = 0; step < steps; step++) {
    const slope = gradient(student, logits, data);
    logits = logits.map((value, i) => value - rate * slope[i]!);
    divergences.push(kullbackLeibler(studentLaw(student, logits), data));
  }
  return { logits, divergences };
}
