const control = new swap.ControlTable("control", {
  name: "recorded_dynamic_swap",
  tags: { team: "platform" },
  seed: { "recorded-seed": 3 },
});
const data = new swap.VersionedTable("data", {
  alias: "recorded-dynamic",
  controlTable: control,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }], tags: { team: "orders" } },
  versions: {
    1: {},
    2: { ttl: { attributeName: "expires", enabled: true } },
    3: {
      attributes: [
        { name: "id", type: "S" },
        { name: "customer", type: "S" },
      ],
      globalSecondaryIndexes: [{ name: "byCustomer", hashKey: "customer", projectionType: "ALL" }],
    },
  },
  activeVersion: new pulumi.Config().requireNumber("activeVersion"),
  readiness: { table: true, coverage: { samples: 10, ratio: 0.5 } },
  retention: { grace: "12h", readersRefresh: "2m" },
  reason: "recorded",
});
exports.activeTable = data.activeTable;
exports.readerPolicy = data.readerPolicy;
