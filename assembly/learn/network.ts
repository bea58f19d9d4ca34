// Networks of dense layers, trained by mini-batches: none between input and output is softmax (or logistic) regression, one or
// more with ReLU a multilayer perceptron. Gradients by back-propagation, the mean over the batch.

import { addressAt, backLayer, f32At, forwardLayer, gradientLayer, setF32 } from "./dense";
import { adapt, descend, Optimiser } from "./optimiser";
import { rectify, sigmoid, softmax, unrectify } from "./outputs";

const PREDICT_BLOCK: i32 = 64;

/** `sizes`: inputs, filled up to a multiple of 16, then the units of every layer; the last are the outputs. */
@unmanaged
export class Network {
  layers: i32;
  sizes: u32; // u32, layers + 1
  logistic: i32; // 1: sigmoid outputs and binary cross-entropy, each on its own; 0: softmax and cross-entropy
  dropout: f32; // of hidden units, while training
  seed: u32;
  batches: u32; // trained so far: who drops out is another matter in each
}

@inline function sizeOf(net: Network, l: i32): i32 { return load<i32>(<usize>net.sizes + (<usize>l << 2)); }
/** Bytes of a row of layer l's answers (0: the input). */
@inline function rowBytes(net: Network, l: i32): usize { return (<usize>(sizeOf(net, l) + 15) & ~15) << 2; }
/** Bytes of layer l's weights and biases. */
@inline function layerBytes(net: Network, l: i32): usize {
  return rowBytes(net, l) * <usize>sizeOf(net, l + 1) + rowBytes(net, l + 1);
}

/** Bytes that training or predicting `batch` at once needs; a model is as large as its gradient. */
export function networkScratch(net: Network, batch: i32): usize {
  const rows = <usize>max(batch, PREDICT_BLOCK);
  let bytes: usize = 64;
  for (let l = 0; l < net.layers; l++) {
    bytes += layerBytes(net, l) + rows * (rowBytes(net, l + 1) * 2 + 4);
  }
  return bytes;
}

/** Answers of all layers to rows whose addresses are at `scratch`; returns where the last ones are. */
function forward(net: Network, model: usize, count: i32, rows: i32, training: bool, scratch: usize, answers: usize): usize {
  let addresses = scratch;
  for (let l = 0; l < net.layers; l++) {
    const stride = rowBytes(net, l + 1);
    const units = sizeOf(net, l + 1);
    forwardLayer(addresses, count, rowBytes(net, l), units, model, answers, stride);
    if (l == net.layers - 1) return answers;
    rectify(answers, count, stride, units, training ? net.dropout : 0, net.seed + net.batches * 0x9e3779b9 + <u32>l);
    addresses += <usize>rows << 2;
    for (let n = 0; n < count; n++) store<u32>(addresses + (<usize>n << 2), <u32>(answers + <usize>n * stride));
    model += layerBytes(net, l);
    answers += <usize>rows * stride;
  }
  return 0;
}

@inline function answer(net: Network, row: usize, outputs: i32): void {
  if (net.logistic) sigmoid(row, outputs);
  else softmax(row, outputs);
}

/** Probabilities of samples from .. to - 1 into rows of as many floats as there are outputs. */
export function predictNetwork(net: Network, samples: usize, from: i32, to: i32, model: usize, scratch: usize, out: usize): void {
  const bytes = rowBytes(net, 0);
  const outputs = sizeOf(net, net.layers);
  const stride = rowBytes(net, net.layers);
  const answers = scratch + (<usize>(PREDICT_BLOCK * net.layers) << 2);
  for (let begin = from; begin < to; begin += PREDICT_BLOCK) {
    const count = min(PREDICT_BLOCK, to - begin);
    for (let n = 0; n < count; n++) store<u32>(scratch + (<usize>n << 2), <u32>(samples + <usize>(begin + n) * bytes));
    const last = forward(net, model, count, PREDICT_BLOCK, false, scratch, answers);
    for (let n = 0; n < count; n++) {
      answer(net, last + <usize>n * stride, outputs);
      memory.copy(out + ((<usize>(begin + n) * <usize>outputs) << 2), last + <usize>n * stride, <usize>outputs << 2);
    }
  }
}

