import { join } from "node:path";
import { withProgramStack } from "../../../src/component/program-stack";

const own = join(__dirname, "../../../src/component/versioned-table.js");

/** Formats a stack as the files of its frames, as a hook of a source-map package does. */
const files = (_error: Error, frames: NodeJS.CallSite[]) =>
  frames.map((frame) => frame.getFileName()).join("\n");

const frame = (file: string | null) => ({ getFileName: () => file }) as NodeJS.CallSite;

/** What Pulumi would record of these frames, after the five of its own constructors. */
function recorded(...paths: (string | null)[]): string[] {
  const constructors = ["callsites", "stackTrace", "Resource", "CustomResource", "Table"].map(
    (name) => `/app/node_modules/@pulumi/pulumi/${name}.js`,
  );
  const all = [...constructors, ...paths].map(frame);
  const text = withProgramStack(() => Error.prepareStackTrace?.(new Error(), all));
  return text.split("\n").slice(constructors.length);
}

describe("with a hook that formats stacks", () => {
  const before = Error.prepareStackTrace;
  beforeEach(() => {
    Error.prepareStackTrace = files;
  });
  afterEach(() => {
    Error.prepareStackTrace = before;
  });

  test("only the program's frames are recorded, in their order", () => {
    expect(
      recorded(
        own,
        "/app/tables.ts",
        "/app/node_modules/our-wrapper/index.js",
        "file:///app/index.mjs",
        "node:internal/modules/cjs/loader",
        null,
        "/app/node_modules/@pulumi/pulumi/cmd/run/run.js",
      ),
    ).toEqual([
      "/app/tables.ts",
      "/app/node_modules/our-wrapper/index.js",
      "file:///app/index.mjs",
    ]);
  });

  test("the hook is put back, after a throw too", () => {
    const thrown = () =>
      withProgramStack(() => {
        throw new RangeError("no");
      });
    expect(thrown).toThrow(RangeError);
    expect(Error.prepareStackTrace).toBe(files);
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
