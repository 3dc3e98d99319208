import * as pulumi from "@pulumi/pulumi";
import { mendHost } from "./host-gaps";
import { LocalAws } from "./provider";

const WATCH_MS = 2000;

// The server also prints every refusal with its stack; the engine reports each one by itself.
console.error = () => undefined;

const aws = new LocalAws(process.env);
mendHost((args) => aws.configure(args));
pulumi.provider.main(aws, process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`the local aws stand-in cannot start: ${error.message}\n`);
  process.exit(1);
});

// An engine that is killed tells nobody; its plugin would stay for ever.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(0);
}, WATCH_MS).unref();
