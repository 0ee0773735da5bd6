import { access, constants, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { nearestExisting } from '@idlm/core-diffusion/node';
import { cacheFolder } from '@idlm/engine';
import { hubCacheFolder } from '@idlm/hub';
import { bytes } from '../terminal';
import { type Finding, finding } from './finding';

/** Bytes below which there is little of a disk or of memory: the native engine takes about as much. */
const LITTLE = 2e9;

/** A folder that commands write to. */
export interface Place {
  readonly what: string;
  readonly folder: string;
  /** What is kept there. */
  readonly holds: string;
  /** Variable that names it; where it is set, the folder is asked for. */
  readonly variable?: string;
}

/** Whether a folder can be written, or made where it is not there, and what is free. */
export const examinePlace = ({ what, folder, holds, variable }: Place): Promise<Finding> =>
  finding(what, async () => {
    const existing = nearestExisting(resolve(folder));
    const elsewhere = variable ? `set ${variable} to a folder elsewhere` : 'work in another folder';
    try {
      await access(existing, constants.W_OK | constants.X_OK);
    } catch {
      const state = variable && process.env[variable] ? 'error' : 'warning';
      return { state, found: `${folder}, for ${holds}, cannot be written`, advice: elsewhere };
    }
    const { bavail, bsize } = await statfs(existing);
    const found = `${folder} can be written, with ${bytes(bavail * bsize)} free, for ${holds}`;
    return bavail * bsize < LITTLE ? { state: 'warning', found, advice: elsewhere } : { state: 'ok', found };
  });

const examineMemory = (): Finding => {
  const free = process.availableMemory();
  const found = `${bytes(free)} free of ${bytes(totalmem())}`;
  if (free >= LITTLE) return { what: 'memory', state: 'ok', found };
  const advice = 'a training says by --dry-run what it takes';
  return { what: 'memory', state: 'warning', found, advice };
};

const places = (): Place[] => [
  { what: 'cache', folder: cacheFolder(), holds: 'the native engine', variable: 'IDLM_HOME' },
  { what: 'Hub cache', folder: hubCacheFolder(), holds: 'models that are pulled', variable: 'HF_HUB_CACHE' },
  { what: 'this folder', folder: process.cwd(), holds: 'runs' },
];

/** Where commands write, and what is free. */
export const examinePlaces = async (): Promise<Finding[]> => [
  ...(await Promise.all(places().map(examinePlace))),
  examineMemory(),
];
