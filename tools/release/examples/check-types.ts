import { join } from 'node:path';
import ts from 'typescript';
import type { Problem } from './example';
import type { ExampleModule } from './modules';

function compilerOptions(root: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as {
    readonly config: { readonly compilerOptions: unknown };
    readonly error?: ts.Diagnostic;
  };
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options,
    // Each is a module, also where it imports nothing; and it may name what it does not go on to use.
    moduleDetection: ts.ModuleDetectionKind.Force,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
}

/**
 * Checks all examples in one program, under the settings of the repository.
 * @param root of the repository
 */
export function checkTypes(modules: readonly ExampleModule[], root: string): Problem[] {
  const program = ts.createProgram(
    modules.map(({ path }) => path),
    compilerOptions(root),
  );
  return modules.flatMap(({ example, path }) => {
    const source = program.getSourceFile(path);
    if (!source) throw new Error(`${path} is not in the program.`);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => ({
        file: example.file,
        line: source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1,
        message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
      }),
    );
  });
}
