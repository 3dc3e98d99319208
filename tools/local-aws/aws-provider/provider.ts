import type { provider } from "@pulumi/pulumi";
import { PREVIEW, type Props, plainProps, sendable } from "../../../src/plugin/host/values";
import { checkTable } from "./check";
import { type Configuration, configuration, regionOf } from "./configuration";
import { diffTable } from "./diff";
import { invoked } from "./functions";
import { getTable } from "./get-table";
import { inputsOf } from "./imported";
import { typeOf } from "./naming";
import { createTable, deleteTable, PartialUpdateError, readTable, updateTable } from "./operations";
import { previewOfNew, previewOfUpdate } from "./outputs";
import { PassOn } from "./pass-on";
import { PASSED } from "./passed";
import { requireOwnHome, schemaOf } from "./schema";
import type { TableInputs } from "./table";

/** The release of the real provider whose properties this one takes. */
export const VERSION = "7.48.0";

const TABLE = "aws:dynamodb/table:Table";
const GET_TABLE = "aws:dynamodb/getTable:getTable";
const GET_DEFAULT_TAGS = "aws:index/getDefaultTags:getDefaultTags";

/**
 * A stand-in for the `aws` provider plugin which serves `aws.dynamodb.Table` from a DynamoDB on
 * this machine, so that a program runs unchanged without AWS.
 */
export class LocalAws implements provider.Provider {
  readonly version = VERSION;
  private args: Props = {};

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** The arguments of this provider instance, as Configure has them. */
  configure(args: Props): void {
    this.args = args;
  }

  async getSchema(): Promise<string> {
    requireOwnHome(this.env);
    return schemaOf(VERSION);
  }

  async check(urn: string, olds: Props, news: Props): Promise<provider.CheckResult> {
    const passed = this.passed(urn);
    try {
      this.settings();
    } catch (error) {
      return { inputs: news, failures: [{ property: "", reason: (error as Error).message }] };
    }
    return passed ? passed.check(urn, olds, news) : checkTable(urn, olds, news);
  }

  async diff(_id: string, urn: string, olds: Props, news: Props): Promise<provider.DiffResult> {
    const passed = this.passed(urn);
    if (passed) return passed.diff(olds, news);
    return diffTable(plainProps(olds), plainProps(news), this.settings().defaultTags);
  }

  async create(urn: string, inputs: Props): Promise<provider.CreateResult> {
    const passed = this.passed(urn);
    if (passed) return passed.create(inputs, this.settings());
    const { preview, table } = asked(inputs);
    const { region, defaultTags } = this.settings();
    if (preview)
      return { id: "", outs: sendable(previewOfNew(table, region, defaultTags), inputs) };
    const outs = await createTable(table, this.settings()).catch(sendableFailure(inputs));
    return { id: table.name, outs: sendable(outs, inputs) };
  }

  async read(id: string, urn: string, props: Props = {}): Promise<provider.ReadResult> {
    const passed = this.passed(urn);
    if (passed) return passed.read(id, props, this.settings());
    const outs = await readTable(id, plainProps(props), this.settings());
    const imported = Object.keys(props).length === 0;
    // The engine would say that the provider can't import at all.
    if (outs === undefined && imported)
      throw new Error(
        `reading DynamoDB Table (${id}): it does not exist, so it can't be imported; correct the name, or leave the import out to create it`,
      );
    if (outs === undefined) return { id: "", props: {} };
    return {
      id,
      props: sendable(outs, props),
      ...(imported && { inputs: sendable(inputsOf(outs), {}) }),
    };
  }

  async update(id: string, urn: string, olds: Props, news: Props): Promise<provider.UpdateResult> {
    const passed = this.passed(urn);
    if (passed) return passed.update(id, olds, news, this.settings());
    const { preview, table } = asked(news);
    const outs = preview
      ? previewOfUpdate(plainProps(olds), table, this.settings().defaultTags)
      : await updateTable(id, table, this.settings()).catch(sendableFailure(news));
    return { outs: sendable(outs, news) };
  }

  async delete(id: string, urn: string, props: Props): Promise<void> {
    const passed = this.passed(urn);
    if (passed) return passed.delete(id, this.settings());
    await deleteTable(id, plainProps(props), this.settings());
  }

  async invoke(token: string, args: Props): Promise<provider.InvokeResult> {
    const known = plainProps(args);
    if (token === GET_TABLE) return { outputs: await getTable(known, this.settings()) };
    if (token === GET_DEFAULT_TAGS) return { outputs: { tags: this.settings().defaultTags } };
    const outputs = invoked(token, known, regionOf(this.args, this.env));
    if (outputs === undefined) throw new Error(notServed(token));
    return { outputs };
  }

  /** What serves a type that is passed on; undefined for a table. */
  private passed(urn: string): PassOn | undefined {
    const type = typeOf(urn);
    if (type === TABLE) return undefined;
    const found = PASSED[type];
    if (found === undefined) throw new Error(notServed(type));
    return new PassOn(type, found, this.env.AWS_ENDPOINT_URL);
  }

  private settings(): Configuration {
    return configuration(this.args, this.env);
  }
}

function asked(inputs: Props): { preview: boolean; table: TableInputs } {
  const { [PREVIEW]: preview, __defaults: _, ...table } = plainProps(inputs);
  return { preview: preview === true, table: table as unknown as TableInputs };
}

/** The state that a failure carries has to be serializable too. */
const sendableFailure = (inputs: Props) => (error: unknown) => {
  if (!(error instanceof PartialUpdateError)) throw error;
  throw new PartialUpdateError(error.id, sendable(error.properties, inputs), error);
};

const notServed = (what: string): string =>
  `the local aws stand-in serves only ${TABLE} and what a migration needs, not ${what}: use the real AWS provider for it`;
