// Straight lines between points.

/** Linear between points, along the last piece beyond them; two points at least. */
export function interpolated(points: readonly (readonly [number, number])[]): (x: number) => number {
  return (x) => {
    let i = 1;
    while (i < points.length - 1 && points[i]![0] < x) i++;
    const [x0, y0] = points[i - 1]!;
    const [x1, y1] = points[i]!;
    return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
  };
}
