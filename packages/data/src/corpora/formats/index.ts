import { csvReader } from './csv';
import type { CorpusFormat } from './format';
import { readJson, readJsonLines } from './json';
import { readParquet } from './parquet';
import type { RecordReader } from './record';
import { readText } from './text';

/** What reads each format. */
export const READERS: Readonly<Record<CorpusFormat, RecordReader>> = {
  text: readText,
  jsonl: readJsonLines,
  json: readJson,
  csv: csvReader(','),
  tsv: csvReader('\t'),
  parquet: readParquet,
};
