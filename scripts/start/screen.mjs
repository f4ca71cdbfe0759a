// Prints the steps of one call in their order, whichever process tells of them first. Colours only on a terminal.

const { NO_COLOR = "", TERM = "" } = process.env;
const coloured = process.stdout.isTTY === true && NO_COLOR === "" && TERM !== "dumb";

export const bold = (text) => style("1", text);
export const dim = (text) => style("2", text);

function style(code, text) {
  return coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
}

const colours = { client: "36", network: "33", server: "35" };

/** Holds a step back until all steps before it were shown. */
export class Steps {
  #shown = 0;
  #waiting = new Map();

  /** `place`: client, network or server. `lines` stand below the step; `printed` is what the program itself says. */
  show(number, { place, text, lines = [], printed }) {
    this.#waiting.set(number, { place, text, lines, printed });
    for (;;) {
      const next = this.#waiting.get(this.#shown + 1);
      if (next === undefined) return;
      this.#waiting.delete(++this.#shown);
      this.#print(this.#shown, next);
    }
  }

  get count() {
    return this.#shown;
  }

  #print(number, { place, text, lines, printed }) {
    const colour = (text) => style(colours[place], text);
    const label = colour(place.padEnd(9));
    console.log(`${bold(String(number).padStart(2))}  ${label}${text}`);
    for (const line of lines) console.log(`    ${colour("|")}   ${line}`);
    if (printed !== undefined) console.log(`    ${colour(`${place} prints:`)} ${bold(printed)}`);
  }
}
