import { join } from "node:path";
import { withProgramStack } from "../../../src/component/program-stack";

const own = join(__dirname, "../../../src/component/versioned-table.js");

/** Formats a stack as a hook of a source-map package does. */
const mapped = (error: Error, frames: NodeJS.CallSite[]) =>
  [`${error}`, ...frames.map((each) => `mapped ${each.getFileName()}`)].join("\n");

const frame = (file: string | null) =>
  ({ getFileName: () => file, toString: () => `${file}:1:1` }) as NodeJS.CallSite;

const pulumi = (...names: string[]) =>
  names.map((name) => `/app/node_modules/@pulumi/pulumi/${name}.js`);
const constructors = pulumi("callsites", "stackTrace", "Resource", "CustomResource", "Table");

/** The lines of a stack with these frames, innermost first. */
const lines = (...files: (string | null)[]): string[] =>
  withProgramStack(() => Error.prepareStackTrace?.(new Error("a\nb"), files.map(frame))).split(
    "\n",
  );

describe("with a hook that formats stacks", () => {
  const before = Error.prepareStackTrace;
  beforeEach(() => {
    Error.prepareStackTrace = mapped;
  });
  afterEach(() => {
    Error.prepareStackTrace = before;
  });

  test("after Pulumi's constructors only the program's frames follow, mapped and in their order", () => {
    const program = [
      "/app/tables.ts",
      "/app/node_modules/our-wrapper/index.js",
      "file:///app/index.mjs",
    ];
    const others = [own, "node:internal/modules/cjs/loader", null, ...pulumi("cmd/run/run")];
    const [first, ...rest] = program;
    expect(lines(...constructors, own, first as string, ...others, ...rest)).toEqual([
      "Error: a",
      "b",
      ...constructors.map((each) => `    at ${each}:1:1`),
      ...program.map((each) => `mapped ${each}`),
    ]);
    expect(lines(...constructors, own)).toHaveLength(7);
  });

  test("an error that the program throws has its frames mapped, the innermost too", () => {
    const frames = ["/app/transformation.ts", ...constructors, own, "/app/index.ts"];
    expect(lines(...frames)).toEqual([
      "Error: a",
      "b",
      ...frames.slice(0, 5).map((each) => `mapped ${each}`),
      "mapped /app/index.ts",
    ]);
  });

  test("what a hook makes that is no text stays as it is", () => {
    Error.prepareStackTrace = (_error, frames) => frames.length;
    const made = withProgramStack(() => Error.prepareStackTrace?.(new Error(), [own].map(frame)));
    expect(made).toBe(0);
  });

  test("the hook is put back, after a throw too", () => {
    const thrown = () =>
      withProgramStack(() => {
        throw new RangeError("no");
      });
    expect(thrown).toThrow(RangeError);
    expect(Error.prepareStackTrace).toBe(mapped);
  });
});

test("without a hook nothing is set", () => {
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = undefined as never;
  try {
    expect(withProgramStack(() => Error.prepareStackTrace)).toBeUndefined();
  } finally {
    Error.prepareStackTrace = before;
  }
});
