import { inspect } from "node:util";
import { Script } from "./script";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

const ITEMS = 6;

interface Body {
  version: number;
  item?: { version: number };
  items?: { version: number }[];
  cursor?: string;
  error?: string;
}

onEachStore(({ client, endpoint }) => {
  let shop: Shop;
  let service: Script;
  let url: string;
  beforeEach(async () => {
    shop = await Shop.open(client(), { sorted: false });
    await shop.addVersion(1, ITEMS);
    await shop.addVersion(2, ITEMS);
    await shop.activate(1);
    service = new Script("examples/reader/server.mjs", [], {
      env: {
        AWS_ENDPOINT_URL_DYNAMODB: endpoint(),
        SWAP_CONTROL_TABLE: shop.controlTable,
        SWAP_ALIAS: shop.alias,
        SWAP_REFRESH_MS: "200",
      },
    });
    [, url = ""] = await service.printed(/listening on (\S+)/);
  });
  afterEach(async () => {
    service.signal("SIGKILL");
    await service.end();
  });

  const get = async (path: string): Promise<{ status: number; body: Body }> => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Body };
  };

  test("a cut-over and a drop under load: no request fails, no answer mixes versions", async () => {
    const wrong: unknown[] = [];
    const served = new Map<number, number>();
    let running = true;
    const check = ({ status, body }: { status: number; body: Body }) => {
      const items = body.items ?? [body.item];
      if (status !== 200 || items.some((item) => item?.version !== body.version))
        wrong.push({ status, body });
      else served.set(body.version, (served.get(body.version) ?? 0) + 1);
      return body;
    };
    const item = async (n: number) => check(await get(`/item?pk=a${n % ITEMS}`));
    const list = async () => {
      const seen: number[] = [];
      let cursor = "";
      do {
        const body = check(await get(`/items?limit=2${cursor && `&cursor=${cursor}`}`));
        seen.push(...(body.items ?? []).map(({ version }) => version));
        cursor = body.cursor ?? "";
      } while (cursor !== "");
      if (seen.length !== ITEMS || new Set(seen).size !== 1) wrong.push(seen);
    };
    /** Requests that each of the concurrent callers has ended. */
    const rounds: number[] = [];
    const loop = async (request: (n: number) => Promise<unknown>) => {
      const caller = rounds.push(0) - 1;
      try {
        for (let n = 0; running; rounds[caller] = ++n) await request(n);
      } catch (error) {
        wrong.push(inspect(error));
      }
    };
    const load = [loop(item), loop(item), loop(item), loop(list), loop(list)];
    /** Ends at the first thing that is wrong, too: what it waits for may then never come. */
    const until = async (holds: () => boolean) => {
      while (!holds() && wrong.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const atLeast = (version: number, count: number) =>
      until(() => (served.get(version) ?? 0) >= count);
    await atLeast(1, 100);
    await shop.activate(2);
    await service.printed(/version 1 -> 2/);
    // Listings that began on version 1 are let end, as the grace period before a drop does.
    const since = [...rounds];
    await until(() => rounds.every((ended, caller) => ended !== since[caller]));
    await shop.drop(1);
    await atLeast(2, (served.get(2) ?? 0) + 100);
    running = false;
    await Promise.all(load);
    expect(wrong).toEqual([]);
    expect(served.get(1)).toBeGreaterThanOrEqual(100);
    expect(await get("/status")).toMatchObject({ status: 200, body: { activeVersion: 2 } });
  });

  test("answers health checks, missing items and expired cursors, and exits cleanly", async () => {
    expect(await get("/healthz")).toMatchObject({ status: 200 });
    expect(await get("/item?pk=none")).toMatchObject({ status: 404, body: { version: 1 } });
    expect(await get("/other")).toMatchObject({ status: 404 });
    const { cursor } = (await get("/items?limit=2")).body;
    await shop.activate(2);
    await shop.drop(1);
    expect(await get(`/items?limit=2&cursor=${cursor}`)).toMatchObject({ status: 410 });
    service.signal("SIGTERM");
    expect(await service.end()).toBe(0);
  });
});

test("without its environment variables it names the missing one in one line", async () => {
  const service = new Script("examples/reader/server.mjs", [], { env: {} });
  expect(await service.end()).toBe(2);
  expect(service.stderr.trim().split("\n")).toHaveLength(1);
  expect(service.stderr).toContain("SWAP_ALIAS");
});
