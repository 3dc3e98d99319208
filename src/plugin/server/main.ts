import { serve } from "../host/serve";
import { EngineLog } from "./engine-log";
import { SwapProvider } from "./provider";

const SETTLE_MS = 50;

const swap = new SwapProvider(process.env, new EngineLog(process.argv[2]));
serve(swap, "the swap plugin");

// The engine ends a plugin by SIGINT, and asks one that is busy to cancel. What is under way is
// answered first: a write must not be left without its outcome.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    void swap.cancel();
    const leave = () => (swap.busy ? setTimeout(leave, SETTLE_MS) : process.exit(0));
    leave();
  });
