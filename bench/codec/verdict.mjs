// Who was faster: by the ratios of the rounds, so that noise is not taken for a difference.
const firstPeer = 2;

/** A sentence on how column `own` did against the peers. A peer is level where the middle half of the ratios spans 1. */
export function verdict(label, own, labels, results) {
  const said = { faster: 0, level: [], slower: [] };
  for (const { title, rounds } of results) {
    for (let peer = firstPeer; peer < labels.length; peer++) {
      if (rounds[own].length === 0 || rounds[peer].length === 0) continue;
      const ratios = rounds[peer].map((time, i) => time / rounds[own][i]).sort((a, b) => a - b);
      const [low, high] = [ratios[ratios.length >> 2], ratios[(3 * ratios.length) >> 2]];
      if (low > 1) said.faster++;
      else said[high < 1 ? "slower" : "level"].push(`${labels[peer]} (${title})`);
    }
  }
  const list = (word, cells) => (cells.length === 0 ? "" : `, ${word} ${cells.join(", ")}`);
  return `${label}: faster in ${said.faster} comparisons${list("level with", said.level)}${list("slower than", said.slower)}.`;
}
