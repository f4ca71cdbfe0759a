// Checks the options of encode and decode. base/check-options.ts says more, and is too large for the smallest bundles.

/**
 * Compares options with `like`, which has every option with a value of its type.
 * @throws TypeError that names an option that does not exist or has another type.
 */
export function checkLike(given: object, like: object): void {
  for (const name in given) {
    const value = given[name as keyof object] as unknown;
    const model = like[name as keyof object] as object;
    if (value !== undefined && typeof value !== typeof model)
      throw new TypeError(`options.${name} is ${typeof value}, not ${typeof model} (${Object.keys(like)})`);
    if (typeof model === "object") checkLike(value as object, model);
  }
}
