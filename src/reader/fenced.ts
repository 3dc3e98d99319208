export { followFenced } from "./client/follow-fenced";
