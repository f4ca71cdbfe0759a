// The programs of programs.c on mailboxes: node programs.js RANK SIZE. It prints "ready" once its mailbox is open, and begins with
// the first line of standard input. Only rank 0 prints more.
import { once } from "node:events";
import { any, sum, World } from "./ranks.js";

const world = await World.open(Number(process.argv[2]), Number(process.argv[3]));
const { rank, size } = world;
const left = (rank + size - 1) % size;
const right = (rank + 1) % size;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const show = (text: string) => void process.stdout.write(`${text}\n`);
const print = (values: readonly number[]) => show(values.map((value) => ` ${value}`).join(""));
const printAll = async (own: number | readonly number[]) => {
  const all = await world.gather([own].flat());
  if (rank === 0) print(all);
};

const programs: Record<string, () => Promise<void>> = {
  async hello() {
    if (rank > 0) return world.send(rank, 0);
    for (const from of range(size).slice(1)) show(`rank ${await world.value(from)} of ${size}`);
  },
  async ring() {
    if (rank > 0) return world.send((await world.value(left)) * 10 + rank, right);
    await world.send(1, right);
    show(`${await world.value(left)}`);
  },
  async "ping-pong"() {
    let value = 0;
    for (let i = 0; i < 10 && rank < 2; i++) {
      if (rank === 0) {
        await world.send(value + 1, 1);
        value = await world.value(1);
      } else await world.send((await world.value(0)) * 2, 0);
    }
    if (rank === 0) show(`${value}`);
  },
  async "any source"() {
    if (rank > 0) return world.send(rank * rank, 0);
    let [total, sources] = [0, 0];
    for (let i = 1; i < size; i++) {
      const { source, data } = await world.receive(any, 0);
      total += data[0] as number;
      sources += source;
    }
    show(`${total} from ${sources}`);
  },
  async "any tag"() {
    for (const [i, sent] of [5, 3, 9].entries()) {
      if (rank === 1) await world.send(i, 0, sent);
      if (rank > 0) continue;
      const { tag, data } = await world.receive(1);
      show(`${data[0]} by tag ${tag}`);
    }
  },
  async "choose tag"() {
    for (const [i, tag] of [3, 1, 2].entries()) {
      if (rank === 1) await world.send(100 + i, 0, i + 1);
      if (rank === 0) show(`${await world.value(1, tag)}`);
    }
  },
  async order() {
    let misplaced = 0;
    const sent: Promise<void>[] = [];
    for (let i = 0; i < 1_000; i++) {
      if (rank === 3) sent.push(world.send(i, 0));
      if (rank === 0 && (await world.value(3)) !== i) misplaced++;
    }
    await Promise.all(sent);
    if (rank === 0) show(`${misplaced} misplaced`);
  },
  // A synchronous send ends when the message is received: rank 1 receives it only after rank 0 has looked, and said so by rank 2.
  async "synchronous send"() {
    if (rank === 1) {
      await world.receive(2, 8);
      await world.receive(0, 7);
    }
    if (rank === 2) await world.send(await world.value(0, 8), 1, 8);
    if (rank > 0) return;
    let isDelivered = 0;
    const sending = world.ssend(5, 1, 7).then(() => {
      isDelivered = 1;
    });
    const before = isDelivered;
    await world.send(before, 2, 8);
    await sending;
    show(`${before} before, ${isDelivered} after the receive`);
  },
  async probe() {
    if (rank === 2) await world.send([4, 5, 6], 0, 11);
    if (rank > 0) return;
    const { source, tag, data } = await world.probe();
    show(`${data.length} values from ${source} by tag ${tag}`);
    print((await world.receive(source, tag)).data);
  },
  async "test for a message"() {
    if (rank === 1) await world.send((await world.value(0, 12)) + 1, 0, 12);
    if (rank > 0) return;
    const before = world.hasArrived(1, 12);
    await world.send(1, 1, 12);
    while (!world.hasArrived(1, 12)) await new Promise(setImmediate);
    show(`${Number(before)}, then 1: ${await world.value(1, 12)}`);
  },
  async broadcast() {
    const values = await world.broadcast(
      range(3).map((i) => 7 * i),
      2,
    );
    await printAll(values.reduce(sum) + rank);
  },
  async scatter() {
    await printAll(2 * (await world.scatter(range(size).map((i) => i * i))));
  },
  async "gather of lengths"() {
    await printAll(range(rank + 1).map((i) => 10 * rank + i));
  },
  async reduce() {
    const total = await world.reduce(rank + 1, sum);
    const product = await world.reduce(rank + 1, (a, b) => a * b);
    if (rank === 0) show(`${total} ${product}`);
  },
  async "all-reduce"() {
    await printAll(Math.max(...(await world.allGather([(rank * 7) % 5]))));
  },
  async scan() {
    await printAll((await world.allGather([rank + 1])).slice(0, rank + 1).reduce(sum));
  },
  async "all to all"() {
    await printAll((await world.exchange(range(size).map((to) => [10 * rank + to]))).flat());
  },
  async barrier() {
    let found = 0;
    if (rank > 0) await world.ssend(rank, 0, 20);
    else for (let i = 1; i < size; i++) found += await world.value(any, 20);
    await world.barrier();
    if (rank === 0) show(`${found}, ${Number(world.hasArrived(any, 20))} left`);
  },
  async shift() {
    const [got] = await Promise.all([world.value(left), world.send(rank, right)]);
    await printAll(got);
  },
  async "master and workers"() {
    if (rank > 0) return work();
    let [next, total] = [0, 0];
    for (let to = 1; to < size; to++) await world.send(next++, to, 1);
    for (let done = 0; done < 20; done++) {
      const { source, data } = await world.receive(any, 2);
      total += data[0] as number;
      if (next < 20) await world.send(next++, source, 1);
      else await world.send(0, source, 3);
    }
    show(`${total}`);
  },
  async circle() {
    let own = 0;
    for (let x = rank; x < 500; x += size) for (let y = 0; y < 500; y++) own += Number(x * x + y * y < 250_000);
    const all = await world.reduce(own, sum);
    if (rank === 0) show(`${all} of 250000`);
  },
  async "empty message"() {
    if (rank === 1) await world.send([], 0, 4);
    if (rank === 0) show(`${(await world.receive(1, 4)).data.length}`);
  },
};

/** Tag 1: a task; tag 2: its result; tag 3: there are no more. */
async function work(): Promise<void> {
  for (;;) {
    const { tag, data } = await world.receive(0);
    if (tag === 3) return;
    await world.send((data[0] as number) ** 2, 0, 2);
  }
}

process.stdout.write("ready\n");
await once(process.stdin, "data");
for (const [name, run] of Object.entries(programs)) {
  if (rank === 0) show(`== ${name}`);
  await run();
  await world.barrier();
}
process.stdin.destroy();
await world.close();
