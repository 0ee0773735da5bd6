/** Builds the page's own files into a folder, anew; `conditions` are those of exports of packages. */
export function buildShell(folder: string, options?: { readonly conditions?: string[] }): Promise<void>;
