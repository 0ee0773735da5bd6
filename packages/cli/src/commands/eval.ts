import { join } from 'node:path';
import { InputError, type Spec } from '@idlm/core-diffusion';
import { loadTokenizer } from '@idlm/data';
import { writeFileAtomically } from '@idlm/denoiser/node';
import { type ResultManifest, equivalentSteps } from '@idlm/evaluation';
import type { Config, LoadedConfig } from '../config';
import { ROLES, type Role, loadContestant } from '../jobs/contestants';
import { prepareCorpus } from '../jobs/corpus';
import { type Contestant, evaluate } from '../jobs/evaluate';
import { film } from '../jobs/films';
import { openJudges } from '../jobs/judges';
import { likelihoodBounds } from '../jobs/likelihood';
import { readLosses } from '../jobs/losses';
import { makeManifest } from '../jobs/manifest';
import { modelFolder } from '../jobs/model-folder';
import type { ReportData } from '../report/data';
import { claimSentence, driftSentence, renderReport } from '../report/report';
import { type Terminal, terminalReporter } from '../terminal';
import { type ConfigOptions, openConfigured, readLoadedConfig } from './shared';

/** Options of `idlm eval`. */
export interface EvalOptions extends ConfigOptions {
  readonly teacher?: string;
  readonly student?: string;
  readonly scorer?: string;
  readonly out: string;
}

/** Model folders by role. */
export type Folders = Readonly<Partial<Record<Role | 'scorer', string>>>;

/** What is swept. */
export interface SweepRequest {
  readonly loaded: LoadedConfig;
  readonly folders: Folders;
  /** Families that models are to be sampled as, by role, instead of what configuration and folder say. */
  readonly families?: Readonly<Partial<Record<string, Spec>>>;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The configuration for a role's model. */
const loadedFor = ({ loaded, families = {} }: SweepRequest, role: Role): LoadedConfig => {
  const { name, options = {} } = families[role] ?? {};
  if (name === undefined) return loaded;
  return { config: { ...loaded.config, family: { name, options } }, origins: { family: 'the manifest' } };
};

/** Sweeps the given models; used by `eval` and `reproduce`. */
export async function sweepModels(request: SweepRequest): Promise<{ manifest: ResultManifest; report: ReportData }> {
  const { loaded, folders, terminal, signal } = request;
  const roles = ROLES.filter((role) => folders[role]);
  if (!roles.length) throw new InputError('Nothing to evaluate: give --teacher, --student, or both.');
  const reporter = terminalReporter(terminal);
  const paths = Object.fromEntries(
    await Promise.all(Object.entries(folders).map(async ([role, path]) => [role, await modelFolder(path!)] as const)),
  );
  const tokenizer = await loadTokenizer(paths[roles[0]!]!);
  const contestants: Contestant[] = [];
  const corpus = await prepareCorpus(loaded.config, tokenizer);
  const engine = await openConfigured(loaded.config, reporter);
  for (const role of roles)
    contestants.push(await loadContestant(role, paths[role]!, loadedFor(request, role), tokenizer));
  const families = Object.fromEntries(contestants.map(({ name, family }) => [name, family.spec]));
  const { name, options = {} } = contestants[0]!.family.spec;
  const config: Config = { ...loaded.config, family: { name, options } };
  const judges = await openJudges(config, engine, corpus, paths['scorer']);
  const cells = contestants.reduce((sum, { steps }) => sum + steps.length * config.evaluation.temperatures.length, 0);
  let done = 0;
  const rows = await evaluate(
    {
      config,
      engine,
      corpus,
      scorers: judges.scorers,
      signal,
      onRow: ({ model, steps }) =>
        reporter.progress('Sampling and judging', ++done, cells, `${model} at ${steps} steps`),
    },
    contestants,
  );
  judges.dispose();
  const bounds = await likelihoodBounds({ config, engine, corpus }, contestants);
  for (const [name, { perplexity, nll, standardError }] of Object.entries(bounds))
    reporter.note(
      `Held-out text under the ${name}: NELBO perplexity ${perplexity.toFixed(2)} (${nll.toFixed(3)} ± ${standardError.toFixed(3)} nats per token).`,
    );
  const manifest = await makeManifest({ config, engine, corpus, models: paths, families, rows, bounds });
  const comparable =
    roles.length === 2 &&
    config.evaluation.teacherSteps.includes(config.evaluation.compareAt) &&
    config.evaluation.temperatures.includes(1);
  const match = comparable
    ? equivalentSteps(rows, config.evaluation.compareAt, config.evaluation.tolerance)
    : undefined;
  const films = await Promise.all(
    contestants.map(({ name, family, network, parameters, steps }) => {
      const chosen = match && name === 'student' ? match.student.steps : Math.max(...steps);
      const title = `${name}, ${chosen} steps`;
      return film({ title, config, engine, corpus, family, network, parameters, steps: chosen });
    }),
  );
  const likelihood = Object.entries(bounds).map(([name, { perplexity }]) => `${name} ${perplexity.toFixed(2)}`);
  const subtitle = `${roles.map((role) => `${role} ${paths[role]}`).join(', ')}; ${config.data.corpus}; engine ${engine.name}; seed ${config.evaluation.seed}; NELBO perplexity of held-out text: ${likelihood.join(', ')}`;
  return {
    manifest,
    report: {
      title: 'Teacher and student',
      subtitle,
      rows,
      match,
      tolerance: config.evaluation.tolerance,
      losses: Object.assign(
        {},
        ...(await Promise.all(roles.map((role) => readLosses(folders[role]!)))),
      ) as ReportData['losses'],
      films,
      manifest: { ...manifest, rows: undefined },
    },
  };
}

/** `idlm eval`: numbers, manifest and report of a sweep. */
export async function evalCommand(options: EvalOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  const folders = Object.fromEntries(
    Object.entries({ teacher: options.teacher, student: options.student, scorer: options.scorer }).filter(
      ([, path]) => path,
    ),
  ) as Folders;
  const { manifest, report } = await sweepModels({ loaded, folders, terminal, signal });
  await writeFileAtomically(join(options.out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFileAtomically(join(options.out, 'report.json'), `${JSON.stringify(report)}\n`);
  await writeFileAtomically(join(options.out, 'report.html'), renderReport(report));
  if (report.match) {
    terminal.note(claimSentence(report.match));
    terminal.note(driftSentence(report.match));
  }
  terminal.result(
    { manifest: join(options.out, 'manifest.json'), report: join(options.out, 'report.html'), match: report.match },
    () => join(options.out, 'report.html'),
  );
}
