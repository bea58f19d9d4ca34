// The step of k-means that takes the time: which centre is nearest to each sample. Rows are a multiple of 16 floats long.

@inline function distance(x: usize, y: usize, bytes: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  for (let o: usize = 0; o < bytes; o += 32) {
    const p = f32x4.sub(v128.load(x + o), v128.load(y + o));
    const q = f32x4.sub(v128.load(x + o, 16), v128.load(y + o, 16));
    a = f32x4.add(a, f32x4.mul(p, p));
    b = f32x4.add(b, f32x4.mul(q, q));
  }
  const s = f32x4.add(a, b);
  return (f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1)) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
}

/**
 * By sample from .. to - 1: the squared distance to each centre (a row of `centres` floats), and the nearest centre, the lowest
 * of equally near ones.
 */
export function nearestCentres(
  samples: usize, from: i32, to: i32, bytes: usize, centres: i32, points: usize, nearest: usize, distances: usize,
): void {
  for (let n = from; n < to; n++) {
    const x = samples + <usize>n * bytes;
    let best: f32 = Infinity;
    let which = 0;
    for (let k = 0; k < centres; k++) {
      const d = distance(x, points + <usize>k * bytes, bytes);
      store<f32>(distances + (<usize>(n * centres + k) << 2), d);
      if (d < best) { best = d; which = k; }
    }
    store<i32>(nearest + (<usize>n << 2), which);
  }
}
