// Certificates for tests: X.509 version 3 (RFC 5280) written out in DER, signed with ECDSA over P-256. Made anew in each run, so no
// key lies about and none expires.

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const n = body.byteLength;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function oid(text: string): Buffer {
  const [a, b, ...rest] = text.split(".").map(Number);
  const bytes = [a! * 40 + b!];
  for (const part of rest) {
    const digits = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
}

const sequence = (...parts: readonly Buffer[]) => tlv(0x30, ...parts);
const ALGORITHM = sequence(oid("1.2.840.10045.4.3.2"));
const nameOf = (commonName: string) =>
  sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from(commonName)))));
const time = (millis: number) =>
  tlv(0x18, Buffer.from(`${new Date(millis).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`));
const extension = (id: string, value: Buffer) => sequence(oid(id), tlv(0x04, value));
const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END CERTIFICATE-----\n`;

export interface Certificate {
  name: string;
  cert: string;
  key: string;
  privateKey: KeyObject;
}

export interface Choice {
  /** Absent: it signs itself. */
  issuer?: Certificate;
  isAuthority?: boolean;
  /** Addresses and names that it is for. */
  ip?: readonly number[];
  dns?: string;
  validFrom?: number;
  validTo?: number;
}

export function certificate(name: string, choice: Choice = {}): Certificate {
  const { issuer, isAuthority = false, ip, dns } = choice;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const names = [
    ...(dns === undefined ? [] : [tlv(0x82, Buffer.from(dns))]),
    ...(ip === undefined ? [] : [tlv(0x87, Buffer.from(ip))]),
  ];
  const extensions = [
    extension("2.5.29.19", sequence(...(isAuthority ? [tlv(0x01, Buffer.from([255]))] : []))),
    ...(names.length > 0 ? [extension("2.5.29.17", sequence(...names))] : []),
  ];
  const now = Date.now();
  const serial = Buffer.from([1, ...randomBytes(7)]);
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ALGORITHM,
    nameOf(issuer?.name ?? name),
    sequence(time(choice.validFrom ?? now - 3_600_000), time(choice.validTo ?? now + 3_600_000)),
    nameOf(name),
    createPublicKey(publicKey.export({ type: "spki", format: "pem" })).export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey);
  const cert = pem(sequence(body, ALGORITHM, tlv(0x03, Buffer.from([0]), signature)));
  return { name, cert, key: String(privateKey.export({ type: "pkcs8", format: "pem" })), privateKey };
}
