import { basename, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import type { ConfigFields, ModelKnowledge } from '../networks/network-type';

/** A folder of the Hub's cache: repository and commit. */
const SNAPSHOT = /models--([^/\\]+)[/\\]snapshots[/\\][0-9a-f]+$/;

/** Names of models whose noise is a mixture of masks and uniform tokens, and whose files are those of MDLM. */
const XDLM = /(^|[-_.\s])xdlm([-_.\s]|$)|^EER6--(mdlm-owt-diff1|mdlm-owt-trash)$/i;

/** What a folder is called: as the Hub has it, `organisation--name`, or by itself. */
function nameOf(folder: string): string {
  const path = resolve(folder);
  return SNAPSHOT.exec(path)?.[1] ?? basename(path);
}

/**
 * Refuses models of XDLM, which are told from MDLM's by their names alone.
 * @param folder the model folder
 * @param fields its `config.json`
 * @throws InputError unless the family is told, by the file or by a user
 * Source: XDLM (arXiv 2602.01362), and the cards of its models on the Hugging Face Hub.
 */
export function refuseMixedNoise(folder: string, { family }: ConfigFields, known: ModelKnowledge): void {
  if (family !== undefined || known.family !== undefined || !XDLM.test(nameOf(folder))) return;
  throw new InputError(
    `${folder} holds a model of XDLM by its name, whose noise is a mixture of masks and uniform tokens, which no family here has; its files alone look like MDLM's, so to use it as that all the same, say so (--family mdlm, --preset or family.name).`,
  );
}
