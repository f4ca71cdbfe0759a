// Writes docs/diagnostics.md from the compiler's table of diagnostics. node scripts/diagnostics.mjs
import { writeFileSync } from "node:fs";
import { explanationsPage } from "lupine/idl";

writeFileSync(new URL("../docs/diagnostics.md", import.meta.url), explanationsPage());
