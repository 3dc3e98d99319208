import * as pulumi from "@pulumi/pulumi";
import { VersionedTable } from "pulumi-swap";

const config = new pulumi.Config();

// The platform's stack of the same name owns the control table. Its outputs carry the ARN as well.
const platform = new pulumi.StackReference(`organization/shop-platform/${pulumi.getStack()}`);
const shared = platform.requireOutput("controlTable") as pulumi.Output<{
  name: string;
  arn: string;
}>;
const controlTable = { name: shared.name, arn: shared.arn };

const key = (name: string) => ({ hashKey: name, attributes: [{ name, type: "S" }] });

const products = new VersionedTable("products", {
  alias: "products",
  controlTable,
  table: key("productId"),
  versions: [1, 2],
  activeVersion: config.requireNumber("products"),
});

// Each alias has its own version numbers: a cut-over of one leaves the others unchanged.
const prices = new VersionedTable("prices", {
  alias: "prices",
  controlTable,
  table: key("productId"),
  versions: [1, 2, 3],
  activeVersion: config.requireNumber("prices"),
});

export const activeTables = { products: products.activeTable, prices: prices.activeTable };
// What a service that reads both may do.
export const policies = [products.readerPolicy, prices.readerPolicy];
