// "lupine/explain": describes the bytes of RPC messages and records, group by group.
export type { Fault, Group } from "./cursor.js";
export { Explainer, type ExplainerOptions, mostRememberedCalls } from "./explainer.js";
export { type Fragment, type FramedMessage, type Framing, framingOf, splitRecords } from "./framing.js";
export { formatGroups, inputOffset, type PlacedGroup, placeGroups, type TableOptions } from "./layout.js";
export type { CalledProcedure, ExplainedMessage } from "./message.js";
export { mostListedValues } from "./values.js";
