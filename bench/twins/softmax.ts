// Softmax regression as one would write it first: loops over typed arrays. Weights by class, then biases.

export function trainInJavaScript(
  values: Float32Array,
  labels: Int32Array,
  features: number,
  classes: number,
  batch: number,
  rate: number,
): Float32Array {
  const model = new Float32Array((features + 1) * classes);
  const gradient = new Float32Array(model.length);
  const scores = new Float64Array(classes);
  for (let begin = 0; begin < labels.length; begin += batch) {
    const end = Math.min(labels.length, begin + batch);
    gradient.fill(0);
    for (let n = begin; n < end; n++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) {
        let sum = model[features * classes + c]!;
        for (let i = 0; i < features; i++) sum += values[n * features + i]! * model[c * features + i]!;
        scores[c] = sum;
        most = Math.max(most, sum);
      }
      let total = 0;
      for (let c = 0; c < classes; c++) {
        scores[c] = Math.exp(scores[c]! - most);
        total += scores[c]!;
      }
      for (let c = 0; c < classes; c++) {
        const error = (scores[c]! / total - (labels[n] === c ? 1 : 0)) / (end - begin);
        for (let i = 0; i < features; i++) gradient[c * features + i]! += error * values[n * features + i]!;
        gradient[features * classes + c]! += error;
      }
    }
    for (let i = 0; i < model.length; i++) model[i]! -= rate * gradient[i]!;
  }
  return model;
}
