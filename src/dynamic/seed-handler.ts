import { type NewTableRetry, proveLocation, retryWhileNew } from "../aws";
import type { Connection } from "../aws/connection";
import { seedActive } from "../pointer";
import { connectionFailures, inputFailures } from "./active-version-inputs";
import type { Clients } from "./clients";
import type { CheckResult, DiffResult, Handler, ReadResult, Untrusted } from "./protocol";
import { findRowForRefresh } from "./row-lookup";

/** Inputs of a seed: the first version of an alias that may have none. */
export interface SeedInputs {
  alias: string;
  controlTable: string;
  /** Written only if the alias has no row: a whole number from 1 to 2^53-1. */
  version: number;
  /** The control table's ARN; the connection must reach this table. */
  controlTableArn?: string;
  actor?: string;
  connection?: Connection;
}

/**
 * Seeds an alias once. Never moves a live pointer: a seed that was superseded is no change, and deleting
 * the seed leaves the row.
 */
export class SeedHandler implements Handler<SeedInputs, SeedInputs> {
  constructor(
    private readonly clients: Clients,
    private readonly wait: NewTableRetry = {},
  ) {}

  async check(
    _olds: Untrusted<SeedInputs>,
    news: Untrusted<SeedInputs>,
  ): Promise<CheckResult<Untrusted<SeedInputs>>> {
    const failures = inputFailures(news);
    if (failures.length > 0) return { inputs: news, failures };
    return { inputs: news, failures: connectionFailures(this.clients, news.connection) };
  }

  async diff(_id: string, olds: SeedInputs, news: SeedInputs): Promise<DiffResult> {
    const replaces = (["alias", "controlTable"] as const).filter((key) => olds[key] !== news[key]);
    return { changes: replaces.length > 0 || olds.version !== news.version, replaces };
  }

  async create(inputs: SeedInputs): Promise<{ id: string; outs: SeedInputs }> {
    const { alias, controlTable, version, actor, connection } = inputs;
    const ref = { client: this.clients.get(connection), controlTable };
    await retryWhileNew(async () => {
      await proveLocation(ref, inputs);
      await seedActive(ref, alias, version, actor === undefined ? {} : { actor });
    }, this.wait);
    return { id: `${controlTable}/${alias}`, outs: inputs };
  }

  async update(_id: string, _olds: SeedInputs, news: SeedInputs): Promise<{ outs: SeedInputs }> {
    return { outs: (await this.create(news)).outs };
  }

  async read(id: string, props: SeedInputs): Promise<ReadResult<SeedInputs>> {
    const { alias, controlTable, connection } = props;
    const ref = { client: this.clients.get(connection), controlTable };
    return (await findRowForRefresh(ref, alias, props)) === "absent" ? {} : { id, props };
  }

  async delete(): Promise<void> {
    // Keep the row: traffic may follow the pointer by now.
  }
}
