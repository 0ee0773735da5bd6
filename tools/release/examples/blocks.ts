import ts from 'typescript';
import type { Example } from './example';

/** Names under which a block of code would not be found. */
const otherNames = new Set(['typescript', 'tsx', 'javascript', 'js', 'mjs', 'jsx']);

function noRunOf(information: string, at: string): string | undefined {
  if (information === '') return undefined;
  const reason = /^no-run: (\S.*)$/.exec(information)?.[1];
  if (reason === undefined)
    throw new Error(`${at}: after \`\`\`ts stands nothing, or "no-run: <why>", and not "${information}".`);
  return reason;
}

/**
 * The blocks of TypeScript in a Markdown text.
 * @param file the name that they are reported under
 * @param firstLine the line of that file with which the text begins
 * @throws Error where a block calls its language otherwise than `ts`, or says more of it than `no-run: <why>`
 */
export function markdownBlocks(text: string, file: string, firstLine = 1): Example[] {
  return [...text.matchAll(/^ *```(\w+)([^\n`]*)\n([\s\S]*?)^ *```/gm)].flatMap((match) => {
    const [, language = '', information = '', code = ''] = match;
    const fence = firstLine + text.slice(0, match.index).split('\n').length - 1;
    if (otherNames.has(language)) throw new Error(`${file}:${fence}: call the language of this block ts.`);
    if (language !== 'ts') return [];
    return [{ file, line: fence + 1, code, noRun: noRunOf(information.trim(), `${file}:${fence}`) }];
  });
}

/** Every `@example` of a source file, each once. */
function exampleTags(source: ts.SourceFile): ts.JSDocTag[] {
  const tags = new Map<number, ts.JSDocTag>();
  const visit = (node: ts.Node): void => {
    for (const part of ts.getJSDocCommentsAndTags(node)) {
      const own = ts.isJSDoc(part) ? (part.tags ?? []) : [part];
      for (const tag of own) if (tag.tagName.text === 'example') tags.set(tag.pos, tag);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...tags.values()];
}

/**
 * The code of every `@example` in the doc comments of a TypeScript file.
 * @param file the name that they are reported under
 * @throws Error where an `@example` holds no block of TypeScript
 */
export function docCommentBlocks(text: string, file: string): Example[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return exampleTags(source).flatMap((tag) => {
    const firstLine = source.getLineAndCharacterOfPosition(tag.pos).line + 1;
    const markdown = text.slice(tag.pos, tag.end).replaceAll(/^[ \t]*\* ?/gm, '');
    const blocks = markdownBlocks(markdown, file, firstLine);
    if (!blocks.length) throw new Error(`${file}:${firstLine}: this @example has no block \`\`\`ts.`);
    return blocks;
  });
}
