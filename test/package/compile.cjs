// Compiles programs in one process, where each mode reuses the files that another one has parsed: `@pulumi/aws`
// has some six thousand. Prints a line of JSON for each mode.
//
// usage: node compile.cjs TYPESCRIPT FOLDER MODES
// MODES is JSON: a list of { files, outDir, options }, with options as a tsconfig.json has them.

const [typescript, folder, modes] = process.argv.slice(2);
const ts = require(typescript);

/** Files that a program which uses only `@pulumi/aws` has too. */
const FOREIGN = /\/node_modules\/(@pulumi|@types|typescript)\//;
/** Pulumi checks only the program, and the oldest TypeScript does not even parse the types of Node. */
const OURS = /\/pulumi-swap\/dist\/|\/program\.ts$/;

const parsed = new Map();
for (const { files, outDir, options } of JSON.parse(modes)) {
  const { options: read, errors } = ts.convertCompilerOptionsFromJson(
    { ...options, outDir },
    folder,
  );
  if (errors.length > 0)
    throw new Error(ts.flattenDiagnosticMessageText(errors[0].messageText, " "));
  const host = ts.createCompilerHost(read);
  const { getSourceFile } = host;
  host.getCurrentDirectory = () => folder;
  host.getSourceFile = (name, version, ...rest) => {
    // What a file means depends on its format, and for declarations on no other option here.
    const key = `${name} ${version.impliedNodeFormat}`;
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, version, ...rest));
    return parsed.get(key);
  };
  const program = ts.createProgram(files, read, host);
  // Without a file, TypeScript checks all of @pulumi/aws before it emits.
  const roots = files.map((file) => program.getSourceFile(file));
  const emitted = roots.every((root) => !program.emit(root).emitSkipped);
  const checked = program
    .getSourceFiles()
    .filter(({ fileName }) => (read.skipLibCheck ? OURS.test(fileName) : !FOREIGN.test(fileName)));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ];
  const line = {
    typescript: ts.version,
    errors: found.map(
      ({ file, messageText }) =>
        `${file ? file.fileName.replace(/^.*\/node_modules\//, "") : ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    ),
    emitted,
    ours: checked.filter(({ fileName }) => /\/pulumi-swap\/dist\//.test(fileName)).length,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
