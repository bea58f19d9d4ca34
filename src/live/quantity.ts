// Kubernetes quantities, exactly: `1500m`, `1.5Gi`, `12e6`. Values are whole nano-units, rounded away from zero as the API
// server does; from there to the units of the engine, rounding against whoever asks.
// Grammar: Kubernetes API conventions, apimachinery `resource.Quantity`.

const FORM = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d{1,4})|([KMGTPE]i|[numkMGTPE])|)$/;

const SCALES: Record<string, [base: bigint, power: bigint]> = {
  "": [10n, 0n],
  n: [10n, -9n],
  u: [10n, -6n],
  m: [10n, -3n],
  k: [10n, 3n],
  M: [10n, 6n],
  G: [10n, 9n],
  T: [10n, 12n],
  P: [10n, 15n],
  E: [10n, 18n],
  Ki: [2n, 10n],
  Mi: [2n, 20n],
  Gi: [2n, 30n],
  Ti: [2n, 40n],
  Pi: [2n, 50n],
  Ei: [2n, 60n],
};

const NANO = 1_000_000_000n;
/** What a 64-bit quantity holds; the API server caps there too. */
const NANO_MAX = ((1n << 63n) - 1n) * NANO;

function power(base: bigint, exponent: bigint): bigint {
  let product = 1n;
  for (let n = 0n; n < exponent; n++) product *= base;
  return product;
}

/** Nano-units of a quantity, or undefined if the text is none. Numbers, as JSON may have them, count as their text. */
export function parseQuantity(text: unknown): bigint | undefined {
  const form = typeof text === "number" ? String(text) : text;
  if (typeof form !== "string" || form.length > 64) return undefined;
  const found = FORM.exec(form);
  if (!found) return undefined;
  const [, sign, digits, exponent, suffix] = found;
  const [whole = "", fraction = ""] = digits!.split(".");
  const [base, exponentOf] =
    exponent === undefined ? SCALES[suffix ?? ""]! : [10n, BigInt(exponent.slice(1).replace("+", ""))];
  let top = BigInt(whole + fraction) * NANO;
  let bottom = power(10n, BigInt(fraction.length));
  if (exponentOf >= 0n) top *= power(base, exponentOf);
  else bottom *= power(base, -exponentOf);
  const up = (top + bottom - 1n) / bottom;
  const size = up > NANO_MAX ? NANO_MAX : up;
  return sign === "-" ? -size : size;
}

function clamp(value: bigint): number {
  const most = 1n << 30n;
  return Number(value > most ? most : value < -most ? -most : value);
}

const up = (value: bigint, unit: bigint) => (value >= 0n ? (value + unit - 1n) / unit : -(-value / unit));
const down = (value: bigint, unit: bigint) => -up(-value, unit);

/** Thousandths of a core that a request takes: rounded up. At most 2^30. */
export function requestMilli(nano: bigint): number {
  return clamp(up(nano, NANO / 1000n));
}

/** MiB that a request takes: rounded up. */
export function requestMib(nano: bigint): number {
  return clamp(up(nano, NANO << 20n));
}

/** Thousandths of a core that there are: rounded down. */
export function availableMilli(nano: bigint): number {
  return clamp(down(nano, NANO / 1000n));
}

/** MiB that there are: rounded down. */
export function availableMib(nano: bigint): number {
  return clamp(down(nano, NANO << 20n));
}

/** A number of things that come whole (GPUs); undefined if it is none. */
export function wholeCount(nano: bigint): number | undefined {
  return nano % NANO === 0n && nano >= 0n ? clamp(nano / NANO) : undefined;
}
