import { setUserAgentPart } from "../../aws";
import { serve } from "../host/serve";
import { EngineLog } from "./engine-log";
import { SwapProvider } from "./provider";

/** Between two looks whether what is under way has ended, in milliseconds. */
const SETTLE_MS = 50;
/** For how long it is waited for. */
const GRACE_MS = 5_000;

setUserAgentPart("provider");
const swap = new SwapProvider(process.env, new EngineLog(process.argv[2]));
serve(swap, "the swap plugin");

// The engine ends a plugin by SIGINT, and asks one that is busy to cancel. Waits end at once. A write
// that is under way gets time for its outcome, and not for ever: an endpoint may never answer.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    void swap.cancel();
    const deadline = performance.now() + GRACE_MS;
    const leave = () =>
      swap.busy && performance.now() < deadline ? setTimeout(leave, SETTLE_MS) : process.exit(0);
    leave();
  });
