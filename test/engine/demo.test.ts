import { spawn } from "node:child_process";
import { join } from "node:path";
import { CHECKOUT } from "../cli/swap";

/** Runs the demo with the engine of the tests, and its state in `.demo` as `make demo` has it. */
function demo(): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(CHECKOUT, "tools/demo/index.mjs")], {
    env: { ...process.env, PATH: `${process.env.TEST_PULUMI_BIN}:${process.env.PATH}` },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  return new Promise((done) => child.once("close", (code) => done({ code, output })));
}

test("the demo stops a copy, is refused, finds and repairs a stale order, and goes live", async () => {
  const { code, output } = await demo();
  expect({ code, failed: output.match(/^demo failed: .*/m)?.[0] }).toEqual({ code: 0 });
  const told = [...output.matchAll(/^(?:ok: |\$ )(.*)$/gm)].map(([, line]) => line);
  const places = [
    /^swap migrate copy orders --from 1 --to 2 /,
    /^swap verify names orders that are missing/,
    /^the cut-over was refused: the verification/,
    /^swap verify finds the one stale order/,
    /^one order was repaired/,
    /^swap verify finds no difference/,
    /^version 2 is live$/,
    /^version 1 is live again$/,
    /^nothing is left behind$/,
  ].map((line) => told.findIndex((each) => line.test(each ?? "")));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});
