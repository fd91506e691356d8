import { afterAll, afterEach } from "vitest";
import { closeForwardProxies } from "./forward-proxy.ts";
import { removeScratchFolders } from "./scratch-folder.ts";
import { endServed } from "./served.ts";
import { closeStandIns } from "./stand-in.ts";
import { closeStreams } from "./streams.ts";

// A hook of the helpers' own modules would be there for the first file of a worker only, which loads each module once.
afterEach(endServed);
afterAll(closeStreams);
afterAll(closeStandIns);
afterAll(closeForwardProxies);
afterAll(removeScratchFolders);
