// Interleaved rounds: what disturbs one codec disturbs its neighbours as well. Time is the process's own CPU time, garbage
// collection included: what else the machine does counts little.
const rounds = 15;
const kept = []; // so that no result is dead code

/** Nanoseconds (of CPU time) of one run of each work in each round. All rounds together take about `budget` nanoseconds. */
export function measure(works, budget) {
  const slice = budget / works.length / (rounds + 5);
  const counts = works.map((work) => work && calibrate(work, slice));
  const samples = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another codec: none is always the one after the most garbage.
    for (let turn = 0; turn < works.length; turn++) {
      const i = (round + turn) % works.length;
      if (works[i] !== undefined) samples[i].push(timeOf(works[i], counts[i]) / counts[i]);
    }
  }
  return samples;
}

function calibrate(work, slice) {
  let count = 1;
  for (let spent = 0; spent < 4 * slice; ) {
    const time = timeOf(work, count);
    spent += time;
    count = Math.max(1, Math.min(count * 8, Math.round((count * slice) / Math.max(time, 1))));
  }
  return count;
}

function timeOf(work, count) {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) kept[0] = work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}
