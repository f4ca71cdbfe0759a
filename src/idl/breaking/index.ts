// Comparing two versions of an interface.
export { compareInterfaces } from "./breaking.js";
export { CHANGE_CATEGORIES, type Change, type ChangeCategory } from "./change.js";
