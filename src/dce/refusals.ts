// The PDUs that refuse: faults and bind_nak, as servers make them and clients read them.
import { DceFault, DceRejected } from "./errors.js";
import { type ContextResult, Flag, makePdu, type Pdu, PduType } from "./pdu.js";

/** The parts of a call that its fault repeats. */
export interface FaultyCall {
  readonly id: number;
  readonly context: number;
}

export function makeFault({ id: callId, context }: FaultyCall, status: number, flags: number, little: boolean) {
  const head = { type: PduType.fault, flags: flags | Flag.first | Flag.last, callId, little };
  return makePdu(head, 32, (out) => {
    out.setUint16(20, context, little);
    out.setUint32(24, status, little);
  });
}

/** With the only version that this end speaks. */
export function makeBindNak(callId: number, reason: number, little: boolean): Uint8Array {
  return makePdu({ type: PduType.bindNak, callId, little }, 21, (view) => {
    view.setUint16(16, reason, little);
    view.setUint8(18, 1);
    view.setUint8(19, 5);
  });
}

/** `isDoubtful`: the server is not believed that the operation did not run. */
export function faultOf({ view, little, flags }: Pdu, isDoubtful = false): DceFault {
  const status = view.byteLength >= 28 ? view.getUint32(24, little) : 0;
  return new DceFault(status, { mayHaveRun: isDoubtful || (flags & Flag.didNotExecute) === 0 });
}

/** The refusal in answer to a bind or alter_context, when no call was sent yet; undefined for another PDU. */
export function refusalOf(pdu: Pdu): DceFault | DceRejected | undefined {
  if (pdu.type === PduType.fault) return new DceFault(faultOf(pdu).status, { mayHaveRun: false });
  if (pdu.type !== PduType.bindNak) return undefined;
  const reason = pdu.view.byteLength >= 18 ? pdu.view.getUint16(16, pdu.little) : 0;
  return new DceRejected(`the server refused the association: reason ${reason}`);
}

const rejections: Readonly<Record<number, string>> = {
  1: "it does not have this interface in this version",
  2: "it does not have NDR 2.0",
  3: "its limit is reached",
};

/** Why a server has not accepted an interface. */
export function whyRejected({ reason }: Pick<ContextResult, "reason">): string {
  return rejections[reason] ?? `reason ${reason}`;
}
