export * from './text/corpus';
export { GIVEN_TEXT, isOwnCorpus } from './text/documents';
export * from './text/given-text';
export { withPreparedText } from './text/prepared';
export * from './text/prompts';
