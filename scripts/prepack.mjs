// Before `npm pack`: the packages that go into the tarball, and the compiled output, also in a fresh clone.
import { setUp } from "./setup.mjs";

setUp();
