import { lastWriterWinsWarning } from "../../../src/aws";
import { replicaWarner } from "../../../src/dynamic/replica-warning";
import { describing } from "./fake-client";

const replicas = [{ RegionName: "eu-west-1" }, { RegionName: "us-east-1" }];

async function warnings(looks: string[], tables: Parameters<typeof describing>[0]) {
  const lines: string[] = [];
  const { client, asked } = describing(tables);
  const watch = replicaWarner((line) => lines.push(line));
  for (const controlTable of looks) await watch({ client, controlTable });
  return { lines, asked };
}

test("a control table is described once for all of its aliases", async () => {
  const { lines, asked } = await warnings(["shop", "shop", "other"], {
    shop: { Replicas: replicas },
    other: {},
  });
  expect(asked).toEqual(["shop", "other"]);
  expect(lines).toEqual([lastWriterWinsWarning("shop", ["eu-west-1", "us-east-1"])]);
});

test("tables of one name in two Regions both cause a warning, one table through two clients only one", async () => {
  const lines: string[] = [];
  const watch = replicaWarner((line) => lines.push(line));
  const of = (region: string) =>
    describing({
      shop: { TableArn: `arn:aws:dynamodb:${region}:123456789012:table/shop`, Replicas: replicas },
    }).client;
  for (const client of [of("eu-west-1"), of("us-east-1"), of("eu-west-1")])
    await watch({ client, controlTable: "shop" });
  expect(lines).toHaveLength(2);
});

test("strong consistency, no replicas, no table and no permission cause no warning", async () => {
  const denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
  const { lines } = await warnings(["strong", "single", "gone", "denied"], {
    strong: { Replicas: replicas, MultiRegionConsistency: "STRONG" },
    single: { Replicas: [] },
    denied,
  });
  expect(lines).toEqual([]);
});
