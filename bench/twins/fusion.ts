// Fusions as one would write them first: loops over typed arrays.

const CLASSES = 10;

export function averageInJavaScript(members: Float32Array[], weights: number[], out: Float32Array | Int32Array): void {
  out.fill(0);
  members.forEach((matrix, i) => {
    const weight = weights[i]!;
    for (let e = 0; e < out.length; e++) out[e]! += weight * matrix[e]!;
  });
}

export function voteInJavaScript(members: Float32Array[], _weights: number[], out: Float32Array | Int32Array): void {
  const votes = new Int32Array(CLASSES);
  for (let n = 0; n < out.length; n++) {
    votes.fill(0);
    const row = n * CLASSES;
    for (const matrix of members) {
      let best = 0;
      for (let c = 1; c < CLASSES; c++) if (matrix[row + c]! > matrix[row + best]!) best = c;
      votes[best]!++;
    }
    let [winner, most, sum] = [0, 0, 0];
    for (let c = 0; c < CLASSES; c++) {
      if (votes[c]! === 0 || votes[c]! < most) continue;
      const total = members.reduce((s, matrix) => s + matrix[row + c]!, 0);
      if (votes[c]! > most || total > sum) [winner, most, sum] = [c, votes[c]!, total];
    }
    out[n] = winner;
  }
}

export function logPoolInJavaScript(members: Float32Array[], weights: number[], out: Float32Array | Int32Array): void {
  for (let row = 0; row < out.length; row += CLASSES) {
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) {
      let log = 0;
      for (let i = 0; i < members.length; i++) log += weights[i]! * Math.log(members[i]![row + c]!);
      const power = Math.exp(log);
      out[row + c] = power;
      sum += power;
    }
    for (let c = 0; c < CLASSES; c++) out[row + c]! /= sum;
  }
}
