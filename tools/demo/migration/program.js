const pulumi = require("@pulumi/pulumi");
const { ControlTable, VersionedTable } = require("pulumi-swap");

const config = new pulumi.Config();

const control = new ControlTable("control", { name: "demo_swap", deletionProtection: false });

new VersionedTable("orders", {
  alias: "orders",
  controlTable: control,
  table: {
    hashKey: "orderId",
    attributes: [{ name: "orderId", type: "S" }],
    deletionProtectionEnabled: false,
  },
  versions: {
    1: {},
    ...(config.getBoolean("migrate") && {
      2: { migrateFrom: { version: 1, transform: "./to-v2.mjs", segments: 8, concurrency: 2 } },
    }),
  },
  activeVersion: 1,
});
