import { InputError } from '@idlm/core-diffusion';
import type { Document, ParsedNode, YAMLError } from 'yaml';
import type { Path } from './fields';
import { yaml } from './yaml';

/** A YAML (or JSON) file that knows where its values stand. */
export interface YamlFile {
  /** What messages call it. */
  readonly name: string;
  readonly value: unknown;
  /** Such as `idlm.yaml, line 3, column 5`: the value at a path, or the nearest section around it. */
  locate(path: Path): string;
  /** The same for the name of a field. */
  locateName(path: Path): string;
}

type Node = ParsedNode | null | undefined;

const resolve = (node: Node, document: Document.Parsed): Node =>
  yaml().isAlias(node) ? (node.resolve(document) as Node) : node;

/** The pair of a map under a name. */
const pairOf = (node: Node, name: string | number) =>
  yaml().isMap(node)
    ? node.items.find(({ key }) => yaml().isScalar(key) && String(key.value) === String(name))
    : undefined;

/** Start of the value or name at a path; undefined where the file has neither. */
function offsetOf(document: Document.Parsed, path: Path, wantName: boolean): number | undefined {
  let node: Node = resolve(document.contents, document);
  let offset: number | undefined = node?.range[0];
  for (const [depth, name] of path.entries()) {
    const pair = pairOf(node, name);
    const item = yaml().isSeq(node) ? node.items[Number(name)] : undefined;
    if (!pair && !item) break;
    node = resolve(pair ? pair.value : item, document);
    const key = pair?.key as Node;
    offset = ((wantName && depth === path.length - 1) || !node ? key : node)?.range[0] ?? offset;
  }
  return offset;
}

/** What is wrong with a text that YAML cannot read, as the end of a sentence. */
export const yamlFault = ({ message }: YAMLError): string => `is no valid YAML: ${message.split('\n')[0]}`;

/** The value of a document. @throws InputError for aliases that lead nowhere, or that make a small file a large value */
export function valueOf(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new InputError(`${name}: its aliases cannot be followed: ${(error as Error).message}.`);
  }
}

/**
 * Parses a configuration file.
 * @param name the file in messages
 * @throws InputError at the line of the first mistake in its syntax
 */
export function parseYaml(text: string, name: string): YamlFile {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset = 0) => {
    const { line, col } = lines.linePos(offset);
    return `${name}, line ${line}, column ${col}`;
  };
  const [error] = document.errors;
  if (error) throw new InputError(`${at(error.pos[0])}: this ${yamlFault(error)}.`);
  return {
    name,
    value: valueOf(document, name) ?? {},
    locate: (path) => at(offsetOf(document, path, false)),
    locateName: (path) => at(offsetOf(document, path, true)),
  };
}
