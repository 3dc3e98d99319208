import { isDeepStrictEqual } from "node:util";
import type { provider } from "@pulumi/pulumi";
import {
  isObject,
  PREVIEW,
  type Props,
  plainProps,
  sendable,
  UNKNOWN,
} from "../../../src/plugin/host/values";
import { loopback } from "../loopback";
import { zipOf } from "./archive";
import type { Configuration } from "./configuration";
import { autoName } from "./naming";
import { type Clients, clientsAt, type PassedType } from "./passed";

const IGNORED = ["__defaults", PREVIEW];

/** The provider's methods for a type that is passed on to AWS_ENDPOINT_URL, such as a MiniStack. */
export class PassOn {
  constructor(
    private readonly token: string,
    private readonly type: PassedType,
    private readonly endpoint: string | undefined,
  ) {}

  check(urn: string, olds: Props, news: Props): provider.CheckResult {
    const known = plainProps(withoutCode(news));
    const failures = Object.keys(known)
      .filter((name) => !this.type.inputs.includes(name) && !IGNORED.includes(name))
      .map((property) => ({
        property,
        reason: `the local aws stand-in does not honour ${property} of ${this.token}: leave it out, or use the real AWS provider`,
      }));
    failures.push(...(this.type.refusals?.(known) ?? []));
    if (!this.endpoint && !this.type.kept)
      failures.push({
        property: "",
        reason: `the local aws stand-in passes ${this.token} on to AWS_ENDPOINT_URL, which is not set: set it to a MiniStack's, or use the real AWS provider`,
      });
    if (!this.type.inputs.includes("name") || known.name != null) return { inputs: news, failures };
    const name = autoName(urn, plainProps(withoutCode(olds)));
    return { inputs: { ...news, name, __defaults: ["name"] }, failures };
  }

  diff(olds: Props, news: Props): provider.DiffResult {
    const before = plainProps(withoutCode(olds));
    const after = plainProps(withoutCode(news));
    const changed = this.type.inputs.filter(
      (name) => name !== "code" && !isDeepStrictEqual(before[name], after[name]),
    );
    // Here the engine sends an archive without its content.
    const hash = archiveIn(news)?.hash;
    if (hash !== undefined && hash !== before.codeHash) changed.push("code");
    const replaces = changed.filter((name) => this.type.replacing.includes(name));
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: true };
  }

  async create(inputs: Props, conf: Configuration): Promise<provider.CreateResult> {
    const { known, code } = await asked(inputs);
    if (known[PREVIEW] === true) {
      const later = Object.fromEntries(this.type.computed.map((name) => [name, UNKNOWN]));
      return { id: "", outs: this.outs(known, inputs, later) };
    }
    const { id, outs } = await this.type
      .create(this.clients(conf), known, code)
      .catch(explained(`creating ${this.named(known)}`));
    return { id, outs: this.outs(known, inputs, { ...outs, codeHash: archiveIn(inputs)?.hash }) };
  }

  async update(
    id: string,
    olds: Props,
    inputs: Props,
    conf: Configuration,
  ): Promise<provider.UpdateResult> {
    const { known, code } = await asked(inputs);
    const before = plainProps(withoutCode(olds));
    const kept = Object.fromEntries(this.type.computed.map((name) => [name, before[name]]));
    if (known[PREVIEW] !== true)
      await this.type
        .update?.(this.clients(conf), id, known, code)
        .catch(explained(`updating ${this.named(known)}`));
    const codeHash = archiveIn(inputs)?.hash ?? before.codeHash;
    return { outs: this.outs(known, inputs, { ...kept, codeHash }) };
  }

  async read(id: string, props: Props, conf: Configuration): Promise<provider.ReadResult> {
    if (Object.keys(props).length === 0)
      throw new Error(
        `the local aws stand-in does not import ${this.token} ${id}: leave the import out to create it, or use the real AWS provider`,
      );
    try {
      await this.type.read?.(this.clients(conf), id);
    } catch (error) {
      if (isGone(error)) return { id: "", props: {} };
      explained(`reading ${this.token} ${id}`)(error);
    }
    return { id, props };
  }

  async delete(id: string, conf: Configuration): Promise<void> {
    try {
      await this.type.remove?.(this.clients(conf), id);
    } catch (error) {
      if (!isGone(error)) explained(`deleting ${this.token} ${id}`)(error);
    }
  }

  private outs(known: Props, inputs: Props, more: Props): Props {
    const { [PREVIEW]: _, __defaults: __, ...rest } = known;
    return sendable({ ...rest, ...more }, withoutCode(inputs));
  }

  private named = ({ name, functionName }: Props): string =>
    `${this.token} ${name ?? functionName ?? ""}`.trim();

  private clients({ region }: Configuration): Clients {
    if (this.type.kept) return {} as Clients;
    return clientsAt(loopback(this.endpoint ?? "", "AWS_ENDPOINT_URL"), region);
  }
}

/** The state keeps a hash of the code in its place. */
function withoutCode({ code: _, ...rest }: Props): Props {
  return rest;
}

/** The archive as the engine sends it; undefined if it is not known yet. */
function archiveIn(inputs: Props): Props | undefined {
  const { code } = plainProps({ code: inputs.code });
  return isObject(code) ? code : undefined;
}

async function asked(inputs: Props) {
  const known = plainProps(withoutCode(inputs));
  const archive = archiveIn(inputs);
  return { known, code: archive && (await zipOf(archive)) };
}

const isGone = (error: unknown): boolean =>
  /^((Resource)?NotFoundException|NoSuchEntity\w*|StateMachineDoesNotExist)$/.test(
    (error as Error).name,
  );

const explained =
  (doing: string) =>
  (error: unknown): never => {
    const { name, message } = error as Error;
    throw new Error(`${doing}: ${name}: ${message.split("\n", 1)[0] || "no message"}`);
  };
