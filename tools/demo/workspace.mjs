import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localEnvironment } from "../pulumi-engine/environment.mjs";
import { countItems } from "./dynamodb.mjs";
import { DemoFailure, run } from "./run.mjs";
import { printed, typed } from "./screen.mjs";

/** Exit code of a swap that Ctrl-C stopped. */
const INTERRUPTED = 130;

/**
 * Where a demo runs: a Pulumi project of the repository, by default its root. State, stack configuration and Pulumi's home
 * stay in a folder of the root, which is removed when the demo ends.
 */
export class Workspace {
  /**
   * @param folder of the state, from the root
   * @param project folder of the Pulumi project, from the root
   * @param server the local AWS: its endpoint, and `stop`, which closing the workspace calls
   * @param env further variables
   */
  static async open(root, engine, { folder, project = ".", server, env = {} }) {
    const state = join(root, folder);
    rmSync(state, { recursive: true, force: true });
    mkdirSync(join(state, "state"), { recursive: true });
    return new Workspace(root, state, engine, { project: join(root, project), server, env });
  }

  constructor(root, folder, engine, { project, server, env }) {
    this.root = root;
    this.folder = folder;
    this.project = project;
    this.server = server;
    const { endpoint } = server;
    this.env = {
      ...localEnvironment({ engine, root, folder, endpoint }),
      SWAP_CONTROL_TABLE: "demo_swap",
      ...env,
    };
  }

  /** Runs `pulumi` and prints what it says, or on `quiet` only what it says when it fails. */
  async pulumi(args, { quiet = false, mayFail = false } = {}) {
    const config = join(this.folder, "Pulumi.demo.yaml");
    const extra = ["--non-interactive", "--stack", "demo", "--config-file", config];
    if (!quiet) typed(`pulumi ${args.join(" ")}`);
    const result = await this.pulumiIn(...args, ...extra);
    if (!quiet) printed(result.output);
    if (result.code !== 0 && !mayFail) {
      if (quiet) printed(result.output);
      throw new DemoFailure(`pulumi ${args.join(" ")} exited with ${result.code}`);
    }
    return result;
  }

  /** Runs a `pulumi stack` command, which takes no configuration file. */
  async stack(...args) {
    const result = await this.pulumiIn("stack", ...args, "--non-interactive");
    if (result.code !== 0)
      throw new DemoFailure(`pulumi stack ${args.join(" ")}: ${result.output.trim()}`);
  }

  /** Sets the configuration value that the program takes its active version from. */
  declare(version) {
    return this.set("activeVersion", version);
  }

  async set(name, value) {
    typed(`pulumi config set ${name} ${value}`);
    await this.pulumi(["config", "set", name, String(value)], { quiet: true });
  }

  /**
   * Runs the swap CLI and prints its answer, unless `quiet`.
   *
   * @param code the exit code that it has to have
   */
  async swap(args, { code = 0, started, quiet = false } = {}) {
    if (!quiet) typed(`swap ${args.join(" ")}`);
    const result = await this.run(
      process.execPath,
      [join(this.root, "bin/run.js"), ...args],
      started,
    );
    if (!quiet) printed(result.output);
    if (code !== 0) typed("echo $?");
    if (code !== 0) printed(String(result.code));
    if (result.code !== code)
      throw new DemoFailure(`swap ${args.join(" ")} exited with ${result.code}`);
    return result.stdout;
  }

  /** Runs the swap CLI, and presses Ctrl-C once the table has this many items. */
  swapStopped(table, items, args) {
    let running = true;
    const started = async (pid) => {
      while (running && (await countItems(this.server.endpoint, table)) < items) await sleep(50);
      if (running) process.kill(pid, "SIGINT");
    };
    return this.swap(args, { code: INTERRUPTED, started }).finally(() => {
      running = false;
    });
  }

  /** Runs one of the example's scripts and prints what it says. */
  async script(name, ...args) {
    typed(`node examples/orders/${name} ${args.join(" ")}`.trimEnd());
    const path = join(this.root, "examples/orders", name);
    const result = await this.run(process.execPath, [path, ...args]);
    printed(result.output);
    if (result.code !== 0) throw new DemoFailure(`${name} exited with ${result.code}`);
    return result.stdout;
  }

  pulumiIn(...args) {
    return run("pulumi", args, { cwd: this.project, env: this.env });
  }

  run(command, args, started) {
    return run(command, args, { cwd: this.root, env: this.env }, started);
  }

  async close() {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
