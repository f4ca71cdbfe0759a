// A directory server under test. It keeps to small limits, so that a short run meets them.
import { startDirectory } from "lupine/directory";
import { directoryLimits } from "./directory-limits.js";
import { serveQuestions } from "./subject.js";

const directory = await startDirectory({ port: 0, udp: true, limits: directoryLimits });

serveQuestions(
  { url: directory.url },
  () => directory.close(),
  () => ({ registrations: directory.size }),
);
