export type { PageFile, PageManifest, PageModel, PageModelFacts } from './manifest';
export { type ServedPage, type ServeOptions, servePage } from './serve-page';
export { shellFolder } from './shell';
export { type PageOptions, type PagedModel, writePage } from './write-page';
