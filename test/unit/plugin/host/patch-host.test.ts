import {
  ConfigureRequest,
  ConfigureResponse,
  CreateRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { patchHost } from "../../../../src/plugin/host/patch-host";

const told: unknown[] = [];
patchHost((args) => told.push(args));

test("the arguments of Configure arrive", () => {
  const request = new ConfigureRequest().setArgs(Struct.fromJavaScript({ region: "eu-west-1" }));
  ConfigureRequest.deserializeBinary(request.serializeBinary());
  ConfigureRequest.deserializeBinary(new ConfigureRequest().serializeBinary());
  expect(told).toEqual([{ region: "eu-west-1" }, {}]);
});

test("the engine learns that previews are served", () => {
  expect(new ConfigureResponse().setAcceptoutputs(true).getSupportspreview()).toBe(true);
});

test("a preview is marked, and nothing else is", () => {
  const props = Struct.fromJavaScript({ name: "t" });
  const create = new CreateRequest().setProperties(props);
  const update = new UpdateRequest().setNews(props);
  expect(create.getProperties()?.toJavaScript()).toEqual({ name: "t" });
  expect(update.getNews()?.toJavaScript()).toEqual({ name: "t" });
  const marked = { name: "t", __preview: true };
  expect(create.setPreview(true).getProperties()?.toJavaScript()).toEqual(marked);
  expect(update.setPreview(true).getNews()?.toJavaScript()).toEqual(marked);
});

test("a read without properties has none, instead of failing", () => {
  expect(new ReadRequest().getProperties()?.toJavaScript()).toEqual({});
});
