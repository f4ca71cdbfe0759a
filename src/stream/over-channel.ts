// Streams of a client that `createClient` made: over its channel, with its credential and its interceptors.
import { DeferredChannel } from "../client/deferred-channel.js";
import { channelOf } from "../client/handle.js";
import type { ClientOptions } from "../client/options.js";
import { type ClosableClient, stubsOver } from "../client/stubs.js";
import type { Call, Channel, Interceptor } from "../rpc/call.js";
import { RpcError } from "../rpc/errors.js";
import { intercept } from "../rpc/intercept.js";
import { itemsOfCall, type StreamRequest } from "./items.js";
import { severalServers } from "./request.js";
import { STREAM_VERS, type STREAM_VERS_Procedures } from "./stream.gen.js";

/** A client and its options. */
export interface StreamingClient {
  readonly client: object;
  readonly options: Pick<ClientOptions, "auth" | "limits" | "lenient" | "interceptors">;
  /** Aborted when the client is closed. */
  readonly closing: AbortSignal;
}

type Items = AsyncGenerator<unknown, void, undefined>;

const services = new WeakMap<Channel, ClosableClient<STREAM_VERS_Procedures>>();

/** @throws TypeError if the channel leads to several servers. */
export function itemsOver({ client, options, closing }: StreamingClient, request: StreamRequest): Items {
  const channel = channelOf(client);
  const { remote } = channel;
  const { interceptors = [] } = options;
  if (channel instanceof DeferredChannel && remote.kind === "memory" && remote.name !== "a server")
    throw severalServers(remote.name);
  const service = services.get(channel) ?? stubsOver(STREAM_VERS, channel, { ownsChannel: false });
  services.set(channel, service);
  const items = (own: StreamRequest): Items => itemsOfCall({ service, options, closing }, own);
  return interceptors.length === 0 ? items(request) : intercepted({ channel, interceptors }, request, items);
}

/** Interceptors run once for each stream. What `next` resolves with is the stream, which they may replace. */
async function* intercepted(
  { channel, interceptors }: { readonly channel: Channel; readonly interceptors: readonly Interceptor[] },
  request: StreamRequest,
  items: (own: StreamRequest) => Items,
): Items {
  const { program, procedure, args, options } = request;
  const { signal = new AbortController().signal } = options;
  const call: Call = { program, procedure, args, options, signal, remote: channel.remote, values: new Map() };
  // Interceptors may begin a stream again, and throw what they like: it may have run if any attempt may have.
  let unsure = 0;
  async function* attempt(own: StreamRequest): Items {
    unsure++;
    try {
      yield* items(own);
    } catch (error) {
      if ((error as RpcError).mayHaveRun === false) unsure--;
      throw error;
    }
  }
  try {
    yield* (await intercept(interceptors, async (one) => attempt({ ...request, ...streamOf(one) }))(call)) as Items;
  } catch (error) {
    if (unsure > 0 && error instanceof RpcError) Object.assign(error, { mayHaveRun: true });
    throw error;
  }
}

/** Of a call that interceptors have changed, what concerns a stream. */
function streamOf({ args, options, signal }: Call): Pick<StreamRequest, "args" | "options"> {
  const { auth, window } = options as StreamRequest["options"];
  return { args, options: { signal, ...(auth && { auth }), ...(window !== undefined && { window }) } };
}
