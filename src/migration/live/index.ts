export {
  assertWay,
  awaitOtherFence,
  FENCE_BUDGET_MS,
  type SwitchRun,
  switchLive,
} from "./live-switch";
