import { serve } from "../../../src/plugin/host/serve";
import { LocalAws } from "./provider";

serve(new LocalAws(process.env), "the local aws stand-in");
