// For tests of what other machines may do, on a machine that is alone.
import { Neighbours } from "../../machine/neighbours.js";

/** Takes every host for one of another network. */
export class Strangers extends Neighbours {
  override isThisMachine(): boolean {
    return false;
  }

  override has(): boolean {
    return false;
  }
}
