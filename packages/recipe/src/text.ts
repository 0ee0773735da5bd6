export * from './text/corpus';
export { isOwnCorpus } from './text/documents';
export * from './text/prompts';
