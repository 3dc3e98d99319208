import { handlers } from "../../../src/dynamic/host-entry";
import { forResource } from "../../../src/dynamic/status-line";

jest.mock("../../../src/dynamic/status-line", () => ({
  forResource: jest.fn((_urn: string | undefined, operation: () => unknown) => operation()),
}));

test("lines appear at the URN that the program gives, and not at one that only the state has", async () => {
  const held = { __urn: "urn:pulumi:old::shop::swap::orders", onDelete: "keep" } as never;
  const { activeVersion } = handlers;
  await activeVersion.check({}, held);
  await activeVersion.delete("orders", held);
  const places = jest.mocked(forResource).mock.calls.map(([urn]) => urn);
  expect(places).toEqual(["urn:pulumi:old::shop::swap::orders", undefined]);
});
