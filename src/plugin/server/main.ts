import { setUserAgentPart } from "../../aws";
import { serve } from "../host/serve";
import { EngineLog } from "./engine-log";
import { SwapProvider } from "./provider";

/** Pause between checks for running operations, in milliseconds. */
const SETTLE_MS = 50;
/** Maximum wait for running operations, in milliseconds. */
const GRACE_MS = 5_000;

setUserAgentPart("provider");
const swap = new SwapProvider(process.env, new EngineLog(process.argv[2]));
serve(swap, "the swap plugin");

// The engine ends a plugin by SIGINT, and sends Cancel to a busy one. End waits at once, but give a running
// write limited time to finish: the endpoint may never respond.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    void swap.cancel();
    const deadline = performance.now() + GRACE_MS;
    const leave = () =>
      swap.busy && performance.now() < deadline ? setTimeout(leave, SETTLE_MS) : process.exit(0);
    leave();
  });
