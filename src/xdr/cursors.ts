// XdrReader and XdrWriter as users make them: their options are checked. The rest of Lupine makes them from options that
// were checked before, so the bundles of clients and servers have no part of this file.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { XdrReader as Reader, type XdrReaderOptions } from "./reader.js";
import { XdrWriter as Writer, type XdrWriterOptions } from "./writer.js";

const limits = { depth: "number", bytes: "number", elements: "number" } as const;
const readerOptions: OptionTable<XdrReaderOptions> = { limits, lenient: "function" };
const writerOptions: OptionTable<XdrWriterOptions> = { capacity: "count", limits, splice: "flag" };

export const XdrReader: typeof Reader = /* @__PURE__ */ checked(Reader, 1, readerOptions);
export type XdrReader = Reader;
export const XdrWriter: typeof Writer = /* @__PURE__ */ checked(Writer, 0, writerOptions);
export type XdrWriter = Writer;

/** The class itself, not a subclass: `instanceof` and the engine's inline caches see one class. The options are argument `at`. */
function checked<C extends new (...values: never[]) => object>(type: C, at: number, table: OptionTable<object>): C {
  const behind: C = new Proxy(type, {
    construct(_type, values, created) {
      checkOptions(table, values[at]);
      return Reflect.construct(type, values, created === behind ? type : created);
    },
  });
  return behind;
}
