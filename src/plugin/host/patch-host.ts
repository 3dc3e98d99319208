import {
  ConfigureRequest,
  ConfigureResponse,
  CreateRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { version } from "@pulumi/pulumi/version";
import { assertFunctionsExist } from "../../validation";
import { PREVIEW, type Props } from "./values";

/**
 * Gives a provider what the Node.js provider server (`pulumi.provider.main`, 3.270) does not pass on:
 *
 * - the arguments of Configure, where an explicit `aws.Provider` has its endpoint;
 * - previews of `create` and `update`, without which an update in place would make outputs such as `arn`
 *   unknown to everything that depends on them;
 * - a read without properties, as `pulumi import` asks for, on which the server fails.
 *
 * No public API provides these, so the replaced parts are checked first.
 *
 * @param onConfigure called with the arguments of Configure
 * @throws Error with a one-line message if a release of @pulumi/pulumi lacks one of them
 */
export function patchHost(onConfigure: (args: Props) => void): void {
  assertFunctionsExist(`@pulumi/pulumi ${version}`, "the servers of its providers", {
    "ConfigureRequest.deserializeBinary": ConfigureRequest?.deserializeBinary,
    "ConfigureRequest.getArgs": ConfigureRequest?.prototype.getArgs,
    "ConfigureResponse.setAcceptoutputs": ConfigureResponse?.prototype.setAcceptoutputs,
    "ConfigureResponse.setSupportspreview": ConfigureResponse?.prototype.setSupportspreview,
    "CreateRequest.getProperties": CreateRequest?.prototype.getProperties,
    "CreateRequest.getPreview": CreateRequest?.prototype.getPreview,
    "UpdateRequest.getNews": UpdateRequest?.prototype.getNews,
    "UpdateRequest.getPreview": UpdateRequest?.prototype.getPreview,
    "ReadRequest.getProperties": ReadRequest?.prototype.getProperties,
  });
  const { deserializeBinary } = ConfigureRequest;
  ConfigureRequest.deserializeBinary = (bytes) => {
    const request = deserializeBinary(bytes);
    onConfigure((request.getArgs()?.toJavaScript() ?? {}) as Props);
    return request;
  };

  const { setAcceptoutputs } = ConfigureResponse.prototype;
  ConfigureResponse.prototype.setAcceptoutputs = function (value) {
    this.setSupportspreview(true);
    return setAcceptoutputs.call(this, value);
  };

  const { getProperties } = CreateRequest.prototype;
  CreateRequest.prototype.getProperties = function () {
    return withPreviewFlag(getProperties.call(this), this.getPreview());
  };

  const { getNews } = UpdateRequest.prototype;
  UpdateRequest.prototype.getNews = function () {
    return withPreviewFlag(getNews.call(this), this.getPreview());
  };

  const readProperties = ReadRequest.prototype.getProperties;
  ReadRequest.prototype.getProperties = function () {
    return readProperties.call(this) ?? ({ toJavaScript: () => ({}) } as Struct);
  };
}

type Struct = NonNullable<ReturnType<CreateRequest["getProperties"]>>;

function withPreviewFlag(struct: Struct | undefined, preview: boolean): Struct | undefined {
  if (!preview || struct === undefined) return struct;
  const props = struct.toJavaScript();
  return { toJavaScript: () => ({ ...props, [PREVIEW]: true }) } as unknown as Struct;
}
