// The number 5 and the name JILL travel from a Pentium (little endian) to a SPARC (big endian), in four ways.
import { decode, encode } from "lupine/xdr";
import { letter } from "./letter.gen.js";
import { invertWords, readMarked, readMemory, writeMarked, writeMemory } from "./native.js";

const message: letter = { number: 5, name: "JILL" };

const raw = writeMemory(message, "little");
tell("1. The Pentium's memory, sent as it is", raw);
conclude("the SPARC reads it as its own", readMemory(raw, "big"), "5 has become 5 * 2^24");

const inverted = invertWords(raw);
tell("2. The bytes of every word reversed on arrival", inverted);
conclude("the SPARC reads", readMemory(inverted, "big"), "the number is right, the text is not");

const canonical = encode(letter, message);
tell("3. XDR: one form for all (number, length, text)", canonical);
conclude(
  "the SPARC reads",
  decode(letter, canonical),
  "both are right; little endian machines convert whatever they send or receive",
);

const marked = writeMarked(message, "little");
tell("4. Native form with a mark (00 little, 01 big endian): the receiver makes it right", marked);
conclude("the SPARC reads", readMarked(marked, "big"), "both are right; two Pentiums would convert nothing");

function tell(title: string, bytes: Uint8Array): void {
  const words = Buffer.from(bytes).toString("hex").match(/.{8}/g) ?? [];
  console.log(title);
  for (const word of words) {
    const text = Buffer.from(word, "hex")
      .toString("latin1")
      .replace(/[^ -~]/g, ".");
    console.log(`     ${(word.match(/../g) ?? []).join(" ")}  ${text}`);
  }
}

function conclude(who: string, { number, name }: letter, remark: string): void {
  console.log(`   ${who}: ${number} and "${name}": ${remark}\n`);
}
