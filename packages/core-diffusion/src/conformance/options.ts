import { type ConformanceCheck, demand } from '../conformance';
import { didYouMean } from '../nearest-name';
import { type OptionDeclarations, declarationOf, isOfKind, optionInWords } from '../option-declarations';
import type { Registry } from '../registry';
import type { Json, Spec } from '../spec';

/** An entry of a registry under check. */
export interface RegisteredEntry<Value, Context> {
  readonly registry: Registry<Value, Context>;
  readonly name: string;
  /** What it is made for; left out where a registry's values are made of options alone. */
  readonly context: Context;
  /** Options without which it cannot be made (default: none). */
  readonly options?: Spec['options'];
}

/** The options in a value's spec; a judge, for one, has none. */
const optionsIn = (value: unknown): Readonly<Record<string, Json>> =>
  (value as { readonly spec?: Spec } | null)?.spec?.options ?? {};

/** Options that tell which names are read of them, and are not declared. */
function watched(options: Readonly<Record<string, Json>>, declared: OptionDeclarations, read: Set<string>) {
  return new Proxy(options, {
    get(target, name) {
      const isOwn = typeof name === 'string' && !(name in Object.prototype) && !['then', 'toJSON'].includes(name);
      if (isOwn && !Object.hasOwn(declared, name)) read.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
}

async function readsDeclared<Value, Context>(
  { registry, name, context, options = {} }: RegisteredEntry<Value, Context>,
  declared: OptionDeclarations,
): Promise<void> {
  const read = new Set<string>();
  await registry.get(name).create(watched(registry.withDefaults({ name, options }).options, declared, read), context);
  const [undeclared] = read;
  const names = Object.keys(declared);
  demand(
    undeclared === undefined,
    `create reads the option "${undeclared}", which it does not declare; ${didYouMean(String(undeclared), names, `it declares ${names.join(', ') || 'none'}.`)}`,
  );
}

async function specHolds<Value, Context>(
  { registry, name, context, options = {} }: RegisteredEntry<Value, Context>,
  declared: OptionDeclarations,
): Promise<void> {
  const inSpec = optionsIn(await registry.create({ name, options }, context));
  for (const [option, value] of Object.entries(inSpec)) {
    demand(Object.hasOwn(declared, option), `its spec has the option "${option}", which is not declared`);
    const said = declared[option]!;
    demand(
      isOfKind(declarationOf(said).kind, value),
      `its spec has ${JSON.stringify(value)} as the option "${option}", which is declared as ${optionInWords(said)}`,
    );
  }
}

async function comesBack<Value, Context>({
  registry,
  name,
  context,
  options = {},
}: RegisteredEntry<Value, Context>): Promise<void> {
  const first = optionsIn(await registry.create({ name, options }, context));
  const copy = JSON.parse(JSON.stringify({ ...options, ...first })) as NonNullable<Spec['options']>;
  const again = optionsIn(await registry.create({ name, options: copy }, context));
  demand(
    JSON.stringify(again) === JSON.stringify(first),
    `made of the options in its spec, it has other ones: ${JSON.stringify(again)} instead of ${JSON.stringify(first)}`,
  );
}

/**
 * The promises of an entry that declares its options: that its `create` reads no others, that the `spec` of what it makes holds no
 * others, and that the same is made of that spec.
 * @example
 * ```ts
 * import { schedules } from '@idlm/core-diffusion';
 * import { optionsConformance } from '@idlm/core-diffusion/conformance';
 *
 * const checks = optionsConformance({ registry: schedules, name: 'polynomial', context: undefined });
 * for (const { run } of checks) await run(); // in a test runner: it(name, run)
 * ```
 */
export function optionsConformance<Value, Context>(entry: RegisteredEntry<Value, Context>): ConformanceCheck[] {
  const { registry, name } = entry;
  const check = (promise: string, run: (declared: OptionDeclarations) => Promise<void>): ConformanceCheck => ({
    name: `${name}: ${promise}`,
    async run() {
      const { options } = registry.get(name);
      demand(options !== undefined, `${name} declares no options; an entry that has none declares options: {}`);
      await run(options!);
    },
  });
  return [
    check('reads only options that it declares', (declared) => readsDeclared(entry, declared)),
    check('its spec holds only options that it declares', (declared) => specHolds(entry, declared)),
    check('the same is made of the options in its spec', () => comesBack(entry)),
  ];
}
