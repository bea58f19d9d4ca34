// What live mode asks of an API server, whoever answers: the HTTP transport, or a fake in a test.

import { reasonWord } from "./text.js";

export const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
} as const;

/** Names of query parameters. A wrong case is ignored by the server: `dryrun=All` would write. */
export const QUERY = {
  dryRun: "dryRun",
  fieldManager: "fieldManager",
  fieldValidation: "fieldValidation",
  limit: "limit",
  continue: "continue",
  watch: "watch",
  resourceVersion: "resourceVersion",
  allowWatchBookmarks: "allowWatchBookmarks",
  timeoutSeconds: "timeoutSeconds",
  fieldSelector: "fieldSelector",
} as const;
export type QueryName = keyof typeof QUERY;

export const FIELD_MANAGER = "windtunnel";

export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH";
  path: string;
  query?: Partial<Record<QueryName, string>>;
  body?: unknown;
  patch?: keyof typeof PATCH_TYPES;
  /** Given up after so long, retries included. */
  timeoutMillis?: number;
}

export interface ApiAnswer {
  status: number;
  body: unknown;
  /** The server's clock, where it says. */
  dateMillis?: number;
}

export interface KubeApi {
  /** How far the server's clock was before ours when it last said what time it is, ms; undefined: it has not. */
  readonly aheadMillis?: number | undefined;
  /** Throws ApiError for every answer that is not 2xx, and when there is none. */
  call(request: ApiRequest): Promise<ApiAnswer>;
  /** Lines of a watch until it ends; throws ApiError. `onOpen` when the server has accepted it. */
  lines(request: ApiRequest, signal: AbortSignal, onLine: (line: string) => void, onOpen: () => void): Promise<void>;
}

/** Codes of OpenSSL and of Node for certificates that do not prove that a server is the one that is meant. */
const DISTRUST: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is signed by itself, not by the authority of the kubeconfig",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is signed by an authority that the kubeconfig does not name",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not signed by the authority of the kubeconfig",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not signed by the authority of the kubeconfig",
  CERT_SIGNATURE_FAILURE: "the server's certificate is not signed by the authority of the kubeconfig",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name than the one it was reached by",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: look at both clocks",
};

/** True if a server could not be shown to be the one that is meant: asking again changes nothing. */
export function isDistrust(error: ApiError): boolean {
  return error.status === 0 && error.reason in DISTRUST;
}

/** `403 Forbidden`, or what a code without an answer means. */
export function reasonInWords(status: number, reason: string): string {
  if (status !== 0) return `${status} ${reason}`;
  const why = DISTRUST[reason];
  return why === undefined ? reason : `${reason} (${why})`;
}

/** An answer that is no success, or none: status 0. Holds nothing of the server's own text, which may hold secrets. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, reason: string, what: string, retryAfterSeconds?: number) {
    super(`${what}: ${reasonInWords(status, reason)}`);
    this.name = "ApiError";
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const HTTP_WORDS: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Gone",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The error of an answer, from its status and the reason in its body. */
export function errorOf(status: number, body: unknown, what: string, retryAfter?: string): ApiError {
  const given =
    typeof body === "object" && body !== null ? reasonWord((body as { reason?: unknown }).reason) : undefined;
  const seconds = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return new ApiError(status, given ?? HTTP_WORDS[status] ?? "Refused", what, seconds);
}

/** `GET /api/v1/pods`, for messages: names of objects only as far as they are plain. */
export function inWords(request: ApiRequest): string {
  return `${request.method} ${request.path.replace(/[^\w./:%-]/g, "?")}`;
}