/** Probabilities to the mean loss's slopes by the scores; a logistic output alone is the chance of class 1. */
function errorsOf(net: Network, labels: usize, order: usize, count: i32, rows: usize): void {
  const outputs = sizeOf(net, net.layers);
  const stride = rowBytes(net, net.layers);
  const by = <f32>1 / <f32>count;
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * stride;
    answer(net, row, outputs);
    const label = load<i32>(labels + (<usize>load<u32>(order + (<usize>n << 2)) << 2));
    const target = outputs == 1 && net.logistic ? label - 1 : label;
    if (target >= 0) setF32(row, target, f32At(row, target) - 1);
    for (let c = 0; c < outputs; c++) setF32(row, c, f32At(row, c) * by);
  }
}

/** Gradients of all layers, laid out as the model; `answers` as `forward` left them, the last ones turned into errors. */
function backward(net: Network, model: usize, count: i32, rows: i32, scratch: usize, last: usize, errors: usize, gradient: usize): void {
  let at: usize = 0;
  for (let l = 0; l < net.layers - 1; l++) at += layerBytes(net, l);
  let wrong = last;
  let answers = last;
  for (let l = net.layers - 1; l >= 0; l--) {
    const bytes = rowBytes(net, l);
    const stride = rowBytes(net, l + 1);
    const units = sizeOf(net, l + 1);
    gradientLayer(scratch + (<usize>(rows * l) << 2), count, bytes, units, wrong, stride, gradient + at);
    if (l == 0) return;
    backLayer(wrong, count, stride, units, model + at, bytes, errors);
    answers -= <usize>rows * bytes;
    unrectify(errors, answers, count, bytes, net.dropout);
    wrong = errors;
    errors += <usize>rows * bytes;
    at -= layerBytes(net, l - 1);
  }
}

function step(net: Network, model: usize, gradient: usize, s: Optimiser): void {
  s.steps++;
  let at: usize = 0;
  for (let l = 0; l < net.layers; l++) {
    const weights = at + rowBytes(net, l) * <usize>sizeOf(net, l + 1);
    const end = at + layerBytes(net, l);
    if (s.second == 0) {
      descend(model, gradient, at, weights, true, s);
      descend(model, gradient, weights, end, false, s);
    } else {
      adapt(model, gradient, at, weights, true, s);
      adapt(model, gradient, weights, end, false, s);
    }
    at = end;
  }
}

/** Mini-batches over order[from .. to), a step each. `scratch`: zeros at first, as large as `networkScratch` says. */
export function trainNetwork(
  net: Network, samples: usize, labels: usize, order: usize, from: i32, to: i32, batch: i32, model: usize, s: Optimiser,
  scratch: usize,
): void {
  const rows = max(batch, PREDICT_BLOCK);
  const bytes = rowBytes(net, 0);
  const gradient = scratch + ((<usize>(rows * net.layers) << 2) + 63 & ~63);
  let size: usize = 0;
  for (let l = 0; l < net.layers; l++) size += layerBytes(net, l);
  const answers = gradient + size;
  for (let begin = from; begin < to; begin += batch) {
    const count = min(batch, to - begin);
    const own = order + (<usize>begin << 2);
    for (let n = 0; n < count; n++) {
      store<u32>(scratch + (<usize>n << 2), <u32>(samples + <usize>load<u32>(own + (<usize>n << 2)) * bytes));
    }
    const last = forward(net, model, count, rows, true, scratch, answers);
    errorsOf(net, labels, own, count, last);
    backward(net, model, count, rows, scratch, last, last + <usize>rows * rowBytes(net, net.layers), gradient);
    step(net, model, gradient, s);
    net.batches++;
  }
}
